#!/usr/bin/perl
#
# Requests about groups: the lines of group, gshadow and passwd that they
# change, the files that a new gid brings along, and what is refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $root = new_root(
    group => with_more($content{group}, 'web:x:10900:', 'wide:x:4000:',
	'twin:x:10910:', 'twin:x:10911:', 'bare:!:10920:bob',
	'libvirt:x:10930:'),
    gshadow => with_more($content{gshadow}, 'web:!::', 'wide:!::',
	'stale:*:veteran:veteran', 'twin:!::', 'libvirt:!::'),
    passwd => with_more($content{passwd},
	'guest:x:9000:10900::/home/g:/bin/sh'));
my $daemon = start_daemon($root, clients => {
    billing => { allow => '{ account, group }',
	groups => '{ ftp, mail, users, wide }' },
    open => { allow => '{ group }', groups => undef },
    narrow => { allow => '{ group create, group add }',
	uid => '10100 to 10102', groups => '{ ftp }' },
});
my $session = $daemon->login;
my $home = $root->path('/home');

replies($session,
    'account create alice groups=ftp' => qr/^250 created .* uid=10000 /,
    'account create bob' => qr/^250 created .* uid=10001 /,
    'account create carol' => qr/^250 created .* uid=10002 /);

# Create.
changes($root, $session, 'group create sales',
    '250 created group=sales gid=10003',
    group => [ sales => 'sales:x:10003:' ],
    gshadow => [ sales => 'sales:!::' ]);
changes($root, $session, 'group create chosen gid=12345',
    '250 created group=chosen gid=12345',
    group => [ chosen => 'chosen:x:12345:' ],
    gshadow => [ chosen => 'chosen:!::' ]);
changes($root, $session, 'group create stale',
    '250 created group=stale gid=10004',
    group => [ stale => 'stale:x:10004:' ],
    gshadow => [ stale => 'stale:!::' ]);
refuses($root, $session,
    'group create' => '501 missing-argument group',
    'group create Sales' => qr/^501 invalid group: /,
    'group create 12' => qr/^501 invalid group: /,
    'group create ' . 'g' x 33 => qr/^501 invalid group: /,
    'group create new gid=x' => qr/^501 invalid gid: /,
    'group create new gid=4294967296' => qr/^501 invalid gid: /,
    'group create new members=bob' => '501 unknown-argument members',
    'group create new files=keep' => '501 unknown-argument files',
    'group create new gid=10100 gid=10101' => '501 repeated-argument gid',
    'group create sales' => '550 exists group sales',
    'group create alice' => '550 exists group alice',
    'group create ftp' => '550 exists group ftp',
    'group create twin' => '550 exists group twin',
    'group create new gid=12345' => '550 exists gid 12345',
    'group create new gid=10000' => '550 exists gid 10000',
    'group create new gid=0' => qr/^550 denied gid 0 /,
    'group create new gid=27' => qr/^550 denied gid 27 /,
    'group create new gid=9999' => qr/^550 denied gid 9999 /,
    'group create new gid=60000' => qr/^550 denied gid 60000 /,
    'group create new gid=65534' => qr/^550 denied gid 65534 /,
    'group create lxd' => qr/^550 protected the name lxd /,
    'group create wheel' => qr/^550 protected the name wheel /,
    'group create nobody' => qr/^550 protected the name nobody /);

# Members: in both files, the last in the list, and once.
changes($root, $session, 'group add sales login=alice',
    '250 added group=sales login=alice',
    group => [ sales => 'sales:x:10003:alice' ],
    gshadow => [ sales => 'sales:!::alice' ]);
changes($root, $session, 'group add sales login=bob',
    '250 added group=sales login=bob',
    group => [ sales => 'sales:x:10003:alice,bob' ],
    gshadow => [ sales => 'sales:!::alice,bob' ]);
changes($root, $session, 'group add users login=bob',
    '250 added group=users login=bob',
    group => [ users => 'users:x:100:veteran,bob' ],
    gshadow => [ users => 'users:*::veteran,bob' ]);
keeps($root, $session,
    'group add sales login=alice' => '250 unchanged group=sales login=alice',
    'group remove sales login=carol' =>
	'250 unchanged group=sales login=carol',
    'group add users login=bob' => '250 unchanged group=users login=bob');
changes($root, $session, 'group remove sales login=alice',
    '250 removed group=sales login=alice',
    group => [ sales => 'sales:x:10003:bob' ],
    gshadow => [ sales => 'sales:!::bob' ]);
changes($root, $session, 'group remove users login=bob',
    '250 removed group=users login=bob',
    group => [ users => 'users:x:100:veteran' ],
    gshadow => [ users => 'users:*::veteran' ]);

