#!/usr/bin/perl
#
# Byte parity with shadow-utils 4.13, on random files and with random
# requests.  The variables DWSERV_PARITY_SEED and DWSERV_PARITY_ROUNDS say
# with which and how many; each round is that of the seed and its number.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Random qw(random_files random_request);

my $requests = 10;
my $rounds = $ENV{DWSERV_PARITY_ROUNDS} // 50;
my $done = 0;
my $seed = $ENV{DWSERV_PARITY_SEED} // int rand 1_000_000_000;

for my $round (0 .. $rounds - 1) {
	my $name = 'DWSERV_PARITY_SEED=' . ($seed + $round);

	subtest $name => sub {
		note($name);
		# The library draws numbers, too: for ports, say.
		srand($seed + $round);
		my %files = random_files();
		my @steps = map { [random_request(\%files)] } 1 .. $requests;
		srand;
		my $parity = parity("seed " . ($seed + $round), %files);

		for my $step (@steps) {
			last unless $parity->step(@$step);
		}
		$done += $parity->{done};
		$parity->end;
	};
}
# A third of them at least; else too much is refused to say anything.
cmp_ok($done, '>', $rounds * $requests / 3, "$done requests were done");

done_testing;
