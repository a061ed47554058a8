#!/usr/bin/perl
#
# Clients that are known by certificates: which are taken, and that with any
# other, or none, a session is one like any other.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Tls qw(new_authority tls_statement tls_connect
    fingerprint);

my $authority = new_authority();
my $stranger = new_authority(name => 'Test CA');
my $server = $authority->issue(kind => 'rsa');
my $middle = $authority->issue(subject => '/CN=Middle', authority => 1);
my %usage = (usage => 'clientAuth');
my %known = (
    pinned => $authority->issue(subject => '/CN=pinned', %usage),
    old => $authority->issue(subject => '/CN=old', %usage, from => -9,
	to => -1),
    future => $authority->issue(subject => '/CN=future', %usage, from => 1,
	to => 9),
    forged => $stranger->issue(subject => '/CN=forged', %usage),
    server => $authority->issue(subject => '/CN=server'),
    rsa => $authority->issue(subject => '/CN=rsa', kind => 'rsa', %usage),
    ed => $authority->issue(subject => '/CN=ed', kind => 'ed25519', %usage),
    deep => $middle->issue(subject => '/CN=deep', %usage),
    self => new_authority(name => 'self'),
);
my $named = $authority->issue(subject => '/O=Example, Inc./CN=#mail "web"',
    %usage);
my $unknown = $authority->issue(subject => '/CN=unknown', %usage);
my $subject = run_wanted(qw(openssl x509 -noout -subject -nameopt RFC2253
    -in), $named->{certificate}) =~ s/^subject=//r =~ s/\n//r;
my %clients = (secret => {}, named => { secret => undef,
    subject => Dwserv::Test::Daemon::quoted($subject) });
$clients{$_} = { secret => undef, certificate => '"SHA256:' .
    $known{$_}->fingerprint . '"' } for keys %known;

my $port = Dwserv::Test::Daemon::free_port();
my $daemon = start_daemon(new_root(), global => { prefork => 1,
    tls_statement($server, $authority),
    'limit source sessions' => 100, 'limit source login sessions' => 100,
    "listen on 127.0.0.1 port $port" => 'tls' }, clients => \%clients);
my @workers = $daemon->wait_children('worker');

# Who a session is right after its greeting; '' if it is nobody.
sub who
{
	my ($client, $name, @options) = @_;
	my $session = tls_connect(port => $port, client => $client,
	    authority => $authority, options => [@options]);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like(eval { $session->read_line } // '', qr/^220 /,
	    "$name: the greeting") or diag($session->errors);
	my $reply = $session->ask('whoami') // '';
	return ($reply =~ /^250 client name=(\S+)/ ? $1 : '', $session);
}

for my $version (qw(-tls1_2 -tls1_3)) {
	for my $name (qw(pinned rsa ed)) {
		my ($who) = who($known{$name}, $name, $version);
		is($who, $name, "$name, $version: known by its certificate");
	}
	my ($who) = who($named, 'named', $version);
	is($who, 'named', "$version: known by its subject");
	($who) = who($unknown, 'unknown', $version);
	is($who, '', "$version: a good certificate of nobody");
	for my $name (qw(old future forged server self)) {
		($who) = who($known{$name}, $name, $version);
		is($who, '', "$name, $version: is nobody");
	}
	($who) = who(undef, 'none', $version);
	is($who, '', "$version: no certificate");
}
my ($who) = who($known{deep}, 'deep', '-cert_chain',
    $middle->{certificate});
is($who, 'deep', 'one that another vouches for');
($who) = who($known{deep}, 'deep');
is($who, '', 'not without that one');

my %problems = (
    old => 'certificate has expired',
    future => 'certificate is not yet valid',
    forged => 'certificate signature failure|unable to get (?:local )?issuer',
    server => 'unsupported certificate purpose|unsuitable certificate',
    self => 'self[- ]signed',
);
for my $name (sort keys %problems) {
	my $print = $known{$name}->fingerprint;
	like($daemon->log, qr/$print.*(?:$problems{$name})/i,
	    "$name: the log says why");
}

# Nobody by certificate may still be somebody by secret.
(undef, my $session) = who($known{forged}, 'forged');
is($session->ask('auth secret "open sesame"'),
    '235 authenticated client=secret', 'a secret still counts');
(undef, $session) = who($known{pinned}, 'pinned');
like($session->ask('auth secret "open sesame"'),
    qr/^503 already-authenticated client=pinned/, 'one is enough');
like($session->ask('account create cert1'), qr/^250 created /,
    'it may do what the client may');

# An ask without a secret, by who is not known.
(undef, $session) = who($unknown, 'unknown');
like($session->ask('auth pinned'), qr/^535 /,
    'a name is not enough with another certificate');
(undef, $session) = who(undef, 'none');
like($session->ask('auth pinned'), qr/^535 /, 'nor with none');
is_deeply([$daemon->wait_children('worker')], \@workers,
    'the worker is still the same');
undef $session;
$daemon->stop;

done_testing();
