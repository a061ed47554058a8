#!/usr/bin/perl
#
# account lock and unlock: one exclamation mark, in the files where the
# secret is, and never an account that anybody can log in to.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;
use Dwserv::Test::Change;

my %content = %Dwserv::Test::Root::content;
my $hash = crypt 'rabbit', '$6$rounds=1000$abcdefgh$';
my @lines = (
	"alice:x:10000:100::/home/alice:/bin/sh",
	"locked:x:10001:100::/home/locked:/bin/sh",
	"never:x:10002:100::/home/never:/bin/sh",
	"star:x:10003:100::/home/star:/bin/sh",
	"empty:x:10004:100::/home/empty:/bin/sh",
	"twice:x:10005:100::/home/twice:/bin/sh",
	"plain:$hash:10006:100::/home/plain:/bin/sh",
	"open::10007:100::/home/open:/bin/sh",
	"both:$hash:10008:100::/home/both:/bin/sh",
	"noentry:x:10009:100::/home/noentry:/bin/sh",
	"old:x:10010:100::/home/old:/bin/sh",
);
my @shadows = (
	"alice:$hash:19000:1:2:3:4:30000:5",
	"locked:!$hash:19000:0:99999:7:::",
	"never:!:19000:0:99999:7:::",
	"star:*:19000:0:99999:7:::",
	"empty::19000:0:99999:7:::",
	"twice:!!:19000:0:99999:7:::",
	"both:$hash:19000:0:99999:7:::",
	"old:$hash:19000:0",
);
my $root = new_root(
    passwd => $content{passwd} =~ s/^(?=\+\@)/join "\n", @lines, ''/emr,
    shadow => $content{shadow} =~ s/^(?=\+)/join "\n", @shadows, ''/emr);
my $daemon = start_daemon($root, clients => {
    billing => { allow => '{ account }' },
    locker => { allow => '{ account lock }', uid => '10000 to 10005' } });
my $session = $daemon->login;

# An account as it is, locked and unlocked: shadow is one line or none.
sub goes_both_ways
{
	my ($login, $state, %locked) = @_;
	my $before = everything($root);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	changes($root, $session, "account lock $login",
	    "250 locked login=$login", %locked);
	reply_is($session, "account show $login", qr/ state=locked\z/);
	keeps($root, $session,
	    "account lock $login" => "250 unchanged login=$login");
	reply_is($session, "account unlock $login",
	    "250 unlocked login=$login");
	is_deeply(everything($root), unbacked($before),
	    "$login: as it was before");
	reply_is($session, "account show $login", qr/ state=$state\z/);
	keeps($root, $session,
	    "account unlock $login" => "250 unchanged login=$login");
}

# The same but for the files that were kept of the commit before.
sub unbacked
{
	my ($facts) = @_;
	my $now = everything($root);
	my %is = %$facts;

	for my $path (map { $root->etc("$_-") } @Dwserv::Test::Root::files) {
		delete $is{$path};
		$is{$path} = $now->{$path} if exists $now->{$path};
	}
	return \%is;
}

goes_both_ways('alice', 'active',
    shadow => [ alice => "alice:!$hash:19000:1:2:3:4:30000:5" ]);
goes_both_ways('plain', 'active',
    passwd => [ plain => "plain:!$hash:10006:100::/home/plain:/bin/sh" ]);
goes_both_ways('both', 'active',
    passwd => [ both => "both:!$hash:10008:100::/home/both:/bin/sh" ],
    shadow => [ both => "both:!$hash:19000:0:99999:7:::" ]);

# Those that are locked already, by whomever.
keeps($root, $session, map { ("account lock $_" =>
    "250 unchanged login=$_") } qw(locked never twice));
changes($root, $session, 'account unlock locked',
    '250 unlocked login=locked',
    shadow => [ locked => "locked:$hash:19000:0:99999:7:::" ]);
