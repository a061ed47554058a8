/*
 * Tests of dwserv/msgconfig.c: every message there and back, cut short, made
 * longer, damaged at random, and with values that no grammar lets pass.
 */
/* links: dwserv/config.c dwserv/config_check.c dwserv/hashrule.c dwserv/ibuf.c dwserv/log.c dwserv/msgconfig.c dwserv/msgconfig_word.c dwserv/msgpart.c dwserv/name.c dwserv/symbol.c dwserv/xmalloc.c */

#include <time.h>

#include "msgconfig_samples.h"

#define MUTATIONS	5000

/* What an encoder must not let out, because its decoder would refuse it. */
#define ASSERT_NOT_SENT(call, error)	do {				\
	errno = 0;							\
	assert_int_equal(call, -1);					\
	assert_int_equal(errno, error);					\
} while (0)

static void
each_sample(void (*check)(const struct codec *, unsigned int, struct ibuf *))
{
	struct ibuf	*buf;
	unsigned int	 sample;
	size_t		 i;

	for (i = 0; i < CONFIG_CODECS; i++)
		for (sample = 0; sample < SAMPLES; sample++) {
			buf = encode(&config_codecs[i], sample);
			check(&config_codecs[i], sample, buf);
			ibuf_free(buf);
		}
}

static void
check_round_trip(const struct codec *codec, unsigned int sample,
    struct ibuf *buf)
{
	if (decode(codec, ibuf_data(buf), ibuf_size(buf)) == -1)
		fail_msg("%s, sample %u: not decoded", codec->name, sample);
}

static void
check_truncations(const struct codec *codec, unsigned int sample,
    struct ibuf *buf)
{
	size_t	size, step = ibuf_size(buf) > 2000 ? 97 : 1;

	for (size = 0; size < ibuf_size(buf); size += step)
		if (decode(codec, ibuf_data(buf), size) == 0)
			fail_msg("%s, sample %u: %zu of %zu bytes were enough",
			    codec->name, sample, size, ibuf_size(buf));
}

static void
check_trailing_byte(const struct codec *codec, unsigned int sample,
    struct ibuf *buf)
{
	assert_int_equal(ibuf_add_n8(buf, 0), 0);
	if (decode(codec, ibuf_data(buf), ibuf_size(buf)) == 0)
		fail_msg("%s, sample %u: a byte behind it was accepted",
		    codec->name, sample);
}

/* A buffer that is full at any point makes an encoder fail. */
static void
check_without_room(const struct codec *codec, unsigned int sample,
    struct ibuf *buf)
{
	struct ibuf	*small;
	size_t		 size, step = ibuf_size(buf) > 2000 ? 97 : 1;

	for (size = 1; size < ibuf_size(buf); size += step) {
		assert_non_null(small = ibuf_open(size));
		if (codec->put(small, sample) == 0)
			fail_msg("%s, sample %u: fits into %zu bytes",
			    codec->name, sample, size);
		assert_int_equal(errno, ERANGE);
		ibuf_free(small);
	}
}

static void
test_round_trips(void **state)
{
	(void)state;
	each_sample(check_round_trip);
}

static void
test_every_truncation(void **state)
{
	(void)state;
	each_sample(check_truncations);
}

static void
test_trailing_byte(void **state)
{
	(void)state;
	each_sample(check_trailing_byte);
}

static void
test_encoders_without_room(void **state)
{
	(void)state;
	each_sample(check_without_room);
}

static void
mutate(unsigned char *bytes, size_t size)
{
	size_t	count = 1 + (size_t)random() % 4;

	while (count-- > 0)
		bytes[(size_t)random() % size] ^=
		    (unsigned char)(1 << random() % 8);
}

static void
test_random_mutations(void **state)
{
	unsigned int	 seed = (unsigned int)time(NULL);
	struct ibuf	*buf;
	size_t		 accepted, i, round;

	(void)state;
	print_message("seed %u\n", seed);
	srandom(seed);
	for (i = 0; i < CONFIG_CODECS; i++) {
		accepted = 0;
		for (round = 0; round < MUTATIONS; round++) {
			buf = encode(&config_codecs[i], round % 2);
			mutate(ibuf_data(buf), ibuf_size(buf));
			accepted += decode(&config_codecs[i], ibuf_data(buf),
			    ibuf_size(buf)) == 0;
			ibuf_free(buf);
		}
		/* Both must happen, or the mutations are no good. */
		assert_true(accepted > 0 && accepted < MUTATIONS);
	}
}

