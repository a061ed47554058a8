# The account files that scenarios start with, and what they change in them.

package Dwserv::Parity::Start;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(%small $hash $other changed behind before without defs
    scenarios);

# A hash in each of the forms that are welcome; nobody's password.
our $hash = '$6$rounds=5000$abcdefgh$' . 'x' x 86;

our $other = '$2b$10$' . 'x' x 53;

# As useradd writes it, when nobody says otherwise.
our %small = (
	passwd => <<'END',
root:x:0:0:root:/root:/bin/bash
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
al:x:10001:10001:Al,,,:/home/al:/bin/sh
bob:x:10002:10050::/home/bob:/bin/sh
eve:x:10003:10003::/home/eve:/bin/sh
END
	shadow => <<'END',
root:*:19000:0:99999:7:::
mail:*:19000:0:99999:7:::
al:!:19000:0:99999:7:::
bob:$6$x$y:19000:1:90:14:30:20000:
eve:!$6$x$y:19000:0:99999:7::1:
END
	group => <<'END',
root:x:0:
mail:x:8:
al:x:10001:
customers:x:10050:eve,al
project:x:10051:al
empty:x:10052:
eve:x:10003:bob
END
	gshadow => <<'END',
root:*::
mail:*::
al:!::
customers:!:al:eve,al
project:!:al,bob:al
empty:!::
eve:!::bob
END
);

# The start files with something changed in them: name and pattern, what it
# is replaced with.
sub changed
{
	my (@changes) = @_;
	my %files = %small;

	while (my ($file, $pattern, $text) = splice @changes, 0, 3) {
		$files{$file} =~ s/$pattern/$text/ or die "no $pattern\n";
	}
	return %files;
}

sub behind
{
	my (%more) = @_;

	return map { $_ => $small{$_} . $more{$_} } keys %more;
}

sub before
{
	my (%more) = @_;

	return map { $_ => $more{$_} . $small{$_} } keys %more;
}

sub without
{
	my (@files) = @_;

	return map { $_ => undef } @files;
}

# login.defs with these lines instead of the usual ones.
sub defs
{
	my ($lines) = @_;

	return ('login.defs' => "UID_MIN 1000\nUID_MAX 60000\n" .
	    "GID_MIN 1000\nGID_MAX 60000\n$lines");
}

# Scenarios of one kind, from lists of name, files and steps.
sub scenarios
{
	my ($kind, @lists) = @_;

	return map { my ($name, $files, @steps) = @$_; {
	    name => "$kind: $name", files => $files, steps => \@steps } }
	    @lists;
}

1;
