#!/usr/bin/perl
#
# SIGKILL of the parent at random moments within a stream of all sorts of
# changes, and every second time once more while it starts again.  The
# changes of one client are carried out in order: so after each start, what
# is there must be what some of the first of them leave, with all that were
# acknowledged and none of them by half.  What that is was seen beforehand,
# when the same changes were made one by one and nobody disturbed them.
# Then all of them are sent again with their keys, and must come to the end.
#
#	DWSERV_SEED	repeat the moments of an earlier run
#	DWSERV_ROUNDS	another number of moments

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use File::Find;
use IO::Socket::INET;
use Test::More;

use Dwserv::Test;
use Dwserv::Test::Ledger qw(ledger_entries ledger_problems);

my $seed = $ENV{DWSERV_SEED} // int rand 2 ** 31;
my $rounds = $ENV{DWSERV_ROUNDS} // 30;
srand $seed;
alarm 120 + 20 * $rounds;
diag("DWSERV_SEED=$seed repeats this run's moments");

my $root = new_root();
$root->write('aliases', "postmaster: root\n");
# Homes are worth some time.
for my $directory ('', map { "d$_" } 1 .. 8) {
	my $path = $root->etc("skel/$directory");
	mkdir $path;
	spill("$path/$_", "$_\n") for 1 .. 8;
}
my $daemon = new_daemon($root, global => { prefork => 1 }, clients => {
    billing => { allow => '{ account, group, alias, watch }' } },
    more => "aliases \"/etc/aliases\"\n");
my @hashes = map { crypt $_, '$6$rounds=1000$abcdefgh$' } qw(old new);
my $last_number = 0;	# of the ledger, before a round

sub base
{
	my ($round) = @_;

	return 30000 + 100 * $round;
}

# The changes of a round: a line, or several that are a transaction.
sub changes
{
	my ($round) = @_;
	my $k = "k${round}x";
	my $base = base($round);
	my $number = 0;

	return map { my $key = "$k-" . ++$number; ref $_ ?
	    [ 'begin', @$_, "commit idem=$key" ] : [ "$_ idem=$key" ] } (
	    "account create ${k}a uid=$base hash=$hashes[0] groups=ftp,users",
	    "account create ${k}b uid=@{[ $base + 1 ]} hash=$hashes[0]",
	    "account create ${k}c uid=@{[ $base + 2 ]} home=no",
	    "group create ${k}g gid=@{[ $base + 50 ]}",
	    "group add ${k}g login=${k}a",
	    "alias set ${k}l targets=${k}a,${k}b,x\@example.org",
	    "account modify ${k}a uid=@{[ $base + 10 ]}",
	    "account rename ${k}b name=${k}bb home=move group=rename",
	    [ "account create ${k}d uid=@{[ $base + 3 ]} groups=ftp",
	    "account create ${k}e uid=@{[ $base + 4 ]} group=${k}g",
	    "group create ${k}h gid=@{[ $base + 51 ]}",
	    "group add ${k}h login=${k}d", "group remove ${k}g login=${k}a",
	    "alias add ${k}l targets=${k}d",
	    "account modify ${k}d gecos=\"${k}d of all\"" ],
	    "account suspend ${k}a",
	    "account password ${k}bb hash=$hashes[1]",
	    "account modify ${k}c gecos=C shell=/usr/sbin/nologin " .
	    'expire=2040-01-01 groups=users',
	    "account modify ${k}d home=/home/${k}dd move=yes",
	    "group modify ${k}g gid=@{[ $base + 52 ]} files=change",
	    "group rename ${k}h name=${k}hh",
	    "account suspend ${k}d",
	    "account resume ${k}a",
	    [ "account suspend ${k}bb", "account lock ${k}a",
	    "account modify ${k}e uid=@{[ $base + 11 ]}",
	    "account rename ${k}d name=${k}f", "group delete ${k}hh",
	    "alias remove ${k}l targets=${k}a,x\@example.org" ],
	    "account delete ${k}bb home=archive aliases=remove",
	    "account delete ${k}a home=remove",
	    "account ensure ${k}e home=/home/${k}e gecos=E shell=/bin/sh",
	    [ map { "account create ${k}m$_ uid=@{[ $base + 20 + $_ ]}" }
	    1 .. 6 ],
	    "account delete ${k}m3 home=remove",
	    [ map { "account delete ${k}m$_ home=archive" } 4 .. 6 ],
	    "account resume ${k}f",
	    "account password ${k}f hash=$hashes[1]", "account lock ${k}f",
	    "alias delete ${k}l");
}

