/*
 * An account file in memory: parsing, looking up, reading fields.  Lines
 * that cannot be understood - comments, NIS lines, damaged ones - are kept
 * and written back as they are, but never found.  The parent and the
 * workers both read through this file; editing is edit.c, the parent's.
 */

#include "dwserv.h"
#include "table.h"
#include "xmalloc.h"

static size_t	fields_line_length(const char *, size_t);
static int	fields_is_entry(const struct table *, const char *, size_t);
static void	fields_index_line(struct table *, line_t, int);
static void	fields_index_list(struct table *, line_t, struct slice, int);
static uint32_t	fields_hash(const struct table *, const char *, size_t);
static int	fields_has_name(const struct table *, line_t, const char *,
		    size_t);
static int	fields_has_member(const struct table *, line_t, const char *);
static int	fields_text_name(struct slice, char *, size_t);

/* Fields between colons; + and - at the beginning mean NIS. */
static const struct table_reader fields_reader = {
	fields_line_length, fields_is_entry, fields_index_line,
	fields_index_list, fields_hash, fields_has_name, fields_has_member,
	fields_text_name, 0
};

static const struct table_shape {
	const struct table_reader	*reader;
	const char	*name;
	unsigned int	 fields;
	unsigned int	 fields_short;	/* an older form, also accepted */
	unsigned int	 fields_less;	/* the last one may be missing */
	int		 id_field;	/* -1: none */
	unsigned int	 list_field;	/* and those after it: of names */
} shapes[TABLES] = {
	[TABLE_PASSWD] = { &fields_reader, "passwd", PASSWD_FIELDS,
	    PASSWD_FIELDS, PASSWD_FIELDS, PASSWD_UID, PASSWD_FIELDS },
	[TABLE_SHADOW] = { &fields_reader, "shadow", SHADOW_FIELDS, 5,
	    SHADOW_FIELDS - 1, -1, SHADOW_FIELDS },
	[TABLE_GROUP] = { &fields_reader, "group", GROUP_FIELDS, 3,
	    GROUP_FIELDS, GROUP_GID, GROUP_MEMBERS },
	[TABLE_GSHADOW] = { &fields_reader, "gshadow", GSHADOW_FIELDS,
	    GSHADOW_FIELDS, GSHADOW_FIELDS, -1, GSHADOW_ADMINS },
	[TABLE_ALIASES] = { &alias_reader, "aliases", 0, 0, 0, -1, 0 },
	[TABLE_SUSPENDED] = { &fields_reader, "suspended", SUSPENDED_FIELDS,
	    SUSPENDED_FIELDS, SUSPENDED_FIELDS, SUSPENDED_UID,
	    SUSPENDED_FIELDS }
};

static void	table_split(struct table *);

/* The name of the file in /etc. */
const char *
table_name(enum table_kind kind)
{
	return (shapes[kind].name);
}

/*
 * Make a table of a file's bytes, which must come from malloc with room
 * for one byte more than size, which must be below 4 GB, and belong to the
 * table from now on.
 */
struct table *
table_parse(enum table_kind kind, char *file, size_t size)
{
	struct table	*table;

	if (size >= UINT32_MAX)
		fatalx("/etc/%s is too large", table_name(kind));
	table = xcalloc(1, sizeof(*table));
	table->kind = kind;
	table->file = file;
	table->file_size = size;
	table->nis = UINT32_MAX;
	arc4random_buf(&table->seed, sizeof(table->seed));
	table_split(table);
	return (table);
}

void
table_free(struct table *table)
{
	uint32_t	i;

	if (table == NULL)
		return;
	table_forget_edits(table);
	for (i = 0; i < table->line_count; i++)
		if (table->lines[i].owned)
			freezero(table->lines[i].text,
			    table->lines[i].length);
	index_free(&table->by_name);
	index_free(&table->by_id);
	index_free(&table->by_member);
	free(table->edits);
	free(table->lines);
	freezero(table->file, table->file_size);
	free(table);
}

