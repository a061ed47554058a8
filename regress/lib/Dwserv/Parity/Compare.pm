# What two roots have in their account files and homes, and where that is
# not the same.  Dates of today and salts aside, a byte is a byte.

package Dwserv::Parity::Compare;

use strict;
use warnings;

use Exporter qw(import);

use Dwserv::Test::Root;
use Dwserv::Test::Wait qw(slurp);

our @EXPORT_OK = qw(root_state states_differ without_today without_salts
    tree);

# The date of the last change in lines of shadow: one of these days is as
# good as the other.
sub without_today
{
	my ($text, @days) = @_;
	my $days = join '|', @days;

	return undef unless defined $text;
	return $text =~ s/^([^:\n]*:[^:\n]*):(?:$days):/$1:TODAY:/mgr;
}

# A hash of that password as its method and cost; any other as it is.
sub without_salt
{
	my ($field, $password) = @_;
	my ($method) = $field =~
	    /\A(\$y\$\w+\$|\$6\$(?:rounds=\d+\$)?|\$2b\$\d\d\$)/ or
	    return $field;

	return (crypt($password, $field) // '') eq $field ?
	    "${method}SALTED" : $field;
}

# Lines of shadow or passwd, with what hides the salts of these passwords,
# by login.
sub without_salts
{
	my ($text, $passwords) = @_;

	for my $login (keys %$passwords) {
		$text =~ s/^(\Q$login\E:!*)([^:\n!][^:\n]*)/$1 .
		    without_salt($2, $passwords->{$login})/mge;
	}
	return $text;
}

# Owner, group and mode of a file, undef if there is none.
sub dress
{
	my ($path) = @_;
	my @stat = lstat $path or return undef;

	return sprintf '%o %d:%d', $stat[2], @stat[4, 5];
}

# A file, its owner and mode, and its backup's if that is of now.
sub root_state
{
	my ($root, $file, $with_backup, %how) = @_;
	my %state;

	for my $name ($file, $with_backup ? "$file-" : ()) {
		my $text = $root->read($name);
		$text = without_today($text, @{$how{days}})
		    if $file eq 'shadow';
		$text = without_salts($text, $how{passwords})
		    if defined $text && $file =~ /\A(?:passwd|shadow)\z/;
		# See states_differ().
		$text =~ s/[^\n]\K\z/\n/ if $name ne $file && defined $text;
		$state{$name} = $text;
		$state{"$name mode"} = dress($root->etc($name));
	}
	return %state;
}

# What is not the same in the four files of two roots: its names, and both
# states.  A file that the first has not changed since `before' may have
# been written by a tool for nothing: then the backup is another one, and a
# newline that was missing at the end is there.  `backups' says whether
# backups can be the same, `days' which are today; `passwords' are those in
# clear of accounts, by login.
sub states_differ
{
	my ($first, $second, %how) = @_;
	my (%first, %second);

	for my $file (@Dwserv::Test::Root::files) {
		my $now = $first->read($file);
		my $changed = ($now // '') ne ($how{before}{$file} // '');
		my $backup = $changed && $how{backups};
		my %one = root_state($first, $file, $backup, %how);
		my %two = root_state($second, $file, $backup, %how);
		$two{$file} =~ s/\n\z// if !$changed && defined $now &&
		    $now =~ /[^\n]\z/ && defined $two{$file};
		%first = (%first, %one);
		%second = (%second, %two);
	}
	my @differ = grep { ($first{$_} // "\0") ne ($second{$_} // "\0") }
	    sort keys %first;
	return (\@differ, \%first, \%second);
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
		$line .= " $stat[9] " . slurp("$path$name");
	}
	return ("$name: $line", @below);
}

1;
