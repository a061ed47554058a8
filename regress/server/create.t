#!/usr/bin/perl
#
# account create: the lines that appear in the four files, byte by byte,
# with every argument and with none, and what is refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

# Some groups more, before the NIS lines.
my %more = (
	group => "quinn:x:10990:\nother:x:10017:\ntaken:x:10019:\n",
	gshadow => "quinn:!::\nother:!::\ntaken:!::\n",
);
my %content = %Dwserv::Test::Root::content;
my $root = new_root(group => $content{group} =~ s/^(?=\+)/$more{group}/mr,
    gshadow => $content{gshadow} . $more{gshadow});
my $daemon = start_daemon($root, clients => { billing => {
    groups => '{ ftp, mail, users, project, quinn }' } });
my $session = $daemon->login;
my $before = $root->snapshot;
my $day = days_today();
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';

sub created
{
	my ($login, $id, %other) = @_;

	return "250 created login=$login uid=$id gid=" . ($other{gid} // $id) .
	    ' home=' . ($other{home} // "/home/$login") . ' shell=' .
	    ($other{shell} // '/bin/sh');
}

# The lines of a name in the four files, and those that are there instead.
sub lines_are
{
	my ($login, $name, %expected) = @_;

	my %lines = map { $_ => $root->line($_, $login) } keys %expected;
	is_deeply(\%lines, \%expected, "$name: the lines");
}

# With nothing but a name.
reply_is($session, 'account create alice', created('alice', 10000));
lines_are('alice', 'defaults',
    passwd => 'alice:x:10000:10000::/home/alice:/bin/sh',
    shadow => "alice:!:$day:0:99999:7:::",
    group => 'alice:x:10000:',
    gshadow => 'alice:!::');

# With everything.
reply_is($session, 'account create bob uid=10007 group=project ' .
    'groups=ftp,mail,users gecos="Bob \"B\" O\'Neil,,,x" ' .
    "home=/home/robert shell=/usr/sbin/nologin hash=$hash " .
    'expire=2031-12-31', created('bob', 10007, gid => 5000,
    home => '/home/robert', shell => '/usr/sbin/nologin'));
lines_are('bob', 'all arguments',
    passwd => 'bob:x:10007:5000:Bob "B" O\'Neil,,,x:/home/robert:' .
	'/usr/sbin/nologin',
    shadow => "bob:$hash:$day:0:99999:7::22644:",
    group => undef, gshadow => undef);
is($root->line('group', 'ftp'), 'ftp:x:900:bob', 'a first member');
is($root->line('group', 'users'), 'users:x:100:veteran,bob',
    'one more member');
is($root->line('gshadow', 'ftp'), 'ftp:!::bob', 'a first member in gshadow');
is($root->line('gshadow', 'users'), 'users:*::veteran,bob',
    'one more member in gshadow');
is($root->line('group', 'project'), 'project:x:5000:veteran',
    'the primary group stays as it is');

# The next ones: the lowest uid that was never used, and each argument once.
reply_is($session, 'account create carol uid=10500', '550 exists uid 10500');
reply_is($session, 'account create carol', created('carol', 10001));
reply_is($session, 'account create dave gecos=""', created('dave', 10002));
reply_is($session, 'account create erin groups=""', created('erin', 10003));
reply_is($session, 'account create frank expire=never',
    created('frank', 10004));
reply_is($session, 'account create grace expire=1970-01-01',
    created('grace', 10005));
like($root->line('shadow', 'grace'), qr/:7::0:\z/, 'day 0 is not no day');
like($root->line('shadow', 'frank'), qr/:7:::\z/, 'never is an empty field');
reply_is($session, 'account create heidi home=no', created('heidi', 10006));
reply_is($session, 'account create ivan expire=2028-02-29',
    created('ivan', 10008));
like($root->line('shadow', 'ivan'), qr/:7::21243:\z/, 'a leap day');
reply_is($session, 'account create _-9 groups=mail',
    created('_-9', 10009));
my $long = 'l' x 32;
reply_is($session, "account create $long", created($long, 10010));
my $gecos = 'g' x 255;
reply_is($session, "account create judy gecos=$gecos",
    created('judy', 10011));
like($root->line('passwd', 'judy'), qr/:\Q$gecos\E:/, 'a long gecos');

# A password is hashed by the server; a ready hash is taken as it is.
reply_is($session, 'account create kim password="s3cret \\\\ \" x"',
    created('kim', 10012));
my ($stored) = $root->line('shadow', 'kim') =~ /^kim:([^:]*):$day:/;
like($stored, qr/^\$y\$j9T\$/, 'hashed by yescrypt');
is(crypt('s3cret \\ " x', $stored), $stored, 'and it verifies');
reply_is($session, 'account create leo password="' . 'p' x 511 . '"',
    created('leo', 10013));
($stored) = $root->line('shadow', 'leo') =~ /^leo:([^:]*):/;
is(crypt('p' x 511, $stored), $stored, 'a long password verifies');
reply_is($session, "account create mia hash=$hash", created('mia', 10014));
is($root->line('shadow', 'mia'), "mia:$hash:$day:0:99999:7:::",
    'a ready hash');
my $bcrypt = '$2b$04$' . 'a' x 53;
reply_is($session, "account create nina hash=$bcrypt",
    created('nina', 10015));
like($root->line('shadow', 'nina'), qr/^nina:\Q$bcrypt\E:/, 'bcrypt');
my $yescrypt = crypt 'rabbit', '$y$j75$abcdefghijklmnop';
reply_is($session, "account create oscar hash=$yescrypt",
    created('oscar', 10016));

# A group of the account's name, and a gid that somebody else has.
reply_is($session, 'account create quinn', '550 exists group quinn');
reply_is($session, 'account create quinn group=quinn',
    created('quinn', 10017, gid => 10990));
like(my $reply = $session->ask('account create rita uid=10018'),
    qr/^250 created login=rita uid=10018 gid=10018 /, 'the same number');
$reply = $session->ask('account create sam uid=10019');
my ($gid) = $reply =~ /^250 created login=sam uid=10019 gid=(\d+) /;
ok(defined $gid && $gid != 10019, 'another gid if the uid is taken as gid');
is($root->line('group', 'sam'), "sam:x:$gid:", 'and the group has it');

# What is not allowed, and names the argument.
my $invalid = sub { map { my ($line, $key) = @$_;
    ("account create $line" => qr/^501 invalid $key: /) } @_ };
replies($session, $invalid->(
    (map { [ $_, 'login' ] } 'Tim', 'tIm', '9tim', '-tim', 't.im', 't@im',
	't/im', '"t im"', 't:im', "t\xc3\xadm", 't' x 33, 't$', '"tim$"',
	'12345', '+tim', '#tim', 't,im'),
    (map { [ "tim uid=$_", 'uid' ] } 'x', '""', '-1', '+5', '1e4', '0x2711',
	'10100.0', '" 10100"', '10100\ ', '4294967296', '99999999999999'),
    (map { [ "tim group=$_", 'group' ] } '""', 'FTP', '900', 'ftp,mail',
	'g' x 33, '"f tp"'),
    (map { [ "tim groups=$_", 'groups' ] } 'FTP', 'ftp,', ',ftp',
	'ftp,,mail', 'ftp,ftp', '"ftp, mail"', '900',
	join(',', map { "g$_" } 1 .. 65)),
    (map { [ "tim gecos=$_", 'gecos' ] } 'a:b', '"Tim : Tom"', 'g' x 256),
    (map { [ "tim home=$_", 'home' ] } 'home/tim', '""', '/', '//home/tim',
	'/home//tim', '/home/tim/', '/home/../root', '/home/./tim',
	'/home/..', '/home/tim/..', '/home/.tim', '/home/-tim',
	'"/home/t im"', '/home/t:im', '/home/' . 'h' x 250, '/home/t*',
	'~tim', '"/home/tim\\\\"', "/home/t\xc3\xadm"),
    (map { [ "tim shell=$_", 'shell' ] } 'sh', '""', '/bin/../bin/sh',
	'/bin/sh:', '"/bin/sh -c"', '/bin//sh'),
    (map { [ "tim password=$_", 'password' ] } '""', 'p' x 512),
    (map { [ "tim hash=$_", 'hash' ] } '""', 'x', '!', '*', '"!$6$a$b"',
	'$6$abcdefgh$short', '$y$j9T$', "$hash:", "\"$hash \"",
	'$6$rounds=999$abcdefgh$' . 'a' x 86,
	'$5$abcdefgh$' . 'a' x 43, '$1$abcdefgh$' . 'a' x 22,
	'aaSmtC/Kaesng', '$6$rounds=5000$abcdefgh$' . 'a' x 85 . ':'),
    (map { [ "tim expire=$_", 'expire' ] } 'tomorrow', '""', '2030-1-1',
	'2030-02-30', '2029-02-29', '2030-13-01', '2030-00-10',
	'2030-01-00', '1969-12-31', '30-01-01', '2030-01-01x', '20300101',
	'2030/01/01', '22000', 'Never', '"2030-01- 1"', '" 203-01-01"',
	'+203-01-01')));
replies($session,
    "account create tim password=x hash=$hash" => qr/^501 invalid hash: /,
    "account create tim hash=$hash password=x" =>
	qr/^501 invalid password: /,
    'account create alice' => '550 exists account alice',
    'account create alice uid=10300 home=no' => '550 exists account alice',
    'account create tim uid=10000' => '550 exists uid 10000',
    'account create tim group=nosuch' => '550 not-found group nosuch',
    'account create tim groups=ftp,nosuch' => '550 not-found group nosuch');
is_deeply([ map { $root->lines($_, 'tim') } qw(passwd shadow group gshadow) ],
    [], 'nothing came of what was refused');
is($root->line('group', 'ftp'), 'ftp:x:900:bob', 'not even half of it');
is_deeply([ grep { /tim/ } $root->names('/home') ], [], 'and no home');

# All that was there before is still there, as it was and where it was.
for my $file (qw(passwd shadow group gshadow)) {
	my @old = split /\n/, $before->{$file};
	my %is_old = map { $_ => 1 } @old;
	my @kept = grep { $is_old{$_} } split /\n/, $root->read($file);
	my @grown = $file =~ /group|gshadow/ ? qw(ftp users mail) : ();
	my $grown = join '|', @grown, 'none';

	is_deeply(\@kept, [ grep { !/^(?:$grown):/ } @old ],
	    "$file: the lines before, in order");
	next if $file eq 'gshadow';
	my ($nis) = $before->{$file} =~ /^(\+.*)\z/ms;
	like($root->read($file), qr/\n\Q$nis\E\z/s, "$file: NIS lines last");
}
my ($status, $problems) = $daemon->ctl('check', $root->path);
is_deeply([ grep { !/: malformed: / } split /\n/, $problems ], [],
    'dwservctl check finds no fault but the damaged lines');

done_testing();
