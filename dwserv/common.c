/*
 * What all children do alike: open the channel to the parent, send it what
 * they have to log, answer its pings, and end when it ends.
 */

#include "dwserv.h"
#include "loop.h"
#include "msg.h"

static void
common_log(void *arg, enum log_level level, const char *line)
{
	struct channel	*channel = arg;
	struct ibuf	*message;

	message = channel_create(channel, IMSG_CHILD_LOG, 0);
	channel_submit(channel, message, msg_put_log(message, level, line));
	/* Last words: nobody will come back to send them. */
	if (level == LOG_LEVEL_ERROR)
		channel_flush(channel, 1000);
}

static void
common_parent_closed(struct channel *channel, const char *reason)
{
	(void)reason;
	channel->loop->quit = 1;
}

/* Begin: open the channel on which the parent waits, and log over it. */
void
common_open(struct loop *loop, struct channel *channel,
    channel_dispatch dispatch, void *arg)
{
	loop_init(loop);
	if (channel_open(loop, channel, CHILD_CHANNEL, dispatch,
	    common_parent_closed, arg) == -1)
		fatal("cannot open the channel to the parent");
	log_set_sink(common_log, channel);
}

/*
 * What the parent says to every child; sessions is for its statistics.
 * Returns 0, or -1 if it was something else.
 */
int
common_dispatch(struct channel *channel, struct imsg *imsg,
    uint32_t sessions)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_PING:
		channel_send(channel, IMSG_CHILD_PONG, sessions, -1, NULL,
		    0);
		return (0);
	case IMSG_PARENT_VERBOSE:
		log_set_verbose(imsg_get_id(imsg) != 0);
		return (0);
	default:
		return (-1);
	}
}

/* Go on until the parent, or the child itself, has had enough. */
void
common_run(struct loop *loop)
{
	while (!loop->quit)
		if (loop_once(loop, -1) == -1)
			fatal("poll");
}
