/*
 * Buffers that know their bounds, after OpenBSD's ibuf_add(3).  Whatever is
 * put in or taken out is checked against those bounds here, so that no
 * caller does arithmetic on pointers.  Memory is wiped before it is given
 * back: passwords and hashes pass through.
 */

#include <sys/param.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"
#include "xmalloc.h"

#define STRING_NULL	0xffffU		/* the length that stands for NULL */

static int	ibuf_add_number(struct ibuf *, uint64_t, size_t);
static int	ibuf_get_number(struct ibuf *, void *, size_t);

/*
 * Sets errno and returns -1, as functions do that refuse what they are
 * given.
 */
int
ibuf_refuse(int error)
{
	errno = error;
	return (-1);
}

/*
 * Makes a buffer of a fixed size in bytes, at least 1.  Returns NULL with
 * errno EINVAL.
 */
struct ibuf *
ibuf_open(size_t size)
{
	return (ibuf_dynamic(size, size));
}

/*
 * Makes a buffer that has room for initial bytes and grows up to max bytes,
 * max being at least 1.  Returns NULL with errno EINVAL.
 */
struct ibuf *
ibuf_dynamic(size_t initial, size_t max)
{
	struct ibuf	*buf;

	if (max == 0 || max < initial) {
		errno = EINVAL;
		return (NULL);
	}
	buf = xcalloc(1, sizeof(*buf));
	buf->size = MAX(initial, 1);
	buf->buf = xcalloc(1, buf->size);
	buf->max = max;
	buf->fd = -1;
	return (buf);
}

/*
 * Makes buf, which the caller provides, a view of size bytes that can be
 * read but not added to.  The memory must outlive the view.
 */
void
ibuf_from_buffer(struct ibuf *buf, void *data, size_t size)
{
	memset(buf, 0, sizeof(*buf));
	buf->buf = data;
	buf->size = buf->max = buf->wpos = size;
	buf->fd = -1;
	buf->view = 1;
}

/*
 * Adds size bytes at the end.  Returns -1 with errno ERANGE if they do not
 * fit; the buffer is then as it was.  It doubles when it grows, so that many
 * small additions stay cheap, and leaves no copy of the old bytes behind.
 */
int
ibuf_add(struct ibuf *buf, const void *data, size_t size)
{
	size_t	 grown;

	if (size > ibuf_left(buf))
		return (ibuf_refuse(ERANGE));
	if (size > buf->size - buf->wpos) {
		grown = MAX(buf->wpos + size, MIN(buf->size * 2, buf->max));
		buf->buf = xrecallocarray(buf->buf, buf->size, grown, 1);
		buf->size = grown;
	}
	if (size > 0)
		memcpy(buf->buf + buf->wpos, data, size);
	buf->wpos += size;
	return (0);
}

/*
 * Adds a number of 8 bits.  Returns -1 with errno EINVAL if the value is
 * greater than that, or as ibuf_add().
 */
int
ibuf_add_n8(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_number(buf, value, sizeof(uint8_t)));
}

/* As ibuf_add_n8(), with 16 bits in network byte order. */
int
ibuf_add_n16(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_number(buf, value, sizeof(uint16_t)));
}

/* As ibuf_add_n8(), with 32 bits in network byte order. */
int
ibuf_add_n32(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_number(buf, value, sizeof(uint32_t)));
}

/* As ibuf_add_n8(), with 64 bits in network byte order. */
int
ibuf_add_n64(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_number(buf, value, sizeof(uint64_t)));
}

/*
 * Adds a string: its length in 16 bits and its bytes without the NUL, or
 * for NULL the length 0xffff alone.  Returns -1 with errno ERANGE if it is
 * longer than 65534 bytes, or as ibuf_add().
 */
int
ibuf_add_string(struct ibuf *buf, const char *string)
{
	size_t	 length;

	if (string == NULL)
		return (ibuf_add_n16(buf, STRING_NULL));
	length = strlen(string);
	if (length >= STRING_NULL ||
	    sizeof(uint16_t) + length > ibuf_left(buf))
		return (ibuf_refuse(ERANGE));
	ibuf_add_n16(buf, length);
	return (ibuf_add(buf, string, length));
}

/* Returns where the unread bytes begin. */
void *
ibuf_data(const struct ibuf *buf)
{
	return (buf->buf + buf->rpos);
}

/* Returns how many bytes are unread. */
size_t
ibuf_size(const struct ibuf *buf)
{
	return (buf->wpos - buf->rpos);
}

