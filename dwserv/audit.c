/*
 * The parent's part of the log for auditors: each change that was made, and
 * each that was refused, with the client, where it came from, and its
 * session.  Arguments are named only as far as no secret can be among them.
 */

#include <inttypes.h>

#include "parent.h"

/* Of an entry of the ledger, so many octets are in the log. */
#define AUDIT_ENTRY_MAX	500

/* Who asked: "client=NAME peer=ADDRESS session=WORKER.SESSION". */
static struct ibuf *
audit_begin(const char *verdict, const struct change *change)
{
	struct ibuf	*to = text_new();

	text_print(to, "%s", verdict);
	token_add(to, "client", change->client);
	token_add(to, "peer", change->peer);
	text_print(to, " session=%u.%u", change->worker,
	    change->request.session);
	return (to);
}

static void
audit_end(struct ibuf *text)
{
	log_info("%.*s", (int)ibuf_size(text), (char *)ibuf_data(text));
	ibuf_free(text);
}

/* What an entry tells after who asked, without what was remembered of it. */
static struct slice
audit_find_change(struct slice entry)
{
	const char	*begin, *end;

	begin = memmem(entry.text, entry.length, " change=", 8);
	if (begin == NULL)
		return (entry);
	entry.length -= (size_t)(begin - entry.text);
	entry.text = begin;
	end = memmem(entry.text, entry.length, " idem=", 6);
	if (end != NULL)
		entry.length = (size_t)(end - entry.text);
	return (entry);
}

/*
 * Log what was changed, entry by entry as it is in the ledger; number is
 * that of the first.
 */
void
audit_change(const struct change *change, uint64_t number)
{
	const char	*rest = NULL;
	struct slice	 entry, what;
	struct ibuf	*text;

	while (record_next(change, &rest, &entry)) {
		what = audit_find_change(entry);
		text = audit_begin("changed", change);
		text_print(text, " entry=%" PRIu64, number++);
		text_add(text, what.text, what.length < AUDIT_ENTRY_MAX ?
		    what.length : AUDIT_ENTRY_MAX);
		if (what.length > AUDIT_ENTRY_MAX)
			text_print(text, "...");
		audit_end(text);
	}
}

/* The operation that a request is about, and on what. */
static void
audit_add_request(struct ibuf *text, const struct request *request)
{
	token_add(text, "request", operation_name(request->operation));
	if (request->login != NULL)
		token_add(text, "login", request->login);
	if (request->group != NULL)
		token_add(text, "group", request->group);
	if (request->alias != NULL)
		token_add(text, "alias", request->alias);
}

/*
 * Log a refusal as the client gets it; that of a transaction names the
 * request that was to blame by its number.
 */
void
audit_refusal(const struct change *change, const struct result *result)
{
	const struct request	*request = &change->request;
	struct ibuf		*text = audit_begin("refused", change);

	if ((request->flags & REQUEST_PLAN) != 0)
		text_print(text, " plan=yes");
	if (request->parts > 0)
		text_print(text, " request=commit parts=%u", request->parts);
	else
		audit_add_request(text, request);
	text_print(text, " code=%u", result->code);
	token_add(text, "word", result->word);
	token_add(text, "text", result->text);
	audit_end(text);
}
