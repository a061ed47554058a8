#!/usr/bin/perl
#
# The log for auditors: who was let in and how, who was not, what was changed
# and what was refused, each with client, peer and session; and never a
# secret or a hash, whatever was asked for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Ledger qw(ledger_entries ledger_segments);

my $root = new_root(aliases => "root: admin\n");
my $path = $root->directory . '/provision.sock';
# Whatever must not be found again.
my ($secret, $second, $password) = qw(Sesam7Open Second8Secret Geheim9Wort);
my ($salt, $own_salt) = qw(pinchofpepper clientsownsalt);
my $hash = crypt $password, "\$6\$rounds=1000\$$salt";

sub own
{
	return '"' . crypt($_[0], "\$6\$rounds=1000\$$own_salt") . '"';
}

chmod 0711, $root->directory;
my $daemon = start_daemon($root, global => { prefork => 1,
    "listen on socket \"$path\"" => 'mode 0666',
    aliases => '"/etc/aliases"' },
    clients => { billing => { allow => '{ account, "group", alias, watch }',
	secret => own($secret) . "\n\tsecret " . own($second) },
	far => { from => '{ 10.0.0.1 }', secret => own($secret) },
	panel => { secret => own($secret) . "\n\tlocal user 4711" } });

sub attempt
{
	my ($line, %how) = @_;
	my $session = $daemon->connect(%how);

	$session->read_line;
	$session->ask($line);
	$session->close;
}

