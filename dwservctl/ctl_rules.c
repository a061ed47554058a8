/*
 * How the account files must fit together: the rules of passwd(5),
 * shadow(5), group(5) and gshadow(5) between two files.  A rule is silent
 * where one of its files is missing; and where accounts or groups also
 * come from NIS, it is no fault not to know one.
 */

#include <err.h>

#include "ctl.h"

struct members {
	struct slice	*list;	/* sorted, each once */
	size_t		 count;
};

static int
has_nis(const struct table *table)
{
	return (table->nis != UINT32_MAX);
}

static int
table_has_name(const struct table *table, struct slice name)
{
	size_t	state = 0;

	return (table_find(table, name.text, name.length, &state) !=
	    LINE_NONE);
}

/* passwd and shadow, passwd and group */
static void
rule_account(struct check *check, line_t line)
{
	const struct table	*table = check->files[TABLE_PASSWD].table;
	const struct check_file	*shadow = &check->files[TABLE_SHADOW];
	const struct check_file	*group = &check->files[TABLE_GROUP];
	struct slice		 name = table_field(table, line, PASSWD_NAME);
	uint32_t		 gid;

	if (shadow->table != NULL && !table_has_name(shadow->table, name) &&
	    slice_is(table_field(table, line, PASSWD_PASSWORD), "x"))
		check_report(check, TABLE_PASSWD, check_line_number(line),
		    "the account %.*s has no entry in %s", check_clip(name),
		    name.text, shadow->path);
	if (group->table != NULL && !has_nis(group->table) &&
	    table_field_id(table, line, PASSWD_GID, &gid) == 0 &&
	    !check_file_has_id(group, gid))
		check_report(check, TABLE_PASSWD, check_line_number(line),
		    "the primary group %u of %.*s does not exist", gid,
		    check_clip(name), name.text);
}

/* The other file must know the name as well. */
static void
rule_counterpart(struct check *check, enum table_kind kind, line_t line,
    enum table_kind other_kind, const char *what)
{
	const struct check_file	*other = &check->files[other_kind];
	struct slice		 name;

	name = table_field(check->files[kind].table, line, 0);
	if (other->table == NULL || table_has_name(other->table, name) ||
	    (other_kind != TABLE_GSHADOW && has_nis(other->table)))
		return;
	check_report(check, kind, check_line_number(line),
	    "%s %.*s has no %s %s",
	    kind == TABLE_GROUP ? "the group" : "the entry",
	    check_clip(name), name.text, what, other->path);
}

static void
rule_members_exist(struct check *check, enum table_kind kind, line_t line,
    unsigned int field, const char *what)
{
	const struct table	*table = check->files[kind].table;
	const struct table	*passwd = check->files[TABLE_PASSWD].table;
	struct slice		 name = table_field(table, line, 0);
	struct slice		 list = table_field(table, line, field);
	struct slice		 member;

	if (passwd == NULL || has_nis(passwd))
		return;
	while (slice_list_next(&list, &member))
		if (!table_has_name(passwd, member))
			check_report(check, kind, check_line_number(line),
			    "the %s %.*s of %.*s does not exist", what,
			    check_clip(member), member.text, check_clip(name),
			    name.text);
}

static int
slice_compare(const void *one, const void *two)
{
	const struct slice	*a = one, *b = two;
	size_t			 length;
	int			 order;

	length = a->length < b->length ? a->length : b->length;
	if ((order = memcmp(a->text, b->text, length)) != 0)
		return (order);
	return (a->length < b->length ? -1 : a->length > b->length);
}

