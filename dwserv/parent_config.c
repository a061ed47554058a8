/*
 * The parent's end of dwserv-config: the configuration is read by a process
 * without rights, for which the parent opens the files, and comes back in
 * messages.  That process is started for each reading, has a few seconds,
 * and is waited for at once.
 */

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <bsd/unistd.h>

#include "loop.h"
#include "msgconfig.h"
#include "parent.h"

#define LOAD_PROGRAM	"dwserv-config"
#define LOAD_TIMEOUT	10000			/* milliseconds */
#define LOAD_FILES_MAX	64
#define LOAD_BYTES_MAX	(256 * 1024 * 1024)	/* of messages */

struct load {
	struct loop		 loop;
	struct channel		 channel;
	struct timer		 deadline;
	pid_t			 pid;
	int			 status;	/* of wait(2) */
	int			 print;
	char			 program[PATH_MAX];
	struct config		*config;
	config_complaint	 complain;
	void			*arg;
	unsigned int		 complaints;
	unsigned int		 files;
	size_t			 bytes;
	int			 ended;
	int			 ok;
	const char		*problem;	/* of the process */
};

/* It is where the parent's own program is, or where it was installed. */
static void
load_find_program(struct load *load)
{
	char	*slash;
	ssize_t	 length;

	length = readlink("/proc/self/exe", load->program,
	    sizeof(load->program) - sizeof(LOAD_PROGRAM));
	if (length > 0) {
		load->program[length] = '\0';
		slash = strrchr(load->program, '/');
		if (slash != NULL)
			memcpy(slash + 1, LOAD_PROGRAM,
			    sizeof(LOAD_PROGRAM));
		if (access(load->program, X_OK) == 0)
			return;
	}
	strlcpy(load->program, DWSERV_LIBEXEC "/" LOAD_PROGRAM,
	    sizeof(load->program));
}

/* The channel is closed; why, the process's status will tell. */
static void
load_closed(struct channel *channel, const char *reason)
{
	struct load	*load = channel->arg;

	(void)reason;
	load->loop.quit = 1;
}

static void
load_expired(void *arg)
{
	struct load	*load = arg;

	load->problem = "did not finish in 10 seconds";
	load->loop.quit = 1;
}

/* A file, or the reason why it will not be had. */
static int
load_lend(struct load *load, struct imsg *imsg)
{
	struct ibuf	*message;
	const char	*reason = "the configuration has too many files";
	char		*path;
	int		 fd = -1;

	if (msg_get_string(imsg_get_ibuf(imsg), &path) == -1)
		return (-1);
	if (++load->files <= LOAD_FILES_MAX)
		fd = lend_file(NULL, path, &reason);
	free(path);
	message = channel_create(&load->channel, IMSG_PARENT_SOURCE,
	    imsg_get_id(imsg));
	ibuf_fd_set(message, fd);
	channel_submit(&load->channel, message, msg_put_string(message,
	    fd == -1 ? reason : ""));
	return (0);
}

static int
load_pass_complaint(struct load *load, struct ibuf *payload)
{
	char	*line;

	if (msg_get_complaint(payload, &line) == -1)
		return (-1);
	load->complaints++;
	load->complain(load->arg, line);
	free(line);
	return (0);
}

/* What belongs to a client is the last one's. */
static int
load_add_word(struct load *load, struct imsg *imsg)
{
	struct config	*config = load->config;
	struct words	*words;

	words = config_list(config, TAILQ_LAST(&config->clients, clients),
	    imsg_get_id(imsg));
	return (words == NULL ? -1 : msg_get_word(imsg_get_ibuf(imsg),
	    imsg_get_id(imsg), words));
}

static int
load_accept(struct load *load, struct imsg *imsg)
{
	struct ibuf	*payload = imsg_get_ibuf(imsg);
	struct config	*config = load->config;

	load->bytes += IMSG_HEADER_SIZE + imsg_get_len(imsg);
	if (load->ended || load->bytes > LOAD_BYTES_MAX)
		return (-1);
	switch (imsg_get_type(imsg)) {
	case IMSG_CONFIG_OPEN:
		return (load_lend(load, imsg));
	case IMSG_CONFIG_COMPLAINT:
		return (load_pass_complaint(load, payload));
	case IMSG_CONFIG_GLOBALS:
		return (msg_get_globals(payload, config));
	case IMSG_CONFIG_LISTENER:
		return (msg_get_listener(payload, &config->listeners));
	case IMSG_CONFIG_ACCOUNTS:
		return (msg_get_accounts(payload, &config->accounts));
	case IMSG_CONFIG_CLIENT:
		return (msg_get_client(payload, &config->clients));
	case IMSG_CONFIG_WORD:
		return (load_add_word(load, imsg));
	case IMSG_CONFIG_END:
		load->ended = load->loop.quit = 1;
		load->ok = imsg_get_id(imsg) == 1;
		return (imsg_get_len(imsg) == 0 ? 0 : -1);
	default:
		return (-1);
	}
}

static int
load_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct load	*load = channel->arg;

	if (load_accept(load, imsg) == 0)
		return (0);
	load->problem = "said what it should not";
	return (-1);
}

