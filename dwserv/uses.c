/*
 * When each client was last known by which of its secrets, by a certificate
 * or as a local user: for whoever wants to take an old secret away.  It is
 * remembered by the secret's hash, not by its place, so that it stays right
 * when a reload moves a secret; and in memory only.
 */

#include "parent.h"
#include "xmalloc.h"

/* A certificate is one, however it was found. */
static enum login_way
use_way(enum login_way way)
{
	return (way == LOGIN_SUBJECT ? LOGIN_CERTIFICATE : way);
}

/* The hash by which a client was known that way; NULL for other ways. */
static const char *
use_secret(const struct client *client, enum login_way way)
{
	return (way == LOGIN_SECRET_1 || way == LOGIN_SECRET_2 ?
	    client->secrets[way - LOGIN_SECRET_1] : NULL);
}

static struct use *
use_find(struct uses *uses, const struct client *client, enum login_way way)
{
	const char	*secret = use_secret(client, way);
	struct use	*use;

	TAILQ_FOREACH(use, uses, entry) {
		if (strcmp(use->client, client->name) != 0)
			continue;
		if (secret == NULL ? use->secret == NULL && use->way == way :
		    use->secret != NULL && strcmp(use->secret, secret) == 0)
			return (use);
	}
	return (NULL);
}

static void
use_free(struct uses *uses, struct use *use)
{
	TAILQ_REMOVE(uses, use, entry);
	free(use->client);
	if (use->secret != NULL)
		freezero(use->secret, strlen(use->secret));
	free(use);
}

/* A client was known, as it is configured, some way and right now. */
void
use_note(struct uses *uses, const struct client *client, enum login_way way,
    time_t now)
{
	const char	*secret = use_secret(client, way);
	struct use	*use;

	way = use_way(way);
	if (way <= LOGIN_SECRET_2 && secret == NULL)
		return;
	if ((use = use_find(uses, client, way)) == NULL) {
		use = xcalloc(1, sizeof(*use));
		use->client = xstrdup(client->name);
		use->secret = secret == NULL ? NULL : xstrdup(secret);
		use->way = way;
		TAILQ_INSERT_TAIL(uses, use, entry);
	}
	use->time = now;
}

/* When a client was last known that way; 0 if never. */
time_t
use_last(struct uses *uses, const struct client *client, enum login_way way)
{
	const struct use	*use = use_find(uses, client, way);

	return (use == NULL ? 0 : use->time);
}

/* Forget what a new configuration does not have any more. */
void
uses_prune(struct uses *uses, const struct config *config)
{
	const struct client	*client;
	struct use		*use, *next;
	int			 slot, stays;

	TAILQ_FOREACH_SAFE(use, uses, entry, next) {
		client = config_find_client(config, use->client);
		stays = client != NULL && use->secret == NULL;
		for (slot = 0; client != NULL && slot < CLIENT_SECRETS_MAX;
		    slot++)
			stays |= use->secret != NULL &&
			    client->secrets[slot] != NULL &&
			    strcmp(use->secret, client->secrets[slot]) == 0;
		if (!stays)
			use_free(uses, use);
	}
}
