/*
 * How a session begins: with a handshake if it is one over TLS, and then
 * with a line that says who is here, and when.
 */

#include <time.h>

#include "worker.h"

/* Say hello, as the first thing. */
void
session_greet(struct session *session)
{
	struct reply	*reply = reply_new(session, REPLY_READY);
	char		 stamp[64];
	struct tm	 tm;
	time_t		 now = time(NULL);

	reply->text = text_new();
	gmtime_r(&now, &tm);
	if (session->worker->settings.daytime) {
		strftime(stamp, sizeof(stamp), "%a %b %e %T %Y", &tm);
		text_print(reply->text, "%s\r\n", stamp);
		return;
	}
	strftime(stamp, sizeof(stamp), "%a, %d %b %Y %T +0000", &tm);
	text_print(reply->text, "220 %s dwserv 1 %s\r\n",
	    session->worker->hostname, stamp);
}

/*
 * Open the stream: plain, or with TLS, which begins with a handshake.
 * Returns 0, or -1 if the session cannot be.
 */
int
greeting_await(struct session *session, int tls)
{
	if (tls)
		return (tls_session_begin(session));
	stream_open_plain(&session->stream, session->fd);
	return (0);
}

/* The handshake is over, or there is none: login_offer() will greet. */
void
greeting_say(struct session *session)
{
	if (!session->closing)
		login_offer(session);
	session_wake(session);
}
