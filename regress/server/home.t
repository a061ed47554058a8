#!/usr/bin/perl
#
# Home directories: what is in a new one and whose it is, where none is
# made, and what is never removed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Fcntl qw(:mode);
use File::Path qw(make_path);
use Test::More;

use Dwserv::Test;

enter_namespace('-m');

my $root = new_root();
my $daemon = start_daemon($root);
my $session = $daemon->login;
my $home = $root->path('/home');

# Mode, owner and group of something below the homes.
sub facts
{
	my ($name) = @_;
	my ($mode, $uid, $gid) = (lstat "$home/$name")[2, 4, 5];

	return 'missing' unless defined $mode;
	return sprintf '%o %d %d', $mode, $uid, $gid;
}

sub tree
{
	my ($path) = @_;
	my @found = -l $path || !-d $path ? () : map { my $name = $_;
	    ($name, map { "$name/$_" } tree("$path/$name")) }
	    do { opendir my $d, $path or die "$path: $!\n";
	    grep { !/^\.\.?\z/ } readdir $d };

	@found = sort @found;
	return @found;
}

sub is_refused
{
	my ($line, $expected) = @_;
	my $before = $root->checksums;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	reply_is($session, $line, $expected);
	is_deeply($root->checksums, $before, "$line: nothing changed");
}

# What skel has, with modes and times, but given to the account.
utime 1000000000, 1000000000, $root->path('/etc/skel/.profile');
chmod 0640, $root->path('/etc/skel/.config/empty');
chmod 04755, $root->path('/etc/skel/run');
reply_is($session, 'account create alice', qr/ uid=10000 /);
is(facts('alice'), '40750 10000 10000', 'the home: HOME_MODE');
is_deeply([ tree("$home/alice") ],
    [ '.config', '.config/empty', '.link', '.profile', 'run' ],
    'what is in it');
is(slurp("$home/alice/.profile"), "umask 027\n", 'a file');
is(facts('alice/.profile'), '100644 10000 10000', 'a file: owner and mode');
is((stat "$home/alice/.profile")[9], 1000000000, 'a file: its time');
is(facts('alice/.config'), '40700 10000 10000', 'a directory');
is(facts('alice/.config/empty'), '100640 10000 10000', 'a file in it');
is(facts('alice/run'), '100755 10000 10000', 'no set-user-id bit');
is(readlink "$home/alice/.link", '.profile', 'a link is a link');
is(facts('alice/.link'), '120777 10000 10000', 'a link is not followed');
is_deeply([ grep { !/^\.\.?\z/ } $root->names('/home/.dwserv') ], [],
    'nothing is left where it was built');
is(facts('.dwserv'), '40700 0 0', 'where only root can look');

# What skel has and is neither file, directory nor link is passed over.
require POSIX;
POSIX::mkfifo($root->path('/etc/skel/pipe'), 0644) or die "mkfifo: $!\n";
reply_is($session, 'account create fifo', qr/ uid=10001 /);
ok(!-e "$home/fifo/pipe", 'no fifo is copied');
unlink $root->path('/etc/skel/pipe');

# Other owners and other places.
reply_is($session, 'account create bob group=project', qr/ gid=5000 /);
is(facts('bob'), '40750 10002 5000', 'the home of a member of project');
make_path("$home/class/a");
reply_is($session, 'account create carol home=/home/class/a/carol',
    qr{ home=/home/class/a/carol });
is(facts('class/a/carol'), '40750 10003 10003', 'further down');
like($root->line('passwd', 'carol'), qr{:/home/class/a/carol:},
    'and in passwd');
reply_is($session, 'account create dave home=no', qr{ home=/home/dave });
is(facts('dave'), 'missing', 'none is made');
like($root->line('passwd', 'dave'), qr{:/home/dave:}, 'but passwd has it');

# What is in the way stays.
mkdir "$home/erin" or die;
spill("$home/frank", 'a file');
symlink "$home/nowhere", "$home/grace" or die;
is_refused("account create $_", "550 home-exists /home/$_ is already there")
    for qw(erin frank grace);
is_refused('account create heidi home=/home/alice',
    '550 home-exists /home/alice is already there');
is_refused('account create heidi home=/home/alice/heidi',
    qr{^550 home-refused /home/alice/heidi: });
is_refused('account create heidi home=/home/none/heidi',
    qr{^550 home-refused /home/none/heidi: });
is_refused('account create heidi home=/home/frank/heidi',
    qr{^550 home-refused /home/frank/heidi: });
chmod 0777, "$home/class";
is_refused('account create heidi home=/home/class/heidi',
    qr{^550 home-refused /home/class/heidi: });
chmod 0775, "$home/class";
is_refused('account create heidi home=/home/class/heidi',
    qr{^550 home-refused /home/class/heidi: });
chmod 0755, "$home/class";
symlink 'class', "$home/link" or die;
is_refused('account create heidi home=/home/link/heidi',
    qr{^550 home-refused /home/link/heidi: });
mkdir "$home/mounted" or die;
my ($status) = run_program('mount', '-t', 'tmpfs', '-o', 'mode=755',
    'tmpfs', "$home/mounted");
is($status, 0, 'a file system is mounted among the homes');
is_refused('account create heidi home=/home/mounted/heidi',
    qr{^550 home-refused /home/mounted/heidi: });
is_refused('account create mounted', qr{^550 home-exists /home/mounted });

# One that is refused does not spoil those that come with it.
my @replies = $session->pipeline('account create ivan',
    'account create erin', 'account create judy', 'account create frank',
    'account create kim');
is_deeply([ map { join ' ', (split)[1, 2] } @replies ],
    [ 'created login=ivan', 'home-exists /home/erin', 'created login=judy',
    'home-exists /home/frank', 'created login=kim' ],
    'some are refused, the others made');
