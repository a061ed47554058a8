/*
 * Reading the private key.  What was read is wiped; what OpenSSL makes of it
 * stays in this process until it ends.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "auth_sign.h"
#include "tls.h"

/* A key with a passphrase is of no use: there is nobody to type it. */
static int
key_passphrase(char *to, int size, int writing, void *arg)
{
	int	*encrypted = arg;

	(void)to;
	(void)size;
	(void)writing;
	*encrypted = 1;
	return (-1);
}

static int
key_is_of_use(const EVP_PKEY *key)
{
	char	group[32];
	size_t	length;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		return (1);
	return (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &length) ==
	    1 && (strcmp(group, "prime256v1") == 0 ||
	    strcmp(group, "secp384r1") == 0 ||
	    strcmp(group, "secp521r1") == 0));
}

static EVP_PKEY *
key_parse(const char *bytes, size_t size, const char **reason)
{
	EVP_PKEY	*key;
	BIO		*bio = BIO_new_mem_buf(bytes, (int)size);
	int		 encrypted = 0;

	if (bio == NULL)
		fatalx("cannot read a key");
	key = PEM_read_bio_PrivateKey(bio, NULL, key_passphrase, &encrypted);
	BIO_free(bio);
	ERR_clear_error();
	if (key == NULL) {
		*reason = encrypted ? "is encrypted; dwserv cannot ask for a "
		    "passphrase" : "holds no private key in PEM";
		return (NULL);
	}
	if (key_is_of_use(key))
		return (key);
	EVP_PKEY_free(key);
	*reason = "holds a key of another kind than RSA or EC with P-256, "
	    "P-384 or P-521";
	return (NULL);
}

/*
 * The private key in a file (PEM), for EVP_PKEY_free(3).  Returns NULL with
 * the reason, to be said of the file.  Where the descriptor stands is of no
 * account, and stays.
 */
EVP_PKEY *
auth_key_read(int fd, char *reason, size_t reason_size)
{
	EVP_PKEY	*key;
	const char	*problem = NULL;
	char		*bytes;
	size_t		 size;

	if ((bytes = file_read(fd, TLS_FILE_MAX, &size)) == NULL) {
		snprintf(reason, reason_size, "cannot be read: %s",
		    strerror(errno));
		return (NULL);
	}
	key = key_parse(bytes, size, &problem);
	freezero(bytes, size);
	if (problem != NULL)
		strlcpy(reason, problem, reason_size);
	return (key);
}
