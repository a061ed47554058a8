/*
 * dwserv(8): the parent process.  It reads the configuration, binds the
 * sockets, starts and watches its children, and is the only one that
 * touches the account files.
 */

#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <bsd/unistd.h>

#include "parent.h"

#define STOP_TIMEOUT	20000
#define FILES_MAX	65536
#define ERRORS_MAX	(LINE_LENGTH_MAX - 1)	/* what fits into an answer */

static void	parent_signalled(int, short, void *);
static void	parent_heartbeat(void *);
static void	parent_recovered(struct parent *);

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr, "usage: dwserv [-dnv] [-D macro=value] [-f file]\n");
	exit(2);
}

/* All errors are logged; those that fit are also kept for an answer. */
static void
complain(void *arg, const char *line)
{
	char	**errors = arg, *longer;
	size_t	  used;

	log_warnx("%s", line);
	if (errors == NULL)
		return;
	used = *errors == NULL ? 0 : strlen(*errors);
	if (used >= ERRORS_MAX)
		return;
	if (asprintf(&longer, "%s%s%.*s", used == 0 ? "" : *errors,
	    used == 0 ? "" : "\n", (int)(ERRORS_MAX - used), line) == -1)
		fatal("cannot report an error");
	free(*errors);
	*errors = longer;
}

/* What the configuration leaves open, login.defs of the root decides. */
static int
parent_complete(struct config *config, char *reason, size_t size)
{
	struct client		*client;
	struct accounts		*accounts = &config->accounts;
	struct login_defs	 defs;
	char			 path[PATH_MAX];
	int			 fd;

	if (accounts->has_uid)
		return (0);
	snprintf(path, sizeof(path), "%s/etc/login.defs", accounts->root);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (login_defs_read(&defs, fd) == 0 && defs.uid_min >= ID_FLOOR &&
	    defs.uid_max >= defs.uid_min) {
		accounts->uid_min = (uint32_t)defs.uid_min;
		accounts->uid_max = (uint32_t)defs.uid_max;
	}
	if (fd != -1)
		close(fd);
	TAILQ_FOREACH(client, &config->clients, entry)
		if (client->has_uid && (client->uid_min < accounts->uid_min ||
		    client->uid_max > accounts->uid_max)) {
			snprintf(reason, size, "the uid range of client "
			    "\"%s\" is not within %u to %u, as login.defs or "
			    "the default has it", client->name,
			    accounts->uid_min, accounts->uid_max);
			return (-1);
		}
	return (0);
}

static struct config *
parent_parse(const char *path, const struct symbols *symbols, char **errors)
{
	struct config	*config;
	char		 reason[256];

	config = config_load(path, symbols, 0, complain, errors);
	if (config == NULL)
		return (NULL);
	if (parent_complete(config, reason, sizeof(reason)) == -1 ||
	    identity_resolve(config, reason, sizeof(reason)) == -1)
		complain(errors, reason);
	else if (tls_load(config, complain, errors) == 0)
		return (config);
	config_free(config);
	return (NULL);
}

static int
parent_check_config(const char *path, const struct symbols *symbols,
    int verbose)
{
	struct config	*config;

	config = config_load(path, symbols, verbose > 0, complain, NULL);
	if (config == NULL || tls_load(config, complain, NULL) == -1) {
		config_free(config);
		return (1);
	}
	if (!verbose)
		fprintf(stderr, "configuration OK\n");
	config_free(config);
	return (0);
}

/* The state directory is ours alone, and one dwserv's at a time. */
static void
parent_open_state(struct parent *parent)
{
	const char	*path = parent->config->state;
	struct stat	 st;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		fatal("cannot make the state directory, %s", path);
	parent->state_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent->state_fd == -1 || fstat(parent->state_fd, &st) == -1)
		fatal("cannot open the state directory, %s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		fatalx("the state directory, %s, must be root's and nobody "
		    "else's; chmod 0700", path);
	parent->lock_fd = openat(parent->state_fd, "lock", O_RDWR | O_CREAT |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (parent->lock_fd == -1)
		fatal("cannot open %s/lock", path);
	if (flock(parent->lock_fd, LOCK_EX | LOCK_NB) == -1)
		fatalx("another dwserv runs with the state directory %s",
		    path);
	if (mkdirat(parent->state_fd, "empty", 0555) == -1 &&
	    errno != EEXIST)
		fatal("cannot make %s/empty", path);
}

