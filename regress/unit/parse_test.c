/*
 * The configuration, what files with cases cannot show: the fields of what
 * was parsed, the modes, owners and sizes of files, and macros of the command
 * line.
 */
/* links: @OBJ@/parse.c dwserv/config.c dwserv/config_check.c dwserv/config_default.c dwserv/hashrule.c dwserv/lend.c dwserv/lex.c dwserv/log.c dwserv/name.c dwserv/operation.c dwserv/parser.c dwserv/parser_accounts.c dwserv/parser_claim.c dwserv/parser_client.c dwserv/parser_listen.c dwserv/parser_rights.c dwserv/parser_tls.c dwserv/source.c dwserv/symbol.c dwserv/xmalloc.c */

#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "lex.h"
#include "place.h"

#define HASH	"$y$j9T$sesame$sesame"
#define CLIENT	"client \"a\" {\n\tsecret \"" HASH "\"\n" \
		"\tallow { account }\n}\n"

static void
assert_complaints(struct files *place, const char *name,
    const char *expected)
{
	struct config	*config;
	char		*complaints;

	config = place_parse(place, name, NULL, &complaints);
	assert_string_equal(complaints, expected);
	assert_null(config);
	free(complaints);
}

/* What the fields are, seen by other eyes than those that print them. */

static void
test_fields(void **state)
{
	struct config	*config;

	config = parse_good(*state, "prefork 5\nuser 61001\n"
	    "auth user 61002:61003\ncontrol /c\nstate /s\nlibexec /l\n"
	    "greeting daytime\nlimit worker sessions 11\n"
	    "limit source sessions 12\nlimit auth failures 13\n"
	    "timeout login 14\ntimeout idle 15\ntimeout lock 16\n"
	    "timeout child 17\n", NULL);
	assert_int_equal(config->prefork, 5);
	assert_null(config->user.name);
	assert_int_equal(config->user.uid, 61001);
	assert_int_equal(config->user.gid, 61001);
	assert_null(config->auth_user.name);
	assert_int_equal(config->auth_user.uid, 61002);
	assert_int_equal(config->auth_user.gid, 61003);
	assert_string_equal(config->control, "/c");
	assert_string_equal(config->state, "/s");
	assert_string_equal(config->libexec, "/l");
	assert_int_equal(config->daytime, 1);
	assert_int_equal(config->limits.worker_sessions, 11);
	assert_int_equal(config->limits.source_sessions, 12);
	assert_int_equal(config->limits.auth_failures, 13);
	assert_int_equal(config->limits.login_timeout, 14);
	assert_int_equal(config->limits.idle_timeout, 15);
	assert_int_equal(config->limits.lock_timeout, 16);
	assert_int_equal(config->limits.child_timeout, 17);
	config_free(config);
}

static void
test_fields_accounts(void **state)
{
	struct accounts	*accounts;
	struct config	*config;

	config = parse_good(*state, "accounts {\n\troot /r\n"
	    "\thome /h mode 0711\n\tskel /k\n\tuid 2000 to 3000 reuse\n"
	    "\tshells { /a /b }\n\thash bcrypt cost 9\n"
	    "\taccept { sha512 cost 7000 yescrypt }\n}\n", NULL);
	accounts = &config->accounts;
	assert_string_equal(accounts->root, "/r");
	assert_string_equal(accounts->home, "/h");
	assert_int_equal(accounts->has_home_mode, 1);
	assert_int_equal(accounts->home_mode, 0711);
	assert_string_equal(accounts->skel, "/k");
	assert_int_equal(accounts->uid_min, 2000);
	assert_int_equal(accounts->uid_max, 3000);
	assert_int_equal(accounts->reuse, 1);
	assert_string_equal(TAILQ_FIRST(&accounts->shells)->text, "/a");
	assert_true(words_contain(&accounts->shells, "/b"));
	assert_false(words_contain(&accounts->shells, "/bin/sh"));
	assert_int_equal(accounts->hash_from_login_defs, 0);
	assert_int_equal(accounts->hash.method, HASH_BCRYPT);
	assert_int_equal(accounts->hash.cost, 9);
	assert_int_equal(accounts->hash.accept[HASH_YESCRYPT], 7);
	assert_int_equal(accounts->hash.accept[HASH_SHA512], 7000);
	assert_int_equal(accounts->hash.accept[HASH_BCRYPT], 0);
	config_free(config);
}

