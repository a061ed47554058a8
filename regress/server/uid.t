#!/usr/bin/perl
#
# Which numbers accounts get: the lowest that nobody has or ever had, also
# after a restart, and none outside of the range.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = start_daemon($root, accounts => { uid => '10000 to 10004' },
    clients => { billing => {}, upper => { uid => '10003 to 10004' } });
my $session = $daemon->login;

# The uid and gid of an account that is made, or the refusal.
sub made
{
	my ($line) = @_;
	my $reply = $session->ask("account create $line");

	return "$1 $2" if $reply =~ /^250 created \S+ uid=(\d+) gid=(\d+) /;
	return $reply;
}

sub restart
{
	$daemon->restart;
	$session = $daemon->login;
}

is(made('alice'), '10000 10000', 'the first of the range');
is(made('bob uid=10002'), '10002 10002', 'one that was asked for');
is(made('carol'), '10001 10001', 'the lowest that is free');
is(made('dave'), '10003 10003', 'beyond the one that is taken');

# A deleted account's uid is not given out again.
like($session->ask('account delete carol'), qr/^250 deleted /, 'delete');
is(made('erin'), '10004 10004', 'the next one is another');
is(made('frank'), '550 exhausted no uid is left from 10000 to 10004',
    'until none is left');
is(made('frank uid=10001'), '550 retired uid 10001 was given out before',
    'not even if it is asked for');
is(made('frank uid=10002'), '550 exists uid 10002',
    'one that somebody has');
like(made('frank uid=10005'), qr/^550 denied\b/, 'beyond the range');

restart();
is(made('frank'), '550 exhausted no uid is left from 10000 to 10004',
    'exhausted after a restart');
is(made('frank uid=10001'), '550 retired uid 10001 was given out before',
    'retired after a restart');

# Nor is one that another program has used, even if only once.
$daemon->stop;
$daemon->configure(accounts => { uid => '10000 to 10009' }, clients => {
    billing => {}, upper => { uid => '10008 to 10009' } });
$root->append('passwd', "tmp:x:10005:100::/home/tmp:/bin/sh\n");
$daemon->start;
$session = $daemon->login;
is(made('grace'), '10006 10006', 'what another program has given out');
$root->write('passwd', $root->read('passwd') =~ s/^tmp:.*\n//mr);
is(made('heidi uid=10005'), '550 retired uid 10005 was given out before',
    'is not given out after it is gone');
is(made('heidi'), '10007 10007', 'nor by itself');

# A range of its own.
$session = $daemon->login(client => 'upper');
is(made('ivan'), '10008 10008', "a client's own range");
is(made('judy'), '10009 10009', 'to its end');
is(made('kim'), '550 exhausted no uid is left from 10008 to 10009',
    'and not beyond');
like(made('kim uid=10000'), qr/^550 denied\b/, 'nor before');

# With `reuse' the numbers of removed accounts come back.
$daemon->stop;
$daemon->configure(accounts => { uid => '10000 to 10009 reuse' });
$daemon->start;
$session = $daemon->login;
is(made('kim'), '10001 10001', 'reuse: the lowest that is free');
like($session->ask('account delete kim'), qr/^250 deleted /, 'delete');
is(made('leo uid=10001 home=no'), '10001 10001', 'reuse: it may be asked for');
like($session->ask('account delete leo'), qr/^250 deleted /, 'delete');
is(made('nina home=no'), '10001 10001', 'reuse: and again');
is(made('oscar uid=10002'), '550 exists uid 10002',
    'reuse: not what somebody has');

# Without it again: what is in the ledger was given out.
$daemon->stop;
$daemon->configure(accounts => { uid => '10000 to 10009' });
$daemon->start;
$session = $daemon->login;
like($session->ask('account delete nina'), qr/^250 deleted /, 'delete');
is(made('paul uid=10001'), '550 retired uid 10001 was given out before',
    'without reuse it is retired');

# The range of login.defs, if the configuration has none.
$daemon->stop;
$root->write('login.defs', $root->read('login.defs') =~
    s/^UID_MIN.*/UID_MIN 20000/mr =~ s/^UID_MAX.*/UID_MAX 20001/mr);
$daemon->configure(accounts => { uid => undef });
$daemon->start;
$session = $daemon->login;
is(made('quinn'), '20000 20000', 'UID_MIN of login.defs');
like(made('rita uid=20002'), qr/^550 denied\b/, 'UID_MAX of login.defs');

# Ids that are never given out, whatever the range says.
$daemon->stop;
$daemon->configure(accounts => { uid => '61183 to 65536' });
$daemon->start;
$session = $daemon->login;
is(made('sam'), '61183 61183', 'the last before the dynamic users');
for my $uid (61184, 65519, 65534, 65535) {
	like(made("tim uid=$uid"), qr/^550 (?:denied|protected)\b/,
	    "uid $uid is reserved");
}
is(made('tim'), '65520 65520', 'the first after them');
is(made('uma uid=65536'), '65536 65536', 'beyond 16 bits');
like(made("vic$_"), qr/^655\d\d 655\d\d\z/, "uid $_ of those between")
    for 65521 .. 65533;
is(made('walt'), '550 exhausted no uid is left from 61183 to 65536',
    'nobody becomes nobody');

done_testing();
