#!/usr/bin/perl
#
# home that has been taken over, or does not do what it says: the account
# files stay consistent, and clients hear what is true or that it is not
# known.  Only what home directories are is home's word.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Hostile;

my $obj = $Dwserv::Test::Daemon::obj;
my ($root, $hostile, $daemon, $session);

sub serve
{
	my ($binary) = @_;

	$root = new_root();
	$hostile = Dwserv::Test::Hostile->new($root, $obj);
	$daemon = start_daemon($root, binary => $binary,
	    global => { libexec => '"' . $hostile->directory . '"',
	    'timeout child' => 2 });
	$session = $daemon->login;
	reply_is($session, 'account create alice', qr/^250 created /);
}

# Have home follow orders, and see that the rest stays as it is.
sub attack
{
	my ($name, $check, @orders) = @_;
	my $pid = $daemon->pid;

	$hostile->begin($daemon, 'home', @orders, 'home silent')
	    if @orders > 1;
	$hostile->begin($daemon, 'home', @orders) if @orders == 1;
	my $before = $root->snapshot;
	$check->($before);
	$hostile->end($daemon, 'home');
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($daemon->pid, $pid, "$name: the parent is there");
	reply_is($session, "account create after home=no",
	    qr/^250 created /, "$name: requests go on");
	reply_is($session, 'account delete after', qr/^250 deleted /,
	    "$name: and on");
}

serve("$obj/privsep/dwserv-fast");
my $facts = $hostile->facts($daemon);
attack('what may not be said', sub {
	my $state = $hostile->finish('home', 100);
	my %verdict;

	ok($state->{done}, "all is said, in $state->{starts} processes");
	wait_for(sub {
		%verdict = $hostile->verdicts($daemon, 'home');
		return !grep { $_ eq 'none' } values %verdict;
	}, 5);
	cmp_ok(keys %verdict, '>', 120, keys(%verdict) . ' cases');
	is_deeply([ map { "$_: $verdict{$_}" } sort grep { !/^may / &&
	    $verdict{$_} !~ /^protocol violation|^Bad message/ }
	    keys %verdict ], [], 'each is a violation');
	is_deeply([ Dwserv::Test::Hostile::changes($facts,
	    $hostile->facts($daemon)) ], [], 'and changes nothing');
}, '*cases');
$daemon->stop;

serve("$obj/dwserv");
for my $case ([ 'refuse', qr/^550 home-refused / ],
    [ 'error', qr/^454 io-error / ], [ 'confuse', qr/^550 home-refused / ],
    [ 'unsynced', qr/^454 io-error / ]) {
	my ($mode, $reply) = @$case;

	attack($mode, sub {
		my ($before) = @_;

		reply_is($session, 'account create bob', $reply,
		    "$mode: the client hears of it");
		is_deeply($root->snapshot, $before,
		    "$mode: and there is no account");
		reply_is($session, 'account delete alice home=remove',
		    $reply, "$mode: none is removed, either");
		is_deeply($root->snapshot, $before,
		    "$mode: all is as it was");
		my ($status) = $daemon->ctl('status');
		is($status, 0, "$mode: the parent answers");
	}, "home $mode");
}

# Outcomes that never come: pings are answered, so that it may be at work;
# the change waits, and is made undone when home dies.
attack('silent', sub {
	my ($before) = @_;

	$session->send("account create bob\r\n");
	my $other = $daemon->login;
	reply_is($other, 'account show alice', qr/^250 account /,
	    'silent: reads go on');
	ok(!$session->has_input, 'silent: the change has no answer');
	is_deeply($root->snapshot, $before, 'silent: and is not made');
	my ($home) = $daemon->children('home');
	kill KILL => $home->{pid};
	like($session->read_reply, qr/^451 unavailable /,
	    'silent: until home dies');
	is_deeply($root->snapshot, $before, 'silent: it was not made');
}, 'home silent');

# No answer to anything.
attack('stall', sub {
	my ($before) = @_;

	like($session->ask('account create bob'), qr/^451 unavailable /,
	    'stall: home is killed, and the client told');
	is_deeply($root->snapshot, $before, 'stall: nothing is changed');
	like($daemon->log, qr/home \d+, process \d+, does not answer/,
	    'stall: which is logged');
}, 'stall');

# The limit: whether there is a directory is home's word.  The account is
# what it should be.
attack('lie', sub {
	reply_is($session, 'account create liar', qr/^250 created /,
	    'lie: home is believed in what is its own');
	ok(!-e $root->path('/home/liar'), 'lie: there is no home');
	like($root->line('passwd', 'liar') // '', qr{^liar:x:\d{5}:},
	    'lie: but the account is there, as it should be');
	reply_is($session, 'account delete liar', qr/^250 deleted /);
}, 'home lie');

done_testing();
