#!/usr/bin/perl
#
# Two clients that may do little ask for everything, in thousands of random
# sequences: after each, whatever has changed in the files is within what
# they may.  The seed is printed; CONFINED_SEED and CONFINED_ROUNDS repeat.
# At the end, the same against servers that let them do more than is
# believed here: that must be noticed, or all of this proves nothing.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Asking;
use Dwserv::Test::Confined qw(read_state violations);

my $seed = $ENV{CONFINED_SEED} // int(rand 1_000_000);
my $rounds = $ENV{CONFINED_ROUNDS} // 40;
my $batch = 160;

# Accounts: the clients' own, other clients', the system's, and traps.
my @passwd = (
	'root:x:0:0:root:/root:/bin/bash',
	'daemon:x:1:1::/usr/sbin:/usr/sbin/nologin',
	'www-data:x:33:33::/var/www:/usr/sbin/nologin',
	'# kept by hand',
	'veteran:x:1000:1000::/home/veteran:/bin/bash',
	# in the range of the first client, but not its own
	'boss:x:10500:10500:The Boss:/home/boss:/bin/bash',
	'gidzero:x:10501:0::/home/gidzero:/bin/sh',
	'bygid:x:10502:27::/home/bygid:/bin/sh',
	'backup:x:10503:10503::/home/backup:/bin/sh',
	'insudo:x:10504:10504::/home/insudo:/bin/sh',
	'chief:x:10505:10505::/home/chief:/bin/sh',
	'shadowed:x:10506:10506::/home/shadowed:/bin/sh',
	'twin:x:10507:10507::/home/twin:/bin/sh',
	'twinboss:x:10507:27::/home/twin:/bin/sh',
	'innumber:x:10508:10508::/home/innumber:/bin/sh',
	'baseroot:x:0:10509::/home/baseroot:/bin/sh',
	'inwheel:x:10510:10699::/home/inwheel:/bin/sh',
	# its own, more or less as it could have made them
	'kid:x:10001:10001::/home/kid:/bin/legacy1',
	'pal:x:10002:900::/home/pal:/usr/sbin/nologin',
	'odd:x:10003:5000::/srv/odd:/bin/legacy2',
	'low:x:10004:600::/home/low:/usr/sbin/nologin',
	'mate:x:10005:10700::/home/mate:/usr/sbin/nologin',
	# of the second one
	'cust-1:x:12001:13001::/home/customers/cust-1:/bin/sh',
	'cust-out:x:12002:13002::/home/cust-out:/bin/sh',
	'cust-twin:x:12003:13003::/home/customers/t:/bin/sh',
	'else:x:12003:13003::/home/customers/t:/bin/sh',
	'other:x:12004:13004::/home/customers/other:/bin/sh',
	# of others
	'far:x:30001:10700::/home/far:/bin/sh',
	'near:x:10999:10999::/home/near:/usr/sbin/nologin',
	'after:x:11000:11000::/home/after:/usr/sbin/nologin',
	'dynamic:x:61184:61184::/home/dynamic:/bin/sh',
	'this line is damaged',
	'+::::::',
);
my @group = (
	'root:x:0:', 'daemon:x:1:', 'adm:x:4:', 'sudo:x:27:boss,insudo,ghost',
	'innocent:x:27:innumber', 'users:x:100:veteran', 'low:x:600:',
	'ftp:x:900:pal,veteran,spook', '# groups of people',
	'docker:x:10600:', 'alike:x:10600:', 'wheel:x:10699:',
	'staff:x:10601:', 'www-data:x:10602:', 'project:x:5000:veteran,kid',
	'lost:x:5001:wraith', 'boss:x:10500:', 'kid:x:10001:',
	'mates:x:10700:far,boss', 'club:x:10701:kid,veteran',
	'cust-1:x:13001:', 'cust-g:x:13100:cust-1,other', 'cust-far:x:5002:',
	'plain:x:13101:cust-1', 'other:x:13004:', 'veteran:x:1000:',
	'damaged', '+:::',
);
my @gshadow = (
	'root:*::', 'sudo:*:chief,spirit:boss,insudo,shadowed', 'adm:!::',
	'ftp:!::pal,veteran,spook', 'project:!:kid:veteran,kid',
	'lost:!::wraith', 'orphan:!::kid,imp', 'docker:!::',
	'mates:!::far,boss', 'club:!:boss:kid,veteran',
	'cust-g:!::cust-1,other', 'one:two',
);
my @aliases = (
	'# who gets what', 'root: boss', 'postmaster: root',
	'boss: away@example.net', 'kid: pal', 'sales: kid, veteran',
	'cust-news: cust-1, far@example.com', 'other: cust-1',
	'after: kid', 'near: me@example.net', 'list: kid',
);
my %fixed = map { $_ => 1 } qw(boss gidzero bygid backup insudo chief shadowed
    twin twinboss innumber baseroot inwheel cust-twin else other ghost spirit
    wraith);
