/*
 * The parent's end of the channel to a worker: what a worker needs to
 * begin, what it may ask, and what it is told.  A worker has parsed bytes
 * of strangers; nothing it says is believed.
 */

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"
#include "xmalloc.h"

static int
grant_compare(const struct session_grant *a, const struct session_grant *b)
{
	return (a->session < b->session ? -1 : a->session > b->session);
}

RB_PROTOTYPE(session_grants, session_grant, entry, grant_compare)
RB_GENERATE(session_grants, session_grant, entry, grant_compare)

static void
session_grant_free(struct child *child, struct session_grant *grant)
{
	RB_REMOVE(session_grants, &child->grants, grant);
	child->grant_count--;
	free(grant->client);
	free(grant->peer);
	free(grant);
}

static struct session_grant *
grant_find(struct child *child, uint32_t session)
{
	struct session_grant	key = { .session = session };

	return (RB_FIND(session_grants, &child->grants, &key));
}

/* A worker is gone: so are its sessions. */
void
worker_end(struct child *child)
{
	struct session_grant	*grant;
	struct change		*change;

	while ((grant = RB_ROOT(&child->grants)) != NULL)
		session_grant_free(child, grant);
	while ((change = TAILQ_FIRST(&child->parts)) != NULL) {
		TAILQ_REMOVE(&child->parts, change, entry);
		change_free(change);
	}
	child->parts_size = 0;
}

/* A list as its words, as many as fit; NULL if it is empty. */
static char *
worker_list(const struct words *words)
{
	const struct word	*word;
	struct ibuf		*list = text_new();
	char			*text = NULL;

	TAILQ_FOREACH(word, words, entry) {
		if (ibuf_size(list) + strlen(word->text) + 1 > LINE_LENGTH_MAX)
			break;
		if (ibuf_size(list) > 0)
			text_add(list, ",", 1);
		text_add(list, word->text, strlen(word->text));
	}
	if (ibuf_size(list) > 0)
		text = xstrndup(ibuf_data(list), ibuf_size(list));
	ibuf_free(list);
	return (text);
}

static void
worker_fill_rights(const struct config *config, const struct client *client,
    struct grant *rights)
{
	rights->operations = client->operations;
	policy_range(config, client, &rights->uid_min, &rights->uid_max);
	policy_gid_range(config, client, &rights->gid_min, &rights->gid_max);
	rights->rate = client->rate;
	rights->burst = client->burst;
	rights->reads_all = client->reads_all != 0;
	rights->may_hash = !client->no_hash;
	rights->has_domains = client->has_domains != 0;
	rights->groups = worker_list(&client->groups);
	rights->names = worker_list(&client->names);
	rights->aliases = worker_list(&client->aliases);
	rights->domains = worker_list(&client->domains);
	rights->shells = worker_list(TAILQ_EMPTY(&client->shells) ?
	    &config->accounts.shells : &client->shells);
	rights->home = xstrdup(policy_home_base(config, client));
}

/* Tell a worker what a session may do; nothing, if there is no client. */
static void
worker_send_rights(struct child *child, const struct session_grant *grant,
    const struct client *client)
{
	struct grant	 rights;
	struct ibuf	*message;

	memset(&rights, 0, sizeof(rights));
	rights.session = grant->session;
	rights.client = xstrdup(grant->client);
	if (client != NULL)
		worker_fill_rights(child->parent->config, client, &rights);
	message = channel_create(&child->channel, IMSG_PARENT_SESSION, 0);
	channel_submit(&child->channel, message,
	    msg_put_grant(message, &rights));
	grant_free(&rights);
}

/* After a reload: what the sessions that are there may do from now on. */
void
worker_renew_rights(struct parent *parent)
{
	struct generation	*generation;
	struct child		*child;
	struct session_grant	*grant, *next;
	const struct client	*client;

	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry)
			RB_FOREACH_SAFE(grant, session_grants, &child->grants,
			    next) {
				client = config_find_client(parent->config,
				    grant->client);
				worker_send_rights(child, grant, client);
				if (client == NULL)
					session_grant_free(child, grant);
			}
}

/*
 * Auth has granted a session; from now on it speaks for a client.  A worker
 * that invents sessions gets no more than twice what it may have.
 */
