/*
 * Carrying out what was decided, in the tables: the lines are those that
 * shadow-utils 4.13 would write for the same request.  Either all edits of
 * a request are made or none.
 */

#include <stdio.h>
#include <time.h>

#include "parent.h"
#include "xmalloc.h"

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
 * Have something done to the home of the account, whose ids are known; the
 * path is one below the configured base.
 */
void
account_order_home(struct work *work, uint32_t action, const char *below)
{
	struct change		*change = work->change;
	struct home_order	*home = &change->home;

	home->path = xstrdup(below);
	home->action = action;
	home->uid = change->uid;
	home->gid = change->gid;
	arc4random_buf(&home->serial, sizeof(home->serial));
	change->has_home = 1;
}

/*
 * A whole entry of shadow for the account of the request, in the place of
 * an old one if there is; expire is in days since 1970, -1 for never.
 */
void
account_write_shadow(struct work *work, line_t old, int64_t expire)
{
	const struct request	*request = &work->change->request;
	const struct login_defs	*defs = &work->store->defs;
	struct ibuf		*line = text_new();

	line_add_string(line, request->login);
	line_add_string(line, request->hash != NULL ? request->hash : "!");
	line_add_number(line, account_today());
	line_add_number(line, defs->pass_min_days);
	line_add_number(line, defs->pass_max_days);
	line_add_number(line, defs->pass_warn_age);
	line_add_string(line, "");
	line_add_number(line, expire);
	line_add_string(line, "");
	line_end(line, work->store->tables[TABLE_SHADOW], old);
}

_Static_assert((int)PASSWD_PASSWORD == (int)SHADOW_PASSWORD,
    "the hash is in the same field of both files");

/* Put the hash into an entry of shadow, with the day, or of passwd. */
static void
password_set(struct work *work, enum table_kind kind, line_t line)
{
	const char	*values[SHADOW_FIELDS] = { NULL };
	char		 today[24];
	unsigned int	 count = PASSWD_FIELDS;

	values[PASSWD_PASSWORD] = work->change->request.hash;
	if (kind == TABLE_SHADOW) {
		snprintf(today, sizeof(today), "%lld",
		    (long long)account_today());
		values[SHADOW_CHANGED] = today;
		count = SHADOW_FIELDS;
	}
	line_set_fields(work->store->tables[kind], line, values, count);
}

/*
 * Put the hash where chpasswd(8) would: into shadow if there is an entry or
 * passwd refers to one (which is made then), into passwd if that does not
 * refer to shadow.
 */
static void
password_place(struct work *work, line_t passwd, line_t shadow)
{
	struct table	**tables = work->store->tables;
	int		  shadowed;

	shadowed = tables[TABLE_SHADOW] != NULL &&
	    slice_is(table_field(tables[TABLE_PASSWD], passwd,
	    PASSWD_PASSWORD), "x");
	if (shadow != LINE_NONE)
		password_set(work, TABLE_SHADOW, shadow);
	else if (shadowed)
		account_write_shadow(work, LINE_NONE, -1);
	if (!shadowed)
		password_set(work, TABLE_PASSWD, passwd);
}

static int
account_password(struct work *work)
{
	struct change	*change = work->change;
	const char	*login = change->request.login;
	struct ibuf	*record;
	line_t		 passwd, shadow;

	if (account_find(work, TABLE_PASSWD, login, "account",
	    &passwd) == -1 || account_find(work, TABLE_SHADOW, login, NULL,
	    &shadow) == -1)
		return (-1);
	password_place(work, passwd, shadow);
	record = record_begin(change, "account.password");
	token_add(record, "login", login);
	record_end(change, record);
	return (result_set(&change->result, 250, "changed", "login=%s",
	    login));
}

static int
account_dispatch(struct work *work)
{
	switch (work->change->request.operation) {
	case OPERATION_ACCOUNT_CREATE:
		return (account_create(work));
	case OPERATION_ACCOUNT_PASSWORD:
		return (account_password(work));
	case OPERATION_ACCOUNT_DELETE:
		return (account_delete(work));
	default:
		return (result_set(&work->change->result, 550, "denied",
		    "not a change"));
	}
}

/* Nothing was done for this change after all: give back what it took. */
void
change_forget(struct store *store, struct change *change)
{
	if (change->took_uid)
		idset_remove(&store->uids, change->uid);
	if (change->took_gid)
		idset_remove(&store->gids, change->gid);
	change->took_uid = change->took_gid = change->has_home =
	    change->left_uid = change->left_gid = 0;
	free(change->record);
	free(change->home.path);
	change->record = change->home.path = NULL;
}

/*
 * Carry out a change in the tables.  Returns 0 with the result (250), the
 * ledger's entry and the order for the home directory, if any, filled in;
 * or -1 with the result saying why not, and no edit made.  A result that is
 * still undecided (code 0) means that the change has to wait for a commit
 * of its own, because another one has a claim to its home directory.
 */
int
account_carry_out(struct store *store, const struct config *config,
    const struct client *client, struct change *change,
    struct claims *claims)
{
	struct work	work = { store, config, client, change };
	size_t		marks[TABLES];
	enum table_kind	kind;

	change_forget(store, change);
	for (kind = 0; kind < TABLES; kind++)
		marks[kind] = table_mark(store->tables[kind]);
	if (policy_decide(config, client, store, &change->request,
	    &change->result) == 0 && account_dispatch(&work) == 0 &&
	    homes_claim(claims, change) == 0)
		return (0);
	for (kind = 0; kind < TABLES; kind++)
		table_rollback(store->tables[kind], marks[kind]);
	change_forget(store, change);
	return (-1);
}
