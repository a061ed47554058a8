/*
 * The files of TLS in the parent: opened once for each reading of the
 * configuration, looked at by dwserv-auth -t, and passed on to those who use
 * them, also to those who are started later.  Not a byte of them is seen
 * here.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "parent.h"
#include "sandbox.h"

#define TLS_TIMEOUT	10000		/* milliseconds */
#define TLS_LINES_MAX	16		/* of complaints */
#define TLS_WARN_DAYS	14		/* before a certificate expires */

static const struct {
	const char	*name;
	uint32_t	 message;
} files[TLS_FILES] = {
	[TLS_CERTIFICATE] = { "certificate", IMSG_PARENT_CERTIFICATE },
	[TLS_KEY] = { "key", IMSG_PARENT_KEY },
	[TLS_CLIENT_CA] = { "client ca", IMSG_PARENT_CLIENT_CA }
};

struct tls_check {
	struct loop		 loop;
	struct channel		 channel;
	struct timer		 deadline;
	pid_t			 pid;
	struct tls		*tls;
	config_complaint	 complain;
	void			*arg;
	unsigned int		 complaints;
	int			 ok;
};

static const char *
tls_path(const struct tls *tls, enum tls_file file)
{
	return (file == TLS_CERTIFICATE ? tls->certificate :
	    file == TLS_KEY ? tls->key : tls->client_ca);
}

static void
check_complain(struct tls_check *check, enum tls_file file,
    const char *reason)
{
	const struct tls	*tls = check->tls;
	char			*line;

	check->complaints++;
	if (asprintf(&line, "%s:%u: %s \"%s\": %s", tls->file, tls->line,
	    files[file].name, tls_path(tls, file), reason) == -1)
		fatal("cannot report an error");
	check->complain(check->arg, line);
	free(line);
}

/* Returns a descriptor, or -1 and the reason. */
static int
tls_open(const char *path, int secret, const char **reason)
{
	struct stat	st;
	int		fd;

	fd = lend_file(NULL, path, reason);
	if (fd == -1 || !secret)
		return (fd);
	if (fstat(fd, &st) == 0 && (st.st_mode & S_IRWXO) == 0)
		return (fd);
	*reason = "others may read it; chmod 0600";
	close(fd);
	return (-1);
}

/* When the file behind a descriptor was last written to. */
static int64_t
tls_time(int fd)
{
	struct stat	st;

	if (fstat(fd, &st) == -1)
		return (-1);
	return ((int64_t)st.st_mtim.tv_sec * 1000000000 +
	    st.st_mtim.tv_nsec);
}

static void
tls_open_all(struct tls_check *check)
{
	const char	*path, *reason;
	int		 file;

	for (file = 0; file < TLS_FILES; file++) {
		if ((path = tls_path(check->tls, file)) == NULL)
			continue;
		check->tls->fds[file] = tls_open(path, file == TLS_KEY,
		    &reason);
		if (check->tls->fds[file] == -1)
			check_complain(check, file, reason);
		else
			check->tls->written[file] =
			    tls_time(check->tls->fds[file]);
	}
}

/*
 * Pass a file on, if there is one; the descriptor stays here, too.  If it
 * was replaced, this is still the old one; if it was written over, what is
 * in it is anybody's guess.
 */
void
tls_send(const struct tls *tls, struct channel *channel, enum tls_file file)
{
	int	fd;

	if (tls->fds[file] == -1)
		return;
	if (tls_time(tls->fds[file]) != tls->written[file])
		log_warnx("%s \"%s\" was written over since it was read; "
		    "reload", files[file].name, tls_path(tls, file));
	if ((fd = dup(tls->fds[file])) == -1)
		fatal("cannot pass a file of TLS");
	channel_send(channel, files[file].message, 0, fd, NULL, 0);
}

