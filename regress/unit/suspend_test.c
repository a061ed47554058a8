/*
 * Tests of dwserv/suspend.c: accounts of all kinds are suspended, and are
 * byte for byte what they were when they are resumed.
 */
/* links: dwserv/account.c dwserv/admit.c dwserv/alias.c dwserv/alias_edit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/busy.c dwserv/config.c dwserv/config_default.c dwserv/create.c dwserv/delete.c dwserv/edit.c dwserv/file.c dwserv/group.c dwserv/group_member.c dwserv/hashrule.c dwserv/homes.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/line.c dwserv/log.c dwserv/loop.c dwserv/member.c dwserv/modify.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/password.c dwserv/pattern.c dwserv/policy.c dwserv/policy_account.c dwserv/policy_alias.c dwserv/policy_group.c dwserv/policy_name.c dwserv/record.c dwserv/rename.c dwserv/result.c dwserv/shadow.c dwserv/slice.c dwserv/suspend.c dwserv/symbol.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "carry.h"

#define SUSPEND		OPERATION_ACCOUNT_SUSPEND
#define RESUME		OPERATION_ACCOUNT_RESUME
#define BOB		"bob:x:10002:10002::/home/bob:/bin/sh\n"
#define BOB_SHADOW	"bob:$6$c$d:19000:0:99999:7:::\n"
#define GROUPS		"al:x:10001:\nbob:x:10002:\n"
#define P(field, shell)	"al:" field ":10001:10001:Al:/home/al:" shell

/* An account before and while it is suspended, and what is kept of it. */
static const struct sample {
	const char	*passwd;
	const char	*shadow;	/* NULL: there is no entry */
	const char	*suspended_passwd;
	const char	*suspended_shadow;
	const char	*kept;
} samples[] = {
	{ P("x", "/bin/sh"), "al:$6$a$b:19000:0:99999:7:::",
	    P("x", "/usr/sbin/nologin"), "al:!$6$a$b:19000:0:99999:7::1:",
	    "al:10001::/bin/sh" },
	{ P("x", "/bin/sh"), "al:$6$a$b:19000:1:2:3:5:20000:end",
	    P("x", "/usr/sbin/nologin"), "al:!$6$a$b:19000:1:2:3:5:1:end",
	    "al:10001:20000:/bin/sh" },
	/* Locked before, by one means or another, and without a password. */
	{ P("x", "/bin/sh"), "al:!$6$a$b:::::::",
	    P("x", "/usr/sbin/nologin"), "al:!!$6$a$b::::::1:",
	    "al:10001::/bin/sh" },
	{ P("x", "/bin/sh"), "al:!!:1::::::", P("x", "/usr/sbin/nologin"),
	    "al:!!!:1:::::1:", "al:10001::/bin/sh" },
	{ P("x", "/bin/sh"), "al:*:1::::::", P("x", "/usr/sbin/nologin"),
	    "al:!*:1:::::1:", "al:10001::/bin/sh" },
	{ P("x", "/bin/sh"), "al::1::::::", P("x", "/usr/sbin/nologin"),
	    "al:!:1:::::1:", "al:10001::/bin/sh" },
	/* What it is set to is what it was. */
	{ P("x", "/usr/sbin/nologin"), "al:!:1:::::1:",
	    P("x", "/usr/sbin/nologin"), "al:!!:1:::::1:",
	    "al:10001:1:/usr/sbin/nologin" },
	{ P("x", ""), "al:h:1:::::0:", P("x", "/usr/sbin/nologin"),
	    "al:!h:1:::::1:", "al:10001:0:" },
	/* Shorter entries: eight fields, and the five of old. */
	{ P("x", "/bin/sh"), "al:h:19000:0:99999:7:5:20000",
	    P("x", "/usr/sbin/nologin"), "al:!h:19000:0:99999:7:5:1",
	    "al:10001:20000:/bin/sh" },
	{ P("x", "/bin/sh"), "al:h:19000:0:99999:7::",
	    P("x", "/usr/sbin/nologin"), "al:!h:19000:0:99999:7::1",
	    "al:10001::/bin/sh" },
	{ P("x", "/bin/sh"), "al:h:19000:0:99999",
	    P("x", "/usr/sbin/nologin"), "al:!h:19000:0:99999",
	    "al:10001::/bin/sh" },
	/* The password is in passwd, or in both, or nowhere. */
	{ P("$6$p$q", "/bin/sh"), NULL, P("!$6$p$q", "/usr/sbin/nologin"),
	    NULL, "al:10001::/bin/sh" },
	{ P("", "/bin/sh"), NULL, P("!", "/usr/sbin/nologin"), NULL,
	    "al:10001::/bin/sh" },
	{ P("!", "/bin/sh"), NULL, P("!!", "/usr/sbin/nologin"), NULL,
	    "al:10001::/bin/sh" },
	{ P("*", "/bin/sh"), "al:h:1::::::", P("!*", "/usr/sbin/nologin"),
	    "al:!h:1:::::1:", "al:10001::/bin/sh" },
	{ P("x", "/bin/sh"), NULL, P("x", "/usr/sbin/nologin"), NULL,
	    "al:10001::/bin/sh" },
	{ P("x", "/bin/\xff \t"), "al:\xfe:x:y::::z:\x80",
	    P("x", "/usr/sbin/nologin"), "al:!\xfe:x:y::::1:\x80",
	    "al:10001:z:/bin/\xff \t" }
};