# Text about a round as it would be about any.
sub usual
{
	my ($round, $text) = @_;
	my $base = base($round);

	$text =~ s/\bk${round}x/kx/g;
	# The day may change meanwhile.
	$text =~ s/^(shadow: [^:]*:[^:]*):\d+:/$1:DAY:/mg;
	$text =~ s/\b\d{4}-\d\d-\d\d\b/DATE/g;
	$text =~ s/(?<![\w.])(\d{5})(?!\w)/$1 >= $base && $1 < $base + 100 ?
	    '#' . ($1 - $base) : $1/ge;
	return $text;
}

# Whose the files of a home are, and what of it is there.
sub home_of
{
	my ($path) = @_;
	my (%owners, $count);
	my @st = lstat $path;

	find({ no_chdir => 1, wanted => sub {
		my ($uid, $gid) = (lstat $_)[4, 5];
		$owners{"$uid:$gid"}++;
	} }, $path);
	return sprintf '%04o %s', $st[2] & 07777,
	    join ' ', map { "$_ x$owners{$_}" } sort keys %owners;
}

# All that there is of a round, as a list of lines.
sub capture
{
	my ($round) = @_;
	my $k = "k${round}x";
	my @found;

	for my $file (qw(passwd shadow group gshadow aliases)) {
		for (split /\n/, $root->read($file)) {
			next unless /\b$k/;
			# Others' names on the line are other rounds'.
			s/\bk(?!${round}x)\d+x\w+,?//g;
			s/,(?=:|\z)//g;
			push @found, "$file: $_";
		}
	}
	my $suspended = "$daemon->{state}/suspended";
	push @found, map { "suspended: $_" } grep { /\b$k/ }
	    split /\n/, -e $suspended ? slurp($suspended) : '';
	for my $path (grep { m{/$k\w+(?:-\d+)?\z} } glob($root->path('/home/*')),
	    glob($root->path('/home/.archive/*/*'))) {
		my $name = substr $path, length $root->path;
		push @found, "home: $name " . home_of($path);
	}
	@found = sort @found;
	for my $entry (ledger_entries($daemon)) {
		next if $entry->{number} <= $last_number ||
		    $entry->{change} eq 'external';
		# In no particular order.
		$entry->{groups} = join ',', sort split /,/, $entry->{groups}
		    if defined $entry->{groups};
		push @found, 'ledger: ' . join ' ', map { defined $entry->{$_} ?
		    "$_=$entry->{$_}" : () } qw(change login name group gid
		    uid alias targets groups gecos home shell idem);
	}
	return usual($round, join "\n", @found);
}

# Send the lines of some changes; the answers of those answered, each as a
# whole, until the moment to kill has come.
sub send_changes
{
	my ($session, $moment, @changes) = @_;
	my $began = now();
	my (@answers, $killed);

	while (my @bunch = splice @changes, 0, defined $moment ?
	    1 + int rand 12 : 1) {
		last if $killed;
		$session->send(join '', map { "$_\n" } map { @$_ } @bunch);
		for my $change (@bunch) {
			my @reply;
			for (@$change) {
				until ($killed || $session->has_input ||
				    $session->{ended}) {
					next if !defined $moment ||
					    now() - $began < $moment;
					kill KILL => $daemon->pid;
					$killed = 1;
				}
				@reply = $session->read_reply;
				return (\@answers, now() - $began)
				    if !@reply || $reply[-1] =~
				    /^4\d\d |^\d{3}-/;
			}
			push @answers, join "\n", @reply;
		}
	}
	return (\@answers, now() - $began);
}

# The port is held by the children until they notice that they are alone.
sub port_is_free
{
	return defined IO::Socket::INET->new(Listen => 1, Proto => 'tcp',
	    LocalAddr => '127.0.0.1', LocalPort => $daemon->port,
	    ReuseAddr => 1);
}

