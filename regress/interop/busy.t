#!/usr/bin/perl
#
# An account of which processes run is not removed, neither by dwserv nor by
# userdel(8); unless it is said that they do not matter.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use POSIX qw(setuid pause);
use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Start qw(%small);

# Of nobody on this machine, and of no other test.
my $uid = 47123;

pipe my $from, my $to or die "pipe: $!\n";
my $pid = spawn_code(sub {
	setuid($uid) or die "setuid: $!\n";
	syswrite $to, 'r';
	pause();
	return 0;
});
sysread $from, my $ready, 1 or die "no process of uid $uid\n";

my $parity = parity('busy', map { $_ => $small{$_} =~
    s/^(al:x):10001:/$1:$uid:/mr } keys %small);

$parity->step('delete', 'bob');
my $reply = $parity->{session}->ask('account delete al');
like($reply, qr/^550 busy /, 'dwserv says why');
$parity->step('delete', 'al');
$parity->step('modify', 'al', gecos => 'x');
$parity->step('lock', 'eve');
$parity->step({ ask => [['delete', 'al', processes => 'ignore']],
    run => [['userdel', '-f', 'al']] });
kill TERM => $pid;
program_ended($pid);
$parity->end;
parity_report();

done_testing;
