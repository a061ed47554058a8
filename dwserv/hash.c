/*
 * Hashing passwords, by libcrypt (crypt(5)).
 */

#include <crypt.h>

#include "worker.h"

static const char *const hash_prefixes[HASH_METHODS] = {
	[HASH_YESCRYPT] = "$y$",
	[HASH_SHA512] = "$6$",
	[HASH_BCRYPT] = "$2b$"
};

/*
 * Hash a password by the configured method and cost, with a fresh salt.
 * Returns the hash, which the caller frees, or NULL.
 */
char *
hash_password(const struct hash_rules *rules, const char *password)
{
	struct crypt_data	*data;
	char			 setting[CRYPT_GENSALT_OUTPUT_SIZE];
	char			*hash = NULL;

	if (crypt_gensalt_rn(hash_prefixes[rules->method], rules->cost, NULL,
	    0, setting, sizeof(setting)) == NULL)
		return (NULL);
	if ((data = calloc(1, sizeof(*data))) == NULL)
		return (NULL);
	if (crypt_rn(password, setting, data, sizeof(*data)) != NULL)
		hash = strdup(data->output);
	freezero(data, sizeof(*data));
	return (hash);
}
