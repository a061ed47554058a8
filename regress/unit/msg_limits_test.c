/*
 * Tests of the limits in dwserv/msg.c, msgcontrol.c and msgpart.c: lengths,
 * choices and flags, on the side that sends and on the side that receives.
 */
/* links: dwserv/ibuf.c dwserv/log.c dwserv/msg.c dwserv/msgcontrol.c dwserv/msgpart.c dwserv/msgtls.c dwserv/xmalloc.c */

#include "msg_samples.h"

/*
 * Where the strings are in an encoded sample: so many bytes and so many
 * other strings are before it.
 */
static const struct place {
	size_t		 codec;
	unsigned int	 sample;
	size_t		 bytes;
	unsigned int	 strings;
	size_t		 max;
	int		 optional;
} places[] = {
	{ LOG, 1, 4, 0, LINE_LENGTH_MAX, 0 },
	{ STRING, 1, 0, 0, LINE_LENGTH_MAX, 0 },
	{ REQUEST, 2, 83, 0, NAME_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 1, ALIAS_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 2, NAME_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 3, GROUPS_MAX * (NAME_LENGTH_MAX + 1), 1 },
	{ REQUEST, 2, 83, 4, GROUPS_MAX * (NAME_LENGTH_MAX + 1), 1 },
	{ REQUEST, 2, 83, 5, GROUPS_MAX * (NAME_LENGTH_MAX + 1), 1 },
	{ REQUEST, 2, 83, 6, GECOS_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 7, PATH_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 8, PATH_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 9, HASH_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 10, ALIAS_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 11, LINE_LENGTH_MAX, 1 },
	{ REQUEST, 2, 83, 12, IDEM_LENGTH_MAX, 1 },
	{ RESULT, 1, 10, 0, RESULT_WORD_MAX - 1, 0 },
	{ RESULT, 1, 10, 1, RESULT_TEXT_MAX - 1, 0 },
	{ LOGIN, 1, 12, 0, CLIENT_LENGTH_MAX, 1 },
	{ LOGIN, 1, 12, 1, PASSWORD_LENGTH_MAX, 1 },
	{ LOGIN, 1, 12, 2, FINGERPRINT_LENGTH, 1 },
	{ LOGIN, 1, 12, 3, SUBJECT_LENGTH_MAX, 1 },
	{ GRANTED, 1, 12, 0, CLIENT_LENGTH_MAX, 0 },
	{ GRANTED, 1, 12, 1, 127, 0 },
	{ GRANT, 1, 35, 0, CLIENT_LENGTH_MAX, 0 },
	{ GRANT, 1, 35, 1, LINE_LENGTH_MAX, 1 },
	{ GRANT, 1, 35, 5, LINE_LENGTH_MAX, 1 },
	{ GRANT, 1, 35, 6, PATH_LENGTH_MAX, 1 },
	{ CREDENTIAL, 1, 0, 0, CLIENT_LENGTH_MAX, 0 },
	{ CREDENTIAL, 1, 0, 1, HASH_LENGTH_MAX, 1 },
	{ CREDENTIAL, 2, 0, 2, HASH_LENGTH_MAX, 1 },
	{ CREDENTIAL, 2, 0, 3, SUBJECT_LENGTH_MAX, 1 },
	{ EXPLAIN, 1, 0, 0, CLIENT_LENGTH_MAX, 0 },
	{ HOME_ORDER, 1, 32, 0, PATH_LENGTH_MAX, 1 },
	{ HOME_ORDER, 1, 32, 1, PATH_LENGTH_MAX, 1 },
	{ FIELD, 2, 0, 0, FIELD_NAME_MAX - 1, 0 },
	{ FIELD, 2, 11, 0, LINE_LENGTH_MAX, 1 },
	{ OUTCOME, 1, 1, 0, LINE_LENGTH_MAX, 1 },
	{ ANSWER_LINE, 1, 8, 0, ANSWER_LENGTH_MAX, 0 }
};

