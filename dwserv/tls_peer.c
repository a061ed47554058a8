/*
 * The certificate of a client: who it says it is, and whether one of the
 * authorities vouches for that.  A handshake does not fail for its sake.
 */

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tls.h"
#include "worker.h"

/*
 * OpenSSL asks, for each certificate of the chain, whether its verdict is to
 * count.  It is remembered, the first complaint at least, and that is all.
 */
int
tls_peer_verify(int right, X509_STORE_CTX *verifying)
{
	SSL		*ssl;
	struct session	*session;

	ssl = X509_STORE_CTX_get_ex_data(verifying,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	session = ssl == NULL ? NULL : SSL_get_app_data(ssl);
	if (session == NULL)
		return (0);
	if (!right && session->certificate.problem == NULL)
		session->certificate.problem = X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(verifying));
	return (1);
}

static int
peer_set_fingerprint(struct peer_certificate *peer, const X509 *certificate)
{
	unsigned char	digest[EVP_MAX_MD_SIZE];
	unsigned int	length, i;

	if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1 ||
	    length * 2 >= sizeof(peer->fingerprint))
		return (-1);
	for (i = 0; i < length; i++)
		snprintf(peer->fingerprint + 2 * i, 3, "%02x", digest[i]);
	return (0);
}

/* As openssl x509 -subject -nameopt RFC2253 has it, in ASCII. */
static int
peer_set_subject(struct peer_certificate *peer, const X509 *certificate)
{
	BIO	*bio = BIO_new(BIO_s_mem());
	char	*text;
	long	 length;
	int	 result = -1;

	if (bio != NULL && X509_NAME_print_ex(bio,
	    X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0) {
		length = BIO_get_mem_data(bio, &text);
		if (length >= 0 && length <= SUBJECT_LENGTH_MAX &&
		    (length == 0 || memchr(text, '\0', (size_t)length) ==
		    NULL) && (peer->subject = calloc(1, (size_t)length +
		    1)) != NULL) {
			if (length > 0)
				memcpy(peer->subject, text, (size_t)length);
			result = 0;
		}
	}
	BIO_free(bio);
	return (result);
}

/* After a handshake: who the client is, as far as it has said. */
void
tls_peer_learn(struct session *session)
{
	struct peer_certificate	*peer = &session->certificate;
	const X509		*certificate;
	long			 verdict;

	certificate = SSL_get0_peer_certificate(session->stream.ssl);
	if (certificate == NULL)
		return;
	peer->presented = 1;
	verdict = SSL_get_verify_result(session->stream.ssl);
	if (peer->problem == NULL && verdict != X509_V_OK)
		peer->problem = X509_verify_cert_error_string(verdict);
	if (peer_set_fingerprint(peer, certificate) == -1)
		peer->problem = "it has no fingerprint";
	else if (peer_set_subject(peer, certificate) == -1)
		peer->problem = "its subject is too long";
	peer->verified = peer->problem == NULL;
	ERR_clear_error();
	log_debug("session %u: certificate SHA256:%s, %s%s", session->id,
	    peer->fingerprint, peer->verified ? "verified: " : "not verified: ",
	    peer->verified ? peer->subject : peer->problem);
}
