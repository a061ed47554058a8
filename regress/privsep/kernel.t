#!/usr/bin/perl
#
# Kernels that lack what the walls are made of: dwserv starts only if the
# configuration is content with the best effort, says what is missing, and has
# the other walls.  They are played by older.c.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use File::Temp;
use Test::More;

use Dwserv::Test;

my $obj = $Dwserv::Test::Daemon::obj;
my $tools = File::Temp->newdir('dwserv.XXXXXXXX', TMPDIR => 1);
for my $tool (qw(older inject)) {
	my ($status, undef, $errors) = run_program('cc', '-std=gnu11',
	    '-D_GNU_SOURCE', '-O1', '-o', "$tools/$tool",
	    "$FindBin::Bin/$tool.c");
	plan(skip_all => "needs a compiler: $errors")
	    unless defined $status && $status == 0;
}
my ($status, undef, $errors) = run_program("$tools/older", 2, 1, '/bin/true');
plan(skip_all => "older kernels cannot be played: $errors") if $status != 0;

# From here on dwserv is run as on such a kernel.
symlink "$obj/$_", "$tools/$_" for qw(dwserv-config dwserv-worker dwserv-auth
    dwserv-home dwservctl);
$Dwserv::Test::Daemon::obj = "$tools";

sub be_kernel
{
	my ($level, $seccomp) = @_;

	spill("$tools/dwserv",
	    "#!/bin/sh\nexec $tools/older $level $seccomp $obj/dwserv \"\$@\"\n");
	chmod 0755, "$tools/dwserv";
}

my @best = (global => { sandbox => 'best effort' });

# What does without: the missing part, as it is told; what of it is in the
# status; and what proc(5) says of seccomp.
for ([ 0, 1, 'landlock', 'landlock', 2 ], [ 1, 1, 'landlock', 'landlock', 2 ],
    [ 2, 0, 'seccomp', 'seccomp, file truncation, TCP, device ioctl, ' .
    'scopes', 1 ], [ 0, 0, 'landlock and seccomp', 'seccomp, landlock', 1 ]) {
	my ($level, $seccomp, $lacking, $missing, $mode) = @$_;
	my $name = "without $lacking ($level)";

	be_kernel($level, $seccomp);
	my $root = new_root();
	my $daemon = new_daemon($root);
	$daemon->launch;
	is(program_ended($daemon->pid) >> 8, 1, "$name: strict does not start");
	like($daemon->log, qr/: this kernel has no $lacking, which dwserv\(8\) /,
	    "$name: and says why");
	$daemon = start_daemon($root, @best);
	like($daemon->log, qr/sandbox best effort: this kernel has no $lacking$/m,
	    "$name: best effort starts, and says so");
	my ($told) = $daemon->status('sandbox');
	is_deeply($told, { record => 'sandbox', mode => 'best-effort',
	    landlock => $level, seccomp => $seccomp ? 'yes' : 'no',
	    missing => $missing }, "$name: as does the status");
	reply_is($daemon->login, 'account create alice', qr/^250 created /,
	    "$name: it serves");
	ok(-d $root->path('/home/alice'), "$name: and makes homes");
	# The filter that plays the kernel counts, too.
	my ($worker) = $daemon->wait_children('worker');
	is(process_status($worker, 'Seccomp_filters'), $seccomp ? 3 : 1,
	    "$name: filters");
	is(process_status($worker, 'CapBnd'), '0' x 16,
	    "$name: other walls are there");
	$daemon->configure;
	my ($failed, undef, $complaint) = $daemon->ctl('reload');
	is($failed, 1, "$name: a reload that wants more is refused");
	like($complaint, qr/this kernel has no $lacking, /, "$name: and why");
	is($daemon->stop, 0, "$name: the end");
}

# Debian 12's Linux 6.1 has enough.
be_kernel(2, 1);
my $root = new_root();
my $daemon = start_daemon($root);
like($daemon->log, qr/this kernel, with landlock 2, does not restrict file /,
    'landlock 2: what is missing is told');
is_deeply([ $daemon->status('sandbox') ], [ { record => 'sandbox',
    mode => 'strict', landlock => 2, seccomp => 'yes', missing =>
    'file truncation, TCP, device ioctl, scopes' } ],
    'landlock 2: and in the status');
my $session = $daemon->login;
replies($session, 'account create alice' => qr/^250 created /,
    'account modify alice home=/home/alicia home-move=yes' => qr/^\d+ /,
    'account delete alice home=remove' => qr/^250 deleted /);
is(($daemon->ctl('reload'))[0], 0, 'landlock 2: a reload');
reply_is($daemon->login, 'account create bob', qr/^250 created /);
SKIP: {
	skip('the injector is for x86-64', 1) if `uname -m` !~ /^x86_64/;
	spill("$tools/file", '');
	is((run_program("$tools/inject", $daemon->pid, 'openat', -100,
	    "s:$tools/file", 1))[1], "openat EACCES\n",
	    'landlock 2: no file elsewhere is written');
}
is($daemon->stop, 0, 'landlock 2: the end');

done_testing();
