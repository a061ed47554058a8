#!/usr/bin/perl
#
# dwserv-protocol(7) against the daemon: its examples, said line by line, and
# whether it has all requests, arguments and words that there are, and no
# others.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Manual;

my $sources = "$FindBin::Bin/../../dwserv";
my $manual = Dwserv::Test::Manual->read(
    "$FindBin::Bin/../../man/dwserv-protocol.7");

# The host of the story.
my $root = new_root(
	passwd => <<'END',
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
END
	shadow => <<'END',
root:*:19700:0:99999:7:::
daemon:*:19700:0:99999:7:::
END
	group => <<'END',
root:x:0:
daemon:x:1:
ftp:x:900:
END
	gshadow => <<'END',
root:*::
daemon:*::
ftp:!::
END
	aliases => "postmaster: root\n");
mkdir $root->path('/home/customers') or die;

my $secret = crypt 'correct horse battery staple',
    '$6$rounds=1000$pinchofsalt$';
my $quoted = '"correct horse battery staple"';
my $daemon = start_daemon($root,
    accounts => { uid => '10000 to 19999', shells =>
	'{ "/bin/sh", "/bin/bash", "/usr/sbin/nologin" }' },
    global => { aliases => '"/etc/aliases"' },
    clients => { billing => { secret => "\"$secret\"",
	allow => '{ account, group, alias, watch }',
	groups => '{ "ftp" }' } });

sub connected
{
	return $daemon->connect;
}

# What is only in the first of two lists, as a text.
sub only_in
{
	my ($these, $those) = @_;
	my %those = map { $_ => 1 } @$those;

	return join ', ', sort grep { !$those{$_} } @$these;
}

# The story.  Where it goes wrong it goes on all the same, to say all at
# once.
my $session;
for my $example ($manual->examples) {
	my @problems = Dwserv::Test::Manual::play($example, \$session,
	    \&connected);
	$session //= $daemon->login(secret => $quoted);
	is(join("\n", @problems), '', "the example of line $example->{line}");
}
is_deeply([ $manual->mistakes ], [], 'no display is half an example');
cmp_ok(scalar($manual->said), '>', 100, 'and it is a long story');

# That the above would have failed.
sub planted
{
	my ($text) = @_;

	return Dwserv::Test::Manual->new(".Sh PLANTED\n.Bd -literal\n$text" .
	    ".Ed\n");
}

sub problems_of
{
	my ($text) = @_;
	my ($example) = planted(<<'END' . $text)->examples;
S: 220 mail.example.net dwserv 1 Sun, 22 Nov 2026 21:00:00 +0000
END
	my @problems = Dwserv::Test::Manual::play($example, \my $none,
	    \&connected);

	return scalar @problems;
}

is(problems_of("C: noop\nS: 250 ok\nC: whoami\nS: 530 auth-required\n" .
    "   say auth first\n"), 0, 'an example that is right');
is(problems_of("C: noop\nS: 250 okay\n"), 1, 'a wrong reply');
is(problems_of("C: noop\nS: 250 ok\nC: quit\nS: 250 ok\n"), 1,
    'a wrong reply at the end');
is(problems_of("C: capa\nS: 250-capability name=line-length value=8192\n" .
    "S: 250 listed count=99\n"), 1, 'lines that are missing');
is(problems_of("C: capa\nS: ...\nS: 250-capability name=command\n" .
    "   value=noop\nS: ...\nS: 250 listed count=99\n"), 1,
    'a wrong line behind such as are left out');
is(problems_of("C: capa\nS: ...\nS: 250-capability name=command\n" .
    "   value=naught\nS: ...\n"), 1, 'a line that is not there');
is_deeply([ planted("C: noop\nS: 250 ok\nand so on\n")->mistakes ],
    [ 'line 5: and so on' ], 'a line that is neither');
