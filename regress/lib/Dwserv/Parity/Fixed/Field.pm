package Dwserv::Parity::Fixed::Field;
sub list { return () }
1;