/* Changes one place in an encoded sample; it must then be refused. */
static void
assert_refused(size_t codec, unsigned int sample, size_t offset,
    uint32_t value, size_t width)
{
	struct ibuf	*buf;
	unsigned char	*bytes;
	size_t		 i;

	buf = encode(&config_codecs[codec], sample);
	assert_true(offset + width <= ibuf_size(buf));
	bytes = ibuf_data(buf);
	for (i = 0; i < width; i++)
		bytes[offset + i] =
		    (unsigned char)(value >> 8 * (width - 1 - i));
	if (decode(&config_codecs[codec], bytes, ibuf_size(buf)) == 0)
		fail_msg("%s: %#x at %zu was accepted",
		    config_codecs[codec].name, value, offset);
	ibuf_free(buf);
}

static void
test_globals_out_of_range(void **state)
{
	size_t	offset;

	(void)state;
	assert_refused(GLOBALS, 1, 0, 0, 4);		/* prefork */
	assert_refused(GLOBALS, 1, 0, PREFORK_MAX + 1, 4);
	assert_refused(GLOBALS, 0, 6, 'A', 1);		/* user */
	assert_refused(GLOBALS, 1, 6, ID_MAX + 1, 4);
	assert_refused(GLOBALS, 1, 10, ID_MAX + 1, 4);
	assert_refused(GLOBALS, 1, 16, ID_MAX + 1, 4);
	assert_refused(GLOBALS, 1, 20, ID_MAX + 1, 4);
	assert_refused(GLOBALS, 1, 26, 'c', 1);		/* control */
	assert_refused(GLOBALS, 1, 30, 's', 1);		/* state */
	assert_refused(GLOBALS, 1, 33, 'l', 1);		/* libexec */
	assert_refused(GLOBALS, 1, 35, 2, 4);		/* daytime */
	for (offset = 39; offset <= 63; offset += 4) {	/* limits */
		assert_refused(GLOBALS, 1, offset, 0, 4);
		assert_refused(GLOBALS, 1, offset, offset < 51 ?
		    LIMIT_MAX + 1 : TIMEOUT_MAX + 1, 4);
	}
	assert_refused(GLOBALS, 1, 69, 'a', 1);		/* aliases */
	assert_refused(GLOBALS, 1, 70, '/', 1);
	for (offset = 71; offset <= 75; offset += 4) {	/* of logins */
		assert_refused(GLOBALS, 1, offset, 0, 4);
		assert_refused(GLOBALS, 1, offset, LIMIT_MAX + 1, 4);
	}
	assert_refused(GLOBALS, 1, 79, 2, 4);		/* sandbox */
	assert_refused(GLOBALS, 1, 85, 'c', 1);		/* tls */
	assert_refused(GLOBALS, 1, 89, 'k', 1);
	assert_refused(GLOBALS, 1, 93, 'a', 1);
	assert_refused(GLOBALS, 1, 97, '\n', 1);
	assert_refused(GLOBALS, 1, 98, SOURCE_SIZE_MAX + 2, 4);
}

