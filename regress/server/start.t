#!/usr/bin/perl
#
# Starting and stopping: what the command says and its exit status, when it
# returns, and what is left when all is over.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use IO::Socket::INET;
use JSON::PP;
use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = new_daemon($root);
my $config = $daemon->{config};
my $program = "$Dwserv::Test::Daemon::obj/dwserv";
my @background;

# Processes that a test started in the background are not ours by birth.
sub background_pid
{
	my ($record) = $daemon->status('daemon');

	push @background, process_identity($record->{pid}) if $record;
	return $record ? $record->{pid} : undef;
}

END {
	kill KILL => map { (split /:/)[0] } grep { process_lives($_) }
	    @background;
}

# Start without -d: how it ends, and that it takes no handles with it.
sub started
{
	my (@options) = @_;

	return run_program($program, @options, '-f', $config);
}

# In the background: it returns when it serves.
my ($status, $output, $complaint) = started();
is("$status $output", '0 ', 'without -d it returns');
is($complaint =~ s/.*generation 1 is ready\n//r, '', 'and says nothing bad');
my $session = eval { $daemon->login };
ok($session, 'and serves at once') or diag($@);
my $pid = background_pid();
is((split / /, slurp("/proc/$pid/stat"))[5], $pid, 'in its own session');
is(readlink "/proc/$pid/cwd", '/', 'in the root directory');
is_deeply([ map { readlink "/proc/$pid/fd/$_" } 0 .. 2 ],
    [ ('/dev/null') x 3 ], 'with no terminal');
my @children = processes_of($pid);
is(scalar @children, 4, 'with two workers, auth and home');

# Another one on the same state directory.
my $second = new_daemon($root, name => 'second',
    global => { state => "\"$daemon->{state}\"" });
($status, $output, $complaint) = run_program($program, '-f',
    $second->{config});
is($status, 1, 'a second daemon does not start');
like($complaint, qr/another dwserv runs with .* \Q$daemon->{state}\E$/,
    'and says why');
is($session->ask('whoami'), '250 client name=billing',
    'the first one goes on');
is((stat $daemon->{control})[2] & 07777, 0600, 'the control socket is root\'s');

# status, for people and for programs.
($status, $output) = $daemon->ctl('status');
is($status, 0, 'status');
like($output, qr/^daemon .*pid=$pid\b/m, 'status: the daemon');
is(scalar(() = $output =~ /^process .*role=worker .*state=ready/mg), 2,
    'status: the workers');
($status, $output) = $daemon->ctl('-j', 'status');
my $object = decode_json($output);
is("$status $object->{ok}", '0 1', 'status -j');
my %keys = map { $_->{record} => join ' ', sort keys %$_ }
    @{$object->{records}};
is_deeply(\%keys, {
	daemon => 'config generation log pid record requests ' .
	    'sessions-granted state uptime',
	process => 'generation number pid record role sessions state',
	commits => 'changes count largest-size last-error last-microseconds ' .
	    'last-size ledger longest-microseconds mean-microseconds queue ' .
	    'record refused',
	sandbox => 'landlock missing mode record seccomp',
	accounts => 'files-read lines-group lines-passwd record root',
    }, 'status -j: the keys');
my %record = map { $_->{record} => $_ } @{$object->{records}};
is($record{daemon}{log}, 'brief', 'status: the log');
is($record{accounts}{root}, $root->path, 'status: the root');
is_deeply([ sort map { $_->{pid} } grep { $_->{record} eq 'process' }
    @{$object->{records}} ], [ sort map { (split /:/)[0] } @children ],
    'status: the process ids');
my $baseline = ($daemon->status('commits'))[0]{ledger};
is($session->ask('account create alice') =~ /^250/, 1, 'a change');
is($session->ask('account create alice') =~ /^550/, 1, 'and a refusal');
my ($commits) = $daemon->status('commits');
is_deeply([ map { $commits->{$_} } qw(count changes refused last-size ledger) ],
    [ 1, 1, 1, 1, $baseline + 1 ], 'status: what was done');
ok(wait_for(sub { (grep { $_->{sessions} == 1 }
    $daemon->children('worker')) == 1 }, 5), 'status: the session');

# stop: what was accepted is finished, the sessions are told.
$session->send("account create bob\nwhoami\n");
is($session->read_reply =~ /^250 created login=bob /, 1, 'bob is made');
is($session->read_reply, '250 client name=billing', 'and all is answered');
my $stopper = spawn_code(sub { ($daemon->ctl('stop'))[0] });
like($session->read_reply, qr/^421 shutdown\b/, 'sessions are told');
ok($session->at_end, 'and closed');
$session->close;
is(program_ended($stopper), 0, 'stop');
ok(wait_for(sub { !grep { process_lives($_) } @children, @background }, 5),
    'all processes are gone');
is_deeply([ $daemon->ctl('status') ], [ 3, "dwserv is not running\n", '' ],
    'status after that');
is(($daemon->ctl('stop'))[0], 3, 'stop after that');
is_deeply([ grep { /sock/ } do { opendir my $d, $root->directory;
    readdir $d } ], [], 'no socket is left');
is_deeply([ grep { /\.lock\z/ } $root->names('/etc') ], [],
    'no lock is left');
ok(!-e $root->etc('.dwserv.lock'), 'nor the token');

# A port that is taken, and other reasons not to start.
my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
    LocalPort => $daemon->port, Proto => 'tcp', ReuseAddr => 1) or
    die "cannot take the port: $!\n";
