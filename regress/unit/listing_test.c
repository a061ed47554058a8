/*
 * Tests of dwserv/listing.c and what it lists: order, filters and pages of
 * accounts, groups and aliases, from files as the parent passes them.
 */
/* links: dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/file.c dwserv/ibuf.c dwserv/index.c dwserv/listing.c dwserv/listing_alias.c dwserv/listing_kind.c dwserv/log.c dwserv/name.c dwserv/show.c dwserv/sight.c dwserv/slice.c dwserv/snapshot.c dwserv/states.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c dwserv/pattern.c dwserv/msg.c dwserv/msgpart.c */

#include <sys/mman.h>

#include "watch_session.h"

static const char	passwd_text[] =
    "root:x:0:0:root:/root:/bin/sh\n"
    "zoe:x:10003:5000:Zoe Z:/home/zoe:/bin/sh\n"
    "# a comment\n"
    "bob:x:10002:10002::/home/bob:/bin/sh\n"
    "bo:$6$a$b:10004:5000::/home/bo:/bin/sh\n"
    "Al:x:10999:10002::/home/al:/bin/sh\n"
    "old:x:11000:5000::/home/old:/bin/sh\n"
    "young:x:9999:5000::/home/young:/bin/sh\n"
    "bob-2:x:10000:10002::/home/bob-2:/bin/sh\n"
    "+::::::\n";
static const char	group_text[] =
    "root:x:0:\n"
    "mail:x:8:zoe,bob,nobody\n"
    "adm:x:4:bob\n"
    "web:x:10005:bob\n"
    "mail:x:8:bo\n"
    "bob:x:10002:\n"
    "staff:x:5000:Al\n"
    "mail:x:9:old\n"
    "ftp:x:900:\n";
static const char	aliases_text[] =
    "# of the house\n"
    "Postmaster: alice,\n"
    "\tbob\n"
    "abuse: POSTMASTER\n"
    "team: abuse, \"|/bin/a,b\\\\c\", carol@example.net\n"
    "ring: gnir\n"
    "gnir: ring, bob\n"
    "\"od d\": /var/log/odd\n"
    "zoo: dora\n";

struct place_fake {
	struct worker	 worker;
	struct session	 session;
	struct ibuf	*out;
};

/* Not tested here. */
void
watching_begin(struct session *session, const struct query *query)
{
	(void)session;
	(void)query;
	fail();
}

static void
put_bytes(struct worker *worker, enum table_kind kind, const char *text,
    size_t size)
{
	int	fd = memfd_create("table", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, size), (ssize_t)size);
	snapshot_replace(worker, kind, fd);
}

static void
put_text(struct worker *worker, enum table_kind kind, const char *text)
{
	put_bytes(worker, kind, text, strlen(text));
}

static int
fake_make(void **state)
{
	struct place_fake	*fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	session_make(&fake->session, &fake->worker);
	fake->out = text_new();
	put_text(&fake->worker, TABLE_PASSWD, passwd_text);
	put_text(&fake->worker, TABLE_GROUP, group_text);
	put_text(&fake->worker, TABLE_ALIASES, aliases_text);
	*state = fake;
	return (0);
}

static int
fake_remove(void **state)
{
	struct place_fake	*fake = *state;
	enum table_kind		 kind;

	listing_end(&fake->session);
	for (kind = 0; kind < TABLES; kind++)
		if (fake->worker.snapshots[kind] != NULL)
			assert_int_equal(fake->worker.snapshots[kind]->
			    references, 1);
	for (kind = 0; kind < TABLES; kind++)
		snapshot_release(fake->worker.snapshots[kind]);
	states_free(fake->worker.states);
	ibuf_free(fake->out);
	free(fake);
	return (0);
}

static struct query
query_of(enum operation operation)
{
	struct query	query = { .operation = operation,
			    .max = UINT32_MAX, .limit = UINT64_MAX };

	return (query);
}

/* The whole answer to a query. */
static char *
answer(struct place_fake *fake, const struct query *query)
{
	char	*text;

	read_answer(&fake->session, query, fake->out);
	if (fake->session.listing != NULL) {
		assert_int_equal(listing_continue(&fake->session, fake->out),
		    1);
		listing_end(&fake->session);
	}
	text = strndup(ibuf_data(fake->out), ibuf_size(fake->out));
	assert_non_null(text);
	ibuf_skip(fake->out, ibuf_size(fake->out));
	return (text);
}

static void
assert_answer(struct place_fake *fake, const struct query *query,
    const char *expected)
{
	char	*text = answer(fake, query);

	assert_string_equal(text, expected);
	free(text);
}

