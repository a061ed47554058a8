/*
 * A session without a client's connection, for the tests of what it may
 * read, and what was appended for it.
 */

#ifndef WATCH_SESSION_H
#define WATCH_SESSION_H

#include "scratch.h"

#include "worker.h"

/* One that may do everything, with the uids from 10000 to 10999. */
static inline void
session_make(struct session *session, struct worker *worker)
{
	memset(worker, 0, sizeof(*worker));
	memset(session, 0, sizeof(*session));
	TAILQ_INIT(&worker->sessions);
	TAILQ_INSERT_TAIL(&worker->sessions, session, entry);
	session->worker = worker;
	session->client = (char *)(uintptr_t)"billing";
	session->rights.groups = (char *)(uintptr_t)"mail,ftp";
	session->operations = UINT32_MAX;
	session->rights.uid_min = session->rights.gid_min = 10000;
	session->rights.uid_max = session->rights.gid_max = 10999;
}

/* The text so far, which is then taken away. */
static inline void
assert_text(struct ibuf *text, const char *expected)
{
	char	*copy;

	copy = strndup(ibuf_data(text), ibuf_size(text));
	assert_non_null(copy);
	ibuf_skip(text, ibuf_size(text));
	assert_string_equal(copy, expected);
	free(copy);
}

#endif /* WATCH_SESSION_H */
