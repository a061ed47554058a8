#!/usr/bin/perl
#
# Lists of accounts and groups: what they are narrowed to, in which order
# they come, and how a client takes them page by page.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my %content = %Dwserv::Test::Root::content;
my $members = join ',', map { sprintf 'm%04d', $_ } 1 .. 10000;
(my $group = $content{group}) =~ s/^ftp:x:900:$/ftp:x:900:zoe,adam/m;
my $root = new_root(
    passwd => $content{passwd} .
	"zoe:x:10003:5000:Zoe:/home/zoe:/bin/sh\n" .
	"adam:x:10001:10001::/home/adam:/bin/sh\n" .
	"Zed:x:10002:10002::/home/Zed:/bin/sh\n" .
	"eve-2:!\$6\$a\$b:10005:5000::/home/eve-2:/bin/sh\n" .
	"eve:\$6\$a\$b:10004:5000::/home/eve:/bin/sh\n" .
	"beyond:x:9999:5000::/home/beyond:/bin/sh\n",
    group => $group . "big:x:10300:$members\n" .
	"web:x:10301:adam\nsplit:x:10302:adam,eve\nsplit:x:10302:zoe\n" .
	"adam:x:10001:\n");
my $daemon = start_daemon($root, clients => {
    billing => { allow => '{ account, "group" }',
	groups => undef }
});
my $session = $daemon->login;

# The names in a list, its last line checked.
sub names
{
	my ($request) = @_;

	$session->send("$request\r\n");
	my @lines = $session->read_reply;
	my $last = pop @lines;
	is($last, '250 listed count=' . @lines, "$request: its end");
	return join ' ', map { / (?:login|name)=(\S+)/ ? $1 : $_ } @lines;
}

sub lists
{
	my (@pairs) = @_;

	while (my ($request, $expected) = splice @pairs, 0, 2) {
		is(names($request), $expected, $request);
	}
}

# Accounts.
lists(
    'account list' => 'Zed adam boss eve eve-2 zoe',
    'account list prefix=e' => 'eve eve-2',
    'account list prefix=eve-' => 'eve-2',
    'account list prefix=x' => '',
    'account list prefix=zoey' => '',
    'account list uid=10002-10004' => 'Zed eve zoe',
    'account list uid=10001-10001' => 'adam',
    'account list uid=0-9999' => '',
    'account list uid=0-0' => '',
    'account list group=project' => 'eve eve-2 zoe',
    'account list group=ftp' => 'adam zoe',
    'account list group=sudo' => 'boss',
    'account list group=nothing' => '',
    'account list state=active' => 'eve',
    'account list state=locked' => 'eve-2',
    'account list state=no-password' => 'Zed adam boss zoe',
    'account list state=suspended' => '',
    'account list group=project prefix=e state=locked' => 'eve-2');

# Pages.
lists(
    'account list limit=2' => 'Zed adam',
    'account list limit=2 after=adam' => 'boss eve',
    'account list limit=2 after=eve' => 'eve-2 zoe',
    'account list limit=2 after=zoe' => '',
    'account list after=b' => 'boss eve eve-2 zoe',
    'account list after=eve-1' => 'eve-2 zoe',
    'account list prefix=e after=a' => 'eve eve-2',
    'account list prefix=e after=eve' => 'eve-2',
    'account list prefix=e after=z' => '');

# An account that is made has its place, and one that is deleted has not.
replies($session,
    'account create dora home=no' => qr/^250 created /,
    'account delete eve-2' => qr/^250 deleted /);
lists('account list' => 'Zed adam boss dora eve zoe');

# Groups, as far as they are in the client's range.
lists(
    'group list' => 'adam big boss dora split web',
    'group list prefix=b' => 'big boss',
    'group list gid=10301-10302' => 'split web',
    'group list after=dor limit=2' => 'dora split',
    'group list login=adam' => 'adam split web',
    'group list login=zoe' => 'split',
    'group list login=m0007' => 'big',
    'group list login=nobody' => '');
replies($session,
    'group show web' => '250 group name=web gid=10301 members=adam',
    'group show boss' => '250 group name=boss gid=10500 members=""',
    'group show split' => '250 group name=split gid=10302 ' .
	'members=adam,eve,zoe',
    'group show big' => "250 group name=big gid=10300 members=$members",
    'group show ftp' => '550 not-found group ftp',
    'group show project' => '550 not-found group project',
    'group show nothing' => '550 not-found group nothing',
    'alias list' => qr/^550 denied /);
$daemon->stop;

# Thousands of accounts, for a client that reads late and has asked for more.
my $count = 5000;
$root = new_root(passwd => join '', map {
    sprintf "u%05d:x:%d:5000::/home/u:/bin/sh\n", $count - $_, 10000 + $_
} 0 .. $count - 1);
$daemon = start_daemon($root);
$session = $daemon->login;
$session->send("account list\r\n" x 3 . "account list limit=1\r\nwhoami\r\n");
for my $number (1 .. 3) {
	my @lines = $session->read_reply;
	is(scalar @lines, $count + 1, "list $number is complete");
	is($lines[-1], "250 listed count=$count", 'and has its end');
	my @logins = map { / login=(\S+)/ ? $1 : () } @lines;
	is_deeply(\@logins, [ sort @logins ], 'in order');
}
is(scalar $session->read_reply, '250 listed count=1', 'a short one follows');
is($session->read_line, '250 client name=billing', 'and the next request');

my ($page, $after, @got) = (700, '');
while (1) {
	$session->send("account list limit=$page $after\r\n");
	my @lines = $session->read_reply;
	push @got, map { / login=(\S+)/ ? $1 : () } @lines;
	last if $lines[-1] ne "250 listed count=$page";
	$after = "after=$got[-1]";
}
is_deeply(\@got, [ map { sprintf 'u%05d', $_ } 1 .. $count ],
    'page by page, each once');

done_testing();
