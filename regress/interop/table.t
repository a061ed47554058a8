#!/usr/bin/perl
#
# The table of all options of shadow-utils' programs: it has each option
# that a program tells of, and no other; each row that says `same' is in a
# fixed scenario, and each other one says why.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Fixed qw(fixed_scenarios);
use Dwserv::Parity::Table qw(table_rows options_of options_in_help);
use Dwserv::Parity::Tools;

my @rows = table_rows();
my %operation = map { $_ => 1 } (map { "account $_" } qw(create modify rename
    password lock unlock delete)), map { "group $_" } qw(create modify
    rename delete add remove);

# What a program says of itself; one that does not know --help says it, too.
sub help_of
{
	my ($tool) = @_;
	my (undef, $output, $complaint) = run_program($tool, '--help');

	return $output . $complaint;
}

# How often each row is in a fixed scenario.
sub scenario_counts
{
	my %counts;

	for my $step (map { @{$_->{steps}} } fixed_scenarios()) {
		my @commands = Dwserv::Parity::commands_of(
		    Dwserv::Parity::step_of(@$step), '');

		$counts{$_}++ for map { options_of(grep { !ref } @$_) }
		    @commands;
	}
	return %counts;
}

# --help is understood: these are in the forms that there are.
is_deeply([options_in_help("Options:\n  -a, --add USER     adds\n" .
    "                    --not an option\n      --long      it\n" .
    "  -A, --administrators ADMIN,...\n       set\n" .
    "  -F, --fast add\n  -s, --short          short\n")],
    ['-a, --add USER', '--long', '-A, --administrators ADMIN,...',
    '-s, --short'], 'options are found in the text of --help');

for my $tool (@Dwserv::Parity::Tools::tools) {
	my @there = grep { $_ ne '(none)' } map { $_->{option} }
	    grep { $_->{tool} eq $tool } @rows;

	is_deeply([sort @there], [sort(options_in_help(help_of($tool)))],
	    "$tool: " . @there . ' options, all those of --help');
}
is_deeply([sort { $a cmp $b } keys %{{map { $_->{tool} => 1 } @rows}}],
    [sort @Dwserv::Parity::Tools::tools], 'all programs, and no others');

my %counts = scenario_counts();
my ($same, $differ) = (0, 0);
for my $row (@rows) {
	my $name = "$row->{tool} $row->{option}";
	my $count = $counts{"$row->{tool} $row->{key}"} // 0;

	if (defined $row->{why}) {
		$differ++;
		like($row->{why}, qr/\A\w.{9,}[^.\s]\z/,
		    "$name differs for a reason");
		is($count, 0, "$name is in no scenario");
	} else {
		$same++;
		cmp_ok($count, '>', 0, "$name is in $count steps");
		ok($operation{$_}, "$name: $_ is a request") for
		    map { /^(\w+ \w+)/ } split /, /, $row->{request};
	}
}
diag(@rows . " rows: $same are the same, $differ differ by design; " .
    fixed_scenarios() . ' fixed scenarios');

done_testing;
