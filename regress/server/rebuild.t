#!/usr/bin/perl
#
# The program that makes of changed aliases what the mail system reads: when
# it runs, as what and where, how often, and what becomes of one that fails.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

# It has nothing but the private root, so it has to be all of a piece.  Each
# run appends a line to /runs; /etc/slow makes it wait, /etc/fail fail.
my $source = <<'END';
#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void
copy(const char *from, const char *to)
{
	static char	 bytes[1 << 20];
	FILE		*in = fopen(from, "r"), *out = fopen(to, "w");
	size_t		 length;

	if (in == NULL || out == NULL)
		exit(9);
	length = fread(bytes, 1, sizeof(bytes), in);
	fwrite(bytes, 1, length, out);
	fclose(in);
	fclose(out);
}

int
main(int argc, char **argv)
{
	char	 directory[256] = "", line[1024];
	int	 i, fd, used;

	used = snprintf(line, sizeof(line), "pid=%d ppid=%d uid=%d cwd=%s "
	    "env=%s", getpid(), getppid(), getuid(), getcwd(directory,
	    sizeof(directory)), environ[0] != NULL ? environ[0] : "");
	for (i = 1; i < argc; i++)
		used += snprintf(line + used, sizeof(line) - used, " <%s>",
		    argv[i]);
	for (fd = 3, i = 0; fd < 1000; fd++)
		i += fcntl(fd, F_GETFD) != -1;
	used += snprintf(line + used, sizeof(line) - used, " open=%d\n", i);
	fd = open("/runs", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (write(fd, line, used) != used)
		exit(8);
	while (access("/etc/slow", F_OK) == 0)
		usleep(5000);
	if (access("/etc/fail", F_OK) == 0)
		exit(3);
	copy("/etc/aliases", "/etc/aliases.db");
	return (0);
}
END
my $root = new_root(aliases => "postmaster: root\n");
my $text = $root->directory . '/rebuild.c';
spill($text, $source);
mkdir $root->path('/sbin') or die;
my ($status, $output, $errors) = run_program('cc', '-static', '-O1', '-o',
    $root->path('/sbin/rebuild'), $text);
plan(skip_all => 'needs a compiler that links statically')
    unless defined $status && $status == 0;

my %how = (clients => { billing => { allow => '{ account, alias }' } });
my $more = "aliases \"/etc/aliases\" rebuild";
my $daemon = start_daemon($root, %how,
    more => "$more { \"/sbin/rebuild\" \"-v\" \"two words\" }\n");
my $session = $daemon->login;

sub runs
{
	my @lines = -e $root->path('/runs') ? split /\n/, slurp($root->path(
	    '/runs')) : ();

	return @lines;
}

sub facts
{
	return ($daemon->status('aliases'))[0];
}

# Wait until nothing runs; the state.
sub settled
{
	my $state;

	wait_for(sub { ($state = facts()->{rebuild}) ne 'running' });
	return $state;
}

sub is_current
{
	my ($name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(settled(), 'idle', "$name: done");
	is($root->read('aliases.db'), $root->read('aliases'),
	    "$name: it has seen the last change");
}

# Once at the start, for whoever was killed before it came to that; then
# nothing changes, and nothing runs.
is_current('the start');
is(scalar runs(), 1, 'one run at the start');
is(facts()->{file}, '/etc/aliases', 'the file is in the status');
replies($session,
    'account create alice' => qr/^250 /,
    'account modify alice gecos=A' => qr/^250 changed /,
    'alias remove postmaster targets=nobody-there' => qr/^250 unchanged /,
    'alias set postmaster targets=root' => qr/^250 unchanged /,
    'alias set root targets=alice' => qr/^550 protected /,
    'alias delete none' => qr/^550 not-found /,
    'plan alias set sales targets=alice' => qr/^250 planned /);
is(facts()->{runs}, 1, 'no run without a change');
is(scalar runs(), 1, 'really none');

# One change, one run: as root, in the private root, with nothing of ours.
reply_is($session, 'alias set sales targets=alice', qr/^250 set /);
is_current('one change');
my @runs = runs();
is(scalar @runs, 2, 'one run');
is($runs[-1] =~ s/^pid=\d+ //r, 'ppid=' . $daemon->pid . ' uid=0 cwd=/ ' .
    'env=PATH=/usr/sbin:/usr/bin:/sbin:/bin <-v> <two words> open=0',
    'its surroundings');
is(facts()->{runs}, 2, 'the status knows of it');
is(facts()->{failures}, 0, 'and of no failure');

# A burst of 200: a few runs, the last of which has seen all.
my @replies = $session->pipeline(map { "alias set a$_ targets=alice" }
    1 .. 200);
is(scalar(grep { /^250 set / } @replies), 200, 'a burst of 200');
is_current('a burst');
my $count = runs() - 2;
ok($count >= 1 && $count <= 20, "fewer runs than changes: $count");
is(scalar(grep { /^a\d+: alice$/ } split /\n/, $root->read('aliases.db')),
    200, 'all are there');

# While one runs, changes wait for one more, whatever their number.
my $before = runs();
$root->write('slow', '');
reply_is($session, 'alias set slow targets=alice', qr/^250 set /);
ok(wait_for(sub { runs() == $before + 1 }), 'it runs');
my ($pid) = (runs())[-1] =~ /^pid=(\d+) /;
is(facts()->{rebuild}, 'running', 'and the status says so');
ok((grep { $_ eq process_identity($pid) } processes_of($daemon->pid)),
    'it is a child of the daemon');
isnt($pid, $daemon->pid, 'and not the daemon');
is(readlink "/proc/$pid/exe", $root->path('/sbin/rebuild'),
    'it is the program');
is(readlink "/proc/$pid/root", $root->path, 'in the private root');
is(readlink "/proc/" . $daemon->pid . "/root", '/',
    'the daemon stays where it is');
@replies = $session->pipeline(map { ("alias set b$_ targets=alice",
    "account create u$_ home=no") } 1 .. 50);
is(scalar(grep { /^250 / } @replies), 100, 'others are served meanwhile');
is(scalar runs(), $before + 1, 'and no other one runs');
unlink $root->etc('slow');
is_current('after the slow one');
is(scalar runs(), $before + 2, 'all of them made one run more');

# The other ways that aliases change.
$before = runs();
reply_is($session, 'account delete alice aliases=remove', qr/^250 deleted /);
is_current('account delete');
is(scalar runs(), $before + 1, 'account delete aliases=remove: one run');
replies($session, 'begin' => qr/^250 /,
    'alias set t1 targets=bob' => qr/^250 queued /,
    'alias set t2 targets=bob' => qr/^250 queued /);
$session->send("commit\n");
$session->read_reply;
is_current('a transaction');
is(scalar runs(), $before + 2, 'a transaction: one run');

# Failure: nobody's request fails for it, and it is known.
$root->write('fail', '');
$before = runs();
reply_is($session, 'alias set failing targets=bob',
    '250 set name=failing targets=bob');
is(settled(), 'failed', 'it fails');
is(scalar runs(), $before + 1, 'once for now');
my $facts = facts();
is($facts->{failures}, 1, 'one failure');
is($facts->{'last-error'}, '/sbin/rebuild exited with status 3', 'and why');
ok($facts->{'retry-seconds'} >= 1 && $facts->{'retry-seconds'} <= 10,
    "it will be tried again in $facts->{'retry-seconds'} seconds");
ok($daemon->wait_log(qr{the aliases were not rebuilt: /sbin/rebuild } .
    qr{exited with status 3; next try in 10 seconds}),
    'it is in the log');
my ($code, $shown) = $daemon->ctl('status');
is($code, 0, 'dwservctl status');
like($shown, qr/failed/, 'tells people of it');
like($shown, qr{/sbin/rebuild exited with status 3}, 'and why');

# The next change tries at once; another failure, another configuration.
reply_is($session, 'alias set again targets=bob', qr/^250 set /);
ok(wait_for(sub { facts()->{failures} == 2 }), 'a change tries at once');
$daemon->configure(%how, more => "$more \"/sbin/none\"\n");
is(($daemon->ctl('reload'))[0], 0, 'another program');
ok(wait_for(sub { facts()->{failures} == 3 }), 'is tried at once');
is(facts()->{'last-error'}, '/sbin/none exited with status 127; is it ' .
    'there, and a program?', 'and is not there');
unlink $root->etc('fail');
$daemon->configure(%how, more => "$more \"/sbin/rebuild\"\n");
is(($daemon->ctl('reload'))[0], 0, 'the first one again');
is_current('a new configuration');
like((runs())[-1], qr/ env=\S+ open=0\z/, 'without arguments');

# Without a change, it is tried again by itself.
$session->close;
$session = $daemon->login;
$root->write('fail', '');
reply_is($session, 'alias set patience targets=bob', qr/^250 set /);
is(settled(), 'failed', 'it fails again');
unlink $root->etc('fail');
ok(wait_for(sub { facts()->{rebuild} eq 'idle' }), 'it is tried again');
is_current('the second try');

# One that hangs does not hold up the end, and does not outlive it.
$before = runs();
$root->write('slow', '');
reply_is($session, 'alias set hanging targets=bob', qr/^250 set /);
ok(wait_for(sub { runs() == $before + 1 }), 'one hangs');
($pid) = (runs())[-1] =~ /^pid=(\d+) /;
my $identity = process_identity($pid);
is($daemon->stop, 0, 'the daemon ends');
ok(wait_for(sub { !process_lives($identity) }), 'and it, too');
unlink $root->etc('slow');

# One that is killed in the middle of it, together with the daemon.
$daemon->start;
$session = $daemon->login;
is_current('the next start');
is((grep { /^hanging: bob$/ } split /\n/, $root->read('aliases.db'))[0],
    'hanging: bob', 'what it has not come to');
$before = runs();
$root->write('slow', '');
reply_is($session, 'alias set killed targets=bob', qr/^250 set /);
ok(wait_for(sub { runs() == $before + 1 }), 'one more hangs');
($pid) = (runs())[-1] =~ /^pid=(\d+) /;
kill KILL => $pid;
kill_daemon($daemon);
unlink $root->etc('slow');
$daemon->start;
is_current('a crash');
is(scalar runs(), $before + 2, 'the start after a crash: one run');
$daemon->stop;

# None in the configuration.
$daemon->configure(%how, more => "aliases \"/etc/aliases\"\n");
$daemon->start;
$session = $daemon->login;
$before = runs();
reply_is($session, 'alias set last targets=bob', qr/^250 set /);
is(facts()->{rebuild}, 'none', 'none');
is(scalar runs(), $before, 'nothing runs');

done_testing();
