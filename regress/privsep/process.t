#!/usr/bin/perl
#
# What each process is by the kernel's account of it: whose, where, with
# which rights, open files and limits; and that the root process runs
# nothing but itself.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $obj = $Dwserv::Test::Daemon::obj;
my $root = new_root();
# Groups that a child would have if it did not give them up.
$) = '0 4 27 4242';
my $daemon = start_daemon($root, global => { prefork => 2,
    user => '61234:61236', 'auth user' => '61235' });
my $session = $daemon->login;
$session->ask('account create alice password=x');

my ($parent, @workers) = ($daemon->pid, $daemon->wait_children('worker'));
my ($auth) = $daemon->wait_children('auth');
my ($home) = $daemon->wait_children('home');
my %pids = (parent => $parent, worker => $workers[0], auth => $auth,
    home => $home);

# Capabilities by number, capabilities(7).
my %capability = (CHOWN => 0, DAC_OVERRIDE => 1, FOWNER => 3, KILL => 5,
    SETGID => 6, SETUID => 7, SETPCAP => 8, NET_BIND_SERVICE => 10,
    SYS_CHROOT => 18);
my @for_files = qw(CHOWN DAC_OVERRIDE FOWNER);
my @for_itself = (@for_files, qw(KILL NET_BIND_SERVICE));
my @for_children = (@for_files, qw(SETGID SETUID SETPCAP SYS_CHROOT));

sub status_is
{
	my ($role, $name, $expected) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(process_status($pids{$role}, $name), $expected, "$role: $name");
}

sub capabilities
{
	my ($role, $set) = @_;

	return hex process_status($pids{$role}, $set);
}

