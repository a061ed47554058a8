/*
 * The lines of /etc/aliases, as aliases(5) of Postfix has it, and sendmail
 * and OpenSMTPD where they agree: a name, a colon, targets between commas,
 * all of it on a line and the lines that continue it.  What one of them
 * would read otherwise than the others, or what needs the whole of RFC 822,
 * is not understood: such a line is no entry.  Only reads; edits are made
 * in alias_edit.c.
 */

#include "dwserv.h"
#include "table.h"

#define INCLUDE		":include:"

/*
 * Octets that are not simply of a word: what ends it, what means something
 * in it, what may be in it only in quotes (RFC 822 section 3.3; # begins a
 * comment in OpenSMTPD).
 */
enum octet_class {
	OCTET_PLAIN, OCTET_END, OCTET_MARK, OCTET_SPECIAL
};

static const unsigned char octet_classes[256] = {
	['\n'] = OCTET_END, [' '] = OCTET_END, ['\t'] = OCTET_END,
	['"'] = OCTET_MARK, ['\\'] = OCTET_MARK, [':'] = OCTET_MARK,
	[','] = OCTET_SPECIAL, ['('] = OCTET_SPECIAL, [')'] = OCTET_SPECIAL,
	[';'] = OCTET_SPECIAL, ['<'] = OCTET_SPECIAL, ['>'] = OCTET_SPECIAL,
	['#'] = OCTET_SPECIAL
};

static int
octet_is_one_of(char octet, const char *set)
{
	return (octet != '\0' && strchr(set, octet) != NULL);
}

static int
octet_is_blank(char octet)
{
	return (octet == ' ' || octet == '\t');
}

/* A letter in lower case.  ASCII only: no locale. */
char
alias_fold(char octet)
{
	return (octet >= 'A' && octet <= 'Z' ? (char)(octet | 0x20) : octet);
}

static size_t
physical_end(const char *text, size_t size, size_t start)
{
	const char	*newline = memchr(text + start, '\n', size - start);

	return (newline == NULL ? size : (size_t)(newline - text));
}

/* Nothing but blanks, or a comment; Postfix takes CR and FF for blanks. */
static int
physical_is_noise(const char *text, size_t start, size_t end)
{
	while (start < end && octet_is_one_of(text[start], " \t\r\v\f"))
		start++;
	return (start == end || text[start] == '#');
}

/*
 * The length of the logical line at the beginning of a text, without its
 * newline.  A line that begins with a blank continues the one before it;
 * in Postfix also across comments and blank lines, which belong to the
 * entry then, and otherwise stand alone.  With a backslash at its end a
 * line goes on in any case, as in sendmail.
 */
size_t
alias_line_length(const char *text, size_t size)
{
	size_t	end = physical_end(text, size, 0), scan, start, next;

	if (physical_is_noise(text, 0, end) &&
	    (end == 0 || text[end - 1] != '\\'))
		return (end);
	for (scan = end; scan + 1 < size; scan = next) {
		start = scan + 1;
		next = physical_end(text, size, start);
		if (scan == end && text[end - 1] == '\\')
			end = next;
		else if (physical_is_noise(text, start, next))
			continue;
		else if (octet_is_one_of(text[start], " \t\r\v\f"))
			end = next;
		else
			break;
	}
	return (end);
}

static int
text_put(struct alias_cursor *cursor, char octet)
{
	if (cursor->length == ALIAS_TARGET_MAX || octet == '\n' ||
	    octet == '\t')
		return (-1);
	cursor->text[cursor->length++] = octet;
	return (0);
}

/* Up to the closing quote; the cursor is behind the first one. */
static int
quoted_scan(struct alias_cursor *cursor)
{
	for (; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++) {
		if (*cursor->at == '\\' && ++cursor->at == cursor->end)
			return (-1);
		if (text_put(cursor, *cursor->at) == -1)
			return (-1);
	}
	if (cursor->at == cursor->end || cursor->has_blanks)
		return (-1);
	cursor->at++;
	cursor->has_quotes = 1;
	return (0);
}

