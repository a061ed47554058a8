/*
 * One poll(2) loop, used by every process: descriptors to watch, timers,
 * and channels that carry imsgs.
 */

#ifndef LOOP_H
#define LOOP_H

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <poll.h>
#include <stdint.h>

#include "imsg.h"

struct loop;

typedef void (*watch_callback)(int, short, void *);
typedef void (*timer_callback)(void *);

struct watch {
	struct loop		*loop;		/* NULL: not watched */
	size_t			 slot;
	watch_callback		 callback;
	void			*arg;
};

struct timer {
	RB_ENTRY(timer)		 entry;
	struct loop		*loop;		/* NULL: not running */
	uint64_t		 due;		/* milliseconds, loop_now() */
	uint64_t		 sequence;
	timer_callback		 callback;
	void			*arg;
};
RB_HEAD(timer_tree, timer);

struct loop {
	struct pollfd		*fds;
	struct watch		**watches;	/* NULL: slot is to be reused */
	size_t			 count;
	size_t			 size;
	struct timer_tree	 timers;
	uint64_t		 sequence;
	int			 quit;
};

struct channel;
typedef int (*channel_dispatch)(struct channel *, struct imsg *);
typedef void (*channel_closed)(struct channel *, const char *);

/*
 * A channel to another process.  dispatch returns -1 for a message that
 * this peer must not send; closed is then called, as it is at end of file,
 * with the reason, and must dispose of the channel.
 */
struct channel {
	struct imsgbuf		 imsgbuf;
	struct watch		 watch;
	channel_dispatch	 dispatch;
	channel_closed		 closed;
	void			*arg;
	struct loop		*loop;
	int			 open;
};

/* loop.c */
void		loop_init(struct loop *);
void		loop_free(struct loop *);
int		loop_once(struct loop *, int);
uint64_t	loop_now(void);
int		watch_start(struct loop *, struct watch *, int, short,
		    watch_callback, void *);
void		watch_events(struct watch *, short);
void		watch_stop(struct watch *);
void		timer_start(struct loop *, struct timer *, uint64_t,
		    timer_callback, void *);
void		timer_stop(struct timer *);

/* common.c */
void		common_open(struct loop *, struct channel *,
		    channel_dispatch, void *);
int		common_dispatch(struct channel *, struct imsg *, uint32_t);
void		common_run(struct loop *);

/* channel.c */
int		channel_open(struct loop *, struct channel *, int,
		    channel_dispatch, channel_closed, void *);
int		channel_send(struct channel *, uint32_t, uint32_t, int,
		    const void *, size_t);
struct ibuf	*channel_create(struct channel *, uint32_t, uint32_t);
int		channel_submit(struct channel *, struct ibuf *, int);
void		channel_refuse_descriptors(struct channel *);
int		channel_flush(struct channel *, uint64_t);
void		channel_close(struct channel *);

#endif /* LOOP_H */