/*
 * Go into the background.  Whoever started us waits until the child is
 * ready to serve, or says that it is not.
 */
static void
parent_detach(struct parent *parent)
{
	int	pair[2], fd;
	char	ready = 1;

	if (pipe2(pair, O_CLOEXEC) == -1)
		fatal("cannot make a pipe");
	switch (fork()) {
	case -1:
		fatal("cannot fork");
	case 0:
		break;
	default:
		close(pair[1]);
		while (read(pair[0], &ready, 1) == -1 && errno == EINTR)
			;
		_exit(ready);
	}
	close(pair[0]);
	parent->ready_fd = pair[1];
	if (setsid() == -1 || chdir("/") == -1)
		fatal("cannot detach");
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd == -1 || dup2(fd, STDIN_FILENO) == -1 ||
	    dup2(fd, STDOUT_FILENO) == -1)
		fatal("cannot open /dev/null");
	close(fd);
}

/* From here on nobody waits for us, and nobody reads our stderr. */
static void
parent_tell_ready(struct parent *parent)
{
	char	ready = 0;
	int	fd;

	if (parent->ready_fd == -1)
		return;
	log_init("parent", 0);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd != -1)
		dup2(fd, STDERR_FILENO);
	close(fd);
	if (write(parent->ready_fd, &ready, 1) == -1)
		log_warn("cannot tell that dwserv is ready");
	close(parent->ready_fd);
	parent->ready_fd = -1;
}

static void
parent_watch_signals(struct parent *parent)
{
	sigset_t	signals;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
		fatal("sigprocmask");
	parent->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC |
	    SFD_NONBLOCK);
	if (parent->signal_fd == -1 || watch_start(&parent->loop,
	    &parent->signal_watch, parent->signal_fd, POLLIN,
	    parent_signalled, parent) == -1)
		fatal("signalfd");
}

static void
parent_signalled(int fd, short happened, void *arg)
{
	struct parent		*parent = arg;
	struct signalfd_siginfo	 info;

	(void)happened;
	while (read(fd, &info, sizeof(info)) == sizeof(info))
		switch (info.ssi_signo) {
		case SIGCHLD:
			child_reap(parent);
			break;
		case SIGHUP:
			parent_reload(parent, NULL);
			break;
		default:
			parent_stop(parent);
			break;
		}
}

static void
parent_heartbeat(void *arg)
{
	struct parent	*parent = arg;

	child_heartbeat(parent);
	commit_notice(&parent->commit);
	parent_check_stop(parent);
	timer_start(&parent->loop, &parent->heartbeat, HEARTBEAT,
	    parent_heartbeat, parent);
}

/* What a reload cannot change: NULL, or what it is. */
static const char *
config_fixed_part(const struct config *old, const struct config *new)
{
	if (strcmp(old->accounts.root, new->accounts.root) != 0)
		return ("the root of the accounts");
	if (old->accounts.reuse != new->accounts.reuse)
		return ("the reuse of ids");
	if ((old->aliases == NULL) != (new->aliases == NULL) ||
	    (old->aliases != NULL && strcmp(old->aliases, new->aliases) != 0))
		return ("the file of the aliases");
	if (strcmp(old->state, new->state) != 0)
		return ("the state directory");
	if (strcmp(old->control, new->control) != 0)
		return ("the control socket");
	return (NULL);
}

static int
words_are_same(const struct words *a, const struct words *b)
{
	const struct word	*one = TAILQ_FIRST(a), *other = TAILQ_FIRST(b);

	while (one != NULL && other != NULL &&
	    strcmp(one->text, other->text) == 0) {
		one = TAILQ_NEXT(one, entry);
		other = TAILQ_NEXT(other, entry);
	}
	return (one == NULL && other == NULL);
}