/* Without quotes only in a path, a command, a domain literal. */
static int
colon_is_fine(const struct alias_cursor *cursor)
{
	return (cursor->length == 0 || octet_is_one_of(cursor->text[0],
	    ":/|") || memchr(cursor->text, '[', cursor->length) != NULL);
}

/* A quote, an escape or a colon in a word; the cursor is behind it. */
static int
mark_scan(struct alias_cursor *cursor, char octet)
{
	if (octet == '"')
		return (quoted_scan(cursor));
	if (octet == ':' && !colon_is_fine(cursor))
		return (-1);
	if (octet == '\\') {
		/* A second one might come to stand at the end of a line. */
		if (cursor->at == cursor->end || *cursor->at == '\\')
			return (-1);
		octet = *cursor->at++;
	}
	return (text_put(cursor, octet));
}

/* A word, up to a blank, a newline or the octet that ends it. */
static int
word_scan(struct alias_cursor *cursor, char stop)
{
	unsigned char	class;
	char		octet;

	while (cursor->at < cursor->end && *cursor->at != stop) {
		octet = *cursor->at;
		class = octet_classes[(unsigned char)octet];
		if (class == OCTET_END)
			break;
		cursor->at++;
		if (class == OCTET_SPECIAL || (class == OCTET_MARK ?
		    mark_scan(cursor, octet) : text_put(cursor, octet)) == -1)
			return (-1);
	}
	return (0);
}

static void
word_begin(struct alias_cursor *cursor)
{
	cursor->length = 0;
	cursor->has_quotes = cursor->has_blanks = 0;
	cursor->raw.text = cursor->at;
}

static const char *
blanks_skip(const struct alias_cursor *cursor)
{
	const char	*at = cursor->at;

	while (at < cursor->end && octet_is_blank(*at))
		at++;
	return (at);
}

/* The name and its colon.  A lone + or - meant NIS once. */
static int
name_scan(struct alias_cursor *cursor)
{
	word_begin(cursor);
	if (word_scan(cursor, ':') == -1 || cursor->length == 0)
		return (-1);
	cursor->text[cursor->length] = '\0';
	cursor->raw.length = (size_t)(cursor->at - cursor->raw.text);
	cursor->at = blanks_skip(cursor);
	if (cursor->at == cursor->end || *cursor->at != ':' ||
	    (cursor->length == 1 && octet_is_one_of(cursor->text[0], "+-")))
		return (-1);
	cursor->at++;
	return (0);
}

static int
text_is_include(const struct alias_cursor *cursor, size_t length)
{
	size_t	i;

	if (length != sizeof(INCLUDE) - 1)
		return (0);
	for (i = 0; i < length; i++)
		if (alias_fold(cursor->text[i]) != INCLUDE[i])
			return (0);
	return (1);
}

/*
 * Blanks inside a target: only in a command without quotes, where they
 * count, and behind :include:, where they do not (sendmail).
 */
static int
blanks_take(struct alias_cursor *cursor, const char *to)
{
	if (text_is_include(cursor, cursor->length)) {
		cursor->at = to;
		return (0);
	}
	if (cursor->length == 0 || cursor->text[0] != '|' ||
	    cursor->has_quotes)
		return (-1);
	cursor->has_blanks = 1;
	for (; cursor->at < to; cursor->at++)
		if (text_put(cursor, *cursor->at) == -1)
			return (-1);
	return (0);
}

static int
target_is_sound(const struct alias_cursor *cursor)
{
	if (cursor->length == 0 || strcmp(cursor->text, "|") == 0)
		return (0);
	return (cursor->text[0] != ':' || (cursor->length > sizeof(INCLUDE) -
	    1 && text_is_include(cursor, sizeof(INCLUDE) - 1)));
}

static int
target_scan(struct alias_cursor *cursor)
{
	const char	*next;

	word_begin(cursor);
	for (;;) {
		if (word_scan(cursor, ',') == -1)
			return (-1);
		next = blanks_skip(cursor);
		if (next == cursor->end || *next == ',' || *next == '\n')
			break;
		if (blanks_take(cursor, next) == -1)
			return (-1);
	}
	cursor->raw.length = (size_t)(cursor->at - cursor->raw.text);
	cursor->text[cursor->length] = '\0';
	return (target_is_sound(cursor) ? 1 : -1);
}