/* The second words of all lines, without their keys. */
static void
assert_names(struct place_fake *fake, const struct query *query,
    const char *expected)
{
	char		*text = answer(fake, query), *at = text, *value;
	char		 names[512] = "";
	unsigned int	 count = 0;
	char		 end[64];

	for (; strncmp(at, "250-", 4) == 0; at = strchr(at, '\n') + 1) {
		value = strchr(at, '=') + 1;
		if (count++ > 0)
			strlcat(names, " ", sizeof(names));
		value[strcspn(value, " ")] = '\0';
		strlcat(names, value, sizeof(names));
		at = value + strlen(value) + 1;
	}
	assert_string_equal(names, expected);
	snprintf(end, sizeof(end), "250 listed count=%u\r\n", count);
	assert_string_equal(at, end);
	free(text);
}

static void
assert_list(void **state, enum operation operation, const char *prefix,
    const char *after, uint64_t limit, const char *expected)
{
	struct query	query = query_of(operation);

	strlcpy(query.prefix, prefix, sizeof(query.prefix));
	strlcpy(query.after, after, sizeof(query.after));
	query.limit = limit;
	assert_names(*state, &query, expected);
}

#define ACCOUNTS(prefix, after, limit, expected)			\
	assert_list(state, OPERATION_ACCOUNT_LIST, prefix, after, limit,\
	    expected)
#define ALL	UINT64_MAX

static void
test_account_pages(void **state)
{
	ACCOUNTS("", "", ALL, "Al bo bob bob-2 zoe");
	ACCOUNTS("", "", 2, "Al bo");
	ACCOUNTS("", "", 0, "");
	ACCOUNTS("", "bo", 2, "bob bob-2");
	ACCOUNTS("", "bob-2", 2, "zoe");
	ACCOUNTS("", "boa", ALL, "bob bob-2 zoe");
	ACCOUNTS("", "zoe", ALL, "");
	ACCOUNTS("", "zz", ALL, "");
	ACCOUNTS("", "A", ALL, "Al bo bob bob-2 zoe");
	ACCOUNTS("bo", "", ALL, "bo bob bob-2");
	ACCOUNTS("bob", "", ALL, "bob bob-2");
	ACCOUNTS("BO", "", ALL, "");
	ACCOUNTS("bo", "bob", ALL, "bob-2");
	ACCOUNTS("bo", "Al", 1, "bo");
	ACCOUNTS("bo", "z", ALL, "");
	ACCOUNTS("bob-23", "", ALL, "");
	/* What cannot be seen does not count. */
	ACCOUNTS("o", "", ALL, "");
	ACCOUNTS("", "bob-2", 1, "zoe");
}

static void
test_account_filters(void **state)
{
	struct query	query = query_of(OPERATION_ACCOUNT_LIST);

	query.min = 10002;
	query.max = 10003;
	assert_names(*state, &query, "bob zoe");
	query = query_of(OPERATION_ACCOUNT_LIST);
	query.max = 0;
	assert_names(*state, &query, "");
	query = query_of(OPERATION_ACCOUNT_LIST);
	strlcpy(query.group, "mail", sizeof(query.group));
	assert_names(*state, &query, "bo bob zoe");
	strlcpy(query.group, "staff", sizeof(query.group));
	assert_names(*state, &query, "Al bo zoe");
	strlcpy(query.group, "bob", sizeof(query.group));
	assert_names(*state, &query, "Al bob bob-2");
	strlcpy(query.group, "ftp", sizeof(query.group));
	assert_names(*state, &query, "");
	strlcpy(query.group, "none", sizeof(query.group));
	assert_names(*state, &query, "");
}

static void
test_account_states(void **state)
{
	struct place_fake	*fake = *state;
	struct query		 query = query_of(OPERATION_ACCOUNT_LIST);
	const char		 told[] = "bob:active:\nzoe:active:1\n"
				    "Al:suspended:1\nbob-2:locked:\n";

	query.state = STATE_NO_PASSWORD;
	assert_names(fake, &query, "Al bob bob-2 zoe");
	fake->worker.states = states_new(-1);
	states_learn(fake->worker.states, told, strlen(told));
	assert_names(fake, &query, "");
	query.state = STATE_ACTIVE;
	assert_names(fake, &query, "bo bob");
	query.state = STATE_EXPIRED;
	assert_names(fake, &query, "zoe");
	query.state = STATE_SUSPENDED;
	assert_names(fake, &query, "Al");
	query.state = STATE_LOCKED;
	assert_names(fake, &query, "bob-2");
}