# The lines that a pattern finds, once it finds so many; behind the time and
# the process.
sub logged
{
	my ($pattern, $count, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	wait_for(sub {
		my $found = () = $daemon->log =~ /$pattern/mg;
		return $found >= $count;
	}, 5);
	my $found = () = $daemon->log =~ /$pattern/mg;
	is($found, $count, $name) or diag($daemon->log);
}

my $from = 'peer=127\.0\.0\.1 session=\d+\.\d+';
attempt("auth billing $secret");
logged(qr/auth \d+: login granted client=billing $from by=secret-1$/, 1,
    'the first secret');
attempt("auth billing $second");
logged(qr/auth \d+: login granted client=billing $from by=secret-2$/, 1,
    'the second secret');
{
	local $> = 4711;
	attempt('noop', path => $path);
}
logged(qr/auth \d+: login granted client=panel peer=local uid=4711 session=\d+\.\d+ by=local-user$/,
    1, 'a local user');
attempt("auth billing x$secret");
logged(qr/auth \d+: login denied client=billing $from why=secret$/, 1,
    'a wrong secret');
attempt("auth far $secret");
logged(qr/auth \d+: login denied client=far $from why=address$/, 1,
    'the wrong address');
attempt("auth $secret $secret");
logged(qr/auth \d+: login denied client=- $from why=unknown-client$/, 1,
    'a secret in the place of the name');
attempt('auth billing');
logged(qr/auth \d+: login denied client=billing $from why=peer$/, 1,
    'no secret');

# All requests that change something, with secrets wherever they can be.
my $session = $daemon->login(secret => $secret);
my @requests = (
	"account create alice password=$password gecos=\"Alice, of all\"",
	"account create bob hash=$hash",
	"account ensure carol password=$password",
	"account ensure carol password=$password gecos=Carol",
	"account create erin hash=$hash idem=key-1",
	"account create erin hash=$hash idem=key-1",
	'account modify alice gecos="A. L."',
	"account password alice password=$password",
	"account password bob hash=$hash",
	'account lock alice', 'account unlock alice', 'account suspend alice',
	'account resume alice', 'account rename bob name=robert',
	'group create staff1', 'group modify staff1 gid=10900',
	'group add staff1 login=alice', 'group remove staff1 login=alice',
	'group rename staff1 name=staff2', 'group delete staff2',
	'alias set post targets=alice', 'alias add post targets=carol',
	'alias remove post targets=carol', 'alias delete post',
	"account create dave password=$password home=no",
	'account delete carol home=remove');
my @replies = $session->pipeline(@requests);
is_deeply([map { $replies[$_] =~ /^250 / ? () : "$requests[$_]: $replies[$_]" }
    0 .. $#requests], [], 'all requests are fine');
my @entries = grep { ($_->{client} // '') eq 'billing' }
    ledger_entries($daemon);
cmp_ok(scalar @entries, '>=', 18, 'the ledger has the changes');
for my $entry (@entries) {
	logged(qr/parent: changed client=billing $from entry=$entry->{number} change=\Q$entry->{change}\E /,
	    1, "entry $entry->{number}, $entry->{change}");
}

# A transaction: a line for each part; a refused one: one line.
my @lines = $session->pipeline('begin', 'group create one',
    "account create frank password=$password", 'commit');
like($lines[-1], qr/^250 committed /, 'a transaction');
logged(qr/parent: changed .* change=account\.create login=frank /, 1,
    'its last part is there');
logged(qr/parent: changed .* change=group\.create group=one /, 1,
    'and its first');
@lines = $session->pipeline('begin', 'group create two',
    "account create alice password=$password", 'commit');
like($lines[-1], qr/^550 aborted /, 'one that is refused');
logged(qr/parent: refused client=billing $from request=commit parts=2 code=550 word=aborted text="request=2 code=550 word=exists /,
    1, 'tells which part was to blame');
@lines = $session->pipeline('begin', 'group create three',
    'account modify alice groups=sudo', 'commit');
like($lines[-1], qr/^550 aborted /, 'one that policy refuses');
logged(qr/parent: refused client=billing $from request=commit parts=2 /, 2,
    'the same');

# Refusals: by what the request says, by what its target is, of a plan.
my %refusals = (
	'account create greg uid=20 hash=%s' =>
	    'request="account create" login=greg code=550 word=denied ',
	'account password boss password=%s' =>
	    'request="account password" login=boss code=550 word=protected ',
	'account create alice password=%s' =>
	    'request="account create" login=alice code=550 word=exists ',
	'plan account create alice password=%s' =>
	    'plan=yes request="account create" login=alice code=550 ',
	'account lock nobody2' =>
	    'request="account lock" login=nobody2 code=550 word=not-found ',
	'group delete sudo' =>
	    'request="group delete" group=sudo code=550 word=protected ',
	'alias delete gone' =>
	    'request="alias delete" alias=gone code=550 word=not-found ');
for my $request (sort keys %refusals) {
	my $value = $request =~ /hash/ ? $hash : $password;

	$session->ask($request =~ s{%s}{$value}r);
	logged(qr/parent: refused client=billing $from $refusals{$request}/,
	    1, $request);
}
# What a client may never do, the worker refuses.
my $other = $daemon->login(client => 'panel', secret => $secret);
like($other->ask("group create staff3"), qr/^550 denied /, 'another client');
logged(qr/worker \d+: refused client=panel peer=127\.0\.0\.1 session=\d+ request="group create" code=550 word=denied$/,
    1, 'whose request is not even looked at');
my $planned = () = $daemon->log =~ /changed/g;
like($session->ask("plan account create zoe password=$password"),
    qr/^250 planned /, 'a plan');
is(scalar(() = $daemon->log =~ /changed/g), $planned, 'is no change');

# With a lock that somebody holds, or without room, it is refused the same
# way: by commit.c, whose refusals end where all do.
my ($session_name) = $daemon->log =~
    /changed client=billing peer=127\.0\.0\.1 session=(\d+\.\d+) /;
logged(qr/login granted client=billing peer=127\.0\.0\.1 session=\Q$session_name\E /,
    1, 'a change leads to its login');

is($daemon->stop, 0, 'the daemon ends well');
my $log = slurp($daemon->{log});
my $ledger = join '', map { slurp($_) } ledger_segments($daemon);
my $tail = substr $hash, -20;
for my $word ($secret, $second, $password, $salt, $own_salt, $tail) {
	unlike($log, qr/\Q$word\E/i, "no $word in the log");
	unlike($ledger, qr/\Q$word\E/i, "no $word in the ledger");
}
unlike("$log$ledger", qr/\$(?:6|y|2b)\$/, 'no hash in either');

done_testing();