for my $pair (
    [ 'time=2026-11-22T21:00:00Z', 'time=2031-01-01T00:00:00Z', 1 ],
    [ 'time=2026-11-22T21:00:00Z', 'time=2031-01-01 00:00:00', 0 ],
    [ 'to=/x/2026-11-22/a', 'to=/x/1999-01-01/a', 0 ],
    [ 'new="a:20779:"', 'new="a:10957:"', 0 ],
    [ 'new="a:20779:"', 'new="a:' . days_today() . ':"', 1 ],
    [ 'uid=10000', 'uid=10001', 0 ], [ 'a.c', 'abc', 0 ],
    [ 'sha256=' . '0a' x 32, 'sha256=' . '1b' x 32, 1 ],
    [ 'sha256=' . '0a' x 32, 'sha256=' . '1b' x 31, 0 ]) {
	my ($page, $line, $same) = @$pair;
	my $at = Dwserv::Test::Manual::difference([ $page ], [ $line ]);

	is(defined $at ? 0 : 1, $same, "$page is " . ($same ? '' : 'not ') .
	    "like $line");
}

# Requests and arguments: help has what the page has.  All changes take
# idem=, which the page tells once.
sub arguments
{
	my ($keys) = @_;

	return join ' ', sort grep { $_ ne 'idem=' } keys %$keys;
}

$session = $daemon->login(secret => $quoted);
$session->send("help\r\n");
my %help;
for my $line (grep { /^214-help / } $session->read_reply) {
	my ($request) = $line =~ /^214-help ([a-z]+(?: [a-z]+\b)?)/;

	$help{$request} = { map { $_ => 1 } $line =~ /\b([a-z]+[+-]?=)/g };
}
my $requests = $manual->requests;
is(only_in([ keys %help ], [ keys %$requests ]), '',
    'all requests are documented');
is(only_in([ keys %$requests ], [ keys %help ]), '',
    'all that are documented are there');
for my $request (sort grep { $requests->{$_} } keys %help) {
	is(arguments($help{$request}), arguments($requests->{$request}),
	    "arguments of $request");
}

is(join(', ', sort grep { $help{$_}{'idem='} } keys %help),
    join(', ', sort grep { /^(?:account|group|alias) (?!show$|list$)|^commit$/ }
    keys %help), 'idem= goes with all that changes something');

# That the page would not be taken to say what it does not.
my $small = Dwserv::Test::Manual->new(<<'END');
.Ss Wall requests
.Bl -tag
.It Xo
.Cm wall paint Ar name
.Op Cm colour Ns += Ns Ar name | Cm coats Ns = Ns Ar number
.Xc
.Bl -tag -compact
.It Cm coats
How many.
.El
.It Cm wall show Ar name
.It Cm look
.It Cm idem Ns = Ns Ar key
.It Xo
.Cm wall.paint ,
.Cm wall.show
.Xc
.Ql wall
and
.Ql colour .
.El
.Ss Reply words
.Bl -tag
.It 220
.It 250 painted
.El
END
is_deeply($small->requests, { 'wall paint' => { 'colour+=' => 1,
    'coats=' => 1 }, 'wall show' => {}, look => {} }, 'requests are found');
is_deeply($small->changes, { map { $_ => { wall => 1, colour => 1 } }
    qw(wall.paint wall.show) }, 'changes are found');
is_deeply([ $small->words ], [ '250 painted' ], 'words are found');

# What the session may ask for is what help tells of.
$session->send("capa\r\n");
my %capabilities = map { /name=(\S+) value="?([^"]*)/ ? ($2 => $1) : () }
    $session->read_reply;
is(only_in([ grep { $capabilities{$_} =~ /^(?:request|command)$/ }
    keys %capabilities ], [ keys %help ]), '', 'capa has no others');
is(only_in([ keys %help ], [ keys %capabilities ]), '',
    'nor has help');

