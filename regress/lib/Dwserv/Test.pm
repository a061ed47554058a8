# What every end-to-end test begins with: a private root, a daemon that
# serves it, and clients that talk to it.

package Dwserv::Test;

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use Dwserv::Test::Daemon;
use Dwserv::Test::Root;
use Dwserv::Test::Session;
use Dwserv::Test::Wait;

our @EXPORT = (qw(new_root new_daemon start_daemon enter_namespace replies
    days_today reply_is is_sanitized), @Dwserv::Test::Wait::EXPORT_OK);
Dwserv::Test::Wait->import(@Dwserv::Test::Wait::EXPORT_OK);

# However a test gets stuck, it ends, and what it started with it.
our $time_limit = 240;
$SIG{ALRM} = sub { die "the test took more than $time_limit seconds\n" };
$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { exit 1 };
$SIG{PIPE} = sub { $SIG{PIPE} = 'IGNORE'; exit 1 };
alarm $time_limit;

plan(skip_all => 'needs root: dwserv gives files to their owners')
    if $> != 0;
for my $program (qw(dwserv dwserv-config dwserv-worker dwserv-auth dwserv-home
    dwservctl)) {
	-x "$Dwserv::Test::Daemon::obj/$program" or
	    BAIL_OUT("$Dwserv::Test::Daemon::obj/$program is missing; make");
}

sub new_root
{
	return Dwserv::Test::Root->new(@_);
}

# A daemon for a root, not started; see Dwserv::Test::Daemon::new().
sub new_daemon
{
	return Dwserv::Test::Daemon->new(@_);
}

sub start_daemon
{
	return new_daemon(@_)->start;
}

# Go on in namespaces of our own, by running the test anew under
# unshare(1) with these options; skips the test if they cannot be had.  Then
# DWSERV_NAMESPACE is in the environment.
sub enter_namespace
{
	my (@options) = @_;

	my $kind = $options[0] eq '-n' ? 'net' : 'mnt';
	my $here = readlink "/proc/self/ns/$kind";

	return if ($ENV{DWSERV_OUTSIDE} // $here) ne $here;
	delete $ENV{DWSERV_NAMESPACE};
	my ($status) = Dwserv::Test::Wait::run_program('unshare', @options,
	    'true');
	plan(skip_all => "needs unshare @options, which is not possible here")
	    if $status != 0;
	$ENV{DWSERV_OUTSIDE} = $here;
	$ENV{DWSERV_NAMESPACE} = 1;
	alarm 0;
	exec 'unshare', @options, $^X, $0 or die "unshare: $!\n";
}

# Days since 1970, as shadow(5) counts them.
sub days_today
{
	return int time / 86400;
}

# Ask, and compare the reply: with a string, as it is; with a pattern.
sub reply_is
{
	my ($session, $line, $expected, $name) = @_;
	my $reply = $session->ask($line);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$name //= length $line > 60 ? substr($line, 0, 57) . '...' : $line;
	return ref $expected ? like($reply, $expected, $name) :
	    is($reply, $expected, $name);
}

# A list of pairs, request and expected reply.
sub replies
{
	my ($session, @pairs) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	while (my ($line, $expected) = splice @pairs, 0, 2) {
		reply_is($session, $line, $expected);
	}
}

# Whether the programs have the address sanitizer in them, which has memory
# and system calls of its own.
sub is_sanitized
{
	return slurp("$Dwserv::Test::Daemon::obj/dwserv-worker") =~
	    /__asan_init/;
}

1;
