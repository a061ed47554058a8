#!/usr/bin/perl
#
# Watching the ledger: from the beginning, from the middle and live, as far
# as the client may see, until it says something.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = start_daemon($root, global => { 'timeout idle' => 2,
    'timeout login' => 2 },
    clients => {
	billing => { allow => '{ account, watch }',
	    uid => '10000 to 19999' },
	shop => { allow => '{ account, watch }', uid => '20000 to 29999' },
	blind => { allow => '{ account }' },
    });
my $session = $daemon->login;
my $shop = $daemon->login(client => 'shop');

plan(skip_all => 'the parent does not pass the ledger on')
    if $session->ask('watch follow=no') =~ /^451 /;

# What an entry tells, but for its time.
sub entry
{
	my ($line) = @_;

	return $line =~ s/ time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ / /r;
}

sub created
{
	my ($number, $login, $uid, $client) = @_;

	return qr/^250-entry\ number=$number\ client=$client
	    \ change=account\.create\ login=$login\ uid=$uid\ /x;
}

is($session->ask('watch follow=no'), '250 watched last=0', 'nothing yet');
is($session->ask('watch since=0 follow=no'), '250 watched last=0',
    'nothing yet from the beginning');
is($daemon->login(client => 'blind')->ask('watch'),
    '550 denied blind may not do that', 'not everybody may');

# All that there is.
replies($session, map { ("account create u$_ home=no" => qr/^250 /) } 1 .. 3);
replies($shop, 'account create v1 home=no' => qr/^250 /,
    'account delete v1' => qr/^250 /);
replies($session, 'account delete u2' => qr/^250 /);
$session->send("watch since=0 follow=no\r\n");
my @lines = map { entry($_) } $session->read_reply;
is(scalar @lines, 5, 'four entries of its own');
like($lines[$_ - 1], created($_, "u$_", 9999 + $_, 'billing'), "entry $_")
    for 1 .. 3;
like($lines[3], qr/^250-entry\ number=6\ client=billing
    \ change=account\.delete\ login=u2\ uid=10001\ /x, 'entry 6');
is($lines[4], '250 watched last=6', 'and where it ended');
unlike("@lines", qr/ (?:peer|sha256|idem|digest)=/, 'no more than that');

$shop->send("watch since=3 follow=no\r\n");
@lines = map { entry($_) } $shop->read_reply;
like($lines[0], created(4, 'v1', 20000, 'shop'), 'the other has its own');
is(scalar @lines, 3, 'both of them');
is($session->ask('watch since=3 follow=no'), '250 watched last=6',
    'the last of them');
is($session->ask('watch since=6 follow=no'), '250 watched last=6',
    'none of them');

# What is asked behind it waits for it, or ends it.
$session->send("watch since=0 follow=no\r\nwhoami\r\n");
is(scalar(my @all = $session->read_reply), 5, 'all, whatever is behind it');
is($session->read_reply, '250 client name=billing', 'which is answered');
$session->send("watch since=2\r\nwhoami\r\n");
is(scalar $session->read_reply, '250 watched last=2', 'it ends at once');
is($session->read_reply, '250 client name=billing', 'which is answered');

# Live, and longer than a session may be idle.
my $idle = $daemon->login;
$session->send("watch\r\n");
$shop->send("watch since=6\r\n");
like($idle->read_line, qr/^421 timeout /, 'who does nothing has to go');
my $other = $daemon->login;
for my $number (7 .. 9) {
	my $login = "w$number";

	reply_is($other, "account create $login home=no", qr/^250 /);
	like(entry($session->read_line), created($number, $login,
	    qr/\d+/, 'billing'), "entry $number, when it is made");
}
$session->send("noop\r\n");
is($session->read_line, '250 watched last=9', 'a line ends it');
is($session->read_line, '250 ok', 'and is answered');
ok(!$shop->has_input, 'others hear nothing of it');
$shop->send('x' x 10000);
is($shop->read_line, '250 watched last=9', 'a line that is too long, too');
like($shop->read_line, qr/^500 line-too-long /, 'and is answered');

# Nobody is left to end it.
$session->send("watch since=8\r\n");
$session->half_close;
like(entry($session->read_line), created(9, 'w9', qr/\d+/, 'billing'),
    'one that says no more');
is($session->read_line, '250 watched last=9', 'has its end');
ok($session->at_end, 'and no more');

# A change of one's own is seen by a watch behind it.
$session = $daemon->login;
my @replies = $session->pipeline('account create x1 home=no',
    'watch since=9 follow=no', 'account delete x1',
    'watch since=9 follow=no');
is($replies[1], '250 watched last=10', 'its own change');
is($replies[3], '250 watched last=11', 'and the next');

# The end of the daemon ends it as any other request.
$session->send("watch since=10\r\n");
like($session->read_line, qr/number=11 /, 'a last watch');
kill TERM => $daemon->pid;
is($session->read_line, '250 watched last=11', 'ends with the daemon');
like($session->read_line // '', qr/^421 shutdown /, 'which says so');

# What was moved away is missed.
$daemon->stop;
rename "$daemon->{state}/ledger/00000001", "$root->{directory}/moved" or
    die "rename: $!\n";
$daemon->start;
$session = $daemon->login;
like($session->ask('watch since=0 follow=no'),
    qr/^550 not-found entry 1$/, 'what is missing is said');
like($session->ask('watch follow=no'), qr/^250 watched last=\d+$/,
    'and what is new is not');

done_testing();