/* The text of a file in which the line, if any, is between others. */
static char *
file_of(const char *before, const char *line, const char *behind)
{
	char	*text = NULL;

	assert_int_not_equal(asprintf(&text, "%s%s%s%s", before,
	    line == NULL ? "" : line, line == NULL ? "" : "\n", behind), -1);
	return (text);
}

static void
files_of(const char *texts[TABLES], const char *passwd, const char *shadow,
    const char *kept)
{
	texts[TABLE_PASSWD] = file_of("# first\n", passwd, BOB);
	texts[TABLE_SHADOW] = file_of(BOB_SHADOW, shadow, "+::::::::\n");
	texts[TABLE_GROUP] = file_of("", NULL, GROUPS);
	texts[TABLE_SUSPENDED] = file_of("zoe:10009::/bin/sh\n", kept, "");
}

static void
files_free(const char *texts[TABLES])
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		free((char *)(uintptr_t)texts[kind]);
}

static void
assert_reply(struct office *office, enum operation operation,
    const char *expected)
{
	char	al[] = "al";

	assert_string_equal(carry_login(office, operation, al), expected);
}

static void
test_there_and_back(void **state)
{
	struct office	*office = *state;
	const char	*before[TABLES] = { NULL }, *after[TABLES] = { NULL };
	size_t		 i;

	for (i = 0; i < NUMBER_OF(samples); i++) {
		files_of(before, samples[i].passwd, samples[i].shadow, NULL);
		files_of(after, samples[i].suspended_passwd,
		    samples[i].suspended_shadow, samples[i].kept);
		office_fill(office, before);
		assert_reply(office, SUSPEND, "250 suspended login=al");
		assert_files(office, after);
		assert_reply(office, SUSPEND, "250 unchanged login=al");
		assert_files(office, after);
		assert_reply(office, RESUME, "250 resumed login=al");
		assert_files(office, before);
		assert_reply(office, RESUME, "250 unchanged login=al");
		assert_files(office, before);
		files_free(before);
		files_free(after);
	}
}

/* A system that has no shadow at all. */
static void
test_no_shadow(void **state)
{
	static const char *const	before[TABLES] = {
		[TABLE_PASSWD] = P("$6$p$q", "/bin/sh") "\n",
		[TABLE_GROUP] = GROUPS, [TABLE_SUSPENDED] = ""
	};
	static const char *const	after[TABLES] = {
		[TABLE_PASSWD] = P("!$6$p$q", "/usr/sbin/nologin") "\n",
		[TABLE_GROUP] = GROUPS,
		[TABLE_SUSPENDED] = "al:10001::/bin/sh\n"
	};
	static const char *const	before_x[TABLES] = {
		[TABLE_PASSWD] = P("x", "/bin/sh") "\n",
		[TABLE_GROUP] = GROUPS, [TABLE_SUSPENDED] = ""
	};
	struct office			*office = *state;

	office_fill(office, before);
	assert_reply(office, SUSPEND, "250 suspended login=al");
	assert_files(office, after);
	assert_reply(office, RESUME, "250 resumed login=al");
	assert_files(office, before);
	office_fill(office, before_x);
	assert_reply(office, SUSPEND, "250 suspended login=al");
	assert_reply(office, RESUME, "250 resumed login=al");
	assert_files(office, before_x);
}

