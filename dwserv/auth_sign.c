/*
 * Signing, at a worker's word.  Each kind of signature has its form, and
 * nothing else is signed: nobody gets a message decrypted with this key.
 */

#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "auth_sign.h"

static const EVP_MD *
sign_digest(const struct sign *sign)
{
	switch (sign->digest) {
	case SIGN_SHA256:
		return (EVP_sha256());
	case SIGN_SHA384:
		return (EVP_sha384());
	default:
		return (EVP_sha512());
	}
}

/* Whether this is a digest, or the encoding of one, and for this key. */
static int
sign_is_right(EVP_PKEY *key, const struct sign *sign)
{
	int	rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;

	switch (sign->kind) {
	case SIGN_RSA_PKCS1:
		return (rsa && sign->length ==
		    (uint32_t)EVP_MD_get_size(sign_digest(sign)));
	case SIGN_RSA_PSS:
		return (rsa && auth_pss_check(sign->bytes, sign->length,
		    EVP_PKEY_get_bits(key)));
	case SIGN_ECDSA:
		return (!rsa && sign->length >= 32 && sign->length <= 64);
	default:
		return (0);
	}
}

static int
sign_prepare(EVP_PKEY_CTX *context, const struct sign *sign)
{
	if (EVP_PKEY_sign_init(context) != 1)
		return (-1);
	switch (sign->kind) {
	case SIGN_RSA_PKCS1:
		return (EVP_PKEY_CTX_set_rsa_padding(context,
		    RSA_PKCS1_PADDING) == 1 && EVP_PKEY_CTX_set_signature_md(
		    context, sign_digest(sign)) == 1 ? 0 : -1);
	case SIGN_RSA_PSS:
		return (EVP_PKEY_CTX_set_rsa_padding(context,
		    RSA_NO_PADDING) == 1 ? 0 : -1);
	default:
		return (0);
	}
}

/* Sign; the signature's length is 0 if that is not to be, or cannot be. */
void
auth_sign(EVP_PKEY *key, const struct sign *sign,
    struct signature *signature)
{
	EVP_PKEY_CTX	*context;
	size_t		 length = sizeof(signature->bytes);

	memset(signature, 0, sizeof(*signature));
	if (!sign_is_right(key, sign))
		return;
	context = EVP_PKEY_CTX_new(key, NULL);
	if (context != NULL && sign_prepare(context, sign) == 0 &&
	    EVP_PKEY_sign(context, signature->bytes, &length, sign->bytes,
	    sign->length) == 1)
		signature->length = (uint32_t)length;
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
}
