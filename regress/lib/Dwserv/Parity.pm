# Two roots with the same account files: one that dwserv serves, one for
# useradd(8), userdel(8) and chpasswd(8).  Each request is put to both, and
# what both leave is compared byte by byte.

package Dwserv::Parity;

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use Dwserv::Parity::Tools qw(run_tool end_tools tools_missing);
use Dwserv::Test;

our @EXPORT = qw(parity $hash);

# A hash in each of the forms that are welcome; nobody's password.
our $hash = '$6$rounds=5000$abcdefgh$' . 'x' x 86;

my $reason = tools_missing();
plan(skip_all => $reason) if defined $reason;

# As useradd writes it, when nobody says otherwise.
our %small = (
	passwd => <<'END',
root:x:0:0:root:/root:/bin/bash
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
al:x:10001:10001:Al,,,:/home/al:/bin/sh
bob:x:10002:10050::/home/bob:/bin/sh
eve:x:10003:10003::/home/eve:/bin/sh
END
	shadow => <<'END',
root:*:19000:0:99999:7:::
mail:*:19000:0:99999:7:::
al:!:19000:0:99999:7:::
bob:$6$x$y:19000:1:90:14:30:20000:
eve:!$6$x$y:19000:0:99999:7::1:
END
	group => <<'END',
root:x:0:
mail:x:8:
al:x:10001:
customers:x:10050:eve,al
project:x:10051:al
empty:x:10052:
eve:x:10003:bob
END
	gshadow => <<'END',
root:*::
mail:*::
al:!::
customers:!:al:eve,al
project:!:al,bob:al
empty:!::
eve:!::bob
END
);

