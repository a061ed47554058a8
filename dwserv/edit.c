/*
 * Changing a table: each edit is remembered until the table is settled, so
 * that it can be undone (rollback), written to the journal (visit) and kept
 * apart from what others wrote.  No byte of an unedited line is touched.
 */

#include <sys/uio.h>

#include <errno.h>
#include <unistd.h>

#include "dwserv.h"
#include "table.h"
#include "xmalloc.h"

#define WRITE_SPANS	256

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
 * What would end a line, or is no entry, must never get into a file: the
 * last line of defence behind the checks of every field.
 */
static void
text_check(const struct table *table, const char *text, size_t length)
{
	if (memchr(text, '\n', length) != NULL ||
	    memchr(text, '\0', length) != NULL ||
	    !table_line_is_entry(table, text, length))
		fatalx("a line that is no entry of /etc/%s was made",
		    table_name(table->kind));
}

static struct edit *
edit_push(struct table *table, line_t line, enum edit_action action)
{
	struct edit	*edit;
	size_t		 size;

	if (table->edit_count == table->edit_size) {
		size = table->edit_size == 0 ? 64 : table->edit_size * 2;
		table->edits = xrecallocarray(table->edits, table->edit_size,
		    size, sizeof(*table->edits));
		table->edit_size = size;
	}
	edit = &table->edits[table->edit_count++];
	memset(edit, 0, sizeof(*edit));
	edit->line = line;
	edit->action = (uint8_t)action;
	edit->first = !table->lines[line].edited;
	table->lines[line].edited = 1;
	return (edit);
}

static void
edit_drop(struct table *table)
{
	struct edit	*edit = &table->edits[--table->edit_count];

	if (edit->first)
		table->lines[edit->line].edited = 0;
}

/* A line number to use, with room for it in the order. */
static line_t
line_take(struct table *table)
{
	uint32_t	size;
	line_t		line;

	if (table->order_count == table->order_size) {
		table->order_size += table->order_size / 2 + 16;
		table->order = xreallocarray(table->order, table->order_size,
		    sizeof(*table->order));
	}
	if ((line = table->unused) != LINE_NONE) {
		table->unused = table->lines[line].length;
		return (line);
	}
	if (table->line_count == table->line_size) {
		size = table->line_size + table->line_size / 2 + 16;
		table->lines = xrecallocarray(table->lines, table->line_size,
		    size, sizeof(*table->lines));
		table->line_size = size;
	}
	return (table->line_count++);
}

static void
line_give_back(struct table *table, line_t line)
{
	memset(&table->lines[line], 0, sizeof(table->lines[line]));
	table->lines[line].length = table->unused;
	table->unused = line;
}

static void
order_insert(struct table *table, line_t line)
{
	uint32_t	at = table->order_count;

	if (table->nis != UINT32_MAX) {
		at = table->nis++;
		memmove(&table->order[at + 1], &table->order[at],
		    (table->order_count - at) * sizeof(*table->order));
	}
	table->order[at] = line;
	table->order_count++;
}

/* Undo the latest order_insert(). */
static void
order_remove(struct table *table)
{
	uint32_t	at;

	if (table->nis != UINT32_MAX) {
		at = --table->nis;
		memmove(&table->order[at], &table->order[at + 1],
		    (table->order_count - at - 1) * sizeof(*table->order));
	}
	table->order_count--;
}

/*
 * Add an entry after the last one, but before NIS lines, as shadow-utils
 * does.  Returns its line.
 */
line_t
table_add(struct table *table, const char *text, size_t length)
{
	struct table_line	*entry;
	line_t			 line;

	text_check(table, text, length);
	line = line_take(table);
	entry = &table->lines[line];
	memset(entry, 0, sizeof(*entry));
	entry->text = text_copy(text, length);
	entry->length = (uint32_t)length;
	entry->owned = 1;
	table_index_line(table, line, 1);
	edit_push(table, line, EDIT_ADD);
	order_insert(table, line);
	return (line);
}

