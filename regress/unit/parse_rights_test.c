/*
 * The configuration: what clients are known by and what they may do, seen by
 * other eyes than those that print it, and on which lines that was said.
 */
/* links: @OBJ@/parse.c dwserv/config.c dwserv/config_check.c dwserv/config_default.c dwserv/hashrule.c dwserv/lend.c dwserv/lex.c dwserv/log.c dwserv/name.c dwserv/operation.c dwserv/parser.c dwserv/parser_accounts.c dwserv/parser_claim.c dwserv/parser_client.c dwserv/parser_listen.c dwserv/parser_rights.c dwserv/parser_tls.c dwserv/source.c dwserv/symbol.c dwserv/xmalloc.c */

#include <netinet/in.h>

#include "place.h"

#define HEX32	"0123456789abcdef0123456789abcdef"
#define UPPER32	"0123456789ABCDEF0123456789ABCDEF"

static void
assert_words(const struct words *words, const char *const *expected)
{
	const struct word	*word;

	TAILQ_FOREACH(word, words, entry) {
		assert_non_null(*expected);
		assert_string_equal(word->text, *expected++);
	}
	assert_null(*expected);
}
#define ASSERT_WORDS(words, ...) \
	assert_words(words, (const char *const []){ __VA_ARGS__, NULL })

/* One client of whom all is said, and one of whom little is. */
static const char	 rights[] =
	"accounts {\n"					/* 1 */
	"\taccept { sha512 }\n"
	"\thome /h mode 0711\n"
	"\tuid 20000 \\\n"
	"\t    to 39999\n"				/* 5 */
	"\tshells { /a,\n"
	"\t    /b }\n"
	"}\n"
	"tls \\\n"
	"    certificate /c key /k client ca /a\n"	/* 10 */
	"client \"one\" {\n"
	"\tsecret \"$6$old\"\n"
	"\tsecret \"$6$new\"\n"
	"\tcertificate { \"SHA256:" HEX32 UPPER32 "\" }\n"
	"\tsubject \"CN=a b\"\n"			/* 15 */
	"\tlocal user 33:44\n"
	"\tallow {\n"
	"\t\taccount show, account list\n"
	"\t\tgroup\n"
	"\t\taccount, \\\n"				/* 20 */
	"\t\talias set\n"
	"\t}\n"
	"\tuid 20000 to 29999\n"
	"\tgid 30000 \\\n"
	"\t    to 39999\n"				/* 25 */
	"\tnames {\n"
	"\t\t\"c??\" }\n"
	"\taliases { Info, b* }\n"
	"\tdomains { Example.ORG }\n"
	"\tgroups { ftp }\n"				/* 30 */
	"\tshells { /b }\n"
	"\thome /h/one\n"
	"\thash no\n"
	"\ttargets { file }\n"
	"\trate 5 burst 9\n"				/* 35 */
	"\tread all\n"
	"}\n"
	"client \"two\" { local user www-data\n"
	"\tallow { account } }\n";

static void
test_credentials(void **state)
{
	struct config	*config = parse_good(*state, rights, NULL);
	struct client	*client = config_find_client(config, "one");

	assert_string_equal(client->secrets[0], "$6$old");
	assert_string_equal(client->secrets[1], "$6$new");
	ASSERT_WORDS(&client->certificates, "SHA256:" HEX32 HEX32);
	assert_string_equal(client->subject, "CN=a b");
	assert_int_equal(client->has_local_user, 1);
	assert_null(client->local_user.name);
	assert_int_equal(client->local_user.uid, 33);
	assert_int_equal(client->local_user.gid, 44);
	client = config_find_client(config, "two");
	assert_null(client->secrets[0]);
	assert_true(TAILQ_EMPTY(&client->certificates));
	assert_null(client->subject);
	assert_string_equal(client->local_user.name, "www-data");
	config_free(config);
}

static void
test_rights(void **state)
{
	struct config	*config = parse_good(*state, rights, NULL);
	struct client	*client = config_find_client(config, "one");

	assert_int_equal(client->uid_min, 20000);
	assert_int_equal(client->uid_max, 29999);
	assert_int_equal(client->has_gid, 1);
	assert_int_equal(client->gid_min, 30000);
	assert_int_equal(client->gid_max, 39999);
	ASSERT_WORDS(&client->names, "c??");
	ASSERT_WORDS(&client->aliases, "info", "b*");
	assert_int_equal(client->has_domains, 1);
	ASSERT_WORDS(&client->domains, "example.org");
	ASSERT_WORDS(&client->groups, "ftp");
	ASSERT_WORDS(&client->shells, "/b");
	assert_string_equal(client->home, "/h/one");
	assert_int_equal(client->no_hash, 1);
	assert_int_equal(client->targets, TARGET_FILE);
	assert_int_equal(client->rate, 5);
	assert_int_equal(client->burst, 9);
	assert_int_equal(client->reads_all, 1);
	config_free(config);
}

