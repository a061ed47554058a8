/*
 * Samples of every message, for msg_test.c and msg_limits_test.c.  Each
 * message has a codec: put() encodes one of a few samples, get() decodes,
 * encodes again what it got, and sees that a failure leaves nothing behind.
 */

#ifndef MSG_SAMPLES_H
#define MSG_SAMPLES_H

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

#define BUFFER_SIZE	65536
#define SAMPLES		3U

static char	 long_text[ANSWER_LENGTH_MAX + 2];

static inline int
is_zero(const void *object, size_t size)
{
	const unsigned char	*p = object;

	while (size > 0 && *p == 0) {
		p++;
		size--;
	}
	return (size == 0);
}

#define ASSERT_ZERO(object)	assert_true(is_zero(&(object), sizeof(object)))

/* A text of that length, which long_text holds until the next call. */
static inline char *
text_of(size_t length)
{
	memset(long_text, 'x', length);
	long_text[length] = '\0';
	return (long_text);
}

static inline void
set_ipv4(struct sockaddr_storage *address, const char *text, uint16_t port)
{
	struct sockaddr_in	*in = (struct sockaddr_in *)address;

	memset(address, 0, sizeof(*address));
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	assert_int_equal(inet_pton(AF_INET, text, &in->sin_addr), 1);
}

static inline void
set_ipv6(struct sockaddr_storage *address, const char *text, uint16_t port,
    uint32_t scope)
{
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_scope_id = scope;
	assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
}

static inline void
sample_settings(struct worker_settings *settings, unsigned int sample)
{
	memset(settings, 0, sizeof(*settings));
	if (sample == 0)
		return;
	settings->daytime = 1;
	settings->worker_sessions = 1000;
	settings->source_sessions = 20;
	settings->login_sessions = 256;
	settings->source_login_sessions = sample;
	settings->local_users = 1;
	settings->auth_failures = 3;
	settings->login_timeout = 30;
	settings->idle_timeout = UINT32_MAX;
	settings->hash.method = HASH_METHODS - 1;
	settings->hash.cost = 12;
	settings->hash.accept[HASH_YESCRYPT] = 7;
	settings->hash.accept[HASH_SHA512] = 999999999;
	settings->hash.accept[HASH_BCRYPT] = sample;
}

static inline void
sample_request(struct request *request, unsigned int sample)
{
	static char	 groups[GROUPS_MAX * (NAME_LENGTH_MAX + 1) + 1];

	memset(groups, 'g', sizeof(groups) - 1);
	memset(request, 0, sizeof(*request));
	if (sample == 0)
		return;
	request->session = 1;
	request->number = UINT32_MAX;
	request->part = request->parts = TRANSACTION_MAX;
	request->operation = OPERATIONS - 1;
	request->flags = REQUEST_FLAGS;
	request->home_choice = HOME_CHOICES - 1;
	request->has_uid = request->has_gid = 1;
	request->uid = 10001;
	request->gid = 10002;
	request->ages[AGE_MIN].days = 1;
	request->ages[AGE_EXPIRE].has = 1;
	request->ages[AGE_EXPIRE].days = sample == 1 ? -1 : INT64_MAX;
	request->login = "alice";
	request->gecos = "";
	request->hash = "$y$j9T$salt$hash";
	if (sample == 1)
		return;
	request->name = "bob";
	request->group = "abcdefghijklmnopqrstuvwxyz_01234";
	request->groups = groups;
	request->groups_add = groups + NAME_LENGTH_MAX;
	request->groups_remove = "ftp,mail";
	request->gecos = "\xc3\x84nne";
	request->home = "/home/alice";
	request->shell = "/bin/sh";
	request->alias = "Post.Master";
	request->targets = "alice,bob@example.org";
	request->idem = "2026-11-22:1";
}

static inline void
sample_result(struct result *result, unsigned int sample)
{
	memset(result, 0, sizeof(*result));
	result->code = sample == 0 ? 100 : 599;
	if (sample == 0)
		return;
	result->session = 4;
	result->number = 5;
	strlcpy(result->word, "created", sizeof(result->word));
	strlcpy(result->text, "login=alice uid=10001", sizeof(result->text));
	if (sample == 2) {
		memset(result->word, 'w', sizeof(result->word) - 1);
		memset(result->text, 't', sizeof(result->text) - 1);
	}
}

