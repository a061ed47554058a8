#!/usr/bin/perl
#
# dwservctl against a daemon that is none: what it asks, how it prints the
# answer, and what its exit status says, also when the daemon is silent,
# talks nonsense or is not there.  And the commands that need no daemon.

use strict;
use warnings;

use File::Temp;
use FindBin;
use IO::Select;
use IO::Socket::UNIX;
use IPC::Open3;
use JSON::PP;
use Symbol qw(gensym);
use Test::More;

my $program = ($ENV{OBJ} // 'obj') . '/dwservctl';
my $directory = File::Temp->newdir;
my $path = "$directory/socket";

# The numbers of the messages, from the enum that gives them.
sub read_types
{
	my ($header) = @_;

	open my $file, '<', $header or die "$header: $!\n";
	my $text = do { local $/; <$file> };
	my ($list) = $text =~ /enum imsg_type \{(.*?)\};/s or die;
	my $number = 0;
	return map { $_ => $number++ } $list =~ /\b(IMSG_\w+)/g;
}

my %types = read_types("$FindBin::Bin/../../dwserv/msg.h");

sub slurp
{
	my ($handle) = @_;

	local $/;
	return <$handle> // '';
}

sub start_program
{
	my (@arguments) = @_;
	my $errors = gensym;

	my $pid = open3(my $to, my $from, $errors, $program, @arguments);
	return { pid => $pid, to => $to, from => $from, errors => $errors };
}

sub finish_program
{
	my ($run, $input) = @_;

	print { $run->{to} } $input // '';
	close $run->{to};
	my $output = slurp($run->{from});
	my $complaint = slurp($run->{errors});
	waitpid $run->{pid}, 0;
	return ($? >> 8, $output, $complaint);
}

sub run_program
{
	my ($input, @arguments) = @_;

	return finish_program(start_program(@arguments), $input);
}

sub message
{
	my ($type, $payload) = @_;

	return pack 'L4 a*', $types{$type}, 0, 16 + length $payload, 0,
	    $payload;
}

sub record
{
	my ($kind, @fields) = @_;

	my $bytes = message('IMSG_PARENT_RECORD', pack 'n/a*', $kind);
	while (my ($name, $value) = splice @fields, 0, 2) {
		$bytes .= message('IMSG_PARENT_FIELD', ref $value ?
		    pack('n/a* C Q>', $name, 1, $$value) :
		    pack('n/a* C n/a*', $name, 0, $value));
	}
	return $bytes;
}

sub outcome
{
	my ($ok, $text) = @_;

	return message('IMSG_PARENT_OUTCOME', pack 'C n/a*', $ok, $text);
}

sub read_exactly
{
	my ($socket, $length) = @_;
	my $bytes = '';

	while (length $bytes < $length) {
		IO::Select->new($socket)->can_read(20) or die "timeout\n";
		sysread $socket, $bytes, $length - length $bytes,
		    length $bytes or die "end of file\n";
	}
	return $bytes;
}

# Run dwservctl with a daemon that gives this answer and goes; returns what
# the daemon heard, too.
sub converse
{
	my ($answer, @arguments) = @_;

	unlink $path;
	my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 5)
	    or die "$path: $!\n";
	my $run = start_program('-s', $path, @arguments);
	IO::Select->new($listener)->can_read(20) or die "timeout\n";
	my $socket = $listener->accept or die "accept: $!\n";
	my ($type, $id, $length, $flags) = unpack 'L4',
	    read_exactly($socket, 16);
	print $socket $answer;
	close $socket;
	my @result = finish_program($run);
	my %names = reverse %types;
	return (@result, "$names{$type} $id $length $flags");
}

my ($status, $output, $complaint, $heard);
my $processes =
    record('daemon', pid => \1234, root => '/srv/a jail', version => '1') .
    record('process', name => 'worker', number => \1, sessions => \12) .
    record('process', name => 'auth', number => \12, sessions => \3) .
    record('last-error', text => "a \"b\"\\\n\e[2J\xc3\xa9\xff");

($status, $output, $complaint, $heard) =
    converse($processes . outcome(1, ''), 'status');
is($status, 0, 'status');
is($heard, 'IMSG_CTL_STATUS 0 16 0', 'status: the question');
is($output, <<'END' =~ s/E-ACUTE/\xc3\xa9/r, 'status: the columns');
daemon      pid=1234  root="/srv/a jail"  version=1
process     name=worker  number=1   sessions=12
process     name=auth    number=12  sessions=3
last-error  text="a \"b\"\\\012\033[2JE-ACUTE\377"
END

