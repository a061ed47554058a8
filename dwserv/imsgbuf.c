/*
 * The socket side of imsg.c: messages and their descriptors in and out of a
 * stream socketpair, after OpenBSD's imsgbuf_init(3).  A peer is never
 * trusted: a header is checked before it is believed, and after the first
 * violation nothing more is read.  Nothing here knows what messages mean.
 */

#include <sys/param.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <bsd/stdlib.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define READ_SIZE	65536
#define IOVECS		256
#define PAUSE		10	/* milliseconds, when the kernel is short */

/* Newer than most headers; the number is that of all our machines. */
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS	83
#endif

union control {
	struct cmsghdr	 header;
	unsigned char	 bytes[CMSG_SPACE(sizeof(int) * IMSG_FDS_MAX)];
};

static ssize_t	imsgbuf_receive(struct imsgbuf *, void *, size_t);
static void	imsgbuf_collect(struct imsgbuf *, struct msghdr *);
static void	imsgbuf_parse(struct imsgbuf *, const unsigned char *, size_t);
static void	imsgbuf_advance(struct imsgbuf *);
static void	imsgbuf_discard_fds(struct imsgbuf *);
static int	imsgbuf_send(struct imsgbuf *);
static size_t	imsgbuf_gather(const struct imsgbuf *, struct iovec *);
static void	imsgbuf_sent(struct imsgbuf *, size_t);
static int	imsgbuf_wait(int, int);
static void	imsgbuf_discard(struct ibufqueue *);

/*
 * Prepares one end of a channel.  The socket stays the caller's, who
 * decides whether it blocks.
 */
void
imsgbuf_init(struct imsgbuf *imsgbuf, int fd)
{
	memset(imsgbuf, 0, sizeof(*imsgbuf));
	TAILQ_INIT(&imsgbuf->outgoing);
	TAILQ_INIT(&imsgbuf->incoming);
	imsgbuf->maxsize = MAX_IMSGSIZE;
	imsgbuf->fd = fd;
}

/* From now on descriptors may be sent and received. */
void
imsgbuf_allow_fdpass(struct imsgbuf *imsgbuf)
{
	imsgbuf->fdpass = 1;
}

/*
 * From now on a descriptor that comes in breaks the stream, and does so at
 * the peer, if the kernel can (unix(7), SO_PASSRIGHTS, since Linux 6.16).
 * To close one can take as long as whoever sent it likes, as with a socket
 * that lingers; see imsgbuf_discard_fds().
 */
void
imsgbuf_refuse_fds(struct imsgbuf *imsgbuf)
{
	const int	no = 0;

	imsgbuf->refuses_fds = 1;
	setsockopt(imsgbuf->fd, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof(no));
}

/*
 * Reads once from the socket; imsgbuf_get() then returns the messages.
 * Returns 1 if something was read or nothing was there to read, 0 at end of
 * file, and -1 on error.  Errno is EBADMSG if the peer broke the framing or
 * sent more descriptors than messages that want one, and EMFILE if this
 * process had no room for a descriptor; the stream cannot be followed after
 * that, and every later call fails in the same way.
 */
int
imsgbuf_read(struct imsgbuf *imsgbuf)
{
	unsigned char	 bytes[READ_SIZE];
	ssize_t		 n;

	if (imsgbuf->read_error != 0)
		return (ibuf_refuse(imsgbuf->read_error));
	n = imsgbuf_receive(imsgbuf, bytes, sizeof(bytes));
	if (n == -1)
		return (errno == EAGAIN ? 1 : -1);
	imsgbuf_parse(imsgbuf, bytes, (size_t)n);
	explicit_bzero(bytes, (size_t)n);
	if (imsgbuf->read_error == 0)
		return (n > 0);
	imsgbuf_discard_fds(imsgbuf);
	return (ibuf_refuse(imsgbuf->read_error));
}

/*
 * Writes as much of the queue as one sendmsg(2) takes.  Returns 0 if it
 * went well or the socket is full, and -1 on error, also if imsg_close()
 * could not keep a message.  No signal is raised.
 */
int
imsgbuf_write(struct imsgbuf *imsgbuf)
{
	if (imsgbuf->write_error != 0)
		return (ibuf_refuse(imsgbuf->write_error));
	return (imsgbuf_send(imsgbuf) == -1 ? -1 : 0);
}

/*
 * Writes the whole queue, waiting without a deadline while the socket is
 * full, and so only for a peer that is known to read.  Returns as
 * imsgbuf_write().
 */
