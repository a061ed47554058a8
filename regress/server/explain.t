#!/usr/bin/perl
#
# dwservctl explain: what would come of a request, which line of the
# configuration says so, that it is what comes of it, and that nothing is
# changed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use JSON::PP;
use Test::More;

use Dwserv::Test;

my %content = %Dwserv::Test::Root::content;
my $root = new_root(
    passwd => $content{passwd} =~ s/^(?=\+)/join "\n",
	'cust-a:x:10001:10001::\/home\/cust-a:\/bin\/sh',
	'cust-b:x:10002:27::\/home\/cust-b:\/bin\/sh',
	'other:x:10003:10003::\/home\/other:\/bin\/sh', ''/emr,
    aliases => "cust-news: cust-a\nother: x\n");
my $daemon = start_daemon($root,
    global => { aliases => '"/etc/aliases"' },
    accounts => { shells => '{ /bin/sh, /bin/false }' },
    clients => {
	billing => { allow => '{ account, group, alias, watch }',
	    uid => '10000 to 10999', names => '{ "cust-*" }',
	    groups => '{ ftp }', shells => '{ /bin/false }',
	    home => '/home/customers', hash => 'no',
	    aliases => '{ "cust-*" }', domains => '{ "*.example.org" }',
	    rate => '100' },
	plain => { allow => '{ account create, account list }',
	    groups => undef },
	all => { allow => '{ account, group, alias, watch }',
	    read => 'all' },
    });
my $before = $root->checksums;

# The line of the configuration on which a statement of a client stands.
sub line_of
{
	my ($client, $statement) = @_;
	my ($number, $here) = (0, '');

	for (split /\n/, slurp($daemon->{config})) {
		$number++;
		$here = $1 if /^client "(\w+)"/;
		$here = 'accounts' if /^accounts/;
		return $number if $here eq $client && /^\t$statement\b/;
	}
	die "no $statement of $client\n";
}

