/*
 * A generation: the workers and the auth process that were started with one
 * configuration.  A reload starts a new one; when that is ready, the old
 * one stops accepting, finishes its sessions and goes.
 */

#include <inttypes.h>

#include "parent.h"

static void
generation_add(struct generation *generation, struct parent *parent,
    enum role role)
{
	struct child	*child;

	if ((child = malloc(sizeof(*child))) == NULL)
		fatal("cannot start a generation");
	child_init(child, parent, generation, role);
	TAILQ_INSERT_TAIL(&generation->children, child, entry);
	child_spawn(child);
}

/* Start the processes of a configuration, which is taken over. */
void
generation_start(struct parent *parent, struct config *config)
{
	struct generation	*generation;
	uint32_t		 i;

	if ((generation = calloc(1, sizeof(*generation))) == NULL)
		fatal("cannot start a generation");
	generation->number = ++parent->next_generation;
	generation->config = config;
	TAILQ_INIT(&generation->children);
	TAILQ_INSERT_TAIL(&parent->generations, generation, entry);
	generation_add(generation, parent, ROLE_AUTH);
	for (i = 0; i < config->prefork; i++)
		generation_add(generation, parent, ROLE_WORKER);
}

/* Have a generation stop accepting; at once also ends its sessions. */
void
generation_drain(struct generation *generation, int at_once)
{
	struct child	*child;

	generation->draining = 1;
	TAILQ_FOREACH(child, &generation->children, entry) {
		if (child->role != ROLE_WORKER)
			continue;
		if (child->pid == -1)
			child_leave(child);
		else
			channel_send(&child->channel, IMSG_PARENT_DRAIN,
			    (uint32_t)at_once, -1, NULL, 0);
	}
}

struct child *
generation_auth(struct generation *generation)
{
	struct child	*child;

	TAILQ_FOREACH(child, &generation->children, entry)
		if (child->role == ROLE_AUTH)
			return (child);
	return (NULL);
}

/* Whether all its processes serve. */
int
generation_is_ready(const struct generation *generation)
{
	const struct child	*child;

	TAILQ_FOREACH(child, &generation->children, entry)
		if (!child->ready)
			return (0);
	return (1);
}

/* A child has begun to serve; if it was the last, the old ones may go. */
void
generation_child_ready(struct child *child)
{
	struct parent		*parent = child->parent;
	struct generation	*generation = child->generation, *old;

	child->ready = 1;
	if (!generation_is_ready(generation) || generation->draining)
		return;
	parent->has_served = 1;
	log_info("generation %u is ready", generation->number);
	TAILQ_FOREACH(old, &parent->generations, entry) {
		if (old == generation)
			break;
		if (!old->draining)
			generation_drain(old, 0);
	}
	generation_check(parent);
}

static void
generation_free(struct generation *generation, const struct config *current)
{
	struct child	*child;

	while ((child = TAILQ_FIRST(&generation->children)) != NULL) {
		TAILQ_REMOVE(&generation->children, child, entry);
		timer_stop(&child->respawn);
		free(child);
	}
	listeners_close(generation->config, current);
	config_free(generation->config);
	free(generation);
}

/* The auth process of a draining generation goes with its last worker. */
static int
generation_is_gone(struct generation *generation)
{
	struct child	*child, *auth = NULL;
	int		 workers = 0;

	TAILQ_FOREACH(child, &generation->children, entry) {
		if (child->role == ROLE_AUTH)
			auth = child;
		else
			workers += child->pid != -1;
	}
	if (workers == 0 && auth != NULL && !auth->leaving)
		child_leave(auth);
	return (workers == 0 && (auth == NULL || auth->pid == -1));
}

/* Dismiss generations that have drained. */
void
generation_check(struct parent *parent)
{
	struct generation	*generation, *next;

	TAILQ_FOREACH_SAFE(generation, &parent->generations, entry, next) {
		if (!generation->draining || !generation_is_gone(generation))
			continue;
		if (generation->config == parent->config)
			continue;
		log_info("generation %u has gone", generation->number);
		TAILQ_REMOVE(&parent->generations, generation, entry);
		generation_free(generation, parent->config);
	}
}
