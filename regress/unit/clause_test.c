/*
 * Tests of dwserv/admit.c and dwserv/policy*.c: what each clause of a client
 * refuses, that it is known which one did, and what no clause can allow.
 */
/* links: dwserv/admit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/config_default.c dwserv/hashrule.c dwserv/ibuf.c dwserv/index.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/pattern.c dwserv/policy.c dwserv/policy_account.c dwserv/policy_alias.c dwserv/policy_group.c dwserv/policy_name.c dwserv/result.c dwserv/slice.c dwserv/symbol.c dwserv/table.c dwserv/xmalloc.c */

#include <stdio.h>

#include "verdict.h"

#define SUSPEND		OPERATION_ACCOUNT_SUSPEND
#define ENSURE		OPERATION_ACCOUNT_ENSURE
#define DENIED		550, "denied"
#define PROTECTED	550, "protected"
#define FINE		0, NULL, NULL

struct clause_verdict {
	int			decide;
	enum clause		clause;
	struct verdict		verdict;
};

static void
check_clauses(struct office *office, const struct clause_verdict *verdicts,
    size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		check_clause(office, &verdicts[i].verdict,
		    verdicts[i].decide, verdicts[i].clause);
}

#define CHECK(office, verdicts)						\
	check_clauses(office, verdicts, NUMBER_OF(verdicts))

/* A few more entries, each a trap. */
static int
traps_make(void **state)
{
	struct office	*office;
	struct store	*store;

	if (office_make(state) != 0)
		return (-1);
	office = *state;
	office->client.operations = UINT32_MAX;
	store = &office->store;
	table_free(store->tables[TABLE_PASSWD]);
	table_free(store->tables[TABLE_GROUP]);
	store->tables[TABLE_PASSWD] = table_of(TABLE_PASSWD,
	    "root:x:0:0::/root:/bin/sh\n"
	    "cust-a:x:10000:10000::/home/c/cust-a:/bin/sh\n"
	    "cust-b:x:10001:10001::/home/cust-b:/bin/sh\n"
	    "other:x:10002:10002::/home/other:/bin/sh\n"
	    "nogid:x:10003:0::/home/nogid:/bin/sh\n"
	    "twin:x:10004:10004::/home/twin:/bin/sh\n"
	    "twinboss:x:10004:27::/home/twin:/bin/sh\n"
	    "backup:x:10005:10005::/home/backup:/bin/sh\n"
	    "byname:x:10006:10006::/home/byname:/bin/sh\n"
	    "byadmin:x:10007:10007::/home/byadmin:/bin/sh\n"
	    "bynumber:x:10008:10008::/home/bynumber:/bin/sh\n"
	    "low:x:10009:50000::/home/low:/bin/sh\n"
	    "far:x:60009:10030::/home/far:/bin/sh\n"
	    "near:x:10010:10030::/home/near:/bin/sh\n"
	    "cust-c:x:10011:10011::/home/c/cust-c:/bin/sh\n"
	    "cust-d:x:10011:10011::/home/c/cust-d:/bin/sh\n"
	    "cust-e:x:10012:10012::/home/c/cust-e:/bin/sh\n"
	    "else:x:10012:10012::/home/c/else:/bin/sh\n");
	store->tables[TABLE_GROUP] = table_of(TABLE_GROUP,
	    "sudo:x:27:\n"
	    "innocent:x:27:bynumber\n"
	    "wheel:x:10020:\n"
	    "mine:x:10020:\n"
	    "staff:x:10021:\n"
	    "www-data:x:10022:\n"
	    "cust-g:x:10023:\n"
	    "club:x:10024:\n"
	    "shared:x:10030:\n"
	    "customers:x:5000:\n"
	    "cust-far:x:5001:ghost,cust-a\n"
	    "zero:x:0:\n"
	    "other:x:10002:\n"
	    "twin:x:10004:\n"
	    "low:x:50000:\n");
	store->tables[TABLE_GSHADOW] = table_of(TABLE_GSHADOW,
	    "sudo:!:byadmin,phantom:byname\n"
	    "orphan:!::ghoul\n"
	    "cust-far:!:spirit:\n");
	store->tables[TABLE_ALIASES] = table_of(TABLE_ALIASES,
	    "root: cust-b\nsales: cust-a, me@example.net\nother: cust-c\n"
	    "Cust-D: away@example.org\nteam: cust-d\nelse: cust-d\n");
	return (0);
}

