# All fixed scenarios, and what runs them: hashes with a name, the files to
# start with, steps as Dwserv::Parity::step() takes them, and perhaps code
# to prepare a root, a changed configuration (accounts), and whether homes
# are to be compared.

package Dwserv::Parity::Fixed;

use strict;
use warnings;

use Exporter qw(import);

use Dwserv::Parity::Fixed::Account;
use Dwserv::Parity::Fixed::Create;
use Dwserv::Parity::Fixed::Field;
use Dwserv::Parity::Fixed::Group;
use Dwserv::Parity::Fixed::Homes;
use Dwserv::Parity::Fixed::Modify;

our @EXPORT_OK = qw(fixed_scenarios);

# All of them; or those whose name matches, for who looks for one of them.
sub fixed_scenarios
{
	my $wanted = $ENV{PARITY_ONLY} // '';

	return grep { $_->{name} =~ /$wanted/ } map {
	    "Dwserv::Parity::Fixed::$_"->list }
	    qw(Create Account Homes Modify Group Field);
}

1;