static const char *const	active[TABLES] = {
	[TABLE_PASSWD] = P("x", "/bin/sh") "\n" BOB,
	[TABLE_SHADOW] = "al:$6$a$b:19000:0:99999:7:::\n" BOB_SHADOW,
	[TABLE_GROUP] = GROUPS, [TABLE_SUSPENDED] = ""
};

/* What resume has to bring back is nobody else's to change. */
static void
test_while_suspended(void **state)
{
	static const char	*said = "550 suspended account al: resume it "
				    "first";
	struct office		*office = *state;
	struct request		 request = { .operation =
				    OPERATION_ACCOUNT_MODIFY };
	char			 al[] = "al", shell[] = "/bin/sh";
	char			 gecos[] = "New", hash[] = "$6$n$m";

	office_fill(office, active);
	assert_reply(office, SUSPEND, "250 suspended login=al");
	assert_reply(office, OPERATION_ACCOUNT_LOCK, said);
	assert_reply(office, OPERATION_ACCOUNT_UNLOCK, said);
	request.login = al;
	request.shell = shell;
	assert_string_equal(carry(office, &request), said);
	request.shell = NULL;
	request.ages[AGE_EXPIRE].has = 1;
	assert_string_equal(carry(office, &request), said);
	request.ages[AGE_EXPIRE].has = 0;
	request.hash = hash;
	assert_string_equal(carry(office, &request), said);
	request.operation = OPERATION_ACCOUNT_PASSWORD;
	assert_string_equal(carry(office, &request), said);
	request.operation = OPERATION_ACCOUNT_MODIFY;
	request.hash = NULL;
	request.gecos = gecos;
	assert_string_equal(carry(office, &request), "250 changed login=al "
	    "uid=10001 gid=10001 home=/home/al shell=/usr/sbin/nologin");
	assert_reply(office, RESUME, "250 resumed login=al");
	assert_table(office->store.tables[TABLE_PASSWD],
	    "al:x:10001:10001:New:/home/al:/bin/sh\n" BOB);
	assert_table(office->store.tables[TABLE_SHADOW],
	    active[TABLE_SHADOW]);
}

/* Somebody else changed it meanwhile: that stays, and the lock goes. */
static void
test_changed_by_others(void **state)
{
	struct office	 *office = *state;
	struct table	**tables = office->store.tables;
	const char	 *shadow = "al:!$6$z$z:19001:0:99999:7::30000:";
	const char	 *passwd = P("x", "/bin/ksh");

	office_fill(office, active);
	assert_reply(office, SUSPEND, "250 suspended login=al");
	table_change(tables[TABLE_PASSWD], table_find_name(
	    tables[TABLE_PASSWD], "al"), passwd, strlen(passwd));
	table_change(tables[TABLE_SHADOW], table_find_name(
	    tables[TABLE_SHADOW], "al"), shadow, strlen(shadow));
	assert_reply(office, RESUME, "250 resumed login=al");
	assert_table(tables[TABLE_PASSWD], P("x", "/bin/ksh") "\n" BOB);
	assert_table(tables[TABLE_SHADOW],
	    "al:$6$z$z:19001:0:99999:7::30000:\n" BOB_SHADOW);
	assert_table(tables[TABLE_SUSPENDED], "");
}

