package Dwserv::Parity::Fixed::Modify;
sub list { return () }
1;
