#!/usr/bin/perl
#
# Lines as octets: how long they may be and what they may consist of.  A
# line that is refused is refused once, and the session goes on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Test;

my $root = new_root();
my $daemon = start_daemon($root, global => { prefork => 1 });
my $session = $daemon->login;
my $other = $daemon->login;

# A request of exactly so many octets that is right in itself.
sub line_of
{
	my ($length) = @_;

	return 'noop' . ' ' x ($length - 4);
}

sub sent_gets
{
	my ($bytes, $expected, $name) = @_;

	$session->send($bytes);
	like($session->read_reply, $expected, $name);
	is($session->ask('whoami'), '250 client name=billing',
	    "$name: the session goes on");
}

my $too_long = qr/^500 line-too-long /;
my $bad = qr/^500 bad-character /;

for my $ending ("\n", "\r\n") {
	my $name = 'ending in ' . length($ending) . ' octets';

	sent_gets(line_of(8192) . $ending, qr/^250 ok\z/, "8192, $name");
	sent_gets(line_of(8193) . $ending, $too_long, "8193, $name");
	sent_gets(line_of(8194) . $ending, $too_long, "8194, $name");
	sent_gets(line_of(8195) . $ending, $too_long, "8195, $name");
	sent_gets(line_of(300000) . $ending, $too_long, "300000, $name");
	sent_gets('"' . 'x' x 8191 . $ending, qr/^501 syntax /,
	    "8192 that make no sense, $name");
}

# In pieces, so that the limit is met before the ending is.
for my $length (8191 .. 8195) {
	my $expected = $length > 8192 ? $too_long : qr/^250 ok\z/;

	for my $cut (8190, 8192, $length) {
		next if $cut > $length;
		my $line = line_of($length);
		$session->send(substr $line, 0, $cut);
		# When the only worker answers this, it has read that.
		$other->ask('noop');
		$session->send(substr($line, $cut) . "\r");
		sent_gets("\n", $expected, "$length, $cut of them first");
	}
}

# Many lines at once with a bad one among them.
is_deeply([ $session->pipeline('noop', line_of(9000), 'noop',
    line_of(20000), line_of(8192), '', 'whoami') ],
    [ '250 ok', '500 line-too-long at most 8192 octets', '250 ok',
    '500 line-too-long at most 8192 octets', '250 ok',
    '500 unknown-request help lists what there is',
    '250 client name=billing' ], 'long lines in a pipeline');

# C0 controls, DEL, C1 controls, and what is not UTF-8.
for my $octet (0 .. 31, 127) {
	next if $octet == 10;
	sent_gets('noop' . chr($octet) . " \n", $bad,
	    sprintf 'octet 0x%02x', $octet);
}
sent_gets("noop\r\r\n", $bad, 'CR CR LF');
sent_gets("\0" x 100 . "\n", $bad, 'nothing but NUL');
my %sequences = (
	'U+0080' => "\xc2\x80", 'U+009F' => "\xc2\x9f",
	'a lone second octet' => "\x80", 'octet 0xff' => "\xff",
	'octet 0xfe' => "\xfe", 'a cut-off character' => "\xc3",
	'two octets of three' => "\xe2\x82",
	'a first octet twice' => "\xc3\xc3",
	'a slash in two octets' => "\xc0\xaf",
	'a slash in three octets' => "\xe0\x80\xaf",
	'a surrogate' => "\xed\xa0\x80", 'U+110000' => "\xf4\x90\x80\x80",
	'five octets' => "\xf8\x88\x80\x80\x80",
	'Latin-1' => "M\xfcller",
);
for my $name (sort keys %sequences) {
	sent_gets("account create mueller gecos=\"$sequences{$name}\"\n",
	    $bad, $name);
}
is_deeply([ $root->lines('passwd', 'mueller') ], [],
    'nothing came of any of these');

# What is allowed arrives as it was sent.
for my $gecos ("M\xc3\xbcller", "\xc2\xa0", "\xe2\x82\xac", "\xef\xbf\xbd",
    "\xf0\x9f\x90\x91", "\xf4\x8f\xbf\xbf") {
	my $login = 'u' . unpack 'H*', $gecos;

	reply_is($session, "account create $login gecos=\"$gecos\"",
	    qr/^250 created login=$login /, "gecos of $login");
	like($root->line('passwd', $login), qr/^[^:]+:x:\d+:\d+:\Q$gecos\E:/,
	    "$login in passwd");
	reply_is($session, "account show $login",
	    qr/ gecos="?\Q$gecos\E"? home=/, "show $login");
}

done_testing();
