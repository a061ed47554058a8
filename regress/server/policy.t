#!/usr/bin/perl
#
# What a client may not do, though the request is right in itself: by its
# configuration, by what the target is, and whatever the configuration says.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my %content = %Dwserv::Test::Root::content;
my @privileged = qw(root wheel sudo adm shadow disk docker lxd kmem staff
    tty operator backup);
my $gid = 600;
my $groups = join '', map { "$_:x:" . $gid++ . ":\n" }
    grep { $content{group} !~ /^$_:/m } @privileged;
# Privileged by name, though the number is an ordinary one.
$groups .= "cust-a:x:21001:\ncust-g:x:21002:cust-a,gone\n";
$groups .= "libvirt:x:5001:\nwide:x:65533:\nlow:x:999:\ntop:x:65534:\n";

my @accounts = (
	'kid:x:20001:20001::/home/kid:/bin/sh',
	'helper:x:20002:20002::/home/helper:/bin/sh',
	'primary:x:20003:27::/home/primary:/bin/sh',
	'virt:x:20004:5001::/home/virt:/bin/sh',
	'masked:x:20006:4::/home/masked:/bin/sh',
	'lowgid:x:20005:999::/home/lowgid:/bin/sh',
	'shadowed:x:20007:20007::/home/shadowed:/bin/sh',
	'chief:x:20008:20008::/home/chief:/bin/sh',
	'cust-a:x:20009:21001::/home/cust-a:/bin/sh',
	'outside:x:30001:30001::/home/outside:/bin/sh',
	'service:x:999:999::/srv:/usr/sbin/nologin',
	'dynamic:x:61184:100::/home/dynamic:/bin/sh',
	'overflow:x:65534:100::/home/overflow:/bin/sh',
	'toor:x:0:0::/root:/bin/sh',
);
my $root = new_root(aliases => "sales: cust-a\ncust-news: cust-a\n",
    passwd => $content{passwd} =~ s/^(?=\+)/join "\n", @accounts, ''/emr,
    group => "innocent:x:4:\n" . $content{group} =~ s/^(sudo:.*)/$1,helper,cust-ghost/mr =~
	s/^(?=\+)/$groups/mr,
    gshadow => $content{gshadow} . "wheel:!::shadowed\nstaff:!:chief:\n");
my $daemon = start_daemon($root, global => { aliases => '"/etc/aliases"' },
    accounts => { uid => '1000 to 65535',
	shells => '{ /bin/sh, /bin/false }', accept =>
	'{ sha512 cost 5000, bcrypt cost 8 }' },
    clients => {
	billing => { uid => '20000 to 29999' },
	open => { groups => undef },
	trusted => { groups => '{ sudo, docker, ftp, low }' },
	reader => { allow => '{ account show, account list }' },
	maker => { allow => '{ account create }' },
	web => { allow => '{ account password, account show }' },
	sweeper => { allow => '{ account delete }' },
	named => { allow => '{ account, group, alias }',
	    uid => '20000 to 20999', gid => '21000 to 21999',
	    names => '{ "cust-*" }', shells => '{ /bin/false }',
	    home => '/home/customers', hash => 'no',
	    aliases => '{ "cust-*" }', domains => '{ "*.example.net" }' },
    });
my %sessions;
my $hash = crypt 'rabbit', '$6$abcdefgh$';
my $before = $root->checksums;

# The session of a client.
sub as
{
	my ($client) = @_;

	return $sessions{$client} //= $daemon->login(client => $client);
}

# That these requests of a client are refused so.
sub refuses
{
	my ($client, $expected, @lines) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	for my $line (@lines) {
		reply_is(as($client), $line, $expected, "$client: $line");
	}
}

# Uids.
refuses('billing', qr/^550 denied\b.*20000 to 29999/,
    map { "account create eve uid=$_" } 0, 1, 999, 1000, 19999, 30000,
    65534, 4294967295);
refuses('open', qr/^550 (?:denied|protected)\b/,
    map { "account create eve uid=$_" } 0, 1, 100, 999, 61184, 65519, 65534,
    65535, 65536, 4294967294, 4294967295);

# Groups: those that are named, and no others.
refuses('billing', '550 denied group veteran is not named for billing',
    'account create eve group=veteran', 'account create eve groups=veteran',
    'account create eve groups=ftp,veteran,mail');
refuses('billing', qr/^550 protected group (?:nogroup|low|top|daemon)\b/,
    map { ("account create eve group=$_", "account create eve groups=$_") }
    qw(daemon low));
