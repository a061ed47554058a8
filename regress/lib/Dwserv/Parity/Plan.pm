# What `plan' says that a request would do, and what it then has done: lines
# of the account files and homes.

package Dwserv::Parity::Plan;

use strict;
use warnings;

use Digest::SHA;
use Exporter qw(import);
use File::Find;

use Dwserv::Test::Root;

our @EXPORT_OK = qw(plan_of fingerprint lines_wrong homes_wrong leaks);

# The arguments of a line of a reply.
sub arguments
{
	my ($text) = @_;
	my %arguments;

	while ($text =~ /\G[ ]*([a-z-]+)=
	    (?:"([^"\\]*+(?:\\["\\][^"\\]*+)*+)"|([^\ "]*))/gcx) {
		my ($key, $quoted, $bare) = ($1, $2, $3);

		$quoted =~ s/\\(["\\])/$1/g if defined $quoted;
		$arguments{$key} = $quoted // $bare;
	}
	die "what is \"$text\"?\n" if (pos($text) // 0) != length $text;
	return \%arguments;
}

# A reply to a plan: the lines, the homes, and what is at the end.
sub plan_of
{
	my (@reply) = @_;
	my $end = pop @reply;
	my %plan = (lines => [], homes => [], end => $end);

	for my $line (@reply) {
		my ($kind, $rest) = $line =~ /\A250-(line|home) (.*)\z/s or
		    die "what is \"$line\"?\n";
		push @{$plan{"${kind}s"}}, arguments($rest);
	}
	($plan{count}) = $end =~ /\A250 planned lines=(\d+)\z/;
	return \%plan;
}

# What is in a root, each file by its number, owner, mode, times and
# content; without what dwserv and lckpwdf(3) keep there for ever.
sub fingerprint
{
	my ($root) = @_;
	my %found;

	find({ no_chdir => 1, wanted => sub {
		return $File::Find::prune = 1 if m{/\.dwserv\z};
		return if m{/etc/\.(?:pwd|dwserv)\.lock\z};
		my @stat = lstat;

		$found{$_} = join ' ', @stat[1, 2, 4, 5],
		    -l _ ? readlink : -d _ ? '' : ($stat[9],
		    Digest::SHA->new(256)->addfile($_)->hexdigest);
	    } }, $root->path);
	return \%found;
}

# The lines that are in the one text and not in the other, as often.
sub lines_gone
{
	my ($one, $other) = @_;
	my %count;

	# Empty lines at the end are lines, too.
	my ($here, $there) = map {
	    [(($_ // '') =~ s/[^\n]\K\z/\n/r) =~ /([^\n]*)\n/g] } $one, $other;
	$count{$_}++ for @$there;
	return grep { !$count{$_} || !$count{$_}-- } @$here;
}

# Whether a line of the plan is this line of a file.  A password may be
# hidden, what a reply cannot hold is a question mark, and a line that is
# too long for one is cut.
sub is_line
{
	my ($planned, $line) = @_;
	my $pattern = quotemeta $planned->{text};

	$pattern =~ s/\\\?/.+?/g;
	$pattern =~ s/\A((?:\\[^:]|\w)*\\:(?:\\!)*)\\\*hidden\\\*(?=\\:)
	    /$1\[^:!\]\[^:\]*/x;
	$pattern .= '.+' if $planned->{cut};
	return $line =~ /\A$pattern\z/s;
}

# What is in one list of lines and not in the other, on both sides.
sub unmatched
{
	my ($planned, $lines) = @_;
	my @lines = @$lines;
	my @missing;

	for my $plan (@$planned) {
		my ($at) = grep { is_line($plan, $lines[$_]) } 0 .. $#lines;

		push @missing, "planned only: $plan->{text}" unless defined $at;
		splice @lines, $at, 1 if defined $at;
	}
	return (@missing, map { "done only: $_" } @lines);
}

# The lines of one side, old or new.
sub side
{
	my ($planned, $key) = @_;

	return map { { text => $_->{$key}, cut => $_->{"$key-cut"} } }
	    grep { defined $_->{$key} } @$planned;
}

# Where the lines of a plan are not what was done, between two snapshots.
sub lines_wrong
{
	my ($plan, $before, $after) = @_;
	my @wrong;

	for my $file (@Dwserv::Test::Root::files) {
		my @planned = grep { $_->{file} eq $file } @{$plan->{lines}};
		my @old = side(\@planned, 'old');
		my @new = side(\@planned, 'new');

		my @gone = unmatched(\@old,
		    [lines_gone($before->{$file}, $after->{$file})]);
		my @come = unmatched(\@new,
		    [lines_gone($after->{$file}, $before->{$file})]);
		# A line that goes and comes again, in another place.
		my %moved = map { $_ => 1 } @come;
		my %left = map { $_ => 1 } @gone;

		push @wrong, map { "$file: old: $_" }
		    grep { !$moved{$_} } @gone;
		push @wrong, map { "$file: new: $_" }
		    grep { !$left{$_} } @come;
	}
	return @wrong;
}

# Where the homes of a plan are not what was done: what has to be at its
# paths before, and after.
sub homes_wrong
{
	my ($plan, $root, $before, $after) = @_;
	my %rules = (make => [0, 1], remove => [1, 0], archive => [1, 0],
	    move => [1, 0]);
	my %planned;
	my @wrong;

	for my $home (@{$plan->{homes}}) {
		my $path = $root->path($home->{path});

		$planned{$path} = 1;
		# Of a home whose owner changes: it may not be there at all.
		next if $home->{action} eq 'change' &&
		    exists $before->{$path} == exists $after->{$path};
		my $rule = $rules{$home->{action}} or
		    return "no action $home->{action}";
		push @wrong, "$home->{action} $home->{path}"
		    if $rule->[0] != exists $before->{$path} ||
		    $rule->[1] != exists $after->{$path};
		next unless defined $home->{to};
		$planned{$root->path($home->{to})} = 1;
		push @wrong, "to $home->{to}"
		    unless exists $after->{$root->path($home->{to})};
	}
	return (@wrong, map { "not planned: $_" } grep { !$planned{$_} &&
	    exists $before->{$_} != exists $after->{$_} }
	    map { $root->path("/home/$_") } home_names($root, $before,
	    $after));
}

sub home_names
{
	my ($root, @prints) = @_;
	my $homes = quotemeta $root->path('/home/');
	my %names = map { map { /\A$homes([^\/]+)\z/ ? ($1 => 1) : () }
	    keys %$_ } @prints;

	return grep { $_ ne '.dwserv' } sort keys %names;
}

# The lines of a reply in which there is something like a hash.
sub leaks
{
	return grep { /\$(?:1|2[aby]|5|6|y)\$/ } @_;
}

1;
