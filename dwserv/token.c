/*
 * Words of a line and how they are quoted, on the wire as in the ledger: a
 * value is a bare word or stands between double quotes, in which \" and \\
 * are the only escapes.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dwserv.h"
#include "imsg.h"

/*
 * Undo the quotes of a quoted part in place.  *from is behind the opening
 * quote and is left behind the closing one.  Returns -1 if there is none or
 * an escape that is unknown.
 */
static int
token_unquote(char **from, char **to)
{
	char	*in = *from, *out = *to;

	while (*in != '"') {
		if (*in == '\\') {
			in++;
			if (*in != '"' && *in != '\\')
				return (-1);
		}
		if (*in == '\0')
			return (-1);
		*out++ = *in++;
	}
	*from = in + 1;
	*to = out;
	return (0);
}

/*
 * Cut a line into its words, in place; quotes are undone.  A quoted part
 * may be a whole word or what follows `='.  Returns the number of words, at
 * most max, or -1 for more of them, or for quotes that are out of place.
 */
int
token_split(char *line, char **words, int max)
{
	char	*in = line, *out;
	int	 count = 0;

	while (*(in += strspn(in, " ")) != '\0') {
		if (count == max)
			return (-1);
		words[count++] = out = in;
		while (*in != ' ' && *in != '\0') {
			if (*in != '"') {
				*out++ = *in++;
				continue;
			}
			if (out != words[count - 1] && out[-1] != '=')
				return (-1);
			in++;
			if (token_unquote(&in, &out) == -1 ||
			    (*in != ' ' && *in != '\0'))
				return (-1);
		}
		if (*in == ' ')
			in++;
		else
			in = strchr(in, '\0');
		*out = '\0';
	}
	return (count);
}

/*
 * Cut `key=value' in two.  Returns the value, or NULL if there is no `='
 * or no key.
 */
char *
token_value(char *word)
{
	char	*equals = strchr(word, '=');

	if (equals == NULL || equals == word)
		return (NULL);
	*equals = '\0';
	return (equals + 1);
}

static int
token_needs_quotes(const char *value, size_t length)
{
	return (length == 0 || memchr(value, ' ', length) != NULL ||
	    memchr(value, '"', length) != NULL ||
	    memchr(value, '\\', length) != NULL);
}

/*
 * Append ` key=value', quoted where that is needed.  Returns 0, or -1
 * without memory.
 */
int
token_add_bytes(struct ibuf *to, const char *key, const char *value,
    size_t length)
{
	int	failed, quotes = token_needs_quotes(value, length);
	size_t	i;

	failed = ibuf_add(to, " ", 1) == -1 ||
	    ibuf_add(to, key, strlen(key)) == -1 ||
	    ibuf_add(to, "=\"", quotes ? 2 : 1) == -1;
	if (!quotes)
		return (failed || ibuf_add(to, value, length) == -1 ? -1 : 0);
	for (i = 0; i < length && !failed; i++) {
		if (value[i] == '"' || value[i] == '\\')
			failed = ibuf_add(to, "\\", 1) == -1;
		failed |= ibuf_add(to, &value[i], 1) == -1;
	}
	return (failed || ibuf_add(to, "\"", 1) == -1 ? -1 : 0);
}

int
token_add(struct ibuf *to, const char *key, const char *value)
{
	return (token_add_bytes(to, key, value, strlen(value)));
}

int
token_add_number(struct ibuf *to, const char *key, uint64_t number)
{
	char	text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return (token_add(to, key, text));
}
