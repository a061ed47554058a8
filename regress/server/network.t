#!/usr/bin/perl
#
# A client on a network: it may look, but no secret is taken from it.  In a
# network namespace of our own with an address that is not loopback's.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

enter_namespace('-n');

my ($status) = run_program('ip', 'link', 'set', 'lo', 'up');
plan(skip_all => 'needs ip(8) to set up a network')
    unless defined $status && $status == 0;
for my $address ('192.0.2.1/32', '2001:db8::1/128') {
	($status) = run_program('ip', 'address', 'add', $address, 'dev', 'lo');
	plan(skip_all => "cannot add the address $address")
	    unless defined $status && $status == 0;
}

my $port = Dwserv::Test::Daemon::free_port();
my $root = new_root();
my $daemon = start_daemon($root, global => {
    'listen on 192.0.2.1 port' => $port,
    'listen on ::1 port' => $port,
    'listen on 2001:db8::1 port' => $port });
my $secret = '"open sesame"';

sub connect_six
{
	my ($address) = @_;

	require IO::Socket::IP;
	my $socket = IO::Socket::IP->new(PeerHost => $address,
	    PeerPort => $port, Type => IO::Socket::IP::SOCK_STREAM()) or
	    die "cannot connect to $address: $@\n";
	$socket->blocking(0);
	return bless { socket => $socket, in => '', ended => 0 },
	    'Dwserv::Test::Session';
}

my %sessions = (
	'192.0.2.1' => $daemon->connect(address => '192.0.2.1',
	    port => $port),
	'2001:db8::1' => connect_six('2001:db8::1'),
);
for my $address (sort keys %sessions) {
	my $session = $sessions{$address};

	like($session->read_line, qr/^220 /, "$address: the greeting");
	reply_is($session, 'noop', '250 ok', "$address: noop");
	my $began = now();
	reply_is($session, "auth billing $secret", qr/^530 tls-required\b/,
	    "$address: auth");
	reply_is($session, 'auth billing wrong', qr/^530 tls-required\b/,
	    "$address: auth with a wrong secret");
	reply_is($session, 'auth nobody wrong', qr/^530 tls-required\b/,
	    "$address: auth of nobody");
	ok(now() - $began < 0.9, "$address: nobody was asked");
	reply_is($session, 'whoami', qr/^530 auth-required\b/,
	    "$address: whoami");
	reply_is($session, "account create eve password=$secret",
	    qr/^530 auth-required\b/, "$address: account create");
}

# From loopback it is allowed, whatever address it goes to.
my $session = connect_six('::1');
like($session->read_line, qr/^220 /, '::1: the greeting');
reply_is($session, "auth billing $secret",
    '235 authenticated client=billing', '::1: auth');
$session = $daemon->connect(address => '192.0.2.1', port => $port,
    source => '127.0.0.1');
like($session->read_line, qr/^220 /, '127.0.0.1: the greeting');
reply_is($session, "auth billing $secret",
    '235 authenticated client=billing', '127.0.0.1: auth');
reply_is($session, 'account create alice password=x',
    qr/^250 created login=alice /);
is($daemon->stop, 0, 'the daemon ends well');

done_testing();
