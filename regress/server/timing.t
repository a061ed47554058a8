#!/usr/bin/perl
#
# How long a denial takes must not tell what was wrong.  Attempts of all
# kinds are mixed, each from an address of its own, and the times of their
# replies are compared: by their medians, and by the rank test of Mann and
# Whitney.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use IO::Select;
use List::Util qw(shuffle);
use Test::More;

use Dwserv::Test;

# Samples of each kind, and seconds between two attempts.
my ($samples, $pause) = (250, 0.006);
# Two kinds differ if ranks say so beyond all doubt, and the medians by so
# many seconds: what is less cannot be heard over a network.
my ($doubt, $audible) = (4, 0.0005);

my $root = new_root();
# Of two clients one has two secrets, and one costs more than the other.
my $costly = crypt 'right', '$6$rounds=5000$abcdefgh$';
my $daemon = start_daemon($root, global => {
    'limit source sessions' => 4000, 'limit worker sessions' => 4000,
    'limit login sessions' => 4000, 'limit source login sessions' => 4000,
    'limit auth failures' => 100000, 'timeout login' => 600 },
    clients => { billing => {}, near => { from => '{ 10.0.0.1 }' },
	costly => { secret => "\"$costly\"\n\tsecret \"" .
	    crypt('other', '$6$rounds=5000$abcdefgh$') . '"' } });
my %kinds = (
	'wrong secret' => 'auth billing wrong',
	'wrong secret of two' => 'auth costly wrong',
	'unknown client' => 'auth nobody wrong',
	'another unknown client' => 'auth somebody "open sesame"',
	'wrong address' => 'auth near "open sesame"',
	'no certificate' => 'auth billing',
	'impossible name' => 'auth ../../x wrong',
	'throttled' => 'auth billing wrong'
);

# The z score of the rank test, ties counted as half; and the difference of
# the medians.
sub compare
{
	my ($one, $other) = @_;
	my @all = sort { $a->[0] <=> $b->[0] }
	    (map { [$_, 1] } @$one), map { [$_, 0] } @$other;
	my ($rank, $sum) = (0, 0);

	while ($rank < @all) {
		my $end = $rank;

		$end++ while $end < @all && $all[$end][0] == $all[$rank][0];
		$sum += $_->[1] * ($rank + $end + 1) / 2
		    for @all[$rank .. $end - 1];
		$rank = $end;
	}
	my ($m, $n) = (scalar @$one, scalar @$other);
	my $z = ($sum - $m * ($m + $n + 1) / 2) /
	    sqrt($m * $n * ($m + $n + 1) / 12);
	return ($z, median(@$one) - median(@$other));
}

sub median
{
	my @sorted = sort { $a <=> $b } @_;

	return $sorted[@sorted / 2];
}

sub differ
{
	my ($z, $distance) = compare(@_);

	return abs $z > $doubt && abs $distance > $audible;
}

# First, that the comparison finds what it is to find: with times that are
# made up, spread over three milliseconds and with some that took longer.
sub made_up
{
	my ($shift) = @_;

	return [map { 1 + $shift + 0.003 * rand() +
	    (rand() < 0.1 ? 0.02 * rand() : 0) } 1 .. $samples];
}
my ($found, $wrong) = (0, 0);
for (1 .. 50) {
	$found += differ(made_up(0.002), made_up(0)) != 0;
	$wrong += differ(made_up(0), made_up(0)) != 0;
}
is($found, 50, 'a difference of 2 ms is found each of 50 times');
is($wrong, 0, 'and one that is not there never');

# A source that has to wait, and where no more may.
my @flood = map { $daemon->connect(source => '127.9.9.9') } 1 .. 60;
$_->read_line for @flood;
$_->send("auth billing wrong\n") for @flood;
my $denied = 0;
wait_for(sub {
	$denied += () = grep { $_->has_input && $_->read_reply } @flood;
	return $denied >= 56;
});
ok($denied >= 56 && $denied < 60, "some wait: $denied of 60 do not");

# Then the mix.  An attempt has a session of its own.
my @mix = shuffle map { my $kind = $_; map { $kind } 1 .. $samples }
    sort keys %kinds;
my (%sessions, %times, %replies);
my $select = IO::Select->new;

sub take
{
	my ($seconds) = @_;
	my $end = now() + $seconds;

	do {
		for my $socket ($select->can_read($seconds)) {
			my $at = now();
			my ($session, $kind, $began) = @{$sessions{$socket}};

			$replies{$session->read_reply}++;
			push @{$times{$kind}}, $at - $began;
			$select->remove($socket);
			delete $sessions{$socket};
			$session->close;
		}
		$seconds = $end - now();
	} while ($seconds > 0 && $select->count > 0);
}

for my $i (0 .. $#mix) {
	my $kind = $mix[$i];
	my $session = $daemon->connect(source => $kind eq 'throttled' ?
	    '127.9.9.9' : sprintf '127.10.%d.%d', $i / 250, 1 + $i % 250);

	$session->read_line;
	$sessions{$session->{socket}} = [$session, $kind, now()];
	$session->send("$kinds{$kind}\n");
	$select->add($session->{socket});
	take($pause);
}
take(5) while $select->count > 40;
take(3);
is_deeply([keys %replies], ['535 auth-failed no'], 'one reply for all');

# Of the source that waits, those that wait take longer, as everybody may
# know; it is the others that are of interest.
my $reference = $times{'wrong secret'};
$times{throttled} = [grep { $_ < 1.5 } @{$times{throttled}}];
for my $kind (sort grep { $_ ne 'wrong secret' } keys %kinds) {
	my ($z, $distance) = compare($times{$kind}, $reference);

	cmp_ok(scalar @{$times{$kind}}, '>=', 0.9 * $samples,
	    "$kind: samples");
	ok(!differ($times{$kind}, $reference), sprintf
	    "%s: z = %.1f, medians %.3f ms apart", $kind, $z,
	    1000 * $distance);
}

# And that it would have been found among these very times.
ok(differ([map { $_ + 0.002 } @{$times{'unknown client'}}], $reference),
    '2 ms more for unknown clients would have been found');

is($daemon->stop, 0, 'the daemon ends well');
done_testing();