is_deeply([ map { facts($_) =~ /^40750 / ? 1 : 0 } qw(ivan judy kim) ],
    [ 1, 1, 1 ], 'with their homes');
is_deeply([ $root->lines('passwd', 'erin'), $root->lines('group', 'frank') ],
    [], 'and no lines of the refused');

# Two in one batch that want the same place.
@replies = $session->pipeline('account create leo home=/home/shared',
    'account create mia home=/home/shared');
like($replies[0], qr/^250 created login=leo /, 'the first gets the place');
like($replies[1], qr/^550 home-exists /, 'the second does not');
is_deeply([ $root->lines('passwd', 'mia') ], [], 'and is not made');
is(facts('shared'), '40750 ' . join(' ', (split /:/,
    $root->line('passwd', 'leo'))[2, 3]), 'the place is the first one\'s');

# Removing: only the account's own directory.
reply_is($session, 'account create nina home=no', qr/^250 created /);
mkdir "$home/nina" or die;
is_refused('account delete nina home=remove',
    qr{^550 home-refused /home/nina: });
ok(-d "$home/nina", 'a directory of root stays');
chown((split /:/, $root->line('passwd', 'nina'))[2, 3], "$home/nina");
rename "$home/nina", "$home/nina.moved" or die;
symlink 'nina.moved', "$home/nina" or die;
is_refused('account delete nina home=remove',
    qr{^550 home-refused /home/nina: });
ok(-d "$home/nina.moved", 'what a link leads to stays');
unlink "$home/nina";
spill("$home/nina", 'a file');
chown((split /:/, $root->line('passwd', 'nina'))[2, 3], "$home/nina");
is_refused('account delete nina home=remove',
    qr{^550 home-refused /home/nina: });
unlink "$home/nina";
reply_is($session, 'account delete nina home=remove',
    qr/^250 deleted login=nina /);

# A home that is a mount point, or has one in it.
my ($uid, $gid) = (split /:/, $root->line('passwd', 'ivan'))[2, 3];
run_wanted('mount', '-t', 'tmpfs', '-o', "uid=$uid,gid=$gid", 'tmpfs',
    "$home/ivan");
is_refused('account delete ivan home=remove', qr{^550 home-refused /home/ivan: });
run_wanted('umount', "$home/ivan");
mkdir "$home/ivan/data" or die;
run_wanted('mount', '-t', 'tmpfs', 'tmpfs', "$home/ivan/data");
spill("$home/ivan/data/precious", 'x');
my $reply = $session->ask('account delete ivan home=remove');
like($reply, qr/^(?:250 deleted|550 home-refused)\b/,
    'a home with a mount in it');
my ($where) = glob("$home/ivan/data $home/.dwserv/*/data");
wait_for(sub { ($where) = grep { -f "$_/precious" }
    glob("$home/ivan/data $home/.dwserv/*/data $home/.dwserv/*") }, 5);
ok(defined $where && -f "$where/precious", 'what is mounted stays');
run_program('umount', $where) if defined $where;

# A home outside of the base was not made here, and stays.
$root->write('passwd', $root->read('passwd') =~
    s{^(judy:.*):/home/judy:}{$1:/srv/judy:}mr);
is_refused('account delete judy home=remove', qr/^550 home-refused /);
$root->write('passwd', $root->read('passwd') =~
    s{^(judy:.*):/srv/judy:}{$1:/home/../etc:}mr);
is_refused('account delete judy home=remove', qr/^550 home-refused /);
ok(-d $root->path('/etc'), 'etc is still there');
reply_is($session, 'account delete judy', qr/^250 deleted login=judy /);

# A large and deep one goes bit by bit, and others are served meanwhile.
reply_is($session, 'account create olga', qr/^250 created /);
my $deep = "$home/olga";
for my $level (1 .. 60) {
	$deep .= "/d$level";
	mkdir $deep or die "$deep: $!\n";
	spill("$deep/$_", 'x') for 1 .. 30;
	mkdir "$deep/empty$_" for 1 .. 10;
}
chmod 0, "$home/olga/d1";
@replies = $session->pipeline('account delete olga home=remove',
    'account create paul');
like($replies[0], qr/^250 deleted login=olga /, 'a large home');
like($replies[1], qr/^250 created login=paul /, 'and one more');
ok(!-e "$home/olga", 'is gone at once');
ok(wait_for(sub { !grep { !/^(?:\.\.?|kept-.*)\z/ }
    $root->names('/home/.dwserv') }), 'and in the end all of it');

# Modes: from the configuration, from UMASK, or what is usual.
sub mode_of_new
{
	my ($login) = @_;

	$daemon->restart;
	reply_is($daemon->login, "account create $login",
	    qr/^250 created login=$login /);
	return sprintf '%o', (stat "$home/$login")[2] & 07777;
}

my $defs = $root->read('login.defs');
$root->write('login.defs', $defs =~ s/^HOME_MODE.*\n//mr =~
    s/^UMASK.*/UMASK 027/mr);
is(mode_of_new('quinn'), '750', 'what UMASK leaves');
$root->write('login.defs', $defs =~ s/^(?:HOME_MODE|UMASK).*\n//mgr);
is(mode_of_new('rita'), '755', 'without either');
$root->write('login.defs', $defs);
$session->close;
$daemon->configure(accounts => { 'home "/home"' => 'mode 0711',
    skel => '"/etc/empty"' });
mkdir $root->etc('empty') or die;
is(mode_of_new('sam'), '711', 'the mode of the configuration');
is_deeply([ tree("$home/sam") ], [], 'and its skel');

run_wanted('umount', "$home/mounted");

done_testing();
