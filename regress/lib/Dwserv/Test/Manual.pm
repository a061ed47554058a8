# What dwserv-protocol(7) says: its requests with their arguments, its reply
# words, and its examples, which can be played against a daemon.

package Dwserv::Test::Manual;

use strict;
use warnings;

use POSIX qw(strftime);

use Dwserv::Test::Wait qw(slurp);

# The day on which the story of the page begins, as a date and in days since
# 1970: in examples both stand for today.
our $date = '2026-11-22';
our $day = 20779;

# The parts of a line that nobody can know, by what they look like; each
# stands for whatever looks the same.
my @shapes = (
	[ qr/^220 \S+ dwserv 1 \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/,
	    qr/220 \S+ dwserv 1 \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000/ ],
	[ qr/(?<=time=)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/,
	    qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/ ],
	[ qr/(?<=sha256=)[0-9a-f]{64}/, qr/[0-9a-f]{64}/ ],
	[ qr/\b\Q$date\E\b/, sub { alternatives(\&date_of) } ],
	[ qr/\b$day\b/, sub { alternatives(sub { int $_[0] / 86400 }) } ],
);

my $began = time;

sub date_of
{
	my ($time) = @_;

	return strftime('%Y-%m-%d', gmtime $time);
}

# What was true when the test began, or is now: midnight may lie between.
sub alternatives
{
	my ($of) = @_;

	return join '|', map { quotemeta $of->($_) } $began, time;
}

# A pattern for a line of the page.
sub pattern
{
	my ($line) = @_;
	my ($pattern, $at) = ('', 0);
	my $any = join '|', map { "($_->[0])" } @shapes;

	while ($line =~ /$any/g) {
		my ($kind) = grep { defined $-[$_ + 1] } 0 .. $#shapes;
		my $like = $shapes[$kind][1];

		$pattern .= quotemeta(substr $line, $at, $-[0] - $at) .
		    '(?:' . (ref $like eq 'CODE' ? $like->() : $like) . ')';
		$at = $+[0];
	}
	return $pattern . quotemeta substr $line, $at;
}

# Whether lines are what the page has for them, `...' standing for any
# number of lines; the number of the first one that is not, else undef.
sub difference
{
	my ($expected, $lines) = @_;
	my ($at, $skipping) = (0, 0);

	for my $i (0 .. $#$expected) {
		if ($expected->[$i] eq '...') {
			$skipping = 1;
			next;
		}
		my $pattern = pattern($expected->[$i]);
		$at++ while $skipping && $at < @$lines &&
		    $lines->[$at] !~ /\A$pattern\z/;
		return $i if $at == @$lines ||
		    $lines->[$at++] !~ /\A$pattern\z/;
		$skipping = 0;
	}
	return $skipping || $at == @$lines ? undef : scalar @$expected;
}

# The page as a list of lines, each with its section and how deep it is in
# lists; the head of an item is in one line, its macros one behind the other.
sub new
{
	my ($class, $source) = @_;
	my $self = bless { requests => {}, words => {}, changes => {},
	    told => [], examples => [] }, $class;
	my ($section, $depth, $head, $number) = ('', 0, undef, 0);

	for my $line (split /\n/, $source) {
		$number++;
		$section = $1 if $line =~ /^\.S[hs] (.*)/;
		$depth++ if $line =~ /^\.Bl\b/;
		$depth-- if $line =~ /^\.El\b/;
		if (defined $head) {
			$head .= ' ' . $line =~ s/^\.//r;
			next if $line ne '.Xc';
		} elsif ($line =~ /^\.It(?: (.*))?/) {
			$head = $1 // '';
			next if $head eq 'Xo';
		}
		$self->take_item($section, $depth, $head) if defined $head;
		undef $head;
		if ($line =~ /^\.Ql ([a-z]+)/) {
			$_->{$1} = 1 for @{$self->{told}};
		}
		$self->take_example_line($line, $number);
	}
	return $self;
}

# A manual page, from its file.
sub read
{
	my ($class, $path) = @_;

	return $class->new(slurp($path));
}

