/*
 * Tests of dwserv/policy.c and policy_*.c: requests by what their targets
 * are, and the verdict on each.
 */
/* links: dwserv/admit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/config_default.c dwserv/hashrule.c dwserv/ibuf.c dwserv/index.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/pattern.c dwserv/policy.c dwserv/policy_account.c dwserv/policy_alias.c dwserv/policy_group.c dwserv/policy_name.c dwserv/result.c dwserv/slice.c dwserv/symbol.c dwserv/table.c dwserv/xmalloc.c */

#include "verdict.h"

/* Groups that may be joined when the configuration names none. */
static void
test_decide_groups(void **state)
{
	static const struct verdict	verdicts[] = {
	    { CREATE, "al", NULL, NULL, 0, NULL, NULL },
	    { CREATE, "al", "group", "customers", 0, NULL, NULL },
	    { CREATE, "al", "group", "users", 0, NULL, NULL },
	    { CREATE, "al", "group", "nowhere", 550, "not-found",
		"group nowhere" },
	    { CREATE, "al", "group", "root", 550, "protected", "root" },
	    { CREATE, "al", "group", "sudo", 550, "protected", NULL },
	    { CREATE, "al", "group", "ftp", 550, "protected", NULL },
	    { CREATE, "al", "group", "wheel", 550, "protected", NULL },
	    { CREATE, "al", "group", "docker", 550, "protected", NULL },
	    { CREATE, "al", "group", "dynamic", 550, "denied", NULL },
	    { CREATE, "al", "group", "nogroup", 550, "protected", NULL },
	    { CREATE, "al", "groups", "customers,users", 0, NULL, NULL },
	    { CREATE, "al", "groups", "customers,sudo", 550, "protected",
		"sudo" },
	    { CREATE, "al", "groups", "customers,nowhere", 550, "not-found",
		"nowhere" }
	};

	check_decide(*state, verdicts, NUMBER_OF(verdicts));
}

/*
 * Once it names some, only those, whatever they are, and those that are in
 * the client's range anyhow.
 */
static void
test_named_groups(void **state)
{
	static const struct verdict	verdicts[] = {
	    { CREATE, "al", "group", "ftp", 0, NULL, NULL },
	    { CREATE, "al", "groups", "ftp,docker", 0, NULL, NULL },
	    { CREATE, "al", "group", "users", 550, "denied", "users" },
	    { CREATE, "al", "groups", "ftp,users", 550, "denied", NULL },
	    { CREATE, "al", "groups", "customers", 0, NULL, NULL },
	    { CREATE, "al", "group", "sudo", 550, "protected", NULL },
	    { DELETE, "boss", NULL, NULL, 550, "protected", "sudo" },
	    { DELETE, "first", NULL, NULL, 0, NULL, NULL }
	};
	struct office			*office = *state;

	words_add(&office->client.groups, "ftp");
	words_add(&office->client.groups, "docker");
	check_decide(office, verdicts, NUMBER_OF(verdicts));
}

/* Accounts that may be changed and removed. */
static void
test_decide_targets(void **state)
{
	static const struct verdict	verdicts[] = {
	    { DELETE, "first", NULL, NULL, 0, NULL, NULL },
	    { DELETE, "last", NULL, NULL, 0, NULL, NULL },
	    { DELETE, "lost", NULL, NULL, 0, NULL, NULL },
	    { PASSWORD, "first", "hash", SHA512_HASH, 0, NULL, NULL },
	    { DELETE, "nowhere", NULL, NULL, 550, "not-found",
		"account nowhere" },
	    { DELETE, "nis", NULL, NULL, 550, "not-found", NULL },
	    { DELETE, "root", NULL, NULL, 550, "protected", "root" },
	    { DELETE, "daemon", NULL, NULL, 550, "protected", NULL },
	    { DELETE, "dynamic", NULL, NULL, 550, "protected", NULL },
	    { DELETE, "nobody", NULL, NULL, 550, "protected", NULL },
	    { DELETE, "floor", NULL, NULL, 550, "denied", "10000 to 59999" },
	    { DELETE, "below", NULL, NULL, 550, "denied", "uid 9999" },
	    { PASSWORD, "above", "hash", SHA512_HASH, 550, "denied", NULL },
	    { DELETE, "boss", NULL, NULL, 550, "protected", "group sudo" },
	    { PASSWORD, "boss", "hash", SHA512_HASH, 550, "protected",
		"group sudo" },
	    { PASSWORD, "wheeler", "hash", SHA512_HASH, 550, "protected",
		"group wheel" }
	};

	check_decide(*state, verdicts, NUMBER_OF(verdicts));
}

