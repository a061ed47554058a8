/*
 * The control socket, for dwservctl(8): root only.  It tells how things are
 * and takes a few orders.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "parent.h"

#define OUTCOME_TEXT_MAX	8000

struct control {
	TAILQ_ENTRY(control)	 entry;
	struct parent		*parent;
	struct channel		 channel;
};

static void	control_accept(int, short, void *);
static int	control_dispatch(struct channel *, struct imsg *);
static void	control_closed(struct channel *, const char *);

static int
control_bind(const char *path)
{
	struct sockaddr_un	address;
	mode_t			old;
	int			fd;

	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	if (strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
	    sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	unlink(path);
	old = umask(0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(fd, 16) == -1) {
		close(fd);
		fd = -1;
	}
	umask(old);
	return (fd);
}

/* Open the control socket.  Returns 0, or -1 and has logged why. */
int
control_open(struct parent *parent)
{
	TAILQ_INIT(&parent->controls);
	parent->control_fd = control_bind(parent->config->control);
	if (parent->control_fd == -1) {
		log_warn("cannot listen on the control socket, %s",
		    parent->config->control);
		return (-1);
	}
	return (watch_start(&parent->loop, &parent->control_watch,
	    parent->control_fd, POLLIN, control_accept, parent));
}

/* Close the socket and all that talk over it; their peers see the end. */
void
control_close(struct parent *parent)
{
	struct control	*control;

	if (parent->control_fd == -1)
		return;
	unlink(parent->config->control);
	watch_stop(&parent->control_watch);
	close(parent->control_fd);
	parent->control_fd = -1;
	while ((control = TAILQ_FIRST(&parent->controls)) != NULL) {
		channel_close(&control->channel);
		control_closed(&control->channel, NULL);
	}
}

static void
control_accept(int fd, short happened, void *arg)
{
	struct parent	*parent = arg;
	struct control	*control;
	struct ucred	 peer;
	socklen_t	 length = sizeof(peer);
	int		 client;

	(void)happened;
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client == -1)
		return;
	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &length) ==
	    -1 || peer.uid != 0) {
		close(client);
		return;
	}
	if ((control = calloc(1, sizeof(*control))) == NULL)
		fatal("cannot accept a control connection");
	control->parent = parent;
	TAILQ_INSERT_TAIL(&parent->controls, control, entry);
	if (channel_open(&parent->loop, &control->channel, client,
	    control_dispatch, control_closed, control) == -1)
		fatal("cannot open a control connection");
}

static void
control_closed(struct channel *channel, const char *reason)
{
	struct control	*control = channel->arg;

	(void)reason;
	TAILQ_REMOVE(&control->parent->controls, control, entry);
	free(control);
}

/* Begin a record of the answer. */
void
control_record(struct control *control, const char *kind)
{
	struct ibuf	*message;

	message = channel_create(&control->channel, IMSG_PARENT_RECORD, 0);
	channel_submit(&control->channel, message, msg_put_string(message,
	    kind));
}

/* A field of the record: a text, or if that is NULL, a number. */
void
control_field(struct control *control, const char *name, const char *text,
    uint64_t number)
{
	struct ibuf	*message;
	struct field	 field;

	memset(&field, 0, sizeof(field));
	strlcpy(field.name, name, sizeof(field.name));
	field.is_number = text == NULL;
	field.number = number;
	field.text = text == NULL ? NULL : (char *)(uintptr_t)text;
	message = channel_create(&control->channel, IMSG_PARENT_FIELD, 0);
	channel_submit(&control->channel, message, msg_put_field(message,
	    &field));
}

/* The end of the answer. */
void
control_outcome(struct control *control, int ok, const char *text)
{
	struct ibuf	*message;
	struct outcome	 outcome;

	outcome.ok = ok != 0;
	outcome.text = (char *)(uintptr_t)text;
	message = channel_create(&control->channel, IMSG_PARENT_OUTCOME, 0);
	channel_submit(&control->channel, message, msg_put_outcome(message,
	    &outcome));
}

