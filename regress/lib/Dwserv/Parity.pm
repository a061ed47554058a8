# Two roots with the same account files: one that dwserv serves, one for
# the programs of shadow-utils.  Each request is put to both, and what both
# leave is compared byte by byte.

package Dwserv::Parity;

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use Dwserv::Parity::Commands qw(request_of request_line tool_commands
    tool_did);
use Dwserv::Parity::Compare qw(root_state states_differ tree);
use Dwserv::Parity::Start qw(%small $hash);
use Dwserv::Parity::Table qw(table_rows options_of);
use Dwserv::Parity::Tools qw(run_tool end_tools tools_missing);
use Dwserv::Test;

our @EXPORT = qw(parity parity_report $hash);

# What was compared, in all, and the rows of the table that were done.
our %count = (cases => 0, equal => 0, done => 0);
our %exercised;

my $reason = tools_missing();
plan(skip_all => $reason) if defined $reason;

# Begin a pair with these files instead of the small ones; undef leaves one
# out, and `accounts' changes that block of the configuration.  `name' is
# for the messages.
sub parity
{
	my ($name, %files) = @_;
	my $accounts = delete $files{accounts} // {};
	my %start = (%small, %files);
	my $self = bless { name => $name, passwords => {},
	    ours => new_root(%start), theirs => new_root(%start) };

	serve($self, $accounts);
	$self->{day} = days_today();
	prepare_tools($self->{theirs});
	same_times($self);
	return $self;
}

# A daemon for our root, and a client that may do everything.
sub serve
{
	my ($self, $accounts) = @_;

	$self->{daemon} = start_daemon($self->{ours}, global => {
	    prefork => 1, 'timeout lock' => 1 }, accounts => $accounts,
	    clients => { billing => { groups => undef,
	    allow => '{ account, "group" }' } });
	$self->{session} = $self->{daemon}->login;
}

# What the tools need besides: where to look names up, and places to write.
sub prepare_tools
{
	my ($root) = @_;

	$root->write('nsswitch.conf', "passwd: files\ngroup: files\n" .
	    "shadow: files\ngshadow: files\n");
	mkdir $root->path($_) for qw(/var /var/mail /var/log);
}

# A home's times come from skel; so both must have the same.
sub same_times
{
	my ($self) = @_;

	for my $root (@$self{qw(ours theirs)}) {
		utime 1_000_000_000, 1_100_000_000 + length,
		    $root->path("/etc/skel/$_")
		    for qw(.profile .config/empty run .config);
	}
}

# A step of a scenario: a request as a list, or several with the command
# lines that do the same: { ask => [requests], run => [command lines] }.
sub step_of
{
	my (@step) = @_;

	return { requests => [map { request_of(@$_) } @{$step[0]{ask}}],
	    commands => $step[0]{run} } if ref $step[0];
	return { requests => [request_of(@step)] };
}

# The command lines of a step.
sub commands_of
{
	my ($step, @replies) = @_;

	return @{$step->{commands}} if $step->{commands};
	return tool_commands($step->{requests}[0], $replies[0]);
}

# Run the command lines until one does nothing; what tool_did() says of the
# last, and its status.
sub run_tools
{
	my ($self, @commands) = @_;
	my ($did, $status) = (1, 0);

	$self->{tool} = '';
	for my $command (@commands) {
		my @words = @$command;
		my @input = ref $words[-1] ? ${pop @words} : ();
		($status, my $output) = run_tool($self->{theirs}->path,
		    \@words, @input);
		$self->{tool} .= "@words: $status\n$output";
		$did = tool_did($status, $output) or last;
	}
	return ($did, $status);
}

# Ask dwserv, then the tools, for one step.  Returns the last reply, the
# last exit status, and whether the tools did it.
sub ask_both
{
	my ($self, @step) = @_;
	my $step = step_of(@step);
	my @replies;

	for my $request (@{$step->{requests}}) {
		push @replies, scalar
		    $self->{session}->ask(request_line($request));
		last unless $replies[-1] =~ /^250 /;
		$self->know_password($request);
	}
	$self->{commands} = [commands_of($step, @replies)];
	$self->{one_each} = @{$self->{commands}} == 1 &&
	    @{$step->{requests}} == 1;
	my ($did, $status) = $self->run_tools(@{$self->{commands}});
	return ($replies[-1], $status, $did);
}