/*
 * Decodes a sample in which one string has been replaced by another, NULL
 * included, or by three bytes with a NUL among them.
 */
static int
decode_replaced(const struct place *place, const char *text, int with_nul)
{
	const struct codec	*codec = &codecs[place->codec];
	struct ibuf		*buf, *sample;
	unsigned int		 i;
	uint16_t		 length;
	int			 result;

	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	sample = encode(codec, place->sample);
	assert_int_equal(ibuf_skip(sample, place->bytes), 0);
	for (i = 0; i < place->strings; i++) {
		assert_int_equal(ibuf_get_n16(sample, &length), 0);
		assert_int_equal(ibuf_skip(sample, length), 0);
	}
	assert_int_equal(ibuf_add(buf, sample->buf, sample->rpos), 0);
	assert_int_equal(ibuf_get_n16(sample, &length), 0);
	assert_int_equal(ibuf_skip(sample, length), 0);
	if (with_nul)
		assert_int_equal(ibuf_add(buf, "\0\3a\0b", 5), 0);
	else
		assert_int_equal(ibuf_add_string(buf, text), 0);
	assert_int_equal(ibuf_add(buf, ibuf_data(sample),
	    ibuf_size(sample)), 0);
	result = decode(codec, ibuf_data(buf), ibuf_size(buf));
	ibuf_free(sample);
	ibuf_free(buf);
	return (result);
}

static void
test_received_strings(void **state)
{
	static char		 text[ANSWER_LENGTH_MAX + 2];
	const struct place	*place;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		place = &places[i];
		memset(text, 'x', sizeof(text) - 1);
		text[place->max + 1] = '\0';
		if (decode_replaced(place, text, 0) == 0)
			fail_msg("%s, string %u: too long, and accepted",
			    codecs[place->codec].name, place->strings);
		text[place->max] = '\0';
		if (decode_replaced(place, text, 0) == -1)
			fail_msg("%s, string %u: refused",
			    codecs[place->codec].name, place->strings);
		assert_int_equal(decode_replaced(place, "", 0), 0);
		assert_int_equal(decode_replaced(place, NULL, 0),
		    place->optional ? 0 : -1);
		assert_int_equal(decode_replaced(place, NULL, 1), -1);
	}
}

static void
test_long_log_lines_are_cut(void **state)
{
	enum log_level	 level;
	struct ibuf	*buf;
	char		*text;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	assert_int_equal(msg_put_log(buf, LOG_LEVEL_WARN,
	    text_of(LINE_LENGTH_MAX + 1)), 0);
	assert_int_equal(msg_get_log(buf, &level, &text), 0);
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_int_equal(strlen(text), LINE_LENGTH_MAX);
	free(text);
	assert_int_equal(msg_put_log(buf, (enum log_level)4, "x"), -1);
	assert_int_equal(errno, EINVAL);
	ibuf_free(buf);
}

/* Changes one place in an encoded sample; it must then be refused. */
static void
assert_refused(size_t codec, unsigned int sample, size_t offset,
    uint64_t value, size_t width)
{
	struct ibuf	*buf;
	unsigned char	*bytes;
	size_t		 i;

	buf = encode(&codecs[codec], sample);
	assert_true(offset + width <= ibuf_size(buf));
	bytes = ibuf_data(buf);
	for (i = 0; i < width; i++)
		bytes[offset + i] =
		    (unsigned char)(value >> 8 * (width - 1 - i));
	if (decode(&codecs[codec], bytes, ibuf_size(buf)) == 0)
		fail_msg("%s: %#llx at %zu was accepted", codecs[codec].name,
		    (unsigned long long)value, offset);
	ibuf_free(buf);
}

