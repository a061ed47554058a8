/*
 * Replies: three digits, a stable word, and text.  Each request has one in
 * the session's queue from the moment it is read, so that they leave in the
 * order of the requests whenever they become ready.
 */

#include <stdio.h>

#include "worker.h"

/* A place in the queue, of a request that has just been read. */
struct reply *
reply_new(struct session *session, enum reply_kind kind)
{
	struct reply	*reply;

	if ((reply = calloc(1, sizeof(*reply))) == NULL)
		fatal("cannot reply");
	reply->kind = kind;
	TAILQ_INSERT_TAIL(&session->replies, reply, entry);
	session->reply_count++;
	return (reply);
}

void
reply_free(struct session *session, struct reply *reply)
{
	TAILQ_REMOVE(&session->replies, reply, entry);
	session->reply_count--;
	ibuf_free(reply->text);
	free(reply->query);
	free(reply);
}

static struct reply *
reply_line(struct session *session, uint16_t code, const char *word,
    const char *text)
{
	struct reply	*reply = reply_new(session, REPLY_READY);

	reply->text = text_new();
	text_print(reply->text, "%u %s%s%s\r\n", code, word,
	    *text == '\0' ? "" : " ", text);
	return (reply);
}

/* Reply with one line. */
void
reply_add(struct session *session, uint16_t code, const char *word,
    const char *format, ...)
{
	char	text[RESULT_TEXT_MAX];
	va_list	ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	reply_line(session, code, word, text);
}

/* Reply with one line, the session's last. */
void
reply_add_closing(struct session *session, uint16_t code, const char *word,
    const char *text)
{
	reply_line(session, code, word, text)->closes = 1;
	session->closing = 1;
}

/* The parent's answer has come: fill in the reply that waits for it. */
void
reply_result(struct session *session, const struct result *result)
{
	struct reply	*reply;

	TAILQ_FOREACH(reply, &session->replies, entry)
		if (reply->kind == REPLY_WAITING &&
		    reply->number == result->number)
			break;
	if (reply == NULL)
		return;
	reply->kind = REPLY_READY;
	reply->text = text_new();
	text_print(reply->text, "%u %s%s%s\r\n", result->code, result->word,
	    result->text[0] == '\0' ? "" : " ", result->text);
	session_wake(session);
}
