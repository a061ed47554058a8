/*
 * group delete, add and remove, as groupdel(8) and gpasswd(1) do them.
 */

#include <stdio.h>

#include "account.h"

int
group_delete(struct work *work)
{
	struct table	**tables = work->store->tables;
	struct change	 *change = work->change;
	const char	 *group = change->request.group;
	struct slice	  login;
	struct ibuf	 *to;
	line_t		  line, secret, account;

	if (account_find(work, TABLE_GROUP, group, "group", &line) == -1 ||
	    account_find(work, TABLE_GSHADOW, group, NULL, &secret) == -1)
		return (-1);
	table_field_id(tables[TABLE_GROUP], line, GROUP_GID, &change->gid);
	account = table_find_primary(tables[TABLE_PASSWD], change->gid);
	if (account != LINE_NONE) {
		login = table_field(tables[TABLE_PASSWD], account,
		    PASSWD_NAME);
		return (result_set(&change->result, 550, "primary", "group "
		    "%s is the primary group of %.*s", group,
		    (int)login.length, login.text));
	}
	table_remove(tables[TABLE_GROUP], line);
	if (secret != LINE_NONE)
		table_remove(tables[TABLE_GSHADOW], secret);
	change->left_gid = 1;
	change->old_gid = change->gid;
	to = record_begin(change, "group.delete");
	token_add(to, "group", group);
	token_add_number(to, "gid", change->gid);
	record_end(change, to);
	return (result_set(&change->result, 250, "deleted", "group=%s gid=%u",
	    group, change->gid));
}

/*
 * gpasswd(1) makes the missing entry of a group in gshadow, and has group
 * refer to it.
 */
static int
group_complete(struct work *work)
{
	struct table	**tables = work->store->tables;
	const char	 *group = work->change->request.group;
	const char	 *values[GROUP_FIELDS] = { NULL };
	struct ibuf	 *text;
	line_t		  line, secret;

	if (account_find(work, TABLE_GROUP, group, "group", &line) == -1 ||
	    account_find(work, TABLE_GSHADOW, group, NULL, &secret) == -1)
		return (-1);
	if (tables[TABLE_GSHADOW] == NULL || secret != LINE_NONE)
		return (0);
	text = text_new();
	line_add_string(text, group);
	line_add(text, table_field(tables[TABLE_GROUP], line,
	    GROUP_PASSWORD));
	line_add_string(text, "");
	line_add(text, table_field(tables[TABLE_GROUP], line,
	    GROUP_MEMBERS));
	line_end(text, tables[TABLE_GSHADOW], LINE_NONE);
	values[GROUP_PASSWORD] = "x";
	line_set_fields(tables[TABLE_GROUP], line, values, GROUP_FIELDS);
	return (0);
}

/* Whether the login of the request is in one of the group's lists. */
static int
group_lists(const struct work *work, enum table_kind kind)
{
	const struct request	*request = &work->change->request;
	const struct table	*table = work->store->tables[kind];
	line_t			 line;

	if (table == NULL ||
	    (line = table_find_name(table, request->group)) == LINE_NONE)
		return (kind == TABLE_GSHADOW ? group_lists(work,
		    TABLE_GROUP) : 0);
	return (slice_list_has(table_field(table, line, GROUP_MEMBERS),
	    request->login));
}

static int
group_report_member(struct work *work, const char *what, const char *word)
{
	struct change		*change = work->change;
	const struct request	*request = &change->request;
	struct ibuf		*to = record_begin(change, what);

	table_field_id(work->store->tables[TABLE_GROUP], table_find_name(
	    work->store->tables[TABLE_GROUP], request->group), GROUP_GID,
	    &change->gid);
	token_add(to, "group", request->group);
	token_add_number(to, "gid", change->gid);
	token_add(to, "login", request->login);
	record_end(change, to);
	return (result_set(&change->result, 250, word, "group=%s login=%s",
	    request->group, request->login));
}

/* Enter the login, or take it out, unless that is so already. */
static int
group_set_member(struct work *work, int enter)
{
	const struct request	*request = &work->change->request;

	if (group_lists(work, TABLE_GROUP) == enter &&
	    group_lists(work, TABLE_GSHADOW) == enter)
		return (result_set(&work->change->result, 250, "unchanged",
		    "group=%s login=%s", request->group, request->login));
	if (group_complete(work) == -1)
		return (-1);
	if (enter)
		return (member_join(work, request->group, request->login) ==
		    -1 ? -1 : group_report_member(work, "group.add",
		    "added"));
	return (member_leave(work, request->group, request->login) == -1 ?
	    -1 : group_report_member(work, "group.remove", "removed"));
}

int
group_add(struct work *work)
{
	return (group_set_member(work, 1));
}

int
group_remove(struct work *work)
{
	return (group_set_member(work, 0));
}
