#!/usr/bin/perl
#
# How many requests a client may make: over all its sessions and workers
# together, each request of a transaction, plans and those that are refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Time::HiRes qw(time);
use Test::More;

use Dwserv::Test;

my %limits = (slow => '1 burst 10', quick => '1000 burst 1000',
    even => '2', refused => '1 burst 10', planner => '1 burst 10',
    parts => '1 burst 10', reader => '1 burst 1', changed => '1 burst 1');
my $daemon = start_daemon(new_root(),
    clients => { billing => {}, map { $_ => { rate => $limits{$_} } }
	keys %limits });

# How often something comes in what is given.
sub count
{
	my ($pattern, @replies) = @_;

	return scalar grep { /$pattern/ } @replies;
}

# That so many requests were let through, of a burst and what came since.
sub lets
{
	my ($done, $burst, $rate, $since, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	cmp_ok($done, '>=', $burst, "$name: the burst");
	cmp_ok($done, '<=', $burst + $rate * (time - $since) + 1,
	    "$name: no more than the rate");
}

# Several sessions, so that both workers have some.
my $since = time;
my @sessions = map { $daemon->login(client => 'slow') } 1 .. 6;
my @replies = map { $_->pipeline(('account create kid') x 1,
    ('account lock kid') x 9) } @sessions;
my @limited = grep { /^450 rate-limited / } @replies;
lets(@replies - @limited, 10, 1, $since, 'six sessions');
is(count(qr/^450 rate-limited seconds=[1-9]\d*\z/, @limited), @limited,
    'the others hear for how long');
my ($seconds) = $sessions[0]->ask('account lock kid') =~ /seconds=(\d+)\z/;
my $asked = time;
wait_for(sub { $sessions[1]->ask('account lock kid') !~ /^450/ });
cmp_ok(time - $asked, '<', ($seconds // 0) + 2, 'and it is not longer');

# Another client is not concerned, and one without a rate never.
is(count(qr/^450/, $daemon->login(client => 'quick')->pipeline(
    ('account lock nobody-else') x 500)), 0, 'nor is who may do more');
is(count(qr/^450/, $daemon->login->pipeline(
    ('account lock nobody-else') x 2000)), 0, 'nor who may do all');

# The burst is the rate if nothing is said.
$since = time;
@replies = $daemon->login(client => 'even')->pipeline(
    ('account lock kid') x 40);
lets(40 - count(qr/^450/, @replies), 2, 2, $since, 'without a burst');

# What is refused counts, and so do plans.
for my $case ([ refused => 'account create root' ],
    [ planner => 'plan account create eve' ]) {
	my ($client, $request) = @$case;

	$since = time;
	@replies = $daemon->login(client => $client)->pipeline(
	    ($request) x 50);
	lets(50 - count(qr/^450/, @replies), 10, 1, $since, $request);
}

# All of a transaction or nothing.
my $session = $daemon->login(client => 'parts');
sub transaction
{
	my ($verb, @requests) = @_;

	return ($session->pipeline('begin', @requests, $verb))[-1];
}
$since = time;
is(transaction('commit', map { "account create t$_" } 1 .. 11),
    '550 aborted request=1 code=550 word=denied text="11 requests at once ' .
    'are more than the burst of parts"', 'a transaction beyond the burst');
like(transaction('commit', map { "account create t$_" } 1 .. 8),
    qr/^250 committed count=8\z/, 'a transaction within it');
like(transaction('commit', map { "account create u$_" } 1 .. 8),
    qr/^451 aborted request=1 code=450 word=rate-limited text=seconds=\d\z/,
    'and a second one');
is(count(qr/^550 not-found/, $session->pipeline(
    map { "account show u$_" } 1 .. 8)), 8, 'of which nothing was done');
is(transaction('plan commit', map { "account create v$_" } 1 .. 9) =~
    /^45[01] /, 1, 'nor is it planned');
$session->ask('abort');

# Reads do not count.
$session = $daemon->login(client => 'reader');
is($session->ask('account lock kid') =~ /^450/, '', 'one is let through');
is(count(qr/^450/, $session->pipeline(('account show kid') x 300,
    'account list', 'capa', 'noop')), 0, 'reads are not counted');

# A reload does not forget what was used, and changes the rate at once.
$session = $daemon->login(client => 'changed');
$session->ask('account lock kid');
$daemon->configure(clients => { changed => { rate => '1 burst 2' } });
is(($daemon->ctl('reload'))[0], 0, 'a reload');
$since = time;
@replies = $session->pipeline(('account lock kid') x 30);
lets(30 - count(qr/^450/, @replies), 0, 1, $since, 'after a reload');
$daemon->configure(clients => { changed => {} });
is(($daemon->ctl('reload'))[0], 0, 'another reload');
is(count(qr/^450/, $session->pipeline(('account lock kid') x 30)), 0,
    'and now there is no limit');

is($daemon->stop, 0, 'the end');
done_testing();
