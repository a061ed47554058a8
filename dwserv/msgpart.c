/*
 * How messages are put into buffers and taken out again, from the tables
 * that say what they are made of.  The sender is refused with EINVAL or
 * ERANGE what the receiver would be refused with EBADMSG, so that a mistake
 * shows where it was made.  Nothing here knows a whole message.
 */

#include <netinet/in.h>

#include <endian.h>
#include <errno.h>

#include "msgpart.h"

/* Families by our own numbers: those of the system are its own affair. */
#define FAMILY_IPV4	4
#define FAMILY_IPV6	6

/* Where in one of 64 bits, as this machine has it, a short number is. */
#define SHORT_AT(size)							\
	(BYTE_ORDER == BIG_ENDIAN ? sizeof(uint64_t) - (size) : 0)

static const struct part ipv4_parts[] = {
	OCTETS(struct sockaddr_in, sin_addr),
	OCTETS(struct sockaddr_in, sin_port)
};
static const struct message ipv4_message =
    MESSAGE(struct sockaddr_in, ipv4_parts);

static const struct part ipv6_parts[] = {
	OCTETS(struct sockaddr_in6, sin6_addr),
	OCTETS(struct sockaddr_in6, sin6_port),
	ANY(struct sockaddr_in6, sin6_scope_id)
};
static const struct message ipv6_message =
    MESSAGE(struct sockaddr_in6, ipv6_parts);

static const struct part local_parts[] = { FLAG(struct prefix, local) };
static const struct message local_message =
    MESSAGE(struct prefix, local_parts);

static const struct part bits4_parts[] = {
	NUMBER(struct prefix, length, 0, 32)
};
static const struct message bits4_message =
    MESSAGE(struct prefix, bits4_parts);

static const struct part bits6_parts[] = {
	NUMBER(struct prefix, length, 0, 128)
};
static const struct message bits6_message =
    MESSAGE(struct prefix, bits6_parts);

static int
part_refuse(enum way way)
{
	return (ibuf_refuse(way == SEND ? EINVAL : EBADMSG));
}

static int
octets_move(struct ibuf *buf, enum way way, void *octets, size_t size)
{
	return (way == SEND ? ibuf_add(buf, octets, size) :
	    ibuf_get(buf, octets, size));
}

/* By way of 64 bits, the last octets of which, in network order, are sent. */
static int
number_move(struct ibuf *buf, enum way way, const struct part *part,
    void *place)
{
	uint64_t	 number = 0, ordered;
	char		*shorter = (char *)&number + SHORT_AT(part->size);

	memcpy(shorter, place, part->size);
	ordered = htobe64(number);
	if (octets_move(buf, way, (char *)&ordered + sizeof(ordered) -
	    part->size, part->size) == -1)
		return (-1);
	number = be64toh(ordered);
	if ((int64_t)number < part->min || (int64_t)number > part->max)
		return (part_refuse(way));
	if (way == RECEIVE)
		memcpy(place, shorter, part->size);
	return (0);
}

static int
text_fits(const struct part *part, const char *text)
{
	if (text == NULL)
		return (part->kind == PART_OPTIONAL);
	return (part->check == NULL || part->check(text) == NULL);
}

/* A text that is there already comes from an earlier message: refused. */
static int
text_move(struct ibuf *buf, enum way way, const struct part *part,
    char **text)
{
	size_t	 max = (size_t)part->max;
	int	 result;

	if (way == SEND && *text != NULL && strnlen(*text, max + 1) > max)
		return (ibuf_refuse(ERANGE));
	if (way == RECEIVE && *text != NULL)
		return (ibuf_refuse(EBADMSG));
	result = way == SEND ? ibuf_add_string(buf, *text) :
	    ibuf_get_string(buf, text, max);
	if (result == -1)
		return (-1);
	return (text_fits(part, *text) ? 0 : part_refuse(way));
}

static int
array_put(struct ibuf *buf, const struct part *part, const char *array)
{
	if (memchr(array, '\0', part->size) == NULL)
		return (ibuf_refuse(EINVAL));
	return (ibuf_add_string(buf, array));
}

/* What ibuf_add_string() has added; the length of NULL is too long here. */
static int
array_get(struct ibuf *buf, const struct part *part, char *array)
{
	uint16_t	 length;

	if (ibuf_get_n16(buf, &length) == -1 || length > part->max ||
	    ibuf_get(buf, array, length) == -1 ||
	    memchr(array, '\0', length) != NULL)
		return (ibuf_refuse(EBADMSG));
	array[length] = '\0';
	return (0);
}

