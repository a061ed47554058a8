/*
 * account rename, as usermod(8) -l does it: the entries go to the end of
 * their files, and the name to the end of the lists that it is in.
 */

#include <stdio.h>

#include "account.h"
#include "xmalloc.h"

static int
rename_check(struct work *work, line_t *shadow)
{
	struct table	**tables = work->store->tables;
	const char	 *name = work->change->request.name;
	uint32_t	  pid;

	if (table_find_name(tables[TABLE_PASSWD], name) != LINE_NONE ||
	    (*shadow != LINE_NONE && table_find_name(tables[TABLE_SHADOW],
	    name) != LINE_NONE))
		return (result_set(&work->change->result, 550, "exists",
		    "account %s", name));
	if (busy_find_process(work->change->uid, &pid) == 0)
		return (0);
	return (result_set(&work->change->result, 550, "busy", "process %u "
	    "of account %s is running", pid, work->change->request.login));
}

/* The same entry under another name, and in another place. */
static void
rename_entry(struct table *table, line_t line, const char *name,
    unsigned int other, const char *value)
{
	struct ibuf	*text = text_new();
	unsigned int	 i, count = line_count_fields(table, line);

	line_add_string(text, name);
	for (i = 1; i < count; i++)
		if (i == other)
			line_add_string(text, value);
		else
			line_add(text, table_field(table, line, i));
	table_remove(table, line);
	line_end(text, table, LINE_NONE);
}

/* The home is named for the login, and is to be so again. */
static int
rename_order_home(struct work *work, const char *home, char *to, size_t size)
{
	struct change	*change = work->change;
	const char	*below = NULL, *slash = strrchr(home, '/');
	struct home_job	*job;

	if ((change->request.flags & REQUEST_MOVE_HOME) == 0)
		return (0);
	if (name_check_home(home) == NULL)
		below = policy_home_below(work->config, home);
	if (below == NULL ||
	    snprintf(to, size, "%.*s/%s", (int)(slash - home), home,
	    change->request.name) >= (int)size || name_check_home(to) != NULL)
		return (result_set(&change->result, 550, "home-refused",
		    "%s is not below %s", home, work->config->accounts.home));
	/* It may have that name already. */
	if (strcmp(home, to) == 0)
		return (0);
	job = account_order_home(work, HOME_ACTION_TRY, HOME_ACTION_CHANGE,
	    below);
	job->order.to = xstrdup(policy_home_below(work->config, to));
	return (0);
}

/* Its private group, if it has one, gets the new name, too. */
static int
rename_group(struct work *work)
{
	const struct table	*groups = work->store->tables[TABLE_GROUP];
	const struct request	*request = &work->change->request;
	uint32_t		 gid;
	line_t			 line;

	if ((request->flags & REQUEST_RENAME_GROUP) == 0)
		return (0);
	if (account_find(work, TABLE_GROUP, request->login, NULL,
	    &line) == -1)
		return (-1);
	if (line == LINE_NONE || table_field_id(groups, line, GROUP_GID,
	    &gid) == -1 || gid != work->change->gid)
		return (result_set(&work->change->result, 550, "not-found",
		    "private group of account %s", request->login));
	return (group_rename_entries(work, request->login, request->name));
}

int
account_rename(struct work *work)
{
	struct table		**tables = work->store->tables;
	struct change		 *change = work->change;
	const struct request	 *request = &change->request;
	char			  home[PATH_MAX], to[PATH_LENGTH_MAX + 1] = "";
	line_t			  passwd, shadow;

	if (account_find_both(work, &passwd, &shadow) == -1 ||
	    rename_check(work, &shadow) == -1)
		return (-1);
	slice_copy(table_field(tables[TABLE_PASSWD], passwd, PASSWD_HOME),
	    home, sizeof(home));
	if (rename_order_home(work, home, to, sizeof(to)) == -1 ||
	    rename_group(work) == -1 || member_rename_all(work,
	    request->login, request->name) == -1)
		return (-1);
	rename_entry(tables[TABLE_PASSWD], passwd, request->name,
	    *to != '\0' ? (unsigned)PASSWD_HOME : UINT_MAX, to);
	if (shadow != LINE_NONE)
		rename_entry(tables[TABLE_SHADOW], shadow, request->name,
		    UINT_MAX, NULL);
	/* What is there of an account that had the name before is nobody's. */
	suspend_follow(work, request->name, NULL, 0);
	suspend_follow(work, request->login, account_is_suspended(work) ?
	    request->name : NULL, change->uid);
	account_report(work, "account.rename", "renamed", request->name,
	    request->login);
	return (result_set(&change->result, 250, "renamed", "login=%s uid=%u "
	    "home=%s", request->name, change->uid, *to != '\0' ? to : home));
}
