# Fixed scenarios: accounts are changed, renamed, locked and unlocked, as
# with usermod(8), chage(1) and chpasswd(8).

package Dwserv::Parity::Fixed::Modify;

use strict;
use warnings;

use Dwserv::Parity::Start qw($hash $other changed behind before without
    defs scenarios);

my $modify = 'modify';
my $rename = 'rename';

# What changes passwd and nothing else.
my @plain = (
['gecos', {},
    [$modify, 'al', gecos => 'Al Capone'],
    [$modify, 'al', gecos => ''],
    [$modify, 'al', gecos => ''],
    [$modify, 'bob', gecos => "B\xc3\xb6b \"B\" \\ O'B,Room 5,,"],
    [$modify, 'eve', gecos => ' spaces '],
    [$modify, 'eve', gecos => 'x' x 255]],
['shell', {},
    [$modify, 'al', shell => '/usr/sbin/nologin'],
    [$modify, 'al', shell => '/usr/sbin/nologin'],
    [$modify, 'al', shell => '/bin/sh']],
['home, the field only', {},
    [$modify, 'al', home => '/home/al2'],
    [$modify, 'bob', home => '/home/bob', move => 'no'],
    [$modify, 'eve', home => '/home/EVE.1', move => 'no']],
['uid', {},
    [$modify, 'al', uid => 10300],
    [$modify, 'al', uid => 10300],
    [$modify, 'bob', uid => 59999]],
['a uid that is taken', {}, [$modify, 'al', uid => 10002]],
['primary group', {},
    [$modify, 'al', group => 'empty'],
    [$modify, 'al', group => 'empty'],
    [$modify, 'bob', group => 'eve'],
    [$modify, 'eve', group => 'nowhere']],
['everything at once', {},
    [$modify, 'al', uid => 10300, group => 'empty', groups => 'project',
    gecos => 'Al', home => '/home/elsewhere', expire => '2031-12-31',
    shell => '/usr/sbin/nologin', inactive => 9]],
['everything at once, with days', {},
    [$modify, 'bob', uid => 10300, group => 'empty', groups => '',
    gecos => 'Bob', home => '/home/elsewhere', expire => 'never',
    shell => '/usr/sbin/nologin', inactive => 'never', min => 3,
    max => 300, warn => 30]],
['what is so already', {},
    [$modify, 'al', uid => 10001, group => 'al', gecos => 'Al,,,',
    home => '/home/al', shell => '/bin/sh', expire => 'never',
    inactive => 'never']],
['nobody', {}, [$modify, 'nowhere', gecos => 'x'],
    [$modify, 'empty', gecos => 'x']],
['short and empty fields', { changed(passwd => qr/^al:.*/m,
    'al:x:10001:10001:::') },
    [$modify, 'al', gecos => 'Al'], [$modify, 'al', shell => '/bin/sh'],
    [$modify, 'al', home => '/home/al']],
['an account that is there twice', {
    behind(passwd => "al:x:10009:10009:::\n") },
    [$modify, 'al', gecos => 'x'], [$modify, 'bob', gecos => 'x']],
);

