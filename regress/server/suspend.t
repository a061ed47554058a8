#!/usr/bin/perl
#
# account suspend and resume: whatever the state of an account was, it is so
# again, to the octet; across restarts, crashes, other names and uids.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my $day = days_today();
# login => [ state, shell, fields of shadow, the same when suspended ];
# without shadow, the fields are the secret in passwd.
my %accounts = (
	active => [ 'active', '/bin/sh', "$hash:19000:1:2:3:4::5",
	    "!$hash:19000:1:2:3:4:1:5" ],
	future => [ 'active', '/bin/false', "$hash:19000:0:99999:7::30000:",
	    "!$hash:19000:0:99999:7::1:" ],
	locked => [ 'locked', '/bin/sh', "!$hash:19000:0:99999:7:::",
	    "!!$hash:19000:0:99999:7::1:" ],
	twice => [ 'locked', '/bin/sh', "!!$hash:19000:0:99999:7:::",
	    "!!!$hash:19000:0:99999:7::1:" ],
	expired => [ 'expired', '/bin/sh', "$hash:19000:0:99999:7::19000:",
	    "!$hash:19000:0:99999:7::1:" ],
	dead => [ 'expired', '/usr/sbin/nologin',
	    "!$hash:19000:0:99999:7::1:", "!!$hash:19000:0:99999:7::1:" ],
	zero => [ 'expired', '/bin/sh', "$hash:19000:0:99999:7::0:",
	    "!$hash:19000:0:99999:7::1:" ],
	never => [ 'no-password', '/bin/sh', '!:19000:0:99999:7:::',
	    '!!:19000:0:99999:7::1:' ],
	star => [ 'no-password', '', '*:19000:0:99999:7:::',
	    '!*:19000:0:99999:7::1:' ],
	empty => [ 'no-password', '/bin/sh', ':19000:0:99999:7:::',
	    '!:19000:0:99999:7::1:' ],
	short => [ 'active', '/bin/sh', "$hash:19000:0:99999",
	    "!$hash:19000:0:99999" ],
	plain => [ 'active', '/bin/sh', undef, $hash, "!$hash" ],
	bare => [ 'no-password', '/bin/sh', undef, 'x', 'x' ],
);
my @logins = sort keys %accounts;
my %uid = map { $logins[$_] => 10000 + $_ } 0 .. $#logins;

sub passwd_line
{
	my ($login, $suspended) = @_;
	my (undef, $shell, $fields, @secrets) = @{$accounts{$login}};

	return "$login:" . (defined $fields ? 'x' : $secrets[$suspended]) .
	    ":$uid{$login}:100:Gecos of $login:/home/$login:" .
	    ($suspended ? '/usr/sbin/nologin' : $shell);
}

sub shadow_line
{
	my ($login, $suspended) = @_;
	my $fields = $accounts{$login}[$suspended ? 3 : 2];

	return defined $accounts{$login}[2] ? "$login:$fields" : undef;
}

my $root = new_root(
    passwd => $content{passwd} =~ s/^(?=\+\@)/join '',
	map { passwd_line($_, 0) . "\n" } @logins/emr,
    shadow => $content{shadow} =~ s/^(?=\+)/join '', map { "$_\n" }
	grep { defined } map { shadow_line($_, 0) } @logins/emr);
my $daemon = start_daemon($root, accounts => {
    shells => '{ "/bin/sh", "/bin/false", "/usr/sbin/nologin" }' },
    clients => { billing => { allow => '{ account }' },
	narrow => { allow => '{ account suspend }',
	uid => '10000 to 10001' } });
my $session = $daemon->login;
my $kept = "$daemon->{state}/suspended";
my $before = $root->snapshot;

