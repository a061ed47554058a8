#!/usr/bin/perl
#
# account ensure: makes what is not there, changes what is otherwise, and
# does nothing at all the second time.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my $root = new_root();
my $daemon = start_daemon($root, clients => {
    billing => { allow => '{ account }' },
    half => { allow => '{ account create, account modify }' },
    narrow => { allow => '{ account ensure }', uid => '10000 to 10009' },
});
my $session = $daemon->login;
my $home = $root->path('/home');
my $day = days_today();
my @hashes = map { crypt $_, '$6$rounds=1000$abcdefgh$' } qw(old new);

# Ask twice: the second time there is nothing to do.
sub ensures
{
	my ($line, $reply, %edits) = @_;
	my ($login) = $line =~ /^account ensure (\S+)/;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	changes($root, $session, $line, $reply, %edits);
	keeps($root, $session, $line => "250 unchanged login=$login");
}

sub alice_is
{
	my (%other) = @_;
	my %is = (uid => 10000, gid => 10000, gecos => '',
	    home => '/home/alice', shell => '/bin/sh', %other);

	return "alice:x:$is{uid}:$is{gid}:$is{gecos}:$is{home}:$is{shell}";
}

sub changed
{
	my (%other) = @_;
	my %is = (uid => 10000, gid => 10000, home => '/home/alice',
	    shell => '/bin/sh', %other);

	return "250 changed login=alice uid=$is{uid} gid=$is{gid} " .
	    "home=$is{home} shell=$is{shell}";
}

# It is made as account create would.
ensures('account ensure alice',
    '250 created login=alice uid=10000 gid=10000 home=/home/alice ' .
    'shell=/bin/sh',
    passwd => [ alice => alice_is() ],
    shadow => [ alice => "alice:!:$day:0:99999:7:::" ],
    group => [ alice => 'alice:x:10000:' ],
    gshadow => [ alice => 'alice:!::' ]);
is(home_facts($root, 'alice'), '40750 10000 10000', 'with its home');
ensures('account ensure bob uid=10005 group=project groups=ftp,users ' .
    "gecos=\"Bob B\" home=/home/robert shell=/usr/sbin/nologin " .
    "hash=$hashes[0] expire=2031-12-31 inactive=5 min=1 max=90 warn=3",
    '250 created login=bob uid=10005 gid=5000 home=/home/robert ' .
    'shell=/usr/sbin/nologin',
    passwd => [ bob => 'bob:x:10005:5000:Bob B:/home/robert:' .
	'/usr/sbin/nologin' ],
    shadow => [ bob => "bob:$hashes[0]:$day:1:90:3:5:22644:" ],
    group => [ ftp => 'ftp:x:900:bob', users => 'users:x:100:veteran,bob' ],
    gshadow => [ ftp => 'ftp:!::bob', users => 'users:*::veteran,bob' ]);
is(home_facts($root, 'robert'), '40750 10005 5000', 'with its home');
ensures('account ensure carol home=no groups=""',
    qr/^250 created login=carol uid=10001 /,
    passwd => [ carol => 'carol:x:10001:10001::/home/carol:/bin/sh' ],
    shadow => [ carol => "carol:!:$day:0:99999:7:::" ],
    group => [ carol => 'carol:x:10001:' ],
    gshadow => [ carol => 'carol:!::' ]);
is(home_facts($root, 'carol'), 'missing', 'or without one');

# It becomes what is stated, and what is not stated stays.
ensures('account ensure alice gecos=A', changed(),
    passwd => [ alice => alice_is(gecos => 'A') ]);
ensures('account ensure alice shell=/usr/sbin/nologin',
    changed(shell => '/usr/sbin/nologin'),
    passwd => [ alice => alice_is(gecos => 'A',
	shell => '/usr/sbin/nologin') ]);
ensures('account ensure alice groups=ftp,mail shell=/bin/sh gecos=""',
    changed(), passwd => [ alice => alice_is() ],
    group => [ ftp => 'ftp:x:900:bob,alice', mail => 'mail:x:8:alice' ],
    gshadow => [ ftp => 'ftp:!::bob,alice', mail => 'mail:*::alice' ]);
