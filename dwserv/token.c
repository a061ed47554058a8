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

#define TEXT_MAX	(SIZE_MAX / 2)	/* more than any memory */
#define TEXT_PRINT_MAX	2048

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

/* An empty text that grows as it must. */
struct ibuf *
text_new(void)
{
	return (ibuf_dynamic(256, TEXT_MAX));
}

/* Append bytes. */
void
text_add(struct ibuf *to, const char *bytes, size_t length)
{
	ibuf_add(to, bytes, length);
}

/* Append formatted text, of a length that is known to be small. */
void
text_print(struct ibuf *to, const char *format, ...)
{
	char	text[TEXT_PRINT_MAX];
	va_list	ap;
	int	length;

	va_start(ap, format);
	length = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (length < 0 || (size_t)length >= sizeof(text))
		fatalx("a text is too long");
	text_add(to, text, (size_t)length);
}

/* Append ` key=value', quoted where that is needed. */
void
token_add_bytes(struct ibuf *to, const char *key, const char *value,
    size_t length)
{
	const char	*quote = token_needs_quotes(value, length) ? "\"" : "";
	size_t		 i;

	text_print(to, " %s=%s", key, quote);
	for (i = 0; i < length; i++) {
		if (value[i] == '"' || value[i] == '\\')
			text_add(to, "\\", 1);
		text_add(to, &value[i], 1);
	}
	text_print(to, "%s", quote);
}

void
token_add(struct ibuf *to, const char *key, const char *value)
{
	token_add_bytes(to, key, value, strlen(value));
}

void
token_add_number(struct ibuf *to, const char *key, uint64_t number)
{
	text_print(to, " %s=%" PRIu64, key, number);
}
