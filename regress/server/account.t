#!/usr/bin/perl
#
# The life of an account after it was made: show, list, password, delete.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my %content = %Dwserv::Test::Root::content;
my $root = new_root(passwd => $content{passwd} .
    "odd:x:10600:10600:a\tb\x9b\xff:/home/odd:\n" .
    "beyond:x:9999:100::/home/beyond:/bin/sh\n" .
    "last:x:59999:4711:Last One:/home/last:/bin/sh\n");
my $daemon = start_daemon($root);
my $session = $daemon->login;
my $day = days_today();
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';

# The fields of an account as show and list give them.
sub account
{
	my ($login, $uid, %other) = @_;
	my %is = (gid => $uid, group => $login, groups => '""',
	    gecos => '""', home => "/home/$login", shell => '/bin/sh',
	    state => 'no-password', %other);

	return "account login=$login uid=$uid " . join ' ',
	    map { "$_=$is{$_}" } qw(gid group groups gecos home shell
	    state);
}

sub unchanged_by
{
	my ($name, $code) = @_;
	my $before = $root->checksums;

	$code->();
	is_deeply($root->checksums, $before, "$name: nothing changed");
}

# Show.
replies($session,
    'account create alice groups=ftp,mail gecos="Alice Liddell"' =>
	qr/^250 created /,
    'account create bob group=project home=no shell=/usr/sbin/nologin' =>
	qr/^250 created /,
    'account show alice' => '250 ' . account('alice', 10000,
	groups => 'mail,ftp', gecos => '"Alice Liddell"'),
    'account show bob' => '250 ' . account('bob', 10001, gid => 5000,
	group => 'project', shell => '/usr/sbin/nologin'),
    'account show boss' => '250 ' . account('boss', 10500,
	groups => 'sudo', gecos => '"The Boss"', shell => '/bin/bash'),
    'account show last' => '250 ' . account('last', 59999, gid => 4711,
	group => '""', gecos => '"Last One"'),
    'account show odd' => '250 ' . account('odd', 10600, group => '""',
	gecos => 'a?b??', shell => '""'),
    'account show nobody' => '550 not-found account nobody',
    'account show root' => '550 not-found account root',
    'account show veteran' => '550 not-found account veteran',
    'account show beyond' => '550 not-found account beyond',
    'account show carol' => '550 not-found account carol',
    'account show Alice' => qr/^501 invalid login: /,
    'account show +' => qr/^501 invalid login: /);

# List: in the order of the logins.
$session->send("account list\r\n");
is_deeply([ $session->read_reply ], [
    '250-' . account('alice', 10000, groups => 'mail,ftp',
	gecos => '"Alice Liddell"'),
    '250-' . account('bob', 10001, gid => 5000, group => 'project',
	shell => '/usr/sbin/nologin'),
    '250-' . account('boss', 10500, groups => 'sudo',
	gecos => '"The Boss"', shell => '/bin/bash'),
    '250-' . account('last', 59999, gid => 4711, group => '""',
	gecos => '"Last One"'),
    '250-' . account('odd', 10600, group => '""', gecos => 'a?b??',
	shell => '""'),
    '250 listed count=5' ], 'account list');
is($daemon->login->ask('account list'), '250 listed count=5',
    'another session sees the same');

# A password is changed, and nothing else.
my $before = $root->snapshot;
reply_is($session, 'account password alice password="Queen of \"Hearts\""',
    '250 changed login=alice');
my ($stored) = $root->line('shadow', 'alice') =~
    /^alice:([^:]*):$day:0:99999:7:::\z/;
