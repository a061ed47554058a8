# Fixed scenarios: accounts are made, with all that useradd(8) knows.

package Dwserv::Parity::Fixed::Create;

use strict;
use warnings;

use Dwserv::Parity::Start qw($hash changed behind without defs
    scenarios);

my $create = 'create';
my $password = 'password';
my $delete = 'delete';
my $long = join ',', map { "member$_" } 1 .. 2000;

my @creates = (
['nothing but a name', {},
    [$create, 'dave', home => 'no']],
['the numbers that both would take', {
    passwd => "root:x:0:0:::\nal:x:10000:10000:::\n",
    shadow => "root:*:1::::::\nal:!:1::::::\n",
    group => "root:x:0:\nal:x:10000:\n", gshadow => "root:*::\nal:!::\n",
    accounts => { shells => '{ "/bin/bash" }' } },
    [$create, 'dave', home => 'no', with => 'default'],
    [$create, 'zoe', home => 'no', with => 'default']],
['every argument', {},
    [$create, 'dave', uid => 10200, group => 'customers',
    groups => 'project,empty', home => '/home/elsewhere',
    gecos => "D\xc3\xa4ve \"D\" \\ O'Neil,Room 5,,", hash => $hash,
    shell => '/usr/sbin/nologin', expire => '2031-12-31']],
['names', {},
    map { [$create, $_, home => 'no'] } 'a', '_x', 'a-b_c', 'a1', 'ends-',
    'x' x 32, 'a--b', '__'],
['gecos', {},
    [$create, 'g1', home => 'no', gecos => ''],
    [$create, 'g2', home => 'no', gecos => ',,,'],
    [$create, 'g3', home => 'no', gecos => ' spaces '],
    [$create, 'g4', home => 'no', gecos => "\xe2\x82\xac"],
    [$create, 'g5', home => 'no', gecos => 'x' x 255]],
['hashes', {},
    [$create, 'h1', home => 'no', hash => '$y$j9T$abcdefgh$' . 'x' x 43],
    [$create, 'h2', home => 'no', hash => '$2b$10$' . 'x' x 53],
    [$create, 'h3', home => 'no', hash => '$6$abcdefgh$' . 'x' x 86]],
['expiry', {},
    [$create, 'e1', home => 'no', expire => 'never'],
    [$create, 'e2', home => 'no', expire => '1970-01-01'],
    [$create, 'e3', home => 'no', expire => '1970-01-02'],
    [$create, 'e4', home => 'no', expire => '2038-01-20'],
    [$create, 'e5', home => 'no', expire => '2028-02-29']],
['what is there already', {},
    [$create, 'bob', home => 'no'],
    [$create, 'empty', home => 'no'],
    [$create, 'empty', home => 'no', group => 'customers'],
    [$create, 'dave', home => 'no', uid => 10003]],
['groups that are not there', {},
    [$create, 'dave', home => 'no', group => 'nowhere'],
    [$create, 'dave', home => 'no', groups => 'project,nowhere']],
['primary group', {},
    [$create, 'dave', home => 'no', group => 'empty'],
    [$create, 'customers', home => 'no', group => 'customers']],
['primary and other groups are the same', {},
    [$create, 'dave', home => 'no', group => 'empty', groups => 'empty']],
['a member before it is there', { changed(
    group => qr/^empty:.*/m, 'empty:x:10052:dave,zoe',
    gshadow => qr/^empty:.*/m, 'empty:!:dave:zoe') },
    [$create, 'dave', home => 'no', groups => 'empty,project']],
['a group without gshadow entry', { changed(
    gshadow => qr/^empty:.*\n/m, '') },
    [$create, 'dave', home => 'no', groups => 'empty,customers'],
    [$delete, 'dave']],
['a gshadow entry without group', { behind(gshadow => "lone:!::al\n") },
    [$create, 'dave', home => 'no', groups => 'empty'], [$delete, 'al']],
['an orphan of the name in shadow', { changed(
    shadow => qr/^(?=bob)/m, "dave:\$1\$old:1:2:3:4:5:6:7\n") },
    [$create, 'dave', home => 'no', hash => $hash]],
['an orphan of the name in gshadow', { changed(
    gshadow => qr/^(?=empty)/m, "dave:secret:al:eve\n") },
    [$create, 'dave', home => 'no']],
['a damaged orphan', { changed(
    shadow => qr/^(?=bob)/m, "dave:!:1\n",
    gshadow => qr/^(?=empty)/m, "dave:\n") },
    [$create, 'dave', home => 'no']],
['two orphans', { behind(shadow => "dave:a:1::::::\ndave:b:1::::::\n") },
    [$create, 'dave', home => 'no']],
['two orphans in gshadow', { behind(gshadow => "dave:a::\ndave:b::\n") },
    [$create, 'dave', home => 'no']],
['a group that is there twice', { behind(
    group => "twice:x:10060:\ntwice:x:10061:\n") },
    [$create, 'dave', home => 'no', groups => 'twice'],
    [$create, 'dave', home => 'no', groups => 'empty']],
['a group that is there twice in gshadow', { behind(
    group => "twice:x:10060:\n", gshadow => "twice:!::\ntwice:x::\n") },
    [$create, 'dave', home => 'no', groups => 'twice'],
    [$create, 'dave', home => 'no', groups => 'empty']],
['commas at the end', { behind(group => "comma:x:10061:eve,\n",
    gshadow => "comma:!:bob:eve,\n") },
    [$create, 'dave', home => 'no', groups => 'comma']],
['a large group', { behind(group => "large:x:10060:$long\n",
    gshadow => "large:!::$long\n") },
    [$create, 'dave', home => 'no', groups => 'large'],
    [$create, 'zoe', home => 'no', groups => 'large'],
    [$delete, 'dave']],
);

