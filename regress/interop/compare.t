#!/usr/bin/perl
#
# What compares two roots for the parity tests finds each difference that
# is planted, and takes none for one that is a date of today or a salt.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;

use Dwserv::Parity::Compare qw(states_differ tree);
use Dwserv::Parity::Start qw(%small);
use Dwserv::Test;

my $today = days_today();
my %start = (%small, shadow => $small{shadow} . "new:!:$today:0:9:7:::\n");

# What is found different in two roots, one of which the code has changed.
sub found
{
	my ($how, $code) = @_;
	my ($first, $second) = map { new_root(%start) } 1, 2;
	my $before = { map { $_ => "before\n" } keys %{$first->snapshot} };

	$_->write('passwd-', "old\n") for $first, $second;
	$code->($second, $first);
	my ($differ) = states_differ($first, $second, days => [$today,
	    $today + 1], before => $before, backups => 1,
	    passwords => { al => 'sesame' }, %$how);
	return "@$differ";
}

sub edited
{
	my ($file, $pattern, $text) = @_;

	return sub {
		my ($root) = @_;
		my $content = $root->read($file);

		$content =~ s/$pattern/$text/ or die "no $pattern\n";
		open my $out, '>', $root->etc($file) or die "$!\n";
		print $out $content;
		close $out or die "$!\n";
	};
}

# Both shadows with a hash of al's password, by methods and passwords.
sub hashed
{
	my ($one, $other, $second) = @_;

	return sub {
		my ($root, $first) = @_;
		edited('shadow', qr/^al:!/m, 'al:' .
		    crypt('sesame', $one))->($first);
		edited('shadow', qr/^al:!/m, 'al:' .
		    crypt($second // 'sesame', $other))->($root);
	};
}

is(found({}, sub { }), '', 'two of the same');
for my $file (qw(passwd shadow group gshadow)) {
	is(found({}, edited($file, qr/eve/, 'evE')), $file,
	    "one letter in $file");
	is(found({}, edited($file, qr/\n\z/, '')), $file,
	    "no newline at the end of $file");
	is(found({}, sub { unlink $_[0]->etc($file) or die }),
	    "$file $file mode", "no $file");
	is(found({}, sub { chmod 0604, $_[0]->etc($file) }), "$file mode",
	    "another mode of $file");
	is(found({}, sub { chown 1, 0, $_[0]->etc($file) }), "$file mode",
	    "another owner of $file");
	is(found({}, edited($file, qr/\A(.*\n)(.*\n)/, '')), $file,
	    "lines less in $file");
}
is(found({}, edited('passwd-', qr/old/, 'new')), 'passwd-', 'a backup');
is(found({}, sub { unlink $_[0]->etc('passwd-') }),
    'passwd- passwd- mode', 'no backup');
is(found({ backups => 0 }, edited('passwd-', qr/old/, 'new')), '',
    'backups of more than one program');

# Today and tomorrow are the same, yesterday is not; nor in other fields.
my $tomorrow = $today + 1;
my $yesterday = $today - 1;
is(found({}, edited('shadow', qr/^new:!:$today/m, "new:!:$tomorrow")), '',
    'midnight');
is(found({}, edited('shadow', qr/^new:!:$today/m, "new:!:$yesterday")),
    'shadow', 'yesterday');
is(found({}, edited('shadow', qr/^new:!:$today:0/m,
    "new:!:$today:$today")), 'shadow', 'today where it has no place');

# Salts are not compared, all else is.
is(found({}, hashed('$6$rounds=1000$aaaaaaaa$', '$6$rounds=1000$bbbbbbbb$')),
    '', 'salts');
is(found({}, hashed('$6$rounds=1000$aaaaaaaa$', '$6$rounds=1001$aaaaaaaa$')),
    'shadow', 'rounds');
is(found({}, hashed('$6$rounds=1000$aaaaaaaa$', '$6$rounds=1000$bbbbbbbb$',
    'Sesame')), 'shadow', 'another password');
is(found({}, hashed('$6$rounds=1000$aaaaaaaa$',
    '$2b$04$abcdefghijklmnopqrstuu')), 'shadow', 'methods');
is(found({ passwords => {} }, hashed('$6$rounds=1000$aaaaaaaa$',
    '$6$rounds=1000$bbbbbbbb$')), 'shadow', 'hashes that were given');

# Homes.
sub trees
{
	my ($code) = @_;
	my ($first, $second) = map { new_root() } 1, 2;

	for my $root ($first, $second) {
		utime 1, 2, $root->path("/etc/skel/$_")
		    for qw(.profile run .config/empty);
	}
	$code->($second->path('/etc/skel'));
	return join('', tree($first->path, '/etc/skel')) eq
	    join('', tree($second->path, '/etc/skel')) ? 'same' : 'not';
}

is(trees(sub { }), 'same', 'two trees');
my %planted = (
    'a mode' => sub { chmod 0711, "$_[0]/.config" },
    'an owner' => sub { chown 5, -1, "$_[0]/.config/empty" },
    'a group' => sub { chown -1, 5, "$_[0]/.config" },
    'the owner of a link' => sub { run_wanted('chown', '-h', '5',
	"$_[0]/.link") },
    'a link' => sub { unlink "$_[0]/.link"; symlink 'x', "$_[0]/.link" },
    'a time' => sub { utime 1, 3, "$_[0]/run" },
    'what is in a file' => sub { spill("$_[0]/run", "#!/bin/sH\n");
	utime 1, 2, "$_[0]/run" },
    'a name' => sub { rename "$_[0]/run", "$_[0]/Run" },
    'one more' => sub { mkdir "$_[0]/x" },
    'one less' => sub { unlink "$_[0]/.config/empty" });
is(trees($planted{$_}), 'not', $_) for sort keys %planted;

done_testing;
