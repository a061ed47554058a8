# TLS for tests: certificates of all kinds, by openssl(1), and sessions that
# speak through `openssl s_client'.

package Dwserv::Test::Tls;

use strict;
use warnings;

use Exporter qw(import);
use File::Temp;
use POSIX qw(_exit);
use Socket;

use Dwserv::Test::Session;
use Dwserv::Test::Wait qw(run_program run_wanted spill slurp
    spawn_program);

our @EXPORT_OK = qw(new_authority tls_statement tls_connect fingerprint);

my $directory = File::Temp->newdir('dwserv-tls-XXXXXX', TMPDIR => 1);
my $count = 0;
my %kinds = (
	rsa => ['RSA', 'rsa_keygen_bits:2048'],
	rsa3072 => ['RSA', 'rsa_keygen_bits:3072'],
	rsa1024 => ['RSA', 'rsa_keygen_bits:1024'],
	ec => ['EC', 'ec_paramgen_curve:P-256'],
	p384 => ['EC', 'ec_paramgen_curve:P-384'],
	p521 => ['EC', 'ec_paramgen_curve:P-521'],
	k1 => ['EC', 'ec_paramgen_curve:secp256k1'],
);

# A path in a directory that is removed at the end.
sub new_path
{
	my ($name) = @_;

	return $directory . '/' . ++$count . "-$name";
}

sub new_key
{
	my ($kind) = @_;
	my $path = new_path("$kind.key");

	if ($kind eq 'ed25519') {
		run_wanted(qw(openssl genpkey -algorithm ed25519 -out),
		    $path);
	} else {
		my ($algorithm, $option) = @{$kinds{$kind}};
		run_wanted(qw(openssl genpkey -algorithm), $algorithm,
		    '-pkeyopt', $option, '-out', $path);
	}
	chmod 0600, $path;
	return $path;
}

# A certificate of its own, with a key: an authority, or one that is to be
# signed by none.
sub new_authority
{
	my ($class, %how) = (@_ % 2 ? @_ : ('Dwserv::Test::Tls', @_));
	my $name = $how{name} // 'Test CA';
	my $self = bless { key => new_key($how{kind} // 'ec'),
	    certificate => new_path('ca.crt'), name => $name }, $class;

	run_wanted(qw(openssl req -x509 -new -days 30 -key), $self->{key},
	    '-out', $self->{certificate}, '-subj', "/CN=$name",
	    '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
	return $self;
}

# What openssl ca is told; it is the one that can choose dates.
sub ca_config
{
	my ($self, $extensions) = @_;
	my $place = new_path('ca');

	mkdir $place;
	spill("$place/index", '');
	spill("$place/index.attr", "unique_subject = no\n");
	spill("$place/serial", sprintf("%012X\n", time * 1000 + $count));
	spill("$place/conf", "[ca]\ndefault_ca = one\n[one]\n" .
	    "database = $place/index\nserial = $place/serial\n" .
	    "new_certs_dir = $place\ndefault_md = sha256\npolicy = any\n" .
	    "x509_extensions = ext\nemail_in_dn = no\n[any]\n" .
	    join('', map { "$_ = optional\n" } qw(countryName
	    organizationName organizationalUnitName commonName)) .
	    "[ext]\n$extensions\n");
	return "$place/conf";
}

# A certificate that this authority signs: subject, kind of key; from and to
# in days from now; usage, or authority => 1.
sub issue
{
	my ($self, %how) = @_;
	my $new = bless { key => $how{key} // new_key($how{kind} // 'ec'),
	    certificate => new_path('crt'), name => $how{subject} },
	    ref $self;
	my $request = new_path('csr');
	my $usage = $how{usage} // 'serverAuth';
	my $config = $self->ca_config($how{authority} ?
	    "basicConstraints = critical, CA:true" :
	    "basicConstraints = CA:false\nextendedKeyUsage = $usage");
	my @dates = map { POSIX::strftime('%Y%m%d%H%M%SZ', gmtime(time +
	    $_ * 86400)) } $how{from} // -1, $how{to} // 30;

	run_wanted(qw(openssl req -new -key), $new->{key}, '-subj',
	    $how{subject} // '/CN=localhost', '-out', $request);
	run_wanted(qw(openssl ca -batch -notext -config), $config,
	    '-in', $request, '-out', $new->{certificate}, '-cert',
	    $self->{certificate}, '-keyfile', $self->{key}, '-startdate',
	    $dates[0], '-enddate', $dates[1], '-preserveDN');
	return $new;
}

# A file with these certificates, one behind the other.
sub chain
{
	my (@some) = @_;
	my $path = new_path('chain.crt');

	spill($path, join '', map { slurp($_->{certificate}) } @some);
	return $path;
}

# The statement of the configuration, for global.
sub tls_statement
{
	my ($server, $authority) = @_;

	return (tls => "certificate \"$server->{certificate}\" key " .
	    "\"$server->{key}\"" . (defined $authority ?
	    " client ca \"$authority->{certificate}\"" : ''));
}

# As the configuration has it.
sub fingerprint
{
	my ($self) = @_;
	my $text = run_wanted(qw(openssl x509 -noout -fingerprint -sha256
	    -in), $self->{certificate});

	$text =~ s/^.*=//;
	$text =~ s/[:\n]//g;
	return lc $text;
}

# A session by way of s_client: port; certificate of the client, authority to
# check the server with, and more options.
sub tls_connect
{
	my (%how) = @_;
	my @command = (qw(openssl s_client -quiet -connect),
	    "127.0.0.1:$how{port}");

	push @command, '-cert', $how{client}{certificate}, '-key',
	    $how{client}{key} if $how{client};
	push @command, '-cert_chain', $how{client_chain}
	    if $how{client_chain};
	push @command, '-CAfile', $how{authority}{certificate},
	    '-verify_return_error' if $how{authority};
	push @command, @{$how{options} // []};
	socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, 0 or
	    die "socketpair: $!\n";
	my $errors = new_path('s_client');
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDIN, '<&', $theirs;
		open STDOUT, '>&', $theirs;
		open STDERR, '>', $errors;
		close $ours;
		no warnings 'exec';
		exec @command or _exit(127);
	}
	close $theirs;
	$ours->blocking(0);
	return bless { socket => $ours, in => '', ended => 0, pid => $pid,
	    errors => $errors }, 'Dwserv::Test::Tls::Session';
}

package Dwserv::Test::Tls::Session;

our @ISA = ('Dwserv::Test::Session');

# What s_client has had to say.
sub errors
{
	my ($self) = @_;

	return Dwserv::Test::Wait::slurp($self->{errors});
}

sub close
{
	my ($self) = @_;

	CORE::close($self->{socket}) if $self->{socket};
	return unless $self->{pid};
	kill TERM => $self->{pid};
	waitpid $self->{pid}, 0;
	$self->{pid} = undef;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $!);

	$self->close;
}

1;
