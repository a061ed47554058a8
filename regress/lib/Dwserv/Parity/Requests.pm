# Random requests about random files, over all programs of shadow-utils,
# mostly about what is there.

package Dwserv::Parity::Requests;

use strict;
use warnings;

use Exporter qw(import);

use Dwserv::Parity::Commands qw(request_of);
use Dwserv::Parity::Random qw(chance pick some number fresh_number
    random_hash @logins @groups);

our @EXPORT_OK = qw(random_request);

# The names in passwd or group that a client can reach.
sub names_in
{
	my ($text) = @_;

	return $text =~ /^([a-z_][a-z0-9_-]*):[^:\n]*:\d{5}:/mg;
}

sub hash_argument
{
	return (hash => chance(50) ? '$2b$10$' . random_hash(53) :
	    '$6$' . random_hash(8) . '$' . random_hash(86));
}

sub gecos
{
	return pick('', 'One', 'a, b "c"', ',,,', "\xc3\xa4\xe2\x82\xac",
	    '  ', 'x' x 255);
}

sub days
{
	return pick(0, 1, 7, 'never', number(99999));
}

sub date
{
	return pick('never', '2030-01-01', '1970-01-01', '1970-01-02',
	    '2028-02-29', '2038-01-20');
}

# One, and it is there more often than not.
sub login_of
{
	my ($now) = @_;
	my @there = names_in($now->{passwd});

	return @there && chance(85) ? pick(@there) :
	    pick(@logins, 'nowhere');
}

sub group_of
{
	my ($now) = @_;
	my @there = names_in($now->{group});

	return @there && chance(85) ? pick(@there) : pick(@groups, 'nowhere');
}

sub some_groups
{
	my ($now) = @_;
	my @there = names_in($now->{group});
	my @wanted = some(25, @there);

	push @wanted, 'nowhere' if chance(3);
	return join ',', @wanted;
}

