#!/usr/bin/perl
#
# What is wrong with a request before anybody looks at an account: every
# argument of every request, and where plan, begin and commit may stand.
# None of this changes anything.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = start_daemon($root, global => { prefork => 1 }, clients => {
    billing => { allow => '{ account, "group", alias, watch }' },
    looker => { allow => '{ account show, account list }' } });
my $session = $daemon->login;
my $before = $root->snapshot;

my $first = 'must begin with a lower-case letter or underscore';
my $long = 'is longer than 32 octets';
my $digits = 'is not a number of 32 bits';
my $days = 'must be never or a number of days';
my $date = 'must be YYYY-MM-DD or never';
my $range = 'must be MIN-MAX, two numbers of 32 bits';
my $hash = '$6$rounds=5000$abcdefgh$' . 'x' x 86;

my %reads = map { $_ => 1 } ('account show', 'account list', 'group show',
    'group list', 'alias show', 'alias list', 'watch');

# Each request with a name that would do and what it cannot do without; and
# the keys that it takes besides.
my $state = 'uid group groups gecos home shell expire inactive min max warn';
my %requests = (
	'account create' => [ 'alice', '', "$state password hash idem" ],
	'account ensure' => [ 'alice', '', "$state password hash idem" ],
	'account modify' => [ 'alice', 'uid=10001',
	    "$state groups+ groups- move idem" ],
	'account rename' => [ 'alice', 'name=bob', 'home group idem' ],
	'account password' => [ 'alice', 'password=x', 'hash idem' ],
	'account lock' => [ 'alice', '', 'idem' ],
	'account unlock' => [ 'alice', '', 'idem' ],
	'account suspend' => [ 'alice', '', 'idem' ],
	'account resume' => [ 'alice', '', 'idem' ],
	'account delete' => [ 'alice', '', 'home aliases processes idem' ],
	'account show' => [ 'alice', '', '' ],
	'account list' => [ '', '', 'prefix group uid state after limit' ],
	'group create' => [ 'ftp', '', 'gid idem' ],
	'group modify' => [ 'ftp', 'gid=10001', 'files idem' ],
	'group rename' => [ 'ftp', 'name=web', 'idem' ],
	'group delete' => [ 'ftp', '', 'idem' ],
	'group add' => [ 'ftp', 'login=alice', 'idem' ],
	'group remove' => [ 'ftp', 'login=alice', 'idem' ],
	'group show' => [ 'ftp', '', '' ],
	'group list' => [ '', '', 'prefix gid login after limit' ],
	'alias set' => [ 'sales', 'targets=alice', 'idem' ],
	'alias add' => [ 'sales', 'targets=alice', 'idem' ],
	'alias remove' => [ 'sales', 'targets=alice', 'idem' ],
	'alias delete' => [ 'sales', '', 'idem' ],
	'alias show' => [ 'sales', '', '' ],
	'alias list' => [ '', '', 'prefix login after limit' ],
	'watch' => [ '', '', 'since follow' ],
);
my %all_keys = map { $_ => 1 } qw(name gid targets login colour),
    map { split / / } map { $_->[2] } values %requests;

# A value that would do for a key.
sub good_value
{
	my ($key, $request) = @_;
	my %values = (uid => $reads{$request} ? '1-2' : 10001,
	    gid => $reads{$request} ? '1-2' : 10001, home => 'keep',
	    group => $request eq 'account rename' ? 'keep' : 'ftp',
	    shell => '/bin/sh', expire => 'never', inactive => 'never',
	    min => 0, max => 1, warn => 1, hash => $hash, aliases => 'keep',
	    processes => 'refuse', files => 'keep', state => 'active',
	    limit => 1, since => 0, follow => 'no');

	$values{home} = '/home/x' if $request =~ /create|ensure|modify/;
	$values{move} = 'no';
	return $values{$key} // 'x';
}

