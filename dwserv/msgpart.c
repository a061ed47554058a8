/*
 * The parts that messages are made of.  The sender's half of a pair refuses
 * with EINVAL or ERANGE what the receiver's half would refuse with EBADMSG,
 * so that a mistake shows where it was made.  Nothing here knows a whole
 * message.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "msgpart.h"

/* Families by our own numbers: those of the system are its own affair. */
#define FAMILY_IPV4	4
#define FAMILY_IPV6	6

static int	msgpart_refuse(int);

/* Adds 0 or 1.  Returns -1 with errno EINVAL for another value. */
int
msgpart_put_flag(struct ibuf *buf, int flag)
{
	if (flag != 0 && flag != 1)
		return (msgpart_refuse(EINVAL));
	return (ibuf_add_n8(buf, (uint64_t)flag));
}

/* Reads 0 or 1.  Returns -1 with errno EBADMSG for all else. */
int
msgpart_get_flag(struct ibuf *buf, int *flag)
{
	uint8_t	 value;

	if (msgpart_get_flag8(buf, &value) == -1)
		return (-1);
	*flag = value;
	return (0);
}

/* As msgpart_put_flag(), from an octet. */
int
msgpart_put_flag8(struct ibuf *buf, uint8_t flag)
{
	return (msgpart_put_flag(buf, flag));
}

/* As msgpart_get_flag(), into an octet. */
int
msgpart_get_flag8(struct ibuf *buf, uint8_t *flag)
{
	uint8_t	 value;

	if (ibuf_get_n8(buf, &value) == -1)
		return (-1);
	if (value > 1)
		return (msgpart_refuse(EBADMSG));
	*flag = value;
	return (0);
}

/*
 * Adds a number of 32 bits that must be less than count.  Returns -1 with
 * errno EINVAL if it is not.
 */
int
msgpart_put_choice(struct ibuf *buf, uint32_t choice, uint32_t count)
{
	if (choice >= count)
		return (msgpart_refuse(EINVAL));
	return (ibuf_add_n32(buf, choice));
}

/* Its counterpart: EBADMSG if the number is not less than count. */
int
msgpart_get_choice(struct ibuf *buf, uint32_t *choice, uint32_t count)
{
	uint32_t	 value;

	if (ibuf_get_n32(buf, &value) == -1)
		return (-1);
	if (value >= count)
		return (msgpart_refuse(EBADMSG));
	*choice = value;
	return (0);
}

/*
 * Adds a string that must be there.  Returns -1 with errno EINVAL if it is
 * NULL and ERANGE if it is longer than max octets.
 */
int
msgpart_put_text(struct ibuf *buf, const char *text, size_t max)
{
	if (text == NULL)
		return (msgpart_refuse(EINVAL));
	return (msgpart_put_optional(buf, text, max));
}

/*
 * Its counterpart; the string is newly allocated.  Errno is EBADMSG if it
 * is missing or longer than max octets; *text is then NULL.
 */
int
msgpart_get_text(struct ibuf *buf, char **text, size_t max)
{
	if (ibuf_get_string(buf, text, max) == -1)
		return (-1);
	if (*text == NULL)
		return (msgpart_refuse(EBADMSG));
	return (0);
}

/* As msgpart_put_text(), but the string may be NULL. */
int
msgpart_put_optional(struct ibuf *buf, const char *text, size_t max)
{
	if (text != NULL && strnlen(text, max + 1) > max)
		return (msgpart_refuse(ERANGE));
	return (ibuf_add_string(buf, text));
}

/* As msgpart_get_text(), but the string may be NULL. */
int
msgpart_get_optional(struct ibuf *buf, char **text, size_t max)
{
	return (ibuf_get_string(buf, text, max));
}

/*
 * Adds the string in an array of size octets.  Returns -1 with errno EINVAL
 * if no NUL ends it.
 */
int
msgpart_put_array(struct ibuf *buf, const char *array, size_t size)
{
	if (strnlen(array, size) == size)
		return (msgpart_refuse(EINVAL));
	return (ibuf_add_string(buf, array));
}

/*
 * Its counterpart: EBADMSG if the string and its NUL do not fit into size
 * octets.
 */
int
msgpart_get_array(struct ibuf *buf, char *array, size_t size)
{
	char	*text;

	if (msgpart_get_text(buf, &text, size - 1) == -1)
		return (-1);
	strlcpy(array, text, size);
	free(text);
	return (0);
}

/*
 * Adds an IPv4 or IPv6 address with its port, and the scope of an IPv6
 * address.  Returns -1 with errno EAFNOSUPPORT for another family.
 */
int
msgpart_put_address(struct ibuf *buf, const struct sockaddr_storage *address)
{
	const struct sockaddr_in	*in;
	const struct sockaddr_in6	*in6;

	if (address->ss_family == AF_INET) {
		in = (const struct sockaddr_in *)address;
		if (ibuf_add_n8(buf, FAMILY_IPV4) == -1 ||
		    ibuf_add(buf, &in->sin_addr, sizeof(in->sin_addr)) == -1)
			return (-1);
		return (ibuf_add_n16(buf, ntohs(in->sin_port)));
	}
	if (address->ss_family == AF_INET6) {
		in6 = (const struct sockaddr_in6 *)address;
		if (ibuf_add_n8(buf, FAMILY_IPV6) == -1 ||
		    ibuf_add(buf, &in6->sin6_addr,
		    sizeof(in6->sin6_addr)) == -1 ||
		    ibuf_add_n16(buf, ntohs(in6->sin6_port)) == -1)
			return (-1);
		return (ibuf_add_n32(buf, in6->sin6_scope_id));
	}
	return (msgpart_refuse(EAFNOSUPPORT));
}

/* Its counterpart: EBADMSG for a family that is neither. */
int
msgpart_get_address(struct ibuf *buf, struct sockaddr_storage *address)
{
	struct sockaddr_in	*in = (struct sockaddr_in *)address;
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)address;
	uint16_t		 port;
	uint8_t			 family;

	memset(address, 0, sizeof(*address));
	if (ibuf_get_n8(buf, &family) == -1)
		return (-1);
	if (family == FAMILY_IPV4) {
		if (ibuf_get(buf, &in->sin_addr, sizeof(in->sin_addr)) == -1 ||
		    ibuf_get_n16(buf, &port) == -1)
			return (-1);
		in->sin_port = htons(port);
		address->ss_family = AF_INET;
		return (0);
	}
	if (family == FAMILY_IPV6) {
		if (ibuf_get(buf, &in6->sin6_addr,
		    sizeof(in6->sin6_addr)) == -1 ||
		    ibuf_get_n16(buf, &port) == -1 ||
		    ibuf_get_n32(buf, &in6->sin6_scope_id) == -1)
			return (-1);
		in6->sin6_port = htons(port);
		address->ss_family = AF_INET6;
		return (0);
	}
	return (msgpart_refuse(EBADMSG));
}

/* Returns 0 if all has been read, otherwise -1 with errno EBADMSG. */
int
msgpart_get_end(const struct ibuf *buf)
{
	if (ibuf_size(buf) != 0)
		return (msgpart_refuse(EBADMSG));
	return (0);
}

/* Wipes and frees a string, or nothing if it is NULL. */
void
msgpart_free_secret(char *secret)
{
	if (secret != NULL)
		freezero(secret, strlen(secret) + 1);
}

static int
msgpart_refuse(int error)
{
	errno = error;
	return (-1);
}
