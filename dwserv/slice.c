/*
 * Bytes that belong to somebody else: cutting, comparing, reading numbers
 * and lists between commas.  Nothing here allocates or changes them.
 */

#include "dwserv.h"
#include "table.h"

/* Cut off what stands before the first separator, or all if there is none. */
struct slice
slice_cut(struct slice *rest, char separator)
{
	struct slice	 head = *rest;
	const char	*end = memchr(rest->text, separator, rest->length);

	if (end != NULL)
		head.length = (size_t)(end - rest->text);
	rest->text += head.length + (end != NULL);
	rest->length -= head.length + (end != NULL);
	return (head);
}

/* Copy into a string, as much as fits.  Returns -1 if that is not all. */
int
slice_copy(struct slice slice, char *to, size_t size)
{
	size_t	length = slice.length < size ? slice.length : size - 1;

	memcpy(to, slice.text, length);
	to[length] = '\0';
	return (length < slice.length ? -1 : 0);
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
	do {
		if (list->length == 0)
			return (0);
		*element = slice_cut(list, ',');
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
