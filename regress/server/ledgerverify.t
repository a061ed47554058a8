#!/usr/bin/perl
#
# dwservctl ledger verify: finds whatever was done to the ledger, and names
# the first line that is wrong; a good one is good, also while it grows.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;

use Dwserv::Test;
use Dwserv::Test::Ledger qw(ledger_segments ledger_problems);

my $root = new_root();
my $daemon = start_daemon($root);
my $session = $daemon->login;
my $ctl = "$Dwserv::Test::Daemon::obj/dwservctl";

is_deeply([grep { !/^250 / } $session->pipeline(map {
    "account create user$_ gecos=\"User $_, of many\"" } 1 .. 30)], [],
    'thirty accounts');
my ($status, $output, $complaint) = $daemon->ctl('ledger', 'verify');
is($status, 0, 'good while the daemon runs');
like($output, qr{^ledger  directory="?\Q$daemon->{state}\E/ledger"? }m,
    'and it found its ledger');

# While changes come in as fast as they can, every look finds it good.
my $busy = $daemon->login;
$busy->send(join '', map { "account create more$_ home=no\n" } 1 .. 1500);
my ($looks, $bad, $answered) = (0, 0, 0);
while ($answered < 1500) {
	($status) = $daemon->ctl('ledger', 'verify');
	$looks++;
	$bad += $status != 0;
	$answered++ while $busy->has_input && $answered < 1500 &&
	    defined $busy->read_reply;
}
is($bad, 0, "good in all of $looks looks while it grows");
my ($file) = ledger_segments($daemon);
my $whole = slurp($file);
truncate $file, rindex($whole, "\n", length($whole) - 2) + 1;
($status, $output) = $daemon->ctl('ledger', 'verify');
is($status, 1, 'while the daemon runs, a line missing at the end is noticed');
like($output, qr{^\Q$file\E:\d+: it ends with entry \d+, but }, 'by number');
spill($file, $whole);
is($daemon->stop, 0, 'the daemon ends well');
is_deeply([ledger_problems($daemon)], [], 'the ledger is good');

# Three segments, made of the one that is there as dwserv would.
my ($text) = map { slurp($_) } ledger_segments($daemon);
my @lines = split /\n/, $text;
my $digest = '0' x 64;

sub seal
{
	my ($line) = @_;

	$digest = sha256_hex($digest . $line);
	return "$line sha256=$digest\n";
}

sub segment
{
	my ($number, @entries) = @_;
	my ($next) = $entries[0] =~ /^(\d+)/;

	return join '', map { seal($_) }
	    "0 2026-11-23T00:00:00Z segment=$number next=$next " .
	    "previous=$digest uids=10000-20000 gids=10000-20000",
	    "0 2026-11-23T00:00:00Z client=billing idem=key digest=0 reply=x",
	    @entries;
}

