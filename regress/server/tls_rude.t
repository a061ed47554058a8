#!/usr/bin/perl
#
# Clients over TLS that end only their own side, or leave in the midst of a
# handshake, or keep the server busy with TLS alone.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Tls qw(new_authority tls_statement tls_connect);

my $program = Dwserv::Test::Tls::new_path('client');
run_wanted('cc', '-O1', '-D_GNU_SOURCE', '-Wall', '-o', $program,
    "$FindBin::Bin/tls_client.c", '-lssl', '-lcrypto');

my $users = join '', map { sprintf "u%05d:x:%d:5000:%s:/home/u%05d:/bin/sh\n",
    $_, 20000 + $_, 'x' x 100, $_ } 1 .. 5000;
my $port = Dwserv::Test::Daemon::free_port();
my $server = new_authority()->issue(kind => 'rsa');
my $daemon = start_daemon(new_root(passwd =>
    $Dwserv::Test::Root::content{passwd} . $users), global => {
    tls_statement($server), prefork => 1,
    'limit source sessions' => 1000, 'limit login sessions' => 1000,
    'limit source login sessions' => 1000,
    "listen on 127.0.0.1 port $port" => 'tls' });
my ($worker) = $daemon->wait_children('worker');
my ($auth) = $daemon->wait_children('auth');

sub client
{
	my ($status, $output, $errors) = run_program($program, $port, @_);

	diag($errors) if $errors ne '';
	return $output;
}

sub descriptors
{
	my ($pid) = @_;

	return scalar(() = glob "/proc/$pid/fd/*");
}

sub memory
{
	my ($pid) = @_;

	return process_status($pid, 'VmRSS') =~ s/ kB//r;
}

# All that was asked is answered, after the client has ended its side.
my @lines = split /\r?\n/, client('half');
is(scalar @lines, 5006, 'half closed: all answers');
is($lines[-2], '250 client name=billing', 'and the last of them');
is($lines[-1], 'the end', 'and the end is said in order');

# TLS by itself: new keys without end, a new handshake.
is(client('keys', 5000), "250 ok\r\n", 'new keys');
like(client('again'), qr/^no renegotiation$/, 'no new handshake');

# Handshakes that are left alone, while auth signs for them.
client('leave', 500);
my $idle = descriptors($worker);
my $before = memory($worker);
client('leave', 3000);
ok(wait_for(sub { descriptors($worker) <= $idle }),
    'those who left are forgotten');
my $grown = memory($worker) - $before;
my $sanitized = slurp("/proc/$worker/maps") =~ /asan/;
ok($sanitized || $grown < 2000, 'and what was for them is free') or
    diag("$grown kB more");
like(tls_connect(port => $port)->read_line, qr/^220 /,
    'there are new sessions');
is_deeply([$daemon->wait_children('worker')], [$worker], 'the same worker');
is_deeply([$daemon->wait_children('auth')], [$auth], 'the same auth');
unlike($daemon->log, qr/sign|handshake|TLS/, 'nothing is logged');
$daemon->stop;

done_testing();