static inline void
sample_login(struct login *login, unsigned int sample)
{
	memset(login, 0, sizeof(*login));
	login->session = sample;
	login->client = sample == 0 ? NULL : "billing";
	login->secret = sample == 0 ? "" : "correct horse battery staple";
	login->fingerprint = sample == 0 ? NULL : "0123456789abcdef";
	login->subject = sample == 0 ? NULL : "CN=billing,O=Example";
	login->local = sample == 0;
	if (sample == 1)
		set_ipv4(&login->peer, "192.0.2.1", 40000);
	if (sample == 2)
		set_ipv6(&login->peer, "fe80::1", 65535, 3);
}

static inline void
sample_credential(struct credential *client, unsigned int sample)
{
	uint32_t	 i;

	memset(client, 0, sizeof(*client));
	client->client = "billing";
	client->secrets[0] = sample == 0 ? NULL : "$y$j9T$salt$hash";
	client->secrets[1] = sample == 2 ? "$6$salt$hash" : NULL;
	client->subject = sample == 0 ? NULL : "CN=billing";
	client->has_local_user = sample == 1;
	client->uid = sample;
	client->certificate_count = sample == 0 ? 0 :
	    sample == 1 ? 1 : CLIENT_CERTIFICATES_MAX;
	for (i = 0; i < client->certificate_count; i++)
		memset(client->certificates[i].text, 'a' + (int)i % 6,
		    FINGERPRINT_LENGTH);
	client->prefix_count = sample == 0 ? 0 :
	    sample == 1 ? 3 : CLIENT_PREFIXES_MAX;
	for (i = 0; i < client->prefix_count; i++) {
		client->prefixes[i].local = i % 3 == 0;
		if (i % 3 == 1) {
			set_ipv4(&client->prefixes[i].address, "192.0.2.0",
			    0);
			client->prefixes[i].length = 32;
		}
		if (i % 3 == 2) {
			set_ipv6(&client->prefixes[i].address, "2001:db8::",
			    0, 0);
			client->prefixes[i].length = 128;
		}
	}
}

static inline void
sample_field(struct field *field, unsigned int sample)
{
	memset(field, 0, sizeof(*field));
	if (sample == 0)
		return;
	strlcpy(field->name, "sessions", sizeof(field->name));
	if (sample == 1) {
		field->is_number = 1;
		field->number = UINT64_MAX;
	} else
		field->text = "two words";
}

static inline int
put_log(struct ibuf *buf, unsigned int sample)
{
	return (msg_put_log(buf, sample == 0 ? LOG_LEVEL_ERROR :
	    LOG_LEVEL_DEBUG, sample == 0 ? "" : "cannot listen: no"));
}

static inline int
get_log(struct ibuf *buf, struct ibuf *again)
{
	enum log_level	 level = LOG_LEVEL_DEBUG;
	char		*text = long_text;

	if (msg_get_log(buf, &level, &text) == -1) {
		assert_int_equal(level, 0);
		assert_null(text);
		return (-1);
	}
	assert_int_equal(msg_put_log(again, level, text), 0);
	free(text);
	return (0);
}

static inline int
put_string(struct ibuf *buf, unsigned int sample)
{
	return (msg_put_string(buf, sample == 0 ? "" :
	    sample == 1 ? "/bin/sh" : text_of(LINE_LENGTH_MAX)));
}

static inline int
get_string(struct ibuf *buf, struct ibuf *again)
{
	char	*string = long_text;

	if (msg_get_string(buf, &string) == -1) {
		assert_null(string);
		return (-1);
	}
	assert_int_equal(msg_put_string(again, string), 0);
	free(string);
	return (0);
}

static inline int
put_number(struct ibuf *buf, unsigned int sample)
{
	return (msg_put_number(buf, sample == 0 ? 0 : UINT32_MAX - sample));
}

static inline int
get_number(struct ibuf *buf, struct ibuf *again)
{
	uint32_t	 number = 1;

	if (msg_get_number(buf, &number) == -1) {
		assert_int_equal(number, 0);
		return (-1);
	}
	assert_int_equal(msg_put_number(again, number), 0);
	return (0);
}