int
imsgbuf_flush(struct imsgbuf *imsgbuf)
{
	int	 sent;

	if (imsgbuf->write_error != 0)
		return (ibuf_refuse(imsgbuf->write_error));
	while (imsgbuf->queued > 0) {
		if ((sent = imsgbuf_send(imsgbuf)) == -1)
			return (-1);
		if (sent == 0 && imsgbuf_wait(imsgbuf->fd, errno) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Takes the next complete message.  Returns 1 if there is one, which the
 * caller then passes to imsg_free(), and 0 if there is none.
 */
int
imsgbuf_get(struct imsgbuf *imsgbuf, struct imsg *imsg)
{
	struct imsg_header	 header;
	struct ibuf		*buf;

	if ((buf = TAILQ_FIRST(&imsgbuf->incoming)) == NULL)
		return (0);
	TAILQ_REMOVE(&imsgbuf->incoming, buf, entry);
	/* Only what has a whole header is in the queue. */
	ibuf_get(buf, &header, sizeof(header));
	imsg->type = header.type;
	imsg->id = header.id;
	imsg->data = buf;
	buf->view = 1;
	return (1);
}

/* Returns how many messages wait to be written. */
size_t
imsgbuf_queuelen(const struct imsgbuf *imsgbuf)
{
	return (imsgbuf->queued);
}

/* Returns how many descriptors wait to be sent. */
size_t
imsgbuf_queued_fds(const struct imsgbuf *imsgbuf)
{
	return (imsgbuf->queued_fds);
}

/*
 * Puts a descriptor in the place of the one in the last message of this type
 * and number that waits, so that a peer that does not read holds few of
 * them.  Returns 1 if there was such a message; the descriptor is no longer
 * the caller's then.
 */
int
imsgbuf_supersede(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, int fd)
{
	struct imsg_header	 header;
	struct ibuf		*buf;

	TAILQ_FOREACH_REVERSE(buf, &imsgbuf->outgoing, ibufqueue, entry) {
		memcpy(&header, buf->buf, sizeof(header));
		if (header.type == type && header.id == id)
			break;
	}
	if (buf == NULL || !ibuf_fd_avail(buf))
		return (0);
	ibuf_fd_set(buf, fd);
	return (1);
}

/*
 * Drops all that waits in either direction and closes the descriptors with
 * it.  The socket stays open: it is the caller's.
 */
void
imsgbuf_clear(struct imsgbuf *imsgbuf)
{
	imsgbuf_discard(&imsgbuf->outgoing);
	imsgbuf_discard(&imsgbuf->incoming);
	imsgbuf->queued = imsgbuf->queued_fds = 0;
	ibuf_free(imsgbuf->partial);
	imsgbuf->partial = NULL;
	imsgbuf_discard_fds(imsgbuf);
}

/*
 * Returns what read(2) returns.  There is room for as many descriptors as
 * may still wait, and for none on a channel without them: the kernel closes
 * what does not fit.
 */
static ssize_t
imsgbuf_receive(struct imsgbuf *imsgbuf, void *bytes, size_t size)
{
	union control	 control;
	struct iovec	 iov = { bytes, size };
	struct msghdr	 msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t		 n;

	if (imsgbuf->fdpass) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_LEN(sizeof(int) *
		    (IMSG_FDS_MAX - imsgbuf->fd_count));
	}
	do {
		n = recvmsg(imsgbuf->fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n != -1 && imsgbuf->fdpass)
		imsgbuf_collect(imsgbuf, &msg);
	return (n);
}

/*
 * Queues the descriptors in the order in which they came.  If the kernel
 * had to leave some out, either the peer sent too many or this process has
 * no room for them: then it is unknown which message goes without, and the
 * stream is lost.
 */
static void
imsgbuf_collect(struct imsgbuf *imsgbuf, struct msghdr *msg)
{
	struct cmsghdr	*cmsg;
	size_t		 size;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		size = cmsg->cmsg_len - CMSG_LEN(0);
		memcpy(&imsgbuf->fds[imsgbuf->fd_count], CMSG_DATA(cmsg),
		    size);
		imsgbuf->fd_count += size / sizeof(int);
	}
	if (imsgbuf->refuses_fds && imsgbuf->fd_count > 0)
		imsgbuf->read_error = EBADMSG;
	if (msg->msg_flags & MSG_CTRUNC)
		imsgbuf->read_error = imsgbuf->fd_count < IMSG_FDS_MAX ?
		    EMFILE : EBADMSG;
}

/* A message's buffer has room for its header, and then for what that says. */
static void
imsgbuf_parse(struct imsgbuf *imsgbuf, const unsigned char *bytes,
    size_t length)
{
	size_t	 n;

	while (length > 0 && imsgbuf->read_error == 0) {
		if (imsgbuf->partial == NULL)
			imsgbuf->partial = ibuf_open(IMSG_HEADER_SIZE);
		n = MIN(length, ibuf_left(imsgbuf->partial));
		ibuf_add(imsgbuf->partial, bytes, n);
		bytes += n;
		length -= n;
		if (ibuf_left(imsgbuf->partial) == 0)
			imsgbuf_advance(imsgbuf);
	}
}

/*
 * The header is there, or the whole message, which are the same if nothing
 * follows.  The sender's flag, not the moment of arrival, says whose a
 * descriptor is; it comes with the first byte of its message.
 */
static void
imsgbuf_advance(struct imsgbuf *imsgbuf)
{
	struct ibuf			*buf = imsgbuf->partial;
	const struct imsg_header	*header = ibuf_data(buf);
	const int			 has_fd =
	    (header->flags & IMSG_FLAG_DESCRIPTOR) != 0;

	if (header->length < sizeof(*header) ||
	    header->length - sizeof(*header) > imsgbuf->maxsize ||
	    (header->flags & ~IMSG_FLAG_DESCRIPTOR) != 0 ||
	    (has_fd && imsgbuf->fd_count == 0)) {
		imsgbuf->read_error = EBADMSG;
		return;
	}
	buf->max = header->length;
	if (ibuf_left(buf) > 0)
		return;
	if (has_fd) {
		ibuf_fd_set(buf, imsgbuf->fds[0]);
		imsgbuf->fd_count--;
		memmove(&imsgbuf->fds[0], &imsgbuf->fds[1],
		    imsgbuf->fd_count * sizeof(imsgbuf->fds[0]));
	}
	TAILQ_INSERT_TAIL(&imsgbuf->incoming, buf, entry);
	imsgbuf->partial = NULL;
}

/* Nobody waits in close(2) for what a stranger has not sent yet. */
static void
imsgbuf_discard_fds(struct imsgbuf *imsgbuf)
{
	const struct linger	none = { 0, 0 };
	int			fd;

	while (imsgbuf->fd_count > 0) {
		fd = imsgbuf->fds[--imsgbuf->fd_count];
		if (imsgbuf->refuses_fds)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &none,
			    sizeof(none));
		close(fd);
	}
}

/* Returns 1 if all is well, 0 if it is not the time to send, -1 on error. */
static int
imsgbuf_send(struct imsgbuf *imsgbuf)
{
	static const struct cmsghdr	 one_fd = {
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof(int))
	};
	union control			 control = { .header = one_fd };
	struct iovec			 iov[IOVECS];
	struct msghdr			 msg = { .msg_iov = iov };
	const struct ibuf		*first;
	ssize_t				 n;

	if ((first = TAILQ_FIRST(&imsgbuf->outgoing)) == NULL)
		return (1);
	msg.msg_iovlen = imsgbuf_gather(imsgbuf, iov);
	if (ibuf_fd_avail(first)) {
		memcpy(CMSG_DATA(&control.header), &first->fd, sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_LEN(sizeof(int));
	}
	do {
		n = sendmsg(imsgbuf->fd, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (errno == EAGAIN || errno == ENOBUFS ? 0 : -1);
	imsgbuf_sent(imsgbuf, (size_t)n);
	return (1);
}

/*
 * Stops before a second message with a descriptor: the kernel ties a
 * descriptor to the first byte of a sendmsg(2), and that must be the first
 * byte of its message.
 */
static size_t
imsgbuf_gather(const struct imsgbuf *imsgbuf, struct iovec *iov)
{
	struct ibuf	*buf;
	size_t		 count = 0;

	TAILQ_FOREACH(buf, &imsgbuf->outgoing, entry) {
		if (count == IOVECS || (count > 0 && ibuf_fd_avail(buf)))
			break;
		iov[count].iov_base = ibuf_data(buf);
		iov[count].iov_len = ibuf_size(buf);
		count++;
	}
	return (count);
}

/*
 * With the first byte its descriptor has gone, too.  It is closed even if
 * the rest of the message has to wait, and so is never sent twice.
 */
static void
imsgbuf_sent(struct imsgbuf *imsgbuf, size_t n)
{
	struct ibuf	*buf;

	buf = TAILQ_FIRST(&imsgbuf->outgoing);
	imsgbuf->queued_fds -= (size_t)ibuf_fd_avail(buf);
	ibuf_fd_set(buf, -1);
	while ((buf = TAILQ_FIRST(&imsgbuf->outgoing)) != NULL &&
	    n >= ibuf_size(buf)) {
		n -= ibuf_size(buf);
		TAILQ_REMOVE(&imsgbuf->outgoing, buf, entry);
		imsgbuf->queued--;
		ibuf_free(buf);
	}
	if (buf != NULL)
		buf->rpos += n;
}

/*
 * Waits until writing is worth a try.  A kernel that lacks memory (ENOBUFS)
 * may call the socket writable all the same, hence the pause.
 */
static int
imsgbuf_wait(int fd, int error)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLOUT };
	int		 n;

	if (error == ENOBUFS)
		n = poll(NULL, 0, PAUSE);
	else
		n = poll(&pfd, 1, -1);
	return (n == -1 && errno != EINTR ? -1 : 0);
}

static void
imsgbuf_discard(struct ibufqueue *queue)
{
	struct ibuf	*buf;

	while ((buf = TAILQ_FIRST(queue)) != NULL) {
		TAILQ_REMOVE(queue, buf, entry);
		ibuf_free(buf);
	}
}
