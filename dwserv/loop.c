/*
 * The poll(2) loop.  Callbacks may start and stop any watch or timer,
 * their own included: a slot that is given up during dispatch is marked
 * and reused only after it.
 */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "dwserv.h"
#include "loop.h"
#include "xmalloc.h"

static int	timer_compare(const struct timer *, const struct timer *);
static int	loop_wait(struct loop *, int);
static void	loop_run_timers(struct loop *);
static void	loop_compact(struct loop *);

RB_PROTOTYPE(timer_tree, timer, entry, timer_compare)
RB_GENERATE(timer_tree, timer, entry, timer_compare)

static int
timer_compare(const struct timer *a, const struct timer *b)
{
	if (a->due != b->due)
		return (a->due < b->due ? -1 : 1);
	if (a->sequence != b->sequence)
		return (a->sequence < b->sequence ? -1 : 1);
	return (0);
}

void
loop_init(struct loop *loop)
{
	memset(loop, 0, sizeof(*loop));
	RB_INIT(&loop->timers);
}

/* Release the loop's memory; watches and timers are their owners' matter. */
void
loop_free(struct loop *loop)
{
	free(loop->fds);
	free(loop->watches);
	loop_init(loop);
}

/* Milliseconds of a clock that only goes forward. */
uint64_t
loop_now(void)
{
	struct timespec	now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		fatal("clock_gettime");
	return ((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

/*
 * Wait for what happens next, at most timeout milliseconds (-1: no limit),
 * and call those concerned.  Returns 0, or -1 with errno from poll(2).
 */
int
loop_once(struct loop *loop, int timeout)
{
	size_t		 i, count;
	struct watch	*watch;
	short		 happened;

	if (loop_wait(loop, timeout) == -1)
		return (errno == EINTR ? 0 : -1);
	count = loop->count;
	for (i = 0; i < count; i++) {
		watch = loop->watches[i];
		happened = loop->fds[i].revents;
		if (watch != NULL && happened != 0)
			watch->callback(loop->fds[i].fd, happened, watch->arg);
	}
	loop_run_timers(loop);
	loop_compact(loop);
	return (0);
}

static int
loop_wait(struct loop *loop, int timeout)
{
	struct timer	*first = RB_MIN(timer_tree, &loop->timers);
	uint64_t	 now, rest;

	if (first != NULL) {
		now = loop_now();
		rest = first->due > now ? first->due - now : 0;
		if (timeout < 0 || rest < (uint64_t)timeout)
			timeout = rest > INT_MAX ? INT_MAX : (int)rest;
	}
	return (poll(loop->fds, loop->count, timeout));
}

/* Timers that start while others run wait for the next turn. */
static void
loop_run_timers(struct loop *loop)
{
	struct timer	*timer;
	uint64_t	 now = loop_now(), last = loop->sequence;

	while ((timer = RB_MIN(timer_tree, &loop->timers)) != NULL &&
	    timer->due <= now && timer->sequence <= last) {
		timer_stop(timer);
		timer->callback(timer->arg);
	}
}

static void
loop_compact(struct loop *loop)
{
	size_t	from, to = 0;

	for (from = 0; from < loop->count; from++) {
		if (loop->watches[from] == NULL)
			continue;
		loop->watches[to] = loop->watches[from];
		loop->fds[to] = loop->fds[from];
		loop->watches[to]->slot = to;
		to++;
	}
	loop->count = to;
}

/*
 * Call back whenever one of the poll(2) events, or an error, is seen on
 * the descriptor, beginning with the loop's next turn.  Returns 0.
 */
int
watch_start(struct loop *loop, struct watch *watch, int fd, short events,
    watch_callback callback, void *arg)
{
	if (loop->count == loop->size) {
		loop->size = loop->size * 2 + 64;
		loop->fds = xreallocarray(loop->fds, loop->size,
		    sizeof(*loop->fds));
		loop->watches = xreallocarray(loop->watches, loop->size,
		    sizeof(*loop->watches));
	}
	watch->loop = loop;
	watch->slot = loop->count++;
	watch->callback = callback;
	watch->arg = arg;
	loop->watches[watch->slot] = watch;
	loop->fds[watch->slot] = (struct pollfd){ fd, events, 0 };
	return (0);
}

/* Change what is waited for; 0 leaves only errors and hangups. */
void
watch_events(struct watch *watch, short events)
{
	if (watch->loop != NULL)
		watch->loop->fds[watch->slot].events = events;
}

void
watch_stop(struct watch *watch)
{
	struct loop	*loop = watch->loop;

	if (loop == NULL)
		return;
	loop->watches[watch->slot] = NULL;
	loop->fds[watch->slot].fd = -1;
	watch->loop = NULL;
}

/* Call back once, so many milliseconds from now; restarts a running timer. */
void
timer_start(struct loop *loop, struct timer *timer, uint64_t milliseconds,
    timer_callback callback, void *arg)
{
	timer_stop(timer);
	timer->loop = loop;
	timer->due = loop_now() + milliseconds;
	timer->sequence = ++loop->sequence;
	timer->callback = callback;
	timer->arg = arg;
	RB_INSERT(timer_tree, &loop->timers, timer);
}

void
timer_stop(struct timer *timer)
{
	if (timer->loop == NULL)
		return;
	RB_REMOVE(timer_tree, &timer->loop->timers, timer);
	timer->loop = NULL;
}
