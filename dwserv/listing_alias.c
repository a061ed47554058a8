/*
 * What is in a list of aliases.
 */

#include "worker.h"
#include "xmalloc.h"

/* Aliases that were found, of which some are still to be followed. */
struct chain {
	line_t	*lines;
	size_t	 count;
	size_t	 next;
};

/* Choose the aliases that have this target and were not found before. */
static void
alias_choose_with(struct listing *listing, struct chain *chain,
    const char *target)
{
	const struct table	*table = listing_table(listing, TABLE_ALIASES);
	uint32_t		 hash;
	size_t			 state = 0;
	line_t			 line;

	hash = alias_reader.hash(table, target, strlen(target));
	while ((line = index_next(&table->by_member, hash, &state)) !=
	    LINE_NONE)
		if (!listing->chosen[line] &&
		    alias_reader.has_member(table, line, target)) {
			listing->chosen[line] = 1;
			chain->lines[chain->count++] = line;
		}
}

static void
name_fold(char *name)
{
	for (; *name != '\0'; name++)
		if (*name >= 'A' && *name <= 'Z')
			*name |= 0x20;
}

/*
 * The aliases that lead to a login: those that have it as a target, those
 * that have them, and so on.  Each is followed once, so that a ring ends.
 */
static void
alias_choose(struct listing *listing)
{
	const struct table	*table = listing_table(listing, TABLE_ALIASES);
	struct chain		 chain = { NULL, 0, 0 };
	char			 name[ALIAS_TARGET_MAX + 1];

	name_fold(listing->query.prefix);
	name_fold(listing->query.after);
	if (*listing->query.login == '\0')
		return;
	listing_choose_none(listing);
	chain.lines = xreallocarray(NULL, (size_t)table->line_count + 1,
	    sizeof(line_t));
	alias_choose_with(listing, &chain, listing->query.login);
	while (chain.next < chain.count)
		if (alias_name(table, chain.lines[chain.next++], name,
		    sizeof(name)) == 0)
			alias_choose_with(listing, &chain, name);
	free(chain.lines);
}

static int
alias_matches(struct session *session, struct listing *listing, line_t line)
{
	(void)session;
	return (listing->chosen == NULL || listing->chosen[line]);
}

static void
alias_show(struct session *session, struct listing *listing,
    const char *lead, line_t line, struct ibuf *to)
{
	(void)session;
	show_alias(to, lead, listing_table(listing, TABLE_ALIASES), line);
}

const struct listing_kind listing_aliases = {
	TABLE_ALIASES, "alias", session_sees_alias, alias_choose,
	alias_matches, alias_show
};
