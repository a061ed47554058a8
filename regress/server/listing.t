#!/usr/bin/perl
#
# What readers see: lists by state, group, range and page while accounts come
# and go, aliases that lead somewhere, and all of it right after a change,
# whoever made it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my $root = new_root(aliases => <<'END');
postmaster: Root, alice
abuse: postmaster
Security: ABUSE
ring1: ring2, alice2
ring2: ring1
team: bob,
	"alice"
"two words": alice
more: team, someone@example.net
fred: \alice
prog: "|/bin/prog alice"
address: alice@example.net
Zeta: bob
END
my $daemon = start_daemon($root, global => { prefork => 3 }, clients => {
    billing => { allow => '{ account, group, alias }' },
    other => { allow => '{ account, group, alias }' },
    narrow => { allow => '{ account, group, alias }',
	uid => '10002 to 10003', groups => '{ "project" }' },
}, more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;

# The names in a list; its end is checked.
sub names
{
	my ($from, $request) = @_;

	$from->send("$request\r\n");
	my @lines = $from->read_reply;
	my $last = pop @lines;
	local $Test::Builder::Level = $Test::Builder::Level + 2;
	is($last, '250 listed count=' . @lines, "$request: its end");
	return join ' ', map { /^250-\w+ (?:login|name)=("[^"]*"|\S+)/ ? $1 :
	    $_ } @lines;
}

sub lists
{
	my ($from, @pairs) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	while (my ($request, $expected) = splice @pairs, 0, 2) {
		is(names($from, $request), $expected, $request);
	}
}

my @replies = $session->pipeline(
    "account create alice hash=$hash groups=ftp,users",
    "account create bob hash=$hash group=project home=no",
    'account create carol home=no',
    "account create dora hash=$hash expire=2000-01-01 home=no groups=ftp",
    "account create erin hash=$hash home=no", 'account lock erin',
    "account create fay hash=$hash home=no groups=project",
    'account suspend fay',
    "account create gus hash=$hash expire=2000-01-01 home=no",
    'account suspend gus');
is(scalar(grep { /^250 / } @replies), 10, 'accounts of all states');

# By state, and by several things at once.
lists($session,
    'account list' => 'alice bob boss carol dora erin fay gus',
    'account list state=active' => 'alice bob',
    'account list state=no-password' => 'boss carol',
    'account list state=expired' => 'dora',
    'account list state=locked' => 'erin',
    'account list state=suspended' => 'fay gus',
    'account list group=ftp' => 'alice dora',
    'account list group=project' => 'bob fay',
    'account list group=project state=suspended' => 'fay',
    'account list group=ftp state=expired prefix=d' => 'dora',
    'account list group=alice' => 'alice',
    'account list group=nosuch' => '',
    'account list uid=10002-10004' => 'carol dora erin',
    'account list uid=10004-10500 state=suspended limit=1' => 'fay',
    'account list uid=10004-10500 state=suspended after=fay' => 'gus',
    'account list state=active limit=1 after=alice' => 'bob',
    'account list limit=3 after=bon' => 'boss carol dora');
replies($session,
    'account list state=asleep' => qr/^501 invalid state: must be suspended, /,
    'account list uid=5' => qr/^501 invalid uid: must be MIN-MAX/,
    'account list uid=5-4' => qr/^501 invalid uid: /,
    'account list limit=0' => qr/^501 invalid limit: /,
    'account list group=FTP' => qr/^501 invalid group: /,
    'account list alice' => qr/^501 syntax /,
    'group list state=active' => '501 unknown-argument state',
    'alias list uid=1-2' => '501 unknown-argument uid');

# Each line has all that account show has.
$session->send("account list\r\n");
my @lines = $session->read_reply;
pop @lines;
is_deeply([ map { s/^250-/250 /r } @lines ], [ map {
    / login=(\S+)/ ? scalar $session->ask("account show $1") : () } @lines ],
    'the lines are those of account show');

# Who has a smaller range sees less.
my $narrow = $daemon->login(client => 'narrow');
lists($narrow,
    'account list' => 'carol dora',
    'account list uid=0-4294967295' => 'carol dora',
    'account list group=ftp' => 'dora',
    'account list group=project' => '',
    'account list state=suspended' => '',
    'group list' => 'carol dora project',
    'group list login=alice' => '',
    'group list login=fay' => 'project',
    'group list gid=10003-10003' => 'dora',
    'group list gid=0-100' => '');

# Groups.
lists($session,
    'group list' => 'alice boss carol dora erin fay ftp gus mail project ' .
	'users',
    'group list login=alice' => 'alice ftp users',
    'group list login=bob' => 'project',
    'group list login=fay' => 'fay project',
    'group list login=boss' => 'boss',
    'group list login=nosuch' => '',
    'group list prefix=f' => 'fay ftp',
    'group list prefix=f after=fay' => 'ftp',
    'group list gid=100-900' => 'ftp users',
    'group list gid=100-900 login=alice limit=1' => 'ftp',
    'group list gid=10500-10500' => 'boss');

# Aliases: by name without regard to case, and all that lead to a login.
lists($session,
    'alias list' => 'abuse address fred more postmaster prog ring1 ring2 ' .
	'security team "two words" zeta',
    'alias list prefix=P' => 'postmaster prog',
    'alias list prefix=p after=Postmaster' => 'prog',
    'alias list after=team limit=1' => '"two words"',
    'alias list limit=2' => 'abuse address',
    'alias list login=alice' => 'abuse fred more postmaster security team ' .
	'"two words"',
    'alias list login=alice prefix=s' => 'security',
    'alias list login=bob' => 'more team zeta',
    'alias list login=alice2' => 'ring1 ring2',
    'alias list login=nosuch' => '');

# A chain of any length, and its middle is cut.
@replies = $session->pipeline('alias set c0 targets=carol',
    map { "alias set c$_ targets=c" . ($_ - 1) } 1 .. 300);
is(scalar(grep { /^250 set / } @replies), 301, 'a long chain');
is(scalar(split / /, names($session, 'alias list login=carol')), 301,
    'all of it leads to carol');
reply_is($session, 'alias set c150 targets=dora', qr/^250 set /);
is(scalar(split / /, names($session, 'alias list login=carol')), 150,
    'half of it still does');
is(scalar(split / /, names($session, 'alias list login=dora')), 151,
    'the other half leads to dora');

# Page by page, while accounts that were seen and were not come and go.
@replies = $session->pipeline(map { sprintf 'account create p%03d home=no ' .
    'group=project', $_ } 1 .. 200);
is(scalar(grep { /^250 created / } @replies), 200, 'many are made');
my $other = $daemon->login(client => 'other');
my ($after, @seen) = ('', ());
for (1 .. 30) {
	$session->send("account list prefix=p limit=10$after\r\n");
	@lines = $session->read_reply;
	my @names = map { / login=(\S+)/ ? $1 : () } @lines;
	push @seen, @names;
	last if $lines[-1] eq '250 listed count=0';
	$after = " after=$seen[-1]";
	my ($number) = $seen[-1] =~ /p(\d+)/;
	# The last that was seen goes, one far ahead goes, one behind comes.
	$other->pipeline("account delete $seen[-1]",
	    sprintf('account delete p%03d', 200 - @seen / 10),
	    sprintf('account create p%03dx home=no group=project', $number -
	    5), sprintf('account create p%03dx home=no group=project',
	    $number + 5));
}
my %seen;
$seen{$_}++ for @seen;
is_deeply([ grep { $seen{$_} > 1 } keys %seen ], [], 'none comes twice');
is_deeply(\@seen, [ sort @seen ], 'they come in order');
is_deeply([ grep { !$seen{$_} } map { sprintf 'p%03d', $_ } 1 .. 180 ], [],
    'none is left out that was there all the time');
ok((grep { /x\z/ } @seen) > 5, 'some that came meanwhile are there');

# One session's own changes show at once; others' a moment later.
my @sessions = map { $daemon->login } 1 .. 6;
for my $step ([ 'account lock alice', 'locked' ],
    [ 'account unlock alice', 'active' ],
    [ 'account suspend alice', 'suspended' ],
    [ 'account resume alice', 'active' ],
    [ 'account modify alice expire=2001-01-01', 'expired' ],
    [ 'account lock alice', 'expired' ],
    [ 'account modify alice expire=never', 'locked' ],
    [ "account password alice hash=$hash", 'active' ]) {
	my ($line, $state) = @$step;

	$other->send("$line\naccount show alice\naccount list prefix=alice\n");
	like(scalar $other->read_reply, qr/^250 /, $line);
	like(scalar $other->read_reply, qr/ state=$state\z/, "$line: own");
	like(($other->read_reply)[0], qr/ state=$state\z/, "$line: own list");
	ok(wait_for(sub { !grep { $_->ask('account show alice') !~
	    / state=$state\z/ } @sessions }, 5), "$line: all others");
}

# What other programs change is seen without any request that changes.
$root->write('shadow', with_lines($root->read('shadow'),
    alice => "alice:!$hash:19000:0:99999:7:::"));
ok(wait_for(sub { !grep { $_->ask('account show alice') !~
    / state=locked\z/ } @sessions }, 10), 'another program locks');
$root->write('passwd', with_lines($root->read('passwd'),
    zoe => 'zoe:x:10900:5000:Zoe:/home/zoe:/bin/sh',
    carol => undef));
ok(wait_for(sub { !grep { names($_, 'account list prefix=z') ne 'zoe' ||
    $_->ask('account show carol') ne '550 not-found account carol' }
    @sessions }, 10), 'another program makes and deletes');
$root->write('group', with_lines($root->read('group'),
    ftp => 'ftp:x:900:zoe', newer => 'newer:x:10901:zoe'));
ok(wait_for(sub { !grep { names($_, 'group list login=zoe') ne
    'ftp newer project' } @sessions }, 10), 'another program makes a group');
$root->write('aliases', "postmaster: zoe\n");
ok(wait_for(sub { !grep { names($_, 'alias list login=zoe') ne
    'postmaster' } @sessions }, 10), 'another program changes aliases');
ok(wait_for(sub { $session->ask('alias show team') eq
    '550 not-found alias team' }, 10), 'and removes one');
unlink $root->etc('shadow');
ok(wait_for(sub { $session->ask('account show bob') =~
    / state=no-password\z/ }, 10), 'another program removes shadow');

# A list is of one moment, though accounts are deleted under way.
my $reader = $daemon->login;
$reader->send("account list prefix=p\r\n" x 3);
$other->pipeline(map { sprintf 'account delete p%03d', $_ } 1 .. 200);
for (1 .. 3) {
	@lines = $reader->read_reply;
	is($lines[-1], '250 listed count=' . (@lines - 1), 'a whole list');
}
lists($session, 'account list prefix=p0 limit=1' =>
    (sort grep { /^p0/ } map { /^(p0\w+):/ } split /\n/,
    $root->read('passwd'))[0]);

done_testing();
