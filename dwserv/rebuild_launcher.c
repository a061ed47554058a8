/*
 * The process that starts the program of rebuild.c.  That is a program of
 * the administrator, which may need anything that root may do; the parent
 * may not, and all that it starts has its walls.  So this process is forked
 * before they go up.  It runs nothing but what the configuration says, and
 * for that reads the configuration itself: whoever has taken the parent over
 * cannot have it run anything else.  What it starts is the parent's child.
 */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sha2.h>
#include <signal.h>
#include <unistd.h>

#include <bsd/unistd.h>

#include "parent.h"

/* For how long the parent waits: a configuration takes the longest. */
#define ANSWER_TIMEOUT	15		/* seconds */

enum order_kind {
	ORDER_RUN,
	ORDER_KILL,
	ORDER_READ	/* the configuration again */
};

struct order {
	enum order_kind	 kind;
	uint8_t		 digest[SHA256_DIGEST_LENGTH];	/* of the words */
};

struct answer {
	pid_t		 pid;		/* of what was started, or 0 */
	int		 error;		/* errno, or 0 */
};

/* What the launcher knows, in its own process. */
struct launching {
	int			 fd;
	int			 root_fd;
	int			 chroots;
	const char		*path;		/* of the configuration */
	const struct symbols	*symbols;
	struct config		*config;
	pid_t			 pid;		/* of the last that was run */
	int			 pidfd;
};

static void
launcher_digest(const struct words *words, uint8_t *digest)
{
	const struct word	*word;
	SHA2_CTX		 context;

	SHA256Init(&context);
	TAILQ_FOREACH(word, words, entry)
		SHA256Update(&context, (const uint8_t *)word->text,
		    strlen(word->text) + 1);
	SHA256Final(digest, &context);
}

/* In the new process: leave all that is ours behind. */
static int
launcher_detach(const struct launching *launching)
{
	sigset_t	none;
	int		number;

	/* Also what whoever started dwserv had ignored. */
	for (number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1 || setsid() == -1)
		return (-1);
	if (launching->chroots && (fchdir(launching->root_fd) == -1 ||
	    chroot(".") == -1))
		return (-1);
	umask(022);
	closefrom(STDERR_FILENO + 1);
	return (chdir("/"));
}

__attribute__((__noreturn__)) static void
launcher_become(const struct launching *launching)
{
	char			 path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char			*environment[] = { path, NULL };
	char			*arguments[REBUILD_WORDS_MAX + 1];
	const struct word	*word;
	size_t			 count = 0;

	TAILQ_FOREACH(word, &launching->config->rebuild, entry)
		if (count < REBUILD_WORDS_MAX)
			arguments[count++] = word->text;
	arguments[count] = NULL;
	if (count == 0 || launcher_detach(launching) == -1)
		_exit(126);
	execve(arguments[0], arguments, environment);
	_exit(127);
}

/* Its parent is ours, so that it is told of the end. */
static void
launcher_start_program(struct launching *launching, struct answer *answer)
{
	if (launching->pidfd != -1)
		close(launching->pidfd);
	launching->pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0,
	    0, 0, 0);
	if (launching->pid == 0)
		launcher_become(launching);
	answer->pid = launching->pid;
	answer->error = launching->pid == -1 ? errno : 0;
	launching->pidfd = launching->pid == -1 ? -1 :
	    (int)syscall(SYS_pidfd_open, launching->pid, 0);
}

/* Only if it is still there: its number may have become another's. */
static void
launcher_kill_program(const struct launching *launching)
{
	if (launching->pidfd == -1 || syscall(SYS_pidfd_send_signal,
	    launching->pidfd, SIGKILL, NULL, 0) == -1)
		return;
	/* At the very beginning it is not yet a group of its own. */
	kill(-launching->pid, SIGKILL);
}

