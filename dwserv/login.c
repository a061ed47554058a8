/*
 * auth CLIENT SECRET: the worker hands both to auth and forgets the secret.
 * If it is right, auth tells the parent, and the parent tells us: a worker
 * cannot grant itself a session.
 */

#include "worker.h"
#include "xmalloc.h"

/* Have auth decide; the session takes no line until it has. */
void
login_ask(struct session *session, const char *client, const char *secret)
{
	struct worker	*worker = session->worker;
	struct login	 login;
	struct ibuf	*message;

	if (!worker->auth.open) {
		reply_add(session, 451, "unavailable", "auth is restarting");
		return;
	}
	memset(&login, 0, sizeof(login));
	login.session = session->id;
	login.local = session->local != 0;
	login.peer = session->peer;
	login.client = (char *)(uintptr_t)client;
	login.secret = (char *)(uintptr_t)secret;
	message = channel_create(&worker->auth, IMSG_WORKER_LOGIN, 0);
	channel_submit(&worker->auth, message,
	    msg_put_login(message, &login));
	session->state = SESSION_AUTHENTICATING;
}

/* Auth said no, and took its time. */
void
login_denied(struct session *session)
{
	if (session->state != SESSION_AUTHENTICATING)
		return;
	session->state = SESSION_NEW;
	if (++session->failures >= session->worker->settings.auth_failures)
		reply_add_closing(session, 421, "too-many-failures",
		    "closing the connection");
	else
		reply_add(session, 535, "auth-failed", "no");
	session_wake(session);
}

/* A reload has taken away all that the session's client was allowed. */
static void
login_revoked(struct session *session)
{
	transaction_free(session);
	free(session->client);
	session->client = NULL;
	session->state = SESSION_NEW;
	session_begin_time(session);
}

/*
 * The parent knows the session as that client's, or its rights are others
 * since a reload.
 */
void
login_granted(struct session *session, struct grant *grant)
{
	session->operations = grant->operations;
	session_take_rights(session, grant);
	if (session->watching != NULL)
		session_wake(session);
	if (session->operations == 0 && session->client != NULL)
		login_revoked(session);
	if (session->state != SESSION_AUTHENTICATING)
		return;
	session->client = xstrdup(session->rights.client);
	session->state = SESSION_AUTHENTICATED;
	session_begin_time(session);
	reply_add(session, 235, "authenticated", "client=%s",
	    session->client);
	log_debug("session %u is %s", session->id, session->client);
	session_wake(session);
}