static void
assert_prefix(const struct prefix *prefix, const char *address,
    unsigned int length)
{
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)&prefix->address;
	struct sockaddr_in	*in = (struct sockaddr_in *)&prefix->address;
	char			 text[INET6_ADDRSTRLEN];

	assert_int_equal(prefix->local, 0);
	assert_int_equal(prefix->length, length);
	assert_int_equal(prefix->address.ss_family,
	    strchr(address, ':') != NULL ? AF_INET6 : AF_INET);
	if (prefix->address.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	assert_string_equal(text, address);
}

static void
test_fields_client(void **state)
{
	struct config	*config;
	struct client	*client;

	config = parse_good(*state, CLIENT "client \"b\" {\n\tsecret \""
	    HASH "b\"\n\tfrom { 192.0.2.0/25 2001:db8::/33 ::1 local }\n"
	    "\tallow { account create, account delete }\n"
	    "\tuid 20000 to 30000\n\tgroups { mail ftp }\n}\n", NULL);
	client = config_find_client(config, "a");
	assert_non_null(client);
	assert_string_equal(client->secrets[0], HASH);
	assert_int_equal(client->prefix_count, 0);
	assert_int_equal(client->operations,
	    OPERATION_BIT(OPERATION_ACCOUNT_LIST + 1) - 1);
	assert_int_equal(client->targets, 0);
	assert_int_equal(client->has_uid, 0);
	assert_true(TAILQ_EMPTY(&client->groups));
	client = config_find_client(config, "b");
	assert_non_null(client);
	assert_string_equal(client->secrets[0], HASH "b");
	assert_int_equal(client->prefix_count, 4);
	assert_prefix(&client->prefixes[0], "192.0.2.0", 25);
	assert_prefix(&client->prefixes[1], "2001:db8::", 33);
	assert_prefix(&client->prefixes[2], "::1", 128);
	assert_int_equal(client->prefixes[3].local, 1);
	assert_int_equal(client->operations,
	    OPERATION_BIT(OPERATION_ACCOUNT_CREATE) |
	    OPERATION_BIT(OPERATION_ACCOUNT_DELETE));
	assert_int_equal(client->has_uid, 1);
	assert_int_equal(client->uid_min, 20000);
	assert_int_equal(client->uid_max, 30000);
	assert_true(words_contain(&client->groups, "mail"));
	assert_null(config_find_client(config, "c"));
	config_free(config);
}

static void
test_fields_listeners(void **state)
{
	struct config		*config;
	struct listener		*listener;
	struct sockaddr_in6	*in6;
	struct sockaddr_un	*un;
	char			 text[128];

	config = parse_good(*state, "listen on ::1 port 258\n"
	    "listen on socket /s group www-data\n"
	    "listen on socket /t mode 0620 group 7\n"
	    "listen on socket /u\n", NULL);
	listener = TAILQ_FIRST(&config->listeners);
	in6 = (struct sockaddr_in6 *)&listener->address;
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(in6->sin6_port, htons(258));
	assert_memory_equal(&in6->sin6_addr, &in6addr_loopback, 16);
	assert_int_equal(listener->length, sizeof(*in6));
	assert_int_equal(listener->fd, -1);
	assert_string_equal(listener_format(listener, text, sizeof(text)),
	    "::1 port 258");
	listener = TAILQ_NEXT(listener, entry);
	un = (struct sockaddr_un *)&listener->address;
	assert_int_equal(un->sun_family, AF_UNIX);
	assert_string_equal(un->sun_path, "/s");
	assert_int_equal(listener->length, sizeof(*un));
	assert_int_equal(listener->mode, 0600);
	assert_string_equal(listener->group, "www-data");
	assert_string_equal(listener_format(listener, text, sizeof(text)),
	    "socket \"/s\"");
	listener = TAILQ_NEXT(listener, entry);
	assert_int_equal(listener->mode, 0620);
	assert_null(listener->group);
	assert_int_equal(listener->gid, 7);
	listener = TAILQ_NEXT(listener, entry);
	assert_null(listener->group);
	assert_int_equal(listener->gid, (gid_t)-1);
	assert_null(TAILQ_NEXT(listener, entry));
	config_free(config);
}

