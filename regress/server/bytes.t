#!/usr/bin/perl
#
# What is not asked for stays as it is: lines, bytes, modes, owners,
# attributes; and files that are not as they usually are.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $day = days_today();
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my %content = %Dwserv::Test::Root::content;

# A daemon for a root, and a session with it.
sub serve_root
{
	my ($root) = @_;
	my $daemon = start_daemon($root);

	return ($root, $daemon, $daemon->login);
}

# The same for a new root with such files.
sub serve
{
	my (%files) = @_;

	return serve_root(new_root(%files));
}

# Bytes of every kind survive a change: here as comments and as lines that
# make no sense, and the last without its newline.
my $strange = join '', "#\t\x01\x7f\xff\r\n", "\n", "   \n", ":::::::\n",
    "a:b\n", "x" x 20000 . "\n", "\0\0:\0\n", "half:x:1\n",
    "neg:x:-5:-5::/:/bin/sh\n", "big:x:4294967296:1::/:/bin/sh\n",
    "word:x:ten:10::/:/bin/sh\n", "spaced: x: 77: 78: :/ : /bin/sh\n";
my ($root, $daemon, $session) = serve(
    passwd => "$strange$content{passwd}$strange-",
    shadow => "$strange$content{shadow}#no newline",
    group => $content{group} . "+more",
    gshadow => "$content{gshadow}last:!::");
my $before = $root->snapshot;
reply_is($session, 'account create alice groups=ftp', qr/^250 created /);
my $after = $root->snapshot;
is($after->{passwd}, "$strange" . $content{passwd} =~
    s{^(?=\+)}{alice:x:10000:10000::/home/alice:/bin/sh\n}mr .
    "$strange-\n", 'passwd: one line more, before the first NIS line, and ' .
    'a newline at the end') or diag('differs');
is($after->{shadow}, $strange . $content{shadow} =~
    s{^(?=\+)}{alice:!:$day:0:99999:7:::\n}mr . "#no newline\n",
    'shadow, too');
is($after->{group}, $content{group} =~ s/^(?=\+)/alice:x:10000:\n/mr =~
    s/^ftp:.*/ftp:x:900:alice/mr . "+more\n", 'group, too');
is($after->{gshadow}, $content{gshadow} =~ s/^ftp:.*/ftp:!::alice/mr .
    "last:!::\nalice:!::\n", 'gshadow, too');
like($daemon->log, qr{/etc/passwd does not end in a newline},
    'a missing newline is logged');
is_deeply([ map { $root->read("$_-") } @Dwserv::Test::Root::files ],
    [ map { $before->{$_} } @Dwserv::Test::Root::files ],
    'the files before are kept as backups');
reply_is($session, 'account delete alice home=remove', qr/^250 deleted /);
is_deeply($root->snapshot, {
    passwd => "$before->{passwd}\n", shadow => "$before->{shadow}\n",
    group => "$before->{group}\n", gshadow => "$before->{gshadow}\n" },
    'create and delete leave nothing but the newlines');
$daemon->stop;

# Mode, owner, access lists and other attributes.
my @xattrs = ([ 'user.note', 'kept by hand' ], [ 'trusted.mark', 'x' ],
    [ 'user.bytes', "\x80\xff" ]);
$root = new_root();
my %modes = (passwd => 0604, shadow => 0460, group => 0644, gshadow => 0);
SKIP: {
	my ($status) = run_program('setfattr', '-n', 'user.test', '-v', 'x',
	    $root->etc('login.defs'));
	skip('needs setfattr(1) and user attributes', 10)
	    unless defined $status && $status == 0;
	for my $file (sort keys %modes) {
		chown 4242, 4343, $root->etc($file);
		chmod $modes{$file}, $root->etc($file);
		run_wanted('setfattr', '-n', $_->[0], '-v', $_->[1],
		    $root->etc($file)) for @xattrs;
	}
	($status) = run_program('setfacl', '-m', 'u:4711:r,g:4712:rw',
	    $root->etc('shadow'));
	my $access = defined $status && $status == 0;
	my $facts = sub { my ($file) = @_;
		return join "\n", (join ' ', (stat $root->etc($file))[2, 4,
		    5]), run_wanted('getfattr', '-d', '-m', '-', '-e', 'hex',
		    '--absolute-names', $root->etc($file)) };
	my %facts = map { $_ => $facts->($_) } keys %modes;

	like($facts{shadow}, qr/user\.note.*/, 'there are attributes');
	($root, $daemon, $session) = serve_root($root);
	like($daemon->log, qr/CAP_SYS_ADMIN is kept: passwd /,
	    'the right to copy them is kept');
	reply_is($session, 'account create bob groups=ftp',
	    qr/^250 created /);
	reply_is($session, "account password bob hash=$hash",
	    '250 changed login=bob');
	for my $file (sort keys %modes) {
		is($facts->($file), $facts{$file},
		    "$file: mode, owner and attributes are as before");
	}
	skip('needs setfacl(1) and a file system with access lists', 2)
	    unless $access;
	like($facts{shadow}, qr/system\.posix_acl_access=0x\w{10}/,
	    'there is an access list');
	like(run_wanted('getfacl', '-np', $root->etc('shadow')),
	    qr/^user:4711:r--\n.*^group:4712:rw-\n/ms,
	    'and it is as before');
}
$daemon->stop;

