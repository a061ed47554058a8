#!/usr/bin/perl
#
# What a client sees: its own, by range and patterns, and what is named for
# it; or all.  Reloads change that for sessions that are there.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my %content = %Dwserv::Test::Root::content;
my $root = new_root(
    passwd => $content{passwd} =~ s/^(?=\+)/join "\n",
	'cust-a:x:10001:10001::\/home\/cust-a:\/bin\/sh',
	'cust-b:x:10002:12002::\/home\/cust-b:\/bin\/sh',
	'other:x:10003:10003::\/home\/other:\/bin\/sh',
	'cust-far:x:20001:20001::\/home\/far:\/bin\/sh', ''/emr,
    group => $content{group} =~ s/^(?=\+)/join "\n", 'cust-a:x:10001:',
	'cust-b:x:12002:', 'cust-g:x:12003:cust-a,other', 'club:x:12004:',
	'cust-low:x:10005:', ''/emr,
    aliases => "root: boss\ncust-news: cust-a\nCUST-up: other\n" .
	"sales: cust-a\n");
my %all = (allow => '{ account, group, alias, watch }');
my %clients = (
	wide => { %all, uid => '10000 to 19999' },
	narrow => { %all, uid => '10000 to 10999', gid => '12000 to 12999',
	    names => '{ "cust-*" }', aliases => '{ "cust-*" }',
	    groups => '{ project }' },
	all => { %all, uid => '10000 to 10999', names => '{ "cust-*" }',
	    aliases => '{ "cust-*" }', read => 'all' },
);
my $daemon = start_daemon($root,
    global => { aliases => '"/etc/aliases"' }, clients => \%clients);

# The names in a list.
sub names
{
	my ($session, $request) = @_;

	$session->send("$request\r\n");
	return join ' ', map { / (?:login|group|name)="?([^ "]+)/ ? $1 : () }
	    grep { /^250-/ } $session->read_reply;
}

sub sees
{
	my ($session, $name, $accounts, $groups, $aliases) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(names($session, 'account list'), $accounts, "$name: accounts");
	is(names($session, 'group list'), $groups, "$name: groups");
	is(names($session, 'alias list'), $aliases, "$name: aliases");
	my %own = map { $_ => 1 } split / /, $accounts;
	for (qw(root veteran boss cust-a cust-b other cust-far)) {
		reply_is($session, "account show $_", $own{$_} ?
		    qr/^250 account login=$_ / : "550 not-found account $_",
		    "$name: account show $_");
	}
	%own = map { $_ => 1 } split / /, $groups;
	for (qw(sudo ftp project cust-a cust-g club boss)) {
		reply_is($session, "group show $_", $own{$_} ?
		    qr/^250 group name=$_ / : "550 not-found group $_",
		    "$name: group show $_");
	}
	%own = map { lc, 1 } split / /, $aliases;
	for (qw(root cust-news Cust-Up sales)) {
		reply_is($session, "alias show $_", $own{lc $_} ?
		    qr/^250 alias name="?\Q$_\E\b/i :
		    "550 not-found alias $_", "$name: alias show $_");
	}
}

# What of the ledger is told, each by its file and name.
sub watched
{
	my ($session) = @_;
	my %seen;

	$session->send("watch since=0 follow=no\r\n");
	for ($session->read_reply) {
		$seen{"$1 $2"}++ if /file=(\S+) .*?(?:login|group|alias)=(\S+)/;
	}
	return join ' ', sort map { s/ /:/r } keys %seen;
}

my @all_accounts = qw(boss cust-a cust-b cust-far daemon mail nobody other
    root veteran www-data);
my @all_groups = qw(adm boss club cust-a cust-b cust-g cust-low daemon docker
    ftp mail nogroup project root sudo users veteran);
my %narrow = (accounts => 'cust-a cust-b', groups => 'cust-b cust-g project',
    aliases => 'cust-news cust-up');
my %sessions = map { $_ => $daemon->login(client => $_) } keys %clients;

sees($sessions{wide}, 'wide', 'boss cust-a cust-b other',
    'boss club cust-a cust-b cust-g cust-low ftp mail project users',
    'cust-news cust-up root sales');
sees($sessions{narrow}, 'narrow', @narrow{qw(accounts groups aliases)});
sees($sessions{all}, 'all', "@all_accounts", "@all_groups",
    'cust-news cust-up root sales');

# The same of the ledger; and never a word of shadow.
is(watched($sessions{narrow}), 'aliases:cust-news aliases:cust-up ' .
    'group:cust-b group:cust-g group:project passwd:cust-a passwd:cust-b',
    'narrow: the ledger');
is(watched($sessions{all}), join(' ', sort
    (map { "aliases:$_" } qw(root cust-news cust-up sales)),
    (map { "group:$_" } @all_groups), map { "passwd:$_" } @all_accounts),
    'all: the ledger');

# To see all is not to change all.
reply_is($sessions{all}, $_, qr/^550 (?:denied|protected) /)
    for 'account lock veteran', 'account lock other', 'account lock cust-far',
    'group delete project', 'alias set sales targets=cust-a';

# Names that come into sight, and leave it.
replies($sessions{wide},
    'account rename other name=cust-c' => qr/^250 renamed /,
    'alias set cust-new targets=cust-c' => qr/^250 set /,
    'group rename club name=cust-club' => qr/^250 renamed /);
wait_for(sub { names($sessions{narrow}, 'account list') eq
    'cust-a cust-b cust-c' });
is(names($sessions{narrow}, 'group list'),
    'cust-b cust-club cust-g project', 'a group that is renamed');
is(names($sessions{narrow}, 'alias list'), 'cust-new cust-news cust-up',
    'an alias that is new');
$sessions{narrow}->send("watch since=0 follow=no\r\n");
my @entries = $sessions{narrow}->read_reply;
is(scalar(grep { /change=account\.rename .*name=cust-c / } @entries), 1,
    'the rename is told of');
is(scalar(grep { /change=group\.rename .*name=cust-club / } @entries), 1,
    'that of the group, too');

# A reload, under the eyes of sessions.
$clients{narrow}{read} = 'all';
$clients{all}{read} = undef;
delete $clients{wide}{uid};
$clients{wide}{names} = '{ "o*", "b*" }';
$daemon->configure(global => { aliases => '"/etc/aliases"' },
    clients => \%clients);
is(($daemon->ctl('reload'))[0], 0, 'a reload');
is(names($sessions{narrow}, 'account list'), join(' ', sort
    map { $_ eq 'other' ? 'cust-c' : $_ } @all_accounts),
    'now the narrow one sees all');
is(names($sessions{all}, 'account list'), 'cust-a cust-b cust-c',
    'and who saw all sees its own');
is(names($sessions{wide}, 'account list'), 'boss', 'by other patterns');

is($daemon->stop, 0, 'the end');
done_testing();