($status, $output) = converse($processes . outcome(1, ''), '-j', 'stat');
is($status, 0, 'status -j');
is_deeply(decode_json($output), {
    records => [
	{ record => 'daemon', pid => 1234, root => '/srv/a jail',
	    version => '1' },
	{ record => 'process', name => 'worker', number => 1,
	    sessions => 12 },
	{ record => 'process', name => 'auth', number => 12, sessions => 3 },
	{ record => 'last-error',
	    text => "a \"b\"\\\n\e[2J\x{e9}\x{fffd}" },
    ], ok => JSON::PP::true, text => '' }, 'status -j: the object');

($status, $output) = converse(record('x', n =>
    \18446744073709551615) . outcome(1, ''), 'status');
is($output, "x  n=18446744073709551615\n", 'a number of 64 bits');

# What the other commands ask, and how refusals look.
($status, $output, $complaint, $heard) =
    converse(outcome(1, 'reloaded'), 'reload');
is($heard, 'IMSG_CTL_RELOAD 0 16 0', 'reload: the question');
is("$status $output $complaint", "0 reloaded\n ", 'reload');

($status, $output, $complaint) =
    converse(outcome(0, "a:1: one\na:2: two"), 'r');
is("$status $output", '1 ', 'reload refused');
is($complaint, "a:1: one\na:2: two\n", 'reload refused: the reasons');

($status, undef, undef, $heard) = converse(outcome(1, ''), 'log', 'brief');
is("$status $heard", '0 IMSG_CTL_VERBOSE 0 16 0', 'log brief');
($status, undef, undef, $heard) = converse(outcome(1, ''), 'log', 'v');
is("$status $heard", '0 IMSG_CTL_VERBOSE 1 16 0', 'log verbose');

($status, $output, undef, $heard) = converse('', 'stop');
is("$status $heard", '0 IMSG_CTL_STOP 0 16 0', 'stop');
is($output, "dwserv has stopped\n", 'stop: the outcome');
($status, $output) = converse(outcome(1, 'stopping'), '-j', 'stop');
is_deeply(decode_json($output), { records => [], ok => JSON::PP::true,
    text => 'dwserv has stopped' }, 'stop -j');
($status, undef, $complaint) = converse(outcome(0, 'busy'), 'stop');
is("$status $complaint", "1 dwservctl: busy\n", 'stop refused');

# An answer that is none.
my $no_sense = "dwservctl: the answer makes no sense: dwserv and dwservctl " .
    "differ in version\n";
($status, undef, $complaint) = converse($processes, 'status');
is("$status $complaint", "1 dwservctl: dwserv closed the connection without " .
    "an answer\n", 'an answer that breaks off');
($status, $output, $complaint) =
    converse($processes . message('IMSG_PARENT_PING', ''), 'status');
is("$status $complaint", "1 $no_sense", 'a message that is out of place');
($status, undef, $complaint) = converse(message('IMSG_PARENT_FIELD',
    pack 'n/a* C Q>', 'name', 1, 1), 'status');
is("$status $complaint", "1 $no_sense", 'a field without a record');
($status, undef, $complaint) = converse(message('IMSG_PARENT_OUTCOME',
    pack 'C n/a* C', 1, 'text', 0), 'status');
is("$status $complaint", "1 $no_sense", 'bytes left over');
($status, undef, $complaint) = converse("\0" x 64, 'status');
is($status, 1, 'a stream of zeroes');

# stop has done its work only when the daemon has gone.
{
	unlink $path;
	my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 5)
	    or die "$path: $!\n";
	my $run = start_program('-s', $path, 'stop');
	my $socket = $listener->accept or die "accept: $!\n";
	read_exactly($socket, 16);
	print $socket outcome(1, '');
	$socket->flush;
	ok(!IO::Select->new($run->{from})->can_read(0.5),
	    'stop waits while the connection is open');
	close $socket;
	($status) = finish_program($run);
	is($status, 0, 'and ends with it');
}

# Nobody there.
unlink $path;
($status, $output) = run_program('', '-s', $path, 'status');
is("$status $output", "3 dwserv is not running\n", 'no socket');
my $dead = IO::Socket::UNIX->new(Local => $path, Listen => 1) or die;
close $dead;
($status, $output, $complaint) = run_program('', '-s', $path, 'reload');
is("$status $output$complaint", "3 dwserv is not running\n", 'a dead socket');
($status, $output) = run_program('', '-j', '-s', $path, 'stop');
is_deeply([ $status, decode_json($output) ], [ 3, { records => [],
    ok => JSON::PP::false, text => 'dwserv is not running' } ],
    'a dead socket: -j');
