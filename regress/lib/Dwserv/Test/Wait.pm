# Waiting for conditions and for programs, never without a deadline, and
# the promise that no program outlives the test that started it.

package Dwserv::Test::Wait;

use strict;
use warnings;

use Exporter qw(import);
use File::Temp;
use POSIX qw(:sys_wait_h _exit);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

our @EXPORT_OK = qw(now wait_for slurp spill run_program run_wanted
    spawn_code spawn_program program_ended
    process_identity process_lives processes_of process_status);

# Seconds that anything may take before it is a failure.
our $deadline = 20;

my %started;		# programs of this process that may still run
my $owner = $$;

# A clock that only goes forward, in seconds.
sub now
{
	return clock_gettime(CLOCK_MONOTONIC);
}

# Look every 20 ms whether the code returns something true, and return
# that; after so many seconds, return what it last returned.
sub wait_for
{
	my ($code, $seconds) = @_;
	my $end = now() + ($seconds // $deadline);
	my $result;

	until ($result = $code->()) {
		return $result if now() >= $end;
		select undef, undef, undef, 0.02;
	}
	return $result;
}

sub slurp
{
	my ($path) = @_;

	open my $file, '<:raw', $path or die "$path: $!\n";
	local $/;
	return <$file> // '';
}

# Write a file anew; the mode is what open(2) and umask make it.
sub spill
{
	my ($path, $text) = @_;

	open my $file, '>:raw', $path or die "$path: $!\n";
	print $file $text;
	close $file or die "$path: $!\n";
}

# The child's side of fork: END blocks and destructors are its parent's.
sub become
{
	my ($out, $err, @command) = @_;

	open STDIN, '<', '/dev/null';
	open STDOUT, '>&', $out if defined $out;
	open STDERR, '>&', $err if defined $err;
	no warnings 'exec';
	exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
	_exit(127);
}

# Start a program with its output in files; returns its process id.
sub spawn_program
{
	my ($out, $err, @command) = @_;

	my $pid = fork // die "fork: $!\n";
	become($out, $err, @command) if $pid == 0;
	$started{$pid} = $command[0];
	return $pid;
}

# Run code in a process of its own; what it returns is the exit status.
sub spawn_code
{
	my ($code) = @_;

	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		$SIG{TERM} = $SIG{INT} = $SIG{ALRM} = 'DEFAULT';
		alarm 120;
		my $status = eval { $code->() };
		print STDERR $@ if $@;
		_exit($@ ? 255 : $status);
	}
	$started{$pid} = 'code';
	return $pid;
}

# The wait status of a program once it has ended; undef if it does not end.
sub program_ended
{
	my ($pid, $seconds) = @_;
	my $end = now() + ($seconds // $deadline);

	while (waitpid($pid, WNOHANG) == 0) {
		return undef if now() >= $end;
		select undef, undef, undef, 0.002;
	}
	delete $started{$pid};
	return $?;
}

# Run a program to its end: exit status, standard output, standard error.
# A program that does not end is killed, and its status is undef.
sub run_program
{
	my (@command) = @_;
	my $out = File::Temp->new;
	my $err = File::Temp->new;

	my $pid = spawn_program($out, $err, @command);
	my $status = program_ended($pid);
	if (!defined $status) {
		kill KILL => $pid;
		program_ended($pid);
	}
	return (defined $status ? $status & 127 ? 128 + ($status & 127) :
	    $status >> 8 : undef, slurp("$out"), slurp("$err"));
}

# Run a program that has to succeed; returns its output.
sub run_wanted
{
	my (@command) = @_;

	my ($status, $output, $complaint) = run_program(@command);
	defined $status && $status == 0 or
	    die "@command: status " . ($status // 'none, it did not end') .
	    "\n$complaint";
	return $output;
}

# What proc(5) says in stat: state, parent and start time.
sub process_stat
{
	my ($pid) = @_;

	open my $file, '<', "/proc/$pid/stat" or return;
	my $line = <$file> // return;
	my @fields = split ' ', $line =~ s/^.*\) //sr;
	return @fields[0, 1, 19];
}

# A name for a process that its successor with the same id will not have.
sub process_identity
{
	my ($pid) = @_;

	my ($state, $parent, $start) = process_stat($pid) or return undef;
	return "$pid:$start";
}

# Whether the process is there and not just waiting to be waited for.
sub process_lives
{
	my ($identity) = @_;
	my ($pid, $began) = split /:/, $identity;

	my ($state, $parent, $start) = process_stat($pid) or return 0;
	return $state !~ /[ZX]/ && $start == $began;
}

# The identities of a process's children.
sub processes_of
{
	my ($pid) = @_;
	my @children;

	opendir my $proc, '/proc' or die "/proc: $!\n";
	for my $entry (grep { /^\d+\z/ } readdir $proc) {
		my ($state, $parent, $start) = process_stat($entry) or next;
		push @children, "$entry:$start"
		    if $parent == $pid && $state !~ /[ZX]/;
	}
	@children = sort @children;
	return @children;
}

# A line of /proc/PID/status, such as Uid.
sub process_status
{
	my ($pid, $name) = @_;

	my ($value) = slurp("/proc/$pid/status") =~ /^\Q$name\E:[ \t]*(.*)$/m;
	return $value;
}

END {
	my $status = $?;

	if ($$ == $owner && %started) {
		kill KILL => keys %started;
		waitpid $_, 0 for keys %started;
	}
	$? = $status;
}

1;
