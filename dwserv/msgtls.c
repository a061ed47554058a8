/*
 * What is said about TLS: signatures that workers ask of auth, and what auth
 * tells the parent of a certificate.  As in msg.c, encoder and decoder stand
 * side by side and go through one table.
 */

#include <errno.h>

#include "msgpart.h"

static int	sign_move_bytes(struct ibuf *, enum way, void *);
static int	signature_move_bytes(struct ibuf *, enum way, void *);

static const struct part sign_parts[] = {
	NUMBER(struct sign, kind, 0, SIGN_KINDS - 1),
	NUMBER(struct sign, digest, 0, SIGN_DIGESTS - 1),
	NUMBER(struct sign, length, 1, SIGN_BYTES_MAX),
	OTHER(sign_move_bytes)
};
static const struct message sign_message =
    MESSAGE(struct sign, sign_parts);

static const struct part signature_parts[] = {
	NUMBER(struct signature, length, 0, SIGN_BYTES_MAX),
	OTHER(signature_move_bytes)
};
static const struct message signature_message =
    MESSAGE(struct signature, signature_parts);

static const struct part tls_facts_parts[] = {
	ANY(struct tls_facts, not_after)
};
static const struct message tls_facts_message =
    MESSAGE(struct tls_facts, tls_facts_parts);

/* The length has been checked, on either way. */
static int
bytes_move(struct ibuf *buf, enum way way, unsigned char *bytes,
    uint32_t length)
{
	if (way == SEND)
		return (ibuf_add(buf, bytes, length));
	return (ibuf_get(buf, bytes, length) == -1 ? ibuf_refuse(EBADMSG) :
	    0);
}

static int
sign_move_bytes(struct ibuf *buf, enum way way, void *object)
{
	struct sign	*sign = object;

	return (bytes_move(buf, way, sign->bytes, sign->length));
}

static int
signature_move_bytes(struct ibuf *buf, enum way way, void *object)
{
	struct signature	*signature = object;

	return (bytes_move(buf, way, signature->bytes, signature->length));
}

/* Sign this. */
int
msg_put_sign(struct ibuf *buf, const struct sign *sign)
{
	return (message_put(buf, &sign_message, sign));
}

/* Its counterpart. */
int
msg_get_sign(struct ibuf *buf, struct sign *sign)
{
	return (message_get(buf, &sign_message, sign));
}

/* The signature, or none. */
int
msg_put_signature(struct ibuf *buf, const struct signature *signature)
{
	return (message_put(buf, &signature_message, signature));
}

/* Its counterpart. */
int
msg_get_signature(struct ibuf *buf, struct signature *signature)
{
	return (message_get(buf, &signature_message, signature));
}

/* What there is to say of a certificate. */
int
msg_put_tls_facts(struct ibuf *buf, const struct tls_facts *facts)
{
	return (message_put(buf, &tls_facts_message, facts));
}

/* Its counterpart. */
int
msg_get_tls_facts(struct ibuf *buf, struct tls_facts *facts)
{
	return (message_get(buf, &tls_facts_message, facts));
}
