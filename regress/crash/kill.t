#!/usr/bin/perl
#
# SIGKILL of the parent at fifty or more random moments within a stream of changes,
# and every second time once more while it starts again.  After that a start
# finds every account wholly there or wholly not, all that was acknowledged
# as it was acknowledged, and nothing left over.
#
#	DWSERV_SEED	repeat the moments of an earlier run
#	DWSERV_ROUNDS	another number of moments

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use IO::Socket::INET;
use Test::More;

use Dwserv::Test;
use Dwserv::Test::Ledger qw(ledger_entries ledger_problems);

my $seed = $ENV{DWSERV_SEED} // int rand 2 ** 31;
my $rounds = $ENV{DWSERV_ROUNDS} // 50;
srand $seed;
alarm 120 + 10 * $rounds;
diag("DWSERV_SEED=$seed repeats this run's moments");

my $root = new_root();
my $daemon = new_daemon($root, global => { prefork => 1 });
my @hashes = map { crypt $_, '$6$rounds=1000$abcdefgh$' } qw(old new);
my $number = 0;
my $baseline;		# entries of what was there before
my %expected;		# login => what is known of it
my %seen = (finished => 0, untouched => 0);

# Three bunches of requests that belong together: accounts are made, their
# passwords changed, and some of them deleted.  Each is [request, what it
# leaves of the account if it was carried out, login].
sub bunches
{
	my (@made, @changed, @deleted);

	for my $i (1 .. 8) {
		my $login = 'k' . ++$number;
		my %is = (hash => $hashes[0], home => $i % 4 != 0,
		    groups => $i % 2);
		my $line = "account create $login hash=$hashes[0]" .
		    ($is{home} ? '' : ' home=no') .
		    ($is{groups} ? ' groups=ftp,users' : '');

		push @made, [ $line, \%is, $login ];
		push @changed, [ "account password $login hash=$hashes[1]",
		    { %is, hash => $hashes[1] }, $login ] if $i % 3 == 0;
		push @deleted, [ "account delete $login home=remove", undef,
		    $login ] if $i % 3 == 1;
	}
	return \@made, \@changed, \@deleted;
}

