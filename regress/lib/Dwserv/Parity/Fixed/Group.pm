package Dwserv::Parity::Fixed::Group;
sub list { return () }
1;
