/*
 * The configuration: what the words mean that stand for requests, for what
 * aliases lead to, and for the program that is run when they have changed.
 */
/* links: @OBJ@/parse.c dwserv/config.c dwserv/config_check.c dwserv/config_default.c dwserv/hashrule.c dwserv/lend.c dwserv/lex.c dwserv/log.c dwserv/name.c dwserv/operation.c dwserv/parser.c dwserv/parser_accounts.c dwserv/parser_claim.c dwserv/parser_client.c dwserv/parser_listen.c dwserv/parser_rights.c dwserv/parser_tls.c dwserv/source.c dwserv/symbol.c dwserv/xmalloc.c */

#include "lex.h"
#include "place.h"

#define HASH	"$y$j9T$sesame$sesame"

static uint32_t
operations_of(const char *noun)
{
	uint32_t	bits;

	assert_int_equal(operation_parse(noun, NULL, &bits), 0);
	return (bits);
}

static void
test_fields_aliases(void **state)
{
	struct config	*config = parse_good(*state, "", NULL);
	struct word	*word;

	assert_null(config->aliases);
	assert_true(TAILQ_EMPTY(&config->rebuild));
	config_free(config);
	config = parse_good(*state, "aliases /a\n", NULL);
	assert_string_equal(config->aliases, "/a");
	assert_true(TAILQ_EMPTY(&config->rebuild));
	config_free(config);
	config = parse_good(*state, "aliases /a rebuild { /b -c }\n", NULL);
	assert_int_equal(words_count(&config->rebuild), 2);
	word = TAILQ_FIRST(&config->rebuild);
	assert_string_equal(word->text, "/b");
	assert_string_equal(TAILQ_NEXT(word, entry)->text, "-c");
	config_free(config);
}

static void
test_fields_targets(void **state)
{
	static const struct {
		const char	*text;
		uint32_t	 bits;
	} cases[] = {
		{ "command", TARGET_COMMAND },
		{ "file", TARGET_FILE },
		{ "include", TARGET_INCLUDE },
		{ "include, command", TARGET_INCLUDE | TARGET_COMMAND },
		{ "file include command", TARGETS_ALL }
	};
	struct config	*config;
	char		 text[512];
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "client a {\n\tsecret \"" HASH
		    "\"\n\tallow { watch }\n\ttargets { %s }\n}\n",
		    cases[i].text);
		config = parse_good(*state, text, NULL);
		assert_int_equal(TAILQ_FIRST(&config->clients)->targets,
		    cases[i].bits);
		config_free(config);
	}
}

static void
test_operations(void **state)
{
	uint32_t	bits, all = OPERATION_BIT(OPERATIONS) - 1;

	(void)state;
	assert_string_equal(operation_name(OPERATION_WATCH), "watch");
	assert_int_equal(operations_of("watch"),
	    OPERATION_BIT(OPERATION_WATCH));
	assert_int_equal(operations_of("account") | operations_of("group") |
	    operations_of("alias") | operations_of("watch"), all);
	assert_int_equal(operation_parse("watch", "watch", &bits), -1);
	assert_int_equal(operation_parse("watch", "", &bits), -1);
	assert_int_equal(operation_parse("group", "lock", &bits), -1);
	assert_int_equal(operation_parse("group", "add", &bits), 0);
	assert_int_equal(bits, OPERATION_BIT(OPERATION_GROUP_ADD));
	assert_string_equal(operation_name(OPERATION_ACCOUNT_CREATE),
	    "account create");
	assert_string_equal(operation_name(OPERATION_ACCOUNT_SHOW),
	    "account show");
	assert_string_equal(operation_name(OPERATION_ACCOUNT_LIST),
	    "account list");
	assert_string_equal(operation_name(OPERATION_ACCOUNT_PASSWORD),
	    "account password");
	assert_string_equal(operation_name(OPERATION_ACCOUNT_DELETE),
	    "account delete");
	assert_int_equal(operations_of("account"),
	    OPERATION_BIT(OPERATION_ACCOUNT_LIST + 1) - 1);
	assert_int_equal(operation_parse("account", "list", &bits), 0);
	assert_int_equal(bits, OPERATION_BIT(OPERATION_ACCOUNT_LIST));
	assert_int_equal(operation_parse("account", "", &bits), -1);
	assert_int_equal(operation_parse("account", "lis", &bits), -1);
	assert_int_equal(operation_parse("account", "lists", &bits), -1);
	assert_int_equal(operation_parse("accoun", NULL, &bits), -1);
	assert_int_equal(operation_parse("account ", NULL, &bits), -1);
	assert_int_equal(operation_parse("account list", NULL, &bits), -1);
	assert_int_equal(operation_parse("", NULL, &bits), -1);
	assert_int_equal(bits, 0);
}

static void
test_targets(void **state)
{
	(void)state;
	assert_int_equal(target_parse("command"), TARGET_COMMAND);
	assert_int_equal(target_parse("file"), TARGET_FILE);
	assert_int_equal(target_parse("include"), TARGET_INCLUDE);
	assert_int_equal(target_parse("includes"), 0);
	assert_int_equal(target_parse(""), 0);
	assert_string_equal(target_name(TARGET_FILE), "file");
	assert_null(target_name(TARGETS_ALL));
}

static void
test_words(void **state)
{
	struct words	words = TAILQ_HEAD_INITIALIZER(words);
	char		text[] = "one";

	(void)state;
	words_add(&words, text);
	text[0] = 'O';
	words_add(&words, "two");
	assert_string_equal(TAILQ_FIRST(&words)->text, "one");
	assert_true(words_contain(&words, "two"));
	assert_int_equal(words_count(&words), 2);
	assert_false(words_contain(&words, "tw"));
	assert_false(words_contain(&words, "One"));
	words_free(&words);
	assert_true(TAILQ_EMPTY(&words));
	assert_false(words_contain(&words, "one"));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_fields_aliases),
		TEST(test_fields_targets),
		TEST(test_operations),
		TEST(test_targets),
		TEST(test_words)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
