/*
 * Tests of dwserv/admit.c: requests taken by themselves, and the verdict on
 * each.
 */
/* links: dwserv/admit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/config_default.c dwserv/hashrule.c dwserv/ibuf.c dwserv/index.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/pattern.c dwserv/policy.c dwserv/policy_account.c dwserv/policy_alias.c dwserv/policy_group.c dwserv/policy_name.c dwserv/result.c dwserv/slice.c dwserv/symbol.c dwserv/table.c dwserv/xmalloc.c */

#include "verdict.h"

static void
test_admit_values(void **state)
{
	static const struct verdict	verdicts[] = {
	    { CREATE, "al", NULL, NULL, 0, NULL, NULL },
	    { CREATE, NULL, NULL, NULL, 501, "missing-argument", "login" },
	    { CREATE, "", NULL, NULL, 501, "invalid", "login: " },
	    { CREATE, "Al", NULL, NULL, 501, "invalid", "login: " },
	    { CREATE, "a:b", NULL, NULL, 501, "invalid", "login: " },
	    { CREATE, "-a", NULL, NULL, 501, "invalid", "login: " },
	    { CREATE, "a\nb", NULL, NULL, 501, "invalid", "login: " },
	    { CREATE, "al", "group", "+g", 501, "invalid", "group: " },
	    { CREATE, "al", "groups", "a,,b", 501, "invalid", "groups: " },
	    { CREATE, "al", "groups", "a,a", 501, "invalid", "groups: " },
	    { CREATE, "al", "gecos", "a:b", 501, "invalid", "gecos: " },
	    { CREATE, "al", "gecos", "a\nb", 501, "invalid", "gecos: " },
	    { CREATE, "al", "gecos", "\xff", 501, "invalid", "gecos: " },
	    { CREATE, "al", "gecos", "Al \xc3\xa9, x", 0, NULL, NULL },
	    { CREATE, "al", "home", "home/al", 501, "invalid", "home: " },
	    { CREATE, "al", "home", "/home/../etc", 501, "invalid",
		"home: " },
	    { CREATE, "al", "shell", "sh", 501, "invalid", "shell: " },
	    { CREATE, "al", "expire", "-2", 501, "invalid", "expire: " },
	    { CREATE, "al", "expire", "-1", 0, NULL, NULL },
	    { CREATE, "al", "expire", "0", 0, NULL, NULL },
	    { DELETE, "a:b", NULL, NULL, 501, "invalid", "login: " },
	    { PASSWORD, "a:b", "hash", SHA512_HASH, 501, "invalid",
		"login: " }
	};

	check_admit(*state, verdicts, NUMBER_OF(verdicts));
}

static void
test_admit_limits(void **state)
{
	static const struct verdict	verdicts[] = {
	    { CREATE, "al", "uid", "10000", 0, NULL, NULL },
	    { CREATE, "al", "uid", "59999", 0, NULL, NULL },
	    { CREATE, "al", "uid", "9999", 550, "denied", "10000 to 59999" },
	    { CREATE, "al", "uid", "60000", 550, "denied", "uid 60000" },
	    { CREATE, "al", "uid", "0", 550, "denied", "uid 0" },
	    { CREATE, "al", "home", "/home/al", 0, NULL, NULL },
	    { CREATE, "al", "home", "/home/x/al", 0, NULL, NULL },
	    { CREATE, "al", "home", "/home", 550, "denied", "below /home" },
	    { CREATE, "al", "home", "/homes/al", 550, "denied", NULL },
	    { CREATE, "al", "home", "/etc/al", 550, "denied", NULL },
	    { CREATE, "al", "shell", "/bin/sh", 0, NULL, NULL },
	    { CREATE, "al", "shell", "/usr/sbin/nologin", 0, NULL, NULL },
	    { CREATE, "al", "shell", "/bin/bash", 550, "denied",
		"/bin/bash" },
	    { CREATE, "root", NULL, NULL, 550, "protected", "root" },
	    { CREATE, "nobody", NULL, NULL, 550, "protected", NULL },
	    { CREATE, "sudo", NULL, NULL, 550, "protected", NULL },
	    { CREATE, "_dwauth", NULL, NULL, 550, "protected", NULL },
	    { CREATE, "rooty", NULL, NULL, 0, NULL, NULL }
	};

	check_admit(*state, verdicts, NUMBER_OF(verdicts));
}

static void
test_admit_hash(void **state)
{
	static const struct verdict	verdicts[] = {
	    { CREATE, "al", "hash", SHA512_HASH, 0, NULL, NULL },
	    { CREATE, "al", "hash", "plain", 501, "invalid", "hash: " },
	    { CREATE, "al", "hash", "", 501, "invalid", "hash: " },
	    { CREATE, "al", "hash", "x:0:0", 501, "invalid", "hash: " },
	    { PASSWORD, "al", "hash", SHA512_HASH, 0, NULL, NULL },
	    { PASSWORD, "al", "hash", "!", 501, "invalid", "hash: " },
	    { PASSWORD, "al", NULL, NULL, 501, "missing-argument", "hash" },
	    { DELETE, "al", NULL, NULL, 0, NULL, NULL }
	};

	check_admit(*state, verdicts, NUMBER_OF(verdicts));
}

