#!/usr/bin/perl
#
# Reload: a new generation takes over while nobody notices; a configuration
# that is wrong changes nothing; rights that are taken away are gone.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = start_daemon($root, clients => { billing => {}, other => {} });
my $secret = '"open sesame"';
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';

sub generations
{
	my %seen = map { $_->{generation} => 1 }
	    grep { $_->{role} ne 'home' } $daemon->status('process');

	my @sorted = sort { $a <=> $b } keys %seen;
	return @sorted;
}

sub reload_succeeds
{
	my ($name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply([ $daemon->ctl('reload') ], [ 0, "reloaded\n", '' ],
	    "$name: dwservctl reload");
}

sub reload_fails
{
	my ($name, $expected) = @_;
	my $generation = ($daemon->status('daemon'))[0]{generation};
	my ($status, $output, $complaint) = $daemon->ctl('reload');

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is("$status $output", '1 ', "$name: dwservctl reload fails");
	like($complaint, $expected, "$name: and says why");
	is(($daemon->status('daemon'))[0]{generation}, $generation,
	    "$name: and nothing changes");
}

# A new generation; the old one serves its sessions until they end.
my $session = $daemon->login;
my @before = map { $_->{pid} } $daemon->status('process');
reload_succeeds('as it was');
ok(wait_for(sub { $daemon->log =~ /generation 2 is ready/ }),
    'a new generation');
is($session->ask('whoami'), '250 client name=billing',
    'an old session goes on');
like($session->ask('account create alice'), qr/^250 created login=alice /,
    'and may do what it could');
is_deeply([ generations() ], [ 1, 2 ], 'two generations');
my $new = $daemon->login;
is($new->ask('account show alice') =~ /^250 account login=alice /, 1,
    'a new session sees the same');
$new->ask('account create bob');
# Another worker hears of a change a moment after who made it.
ok(wait_for(sub { $session->ask('account show bob') =~
    /^250 account login=bob / }, 2), 'and the old one what the new one does');
$session->send("quit\r\n");
is($session->read_reply, '221 bye', 'the old session ends');
ok(wait_for(sub { $daemon->log =~ /generation 1 has gone/ }),
    'and its generation');
is_deeply([ generations() ], [ 2 ], 'one generation');
my %now = map { $_->{pid} => 1 } $daemon->status('process');
is(scalar(grep { $now{$_} } @before), 0, 'no process is the same');
$_->close for $session, $new;

# SIGHUP does the same.
kill HUP => $daemon->pid;
ok(wait_for(sub { $daemon->log =~ /generation 3 is ready/ }), 'SIGHUP');

# Under load: clients come and go, and none of them is refused.
my $load = spawn_code(sub {
	my $failures = 0;
	my $i = 0;

	while (!-e $root->directory . '/enough') {
		my $name = 'load' . $i++;
		my $one = eval { $daemon->login } // $failures++;
		next unless ref $one;
		my $reply = eval { $one->ask("account create $name " .
		    "home=no hash=$hash") } // '';
		$failures++ unless $reply =~ /^250 created /;
		$one->close;
	}
	spill($root->directory . '/count', $i);
	return $failures > 255 ? 255 : $failures;
});
for my $round (4 .. 13) {
	reload_succeeds("round $round");
	ok(wait_for(sub { $daemon->log =~ /generation $round is ready/ }),
	    "generation $round is ready");
}
spill($root->directory . '/enough', '');
is(program_ended($load), 0, 'no connection was refused, no request failed');
my $count = slurp($root->directory . '/count');
ok($count > 5, "of $count");
is(scalar(() = $root->read('passwd') =~ /^load\d+:/mg), $count,
    'and all are there');
ok(wait_for(sub { generations() == 1 }), 'one generation is left');

# Many reloads at once: the last one counts.
my @at_once = map { spawn_code(sub { ($daemon->ctl('reload'))[0] }) } 1 .. 8;
is_deeply([ map { program_ended($_) } @at_once ], [ (0) x 8 ],
    'many reloads at once');
ok(wait_for(sub { join(' ', generations()) eq '21' }),
    'end in one generation');
like($daemon->login->ask('account create carol'), qr/^250 created /,
    'that serves');

# Configurations that are wrong.
my $good = slurp($daemon->{config});
my $other_port = Dwserv::Test::Daemon::free_port();
my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
    Proto => 'tcp') or die "cannot listen: $!\n";
