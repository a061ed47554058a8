#!/usr/bin/perl
#
# dwservctl check: broken roots, and the lines that it has to say of each.
# A root is given by what differs from one in which all is well; nothing of
# the machine's own is read.

use strict;
use warnings;

use File::Temp;
use IPC::Open3;
use JSON::PP;
use Symbol qw(gensym);
use Test::More;

my $program = ($ENV{OBJ} // 'obj') . '/dwservctl';
my $nowhere = File::Temp->newdir;

my %good = (
	passwd => "root:x:0:0:root:/root:/bin/sh\n" .
	    "alice:x:10001:10001:Alice Liddell:/home/alice:/bin/sh\n" .
	    "bob:x:10002:100::/home/bob:/bin/sh\n",
	shadow => "root:*:19000:0:99999:7:::\n" .
	    "alice:\$y\$j9T\$x:19000:0:99999:7:::\n" .
	    "bob:!:19000:0:99999:7::20000:\n",
	group => "root:x:0:\nusers:x:100:alice,bob\nalice:x:10001:\n",
	gshadow => "root:*::\nusers:!::bob,alice\nalice:!::\n",
);

sub slurp
{
	my ($handle) = @_;

	local $/;
	return <$handle> // '';
}

sub run_program
{
	my ($input, @arguments) = @_;
	my $errors = gensym;

	my $pid = open3(my $to, my $from, $errors, $program, @arguments);
	print $to $input;
	close $to;
	my $output = slurp($from);
	my $complaint = slurp($errors);
	waitpid $pid, 0;
	return ($? >> 8, $output, $complaint);
}

sub write_file
{
	my ($path, $text) = @_;

	open my $file, '>', $path or die "$path: $!\n";
	print $file $text;
	close $file or die "$path: $!\n";
}

# A root with the good files, but for those that are given otherwise.
sub make_root
{
	my (%files) = (%good, @_);
	my $root = File::Temp->newdir;

	mkdir "$root/etc" or die "$root/etc: $!\n";
	for my $name (grep { defined $files{$_} } sort keys %files) {
		write_file("$root/etc/$name", $files{$name});
	}
	return $root;
}

sub check_root
{
	my ($root, @options) = @_;

	return run_program('', '-s', "$nowhere/socket", @options, 'check',
	    "$root");
}

# The lines that check says of a root, without the name of the root.
sub problems_of
{
	my ($root) = @_;

	my ($status, $output, $complaint) = check_root($root);
	$output =~ s/\Q$root\E//g;
	return ($status, [ split /\n/, $output ], $complaint);
}

sub finds
{
	my ($name, $files, @expected) = @_;

	my $root = make_root(%$files);
	my ($status, $lines) = problems_of($root);
	is_deeply($lines, \@expected, $name);
	is($status, @expected ? 1 : 0, "$name: status");
}

my @broken = (
	[ 'all is well', {} ],
	[ 'no shadow and no gshadow', { shadow => undef, gshadow => undef } ],
	[ 'empty group file', { group => '', gshadow => undef,
	    passwd => '', shadow => '' } ],
	[ 'comments, blank lines and NIS lines', {
	    passwd => "# local\n\n  \n$good{passwd}#carol:x:1:1::/:/bin/sh\n" .
		"+\@admins::::::\n-mallory\n+\n",
	    shadow => "$good{shadow}\n+::::::::\n",
	    group => "$good{group}+:::\n" } ],
	[ 'names that dwserv would not accept', {
	    passwd => "$good{passwd}J.Doe:x:500:100::/:/bin/sh\n",
	    shadow => "$good{shadow}J.Doe:*:::::::\n" } ],
	[ 'old forms of shadow and group', {
	    shadow => "root:*:19000:0:99999\nalice:!:1:0:9\nbob:!:1:0:9\n",
	    group => "root:x:0:\nusers:x:100:alice,bob\nalice:x:10001\n" } ],
	[ 'too few fields', { passwd => "$good{passwd}carol:x:10003\n" },
	    '/etc/passwd:4: malformed: 3 fields instead of 7' ],
	[ 'too many fields', { gshadow => "$good{gshadow}a:b:c:d:e\n" },
	    '/etc/gshadow:4: malformed: 5 fields instead of 4' ],
	[ 'one field', { group => "$good{group}oops\n" },
	    '/etc/group:4: malformed: 1 field instead of 4' ],
	[ 'a name that is empty', { shadow => "$good{shadow}:*:::::::\n" },
	    '/etc/shadow:4: malformed: the name is empty' ],
	[ 'a uid that is no number',
	    { passwd => "$good{passwd}carol:x:1e4:100::/:/bin/sh\n" },
	    '/etc/passwd:4: malformed: the uid is not a number' ],
	[ 'a gid that is no number', {
	    passwd => "$good{passwd}carol:x:10003:users::/:/bin/sh\n",
	    group => "$good{group}more:x:-1:\n" },
	    '/etc/passwd:4: malformed: the gid is not a number',
	    '/etc/group:4: malformed: the gid is not a number' ],
	[ 'a uid of more than 32 bits',
	    { passwd => "$good{passwd}carol:x:4294967296:100::/:/bin/sh\n" },
	    '/etc/passwd:4: malformed: the uid is not a number' ],
	[ 'a day that is no number', { shadow => $good{shadow} =~
	    s/(bob:!:)19000(.*)20000/${1}yesterday${2}2030-01-01/r },
	    '/etc/shadow:3: malformed: the date of the last change is not a ' .
	    'number',
	    '/etc/shadow:3: malformed: the expiration date is not a number' ],
	[ 'a NUL character', { group => "$good{group}a\0b:x:7:\n",
	    gshadow => undef },
	    '/etc/group:4: malformed: a NUL character' ],
	[ 'a line that begins with a NUL', { shadow => "$good{shadow}\0\n" },
	    '/etc/shadow:4: malformed: a NUL character',
	    '/etc/shadow:4: malformed: 1 field instead of 9' ],
	[ 'duplicate names', {
	    passwd => "$good{passwd}bob:x:10003:100::/:/bin/sh\n" .
		"bob:x:10004:100::/:/bin/sh\n",
	    gshadow => "$good{gshadow}users:!::alice\n" },
	    '/etc/passwd:4: duplicate name bob, first in line 3',
	    '/etc/passwd:5: duplicate name bob, first in line 3',
	    '/etc/gshadow:4: duplicate name users, first in line 2' ],
	[ 'duplicate ids', {
	    passwd => "toor:x:0:0::/root:/bin/sh\n$good{passwd}",
	    shadow => "$good{shadow}toor:*:::::::\n",
	    group => "$good{group}people:x:100:\n",
	    gshadow => "$good{gshadow}people:!::\n" },
	    '/etc/passwd:2: duplicate uid 0, first in line 1 (toor)',
	    '/etc/group:4: duplicate gid 100, first in line 2 (users)' ],
	[ 'no shadow entry', { shadow => $good{shadow} =~ s/^bob.*\n//mr },
	    '/etc/passwd:3: the account bob has no entry in /etc/shadow' ],
	[ 'no shadow entry, and none needed', {
	    passwd => $good{passwd} =~ s/^bob:x/bob:*/mr,
	    shadow => $good{shadow} =~ s/^bob.*\n//mr } ],
	[ 'no account', { shadow => "$good{shadow}carol:!:::::::\n" },
	    '/etc/shadow:4: the entry carol has no account in /etc/passwd' ],
	[ 'no primary group', { passwd => $good{passwd} =~ s/100:/101:/r },
	    '/etc/passwd:3: the primary group 101 of bob does not exist' ],
	[ 'a primary group that is commented out', {
	    passwd => $good{passwd} =~ s/100:/101:/r,
	    group => "$good{group}#gone:x:101:\n" },
	    '/etc/passwd:3: the primary group 101 of bob does not exist' ],
	[ 'a member that does not exist', {
	    group => $good{group} =~ s/alice,bob/alice,carol,bob/r,
	    gshadow => $good{gshadow} =~ s/::bob/:dave:bob,carol/r },
	    '/etc/group:2: the member carol of users does not exist',
	    '/etc/gshadow:2: the administrator dave of users does not exist' ],
	[ 'a group without its counterpart',
	    { gshadow => $good{gshadow} =~ s/^alice.*\n//mr },
	    '/etc/group:3: the group alice has no entry in /etc/gshadow' ],
	[ 'an entry of gshadow without its group',
	    { gshadow => "$good{gshadow}gone:!::\n" },
	    '/etc/gshadow:4: the entry gone has no group in /etc/group' ],
	[ 'members that differ', {
	    group => $good{group} =~ s/alice,bob/bob,,root,bob/r,
	    gshadow => $good{gshadow} =~ s/bob,alice/alice,bob/r },
	    '/etc/group:2: root is a member of users here, but not in ' .
	    '/etc/gshadow',
	    '/etc/gshadow:2: alice is a member of users here, but not in ' .
	    '/etc/group' ],
	[ 'no newline at the end', { passwd => $good{passwd} =~ s/\n\z//r,
	    group => $good{group} =~ s/\n\z//r },
	    '/etc/passwd:3: the last line does not end in a newline',
	    '/etc/group:3: the last line does not end in a newline' ],
	[ 'no passwd', { passwd => undef },
	    '/etc/passwd: does not exist' ],
	[ 'control characters in a name', {
	    shadow => "$good{shadow}ev\e[2Jil:!:::::::\n" },
	    '/etc/shadow:4: the entry ev\033[2Jil has no account in ' .
	    '/etc/passwd' ],
);

finds(@$_) for @broken;

# What the file is, not what is in it.
my $root = make_root();
rename "$root/etc/shadow", "$root/etc/secret" or die;
symlink 'secret', "$root/etc/shadow" or die;
link "$root/etc/group", "$root/etc/group.copy" or die;
unlink "$root/etc/gshadow" or die;
mkdir "$root/etc/gshadow" or die;
my ($status, $lines) = problems_of($root);
is_deeply($lines, [ '/etc/shadow: is a symbolic link',
    '/etc/group: has 2 hard links',
    '/etc/gshadow: is not a regular file' ], 'links and a directory');
is($status, 1, 'links and a directory: status');

$root = make_root();
link "$root/etc/passwd", "$root/etc/passwd-" or die;
($status, $lines) = problems_of($root);
is_deeply($lines, [], 'a backup that is still the same file');

# How the outcome is said.
my ($output, $complaint);
($status, $output, $complaint) = check_root(make_root());
is($output, '', 'nothing on standard output if all is well');
like($complaint, qr{^/\S+: no problems$}, 'a word on standard error');

$root = make_root(passwd => "$good{passwd}\tbroken\n");
($status, $output, $complaint) = check_root($root);
like($complaint, qr{^\Q$root\E: 1 problem$}, 'the number of problems');

($status, $output) = check_root($root, '-j');
is($status, 1, 'status of -j');
is_deeply(decode_json($output), {
    records => [ { record => 'problem', file => "$root/etc/passwd",
	line => 4, text => 'malformed: 1 field instead of 7' } ],
    ok => JSON::PP::false, text => "$root: 1 problem" }, '-j');

($status, $output, $complaint) = check_root("$nowhere/none");
is($status, 1, 'no such root: status');
like($complaint, qr{^\Q$nowhere\E/none: No such file}, 'no such root');

# Nobody may change the files while they are read, and nobody is disturbed.
$root = make_root();
write_file("$root/etc/.pwd.lock", '');
($status) = check_root($root);
is($status, 0, 'with a lock file that is free');

done_testing();
