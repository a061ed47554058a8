/*
 * An account file in memory: parsing, looking up, reading fields.  Lines
 * that cannot be understood - comments, NIS lines, damaged ones - are kept
 * and written back as they are, but never found.  The parent and the
 * workers both read through this file; editing is edit.c, the parent's.
 */

#include "dwserv.h"
#include "table.h"
#include "xmalloc.h"

static const struct table_shape {
	const char	*name;
	unsigned int	 fields;
	unsigned int	 fields_short;	/* an older form, also accepted */
	int		 id_field;	/* -1: none */
	int		 member_field;	/* -1: none */
} shapes[TABLES] = {
	[TABLE_PASSWD] = { "passwd", PASSWD_FIELDS, PASSWD_FIELDS, PASSWD_UID,
	    PASSWD_GID },
	[TABLE_SHADOW] = { "shadow", SHADOW_FIELDS, 5, -1, -1 },
	[TABLE_GROUP] = { "group", GROUP_FIELDS, 3, GROUP_GID,
	    GROUP_MEMBERS },
	[TABLE_GSHADOW] = { "gshadow", GSHADOW_FIELDS, GSHADOW_FIELDS, -1,
	    GSHADOW_MEMBERS }
};

static void	table_split(struct table *);
static void	table_append(struct table *, char *, size_t);
static void	table_index_list(struct table *, line_t, unsigned int, int);
static uint32_t	table_hash_id(const struct table *, uint32_t);

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
	table->unused = LINE_NONE;
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
	for (i = 0; i < table->line_count; i++)
		if (table->lines[i].owned)
			freezero(table->lines[i].text,
			    table->lines[i].length);
	for (i = 0; i < table->edit_count; i++)
		if (table->edits[i].old_owned)
			freezero(table->edits[i].old_text,
			    table->edits[i].old_length);
	index_free(&table->by_name);
	index_free(&table->by_id);
	index_free(&table->by_member);
	free(table->edits);
	free(table->order);
	free(table->lines);
	if (table->file != NULL)
		freezero(table->file, table->file_size);
	free(table);
}

static uint32_t
table_count_lines(const struct table *table)
{
	const char	*at = table->file, *end = at + table->file_size;
	uint32_t	 count = 1;

	for (; at < end && (at = memchr(at, '\n', (size_t)(end - at))) !=
	    NULL; at++)
		count++;
	return (count);
}

static void
table_split(struct table *table)
{
	char		*at = table->file, *end = at + table->file_size;
	char		*newline;
	uint32_t	 count = table_count_lines(table);

	table->line_size = table->order_size = count + 16;
	table->lines = xcalloc(table->line_size, sizeof(*table->lines));
	table->order = xreallocarray(NULL, table->order_size,
	    sizeof(*table->order));
	index_reserve(&table->by_name, count);
	if (shapes[table->kind].id_field != -1)
		index_reserve(&table->by_id, count);
	while (at < end) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL) {
			newline = end;
			*newline = '\n';
			table->repaired = 1;
		}
		table_append(table, at, (size_t)(newline - at));
		at = newline + 1;
	}
}

static void
table_append(struct table *table, char *text, size_t length)
{
	line_t	line = table->line_count++;

	table->lines[line].text = text;
	table->lines[line].length = (uint32_t)length;
	table->order[table->order_count++] = line;
	if (length > 0 && (text[0] == '+' || text[0] == '-')) {
		if (table->nis == UINT32_MAX)
			table->nis = table->order_count - 1;
		return;
	}
	table_index_line(table, line, 1);
}

/*
 * Whether a line is an entry of its file: the right number of fields, a
 * name, and numbers where numbers must be.
 */
