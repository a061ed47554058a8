#!/usr/bin/perl
#
# The files of TLS: which are refused, at start, by -n and at reload, with a
# word on what is wrong with which; and that a reload renews them while old
# sessions go on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Tls qw(new_authority tls_statement tls_connect);

my $authority = new_authority();
my $first = $authority->issue(kind => 'ec', subject => '/CN=first');
my $root = new_root();
my $port = Dwserv::Test::Daemon::free_port();
my $program = "$Dwserv::Test::Daemon::obj/dwserv";
my $daemon = new_daemon($root);

sub configure
{
	my ($server, $client_ca) = @_;

	$daemon->configure(global => { tls_statement($server, $client_ca),
	    "listen on 127.0.0.1 port $port" => 'tls' });
}

# A file in a directory of ours, with a mode.
sub new_file
{
	my ($content, $mode) = @_;
	my $path = Dwserv::Test::Tls::new_path('file');

	spill($path, $content);
	chmod $mode // 0600, $path;
	return $path;
}

sub with
{
	my (%other) = @_;

	return { %$first, %other };
}

configure($first, $authority);
my ($status, $output, $complaint) = run_program($program, '-n', '-f',
    $daemon->{config});
is("$status $complaint", "0 configuration OK\n", '-n');
$daemon->start;
my $session = tls_connect(port => $port, authority => $authority);
like($session->read_line, qr/^220 /, 'a session');
$session->ask('auth billing "open sesame"');

my $rsa = $authority->issue(kind => 'rsa');
my $other = $authority->issue(kind => 'ec');
my $encrypted = new_file('');
run_wanted(qw(openssl pkey -aes256 -passout pass:secret -in), $first->{key},
    '-out', $encrypted);
my $traditional = new_file('');
run_wanted(qw(openssl ec -aes256 -passout pass:secret -in), $first->{key},
    '-out', $traditional);
my $ed = $authority->issue(kind => 'ed25519');
my $k1 = $authority->issue(kind => 'k1');
my $gone = Dwserv::Test::Tls::new_path('gone');
my $damaged = slurp($first->{certificate}) =~ s/^MII.{5}/MIIAAAAA/mr;

# What is wrong, with which file, the statement's files, client ca.
my @wrong = (
	['no certificate', certificate => qr/No such file or directory/,
	    with(certificate => $gone)],
	['no key', key => qr/No such file or directory/, with(key => $gone)],
	['no client ca', 'client ca' => qr/No such file or directory/,
	    $first, { certificate => $gone }],
	['an empty certificate', certificate => qr/holds no certificate/,
	    with(certificate => new_file(''))],
	['no PEM', certificate => qr/holds no certificate in PEM/,
	    with(certificate => new_file("certificate\n" x 100))],
	['a damaged certificate', certificate => qr/cannot be read/,
	    with(certificate => new_file($damaged))],
	['the second one damaged', certificate => qr/cannot be read/,
	    with(certificate => new_file(slurp($first->{certificate}) .
	    $damaged))],
	['a key as certificate', certificate => qr/holds no certificate/,
	    with(certificate => $first->{key})],
	['expired', certificate => qr/has expired on 20\d\d-\d\d-\d\d /,
	    $authority->issue(from => -10, to => -1)],
	['not yet valid', certificate => qr/is not valid before 20\d\d-/,
	    $authority->issue(from => 1, to => 10)],
	['a short key', certificate => qr/ee key too small/,
	    $authority->issue(kind => 'rsa1024')],
	['another key', key => qr/is not the key of the certificate/,
	    with(key => $other->{key})],
	['a key of another kind', key =>
	    qr/is not the key of the certificate/, with(key => $rsa->{key})],
	['an encrypted key', key => qr/is encrypted/,
	    with(key => $encrypted)],
	['one of the old form', key => qr/is encrypted/,
	    with(key => $traditional)],
	['a certificate as key', key => qr/holds no private key/,
	    with(key => new_file(slurp($first->{certificate})))],
	['an empty key', key => qr/holds no private key/,
	    with(key => new_file(''))],
	['Ed25519', key => qr/another kind than RSA or EC/, $ed],
	['another curve', key => qr/another kind than RSA or EC/, $k1],
	['a key that others may read', key => qr/others may read it/,
	    with(key => new_file(slurp($first->{key}), 0644))],
	['one that others may write', key => qr/writable by group or others/,
	    with(key => new_file(slurp($first->{key}), 0622))],
	['a directory', certificate => qr/not a regular file/,
	    with(certificate => $root->directory)],
	['shadow', key => qr/holds passwords/,
	    with(key => $root->path('/etc/shadow'))],
	['a large file', certificate => qr/larger than 1 MB/,
	    with(certificate => new_file('x' x 1_100_000))],
	['an empty client ca', 'client ca' => qr/holds no certificate/,
	    $first, { certificate => new_file('') }],
	['a key as client ca', 'client ca' => qr/holds no certificate/,
	    $first, { certificate => $first->{key} }],
);
my @before = sort $daemon->wait_children('worker');
for my $case (@wrong) {
	my ($name, $what, $reason, $server, $ca) = @$case;
	my $paths = { certificate => $server->{certificate},
	    key => $server->{key}, 'client ca' => $ca && $ca->{certificate} };

	configure($server, $ca);
	my ($above) = slurp($daemon->{config}) =~ /(.*?)^tls /ms;
	my $line = 1 + $above =~ tr/\n//;
	my $place = "$daemon->{config}:$line: $what \"$paths->{$what}\": ";
	my $expected = qr/ dwserv: \Q$place\E.*$reason/;
	($status, $output, $complaint) = run_program($program, '-n', '-f',
	    $daemon->{config});
	is($status, 1, "$name: -n");
	like($complaint, $expected, "$name: -n says why");
	($status, $output, $complaint) = $daemon->ctl('reload');
	is($status, 1, "$name: reload");
	like($complaint, qr/^\Q$place\E.*$reason/,
	    "$name: reload says why");
	($status, $output, $complaint) = run_program($program, '-d', '-f',
	    $daemon->{config});
	is($status, 1, "$name: start");
	like($complaint, $expected, "$name: start says why");
}
is_deeply([sort $daemon->wait_children('worker')], \@before,
    'nothing has changed');