/* Exchange the text of a line, NULL to have it removed.  Takes new_text. */
static void
line_exchange(struct table *table, line_t line, char *new_text,
    size_t length)
{
	struct table_line	*entry = &table->lines[line];
	struct edit		*edit = edit_push(table, line, EDIT_CHANGE);

	table_index_line(table, line, 0);
	edit->old_text = entry->text;
	edit->old_length = entry->length;
	edit->old_owned = entry->owned;
	entry->text = new_text;
	entry->length = (uint32_t)length;
	entry->owned = new_text != NULL;
	if (new_text != NULL)
		table_index_line(table, line, 1);
	else
		table->removed++;
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

/*
 * Add a member to the last field of a line of group or gshadow.  A line
 * that was edited before in this batch grows in place, so that a thousand
 * new members of a large group do not cost a thousand copies of its line.
 */
void
table_add_member(struct table *table, line_t line, const char *name)
{
	struct table_line	*entry = &table->lines[line];
	size_t			 length = strlen(name), old, new;
	struct slice		 member = { name, length };
	char			*end, separator;

	/* An older, shorter line of group lacks the field as well. */
	separator = table_field(table, line, GROUP_MEMBERS).length > 0 ?
	    ',' : ':';
	if (!entry->edited)
		line_exchange(table, line, text_copy(entry->text,
		    entry->length), entry->length);
	/* There may be more room than this, never less. */
	old = text_room(entry->length);
	new = text_room(entry->length + length + 1);
	if (new != old)
		entry->text = xrecallocarray(entry->text, old, new, 1);
	table_index_member(table, line, member, 1);
	edit_push(table, line, EDIT_EXTEND)->old_length = entry->length;
	end = entry->text + entry->length;
	if (end[-1] != ':' && end[-1] != ',')
		*end++ = separator;
	memcpy(end, name, length);
	end[length] = '\n';
	entry->length = (uint32_t)(end + length - entry->text);
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
	    (unsigned)GSHADOW_ADMINS : (unsigned)GROUP_MEMBERS;
	struct slice		 list = table_field(table, line, first);
	size_t			 length = (size_t)(list.text - entry->text);
	char			*text;

	text = text_copy(entry->text, entry->length);
	length += list_copy_without(text + length, list, name);
	if (table->kind == TABLE_GSHADOW) {
		text[length++] = ':';
		list = table_field(table, line, GSHADOW_MEMBERS);
		length += list_copy_without(text + length, list, name);
	}
	text[length] = '\n';
	line_exchange(table, line, text, length);
}

/* A point to which table_rollback() can return. */
size_t
table_mark(const struct table *table)
{
	return (table->edit_count);
}

static void
edit_undo(struct table *table, const struct edit *edit)
{
	struct table_line	*entry = &table->lines[edit->line];
	struct slice		 member;

	if (edit->action == EDIT_EXTEND) {
		member.text = entry->text + edit->old_length;
		member.length = entry->length - edit->old_length;
		if (member.text[0] == ',' || member.text[0] == ':') {
			member.text++;
			member.length--;
		}
		table_index_member(table, edit->line, member, 0);
		entry->text[edit->old_length] = '\n';
		entry->length = edit->old_length;
		return;
	}
	if (entry->text != NULL) {
		table_index_line(table, edit->line, 0);
		freezero(entry->text, entry->length);
	} else
		table->removed--;
	if (edit->action == EDIT_ADD) {
		order_remove(table);
		return;
	}
	entry->text = edit->old_text;
	entry->length = edit->old_length;
	entry->owned = edit->old_owned;
	table_index_line(table, edit->line, 1);
}

/* Undo all edits made since the mark; 0 undoes all since the last settle. */
void
table_rollback(struct table *table, size_t mark)
{
	struct edit	edit;

	while (table->edit_count > mark) {
		edit = table->edits[table->edit_count - 1];
		edit_undo(table, &edit);
		edit_drop(table);
		if (edit.action == EDIT_ADD)
			line_give_back(table, edit.line);
	}
}

/* Drop the removed lines from the order, so that their numbers are free. */
static void
order_compact(struct table *table)
{
	uint32_t	from, to = 0, nis = UINT32_MAX;
	line_t		line;

	for (from = 0; from < table->order_count; from++) {
		line = table->order[from];
		if (from == table->nis)
			nis = to;
		if (table->lines[line].text == NULL)
			line_give_back(table, line);
		else
			table->order[to++] = line;
	}
	table->order_count = to;
	table->nis = nis;
	table->removed = 0;
}

/* The edits are on disk: forget how to undo them. */
void
table_settle(struct table *table)
{
	struct edit	*edit;

	while (table->edit_count > 0) {
		edit = &table->edits[table->edit_count - 1];
		if (edit->old_owned)
			freezero(edit->old_text, edit->old_length);
		edit_drop(table);
	}
	if (table->removed > 1024 + table->order_count / 4)
		order_compact(table);
}

/*
 * Show each line that is no longer what it was at the last settle: its old
 * text (text NULL: it was added) and its new one (NULL: removed).  Stops at
 * and returns the first result of the visitor that is not 0.
 */
int
table_visit_edits(struct table *table, edit_visitor visitor, void *arg)
{
	struct edit	*edit;
	struct slice	 old, new;
	size_t		 i;
	int		 result;

	for (i = 0; i < table->edit_count; i++) {
		edit = &table->edits[i];
		if (!edit->first)
			continue;
		old.text = edit->action == EDIT_ADD ? NULL : edit->old_text;
		old.length = old.text == NULL ? 0 : edit->old_length;
		new.text = table->lines[edit->line].text;
		new.length = new.text == NULL ? 0 :
		    table->lines[edit->line].length;
		if (old.text == NULL ? new.text == NULL : new.text != NULL &&
		    old.length == new.length &&
		    memcmp(old.text, new.text, old.length) == 0)
			continue;
		result = visitor(arg, table->kind, old, new);
		if (result != 0)
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

static int
write_spans(int fd, struct iovec *spans, int count)
{
	ssize_t	done;

	while (count > 0) {
		if ((done = writev(fd, spans, count)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		while (count > 0 && (size_t)done >= spans->iov_len) {
			done -= (ssize_t)spans->iov_len;
			spans++;
			count--;
		}
		if (count > 0) {
			spans->iov_base = (char *)spans->iov_base + done;
			spans->iov_len -= (size_t)done;
		}
	}
	return (0);
}

/*
 * Write the whole file to a descriptor.  Runs of lines that stand together
 * in memory, as most do, leave in one piece.  Returns 0, or -1 with errno
 * from writev(2).
 */
int
table_write(const struct table *table, int fd)
{
	struct iovec			 spans[WRITE_SPANS];
	const struct table_line		*entry;
	const char			*next = NULL;
	uint32_t			 i;
	int				 count = 0;

	for (i = 0; i < table->order_count; i++) {
		entry = &table->lines[table->order[i]];
		if (entry->text == NULL)
			continue;
		if (entry->text == next && !entry->owned)
			spans[count - 1].iov_len += entry->length + 1;
		else {
			if (count == WRITE_SPANS) {
				if (write_spans(fd, spans, count) == -1)
					return (-1);
				count = 0;
			}
			spans[count].iov_base = entry->text;
			spans[count++].iov_len = entry->length + 1;
		}
		next = entry->owned ? NULL : entry->text + entry->length + 1;
	}
	return (count == 0 ? 0 : write_spans(fd, spans, count));
}
