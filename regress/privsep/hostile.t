#!/usr/bin/perl
#
# A worker that has been taken over, before anybody has logged in: whatever
# it says, the parent answers or ends it, changes nothing, and goes on
# serving the others.
#
# DWSERV_MESSAGES says how many random messages there shall be, and
# DWSERV_SEED which.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Hostile;

my $obj = $Dwserv::Test::Daemon::obj;
my $messages = $ENV{DWSERV_MESSAGES} // 1_000_000;
my $seed = $ENV{DWSERV_SEED} // time;
my ($root, $daemon, $hostile, $session);

$Dwserv::Test::time_limit = 240 + $messages / 2000;
alarm $Dwserv::Test::time_limit;

# A parent, and a session with a worker that stays as it is.
sub serve
{
	my ($binary) = @_;

	$root = new_root();
	$hostile = Dwserv::Test::Hostile->new($root, $obj);
	$daemon = start_daemon($root, binary => $binary,
	    global => { libexec => '"' . $hostile->directory . '"',
	    'timeout child' => 2 },
	    clients => { billing => { allow => '{ account, group, watch }' } });
	$session = survivor();
	reply_is($session, 'account create alice', qr/^250 created /);
}

# A session that is not with the worker that will be replaced.
sub survivor
{
	my ($first) = $daemon->wait_children('worker');

	for (1 .. 100) {
		my $session = $daemon->login;
		my ($count) = map { $_->{sessions} }
		    grep { $_->{pid} == $first } $daemon->children('worker');
		return $session if wait_for(sub {
			my @with = grep { $_->{sessions} > 0 }
			    $daemon->children('worker');
			return @with && !grep { $_->{pid} == $first } @with;
		}, 1.5);
		$session->close;
		wait_for(sub { !grep { $_->{sessions} }
		    $daemon->children('worker') });
	}
	die "no session with another worker\n";
}

# Let a worker have orders, and see that nothing comes of it.  alice is
# changed meanwhile by others.
sub attack
{
	my ($name, $check, @orders) = @_;
	my $alice = qr/^alice:| login=alice /;
	$daemon->wait_children('worker');
	my $facts = $hostile->facts($daemon, $alice);
	my $used = Dwserv::Test::Hostile::uses($daemon->pid);
	my @others = $hostile->begin($daemon, 'worker', @orders);

	$check->();
	$hostile->end($daemon, 'worker');
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply([ Dwserv::Test::Hostile::changes($facts,
	    $hostile->facts($daemon, $alice)) ], [],
	    "$name: changes nothing");
	ok($daemon->is_running, "$name: the parent is there");
	my $now;
	wait_for(sub {
		$now = Dwserv::Test::Hostile::uses($daemon->pid);
		return $now->{descriptors} <= $used->{descriptors};
	}, 5);
	cmp_ok($now->{descriptors}, '<=', $used->{descriptors},
	    "$name: no descriptor is left open") or
	    diag("$used->{open}\n$now->{open}");
	cmp_ok($now->{memory}, '<=', $used->{memory} + 50_000,
	    "$name: nor memory kept");
	is_deeply([ grep { !kill 0, $_ } @others ], [],
	    "$name: other workers stay");
	reply_is($session, 'account show alice', qr/^250 account /,
	    "$name: and serve");
}

# The most that something of the parent is, while others are served; and
# how long they have to wait.
sub observe
{
	my ($seconds) = @_;
	my %most = (descriptors => 0, memory => 0, wait => 0);
	my $end = now() + $seconds;

	while (now() < $end) {
		my $asked = now();
		my $gecos = int rand 1e6;
		reply_is($session, "account modify alice gecos=$gecos",
		    qr/^250 changed/) or last
		    if $session->ask("account modify alice gecos=$gecos") !~
		    /^250 /;
		my $used = Dwserv::Test::Hostile::uses($daemon->pid);
		$used->{wait} = now() - $asked;
		for (keys %most) {
			$most{$_} = $used->{$_} if $used->{$_} > $most{$_};
		}
	}
	return \%most;
}

