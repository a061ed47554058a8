/*
 * The parent's end of the channel to home, which makes and removes home
 * directories through the two directories that it is given here.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "parent.h"

/* Without a base no home can be made; without skel they are empty. */
static void
home_send_directory(struct child *child, enum imsg_type type,
    const char *path)
{
	int	fd;

	fd = store_open_below(&child->parent->commit.store, path,
	    O_RDONLY | O_DIRECTORY);
	if (fd == -1) {
		log_warn("cannot open %s, for home directories", path);
		return;
	}
	channel_send(&child->channel, type, 0, fd, NULL, 0);
}

void
home_begin(struct child *child)
{
	const struct accounts	*accounts = &child->parent->config->accounts;

	child->parent->home_is_stale = 0;
	home_send_directory(child, IMSG_PARENT_BASE, accounts->home);
	home_send_directory(child, IMSG_PARENT_SKEL, accounts->skel);
	channel_send(&child->channel, IMSG_PARENT_START, 0, -1, NULL, 0);
}

/*
 * After a reload: a new process for the directories of the new configuration,
 * since the old one cannot have others than it has.  It is idle, and goes.
 */
void
home_renew(struct parent *parent)
{
	struct child	*child = &parent->home;

	if (!parent->home_is_stale || !child->channel.open ||
	    parent->stopping)
		return;
	channel_close(&child->channel);
	child->failures = 0;
	child_spawn(child);
}

/* Send an order.  Returns -1 if there is nobody to carry it out. */
int
home_send(struct parent *parent, const struct home_order *order)
{
	struct channel	*channel = &parent->home.channel;
	struct ibuf	*message;

	message = channel_create(channel, IMSG_PARENT_HOME, 0);
	return (channel_submit(channel, message,
	    msg_put_home_order(message, order)));
}

/* Have all orders so far made durable; the answer bears the number. */
int
home_sync(struct parent *parent, uint32_t number)
{
	return (channel_send(&parent->home.channel, IMSG_PARENT_SYNC, number,
	    -1, NULL, 0));
}

/* Nothing is under way: what is still hidden is nobody's. */
void
home_clean(struct parent *parent)
{
	channel_send(&parent->home.channel, IMSG_PARENT_CLEAN, 0, -1, NULL,
	    0);
}

static int
home_synced(struct child *child, struct imsg *imsg)
{
	uint32_t	error;

	if (msg_get_number(imsg_get_ibuf(imsg), &error) == -1 ||
	    error > INT_MAX)
		return (-1);
	homes_synced(&child->parent->commit, imsg_get_id(imsg), (int)error);
	return (0);
}

static int
home_done(struct child *child, struct imsg *imsg)
{
	struct home_outcome	outcome;

	if (msg_get_home_outcome(imsg_get_ibuf(imsg), &outcome) == -1)
		return (-1);
	homes_done(&child->parent->commit, &outcome);
	return (0);
}

int
home_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct child	*child = channel->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_HOME_READY:
		if (imsg_get_len(imsg) != 0)
			return (-1);
		if (!child->ready) {
			child->ready = 1;
			homes_ready(&child->parent->commit);
		}
		return (0);
	case IMSG_HOME_DONE:
		return (home_done(child, imsg));
	case IMSG_HOME_SYNCED:
		return (home_synced(child, imsg));
	default:
		return (child_dispatch(child, imsg));
	}
}