static void
test_blocks_out_of_range(void **state)
{
	(void)state;
	assert_refused(LISTENER, 0, 0, 01000, 4);	/* mode */
	assert_refused(LISTENER, 2, 6, '-', 1);		/* group */
	assert_refused(LISTENER, 2, 44, 'x', 1);	/* path */
	assert_refused(LISTENER, 0, 12, 5, 1);		/* family */
	assert_refused(ACCOUNTS, 0, 2, 'r', 1);		/* root */
	assert_refused(ACCOUNTS, 0, 6, '.', 1);		/* home */
	assert_refused(ACCOUNTS, 0, 10, 2, 4);		/* has_home_mode */
	assert_refused(ACCOUNTS, 0, 14, 01000, 4);	/* home_mode */
	assert_refused(ACCOUNTS, 0, 20, ':', 1);	/* skel */
	assert_refused(ACCOUNTS, 0, 30, 2, 4);		/* has_uid */
	assert_refused(ACCOUNTS, 1, 34, ID_FLOOR - 1, 4);
	assert_refused(ACCOUNTS, 0, 34, ID_FLOOR + 1, 4);
	assert_refused(ACCOUNTS, 1, 38, ID_MAX + 1, 4);
	assert_refused(ACCOUNTS, 0, 42, 2, 4);		/* reuse */
	assert_refused(ACCOUNTS, 0, 46, 2, 4);		/* login.defs */
	assert_refused(ACCOUNTS, 0, 50, HASH_METHODS, 4);
	assert_refused(ACCOUNTS, 0, 54, 0, 4);		/* cost */
	assert_refused(ACCOUNTS, 0, 54, 12, 4);
	assert_refused(ACCOUNTS, 1, 58, 12, 4);		/* accept */
	assert_refused(ACCOUNTS, 1, 72, 0xff, 1);	/* origins */
	assert_refused(ACCOUNTS, 1, 79, SOURCE_SIZE_MAX + 2, 4);
	assert_refused(ACCOUNTS, 1, 79 + 4 * (CLAUSES - 1),
	    SOURCE_SIZE_MAX + 2, 4);
}

static void
test_clients_out_of_range(void **state)
{
	(void)state;
	assert_refused(CLIENT, 1, 0, 0, 4);		/* operations */
	assert_refused(CLIENT, 1, 0, OPERATION_BIT(OPERATIONS), 4);
	assert_refused(CLIENT, 1, 4, TARGETS_ALL + 1, 4);
	assert_refused(CLIENT, 1, 8, 2, 4);		/* has_uid */
	assert_refused(CLIENT, 1, 12, ID_FLOOR - 1, 4);
	assert_refused(CLIENT, 1, 16, ID_FLOOR - 1, 4);
	assert_refused(CLIENT, 1, 16, ID_MAX + 1, 4);
	assert_refused(CLIENT, 1, 22, '-', 1);		/* name */
	assert_refused(CLIENT, 1, 57, ',', 1);		/* subject */
	assert_refused(CLIENT, 1, 59, 2, 4);		/* local user */
	assert_refused(CLIENT, 1, 65, 0, 4);
	assert_refused(CLIENT, 1, 65, ID_MAX + 1, 4);
	assert_refused(CLIENT, 1, 69, ID_MAX + 1, 4);
	assert_refused(CLIENT, 1, 73, 2, 4);		/* gid */
	assert_refused(CLIENT, 1, 77, ID_FLOOR - 1, 4);
	assert_refused(CLIENT, 1, 81, ID_FLOOR - 1, 4);
	assert_refused(CLIENT, 1, 81, ID_MAX + 1, 4);
	assert_refused(CLIENT, 1, 85, 2, 4);		/* has_domains */
	assert_refused(CLIENT, 1, 91, 'h', 1);		/* home */
	assert_refused(CLIENT, 1, 92, '.', 1);
	assert_refused(CLIENT, 1, 93, 2, 4);		/* no_hash */
	assert_refused(CLIENT, 1, 97, 2, 4);		/* reads_all */
	assert_refused(CLIENT, 1, 101, 0, 4);		/* rate */
	assert_refused(CLIENT, 1, 101, RATE_MAX + 1, 4);
	assert_refused(CLIENT, 1, 105, 0, 4);		/* burst */
	assert_refused(CLIENT, 1, 105, RATE_MAX + 1, 4);
}

static void
test_words_out_of_range(void **state)
{
	(void)state;
	assert_refused(CERTIFICATE, 0, 2, 's', 1);
	assert_refused(CERTIFICATE, 0, 72, 'F', 1);
	assert_refused(PATTERN, 0, 2, 'C', 1);
	assert_refused(PATTERN, 0, 2, '.', 1);
	assert_refused(ALIAS, 0, 2, '@', 1);
	assert_refused(ALIAS, 0, 2, 'I', 1);
	assert_refused(DOMAIN, 0, 2, 'E', 1);
	assert_refused(DOMAIN, 0, 2, '_', 1);
	assert_refused(CLIENT_SHELL, 0, 2, 'b', 1);
	assert_refused(SHELL, 0, 2, 'b', 1);
	assert_refused(SHELL, 0, 3, '/', 1);
	assert_refused(GROUP, 0, 2, 'M', 1);
	assert_refused(REBUILD, 0, 2, 'b', 1);
	assert_refused(REBUILD, 0, 6, ' ', 1);
}

