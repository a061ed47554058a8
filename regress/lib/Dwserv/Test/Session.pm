# A client's connection.  Nothing here waits longer than the deadline, and
# nothing blocks while the other side does not read.

package Dwserv::Test::Session;

use strict;
use warnings;

use Errno qw(EAGAIN EINTR);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;

use Dwserv::Test::Wait qw(now);

# Connect: port, and perhaps address and source; or path of a Unix socket.
sub new
{
	my ($class, %how) = @_;
	my $socket;

	local $SIG{PIPE} = 'IGNORE';
	if (defined $how{path}) {
		$socket = IO::Socket::UNIX->new(Peer => $how{path});
	} else {
		$socket = IO::Socket::INET->new(Proto => 'tcp',
		    PeerAddr => $how{address} // '127.0.0.1',
		    PeerPort => $how{port}, Timeout => 20,
		    defined $how{source} ? (LocalAddr => $how{source}) : ());
	}
	die 'cannot connect to ' . ($how{path} // $how{port}) . ": $!\n"
	    unless $socket;
	$socket->blocking(0);
	return bless { socket => $socket, in => '', ended => 0 }, $class;
}

# Connect, read the greeting, and authenticate.
sub login
{
	my ($class, %how) = @_;
	my $self = $class->new(%how);

	$self->read_line;
	my $reply = $self->ask("auth $how{client} $how{secret}");
	die "auth: $reply\n" unless $reply =~ /^235 /;
	return $self;
}

sub failed
{
	my ($self, $what) = @_;

	die "$what; read so far: \"" . substr($self->{in}, 0, 200) . "\"\n";
}

# Take what is there to be read; undef if there is nothing now.
sub receive
{
	my ($self) = @_;

	my $got = sysread $self->{socket}, $self->{in}, 65536,
	    length $self->{in};
	return undef if !defined $got && ($! == EAGAIN || $! == EINTR);
	# A reset is an end, too.
	$self->{ended} = 1 unless $got;
	return $got;
}

# Wait until there is something to be read.
sub fill
{
	my ($self, $end) = @_;
	my $left = $end - now();

	$left > 0 && IO::Select->new($self->{socket})->can_read($left) or
	    $self->failed('nothing more came in time');
	$self->receive;
}

# Send bytes as they are, reading meanwhile.
sub send
{
	my ($self, $bytes) = @_;
	my $end = now() + $Dwserv::Test::Wait::deadline;
	my $selected = IO::Select->new($self->{socket});

	local $SIG{PIPE} = 'IGNORE';
	while (length $bytes) {
		my ($readable, $writable) = IO::Select->select($selected,
		    $selected, undef, $end - now());
		$self->failed('it does not read what is sent')
		    if !defined $writable || now() >= $end;
		$self->receive if @$readable;
		next unless @$writable;
		my $sent = syswrite $self->{socket}, $bytes;
		if (defined $sent) {
			substr $bytes, 0, $sent, '';
		} elsif ($! != EAGAIN && $! != EINTR) {
			$self->{ended} = 1;
			return 0;
		}
	}
	return 1;
}

# The next line without its ending; undef at the end of the connection.
sub read_line
{
	my ($self, $seconds) = @_;
	my $end = now() + ($seconds // $Dwserv::Test::Wait::deadline);

	my $at;
	while (($at = index $self->{in}, "\n") == -1) {
		return undef if $self->{ended};
		$self->fill($end);
	}
	my $line = substr $self->{in}, 0, $at, '';
	substr $self->{in}, 0, 1, '';
	$line =~ s/\r\z// or $self->failed("a line without CR: \"$line\"");
	return $line;
}

# The next reply: all its lines, or in scalar context the last.
sub read_reply
{
	my ($self, $seconds) = @_;
	my @lines;

	while (defined(my $line = $self->read_line($seconds))) {
		push @lines, $line;
		last unless $line =~ /^\d{3}-/;
	}
	return wantarray ? @lines : $lines[-1];
}

# Send one line and read its reply.
sub ask
{
	my ($self, $line) = @_;

	$self->send("$line\r\n");
	return $self->read_reply;
}

# Send all lines at once; the last lines of all the replies.
sub pipeline
{
	my ($self, @lines) = @_;

	$self->send(join '', map { "$_\n" } @lines);
	return map { scalar $self->read_reply } @lines;
}

# Whether something has come that was not read yet, without waiting.
sub has_input
{
	my ($self) = @_;

	$self->receive if IO::Select->new($self->{socket})->can_read(0);
	return length $self->{in} > 0;
}

# Whether the server closes the connection, with nothing more to read.
sub at_end
{
	my ($self, $seconds) = @_;
	my $end = now() + ($seconds // $Dwserv::Test::Wait::deadline);

	until ($self->{ended} || length $self->{in}) {
		eval { $self->fill($end); 1 } or return 0;
	}
	return $self->{ended} && $self->{in} eq '';
}

# Say that nothing more will be sent.
sub half_close
{
	my ($self) = @_;

	shutdown $self->{socket}, 1;
}

sub close
{
	my ($self) = @_;

	close $self->{socket};
}

1;
