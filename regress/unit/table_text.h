/*
 * Tables made of text and turned into text again, for the tests of
 * everything that works on tables.
 */

#ifndef TABLE_TEXT_H
#define TABLE_TEXT_H

#include <sys/mman.h>

#include "scratch.h"

#include "table.h"

static inline struct table *
table_of_bytes(enum table_kind kind, const char *bytes, size_t size)
{
	struct table	*table;
	char		*copy = malloc(size + 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	table = table_parse(kind, copy, size);
	assert_non_null(table);
	return (table);
}

static inline struct table *
table_of(enum table_kind kind, const char *text)
{
	return (table_of_bytes(kind, text, strlen(text)));
}

/* What would be written. */
static inline char *
table_to_bytes(const struct table *table, size_t *size)
{
	int	 fd = memfd_create("table", MFD_CLOEXEC);
	char	*bytes;

	assert_int_not_equal(fd, -1);
	assert_int_equal(table_write(table, fd), 0);
	bytes = scratch_read(fd, size);
	close(fd);
	return (bytes);
}

static inline void
assert_table(const struct table *table, const char *expected)
{
	size_t	 size;
	char	*bytes = table_to_bytes(table, &size);

	assert_string_equal(bytes, expected);
	assert_int_equal(size, strlen(expected));
	free(bytes);
}

static inline void
assert_field(const struct table *table, line_t line, unsigned int field,
    const char *expected)
{
	struct slice	slice = table_field(table, line, field);

	if (!slice_is(slice, expected))
		fail_msg("field %u is <%.*s>, not <%s>", field,
		    (int)slice.length, slice.text, expected);
}

/* How many entries have this name. */
static inline unsigned int
count_name(const struct table *table, const char *name)
{
	size_t		state = 0;
	unsigned int	count = 0;

	while (table_find(table, name, strlen(name), &state) != LINE_NONE)
		count++;
	return (count);
}

static inline line_t
add_text(struct table *table, const char *text)
{
	return (table_add(table, text, strlen(text)));
}

#endif /* TABLE_TEXT_H */