/* Forget what the lines were before they were edited. */
void
table_forget_edits(struct table *table)
{
	struct edit	*edit;

	while (table->edit_count > 0) {
		edit = &table->edits[--table->edit_count];
		if (edit->old.owned && !edit->spliced)
			freezero(edit->old.text, edit->old.length);
		freezero(edit->cut, edit->cut_length);
		table->lines[edit->line].edited = 0;
	}
}

/* One line more, of which nothing is set yet. */
line_t
table_line_new(struct table *table)
{
	uint32_t	old = table->line_size;

	if (table->line_count == old) {
		table->line_size += old / 2 + 64;
		table->lines = xrecallocarray(table->lines, old,
		    table->line_size, sizeof(*table->lines));
	}
	return (table->line_count++);
}

static const struct table_reader *
table_reader(const struct table *table)
{
	return (shapes[table->kind].reader);
}

static void
table_split(struct table *table)
{
	const struct table_reader	*reader = table_reader(table);
	char				*at = table->file;
	char				*end = at + table->file_size;
	size_t				 length;
	line_t				 line;

	table->repaired = at < end && end[-1] != '\n';
	*end = '\n';
	for (; at < end; at += length + 1) {
		length = reader->line_length(at, (size_t)(end - at));
		line = table_line_new(table);
		table->lines[line].text = at;
		table->lines[line].length = (uint32_t)length;
		if (reader == &fields_reader && table->nis == UINT32_MAX &&
		    (*at == '+' || *at == '-'))
			table->nis = line;
		table_index_line(table, line, 1);
	}
	table->file_lines = table->line_count;
}

static struct slice
text_field(const char *text, size_t length, unsigned int field)
{
	struct slice	rest = { text, length };

	while (field-- > 0)
		slice_cut(&rest, ':');
	return (slice_cut(&rest, ':'));
}

static size_t
fields_line_length(const char *text, size_t size)
{
	const char	*newline = memchr(text, '\n', size);

	return (newline == NULL ? size : (size_t)(newline - text));
}

/*
 * The right number of fields, a name, and numbers where numbers must be.
 */
static int
fields_is_entry(const struct table *table, const char *text, size_t length)
{
	const struct table_shape	*shape = &shapes[table->kind];
	unsigned int			 count = 1;
	uint32_t			 id;
	size_t				 i;

	if (length == 0 || strchr("+-#:", *text) != NULL ||
	    memchr(text, '\0', length) != NULL ||
	    memchr(text, '\n', length) != NULL)
		return (0);
	for (i = 0; i < length; i++)
		count += text[i] == ':';
	if (count != shape->fields && count != shape->fields_short &&
	    count != shape->fields_less)
		return (0);
	return ((table->kind != TABLE_PASSWD || slice_number(text_field(text,
	    length, PASSWD_GID), &id) == 0) && (shape->id_field == -1 ||
	    slice_number(text_field(text, length, (unsigned)shape->id_field),
	    &id) == 0));
}

/*
 * Whether a text is one line that is an entry of its file; that of aliases
 * may be continued.
 */
int
table_line_is_entry(const struct table *table, const char *text,
    size_t length)
{
	return (table_reader(table)->is_entry(table, text, length));
}

/* Whether a line with a backslash at its end goes on in the next one. */
int
table_joins_lines(const struct table *table)
{
	return (table_reader(table)->joins);
}

static void
table_enter(struct table *table, struct index *index, const void *key,
    size_t length, line_t line, int add)
{
	uint32_t	hash = index_hash(table->seed, key, length);

	if (add)
		index_insert(index, hash, line);
	else
		index_remove(index, hash, line);
}

static void
fields_index_list(struct table *table, line_t line, struct slice list,
    int add)
{
	struct slice	member;

	/* What a line grew by may begin with the colon of the list. */
	if (list.length > 0 && *list.text == ':')
		slice_cut(&list, ':');
	while (slice_list_next(&list, &member))
		table_index_member(table, line, member, add);
}

