#!/usr/bin/perl
#
# Where dwserv does not do what shadow-utils 4.13 does, and why: a table of
# its own, each entry of which is tried out on both, so that none is here
# that is no difference.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Parity;
use Dwserv::Parity::Differences;
use Dwserv::Parity::Start qw(%small);

my $hash_again = '$2b$10$' . 'x' x 53;

# Of each: what it is, why, the files, and what is to be seen.
my @differences = (
['an account gets the lowest free uid, not the one above the highest',
    'uids are handed out by range, and useradd leaves no holes to fill', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no'],
	    qr/ uid=10000 gid=10000 /, 'done');
	my ($status) = Dwserv::Parity::Tools::run_tool(
	    $parity->{theirs}->path, ['useradd', '-M', 'zoe']);
	is($status, 0, 'useradd on its own');
	lines_are($parity, 'passwd', 'zoe', '', qr/^zoe:x:10004:/);
    }],
['a uid that was in use is not given out again',
    'nobody is to inherit the files of somebody else', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['delete', 'al'], qr/^250 deleted/, 'done');
	verdicts($parity, ['create', 'dave', home => 'no', uid => 10001],
	    qr/^550 retired/, 'done');
    }],
['a private group whose number is taken gets the lowest free one',
    'as for uids', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no', uid => 10050],
	    qr/ uid=10050 gid=10000 /, 'done');
	lines_are($parity, 'group', 'dave', 'dave:x:10000:',
	    'dave:x:10053:');
    }],
['a name that is there twice is not touched in any file',
    'which of the two is meant cannot be known; chpasswd looks no further ' .
    'than shadow', { passwd => $small{passwd} . "al:x:10009:10009:::\n" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['password', 'al', hash => $hash],
	    qr/^550 duplicate/, 'done');
    }],
['an account whose own group is there twice is not removed',
    'which of the two would go cannot be known; userdel finds out in time ' .
    'if neither has to',
    { group => $small{group} =~ s/^al:.*/al:x:10001:eve\nal:x:10060:/mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['delete', 'al'], qr/^550 duplicate/, 'done');
    }],
['a primary group that is there twice is refused',
    'which of the two numbers is meant cannot be known; useradd takes the ' .
    'first', { group => $small{group} . "empty:x:10060:\n" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no',
	    group => 'empty'], qr/^550 duplicate/, 'done');
    }],
['a password that is the same again is not written',
    'what comes to nothing is no reason to replace a file', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['password', 'al', hash => $hash], qr/^250/,
	    'done');
	my $inode = (stat $parity->{ours}->etc('shadow'))[1];
	verdicts($parity, ['password', 'al', hash => $hash], qr/^250/,
	    'done');
	is((stat $parity->{ours}->etc('shadow'))[1], $inode,
	    'the same file');
	isnt($parity->{ours}->read('shadow-'),
	    $parity->{theirs}->read('shadow-'), 'and the same backup');
    }],
['a line behind a # is a comment',
    'so it is for everybody who reads the files with getpwent(3); ' .
    'shadow-utils takes the # for a part of the name',
    { group => $small{group} . "#old:x:10070:al,bob\n" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['delete', 'al'], qr/^250/, 'done');
	lines_are($parity, 'group', '#old', '#old:x:10070:al,bob',
	    '#old:x:10070:bob');
    }],
['numbers stay as they were written',
    'a field that is not to be changed is not',
    { group => $small{group} . "zero:x:010070:al\n",
    shadow => $small{shadow} =~ s/^al:.*/al:!:019000:00:+99999:7:::/mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no',
	    groups => 'zero'], qr/^250/, 'done');
	lines_are($parity, 'group', 'zero', 'zero:x:010070:al,dave',
	    'zero:x:10070:al,dave');
	verdicts($parity, ['password', 'al', hash => $hash], qr/^250/,
	    'done');
	lines_are($parity, 'shadow', 'al',
	    "al:$hash:TODAY:00:+99999:7:::", "al:$hash:TODAY:0:99999:7:::");
    }],
['a comma at the end of another list of the line stays',
    'a field that is not to be changed is not',
    { gshadow => $small{gshadow} =~ s/^empty:.*/empty:!:bob,:eve/mr },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no',
	    groups => 'empty'], qr/^250/, 'done');
	lines_are($parity, 'gshadow', 'empty', 'empty:!:bob,:eve,dave',
	    'empty:!:bob:eve,dave');
    }],
['a list that is written anew has no empty elements',
    'they mean nothing',
    { group => $small{group} . "holes:x:10070:bob,,al,,eve\n" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['delete', 'al'], qr/^250/, 'done');
	lines_are($parity, 'group', 'holes', 'holes:x:10070:bob,eve',
	    'holes:x:10070:bob,,,eve');
    }],
['a line of group without a list of members gets one',
    'useradd takes what is left of an earlier line for members',
    { group => $small{group} . "short:x:10070\n" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no',
	    groups => 'short'], qr/^250/, 'done');
	lines_are($parity, 'group', 'short', 'short:x:10070:dave',
	    qr/^short:x:10070:/);
    }],