/* The last part of a reload that can fail. */
static int
parent_renew_rebuild(struct parent *parent, struct config *config,
    char *reason, size_t size)
{
	if (words_are_same(&parent->config->rebuild, &config->rebuild) ||
	    launcher_renew(&parent->launcher, config) == 0)
		return (0);
	if (errno == EAGAIN)
		snprintf(reason, size, "the configuration has changed while "
		    "it was read; reload again");
	else
		snprintf(reason, size, "the program that rebuilds the "
		    "aliases cannot be changed: %s; restart dwserv",
		    strerror(errno));
	listeners_close(config, parent->config);
	return (-1);
}

/*
 * Read the configuration again.  If it is right, a new generation of
 * children starts with it; if not, nothing changes.  Returns 0, or -1 with
 * the errors, which the caller frees, if errors is not NULL.
 */
int
parent_reload(struct parent *parent, char **errors)
{
	struct config	*config;
	const char	*fixed;
	char		 reason[256];

	config = parent_parse(parent->config_path, &parent->symbols, errors);
	if (config == NULL)
		return (-1);
	fixed = config_fixed_part(parent->config, config);
	if (!parent->commit.done_recovering || parent->stopping)
		strlcpy(reason, "dwserv is starting or stopping",
		    sizeof(reason));
	else if (fixed != NULL)
		snprintf(reason, sizeof(reason), "%s cannot be changed by a "
		    "reload; restart dwserv", fixed);
	else if (walls_check(parent, config, reason, sizeof(reason)) == 0 &&
	    listeners_bind(config, parent->config, reason,
	    sizeof(reason)) == 0 &&
	    parent_renew_rebuild(parent, config, reason,
	    sizeof(reason)) == 0) {
		log_info("the configuration was read again");
		parent->config = config;
		parent->home_is_stale = 1;
		if (commit_is_idle(&parent->commit))
			home_renew(parent);
		generation_start(parent, config);
		worker_renew_rights(parent);
		rebuild_renew(parent);
		return (0);
	}
	complain(errors, reason);
	config_free(config);
	return (-1);
}

/* Finish what was accepted, then exit. */
void
parent_stop(struct parent *parent)
{
	struct generation	*generation;

	if (parent->stopping)
		return;
	log_info("stopping");
	parent->stopping = 1;
	TAILQ_FOREACH(generation, &parent->generations, entry)
		generation_drain(generation, 1);
	timer_start(&parent->loop, &parent->stop_timer, STOP_TIMEOUT,
	    (timer_callback)parent_check_stop, parent);
	parent_check_stop(parent);
}

/* Whether all workers have gone and all they asked for is done. */
void
parent_check_stop(struct parent *parent)
{
	struct generation	*generation;
	struct child		*child;

	if (!parent->stopping)
		return;
	if (parent->stop_timer.loop != NULL) {
		if (!commit_is_idle(&parent->commit))
			return;
		TAILQ_FOREACH(generation, &parent->generations, entry)
			TAILQ_FOREACH(child, &generation->children, entry)
				if (child->role == ROLE_WORKER &&
				    child->pid != -1)
					return;
	} else
		log_warnx("some sessions did not end in time");
	parent->loop.quit = 1;
}

void
parent_set_verbose(struct parent *parent, int verbose)
{
	struct generation	*generation;
	struct child		*child;

	log_set_verbose(verbose);
	channel_send(&parent->home.channel, IMSG_PARENT_VERBOSE,
	    (uint32_t)verbose, -1, NULL, 0);
	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry)
			channel_send(&child->channel, IMSG_PARENT_VERBOSE,
			    (uint32_t)verbose, -1, NULL, 0);
}

static void
parent_sandbox(void)
{
	struct rlimit	none = { 0, 0 }, files;

	/* Descriptors may wait for workers that are busy. */
	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		fatal("cannot tell how many files may be open");
	files.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max :
	    FILES_MAX;
	if (setrlimit(RLIMIT_NOFILE, &files) == -1)
		log_warn("cannot have %d files open", FILES_MAX);
	umask(077);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    setrlimit(RLIMIT_CORE, &none) == -1)
		fatal("cannot give up privileges");
}