# Every key of every request is known where it belongs, once, and nowhere
# else; and an unknown one behind it shows that its value was taken.
for my $request (sort keys %requests) {
	my ($name, $needed, $keys) = @{$requests{$request}};
	my $line = join ' ', grep { $_ ne '' } $request, $name;
	my %takes = map { $_ => 1 } split(/ /, $keys),
	    $needed =~ /^(\w+)=/ ? $1 : ();

	replies($session, "$line junk" =>
	    '501 syntax arguments are key=value');
	for my $key (sort keys %all_keys) {
		my $word = "$key=" . good_value($key, $request);
		reply_is($session, "$line $word last=1",
		    '501 unknown-argument ' . ($takes{$key} ? 'last' : $key));
		reply_is($session, "$line $word \U$key\E=2",
		    "501 repeated-argument $key") if $takes{$key};
	}
	my $noun = $request =~ s/ .*//r;
	my $called = $noun eq 'account' ? 'login' : $noun;
	reply_is($session, $request, "501 missing-argument $called")
	    if $name ne '';
	my $missing = $request eq 'account password' ? 'password or hash' :
	    $request eq 'account modify' ? 'what to modify' :
	    $needed =~ s/=.*//r;
	reply_is($session, $line, "501 missing-argument $missing")
	    if $needed ne '';
	my $long_word = "\xc3\xa9" x 40;
	reply_is($session, "$line a$long_word=1",
	    '501 unknown-argument a' . "\xc3\xa9" x 31);
	reply_is($session, "plan $line", '501 invalid plan: is for what ' .
	    'changes something') if $reads{$request};
	reply_is($session, "plan $line idem=x", '501 invalid idem: cannot ' .
	    'go with plan') unless $reads{$request};
}

# A request, an argument with a value that is wrong, and why; the request
# has what it needs before that.
sub invalid
{
	my ($request, @cases) = @_;
	my ($name) = @{$requests{$request}};

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	while (my ($words, $reason) = splice @cases, 0, 2) {
		my ($key) = $words =~ /(\S+?)=(?:"[^"]*"|\S*)\z/;
		reply_is($session, join(' ', grep { $_ ne '' } $request,
		    $name, $words), "501 invalid $key: $reason");
	}
}

# The names.
for my $request (sort keys %requests) {
	my ($noun) = split / /, $request;
	next if $requests{$request}[0] eq '';
	my $key = $noun eq 'account' ? 'login' : $noun;
	reply_is($session, "$request \"\"", "501 invalid $key: is empty");
	next if $noun eq 'alias';
	replies($session, "$request Bob" => "501 invalid $key: $first",
	    "$request -b" => "501 invalid $key: $first",
	    "$request b.c" => "501 invalid $key: has a character that is " .
		'not allowed',
	    "$request " . 'b' x 33 => "501 invalid $key: $long");
}

for my $request ('account create', 'account ensure', 'account modify') {
	invalid($request,
	    (map { ("uid=$_" => $digits) } '""', -1, '+1', '" 1"', 'x',
		'1x', '0x10', 4294967296, '1-2'),
	    'group=Ftp' => $first, 'group=""' => 'is empty',
	    'groups=ftp,ftp' => 'names a group twice',
	    'groups=ftp,' => 'is empty', 'groups=,' => 'is empty',
	    'groups=ftp,Web' => $first,
	    'groups=' . join(',', map { "g$_" } 1 .. 65) =>
		'names more than 64 groups',
	    'gecos=a:b' => 'has a colon',
	    'gecos=' . 'x' x 256 => 'is longer than 255 octets',
	    'home=""' => 'must begin with a slash',
	    'home=yes' => 'must begin with a slash',
	    'home=/home/../x' => 'has a component "." or ".."',
	    'shell=sh' => 'must begin with a slash',
	    'shell=/bin//sh' => 'has two slashes together or a slash at ' .
		'the end',
	    (map { ("expire=$_" => $date) } '""', 0, 'Never', '2027-1-1',
		'2027-06-30x', '"2027- 6-30"', '27-06-30', '2027-13-01'),
	    'expire=1969-12-31' => 'is not a day since 1970',
	    'expire=2027-02-29' => 'is not a day since 1970',
	    map { my $key = $_; map { ("$key=$_" => $days) } '""', -1, '+1',
		'x', '1d', 'Never', '1.5', 1000000, '2027-06-30' }
		qw(inactive min max warn));
}
for my $request ('account create', 'account ensure', 'account password') {
	invalid($request,
	    'password=""' => 'is empty',
	    'password=' . 'x' x 512 => 'is longer than 511 octets',
	    "hash=$hash password=x" => 'cannot go with hash',
	    "password=x hash=$hash" => 'cannot go with password');
	like($session->ask("$request alice hash=x"), qr/^501 invalid hash: /,
	    "$request: not any hash");
}
invalid('account modify',
    'home=no' => 'must begin with a slash',
    'groups=ftp groups+=web' => 'cannot go with groups',
    'groups=ftp groups-=web' => 'cannot go with groups',
    'groups="" groups-=web' => 'cannot go with groups',
    'groups+=web groups=ftp' => 'cannot go with groups+ or groups-',
    'groups-=web groups=""' => 'cannot go with groups+ or groups-',
    'groups+=""' => 'is empty', 'groups-=""' => 'is empty',
    'groups+=Web' => $first, 'groups-=a,a' => 'names a group twice',
    'groups+=a,b groups-=c,b' => 'names a group that is both in groups+ ' .
	'and groups-',
    'groups-=a groups+=a' => 'names a group that is both in groups+ and ' .
	'groups-',
    'move=maybe' => 'must be no or yes', 'move=""' => 'must be no or yes');
