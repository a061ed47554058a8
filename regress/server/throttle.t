#!/usr/bin/perl
#
# Ten thousand wrong secrets from one address: they cost auth next to
# nothing, and nobody else notices.  Who shares the address waits.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use IO::Select;
use POSIX qw(sysconf _SC_CLK_TCK);
use Test::More;

use Dwserv::Test;

# Phases of attack, of quiet before each, and attempts of each attack.
my ($phases, $connections, $attempts) = (5, 500, 4);
# An attack may slow others by a fifth, and by so many seconds that a busy
# machine cannot tell from nothing.
my ($factor, $margin) = (1.2, 0.001);

my $root = new_root();
my $path = $root->directory . '/provision.sock';
my $costly = crypt 'right', '$y$j9T$abcdefghijklmnop';
chmod 0711, $root->directory;
my $daemon = start_daemon($root, global => {
    "listen on socket \"$path\"" => 'mode 0666',
    'limit source sessions' => 2000, 'limit worker sessions' => 4000,
    'limit login sessions' => 2000, 'limit source login sessions' => 2000,
    'limit auth failures' => 100000, 'timeout login' => 600 },
    clients => { billing => {}, victim => { secret => "\"$costly\"" } });
my ($auth) = $daemon->wait_children('auth');

sub median
{
	my @sorted = sort { $a <=> $b } @_;

	return $sorted[@sorted / 2];
}

# Seconds of the processor that auth has used.
sub auth_time
{
	my @fields = split ' ', slurp("/proc/$auth/stat") =~ s/^.*\) //sr;

	return ($fields[11] + $fields[12]) / sysconf(_SC_CLK_TCK);
}

# All attempts of one phase, but for those that have to wait because their
# source failed; the exit status says whether they were denied.
sub attack
{
	my @sessions = map { $daemon->connect(source => '127.0.0.2') }
	    1 .. $connections;
	my $select = IO::Select->new(map { $_->{socket} } @sessions);
	my %by_socket = map { $_->{socket} => $_ } @sessions;
	my ($denied, %in) = (0);

	$_->send("auth victim wrong\n" x $attempts) for @sessions;
	while ($denied < ($connections - 4) * $attempts) {
		for my $socket ($select->can_read(60)) {
			my $session = $by_socket{$socket};

			$session->receive or return 1;
			$denied++ while $session->{in} =~
			    s/^535 auth-failed[^\n]*\n//m;
		}
	}
	return 0;
}

sub time_of
{
	my ($samples, $what, $code) = @_;
	my $began = now();

	$code->();
	push @{$samples->{$what}}, now() - $began;
}

# Time requests and logins of somebody else while the code says so.
my $session = $daemon->login;
my $number = 0;
reply_is($session, 'account create alice', qr/^250 created /);
sub measure
{
	my ($samples, $goes_on) = @_;

	while ($goes_on->()) {
		time_of($samples, 'read', sub {
			$session->ask('account show alice');
		});
		time_of($samples, 'change', sub {
			$number++;
			$session->ask("account modify alice gecos=$number");
		});
		time_of($samples, 'login', sub { $daemon->login->close });
		select undef, undef, undef, 0.01;
	}
}

my (%quiet, %attacked);
my $spent = 0;
for my $phase (1 .. $phases) {
	my $end = now() + 4;
	measure(\%quiet, sub { now() < $end });
	my $used = auth_time();
	my $attacker = spawn_code(\&attack);
	measure(\%attacked, sub { process_lives(process_identity($attacker) //
	    '0:0') });
	is(program_ended($attacker), 0, "attack $phase: all were denied");
	$spent += auth_time() - $used;
}
for my $what (qw(read change login)) {
	my ($before, $during) = (median(@{$quiet{$what}}),
	    median(@{$attacked{$what}}));

	cmp_ok($during, '<', $before * $factor + $margin, sprintf
	    'a %s is not slowed down: %.3f ms without, %.3f ms with it ' .
	    '(%d and %d samples)', $what, 1000 * $before, 1000 * $during,
	    scalar @{$quiet{$what}}, scalar @{$attacked{$what}});
}
my $all = $phases * ($connections - 4) * $attempts;
my $log = $daemon->log;
my $hashed = () = $log =~ /login denied client=victim .* why=secret$/mg;
my $not = () = $log =~ /login denied client=victim .* why=too-many-fail/mg;
cmp_ok($hashed + $not, '>=', $all, "$all were denied");
cmp_ok($hashed, '<', 50, "$hashed of them were hashed");
cmp_ok($spent, '<', 10, sprintf 'auth used %.2f seconds meanwhile', $spent);

# Ten failures are free.  The next attempt waits a second before it is looked
# at, the one after that two, be they right.
sub failures
{
	my ($count, %how) = @_;
	my @failing = map { $daemon->connect(%how) } 1 .. $count;

	$_->read_line for @failing;
	$_->send("auth billing wrong\n") for @failing;
	my $began = now();
	$_->read_reply for @failing;
	$_->close for @failing;
	return now() - $began;
}

sub right
{
	my (%how) = @_;
	my $began = now();

	$daemon->login(%how)->close;
	return now() - $began;
}

my $took = failures(10, source => '127.0.0.3');
ok($took < 1.9, "ten failures at once take as long as one: $took");
$took = right(source => '127.0.0.3');
ok($took >= 1 && $took < 1.9, "then a right one waits: $took");
$took = failures(1, source => '127.0.0.3');
ok($took >= 2 && $took < 2.9, "and a wrong one more: $took");
$took = right(source => '127.0.0.3');
ok($took >= 2 && $took < 2.9, "the next waits longer: $took");
$took = right(source => '127.0.0.4');
ok($took < 0.9, "but not from elsewhere: $took");

# Four may wait; more are denied, though they are right.
my @many = map { $daemon->connect(source => '127.0.0.3') } 1 .. 8;
$_->read_line for @many;
$_->send("auth billing \"open sesame\"\n") for @many;
my $began = now();
my %replies;
wait_for(sub {
	$replies{$_} //= $_->read_reply for grep { $_->has_input } @many;
	return now() - $began > 1.5;
});
is_deeply([map { $_ =~ /^(\d+)/ } values %replies], [(535) x 4],
    'four of eight are denied after the usual time');
is((grep { !$_->has_input && !$replies{$_} } @many), 4, 'four wait');
wait_for(sub {
	$replies{$_} //= $_->read_reply for grep { $_->has_input } @many;
	return keys %replies == 8;
});
is((grep { /^235 / } values %replies), 4, 'and get in');
ok(now() - $began >= 8, 'each after the one before it');
$_->close for @many;

# A local user is a source of its own.
sub as_user
{
	my ($uid, $code) = @_;

	local $> = $uid;
	return $code->();
}
$took = as_user(4711, sub { failures(11, path => $path) });
ok($took >= 2, "eleven failures of a local user: $took");
$took = as_user(4711, sub { right(path => $path) });
ok($took >= 2, "it has to wait: $took");
$took = as_user(4712, sub { right(path => $path) });
ok($took < 0.9, "others do not: $took");

is($daemon->stop, 0, 'the daemon ends well');
done_testing();
