# A hostile program in the place of a worker, of auth or of home: the
# directory that makes a daemon start it, its orders, and what it did; and
# what must hold however hostile it is.

package Dwserv::Test::Hostile;

use strict;
use warnings;

use Carp;
use Digest::SHA;
use File::Copy qw(copy);
use FindBin;

use Dwserv::Test::Wait qw(wait_for slurp spill process_status
    process_identity process_lives);

# As in regress/privsep/hostile.h.
my @counters = qw(done line step starts sent answers lines sessions denials
    text_size);
my $codes = 600;
my $text = 1024 * 1024;

my %placed;		# by daemon, the process that is in place of a role

# A directory for the configuration's libexec, in which each program is the
# hostile one as long as there are orders for it, and otherwise itself.
sub new
{
	my ($class, $root, $obj) = @_;
	my $self = bless { directory => $root->directory . '/libexec',
	    state => $root->directory . '/dwserv.state' }, $class;

	-x "$obj/privsep/hostile" or
	    croak "$obj/privsep/hostile is missing; make unit";
	mkdir $self->{directory} or croak "$self->{directory}: $!";
	mkdir $self->{state}, 0700 or croak "$self->{state}: $!";
	for my $role (qw(worker auth home)) {
		my $place = $self->place($role);

		# The parent's walls let it start only what is here itself.
		install("$obj/privsep/hostile", $place);
		install("$obj/dwserv-$role", "$place.real");
		# They let it write only where the daemon itself does.
		symlink $self->state_path($role), "$place.state"
		    or croak "$place.state: $!";
	}
	return $self;
}

sub install
{
	my ($from, $to) = @_;

	copy($from, $to) && chmod(0755, $to) or croak "$to: $!";
}

# The numbers of an enum of dwserv/msg.h, by the ends of their names.
sub numbers
{
	my ($enum, $prefix) = @_;
	my ($body) = slurp("$FindBin::Bin/../../dwserv/msg.h") =~
	    /^enum $enum \{(.*?)^\}/ms;
	my $number = 0;

	return map { lc($_) => $number++ } $body =~ /^\s+${prefix}_(\w+)/mg;
}

sub directory
{
	my ($self) = @_;

	return $self->{directory};
}

sub place
{
	my ($self, $role) = @_;

	return "$self->{directory}/dwserv-$role";
}

# What the hostile program shares with the test.
sub state_path
{
	my ($self, $role) = @_;

	return "$self->{state}/hostile-$role";
}

# The next program that starts in this place has these orders.
sub order
{
	my ($self, $role, @lines) = @_;
	my $place = $self->place($role);

	spill($self->state_path($role), "\0" x (8 * (@counters + $codes) + $text));
	spill("$place.new", join '', map { "$_\n" } @lines);
	rename "$place.new", "$place.orders" or croak "$place.orders: $!";
	return $self;
}

# What the hostile program has counted, with the codes of replies, and the
# lines that it wrote down.
sub state
{
	my ($self, $role) = @_;
	my $bytes = slurp($self->state_path($role));
	my @numbers = unpack 'Q' . (@counters + $codes), $bytes;
	my %state;

	@state{@counters} = splice @numbers, 0, scalar @counters;
	$state{codes} = { map { $numbers[$_] ? ($_ => $numbers[$_]) : () }
	    0 .. $codes - 1 };
	$state{text} = [ split /\n/, substr $bytes, -$text,
	    $state{text_size} ];
	return \%state;
}

# Have a process of a role replaced by the hostile program.  Returns the
# process ids of the others, which have to stay.
sub begin
{
	my ($self, $daemon, $role, @lines) = @_;
	my ($first, @others) = $daemon->wait_children($role);

	$self->order($role, @lines);
	kill KILL => $first;
	wait_for(sub { $self->state($role)->{starts} > 0 }) or
	    croak "the hostile $role does not start:\n" . $daemon->log;
	return @others;
}

# Wait until all orders are carried out.
sub finish
{
	my ($self, $role, $seconds) = @_;

	wait_for(sub { $self->state($role)->{done} }, $seconds // 60);
	return $self->state($role);
}

# Have the real program in that place again.
sub end
{
	my ($self, $daemon, $role) = @_;
	my $place = $self->place($role);

	unlink "$place.orders";
	for my $child ($daemon->children($role)) {
		my $program = readlink "/proc/$child->{pid}/exe" // '';

		kill KILL => $child->{pid} if $program =~ m{/hostile\z};
	}
	wait_for(sub {
		my @children = $daemon->children($role);
		return @children && !grep { $_->{state} ne 'ready' ||
		    (readlink "/proc/$_->{pid}/exe" // '') =~ m{/hostile\z} }
		    @children;
	}, 30) or croak "no real $role comes back:\n" . $daemon->log;
}

# Why each process with a name was ended, by the log: a list of name and
# reason.
sub verdicts
{
	my ($self, $daemon, $role) = @_;
	my $log = $daemon->log;
	my %reasons;

	$reasons{$1} //= $2
	    while $log =~ /$role \d+, process (\d+): (.*)/g;
	return map { /^(\d+) (.*)/ ? ($2, $reasons{$1} // 'none') : () }
	    @{$self->state($role)->{text}};
}

# The checksum of a file, or of its lines that have not the pattern, but for
# what the ledger says of an entry's place.
sub checksum
{
	my ($path, $except) = @_;

	return '-' unless -e $path;
	my $text = slurp($path);
	$text = join '', map { s/^\d+ //r =~ s/ sha256=\S+//r }
	    grep { !/$except/ } split /^/, $text if defined $except;
	return Digest::SHA::sha256_hex($text);
}

# What cannot change behind anybody's back: the account files, what else is
# in etc, the homes, and the state with the ledger; but for lines with the
# pattern, if there is one.
sub facts
{
	my ($self, $daemon, $except) = @_;
	my $root = $daemon->{root};
	my %facts = (etc => join(' ', grep { !/-\z/ } $root->names('/etc')),
	    home => join(' ', $root->names('/home')));

	$facts{$_} = checksum($root->etc($_), $except)
	    for qw(passwd shadow group gshadow login.defs);
	for my $path ("$daemon->{state}/suspended",
	    glob "$daemon->{state}/ledger/*") {
		$facts{$path =~ s{^\Q$daemon->{state}\E/}{}r} =
		    checksum($path, $except);
	}
	return \%facts;
}

# The names of what is not as it was.
sub changes
{
	my ($before, $after) = @_;

	return grep { ($before->{$_} // '-') ne ($after->{$_} // '-') }
	    sort keys %{{ %$before, %$after }};
}

# Descriptors and memory (kilobytes) of a process.
sub uses
{
	my ($pid) = @_;
	my @descriptors = map { readlink } glob "/proc/$pid/fd/*";
	my ($memory) = process_status($pid, 'VmRSS') =~ /(\d+)/;

	return { descriptors => scalar @descriptors, memory => $memory,
	    open => join ' ', sort grep { defined } @descriptors };
}

1;
