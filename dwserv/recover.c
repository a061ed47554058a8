/*
 * Finishing what a crash interrupted: the edits of the journal's record are
 * made again, each only if the entry is still what it was.  An entry that
 * is neither its old nor its new self was changed by somebody else since;
 * it is left alone and reported.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "parent.h"

struct recovery {
	struct store	*store;
	uint32_t	 conflicts;
};

static struct slice
first_field(struct slice line)
{
	const char	*colon = memchr(line.text, ':', line.length);

	if (colon != NULL)
		line.length = (size_t)(colon - line.text);
	return (line);
}

static int
line_is(const struct table *table, line_t line, struct slice text)
{
	return (text.text != NULL &&
	    table->lines[line].length == text.length &&
	    memcmp(table->lines[line].text, text.text, text.length) == 0);
}

static void
recover_conflict(struct recovery *recovery, enum table_kind kind,
    struct slice name)
{
	log_warnx("recovery: the entry of %.*s in /etc/%s was changed by "
	    "another program and is left as it is", (int)name.length,
	    name.text, table_name(kind));
	recovery->conflicts++;
}

/* The ids of a recovered entry are in use like those read from the file. */
static void
recover_add(struct recovery *recovery, struct table *table, struct slice new)
{
	line_t		line = table_add(table, new.text, new.length);
	uint32_t	id;

	if (table->kind == TABLE_PASSWD &&
	    table_field_id(table, line, PASSWD_UID, &id) == 0)
		idset_add(&recovery->store->uids, id);
	if (table->kind == TABLE_GROUP &&
	    table_field_id(table, line, GROUP_GID, &id) == 0)
		idset_add(&recovery->store->gids, id);
}

static int
recover_edit(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	struct recovery	*recovery = arg;
	struct table	*table = recovery->store->tables[kind];
	struct slice	 name = first_field(old.text != NULL ? old : new);
	size_t		 state = 0;
	line_t		 line;

	if (table == NULL) {
		recover_conflict(recovery, kind, name);
		return (0);
	}
	line = table_find(table, name.text, name.length, &state);
	if (line == LINE_NONE) {
		if (old.text == NULL)
			recover_add(recovery, table, new);
		else if (new.text != NULL)
			recover_conflict(recovery, kind, name);
	} else if (line_is(table, line, new))
		return (0);
	else if (!line_is(table, line, old))
		recover_conflict(recovery, kind, name);
	else if (new.text == NULL)
		table_remove(table, line);
	else
		table_change(table, line, new.text, new.length);
	return (0);
}

/*
 * Make the edits of a record, where they are still due, in the tables.
 * Returns 0 and how many could not be made, or -1 with EINVAL if the record
 * makes no sense.
 */
static int
recover_edits(struct store *store, struct journal_record *record,
    uint32_t *conflicts)
{
	struct recovery	recovery = { store, 0 };

	if (journal_visit(record, recover_edit, &recovery) == -1)
		return (-1);
	*conflicts = recovery.conflicts;
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

	commit->recovered = recovered;
	commit->recovering = 1;
	if (record->bytes != NULL && record->last > commit->ledger.last)
		commit_schedule(commit, 0);
	else
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
	struct result		 result;
	uint32_t		 conflicts = 0;

	log_info("finishing the commit of entries %" PRIu64 " to %" PRIu64
	    ", which was interrupted", record->first, record->last);
	if (recover_edits(&commit->store, record, &conflicts) == -1 ||
	    journal_changes(record, commit->ledger.last,
	    &commit->batch) == -1)
		fatalx("the record in the journal makes no sense");
	journal_record_free(record);
	recover_mark(commit, conflicts);
	if (store_stage(&commit->store, &result) == -1)
		fatalx("cannot finish the interrupted commit: %s: %s",
		    result.word, result.text);
	if (store_publish(&commit->store) == -1)
		fatal("cannot publish the account files");
	store_note(&commit->store);
	store_settle(&commit->store);
	homes_place(commit);
}
