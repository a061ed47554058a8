#!/usr/bin/perl
#
# What capa promises: no more than the client may do, and no less.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my %accounts = (uid => '10000 to 19999', shells => '{ /bin/sh, /bin/false }',
    accept => '{ sha512 cost 5000, bcrypt cost 8 }',
    hash => 'sha512 cost 1000');
my %clients = (
	plain => { allow => '{ account, group show }', groups => undef },
	full => { allow => '{ alias }', uid => '10000 to 10999',
	    gid => '12000 to 12999', names => '{ "cust-*", "c??" }',
	    aliases => '{ "cust-*" }', domains => '{ "*.example.org" }',
	    groups => '{ ftp, mail }', shells => '{ /bin/false }',
	    home => '/home/customers', hash => 'no', rate => '5 burst 20',
	    read => 'all' },
	mute => { allow => '{ alias }', domains => '{ }', rate => '7' },
);
my $daemon = start_daemon(new_root(),
    global => { aliases => '"/etc/aliases"' }, accounts => \%accounts,
    clients => \%clients);

# The values of each name, in a hash; session words left out.
sub capabilities
{
	my ($session) = @_;
	my (%got, $last);

	$session->send("capa\r\n");
	for ($session->read_reply) {
		/^250-capability name=([a-z-]+) value=(?|"([^"]*)"|(\S*))\z/ ?
		    push @{$got{$1}}, $2 : ($last = $_);
	}
	my $count = 0;
	$count += @$_ for values %got;
	is($last, "250 listed count=$count", 'all are counted');
	delete $got{command};
	return \%got;
}

my $stranger = $daemon->connect;
$stranger->read_reply;
is_deeply(capabilities($stranger), { 'line-length' => [ 8192 ],
    hash => [ qw(sha512 bcrypt) ] }, 'of nobody');

my @account = map { "account $_" } qw(create ensure modify rename password
    lock unlock suspend resume delete show list);
my %session = map { $_ => $daemon->login(client => $_) } keys %clients;
is_deeply(capabilities($session{plain}), { 'line-length' => [ 8192 ],
    request => [ @account, 'group show' ], hash => [ qw(sha512 bcrypt) ],
    uid => [ '10000-19999' ], gid => [ '10000-19999' ],
    shells => [ '/bin/sh,/bin/false' ], home => [ '/home' ],
    read => [ 'own' ] }, 'of a client without limits');
my @alias = map { "alias $_" } qw(set add remove delete show list);
my %full = ('line-length' => [ 8192 ], request => \@alias,
    uid => [ '10000-10999' ], gid => [ '12000-12999' ],
    names => [ 'cust-*,c??' ], groups => [ 'ftp,mail' ],
    shells => [ '/bin/false' ], home => [ '/home/customers' ],
    aliases => [ 'cust-*' ], domains => [ '*.example.org' ],
    read => [ 'all' ], rate => [ 5 ], burst => [ 20 ]);
is_deeply(capabilities($session{full}), \%full, 'of one with all of them');
my $got = capabilities($session{mute});
is_deeply([ @$got{qw(domains rate burst)} ], [ [ '' ], [ 7 ], [ 7 ] ],
    'no addresses at all; a burst that is the rate');

# What is promised is so: each request that is not is denied, and no other.
my %requests = (account => [ qw(create ensure modify rename password lock
	unlock suspend resume delete show list) ],
    group => [ qw(create modify rename delete add remove show list) ],
    alias => [ qw(set add remove delete show list) ]);
for my $client (qw(plain mute)) {
	my %may = map { $_ => 1 } @{capabilities($session{$client})->{request}};

	for my $noun (sort keys %requests) {
		for my $verb (@{$requests{$noun}}) {
			my $reply = $session{$client}->ask("$noun $verb");

			if ($may{"$noun $verb"}) {
				unlike($reply, qr/ may not do that\z/,
				    "$client may: $noun $verb");
			} else {
				is($reply, "550 denied $client may not do " .
				    'that', "$client may not: $noun $verb");
			}
		}
	}
}

# Ready hashes are refused before anything else is asked.
$daemon->configure(global => { aliases => '"/etc/aliases"' },
    accounts => \%accounts, clients => { %clients,
	full => { %{$clients{full}}, allow => '{ account, alias }' } });
is(($daemon->ctl('reload'))[0], 0, 'a reload');
is_deeply(capabilities($session{full}), { %full,
    request => [ @account, @alias ] }, 'sessions promise what is so now');
my $hash = '$6$rounds=1000$saltsalt$' . 'a' x 86;
for my $request ('account create cust-a', 'account ensure cust-a',
    'account password cust-a') {
	reply_is($session{full}, "$request hash=$hash", qr/^550 denied /);
}
reply_is($session{full}, 'account create cust-a password=secret uid=10001',
    '250 created login=cust-a uid=10001 gid=12000 ' .
    'home=/home/customers/cust-a shell=/bin/false')
    if mkdir $daemon->{root}->path('/home/customers');
is($daemon->{root}->line('shadow', 'cust-a') =~
    /^cust-a:(\$6\$rounds=1000\$[^:]+):/ ? crypt('secret', $1) : '', $1 // 'x',
    'passwords are hashed as they were');
reply_is($session{full}, 'account create cust-b', qr/^250 created /);

is($daemon->stop, 0, 'the end');
done_testing();
