/*
 * dwserv-worker: talks to clients, parses what they say, hashes their
 * passwords, and asks the parent for what it may not do itself, which is
 * everything but reading two public files.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "sandbox.h"
#include "tls.h"
#include "worker.h"

static int	worker_dispatch_parent(struct channel *, struct imsg *);
static int	worker_dispatch_auth(struct channel *, struct imsg *);
static void	worker_auth_closed(struct channel *, const char *);

static int
worker_listener(struct worker *worker, struct imsg *imsg)
{
	uint32_t	kind;
	int		fd;

	if (msg_get_number(imsg_get_ibuf(imsg), &kind) == -1 ||
	    (fd = imsg_get_fd(imsg)) == -1)
		return (-1);
	listening_add(worker, fd, kind);
	return (0);
}

static int
worker_auth(struct worker *worker, struct imsg *imsg)
{
	int	fd = imsg_get_fd(imsg);

	if (fd == -1)
		return (-1);
	/* The new one does not know what the old one was asked. */
	if (worker->auth.open) {
		channel_close(&worker->auth);
		worker_auth_closed(&worker->auth, "replaced");
	}
	tls_auth_lost(worker);
	if (channel_open(&worker->loop, &worker->auth, fd,
	    worker_dispatch_auth, worker_auth_closed, worker) == -1)
		fatal("cannot open the channel to auth");
	return (0);
}

static int
worker_file(struct worker *worker, struct imsg *imsg)
{
	int	fd = imsg_get_fd(imsg);

	if (imsg_get_id(imsg) >= TABLES)
		return (-1);
	snapshot_replace(worker, (enum table_kind)imsg_get_id(imsg), fd);
	return (0);
}

/* A new file of the accounts' states, or how far the one we have goes. */
static int
worker_states(struct worker *worker, struct imsg *imsg)
{
	int	fd = imsg_get_fd(imsg);

	if (fd != -1) {
		states_free(worker->states);
		worker->states = states_new(fd);
	}
	if (worker->states == NULL)
		return (-1);
	return (states_extend(worker->states, imsg_get_id(imsg)));
}

static int
worker_segment(struct worker *worker, struct imsg *imsg)
{
	if (segment_arrive(worker, imsg_get_id(imsg),
	    imsg_get_fd(imsg)) == -1)
		return (-1);
	watching_wake(worker);
	return (0);
}

static int
worker_ledger(struct worker *worker, struct imsg *imsg)
{
	if (msg_get_ledger_extent(imsg_get_ibuf(imsg),
	    &worker->ledger.extent) == -1)
		return (-1);
	watching_wake(worker);
	return (0);
}

static int
worker_session(struct worker *worker, struct imsg *imsg)
{
	struct session	*session;
	struct grant	 grant;

	if (msg_get_grant(imsg_get_ibuf(imsg), &grant) == -1)
		return (-1);
	if ((session = session_find(worker, grant.session)) != NULL)
		login_granted(session, &grant);
	else
		channel_send(&worker->parent, IMSG_WORKER_CLOSE,
		    grant.session, -1, NULL, 0);
	grant_free(&grant);
	return (0);
}

static int
worker_line(struct worker *worker, struct imsg *imsg)
{
	struct session		*session;
	struct answer_line	 line;

	if (worker->waiting == 0 ||
	    msg_get_answer_line(imsg_get_ibuf(imsg), &line) == -1)
		return (-1);
	if ((session = session_find(worker, line.session)) != NULL)
		reply_append(session, &line);
	free(line.text);
	return (0);
}

static int
worker_result(struct worker *worker, struct imsg *imsg)
{
	struct session	*session, *other;
	struct result	 result;

	if (msg_get_result(imsg_get_ibuf(imsg), &result) == -1 ||
	    worker->waiting == 0)
		return (-1);
	if (worker->waiting-- == WORKER_WINDOW)
		TAILQ_FOREACH(other, &worker->sessions, entry)
			session_wake(other);
	if ((session = session_find(worker, result.session)) != NULL)
		reply_result(session, &result);
	return (0);
}

/* End the sessions, too, that have nothing outstanding. */
static void
worker_drain(struct worker *worker, int at_once)
{
	struct session	*session, *next;

	listening_close(worker);
	worker->draining = 1;
	if (at_once)
		TAILQ_FOREACH_SAFE(session, &worker->sessions, entry, next)
			session_end(session, "shutdown");
	worker_check_drained(worker);
}