static void
fields_index_line(struct table *table, line_t line, int add)
{
	const struct table_shape	*shape = &shapes[table->kind];
	unsigned int			 field;
	uint32_t			 id = 0;

	table_index_name(table, line, table_field(table, line, 0), add);
	if (shape->id_field != -1) {
		table_field_id(table, line, (unsigned)shape->id_field, &id);
		table_enter(table, &table->by_id, &id, sizeof(id), line, add);
	}
	if (table->kind == TABLE_PASSWD) {
		table_field_id(table, line, PASSWD_GID, &id);
		table_enter(table, &table->by_member, &id, sizeof(id), line,
		    add);
	}
	for (field = shape->list_field; field < shape->fields; field++)
		fields_index_list(table, line, table_field(table, line,
		    field), add);
}

/*
 * Enter a line into the indexes (add non-zero) or take it out.  A line
 * that is no entry is left out.
 */
void
table_index_line(struct table *table, line_t line, int add)
{
	struct table_line	*entry = &table->lines[line];

	if (add)
		entry->entry = (uint8_t)table_line_is_entry(table,
		    entry->text, entry->length);
	if (!entry->entry)
		return;
	table_reader(table)->index_line(table, line, add);
	entry->entry = add != 0;
}

/*
 * Enter the members of a part of a line, as it stands in the file, into
 * the index of members, or take them out.
 */
void
table_index_list(struct table *table, line_t line, struct slice list,
    int add)
{
	table_reader(table)->index_list(table, line, list, add);
}

/* Enter a line under a name, or take it out. */
void
table_index_name(struct table *table, line_t line, struct slice name,
    int add)
{
	table_enter(table, &table->by_name, name.text, name.length, line,
	    add);
}

/* Enter one member of a line into the index of members, or take it out. */
void
table_index_member(struct table *table, line_t line, struct slice member,
    int add)
{
	table_enter(table, &table->by_member, member.text, member.length,
	    line, add);
}

static uint32_t
fields_hash(const struct table *table, const char *key, size_t length)
{
	return (index_hash(table->seed, key, length));
}

static int
fields_has_name(const struct table *table, line_t line, const char *name,
    size_t length)
{
	struct slice	found = table_field(table, line, 0);

	return (found.length == length &&
	    memcmp(found.text, name, length) == 0);
}

static int
fields_text_name(struct slice text, char *name, size_t size)
{
	return (slice_copy(slice_cut(&text, ':'), name, size));
}

/*
 * The name in the text of an entry, by which it can be found.  Returns -1
 * if it does not fit or there is none.
 */
int
table_text_name(const struct table *table, struct slice text, char *name,
    size_t size)
{
	return (table_reader(table)->text_name(text, name, size));
}

/*
 * The entries of a name, one after the other; *state is 0 at first.
 * Returns LINE_NONE after the last.  Those of aliases in any case.
 */
line_t
table_find(const struct table *table, const char *name, size_t length,
    size_t *state)
{
	const struct table_reader	*reader = table_reader(table);
	uint32_t			 hash = reader->hash(table, name,
					    length);
	line_t				 line;

	while ((line = index_next(&table->by_name, hash, state)) !=
	    LINE_NONE)
		if (reader->has_name(table, line, name, length))
			return (line);
	return (LINE_NONE);
}

/* An entry of this name, or LINE_NONE; there may be more than one. */
line_t
table_find_name(const struct table *table, const char *name)
{
	size_t	state = 0;

	return (table_find(table, name, strlen(name), &state));
}

/* An entry of this uid (passwd) or gid (group), or LINE_NONE. */
line_t
table_find_id(const struct table *table, uint32_t id)
{
	size_t	state = 0;

	return (table_next_id(table, id, &state));
}

/*
 * All entries of this uid or gid, one after the other; *state is 0 at
 * first.  LINE_NONE after the last.
 */
