# Random account files with all that is found in grown ones, and random
# requests about them.  srand() decides; nothing here is one of the known
# differences.

package Dwserv::Parity::Random;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(random_files random_request);

my @logins = (map({ "u$_" } 0 .. 11), '_x', 'a-b', 'long' . 'n' x 28);
my @groups = map { "g$_" } 0 .. 5;
my @letters = ('a' .. 'z', 'A' .. 'Z', 0 .. 9, '.', '/');

sub chance
{
	my ($percent) = @_;

	return rand 100 < $percent;
}

sub pick
{
	return $_[rand @_];
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

	return chance(70) ? int rand $limit : '';
}

sub passwd_line
{
	my ($login, $uid, $gid) = @_;

	return join(':', $login, pick(('x') x 8, '*', ''), $uid, $gid,
	    pick('', 'Some One', ',,,', "\xc3\xa9"),
	    pick("/home/$login", '/', ''), pick('/bin/sh', '')) . "\n";
}

sub shadow_line
{
	my ($login) = @_;

	return join(':', $login, pick('!', '*', '', '!!', '$1$ab$cd'),
	    map { int rand 99999 } 1 .. 3) . "\n" if chance(5);
	return join(':', $login, pick('!', '*', '', '!$6$a$b', '$1$ab$cd'),
	    map({ perhaps($_) } 20000, 10, 99999, 30, 30, 20000, 9)) . "\n";
}

# An account with what usually belongs to it, and often does not.
sub add_account
{
	my ($files, $login, $uid) = @_;
	my $private = chance(70);
	my $gid = $private ? $uid : 20000 + int rand @groups;

	$files->{passwd} .= passwd_line($login, $uid, $gid);
	$files->{shadow} .= shadow_line($login) if chance(90);
	$files->{shadow} .= shadow_line($login) if chance(3);
	return unless $private;
	add_group($files, $login, chance(95) ? $uid : 30000 + $uid,
	    chance(80) ? () : some(20, @logins));
}

sub add_group
{
	my ($files, $name, $gid, @members) = @_;

	return if chance(3);
	$files->{group} .= "$name:x:$gid:" . join(',', @members) . "\n";
	$files->{gshadow} .= join(':', $name, pick('!', '*', '', 'secret'),
	    chance(20) ? join(',', some(20, @logins)) : '',
	    join ',', chance(80) ? @members : some(20, @logins)) . "\n"
	    if chance(85);
	# A private one may be there twice and in nobody's way.
	$files->{group} .= "$name:x:" . ($gid + 40000) . ":\n"
	    if $name =~ /^g/ && chance(3);
	$files->{gshadow} .= "${name}:::\n" if chance(2);
}

# Lines that nobody understands, put in anywhere.
sub disorder
{
	my ($text) = @_;
	my @lines = split /(?<=\n)/, $text;

	for (1 .. 3) {
		next if chance(70);
		splice @lines, rand @lines + 1, 0, pick("\n", "# comment\n",
		    "#\n", "damaged\n", ":\n", "u1\n", "u1:x\n", " \t\n",
		    ':' x 12 . "\n", "\r\n");
	}
	splice @lines, rand @lines + 1, 0, pick("+\n", "-u1\n", "+u2:::\n")
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
	$text .= "PASS_MAX_DAYS " . int(rand 1000) . "\n" if chance(70);
	$text .= "PASS_MIN_DAYS " . int(rand 10) . "\n" if chance(70);
	$text .= "PASS_WARN_AGE " . int(rand 30) . "\n" if chance(70);
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
	$files{$_} = disorder($files{$_}) for keys %files;
	$files{shadow} = undef if chance(15);
	$files{gshadow} = undef if chance(15);
	$files{'login.defs'} = random_defs();
	return %files;
}

# Groups to be a primary one: none that is there twice.
sub primary_groups
{
	my ($files) = @_;
	my %count;

	$count{$1}++ while $files->{group} =~ /^([^:\n]+):/mg;
	return grep { ($count{$_} // 0) < 2 } @groups, 'nowhere', @logins;
}

sub random_create
{
	my ($files) = @_;
	my %arguments = (home => 'no');

	$arguments{group} = pick(primary_groups($files))
	    if $files->{'login.defs'} !~ /ENAB yes/ || chance(30);
	$arguments{groups} = join ',', some(40, @groups) if chance(60);
	delete $arguments{groups} if ($arguments{groups} // '') eq '';
	$arguments{gecos} = pick('', 'One', 'a, b "c"') if chance(50);
	$arguments{hash} = '$6$' . random_hash(8) . '$' . random_hash(86)
	    if chance(50);
	$arguments{expire} = pick('never', '2030-01-01') if chance(30);
	$arguments{shell} = '/usr/sbin/nologin' if chance(20);
	return ('create', pick(@logins, map { "new$_" } 0 .. 5), %arguments);
}

# A request about such files, as Dwserv::Parity::step() takes it.
sub random_request
{
	my ($files) = @_;

	return random_create($files) if chance(45);
	return ('delete', pick(@logins)) if chance(50);
	return ('password', pick(@logins), hash => '$2b$10$' .
	    random_hash(53));
}

1;