/* Names: what is made, what it becomes, and what it is. */
static void
test_names(void **state)
{
	static const struct clause_verdict	verdicts[] = {
	    { 0, 0, { CREATE, "cust-x", NULL, NULL, FINE } },
	    { 0, CLAUSE_NAMES, { CREATE, "cusy-x", NULL, NULL, DENIED,
		"cusy-x" } },
	    { 0, CLAUSE_NAMES, { ENSURE, "x", NULL, NULL, DENIED, NULL } },
	    { 0, CLAUSE_NAMES, { G_CREATE, "x", NULL, NULL, DENIED, NULL } },
	    { 0, CLAUSE_NAMES, { RENAME, "cust-a", "name", "x", DENIED,
		NULL } },
	    { 0, CLAUSE_NAMES, { G_RENAME, "cust-g", "name", "x", DENIED,
		NULL } },
	    { 1, CLAUSE_NAMES, { CREATE, "x", NULL, NULL, DENIED, NULL } },
	    { 1, CLAUSE_NAMES, { RENAME, "cust-a", "name", "x", DENIED,
		NULL } },
	    { 1, CLAUSE_NAMES, { G_RENAME, "cust-g", "name", "x", DENIED,
		NULL } },
	    { 1, 0, { DELETE, "cust-a", NULL, NULL, FINE } },
	    { 1, CLAUSE_NAMES, { DELETE, "other", NULL, NULL, DENIED,
		"other" } },
	    { 1, CLAUSE_NAMES, { SUSPEND, "other", NULL, NULL, DENIED,
		NULL } },
	    { 1, CLAUSE_NAMES, { RENAME, "other", "name", "cust-x", DENIED,
		NULL } },
	    { 1, 0, { G_DELETE, "cust-g", NULL, NULL, FINE } },
	    { 1, CLAUSE_NAMES, { G_DELETE, "club", NULL, NULL, DENIED,
		"names of" } },
	    { 1, CLAUSE_NAMES, { G_ADD, "club", "login", "cust-a", DENIED,
		NULL } },
	    { 1, 0, { G_ADD, "cust-g", "login", "cust-a", FINE } },
	    { 1, 0, { G_ADD, "cust-far", "login", "cust-a", FINE } },
	    { 1, CLAUSE_NAMES, { G_ADD, "cust-g", "login", "other", DENIED,
		"other" } },
	    { 1, CLAUSE_NAMES, { G_REMOVE, "cust-g", "login", "gone", DENIED,
		"gone" } },
	    { 1, 0, { G_REMOVE, "cust-g", "login", "cust-gone", FINE } },
	    /* One uid, two names: the other one's, too. */
	    { 1, 0, { DELETE, "cust-c", NULL, NULL, FINE } },
	    { 1, CLAUSE_NAMES, { DELETE, "cust-e", NULL, NULL, DENIED,
		"else" } },
	    { 1, CLAUSE_NAMES, { A_SET, "other", NULL, NULL, DENIED, NULL } }
	};
	struct office	*office = *state;

	words_add(&office->client.names, "nothing");
	words_add(&office->client.names, "cust-*");
	CHECK(office, verdicts);
}

/* Named groups need not match; what is neither is out of reach. */
static void
test_names_and_groups(void **state)
{
	static const struct clause_verdict	verdicts[] = {
	    { 1, 0, { G_ADD, "customers", "login", "cust-a", FINE } },
	    { 1, 0, { G_ADD, "cust-g", "login", "cust-a", FINE } },
	    { 1, CLAUSE_GROUPS, { G_ADD, "cust-far", "login", "cust-a",
		DENIED, "named" } },
	    { 1, CLAUSE_GROUPS, { G_ADD, "club", "login", "cust-a", DENIED,
		NULL } },
	    { 1, CLAUSE_GID, { G_DELETE, "customers", NULL, NULL, DENIED,
		"range" } }
	};
	struct office	*office = *state;

	words_add(&office->client.names, "cust-*");
	words_add(&office->client.groups, "customers");
	CHECK(office, verdicts);
}

