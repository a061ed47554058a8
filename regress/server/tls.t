#!/usr/bin/perl
#
# Sessions over TLS: versions, kinds of keys, chains; much at once; and those
# who come with something else, stay silent, or go at a bad moment.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Tls qw(new_authority tls_statement tls_connect);

my $secret = '"open sesame"';
my $authority = new_authority();
my %daemons;		# and their ports, by the kind of key

sub serve
{
	my ($server, %more) = @_;
	my $port = Dwserv::Test::Daemon::free_port();
	my $daemon = new_daemon(new_root(%{$more{root} // {}}), global => {
	    tls_statement($server), prefork => 1,
	    'limit source sessions' => 300,
	    'limit source login sessions' => 300,
	    "listen on 127.0.0.1 port $port" => 'tls',
	    %{$more{global} // {}} }, clients => { billing => {
	    allow => '{ account, "group" }' } });

	$daemon->start;
	return ($daemon, $port);
}

# The next line, or undef if none comes.
sub greeting
{
	my ($session) = @_;

	return eval { $session->read_line } // '';
}

sub login
{
	my ($port, @options) = @_;
	my $session = tls_connect(port => $port, authority => $authority,
	    options => [@options]);

	greeting($session);
	$session->ask("auth billing $secret");
	return $session;
}

# Every kind of key, in both versions; RSA in 1.2 is another signature.
for my $kind (qw(rsa rsa3072 ec p384 p521)) {
	my ($daemon, $port) = serve($authority->issue(kind => $kind));

	for my $version (qw(-tls1_2 -tls1_3)) {
		my $name = "$kind, $version";
		my $session = tls_connect(port => $port,
		    authority => $authority, options => [$version]);

		like(greeting($session), qr/^220 \S+ dwserv 1 /,
		    "$name: the greeting") or diag($session->errors);
		reply_is($session, "auth billing $secret",
		    '235 authenticated client=billing', "$name: auth");
		reply_is($session, "account create a$kind" . 'x' x
		    ($version =~ /2/) . ' password=secret',
		    qr/^250 created /, "$name: a password");
		reply_is($session, 'quit', '221 bye', "$name: quit");
		ok($session->at_end, "$name: the end");
	}
	if ($kind eq 'rsa') {
		my $session = tls_connect(port => $port, options => [
		    '-tls1_2', '-cipher', 'AES256-GCM-SHA384:AES128-SHA']);
		is(greeting($session), '', 'no key exchange by RSA');
		$session = tls_connect(port => $port, options => ['-tls1_2',
		    '-sigalgs', 'RSA-PSS+SHA512']);
		like(greeting($session), qr/^220 /, 'PSS in TLS 1.2');
		$session = tls_connect(port => $port, options => ['-tls1_2',
		    '-sigalgs', 'RSA+SHA384']);
		like(greeting($session), qr/^220 /, 'PKCS#1 and SHA-384');
	}
	unlike($daemon->log, qr/warn|error|fail/i, "$kind: a quiet log");
	$daemon->stop;
}

# Old versions are refused, and sessions are not resumed.
my $users = join '', map { sprintf "u%05d:x:%d:5000:%s:/home/u%05d:/bin/sh\n",
    $_, 20000 + $_, 'x' x 100, $_ } 1 .. 5000;
my ($daemon, $port) = serve($authority->issue(kind => 'rsa'), root => {
    passwd => $Dwserv::Test::Root::content{passwd} . $users });
my ($worker) = $daemon->wait_children('worker');
for my $version (qw(-tls1 -tls1_1)) {
	my $session = tls_connect(port => $port, options => [$version,
	    '-cipher', 'ALL:@SECLEVEL=0']);
	is(greeting($session), '', "$version is refused");
	ok($session->at_end, "$version: the connection is closed");
}
for my $version (qw(-tls1_2 -tls1_3)) {
	my ($status, $output) = run_program(qw(openssl s_client -reconnect
	    -connect), "127.0.0.1:$port", $version);
	unlike($output, qr/^Reused/m, "$version: nothing is resumed");
	unlike($output, qr/session ticket:/i, "$version: no ticket");
	like($output, qr/^Compression: NONE/m, "$version: no compression")
	    if $version eq '-tls1_2';
}

# A long answer, requests one behind the other, and both at once.
my $session = login($port);
$session->send("account list\r\n");
my @lines = $session->read_reply;
is($lines[-1], '250 listed count=5001', 'a long list');
is(scalar @lines, 5002, 'all of its lines');
my @replies = $session->pipeline(map { "noop $_" =~ s/ .*//r } 1 .. 3000);
is(scalar(grep { $_ eq '250 ok' } @replies), 3000, '3000 requests at once');
@replies = $session->pipeline(map { "account show u0000$_" . ' ' x 4000 }
    (1 .. 9) x 4);
is(scalar(grep { /^250 / } @replies), 36, 'long lines at once');
$session->send("account list\r\n" x 4 . "quit\r\n");
select undef, undef, undef, 0.3;
my $count = 0;
while (defined(my $line = $session->read_line)) {
	$count++;
	like($line, qr/^221 /, 'the last words come') if $count == 20009;
}
is($count, 20009, 'all that was asked before quit is answered');
ok($session->at_end, 'and then it ends');

# The same without TLS.
my $plain = $daemon->login;
$plain->send("account list\r\n" x 4 . "quit\r\n");
select undef, undef, undef, 0.3;
$count = 0;
$count++ while defined $plain->read_line;
is($count, 20009, 'and over a plain connection');

# Who ends while requests are under way: they are carried out.
$session = login($port, '-no_ign_eof');
$session->send(join '', map { "account create half$_\r\n" } 1 .. 20);
$session->half_close;
$plain = $daemon->login;
ok(wait_for(sub { $plain->ask('account show half20') =~ /^250 / }),
    'what a client asked that ended at once is done');

# A hundred handshakes at once.
my @many = map { tls_connect(port => $port) } 1 .. 100;
is(scalar(grep { greeting($_) =~ /^220 / } @many), 100,
    'a hundred handshakes at once');
is(scalar(grep { ($_->ask('noop') // '') eq '250 ok' } @many), 100,
    'all of them are heard');
$_->close for @many;

# Something else than TLS: closed, without a word in the log.
my $before = length $daemon->log;
for my $bytes ("noop\r\n", "GET / HTTP/1.0\r\n\r\n", "\x16\x03\x01\x00\x05" .
    'xxxxx', "\x16\x03\x01\x40\x00" . 'y' x 16384, "\0" x 100_000,
    join('', map { chr(7 * $_ & 255) } 1 .. 50_000)) {
	my $other = $daemon->connect(port => $port);

	$other->send($bytes);
	wait_for(sub { $other->has_input; $other->{ended} }, 5);
	ok($other->{ended}, 'what is not TLS is closed: ' .
	    unpack('H10', $bytes)) or diag($other->{in});
}
is(substr($daemon->log, $before), '', 'and not logged');

# A handshake that gets no further does not keep others waiting.
my @stalled = map { $daemon->connect(port => $port) } 1 .. 50;
$stalled[$_]->send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" x
    ($_ & 1)) for 0 .. $#stalled;
my $began = now();
$session = login($port);
is($session->ask('noop'), '250 ok', 'others are served meanwhile');
ok(now() - $began < 5, 'at once');
is_deeply([$daemon->wait_children('worker')], [$worker],
    'the worker is still the same');

# The end does not wait for them.
$began = now();
is($daemon->stop, 0, 'the end with handshakes under way');
ok(now() - $began < 5, 'it comes soon');

# The time for a handshake is that for a login.
($daemon, $port) = serve($authority->issue, global => {
    'timeout login' => 1 });
$began = now();
@stalled = map { $daemon->connect(port => $port) } 1 .. 3;
$stalled[1]->send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
ok($_->at_end(10), 'a handshake that stalls is ended') for @stalled;
ok(now() - $began < 5, 'after the time for a login');
$session = tls_connect(port => $port);
like(greeting($session), qr/^220 /, 'who says nothing after it');
is($session->read_line, '421 timeout closing the connection',
    'is told of it');
$daemon->stop;

# Auth dies in the midst: handshakes may fail, and the next ones do not.
($daemon, $port) = serve($authority->issue(kind => 'rsa3072'),
    global => { prefork => 2 });
my @workers = $daemon->wait_children('worker');
$session = login($port);
my ($failed, $done) = (0, 0);
for my $round (1 .. 5) {
	my ($auth) = $daemon->wait_children('auth');
	@many = map { tls_connect(port => $port) } 1 .. 30;
	select undef, undef, undef, 0.02 * $round;
	kill KILL => $auth;
	greeting($_) =~ /^220 / ? $done++ : $failed++ for @many;
	$_->close for @many;
}
note("$done handshakes succeeded, $failed failed");
is($done + $failed, 150, 'no handshake hangs when auth dies');
is($session->ask('noop'), '250 ok', 'sessions go on');
ok(wait_for(sub { greeting(tls_connect(port => $port)) =~ /^220 / }),
    'handshakes succeed again');
is_deeply([sort($daemon->wait_children('worker'))], [sort @workers],
    'the workers are still the same');
$daemon->stop;

# Too many from one address are told so; with a chain up to the authority.
my $middle = $authority->issue(subject => '/CN=Middle', authority => 1);
my $server = $middle->issue(kind => 'ec');
($daemon, $port) = serve({ key => $server->{key},
    certificate => Dwserv::Test::Tls::chain($server, $middle) },
    global => { 'limit source sessions' => 2 });
@many = map { tls_connect(port => $port, authority => $authority) } 1 .. 2;
like(greeting($_), qr/^220 /, 'a chain of certificates') for @many;
is(greeting(tls_connect(port => $port)),
    '421 too-many-sessions try again later', 'too many sessions');
$_->close for @many;
$daemon->stop;

done_testing();