sub take_item
{
	my ($self, $section, $depth, $head) = @_;

	$head =~ s/^Xo //;
	$self->{told} = [];
	if ($section eq 'Reply words') {
		$self->{words}{$head}++ unless $head eq '220';
	} elsif ($head =~ /^Cm [a-z]+\.[a-z]/ || $head eq 'Cm external') {
		my @changes = $head =~ /([a-z]+\.[a-z]+|external)/g;

		$self->{changes}{$_} //= {} for @changes;
		$self->{told} = [ map { $self->{changes}{$_} } @changes ];
	} elsif ($depth == 1 && $head =~ /^Cm ([a-z]+(?: [a-z]+)?)(?! ?Ns)\b/) {
		my $request = $1;
		my $keys = $self->{requests}{$request} //= {};

		$keys->{$_}++ for $head =~ /\bCm ([a-z]+ Ns [+-]?=)/g;
		$keys->{s/ Ns //r} = delete $keys->{$_} for keys %$keys;
	}
}

# Examples are literal displays whose lines begin with `C: ' or `S: '.
sub take_example_line
{
	my ($self, $line, $number) = @_;

	if ($line =~ /^\.Bd -literal/) {
		$self->{display} = { line => $number + 1, said => [] };
		return;
	}
	my $display = $self->{display} // return;
	my $said = $display->{said};
	if ($line =~ /^\.Ed/) {
		push @{$self->{examples}}, $display if @$said;
		undef $self->{display};
		return;
	}
	$line =~ s/\\e/\\/g;
	$line =~ s/^\\&//;
	if ($line =~ /^([CS]): (.*)/) {
		push @$said, { who => $1, text => $2, line => $number };
	} elsif (@$said && $line =~ /^   (\S.*)/) {
		$said->[-1]{text} .= " $1";
	} elsif (@$said) {
		push @{$self->{mistakes}}, "line $number: $line";
	}
}

# Lines of displays that begin as an example does and go on otherwise.
sub mistakes
{
	my ($self) = @_;

	return @{$self->{mistakes} // []};
}

sub examples
{
	my ($self) = @_;

	return @{$self->{examples}};
}

# Request => { key => times }, where keys are such as `uid=' and `groups+='.
sub requests
{
	my ($self) = @_;

	return $self->{requests};
}

# `250 created' and so on.
sub words
{
	my ($self) = @_;

	return sort keys %{$self->{words}};
}

# What the ledger calls changes, and what it tells of each:
# `account.lock' => { login => 1, ... }.
sub changes
{
	my ($self) = @_;

	return $self->{changes};
}

# All that clients say in examples.
sub said
{
	my ($self) = @_;

	return map { $_->{text} } grep { $_->{who} eq 'C' }
	    map { @{$_->{said}} } $self->examples;
}

# The reply words of the examples.
sub heard
{
	my ($self) = @_;

	return map { $_->{text} =~ /^(\d{3})[ -]([a-z-]+)(?: |$)/ ? "$1 $2" : () }
	    grep { $_->{who} eq 'S' } map { @{$_->{said}} } $self->examples;
}

# The steps of an example: what is said, and the lines that are the answer.
sub steps
{
	my ($example) = @_;
	my @steps;

	for my $said (@{$example->{said}}) {
		push @steps, { line => $said->{line}, expected => [] }
		    if $said->{who} eq 'C' || !@steps;
		if ($said->{who} eq 'C') {
			$steps[-1]{request} = $said->{text};
		} else {
			push @{$steps[-1]{expected}}, $said->{text};
		}
	}
	return @steps;
}

# Read as many replies as are expected, and what is expected of the
# beginning of one more, into a list.  Dies if no more comes.
sub answer
{
	my ($session, $expected, $lines) = @_;

	my $replies = grep { !/^\d{3}-/ && $_ ne '...' } @$expected;
	my $rest = 0;
	for (reverse @$expected) {
		last if !/^\d{3}-/;
		$rest++;
	}
	push @$lines, $session->read_reply for 1 .. $replies;
	push @$lines, $session->read_line // () for 1 .. $rest;
	die "the connection has ended\n"
	    if (grep { !/^\d{3}-/ } @$lines) < $replies;
}

# Play an example: `connect' makes a new session where one begins with a
# greeting.  Returns a text for each step that went otherwise than the page
# says, and ends with one that has no answer.
sub play
{
	my ($example, $session, $connect) = @_;
	my @problems;

	for my $step (steps($example)) {
		my $expected = $step->{expected};

		$$session = $connect->()
		    if !defined $step->{request} && $expected->[0] =~ /^220 /;
		$$session->send("$step->{request}\r\n")
		    if defined $step->{request};
		my @lines;
		eval { answer($$session, $expected, \@lines) };
		my $trouble = $@;
		my $at = difference($expected, \@lines);
		next if $trouble eq '' && !defined $at;
		push @problems, join "\n", "line $step->{line}:",
		    (map { "  C: $_" } $step->{request} // ()),
		    (map { "  page:   $_" } @$expected),
		    (map { "  daemon: $_" } @lines), $trouble;
		next if $trouble eq '';
		undef $$session;
		last;
	}
	return @problems;
}

1;
