/*
 * Changing the entries of /etc/aliases.  What is not changed stays as it
 * is, byte for byte: other targets, continuation lines, comments between
 * them, blanks, quotes.
 */

#include "dwserv.h"
#include "table.h"
#include "xmalloc.h"

/* What may stand outside quotes, wherever the entry is read. */
#define PLAIN	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
		"0123456789@._+=/'-"

/* A text that is being made, or changed; it has room enough. */
struct draft {
	char	*text;
	size_t	 length;
};

static void
draft_add(struct draft *draft, const char *text, size_t length)
{
	memcpy(draft->text + draft->length, text, length);
	draft->length += length;
}

static void
draft_cut(struct draft *draft, size_t from, size_t to)
{
	memmove(draft->text + from, draft->text + to, draft->length - to);
	draft->length -= to - from;
}

/* Needs at most twice the word's length, and two bytes more. */
static void
draft_add_word(struct draft *draft, const char *word)
{
	const char	*plain = word;

	if (*plain == '|')
		plain++;
	else if (alias_target_classify(word) == ALIAS_INCLUDE)
		plain = strchr(word + 1, ':') + 1;
	if (*plain != '\0' && plain[strspn(plain, PLAIN)] == '\0') {
		draft_add(draft, word, strlen(word));
		return;
	}
	draft_add(draft, "\"", 1);
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			draft_add(draft, "\\", 1);
		draft_add(draft, word, 1);
	}
	draft_add(draft, "\"", 1);
}

static void
draft_add_targets(struct draft *draft, const char *targets)
{
	char		 target[ALIAS_TARGET_MAX + 1];
	const char	*separator = " ";
	int		 more;

	if (*targets == '\0')
		return;
	while ((more = alias_list_next(&targets, target,
	    sizeof(target))) == 1) {
		draft_add(draft, separator, strlen(separator));
		draft_add_word(draft, target);
		separator = ", ";
	}
	if (more == -1)
		fatalx("a list of targets that was not checked");
}

/*
 * Give an alias these targets, in the protocol's form, in place of all that
 * it had; LINE_NONE makes a new entry at the end of the file.  Name and
 * targets have been checked.  Returns the line.
 */
line_t
alias_set(struct table *table, line_t line, const char *name,
    const char *targets)
{
	struct draft	draft = { NULL, 0 };
	size_t		size = strlen(name) + strlen(targets);

	/* Each octet may become two, with two quotes, a comma, a blank. */
	draft.text = xreallocarray(NULL, size + 2, 6);
	draft_add_word(&draft, name);
	draft_add(&draft, ":", 1);
	draft_add_targets(&draft, targets);
	if (line == LINE_NONE)
		line = table_add(table, draft.text, draft.length);
	else
		table_change(table, line, draft.text, draft.length);
	free(draft.text);
	return (line);
}

static void
cursor_open(struct alias_cursor *cursor, const char *text, size_t length)
{
	if (alias_open(cursor, text, length) == -1)
		fatalx("a line that is no entry of /etc/aliases was edited");
}

/*
 * Where the last target ends, 0 if there is none.  Looks from the end, for
 * a long list, unless the last targets are followed by an empty line.
 */
static size_t
targets_end(const struct table_line *entry, size_t values)
{
	struct alias_cursor	cursor;
	const char		*text = entry->text;
	size_t			end = entry->length, escapes = 0;

	while (end > values && text[end - 1] != '\n' &&
	    strchr(" \t,", text[end - 1]) != NULL)
		end--;
	if (end > values && text[end - 1] != '\n') {
		while (text[end - 1 - escapes] == '\\')
			escapes++;
		return (end + escapes % 2);
	}
	cursor_open(&cursor, text, entry->length);
	end = 0;
	while (alias_next(&cursor))
		end = (size_t)(cursor.raw.text - text) + cursor.raw.length;
	return (end);
}

/* Whether a word in the file is this one target and nothing else. */
static int
word_is_target(const struct draft *draft, size_t start, const char *target)
{
	struct table	probe = { .kind = TABLE_ALIASES };
	char		*text;
	struct alias_cursor cursor;
	size_t		 length = draft->length - start;
	int		 result;

	text = xreallocarray(NULL, length + 2, 1);
	memcpy(text, "a:", 2);
	memcpy(text + 2, draft->text + start, length);
	cursor_open(&cursor, text, length + 2);
	result = table_line_is_entry(&probe, text, length + 2) &&
	    alias_next(&cursor) && strcmp(cursor.text, target) == 0 &&
	    !alias_next(&cursor);
	free(text);
	return (result);
}

/*
 * Add a target behind the others of an entry.  It has been checked; one
 * that cannot be written is fatal.
 */
void
alias_add_target(struct table *table, line_t line, const char *target)
{
	const struct table_line	*entry = &table->lines[line];
	struct alias_cursor	 cursor;
	struct draft		 draft = { NULL, 0 };
	size_t			 values, end;

	cursor_open(&cursor, entry->text, entry->length);
	values = (size_t)(cursor.at - entry->text);
	end = targets_end(entry, values);
	draft.text = xreallocarray(NULL, strlen(target) + 2, 2);
	draft_add(&draft, ", ", end > 0 ? 2 : 0);
	draft_add(&draft, " ", end > 0 ? 0 : 1);
	draft_add_word(&draft, target);
	if (!word_is_target(&draft, end > 0 ? 2 : 1, target))
		fatalx("a target that /etc/aliases cannot hold was added");
	table_grow(table, line, end > 0 ? end : values, draft.text,
	    draft.length);
	free(draft.text);
}

