/*
 * TLS, as the worker speaks it and as auth looks at it beforehand.  Only
 * files that include this or stream.h use OpenSSL.
 */

#ifndef TLS_H
#define TLS_H

#include <openssl/ssl.h>

#include "dwserv.h"
#include "msg.h"

/* Of a file with certificates, or with a key. */
#define TLS_FILE_MAX		(1024 * 1024)
#define TLS_REASON_MAX		256

/* What has the worker's certificate, and asks auth to sign in its name. */
struct tls_server {
	SSL_CTX			*context;	/* NULL: no certificate yet */
	struct worker		*worker;
	struct session		*current;	/* whose handshake goes on */
	RSA_METHOD		*rsa_method;
	EC_KEY_METHOD		*ec_method;
};

/* tls_context.c */
void		 tls_prepare(void);
const char	*tls_reason(char *, size_t);
STACK_OF(X509)	*tls_read_certificates(int, char *, size_t);
void		 tls_free_certificates(STACK_OF(X509) *);
SSL_CTX		*tls_context_new(void);
int		 tls_context_set_chain(SSL_CTX *, STACK_OF(X509) *);
int		 tls_context_set_authorities(SSL_CTX *, STACK_OF(X509) *);

/* tls_key.c */
EVP_PKEY	*tls_key_new(struct tls_server *, X509 *);

/* tls_sign.c */
int		 tls_sign(struct tls_server *, struct sign *,
		    struct signature *);

/* tls_peer.c */
int		 tls_peer_verify(int, X509_STORE_CTX *);

#endif /* TLS_H */
