#!/usr/bin/perl
#
# Two secrets at once, so that one can be replaced by another; clients that
# are known as local users; and when each was last used.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use JSON::PP;
use Test::More;

use Dwserv::Test;

my $root = new_root();
my $path = $root->directory . '/provision.sock';
my ($old, $new) = map { crypt $_, '$6$rounds=1000$abcdefgh$' } qw(old new);

chmod 0711, $root->directory;

# The client "rotating" with these secrets, and others.
sub configuration
{
	my (@secrets) = @_;

	return (global => { "listen on socket \"$path\"" => 'mode 0666' },
	    more => join '', "client \"rotating\" {\n",
	    (map { "\tsecret \"$_\"\n" } @secrets),
	    "\tallow { account }\n}\n",
	    "client \"panel\" {\n\tlocal user 4711\n\tallow { account }\n}\n",
	    "client \"shop\" {\n\tlocal user \"nobody\"\n",
	    "\tsecret \"$old\"\n\tallow { account }\n}\n",
	    "client \"away\" {\n\tlocal user 4712\n",
	    "\tfrom { 127.0.0.1 }\n\tallow { account }\n}\n");
}

my $daemon = start_daemon($root, configuration($old, $new));

sub attempt
{
	my ($line, %how) = @_;
	my $session = $daemon->connect(%how);

	$session->read_line;
	my $reply = $session->ask($line);
	$session->close;
	return $reply;
}

# What show clients says of one.
sub used
{
	my ($client) = @_;

	my ($status, $output) = $daemon->ctl('-j', 'show', 'clients');
	is($status, 0, 'show clients');
	my ($record) = grep { $_->{name} eq $client }
	    @{decode_json($output)->{records}};
	return join ' ', map {
	    $record->{"$_-last-used"} =~ s/^\d{4}-\d\d-\d\dT.*Z\z/then/r
	} qw(secret-1 secret-2 certificate local-user);
}

# A session of a local user.
sub as_user
{
	my ($uid) = @_;

	local $> = $uid;
	return $daemon->connect(path => $path);
}

is(used('rotating'), 'never never none none', 'nothing was used so far');
my $in = '235 authenticated client=rotating';
is(attempt('auth rotating old'), $in, 'the first secret');
is(used('rotating'), 'then never none none', 'is known to have been used');
is(attempt('auth rotating new'), $in, 'the second secret');
is(used('rotating'), 'then then none none', 'so is this');
like(attempt('auth rotating oldnew'), qr/^535 /, 'another');
like(attempt('auth rotating'), qr/^535 /, 'none');
like(attempt('auth shop new'), qr/^535 /, 'the second, of another client');
is(used('shop'), 'never none none never', 'which failed');

# The old one goes: what is left is the first, and was used.
$daemon->configure(configuration($new));
my ($status) = $daemon->ctl('reload');
is($status, 0, 'reload');
wait_for(sub { $daemon->log =~ /generation 1 has gone/ });
is(used('rotating'), 'then none none none', 'the new secret is the first');
like(attempt('auth rotating old'), qr/^535 /, 'the old one is of no use');
is(attempt('auth rotating new'), $in, 'the new one is');
$daemon->configure(configuration($new, $old));
is(($daemon->ctl('reload'))[0], 0, 'reload');
wait_for(sub { $daemon->log =~ /generation 2 has gone/ });
is(used('rotating'), 'then never none none', 'the old one, back, is new');

# Local users are known before they say anything.
my $session = as_user(4711);
like($session->read_line, qr/^220 /, 'a local user is greeted');
is($session->ask('whoami'), '250 client name=panel', 'and known');
like($session->ask('account create alice'), qr/^250 created /,
    'and may do what the client may');
like($session->ask('auth panel'), qr/^503 already-authenticated /,
    'auth is too late');
$session->close;
is(used('panel'), 'none none none then', 'which is noted');
my ($nobody) = (getpwnam 'nobody')[2];
$session = as_user($nobody);
$session->send("whoami\r\nnoop\r\n");
like($session->read_line, qr/^220 /, 'one who speaks first');
is($session->read_line, '250 client name=shop', 'is known as well');
$session->close;

# Others are greeted as ever, and not later.
for my $uid (0, 4712, 4713) {
	my $began = now();
	$session = as_user($uid);
	like($session->read_line, qr/^220 /, "uid $uid is greeted");
	ok(now() - $began < 0.9, 'at once');
	like($session->ask('whoami'), qr/^530 auth-required /,
	    'and acts for nobody');
	$began = now();
	like($session->ask('auth panel'), qr/^535 auth-failed /,
	    'auth without a secret fails');
	ok(now() - $began >= 1, 'as late as any');
	like($session->ask("auth shop old"), qr/^235 /,
	    'and with the right one it succeeds');
	$session->close;
}
like(attempt('auth panel'), qr/^535 /, 'a local user by TCP is none');
like(attempt('auth panel old'), qr/^535 /, 'and has no secret');

# With the greeting of daytime.
my %configuration = configuration($new);
$configuration{global}{greeting} = 'daytime';
$daemon->configure(%configuration);
is(($daemon->ctl('reload'))[0], 0, 'reload');
wait_for(sub { $daemon->log =~ /generation 3 has gone/ });
$session = as_user(4711);
unlike($session->read_line, qr/^220 /, 'the greeting of daytime');
is($session->ask('whoami'), '250 client name=panel', 'changes nothing');
$session->close;

# auth dies; whoever connects meanwhile is greeted in any case.
my ($auth) = $daemon->wait_children('auth');
kill KILL => $auth;
$session = as_user(4711);
ok(defined $session->read_line, 'a greeting while auth is away');
$session->close;
ok(wait_for(sub {
	my $again = as_user(4711);

	$again->read_line;
	my $reply = $again->ask('whoami');
	$again->close;
	return $reply eq '250 client name=panel';
}), 'and with the new auth all is well');

is($daemon->stop, 0, 'the daemon ends well');
for my $line ('client=rotating peer=127\.0\.0\.1 session=\d+\.\d+ by=secret-1',
    'client=rotating peer=127\.0\.0\.1 session=\d+\.\d+ by=secret-2',
    'client=panel peer=local uid=4711 session=\d+\.\d+ by=local-user') {
	like(slurp($daemon->{log}), qr/login granted $line$/m, "log: $line");
}
done_testing();
