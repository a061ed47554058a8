#!/usr/bin/perl
#
# `plan' before each request of the fixed scenarios, and of PARITY_ROUNDS
# random ones: nothing in the root is changed by it, and what it says is
# what the request then does, or the error that the request then gets.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Commands qw(request_line request_of);
use Dwserv::Parity::Fixed qw(fixed_scenarios);
use Dwserv::Parity::Plan qw(plan_of fingerprint lines_wrong homes_wrong
    leaks);
use Dwserv::Parity::Random qw(seed_random random_files);
use Dwserv::Parity::Requests qw(random_request);
use Dwserv::Parity::Start qw(%small);

# So many scenarios take their time.
alarm 900;

my $rounds = $ENV{PARITY_ROUNDS} // 20;
my $seed = $ENV{PARITY_SEED} // int rand 1_000_000_000;
my %count = (plans => 0, lines => 0, homes => 0, errors => 0);

# What is planted is found: a plan of one changed, one added and one removed
# line, and of a home, against what was done.
sub finds_planted
{
	my $before = { passwd => "a:x:1\nb:x:2\nc:x:3\n",
	    shadow => "a:\$6\$x\$y:1\n" };
	my $after = { passwd => "a:x:9\nc:x:3\nd:x:4\n",
	    shadow => "a:!\$6\$x\$y:1\n" };
	my @good = ('250-line file=passwd old="a:x:1" new="a:x:9"',
	    '250-line file=passwd old=b:x:2', '250-line file=passwd new=d:x:4',
	    '250-line file=shadow old="a:*hidden*:1" new="a:!*hidden*:1"');
	my $wrong = sub { lines_wrong(plan_of(@_, '250 planned lines=4'),
	    $before, $after) };

	is_deeply([$wrong->(@good)], [], 'a plan that is right');
	for my $i (0 .. $#good) {
		my @less = @good;

		splice @less, $i, 1;
		isnt(scalar(() = $wrong->(@less)), 0, "without line $i");
		my @other = @good;
		$other[$i] =~ s/:(\d)("?)\z/:7$2/;
		isnt(scalar(() = $wrong->(@other)), 0, "another line $i");
	}
	isnt(scalar(() = $wrong->(@good, '250-line file=group new=x')), 0,
	    'a line more');
	is(scalar(() = leaks('old="a:$6$x$y:1"', 'a:x:1')), 1, 'a leak');
}

# The plan of a request is what it then does.
sub check_done
{
	my ($root, $plan, $reply, $before, $prints, $name) = @_;
	my $after = $root->snapshot;

	like($reply, qr/^250 /, "$name: and done");
	is(join("\n", lines_wrong($plan, $before, $after)), '',
	    "$name: the lines");
	is(join("\n", homes_wrong($plan, $root, $prints,
	    fingerprint($root))), '', "$name: the homes");
	is($plan->{count}, @{$plan->{lines}} + @{$plan->{homes}},
	    "$name: the number of lines");
	$count{$_} += @{$plan->{$_}} for qw(lines homes);
}

sub plan_and_do
{
	my ($root, $session, $request) = @_;
	my $line = request_line($request);
	my $name = substr $line =~ s/hash=\S+/hash=.../r, 0, 120;
	my $before = $root->snapshot;
	my $prints = fingerprint($root);
	my @planned = $session->ask("plan $line");

	is_deeply(fingerprint($root), $prints, "$name: planned, not done");
	is_deeply([leaks(@planned)], [], "$name: no hashes in the plan");
	my $plan = plan_of(@planned);
	my $reply = $session->ask($line);
	$count{plans}++;
	# Who holds a lock now is not known when it is planned.
	return is_deeply($root->snapshot, $before, "$name: locked")
	    if $reply =~ /^450 locked /;
	return check_done($root, $plan, $reply, $before, $prints, $name)
	    if defined $plan->{count};
	$count{errors}++;
	is($plan->{end}, $reply, "$name: the same error");
}

# Ten requests about random files.
sub plan_random
{
	my ($round) = @_;

	seed_random($round);
	my %files = random_files();
	my %self = (ours => new_root(%files));
	Dwserv::Parity::serve(\%self, {});
	for (1 .. 10) {
		my %now = (%files, %{$self{ours}->snapshot});

		plan_and_do($self{ours}, $self{session},
		    request_of(random_request(\%now)));
	}
	is($self{daemon}->stop, 0, 'the end');
}

finds_planted();
for my $scenario (fixed_scenarios()) {
	my %files = (%small, %{$scenario->{files}});
	my %self = (ours => undef);
	my $accounts = delete $files{accounts};

	subtest $scenario->{name} => sub {
		my $root = $self{ours} = new_root(%files);

		Dwserv::Parity::serve(\%self, $accounts // {});
		$scenario->{prepare}->($root) if $scenario->{prepare};
		plan_and_do($root, $self{session}, $_) for
		    map { @{Dwserv::Parity::step_of(@$_)->{requests}} }
		    @{$scenario->{steps}};
		is($self{daemon}->stop, 0, 'the end');
	};
}
for my $round (0 .. $rounds - 1) {
	subtest 'PARITY_SEED=' . ($seed + $round) => sub {
		plan_random($seed + $round);
	};
}
diag("PARITY_SEED=$seed PARITY_ROUNDS=$rounds");
diag("$count{plans} plans: $count{lines} lines and $count{homes} homes as " .
    "they then were, $count{errors} errors");

done_testing;
