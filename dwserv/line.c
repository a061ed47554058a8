/*
 * Building the lines of account files.  A field goes through line_add() and
 * nowhere else: it cannot emit a colon or anything that ends a line.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "parent.h"

#define LINE_MAX_BYTES	((size_t)1 << 30)

/* An empty line, or NULL without memory. */
struct ibuf *
line_begin(void)
{
	return (ibuf_dynamic(128, LINE_MAX_BYTES));
}

/*
 * Append a field.  Returns 0, or -1 with errno: EINVAL for bytes that no
 * field may hold.
 */
int
line_add(struct ibuf *line, struct slice field)
{
	if (memchr(field.text, ':', field.length) != NULL ||
	    memchr(field.text, '\n', field.length) != NULL ||
	    memchr(field.text, '\0', field.length) != NULL) {
		errno = EINVAL;
		return (-1);
	}
	if (ibuf_size(line) > 0 && ibuf_add(line, ":", 1) == -1)
		return (-1);
	return (ibuf_add(line, field.text, field.length));
}

int
line_add_string(struct ibuf *line, const char *field)
{
	struct slice	slice = { field, strlen(field) };

	return (line_add(line, slice));
}

/* Append a number; -1 stands for an empty field, as in shadow(5). */
int
line_add_number(struct ibuf *line, int64_t number)
{
	char	text[24] = "";

	if (number != -1)
		snprintf(text, sizeof(text), "%" PRId64, number);
	return (line_add_string(line, text));
}

/* Add the finished line to a table.  Returns it, or LINE_NONE with errno. */
line_t
line_end_add(struct ibuf *line, struct table *table)
{
	line_t	added;

	added = table_add(table, ibuf_data(line), ibuf_size(line));
	ibuf_free(line);
	return (added);
}

/* Put the finished line in the place of another.  0, or -1 with errno. */
int
line_end_change(struct ibuf *line, struct table *table, line_t old)
{
	int	failed;

	failed = table_change(table, old, ibuf_data(line), ibuf_size(line));
	ibuf_free(line);
	return (failed);
}

/*
 * Change some fields of an entry: those whose value has a text.  There must
 * be a value for each field of the file.  Returns 0, or -1 with errno.
 */
int
line_set_fields(struct table *table, line_t old, const struct slice *values,
    unsigned int count)
{
	struct ibuf	*line = line_begin();
	unsigned int	 i;

	if (line == NULL)
		return (-1);
	for (i = 0; i < count; i++)
		if (line_add(line, values[i].text != NULL ? values[i] :
		    table_field(table, old, i)) == -1) {
			ibuf_free(line);
			return (-1);
		}
	return (line_end_change(line, table, old));
}
