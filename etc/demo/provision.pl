#!/usr/bin/perl
# Makes the accounts of a CSV file: provision.pl ADDRESS CLIENT FILE
use strict;
use warnings;
use IO::Socket::INET;

my ($address, $client, $csv) = @ARGV;
my $refused = 0;
my $server = IO::Socket::INET->new($address) or die "$address: $@\n";
sub reply { return <$server> // die "dwserv has gone\n" }
sub ask { print $server "@_\r\n"; return reply() }

print reply();
ask('auth', $client, qq("$ENV{DWSERV_SECRET}")) =~ /^235 / or die "who?\n";
open my $file, '<', $csv or die "$csv: $!\n";
<$file>;	# the names of the columns
while (my $line = <$file>) {
	chomp $line;
	my ($login, $name, $groups, $password) = split /,/, $line;
	$groups =~ tr/ /,/;
	print my $reply = ask('account create', $login, qq(gecos="$name"),
	    qq(groups="$groups"), qq(password="$password"));
	$reply =~ /^250 / or $refused++;
}
ask('quit');
exit($refused ? 1 : 0);