changes($root, $session, 'account lock locked', '250 locked login=locked',
    shadow => [ locked => "locked:!$hash:19000:0:99999:7:::" ]);

# A star is no lock, and an empty secret must not come back.
changes($root, $session, 'account lock star', '250 locked login=star',
    shadow => [ star => 'star:!*:19000:0:99999:7:::' ]);
changes($root, $session, 'account unlock star', '250 unlocked login=star',
    shadow => [ star => 'star:*:19000:0:99999:7:::' ]);
for my $login (qw(empty open)) {
	my $secret = $login eq 'open' ? 'passwd' : 'shadow';
	my ($line) = $root->line($secret, $login);

	changes($root, $session, "account lock $login",
	    "250 locked login=$login",
	    $secret => [ $login => $line =~ s/::/:!:/r ]);
	refuses($root, $session, "account unlock $login" =>
	    qr/^550 no-password account $login has no password /);
}
refuses($root, $session,
    'account unlock never' => qr/^550 no-password account never /,
    'account lock' => '501 missing-argument login',
    'account lock Alice' => qr/^501 invalid login: /,
    'account lock alice password=x' => '501 unknown-argument password',
    'account lock alice now' => qr/^501 syntax /,
    'account unlock' => '501 missing-argument login',
    'account lock nosuch' => '550 not-found account nosuch',
    'account unlock nosuch' => '550 not-found account nosuch',
    'account lock root' => qr/^550 protected account root /,
    'account unlock daemon' => qr/^550 protected account daemon /,
    'account lock boss' => '550 protected account boss is in group sudo',
    'account unlock veteran' => qr/^550 denied account veteran has uid /);
my $locker = $daemon->login(client => 'locker');
refuses($root, $locker,
    'account unlock locked' => '550 denied locker may not do that',
    'account lock plain' => qr/^550 denied account plain has uid /);
changes($root, $locker, 'account lock alice', '250 locked login=alice',
    shadow => [ alice => "alice:!$hash:19000:1:2:3:4:30000:5" ]);

# A damaged line, fields that are short, and no entry at all.
keeps($root, $session,
    'account lock noentry' => '250 unchanged login=noentry',
    'account unlock noentry' => '250 unchanged login=noentry');

# A new password opens what was locked.
replies($session,
    "account password never hash=$hash" => '250 changed login=never',
    'account show never' => qr/ state=active\z/,
    'account lock never' => '250 locked login=never',
    'account show never' => qr/ state=locked\z/);

# What was acknowledged outlives a crash.
my $before = everything($root);
kill_daemon($daemon);
$daemon->start;
$session = $daemon->login;
is_deeply(everything($root), $before, 'all is there after a crash');
replies($session,
    'account show never' => qr/ state=locked\z/,
    'account unlock never' => '250 unlocked login=never',
    'account show never' => qr/ state=active\z/);

# Without shadow, the secret is in passwd.
$session->close;
$daemon->stop;
unlink $root->etc('shadow');
$root->write('passwd', with_lines($root->read('passwd'),
    alice => "alice:$hash:10000:100::/home/alice:/bin/sh"));
$daemon->start;
$session = $daemon->login;
changes($root, $session, 'account lock alice', '250 locked login=alice',
    passwd => [ alice => "alice:!$hash:10000:100::/home/alice:/bin/sh" ]);
reply_is($session, 'account show alice', qr/ state=locked\z/);
changes($root, $session, 'account unlock alice', '250 unlocked login=alice',
    passwd => [ alice => "alice:$hash:10000:100::/home/alice:/bin/sh" ]);
reply_is($session, 'account show alice', qr/ state=active\z/);

my $ledger = slurp("$daemon->{state}/ledger/00000001");
like($ledger, qr/ change=account\.lock login=alice uid=10000\b/,
    'the ledger has locks');
like($ledger, qr/ change=account\.unlock login=alice uid=10000\b/,
    'and unlocks');
unlike($ledger, qr/\$6\$/, 'but no secret');

done_testing();
