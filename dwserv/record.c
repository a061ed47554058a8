/*
 * The text of a ledger entry, but for its number, time and digest: who
 * asked for what from where, and what came of it.  Never a secret.
 */

#include <stdio.h>

#include "parent.h"

#define RECORD_MAX	65536

/*
 * Begin an entry: `client=NAME peer=ADDRESS change=WHAT'.  The caller goes
 * on with token_add().  Returns NULL without memory.
 */
struct ibuf *
record_begin(const struct change *change, const char *what)
{
	struct ibuf	*to;

	if ((to = ibuf_dynamic(256, RECORD_MAX)) == NULL)
		return (NULL);
	if (token_add(to, "client", change->client) == -1 ||
	    token_add(to, "peer", change->peer) == -1 ||
	    token_add(to, "change", what) == -1 ||
	    ibuf_skip(to, 1) == -1) {
		ibuf_free(to);
		return (NULL);
	}
	return (to);
}

/* Finish the entry of a change; frees the buffer.  -1 without memory. */
int
record_end(struct change *change, struct ibuf *to)
{
	free(change->record);
	change->record = strndup(ibuf_data(to), ibuf_size(to));
	ibuf_free(to);
	return (change->record == NULL ? -1 : 0);
}