# Ask for all of it, bunch by bunch, until the moment has come; then kill.
# What may have become of each account: a list of states, the last of them
# if all was done, only that one if it was acknowledged.
sub stream
{
	my ($session, $moment) = @_;
	my $began = now();
	my %may_be;
	my $killed = 0;

	for my $bunch (bunches(), bunches()) {
		my @waiting = @$bunch;

		last if $killed;
		push @{$may_be{$_->[2]} //= [ undef ]}, $_->[1] for @waiting;
		$session->send(join '', map { "$_->[0]\n" } @waiting);
		while (@waiting) {
			if (!$killed && defined $moment &&
			    now() - $began >= $moment) {
				kill KILL => $daemon->pid;
				$killed = 1;
			}
			next if !$killed && !$session->has_input &&
			    !$session->{ended};
			my $reply = $session->read_reply // last;
			my $request = shift @waiting;
			$may_be{$request->[2]} = [ $request->[1] ]
			    if $reply =~ /^250 /;
			fail("$request->[0]: $reply") if $reply !~
			    /^(?:250|451 unavailable|421)/;
		}
	}
	return (\%may_be, now() - $began);
}

# What is there of an account: undef for nothing, a reference as in
# bunches(), or a string that says what is wrong.
sub look
{
	my ($login) = @_;
	my %line = map { $_ => $root->line($_, $login) }
	    qw(passwd shadow group gshadow);
	my $home = $root->path("/home/$login");
	my @there = grep { defined $line{$_} } sort keys %line;
	my @member = map { my $file = $_; grep {
	    ($root->line($file, $_) // '') =~ /[:,]\Q$login\E(?:,|\z)/ }
	    qw(ftp users) } qw(group gshadow);

	return undef if !@there && !@member && !-e $home;
	return "$login has @there, memberships: @member, home: " .
	    (-e $home ? 'yes' : 'no')
	    if @there != 4 || (@member != 0 && @member != 4);
	my ($uid, $gid) = (split /:/, $line{passwd})[2, 3];
	my ($owner, $group) = (stat $home)[4, 5];
	return "$login: the home is not its own" if defined $owner &&
	    ($owner != $uid || $group != $gid);
	return "$login: the home is not complete" if defined $owner &&
	    (!-f "$home/.profile" || !-d "$home/.config" || !-x "$home/run");
	return { hash => (split /:/, $line{shadow})[1],
	    home => defined $owner, groups => @member == 4 ? 1 : 0 };
}

sub describe
{
	my ($state) = @_;

	return $state if defined $state && !ref $state;
	return 'not there' unless defined $state;
	return join ' ', $state->{hash} eq $hashes[0] ? 'old' : 'new',
	    $state->{home} ? 'home' : 'no home',
	    $state->{groups} ? 'groups' : 'no groups';
}

# Every account of this round is as it may be, and is remembered so.
sub problems_with
{
	my ($may_be) = @_;
	my @problems;

	for my $login (sort keys %$may_be) {
		my $is = look($login);
		my @allowed = map { describe($_) } @{$may_be->{$login}};

		push @problems, "$login: " . describe($is) . ', not ' .
		    join ' or ', @allowed
		    unless grep { $_ eq describe($is) } @allowed;
		$expected{$login} = $is;
		$seen{ref $is ? 'finished' : 'untouched'}++
		    if @allowed > 1;
	}
	return @problems;
}

# The chain of the ledger, and what it says of who is there.
sub ledger
{
	my @problems = ledger_problems($daemon);
	my %there;

	for my $entry (ledger_entries($daemon)) {
		my ($number, $login) = @$entry{qw(number login)};
		my ($change) = ($entry->{change} // '') =~ /^account\.(\w+)\z/;

		push @problems, "nobody else did anything: entry $number"
		    if !defined $change && $number > $baseline;
		next if !defined $change;
		push @problems, "$change of what is there: entry $number"
		    if $change eq 'create' && $there{$login}++;
		push @problems, "$change of what is not there: entry $number"
		    if $change ne 'create' && !$there{$login};
		delete $there{$login} if $change eq 'delete';
	}
	return (\@problems, \%there);
}

# The port is held by the children until they notice that they are alone.
sub port_is_free
{
	return defined IO::Socket::INET->new(Listen => 1, Proto => 'tcp',
	    LocalAddr => '127.0.0.1', LocalPort => $daemon->port,
	    ReuseAddr => 1);
}

# Start, and kill while it starts.
sub kill_starting
{
	my $moment = now() + rand 0.03;

	$daemon->launch;
	wait_for(sub { now() >= $moment });
	kill KILL => $daemon->pid;
	$daemon->wait_gone;
	wait_for(\&port_is_free) or die "the children do not go\n";
}

# What was there before the first start has the first numbers.
$daemon->start;
$baseline = ($daemon->status('commits'))[0]{ledger};

# How long the stream takes when nobody disturbs it.  The first may be slow
# where others work beside us, and would put most moments behind the end.
my ($may_be, $whole, $took);
for my $time (1 .. 3) {
	($may_be, $took) = stream($daemon->login, undef);
	is_deeply([ problems_with($may_be) ], [], "undisturbed, time $time");
	$whole = $took if !defined $whole || $took < $whole;
}
$daemon->stop;
note(sprintf 'the stream takes %.3f seconds', $whole);

# Were there moments before, after and within a commit?
sub covered
{
	return $seen{finished} && $seen{untouched} && recovered();
}

# Entries of changes that a start has finished.
sub recovered
{
	return scalar grep { defined $_->{recovered} } ledger_entries($daemon);
}

# A full run goes on for a while until it had all kinds of moments.
for (my $round = 1; $round <= $rounds ||
    $rounds >= 50 && $round <= 5 * $rounds && !covered(); $round++) {
	my $moment = rand $whole;
	my $name = sprintf 'round %d, after %.4f s', $round, $moment;

	$daemon->start;
	my @children = processes_of($daemon->pid);
	my $session = $daemon->login;
	($may_be) = stream($session, $moment);
	kill KILL => $daemon->pid;
	is($daemon->wait_gone(@children) & 127, 9,
	    "$name: killed, and the children went by themselves");
	$session->close;

	kill_starting() if $round % 2 == 0;
	$daemon->start;
	my @problems = problems_with($may_be);
	push @problems, map { "left over: /etc/$_" }
	    grep { !/^(?:(?:passwd|g?shadow|group)-?|login\.defs|skel)\z/ }
	    $root->names('/etc');
	wait_for(sub { !$root->names('/home/.dwserv') }, 5) or
	    push @problems, map { "left over: /home/.dwserv/$_" }
	    $root->names('/home/.dwserv');
	my ($wrong, $there) = ledger();
	push @problems, @$wrong;
	my %in_passwd = map { $_ => 1 } $root->read('passwd') =~ /^(k\d+):/mg;
	push @problems, map { "only in the ledger: $_" }
	    grep { !$in_passwd{$_} } sort keys %$there;
	push @problems, map { "not in the ledger: $_" }
	    grep { !$there->{$_} } sort keys %in_passwd;
	is_deeply(\@problems, [], $name) or diag($daemon->log);
	$daemon->stop;
}

# Nothing of an earlier round was lost in a later one, and what is there is
# still in order.
is_deeply([ grep { describe(look($_)) ne describe($expected{$_}) }
    sort keys %expected ], [], 'all earlier accounts are as they were');
my ($status, $problems) = $daemon->ctl('check', $root->path);
is_deeply([ grep { !/: malformed: / } split /\n/, $problems ], [],
    'the files are consistent');
my %uids;
$uids{(split /:/)[2]}++ for grep { /^k\d/ } split /\n/, $root->read('passwd');
is_deeply([ grep { $_ > 1 } values %uids ], [], 'no uid is there twice');
ok($seen{finished} > 0 && $seen{untouched} > 0 || $rounds < 50,
    "moments before and after the promise: $seen{untouched} accounts " .
    "undone, $seen{finished} done");
ok(recovered() > 0 || $rounds < 50, 'entries recovered: ' . recovered());

done_testing();
