# Fixed scenarios: groups, as with groupadd(8), groupmod(8), groupdel(8) and
# gpasswd(1).

package Dwserv::Parity::Fixed::Group;

use strict;
use warnings;

use Dwserv::Parity::Start qw(%small changed behind before without defs
    scenarios);

my @create = ('group', 'create');
my @modify = ('group', 'modify');
my @rename = ('group', 'rename');
my @delete = ('group', 'delete');
my @add = ('group', 'add');
my @remove = ('group', 'remove');
my $long = join ',', map { "member$_" } 1 .. 2000;

my @creates = (
['a name', {}, [@create, 'crew']],
['the number that both would take', {
    passwd => "root:x:0:0:::\n", shadow => "root:*:1::::::\n",
    group => "root:x:0:\nlast:x:10000:\n", gshadow => "root:*::\n" },
    [@create, 'crew', with => 'default']],
['names', {}, map { [@create, $_] } 'a', '_x', 'a-b_c', 'a1', 'ends-',
    'x' x 32],
['numbers', {}, [@create, 'g1', gid => 10300],
    [@create, 'g2', gid => 59999], [@create, 'g3', gid => 20000]],
['what is there already', {}, [@create, 'empty'],
    [@create, 'crew', gid => 10052], [@create, 'empty', gid => 10400]],
['the name and number of an account', {}, [@create, 'bob', gid => 10002]],
['without gshadow', { without('gshadow') }, [@create, 'crew']],
['an orphan in gshadow', { changed(
    gshadow => qr/^(?=empty)/m, "crew:secret:al:eve\n") },
    [@create, 'crew']],
['two orphans in gshadow', {
    behind(gshadow => "crew:a::\ncrew:b::\n") }, [@create, 'crew']],
['a damaged orphan', { changed(
    gshadow => qr/^(?=empty)/m, "crew:\n") }, [@create, 'crew']],
['NIS at the end', { behind(group => "+:::\n", gshadow => "+:::\n") },
    [@create, 'crew']],
['two of the name', { behind(group => "t:x:10060:\nt:x:10061:\n") },
    [@create, 't'], [@create, 'crew']],
);

my @changes = (
['a number', {}, [@modify, 'empty', gid => 10300],
    [@modify, 'empty', gid => 10300]],
['a number that is taken', {}, [@modify, 'empty', gid => 10050]],
['the number of a primary group', {}, [@modify, 'customers', gid => 10300],
    [@modify, 'al', gid => 59999]],
['the number of many\'s primary group', { behind(passwd =>
    join '', map { "c$_:x:1050$_:10050:C $_:/home/c$_:/bin/sh\n" } 0 .. 9) },
    [@modify, 'customers', gid => 10300]],
['the number of nobody\'s group', {}, [@modify, 'nowhere', gid => 10300]],
['numbers without gshadow', { without('gshadow') },
    [@modify, 'customers', gid => 10300]],
['numbers and no entry in gshadow', { changed(
    gshadow => qr/^empty:.*\n/m, '') }, [@modify, 'empty', gid => 10300]],
['a number of a group that is there twice', {
    behind(group => "empty:x:10061:\n") }, [@modify, 'empty', gid => 10300]],
['a name', {}, [@rename, 'empty', name => 'full'],
    [@rename, 'customers', name => 'clients'],
    [@rename, 'eve', name => 'x' x 32]],
['a name that is taken', {}, [@rename, 'empty', name => 'project']],
['a name that is the same', {}, [@rename, 'nowhere', name => 'full']],
['a name without gshadow', { without('gshadow') },
    [@rename, 'project', name => 'work']],
['a name and no entry in gshadow', { changed(
    gshadow => qr/^project:.*\n/m, '') },
    [@rename, 'project', name => 'work']],
['a name, and NIS', { behind(group => "+:::\n", gshadow => "+:::\n") },
    [@rename, 'project', name => 'work']],
['a name of a group that is there twice', {
    behind(group => "empty:x:10061:\n") },
    [@rename, 'empty', name => 'full']],
['a name of a group that is there twice in gshadow', {
    behind(gshadow => "empty:x::\n") },
    [@rename, 'empty', name => 'full']],
);