/* What is kept goes where the account goes. */
static void
test_follow(void **state)
{
	struct office	 *office = *state;
	struct table	**tables = office->store.tables;
	struct request	  request = { .operation = OPERATION_ACCOUNT_RENAME };
	char		  al[] = "al", ann[] = "ann";

	office_fill(office, active);
	assert_reply(office, SUSPEND, "250 suspended login=al");
	request.login = al;
	request.name = ann;
	assert_string_equal(carry(office, &request),
	    "250 renamed login=ann uid=10001 home=/home/al");
	assert_table(tables[TABLE_SUSPENDED], "ann:10001::/bin/sh\n");
	memset(&request, 0, sizeof(request));
	request.operation = OPERATION_ACCOUNT_MODIFY;
	request.login = ann;
	request.has_uid = 1;
	request.uid = 59123;
	assert_string_equal(carry(office, &request), "250 changed login=ann "
	    "uid=59123 gid=10001 home=/home/al shell=/usr/sbin/nologin");
	assert_table(tables[TABLE_SUSPENDED], "ann:59123::/bin/sh\n");
	assert_string_equal(carry_login(office, RESUME, ann),
	    "250 resumed login=ann");
	assert_string_equal(carry_login(office, SUSPEND, ann),
	    "250 suspended login=ann");
	assert_string_equal(carry_login(office, OPERATION_ACCOUNT_DELETE,
	    ann), "250 deleted login=ann uid=59123");
	assert_table(tables[TABLE_SUSPENDED], "");
}

/* Kept of another account that had the name: it does not count. */
static void
test_other_uid(void **state)
{
	const char	*texts[TABLES];
	struct office	*office = *state;

	memcpy(texts, active, sizeof(texts));
	texts[TABLE_SUSPENDED] = "al:10777:5:/bin/old\n";
	office_fill(office, texts);
	assert_reply(office, RESUME, "250 unchanged login=al");
	assert_reply(office, OPERATION_ACCOUNT_LOCK, "250 locked login=al");
	assert_reply(office, OPERATION_ACCOUNT_UNLOCK,
	    "250 unlocked login=al");
	assert_reply(office, SUSPEND, "250 suspended login=al");
	assert_table(office->store.tables[TABLE_SUSPENDED],
	    "al:10001::/bin/sh\n");
	assert_reply(office, RESUME, "250 resumed login=al");
	assert_table(office->store.tables[TABLE_PASSWD],
	    active[TABLE_PASSWD]);
	assert_table(office->store.tables[TABLE_SHADOW],
	    active[TABLE_SHADOW]);
}

/* Somebody has removed the file: without it nobody can be suspended. */
static void
test_no_file(void **state)
{
	const char	*texts[TABLES];
	struct office	*office = *state;

	memcpy(texts, active, sizeof(texts));
	texts[TABLE_SUSPENDED] = NULL;
	office_fill(office, texts);
	assert_int_equal(strncmp(carry_login(office, SUSPEND,
	    (char[]){ "al" }), "454 io-error ", 13), 0);
	assert_files(office, texts);
	assert_reply(office, RESUME, "250 unchanged login=al");
	assert_reply(office, OPERATION_ACCOUNT_LOCK, "250 locked login=al");
}

/* The ledger has the account as it is now, and no secret. */
static void
test_record(void **state)
{
	struct office	*office = *state;

	office_fill(office, active);
	assert_reply(office, SUSPEND, "250 suspended login=al");
	assert_string_equal(office->change.record, "client=billing "
	    "peer=local change=account.suspend login=al uid=10001 gid=10001 "
	    "groups=\"\" gecos=Al home=/home/al shell=/usr/sbin/nologin");
	assert_reply(office, SUSPEND, "250 unchanged login=al");
	assert_null(office->change.record);
	assert_reply(office, RESUME, "250 resumed login=al");
	assert_string_equal(office->change.record, "client=billing "
	    "peer=local change=account.resume login=al uid=10001 gid=10001 "
	    "groups=\"\" gecos=Al home=/home/al shell=/bin/sh");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		OFFICE_TEST(test_there_and_back),
		OFFICE_TEST(test_no_shadow),
		OFFICE_TEST(test_while_suspended),
		OFFICE_TEST(test_changed_by_others),
		OFFICE_TEST(test_follow),
		OFFICE_TEST(test_other_uid),
		OFFICE_TEST(test_no_file),
		OFFICE_TEST(test_record)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
