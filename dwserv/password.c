/*
 * account password, lock and unlock, as chpasswd(8) and usermod(8) do them.
 */

#include "account.h"

/* What suspend has put in the way is resume's to take away. */
static int
password_find(struct work *work, line_t *passwd, line_t *shadow)
{
	if (account_find_both(work, passwd, shadow) == -1)
		return (-1);
	if (!account_is_suspended(work))
		return (0);
	return (result_set(&work->change->result, 550, "suspended",
	    "account %s: resume it first", work->change->request.login));
}

/*
 * Set the hash that is in the request.  Returns 0, or -1 with the result
 * saying why not, as do all that carry out.
 */
int
account_password(struct work *work)
{
	line_t	passwd, shadow;

	if (password_find(work, &passwd, &shadow) == -1)
		return (-1);
	shadow_set_password(work, passwd, shadow);
	return (account_short_report(work, "account.password", "changed"));
}

/* Put a `!' before a secret that has none. */
static void
lock_field(struct table *table, line_t line, unsigned int count)
{
	struct slice	 old = table_field(table, line, PASSWD_PASSWORD);
	const char	*values[SHADOW_FIELDS] = { NULL };
	struct ibuf	*text;

	if (old.length > 0 && *old.text == '!')
		return;
	text = text_new();
	text_add(text, "!", 1);
	text_add(text, old.text, old.length);
	text_add(text, "", 1);
	values[PASSWD_PASSWORD] = (char *)ibuf_data(text);
	line_set_fields(table, line, values, count);
	ibuf_free(text);
}

/* Take one away, unless nothing would be left. */
static int
unlock_field(struct work *work, struct table *table, line_t line,
    unsigned int count)
{
	struct slice	 old = table_field(table, line, PASSWD_PASSWORD);
	const char	*values[SHADOW_FIELDS] = { NULL };
	struct ibuf	*text;

	if (old.length == 0 || *old.text != '!')
		return (0);
	if (old.length == 1)
		return (result_set(&work->change->result, 550, "no-password",
		    "account %s has no password to unlock: set one",
		    work->change->request.login));
	text = text_new();
	text_add(text, old.text + 1, old.length - 1);
	text_add(text, "", 1);
	values[PASSWD_PASSWORD] = (char *)ibuf_data(text);
	line_set_fields(table, line, values, count);
	ibuf_free(text);
	return (0);
}

static int
password_report(struct work *work, size_t passwd_mark, size_t shadow_mark,
    const char *what, const char *word)
{
	struct table	**tables = work->store->tables;

	if (table_mark(tables[TABLE_PASSWD]) == passwd_mark &&
	    table_mark(tables[TABLE_SHADOW]) == shadow_mark)
		return (result_set(&work->change->result, 250, "unchanged",
		    "login=%s", work->change->request.login));
	return (account_short_report(work, what, word));
}

int
account_lock(struct work *work)
{
	struct table	**tables = work->store->tables;
	size_t		  marks[] = { table_mark(tables[TABLE_PASSWD]),
			    table_mark(tables[TABLE_SHADOW]) };
	line_t		  passwd, shadow;

	if (password_find(work, &passwd, &shadow) == -1)
		return (-1);
	if (!shadow_is_used(work, passwd))
		lock_field(tables[TABLE_PASSWD], passwd, PASSWD_FIELDS);
	if (shadow != LINE_NONE)
		lock_field(tables[TABLE_SHADOW], shadow, SHADOW_FIELDS);
	return (password_report(work, marks[0], marks[1], "account.lock",
	    "locked"));
}

int
account_unlock(struct work *work)
{
	struct table	**tables = work->store->tables;
	size_t		  marks[] = { table_mark(tables[TABLE_PASSWD]),
			    table_mark(tables[TABLE_SHADOW]) };
	line_t		  passwd, shadow;

	if (password_find(work, &passwd, &shadow) == -1 ||
	    (!shadow_is_used(work, passwd) && unlock_field(work,
	    tables[TABLE_PASSWD], passwd, PASSWD_FIELDS) == -1) ||
	    (shadow != LINE_NONE && unlock_field(work, tables[TABLE_SHADOW],
	    shadow, SHADOW_FIELDS) == -1))
		return (-1);
	return (password_report(work, marks[0], marks[1], "account.unlock",
	    "unlocked"));
}
