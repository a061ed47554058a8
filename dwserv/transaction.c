/*
 * Several requests that shall be one: what a session has queued between
 * begin and commit.  They are kept as they will be sent, wiped when they
 * are dropped, and bounded in number and in memory.  Whether they can be
 * carried out is for the parent to say, when it has them all.
 */

#include <inttypes.h>

#include "worker.h"

/* Memory that the requests of one session may take, in octets. */
#define TRANSACTION_SIZE_MAX	(16 * 1024 * 1024)
/* Most requests are smaller. */
#define REQUEST_SIZE		256

struct transaction {
	struct ibufqueue	 requests;
	size_t			 size;		/* of them, in memory */
	uint64_t		 count;		/* also of wrong ones */
	uint32_t		 queued;	/* were answered so */
	uint64_t		 spoiled;	/* the first wrong one, or 0 */
};

static void
transaction_clear(struct transaction *transaction)
{
	struct ibuf	*message;

	while ((message = TAILQ_FIRST(&transaction->requests)) != NULL) {
		TAILQ_REMOVE(&transaction->requests, message, entry);
		ibuf_free(message);
	}
	transaction->size = 0;
}

/* Forget what the session has queued, if it has. */
void
transaction_free(struct session *session)
{
	if (session->transaction == NULL)
		return;
	transaction_clear(session->transaction);
	free(session->transaction);
	session->transaction = NULL;
}

/* begin: what comes is queued.  The session has no transaction yet. */
void
transaction_begin(struct session *session)
{
	struct transaction	*transaction;

	if ((transaction = calloc(1, sizeof(*transaction))) == NULL)
		fatal("cannot begin a transaction");
	TAILQ_INIT(&transaction->requests);
	session->transaction = transaction;
	reply_add(session, 250, "begun", "%s", "");
}

/* abort: never mind what was queued. */
void
transaction_abort(struct session *session)
{
	reply_add(session, 250, "aborted", "count=%u",
	    session->transaction->queued);
	transaction_free(session);
}

static void
transaction_mark(struct transaction *transaction)
{
	if (transaction->spoiled != 0)
		return;
	transaction->spoiled = transaction->count;
	transaction_clear(transaction);
}

/*
 * A request was wrong, and has been replied to: if the session has a
 * transaction, nothing comes of it any more.
 */
void
transaction_spoil(struct session *session)
{
	if (session->transaction == NULL)
		return;
	session->transaction->count++;
	transaction_mark(session->transaction);
}

/*
 * Returns 1 if the next request will be kept, so that it is worth hashing
 * its password, otherwise 0.
 */
int
transaction_has_room(const struct session *session)
{
	return (session->transaction->spoiled == 0 &&
	    session->transaction->count < TRANSACTION_MAX);
}

/* Returns -1 if it takes more memory than there is left. */
static int
transaction_keep(struct transaction *transaction,
    const struct request *request)
{
	struct ibuf	*message = ibuf_dynamic(REQUEST_SIZE, MAX_IMSGSIZE);
	size_t		 size;

	if (msg_put_request(message, request) == -1)
		fatal("cannot queue a request");
	size = sizeof(*message) + message->size;
	if (size > TRANSACTION_SIZE_MAX - transaction->size) {
		ibuf_free(message);
		return (-1);
	}
	TAILQ_INSERT_TAIL(&transaction->requests, message, entry);
	transaction->size += size;
	return (0);
}

/*
 * Queue a request that is right in itself.  Of a spoiled transaction
 * nothing is kept, but its requests are still looked at.
 */
void
transaction_queue(struct session *session, const struct request *request)
{
	struct transaction	*transaction = session->transaction;

	if (++transaction->count > TRANSACTION_MAX ||
	    (transaction->spoiled == 0 &&
	    transaction_keep(transaction, request) == -1)) {
		transaction_mark(transaction);
		reply_add(session, 552, "too-many-requests", "at most %d and "
		    "%d octets", TRANSACTION_MAX, TRANSACTION_SIZE_MAX);
		return;
	}
	transaction->queued++;
	reply_add(session, 250, "queued", "request=%" PRIu64,
	    transaction->count);
}

/* One part, with what commit says of all of them. */
static void
transaction_send(struct session *session, struct ibuf *message,
    const struct request *commit)
{
	struct request	request;
	struct ibuf	view;

	ibuf_from_buffer(&view, ibuf_data(message), ibuf_size(message));
	if (msg_get_request(&view, &request) == -1)
		fatal("cannot send a request that was queued");
	request.number = commit->number;
	request.part = commit->part;
	request.parts = commit->parts;
	request.flags |= commit->flags;
	request.idem = commit->idem;
	command_send(session, &request);
	request.idem = NULL;
	request_free(&request);
}

static void
transaction_send_all(struct session *session, struct request *commit)
{
	struct transaction	*transaction = session->transaction;
	struct ibuf		*message;

	commit->number = command_expect(session);
	commit->parts = transaction->queued;
	TAILQ_FOREACH(message, &transaction->requests, entry) {
		commit->part++;
		transaction_send(session, message, commit);
	}
}

/*
 * commit: hand all to the parent, with the idem of this request.  With its
 * flag REQUEST_PLAN, only to be told of; then the session goes on with the
 * transaction as it is.
 */
void
transaction_commit(struct session *session, struct request *commit)
{
	struct transaction	*transaction = session->transaction;
	int			 plan = commit->flags & REQUEST_PLAN;

	if (transaction->spoiled != 0)
		reply_add(session, 503, "spoiled", "request=%" PRIu64,
		    transaction->spoiled);
	else if (transaction->queued > 0)
		transaction_send_all(session, commit);
	else if (plan)
		reply_add(session, 250, "planned", "lines=0");
	else
		reply_add(session, 250, "committed", "count=0");
	if (!plan)
		transaction_free(session);
}
