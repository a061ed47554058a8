# Random requests: most of what a client could do, and all that it should
# not, in any order.  The seed decides.

package Dwserv::Test::Asking;

use strict;
use warnings;

# The pools: logins, groups, uids, gids, shells, homes, hashes, aliases and
# targets, each a reference to a list.
sub new
{
	my ($class, %pools) = @_;

	return bless { %pools, said => [] }, $class;
}

sub chance
{
	return rand(100) < $_[0];
}

sub pick
{
	my ($self, $pool) = @_;
	my $list = $self->{$pool};

	return $$list[rand @$list];
}

sub list
{
	my ($self, $pool) = @_;
	my %some = map { $self->pick($pool) => 1 } 1 .. 1 + rand 3;

	return join ',', sort keys %some;
}

# An argument that is there now and then.
sub maybe
{
	my ($percent, $text) = @_;

	return chance($percent) ? " $text" : '';
}

sub state
{
	my ($self) = @_;

	return maybe(20, 'uid=' . $self->pick('uids')) .
	    maybe(20, 'group=' . $self->pick('groups')) .
	    maybe(15, 'gecos=' . int rand 9) .
	    maybe(25, 'shell=' . $self->pick('shells')) .
	    maybe(8, 'expire=2030-01-01');
}

sub secret
{
	my ($self) = @_;

	return chance(50) ? 'password=x' . int rand 9 :
	    'hash=' . $self->pick('hashes');
}

sub create
{
	my ($self, $verb) = @_;

	return "account $verb " . $self->pick('logins') . $self->state .
	    maybe(20, 'groups=' . $self->list('groups')) .
	    maybe(60, 'home=' . (chance(75) ? 'no' : $self->pick('homes'))) .
	    maybe(15, $self->secret);
}

sub modify
{
	my ($self) = @_;
	my $groups = chance(20) ? ' groups=' . (chance(30) ? '""' :
	    $self->list('groups')) : maybe(20, 'groups+=' .
	    $self->pick('groups')) . maybe(20, 'groups-=' .
	    $self->pick('groups'));

	return 'account modify ' . $self->pick('logins') . $self->state .
	    $groups . (chance(20) ? ' home=' . $self->pick('homes') .
	    maybe(40, 'move=yes') : '');
}

sub account
{
	my ($self) = @_;
	my $login = $self->pick('logins');
	my $kind = rand 100;

	return $self->create('create') if $kind < 32;
	return $self->create('ensure') if $kind < 40;
	return $self->modify if $kind < 60;
	return "account rename $login name=" . $self->pick('logins') .
	    maybe(30, 'home=move') . maybe(40, 'group=rename') if $kind < 72;
	return "account delete $login" . maybe(40, 'home=' .
	    (qw(remove archive keep))[rand 3]) . maybe(40, 'aliases=remove') .
	    ' processes=ignore' if $kind < 84;
	return "account password $login " . $self->secret if $kind < 90;
	return 'account ' . (qw(lock unlock suspend resume))[rand 4] .
	    " $login";
}

sub group
{
	my ($self) = @_;
	my $group = $self->pick('groups');
	my $kind = rand 100;

	return "group create $group" . maybe(50, 'gid=' .
	    $self->pick('gids')) if $kind < 25;
	return "group modify $group gid=" . $self->pick('gids') .
	    maybe(30, 'files=change') if $kind < 40;
	return "group rename $group name=" . $self->pick('groups')
	    if $kind < 55;
	return "group delete $group" if $kind < 65;
	return 'group ' . (qw(add add remove))[rand 3] . " $group login=" .
	    $self->pick('logins');
}

sub alias
{
	my ($self) = @_;
	my $alias = $self->pick('aliases');

	return "alias delete $alias" if chance(20);
	return 'alias ' . (qw(set add add remove))[rand 4] . " $alias " .
	    'targets=' . $self->list('targets');
}

sub request
{
	my ($self) = @_;
	my $said = $self->{said};
	my $kind = rand 100;
	my $request = $kind < 62 ? $self->account :
	    $kind < 84 ? $self->group : $self->alias;

	$request .= maybe(12, 'idem=key' . int rand 20);
	# The same again: as a replay, or because much has changed meanwhile.
	$request = $$said[rand @$said] if @$said && chance(8);
	push @$said, $request;
	shift @$said if @$said > 200;
	return $request;
}

# About so many lines, transactions and plans among them.
sub lines
{
	my ($self, $count) = @_;
	my @lines;

	while (@lines < $count) {
		if (chance(4)) {
			push @lines, 'begin', map { $self->request =~
			    s/ idem=\S+//r } 0 .. rand 4;
			push @lines, 'plan commit' if chance(20);
			push @lines, chance(90) ? 'commit' . maybe(30,
			    'idem=key' . int rand 20) : 'abort';
		} else {
			push @lines, (chance(6) ? 'plan ' : '') .
			    $self->request;
		}
	}
	return @lines;
}

1;
