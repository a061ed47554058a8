/*
 * account suspend and resume: nobody can log in, and then everything is as
 * it was.  The password gets one `!' more, the account expires, the shell
 * lets nobody in; what shell and expiry were is kept in a table of our own,
 * which goes to disk in the same commit.
 */

#include <stdio.h>

#include "account.h"

#define SUSPENDED_SHELL_VALUE	"/usr/sbin/nologin"
#define SUSPENDED_EXPIRE_VALUE	"1"	/* 0 is not safe, shadow(5) says */

/*
 * What was kept of an account of this name and uid, or LINE_NONE.  What is
 * there of another uid is of one that somebody else has removed.
 */
line_t
suspend_find(const struct store *store, struct slice login, uint32_t uid)
{
	const struct table	*table = store->tables[TABLE_SUSPENDED];
	size_t			 state = 0;
	uint32_t		 kept;
	line_t			 line;

	if (table == NULL)
		return (LINE_NONE);
	line = table_find(table, login.text, login.length, &state);
	if (line == LINE_NONE || table_field_id(table, line, SUSPENDED_UID,
	    &kept) == -1 || kept != uid)
		return (LINE_NONE);
	return (line);
}

static line_t
suspend_find_own(const struct work *work)
{
	const char	*login = work->change->request.login;
	struct slice	 name = { login, strlen(login) };

	return (suspend_find(work->store, name, work->change->uid));
}

/* Whether the account of the request, whose uid is known, is suspended. */
int
account_is_suspended(struct work *work)
{
	return (suspend_find_own(work) != LINE_NONE);
}

static void
suspend_write(struct work *work, line_t old, const char *name,
    uint32_t uid, struct slice expire, struct slice shell)
{
	struct ibuf	*line = text_new();

	line_add_string(line, name);
	line_add_number(line, uid);
	line_add(line, expire);
	line_add(line, shell);
	line_end(line, work->store->tables[TABLE_SUSPENDED], old);
}

/*
 * The account has another name or uid from now on, or without a new name,
 * is gone: so is what was kept of it.
 */
void
suspend_follow(struct work *work, const char *login, const char *name,
    uint32_t uid)
{
	struct table	*table = work->store->tables[TABLE_SUSPENDED];
	line_t		 line;

	if (table == NULL ||
	    (line = table_find_name(table, login)) == LINE_NONE)
		return;
	if (name == NULL)
		table_remove(table, line);
	else
		suspend_write(work, line, name, uid, table_field(table, line,
		    SUSPENDED_EXPIRE), table_field(table, line,
		    SUSPENDED_SHELL));
}

/* Put a `!' before a secret, or take one away; other fields by value. */
static void
suspend_set(struct table *table, line_t line, int lock, const char **values)
{
	struct slice	 old = table_field(table, line, PASSWD_PASSWORD);
	struct ibuf	*text = text_new();
	int		 skip = !lock && old.length > 0 && *old.text == '!';

	if (lock)
		text_add(text, "!", 1);
	text_add(text, old.text + skip, old.length - (size_t)skip);
	text_add(text, "", 1);
	values[PASSWD_PASSWORD] = (char *)ibuf_data(text);
	line_set_fields(table, line, values, line_count_fields(table, line));
	ibuf_free(text);
}

/* An older, shorter entry of shadow has no field for it. */
static int
suspend_can_expire(const struct table *table, line_t shadow)
{
	return (line_count_fields(table, shadow) > SHADOW_EXPIRE);
}

