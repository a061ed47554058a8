/*
 * Addresses of peers.  An IPv4 address is the same whether it comes over an
 * IPv4 or an IPv6 socket (RFC 4291, 2.5.5.2).
 */

#include <arpa/inet.h>

#include "dwserv.h"
#include "peer.h"

/* A subscriber gets at least so much of IPv6 (RFC 6177): 64 bits. */
#define IPV6_SOURCE_LENGTH	8

/*
 * The octets of an AF_INET or AF_INET6 address: four if it is IPv4 or mapped
 * from it, else sixteen.
 */
const unsigned char *
peer_octets(const struct sockaddr_storage *address, size_t *length)
{
	static const unsigned char	 mapped[12] = { 0, 0, 0, 0, 0, 0, 0,
					    0, 0, 0, 0xff, 0xff };
	const unsigned char		*six;

	if (address->ss_family == AF_INET) {
		*length = 4;
		return ((const unsigned char *)
		    &((const struct sockaddr_in *)address)->sin_addr);
	}
	six = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
	*length = 16;
	if (memcmp(six, mapped, sizeof(mapped)) != 0)
		return (six);
	*length = 4;
	return (six + sizeof(mapped));
}

/*
 * What a peer counts as when sources are limited.  A local one counts as its
 * uid; the address is not looked at then.
 */
void
peer_source_of(const struct sockaddr_storage *address, int local,
    uint32_t uid, struct peer_source *source)
{
	const unsigned char	*octets;
	size_t			 length;

	memset(source, 0, sizeof(*source));
	source->kind = PEER_LOCAL;
	if (local) {
		memcpy(source->octets, &uid, sizeof(uid));
		return;
	}
	octets = peer_octets(address, &length);
	source->kind = length == 4 ? PEER_IPV4 : PEER_IPV6;
	memcpy(source->octets, octets, length == 4 ? length :
	    IPV6_SOURCE_LENGTH);
}

/* Puts sources into an order; 0 if they are the same. */
int
peer_source_compare(const struct peer_source *a, const struct peer_source *b)
{
	if (a->kind != b->kind)
		return (a->kind < b->kind ? -1 : 1);
	return (memcmp(a->octets, b->octets, sizeof(a->octets)));
}

/* A peer as text, without its port; "local" if it came by a Unix socket. */
const char *
peer_format(const struct sockaddr_storage *address, int local, char *text,
    size_t size)
{
	const unsigned char	*octets;
	size_t			 length;

	strlcpy(text, "local", size);
	if (local)
		return (text);
	octets = peer_octets(address, &length);
	if (inet_ntop(length == 4 ? AF_INET : AF_INET6, octets, text,
	    (socklen_t)size) == NULL)
		strlcpy(text, "unknown", size);
	return (text);
}
