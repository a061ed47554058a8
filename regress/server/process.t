#!/usr/bin/perl
#
# Processes that die or hang under load: they are replaced, the others go
# on, and nothing that was accepted is lost.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = start_daemon($root, global => { prefork => 2,
    'timeout child' => 2 });
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my $number = 0;

# Which worker has a session: the one whose count of them goes up.
sub session_on
{
	my ($pid) = @_;

	for (1 .. 200) {
		my $session = $daemon->login;
		return $session if worker_of($session) == $pid;
		$session->close;
	}
	die "no session gets to worker $pid\n";
}

# The worker at the other end of a connection, by its inode in /proc.
sub worker_of
{
	my ($session) = @_;
	my $port = sprintf '%04X', $session->{socket}->sockport;
	my ($inode) = map { (split)[9] } grep {
	    /^\s*\d+: \w+:\w+ \w+:$port / } split /\n/,
	    slurp('/proc/net/tcp');

	for my $child ($daemon->children('worker')) {
		my $pid = $child->{pid};
		return $pid if grep { (readlink($_) // '') eq
		    "socket:[$inode]" } glob "/proc/$pid/fd/*";
	}
	die "nobody has the connection from port $port\n";
}

# Read replies until no more than so many are outstanding.
sub take_replies
{
	my ($session, $asked, $became, $outstanding) = @_;

	while (@$asked > $outstanding) {
		my $reply = $session->read_reply // return;
		$became->{shift @$asked} = $reply;
	}
}

# Ask for accounts, five at a time, until the code says that it is enough
# or the session ends; what became of each, nothing if no reply came.
sub create_while
{
	my ($session, $options, $code) = @_;
	my (%became, @asked);
	my ($round, $enough) = (0, 0);

	until ($enough || $session->{ended}) {
		my @names = map { 'p' . ++$number } 1 .. 5;

		$session->send(join '', map {
		    "account create $_ hash=$hash $options\n" } @names);
		push @asked, @names;
		$enough = $code->(++$round);
		take_replies($session, \@asked, \%became, 10);
	}
	take_replies($session, \@asked, \%became, 0);
	$became{$_} = '' for @asked;
	return \%became;
}

# Every account that was acknowledged is there; none of the others is there
# in part.
sub all_whole
{
	my ($became, $name, $homes) = @_;
	my (@lost, @half);

	for my $login (sort keys %$became) {
		my $lines = grep { defined $root->line($_, $login) }
		    qw(passwd shadow group gshadow);
		my $home = -d $root->path("/home/$login") ? 1 : 0;
		my $parts = $lines + ($homes ? $home : 0);

		push @lost, $login if $became->{$login} =~ /^250 / &&
		    $parts != 4 + ($homes ? 1 : 0);
		push @half, "$login: $became->{$login}" if $parts != 0 &&
		    $parts != 4 + ($homes ? 1 : 0);
	}
	is_deeply(\@lost, [], "$name: what was acknowledged is there");
	is_deeply(\@half, [], "$name: nothing is there in part");
}

sub replies_like
{
	my ($became, $pattern, $name) = @_;
	my %other = map { $_ => 1 } grep { !/$pattern/ } values %$became;

	is_deeply([ sort keys %other ], [], $name);
}

# A worker is killed: its sessions end, the others go on.
my ($victim, $survivor) = $daemon->wait_children('worker');
my $dying = session_on($victim);
my $living = session_on($survivor);
my $load = spawn_code(sub {
	my $became = create_while($dying, 'home=no', sub {
		kill KILL => $victim if $_[0] == 20;
		return 0;
	});
	spill($root->directory . '/became', join '', map {
	    "$_ $became->{$_}\n" } sort keys %$became);
	return 0;
});
$number = 100000;
my $became = create_while($living, 'home=no', sub {
	return $_[0] > 30 && defined program_ended($load, 0);
});
replies_like($became, qr/^250 created /,
    'while a worker dies the other carries on');
all_whole($became, 'the other worker');
my %theirs = map { /^(\S+) (.*)/ ? ($1 => $2) : () }
    split /\n/, slurp($root->directory . '/became');
ok(scalar(grep { /^250 / } values %theirs) > 0,
    'the dead worker had carried out something');
all_whole(\%theirs, 'the dead worker');
my @workers = $daemon->wait_children('worker');
is(scalar @workers, 2, 'there are two workers again');
ok(!grep({ $_ == $victim } @workers), 'one of them is new');
like($daemon->log, qr/worker \d+, process $victim: killed by signal 9/,
    'the death is logged');
my $session = session_on((grep { $_ != $survivor } @workers)[0]);
is($session->ask('account show p100001') =~ /^250 account /, 1,
    'the new one sees what was made');
like($session->ask('account create afterwards home=no'), qr/^250 created /,
    'and makes more');
is($living->ask('whoami'), '250 client name=billing',
    'the old session goes on');
$_->close for $dying, $session;

# auth is killed: those who wait for it are told, and may try again.
my ($auth) = $daemon->wait_children('auth');
my $waiting = $daemon->connect;
$waiting->read_line;
$waiting->send("auth billing wrong\r\nwhoami\r\n");
$living->ask('noop');
kill KILL => $auth;
like($waiting->read_reply, qr/^(?:451 unavailable|535 auth-failed)\b/,
    'auth dies while it thinks');
like($waiting->read_reply, qr/^530 auth-required\b/, 'nobody got in');
ok(wait_for(sub { $waiting->ask('auth billing "open sesame"') =~ /^235 / },
    10), 'the new one lets in');
is($living->ask('whoami'), '250 client name=billing',
    'who was in before stays');
isnt(($daemon->wait_children('auth'))[0], $auth, 'it is a new one');
$waiting->close;

# home is killed, again and again, while homes are made.
my $killed = 0;
$session = $daemon->login;
$became = create_while($session, '', sub {
	my ($round) = @_;

	if ($round % 10 == 5) {
		my ($home) = $daemon->wait_children('home');
		$killed += kill KILL => $home;
	}
	# Until there is a new one, all are refused.
	$daemon->wait_children('home') if $round % 10 == 7;
	return $round > 60;
});
is($killed, 6, 'home was killed six times');
replies_like($became, qr/^(?:250 created|451 unavailable)\b/,
    'home dies: what is not made can be tried again');
ok(scalar(grep { /^250 / } values %$became) > 150,
    'home dies: most are made');
all_whole($became, 'home dies', 1);
$daemon->wait_children('home');
my @again = grep { $became->{$_} =~ /^451/ } sort keys %$became;
my @replies = $session->pipeline(map { "account create $_" } @again);
is_deeply([ grep { !/^250 created / } @replies ], [],
    'home dies: all are made in the end (' . @again . ')');
@replies = $session->pipeline(map { "account delete $_ home=remove" }
    sort keys %$became);
is_deeply([ grep { !/^250 deleted / } @replies ], [], 'and removed');
ok(wait_for(sub { !$root->names('/home/.dwserv') }),
    'and nothing of them is left');
is_deeply([ grep { /^p\d/ } $root->names('/home') ], [], 'nowhere');

# A worker hangs: it is noticed, killed and replaced.
@workers = $daemon->wait_children('worker');
my $stuck = session_on($workers[0]);
my $other = session_on($workers[1]);
kill STOP => $workers[0];
my $began = now();
$stuck->send("whoami\r\n");
is($other->ask('whoami'), '250 client name=billing',
    'a worker hangs: the other serves');
like($other->ask('account create hanging home=no'), qr/^250 created /,
    'and can change things');
ok($stuck->at_end, 'its sessions end');
my $took = now() - $began;
ok($took > 0.9 && $took < 6, "after the time that is configured: $took");
ok(wait_for(sub {
	my @now = $daemon->children('worker');
	return @now == 2 && !grep { $_->{pid} == $workers[0] ||
	    $_->{state} ne 'ready' } @now;
}), 'and it is replaced');
like($daemon->log, qr/worker \d+, process $workers[0], does not answer/,
    'which is logged');

# So do auth and home.
for my $role ('auth', 'home') {
	my ($pid) = $daemon->wait_children($role);
	kill STOP => $pid;
	ok(wait_for(sub {
		my ($now) = $daemon->children($role);
		return $now->{pid} > 0 && $now->{pid} != $pid &&
		    $now->{state} eq 'ready';
	}), "$role hangs and is replaced");
}
like($daemon->login->ask('account create homely'), qr/^250 created /,
    'and all is well');

# log verbose and brief.
my ($status, $output) = $daemon->ctl('log', 'verbose');
is("$status $output", "0 verbose\n", 'log verbose');
my $mark = length $daemon->log;
$daemon->login->close;
ok(wait_for(sub { substr($daemon->log, $mark) =~
    /worker \d+: session \d+ is billing/ }), 'shows what debugging needs');
is(($daemon->status('daemon'))[0]{log}, 'verbose', 'status tells');
($status, $output) = $daemon->ctl('log', 'brief');
is("$status $output", "0 brief\n", 'log brief');
$mark = length $daemon->log;
$daemon->login->close;
ok(wait_for(sub { substr($daemon->log, $mark) =~ /login granted/ }),
    'shows what an administrator wants');
unlike(substr($daemon->log, $mark), qr/session \d+ is/, 'and no more');

# SIGTERM under load: all that was accepted is answered, and is there.
@workers = $daemon->wait_children('worker');
$session = $daemon->login;
$number = 200000;
$became = create_while($session, 'home=no', sub {
	kill TERM => $daemon->pid if $_[0] == 10;
	return 0;
});
my @children = map { process_identity($_) } grep { process_identity($_) }
    @workers;
is($daemon->wait_gone(@children), 0, 'SIGTERM under load');
ok(scalar(grep { /^250 / } values %$became) > 20, 'some were carried out');
replies_like($became, qr/^(?:250 created|421 shutdown|\z)/,
    'and none was refused');
all_whole($became, 'SIGTERM');
is_deeply([ sort grep { $became->{$_} =~ /^250 / } keys %$became ],
    [ sort map { /^(p2\d{5}):/ } split /\n/, $root->read('passwd') ],
    'what is there was acknowledged');

# Those who are well are not killed, however short the time is.
$daemon->configure(global => { 'timeout child' => 1, prefork => 4 });
$daemon->start;
ok(!wait_for(sub { $daemon->log =~ /does not answer/ }, 3.5),
    'with a second to answer none is killed');

done_testing();
