#!/usr/bin/perl
#
# What other programs do to the files is in the ledger, and those who watch
# are told, also when nobody asks for anything.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Parity::Tools qw(run_tool tools_missing);
use Dwserv::Test;
use Dwserv::Test::Ledger qw(ledger_entries ledger_problems entry_of replay
    replayed edit_files);

my %content = %Dwserv::Test::Root::content;
my $root = new_root(map { $_ => $content{$_} =~
    s/^(?:[^:\n]*|[+-].*)\n//mgr } qw(passwd shadow group gshadow));
$root->write('aliases', "postmaster: root\n");
mkdir $root->path("/var$_") or die for '', '/mail', '/log';
my $allow = '{ account, group, alias, watch }';
my $daemon = start_daemon($root, clients => {
    billing => { allow => $allow },
    school => { allow => $allow, uid => '20000 to 29999' },
    blind => { allow => '{ account, watch }' } },
    more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;

# The entries since a number, without what differs each time.
sub entries_since
{
	my ($number) = @_;

	return map { my %entry = %$_;
	    delete @entry{qw(number sha256 client peer change)};
	    \%entry } grep { $_->{number} > $number &&
	    $_->{change} eq 'external' } ledger_entries($daemon);
}

sub last_number
{
	return (ledger_entries($daemon))[-1]{number};
}

# Do something, and compare with the entries that come of it, in any order,
# without those of secrets; they have to come within two seconds.
sub comes
{
	my ($name, $code, @expected) = @_;
	my $number = last_number();
	my $sorted = sub { join "\n", sort map { my $is = $_; join ' ', map {
	    "$_=$is->{$_}" } sort keys %$is } @_ };
	my @got;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$code->();
	my $began = now();
	my $expected = $sorted->(@expected);
	wait_for(sub {
		@got = grep { $_->{file} !~ /shadow/ } entries_since($number);
		return $sorted->(@got) eq $expected;
	}, 5);
	my $took = now() - $began;
	is($sorted->(@got), $expected, $name);
	cmp_ok($took, '<', 2.2, "$name: in two seconds");
	return map { ($_->{file} =~ /shadow/ ? $_ : ()) }
	    entries_since($number);
}

sub account
{
	my ($action, $login, $uid, %other) = @_;

	return { file => 'passwd', action => $action, login => $login,
	    uid => $uid, gid => $uid, gecos => '', home => "/home/$login",
	    shell => '/bin/sh', %other };
}

sub group
{
	my ($action, $group, $gid, $members) = @_;

	return { file => 'group', action => $action, group => $group,
	    gid => $gid, members => $members // '' };
}

# A watcher of everything that comes, and one that may see less.
my %watchers = map { $_ => $daemon->login(client => $_) }
    qw(billing school blind);
$_->send("watch\r\n") for values %watchers;
sub heard
{
	my ($client, $pattern) = @_;
	my $watcher = $watchers{$client};
	my $line = $watcher->read_line(5);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($line // '', $pattern, "$client is told");
}

# By hand, under the lock.  Nobody asks for anything meanwhile.
my @secrets = comes('an account that is added', sub {
	edit_files($root, passwd => sub {
	    $_ .= "kim:x:10050:10050:Kim \"K\" \\o/:/home/kim:/bin/sh\n" },
	    shadow => sub { $_ .= "kim:\$6\$aa\$secret:19700:0:99999:7:::\n" },
	    group => sub { $_ .= "kim:x:10050:\n" },
	    gshadow => sub { $_ .= "kim:!::\n" }) },
    account('added', 'kim', 10050, gecos => 'Kim "K" \\o/'),
    group('added', 'kim', 10050));
is_deeply([ sort map { $_->{file} } @secrets ], [ qw(gshadow shadow) ],
    'and what has secrets is named');
is_deeply([ map { grep { !/^(?:file|action|login|group|uid|time)\z/ }
    keys %$_ } @secrets ], [], 'but not told');
heard('billing', qr{^250-entry\ number=\d+\ time=\S+\ client=-
    \ change=external\ file=passwd\ action=added\ login=kim\ uid=10050
    \ gid=10050\ gecos="Kim\ \\"K\\"\ \\\\o/"\ home=/home/kim
    \ shell=/bin/sh\z}x);
comes('a change', sub { edit_files($root, passwd =>
    sub { s{^(kim:.*:)/bin/sh$}{$1/bin/bash}m }) },
    account('changed', 'kim', 10050, gecos => 'Kim "K" \\o/',
    shell => '/bin/bash'));
comes('another uid', sub { edit_files($root, passwd =>
    sub { s{^kim:x:10050:}{kim:x:20050:}m }) },
    account('changed', 'kim', 20050, gid => 10050, shell => '/bin/bash',
    gecos => 'Kim "K" \\o/'));
heard('school', qr/ action=changed login=kim uid=20050 /);
comes('a password', sub { edit_files($root, shadow =>
    sub { s{^kim:[^:]*:}{kim:\$6\$bb\$hidden:}m }) });
comes('members', sub { edit_files($root, group =>
    sub { s{^ftp:x:900:}{ftp:x:900:kim,boss}m }) },
    group('changed', 'ftp', 900, 'kim,boss'));
comes('aliases', sub { edit_files($root, aliases =>
    sub { s/root/kim, "|\/bin\/x \\"y\\""/; $_ .= "Sales:\n\tkim,\n\tboss\n" }) },
    { file => 'aliases', action => 'changed', alias => 'postmaster',
      targets => 'kim,|/bin/x "y"' },
    { file => 'aliases', action => 'added', alias => 'sales',
      targets => 'kim,boss' });
comes('another name', sub { edit_files($root, passwd =>
    sub { s{^kim:}{kimberly:}m }) },
    account('added', 'kimberly', 20050, gid => 10050,
    home => '/home/kim', shell => '/bin/bash', gecos => 'Kim "K" \\o/'),
    account('removed', 'kim', 20050, gid => 10050, shell => '/bin/bash',
    gecos => 'Kim "K" \\o/'));
comes('everything removed', sub {
	edit_files($root, map { $_ => sub { s/^kim(?:berly)?:.*\n//m;
	    s/kim,boss/boss/; s/^Sales.*//ms } }
	    qw(passwd shadow group gshadow aliases)) },
    account('removed', 'kimberly', 20050, gid => 10050,
    home => '/home/kim', shell => '/bin/bash', gecos => 'Kim "K" \\o/'),
    group('removed', 'kim', 10050), group('changed', 'ftp', 900, 'boss'),
    { file => 'aliases', action => 'removed', alias => 'sales',
      targets => 'kim,boss' });
comes('an order of lines, comments and what is no entry', sub {
	edit_files($root, passwd => sub {
	    $_ = join '', reverse split /^/; $_ .= "# more\nnothing\n\n" }) });
comes('more at once than one can look at', sub {
	edit_files($root, passwd => sub { $_ .= join '', map {
	    "m$_:x:${_}:${_}::/home/m$_:/bin/sh\n" } 21000 .. 21999 }) },
    map { account('added', "m$_", $_) } 21000 .. 21999);
comes('which go again', sub { edit_files($root, passwd =>
    sub { s/^m2\d{4}:.*\n//mg }) },
    map { account('removed', "m$_", $_) } 21000 .. 21999);

# With the programs themselves.
SKIP: {
	my $missing = tools_missing();
	skip $missing, 8 if defined $missing;
	my $tool = sub {
		my ($status, $output) = run_tool($root->path, [ @_ ]);
		is($status, 0, "$_[0]") or diag($output);
	};
	comes('useradd', sub { $tool->('useradd', '-u', 10077, '-m', '-G',
	    'users', '-s', '/bin/sh', 'tess') },
	    account('added', 'tess', 10077), group('added', 'tess', 10077),
	    group('changed', 'users', 100, 'veteran,tess'));
	comes('usermod', sub { $tool->('usermod', '-c', 'Tess', 'tess') },
	    account('changed', 'tess', 10077, gecos => 'Tess'));
	comes('userdel', sub { $tool->('userdel', '-r', 'tess') },
	    account('removed', 'tess', 10077, gecos => 'Tess'),
	    group('removed', 'tess', 10077),
	    group('changed', 'users', 100, 'veteran'));
}

# Under a stream of requests, and while the daemon is not there.
my @names = map { "r$_" } 1 .. 200;
my $number = last_number();
$session->send(join '', map { "account create $_ home=no\r\n" } @names);
edit_files($root, passwd => sub {
    $_ .= "sly:x:10066:10066::/home/sly:/bin/sh\n" });
$session->read_reply for @names;
ok(wait_for(sub { grep { ($_->{login} // '') eq 'sly' }
    entries_since($number) }, 3), 'in the middle of requests');
is(scalar(entries_since($number)), 1, 'and what is our own is not external');
$_->close for values %watchers;
$daemon->stop;
edit_files($root, passwd => sub { s/^r7:.*\n//m; s/^sly:/slim:/m });
$number = last_number();
$daemon->start;
$session = $daemon->login;
is($session->ask('account show slim') =~ /^250/, 1, 'after a start');
my %known;
replay(\%known, $_) for ledger_entries($daemon);
my @is = sort map { join ':', (split /:/, $_, -1)[0, 2 .. 6] }
    grep { /^[a-z].*:/ } split /\n/, $root->read('passwd');
is_deeply([ replayed(\%known) ], \@is,
    'what is changed while dwserv is not there is told');

# What is odd in the files does no harm to the ledger.
$number = last_number();
edit_files($root, passwd => sub { $_ .= "odd1:x:abc:10:a:/:/bin/sh\n" .
    "odd2:x:10300-10400:10:a:/:/bin/sh\n" . "odd3:x::::\n" .
    "odd4:x:4294967296:10:a:/:/bin/sh\nodd5:x:-1:-1:a:/:/bin/sh\n" .
    "odd6:x:10301:10:a\tb\x01\x9b\xff\r:/:/bin/sh\n" .
    "odd7:x:10302:10:a\0b:/:/bin/sh\n" . "odd8:x:10303:10:" .
    'g' x 70000 . ":/:/bin/sh\n" . "odd 9:x:10304:10:uid=9 x=\"y:/:/bin/sh\n" },
    group => sub { $_ .= "oddg:x:xyz:\noddh:x:1-60000:\n" . "long:x:5555:" .
    join(',', map { "member$_" } 1 .. 20000) . "\n" });
ok(wait_for(sub { grep { ($_->{login} // '') =~ /^odd/ }
    entries_since($number) }, 3), 'odd lines are noticed');
my @odd = entries_since($number);
is_deeply([ ledger_problems($daemon) ], [], 'the ledger holds');
reply_is($session, 'account create after home=no', qr/^250 created /);
my $watcher = $daemon->login;
$watcher->send("watch since=$number follow=no\r\n");
my @told = $watcher->read_reply;
like($told[-1], qr/^250 watched last=\d+\z/, 'a watch passes over them');
is_deeply([ grep { /[^ -~]/ } @told ], [], 'in lines that are clean');
is(eval { $daemon->restart; 1 }, 1, 'and the daemon starts again')
    or diag($@);
if ($daemon->is_running) {
	$session = $daemon->login;
	reply_is($session, 'account create later home=no uid=10350',
	    qr/^250 created /, 'a line that looks like a range is none');
}

# What is told to whom.
$number = last_number();
edit_files($root, passwd => sub {
    $_ .= "inside:x:20001:20001::/home/inside:/bin/sh\n" .
    "outside:x:30001:30001::/home/outside:/bin/sh\n" .
    "system:x:77:77::/:/bin/sh\n" },
    shadow => sub { $_ .= "inside:\$6\$cc\$veiled:1::::::\n" },
    group => sub { $_ .= "ingroup:x:20002:\noutgroup:x:30002:\n" .
    "wheel:x:78:\n"; s/^users:.*/users:x:100:inside/m },
    aliases => sub { $_ .= "there: boss\n" });
ok(wait_for(sub { grep { ($_->{alias} // '') eq 'there' }
    entries_since($number) }, 3), 'more is noticed');
my %sees = (billing => [ qw(ingroup inside outgroup outside there users) ],
    school => [ qw(ingroup inside there users) ],
    blind => [ qw(ingroup inside outgroup outside users) ]);
for my $client (sort keys %sees) {
	$watcher = $daemon->login(client => $client);
	$watcher->send("watch since=$number follow=no\r\n");
	my @entries = grep { defined } map { entry_of($_) }
	    $watcher->read_reply;
	is_deeply([ sort map { $_->{login} // $_->{group} // $_->{alias} }
	    @entries ], $sees{$client}, "what $client sees");
}
my $all = join '', map { slurp($_) } glob "$daemon->{state}/ledger/*";
unlike($all, qr/secret|hidden|veiled|\$6\$/, 'no hash is in the ledger');

done_testing();
