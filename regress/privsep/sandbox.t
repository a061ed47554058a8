#!/usr/bin/perl
#
# What somebody can do who has taken a process over: from within each process
# of a running daemon, system calls are made that it has no business with
# (inject.c).  The same are made by a process without walls, to see that it
# is the walls that stop them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use File::Temp;
use IO::Socket::INET;
use POSIX ();
use Socket;
use Test::More;

use Dwserv::Test;

$Dwserv::Test::time_limit = 600;
alarm 600;
plan(skip_all => 'the injector is for x86-64') if `uname -m` !~ /^x86_64/;

my $obj = $Dwserv::Test::Daemon::obj;
my $root = new_root();
my $inject = $root->directory . '/inject';
my ($status, undef, $errors) = run_program('cc', '-std=gnu11',
    '-D_GNU_SOURCE', '-O1', '-o', $inject, "$FindBin::Bin/inject.c");
plan(skip_all => "needs a compiler: $errors")
    unless defined $status && $status == 0;

my $daemon = start_daemon($root, global => { prefork => 1 });

# What is tried: things of this test, outside of what the daemon serves.
my $directory = File::Temp->newdir('dwserv.XXXXXXXX', TMPDIR => 1);
spill("$directory/file", "untouched\n");
spill("$directory/secret", "secret\n");
chmod 0600, "$directory/secret";
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or
    die;
my $victim = spawn_program(undef, undef, 'sleep', 600);
my $shadow = $root->etc('shadow');
my $fine = $root->path('/home/veteran');

sub hex_of
{
	return 'x:' . unpack 'H*', $_[0];
}

my $tcp = hex_of(pack_sockaddr_in($server->sockport, INADDR_LOOPBACK));
my $udp = hex_of(pack_sockaddr_in(9, INADDR_LOOPBACK));
my $any = hex_of(pack_sockaddr_in(0, INADDR_LOOPBACK));
my $control = hex_of(pack_sockaddr_un($daemon->{control}));
my $abstract = hex_of(pack('S', AF_UNIX) . "\0dwserv.$$");
my ($read, $write, $make) = (0, 1, 0101);
my $here = -100;			# AT_FDCWD
my ($rw, $rx, $rwx) = (3, 5, 7);	# PROT_
my $level = ($daemon->status('sandbox'))[0]{landlock};
my $handle = pack 'L L x128', 128, 0;
my $mount = pack 'L', 0;
syscall(303, $here, "$directory/secret", $handle, $mount, 0) == 0 or
    die "name_to_handle_at: $!\n";
$handle = hex_of($handle);
my $new_user = 0x10000000;		# CLONE_NEWUSER
my $array = hex_of(pack 'L4 x48', 2, 4, 4, 1);	# BPF_MAP_CREATE
my $counter = hex_of(pack 'LLQ x112', 1, 128, 0);	# PERF_TYPE_SOFTWARE

# Each process answers what it does not know in its own way.
my %otherwise = (control => 'ok', parser => 'SIGSYS', worker => 'SIGSYS',
    auth => 'SIGSYS', home => 'SIGSYS', parent => 'EPERM');

