/*
 * The parent's children: started by fork and exec, each from a binary of
 * its own, watched over, and started again when they die.  A child that
 * breaks the protocol or does not answer is killed.
 */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <bsd/unistd.h>

#include "parent.h"

/* A child that lived this long died of something new (milliseconds). */
#define CHILD_LIVED	10000
#define BACKOFF_MAX	10000

static void	child_closed(struct channel *, const char *);
static void	child_respawn(void *);

static const struct {
	const char		*name;
	const char		*binary;
	channel_dispatch	 dispatch;
	void			(*begin)(struct child *);
} roles[] = {
	[ROLE_WORKER] = { "worker", "dwserv-worker", worker_dispatch,
	    worker_begin },
	[ROLE_AUTH] = { "auth", "dwserv-auth", auth_dispatch, auth_begin },
	[ROLE_HOME] = { "home", "dwserv-home", home_dispatch, home_begin }
};

const char *
child_role_name(enum role role)
{
	return (roles[role].name);
}

/* An empty place for a child of this kind; generation is NULL for home. */
void
child_init(struct child *child, struct parent *parent,
    struct generation *generation, enum role role)
{
	memset(child, 0, sizeof(*child));
	child->parent = parent;
	child->generation = generation;
	child->role = role;
	child->pid = -1;
	RB_INIT(&child->grants);
	TAILQ_INIT(&child->parts);
}

static const struct config *
child_config(const struct child *child)
{
	return (child->generation != NULL ? child->generation->config :
	    child->parent->config);
}

/* What a child of a daemon has to say goes over its channel. */
static void
child_quiet(void)
{
	int	fd = open("/dev/null", O_RDWR);

	if (fd == -1 || dup2(fd, STDIN_FILENO) == -1 ||
	    dup2(fd, STDOUT_FILENO) == -1 || dup2(fd, STDERR_FILENO) == -1)
		_exit(126);
}

/*
 * In a new process: become a program that finds its channel where it looks
 * for it, and has nothing else of ours but the standard files.
 */
__attribute__((__noreturn__)) void
child_become(int fd, const char *program, char *const arguments[])
{
	sigset_t	none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd == CHILD_CHANNEL ? fcntl(fd, F_SETFD, 0) == -1 :
	    dup2(fd, CHILD_CHANNEL) == -1)
		_exit(126);
	closefrom(CHILD_CHANNEL + 1);
	execv(program, arguments);
	_exit(127);
}

static void
child_exec(const struct child *child, int fd)
{
	const struct config	*config = child_config(child);
	const struct identity	*user = child->role == ROLE_AUTH ?
	    &config->auth_user : &config->user;
	char			 path[PATH_MAX], uid[16], gid[16];
	char			 empty[PATH_MAX];
	char			 best[] = "-b";
	char			*arguments[] = { path, NULL, "-c", empty, "-u",
				    uid, "-g", gid, NULL };
	int			 first;

	snprintf(path, sizeof(path), "%s/%s", config->libexec,
	    roles[child->role].binary);
	snprintf(empty, sizeof(empty), "%s/empty", config->state);
	snprintf(uid, sizeof(uid), "%u", user->uid);
	snprintf(gid, sizeof(gid), "%u", user->gid);
	/* Home stays root, where it is. */
	if (child->role == ROLE_HOME)
		arguments[2] = NULL;
	arguments[1] = config->sandbox_best_effort ? best : path;
	first = config->sandbox_best_effort ? 0 : 1;
	if (!child->parent->foreground)
		child_quiet();
	child_become(fd, path, arguments + first);
}

static void
child_retry(struct child *child)
{
	uint64_t	delay;

	if (child->leaving || child->parent->stopping)
		return;
	delay = child->failures == 0 ? 0 : (uint64_t)100 <<
	    (child->failures > 7 ? 7 : child->failures - 1);
	timer_start(&child->parent->loop, &child->respawn,
	    delay > BACKOFF_MAX ? BACKOFF_MAX : delay, child_respawn, child);
}

/* Fill the place with a process; tries again later if that fails. */
void
child_spawn(struct child *child)
{
	int	pair[2];

	child->failures++;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		log_warn("cannot make a channel for a %s",
		    child_role_name(child->role));
		child_retry(child);
		return;
	}
	switch (child->pid = fork()) {
	case -1:
		log_warn("cannot start a %s", child_role_name(child->role));
		close(pair[0]);
		close(pair[1]);
		child_retry(child);
		return;
	case 0:
		child_exec(child, pair[1]);
		/* NOTREACHED */
	}
	close(pair[1]);
	child->number = ++child->parent->next_number;
	child->started = child->heard = loop_now();
	child->ready = child->asked = 0;
	child->sessions = child->waiting = 0;
	if (channel_open(&child->parent->loop, &child->channel, pair[0],
	    roles[child->role].dispatch, child_closed, child) == -1)
		fatal("cannot open a channel");
	channel_refuse_descriptors(&child->channel);
	channel_send(&child->channel, IMSG_PARENT_VERBOSE,
	    (uint32_t)log_get_verbose(), -1, NULL, 0);
	log_debug("started %s %u, process %d", child_role_name(child->role),
	    child->number, (int)child->pid);
	roles[child->role].begin(child);
}

static void
child_respawn(void *arg)
{
	child_spawn(arg);
}

