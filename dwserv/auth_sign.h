/*
 * The private key of TLS, which only dwserv-auth has.
 */

#ifndef AUTH_SIGN_H
#define AUTH_SIGN_H

#include <openssl/evp.h>

#include "msg.h"

/* auth_key.c */
EVP_PKEY	*auth_key_read(int, char *, size_t);

/* auth_pss.c */
int		 auth_pss_check(const unsigned char *, size_t, int);

/* auth_sign.c */
void		 auth_sign(EVP_PKEY *, const struct sign *,
		    struct signature *);

/* auth_tls.c */
struct auth;
struct auth_worker;
int		 auth_set_key(struct auth *, struct imsg *);
int		 auth_answer_sign(struct auth_worker *, struct imsg *);

/* auth_check.c */
int		 auth_check(void);

#endif /* AUTH_SIGN_H */