# What changes shadow.
my @aging = (
['expiry', {},
    [$modify, 'al', expire => '2031-12-31'],
    [$modify, 'al', expire => '2031-12-31'],
    [$modify, 'al', expire => 'never'],
    [$modify, 'bob', expire => '1970-01-02'],
    [$modify, 'eve', expire => '2028-02-29'],
    [$modify, 'eve', expire => '1970-01-01']],
['expiry, as chage has it', {},
    [$modify, 'al', expire => '2031-12-31', with => 'chage'],
    [$modify, 'bob', expire => 'never', with => 'chage'],
    [$modify, 'eve', expire => '2038-01-20', with => 'chage']],
['inactivity', {},
    [$modify, 'al', inactive => 30], [$modify, 'al', inactive => 0],
    [$modify, 'bob', inactive => 'never'],
    [$modify, 'eve', inactive => 99999]],
['inactivity, as chage has it', {},
    [$modify, 'al', inactive => 30, with => 'chage'],
    [$modify, 'al', inactive => 0, with => 'chage'],
    [$modify, 'bob', inactive => 'never', with => 'chage']],
['min', {}, [$modify, 'al', min => 1], [$modify, 'al', min => 0],
    [$modify, 'bob', min => 'never']],
['max', {}, [$modify, 'al', max => 90], [$modify, 'al', max => 0],
    [$modify, 'bob', max => 'never'], [$modify, 'eve', max => 99999]],
['warn', {}, [$modify, 'al', warn => 14], [$modify, 'al', warn => 0],
    [$modify, 'bob', warn => 'never']],
['all days together', {},
    [$modify, 'al', min => 1, max => 90, warn => 14, inactive => 30,
    expire => '2030-06-30', with => 'chage'],
    [$modify, 'bob', min => 'never', max => 'never', warn => 'never',
    inactive => 'never', expire => 'never', with => 'chage']],
['days when an account is made', {},
    ['create', 'dave', home => 'no', inactive => 30, min => 1, max => 90,
    warn => 14],
    ['create', 'zoe', home => 'no', inactive => 0, min => 0, max => 0,
    warn => 0],
    ['create', 'zack', home => 'no', inactive => 'never', min => 'never',
    max => 'never', warn => 'never']],
['days, and no entry in shadow', { changed(
    shadow => qr/^(?:al|bob):.*\n/m, '', shadow => qr/^bob:.*\n/m, ''),
    defs("PASS_MAX_DAYS 30\nPASS_MIN_DAYS 2\nPASS_WARN_AGE 9\n") },
    [$modify, 'al', min => 5], [$modify, 'bob', max => 90, warn => 3]],
['days, no entry in shadow, and a password', { changed(
    shadow => qr/^al:.*\n/m, '', passwd => qr/^al:x:/m, 'al:*:') },
    [$modify, 'al', warn => 5]],
['expiry, and no entry in shadow', { changed(
    shadow => qr/^al:.*\n/m, ''),
    defs("PASS_MAX_DAYS 30\nPASS_MIN_DAYS 2\nPASS_WARN_AGE 9\n") },
    [$modify, 'al', expire => '2031-12-31']],
['days for nobody', {}, [$modify, 'nowhere', min => 1]],
['days without shadow', { without('shadow') },
    [$modify, 'al', min => 1],
    [$modify, 'al', expire => '2031-12-31'],
    [$modify, 'al', inactive => 3]],
['older forms', { changed(shadow => qr/^al:.*/m, 'al:*:1:2:3',
    shadow => qr/^bob:.*/m, 'bob:*:1:2:3:4:5:6') },
    [$modify, 'al', expire => '2031-12-31'],
    [$modify, 'bob', min => 9]],
['what is so already, in an older form', { changed(shadow => qr/^al:.*/m,
    'al:*:1:2:3') },
    [$modify, 'al', inactive => 'never'],
    [$modify, 'al', expire => 'never']],
['a damaged entry', { changed(shadow => qr/^al:.*/m, 'al:*:1:2') },
    [$modify, 'al', gecos => 'x']],
['two entries in shadow', { behind(shadow => "al:*:1::::::\n") },
    [$modify, 'al', expire => '2031-12-31'], [$modify, 'al', min => 1]],
);

my %odd = behind(
    passwd => join('', map { "l$_:x:1040$_:10052:::\n" } 1 .. 6) .
	"l7:!a:10407:10052:::\nl8:a:10408:10052:::\n" .
	"l9:*:10409:10052:::\n",
    shadow => "l1:!a:1::::::\nl2:!!:1::::::\nl3:*:1::::::\n" .
	"l4:!!a:1::::::\nl5:a:1::::::\nl7:!b:1::::::\n");