static int
part_move(struct ibuf *buf, enum way way, const struct part *part,
    void *object)
{
	void	*place = (char *)object + part->offset;

	switch (part->kind) {
	case PART_NUMBER:
		return (number_move(buf, way, part, place));
	case PART_OCTETS:
		return (octets_move(buf, way, place, part->size));
	case PART_TEXT:
	case PART_OPTIONAL:
		return (text_move(buf, way, part, place));
	case PART_ARRAY:
		return (way == SEND ? array_put(buf, part, place) :
		    array_get(buf, part, place));
	default:
		return (part->move(buf, way, object));
	}
}

/*
 * Moves the parts of a message between its struct and a buffer.  Returns 0,
 * or -1 with errno EINVAL or ERANGE to the sender for a value that may not
 * be, or as ibuf_add() fails, and EBADMSG to the receiver.
 */
int
parts_move(struct ibuf *buf, enum way way, const struct message *message,
    void *object)
{
	size_t	 i;

	for (i = 0; i < message->count; i++)
		if (part_move(buf, way, &message->parts[i], object) == -1)
			return (-1);
	return (message->fits == NULL || message->fits(object) ? 0 :
	    part_refuse(way));
}

/* Adds a message to a buffer; fails as parts_move(). */
int
message_put(struct ibuf *buf, const struct message *message,
    const void *object)
{
	return (parts_move(buf, SEND, message, (void *)object));
}

/*
 * Reads a message that is all of what is left in a buffer.  Returns 0, or
 * -1 with errno EBADMSG; the struct then is all zero and holds no memory.
 */
int
message_get(struct ibuf *buf, const struct message *message, void *object)
{
	memset(object, 0, message->size);
	if (message_add(buf, message, object) == 0)
		return (0);
	message_free(message, object);
	return (-1);
}

/*
 * The same into a struct that is already in use.  What has been read when
 * it fails stays there.
 */
int
message_add(struct ibuf *buf, const struct message *message, void *object)
{
	if (parts_move(buf, RECEIVE, message, object) == -1)
		return (-1);
	return (ibuf_size(buf) == 0 ? 0 : ibuf_refuse(EBADMSG));
}

/* Wipes and frees the strings of a message, and leaves all zero. */
void
message_free(const struct message *message, void *object)
{
	const struct part	*part;
	char			*text;

	for (part = message->parts; part < message->parts + message->count;
	    part++) {
		if (part->kind != PART_TEXT && part->kind != PART_OPTIONAL)
			continue;
		memcpy(&text, (char *)object + part->offset, sizeof(text));
		if (text != NULL)
			freezero(text, strlen(text));
	}
	memset(object, 0, message->size);
}

/*
 * Moves an IPv4 or IPv6 address with its port, and the scope of an IPv6
 * address.  Fails as parts_move(), but with EAFNOSUPPORT for the sender of
 * another family.
 */
int
address_move(struct ibuf *buf, enum way way, struct sockaddr_storage *address)
{
	uint8_t	 family;

	if (way == SEND && address->ss_family != AF_INET &&
	    address->ss_family != AF_INET6)
		return (ibuf_refuse(EAFNOSUPPORT));
	family = address->ss_family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6;
	if (octets_move(buf, way, &family, sizeof(family)) == -1)
		return (-1);
	if (family != FAMILY_IPV4 && family != FAMILY_IPV6)
		return (ibuf_refuse(EBADMSG));
	if (way == RECEIVE)
		address->ss_family = family == FAMILY_IPV4 ? AF_INET :
		    AF_INET6;
	return (parts_move(buf, way, family == FAMILY_IPV4 ? &ipv4_message :
	    &ipv6_message, address));
}

static int
prefix_move(struct ibuf *buf, enum way way, struct prefix *prefix)
{
	if (parts_move(buf, way, &local_message, prefix) == -1)
		return (-1);
	if (prefix->local)
		return (0);
	if (address_move(buf, way, &prefix->address) == -1)
		return (-1);
	return (parts_move(buf, way, prefix->address.ss_family == AF_INET ?
	    &bits4_message : &bits6_message, prefix));
}

/* Moves as many prefixes, one after the other; fails as address_move(). */
int
prefixes_move(struct ibuf *buf, enum way way, struct prefix *prefixes,
    uint32_t count)
{
	uint32_t	 i;

	for (i = 0; i < count; i++)
		if (prefix_move(buf, way, &prefixes[i]) == -1)
			return (-1);
	return (0);
}