$session = $daemon->login;
for my $case (
	[ 'a word that is none', $good . "frobnicate\n",
	    qr/\Q$daemon->{config}\E:\d+: / ],
	[ 'two errors', $good . "prefork 0\nlisten on nowhere\n",
	    qr/:\d+: .*prefork.*\n.*:\d+: /s ],
	[ 'a client without a secret', $good . "client \"x\" {\nallow { " .
	    "account }\n}\n", qr/:\d+: client "x" has no secret/ ],
	[ 'a user that is not there', $good =~ s/^user .*/user _nosuch/mr,
	    qr/user "_nosuch" is not in/ ],
	[ 'a port that is taken', $good . 'listen on 127.0.0.1 port ' .
	    $taken->sockport . "\n", qr/cannot listen on 127\.0\.0\.1 port / ],
	[ 'another root', $good =~ s/root "/root "\/tmp\/..\//r,
	    qr/the root of the accounts cannot be changed by a reload/ ],
	[ 'another state', $good =~ s/^(state ".*)"/$1.x"/mr,
	    qr/the state directory cannot be changed by a reload/ ],
	[ 'another control socket', $good =~ s/^(control ".*)"/$1.x"/mr,
	    qr/the control socket cannot be changed by a reload/ ],
	[ 'reuse', $good =~ s/(uid \d+ to \d+)/$1 reuse/r,
	    qr/the reuse of ids cannot be changed by a reload/ ],
    ) {
	my ($name, $text, $expected) = @$case;

	spill($daemon->{config}, $text);
	reload_fails($name, $expected);
	my $mark = length $daemon->log;
	kill HUP => $daemon->pid;
	ok(wait_for(sub { substr($daemon->log, $mark) =~ $expected }),
	    "$name: SIGHUP logs why");
}
chmod 0644, $daemon->{config};
spill($daemon->{config}, $good);
reload_fails('a readable file', qr/readable by others.*chmod 0600/);
chmod 0600, $daemon->{config};
rename $daemon->{config}, "$daemon->{config}.away";
reload_fails('no file', qr/No such file/);
rename "$daemon->{config}.away", $daemon->{config};
is($session->ask('account create dave') =~ /^250 created /, 1,
    'old sessions go on');
is($daemon->login->ask('whoami'), '250 client name=billing',
    'and new ones begin');
my ($status, $output) = $daemon->ctl('-j', 'reload');
is($status, 0, 'and what is right is taken again');

# What changes: limits, shells, where to listen, and who may do what.
sub reload_with
{
	my ($name, %given) = @_;
	my ($last) = reverse generations();

	$daemon->configure(%given);
	reload_succeeds($name);
	$last++;
	wait_for(sub { $daemon->log =~ /generation $last is ready/ }) or
	    die "generation $last does not get ready\n" . $daemon->log;
}

$session = $daemon->login;
my $bystander = $daemon->login(client => 'other');
reload_with('another port', global => {
    "listen on 127.0.0.1 port $other_port" => '', prefork => 1 },
    accounts => { shells => '{ /bin/false }' },
    clients => { billing => {}, other => {} });
is($daemon->login(port => $other_port)->ask('whoami'),
    '250 client name=billing', 'a new port');
is($daemon->login->ask('whoami'), '250 client name=billing',
    'and the old one');
is(scalar(grep { $_->{state} eq 'ready' } $daemon->children('worker')), 1,
    'one new worker');
like($session->ask('account create erin'), qr{ shell=/bin/false\z},
    'an old session gets the new shells');

# A client that is no more, in a session that still is.
for my $line ('account create eve', "account password alice hash=$hash",
    'account delete alice', 'account show alice', 'account list') {
	is($bystander->ask($line) =~ /^250/, 1, "other may $line")
	    if $line =~ /show|list/;
}
$bystander->close;
$bystander = $daemon->login(client => 'other');
my $sums = $root->checksums;
reload_with('without other', clients => { billing => {} });
for my $line ('account create eve', "account password alice hash=$hash",
    'account delete alice', 'account show alice', 'account list') {
	like($bystander->ask($line), qr/^530 auth-required\b/,
	    'a client that was removed: ' . join ' ', (split / /, $line)[0, 1]);
}
is_deeply($root->checksums, $sums, 'nothing changed');
my $stranger = $daemon->connect;
$stranger->read_line;
like($stranger->ask("auth other $secret"), qr/^535 auth-failed\b/,
    'and it cannot come back');

# Rights that are narrower.
$session = $daemon->login;
reload_with('fewer rights', clients => { billing => {
    allow => '{ account create }', uid => '20000 to 20999',
    groups => '{ ftp }' } });
like($session->ask('account delete alice'), qr/^550 denied\b/,
    'a right that was taken away');
like($session->ask('account create frank groups=mail'),
    qr/^550 (?:denied|protected)\b/, 'a group that was taken away');
like($session->ask('account create frank'), qr/ uid=20000 /,
    'another range of uids');
like($session->ask('account show alice'), qr/^550 denied\b/,
    'the right to look');
like($session->ask('account list'), qr/^550 denied\b/, 'and to list');

# Another secret.
reload_with('another secret', clients => { billing => {
    secret => '"' . crypt('changed', '$6$rounds=1000$abcdefgh$') . '"' } });
$stranger->ask('noop');
my $late = $daemon->connect;
$late->read_line;
like($late->ask("auth billing $secret"), qr/^535 auth-failed\b/,
    'the old secret');
is($late->ask('auth billing changed'), '235 authenticated client=billing',
    'the new secret');

# A Unix socket that comes and goes.
my $path = $root->directory . '/way.sock';
reload_with('a Unix socket', global => { "listen on socket \"$path\"" =>
    'mode 0660' });
is($daemon->login(path => $path)->ask('whoami'), '250 client name=billing',
    'a new Unix socket');
reload_with('the same again', global => { "listen on socket \"$path\"" =>
    'mode 0600' });
is($daemon->login(path => $path)->ask('whoami'), '250 client name=billing',
    'is still there');
is((stat $path)[2] & 07777, 0600, 'with another mode');
reload_with('without it');
$_->close for grep { defined } @{$daemon->{sessions}};
ok(wait_for(sub { !-e $path }), 'and goes when it is not wanted');

# Homes only where dwserv was allowed to write when it was started.
mkdir $root->path('/home2') or die;
mkdir $root->path('/home/two') or die;
$daemon->configure(accounts => { home => '"/home2"' });
reload_fails('homes elsewhere',
    qr{/home2 is not below a directory that dwserv .*; restart dwserv$});
my $elsewhere = File::Temp->newdir('dwserv.XXXXXXXX', TMPDIR => 1);
$daemon->configure(global => {
    qq(listen on socket "$elsewhere/one") => '' });
reload_fails('a socket elsewhere',
    qr{\Q$elsewhere\E/one is not below .*; restart dwserv$});

# A reload while homes are being made, and another directory for them.
$session = $daemon->login;
$session->send(join '', map { "account create g$_\n" } 1 .. 100);
reload_with('another directory for homes',
    accounts => { home => '"/home/two"' });
my @replies = map { scalar $session->read_reply } 1 .. 100;
is(scalar(grep { /^250 created / } @replies), 100, 'all are made');
is_deeply([ grep { !-d $root->path((/ home=(\S+)/)[0]) } @replies ], [],
    'with the homes that they say');
is_deeply([ grep { /home-error/ } @replies ], [], 'and no other');
like($session->ask('account create heidi'), qr{ home=/home/two/heidi },
    'another directory');
ok(-d $root->path('/home/two/heidi'), 'and the home is in it');

is($daemon->stop, 0, 'the daemon ends well');

done_testing();
