/*
 * What other programs changed: the entries of a file that was read again
 * are compared with those in memory before, and the ledger is told.  When
 * there is no ledger yet, all that is there is new to it.
 */

#include "parent.h"

/* Entries of one name that are looked at: more are nobody's intention. */
#define EXTERNAL_LOOKS	16

struct external_kind {
	const char	*key;		/* of the name */
	int		 count;
	struct {
		const char	*key;
		unsigned int	 field;
	} fields[6];
};

/* What is told of an entry of each file; of secrets, only whose they are. */
static const struct external_kind kinds[TABLES] = {
	[TABLE_PASSWD] = { "login", 5, {
	    { "uid", PASSWD_UID }, { "gid", PASSWD_GID },
	    { "gecos", PASSWD_GECOS }, { "home", PASSWD_HOME },
	    { "shell", PASSWD_SHELL } } },
	[TABLE_SHADOW] = { "login", 0, { { NULL, 0 } } },
	[TABLE_GROUP] = { "group", 2, {
	    { "gid", GROUP_GID }, { "members", GROUP_MEMBERS } } },
	[TABLE_GSHADOW] = { "group", 0, { { NULL, 0 } } },
	[TABLE_ALIASES] = { "alias", 0, { { NULL, 0 } } }
};

static void
external_add_fields(struct ibuf *to, const struct table *table, line_t line)
{
	const struct external_kind	*kind = &kinds[table->kind];
	struct slice			 value;
	int				 i;

	for (i = 0; i < kind->count; i++) {
		value = table_field(table, line, kind->fields[i].field);
		token_add_bytes(to, kind->fields[i].key, value.text,
		    value.length);
	}
}

/* Whose secret it is, by the uid, too. */
static void
external_add_uid(const struct store *store, struct ibuf *to,
    struct slice name)
{
	const struct table	*passwd = store->tables[TABLE_PASSWD];
	size_t			 state = 0;
	struct slice		 uid;
	line_t			 line;

	if (passwd == NULL || (line = table_find(passwd, name.text,
	    name.length, &state)) == LINE_NONE)
		return;
	uid = table_field(passwd, line, PASSWD_UID);
	token_add_bytes(to, "uid", uid.text, uid.length);
}

static void
external_add_name(struct ibuf *to, const struct table *table, line_t line)
{
	char		text[ALIAS_LENGTH_MAX + 1];
	struct slice	name = table_field(table, line, 0);

	if (table->kind != TABLE_ALIASES)
		token_add_bytes(to, kinds[table->kind].key, name.text,
		    name.length);
	else if (alias_name(table, line, text, sizeof(text)) == 0) {
		token_add(to, "alias", text);
		alias_add_targets(table, line, to);
	}
}

static void
external_add(struct store *store, const struct table *table, line_t line,
    const char *action)
{
	struct ibuf	*to = store->external;

	text_print(to, "client=- peer=- change=external");
	token_add(to, "file", table_name(table->kind));
	token_add(to, "action", action);
	external_add_name(to, table, line);
	external_add_fields(to, table, line);
	if (table->kind == TABLE_SHADOW)
		external_add_uid(store, to, table_field(table, line, 0));
	text_add(to, "\n", 1);
}

static int
external_is_same(const struct table *a, line_t i, const struct table *b,
    line_t j)
{
	return (a->lines[i].length == b->lines[j].length &&
	    memcmp(a->lines[i].text, b->lines[j].text,
	    a->lines[i].length) == 0);
}

/*
 * The entry of the same name in the other table; if there are several, one
 * that is the same, if there is, else the first.
 */
static line_t
external_find(const struct table *table, const struct table *other,
    line_t line)
{
	char		text[ALIAS_LENGTH_MAX + 1];
	struct slice	name = table_field(table, line, 0);
	size_t		state = 0;
	line_t		found, first = LINE_NONE;
	int		i;

	if (other == NULL)
		return (LINE_NONE);
	if (table->kind == TABLE_ALIASES)
		alias_name(table, line, text, sizeof(text));
	for (i = 0; i < EXTERNAL_LOOKS; i++) {
		found = table->kind == TABLE_ALIASES ?
		    alias_find(other, text, &state) :
		    table_find(other, name.text, name.length, &state);
		if (found == LINE_NONE)
			break;
		if (external_is_same(table, line, other, found))
			return (found);
		if (first == LINE_NONE)
			first = found;
	}
	return (first);
}

/* Of what has no name that fits, nobody can be told. */
static int
external_has_name(const struct table *table, line_t line)
{
	char	text[ALIAS_LENGTH_MAX + 1];

	return (table->lines[line].entry && (table->kind != TABLE_ALIASES ||
	    alias_name(table, line, text, sizeof(text)) == 0));
}

/*
 * A file has been read again: note for the ledger how its entries differ
 * from those of the table before it, which may be NULL.
 */
void
external_compare(struct store *store, enum table_kind kind,
    const struct table *old)
{
	const struct table	*new = store->tables[kind];
	line_t			 line, other;

	/* That there are secrets is nothing new to begin with. */
	if (kind == TABLE_SUSPENDED || (old == NULL && (!store->is_first ||
	    kind == TABLE_SHADOW || kind == TABLE_GSHADOW)))
		return;
	for (line = 0; new != NULL && line < new->line_count; line++) {
		if (!external_has_name(new, line))
			continue;
		other = external_find(new, old, line);
		if (other == LINE_NONE)
			external_add(store, new, line, "added");
		else if (!external_is_same(new, line, old, other))
			external_add(store, new, line, "changed");
	}
	for (line = 0; old != NULL && line < old->line_count; line++)
		if (external_has_name(old, line) && (new == NULL ||
		    external_find(old, new, line) == LINE_NONE))
			external_add(store, old, line, "removed");
}
