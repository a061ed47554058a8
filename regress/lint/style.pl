#!/usr/bin/perl
#
# The rules of the house that a program can check: no line wider than 80
# columns, no function longer than 80 lines, no file longer than 600, no
# call that this project does without, no note to self.
#
#	style.pl FILE...

use strict;
use warnings;

my $problems = 0;

sub complain {
	print(join(':', @_), "\n");
	$problems++;
}

foreach my $file (@ARGV) {
	open(my $source, '<', $file) or die "$file: $!";
	my ($start, $number) = (0, 0);
	while (my $line = <$source>) {
		$number++;
		chomp($line);
		my $wide = $line;
		1 while $wide =~ s/\t/' ' x (8 - $-[0] % 8)/e;
		# What a unit test links stands in one line, for build.sh.
		complain($file, $number, ' wider than 80 columns')
		    if length($wide) > 80 && $line !~ m{^/\* links: };
		complain($file, $number, ' blanks at the end')
		    if $line =~ /[ \t]$/;
		complain($file, $number, ' unfinished')
		    if $line =~ /\b(?:TODO|FIXME|XXX)\b/;
		complain($file, $number, ' a call that is not used here')
		    if $line =~ /\b(?:system|popen|strcpy|strcat|sprintf|gets|
		    atoi|getpwnam|getgrnam|getaddrinfo)\s*\(/x &&
		    $line !~ m{^\s*(?:/?\*)};
		$start = $number if $line =~ /^\{/;
		if ($line =~ /^\}/ && $start) {
			complain($file, $start, ' a function of ' .
			    ($number - $start) . ' lines')
			    if $number - $start > 80;
			$start = 0;
		}
	}
	complain($file, $number, ' longer than 600 lines') if $number > 600;
	close($source);
}
exit($problems ? 1 : 0);
