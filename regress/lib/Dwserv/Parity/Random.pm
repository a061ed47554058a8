# Random account files with all that is found in grown ones.  The seed
# decides, and nothing else draws from these numbers; nothing here is one of
# the known differences.

package Dwserv::Parity::Random;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(seed_random chance pick some number fresh_number
    random_hash random_files @logins @groups);

our @logins = (map({ "u$_" } 0 .. 11), '_x', 'a-b', 'a_', '__', 'z9-',
    'long' . 'n' x 28);
our @groups = ((map { "g$_" } 0 .. 5), '_g', 'g-', 'group' . 'g' x 27);
my @letters = ('a' .. 'z', 'A' .. 'Z', 0 .. 9, '.', '/');
my $state = 1;
my $fresh;

# Begin anew with that number.
sub seed_random
{
	my ($seed) = @_;

	$state = ($seed * 2 + 1) & 0xffffffff;
	number(2) for 1 .. 8;
	$fresh = 52000;
}

# A number that no account and no group has had.
sub fresh_number
{
	return $fresh++;
}

# A number from 0 up to but not including the limit: xorshift of 32 bits.
sub number
{
	my ($limit) = @_;

	$state ^= $state << 13 & 0xffffffff;
	$state ^= $state >> 17;
	$state ^= $state << 5 & 0xffffffff;
	return int($state / 4294967296 * $limit);
}

sub chance
{
	my ($percent) = @_;

	return number(100) < $percent;
}

sub pick
{
	return $_[number(scalar @_)];
}

sub some
{
	my ($percent, @all) = @_;

	return grep { chance($percent) } @all;
}

sub random_hash
{
	my ($length) = @_;

	return join '', map { pick(@letters) } 1 .. $length;
}

# A number, or nothing.
sub perhaps
{
	my ($limit) = @_;

	return chance(70) ? number($limit) : '';
}

sub passwd_line
{
	my ($login, $uid, $gid) = @_;

	return join(':', $login, pick(('x') x 10, '*', '', '!', '!$1$ab$cd'),
	    $uid, $gid, pick('', 'Some One', ',,,', "\xc3\xa9", 'a,b,c,d e'),
	    pick("/home/$login", "/home/$login", '/', ''),
	    pick('/bin/sh', '', '/usr/sbin/nologin')) . "\n";
}

# Locked and expired ones, and older forms.
sub shadow_line
{
	my ($login) = @_;
	my $password = pick('!', '*', '', '!!', '!$6$a$b', '$1$ab$cd',
	    '$6$x$y', '!!$6$x$y', '!*');

	return join(':', $login, $password, map { number(99999) } 1 .. 3) .
	    "\n" if chance(5);
	return join(':', $login, $password, map({ perhaps($_) } 20000, 10,
	    99999, 30, 30), pick('', '', 1, 10000, number(30000)),
	    pick('', '', '', number(9))) . "\n";
}

# An account with what usually belongs to it, and often does not.
sub add_account
{
	my ($files, $login, $uid) = @_;
	my $private = chance(70);
	my $gid = $private ? $uid : 20000 + number(scalar @groups);

	$files->{passwd} .= passwd_line($login, $uid, $gid);
	$files->{shadow} .= shadow_line($login) if chance(90);
	return unless $private;
	add_group($files, $login, chance(95) ? $uid : 30000 + $uid,
	    chance(80) ? () : some(20, @logins));
}

sub add_group
{
	my ($files, $name, $gid, @members) = @_;

	return if chance(3);
	$files->{group} .= join(':', $name, pick(('x') x 9, '*', '', '!'),
	    $gid, join ',', @members) . "\n";
	$files->{gshadow} .= join(':', $name, pick('!', '*', '', 'secret'),
	    chance(20) ? join(',', some(20, @logins)) : '',
	    join ',', chance(80) ? @members : some(20, @logins)) . "\n"
	    if chance(85);
}

# Lines that nobody understands, put in anywhere.
sub disorder
{
	my ($text) = @_;
	my @lines = split /(?<=\n)/, $text;

	for (1 .. 3) {
		next if chance(70);
		splice @lines, number(@lines + 1), 0, pick("\n",
		    "# comment\n", "#\n", "damaged\n", ":\n", "u1\n",
		    "u1:x\n", " \t\n", ':' x 12 . "\n", "\r\n", "g1\r\n",
		    "\xff\xfe\n", 'x' x 2000 . "\n");
	}
	splice @lines, number(@lines + 1), 0, pick("+\n", "-u1\n", "+u2:::\n")
	    if chance(10);
	push @lines, pick("+\n", "+::::::\n", "+\@net\n") if chance(10);
	$text = join '', @lines;
	chomp $text if chance(15);
	return $text;
}

sub random_defs
{
	my $text = "UID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\n" .
	    "GID_MAX 60000\n";

	$text .= 'USERGROUPS_ENAB ' . (chance(85) ? 'yes' : 'no') . "\n";
	$text .= "PASS_MAX_DAYS " . number(1000) . "\n" if chance(70);
	$text .= "PASS_MIN_DAYS " . number(10) . "\n" if chance(70);
	$text .= "PASS_WARN_AGE " . number(30) . "\n" if chance(70);
	return $text;
}

# The four files and login.defs; undef for one that is not there.
sub random_files
{
	my %files = map { $_ => '' } qw(shadow gshadow);
	my $uid = 10001;

	$files{passwd} = "root:x:0:0:root:/root:/bin/sh\n";
	$files{group} = "root:x:0:\n";
	add_account(\%files, $_, $uid++) for some(60, @logins);
	add_group(\%files, $groups[$_], 20000 + $_, some(20, @logins))
	    for 0 .. $#groups;
	$files{$_} = disorder($files{$_}) for sort keys %files;
	$files{shadow} = undef if chance(15);
	$files{gshadow} = undef if chance(15);
	$files{'login.defs'} = random_defs();
	return %files;
}

1;
