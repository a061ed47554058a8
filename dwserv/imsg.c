/*
 * Messages, after OpenBSD's imsg_init(3): how they are made, queued, looked
 * at and freed.  What carries them is in imsgbuf.c.  Nothing here knows what
 * they mean.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

_Static_assert(sizeof(struct imsg_header) == IMSG_HEADER_SIZE,
    "the header is of 16 bytes, without padding");

/*
 * Queues a message with a copy of size bytes of data.  The descriptor, -1
 * for none, is no longer the caller's, whatever the result: it is closed
 * once it is sent, or at once on failure.  Returns 1, or -1 with errno
 * ERANGE if the payload is too big, or EINVAL if descriptors are not
 * allowed here.
 */
int
imsg_compose(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, int fd,
    const void *data, size_t size)
{
	struct ibuf	*buf = imsg_create(imsgbuf, type, id, 0);
	int		 refused = fd != -1 && !imsgbuf->fdpass;

	ibuf_fd_set(buf, fd);
	if (refused || ibuf_add(buf, data, size) == -1) {
		ibuf_free(buf);
		return (refused ? ibuf_refuse(EINVAL) : -1);
	}
	imsg_close(imsgbuf, buf);
	return (1);
}

/*
 * Begins a message: the payload, of about size bytes, is then added with
 * ibuf_add() and its like, a descriptor with ibuf_fd_set(), and imsg_close()
 * or ibuf_free() ends it.  Returns NULL with errno ERANGE if size is more
 * than a payload may have.
 */
struct ibuf *
imsg_create(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, size_t size)
{
	struct imsg_header	 header = { type, id, 0, 0 };
	struct ibuf		*buf;

	if (size > imsgbuf->maxsize) {
		errno = ERANGE;
		return (NULL);
	}
	buf = ibuf_dynamic(sizeof(header) + size,
	    sizeof(header) + imsgbuf->maxsize);
	ibuf_add(buf, &header, sizeof(header));
	return (buf);
}

/*
 * Completes a message of imsg_create() and queues it; the buffer is no
 * longer the caller's.  If it has a descriptor where none is allowed, it is
 * freed, and from then on every write fails with EINVAL: a message must not
 * be lost in silence.
 */
void
imsg_close(struct imsgbuf *imsgbuf, struct ibuf *buf)
{
	struct imsg_header	*header = ibuf_data(buf);

	if (ibuf_fd_avail(buf) && !imsgbuf->fdpass) {
		imsgbuf->write_error = EINVAL;
		ibuf_free(buf);
		return;
	}
	header->length = (uint32_t)ibuf_size(buf);
	header->flags = ibuf_fd_avail(buf) ? IMSG_FLAG_DESCRIPTOR : 0;
	TAILQ_INSERT_TAIL(&imsgbuf->outgoing, buf, entry);
	imsgbuf->queued++;
	imsgbuf->queued_fds += (size_t)ibuf_fd_avail(buf);
}

/* Returns what kind of message it is, as the sender says. */
uint32_t
imsg_get_type(const struct imsg *imsg)
{
	return (imsg->type);
}

/* Returns the number that the sender gave to the message. */
uint32_t
imsg_get_id(const struct imsg *imsg)
{
	return (imsg->id);
}

/* Returns how many bytes of the payload are unread. */
size_t
imsg_get_len(const struct imsg *imsg)
{
	return (ibuf_size(imsg->data));
}

/*
 * Reads the payload, which must be of exactly size bytes.  Returns -1 with
 * errno EBADMSG if it is not, having read nothing.
 */
int
imsg_get_data(struct imsg *imsg, void *data, size_t size)
{
	if (ibuf_size(imsg->data) != size)
		return (ibuf_refuse(EBADMSG));
	return (ibuf_get(imsg->data, data, size));
}

/*
 * Returns the payload for the ibuf_get functions.  It is the message's own,
 * is read forward only, and goes with imsg_free().
 */
struct ibuf *
imsg_get_ibuf(struct imsg *imsg)
{
	return (imsg->data);
}

/*
 * Returns the descriptor that came with the message, which is now the
 * caller's to close, or -1 if there is none.
 */
int
imsg_get_fd(struct imsg *imsg)
{
	return (ibuf_fd_get(imsg->data));
}

/*
 * Wipes and frees what imsgbuf_get() returned and closes a descriptor that
 * nobody has taken.  It may be called twice.
 */
void
imsg_free(struct imsg *imsg)
{
	if (imsg->data != NULL)
		imsg->data->view = 0;
	ibuf_free(imsg->data);
	memset(imsg, 0, sizeof(*imsg));
}
