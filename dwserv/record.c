/*
 * The text of a ledger entry, but for its number, time and digest: who
 * asked for what from where, and what came of it.  Never a secret.
 */

#include "parent.h"
#include "xmalloc.h"

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

/* Finish the entry of a change; frees the text. */
void
record_end(struct change *change, struct ibuf *to)
{
	/* Behind the blank that every token begins with. */
	free(change->record);
	change->record = xstrndup((char *)ibuf_data(to) + 1,
	    ibuf_size(to) - 1);
	ibuf_free(to);
}
