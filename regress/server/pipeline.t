#!/usr/bin/perl
#
# Many requests at once: replies in order, few commits, every session sees
# its own changes, and none waits for another.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = start_daemon($root);
my $session = $daemon->login;

# What a ledger begins with: what was there before it.
my @baseline = split /\n/, slurp("$daemon->{state}/ledger/00000001");
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';

sub commits
{
	return ($daemon->status('commits'))[0];
}

# The names of the replies, "created user1" and so on.
sub heads
{
	return map { join ' ', (split / /)[1, 2] } @_;
}

# A thousand with ready hashes: the promise is two seconds in all.
my $began = now();
my @replies = $session->pipeline(map {
    "account create user$_ hash=$hash home=no groups=ftp" } 1 .. 1000);
my $took = now() - $began;
is_deeply([ heads(@replies) ], [ map { "created login=user$_" } 1 .. 1000 ],
    'a thousand replies, in order');
ok($took < 2, sprintf 'in less than two seconds: %.2f', $took);
my $count = commits();
is($count->{changes}, 1000, 'a thousand changes');
ok($count->{count} < 50, "in few commits: $count->{count}");
is($count->{queue}, 0, 'nothing waits');
for my $file (qw(passwd shadow group gshadow)) {
	my @names = map { /^(user\d+):/ } split /\n/, $root->read($file);
	is_deeply(\@names, [ map { "user$_" } 1 .. 1000 ],
	    "$file has all of them, once, in order");
}
my %uids = map { (split /:/)[2] => 1 }
    grep { /^user/ } split /\n/, $root->read('passwd');
is(keys %uids, 1000, 'each has a uid of its own');
is($root->line('group', 'ftp'), 'ftp:x:900:' .
    join(',', map { "user$_" } 1 .. 1000), 'all are members');
my @ledger = split /\n/, slurp("$daemon->{state}/ledger/00000001");
is_deeply([ map { /^(\d+) / } @ledger ], [ 0 .. $#baseline + 1000 ],
    'each has its number in the ledger');
is_deeply([ map { / change=account\.create login=(\S+) / }
    @ledger[@baseline .. $#ledger] ], [ map { "user$_" } 1 .. 1000 ],
    'in order, behind what was there before');
is(scalar(grep { !/ change=external file=\w+ action=added / }
    @baseline[1 .. $#baseline]), 0, 'which was only added to it');

# List and show them, while they are deleted.
@replies = $session->pipeline('account show user1', 'account delete user1',
    'account show user1', 'account create user1 home=no',
    'account show user1', "account password user1 hash=$hash",
    'account delete user1', 'account delete user1',
    'account create user1 home=no', 'account create user1 home=no',
    'account list');
is_deeply([ heads(@replies) ], [ 'account login=user1',
    'deleted login=user1', 'not-found account', 'created login=user1',
    'account login=user1', 'changed login=user1', 'deleted login=user1',
    'not-found account', 'created login=user1', 'exists account',
    'listed count=1001' ], 'each request sees those before it');
my ($shown) = $replies[4] =~ / uid=(\d+) /;
my ($made) = $replies[3] =~ / uid=(\d+) /;
is($shown, $made, 'show shows the account as it was just made');

# With homes.
@replies = $session->pipeline(map { "account create home$_" } 1 .. 100);
is_deeply([ heads(@replies) ], [ map { "created login=home$_" } 1 .. 100 ],
    'a hundred with homes');
is(scalar(grep { -f $root->path("/home/home$_/.profile") } 1 .. 100), 100,
    'which are there');
@replies = $session->pipeline('account delete home1 home=remove',
    'account create home1', 'account delete home2 home=remove',
    'account show home2', 'account create home3',
    'account create fresh', 'account delete fresh home=remove');
is_deeply([ heads(@replies) ], [ 'deleted login=home1',
    'created login=home1', 'deleted login=home2', 'not-found account',
    'exists account', 'created login=fresh', 'deleted login=fresh' ],
    'homes that go and come in one commit');
is_deeply([ grep { !-e $root->path("/home/$_") } qw(home1 home2 fresh) ],
    [ 'home2', 'fresh' ], 'are there or not');
my ($uid) = (split /:/, $root->line('passwd', 'home1') // '')[2];
is((stat $root->path('/home/home1'))[4], $uid, 'and the new one\'s');
@replies = $session->pipeline(map { "account delete home$_ home=remove" }
    3 .. 100);
is(scalar(grep { /^250 deleted / } @replies), 98, 'and all are removed');
is_deeply([ grep { /^home\d/ } $root->names('/home') ], [ 'home1' ],
    'with their homes');

# Two sessions at once, each with its own thousand.
my @sessions = map { $daemon->login } 1 .. 2;
my @lines = map { my $who = $_; join '', map {
    "account create $who$_ hash=$hash home=no\n" } 1 .. 1000 } qw(a b);
my $before = commits()->{count};
$sessions[$_]->send($lines[$_]) for 0, 1;
for my $i (0, 1) {
	my $who = (qw(a b))[$i];
	my @got = map { scalar $sessions[$i]->read_reply } 1 .. 1000;

	is_deeply([ heads(@got) ],
	    [ map { "created login=$who$_" } 1 .. 1000 ],
	    "session $who has its replies in order");
}
ok(commits()->{count} - $before < 100, 'in few commits');
my %twice;
$twice{(split /:/)[2]}++ for grep { /^[ab]\d/ }
    split /\n/, $root->read('passwd');
is_deeply([ scalar keys %twice, grep { $_ > 1 } values %twice ], [ 2000 ],
    'no uid was given out twice');

# The same names from two sessions: each is made once.
$sessions[$_]->send(join '', map { "account create same$_ home=no\n" }
    1 .. 200) for 0, 1;
my %same;
for my $i (0, 1) {
	my @got = map { scalar $sessions[$i]->read_reply } 1 .. 200;
	$same{$_}++ for map { join ' ', (split / /)[0, 1] } @got;
}
is_deeply(\%same, { '250 created' => 200, '550 exists' => 200 },
    'of two that want the same one gets it');
is(scalar(my @same = $root->read('passwd') =~ /^same\d+:/mg), 200,
    'and it is there once');

# Who hashes many passwords does not keep others waiting.
$session->send(join '', map { "account create slow$_ password=x home=no\n" }
    1 .. 60);
my $longest = 0;
my $waited = 0;
until ($session->has_input && $waited++ > 20) {
	my $asked = now();

	$sessions[1]->ask('whoami');
	$longest = now() - $asked if now() - $asked > $longest;
}
ok($longest < 1, sprintf 'others wait at most %.2f seconds', $longest);
@replies = map { scalar $session->read_reply } 1 .. 60;
is(scalar(grep { /^250 created / } @replies), 60,
    'and all the slow ones are made');

# More than fits into any buffer, read only at the end.
my $many = 5000;
$session->send("noop\n" x $many . "account list\n" x 3);
my $right = 0;
for (1 .. $many) {
	$right++ if $session->read_reply eq '250 ok';
}
is($right, $many, 'more requests than may wait at a time');
my @lists = map { [ $session->read_reply ] } 1 .. 3;
is($lists[0][-1], '250 listed count=' . $#{$lists[0]}, 'and a long list');
is_deeply([ @lists[1, 2] ], [ @lists[0, 0] ], 'and the same twice more');

done_testing();