/* The channel is closed: the child is gone, or is to be. */
static void
child_closed(struct channel *channel, const char *reason)
{
	struct child	*child = channel->arg;

	if (!child->leaving && !child->parent->stopping)
		log_warnx("%s %u, process %d: %s",
		    child_role_name(child->role), child->number,
		    (int)child->pid, reason);
	if (child->pid > 0)
		kill(child->pid, SIGKILL);
	worker_end(child);
	if (child->role == ROLE_HOME)
		homes_lost(&child->parent->commit);
}

/* Have a child go for good: it exits when its channel ends. */
void
child_leave(struct child *child)
{
	child->leaving = 1;
	timer_stop(&child->respawn);
	channel_close(&child->channel);
	worker_end(child);
}

static void
child_died(struct child *child, int status)
{
	if (WIFSIGNALED(status) && !child->leaving)
		log_warnx("%s %u, process %d: killed by signal %d",
		    child_role_name(child->role), child->number,
		    (int)child->pid, WTERMSIG(status));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		log_warnx("%s %u, process %d: exited with status %d%s",
		    child_role_name(child->role), child->number,
		    (int)child->pid, WEXITSTATUS(status),
		    WEXITSTATUS(status) == 127 ? "; is libexec right?" : "");
	/* It may be something that passes, but not at the very beginning. */
	if (!child->parent->has_served && !child->leaving)
		fatalx("dwserv cannot start without it");
	child->pid = -1;
	child->ready = 0;
	if (child->channel.open) {
		channel_close(&child->channel);
		worker_end(child);
		if (child->role == ROLE_HOME)
			homes_lost(&child->parent->commit);
	}
	if (loop_now() - child->started > CHILD_LIVED)
		child->failures = 0;
	if (child->generation != NULL && child->generation->draining)
		child->leaving = 1;
	child_retry(child);
}

static struct child *
child_find_pid(struct parent *parent, pid_t pid)
{
	struct generation	*generation;
	struct child		*child;

	if (parent->home.pid == pid)
		return (&parent->home);
	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry)
			if (child->pid == pid)
				return (child);
	return (NULL);
}

/* A worker by the number that its process got, or NULL. */
struct child *
child_find(struct parent *parent, uint32_t number)
{
	struct generation	*generation;
	struct child		*child;

	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry)
			if (child->number == number &&
			    child->role == ROLE_WORKER && child->channel.open)
				return (child);
	return (NULL);
}

/* SIGCHLD: see who died. */
void
child_reap(struct parent *parent)
{
	struct child	*child;
	pid_t		 pid;
	int		 status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!rebuild_reaped(parent, pid, status) &&
		    (child = child_find_pid(parent, pid)) != NULL)
			child_died(child, status);
	generation_check(parent);
	parent_check_stop(parent);
}

static void
child_check(struct child *child, uint64_t timeout)
{
	if (child->pid == -1 || !child->channel.open)
		return;
	if (loop_now() - child->heard > timeout) {
		log_warnx("%s %u, process %d, does not answer and is killed",
		    child_role_name(child->role), child->number,
		    (int)child->pid);
		kill(child->pid, SIGKILL);
		return;
	}
	/* One ping at a time: the backlog of a hung child stays small. */
	if (child->asked || imsgbuf_queuelen(&child->channel.imsgbuf) > 0)
		return;
	child->asked = 1;
	channel_send(&child->channel, IMSG_PARENT_PING, 0, -1, NULL, 0);
}

/* Ask every child whether it is well; kill those that have not said so. */
void
child_heartbeat(struct parent *parent)
{
	struct generation	*generation;
	struct child		*child;
	uint64_t		 timeout;

	/* They were last heard when they were last asked, a second ago. */
	timeout = (uint64_t)parent->config->limits.child_timeout * 1000 +
	    HEARTBEAT;
	child_check(&parent->home, timeout);
	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry)
			child_check(child, timeout);
}

/* Last words to all workers, waiting for each at most so many milliseconds. */
void
child_flush_all(struct parent *parent, uint64_t milliseconds)
{
	struct generation	*generation;
	struct child		*child;

	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry)
			channel_flush(&child->channel, milliseconds);
}

/* Lines of children are printed in their name, as far as they are text. */
static int
child_log(struct child *child, struct imsg *imsg)
{
	enum log_level	 level;
	char		*line, process[32];

	if (msg_get_log(imsg_get_ibuf(imsg), &level, &line) == -1)
		return (-1);
	snprintf(process, sizeof(process), "%s %u",
	    child_role_name(child->role), child->number);
	if (name_check_text(line, strlen(line)))
		log_line(process, level, line);
	else
		log_line(process, LOG_LEVEL_WARN, "said what is no text");
	free(line);
	return (0);
}

/* What every child may say.  Returns 0, or -1 if this is not it. */
int
child_dispatch(struct child *child, struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_CHILD_PONG:
		/* Who does not listen cannot know when to say so. */
		if (!child->asked)
			return (-1);
		child->asked = 0;
		child->heard = loop_now();
		child->sessions = imsg_get_id(imsg);
		return (imsg_get_len(imsg) == 0 ? 0 : -1);
	case IMSG_CHILD_LOG:
		return (child_log(child, imsg));
	default:
		return (-1);
	}
}