sub place
{
	my ($client, $statement, $name) = @_;

	return "$daemon->{config}:" . line_of($client, $statement) . ": " .
	    ($name // $statement) . "\n";
}

sub explains
{
	my ($client, $request, $status, $expected) = @_;
	my ($got, $out, $err) = $daemon->ctl('explain', $client, $request);
	my $name = "$client: $request";

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($got, $status, "$name: the exit status") or diag($out, $err);
	ref $expected ? like($out, $expected, $name) :
	    is($out, $expected, $name);
	is($err, '', "$name: no complaint");
}

# What is allowed: the request's line, and that of each clause that was asked.
explains('billing', 'account create cust-x', 0, "allowed\n" .
    place('billing', 'allow') . place('billing', 'names') .
    place('billing', 'rate'));
explains('billing', 'account create cust-x uid=10500 groups=ftp ' .
    'shell=/bin/false home=/home/customers/x', 0, "allowed\n" .
    place('billing', 'allow') . place('billing', 'uid') .
    place('billing', 'names') . place('billing', 'groups') .
    place('billing', 'shells') . place('billing', 'home') .
    place('billing', 'rate'));
explains('plain', 'account create anybody uid=10500 shell=/bin/sh', 0,
    "allowed\n" . place('plain', 'allow') .
    place('accounts', 'uid', 'accounts uid') . "default of names\n" .
    place('accounts', 'shells', 'accounts shells'));

# What is refused: what decides.
my @refused = (
	[ billing => 'account create cust-x uid=20000', 'uid',
	    'denied uid 20000 is outside 10000 to 10999' ],
	[ billing => 'group create cust-x gid=20000', 'uid',
	    'denied gid 20000 is outside 10000 to 10999', 'uid, for gids' ],
	[ billing => 'account create other2', 'names' ],
	[ billing => 'account delete other', 'names' ],
	[ billing => 'account modify cust-a shell=/bin/sh', 'shells' ],
	[ billing => 'account modify cust-a home=/home/x', 'home' ],
	[ billing => 'account delete cust-a home=remove', 'home' ],
	[ billing => 'account modify cust-a groups+=users', 'groups',
	    'protected group users is not named for billing', 'built in: ' .
	    'protected' ],
	[ billing => 'account modify cust-a groups+=project', 'groups' ],
	[ billing => 'account password cust-a hash=$2b$05$abcdefghijklmno' .
	    'pqrstuuy2uMjUC.QFLaGAOXqwcWX4W0Gc/Ezhe', 'hash' ],
	[ billing => 'account create cust-x hash=' . crypt('x',
	    '$y$j9T$abcdefghijklmnop'), 'hash' ],
	[ billing => 'alias set tidings targets=cust-a', 'aliases' ],
	[ billing => 'alias set cust-x targets=a@example.org', 'domains' ],
	[ billing => 'alias set cust-x targets=|/bin/x', 'targets', undef,
	    'default of targets' ],
	[ plain => 'group create x', 'allow' ],
	[ plain => 'account delete cust-a', 'allow' ],
	[ plain => 'account create root', undef, undef,
	    'built in: protected' ],
	[ billing => 'account lock cust-b', undef,
	    'protected account cust-b is in group sudo',
	    'built in: protected' ],
	[ billing => 'account lock cust-gone', undef,
	    'not-found account cust-gone', 'built in: not-found' ],
	[ billing => 'account create Cust', undef, undef,
	    'built in: the form of requests' ],
	[ billing => 'account create cust-x uid=1 uid=2', undef, undef,
	    'built in: the form of requests' ],
	[ billing => 'noop', undef, undef,
	    'built in: the form of requests' ],
	[ billing => 'account create "cust', undef, undef,
	    'built in: the form of requests' ],
	[ billing => 'plan account show cust-a', undef, undef,
	    'built in: the form of requests' ],
);
my %sessions;
for (@refused) {
	my ($client, $request, $statement, $reply, $name) = @$_;
	my $place = defined $statement && !(defined $name &&
	    $name =~ /^(?:built|default)/) ?
	    place($client, $statement, $name) : "$name\n";

	$reply //= '';
	explains($client, $request, 1,
	    qr/^refused: 5\d\d \Q$reply\E.*\n\Q$place\E\z/);
	# And that is what comes of it.
	my ($said) = ($daemon->ctl('explain', $client, $request))[1] =~
	    /^refused: (5\d\d [a-z-]+)/;
	$sessions{$client} //= $daemon->login(client => $client);
	my $answer = $sessions{$client}->ask($request);
	like($answer, qr/^\Q$said\E\b/, "$client: $request: so it is")
	    if $request ne 'noop';
}
$_->close for values %sessions;

# Plans and passwords; what is read.
explains('billing', 'plan account create cust-x', 0, qr/^allowed\n/);
explains('billing', 'account password cust-a password=secret', 0,
    qr/^allowed\n(?!.*secret)/s);
explains('billing', 'account create cust-y password="a b"', 0,
    qr/^allowed\n/);
explains('billing', 'account show cust-a', 0, "allowed\n" .
    place('billing', 'allow') . place('billing', 'uid') .
    place('billing', 'names') . "default of read\n");
explains('billing', 'account show other', 1,
    "refused: 550 not-found account other\n" . place('billing', 'names'));
explains('billing', 'account show veteran', 1,
    "refused: 550 not-found account veteran\n" . place('billing', 'uid'));
explains('all', 'account show veteran', 0, "allowed\n" .
    place('all', 'allow') . place('all', 'read'));
explains('billing', 'group show ftp', 0, qr/^allowed\n/);
explains('billing', 'group show project', 1, qr/^refused: 550 not-found/);
explains('billing', 'alias show CUST-news', 0, qr/^allowed\n/);
explains('billing', 'alias show other', 1,
    "refused: 550 not-found alias other\n" . place('billing', 'aliases'));
explains('billing', 'watch since=0', 0, qr/^allowed\n/);
explains('plain', 'account list prefix=x', 0, qr/^allowed\n/);
explains('plain', 'account show cust-a', 1,
    "refused: 550 denied plain may not do that\n" .
    place('plain', 'allow'));

# For programs.
my ($status, $out) = $daemon->ctl('-j', 'explain', 'billing',
    'account create cust-x uid=20000');
is($status, 1, 'JSON: refused');
is_deeply(decode_json($out), { ok => JSON::PP::false, text => 'refused',
    records => [
	{ record => 'decision', verdict => 'refused', code => 550,
	    word => 'denied', text => 'uid 20000 is outside 10000 to 10999' },
	{ record => 'clause', file => $daemon->{config},
	    line => line_of('billing', 'uid'), clause => 'uid' },
    ] }, 'and why');
($status, $out) = $daemon->ctl('-j', 'explain', 'billing', 'noop');
is(decode_json($out)->{records}[0]{word}, 'unknown-request',
    'JSON: no request');

# The manual page has it right.
my $manual = new_daemon($root, name => 'manual',
    clients => { billing => { allow => '{ account, group }',
	groups => '{ ftp }', uid => '10000 to 19999' } });
$daemon->stop;
$manual->start;
my ($example) = slurp("$FindBin::Bin/../../man/dwservctl.8") =~
    /^(# dwservctl explain .*?)^\.Ed$/ms;
my @said = split /^# /m, $example;
is(shift @said, '', 'there is an example');
is(scalar @said, 3, 'of three commands');
for (@said) {
	my ($client, $request, $expected) =
	    /^dwservctl explain (\S+) '(.*)'\n(.*)\z/s or die $_;
	my ($status, $out) = $manual->ctl('explain', $client, $request);

	is($out =~ s/^\Q$manual->{config}\E/\/etc\/dwserv.conf/gmr,
	    $expected, "the manual page: $request");
	is($status, $expected =~ /^allowed/ ? 0 : 1, 'and its status');
}
is($manual->stop, 0, 'the end of that');
$daemon->start;

# What is no question.
for my $case ([ 'nosuch', 'account list' ], [ 'a b', 'account list' ],
    [ 'billing' ], [ 'billing', 'account', 'list' ],
    [ 'billing', 'account create x' x 1000 ]) {
	my ($status, $out, $err) = $daemon->ctl('explain', @$case);

	is($status, 2, 'no question: ' . substr "@$case", 0, 30);
	is($out, '', 'which has no answer');
	like($err, qr/^(?:usage|dwservctl): /, 'but a complaint');
}

is_deeply($root->checksums, $before, 'nothing has changed');
is(($daemon->status('commits'))[0]{count}, 0, 'nothing was committed');

# What others have changed meanwhile counts.
$root->write('passwd', $root->read('passwd') =~ s/^cust-a:.*\n//mr);
explains('billing', 'account lock cust-a', 1, qr/^refused: 550 not-found/);

is($daemon->stop, 0, 'the end');
($status) = $daemon->ctl('explain', 'billing', 'account list');
is($status, 3, 'without a daemon');
done_testing();
