#!/usr/bin/perl
#
# Where the private key is: in the memory of auth, and of no other process;
# and that what a client said in secret is not left in that of the worker.

use strict;
use warnings;
no warnings 'portable';

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Tls qw(new_authority tls_statement tls_connect);

plan(skip_all => 'the sanitizers use memory in a way of their own')
    if is_sanitized();

# How often a process's memory holds any of these strings.
sub memory_holds
{
	my ($pid, @strings) = @_;
	my $pattern = join '|', map { quotemeta } @strings;
	my $expression = qr/$pattern/;
	my $count = 0;

	open my $memory, '<:raw', "/proc/$pid/mem" or
	    plan(skip_all => "memory cannot be read: $!");
	for my $line (split /\n/, slurp("/proc/$pid/maps")) {
		my ($from, $to) = $line =~ /^([0-9a-f]+)-([0-9a-f]+) r/ or
		    next;
		next if $line =~ /\[v/;
		my ($at, $end) = map { hex } $from, $to;
		my $rest = '';
		while ($at < $end) {
			my $size = $end - $at < 1 << 22 ? $end - $at : 1 << 22;
			my $bytes;

			sysseek $memory, $at, 0;
			sysread($memory, $bytes, $size) or last;
			$rest .= $bytes;
			$count++ while $rest =~ /$expression/g;
			$rest = substr $rest, -64 if length $rest > 64;
			$at += length $bytes;
		}
	}
	return $count;
}

# Parts of the secret numbers of a key, as they stand in files and as OpenSSL
# computes with them, and lines of the file itself.
sub secrets_of
{
	my ($path, $name) = @_;
	my $text = run_wanted(qw(openssl pkey -noout -text -in), $path);
	my ($hex) = $text =~ /^$name:\n((?:    .*\n)+)/m or die $text;
	my @lines = grep { length > 40 } split /\n/, slurp($path);

	$hex =~ s/[^0-9a-f]//g;
	my $bytes = substr pack('H*', $hex), 4, 24;
	return ($bytes, scalar reverse($bytes), map { substr $_, 8, 40 }
	    @lines);
}

my $authority = new_authority();
my $accounts = 0;
for my $kind (qw(rsa ec)) {
	my $server = $authority->issue(kind => $kind);
	my $port = Dwserv::Test::Daemon::free_port();
	my $daemon = start_daemon(new_root(), global => { prefork => 1,
	    tls_statement($server, $authority),
	    "listen on 127.0.0.1 port $port" => 'tls' });

	my @sessions;
	for my $version (qw(-tls1_2 -tls1_3)) {
		for (1 .. 3) {
			push @sessions, tls_connect(port => $port,
			    options => [$version]);
			$sessions[-1]->read_line;
		}
	}
	my @secrets = $kind eq 'rsa' ?
	    (secrets_of($server->{key}, 'prime1'),
	    (secrets_of($server->{key}, 'privateExponent'))[0, 1],
	    (secrets_of($server->{key}, 'exponent1'))[0, 1]) :
	    secrets_of($server->{key}, 'priv');
	my ($worker) = $daemon->wait_children('worker');
	my ($auth) = $daemon->wait_children('auth');
	my ($home) = $daemon->wait_children('home');
	cmp_ok(memory_holds($auth, @secrets), '>', 0,
	    "$kind: auth has the key");
	is(memory_holds($worker, @secrets), 0, "$kind: the worker has not");
	is(memory_holds($daemon->pid, @secrets), 0,
	    "$kind: the parent has not");
	is(memory_holds($home, @secrets), 0, "$kind: home has not");
	for my $pid ($worker, $daemon->pid, $home) {
		my @held = grep { m{/dwserv-tls-} } map { readlink($_) // '' }
		    glob "/proc/$pid/fd/*";
		is(scalar @held, $pid == $daemon->pid ? 3 : 0,
		    "$kind: descriptors of the files");
	}

	# What clients say in secret, some of it in pieces.
	my $password = 'Tr0ubadour&3-for-' . $kind;
	for my $session (@sessions) {
		my $number = ++$accounts;

		$session->ask('auth billing "open sesame"');
		like($session->ask("account create s$number " .
		    "password=$password"), qr/^250 created /,
		    "$kind: a password");
		$session->send("account password s$number pass");
		select undef, undef, undef, 0.02;
		$session->send("word=$password\r\nnoop\r\n");
		like($session->read_reply, qr/^250 /,
		    "$kind: one in two pieces");
		is($session->read_reply, '250 ok', "$kind: noop");
		like($session->ask("auth billing $password"), qr/^503 /,
		    "$kind: another one as a secret");
	}
	is(memory_holds($worker, substr $password, 1, 14), 0,
	    "$kind: the worker has forgotten them");
	$_->close for splice @sessions;
	is(memory_holds($worker, substr $password, 1, 14), 0,
	    "$kind: also when the sessions have gone");
	$daemon->stop;
}
done_testing();
