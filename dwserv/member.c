/*
 * Members: who is in the lists of group and gshadow.  New members come last
 * in a list, as usermod(8) and gpasswd(1) put them.
 */

#include "account.h"

static const unsigned int member_fields[TABLES] = {
	[TABLE_GROUP] = GROUP_MEMBERS,
	[TABLE_GSHADOW] = GSHADOW_MEMBERS
};

/* Rewrite a list without one name, and with another (or NULL) at its end. */
static void
list_set(struct table *table, line_t line, unsigned int field,
    const char *without, const char *with)
{
	struct slice	 list = table_field(table, line, field), member;
	const char	*values[GSHADOW_FIELDS] = { NULL };
	struct ibuf	*text = text_new();

	if (with != NULL && slice_list_has(list, with))
		with = NULL;
	while (slice_list_next(&list, &member))
		if (!slice_is(member, without)) {
			text_add(text, member.text, member.length);
			text_add(text, ",", 1);
		}
	if (with != NULL) {
		text_add(text, with, strlen(with));
		text_add(text, ",", 1);
	}
	/* Each name is followed by a comma so far, the last by the end. */
	text_add(text, "", 1);
	if (ibuf_size(text) > 1)
		((char *)ibuf_data(text))[ibuf_size(text) - 2] = '\0';
	values[field] = ibuf_data(text);
	line_set_fields(table, line, values, GSHADOW_FIELDS);
	ibuf_free(text);
}

/*
 * Enter a login into a group's lists; without one of the files, or an entry
 * in gshadow, the other will do.  Returns 0, or -1 with the result filled in.
 */
int
member_join(struct work *work, const char *group, const char *login)
{
	struct table	*table;
	enum table_kind	 kind;
	line_t		 line;

	for (kind = TABLE_GROUP; kind <= TABLE_GSHADOW; kind++) {
		table = work->store->tables[kind];
		if (account_find(work, kind, group, kind == TABLE_GROUP ?
		    "group" : NULL, &line) == -1)
			return (-1);
		/* An administrator of a group is not yet a member of it. */
		if (line != LINE_NONE && !slice_list_has(table_field(table,
		    line, member_fields[kind]), login))
			table_add_member(table, line, login);
	}
	return (0);
}

/* Take a login out of a group's lists of members. */
int
member_leave(struct work *work, const char *group, const char *login)
{
	struct table	*table;
	enum table_kind	 kind;
	line_t		 line;

	for (kind = TABLE_GROUP; kind <= TABLE_GSHADOW; kind++) {
		table = work->store->tables[kind];
		if (account_find(work, kind, group, kind == TABLE_GROUP ?
		    "group" : NULL, &line) == -1)
			return (-1);
		if (line != LINE_NONE && slice_list_has(table_field(table,
		    line, member_fields[kind]), login))
			list_set(table, line, member_fields[kind], login,
			    NULL);
	}
	return (0);
}

static int
member_each(struct work *work, const char *groups,
    int (*each)(struct work *, const char *, const char *))
{
	struct slice	list = { groups, strlen(groups) }, element;
	char		name[NAME_LENGTH_MAX + 1];

	while (slice_list_next(&list, &element)) {
		slice_copy(element, name, sizeof(name));
		if (each(work, name, work->change->request.login) == -1)
			return (-1);
	}
	return (0);
}

/* The account of the request enters or leaves each group of a list. */
int
member_join_all(struct work *work, const char *groups)
{
	return (member_each(work, groups, member_join));
}

int
member_leave_all(struct work *work, const char *groups)
{
	return (member_each(work, groups, member_leave));
}

/*
 * The lines that list a login, one after the other, as an array that ends
 * in LINE_NONE, for those who will change them.
 */
static struct ibuf *
member_lines(const struct table *table, const char *login)
{
	struct ibuf	*lines = text_new();
	size_t		 state = 0;
	line_t		 line, last = LINE_NONE;

	while (table != NULL && (line = table_next_member(table, login,
	    &state)) != LINE_NONE) {
		if (line != last)
			text_add(lines, (char *)&line, sizeof(line));
		last = line;
	}
	last = LINE_NONE;
	text_add(lines, (char *)&last, sizeof(last));
	return (lines);
}

/* A line of a group whose name is there twice is nobody's to edit. */
static int
member_is_only(struct work *work, enum table_kind kind, line_t line)
{
	struct slice	name = table_field(work->store->tables[kind], line,
			    GROUP_NAME);
	char		text[1024];
	line_t		only;

	slice_copy(name, text, sizeof(text));
	return (account_find(work, kind, text, "group", &only));
}

/*
 * The account of the request is in the groups of a list from now on, and in
 * no others.
 */
int
member_replace_all(struct work *work, const char *groups)
{
	struct slice	 list = { groups, strlen(groups) };
	const char	*login = work->change->request.login;
	char		 name[1024];
	struct table	*table;
	struct ibuf	*lines;
	enum table_kind	 kind;
	line_t		*line;
	int		 failed = 0;

	for (kind = TABLE_GROUP; kind <= TABLE_GSHADOW; kind++) {
		table = work->store->tables[kind];
		lines = member_lines(table, login);
		for (line = ibuf_data(lines); !failed && *line != LINE_NONE;
		    line++) {
			slice_copy(table_field(table, *line, GROUP_NAME),
			    name, sizeof(name));
			if (slice_list_has(list, name) ||
			    !slice_list_has(table_field(table, *line,
			    member_fields[kind]), login))
				continue;
			failed = member_is_only(work, kind, *line) == -1;
			if (!failed)
				list_set(table, *line, member_fields[kind],
				    login, NULL);
		}
		ibuf_free(lines);
	}
	return (failed ? -1 : member_join_all(work, groups));
}

/* A login has another name from now on, in all lists. */
int
member_rename_all(struct work *work, const char *login, const char *name)
{
	struct table	*table;
	struct ibuf	*lines;
	enum table_kind	 kind;
	unsigned int	 field;
	line_t		*line;
	int		 failed = 0;

	for (kind = TABLE_GROUP; kind <= TABLE_GSHADOW; kind++) {
		table = work->store->tables[kind];
		lines = member_lines(table, login);
		for (line = ibuf_data(lines); !failed && *line != LINE_NONE;
		    line++) {
			failed = member_is_only(work, kind, *line) == -1;
			for (field = kind == TABLE_GROUP ?
			    (unsigned)GROUP_MEMBERS : (unsigned)GSHADOW_ADMINS;
			    !failed && field <= GSHADOW_MEMBERS; field++)
				if (slice_list_has(table_field(table, *line,
				    field), login))
					list_set(table, *line, field, login,
					    name);
		}
		ibuf_free(lines);
	}
	return (failed ? -1 : 0);
}

/* Append the groups of a login, but for its primary one, as groups=. */
void
member_list(const struct store *store, const char *login, struct ibuf *to)
{
	const struct table	*table = store->tables[TABLE_GROUP];
	struct ibuf		*lines = member_lines(table, login);
	struct ibuf		*list = text_new();
	struct slice		 name;
	line_t			*line;

	for (line = ibuf_data(lines); *line != LINE_NONE; line++) {
		name = table_field(table, *line, GROUP_NAME);
		if (ibuf_size(list) > 0)
			text_add(list, ",", 1);
		text_add(list, name.text, name.length);
	}
	token_add_bytes(to, "groups", ibuf_data(list), ibuf_size(list));
	ibuf_free(list);
	ibuf_free(lines);
}
