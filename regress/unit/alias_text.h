/*
 * Tables of aliases shown as text, `name[target][target]' for each entry,
 * for the tests of everything that reads or edits them.
 */

#ifndef ALIAS_TEXT_H
#define ALIAS_TEXT_H

#include "table_text.h"

/* One entry; what the cursor does not give is not shown. */
static inline void
alias_show_line(const struct table *table, line_t line, char *to, size_t size)
{
	struct alias_cursor	cursor;
	char			name[ALIAS_TARGET_MAX + 1];
	int			more;

	assert_int_equal(alias_name(table, line, name, sizeof(name)), 0);
	strlcat(to, name, size);
	for (more = alias_first(table, line, &cursor); more;
	    more = alias_next(&cursor)) {
		assert_int_equal(strlen(cursor.text), cursor.length);
		strlcat(to, "[", size);
		strlcat(to, cursor.text, size);
		strlcat(to, "]", size);
	}
	strlcat(to, "\n", size);
}

static inline void
assert_aliases(const struct table *table, const char *expected)
{
	static char	shown[1 << 16];
	uint32_t	place;
	line_t		line;

	shown[0] = '\0';
	for (place = 0; place < table->line_count; place++) {
		line = table_line_at(table, place);
		if (table->lines[line].entry)
			alias_show_line(table, line, shown, sizeof(shown));
	}
	assert_string_equal(shown, expected);
}

static inline line_t
alias_line(const struct table *table, const char *name)
{
	size_t	state = 0;
	line_t	line = alias_find(table, name, &state);

	assert_int_not_equal(line, LINE_NONE);
	return (line);
}

#endif /* ALIAS_TEXT_H */