my @deletes = (
['one after the other', {}, [@delete, 'empty'], [@delete, 'project']],
['nobody\'s', {}, [@delete, 'nowhere']],
['a primary group', {}, [@delete, 'customers'], [@delete, 'al'],
    [@delete, 'eve']],
['without gshadow', { without('gshadow') }, [@delete, 'project']],
['no entry in gshadow', { changed(gshadow => qr/^project:.*\n/m, '') },
    [@delete, 'project']],
['there twice', { behind(group => "empty:x:10061:\n") },
    [@delete, 'empty'], [@delete, 'project']],
['there twice in gshadow', { behind(gshadow => "empty:x::\n") },
    [@delete, 'empty'], [@delete, 'project']],
['and made again', {}, [@delete, 'empty'],
    [@create, 'empty', gid => 10333], [@add, 'empty', login => 'al'],
    [@delete, 'empty']],
);

my @members = (
['one more', {}, [@add, 'empty', login => 'al'],
    [@add, 'empty', login => 'bob'], [@add, 'project', login => 'eve'],
    [@add, 'customers', login => 'bob']],
['one that is in it', {}, [@add, 'project', login => 'al'],
    [@add, 'customers', login => 'eve']],
['one less', {}, [@remove, 'project', login => 'al'],
    [@remove, 'customers', login => 'eve'],
    [@remove, 'customers', login => 'al']],
['one that is not in it', {}, [@remove, 'empty', login => 'al'],
    [@remove, 'project', login => 'bob']],
['nobody and nothing', {}, [@add, 'empty', login => 'nowhere'],
    [@add, 'nowhere', login => 'al'], [@remove, 'nowhere', login => 'al']],
['without gshadow', { without('gshadow') },
    [@add, 'empty', login => 'al'], [@remove, 'project', login => 'al']],
['in one of the files only', { changed(
    group => qr/^empty:.*/m, 'empty:x:10052:al',
    gshadow => qr/^project:.*/m, 'project:!:al,bob:eve') },
    [@add, 'empty', login => 'al'], [@add, 'project', login => 'al'],
    [@remove, 'project', login => 'eve']],
['first, last, only, and of like names', { behind(
    group => "a:x:10060:al,b\nb:x:10061:b,al\nc:x:10062:al\n" .
    "d:x:10063:alal,xal,alx\ne:x:10064:x,al,y\n",
    gshadow => "a:!:al,b:b,al\nb:!:b,al:al,b\nc:!:al:al\n" .
    "d:!:alal:alx\ne:!:x,al,y:x,al,y\n") },
    map({ [@remove, $_, login => 'al'] } 'a' .. 'c', 'e'),
    [@add, 'd', login => 'al']],
['twice in one list', { changed(
    group => qr/^empty:.*/m, 'empty:x:10052:al,bob,al',
    gshadow => qr/^empty:.*/m, 'empty:!:al,al:al,bob,al') },
    [@remove, 'empty', login => 'al']],
['a large group', { behind(group => "large:x:10060:$long\n",
    gshadow => "large:!::$long\n") },
    [@add, 'large', login => 'al'], [@add, 'large', login => 'bob'],
    [@remove, 'large', login => 'al']],
['of a group that is there twice', {
    behind(group => "empty:x:10061:\n") }, [@add, 'empty', login => 'al']],
['of a group that is there twice in gshadow', {
    behind(gshadow => "empty:x::\n") }, [@add, 'empty', login => 'al']],
['who is no more', { behind(group => "old:x:10060:gone,al,left\n",
    gshadow => "old:!:gone:gone,al,left\n") },
    [@remove, 'old', login => 'gone'], [@remove, 'old', login => 'left'],
    [@add, 'old', login => 'gone']],
['no entry in gshadow', { changed(gshadow => qr/^empty:.*\n/m, '') },
    [@add, 'empty', login => 'al'], [@add, 'empty', login => 'bob'],
    [@remove, 'empty', login => 'al']],
['no entry in gshadow, and a password', { changed(
    gshadow => qr/^empty:.*\n/m, '', group => qr/^empty:x/m, 'empty:!') },
    [@add, 'empty', login => 'al']],
['a primary group', {}, [@add, 'al', login => 'al'],
    [@add, 'customers', login => 'bob']],
['a password of the group', { changed(
    gshadow => qr/^empty:!:/m, 'empty:$6$x$y:') },
    [@add, 'empty', login => 'al']],
['all of them', {},
    [{ ask => [[@remove, 'customers', login => 'eve'],
    [@add, 'customers', login => 'bob']],
    run => [['gpasswd', '-M', 'al,bob', 'customers']] }],
    [{ ask => [[@remove, 'customers', login => 'al'],
    [@remove, 'customers', login => 'bob']],
    run => [['gpasswd', '-M', '', 'customers']] }]],
);

sub list
{
	return (scenarios('group create', @creates),
	    scenarios('group', @changes), scenarios('group delete', @deletes),
	    scenarios('group member', @members));
}

1;
