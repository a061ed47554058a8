/*
 * Carrying out what was decided, in the tables: the lines are those that
 * shadow-utils 4.13 would write for the same request.  Either all edits of
 * a request are made or none.  Here is what all requests share; each kind
 * of request has a file of its own.
 */

#include <stdio.h>
#include <time.h>

#include "account.h"
#include "xmalloc.h"

typedef int	(*carrier)(struct work *);

/* Who carries out what; workers show and list by themselves. */
static const carrier carriers[OPERATIONS] = {
	[OPERATION_ACCOUNT_CREATE] = account_create,
	[OPERATION_ACCOUNT_ENSURE] = account_ensure,
	[OPERATION_ACCOUNT_MODIFY] = account_modify,
	[OPERATION_ACCOUNT_RENAME] = account_rename,
	[OPERATION_ACCOUNT_PASSWORD] = account_password,
	[OPERATION_ACCOUNT_LOCK] = account_lock,
	[OPERATION_ACCOUNT_UNLOCK] = account_unlock,
	[OPERATION_ACCOUNT_SUSPEND] = account_suspend,
	[OPERATION_ACCOUNT_RESUME] = account_resume,
	[OPERATION_ACCOUNT_DELETE] = account_delete,
	[OPERATION_GROUP_CREATE] = group_create,
	[OPERATION_GROUP_MODIFY] = group_modify,
	[OPERATION_GROUP_RENAME] = group_rename,
	[OPERATION_GROUP_DELETE] = group_delete,
	[OPERATION_GROUP_ADD] = group_add,
	[OPERATION_GROUP_REMOVE] = group_remove,
	[OPERATION_ALIAS_SET] = alias_change,
	[OPERATION_ALIAS_ADD] = alias_change,
	[OPERATION_ALIAS_REMOVE] = alias_change,
	[OPERATION_ALIAS_DELETE] = alias_change
};

/* Today, in days since 1970, as shadow(5) counts. */
int64_t
account_today(void)
{
	return ((int64_t)(time(NULL) / 86400));
}

/*
 * Find the one entry of a name.  Without `what', a noun for the reply, it
 * may be missing, and is LINE_NONE then, as it is if there is no such file.
 * Returns 0, or -1 with the result filled in.
 */
int
account_find(struct work *work, enum table_kind kind, const char *name,
    const char *what, line_t *line)
{
	const struct table	*table = work->store->tables[kind];
	size_t			 state = 0;
	line_t			 second;

	*line = LINE_NONE;
	if (table == NULL)
		return (0);
	*line = table_find(table, name, strlen(name), &state);
	if (*line == LINE_NONE && what != NULL)
		return (result_set(&work->change->result, 550, "not-found",
		    "%s %s", what, name));
	if (*line == LINE_NONE || (second = table_find(table, name,
	    strlen(name), &state)) == LINE_NONE)
		return (0);
	return (result_set(&work->change->result, 550, "duplicate", "/etc/%s "
	    "has the same name in lines %u and %u", table_name(kind),
	    table_line_number(table, *line),
	    table_line_number(table, second)));
}

/*
 * Find the account of the request in passwd, where it must be, and in
 * shadow, where it may be; the change learns its ids.  Returns 0, or -1
 * with the result filled in.
 */
int
account_find_both(struct work *work, line_t *passwd, line_t *shadow)
{
	const struct table	*table = work->store->tables[TABLE_PASSWD];
	struct change		*change = work->change;
	const char		*login = change->request.login;

	if (account_find(work, TABLE_PASSWD, login, "account",
	    passwd) == -1 || account_find(work, TABLE_SHADOW, login, NULL,
	    shadow) == -1)
		return (-1);
	table_field_id(table, *passwd, PASSWD_UID, &change->uid);
	table_field_id(table, *passwd, PASSWD_GID, &change->gid);
	return (0);
}

/*
 * Have something done to the home of the account, whose ids are known: an
 * action before the commit, another once it is promised.  The path is one
 * below the configured base.  Returns the job, for the rest of its order.
 */
