/*
 * Comparing secrets with their hashes, by libcrypt (crypt(5)).  What it
 * costs must not tell whether there is such a client, nor how many secrets
 * it has (CVE-2018-15473): each attempt computes as many hashes as the
 * client with the most secrets has, and for a name that nobody has, those of
 * some client that is there.
 */

#include "auth.h"

/* What is hashed if no client has a secret: crypt(5), yescrypt. */
#define NOBODY_SETTING	"$y$j9T$F5Jx5fExrKuPp53xLKQ..1"

static int
constant_time_equal(const char *a, const char *b, size_t length)
{
	unsigned char	difference = 0;
	size_t		i;

	for (i = 0; i < length; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return (difference == 0);
}

/* A number that a name always has, and that nobody outside can know. */
static uint64_t
secret_mix(const struct auth *auth, const char *name)
{
	uint64_t	hash = auth->seed;

	for (; *name != '\0'; name++) {
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ULL;
		hash ^= hash >> 29;
	}
	/* So that each bit depends on all of the seed. */
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdULL;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return (hash ^ hash >> 33);
}

/* A client with a secret, to stand in for a name without; or NULL. */
static const struct credential *
secret_find_decoy(const struct auth *auth, const char *name)
{
	const struct auth_client	*client;
	uint64_t			 count = 0, chosen;

	TAILQ_FOREACH(client, &auth->clients, entry)
		count += client->credential.secrets[0] != NULL;
	if (count == 0)
		return (NULL);
	chosen = secret_mix(auth, name) % count;
	TAILQ_FOREACH(client, &auth->clients, entry)
		if (client->credential.secrets[0] != NULL && chosen-- == 0)
			return (&client->credential);
	return (NULL);
}

/* Whether the secret has this hash; not if it is only to cost the same. */
static int
secret_compare(struct auth *auth, const char *secret, const char *setting,
    int counts)
{
	const char	*computed;
	int		 right = 0;

	computed = crypt_rn(secret, setting, &auth->crypt,
	    sizeof(auth->crypt));
	if (computed != NULL && counts && strlen(computed) == strlen(setting))
		right = constant_time_equal(computed, setting,
		    strlen(setting));
	explicit_bzero(&auth->crypt, sizeof(auth->crypt));
	return (right);
}

/*
 * Whether a secret is one of the client's, which may be NULL; *way says
 * which one.
 */
int
secret_verify(struct auth *auth, const struct credential *credential,
    const struct login *login, enum login_way *way)
{
	const struct credential	*costs = credential;
	const char		*setting;
	uint32_t		 slot, slots = auth->slots;
	int			 counts, right = 0;

	if (costs == NULL || costs->secrets[0] == NULL)
		costs = secret_find_decoy(auth, login->client);
	if (slots == 0)
		slots = 1;
	for (slot = 0; slot < slots; slot++) {
		counts = credential != NULL &&
		    credential->secrets[slot] != NULL;
		setting = counts ? credential->secrets[slot] :
		    costs == NULL ? NOBODY_SETTING :
		    costs->secrets[slot] != NULL ? costs->secrets[slot] :
		    costs->secrets[0];
		if (secret_compare(auth, login->secret, setting, counts)) {
			*way = slot == 0 ? LOGIN_SECRET_1 : LOGIN_SECRET_2;
			right = 1;
		}
	}
	return (right);
}
