#!/usr/bin/perl
#
# How many source lines can run as root: the lines for which the compiler
# made code that the linker kept (with --gc-sections, unoptimised) in the
# binaries that run as root.  Blank lines, comments, declarations, lone
# braces and the continuations of a statement (four blanks behind the tabs,
# style(9)) hold no code of their own and are not counted.
#
#	rootlines.pl LIMIT SOURCE-DIRECTORY,... BINARY[:FILE]...
#
# Of a binary with a FILE only that file counts: what gives root up.
# Prints the number for each file, and fails if their sum is not below LIMIT.

use strict;
use warnings;

my ($limit, $directories, @binaries) = @ARGV;
my %lines;

foreach my $binary (@binaries) {
	($binary, my $only) = split(/:/, $binary);
	open(my $dump, '-|', 'objdump', '--dwarf=decodedline', $binary)
	    or die "objdump: $!";
	while (<$dump>) {
		next unless /^(\S+\.[cy])\s+(\d+)\s+0x([0-9a-f]+)/;
		next if defined $only && $1 ne $only;
		# What the linker threw away is left at address 0.
		$lines{$1}{$2} = 1 if hex($3) >= 0x1000;
	}
	close($dump) or die "objdump of $binary failed";
}
die "no line of code found: no debugging information?\n" unless %lines;

my %count;
my $total = 0;
foreach my $file (sort keys %lines) {
	my ($path) = grep { -f } map { "$_/$file" } split(/,/, $directories);
	next unless defined $path;
	open(my $source, '<', $path) or die "$path: $!";
	my @text = <$source>;
	close($source);
	$count{$file} = grep { $text[$_ - 1] !~ /^\t* {4}\S/ &&
	    $text[$_ - 1] !~ /^\s*[{}]*;?\s*$/ } keys %{$lines{$file}};
	$total += $count{$file};
}
printf("%6d %s\n", $count{$_}, $_)
    foreach sort { $count{$b} <=> $count{$a} } keys %count;
printf("%6d source lines can run as root (limit %d)\n", $total, $limit);
exit($total < $limit ? 0 : 1);