static int
is_blank(char octet)
{
	return (octet == ' ' || octet == '\t');
}

static size_t
blanks_before(const struct draft *draft, size_t at)
{
	while (is_blank(draft->text[at - 1]))
		at--;
	return (at);
}

static size_t
blanks_behind(const struct draft *draft, size_t at)
{
	while (at < draft->length && is_blank(draft->text[at]))
		at++;
	return (at);
}

/*
 * Cut out a piece that is not at the beginning of the entry, and the blanks
 * around it that served it alone: with a line that it had for itself.
 */
static void
piece_cut(struct draft *draft, size_t from, size_t to)
{
	size_t	left = blanks_before(draft, from);
	size_t	right = blanks_behind(draft, to);

	if (right < draft->length && draft->text[right] != '\n')
		draft_cut(draft, from, right);
	else if (draft->text[left - 1] == '\n')
		draft_cut(draft, left - 1, right);
	else
		draft_cut(draft, left, right);
}

/* The first comma behind a target, which has another one behind it. */
static size_t
comma_behind(const struct draft *draft, size_t at)
{
	int	fresh = 0;

	for (; draft->text[at] != ','; at++) {
		if (draft->text[at] == '\n')
			fresh = 1;
		else if (draft->text[at] == '#' && fresh)
			at = (size_t)((char *)memchr(draft->text + at, '\n',
			    draft->length - at) - draft->text);
	}
	return (at);
}

/*
 * Cut out a target that has another one behind it, with one comma: the one
 * behind it, or that before it if it has a line for itself with it.
 */
static void
target_cut(struct draft *draft, size_t from, size_t to)
{
	size_t	comma = comma_behind(draft, to);
	size_t	before = blanks_before(draft, from);

	if (comma == blanks_behind(draft, to))
		piece_cut(draft, from, comma + 1);
	else if (draft->text[before - 1] == ',' && draft->text[blanks_before(
	    draft, before - 1) - 1] == '\n' && draft->text[blanks_behind(
	    draft, to)] == '\n')
		piece_cut(draft, before - 1, to);
	else {
		piece_cut(draft, comma, comma + 1);
		piece_cut(draft, from, to);
	}
}

/* Whether there is a blank line or comment in a part of an entry. */
static int
gap_has_noise(const struct draft *draft, size_t from, size_t to)
{
	size_t	at;

	for (at = from; at < to; at++)
		if (draft->text[at] == '\n') {
			at = blanks_behind(draft, at + 1);
			if (draft->text[at] == '#' || draft->text[at] == '\n')
				return (1);
		}
	return (0);
}

/*
 * Cut out the last target of several.  A comment before it would end up
 * behind the entry then and be none of its bytes any more: in that case the
 * target before it takes its place, and leaves its own.
 */
static void
target_cut_last(struct draft *draft, size_t before, size_t before_end,
    size_t from, size_t to)
{
	size_t	 length = before_end - before;
	char	*word;

	if (!gap_has_noise(draft, before_end, from)) {
		draft_cut(draft, before_end, to);
		return;
	}
	word = xstrndup(draft->text + before, length);
	memmove(draft->text + from + length, draft->text + to,
	    draft->length - to);
	memcpy(draft->text + from, word, length);
	draft->length = draft->length - (to - from) + length;
	target_cut(draft, before, before_end);
	free(word);
}

/*
 * Take out a target wherever it stands in an entry, of which the text is in
 * the draft, that has room for twice as much.  Returns how many times.
 */
static size_t
draft_remove_target(struct draft *draft, const char *target)
{
	struct alias_cursor	cursor, ahead;
	size_t			before = 0, goes_on, from, to, count = 0;

	cursor_open(&cursor, draft->text, draft->length);
	goes_on = (size_t)(cursor.at - draft->text);
	while (alias_next(&cursor)) {
		from = (size_t)(cursor.raw.text - draft->text);
		to = from + cursor.raw.length;
		if (!alias_cursor_is(&cursor, target)) {
			before = from;
			goes_on = to;
			continue;
		}
		count++;
		ahead = cursor;
		if (alias_next(&ahead))
			target_cut(draft, from, to);
		else if (before > 0) {
			target_cut_last(draft, before, goes_on, from, to);
			break;
		} else
			draft->length = goes_on;
		cursor.at = draft->text + goes_on;
		cursor.end = draft->text + draft->length;
		cursor.needs_comma = before > 0;
	}
	return (count);
}

/*
 * Take a target out of an entry, each time that it stands there.  The last
 * one gone, the entry has no targets; the caller will want to remove it.
 */
void
alias_remove_target(struct table *table, line_t line, const char *target)
{
	const struct table_line	*entry = &table->lines[line];
	struct draft		 draft = { NULL, 0 };
	size_t			 times;

	if (!alias_has_target(table, line, target))
		return;
	draft.text = xreallocarray(NULL, (size_t)entry->length + 1, 2);
	draft_add(&draft, entry->text, entry->length);
	times = draft_remove_target(&draft, target);
	table_drop(table, line, draft.text, draft.length, target, times);
	free(draft.text);
}