/* Groups are changed where they are the client's own, joined where open. */
static void
test_decide_group_requests(void **state)
{
	static const struct verdict	open[] = {
	    { G_CREATE, "webs", NULL, NULL, 0, NULL, NULL },
	    { G_DELETE, "customers", NULL, NULL, 0, NULL, NULL },
	    { G_DELETE, "nowhere", NULL, NULL, 550, "not-found", "nowhere" },
	    { G_DELETE, "users", NULL, NULL, 550, "denied", "range" },
	    { G_DELETE, "ftp", NULL, NULL, 550, "protected", "range" },
	    { G_DELETE, "wheel", NULL, NULL, 550, "protected", NULL },
	    { G_RENAME, "users", "name", "u", 550, "denied", NULL },
	    { G_MODIFY, "nogroup", "gid", "10005", 550, "protected", NULL },
	    { G_ADD, "customers", "login", "first", 0, NULL, NULL },
	    { G_ADD, "users", "login", "first", 0, NULL, NULL },
	    { G_REMOVE, "users", "login", "first", 0, NULL, NULL },
	    { G_ADD, "ftp", "login", "first", 550, "protected", "named" },
	    { G_ADD, "docker", "login", "first", 550, "protected", NULL },
	    { G_ADD, "customers", "login", "root", 550, "protected", NULL },
	    { G_ADD, "customers", "login", "above", 550, "denied", NULL },
	    { G_REMOVE, "customers", "login", "boss", 550, "protected",
		"sudo" },
	    { G_ADD, "customers", "login", "nowhere", 550, "not-found",
		"account nowhere" }
	};
	static const struct verdict	named[] = {
	    { G_ADD, "ftp", "login", "first", 0, NULL, NULL },
	    { G_ADD, "users", "login", "first", 550, "denied", NULL },
	    { G_ADD, "customers", "login", "first", 0, NULL, NULL },
	    /* To be named for a client does not make it the client's own. */
	    { G_DELETE, "ftp", NULL, NULL, 550, "protected", NULL },
	    { G_RENAME, "ftp", "name", "f", 550, "protected", NULL }
	};
	struct office			*office = *state;

	check_decide(office, open, NUMBER_OF(open));
	words_add(&office->client.groups, "ftp");
	check_decide(office, named, NUMBER_OF(named));
}

/* Who is to leave a group needs the right to, as for joining it. */
static void
test_decide_modify(void **state)
{
	static const struct verdict	open[] = {
	    { MODIFY, "first", "groups+", "customers", 0, NULL, NULL },
	    { MODIFY, "first", "groups+", "docker", 550, "protected",
		"docker" },
	    { MODIFY, "first", "groups-", "ftp", 550, "protected", "ftp" },
	    { MODIFY, "first", "groups-", "users", 0, NULL, NULL },
	    { MODIFY, "first", "groups", "", 0, NULL, NULL },
	    { MODIFY, "first", "group", "customers", 0, NULL, NULL },
	    { MODIFY, "nowhere", NULL, NULL, 550, "not-found", NULL },
	    { MODIFY, "above", NULL, NULL, 550, "denied", NULL },
	    { RENAME, "boss", "name", "b", 550, "protected", NULL },
	    { OPERATION_ACCOUNT_ENSURE, "new", NULL, NULL, 0, NULL, NULL },
	    { OPERATION_ACCOUNT_ENSURE, "above", NULL, NULL, 550, "denied",
		NULL },
	    { OPERATION_ACCOUNT_SUSPEND, "root", NULL, NULL, 550,
		"protected", NULL }
	};
	static const struct verdict	named[] = {
	    /* first is in users, which is not open any more. */
	    { MODIFY, "first", "groups", "", 550, "denied", "users" },
	    { MODIFY, "first", "groups", "customers", 550, "denied",
		"users" },
	    { MODIFY, "first", "groups+", "ftp", 0, NULL, NULL },
	    { MODIFY, "first", "groups-", "users", 550, "denied", NULL }
	};
	struct office			*office = *state;

	check_decide(office, open, NUMBER_OF(open));
	words_add(&office->client.groups, "ftp");
	check_decide(office, named, NUMBER_OF(named));
}

/* Mail for an account is the account's, in whatever case it is written. */
static void
test_decide_aliases(void **state)
{
	static const struct verdict	verdicts[] = {
	    { A_SET, "sales", NULL, NULL, 0, NULL, NULL },
	    { A_SET, "first", NULL, NULL, 0, NULL, NULL },
	    { A_SET, "above", NULL, NULL, 550, "denied", "uid 60000" },
	    { A_SET, "Above", NULL, NULL, 550, "denied", NULL },
	    { A_ADD, "boss", NULL, NULL, 550, "protected", "sudo" },
	    { A_REMOVE, "FLOOR", NULL, NULL, 550, "denied", NULL },
	    { A_DELETE, "Root", NULL, NULL, 550, "protected", "root" },
	    { A_DELETE, "dynamic", NULL, NULL, 550, "protected", NULL },
	    { A_DELETE, "ftp", NULL, NULL, 0, NULL, NULL }
	};

	check_decide(*state, verdicts, NUMBER_OF(verdicts));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_decide_groups),
		TEST(test_named_groups),
		TEST(test_decide_targets),
		TEST(test_decide_group_requests),
		TEST(test_decide_modify),
		TEST(test_decide_aliases)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
