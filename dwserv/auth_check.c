/*
 * dwserv-auth -t: looks at the files of TLS for the parent, which does not
 * parse them, before anything is done with them.  It says what is wrong with
 * which file, or until when the certificate is good, and ends.
 */

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "auth_sign.h"
#include "loop.h"
#include "sandbox.h"
#include "tls.h"

struct check {
	struct loop	 loop;
	struct channel	 parent;
	int		 fds[TLS_FILES];
	int		 complaints;
};

static void
check_complain(struct check *check, enum tls_file file, const char *problem)
{
	struct ibuf	*message;

	check->complaints++;
	message = channel_create(&check->parent, IMSG_AUTH_COMPLAINT, file);
	channel_submit(&check->parent, message, msg_put_string(message,
	    problem));
}

/* A time as OpenSSL has it; 0 if it has none. */
static int64_t
check_seconds(const ASN1_TIME *asn1)
{
	struct tm	tm;

	memset(&tm, 0, sizeof(tm));
	return (ASN1_TIME_to_tm(asn1, &tm) == 1 ? (int64_t)timegm(&tm) : 0);
}

static void
check_complain_time(struct check *check, const char *what, int64_t seconds)
{
	char		 problem[128], stamp[64];
	struct tm	 tm;
	time_t		 time = (time_t)seconds;

	gmtime_r(&time, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d %T UTC", &tm);
	snprintf(problem, sizeof(problem), "%s %s", what, stamp);
	check_complain(check, TLS_CERTIFICATE, problem);
}

static void
check_times(struct check *check, const X509 *certificate,
    struct tls_facts *facts)
{
	int64_t	now = time(NULL), begin;

	begin = check_seconds(X509_get0_notBefore(certificate));
	facts->not_after = check_seconds(X509_get0_notAfter(certificate));
	if (begin > now)
		check_complain_time(check, "is not valid before", begin);
	if (facts->not_after < now)
		check_complain_time(check, "has expired on",
		    facts->not_after);
}

/* What OpenSSL says of what a worker will do with the certificate. */
static void
check_use(struct check *check, STACK_OF(X509) *chain, EVP_PKEY *key)
{
	SSL_CTX	*context = tls_context_new();
	char	 reason[TLS_REASON_MAX], problem[TLS_REASON_MAX + 32];

	ERR_clear_error();
	if (context == NULL || tls_context_set_chain(context, chain) == -1 ||
	    SSL_CTX_use_PrivateKey(context, key) != 1) {
		snprintf(problem, sizeof(problem), "cannot be used: %s",
		    tls_reason(reason, sizeof(reason)));
		check_complain(check, TLS_CERTIFICATE, problem);
	}
	SSL_CTX_free(context);
}

static void
check_certificate(struct check *check, struct tls_facts *facts)
{
	STACK_OF(X509)	*chain;
	EVP_PKEY	*key;
	char		 reason[TLS_REASON_MAX];

	chain = tls_read_certificates(check->fds[TLS_CERTIFICATE], reason,
	    sizeof(reason));
	if (chain == NULL)
		check_complain(check, TLS_CERTIFICATE, reason);
	else
		check_times(check, sk_X509_value(chain, 0), facts);
	key = auth_key_read(check->fds[TLS_KEY], reason, sizeof(reason));
	if (key == NULL)
		check_complain(check, TLS_KEY, reason);
	else if (chain != NULL && X509_check_private_key(sk_X509_value(chain,
	    0), key) != 1)
		check_complain(check, TLS_KEY, "is not the key of the "
		    "certificate");
	else if (chain != NULL)
		check_use(check, chain, key);
	EVP_PKEY_free(key);
	tls_free_certificates(chain);
}

static void
check_client_ca(struct check *check)
{
	STACK_OF(X509)	*authorities;
	SSL_CTX		*context = tls_context_new();
	char		 reason[TLS_REASON_MAX];

	authorities = tls_read_certificates(check->fds[TLS_CLIENT_CA],
	    reason, sizeof(reason));
	if (authorities == NULL || context == NULL)
		check_complain(check, TLS_CLIENT_CA, reason);
	else if (tls_context_set_authorities(context, authorities) == -1)
		check_complain(check, TLS_CLIENT_CA, tls_reason(reason,
		    sizeof(reason)));
	tls_free_certificates(authorities);
	SSL_CTX_free(context);
}

static int
check_all(struct check *check)
{
	struct tls_facts	 facts = { 0 };
	struct ibuf		*message;

	if (check->fds[TLS_CERTIFICATE] == -1 || check->fds[TLS_KEY] == -1)
		return (-1);
	check_certificate(check, &facts);
	if (check->fds[TLS_CLIENT_CA] != -1)
		check_client_ca(check);
	message = channel_create(&check->parent, IMSG_AUTH_CHECKED,
	    check->complaints == 0);
	channel_submit(&check->parent, message, msg_put_tls_facts(message,
	    &facts));
	channel_flush(&check->parent, 1000);
	check->loop.quit = 1;
	return (0);
}

static int
check_take(struct check *check, enum tls_file file, struct imsg *imsg)
{
	if (check->fds[file] != -1)
		return (-1);
	check->fds[file] = imsg_get_fd(imsg);
	return (check->fds[file] == -1 ? -1 : 0);
}

static int
check_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct check	*check = channel->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_CERTIFICATE:
		return (check_take(check, TLS_CERTIFICATE, imsg));
	case IMSG_PARENT_KEY:
		return (check_take(check, TLS_KEY, imsg));
	case IMSG_PARENT_CLIENT_CA:
		return (check_take(check, TLS_CLIENT_CA, imsg));
	case IMSG_PARENT_START:
		return (check_all(check));
	default:
		return (-1);
	}
}

/* All of dwserv-auth -t; returns its exit status. */
int
auth_check(void)
{
	struct check	check;
	int		i;

	memset(&check, 0, sizeof(check));
	for (i = 0; i < TLS_FILES; i++)
		check.fds[i] = -1;
	tls_prepare();
	common_open(&check.loop, &check.parent, check_dispatch, &check);
	sandbox_enter_nobody();
	sandbox_write_nothing();
	common_run(&check.loop);
	return (0);
}