sub does_not_start
{
	my ($name, $expected, @options) = @_;

	my ($code, $said, $complained) = started(@options);
	is($code, 1, "$name: status 1") or do {
		background_pid();
		$daemon->ctl('stop');
	};
	is($said, '', "$name: nothing on standard output");
	like($complained, $expected, "$name: the reason");
}
my $port = $daemon->port;
does_not_start('a port that is taken',
    qr/cannot listen on 127\.0\.0\.1 port $port: Address already in use$/m,
    @$_) for [], [ '-d' ];
close $taken;

$daemon->configure(global => { control => '"/nonexistent/dir/ctl"' });
does_not_start('no directory for the control socket',
    qr{control socket, /nonexistent/dir/ctl: No such file});
$daemon->configure(global => { state => '"/nonexistent/dir/state"' });
does_not_start('no directory for the state',
    qr{state directory, /nonexistent/dir/state: No such file});
$daemon->configure(accounts => { root => '"/nonexistent"' });
does_not_start('no root', qr{root of the accounts, /nonexistent: No such});
$daemon->configure(global => { user => '"_nosuch"' });
does_not_start('no such user', qr/user "_nosuch" is not in \/etc\/passwd/);
$daemon->configure(global => { user => '"root"' });
does_not_start('root as user', qr/must not run as root/);
$daemon->configure(global => { libexec => '"/nonexistent"' });
{
	local $Dwserv::Test::Wait::deadline = 5;
	does_not_start('no programs', qr{/nonexistent|libexec});
}
$daemon->configure;
chmod 0755, $daemon->{state};
does_not_start('a state directory that others may read',
    qr/must be root's and nobody else's; chmod 0700/);
chmod 0700, $daemon->{state};

# Configurations that are not taken, and -n.
sub checked
{
	my (@options) = @_;

	return run_program($program, '-n', @options, '-f', $config);
}

($status, $output, $complaint) = checked();
is("$status $output$complaint", "0 configuration OK\n", '-n');
($status, $output, $complaint) = checked('-v');
is("$status $complaint", '0 ', '-nv');
like($output, qr/^listen on 127\.0\.0\.1 port $port$/m, '-nv: the port');
spill("$config.printed", $output);
chmod 0600, "$config.printed";
is((run_program($program, '-nv', '-f', "$config.printed"))[1], $output,
    '-nv prints what -nv prints');
($status, $output, $complaint) = checked('-D', 'x=y');
is("$status $output$complaint", "0 configuration OK\n", '-n -D');