my @entries = map { s/ sha256=[0-9a-f]{64}\z//r } grep { /^[1-9]/ } @lines;
my $directory = $root->directory . '/copy';
my @segments = (segment(1, @entries[0 .. 19]), segment(2, @entries[20 .. 39]),
    segment(3, @entries[40 .. 59]));
my @names = map { sprintf '%08d', $_ } 1 .. 3;

mkdir $_ or die "$_: $!\n" for $directory, "$directory/ledger";

# What verify says of these segments: status, and where it is wrong.
sub verify
{
	my (@texts) = @_;

	for my $i (0 .. 2) {
		my $path = "$directory/ledger/$names[$i]";

		defined $texts[$i] ? spill($path, $texts[$i]) : unlink $path;
	}
	my ($status, $output) = run_program($ctl, '-s', '/nowhere', 'ledger',
	    'verify', '-d', $directory);
	my ($place) = $output =~ m{^\Q$directory/ledger/\E(\d+(?::\d+)?): \S};
	return ($status, $place // $output);
}

sub good
{
	my ($name, @texts) = @_;
	my ($status, $place) = verify(@texts);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($status, 0, $name) or diag($place);
}

sub bad
{
	my ($name, $expected, @texts) = @_;
	my ($status, $place) = verify(@texts);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is("$status $place", "1 $expected", $name);
}

# The segments with the lines of one changed by the code.
sub with
{
	my ($number, $code) = @_;
	my @texts = @segments;
	my @of = map { "$_\n" } split /\n/, $texts[$number - 1];

	$code->(\@of);
	$texts[$number - 1] = join '', @of;
	return @texts;
}

good('three segments', @segments);
good('without the first', undef, @segments[1, 2]);
good('only the last', undef, undef, $segments[2]);
good('a line that is not finished', @segments[0, 1],
    $segments[2] . '81 2026-11-2');
bad('one not finished in the middle', '00000002:23', $segments[0],
    $segments[1] . '41 2026-11-2', $segments[2]);
bad('a missing segment', '00000002', $segments[0], undef, $segments[2]);
bad('an empty one', '00000003', @segments[0, 1], '');
bad('two that are exchanged', '00000001:1', @segments[1, 0, 2]);
bad('one in the place of the next', '00000003:1', @segments[0, 1, 1]);
bad('another ledger\'s beginning', '00000002:1',
    do { $digest = '1' x 64; $segments[0] },
    segment(2, @entries[20 .. 39]), $segments[2]);
{
	$digest = '0' x 64;
	my $first = segment(1, @entries[0 .. 19]);
	bad('a gap in the numbers between segments', '00000002:1', $first,
	    segment(2, @entries[21 .. 39]), $segments[2]);
	$digest = '0' x 64;
	bad('a gap in the numbers', '00000001:8',
	    segment(1, @entries[0 .. 4, 6 .. 19]), @segments[1, 2]);
	$digest = '0' x 64;
	bad('a number twice', '00000001:8',
	    segment(1, @entries[0 .. 4, 4 .. 19]), @segments[1, 2]);
	$digest = '0' x 64;
	bad('a carried line among the entries', '00000001:4',
	    segment(1, $entries[0], $entries[0] =~ s/^\d+/0/r,
	    @entries[1 .. 19]), @segments[1, 2]);
	$digest = 'a' x 64;
	bad('a first segment that follows something', '00000001:1',
	    segment(1, @entries[0 .. 19]), @segments[1, 2]);
	$digest = '0' x 64;
	bad('a number that is none', '00000001:4',
	    segment(1, $entries[0], "02$entries[1]", @entries[2 .. 19]),
	    @segments[1, 2]);
}

# Every kind of octet of a line: digits of the number, of the time, keys,
# values, quotes, blanks, the digest, the newline.
my $line = (split /\n/, $segments[1])[9];
my %kinds;
for my $at (0 .. length $line) {
	my $octet = substr "$line\n", $at, 1;
	my $kind = $octet eq "\n" ? 'newline' :
	    $at >= length($line) - 64 ? 'digest' : $octet =~ /\d/ ?
	    'digit' : $octet =~ /[a-z]/ ? 'letter' : $octet =~ /[A-Z]/ ?
	    'capital' : $octet;
	push @{$kinds{$kind}}, $at;
}
for my $kind (sort keys %kinds) {
	my @places = @{$kinds{$kind}};

	for my $at (map { $places[$_ * $#places / 2] } 0 .. 2) {
		for my $bit (1, 0x20, 0x80) {
			bad("octet $at ($kind) xor $bit", '00000002:10',
			    with(2, sub { substr($_[0][9], $at, 1) ^=
			    chr $bit }));
			last if @places == 1 && $kind ne 'newline';
		}
	}
}
bad('a NUL', '00000002:10', with(2, sub { substr($_[0][9], 40, 1) = "\0" }));
for my $number (1 .. 3) {
	my $file = $names[$number - 1];

	bad("a line of $number removed", "$file:10",
	    with($number, sub { splice @{$_[0]}, 9, 1 }));
	bad("two lines of $number exchanged", "$file:10",
	    with($number, sub { @{$_[0]}[9, 10] = @{$_[0]}[10, 9] }));
	bad("a line of $number twice", "$file:11",
	    with($number, sub { splice @{$_[0]}, 9, 0, $_[0][9] }));
	bad("a line put into $number", "$file:10",
	    with($number, sub { splice @{$_[0]}, 9, 0, "99 2026-11-23T" .
	    "00:00:00Z client=x change=y sha256=" . 'f' x 64 . "\n" }));
	bad("an empty line in $number", "$file:10",
	    with($number, sub { splice @{$_[0]}, 9, 0, "\n" }));
	bad("the head of $number removed", "$file:1",
	    with($number, sub { shift @{$_[0]} }));
	bad("the head of $number changed", "$file:1",
	    with($number, sub { $_[0][0] =~ s/20000/30000/ }));
	bad("the carried line of $number removed", "$file:2",
	    with($number, sub { splice @{$_[0]}, 1, 1 }));
}
bad('the end of the first removed', '00000002:1',
    with(1, sub { pop @{$_[0]} }));
bad('the end of the second cut', '00000002:22',
    with(2, sub { chop $_[0][-1]; chop $_[0][-1] }));

# Nobody can see what is missing at the very end, but for whoever kept the
# digest.
my %sums;
for my $texts ([@segments], [with(3, sub { pop @{$_[0]} })]) {
	good('the last lines', @$texts);
	my ($status, $output) = run_program($ctl, '-j', 'ledger', 'verify',
	    '-d', $directory);
	my ($record) = @{decode_json($output)->{records}};
	$sums{"$record->{last} $record->{sha256}"}++;
}
is(scalar keys %sums, 2, 'number and digest tell where it ended');

# Where there is none, and what is no command.
($status, $output, $complaint) = run_program($ctl, 'ledger', 'verify', '-d',
    $root->directory . '/nothing');
is($status, 1, 'no such directory');
like($complaint, qr{/nothing/ledger: No such file}, 'is said');
for my $arguments (['ledger'], ['ledger', 'verify', 'now'],
    ['ledger', 'verify', '-x'], ['ledger', 'verify', '-d']) {
	($status) = run_program($ctl, @$arguments);
	is($status, 2, "usage: @$arguments");
}

done_testing();