# Where the links in /proc/PID/fd lead, but for the numbers in them.
sub descriptors
{
	my ($pid) = @_;

	return map { (readlink($_) // 'gone') =~ s/\[?\d+\]?$//r }
	    glob "/proc/$pid/fd/*";
}

# Those that it can write to, of /proc/PID/fdinfo: the last two bits of the
# flags are 0 for reading only.
sub writable
{
	my ($pid) = @_;

	return map { readlink($_) // 'gone' }
	    grep { slurp(s{/fd/}{/fdinfo/}r) =~ /^flags:\s+(\d+)/m &&
	    oct($1) & 3 } glob "/proc/$pid/fd/*";
}

sub limit
{
	my ($role, $name) = @_;
	my ($soft, $hard) = slurp("/proc/$pids{$role}/limits") =~
	    /^\Q$name\E\s+(\S+)\s+(\S+)/m;

	return "$soft $hard";
}

# Each has a binary of its own, and its own address-space layout.
is(readlink "/proc/$pids{$_->[0]}/exe", "$obj/$_->[1]", "$_->[0]: binary")
    for [ 'parent', 'dwserv' ], [ 'worker', 'dwserv-worker' ],
    [ 'auth', 'dwserv-auth' ], [ 'home', 'dwserv-home' ];
SKIP: {
	skip('the sanitizers have a layout of their own', 1) if is_sanitized();
	my %bases = map { (split /-/, slurp("/proc/$_/maps"))[0] => 1 }
	    $parent, @workers, $auth, $home;
	is(keys %bases, 5, 'no two have the same layout');
}

# Whose they are: all three ids, so that none can be had back.
status_is('parent', 'Uid', "0\t0\t0\t0");
status_is('home', 'Uid', "0\t0\t0\t0");
status_is('worker', 'Uid', join "\t", (61234) x 4);
status_is('worker', 'Gid', join "\t", (61236) x 4);
status_is('auth', 'Uid', join "\t", (61235) x 4);
status_is('auth', 'Gid', join "\t", (61235) x 4);
for my $role ('worker', 'auth') {
	is(process_status($pids{$role}, 'Groups') =~ s/\s+//gr, '',
	    "$role: no groups");
	is(capabilities($role, $_), 0, "$role: $_")
	    for qw(CapEff CapPrm CapInh CapBnd CapAmb);
}

# home is root without most of root's power.
sub set_of
{
	my %set = map { $capability{$_} => 1 } @_;
	my $set = 0;

	$set |= 1 << $_ for keys %set;
	return $set;
}

is(capabilities('home', $_), set_of(@for_files), "home: $_")
    for qw(CapEff CapPrm CapBnd);
is(capabilities('home', $_), 0, "home: $_") for qw(CapInh CapAmb);

# The parent uses less than its children need, and passes on less than it has.
is(capabilities('parent', 'CapEff'), set_of(@for_itself), 'parent: CapEff');
is(capabilities('parent', 'CapPrm'), set_of(@for_itself, @for_children),
    'parent: CapPrm');
is(capabilities('parent', 'CapBnd'), set_of(@for_children),
    'parent: CapBnd');
is(capabilities('parent', $_), 0, "parent: $_") for qw(CapInh CapAmb);

# Filters of system calls: the parent's, and one of each child's own.
my $outside = process_status($$, 'Seccomp_filters');
for my $role (sort keys %pids) {
	status_is($role, 'Seccomp', '2');
	status_is($role, 'Seccomp_filters', $outside + 1 +
	    ($role ne 'parent'));
}

# Where they are.
for my $role ('worker', 'auth') {
	my $jail = readlink "/proc/$pids{$role}/root";

	is($jail, "$daemon->{state}/empty", "$role: chrooted");
	is(readlink "/proc/$pids{$role}/cwd", $jail, "$role: and in there");
	opendir my $empty, $jail or die "$jail: $!\n";
	is(scalar(grep { !/^\.\.?\z/ } readdir $empty), 0,
	    "$role: where nothing is");
	my ($mode, $uid) = (stat $jail)[2, 4];
	is($uid, 0, "$role: in a directory of root");
	is($mode & 022, 0, "$role: and of nobody else");
}

# No new privileges, no core, no debugger.
for my $role (sort keys %pids) {
	status_is($role, 'NoNewPrivs', '1');
	is(limit($role, 'Max core file size'), '0 0', "$role: no core file");
	status_is($role, 'TracerPid', '0');
}
for my $role ('worker', 'auth') {
	is((stat "/proc/$pids{$role}/environ")[4], 0,
	    "$role: nobody may look into it, not even its own user");
	is(limit($role, 'Max processes'), '0 0', "$role: can start nothing");
	is(limit($role, 'Max file size'), '0 0', "$role: can write no file");
}
# Root that may not trace sees which program a common process is, but not
# which one that cannot be dumped.
SKIP: {
	skip('needs setpriv(1)', 2) unless -x '/usr/bin/setpriv';
	my @weak = ('setpriv', '--bounding-set', '-sys_ptrace');
	my $common = spawn_program(undef, undef, @weak, 'sleep', 60);
	ok(wait_for(sub { (readlink "/proc/$common/exe") =~ /sleep/ &&
	    (run_program(@weak, 'readlink', "/proc/$common/exe"))[0] == 0 }),
	    'a common process can be looked into');
	kill KILL => $common;
	program_ended($common);
	isnt((run_program(@weak, 'readlink', "/proc/$home/exe"))[0], 0,
	    'home cannot');
}

# What they have open: a worker no file but the two public ones, the states
# of accounts, and nothing that leads out; it can write to none of them.
for my $pid (@workers) {
	my %open;
	$open{$_}++ for descriptors($pid);
	is_deeply([ grep { !m{^(?:socket:|/dev/null|pipe:|anon_inode:.*|
	    \Q$daemon->{log}\E|\Q@{[ $root->path('/etc') ]}\E/
	    (?:passwd|group)(?:\ \(deleted\))?|
	    \Q$daemon->{state}\E/states\ \(deleted\))\z}x }
	    sort keys %open ], [],
	    'a worker has open what it needs and no more');
	is_deeply([ grep { m{^/(?!dev/null\z)} && $_ ne $daemon->{log} }
	    writable($pid) ], [], 'and can write to no file');
}
is_deeply([ grep { !m{^(?:socket:|/dev/null|pipe:|\Q$daemon->{log}\E)\z} }
    descriptors($auth) ], [], 'auth has no file open');
is_deeply([ grep { !m{^(?:socket:|/dev/null|pipe:|\Q$daemon->{log}\E|
    \Q@{[ $root->path ]}\E/(?:home|home/\.dwserv|etc/skel))\z}x }
    descriptors($home) ], [], 'home has three directories');

# The root process links no more than it must, and has loaded no more.
my @libraries = sort map { m{/(lib[^/.]+)[^/]*\.so} ? $1 : () }
    keys %{{ map { $_ => 1 } slurp("/proc/$parent/maps") =~ m{(/\S+)$}mg }};
my %allowed = map { $_ => 1 } qw(libc libbsd libmd ld-linux-x86-64),
    is_sanitized() ? qw(libasan libubsan libgcc_s libm libstdc++) : ();
is_deeply([ grep { !$allowed{s/-\d.*//r} } @libraries ], [],
    'the parent has libc, libbsd and libmd at most') or diag("@libraries");
unlike(slurp("/proc/$parent/maps"), qr/libnss|libcrypt|libpam/,
    'and no module of strangers');

# The environment, the signals, and what a child is told on its command
# line: no secret.
unlike(slurp("/proc/$_/cmdline"), qr/\$6\$|sesame/,
    'no secret on the command line of ' . $_) for values %pids;

# With a worker's uid nothing of the daemon can be reached from outside.
SKIP: {
	skip('needs setpriv(1)', 3) unless -x '/usr/bin/setpriv';
	my @as_worker = ('setpriv', '--reuid', 61234, '--regid', 61236,
	    '--clear-groups');
	chmod 0755, $root->directory;
	my ($status) = run_program(@as_worker, 'kill', '-0', $parent);
	isnt($status, 0, 'a worker cannot signal the parent');
	($status) = run_program(@as_worker, 'kill', '-0', $auth);
	isnt($status, 0, 'nor auth');
	($status) = run_program(@as_worker, "$obj/dwservctl", '-s',
	    $daemon->{control}, 'status');
	isnt($status, 0, 'nor use the control socket');
	chmod 0666, $daemon->{control};
	($status) = run_program(@as_worker, "$obj/dwservctl", '-s',
	    $daemon->{control}, 'status');
	isnt($status, 0, 'not even if its mode allows it');
}

# The state directory and what is in it is root's alone.
my @open = grep { chomp; (stat)[2] & 077 && !/\/empty\z/ && !-l }
    split /^/, run_wanted('find', $daemon->{state});
is_deeply(\@open, [], 'nobody else can read the state');

like($session->ask('account show alice'), qr/^250 account /,
    'all this while it serves');

done_testing();