/* Over blanks, commas and whole lines of comment.  Counts the commas. */
static size_t
gap_skip(struct alias_cursor *cursor)
{
	size_t	commas = 0;
	int	fresh = 0;

	for (; cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '\n')
			fresh = 1;
		else if (*cursor->at == ',') {
			commas++;
			fresh = 0;
		} else if (*cursor->at == '#' && fresh) {
			cursor->at = memchr(cursor->at, '\n',
			    (size_t)(cursor->end - cursor->at));
			/* A comment never ends an entry, but be sure. */
			if (cursor->at == NULL) {
				cursor->at = cursor->end;
				break;
			}
		} else if (!octet_is_blank(*cursor->at))
			break;
	}
	return (commas);
}

/* The next target: 1, 0 if there is none, -1 if it is not understood. */
static int
cursor_step(struct alias_cursor *cursor)
{
	size_t	commas = gap_skip(cursor);
	int	result;

	if (cursor->at == cursor->end)
		return (0);
	if (cursor->needs_comma && commas == 0)
		return (-1);
	result = target_scan(cursor);
	cursor->needs_comma = 1;
	return (result);
}

/*
 * Set a cursor before the first target of an entry's text.  Returns 0, or
 * -1 if the name is not understood; text holds the name, raw where it is.
 */
int
alias_open(struct alias_cursor *cursor, const char *text, size_t length)
{
	cursor->at = text;
	cursor->end = text + length;
	cursor->needs_comma = 0;
	return (name_scan(cursor));
}

/* Set a cursor before the targets of a part of an entry. */
void
alias_open_list(struct alias_cursor *cursor, struct slice list)
{
	cursor->at = list.text;
	cursor->end = list.text + list.length;
	cursor->needs_comma = 0;
}

/*
 * The next target: where it is (raw) and what it is without quotes and
 * escapes (text, length).  Returns 1, or 0 if there is none.
 */
int
alias_next(struct alias_cursor *cursor)
{
	return (cursor_step(cursor) == 1);
}

/*
 * No control characters, also not in a comment in between: the journal
 * writes 01 for the newline.  No backslash before a newline or the end.
 */
static int
alias_text_is_plain(const char *text, size_t length)
{
	size_t	i;

	for (i = 0; i < length; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t' &&
		    text[i] != '\n') || text[i] == 0x7f || (text[i] == '\\' &&
		    (i + 1 == length || text[i + 1] == '\n')))
			return (0);
	return (1);
}

/* Whether a text is one logical line that is understood, all of it. */
int
alias_text_is_entry(const char *text, size_t length)
{
	struct alias_cursor	 cursor;
	int			 result;

	if (length == 0 || physical_is_noise(text, 0, length) ||
	    octet_is_blank(*text) || !alias_text_is_plain(text, length) ||
	    alias_line_length(text, length) != length ||
	    alias_open(&cursor, text, length) == -1)
		return (0);
	while ((result = cursor_step(&cursor)) == 1)
		continue;
	return (result == 0);
}

/* Whether the cursor stands on this text, in any case. */
int
alias_cursor_is_folded(const struct alias_cursor *cursor, const char *text,
    size_t length)
{
	size_t	i;

	for (i = 0; i < length && i < cursor->length; i++)
		if (alias_fold(cursor->text[i]) != alias_fold(text[i]))
			return (0);
	return (length == cursor->length);
}

/*
 * Whether the cursor stands on this target.  Local names and addresses
 * compare without case; paths and commands as they are.
 */
int
alias_cursor_is(const struct alias_cursor *cursor, const char *target)
{
	size_t	length = strlen(target);

	if (octet_is_one_of(*target, "|/:"))
		return (length == cursor->length &&
		    memcmp(cursor->text, target, length) == 0);
	return (alias_cursor_is_folded(cursor, target, length));
}
