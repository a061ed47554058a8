#!/usr/bin/perl
#
# The configuration as dwserv reads it: by a process of its own that has no
# rights and is not trusted.  The cases of regress/config through the whole
# chain; what is not lent to that process; and what becomes of dwserv when
# the process fails, lies or hangs.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Temp;
use FindBin;
use POSIX qw(WNOHANG _exit);
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my $obj = abs_path($ENV{OBJ} // 'obj');
my $cases = "$FindBin::Bin/../config";
my $directory = File::Temp->newdir;
my %started;

# Where the address sanitizer is, it must not look for leaks: it cannot do
# that in a process without rights, and says so.
$ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (), 'detect_leaks=0';

END {
	my $status = $?;

	kill KILL => keys %started if %started;
	waitpid $_, 0 for keys %started;
	$? = $status;
}

sub slurp
{
	my ($path) = @_;

	open my $file, '<:raw', $path or return '';
	local $/;
	return <$file> // '';
}

sub spill
{
	my ($path, $text, $mode) = @_;

	unlink $path;
	open my $file, '>:raw', $path or die "$path: $!\n";
	print $file $text;
	close $file or die "$path: $!\n";
	chmod $mode // 0600, $path;
	return $path;
}

sub now
{
	return clock_gettime(CLOCK_MONOTONIC);
}

sub wait_for
{
	my ($code, $seconds) = @_;
	my $end = now() + ($seconds // 20);
	my $result;

	until ($result = $code->()) {
		return $result if now() >= $end;
		select undef, undef, undef, 0.02;
	}
	return $result;
}

# Start a program, as another user if one is given, with output in files.
sub start
{
	my ($uid, $out, $err, @command) = @_;

	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', $out;
		open STDERR, '>', $err;
		if ($uid != 0) {
			$) = "$uid $uid";
			POSIX::setgid($uid);
			POSIX::setuid($uid);
		}
		no warnings 'exec';
		exec { $command[0] } @command;
		_exit(127);
	}
	$started{$pid} = 1;
	return $pid;
}