# Start, and kill while it starts.
sub kill_starting
{
	my $moment = now() + rand 0.04;

	$daemon->launch;
	wait_for(sub { now() >= $moment });
	kill KILL => $daemon->pid;
	$daemon->wait_gone;
	wait_for(\&port_is_free) or die "the children do not go\n";
}

# What is wrong, whatever was asked for: files that do not agree, homes that
# are not their owner's, what is remembered of nobody, a ledger that is
# broken, things left over.
sub problems
{
	my ($status, $problems) = $daemon->ctl('check', $root->path);
	my @problems = grep { !/: malformed: / } split /\n/, $problems;
	my %account = map { (split /:/)[0] => [ split /:/ ] }
	    grep { /^k\d+x/ } split /\n/, $root->read('passwd');

	for my $login (sort keys %account) {
		my ($uid, $gid, $home) = @{$account{$login}}[2, 3, 5];
		my @st = stat $root->path($home);
		push @problems, "$login: $home is not its own"
		    if @st && $st[4] != $uid;
	}
	my $suspended = "$daemon->{state}/suspended";
	for (split /\n/, -e $suspended ? slurp($suspended) : '') {
		my ($login) = /^([^:]*):/;
		push @problems, "suspended, but not there: $_"
		    unless defined $login && $account{$login};
	}
	push @problems, ledger_problems($daemon);
	push @problems, map { "left over: /etc/$_" } grep {
	    !/^(?:(?:passwd|g?shadow|group)-?|login\.defs|skel|aliases-?)\z/ }
	    $root->names('/etc');
	wait_for(sub { !$root->names('/home/.dwserv') }, 5) or push @problems,
	    map { "left over: /home/.dwserv/$_" } $root->names('/home/.dwserv')
	    if -e $root->path('/home/.dwserv');
	return @problems;
}

# How many of the changes have left what is there, or undef if no number
# has; at least so many must.
sub find_prefix
{
	my ($states, $is, $least) = @_;

	for my $count ($least .. $#$states) {
		return $count if $states->[$count] eq $is;
	}
	return undef;
}

# The lines in which two texts differ, for people.
sub difference
{
	my ($is, $states, $least) = @_;
	my ($best, @best);

	for my $count ($least .. $#$states) {
		my %is = map { $_ => 1 } split /\n/, $is;
		my %wanted = map { $_ => 1 } split /\n/, $states->[$count];
		my @lines = ((map { "+ $_" } grep { !$wanted{$_} }
		    sort keys %is), map { "- $_" } grep { !$is{$_} }
		    sort keys %wanted);
		($best, @best) = ($count, @lines)
		    if !defined $best || @lines < @best;
	}
	return ("nearest to what $best leave, at least $least:", @best);
}

# What each of the changes leaves, when nobody disturbs them.
$daemon->start;
my $session = $daemon->login;
my @changes = changes(1);
$session->ask('account show boss');
$last_number = (ledger_entries($daemon))[-1]{number};
my @states = (capture(1));
for my $change (@changes) {
	my ($answers) = send_changes($session, undef, $change);
	like($answers->[0], qr/^250/, "undisturbed: $change->[-1]");
	wait_for(sub { !$root->names('/home/.dwserv') }, 5);
	push @states, capture(1);
}
my %different = map { $_ => 1 } @states;
is(keys %different, @states, 'each of them leaves something else');
is_deeply([ problems() ], [], 'undisturbed, nothing is wrong');

# And how long they take.
$last_number = (ledger_entries($daemon))[-1]{number};
my ($answers, $whole) = send_changes($session, 3600, changes(2));
is(@$answers, @changes, 'all are answered');
is(capture(2), $states[-1], 'all at once leave the same');
note(sprintf 'the changes take %.3f seconds', $whole);