/* Names and numbers, in pairs, ended by NULL. */
static void
control_numbers(struct control *control, ...)
{
	const char	*name;
	va_list		 ap;

	va_start(ap, control);
	while ((name = va_arg(ap, const char *)) != NULL)
		control_field(control, name, NULL, va_arg(ap, uint64_t));
	va_end(ap);
}

static const char *
control_child_state(const struct child *child)
{
	if (child->pid == -1)
		return ("dead");
	if (!child->ready)
		return ("starting");
	return (child->generation != NULL && child->generation->draining ?
	    "draining" : "ready");
}

static void
control_child(struct control *control, const struct child *child)
{
	uint64_t	pid = child->pid > 0 ? (uint64_t)child->pid : 0;
	uint64_t	generation = child->generation != NULL ?
	    child->generation->number : child->parent->next_generation;

	control_record(control, "process");
	control_field(control, "role", child_role_name(child->role), 0);
	control_field(control, "state", control_child_state(child), 0);
	control_numbers(control,
	    "number", (uint64_t)child->number,
	    "pid", pid,
	    "generation", generation,
	    "sessions", (uint64_t)child->sessions,
	    (char *)NULL);
}

static void
control_daemon(struct control *control)
{
	struct parent	*parent = control->parent;

	control_record(control, "daemon");
	control_field(control, "config", parent->config_path, 0);
	control_field(control, "state", parent->config->state, 0);
	control_field(control, "log", log_get_verbose() ? "verbose" :
	    "brief", 0);
	control_numbers(control,
	    "pid", (uint64_t)getpid(),
	    "uptime", (uint64_t)(time(NULL) - parent->started),
	    "generation", (uint64_t)parent->next_generation,
	    "sessions-granted", parent->grants,
	    "requests", parent->requests,
	    (char *)NULL);
}

static void
control_sandbox(struct control *control)
{
	const struct parent	*parent = control->parent;
	const struct walls	*walls = &parent->walls;

	control_record(control, "sandbox");
	control_field(control, "mode", parent->config->sandbox_best_effort ?
	    "best-effort" : "strict", 0);
	control_numbers(control,
	    "landlock", (uint64_t)walls->landlock,
	    (char *)NULL);
	control_field(control, "seccomp", walls->seccomp ? "yes" : "no", 0);
	control_field(control, "missing", walls->missing, 0);
}

static void
control_commits(struct control *control)
{
	const struct commit		*commit = &control->parent->commit;
	const struct commit_counts	*counts = &commit->counts;

	control_record(control, "commits");
	control_numbers(control,
	    "count", counts->commits,
	    "changes", counts->changes,
	    "refused", counts->failures,
	    "last-size", (uint64_t)counts->last_size,
	    "largest-size", (uint64_t)counts->largest,
	    "last-microseconds", counts->last_time,
	    "longest-microseconds", counts->longest_time,
	    "mean-microseconds", counts->commits == 0 ? (uint64_t)0 :
	    counts->total_time / counts->commits,
	    "queue", (uint64_t)commit->waiting_count,
	    "ledger", commit->ledger.last,
	    (char *)NULL);
	control_field(control, "last-error", commit->last_error, 0);
}

static void
control_accounts(struct control *control)
{
	const struct store	*store = &control->parent->commit.store;
	const struct table	*passwd = store->tables[TABLE_PASSWD];
	const struct table	*groups = store->tables[TABLE_GROUP];

	control_record(control, "accounts");
	control_field(control, "root", store->root, 0);
	control_numbers(control,
	    "lines-passwd", passwd == NULL ? (uint64_t)0 :
	    (uint64_t)(passwd->line_count - passwd->removed),
	    "lines-group", groups == NULL ? (uint64_t)0 :
	    (uint64_t)(groups->line_count - groups->removed),
	    "files-read", store->reloads,
	    (char *)NULL);
}

static void
control_aliases(struct control *control)
{
	const struct parent	*parent = control->parent;

	control_record(control, "aliases");
	control_field(control, "file", parent->config->aliases, 0);
	control_field(control, "rebuild", rebuild_state(parent), 0);
	control_numbers(control,
	    "runs", parent->rebuild.runs,
	    "failures", parent->rebuild.failures,
	    "retry-seconds", rebuild_wait(parent),
	    (char *)NULL);
	control_field(control, "last-error", parent->rebuild.error, 0);
}

