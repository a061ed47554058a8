# The programs of shadow-utils, run on a private root: in a mount namespace
# of their own, in which the root's directories lie over the machine's.
# Where one of these mounts fails, nothing is run.

package Dwserv::Parity::Tools;

use strict;
use warnings;

use Exporter qw(import);
use File::Temp;

use Dwserv::Test::Wait qw(run_program slurp spill);

our @EXPORT_OK = qw(run_tool tools_missing);

# The version whose files dwserv writes.
my $version = qr/^4\.13\b/;

# /run is emptied so that no cache answers for the machine's own files.
my $script = <<'END';
set -e
root=$1 input=$2
shift 2
for directory in etc home var/mail var/log; do
	test ! -d "/$directory" ||
	    mount --bind "$root/$directory" "/$directory"
done
mount -t tmpfs none /run
cmp -s /etc/passwd "$root/etc/passwd"
test "$(stat -c %d:%i /etc)" = "$(stat -c %d:%i "$root/etc")"
exec "$@" < "$input"
END

# Run a program with that input.  Returns its exit status, and all that it
# said.
sub run_tool
{
	my ($root, $command, @input) = @_;
	my $input = File::Temp->new;

	spill("$input", join '', @input);
	my ($status, $output, $complaint) = run_program('unshare', '-m',
	    '--propagation', 'private', 'sh', '-c', $script, 'sh', $root,
	    "$input", @$command);
	return ($status // -1, $output . $complaint);
}

# Why the tools cannot be compared with, undef if they can.
sub tools_missing
{
	my ($status) = run_program('unshare', '-m', '--propagation',
	    'private', 'mount', '-t', 'tmpfs', 'none', '/run');
	return 'needs a mount namespace, which is not possible here'
	    if !defined $status || $status != 0;
	for my $program (qw(useradd userdel chpasswd)) {
		($status) = run_program('sh', '-c', "command -v $program");
		return "needs $program" if $status != 0;
	}
	my ($missing, $output) = run_program('dpkg-query', '-W', '-f',
	    '${Version}', 'passwd');
	$output =~ s/^\d+://;
	return 'needs shadow-utils 4.13, not ' . ($output || 'an unknown one')
	    unless $missing == 0 && $output =~ $version;
	return undef;
}

1;
