#!/usr/bin/perl
#
# Wrong and hostile octets from the network: every reply is well-formed, no
# process dies or grows, the files change only by what was answered 250, and
# the sessions of others go on meanwhile.
#
# DWSERV_FUZZ_SECONDS says how long the random part takes, and DWSERV_SEED
# which it is.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;

use Dwserv::Test;

my $seconds = $ENV{DWSERV_FUZZ_SECONDS} // 10;
my $seed = $ENV{DWSERV_SEED} // time;
my $manual = slurp("$FindBin::Bin/../../man/dwserv-protocol.7");

srand $seed;
$Dwserv::Test::time_limit = 240 + 2 * $seconds;
alarm $Dwserv::Test::time_limit;

my $root = new_root(aliases => "postmaster: root\n");
my $daemon = start_daemon($root, global => { aliases => '"/etc/aliases"',
    'limit worker sessions' => 2000, 'limit source sessions' => 1000 },
    clients => {
	billing => { allow => '{ account }', uid => '10000 to 19999' },
	fuzz => { allow => '{ account, group, alias, watch }',
	    uid => '30000 to 30100',
	    names => '{ "f*", "g*", "x*", "k*" }' } });
my $other = $daemon->login(source => '127.0.0.3');
reply_is($other, 'account create alice', qr/^250 created /);

# Everything that a request may be made of, right and wrong.
my @nouns = ('account create', 'account ensure', 'account modify',
    'account rename', 'account password', 'account lock', 'account unlock',
    'account suspend', 'account resume', 'account delete', 'account show',
    'account list', 'group create', 'group modify', 'group rename',
    'group delete', 'group add', 'group remove', 'group show', 'group list',
    'alias set', 'alias add', 'alias remove', 'alias delete', 'alias show',
    'alias list', 'watch', 'plan', 'begin', 'commit', 'abort', 'capa',
    'help', 'noop', 'whoami', 'quit', 'auth');
my @keys = qw(uid group groups groups+ groups- gecos home move shell
    password hash expire inactive min max warn name aliases processes gid
    files login targets idem prefix after state limit since follow);
my @values = ('', '""', '"', '\\', 'x', '0', '-1', '4294967296', '1e9',
    '18446744073709551616', '99999999999999999999999', '../..', '/', "\xff",
    "\xc3\x28", "\0", "\t", "\x7f", "\xc2\x80", 'a=b', '=', '1-0', '0-',
    'never', '2027-02-30', '9999999999-01-01', 'x' x 300, 'x' x 8000,
    '%s%n', '|/bin/sh', '"a b', 'a"b"', '"a"b');
my @corpus = ('', "\n", "\r\n", "\r", "\0", "\0\n", ' ' x 9000 . "\n",
    'x' x 100_000, 'x' x 8192 . "\n", 'x' x 8193 . "\n", 'x' x 8194 . "\r\n",
    "noop\r", "noop", "no\0op\n", "\xff\xfe\n", "noop\n" x 3000,
    "NOOP\r\nnoop\nNoOp\r\n", "quit\nnoop\n", "begin\n" x 10, "commit\n" x 10,
    "abort\n", "begin\naccount create x\nquit\n", "begin\nbegin\nabort\n",
    "plan commit\n", "plan plan noop\n", "plan begin\n", "watch\n",
    "watch follow=no\n", "watch since=0\n", "watch since=99999999999999\n",
    "watch\nnoop\nwatch\nquit\n", "watch follow=maybe\n",
    "auth\n", "auth x\n", "auth billing wrong extra\n", 'auth ' . 'x' x 8000,
    "account create " . join(' ', map { "k$_=v" } 1 .. 2000) . "\n",
    join(' ', 'a' .. 'zz') . "\n",
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "EHLO x\r\nSTARTTLS\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" . "\x5a" x 512,
    "\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10", "SSH-2.0-x\r\n",
    (map { my $noun = $_; ("$noun\n", uc($noun) . " x\n", "$noun x x\n",
	"$noun \"\n", "$noun x y=z\n") } @nouns),
    (map { my $key = $_; map { "account modify x $key=$_\n" }
	@values[0 .. 13] } @keys),
    (map { "account create x $_=1 $_=1\n" } @keys));
my @lines = ("account create \"f1\" home=no\n", "account create f2 gecos=\"x " .
    "y\" password=secret\n", "account modify f1 gecos=z groups=ftp\n",
    "account rename f1 name=f3\n", "account delete f3 home=remove\n",
    "group create g1\n", "group add g1 login=f2\n", "group delete g1\n",
    "account list prefix=f limit=2\n", "begin\naccount create f4 home=no\n" .
    "account lock f4\ncommit\n", "account show f2\n", "plan account create " .
    "f9\n", "alias set fa targets=f2,x\@example.org\n", "watch follow=no\n");

my (%bad, %words);
my ($sent, $okay) = (0, 0);

# Complain about replies that are none.
sub judge
{
	my ($octets) = @_;

	return if $octets eq '';
	$bad{'no line ending'}++ if $octets !~ /\r\n\z/;
	for my $line (split /\r\n/, $octets) {
		if ($line !~ /^([2-5]\d\d)([ -])(\S+)(?: .*)?\z/ ||
		    $line =~ /[\0-\x1f\x7f]/) {
			$bad{substr $line, 0, 80}++;
			next;
		}
		$words{$3} = $1 if $1 != 220 && $1 != 214;
		$okay++ if $1 == 250;
	}
}