static void
launcher_ignore_complaint(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

/* Read the configuration, and take it if its words are those expected. */
static int
launcher_read(struct launching *launching, const uint8_t *expected)
{
	struct config	*config;
	uint8_t		 digest[SHA256_DIGEST_LENGTH];

	config = config_load(launching->path, launching->symbols, 0,
	    launcher_ignore_complaint, NULL);
	if (config == NULL)
		return (EINVAL);
	launcher_digest(&config->rebuild, digest);
	if (memcmp(digest, expected, sizeof(digest)) != 0) {
		config_free(config);
		return (EAGAIN);
	}
	config_free(launching->config);
	launching->config = config;
	return (0);
}

__attribute__((__noreturn__)) static void
launcher_serve(struct launching *launching)
{
	struct order	order;
	struct answer	answer;

	while (recv(launching->fd, &order, sizeof(order), 0) ==
	    sizeof(order)) {
		answer = (struct answer){ 0, 0 };
		if (order.kind == ORDER_RUN)
			launcher_start_program(launching, &answer);
		else if (order.kind == ORDER_KILL)
			launcher_kill_program(launching);
		else
			answer.error = launcher_read(launching, order.digest);
		if (send(launching->fd, &answer, sizeof(answer),
		    MSG_NOSIGNAL) == -1)
			break;
	}
	launcher_kill_program(launching);
	_exit(0);
}

/* The new process keeps nothing of the parent's but the configuration. */
__attribute__((__noreturn__)) static void
launcher_become_launcher(struct parent *parent, int fd)
{
	struct launching	launching;
	int			null = open("/dev/null", O_RDWR), file;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	memset(&launching, 0, sizeof(launching));
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(null, STDERR_FILENO) == -1 || (fd != CHILD_CHANNEL &&
	    dup2(fd, CHILD_CHANNEL) == -1))
		_exit(126);
	closefrom(CHILD_CHANNEL + 1);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		_exit(126);
	launching.fd = CHILD_CHANNEL;
	launching.path = parent->config_path;
	launching.symbols = &parent->symbols;
	launching.config = parent->config;
	/* These have been closed. */
	for (file = 0; file < TLS_FILES; file++)
		launching.config->tls.fds[file] = -1;
	launching.pidfd = -1;
	launching.chroots = strcmp(parent->config->accounts.root, "/") != 0;
	launching.root_fd = open(parent->config->accounts.root, O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC);
	if (launching.root_fd == -1 ||
	    fcntl(launching.fd, F_SETFD, FD_CLOEXEC) == -1)
		_exit(126);
	launcher_serve(&launching);
}

/*
 * Fork the launcher, which runs what the configuration of the parent says.
 * Returns 0, or -1 with errno.
 */
int
launcher_open(struct parent *parent)
{
	struct timeval	timeout = { ANSWER_TIMEOUT, 0 };
	int		pair[2];

	parent->launcher.fd = parent->launcher.pid = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return (-1);
	if (setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &timeout,
	    sizeof(timeout)) == 0 && (parent->launcher.pid = fork()) == 0)
		launcher_become_launcher(parent, pair[1]);
	close(pair[1]);
	parent->launcher.fd = pair[0];
	if (parent->launcher.pid == -1)
		launcher_close(parent);
	return (parent->launcher.fd == -1 ? -1 : 0);
}

/* Give an order and wait for the answer.  Returns 0, or -1 with errno. */
static int
launcher_ask(struct launcher *launcher, const struct order *order,
    struct answer *answer)
{
	ssize_t	length;

	errno = ESRCH;
	if (launcher->fd == -1)
		return (-1);
	if (send(launcher->fd, order, sizeof(*order), MSG_NOSIGNAL) == -1)
		return (-1);
	length = recv(launcher->fd, answer, sizeof(*answer), 0);
	if (length == sizeof(*answer)) {
		errno = answer->error;
		return (answer->error == 0 ? 0 : -1);
	}
	if (length != -1)
		errno = ESRCH;
	/* Its next answer would be taken for that of another order. */
	close(launcher->fd);
	launcher->fd = -1;
	return (-1);
}

/*
 * Run the program, as a child of this process.  Returns its number, or -1
 * with errno; ESRCH: there is no launcher.
 */
pid_t
launcher_run(struct launcher *launcher)
{
	struct order	order = { .kind = ORDER_RUN };
	struct answer	answer;

	return (launcher_ask(launcher, &order, &answer) == -1 ? -1 :
	    answer.pid);
}

/* Kill the program that runs, and all of its group. */
void
launcher_kill(struct launcher *launcher)
{
	struct order	order = { .kind = ORDER_KILL };
	struct answer	answer;

	if (launcher_ask(launcher, &order, &answer) == -1)
		log_warn("cannot kill the program that rebuilds the aliases");
}

/*
 * Have the launcher go by another configuration, which it reads by itself.
 * Returns 0, or -1 with errno and all is as it was; EAGAIN: what it has read
 * is not what is wanted.
 */
int
launcher_renew(struct launcher *launcher, const struct config *config)
{
	struct order	order = { .kind = ORDER_READ };
	struct answer	answer;

	launcher_digest(&config->rebuild, order.digest);
	return (launcher_ask(launcher, &order, &answer));
}

/* The launcher ends, and with it what it has started. */
void
launcher_close(struct parent *parent)
{
	if (parent->launcher.fd != -1)
		close(parent->launcher.fd);
	parent->launcher.fd = -1;
}