my @one = ([$create, 'dave', home => 'no'], [$password, 'al',
    hash => $hash], [$delete, 'eve']);
my @defs = (
['no days', { defs("USERGROUPS_ENAB yes\n") }, @one],
['days', { defs("USERGROUPS_ENAB yes\nPASS_MAX_DAYS 90\n" .
    "PASS_MIN_DAYS 1\nPASS_WARN_AGE 14\n") }, @one],
['no days at all', { defs("USERGROUPS_ENAB yes\nPASS_MAX_DAYS 0\n" .
    "PASS_MIN_DAYS -1\nPASS_WARN_AGE 0\n") }, @one],
['how numbers are written', { defs("USERGROUPS_ENAB yes\n" .
    "PASS_MAX_DAYS 0x5a\nPASS_MIN_DAYS 010\nPASS_WARN_AGE +7\n") }, @one],
['what is no number', { defs("USERGROUPS_ENAB yes\n" .
    "PASS_MAX_DAYS 90 # days\nPASS_MIN_DAYS 1x\nPASS_WARN_AGE \" 7 \"\n") },
    @one],
['quotes, blanks, carriage returns', { defs("\t USERGROUPS_ENAB\t\"yes\" \n"
    . "PASS_MAX_DAYS \"90\"\r\nPASS_MIN_DAYS 5 \t \nPASS_WARN_AGE\t\t9") },
    @one],
['said twice', { defs("USERGROUPS_ENAB no\nPASS_MAX_DAYS 1\n" .
    "PASS_MAX_DAYS 2\nPASS_MIN_DAYS 3\nPASS_MIN_DAYS x\n" .
    "USERGROUPS_ENAB yes\n") }, @one],
['not in capitals', { defs("USERGROUPS_ENAB YES\npass_max_days 5\n" .
    "Pass_Min_Days 5\n") }, @one],
['no private groups', { defs("USERGROUPS_ENAB no\n") },
    [$create, 'dave', home => 'no', group => 'customers'], @one[1, 2]],
['no private groups by default', { defs('') },
    [$create, 'dave', home => 'no', group => 'customers'], @one[1, 2]],
['without login.defs', { without('login.defs') },
    [$create, 'dave', home => 'no', group => 'customers',
    uid => 10300], $one[1]],
);

sub list
{
	return (scenarios('create', @creates),
	    scenarios('login.defs', @defs));
}

1;