static void
assert_show(struct place_fake *fake, enum operation operation,
    const char *name, const char *expected)
{
	struct query	query = query_of(operation);

	strlcpy(query.name, name, sizeof(query.name));
	assert_answer(fake, &query, expected);
}

static void
test_account_show(void **state)
{
	assert_show(*state, OPERATION_ACCOUNT_SHOW, "zoe", "250 account "
	    "login=zoe uid=10003 gid=5000 group=staff groups=mail "
	    "gecos=\"Zoe Z\" home=/home/zoe shell=/bin/sh "
	    "state=no-password\r\n");
	assert_show(*state, OPERATION_ACCOUNT_SHOW, "bob", "250 account "
	    "login=bob uid=10002 gid=10002 group=bob groups=mail,adm,web "
	    "gecos=\"\" home=/home/bob shell=/bin/sh state=no-password\r\n");
	assert_show(*state, OPERATION_ACCOUNT_SHOW, "old",
	    "550 not-found account old\r\n");
	assert_show(*state, OPERATION_ACCOUNT_SHOW, "no",
	    "550 not-found account no\r\n");
}

static void
test_group_list(void **state)
{
	struct place_fake	*fake = *state;
	struct query		 query = query_of(OPERATION_GROUP_LIST);

	/* mail is there under two gids; it is named, so both are seen. */
	assert_names(fake, &query, "bob ftp mail mail web");
	fake->session.rights.groups = NULL;
	assert_names(fake, &query, "bob web");
	fake->session.rights.groups = (char *)(uintptr_t)"mail";
	query.min = 8;
	query.max = 8;
	assert_answer(fake, &query, "250-group name=mail gid=8 "
	    "members=zoe,bob,nobody,bo\r\n250 listed count=1\r\n");
	query = query_of(OPERATION_GROUP_LIST);
	strlcpy(query.login, "bob", sizeof(query.login));
	assert_names(fake, &query, "bob mail web");
	strlcpy(query.login, "bo", sizeof(query.login));
	assert_answer(fake, &query, "250-group name=mail gid=8 "
	    "members=zoe,bob,nobody,bo\r\n250 listed count=1\r\n");
	strlcpy(query.login, "bob-2", sizeof(query.login));
	assert_names(fake, &query, "bob");
	strlcpy(query.login, "none", sizeof(query.login));
	assert_names(fake, &query, "");
	assert_list(state, OPERATION_GROUP_LIST, "", "bob", 2, "mail mail");
	assert_list(state, OPERATION_GROUP_LIST, "w", "bob", 2, "web");
}

static void
test_group_show(void **state)
{
	assert_show(*state, OPERATION_GROUP_SHOW, "web",
	    "250 group name=web gid=10005 members=bob\r\n");
	assert_show(*state, OPERATION_GROUP_SHOW, "ftp",
	    "250 group name=ftp gid=900 members=\"\"\r\n");
	assert_show(*state, OPERATION_GROUP_SHOW, "adm",
	    "550 not-found group adm\r\n");
	assert_show(*state, OPERATION_GROUP_SHOW, "none",
	    "550 not-found group none\r\n");
}

/* All its members, however many. */
static void
test_group_large(void **state)
{
	enum { MEMBERS = 10000 };
	struct place_fake	*fake = *state;
	struct ibuf		*group = text_new();
	struct query		 query = query_of(OPERATION_GROUP_SHOW);
	char			*text, *at;
	int			 i, commas = 0;

	text_print(group, "big:x:10001:");
	for (i = 0; i < MEMBERS; i++)
		text_print(group, "%suser%d", i == 0 ? "" : ",", i);
	text_print(group, "\n");
	put_bytes(&fake->worker, TABLE_GROUP, ibuf_data(group),
	    ibuf_size(group));
	strlcpy(query.name, "big", sizeof(query.name));
	text = answer(fake, &query);
	for (at = text; (at = strchr(at, ',')) != NULL; at++)
		commas++;
	assert_int_equal(commas, MEMBERS - 1);
	assert_non_null(strstr(text, ",user9999\r\n"));
	free(text);
	ibuf_free(group);
}

static void
test_alias_list(void **state)
{
	struct query	query = query_of(OPERATION_ALIAS_LIST);

	assert_answer(*state, &query,
	    "250-alias name=abuse targets=POSTMASTER\r\n"
	    "250-alias name=gnir targets=ring,bob\r\n"
	    "250-alias name=\"od d\" targets=/var/log/odd\r\n"
	    "250-alias name=postmaster targets=alice,bob\r\n"
	    "250-alias name=ring targets=gnir\r\n"
	    "250-alias name=team targets=\"abuse,|/bin/a\\\\,b\\\\\\\\c,"
	    "carol@example.net\"\r\n"
	    "250-alias name=zoo targets=dora\r\n"
	    "250 listed count=7\r\n");
	assert_list(state, OPERATION_ALIAS_LIST, "PO", "", ALL,
	    "postmaster");
	assert_list(state, OPERATION_ALIAS_LIST, "", "PostMaster", 2,
	    "ring team");
	assert_list(state, OPERATION_ALIAS_LIST, "x", "", ALL, "");
}