# What only one of the files knows becomes what both know.
$root->write('gshadow', with_lines($root->read('gshadow'),
    sales => 'sales:!:carol:'));
changes($root, $session, 'group add sales login=bob',
    '250 added group=sales login=bob',
    gshadow => [ sales => 'sales:!:carol:bob' ]);
$root->write('group', with_lines($root->read('group'),
    sales => 'sales:x:10003:'));
changes($root, $session, 'group remove sales login=bob',
    '250 removed group=sales login=bob',
    gshadow => [ sales => 'sales:!:carol:' ]);
changes($root, $session, 'group add sales login=carol',
    '250 added group=sales login=carol',
    group => [ sales => 'sales:x:10003:carol' ],
    gshadow => [ sales => 'sales:!:carol:carol' ]);
changes($root, $session, 'group remove sales login=carol',
    '250 removed group=sales login=carol',
    group => [ sales => 'sales:x:10003:' ],
    gshadow => [ sales => 'sales:!:carol:' ]);
# Without an entry of gshadow, gpasswd(1) makes one.
changes($root, $session, 'group add bare login=alice',
    '250 added group=bare login=alice',
    group => [ bare => 'bare:x:10920:bob,alice' ],
    gshadow => [ bare => 'bare:!::bob,alice' ]);
# A member that is no account any more can be taken out, not put in.
$root->write('group', with_lines($root->read('group'),
    bare => 'bare:x:10920:bob,ghost,alice'));
changes($root, $session, 'group remove bare login=ghost',
    '250 removed group=bare login=ghost',
    group => [ bare => 'bare:x:10920:bob,alice' ]);
keeps($root, $session, 'group remove bare login=ghost' =>
    '250 unchanged group=bare login=ghost');
refuses($root, $session,
    'group add bare login=ghost' => '550 not-found account ghost',
    'group remove sudo login=ghost' => qr/^550 protected group sudo /,
    'group add' => '501 missing-argument group',
    'group add sales' => '501 missing-argument login',
    'group remove sales' => '501 missing-argument login',
    'group add sales login=Bob' => qr/^501 invalid login: /,
    'group add sales login=""' => qr/^501 invalid login: /,
    'group add sales login=alice,bob' => qr/^501 invalid login: /,
    'group add nosuch login=alice' => '550 not-found group nosuch',
    'group remove nosuch login=alice' => '550 not-found group nosuch',
    'group add sales login=nosuch' => '550 not-found account nosuch',
    'group add twin login=alice' => qr/^550 duplicate \S*group /,
    'group add sudo login=alice' => qr/^550 protected group sudo /,
    'group remove sudo login=boss' => qr/^550 protected group sudo /,
    'group add libvirt login=alice' => qr/^550 protected group libvirt /,
    'group add project login=alice' => qr/^550 denied group project /,
    'group add sales login=root' => qr/^550 protected account root /,
    'group add sales login=www-data' => qr/^550 protected account www-data /,
    'group add sales login=boss' =>
	'550 protected account boss is in group sudo',
    'group add sales login=veteran' => qr/^550 denied account veteran /,
    'group remove users login=veteran' => qr/^550 denied account veteran /);

# Show: those of the range, and those that are named.
replies($session,
    'group show bare' => '250 group name=bare gid=10920 members=bob,alice',
    'group show users' => '250 group name=users gid=100 members=veteran',
    'group show wide' => '250 group name=wide gid=4000 members=""',
    'group show project' => '550 not-found group project',
    'group show sudo' => '550 not-found group sudo',
    'group show nosuch' => '550 not-found group nosuch',
    'group show Sales' => qr/^501 invalid group: /,
    'group show' => '501 missing-argument group');

# Another gid: the accounts go with it, their files only if it is said.
replies($session, 'group create shared gid=10800' => qr/^250 created /);
$root->write('passwd', $root->read('passwd') =~
    s/^(bob:x:10001|carol:x:10002):\d+:/$1:10800:/mgr);
for my $login (qw(bob carol)) {
	my $uid = $login eq 'bob' ? 10001 : 10002;

	spill("$home/$login/file", 'x');
	chown $uid, 10800, "$home/$login", "$home/$login/file";
	symlink "$home/veteran", "$home/$login/link" or die;
	system 'chown', '-h', "$uid:10800", "$home/$login/link";
}
spill("$home/veteran/linked", 'x');
chown 1000, 10800, "$home/veteran/linked", "$home/veteran";
link "$home/veteran/linked", "$home/bob/linked" or die;
changes($root, $session, 'group modify shared gid=10801',
    '250 changed group=shared gid=10801',
    group => [ shared => 'shared:x:10801:' ],
    passwd => [ bob => 'bob:x:10001:10801::/home/bob:/bin/sh',
	carol => 'carol:x:10002:10801::/home/carol:/bin/sh' ]);