/* The range of gids is that of uids, or one of its own. */
static void
test_gid(void **state)
{
	static const struct clause_verdict	same[] = {
	    { 0, 0, { G_CREATE, "g", "gid", "10100", FINE } },
	    { 0, CLAUSE_GID, { G_CREATE, "g", "gid", "10101", DENIED,
		"10000 to 10100" } },
	    { 0, CLAUSE_UID, { CREATE, "u", "uid", "10101", DENIED, NULL } },
	    { 1, 0, { G_DELETE, "club", NULL, NULL, FINE } },
	    { 1, CLAUSE_UID, { DELETE, "far", NULL, NULL, DENIED, NULL } }
	};
	static const struct clause_verdict	own[] = {
	    { 0, CLAUSE_GID, { G_CREATE, "g", "gid", "10100", DENIED,
		"5000 to 6000" } },
	    { 0, 0, { G_CREATE, "g", "gid", "6000", FINE } },
	    { 0, 0, { CREATE, "u", "uid", "10100", FINE } },
	    { 1, CLAUSE_GID, { G_DELETE, "club", NULL, NULL, DENIED,
		NULL } },
	    { 1, 0, { G_DELETE, "customers", NULL, NULL, FINE } },
	    { 1, CLAUSE_UID, { DELETE, "far", NULL, NULL, DENIED, NULL } }
	};
	struct office	*office = *state;
	uint32_t	 min, max;

	office->client.has_uid = 1;
	office->client.uid_min = 10000;
	office->client.uid_max = 10100;
	CHECK(office, same);
	office->client.has_gid = 1;
	office->client.gid_min = 5000;
	office->client.gid_max = 6000;
	CHECK(office, own);
	office->client.uid_min = office->client.gid_min = 0;
	policy_range(office->config, &office->client, &min, &max);
	assert_int_equal(min, ID_FLOOR);
	policy_gid_range(office->config, &office->client, &min, &max);
	assert_int_equal(min, ID_FLOOR);
	assert_int_equal(max, 6000);
}

static void
test_shells_and_homes(void **state)
{
	static const struct clause_verdict	verdicts[] = {
	    { 0, 0, { CREATE, "al", "shell", "/bin/true", FINE } },
	    { 0, CLAUSE_SHELLS, { CREATE, "al", "shell", "/bin/sh", DENIED,
		"/bin/sh" } },
	    { 0, CLAUSE_SHELLS, { MODIFY, "al", "shell", "/bin/sh", DENIED,
		NULL } },
	    { 0, CLAUSE_SHELLS, { MODIFY, "al", "shell", "/bin/wild", DENIED,
		NULL } },
	    { 0, 0, { CREATE, "al", "home", "/home/c/al", FINE } },
	    { 0, CLAUSE_HOME, { CREATE, "al", "home", "/home/al", DENIED,
		"below /home/c" } },
	    { 0, CLAUSE_HOME, { CREATE, "al", "home", "/home/c", DENIED,
		NULL } },
	    { 0, CLAUSE_HOME, { MODIFY, "al", "home", "/home/cc/al", DENIED,
		NULL } },
	    { 1, 0, { MODIFY, "cust-b", "home", "/home/c/b", FINE } },
	    { 1, CLAUSE_HOME, { MODIFY, "cust-b", "flags", "2", DENIED,
		"cust-b is not below /home/c" } },
	    { 1, 0, { MODIFY, "cust-a", "flags", "2", FINE } },
	    { 1, CLAUSE_HOME, { RENAME, "cust-b", "flags", "2", DENIED,
		NULL } },
	    { 1, CLAUSE_HOME, { DELETE, "cust-b", "home-choice", "2", DENIED,
		NULL } },
	    { 1, CLAUSE_HOME, { DELETE, "cust-b", "home-choice", "3", DENIED,
		NULL } },
	    { 1, 0, { DELETE, "cust-b", "home-choice", "0", FINE } },
	    { 1, 0, { DELETE, "cust-a", "home-choice", "2", FINE } }
	};
	struct office	*office = *state;

	words_add(&office->config->accounts.shells, "/bin/sh");
	words_add(&office->config->accounts.shells, "/bin/true");
	words_add(&office->client.shells, "/bin/true");
	/* Not one of those of all: that does not make it one. */
	words_add(&office->client.shells, "/bin/wild");
	office->client.home = strdup("/home/c");
	CHECK(office, verdicts);
}

