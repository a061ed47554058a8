# Whether a client has kept within its limits: what its requests have made
# of the account files is compared with what they were before, line by line.
# Nothing here knows how the server decides, only what must never be.

package Dwserv::Test::Confined;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(read_state violations);

# Nobody gets these, whoever asks.
my %reserved = map { $_ => 1 } qw(root toor daemon bin sys sync games man lp
    mail news uucp proxy www-data backup list irc nobody nogroup sshd postfix
    messagebus operator _dwserv _dwauth wheel sudo adm admin shadow disk
    docker lxd kvm kmem tty staff src systemd-journal crontab video);

# The files of a root as they are, and what is in its directories of homes.
sub read_state
{
	my ($root) = @_;
	my %state = map { $_ => [ split /\n/, $root->read($_) ] }
	    qw(passwd shadow group gshadow aliases);
	my $home = $root->path('/home');

	for my $path (glob("$home/* $home/*/*")) {
		my @stat = lstat $path or next;

		$state{homes}{substr $path, length $root->path} =
		    "$stat[4]:$stat[5]";
	}
	return \%state;
}

# What a state says of accounts and groups, by name.
sub entries
{
	my ($lines) = @_;

	return map { [ split /:/, $_, -1 ] } grep { /^[a-z_][^:]*:/ } @$lines;
}

sub accounts
{
	my ($state) = @_;

	return map { $$_[0] => $_ } grep { @$_ == 7 }
	    entries($state->{passwd});
}

sub names_of
{
	my ($limits, $name) = @_;

	return !$reserved{$name} && $name =~ $limits->{names};
}

# Whether a line of passwd was the client's before.
sub is_own
{
	my ($limits, $account) = @_;

	return !$limits->{fixed}{$$account[0]} &&
	    $$account[2] =~ /^\d+\z/ &&
	    $$account[2] >= $limits->{uid}[0] &&
	    $$account[2] <= $limits->{uid}[1] &&
	    $$account[0] =~ $limits->{names};
}

# Lines that were there before in that order, and may not change.
sub kept
{
	my ($what, $old, $new) = @_;
	my $i = 0;

	for my $line (@$old) {
		$i++ while $i < @$new && $new->[$i] ne $line;
		return "$what: lost or moved: $line" if $i++ == @$new;
	}
	return ();
}