['modes that shadow-utils would narrow stay',
    'the mode of a file is the administrator\'s', {},
    sub {
	my ($parity) = @_;

	chmod 0755, map { $_->etc('passwd') } @$parity{qw(ours theirs)};
	verdicts($parity, ['delete', 'al'], qr/^250/, 'done');
	my @modes = map { sprintf '%o', 07777 & (stat $_->etc('passwd'))[2] }
	    @$parity{qw(ours theirs)};
	is("@modes", '755 644', 'the modes');
    }],
['capitals and dots in names are refused',
    'not every program that reads the files can live with them', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'Dave', home => 'no', uid => 10301],
	    qr/^501 invalid login/, 'done');
	verdicts($parity, ['create', 'da.ve', home => 'no', uid => 10302],
	    qr/^501 invalid login/, 'done');
    }],
['the system\'s names, accounts, groups and numbers are out of reach',
    'whoever may make customers\' accounts is not root',
    { group => $small{group} . "sudo:x:27:eve\n" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no', uid => 700],
	    qr/^550 denied/, 'done');
	verdicts($parity, ['create', 'zoe', home => 'no', groups => 'mail'],
	    qr/^550 protected/, 'done');
	verdicts($parity, ['delete', 'mail'], qr/^550 protected/, 'done');
	verdicts($parity, ['password', 'eve', hash => $hash_again],
	    qr/^550 protected/, 'done');
    }],
['a group that is named twice is refused',
    'it is a mistake', {},
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no',
	    groups => 'empty,empty'], qr/^501 invalid groups/, 'done');
    }],
['without private groups, a group must be named',
    'useradd falls back on a number from /etc/default/useradd',
    { 'login.defs' => "USERGROUPS_ENAB no\n",
    group => "users:x:100:\nother:x:1000:\n$small{group}" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no'],
	    qr/^501 missing-argument group/, 'done');
    }],
['without login.defs there are private groups',
    'everybody expects them', { 'login.defs' => undef,
    group => "users:x:100:\nother:x:1000:\n$small{group}" },
    sub {
	my ($parity) = @_;

	verdicts($parity, ['create', 'dave', home => 'no'],
	    qr/ uid=10000 gid=10000 /, 'done');
	lines_are($parity, 'group', 'dave', 'dave:x:10000:', '');
    }],
['subordinate ids are not handed out, nor taken back',
    'they are a service of their own, not part of an account', {},
    sub {
	my ($parity) = @_;

	$_->write('subuid', "al:100000:65536\n") for
	    @$parity{qw(ours theirs)};
	verdicts($parity, ['create', 'dave', home => 'no'], qr/^250/,
	    'done');
	verdicts($parity, ['delete', 'al'], qr/^250/, 'done');
	is($parity->{ours}->read('subuid'), "al:100000:65536\n", 'dwserv');
	is($parity->{theirs}->read('subuid'), "dave:165536:65536\n",
	    'the tools');
    }],
['a home that is there already is not taken over',
    'it may be somebody else\'s', {},
    sub {
	my ($parity) = @_;

	mkdir $_->path('/home/dave') for @$parity{qw(ours theirs)};
	verdicts($parity, ['create', 'dave'], qr/^550 home-exists/, 'done');
    }],
['a home that is somebody else\'s is not removed, nor is the account',
    'half of a request is no success', {},
    sub {
	my ($parity) = @_;

	for my $root (@$parity{qw(ours theirs)}) {
		mkdir $root->path('/home/al');
		chown 10002, 10002, $root->path('/home/al');
	}
	verdicts($parity, ['delete', 'al', home => 'remove'],
	    qr/^550 home-refused/, 'refused');
	lines_are($parity, 'passwd', 'al',
	    'al:x:10001:10001:Al,,,:/home/al:/bin/sh', '');
    }],
['the mail of an account stays',
    'it belongs to the mail system, which may be elsewhere', {},
    sub {
	my ($parity) = @_;

	for my $root (@$parity{qw(ours theirs)}) {
		mkdir $root->path('/home/al');
		mkdir $root->path($_) for qw(/var /var/mail);
		Dwserv::Test::Wait::spill($root->path('/var/mail/al'), 'x');
		chown 10001, 10001, map { $root->path($_) }
		    qw(/home/al /var/mail/al);
	}
	verdicts($parity, ['delete', 'al', home => 'remove'], qr/^250/,
	    'done');
	my @there = map { -e $_->path('/var/mail/al') ? 'there' : 'gone' }
	    @$parity{qw(ours theirs)};
	is("@there", 'there gone', 'the mail');
    }],
['special bits of files in skel are left out',
    'a home is no place for them', {},
    sub {
	my ($parity) = @_;

	chmod 04755, map { $_->path('/etc/skel/run') }
	    @$parity{qw(ours theirs)};
	verdicts($parity, ['create', 'dave'], qr/^250/, 'done');
	my @modes = map { sprintf '%o',
	    07777 & (stat $_->path('/home/dave/run'))[2] }
	    @$parity{qw(ours theirs)};
	is("@modes", '755 4755', 'the modes');
    }],
);

differences(@differences);

done_testing;
