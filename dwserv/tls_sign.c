/*
 * Signatures for handshakes, which auth makes.  A handshake that needs one
 * is set aside, on a stack of its own (ASYNC_start_job(3)), until the answer
 * has come: nothing here waits.
 */

#include <openssl/async.h>

#include "tls.h"
#include "worker.h"

/* On the stack of the handshake that waits. */
struct signing {
	int			 answered;
	struct signature	*signature;	/* of length 0: none */
};

static void
sign_send(struct session *session, const struct sign *sign)
{
	struct channel	*auth = &session->worker->auth;
	struct ibuf	*message;

	message = channel_create(auth, IMSG_WORKER_SIGN, session->id);
	channel_submit(auth, message, msg_put_sign(message, sign));
}

/*
 * Have auth sign, for the session whose handshake goes on.  Returns 0 when
 * it has, or -1; between, all else goes on.
 */
int
tls_sign(struct tls_server *server, struct sign *sign,
    struct signature *signature)
{
	struct session	*session = server->current;
	struct signing	 signing = { 0, signature };

	signature->length = 0;
	if (session == NULL || session->signing != NULL ||
	    ASYNC_get_current_job() == NULL || !server->worker->auth.open)
		return (-1);
	session->signing = &signing;
	sign_send(session, sign);
	while (!signing.answered)
		if (ASYNC_pause_job() == 0)
			break;
	session->signing = NULL;
	return (signature->length > 0 ? 0 : -1);
}

/* Auth's answer to a session that may have gone.  Returns 0 or -1. */
int
tls_signed(struct worker *worker, struct imsg *imsg)
{
	struct session		*session;
	struct signature	 signature;

	if (msg_get_signature(imsg_get_ibuf(imsg), &signature) == -1)
		return (-1);
	session = session_find(worker, imsg_get_id(imsg));
	if (session == NULL || session->signing == NULL)
		return (0);
	*session->signing->signature = signature;
	session->signing->answered = 1;
	tls_session_continue(session);
	return (0);
}

/* Have the handshake that waits for a signature know that none will come. */
void
tls_sign_fail(struct session *session)
{
	session->signing->signature->length = 0;
	session->signing->answered = 1;
}

/* Auth has gone, and with it what it was asked. */
void
tls_auth_lost(struct worker *worker)
{
	struct session	*session, *next;

	TAILQ_FOREACH_SAFE(session, &worker->sessions, entry, next)
		if (session->signing != NULL) {
			tls_sign_fail(session);
			tls_session_continue(session);
		}
}
