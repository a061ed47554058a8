#!/usr/bin/perl
#
# Several requests that are one: all of them or none, in one commit, each
# seeing those before it, whatever else goes on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Ledger qw(ledger_entries ledger_problems hold_files
    release_files);

my $root = new_root();
$root->write('aliases', "postmaster: root\n");
my $allow = '{ account, group, alias, watch }';
my $daemon = start_daemon($root, global => { 'timeout lock' => 2 },
    clients => { map { $_ => { allow => $allow } } qw(billing shop) },
    more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;
my $shop = $daemon->login(client => 'shop');
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';

sub commits
{
	return ($daemon->status('commits'))[0];
}

sub everything
{
	return { %{$root->checksums}, aliases => $root->read('aliases'),
	    entries => scalar ledger_entries($daemon) };
}

sub entry_count
{
	my @entries = ledger_entries($daemon);

	return scalar @entries;
}

# Begin, queue all of it, and say how often each word was answered.
sub queue
{
	my ($from, @lines) = @_;
	my %words;

	$words{(split / /)[1]}++ for $from->pipeline('begin', @lines);
	return \%words;
}

sub commit
{
	my ($from, $arguments) = @_;

	$from->send('commit' . ($arguments // '') . "\r\n");
	return $from->read_reply;
}

# Nothing comes of a transaction: what commit answers, and what is there.
sub comes_to_nothing
{
	my ($name, $expected, @lines) = @_;
	my ($before, $commits, $entries) = (everything(), commits()->{count},
	    entry_count());

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	queue($session, @lines);
	my @replies = commit($session);
	is(@replies, 1, "$name: one line");
	like($replies[0], $expected, "$name: refused");
	is_deeply(everything(), $before, "$name: nothing changed");
	is(entry_count(), $entries, "$name: nothing in the ledger");
	is(commits()->{count}, $commits, "$name: no commit");
	ok(wait_for(sub { !-e $root->path('/home/.dwserv') ||
	    !$root->names('/home/.dwserv') }),
	    "$name: no home is left on its way");
}

# A thousand and a bad one.
my @thousand = map { "account create t$_ hash=$hash home=no groups=ftp" }
    1 .. 1000;
replies($session, 'account show boss' => qr/^250 account /);
comes_to_nothing('a syntax error', qr/^503 spoiled request=1001\b/,
    @thousand, 'account create t1001 colour=red');
comes_to_nothing('an unknown request', qr/^503 spoiled request=1001\b/,
    @thousand, 'account paint t1001');
comes_to_nothing('quotes out of place', qr/^503 spoiled request=1001\b/,
    @thousand, 'account create t1001 gecos="x');
comes_to_nothing('a line that is too long', qr/^503 spoiled request=1001\b/,
    @thousand, 'account create t1001 gecos=' . 'x' x 70000);
comes_to_nothing('an existing login',
    qr/^550 aborted request=1001 code=550 word=exists text="account boss"\z/,
    @thousand, 'account create boss');
comes_to_nothing('a login of the transaction itself',
    qr/^550 aborted request=1001 code=550 word=exists text="account t7"\z/,
    @thousand, 'account create t7');
comes_to_nothing('a uid that is not the client\'s',
    qr/^550 aborted request=1001 code=550 word=denied text=/,
    @thousand, 'account create t1001 uid=3');
comes_to_nothing('a policy refusal',
    qr/^550 aborted request=1001 code=550 word=protected text=/,
    @thousand, 'account create t1001 groups=sudo');
comes_to_nothing('the first is the bad one',
    qr/^550 aborted request=1 code=550 word=not-found text=/,
    'account lock nobody-there', @thousand[0 .. 9]);
comes_to_nothing('the first of two wrong ones is named',
    qr/^503 spoiled request=1\b/, 'x', @thousand[0 .. 2], 'y');

# And without.
my $before = commits();
my $entries = entry_count();
my %inodes;
is_deeply(queue($session, @thousand), { begun => 1, queued => 1000 },
    'a thousand are queued');
is(entry_count(), $entries, 'and until commit nothing happens');
$inodes{(stat $root->etc('passwd'))[1]}++;
$session->send("commit\r\n");
until ($session->has_input) {
	my $inode = (stat $root->etc('passwd'))[1];
	$inodes{$inode}++ if defined $inode;
}
my @replies = $session->read_reply;
$inodes{(stat $root->etc('passwd'))[1]}++;
is(pop @replies, '250 committed count=1000', 'a thousand are committed');
is_deeply([ map { /^250-(created login=\S+) uid=/ } @replies ],
    [ map { "created login=t$_" } 1 .. 1000 ], 'a line for each, in order');
is(commits()->{count}, $before->{count} + 1, 'in one commit');
is(commits()->{changes}, $before->{changes} + 1000, 'of a thousand changes');
is(keys %inodes, 2, 'passwd was renamed to once');
my @made = splice @{[ ledger_entries($daemon) ]}, $entries;
is_deeply([ map { $_->{login} } @made ], [ map { "t$_" } 1 .. 1000 ],
    'the ledger has them, in order and with nothing between');
is_deeply([ ledger_problems($daemon) ], [], 'and its numbers go on');
is(scalar(() = $root->read($_) =~ /^t\d+:/mg), 1000, "$_ has a thousand")
    for qw(passwd shadow group gshadow);
is_deeply(queue($session, map { "account delete t$_" } 1 .. 1000),
    { begun => 1, queued => 1000 }, 'a thousand deletes');
is((commit($session))[-1], '250 committed count=1000', 'are committed');
is(scalar(() = $root->read('passwd') =~ /^t\d+:/mg), 0, 'all are gone');

# Each request sees those before it.
$before = everything();
queue($session, 'group create team', 'account create alice groups=ftp',
    'group add team login=alice', 'account modify alice gecos="Alice L"',
    'account create bob group=team', 'account rename alice name=alicia',
    'account suspend alicia', 'account resume alicia',
    'alias set crew targets=alicia,bob', 'alias add crew targets=boss',
    'account lock bob', 'account create carol', 'account delete carol');
@replies = map { s/^\d+[- ]//r } commit($session);
like($replies[0], qr/^created group=team gid=/, 'a transaction of all sorts');
is($replies[2], 'added group=team login=alice',
    'a group that was just made, an account that was just made');
like($replies[5], qr/^renamed login=alicia uid=/, 'renamed');
is($replies[8], 'set name=crew targets=alicia,bob', 'an alias');
is($replies[9], 'added name=crew targets=alicia,bob,boss', 'that grows');
like($replies[12], qr/^deleted login=carol /, 'made and deleted')
    or diag(explain(\@replies));
is($replies[-1], 'committed count=13', 'committed');
like($root->line('passwd', 'alicia') // '', qr/:Alice L:/, 'its gecos');
is_deeply([ $root->lines('passwd', 'carol') ], [], 'no carol');
like($root->line('group', 'team') // '', qr/:alicia\z/, 'its group');

# Homes: all, or none.
queue($session, map { "account create h$_" } 1 .. 40);
is((commit($session))[-1], '250 committed count=40', 'with homes');
is(scalar(grep { -f $root->path("/home/h$_/.profile") &&
    (stat _)[4] == (split /:/, $root->line('passwd', "h$_"))[2] } 1 .. 40),
    40, 'all of which are there and their own');
mkdir $root->path('/home/i30') or die;
comes_to_nothing('a home that is in the way', qr/^550 aborted request=30 /,
    map { "account create i$_" } 1 .. 40);
is_deeply([ grep { /^i\d/ } $root->names('/home') ], [ 'i30' ],
    'and no home stays');
rmdir $root->path('/home/i30') or die;
queue($session, map { "account create i$_" } 1 .. 40);
is((commit($session))[-1], '250 committed count=40', 'when it is away');
queue($session, 'account delete i1 home=remove', 'account create i2');
commit($session);
ok(-d $root->path('/home/i1'), 'a home that is to go stays if all fails');
comes_to_nothing('two that want one home',
    qr/^550 aborted request=2 code=550 word=home-refused /,
    'account create j1', 'account create j2 home=/home/j1');

# Nothing of an aborted one, or of one whose client is gone.
$before = everything();
queue($session, map { "account create k$_" } 1 .. 5);
reply_is($session, 'abort', '250 aborted count=5', 'abort');
my $lost = $daemon->login;
queue($lost, map { "account create k$_" } 1 .. 5);
$lost->close;
my $half = $daemon->login;
$half->send("begin\r\naccount create k1\r\naccount create k2\r\ncommi");
is($half->read_reply, '250 begun', 'a commit that is cut off');
$half->read_reply for 1, 2;
$half->half_close;
ok($half->at_end, 'ends with the connection');
replies($session, 'account show k1' => '550 not-found account k1',
    'commit' => qr/^503 no-transaction/, 'abort' => qr/^503 no-transaction/,
    'begin' => '250 begun', 'begin' => qr/^503 in-transaction/,
    'account list' => qr/^503 in-transaction/,
    'account create k1 idem=a' => qr/^501 invalid idem/,
    'abort' => qr/^250 aborted count=0/,
    'begin' => '250 begun', 'commit' => '250 committed count=0');
is_deeply(everything(), $before, 'and nothing has changed');

# Plan, and then do it.
queue($session, 'account create p1 gecos="P One" groups=ftp',
    'account create p2 home=no', 'account modify p1 shell=/usr/sbin/nologin',
    "account password p2 hash=$hash");
$before = everything();
$session->send("plan commit\r\n");
my @plan = $session->read_reply;
is($plan[-1], '250 planned lines=' . $#plan, 'plan commit');
is_deeply(everything(), $before, 'changes nothing');
unlike("@plan", qr/\Q$hash\E/, 'and shows no hash');
is_deeply([ map { /^250[- ](\w+)/ } commit($session) ],
    [ qw(created created changed changed committed) ], 'commit after plan');
my %planned = map { /^250-line file=(\S+) new="?([^"]*)"?\z/ ?
    ("$1 " . (split /:/, $2)[0] => $2) : () } @plan;
is($planned{"$_->[0] $_->[1]"}, $root->line(@$_), "as planned: @$_")
    for map { my $name = $_; map { [ $_, $name ] } qw(passwd group) }
    qw(p1 p2);
is(scalar(grep { m{^250-home action=make path=/home/p1\z} } @plan), 1,
    'the home was planned');
queue($session, 'account create p3', 'account create p1');
reply_is($session, 'plan commit',
    qr/^550 aborted request=2 code=550 word=exists /, 'a plan of what fails');
is(commit($session), '550 aborted request=2 code=550 word=exists ' .
    'text="account p1"', 'fails in the same way');

# Two clients who want the same names: one gets all, the other nothing.
for my $round (1 .. 5) {
	queue($session, map { "account create c$round-$_ home=no gecos=b" }
	    1 .. 50);
	queue($shop, map { "account create c$round-$_ home=no gecos=s" }
	    reverse 1 .. 50);
	$_->send("commit\r\n") for $session, $shop;
	my %got = map { $_ => [ $_->read_reply ] } $session, $shop;
	my @last = sort map { $_->[-1] } values %got;
	like("@last", qr/^250 committed count=50 550 aborted request=1 /,
	    "round $round: one of two conflicting ones");
	my %who = map { (split /:/)[4] => 1 }
	    grep { /^c$round-/ } split /\n/, $root->read('passwd');
	is_deeply([ keys %who ], [ $got{$session}[-1] =~ /^250/ ? 'b' : 's' ],
	    "round $round: and all is its");
}

# While another program has the lock.
my $holder = hold_files($root);
is_deeply(queue($session, 'account create l1 home=no', 'account create l2'),
    { begun => 1, queued => 2 }, 'a transaction begins while it is locked');
$session->send("commit\r\n");
ok(!wait_for(sub { $session->has_input }, 0.3), 'its commit waits');
release_files($holder);
is($session->read_reply, '250 committed count=2', 'and gets its turn');
$holder = hold_files($root);
queue($session, 'account create l3', 'account create l4');
is_deeply([ map { /^(450) (\w+) / } commit($session) ], [ 450, 'locked' ],
    'unless that takes too long');
release_files($holder);
is_deeply([ map { $root->lines('passwd', $_) } qw(l3 l4) ], [],
    'then it is not made');
ok(!-e $root->path("/home/$_"), "nor the home of $_") for qw(l3 l4);

# In one batch with requests of others, which have their own fate.
mkdir $root->path('/home/x9') or die;
$before = commits()->{count};
$entries = entry_count();
my @others = map { $daemon->login } 1 .. 5;
$holder = hold_files($root);
queue($others[0], map { "account create m$_ home=no" } 1 .. 20);
queue($others[1], 'account create n1 home=no', 'account lock nobody-there');
queue($others[2], 'account create o1', 'account create o2');
$others[3]->send("account create x1\r\n");
$others[0]->send("commit\r\naccount delete m1\r\n");
$others[1]->send("commit\r\n");
$others[2]->send("commit\r\n");
$others[4]->send("account create x9\r\naccount create x2\r\n");
ok(wait_for(sub { commits()->{queue} >= 28 }), 'all of them wait');
release_files($holder);
is(($others[0]->read_reply)[-1], '250 committed count=20',
    'interleaved: a transaction');
like($others[0]->read_reply, qr/^250 deleted login=m1 /,
    'and what comes behind it');
is($others[1]->read_reply, '550 aborted request=2 code=550 word=not-found ' .
    'text="account nobody-there"', 'interleaved: one that fails');
is(($others[2]->read_reply)[-1], '250 committed count=2',
    'interleaved: one with homes');
like($others[3]->read_reply, qr/^250 created login=x1 /, 'a single request');
like($others[4]->read_reply, qr/^550 home-exists /, 'one that fails');
like($others[4]->read_reply, qr/^250 created login=x2 /, 'one behind it');
my @new = splice @{[ ledger_entries($daemon) ]}, $entries;
like(join(' ', map { $_->{login} } @new), qr/\b@{[ join ' ',
    map { "m$_" } 1 .. 20 ]}\b/, 'the parts stay together');
is_deeply([ ledger_problems($daemon) ], [], 'in a ledger that holds');
cmp_ok(commits()->{count} - $before, '<=', 2, 'and few commits');
$_->close for @others;

# As many as there may be, and one more.
my @workers = map { $_->{pid} } $daemon->children('worker');
my $memory = sub { my ($peak) = 0; for (@_) {
	my ($kb) = process_status($_, 'VmHWM') =~ /(\d+)/;
	$peak = $kb if $kb > $peak; } return $peak; };
my @ten = map { "account create v$_ hash=$hash home=no" } 1 .. 10000;
my ($worker_before, $parent_before) = (&$memory(@workers),
    &$memory($daemon->pid));
my $began = now();
is_deeply(queue($session, @ten), { begun => 1, queued => 10000 },
    'ten thousand are queued');
@replies = commit($session);
my $took = now() - $began;
is($replies[-1], '250 committed count=10000', 'and committed');
is_deeply([ map { /login=(v\d+) / } @replies ], [ map { "v$_" } 1 .. 10000 ],
    'a line for each, in order');
ok($took < 20, sprintf 'in %.1f seconds', $took);
is(scalar(() = $root->read('shadow') =~ /^v\d+:/mg), 10000, 'all are there');
note(sprintf 'memory: worker %d to %d KB, parent %d to %d KB',
    $worker_before, &$memory(@workers), $parent_before,
    &$memory($daemon->pid));
cmp_ok(&$memory(@workers) - $worker_before, '<', 48 * 1024,
    'the worker stays small');
cmp_ok(&$memory($daemon->pid) - $parent_before, '<', 192 * 1024,
    'the parent, too');
$before = everything();
my $words = queue($session, (map { "account create w$_ home=no" } 1 .. 10000),
    'account create w10001 home=no');
is_deeply($words, { begun => 1, queued => 10000, 'too-many-requests' => 1 },
    'one more than ten thousand');
like(commit($session), qr/^503 spoiled request=10001\b/, 'is too many');
is_deeply(everything(), $before, 'and nothing of it is made');

# Requests that are large, and requests for nothing: there is a bound.
my $worker = &$memory(@workers);
$words = queue($session, map { "alias set big$_ targets=" .
    join(',', map { "somebody$_\@example.org" } 1 .. 100) } 1 .. 9000);
ok($words->{'too-many-requests'}, 'too much memory is too much, too')
    or diag(explain($words));
$session->pipeline(map { "account create w$_ home=no" } 1 .. 20000);
like(commit($session), qr/^503 spoiled request=\d+/, 'and is refused');
cmp_ok(&$memory(@workers) - $worker, '<', 64 * 1024,
    'and the worker stays within bounds');
is_deeply(everything(), $before, 'and nothing has changed');
reply_is($session, 'noop', '250 ok', 'the session goes on');

done_testing();