# No gshadow: group has the secret, and no file is made.
($root, $daemon, $session) = serve(gshadow => undef);
reply_is($session, 'account create carl groups=ftp', qr/^250 created /);
is($root->line('group', 'carl'), 'carl:!:10000:', 'without gshadow: group');
is($root->line('group', 'ftp'), 'ftp:x:900:carl', 'and its members');
ok(!-e $root->etc('gshadow'), 'and no gshadow is made');
reply_is($session, 'account delete carl', qr/^250 deleted /);
is($root->read('group'), $content{group}, 'and nothing stays of it');
$daemon->stop;

# No shadow: passwd has the secret, and no file is made.
($root, $daemon, $session) = serve(shadow => undef);
reply_is($session, 'account create dora', qr/^250 created /);
is($root->line('passwd', 'dora'), 'dora:!:10000:10000::/home/dora:/bin/sh',
    'without shadow: passwd');
reply_is($session, "account create emil hash=$hash", qr/^250 created /);
is($root->line('passwd', 'emil'),
    "emil:$hash:10001:10001::/home/emil:/bin/sh", 'and with a secret');
reply_is($session, "account password dora hash=$hash",
    '250 changed login=dora');
is($root->line('passwd', 'dora'),
    "dora:$hash:10000:10000::/home/dora:/bin/sh", 'and with a new secret');
reply_is($session, 'account delete emil', qr/^250 deleted /);
is($root->line('passwd', 'emil'), undef, 'and deleted');
ok(!-e $root->etc('shadow'), 'and no shadow is made');

# They may come and go while the daemon runs.
$root->write('shadow', $content{shadow});
reply_is($session, 'account create fred', qr/^250 created /);
is($root->line('shadow', 'fred'), "fred:!:$day:0:99999:7:::",
    'a new shadow file is used');
reply_is($session, "account password dora hash=$hash",
    '250 changed login=dora');
is_deeply([ $root->lines('shadow', 'dora') ], [],
    'but who is not in it stays out of it');
is((split /:/, $root->line('passwd', 'dora'))[1], $hash, 'with the secret');
unlink $root->etc('gshadow');
reply_is($session, 'account create gert', qr/^250 created /);
is($root->line('group', 'gert'), 'gert:!:10003:', 'a gshadow file that went');
$daemon->stop;

# An entry of shadow or gshadow without its account is taken over.
($root, $daemon, $session) = serve(
    shadow => "hans:*:1:2:3:4:5:6:7\n$content{shadow}",
    gshadow => "hans:*:boss:boss\n$content{gshadow}");
reply_is($session, 'account create hans', qr/^250 created /);
is($root->read('shadow'), "hans:!:$day:0:99999:7:::\n$content{shadow}",
    'in shadow');
is($root->read('gshadow'), "hans:!::\n$content{gshadow}", 'in gshadow');
$daemon->stop;

# Names that are there twice: an administrator has to decide.
my $double = "ida:x:10100:10100::/home/ida:/bin/sh\n";
($root, $daemon, $session) = serve(
    passwd => $double . "jens:x:10101:100::/home/jens:/bin/sh\n" .
	"kurt:x:10102:100::/home/kurt:/bin/sh\n#\n$double",
    shadow => "jens:!:1::::::\njens:!:2::::::\nkurt:!:1::::::\n" .
	"new:!:::::::\nnew:!:::::::\n",
    group => "users:x:100:\nftp:x:900:\nmail:x:8:kurt\nmail:x:8:kurt\n" .
	"ftp:x:900:\n", gshadow => "users:!::\n");
my $sums = $root->checksums;
replies($session,
    "account password ida hash=$hash" => '550 duplicate /etc/passwd has ' .
	'the same name in lines 1 and 5',
    'account delete ida' => '550 duplicate /etc/passwd has the same name ' .
	'in lines 1 and 5',
    "account password jens hash=$hash" => '550 duplicate /etc/shadow has ' .
	'the same name in lines 1 and 2',
    'account delete jens' => '550 duplicate /etc/shadow has the same name ' .
	'in lines 1 and 2',
    'account delete kurt' => '550 duplicate /etc/group has the same name ' .
	'in lines 3 and 4',
    'account create liam groups=ftp' => '550 duplicate /etc/group has the ' .
	'same name in lines 2 and 5',
    'account create new' => '550 duplicate /etc/shadow has the same name ' .
	'in lines 4 and 5',
    'account create ida' => '550 exists account ida');
is_deeply($root->checksums, $sums, 'none of that changed anything');
reply_is($session, "account password kurt hash=$hash",
    '250 changed login=kurt', 'others can be changed');
reply_is($session, 'account create liam groups=users', qr/^250 created /,
    'and made');
$daemon->stop;

# Private groups as login.defs wants it, and its other items.
($root, $daemon, $session) = serve('login.defs' => <<'END');
	PASS_MAX_DAYS	90
PASS_MIN_DAYS 0x2
PASS_WARN_AGE	"010"
USERGROUPS_ENAB no
END
reply_is($session, 'account create mara', qr/^501 missing-argument group\b/);
reply_is($session, 'account create mara group=users', qr/^250 created /);
is($root->line('shadow', 'mara'), "mara:!:$day:2:90:8:::",
    'the days of login.defs');
$root->write('login.defs', "USERGROUPS_ENAB yes\n");
reply_is($session, 'account create nele', qr/^250 created /);
is($root->line('shadow', 'nele'), "nele:!:${day}::::::",
    'a changed login.defs counts at once');
unlink $root->etc('login.defs');
reply_is($session, 'account create olaf', qr/ gid=10002 /);
$daemon->stop;

done_testing();