# Send octets in pieces, then end in some way; what came back is judged.
sub hit
{
	my ($octets, %how) = @_;
	my $session = eval { $how{login} ? $daemon->login(client => 'fuzz',
	    source => '127.0.0.2') : $daemon->connect(
	    source => '127.0.0.4') } or return;
	my $end = now() + 5;

	$sent++;
	while (length $octets) {
		my $piece = substr $octets, 0, $how{piece} // 65536, '';
		eval { $session->send($piece) } or last;
	}
	if ($how{reset}) {
		setsockopt $session->{socket}, SOL_SOCKET, SO_LINGER,
		    pack 'ii', 1, 0;
		$session->close;
		return;
	}
	return $session if $how{stay};
	$session->half_close;
	eval { $session->fill($end) until $session->{ended}; 1 };
	judge($session->{in});
	$session->close;
}

sub uses
{
	my %uses;

	for my $child ({ role => 'parent', pid => $daemon->pid, number => 0 },
	    $daemon->status('process')) {
		my @open = glob "/proc/$child->{pid}/fd/*";
		my ($memory) = process_status($child->{pid}, 'VmRSS') =~
		    /(\d+)/;

		$uses{"$child->{role} $child->{pid}"} = [ scalar @open,
		    $memory ];
	}
	return \%uses;
}

# Lines that the client is not to change.
sub others
{
	return join "\n", map { grep { !/^(?:f|g|x|k)[^:]*:/ }
	    split /\n/, $root->read($_) } qw(passwd shadow group gshadow);
}

# How long somebody else waits for an answer.
my $longest = 0;
sub serve_other
{
	my $began = now();
	my $reply = $other->ask('account show alice');
	my $took = now() - $began;

	$bad{"other: $reply"}++ if $reply !~ /^250 account login=alice /;
	$longest = $took if $took > $longest;
}

sub entries
{
	return scalar grep { / client=fuzz / } map { split /\n/, slurp($_) }
	    glob "$daemon->{state}/ledger/*";
}

my $processes = join ' ', sort keys %{uses()};
my $others = others();
my $snapshot = $root->snapshot;

# The corpus as it is, of nobody.
for my $octets (@corpus) {
	hit($octets);
	serve_other() if $sent % 20 == 0;
}
hit($_, piece => 1) for grep { length $_ < 100 } @corpus[0 .. 40];
is_deeply(\%bad, {}, "$sent connections: every reply is one");
is_deeply($root->snapshot, $snapshot, 'nobody changes anything');
is(join(' ', sort keys %{uses()}), $processes, 'no process died');

# The same of a client.
%bad = ();
hit($_, login => 1) for @corpus[0 .. 40], (map { "account create x $_=1\n" }
    @keys), @lines;
is_deeply(\%bad, {}, 'every reply to a client is one');
is(others(), $others, 'what is not its own stays');
cmp_ok(entries(), '<=', $okay, 'nothing was done that was not answered');

# Connections that say little and stay.
my @idle = map { hit(substr("account create idle", 0, $_ % 19), stay => 1) }
    1 .. 200;
serve_other();
is(scalar(grep { defined } @idle), 200, 'two hundred connections that stall');
$_->close for grep { defined } splice @idle;
hit($_, reset => 1, login => 1) for ("account list\n" x 500, "noop\n" x 5000,
    "watch\n", "begin\naccount create x\n") x 5;
serve_other();

# The corpus, changed at random.
sub mutate
{
	my ($octets) = @_;

	for (0 .. int rand 4) {
		my $at = int rand(1 + length $octets);
		my $kind = int rand 7;

		if ($kind == 0) {
			substr $octets, $at, 1, chr int rand 256;
		} elsif ($kind == 1) {
			substr $octets, $at, 0, $values[rand @values];
		} elsif ($kind == 2) {
			substr $octets, $at, int rand 20, '';
		} elsif ($kind == 3) {
			$octets = substr($octets, 0, $at) .
			    $corpus[rand @corpus];
		} elsif ($kind == 4) {
			$octets .= $lines[rand @lines];
		} elsif ($kind == 5) {
			substr $octets, $at, 0, " $keys[rand @keys]=" .
			    $values[rand @values];
		} else {
			$octets = $octets x (1 + int rand 5)
			    if length $octets < 20_000;
		}
	}
	return $octets;
}

note("seed $seed");
my @used;
my $before = $sent;
for my $half (1, 2) {
	my $end = now() + $seconds / 2;

	while (now() < $end) {
		my $from = rand() < 0.5 ? \@corpus : \@lines;

		hit(mutate($from->[rand @$from]), login => rand() < 0.7,
		    reset => rand() < 0.1,
		    rand() < 0.05 ? (piece => 7) : ());
		serve_other() if $sent % 20 == 0;
	}
	wait_for(sub { !grep { $_->{sessions} > 1 }
	    $daemon->children('worker') }, 10);
	push @used, uses();
}
is_deeply(\%bad, {}, ($sent - $before) . ' random connections: every ' .
    'reply is one') or diag(join "\n", (sort keys %bad)[0 .. 9]);
is(others(), $others, 'what is not its own stays');
is(join(' ', sort keys %{uses()}), $processes, 'no process died');
cmp_ok($longest, '<', 2, sprintf 'others waited at most %.3f s', $longest);
for my $process (sort keys %{$used[0]}) {
	my ($first, $second) = map { $_->{$process} } @used;

	cmp_ok($second->[0], '<=', $first->[0] + 3,
	    "$process: no descriptor is left");
	cmp_ok($second->[1], '<=', $first->[1] * 1.3 + 4096,
	    "$process: no memory, $first->[1] and $second->[1] K");
}
is_deeply([ grep { $manual !~ /\Q$_\E/ } sort keys %words ], [],
    keys(%words) . ' words, of which the manual tells');
unlike($daemon->log, qr/killed by signal|protocol violation|exited with/,
    'nothing crashed');

done_testing();