# What is tried, and what comes of it where it is not that: all three that
# have no files are "none".  A call that is not the first is named.
my @attempts = (
	# Files.
	[ 'read a file', "openat $here s:$shadow $read",
	    none => 'ENOENT', home => 'EACCES', parent => 'ok' ],
	[ 'read the machine\'s passwords', "openat $here s:/etc/shadow $read",
	    none => 'ENOENT', home => 'EACCES', parent => 'ok' ],
	[ 'write a file', "openat $here s:$directory/file $write",
	    none => 'ENOENT', home => 'EACCES', parent => 'EACCES' ],
	[ 'write account files', "openat $here s:$shadow $write",
	    none => 'ENOENT', home => 'EACCES', parent => 'ok' ],
	[ 'write a home', "openat $here s:$fine/new $make 0600",
	    none => 'ENOENT', home => 'ok', parent => 'ok' ],
	[ 'make a file', "openat $here s:$directory/new $make 0600",
	    none => 'ENOENT', home => 'EACCES', parent => 'EACCES' ],
	[ 'open(2)', "open s:$directory/file $write",
	    none => 'ENOENT', parent => 'EACCES' ],
	[ 'openat2(2)', "openat2 $here s:$directory/file z:24 24",
	    home => 'EACCES', parent => 'ok' ],
	[ 'a directory up from what it has',
	    "openat $here s:/ $read , openat r:0 s:..$directory/secret $read",
	    none => 'ENOENT', home => 'EACCES', parent => 'ok' ],
	[ 'open by /proc', "openat $here s:/proc/self/root$shadow $read",
	    none => 'ENOENT', home => 'EACCES', parent => 'ok' ],
	[ 'the memory of a process', "openat $here s:/proc/$victim/mem 2",
	    none => 'ENOENT', home => 'EACCES', parent => 'EACCES' ],
	[ 'a file by its handle', "openat $here s:$directory $read , " .
	    "open_by_handle_at r:0 $handle $read",
	    none => 'ENOENT', home => 'EACCES',
	    parent => 'open_by_handle_at EPERM' ],
	[ 'rename', "rename s:$directory/file s:$directory/file2 , " .
	    "rename s:$directory/file2 s:$directory/file" ],
	[ 'remove', "unlink s:$directory/new", parent => 'EACCES' ],
	[ 'link', "symlink s:/etc/shadow s:$directory/link" ],
	[ 'truncate', "truncate s:$directory/file 10" ],
	[ 'a device', "mknod s:$directory/null 020666 0x103" ],
	# Sockets.
	[ 'connect by TCP', "socket 2 1 0 , connect r:0 $tcp 16",
	    none => 'EACCES', home => 'EACCES',
	    parent => $level < 4 ? 'ok' : 'connect EACCES' ],
	[ 'connect by UDP', "socket 2 2 0 , connect r:0 $udp 16",
	    none => 'EACCES', home => 'EACCES', parent => 'EACCES' ],
	[ 'connect to a Unix socket', "socket 1 1 0 , connect r:0 $control " .
	    '110', none => 'EACCES', home => 'EACCES', parent => 'ok' ],
	[ 'bind', "socket 2 1 0 , bind r:0 $any 16",
	    none => 'EACCES', home => 'EACCES', parent => 'ok' ],
	[ 'a raw socket', 'socket 2 3 1',
	    none => 'EACCES', home => 'EACCES', parent => 'EACCES' ],
	[ 'talk to the kernel', 'socket 16 3 0',
	    none => 'EACCES', home => 'EACCES', parent => 'EACCES' ],
	# Programs and processes.
	[ 'run a shell', 'execve s:/bin/sh 0 0', parent => 'EACCES' ],
	[ 'run what is open',
	    "openat $here s:/bin/sh $read , execveat r:0 s: 0 0 0x1000",
	    none => 'ENOENT', home => 'EACCES', parent => 'execveat EPERM' ],
	[ 'fork', 'fork', parent => 'ok' ],
	[ 'clone', 'clone 17 0 0 0 0', parent => 'ok' ],
	[ 'clone3', 'clone3 z:64 64', control => 'ok', parent => 'ENOSYS' ],
	[ 'trace a process', "ptrace 0x4206 $victim 0 0" ],
	[ 'read a process', "process_vm_readv $victim @ 0 @ 0 0" ],
	[ 'take a descriptor', "pidfd_open $victim 0 , pidfd_getfd r:0 1 0" ],
	[ 'kill', "kill $victim 0", parent => $level < 6 ? 'ok' : 'EPERM' ],
	# The sanitizers may; then it is for landlock to refuse.
	[ 'kill a thread', "tgkill $victim $victim 0",
	    (map { is_sanitized() ? ($_ => 'EPERM') : () }
	    qw(parser worker auth home)),
	    parent => $level < 6 ? 'ok' : 'EPERM' ],
	# Identity and rights.
	[ 'become root', 'setuid 0' ],
	[ 'become root again', 'setresuid 0 0 0', parent => 'ok' ],
	[ 'may be traced', 'prctl 4 1 0 0 0', parent => 'ok' ],
	[ 'keep capabilities', 'prctl 8 1 0 0 0', parent => 'EINVAL' ],
	# Another place.
	[ 'out of the root directory', "chroot s:$directory , chdir s:../.. " .
	    ', chroot s:.', home => 'SIGSYS', parent => 'EPERM' ],
	[ 'fchdir', "openat $here s:/ $read , fchdir r:0",
	    none => 'ENOENT', home => 'EACCES', parent => 'ok' ],
	[ 'mount and unmount', "mount s:none s:$directory s:tmpfs 0 0 , " .
	    "umount2 s:$directory 2" ],
	[ 'a namespace', "unshare $new_user" ],
	[ 'a child in a namespace', 'clone 0x20011 0 0 0 0' ],
	# Code.
	[ 'map code', "mmap 0 4096 $rx 0x22 -1 0", parent => 'ok' ],
	[ 'map what is writable as code', "mmap 0 4096 $rwx 0x22 -1 0" ],
	[ 'make memory code', "mmap 0 4096 $rw 0x22 -1 0 , " .
	    "mprotect r:0 4096 $rx", none => 'mprotect SIGSYS',
	    home => 'mprotect SIGSYS', parent => 'mprotect EPERM' ],
	[ 'make the stack code', "mprotect @ 4096 $rwx" ],
	[ 'a file in memory', 'memfd_create s:x 0' ],
	# The kernel.
	[ 'bpf', "bpf 0 $array 16" ],
	[ 'io_uring', 'io_uring_setup 8 z:120' ],
	[ 'perf', "perf_event_open $counter 0 -1 -1 0" ],
	[ 'userfaultfd', 'userfaultfd 1' ],
	[ 'a key', 'add_key s:user s:dwserv s:x 1 -2' ],
	[ 'shared memory', 'shmget 0 4096 01600 , shmctl r:0 0 0' ],
	[ 'fanotify', 'fanotify_init 0 0' ],
	[ 'personality', 'personality 0xffffffff' ],
	[ 'the clock', 'settimeofday 0 0' ],
	[ 'the host\'s name', 'sethostname s:' .
	    (`uname -n` =~ s/\n//r) . ' ' . (length(`uname -n`) - 1) ],
);

# Whoever is without walls, in mounts of its own; and the parser, which waits
# for its orders.
my ($channel, $theirs);

sub start_control
{
	my $pid = spawn_program(undef, undef, 'unshare', '-m', 'sleep', 600);

	wait_for(sub { (readlink "/proc/$pid/exe" // '') =~ /sleep/ &&
	    process_status($pid, 'State') =~ /^S/ }) or die;
	return $pid;
}

sub start_parser
{
	socketpair($channel, $theirs, AF_UNIX, SOCK_STREAM, 0) or die;
	my $pid = fork // die;

	if ($pid == 0) {
		POSIX::dup2(fileno $theirs, 3);
		exec "$obj/dwserv-config" or POSIX::_exit(127);
	}
	close $theirs;
	wait_for(sub { process_status($pid, 'Seccomp') == 1 + 1 &&
	    process_status($pid, 'State') =~ /^S/ }) or die;
	return $pid;
}

sub process_of
{
	my ($role) = @_;

	return start_control() if $role eq 'control';
	return start_parser() if $role eq 'parser';
	return $daemon->pid if $role eq 'parent';
	return ($daemon->wait_children($role))[0];
}

my $accounts = 0;
my %killed;

# It goes on, and whoever was killed is there again.
sub serves
{
	my ($role, $pid, $ended) = @_;

	if ($ended) {
		$daemon->wait_log(qr/process $pid: killed by signal 31/) or
		    return 0;
		wait_for(sub { !grep { $_->{pid} == $pid ||
		    $_->{state} ne 'ready' } $daemon->status('process') }) or
		    return 0;
		# Whoever dies too often has to wait longer and longer.
		$daemon->ctl('reload') if ++$killed{$role} % 3 == 0;
		$daemon->wait_children($role);
	}
	my $name = 's' . ++$accounts;
	my $session = $daemon->login;
	my $reply = $session->ask("account create $name");
	$session->close;
	return $reply =~ /^250 created / && -d $root->path("/home/$name");
}

# What comes of it, as "CALL OUTCOME".
sub attempt
{
	my ($pid, $calls) = @_;

	spill("$directory/file", "untouched\n");
	spill("$directory/new", '');
	unlink "$directory/link", "$directory/null", "$fine/new";
	my ($status, $output, $complaint) = run_program($inject, $pid,
	    split ' ', $calls);
	diag($complaint) if $complaint ne '';
	return $output =~ s/ ok\K .*//r =~ s/\n\z//r;
}

sub expected
{
	my ($role, $calls, %wanted) = @_;
	my $wanted = $wanted{$role};

	$wanted = $wanted{none}
	    if !defined $wanted && $role =~ /^(?:parser|worker|auth)\z/;
	$wanted //= $otherwise{$role};
	return $wanted if $wanted =~ / /;
	my @names = map { (split ' ')[0] } split / , /, $calls;
	return ($wanted eq 'ok' ? $names[-1] : $names[0]) . " $wanted";
}

for my $role (qw(control parser worker auth home parent)) {
	for (@attempts) {
		my ($name, $calls, %wanted) = @$_;
		my $pid = process_of($role);
		my $outcome = attempt($pid, $calls);

		is($outcome, expected($role, $calls, %wanted),
		    "$role: $name");
		if ($role eq 'control' || $role eq 'parser') {
			kill KILL => $pid;
			waitpid $pid, 0;
			next;
		}
		serves($role, $pid, $outcome =~ /SIG/) or
		    fail("$role: after that the daemon serves") or
		    die $daemon->log;
	}
	is(slurp("$directory/file"), "untouched\n", "$role: all is as it was")
	    if $role ne 'control';
}

# The numbers of another architecture's calls.
my ($worker) = $daemon->wait_children('worker');
is(attempt($worker, 'x32'), 'x32 SIGSYS', 'worker: the numbers of x32');

is($daemon->stop, 0, 'the daemon ends well');

done_testing();