is(($daemon->status('daemon'))[0]{generation}, 1, 'no generation began');
like(eval { tls_connect(port => $port, authority => $authority)->read_line },
    qr/^220 /, 'there are new sessions');

# A reload renews: also with a key of another kind.
sub reload_to
{
	my ($server, $generation, $ca) = @_;

	configure($server, $ca);
	is_deeply([$daemon->ctl('reload')], [0, "reloaded\n", ''], 'reload');
	$daemon->wait_log(qr/generation $generation is ready/);
}
my $second = $authority->issue(kind => 'rsa', subject => '/CN=second');
reload_to($second, 2);
my $new = tls_connect(port => $port, authority => $authority);
like($new->read_line, qr/^220 /, 'a new session');
like($new->errors, qr/CN = second/, 'sees the new certificate');
is($session->ask('whoami'), '250 client name=billing', 'the old goes on');

my ($record) = $daemon->status('tls');
is($record->{certificate}, $second->{certificate}, 'the status names it');
like($record->{expires}, qr/^20\d\d-\d\d-\d\dT[\d:]{8}Z\z/,
    'and says when it expires');
is($record->{'client-ca'}, 'none', 'and that there is no client ca');

# The files that were opened are what counts, until the next reload.
for my $path (@$second{qw(certificate key)}) {
	spill("$path.new", 'nothing');
	rename "$path.new", $path;
}
for my $role (qw(worker auth)) {
	my @pids = map { $_->{pid} } grep { $_->{generation} == 2 }
	    $daemon->children($role);
	kill KILL => @pids;
	wait_for(sub { !grep { process_lives(process_identity($_) // '0:0') }
	    @pids });
}
ok(wait_for(sub { my $again = tls_connect(port => $port,
    authority => $authority); (eval { $again->read_line } // '') =~ /^220 / &&
    $again->errors =~ /CN = second/ }), 'who is started later has them, too');

unlike($daemon->log, qr/written over/, 'of files that were replaced');

# One that is about to expire.
my $soon = $authority->issue(to => 5);
reload_to($soon, 3);
my $about = "certificate \"$soon->{certificate}\" expires in";
like($daemon->log, qr/:\d+: \Q$about\E [45] days; renew it/,
    'a warning before a certificate expires');

# A file that is written over: somebody has to know.
spill($soon->{certificate}, slurp($soon->{certificate}) . "\n");
kill KILL => map { $_->{pid} } grep { $_->{generation} == 3 }
    $daemon->children('worker');
ok($daemon->wait_log(
    qr/certificate "\Q$soon->{certificate}\E" was written over/),
    'a file that was written over is logged');

# Without TLS after a reload.
$daemon->configure;
$daemon->ctl('reload');
$daemon->wait_log(qr/generation 4 is ready/);
is($session->ask('whoami'), '250 client name=billing',
    'the session outlives TLS');
$session->close;
ok(wait_for(sub { !eval { $daemon->connect(port => $port); 1 } }),
    'and then the port is closed');
$daemon->stop;

done_testing();