my $good = slurp($config);
spill($config, "$good\nprefork none\nlisten to me\n");
my $lines = () = $good =~ /\n/g;
for my $options ([ '-n' ], [ '-d' ], []) {
	($status, $output, $complaint) = run_program($program, @$options,
	    '-f', $config);
	is("$status $output", '1 ', "@$options: a wrong configuration");
	like($complaint, qr/\Q$config\E:@{[ $lines + 2 ]}: .*
	    \Q$config\E:@{[ $lines + 3 ]}: /sx,
	    "@$options: all errors with file and line");
}
spill($config, $good);
chmod 0644, $config;
($status, undef, $complaint) = checked();
is($status, 1, 'a configuration that others may read');
like($complaint, qr/readable by others while it holds secrets; chmod 0600/,
    'and why not');
chmod 0620, $config;
($status, undef, $complaint) = checked();
is($status, 1, 'a configuration that others may write');
like($complaint, qr/\Q$config\E: /, 'and which');
chmod 0600, $config;
($status, undef, $complaint) = run_program($program, '-n', '-f',
    "$config.none");
is($status, 1, 'no configuration');
like($complaint, qr/\Q$config\E\.none: No such file/, 'and why not');
for my $options ([ '-q' ], [ '-D', 'nonsense' ], [ 'superfluous' ],
    [ '-f' ]) {
	($status, $output, $complaint) = run_program($program, @$options);
	is($status, 2, "@$options: status 2");
	like($complaint, qr/^usage: dwserv /m, "@$options: usage");
}

# Not root.
($status, undef, $complaint) = run_program('setpriv', '--reuid', '4242',
    '--clear-groups', $program, '-n', '-f', '/dev/null')
    if -x '/usr/bin/setpriv';
SKIP: {
	skip('needs setpriv(1)', 1) unless -x '/usr/bin/setpriv';
	isnt($status, 0, 'who is not root starts nothing');
}

# status tells of aliases where there are any.
my %never = (record => 'aliases', runs => 0, failures => 0,
    'retry-seconds' => 0, 'last-error' => '');
$daemon->configure(global => {
    aliases => '"/etc/aliases" rebuild { "/usr/sbin/postalias", "-w" }' });
$daemon->start;
is_deeply([ $daemon->status('aliases') ], [ { %never,
    file => '/etc/aliases', rebuild => 'idle' } ], 'status: the aliases');
like(($daemon->ctl('status'))[1], qr{^aliases\ +file=/etc/aliases\ +
    rebuild=idle\ +runs=0\ +failures=0\ +retry-seconds=0\ +last-error=""$}mx,
    'for people');
$daemon->configure(global => { aliases => '"/etc/aliases"' });
is(($daemon->ctl('reload'))[0], 0, 'a reload without the program');
is_deeply([ $daemon->status('aliases') ], [ { %never,
    file => '/etc/aliases', rebuild => 'none' } ], 'takes it away');
for my $file ('"/etc/mail/aliases"', undef) {
	my $name = $file // 'no file';
	my @before = $daemon->status('aliases');

	$daemon->configure(global => { aliases => $file });
	($status, $output, $complaint) = $daemon->ctl('reload');
	is($status, 1, "aliases, $name: not by a reload");
	like($complaint, qr/the file of the aliases cannot be changed/,
	    'which says so');
	is_deeply([ $daemon->status('aliases') ], \@before,
	    'and changes nothing');
	$daemon->restart;
	is_deeply([ map { "\"$_->{file}\"" } $daemon->status('aliases') ],
	    [ $file // () ], 'but by a restart');
}
$daemon->configure(global => { aliases => '"/etc/aliases" rebuild "x"' });
($status, $output, $complaint) = $daemon->ctl('reload');
is($status, 1, 'a program without a path');
like($complaint, qr/rebuild "x" must begin with a slash$/m, 'is refused');
$daemon->configure;
$daemon->stop;

# After all that it starts as ever, and an interrupt ends it.
$daemon->start;
@children = processes_of($daemon->pid);
kill INT => $daemon->pid;
is($daemon->wait_gone(@children), 0, 'SIGINT ends it');
like($daemon->log, qr/parent: stopped\n\z/, 'with a last word');

done_testing();
