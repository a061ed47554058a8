/*
 * dwserv-home: makes, places and removes home directories.  It runs as root
 * without root's power over anything but files, and works through the two
 * directories that the parent passes, never by path from `/'.
 */

#include <errno.h>
#include <unistd.h>

#include "home.h"
#include "sandbox.h"
#include "xmalloc.h"

/* How long a walk may keep the loop from what else there is to do. */
#define WALK_MILLISECONDS	20

static int	home_carry_out(struct home *, struct imsg *);
static void	home_walk(void *);

static int
home_take_directory(int *slot, struct imsg *imsg)
{
	int	fd = imsg_get_fd(imsg);

	if (fd == -1)
		return (-1);
	if (*slot != -1)
		close(*slot);
	*slot = fd;
	return (0);
}

static int
home_take_base(struct home *home, struct imsg *imsg)
{
	timer_stop(&home->trash_timer);
	archive_sync(home);
	if (home->hidden_fd != -1)
		close(home->hidden_fd);
	home->hidden_fd = -1;
	return (home_take_directory(&home->base_fd, imsg));
}

static void
home_answer(struct home *home, const struct home_outcome *outcome)
{
	struct ibuf	*message;

	message = channel_create(&home->parent, IMSG_HOME_DONE, 0);
	channel_submit(&home->parent, message,
	    msg_put_home_outcome(message, outcome));
}

static int
home_order(struct home *home, struct imsg *imsg)
{
	struct home_outcome	outcome;
	struct home_order	order;

	if (msg_get_home_order(imsg_get_ibuf(imsg), &order) == -1)
		return (-1);
	outcome.serial = order.serial;
	outcome.action = order.action;
	outcome.error = place_order(home, &order) == -1 ?
	    (uint32_t)errno : 0;
	free(order.path);
	free(order.to);
	if (home->tree.depth == 0) {
		home_answer(home, &outcome);
		return (0);
	}
	home->walking = outcome;
	timer_start(&home->loop, &home->tree_timer, 0, home_walk, home);
	return (0);
}

/* The walk is finished: what has been waiting for that. */
static void
home_resume(struct home *home)
{
	struct waiting	*waiting;

	while (home->tree.depth == 0 &&
	    (waiting = STAILQ_FIRST(&home->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&home->waiting, entry);
		if (home_carry_out(home, &waiting->imsg) == -1)
			home->loop.quit = 1;
		imsg_free(&waiting->imsg);
		free(waiting);
	}
}

static void
home_walk(void *arg)
{
	struct home	*home = arg;

	if (tree_walk(&home->tree, WALK_MILLISECONDS)) {
		timer_start(&home->loop, &home->tree_timer, 0, home_walk,
		    home);
		return;
	}
	home->walking.error = (uint32_t)home->tree.error;
	home_answer(home, &home->walking);
	home_resume(home);
}

/*
 * Make all that was done durable: files by one syncfs(2) for however many
 * homes, names by one fsync(2) of each directory.
 */
static void
home_sync(struct home *home, uint32_t number)
{
	struct ibuf	*message;
	int		 error = 0;

	if (home->made && syncfs(home->base_fd) == -1)
		error = errno;
	if (archive_sync(home) == -1 && error == 0)
		error = errno;
	if (home->placed && error == 0 && fsync(home->base_fd) == -1)
		error = errno;
	home->made = home->placed = 0;
	message = channel_create(&home->parent, IMSG_HOME_SYNCED, number);
	channel_submit(&home->parent, message, msg_put_number(message,
	    (uint32_t)error));
}

/* Do what a message asks for, which may begin a walk. */
static int
home_carry_out(struct home *home, struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_BASE:
		return (home_take_base(home, imsg));
	case IMSG_PARENT_SKEL:
		return (home_take_directory(&home->skel_fd, imsg));
	case IMSG_PARENT_START:
		sandbox_close_home(home->base_fd, home->skel_fd,
		    home->best_effort);
		channel_send(&home->parent, IMSG_HOME_READY, 0, -1, NULL, 0);
		return (0);
	case IMSG_PARENT_HOME:
		return (home_order(home, imsg));
	case IMSG_PARENT_SYNC:
		home_sync(home, imsg_get_id(imsg));
		return (0);
	case IMSG_PARENT_CLEAN:
		trash_collect(home);
		return (0);
	default:
		return (-1);
	}
}

/* Keep a message, which the caller may still free, until the walk ends. */
static void
home_defer(struct home *home, struct imsg *imsg)
{
	struct waiting	*waiting = xcalloc(1, sizeof(*waiting));

	waiting->imsg = *imsg;
	imsg->data = NULL;
	STAILQ_INSERT_TAIL(&home->waiting, waiting, entry);
}

/* While there is a walk all but pings wait, in the order they came in. */
static int
home_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct home	*home = channel->arg;

	if (imsg_get_type(imsg) == IMSG_PARENT_PING ||
	    imsg_get_type(imsg) == IMSG_PARENT_VERBOSE)
		return (common_dispatch(channel, imsg, 0));
	if (home->tree.depth == 0)
		return (home_carry_out(home, imsg));
	home_defer(home, imsg);
	return (0);
}

int
main(int argc, char *argv[])
{
	static struct home	home;

	home.base_fd = home.skel_fd = home.hidden_fd = -1;
	home.archive_fd = home.dated_fd = -1;
	STAILQ_INIT(&home.waiting);
	common_open(&home.loop, &home.parent, home_dispatch, &home);
	home.best_effort = sandbox_enter_home(argc, argv);
	common_run(&home.loop);
	return (0);
}