for my $name (@privileged, 'libvirt') {
	for my $client ('billing', 'open') {
		refuses($client,
		    "550 protected group $name is not named for $client",
		    "account create eve groups=$name",
		    "account create eve group=$name");
	}
}
refuses('open', qr/^550 (?:protected|denied)\b/,
    map { "account create eve groups=$_" } ('project,sudo',
    'sudo,project', qw(ftp mail low nogroup top daemon)));
refuses('trusted', qr/^550 protected group (?:root|adm|daemon|wheel) /,
    map { "account create eve groups=sudo,$_" } qw(root adm daemon wheel));
refuses('billing', '550 not-found group nosuch',
    'account create eve groups=nosuch', 'account create eve group=nosuch');

# Logins that mean something to other programs.
refuses($_->[0], qr/^550 protected\b.*\b$_->[1]\b/,
    "account create $_->[1]", "account create $_->[1] group=project")
    for map { my $name = $_; map { [ $_, $name ] } qw(billing open trusted) }
    grep { $content{passwd} !~ /^$_:/m && !/^(?:root|toor)\z/ }
    @privileged, qw(sync games man lp news nogroup sshd postfix _dwserv);
refuses('open', qr/^550 (?:protected|exists)\b/,
    map { "account create $_" } qw(root toor daemon mail www-data nobody));

# Shells and homes.
refuses('billing', qr/^550 denied\b.*shell/,
    map { "account create eve shell=$_" } '/bin/bash', '/usr/sbin/nologin',
    '/bin/sh2', '/bin', '/home/eve/sh');
refuses('billing', qr/^550 denied\b.*home/,
    map { "account create eve home=$_" } '/eve', '/root', '/etc', '/homes',
    '/homeless/eve', '/home', '/srv/home/eve', '/var/home/eve');

# Hashes.
refuses('billing', qr/^501 invalid hash: .*not accepted/,
    'account create eve hash=' . crypt('x', '$y$j75$abcdefghijklmnop'),
    'account create eve hash=$y$j9T$a$' . 'a' x 43);
refuses('billing', qr/^501 invalid hash: .*more than is accepted/,
    'account create eve hash=' . crypt('x', '$6$rounds=5001$abcdefgh$'),
    'account create eve hash=$2b$09$' . 'a' x 53,
    'account password kid hash=$6$rounds=999999999$a$' . 'a' x 86,
    'account password kid hash=$2b$31$' . 'a' x 53);
refuses('billing', qr/^501 invalid hash: /,
    'account password kid hash=$1$a$' . 'a' x 22,
    'account password kid hash=aaSmtC/Kaesng',
    'account password kid hash=!', 'account password kid hash=*',
    'account password kid hash=""');

# Operations.
my %does = (create => 'account create eve',
    show => 'account show kid', list => 'account list',
    password => "account password kid hash=$hash",
    delete => 'account delete kid');
my %may = (reader => 'show list', maker => 'create',
    web => 'password show', sweeper => 'delete');
for my $client (sort keys %may) {
	refuses($client, "550 denied $client may not do that",
	    map { $does{$_} } grep { $may{$client} !~ /\b$_\b/ }
	    sort keys %does);
	as($client)->send("capa\r\n");
	is_deeply([ sort map { /name=request value="account (\w+)"/ }
	    as($client)->read_reply ], [ sort split / /, $may{$client} ],
	    "capa of $client");
}

# Targets: what the account is counts, not only what the request says.
my @touch = ("account password %s hash=$hash", 'account delete %s',
    'account delete %s home=remove');
sub touching
{
	my ($login) = @_;

	return map { sprintf $_, $login } @touch;
}
for my $client ('billing', 'open', 'trusted') {
	refuses($client, qr/^550 protected account $_\b/, touching($_))
	    for qw(root toor daemon mail www-data nobody service dynamic
	    overflow);
}
refuses('billing', qr/^550 denied account $_ has uid /, touching($_))
    for qw(veteran boss outside);
for my $client ('billing', 'open') {
	refuses($client, "550 protected account masked is in group adm",
	    touching('masked'));
	refuses($client, "550 protected account helper is in group sudo",
	    touching('helper'));
	refuses($client, "550 protected account primary is in group sudo",
	    touching('primary'));
	refuses($client, "550 protected account virt is in group libvirt",
	    touching('virt'));
	# newgrp(1) and gpasswd(1) go by gshadow.
	refuses($client, "550 protected account shadowed is in group wheel",
	    touching('shadowed'));
	refuses($client, "550 protected account chief is in group staff",
	    touching('chief'));
}
refuses('open', "550 protected account boss is in group sudo",
    touching('boss'));
