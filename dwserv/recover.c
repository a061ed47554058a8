/*
 * Finishing what a crash interrupted: the edits of the journal's record are
 * made again, each only if the entry is still what it was.  An entry that
 * is neither its old nor its new self was changed by somebody else since;
 * it is left alone and reported.
 */

#include <inttypes.h>
#include <stdio.h>

#include "parent.h"

struct recovery {
	struct store	*store;
	uint32_t	 conflicts;
};

/* Whether an entry has this text; without text, whether there is none. */
static int
line_is(const struct table *table, line_t line, struct slice text)
{
	if (line == LINE_NONE || text.text == NULL)
		return (line == LINE_NONE && text.text == NULL);
	return (table->lines[line].length == text.length &&
	    memcmp(table->lines[line].text, text.text, text.length) == 0);
}

static void
recover_conflict(struct recovery *recovery, enum table_kind kind,
    const char *name)
{
	log_warnx("recovery: the entry of %s in %s was changed by another "
	    "program and is left as it is", name, table_name(kind));
	recovery->conflicts++;
}

static int
recover_edit(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	struct recovery	*recovery = arg;
	struct table	*table = recovery->store->tables[kind];
	char		 name[1024];
	size_t		 state = 0;
	line_t		 line = LINE_NONE;

	if (table != NULL && table_text_name(table, old.text != NULL ? old :
	    new, name, sizeof(name)) == 0)
		line = table_find(table, name, strlen(name), &state);
	if (table != NULL && line_is(table, line, new))
		return (0);
	if (table == NULL || !line_is(table, line, old))
		recover_conflict(recovery, kind, name);
	else if (old.text == NULL)
		table_add(table, new.text, new.length);
	else if (new.text == NULL)
		table_remove(table, line);
	else
		table_change(table, line, new.text, new.length);
	return (0);
}

/*
 * Finish what the last process left, then call back: at once if there is
 * nothing to finish.
 */
void
recover_begin(struct commit *commit, commit_recovered recovered)
{
	const struct journal_record	*record = &commit->interrupted;
	struct result			 result;

	commit->recovered = recovered;
	commit->recovering = 1;
	if (record->bytes != NULL && record->last > commit->ledger.last) {
		commit_schedule(commit, 0);
		return;
	}
	/* Nothing to finish: see what there is, so that workers know it. */
	if (commit_refresh(commit, &result) == -1)
		log_warnx("the account files cannot be served as they are: "
		    "%s: %s", result.word, result.text);
	commit_finish(commit);
}

/* Mark the entries of a recovered batch, so that the ledger tells. */
static void
recover_mark(struct commit *commit, uint32_t conflicts)
{
	struct change	*change;
	char		*marked;

	TAILQ_FOREACH(change, &commit->batch, entry) {
		if (asprintf(&marked, "%s recovered=%s", change->record,
		    conflicts > 0 ? "partly" : "yes") == -1)
			fatal("cannot recover");
		free(change->record);
		change->record = marked;
		result_set(&change->result, 250, "recovered", "%s", "");
	}
}

/* The locks are held and the files read: make the edits again. */
void
recover_apply(struct commit *commit)
{
	struct journal_record	*record = &commit->interrupted;
	struct recovery		 recovery = { &commit->store, 0 };
	struct result		 result;

	log_info("finishing the commit of entries %" PRIu64 " to %" PRIu64
	    ", which was interrupted", record->first, record->last);
	if (journal_visit(record, recover_edit, &recovery) == -1 ||
	    journal_changes(record, commit->ledger.last,
	    &commit->batch) == -1)
		fatalx("the record in the journal makes no sense");
	journal_record_free(record);
	recover_mark(commit, recovery.conflicts);
	/* The ids of recovered entries are in use like those of the rest. */
	store_seed_ids(&commit->store, TABLE_PASSWD);
	store_seed_ids(&commit->store, TABLE_GROUP);
	if (store_stage(&commit->store, &result) == -1)
		fatalx("cannot finish the interrupted commit: %s: %s",
		    result.word, result.text);
	if (store_publish(&commit->store) == -1)
		fatal("cannot publish the account files");
	commit_settle(commit);
	homes_place(commit);
}