replies($session,
    'account modify alice move=yes' => '501 missing-argument home',
    'account modify alice gecos=x move=yes' => '501 missing-argument home',
    'account modify alice move=no' => '501 missing-argument what to modify',
    'account modify alice idem=x' => '501 missing-argument what to modify',
    'account rename alice home=move group=rename' =>
	'501 missing-argument name');
invalid('account rename',
    'name=""' => 'is empty', 'name=Bob' => $first,
    'name=' . 'b' x 33 => $long, 'home=no' => 'must be keep or move',
    'home=/home/x' => 'must be keep or move',
    'group=move' => 'must be keep or rename');
invalid('account delete',
    'home=no' => 'must be keep, remove or archive',
    'home=Remove' => 'must be keep, remove or archive',
    'aliases=yes' => 'must be keep or remove',
    'processes=kill' => 'must be refuse or ignore');
invalid('account list',
    (map { ("uid=$_" => $range) } '""', 1, '1-', '-1', '-', '1--2', 'a-b',
	'1-2-3', '+1-2', '1-+2', '1-2x', '1-4294967296'),
    'uid=2-1' => 'has a minimum that is above the maximum',
    (map { ("state=$_" => 'must be suspended, expired, locked, ' .
	'no-password or active') } '""', 'any', 'Active'),
    'group=Ftp' => $first, 'group=""' => 'is empty');
for my $request ('account list', 'group list', 'alias list') {
	invalid($request,
	    (map { ("limit=$_" => 'is not a number above 0') } '""', 0, -1,
		'+1', 'x', '1x', '9223372036854775808'),
	    'prefix=' . 'x' x 256 => 'is too long',
	    'after=' . 'x' x 256 => 'is too long');
}
for my $request ('group create', 'group modify') {
	invalid($request, map { ("gid=$_" => $digits) } '""', -1, '+1', 'x',
	    '1-2', 4294967296);
}
invalid('group modify', 'gid=1 files=yes' => 'must be keep or change');
invalid('group rename', 'name=""' => 'is empty', 'name=Web' => $first);
for my $request ('group add', 'group remove') {
	invalid($request, 'login=""' => 'is empty', 'login=Bob' => $first,
	    'login=a,b' => 'has a character that is not allowed');
}
invalid('group list',
    (map { ("gid=$_" => $range) } '""', 1, '1-', '-1', 'a-b'),
    'gid=2-1' => 'has a minimum that is above the maximum',
    'login=Bob' => $first);
invalid('alias list', 'login=""' => 'is empty', 'login=Bob' => $first);
for my $request ('alias set', 'alias add', 'alias remove') {
	invalid($request, 'targets=""' => 'is empty');
	like($session->ask("$request sales targets=\xc3\xa9"),
	    qr/^501 invalid targets: has a /, "$request: not any target");
}
invalid('watch',
    (map { ("since=$_" => 'is not a number') } '""', -1, '+1', 'x', '1x',
	'9223372036854775808'),
    (map { ("follow=$_" => 'must be yes or no') } '""', 'maybe', 'No'));