/* Rights; and operations that are none, or no change. */
static void
test_admit_operations(void **state)
{
	static const struct verdict	denied[] = {
	    { CREATE, "al", NULL, NULL, 550, "denied", "billing" },
	    { PASSWORD, "al", "hash", SHA512_HASH, 550, "denied", NULL },
	    { OPERATIONS, "al", NULL, NULL, 550, "denied", NULL },
	    { UINT32_MAX, "al", NULL, NULL, 550, "denied", NULL },
	    { OPERATION_ACCOUNT_SHOW, "al", NULL, NULL, 550, "denied",
		NULL },
	    { DELETE, "al", NULL, NULL, 0, NULL, NULL }
	};
	static const struct verdict	no_change[] = {
	    { OPERATION_ACCOUNT_SHOW, "al", NULL, NULL, 550, "denied",
		"not a change" },
	    { OPERATION_ACCOUNT_LIST, "al", NULL, NULL, 550, "denied",
		"not a change" },
	    { OPERATIONS, "al", NULL, NULL, 550, "denied", NULL }
	};
	struct office			*office = *state;

	office->client.operations = OPERATION_BIT(DELETE);
	check_admit(office, denied, NUMBER_OF(denied));
	office->client.operations = UINT32_MAX;
	check_admit(office, no_change, NUMBER_OF(no_change));
}

/* A client's own range; what is reserved stays so whatever it says. */
static void
test_client_range(void **state)
{
	static const struct verdict	verdicts[] = {
	    { CREATE, "al", "uid", "20000", 0, NULL, NULL },
	    { CREATE, "al", "uid", "19999", 550, "denied",
		"20000 to 20010" },
	    { CREATE, "al", "uid", "20011", 550, "denied", NULL }
	};
	static const struct verdict	wide[] = {
	    { CREATE, "al", "uid", "999", 550, "denied", NULL },
	    { CREATE, "al", "uid", "1000", 0, NULL, NULL },
	    { CREATE, "al", "uid", "61184", 550, "denied", NULL },
	    { CREATE, "al", "uid", "65534", 550, "denied", NULL },
	    { CREATE, "al", "uid", "4294967295", 550, "denied", NULL }
	};
	struct office			*office = *state;
	uint32_t			 min, max;

	policy_range(office->config, &office->client, &min, &max);
	assert_int_equal(min, 10000);
	assert_int_equal(max, 59999);
	office->client.has_uid = 1;
	office->client.uid_min = 20000;
	office->client.uid_max = 20010;
	policy_range(office->config, &office->client, &min, &max);
	assert_int_equal(min, 20000);
	assert_int_equal(max, 20010);
	check_admit(office, verdicts, NUMBER_OF(verdicts));
	office->client.uid_min = 0;
	office->client.uid_max = UINT32_MAX;
	check_admit(office, wide, NUMBER_OF(wide));
}

/* What a request cannot do without. */
static void
test_missing(void **state)
{
	static const struct {
		uint32_t	 operation;
		const char	*has;
		const char	*second;
	} kinds[] = {
		{ CREATE, "login", NULL }, { OPERATION_ACCOUNT_ENSURE,
		    "login", NULL }, { MODIFY, "login", NULL },
		{ RENAME, "login", "name" },
		{ OPERATION_ACCOUNT_LOCK, "login", NULL },
		{ OPERATION_ACCOUNT_UNLOCK, "login", NULL },
		{ OPERATION_ACCOUNT_SUSPEND, "login", NULL },
		{ OPERATION_ACCOUNT_RESUME, "login", NULL },
		{ DELETE, "login", NULL }, { G_CREATE, "group", NULL },
		{ G_MODIFY, "group", NULL }, { G_RENAME, "group", "name" },
		{ G_DELETE, "group", NULL }, { G_ADD, "group", "login" },
		{ G_REMOVE, "group", "login" }, { A_SET, "alias", "targets" },
		{ A_ADD, "alias", "targets" },
		{ A_REMOVE, "alias", "targets" }, { A_DELETE, "alias", NULL }
	};
	struct office	*office = *state;
	struct verdict	 verdict = { .code = 501,
			    .word = "missing-argument" };
	size_t		 i;

	office->client.operations = UINT32_MAX;
	for (i = 0; i < NUMBER_OF(kinds); i++) {
		verdict.operation = kinds[i].operation;
		verdict.login = NULL;
		verdict.code = 501;
		/* Which of two is missed first is no matter. */
		verdict.part = kinds[i].second != NULL ? NULL :
		    kinds[i].has;
		check(office, &verdict, 0);
		verdict.login = "some";
		verdict.part = kinds[i].second;
		if (verdict.part == NULL)
			verdict.code = 0;
		check(office, &verdict, 0);
	}
}

