# Fixed scenarios: homes are made from skel, changed, moved and removed.

package Dwserv::Parity::Fixed::Homes;

use strict;
use warnings;

use File::Path qw(make_path remove_tree);

use Dwserv::Parity::Start qw($hash changed behind without defs);
use Dwserv::Test::Wait qw(run_wanted spill);

my $create = 'create';
my $delete = 'delete';
my $modify = 'modify';
my $rename = 'rename';

# Some of a home's files belong to its owner, some to its group, some to
# others.
my @owners = ([10001, 10001], [10001, 10050], [10002, 10001], [0, 0],
    [10002, 10050]);

sub home_tree
{
	my ($root) = @_;
	my $home = $root->path('/home/al');
	my $number = 0;

	make_path("$home/a/b", "$home/c");
	for my $directory ("$home/a/b", "$home/a", "$home/c", $home) {
		for my $owner (@owners) {
			my $file = "$directory/f" . $number++;
			spill($file, "file $number\n");
			chmod 0600 | $number, $file;
			chown @$owner, $file;
			utime 1, 1_200_000_000 + $number, $file;
		}
		symlink '/etc/passwd', "$directory/link";
		run_wanted('chown', '-h', '10001:10001', "$directory/link");
		chown @{$owners[$number / 5 % 2]}, $directory;
	}
	chmod 0750, "$home/a";
	chmod 02700, "$home/c";
	chown 10001, 10001, $home;
	chmod 0701, $home;
}

sub home_of
{
	my ($login, $uid) = @_;

	return sub {
		my ($root) = @_;
		my $home = $root->path("/home/$login");

		mkdir $home;
		chown $uid, $uid, $home;
	};
}

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
['options', {}, sub {}, [$create, 'dave', with => '-l -U'],
    [$create, 'zoe', group => 'customers', with => '-N -l'],
    [$create, 'zack', uid => 10444, home => 'no', with => '-l']],
['removed with what is in it', {}, \&home_tree,
    [$delete, 'al', home => 'remove']],
['kept when the account is removed', {}, \&home_tree, [$delete, 'al']],
['moved', {}, \&home_tree,
    [$modify, 'al', home => '/home/elsewhere', move => 'yes'],
    [$modify, 'al', home => '/home/al', move => 'yes'],
    [$modify, 'al', home => '/home/al', move => 'yes']],
['moved, with another owner', {}, \&home_tree,
    [$modify, 'al', home => '/home/elsewhere', move => 'yes',
    uid => 10300, group => 'empty']],
['not moved', {}, \&home_tree,
    [$modify, 'al', home => '/home/elsewhere'],
    [$modify, 'al', home => '/home/third', move => 'no']],
['another uid, and another home that is there', {}, sub {
	my ($root) = @_;

	home_tree($root);
	home_of('other', 10001)->($root);
	spill($root->path('/home/other/file'), 'x');
	chown 10001, 10001, $root->path('/home/other/file');
    }, [$modify, 'al', uid => 10300, home => '/home/other']],
['another uid', {}, \&home_tree, [$modify, 'al', uid => 10300]],
['another group', {}, \&home_tree, [$modify, 'al', group => 'empty']],
['another uid and group', {}, \&home_tree,
    [$modify, 'al', uid => 10300, group => 'customers']],
['another uid, a home that is not there', {}, sub {},
    [$modify, 'al', uid => 10300, group => 'empty']],
['another uid, a home that is somebody else\'s', {}, home_of('al', 10002),
    [$modify, 'al', uid => 10300]],
['another name', {}, \&home_tree, [$rename, 'al', name => 'alan']],
['another name, and moved', {}, \&home_tree,
    [$rename, 'al', name => 'alan', home => 'move'],
    [$rename, 'alan', name => 'al', home => 'move']],
['everything else', {}, \&home_tree, [$modify, 'al', gecos => 'x',
    shell => '/usr/sbin/nologin'], ['lock', 'al']],
['a group\'s number', {}, \&home_tree,
    ['group', 'modify', 'al', gid => 10444],
    ['group', 'rename', 'al', name => 'alan']],
);

sub list
{
	return map { my ($name, $files, $prepare, @steps) = @$_; {
	    name => "homes: $name", files => $files, steps => \@steps,
	    prepare => $prepare, homes => 1 } } @homes;
}

1;
