#!/usr/bin/perl
#
# account modify: every argument, the lines that it changes and no others,
# the files of the home that go with the ids, and what is refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $root = new_root(
    group => $content{group} =~ s/^(?=\+)/web:x:10900:\nwide:x:4000:\n/mr,
    gshadow => "$content{gshadow}web:!::\nwide:!::\n",
    passwd => with_more($content{passwd},
	'outside:x:9000:100::/home/o:/bin/sh',
	'twin:x:10700:100::/home/t:/bin/sh',
	'twin:x:10701:100::/home/t:/bin/sh'));
my $daemon = start_daemon($root, clients => {
    billing => { allow => '{ account, group }',
	groups => '{ ftp, mail, users, project, web }' },
    narrow => { allow => '{ account modify }', uid => '10000 to 10099' },
});
my $session = $daemon->login;
my $home = $root->path('/home');
my $day = days_today();
my $all = 'login=alice uid=10000 gid=10000 home=/home/alice shell=/bin/sh';
my $shadow = "alice:!:$day:0:99999:7:::";

replies($session,
    'account create alice groups=ftp' => "250 created $all",
    'account create bob' => qr/^250 created /);
# Only now: who is made gets no place in a group that is not the client's.
$root->write('gshadow', $root->read('gshadow') =~
    s/^wide:!::$/wide:!:alice:/mr);

sub alice_is
{
	my (%other) = @_;
	my %is = (uid => 10000, gid => 10000, gecos => '',
	    home => '/home/alice', shell => '/bin/sh', %other);

	return "alice:x:$is{uid}:$is{gid}:$is{gecos}:$is{home}:$is{shell}";
}

# Fields of passwd.
changes($root, $session, 'account modify alice gecos="Alice Liddell,,,"',
    "250 changed $all",
    passwd => [ alice => alice_is(gecos => 'Alice Liddell,,,') ]);
changes($root, $session, 'account modify alice gecos=""', "250 changed $all",
    passwd => [ alice => alice_is() ]);
changes($root, $session, 'account modify alice shell=/usr/sbin/nologin',
    "250 changed $all" =~ s{/bin/sh}{/usr/sbin/nologin}r,
    passwd => [ alice => alice_is(shell => '/usr/sbin/nologin') ]);
changes($root, $session, 'account modify alice shell=/bin/sh',
    "250 changed $all", passwd => [ alice => alice_is() ]);
keeps($root, $session,
    'account modify alice shell=/bin/sh' => '250 unchanged login=alice',
    'account modify alice gecos=""' => '250 unchanged login=alice',
    'account modify alice uid=10000' => '250 unchanged login=alice',
    'account modify alice group=alice' => '250 unchanged login=alice',
    'account modify alice groups=ftp' => '250 unchanged login=alice',
    'account modify alice groups+=ftp' => '250 unchanged login=alice',
    'account modify alice groups-=users,mail' => '250 unchanged login=alice',
    'account modify alice home=/home/alice' => '250 unchanged login=alice',
    'account modify alice home=/home/alice move=yes' =>
	'250 unchanged login=alice',
    'account modify alice expire=never inactive=never min=0 max=99999 ' .
	'warn=7' => '250 unchanged login=alice');

# Fields of shadow.
for my $age ([ 'expire=2031-12-31', ':0:99999:7::22644:' ],
    [ 'inactive=30', ':0:99999:7:30:22644:' ],
    [ 'min=1', ':1:99999:7:30:22644:' ], [ 'max=90', ':1:90:7:30:22644:' ],
    [ 'warn=14', ':1:90:14:30:22644:' ],
    [ 'expire=1970-01-01', ':1:90:14:30:0:' ],
    [ 'min=never max=never warn=never', '::::30:0:' ],
    [ 'expire=never', '::::30::' ],
    [ 'inactive=0 min=0 max=99999 warn=7', ':0:99999:7:0::' ],
    [ 'inactive=never', ':0:99999:7:::' ]) {
	changes($root, $session, "account modify alice $age->[0]",
	    "250 changed $all", shadow => [ alice => "alice:!:$day$age->[1]" ]);
}

# Supplementary groups.
changes($root, $session, 'account modify alice groups+=users,ftp,mail',
    "250 changed $all",
    group => [ users => 'users:x:100:veteran,alice',
	mail => 'mail:x:8:alice' ],
    gshadow => [ users => 'users:*::veteran,alice', mail => 'mail:*::alice' ]);
changes($root, $session, 'account modify alice groups-=ftp,project',
    "250 changed $all", group => [ ftp => 'ftp:x:900:' ],
    gshadow => [ ftp => 'ftp:!::' ]);
