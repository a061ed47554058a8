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

static struct reply *
reply_find(struct session *session, uint32_t number)
{
	struct reply	*reply;

	TAILQ_FOREACH(reply, &session->replies, entry)
		if (reply->kind == REPLY_WAITING && reply->number == number)
			return (reply);
	return (NULL);
}

/*
 * The parent has one of several lines for a reply that waits, which goes on
 * waiting for its last.  Of account files that others have written, a line
 * may quote octets that a client must not get: they become `?'.
 */
void
reply_append(struct session *session, const struct answer_line *line)
{
	struct reply	*reply = reply_find(session, line->number);
	char		*octet;

	if (reply == NULL)
		return;
	if (!name_check_text(line->text, strlen(line->text)))
		for (octet = line->text; *octet != '\0'; octet++)
			if (*octet < ' ' || *octet > '~')
				*octet = '?';
	if (reply->text == NULL)
		reply->text = text_new();
	text_add(reply->text, "250-", 4);
	text_add(reply->text, line->text, strlen(line->text));
	text_add(reply->text, "\r\n", 2);
}

/*
 * The parent's answer has come: fill in the reply that waits for it.  If it
 * is that nothing was done, no line before it counts.
 */
void
reply_result(struct session *session, const struct result *result)
{
	struct reply	*reply = reply_find(session, result->number);

	if (reply == NULL)
		return;
	if (result->code >= 400) {
		ibuf_free(reply->text);
		reply->text = NULL;
	}
	if (reply->text == NULL)
		reply->text = text_new();
	reply->kind = REPLY_READY;
	text_print(reply->text, "%u %s%s%s\r\n", result->code, result->word,
	    result->text[0] == '\0' ? "" : " ", result->text);
	session_wake(session);
}