static struct members
members_collect(const struct table *table, line_t line, unsigned int field)
{
	struct slice	list = table_field(table, line, field), member;
	struct members	members = { NULL, 0 };
	size_t		i, kept = 0;

	while (slice_list_next(&list, &member))
		members.count++;
	members.list = calloc(members.count + 1, sizeof(*members.list));
	if (members.list == NULL)
		err(CTL_EXIT_FAILED, NULL);
	list = table_field(table, line, field);
	for (i = 0; slice_list_next(&list, &members.list[i]); i++)
		continue;
	qsort(members.list, members.count, sizeof(*members.list),
	    slice_compare);
	for (i = 0; i < members.count; i++)
		if (i == 0 || slice_compare(&members.list[i],
		    &members.list[kept - 1]) != 0)
			members.list[kept++] = members.list[i];
	members.count = kept;
	return (members);
}

static void
rule_only_here(struct check *check, enum table_kind kind, line_t line,
    struct slice member, const struct check_file *other)
{
	struct slice	name = table_field(check->files[kind].table, line, 0);

	check_report(check, kind, check_line_number(line),
	    "%.*s is a member of %.*s here, but not in %s", check_clip(member),
	    member.text, check_clip(name), name.text, other->path);
}

/* Who is a member in group must be one in gshadow, and the reverse. */
static void
rule_compare_members(struct check *check, line_t group, line_t gshadow)
{
	struct check_file	*files = check->files;
	struct members		 here, there;
	size_t			 i = 0, j = 0;
	int			 order;

	here = members_collect(files[TABLE_GROUP].table, group, GROUP_MEMBERS);
	there = members_collect(files[TABLE_GSHADOW].table, gshadow,
	    GSHADOW_MEMBERS);
	while (i < here.count || j < there.count) {
		order = i == here.count ? 1 : j == there.count ? -1 :
		    slice_compare(&here.list[i], &there.list[j]);
		if (order < 0)
			rule_only_here(check, TABLE_GROUP, group,
			    here.list[i], &files[TABLE_GSHADOW]);
		else if (order > 0)
			rule_only_here(check, TABLE_GSHADOW, gshadow,
			    there.list[j], &files[TABLE_GROUP]);
		i += order <= 0;
		j += order >= 0;
	}
	free(here.list);
	free(there.list);
}

/* The only entry of a name, or LINE_NONE. */
static line_t
table_find_only(const struct table *table, struct slice name)
{
	size_t	state = 0;
	line_t	line;

	line = table_find(table, name.text, name.length, &state);
	if (line != LINE_NONE &&
	    table_find(table, name.text, name.length, &state) != LINE_NONE)
		return (LINE_NONE);
	return (line);
}

static void
rule_group(struct check *check, line_t line)
{
	const struct table	*table = check->files[TABLE_GROUP].table;
	const struct table	*gshadow = check->files[TABLE_GSHADOW].table;
	struct slice		 name = table_field(table, line, GROUP_NAME);
	line_t			 other;

	rule_members_exist(check, TABLE_GROUP, line, GROUP_MEMBERS, "member");
	rule_counterpart(check, TABLE_GROUP, line, TABLE_GSHADOW, "entry in");
	if (gshadow == NULL || table_find_only(table, name) == LINE_NONE)
		return;
	if ((other = table_find_only(gshadow, name)) != LINE_NONE)
		rule_compare_members(check, line, other);
}

static void
rule_entry(struct check *check, enum table_kind kind, line_t line)
{
	switch (kind) {
	case TABLE_PASSWD:
		rule_account(check, line);
		break;
	case TABLE_SHADOW:
		rule_counterpart(check, kind, line, TABLE_PASSWD,
		    "account in");
		break;
	case TABLE_GROUP:
		rule_group(check, line);
		break;
	case TABLE_GSHADOW:
		rule_counterpart(check, kind, line, TABLE_GROUP, "group in");
		rule_members_exist(check, kind, line, GSHADOW_ADMINS,
		    "administrator");
		break;
	default:
		break;
	}
}

/*
 * Report what does not fit in the entries of one file.  All files must
 * have been through check_lines().
 */
void
check_rules(struct check *check, enum table_kind kind)
{
	const struct table	*table = check->files[kind].table;
	line_t			 line;

	for (line = 0; line < table->line_count; line++)
		if (check_line_is_entry(table, line))
			rule_entry(check, kind, line);
}
