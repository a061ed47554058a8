/*
 * The commit: everything that waits goes to disk at once.  Lock, read again
 * what others changed, carry out in memory, have the homes made, stage,
 * write the journal (the point of no return), publish, have the homes put
 * in place, append to the ledger, and only then answer.
 *
 * Before the point of no return an error changes nothing.  After it the
 * commit is finished, or the process stops and the next start finishes it.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "parent.h"

/* Often: others sleep on the lock and have it the moment it is free. */
#define LOCK_RETRY	2	/* milliseconds */
/* Other programs get a chance at the locks under a steady stream of work. */
#define BUSY_LIMIT	500
#define BUSY_PAUSE	25

static void	commit_begin(void *);

static uint64_t
microseconds(void)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)now.tv_sec * 1000000 +
	    (uint64_t)now.tv_nsec / 1000);
}

void
commit_init(struct commit *commit, struct parent *parent)
{
	memset(commit, 0, sizeof(*commit));
	commit->parent = parent;
	commit->store.root_fd = commit->store.etc_fd = -1;
	commit->journal.fd = -1;
	commit->ledger.fd = commit->ledger.directory_fd = -1;
	commit->states.fd = commit->states.read_fd = -1;
	recalls_init(&commit->recalls);
	commit->lock.pwd_fd = commit->lock.token_fd = -1;
	TAILQ_INIT(&commit->waiting);
	TAILQ_INIT(&commit->batch);
}

/* What a dwserv that was killed has left beside the files is nobody's. */
static void
commit_sweep(struct commit *commit)
{
	struct result	ignored;
	enum table_kind	kind;

	if (lock_prepare(&commit->lock, &ignored) == 0)
		for (kind = 0; kind < TABLES; kind++)
			stage_remove(&commit->store.places[kind]);
}

/*
 * Open the account files' directory, the journal and the ledger.  Returns
 * 0, or -1 and has logged why.
 */
int
commit_open(struct commit *commit, const struct config *config)
{
	struct journal_record	*record = &commit->interrupted;

	if (store_open(&commit->store, config,
	    commit->parent->state_fd) == -1)
		return (-1);
	lock_init(&commit->lock, commit->store.etc_fd);
	if (journal_open(&commit->journal, commit->parent->state_fd) == -1)
		return (-1);
	if (journal_read(&commit->journal, record) == -1) {
		log_warn("cannot read the journal");
		return (-1);
	}
	commit_sweep(commit);
	if (ledger_open(&commit->ledger, commit->parent->state_fd,
	    &commit->store, &commit->recalls, record->bytes != NULL ?
	    record->first : UINT64_MAX) == -1)
		return (-1);
	known_read(&commit->store, commit->parent->state_fd,
	    commit->ledger.last);
	return (0);
}

void
commit_close(struct commit *commit)
{
	timer_stop(&commit->timer);
	if (commit->state == COMMIT_IDLE && commit->done_recovering)
		known_write(&commit->store, commit->parent->state_fd,
		    commit->ledger.last);
	lock_close(&commit->lock);
	journal_close(&commit->journal);
	journal_record_free(&commit->interrupted);
	ledger_close(&commit->ledger);
	states_close(&commit->states);
	recalls_clear(&commit->recalls);
	store_close(&commit->store);
}

void
change_free(struct change *change)
{
	request_free(&change->request);
	homes_free(change);
	free(change->client);
	free(change->peer);
	free(change->record);
	free(change);
}

/* Nothing is under way and nothing waits. */
int
commit_is_idle(const struct commit *commit)
{
	return (commit->state == COMMIT_IDLE &&
	    TAILQ_EMPTY(&commit->waiting));
}

/*
 * Take over an admitted change, or all parts of a transaction.  The commit
 * begins when the loop comes round, so that all that has arrived by then
 * shares it.
 */
void
commit_submit(struct commit *commit, struct changes *changes)
{
	struct change	*change;

	TAILQ_FOREACH(change, changes, entry)
		commit->waiting_count++;
	TAILQ_CONCAT(&commit->waiting, changes, entry);
	if (commit->state == COMMIT_IDLE) {
		commit->busy_since = loop_now();
		commit_schedule(commit, 0);
	}
}

/* Begin the next commit so many milliseconds from now. */
void
commit_schedule(struct commit *commit, uint64_t delay)
{
	commit->state = COMMIT_SCHEDULED;
	commit->deadline = 0;
	timer_start(&commit->parent->loop, &commit->timer, delay,
	    commit_begin, commit);
}

/* Answer a change and forget it. */
static void
commit_answer(struct commit *commit, struct change *change)
{
	if (change->result.code >= 400)
		commit->counts.failures++;
	else
		commit->counts.changes++;
	worker_reply(commit->parent, change);
	change_free(change);
}