my %bad_gids = map { $_ => 1 } 10600, 10601, 10602, 10699;
my @hashes = ('$6$rounds=1000$saltsalt$' . 'a' x 86,
    '$6$rounds=2000$saltsalt$' . 'b' x 86,
    '$2b$04$abcdefghijklmnopqrstuuy2uMjUC.QFLaGAOXqwcWX4W0Gc/Ezhe');

# What each may do, as it is configured, and as it is believed here.
my %clients = (
	small => { allow => '{ account, group, alias }',
	    uid => '10000 to 10999', groups => '{ ftp }',
	    shells => '{ /usr/sbin/nologin }' },
	named => { allow => '{ account, group, alias }',
	    uid => '12000 to 12999', gid => '13000 to 13999',
	    names => '{ "cust-*" }', groups => '{ ftp }',
	    home => '/home/customers', hash => 'no',
	    aliases => '{ "cust-*" }',
	    domains => '{ "example.org", "*.example.org" }' },
);
my @shells = qw(/bin/sh /bin/bash /usr/sbin/nologin /bin/legacy1);
my %common = (fixed => \%fixed, bad_gids => \%bad_gids, groups => [ 'ftp' ],
    gids => [ 900 ], fixed_groups => { map { $_ => 1 }
	qw(docker alike wheel staff) },
    fixed_uids => { map { $_ => 1 } 10500 .. 10510, 12003, 12004 });
my %limits = (
	small => { %common, uid => [ 10000, 10999 ], gid => [ 10000, 10999 ],
	    names => qr/./, shells => [ '/usr/sbin/nologin' ],
	    home => '/home', hashes => qr/^\$/, aliases => qr/./,
	    domains => qr/./ },
	named => { %common, uid => [ 12000, 12999 ], gid => [ 13000, 13999 ],
	    names => qr/^cust-/, shells => [ qw(/bin/sh /bin/bash
		/usr/sbin/nologin /bin/legacy1) ],
	    home => '/home/customers',
	    hashes => qr/^\$6\$rounds=1000\$/, aliases => qr/^cust-/i,
	    domains => qr/(?:^|\.)example\.org\z/i },
);
my @all = map { /^([a-z_][^:]*):/ ? $1 : () } @passwd;
my @all_groups = map { /^([a-z_][^:]*):/ ? $1 : () } @group;
my @numbers = (0, 1, 27, 100, 900, 999, 1000, 9999, 10000, 10001, 10500,
    10999, 11000, 11999, 12000, 12999, 13000, 13001, 13999, 14000, 30001,
    61184, 65534, 4294967295);

sub asking
{
	my ($client) = @_;
	my $own = $client eq 'small' ? 'n' : 'cust-n';
	my ($uid, $gid) = $client eq 'small' ? (10100, 10100) :
	    (12100, 13200);
	my @new = map { "$own$_" } 1 .. 24;

	return Dwserv::Test::Asking->new(
	    logins => [ @new, @new, $client eq 'small' ? (qw(kid pal odd low
		mate)) x 4 : (qw(cust-1 cust-out cust-2)) x 6, @all,
		qw(ghost spirit wraith spook imp docker sshd root),
		map { "stray$_" } 1 .. 6 ],
	    groups => [ @new, ('ftp', 'project') x 6, @all_groups, 'orphan', 'admin',
		'news', map { "$own-g$_" } 1 .. 8 ],
	    uids => [ @numbers, map { $uid + int rand 800 } 1 .. 40 ],
	    gids => [ @numbers, map { $gid + int rand 700 } 1 .. 40 ],
	    shells => [ @shells, '/bin/evil', ('/usr/sbin/nologin') x 3 ],
	    homes => [ (map { ; "/home/$own$_", "/home/customers/$own$_" }
		1 .. 5), '/home/boss', '/home/veteran', '/root', '/home',
		'/home/customers', '/srv/x', '/etc', '/home/kid' ],
	    hashes => \@hashes,
	    aliases => [ @new[0 .. 5], qw(root boss kid sales cust-news other
		after near list postmaster Sales CUST-news tidings cust-a) ],
	    targets => [ @new[0 .. 5], qw(kid cust-1 root a@example.org
		b@mx.example.org c@example.net d@example.org.evil.com
		|/bin/x /var/x :include:/x), 'e@EXAMPLE.org' ]);
}

