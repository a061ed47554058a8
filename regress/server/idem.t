#!/usr/bin/perl
#
# Requests with a key: however often they are sent, and whatever happens in
# between, they are carried out once and have one answer.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use IO::Socket::INET;
use Test::More;

use Dwserv::Test;
use Dwserv::Test::Ledger qw(ledger_entries ledger_problems ledger_segments
    hold_files release_files);

my $seed = $ENV{DWSERV_SEED} // int rand 2 ** 31;
srand $seed;
diag("DWSERV_SEED=$seed repeats this run's moments");

my $root = new_root();
$root->write('aliases', "postmaster: root\n");
my $allow = '{ account, group, alias, watch }';
my $daemon = start_daemon($root, global => { prefork => 2 },
    accounts => { hash => 'sha512 cost 1000' },
    clients => { map { $_ => { allow => $allow } } qw(billing shop) },
    more => "aliases \"/etc/aliases\"\n");
my $session = $daemon->login;
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my %first;		# request => the answer that came first

# The port is held by the children until they notice that they are alone.
sub port_is_free
{
	return defined IO::Socket::INET->new(Listen => 1, Proto => 'tcp',
	    LocalAddr => '127.0.0.1', LocalPort => $daemon->port,
	    ReuseAddr => 1);
}

# What a request is as lines: itself, or begin, its parts, commit.
sub lines_of
{
	my ($request) = @_;

	return ref $request ? ('begin', @{$request->{parts}},
	    "commit idem=$request->{key}") : $request;
}

# The whole answer to what lines_of() gives; undef if it does not come.
sub answer
{
	my ($from, $request) = @_;
	my @lines = lines_of($request);
	my @answer;

	for (@lines) {
		@answer = $from->read_reply;
		return undef unless @answer && $answer[-1] =~ /^\d{3} /;
	}
	return join "\n", @answer;
}

sub name_of
{
	my ($request) = @_;

	return ref $request ? "commit idem=$request->{key}" : $request;
}

