/*
 * Tests of dwserv/msgconfig_word.c: where the lists are, and what they take.
 * There and back, cut short and damaged, their words are in msgconfig_test.c.
 */
/* links: dwserv/config.c dwserv/config_check.c dwserv/hashrule.c dwserv/ibuf.c dwserv/log.c dwserv/msgconfig.c dwserv/msgconfig_word.c dwserv/msgpart.c dwserv/name.c dwserv/symbol.c dwserv/xmalloc.c */

#include "msgconfig_samples.h"

static int
add_word(struct words *rebuild, const char *text)
{
	struct ibuf	*buf;
	int		 result;

	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	assert_int_equal(ibuf_add_string(buf, text), 0);
	result = msg_get_word(buf, LIST_REBUILD, rebuild);
	ibuf_free(buf);
	return (result);
}

/* A program, and then arguments, which may be almost anything. */
static void
test_rebuild(void **state)
{
	struct words	rebuild = TAILQ_HEAD_INITIALIZER(rebuild);
	size_t		i;

	(void)state;
	assert_int_equal(add_word(&rebuild, "-w"), -1);
	words_free(&rebuild);
	assert_int_equal(add_word(&rebuild, "/b"), 0);
	assert_int_equal(add_word(&rebuild, "a\nb"), -1);
	assert_int_equal(add_word(&rebuild, "\xe9"), -1);
	words_free(&rebuild);
	for (i = 0; i < REBUILD_WORDS_MAX; i++)
		assert_int_equal(add_word(&rebuild, i == 0 ? "/b" : i == 1 ?
		    "" : "-x \"\xc3\xa9\""), 0);
	assert_int_equal(add_word(&rebuild, "x"), -1);
	assert_int_equal(words_count(&rebuild), REBUILD_WORDS_MAX);
	assert_string_equal(TAILQ_FIRST(&rebuild)->text, "/b");
	assert_string_equal(TAILQ_LAST(&rebuild, words)->text,
	    "-x \"\xc3\xa9\"");
	words_free(&rebuild);
}

/* No more than a client may have, which the parser has seen to already. */
static void
test_certificates(void **state)
{
	struct words	 words = TAILQ_HEAD_INITIALIZER(words);
	struct ibuf	*buf;
	int		 i;

	(void)state;
	for (i = 0; i <= CLIENT_CERTIFICATES_MAX; i++) {
		buf = encode(&config_codecs[CERTIFICATE], 0);
		assert_int_equal(msg_get_word(buf, LIST_CERTIFICATES, &words),
		    i < CLIENT_CERTIFICATES_MAX ? 0 : -1);
		ibuf_free(buf);
	}
	words_free(&words);
}

/* A list is no longer than what a worker is told of it. */
static void
test_long_lists(void **state)
{
	struct words	 words = TAILQ_HEAD_INITIALIZER(words);
	struct ibuf	*buf;
	size_t		 count;
	int		 result;

	(void)state;
	for (count = 0; count < 1000; count++) {
		buf = encode(&config_codecs[PATTERN], 2);
		result = msg_get_word(buf, LIST_NAMES, &words);
		ibuf_free(buf);
		if (result == -1)
			break;
		assert_true(words_length(&words) <= LINE_LENGTH_MAX);
	}
	assert_int_equal(count, LINE_LENGTH_MAX / (PATTERN_LENGTH_MAX + 1));
	words_free(&words);
}

/* Each list is a place of its own; without a client, it has none. */
static void
test_lists(void **state)
{
	struct config	*config = config_new();
	struct client	 client;
	struct words	*places[LISTS];
	uint32_t	 list, other;

	(void)state;
	client_init(&client);
	for (list = 0; list < LISTS; list++) {
		places[list] = config_list(config, &client, list);
		assert_non_null(places[list]);
		for (other = 0; other < list; other++)
			assert_ptr_not_equal(places[list], places[other]);
		if (list < LIST_CERTIFICATES)
			assert_ptr_equal(places[list], config_list(config,
			    NULL, list));
		else
			assert_null(config_list(config, NULL, list));
	}
	assert_ptr_equal(places[LIST_CLIENT_SHELLS], &client.shells);
	assert_null(config_list(config, &client, LISTS));
	assert_null(config_list(config, &client, UINT32_MAX));
	config_free(config);
}

/* However many are sent, memory holds no more. */
static void
test_full_list_is_left(void **state)
{
	struct words	 words = TAILQ_HEAD_INITIALIZER(words);
	struct ibuf	*buf;
	int		 i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		buf = encode(&config_codecs[CERTIFICATE], 0);
		msg_get_word(buf, LIST_CERTIFICATES, &words);
		ibuf_free(buf);
	}
	assert_int_equal(words_count(&words), CLIENT_CERTIFICATES_MAX);
	words_free(&words);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_rebuild),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_full_list_is_left),
		cmocka_unit_test(test_long_lists),
		cmocka_unit_test(test_lists)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