/* Only hashes as they are made of passwords. */
static void
test_hash(void **state)
{
	static const char	 costly[] = "$6$rounds=5001$saltsalt$"
	    "0123456789012345678901234567890123456789012"
	    "0123456789012345678901234567890123456789012";
	static const char	 cheap[] = "$6$rounds=4999$saltsalt$"
	    "0123456789012345678901234567890123456789012"
	    "0123456789012345678901234567890123456789012";
	const struct clause_verdict	verdicts[] = {
	    { 0, 0, { PASSWORD, "al", "hash", SHA512_HASH, FINE } },
	    { 0, 0, { CREATE, "al", NULL, NULL, FINE } },
	    { 0, CLAUSE_HASH, { PASSWORD, "al", "hash", costly, DENIED,
		"hashes" } },
	    { 0, CLAUSE_HASH, { CREATE, "al", "hash", cheap, DENIED, NULL } },
	    { 0, CLAUSE_HASH, { CREATE, "al", "hash", "$2b$05$abcdefghijklm"
		"nopqrstuuy2uMjUC.QFLaGAOXqwcWX4W0Gc/Ezhe", DENIED, NULL } },
	    { 0, CLAUSE_HASH, { CREATE, "al", "hash", "!", DENIED, NULL } }
	};
	struct office	*office = *state;

	office->config->accounts.hash.method = HASH_SHA512;
	office->config->accounts.hash.cost = 5000;
	office->config->accounts.hash.accept[HASH_SHA512] = 999999;
	office->config->accounts.hash.accept[HASH_BCRYPT] = 20;
	check(office, &(struct verdict){ PASSWORD, "al", "hash", cheap,
	    FINE }, 0);
	office->client.no_hash = 1;
	CHECK(office, verdicts);
}

static void
test_targets(void **state)
{
	static const struct clause_verdict	verdicts[] = {
	    { 0, 0, { A_SET, "sales", "targets", "al,bob@example.org", FINE } },
	    { 0, 0, { A_SET, "sales", "targets", "x@A.EXAMPLE.net", FINE } },
	    { 0, CLAUSE_DOMAINS, { A_SET, "sales", "targets",
		"al,bob@example.net", DENIED, "bob@example.net" } },
	    { 0, CLAUSE_DOMAINS, { A_ADD, "sales", "targets",
		"bob@example.org.evil.com", DENIED, NULL } },
	    { 0, 0, { A_REMOVE, "sales", "targets", "bob@evil.com", FINE } },
	    { 0, CLAUSE_TARGETS, { A_SET, "sales", "targets", "|/bin/x",
		DENIED, NULL } }
	};
	static const struct clause_verdict	none[] = {
	    { 0, 0, { A_SET, "sales", "targets", "al,bob", FINE } },
	    { 0, CLAUSE_DOMAINS, { A_SET, "sales", "targets", "al@localhost",
		DENIED, NULL } }
	};
	struct office	*office = *state;

	check(office, &(struct verdict){ A_SET, "sales", "targets",
	    "x@anywhere.test", FINE }, 0);
	office->client.has_domains = 1;
	CHECK(office, none);
	words_add(&office->client.domains, "Example.org");
	words_add(&office->client.domains, "*.example.net");
	CHECK(office, verdicts);
}

static void
test_aliases(void **state)
{
	static const struct clause_verdict	open[] = {
	    { 1, 0, { DELETE, "cust-a", "flags", "16", FINE } },
	    { 1, 0, { DELETE, "cust-b", "flags", "0", FINE } },
	    /* Of root, and of an account of somebody else's. */
	    { 1, 0, { DELETE, "cust-b", "flags", "16", PROTECTED,
		"root is the system's: aliases=remove" } }
	};
	static const struct clause_verdict	patterns[] = {
	    { 1, 0, { A_SET, "sales", NULL, NULL, FINE } },
	    { 1, 0, { A_DELETE, "SALES", NULL, NULL, FINE } },
	    { 1, 0, { A_ADD, "cust-d", NULL, NULL, FINE } },
	    { 1, CLAUSE_ALIASES, { A_SET, "team", NULL, NULL, DENIED,
		"alias team" } },
	    { 1, CLAUSE_ALIASES, { A_REMOVE, "else", NULL, NULL, DENIED,
		NULL } },
	    { 1, CLAUSE_ALIASES, { DELETE, "cust-d", "flags", "16", DENIED,
		"alias team" } },
	    { 1, CLAUSE_ALIASES, { DELETE, "cust-c", "flags", "16", DENIED,
		"alias other" } },
	    { 1, 0, { DELETE, "cust-a", "flags", "16", FINE } }
	};
	struct office	*office = *state;

	CHECK(office, open);
	words_add(&office->client.aliases, "Sales");
	words_add(&office->client.aliases, "CUST-*");
	CHECK(office, patterns);
}