static void
test_values_out_of_range(void **state)
{
	size_t	 offset;

	(void)state;
	assert_refused(LOG, 1, 0, LOG_LEVEL_DEBUG + 1, 4);
	assert_refused(SETTINGS, 1, 0, 2, 1);
	assert_refused(SETTINGS, 1, 17, 2, 1);
	assert_refused(SETTINGS, 1, 30, HASH_METHODS, 4);
	assert_refused(REQUEST, 1, 8, TRANSACTION_MAX + 1, 4);
	assert_refused(REQUEST, 1, 12, TRANSACTION_MAX + 1, 4);
	assert_refused(REQUEST, 1, 16, OPERATIONS, 4);
	assert_refused(REQUEST, 1, 16, UINT32_MAX, 4);
	assert_refused(REQUEST, 1, 20, REQUEST_FLAGS + 1, 4);
	assert_refused(REQUEST, 1, 24, HOME_CHOICES, 4);
	assert_refused(REQUEST, 1, 28, 2, 1);
	assert_refused(REQUEST, 1, 33, 2, 1);
	for (offset = 38; offset < 83; offset += 9) {
		assert_refused(REQUEST, 1, offset, 0xff, 1);
		assert_refused(REQUEST, 1, offset + 1, (uint64_t)-2, 8);
		assert_refused(REQUEST, 1, offset + 1, (uint64_t)INT64_MIN,
		    8);
	}
	assert_refused(RESULT, 1, 8, 99, 2);
	assert_refused(RESULT, 1, 8, 600, 2);
	assert_refused(LOGIN, 1, 4, 2, 1);
	assert_refused(LOGIN, 1, 5, 0, 1);
	assert_refused(LOGIN, 1, 5, AF_INET, 1);
	assert_refused(LOGIN, 2, 5, AF_INET6, 1);
	assert_refused(GRANTED, 1, 8, LOGIN_WAYS, 4);
	assert_refused(GRANT, 1, 4, OPERATION_BIT(OPERATIONS), 4);
	assert_refused(HOME_ORDER, 1, 0, HOME_ACTIONS, 4);
	assert_refused(HOME_ORDER, 1, 20, 010000, 4);
	assert_refused(HOME_OUTCOME, 1, 8, HOME_ACTIONS, 4);
	assert_refused(FIELD, 1, 10, 2, 1);
	assert_refused(OUTCOME, 1, 0, 2, 1);
}

/* One prefix: a family, a length in bits, and whether that will do. */
static void
test_prefix_lengths(void **state)
{
	static const struct {
		int		 family;
		uint8_t		 length;
		int		 result;
	} cases[] = {
		{ AF_INET, 0, 0 }, { AF_INET, 32, 0 }, { AF_INET, 33, -1 },
		{ AF_INET, 128, -1 }, { AF_INET6, 0, 0 },
		{ AF_INET6, 128, 0 }, { AF_INET6, 129, -1 },
		{ AF_INET6, 255, -1 }
	};
	struct credential	 client;
	struct ibuf		*buf;
	unsigned char		*bytes;
	size_t			 i;

	(void)state;
	sample_credential(&client, 0);
	client.prefix_count = 1;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].family == AF_INET)
			set_ipv4(&client.prefixes[0].address, "192.0.2.1", 0);
		else
			set_ipv6(&client.prefixes[0].address, "::1", 0, 0);
		client.prefixes[0].length = cases[i].length;
		assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
		assert_int_equal(msg_put_credential(buf, &client),
		    cases[i].result);
		ibuf_free(buf);
		/* The length is the last byte. */
		client.prefixes[0].length = 0;
		assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
		assert_int_equal(msg_put_credential(buf, &client), 0);
		bytes = ibuf_data(buf);
		bytes[ibuf_size(buf) - 1] = cases[i].length;
		assert_int_equal(decode(&codecs[CREDENTIAL], bytes,
		    ibuf_size(buf)), cases[i].result);
		ibuf_free(buf);
	}
}

