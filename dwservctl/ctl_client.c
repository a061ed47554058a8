/*
 * A question to the daemon over its control socket, and its answer.  The
 * socket blocks; no wait is longer than its deadline.  What the daemon
 * says is only collected here, not understood.
 */

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"

#define ANSWER_TIMEOUT	30		/* seconds, for each wait */
#define STOP_TIMEOUT	60		/* seconds, for all of it */
#define MESSAGES_MAX	100000		/* more is no sane answer */

static const struct question {
	enum ctl_action	 action;
	uint32_t	 type;
	uint32_t	 id;
	int		 until_gone;	/* answered when the daemon is gone */
} questions[] = {
	{ CTL_ACTION_STATUS, IMSG_CTL_STATUS, 0, 0 },
	{ CTL_ACTION_CLIENTS, IMSG_CTL_CLIENTS, 0, 0 },
	{ CTL_ACTION_RELOAD, IMSG_CTL_RELOAD, 0, 0 },
	{ CTL_ACTION_STOP, IMSG_CTL_STOP, 0, 1 },
	{ CTL_ACTION_BRIEF, IMSG_CTL_VERBOSE, 0, 0 },
	{ CTL_ACTION_VERBOSE, IMSG_CTL_VERBOSE, 1, 0 },
	{ CTL_ACTION_EXPLAIN, IMSG_CTL_EXPLAIN, 0, 0 }
};

struct client_state {
	const struct question	*question;
	const struct explain	*explain;	/* what goes with it, or NULL */
	struct answer		*answer;
	struct imsgbuf		 imsgbuf;
	uint64_t		 stop_deadline;	/* milliseconds */
};

static uint64_t
client_now(void)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

/* Connect to the socket; the exit status says why it could not be done. */
static enum ctl_exit
client_connect(const char *path, int *fd, struct answer *answer)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	struct timeval		 limit = { .tv_sec = ANSWER_TIMEOUT };

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		answer_conclude(answer, 0, "%s: the path is too long", path);
		return (CTL_EXIT_FAILED);
	}
	if ((*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
	    sizeof(limit)) == -1) {
		answer_conclude(answer, 0, "socket: %s", strerror(errno));
		return (CTL_EXIT_FAILED);
	}
	if (connect(*fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return (CTL_EXIT_OK);
	if (errno == ENOENT || errno == ECONNREFUSED) {
		answer_conclude(answer, 0, "dwserv is not running");
		return (CTL_EXIT_ABSENT);
	}
	if (errno == EAGAIN)
		answer_conclude(answer, 0, "%s: dwserv does not answer", path);
	else
		answer_conclude(answer, 0, "%s: %s", path, strerror(errno));
	return (CTL_EXIT_FAILED);
}

/* Wait for an event on the socket.  Returns 0 when it is too late. */
static int
client_wait(struct client_state *state, short events)
{
	struct pollfd	pfd = { state->imsgbuf.fd, events, 0 };
	uint64_t	now, deadline = state->stop_deadline;
	int		ready;

	if (!state->question->until_gone)
		deadline = client_now() + ANSWER_TIMEOUT * 1000;
	do {
		now = client_now();
		if (now >= deadline)
			return (0);
		ready = poll(&pfd, 1, (int)(deadline - now));
	} while (ready == 0 || (ready == -1 && errno == EINTR));
	return (1);
}

static enum ctl_exit
client_fail(struct client_state *state, const char *reason, int error)
{
	if (error == 0)
		answer_conclude(state->answer, 0, "%s", reason);
	else
		answer_conclude(state->answer, 0, "%s: %s", reason,
		    strerror(error));
	return (CTL_EXIT_FAILED);
}

static int
client_compose(struct client_state *state)
{
	const struct question	*question = state->question;
	struct ibuf		*message;

	message = imsg_create(&state->imsgbuf, question->type, question->id,
	    0);
	if (message == NULL)
		return (-1);
	if (state->explain != NULL &&
	    msg_put_explain(message, state->explain) == -1) {
		ibuf_free(message);
		return (-1);
	}
	imsg_close(&state->imsgbuf, message);
	return (0);
}

static enum ctl_exit
client_send(struct client_state *state)
{
	if (client_compose(state) == -1)
		return (client_fail(state, "cannot make a message", errno));
	while (imsgbuf_queuelen(&state->imsgbuf) > 0) {
		if (client_wait(state, POLLOUT) == 0)
			return (client_fail(state, "dwserv does not listen",
			    0));
		if (imsgbuf_write(&state->imsgbuf) == -1)
			return (client_fail(state, "dwserv does not listen",
			    errno));
	}
	return (CTL_EXIT_OK);
}

static int
client_take_record(struct imsg *imsg, struct answer *answer)
{
	char	*kind;

	if (msg_get_string(imsg_get_ibuf(imsg), &kind) == -1 || kind == NULL)
		return (-1);
	answer_add_record(answer, kind);
	free(kind);
	return (0);
}

static int
client_take_field(struct imsg *imsg, struct answer *answer)
{
	struct field	field;
	int		result;

	if (msg_get_field(imsg_get_ibuf(imsg), &field) == -1)
		return (-1);
	result = answer_add_field(answer, &field);
	free(field.text);
	return (result);
}

static int
client_take_outcome(struct imsg *imsg, struct answer *answer)
{
	struct outcome	outcome;

	if (msg_get_outcome(imsg_get_ibuf(imsg), &outcome) == -1)
		return (-1);
	answer_conclude(answer, outcome.ok != 0, "%s",
	    outcome.text == NULL ? "" : outcome.text);
	free(outcome.text);
	return (1);
}

/* Returns 1 after the last message, 0 before, -1 if it is nonsense. */
static int
client_take(struct imsg *imsg, struct answer *answer)
{
	if (++answer->messages > MESSAGES_MAX)
		return (-1);
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_RECORD:
		return (client_take_record(imsg, answer));
	case IMSG_PARENT_FIELD:
		return (client_take_field(imsg, answer));
	case IMSG_PARENT_OUTCOME:
		return (client_take_outcome(imsg, answer));
	default:
		return (-1);
	}
}