changes($root, $session, 'account modify alice groups-=users groups+=ftp',
    "250 changed $all",
    group => [ ftp => 'ftp:x:900:alice', users => 'users:x:100:veteran' ],
    gshadow => [ ftp => 'ftp:!::alice', users => 'users:*::veteran' ]);
changes($root, $session, 'account modify alice groups=project,ftp',
    "250 changed $all",
    group => [ project => 'project:x:5000:veteran,alice',
	mail => 'mail:x:8:' ],
    gshadow => [ project => 'project:!:veteran:veteran,alice',
	mail => 'mail:*::' ]);
changes($root, $session, 'account modify alice groups=""',
    "250 changed $all",
    group => [ project => 'project:x:5000:veteran', ftp => 'ftp:x:900:' ],
    gshadow => [ project => 'project:!:veteran:veteran', ftp => 'ftp:!::' ]);

# Several things at once, and each of them or none.
changes($root, $session, 'account modify alice gecos=A expire=2030-01-01 ' .
    'groups+=web', "250 changed $all",
    passwd => [ alice => alice_is(gecos => 'A') ],
    shadow => [ alice => "alice:!:$day:0:99999:7::21915:" ],
    group => [ web => 'web:x:10900:alice' ],
    gshadow => [ web => 'web:!::alice' ]);
changes($root, $session, 'account modify alice gecos="" expire=never ' .
    'groups-=web', "250 changed $all",
    passwd => [ alice => alice_is() ], shadow => [ alice => $shadow ],
    group => [ web => 'web:x:10900:' ], gshadow => [ web => 'web:!::' ]);

# What is wrong, and what a client may not do.
my $narrow = $daemon->login(client => 'narrow');
refuses($root, $session,
    'account modify' => '501 missing-argument login',
    'account modify alice' => '501 missing-argument what to modify',
    'account modify alice move=yes' => '501 missing-argument home',
    'account modify alice move=yes gecos=x' => '501 missing-argument home',
    'account modify alice idem=k' => '501 missing-argument what to modify',
    'account modify Alice gecos=x' => qr/^501 invalid login: /,
    'account modify alice uid=x' => qr/^501 invalid uid: /,
    'account modify alice gecos=a:b' => qr/^501 invalid gecos: /,
    'account modify alice home=no' => qr/^501 invalid home: /,
    'account modify alice home=/home/../etc' => qr/^501 invalid home: /,
    'account modify alice shell=sh' => qr/^501 invalid shell: /,
    'account modify alice group=""' => qr/^501 invalid group: /,
    'account modify alice groups=ftp,ftp' => qr/^501 invalid groups: /,
    'account modify alice groups+=""' => qr/^501 invalid groups\+: /,
    'account modify alice groups=ftp groups+=mail' =>
	'501 invalid groups+: cannot go with groups',
    'account modify alice groups-=ftp groups=mail' =>
	'501 invalid groups: cannot go with groups+ or groups-',
    'account modify alice groups+=ftp groups-=mail,ftp' =>
	qr/^501 invalid groups-: names a group that is both /,
    'account modify alice expire=2030-02-30' => qr/^501 invalid expire: /,
    'account modify alice inactive=-1' => qr/^501 invalid inactive: /,
    'account modify alice min=x' => qr/^501 invalid min: /,
    'account modify alice max=' => qr/^501 invalid max: /,
    'account modify alice warn=1.5' => qr/^501 invalid warn: /,
    'account modify alice move=perhaps home=/home/a' =>
	'501 invalid move: must be no or yes',
    'account modify alice gecos=a gecos=b' => '501 repeated-argument gecos',
    'account modify alice password=x' => '501 unknown-argument password',
    'account modify alice name=x' => '501 unknown-argument name',
    'account modify nosuch gecos=x' => '550 not-found account nosuch',
    'account modify root gecos=x' => qr/^550 protected account root /,
    'account modify www-data gecos=x' => qr/^550 protected account www-data /,
    'account modify boss gecos=x' =>
	'550 protected account boss is in group sudo',
    'account modify outside gecos=x' => qr/^550 denied account outside has /,
    'account modify twin gecos=x' => qr/^550 duplicate \S*passwd /,
    'account modify alice uid=10001' => '550 exists uid 10001',
    'account modify alice uid=0' => qr/^550 denied uid 0 /,
    'account modify alice uid=9999' => qr/^550 denied uid 9999 /,
    'account modify alice uid=60000' => qr/^550 denied uid 60000 /,
    'account modify alice group=nosuch' => '550 not-found group nosuch',
    'account modify alice group=sudo' => qr/^550 protected group sudo /,
    'account modify alice group=wide' => qr/^550 denied group wide /,
    'account modify alice groups+=nosuch' => '550 not-found group nosuch',
    'account modify alice groups+=ftp,sudo' => qr/^550 protected group sudo /,
    'account modify alice groups=wide' => qr/^550 denied group wide /,
    'account modify alice groups-=wide' => qr/^550 denied group wide /,
    'account modify alice home=/etc' => qr/^550 denied home \/etc /,
    'account modify alice home=/home' => qr/^550 denied home \/home /,
    'account modify alice shell=/bin/bash' => qr/^550 denied shell /,
    # The last of what is asked for is wrong: nothing of it is done.
    'account modify alice gecos=x groups+=ftp uid=10001' =>
	'550 exists uid 10001',
    'account modify alice home=/home/boss/x move=yes gecos=x' =>
	qr/^550 home-refused /);
