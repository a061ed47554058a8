#!/usr/bin/perl
#
# More of what dwserv does not do as shadow-utils 4.13 does: where accounts
# and groups are changed.  See differences.t.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Differences;
use Dwserv::Parity::Start qw(%small);

sub both
{
	my ($parity) = @_;

	return @$parity{qw(ours theirs)};
}

# A file of both roots, with an owner.
sub place
{
	my ($parity, $path, $uid, $text) = @_;

	for my $root (both($parity)) {
		spill($root->path($path), $text);
		chown $uid, $uid, $root->path($path);
	}
}

# A directory below /var of both roots.
sub below_var
{
	my ($parity, $name) = @_;

	for my $root (both($parity)) {
		mkdir $root->path('/var');
		mkdir $root->path("/var/$name");
	}
}

# What is at a path of both roots: its owner, or nothing.
sub owners
{
	my ($parity, $path) = @_;

	return join ' ', map { my @stat = lstat $_->path($path);
	    @stat ? $stat[4] : 'none' } both($parity);
}

my @differences = (
['a home is not moved to where something is, nor is the account changed',
    'half of a request is no success; usermod finds it out when the files ' .
    'are written', {},
    sub {
	my ($parity) = @_;

	for my $root (both($parity)) {
		mkdir $root->path("/home/$_") for qw(al taken);
		chown 10001, 10001, $root->path('/home/al');
	}
	verdicts($parity, ['modify', 'al', home => '/home/taken',
	    move => 'yes'], qr/^550 home-exists/, 'refused');
	lines_are($parity, 'passwd', 'al',
	    'al:x:10001:10001:Al,,,:/home/al:/bin/sh',
	    'al:x:10001:10001:Al,,,:/home/taken:/bin/sh');
    }],
['who is not in a group is out of it',
    'what is to be is so already; gpasswd takes it for a mistake', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['group', 'remove', 'empty', login => 'al'],
	    qr/^250 unchanged/, 'refused');
    }],
['who has no account is in no group; that is no mistake, either',
    'what is to be is so already; usermod looks for the account', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['group', 'remove', 'empty', login => 'nobodys',
	    with => 'usermod'], qr/^250 unchanged/, 'refused');
    }],
['a group gets the lowest free gid, not the one above the highest',
    'as for accounts', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['group', 'create', 'crew', with => 'default'],
	    qr/^250 created group=crew gid=10000/, 'done');
	lines_are($parity, 'group', 'crew', 'crew:x:10000:',
	    'crew:x:10053:');
    }],
['the members of a group are in gshadow, too',
    'groupadd and groupmod leave gshadow without them', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, [{ ask => [['group', 'create', 'crew',
	    gid => 10400], ['group', 'add', 'crew', login => 'al'],
	    ['group', 'add', 'empty', login => 'al']],
	    run => [['groupadd', '-g', '10400', '-U', 'al', 'crew'],
	    ['groupmod', '-a', '-U', 'al', 'empty']] }], qr/^250 added/,
	    'done');
	lines_are($parity, 'group', 'crew', 'crew:x:10400:al',
	    'crew:x:10400:al');
	lines_are($parity, 'gshadow', 'crew', 'crew:!::al', 'crew:!::');
	lines_are($parity, 'gshadow', 'empty', 'empty:!::al', 'empty:!::');
    }],
['who is taken out of one group is not put into others',
    'usermod makes members in gshadow of administrators who are none',
    { gshadow => $small{gshadow} =~ s/^project:.*/project:!:al,bob:/mr,
    group => $small{group} =~ s/^project:.*/project:x:10051:/mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['modify', 'al', 'groups-' => 'customers'],
	    qr/^250 changed/, 'done');
	lines_are($parity, 'gshadow', 'project', 'project:!:al,bob:',
	    'project:!:al,bob:al');
    }],
['an account that is there twice in one file is not changed in another',
    'which of the two is meant cannot be known', {
    shadow => "$small{shadow}al:*:1::::::\n" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['modify', 'al', gecos => 'x'],
	    qr/^550 duplicate/, 'done');
    }],
['a name that is the same again is taken',
    'a client that asks for that does not know what it does', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['rename', 'al', name => 'al'], qr/^550 exists/,
	    'done');
	verdicts($parity, ['group', 'rename', 'empty', name => 'empty'],
	    qr/^550 exists/, 'done');
    }],
['who gets an entry in shadow has its password there',
    'chage does so; usermod copies it, and leaves it in passwd, where ' .
    'dates do not count', {
    passwd => $small{passwd} =~ s/^al:x:/al:*:/mr,
    shadow => $small{shadow} =~ s/^al:.*\n//mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['modify', 'al', inactive => 5],
	    qr/^250 changed/, 'done');
	lines_are($parity, 'shadow', 'al', 'al:*:TODAY:0:99999:7:5::',
	    'al:*:TODAY:0:99999:7:5::');
	lines_are($parity, 'passwd', 'al',
	    'al:x:10001:10001:Al,,,:/home/al:/bin/sh',
	    'al:*:10001:10001:Al,,,:/home/al:/bin/sh');
    }],
['the first day of all is a date',
    'usermod takes a missing entry in shadow for one that expired then',
    { shadow => $small{shadow} =~ s/^al:.*\n//mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['modify', 'al', expire => '1970-01-01'],
	    qr/^250 changed/, 'done');
	lines_are($parity, 'shadow', 'al', 'al:x:TODAY:0:99999:7::0:', '');
    }],
['a missing entry in shadow is made as for a password',
    'usermod does so; chage makes one without the days of login.defs',
    { shadow => $small{shadow} =~ s/^al:.*\n//mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['modify', 'al', expire => '2031-12-31',
	    with => 'chage'], qr/^250 changed/, 'done');
	lines_are($parity, 'shadow', 'al', 'al:x:TODAY:0:99999:7::22644:',
	    'al:x::::::22644:');
    }],
