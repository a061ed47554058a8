#!/usr/bin/perl
#
# Those who watch the ledger: they see each entry that is theirs once and in
# order, can tell from it what is there, and are in nobody's way.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Ledger qw(ledger_entries ledger_problems ledger_segments
    entry_of replay replayed edit_files);

my $seed = $ENV{DWSERV_SEED} // int rand 2 ** 31;
srand $seed;
diag("DWSERV_SEED=$seed repeats this run's requests");

my $root = new_root();
$root->write('aliases', "postmaster: root\n");
my $allow = '{ account, group, alias, watch }';
my $daemon = start_daemon($root, global => { prefork => 2,
    'timeout idle' => 3 },
    accounts => { uid => '1000 to 59999' },
    clients => { billing => { allow => $allow, uid => '10000 to 19999' },
	shop => { allow => $allow, uid => '20000 to 29999' },
	all => { allow => $allow },
	deaf => { allow => '{ account create }' } },
    more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';

sub last_number
{
	return (ledger_entries($daemon))[-1]{number};
}

# All that a client is told up to the present: the entries, last line.
sub watched
{
	my ($client, $since) = @_;
	my $watcher = $daemon->login(client => $client);

	$watcher->send("watch since=$since follow=no\r\n");
	my @lines = $watcher->read_reply;
	my $last = pop @lines;
	$watcher->close;
	return (\@lines, $last);
}

# passwd as the ledger should tell it, for a range of uids.
sub accounts
{
	my ($min, $max) = @_;

	return sort map { join ':', @$_ } grep { $_->[1] >= $min &&
	    $_->[1] <= $max } map { [ (split /:/, $_, -1)[0, 2 .. 6] ] }
	    grep { /^\w[^:]*:[^:]*:\d+:\d+:/ } split /\n/,
	    $root->read('passwd');
}

sub rebuilt_is
{
	my ($client, $min, $max, $name) = @_;
	my ($lines, $last) = watched($client, 0);
	my %known;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($last, qr/^250 watched last=\d+\z/, "$name: $client has it all");
	replay(\%known, $_) for grep { defined } map { entry_of($_) } @$lines;
	is_deeply([ replayed(\%known, $min, $max) ],
	    [ accounts($min, $max) ], "$name: $client can tell what is there");
}

# Requests at random, about a few dozen names.
my $count = 0;
sub random_request
{
	my ($client) = @_;
	my $name = "$client-" . int rand 30;
	my $other = "$client-" . int rand 30;
	my @kinds = ("account create $name home=no gecos=\"No " . ++$count .
	    "\"", "account create $name", "account create $name home=no",
	    "account modify $name gecos=\"x \\\"$count\\\" y\"",
	    "account modify $name shell=/usr/sbin/nologin",
	    "account modify $name group=users", "account ensure $name",
	    "account modify $name home=/home/elsewhere-$count",
	    "account modify $name uid=" . (($client eq 'shop' ? 25000 :
	    15000) + $count), "account rename $name name=$other",
	    "account rename $name name=$other home=move group=rename",
	    "account delete $name home=remove", "account delete $name",
	    "account suspend $name", "account resume $name",
	    "account lock $name", "account password $name hash=$hash",
	    "group create g-$name", "account create $name group=g-$other",
	    "group modify g-$name gid=" .
	    (($client eq 'shop' ? 28000 : 18000) + $count),
	    "group rename g-$name name=g-$other", "group delete g-$name",
	    "group add users login=$name", "group remove users login=$name",
	    "alias set $name targets=$other,x\@example.org",
	    "alias delete $name");

	return $kinds[rand @kinds];
}

# Some of them, a third in transactions; says how many had an effect.
sub random_requests
{
	my ($from, $client, $number) = @_;
	my $good = 0;

	while ($number > 0) {
		my $some = 1 + int rand 12;
		my @lines = map { random_request($client) } 1 .. $some;

		$number -= $some;
		@lines = ('begin', @lines[0 .. ($#lines < 2 ? $#lines : 2)],
		    'commit') if rand() < 0.3;
		$good += grep { /^250 (?!begun|queued|unchanged)/ }
		    $from->pipeline(@lines);
	}
	return $good;
}

# The ledger alone tells what is there.
my $shop = $daemon->login(client => 'shop');
my $good = 0;
for my $round (1 .. 4) {
	$good += random_requests($session, 'billing', 150);
	$good += random_requests($shop, 'shop', 150);
	edit_files($root, passwd => sub {
	    $_ .= "hand$round:x:1020$round:100:By Hand:/home/h:/bin/sh\n";
	    s/^hand1:(.*):[^:]*$/hand1:$1:\/bin\/$round/m;
	    s/^hand2:.*\n//m if $round == 4; });
	my @lines = $session->pipeline("account create all$round home=no");
	like($lines[0], qr/^250 created/, "round $round");
	rebuilt_is('billing', 10000, 19999, "round $round");
	rebuilt_is('shop', 20000, 29999, "round $round");
	rebuilt_is('all', 1000, 59999, "round $round");
	if ($round == 2) {
		$daemon->restart;
		$session = $daemon->login;
		$shop = $daemon->login(client => 'shop');
	}
}
cmp_ok($good, '>', 200, "of many changes: $good");
is_deeply([ ledger_problems($daemon) ], [], 'the ledger holds');

# Nothing is told of others, nor any secret.
$session->pipeline("account create keyed hash=$hash home=no idem=the-key",
    'account create hashed password="Queen of Hearts" home=no');
my ($lines, $last) = watched('billing', 0);
is_deeply([ grep { !/^250-entry number=\d+ time=\S+ client=\S+ change=/ }
    @$lines ], [], 'each line is an entry');
is_deeply([ grep { / (?:peer|idem|digest|reply|sha256|recovered)=/ }
    @$lines ], [], 'without what is not for clients');
unlike("@$lines", qr/\$6\$|\$y\$|the-key|Hearts|127\.0\.0\.1/,
    'and without secrets');
is(scalar(grep { / change=account\.create login=keyed / } @$lines), 1,
    'though there was one with a key');
my @uids = map { $_->{uid} // () } map { entry_of($_) } @$lines;
is_deeply([ grep { $_ < 10000 || $_ > 19999 } @uids ], [],
    'every uid is in the range');
is_deeply([ grep { / login=(?:shop-|root|veteran)/ &&
    !/ change=group\.\w+ group=users / } @$lines ], [],
    'and nobody else is there, but as a member of a group of both');
is((grep { / change=account\.\w+ login=shop-/ } @{(watched('shop', 0))[0]})
    > 20, 1, 'but for the one whose they are');
my @numbers = map { /number=(\d+)/ } @$lines;
is_deeply(\@numbers, [ sort { $a <=> $b } @numbers ], 'in order');
like($daemon->login(client => 'deaf')->ask('watch'), qr/^550 denied\b/,
    'who is not allowed to watch');
replies($session, 'watch since=x' => qr/^501 invalid since\b/,
    'watch follow=maybe' => qr/^501 invalid follow\b/,
    'watch until=3' => qr/^501 unknown-argument\b/,
    'begin' => '250 begun', 'watch' => qr/^503 in-transaction\b/,
    'abort' => qr/^250 aborted/);

# The end, and behind it.
my $number = last_number();
replies($session, "watch since=$number follow=no" =>
    "250 watched last=$number", 'watch follow=no' =>
    "250 watched last=$number");
my $beyond = $number + 1000;
$session->send("watch since=$beyond follow=no\r\n");
like($session->read_reply, qr/^(?:250 watched last=|550 not-found )/,
    'since beyond the end has an answer');

# Live, several at once with a since of their own.
my %at = (0 => 0, half => int $number / 2, now => $number);
my %watcher = map { $_ => $daemon->login(client => 'all') } keys %at;
$watcher{$_}->send("watch since=$at{$_}\r\n") for keys %at;
for my $name (sort keys %at) {
	my $expected = grep { $_->{number} > $at{$name} &&
	    $_->{number} <= $number } ledger_entries($daemon);
	my $seen = 0;
	# Of others' secrets and of groups below its range it hears nothing.
	while ($watcher{$name}->has_input || wait_for(sub {
	    $watcher{$name}->has_input }, 0.3)) {
		$seen++ if defined entry_of($watcher{$name}->read_line);
	}
	cmp_ok($seen, '<=', $expected, "from $name: no more than there are");
	ok($name eq 'now' ? $seen == 0 : $seen > 0, 'but those there are');
}
my $longest = 0;
for my $i (1 .. 20) {
	$session->send("account create live$i home=no\r\n");
	my $began = now();
	for my $name (sort keys %watcher) {
		my $line = $watcher{$name}->read_line(5);
		fail("$name: $line") if $line !~
		    /^250-entry .* change=account\.create login=live$i /;
	}
	$longest = now() - $began if now() - $began > $longest;
	$session->read_reply;
}
cmp_ok($longest, '<', 0.5, sprintf 'entries arrive by themselves, the ' .
    'slowest after %.3f s', $longest);

# A line from the client ends it, and is executed.
$number = last_number();
$watcher{now}->send("account show live1\r\nnoop\r\n");
is($watcher{now}->read_line, "250 watched last=$number", 'a line ends it');
like($watcher{now}->read_line, qr/^250 account login=live1 /,
    'and is executed');
is($watcher{now}->read_line, '250 ok', 'and the next one');
$watcher{half}->send("watch since=$number\r\n");
is($watcher{half}->read_line, "250 watched last=$number", 'by another watch');
$session->pipeline('account modify live1 gecos=changed');
like($watcher{half}->read_line, qr/ change=account\.modify login=live1 /,
    'which goes on');
$watcher{half}->send("quit\r\n");
like($watcher{half}->read_line, qr/^250 watched last=/, 'by quit');
like($watcher{half}->read_line, qr/^221 /, 'which quits');
$watcher{0}->half_close;
my @rest = $watcher{0}->read_reply;
like($rest[-1], qr/^250 watched last=/, 'the end of the client\'s side ends it');
ok($watcher{0}->at_end, 'and the connection');

# Nobody is thrown out for listening when nothing happens.
my $patient = $daemon->login;
$patient->send("watch\r\n");
ok(!wait_for(sub { $patient->has_input || $patient->{ended} }, 4.5),
    'longer than the timeout with nothing to tell');
$session = $daemon->login;
$session->ask('account create afterwards home=no');
like($patient->read_line, qr/ login=afterwards /, 'and then there is');
$patient->close;

# Cut at any moment and resumed: each entry exactly once.
my $first = last_number();
my (@seen, $cuts);
my $since = $first;
my $writer = spawn_code(sub {
	my $from;
	my @lines = map { ("account create w$_ home=no idem=w$_",
	    "account modify w$_ gecos=x idem=m$_") } 1 .. 400;
	# Its own worker may be killed as well; then it asks again.
	while (@lines) {
		$from //= eval { Dwserv::Test::Session->login(
		    port => $daemon->port, client => 'billing',
		    secret => '"open sesame"') } // next;
		my $good = grep { defined && /^250 / }
		    eval { $from->pipeline(@lines[0 .. 3]) };
		$good == 4 ? splice @lines, 0, 4 : undef $from;
	}
	return 0;
});
my $end_of_cuts = now() + 20;
while ($since < $first + 800 && now() < $end_of_cuts) {
	my $watcher = eval { $daemon->login } // next;

	$watcher->send("watch since=$since\r\n");
	my $end = now() + rand 0.02;
	while (now() < $end) {
		next unless $watcher->has_input;
		my $entry = entry_of($watcher->read_line(5) // '') or last;
		push @seen, $entry->{number};
		$since = $entry->{number};
	}
	# A worker's death is a cut like any other.
	kill KILL => ($daemon->wait_children('worker'))[0]
	    if ++$cuts % 8 == 4 && $cuts < 40;
	$watcher->close;
}
is(program_ended($writer), 0, 'eight hundred changes meanwhile')
    or diag($daemon->log);
is_deeply(\@seen, [ $first + 1 .. $first + 800 ],
    "each is seen once, with $cuts cuts");

$daemon->wait_children('worker');
$session = $daemon->login;
# Across segments.
my @target = map { my $which = $_; join ',', map {
    "$which-somebody-with-a-name-$_\@mail.example.org" } 1 .. 150 } 'a', 'b';
my $live = $daemon->login;
$number = last_number();
$live->send("watch\r\n");
my $told = 0;
until (ledger_segments($daemon) > 2 || $told > 10000) {
	$session->send(join '', map { "alias set big targets=" .
	    $target[$_ % 2] . "\r\n" } 1 .. 200);
	for (1 .. 200) {
		my $line = $live->read_line // '';
		last if $line !~ / number=@{[ $number + ++$told ]} /;
	}
	$session->read_reply for 1 .. 200;
}
is(scalar ledger_segments($daemon), 3, 'three segments');
is($number + $told, last_number(), 'of which a live one misses nothing');
$live->close;
rebuilt_is('all', 1000, 59999, 'across segments');
($lines, $last) = watched('all', $number);
is_deeply([ map { /number=(\d+)/ } @$lines ], [ $number + 1 ..
    last_number() ], 'no entry is missing between them');

# A watcher that does not read is in nobody's way, and is dropped.
$number = last_number();
my $lazy = $daemon->login;
$lazy->send("watch since=0\r\n");
my $began = now();
my $slowest = 0;
my $made = 0;
my $gecos = 'g' x 200;
for my $burst (1 .. 50) {
	my $asked = now();
	my @got = $session->pipeline(map { "account create z$burst-$_ " .
	    "home=no gecos=$gecos" } 1 .. 100);
	$made += grep { /^250 created / } @got;
	$slowest = now() - $asked if now() - $asked > $slowest;
}
is($made, 5000, 'five thousand while one does not read');
ok($slowest < 2, sprintf 'the slowest hundred took %.2f seconds, all %.1f',
    $slowest, now() - $began);
my $sessions = sub { my $sum = 0; $sum += $_->{sessions}
    for $daemon->status('process'); return $sum };
$session->close;
ok(wait_for(sub { $sessions->() == 0 }, 12), 'it is dropped');
my $got = 0;
my $reached = 0;
while (defined(my $line = eval { $lazy->read_line(5) })) {
	my $entry = entry_of($line) // last;
	$got++;
	$reached = $entry->{number};
}
cmp_ok($reached, '<', $number, "after $got entries");
($lines, $last) = watched('billing', $reached);
is($last, '250 watched last=' . last_number(), 'it goes on from there');
my %there = map { $_->{login} => 1 } grep { $_->{change} eq
    'account.create' } map { entry_of($_) } @$lines;
is(scalar(grep { /^z\d+-/ } keys %there), 5000, 'and misses nothing');
$session = $daemon->login;

# When a segment is missing.
my @segments = ledger_segments($daemon);
my ($next) = (split /\n/, slurp($segments[1]))[0] =~ / next=(\d+) /;
rename $segments[0], "$daemon->{state}/away" or die;
replies($session, 'watch since=0' => '550 not-found entry 1',
    'watch since=0 follow=no' => '550 not-found entry 1',
    "watch since=@{[ $next - 2 ]}" => "550 not-found entry @{[ $next - 1 ]}");
($lines, $last) = watched('all', $next - 1);
is($last, '250 watched last=' . last_number(), 'what is there is told');
is(scalar @$lines, last_number() - $next + 1, 'all of it');
$daemon->restart;
($lines, $last) = watched('all', $next - 1);
is($last, '250 watched last=' . last_number(), 'also after a restart');

done_testing();