/* Answer all that waits with the same refusal; nothing was changed. */
static void
commit_refuse(struct commit *commit, struct changes *changes,
    const struct result *result)
{
	struct change	*change;

	snprintf(commit->last_error, sizeof(commit->last_error),
	    "%.31s: %.200s", result->word, result->text);
	log_warnx("nothing was changed: %s", commit->last_error);
	while ((change = TAILQ_FIRST(changes)) != NULL) {
		TAILQ_REMOVE(changes, change, entry);
		if (change->result.code == 0 || change->result.code == 250)
			result_set(&change->result, result->code,
			    result->word, "%s", result->text);
		commit_answer(commit, change);
	}
	if (changes == &commit->waiting)
		commit->waiting_count = 0;
}

/*
 * Read again what others changed, and tell ledger and workers of it.
 * Returns 0, or -1 with the result filled in.
 */
int
commit_refresh(struct commit *commit, struct result *result)
{
	uint64_t	reloads = commit->store.reloads;

	if (store_refresh(&commit->store, result) == -1)
		return (-1);
	if (commit->store.reloads == reloads)
		return (0);
	if (ledger_append_external(&commit->ledger, &commit->store) == -1)
		commit_unknown(commit, "cannot append to the ledger");
	if (states_renew(&commit->states, &commit->store,
	    commit->parent->state_fd) == -1)
		log_warn("cannot tell workers the states of accounts");
	worker_publish(commit->parent);
	return (0);
}

/* Now and then: what did others do while nobody asked for anything? */
void
commit_notice(struct commit *commit)
{
	struct result	ignored;

	if (commit_is_idle(commit) && commit->done_recovering)
		commit_refresh(commit, &ignored);
}

/* Plans first: they need no lock.  Returns whether that was all. */
static int
commit_plan(struct commit *commit)
{
	if (!plan_is_next(commit) || commit->recovering)
		return (0);
	plan_run(commit);
	commit->state = COMMIT_IDLE;
	if (!TAILQ_EMPTY(&commit->waiting))
		commit_schedule(commit, 0);
	return (1);
}

/* Take the locks, or come back later, or give up at the deadline. */
static void
commit_begin(void *arg)
{
	struct commit	*commit = arg;
	struct result	 result;
	uint64_t	 now = loop_now();
	int		 got;

	if (commit_plan(commit))
		return;
	memset(&result, 0, sizeof(result));
	if (commit->deadline == 0)
		commit->deadline = now + (uint64_t)commit->parent->config->
		    limits.lock_timeout * 1000;
	commit->state = COMMIT_LOCKING;
	commit->began = microseconds();
	got = lock_try(&commit->lock, &commit->store, &result);
	if (got == 0 && now < commit->deadline) {
		timer_start(&commit->parent->loop, &commit->timer,
		    LOCK_RETRY, commit_begin, commit);
		return;
	}
	if (got == 1 && commit_refresh(commit, &result) == 0) {
		if (commit->recovering)
			recover_apply(commit);
		else {
			batch_take(commit);
			batch_carry_out(commit);
		}
		return;
	}
	lock_release(&commit->lock);
	if (commit->recovering)
		fatalx("cannot finish the commit that a crash interrupted: "
		    "%s: %s", result.word, result.text);
	commit_refuse(commit, &commit->waiting, &result);
	commit->state = COMMIT_IDLE;
}

/* Take everything back and answer the whole batch with one refusal. */
static void
commit_abort(struct commit *commit, const struct result *result)
{
	struct change	*change;

	store_rollback(&commit->store);
	homes_discard(commit);
	TAILQ_FOREACH(change, &commit->batch, entry) {
		recall_forget(&commit->recalls, change);
		change_forget(&commit->store, change);
	}
	lock_release(&commit->lock);
	commit_refuse(commit, &commit->batch, result);
	commit_finish(commit);
}

/*
 * The outcome cannot be known, only found out at the next start: say so to
 * everybody concerned and stop.
 */
__attribute__((__noreturn__)) void
commit_unknown(struct commit *commit, const char *what)
{
	int		 error = errno;
	struct change	*change;

	TAILQ_FOREACH(change, &commit->batch, entry) {
		if (change->result.code == 250)
			result_set(&change->result, 451, "unknown", "%s: %s",
			    what, strerror(error));
		worker_reply(commit->parent, change);
	}
	TAILQ_FOREACH(change, &commit->waiting, entry) {
		result_set(&change->result, 451, "unavailable", "dwserv has "
		    "to start again");
		worker_reply(commit->parent, change);
	}
	child_flush_all(commit->parent, 1000);
	lock_release(&commit->lock);
	errno = error;
	fatal("%s; the next start will finish the commit", what);
}