# The exit status, 128 and more for signals; undef after so many seconds.
sub finish
{
	my ($pid, $seconds) = @_;

	wait_for(sub { waitpid($pid, WNOHANG) == $pid }, $seconds // 40) or
	    return undef;
	delete $started{$pid};
	return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

# Lines of the log, without date, process and directory.
sub plain
{
	my ($text) = @_;

	$text =~ s/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [^:]+: //mg;
	$text =~ s/\Q$directory\E\/?//g;
	return $text;
}

# Run to the end: status, standard output, what is said on standard error.
sub run_as
{
	my ($uid, @command) = @_;
	my ($out, $err) = ("$directory/.out", "$directory/.err");

	my $status = finish(start($uid, $out, $err, @command));
	return ($status // 'none', slurp($out), plain(slurp($err)));
}

sub run
{
	return run_as(0, @_);
}

# What is said of a configuration, and the exit status.
sub check_is
{
	my ($name, $expected, $said, @command) = @_;

	my ($status, $output, $complaint) = run(@command);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is("$status $output$complaint", "$expected $said", $name);
}

plan(skip_all => 'needs root: dwserv gives up its rights') if $> != 0;
chmod 0711, "$directory";

# A place for the two programs, which may be where nobody may go.
sub install
{
	my ($name) = @_;

	mkdir "$directory/$name" or die "$directory/$name: $!\n";
	for my $program (qw(dwserv dwserv-config)) {
		copy("$obj/$program", "$directory/$name/$program") or
		    die "$obj/$program: $!\n";
		chmod 0755, "$directory/$name/$program";
	}
	return "$directory/$name/dwserv";
}

my $dwserv = install('bin');

# The cases, of which config_test has made sure that the parser knows them:
# they come out of the process as they are.

sub run_case
{
	my ($name) = @_;
	my @options = map { (-D => $_) }
	    split /\n/, slurp("$cases/$name.define");
	my @command = ($dwserv, @options, -f => "$directory/$name.in");

	if (-e "$cases/$name.err") {
		my $errors = slurp("$cases/$name.err");
		check_is("$name -n", 1, $errors, @command, '-n');
		check_is("$name -nv", 1, $errors, @command, '-nv');
	} elsif (slurp("$cases/$name.ok") =~ /^tls /m) {
		# Of a configuration that is right the files are looked at.
		my ($status, $output, $errors) = run(@command, '-n');
		is($status, 1, "$name -n");
		unlike($errors, qr/^(?!.*: No such file or directory$)/m,
		    "$name -n: but for its files");
		check_is("$name -nv", 0, slurp("$cases/$name.ok"), @command,
		    '-nv');
	} else {
		check_is("$name -n", 0, "configuration OK\n", @command, '-n');
		check_is("$name -nv", 0, slurp("$cases/$name.ok"), @command,
		    '-nv');
	}
}

for my $file (glob "$cases/*.in $cases/*.inc") {
	my ($name) = $file =~ m{([^/]+)\z};
	spill("$directory/$name", slurp($file));
}
my @names = map { m{([^/]+)\.in\z} } glob "$cases/*.in";
ok(@names > 50, 'there are cases');
run_case($_) for @names;

# A file that others may read, and files that are none of a configuration.

my $client = <<'EOT';
client "billing" {
	secret "$6$rounds=1000$pinchofsalt$hash"
	allow { account }
}
EOT
my $config = spill("$directory/x.conf", $client, 0644);
check_is('a secret for all to see', 1, 'x.conf: readable by others while ' .
    "it holds secrets; chmod 0600\n", $dwserv, '-n', -f => $config);
spill($config, "prefork 1\n", 0620);
check_is('others may write', 1, 'x.conf: writable by group or others; ' .
    "chmod 0600\n", $dwserv, '-n', -f => $config);
check_is('no file', 1, "none: No such file or directory\n", $dwserv, '-n',
    -f => "$directory/none");

spill("$directory/shadow", "root:\$6\$geheim:1:2:3:4:::\n");
symlink 'shadow', "$directory/innocent";
for my $path ('/etc/shadow', "$directory/shadow", "$directory/innocent") {
	spill($config, "include \"$path\"\n");
	my $shown = plain($path);
	check_is("include $shown", 1, "x.conf:1: include \"$shown\": holds " .
	    "passwords, not a configuration\n", $dwserv, '-n', -f => $config);
	check_is("dwserv -f $shown", 1, "$shown: holds passwords, not a " .
	    "configuration\n", $dwserv, '-nv', -f => $path);
}
for my $path ('/proc/self/mem', '/dev/null', '/') {
	spill($config, "include \"$path\"\n");
	check_is("include $path", 1, "x.conf:1: include \"$path\": not a " .
	    "regular file\n", $dwserv, '-n', -f => $config);
}

spill("$directory/one.inc", '');
spill($config, "include \"one.inc\"\n" x 63);
check_is('64 files', 0, "configuration OK\n", $dwserv, '-n', -f => $config);
spill($config, "include \"one.inc\"\n" x 64);
check_is('65 files', 1, 'x.conf:64: include "one.inc": the configuration ' .
    "has too many files\n", $dwserv, '-n', -f => $config);

my $long = 'x' x 300;
my $longest = '/' . 'x/' x 2000 . '/' x 94;
spill($config, "include \"$long\"\ninclude \"$longest\"\n" .
    'include "' . substr($longest, 1) . "\"\n");
my ($status, $output, $complaint) = run($dwserv, '-n', -f => $config);
is("$status $output", '1 ', 'paths that are too long');
like($complaint, qr{^x\.conf:1:\ include\ "$long":\ File\ name\ too\ long\n
    x\.conf:2:\ include\ "/x/x/.*\n
    x\.conf:3:\ include\ "x/x/x/.*\n\z}x, 'one after the other');

# Macros do not go over the command line of the other process.
spill($config, "client b {\n\tsecret \$s\n\tallow { account }\n}\n");
my $secret = '"$6$' . 'x' x 200 . '"';
check_is('a macro', 0, "configuration OK\n", $dwserv, '-n', -D => "s=$secret",
    -D => 'unused=' . 'y' x 32767, -f => $config);
($status, $output, $complaint) = run($dwserv, '-n', -D => 's=' .
    'y' x 32768, -f => $config);
is($status, 2, 'a macro that is too long');
like($complaint, qr/^usage: /, 'is a mistake in the command line');

# Somebody who is not root checks what is his.
spill($config, $client);
chown 60001, 60001, $config;
($status, $output, $complaint) = run_as(60001, $dwserv, '-n', -f => $config);
is("$status $complaint", "0 configuration OK\n", 'not root, own file');
($status, $output) = run_as(60001, $dwserv, '-nv', -f => $config);
like("$status $output", qr/^0 .*secret "\$6\$rounds/s, 'and prints it');
($status, $output, $complaint) = run_as(60002, $dwserv, '-n', -f => $config);
is("$status $complaint", "1 x.conf: Permission denied\n", 'not his file');
check_is('root and a file that is not its own', 1, 'x.conf: owned by ' .
    "somebody else; chown root\n", $dwserv, '-n', -f => $config);

spill($config, $client);
is(finish(start(0, '/dev/full', "$directory/.err", $dwserv, '-nv', '-f',
    $config)), 1, 'no room to print');
is(plain(slurp("$directory/.err")), 'cannot print the configuration: No ' .
    "space left on device\n", 'is said once');

# Who reads: the first byte of the file comes after the rights are gone, and
# the process that started as root has not seen one.

sub traced
{
	my $trace = "$directory/.trace";

	my ($code, $out, $err) = run('strace', '-f', '-qq', '-s', 4096, '-o',
	    $trace, $dwserv, '-n', -f => $config);
	return ($code, map { [ /^(\d+) +(.*)/ ] } split /\n/, slurp($trace));
}

sub first_line
{
	my ($pid, $pattern, @lines) = @_;

	for my $i (0 .. $#lines) {
		return $i if $lines[$i][0] == $pid &&
		    $lines[$i][1] =~ $pattern;
	}
	return undef;
}

SKIP: {
	my ($works) = run('strace', '-qq', '-o', '/dev/null', 'true');
	skip('needs strace, which does not work here', 10) if $works ne '0';
	my $marker = 'a comment that only nobody should read';
	spill($config, "# $marker\n$client");
	my ($code, @lines) = traced();
	is($code, 0, 'dwserv -n under strace');
	my @readers = grep { $_->[1] =~ /\Q$marker\E/ } @lines;
	is(@readers, 1, 'one system call gets to see the file');
	my ($reader, $call) = @{$readers[0]};
	like($call, qr/^(?:read\(|<\.\.\. read )/, 'it is read(2)');
	isnt($reader, $lines[0][0], 'by another process');
	my $read = first_line($reader, qr/\Q$marker\E/, @lines);
	for my $pattern (qr/^setgroups\(0, NULL\) += 0/,
	    qr/^setresgid\(65534, 65534, 65534\) += 0/,
	    qr/^setresuid\(65534, 65534, 65534\) += 0/,
	    qr/^prctl\(PR_SET_NO_NEW_PRIVS, 1.*\) += 0/,
	    qr/^prctl\(PR_SET_DUMPABLE, (?:SUID_DUMP_DISABLE|0).*\) += 0/,
	    qr/RLIMIT_FSIZE, \{rlim_cur=0, rlim_max=0\}.*= 0/) {
		my $done = first_line($reader, $pattern, @lines);
		ok(defined $done && $done < $read, "before that: $pattern");
	}
}

# A process that is not what it should be.

my $own = install('own');
my $program = "$directory/own/dwserv-config";

sub read_types
{
	my ($header) = @_;

	my ($list) = slurp($header) =~ /enum imsg_type \{(.*?)\};/s or die;
	my $number = 0;
	return map { $_ => $number++ } $list =~ /\b(IMSG_\w+)/g;
}

my %types = read_types("$FindBin::Bin/../../dwserv/msg.h");

my $prelude = <<'EOT' . join '', map { "sub $_ { $types{$_} }\n" } keys %types;
use strict;
use warnings;
use POSIX qw(_exit);
open my $channel, '+<&=', 3 or die;
sub receive {
	my ($header, $payload) = ('', '');
	sysread $channel, $header, 16 - length $header, length $header or
	    exit 1 while length $header < 16;
	my ($type, $id, $length, $flags) = unpack 'L4', $header;
	sysread $channel, $payload, $length - 16 - length $payload,
	    length $payload or exit 1 while length $payload < $length - 16;
	return ($type, $id, $flags, $payload);
}
sub message {
	my ($type, $id, $payload) = @_;
	return pack 'L4 a*', $type, $id, 16 + length $payload, 0, $payload;
}
sub say_it { syswrite $channel, message(@_) }
sub complain { say_it(IMSG_CONFIG_COMPLAINT(), 0, pack 'n/a*', $_[0]) }
sub ask {
	my ($number, $path) = @_;
	say_it(IMSG_CONFIG_OPEN(), $number, pack 'n/a*', $path);
	my ($type, $id, $flags, $payload) = receive();
	return ($id == $number ? '' : 'wrong ') .
	    ($flags ? 'lent' : 'kept') . ' ' . unpack 'n/a*', $payload;
}
my ($order) = receive();
exit 9 unless $order == IMSG_PARENT_READ();
EOT

# dwserv-config is this script for once: what dwserv says then.
sub fake_is
{
	my ($name, $said, $body) = @_;

	spill($program, "#!$^X\n$prelude$body", 0755);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	check_is($name, 1, $said, $own, '-n', -f => $config);
}

sub not_read
{
	return "x.conf: not read: own/dwserv-config: $_[0]\n";
}

my $violated = not_read('said what it should not');
my $contradicted = not_read('contradicts itself');
my $end = 'say_it(IMSG_CONFIG_END(), ';
fake_is('one that ends', not_read('exited with status 0'), '_exit(0);');
fake_is('one that fails', not_read('exited with status 3'), '_exit(3);');
fake_is('one that dies', not_read('was killed by signal 6'),
    'kill ABRT => $$; sleep 60;');
fake_is('one that cannot be run', not_read('exited with status 127; is it ' .
    'installed?'), '_exit(127);');
fake_is('an unknown message', $violated, 'say_it(9999, 0, ""); sleep 60;');
fake_is('no message', $violated =~ s/said.*/exited with status 0/r,
    'syswrite $channel, "x" x 15; _exit(0);');
fake_is('a message of others', $violated,
    'say_it(IMSG_CTL_STOP(), 0, ""); sleep 60;');
fake_is('an answer to itself', $violated,
    'say_it(IMSG_PARENT_SOURCE(), 1, ""); sleep 60;');
fake_is('nonsense', $violated,
    'say_it(IMSG_CONFIG_GLOBALS(), 0, "x" x 200); sleep 60;');
fake_is('a group without a client', $violated,
    'say_it(IMSG_CONFIG_WORD(), 6, pack "n/a*", "mail"); sleep 60;');
fake_is('a list that is none', $violated,
    'say_it(IMSG_CONFIG_WORD(), 99, pack "n/a*", "mail"); sleep 60;');
fake_is('a shell that is none', $violated,
    'say_it(IMSG_CONFIG_WORD(), 0, pack "n/a*", "/a:b"); sleep 60;');
fake_is('a program that is none', $violated,
    'say_it(IMSG_CONFIG_WORD(), 1, pack "n/a*", "newaliases"); sleep 60;');
fake_is('an end with more to it', $violated, "$end 1, 'x'); sleep 60;");
fake_is('more after the end', $violated, 'syswrite $channel, ' .
    'message(IMSG_CONFIG_END(), 0, "") . ' .
    'message(IMSG_CONFIG_OPEN(), 1, pack "n/a*", "/etc/passwd"); sleep 60;');
fake_is('all is well with nothing', $contradicted, "$end 1, ''); sleep 60;");
fake_is('nothing is said to be wrong', $contradicted,
    "$end 0, ''); sleep 60;");
fake_is('wrong, but well', "what\n$contradicted",
    "complain('what'); $end 1, ''); sleep 60;");
fake_is('only wrong', "what\n", "complain('what'); $end 0, ''); sleep 60;");
fake_is('what no terminal should get', "?[2Jx?y\n",
    "complain(qq(\\e[2Jx\\ny)); $end 0, ''); sleep 60;");

# What it gets for the asking.
spill("$directory/for-all", "prefork 1\n", 0666);
spill("$directory/not-mine", "prefork 1\n");
chown 60001, 60001, "$directory/not-mine";
my @wanted = ($config => 'lent ',
    '/etc/shadow' => 'kept holds passwords, not a configuration',
    '/proc/self/mem' => 'kept not a regular file',
    '/proc/self/fd/0' => 'kept not a regular file',
    '/proc/self/fd/3' => 'kept not a regular file',
    '/dev/tty' => 'kept not a regular file',
    '/tmp' => 'kept not a regular file',
    "$directory/for-all" => 'kept writable by group or others; chmod 0600',
    "$directory/not-mine" => 'kept owned by somebody else; chown root',
    '' => 'kept No such file or directory');
my (@paths, @answers);
while (my ($path, $answer) = splice @wanted, 0, 2) {
	push @paths, $path;
	push @answers, $answer;
}
fake_is('what is lent', join('', map { "$_\n" } @answers),
    join(' ', map { "complain(ask(7, q($_)));" } @paths) .
    "$end 0, ''); sleep 60;");
fake_is('no more than 64 files', "64 1\nkept the configuration has too many " .
    "files\n", "my \$n = grep { ask(\$_, q($config)) eq 'lent ' } 1 .. 64;" .
    "complain(qq(\$n 1)); complain(ask(65, q($config)));" .
    "$end 0, ''); sleep 60;");

# A process that says nothing and does not end is not waited for.
sub is_gone
{
	my ($file) = @_;
	my $pid = slurp($file);

	return $pid =~ /^\d+\z/ && !kill 0 => $pid;
}

my $began = now();
my $pid_file = "$directory/.pid";
my $hang = "open my \$f, '>', '$pid_file'; print \$f \$\$; close \$f;";
fake_is('one that hangs', not_read('did not finish in 10 seconds'),
    "$hang sleep 60 while 1;");
my $took = now() - $began;
ok($took > 9 && $took < 20, 'is given up after ten seconds') or diag($took);
ok(is_gone($pid_file), 'and is gone');
unlink $pid_file;
fake_is('one that lets go of the channel', not_read('was killed by signal 9'),
    "$hang close \$channel; sleep 60 while 1;");
ok(is_gone($pid_file), 'is gone, too');

# The same at a reload: the daemon goes on with what it has.

my $root = "$directory/root";
mkdir $_ for $root, "$root/etc", "$root/home";
spill("$root/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0644);
spill("$root/etc/shadow", "root:*:19000:0:99999:7:::\n", 0640);
spill("$root/etc/group", "root:x:0:\n", 0644);
spill("$root/etc/gshadow", "root:*::\n", 0640);
my $control = "$directory/ctl.sock";

sub configure
{
	my ($prefork, $more) = @_;

	spill($config, <<EOT . $client . ($more // ''));
prefork $prefork
user 61234
auth user 61235
control "$control"
state "$directory/state"
libexec "$obj"
listen on socket "$directory/listen.sock"
accounts {
	root "$root"
	uid 10000 to 59999
}
EOT
}

sub ctl_is
{
	my ($name, $expected, @arguments) = @_;

	my ($status, $output, $complaint) = run("$obj/dwservctl", '-s',
	    $control, @arguments);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is("$status $output$complaint", $expected, $name);
}

sub workers
{
	my (undef, $output) = run("$obj/dwservctl", '-s', $control, 'status');

	return 0 + grep { /^process.*role=worker/ } split /\n/, $output;
}

spill($program, slurp("$obj/dwserv-config"), 0755);
configure(1);
my $daemon = start(0, '/dev/null', "$directory/log", $own, '-d', '-f',
    $config);
my $log = sub { plain(slurp("$directory/log")) };
ok(wait_for(sub { $log->() =~ /^generation 1 is ready$/m }), 'it serves') or
    diag($log->());
configure(3);
ctl_is('a reload', "0 reloaded\n", 'reload');
ok(wait_for(sub { $log->() =~ /^generation 1 has gone$/m }), 'is done');
is(workers(), 3, 'with the new configuration');
configure(2, "foo\ninclude \"/etc/shadow\"\n");
my $errors = "x.conf:16: syntax error at \"foo\"\n" .
    "x.conf:17: include \"/etc/shadow\": holds passwords, not a " .
    "configuration\n";
ctl_is('a reload with errors', "1 $errors", 'reload');
like($log->(), qr/\Q$errors\E/, 'is logged');
configure(2, "foo\n" x 10000);
($status, undef, $complaint) = run("$obj/dwservctl", '-s', $control,
    'reload');
is($status, 1, 'a reload with more errors than an answer can hold');
like($complaint, qr/^x\.conf:16: .*\nx\.conf:17: /, 'says the first');
configure(2);
# The daemon runs nothing that is not in the directory of its own programs.
spill($program, "#!$^X\nsleep 60 while 1;", 0755);
ctl_is('a reload by a program from elsewhere', '1 ' . not_read('exited with ' .
    'status 127; is it installed?'), 'reload');
my $perl = $program =~ s{[^/]+\z}{perl}r;
spill($perl, slurp($^X), 0755);
spill($program, "#!$perl\n$prelude sleep 60 while 1;", 0755);
ctl_is('a reload by one that hangs', '1 ' . not_read('did not finish in 10 ' .
    'seconds'), 'reload');
spill($program, "#!$perl\nuse POSIX; POSIX::_exit(5);", 0755);
ctl_is('a reload by one that fails', '1 ' . not_read('exited with status 5'),
    'reload');
is(workers(), 3, 'the configuration is as it was');
spill($program, slurp("$obj/dwserv-config"), 0755);
ctl_is('a reload by the right one', "0 reloaded\n", 'reload');
ok(wait_for(sub { workers() == 2 }), 'is done');
my @left = grep { / \(dwserv-config\) \S $daemon / } map { slurp($_) }
    glob '/proc/[0-9]*/stat';
is(@left, 0, 'no process is left over');
kill TERM => $daemon;
is(finish($daemon), 0, 'the daemon ends');
unlike($log->(), qr/killed by signal|Sanitizer/, 'in peace');

done_testing();
