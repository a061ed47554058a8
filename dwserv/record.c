/*
 * The text of a ledger entry, but for its number, time and digest: who
 * asked for what from where, and what came of it.  Never a secret.
 */

#include "parent.h"
#include "xmalloc.h"

/* A change, all zero so far, has nothing to do for homes. */
void
change_init(struct change *change)
{
	TAILQ_INIT(&change->homes);
}

/*
 * Begin an entry: `client=NAME peer=ADDRESS change=WHAT'.  The caller goes
 * on with token_add().
 */
struct ibuf *
record_begin(const struct change *change, const char *what)
{
	struct ibuf	*to = text_new();

	token_add(to, "client", change->client);
	token_add(to, "peer", change->peer);
	token_add(to, "change", what);
	return (to);
}

/*
 * Finish an entry of a change, behind those that it has already; frees the
 * text.
 */
void
record_end(struct change *change, struct ibuf *to)
{
	struct ibuf	*all = text_new();

	if (change->record != NULL) {
		text_add(all, change->record, strlen(change->record));
		text_add(all, "\n", 1);
	}
	/* Behind the blank that every token begins with. */
	text_add(all, (char *)ibuf_data(to) + 1, ibuf_size(to) - 1);
	free(change->record);
	change->record = xstrndup(ibuf_data(all), ibuf_size(all));
	ibuf_free(all);
	ibuf_free(to);
}

/*
 * The entries of a change, one after the other; *rest is NULL at first.
 * Returns 0 behind the last, or if it has none.
 */
int
record_next(const struct change *change, const char **rest,
    struct slice *entry)
{
	const char	*at = *rest == NULL ? change->record : *rest;

	if (at == NULL || *at == '\0')
		return (0);
	entry->text = at;
	entry->length = strcspn(at, "\n");
	*rest = at + entry->length + (at[entry->length] == '\n');
	return (1);
}

/* How many entries the changes of a batch have together. */
uint64_t
record_count(const struct changes *batch)
{
	const struct change	*change;
	const char		*rest;
	struct slice		 entry;
	uint64_t		 count = 0;

	TAILQ_FOREACH(change, batch, entry)
		for (rest = NULL; record_next(change, &rest, &entry); )
			count++;
	return (count);
}
