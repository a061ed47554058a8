#!/usr/bin/perl
#
# account delete: the home that is kept, removed or put away, the aliases
# that lead to the account, the processes that it has.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use POSIX qw(strftime);
use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $aliases = <<'END';
# mail for those who run the place
postmaster: root
alice: away@example.net
crew: alice, bob
lists: "alice" , carol,
	# in the middle
	alice2, \alice, ALICE
Only: alice
	
"Alice": bob
pipe: "|/bin/prog alice", alice@example.net, alice
chain: only
END
my $root = new_root(aliases => $aliases);
my $daemon = start_daemon($root, accounts => { uid => '10000 to 59999 reuse' },
    clients => {
	billing => { allow => '{ account, group, alias }',
	    groups => '{ ftp, mail, users, project, web }' },
	narrow => { allow => '{ account delete }', uid => '20000 to 20001' },
    }, more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;
my $home = $root->path('/home');
my $day = days_today();

# The day may change while this runs.
sub archived
{
	my ($name) = @_;
	my @found = map { strftime('%Y-%m-%d', gmtime time - $_) . "/$name" }
	    0, 60;

	my ($there) = grep { -e "$home/.archive/$_" } @found;
	return '.archive/' . ($there // $found[0]);
}

sub made
{
	my ($login, $arguments) = @_;
	my $reply = $session->ask("account create $login " .
	    ($arguments // ''));

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($reply, qr/^250 created login=$login /, "$login is made");
	my ($uid) = $reply =~ / uid=(\d+) /;
	return $uid;
}

# What an account leaves in the four files: nothing.
my @gone = (passwd => [ alice => undef ], shadow => [ alice => undef ]);

# The home is kept unless something else is said.
my $uid = made('alice', 'groups=ftp,users');
changes($root, $session, 'account delete alice',
    "250 deleted login=alice uid=$uid", @gone,
    group => [ alice => undef, ftp => 'ftp:x:900:',
	users => 'users:x:100:veteran' ],
    gshadow => [ alice => undef, ftp => 'ftp:!::',
	users => 'users:*::veteran' ]);
is(home_facts($root, 'alice/.profile'), "100644 $uid $uid", 'kept');
system 'rm', '-r', "$home/alice";

# Put away: by day, login and uid, where only root can look, as it was.
$uid = made('alice', 'groups=ftp');
spill("$home/alice/file", 'precious');
mkdir "$home/alice/deep" or die;
symlink '/etc', "$home/alice/etc" or die;
chmod 0701, "$home/alice";
my $kept = everything($root);
changes($root, $session, 'account delete alice home=archive',
    "250 deleted login=alice uid=$uid", @gone,
    group => [ alice => undef, ftp => 'ftp:x:900:' ],
    gshadow => [ alice => undef, ftp => 'ftp:!::' ]);
is(home_facts($root, 'alice'), 'missing', 'not where it was');
my $first = archived("alice-$uid");
is(home_facts($root, $first), "40701 $uid $uid", 'but in the archive');
is(slurp("$home/$first/file"), 'precious', 'with all that was in it');
is(readlink "$home/$first/etc", '/etc', 'links, too');
is(home_facts($root, '.archive'), '40700 0 0', 'where only root can look');
is(home_facts($root, $first =~ s{/[^/]*\z}{}r), '40700 0 0',
    'and not at the days, either');
my $archive = everything($root);
is_deeply([ map { $archive->{"$home/$first$_"} } '', qw(/file /deep /etc
    /.profile /run /.config/empty) ], [ map { $kept->{"$home/alice$_"} } '',
    qw(/file /deep /etc /.profile /run /.config/empty) ],
    'modes, owners and contents are what they were');

# The same name with the same uid on the same day: both are there.
for my $round (2, 3) {
	is(made('alice'), $uid, "round $round: the uid is used again");
	spill("$home/alice/round", $round);
	reply_is($session, 'account delete alice home=archive',
	    "250 deleted login=alice uid=$uid");
}
my $pattern = $first =~ s{^}{$home/}r;
my @others = grep { $_ ne $pattern } glob "$pattern*";
is(scalar @others, 2, 'two more, under other names');
is(join(' ', sort map { slurp("$_/round") } @others), '2 3',
    'each with what was in it');
is(slurp("$home/$first/file"), 'precious', 'the first is as it was');
is(home_facts($root, 'alice'), 'missing', 'and nothing where they were');

# Deeper down, and what is not there.
mkdir "$home/class" or die;
$uid = made('bob', 'home=/home/class/bob');
reply_is($session, 'account delete bob home=archive',
    "250 deleted login=bob uid=$uid");
is(home_facts($root, archived("bob-$uid")), "40750 $uid $uid", 'from deeper');
$uid = made('bob', 'home=no');
reply_is($session, 'account delete bob home=archive',
    "250 deleted login=bob uid=$uid");
$uid = made('bob', 'home=/home/class/bob');
system 'rm', '-r', "$home/class";
reply_is($session, 'account delete bob home=archive',
    "250 deleted login=bob uid=$uid");

# What is not the account's is not put away, and nothing else is done.
$uid = made('bob', 'home=no');
mkdir "$home/bob" or die;
refuses($root, $session, map { ("account delete bob home=$_" =>
    qr/^550 home-refused \/home\/bob: not the account's/) } qw(archive remove));
rmdir "$home/bob";
symlink 'veteran', "$home/bob" or die;
refuses($root, $session, map { ("account delete bob home=$_" =>
    qr/^550 home-refused \/home\/bob: /) } qw(archive remove));
unlink "$home/bob";
for my $other ('/srv/bob', '/home', '/home/../etc', '/') {
	$root->write('passwd', with_lines($root->read('passwd'),
	    bob => "bob:x:$uid:$uid\::$other:/bin/sh"));
	refuses($root, $session, 'account delete bob home=archive' =>
	    '550 home-refused the home directory is not below /home');
}
$root->write('passwd', with_lines($root->read('passwd'),
    bob => "bob:x:$uid:$uid\::/home/bob:/bin/sh"));
mkdir "$home/bob" or die;
chown $uid, $uid, "$home/bob";
rename "$home/.archive", "$home/archive" or die;
symlink 'veteran', "$home/.archive" or die;
my $reply = $session->ask('account delete bob home=archive');
is(home_facts($root, 'veteran/' . strftime('%Y-%m-%d', gmtime)), 'missing',
    'an archive that is a link is not followed');
ok(-d "$home/bob" || $reply =~ /^250 deleted .*home-error=/,
    'and the home is where it was') or diag($reply);
unlink "$home/.archive";
rename "$home/archive", "$home/.archive" or die;
$session->ask('account delete bob home=keep');
system 'rm', '-rf', "$home/bob";

# Many on one day, in one go.
my @logins = map { "m$_" } 1 .. 30;
my @replies = $session->pipeline(map { "account create $_" } @logins);
my %uids = map { / login=(\S+) uid=(\d+) / ? ($1 => $2) : () } @replies;
is(scalar keys %uids, 30, 'thirty are made');
@replies = $session->pipeline(map { "account delete $_ home=archive" }
    @logins);
is_deeply(\@replies, [ map { "250 deleted login=$_ uid=$uids{$_}" }
    @logins ], 'thirty are deleted');
is(scalar(grep { -f "$home/" . archived("$_-$uids{$_}") . '/.profile' }
    @logins), 30, 'thirty are put away');

# After a crash all is where it was said to be.
$kept = everything($root);
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
is_deeply(everything($root), $kept, 'all is there after a crash');

# Aliases: kept, unless it is said.
$uid = made('alice', 'home=no');
changes($root, $session, 'account delete alice aliases=keep',
    "250 deleted login=alice uid=$uid", @gone, group => [ alice => undef ],
    gshadow => [ alice => undef ]);
made('alice', 'home=no');
changes($root, $session, 'account delete alice aliases=remove',
    "250 deleted login=alice uid=$uid", @gone, group => [ alice => undef ],
    gshadow => [ alice => undef ], aliases => <<'END');
# mail for those who run the place
postmaster: root
crew: bob
lists: carol,
	# in the middle
	alice2
	
pipe: "|/bin/prog alice", alice@example.net
chain: only
END
made('alice', 'home=no');
changes($root, $session, 'account delete alice aliases=remove',
    "250 deleted login=alice uid=$uid", @gone, group => [ alice => undef ],
    gshadow => [ alice => undef ]);

# Processes.
$uid = made('dave');
my $process = start_process($uid);
refuses($root, $session, map { ("account delete dave$_" =>
    "550 busy process $process of account dave is running") }
    '', ' home=remove', ' home=archive aliases=remove', ' processes=refuse');
changes($root, $session, 'account delete dave processes=ignore home=archive',
    "250 deleted login=dave uid=$uid",
    map { $_ => [ dave => undef ] } qw(passwd shadow group gshadow));
ok(kill(0 => $process), 'the process is left alone');
end_process($process);
$uid = made('dave', 'home=/home/dave2');
$process = start_process($uid);
end_process($process);
changes($root, $session, 'account delete dave home=remove',
    "250 deleted login=dave uid=$uid",
    map { $_ => [ dave => undef ] } qw(passwd shadow group gshadow));

# What is wrong, and who may not.
$uid = made('erin', 'group=project');
$root->write('passwd', with_lines($root->read('passwd'),
    twin => 'twin:x:10700:100::/home/t:/bin/sh') =~
    s/^(twin:.*\n)/$1$1/mr);
refuses($root, $session,
    'account delete' => '501 missing-argument login',
    'account delete Erin' => qr/^501 invalid login: /,
    'account delete erin home=burn' =>
	'501 invalid home: must be keep, remove or archive',
    'account delete erin aliases=yes' =>
	'501 invalid aliases: must be keep or remove',
    'account delete erin processes=kill' =>
	'501 invalid processes: must be refuse or ignore',
    'account delete erin home=keep home=keep' => '501 repeated-argument home',
    'account delete erin uid=1' => '501 unknown-argument uid',
    'account delete nosuch' => '550 not-found account nosuch',
    'account delete twin' => qr/^550 duplicate \S*passwd /,
    'account delete root' => qr/^550 protected account root /,
    'account delete nobody home=archive' => qr/^550 protected account nobody /,
    'account delete boss' => '550 protected account boss is in group sudo',
    'account delete veteran home=archive' =>
	qr/^550 denied account veteran has uid /);
refuses($root, $daemon->login(client => 'narrow'),
    'account delete erin' => qr/^550 denied account erin has uid /);

# With aliases that cannot be changed, only what needs them is refused.
rename $root->etc('aliases'), $root->etc('real') or die;
symlink 'real', $root->etc('aliases') or die;
refuses($root, $session, 'account delete erin aliases=remove' =>
    qr/^550 bad-file \S*aliases /);
reply_is($session, 'account delete erin home=archive',
    "250 deleted login=erin uid=$uid");
$uid = made('erin', 'home=no');
refuses($root, $session, 'account delete erin aliases=remove' =>
    qr/^550 bad-file \S*aliases /);
reply_is($session, 'account delete erin', qr/^250 deleted login=erin /);
unlink $root->etc('aliases');
$uid = made('erin', 'home=no');
reply_is($session, 'account delete erin aliases=remove',
    "250 deleted login=erin uid=$uid", 'no aliases, nothing to remove');

my $ledger = slurp("$daemon->{state}/ledger/00000001");
like($ledger, qr/ change=account\.delete login=dave uid=\d+ gid=\d+ home=$_\b/,
    "the ledger has homes that were $_") for qw(archived removed);
like($ledger, qr/ change=account\.delete login=alice uid=\d+ gid=\d+ home=kept/,
    'the ledger has homes that were kept');

done_testing();