($status, undef, $complaint) =
    run_program('', '-s', "$directory/" . 'x' x 120, 'status');
is($status, 1, 'a path that is too long');

# The root that check reads when none is given.
for my $root ("$directory/jail", "$directory/other") {
	mkdir $root or die;
	mkdir "$root/etc" or die;
	($status, $output) = converse(record('accounts', root => $root) .
	    outcome(1, ''), 'check');
	is($output, "$root/etc/passwd: does not exist\n" .
	    "$root/etc/group: does not exist\n",
	    'check reads the root that the daemon serves');
}

# Wrong command lines.
sub usage_is
{
	my ($expected, @arguments) = @_;

	my ($code, $said, $complained) = run_program('', @arguments);
	is("$code $said", '2 ', "usage: @arguments");
	like($complained, $expected, "usage: @arguments: the reason");
}

usage_is(qr/^usage: .*\ndwservctl: missing argument\n.*check\n.*stop\n/s);
usage_is(qr/ambiguous argument: st\n.*:\n  status\n  stop\n\z/, 'st');
usage_is(qr/unknown argument: statusx\n/, 'statusx');
usage_is(qr/unknown argument: \n/, '');
usage_is(qr/superfluous argument: now\n/, 'status', 'now');
usage_is(qr/missing argument\n.*:\n  brief\n  verbose\n/, 'log');
usage_is(qr/superfluous argument: b\n/, 'check', '/', 'b');
usage_is(qr/unknown argument: \n.*:\n  <cr>\n  <root>\n/, 'check', '');
usage_is(qr/^usage: /m, '-x', 'status');
usage_is(qr/unknown method: md5/, 'hash', '-m', 'md5');
usage_is(qr/cost 12: not a cost/, 'hash', '-c', '12');
usage_is(qr/cost 0: too small/, 'hash', '-c', '0');
usage_is(qr/cost x: invalid/, 'hash', '-c', 'x');
usage_is(qr/usage: dwservctl hash /, 'hash', 'secret');

# Hashes, which crypt(3) must take for what they are.
sub hashes
{
	my ($expected, $secret, $input, @options) = @_;

	my ($code, $hash, $complained) = run_program($input, 'hash', @options);
	is("$code $complained", '0 ', "hash @options");
	like($hash, $expected, "hash @options: the form");
	chomp $hash;
	is(crypt($secret, $hash), $hash, "hash @options: verifies");
	return $hash;
}

my $one = hashes(qr/^\$y\$j9T\$[^\$]+\$[^\$]{43}\n\z/, 's3cret "x"',
    "s3cret \"x\"\nrest\n");
my $two = hashes(qr/^\$y\$j9T\$/, 's3cret "x"', 's3cret "x"');
isnt($one, $two, 'salts differ');
hashes(qr/^\$6\$[^\$]{16}\$[^\$]{86}\n\z/, "p\xc3\xa4ss", "p\xc3\xa4ss\n",
    '-m', 'sha512');
hashes(qr/^\$6\$rounds=10000\$/, 'x' x 511, 'x' x 511, '-m', 'sha512', '-c',
    '10000');
hashes(qr/^\$2b\$05\$/, 'y' x 72, 'y' x 72 . "\n", '-mbcrypt', '-c5');
hashes(qr/^\$y\$j75\$/, 'z', "z\n", '-c', '1');

for ([ 'is empty', '' ], [ 'is empty', "\nx\n" ],
    [ 'longer than 511', 'x' x 9999 ], [ 'longer than 511', 'x' x 512 ],
    [ 'NUL', "a\0b\n" ],
    [ 'control character', "a\tb\n" ], [ 'not UTF-8', "a\xffb\n" ],
    [ 'bcrypt', 'y' x 73, '-m', 'bcrypt' ]) {
	my ($expected, $input, @options) = @$_;
	($status, $output, $complaint) =
	    run_program($input, 'hash', @options);
	is("$status $output", '1 ', "a secret that $expected");
	like($complaint, qr/^dwservctl: .*$expected/, 'is refused so');
}

($status, $output) = run_program("secret\n", '-j', 'hash');
my $object = decode_json($output);
is($object->{records}[0]{record}, 'hash', 'hash -j');
is(crypt('secret', $object->{records}[0]{hash}),
    $object->{records}[0]{hash}, 'hash -j: verifies');

done_testing();
