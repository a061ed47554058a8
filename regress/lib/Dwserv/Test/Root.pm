# A private root: the account files of a small host, with all that makes
# such files difficult, and a place for homes.

package Dwserv::Test::Root;

use strict;
use warnings;

use Digest::SHA;
use File::Temp;

use Dwserv::Test::Wait qw(slurp spill);

our @files = qw(passwd shadow group gshadow);

our %content = (
	passwd => <<'END',
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
# kept by hand, in the order of the cabinets
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
this line is damaged

www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
veteran:x:1000:1000:Old Hand,,,:/home/veteran:/bin/bash
boss:x:10500:10500:The Boss:/home/boss:/bin/bash
+@staff::::::
-mallory
+::::::
END
	shadow => <<'END',
root:*:19700:0:99999:7:::
daemon:*:19700:0:99999:7:::
mail:*:19700:0:99999:7:::
not a shadow line
www-data:*:19700:0:99999:7:::
nobody:*:19700:0:99999:7:::
veteran:$6$x$y:19700:0:99999:7:::
boss:!:19700:0:99999:7:::
+::::::::
END
	group => <<'END',
root:x:0:
daemon:x:1:
mail:x:8:
# the next three are for those who run the place
sudo:x:27:boss
docker:x:998:
adm:x:4:
users:x:100:veteran
ftp:x:900:
nogroup:x:65534:
damaged
veteran:x:1000:
project:x:5000:veteran
boss:x:10500:
+:::
END
	gshadow => <<'END',
root:*::
daemon:*::
mail:*::
sudo:*::boss
docker:!::
adm:*::
users:*::veteran
ftp:!::
nogroup:*::
one:two
veteran:!::
project:!:veteran:veteran
boss:!::
END
	'login.defs' => <<'END',
# a comment
UMASK		022
HOME_MODE	0750
PASS_MAX_DAYS	99999
PASS_MIN_DAYS	0
PASS_WARN_AGE	7
UID_MIN		1000
UID_MAX		60000
GID_MIN		1000
GID_MAX		60000
USERGROUPS_ENAB	yes
ENCRYPT_METHOD	YESCRYPT
END
);

our %modes = (shadow => 0640, gshadow => 0640);

# A root with these files; those given otherwise replace the defaults, and
# undef leaves one out.  `at' is an existing directory to make it in.
sub new
{
	my ($class, %given) = @_;
	my $at = delete $given{at} // File::Temp->newdir('dwserv.XXXXXXXX',
	    TMPDIR => 1);
	my $self = bless { directory => $at, path => "$at/root" }, $class;

	umask 022;
	for my $name ('', '/etc', '/etc/skel', '/etc/skel/.config', '/home',
	    '/home/veteran') {
		mkdir "$self->{path}$name" or
		    die "$self->{path}$name: $!\n";
	}
	my %files = (%content, %given);
	$self->write($_, $files{$_}) for grep { defined $files{$_} }
	    sort keys %files;
	spill("$self->{path}/etc/skel/.profile", "umask 027\n");
	spill("$self->{path}/etc/skel/.config/empty", '');
	spill("$self->{path}/etc/skel/run", "#!/bin/sh\n");
	chmod 0755, "$self->{path}/etc/skel/run";
	chmod 0700, "$self->{path}/etc/skel/.config";
	symlink '.profile', "$self->{path}/etc/skel/.link";
	chown 1000, 1000, "$self->{path}/home/veteran";
	return $self;
}

# The directory around the root, for whatever a test needs.
sub directory
{
	my ($self) = @_;

	return "$self->{directory}";
}

# The root's path on the host, or that of something in it.
sub path
{
	my ($self, $name) = @_;

	return $self->{path} . ($name // '');
}

# The path of a file in etc.
sub etc
{
	my ($self, $name) = @_;

	return "$self->{path}/etc/$name";
}

sub write
{
	my ($self, $name, $text) = @_;

	spill($self->etc($name), $text);
	chmod $modes{$name} // 0644, $self->etc($name);
}

sub append
{
	my ($self, $name, $text) = @_;

	open my $file, '>>:raw', $self->etc($name) or
	    die $self->etc($name) . ": $!\n";
	print $file $text;
	close $file or die $self->etc($name) . ": $!\n";
}

# What is in a file of etc; undef if it is not there.
sub read
{
	my ($self, $name) = @_;

	return -e $self->etc($name) ? slurp($self->etc($name)) : undef;
}

# The lines of a file whose first field is the name, without newlines.
sub lines
{
	my ($self, $file, $name) = @_;

	return grep { /^\Q$name\E:/ } split /\n/, $self->read($file) // '';
}

# The only line of that name, undef if there is none or more than one.
sub line
{
	my ($self, $file, $name) = @_;
	my @lines = $self->lines($file, $name);

	return @lines == 1 ? $lines[0] : undef;
}

# All four files as they are now, to be compared with later.
sub snapshot
{
	my ($self) = @_;

	return { map { $_ => $self->read($_) } @files };
}

# Checksums of the four files, of what else is in etc, and of the homes.
sub checksums
{
	my ($self) = @_;
	my %sums = map { $_ => -f $self->etc($_) ? Digest::SHA->new(256)->
	    addfile($self->etc($_))->hexdigest : undef } @files;

	$sums{etc} = join ' ', $self->names('/etc');
	$sums{home} = join ' ', $self->names('/home');
	return \%sums;
}

# What is in a directory of the root, but for what dwserv and lckpwdf(3)
# keep there for ever.
sub names
{
	my ($self, $path) = @_;
	my %ignored = map { $_ => 1 } qw(. .. .pwd.lock .dwserv.lock .dwserv);

	opendir my $directory, $self->path($path) or
	    die $self->path($path) . ": $!\n";
	my @names = sort grep { !$ignored{$_} } readdir $directory;
	return @names;
}

1;
