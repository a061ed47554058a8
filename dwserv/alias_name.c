/*
 * The names of aliases and their targets.  To be replaced by the rules of
 * aliases(5) when those come.
 */

#include "dwserv.h"

static const char *
alias_check_text(const char *text, size_t max)
{
	size_t	 length = strnlen(text, max + 1), i;

	if (length == 0)
		return ("is empty");
	if (length > max)
		return ("is too long");
	for (i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return ("has a character that is not allowed");
	return (NULL);
}

/* Returns NULL if an alias may have that name, otherwise what is wrong. */
const char *
name_check_alias(const char *name)
{
	return (alias_check_text(name, ALIAS_LENGTH_MAX));
}

/* The same for a list of targets, separated by commas. */
const char *
name_check_targets(const char *targets)
{
	return (alias_check_text(targets, LINE_LENGTH_MAX));
}