/* One beyond the longest text, and no text where there must be one. */
static void
test_lengths(void **state)
{
	static const struct {
		size_t	codec;
		size_t	max;
		char	first;
	} cases[] = {
		{ SHELL, PATH_LENGTH_MAX, '/' },
		{ GROUP, NAME_LENGTH_MAX, 'g' },
		{ REBUILD, PATH_LENGTH_MAX, '/' },
		{ PATTERN, PATTERN_LENGTH_MAX, 'n' },
		{ ALIAS, PATTERN_LENGTH_MAX, 'a' },
		{ DOMAIN, PATTERN_LENGTH_MAX, 'd' },
		{ CLIENT_SHELL, PATH_LENGTH_MAX, '/' },
		{ COMPLAINT, COMPLAINT_MAX, 'x' }
	};
	static char	 text[COMPLAINT_MAX + 2];
	struct ibuf	*buf;
	size_t		 i, length;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (length = cases[i].max; length <= cases[i].max + 1;
		    length++) {
			longest(text, length + 1, cases[i].first);
			assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
			assert_int_equal(ibuf_add_string(buf, text), 0);
			assert_int_equal(decode(
			    &config_codecs[cases[i].codec], ibuf_data(buf),
			    ibuf_size(buf)), length > cases[i].max ? -1 : 0);
			ibuf_free(buf);
		}
	for (i = SHELL; i < CONFIG_CODECS; i++)
		assert_int_equal(decode(&config_codecs[i], "\xff\xff", 2), -1);
}

/* One beyond the longest text, as it is sent: both ways share the table. */
static void
test_sent_lengths(void **state)
{
	static char	 value[MACRO_VALUE_MAX + 2];
	char		 path[PATH_LENGTH_MAX + 2];
	char		 control[SOCKET_PATH_MAX + 2];
	char		 subject[SUBJECT_LENGTH_MAX + 2];
	struct symbol	 symbol;
	struct config	 config;
	struct accounts	 accounts;
	struct client	 client;
	struct ibuf	*buf;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	LONGEST(path, '/');
	sample_globals(&config, 1);
	config.state = path;
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), ERANGE);
	sample_globals(&config, 1);
	config.libexec = path;
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), ERANGE);
	sample_globals(&config, 1);
	config.control = LONGEST(control, '/');
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), ERANGE);
	sample_accounts(&accounts, 1);
	accounts.root = path;
	ASSERT_NOT_SENT(msg_put_accounts(buf, &accounts), ERANGE);
	accounts.root = "/";
	accounts.origins.file = path;
	ASSERT_NOT_SENT(msg_put_accounts(buf, &accounts), ERANGE);
	sample_globals(&config, 1);
	config.tls.client_ca = path;
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), ERANGE);
	sample_client(&client, 1);
	client.subject = subject_of_length(subject, SUBJECT_LENGTH_MAX + 1);
	ASSERT_NOT_SENT(msg_put_client(buf, &client), ERANGE);
	sample_client(&client, 1);
	client.home = path;
	ASSERT_NOT_SENT(msg_put_client(buf, &client), ERANGE);
	sample_define(&symbol, 2);
	symbol.name--;
	ASSERT_NOT_SENT(msg_put_define(buf, &symbol), ERANGE);
	sample_define(&symbol, 2);
	symbol.value = LONGEST(value, 'v');
	ASSERT_NOT_SENT(msg_put_define(buf, &symbol), ERANGE);
	ibuf_free(buf);
}

/* A second message must not replace what the first has said. */
static void
test_only_once(void **state)
{
	struct config	*config = config_new();
	struct ibuf	*globals, *accounts;
	char		*root;
	int		 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		globals = encode(&config_codecs[GLOBALS], 1);
		accounts = encode(&config_codecs[ACCOUNTS], 1);
		assert_int_equal(msg_get_globals(globals, config), -i);
		root = config->accounts.root;
		assert_int_equal(msg_get_accounts(accounts,
		    &config->accounts), -i);
		assert_true(i == 0 || root == config->accounts.root);
		ibuf_free(globals);
		ibuf_free(accounts);
	}
	config_free(config);
}

