/*
 * Messages between processes, after OpenBSD's imsg_init(3) and
 * ibuf_add(3): buffers that know their bounds (ibuf.c) and length-framed
 * messages (imsg.c) over a stream socketpair (imsgbuf.c), each with at most
 * one descriptor.  Names and behaviour are those of OpenBSD's libutil.
 */

#ifndef IMSG_H
#define IMSG_H

#include <sys/types.h>

#include <bsd/sys/queue.h>
#include <stddef.h>
#include <stdint.h>

#define IMSG_HEADER_SIZE	16
#define MAX_IMSGSIZE		65536
#define IMSG_FDS_MAX		16	/* that wait for their message */

/*
 * A buffer.  Bytes are written at wpos and read at rpos; a buffer grows up
 * to max.  A view is somebody else's to free: memory that is only looked at
 * (ibuf_from_buffer) or the payload of a message (imsg_get_ibuf).
 */
struct ibuf {
	TAILQ_ENTRY(ibuf)	 entry;
	unsigned char		*buf;
	size_t			 size;
	size_t			 max;
	size_t			 wpos;
	size_t			 rpos;
	int			 fd;
	int			 view;
};
TAILQ_HEAD(ibufqueue, ibuf);

/*
 * In host byte order: both ends are on this machine.  The length is that of
 * header and payload.  The flag says whose a descriptor is, because Linux
 * may return it together with the bytes of earlier messages.
 */
struct imsg_header {
	uint32_t	 type;
	uint32_t	 id;
	uint32_t	 length;
	uint32_t	 flags;
};
#define IMSG_FLAG_DESCRIPTOR	1U

/* One message as it came in; imsg_free() releases what was not claimed. */
struct imsg {
	uint32_t	 type;
	uint32_t	 id;
	struct ibuf	*data;
};

/* One end of a channel. */
struct imsgbuf {
	struct ibufqueue	 outgoing;
	struct ibufqueue	 incoming;	/* complete, header included */
	struct ibuf		*partial;	/* being received */
	size_t			 queued;	/* messages in outgoing */
	size_t			 queued_fds;	/* and descriptors */
	size_t			 maxsize;	/* of a payload, both ways */
	int			 fds[IMSG_FDS_MAX]; /* not yet claimed */
	size_t			 fd_count;
	int			 read_error;	/* errno: what comes is lost */
	int			 write_error;	/* errno: of imsg_close() */
	int			 fd;
	int			 fdpass;
	int			 refuses_fds;	/* sends, but takes none */
};

/* ibuf.c */
int		 ibuf_refuse(int);
struct ibuf	*ibuf_open(size_t);
struct ibuf	*ibuf_dynamic(size_t, size_t);
void		 ibuf_from_buffer(struct ibuf *, void *, size_t);
int		 ibuf_add(struct ibuf *, const void *, size_t);
int		 ibuf_add_n8(struct ibuf *, uint64_t);
int		 ibuf_add_n16(struct ibuf *, uint64_t);
int		 ibuf_add_n32(struct ibuf *, uint64_t);
int		 ibuf_add_n64(struct ibuf *, uint64_t);
int		 ibuf_add_string(struct ibuf *, const char *);
void		*ibuf_data(const struct ibuf *);
size_t		 ibuf_size(const struct ibuf *);
size_t		 ibuf_left(const struct ibuf *);
int		 ibuf_skip(struct ibuf *, size_t);
int		 ibuf_get(struct ibuf *, void *, size_t);
int		 ibuf_get_n8(struct ibuf *, uint8_t *);
int		 ibuf_get_n16(struct ibuf *, uint16_t *);
int		 ibuf_get_n32(struct ibuf *, uint32_t *);
int		 ibuf_get_n64(struct ibuf *, uint64_t *);
int		 ibuf_get_string(struct ibuf *, char **, size_t);
void		 ibuf_fd_set(struct ibuf *, int);
int		 ibuf_fd_get(struct ibuf *);
int		 ibuf_fd_avail(const struct ibuf *);
void		 ibuf_free(struct ibuf *);

/* imsgbuf.c */
void		 imsgbuf_init(struct imsgbuf *, int);
void		 imsgbuf_allow_fdpass(struct imsgbuf *);
void		 imsgbuf_refuse_fds(struct imsgbuf *);
int		 imsgbuf_read(struct imsgbuf *);
int		 imsgbuf_write(struct imsgbuf *);
int		 imsgbuf_flush(struct imsgbuf *);
int		 imsgbuf_get(struct imsgbuf *, struct imsg *);
size_t		 imsgbuf_queuelen(const struct imsgbuf *);
size_t		 imsgbuf_queued_fds(const struct imsgbuf *);
int		 imsgbuf_supersede(struct imsgbuf *, uint32_t, uint32_t, int);
void		 imsgbuf_clear(struct imsgbuf *);

/* imsg.c */
int		 imsg_compose(struct imsgbuf *, uint32_t, uint32_t, int,
		    const void *, size_t);
struct ibuf	*imsg_create(struct imsgbuf *, uint32_t, uint32_t, size_t);
void		 imsg_close(struct imsgbuf *, struct ibuf *);
uint32_t	 imsg_get_type(const struct imsg *);
uint32_t	 imsg_get_id(const struct imsg *);
size_t		 imsg_get_len(const struct imsg *);
int		 imsg_get_data(struct imsg *, void *, size_t);
struct ibuf	*imsg_get_ibuf(struct imsg *);
int		 imsg_get_fd(struct imsg *);
void		 imsg_free(struct imsg *);

#endif /* IMSG_H */
