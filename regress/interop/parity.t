#!/usr/bin/perl
#
# Byte parity with shadow-utils 4.13: from the same start, requests to
# dwserv leave the same four files, backups, modes and owners, and the same
# homes, as the programs, and both refuse the same.  Where they differ on
# purpose, see TABLE and differences.t.  With PARITY_ONLY, a pattern, only
# the scenarios of such names are run.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Fixed qw(fixed_scenarios);
use Dwserv::Parity::Table qw(table_rows);

# So many scenarios take their time.
alarm 900;

for my $scenario (fixed_scenarios()) {
	my ($name, $steps) = @$scenario{qw(name steps)};

	subtest $name => sub {
		my $parity = parity($name, %{$scenario->{files}});

		for my $root (@$parity{qw(ours theirs)}) {
			$scenario->{prepare}->($root) if $scenario->{prepare};
		}
		for my $step (@$steps) {
			$parity->step(@$step);
			$parity->trees_equal('/home', 'the homes')
			    if $scenario->{homes};
		}
		# What was put there to be in the way.
		unlink map { $_->etc('passwd.lock') }
		    @$parity{qw(ours theirs)} if $scenario->{leftovers};
		$parity->end;
	};
}

# Each row that says `same' was not only asked for, but done.
if (!defined $ENV{PARITY_ONLY}) {
	for my $row (grep { !defined $_->{why} } table_rows()) {
		ok($Dwserv::Parity::exercised{"$row->{tool} $row->{key}"},
		    "done, and the same: $row->{tool} $row->{option}");
	}
}
parity_report();

done_testing;