static int
check_pass_complaint(struct tls_check *check, struct imsg *imsg)
{
	char	*reason;

	if (imsg_get_id(imsg) >= TLS_FILES ||
	    check->complaints >= TLS_LINES_MAX ||
	    tls_path(check->tls, imsg_get_id(imsg)) == NULL ||
	    msg_get_string(imsg_get_ibuf(imsg), &reason) == -1)
		return (-1);
	check_complain(check, imsg_get_id(imsg), name_check_text(reason,
	    strlen(reason)) ? reason : "is wrong");
	free(reason);
	return (0);
}

static int
check_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct tls_check	*check = channel->arg;
	struct tls_facts	 facts;

	switch (imsg_get_type(imsg)) {
	case IMSG_AUTH_COMPLAINT:
		return (check_pass_complaint(check, imsg));
	case IMSG_AUTH_CHECKED:
		check->loop.quit = 1;
		if (msg_get_tls_facts(imsg_get_ibuf(imsg), &facts) == -1)
			return (-1);
		check->tls->not_after = facts.not_after;
		check->ok = imsg_get_id(imsg) == 1;
		return (0);
	default:
		return (-1);
	}
}

static void
check_closed(struct channel *channel, const char *reason)
{
	struct tls_check	*check = channel->arg;

	(void)reason;
	check->loop.quit = 1;
}

static void
check_expired(void *arg)
{
	struct tls_check	*check = arg;

	check->loop.quit = 1;
}

/* Returns 0, or -1 with errno. */
static int
check_start(struct tls_check *check, const char *libexec)
{
	char	 path[PATH_MAX], option[] = "-t";
	char	*arguments[] = { path, option, NULL };
	int	 pair[2], file;

	snprintf(path, sizeof(path), "%s/dwserv-auth", libexec);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return (-1);
	if ((check->pid = fork()) == 0)
		child_become(pair[1], path, arguments);
	close(pair[1]);
	if (check->pid == -1) {
		close(pair[0]);
		return (-1);
	}
	if (channel_open(&check->loop, &check->channel, pair[0],
	    check_dispatch, check_closed, check) == -1)
		fatal("cannot open a channel");
	for (file = 0; file < TLS_FILES; file++)
		tls_send(check->tls, &check->channel, file);
	channel_send(&check->channel, IMSG_PARENT_START, 0, -1, NULL, 0);
	return (0);
}

static void
check_wait(struct tls_check *check)
{
	timer_start(&check->loop, &check->deadline, TLS_TIMEOUT,
	    check_expired, check);
	while (!check->loop.quit)
		if (loop_once(&check->loop, -1) == -1)
			fatal("poll");
	kill(check->pid, SIGKILL);
	while (waitpid(check->pid, NULL, 0) == -1 && errno == EINTR)
		;
	channel_close(&check->channel);
}

static void
check_warn(const struct tls *tls)
{
	int64_t	left = tls->not_after - time(NULL);

	if (left < TLS_WARN_DAYS * 86400)
		log_warnx("%s:%u: certificate \"%s\" expires in %lld days; "
		    "renew it, then reload", tls->file, tls->line,
		    tls->certificate, (long long)left / 86400);
}

/*
 * Open the files that the configuration has for TLS, if it has any, and have
 * them looked at.  Returns 0, or -1 and somebody has complained, with
 * "file:line: message".  Takes at most TLS_TIMEOUT.
 */
int
tls_load(struct config *config, config_complaint complain, void *arg)
{
	struct tls_check	check;

	if (config->tls.certificate == NULL)
		return (0);
	memset(&check, 0, sizeof(check));
	check.tls = &config->tls;
	check.complain = complain;
	check.arg = arg;
	tls_open_all(&check);
	if (check.complaints > 0)
		return (-1);
	loop_init(&check.loop);
	if (check_start(&check, config->libexec) == 0)
		check_wait(&check);
	loop_free(&check.loop);
	if (check.ok && check.complaints == 0) {
		check_warn(check.tls);
		return (0);
	}
	if (check.complaints == 0)
		check_complain(&check, TLS_CERTIFICATE, "dwserv-auth could "
		    "not look at it; is libexec right?");
	return (-1);
}
