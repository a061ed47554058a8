#!/usr/bin/perl
#
# Secrets and passwords do not stay in the memory of any process once they
# are dealt with, and no core is left by one that crashes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

plan(skip_all => 'the sanitizers use memory in a way of their own')
    if is_sanitized();

my $secret = 'KeepMeHidden-4711';
my $hash = crypt $secret, '$6$rounds=1000$pinchofsalt$';
my $root = new_root();
my $daemon = start_daemon($root, global => { prefork => 2 },
    clients => { billing => { secret => "\"$hash\"",
    allow => '{ account, group }' } });
my $count = 0;

# The regions of a process in which any of the strings is.
sub found
{
	my ($pid, @strings) = @_;
	no warnings 'portable';
	my $pattern = join '|', map { quotemeta } @strings;
	my @found;

	open my $memory, '<:raw', "/proc/$pid/mem" or die "mem: $!\n";
	for my $line (split /\n/, slurp("/proc/$pid/maps")) {
		my ($start, $end, $mode, $name) =
		    $line =~ /^(\w+)-(\w+) (\S+) \S+ \S+ \S+ *(.*)/;
		next if $mode !~ /^r/ || $name =~ /^\[v/;
		sysseek $memory, hex $start, 0 or next;
		my $left = hex($end) - hex($start);
		my $bytes = '';
		while ($left > 0) {
			my $got = sysread $memory, $bytes,
			    $left < 1 << 24 ? $left : 1 << 24, length $bytes;
			last unless $got;
			$left -= $got;
		}
		push @found, "$name $1" while $bytes =~ /($pattern)/g;
	}
	return @found;
}

sub processes
{
	my %processes = (parent => $daemon->pid);

	for my $child ($daemon->status('process')) {
		$processes{"$child->{role} $child->{number}"} = $child->{pid};
	}
	return \%processes;
}

# No process has any of the strings, after some quiet.
sub nowhere
{
	my ($name, @strings) = @_;
	my $processes = processes();

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	for my $process (sort keys %$processes) {
		my @found;

		wait_for(sub {
			@found = found($processes->{$process}, @strings);
			return !@found;
		}, 1);
		is_deeply(\@found, [], "$name: not in $process");
	}
}

sub somewhere
{
	my ($string) = @_;
	my $processes = processes();

	return grep { found($processes->{$_}, $string) } sort keys %$processes;
}

# A password that was never seen before.
sub unique
{
	return sprintf 'Pass%05dWord-%08x', ++$count, int rand 2**32;
}

# The search itself: what is held is found, and what was is not.
my $session = $daemon->connect;
$session->read_line;
my $half = 'auth billing "' . unique();
$session->send($half);
ok(wait_for(sub { somewhere($half) }), 'half a line is found');
my $held = (split /"/, $half)[1];
$session->close;
nowhere('half a line', $held);

# Logging in: right, wrong, and in various shapes.
$session = $daemon->connect;
$session->read_line;
my $wrong = unique();
reply_is($session, "auth billing $wrong", qr/^535 /);
reply_is($session, "auth nobody $secret", qr/^535 /);
reply_is($session, "auth billing \"$secret\"", qr/^235 /);
nowhere('auth', $secret, $wrong, 'KeepMe');

# Requests, of which each has a password of its own.
my @used;
sub with_password
{
	my ($line, $expected) = @_;
	my $password = unique();

	push @used, $password;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	reply_is($session, sprintf($line, $password), $expected,
	    sprintf $line, '...');
}
with_password('account create alice password=%s', qr/^250 /);
with_password('account create alice password="%s"', qr/^550 exists /);
with_password('account password alice password="%s"', qr/^250 /);
with_password('account password nobody password="%s"', qr/^550 /);
with_password('account create x:y password=%s', qr/^501 /);
with_password('account create bob uid=1 password=%s', qr/^550 /);
with_password('account create bob password=%s gecos=a:b', qr/^501 /);
with_password('account create bob password=%s password=again', qr/^501 /);
with_password('account create bob passwort=%s', qr/^501 /);
with_password('account create bob %s', qr/^501 /);
with_password('account create bob password="%s', qr/^501 /);
with_password('account create bob password=%s hash=$6$x$y', qr/^501 /);
with_password('plan account create bob password=%s', qr/^250 /);
with_password('account ensure alice password="%s"', qr/^250 /);
with_password("account create bob password=%s\x01", qr/^500 /);
with_password('account create bob password=%s' . 'x' x 9000, qr/^500 /);
with_password('%s', qr/^500 /);
with_password('auth billing %s', qr/^503 /);
with_password("account create bob gecos=\"\\x\" password=%s", qr/^501 /);
nowhere('requests', @used);

# In transactions that end well, badly, or not at all.
@used = ();
reply_is($session, 'begin', qr/^250 /);
with_password('account create carol password=%s', qr/^250 queued/);
with_password('account password alice password=%s', qr/^250 queued/);
reply_is($session, 'commit', qr/^250 committed/);
reply_is($session, 'begin', qr/^250 /);
with_password('account create dora password=%s', qr/^250 queued/);
reply_is($session, 'abort', qr/^250 /);
reply_is($session, 'begin', qr/^250 /);
with_password('account create dora password=%s', qr/^250 queued/);
with_password('account create carol password=%s', qr/^250 queued/);
reply_is($session, 'commit', qr/^550 aborted/);
reply_is($session, 'begin', qr/^250 /);
with_password('account create dora password=%s', qr/^250 queued/);
nowhere('transactions', @used);
reply_is($session, 'abort', qr/^250 /);

# As it comes over the wire: octet by octet, all at once, and given up.
@used = map { unique() } 1 .. 40;
my $line = "account password alice password=$used[0]\r\n";
$session->send($_) for split //, $line;
like($session->read_reply, qr/^250 /, 'octet by octet');
$session->send(join '', map { "account password alice password=$_\r\n" }
    @used[1 .. 30]);
is(scalar(grep { $session->read_reply =~ /^250 / } 1 .. 30), 30,
    'all at once');
$session->send("account create erin password=$used[31]");
$session->close;
$session = $daemon->login(secret => "\"$secret\"");
$session->send("account create erin password=$used[32]" . 'y' x 20000);
$session->close;
$session = $daemon->login(secret => "\"$secret\"");
$session->send(join '', map { "account password alice password=$_\r\n" }
    @used[33 .. 39]);
$session->close;
$session = $daemon->login(secret => "\"$secret\"");
reply_is($session, 'noop', '250 ok');
nowhere('the wire', @used, $secret);

# A core of a process would have it all.
my ($worker) = $daemon->wait_children('worker');
my %before = map { $_ => 1 } glob "$daemon->{state}/empty/* core* /core*";
my $pattern = -r '/proc/sys/kernel/core_pattern' ?
    slurp('/proc/sys/kernel/core_pattern') : '';
kill SEGV => $worker;
ok($daemon->wait_log(qr/process $worker: killed by signal 11/),
    'a worker crashes');
$daemon->wait_children('worker');
is_deeply([ grep { !$before{$_} } glob "$daemon->{state}/empty/* core* " .
    '/core*' ], [], 'and leaves no core');
note("core_pattern is $pattern");
for my $process (values %{processes()}) {
	like(slurp("/proc/$process/limits"),
	    qr/^Max core file size\s+0\s+0\s/m, 'none may');
}

done_testing();