struct home_job *
account_order_home(struct work *work, enum home_action action,
    enum home_action promised, const char *below)
{
	struct change	*change = work->change;
	struct home_job	*job = xcalloc(1, sizeof(*job));

	job->promised = promised;
	job->order.action = action;
	job->order.path = xstrdup(below);
	job->order.uid = job->order.old_uid = change->uid;
	job->order.gid = job->order.old_gid = change->gid;
	arc4random_buf(&job->order.serial, sizeof(job->order.serial));
	TAILQ_INSERT_TAIL(&change->homes, job, entry);
	return (job);
}

static void
report_field(struct ibuf *to, const char *key, const struct table *table,
    line_t line, unsigned int field)
{
	struct slice	value = table_field(table, line, field);

	token_add_bytes(to, key, value.text, value.length);
}

/*
 * The ledger's entry and the answer for an account that is changed: the
 * entry tells all that it is from now on.  `before' is the name that it had,
 * or NULL if it still has it.  Returns 0.
 */
int
account_report(struct work *work, const char *what, const char *word,
    const char *login, const char *before)
{
	const struct table	*passwd = work->store->tables[TABLE_PASSWD];
	struct change		*change = work->change;
	line_t			 line = table_find_name(passwd, login);
	struct ibuf		*to = record_begin(change, what);
	struct slice		 home = table_field(passwd, line, PASSWD_HOME);
	struct slice		 shell = table_field(passwd, line,
				    PASSWD_SHELL);

	token_add(to, "login", before != NULL ? before : login);
	if (before != NULL)
		token_add(to, "name", login);
	report_field(to, "uid", passwd, line, PASSWD_UID);
	report_field(to, "gid", passwd, line, PASSWD_GID);
	member_list(work->store, login, to);
	report_field(to, "gecos", passwd, line, PASSWD_GECOS);
	report_field(to, "home", passwd, line, PASSWD_HOME);
	report_field(to, "shell", passwd, line, PASSWD_SHELL);
	record_end(change, to);
	return (result_set(&change->result, 250, word, "login=%s uid=%u "
	    "gid=%u home=%.*s shell=%.*s", login, change->uid, change->gid,
	    (int)home.length, home.text, (int)shell.length, shell.text));
}

/* The same for what shows in no line that all may read. */
int
account_short_report(struct work *work, const char *what, const char *word)
{
	struct change	*change = work->change;
	struct ibuf	*to = record_begin(change, what);

	token_add(to, "login", change->request.login);
	token_add_number(to, "uid", change->uid);
	record_end(change, to);
	return (result_set(&change->result, 250, word, "login=%s",
	    change->request.login));
}

/* Nothing was done for this change after all: give back what it took. */
void
change_forget(struct store *store, struct change *change)
{
	if (change->took_uid)
		idset_remove(&store->uids, change->uid);
	if (change->took_gid)
		idset_remove(&store->gids, change->gid);
	change->took_uid = change->took_gid = change->left_uid =
	    change->left_gid = 0;
	homes_free(change);
	free(change->record);
	change->record = NULL;
}

/*
 * Carry out a change in the tables.  Returns 0 with the result (250), the
 * ledger's entry and the orders for home directories, if any, filled in; or
 * -1 with the result saying why not, and no edit made.
 */
int
account_carry_out(struct store *store, const struct config *config,
    const struct client *client, struct change *change)
{
	struct work	work = { store, config, client, change };
	carrier		carry = carriers[change->request.operation];
	size_t		marks[TABLES];
	enum table_kind	kind;

	change_forget(store, change);
	for (kind = 0; kind < TABLES; kind++)
		marks[kind] = table_mark(store->tables[kind]);
	if (policy_decide(config, client, store, &change->request,
	    &change->result) == 0 && carry != NULL && carry(&work) == 0)
		return (0);
	for (kind = 0; kind < TABLES; kind++)
		table_rollback(store->tables[kind], marks[kind]);
	change_forget(store, change);
	return (-1);
}
