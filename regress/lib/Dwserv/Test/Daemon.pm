# A daemon that serves a private root: its configuration, its start, its
# end, and what dwservctl and proc(5) say of it.

package Dwserv::Test::Daemon;

use strict;
use warnings;

use Carp;
use Cwd qw(abs_path);
use IO::Socket::INET;
use JSON::PP;
use Scalar::Util qw(weaken);

use Dwserv::Test::Session;
use Dwserv::Test::Wait qw(now wait_for slurp spill run_program
    spawn_program program_ended process_identity process_lives
    processes_of);

our $obj = abs_path($ENV{OBJ} // 'obj') // 'obj';
our $secret = 'open sesame';
# The cheapest hash that there is: tests log in often.
our $hash = crypt $secret, '$6$rounds=1000$pinchofsalt$';

my %daemons;		# those that may still run
my $owner = $$;

# A port of 127.0.0.1 that is free, and that no outgoing connection takes.
sub free_port
{
	for (1 .. 1000) {
		my $port = 15000 + int rand 17000;

		return $port if IO::Socket::INET->new(Listen => 1,
		    Proto => 'tcp', LocalAddr => '127.0.0.1',
		    LocalPort => $port, ReuseAddr => 1);
	}
	die "no free port\n";
}

# Statements of one block, a line each; undef leaves one out.
sub statements
{
	my ($indent, %statements) = @_;

	return join '', map { "$indent$_ $statements{$_}\n" }
	    grep { defined $statements{$_} } sort keys %statements;
}

sub quoted
{
	my ($text) = @_;

	return '"' . $text =~ s/(["\\])/\\$1/gr . '"';
}

sub client_block
{
	my ($name, %given) = @_;
	my %client = (secret => quoted($hash), allow => '{ account }',
	    groups => '{ "ftp", "mail", "users", "project" }', %given);

	return "client \"$name\" {\n" . statements("\t", %client) . "}\n";
}

# A daemon to be started for a root.  The rest changes its configuration:
# `global' and `accounts', statements with what follows them; `clients',
# names with such statements; `more', lines as they are; `binary', what to
# start.  Another daemon for the same root needs another name.
sub new
{
	my ($class, $root, %given) = @_;
	my $place = $root->directory . '/' . (delete $given{name} // 'dwserv');
	my $self = bless { root => $root, port => free_port(),
	    config => "$place.conf", control => "$place.sock",
	    state => "$place.state", log => "$place.log",
	    binary => delete $given{binary} // "$obj/dwserv" }, $class;

	$self->configure(%given);
	return $self;
}

# Write the configuration, with the changes that new() knows.
sub configure
{
	my ($self, %given) = @_;
	my %global = (prefork => 2, user => 61234, 'auth user' => 61235,
	    control => quoted($self->{control}),
	    state => quoted($self->{state}), libexec => quoted($obj),
	    'listen on 127.0.0.1 port' => $self->{port},
	    %{$given{global} // {}});
	my %accounts = (root => quoted($self->{root}->path),
	    uid => '10000 to 59999', %{$given{accounts} // {}});
	my $clients = $given{clients} // { billing => {} };

	spill($self->{config}, statements('', %global) . "accounts {\n" .
	    statements("\t", %accounts) . "}\n" .
	    join('', map { client_block($_, %{$clients->{$_}}) }
	    sort keys %$clients) . ($given{more} // ''));
	chmod 0600, $self->{config};
}

# Start the daemon and wait until it serves.
sub start
{
	my ($self) = @_;

	$self->launch;
	$self->wait_ready;
	return $self;
}

# Start the daemon and wait for nothing.
sub launch
{
	my ($self) = @_;

	open my $log, '>>', $self->{log} or die "$self->{log}: $!\n";
	$self->{log_start} = -s $self->{log};
	$self->{pid} = spawn_program($log, $log, $self->{binary}, '-d',
	    '-f', $self->{config});
	$self->{identity} = process_identity($self->{pid});
	$daemons{$self->{pid}} = $self;
	return $self;
}

# Wait until the daemon serves; dies with the log if it does not.
sub wait_ready
{
	my ($self) = @_;
	my $ready = sub {
		return $self->log =~ /parent: generation \d+ is ready/ ||
		    !process_lives($self->{identity});
	};

	wait_for($ready);
	return if $self->log =~ /parent: generation \d+ is ready/;
	croak "the daemon does not start:\n" . $self->log;
}

# What this run of the daemon has logged.
sub log
{
	my ($self) = @_;

	return substr slurp($self->{log}), $self->{log_start};
}

# Wait until the log of this run has the pattern so often.
sub wait_log
{
	my ($self, $pattern, $times) = @_;

	return wait_for(sub {
		my $count = () = $self->log =~ /$pattern/g;
		return $count >= ($times // 1);
	});
}

sub port
{
	my ($self) = @_;

	return $self->{port};
}

sub pid
{
	my ($self) = @_;

	return $self->{pid};
}

sub is_running
{
	my ($self) = @_;

	return defined $self->{pid} && process_lives($self->{identity});
}

# Remember a session, to be closed before the daemon is to end.
sub keep
{
	my ($self, $session) = @_;

	push @{$self->{sessions}}, $session;
	weaken($self->{sessions}[-1]);
	return $session;
}

# A connection, before its greeting is read.
sub connect
{
	my ($self, %how) = @_;

	return $self->keep(Dwserv::Test::Session->new(
	    port => $self->{port}, %how));
}

# A connection that has authenticated itself.
sub login
{
	my ($self, %how) = @_;

	return $self->keep(Dwserv::Test::Session->login(
	    port => $self->{port}, client => 'billing',
	    secret => quoted($secret), %how));
}

# Run dwservctl: exit status, standard output, standard error.
sub ctl
{
	my ($self, @arguments) = @_;

	return run_program("$obj/dwservctl", '-s', $self->{control},
	    @arguments);
}

# The records of dwservctl status of one kind.
sub status
{
	my ($self, $kind) = @_;

	my ($status, $output) = $self->ctl('-j', 'status');
	return unless defined $status && $status == 0;
	return grep { $_->{record} eq $kind }
	    @{decode_json($output)->{records}};
}

# The daemon's processes of one role, as dwservctl status tells.
sub children
{
	my ($self, $role) = @_;

	return grep { $_->{role} eq $role } $self->status('process');
}

# Wait until all children are ready, and return the process ids of a role.
sub wait_children
{
	my ($self, $role) = @_;

	wait_for(sub {
		my @all = $self->status('process');
		return @all && !grep { $_->{state} ne 'ready' } @all;
	}) or croak "the children do not get ready:\n" . $self->log;
	return map { $_->{pid} } $self->children($role);
}

# Wait for the end of the daemon and its children; the wait status of the
# daemon.  Dies if any of them stays.
sub wait_gone
{
	my ($self, @children) = @_;

	my $status = program_ended($self->{pid}, 40);
	defined $status or croak "the daemon does not end:\n" . $self->log;
	delete $daemons{$self->{pid}};
	wait_for(sub { !grep { process_lives($_) } @children }) or
	    croak "children are left: @children\n" . $self->log;
	$self->{pid} = undef;
	return $status;
}

# End the daemon, and the sessions that it would wait for; its status.
sub stop
{
	my ($self) = @_;

	return undef unless defined $self->{pid};
	$_->close for grep { defined } splice @{$self->{sessions} // []};
	my @children = processes_of($self->{pid});
	kill TERM => $self->{pid};
	return $self->wait_gone(@children);
}

sub restart
{
	my ($self) = @_;

	$self->stop;
	return $self->start;
}

END {
	my $status = $?;

	if ($$ == $owner) {
		for my $daemon (values %daemons) {
			next if eval { $daemon->stop; 1 };
			print STDERR $@;
			kill KILL => $daemon->{pid};
			$status ||= 1;
		}
	}
	$? = $status;
}

1;