# What would be found: nothing here is as any number of changes leave it.
my %faults = (
    'an account of a transaction that is not there' => sub {
	for my $file (qw(passwd shadow)) {
		$root->write($file, $root->read($file) =~
		    s/^k2xm2:.*\n//mr);
	} },
    'an account that is half there' => sub {
	$root->write('shadow', $root->read('shadow') =~ s/^k2xm2:.*\n//mr) },
    'a group that is not there' => sub {
	$root->write($_, $root->read($_) =~ s/^k2xm1:.*\n//mr)
	    for qw(group gshadow) },
    'a membership' => sub { $root->write('group', $root->read('group') =~
	s/^(ftp:.*)k2xf/${1}k2xc/mr) },
    'an alias' => sub { $root->append('aliases', "k2xl: k2xe\n") },
    'another hash' => sub { $root->write('shadow', $root->read('shadow') =~
	s/^k2xe:[^:]*/k2xe:*/mr) });
for my $name (sort keys %faults) {
	my %kept = map { $_ => $root->read($_) }
	    qw(passwd shadow group gshadow aliases);
	$faults{$name}->();
	is(find_prefix(\@states, capture(2), 0), undef, "planted: $name");
	$root->write($_, $kept{$_}) for keys %kept;
}
chown 0, -1, $root->path('/home/k2xm1/.profile');
is(find_prefix(\@states, capture(2), 0), undef, "planted: a file's owner");
my $uid = (split /:/, $root->line('passwd', 'k2xm1'))[2];
chown $uid, -1, $root->path('/home/k2xm1/.profile');
chown 0, -1, $root->path('/home/k2xm1');
is(scalar(grep { /k2xm1: .* is not its own/ } problems()), 1,
    "planted: a home's owner");
chown $uid, -1, $root->path('/home/k2xm1');
is(find_prefix(\@states, capture(2), scalar @changes), scalar @changes,
    'and without these faults all is as it was');
$daemon->stop;

my (%counts, %left, $undone, $done);
# Whether the moments so far were of all sorts: before and after the promise,
# and between it and its end, when the next start has something to finish.
sub covered
{
	return $undone && $done &&
	    grep { defined $_->{recovered} } ledger_entries($daemon);
}

# As many as asked for, and then until luck has had its chance.
for (my $round = 3; $round < 3 + $rounds ||
    $rounds >= 30 && $round < 3 + 5 * $rounds && !covered(); $round++) {
	my $moment = rand 0.8 * $whole;
	my $name = sprintf 'round %d, after %.4f s', $round - 2, $moment;

	$daemon->start;
	my @children = processes_of($daemon->pid);
	$session = $daemon->login;
	@changes = changes($round);
	$session->ask('account show boss');
	$last_number = (ledger_entries($daemon))[-1]{number};
	($answers) = send_changes($session, $moment, @changes);
	kill KILL => $daemon->pid;
	is($daemon->wait_gone(@children) & 127, 9,
	    "$name: killed, and the children went by themselves");
	$session->close;
	kill_starting() if $round % 2 == 0;
	wait_for(\&port_is_free) or die "the children do not go\n";
	$daemon->start;

	my @problems = problems();
	push @problems, map { "not yes: $_" } grep { !/^250/ } @$answers;
	my $is = capture($round);
	my $count = find_prefix(\@states, $is, scalar @$answers);
	push @problems, difference($is, \@states, scalar @$answers)
	    unless defined $count;
	$counts{$count // 'none'}++;
	$undone++ if defined $count && $count < @changes;
	$done++ if defined $count && $count > @$answers;

	# All of them again: those that were answered have the same answer.
	$session = $daemon->login;
	my ($again) = send_changes($session, 3600, @changes);
	push @problems, map { "answered $answers->[$_], then $again->[$_]" }
	    grep { $answers->[$_] ne ($again->[$_] // '') } 0 .. $#$answers;
	push @problems, map { "sent again: $_" } grep { !/^250/ } @$again;
	$is = capture($round);
	push @problems, 'all sent again, but:', difference($is, \@states,
	    scalar @changes) if $is ne $states[-1];
	push @problems, problems();
	is(join("\n", @problems), '', $name) or diag($daemon->log);
	$left{$round} = join "\n", grep { !/^ledger/ } split /\n/, $is;
	$daemon->stop;
}

# Nothing of an earlier round was lost in a later one.
is_deeply([ grep { $left{$_} ne join "\n", grep { !/^ledger/ }
    split /\n/, capture($_) } sort keys %left ], [],
    'all earlier rounds are as they were');
ok($undone && $done || $rounds < 30, 'moments before and after the promise');
my $recovered = grep { defined $_->{recovered} } ledger_entries($daemon);
ok($recovered > 0 || $rounds < 30, "entries recovered: $recovered");
note('stopped behind: ' . join ' ', map { "$_:$counts{$_}" }
    sort keys %counts);

done_testing();