# Begin a pair with these files instead of the small ones; undef leaves one
# out.  `name' is for the messages.
sub parity
{
	my ($name, %files) = @_;
	my %start = (%small, %files);
	my $self = bless { name => $name,
	    ours => new_root(%start), theirs => new_root(%start) };

	$self->{daemon} = start_daemon($self->{ours}, global => {
	    prefork => 1 }, clients => { billing => { groups => undef } });
	$self->{session} = $self->{daemon}->login;
	$self->{day} = days_today();
	prepare_tools($self->{theirs});
	same_times($self);
	return $self;
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

sub quoted
{
	my ($value) = @_;

	return $value if $value =~ /\A[^ "\\]+\z/;
	return '"' . $value =~ s/(["\\])/\\$1/gr . '"';
}

# The request line of a request: a list of noun, login, and arguments.
sub request_line
{
	my ($verb, $login, %arguments) = @_;

	delete $arguments{uid} if ($arguments{uid} // '') eq 'any';
	return join ' ', 'account', $verb, quoted($login),
	    map { "$_=" . quoted($arguments{$_}) } sort keys %arguments;
}

# The same for useradd; the uid is the one that dwserv gave.
sub create_command
{
	my ($login, %arguments) = @_;
	my %options = (group => '-g', groups => '-G', gecos => '-c',
	    home => '-d', shell => '-s', hash => '-p', uid => '-u',
	    expire => '-e');
	my $home = ($arguments{home} // '') ne 'no';

	delete $arguments{home} unless $home;
	$arguments{expire} = '' if ($arguments{expire} // '') eq 'never';
	$arguments{shell} //= '/bin/sh';
	return ('useradd', $home ? '-m' : '-M',
	    map({ $options{$_} => $arguments{$_} } sort keys %arguments),
	    $login);
}

# Ask dwserv, then the tools.  Returns the reply and the exit status.
sub ask_both
{
	my ($self, $verb, $login, %arguments) = @_;
	my $reply = $self->{session}->ask(request_line($verb, $login,
	    %arguments));
	my @input;
	my @command;

	if ($verb eq 'create') {
		$arguments{uid} = $reply =~ / uid=(\d+)/ ? $1 : 54321
		    if ($arguments{uid} // 'any') eq 'any';
		@command = create_command($login, %arguments);
	} elsif ($verb eq 'password') {
		@command = ('chpasswd', '-e');
		@input = ("$login:$arguments{hash}\n");
	} else {
		@command = ('userdel', ($arguments{home} // '') eq 'remove' ?
		    '-r' : (), $login);
	}
	my ($status, $output) = run_tool($self->{theirs}->path, \@command,
	    @input);
	$self->{tool} = "@command: $status\n$output";
	return ($reply, $status);
}

# Both do it, or both refuse; and what they leave is the same.
sub step
{
	my ($self, $verb, $login, %arguments) = @_;
	my $name = "$self->{name}: " . request_line($verb, $login,
	    %arguments);
	my %before = map { $_ => $self->{$_}->snapshot } qw(ours theirs);
	my ($reply, $status) = $self->ask_both($verb, $login, %arguments);
	my $done = $reply =~ /^250 /;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$self->{done} += $done;
	$name =~ s/hash=\S+/hash=.../;
	$name = substr($name, 0, 157) . '...' if length $name > 160;
	my $passed = is($done ? 'done' : 'refused',
	    $status == 0 ? 'done' : 'refused', "$name: the verdict");
	if (!$done) {
		$passed &&= is_deeply($self->{ours}->snapshot, $before{ours},
		    "$name: refused, and nothing changed");
		is_deeply($self->{theirs}->snapshot, $before{theirs},
		    "$name: nor did the tool") if $status != 0;
	}
	$passed &&= $self->states_equal($name, $before{ours});
	diag("$reply\n$self->{tool}") unless $passed;
	return $passed;
}

# Today is not the same day for both at midnight.
sub without_today
{
	my ($self, $text) = @_;
	my $days = join '|', $self->{day}, days_today();

	return undef unless defined $text;
	return $text =~ s/^([^:\n]*:[^:\n]*):(?:$days):/$1:TODAY:/mgr;
}

# Owner, group and mode of a file, undef if there is none.
sub dress
{
	my ($path) = @_;
	my @stat = lstat $path or return undef;

	return sprintf '%o %d:%d', $stat[2], @stat[4, 5];
}

# A file, its owner and mode, and its backup's if that is of now.
sub state_of
{
	my ($self, $root, $file, $with_backup) = @_;
	my %state;

	for my $name ($file, $with_backup ? "$file-" : ()) {
		my $text = $root->read($name);
		$text = $self->without_today($text) if $file eq 'shadow';
		# See states_equal().
		$text =~ s/[^\n]\K\z/\n/ if $name ne $file && defined $text;
		$state{$name} = $text;
		$state{"$name mode"} = dress($root->etc($name));
	}
	return %state;
}

# Compare all four files.  One that dwserv has not changed may have been
# written by a tool for nothing: then the backup is another one, and a
# newline that was missing at the end is there.
sub states_equal
{
	my ($self, $name, $before) = @_;
	my (%ours, %theirs);

	for my $file (@Dwserv::Test::Root::files) {
		my $now = $self->{ours}->read($file);
		my $changed = ($now // '') ne ($before->{$file} // '');
		my %our_state = $self->state_of($self->{ours}, $file,
		    $changed);
		my %their_state = $self->state_of($self->{theirs}, $file,
		    $changed);
		$their_state{$file} =~ s/\n\z// if !$changed &&
		    defined $now && $now =~ /[^\n]\z/ &&
		    defined $their_state{$file};
		%ours = (%ours, %our_state);
		%theirs = (%theirs, %their_state);
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @differ = grep { ($ours{$_} // "\0") ne ($theirs{$_} // "\0") }
	    sort keys %ours;
	my $passed = is("@differ", '', "$name: the files");
	diag("$_\n--- dwserv\n" . ($ours{$_} // 'none') . "\n--- tools\n" .
	    ($theirs{$_} // 'none')) for @differ;
	return $passed;
}

# All that is in a directory: names, modes, owners, times and contents.
sub tree
{
	my ($path, $name) = @_;
	my @stat = lstat "$path$name" or return ();
	my $line = dress("$path$name");
	my @below;

	if (-l _) {
		$line .= ' -> ' . readlink "$path$name";
	} elsif (-d _) {
		opendir my $directory, "$path$name" or die "$path$name: $!";
		@below = map { tree($path, "$name/$_") }
		    grep { !/\A\.(?:\.|dwserv)?\z/ } sort readdir $directory;
	} else {
		$line .= " $stat[9] " . Dwserv::Test::Wait::slurp(
		    "$path$name");
	}
	return ("$name: $line", @below);
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

1;
