/*
 * After the aliases have changed: run the program that makes of them what
 * the mail system reads, newaliases(1) for example.  One at a time, however
 * many changes there are, and again until it succeeds.  It is the one foreign
 * program that dwserv runs, with nothing of ours but root's rights, in the
 * root of the accounts (rebuild_launcher.c); it must not hold up anything
 * here.
 */

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>

#include "parent.h"

/* Milliseconds, all three. */
#define REBUILD_LIMIT		60000
#define REBUILD_DELAY		10000
#define REBUILD_DELAY_MAX	600000

static void	rebuild_start(void *);

/* Nothing runs and nothing is to be done. */
void
rebuild_init(struct rebuild *rebuild)
{
	memset(rebuild, 0, sizeof(*rebuild));
	rebuild->pid = -1;
	rebuild->limit = REBUILD_LIMIT;
	rebuild->first_delay = REBUILD_DELAY;
	rebuild->longest_delay = REBUILD_DELAY_MAX;
}

static void
rebuild_expired(void *arg)
{
	struct rebuild	*rebuild = &((struct parent *)arg)->rebuild;

	rebuild->expired = 1;
	launcher_kill(&((struct parent *)arg)->launcher);
}

/* Try again later, and each time later, or at once if it was asked for. */
static void
rebuild_failed(struct parent *parent)
{
	struct rebuild	*rebuild = &parent->rebuild;
	uint64_t	 delay = rebuild->delay * 2;

	if (rebuild->delay == 0)
		delay = rebuild->first_delay;
	if (delay > rebuild->longest_delay)
		delay = rebuild->longest_delay;
	rebuild->delay = delay;
	rebuild->failures++;
	log_warnx("the aliases were not rebuilt: %s; next try in %u seconds",
	    rebuild->error, rebuild->wanted ? 0 : (uint32_t)(delay / 1000));
	timer_start(&parent->loop, &rebuild->timer,
	    rebuild->wanted ? 0 : delay, rebuild_start, parent);
}

static void
rebuild_start(void *arg)
{
	struct parent	*parent = arg;
	struct rebuild	*rebuild = &parent->rebuild;

	timer_stop(&rebuild->timer);
	rebuild->wanted = rebuild->expired = 0;
	if (TAILQ_EMPTY(&parent->config->rebuild)) {
		rebuild->delay = 0;
		return;
	}
	rebuild->runs++;
	rebuild->pid = launcher_run(&parent->launcher);
	if (rebuild->pid == -1) {
		snprintf(rebuild->error, sizeof(rebuild->error),
		    "cannot start a process: %s", errno == ESRCH ?
		    "restart dwserv" : strerror(errno));
		rebuild_failed(parent);
		return;
	}
	timer_start(&parent->loop, &rebuild->timer, rebuild->limit,
	    rebuild_expired, parent);
}

/*
 * The aliases have changed.  The program is run at once, or if it runs, once
 * more after that; without one in the configuration, nothing happens.
 */
void
rebuild_request(struct parent *parent)
{
	if (parent->rebuild.pid != -1) {
		parent->rebuild.wanted = 1;
		return;
	}
	parent->rebuild.delay = 0;
	rebuild_start(parent);
}

/* The configuration is a new one: what has failed may not fail with it. */
void
rebuild_renew(struct parent *parent)
{
	if (parent->rebuild.delay != 0)
		rebuild_request(parent);
}

/* What went wrong; 0 if nothing did. */
static int
rebuild_describe(struct rebuild *rebuild, const char *program, int status)
{
	char	*error = rebuild->error;
	size_t	 size = sizeof(rebuild->error);

	if (rebuild->expired)
		snprintf(error, size, "%s did not finish in %u seconds",
		    program, (uint32_t)(rebuild->limit / 1000));
	else if (WIFSIGNALED(status))
		snprintf(error, size, "%s was killed by signal %d", program,
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(error, size, "%s exited with status %d%s", program,
		    WEXITSTATUS(status), WEXITSTATUS(status) == 127 ?
		    "; is it there, and a program?" : "");
	else
		return (0);
	return (-1);
}

/*
 * A process has ended, with this status of wait(2).  Returns 1 if it was the
 * one that was started here, 0 if somebody else must know of it.
 */
int
rebuild_reaped(struct parent *parent, pid_t pid, int status)
{
	struct rebuild	*rebuild = &parent->rebuild;
	const char	*program = "the program";

	if (pid > 0 && pid == parent->launcher.pid) {
		log_warnx("the process that starts programs has ended; the "
		    "aliases are not rebuilt until dwserv is restarted");
		launcher_close(parent);
		return (1);
	}
	if (rebuild->pid == -1 || rebuild->pid != pid)
		return (0);
	rebuild->pid = -1;
	timer_stop(&rebuild->timer);
	if (!TAILQ_EMPTY(&parent->config->rebuild))
		program = TAILQ_FIRST(&parent->config->rebuild)->text;
	if (rebuild_describe(rebuild, program, status) == -1) {
		rebuild_failed(parent);
		return (1);
	}
	log_debug("the aliases were rebuilt");
	rebuild->delay = 0;
	if (rebuild->wanted)
		rebuild_start(parent);
	return (1);
}

/* For people: "none" if there is no program to run. */
const char *
rebuild_state(const struct parent *parent)
{
	if (parent->rebuild.pid != -1)
		return ("running");
	if (TAILQ_EMPTY(&parent->config->rebuild))
		return ("none");
	return (parent->rebuild.delay != 0 ? "failed" : "idle");
}

/* Seconds until it is tried again, 0 if it is not going to be. */
uint64_t
rebuild_wait(const struct parent *parent)
{
	const struct rebuild	*rebuild = &parent->rebuild;
	uint64_t		 now = loop_now();

	if (rebuild->pid != -1 || rebuild->timer.loop == NULL ||
	    rebuild->timer.due <= now)
		return (0);
	return ((rebuild->timer.due - now + 999) / 1000);
}

/* What runs is killed, what is to be done forgotten. */
void
rebuild_close(struct parent *parent)
{
	struct rebuild	*rebuild = &parent->rebuild;

	timer_stop(&rebuild->timer);
	if (rebuild->pid != -1)
		launcher_kill(&parent->launcher);
	rebuild->pid = -1;
	rebuild->wanted = 0;
	rebuild->delay = 0;
}
