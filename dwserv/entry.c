/*
 * A line of the ledger as a client sees it: not at all, unless it is about
 * what the client may see; and never who else came from where.
 */

#include <stdio.h>

#include "worker.h"
#include "xmalloc.h"

#define ENTRY_WORDS_MAX	64
#define KEY_LENGTH_MAX	64

struct entry {
	const char	*number;
	const char	*time;
	const char	*keys[ENTRY_WORDS_MAX];
	const char	*values[ENTRY_WORDS_MAX];
	int		 count;
};

/* What the ledger keeps for itself. */
static const char *const hidden[] = {
	"peer", "idem", "digest", "reply", "sha256", "recovered"
};

static int
number_parse(const char *text, size_t length, uint64_t *number)
{
	size_t	i;

	*number = 0;
	for (i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, text[i] - '0', number))
			return (-1);
	return (i == 0 || (i < length && text[i] != ' ') ? -1 : 0);
}

/* The number that a line begins with.  Returns -1 if there is none. */
int
entry_number(const char *line, size_t length, uint64_t *number)
{
	return (number_parse(line, length, number));
}

/*
 * The number of the first entry in the segment that begins with this line.
 * Returns -1 if it does not tell.
 */
int
entry_next(const char *line, size_t length, uint64_t *next)
{
	const char	*found;

	if (entry_number(line, length, next) == -1 || *next != 0 ||
	    (found = memmem(line, length, " next=", 6)) == NULL)
		return (-1);
	found += 6;
	return (number_parse(found, length - (size_t)(found - line), next));
}

/* Cut up a line's words.  Returns -1 if it is not an entry. */
static int
entry_parse(struct entry *entry, char *line)
{
	char	*words[ENTRY_WORDS_MAX], *value;
	int	 count, i;

	if ((count = token_split(line, words, ENTRY_WORDS_MAX)) < 3)
		return (-1);
	entry->number = words[0];
	entry->time = words[1];
	entry->count = 0;
	for (i = 2; i < count; i++) {
		if ((value = token_value(words[i])) == NULL ||
		    strlen(words[i]) > KEY_LENGTH_MAX)
			continue;
		entry->keys[entry->count] = words[i];
		entry->values[entry->count++] = value;
	}
	return (0);
}

/* The value of a key, or an empty string. */
static const char *
entry_value(const struct entry *entry, const char *key)
{
	int	i;

	for (i = 0; i < entry->count; i++)
		if (strcmp(entry->keys[i], key) == 0)
			return (entry->values[i]);
	return ("");
}

static struct slice
slice_of(const char *string)
{
	struct slice	slice = { string, strlen(string) };

	return (slice);
}

/*
 * Whether what the entry is about is the client's by its number and its
 * name, or by the one that it gets.
 */
static int
entry_is_own(const struct session *session, const struct entry *entry,
    const char *id_key, const char *name_key,
    int (*has)(const struct session *, uint32_t, struct slice))
{
	uint32_t	id;

	return (slice_number(slice_of(entry_value(entry, id_key)),
	    &id) == 0 &&
	    (has(session, id, slice_of(entry_value(entry, name_key))) ||
	    has(session, id, slice_of(entry_value(entry, "name")))));
}

/*
 * Whether the entry is about an account or a group that the client may see,
 * or an alias, if it may see any.  Of what is not known here nothing is
 * told.
 */
static int
entry_is_visible(const struct session *session, const struct entry *entry)
{
	const char	*change = entry_value(entry, "change");
	const char	*file = "";

	if (strcmp(change, "external") == 0)
		file = entry_value(entry, "file");
	if (strncmp(change, "account.", 8) == 0 || strcmp(file, "passwd") == 0)
		return (entry_is_own(session, entry, "uid", "login",
		    session_has_account));
	if (strncmp(change, "group.", 6) == 0 || strcmp(file, "group") == 0)
		return (entry_is_own(session, entry, "gid", "group",
		    session_has_group));
	if (strncmp(change, "alias.", 6) == 0 || strcmp(file, "aliases") == 0)
		return ((session->operations &
		    (OPERATION_BIT(OPERATION_ALIAS_LIST) |
		    OPERATION_BIT(OPERATION_ALIAS_SHOW))) != 0 &&
		    session_has_alias(session,
		    slice_of(entry_value(entry, "alias"))));
	return (0);
}

static int
key_is_hidden(const char *key)
{
	size_t	i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (strcmp(key, hidden[i]) == 0)
			return (1);
	return (0);
}

static void
entry_print(const struct entry *entry, struct ibuf *to)
{
	int	i;

	text_print(to, "250-entry");
	show_field(to, "number", slice_of(entry->number));
	show_field(to, "time", slice_of(entry->time));
	for (i = 0; i < entry->count; i++)
		if (!key_is_hidden(entry->keys[i]))
			show_field(to, entry->keys[i],
			    slice_of(entry->values[i]));
	text_print(to, "\r\n");
}

/*
 * Append a line of the ledger, without its newline, as a line of a reply.
 * Returns 1, or 0 if it is nothing for this session.
 */
int
entry_show(const struct session *session, const char *line, size_t length,
    struct ibuf *to)
{
	char		*copy = xstrndup(line, length);
	struct entry	 entry;
	int		 visible;

	visible = entry_parse(&entry, copy) == 0 &&
	    entry_is_visible(session, &entry);
	if (visible)
		entry_print(&entry, to);
	free(copy);
	return (visible);
}