ensures('account ensure alice groups=mail expire=2031-12-31', changed(),
    shadow => [ alice => "alice:!:$day:0:99999:7::22644:" ],
    group => [ ftp => 'ftp:x:900:bob' ],
    gshadow => [ ftp => 'ftp:!::bob' ]);
ensures('account ensure alice groups="" expire=never min=2 max=never warn=1 ' .
    'inactive=9', changed(),
    shadow => [ alice => "alice:!:$day:2::1:9::" ],
    group => [ mail => 'mail:x:8:' ], gshadow => [ mail => 'mail:*::' ]);
ensures('account ensure alice uid=10050', changed(uid => 10050),
    passwd => [ alice => alice_is(uid => 10050) ]);
is(home_facts($root, 'alice/.profile'), '100644 10050 10000',
    'the files go with the uid');
ensures('account ensure alice group=project',
    changed(uid => 10050, gid => 5000),
    passwd => [ alice => alice_is(uid => 10050, gid => 5000) ]);
ensures('account ensure alice home=/home/else',
    changed(uid => 10050, gid => 5000, home => '/home/else'),
    passwd => [ alice => alice_is(uid => 10050, gid => 5000,
	home => '/home/else') ]);
is(home_facts($root, 'else'), 'missing', 'but the home does not move');
keeps($root, $session,
    'account ensure alice home=no' => '250 unchanged login=alice',
    'account ensure alice' => '250 unchanged login=alice');

# A password is for an account that is made; a hash is compared.
keeps($root, $session,
    'account ensure alice password=sesame' => '250 unchanged login=alice',
    'account ensure bob password=sesame' => '250 unchanged login=bob');
ensures("account ensure alice hash=$hashes[0]", qr/^250 changed login=alice /,
    shadow => [ alice => "alice:$hashes[0]:$day:2::1:9::" ]);
$root->write('shadow', with_lines($root->read('shadow'),
    alice => "alice:$hashes[0]:19000:2::1:9::"));
keeps($root, $session, "account ensure alice hash=$hashes[0]" =>
    '250 unchanged login=alice');
ensures("account ensure alice hash=$hashes[1] warn=2",
    qr/^250 changed login=alice /,
    shadow => [ alice => "alice:$hashes[1]:$day:2::2:9::" ]);
replies($session, 'account ensure dora password=sesame home=no' =>
    qr/^250 created login=dora uid=10002 /);
my ($stored) = $root->line('shadow', 'dora') =~ /^dora:([^:]*):/;
is(crypt('sesame', $stored), $stored, 'the password of one that is made');
keeps($root, $session, 'account ensure dora password=other home=no' =>
    '250 unchanged login=dora');
changes($root, $session, 'account ensure dora password=other gecos=D',
    qr/^250 changed login=dora /,
    passwd => [ dora => 'dora:x:10002:10002:D:/home/dora:/bin/sh' ]);

# Suspended accounts: what resume has the last word on is refused.
reply_is($session, 'account suspend dora', '250 suspended login=dora');
refuses($root, $session, map { ("account ensure dora $_" =>
    '550 suspended account dora: resume it first') } 'shell=/bin/sh',
    'expire=never', "hash=$hashes[0]", 'gecos=x shell=/bin/sh');
keeps($root, $session,
    'account ensure dora gecos=D' => '250 unchanged login=dora',
    'account ensure dora password=sesame' => '250 unchanged login=dora');
changes($root, $session, 'account ensure dora gecos=E',
    qr/^250 changed login=dora /,
    passwd => [ dora => 'dora:x:10002:10002:E:/home/dora:' .
	'/usr/sbin/nologin' ]);
reply_is($session, 'account resume dora', '250 resumed login=dora');

