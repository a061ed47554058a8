# What of shadow-utils does the same as a request: command lines.

package Dwserv::Parity::Commands;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(request_of request_line tool_commands tool_did);

sub quoted
{
	my ($value) = @_;

	return $value if $value =~ /\A[^ "\\]+\z/;
	return '"' . $value =~ s/(["\\])/\\$1/gr . '"';
}

# A request as scenarios have it: noun, verb, name and arguments, without
# the noun if that is account.  An argument `with' names the program that
# is to do the same, where more than one can.
sub request_of
{
	my (@words) = @_;

	unshift @words, 'account' unless $words[0] =~ /\A(?:account|group)\z/;
	my ($noun, $verb, $name, %arguments) = @words;
	my $with = delete $arguments{with} // '';
	delete $arguments{uid} if ($arguments{uid} // '') eq 'any';
	return { noun => $noun, verb => $verb, name => $name,
	    arguments => \%arguments, with => $with };
}

sub request_line
{
	my ($request) = @_;
	my $arguments = $request->{arguments};

	return join ' ', $request->{noun}, $request->{verb},
	    quoted($request->{name}),
	    map { "$_=" . quoted($arguments->{$_}) } sort keys %$arguments;
}

# Options for those of the arguments that are there; `never' is what the
# program takes for that.
sub options
{
	my ($arguments, $never, %options) = @_;

	return map { ($options{$_} => $arguments->{$_} eq 'never' ?
	    $never->{$_} // '-1' : $arguments->{$_}) }
	    grep { exists $arguments->{$_} } sort keys %options;
}

my %no_date = (expire => '');

# The uid is the one that dwserv gave; without a reply, any.
sub account_create
{
	my ($request, $reply) = @_;
	return ['useradd', $request->{name}] if $request->{with} eq 'default';
	my %arguments = %{$request->{arguments}};
	my $home = ($arguments{home} // '') ne 'no';

	delete $arguments{home} unless $home;
	$arguments{uid} //= $reply =~ / uid=(\d+)/ ? $1 : 54321;
	$arguments{shell} //= '/bin/sh';
	my %keys = (min => 'PASS_MIN_DAYS', max => 'PASS_MAX_DAYS',
	    warn => 'PASS_WARN_AGE');
	my @keys = map { ('-K', "$keys{$_}=" . ($arguments{$_} eq 'never' ?
	    -1 : $arguments{$_})) } grep { exists $arguments{$_} }
	    sort keys %keys;
	my @more = $request->{with} =~ /-\w/g;
	return ['useradd', $home ? '-m' : '-M', @more, options(\%arguments,
	    \%no_date, group => '-g', groups => '-G', gecos => '-c',
	    home => '-d', shell => '-s', hash => '-p', uid => '-u',
	    expire => '-e', inactive => '-f'), @keys, $request->{name}];
}

# Groups are added and removed by calls of their own if there are both.
sub member_commands
{
	my ($request) = @_;
	my ($name, $arguments, $with) = @$request{qw(name arguments with)};

	return ((map { ['gpasswd', '-a', $name, $_] }
	    split /,/, $arguments->{'groups+'} // ''),
	    map { ['gpasswd', '-d', $name, $_] }
	    split /,/, $arguments->{'groups-'} // '') if $with eq 'gpasswd';
	return ((map { ['usermod', '-a', '-G', $_, $name] }
	    grep { defined } $arguments->{'groups+'}),
	    map { ['usermod', '-r', '-G', $_, $name] }
	    grep { defined } $arguments->{'groups-'});
}

sub account_modify
{
	my ($request) = @_;
	my ($name, $arguments) = @$request{qw(name arguments)};
	my $with = $request->{with};
	my @usermod = options($arguments, \%no_date, uid => '-u',
	    group => '-g', groups => '-G', gecos => '-c', home => '-d',
	    shell => '-s', $with eq 'chage' ? () :
	    (expire => '-e', inactive => '-f'));
	my @chage = options($arguments, {}, min => '-m', max => '-M',
	    warn => '-W', $with ne 'chage' ? () :
	    (expire => '-E', inactive => '-I'));

	push @usermod, '-m' if ($arguments->{move} // '') eq 'yes';
	return ((@usermod ? ['usermod', @usermod, $name] : ()),
	    (@chage ? ['chage', @chage, $name] : ()),
	    member_commands($request));
}

sub account_rename
{
	my ($request) = @_;
	my ($name, $arguments) = @$request{qw(name arguments)};
	my $new = $arguments->{name};
	my @home = ($arguments->{home} // '') eq 'move' ?
	    ('-d', "/home/$new", '-m') : ();

	return (['usermod', '-l', $new, @home, $name],
	    ($arguments->{group} // '') eq 'rename' ?
	    ['groupmod', '-n', $new, $name] : ());
}

# A program that takes its input has that as the last element.
sub account_password
{
	my ($request) = @_;
	my ($name, $arguments) = @$request{qw(name arguments)};

	return ['usermod', '-p', $arguments->{hash}, $name]
	    if $request->{with} eq 'usermod';
	return ['chpasswd', '-e', \"$name:$arguments->{hash}\n"]
	    if defined $arguments->{hash};
	my ($method, $cost) = split ' ', $request->{with} || 'SHA512 6000';
	return ['chpasswd', '-c', $method, '-s', $cost,
	    \"$name:$arguments->{password}\n"];
}

sub group_create
{
	my ($request, $reply) = @_;
	my $gid = $request->{arguments}{gid} //
	    ($reply =~ / gid=(\d+)/ ? $1 : 54321);

	return ['groupadd', $request->{with} eq 'default' ? () :
	    ('-g', $gid), $request->{name}];
}

sub group_member
{
	my ($request, $gpasswd, $usermod) = @_;
	my ($group, $login) = ($request->{name},
	    $request->{arguments}{login});

	return ['usermod', $usermod, '-G', $group, $login]
	    if $request->{with} eq 'usermod';
	return ['gpasswd', $gpasswd, $login, $group];
}

my %commands = (
	'account create' => \&account_create,
	'account modify' => \&account_modify,
	'account rename' => \&account_rename,
	'account password' => \&account_password,
	'account lock' => sub { ['usermod', '-L', $_[0]{name}] },
	'account unlock' => sub { ['usermod', '-U', $_[0]{name}] },
	'account delete' => sub { ['userdel',
	    ($_[0]{arguments}{home} // '') eq 'remove' ? '-r' : (),
	    $_[0]{name}] },
	'group create' => \&group_create,
	'group modify' => sub { ['groupmod', '-g', $_[0]{arguments}{gid},
	    $_[0]{name}] },
	'group rename' => sub { ['groupmod', '-n', $_[0]{arguments}{name},
	    $_[0]{name}] },
	'group delete' => sub { ['groupdel', $_[0]{name}] },
	'group add' => sub { group_member($_[0], '-a', '-a') },
	'group remove' => sub { group_member($_[0], '-d', '-r') },
);

# The command lines that do what a request does; what dwserv has replied to
# it says which number was given.  One that takes input has a reference to
# that at its end.
sub tool_commands
{
	my ($request, $reply) = @_;
	my $code = $commands{"$request->{noun} $request->{verb}"} or
	    die "no program does $request->{noun} $request->{verb}\n";

	return $code->($request, $reply // '');
}

# Whether a program did it; undef if there was nothing to be done, which some
# take for a mistake.
sub tool_did
{
	my ($status, $output) = @_;

	return undef if $status == 3 &&
	    $output =~ /^gpasswd: user '.*' is not a member of /m;
	# It says that it will not, and succeeds.
	return 0 if $output =~ /would result in a passwordless account/;
	return $status == 0;
}

1;