static void
assert_rights_survived(const struct client *client,
    const struct client *sample)
{
	assert_string_equal(client->secrets[1], "$6$b");
	assert_string_equal(client->subject, "CN=a");
	assert_int_equal(client->has_local_user, 1);
	assert_null(client->local_user.name);
	assert_int_equal(client->local_user.uid, 33);
	assert_int_equal(client->local_user.gid, 34);
	assert_int_equal(client->has_gid, 1);
	assert_int_equal(client->gid_min, ID_FLOOR);
	assert_int_equal(client->gid_max, ID_MAX);
	assert_int_equal(client->has_domains, 1);
	assert_string_equal(client->home, "/h");
	assert_int_equal(client->no_hash, 1);
	assert_int_equal(client->reads_all, 1);
	assert_int_equal(client->rate, 1);
	assert_int_equal(client->burst, RATE_MAX);
	assert_string_equal(client->origins.file, "\xc3\xa9.conf");
	assert_memory_equal(client->origins.lines, sample->origins.lines,
	    sizeof(sample->origins.lines));
	assert_memory_equal(client->allow_lines, sample->allow_lines,
	    sizeof(sample->allow_lines));
}

static void
test_values_survive(void **state)
{
	struct config	*config = config_new();
	struct listener	*listener;
	struct client	*client, sample;
	struct symbol	*symbol;
	struct ibuf	*buf;

	(void)state;
	buf = encode(&config_codecs[GLOBALS], 0);
	assert_int_equal(msg_get_globals(buf, config), 0);
	ibuf_free(buf);
	assert_string_equal(config->user.name, "_dwserv");
	assert_string_equal(config->control, "/c");
	assert_int_equal(config->limits.child_timeout, 1);
	assert_int_equal(config->limits.login_sessions, 1);
	assert_null(config->tls.certificate);
	buf = encode(&config_codecs[LISTENER], 2);
	assert_int_equal(msg_get_listener(buf, &config->listeners), 0);
	ibuf_free(buf);
	listener = TAILQ_FIRST(&config->listeners);
	assert_int_equal(listener->length, sizeof(struct sockaddr_un));
	assert_int_equal(listener->fd, -1);
	assert_int_equal(listener->gid, (gid_t)-1);
	buf = encode(&config_codecs[LISTENER], 0);
	assert_int_equal(msg_get_listener(buf, &config->listeners), 0);
	ibuf_free(buf);
	listener = TAILQ_NEXT(listener, entry);
	assert_int_equal(listener->length, sizeof(struct sockaddr_in));
	buf = encode(&config_codecs[CLIENT], 1);
	assert_int_equal(msg_get_client(buf, &config->clients), 0);
	ibuf_free(buf);
	client = config_find_client(config, "billing");
	assert_non_null(client);
	sample_client(&sample, 1);
	assert_string_equal(client->secrets[0], sample.secrets[0]);
	assert_int_equal(client->prefix_count, 3);
	assert_memory_equal(client->prefixes, sample.prefixes,
	    sizeof(sample.prefixes));
	assert_int_equal(client->uid_max, ID_MAX);
	assert_int_equal(client->operations, OPERATION_BIT(OPERATIONS) - 1);
	assert_int_equal(client->targets, TARGETS_ALL);
	assert_true(TAILQ_EMPTY(&client->groups));
	assert_rights_survived(client, &sample);
	buf = encode(&config_codecs[DEFINE], 1);
	assert_int_equal(msg_get_define(buf, &config->symbols), 0);
	ibuf_free(buf);
	symbol = symbol_find(&config->symbols, "A_9");
	assert_non_null(symbol);
	assert_string_equal(symbol->value, "x = \"y\"");
	assert_int_equal(symbol->persistent, 1);
	config_free(config);
}

static void
complaint_is(const char *sent, const char *expected, size_t length)
{
	struct ibuf	*buf;
	char		*text;

	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	assert_int_equal(msg_put_complaint(buf, sent), 0);
	assert_int_equal(msg_get_complaint(buf, &text), 0);
	assert_int_equal(strlen(text), length);
	assert_memory_equal(text, expected, length);
	free(text);
	ibuf_free(buf);
}

