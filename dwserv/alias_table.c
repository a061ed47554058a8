/*
 * The aliases as a table: their entries in the indexes, and how they are
 * found by name and by target.  The parent and the workers both read
 * through this file; edits are made in alias_edit.c.
 */

#include "dwserv.h"
#include "table.h"

static int
alias_is_entry(const struct table *table, const char *text, size_t length)
{
	(void)table;
	return (alias_text_is_entry(text, length));
}

/* The first target of an entry, as alias_next() does. */
int
alias_first(const struct table *table, line_t line,
    struct alias_cursor *cursor)
{
	const struct table_line	*entry = &table->lines[line];

	return (entry->entry && alias_open(cursor, entry->text,
	    entry->length) == 0 && alias_next(cursor));
}

static size_t
text_fold(const char *from, size_t length, char to[ALIAS_TARGET_MAX])
{
	size_t	i;

	for (i = 0; i < length && i < ALIAS_TARGET_MAX; i++)
		to[i] = alias_fold(from[i]);
	return (i);
}

static uint32_t
alias_hash(const struct table *table, const char *text, size_t length)
{
	char	folded[ALIAS_TARGET_MAX];
	size_t	size = text_fold(text, length, folded);

	return (index_hash(table->seed, folded, size));
}

static struct slice
cursor_fold(const struct alias_cursor *cursor, char to[ALIAS_TARGET_MAX])
{
	return ((struct slice){ to, text_fold(cursor->text, cursor->length,
	    to) });
}

/* The targets of a list as it stands in the file. */
static void
alias_index_list(struct table *table, line_t line, struct slice list,
    int add)
{
	struct alias_cursor	 cursor;
	char			 folded[ALIAS_TARGET_MAX];

	alias_open_list(&cursor, list);
	while (alias_next(&cursor))
		table_index_member(table, line, cursor_fold(&cursor, folded),
		    add);
}

static void
alias_index_line(struct table *table, line_t line, int add)
{
	const struct table_line	*entry = &table->lines[line];
	struct alias_cursor	 cursor;
	char			 folded[ALIAS_TARGET_MAX];

	if (alias_open(&cursor, entry->text, entry->length) == -1)
		return;
	table_index_name(table, line, cursor_fold(&cursor, folded), add);
	alias_index_list(table, line, (struct slice){ cursor.at,
	    (size_t)(cursor.end - cursor.at) }, add);
}

static int
alias_has_name(const struct table *table, line_t line, const char *name,
    size_t length)
{
	const struct table_line	*entry = &table->lines[line];
	struct alias_cursor	 cursor;

	return (entry->entry && alias_open(&cursor, entry->text,
	    entry->length) == 0 && alias_cursor_is_folded(&cursor, name,
	    length));
}

static int
alias_text_name(struct slice text, char *name, size_t size)
{
	struct alias_cursor	 cursor;
	char			 folded[ALIAS_TARGET_MAX];

	if (alias_open(&cursor, text.text, text.length) == -1)
		return (-1);
	return (slice_copy(cursor_fold(&cursor, folded), name, size));
}

/* The name of an entry, folded and unquoted.  -1 if it does not fit. */
int
alias_name(const struct table *table, line_t line, char *name, size_t size)
{
	return (alias_text_name((struct slice){ table->lines[line].text,
	    table->lines[line].length }, name, size));
}

/*
 * The entries of a name, in any case, one after the other; *state is 0 at
 * first.  LINE_NONE after the last.
 */
line_t
alias_find(const struct table *table, const char *name, size_t *state)
{
	return (table_find(table, name, strlen(name), state));
}

/*
 * The entries with this target, one after the other; *state is 0 at first.
 * A line may come twice.  LINE_NONE after the last.
 */
line_t
alias_next_with_target(const struct table *table, const char *target,
    size_t *state)
{
	return (table_next_member(table, target, state));
}

/* How many targets an entry has, repeated ones each time. */
size_t
alias_count_targets(const struct table *table, line_t line)
{
	struct alias_cursor	cursor;
	size_t			count = 0;
	int			more;

	for (more = alias_first(table, line, &cursor); more;
	    more = alias_next(&cursor))
		count++;
	return (count);
}

static int
alias_lists(const struct table *table, line_t line, const char *target)
{
	struct alias_cursor	cursor;
	int			more;

	for (more = alias_first(table, line, &cursor); more;
	    more = alias_next(&cursor))
		if (alias_cursor_is(&cursor, target))
			return (1);
	return (0);
}

/*
 * Whether an entry has this target.  The index is asked first, so that the
 * answer no, for a long list, comes at once.
 */
int
alias_has_target(const struct table *table, line_t line, const char *target)
{
	uint32_t	hash = alias_hash(table, target, strlen(target));
	size_t		state = 0;
	line_t		found;

	do
		found = index_next(&table->by_member, hash, &state);
	while (found != line && found != LINE_NONE);
	return (found == line && alias_lists(table, line, target));
}

const struct table_reader alias_reader = {
	alias_line_length, alias_is_entry, alias_index_line,
	alias_index_list, alias_hash, alias_has_name, alias_lists,
	alias_text_name, 1
};