void
worker_grant(struct child *child, const struct granted *granted)
{
	struct parent		*parent = child->parent;
	const struct client	*client;
	struct session_grant	*grant;

	client = config_find_client(parent->config, granted->client);
	if (client == NULL || grant_find(child, granted->session) != NULL ||
	    child->grant_count / 2 >=
	    child->generation->config->limits.worker_sessions)
		return;
	grant = xcalloc(1, sizeof(*grant));
	grant->client = xstrdup(granted->client);
	grant->peer = xstrdup(granted->peer);
	grant->session = granted->session;
	RB_INSERT(session_grants, &child->grants, grant);
	child->grant_count++;
	worker_send_rights(child, grant, client);
	parent->grants++;
}

static void
worker_send_result(struct child *child, const struct result *result)
{
	struct ibuf	*message;

	message = channel_create(&child->channel, IMSG_PARENT_RESULT, 0);
	channel_submit(&child->channel, message,
	    msg_put_result(message, result));
}

/* The worker that asked, if it is still there. */
static struct child *
worker_of(struct parent *parent, const struct change *change)
{
	return (change->worker == 0 ? NULL : child_find(parent,
	    change->worker));
}

/* A line of an answer that has several. */
void
worker_reply_line(struct parent *parent, const struct change *change,
    const char *text)
{
	struct child		*child = worker_of(parent, change);
	struct answer_line	 line;
	struct ibuf		*message;

	if (child == NULL)
		return;
	line.session = change->request.session;
	line.number = change->request.number;
	line.text = (char *)text;
	message = channel_create(&child->channel, IMSG_PARENT_LINE, 0);
	channel_submit(&child->channel, message,
	    msg_put_answer_line(message, &line));
}

/* A part of a transaction is a line, and behind the last is the answer. */
static void
worker_reply_part(struct parent *parent, const struct change *change,
    struct result *result)
{
	const struct request	*request = &change->request;
	char			 text[RESULT_TEXT_MAX + RESULT_WORD_MAX];

	if ((request->flags & REQUEST_PLAN) != 0 || result->code >= 400)
		return;
	snprintf(text, sizeof(text), "%s %s", result->word, result->text);
	worker_reply_line(parent, change, text);
	if (request->part == request->parts)
		result_set(result, 250, "committed", "count=%u",
		    request->parts);
}

/* Log what came of a change, also if nobody waits for the answer. */
static void
worker_audit(const struct change *change)
{
	/* Of those that a crash had interrupted, the ledger has all. */
	if (change->worker == 0)
		return;
	if (change->result.code < 400 && change->record != NULL &&
	    (change->request.flags & REQUEST_PLAN) == 0)
		audit_change(change, change->number);
	if (change->result.code >= 400 &&
	    change->request.part == change->request.parts)
		audit_refusal(change, &change->result);
}

/* Answer a change, if the worker that asked is still there. */
void
worker_reply(struct parent *parent, const struct change *change)
{
	struct child	*child = worker_of(parent, change);
	struct result	 result = change->result;

	worker_audit(change);
	if (child == NULL)
		return;
	if (change->request.part != 0)
		worker_reply_part(parent, change, &result);
	if (change->request.part != change->request.parts)
		return;
	result.session = change->request.session;
	result.number = change->request.number;
	child->waiting--;
	worker_send_result(child, &result);
}

static struct change *
change_new(struct child *child, const struct session_grant *grant,
    const struct request *request)
{
	struct change	*change = xcalloc(1, sizeof(*change));

	change_init(change);
	change->client = xstrdup(grant == NULL ? "-" : grant->client);
	change->peer = xstrdup(grant == NULL ? "-" : grant->peer);
	change->request = *request;
	change->worker = child->number;
	return (change);
}

/*
 * Whether a request is the next part of the transaction that the worker is
 * telling, or the first, or of none.  All parts come one after the other.
 */
static int
worker_part_fits(const struct child *child, const struct request *request)
{
	const struct change	*last = TAILQ_LAST(&child->parts, changes);
	const struct request	*before = last == NULL ? NULL :
				    &last->request;

	if (before == NULL)
		return (request->part == (request->parts > 0));
	return (request->part == before->part + 1 &&
	    request->parts == before->parts &&
	    request->session == before->session &&
	    request->number == before->number &&
	    (request->flags & REQUEST_PLAN) == (before->flags & REQUEST_PLAN));
}

