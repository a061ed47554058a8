#!/usr/bin/perl
#
# Byte parity with shadow-utils 4.13, on random files and with random
# requests.  The variables PARITY_SEED and PARITY_ROUNDS say with which and
# how many; each round is that of the seed and its number, so that a seed
# that was printed, with one round, does it again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Random qw(seed_random random_files);
use Dwserv::Parity::Requests qw(random_request);

my $requests = 10;
my $rounds = $ENV{PARITY_ROUNDS} // 50;
my $seed = $ENV{PARITY_SEED} // int rand 1_000_000_000;

# Many rounds take their time.
alarm 240 + $rounds;
for my $round (0 .. $rounds - 1) {
	my $name = 'PARITY_SEED=' . ($seed + $round);

	subtest $name => sub {
		seed_random($seed + $round);
		my %files = random_files();
		my $parity = parity($name, %files);

		for (1 .. $requests) {
			my %now = (%files, %{$parity->{ours}->snapshot});

			last unless $parity->step(random_request(\%now));
		}
		$parity->end;
	};
}
# Half of them at least; else too much is refused to say anything.
cmp_ok($Dwserv::Parity::count{done}, '>', $rounds * $requests / 2,
    "PARITY_SEED=$seed: $Dwserv::Parity::count{done} requests were done");
diag("PARITY_SEED=$seed PARITY_ROUNDS=$rounds");
parity_report();

done_testing;