/* What the system's is, by name, number, gshadow or another line. */
static void
test_protected(void **state)
{
	static const struct clause_verdict	verdicts[] = {
	    { 1, 0, { DELETE, "nogid", NULL, NULL, PROTECTED, "root" } },
	    { 1, 0, { DELETE, "twin", NULL, NULL, PROTECTED, "twinboss" } },
	    { 1, 0, { DELETE, "backup", NULL, NULL, PROTECTED, "system" } },
	    { 1, 0, { DELETE, "byname", NULL, NULL, PROTECTED, "sudo" } },
	    { 1, 0, { DELETE, "byadmin", NULL, NULL, PROTECTED, "sudo" } },
	    { 1, 0, { DELETE, "bynumber", NULL, NULL, PROTECTED, "sudo" } },
	    { 1, 0, { G_ADD, "innocent", "login", "other", PROTECTED,
		"innocent" } },
	    { 1, 0, { G_ADD, "mine", "login", "other", PROTECTED, "mine" } },
	    { 1, 0, { G_DELETE, "mine", NULL, NULL, PROTECTED, NULL } },
	    { 1, 0, { G_RENAME, "staff", "name", "x", PROTECTED, NULL } },
	    { 1, 0, { G_ADD, "www-data", "login", "other", PROTECTED,
		NULL } },
	    { 1, 0, { MODIFY, "other", "group", "zero", PROTECTED, NULL } },
	    { 1, 0, { MODIFY, "other", "groups+", "club,mine", PROTECTED,
		"mine" } }
	};
	struct office	*office = *state;

	CHECK(office, verdicts);
	office->client.has_uid = office->client.has_gid = 1;
	office->client.uid_max = office->client.gid_max = UINT32_MAX;
	CHECK(office, verdicts);
	words_add(&office->client.groups, "zero");
	words_add(&office->client.groups, "mine");
	words_add(&office->client.groups, "innocent");
	CHECK(office, verdicts);
}

/* A login that is listed already brings its groups with it. */
static void
test_new_logins(void **state)
{
	static const struct clause_verdict	verdicts[] = {
	    { 1, 0, { CREATE, "phantom", NULL, NULL, PROTECTED, "sudo" } },
	    { 1, 0, { ENSURE, "phantom", NULL, NULL, PROTECTED, NULL } },
	    { 1, 0, { RENAME, "other", "name", "phantom", PROTECTED,
		NULL } },
	    { 1, CLAUSE_GROUPS, { CREATE, "ghost", NULL, NULL, DENIED,
		"cust-far is not named for billing, and lists" } },
	    { 1, CLAUSE_GROUPS, { RENAME, "other", "name", "spirit", DENIED,
		NULL } },
	    { 1, 0, { CREATE, "ghoul", NULL, NULL, FINE } },
	    { 1, 0, { CREATE, "nobodyelse", NULL, NULL, FINE } }
	};
	struct office	*office = *state;

	check(office, &(struct verdict){ CREATE, "ghost", NULL, NULL, FINE },
	    1);
	words_add(&office->client.groups, "customers");
	CHECK(office, verdicts);
}

/* What a change of a group does to accounts, and a rename to groups. */
static void
test_side_effects(void **state)
{
	static const struct clause_verdict	verdicts[] = {
	    { 1, CLAUSE_UID, { G_MODIFY, "shared", "gid", "10099", DENIED,
		"far has uid 60009" } },
	    { 1, 0, { G_MODIFY, "club", "gid", "10099", FINE } },
	    { 1, 0, { RENAME, "other", "flags", "4", FINE } },
	    { 1, 0, { RENAME, "cust-a", "flags", "4", FINE } },
	    { 1, CLAUSE_GID, { RENAME, "low", "flags", "4", DENIED,
		"group low" } },
	    { 1, 0, { RENAME, "low", "flags", "0", FINE } }
	};
	struct office	*office = *state;

	office->client.has_uid = 1;
	office->client.uid_min = 10000;
	office->client.uid_max = 10999;
	CHECK(office, verdicts);
}

#define TRAP(name) \
	cmocka_unit_test_setup_teardown(name, traps_make, office_free)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TRAP(test_names),
		TRAP(test_names_and_groups),
		TRAP(test_gid),
		TRAP(test_shells_and_homes),
		TRAP(test_hash),
		TRAP(test_targets),
		TRAP(test_aliases),
		TRAP(test_protected),
		TRAP(test_new_logins),
		TRAP(test_side_effects)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
