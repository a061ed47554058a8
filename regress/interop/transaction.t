#!/usr/bin/perl
#
# A transaction is its parts: what the requests of a fixed scenario do one
# after the other, they do between begin and commit; and `plan commit' says
# what that will be, and does nothing.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Commands qw(request_line);
use Dwserv::Parity::Compare qw(states_differ tree);
use Dwserv::Parity::Fixed qw(fixed_scenarios);
use Dwserv::Parity::Plan qw(plan_of fingerprint lines_wrong leaks);
use Dwserv::Parity::Start qw(%small);

my $count = 0;

# A root as the scenario has it, with a daemon.
sub begin
{
	my ($scenario) = @_;
	my %files = (%small, %{$scenario->{files}});
	my $self = { ours => new_root(%files) };

	utime 1, 2, $self->{ours}->path("/etc/skel/$_")
	    for qw(.profile .config/empty run .config);
	Dwserv::Parity::serve($self, {});
	$scenario->{prepare}->($self->{ours}) if $scenario->{prepare};
	return $self;
}

# The requests of a scenario that are done, asked one by one.
sub done_alone
{
	my ($self, $scenario) = @_;

	return grep { $self->{session}->ask($_) =~ /^250 (?!unchanged)/ }
	    map { request_line($_) }
	    map { @{Dwserv::Parity::step_of(@$_)->{requests}} }
	    @{$scenario->{steps}};
}

# The same in one transaction; whether it is carried out.
sub do_together
{
	my ($self, @requests) = @_;
	my $session = $self->{session};
	my $before = $self->{ours}->snapshot;

	reply_is($session, 'begin', '250 begun');
	my @replies = $session->pipeline(@requests);
	is(scalar(grep { /^250 queued request=/ } @replies), @requests,
	    'all are queued') or diag("@replies");
	my $prints = fingerprint($self->{ours});
	my @planned = $session->ask('plan commit');
	is_deeply(fingerprint($self->{ours}), $prints,
	    'plan commit changes nothing');
	is_deeply([leaks(@planned)], [], 'and shows no hash');
	my @committed = $session->ask('commit');
	if ($committed[-1] =~ /word=home-refused .*the same home/) {
		is($planned[-1], $committed[-1], 'the plan has said so');
		is_deeply(fingerprint($self->{ours}), $prints,
		    'two changes of one home are refused');
		return 0;
	}
	like($planned[-1], qr/^250 planned lines=\d+\z/, 'planned');
	is($committed[-1], '250 committed count=' . @requests, 'committed');
	is(join("\n", lines_wrong(plan_of(@planned), $before,
	    $self->{ours}->snapshot)), '', 'as it was planned');
	return 1;
}

# So many scenarios take their time.
alarm 900;

for my $scenario (fixed_scenarios()) {
	# Salts are never the same.
	next if @{$scenario->{steps}} < 2 || $scenario->{leftovers} ||
	    $scenario->{files}{accounts};
	subtest $scenario->{name} => sub {
		my ($alone, $together) = map { begin($scenario) } 1, 2;
		my @requests = done_alone($alone, $scenario);

		my $done = do_together($together, @requests);
		is($_->{daemon}->stop, 0, 'the end') for $alone, $together;
		return unless $done;
		my ($differ, $one, $other) = states_differ($alone->{ours},
		    $together->{ours}, before => {}, backups => 0,
		    days => [days_today(), days_today() - 1],
		    passwords => {});
		is("@$differ", '', 'the files are the same') or diag(map {
		    "$_\n$one->{$_}\n---\n$other->{$_}\n" } @$differ);
		is_deeply([tree($alone->{ours}->path, '/home')],
		    [tree($together->{ours}->path, '/home')], 'the homes');
		$count += @requests;
	};
}
diag("$count requests, alone and in transactions");

done_testing;