refuses($root, $narrow,
    'account modify alice uid=10100' => qr/^550 denied uid 10100 /,
    'account modify boss gecos=x' => qr/^550 denied account boss /,
    'account lock alice' => '550 denied narrow may not do that');

# A group that the client may not touch, and that groups= would leave.
$root->write('group', $root->read('group') =~
    s/^docker:x:998:$/docker:x:998:bob/mr);
refuses($root, $session,
    'account modify bob groups=ftp' =>
	'550 protected account bob is in group docker');
$root->write('group', $root->read('group') =~
    s/^docker:x:998:bob$/docker:x:998:/mr);
$root->write('group', $root->read('group') =~
    s/^wide:x:4000:$/wide:x:4000:bob/mr);
refuses($root, $session,
    'account modify bob groups=ftp' => qr/^550 denied group wide /,
    'account modify bob groups=""' => qr/^550 denied group wide /);
$root->write('group', $root->read('group') =~
    s/^wide:x:4000:bob$/wide:x:4000:/mr);

# A group that is there twice.
$root->append('group', "web:x:10901:\n");
refuses($root, $session,
    'account modify alice groups+=web' => qr/^550 duplicate \S*group /);
$root->write('group', $root->read('group') =~ s/^web:x:10901:\n//mr);

# A new uid: the files that were the old one's go with it.
my $outside = $root->directory . '/outside';
mkdir $outside;
spill("$outside/file", 'x');
spill("$home/alice/own", 'own');
spill("$home/alice/others", 'others');
mkdir "$home/alice/deep" or die;
mkdir "$home/alice/deep/er" or die;
spill("$home/alice/deep/er/file", 'x');
spill("$home/alice/setuid", 'x');
chown 10000, 10000, glob "$home/alice/{own,deep,deep/er,deep/er/file,setuid}";
chmod 06755, "$home/alice/setuid";
chown 10001, 10001, "$home/alice/others";
chown 10000, 10000, "$outside/file";
chown 10001, 10001, "$home/bob/.profile";
symlink $outside, "$home/alice/away" or die;
symlink "$outside/file", "$home/alice/to" or die;
system 'chown', '-h', '10000:10000', "$home/alice/away", "$home/alice/to";
link "$home/bob/.profile", "$home/alice/bobs" or die;
spill("$home/veteran/linked", 'x');
chown 10000, 1000, "$home/veteran/linked";
link "$home/veteran/linked", "$home/alice/linked" or die;
my $moved = 'login=alice uid=10050 gid=10000 home=/home/alice shell=/bin/sh';
changes($root, $session, 'account modify alice uid=10050 gecos=moved',
    "250 changed $moved",
    passwd => [ alice => alice_is(uid => 10050, gecos => 'moved') ]);
is(home_facts($root, "alice$_->[0]"), $_->[1], "alice$_->[0] with a new uid")
    for [ '', '40750 10050 10000' ], [ '/own', '100644 10050 10000' ],
    [ '/.profile', '100644 10050 10000' ],
    [ '/.config/empty', '100644 10050 10000' ],
    [ '/deep/er/file', '100644 10050 10000' ],
    [ '/deep/er', '40755 10050 10000' ], [ '/others', '100644 10001 10001' ],
    [ '/away', '120777 10050 10000' ], [ '/to', '120777 10050 10000' ],
    [ '/bobs', '100644 10001 10001' ], [ '/linked', '100644 10050 1000' ],
    [ '/setuid', '100755 10050 10000' ];
is(join(' ', (stat "$outside/file")[4, 5]), '10000 10000',
    'where a link leads, nothing changes');
is(join(' ', (stat $outside)[4, 5]), '0 0', 'nor the directory');
is(home_facts($root, 'bob/.profile'), '100644 10001 10001',
    "another's file with two names stays the other's");
is(slurp("$home/alice/own"), 'own', 'what is in a file stays');
keeps($root, $session,
    'account modify alice uid=10050' => '250 unchanged login=alice',
    'account modify alice uid=10000' => qr/^550 retired uid 10000 /,
    'account create carol uid=10000' => qr/^550 retired uid 10000 /);

# Nobody moves who has processes.
my $process = start_process(10050);
refuses($root, $session,
    'account modify alice uid=10051' =>
	"550 busy process $process of account alice is running",
    'account modify alice home=/home/else move=yes' =>
	"550 busy process $process of account alice is running");
changes($root, $session, 'account modify alice gecos=busy',
    "250 changed $moved",
    passwd => [ alice => alice_is(uid => 10050, gecos => 'busy') ]);
end_process($process);

# A new primary group: the files of the old one go with it.
my $grouped = 'login=alice uid=10050 gid=10900 home=/home/alice ' .
    'shell=/bin/sh';
spill("$home/alice/project", 'x');
chown 10050, 5000, "$home/alice/project";
changes($root, $session, 'account modify alice group=web gecos=""',
    "250 changed $grouped",
    passwd => [ alice => alice_is(uid => 10050, gid => 10900) ]);
is(home_facts($root, "alice$_->[0]"), $_->[1], "alice$_->[0], new group")
    for [ '', '40750 10050 10900' ], [ '/own', '100644 10050 10900' ],
    [ '/deep/er/file', '100644 10050 10900' ],
    [ '/to', '120777 10050 10900' ], [ '/others', '100644 10001 10001' ],
    [ '/project', '100644 10050 5000' ], [ '/bobs', '100644 10001 10001' ];
is(join(' ', (stat "$outside/file")[4, 5]), '10000 10000', 'no link followed');

# Both at once, and another place, too.
my $elsewhere = 'login=alice uid=10060 gid=10000 home=/home/class/alice ' .
    'shell=/bin/sh';
mkdir "$home/class" or die;
changes($root, $session, 'account modify alice uid=10060 group=alice ' .
    'home=/home/class/alice move=yes', "250 changed $elsewhere",
    passwd => [ alice => alice_is(uid => 10060,
	home => '/home/class/alice') ]);
is(home_facts($root, 'alice'), 'missing', 'the old place is empty');
is(home_facts($root, "class/alice$_->[0]"), $_->[1], "class/alice$_->[0]")
    for [ '', '40750 10060 10000' ], [ '/own', '100644 10060 10000' ],
    [ '/project', '100644 10060 5000' ], [ '/bobs', '100644 10001 10001' ],
    [ '/away', '120777 10060 10000' ];

# home= without move=yes is the field alone.
changes($root, $session, 'account modify alice home=/home/alice move=no',
    '250 changed login=alice uid=10060 gid=10000 home=/home/alice ' .
    'shell=/bin/sh', passwd => [ alice => alice_is(uid => 10060) ]);
is(home_facts($root, 'alice'), 'missing', 'nothing came there');
is(home_facts($root, 'class/alice'), '40750 10060 10000', 'nothing went');
changes($root, $session, 'account modify alice home=/home/class/alice',
    "250 changed $elsewhere",
    passwd => [ alice => alice_is(uid => 10060,
	home => '/home/class/alice') ]);

# Nothing is moved where something is, or where others may write.
chmod 0777, mkdir("$home/open") ? "$home/open" : die;
symlink 'class', "$home/link" or die;
refuses($root, $session,
    'account modify alice home=/home/bob move=yes' =>
	'550 home-exists /home/bob is already there',
    'account modify alice home=/home/class/alice/in move=yes' =>
	qr/^550 home-refused \/home\/class\/alice: /,
    'account modify alice home=/home/none/alice move=yes' =>
	qr/^550 home-refused \/home\/class\/alice: /,
    'account modify alice home=/home/open/alice move=yes' =>
	qr/^550 home-refused \/home\/class\/alice: /,
    'account modify alice home=/home/link/else move=yes' =>
	qr/^550 home-refused \/home\/class\/alice: /);

# Whose home is not its own, is not moved; and one that is not there, either.
changes($root, $session, 'account create carol home=no',
    qr/^250 created login=carol uid=10002 /,
    passwd => [ carol => 'carol:x:10002:10002::/home/carol:/bin/sh' ],
    shadow => [ carol => "carol:!:$day:0:99999:7:::" ],
    group => [ carol => 'carol:x:10002:' ],
    gshadow => [ carol => 'carol:!::' ]);
mkdir "$home/carol" or die;
refuses($root, $session,
    'account modify carol home=/home/carola move=yes' =>
	qr/^550 home-refused \/home\/carol: /);
rmdir "$home/carol" or die;
refuses($root, $session,
    'account modify carol home=/home/carola move=yes' =>
	'550 home-refused /home/carol: No such file or directory');
changes($root, $session, 'account modify carol home=/home/carola uid=10003',
    '250 changed login=carol uid=10003 gid=10002 home=/home/carola ' .
    'shell=/bin/sh',
    passwd => [ carol => 'carol:x:10003:10002::/home/carola:/bin/sh' ]);
is(home_facts($root, 'carola'), 'missing', 'no home is made');

# A large tree, and others are served meanwhile.
for my $i (1 .. 40) {
	mkdir "$home/bob/d$i" or die;
	for my $j (1 .. 50) {
		spill("$home/bob/d$i/$j", '');
		chown 10001, 10001, "$home/bob/d$i/$j";
	}
	chown 10001, 10001, "$home/bob/d$i";
}
my @replies = $session->pipeline('account modify bob uid=10070',
    'account modify alice gecos=after', 'account show bob');
like($replies[0], qr/^250 changed login=bob uid=10070 /, 'a large tree');
like($replies[1], qr/^250 changed login=alice /, 'and another change');
like($replies[2], qr/^250 account login=bob uid=10070 /, 'and it shows');
is_deeply([ grep { (lstat)[4] != 10070 } glob "$home/bob/d*/*" ], [],
    'all the files are its own');

# What was acknowledged is there after a crash, and so is what is retired.
my $before = everything($root);
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
is_deeply(everything($root), $before, 'all is there after a crash');
replies($session,
    'account show alice' =>
	qr/^250 account login=alice uid=10060 .* gecos=after /,
    'account modify alice uid=10050' => qr/^550 retired uid 10050 /,
    'account modify alice uid=10061 home=/home/alice move=yes' =>
	qr/^250 changed login=alice uid=10061 .* home=\/home\/alice /);
is(home_facts($root, 'alice/own'), '100644 10061 10000', 'and moves again');

# Accounts with their secret in passwd, or without an entry of shadow.
$root->write('passwd', with_lines($root->read('passwd'),
    plain => 'plain:$6$a$b:10600:10900::/home/plain:/bin/sh',
    bare => 'bare:x:10601:10900::/home/bare:/bin/sh'));
changes($root, $session, 'account modify plain gecos=P',
    qr/^250 changed login=plain /,
    passwd => [ plain => 'plain:$6$a$b:10600:10900:P:/home/plain:/bin/sh' ]);
changes($root, $session, 'account modify plain expire=2030-01-01',
    qr/^250 changed login=plain /,
    passwd => [ plain => 'plain:x:10600:10900:P:/home/plain:/bin/sh' ],
    shadow => [ plain => "plain:\$6\$a\$b:$day:0:99999:7::21915:" ]);
changes($root, $session, 'account modify bare warn=3',
    qr/^250 changed login=bare /,
    shadow => [ bare => 'bare:x::::3:::' ]);

# Without shadow and gshadow there is no place for ages.
$session->close;
$daemon->stop;
unlink $root->etc('shadow'), $root->etc('gshadow');
$daemon->start;
$session = $daemon->login;
refuses($root, $session,
    'account modify alice expire=2030-01-01' =>
	qr{^501 invalid expire: there is no /etc/shadow },
    'account modify alice gecos=x warn=3' =>
	qr{^501 invalid warn: there is no /etc/shadow });
changes($root, $session, 'account modify alice gecos=last groups=ftp,mail',
    qr/^250 changed login=alice /,
    passwd => [ alice => alice_is(uid => 10061, gecos => 'last') ],
    group => [ ftp => 'ftp:x:900:alice', mail => 'mail:x:8:alice' ]);

# The ledger says what became of it.
my $ledger = slurp("$daemon->{state}/ledger/00000001");
my $entry = 'change=account.modify login=alice uid=10050 gid=10900 ' .
    'groups="" gecos="" home=/home/alice shell=/bin/sh';
like($ledger, qr{ \Q$entry\E[ \n]},
    'the ledger has the whole account');
unlike($ledger, qr/\$6\$/, 'the ledger has no secret');

done_testing();
