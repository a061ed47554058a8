/*
 * The batch of a commit: what waits is taken, and carried out in memory one
 * by one.  A change that fails does so alone; the parts of a transaction
 * fail together.  What cannot go into the same commit as another change
 * waits for the next.
 */

#include "parent.h"

enum outcome_kind {
	OUTCOME_DONE,
	OUTCOME_KNOWN,		/* it was done before, by its key */
	OUTCOME_FAILED,
	OUTCOME_LATER		/* another change of the batch is in the way */
};

/* The last part of the transaction that a change begins, or itself. */
struct change *
batch_last(struct change *change)
{
	while (change->request.part < change->request.parts)
		change = TAILQ_NEXT(change, entry);
	return (change);
}

/* Take what waits, up to a plan, which has a turn of its own. */
void
batch_take(struct commit *commit)
{
	struct change	*change;

	while ((change = TAILQ_FIRST(&commit->waiting)) != NULL &&
	    (change->request.flags & REQUEST_PLAN) == 0) {
		TAILQ_REMOVE(&commit->waiting, change, entry);
		TAILQ_INSERT_TAIL(&commit->batch, change, entry);
		commit->waiting_count--;
	}
}

static void
batch_mark(const struct commit *commit, size_t *marks)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		marks[kind] = table_mark(commit->store.tables[kind]);
}

/* Take the edits since the marks back, and all that these changes took. */
static void
batch_undo(struct commit *commit, struct change *first, struct change *end,
    const size_t *marks)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		table_rollback(commit->store.tables[kind], marks[kind]);
	for (; first != end; first = TAILQ_NEXT(first, entry)) {
		homes_unclaim(&commit->claims, first);
		recall_forget(&commit->recalls, first);
		change_forget(&commit->store, first);
	}
}

/* An answer that is to be given again is in the ledger, whatever it says. */
static void
batch_remember(struct change *change)
{
	struct ibuf	*to;

	if (change->recall == NULL)
		return;
	if (change->record == NULL) {
		to = record_begin(change, "unchanged");
		record_end(change, to);
	}
	recall_record(change);
}

/*
 * Carry out one change, whose client may be gone by now.  If another one is
 * in the way, *other is it, or NULL.
 */
static enum outcome_kind
batch_carry_one(struct commit *commit, struct change *change,
    struct change **other)
{
	const struct config	*config = commit->parent->config;
	struct client		*client;
	size_t			 marks[TABLES];

	*other = NULL;
	client = config_find_client(config, change->client);
	if (client == NULL) {
		result_set(&change->result, 530, "auth-required",
		    "%s is no longer a client", change->client);
		return (OUTCOME_FAILED);
	}
	switch (recall_ask(&commit->recalls, change)) {
	case RECALL_WAIT:
		return (OUTCOME_LATER);
	case RECALL_KNOWN:
		return (OUTCOME_KNOWN);
	case RECALL_CONFLICT:
		return (OUTCOME_FAILED);
	default:
		break;
	}
	batch_mark(commit, marks);
	if (account_carry_out(&commit->store, config, client, change) == -1) {
		recall_forget(&commit->recalls, change);
		return (OUTCOME_FAILED);
	}
	if ((*other = homes_claim(&commit->claims, change)) != NULL) {
		batch_undo(commit, change, TAILQ_NEXT(change, entry), marks);
		change->result.code = 0;
		/* Nothing that comes later would help against oneself. */
		if (*other == change) {
			*other = NULL;
			result_set(&change->result, 550, "home-refused",
			    "the request concerns one home directory twice");
			return (OUTCOME_FAILED);
		}
		return (OUTCOME_LATER);
	}
	batch_remember(change);
	return (OUTCOME_DONE);
}

/* All parts of a transaction fail because of one. */
void
batch_fail(struct change *first, const struct change *failed)
{
	struct result	 result;
	struct ibuf	*text = text_new();
	uint32_t	 part = 0, parts = first->request.parts;

	text_print(text, "request=%u code=%u", failed->request.part,
	    failed->result.code);
	token_add(text, "word", failed->result.word);
	token_add(text, "text", failed->result.text);
	result_set(&result, failed->result.code < 500 ? 451 : 550, "aborted",
	    "%.*s", (int)ibuf_size(text), (char *)ibuf_data(text));
	ibuf_free(text);
	for (; part < parts; part++, first = TAILQ_NEXT(first, entry))
		first->result = result;
}

