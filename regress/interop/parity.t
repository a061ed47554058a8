#!/usr/bin/perl
#
# Byte parity with shadow-utils 4.13: from the same start, requests to
# dwserv leave the same four files, backups, modes and owners as useradd(8),
# userdel(8) and chpasswd(8), and both refuse the same.  Where they differ
# on purpose, see differences.t.

use strict;
use warnings;

use File::Path qw(remove_tree);
use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;

my %small = %Dwserv::Parity::small;
my $create = 'create';
my $password = 'password';
my $delete = 'delete';
my $other = '$2b$10$' . 'x' x 53;

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

my @usual = ([$create, 'dave', home => 'no', groups => 'customers,project',
    gecos => 'Dave'], [$password, 'al', hash => $hash], [$delete, 'al']);
my $long = join ',', map { "member$_" } 1 .. 2000;

my @creates = (
['nothing but a name', {},
    [$create, 'dave', home => 'no']],
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

# Homes made from skel, and removed again: steps, and files in skel.
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
		Dwserv::Test::Wait::spill("$path/$_", $_ x 70000)
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

for my $scenario (@homes) {
	my ($name, $files, $prepare, @steps) = @$scenario;

	subtest "homes: $name" => sub {
		my $parity = parity("homes: $name", %$files);

		$prepare->($_) for @$parity{qw(ours theirs)};
		for my $step (@steps) {
			$parity->step(@$step);
			$parity->trees_equal('/home', "@$step[0, 1]: homes");
		}
		$parity->end;
	};
}

for my $scenarios ([create => @creates], [files => @files],
    [password => @passwords], [delete => @deletes],
    ['login.defs' => @defs]) {
	my ($kind, @list) = @$scenarios;

	for my $scenario (@list) {
		my ($name, $files, @steps) = @$scenario;

		subtest "$kind: $name" => sub {
			my $parity = parity($name, %$files);

			$parity->step(@$_) for @steps;
			$parity->end;
		};
	}
}

done_testing;