static void
test_prefix_count(void **state)
{
	struct ibuf	*buf;
	uint32_t	 count, i;

	(void)state;
	for (count = CLIENT_PREFIXES_MAX; count <= CLIENT_PREFIXES_MAX + 1;
	    count++) {
		assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
		assert_int_equal(ibuf_add_string(buf, "billing"), 0);
		assert_int_equal(ibuf_add_string(buf, "hash"), 0);
		assert_int_equal(ibuf_add_string(buf, NULL), 0);
		assert_int_equal(ibuf_add_string(buf, NULL), 0);
		assert_int_equal(ibuf_add_n8(buf, 0), 0);
		assert_int_equal(ibuf_add_n32(buf, 0), 0);
		assert_int_equal(ibuf_add_n32(buf, 0), 0);
		assert_int_equal(ibuf_add_n32(buf, count), 0);
		for (i = 0; i < count; i++)
			assert_int_equal(ibuf_add_n8(buf, 1), 0);
		assert_int_equal(decode(&codecs[CREDENTIAL],
		    ibuf_data(buf), ibuf_size(buf)),
		    count > CLIENT_PREFIXES_MAX ? -1 : 0);
		ibuf_free(buf);
	}
}

/* What an encoder must not let out, because its decoder would refuse it. */
#define ASSERT_NOT_SENT(call, error)	do {				\
	errno = 0;							\
	assert_int_equal(call, -1);					\
	assert_int_equal(errno, error);					\
} while (0)

static void
test_sent_requests(void **state)
{
	static const struct {
		size_t	 offset;
		size_t	 max;
	} strings[] = {
		{ offsetof(struct request, login), NAME_LENGTH_MAX },
		{ offsetof(struct request, name), ALIAS_LENGTH_MAX },
		{ offsetof(struct request, group), NAME_LENGTH_MAX },
		{ offsetof(struct request, groups),
		    GROUPS_MAX * (NAME_LENGTH_MAX + 1) },
		{ offsetof(struct request, groups_add),
		    GROUPS_MAX * (NAME_LENGTH_MAX + 1) },
		{ offsetof(struct request, groups_remove),
		    GROUPS_MAX * (NAME_LENGTH_MAX + 1) },
		{ offsetof(struct request, gecos), GECOS_LENGTH_MAX },
		{ offsetof(struct request, home), PATH_LENGTH_MAX },
		{ offsetof(struct request, shell), PATH_LENGTH_MAX },
		{ offsetof(struct request, hash), HASH_LENGTH_MAX },
		{ offsetof(struct request, alias), ALIAS_LENGTH_MAX },
		{ offsetof(struct request, targets), LINE_LENGTH_MAX },
		{ offsetof(struct request, idem), IDEM_LENGTH_MAX }
	};
	struct request	 request;
	struct ibuf	*buf;
	char		*text;
	size_t		 i;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		memset(&request, 0, sizeof(request));
		text = text_of(strings[i].max);
		memcpy((char *)&request + strings[i].offset, &text,
		    sizeof(text));
		assert_int_equal(msg_put_request(buf, &request), 0);
		text_of(strings[i].max + 1);
		ASSERT_NOT_SENT(msg_put_request(buf, &request), ERANGE);
	}
	sample_request(&request, 0);
	request.operation = OPERATIONS;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	sample_request(&request, 0);
	request.part = TRANSACTION_MAX + 1;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	sample_request(&request, 0);
	request.parts = TRANSACTION_MAX + 1;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	sample_request(&request, 0);
	request.flags = REQUEST_FLAGS + 1;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	sample_request(&request, 0);
	request.home_choice = HOME_CHOICES;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	sample_request(&request, 0);
	request.has_uid = 2;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	sample_request(&request, 0);
	request.has_gid = 2;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	sample_request(&request, 0);
	request.ages[AGE_EXPIRE].has = -1;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	sample_request(&request, 0);
	request.ages[AGE_EXPIRE].days = -2;
	ASSERT_NOT_SENT(msg_put_request(buf, &request), EINVAL);
	ibuf_free(buf);
}

