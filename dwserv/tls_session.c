/*
 * TLS of a worker: its certificate, which the parent sends, and the
 * handshakes with which sessions begin.
 */

#include <stdio.h>
#include <unistd.h>

#include <openssl/err.h>

#include "tls.h"
#include "worker.h"

static struct tls_server *
server_get(struct worker *worker)
{
	char	reason[TLS_REASON_MAX];

	if (worker->tls != NULL)
		return (worker->tls);
	worker->tls = calloc(1, sizeof(*worker->tls));
	if (worker->tls == NULL)
		fatal("cannot begin with TLS");
	worker->tls->worker = worker;
	worker->tls->context = tls_context_new();
	if (worker->tls->context == NULL)
		fatalx("cannot begin with TLS: %s",
		    tls_reason(reason, sizeof(reason)));
	return (worker->tls);
}

/* Certificates out of a file, which is closed. */
static STACK_OF(X509) *
server_read(int fd, const char *what)
{
	STACK_OF(X509)	*certificates;
	char		 reason[TLS_REASON_MAX];

	certificates = tls_read_certificates(fd, reason, sizeof(reason));
	close(fd);
	if (certificates == NULL)
		fatalx("the file of the %s %s", what, reason);
	return (certificates);
}

/*
 * The certificate, and those that lead to it.  It was looked at before; to
 * be unable to use it ends the process.  Returns 0, or -1 if there is none.
 */
int
tls_set_certificate(struct worker *worker, int fd)
{
	struct tls_server	*server;
	STACK_OF(X509)		*chain;
	EVP_PKEY		*key;
	char			 reason[TLS_REASON_MAX];

	if (fd == -1)
		return (-1);
	server = server_get(worker);
	chain = server_read(fd, "certificate");
	key = tls_key_new(server, sk_X509_value(chain, 0));
	if (key == NULL || tls_context_set_chain(server->context, chain) ==
	    -1 || SSL_CTX_use_PrivateKey(server->context, key) != 1)
		fatalx("cannot use the certificate: %s",
		    tls_reason(reason, sizeof(reason)));
	EVP_PKEY_free(key);
	tls_free_certificates(chain);
	ERR_clear_error();
	return (0);
}

/* Who vouches for clients; fails as tls_set_certificate(). */
int
tls_set_client_ca(struct worker *worker, int fd)
{
	struct tls_server	*server;
	STACK_OF(X509)		*authorities;
	char			 reason[TLS_REASON_MAX];

	if (fd == -1)
		return (-1);
	server = server_get(worker);
	authorities = server_read(fd, "client ca");
	if (tls_context_set_authorities(server->context, authorities) == -1)
		fatalx("cannot use the client ca: %s",
		    tls_reason(reason, sizeof(reason)));
	SSL_CTX_set_verify(server->context, SSL_VERIFY_PEER,
	    tls_peer_verify);
	tls_free_certificates(authorities);
	ERR_clear_error();
	return (0);
}

/* Begin with TLS on a session's socket; 0, or -1 if it cannot be. */
int
tls_session_begin(struct session *session)
{
	struct tls_server	*server = session->worker->tls;

	if (server != NULL)
		return (stream_open_tls(&session->stream, session->fd,
		    server->context, session));
	log_warnx("there is no certificate for TLS");
	stream_open_plain(&session->stream, session->fd);
	return (-1);
}

static enum stream_progress
session_advance(struct session *session)
{
	struct tls_server	*server = session->worker->tls;
	enum stream_progress	 progress;

	server->current = session;
	progress = stream_accept(&session->stream);
	server->current = NULL;
	return (progress);
}

/* Whoever comes with something else than TLS is no matter for the log. */
static void
session_refuse(struct session *session)
{
	char	reason[TLS_REASON_MAX];

	log_debug("session %u: no TLS: %s", session->id,
	    tls_reason(reason, sizeof(reason)));
	session_drop(session);
}

/*
 * Go on with a handshake, because the socket is ready or auth has answered.
 * The session may be gone after it.
 */
void
tls_session_continue(struct session *session)
{
	const SSL	*ssl = session->stream.ssl;

	switch (session_advance(session)) {
	case STREAM_FAILED:
		session_refuse(session);
		break;
	case STREAM_BLOCKED:
		watch_events(&session->watch, session->signing != NULL ? 0 :
		    stream_events(&session->stream));
		break;
	case STREAM_DONE:
		log_debug("session %u: %s, %s", session->id,
		    SSL_get_version(ssl), SSL_get_cipher_name(ssl));
		tls_peer_learn(session);
		greeting_say(session);
		break;
	}
}

/*
 * Close the session's connection.  A handshake that waits for auth has to be
 * brought to its end, or what is on its stack would never be freed.
 */
void
tls_session_close(struct session *session)
{
	while (session->signing != NULL) {
		tls_sign_fail(session);
		session_advance(session);
	}
	stream_close(&session->stream);
	free(session->certificate.subject);
	session->certificate.subject = NULL;
}
