#!/usr/bin/perl
#
# dwserv as it is meant to be: installed by make install, started by its rc
# script, serving /etc and /home.  All of it happens in a mount namespace of
# its own, over copies; the machine's accounts are not touched.

use strict;
use warnings;

use Digest::SHA;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Test::More;

use Dwserv::Test;
use Dwserv::Test::Wait qw(run_program);

my $accounts = Digest::SHA->new(256)->addfile('/etc/passwd')->hexdigest;
enter_namespace('--mount', '--propagation', 'private');

my $obj = $ENV{OBJ} // 'obj';
my $secret = 'a secret of some length';

sub must {
	my ($status, $output) = run_program(@_);
	die "@_: $output" if $status != 0;
	return $output;
}

sub spew {
	my ($path, $text, $mode) = @_;
	open(my $file, '>', $path) or die "$path: $!";
	print $file $text;
	close($file) or die "$path: $!";
	chmod($mode, $path) if defined $mode;
}

# Copies and empty file systems over all that an installation touches.
my $copy = tempdir(CLEANUP => 1);
must('cp', '-a', '/etc', "$copy/etc");
must('mount', '--bind', "$copy/etc", '/etc');
must('mount', '-t', 'tmpfs', 'tmpfs', $_)
    foreach '/home', '/run', '/usr/local', '/var/lib';
chmod(0755, '/home');

must('make', '-s', 'install', "OBJ=$obj");
ok(-x '/usr/local/sbin/dwserv', 'make install puts the daemon in place');
ok(-x '/etc/init.d/dwserv', '... and the rc script');
is((stat('/etc/dwserv.conf'))[2] & 07777, 0600,
    '... and a configuration that only root can read');
my ($status, $output, $complaint) = rc('start');
isnt($status, 0, 'without its users it does not start ...');
like($complaint, qr/user "_dwserv" is not in /, '... and says why');

must('useradd', '--system', '--no-create-home', '--home-dir',
    '/nonexistent', '--shell', '/usr/sbin/nologin', $_)
    foreach grep { !getpwnam($_) } '_dwserv', '_dwauth';
my ($address, $port) = ('127.0.0.1', free_port());
my $hash = `printf '%s' '$secret' | /usr/local/sbin/dwservctl hash -c 1`;
chomp($hash);
spew('/etc/dwserv.conf', <<"END", 0600);
prefork 2
listen on $address port $port
accounts {
	uid 20000 to 29999
	home "/home" mode 0750
	shells { "/bin/sh", "/usr/sbin/nologin" }
}
client "school" {
	secret "$hash"
	allow { account }
}
END

sub free_port {
	my $socket = IO::Socket::INET->new(Listen => 1,
	    LocalAddr => '127.0.0.1') or die "socket: $!";
	return $socket->sockport;
}

# Whatever happens, nothing outlives the test.
END {
	my $status = $?;
	run_program('/usr/local/sbin/dwservctl', 'stop')
	    if -x '/usr/local/sbin/dwservctl' && $ENV{DWSERV_NAMESPACE};
	$? = $status;
}

sub rc {
	return run_program('/etc/init.d/dwserv', @_);
}

is((rc('status'))[0], 3, 'status says 3 before start');
is((rc('check'))[0], 0, 'check finds the configuration right');
($status, $output) = rc('start');
is($status, 0, 'start') or diag($output);
is((rc('status'))[0], 0, 'status says 0 when it runs');
is((rc('start'))[0], 0, 'start of what runs already is no error');

my $socket = IO::Socket::INET->new(PeerAddr => $address,
    PeerPort => $port, Timeout => 10) or die "connect: $!";
sub ask {
	print $socket "$_[0]\r\n";
	my $reply = <$socket>;
	$reply =~ s/\r\n\z// if defined $reply;
	return $reply;
}
like(scalar <$socket>, qr/^220 /, 'it greets');
is(ask(qq{auth school "$secret"}), '235 authenticated client=school',
    'a client logs in');
like(ask('account create alice gecos="Alice Liddell" password=geheim'),
    qr/^250 created login=alice uid=(2\d{4}) /, 'an account is created');

is(must('getent', 'passwd', 'alice'),
    "alice:x:20000:20000:Alice Liddell:/home/alice:/bin/sh\n",
    'getent finds it');
is(must('getent', 'group', 'alice'), "alice:x:20000:\n",
    '... and its group');
my $shadow = must('getent', 'shadow', 'alice');
my $stored = (split(/:/, $shadow))[1];
is(crypt('geheim', $stored), $stored, '... and its password verifies');

spew('/home/alice/letter', "Dear Alice\n", 0600);
chown(20000, 20000, '/home/alice/letter');
is(must('su', '-', 'alice', '-c', 'id -un; pwd; cat letter; ls -A ~ | ' .
    'grep -c .'), join("\n", 'alice', '/home/alice', 'Dear Alice',
    scalar(my @names = glob('/etc/skel/.[a-z]*')) + 1) . "\n",
    'su reads its home, with what is in skel');
isnt((run_program('su', '-', 'alice', '-c', 'ls /home/.dwserv'))[0], 0,
    'what is hidden in /home is closed to it');

is((run_program('useradd', '-m', 'bob'))[0], 0,
    'useradd works beside it');
like(ask('account create carol home=no'), qr/^250 created login=carol/,
    'the daemon sees what useradd has done, and goes on');
like(must('getent', 'passwd', 'bob'), qr/^bob:/, 'bob is still there');
($status, $output) = run_program('/usr/local/sbin/dwservctl', 'check', '/');
is($status, 0, 'dwservctl check has nothing to say') or diag($output);

($status, $output) = rc('reload');
is($status, 0, 'reload') or diag($output);
is(ask('noop'), '250 ok', 'a session outlives a reload');
spew('/etc/dwserv.conf', "nonsense\n", 0600);
isnt((rc('reload'))[0], 0, 'a wrong configuration is refused by reload');
isnt((rc('restart'))[0], 0, '... and by restart, which stops nothing then');
is(ask('noop'), '250 ok', '... and the session goes on');

like(ask('account delete alice home=remove'), qr/^250 deleted/,
    'the account is deleted');
ok(!-e '/home/alice', 'its home is gone');
is((run_program('getent', 'passwd', 'alice'))[0], 2, 'getent agrees');

is((rc('stop'))[0], 0, 'stop');
is((rc('status'))[0], 3, 'status says 3 after stop');
is((rc('stop'))[0], 0, 'stop of what does not run is no error');
ok(!-e '/run/dwserv.sock', 'the control socket is gone');
must('make', '-s', 'uninstall', "OBJ=$obj");
ok(!-e '/usr/local/sbin/dwserv', 'make uninstall takes the daemon away');
ok(-e '/etc/dwserv.conf', '... but not the configuration');

# The machine's own file, seen past the copy that lies over it.
must('umount', '/etc');
is(Digest::SHA->new(256)->addfile('/etc/passwd')->hexdigest, $accounts,
    "the machine's accounts are what they were");

done_testing();