int
account_suspend(struct work *work)
{
	struct table	**tables = work->store->tables;
	const char	 *login = work->change->request.login;
	const char	 *values[PASSWD_FIELDS] = { NULL };
	const char	 *secrets[SHADOW_FIELDS] = { NULL };
	struct slice	  expire = { "", 0 };
	line_t		  passwd, shadow;

	if (account_find_both(work, &passwd, &shadow) == -1)
		return (-1);
	if (account_is_suspended(work))
		return (result_set(&work->change->result, 250, "unchanged",
		    "login=%s", login));
	if (tables[TABLE_SUSPENDED] == NULL)
		return (result_set(&work->change->result, 454, "io-error",
		    "the file %s is not in the state directory any more; "
		    "restart dwserv to make a new one",
		    table_name(TABLE_SUSPENDED)));
	if (shadow != LINE_NONE)
		expire = table_field(tables[TABLE_SHADOW], shadow,
		    SHADOW_EXPIRE);
	suspend_write(work, table_find_name(tables[TABLE_SUSPENDED], login),
	    login, work->change->uid, expire, table_field(
	    tables[TABLE_PASSWD], passwd, PASSWD_SHELL));
	values[PASSWD_SHELL] = SUSPENDED_SHELL_VALUE;
	if (shadow_is_used(work, passwd))
		line_set_fields(tables[TABLE_PASSWD], passwd, values,
		    PASSWD_FIELDS);
	else
		suspend_set(tables[TABLE_PASSWD], passwd, 1, values);
	if (shadow != LINE_NONE) {
		if (suspend_can_expire(tables[TABLE_SHADOW], shadow))
			secrets[SHADOW_EXPIRE] = SUSPENDED_EXPIRE_VALUE;
		suspend_set(tables[TABLE_SHADOW], shadow, 1, secrets);
	}
	account_report(work, "account.suspend", "suspended", login, NULL);
	return (result_set(&work->change->result, 250, "suspended",
	    "login=%s", login));
}

/* What somebody else has changed in the meantime stays as it is. */
static void
resume_field(const struct table *table, line_t line, unsigned int field,
    const char *put, const char *kept, const char **values)
{
	if (slice_is(table_field(table, line, field), put))
		values[field] = kept;
}

static void
resume_fields(struct work *work, line_t passwd, line_t shadow,
    const char *expire, const char *shell)
{
	struct table	**tables = work->store->tables;
	const char	 *values[PASSWD_FIELDS] = { NULL };
	const char	 *secrets[SHADOW_FIELDS] = { NULL };

	resume_field(tables[TABLE_PASSWD], passwd, PASSWD_SHELL,
	    SUSPENDED_SHELL_VALUE, shell, values);
	if (shadow_is_used(work, passwd))
		line_set_fields(tables[TABLE_PASSWD], passwd, values,
		    PASSWD_FIELDS);
	else
		suspend_set(tables[TABLE_PASSWD], passwd, 0, values);
	if (shadow == LINE_NONE)
		return;
	if (suspend_can_expire(tables[TABLE_SHADOW], shadow))
		resume_field(tables[TABLE_SHADOW], shadow, SHADOW_EXPIRE,
		    SUSPENDED_EXPIRE_VALUE, expire, secrets);
	suspend_set(tables[TABLE_SHADOW], shadow, 0, secrets);
}

int
account_resume(struct work *work)
{
	struct table	*table = work->store->tables[TABLE_SUSPENDED];
	const char	*login = work->change->request.login;
	char		 expire[32], shell[PATH_MAX];
	line_t		 passwd, shadow, kept;

	if (account_find_both(work, &passwd, &shadow) == -1)
		return (-1);
	if ((kept = suspend_find_own(work)) == LINE_NONE)
		return (result_set(&work->change->result, 250, "unchanged",
		    "login=%s", login));
	if (slice_copy(table_field(table, kept, SUSPENDED_EXPIRE), expire,
	    sizeof(expire)) == -1 || slice_copy(table_field(table, kept,
	    SUSPENDED_SHELL), shell, sizeof(shell)) == -1)
		return (result_set(&work->change->result, 454, "io-error",
		    "what was kept of account %s makes no sense", login));
	resume_fields(work, passwd, shadow, expire, shell);
	table_remove(table, kept);
	account_report(work, "account.resume", "resumed", login, NULL);
	return (result_set(&work->change->result, 250, "resumed",
	    "login=%s", login));
}
