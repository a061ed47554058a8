#!/usr/bin/perl
#
# auth: who gets in, from where, what a failure costs, and what it does not
# tell.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $path = $root->directory . '/provision.sock';
my $daemon = start_daemon($root,
    global => { "listen on socket \"$path\"" => 'mode 0620 group 4242' },
    clients => {
	billing => {},
	near => { from => '{ 127.0.0.2 }' },
	network => { from => '{ 127.3.0.0/16, 10.0.0.0/8 }' },
	socket => { from => '{ local }' },
	both => { from => '{ local, 127.0.0.2 }' },
	strong => { secret => '"' . crypt('open sesame',
	    '$y$j9T$abcdefghijklmnop') . '"' },
    });
my $right = '"open sesame"';

# What a login comes to, and how long that takes.
sub attempt
{
	my ($line, %how) = @_;
	my $session = $daemon->connect(%how);

	$session->read_line;
	my $began = now();
	my $reply = $session->ask($line);
	my $took = now() - $began;
	$session->close;
	return ($reply, $took);
}

sub gets_in
{
	my ($client, $name, %how) = @_;

	my ($reply) = attempt("auth $client $right", %how);
	is($reply, "235 authenticated client=$client", $name);
}

# Failures look alike, whatever is wrong, and take a second at least.
my @failures = (
	[ "auth billing wrong", 'a wrong secret' ],
	[ "auth billing \"open sesam\"", 'a secret that is too short' ],
	[ "auth billing \"open sesame \"", 'a secret that is too long' ],
	[ "auth billing \"\"", 'an empty secret' ],
	[ "auth billing " . 'x' x 600, 'a secret beyond all bounds' ],
	[ "auth nobody $right", 'no such client' ],
	[ "auth Billing $right", 'a name in other letters' ],
	[ "auth \"\" $right", 'no name' ],
	[ "auth ../../x $right", 'a name that no client can have' ],
	[ "auth strong wrong", 'a wrong secret of a costly hash' ],
	[ "auth near $right", 'the right secret from elsewhere' ],
	[ "auth socket $right", 'over TCP instead of a Unix socket' ],
);
# From a source each: too many failures of one would slow it down.
my @sessions = map { $daemon->connect(source => "127.0.1.$_") }
    1 .. @failures;
my (%answers, %took);
$_->read_line for @sessions;
my $began = now();
$sessions[$_]->send("$failures[$_][0]\r\n") for 0 .. $#failures;
wait_for(sub {
	for my $i (grep { !exists $took{$_} } 0 .. $#failures) {
		next unless $sessions[$i]->has_input;
		$took{$i} = now() - $began;
		$answers{$sessions[$i]->read_reply}++;
	}
	return @failures == keys %took;
});
is_deeply([ values %answers ], [ scalar @failures ],
    'all failures get the same reply');
like((keys %answers)[0], qr/^535 auth-failed\b/, 'which is 535');
for my $i (0 .. $#failures) {
	ok($took{$i} >= 1, "$failures[$i][1] takes a second: $took{$i}");
	is($sessions[$i]->ask('noop'), '250 ok',
	    "$failures[$i][1]: the session goes on");
}
my @times = sort { $a <=> $b } values %took;
ok($times[-1] - $times[0] < 0.5, "no failure takes much longer: @times");
$_->close for @sessions;

# Where from.
gets_in('billing', 'from anywhere');
gets_in('billing', 'from another address', source => '127.0.0.7');
gets_in('near', 'from its address', source => '127.0.0.2');
gets_in('network', 'from its network', source => '127.3.200.1');
gets_in('strong', 'with a costly hash');
gets_in('both', 'by its address', source => '127.0.0.2');
for my $failure ([ 'near', '127.0.0.3' ], [ 'network', '127.2.255.255' ],
    [ 'network', '127.4.0.0' ], [ 'both', '127.0.0.1' ]) {
	my ($client, $source) = @$failure;
	my ($reply) = attempt("auth $client $right", source => $source);

	like($reply, qr/^535 auth-failed\b/, "$client from $source");
}

# Over the Unix socket.
my ($mode, $uid, $gid) = (stat $path)[2, 4, 5];
is(sprintf('%o %d %d', $mode & 07777, $uid, $gid), '620 0 4242',
    'mode and group of the Unix socket');
gets_in($_, "$_ over the Unix socket", path => $path)
    for qw(billing socket both);
my ($reply, $elapsed) = attempt("auth near $right", path => $path);
like($reply, qr/^535 auth-failed\b/, 'a client that has to use TCP');
my $local = $daemon->login(path => $path, client => 'socket');
reply_is($local, 'account create alice', qr/^250 created login=alice /);
$local->close;

# Too many failures end the session; others are not concerned.
my $session = $daemon->connect(source => '127.0.0.9');
my $bystander = $daemon->login;
$session->read_line;
$session->send("auth billing no\r\nauth nobody no\r\nauth billing no\r\n" .
    "noop\r\n");
my @replies = map { $session->read_reply // 'nothing' } 1 .. 3;
like($replies[0], qr/^535 auth-failed\b/, 'the first failure');
like($replies[1], qr/^535 auth-failed\b/, 'the second');
like($replies[2], qr/^421 too-many-failures\b/, 'the third is the last');
ok($session->at_end, 'and ends the connection');
is($bystander->ask('noop'), '250 ok', 'others go on');

# A failure, then the right secret; and lines that come before the answer.
$session = $daemon->connect;
$session->read_line;
$began = now();
$session->send("auth billing no\nwhoami\nauth billing $right\nwhoami\n" .
    "account create bob\naccount show bob\n");
like($session->read_reply, qr/^535 auth-failed\b/, 'a failure');
ok(now() - $began >= 1, 'takes its time');
like($session->read_reply, qr/^530 auth-required\b/, 'and gives no rights');
is($session->read_reply, '235 authenticated client=billing', 'then auth');
is($session->read_reply, '250 client name=billing',
    'lines behind auth wait for it');
like($session->read_reply, qr/^250 created login=bob /, 'and have its rights');
like($session->read_reply, qr/^250 account login=bob /, 'and are answered');
ok(!$session->has_input, 'and nothing else is said');

# What a session does while auth thinks about it does not stop others.
my $waiting = $daemon->connect;
$waiting->read_line;
$waiting->send("auth billing no\r\n");
$began = now();
is($bystander->ask('noop'), '250 ok', 'others are answered meanwhile');
ok(now() - $began < 0.9, 'at once');
$waiting->close;

# Secrets are not in the log, nor in the ledger.
is($daemon->stop, 0, 'the daemon ends well');
unlike($daemon->log, qr/open sesam|\$6\$|\$y\$/, 'no secret in the log');
like($daemon->log, qr/login granted client=billing peer=127\.0\.0\.7 /,
    'logins are logged');
like($daemon->log, qr/login denied client=billing peer=127\.0\.0\.9 /,
    'failures are logged');
like($daemon->log, qr/login denied client=- peer=127\.0\.0\.9 /,
    'without names that nobody has');
unlike($daemon->log, qr/nobody/, 'which might be secrets');
ok(!-e $path, 'the Unix socket is gone');

done_testing();