static void
parent_start(struct parent *parent)
{
	char	reason[256];

	walls_survey(parent);
	parent->launcher.fd = parent->launcher.pid = -1;
	if (parent->config->aliases != NULL && launcher_open(parent) == -1)
		fatal("cannot start a process");
	parent_sandbox();
	parent_open_state(parent);
	parent_watch_signals(parent);
	if (listeners_bind(parent->config, NULL, reason,
	    sizeof(reason)) == -1)
		fatalx("%s", reason);
	if (control_open(parent) == -1 ||
	    commit_open(&parent->commit, parent->config) == -1)
		exit(1);
	walls_raise(parent);
	child_init(&parent->home, parent, NULL, ROLE_HOME);
	child_spawn(&parent->home);
	recover_begin(&parent->commit, parent_recovered);
	timer_start(&parent->loop, &parent->heartbeat, HEARTBEAT,
	    parent_heartbeat, parent);
}

/* The account files are in order: now there may be clients. */
static void
parent_recovered(struct parent *parent)
{
	if (parent->stopping)
		return;
	if (parent->home.ready)
		home_clean(parent);
	/* Whoever was here before may not have come to that. */
	if (parent->commit.store.tables[TABLE_ALIASES] != NULL)
		rebuild_request(parent);
	generation_start(parent, parent->config);
}

static void
parent_end(struct parent *parent)
{
	listeners_close(parent->config, NULL);
	rebuild_close(parent);
	rates_clear(&parent->rates);
	launcher_close(parent);
	commit_close(&parent->commit);
	close(parent->lock_fd);
	log_info("stopped");
	/* Whoever waits for the end may start another dwserv at once. */
	control_close(parent);
}

static void
parent_run(struct parent *parent)
{
	struct generation	*newest;

	while (!parent->loop.quit) {
		if (loop_once(&parent->loop, -1) == -1)
			fatal("poll");
		newest = TAILQ_LAST(&parent->generations, generations);
		if (parent->ready_fd != -1 && newest != NULL &&
		    generation_is_ready(newest))
			parent_tell_ready(parent);
	}
}

int
main(int argc, char *argv[])
{
	static struct parent	parent;
	int			ch, check = 0, verbose = 0;

	parent.config_path = DWSERV_CONFIG;
	parent.ready_fd = parent.control_fd = -1;
	TAILQ_INIT(&parent.symbols);
	TAILQ_INIT(&parent.generations);
	TAILQ_INIT(&parent.uses);
	while ((ch = getopt(argc, argv, "D:df:nv")) != -1)
		switch (ch) {
		case 'D':
			if (config_define(&parent.symbols, optarg) == -1)
				usage();
			break;
		case 'd':
			parent.foreground = 1;
			break;
		case 'f':
			parent.config_path = optarg;
			break;
		case 'n':
			check = 1;
			break;
		case 'v':
			verbose++;
			break;
		default:
			usage();
		}
	if (argc != optind)
		usage();
	log_init("dwserv", 1);
	closefrom(STDERR_FILENO + 1);
	if (check)
		return (parent_check_config(parent.config_path,
		    &parent.symbols, verbose));
	log_set_verbose(verbose);
	if (geteuid() != 0)
		fatalx("dwserv must be started by root");
	parent.config = parent_parse(parent.config_path, &parent.symbols,
	    NULL);
	if (parent.config == NULL)
		return (1);
	if (!parent.foreground && parent.config_path[0] != '/' &&
	    (parent.config_path = realpath(parent.config_path, NULL)) ==
	    NULL)
		fatal("cannot find the configuration");
	parent.started = time(NULL);
	log_init("parent", 1);
	if (!parent.foreground)
		parent_detach(&parent);
	loop_init(&parent.loop);
	commit_init(&parent.commit, &parent);
	rebuild_init(&parent.rebuild);
	rates_init(&parent.rates);
	parent_start(&parent);
	parent_run(&parent);
	parent_end(&parent);
	return (0);
}