refuses('trusted', "550 protected account virt is in group libvirt",
    touching('virt'));
refuses('sweeper', '550 protected account helper is in group sudo',
    'account delete helper');
refuses('web', '550 protected account helper is in group sudo',
    "account password helper hash=$hash");
refuses('billing', '550 not-found account nosuch', touching('nosuch'));

# Names, places and what else is only this client's.
refuses('named', qr/^550 denied the name \S+ is not one of those of named/,
    'account create eve', 'account ensure eve', 'group create eve',
    'account rename cust-a name=eve', 'group rename cust-g name=eve',
    'account lock kid', 'account delete kid', 'account rename kid name=cust-k',
    'group add cust-g login=kid', 'group remove cust-g login=gone');
refuses('named', qr/^550 denied gid \d+ is outside 21000 to 21999/,
    map { "group create cust-h gid=$_" } 20000, 20999, 22000);
refuses('named', qr/^550 denied home \S+ is not below \/home\/customers/,
    map { "account create cust-e home=$_" } '/home/eve', '/home/customers',
    '/home/customers2/eve');
refuses('named', '550 denied the home of account cust-a is not below ' .
    '/home/customers', 'account delete cust-a home=remove',
    'account modify cust-a home=/home/customers/a move=yes',
    'account rename cust-a name=cust-b home=move');
refuses('named', '550 denied shell /bin/sh is not listed in the ' .
    'configuration', 'account create cust-e shell=/bin/sh',
    'account modify cust-a shell=/bin/sh');
refuses('named', '550 denied ready hashes are not taken of this client, ' .
    'only passwords', "account create cust-e hash=$hash",
    "account password cust-a hash=$hash");
refuses('named', qr/^550 denied alias \S+ is not one of those of named/,
    'alias set sales targets=cust-a', 'alias delete SALES');
refuses('named', qr/^550 denied named may not have mail go to /,
    'alias set cust-news targets=me@example.net',
    'alias add cust-news targets=cust-a,me@example.org.net',
    'alias set cust-news targets=|/bin/x');
refuses('named', '550 denied alias sales is not one of those of named: ' .
    'aliases=remove would change it', 'account delete cust-a aliases=remove');
# What groups already say of a login that nobody has.
refuses('named', qr/^550 protected group sudo .* lists that login/,
    'account create cust-ghost', 'account ensure cust-ghost',
    'account rename cust-a name=cust-ghost');
# Groups with the number of a privileged one are that.
refuses('open', '550 protected group innocent is not named for open',
    'account create eve groups=innocent',
    'account create eve group=innocent');

# What is outside of the range is not even seen.
refuses('billing', '550 not-found account outside', 'account show outside');
refuses('billing', '550 not-found account boss', 'account show boss');

is_deeply($root->checksums, $before, 'nothing at all has changed');

# And what is allowed is done.
reply_is(as('maker'), 'account create mary', qr/^250 created /);
reply_is(as('billing'), 'account create nick uid=20000 groups=ftp,users ' .
    "shell=/bin/false hash=$hash", qr/^250 created /);
reply_is(as('open'), 'account create oona groups=project,veteran',
    qr/^250 created /);
reply_is(as('trusted'), 'account create paula groups=sudo,docker,low',
    qr/^250 created /);
reply_is(as('trusted'), "account password helper hash=$hash",
    '250 changed login=helper');
reply_is(as('trusted'), 'account delete primary',
    '250 deleted login=primary uid=20003');
reply_is(as('billing'), 'account delete kid',
    '250 deleted login=kid uid=20001');
reply_is(as('web'), "account password nick hash=$hash",
    '250 changed login=nick');
reply_is(as('sweeper'), 'account delete nick', qr/^250 deleted /);
reply_is(as('billing'), "account password paula hash=$hash",
    qr/^550 (?:denied|protected) account paula /);
reply_is(as('open'), 'account delete paula',
    qr/^550 protected account paula is in group (?:sudo|docker)\z/);

# Refusals are logged, with who and where from.
like($daemon->log, qr/refused client=billing .* word=denied text="uid 0 /,
    'refusals are logged');

done_testing();
