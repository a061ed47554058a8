/*
 * The bytes of a session, plain or over TLS.
 */

#ifndef STREAM_H
#define STREAM_H

#include <sys/types.h>

struct ssl_ctx_st;
struct ssl_st;

struct stream {
	int			 fd;
	struct ssl_st		*ssl;		/* NULL: plain */
	int			 opening;	/* in the handshake */
	int			 wants_write;	/* in order to read */
	int			 broken;	/* nothing can be sent */
};

enum stream_progress {
	STREAM_DONE,
	STREAM_BLOCKED,		/* until the other side, or auth, acts */
	STREAM_FAILED
};

/* stream.c */
void	 stream_open_plain(struct stream *, int);
int	 stream_open_tls(struct stream *, int, struct ssl_ctx_st *, void *);
enum stream_progress stream_accept(struct stream *);
ssize_t	 stream_read(struct stream *, void *, size_t);
ssize_t	 stream_write(struct stream *, const void *, size_t);
int	 stream_has_pending(const struct stream *);
short	 stream_events(const struct stream *);
enum stream_progress stream_finish(struct stream *);
void	 stream_close(struct stream *);

#endif /* STREAM_H */