int
table_line_is_entry(const struct table *table, const char *text,
    size_t length)
{
	const struct table_shape	*shape = &shapes[table->kind];
	struct slice			 fields[SHADOW_FIELDS];
	const char			*at = text, *end = text + length;
	const char			*colon;
	unsigned int			 count = 0;
	uint32_t			 id;

	if (length == 0 || strchr("+-#", *text) != NULL ||
	    memchr(text, '\0', length) != NULL)
		return (0);
	do {
		if (count == shape->fields)
			return (0);
		colon = memchr(at, ':', (size_t)(end - at));
		fields[count].text = at;
		fields[count].length =
		    (size_t)((colon == NULL ? end : colon) - at);
		count++;
		at = colon == NULL ? end : colon + 1;
	} while (colon != NULL);
	/* The last field of shadow may be missing. */
	if (count != shape->fields && count != shape->fields_short &&
	    (table->kind != TABLE_SHADOW || count != SHADOW_FIELDS - 1))
		return (0);
	if (fields[0].length == 0)
		return (0);
	if (table->kind == TABLE_PASSWD &&
	    slice_number(fields[PASSWD_GID], &id) == -1)
		return (0);
	return (shape->id_field == -1 ||
	    slice_number(fields[shape->id_field], &id) == 0);
}

static void
table_enter(struct index *index, uint32_t hash, line_t line, int add)
{
	if (add)
		index_insert(index, hash, line);
	else
		index_remove(index, hash, line);
}

/*
 * Enter a line into the indexes (add non-zero) or take it out.  A line
 * that is no entry is left out.
 */
void
table_index_line(struct table *table, line_t line, int add)
{
	const struct table_shape	*shape = &shapes[table->kind];
	struct table_line		*entry = &table->lines[line];
	struct slice			 name;
	uint32_t			 id = 0;

	if (add)
		entry->entry = (uint8_t)table_line_is_entry(table,
		    entry->text, entry->length);
	if (!entry->entry)
		return;
	name = table_field(table, line, 0);
	table_enter(&table->by_name, index_hash(table->seed, name.text,
	    name.length), line, add);
	if (shape->id_field != -1) {
		table_field_id(table, line, (unsigned)shape->id_field, &id);
		table_enter(&table->by_id, table_hash_id(table, id), line,
		    add);
	}
	if (table->kind == TABLE_PASSWD) {
		table_field_id(table, line, PASSWD_GID, &id);
		table_enter(&table->by_member, table_hash_id(table, id), line,
		    add);
	} else if (shape->member_field != -1)
		table_index_list(table, line, (unsigned)shape->member_field,
		    add);
	if (table->kind == TABLE_GSHADOW)
		table_index_list(table, line, GSHADOW_ADMINS, add);
	entry->entry = add != 0;
}

/* Enter one member of a line into the index of members, or take it out. */
void
table_index_member(struct table *table, line_t line, struct slice member,
    int add)
{
	table_enter(&table->by_member, index_hash(table->seed, member.text,
	    member.length), line, add);
}

static void
table_index_list(struct table *table, line_t line, unsigned int field,
    int add)
{
	struct slice	list = table_field(table, line, field), member;

	while (slice_list_next(&list, &member))
		table_index_member(table, line, member, add);
}

static uint32_t
table_hash_id(const struct table *table, uint32_t id)
{
	return (index_hash(table->seed, &id, sizeof(id)));
}

/*
 * The entries of a name, one after the other; *state is 0 at first.
 * Returns LINE_NONE after the last.
 */
line_t
table_find(const struct table *table, const char *name, size_t length,
    size_t *state)
{
	uint32_t	hash = index_hash(table->seed, name, length);
	struct slice	found;
	line_t		line;

	while ((line = index_next(&table->by_name, hash, state)) !=
	    LINE_NONE) {
		found = table_field(table, line, 0);
		if (found.length == length &&
		    memcmp(found.text, name, length) == 0)
			return (line);
	}
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
	uint32_t	found;
	size_t		state = 0;
	line_t		line;

	while ((line = index_next(&table->by_id, table_hash_id(table, id),
	    &state)) != LINE_NONE)
		if (table_field_id(table, line,
		    (unsigned)shapes[table->kind].id_field, &found) == 0 &&
		    found == id)
			return (line);
	return (LINE_NONE);
}