# What breaks the protocol, one by one.
serve("$obj/privsep/dwserv-fast");
attack('what may not be said', sub {
	my $state = $hostile->finish('worker', 100);
	my @verdicts;

	ok($state->{done}, "all is said, in $state->{starts} processes");
	is_deeply($state->{codes}{250}, undef, 'nothing is done');
	wait_for(sub {
		@verdicts = $hostile->verdicts($daemon, 'worker');
		return !grep { $_ eq 'none' } @verdicts;
	}, 5);
	my %verdict = @verdicts;
	cmp_ok(keys %verdict, '>', 400, keys(%verdict) . ' cases');
	is_deeply([ map { "$_: $verdict{$_}" } sort grep { !/^may / &&
	    $verdict{$_} !~ /^protocol violation|^Bad message/ }
	    keys %verdict ], [], 'each is a violation');
	is_deeply([ map { "$_: $verdict{$_}" } sort grep { /^may / &&
	    $verdict{$_} !~ /^protocol\ violation|^Bad\ message|
	    ^closed\ by\ peer/x } keys %verdict ], [],
	    'and what may be is judged, too');
	isnt((grep { /^may say request with/ && $verdict{$_} =~ /^closed/ }
	    keys %verdict), 0, 'some of which is taken');
}, '*cases');

# A great many requests of sessions that nobody has granted.
note("seed $seed");
my $began = now();
attack("$messages messages", sub {
	my $state = $hostile->finish('worker', 60 + $messages / 2000);

	ok($state->{done}, "all are sent, in $state->{starts} processes");
	is_deeply([ keys %{$state->{codes}} ], [ 530 ],
	    "$state->{answers} requests, all of nobody");
	is_deeply($state->{text}, [], 'each has its answer');
	cmp_ok($state->{answers}, '>', $messages * 0.8, 'most were requests');
}, "*mutate $seed $messages 0");
diag(sprintf '%d messages in %.0f s', $messages, now() - $began);
$daemon->stop;

# The rest is said to the parent as it is installed.
serve("$obj/dwserv");
attack('a request of nobody', sub {
	my $state = $hostile->finish('worker');

	is_deeply([ map { /^(\d+ \d+ \S+)/ } @{$state->{text}} ],
	    [ map { "$_ 530 auth-required" } 1 .. 6 ], 'is refused');
}, 'record', map { ("request session=$_ number=$_ operation=0 login=x",
    "wait $_") } 1 .. 6);

attack('a stall', sub {
	ok($daemon->wait_log(qr/worker \d+, process \d+, does not answer/),
	    'is noticed');
}, 'stall');

attack('deaf, but saying that it is well', sub {
	my $most = observe(3);

	cmp_ok($most->{descriptors}, '<', 150, 'the descriptors that wait ' .
	    "for it are few: $most->{descriptors}");
	cmp_ok($most->{wait}, '<', 2, 'others are served in time');
	ok($daemon->wait_log(qr/worker \d+, process \d+: protocol violation/),
	    'to say so unasked is a violation');
}, 'deaf 30');

attack('asking for the ledger all the time', sub {
	my $most = observe(3);

	cmp_ok($most->{descriptors}, '<', 150, 'the descriptors that wait ' .
	    "for it are few: $most->{descriptors}");
	cmp_ok($most->{wait}, '<', 2, 'others are served in time');
}, 'segments 100000', 'stall');

attack('a connection that lingers', sub {
	my $most = observe(3);

	cmp_ok($most->{wait}, '<', 2, 'nobody waits until it is closed');
}, 'linger 60', 'stall');

attack('a transaction without end', sub {
	my $most = observe(2);

	cmp_ok($most->{memory}, '<', is_sanitized() ? 320_000 : 80_000,
	    "what waits for its end is bounded: $most->{memory} K");
	ok($daemon->wait_log(qr/worker \d+, process \d+: protocol violation/,
	    3), 'more is a violation');
}, 'parts 9999 1', 'stall');

attack('a flood', sub {
	my $most = observe(6);

	cmp_ok($most->{memory}, '<', 400_000, 'the memory for what nobody ' .
	    "reads is bounded: $most->{memory} K");
	cmp_ok($most->{wait}, '<', 5, 'others are served');
}, 'flood 1000000 1', 'stall');

done_testing();