# Refusals are those of create and of modify.
refuses($root, $session,
    'account ensure' => '501 missing-argument login',
    'account ensure Eve' => qr/^501 invalid login: /,
    'account ensure eve uid=x' => qr/^501 invalid uid: /,
    'account ensure eve groups=ftp,ftp' => qr/^501 invalid groups: /,
    'account ensure eve groups+=ftp' => '501 unknown-argument groups+',
    'account ensure eve move=yes home=/home/x' =>
	'501 unknown-argument move',
    "account ensure eve password=x hash=$hashes[0]" => qr/^501 invalid hash: /,
    'account ensure alice hash=x' => qr/^501 invalid hash: /,
    'account ensure eve uid=10005' => '550 exists uid 10005',
    'account ensure alice uid=10005' => '550 exists uid 10005',
    'account ensure alice uid=10000' => qr/^550 retired uid 10000 /,
    'account ensure eve uid=10000' => qr/^550 retired uid 10000 /,
    'account ensure eve uid=999' => qr/^550 denied uid 999 /,
    'account ensure eve group=sudo' => qr/^550 protected group sudo /,
    'account ensure alice group=sudo' => qr/^550 protected group sudo /,
    'account ensure alice groups=ftp,sudo' => qr/^550 protected group sudo /,
    'account ensure eve groups=nosuch' => '550 not-found group nosuch',
    'account ensure ftp' => '550 exists group ftp',
    'account ensure root' => qr/^550 protected the name root /,
    'account ensure daemon' => qr/^550 protected the name daemon /,
    'account ensure boss' => '550 protected account boss is in group sudo',
    'account ensure veteran' => qr/^550 denied account veteran has uid /,
    'account ensure eve home=/home/robert' =>
	'550 home-exists /home/robert is already there',
    'account ensure eve home=/etc/eve' => qr/^550 denied home /,
    'account ensure eve shell=/bin/bash' => qr/^550 denied shell /,
    'account ensure alice shell=/bin/bash' => qr/^550 denied shell /);
my $process = start_process(10050);
refuses($root, $session, 'account ensure alice uid=10051' =>
    "550 busy process $process of account alice is running");
keeps($root, $session, 'account ensure alice uid=10050' =>
    '250 unchanged login=alice');
end_process($process);
refuses($root, $daemon->login(client => 'half'),
    'account ensure eve' => '550 denied half may not do that',
    'account ensure alice' => '550 denied half may not do that');
refuses($root, $daemon->login(client => 'narrow'),
    'account ensure alice' => qr/^550 denied account alice has uid 10050/,
    'account ensure eve uid=10010' => qr/^550 denied uid 10010 /);

# Many at once, half of them there already, and all of them again.
my @lines = map { "account ensure e$_ home=no gecos=$_" } 1 .. 60;
my @replies = $session->pipeline(@lines[0 .. 29]);
is(scalar(grep { /^250 created / } @replies), 30, 'thirty are made');
@replies = $session->pipeline(map { s/gecos=(\d+)/"gecos=" . ($1 % 2 ? $1 :
    "n$1")/er } @lines);
is_deeply([ map { (split)[1] } @replies ], [ ('unchanged', 'changed') x 15,
    ('created') x 30 ], 'some are made, some changed, some as they are');

# After a crash, too, there is nothing to do.
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
keeps($root, $session,
    'account ensure bob uid=10005 group=project groups=ftp,users ' .
	"gecos=\"Bob B\" home=/home/robert shell=/usr/sbin/nologin " .
	"hash=$hashes[0] expire=2031-12-31 inactive=5 min=1 max=90 warn=3" =>
	'250 unchanged login=bob',
    'account ensure e31 gecos=31' => '250 unchanged login=e31');

my $ledger = slurp("$daemon->{state}/ledger/00000001");
like($ledger, qr/ change=account\.create login=bob /, 'made: in the ledger');
like($ledger, qr/ change=account\.modify login=alice uid=10050 /,
    'changed: in the ledger');
is(scalar(() = $ledger =~ / login=bob /g), 1, 'unchanged: not there');
unlike($ledger, qr/\$6\$|\$y\$|sesame/, 'nor any secret');

done_testing();
