/*
 * Reading and writing of a session: the socket itself, or TLS over it.
 * Nothing here waits.  What OpenSSL holds of a client's words is wiped when
 * they have been read (SSL_OP_CLEANSE_PLAINTEXT, tls_context.c).
 */

#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "log.h"
#include "stream.h"

/* Take over a connected socket that does not block. */
void
stream_open_plain(struct stream *stream, int fd)
{
	memset(stream, 0, sizeof(*stream));
	stream->fd = fd;
}

/*
 * The same, to speak TLS over it once stream_accept() has succeeded; arg is
 * what SSL_get_app_data() gives.  Returns 0, or -1 if memory is short; the
 * socket is the stream's in any case.
 */
int
stream_open_tls(struct stream *stream, int fd, SSL_CTX *context, void *arg)
{
	stream_open_plain(stream, fd);
	stream->opening = 1;
	stream->ssl = SSL_new(context);
	if (stream->ssl != NULL && SSL_set_fd(stream->ssl, fd) == 1) {
		SSL_set_app_data(stream->ssl, arg);
		SSL_set_accept_state(stream->ssl);
		return (0);
	}
	ERR_clear_error();
	return (-1);
}

/*
 * What came of a call that did not succeed: whether it is to be made again
 * when the socket, or auth, is ready.  errno is EAGAIN then.
 */
static enum stream_progress
stream_judge(struct stream *stream, int result)
{
	stream->wants_write = 0;
	switch (SSL_get_error(stream->ssl, result)) {
	case SSL_ERROR_WANT_WRITE:
		stream->wants_write = 1;
		/* FALLTHROUGH */
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_ASYNC:
		errno = EAGAIN;
		return (STREAM_BLOCKED);
	case SSL_ERROR_ZERO_RETURN:
		return (STREAM_DONE);
	default:
		stream->broken = 1;
		errno = ECONNRESET;
		return (STREAM_FAILED);
	}
}

/*
 * Go on with the handshake.  After a failure, why it failed is the first of
 * OpenSSL's errors, ERR_peek_error(), if it was not the connection.
 */
enum stream_progress
stream_accept(struct stream *stream)
{
	enum stream_progress	progress;
	int			result;

	ERR_clear_error();
	if ((result = SSL_do_handshake(stream->ssl)) == 1) {
		stream->opening = stream->wants_write = 0;
		/* Nothing after it needs auth, or a stack of its own. */
		SSL_clear_mode(stream->ssl, SSL_MODE_ASYNC);
		return (STREAM_DONE);
	}
	progress = stream_judge(stream, result);
	return (progress == STREAM_DONE ? STREAM_FAILED : progress);
}

/*
 * As recv(2): the number of octets, 0 at the end, or -1 with errno, EAGAIN
 * if there is nothing now.
 */
ssize_t
stream_read(struct stream *stream, void *bytes, size_t size)
{
	int	got;

	if (stream->ssl == NULL)
		return (recv(stream->fd, bytes, size, 0));
	if (stream->broken) {
		errno = ECONNRESET;
		return (-1);
	}
	ERR_clear_error();
	got = SSL_read(stream->ssl, bytes, size > INT_MAX ? INT_MAX :
	    (int)size);
	stream->wants_write = 0;
	if (got > 0)
		return (got);
	return (stream_judge(stream, got) == STREAM_DONE ? 0 : -1);
}

/*
 * As send(2), without SIGPIPE.  What could not be sent for now (EAGAIN) must
 * be tried again, with more behind it perhaps, before anything else is.
 */
ssize_t
stream_write(struct stream *stream, const void *bytes, size_t size)
{
	int	sent;

	if (stream->ssl == NULL)
		return (send(stream->fd, bytes, size, MSG_NOSIGNAL));
	if (stream->broken) {
		errno = ECONNRESET;
		return (-1);
	}
	ERR_clear_error();
	sent = SSL_write(stream->ssl, bytes, size > INT_MAX ? INT_MAX :
	    (int)size);
	if (sent > 0)
		return (sent);
	if (stream_judge(stream, sent) == STREAM_DONE)
		errno = ECONNRESET;
	stream->wants_write = 0;
	return (-1);
}

/* Whether there is something to read that poll(2) does not know of. */
int
stream_has_pending(const struct stream *stream)
{
	return (stream->ssl != NULL && !stream->opening && !stream->broken &&
	    SSL_pending(stream->ssl) > 0);
}

/* What else to wait for besides what the session wants. */
short
stream_events(const struct stream *stream)
{
	short	events = 0;

	if (stream->opening)
		events |= stream->wants_write ? POLLOUT : POLLIN;
	else if (stream->wants_write)
		events |= POLLOUT;
	return (events);
}

/*
 * Say that nothing more will be sent (close_notify of RFC 8446, 6.1).
 * STREAM_BLOCKED: it could not be said yet.
 */
enum stream_progress
stream_finish(struct stream *stream)
{
	int	result;

	if (stream->ssl != NULL && !stream->opening && !stream->broken) {
		ERR_clear_error();
		result = SSL_shutdown(stream->ssl);
		if (result < 0 && stream_judge(stream, result) ==
		    STREAM_BLOCKED && stream->wants_write)
			return (STREAM_BLOCKED);
		stream->wants_write = 0;
		stream->broken = 1;
	}
	shutdown(stream->fd, SHUT_WR);
	return (STREAM_DONE);
}

/* Close the connection, with a word of farewell if there is room for it. */
void
stream_close(struct stream *stream)
{
	if (stream->ssl != NULL) {
		if (!stream->opening && !stream->broken) {
			ERR_clear_error();
			SSL_shutdown(stream->ssl);
		}
		SSL_free(stream->ssl);
		ERR_clear_error();
	}
	close(stream->fd);
	stream->ssl = NULL;
	stream->fd = -1;
}
