# The ledger as a test reads it: its entries, whether its chain holds, and
# the accounts that follow from it and from nothing else.

package Dwserv::Test::Ledger;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use Fcntl qw(F_SETLKW F_WRLCK SEEK_SET);

use Dwserv::Test::Wait qw(slurp spawn_code program_ended);

our @EXPORT_OK = qw(ledger_entries ledger_problems ledger_segments entry_of
    replay replayed hold_files release_files edit_files);

# The files of the ledger, the oldest first.
sub ledger_segments
{
	my ($daemon) = @_;

	my @segments = sort glob "$daemon->{state}/ledger/[0-9]*";
	return @segments;
}

sub ledger_lines
{
	my ($daemon) = @_;

	return map { split /\n/, slurp($_) } ledger_segments($daemon);
}

# The words of a line as a table, without their quotes.
sub words_of
{
	my ($text) = @_;
	my %words;

	while ($text =~ /\G *([^ =]+)(?:=("(?:[^"\\]|\\.)*"|[^ ]*))?/g) {
		my ($key, $value) = ($1, $2 // '');
		$value =~ s/\\(.)/$1/g if $value =~ s/\A"(.*)"\z/$1/s;
		$words{$key} //= $value;
	}
	return \%words;
}

# What a line of a watch says, or undef if it is another line.
sub entry_of
{
	my ($line) = @_;

	return $line =~ /^250-entry (.*)\z/ ? words_of($1) : undef;
}

# All entries, each as a table of its words with its number.
sub ledger_entries
{
	my ($daemon) = @_;

	return map {
		my ($number, $rest) = /^(\d+) \S+ (.*)\z/;
		$number ? { number => $number, %{words_of($rest)} } : ();
	} ledger_lines($daemon);
}

# What is wrong with the chain and the numbers.
sub ledger_problems
{
	my ($daemon) = @_;
	my $previous = '0' x 64;
	my ($number, @problems) = (0);

	for my $line (ledger_lines($daemon)) {
		my ($text, $digest) = $line =~
		    /^(.*) sha256=([0-9a-f]{64})\z/ or
		    return "not a line of a ledger: $line";
		push @problems, "wrong digest: $line"
		    if sha256_hex($previous . $text) ne $digest;
		$previous = $digest;
		my ($this) = $text =~ /^(\d+) /;
		push @problems, "wrong number: $line"
		    if $this != 0 && $this != ++$number;
	}
	return @problems;
}

# One entry's part of what is known: accounts and groups by name.
sub replay
{
	my ($known, $entry) = @_;
	my $accounts = $known->{accounts} //= {};
	my $groups = $known->{groups} //= {};
	my %entry = %$entry;
	my $change = $entry{change};
	my $state = sub {
		return { map { $_ => $entry{$_} } qw(uid gid gecos home shell) };
	};

	if ($change eq 'external') {
		if ($entry{file} eq 'passwd') {
			delete $accounts->{$entry{login}};
			$accounts->{$entry{login}} = $state->()
			    if $entry{action} ne 'removed';
		} elsif ($entry{file} eq 'group') {
			delete $groups->{$entry{group}};
			$groups->{$entry{group}} = $entry{gid}
			    if $entry{action} ne 'removed';
		}
	} elsif ($change =~ /^account\.(?:create|modify|suspend|resume)\z/) {
		$accounts->{$entry{login}} = $state->();
	} elsif ($change eq 'account.rename') {
		my $account = delete $accounts->{$entry{login}};
		$accounts->{$entry{name}} = { %$account,
		    map { $_ => $entry{$_} } qw(uid gid home) };
	} elsif ($change eq 'account.delete') {
		delete $accounts->{$entry{login}};
	} elsif ($change eq 'group.modify') {
		my $old = $groups->{$entry{group}};
		for (values %$accounts) {
			$_->{gid} = $entry{gid}
			    if defined $old && $_->{gid} == $old;
		}
		$groups->{$entry{group}} = $entry{gid};
	} elsif ($change eq 'group.create') {
		$groups->{$entry{group}} = $entry{gid};
	} elsif ($change eq 'group.rename') {
		$groups->{$entry{name}} = delete $groups->{$entry{group}};
	} elsif ($change eq 'group.delete') {
		delete $groups->{$entry{group}};
	}
	# A gid that is new is that of a private group.
	$groups->{$entry{login}} = $entry{gid}
	    if $change eq 'account.create' &&
	    !grep { $_ == $entry{gid} } values %$groups;
}

# What is known as lines of passwd(5) without the password, sorted; only
# those of a range if one is given.
sub replayed
{
	my ($known, $min, $max) = @_;
	my $accounts = $known->{accounts};

	return sort map { my $is = $accounts->{$_};
	    join ':', $_, map { $is->{$_} } qw(uid gid gecos home shell) }
	    grep { !defined $min || $accounts->{$_}{uid} >= $min &&
	    $accounts->{$_}{uid} <= $max } keys %$accounts;
}

# A process that has the lock of lckpwdf(3) until it is released.
sub hold_files
{
	my ($root) = @_;

	pipe my $from, my $to or die "pipe: $!\n";
	my $pid = spawn_code(sub {
		open my $file, '+>>', $root->etc('.pwd.lock') or die "$!\n";
		my $lock = pack 's s x![l!] l! l! i x![l!]', F_WRLCK,
		    SEEK_SET, 0, 0, 0;
		fcntl $file, F_SETLKW, $lock or die "fcntl: $!\n";
		syswrite $to, 'x';
		sleep 60;
		return 0;
	});
	close $to;
	sysread $from, my $ready, 1 or die "the lock is not to be had\n";
	return $pid;
}

sub release_files
{
	my ($pid) = @_;

	kill KILL => $pid;
	program_ended($pid);
}

# Change files of etc as other programs do, under the lock: each name with
# the code that is given the text in $_.
sub edit_files
{
	my ($root, %edits) = @_;
	my $holder = hold_files($root);

	for my $name (sort keys %edits) {
		local $_ = $root->read($name) // '';
		$edits{$name}->();
		$root->write("$name+", $_);
		my ($mode, $uid, $gid) = (stat $root->etc($name))[2, 4, 5];
		chmod $mode & 07777, $root->etc("$name+");
		rename $root->etc("$name+"), $root->etc($name) or
		    die "rename: $!\n";
	}
	release_files($holder);
}

1;