my @locks = (
['lock and unlock', {},
    ['lock', 'bob'], ['lock', 'bob'], ['unlock', 'bob'],
    ['unlock', 'bob'], ['unlock', 'eve'], ['lock', 'eve']],
['no password', {}, ['unlock', 'al'], ['lock', 'al']],
['an empty password', { changed(shadow => qr/^al:!:/m, 'al::') },
    ['unlock', 'al'], ['lock', 'al'], ['unlock', 'al']],
['odd passwords, locked', \%odd, map { ['lock', "l$_"] } 1 .. 9],
['odd passwords, unlocked', \%odd, map { ['unlock', "l$_"] } 1 .. 9],
['lock without shadow', { without('shadow'),
    passwd => "root:x:0:0:::\nal:a:10001:10001:::\nbob:!:10002:10050:::\n" },
    ['lock', 'al'], ['lock', 'al'], ['unlock', 'al'], ['unlock', 'bob']],
['lock nobody', {}, ['lock', 'nowhere'], ['unlock', 'nowhere']],
['a password after a lock', {},
    ['lock', 'bob'], ['password', 'bob', hash => $hash],
    ['unlock', 'bob']],
['password as usermod has it', {},
    ['password', 'al', hash => $hash, with => 'usermod'],
    ['password', 'bob', hash => $other, with => 'usermod']],
['password as usermod has it, no entry in shadow', {
    changed(shadow => qr/^al:.*\n/m, ''),
    defs("PASS_MAX_DAYS 30\nPASS_MIN_DAYS 2\nPASS_WARN_AGE 9\n") },
    ['password', 'al', hash => $hash, with => 'usermod']],
['password as usermod has it, without shadow', { without('shadow') },
    ['password', 'al', hash => $hash, with => 'usermod']],
);

# Hashed by both: all but the salt is the same.
my @clear = (
['in clear', { accounts => { hash => 'sha512 cost 6000' } },
    ['password', 'al', password => 'sesame'],
    ['password', 'bob', password => "op\xc3\xa9n \"sesame\" \\"],
    ['lock', 'bob'], ['unlock', 'bob'],
    [$rename, 'al', name => 'alan']],
['in clear, yescrypt', { accounts => { hash => 'yescrypt cost 5' } },
    ['password', 'al', password => 'sesame', with => 'YESCRYPT 5']],
);

my @groups = (
['all other groups', {},
    [$modify, 'al', groups => 'empty'],
    [$modify, 'al', groups => 'project,empty,customers'],
    [$modify, 'al', groups => 'project,empty,customers'],
    [$modify, 'al', groups => ''],
    [$modify, 'al', groups => ''],
    [$modify, 'bob', groups => 'project,nowhere']],
['one more group', {},
    [$modify, 'al', 'groups+' => 'empty'],
    [$modify, 'al', 'groups+' => 'empty,project'],
    [$modify, 'bob', 'groups+' => 'empty,customers'],
    [$modify, 'bob', 'groups+' => 'nowhere']],
['one group less', {},
    [$modify, 'eve', 'groups-' => 'customers,empty'],
    [$modify, 'al', 'groups-' => 'project'],
    [$modify, 'al', 'groups-' => 'nowhere']],
['more and less', {},
    [$modify, 'al', 'groups+' => 'empty', 'groups-' => 'project'],
    [$modify, 'eve', 'groups+' => 'empty,project',
    'groups-' => 'customers']],
['in other words', {},
    [$modify, 'al', 'groups+' => 'empty', with => 'gpasswd'],
    [$modify, 'eve', 'groups-' => 'customers', with => 'gpasswd'],
    ['group', 'add', 'empty', login => 'eve', with => 'usermod'],
    ['group', 'remove', 'empty', login => 'al', with => 'usermod']],
['its own group as another', {},
    [$modify, 'al', groups => 'al,project'],
    [$modify, 'bob', 'groups+' => 'customers']],
['administrators', {},
    [$modify, 'al', groups => 'empty'], [$modify, 'bob', groups => '']],
['of what group and gshadow have different lists', { changed(
    group => qr/^empty:.*/m, 'empty:x:10052:al',
    gshadow => qr/^project:.*/m, 'project:!:al,bob:eve') },
    [$modify, 'al', 'groups+' => 'empty,project'],
    [$modify, 'eve', groups => 'empty']],
['groups of which gshadow has no entry', { changed(
    gshadow => qr/^(?:empty|project):.*\n/m, '') },
    [$modify, 'al', groups => 'empty,customers'],
    [$modify, 'al', 'groups-' => 'empty'],
    [$modify, 'bob', 'groups+' => 'empty,project']],
['groups without gshadow', { without('gshadow') },
    [$modify, 'al', groups => 'empty'], [$modify, 'al',
    'groups+' => 'project'], [$modify, 'al', 'groups-' => 'empty']],
['twice in one list', { changed(
    group => qr/^empty:.*/m, 'empty:x:10052:al,bob,al',
    gshadow => qr/^empty:.*/m, 'empty:!:al,al:al,bob,al') },
    [$modify, 'al', groups => 'project']],
['first, last, only, and of like names', { behind(
    group => "a:x:10060:al,b\nb:x:10061:b,al\nc:x:10062:al\n" .
    "d:x:10063:alal,xal,alx\ne:x:10064:x,al,y\n",
    gshadow => "a:!:al,b:b,al\nb:!:b,al:al,b\nc:!:al:al\n" .
    "d:!:alal:alx\ne:!:x,al,y:x,al,y\n") },
    [$modify, 'al', groups => 'd'],
    [$rename, 'al', name => 'zed']],
);

