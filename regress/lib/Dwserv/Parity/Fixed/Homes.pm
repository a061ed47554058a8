# Fixed scenarios: homes are made from skel, changed, moved and removed.

package Dwserv::Parity::Fixed::Homes;

use strict;
use warnings;

use File::Path qw(make_path remove_tree);

use Dwserv::Parity::Start qw($hash changed behind without defs);
use Dwserv::Test::Wait qw(spill);

my $create = 'create';
my $delete = 'delete';

# Of each: name, files, what is prepared in a root, and steps.
my @homes = (
['from skel', {}, sub {}, [$create, 'dave'],
    [$create, 'zoe', group => 'customers', home => '/home/elsewhere']],
['HOME_MODE', { defs("USERGROUPS_ENAB yes\nHOME_MODE 0711\nUMASK 077\n") },
    sub {}, [$create, 'dave']],
['UMASK', { defs("USERGROUPS_ENAB yes\nUMASK 027\n") }, sub {},
    [$create, 'dave']],
['no mode', { defs("USERGROUPS_ENAB yes\n") }, sub {}, [$create, 'dave']],
['without skel', {}, sub {
	my ($root) = @_;
	remove_tree($root->path('/etc/skel'));
    }, [$create, 'dave']],
['a deep skel', {}, sub {
	my ($root) = @_;
	my $path = $root->path('/etc/skel');
	for my $name ('a' .. 'h') {
		$path .= "/$name";
		mkdir $path;
		chmod 0700 | ord($name) & 077, $path;
		spill("$path/$_", $_ x 70000)
		    for 'x', 'a b', "\xc3\xa9";
		chmod 0400, "$path/x";
		symlink '../nowhere', "$path/link";
		utime 1, 1_200_000_000, map { "$path/$_" } 'x', 'a b',
		    "\xc3\xa9";
	}
    }, [$create, 'dave']],
['removed', {}, sub {}, [$create, 'dave'], [$create, 'zoe'],
    [$delete, 'dave', home => 'remove'], [$delete, 'zoe']],
['removed, but not there', {}, sub {},
    [$create, 'dave', home => 'no'], [$delete, 'dave', home => 'keep']],
);

sub list
{
	return map { my ($name, $files, $prepare, @steps) = @$_; {
	    name => "homes: $name", files => $files, steps => \@steps,
	    prepare => $prepare, homes => 1 } } @homes;
}

1;