/* A draining worker goes with its last session. */
void
worker_check_drained(struct worker *worker)
{
	if (worker->draining && TAILQ_EMPTY(&worker->sessions))
		worker->loop.quit = 1;
}

static int
worker_dispatch_parent(struct channel *channel, struct imsg *imsg)
{
	struct worker	*worker = channel->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_SETTINGS:
		return (msg_get_settings(imsg_get_ibuf(imsg),
		    &worker->settings));
	case IMSG_PARENT_LISTENER:
		return (worker_listener(worker, imsg));
	case IMSG_PARENT_AUTH:
		return (worker_auth(worker, imsg));
	case IMSG_PARENT_CERTIFICATE:
		return (tls_set_certificate(worker, imsg_get_fd(imsg)));
	case IMSG_PARENT_CLIENT_CA:
		return (tls_set_client_ca(worker, imsg_get_fd(imsg)));
	case IMSG_PARENT_FILE:
		return (worker_file(worker, imsg));
	case IMSG_PARENT_STATES:
		return (worker_states(worker, imsg));
	case IMSG_PARENT_SEGMENT:
		return (worker_segment(worker, imsg));
	case IMSG_PARENT_LEDGER:
		return (worker_ledger(worker, imsg));
	case IMSG_PARENT_START:
		listening_resume(worker);
		channel_send(channel, IMSG_WORKER_READY, 0, -1, NULL, 0);
		return (0);
	case IMSG_PARENT_DRAIN:
		worker_drain(worker, imsg_get_id(imsg) != 0);
		return (0);
	case IMSG_PARENT_SESSION:
		return (worker_session(worker, imsg));
	case IMSG_PARENT_LINE:
		return (worker_line(worker, imsg));
	case IMSG_PARENT_RESULT:
		return (worker_result(worker, imsg));
	default:
		return (common_dispatch(channel, imsg,
		    worker->session_count));
	}
}

static int
worker_dispatch_auth(struct channel *channel, struct imsg *imsg)
{
	struct worker	*worker = channel->arg;
	struct session	*session;

	if (imsg_get_type(imsg) == IMSG_AUTH_SIGNED)
		return (tls_signed(worker, imsg));
	if (imsg_get_type(imsg) != IMSG_AUTH_DENIED ||
	    imsg_get_len(imsg) != 0)
		return (-1);
	if ((session = session_find(worker, imsg_get_id(imsg))) != NULL)
		login_denied(session);
	return (0);
}

/* Those who wait for its word are told; the parent will send a new one. */
static void
worker_auth_closed(struct channel *channel, const char *reason)
{
	struct worker	*worker = channel->arg;
	struct session	*session, *next;

	log_debug("auth: %s", reason);
	tls_auth_lost(worker);
	TAILQ_FOREACH_SAFE(session, &worker->sessions, entry, next)
		if (session->state == SESSION_AUTHENTICATING)
			login_interrupted(session);
}

/* Give each session that has work its turn, so that none starves others. */
static void
worker_run_turns(struct worker *worker)
{
	uint32_t	 turns = worker->turn_count;
	struct session	*session;

	while (turns-- > 0 &&
	    (session = TAILQ_FIRST(&worker->turns)) != NULL) {
		TAILQ_REMOVE(&worker->turns, session, turn);
		worker->turn_count--;
		session->has_turn = 0;
		session_run(session);
	}
}

static void
worker_run(struct worker *worker)
{
	while (!worker->loop.quit) {
		if (loop_once(&worker->loop, TAILQ_EMPTY(&worker->turns) ?
		    -1 : 0) == -1)
			fatal("poll");
		worker_run_turns(worker);
	}
}

int
main(int argc, char *argv[])
{
	static struct worker	worker;

	if (gethostname(worker.hostname, sizeof(worker.hostname) - 1) == -1)
		fatal("gethostname");
	TAILQ_INIT(&worker.listenings);
	TAILQ_INIT(&worker.sessions);
	TAILQ_INIT(&worker.turns);
	common_open(&worker.loop, &worker.parent, worker_dispatch_parent,
	    &worker);
	tls_prepare();
	sandbox_enter(argc, argv, &seccomp_worker);
	worker_run(&worker);
	channel_flush(&worker.parent, 1000);
	return (0);
}