['an account with two passwords is unlocked in both, or in neither',
    'usermod unlocks the one, and says that it does not', {
    passwd => $small{passwd} =~ s/^eve:x:/eve:!:/mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['unlock', 'eve'], qr/^550 no-password/, 'done');
	lines_are($parity, 'shadow', 'eve',
	    'eve:!$6$x$y:19000:0:99999:7::1:',
	    'eve:$6$x$y:19000:0:99999:7::1:');
    }],
['the older form of a line of shadow stays with a new name',
    'a field that is not to be changed is not', {
    shadow => $small{shadow} =~ s/^al:.*/al:!:1:2:3/mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['rename', 'al', name => 'alan'],
	    qr/^250 renamed/, 'done');
	lines_are($parity, 'shadow', 'alan', 'alan:!:1:2:3',
	    'alan:!:1:2:3::::');
    }],
['a new member of a group that gshadow does not have',
    'gpasswd makes the entry, and so do we; usermod does not', {
    gshadow => $small{gshadow} =~ s/^empty:.*\n//mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['group', 'add', 'empty', login => 'al',
	    with => 'usermod'], qr/^250 added/, 'done');
	lines_are($parity, 'gshadow', 'empty', 'empty:x::al', '');
    }],
['days are refused where they cannot be kept',
    'useradd does not write them without shadow, and does not say so', {
    shadow => undef },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no', min => 1],
	    qr/^501 invalid/, 'done');
    }],
['the mail of an account stays where it is, and whose it is',
    'it belongs to the mail system, which may be elsewhere', {},
    sub {
	my ($parity) = @_;

	below_var($parity, 'mail');
	place($parity, '/var/mail/al', 10001, 'x');
	verdicts($parity, ['modify', 'al', uid => 10300],
	    qr/^250 changed/, 'done');
	is(owners($parity, '/var/mail/al'), '10001 10300', 'whose it is');
	verdicts($parity, ['rename', 'al', name => 'alan'],
	    qr/^250 renamed/, 'done');
	is(owners($parity, '/var/mail/al'), '10001 none', 'the old name');
	is(owners($parity, '/var/mail/alan'), 'none 10300', 'the new one');
    }],
['lastlog and faillog are left alone',
    'they are files as long as the highest uid, of programs that are gone',
    {}, sub {
	my ($parity) = @_;

	below_var($parity, 'log');
	for my $root (both($parity)) {
		spill($root->path('/var/log/lastlog'), '');
		truncate $root->path('/var/log/lastlog'), 292 * 10002;
	}
	verdicts($parity, ['modify', 'al', uid => 10300],
	    qr/^250 changed/, 'done');
	is(join(' ', map { (-s $_->path('/var/log/lastlog')) / 292 }
	    both($parity)), '10002 10301', 'their length, in uids');
    }],
['the system\'s groups, names and numbers are out of reach',
    'whoever may make customers\' groups is not root', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['group', 'modify', 'empty', gid => 700],
	    qr/^550 (?:denied|protected)/, 'done');
	verdicts($parity, ['group', 'create', 'low', gid => 701],
	    qr/^550 (?:denied|protected)/, 'done');
	verdicts($parity, ['group', 'add', 'mail', login => 'al'],
	    qr/^550 (?:denied|protected)/, 'done');
	verdicts($parity, ['group', 'rename', 'mail', name => 'post'],
	    qr/^550 (?:denied|protected)/, 'done');
	verdicts($parity, ['modify', 'al', uid => 702],
	    qr/^550 (?:denied|protected)/, 'done');
	verdicts($parity, ['modify', 'bob', group => 'root'],
	    qr/^550 (?:denied|protected)/, 'done');
	verdicts($parity, ['modify', 'mail', gecos => 'x'],
	    qr/^550 (?:denied|protected|not-found)/, 'done');
    }],
['capitals and dots in names are refused',
    'not every program that reads the files can live with them', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['rename', 'al', name => 'Al'],
	    qr/^501 invalid/, 'done');
	verdicts($parity, ['group', 'create', 'Staff', gid => 10400],
	    qr/^501 invalid/, 'done');
	verdicts($parity, ['group', 'rename', 'empty', name => 'f.u'],
	    qr/^501 invalid/, 'done');
    }],
['homes are below one directory',
    'a client must not point at any other directory of the host', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['modify', 'al', home => '/root'],
	    qr/^550 (?:denied|home-refused)|^501 invalid/, 'done');
    }],
['shells are those that the configuration lists',
    'a client must not run any program as an account', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['modify', 'al', shell => '/bin/dash'],
	    qr/^550 denied|^501 invalid/, 'done');
    }],
['a uid that was in use is not given to another account',
    'nobody is to inherit the files of somebody else', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['modify', 'al', uid => 10300], qr/^250 changed/,
	    'done');
	verdicts($parity, ['modify', 'bob', uid => 10001],
	    qr/^550 retired/, 'done');
    }],
['what is so already is not written',
    'what comes to nothing is no reason to replace a file', {},
    sub {
	my ($parity) = @_;
	my $inode = (stat $parity->{ours}->etc('group'))[1];

	verdicts($parity, ['group', 'add', 'project', login => 'al'],
	    qr/^250 unchanged/, 'done');
	is((stat $parity->{ours}->etc('group'))[1], $inode,
	    'the same file');
	ok(!-e $parity->{ours}->etc('group-'), 'no backup');
	ok(-e $parity->{theirs}->etc('group-'), 'but the tool\'s');
    }],
);

differences(@differences);

done_testing;
