# Differences to shadow-utils that are on purpose: each is tried out on both,
# so that none is told of that is none.

package Dwserv::Parity::Differences;

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use Dwserv::Parity;
use Dwserv::Parity::Tools qw(end_tools);

our @EXPORT = qw(lines_are verdicts differences);

# The lines of a name in both roots' file.
sub lines_are
{
	my ($parity, $file, $name, $ours, $theirs) = @_;
	my ($our_lines, $their_lines) = map {
	    join "\n", map { $parity->without_today("$_\n") =~ s/\n//r }
	    $_->lines($file, $name) } @$parity{qw(ours theirs)};

	is($our_lines, $ours, "$file: dwserv's line of $name");
	ref $theirs ? like($their_lines, $theirs, "$file: the tool's") :
	    is($their_lines, $theirs, "$file: the tool's");
}

# Ask both: dwserv's reply, and whether the tool did it.
sub verdicts
{
	my ($parity, $request, $reply, $tool) = @_;
	my $before = $parity->{ours}->snapshot;
	my ($ours, $status) = $parity->ask_both(@$request);

	like($ours, $reply, $parity->step_name(@$request) . ': dwserv');
	is($status == 0 ? 'done' : 'refused', $tool, 'the tool') or
	    diag($parity->{tool});
	is_deeply($parity->{ours}->snapshot, $before, 'nothing was changed')
	    unless $ours =~ /^250/;
}

# A list of them: what it is, why, the files, and code that is given the
# pair and shows it.
sub differences
{
	for my $difference (@_) {
		my ($name, $reason, $files, $code) = @$difference;

		subtest $name => sub {
			my $parity = parity($name, %$files);

			note("because: $reason");
			$code->($parity);
			end_tools($parity->{theirs}->path);
			is($parity->{daemon}->stop, 0, 'the end');
		};
	}
	diag(@_ . ' differences by design, each tried on both');
}

1;
