# What a request makes of the files: exactly the lines that it is to change,
# and not an octet more; and of a request that is refused, nothing at all.

package Dwserv::Test::Change;

use strict;
use warnings;

use Digest::SHA;
use Exporter qw(import);
use File::Find;
use POSIX qw(_exit setgid setuid);
use Test::More;

use Dwserv::Test::Wait qw(process_identity process_lives process_status
    program_ended processes_of spawn_code wait_for);

our @EXPORT = qw(everything changes refuses keeps with_lines with_more home_facts
    start_process end_process kill_daemon);
our @files = qw(passwd shadow group gshadow aliases);

# Locks, and what the process for homes has in hand, come and go.
my %ignored = map { $_ => 1 } qw(.pwd.lock .dwserv.lock .dwserv);

sub fact
{
	my ($path) = @_;
	my ($mode, $links, $uid, $gid) = (lstat $path)[2 .. 5];

	return 'gone' unless defined $mode;
	return sprintf '%o %d %d %d %s', $mode, $uid, $gid, $links,
	    -l _ ? readlink $path : -f _ ? Digest::SHA->new(256)->
	    addfile($path, 'b')->hexdigest : '';
}

# Whatever there is in etc and among the homes: its mode, owner, group,
# number of links, and what is in it.
sub everything
{
	my ($root) = @_;
	my %facts;

	find({ no_chdir => 1, wanted => sub {
		my ($name) = m{([^/]*)\z};
		if ($ignored{$name}) {
			$File::Find::prune = 1;
			return;
		}
		$facts{$_} = fact($_);
	} }, map { $root->path($_) } qw(/etc /home));
	return \%facts;
}

# A text with more lines, before what is NIS's.
sub with_more
{
	my ($text, @more) = @_;
	my @lines = split /^/, $text;
	my ($nis) = grep { $lines[$_] =~ /^[-+]/ } 0 .. $#lines;

	splice @lines, $nis // @lines, 0, map { "$_\n" } @more;
	return join '', @lines;
}

# A text of lines with some of them otherwise: name => line in the place of
# the one of that name, undef for none.  A name that is not there comes in
# at the end, before what is NIS's.  `after' in place of a line's text, an
# array of one line, has the old one taken away and the new one at the end.
sub with_lines
{
	my ($text, @edits) = @_;
	my @lines = split /^/, $text;
	my ($nis) = grep { $lines[$_] =~ /^[-+]/ } 0 .. $#lines;
	my @tail = defined $nis ? splice @lines, $nis : ();

	while (my ($name, $line) = splice @edits, 0, 2) {
		my ($at) = grep { $lines[$_] =~ /^\Q$name\E:/ } 0 .. $#lines;
		my $moved = ref $line;
		my $new = $moved ? $line->[0] : $line;

		splice @lines, $at, 1 if defined $at;
		$at = @lines if !defined $at || $moved;
		splice @lines, $at, 0, "$new\n" if defined $new;
	}
	return join '', @lines, @tail;
}

# Ask, and see that in the files these lines have changed and nothing else:
# file => [ name => line, ... ] as with_lines() has it, or the whole text.
sub changes
{
	my ($root, $session, $line, $reply, %edits) = @_;
	my %before = map { $_ => $root->read($_) } @files;
	my $name = length $line > 60 ? substr($line, 0, 57) . '...' : $line;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $is = $session->ask($line);
	ref $reply ? like($is, $reply, $name) : is($is, $reply, $name);
	for my $file (@files) {
		my $edit = $edits{$file};
		my $expected = !defined $edit ? $before{$file} :
		    ref $edit ? with_lines($before{$file}, @$edit) : $edit;

		is($root->read($file), $expected, "$name: $file");
	}
}

# Pairs of requests and replies, none of which changes anything.
sub refuses
{
	my ($root, $session, @pairs) = @_;
	my $before = everything($root);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	while (my ($line, $expected) = splice @pairs, 0, 2) {
		my $name = length $line > 60 ?
		    substr($line, 0, 57) . '...' : $line;
		my $reply = $session->ask($line);

		ref $expected ? like($reply, $expected, $name) :
		    is($reply, $expected, $name);
		my $after = everything($root);
		is_deeply($after, $before, "$name: nothing changed");
		$before = $after;
	}
}

# The same for what is fine, but has nothing to do.
sub keeps
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return refuses(@_);
}

# Mode, owner and group of something among the homes.
sub home_facts
{
	my ($root, $name) = @_;
	my ($mode, $uid, $gid) = (lstat $root->path("/home/$name"))[2, 4, 5];

	return defined $mode ? sprintf('%o %d %d', $mode, $uid, $gid) :
	    'missing';
}

# A process of this uid, which waits to be ended.
sub start_process
{
	my ($uid) = @_;
	my $pid = spawn_code(sub {
		setgid($uid);
		setuid($uid);
		sleep 100;
		return 0;
	});

	wait_for(sub { (process_status($pid, 'Uid') // '') =~ /^$uid\t/ }) or
	    die "no process of uid $uid\n";
	return $pid;
}

sub end_process
{
	my ($pid) = @_;

	kill KILL => $pid;
	program_ended($pid);
}

# End the daemon as a crash would, and wait until its children know.
sub kill_daemon
{
	my ($daemon) = @_;
	my @children = processes_of($daemon->pid);

	kill KILL => $daemon->pid;
	$daemon->wait_gone(@children);
}

1;
