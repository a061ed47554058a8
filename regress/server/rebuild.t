#!/usr/bin/perl
#
# What is run when the aliases have changed: in a process of its own, in the
# root of the accounts, once per burst, and again until it succeeds.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

# It runs in a root that has no libraries: a program that needs none.  It
# notes each run with its parent and what it finds, and does what a file says.
my $program = <<'EOC';
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	char	line[256], wish[16] = "";
	int	fd = open("/wish", O_RDONLY);

	if (fd != -1 && read(fd, wish, sizeof(wish) - 1) < 0)
		return (2);
	close(fd);
	fd = open("/runs", O_WRONLY | O_APPEND | O_CREAT, 0644);
	snprintf(line, sizeof(line), "%d %d %d %s %s %d\n", getpid(),
	    getppid(), argc, argv[argc - 1], getenv("PATH"), fd);
	if (write(fd, line, strlen(line)) < 0)
		return (3);
	while (strncmp(wish, "wait", 4) == 0 && access("/go", F_OK) == -1)
		usleep(1000);
	return (strncmp(wish, "fail", 4) == 0);
}
EOC

my $root = new_root();
$root->write('aliases', "postmaster: root\n");
spill($root->path('/rebuild.c'), $program);
system('cc', '-static', '-o', $root->path('/rebuild'),
    $root->path('/rebuild.c')) == 0 or BAIL_OUT('cc -static failed');
my $daemon = start_daemon($root,
    clients => { billing => { allow => '{ account, alias }' } },
    more => "aliases \"/etc/aliases\" " .
	"rebuild { \"/rebuild\", \"/etc/aliases\" }\n");
my $session = $daemon->login;

sub runs
{
	my $path = $root->path('/runs');
	my @runs = -e $path ? split /\n/, slurp($path) : ();

	return @runs;
}

sub wait_runs
{
	my ($count, $what) = @_;

	ok(wait_for(sub { runs() >= $count }), $what) or
	    diag("runs: " . scalar(runs()) . "\n" . $daemon->log);
	return (runs())[$count - 1];
}

sub aliases_status
{
	my ($record) = $daemon->status('aliases');

	return $record;
}

sub wait_idle
{
	ok(wait_for(sub { aliases_status()->{rebuild} eq 'idle' }),
	    'it has come to rest');
}

# Who was killed before it came to that makes up for it at the start.
my $run = wait_runs(1, 'it runs at the start');
wait_idle();
my ($pid, $parent, $argc, $argument, $path, $fd) = split / /, $run;
is($parent, $daemon->pid, 'a child of the parent');
isnt($pid, $daemon->pid, 'and not the parent');
is($argc, 2, 'with its argument');
is($argument, '/etc/aliases', 'which is this');
is($path, '/usr/sbin:/usr/bin:/sbin:/bin', 'a clean environment');
is($fd, 3, 'and nothing else is open');

reply_is($session, 'alias set info targets=root',
    '250 set name=info targets=root');
wait_runs(2, 'it runs after a change');
wait_idle();
reply_is($session, 'alias set info targets=root', '250 unchanged name=info');
reply_is($session, 'account create alice home=no', qr/^250 created /);
reply_is($session, 'alias show info', '250 alias name=info targets=root');
is(scalar(runs()), 2, 'not when they have not changed');

# A burst while it runs: once more, however many there are.
spill($root->path('/wish'), 'wait');
reply_is($session, 'alias set info targets=alice',
    '250 set name=info targets=alice');
wait_runs(3, 'it runs');
is(aliases_status()->{rebuild}, 'running', 'and status says so');
my @replies = $session->pipeline(map { "alias set burst$_ targets=alice" }
    1 .. 200);
is(scalar(grep { /^250 set / } @replies), 200,
    'changes do not wait for it');
is(scalar(runs()), 3, 'one at a time');
spill($root->path('/go'), '');
wait_runs(4, 'once more for all of them');
wait_idle();
is(scalar(runs()), 4, 'and not again');

# Failures are told, and tried again.
spill($root->path('/wish'), 'fail');
reply_is($session, 'alias delete burst1', '250 deleted name=burst1');
wait_runs(5, 'it fails');
ok(wait_for(sub { aliases_status()->{rebuild} eq 'failed' }),
    'status tells');
my $status = aliases_status();
is($status->{failures}, 1, 'how often');
like($status->{'last-error'}, qr{^/rebuild exited with status 1}, 'and why');
cmp_ok($status->{'retry-seconds'}, '<=', 10, 'and that it is tried again');
cmp_ok($status->{'retry-seconds'}, '>', 0, 'soon');
$daemon->wait_log(qr/the aliases were not rebuilt: .rebuild exited with/);
spill($root->path('/wish'), '');
wait_runs(6, 'it is tried again without being asked');
wait_idle();

is($daemon->stop, 0, 'the end');
done_testing;