is(crypt('Queen of "Hearts"', $stored // ''), $stored, 'it verifies');
isnt(crypt('Queen of Hearts', $stored), $stored, 'and no other does');
my $after = $root->snapshot;
is($after->{shadow} =~ s/^alice:[^:]*:/alice:!:/mr, $before->{shadow},
    'only one field of shadow has changed');
is_deeply([ map { $after->{$_} eq $before->{$_} } qw(passwd group gshadow) ],
    [ 1, 1, 1 ], 'and no other file');
reply_is($session, "account password alice hash=$hash",
    '250 changed login=alice');
is($root->line('shadow', 'alice'), "alice:$hash:$day:0:99999:7:::",
    'a ready hash');
reply_is($session, "account password alice hash=$hash",
    '250 changed login=alice', 'the same once more');

# The day of the change, and all the rest of the line, too.
$root->write('shadow', $root->read('shadow') =~
    s/^bob:.*$/bob:!\$6\$locked:12345:1:2:3:4:30000:5/mr);
reply_is($session, "account password bob hash=$hash",
    '250 changed login=bob');
is($root->line('shadow', 'bob'), "bob:$hash:$day:1:2:3:4:30000:5",
    'a locked account is unlocked, and the other fields stay');
reply_is($session, "account password last hash=$hash",
    '250 changed login=last');
is($root->line('shadow', 'last'), "last:$hash:$day:0:99999:7:::",
    'a missing entry of shadow is made');
unchanged_by('refused passwords', sub {
	replies($session,
	    "account password carol hash=$hash" =>
		'550 not-found account carol',
	    "account password Carol hash=$hash" => qr/^501 invalid login: /,
	    'account password alice hash=x' => qr/^501 invalid hash: /,
	    'account password alice password=""' =>
		qr/^501 invalid password: /,
	    "account password alice hash=$hash password=x" =>
		qr/^501 invalid password: /,
	    "account password alice hash=$hash hash=$hash" =>
		'501 repeated-argument hash');
});

# Delete, keeping the home: everything else of the account goes.
replies($session,
    'account create dave groups=ftp,users' => qr/^250 created /,
    'account create erin groups=ftp' => qr/^250 created /);
ok(-d $root->path('/home/dave'), 'a home');
reply_is($session, 'account delete dave', '250 deleted login=dave uid=10002');
is_deeply([ map { $root->lines($_, 'dave') } qw(passwd shadow group gshadow) ],
    [], 'no line is left of it');
is($root->line('group', 'ftp'), 'ftp:x:900:alice,erin',
    'nor a membership: group');
is($root->line('gshadow', 'ftp'), 'ftp:!::alice,erin',
    'nor a membership: gshadow');
is($root->line('group', 'users'), 'users:x:100:veteran',
    'nor the last of a list');
ok(-f $root->path('/home/dave/.profile'), 'but its home is there');
replies($session,
    'account show dave' => '550 not-found account dave',
    'account delete dave' => '550 not-found account dave');

# An administrator of a group.
$root->write('gshadow', $root->read('gshadow') =~
    s/^project:.*$/project:!:erin,veteran,bob:bob,veteran,erin/mr);
$root->write('group', $root->read('group') =~
    s/^project:.*$/project:x:5000:bob,veteran,erin/mr);
reply_is($session, 'account delete erin home=keep',
    '250 deleted login=erin uid=10003');
is($root->line('gshadow', 'project'), 'project:!:veteran,bob:bob,veteran',
    'is none any more');
is($root->line('group', 'project'), 'project:x:5000:bob,veteran',
    'and no member');

# Delete with the home.
reply_is($session, 'account create frank', qr/^250 created .* uid=10004 /);
mkdir $root->path('/home/frank/deep') or die;
spill($root->path('/home/frank/deep/file'), 'x');
symlink '/etc', $root->path('/home/frank/deep/etc') or die;
reply_is($session, 'account delete frank home=remove',
    '250 deleted login=frank uid=10004');
ok(!-e $root->path('/home/frank'), 'the home is gone');
ok(wait_for(sub { !grep { !/^\.\.?\z/ } $root->names('/home/.dwserv') }),
    'and nothing of it is left');
ok(-f '/etc/passwd', 'no link was followed');
replies($session,
    'account create frank' => qr/^250 created .* uid=10005 /,
    'account delete frank home=burn' => qr/^501 invalid home: /,
    'account delete frank home=/home/frank' => qr/^501 invalid home: /,
    'account delete frank home=remove' =>
	'250 deleted login=frank uid=10005',
    'account delete bob home=remove' => '250 deleted login=bob uid=10001');

# The private group stays if somebody else is in it.
replies($session,
    'account create grace' => qr/^250 created .* uid=10006 /,
    'account create heidi' => qr/^250 created .* uid=10007 /);
$root->write('group', $root->read('group') =~
    s/^grace:.*$/grace:x:10006:alice,grace/mr);
$root->write('gshadow', $root->read('gshadow') =~
    s/^grace:.*$/grace:!::alice,grace/mr);
reply_is($session, 'account delete grace',
    '250 deleted login=grace uid=10006');
is($root->line('group', 'grace'), 'grace:x:10006:alice',
    'a private group with another member');
is($root->line('gshadow', 'grace'), 'grace:!::alice', 'its gshadow');
$root->write('passwd', $root->read('passwd') =~
    s/^(alice:x:10000):10000:/$1:10007:/mr);
reply_is($session, 'account delete heidi',
    '250 deleted login=heidi uid=10007');
is($root->line('group', 'heidi'), 'heidi:x:10007:',
    "a private group that is another's primary group");
is($root->line('gshadow', 'heidi'), 'heidi:!::', 'its gshadow');

# A group of that name that is not the primary one is not private.
reply_is($session, 'account delete alice',
    '250 deleted login=alice uid=10000');
is($root->line('group', 'alice'), 'alice:x:10000:',
    'a group that was not the primary one');

# And with what was there before.
reply_is($session, 'account delete last', '250 deleted login=last uid=59999');
is($root->read('passwd'), $content{passwd} .
    "odd:x:10600:10600:a\tb\x9b\xff:/home/odd:\n" .
    "beyond:x:9999:100::/home/beyond:/bin/sh\n",
    'passwd is what it was, without the last one');
is($root->read('shadow'), $content{shadow}, 'shadow is what it was');

# A request's worth of everything in the ledger, and no hash.
my $ledger = slurp("$daemon->{state}/ledger/00000001");
like($ledger, qr/ client=billing peer=127\.0\.0\.1 change=account\.create /,
    'the ledger has who and where from');
like($ledger, qr/ change=account\.create login=alice uid=10000 gid=10000 /,
    'the ledger has what');
like($ledger, qr/ change=account\.password login=alice uid=10000 sha256=/,
    'the ledger has changes of passwords');
like($ledger, qr/ change=account\.delete login=frank uid=10004 .*removed/,
    'the ledger has what became of a home');
unlike($ledger, qr/\$6\$|\$y\$|Hearts/, 'the ledger has no secret');

done_testing();