# Remember passwords in clear, of which only the salts may differ.
sub know_password
{
	my ($self, $request) = @_;
	my ($name, $arguments) = @$request{qw(name arguments)};
	my $known = $self->{passwords};

	$known->{$name} = $arguments->{password}
	    if defined $arguments->{password};
	$known->{$arguments->{name}} = $known->{$name}
	    if $request->{verb} eq 'rename' && exists $known->{$name};
}

# What is said of a step, without hashes and not too long.
sub step_name
{
	my ($self, @step) = @_;
	my $name = "$self->{name}: " . join ', ', map { request_line($_) }
	    @{step_of(@step)->{requests}};

	$name =~ s/hash=\S+/hash=.../g;
	return length $name > 160 ? substr($name, 0, 157) . '...' : $name;
}

# Both do it, or both refuse; and what they leave is the same.
sub step
{
	my ($self, @step) = @_;
	my $name = $self->step_name(@step);
	my %before = map { $_ => $self->{$_}->snapshot } qw(ours theirs);
	my ($reply, $status, $did) = $self->ask_both(@step);
	my $done = $reply =~ /^250 /;

	$did //= $done;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$count{cases}++;
	$self->{done} += $done;
	my $passed = is($done ? 'done' : 'refused',
	    $did ? 'done' : 'refused', "$name: the verdict");
	if (!$done) {
		$passed &&= is_deeply($self->{ours}->snapshot, $before{ours},
		    "$name: refused, and nothing changed");
		is_deeply($self->{theirs}->snapshot, $before{theirs},
		    "$name: nor did the tool") if !$did && $status != 0;
	}
	$passed &&= $self->states_equal($name, $before{ours});
	$self->count_step($done, $passed);
	diag("$reply\n$self->{tool}") unless $passed;
	return $passed;
}

sub count_step
{
	my ($self, $done, $passed) = @_;

	$count{equal} += $passed;
	return unless $done && $passed;
	$count{done}++;
	for my $command (@{$self->{commands}}) {
		$exercised{$_}++
		    for options_of(grep { !ref } @$command);
	}
}

# Today is not the same day for both at midnight.
sub without_today
{
	my ($self, $text) = @_;

	return Dwserv::Parity::Compare::without_today($text, $self->{day},
	    days_today());
}

# Compare all four files, and the backups of those that were changed by one
# request and one program.
sub states_equal
{
	my ($self, $name, $before) = @_;
	my %how = (days => [$self->{day}, days_today()],
	    passwords => $self->{passwords}, before => $before,
	    backups => $self->{one_each});
	my ($differ, $ours, $theirs) = states_differ($self->{ours},
	    $self->{theirs}, %how);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $passed = is("@$differ", '', "$name: the files");
	diag("$_\n--- dwserv\n" . ($ours->{$_} // 'none') . "\n--- tools\n" .
	    ($theirs->{$_} // 'none')) for @$differ;
	return $passed;
}

# What there is below a directory of both roots is the same.
sub trees_equal
{
	my ($self, $path, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_deeply([tree($self->{ours}->path, $path)],
	    [tree($self->{theirs}->path, $path)], "$self->{name}: $name");
}

# The end of a scenario: nothing is left in etc but the files and their
# backups, and the daemon ends.
sub end
{
	my ($self) = @_;
	my %known = map { $_ => 1 } 'skel', 'login.defs',
	    map { ($_, "$_-") } @Dwserv::Test::Root::files;
	my @left = grep { !$known{$_} } $self->{ours}->names('/etc');

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	end_tools($self->{theirs}->path);
	is("@left", '', "$self->{name}: nothing is left over");
	is($self->{daemon}->stop, 0, "$self->{name}: the end");
}

# At the end of a test: what was compared, and what the table says of the
# rest.
sub parity_report
{
	my @differ = grep { defined $_->{why} } table_rows();

	diag("$count{cases} cases, $count{equal} of them equal, " .
	    "$count{done} of these done and the others refused by both; " .
	    @differ . ' options differ by design');
	note("$_->{tool} $_->{option}: $_->{why}") for @differ;
}

1;