/* Returns how many bytes may still be added. */
size_t
ibuf_left(const struct ibuf *buf)
{
	return (buf->max - buf->wpos);
}

/*
 * Passes over size unread bytes.  Returns -1 with errno EBADMSG if there
 * are not as many.
 */
int
ibuf_skip(struct ibuf *buf, size_t size)
{
	if (size > ibuf_size(buf))
		return (ibuf_refuse(EBADMSG));
	buf->rpos += size;
	return (0);
}

/*
 * Reads size bytes.  Returns -1 with errno EBADMSG, having read nothing, if
 * there are not as many.
 */
int
ibuf_get(struct ibuf *buf, void *data, size_t size)
{
	if (ibuf_skip(buf, size) == -1)
		return (-1);
	if (size > 0)
		memcpy(data, buf->buf + buf->rpos - size, size);
	return (0);
}

/* Reads a number of 8 bits; fails as ibuf_get(). */
int
ibuf_get_n8(struct ibuf *buf, uint8_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

/* Reads a number of 16 bits in network byte order; fails as ibuf_get(). */
int
ibuf_get_n16(struct ibuf *buf, uint16_t *value)
{
	return (ibuf_get_number(buf, value, sizeof(*value)));
}

/* Reads a number of 32 bits in network byte order; fails as ibuf_get(). */
int
ibuf_get_n32(struct ibuf *buf, uint32_t *value)
{
	return (ibuf_get_number(buf, value, sizeof(*value)));
}

/* Reads a number of 64 bits in network byte order; fails as ibuf_get(). */
int
ibuf_get_n64(struct ibuf *buf, uint64_t *value)
{
	return (ibuf_get_number(buf, value, sizeof(*value)));
}

/*
 * Reads a string that ibuf_add_string() wrote into newly allocated memory,
 * or NULL if that is what was written.  Returns -1 with errno EBADMSG if it
 * is longer than max bytes, incomplete or has a NUL inside; *string is then
 * NULL and nothing has been read.
 */
int
ibuf_get_string(struct ibuf *buf, char **string, size_t max)
{
	uint16_t	 length;

	*string = NULL;
	if (ibuf_get_n16(buf, &length) == -1)
		return (-1);
	if (length == STRING_NULL)
		return (0);
	if (length > max || length > ibuf_size(buf) ||
	    memchr(ibuf_data(buf), '\0', length) != NULL) {
		buf->rpos -= sizeof(length);
		return (ibuf_refuse(EBADMSG));
	}
	*string = xstrndup(ibuf_data(buf), length);
	return (ibuf_skip(buf, length));
}

/*
 * Puts a descriptor, or -1 for none, into the buffer's keeping and closes
 * the one that was there.
 */
void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	if (buf->fd != -1)
		close(buf->fd);
	buf->fd = fd < 0 ? -1 : fd;
}

/*
 * Returns the buffer's descriptor, which is now the caller's to close, or
 * -1 if it has none.
 */
int
ibuf_fd_get(struct ibuf *buf)
{
	int	 fd = buf->fd;

	buf->fd = -1;
	return (fd);
}

/* Returns 1 if the buffer has a descriptor, otherwise 0. */
int
ibuf_fd_avail(const struct ibuf *buf)
{
	return (buf->fd != -1);
}

/*
 * Wipes and frees a buffer, or nothing if buf is NULL, and closes its
 * descriptor; errno is kept.  To free a view is a mistake of the program
 * and ends it.
 */
void
ibuf_free(struct ibuf *buf)
{
	int	 saved = errno;

	if (buf == NULL)
		return;
	if (buf->view)
		abort();
	ibuf_fd_set(buf, -1);
	freezero(buf->buf, buf->size);
	freezero(buf, sizeof(*buf));
	errno = saved;
}

static int
ibuf_add_number(struct ibuf *buf, uint64_t value, size_t width)
{
	uint64_t	 ordered = htobe64(value);

	if (width < sizeof(value) && value >> (width * 8) != 0)
		return (ibuf_refuse(EINVAL));
	return (ibuf_add(buf,
	    (const unsigned char *)&ordered + sizeof(ordered) - width, width));
}

/* Where the host's order is the other one, the last byte comes first. */
static int
ibuf_get_number(struct ibuf *buf, void *value, size_t width)
{
	unsigned char	*to = value, bytes[sizeof(uint64_t)];
	size_t		 i;

	if (ibuf_get(buf, bytes, width) == -1)
		return (-1);
	for (i = 0; i < width; i++)
		to[BYTE_ORDER == BIG_ENDIAN ? i : width - 1 - i] = bytes[i];
	return (0);
}