/* How many entries of passwd have this primary group; 2 stands for more. */
uint32_t
table_count_gid(const struct table *table, uint32_t gid)
{
	uint32_t	found, count = 0;
	size_t		state = 0;
	line_t		line;

	while (count < 2 && (line = index_next(&table->by_member,
	    table_hash_id(table, gid), &state)) != LINE_NONE)
		if (table_field_id(table, line, PASSWD_GID, &found) == 0 &&
		    found == gid)
			count++;
	return (count);
}

/* Whether the line of group or gshadow lists this member (or admin). */
int
table_has_member(const struct table *table, line_t line, const char *name)
{
	return (slice_list_has(table_field(table, line, GROUP_MEMBERS),
	    name) || (table->kind == TABLE_GSHADOW &&
	    slice_list_has(table_field(table, line, GSHADOW_ADMINS), name)));
}

/*
 * The lines of group or gshadow that list this member, one after the
 * other; *state is 0 at first.  A line may come twice.  LINE_NONE after
 * the last.
 */
line_t
table_next_member(const struct table *table, const char *name,
    size_t *state)
{
	uint32_t	hash = index_hash(table->seed, name, strlen(name));
	line_t		line;

	while ((line = index_next(&table->by_member, hash, state)) !=
	    LINE_NONE)
		if (table_has_member(table, line, name))
			return (line);
	return (LINE_NONE);
}

/* A field of an entry; empty if the entry is of the older, shorter form. */
struct slice
table_field(const struct table *table, line_t line, unsigned int field)
{
	const char	*at = table->lines[line].text;
	const char	*end = at + table->lines[line].length, *colon;
	struct slice	 result = { "", 0 };

	while (field-- > 0) {
		colon = memchr(at, ':', (size_t)(end - at));
		if (colon == NULL)
			return (result);
		at = colon + 1;
	}
	colon = memchr(at, ':', (size_t)(end - at));
	result.text = at;
	result.length = (size_t)((colon == NULL ? end : colon) - at);
	return (result);
}

/* A numeric field.  Returns -1 if it is not a number of 32 bits. */
int
table_field_id(const struct table *table, line_t line, unsigned int field,
    uint32_t *id)
{
	return (slice_number(table_field(table, line, field), id));
}

/* Where a line stands in the file, counted from 1; slow, for messages. */
uint32_t
table_line_number(const struct table *table, line_t line)
{
	uint32_t	i, number = 0;

	for (i = 0; i < table->order_count; i++) {
		if (table->lines[table->order[i]].text != NULL)
			number++;
		if (table->order[i] == line)
			break;
	}
	return (number);
}

/* Whether the bytes are those of a string. */
int
slice_is(struct slice slice, const char *string)
{
	return (strlen(string) == slice.length &&
	    memcmp(slice.text, string, slice.length) == 0);
}

/* A decimal number of 32 bits, nothing before or after it.  -1 if not. */
int
slice_number(struct slice slice, uint32_t *number)
{
	uint64_t	value = 0;
	size_t		i;

	if (slice.length == 0 || slice.length > 10)
		return (-1);
	for (i = 0; i < slice.length; i++) {
		if (slice.text[i] < '0' || slice.text[i] > '9')
			return (-1);
		value = value * 10 + (uint64_t)(slice.text[i] - '0');
	}
	if (value > UINT32_MAX)
		return (-1);
	*number = (uint32_t)value;
	return (0);
}

/*
 * Take the next element off a comma separated list.  Returns 0 when there
 * is none; empty elements are passed over.
 */
int
slice_list_next(struct slice *list, struct slice *element)
{
	const char	*comma;

	do {
		if (list->length == 0)
			return (0);
		comma = memchr(list->text, ',', list->length);
		element->text = list->text;
		element->length = comma == NULL ? list->length :
		    (size_t)(comma - list->text);
		list->length -= element->length + (comma != NULL);
		list->text += element->length + (comma != NULL);
	} while (element->length == 0);
	return (1);
}

/* Whether an element of a comma separated list is this string. */
int
slice_list_has(struct slice list, const char *string)
{
	struct slice	element;

	while (slice_list_next(&list, &element))
		if (slice_is(element, string))
			return (1);
	return (0);
}
