/*
 * The parent's end of the channel to a worker: what a worker needs to
 * begin, what it may ask, and what it is told.  A worker has parsed bytes
 * of strangers; nothing it says is believed.
 */

#include <inttypes.h>
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
grant_free(struct child *child, struct session_grant *grant)
{
	RB_REMOVE(session_grants, &child->grants, grant);
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

	while ((grant = RB_ROOT(&child->grants)) != NULL)
		grant_free(child, grant);
}

/* What the configuration, and login.defs where it says so, tell of hashes. */
static void
worker_hash_rules(const struct parent *parent, const struct config *config,
    struct hash_rules *rules)
{
	const struct login_defs	*defs = &parent->commit.store.defs;

	*rules = config->accounts.hash;
	if (!config->accounts.hash_from_login_defs || !defs->has_hash)
		return;
	rules->method = defs->hash_method;
	rules->cost = defs->hash_costs[rules->method] > 0 &&
	    hash_cost_valid(rules->method,
	    (uint32_t)defs->hash_costs[rules->method]) ?
	    (uint32_t)defs->hash_costs[rules->method] :
	    hash_method_cost(rules->method);
}

static void
worker_send_settings(struct child *child)
{
	const struct config	*config = child->generation->config;
	const struct limits	*limits = &config->limits;
	struct worker_settings	 settings;
	struct ibuf		*message;

	memset(&settings, 0, sizeof(settings));
	settings.daytime = config->daytime != 0;
	settings.worker_sessions = limits->worker_sessions;
	settings.source_sessions = limits->source_sessions;
	settings.auth_failures = limits->auth_failures;
	settings.login_timeout = limits->login_timeout;
	settings.idle_timeout = limits->idle_timeout;
	worker_hash_rules(child->parent, config, &settings.hash);
	message = channel_create(&child->channel, IMSG_PARENT_SETTINGS, 0);
	channel_submit(&child->channel, message,
	    msg_put_settings(message, &settings));
}

static void
worker_send_listeners(struct child *child)
{
	struct listener	*listener;
	struct ibuf	*message;
	int		 fd;

	TAILQ_FOREACH(listener, &child->generation->config->listeners,
	    entry) {
		if ((fd = dup(listener->fd)) == -1)
			fatal("cannot pass a listening socket");
		message = channel_create(&child->channel,
		    IMSG_PARENT_LISTENER, 0);
		ibuf_fd_set(message, fd);
		channel_submit(&child->channel, message, msg_put_number(
		    message, listener->address.ss_family == AF_UNIX));
	}
}

/* Pass the public files to a worker; seen is what it has. */
static void
worker_send_files(struct child *child, struct file_state *seen)
{
	static const enum table_kind	 kinds[] = {
		TABLE_GROUP, TABLE_PASSWD
	};
	size_t				 i;
	int				 fd;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		fd = store_open_file(&child->parent->commit.store, kinds[i],
		    &seen[kinds[i]]);
		if (fd != -1)
			channel_send(&child->channel, IMSG_PARENT_FILE,
			    kinds[i], fd, NULL, 0);
	}
}

/* Give a new worker all it needs, in the order in which it needs it. */
void
worker_begin(struct child *child)
{
	struct file_state	nothing[TABLES];
	struct child		*auth = generation_auth(child->generation);

	memset(nothing, 0, sizeof(nothing));
	worker_send_settings(child);
	worker_send_files(child, nothing);
	worker_send_listeners(child);
	auth_introduce(auth, child);
	channel_send(&child->channel, IMSG_PARENT_START, 0, -1, NULL, 0);
}

static void
worker_publish_file(struct parent *parent, enum table_kind kind)
{
	struct generation	*generation;
	struct child		*child;
	int			 fd, copy;

	fd = store_open_file(&parent->commit.store, kind,
	    &parent->published[kind]);
	if (fd == -1)
		return;
	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry) {
			if (child->role != ROLE_WORKER ||
			    !child->channel.open || (copy = dup(fd)) == -1)
				continue;
			channel_send(&child->channel, IMSG_PARENT_FILE, kind,
			    copy, NULL, 0);
		}
	close(fd);
}

