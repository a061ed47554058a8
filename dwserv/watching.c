/*
 * A session that watches the ledger: it is found where the wanted entries
 * begin, read piece by piece as the client takes them, and then as it grows.
 * What is not there yet, a segment or an entry, wakes the session when it
 * comes; nothing here waits.
 */

#include <inttypes.h>
#include <stdio.h>

#include "worker.h"
#include "xmalloc.h"

/* A watch is worth another turn when the worker has heard something. */
void
watching_wake(struct worker *worker)
{
	struct session	*session;

	TAILQ_FOREACH(session, &worker->sessions, entry)
		if (session->watching != NULL)
			session_wake(session);
}

/*
 * Begin to watch; since UINT64_MAX means from now on.  The answer comes
 * from watching_continue().
 */
void
watching_begin(struct session *session, const struct query *query)
{
	const struct ledger_extent	*extent;
	struct watching			*watching;

	extent = &session->worker->ledger.extent;
	watching = xcalloc(1, sizeof(*watching));
	/* Nobody has seen what is not there yet. */
	watching->since = query->since > extent->last ? extent->last :
	    query->since;
	watching->last = watching->since;
	watching->follow = query->follow;
	watching->end = query->follow ? UINT64_MAX : extent->last;
	watching->ready = 1;
	session->watching = watching;
}

/* Forget it without a word. */
void
watching_end(struct session *session)
{
	if (session->watching == NULL)
		return;
	segment_release(session->watching->segment);
	free(session->watching);
	session->watching = NULL;
}

/* Whether the next line from the client ends it. */
int
watching_is_live(const struct session *session)
{
	return (session->watching != NULL && session->watching->follow);
}

/* Append the last line of the answer, and end it. */
void
watching_finish(struct session *session, struct ibuf *to)
{
	text_print(to, "250 watched last=%" PRIu64 "\r\n",
	    session->watching->last);
	watching_end(session);
}

static int
watching_lost(struct session *session, struct ibuf *to)
{
	text_print(to, "550 not-found entry %" PRIu64 "\r\n",
	    session->watching->last + 1);
	watching_end(session);
	return (1);
}

static int
watching_fail(struct session *session, struct ibuf *to)
{
	text_print(to, "451 unavailable the ledger cannot be read\r\n");
	watching_end(session);
	return (1);
}

/* Go on with another segment, from its beginning. */
static void
watching_move(struct session *session, uint32_t number)
{
	struct watching	*watching = session->watching;
	struct segment	*segment = segment_hold(session->worker, number);

	segment_release(watching->segment);
	watching->segment = segment;
	watching->offset = 0;
	watching->ready = !segment->asked;
}

/*
 * Find the segment with the first entry that is wanted, the newest first.
 * Returns 1 if the watch has come to its end.
 */
static int
watching_seek(struct session *session, struct ibuf *to)
{
	struct watching	*watching = session->watching;
	struct segment	*segment = watching->segment;
	uint64_t	 next, size;
	size_t		 length;
	char		*text;
	int		 known;

	if (segment->fd == -1)
		return (watching_lost(session, to));
	size = segment_size(session->worker, segment);
	text = size == 0 ? NULL : segment_read(segment, 0, size, &length);
	known = text != NULL && entry_next(text, (size_t)((char *)memchr(text,
	    '\n', length) - text), &next) == 0;
	free(text);
	if (!known)
		return (watching_fail(session, to));
	watching->ready = 1;
	if (next - 1 <= watching->since)
		watching->found = 1;
	else if (segment->number <= 1)
		return (watching_lost(session, to));
	else
		watching_move(session, segment->number - 1);
	return (0);
}

/*
 * Pass over one line.  Returns 0, 1 if entries before it are missing, -1
 * if it is not one of the ledger's.
 */
static int
watching_take(struct session *session, const char *line, size_t length,
    struct ibuf *to)
{
	struct watching	*watching = session->watching;
	uint64_t	 number;

	if (entry_number(line, length, &number) == -1)
		return (-1);
	watching->offset += length + 1;
	if (number <= watching->last)
		return (0);
	if (number != watching->last + 1)
		return (1);
	entry_show(session, line, length, to);
	watching->last = number;
	return (0);
}

/* Pass over lines until there is enough for now; as watching_take(). */
static int
watching_take_lines(struct session *session, const char *text, size_t length,
    struct ibuf *to)
{
	struct watching	*watching = session->watching;
	const char	*newline;
	size_t		 line;
	int		 got = 0;

	while (got == 0 && length > 0 && watching->last < watching->end &&
	    ibuf_size(to) <= SESSION_OUT_MAX) {
		newline = memchr(text, '\n', length);
		line = (size_t)(newline - text);
		got = watching_take(session, text, line, to);
		text += line + 1;
		length -= line + 1;
	}
	return (got);
}

/* Read on.  Returns 1 if the watch has come to its end. */
static int
watching_read(struct session *session, struct ibuf *to)
{
	struct watching	*watching = session->watching;
	uint32_t	 newest = session->worker->ledger.extent.segment;
	uint64_t	 size;
	size_t		 length;
	char		*text;
	int		 got;

	if (watching->segment->fd == -1)
		return (watching_lost(session, to));
	size = segment_size(session->worker, watching->segment);
	if (watching->offset >= size) {
		if (watching->segment->number < newest)
			watching_move(session, watching->segment->number + 1);
		return (0);
	}
	text = segment_read(watching->segment, watching->offset, size,
	    &length);
	if (text == NULL)
		return (watching_fail(session, to));
	got = watching_take_lines(session, text, length, to);
	free(text);
	if (got != 0)
		return (got == 1 ? watching_lost(session, to) :
		    watching_fail(session, to));
	watching->ready = watching->offset < size ||
	    watching->segment->number < newest;
	return (0);
}

/* A client that is gone, or may not watch any more, or is not to go on. */
static int
watching_is_over(struct session *session)
{
	struct watching	*watching = session->watching;

	/* Nobody is left to say a line: what there is, and no more. */
	if (session->ended && watching->end == UINT64_MAX)
		watching->end = session->worker->ledger.extent.last;
	return (watching->last >= watching->end || session->client == NULL ||
	    (session->operations & OPERATION_BIT(OPERATION_WATCH)) == 0 ||
	    (session->closing && watching->follow));
}

/* Begin with the newest segment, or at its end if nothing is to be found. */
static struct segment *
watching_start(struct session *session)
{
	struct watching			*watching = session->watching;
	const struct ledger_extent	*extent;

	extent = &session->worker->ledger.extent;
	watching_move(session, extent->segment);
	if (watching->since >= extent->last) {
		watching->offset = extent->size;
		watching->found = 1;
	}
	return (watching->segment);
}

/*
 * Append what there is, until there is enough for now.  Returns 1 if the
 * watch has come to its end, else 0; then watching->ready tells whether
 * there is more at once.
 */
int
watching_continue(struct session *session, struct ibuf *to)
{
	struct watching	*watching = session->watching;
	struct segment	*segment = watching->segment;

	if (session->worker->ledger.extent.segment == 0)
		return (watching_fail(session, to));
	if (watching_is_over(session)) {
		watching_finish(session, to);
		return (1);
	}
	watching->ready = 0;
	if (segment == NULL)
		segment = watching_start(session);
	if (segment->asked)
		return (0);
	if (!watching->found)
		return (watching_seek(session, to));
	if (watching_read(session, to))
		return (1);
	if (watching->last < watching->end)
		return (0);
	watching_finish(session, to);
	return (1);
}