static void
test_sent_results_and_settings(void **state)
{
	struct worker_settings	 settings;
	struct result		 result;
	struct ibuf		*buf;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	sample_settings(&settings, 1);
	settings.daytime = 2;
	ASSERT_NOT_SENT(msg_put_settings(buf, &settings), EINVAL);
	sample_settings(&settings, 1);
	settings.hash.method = HASH_METHODS;
	ASSERT_NOT_SENT(msg_put_settings(buf, &settings), EINVAL);
	sample_result(&result, 1);
	result.code = 99;
	ASSERT_NOT_SENT(msg_put_result(buf, &result), EINVAL);
	result.code = 600;
	ASSERT_NOT_SENT(msg_put_result(buf, &result), EINVAL);
	sample_result(&result, 1);
	memset(result.word, 'w', sizeof(result.word));
	ASSERT_NOT_SENT(msg_put_result(buf, &result), EINVAL);
	sample_result(&result, 1);
	memset(result.text, 't', sizeof(result.text));
	ASSERT_NOT_SENT(msg_put_result(buf, &result), EINVAL);
	ASSERT_NOT_SENT(msg_put_string(buf, NULL), EINVAL);
	ASSERT_NOT_SENT(msg_put_string(buf, text_of(LINE_LENGTH_MAX + 1)),
	    ERANGE);
	ibuf_free(buf);
}

static void
test_sent_logins_and_grants(void **state)
{
	struct granted	 granted;
	struct login	 login;
	struct grant	 grant;
	struct ibuf	*buf;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	sample_login(&login, 1);
	login.local = 2;
	ASSERT_NOT_SENT(msg_put_login(buf, &login), EINVAL);
	sample_login(&login, 1);
	login.peer.ss_family = AF_UNIX;
	ASSERT_NOT_SENT(msg_put_login(buf, &login), EAFNOSUPPORT);
	sample_login(&login, 1);
	login.client = text_of(CLIENT_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_login(buf, &login), ERANGE);
	sample_login(&login, 1);
	login.secret = text_of(PASSWORD_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_login(buf, &login), ERANGE);
	sample_granted(&granted, 1);
	granted.way = LOGIN_WAYS;
	ASSERT_NOT_SENT(msg_put_granted(buf, &granted), EINVAL);
	sample_granted(&granted, 1);
	granted.client = NULL;
	ASSERT_NOT_SENT(msg_put_granted(buf, &granted), EINVAL);
	sample_granted(&granted, 1);
	granted.peer = NULL;
	ASSERT_NOT_SENT(msg_put_granted(buf, &granted), EINVAL);
	sample_grant(&grant, 1);
	grant.operations = OPERATION_BIT(OPERATIONS);
	ASSERT_NOT_SENT(msg_put_grant(buf, &grant), EINVAL);
	sample_grant(&grant, 1);
	grant.client = NULL;
	ASSERT_NOT_SENT(msg_put_grant(buf, &grant), EINVAL);
	sample_grant(&grant, 1);
	grant.groups = text_of(LINE_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_grant(buf, &grant), ERANGE);
	sample_grant(&grant, 1);
	grant.domains = text_of(LINE_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_grant(buf, &grant), ERANGE);
	sample_grant(&grant, 1);
	grant.home = text_of(PATH_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_grant(buf, &grant), ERANGE);
	sample_grant(&grant, 1);
	grant.reads_all = 2;
	ASSERT_NOT_SENT(msg_put_grant(buf, &grant), EINVAL);
	ibuf_free(buf);
}

