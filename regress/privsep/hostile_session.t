#!/usr/bin/perl
#
# A worker that has been taken over while it holds a client's session: it
# can do what that client may do, and nothing else.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Hostile;

my $obj = $Dwserv::Test::Daemon::obj;
my $messages = $ENV{DWSERV_MESSAGES} // 100_000;
my $seed = $ENV{DWSERV_SEED} // time;
my %operation = Dwserv::Test::Hostile::numbers('operation', 'OPERATION');
my $hash = '$6$rounds=1000$abcdefgh$' . 'x' x 86;

my $root = new_root(aliases => "postmaster: root\nshop20001: boss\n" .
    "boss: boss\@example.org\n");
my $hostile = Dwserv::Test::Hostile->new($root, $obj);
my $daemon = start_daemon($root, binary => "$obj/privsep/dwserv-fast",
    global => { libexec => '"' . $hostile->directory . '"', aliases =>
    '"/etc/aliases"', 'limit worker sessions' => 20 },
    clients => {
	billing => { uid => '10000 to 19999',
	    allow => '{ account, group, alias }' },
	shop => { uid => '20000 to 20010', groups => '{ "ftp" }',
	    allow => '{ account, group, alias }' },
	reader => { uid => '20000 to 20010',
	    allow => '{ account show, account list }' } });
my $billing = $daemon->login;
replies($billing, map { $_ => qr/^250 created / } 'account create alice',
    'group create staff2');
my $shop = $daemon->login(client => 'shop');
replies($shop, map { $_ => qr/^250 created / } 'account create customer',
    'account create second', 'group create shoppers');
$_->close for $shop, $billing;