/* Take all messages that have come; returns as client_take does. */
static int
client_take_all(struct client_state *state)
{
	struct imsg	imsg;
	int		taken = 0;

	while (taken == 0 && imsgbuf_get(&state->imsgbuf, &imsg) == 1) {
		taken = client_take(&imsg, state->answer);
		imsg_free(&imsg);
	}
	return (taken);
}

/* The connection has ended, as it should or not. */
static enum ctl_exit
client_ended(struct client_state *state)
{
	if (!state->question->until_gone)
		return (client_fail(state,
		    "dwserv closed the connection without an answer", 0));
	answer_conclude(state->answer, 1, "dwserv has stopped");
	return (CTL_EXIT_OK);
}

static enum ctl_exit
client_receive(struct client_state *state)
{
	int	got, taken;

	while (client_wait(state, POLLIN) != 0) {
		got = imsgbuf_read(&state->imsgbuf);
		if (got == -1 && errno != ECONNRESET)
			return (client_fail(state, "cannot read the answer",
			    errno));
		if ((taken = client_take_all(state)) == -1)
			return (client_fail(state, "the answer makes no "
			    "sense: dwserv and dwservctl differ in version",
			    0));
		if (taken == 1 && !state->answer->ok)
			return (CTL_EXIT_FAILED);
		if (taken == 1 && !state->question->until_gone)
			return (CTL_EXIT_OK);
		if (got != 1)
			return (client_ended(state));
	}
	if (!state->question->until_gone)
		return (client_fail(state, "dwserv does not answer", 0));
	answer_conclude(state->answer, 0,
	    "dwserv has not stopped within %d seconds", STOP_TIMEOUT);
	return (CTL_EXIT_FAILED);
}

static enum ctl_exit
client_ask(const char *path, enum ctl_action action,
    const struct explain *explain, struct answer *answer)
{
	struct client_state	state = { .explain = explain };
	enum ctl_exit		status;
	size_t			i;
	int			fd = -1;

	for (i = 0; questions[i].action != action; i++)
		continue;
	state.question = &questions[i];
	state.answer = answer;
	state.stop_deadline = client_now() + STOP_TIMEOUT * 1000;
	status = client_connect(path, &fd, answer);
	if (status == CTL_EXIT_OK) {
		imsgbuf_init(&state.imsgbuf, fd);
		if ((status = client_send(&state)) == CTL_EXIT_OK)
			status = client_receive(&state);
		imsgbuf_clear(&state.imsgbuf);
	}
	if (fd != -1)
		close(fd);
	return (status);
}

/*
 * Have the daemon at this socket carry out an action, which must be one
 * of the daemon's, and collect its answer.  Returns CTL_EXIT_ABSENT if
 * nobody is at the socket and CTL_EXIT_FAILED if the daemon refused or did
 * not answer; the answer's text says which.
 */
enum ctl_exit
ctl_ask(const char *path, enum ctl_action action, struct answer *answer)
{
	return (client_ask(path, action, NULL, answer));
}

/* The same to have it explain what it would say of a request. */
enum ctl_exit
ctl_ask_explain(const char *path, const struct explain *explain,
    struct answer *answer)
{
	return (client_ask(path, CTL_ACTION_EXPLAIN, explain, answer));
}
