# Fixed scenarios: damaged and unusual files, passwords, removal.

package Dwserv::Parity::Fixed::Account;

use strict;
use warnings;

use Dwserv::Parity::Start qw(%small $hash $other changed behind before
    without defs scenarios);

my $create = 'create';
my $password = 'password';
my $delete = 'delete';

my @usual = ([$create, 'dave', home => 'no', groups => 'customers,project',
    gecos => 'Dave'], [$password, 'al', hash => $hash], [$delete, 'al']);

my @files = (
['without shadow', { without('shadow') }, @usual,
    [$create, 'zoe', home => 'no', hash => $hash]],
['without gshadow', { without('gshadow') }, @usual],
['without either', { without('shadow', 'gshadow') }, @usual],
['expiry without shadow', { without('shadow') },
    [$create, 'dave', home => 'no', expire => '2031-12-31'],
    [$create, 'dave', home => 'no', expire => 'never']],
['empty files', { shadow => '', gshadow => '', group => "x:x:10050:\n",
    passwd => "root:x:0:0:root:/root:/bin/sh\n" },
    [$create, 'dave', home => 'no'], [$delete, 'dave']],
['no newline at the end', { map { $_ => $small{$_} =~ s/\n\z//r }
    keys %small }, @usual],
['no newline at the end of one', { changed(group => qr/\n\z/m, '') },
    [$create, 'dave', home => 'no', group => 'customers'], @usual[1, 2]],
['comments and blank lines', { map { $_ => "# begin\n\n" .
    $small{$_} =~ s/^(?=al:|bob:|empty:)/# a comment: with, colons\n \t\n/mgr
    . "\n# end" } keys %small }, @usual],
['damaged lines', { map { $_ => ":\n::::::::::\nx\n" . $small{$_} =~
    s/^(?=eve:)/al:\nal:x:y:z\n/mr . "al\x{1}\n" } keys %small }, @usual],
['carriage returns', { changed(map { ($_, qr/^(root:.*)/m, "root\r\n\r") }
    qw(shadow group gshadow)) }, @usual],
['NIS at the end', { behind(passwd => "+::::::\n", group => "+:::\n",
    shadow => "+::::::::\n", gshadow => "+:::\n") }, @usual],
['NIS in between', { map { $_ => $small{$_} =~
    s/^(?=eve:)/-mallory\n+\@staff::::::\n/mr } keys %small }, @usual,
    [$delete, 'eve'], [$create, 'zoe', home => 'no']],
['nothing but NIS', { before(passwd => "+\n", group => "+\n",
    shadow => "+\n", gshadow => "+\n") }, @usual],
['members of NIS lines', { behind(group => "+net:x:10070:al\n",
    gshadow => "+net:!:al:al\n") }, [$delete, 'al']],
['backups of before', { 'passwd-' => "old\n", 'shadow-' => "old\n",
    'group-' => "old\n", 'gshadow-' => "old\n" }, @usual],
['others are there twice', { behind(
    passwd => "twin:x:10020:10020:::\ntwin:x:10021:10021:::\n",
    shadow => "twin:!:1::::::\ntwin:*:2::::::\n",
    group => "twin:x:10020:\ntwin:x:10021:\n",
    gshadow => "twin:!::\ntwin:x::\n") }, @usual,
    [$delete, 'twin'], [$password, 'twin', hash => $hash],
    [$create, 'twin', home => 'no']],
['long lines', { behind(passwd => "g:x:10020:10001:" . 'x' x 5000 .
    ":/:/bin/sh\n", shadow => 'h:' . 'x' x 5000 . ":1::::::\n") }, @usual],
);

my @passwords = (
['passwords', {},
    map({ [$password, $_, hash => $hash] } qw(al bob eve)),
    [$password, 'al', hash => $other]],
['nobody', {},
    [$password, 'nowhere', hash => $hash],
    [$password, 'empty', hash => $hash]],
['no entry in shadow', { changed(shadow => qr/^al:.*\n/m, '') },
    [$password, 'al', hash => $hash], [$password, 'al', hash => $other]],
['no entry in shadow, and NIS', { changed(
    shadow => qr/^al:.*\n/m, "+::::::::\n") },
    [$password, 'al', hash => $hash]],
['no reference to shadow', { changed(passwd => qr/^al:x:/m, 'al:*:') },
    [$password, 'al', hash => $hash], [$password, 'al', hash => $other]],
['no reference, and no entry', { changed(passwd => qr/^al:x:/m, 'al::',
    shadow => qr/^al:.*\n/m, '') },
    [$password, 'al', hash => $hash]],
['without shadow', { without('shadow') },
    [$password, 'al', hash => $hash],
    [$password, 'bob', hash => $other]],
['an older form', { changed(shadow => qr/^al:.*/m, 'al:*:1:2:3') },
    [$password, 'al', hash => $hash]],
['a form in between', { changed(shadow => qr/^al:.*/m,
    'al:*:1:2:3:4:5:6') },
    [$password, 'al', hash => $hash]],
['a damaged entry', { changed(shadow => qr/^al:.*/m, 'al:*:1:2') },
    [$password, 'al', hash => $hash]],
['all fields in use', { changed(shadow => qr/^al:.*/m,
    'al:!!:1:2:3:4:5:6:7') },
    [$password, 'al', hash => $hash]],
['two entries in shadow', { behind(shadow => "al:*:1::::::\n") },
    [$password, 'al', hash => $hash]],
['two entries in shadow, and a reference to none', { changed(
    passwd => qr/^al:x:/m, 'al:*:', shadow => qr/\n\z/m,
    "\nal:*:1::::::\n") },
    [$password, 'al', hash => $hash]],
['two entries in passwd, and none in shadow', { changed(
    passwd => qr/^al:x(.*)\n/m, "al:*:10001:10001:::\nal:*:10001:10001:::\n") },
    [$password, 'al', hash => $hash]],
['login.defs for a new entry', { changed(shadow => qr/^al:.*\n/m, ''),
    defs("PASS_MAX_DAYS 30\nPASS_MIN_DAYS 2\nPASS_WARN_AGE 9\n") },
    [$password, 'al', hash => $hash]],
);

my @deletes = (
['one after the other', {},
    [$delete, 'al'], [$delete, 'eve'], [$delete, 'bob']],
['nobody', {}, [$delete, 'nowhere'], [$delete, 'empty']],
['its own group, with others in it', { changed(
    group => qr/^al:.*/m, 'al:x:10001:eve') }, [$delete, 'al']],
['its own group, with itself in it', { changed(
    group => qr/^al:.*/m, 'al:x:10001:al', gshadow => qr/^al:.*/m,
    'al:!:al:al') }, [$delete, 'al']],
['its own group is the primary one of others', { changed(
    passwd => qr/^eve:.*/m, 'eve:x:10003:10001:::') },
    [$delete, 'al'], [$delete, 'eve']],
['its own group with another number', { changed(
    group => qr/^al:.*/m, 'al:x:10077:') }, [$delete, 'al']],
['its own group is there twice', { behind(group => "al:x:10001:\n") },
    [$delete, 'al']],
['its own group is there twice in gshadow', {
    behind(gshadow => "al:!::\n") }, [$delete, 'al']],
['administrators of its own group', { changed(
    gshadow => qr/^al:.*/m, 'al:!:bob,al:eve') }, [$delete, 'al']],
['no private groups', { defs("USERGROUPS_ENAB no\n") }, [$delete, 'al']],
['in no group file at all', { changed(group => qr/^al:.*\n/m, '',
    gshadow => qr/^al:.*\n/m, '') }, [$delete, 'al']],
['no entry in shadow', { changed(shadow => qr/^al:.*\n/m, '') },
    [$delete, 'al']],
['two entries in shadow', { behind(shadow => "al:*:1::::::\n") },
    [$delete, 'al']],
['two entries in passwd', { behind(
    passwd => "al:x:10009:10009:::\n") }, [$delete, 'al']],
['without shadow', { without('shadow') }, [$delete, 'al']],
['without gshadow', { without('gshadow') }, [$delete, 'al'],
    [$delete, 'eve']],
['in a group that is there twice', { behind(
    group => "twice:x:10060:al\ntwice:x:10061:\n") }, [$delete, 'al']],
['in a group that is there twice in gshadow', { behind(
    gshadow => "twice:!::al\ntwice:!:al:\n") }, [$delete, 'al']],
['twice in one list', { changed(
    group => qr/^empty:.*/m, 'empty:x:10052:al,bob,al',
    gshadow => qr/^empty:.*/m, 'empty:!:al,al:al,bob,al') },
    [$delete, 'al']],
['first, last, only, and of like names', { behind(
    group => "a:x:10060:al,b\nb:x:10061:b,al\nc:x:10062:al\n" .
    "d:x:10063:alal,xal,alx\ne:x:10064:x,al,y\n",
    gshadow => "a:!:al,b:b,al\nb:!:b,al:al,b\nc:!:al:al\n" .
    "d:!:alal:alx\ne:!:x,al,y:x,al,y\n") }, [$delete, 'al']],
['in gshadow only', { behind(gshadow => "more:!:al,eve:al\n") },
    [$delete, 'al']],
['a comma at the end', { behind(group => "comma:x:10061:al,eve,\n",
    gshadow => "comma:!:al,:eve,al,\n") }, [$delete, 'al']],
['there again', {},
    [$create, 'dave', home => 'no', groups => 'project'],
    [$delete, 'dave'], [$create, 'dave', home => 'no', groups => 'project'],
    [$password, 'dave', hash => $hash], [$delete, 'dave']],
);

sub list
{
	return (scenarios('files', @files),
	    scenarios('password', @passwords),
	    scenarios('delete', @deletes));
}

1;