is(home_facts($root, 'bob/file'), '100644 10001 10800', 'files are kept');
changes($root, $session, 'group modify shared gid=10802 files=keep',
    '250 changed group=shared gid=10802',
    group => [ shared => 'shared:x:10802:' ],
    passwd => [ bob => 'bob:x:10001:10802::/home/bob:/bin/sh',
	carol => 'carol:x:10002:10802::/home/carol:/bin/sh' ]);
chown 10001, 10802, "$home/bob", "$home/bob/file";
chown 10002, 10802, "$home/carol", "$home/carol/file";
system 'chown', '-h', '10001:10802', "$home/bob/link";
chown 1000, 10802, "$home/veteran/linked", "$home/veteran";
changes($root, $session, 'group modify shared gid=10803 files=change',
    '250 changed group=shared gid=10803',
    group => [ shared => 'shared:x:10803:' ],
    passwd => [ bob => 'bob:x:10001:10803::/home/bob:/bin/sh',
	carol => 'carol:x:10002:10803::/home/carol:/bin/sh' ]);
is(home_facts($root, $_->[0]), $_->[1], "$_->[0] with files=change")
    for [ 'bob', '40750 10001 10803' ], [ 'bob/file', '100644 10001 10803' ],
    [ 'carol', '40750 10002 10803' ], [ 'carol/file', '100644 10002 10803' ],
    [ 'bob/link', '120777 10001 10803' ],
    [ 'bob/.profile', '100644 10001 10001' ],
    [ 'bob/linked', '100644 1000 10802' ], [ 'veteran', '40755 1000 10802' ];
keeps($root, $session,
    'group modify shared gid=10803' => '250 unchanged group=shared',
    'group modify shared gid=10803 files=change' =>
	'250 unchanged group=shared');
refuses($root, $session,
    'group modify' => '501 missing-argument group',
    'group modify shared' => '501 missing-argument gid',
    'group modify shared files=change' => '501 missing-argument gid',
    'group modify shared gid=' => qr/^501 invalid gid: /,
    'group modify shared gid=10804 files=yes' =>
	'501 invalid files: must be keep or change',
    'group modify shared gid=10804 name=x' => '501 unknown-argument name',
    'group modify nosuch gid=10804' => '550 not-found group nosuch',
    'group modify shared gid=10003' => '550 exists gid 10003',
    'group modify shared gid=10800' => qr/^550 retired gid 10800 /,
    'group create again gid=10801' => qr/^550 retired gid 10801 /,
    'group modify shared gid=1000' => qr/^550 denied gid 1000 /,
    'group modify shared gid=0' => qr/^550 denied gid 0 /,
    'group modify twin gid=10804' => qr/^550 duplicate \S*group /,
    'group modify ftp gid=10804' => qr/^550 protected group ftp /,
    'group modify wide gid=10804' => qr/^550 denied group wide /,
    'group modify sudo gid=10804' => qr/^550 protected group sudo /,
    'group modify libvirt gid=10804' => qr/^550 protected group libvirt /,
    # It is the primary group of somebody whom the client may not touch.
    'group modify web gid=10804' => qr/^550 denied .*\b9000\b/);

# Another name.
changes($root, $session, 'group rename sales name=trade',
    '250 renamed group=trade gid=10003',
    group => [ sales => [ 'trade:x:10003:' ] ],
    gshadow => [ sales => [ 'trade:!:carol:' ] ]);
changes($root, $session, 'group rename shared name=common',
    '250 renamed group=common gid=10803',
    group => [ shared => [ 'common:x:10803:' ] ],
    gshadow => [ shared => [ 'common:!::' ] ]);
reply_is($session, 'account show bob', qr/ gid=10803 group=common /);
refuses($root, $session,
    'group rename' => '501 missing-argument group',
    'group rename trade' => '501 missing-argument name',
    'group rename trade name=Trade' => qr/^501 invalid name: /,
    'group rename nosuch name=new' => '550 not-found group nosuch',
    'group rename trade name=common' => '550 exists group common',
    'group rename trade name=ftp' => '550 exists group ftp',
    'group rename trade name=sudo' => qr/^550 protected the name sudo /,
    'group rename trade name=docker' => qr/^550 protected the name docker /,
    'group rename twin name=one' => qr/^550 duplicate \S*group /,
    'group rename trade name=twin' => qr/^550 (?:duplicate|exists) /,
    'group rename ftp name=new' => qr/^550 protected group ftp /,
    'group rename wide name=new' => qr/^550 denied group wide /,
    'group rename libvirt name=new' => qr/^550 protected group libvirt /);