/* Make the promise: staged files and the journal's record on disk. */
static int
commit_promise(struct commit *commit, struct result *result)
{
	struct ibuf	*record;
	int		 outcome;

	if (store_stage(&commit->store, result) == -1)
		return (-1);
	if (ledger_reserve(&commit->ledger, &commit->batch) == -1) {
		result_from_errno(result, errno, "cannot extend",
		    "the ledger");
		store_unstage(&commit->store);
		return (-1);
	}
	record = journal_build(&commit->store, &commit->batch,
	    commit->ledger.last + 1);
	outcome = journal_write(&commit->journal, record);
	ibuf_free(record);
	if (outcome == -2)
		commit_unknown(commit, "cannot make the journal durable");
	if (outcome == -1) {
		result_from_errno(result, errno, "cannot write",
		    "the journal");
		store_unstage(&commit->store);
	}
	return (outcome);
}

/* The new files are in place: remember what they look like. */
void
commit_settle(struct commit *commit)
{
	int	aliases;

	aliases = table_is_changed(commit->store.tables[TABLE_ALIASES]);
	store_note(&commit->store);
	if (states_note(&commit->states, &commit->store,
	    commit->parent->state_fd) == -1)
		log_warn("cannot tell workers the states of accounts");
	store_settle(&commit->store);
	if (aliases)
		rebuild_request(commit->parent);
}

/* Whether any change of the batch is to be written. */
static int
commit_has_work(const struct commit *commit)
{
	const struct change	*change;

	TAILQ_FOREACH(change, &commit->batch, entry)
		if (change->record != NULL)
			return (1);
	return (0);
}

/* The homes are made, or none was wanted: on to the disk. */
void
commit_write(struct commit *commit)
{
	struct result	result;

	memset(&result, 0, sizeof(result));
	if (!commit_has_work(commit)) {
		lock_release(&commit->lock);
		commit_finish(commit);
		return;
	}
	homes_promise(commit);
	if (commit_promise(commit, &result) == -1) {
		commit_abort(commit, &result);
		return;
	}
	if (store_publish(&commit->store) == -1)
		commit_unknown(commit, "cannot publish the account files");
	commit_settle(commit);
	homes_place(commit);
}

/* Ids that nobody has any more may be given out again, if that is allowed. */
static void
commit_free_ids(struct commit *commit, const struct change *change)
{
	if (!commit->store.reuse)
		return;
	if (change->left_uid)
		idset_remove(&commit->store.uids, change->old_uid);
	if (change->left_gid)
		idset_remove(&commit->store.gids, change->old_gid);
}

/* All is in place: remember it, and answer. */
void
commit_record(struct commit *commit)
{
	struct change	*change;

	if (ledger_append(&commit->ledger, &commit->batch,
	    &commit->store) == -1)
		commit_unknown(commit, "cannot append to the ledger");
	TAILQ_FOREACH(change, &commit->batch, entry) {
		homes_report(change);
		commit_free_ids(commit, change);
		if (commit->recovering)
			recall_recover(&commit->recalls, change);
		else
			recall_keep(&commit->recalls, change);
	}
	lock_release(&commit->lock);
	worker_publish(commit->parent);
	commit_finish(commit);
}

static void
commit_count(struct commit *commit, uint32_t size)
{
	struct commit_counts	*counts = &commit->counts;

	if (size == 0)
		return;
	counts->commits++;
	counts->last_size = size;
	if (size > counts->largest)
		counts->largest = size;
	counts->last_time = microseconds() - commit->began;
	if (counts->last_time > counts->longest_time)
		counts->longest_time = counts->last_time;
	counts->total_time += counts->last_time;
}

/* Answer everybody and go on with what has arrived in the meantime. */
void
commit_finish(struct commit *commit)
{
	struct change	*change;
	uint32_t	 size = 0;
	uint64_t	 now = loop_now();
	int		 recovered = commit->recovering;

	while ((change = TAILQ_FIRST(&commit->batch)) != NULL) {
		TAILQ_REMOVE(&commit->batch, change, entry);
		size += change->record != NULL;
		commit_answer(commit, change);
	}
	commit_count(commit, size);
	home_renew(commit->parent);
	commit->state = COMMIT_IDLE;
	commit->recovering = 0;
	if (!TAILQ_EMPTY(&commit->waiting)) {
		if (now - commit->busy_since > BUSY_LIMIT) {
			commit->busy_since = now + BUSY_PAUSE;
			commit_schedule(commit, BUSY_PAUSE);
		} else
			commit_schedule(commit, 0);
	}
	if (recovered) {
		commit->done_recovering = 1;
		commit->recovered(commit->parent);
	}
}
