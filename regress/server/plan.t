#!/usr/bin/perl
#
# plan: what a request would change, line by line and home by home, for each
# kind of request; nothing is changed by it, nothing used up, no secret shown.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $root = new_root(aliases => "postmaster: root\nsales: alice,\n\tbob\n",
    passwd => with_more($content{passwd},
	"odd:x:10600:100:\xe9\tx:/home/odd:/bin/sh"));
my $daemon = start_daemon($root, global => { 'timeout lock' => 2 },
    clients => {
	billing => { allow => '{ account, group, alias }' },
	other => { allow => '{ account, group, alias }' },
	reader => { allow => '{ account show }' },
    }, more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;
my $other = $daemon->login(client => 'other');
my $day = days_today();
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my $prepared = crypt 'sesame', '$6$rounds=1000$abcdefgh$';

replies($session,
    "account create alice hash=$hash groups=ftp,users" => qr/^250 created /,
    'account create bob' => qr/^250 created /,
    'account create carol' => qr/^250 created /,
    "account modify carol gecos=\"a b\"" => qr/^250 changed /,
    'group create sales gid=10900' => qr/^250 created group=sales /);

sub ask_lines
{
	my ($from, $line) = @_;

	$from->send("$line\n");
	return [ $from->read_reply ];
}

# Ask for a plan, which changes nothing and shows this; then do it, and see
# that just that changes.  A line is [ file, old, new ], with undef for
# none, or a text as it is.
sub plans
{
	my ($line, $reply, @expected) = @_;
	my $before = everything($root);
	my $name = length $line > 60 ? substr($line, 0, 57) . '...' : $line;
	my @lines = map { ref $_ ? "250-line file=$_->[0]" .
	    (defined $_->[1] ? ' old=' . word($_->[1]) : '') .
	    (defined $_->[2] ? ' new=' . word($_->[2]) : '') :
	    "250-$_" } @expected;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $got = ask_lines($session, "plan $line");
	is_deeply([ sort @$got ], [ sort @lines, '250 planned lines=' .
	    @lines ], "plan $name") or diag(join "\n", @$got);
	is($got->[-1], '250 planned lines=' . @lines, 'its end');
	is_deeply(everything($root), $before, "plan $name: nothing changed");
	my %files = map { $_ => $root->read($_) } @Dwserv::Test::Change::files;
	reply_is($session, $line, $reply);
	for my $file (sort keys %files) {
		my %old = map { $_ => 1 } split /\n/, $files{$file};
		my %new = map { $_ => 1 } split /\n/, $root->read($file);
		next if $file eq 'aliases';

		is_deeply([ sort(map({ hidden($file, $_) } grep { !$new{$_} }
		    keys %old), map { hidden($file, $_) } grep { !$old{$_} }
		    keys %new) ], [ sort grep { defined } map {
		    ref $_ && $_->[0] eq $file ? @$_[1, 2] : () }
		    @expected ], "$name: $file is as planned");
	}
}

sub word
{
	my ($text) = @_;

	return $text =~ m{^[^\s"\\]+\z} ? $text :
	    '"' . $text =~ s/(["\\])/\\$1/gr . '"';
}

sub hidden
{
	my ($file, $line) = @_;

	return $line unless $file eq 'shadow';
	return $line =~ s/^([^:]*:!*)[\$][^:]*/$1*hidden*/r;
}

# Each kind of request.
my $alice = 'alice:x:10000:10000::/home/alice:/bin/sh';
plans("account create dora hash=$prepared groups=ftp",
    '250 created login=dora uid=10003 gid=10003 home=/home/dora ' .
    'shell=/bin/sh',
    [ passwd => undef, 'dora:x:10003:10003::/home/dora:/bin/sh' ],
    [ shadow => undef, "dora:*hidden*:$day:0:99999:7:::" ],
    [ group => 'ftp:x:900:alice', 'ftp:x:900:alice,dora' ],
    [ group => undef, 'dora:x:10003:' ],
    [ gshadow => 'ftp:!::alice', 'ftp:!::alice,dora' ],
    [ gshadow => undef, 'dora:!::' ],
    'home action=make path=/home/dora');
plans('account create erin home=no group=sales',
    qr/^250 created login=erin uid=10004 /,
    [ passwd => undef, 'erin:x:10004:10900::/home/erin:/bin/sh' ],
    [ shadow => undef, "erin:!:$day:0:99999:7:::" ]);
plans('account ensure erin gecos="E E" home=/home/e',
    qr/^250 changed login=erin /,
    [ passwd => 'erin:x:10004:10900::/home/erin:/bin/sh',
	'erin:x:10004:10900:E E:/home/e:/bin/sh' ]);
plans('account ensure erin gecos="E E" home=/home/e',
    '250 unchanged login=erin');
plans('account modify alice uid=10100 gecos="say \"hi\"" groups-=users ' .
    'expire=2031-12-31 home=/home/moved move=yes',
    qr/^250 changed login=alice uid=10100 /,
    [ passwd => $alice,
	'alice:x:10100:10000:say "hi":/home/moved:/bin/sh' ],
    [ shadow => "alice:*hidden*:$day:0:99999:7:::",
	"alice:*hidden*:$day:0:99999:7::22644:" ],
    [ group => 'users:x:100:veteran,alice', 'users:x:100:veteran' ],
    [ gshadow => 'users:*::veteran,alice', 'users:*::veteran' ],
    'home action=move path=/home/alice to=/home/moved');
plans('account modify alice uid=10101', qr/^250 changed login=alice /,
    [ passwd => 'alice:x:10100:10000:say "hi":/home/moved:/bin/sh',
	'alice:x:10101:10000:say "hi":/home/moved:/bin/sh' ],
    'home action=change path=/home/moved');
plans('account rename alice name=fay home=move',
    '250 renamed login=fay uid=10101 home=/home/fay',
    [ passwd => 'alice:x:10101:10000:say "hi":/home/moved:/bin/sh', undef ],
    [ passwd => undef, 'fay:x:10101:10000:say "hi":/home/fay:/bin/sh' ],
    [ shadow => "alice:*hidden*:$day:0:99999:7::22644:", undef ],
    [ shadow => undef, "fay:*hidden*:$day:0:99999:7::22644:" ],
    [ group => 'ftp:x:900:alice,dora', 'ftp:x:900:dora,fay' ],
    [ gshadow => 'ftp:!::alice,dora', 'ftp:!::dora,fay' ],
    'home action=move path=/home/moved to=/home/fay');
my $fay = "fay:*hidden*:$day:0:99999:7::22644:";
plans("account password bob hash=$prepared", '250 changed login=bob',
    [ shadow => "bob:!:$day:0:99999:7:::",
	"bob:*hidden*:$day:0:99999:7:::" ]);
plans('account lock bob', '250 locked login=bob',
    [ shadow => "bob:*hidden*:$day:0:99999:7:::",
	"bob:!*hidden*:$day:0:99999:7:::" ]);
plans('account lock bob', '250 unchanged login=bob');
plans('account unlock bob', '250 unlocked login=bob',
    [ shadow => "bob:!*hidden*:$day:0:99999:7:::",
	"bob:*hidden*:$day:0:99999:7:::" ]);
my $awake = 'fay:x:10101:10000:say "hi":/home/fay:/bin/sh';
plans('account suspend fay', '250 suspended login=fay',
    [ passwd => $awake, $awake =~ s{/bin/sh\z}{/usr/sbin/nologin}r ],
    [ shadow => $fay, $fay =~ s/:\*hidden/:!*hidden/r =~ s/22644/1/r ]);
plans('account resume fay', '250 resumed login=fay',
    [ passwd => $awake =~ s{/bin/sh\z}{/usr/sbin/nologin}r, $awake ],
    [ shadow => $fay =~ s/:\*hidden/:!*hidden/r =~ s/22644/1/r, $fay ]);
plans('account delete erin', qr/^250 deleted login=erin /,
    [ passwd => 'erin:x:10004:10900:E E:/home/e:/bin/sh', undef ],
    [ shadow => "erin:!:$day:0:99999:7:::", undef ]);
plans('account delete carol home=remove', qr/^250 deleted login=carol /,
    [ passwd => 'carol:x:10002:10002:a b:/home/carol:/bin/sh', undef ],
    [ shadow => "carol:!:$day:0:99999:7:::", undef ],
    [ group => 'carol:x:10002:', undef ],
    [ gshadow => 'carol:!::', undef ],
    'home action=remove path=/home/carol');
plans('group create web', '250 created group=web gid=10004',
    [ group => undef, 'web:x:10004:' ], [ gshadow => undef, 'web:!::' ]);
plans('group add web login=bob', '250 added group=web login=bob',
    [ group => 'web:x:10004:', 'web:x:10004:bob' ],
    [ gshadow => 'web:!::', 'web:!::bob' ]);
plans('group add web login=bob', '250 unchanged group=web login=bob');
plans('group remove web login=bob', '250 removed group=web login=bob',
    [ group => 'web:x:10004:bob', 'web:x:10004:' ],
    [ gshadow => 'web:!::bob', 'web:!::' ]);
plans('group modify bob gid=10300 files=change',
    '250 changed group=bob gid=10300',
    [ passwd => 'bob:x:10001:10001::/home/bob:/bin/sh',
	'bob:x:10001:10300::/home/bob:/bin/sh' ],
    [ group => 'bob:x:10001:', 'bob:x:10300:' ],
    'home action=change path=/home/bob');
plans('group rename web name=www', '250 renamed group=www gid=10004',
    [ group => 'web:x:10004:', undef ], [ group => undef, 'www:x:10004:' ],
    [ gshadow => 'web:!::', undef ], [ gshadow => undef, 'www:!::' ]);
plans('group delete www', '250 deleted group=www gid=10004',
    [ group => 'www:x:10004:', undef ], [ gshadow => 'www:!::', undef ]);
plans('alias set new targets=a,b', '250 set name=new targets=a,b',
    [ aliases => undef, 'new: a, b' ]);
plans('alias add sales targets=carol',
    '250 added name=sales targets=alice,bob,carol',
    [ aliases => 'sales: alice, ?bob', 'sales: alice, ?bob, carol' ]);
plans('alias remove sales targets=alice,carol',
    '250 removed name=sales targets=bob',
    [ aliases => 'sales: alice, ?bob, carol', 'sales: ?bob' ]);
plans('alias delete new', '250 deleted name=new',
    [ aliases => 'new: a, b', undef ]);
my $got = ask_lines($session, 'plan account delete dora home=archive ' .
    'aliases=remove');
my $away = 'action=archive path=/home/dora to=/home/.archive';
like((grep { /^250-home / } @$got)[0],
    qr{^250-home \Q$away\E/\d{4}-\d\d-\d\d/dora-10003\z},
    'a plan to put a home away');

# What cannot be in a reply is not.
$got = ask_lines($session, 'plan account modify odd gecos=even');
like($got->[0], qr{^250-line file=passwd old="?odd:x:10600:100:\?\?x:},
    'octets that a reply cannot hold');

# A password is hashed, and not shown; nor is one that is there.
for my $line ('account create gus password=sesame home=no',
    'account password bob password=sesame', "account password bob hash=$hash",
    'account ensure gus password=sesame home=no',
    'account rename bob name=rob', 'account delete bob') {
	$got = join "\n", @{ask_lines($session, "plan $line")};
	like($got, qr/:\*hidden\*:/, "plan $line: hidden");
	unlike($got, qr/sesame|[\$](?:6|y)[\$]/, "plan $line: no secret");
}

# Nothing is used up: neither uid nor gid, nor a key, nor a log.
my ($next) = $session->ask('account create gus home=no') =~ / uid=(\d+) /;
for (1 .. 5) {
	like(ask_lines($session, 'plan account create hal home=no')->[0],
	    qr/new=hal:x:@{[$next + 1]}:/, 'the same uid again');
	like(ask_lines($session, 'plan group create things gid=10400')->[0],
	    qr/new=things:x:10400:/, 'the same gid again');
	$session->ask('plan account modify gus uid=10401');
	$session->ask('plan account delete gus');
}
refuses($root, $session,
    'account create hal uid=10401 gecos=a:b' => qr/^501 invalid gecos: /);
replies($session,
    'account create hal uid=10401 home=no' => qr/^250 created .* uid=10401 /,
    'group create things gid=10400' => '250 created group=things gid=10400');
my $ledger = slurp("$daemon->{state}/ledger/00000001");
is(scalar(() = $ledger =~ / change=account\.create login=hal /g), 1,
    'a plan is not in the ledger');
unlike($ledger, qr/ login=jane /, 'not even one that was never done');

# The error that the request would get.
refuses($root, $session,
    'plan' => '501 missing-argument request',
    'plan nothing' => qr/^500 unknown-request /,
    'plan noop' => qr/^500 unknown-request /,
    'plan account create' => '501 missing-argument login',
    'plan account create bob' => '550 exists account bob',
    'plan account create x uid=10001' => qr/^550 (?:exists|retired) uid 10001/,
    'plan account create x uid=1' => qr/^550 denied uid 1 /,
    'plan account create x shell=sh' => qr/^501 invalid shell: /,
    'plan account create x idem=k' => qr/^501 invalid idem/,
    'plan account delete root' => qr/^550 protected account root /,
    'plan account delete nosuch' => '550 not-found account nosuch',
    'plan group delete sudo' => qr/^550 protected group sudo /,
    'plan group delete bob' =>
	'550 primary group bob is the primary group of bob',
    'plan alias delete nosuch' => '550 not-found alias nosuch',
    'plan alias set x targets="|x"' => qr/^550 denied /,
    'plan account show bob' => qr/^501 invalid plan/,
    'plan account list' => qr/^501 invalid plan/,
    'plan commit' => qr/^503 no-transaction/,
    'plan plan account delete bob' => qr/^500 unknown-request /);
my $process = start_process(10001);
refuses($root, $session, 'plan account delete bob' =>
    "550 busy process $process of account bob is running");
end_process($process);
refuses($root, $daemon->login(client => 'reader'), 'plan account delete bob' =>
    '550 denied reader may not do that');
my $anonymous = $daemon->connect;
$anonymous->read_line;
refuses($root, $anonymous, 'plan account delete bob' => qr/^530 auth-required/);

# While another program holds the locks, plans go on; changes do not.
spill($root->etc('passwd.lock'), "$$\0");
my $began = now();
like(ask_lines($session, 'plan account create ivan')->[-1],
    qr/^250 planned lines=5\z/, 'a plan needs no lock');
ok(now() - $began < 1, 'and does not wait for one');
like($session->ask('account create ivan'), qr/^450 locked /, 'a change does');
unlink $root->etc('passwd.lock') or die;

# What others have changed is seen.
$root->write('passwd', with_lines($root->read('passwd'),
    newer => 'newer:x:10700:100::/home/newer:/bin/sh'));
is_deeply(ask_lines($session, 'plan account modify newer gecos=N'),
    [ '250-line file=passwd old=newer:x:10700:100::/home/newer:/bin/sh ' .
    'new=newer:x:10700:100:N:/home/newer:/bin/sh', '250 planned lines=1' ],
    'a line that another program has written');

# Plans and changes in one stream, each of its own moment.
$session->send(join '', map { "$_\n" } 'plan account create jane home=no',
    'account create jane home=no', 'plan account delete jane',
    'plan account create jane', 'account delete jane',
    'plan account create kim home=no');
my @ends = map { scalar $session->read_reply } 1 .. 6;
is_deeply([ map { join ' ', (split)[0, 1] } @ends ], [ '250 planned',
    '250 created', '250 planned', '550 exists', '250 deleted',
    '250 planned' ], 'plans between changes');

# A whole transaction, which stays open.
my $before = everything($root);
replies($session, 'begin' => '250 begun',
    'account create lea home=no' => '250 queued request=1',
    'account modify lea gecos=L' => '250 queued request=2',
    'alias set lea targets=lea@example.net' => '250 queued request=3',
    'plan account create mia' => qr/^503 in-transaction/);
for (1 .. 2) {
	$got = ask_lines($session, 'plan commit');
	is(scalar(grep { /new="?lea:x:\d+:\d+:L:/ } @$got), 1,
	    'the whole of it, as it will be');
	is(scalar(grep { /^250-line file=aliases new="lea: / } @$got), 1,
	    'in all files');
	is($got->[-1], '250 planned lines=5', 'its end');
	is_deeply(everything($root), $before, 'nothing changed');
}
$got = ask_lines($session, 'commit');
is($got->[-1], '250 committed count=3', 'and then it is done');
replies($session, 'begin' => '250 begun',
    'account create nina home=no' => '250 queued request=1',
    'account create bob' => '250 queued request=2');
$before = everything($root);
$got = ask_lines($session, 'plan commit');
is_deeply($got, [ '550 aborted request=2 code=550 word=exists ' .
    'text="account bob"' ], 'one that would fail');
is_deeply(everything($root), $before, 'nothing changed');
like($session->ask('abort'), qr/^250 aborted count=2\z/, 'and is still open');

# Many of them from two sides, while others change things.
my @lines = map { "plan account create z$_ home=no" } 1 .. 200;
$session->send(join '', map { "$_\n" } @lines);
$other->send(join '', map { "account create y$_ home=no\n" } 1 .. 100);
my @planned = map { scalar $session->read_reply } @lines;
my @made = map { scalar $other->read_reply } 1 .. 100;
is(scalar(grep { /^250 planned lines=4\z/ } @planned), 200, '200 plans');
is(scalar(grep { /^250 created / } @made), 100, '100 changes meanwhile');
is_deeply([ $root->lines('passwd', 'z1') ], [], 'and none that was planned');

done_testing();
