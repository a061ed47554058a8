/*
 * Building the lines of account files.  A field goes through line_add() and
 * nowhere else: it cannot emit a colon or anything that ends a line.
 */

#include <inttypes.h>
#include <stdio.h>

#include "parent.h"

/* Append a field. */
void
line_add(struct ibuf *line, struct slice field)
{
	if (memchr(field.text, ':', field.length) != NULL ||
	    memchr(field.text, '\n', field.length) != NULL ||
	    memchr(field.text, '\0', field.length) != NULL)
		fatalx("a field that no account file can hold was made");
	if (ibuf_size(line) > 0)
		text_add(line, ":", 1);
	text_add(line, field.text, field.length);
}

void
line_add_string(struct ibuf *line, const char *field)
{
	struct slice	slice = { field, strlen(field) };

	line_add(line, slice);
}

/* Append a number; -1 stands for an empty field, as in shadow(5). */
void
line_add_number(struct ibuf *line, int64_t number)
{
	char	text[24] = "";

	if (number != -1)
		snprintf(text, sizeof(text), "%" PRId64, number);
	line_add_string(line, text);
}

/*
 * Put the finished line into a table, in the place of another one, or as a
 * new one if that is LINE_NONE.  The same line again is no edit.
 */
void
line_end(struct ibuf *line, struct table *table, line_t old)
{
	if (old == LINE_NONE)
		table_add(table, ibuf_data(line), ibuf_size(line));
	else if (table->lines[old].length != ibuf_size(line) ||
	    memcmp(table->lines[old].text, ibuf_data(line),
	    ibuf_size(line)) != 0)
		table_change(table, old, ibuf_data(line), ibuf_size(line));
	ibuf_free(line);
}

/*
 * Change some fields of an entry: those whose value is not NULL.  There
 * must be a value for each field of the file.
 */
void
line_set_fields(struct table *table, line_t old, const char *const *values,
    unsigned int count)
{
	struct ibuf	*line = text_new();
	unsigned int	 i;

	for (i = 0; i < count; i++)
		if (values[i] != NULL)
			line_add_string(line, values[i]);
		else
			line_add(line, table_field(table, old, i));
	line_end(line, table, old);
}

/* How many fields an entry has; an older form of the file has fewer. */
unsigned int
line_count_fields(const struct table *table, line_t line)
{
	const struct table_line	*entry = &table->lines[line];
	unsigned int		 count = 1;
	uint32_t		 i;

	for (i = 0; i < entry->length; i++)
		count += entry->text[i] == ':';
	return (count);
}