for my $request (grep { !$reads{$_} } sort keys %requests) {
	invalid($request, 'idem=""' => 'is empty',
	    'idem=' . 'x' x 65 => 'is longer than 64 octets',
	    'idem=a/b' => 'has a character that is none of A-Z a-z 0-9 . _ ' .
		'- :');
}

# The words that are about requests.
replies($session,
    'plan' => '501 missing-argument request',
    'plan noop' => qr/^500 unknown-request /,
    'plan plan account create x' => qr/^500 unknown-request /,
    'plan begin' => qr/^500 unknown-request /,
    'plan account create' => '501 missing-argument login',
    'plan account create Bob' => "501 invalid login: $first",
    'plan commit' => '503 no-transaction say begin first',
    'commit' => '503 no-transaction say begin first',
    'abort' => '503 no-transaction say begin first',
    'begin now' => '501 unknown-argument begin takes 0',
    'abort now' => '501 unknown-argument abort takes 0');

# A transaction that comes to nothing.
my $inside = '503 in-transaction commit or abort first';
replies($session,
    'begin' => '250 begun',
    'BEGIN' => $inside,
    'account show alice' => $inside,
    'account list' => $inside,
    'group list' => $inside,
    'watch' => $inside,
    'watch nonsense' => $inside,
    'plan account create alice' => $inside,
    'auth billing x' => $inside,
    'noop' => '250 ok',
    'whoami' => '250 client name=billing',
    'account create alice' => '250 queued request=1',
    "account create bob hash=$hash" => '250 queued request=2',
    'account create carl password=geheim' => '250 queued request=3',
    'alias set sales targets=alice' => '250 queued request=4',
    'commit now' => '501 syntax arguments are key=value',
    'commit now=1' => '501 unknown-argument now',
    'commit idem=' => '501 invalid idem: is empty',
    'commit idem=a idem=b' => '501 repeated-argument idem',
    'plan commit idem=a' => '501 invalid idem: cannot go with plan',
    'group delete ftp' => '250 queued request=5',
    'abort' => '250 aborted count=5',
    'abort' => '503 no-transaction say begin first',
    'begin' => '250 begun',
    'abort' => '250 aborted count=0',
    'begin' => '250 begun',
    'plan commit' => '250 planned lines=0',
    'commit idem=empty' => '250 committed count=0',
    'commit' => '503 no-transaction say begin first');

# What spoils it, and that the first counts.
my $too_many_words = 'account create ' . 'x ' x 40;
for my $wrong ('account create Bob', 'account create', 'account foo bar', '',
    'account create bob gecos="x', $too_many_words, 'x' x 9000,
    'x' x 20000, "noop\t", 'account create bob idem=x',
    'account modify bob move=no') {
	my $name = 'spoiled by ' . (length $wrong > 40 ?
	    substr($wrong, 0, 40) . '...' : "\"$wrong\"");
	my @got = $session->pipeline('begin', 'account create alice', $wrong,
	    'account create carl password=x', 'account create Dora',
	    'plan commit', 'commit', 'commit');
	like($got[2], qr/^50[01] /, $name);
	is_deeply([ @got[0, 1, 3 .. 7] ], [ '250 begun',
	    '250 queued request=1', '250 queued request=3',
	    "501 invalid login: $first", '503 spoiled request=2',
	    '503 spoiled request=2', '503 no-transaction say begin first' ],
	    "$name: and how it ends");
}
replies($session,
    'begin' => '250 begun',
    'account create bob idem=x' => '501 invalid idem: goes with commit',
    'account create carl' => '250 queued request=2',
    'abort' => '250 aborted count=1',
    'begin' => '250 begun',
    'noop now' => '501 unknown-argument noop takes 0',
    'plan foo' => '500 unknown-request help lists what there is',
    'commit' => '250 committed count=0');