line_t
table_next_id(const struct table *table, uint32_t id, size_t *state)
{
	uint32_t	found, hash = index_hash(table->seed, &id, sizeof(id));
	line_t		line;

	while ((line = index_next(&table->by_id, hash, state)) != LINE_NONE)
		if (table_field_id(table, line,
		    (unsigned)shapes[table->kind].id_field, &found) == 0 &&
		    found == id)
			return (line);
	return (LINE_NONE);
}

/* An entry of passwd with this primary group, or LINE_NONE. */
line_t
table_find_primary(const struct table *table, uint32_t gid)
{
	size_t	state = 0;

	return (table_next_primary(table, gid, &state));
}

/* All of them, one after the other; *state is 0 at first. */
line_t
table_next_primary(const struct table *table, uint32_t gid, size_t *state)
{
	uint32_t	hash = index_hash(table->seed, &gid, sizeof(gid));
	uint32_t	found;
	line_t		line;

	while ((line = index_next(&table->by_member, hash,
	    state)) != LINE_NONE)
		if (table_field_id(table, line, PASSWD_GID, &found) == 0 &&
		    found == gid)
			return (line);
	return (LINE_NONE);
}

static int
fields_has_member(const struct table *table, line_t line, const char *name)
{
	return (slice_list_has(table_field(table, line, GROUP_MEMBERS),
	    name) || (table->kind == TABLE_GSHADOW &&
	    slice_list_has(table_field(table, line, GSHADOW_ADMINS), name)));
}

/*
 * Whether the line of group or gshadow lists this member (or admin), or
 * that of aliases this target.
 */
int
table_has_member(const struct table *table, line_t line, const char *name)
{
	return (table_reader(table)->has_member(table, line, name));
}

/* Under which a member stands in the index of members. */
uint32_t
table_member_hash(const struct table *table, const char *name)
{
	return (table_reader(table)->hash(table, name, strlen(name)));
}

/*
 * The lines of group, gshadow or aliases that list this member, one after
 * the other; *state is 0 at first.  A line may come twice.  LINE_NONE
 * after the last.
 */
line_t
table_next_member(const struct table *table, const char *name,
    size_t *state)
{
	uint32_t	hash = table_member_hash(table, name);
	line_t		line;

	while ((line = index_next(&table->by_member, hash, state)) !=
	    LINE_NONE)
		if (table_has_member(table, line, name))
			return (line);
	return (LINE_NONE);
}

/*
 * A field of an entry; empty if the entry is of the older, shorter form.
 * Aliases have no fields.
 */
struct slice
table_field(const struct table *table, line_t line, unsigned int field)
{
	return (text_field(table->lines[line].text,
	    table->lines[line].length, field));
}

/* A numeric field.  Returns -1 if it is not a number of 32 bits. */
int
table_field_id(const struct table *table, line_t line, unsigned int field,
    uint32_t *id)
{
	return (slice_number(table_field(table, line, field), id));
}

/*
 * The line that stands at a place of the file, counted from 0: added lines
 * follow the others, but come before the NIS lines.
 */
line_t
table_line_at(const struct table *table, uint32_t place)
{
	uint32_t	added = table->line_count - table->file_lines;

	if (place < table->nis)
		return (place);
	if (place < table->nis + added)
		return (place - table->nis + table->file_lines);
	return (place - added);
}

static uint32_t
table_line_height(const struct table_line *line)
{
	uint32_t	i, height = line->text != NULL;

	for (i = 0; i < line->length; i++)
		height += line->text[i] == '\n';
	return (height);
}

/* Where a line stands in the file, counted from 1; slow, for messages. */
uint32_t
table_line_number(const struct table *table, line_t line)
{
	uint32_t	place, number = 1;

	for (place = 0; table_line_at(table, place) != line; place++)
		number += table_line_height(&table->lines[table_line_at(
		    table, place)]);
	return (number);
}