# Each request and what has to come of it: the code and the word, or only
# the code.
my $long = 'a' x 33;
my @requests = (
    # Other sessions: never granted, closed, or of another worker.
    [ 'account_lock login=customer session=0', '530 auth-required' ],
    [ 'account_lock login=customer session=1', '530 auth-required' ],
    [ 'account_lock login=customer session=4294967295',
	'530 auth-required' ],
    # Accounts of others, of the system, and of nobody.
    (map { my $operation = $_; map { [ "$operation login=$_", '550' ] }
	qw(alice boss veteran root www-data nobody nothere) }
	qw(account_lock account_unlock account_suspend account_resume
	account_delete)),
    (map { [ "account_password login=$_ hash=$hash", '550' ] }
	qw(alice boss veteran root)),
    (map { [ "account_modify login=$_ gecos=x", '550' ] }
	qw(alice boss veteran root)),
    (map { [ "account_rename login=$_ name=newname", '550' ] }
	qw(alice boss veteran root)),
    (map { [ "account_ensure login=$_ gecos=x", '550' ] }
	qw(alice boss veteran root)),
    # Names that are no names, or the system's.
    (map { [ "account_create login=$_", '501 invalid' ] }
	'Root', 'a%3ab', 'a%0ab', 'a%0db', 'a/b', '..', '-x', '+x', '0x',
	'a%20b', 'a,b', '%c3%a4', 'a%ffb', 'a%01', '', '%2a'),
    [ "account_create login=$long", '0 unencodable' ],
    (map { [ "account_create login=$_", '550 protected' ] }
	qw(root daemon www-data sudo docker postfix _dwserv)),
    (map { [ "account_rename login=customer name=$_", '550 protected' ] }
	qw(root sudo toor)),
    (map { [ "account_rename login=customer name=$_", '501 invalid' ] }
	'a%3ab', 'a%0ab', 'A', "$long"),
    [ 'account_create', '501' ], [ 'account_rename login=customer', '501' ],
    [ 'account_password login=customer', '501' ],
    [ 'group_add group=ftp', '501' ], [ 'alias_set alias=x', '501' ],
    # Ids out of the client's range.
    (map { my $id = $_; map { [ sprintf($_, $id), '550 denied' ] }
	'account_create login=n has_uid=1 uid=%u',
	'account_modify login=customer has_uid=1 uid=%u',
	'account_ensure login=n has_uid=1 uid=%u',
	'group_create group=n has_gid=1 gid=%u',
	'group_modify group=shoppers has_gid=1 gid=%u' }
	0, 1, 33, 999, 1000, 10000, 19999, 20011, 61184, 65534, 65535,
	2147483647, 4294967294, 4294967295),
    # Numbers that are said not to be there, and all that belongs to other
    # requests: what decides and what carries out could differ about it.
    [ 'account_modify login=customer uid=20003 gecos=x', '501' ],
    [ 'group_modify group=shoppers gid=0', '501' ],
    [ 'group_modify group=shoppers gid=20003', '501' ],
    [ 'group_modify group=shoppers', '501' ],
    (map { my $foreign = $_; map { [ "$_ $foreign", '501' ] }
	'account_lock login=root', "account_password login=root hash=$hash",
	'account_delete login=boss', 'account_rename login=boss name=mine',
	'account_rename login=customer name=root',
	'account_create login=sudo', 'group_add group=sudo login=customer',
	'group_delete group=sudo', 'group_create group=docker' }
	'alias=customer', 'alias=nobody-has-it targets=x'),
    [ 'alias_set alias=boss targets=x login=customer', '501' ],
    [ 'group_delete group=sudo login=customer', '501' ],
    [ 'account_lock login=root group=shoppers', '501' ],
    [ 'account_lock login=customer flags=1', '250' ],
    [ 'account_lock login=customer flags=2', '501' ],
    [ 'account_create login=n home_choice=2', '501' ],
    # Groups that are as good as root, or others'.
    (map { my $group = $_; map { [ sprintf($_, $group), '550' ] }
	'account_create login=n group=%s', 'account_create login=n groups=%s',
	'account_modify login=customer group=%s',
	'account_modify login=customer groups=%s',
	'account_modify login=customer groups_add=%s',
	'account_modify login=customer groups=ftp,%s',
	'account_ensure login=n groups=%s',
	'group_add group=%s login=customer',
	'group_remove group=%s login=customer', 'group_delete group=%s',
	'group_rename group=%s name=mine',
	'group_modify group=%s has_gid=1 gid=20005' }
	qw(root sudo docker adm users project boss staff2 nothere)),
    [ 'group_add group=ftp login=alice', '550' ],
    [ 'group_add group=shoppers login=boss', '550' ],
    [ 'group_add group=ftp login=root', '550' ],
    (map { [ "account_create login=n groups=$_", '501 invalid' ] }
	'a%3ab', 'ftp%0a', 'ftp,,x', ',', 'ftp%20x', '%2b'),
    # Homes.
    (map { [ "account_modify login=customer home=$_", '501 invalid' ] }
	'/home/../etc', '/home/x/..', 'home', '', '/home/a%3ab',
	'/home/a%0ab', '/home//x', '/home/./x', '/home/.ssh', '/home/-x',
	'/home/x%20y', '/home/%c3%a4', '/'),
    (map { [ "account_modify login=customer home=$_", '550 denied' ] }
	'/etc', '/homes/x', '/root', '/home', '/var/www'),
    [ 'account_modify login=customer home=/home/veteran/x flags=2', '550' ],
    # Shells.
    (map { [ "account_modify login=customer shell=$_", '550 denied' ] }
	'/bin/evil', '/home/customer/x', '/usr/bin/python3'),
    (map { [ "account_modify login=customer shell=$_", '501 invalid' ] }
	'sh', '', '/bin/sh%0a', '/bin/sh%3ax', '/bin/sh%20-c'),
    # Gecos and hash.
    (map { [ "account_modify login=customer gecos=$_", '501 invalid' ] }
	'a%3ab', 'a%0ab', 'a%7f', '%ff'),
    (map { [ "account_password login=customer hash=$_", '501 invalid' ] }
	'x', '', '!', '*', "$hash%3a0", "$hash%0aroot%3a%3a", '$1$abc$def',
	'$6$rounds=999999999$abcdefgh$' . 'x' x 86, '$y$', '%ff' ),
    # Ages.
    (map { [ "account_modify login=customer has_expire=1 expire=$_",
	'501 invalid' ] } 2147483648, 9223372036854775807),
    # Aliases.
    (map { [ "alias_set alias=$_ targets=customer", '550' ] }
	qw(root boss alice veteran ROOT Boss)),
    (map { [ "alias_set alias=shop20001 targets=$_", '550 denied' ] }
	'|/bin/sh', '/dev/sda', ':include:/etc/shadow',
	'customer,|/bin/sh'),
    (map { [ "alias_set alias=shop20001 targets=$_", '501 invalid' ] }
	'a%0ab', '%ff', 'x%0aroot:me', '"|/bin/sh"'),
    (map { [ "alias_set alias=$_ targets=customer", '501 invalid' ] }
	'a%0ab', 'a%3ab', '', '%ff', '%23x'),
    # Keys, and what is no change at all.
    (map { [ "account_lock login=customer idem=$_", '501 invalid' ] }
	'a%20b', 'a%0ab', '%ff', '"'),
    (map { [ "$_ login=customer group=ftp alias=shop20001", '550' ] }
	qw(account_show account_list group_show group_list alias_show
	alias_list watch)));

# Parts of a transaction fail together.
my @broken = ([ 'account_modify login=customer gecos=one', 'account_modify ' .
    'login=boss gecos=two' ], [ 'account_modify login=customer gecos=one',
    'account_create login=n has_uid=1 uid=0' ], [ 'group_add group=ftp ' .
    'login=customer', 'group_add group=sudo login=customer' ]);

# Have a worker with a session of a client say such lines.
sub say_as
{
	my ($client, $wanted, @lines) = @_;
	my $secret = $Dwserv::Test::Daemon::secret;

	$hostile->begin($daemon, 'worker', 'record',
	    "login 7 $client $secret", 'wait 0 1', @lines,
	    "wait $wanted 1");
	return $hostile->finish('worker');
}

