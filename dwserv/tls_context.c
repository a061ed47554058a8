/*
 * How TLS is spoken here: versions, ciphers, certificates.  The worker
 * speaks it; auth, when it looks at the files beforehand, makes the same
 * context of them.  After tls_prepare() no file is opened.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/async.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "tls.h"

/* Forward secrecy and authenticated encryption only (RFC 9325, 4.2). */
#define CIPHERS		"ECDHE+AESGCM:ECDHE+CHACHA20:!PSK"
/* What is signed with, by us and by clients: nothing with SHA-1. */
#define SIGNATURES							\
	"ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:"		\
	"ecdsa_secp521r1_sha512:ed25519:"				\
	"rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"	\
	"rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"
/* Level 2 of SSL_CTX_set_security_level(3): 112 bits, RSA from 2048 on. */
#define SECURITY_LEVEL	2
/* What a client may send by way of certificates, and how many. */
#define CLIENT_CHAIN_MAX	(32 * 1024)
#define CLIENT_CHAIN_DEPTH	8

/*
 * Have OpenSSL do at once what it would otherwise do when it is first used:
 * in the sandbox there are no files for it, nor for the C library's time
 * zone.  Fails by ending the process.
 */
void
tls_prepare(void)
{
	SSL_CTX		*context;
	unsigned char	 seed;
	char		 reason[TLS_REASON_MAX];

	if (setenv("TZ", "UTC0", 1) == -1)
		fatal("cannot set the time zone");
	tzset();
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS |
	    OPENSSL_INIT_NO_ATEXIT, NULL) != 1 ||
	    RAND_bytes(&seed, sizeof(seed)) != 1 ||
	    (context = tls_context_new()) == NULL)
		fatalx("cannot begin with OpenSSL: %s",
		    tls_reason(reason, sizeof(reason)));
	SSL_CTX_free(context);
	if (!ASYNC_is_capable())
		fatalx("this OpenSSL cannot interrupt a handshake");
}

/* What OpenSSL's first error was, in words; there is none after it. */
const char *
tls_reason(char *reason, size_t size)
{
	unsigned long	 error = ERR_get_error();
	const char	*text = ERR_reason_error_string(error);

	strlcpy(reason, error == 0 ? "no reason was given" :
	    ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error)) :
	    text != NULL ? text : "unknown error", size);
	ERR_clear_error();
	return (reason);
}

void
tls_free_certificates(STACK_OF(X509) *certificates)
{
	sk_X509_pop_free(certificates, X509_free);
}

/* Whether it was the end of the file, and not something that is no PEM. */
static int
pem_is_at_end(void)
{
	unsigned long	error = ERR_peek_last_error();

	return (error == 0 || (ERR_GET_LIB(error) == ERR_LIB_PEM &&
	    ERR_GET_REASON(error) == PEM_R_NO_START_LINE));
}

static STACK_OF(X509) *
certificates_parse(const char *bytes, size_t size, char *reason,
    size_t reason_size)
{
	STACK_OF(X509)	*certificates = sk_X509_new_null();
	BIO		*bio = BIO_new_mem_buf(bytes, (int)size);
	X509		*certificate;

	if (certificates == NULL || bio == NULL)
		fatalx("cannot read certificates");
	ERR_clear_error();
	while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) !=
	    NULL)
		if (sk_X509_push(certificates, certificate) == 0)
			fatalx("cannot read certificates");
	BIO_free(bio);
	if (pem_is_at_end() && sk_X509_num(certificates) > 0) {
		ERR_clear_error();
		return (certificates);
	}
	if (pem_is_at_end())
		strlcpy(reason, "holds no certificate in PEM", reason_size);
	else
		snprintf(reason, reason_size, "holds a certificate that "
		    "cannot be read: %s", ERR_reason_error_string(
		    ERR_peek_error()));
	ERR_clear_error();
	tls_free_certificates(certificates);
	return (NULL);
}

/*
 * The certificates in a file (PEM), in their order, at least one; for
 * tls_free_certificates().  Returns NULL with the reason, to be said of the
 * file.  Where the descriptor stands is of no account, and stays.
 */
STACK_OF(X509) *
tls_read_certificates(int fd, char *reason, size_t reason_size)
{
	STACK_OF(X509)	*certificates;
	char		*bytes;
	size_t		 size;

	if ((bytes = file_read(fd, TLS_FILE_MAX, &size)) == NULL) {
		snprintf(reason, reason_size, "cannot be read: %s",
		    strerror(errno));
		return (NULL);
	}
	certificates = certificates_parse(bytes, size, reason, reason_size);
	freezero(bytes, size);
	return (certificates);
}

/*
 * What holds for all connections: no tickets and no sessions to resume (each
 * handshake is signed by auth, and a client's certificate is looked at each
 * time), no renegotiation (CVE-2009-3555), no compression (CVE-2012-4929).
 */
static void
context_set_manners(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET |
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_CLEANSE_PLAINTEXT |
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ASYNC);
	/* Or somebody who sends nothing but messages of TLS keeps us there. */
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(context, CLIENT_CHAIN_MAX);
	SSL_CTX_set_verify_depth(context, CLIENT_CHAIN_DEPTH);
	SSL_CTX_set_security_level(context, SECURITY_LEVEL);
}

/* A context without a certificate; NULL, and OpenSSL knows why. */
SSL_CTX *
tls_context_new(void)
{
	SSL_CTX	*context = SSL_CTX_new(TLS_server_method());

	if (context == NULL)
		return (NULL);
	context_set_manners(context);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set_num_tickets(context, 0) == 1 &&
	    SSL_CTX_set_cipher_list(context, CIPHERS) == 1 &&
	    SSL_CTX_set1_sigalgs_list(context, SIGNATURES) == 1)
		return (context);
	SSL_CTX_free(context);
	return (NULL);
}

/*
 * Give a context its certificate, the first of these, and those that lead to
 * one which clients know.  Returns 0, or -1 and OpenSSL knows why.
 */
int
tls_context_set_chain(SSL_CTX *context, STACK_OF(X509) *chain)
{
	int	i;

	if (SSL_CTX_use_certificate(context, sk_X509_value(chain, 0)) != 1)
		return (-1);
	for (i = 1; i < sk_X509_num(chain); i++)
		if (SSL_CTX_add1_chain_cert(context,
		    sk_X509_value(chain, i)) != 1)
			return (-1);
	return (0);
}

/*
 * Have clients asked for a certificate that one of these vouches for, be it
 * at the root or not.  Returns 0, or -1 and OpenSSL knows why.
 */
int
tls_context_set_authorities(SSL_CTX *context, STACK_OF(X509) *authorities)
{
	X509_STORE	*store = SSL_CTX_get_cert_store(context);
	X509		*authority;
	int		 i;

	for (i = 0; i < sk_X509_num(authorities); i++) {
		authority = sk_X509_value(authorities, i);
		if (X509_STORE_add_cert(store, authority) != 1 ||
		    SSL_CTX_add_client_CA(context, authority) != 1)
			return (-1);
	}
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	return (SSL_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1 ?
	    0 : -1);
}
