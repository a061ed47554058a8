/*
 * How the lines of the ledger are chained, for whoever writes them and
 * whoever checks them.
 */

#ifndef SEAL_H
#define SEAL_H

#include <stddef.h>

#define SHA256_HEX_LENGTH	64
/* What stands between a line and its digest. */
#define SEAL_KEY		" sha256="

/* What is wrong with a line. */
enum seal_verdict {
	SEAL_GOOD,
	SEAL_NO_LINE,		/* it has no digest, or a NUL */
	SEAL_NO_HEAD,		/* a first line that names no other */
	SEAL_BROKEN		/* it has another digest */
};

/* seal.c */
void		 seal_digest(const char *, const char *, size_t, char *);
enum seal_verdict seal_verify(char *, char *, size_t, int);

#endif /* SEAL_H */
