/*
 * Buffers that know their bounds, after OpenBSD's ibuf_add(3).  Whatever is
 * put in or taken out is checked against those bounds here, so that no
 * caller does arithmetic on pointers.  Memory is wiped before it is given
 * back: passwords and hashes pass through.
 */

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define STRING_NULL	0xffffU		/* the length that stands for NULL */

static int	ibuf_grow(struct ibuf *, size_t);
static int	ibuf_add_number(struct ibuf *, uint64_t, size_t);

/*
 * Makes a buffer of a fixed size in bytes, at least 1.  Returns NULL with
 * errno EINVAL or ENOMEM.
 */
struct ibuf *
ibuf_open(size_t size)
{
	return (ibuf_dynamic(size, size));
}

/*
 * Makes a buffer that has room for initial bytes and grows up to max bytes,
 * max being at least 1.  Returns NULL with errno EINVAL or ENOMEM.
 */
struct ibuf *
ibuf_dynamic(size_t initial, size_t max)
{
	struct ibuf	*buf;

	if (max == 0 || max < initial) {
		errno = EINVAL;
		return (NULL);
	}
	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return (NULL);
	buf->size = initial == 0 ? 1 : initial;
	if ((buf->buf = calloc(1, buf->size)) == NULL) {
		free(buf);
		return (NULL);
	}
	buf->max = max;
	buf->fd = -1;
	return (buf);
}

/*
 * Makes buf, which the caller provides, a view of size bytes that can be
 * read and patched but not added to.  The memory must outlive the view.
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
 * fit, or ENOMEM; the buffer is then as it was.
 */
int
ibuf_add(struct ibuf *buf, const void *data, size_t size)
{
	void	*space;

	if ((space = ibuf_reserve(buf, size)) == NULL)
		return (-1);
	if (size > 0)
		memcpy(space, data, size);
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
	unsigned char	*space;
	uint16_t	 prefix;
	size_t		 length;

	if (string == NULL)
		return (ibuf_add_n16(buf, STRING_NULL));
	length = strlen(string);
	if (length >= STRING_NULL) {
		errno = ERANGE;
		return (-1);
	}
	if ((space = ibuf_reserve(buf, sizeof(prefix) + length)) == NULL)
		return (-1);
	prefix = htobe16((uint16_t)length);
	memcpy(space, &prefix, sizeof(prefix));
	memcpy(space + sizeof(prefix), string, length);
	return (0);
}

/*
 * Adds size bytes of zero at the end and returns where they are, which is
 * true until the next addition.  Returns NULL with errno ERANGE if they do
 * not fit, or ENOMEM; the buffer is then as it was.
 */
void *
ibuf_reserve(struct ibuf *buf, size_t size)
{
	unsigned char	*space;

	if (size > ibuf_left(buf)) {
		errno = ERANGE;
		return (NULL);
	}
	if (buf->wpos + size > buf->size &&
	    ibuf_grow(buf, buf->wpos + size) == -1)
		return (NULL);
	space = buf->buf + buf->wpos;
	buf->wpos += size;
	return (space);
}

/*
 * Overwrites size bytes, offset bytes after the first that is unread.
 * Returns -1 with errno ERANGE if they are not all in the buffer already.
 */
int
ibuf_set(struct ibuf *buf, size_t offset, const void *data, size_t size)
{
	if (offset > ibuf_size(buf) || size > ibuf_size(buf) - offset) {
		errno = ERANGE;
		return (-1);
	}
	if (size > 0)
		memcpy(buf->buf + buf->rpos + offset, data, size);
	return (0);
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
	if (size > ibuf_size(buf)) {
		errno = EBADMSG;
		return (-1);
	}
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
	const void	*from;

	from = ibuf_data(buf);
	if (ibuf_skip(buf, size) == -1)
		return (-1);
	if (size > 0)
		memcpy(data, from, size);
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
	if (ibuf_get(buf, value, sizeof(*value)) == -1)
		return (-1);
	*value = be16toh(*value);
	return (0);
}

/* Reads a number of 32 bits in network byte order; fails as ibuf_get(). */
int
ibuf_get_n32(struct ibuf *buf, uint32_t *value)
{
	if (ibuf_get(buf, value, sizeof(*value)) == -1)
		return (-1);
	*value = be32toh(*value);
	return (0);
}

/* Reads a number of 64 bits in network byte order; fails as ibuf_get(). */
int
ibuf_get_n64(struct ibuf *buf, uint64_t *value)
{
	if (ibuf_get(buf, value, sizeof(*value)) == -1)
		return (-1);
	*value = be64toh(*value);
	return (0);
}

/*
 * Reads a string that ibuf_add_string() wrote into newly allocated memory,
 * or NULL if that is what was written.  Returns -1 with errno EBADMSG if it
 * is longer than max bytes, incomplete or has a NUL inside, or with ENOMEM;
 * *string is then NULL and nothing has been read.
 */
int
ibuf_get_string(struct ibuf *buf, char **string, size_t max)
{
	size_t		 start = buf->rpos;
	uint16_t	 length;

	*string = NULL;
	if (ibuf_get_n16(buf, &length) == -1)
		return (-1);
	if (length == STRING_NULL)
		return (0);
	if (length > max || length > ibuf_size(buf) ||
	    memchr(ibuf_data(buf), '\0', length) != NULL) {
		buf->rpos = start;
		errno = EBADMSG;
		return (-1);
	}
	if ((*string = malloc((size_t)length + 1)) == NULL) {
		buf->rpos = start;
		return (-1);
	}
	memcpy(*string, ibuf_data(buf), length);
	(*string)[length] = '\0';
	buf->rpos += length;
	return (0);
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

/*
 * Twice the size, so that many small additions stay cheap; recallocarray()
 * leaves no copy of the old bytes behind.
 */
static int
ibuf_grow(struct ibuf *buf, size_t needed)
{
	unsigned char	*grown;
	size_t		 size;

	size = buf->size > buf->max / 2 ? buf->max : buf->size * 2;
	if (size < needed)
		size = needed;
	if ((grown = recallocarray(buf->buf, buf->size, size, 1)) == NULL)
		return (-1);
	buf->buf = grown;
	buf->size = size;
	return (0);
}

static int
ibuf_add_number(struct ibuf *buf, uint64_t value, size_t width)
{
	uint64_t	 ordered;

	if (width < sizeof(value) && value >> (width * 8) != 0) {
		errno = EINVAL;
		return (-1);
	}
	ordered = htobe64(value);
	return (ibuf_add(buf,
	    (const unsigned char *)&ordered + sizeof(ordered) - width, width));
}
