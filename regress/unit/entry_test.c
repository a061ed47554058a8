/*
 * Tests of dwserv/entry.c: which entries of the ledger a client sees, and
 * what of them.
 */
/* links: dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/entry.c dwserv/ibuf.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/show.c dwserv/sight.c dwserv/slice.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c dwserv/pattern.c dwserv/msg.c dwserv/msgpart.c */

#include "watch_session.h"

#define HEAD		"7 2026-11-22T21:00:00Z "
#define SHOWN		"250-entry number=7 time=2026-11-22T21:00:00Z "

static void
assert_shown(const struct session *session, const char *line,
    const char *expected)
{
	struct ibuf	*to = text_new();

	assert_int_equal(entry_show(session, line, strlen(line), to),
	    *expected != '\0');
	assert_text(to, expected);
	ibuf_free(to);
}

/* An entry is shown to the session, all of it, or not at all. */
static void
assert_visible(const struct session *session, const char *fields, int visible)
{
	char	line[512], expected[512];

	snprintf(line, sizeof(line), HEAD "%s sha256=00", fields);
	snprintf(expected, sizeof(expected), SHOWN "%s\r\n", fields);
	assert_shown(session, line, visible ? expected : "");
}

static void
test_accounts(void **state)
{
	struct worker	worker;
	struct session	session;

	(void)state;
	session_make(&session, &worker);
	assert_visible(&session, "change=account.create uid=10000", 1);
	assert_visible(&session, "change=account.delete uid=10999", 1);
	assert_visible(&session, "change=account.create uid=9999", 0);
	assert_visible(&session, "change=account.create uid=11000", 0);
	assert_visible(&session, "change=account.lock login=alice", 0);
	assert_visible(&session, "change=account.lock uid=", 0);
	assert_visible(&session, "change=account.lock uid=10000x", 0);
	/* Whose gid it is does not matter, nor does a group's name. */
	assert_visible(&session, "change=account.create uid=1 gid=10000 "
	    "group=ftp", 0);
	assert_visible(&session, "change=external file=passwd uid=10500", 1);
	assert_visible(&session, "change=external file=passwd uid=1500", 0);
}

static void
test_groups(void **state)
{
	struct worker	worker;
	struct session	session;

	(void)state;
	session_make(&session, &worker);
	assert_visible(&session, "change=group.create group=web gid=10005",
	    1);
	assert_visible(&session, "change=group.create group=web gid=900", 0);
	assert_visible(&session, "change=group.add group=ftp gid=900 "
	    "login=root", 1);
	assert_visible(&session, "change=group.remove group=ft gid=900", 0);
	assert_visible(&session, "change=group.remove group=ftp,mail gid=9",
	    0);
	assert_visible(&session, "change=group.rename group=x name=mail "
	    "gid=8", 1);
	assert_visible(&session, "change=external file=group group=mail "
	    "gid=8 members=a,b", 1);
	assert_visible(&session, "change=external file=group group=adm gid=4",
	    0);
	session.rights.groups = NULL;
	assert_visible(&session, "change=group.add group=ftp gid=900", 0);
}

static void
test_aliases(void **state)
{
	struct worker	worker;
	struct session	session;

	(void)state;
	session_make(&session, &worker);
	assert_visible(&session, "change=alias.set alias=a targets=b", 1);
	assert_visible(&session, "change=external file=aliases alias=a", 1);
	session.operations = OPERATION_BIT(OPERATION_ALIAS_SHOW);
	assert_visible(&session, "change=alias.delete alias=a", 1);
	session.operations = OPERATION_BIT(OPERATION_ALIAS_LIST);
	assert_visible(&session, "change=alias.delete alias=a", 1);
	session.operations = OPERATION_BIT(OPERATION_ALIAS_SET);
	assert_visible(&session, "change=alias.delete alias=a", 0);
	assert_visible(&session, "change=external file=aliases alias=a", 0);
}

/* What is not known is nobody's. */
static void
test_unknown(void **state)
{
	struct worker	worker;
	struct session	session;

	(void)state;
	session_make(&session, &worker);
	assert_visible(&session, "change=quota.set uid=10000", 0);
	assert_visible(&session, "change=external file=shadow uid=10000", 0);
	assert_visible(&session, "change=external uid=10000", 0);
	assert_visible(&session, "change=set file=passwd uid=10000", 0);
	assert_visible(&session, "uid=10000 gid=10000", 0);
	assert_visible(&session, "change=account uid=10000", 0);
	assert_shown(&session, "", "");
	assert_shown(&session, "7", "");
	assert_shown(&session, HEAD, "");
	assert_shown(&session, HEAD "change=account.lock uid=10000 x=\"", "");
}

static void
test_hidden_fields(void **state)
{
	struct worker	worker;
	struct session	session;

	(void)state;
	session_make(&session, &worker);
	assert_shown(&session, HEAD "client=shop peer=192.0.2.1 idem=abc "
	    "digest=00 reply=\"250 x\" recovered=yes change=account.create "
	    "login=alice uid=10001 gecos=\"A \\\"B\\\" \\\\ C\" groups=\"\" "
	    "sha256=1234", SHOWN "client=shop change=account.create "
	    "login=alice uid=10001 gecos=\"A \\\"B\\\" \\\\ C\" groups=\"\""
	    "\r\n");
	assert_shown(&session, HEAD "change=external file=passwd uid=10001 "
	    "gecos=a\tb\x9b", SHOWN "change=external file=passwd uid=10001 "
	    "gecos=a?b?\r\n");
}

/* However long it is. */
static void
test_long(void **state)
{
	enum { LONG = 300000 };
	struct worker	 worker;
	struct session	 session;
	struct ibuf	*to = text_new();
	char		*line = malloc(LONG + 100);
	int		 length;

	(void)state;
	assert_non_null(line);
	session_make(&session, &worker);
	length = snprintf(line, 100, HEAD "change=group.add gid=10001 "
	    "members=");
	memset(line + length, 'x', LONG);
	line[length + LONG] = '\0';
	assert_int_equal(entry_show(&session, line, strlen(line), to), 1);
	assert_in_range(ibuf_size(to), LONG, LONG + 200);
	ibuf_free(to);
	free(line);
}

static void
assert_number(const char *line, int expected, uint64_t number)
{
	uint64_t	got = 12345;

	assert_int_equal(entry_number(line, strlen(line), &got), expected);
	if (expected == 0)
		assert_int_equal(got, number);
}

static void
test_number(void **state)
{
	(void)state;
	assert_number("0 x", 0, 0);
	assert_number("17 2026", 0, 17);
	assert_number("17", 0, 17);
	assert_number("18446744073709551615 x", 0, UINT64_MAX);
	assert_number("18446744073709551616 x", -1, 0);
	assert_number("", -1, 0);
	assert_number(" 1", -1, 0);
	assert_number("-1 x", -1, 0);
	assert_number("1x", -1, 0);
}

static void
assert_next(const char *line, int expected, uint64_t next)
{
	uint64_t	got = 12345;

	assert_int_equal(entry_next(line, strlen(line), &got), expected);
	if (expected == 0)
		assert_int_equal(got, next);
}

static void
test_next(void **state)
{
	(void)state;
	assert_next("0 T segment=1 next=1 previous=00", 0, 1);
	assert_next("0 T segment=3 next=4711", 0, 4711);
	assert_next("0 T segment=3", -1, 0);
	assert_next("0 T next=", -1, 0);
	assert_next("0 T next=x", -1, 0);
	assert_next("5 T next=7", -1, 0);
	assert_next("", -1, 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_hidden_fields),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_next)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
