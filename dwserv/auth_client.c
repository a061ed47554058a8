/*
 * What auth knows of the clients, but for the work of comparing secrets:
 * who there is, from where each may come, and whom a certificate or a local
 * user stands for.
 */

#include "auth.h"

/* Take on a client as the parent tells it.  Returns 0, or -1. */
int
client_add(struct auth *auth, struct imsg *imsg)
{
	struct auth_client	*client;
	uint32_t		 slot;

	if ((client = calloc(1, sizeof(*client))) == NULL)
		fatal("cannot take on a client");
	if (msg_get_credential(imsg_get_ibuf(imsg), &client->credential) ==
	    -1) {
		free(client);
		return (-1);
	}
	for (slot = 0; slot < CLIENT_SECRETS_MAX; slot++)
		if (client->credential.secrets[slot] != NULL &&
		    slot >= auth->slots)
			auth->slots = slot + 1;
	TAILQ_INSERT_TAIL(&auth->clients, client, entry);
	return (0);
}

/* Forget all clients, and wipe their hashes. */
void
client_free_all(struct auth *auth)
{
	struct auth_client	*client;

	while ((client = TAILQ_FIRST(&auth->clients)) != NULL) {
		TAILQ_REMOVE(&auth->clients, client, entry);
		credential_free(&client->credential);
		free(client);
	}
}

/* The client of that name, or NULL. */
const struct credential *
client_find(const struct auth *auth, const char *name)
{
	const struct auth_client	*client;

	TAILQ_FOREACH(client, &auth->clients, entry)
		if (strcmp(client->credential.client, name) == 0)
			return (&client->credential);
	return (NULL);
}

static int
prefix_matches(const struct prefix *prefix, const struct login *login)
{
	const unsigned char	*a, *b;
	size_t			 a_length, b_length, whole;
	unsigned int		 rest;

	if (prefix->local || login->local)
		return (prefix->local && login->local);
	a = peer_octets(&prefix->address, &a_length);
	b = peer_octets(&login->peer, &b_length);
	if (a_length != b_length || prefix->length > a_length * 8)
		return (0);
	whole = prefix->length / 8;
	rest = prefix->length % 8;
	if (memcmp(a, b, whole) != 0)
		return (0);
	return (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

/* Whether a client may come from where it came. */
int
client_may_come(const struct credential *credential,
    const struct login *login)
{
	uint32_t	i;

	if (credential->prefix_count == 0)
		return (1);
	for (i = 0; i < credential->prefix_count; i++)
		if (prefix_matches(&credential->prefixes[i], login))
			return (1);
	return (0);
}

static int
client_has_certificate(const struct credential *credential,
    const char *fingerprint)
{
	uint32_t	i;

	for (i = 0; i < credential->certificate_count; i++)
		if (strcmp(credential->certificates[i].text,
		    fingerprint) == 0)
			return (1);
	return (0);
}

/*
 * Whether a client is known by the certificate or the local user of an
 * attempt, and may come from there; *way says by which.
 */
int
client_identify(const struct credential *credential,
    const struct attempt *attempt, enum login_way *way)
{
	const struct login	*login = &attempt->login;

	if (login->fingerprint != NULL &&
	    client_has_certificate(credential, login->fingerprint))
		*way = LOGIN_CERTIFICATE;
	else if (login->fingerprint != NULL && login->subject != NULL &&
	    credential->subject != NULL &&
	    strcmp(credential->subject, login->subject) == 0)
		*way = LOGIN_SUBJECT;
	else if (login->local && credential->has_local_user &&
	    credential->uid == attempt->uid)
		*way = LOGIN_LOCAL_USER;
	else
		return (0);
	return (client_may_come(credential, login));
}

/* The client that an attempt without a name stands for, or NULL. */
const struct credential *
client_recognize(const struct auth *auth, const struct attempt *attempt,
    enum login_way *way)
{
	const struct auth_client	*client;

	TAILQ_FOREACH(client, &auth->clients, entry)
		if (client_identify(&client->credential, attempt, way))
			return (&client->credential);
	return (NULL);
}
