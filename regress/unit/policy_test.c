/*
 * Tests of dwserv/policy.c: requests and targets, and the verdict on each.
 */
/* links: dwserv/admit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/config_default.c dwserv/hashrule.c dwserv/ibuf.c dwserv/index.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/policy.c dwserv/result.c dwserv/slice.c dwserv/symbol.c dwserv/table.c dwserv/xmalloc.c */

#include "scratch.h"

#include "parent.h"
#include "table_text.h"

#define CREATE		OPERATION_ACCOUNT_CREATE
#define PASSWORD	OPERATION_ACCOUNT_PASSWORD
#define DELETE		OPERATION_ACCOUNT_DELETE

#define SHA512_HASH	"$6$rounds=5000$saltsalt$" \
	"0123456789012345678901234567890123456789012" \
	"0123456789012345678901234567890123456789012"

/* What a request has, and what comes of it. */
struct verdict {
	uint32_t	 operation;
	const char	*login;
	const char	*key;
	const char	*value;
	unsigned int	 code;		/* 0: it is admitted */
	const char	*word;
	const char	*part;		/* of the text */
};

struct office {
	struct config	*config;
	struct client	 client;
	struct store	 store;
	struct result	 result;
};

static int
office_make(void **state)
{
	struct office	*office = calloc(1, sizeof(*office));
	char		 name[] = "billing";

	assert_non_null(office);
	office->config = config_new();
	config_set_defaults(office->config);
	office->client.name = strdup(name);
	office->client.operations = OPERATION_BIT(CREATE) |
	    OPERATION_BIT(PASSWORD) | OPERATION_BIT(DELETE);
	TAILQ_INIT(&office->client.groups);
	office->store.tables[TABLE_PASSWD] = table_of(TABLE_PASSWD,
	    "root:x:0:0::/root:/bin/sh\n"
	    "daemon:x:999:999::/:/bin/sh\n"
	    "floor:x:1000:1000::/home/floor:/bin/sh\n"
	    "dynamic:x:61184:10001::/:/bin/sh\n"
	    "nobody:x:65534:65534::/:/bin/sh\n"
	    "below:x:9999:10001::/home/below:/bin/sh\n"
	    "first:x:10000:10001::/home/first:/bin/sh\n"
	    "last:x:59999:10001::/home/last:/bin/sh\n"
	    "above:x:60000:10001::/home/above:/bin/sh\n"
	    "boss:x:10050:10001::/home/boss:/bin/sh\n"
	    "wheeler:x:10051:10020::/home/wheeler:/bin/sh\n"
	    "lost:x:10052:54321::/home/lost:/bin/sh\n"
	    "+nis:x:10053:10001:::\n");
	office->store.tables[TABLE_GROUP] = table_of(TABLE_GROUP,
	    "root:x:0:\nsudo:x:27:boss\nftp:x:999:\nusers:x:1000:first\n"
	    "wheel:x:10020:\ncustomers:x:10021:boss,first\n"
	    "docker:x:10022:\ndynamic:x:61200:\nnogroup:x:65534:\n");
	*state = office;
	return (0);
}

static int
office_free(void **state)
{
	struct office	*office = *state;

	config_free(office->config);
	words_free(&office->client.groups);
	free(office->client.name);
	table_free(office->store.tables[TABLE_PASSWD]);
	table_free(office->store.tables[TABLE_GROUP]);
	free(office);
	return (0);
}

static void
request_set(struct request *request, const char *key, const char *value)
{
	char	**slot = NULL;

	if (strcmp(key, "uid") == 0) {
		request->has_uid = 1;
		request->uid = (uint32_t)strtoul(value, NULL, 10);
	} else if (strcmp(key, "expire") == 0) {
		request->ages[AGE_EXPIRE].has = 1;
		request->ages[AGE_EXPIRE].days = strtoll(value, NULL, 10);
	} else if (strcmp(key, "group") == 0)
		slot = &request->group;
	else if (strcmp(key, "groups") == 0)
		slot = &request->groups;
	else if (strcmp(key, "gecos") == 0)
		slot = &request->gecos;
	else if (strcmp(key, "home") == 0)
		slot = &request->home;
	else if (strcmp(key, "shell") == 0)
		slot = &request->shell;
	else if (strcmp(key, "hash") == 0)
		slot = &request->hash;
	else
		fail_msg("no key %s", key);
	if (slot != NULL)
		*slot = strdup(value);
}

static void
check(struct office *office, const struct verdict *verdict, int decide)
{
	struct request	request = { .operation = verdict->operation };
	struct result	result = { .code = 0 };
	int		got;

	if (verdict->login != NULL)
		request.login = strdup(verdict->login);
	if (verdict->key != NULL)
		request_set(&request, verdict->key, verdict->value);
	if (decide)
		got = policy_decide(office->config, &office->client,
		    &office->store, &request, &result);
	else
		got = policy_admit(office->config, &office->client, &request,
		    &result);
	request_free(&request);
	if (got != (verdict->code == 0 ? 0 : -1) ||
	    result.code != verdict->code ||
	    strcmp(result.word, verdict->code == 0 ? "" : verdict->word) != 0 ||
	    (verdict->part != NULL && strstr(result.text, verdict->part) ==
	    NULL))
		fail_msg("%u %s %s=%s: %u %s %s", verdict->operation,
		    verdict->login, verdict->key, verdict->value,
		    result.code, result.word, result.text);
}

static void
check_admit(struct office *office, const struct verdict *verdicts,
    size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		check(office, &verdicts[i], 0);
}

static void
check_decide(struct office *office, const struct verdict *verdicts,
    size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		check(office, &verdicts[i], 1);
}

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
	    { CREATE, "al", "group", "nogroup", 550, "denied", NULL },
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

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, office_make, office_free)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_admit_values),
		TEST(test_admit_limits),
		TEST(test_admit_hash),
		TEST(test_admit_operations),
		TEST(test_client_range),
		TEST(test_decide_groups),
		TEST(test_named_groups),
		TEST(test_decide_targets)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