sub all_are
{
	my ($name, $state) = @_;
	my @shown = map { my ($line) = $session->ask("account show $_");
	    $line =~ / state=(\S+)\z/ ? "$_ $1" : $line } @logins;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply(\@shown, [ map { "$_ " . ($state // $accounts{$_}[0]) }
	    @logins ], "$name: shown");
	$session->send('account list uid=10000-10099' .
	    (defined $state ? " state=$state" : '') . "\n");
	my @lines = $session->read_reply;
	is_deeply([ sort map { / login=(\S+) .* state=(\S+)\z/ ? "$1 $2" :
	    () } @lines ], \@shown, "$name: listed");
}

sub names_kept
{
	return -e $kept ? join ' ', sort map { /^([^:]+)/ } split /\n/,
	    slurp($kept) : '';
}

all_are('at first');

# One after the other: what suspend changes, and that resume undoes it.
for my $login (@logins) {
	my %suspended = (passwd => [ $login => passwd_line($login, 1) ],
	    defined shadow_line($login, 1) ?
	    (shadow => [ $login => shadow_line($login, 1) ]) : ());

	changes($root, $session, "account suspend $login",
	    "250 suspended login=$login", %suspended);
	reply_is($session, "account show $login", qr/ state=suspended\z/);
	keeps($root, $session,
	    "account suspend $login" => "250 unchanged login=$login");
	reply_is($session, "account resume $login",
	    "250 resumed login=$login");
	is_deeply($root->snapshot, $before, "$login: all is as it was");
	keeps($root, $session,
	    "account resume $login" => "250 unchanged login=$login");
}
all_are('after all of them');
is(names_kept(), '', 'nothing is kept of them');

# All of them at once; restarted, crashed, and resumed.
my @replies = $session->pipeline(map { "account suspend $_" } @logins);
is(scalar(grep { /^250 suspended / } @replies), scalar @logins,
    'all are suspended');
all_are('suspended', 'suspended');
is(names_kept(), join(' ', @logins), 'what they were is kept');
is((stat $kept)[2] & 07777, 0600, 'for root alone');
$daemon->restart;
$session = $daemon->login;
all_are('suspended, restarted', 'suspended');
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
all_are('suspended, after a crash', 'suspended');
@replies = $session->pipeline(map { "account resume $_" } reverse @logins);
is(scalar(grep { /^250 resumed / } @replies), scalar @logins,
    'all are resumed');
is_deeply($root->snapshot, $before, 'all is as it was');
all_are('resumed');
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
all_are('resumed, after a crash');
is_deeply($root->snapshot, $before, 'and is as it was');
is(names_kept(), '', 'nothing is kept of them');

# Both in one commit leave nothing.
@replies = $session->pipeline(('account suspend active',
    'account resume active') x 3);
is_deeply(\@replies, [ ('250 suspended login=active',
    '250 resumed login=active') x 3 ], 'to and fro');
is_deeply($root->snapshot, $before, 'all is as it was');

# What is refused meanwhile, and what is not.
reply_is($session, 'account suspend active', '250 suspended login=active');
refuses($root, $session, map { ($_ =>
    '550 suspended account active: resume it first') }
    'account password active password=x',
    "account password active hash=$hash", 'account lock active',
    'account unlock active', 'account modify active shell=/bin/sh',
    'account modify active expire=never',
    'account modify active gecos=x expire=2030-01-01');
changes($root, $session, 'account modify active gecos=new warn=9 ' .
    'groups+=ftp', qr/^250 changed login=active /,
    passwd => [ active => passwd_line('active', 1) =~
	s/Gecos of active/new/r ],
    shadow => [ active => "active:!$hash:19000:1:2:9:4:1:5" ],
    group => [ ftp => 'ftp:x:900:active' ],
    gshadow => [ ftp => 'ftp:!::active' ]);
reply_is($session, 'account show active',
    qr/ gecos=new .* shell=\/usr\/sbin\/nologin state=suspended\z/);

# Another uid, another name, and the way back.
replies($session,
    'account modify active uid=10200' =>
	qr/^250 changed login=active uid=10200 /,
    'account show active' => qr/ state=suspended\z/,
    'account rename active name=awake' => qr/^250 renamed login=awake /,
    'account show awake' => qr/ uid=10200 .* state=suspended\z/,
    'account suspend awake' => '250 unchanged login=awake');
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
replies($session,
    'account show awake' => qr/ state=suspended\z/,
    'account resume awake' => '250 resumed login=awake',
    'account show awake' => qr/ shell=\/bin\/sh state=active\z/);
is($root->line('passwd', 'awake'),
    'awake:x:10200:100:new:/home/active:/bin/sh', 'passwd');
is($root->line('shadow', 'awake'), "awake:$hash:19000:1:2:9:4::5", 'shadow');

# One that is deleted is no more; one of its name is another.
replies($session,
    'account suspend awake' => '250 suspended login=awake',
    'account delete awake' => '250 deleted login=awake uid=10200');
is(names_kept(), '', 'nothing is kept of it');
replies($session,
    "account create awake home=no hash=$hash" => qr/^250 created /,
    'account show awake' => qr/ state=active\z/,
    'account resume awake' => '250 unchanged login=awake');

# Deleted and made again by other programs, with another uid: not it, either.
reply_is($session, 'account suspend future', '250 suspended login=future');
$root->write('passwd', with_lines($root->read('passwd'),
    future => 'future:x:10300:100::/home/future:/bin/sh'));
$root->write('shadow', with_lines($root->read('shadow'),
    future => "future:$hash:19000:0:99999:7:::"));
ok(wait_for(sub { $session->ask('account show future') =~
    / state=active\z/ }, 5), 'another account of that name is active');
changes($root, $session, 'account resume future',
    '250 unchanged login=future');
replies($session,
    'account modify future uid=10301' => qr/^250 changed login=future /,
    'account show future' => qr/ state=active\z/,
    'account suspend future' => '250 suspended login=future',
    'account show future' => qr/ state=suspended\z/,
    'account resume future' => '250 resumed login=future');
is($root->line('shadow', 'future'), "future:$hash:19000:0:99999:7:::",
    'and its own secret comes back');

# Removed by another program: whoever gets the name is not suspended.
for my $login (qw(zero dead)) {
	reply_is($session, "account suspend $login",
	    "250 suspended login=$login");
	$root->write($_, with_lines($root->read($_), $login => undef))
	    for qw(passwd shadow);
}
replies($session,
    'account rename future name=zero' => qr/^250 renamed login=zero /,
    'account show zero' => qr/ state=active\z/,
    'account resume zero' => '250 unchanged login=zero',
    'account suspend zero' => '250 suspended login=zero',
    'account rename zero name=dead' => qr/^250 renamed login=dead /,
    'account show dead' => qr/ state=suspended\z/,
    'account resume dead' => '250 resumed login=dead',
    'account show dead' => qr/ shell=\/bin\/sh state=active\z/,
    "account create zero home=no hash=$hash" => qr/^250 created /,
    'account show zero' => qr/ state=active\z/);
is(names_kept(), '', 'nothing is kept of those that are gone');

# What other programs change meanwhile is not undone.
reply_is($session, 'account suspend locked', '250 suspended login=locked');
$root->write('passwd', with_lines($root->read('passwd'),
    locked => "locked:x:$uid{locked}:100::/home/locked:/bin/zsh"));
$root->write('shadow', with_lines($root->read('shadow'),
    locked => "locked:$hash:19500:0:99999:7::25000:"));
changes($root, $session, 'account resume locked', '250 resumed login=locked');
reply_is($session, 'account show locked', qr/ shell=\/bin\/zsh state=active\z/);

# Who is not to be suspended, and by whom.
refuses($root, $session,
    'account suspend' => '501 missing-argument login',
    'account resume' => '501 missing-argument login',
    'account suspend Twice' => qr/^501 invalid login: /,
    'account suspend twice until=never' => '501 unknown-argument until',
    'account resume twice shell=/bin/sh' => '501 unknown-argument shell',
    'account suspend nosuch' => '550 not-found account nosuch',
    'account resume nosuch' => '550 not-found account nosuch',
    'account suspend root' => qr/^550 protected account root /,
    'account resume mail' => qr/^550 protected account mail /,
    'account suspend boss' => '550 protected account boss is in group sudo',
    'account suspend veteran' => qr/^550 denied account veteran has uid /);
refuses($root, $daemon->login(client => 'narrow'),
    'account resume dead' => '550 denied narrow may not do that',
    'account suspend twice' => qr/^550 denied account twice has uid /);

# Without shadow, the lock is in passwd, and there is nothing to expire.
$session->close;
$daemon->stop;
unlink $root->etc('shadow'), $root->etc('gshadow');
$root->write('passwd', join '', map { "$_\n" } passwd_line('plain', 0));
$daemon->start;
$session = $daemon->login;
changes($root, $session, 'account suspend plain',
    '250 suspended login=plain', passwd => passwd_line('plain', 1) . "\n");
reply_is($session, 'account show plain', qr/ state=suspended\z/);
$daemon->restart;
$session = $daemon->login;
reply_is($session, 'account show plain', qr/ state=suspended\z/);
changes($root, $session, 'account resume plain', '250 resumed login=plain',
    passwd => passwd_line('plain', 0) . "\n");
reply_is($session, 'account show plain', qr/ state=active\z/);

my $ledger = slurp("$daemon->{state}/ledger/00000001");
like($ledger, qr/ change=account\.suspend login=dead uid=$uid{dead} /,
    'the ledger has those that were suspended');
like($ledger, qr/ change=account\.resume login=dead uid=$uid{dead} /,
    'and resumed');
unlike($ledger, qr/\$6\$/, 'but no secret');

done_testing();