# Delete.
replies($session, 'group add trade login=alice' => qr/^250 added /);
changes($root, $session, 'group delete trade',
    '250 deleted group=trade gid=10003', group => [ trade => undef ],
    gshadow => [ trade => undef ]);
refuses($root, $session,
    'group delete' => '501 missing-argument group',
    'group delete trade' => '550 not-found group trade',
    'group delete common' =>
	qr/^550 primary group common is the primary group of (?:bob|carol)\z/,
    'group delete alice' =>
	'550 primary group alice is the primary group of alice',
    'group delete common gid=10803' => '501 unknown-argument gid',
    'group delete ftp' => qr/^550 protected group ftp /,
    'group delete wide' => qr/^550 denied group wide /,
    'group delete sudo' => qr/^550 protected group sudo /,
    'group delete twin' => qr/^550 duplicate \S*group /,
    'group create trade gid=10003' => qr/^550 retired gid 10003 /);
changes($root, $session, 'group delete bob',
    '250 deleted group=bob gid=10001',
    group => [ bob => undef ], gshadow => [ bob => undef ]);

# Clients with other rights.
my $open = $daemon->login(client => 'open');
replies($open,
    'group add project login=alice' => '250 added group=project login=alice',
    'group remove project login=alice' =>
	'250 removed group=project login=alice');
refuses($root, $open,
    'group add ftp login=alice' => qr/^550 protected group ftp /,
    'group add libvirt login=alice' => qr/^550 protected group libvirt /,
    'group delete project' => qr/^550 denied group project /,
    'account lock alice' => '550 denied open may not do that');
my $narrow = $daemon->login(client => 'narrow');
refuses($root, $narrow,
    'group create new gid=10099' => qr/^550 denied gid 10099 /,
    'group delete alice' => '550 denied narrow may not do that',
    'group remove ftp login=alice' => '550 denied narrow may not do that',
    'group add ftp login=bob' => qr/^550 denied account bob has uid 10001/);
replies($narrow, map { ("group create n$_" =>
    "250 created group=n$_ gid=1010$_") } 0 .. 2);
refuses($root, $narrow, 'group create n3' =>
    '550 exhausted no gid is left from 10100 to 10102');

# Several in one go see each other; a crash takes nothing back.
my @replies = $session->pipeline('group create one', 'group create two',
    'group add one login=alice', 'group rename one name=three',
    'group add three login=bob', 'group delete two',
    'group delete three', 'group create one');
is_deeply([ map { (split)[1] } @replies ], [ qw(created created added
    renamed added deleted deleted created) ], 'one after the other');
my $before = everything($root);
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
is_deeply(everything($root), $before, 'all is there after a crash');
replies($session,
    'group create late gid=10003' => qr/^550 retired gid 10003 /,
    'group create late gid=10800' => qr/^550 retired gid 10800 /);

# Without gshadow.
$session->close;
$daemon->stop;
unlink $root->etc('gshadow');
$daemon->start;
$session = $daemon->login;
changes($root, $session, 'group create plain gid=10850',
    '250 created group=plain gid=10850',
    group => [ plain => 'plain:x:10850:' ]);
changes($root, $session, 'group add plain login=alice',
    '250 added group=plain login=alice',
    group => [ plain => 'plain:x:10850:alice' ]);
changes($root, $session, 'group rename plain name=plainer',
    '250 renamed group=plainer gid=10850',
    group => [ plain => [ 'plainer:x:10850:alice' ] ]);
changes($root, $session, 'group remove plainer login=alice',
    '250 removed group=plainer login=alice',
    group => [ plainer => 'plainer:x:10850:' ]);
changes($root, $session, 'group delete plainer',
    '250 deleted group=plainer gid=10850', group => [ plainer => undef ]);

my $ledger = slurp("$daemon->{state}/ledger/00000001");
like($ledger, $_, "the ledger has $_") for
    qr/ change=group\.create group=chosen gid=12345\b/,
    qr/ change=group\.modify group=shared gid=10803\b/,
    qr/ change=group\.rename group=sales name=trade gid=10003\b/,
    qr/ change=group\.add group=sales gid=10003 login=bob\b/,
    qr/ change=group\.remove group=sales gid=10003 login=bob\b/,
    qr/ change=group\.delete group=trade gid=10003\b/;

done_testing();