# Who may not do it cannot queue it, either.
my $looker = $daemon->login(client => 'looker');
replies($looker,
    'watch' => '550 denied looker may not do that',
    'group list' => '550 denied looker may not do that',
    'account create Bob' => '550 denied looker may not do that',
    'plan account create Bob' => '550 denied looker may not do that',
    'plan account list' => '501 invalid plan: is for what changes something',
    'begin' => '250 begun',
    'account create bob' => '550 denied looker may not do that',
    'commit' => '503 spoiled request=1');
my $stranger = $daemon->connect;
$stranger->read_line;
replies($stranger, map { $_ => '530 auth-required say auth first' }
    'begin', 'commit', 'abort', 'plan commit', 'plan account create x',
    'watch', 'group list', 'alias show x', 'commit idem=');

# capa and help know all of them.
$session->send("capa\nhelp\n");
my @capa = $session->read_reply;
is_deeply([ sort map { /^250-capability name=request value="?([^"]+)/ }
    @capa ], [ sort keys %requests ], 'capa lists every request');
is_deeply([ grep { /name=request/ } capabilities_of($looker) ],
    [ map { "250-capability name=request value=\"account $_\"" }
    qw(show list) ], 'and to others only what they may');
my @help = $session->read_reply;
for my $request (sort keys %requests) {
	my ($line) = grep { /^214-help \Q$request\E(?: |\z)/ } @help;
	my %known = map { $_ => 1 } ($line // '') =~ /(\w+[+-]?)=/g;
	my (undef, $needed, $keys) = @{$requests{$request}};

	is(join(' ', sort keys %known), join(' ', sort(split(/ /, $keys),
	    $needed =~ /^(?!uid)(\w+)=/)), "help: the keys of $request");
}

sub capabilities_of
{
	my ($who) = @_;

	$who->send("capa\n");
	return $who->read_reply;
}

# So many, and so much.
my @many = $session->pipeline('begin',
    map({ "account create u$_" } 1 .. 10002), 'account lock x', 'commit');
my $too_many = '552 too-many-requests at most 10000 and 16777216 octets';
is($many[10000], '250 queued request=10000', 'ten thousand are queued');
is($many[10001], $too_many, 'one more is not');
is($many[10002], $too_many, 'nor another');
is($many[10003], $too_many, 'nor any other');
is($many[10004], '503 spoiled request=10001', 'and nothing comes of them');
my $targets = join ',', map { "user$_\@mail.example.net" } 1000 .. 1300;
@many = $session->pipeline('begin',
    map({ "alias set a$_ targets=$targets" } 1 .. 2100), 'abort');
my @refused = grep { $many[$_] eq $too_many } 1 .. 2100;
is(scalar @refused, 1, 'more than 16 megabytes are refused once');
ok($refused[0] > 900, "but not much less: $refused[0]");
is($many[2101], '250 aborted count=2099', 'the others are looked at');

# Who goes in the middle leaves nothing behind; nor does quit.
my $other = $daemon->login;
$other->pipeline('begin', 'account create eve', 'account create adam');
$other->close;
$other = $daemon->login;
is_deeply([ $other->pipeline('begin', 'account create eve', 'quit') ],
    [ '250 begun', '250 queued request=1', '221 bye' ], 'quit inside');
ok($other->at_end, 'ends the connection');
is($session->ask('noop'), '250 ok', 'the others go on');

# A client that is taken out of the configuration has queued for nothing.
replies($looker, 'begin' => '250 begun', 'noop' => '250 ok');
$daemon->configure(global => { prefork => 1 });
is(($daemon->ctl('reload'))[0], 0, 'reload without a client');
ok(wait_for(sub { $looker->ask('whoami') =~ /^530 / }), 'it is nobody');
replies($looker, 'commit' => '530 auth-required say auth first',
    'abort' => '530 auth-required say auth first',
    'auth billing "open sesame"' => '235 authenticated client=billing',
    'commit' => '503 no-transaction say begin first');

is_deeply($root->snapshot, $before, 'nothing was changed by all this');
unlike($daemon->log, qr/violation|exit|signal/, 'and nothing ended');
is($daemon->stop, 0, 'the daemon ends well');

done_testing();