static void
test_sent_credentials(void **state)
{
	struct credential	 client;
	struct ibuf		*buf;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	sample_credential(&client, 0);
	client.client = NULL;
	ASSERT_NOT_SENT(msg_put_credential(buf, &client), EINVAL);
	sample_credential(&client, 0);
	client.secrets[1] = text_of(HASH_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_credential(buf, &client), ERANGE);
	sample_credential(&client, 0);
	client.certificate_count = CLIENT_CERTIFICATES_MAX + 1;
	ASSERT_NOT_SENT(msg_put_credential(buf, &client), EINVAL);
	sample_credential(&client, 0);
	client.prefix_count = CLIENT_PREFIXES_MAX + 1;
	ASSERT_NOT_SENT(msg_put_credential(buf, &client), EINVAL);
	sample_credential(&client, 1);
	client.prefixes[0].local = 2;
	ASSERT_NOT_SENT(msg_put_credential(buf, &client), EINVAL);
	sample_credential(&client, 1);
	client.prefixes[1].address.ss_family = AF_UNSPEC;
	ASSERT_NOT_SENT(msg_put_credential(buf, &client), EAFNOSUPPORT);
	ibuf_free(buf);
}

static void
test_sent_orders_and_answers(void **state)
{
	struct home_outcome	 home_outcome = { .action = HOME_ACTIONS };
	struct answer_line	 line;
	struct home_order	 order;
	struct outcome		 outcome = { .ok = 2 };
	struct field		 field;
	struct ibuf		*buf;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	ASSERT_NOT_SENT(msg_put_home_outcome(buf, &home_outcome), EINVAL);
	ASSERT_NOT_SENT(msg_put_outcome(buf, &outcome), EINVAL);
	sample_home_order(&order, 1);
	order.action = HOME_ACTIONS;
	ASSERT_NOT_SENT(msg_put_home_order(buf, &order), EINVAL);
	sample_home_order(&order, 1);
	order.mode = 010000;
	ASSERT_NOT_SENT(msg_put_home_order(buf, &order), EINVAL);
	sample_home_order(&order, 1);
	order.path = text_of(PATH_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_home_order(buf, &order), ERANGE);
	sample_home_order(&order, 1);
	order.to = text_of(PATH_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_home_order(buf, &order), ERANGE);
	sample_answer_line(&line, 1);
	line.text = NULL;
	ASSERT_NOT_SENT(msg_put_answer_line(buf, &line), EINVAL);
	line.text = text_of(ANSWER_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_answer_line(buf, &line), ERANGE);
	sample_field(&field, 1);
	field.is_number = 2;
	ASSERT_NOT_SENT(msg_put_field(buf, &field), EINVAL);
	sample_field(&field, 1);
	memset(field.name, 'n', sizeof(field.name));
	ASSERT_NOT_SENT(msg_put_field(buf, &field), EINVAL);
	ibuf_free(buf);
}

static void
test_sent_signatures(void **state)
{
	static struct signature	 signature;
	static struct sign	 sign;
	struct ibuf		*buf;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	sample_sign(&sign, 1);
	sign.kind = SIGN_KINDS;
	ASSERT_NOT_SENT(msg_put_sign(buf, &sign), EINVAL);
	sample_sign(&sign, 1);
	sign.digest = SIGN_DIGESTS;
	ASSERT_NOT_SENT(msg_put_sign(buf, &sign), EINVAL);
	sample_sign(&sign, 1);
	sign.length = 0;
	ASSERT_NOT_SENT(msg_put_sign(buf, &sign), EINVAL);
	sign.length = SIGN_BYTES_MAX + 1;
	ASSERT_NOT_SENT(msg_put_sign(buf, &sign), EINVAL);
	sample_signature(&signature, 1);
	signature.length = SIGN_BYTES_MAX + 1;
	ASSERT_NOT_SENT(msg_put_signature(buf, &signature), EINVAL);
	ibuf_free(buf);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_long_log_lines_are_cut),
		cmocka_unit_test(test_received_strings),
		cmocka_unit_test(test_values_out_of_range),
		cmocka_unit_test(test_prefix_lengths),
		cmocka_unit_test(test_prefix_count),
		cmocka_unit_test(test_sent_requests),
		cmocka_unit_test(test_sent_signatures),
		cmocka_unit_test(test_sent_results_and_settings),
		cmocka_unit_test(test_sent_logins_and_grants),
		cmocka_unit_test(test_sent_credentials),
		cmocka_unit_test(test_sent_orders_and_answers)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