static void
test_default_listener(void **state)
{
	struct config		*config = parse_good(*state, "", NULL);
	struct listener		*listener = TAILQ_FIRST(&config->listeners);
	struct sockaddr_in	*in = (struct sockaddr_in *)&listener->address;

	assert_int_equal(in->sin_family, AF_INET);
	assert_int_equal(in->sin_port, htons(5000));
	assert_int_equal(in->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(listener->length, sizeof(*in));
	assert_null(TAILQ_NEXT(listener, entry));
	config_free(config);
}

static void
test_prefixes_are_bounded(void **state)
{
	struct files	*place = *state;
	struct config	*config;
	char		*text = NULL, *complaints;
	size_t		 size;
	FILE		*stream;
	int		 i, j;

	for (i = CLIENT_PREFIXES_MAX; i <= CLIENT_PREFIXES_MAX + 1; i++) {
		stream = open_memstream(&text, &size);
		fprintf(stream, "client a {\n\tsecret \"" HASH "\"\n"
		    "\tallow { account }\n\tfrom {");
		for (j = 0; j < i; j++)
			fprintf(stream, " 192.0.2.%d", j);
		fprintf(stream, " }\n}\n");
		fclose(stream);
		place_write_text(place, "p.conf", 0600, text);
		config = place_parse(place, "p.conf", NULL, &complaints);
		if (i == CLIENT_PREFIXES_MAX)
			assert_non_null(config);
		else
			assert_string_equal(complaints, "p.conf:4: client "
			    "\"a\" has more than 64 prefixes\n");
		config_free(config);
		free(complaints);
		free(text);
	}
}

/* Who may have written a file, and who may read it. */

static void
test_file_modes(void **state)
{
	static const mode_t	 writable[] = { 0620, 0602, 0622, 0777, 0664 };
	struct files		*place = *state;
	struct config		*config;
	char			*complaints;
	size_t			 i;

	for (i = 0; i < sizeof(writable) / sizeof(writable[0]); i++) {
		place_write_text(place, "w.conf", writable[i], "prefork 1\n");
		assert_complaints(place, "w.conf", "w.conf: writable by group "
		    "or others; chmod 0600\n");
	}
	place_write_text(place, "r.conf", 0644, "prefork 1\n");
	config = place_parse(place, "r.conf", NULL, &complaints);
	assert_string_equal(complaints, "");
	assert_non_null(config);
	config_free(config);
	free(complaints);
}

static void
test_file_secrecy(void **state)
{
	static const mode_t	 modes[] = { 0644, 0640, 0604, 0610, 0601 };
	struct files		*place = *state;
	size_t			 i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		place_write_text(place, "s.conf", modes[i], CLIENT "\n\n"
		    "client \"b\" {\n\tsecret \"" HASH "\"\n"
		    "\tallow { account }\n}\n");
		assert_complaints(place, "s.conf", "s.conf: readable by "
		    "others while it holds secrets; chmod 0600\n");
	}
	config_free(parse_good(place, CLIENT, NULL));
}

