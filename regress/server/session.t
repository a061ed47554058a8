#!/usr/bin/perl
#
# A session from greeting to quit: the session words, how requests may be
# written, and what is said to those that are none.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Sys::Hostname;
use Test::More;

use Dwserv::Test;

my $daemon = start_daemon(new_root());

my $date = qr/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000/;
my @words = qw(abort auth begin capa commit help noop plan quit whoami);
my @requests = map { "account $_" } qw(create ensure modify rename password
    lock unlock suspend resume delete show list);
my @hashes = qw(yescrypt sha512 bcrypt);
my @rights = ('uid value=10000-59999', 'gid value=10000-59999',
    'groups value=ftp,mail,users,project',
    'shells value=/bin/sh,/usr/sbin/nologin', 'home value=/home',
    'read value=own');

sub capabilities
{
	my (@requests) = @_;
	my @lines = ('250-capability name=line-length value=8192',
	    (map { "250-capability name=command value=$_" } @words),
	    (map { "250-capability name=request value=\"$_\"" } @requests),
	    (map { "250-capability name=hash value=$_" } @hashes),
	    (map { "250-capability name=$_" } @requests ? @rights : ()));

	# What the client may use besides, in these.
	push @lines, map { "250-capability $_" } 'name=uid value=10000-59999',
	    'name=gid value=10000-59999',
	    'name=groups value=ftp,mail,users,project',
	    'name=shells value=/bin/sh,/usr/sbin/nologin',
	    'name=home value=/home', 'name=read value=own' if @requests;
	return [ @lines, '250 listed count=' . @lines ];
}

my $session = $daemon->connect;
my $hostname = hostname();
like($session->read_line, qr/^220 \Q$hostname\E dwserv 1 $date\z/,
    'the greeting');

# Before auth.
$session->send("capa\r\n");
is_deeply([ $session->read_reply ], capabilities(), 'capa before auth');
replies($session,
    whoami => qr/^530 auth-required /,
    noop => '250 ok',
    'account list' => qr/^530 auth-required /,
    'account create alice' => qr/^530 auth-required /,
    'account create Alice uid=x' => qr/^530 auth-required /);
$session->send("help\r\n");
my @help = $session->read_reply;
is(pop @help, '214 help dwserv-protocol(7) has it all', 'help: its end');
is_deeply([ grep { !/^214-help \w/ } @help ], [], 'help: its lines');
for my $name (@words, @requests) {
	is(scalar(grep { /^214-help \Q$name\E\b/ } @help), 1,
	    "help lists $name");
}

# After it.
reply_is($session, 'auth billing "open sesame"',
    '235 authenticated client=billing');
replies($session,
    whoami => '250 client name=billing',
    'auth billing "open sesame"' =>
	'503 already-authenticated client=billing',
    'auth nobody x' => '503 already-authenticated client=billing');
$session->send("capa\r\n");
is_deeply([ $session->read_reply ], capabilities(@requests),
    'capa after auth');

# How requests may be written.
for my $ending ("\n", "\r\n") {
	$session->send("noop$ending");
	is($session->read_reply, '250 ok', 'an ending of ' .
	    length($ending) . ' octets');
}
replies($session,
    'NOOP' => '250 ok',
    'NoOp' => '250 ok',
    ' noop ' => '250 ok',
    '  WhoAmI   ' => '250 client name=billing',
    '"noop"' => '250 ok',
    'ACCOUNT Create alice GECOS="Alice \"Al\" \\\\ Liddell" UID=10001' =>
	'250 created login=alice uid=10001 gid=10001 home=/home/alice ' .
	'shell=/bin/sh',
    'account   SHOW   "alice"' => '250 account login=alice uid=10001 ' .
	'gid=10001 group=alice groups="" gecos="Alice \"Al\" \\\\ Liddell" ' .
	'home=/home/alice shell=/bin/sh state=no-password',
    'account create ann "gecos=Ann Onym"' => qr/^250 created login=ann /,
    'account create Ann' => qr/^501 invalid login: /,
    'account create bob shell=/BIN/SH' => qr/^550 denied /);

# Quotes that are out of place.
replies($session, map { $_ => qr/^501 syntax / }
    'account create carl gecos="open',
    'account create carl gecos=x"y"',
    'account create carl gecos="a"b',
    'account create carl gecos="a\nb"',
    'account create carl gecos="a\\',
    'account create carl gecos="a" "',
    'account create carl gecos',
    'account create carl =x',
    'account create carl ""',
    'account list alice',
    'noop "',
    'account create ' . 'x ' x 40);
replies($session, 'account show "carl"' => '550 not-found account carl');

# What is no request.
replies($session, map { $_ => qr/^500 unknown-request / }
    '', ' ', 'noopx', 'account', 'account frobnicate alice', 'create alice',
    'alice', '""', 'group', 'group frobnicate', 'alias', 'watch-me',
    '220 hello');

# Arguments that do not belong, are there twice, or are missing.
replies($session,
    'account create dora colour=red' => '501 unknown-argument colour',
    'account show alice uid=1' => '501 unknown-argument uid',
    'account delete alice uid=10001' => '501 unknown-argument uid',
    'account password alice gecos=x' => '501 unknown-argument gecos',
    'account list gecos=x' => '501 unknown-argument gecos',
    'noop now' => qr/^501 unknown-argument /,
    'quit now' => qr/^501 unknown-argument /,
    'capa x=y' => qr/^501 unknown-argument /,
    'auth billing secret more' => qr/^501 unknown-argument /,
    'account create dora uid=10009 uid=10009' =>
	'501 repeated-argument uid',
    'account create dora Home=no hOME=/home/x' =>
	'501 repeated-argument home',
    'auth' => qr/^501 missing-argument /,
    'auth billing' => '503 already-authenticated client=billing',
    'account create' => '501 missing-argument login',
    'account show' => '501 missing-argument login',
    'account delete' => '501 missing-argument login',
    'account password' => '501 missing-argument login',
    'account password alice' => '501 missing-argument password or hash',
    'account show dora' => '550 not-found account dora');

# Its end: what was asked for before quit is still answered.
$session->send("noop\r\nwhoami\r\nquit\r\nnoop\r\n");
is_deeply([ map { scalar $session->read_reply } 1 .. 3 ],
    [ '250 ok', '250 client name=billing', '221 bye' ], 'quit comes last');
ok($session->at_end, 'and ends the connection');

# Who sends no more still hears what was asked for.
$session = $daemon->login;
$session->send("account create eve\nwhoami\nnoop");
$session->half_close;
like($session->read_reply, qr/^250 created login=eve /,
    'a half-closed connection');
is($session->read_reply, '250 client name=billing', 'and the next reply');
ok($session->at_end, 'a line without an ending is none');
$session = $daemon->connect;
$session->read_line;
$session->send("auth billing \"open sesame\"\nwhoami\n");
$session->half_close;
is($session->read_reply, '235 authenticated client=billing',
    'half-closed before auth is done');
is($session->read_reply, '250 client name=billing', 'and the next reply');
ok($session->at_end, 'and the end');

# The other greeting.
$daemon->stop;
$daemon->configure(global => { greeting => 'daytime' });
$daemon->start;
my @before = split ' ', gmtime;
$session = $daemon->connect;
my $line = $session->read_line;
like($line, qr/^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\z/,
    'the daytime greeting');
like($line, qr/^$before[0] $before[1] /, 'is of today, in UTC');
is($session->ask('noop'), '250 ok', 'and the session goes on as any other');

is($daemon->stop, 0, 'the daemon ends well');

done_testing();
