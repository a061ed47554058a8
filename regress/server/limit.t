#!/usr/bin/perl
#
# Who may be there, how many at a time and for how long: the limits of
# sessions and the timeouts.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = new_daemon($root, global => { prefork => 1,
    'timeout login' => 1, 'timeout idle' => 2 });
$daemon->start;

# A client that does not log in has a second, whatever it says meanwhile.
my $began = now();
my $silent = $daemon->connect;
my $chatty = $daemon->connect;
$silent->read_line;
$chatty->read_line;
my $answers = 0;
wait_for(sub {
	return 1 unless $chatty->send("noop\r\n");
	my $line = $chatty->read_line // return 1;
	$answers++ if $line eq '250 ok';
	return $line =~ /^421 timeout/;
}, 5);
my $took = now() - $began;
ok($answers > 0, 'before the timeout it is answered');
ok($took >= 0.9 && $took < 3, "login timeout of who talks: $took");
like($silent->read_line, qr/^421 timeout\b/, 'login timeout of who is silent');
ok($silent->at_end, 'and the connection is closed');

# Who has logged in has longer, as long as it says something.
$began = now();
my $session = $daemon->login;
my $busy = $daemon->login;
my $next = now() + 0.5;
wait_for(sub {
	if (now() >= $next) {
		$busy->ask('noop') eq '250 ok' or return 1;
		$next += 0.5;
	}
	return $session->has_input;
}, 8);
$took = now() - $began;
like($session->read_line, qr/^421 timeout\b/, 'idle timeout');
ok($session->at_end, 'and the connection is closed');
ok($took >= 1.9 && $took < 4, "after two seconds: $took");
is($busy->ask('noop'), '250 ok', 'who talks stays');
$busy->close;

# One that reads nothing of what it asked for does not stay for ever.
$root->append('passwd', join '', map { "many$_:x:$_:100:" . 'x' x 200 .
    ":/home/many$_:/bin/sh\n" } 20001 .. 23000);
my $greedy = $daemon->login;
wait_for(sub { ($daemon->children('worker'))[0]{sessions} == 1 });
$greedy->send("account list\r\n" x 40);
ok(wait_for(sub { ($daemon->children('worker'))[0]{sessions} == 0 }, 10),
    'one that does not read is dropped');
$greedy->close;
is($daemon->stop, 0, 'the daemon ends well');

# So many of one source, and in all.
$daemon->configure(global => { prefork => 1, 'limit source sessions' => 3,
    'limit worker sessions' => 5 });
$daemon->start;

sub greeted
{
	my ($session) = @_;

	return $session->read_line // 'nothing';
}

my @of_one = map { $daemon->connect } 1 .. 3;
is(scalar(grep { greeted($_) =~ /^220 / } @of_one), 3,
    'three sessions of one source');
my $fourth = $daemon->connect;
like(greeted($fourth), qr/^421 too-many-sessions\b/, 'a fourth is refused');
ok($fourth->at_end, 'and its connection closed');
is($of_one[0]->ask('noop'), '250 ok', 'the others go on');
$fourth->close;
my $other = $daemon->connect(source => '127.0.0.2');
like(greeted($other), qr/^220 /, 'another source is welcome');

$of_one[1]->close;
ok(wait_for(sub {
	my $again = $daemon->connect;
	return greeted($again) =~ /^220 / && ($of_one[1] = $again);
}, 5), 'there is room when one has gone');

# Five sessions: three of 127.0.0.1, one of 127.0.0.2, and one more.
my $last = $daemon->connect(source => '127.0.0.3');
like(greeted($last), qr/^220 /, 'a fifth session in all');
my $sixth = $daemon->connect(source => '127.0.0.4');
like(greeted($sixth), qr/^421 too-many-sessions\b/, 'a sixth is refused');
ok($sixth->at_end, 'and its connection closed');
is($last->ask('noop'), '250 ok', 'the others go on');
$last->close;
ok(wait_for(sub {
	my $again = $daemon->connect(source => '127.0.0.4');
	return greeted($again) =~ /^220 / && ($last = $again);
}, 5), 'there is room when one has gone');
$_->close for @of_one, $other, $last;
is($daemon->stop, 0, 'the daemon ends well');

# What one worker has no room for, another takes.
$daemon->configure(global => { prefork => 2, 'limit worker sessions' => 2 });
$daemon->start;
my @sessions = map { $daemon->connect } 1 .. 4;
is(scalar(grep { greeted($_) =~ /^220 / } @sessions), 4,
    'two workers have twice the room');
my $fifth = $daemon->connect;
like(greeted($fifth), qr/^421 too-many-sessions\b/, 'and no more');
$_->close for @sessions, $fifth;
is($daemon->stop, 0, 'the daemon ends well');

# Those that act for nobody yet: fewer of one source, and in all.  Who has
# logged in does not count, and who was turned away neither.
$daemon->configure(global => { prefork => 1, 'limit login sessions' => 4,
    'limit source login sessions' => 2 });
$daemon->start;
my @known = map { $daemon->login } 1 .. 5;
is(scalar @known, 5, 'five that have logged in');
my @unknown = map { $daemon->connect } 1 .. 2;
like(greeted($_), qr/^220 /, 'one that has not') for @unknown;
my @turned = map { $daemon->connect } 1 .. 5;
like(greeted($_), qr/^421 too-many-sessions\b/, 'a third is turned away')
    for @turned;
push @unknown, map { $daemon->connect(source => '127.0.0.2') } 1 .. 2;
like(greeted($_), qr/^220 /, 'two from elsewhere are not') for @unknown[2, 3];
my $fifth_unknown = $daemon->connect(source => '127.0.0.3');
like(greeted($fifth_unknown), qr/^421 too-many-sessions\b/,
    'a fifth in all is');
is($unknown[0]->ask('auth billing "open sesame"'),
    '235 authenticated client=billing', 'one of them logs in');
$other = $daemon->connect;
like(greeted($other), qr/^220 /, 'and makes room for another');
$_->close for @turned, $fifth_unknown, $other, @known, @unknown;

done_testing();