static void
test_include_modes(void **state)
{
	static const char	 reproach[] = "i.inc: readable by others "
	    "while it holds secrets; chmod 0600\n";
	struct files		*place = *state;

	place_write_text(place, "i.inc", 0644, "prefork 1\n");
	config_free(parse_good(place, "include \"i.inc\"\n" CLIENT, NULL));
	place_write_text(place, "i.inc", 0666, "prefork 1\n");
	place_write_text(place, "m.conf", 0600, "include \"i.inc\"\n");
	assert_complaints(place, "m.conf", "m.conf:1: include \"i.inc\": "
	    "writable by group or others; chmod 0600\n");
	place_write_text(place, "i.inc", 0644, CLIENT);
	place_write_text(place, "m.conf", 0644, "include \"i.inc\"\n");
	assert_complaints(place, "m.conf", reproach);
	place_write_text(place, "i.inc", 0644, "m = \"" HASH "\"\n");
	place_write_text(place, "m.conf", 0600, "include \"i.inc\"\n"
	    "client a {\n\tsecret $m\n\tallow { account }\n}\n");
	assert_complaints(place, "m.conf", reproach);
	place_write_text(place, "i.inc", 0644, "m = \"\\\"" HASH "\\\"\"\n");
	assert_complaints(place, "m.conf", reproach);
}

static void
test_include_path(void **state)
{
	struct files	*place = *state;
	struct config	*config;
	char		 text[PATH_MAX + 64];

	place_write_text(place, "i.inc", 0600, "prefork 9\n");
	snprintf(text, sizeof(text), "include \"%s/i.inc\"\n",
	    place->directory);
	config = parse_good(place, text, NULL);
	assert_int_equal(config->prefork, 9);
	config_free(config);
}

static void
test_file_owner(void **state)
{
	struct files	*place = *state;

	if (geteuid() != 0)
		skip();
	place_write_text(place, "o.conf", 0600, "prefork 1\n");
	assert_int_equal(chown(place_path(place, "o.conf"), 12345, 0), 0);
	assert_complaints(place, "o.conf",
	    "o.conf: owned by somebody else; chown root\n");
}

static void
test_file_kinds(void **state)
{
	struct files	*place = *state;
	struct config	*config;
	char		*complaints;

	assert_complaints(place, "none.conf",
	    "none.conf: No such file or directory\n");
	assert_int_equal(mkdir(place_path(place, "d"), 0700), 0);
	assert_complaints(place, "d", "d: not a regular file\n");
	assert_int_equal(mkfifo(place_path(place, "fifo"), 0600), 0);
	assert_complaints(place, "fifo", "fifo: not a regular file\n");
	config = config_parse("/dev/null", NULL, lend_file, complaint_note,
	    &(struct complaints){ place, NULL, 0, stdout });
	assert_null(config);
	place_write_text(place, "real.conf", 0600, "prefork 1\n");
	assert_int_equal(symlink("real.conf", place_path(place, "link")), 0);
	config = place_parse(place, "link", NULL, &complaints);
	assert_non_null(config);
	config_free(config);
	free(complaints);
}

static void
test_file_size(void **state)
{
	struct files	*place = *state;
	struct config	*config;
	char		*text = malloc(SOURCE_SIZE_MAX + 1), *complaints;

	assert_non_null(text);
	memset(text, '\n', SOURCE_SIZE_MAX + 1);
	memcpy(text + SOURCE_SIZE_MAX - 10, "prefork 7", 9);
	place_write(place, "l.conf", 0600, text, SOURCE_SIZE_MAX);
	config = place_parse(place, "l.conf", NULL, &complaints);
	assert_non_null(config);
	assert_int_equal(config->prefork, 7);
	config_free(config);
	free(complaints);
	place_write(place, "l.conf", 0600, text, SOURCE_SIZE_MAX + 1);
	assert_complaints(place, "l.conf", "l.conf: larger than 1 MB\n");
	place_write(place, "n.conf", 0600, "prefork 1\n\0\n", 12);
	assert_complaints(place, "n.conf",
	    "n.conf: contains a NUL byte; it should be plain text\n");
	free(text);
}

