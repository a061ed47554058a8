#!/usr/bin/perl
#
# The tests of a hostile worker find faults that are planted into the
# parent: without its checks, what they look at is not as it should be.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Hostile;

my $obj = $Dwserv::Test::Daemon::obj;
my %operation = Dwserv::Test::Hostile::numbers('operation', 'OPERATION');
my ($root, $hostile, $daemon, $session);

# A daemon of some variant, and what is different after a worker had orders.
sub try
{
	my ($variant, @orders) = @_;

	$root = new_root();
	$hostile = Dwserv::Test::Hostile->new($root, $obj);
	$daemon = start_daemon($root, binary => "$obj/privsep/dwserv-$variant",
	    global => { libexec => '"' . $hostile->directory . '"' });
	$session = $daemon->login;
	reply_is($session, 'account create alice', qr/^250 created /);
	my $facts = $hostile->facts($daemon);
	$hostile->begin($daemon, 'worker', @orders) if @orders;
	wait_for(sub { $hostile->state('worker')->{done} ||
	    !$daemon->is_running }, 30) if @orders;
	my $state = @orders ? $hostile->state('worker') : {};
	my %verdict = @orders ? $hostile->verdicts($daemon, 'worker') : ();
	my @changes = Dwserv::Test::Hostile::changes($facts,
	    $hostile->facts($daemon));

	return ($state, \@changes, \%verdict);
}

# The checks themselves.
my ($state, $changes) = try('fast');
is_deeply($changes, [], 'nothing happens, nothing is found');
for my $file (qw(passwd shadow group gshadow)) {
	my $facts = $hostile->facts($daemon);

	$root->append($file, "# touched\n");
	is_deeply([ Dwserv::Test::Hostile::changes($facts,
	    $hostile->facts($daemon)) ], [ $file ], "a touched $file is found");
}
$daemon->stop;

my $create = "request session=1 number=1 operation=" .
    "$operation{account_create} login=mallory home_choice=1";
($state, $changes) = try('fast', 'record', $create, 'wait 1');
is_deeply($changes, [], 'a request of nobody changes nothing');
is($state->{codes}{530}, 1, 'and is refused');
$daemon->stop;
($state, $changes) = try('no-grant', 'record', $create, 'wait 1');
isnt(@$changes, 0, 'without a look at grants: found by the files');
ok($state->{codes}{250}, 'found by the reply');
$daemon->stop;

(undef, undef, my $verdict) = try('no-length', '*cases');
isnt((grep { /too long/ && $verdict->{$_} =~ /^closed/ }
    keys %$verdict), 0, 'without a look at lengths: found');
$daemon->stop;

# This one may be the end of the parent.
$verdict = eval { (try('no-parts', '*cases'))[2] } // {};
ok(!$daemon->is_running || (grep { /part/ && $verdict->{$_} =~ /^closed/ }
    keys %$verdict), 'without a look at the parts of transactions: found');
eval { $daemon->stop };

try('leak');
my $used = Dwserv::Test::Hostile::uses($daemon->pid);
$session->ask("account modify alice gecos=$_") for 1 .. 20;
# Others come and go; these twenty stay.
cmp_ok(Dwserv::Test::Hostile::uses($daemon->pid)->{descriptors}, '>=',
    $used->{descriptors} + 15, 'a descriptor left open: found');
$daemon->stop;

try('no-policy');
$hostile->begin($daemon, 'worker', 'record',
    "login 7 billing $Dwserv::Test::Daemon::secret", 'wait 0 1',
    "request session=7 number=1 operation=$operation{account_create} " .
    'login=mallory has_uid=1 uid=5 home_choice=1', 'wait 1 1');
$state = $hostile->finish('worker');
ok($state->{codes}{250}, 'without a look at ids: found');
$daemon->stop;

done_testing();
