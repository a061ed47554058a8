/*
 * auth CLIENT [SECRET]: the worker hands both to auth and forgets the
 * secret.  If it is right, auth tells the parent, and the parent tells us: a
 * worker cannot grant itself a session.  Peers that are known without a
 * secret, by a certificate or as local users, are offered to auth before
 * they are greeted.
 */

#include <fcntl.h>

#include "worker.h"
#include "xmalloc.h"

/* Say in the log why a client's certificate does not count. */
static void
login_log_certificate(const struct session *session)
{
	const struct peer_certificate	*certificate = &session->certificate;
	struct ibuf			*text = text_new();
	char				 peer[PEER_TEXT_SIZE];

	token_add(text, "subject", certificate->subject == NULL ? "" :
	    certificate->subject);
	token_add(text, "fingerprint", certificate->fingerprint);
	token_add(text, "problem", certificate->problem == NULL ? "" :
	    certificate->problem);
	log_info("certificate refused peer=%s session=%u%.*s",
	    peer_format(&session->peer, session->local, peer, sizeof(peer)),
	    session->id, (int)ibuf_size(text), (char *)ibuf_data(text));
	ibuf_free(text);
}

/*
 * Send a question to auth, with what is known of the peer.  A local one goes
 * with a duplicate of its connection: auth looks for itself who that is.
 * Returns 0, or -1 if there is no descriptor left.
 */
static int
login_send(struct session *session, const char *client, const char *secret)
{
	struct worker		*worker = session->worker;
	struct peer_certificate	*certificate = &session->certificate;
	struct login		 login;
	struct ibuf		*message;
	int			 fd = -1;

	if (session->local &&
	    (fd = fcntl(session->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return (-1);
	memset(&login, 0, sizeof(login));
	login.session = session->id;
	login.local = session->local != 0;
	login.peer = session->peer;
	login.client = (char *)(uintptr_t)client;
	login.secret = (char *)(uintptr_t)secret;
	if (certificate->verified) {
		login.fingerprint = certificate->fingerprint;
		if (certificate->subject != NULL &&
		    strlen(certificate->subject) <= SUBJECT_LENGTH_MAX)
			login.subject = certificate->subject;
	}
	message = channel_create(&worker->auth, IMSG_WORKER_LOGIN, 0);
	ibuf_fd_set(message, fd);
	channel_submit(&worker->auth, message,
	    msg_put_login(message, &login));
	session->state = SESSION_AUTHENTICATING;
	return (0);
}

/*
 * Before the greeting: if the peer may be known by itself, have auth look,
 * and greet when it has; otherwise greet at once.
 */
void
login_offer(struct session *session)
{
	const struct worker	*worker = session->worker;

	if (session->certificate.presented && !session->certificate.verified)
		login_log_certificate(session);
	if (worker->auth.open && (session->certificate.verified ||
	    (session->local && worker->settings.local_users)) &&
	    login_send(session, NULL, NULL) == 0)
		session->offered = 1;
	else
		session_greet(session);
}

/* Have auth decide; the session takes no line until it has. */
void
login_ask(struct session *session, const char *client, const char *secret)
{
	if (!session->worker->auth.open)
		reply_add(session, 451, "unavailable", "auth is restarting");
	else if (login_send(session, client, secret) == -1)
		reply_add(session, 451, "unavailable", "too many sessions "
		    "to look at this one");
}

/* What was offered has come to nothing: the session is like any other. */
static int
login_greet(struct session *session)
{
	if (!session->offered)
		return (0);
	session->offered = 0;
	session_greet(session);
	session_wake(session);
	return (1);
}

/* Auth said no, and took its time. */
void
login_denied(struct session *session)
{
	if (session->state != SESSION_AUTHENTICATING)
		return;
	session->state = SESSION_NEW;
	if (login_greet(session))
		return;
	if (++session->failures >= session->worker->settings.auth_failures)
		reply_add_closing(session, 421, "too-many-failures",
		    "closing the connection");
	else
		reply_add(session, 535, "auth-failed", "no");
	session_wake(session);
}

/* Auth has gone before it could say anything. */
void
login_interrupted(struct session *session)
{
	session->state = SESSION_NEW;
	if (login_greet(session))
		return;
	reply_add(session, 451, "unavailable", "auth is restarting");
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
	if (!login_greet(session))
		reply_add(session, 235, "authenticated", "client=%s",
		    session->client);
	log_debug("session %u is %s", session->id, session->client);
	session_wake(session);
}
