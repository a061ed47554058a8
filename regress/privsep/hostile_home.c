/*
 * As home: answers to the parent's orders that are not what became of them.
 */

#include <string.h>

#include "hostile.h"

static void
home_say(struct hostile *hostile, uint64_t serial, uint32_t action,
    uint32_t error)
{
	struct home_outcome	 outcome = { serial, action, error };
	struct ibuf		*buf = imsg_create(&hostile->parent,
				    IMSG_HOME_DONE, 0, 0);

	if (msg_put_home_outcome(buf, &outcome) == -1)
		hostile_quit("cannot encode");
	imsg_close(&hostile->parent, buf);
	hostile->state->sent++;
}

static void
home_say_synced(struct hostile *hostile, uint32_t number, uint32_t error)
{
	struct ibuf	*buf = imsg_create(&hostile->parent,
			    IMSG_HOME_SYNCED, number, 0);

	msg_put_number(buf, error);
	imsg_close(&hostile->parent, buf);
	hostile->state->sent++;
}

static void
home_order(struct hostile *hostile, struct imsg *imsg)
{
	struct home_order	order;
	const char		*mode = hostile->home_mode;
	uint32_t		i;

	if (msg_get_home_order(imsg_get_ibuf(imsg), &order) == -1)
		hostile_quit("the parent's order is malformed");
	free(order.path);
	free(order.to);
	if (strcmp(mode, "refuse") == 0)
		home_say(hostile, order.serial, order.action, 1);
	else if (strcmp(mode, "error") == 0)
		home_say(hostile, order.serial, order.action, UINT32_MAX);
	else if (strcmp(mode, "lie") == 0)
		home_say(hostile, order.serial, order.action, 0);
	else if (strcmp(mode, "confuse") == 0) {
		/* Of others, of other actions, twice; then the truth. */
		for (i = 0; i < HOME_ACTIONS; i++) {
			home_say(hostile, order.serial + 1 + i, i, 0);
			home_say(hostile, order.serial, i, 0);
			home_say(hostile, order.serial, i, 0);
		}
		home_say(hostile, order.serial, order.action, 13);
	}
}

static void
home_sync(struct hostile *hostile, uint32_t number)
{
	const char	*mode = hostile->home_mode;

	if (strcmp(mode, "confuse") == 0) {
		home_say_synced(hostile, number + 1, 0);
		home_say_synced(hostile, number - 1, 0);
		home_say_synced(hostile, UINT32_MAX, 5);
	}
	if (strcmp(mode, "unsynced") == 0)
		home_say_synced(hostile, number, 5);
	else if (strcmp(mode, "silent") != 0)
		home_say_synced(hostile, number, 0);
}

/* What only home is told; all else is ignored.  Returns 0. */
int
hostile_home_dispatch(struct hostile *hostile, struct imsg *imsg)
{
	if (hostile->place != PLACE_HOME)
		return (0);
	if (imsg_get_type(imsg) == IMSG_PARENT_HOME)
		home_order(hostile, imsg);
	else if (imsg_get_type(imsg) == IMSG_PARENT_SYNC)
		home_sync(hostile, imsg_get_id(imsg));
	return (0);
}