/* Start the process and queue its orders.  Returns 0, or -1 with errno. */
static int
load_start(struct load *load, const char *path,
    const struct symbols *symbols)
{
	const struct symbol	*symbol;
	struct ibuf		*message;
	char			*arguments[] = { load->program, NULL };
	int			 pair[2];

	errno = ENAMETOOLONG;
	if (strlen(path) >= PATH_MAX || socketpair(AF_UNIX, SOCK_STREAM |
	    SOCK_CLOEXEC, 0, pair) == -1)
		return (-1);
	if ((load->pid = fork()) == 0)
		child_become(pair[1], load->program, arguments);
	close(pair[1]);
	if (load->pid == -1) {
		close(pair[0]);
		return (-1);
	}
	if (channel_open(&load->loop, &load->channel, pair[0], load_dispatch,
	    load_closed, load) == -1)
		fatal("cannot open a channel");
	TAILQ_FOREACH(symbol, symbols, entry) {
		message = channel_create(&load->channel, IMSG_PARENT_DEFINE,
		    0);
		channel_submit(&load->channel, message,
		    msg_put_define(message, symbol));
	}
	message = channel_create(&load->channel, IMSG_PARENT_READ,
	    (uint32_t)load->print);
	channel_submit(&load->channel, message, msg_put_string(message, path));
	return (0);
}

/*
 * Let the process work, and be rid of it; only if it prints, that may take as
 * long as somebody reads.
 */
static void
load_wait(struct load *load)
{
	timer_start(&load->loop, &load->deadline, LOAD_TIMEOUT, load_expired,
	    load);
	while (!load->loop.quit)
		if (loop_once(&load->loop, -1) == -1)
			fatal("poll");
	if (!load->print || !load->ok || load->problem != NULL)
		kill(load->pid, SIGKILL);
	while (waitpid(load->pid, &load->status, 0) == -1 && errno == EINTR)
		;
	channel_close(&load->channel);
	loop_free(&load->loop);
}

/* Say that the process, not the configuration, is the problem. */
static void
load_blame(const struct load *load, const char *path)
{
	char	*line, how[64];

	if (load->problem != NULL)
		strlcpy(how, load->problem, sizeof(how));
	else if (WIFEXITED(load->status))
		snprintf(how, sizeof(how), "exited with status %d%s",
		    WEXITSTATUS(load->status),
		    WEXITSTATUS(load->status) == 127 ?
		    "; is it installed?" : "");
	else
		snprintf(how, sizeof(how), "was killed by signal %d",
		    WTERMSIG(load->status));
	if (asprintf(&line, "%s: not read: %s: %s", path, load->program,
	    how) == -1)
		fatal("cannot report an error");
	load->complain(load->arg, line);
	free(line);
}

/* Known by something; and what TLS is needed for, there is. */
static int
load_client_is_complete(const struct config *config,
    const struct client *client)
{
	int	has_certificate;

	has_certificate = client->subject != NULL ||
	    !TAILQ_EMPTY(&client->certificates);
	if (has_certificate && config->tls.client_ca == NULL)
		return (0);
	return (has_certificate || client->secrets[0] != NULL ||
	    client->has_local_user);
}

static int
load_is_complete(const struct config *config)
{
	const struct listener	*listener;
	const struct client	*client;

	TAILQ_FOREACH(listener, &config->listeners, entry)
		if (listener->tls && config->tls.certificate == NULL)
			return (0);
	TAILQ_FOREACH(client, &config->clients, entry)
		if (!load_client_is_complete(config, client))
			return (0);
	return (config->state != NULL && config->accounts.root != NULL &&
	    !TAILQ_EMPTY(&config->listeners) &&
	    (config->aliases != NULL || TAILQ_EMPTY(&config->rebuild)) &&
	    !TAILQ_EMPTY(&config->accounts.shells));
}

/* What came of it: 0, or -1 and somebody has complained. */
static int
load_judge(struct load *load, const char *path)
{
	if (load->problem == NULL && load->ended) {
		if (!load->ok && load->complaints > 0)
			return (-1);
		/* If it could not print, it has said so itself. */
		if (load->ok && load->print && WIFEXITED(load->status))
			return (WEXITSTATUS(load->status) == 0 ? 0 : -1);
		if (load->ok && load->complaints == 0 && !load->print &&
		    load_is_complete(load->config))
			return (0);
		load->problem = "contradicts itself";
	}
	load_blame(load, path);
	return (-1);
}

/*
 * Read the configuration.  The symbols are the macros of the command line;
 * each error is given to complain as "file:line: message" or
 * "file: message".  Returns NULL if there was any error, otherwise what is
 * to be freed with config_free().  User and group names are not resolved,
 * and no socket is opened.  Takes at most LOAD_TIMEOUT; but with print, what
 * was understood is printed to standard output instead, however long that
 * takes, and the configuration that is returned is empty.
 */
struct config *
config_load(const char *path, const struct symbols *symbols, int print,
    config_complaint complain, void *arg)
{
	struct load	load;

	memset(&load, 0, sizeof(load));
	load.config = config_new();
	load.print = print;
	load.complain = complain;
	load.arg = arg;
	loop_init(&load.loop);
	load_find_program(&load);
	if (load_start(&load, path, symbols) == -1)
		load.problem = strerror(errno);
	else
		load_wait(&load);
	if (load_judge(&load, path) == 0)
		return (load.config);
	config_free(load.config);
	return (NULL);
}
