#!/usr/bin/perl
#
# useradd, userdel and chpasswd at work in the same files at the same time:
# all of them and all of ours succeed, and nothing is lost.  In a mount
# namespace in which the private root's etc is /etc.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

enter_namespace('-m', '--propagation', 'private');
for my $tool (qw(useradd userdel chpasswd)) {
	plan(skip_all => "needs $tool") unless -x "/usr/sbin/$tool";
}

my $root = new_root();
my $enough = $root->directory . '/enough';
my $bunches = 25;
my $before = $root->snapshot;

run_wanted('mount', '--bind', $root->path('/etc'), '/etc');
(stat '/etc/passwd')[1] == (stat $root->etc('passwd'))[1] or
    BAIL_OUT('/etc is not the private one');

my $daemon = start_daemon($root, accounts => { uid => '30000 to 39999' });

# Loops that go on until there is enough of it.  Each writes down what it
# has done; the exit status is the number of failures.
sub loop
{
	my ($name, $code) = @_;

	return spawn_code(sub {
		my ($failures, $done) = (0, '');

		for (my $i = 1; !-e $enough || $i < 6; $i++) {
			$failures++ unless $code->($i);
			$done .= "$name$i\n";
		}
		spill($root->directory . "/$name", $done);
		return $failures > 255 ? 255 : $failures;
	});
}

# useradd, and userdel of every fifth account.
sub users
{
	my ($name) = @_;

	return loop($name, sub {
		my ($i) = @_;

		return system('useradd', '-M', '-N', '-g', 'users', '-G',
		    'ftp', '-c', "loop $name", "$name$i") == 0 &&
		    ($i % 5 != 0 || system('userdel', "$name$i") == 0);
	});
}

# chpasswd for an account that is there from the beginning.
sub passwords
{
	return loop('chpasswd', sub {
		my ($i) = @_;

		open my $chpasswd, '|-', 'chpasswd', '-e' or return 0;
		print $chpasswd "veteran:\$6\$number\$$i\n";
		return close $chpasswd;
	});
}

my %loops = (one => users('one'), two => users('two'),
    chpasswd => passwords());

# Ours meanwhile, in bunches; now and then one is deleted again.
my $session = $daemon->login;
my (%made, $failures);
my ($count, $longest) = (0, 0);
for my $bunch (1 .. $bunches) {
	my @names = map { 'our' . ++$count } 0 .. $bunch % 7;
	my $began = now();
	my @replies = $session->pipeline(
	    map { "account create $_ home=no groups=ftp,mail" } @names);

	$longest = now() - $began if now() - $began > $longest;
	for my $i (0 .. $#names) {
		if ($replies[$i] =~ /^250 created login=\S+ uid=(\d+) /) {
			$made{$names[$i]} = $1;
		} else {
			diag($replies[$i]) unless $failures++;
		}
	}
	next unless @names == 3 && exists $made{$names[0]};
	my $reply = $session->ask("account delete $names[0]");
	$failures++ unless $reply =~ /^250 deleted /;
	delete $made{$names[0]};
}
spill($enough, '');
my %status = map { $_ => program_ended($loops{$_}) } sort keys %loops;
my %done = map { $_ => [ split /\n/, slurp($root->directory . "/$_") ] }
    keys %loops;
is($failures // 0, 0, "none of our $count requests failed");
is_deeply(\%status, { one => 0, two => 0, chpasswd => 0 },
    'none of theirs failed');
ok($longest < 3, sprintf 'none of ours took longer than %.1f seconds',
    $longest);
note(scalar(@{$done{$_}}) . " times $_") for sort keys %done;

# Nothing is lost, and nothing is there twice.
my %theirs = map { $_ => 1 } grep { !/[05]\z/ } @{$done{one}},
    @{$done{two}};
for my $file (qw(passwd shadow)) {
	my (%is, @odd);
	for my $line (split /\n/, $root->read($file)) {
		my ($name) = $line =~ /^((?:one|two|our)\d+):/ or next;
		$is{$name}++;
		push @odd, $line if ($line =~ tr/://) !=
		    ($file eq 'passwd' ? 6 : 8);
	}
	is_deeply(\%is, { (map { $_ => 1 } keys %made), %theirs },
	    "$file has all accounts, each once");
	is_deeply(\@odd, [], "$file has no damaged line");
}
for my $file (qw(group gshadow)) {
	my ($members) = $root->line($file, 'ftp') =~ /([^:]*)\z/;
	is_deeply([ sort split /,/, $members ],
	    [ sort keys %made, keys %theirs ], "$file has all members");
	my @private = $root->read($file) =~ /^(our\d+):/mg;
	is_deeply([ sort @private ], [ sort keys %made ],
	    "$file has our private groups");
}

my %uids;
push @{$uids{(split /:/)[2]}}, $_
    for grep { /^(?:one|two|our)\d/ } split /\n/, $root->read('passwd');
is_deeply([ grep { @$_ > 1 } values %uids ], [], 'no uid is there twice');
is_deeply([ map { (split /:/, $root->line('passwd', $_))[2] }
    sort keys %made ], [ map { $made{$_} } sort keys %made ],
    'the uids are those of the replies');
my $last = @{$done{chpasswd}};
like($root->line('shadow', 'veteran'), qr/^veteran:\$6\$number\$$last:/,
    'the last password that chpasswd set');

# What nobody has touched.
for my $file (qw(passwd shadow group gshadow)) {
	my %is = map { $_ => 1 } split /\n/, $root->read($file);
	my @lost = grep { !$is{$_} && !/^(?:ftp|mail|veteran):/ }
	    split /\n/, $before->{$file};
	is_deeply(\@lost, [], "$file has all other lines");
}
is_deeply([ grep { /\.lock\z|\.\d+\z|\+\z|^\./ } $root->names('/etc') ], [],
    'no lock and nothing half-done is left');
ok(($daemon->status('accounts'))[0]{'files-read'} > 4,
    'the files were read again');

is($daemon->stop, 0, 'the daemon ends well');
run_wanted('umount', '/etc');

done_testing();