/* All parts have come: carry them out, or say which may not be. */
static void
worker_submit(struct child *child)
{
	struct change	*change, *failed = NULL;

	child->waiting++;
	child->parts_size = 0;
	TAILQ_FOREACH(change, &child->parts, entry)
		if (failed == NULL && change->result.code != 0)
			failed = change;
	if (failed == NULL) {
		commit_submit(&child->parent->commit, &child->parts);
		return;
	}
	change = TAILQ_FIRST(&child->parts);
	if (change->request.part != 0)
		batch_fail(change, failed);
	while ((change = TAILQ_FIRST(&child->parts)) != NULL) {
		TAILQ_REMOVE(&child->parts, change, entry);
		worker_reply(child->parent, change);
		change_free(change);
	}
}

/*
 * Whether a client may make a request now, by its rate; a transaction may
 * be made as a whole or not.  Returns 0, or -1 with the result filled in.
 */
static int
worker_check_rate(struct parent *parent, const struct client *client,
    const struct request *request, struct result *result)
{
	uint32_t	wait;

	if (request->part > 1)
		return (0);
	wait = rate_take(&parent->rates, client, request->part == 0 ? 1 :
	    request->parts, loop_now());
	if (wait == 0)
		return (0);
	if (wait == UINT32_MAX)
		return (policy_refuse(result, CLAUSE_RATE, "denied",
		    "%u requests at once are more than the burst of %s",
		    request->parts, client->name));
	return (result_set(result, 450, "rate-limited", "seconds=%u", wait));
}

/*
 * A request: of a session that auth has granted, within what its client
 * may do.  Returns -1 if the worker has broken the protocol.
 */
static int
worker_request(struct child *child, struct imsg *imsg)
{
	struct parent		*parent = child->parent;
	const struct client	*client;
	struct session_grant	*grant;
	struct request		 request;
	struct change		*change;
	struct result		*result;

	child->parts_size += imsg_get_len(imsg);
	if (child->waiting >= WORKER_WINDOW ||
	    child->parts_size > WORKER_PARTS_SIZE ||
	    msg_get_request(imsg_get_ibuf(imsg), &request) == -1)
		return (-1);
	if (!worker_part_fits(child, &request)) {
		request_free(&request);
		return (-1);
	}
	parent->requests++;
	/* Not granted, or not any more since a reload: no difference. */
	grant = grant_find(child, request.session);
	client = grant == NULL ? NULL : config_find_client(parent->config,
	    grant->client);
	change = change_new(child, grant, &request);
	result = &change->result;
	TAILQ_INSERT_TAIL(&child->parts, change, entry);
	if (client == NULL)
		result_set(result, 530, "auth-required", "say auth first");
	else if (request_check_fields(&change->request, result) == 0 &&
	    worker_check_rate(parent, client, &request, result) == 0)
		policy_admit(parent->config, client, &child->hash,
		    &change->request, result);
	if (request.part == request.parts)
		worker_submit(child);
	return (0);
}

int
worker_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct child		*child = channel->arg;
	struct session_grant	*grant;
	size_t			 waiting;

	waiting = imsgbuf_queuelen(&channel->imsgbuf);
	if (waiting > WORKER_QUEUE_MAX)
		return (-1);
	switch (imsg_get_type(imsg)) {
	case IMSG_WORKER_READY:
		if (imsg_get_len(imsg) != 0)
			return (-1);
		generation_child_ready(child);
		return (0);
	case IMSG_WORKER_REQUEST:
		return (worker_request(child, imsg));
	case IMSG_WORKER_SEGMENT:
		if (imsg_get_len(imsg) != 0 || waiting > WORKER_WINDOW ||
		    imsgbuf_queued_fds(&channel->imsgbuf) > WORKER_FDS_MAX)
			return (-1);
		worker_send_segment(child, imsg_get_id(imsg));
		return (0);
	case IMSG_WORKER_CLOSE:
		if (imsg_get_len(imsg) != 0)
			return (-1);
		grant = grant_find(child, imsg_get_id(imsg));
		if (grant != NULL)
			session_grant_free(child, grant);
		return (0);
	default:
		return (child_dispatch(child, imsg));
	}
}