# Remember an answer; what is wrong with it, if it is another than before.
sub note_answer
{
	my ($request, $answer) = @_;
	my $name = name_of($request);
	my $good = $answer =~ /^250/m && $answer !~ /^[345]/m;

	$first{$name} //= $answer if $good;
	return if $good && $first{$name} eq $answer;
	return "$name: " . ($first{$name} // 'nothing') . " was first, " .
	    "then $answer";
}

# Send requests over connections that get lost, until all are answered.
sub send_lossy
{
	my (@waiting) = @_;
	my ($attempts, @problems) = (0);

	while (@waiting) {
		my @bunch = @waiting[0 .. ($#waiting < 19 ? $#waiting : 19)];
		my $bytes = join '', map { "$_\r\n" } map { lines_of($_) }
		    @bunch;
		my $from = $daemon->login;
		my $fate = $attempts++ % 3;

		# All of it and away, half of it, or half of the answers.
		$from->send($fate == 1 ? substr $bytes, 0,
		    int rand length $bytes : $bytes);
		my $wanted = $fate == 2 ? int(@bunch / 2 + 0.5) : 0;
		for (1 .. $wanted) {
			my $answer = answer($from, $waiting[0]) // last;
			push @problems, note_answer(shift @waiting, $answer);
		}
		$from->close;
	}
	return @problems;
}

# Ask for all again, on one connection.
sub problems_again
{
	my (@requests) = @_;
	my $from = $daemon->login;

	$from->send(join '', map { "$_\r\n" } map { lines_of($_) } @requests);
	return map { note_answer($_, answer($from, $_) // 'nothing') }
	    @requests;
}

# Five hundred of each kind, over connections that get lost.
my @single = map { "account create s$_ hash=$hash home=no groups=ftp " .
    "idem=key-$_" } 1 .. 500;
is_deeply([ send_lossy(@single) ], [], 'answers that get lost');
is(scalar(() = $root->read('passwd') =~ /^s\d+:/mg), 500,
    'five hundred accounts');
is(scalar(grep { $_->{change} eq 'account.create' }
    ledger_entries($daemon)), 500, 'each made once');
my @several = map { my $i = $_; { key => "tx:$i", parts => [
    map { ("account create t$i-$_ home=no", "account lock t$i-$_",
    "group add users login=t$i-$_") } 1 .. 5 ] } } 1 .. 100;
is_deeply([ send_lossy(@several) ], [], 'transactions whose answers do');
is(scalar(() = $root->read('passwd') =~ /^t\d+-\d:/mg), 500,
    'five hundred accounts more');
is(scalar(grep { $_->{change} eq 'account.create' }
    ledger_entries($daemon)), 1000, 'each made once');
my @all = (@single, @several);
is(keys %first, 600, 'all have been answered');
my $before = $root->checksums;
is_deeply([ problems_again(@all) ], [], 'the same again');
$daemon->restart;
is_deeply([ problems_again(@all) ], [], 'after a restart');
is_deeply($root->checksums, $before, 'nothing was done for it');

# Other requests, other clients, passwords, failures.
$session = $daemon->login;
replies($session,
    'account create other idem=key-1' => qr/^550 idem-conflict key-1\b/,
    'account lock s1 idem=key-1' => qr/^550 idem-conflict key-1\b/,
    "account create s1 hash=$hash home=no groups=mail idem=key-1" =>
	qr/^550 idem-conflict key-1\b/,
    'account create other idem=tx:1' => qr/^550 idem-conflict tx:1\b/);
$session->pipeline('begin', 'account create other');
reply_is($session, 'commit idem=key-1',
    qr/^550 (?:idem-conflict|aborted .*word=idem-conflict)\b/,
    'a transaction with the key of a single request');
$session->pipeline('begin', @{$several[0]{parts}}[0 .. 13],
    'account show-not');
reply_is($session, 'commit idem=tx:1', qr/^503 spoiled/, 'a wrong one');
$session->pipeline('begin', @{$several[0]{parts}}[0 .. 13]);
reply_is($session, 'commit idem=tx:1',
    qr/^550 (?:idem-conflict|aborted .*word=idem-conflict)\b/,
    'one part less');
$session->pipeline('begin', @{$several[0]{parts}}, 'account create other');
reply_is($session, 'commit idem=tx:1',
    qr/^550 (?:idem-conflict|aborted .*word=idem-conflict)\b/,
    'one part more');
is_deeply($root->checksums, $before, 'and nothing was done');
my $shop = $daemon->login(client => 'shop');
reply_is($shop, 'account create shopper home=no idem=key-1',
    qr/^250 created login=shopper /, 'another client may have the key');
is_deeply([ problems_again(@all[0, 500]) ], [], 'as the first one has');
my $made = $session->ask('account create pw password=one home=no idem=p');
like($made, qr/^250 created login=pw /, 'with a password');
my $secret = $root->line('shadow', 'pw');
replies($session,
    'account create pw password=one home=no idem=p' => $made,
    'account create pw password=two home=no idem=p' => $made,
    'account password pw password=one idem=q' => '250 changed login=pw');
isnt($root->line('shadow', 'pw'), $secret, 'the password is set anew');
$secret = $root->line('shadow', 'pw');
reply_is($session, 'account password pw password=one idem=q',
    '250 changed login=pw');
is($root->line('shadow', 'pw'), $secret, 'and not once more');
replies($session,
    'account lock zed idem=f' => '550 not-found account zed',
    'account create zed home=no' => qr/^250 created login=zed /,
    "account password zed hash=$hash" => '250 changed login=zed',
    'account lock zed idem=f' => '250 locked login=zed',
    'account lock zed idem=f' => '250 locked login=zed',
    'account lock zed idem=u' => '250 unchanged login=zed',
    'account unlock zed' => '250 unlocked login=zed',
    'account lock zed idem=u' => '250 unchanged login=zed',
    'account lock zed idem=f' => '250 locked login=zed',
    'plan account lock zed idem=f' => qr/^501 invalid idem\b/,
    'account lock zed idem=' => qr/^501 invalid idem\b/,
    'account lock zed idem=' . 'x' x 65 => qr/^501 invalid idem\b/,
    'account lock zed idem=a/1' => qr/^501 invalid idem\b/,
    'account lock zed idem=' . 'x' x 64 => '250 locked login=zed',
    'account unlock zed' => '250 unlocked login=zed');
$secret = $root->line('shadow', 'zed');
replies($session, 'account lock zed idem=f' => '250 locked login=zed');
is($root->line('shadow', 'zed'), $secret, 'an answer, and no deed');
my $last = (ledger_entries($daemon))[-1]{number};
reply_is($session, 'account lock boss idem=nb', qr/^(?:250|550) /);

# The same key more than once in a batch.
my @twice = $session->pipeline(('account create dup home=no idem=dup') x 10);
is_deeply(\@twice, [ ($twice[0]) x 10 ], 'ten times at once');
like($twice[0], qr/^250 created login=dup /, 'and it is made');
@twice = $session->pipeline('account create dup2 home=no idem=dup2',
    'account create dup3 home=no idem=dup2', 'account lock dup2');
is_deeply([ map { (split / /)[1] } @twice ], [ qw(created idem-conflict
    unchanged) ], 'two requests with one key') or diag("@twice");
my @from = map { $daemon->login } 1 .. 6;
my $holder = hold_files($root);
$_->send("begin\r\naccount create many home=no\r\naccount lock many\r\n" .
    "commit idem=many\r\naccount create one idem=one\r\n") for @from;
ok(wait_for(sub { ($daemon->status('commits'))[0]{queue} >= 18 }),
    'six at once wait');
release_files($holder);
my %answers;
for my $from (@from) {
	$from->read_reply for 1 .. 3;
	my @answer = $from->read_reply;
	$answers{join "\n", @answer, scalar $from->read_reply}++;
}
is_deeply([ values %answers ], [ 6 ], 'and have one answer')
    or diag(explain(\%answers));
$_->close for @from;

# Killed when the change is done, but neither in the ledger nor answered:
# the chown of a large home is under way.
reply_is($session, 'account create huge idem=huge', qr/^250 created /);
my $home = $root->path('/home/huge');
for my $i (1 .. 100) {
	mkdir "$home/$i" or die;
	spill("$home/$i/$_", '') for 1 .. 100;
}
my $moved = 'account modify huge uid=45678 idem=moved';
my @children = processes_of($daemon->pid);
my @homes = map { $_->{pid} } $daemon->children('home');
$session->send("$moved\r\n");
ok(wait_for(sub { ($root->line('passwd', 'huge') // '') =~ /:45678:/ }),
    'the uid is changed');
kill KILL => $daemon->pid;
$daemon->wait_gone(@children);
wait_for(\&port_is_free) or die "the children do not go\n";
$daemon->start;
$session = $daemon->login;
my ($entry) = grep { ($_->{uid} // '') eq '45678' } ledger_entries($daemon);
is($entry->{recovered}, 'yes', 'and the next start has finished it');
my ($gid) = (split /:/, $root->line('passwd', 'huge'))[3];
replies($session, $moved => "250 changed login=huge uid=45678 gid=$gid " .
    'home=/home/huge shell=/bin/sh',
    'account modify huge uid=45679 idem=moved' =>
	qr/^550 idem-conflict moved\b/);

# Killed at any moment.
my @rounds;
for my $round (1 .. 10) {
	my @now = map { my $i = $_; $i % 5 ?
	    "account create k$round-$i idem=kill-$round-$i" .
	    ($i % 2 ? ' home=no' : '') :
	    { key => "kill-$round-$i", parts => [
	    map { "account create k$round-$i-$_ home=no" } 1 .. 4 ] } }
	    1 .. 40;
	my $from = $daemon->login;
	my $moment = now() + 0.002 + rand 0.12;
	@children = processes_of($daemon->pid);
	$from->send(join '', map { "$_\r\n" } map { lines_of($_) } @now);
	my @waiting = @now;
	my @problems;
	my $killed;
	while (@waiting) {
		if (!$killed && now() >= $moment) {
			kill KILL => $daemon->pid;
			$killed = 1;
		}
		next if !$killed && !$from->has_input;
		my $answer = answer($from, $waiting[0]) // last;
		last if $answer =~ /^4/m;
		push @problems, note_answer(shift @waiting, $answer);
	}
	kill KILL => $daemon->pid unless $killed;
	$daemon->wait_gone(@children);
	wait_for(\&port_is_free) or die "the children do not go\n";
	$daemon->start;
	push @problems, problems_again(@now);
	push @problems, problems_again(@now, map { @$_ } @rounds);
	is(scalar(() = $root->read('passwd') =~ /^k$round-/mg), 64,
	    "round $round: each account is there once");
	is_deeply(\@problems, [], "round $round: and has one answer, with " .
	    @waiting . ' unanswered before');
	push @rounds, \@now;
}
is_deeply([ ledger_problems($daemon) ], [], 'the ledger holds');
is_deeply([ problems_again(@all) ], [], 'and all the old ones are known');

# From one segment of the ledger to the next.
$session = $daemon->login;
my $gone = $session->ask('account create gone home=no idem=gone');
my ($uid) = $gone =~ / uid=(\d+) /;
replies($session, 'account delete gone idem=gone2' =>
    "250 deleted login=gone uid=$uid");
my @target = map { my $which = $_; join ',', map {
    "$which-somebody-with-a-name-$_\@mail.example.org" } 1 .. 150 } 'a', 'b';
my $sent = 0;
until (ledger_segments($daemon) > 2 || $sent > 12000) {
	my @got = $session->pipeline(map { "alias set big targets=" .
	    $target[$_ % 2] } 1 .. 500);
	$sent += 500;
	is(scalar(grep { /^250 set name=big/ } @got), 500, 'large entries')
	    if $sent == 500;
}
my @segments = ledger_segments($daemon);
cmp_ok(scalar @segments, '>', 2, "three segments after $sent entries");
is_deeply([ ledger_problems($daemon) ], [], 'are one chain');
is_deeply([ problems_again(@all, map { @$_ } @rounds) ], [],
    'keys are known across segments');
$daemon->stop;
my $size = -s $segments[0];
{
	open my $file, '+<', $segments[0] or die "$segments[0]: $!\n";
	seek $file, $size / 2, 0;
	print $file "damage";
	close $file;
}
rename $segments[1], "$daemon->{state}/second" or die;
$daemon->start;
$session = $daemon->login;
is_deeply([ problems_again(@all, map { @$_ } @rounds) ], [],
    'keys are known from the newest segment alone');
reply_is($session, 'account create gone home=no idem=gone', $gone);
is_deeply([ $root->lines('passwd', 'gone') ], [], 'an answer, and no deed');
replies($session, "account create new uid=$uid home=no" =>
    qr/^550 retired uid $uid\b/);
my $number = (split ' ', (split /\n/, slurp($segments[-1]))[-1])[0];
reply_is($session, 'account create next home=no', qr/^250 created /);
is((split ' ', (split /\n/, slurp($segments[-1]))[-1])[0], $number + 1,
    'the numbers go on');

done_testing();
