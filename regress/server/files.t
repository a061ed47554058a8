#!/usr/bin/perl
#
# Account files that cannot be changed safely, or not at all: the refusal
# says which and why, nothing has changed, and when the obstacle is gone
# the service goes on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

enter_namespace('-m');

my $root = new_root();
my $daemon = start_daemon($root);
my $session = $daemon->login;
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my $number = 0;

sub works
{
	my ($name) = @_;
	my $login = 'ok' . ++$number;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($session->ask("account create $login groups=ftp"),
	    qr/^250 created login=$login /, "$name: afterwards it works");
	is($session->ask('whoami'), '250 client name=billing',
	    "$name: the session goes on");
}

# Each of the changes is refused so, and changes nothing.
sub refused
{
	my ($name, $expected, @lines) = @_;
	my $before = $root->checksums;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	@lines = ("account create new groups=ftp",
	    "account password ok1 hash=$hash", 'account delete ok1')
	    unless @lines;
	for my $line (@lines) {
		like($session->ask($line), $expected, "$name: " .
		    join ' ', (split / /, $line)[0 .. 2]);
	}
	is_deeply($root->checksums, $before, "$name: nothing changed");
}

sub last_error
{
	return ($daemon->status('commits'))[0]{'last-error'};
}

works('at first');

# Links, directories, and what else is no ordinary file.
for my $file (qw(passwd shadow group gshadow)) {
	my $path = $root->etc($file);

	rename $path, "$path.real" or die;
	symlink "$file.real", $path or die;
	refused("$file as a symbolic link",
	    qr{^550 bad-file /etc/\Q$file\E is a symbolic link\z});
	rename "$path.real", $path or die;
	works("$file as a symbolic link");

	link $path, "$path.copy" or die;
	refused("$file with a hard link",
	    qr{^550 bad-file /etc/\Q$file\E has another hard link\z});
	like(last_error(), qr{^bad-file: /etc/\Q$file\E has another hard},
	    'status tells the last error');
	unlink "$path.copy" or die;
	works("$file with a hard link");

	run_wanted('mount', '--bind', $path, $path);
	refused("$file as a mount point",
	    qr{^550 bad-file /etc/\Q$file\E is a mount point\z});
	run_wanted('umount', $path);
	works("$file as a mount point");

	rename $path, "$path.real" or die;
	mkdir $path or die;
	refused("$file as a directory",
	    qr{^550 bad-file /etc/\Q$file\E is not a regular file\z});
	rmdir $path or die;
	run_wanted('mkfifo', $path);
	refused("$file as a fifo",
	    qr{^550 bad-file /etc/\Q$file\E is not a regular file\z});
	unlink $path or die;
	rename "$path.real", $path or die;
	works("$file as no file");
}

# A backup that is the same file, as a crash may leave it, is no obstacle;
# nor is the name that it had before.
for my $names ([ 'passwd-' ], [ '.passwd-.dwserv' ],
    [ 'passwd-', '.passwd-.dwserv' ]) {
	for my $name (@$names) {
		unlink $root->etc($name);
		link $root->etc('passwd'), $root->etc($name) or die;
	}
	works("@$names as a link of passwd");
	is((stat $root->etc('passwd'))[3], 1, "@$names is none any more");
	is_deeply([ grep { /^\./ } $root->names('/etc') ], [],
	    "@$names: nothing is left over");
}
unlink $root->etc('passwd-');
mkdir $root->etc('passwd-') or die;
works('passwd- as a directory');
rmdir $root->etc('passwd-');

# A file that must be there.
for my $file (qw(passwd group)) {
	rename $root->etc($file), $root->etc("$file.real") or die;
	refused("no $file", qr/^454 io-error\b.*\b$file\b/);
	rename $root->etc("$file.real"), $root->etc($file) or die;
	works("no $file");
}

# A file system that is read-only: of etc, of the homes, of the state.
sub read_only
{
	my ($path, $code) = @_;

	run_wanted('mount', '--bind', $path, $path);
	run_wanted('mount', '-o', 'remount,bind,ro', $path);
	$code->();
	run_wanted('umount', $path);
}

sub restart
{
	$daemon->restart;
	$session = $daemon->login;
}

# The daemon has directories open: it sees what is mounted when it starts.
$daemon->stop;
read_only($root->path('/etc'), sub {
	restart();
	refused('etc read-only', qr/^550 read-only\b.*\b[.\w]+: Read-only/);
	is($session->ask('account list') =~ /^250 listed/, 1,
	    'etc read-only: list works');
	$daemon->stop;
});
restart();
works('etc read-only');

$daemon->stop;
read_only($root->path('/home'), sub {
	restart();
	refused('homes read-only', qr/^550 read-only\b.*\bnew\b/,
	    'account create new');
	my @replies = $session->pipeline('account create with',
	    'account create without home=no');
	like($replies[0], qr/^550 read-only\b/, 'one with a home');
	like($replies[1], qr/^250 created /, 'one without is made');
	$daemon->stop;
});
restart();
works('homes read-only');

# Full disks: a small file system as etc, as the homes.
sub on_tmpfs
{
	my ($path, $options, $code) = @_;
	my $keep = $root->directory . '/keep';

	run_wanted('cp', '-a', $path, $keep);
	run_wanted('mount', '-t', 'tmpfs', '-o', "mode=755,$options",
	    'tmpfs', $path);
	run_wanted('cp', '-a', "$keep/.", $path);
	$code->();
	run_wanted('umount', $path);
	run_wanted('rm', '-rf', $keep);
}