# Values that a client may not give may be there as often as before.
sub no_more
{
	my ($what, $old, $new, $may) = @_;
	my (%count, @complaints);

	$count{$_}++ for @$old;
	for (grep { !$may->($_) } @$new) {
		push @complaints, "$what: $_" if --($count{$_} //= 0) < 0;
	}
	return @complaints;
}

sub check_passwd
{
	my ($limits, $before, $after) = @_;
	my %old = accounts($before);
	my %foreign = map { $_ => 1 } grep {
	    my @f = split /:/, $_, -1;
	    @f != 7 || !is_own($limits, \@f) } @{$before->{passwd}};
	my @foreign = grep { $foreign{$_} } @{$before->{passwd}};
	my @own = grep { !$foreign{$_} } @{$after->{passwd}};
	my @complaints = kept('passwd', \@foreign, $after->{passwd});
	my (%uids, @new);

	$uids{(split /:/)[2] // ''}++ for @{$after->{passwd}};
	for my $line (@own) {
		my @fields = split /:/, $line, -1;

		if (@fields != 7) {
			push @complaints, "passwd: not an entry: $line";
			next;
		}
		push @new, \@fields;
		push @complaints, "passwd: the name of $line"
		    if !names_of($limits, $fields[0]);
		push @complaints, "passwd: the uid of $line"
		    if !is_own($limits, \@fields);
		push @complaints, "passwd: a secret in $line"
		    if $fields[1] ne 'x';
		push @complaints, "passwd: the uid twice: $line"
		    if $uids{$fields[2]} > 1;
	}
	my @before = grep { is_own($limits, $_) } values %old;
	my %gids = map { $_ => 1 } @{$limits->{gids}};

	push @complaints,
	    no_more('passwd: the shell', [ @{$limits->{suspended}},
		map { $$_[6] } @before ], [ map { $$_[6] } @new ],
		sub { grep { $_ eq $_[0] } @{$limits->{shells}},
		    '/usr/sbin/nologin' }),
	    no_more('passwd: the home', [ map { $$_[5] } @before ],
		[ map { $$_[5] } @new ], sub {
		    $_[0] =~ m{^\Q$limits->{home}\E/[^.]} }),
	    no_more('passwd: the gid', [ map { $$_[3] } @before ],
		[ map { $$_[3] } @new ], sub { $gids{$_[0]} ||
		    ($_[0] >= $limits->{gid}[0] &&
		    $_[0] <= $limits->{gid}[1] &&
		    !$limits->{bad_gids}{$_[0]}) });
	return @complaints;
}

sub check_shadow
{
	my ($limits, $before, $after) = @_;
	my (%old, %new) = ();
	my @complaints;

	%old = accounts($before);
	%new = accounts($after);
	my %touched = map { $_ => 1 } grep { $new{$_} && is_own($limits,
	    $new{$_}) || $old{$_} && is_own($limits, $old{$_}) }
	    keys %old, keys %new;
	my %was = map { $_ => 1 } @{$before->{shadow}};
	my %hashes = map { (/^[^:]*:!*([^:]*)/ ? $1 : '') => 1 }
	    @{$before->{shadow}};
	my @foreign = grep { !$touched{(split /:/)[0] // ''} }
	    @{$before->{shadow}};

	push @complaints, kept('shadow', \@foreign, $after->{shadow});
	for (grep { !$was{$_} } @{$after->{shadow}}) {
		my ($login, $hash) = split /:/;

		push @complaints, "shadow: of nobody's: $_"
		    if !$touched{$login} || !$new{$login};
		$hash =~ s/^!+//;
		push @complaints, "shadow: the hash in $_"
		    if $hash ne '' && $hash ne '*' &&
		    $hash !~ $limits->{hashes} && !$hashes{$hash};
	}
	return @complaints;
}

# Lists of members, or administrators: what came and what went.
sub check_members
{
	my ($limits, $before, $after, $what, $group, $old, $new) = @_;
	my %old_accounts = accounts($before);
	my %new_accounts = accounts($after);
	my %had = map { $_ => 1 } split /,/, $old;
	my %has = map { $_ => 1 } split /,/, $new;
	my @came = grep { !$had{$_} } keys %has;
	my @went = grep { !$has{$_} } keys %had;
	my $joinable = grep { $_ eq $group } @{$limits->{groups}};
	my $own = sub { my ($a) = @_; defined $a && is_own($limits, $a) };
	my @complaints = map { "$what: $_ came into $group" }
	    grep { !$own->($new_accounts{$_}) } @came;

	push @complaints, map { "$what: $_ went out of $group" }
	    grep { $old_accounts{$_} && !$own->($old_accounts{$_}) } @went;
	push @complaints, "$what: more than before in $group: @came"
	    if !$joinable && @came > @went;
	return @complaints;
}

sub lists
{
	my ($entry, $login) = @_;

	return grep { $_ eq $login } split /,/, join ',', @$entry[2, 3];
}

sub check_group
{
	my ($limits, $before, $after, $kind) = @_;
	my (@complaints, %old, %new, %gid);

	$gid{$$_[0]} //= $$_[2] for entries($before->{group});
	$gid{$$_[0]} //= $$_[2] for entries($after->{group});
	$old{$$_[0]} //= $_ for grep { @$_ == 4 }
	    entries($before->{$kind});
	$new{$$_[0]} //= $_ for grep { @$_ == 4 }
	    entries($after->{$kind});
	my $own = sub {
		my ($name) = @_;

		return defined $gid{$name} && names_of($limits, $name) &&
		    !$limits->{fixed_groups}{$name} &&
		    $gid{$name} >= $limits->{gid}[0] &&
		    $gid{$name} <= $limits->{gid}[1] &&
		    !$limits->{bad_gids}{$gid{$name}};
	};
	my $members = join ',', map { $$_[3], $kind eq 'group' ? () : $$_[2] }
	    grep { $own->($$_[0]) } values %old;
	for my $name (sort keys %{{ %old, %new }}) {
		my ($was, $is) = ($old{$name}, $new{$name});
		my $line = join ':', @{$is // $was};

		next if defined $was && defined $is && "@$was" eq "@$is";
		if ($own->($name)) {
			push @complaints, "$kind: the gid of $line"
			    if $kind eq 'group' && defined $is &&
			    ($$is[2] < $limits->{gid}[0] ||
			    $$is[2] > $limits->{gid}[1]);
			# It may have had another name, and brings its members.
			push @complaints, grep { !/ went out of / }
			    map { check_members({ %$limits, groups =>
				[ $name ] }, $before, $after, $kind, $name,
				$members, $$is[$_]) }
			    $kind eq 'group' ? 3 : (2, 3) if defined $is;
			next;
		}
		if (!defined $was || !defined $is) {
			# The entry of no group may go with one that is made.
			push @complaints, "$kind: of somebody else: $line"
			    if !($kind eq 'gshadow' && !defined $gid{$name});
			next;
		}
		push @complaints, "$kind: not its own: $line"
		    if $$was[1] ne $$is[1] ||
		    ($kind eq 'group' && $$was[2] ne $$is[2]);
		push @complaints, map { check_members($limits, $before,
		    $after, $kind, $name, $$was[$_], $$is[$_]) }
		    $kind eq 'group' ? 3 : (2, 3);
	}
	# An account that is made is not where a list already had its name.
	my %accounts = accounts($after);
	my %before = accounts($before);
	for my $login (grep { !$before{$_} } keys %accounts) {
		push @complaints, "$kind: $login was expected in $$_[0]"
		    for grep { my ($name) = @$_; exists $gid{$name} &&
			!$own->($name) &&
			!grep { $_ eq $name } @{$limits->{groups}} }
			grep { lists($_, $login) && $new{$$_[0]} &&
			    lists($new{$$_[0]}, $login) } values %old;
	}
	my @odd = grep { !/^[a-z_][^:]*:[^:]*:[^:]*:[^:]*\z/ }
	    @{$before->{$kind}};

	return (@complaints, kept($kind, \@odd, $after->{$kind}));
}

sub check_aliases
{
	my ($limits, $before, $after) = @_;
	my (@complaints, %old, %new);
	my %accounts = accounts($before);

	for ([ \%old, $before ], [ \%new, $after ]) {
		my ($to, $state) = @$_;

		for (@{$state->{aliases}}) {
			$to->{lc $1} = $2 if /^([^:#\s]+):\s*(.*)/;
		}
	}
	for my $name (sort keys %{{ %old, %new }}) {
		my ($was, $is) = ($old{$name} // '', $new{$name} // '');
		my %had = map { $_ => 1 } split /,\s*/, $was;

		next if $was eq $is;
		push @complaints, "aliases: not its own: $name: $is"
		    if $reserved{$name} || $name !~ $limits->{aliases} ||
		    ($accounts{$name} && !is_own($limits, $accounts{$name}));
		for (grep { !$had{$_} } split /,\s*/, $is) {
			push @complaints, "aliases: the target $_ of $name"
			    if /^"?[|\/:]/ || (/\@(.*)/ &&
			    $1 !~ $limits->{domains});
		}
	}
	return (@complaints, kept('aliases', [ grep { /^#/ }
	    @{$before->{aliases}} ], $after->{aliases}));
}

# Whether a directory of this owner and group is the client's.
sub owns
{
	my ($limits, $ids) = @_;
	my ($uid) = split /:/, $ids;

	return $uid >= $limits->{uid}[0] && $uid <= $limits->{uid}[1] &&
	    !$limits->{fixed_uids}{$uid};
}

# Directories that are not the client's stay, and none appear but where its
# homes are.
sub check_homes
{
	my ($limits, $before, $after) = @_;
	my ($old, $new) = ($before->{homes}, $after->{homes});
	my @complaints;

	for (sort keys %$old) {
		my $own = owns($limits, $$old{$_});
		my $may = $own && (m{^\Q$limits->{home}\E/} ||
		    (defined $$new{$_} && owns($limits, $$new{$_})));

		push @complaints, "homes: $_ is gone or given away"
		    if ($$new{$_} // '') ne $$old{$_} && !$may;
	}
	for (grep { !exists $$old{$_} } sort keys %$new) {
		push @complaints, "homes: $_ is not its place"
		    if !m{^\Q$limits->{home}\E/};
	}
	return @complaints;
}

# What a client has done between two states that it may not.
sub violations
{
	my ($limits, $before, $after) = @_;

	return (check_passwd(@_), check_shadow(@_), check_group(@_, 'group'),
	    check_group(@_, 'gshadow'), check_aliases(@_), check_homes(@_));
}

1;
