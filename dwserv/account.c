/*
 * Carrying out what was decided, in the tables: the lines are those that
 * shadow-utils 4.13 would write for the same request.  Either all edits of
 * a request are made or none.
 */

#include <stdio.h>
#include <time.h>

#include "parent.h"

static int	account_password(struct work *);

/* Today, in days since 1970, as shadow(5) counts. */
int64_t
account_today(void)
{
	return ((int64_t)(time(NULL) / 86400));
}

/* Which lines of a file share a name: "lines 3 and 7 of /etc/passwd". */
static void
account_duplicate(struct work *work, enum table_kind kind, line_t first,
    line_t second)
{
	const struct table	*table = work->store->tables[kind];

	result_set(&work->change->result, 550, "duplicate", "/etc/%s has the "
	    "same name in lines %u and %u", table_name(kind),
	    table_line_number(table, first),
	    table_line_number(table, second));
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
	if (*line == LINE_NONE) {
		if (what == NULL)
			return (0);
		result_set(&work->change->result, 550, "not-found", "%s %s",
		    what, name);
		return (-1);
	}
	second = table_find(table, name, strlen(name), &state);
	if (second == LINE_NONE)
		return (0);
	account_duplicate(work, kind, *line, second);
	return (-1);
}

/*
 * The part of a home directory's path below the configured base, into
 * *below.  Returns -1 if it is not there.
 */
int
account_home_path(const struct work *work, struct slice home,
    const char **below)
{
	const char	*base = work->config->accounts.home;
	size_t		 length = strlen(base);

	if (home.length <= length + 1 ||
	    memcmp(home.text, base, length) != 0 || home.text[length] != '/')
		return (-1);
	*below = home.text + length + 1;
	return (0);
}

static void
password_set_shadow(struct work *work, line_t line)
{
	struct slice	values[SHADOW_FIELDS];
	char		today[24];

	memset(values, 0, sizeof(values));
	snprintf(today, sizeof(today), "%lld", (long long)account_today());
	values[SHADOW_PASSWORD].text = work->change->request.hash;
	values[SHADOW_PASSWORD].length = strlen(work->change->request.hash);
	values[SHADOW_CHANGED].text = today;
	values[SHADOW_CHANGED].length = strlen(today);
	line_set_fields(work->store->tables[TABLE_SHADOW], line, values,
	    SHADOW_FIELDS);
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

static void
password_set_passwd(struct work *work, line_t line)
{
	struct slice	values[PASSWD_FIELDS];

	memset(values, 0, sizeof(values));
	values[PASSWD_PASSWORD].text = work->change->request.hash;
	values[PASSWD_PASSWORD].length = strlen(work->change->request.hash);
	line_set_fields(work->store->tables[TABLE_PASSWD], line, values,
	    PASSWD_FIELDS);
}

/*
 * Put the hash where chpasswd(8) would: into shadow if there is an entry or
 * passwd refers to one (which is made then), into passwd if that does not
 * refer to shadow.
 */
static void
password_place(struct work *work, line_t passwd, line_t shadow)
{
	struct store	*store = work->store;
	int		 shadowed;

	shadowed = store->tables[TABLE_SHADOW] != NULL &&
	    slice_is(table_field(store->tables[TABLE_PASSWD], passwd,
	    PASSWD_PASSWORD), "x");
	if (shadow != LINE_NONE)
		password_set_shadow(work, shadow);
	else if (shadowed)
		account_write_shadow(work, LINE_NONE, -1);
	if (!shadowed)
		password_set_passwd(work, passwd);
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
	result_set(&change->result, 250, "changed", "login=%s", login);
	return (0);
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
		result_set(&work->change->result, 550, "denied",
		    "not a change");
		return (-1);
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
	change->took_uid = change->took_gid = change->has_home = 0;
	change->left_uid = change->left_gid = 0;
	free(change->record);
	free(change->home.path);
	change->record = change->home.path = NULL;
}

/*
 * Carry out a change in the tables.  Returns 0 with the result (250), the
 * ledger's entry and the order for the home directory, if any, filled in;
 * or -1 with the result saying why not, and no edit made.
 */
int
account_carry_out(struct store *store, const struct config *config,
    const struct client *client, struct change *change)
{
	struct work	work = { store, config, client, change };
	size_t		marks[TABLES];
	enum table_kind	kind;

	change_forget(store, change);
	for (kind = 0; kind < TABLES; kind++)
		if (store->tables[kind] != NULL)
			marks[kind] = table_mark(store->tables[kind]);
	if (policy_decide(config, client, store, &change->request,
	    &change->result) == 0 && account_dispatch(&work) == 0)
		return (0);
	for (kind = 0; kind < TABLES; kind++)
		if (store->tables[kind] != NULL)
			table_rollback(store->tables[kind], marks[kind]);
	change_forget(store, change);
	return (-1);
}
