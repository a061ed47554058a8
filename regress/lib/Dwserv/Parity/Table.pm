# The table of all options of shadow-utils' programs, and what of it a
# command line makes use of.

package Dwserv::Parity::Table;

use strict;
use warnings;

use Exporter qw(import);
use FindBin;

our @EXPORT_OK = qw(table_rows options_of options_in_help);

my @rows;		# as they are in the file

# An option as --help writes it, or `(none)', as a row without the rest.
sub option_of
{
	my ($text) = @_;

	return { key => '(none)', names => [], argument => '' }
	    if $text eq '(none)';
	my ($names, $argument) = $text =~
	    /\A((?:-\w, )?--[\w-]+|-\w)(?: (\S+))?\z/ or
	    die "no option: $text\n";
	my @names = split /, /, $names;
	return { key => $names[0], names => \@names,
	    argument => $argument // '' };
}

sub read_rows
{
	my $path = "$FindBin::Bin/../interop/TABLE";

	open my $file, '<', $path or die "$path: $!\n";
	while (my $line = <$file>) {
		next if $line =~ /^#|^$/;
		chomp $line;
		my ($tool, $option, $request, $verdict, @more) =
		    split / \| /, $line;
		die "$path: line $.: four columns\n"
		    if @more || !defined $verdict;
		my ($why) = $verdict =~ /\Adiffers: (.+)\z/;
		die "$path: line $.: same or differs\n"
		    unless defined $why || $verdict eq 'same';
		push @rows, { %{option_of($option)}, tool => $tool,
		    option => $option, request => $request, why => $why,
		    line => $. };
	}
}

# All rows: tool, option, the key by which options_of() knows it, request,
# and why it differs, undef if it does not.
sub table_rows
{
	read_rows() unless @rows;
	return @rows;
}

# The options that a program tells of in its --help, as the table has them.
sub options_in_help
{
	my ($help) = @_;
	my @options;

	for my $line (split /\n/, $help) {
		push @options, $1 if $line =~
		    /^ {1,8}((?:-\w, )?--[\w-]+(?: [A-Z][^ ]*)?)(?: {2,}|$)/;
	}
	return @options;
}

# What of the table a command line exercises, as `program option'.
sub options_of
{
	my ($tool, @arguments) = @_;
	my %row = map { my $row = $_; map { $_ => $row } @{$row->{names}} }
	    grep { $_->{tool} eq $tool } table_rows();
	my @keys;

	while (@arguments > ($tool eq 'chpasswd' ? 0 : 1)) {
		my $row = $row{shift @arguments} or
		    die "$tool: no option in @_\n";
		push @keys, "$tool $row->{key}";
		# --help forgets that this one takes a number.
		shift @arguments if $row->{argument} ne '' ||
		    $row->{option} eq '-s, --sha-rounds';
	}
	return @keys ? @keys : "$tool (none)";
}

1;