# Without private groups, a group has to be named.
sub create
{
	my ($now) = @_;
	my %arguments = (home => 'no');

	$arguments{group} = group_of($now)
	    if $now->{'login.defs'} !~ /ENAB yes/ || chance(30);
	$arguments{groups} = some_groups($now) if chance(60);
	delete $arguments{groups} if ($arguments{groups} // '') eq '';
	$arguments{uid} = fresh_number() if chance(30);
	$arguments{gecos} = gecos() if chance(50);
	%arguments = (%arguments, hash_argument()) if chance(50);
	$arguments{expire} = date() if chance(20);
	$arguments{$_} = days() for some(15, qw(inactive min max warn));
	$arguments{shell} = '/usr/sbin/nologin' if chance(20);
	return ('create', pick(@logins, map { "new$_" } 0 .. 5), %arguments);
}

# What passwd says of an account.
sub modify
{
	my ($now) = @_;
	my %arguments;

	until (%arguments) {
		$arguments{gecos} = gecos() if chance(40);
		$arguments{shell} = pick('/bin/sh', '/usr/sbin/nologin')
		    if chance(30);
		$arguments{home} = '/home/' . pick(@logins, 'other')
		    if chance(25);
		$arguments{uid} = fresh_number() if chance(15);
		$arguments{group} = group_of($now) if chance(20);
		$arguments{groups} = some_groups($now) if chance(15);
	}
	return ('modify', login_of($now), %arguments);
}

# Days and dates: of usermod's, of chage's, or of both.
sub aging
{
	my ($now) = @_;
	my %arguments;

	if (chance(40)) {
		$arguments{expire} = date() if chance(60);
		$arguments{inactive} = days()
		    if chance(50) || !%arguments;
		$arguments{with} = 'chage' if chance(50);
	} else {
		$arguments{$_} = days() for some(50, qw(min max warn));
		$arguments{min} = 3 unless %arguments;
	}
	return ('modify', login_of($now), %arguments);
}

sub memberships
{
	my ($now) = @_;

	return ('modify', login_of($now), groups => some_groups($now))
	    if chance(35);
	my $which = pick('groups+', 'groups-');
	my $groups = some_groups($now);
	$groups = group_of($now) if $groups eq '';
	return ('modify', login_of($now), $which => $groups);
}

sub rename_account
{
	my ($now) = @_;

	return ('rename', login_of($now),
	    name => pick(@logins, map { "name$_" } 0 .. 5));
}

sub password
{
	my ($now) = @_;

	return ('password', login_of($now), hash_argument(),
	    with => pick('', 'usermod'));
}

sub member
{
	my ($now) = @_;

	return ('group', pick('add', 'remove'), group_of($now),
	    login => login_of($now), with => pick('', '', 'usermod'));
}

sub group_create
{
	return ('group', 'create', pick(@groups, map { "h$_" } 0 .. 5),
	    gid => fresh_number());
}

my @kinds = (
    14, \&create,
    8, sub { ('delete', login_of(@_)) },
    8, \&password,
    14, \&modify,
    13, \&aging,
    10, \&memberships,
    7, \&rename_account,
    8, sub { (pick('lock', 'unlock'), login_of(@_)) },
    4, \&group_create,
    3, sub { ('group', 'modify', group_of(@_), gid => fresh_number()) },
    4, sub { ('group', 'rename', group_of(@_),
	name => pick(@groups, map { "h$_" } 0 .. 5)) },
    3, sub { ('group', 'delete', group_of(@_)) },
    8, \&member,
);

sub on_list
{
	my ($list, $login) = @_;

	return grep { $_ eq $login } split /,/, $list // '';
}

# Whether somebody is an administrator of a group in gshadow and no member.
sub only_administrator
{
	my ($now, $login) = @_;

	return grep { my ($name, $password, $administrators, $members) =
	    split /:/; on_list($administrators, $login) &&
	    !on_list($members, $login) } split /\n/, $now->{gshadow} // '';
}

# The fields of a name's line in one of the files, if it has one.
sub fields_of
{
	my ($now, $file, $name) = @_;

	return ($now->{$file} // '') =~ /^(\Q$name\E:.*)$/m ?
	    split(/:/, $1, -1) : ();
}

# Whether usermod and chage do not do the same to shadow as they do for
# others: where it has no entry, which one takes for one that expired on the
# first day, and the other makes without any days.
sub is_odd_aging
{
	my ($now, $request) = @_;
	my ($login, $arguments, $with) = @$request{qw(name arguments with)};

	return 0 if fields_of($now, 'shadow', $login) ||
	    !grep { exists $arguments->{$_} } qw(expire inactive);
	return 1 if ($arguments->{expire} // '') eq '1970-01-01' ||
	    ($arguments->{inactive} // '') eq '0';
	return defined $now->{shadow} && ($with eq 'chage' ||
	    $now->{passwd} !~ /^\Q$login\E:x:/m);
}

# Whether there is no password to unlock in passwd, but one in shadow, or
# the other way round.
sub is_half_locked
{
	my ($now, $login) = @_;
	my (undef, $one) = fields_of($now, 'passwd', $login);
	my (undef, $other) = fields_of($now, 'shadow', $login);

	return defined $one && defined $other && $one ne 'x' &&
	    ($one eq '!' xor $other eq '!');
}

# Whether gshadow has no entry for a group, and the programs do not agree:
# usermod leaves it so; gpasswd makes one, for nothing if it is that of a
# member.
sub is_odd_member
{
	my ($now, $request) = @_;
	my ($verb, $group, $arguments) = @$request{qw(verb name arguments)};
	my $login = $arguments->{login};

	# Who has no account can be taken out, but not by usermod.
	return $request->{with} eq 'usermod' &&
	    (only_administrator($now, $login) ||
	    !fields_of($now, 'passwd', $login)) if $verb eq 'remove';
	return 0 if $verb ne 'add' || !defined $now->{gshadow} ||
	    fields_of($now, 'gshadow', $group);
	my (undef, undef, undef, $members) = fields_of($now, 'group', $group);
	return $request->{with} eq 'usermod' ||
	    on_list($members, $login);
}

# Whether it is one of the differences that differences_change.t shows.
sub is_difference
{
	my ($now, $request) = @_;
	my ($noun, $verb, $name, $arguments) =
	    @$request{qw(noun verb name arguments)};

	return 1 if $verb eq 'rename' && $arguments->{name} eq $name;
	return is_odd_member($now, $request) if $noun eq 'group';
	return 1 if exists $arguments->{'groups-'} &&
	    only_administrator($now, $name);
	return 1 if $verb eq 'create' && !defined $now->{shadow} &&
	    grep { exists $arguments->{$_} } qw(inactive min max warn);
	return 1 if $verb eq 'unlock' && is_half_locked($now, $name);
	# The older form of a line of shadow.
	my @fields = fields_of($now, 'shadow', $name);
	return 1 if $verb =~ /\A(?:lock|unlock|rename)\z/ && @fields == 5;
	return $verb eq 'modify' && is_odd_aging($now, $request);
}

# A request about the files as they are now, as Dwserv::Parity::step()
# takes it.
sub random_request
{
	my ($now) = @_;
	my $total = 0;

	for (my $i = 0; $i < @kinds; $i += 2) {
		$total += $kinds[$i];
	}
	for (;;) {
		my $at = number($total);
		my @left = @kinds;

		while ($at >= $left[0]) {
			$at -= $left[0];
			splice @left, 0, 2;
		}
		my @request = $left[1]->($now);
		return @request unless is_difference($now,
		    request_of(@request));
	}
}

1;
