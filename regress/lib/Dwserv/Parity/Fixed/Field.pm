# Fixed scenarios: what is found in the files of grown systems, and each of
# the requests on top of it.  Lines that nobody understands, NIS, missing
# files and entries, files without an end, with strange lines and modes.

package Dwserv::Parity::Fixed::Field;

use strict;
use warnings;

use Dwserv::Parity::Start qw(%small $hash changed behind before without
    defs);
use Dwserv::Test::Wait qw(spill);

# All four files, changed by the same code.
sub everywhere
{
	my ($code) = @_;

	return map { $_ => $code->($small{$_}) } keys %small;
}

# Starts: name, files, and what is prepared in a root.
my @starts = (
['comments and blank lines', { everywhere(sub { "# begin\n\n" .
    $_[0] =~ s/^(?=al:|bob:|empty:)/# a comment: with, colons\n \t\n/mgr .
    "\n# end\n" }) }],
['damaged lines', { everywhere(sub { ":\n::::::::::\nx\n" . $_[0] =~
    s/^(?=eve:)/al:\nal:x:y\n/mr . "al\x{1}\n" }) }],
['carriage returns', { map({ $_ => $small{$_} =~ s/^mail/mail\r\n\r\nmail/mr }
    qw(shadow group gshadow)) }],
['NIS at the end', { behind(passwd => "+::::::\n", group => "+:::\n",
    shadow => "+::::::::\n", gshadow => "+:::\n") }],
['NIS in between', { everywhere(sub { $_[0] =~
    s/^(?=eve:)/-mallory\n+\@staff::::::\n/mr }) }],
['nothing but NIS before', { before(map { $_ => "+\n" } keys %small) }],
['no newline at the end', { everywhere(sub { $_[0] =~ s/\n\z//r }) }],
['without shadow', { without('shadow') }],
['without gshadow', { without('gshadow') }],
['without either', { without('shadow', 'gshadow') }],
['no entries in shadow', {
    shadow => $small{shadow} =~ s/^(?:al|bob|eve):.*\n//mgr }],
['no entries in gshadow', {
    gshadow => $small{gshadow} =~ s/^(?:al|customers|eve):.*\n//mgr }],
['not shadowed', { passwd => $small{passwd} =~ s/:x:/:*:/gr }],
['groups not shadowed', { group => $small{group} =~ s/:x:/:*:/gr }],
['orphans', { before(shadow => "gone:!:1::::::\n",
    gshadow => "gone:!:al:al,eve\n") }],
['others are there twice', { behind(
    passwd => "twin:x:10020:10020:::\ntwin:x:10021:10021:::\n",
    shadow => "twin:!:1::::::\ntwin:*:2::::::\n",
    group => "twin:x:10020:\ntwin:x:10021:\n",
    gshadow => "twin:!::\ntwin:x::\n") }],
['the account is there twice', {
    behind(passwd => "al:x:10009:10009:::\n") }],
['another account is there twice in shadow', {
    behind(shadow => "mail:!:1::::::\n") }],
['long lines', { behind(passwd => "g:x:10020:10001:" . 'x' x 5000 .
    ":/:/bin/sh\n", shadow => 'h:' . 'x' x 5000 . ":1::::::\n",
    group => 'm:x:10070:' . join(',', map { "m$_" } 1 .. 3000) . "\n") }],
['UTF-8', { everywhere(sub { "\xc3\xa9\xe2\x82\xac:x\n" . $_[0] =~
    s/Al,,,/\xc3\x84l,\xe2\x82\xac,,/r }) }],
['octets of other alphabets', { everywhere(sub { $_[0] =~
    s/Al,,,/\xe4l,\xff,,/r }) }],
['backups of before', { map { ("$_-" => "old\n") } keys %small }],
['modes', {}, sub {
	my ($root) = @_;
	chmod 0600, map { $root->etc($_) } qw(passwd group);
	chmod 0400, map { $root->etc($_) } qw(shadow gshadow);
	chown 0, 42, map { $root->etc($_) } qw(shadow gshadow);
	chown 8, 8, $root->etc('group');
    }],
['locks of a process that is no more', {}, sub {
	my ($root) = @_;
	my $pid = fork // die "fork: $!\n";

	Dwserv::Test::Wait::become(undef, undef, 'true') if $pid == 0;
	waitpid $pid, 0;
	spill($root->etc("$_.lock"), "$pid\0")
	    for qw(passwd shadow group gshadow);
    }],
);

# What is asked for on each of them.
my @requests = (
[account => ['modify', 'al', gecos => 'Al', shell => '/usr/sbin/nologin'],
    ['modify', 'bob', uid => 10300, group => 'empty'],
    ['modify', 'eve', groups => 'project,empty'],
    ['modify', 'eve', 'groups-' => 'empty'], ['delete', 'bob']],
[aging => ['modify', 'bob', expire => '2031-12-31', inactive => 5],
    ['modify', 'eve', min => 1, max => 90, warn => 14],
    ['password', 'al', hash => $hash, with => 'usermod'], ['lock', 'bob'],
    ['unlock', 'eve']],
[rename => ['rename', 'al', name => 'alan', group => 'rename'],
    ['rename', 'bob', name => 'robert'], ['delete', 'alan']],
[groups => ['group', 'create', 'crew', gid => 10400],
    ['group', 'add', 'crew', login => 'eve'],
    ['group', 'add', 'empty', login => 'bob'],
    ['group', 'remove', 'project', login => 'al'],
    ['group', 'modify', 'customers', gid => 10401],
    ['group', 'rename', 'project', name => 'work'],
    ['group', 'delete', 'work']],
);

# Files that neither will write.
my @refused = (
['a symbolic link', sub {
	my ($root) = @_;
	my $file = $root->etc('passwd');

	rename $file, "$file-" or die "$file: $!\n";
	symlink 'passwd-', $file or die "$file: $!\n";
    }],
['a lock of a process that is there', sub {
	my ($root) = @_;

	spill($root->etc('passwd.lock'), "$$\0");
    }],
['a lock of nobody', sub {
	my ($root) = @_;

	spill($root->etc('passwd.lock'), '');
    }],
);

sub list
{
	my @all;

	for my $start (@starts) {
		my ($name, $files, $prepare) = @$start;

		push @all, map { my ($kind, @steps) = @$_; {
		    name => "field: $name: $kind", files => $files,
		    prepare => $prepare, steps => \@steps } } @requests;
	}
	return (@all, map { { name => "field: $_->[0]", files => {},
	    prepare => $_->[1], leftovers => 1, steps => [['modify', 'al',
	    gecos => 'x'], ['lock', 'bob']] } } @refused);
}

1;
