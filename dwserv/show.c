/*
 * Accounts, groups and aliases as lines of a reply, complete however long
 * they are.
 */

#include "worker.h"
#include "xmalloc.h"

/* Lines of group, each once. */
struct line_set {
	line_t	*lines;
	size_t	 count;
	size_t	 room;
};

/*
 * Append a field as key=value; bytes that could upset a client become `?',
 * as files that others wrote may hold any.
 */
void
show_field(struct ibuf *to, const char *key, struct slice value)
{
	char	*clean;
	size_t	 i;

	if (name_check_text(value.text, value.length)) {
		token_add_bytes(to, key, value.text, value.length);
		return;
	}
	clean = xreallocarray(NULL, value.length, 1);
	for (i = 0; i < value.length; i++)
		clean[i] = value.text[i] < ' ' || value.text[i] > '~' ? '?' :
		    value.text[i];
	token_add_bytes(to, key, clean, value.length);
	free(clean);
}

static void
show_list(struct ibuf *to, const char *key, struct ibuf *list)
{
	struct slice	value = { ibuf_data(list), ibuf_size(list) };

	show_field(to, key, value);
	ibuf_free(list);
}

static void
list_add(struct ibuf *list, struct slice element)
{
	if (ibuf_size(list) > 0)
		text_add(list, ",", 1);
	text_add(list, element.text, element.length);
}

static int
line_compare(const void *a, const void *b)
{
	line_t	first = *(const line_t *)a, second = *(const line_t *)b;

	return ((first > second) - (first < second));
}

/* The lines of group that list a login, in the order of the file. */
static struct line_set
groups_of(const struct table *groups, struct slice login)
{
	struct line_set	 set = { NULL, 0, 0 };
	char		*name = xstrndup(login.text, login.length);
	size_t		 state = 0;
	line_t		 line;

	while ((line = table_next_member(groups, name, &state)) !=
	    LINE_NONE) {
		if (set.count == set.room) {
			set.room = set.room * 2 + 16;
			set.lines = xreallocarray(set.lines, set.room,
			    sizeof(line_t));
		}
		set.lines[set.count++] = line;
	}
	free(name);
	if (set.count > 0)
		qsort(set.lines, set.count, sizeof(line_t), line_compare);
	return (set);
}

static void
show_groups(struct ibuf *to, const struct table *groups, struct slice login)
{
	struct line_set	 set = groups_of(groups, login);
	struct ibuf	*list = text_new();
	size_t		 i;

	for (i = 0; i < set.count; i++)
		if (i == 0 || set.lines[i] != set.lines[i - 1])
			list_add(list, table_field(groups, set.lines[i],
			    GROUP_NAME));
	free(set.lines);
	show_list(to, "groups", list);
}

/*
 * Append the line of an account, from lines of passwd and group; lead is
 * what it begins with.
 */
void
show_account(struct ibuf *to, const char *lead, const struct table *passwd,
    const struct table *groups, line_t line, enum account_state state)
{
	struct slice	login = table_field(passwd, line, PASSWD_NAME);
	struct slice	group = { "", 0 };
	uint32_t	gid;
	line_t		found;

	if (table_field_id(passwd, line, PASSWD_GID, &gid) == 0 &&
	    (found = table_find_id(groups, gid)) != LINE_NONE)
		group = table_field(groups, found, GROUP_NAME);
	text_print(to, "%s", lead);
	show_field(to, "login", login);
	show_field(to, "uid", table_field(passwd, line, PASSWD_UID));
	show_field(to, "gid", table_field(passwd, line, PASSWD_GID));
	show_field(to, "group", group);
	show_groups(to, groups, login);
	show_field(to, "gecos", table_field(passwd, line, PASSWD_GECOS));
	show_field(to, "home", table_field(passwd, line, PASSWD_HOME));
	show_field(to, "shell", table_field(passwd, line, PASSWD_SHELL));
	token_add(to, "state", state_name(state));
	text_print(to, "\r\n");
}

/*
 * Append the line of a group.  Its members may stand in several lines of
 * one name and gid (login.defs(5), MAX_MEMBERS_PER_GROUP).
 */
void
show_group(struct ibuf *to, const char *lead, const struct table *groups,
    line_t line)
{
	struct ibuf	*list = text_new();
	struct slice	 name = table_field(groups, line, GROUP_NAME);
	struct slice	 members, member;
	uint32_t	 gid = 0, other;
	size_t		 state = 0;
	line_t		 part;

	table_field_id(groups, line, GROUP_GID, &gid);
	while ((part = table_find(groups, name.text, name.length, &state)) !=
	    LINE_NONE) {
		if (table_field_id(groups, part, GROUP_GID, &other) == -1 ||
		    other != gid)
			continue;
		members = table_field(groups, part, GROUP_MEMBERS);
		while (slice_list_next(&members, &member))
			list_add(list, member);
	}
	text_print(to, "%s", lead);
	show_field(to, "name", name);
	show_field(to, "gid", table_field(groups, line, GROUP_GID));
	show_list(to, "members", list);
	text_print(to, "\r\n");
}

/* Append the line of an alias, its targets as a request would list them. */
void
show_alias(struct ibuf *to, const char *lead, const struct table *aliases,
    line_t line)
{
	struct ibuf		*list = text_new();
	struct alias_cursor	 cursor;
	char			 text[2 * ALIAS_TARGET_MAX + 2];
	struct slice		 name = { text, 0 };
	int			 more;

	text_print(to, "%s", lead);
	if (alias_name(aliases, line, text, sizeof(text)) == 0)
		name.length = strlen(text);
	show_field(to, "name", name);
	for (more = alias_first(aliases, line, &cursor); more;
	    more = alias_next(&cursor))
		if (alias_list_escape(cursor.text, text, sizeof(text)) == 0)
			list_add(list, (struct slice){ text, strlen(text) });
	show_list(to, "targets", list);
	text_print(to, "\r\n");
}