static void
control_tls(struct control *control, const struct tls *tls)
{
	char		expires[32] = "";
	struct tm	tm;
	time_t		not_after = (time_t)tls->not_after;

	if (gmtime_r(&not_after, &tm) != NULL)
		strftime(expires, sizeof(expires), "%FT%TZ", &tm);
	control_record(control, "tls");
	control_field(control, "certificate", tls->certificate, 0);
	control_field(control, "expires", expires, 0);
	control_field(control, "client-ca", tls->client_ca == NULL ? "none" :
	    tls->client_ca, 0);
}

static void
control_status(struct control *control)
{
	struct parent		*parent = control->parent;
	struct generation	*generation;
	struct child		*child;

	control_daemon(control);
	control_sandbox(control);
	control_child(control, &parent->home);
	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry)
			control_child(control, child);
	control_commits(control);
	control_accounts(control);
	if (parent->config->aliases != NULL)
		control_aliases(control);
	if (parent->config->tls.certificate != NULL)
		control_tls(control, &parent->config->tls);
	control_outcome(control, 1, "running");
}

static void
control_use(struct control *control, const struct client *client,
    enum login_way way, int configured)
{
	char		name[FIELD_NAME_MAX], text[32] = "none";
	struct tm	tm;
	time_t		last;

	if (configured) {
		last = use_last(&control->parent->uses, client, way);
		if (last == 0)
			strlcpy(text, "never", sizeof(text));
		else if (gmtime_r(&last, &tm) != NULL)
			strftime(text, sizeof(text), "%FT%TZ", &tm);
	}
	snprintf(name, sizeof(name), "%s-last-used", login_way_name(way));
	control_field(control, name, text, 0);
}

/* What the clients can be known by, and when they last were. */
static void
control_clients(struct control *control)
{
	const struct client	*client;

	TAILQ_FOREACH(client, &control->parent->config->clients, entry) {
		control_record(control, "client");
		control_field(control, "name", client->name, 0);
		control_use(control, client, LOGIN_SECRET_1,
		    client->secrets[0] != NULL);
		control_use(control, client, LOGIN_SECRET_2,
		    client->secrets[1] != NULL);
		control_use(control, client, LOGIN_CERTIFICATE,
		    !TAILQ_EMPTY(&client->certificates) ||
		    client->subject != NULL);
		control_use(control, client, LOGIN_LOCAL_USER,
		    client->has_local_user);
	}
	control_outcome(control, 1, "");
}

static void
control_reload(struct control *control)
{
	char	*errors = NULL;

	if (parent_reload(control->parent, &errors) == 0)
		control_outcome(control, 1, "reloaded");
	else {
		/* As many as there is room for; all are in the log. */
		if (strlen(errors) > OUTCOME_TEXT_MAX)
			errors[OUTCOME_TEXT_MAX] = '\0';
		control_outcome(control, 0, errors);
	}
	free(errors);
}

static int
control_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct control	*control = channel->arg;

	if (imsg_get_type(imsg) == IMSG_CTL_EXPLAIN)
		return (explain_answer(control, control->parent, imsg));
	if (imsg_get_len(imsg) != 0)
		return (-1);
	switch (imsg_get_type(imsg)) {
	case IMSG_CTL_STATUS:
		control_status(control);
		return (0);
	case IMSG_CTL_CLIENTS:
		control_clients(control);
		return (0);
	case IMSG_CTL_RELOAD:
		control_reload(control);
		return (0);
	case IMSG_CTL_STOP:
		control_outcome(control, 1, "stopping");
		parent_stop(control->parent);
		return (0);
	case IMSG_CTL_VERBOSE:
		parent_set_verbose(control->parent,
		    imsg_get_id(imsg) != 0);
		control_outcome(control, 1, imsg_get_id(imsg) != 0 ?
		    "verbose" : "brief");
		return (0);
	default:
		return (-1);
	}
}