/* Pass the public files to all workers if they are not what they were. */
void
worker_publish(struct parent *parent)
{
	worker_publish_file(parent, TABLE_GROUP);
	worker_publish_file(parent, TABLE_PASSWD);
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
	rights.client = grant->client;
	if (client != NULL) {
		rights.operations = client->operations;
		policy_range(child->parent->config, client, &rights.uid_min,
		    &rights.uid_max);
	}
	message = channel_create(&child->channel, IMSG_PARENT_SESSION, 0);
	channel_submit(&child->channel, message,
	    msg_put_grant(message, &rights));
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
					grant_free(child, grant);
			}
}

/* Auth has granted a session; from now on it speaks for a client. */
void
worker_grant(struct child *child, const struct granted *granted)
{
	struct parent		*parent = child->parent;
	const struct client	*client;
	struct session_grant	*grant;

	client = config_find_client(parent->config, granted->client);
	if (client == NULL || grant_find(child, granted->session) != NULL)
		return;
	grant = xcalloc(1, sizeof(*grant));
	grant->client = xstrdup(granted->client);
	grant->peer = xstrdup(granted->peer);
	grant->session = granted->session;
	RB_INSERT(session_grants, &child->grants, grant);
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

/* Answer a change, if the worker that asked is still there. */
void
worker_reply(struct parent *parent, const struct change *change)
{
	struct child	*child;
	struct result	 result = change->result;

	if (change->worker == 0 ||
	    (child = child_find(parent, change->worker)) == NULL)
		return;
	result.session = change->request.session;
	result.number = change->request.number;
	child->waiting--;
	worker_send_result(child, &result);
}

/* Make a change of an admitted request, which is taken over. */
static void
worker_submit(struct child *child, const struct session_grant *grant,
    struct request *request)
{
	struct change	*change;

	change = xcalloc(1, sizeof(*change));
	change->client = xstrdup(grant->client);
	change->peer = xstrdup(grant->peer);
	change->request = *request;
	change->worker = child->number;
	child->waiting++;
	commit_submit(&child->parent->commit, change);
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
	struct result		 result;

	if (child->waiting >= WORKER_WINDOW ||
	    msg_get_request(imsg_get_ibuf(imsg), &request) == -1)
		return (-1);
	parent->requests++;
	memset(&result, 0, sizeof(result));
	/* Not granted, or not any more since a reload: no difference. */
	grant = grant_find(child, request.session);
	client = grant == NULL ? NULL : config_find_client(parent->config,
	    grant->client);
	if (client == NULL)
		result_set(&result, 530, "auth-required", "say auth first");
	else if (policy_admit(parent->config, client, &request,
	    &result) == 0) {
		worker_submit(child, grant, &request);
		return (0);
	}
	log_info("refused %s at %s: %s: %s", grant == NULL ? "nobody" :
	    grant->client, grant == NULL ? "an unknown place" : grant->peer,
	    result.word, result.text);
	result.session = request.session;
	result.number = request.number;
	worker_send_result(child, &result);
	request_free(&request);
	return (0);
}

int
worker_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct child		*child = channel->arg;
	struct session_grant	*grant;

	switch (imsg_get_type(imsg)) {
	case IMSG_WORKER_READY:
		if (imsg_get_len(imsg) != 0)
			return (-1);
		generation_child_ready(child);
		return (0);
	case IMSG_WORKER_REQUEST:
		return (worker_request(child, imsg));
	case IMSG_WORKER_CLOSE:
		if (imsg_get_len(imsg) != 0)
			return (-1);
		grant = grant_find(child, imsg_get_id(imsg));
		if (grant != NULL)
			grant_free(child, grant);
		return (0);
	default:
		return (child_dispatch(child, imsg));
	}
}
