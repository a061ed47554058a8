/*
 * A channel: an imsgbuf in the loop.  What is sent is queued and leaves
 * when the loop comes round, so that many messages share one system call;
 * nothing here ever waits, but for channel_flush().
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "dwserv.h"
#include "loop.h"

static void	channel_ready(int, short, void *);
static void	channel_receive(struct channel *);
static void	channel_fail(struct channel *, const char *);

/*
 * Take over a descriptor.  Returns 0, or -1 with errno; the descriptor is
 * closed then.
 */
int
channel_open(struct loop *loop, struct channel *channel, int fd,
    channel_dispatch dispatch, channel_closed closed, void *arg)
{
	memset(channel, 0, sizeof(*channel));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1) {
		close(fd);
		return (-1);
	}
	imsgbuf_init(&channel->imsgbuf, fd);
	imsgbuf_allow_fdpass(&channel->imsgbuf);
	watch_start(loop, &channel->watch, fd, POLLIN, channel_ready, channel);
	channel->dispatch = dispatch;
	channel->closed = closed;
	channel->arg = arg;
	channel->loop = loop;
	channel->open = 1;
	return (0);
}

/* The peer has no descriptors to send: one that it sends is an offence. */
void
channel_refuse_descriptors(struct channel *channel)
{
	imsgbuf_refuse_fds(&channel->imsgbuf);
}

/*
 * Queue a message; a descriptor is taken over in any case.  A message to a
 * channel that is closed is dropped with -1: the peer is dead.
 */
int
channel_send(struct channel *channel, uint32_t type, uint32_t id, int fd,
    const void *data, size_t length)
{
	struct ibuf	*message = channel_create(channel, type, id);

	ibuf_fd_set(message, fd);
	return (channel_submit(channel, message,
	    ibuf_add(message, data, length)));
}

/*
 * Begin a message for an encoder of msg.c.  It is always there; what is
 * meant for a closed channel is dropped by channel_submit().
 */
struct ibuf *
channel_create(struct channel *channel, uint32_t type, uint32_t id)
{
	return (channel->open ? imsg_create(&channel->imsgbuf, type, id, 0) :
	    ibuf_dynamic(0, MAX_IMSGSIZE));
}

/*
 * Queue what channel_create() began.  encoded is what the encoder
 * returned; -1 is a fault in this program.
 */
int
channel_submit(struct channel *channel, struct ibuf *message, int encoded)
{
	if (encoded == -1)
		fatal("cannot encode a message");
	if (!channel->open) {
		ibuf_free(message);
		return (-1);
	}
	imsg_close(&channel->imsgbuf, message);
	watch_events(&channel->watch, POLLIN | POLLOUT);
	return (0);
}

/*
 * Last words: write what is queued, waiting at most so many milliseconds.
 * Returns 0 if all of it went out.
 */
int
channel_flush(struct channel *channel, uint64_t milliseconds)
{
	uint64_t	now = loop_now(), deadline = now + milliseconds;
	struct pollfd	pfd = { channel->imsgbuf.fd, POLLOUT, 0 };

	while (channel->open && imsgbuf_queuelen(&channel->imsgbuf) > 0) {
		if (imsgbuf_write(&channel->imsgbuf) == -1)
			return (-1);
		if (imsgbuf_queuelen(&channel->imsgbuf) == 0)
			return (0);
		if ((now = loop_now()) >= deadline)
			return (-1);
		poll(&pfd, 1, (int)(deadline - now));
	}
	return (0);
}

/* Close at once; what is queued is lost.  Safe to call twice. */
void
channel_close(struct channel *channel)
{
	if (!channel->open)
		return;
	channel->open = 0;
	watch_stop(&channel->watch);
	close(channel->imsgbuf.fd);
	imsgbuf_clear(&channel->imsgbuf);
}

static void
channel_fail(struct channel *channel, const char *reason)
{
	channel_closed	closed = channel->closed;

	channel_close(channel);
	closed(channel, reason);
}

static void
channel_ready(int fd, short happened, void *arg)
{
	struct channel	*channel = arg;

	(void)fd;
	if ((happened & POLLOUT) && imsgbuf_write(&channel->imsgbuf) == -1) {
		channel_fail(channel, strerror(errno));
		return;
	}
	if (imsgbuf_queuelen(&channel->imsgbuf) == 0)
		watch_events(&channel->watch, POLLIN);
	if (happened & (POLLIN | POLLHUP | POLLERR))
		channel_receive(channel);
}

/* After channel_fail() the channel may be gone, and its memory with it. */
static void
channel_receive(struct channel *channel)
{
	struct imsg	imsg;
	int		got, verdict;

	if ((got = imsgbuf_read(&channel->imsgbuf)) <= 0) {
		channel_fail(channel, got == 0 ? "closed by peer" :
		    strerror(errno));
		return;
	}
	while (channel->open && imsgbuf_get(&channel->imsgbuf, &imsg) == 1) {
		verdict = channel->dispatch(channel, &imsg);
		imsg_free(&imsg);
		if (verdict == -1) {
			channel_fail(channel, "protocol violation");
			return;
		}
	}
}