sub fill
{
	my ($path) = @_;

	open my $file, '>', "$path/ballast" or die "$path/ballast: $!\n";
	1 while defined syswrite $file, 'x' x 4096;
	close $file;
}

$daemon->stop;
on_tmpfs($root->path('/etc'), 'size=256k', sub {
	restart();
	works('a small etc');
	fill($root->path('/etc'));
	refused('etc full', qr/^452 no-space\b.*\b(?:passwd|shadow|group)\b/,
	    "account create new", "account password ok1 hash=$hash");
	is_deeply([ grep { /^\./ } $root->names('/etc') ], [],
	    'etc full: nothing is left behind');
	is($session->ask('account list') =~ /^250 listed/, 1,
	    'etc full: list works');
	unlink $root->etc('ballast');
	works('etc full');
	$daemon->stop;
});

on_tmpfs($root->path('/etc'), 'size=1m,nr_inodes=60', sub {
	restart();
	works('an etc with few inodes');
	my $made = 0;
	$made++ while open my $file, '>', $root->etc("inode$made");
	refused('no inode in etc', qr/^452 no-space\b/);
	unlink map { $root->etc("inode$_") } 0 .. $made;
	works('no inode in etc');
	$daemon->stop;
});

on_tmpfs($root->path('/home'), 'size=1m', sub {
	spill($root->path('/etc/skel/large'), 'x' x 50000);
	restart();
	works('small homes');
	fill($root->path('/home'));
	refused('homes full', qr/^452 no-space\b.*\bnew\b/,
	    'account create new');
	my @replies = $session->pipeline('account create with',
	    'account create without2 home=no');
	like($replies[0], qr/^452 no-space\b/, 'one with a home');
	like($replies[1], qr/^250 created /, 'one without is made');
	ok(wait_for(sub { !$root->names('/home/.dwserv') }),
	    'what was begun is removed');
	unlink $root->path('/home/ballast');
	works('homes full');
	$daemon->stop;
	unlink $root->path('/etc/skel/large');
});

# The state directory is full.  A journal that has no room promises nothing;
# and a ledger that has none must be found out before the promise, too.
my $state = $daemon->{state};
my $gecos = 'x' x 250;
for my $batch (1, 100) {
	on_tmpfs($state, 'size=64k,mode=700', sub {
		my $name = "state full, $batch at a time";
		restart();
		works('a small state');
		fill($state);
		my ($before, @replies);
		for my $round (1 .. 40) {
			$before = $root->checksums;
			@replies = $session->pipeline(map {
			    "account create r${batch}x${round}x$_ home=no " .
			    "gecos=$gecos" } 1 .. $batch);
			last if grep { !defined || !/^250 / } @replies;
		}
		is(scalar(grep { defined && /^452 no-space\b/ } @replies),
		    $batch, "$name: refused") or diag($replies[0]);
		ok(scalar $daemon->status('daemon'),
		    "$name: the daemon is still there") or
		    (diag($daemon->log), $daemon->wait_gone);
		is_deeply($root->checksums, $before,
		    "$name: nothing changed");
		unlink "$state/ballast";
		restart() unless $daemon->is_running;
		works($name);
		$daemon->stop;
	});
}
# Its ledger went with it; those ids are still in the files.
restart();
works('at the end');

# What somebody else changed meanwhile is read again.
$root->append('group', "late:x:5050:\n");
reply_is($session, 'account create extern', qr/^250 created /);
my ($uid) = (split /:/, $root->line('passwd', 'extern'))[2];
my $next = $uid + 1;
my $text = $root->read('passwd');
$root->write('passwd', $text =~
    s{^(?=\+)}{friend:x:$next:100::/:/bin/sh\n}mr);
reply_is($session, 'account create friend', '550 exists account friend');
reply_is($session, "account create other uid=$next",
    "550 exists uid $next");
reply_is($session, 'account create other', qr/^250 created /);
is((split /:/, $root->line('passwd', 'other'))[2], $next + 1,
    'and its uid is not given out');
is($root->line('passwd', 'friend'), "friend:x:$next:100::/:/bin/sh",
    'and its line stays');
ok(wait_for(sub { $session->ask('account show friend') =~
    /^250 account login=friend / }), 'and it is shown');
$root->write('passwd', $root->read('passwd') =~ s/^extern:.*\n//mr);
reply_is($session, 'account delete extern', '550 not-found account extern');
ok(wait_for(sub { $session->ask('account show extern') =~ /^550 / }, 5),
    'what is gone is not shown');

# In place, with the same size, by a program that sets the time back.
$text = $root->read('passwd');
my ($atime, $mtime) = (stat $root->etc('passwd'))[8, 9];
open my $file, '+<', $root->etc('passwd') or die;
print $file $text =~ s/^other:x:\d+/other:x:19999/mr;
close $file;
utime $atime, $mtime, $root->etc('passwd');
reply_is($session, 'account create taker uid=19999', '550 exists uid 19999');

# A root that is not there, or has no files: no start, and a reason.
$daemon->stop;
for my $gone ('/etc/passwd', '/etc/group') {
	rename $root->path($gone), $root->path("$gone.gone") or die;
	restart();
	refused("no $gone", qr/^454 io-error\b/);
	$daemon->stop;
	rename $root->path("$gone.gone"), $root->path($gone) or die;
}
rename $root->path, $root->path . '.gone' or die;
$daemon->launch;
is($daemon->wait_gone >> 8, 1, 'no root: the daemon ends with status 1');
like($daemon->log, qr/cannot open the root of the accounts, \S+root: No such/,
    'and says why');
rename $root->path . '.gone', $root->path or die;
restart();
works('a root that was gone');

done_testing();