static void
test_alias_login(void **state)
{
	struct query	query = query_of(OPERATION_ALIAS_LIST);

	strlcpy(query.login, "alice", sizeof(query.login));
	assert_names(*state, &query, "abuse postmaster team");
	strlcpy(query.login, "bob", sizeof(query.login));
	assert_names(*state, &query, "abuse gnir postmaster ring team");
	strlcpy(query.login, "dora", sizeof(query.login));
	assert_names(*state, &query, "zoo");
	strlcpy(query.login, "carol", sizeof(query.login));
	assert_names(*state, &query, "");
	strlcpy(query.login, "bob", sizeof(query.login));
	strlcpy(query.after, "Gnir", sizeof(query.after));
	query.limit = 2;
	assert_names(*state, &query, "postmaster ring");
}

static void
test_alias_show(void **state)
{
	struct place_fake	*fake = *state;
	struct query		 query = query_of(OPERATION_ALIAS_LIST);

	assert_show(fake, OPERATION_ALIAS_SHOW, "POSTmaster",
	    "250 alias name=postmaster targets=alice,bob\r\n");
	assert_show(fake, OPERATION_ALIAS_SHOW, "none",
	    "550 not-found alias none\r\n");
	snapshot_release(fake->worker.snapshots[TABLE_ALIASES]);
	fake->worker.snapshots[TABLE_ALIASES] = NULL;
	assert_show(fake, OPERATION_ALIAS_SHOW, "postmaster",
	    "550 not-found aliases\r\n");
	assert_answer(fake, &query, "550 not-found aliases\r\n");
}

/* A list leaves in pieces, from the file as it was when it began. */
static void
test_pieces(void **state)
{
	enum { MANY = 3000 };
	struct place_fake	*fake = *state;
	struct ibuf		*passwd = text_new();
	struct query		 query = query_of(OPERATION_ACCOUNT_LIST);
	char			 end[64];
	int			 i, pieces = 1;

	for (i = 0; i < MANY; i++)
		text_print(passwd, "u%04d:x:10000:1::/home/u:/bin/sh\n", i);
	put_bytes(&fake->worker, TABLE_PASSWD, ibuf_data(passwd),
	    ibuf_size(passwd));
	ibuf_free(passwd);
	read_answer(&fake->session, &query, fake->out);
	while (!listing_continue(&fake->session, fake->out)) {
		assert_in_range(ibuf_size(fake->out), SESSION_OUT_MAX,
		    SESSION_OUT_MAX + 200);
		ibuf_skip(fake->out, ibuf_size(fake->out));
		if (pieces++ == 1)
			put_text(&fake->worker, TABLE_PASSWD, "");
	}
	assert_in_range(pieces, 4, 8);
	snprintf(end, sizeof(end), "250 listed count=%d\r\n", MANY);
	assert_memory_equal((char *)ibuf_data(fake->out) +
	    ibuf_size(fake->out) - strlen(end), end, strlen(end));
}

/* A turn ends although nothing was found. */
static void
test_turns(void **state)
{
	enum { MANY = 10000 };
	struct place_fake	*fake = *state;
	struct ibuf		*passwd = text_new();
	struct query		 query = query_of(OPERATION_ACCOUNT_LIST);
	int			 i, turns = 1;

	for (i = 0; i < MANY; i++)
		text_print(passwd, "u%d:x:1:1::/:\n", i);
	put_bytes(&fake->worker, TABLE_PASSWD, ibuf_data(passwd),
	    ibuf_size(passwd));
	ibuf_free(passwd);
	read_answer(&fake->session, &query, fake->out);
	while (!listing_continue(&fake->session, fake->out))
		turns++;
	assert_in_range(turns, 2, 10);
	assert_text(fake->out, "250 listed count=0\r\n");
}

#define TEST(name)							\
	cmocka_unit_test_setup_teardown(name, fake_make, fake_remove)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_account_pages), TEST(test_account_filters),
		TEST(test_account_states), TEST(test_account_show),
		TEST(test_group_list), TEST(test_group_show),
		TEST(test_group_large), TEST(test_alias_list),
		TEST(test_alias_login), TEST(test_alias_show),
		TEST(test_pieces), TEST(test_turns)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
