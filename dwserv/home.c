/*
 * dwserv-home: makes, places and removes home directories.  It runs as root
 * without root's power over anything but files, and works through the two
 * directories that the parent passes, never by path from `/'.
 */

#include <errno.h>
#include <unistd.h>

#include "home.h"

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
	if (home->hidden_fd != -1)
		close(home->hidden_fd);
	home->hidden_fd = -1;
	return (home_take_directory(&home->base_fd, imsg));
}

static int
home_order(struct home *home, struct imsg *imsg)
{
	struct home_outcome	 outcome;
	struct home_order	 order;
	struct ibuf		*message;

	if (msg_get_home_order(imsg_get_ibuf(imsg), &order) == -1)
		return (-1);
	outcome.serial = order.serial;
	outcome.action = order.action;
	outcome.error = place_order(home, &order) == -1 ?
	    (uint32_t)errno : 0;
	free(order.path);
	message = channel_create(&home->parent, IMSG_HOME_DONE, 0);
	channel_submit(&home->parent, message,
	    msg_put_home_outcome(message, &outcome));
	return (0);
}

/*
 * Make all that was done durable: new files by one syncfs(2) for however
 * many homes, names by one fsync(2) of the directory.
 */
static void
home_sync(struct home *home, uint32_t number)
{
	struct ibuf	*message;
	int		 error = 0;

	if (home->made && syncfs(home->base_fd) == -1)
		error = errno;
	if (home->placed && error == 0 && fsync(home->base_fd) == -1)
		error = errno;
	home->made = home->placed = 0;
	message = channel_create(&home->parent, IMSG_HOME_SYNCED, number);
	channel_submit(&home->parent, message, msg_put_number(message,
	    (uint32_t)error));
}

static int
home_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct home	*home = channel->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_BASE:
		return (home_take_base(home, imsg));
	case IMSG_PARENT_SKEL:
		return (home_take_directory(&home->skel_fd, imsg));
	case IMSG_PARENT_START:
		channel_send(channel, IMSG_HOME_READY, 0, -1, NULL, 0);
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
		return (common_dispatch(channel, imsg, 0));
	}
}

int
main(void)
{
	static struct home	home;

	home.base_fd = home.skel_fd = home.hidden_fd = -1;
	common_open(&home.loop, &home.parent, home_dispatch, &home);
	sandbox_keep_file_capabilities();
	sandbox_common();
	common_run(&home.loop);
	return (0);
}
