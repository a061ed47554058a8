#!/usr/bin/perl
#
# Requests about aliases: what they change in the file, to the octet; whose
# names they may concern, and what targets need a grant.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $head = <<'END';
# aliases(5), kept by hand
postmaster:	root

MAILER-DAEMON: postmaster
"quoted": alice
team: alice,
	# in the middle
	bob,

	carol
twice: one
Twice: two
"with blank": alice
broken line
progs: "|/usr/bin/prog -x, y", /var/mail/archive, :include:/etc/list
END
my $root = new_root(aliases => $head,
    passwd => with_more($content{passwd},
	'outside:x:30000:100::/home/o:/bin/sh'));
my $daemon = start_daemon($root, clients => {
    billing => { allow => '{ account, alias }', uid => '10000 to 19999' },
    mixed => { allow => '{ alias }', targets => '{ command, file, include }' },
    command => { allow => '{ alias }', targets => '{ command }' },
    file => { allow => '{ alias }', targets => '{ file }' },
    include => { allow => '{ alias }', targets => '{ include }' },
    reader => { allow => '{ alias show, alias list }' },
    setter => { allow => '{ alias set }' },
    none => { allow => '{ account }' },
}, more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;

# Ask, and see how the text of aliases is then: what follows the head, or
# the head changed by a function.
my $tail = '';
sub becomes
{
	my ($line, $reply, $change) = @_;

	if (ref $change) {
		local $_ = $head;
		$change->();
		$head = $_;
	} else {
		$tail = $change;
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	changes($root, $session, $line, $reply, aliases => $head . $tail);
}

# Set, add, remove, delete at the end of the file.
becomes('alias set sales targets=alice',
    '250 set name=sales targets=alice', "sales: alice\n");
becomes('alias set sales targets=alice,bob@example.net',
    '250 set name=sales targets=alice,bob@example.net',
    "sales: alice, bob\@example.net\n");
becomes('alias add sales targets=carol',
    '250 added name=sales targets=alice,bob@example.net,carol',
    "sales: alice, bob\@example.net, carol\n");
becomes('alias add sales targets=dave,alice',
    '250 added name=sales targets=alice,bob@example.net,carol,dave',
    "sales: alice, bob\@example.net, carol, dave\n");
becomes('alias remove sales targets=bob@example.net,nobody-there',
    '250 removed name=sales targets=alice,carol,dave',
    "sales: alice, carol, dave\n");
keeps($root, $session,
    'alias set sales targets=alice,carol,dave' => '250 unchanged name=sales',
    'alias add sales targets=carol' => '250 unchanged name=sales',
    'alias add sales targets=dave,alice' => '250 unchanged name=sales',
    'alias remove sales targets=bob' => '250 unchanged name=sales',
    'alias show sales' => '250 alias name=sales targets=alice,carol,dave');
becomes('alias remove sales targets=alice,dave',
    '250 removed name=sales targets=carol', "sales: carol\n");
becomes('alias remove sales targets=carol',
    '250 removed name=sales targets=""', '');
becomes('alias add sales targets=a,b', '250 added name=sales targets=a,b',
    "sales: a, b\n");
becomes('alias delete sales', '250 deleted name=sales', '');
becomes('alias set user+tag targets=someone+else@example.net',
    '250 set name=user+tag targets=someone+else@example.net',
    "user+tag: someone+else\@example.net\n");
becomes('alias delete user+tag', '250 deleted name=user+tag', '');

# Names without regard to case, in quotes or not; the entry keeps its form.
becomes('alias add QUOTED targets=bob',
    '250 added name=QUOTED targets=alice,bob',
    sub { s/^"quoted": alice$/"quoted": alice, bob/m });
becomes('alias remove Quoted targets=alice',
    '250 removed name=Quoted targets=bob',
    sub { s/^"quoted": alice, bob$/"quoted": bob/m });
becomes('alias add mailer-daemon targets=alice',
    '250 added name=mailer-daemon targets=postmaster,alice',
    sub { s/^(MAILER-DAEMON: postmaster)$/$1, alice/m });
keeps($root, $session,
    'alias add mailer-daemon targets=Alice' =>
	'250 unchanged name=mailer-daemon',
    'alias show mailer-daemon' =>
	'250 alias name=mailer-daemon targets=postmaster,alice',
    'alias show quoted' => '250 alias name=quoted targets=bob');
becomes('alias remove mailer-daemon targets=ALICE',
    '250 removed name=mailer-daemon targets=postmaster',
    sub { s/^(MAILER-DAEMON: postmaster), alice$/$1/m });

# Lines that continue another one, comments and blank lines among them.
keeps($root, $session, 'alias show team' =>
    '250 alias name=team targets=alice,bob,carol');
becomes('alias add team targets=dora',
    '250 added name=team targets=alice,bob,carol,dora',
    sub { s/^\tcarol$/\tcarol, dora/m });
becomes('alias remove team targets=bob',
    '250 removed name=team targets=alice,carol,dora',
    sub { s/^\tbob,\n//m });
becomes('alias remove team targets=dora',
    '250 removed name=team targets=alice,carol',
    sub { s/, dora$//m });
becomes('alias set postmaster targets=alice',
    '250 set name=postmaster targets=alice',
    sub { s/^postmaster:\troot$/postmaster: alice/m });

# Targets of other kinds, already there: seen, taken away, not put back.
reply_is($session, 'alias show progs', '250 alias name=progs ' .
    'targets="|/usr/bin/prog -x\\\\, y,/var/mail/archive,:include:/etc/list"');
refuses($root, $session,
    'alias set new targets="|/bin/prog"' => qr/^550 denied billing may not /,
    'alias set new targets=/var/mail/x' => qr/^550 denied billing may not /,
    'alias set new targets=:include:/etc/l' =>
	qr/^550 denied billing may not /,
    'alias set new targets=:INCLUDE:/etc/l' =>
	qr/^550 denied billing may not /,
    'alias add progs targets=alice,/var/mail/x' =>
	qr/^550 denied billing may not /);
becomes('alias remove progs targets=/var/mail/archive',
    '250 removed name=progs ' .
    'targets="|/usr/bin/prog -x\\\\, y,:include:/etc/list"',
    sub { s{, /var/mail/archive}{} });
becomes('alias remove progs targets="|/usr/bin/prog -x\\\\, y"',
    '250 removed name=progs targets=:include:/etc/list',
    sub { s{^progs: .*$}{progs: :include:/etc/list}m });

# With grants: each its own kind.
my %targets = (command => '"|/bin/prog \"a b\"\\\\, c"',
    file => '/var/mail/x', include => ':include:/etc/l');
for my $client (sort keys %targets) {
	my $as = $daemon->login(client => $client);

	like($as->ask("alias set t-$client targets=$targets{$client}"),
	    qr/^250 set name=t-$client /, "$client may");
	refuses($root, $as, map { ("alias set new targets=$targets{$_}" =>
	    qr/^550 denied $client may not /) } grep { $_ ne $client }
	    sort keys %targets);
	refuses($root, $as, 'account create x' =>
	    "550 denied $client may not do that");
}
is($root->read('aliases'), $head . <<'END', 'as the mail system has them');
t-command: "|/bin/prog \"a b\", c"
t-file: /var/mail/x
t-include: :include:/etc/l
END
my $mixed = $daemon->login(client => 'mixed');
replies($mixed, map { ("alias delete t-$_" => "250 deleted name=t-$_") }
    sort keys %targets);
refuses($root, $mixed,
    'alias set new targets="|"' => qr/^501 invalid targets: /,
    'alias set new targets="| -x"' => qr/^501 invalid targets: /,
    'alias set new targets=/etc/../x' => qr/^501 invalid targets: /,
    'alias set new targets=:include:list' => qr/^501 invalid targets: /);

# What is wrong.
refuses($root, $session,
    'alias set' => '501 missing-argument alias',
    'alias set new' => '501 missing-argument targets',
    'alias add new' => '501 missing-argument targets',
    'alias remove team' => '501 missing-argument targets',
    'alias delete' => '501 missing-argument alias',
    'alias delete team targets=alice' => '501 unknown-argument targets',
    'alias set new targets=a targets=b' => '501 repeated-argument targets',
    (map { ("alias set $_ targets=alice" => qr/^501 invalid alias: /) }
	'""', '-x', '+', 'a:b', '"a b"', 'a,b', 'a@b', "caf\xc3\xa9",
	'a' x 256),
    (map { ("alias set new targets=$_" => qr/^501 invalid targets: /) }
	'""', 'a,', ',a', 'a,,b', '"a b"', '-a', 'a@', '@b', 'a@-b', 'a@b..c',
	'a..b@c', '"a\\\\b"', '#a', '"\"a\""', 'a:b', 'a;b', '<a>', '(a)',
	'a@b@c', "caf\xc3\xa9", join(',', map { "t$_" } 1 .. 1025)),
    'alias remove none targets=alice' => '550 not-found alias none',
    'alias delete none' => '550 not-found alias none',
    'alias show none' => '550 not-found alias none',
    'alias set twice targets=three' =>
	qr/^550 duplicate alias twice is there twice, in lines 10 and 11/,
    'alias add TWICE targets=three' => qr/^550 duplicate alias TWICE /,
    'alias delete twice' => qr/^550 duplicate alias twice /);

# Names of the system, and of accounts: mail for them is theirs.
replies($session, 'account create alice home=no' => qr/^250 created /);
refuses($root, $session,
    (map { ("alias set $_ targets=alice" => qr/^550 protected the name \L$_ /,
	"alias add $_ targets=alice" => qr/^550 protected the name \L$_ /) }
	qw(root daemon bin nobody sshd ROOT Root toor)),
    'alias set veteran targets=alice' =>
	qr/^550 denied account veteran has uid 1000, /,
    'alias set outside targets=alice' =>
	qr/^550 denied account outside has uid 30000, /,
    'alias add OUTSIDE targets=alice' =>
	qr/^550 denied account outside has uid 30000, /,
    'alias delete outside' => qr/^550 denied account outside has uid 30000, /,
    'alias set boss targets=alice' =>
	'550 protected account boss is in group sudo');
becomes('alias set alice targets=away@example.net',
    '250 set name=alice targets=away@example.net',
    "alice: away\@example.net\n");
becomes('alias set Alice targets=bob', '250 set name=Alice targets=bob',
    $root->read('aliases') =~ /^alice: /m ? "Alice: bob\n" : 'not there');
becomes('alias delete ALICE', '250 deleted name=ALICE', '');
becomes('alias set sales targets=veteran,outside,root',
    '250 set name=sales targets=veteran,outside,root',
    "sales: veteran, outside, root\n");
becomes('alias delete sales', '250 deleted name=sales', '');

# Clients that may do less.
my $reader = $daemon->login(client => 'reader');
reply_is($reader, 'alias show team',
    '250 alias name=team targets=alice,carol');
refuses($root, $reader, map { ($_ => '550 denied reader may not do that') }
    'alias set team targets=a', 'alias add team targets=a',
    'alias remove team targets=a', 'alias delete team');
refuses($root, $daemon->login(client => 'setter'), map { ($_ =>
    '550 denied setter may not do that') } 'alias add team targets=a',
    'alias delete team', 'alias show team', 'alias list');
refuses($root, $daemon->login(client => 'none'), map { ($_ =>
    '550 denied none may not do that') } 'alias set team targets=a',
    'alias show team', 'alias list');

# A long list, and many at once.
my $many = join ',', map { "member$_\@example.net" } 1 .. 300;
$session->send("alias set everybody targets=$many\n");
like(scalar $session->read_reply, qr/^250 set name=everybody/, 'a long list');
is($session->ask('alias show everybody'),
    "250 alias name=everybody targets=$many", 'all of it is shown');
reply_is($session, 'alias remove everybody targets=member150@example.net',
    qr/^250 removed name=everybody/);
is($root->read('aliases'), $head . 'everybody: ' . join(', ', grep {
    !/^member150@/ } split /,/, $many) . "\n", 'all of it is in the file');
my @replies = $session->pipeline('alias delete everybody',
    (map { "alias add common targets=t$_" } 1 .. 50),
    (map { "alias set a$_ targets=common" } 1 .. 50));
is(scalar(grep { /^250 / } @replies), 101, 'many in one go');
is($root->read('aliases'), $head . 'common: ' . join(', ', map { "t$_" }
    1 .. 50) . "\n" . join('', map { "a$_: common\n" } 1 .. 50),
    'are all in the file');

# Mode, owner and what others changed meanwhile stay; a crash changes nothing.
chmod 0640, $root->etc('aliases');
chown 0, 8, $root->etc('aliases');
$root->append('aliases', 'last: line without an end');
replies($session, 'alias set new targets=alice' =>
    '250 set name=new targets=alice');
like($root->read('aliases'), qr/\nlast: line without an end\nnew: alice\n\z/,
    'the end of the last line is made');
is(join(' ', (stat $root->etc('aliases'))[4, 5], sprintf '%o', (stat
    $root->etc('aliases'))[2] & 07777), '0 8 640', 'mode and owner stay');
my $before = everything($root);
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
is_deeply(everything($root), $before, 'all is there after a crash');

# A file that cannot be replaced: only requests about aliases are refused.
for my $kind (qw(symlink hardlink directory)) {
	unlink $root->etc('aliases');
	$root->write('real', "postmaster: root\n");
	symlink 'real', $root->etc('aliases') if $kind eq 'symlink';
	link $root->etc('real'), $root->etc('aliases') if $kind eq 'hardlink';
	mkdir $root->etc('aliases') if $kind eq 'directory';
	refuses($root, $session, map { ($_ => qr/^550 bad-file \S*aliases /) }
	    'alias set new targets=bob', 'alias add other targets=bob',
	    'alias remove new targets=alice', 'alias delete new');
	my @replies = $session->pipeline("account create $kind home=no",
	    'alias set new targets=bob', "account delete $kind",
	    'alias delete new');
	is_deeply([ map { (split)[1] } @replies ], [ qw(created bad-file
	    deleted bad-file) ], "$kind: accounts are made and deleted");
	reply_is($session, 'alias list', '550 not-found aliases');
	is($root->read('real'), "postmaster: root\n",
	    "$kind: the other file is as it was");
	rmdir $root->etc('aliases');
}

# One that is not there, and is there again.
unlink $root->etc('aliases');
refuses($root, $session, 'alias set new targets=bob' =>
    qr/^550 not-found aliases/);
reply_is($session, 'alias list', '550 not-found aliases');
reply_is($session, 'alias show postmaster', '550 not-found aliases');
reply_is($session, 'account lock alice', qr/^250 /);
$root->write('aliases', "postmaster: root\n");
($head, $tail) = ("postmaster: root\n", '');
becomes('alias set new targets=bob', '250 set name=new targets=bob',
    "new: bob\n");

# Without any in the configuration.
$session->close;
$daemon->configure(clients => { billing => { allow => '{ account, alias }' } });
$daemon->restart;
$session = $daemon->login;
refuses($root, $session, map { ($_ => qr/^550 not-found aliases/) }
    'alias set new targets=bob', 'alias add new targets=bob',
    'alias remove new targets=bob', 'alias delete new', 'alias show new',
    'alias list');

my $ledger = slurp("$daemon->{state}/ledger/00000001");
like($ledger, $_, "the ledger has $_") for
    qr/ change=alias\.set alias=sales targets=alice,bob\@example\.net\ssha256=/,
    qr/ change=alias\.add alias=sales targets=alice,bob\@example\.net,carol /,
    qr/ change=alias\.remove alias=sales targets=carol\ssha256=/,
    qr/ change=alias\.delete alias=sales\ssha256=/;

done_testing();
