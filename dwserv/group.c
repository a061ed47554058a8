/*
 * group create, modify and rename, as groupadd(8) and groupmod(8) do them.
 */

#include <stdio.h>

#include "account.h"
#include "xmalloc.h"

/* Write an entry of four fields, in the place of an old one if there is. */
void
group_write(struct table *table, line_t old,
    const char *const fields[GROUP_FIELDS])
{
	struct ibuf	*line = text_new();
	int		 i;

	for (i = 0; i < GROUP_FIELDS; i++)
		line_add_string(line, fields[i]);
	line_end(line, table, old);
}

/*
 * The entry for the ledger and the answer; name is the new one, or NULL.
 */
static int
group_report(struct work *work, const char *what, const char *word,
    const char *name)
{
	struct change	*change = work->change;
	const char	*group = change->request.group;
	struct ibuf	*to = record_begin(change, what);

	token_add(to, "group", group);
	if (name != NULL)
		token_add(to, "name", name);
	token_add_number(to, "gid", change->gid);
	record_end(change, to);
	return (result_set(&change->result, 250, word, "group=%s gid=%u",
	    name != NULL ? name : group, change->gid));
}

/* Find the group of the request; the change learns its gid. */
static int
group_find(struct work *work, line_t *line)
{
	if (account_find(work, TABLE_GROUP, work->change->request.group,
	    "group", line) == -1)
		return (-1);
	table_field_id(work->store->tables[TABLE_GROUP], *line, GROUP_GID,
	    &work->change->gid);
	return (0);
}

/* The gid that was asked for, if no group ever had it. */
static int
group_take_this_gid(struct work *work)
{
	struct change	*change = work->change;
	struct result	*result = &change->result;
	uint32_t	 gid = change->request.gid;

	if (table_find_id(work->store->tables[TABLE_GROUP], gid) != LINE_NONE)
		return (result_set(result, 550, "exists", "gid %u", gid));
	if (idset_has(&work->store->gids, gid))
		return (result_set(result, 550, "retired", "gid %u was given "
		    "out before", gid));
	change->gid = gid;
	idset_add(&work->store->gids, gid);
	change->took_gid = 1;
	return (0);
}

/* A gid out of the client's range, if the request states none. */
static int
group_take_any_gid(struct work *work)
{
	struct change	*change = work->change;
	uint32_t	 min, max;

	policy_gid_range(work->config, work->client, &min, &max);
	if (idset_first_free(&work->store->gids, min, max,
	    &change->gid) == -1)
		return (result_set(&change->result, 550, "exhausted",
		    "no gid is left from %u to %u", min, max));
	idset_add(&work->store->gids, change->gid);
	change->took_gid = 1;
	return (0);
}

int
group_create(struct work *work)
{
	struct table		**tables = work->store->tables;
	const struct request	 *request = &work->change->request;
	char			  gid[16];
	const char		 *group[] = { request->group, "x", gid, "" };
	const char		 *secret[] = { request->group, "!", "", "" };
	line_t			  old;

	if (table_find_name(tables[TABLE_GROUP], request->group) != LINE_NONE)
		return (result_set(&work->change->result, 550, "exists",
		    "group %s", request->group));
	if (account_find(work, TABLE_GSHADOW, request->group, NULL,
	    &old) == -1 || (request->has_gid ? group_take_this_gid(work) :
	    group_take_any_gid(work)) == -1)
		return (-1);
	snprintf(gid, sizeof(gid), "%u", work->change->gid);
	group_write(tables[TABLE_GROUP], LINE_NONE, group);
	if (tables[TABLE_GSHADOW] != NULL)
		group_write(tables[TABLE_GSHADOW], old, secret);
	return (group_report(work, "group.create", "created", NULL));
}

/* The files of the old gid in the home of an account follow. */
static void
group_order_home(struct work *work, const struct table *passwd, line_t line,
    uint32_t old)
{
	struct change	*change = work->change;
	struct home_job	*job;
	char		 home[PATH_LENGTH_MAX + 1];
	const char	*below;
	uint32_t	 uid;

	if ((change->request.flags & REQUEST_CHANGE_FILES) == 0 ||
	    slice_copy(table_field(passwd, line, PASSWD_HOME), home,
	    sizeof(home)) == -1 || name_check_home(home) != NULL ||
	    (below = policy_home_below(work->config, home)) == NULL)
		return;
	/* Two accounts may share a home; once is enough. */
	TAILQ_FOREACH(job, &change->homes, entry)
		if (strcmp(job->order.path, below) == 0)
			return;
	table_field_id(passwd, line, PASSWD_UID, &uid);
	job = account_order_home(work, HOME_ACTION_TRY, HOME_ACTION_CHANGE,
	    below);
	job->order.uid = job->order.old_uid = uid;
	job->order.old_gid = old;
}

/* The accounts whose primary group it is go with it. */
static void
group_move_accounts(struct work *work, uint32_t old)
{
	struct table	*passwd = work->store->tables[TABLE_PASSWD];
	const char	*values[PASSWD_FIELDS] = { NULL };
	char		 gid[16];
	line_t		 line;

	snprintf(gid, sizeof(gid), "%u", work->change->gid);
	values[PASSWD_GID] = gid;
	while ((line = table_find_primary(passwd, old)) != LINE_NONE) {
		group_order_home(work, passwd, line, old);
		line_set_fields(passwd, line, values, PASSWD_FIELDS);
	}
}

int
group_modify(struct work *work)
{
	struct change	*change = work->change;
	struct table	*table = work->store->tables[TABLE_GROUP];
	const char	*values[GROUP_FIELDS] = { NULL };
	char		 gid[16];
	uint32_t	 old;
	line_t		 line;

	if (group_find(work, &line) == -1)
		return (-1);
	old = change->gid;
	if (old == change->request.gid)
		return (result_set(&change->result, 250, "unchanged",
		    "group=%s", change->request.group));
	if (group_take_this_gid(work) == -1)
		return (-1);
	group_move_accounts(work, old);
	change->left_gid = 1;
	change->old_gid = old;
	snprintf(gid, sizeof(gid), "%u", change->gid);
	values[GROUP_GID] = gid;
	line_set_fields(table, line, values, GROUP_FIELDS);
	return (group_report(work, "group.modify", "changed", NULL));
}

/*
 * Give a group another name; its entries go to the end of their files.
 * Returns 0, or -1 with the result filled in.
 */
int
group_rename_entries(struct work *work, const char *group, const char *name)
{
	struct table	*table;
	struct ibuf	*text;
	enum table_kind	 kind;
	unsigned int	 i;
	line_t		 line, other;

	for (kind = TABLE_GROUP; kind <= TABLE_GSHADOW; kind++) {
		table = work->store->tables[kind];
		if (account_find(work, kind, group, NULL, &line) == -1 ||
		    account_find(work, kind, name, NULL, &other) == -1)
			return (-1);
		if (line == LINE_NONE)
			continue;
		if (other != LINE_NONE)
			return (result_set(&work->change->result, 550,
			    "exists", "group %s", name));
		text = text_new();
		line_add_string(text, name);
		for (i = 1; i < line_count_fields(table, line); i++)
			line_add(text, table_field(table, line, i));
		table_remove(table, line);
		line_end(text, table, LINE_NONE);
	}
	return (0);
}

int
group_rename(struct work *work)
{
	const struct request	*request = &work->change->request;
	line_t			 line;

	if (group_find(work, &line) == -1 || group_rename_entries(work,
	    request->group, request->name) == -1)
		return (-1);
	return (group_report(work, "group.rename", "renamed", request->name));
}
