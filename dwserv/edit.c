/*
 * Changing a table: each edit is remembered until the table is settled, so
 * that it can be undone (rollback), written to the journal (visit) and kept
 * apart from what others wrote.  No byte of an unedited line is touched.
 */

#include "dwserv.h"
#include "table.h"
#include "xmalloc.h"

static size_t
text_room(size_t length)
{
	size_t	room = 32;

	while (room < length + 1)
		room *= 2;
	return (room);
}

/* A copy that ends in a newline and has room to grow. */
static char *
text_copy(const char *text, size_t length)
{
	char	*copy = xreallocarray(NULL, text_room(length), 1);

	memcpy(copy, text, length);
	copy[length] = '\n';
	return (copy);
}

/*
 * What is not exactly one line, or no entry, must never get into a file:
 * the last line of defence behind the checks of every field.
 */
static void
text_check(const struct table *table, const char *text, size_t length)
{
	if (!table_line_is_entry(table, text, length))
		fatalx("a line that is no entry of /etc/%s was made",
		    table_name(table->kind));
}

/* Note what a line is before it is edited. */
static struct edit *
edit_push(struct table *table, line_t line)
{
	struct edit	*edit;
	size_t		 old = table->edit_size;

	if (table->edit_count == old) {
		table->edit_size += old + 64;
		table->edits = xrecallocarray(table->edits, old,
		    table->edit_size, sizeof(*table->edits));
	}
	edit = &table->edits[table->edit_count++];
	memset(edit, 0, sizeof(*edit));
	edit->line = line;
	edit->old = table->lines[line];
	table->lines[line].edited = 1;
	return (edit);
}

/* Exchange the text of a line, NULL to have it removed.  Takes the text. */
static void
line_exchange(struct table *table, line_t line, char *text, size_t length)
{
	struct table_line	*entry = &table->lines[line];

	edit_push(table, line);
	table_index_line(table, line, 0);
	entry->text = text;
	entry->length = (uint32_t)length;
	entry->owned = text != NULL;
	table->removed += text == NULL;
	table_index_line(table, line, 1);
}

/*
 * Add an entry after the last line, but before NIS lines, as shadow-utils
 * does.  Returns its line.
 */
line_t
table_add(struct table *table, const char *text, size_t length)
{
	line_t	line = table_line_new(table);

	table_change(table, line, text, length);
	return (line);
}

/* Give a line another text. */
void
table_change(struct table *table, line_t line, const char *text,
    size_t length)
{
	text_check(table, text, length);
	line_exchange(table, line, text_copy(text, length), length);
}

/* Take a line out. */
void
table_remove(struct table *table, line_t line)
{
	line_exchange(table, line, NULL, 0);
}

/* Exchange a part of a text that is the line's own. */
static void
text_splice(struct table_line *entry, size_t at, size_t cut,
    const char *text, size_t length)
{
	size_t	tail = entry->length - at - cut;
	size_t	room = text_room(at + length + tail);

	/* There may be more room than the length says, never less. */
	if (room > text_room(entry->length))
		entry->text = xrecallocarray(entry->text,
		    text_room(entry->length), room, 1);
	memmove(entry->text + at + length, entry->text + at + cut, tail + 1);
	if (length > 0)
		memcpy(entry->text + at, text, length);
	entry->length = (uint32_t)(at + length + tail);
}

/*
 * Exchange a part of a line.  A line that was edited before in this batch
 * is changed in place, so that a thousand new members of a large list do
 * not cost a thousand copies of its line.  The indexes are left alone.
 */
static struct edit *
line_splice(struct table *table, line_t line, size_t at, size_t cut,
    const char *text, size_t length)
{
	struct table_line	*entry = &table->lines[line];
	struct edit		*edit;

	if (!entry->edited) {
		edit_push(table, line);
		entry->text = text_copy(entry->text, entry->length);
		entry->owned = 1;
	}
	edit = edit_push(table, line);
	edit->spliced = 1;
	edit->at = (uint32_t)at;
	edit->length = (uint32_t)length;
	edit->cut_length = (uint32_t)cut;
	if (cut > 0) {
		edit->cut = xreallocarray(NULL, cut, 1);
		memcpy(edit->cut, entry->text + at, cut);
	}
	text_splice(entry, at, cut, text, length);
	return (edit);
}

