#!/usr/bin/perl
#
# account rename: the name in all that has it, the home, the private group,
# and what is refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $root = new_root(aliases => "postmaster: alice\nalice: away\@example.net\n",
    passwd => with_more($content{passwd},
	'outside:x:9000:100::/home/o:/bin/sh',
	'twin:x:10700:100::/home/t:/bin/sh',
	'twin:x:10701:100::/home/t:/bin/sh'),
    shadow => "$content{shadow}left:!:1:0:99999:7:::\n");
my $daemon = start_daemon($root, clients => {
    billing => { allow => '{ account, group, alias }' },
    narrow => { allow => '{ account rename }', uid => '10000 to 10000' },
}, more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;
my $home = $root->path('/home');
my $day = days_today();
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';

sub made
{
	my ($login, $arguments) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	reply_is($session, "account create $login $arguments",
	    qr/^250 created login=$login /);
}

# With all that an account has: a secret, ages, members, administrators, in
# the middle of lists, and other logins that begin or end the same.
made('alice', "groups=ftp,users gecos=\"Alice, L\" hash=$hash " .
    'expire=2031-12-31 warn=3');
made('bob', 'groups=ftp');
made('alice2', 'groups=ftp home=no');
$root->write('gshadow', $root->read('gshadow') =~
    s/^project:.*$/project:!:alice,veteran:xalice,alice,veteran/mr);
$root->write('group', $root->read('group') =~
    s/^project:.*$/project:x:5000:xalice,alice,veteran/mr);
is($root->line('group', 'ftp'), 'ftp:x:900:alice,bob,alice2', 'a list');
changes($root, $session, 'account rename alice name=carol',
    '250 renamed login=carol uid=10000 home=/home/alice',
    passwd => [ alice => undef,
	carol => 'carol:x:10000:10000:Alice, L:/home/alice:/bin/sh' ],
    shadow => [ alice => undef,
	carol => "carol:$hash:$day:0:99999:3::22644:" ],
    group => [ ftp => 'ftp:x:900:bob,alice2,carol',
	users => 'users:x:100:veteran,carol',
	project => 'project:x:5000:xalice,veteran,carol' ],
    gshadow => [ ftp => 'ftp:!::bob,alice2,carol',
	users => 'users:*::veteran,carol',
	project => 'project:!:veteran,carol:xalice,veteran,carol' ]);
is(home_facts($root, 'alice'), '40750 10000 10000', 'the home stays');
is(home_facts($root, 'carol'), 'missing', 'where it is');
replies($session,
    'account show alice' => '550 not-found account alice',
    'account show carol' => '250 account login=carol uid=10000 gid=10000 ' .
	'group=alice groups=users,ftp,project gecos="Alice, L" ' .
	'home=/home/alice shell=/bin/sh state=active');

# And back, which puts it at the end again.
changes($root, $session, 'account rename carol name=alice home=keep group=keep',
    '250 renamed login=alice uid=10000 home=/home/alice',
    passwd => [ carol => undef,
	alice => 'alice:x:10000:10000:Alice, L:/home/alice:/bin/sh' ],
    shadow => [ carol => undef,
	alice => "alice:$hash:$day:0:99999:3::22644:" ],
    group => [ ftp => 'ftp:x:900:bob,alice2,alice',
	users => 'users:x:100:veteran,alice',
	project => 'project:x:5000:xalice,veteran,alice' ],
    gshadow => [ ftp => 'ftp:!::bob,alice2,alice',
	users => 'users:*::veteran,alice',
	project => 'project:!:veteran,alice:xalice,veteran,alice' ]);

# With the home and the private group.
spill("$home/alice/file", 'kept');
changes($root, $session, 'account rename alice name=dora home=move ' .
    'group=rename', '250 renamed login=dora uid=10000 home=/home/dora',
    passwd => [ alice => undef,
	dora => 'dora:x:10000:10000:Alice, L:/home/dora:/bin/sh' ],
    shadow => [ alice => undef,
	dora => "dora:$hash:$day:0:99999:3::22644:" ],
    group => [ alice => [ 'dora:x:10000:' ],
	ftp => 'ftp:x:900:bob,alice2,dora',
	users => 'users:x:100:veteran,dora',
	project => 'project:x:5000:xalice,veteran,dora' ],
    gshadow => [ alice => [ 'dora:!::' ], ftp => 'ftp:!::bob,alice2,dora',
	users => 'users:*::veteran,dora',
	project => 'project:!:veteran,dora:xalice,veteran,dora' ]);
is(home_facts($root, 'alice'), 'missing', 'the home is not where it was');
is(home_facts($root, 'dora'), '40750 10000 10000', 'it has the new name');
is(slurp("$home/dora/file"), 'kept', 'and all that was in it');

# Deeper down, and a home of another name is given the login's.
mkdir "$home/class" or die;
made('erin', 'home=/home/class/e group=project');
changes($root, $session, 'account rename erin name=fay home=move',
    '250 renamed login=fay uid=10003 home=/home/class/fay',
    passwd => [ erin => undef,
	fay => 'fay:x:10003:5000::/home/class/fay:/bin/sh' ],
    shadow => [ erin => undef, fay => "fay:!:$day:0:99999:7:::" ]);
is(home_facts($root, 'class/fay'), '40750 10003 5000', 'deeper down');

# What is refused.
made('gus', 'home=no');
my $process = start_process(10001);
mkdir "$home/taken" or die;
my $narrow = $daemon->login(client => 'narrow');
refuses($root, $session,
    'account rename' => '501 missing-argument login',
    'account rename bob' => '501 missing-argument name',
    'account rename bob home=move' => '501 missing-argument name',
    'account rename Bob name=x' => qr/^501 invalid login: /,
    'account rename bob name=Bob' => qr/^501 invalid name: /,
    'account rename bob name=12' => qr/^501 invalid name: /,
    'account rename bob name=' . 'b' x 33 => qr/^501 invalid name: /,
    'account rename bob name=rob home=yes' =>
	'501 invalid home: must be keep or move',
    'account rename bob name=rob group=yes' =>
	'501 invalid group: must be keep or rename',
    'account rename bob name=rob uid=10100' => '501 unknown-argument uid',
    'account rename bob name=rob name=rob' => '501 repeated-argument name',
    'account rename nosuch name=rob' => '550 not-found account nosuch',
    'account rename bob name=rob' =>
	"550 busy process $process of account bob is running",
    'account rename root name=rob' => qr/^550 protected account root /,
    'account rename boss name=rob' =>
	'550 protected account boss is in group sudo',
    'account rename outside name=rob' => qr/^550 denied account outside /,
    'account rename twin name=rob' => qr/^550 duplicate \S*passwd /,
    'account rename dora name=toor' => qr/^550 protected the name toor /,
    'account rename dora name=docker' => qr/^550 protected the name docker /,
    'account rename dora name=sshd' => qr/^550 protected the name sshd /,
    'account rename dora name=bob' => '550 exists account bob',
    'account rename dora name=veteran' => '550 exists account veteran',
    'account rename dora name=dora' => '550 exists account dora',
    'account rename dora name=left' => '550 exists account left',
    'account rename dora name=ftp group=rename' => '550 exists group ftp',
    'account rename fay name=rob group=rename' =>
	'550 not-found private group of account fay',
    'account rename dora name=taken home=move' =>
	'550 home-exists /home/taken is already there',
    'account rename gus name=rob home=move' =>
	'550 home-refused /home/gus: No such file or directory');
end_process($process);
refuses($root, $narrow,
    'account rename bob name=rob' => qr/^550 denied account bob has uid /,
    'account modify dora gecos=x' => '550 denied narrow may not do that');

# A home that is not below the base, or not the account's.
$root->write('passwd', with_lines($root->read('passwd'),
    gus => 'gus:x:10004:10004::/srv/gus:/bin/sh'));
chown 0, 0, "$home/class/fay";
refuses($root, $session,
    'account rename gus name=rob home=move' =>
	'550 home-refused /srv/gus is not below /home',
    'account rename fay name=rob home=move' =>
	qr/^550 home-refused \/home\/class\/fay: not the account's/);
chown 10003, 5000, "$home/class/fay";

# A name that is in one of two lines of a group.
my $group = $root->read('group');
$root->append('group', "ftp:x:901:dora\n");
refuses($root, $session,
    'account rename dora name=rob' => qr/^550 duplicate \S*group /);
$root->write('group', $group);

# A suspended account stays so, and comes back as it was.
my $before = { map { $_ => $root->read($_) } qw(passwd shadow) };
replies($session,
    'account suspend dora' => '250 suspended login=dora',
    'account rename dora name=hal home=move group=rename' =>
	'250 renamed login=hal uid=10000 home=/home/hal',
    'account show hal' => qr/ login=hal .* state=suspended\z/,
    'account password hal password=x' =>
	'550 suspended account hal: resume it first',
    'account create dora home=no' => qr/^250 created login=dora uid=10005 /,
    'account show dora' => qr/ state=no-password\z/,
    'account resume dora' => '250 unchanged login=dora');
$daemon->restart;
$session = $daemon->login;
replies($session,
    'account show hal' => qr/ state=suspended\z/,
    'account resume hal' => '250 resumed login=hal',
    'account show hal' => qr/ state=active\z/);
is($root->line('passwd', 'hal'),
    'hal:x:10000:10000:Alice, L:/home/hal:/bin/sh', 'passwd as it was');
is($root->line('shadow', 'hal'), "hal:$hash:$day:0:99999:3::22644:",
    'shadow as it was');

# Two that exchange their names, by a third, in one go.
my @replies = $session->pipeline('account rename bob name=third home=move',
    'account rename hal name=bob home=move group=keep',
    'account rename third name=hal home=move');
is_deeply(\@replies, [ '250 renamed login=third uid=10001 home=/home/third',
    '250 renamed login=bob uid=10000 home=/home/bob',
    '250 renamed login=hal uid=10001 home=/home/hal' ],
    'two exchange their names');
is(home_facts($root, 'bob'), '40750 10000 10000', 'and their homes');
is(home_facts($root, 'hal'), '40750 10001 10001', 'both of them');

# A home that has the new name already stays where it is.
replies($session,
    'account create una home=/home/ulla' => qr/^250 created /,
    'account rename una name=ulla home=move' =>
	qr{^250 renamed login=ulla uid=\d+ home=/home/ulla\z},
    'account delete ulla home=remove' => qr/^250 deleted /);

# Aliases are nobody's business here, and the old name is free.
is($root->read('aliases'), "postmaster: alice\nalice: away\@example.net\n",
    'aliases stay');
reply_is($session, 'account create alice', qr/^250 created .* uid=10007 /);

# Without shadow and gshadow.
$session->close;
my $after = everything($root);
kill_daemon($daemon);
$daemon->start;
is_deeply(everything($root), $after, 'all is there after a crash');
$daemon->stop;
unlink $root->etc('shadow'), $root->etc('gshadow');
$daemon->start;
$session = $daemon->login;
changes($root, $session, 'account rename alice name=ivy group=rename ' .
    'home=move', '250 renamed login=ivy uid=10007 home=/home/ivy',
    passwd => [ alice => undef,
	ivy => 'ivy:x:10007:10007::/home/ivy:/bin/sh' ],
    group => [ alice => [ 'ivy:x:10007:' ] ]);

like(slurp("$daemon->{state}/ledger/00000001"),
    qr/ change=account\.rename login=alice name=ivy uid=10007 gid=10007 /,
    'the ledger has both names');

done_testing();
