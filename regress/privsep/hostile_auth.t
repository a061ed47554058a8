#!/usr/bin/perl
#
# auth that has been taken over: it decides who a client is, but cannot give
# a client more than the configuration says, nor break the parent.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Hostile;

my $obj = $Dwserv::Test::Daemon::obj;
my $root = new_root();
my $hostile = Dwserv::Test::Hostile->new($root, $obj);
my $daemon = start_daemon($root, binary => "$obj/privsep/dwserv-fast",
    global => { libexec => '"' . $hostile->directory . '"',
    'timeout child' => 2 });
my $session = $daemon->login;
reply_is($session, 'account create alice', qr/^250 created /);

sub status
{
	my ($record, $field) = @_;
	my ($status) = $daemon->status($record);

	return $status->{$field};
}

# Have auth follow orders, and see what came of it.
sub attack
{
	my ($name, $check, @orders) = @_;
	my $facts = $hostile->facts($daemon);
	my @workers = $daemon->wait_children('worker');

	$hostile->begin($daemon, 'auth', @orders);
	$check->();
	$hostile->end($daemon, 'auth');
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply([ Dwserv::Test::Hostile::changes($facts,
	    $hostile->facts($daemon)) ], [], "$name: changes nothing");
	ok($daemon->is_running, "$name: the parent is there");
	is_deeply([ $daemon->wait_children('worker') ], \@workers,
	    "$name: workers stay");
	reply_is($session, 'account show alice', qr/^250 account /,
	    "$name: sessions go on");
	my $new = $daemon->login;
	reply_is($new, 'whoami', '250 client name=billing',
	    "$name: and new ones begin");
	$new->close;
}

# What breaks the protocol, one by one.
attack('what may not be said', sub {
	my $state = $hostile->finish('auth', 100);
	my %verdict;

	ok($state->{done}, "all is said, in $state->{starts} processes");
	wait_for(sub {
		%verdict = $hostile->verdicts($daemon, 'auth');
		return !grep { $_ eq 'none' } values %verdict;
	}, 5);
	cmp_ok(keys %verdict, '>', 150, keys(%verdict) . ' cases');
	is_deeply([ map { "$_: $verdict{$_}" } sort grep { !/^may / &&
	    $verdict{$_} !~ /^protocol violation|^Bad message/ }
	    keys %verdict ], [], 'each is a violation');
}, '*cases');

# Grants that make no sense are not heard.
my $before = $daemon->log =~ tr/\n//;
attack('grants without sense', sub {
	my $state = $hostile->finish('auth');

	ok($state->{done}, 'all are given');
	reply_is($session, 'account modify alice gecos=""',
	    '250 unchanged login=alice', 'the session is whose it was');
	my $other = $daemon->connect;
	$other->read_line;
	reply_is($other, 'whoami', qr/^530 /, 'others are nobody');
	$other->close;
}, 'granted 0 1 billing local', 'granted 4294967295 1 billing local',
    'granted 1 1 billing local', 'granted w0 1 nobody local',
    'granted w0 2 nobody local', 'granted w1 1 Billing local',
    'granted w0 1 billing%00x local', 'granted w0 1 billing a%0ab',
    'granted w1 1 billing %ff', 'granted w0 1 bill:ing local',
    'granted w0 1  local', 'granted w0 77 .. local');

# Grants for sessions that are not there, as many as one likes.
my $used = Dwserv::Test::Hostile::uses($daemon->pid);
attack('a great many grants', sub {
	ok($hostile->finish('auth', 60)->{done}, 'all are given');
}, map { my $number = $_; map { "granted w$_ " . ($number + 100) .
    " billing 192.0.2.1" } 0, 1 } 1 .. 20_000);
cmp_ok(Dwserv::Test::Hostile::uses($daemon->pid)->{memory}, '<',
    $used->{memory} + 20_000, 'leave little behind');

# Workers of another generation are not auth's any more.
my @old = $daemon->wait_children('worker');
my $generation = $daemon->log =~ /.*worker (\d+)/s ? $1 : 0;
my ($status) = $daemon->ctl('reload');
is($status, 0, 'a new generation, while a session keeps the old one');
wait_for(sub { $daemon->log =~ /generation 2 is ready/ });
my @auths = $daemon->children('auth');
is(@auths, 2, 'two generations of auth');
reply_is($session, 'whoami', '250 client name=billing',
    'the session of the old one is there');

# Only its word counts: it can make anybody a client, and that is the limit.
$session->close;
wait_for(sub { $daemon->children('auth') == 1 });
attack_limit();

sub attack_limit
{
	$session = $daemon->login;
	$hostile->begin($daemon, 'auth', map { ("granted w0 $_ billing local",
	    "granted w1 $_ billing local") } 1 .. 10);
	$hostile->finish('auth');
	my $guest = $daemon->connect;
	$guest->read_line;
	reply_is($guest, 'account create mallory',
	    qr/^530 /, 'a worker asks for no grant that it did not expect');
	$guest->close;
	$hostile->end($daemon, 'auth');
}

done_testing();