static void
line_unsplice(struct table *table, struct edit *edit)
{
	struct table_line	*entry = &table->lines[edit->line];

	if (edit->times == 0)
		table_index_list(table, edit->line, (struct slice){
		    entry->text + edit->at, edit->length }, 0);
	while (edit->times-- > 0)
		index_insert(&table->by_member, edit->hash, edit->line);
	text_splice(entry, edit->at, edit->length, edit->cut,
	    edit->cut_length);
	freezero(edit->cut, edit->cut_length);
}

/*
 * Insert members into a line, at an offset, as they are to stand there.
 * The caller knows that the line stays an entry.
 */
void
table_grow(struct table *table, line_t line, size_t at, const char *text,
    size_t length)
{
	line_splice(table, line, at, 0, text, length);
	table_index_list(table, line, (struct slice){
	    table->lines[line].text + at, length }, 1);
}

/*
 * Give a line a text that is what it was without a member, which it had so
 * many times (1 or more).
 */
void
table_drop(struct table *table, line_t line, const char *text,
    size_t length, const char *member, size_t times)
{
	const struct table_line	*entry = &table->lines[line];
	struct edit		*edit;
	size_t			 begin = 0, end = 0, i, shorter;

	text_check(table, text, length);
	shorter = length < entry->length ? length : entry->length;
	while (begin < shorter && text[begin] == entry->text[begin])
		begin++;
	while (end < shorter - begin && text[length - 1 - end] ==
	    entry->text[entry->length - 1 - end])
		end++;
	edit = line_splice(table, line, begin, entry->length - begin - end,
	    text + begin, length - begin - end);
	edit->times = times;
	edit->hash = table_member_hash(table, member);
	for (i = 0; i < times; i++)
		index_remove(&table->by_member, edit->hash, line);
}

/* Add a member to the last field of a line of group or gshadow. */
void
table_add_member(struct table *table, line_t line, const char *name)
{
	const struct table_line	*entry = &table->lines[line];
	size_t			 length = strlen(name);
	char			*text = xreallocarray(NULL, length + 1, 1);
	char			 last = entry->text[entry->length - 1];
	int			 separate = last != ':' && last != ',';

	/* An older, shorter line of group lacks the field as well. */
	text[0] = table_field(table, line, GROUP_MEMBERS).length > 0 ?
	    ',' : ':';
	memcpy(text + separate, name, length);
	table_grow(table, line, entry->length, text, length +
	    (size_t)separate);
	free(text);
}

static size_t
list_copy_without(char *to, struct slice list, const char *name)
{
	struct slice	member;
	size_t		length = 0;

	while (slice_list_next(&list, &member)) {
		if (slice_is(member, name))
			continue;
		if (length > 0)
			to[length++] = ',';
		memcpy(to + length, member.text, member.length);
		length += member.length;
	}
	return (length);
}

/*
 * Take a member out of a line of group or gshadow, there out of the list
 * of administrators as well.
 */
void
table_remove_member(struct table *table, line_t line, const char *name)
{
	struct table_line	*entry = &table->lines[line];
	unsigned int		 first = table->kind == TABLE_GSHADOW ?
	    (unsigned)GSHADOW_ADMINS : (unsigned)GROUP_MEMBERS, field;
	char			*text = text_copy(entry->text, entry->length);
	size_t			 length;

	length = (size_t)(table_field(table, line, first).text - entry->text);
	for (field = first; field <= GROUP_MEMBERS; field++) {
		if (field > first)
			text[length++] = ':';
		length += list_copy_without(text + length, table_field(table,
		    line, field), name);
	}
	text[length] = '\n';
	line_exchange(table, line, text, length);
}