/* Names of the system do not come into use, whatever for. */
static void
test_admit_names(void **state)
{
	static const struct verdict	verdicts[] = {
	    { OPERATION_ACCOUNT_ENSURE, "root", NULL, NULL, 550,
		"protected", "root" },
	    { RENAME, "al", "name", "bin", 550, "protected", "bin" },
	    { RENAME, "al", "name", "docker", 550, "protected", NULL },
	    { RENAME, "root", "name", "al", 0, NULL, NULL },
	    { RENAME, "al", "name", "Al", 501, "invalid", "name: " },
	    { G_CREATE, "wheel", NULL, NULL, 550, "protected", "wheel" },
	    { G_CREATE, "www-data", NULL, NULL, 550, "protected", NULL },
	    { G_CREATE, "webs", NULL, NULL, 0, NULL, NULL },
	    { G_RENAME, "webs", "name", "shadow", 550, "protected",
		"shadow" },
	    { A_SET, "root", "targets", "al", 550, "protected", "root" },
	    { A_SET, "sales", "targets", "al", 0, NULL, NULL },
	    { A_DELETE, "list", NULL, NULL, 550, "protected", NULL },
	    { A_DELETE, "a b", NULL, NULL, 501, "invalid", "alias: " },
	    { G_DELETE, "Web", NULL, NULL, 501, "invalid", "group: " },
	    { DELETE, "al", "idem", "a/b", 501, "invalid", "idem: " },
	    { DELETE, "al", "idem", "a:b-c.d_E9", 0, NULL, NULL }
	};
	struct office			*office = *state;

	office->client.operations = UINT32_MAX;
	check_admit(office, verdicts, NUMBER_OF(verdicts));
}

/* Ids of groups are within the range too; ages are days. */
static void
test_admit_numbers(void **state)
{
	static const struct verdict	verdicts[] = {
	    { G_CREATE, "web", "gid", "10000", 0, NULL, NULL },
	    { G_CREATE, "web", "gid", "59999", 0, NULL, NULL },
	    { G_CREATE, "web", "gid", "9999", 550, "denied", "gid 9999" },
	    { G_CREATE, "web", "gid", "60000", 550, "denied",
		"10000 to 59999" },
	    { G_MODIFY, "web", "gid", "0", 550, "denied", NULL },
	    { G_MODIFY, "web", "gid", "4294967295", 550, "denied", NULL },
	    { MODIFY, "al", "uid", "0", 550, "denied", "uid 0" },
	    { MODIFY, "al", "uid", "10005", 0, NULL, NULL },
	    { MODIFY, "al", "min", "-2", 501, "invalid", "min: " },
	    { MODIFY, "al", "min", "2147483648", 501, "invalid", "min: " },
	    { MODIFY, "al", "min", "2147483647", 0, NULL, NULL },
	    { MODIFY, "al", "groups", "", 0, NULL, NULL },
	    { MODIFY, "al", "groups+", "a,,b", 501, "invalid",
		"groups+: " },
	    { MODIFY, "al", "groups-", "A", 501, "invalid", "groups-: " },
	    { MODIFY, "al", "home", "/etc", 550, "denied", "below /home" },
	    { MODIFY, "al", "shell", "/bin/x", 550, "denied", "/bin/x" }
	};
	struct office			*office = *state;

	office->client.operations = UINT32_MAX;
	check_admit(office, verdicts, NUMBER_OF(verdicts));
}

/* Whatever is run or written needs a grant of its kind; to remove does not. */
static void
test_admit_targets(void **state)
{
	static const struct {
		uint32_t	 grant;
		const char	*target;
	} kinds[] = {
		{ TARGET_COMMAND, "al,|/bin/cmd" },
		{ TARGET_FILE, "/var/mail/x,al" },
		{ TARGET_INCLUDE, "al,:include:/etc/list" }
	};
	struct office	*office = *state;
	struct verdict	 verdict = { .login = "sales", .key = "targets",
			    .word = "denied", .part = "billing" };
	size_t		 i, j;

	office->client.operations = UINT32_MAX;
	for (i = 0; i < NUMBER_OF(kinds); i++)
		for (j = 0; j < NUMBER_OF(kinds); j++) {
			office->client.targets = kinds[j].grant;
			verdict.value = kinds[i].target;
			verdict.code = i == j ? 0 : 550;
			verdict.operation = A_SET;
			check(office, &verdict, 0);
			verdict.operation = A_ADD;
			check(office, &verdict, 0);
			verdict.code = 0;
			verdict.operation = A_REMOVE;
			check(office, &verdict, 0);
		}
	office->client.targets = 0;
	verdict.operation = A_SET;
	verdict.value = "al,bob@example.org,list-one";
	check(office, &verdict, 0);
	verdict.value = "a b";
	verdict.code = 501;
	verdict.word = "invalid";
	verdict.part = "targets: ";
	check(office, &verdict, 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_admit_values),
		TEST(test_admit_limits),
		TEST(test_admit_hash),
		TEST(test_admit_operations),
		TEST(test_client_range),
		TEST(test_missing),
		TEST(test_admit_names),
		TEST(test_admit_numbers),
		TEST(test_admit_targets)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