/* Whether batch_fail() was here, before the batch had to begin again. */
static int
batch_has_failed(const struct change *first)
{
	return (first->result.code >= 400 &&
	    strcmp(first->result.word, "aborted") == 0);
}

/* Part of a transaction was done before by its key, and part was not. */
static void
batch_set_conflict(struct change *change)
{
	result_set(&change->result, 550, "idem-conflict", "%s was the key of "
	    "another transaction", change->request.idem);
}

/* Two parts of a transaction cannot have the same home directory. */
void
batch_set_crowded(struct change *change)
{
	result_set(&change->result, 550, "home-refused", "another request of "
	    "the transaction concerns the same home directory");
}

/* Carry out all parts of a transaction, or none. */
static enum outcome_kind
batch_carry_parts(struct commit *commit, struct change *first,
    struct change *end)
{
	struct change		*part, *other;
	enum outcome_kind	 outcome;
	uint32_t		 known = 0, done = 0;
	size_t			 marks[TABLES];

	if (batch_has_failed(first))
		return (OUTCOME_FAILED);
	batch_mark(commit, marks);
	for (part = first; part != end; part = TAILQ_NEXT(part, entry)) {
		if (part->result.code >= 400)
			break;
		outcome = batch_carry_one(commit, part, &other);
		known += outcome == OUTCOME_KNOWN;
		done += outcome == OUTCOME_DONE;
		if (outcome == OUTCOME_LATER && other != NULL &&
		    other->request.part != 0 && batch_last(other) ==
		    batch_last(first))
			batch_set_crowded(part);
		else if (known > 0 && done > 0)
			batch_set_conflict(part);
		else if (outcome == OUTCOME_LATER) {
			batch_undo(commit, first, end, marks);
			for (part = first; part != end;
			    part = TAILQ_NEXT(part, entry))
				part->result.code = 0;
			return (OUTCOME_LATER);
		}
		if (part->result.code >= 400)
			break;
	}
	if (part == end)
		return (OUTCOME_DONE);
	batch_undo(commit, first, end, marks);
	batch_fail(first, part);
	return (OUTCOME_FAILED);
}

/* These changes and those behind them have to wait for the next commit. */
static void
batch_defer(struct commit *commit, struct change *change)
{
	struct changes	 later = TAILQ_HEAD_INITIALIZER(later);
	struct change	*next;

	for (; change != NULL; change = next) {
		next = TAILQ_NEXT(change, entry);
		TAILQ_REMOVE(&commit->batch, change, entry);
		TAILQ_INSERT_TAIL(&later, change, entry);
		commit->waiting_count++;
	}
	TAILQ_CONCAT(&later, &commit->waiting, entry);
	TAILQ_CONCAT(&commit->waiting, &later, entry);
}

/* Carry out all undecided changes of the batch, then have homes made. */
void
batch_carry_out(struct commit *commit)
{
	struct change		*change, *end, *other;
	enum outcome_kind	 outcome = OUTCOME_DONE;
	int			 homes = 0;

	RB_INIT(&commit->claims);
	for (change = TAILQ_FIRST(&commit->batch); change != NULL;
	    change = end) {
		end = TAILQ_NEXT(batch_last(change), entry);
		if (change->request.part != 0)
			outcome = batch_carry_parts(commit, change, end);
		else if (change->result.code == 0)
			outcome = batch_carry_one(commit, change, &other);
		if (outcome == OUTCOME_LATER) {
			batch_defer(commit, change);
			break;
		}
		outcome = OUTCOME_DONE;
	}
	TAILQ_FOREACH(change, &commit->batch, entry)
		homes |= !TAILQ_EMPTY(&change->homes);
	if (homes)
		homes_build(commit);
	else
		commit_write(commit);
}