/* What is not said restricts nothing but what is read. */
static void
test_no_rights(void **state)
{
	struct config	*config = parse_good(*state, rights, NULL);
	struct client	*client = config_find_client(config, "two");

	assert_int_equal(client->has_uid, 0);
	assert_int_equal(client->has_gid, 0);
	assert_int_equal(client->has_domains, 0);
	assert_true(TAILQ_EMPTY(&client->names));
	assert_true(TAILQ_EMPTY(&client->aliases));
	assert_true(TAILQ_EMPTY(&client->domains));
	assert_true(TAILQ_EMPTY(&client->shells));
	assert_null(client->home);
	assert_int_equal(client->no_hash, 0);
	assert_int_equal(client->rate, 0);
	assert_int_equal(client->burst, 0);
	assert_int_equal(client->reads_all, 0);
	config_free(config);
}

static void
assert_lines(const struct origins *origins, const uint32_t *lines)
{
	unsigned int	i;

	for (i = 0; i < CLAUSES; i++)
		if (origins->lines[i] != lines[i])
			fail_msg("clause %u is on line %u, not on %u", i,
			    lines[i], origins->lines[i]);
}

/* Each statement is on its first line; what was not said is on none. */
static void
test_lines(void **state)
{
	static const uint32_t	 accounts[CLAUSES] = {
		[CLAUSE_HASH] = 2, [CLAUSE_HOME] = 3, [CLAUSE_UID] = 4,
		[CLAUSE_SHELLS] = 6
	};
	static const uint32_t	 one[CLAUSES] = {
		[CLAUSE_CLIENT] = 11, [CLAUSE_ALLOW] = 17, [CLAUSE_UID] = 23,
		[CLAUSE_GID] = 24, [CLAUSE_NAMES] = 26, [CLAUSE_ALIASES] = 28,
		[CLAUSE_DOMAINS] = 29, [CLAUSE_GROUPS] = 30,
		[CLAUSE_SHELLS] = 31, [CLAUSE_HOME] = 32, [CLAUSE_HASH] = 33,
		[CLAUSE_TARGETS] = 34, [CLAUSE_RATE] = 35, [CLAUSE_READ] = 36
	};
	static const uint32_t	 two[CLAUSES] = {
		[CLAUSE_CLIENT] = 38, [CLAUSE_ALLOW] = 39
	};
	struct config		*config = parse_good(*state, rights, NULL);

	assert_lines(&config->accounts.origins, accounts);
	assert_lines(&config_find_client(config, "one")->origins, one);
	assert_lines(&config_find_client(config, "two")->origins, two);
	assert_int_equal(config->tls.line, 9);
	config_free(config);
}

/* A request is on the line of the word that allows it, first. */
static void
test_allow_lines(void **state)
{
	struct config	*config = parse_good(*state, rights, NULL);
	struct client	*client = config_find_client(config, "one");
	const uint32_t	*lines = client->allow_lines;

	assert_int_equal(lines[OPERATION_ACCOUNT_SHOW], 18);
	assert_int_equal(lines[OPERATION_ACCOUNT_LIST], 18);
	assert_int_equal(lines[OPERATION_ACCOUNT_CREATE], 20);
	assert_int_equal(lines[OPERATION_GROUP_CREATE], 19);
	assert_int_equal(lines[OPERATION_GROUP_LIST], 19);
	assert_int_equal(lines[OPERATION_ALIAS_SET], 21);
	assert_int_equal(lines[OPERATION_ALIAS_ADD], 0);
	assert_int_equal(lines[OPERATION_WATCH], 0);
	config_free(config);
}

static void
assert_ends(const char *text, const char *end)
{
	assert_true(strlen(text) >= strlen(end));
	assert_string_equal(text + strlen(text) - strlen(end), end);
}