# A root with all that, and a server that lets the clients do what is said.
sub begin
{
	my (%given) = @_;
	my $root = new_root(
	    passwd => join("\n", @passwd, ''), group => join("\n", @group, ''),
	    gshadow => join("\n", @gshadow, ''),
	    shadow => join('', map { /^([a-z_][^:]*):/ ?
		"$1:\$6\$old\$$1:19700:0:99999:7:::\n" : () } @passwd) .
		"nobodys:!:19700:0:99999:7:::\nnot a line\n",
	    aliases => join("\n", @aliases, ''));

	for (map { [ split /:/ ] } @passwd) {
		next if @$_ < 6 || $$_[5] !~ m{^/home/};
		mkdir $root->path('/home/customers');
		mkdir $root->path($$_[5]);
		chown $$_[2], $$_[3], $root->path($$_[5]);
	}
	return ($root, start_daemon($root,
	    global => { aliases => '"/etc/aliases"' },
	    accounts => { uid => '10000 to 39999',
		hash => 'sha512 cost 1000', shells => '{ ' .
		    join(', ', map { "\"$_\"" } @shells) . ' }',
		accept => '{ sha512 cost 5000, bcrypt cost 8 }' },
	    clients => { map { $_ => { %{$clients{$_}},
		%{$given{$_} // {}} } } keys %clients }));
}

# Shells that resume may bring back.
sub suspended
{
	my ($daemon, $limits) = @_;
	my @kept = map { (split /:/)[3] } grep {
	    my $uid = (split /:/)[1];
	    defined $uid && $uid =~ /^\d+\z/ && $uid >= $$limits{uid}[0] &&
	    $uid <= $$limits{uid}[1] }
	    split /\n/, eval { slurp("$daemon->{state}/suspended") } // '';

	return [ grep { defined } @kept ];
}

my %replies;

# One batch of a client: what it did that it may not.
sub try
{
	my ($root, $daemon, $client, $asking, $count) = @_;
	my $limits = { %{$limits{$client}},
	    suspended => suspended($daemon, $limits{$client}) };
	my $before = read_state($root);
	my $session = $daemon->login(client => $client);
	my @lines = $asking->lines($count);
	my @replies = $session->pipeline(@lines);
	my @wrong = violations($limits, $before, read_state($root));

	$session->close;
	for (0 .. $#replies) {
		my ($reply) = $replies[$_] =~ /^(\d{3} [a-z-]+)/;

		$replies{$reply // $replies[$_]}++;
		push @wrong, "reply: $lines[$_]: $replies[$_]"
		    if $lines[$_] !~ /^plan/ &&
		    $replies[$_] =~ /^250.* uid=(\d+)/ &&
		    ($1 < $$limits{uid}[0] || $1 > $$limits{uid}[1]);
	}
	return (\@wrong, \@lines, \@replies);
}

diag("CONFINED_SEED=$seed CONFINED_ROUNDS=$rounds");
srand $seed;
my ($root, $daemon) = begin();
my %asking = map { $_ => asking($_) } qw(small named);
my $total = 0;
for my $round (1 .. $rounds) {
	for my $client (qw(small named)) {
		my ($wrong, $lines, $said) = try($root, $daemon, $client,
		    $asking{$client}, $batch);

		$total += @$lines;
		next if is(join("\n", @$wrong), '',
		    "round $round: $client keeps within its limits");
		diag("$$lines[$_]\n    $$said[$_]") for grep {
		    $$said[$_] =~ /^250/ } 0 .. $#$lines;
		last;
	}
}
is($daemon->stop, 0, 'the end');
diag("$total requests: " . join ', ', map { "$replies{$_} $_" }
    sort { $replies{$b} <=> $replies{$a} } keys %replies);
cmp_ok($replies{"250 $_"} // 0, '>', 0, "some were $_")
    for qw(created changed renamed deleted added removed set committed
	planned);
cmp_ok($replies{"550 $_"} // 0, '>', 20, "many were $_")
    for qw(denied protected);

# A server that lets a client do more: each time something else is noticed.
my @holes = (
	[ small => 'uid', '10000 to 39999', qr/passwd: the uid of/ ],
	[ small => 'groups', '{ ftp, project }', qr/group: .*project/ ],
	[ small => 'groups', '{ ftp, sudo }', qr/group: .*\bsudo/ ],
	[ small => 'shells', undef, qr/passwd: the shell/ ],
	[ small => 'targets', '{ command }', qr/aliases: the target/ ],
	[ named => 'gid', '10000 to 13999', qr/group: / ],
	[ named => 'names', undef, qr/passwd: the name of/ ],
	[ named => 'home', undef, qr/passwd: the home/ ],
	[ named => 'hash', 'yes', qr/shadow: the hash/ ],
	[ named => 'domains', undef, qr/aliases: the target/ ],
	[ named => 'aliases', undef, qr/aliases: not its own/ ],
);
for my $hole (@holes) {
	my ($client, $clause, $wider, $expected) = @$hole;
	my ($root, $daemon) = begin($client => { $clause => $wider });
	my $asking = asking($client);
	my @wrong;

	for (1 .. 30) {
		my ($wrong) = try($root, $daemon, $client, $asking, 120);

		push @wrong, @$wrong;
		last if grep { $_ =~ $expected } @wrong;
	}
	like(join("\n", @wrong), $expected, "$client: a wider $clause is " .
	    'noticed');
	is($daemon->stop, 0, 'the end');
}
done_testing();
