/*
 * Reads that are answered from the account files: one entry, or a list that
 * leaves piece by piece, as the client takes it, and holds the files as
 * they were when it began.
 */

#include "worker.h"
#include "xmalloc.h"

/* Entries that are looked at in one turn. */
#define ENTRIES_PER_TURN	4096

static void
listing_free(struct listing *listing)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		snapshot_release(listing->snapshots[kind]);
	free(listing->chosen);
	free(listing);
}

static struct listing *
listing_new(struct session *session, const struct query *query)
{
	struct listing	*listing = xcalloc(1, sizeof(*listing));
	enum table_kind	 kind;

	listing->query = *query;
	listing->kind = listing_kind(query->operation);
	for (kind = 0; kind < TABLES; kind++)
		listing->snapshots[kind] = snapshot_hold(session->worker,
		    kind);
	return (listing);
}

/* Whether the files that the list needs are there. */
static int
listing_is_possible(const struct listing *listing)
{
	return (listing->snapshots[listing->kind->table] != NULL &&
	    listing->snapshots[TABLE_PASSWD] != NULL &&
	    listing->snapshots[TABLE_GROUP] != NULL);
}

/* Append an entry, or that there is none that the session may see. */
static void
read_show(struct session *session, const struct query *query,
    struct ibuf *to)
{
	struct listing			*listing;
	const struct listing_kind	*kind;
	const struct table		*table;
	char				 lead[32];
	line_t				 line = LINE_NONE;

	listing = listing_new(session, query);
	kind = listing->kind;
	if (listing_is_possible(listing)) {
		table = listing_table(listing, kind->table);
		line = table_find_name(table, query->name);
		if (line != LINE_NONE && !kind->sees(session, table, line))
			line = LINE_NONE;
	}
	strlcpy(lead, "250 ", sizeof(lead));
	strlcat(lead, kind->noun, sizeof(lead));
	if (line == LINE_NONE)
		text_print(to, "550 not-found %s %s\r\n", kind->noun,
		    query->name);
	else
		kind->show(session, listing, lead, line, to);
	listing_free(listing);
}

/*
 * Answer a read whose turn has come: append the answer, or begin a list or
 * a watch, which session->listing and session->watching go on with.
 */
void
read_answer(struct session *session, const struct query *query,
    struct ibuf *to)
{
	if (listing_kind(query->operation)->table == TABLE_ALIASES &&
	    session->worker->snapshots[TABLE_ALIASES] == NULL) {
		text_print(to, "550 not-found aliases\r\n");
		return;
	}
	switch (query->operation) {
	case OPERATION_ACCOUNT_LIST:
	case OPERATION_GROUP_LIST:
	case OPERATION_ALIAS_LIST:
		session->listing = listing_begin(session, query);
		break;
	case OPERATION_WATCH:
		watching_begin(session, query);
		break;
	default:
		read_show(session, query, to);
		break;
	}
}

/* Behind the name that the client has already, or at the first of all. */
static uint32_t
listing_start(struct listing *listing)
{
	struct snapshot		*snapshot;
	const struct query	*query = &listing->query;
	uint32_t		 first, behind = 0;

	snapshot = listing->snapshots[listing->kind->table];
	first = snapshot_find(snapshot, query->prefix, 0);
	if (*query->after != '\0')
		behind = snapshot_find(snapshot, query->after, 1);
	return (behind > first ? behind : first);
}

/* Begin a list of the entries that a query asks for. */
struct listing *
listing_begin(struct session *session, const struct query *query)
{
	struct listing	*listing = listing_new(session, query);

	if (listing_is_possible(listing)) {
		listing->kind->choose(listing);
		listing->next = listing_start(listing);
	} else
		listing->next = UINT32_MAX;
	return (listing);
}

/* The next line to look at, or LINE_NONE at the end of the list. */
static line_t
listing_next(struct listing *listing)
{
	struct snapshot	*snapshot;

	snapshot = listing->snapshots[listing->kind->table];
	if (listing->next == UINT32_MAX ||
	    listing->count >= listing->query.limit ||
	    !snapshot_has_prefix(snapshot, listing->next,
	    listing->query.prefix))
		return (LINE_NONE);
	return (snapshot_line(snapshot, listing->next++));
}

/*
 * Append lines of the session's list until there is enough for now.
 * Returns 1 if it has come to its end, else 0.
 */
int
listing_continue(struct session *session, struct ibuf *to)
{
	struct listing			*listing = session->listing;
	const struct listing_kind	*kind = listing->kind;
	const struct table		*table;
	char				 lead[32];
	int				 turn;
	line_t				 line;

	strlcpy(lead, "250-", sizeof(lead));
	strlcat(lead, kind->noun, sizeof(lead));
	table = listing_table(listing, kind->table);
	for (turn = 0; turn < ENTRIES_PER_TURN; turn++) {
		if (ibuf_size(to) > SESSION_OUT_MAX)
			return (0);
		if ((line = listing_next(listing)) == LINE_NONE) {
			text_print(to, "250 listed count=%llu\r\n",
			    (unsigned long long)listing->count);
			return (1);
		}
		if (!kind->sees(session, table, line) ||
		    !kind->matches(session, listing, line))
			continue;
		kind->show(session, listing, lead, line, to);
		listing->count++;
	}
	return (0);
}

void
listing_end(struct session *session)
{
	if (session->listing == NULL)
		return;
	listing_free(session->listing);
	session->listing = NULL;
}