/* The complaints go to a terminal. */
static void
test_complaints(void **state)
{
	static char	text[COMPLAINT_MAX + 2];

	(void)state;
	complaint_is("a \"\xc3\xa9\"", "a \"\xc3\xa9\"", 6);
	complaint_is("\xe9: \xc3\xa9", "?: ??", 5);
	complaint_is("\x1b[2J~ \x7f\n", "?[2J~ ??", 8);
	complaint_is("\xc2\x9b", "??", 2);
	LONGEST(text, 'x');
	complaint_is(text, text, COMPLAINT_MAX);
}

/* The values that a decoder would refuse. */
static void
test_not_sent(void **state)
{
	struct config	 config;
	struct listener	 listener;
	struct accounts	 accounts;
	struct client	 client;
	struct word	 word = { .text = "" };
	uint32_t	 list;
	struct ibuf	*buf;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	sample_globals(&config, 1);
	config.prefork = 0;
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), EINVAL);
	sample_globals(&config, 1);
	config.state = "s";
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), EINVAL);
	config.state = NULL;
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), EINVAL);
	sample_listener(&listener, 2);
	((struct sockaddr_un *)&listener.address)->sun_path[0] = 'x';
	ASSERT_NOT_SENT(msg_put_listener(buf, &listener), EINVAL);
	memset(&listener.address, 0, sizeof(listener.address));
	ASSERT_NOT_SENT(msg_put_listener(buf, &listener), EAFNOSUPPORT);
	sample_accounts(&accounts, 1);
	accounts.uid_max = ID_FLOOR - 1;
	ASSERT_NOT_SENT(msg_put_accounts(buf, &accounts), EINVAL);
	sample_client(&client, 1);
	client.name = "";
	ASSERT_NOT_SENT(msg_put_client(buf, &client), EINVAL);
	sample_client(&client, 1);
	client.secrets[0] = NULL;	/* there is a second one */
	ASSERT_NOT_SENT(msg_put_client(buf, &client), EINVAL);
	client.secrets[1] = NULL;
	assert_int_equal(msg_put_client(buf, &client), 0);
	client.has_local_user = 0;
	client.local_user.name = "www";
	ASSERT_NOT_SENT(msg_put_client(buf, &client), EINVAL);
	sample_globals(&config, 1);
	config.tls.key = NULL;
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), EINVAL);
	config.tls.key = "/k";
	config.tls.certificate = NULL;
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), EINVAL);
	config.tls.key = NULL;
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), EINVAL);
	config.tls.client_ca = NULL;
	assert_int_equal(msg_put_globals(buf, &config), 0);
	sample_listener(&listener, 2);
	listener.tls = 1;
	ASSERT_NOT_SENT(msg_put_listener(buf, &listener), EINVAL);
	sample_client(&client, 1);
	client.has_uid = 2;
	ASSERT_NOT_SENT(msg_put_client(buf, &client), EINVAL);
	sample_client(&client, 1);
	client.targets = TARGETS_ALL + 1;
	ASSERT_NOT_SENT(msg_put_client(buf, &client), EINVAL);
	sample_globals(&config, 1);
	config.aliases = "/etc/aliases/";
	ASSERT_NOT_SENT(msg_put_globals(buf, &config), EINVAL);
	for (list = 0; list < LISTS; list++)
		if (list != LIST_REBUILD)
			ASSERT_NOT_SENT(msg_put_word(buf, list, &word),
			    EINVAL);
	word.text = "a\tb";
	ASSERT_NOT_SENT(msg_put_word(buf, LIST_REBUILD, &word), EINVAL);
	ibuf_free(buf);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_trailing_byte),
		cmocka_unit_test(test_encoders_without_room),
		cmocka_unit_test(test_random_mutations),
		cmocka_unit_test(test_globals_out_of_range),
		cmocka_unit_test(test_blocks_out_of_range),
		cmocka_unit_test(test_clients_out_of_range),
		cmocka_unit_test(test_words_out_of_range),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_sent_lengths),
		cmocka_unit_test(test_only_once),
		cmocka_unit_test(test_values_survive),
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_not_sent)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
