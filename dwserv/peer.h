/*
 * Where a connection comes from, for whoever has to count, compare or log
 * that: workers and auth.
 */

#ifndef PEER_H
#define PEER_H

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* Room for an address as text, or for "local". */
#define PEER_TEXT_SIZE	INET6_ADDRSTRLEN

/* What is limited as one: an IPv4 address, an IPv6 network, a local user. */
enum peer_kind {
	PEER_LOCAL,
	PEER_IPV4,
	PEER_IPV6
};
struct peer_source {
	uint8_t		 kind;
	uint8_t		 octets[8];
};

/* peer.c */
const unsigned char *peer_octets(const struct sockaddr_storage *, size_t *);
void		 peer_source_of(const struct sockaddr_storage *, int, uint32_t,
		    struct peer_source *);
int		 peer_source_compare(const struct peer_source *,
		    const struct peer_source *);
const char	*peer_format(const struct sockaddr_storage *, int, char *,
		    size_t);

#endif /* PEER_H */