# Each has an example; account ensure has those of account create.
my $said = join '', map { s/^plan //r . "\n" } $manual->said;
for my $request (sort keys %$requests) {
	my $shown = $request eq 'account ensure' ? 'account create' : $request;

	like("$said\nplan \n", qr/^\Q$request\E\b/m, "an example of $request");
	for my $key (sort keys %{$requests->{$request}}) {
		like($said, qr/^\Q$shown\E\b.* \Q$key\E/m,
		    "an example of $request $key");
	}
}
like($said, qr/^account create .* idem=/m, 'an example of idem=');

# Reply words: those that the sources have.
sub source
{
	my $text = join "\n", map { slurp($_) } glob "$sources/*.c";

	$text =~ s{/\*.*?\*/}{}gs;
	$text =~ s/^#include .*//gm;
	# A string that goes on in the next line is one string.
	$text =~ s/"\s*\n\s*"//g;
	return $text;
}

sub words_of
{
	my ($source) = @_;
	my %words;

	$words{"$1 $2"}++ while $source =~ /\b([2-5]\d\d),\s*"([a-z][a-z-]*)"/g;
	$words{"$1 $2"}++ while $source =~ /"([2-5]\d\d)[ -]([a-z][a-z-]*)/g;
	$words{"$1 $2"}++
	    while $source =~ /\? ([2-5]\d\d) : \d+,\s*"([a-z][a-z-]*)"/g;
	# Lines to which the worker puts the code.
	$words{"250 $1"}++
	    while $source =~ /text_print\(\w+,\s*"([a-z-]+) [a-z]+=/g;
	$words{"250 $1"}++
	    while $source =~ /\bTABLE_[A-Z]+,\s*"([a-z]+)",\s*\w+_sees/g;
	$words{"550 $1"}++
	    while $source =~ /policy_refuse\([^;"]*"([a-z-]+)"/g;
	# Those who report a change to the ledger and to the client.
	$words{"250 $1"}++
	    while $source =~ /"(?:account|group|alias)\.[a-z]+",\s*"([a-z-]+)"/g;
	$words{"421 $1"}++
	    while $source =~ /session_end\(\w+,\s*"([a-z-]+)"\)/g;
	# Kept for the ledger; no client waits for it.
	delete $words{'250 recovered'};
	return [ sort keys %words ];
}

my $words = words_of(source());
is(only_in([ $manual->heard ], [ $manual->words ]), '',
    'all reply words of the examples are documented');
is(only_in($words, [ $manual->words ]), '',
    'all reply words are documented');
is(only_in([ $manual->words ], $words), '',
    'all documented reply words are in use');
is_deeply(words_of('result_set(r, 550, "odd", "%s"); x("250-even a"); ' .
    'session_end(session, "late"); { ENOSPC, 452, "full" }; ' .
    'report(work, "account.paint", "painted"); ' .
    'r(code < 500 ? 451 : 550, "stuck", ""); text_print(text, "wall a=%s"); ' .
    '{ TABLE_PASSWD, "floor", who_sees }'),
    [ '250 even', '250 floor', '250 painted', '250 wall', '421 late',
	'451 stuck', '452 full', '550 odd', '550 stuck' ],
    'words are found in sources');
is(only_in([ '250 a', '250 b' ], [ '250 b', '250 c' ]), '250 a',
    'and missed where they are not');

# What the ledger calls changes, and what it tells of each.
my $changes = $manual->changes;
my %changes = map { $_ => 1 } source() =~
    /(?:"|change=)((?:account|group|alias)\.[a-z]+|external)\b/g;
is(only_in([ keys %changes ], [ keys %$changes ]), '',
    'all changes are documented');
is(only_in([ keys %$changes ], [ keys %changes ]), '',
    'all documented changes are made');

$session->send("watch since=0 follow=no\r\n");
my %told;
for my $line (grep { /^250-entry / } $session->read_reply) {
	my %entry = $line =~ / ([a-z]+)=("(?:[^"\\]|\\.)*"|\S*)/g;
	my $change = delete $entry{change};

	delete @entry{qw(number time client)};
	$told{$change}{$_} = 1 for keys %entry;
}
is(only_in([ keys %$changes ], [ keys %told ]), '',
    'all changes are in the story');
for my $change (sort keys %told) {
	is(only_in([ keys %{$told{$change}} ], [ keys %{$changes->{$change}} ]),
	    '', "what is told of $change is documented");
}

is($daemon->stop, 0, 'the daemon ends well');

done_testing();