/* Of a block in an included file, the file and its lines. */
static void
test_files(void **state)
{
	struct files	*place = *state;
	struct config	*config;
	struct client	*client;

	place_write_text(place, "i.inc", 0600, "\n\nclient \"two\" {\n"
	    "\tlocal user 2\n\tallow { account }\n}\n");
	config = parse_good(place, "client \"one\" {\n\tlocal user 1\n"
	    "\tallow { account }\n}\ninclude \"i.inc\"\n"
	    "client \"three\" {\n\tlocal user 3\n\tallow { account }\n}\n"
	    "accounts {\n}\ntls certificate /c key /k\n", NULL);
	client = config_find_client(config, "two");
	assert_ends(client->origins.file, "/i.inc");
	assert_int_equal(client->origins.lines[CLAUSE_CLIENT], 3);
	assert_int_equal(client->origins.lines[CLAUSE_ALLOW], 5);
	assert_int_equal(client->allow_lines[OPERATION_ACCOUNT_SHOW], 5);
	client = config_find_client(config, "three");
	assert_int_equal(client->origins.lines[CLAUSE_CLIENT], 6);
	assert_string_equal(client->origins.file,
	    config_find_client(config, "one")->origins.file);
	assert_string_equal(client->origins.file,
	    config->accounts.origins.file);
	assert_string_equal(client->origins.file, config->tls.file);
	config_free(config);
}

/* A file whose name is too long, or may not be shown. */
static void
test_file_names(void **state)
{
	struct files	*place = *state;
	struct client	*client;
	struct config	*config;
	char		 name[PATH_LENGTH_MAX], text[600];

	memset(name, 'n', sizeof(name));
	name[0] = '\x1b';
	name[sizeof(name) - 2] = '\xe9';
	name[sizeof(name) - 1] = '\0';
	place_write_text(place, name, 0600, "client \"a\" {\n"
	    "\tlocal user 1\n\tallow { account }\n}\n");
	config = config_parse(place_path(place, name), NULL, lend_file,
	    NULL, NULL);
	assert_non_null(config);
	client = config_find_client(config, "a");
	assert_int_equal(strlen(client->origins.file), PATH_LENGTH_MAX);
	snprintf(text, sizeof(text), "/%s", name);
	text[1] = '?';
	text[sizeof(name) - 1] = '?';
	assert_ends(client->origins.file, text);
	config_free(config);
}

static void
test_globals(void **state)
{
	struct config	*config = parse_good(*state, "tls certificate /c "
			    "key /k client ca /a\nlimit login sessions 7\n"
			    "limit source login sessions 8\n"
			    "sandbox best effort\n", NULL);

	assert_string_equal(config->tls.certificate, "/c");
	assert_string_equal(config->tls.key, "/k");
	assert_string_equal(config->tls.client_ca, "/a");
	assert_int_equal(config->limits.login_sessions, 7);
	assert_int_equal(config->limits.source_login_sessions, 8);
	assert_int_equal(config->sandbox_best_effort, 1);
	config_free(config);
	config = parse_good(*state, "sandbox strict\n", NULL);
	assert_null(config->tls.certificate);
	assert_int_equal(config->limits.login_sessions, 256);
	assert_int_equal(config->limits.source_login_sessions, 16);
	assert_int_equal(config->sandbox_best_effort, 0);
	config_free(config);
}

static void
test_listeners(void **state)
{
	struct config	*config = parse_good(*state, "tls certificate /c "
			    "key /k\nlisten on 127.0.0.1 tls\n"
			    "listen on ::1 port 1 tls\nlisten on ::1\n", NULL);
	struct listener	*listener = TAILQ_FIRST(&config->listeners);

	assert_int_equal(listener->tls, 1);
	assert_int_equal(((struct sockaddr_in *)&listener->address)->sin_port,
	    htons(5001));
	listener = TAILQ_NEXT(listener, entry);
	assert_int_equal(listener->tls, 1);
	assert_int_equal(((struct sockaddr_in6 *)
	    &listener->address)->sin6_port, htons(1));
	listener = TAILQ_NEXT(listener, entry);
	assert_int_equal(listener->tls, 0);
	assert_int_equal(((struct sockaddr_in6 *)
	    &listener->address)->sin6_port, htons(5000));
	config_free(config);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_credentials),
		TEST(test_rights),
		TEST(test_no_rights),
		TEST(test_lines),
		TEST(test_allow_lines),
		TEST(test_files),
		TEST(test_file_names),
		TEST(test_globals),
		TEST(test_listeners)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
