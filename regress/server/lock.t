#!/usr/bin/perl
#
# The locks of the account files: those of others are waited for and named,
# stale ones are removed, ours are seen by others and given back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Ledger qw(hold_files release_files);

my $root = new_root();
my $daemon = start_daemon($root, global => { 'timeout lock' => 1 });
my $session = $daemon->login;
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my $number = 0;

# A process id that is nobody's.
sub dead_pid
{
	my $pid = spawn_code(sub { 0 });

	program_ended($pid);
	return $pid;
}

sub lock_files
{
	return grep { /\.lock\z/ } $root->names('/etc');
}

sub works
{
	my ($name) = @_;
	my $login = 'ok' . ++$number;
	my $began = now();

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($session->ask("account create $login home=no groups=ftp"),
	    qr/^250 created login=$login /, "$name: it works");
	return now() - $began;
}

# Each kind of change is refused so after the time that is configured.
sub refused
{
	my ($name, $expected) = @_;
	my $before = $root->checksums;
	my $began = now();
	my @replies;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	@replies = $session->pipeline('account create new',
	    "account password ok1 hash=$hash", 'account delete ok1',
	    'account show ok1');
	my $took = now() - $began;
	like($replies[$_], $expected, "$name: " .
	    (qw(create password delete))[$_]) for 0 .. 2;
	like($replies[3], qr/^250 account login=ok1 /, "$name: but not show");
	ok($took >= 0.9 && $took < 5, "$name: after a second: $took");
	is_deeply($root->checksums, $before, "$name: nothing changed");
}

works('at first');
is_deeply([ lock_files() ], [], 'no lock is kept');
my ($pid) = slurp($root->etc('.dwserv.lock')) =~ /^(\d+)/;
is($pid, $daemon->pid, 'the file that locks are links to has our id');

# A record lock.
my $holder = hold_files($root);
refused('a record lock',
    qr{^450 locked /etc/\.pwd\.lock is held by process $holder\z});
release_files($holder);
works('a record lock that was given back');

# It is waited for.
$holder = hold_files($root);
$session->send("account create patient home=no\r\n");
ok(!wait_for(sub { $session->has_input }, 0.4), 'it waits');
my $other = $daemon->login;
is($other->ask('account list') =~ /^250 listed/, 1,
    'while others are answered');
release_files($holder);
like($session->read_reply, qr/^250 created login=patient /,
    'until it gets the lock');

# The lock files of shadow-utils, of a process that is there.
for my $file (qw(passwd shadow group gshadow)) {
	for my $text ($file ne 'passwd' ? "$$\0" : ($$, "$$\n", "$$\0")) {
		spill($root->etc("$file.lock"), $text);
		refused("$file.lock of " . length($text) . ' octets',
		    qr{^450 locked /etc/$file\.lock is held by process $$\z});
		unlink $root->etc("$file.lock") or die;
	}
	works("$file.lock that was removed");
}

# Of one that is not.
for my $file (qw(passwd shadow group gshadow)) {
	my $dead = dead_pid();

	spill($root->etc("$file.lock"), "$dead\0");
	my $took = works("a stale $file.lock");
	ok($took < 0.9, "a stale $file.lock is not waited for");
	is_deeply([ lock_files() ], [], 'and removed');
	like($daemon->log, qr{removing /etc/$file\.lock of process $dead\b},
	    'and that is logged');
}

# That tells nothing: shadow-utils leaves it alone, and so do we.
for my $text ('', "\0", '-1', '99999999999') {
	spill($root->etc('passwd.lock'), $text);
	refused('a lock of "' . $text =~ s/[^ -~]/?/gr . '"',
	    qr{^450 locked /etc/passwd\.lock names no process; remove it });
	unlink $root->etc('passwd.lock') or die;
}
symlink '/dev/null', $root->etc('group.lock') or die;
refused('a lock that is a link',
    qr{^450 locked /etc/group\.lock names no process; remove it });
unlink $root->etc('group.lock') or die;
works('after all of them');

# Those who came while it was locked are refused together, and each once.
spill($root->etc('passwd.lock'), "$$\0");
my @sessions = map { $daemon->login } 1 .. 5;
$_->send("account create crowd home=no\r\n" x 3) for @sessions;
my @replies = map { my $one = $_; map { scalar $one->read_reply } 1 .. 3 }
    @sessions;
is(scalar(grep { /^450 locked / } @replies), 15, 'many are refused');
unlink $root->etc('passwd.lock') or die;
is_deeply([ $root->lines('passwd', 'crowd') ], [], 'and nothing is made');
$_->close for @sessions;
works('after a crowd');

# Others see ours: while requests come in an endless stream, a process that
# wants the lock gets it, and meanwhile nothing of ours is written.
my $stream = $daemon->login;
my $made = 0;
my ($sent, $got) = (0, 0);
for my $round (1 .. 8) {
	$stream->send(join '', map { "account create s" . ++$sent .
	    " home=no\n" } 1 .. 20) if $sent - $got < 40;
	while ($stream->has_input) {
		$made++ if $stream->read_reply =~ /^250 /;
		$got++;
	}
	my $locker = hold_files($root);
	my $text = $root->read('passwd');
	ok(!wait_for(sub { $root->read('passwd') ne $text }, 0.1),
	    "round $round: who has the lock has the files");
	release_files($locker);
}
while ($got < $sent) {
	$made++ if $stream->read_reply =~ /^250 /;
	$got++;
}
is($made, $sent, 'and every request was carried out');

# What is left by a crash: the token and its links, of a process that is no
# more, or whose number somebody else has by now.
for my $who ('nobody', 'somebody else') {
	$daemon->stop;
	my $owner = $who eq 'nobody' ? dead_pid() : $$;
	spill($root->etc('.dwserv.lock'), "$owner\0");
	link $root->etc('.dwserv.lock'), $root->etc("$_.lock") or die
	    for qw(passwd group gshadow shadow);
	$daemon->start;
	$session = $daemon->login;
	works("locks of a daemon whose id is $who\'s");
	is_deeply([ lock_files() ], [], 'and they are gone');
}

# Somebody removes our token while we run.
works('again');
unlink $root->etc('.dwserv.lock');
my $reply = $session->ask('account create tokenless home=no');
like($reply, qr/^(?:250 created|450 locked|454 io-error)\b/,
    'without the token');
works('after the token was removed');

# Another daemon for the same root, with a state of its own.
my $second = start_daemon($root, name => 'second',
    global => { 'timeout lock' => 1 });
like($second->login->ask('account create rival'),
    qr{^450 locked\b.*/etc/\.dwserv\.lock\b},
    'a second daemon is refused the files');
works('while there is a second daemon');
$second->stop;

$daemon->stop;
is_deeply([ lock_files() ], [], 'no lock is left');
ok(!-e $root->etc('.dwserv.lock'), 'nor the token');

done_testing();
