# The programs of shadow-utils, run on a private root: by a shell in a mount
# namespace of its own, in which the root's directories lie over the
# machine's.  Where one of these mounts fails, nothing is run.

package Dwserv::Parity::Tools;

use strict;
use warnings;

use Exporter qw(import);
use File::Temp;
use IO::Select;
use IPC::Open3 qw(open3);

use Dwserv::Test::Wait qw(now run_program slurp spill);

our @EXPORT_OK = qw(run_tool end_tools tools_missing);
our @tools = qw(useradd usermod userdel groupadd groupmod groupdel gpasswd
    chage chpasswd);

# The version whose files dwserv writes.
my $version = qr/^4\.13\b/;

my %shells;		# by the path of their root
my $owner = $$;

# /run is emptied so that no cache answers for the machine's own files.
# Then each line that comes is a command, and its status is the answer.
my $script = <<'END';
set -e
root=$1
for directory in etc home var/mail var/log; do
	test ! -d "/$directory" ||
	    mount --bind "$root/$directory" "/$directory"
done
mount -t tmpfs none /run
cmp -s /etc/passwd "$root/etc/passwd"
test "$(stat -c %d:%i /etc)" = "$(stat -c %d:%i "$root/etc")"
set +e
echo ready
while IFS= read -r line; do
	eval "$line"
	echo $?
done
END

# The next line of a shell; undef if it has ended or none comes in time.
sub answer
{
	my ($shell) = @_;
	my $end = now() + $Dwserv::Test::Wait::deadline;
	my $line = '';

	until ($line =~ s/\n\z//) {
		my $left = $end - now();
		return undef unless $left > 0 &&
		    IO::Select->new($shell->{from})->can_read($left) &&
		    sysread $shell->{from}, $line, 1, length $line;
	}
	return $line;
}

# The shell of a root, which is started with the first command.
sub shell_of
{
	my ($root) = @_;

	return $shells{$root} if $shells{$root};
	my $files = File::Temp->newdir;
	open my $errors, '>', "$files/errors" or die "$files/errors: $!\n";
	my $pid = open3(my $to, my $from, '>&' . fileno $errors, 'unshare',
	    '-m', '--propagation', 'private', 'sh', '-c', $script, 'sh',
	    $root);
	my $shell = { pid => $pid, to => $to, from => $from,
	    files => $files };
	if ((answer($shell) // '') ne 'ready') {
		end_shell($shell);
		die "no shell for the tools:\n" . slurp("$files/errors");
	}
	return $shells{$root} = $shell;
}

# Close what the shell reads, and wait for its end.
sub end_shell
{
	my ($shell) = @_;

	close $shell->{to};
	kill KILL => $shell->{pid}
	    if IO::Select->new($shell->{from})->can_read(5) &&
	    sysread $shell->{from}, my $more, 1;
	close $shell->{from};
	waitpid $shell->{pid}, 0;
}

# End the shell of a root, if it has one.
sub end_tools
{
	my ($root) = @_;
	my $shell = delete $shells{$root} or return;

	end_shell($shell);
}

sub shell_word
{
	my ($word) = @_;

	return "'" . $word =~ s/'/'\\''/gr . "'";
}

# Run a program with that input.  Returns its exit status, and all that it
# said.
sub run_tool
{
	my ($root, $command, @input) = @_;
	my $shell = shell_of($root);
	my $files = $shell->{files};

	spill("$files/input", join '', @input);
	local $SIG{PIPE} = 'IGNORE';
	syswrite $shell->{to}, join(' ', map { shell_word($_) } @$command) .
	    " < '$files/input' > '$files/output' 2>&1\n";
	my $status = answer($shell) // -1;
	return ($status, slurp("$files/output"));
}

# Why the tools cannot be compared with, undef if they can.
sub tools_missing
{
	my ($status) = run_program('unshare', '-m', '--propagation',
	    'private', 'mount', '-t', 'tmpfs', 'none', '/run');
	return 'needs a mount namespace, which is not possible here'
	    if !defined $status || $status != 0;
	for my $program (@tools) {
		($status) = run_program('sh', '-c', "command -v $program");
		return "needs $program" if $status != 0;
	}
	my ($missing, $output) = run_program('dpkg-query', '-W', '-f',
	    '${Version}', 'passwd');
	$output =~ s/^\d+://;
	return 'needs shadow-utils 4.13, not ' . ($output || 'an unknown one')
	    unless $missing == 0 && $output =~ $version;
	return undef;
}

END {
	my $status = $?;

	if ($$ == $owner) {
		end_tools($_) for keys %shells;
	}
	$? = $status;
}

1;