static void
test_include_depth(void **state)
{
	struct files	*place = *state;
	struct config	*config;
	char		 name[16], text[64], *complaints;
	int		 i;

	for (i = 0; i < SOURCE_DEPTH_MAX; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(text, sizeof(text), "include \"%d\"\n", i + 1);
		place_write_text(place, name, 0600, text);
	}
	place_write_text(place, "8", 0600, "prefork 7\n");
	assert_complaints(place, "0",
	    "7:1: include \"8\": more than 8 files deep\n");
	config = place_parse(place, "1", NULL, &complaints);
	assert_non_null(config);
	assert_int_equal(config->prefork, 7);
	config_free(config);
	free(complaints);
}

/* Macros of the command line. */

static void
test_define(void **state)
{
	static const char *const good[] = { "a=", "a=b", "a==", "A_9=x y",
	    "0=1", "a=\xc3\xa9" };
	static const char *const bad[] = { "", "a", "=", "=b", "a b=c", "a-=b",
	    "\xe9=b", "a=b\nc", "a=\t", "a=\x7f", "a\n=b" };
	struct symbols	 symbols = TAILQ_HEAD_INITIALIZER(symbols);
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(config_define(&symbols, good[i]), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(config_define(&symbols, bad[i]), -1);
	assert_string_equal(symbol_find(&symbols, "a")->value, "\xc3\xa9");
	assert_string_equal(symbol_find(&symbols, "A_9")->value, "x y");
	assert_int_equal(symbol_find(&symbols, "0")->persistent, 1);
	assert_null(symbol_find(&symbols, "b"));
	symbols_free(&symbols);
	assert_true(TAILQ_EMPTY(&symbols));
}

/* The caller's macros are as they were, whatever the file defines. */
static void
test_define_is_kept(void **state)
{
	struct symbols	 symbols = TAILQ_HEAD_INITIALIZER(symbols);
	struct config	*config;

	assert_int_equal(config_define(&symbols, "n=3"), 0);
	config = parse_good(*state, "n = 4\nm = 5\nprefork $n\n", &symbols);
	assert_int_equal(config->prefork, 3);
	assert_string_equal(symbol_find(&config->symbols, "m")->value, "5");
	assert_null(symbol_find(&symbols, "m"));
	config_free(config);
	assert_string_equal(symbol_find(&symbols, "n")->value, "3");
	config = parse_good(*state, "m = $n\nprefork $m\n", &symbols);
	assert_int_equal(config->prefork, 3);
	config_free(config);
	symbols_free(&symbols);
}

static void
test_macro_names(void **state)
{
	struct files	*place = *state;
	struct config	*config;
	char		 name[MACRO_NAME_MAX + 2], text[256];

	memset(name, 'n', sizeof(name));
	name[MACRO_NAME_MAX + 1] = '\0';
	snprintf(text, sizeof(text), "%s = 3\nprefork $%s\n", name + 1,
	    name + 1);
	config = parse_good(place, text, NULL);
	assert_int_equal(config->prefork, 3);
	config_free(config);
	snprintf(text, sizeof(text), "%s = 3\nprefork $%s\n", name + 1, name);
	place_write_text(place, "m.conf", 0600, text);
	snprintf(text, sizeof(text), "m.conf:2: macro \"%s\" is not defined; "
	    "a string with \"$\" in it needs quotes\n", name);
	assert_complaints(place, "m.conf", text);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_fields),
		TEST(test_fields_accounts),
		TEST(test_fields_client),
		TEST(test_fields_listeners),
		TEST(test_default_listener),
		TEST(test_prefixes_are_bounded),
		TEST(test_file_modes),
		TEST(test_file_secrecy),
		TEST(test_include_modes),
		TEST(test_include_path),
		TEST(test_file_owner),
		TEST(test_file_kinds),
		TEST(test_file_size),
		TEST(test_include_depth),
		TEST(test_define),
		TEST(test_define_is_kept),
		TEST(test_macro_names)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