my @renames = (
['a new name', {},
    [$rename, 'al', name => 'alan'],
    [$rename, 'alan', name => 'al'],
    [$rename, 'bob', name => 'robert'],
    [$rename, 'eve', name => 'x' x 32]],
['a new name, and the group', {},
    [$rename, 'al', name => 'alan', group => 'rename'],
    [$rename, 'eve', name => '_eve', group => 'rename']],
['a name that is taken', {}, [$rename, 'al', name => 'bob']],
['nobody\'s name', {}, [$rename, 'nowhere', name => 'dave']],
['a name and no shadow', { without('shadow') },
    [$rename, 'al', name => 'alan']],
['a name and no gshadow', { without('gshadow') },
    [$rename, 'al', name => 'alan', group => 'rename']],
['a name and no entry in shadow', {
    changed(shadow => qr/^al:.*\n/m, '') },
    [$rename, 'al', name => 'alan']],
['a name and no entry in gshadow', {
    changed(gshadow => qr/^al:.*\n/m, '') },
    [$rename, 'al', name => 'alan', group => 'rename']],
['a name, and NIS', { behind(passwd => "+::::::\n", group => "+:::\n",
    shadow => "+::::::::\n", gshadow => "+:::\n") },
    [$rename, 'al', name => 'alan', group => 'rename']],
['an orphan in shadow has the name', {
    behind(shadow => "alan:!:1::::::\n") },
    [$rename, 'al', name => 'alan']],
['two accounts of the old name', {
    behind(passwd => "al:x:10009:10009:::\n") },
    [$rename, 'al', name => 'alan']],
['two entries in shadow for the old name', {
    behind(shadow => "al:*:1::::::\n") },
    [$rename, 'al', name => 'alan']],
['a member of its new name', { changed(
    group => qr/^empty:.*/m, 'empty:x:10052:al,alan',
    gshadow => qr/^empty:.*/m, 'empty:!:alan,al:al,alan') },
    [$rename, 'al', name => 'alan']],
['a member of its new name, before its old one', { changed(
    group => qr/^empty:.*/m, 'empty:x:10052:alan,al,eve',
    gshadow => qr/^empty:.*/m, 'empty:!:alan,bob,al:alan,eve,al,bob') },
    [$rename, 'al', name => 'alan']],
);

sub list
{
	return (scenarios('modify', @plain), scenarios('aging', @aging),
	    scenarios('lock', @locks), scenarios('password', @clear),
	    scenarios('members', @groups), scenarios('rename', @renames));
}

1;