/* The two functions of a codec whose message is a struct. */
#define CODEC(name, type, release)					\
static int								\
put_##name(struct ibuf *buf, unsigned int sample)			\
{									\
	type	 message;						\
									\
	sample_##name(&message, sample);				\
	return (msg_put_##name(buf, &message));				\
}									\
static int								\
get_##name(struct ibuf *buf, struct ibuf *again)			\
{									\
	type	 message;						\
									\
	memset(&message, 0x5a, sizeof(message));			\
	if (msg_get_##name(buf, &message) == -1) {			\
		ASSERT_ZERO(message);					\
		return (-1);						\
	}								\
	assert_int_equal(msg_put_##name(again, &message), 0);		\
	release;							\
	return (0);							\
}

static inline void
sample_granted(struct granted *granted, unsigned int sample)
{
	granted->worker = 3;
	granted->session = sample;
	granted->way = sample == 0 ? 0 : LOGIN_WAYS - 1;
	granted->client = "billing";
	granted->peer = sample == 0 ? "local" : "192.0.2.1";
}

static inline void
sample_grant(struct grant *grant, unsigned int sample)
{
	grant->session = sample;
	grant->operations = sample == 0 ? 0 : OPERATION_BIT(OPERATIONS) - 1;
	grant->uid_min = 10000;
	grant->uid_max = sample == 2 ? UINT32_MAX : 19999;
	grant->client = "billing";
	grant->groups = sample == 0 ? NULL : sample == 1 ? "mail,ftp" : "";
	grant->gid_min = 5000;
	grant->gid_max = sample == 2 ? UINT32_MAX : 5999;
	grant->rate = sample;
	grant->burst = 10 * sample;
	grant->reads_all = sample == 1;
	grant->may_hash = sample != 1;
	grant->has_domains = sample == 2;
	grant->names = sample == 0 ? NULL : "cust-*,c??";
	grant->aliases = sample == 1 ? "*" : NULL;
	grant->domains = sample == 0 ? NULL : "*.example.org";
	grant->shells = sample == 0 ? NULL : "/bin/sh,/bin/false";
	grant->home = sample == 0 ? NULL : "/home/customers";
}

static inline void
sample_answer_line(struct answer_line *line, unsigned int sample)
{
	line->session = sample;
	line->number = UINT32_MAX - sample;
	line->text = sample == 0 ? "" : sample == 1 ? "group name=ftp" :
	    text_of(ANSWER_LENGTH_MAX);
}

static inline void
sample_ledger_extent(struct ledger_extent *extent, unsigned int sample)
{
	extent->segment = sample;
	extent->size = sample == 0 ? 0 : UINT64_MAX;
	extent->last = sample == 0 ? 0 : UINT64_MAX - sample;
}

static inline void
sample_home_order(struct home_order *order, unsigned int sample)
{
	order->action = sample == 0 ? 0 : HOME_ACTIONS - 1;
	order->serial = UINT64_MAX - sample;
	order->uid = 10001;
	order->gid = 10002;
	order->mode = sample == 0 ? 0 : 07777;
	order->old_uid = sample;
	order->old_gid = UINT32_MAX;
	order->path = sample == 0 ? NULL : "alice";
	order->to = sample == 0 ? NULL : "2026-11-22/alice-10001";
}

static inline void
sample_home_outcome(struct home_outcome *outcome, unsigned int sample)
{
	outcome->serial = UINT64_MAX - sample;
	outcome->action = sample == 0 ? 0 : HOME_ACTIONS - 1;
	outcome->error = sample == 0 ? 0 : ENOSPC;
}

static inline void
sample_outcome(struct outcome *outcome, unsigned int sample)
{
	outcome->ok = sample == 0;
	outcome->text = sample == 0 ? NULL : "line 3: syntax error";
}

static inline void
sample_sign(struct sign *sign, unsigned int sample)
{
	memset(sign, 0, sizeof(*sign));
	sign->kind = sample == 0 ? 0 : SIGN_KINDS - 1;
	sign->digest = sample == 0 ? 0 : SIGN_DIGESTS - 1;
	sign->length = sample == 0 ? 1 : sample == 1 ? 32 : SIGN_BYTES_MAX;
	memset(sign->bytes, 0x81, sign->length);
}

static inline void
sample_signature(struct signature *signature, unsigned int sample)
{
	memset(signature, 0, sizeof(*signature));
	signature->length = sample == 0 ? 0 : sample == 1 ? 72 :
	    SIGN_BYTES_MAX;
	memset(signature->bytes, 0x7f, signature->length);
}

static inline void
sample_tls_facts(struct tls_facts *facts, unsigned int sample)
{
	facts->not_after = sample == 0 ? 0 : sample == 1 ? -1 : INT64_MAX;
}

static inline void
sample_explain(struct explain *explain, unsigned int sample)
{
	explain->client = "billing";
	sample_request(&explain->request, sample);
}

CODEC(settings, struct worker_settings, (void)0)
CODEC(request, struct request, request_free(&message); ASSERT_ZERO(message))
CODEC(result, struct result, (void)0)
CODEC(login, struct login, login_free(&message); ASSERT_ZERO(message))
CODEC(granted, struct granted, granted_free(&message); ASSERT_ZERO(message))
CODEC(grant, struct grant, grant_free(&message); ASSERT_ZERO(message))
CODEC(explain, struct explain, explain_free(&message); ASSERT_ZERO(message))
CODEC(answer_line, struct answer_line, free(message.text))
CODEC(ledger_extent, struct ledger_extent, (void)0)
CODEC(sign, struct sign, (void)0)
CODEC(signature, struct signature, (void)0)
CODEC(tls_facts, struct tls_facts, (void)0)
CODEC(credential, struct credential, credential_free(&message);
    ASSERT_ZERO(message))
CODEC(home_order, struct home_order, free(message.path); free(message.to))
CODEC(home_outcome, struct home_outcome, (void)0)
CODEC(field, struct field, free(message.text))
CODEC(outcome, struct outcome, free(message.text))

/* The codecs, in their order. */
enum {
	LOG, SETTINGS, STRING, NUMBER, REQUEST, RESULT, LOGIN, GRANTED, GRANT,
	CREDENTIAL, HOME_ORDER, HOME_OUTCOME, FIELD, OUTCOME, ANSWER_LINE,
	LEDGER_EXTENT, SIGN, SIGNATURE, TLS_FACTS, EXPLAIN
};

static const struct codec {
	const char	*name;
	int		(*put)(struct ibuf *, unsigned int);
	int		(*get)(struct ibuf *, struct ibuf *);
} codecs[] = {
	{ "log", put_log, get_log },
	{ "settings", put_settings, get_settings },
	{ "string", put_string, get_string },
	{ "number", put_number, get_number },
	{ "request", put_request, get_request },
	{ "result", put_result, get_result },
	{ "login", put_login, get_login },
	{ "granted", put_granted, get_granted },
	{ "grant", put_grant, get_grant },
	{ "credential", put_credential, get_credential },
	{ "home_order", put_home_order, get_home_order },
	{ "home_outcome", put_home_outcome, get_home_outcome },
	{ "field", put_field, get_field },
	{ "outcome", put_outcome, get_outcome },
	{ "answer_line", put_answer_line, get_answer_line },
	{ "ledger_extent", put_ledger_extent, get_ledger_extent },
	{ "sign", put_sign, get_sign },
	{ "signature", put_signature, get_signature },
	{ "tls_facts", put_tls_facts, get_tls_facts },
	{ "explain", put_explain, get_explain }
};
#define CODECS	(sizeof(codecs) / sizeof(codecs[0]))

static inline struct ibuf *
encode(const struct codec *codec, unsigned int sample)
{
	struct ibuf	*buf;

	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	if (codec->put(buf, sample) == -1)
		fail_msg("%s, sample %u: not encoded", codec->name, sample);
	return (buf);
}

/*
 * Decodes a copy that is exactly as big as it is, so that the address
 * sanitizer sees each step beyond it.  What is accepted must be what the
 * encoder makes of it: there is one way to say a thing.
 */
static inline int
decode(const struct codec *codec, const void *bytes, size_t size)
{
	struct ibuf	 view, *again;
	unsigned char	*copy;
	int		 result;

	assert_non_null(copy = malloc(size + 1));
	memcpy(copy + 1, bytes, size);
	assert_non_null(again = ibuf_dynamic(1, BUFFER_SIZE));
	ibuf_from_buffer(&view, copy + 1, size);
	errno = 0;
	result = codec->get(&view, again);
	if (result == -1)
		assert_int_equal(errno, EBADMSG);
	else {
		assert_int_equal(ibuf_size(again), size);
		assert_memory_equal(ibuf_data(again), bytes, size);
	}
	ibuf_free(again);
	free(copy);
	return (result);
}

#endif /* MSG_SAMPLES_H */
