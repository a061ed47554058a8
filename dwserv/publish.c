/*
 * What workers are given, to begin with and after each commit: settings,
 * listening sockets, and descriptors of what they may read by themselves.
 * shadow and gshadow are never among them.
 */

#include <unistd.h>

#include "parent.h"

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

/* Whether any client is known by the user at the end of a Unix socket. */
static int
worker_needs_users(const struct config *config)
{
	const struct client	*client;

	TAILQ_FOREACH(client, &config->clients, entry)
		if (client->has_local_user)
			return (1);
	return (0);
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
	settings.login_sessions = limits->login_sessions;
	settings.source_login_sessions = limits->source_login_sessions;
	settings.local_users = worker_needs_users(config) != 0;
	settings.auth_failures = limits->auth_failures;
	settings.login_timeout = limits->login_timeout;
	settings.idle_timeout = limits->idle_timeout;
	worker_hash_rules(child->parent, config, &settings.hash);
	child->hash = settings.hash;
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
		    message, (listener->address.ss_family == AF_UNIX ?
		    LISTENER_LOCAL : 0) | (listener->tls ? LISTENER_TLS :
		    0)));
	}
}

/* Pass the public files to a worker; seen is what it has. */
static void
worker_send_files(struct child *child, struct file_state *seen)
{
	static const enum table_kind	 kinds[] = {
		TABLE_GROUP, TABLE_PASSWD, TABLE_ALIASES
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

/* Pass the states of accounts; without anew, only how long they are. */
static void
worker_send_states(struct child *child, int anew)
{
	const struct states	*states = &child->parent->commit.states;
	int			 fd = -1;

	if (states->read_fd == -1 ||
	    (anew && (fd = dup(states->read_fd)) == -1))
		return;
	channel_send(&child->channel, IMSG_PARENT_STATES,
	    (uint32_t)states->size, fd, NULL, 0);
}

/* Tell how far the ledger goes. */
static void
worker_send_extent(struct child *child)
{
	struct ledger_extent	 extent;
	struct ibuf		*message;

	ledger_get_extent(&child->parent->commit.ledger, &extent);
	message = channel_create(&child->channel, IMSG_PARENT_LEDGER, 0);
	channel_submit(&child->channel, message,
	    msg_put_ledger_extent(message, &extent));
}

/* Open a segment of the ledger for a worker that has to show it. */
void
worker_send_segment(struct child *child, uint32_t segment)
{
	const struct ledger	*ledger = &child->parent->commit.ledger;

	if (segment == 0)
		segment = ledger->segment;
	channel_send(&child->channel, IMSG_PARENT_SEGMENT, segment,
	    ledger_open_segment(ledger, segment), NULL, 0);
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
	worker_send_states(child, 1);
	worker_send_extent(child);
	tls_send(&child->generation->config->tls, &child->channel,
	    TLS_CERTIFICATE);
	tls_send(&child->generation->config->tls, &child->channel,
	    TLS_CLIENT_CA);
	worker_send_listeners(child);
	auth_introduce(auth, child);
	channel_send(&child->channel, IMSG_PARENT_START, 0, -1, NULL, 0);
}

/* A worker that is far behind gets no file before the newest. */
static void
worker_send_file(struct child *child, enum table_kind kind, int fd)
{
	struct imsgbuf	*imsgbuf = &child->channel.imsgbuf;

	if (fd != -1 && imsgbuf_queued_fds(imsgbuf) >= WORKER_FDS_MAX / 2 &&
	    imsgbuf_supersede(imsgbuf, IMSG_PARENT_FILE, kind, fd))
		return;
	channel_send(&child->channel, IMSG_PARENT_FILE, kind, fd, NULL, 0);
}

/* Pass a file to all workers; without a descriptor, it is gone. */
static void
worker_pass_file(struct parent *parent, enum table_kind kind, int fd)
{
	struct generation	*generation;
	struct child		*child;
	int			 copy = -1;

	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry) {
			if (child->role != ROLE_WORKER ||
			    !child->channel.open ||
			    (fd != -1 && (copy = dup(fd)) == -1))
				continue;
			worker_send_file(child, kind, copy);
		}
}

static void
worker_publish_file(struct parent *parent, enum table_kind kind)
{
	struct file_state	*seen = &parent->published[kind];
	int			 fd;

	fd = store_open_file(&parent->commit.store, kind, seen);
	if (fd != -1) {
		worker_pass_file(parent, kind, fd);
		close(fd);
	} else if (kind == TABLE_ALIASES && seen->present &&
	    parent->commit.store.tables[kind] == NULL) {
		memset(seen, 0, sizeof(*seen));
		worker_pass_file(parent, kind, -1);
	}
}

/* What else workers should know after a commit, or the change of others. */
static void
worker_publish_news(struct parent *parent)
{
	struct states		*states = &parent->commit.states;
	struct generation	*generation;
	struct child		*child;

	if (parent->published_last == parent->commit.ledger.last &&
	    parent->published_states == states->size && !states->is_new)
		return;
	TAILQ_FOREACH(generation, &parent->generations, entry)
		TAILQ_FOREACH(child, &generation->children, entry) {
			if (child->role != ROLE_WORKER ||
			    !child->channel.open)
				continue;
			worker_send_states(child, states->is_new);
			worker_send_extent(child);
		}
	states->is_new = 0;
	parent->published_last = parent->commit.ledger.last;
	parent->published_states = states->size;
}

/* Pass the public files to all workers if they are not what they were. */
void
worker_publish(struct parent *parent)
{
	worker_publish_file(parent, TABLE_GROUP);
	worker_publish_file(parent, TABLE_PASSWD);
	worker_publish_file(parent, TABLE_ALIASES);
	worker_publish_news(parent);
}