sub request
{
	my ($number, $line) = @_;
	my ($word, $rest) = split / /, $line, 2;

	defined $operation{$word} or die "no operation $word\n";
	$rest = defined $rest ? " $rest" : '';
	$rest = " session=7$rest" unless $rest =~ / session=/;
	return "request number=$number operation=$operation{$word}$rest";
}

# Everything but the account of the client's own that is changed here.
my $own = qr/^customer:| login=customer |^ftp:/;

my $facts = $hostile->facts($daemon, $own);
my $number = 0;
my $state = say_as('shop', scalar @requests,
    map { request($number++, $_->[0]) } @requests);
my %got = map { /^(\d+) (\d+ \S+)/ ? ($1 => $2) : () } @{$state->{text}};
is(keys %got, @requests, @requests . ' requests, each is answered');
for my $i (0 .. $#requests) {
	my ($line, $expected) = @{$requests[$i]};

	like($got{$i} // 'nothing', qr/^\Q$expected\E(?: |\z)/, $line);
}
is_deeply([ Dwserv::Test::Hostile::changes($facts,
    $hostile->facts($daemon, $own)) ], [], 'and nobody else is changed');
$hostile->end($daemon, 'worker');

# Transactions with one part that may not be.
$number = 0;
my @parts;
for my $broken (@broken) {
	my $part = 0;

	push @parts, map { request($number, $_) . ' part=' . ++$part .
	    ' parts=' . @$broken } @$broken;
	$number++;
}
my $before = $root->snapshot;
$state = say_as('shop', scalar @broken, @parts);
is_deeply([ map { /^\d+ (\d+ \S+)/ ? $1 : () } @{$state->{text}} ],
    [ ('550 aborted') x @broken ], 'a transaction fails as a whole');
is_deeply($root->snapshot, $before, 'and leaves nothing');
$hostile->end($daemon, 'worker');

# What a client is not allowed at all.
my @denied = map { "$_ login=customer group=shoppers alias=shop20001 " .
    "name=x targets=x hash=$hash" } grep { !/list|show|watch/ }
    sort grep { $_ ne 's' } keys %operation;
$number = 0;
$state = say_as('reader', scalar @denied,
    map { request($number++, $_) } @denied);
is_deeply([ map { /^\d+ (5\d+) / ? 5 : () } @{$state->{text}} ],
    [ (5) x @denied ], 'who may only read changes nothing');
is_deeply($root->snapshot, $before, 'indeed nothing');
$hostile->end($daemon, 'worker');

# Sessions that it invents with a secret that is right.
$hostile->begin($daemon, 'worker', (map { "login $_ shop " .
    $Dwserv::Test::Daemon::secret } 1 .. 60), 'wait 0 40');
$state = $hostile->finish('worker');
ok($daemon->wait_log(qr/client=shop.* session=\d+\.60 /), 'auth grants them');
is($state->{sessions}, 40, 'the parent knows twice as many as there may be');
$hostile->end($daemon, 'worker');

# Anything at all, in the name of the client: only what is its own changes.
# Others' lines are those of files, but for theirs with a uid in its range.
sub others
{
	my %others;

	for my $file (qw(passwd group shadow gshadow aliases)) {
		my %own = map { /^([^:]*):[^:]*:(?:200(?:0\d|10)):/ ?
		    ($1 => 1) : () } split /\n/, $root->read('passwd') . "\n" .
		    $root->read('group');

		# Members of ftp come and go; anybody may have an alias.
		$others{$file} = join "\n", sort grep {
		    my ($name) = /^([^:]*)/;
		    !$own{$name} && !/^ftp:/ && ($file ne 'aliases' ||
		    /^(?:boss|postmaster):/) } split /\n/,
		    $root->read($file);
	}
	return \%others;
}
note("seed $seed");
my $others = others();
my @homes = grep { !/^200| \.archive/ } map { (stat $root->path("/home/$_"))[4] . " $_" }
    $root->names('/home');
$hostile->begin($daemon, 'worker',
    "*mutate $seed $messages 7 shop $Dwserv::Test::Daemon::secret");
$state = $hostile->finish('worker', 120);
ok($state->{done}, "$messages messages, $state->{starts} processes, " .
    join ' ', map { "$_: $state->{codes}{$_}" } sort keys %{$state->{codes}});
$hostile->end($daemon, 'worker');
is_deeply(others(), $others, "the lines of others are as they were");
is_deeply([ grep { !/^200| \.archive/ } map { (stat $root->path("/home/$_"))[4] .
    " $_" } $root->names('/home') ], \@homes, 'and their homes');
my ($status, $output, $complaint) = $daemon->ctl('check');
note("$output$complaint");
$billing = $daemon->login;
reply_is($billing, 'account modify alice gecos=well', qr/^250 changed /,
    'the others go on');

done_testing();