/* A point to which table_rollback() can return; also of no table. */
size_t
table_mark(const struct table *table)
{
	return (table == NULL ? 0 : table->edit_count);
}

static void
edit_undo(struct table *table, struct edit *edit)
{
	struct table_line	*entry = &table->lines[edit->line];

	if (edit->spliced) {
		line_unsplice(table, edit);
		return;
	}
	table_index_line(table, edit->line, 0);
	freezero(entry->text, entry->length);
	table->removed -= entry->text == NULL;
	*entry = edit->old;
	table_index_line(table, edit->line, 1);
	/* What was added last is the last line. */
	table->line_count -= entry->text == NULL;
}

/*
 * Undo all edits made since the mark; 0 undoes all since the last settle.
 * A table that is NULL has none.
 */
void
table_rollback(struct table *table, size_t mark)
{
	while (table_mark(table) > mark)
		edit_undo(table, &table->edits[--table->edit_count]);
}

/*
 * All lines as they are to be on disk, with room for one byte more.  If
 * the file ended in a backslash, an empty line keeps it from joining what
 * was added; no other line of aliases can end so before another.
 */
static char *
table_text(const struct table *table, size_t *size)
{
	const struct table_line	*entry;
	char			*text, *at;
	uint32_t		 i;
	int			 joins = table_joins_lines(table);

	*size = 0;
	for (i = 0; i < table->line_count; i++)
		*size += table->lines[i].length + 1;
	at = text = xreallocarray(NULL, *size + 2, 1);
	for (i = 0; i < table->line_count; i++) {
		entry = &table->lines[table_line_at(table, i)];
		if (entry->text == NULL)
			continue;
		if (joins && at - text > 1 && at[-2] == '\\')
			*at++ = '\n';
		at = mempcpy(at, entry->text, entry->length + 1);
	}
	*size = (size_t)(at - text);
	return (text);
}

/*
 * The edits are on disk: forget how to undo them, and begin anew if many
 * lines were removed.
 */
void
table_settle(struct table *table)
{
	struct table	*fresh, old;
	char		*text;
	size_t		 size;

	table_forget_edits(table);
	if (table->removed <= 1024 + table->line_count / 4)
		return;
	text = table_text(table, &size);
	fresh = table_parse(table->kind, text, size);
	old = *table;
	*table = *fresh;
	*fresh = old;
	table_free(fresh);
}

/*
 * Show each line that is no longer what it was at the last settle: its old
 * text (text NULL: it was added) and its new one (NULL: removed).  Stops at
 * and returns the first result of the visitor that is not 0.
 */
int
table_visit_edits(struct table *table, edit_visitor visitor, void *arg)
{
	struct table_line	*was, *is;
	struct slice		 old, new;
	size_t			 i;
	int			 result;

	for (i = 0; i < table_mark(table); i++) {
		was = &table->edits[i].old;
		is = &table->lines[table->edits[i].line];
		old = (struct slice){ was->text, was->length };
		new = (struct slice){ is->text, is->length };
		/* Only the first edit of a line knows what it was. */
		if (was->edited || (old.text == NULL ? new.text == NULL :
		    new.text != NULL && old.length == new.length &&
		    memcmp(old.text, new.text, old.length) == 0))
			continue;
		if ((result = visitor(arg, table->kind, old, new)) != 0)
			return (result);
	}
	return (0);
}

static int
edit_is_there(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	(void)arg;
	(void)kind;
	(void)old;
	(void)new;
	return (1);
}

/* Whether the file would differ from the one at the last settle. */
int
table_is_changed(struct table *table)
{
	return (table_visit_edits(table, edit_is_there, NULL));
}

/* Write the whole file to a descriptor.  Returns 0, or -1 with errno. */
int
table_write(const struct table *table, int fd)
{
	size_t	 size;
	char	*text = table_text(table, &size);
	int	 result = file_write(fd, text, size);

	freezero(text, size);
	return (result);
}
