/*
 * The key that a worker has: a public one, and for signing somebody to ask.
 * OpenSSL's interface for that is an old one that it deprecates, and has no
 * other for keys that are made at run time; nowhere else is it used.
 */

/* The macro has to be there before OpenSSL's headers are. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "tls.h"

/* Of RSA_set_ex_data() and EC_KEY_set_ex_data(), the one nobody asks for. */
#define KEY_SERVER	0

static int
key_digest(int type)
{
	switch (type) {
	case NID_sha256:
		return (SIGN_SHA256);
	case NID_sha384:
		return (SIGN_SHA384);
	case NID_sha512:
		return (SIGN_SHA512);
	default:
		return (-1);
	}
}

/* Returns the length of the signature, which fits into size, or -1. */
static int
key_ask(struct tls_server *server, enum sign_kind kind, int digest,
    const unsigned char *bytes, size_t length, unsigned char *to, size_t size)
{
	struct sign		 sign;
	struct signature	 signature;

	if (server == NULL || digest == -1 || length == 0 ||
	    length > sizeof(sign.bytes))
		return (-1);
	memset(&sign, 0, sizeof(sign));
	memset(&signature, 0, sizeof(signature));
	sign.kind = kind;
	sign.digest = (uint8_t)digest;
	sign.length = (uint32_t)length;
	memcpy(sign.bytes, bytes, length);
	if (tls_sign(server, &sign, &signature) == -1 ||
	    signature.length > size)
		return (-1);
	memcpy(to, signature.bytes, signature.length);
	return ((int)signature.length);
}

/* PKCS#1 v1.5, for TLS 1.2. */
static int
key_sign_rsa(int type, const unsigned char *digest, unsigned int length,
    unsigned char *to, unsigned int *to_length, const RSA *rsa)
{
	int	signed_length;

	signed_length = key_ask(RSA_get_ex_data(rsa, KEY_SERVER),
	    SIGN_RSA_PKCS1, key_digest(type), digest, length, to,
	    (size_t)RSA_size(rsa));
	if (signed_length != RSA_size(rsa))
		return (0);
	*to_length = (unsigned int)signed_length;
	return (1);
}

/* PSS: OpenSSL has done the padding, and wants the bare operation. */
static int
key_encrypt_rsa(int length, const unsigned char *bytes, unsigned char *to,
    RSA *rsa, int padding)
{
	int	signed_length;

	if (padding != RSA_NO_PADDING || length != RSA_size(rsa))
		return (-1);
	signed_length = key_ask(RSA_get_ex_data(rsa, KEY_SERVER),
	    SIGN_RSA_PSS, SIGN_SHA256, bytes, (size_t)length, to,
	    (size_t)RSA_size(rsa));
	return (signed_length == RSA_size(rsa) ? signed_length : -1);
}

static int
key_decrypt_rsa(int length, const unsigned char *bytes, unsigned char *to,
    RSA *rsa, int padding)
{
	(void)length;
	(void)bytes;
	(void)to;
	(void)rsa;
	(void)padding;
	return (-1);
}

static int
key_sign_ec(int type, const unsigned char *digest, int length,
    unsigned char *to, unsigned int *to_length, const BIGNUM *inverse,
    const BIGNUM *r, EC_KEY *key)
{
	int	signed_length;

	(void)type;
	(void)inverse;
	(void)r;
	if (length <= 0)
		return (0);
	signed_length = key_ask(EC_KEY_get_ex_data(key, KEY_SERVER),
	    SIGN_ECDSA, SIGN_SHA256, digest, (size_t)length, to,
	    (size_t)ECDSA_size(key));
	if (signed_length <= 0)
		return (0);
	*to_length = (unsigned int)signed_length;
	return (1);
}

static EVP_PKEY *
key_new_rsa(struct tls_server *server, EVP_PKEY *public)
{
	EVP_PKEY	*key = EVP_PKEY_new();
	RSA		*rsa = EVP_PKEY_get1_RSA(public), *own = NULL;

	if (server->rsa_method == NULL)
		server->rsa_method = RSA_meth_dup(RSA_PKCS1_OpenSSL());
	if (key != NULL && rsa != NULL && server->rsa_method != NULL &&
	    (own = RSAPublicKey_dup(rsa)) != NULL &&
	    RSA_meth_set1_name(server->rsa_method, "auth") == 1 &&
	    RSA_meth_set_sign(server->rsa_method, key_sign_rsa) == 1 &&
	    RSA_meth_set_priv_enc(server->rsa_method, key_encrypt_rsa) == 1 &&
	    RSA_meth_set_priv_dec(server->rsa_method, key_decrypt_rsa) == 1 &&
	    RSA_set_method(own, server->rsa_method) == 1 &&
	    RSA_set_ex_data(own, KEY_SERVER, server) == 1 &&
	    EVP_PKEY_set1_RSA(key, own) == 1) {
		RSA_free(own);
		RSA_free(rsa);
		return (key);
	}
	RSA_free(own);
	RSA_free(rsa);
	EVP_PKEY_free(key);
	return (NULL);
}

static EVP_PKEY *
key_new_ec(struct tls_server *server, EVP_PKEY *public)
{
	EVP_PKEY	*key = EVP_PKEY_new();
	EC_KEY		*ec = EVP_PKEY_get1_EC_KEY(public), *own = NULL;

	if (server->ec_method == NULL)
		server->ec_method = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
	if (key != NULL && ec != NULL && server->ec_method != NULL) {
		EC_KEY_METHOD_set_sign(server->ec_method, key_sign_ec, NULL,
		    NULL);
		own = EC_KEY_dup(ec);
	}
	if (own != NULL && EC_KEY_set_method(own, server->ec_method) == 1 &&
	    EC_KEY_set_ex_data(own, KEY_SERVER, server) == 1 &&
	    EVP_PKEY_set1_EC_KEY(key, own) == 1) {
		EC_KEY_free(own);
		EC_KEY_free(ec);
		return (key);
	}
	EC_KEY_free(own);
	EC_KEY_free(ec);
	EVP_PKEY_free(key);
	return (NULL);
}

/*
 * A key for this certificate, RSA or of an elliptic curve, with which
 * tls_sign() is called to sign.  NULL: there is none for it.
 */
EVP_PKEY *
tls_key_new(struct tls_server *server, X509 *certificate)
{
	EVP_PKEY	*public = X509_get0_pubkey(certificate);

	if (public == NULL)
		return (NULL);
	switch (EVP_PKEY_get_base_id(public)) {
	case EVP_PKEY_RSA:
		return (key_new_rsa(server, public));
	case EVP_PKEY_EC:
		return (key_new_ec(server, public));
	default:
		return (NULL);
	}
}
