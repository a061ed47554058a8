/*
 * For the tests of what a client may ask for: an office with a
 * configuration and accounts, and a verdict on each request.
 */

#ifndef VERDICT_H
#define VERDICT_H

#include "scratch.h"

#include "parent.h"
#include "table_text.h"

#define CREATE		OPERATION_ACCOUNT_CREATE
#define PASSWORD	OPERATION_ACCOUNT_PASSWORD
#define DELETE		OPERATION_ACCOUNT_DELETE
#define MODIFY		OPERATION_ACCOUNT_MODIFY
#define RENAME		OPERATION_ACCOUNT_RENAME
#define G_CREATE	OPERATION_GROUP_CREATE
#define G_MODIFY	OPERATION_GROUP_MODIFY
#define G_RENAME	OPERATION_GROUP_RENAME
#define G_DELETE	OPERATION_GROUP_DELETE
#define G_ADD		OPERATION_GROUP_ADD
#define G_REMOVE	OPERATION_GROUP_REMOVE
#define A_SET		OPERATION_ALIAS_SET
#define A_ADD		OPERATION_ALIAS_ADD
#define A_REMOVE	OPERATION_ALIAS_REMOVE
#define A_DELETE	OPERATION_ALIAS_DELETE

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

static inline int
office_make(void **state)
{
	struct office	*office = calloc(1, sizeof(*office));
	char		 name[] = "billing";

	assert_non_null(office);
	office->config = config_new();
	config_set_defaults(office->config);
	client_init(&office->client);
	office->client.name = strdup(name);
	office->client.operations = OPERATION_BIT(CREATE) |
	    OPERATION_BIT(PASSWORD) | OPERATION_BIT(DELETE);
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

static inline int
office_free(void **state)
{
	struct office	*office = *state;

	config_free(office->config);
	words_free(&office->client.groups);
	words_free(&office->client.names);
	words_free(&office->client.aliases);
	words_free(&office->client.domains);
	words_free(&office->client.shells);
	free(office->client.home);
	free(office->client.name);
	table_free(office->store.tables[TABLE_PASSWD]);
	table_free(office->store.tables[TABLE_GROUP]);
	table_free(office->store.tables[TABLE_GSHADOW]);
	table_free(office->store.tables[TABLE_ALIASES]);
	free(office);
	return (0);
}

static inline void
request_set(struct request *request, const char *key, const char *value)
{
	char	**slot = NULL;

	if (strcmp(key, "login") == 0)
		slot = &request->login;
	else if (strcmp(key, "gid") == 0) {
		request->has_gid = 1;
		request->gid = (uint32_t)strtoul(value, NULL, 10);
	} else if (strcmp(key, "min") == 0) {
		request->ages[AGE_MIN].has = 1;
		request->ages[AGE_MIN].days = strtoll(value, NULL, 10);
	} else if (strcmp(key, "uid") == 0) {
		request->has_uid = 1;
		request->uid = (uint32_t)strtoul(value, NULL, 10);
	} else if (strcmp(key, "expire") == 0) {
		request->ages[AGE_EXPIRE].has = 1;
		request->ages[AGE_EXPIRE].days = strtoll(value, NULL, 10);
	} else if (strcmp(key, "flags") == 0)
		request->flags = (uint32_t)strtoul(value, NULL, 10);
	else if (strcmp(key, "home-choice") == 0)
		request->home_choice = (uint32_t)strtoul(value, NULL, 10);
	else if (strcmp(key, "group") == 0)
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
	else if (strcmp(key, "name") == 0)
		slot = &request->name;
	else if (strcmp(key, "groups+") == 0)
		slot = &request->groups_add;
	else if (strcmp(key, "groups-") == 0)
		slot = &request->groups_remove;
	else if (strcmp(key, "idem") == 0)
		slot = &request->idem;
	else if (strcmp(key, "targets") == 0)
		slot = &request->targets;
	else
		fail_msg("no key %s", key);
	if (slot != NULL)
		*slot = strdup(value);
}

/* Who or what a request is about. */
static inline void
request_set_subject(struct request *request, const char *text)
{
	char	*copy = text == NULL ? NULL : strdup(text);

	if (request->operation >= OPERATION_ALIAS_SET &&
	    request->operation <= OPERATION_ALIAS_DELETE)
		request->alias = copy;
	else if (request->operation >= OPERATION_GROUP_CREATE &&
	    request->operation < OPERATION_ALIAS_SET)
		request->group = copy;
	else
		request->login = copy;
}

static inline void
check(struct office *office, const struct verdict *verdict, int decide)
{
	struct request	request = { .operation = verdict->operation };
	struct result	result = { .code = 0 };
	int		got;

	request_set_subject(&request, verdict->login);
	if (verdict->key != NULL)
		request_set(&request, verdict->key, verdict->value);
	if (decide && verdict->operation == RENAME && request.name == NULL)
		request.name = strdup("cust-new");
	if (decide)
		got = policy_decide(office->config, &office->client,
		    &office->store, &request, &result);
	else
		got = policy_admit(office->config, &office->client,
		    &office->config->accounts.hash, &request, &result);
	request_free(&request);
	office->result = result;
	if (got != (verdict->code == 0 ? 0 : -1) ||
	    result.code != verdict->code ||
	    (result.clause != CLAUSE_NONE &&
	    (result.clauses & 1U << result.clause) == 0) ||
	    strcmp(result.word, verdict->code == 0 ? "" : verdict->word) != 0 ||
	    (verdict->code != 0 && verdict->part != NULL &&
	    strstr(result.text, verdict->part) == NULL))
		fail_msg("%u %s %s=%s: %u %s %s (clause %u)",
		    verdict->operation, verdict->login, verdict->key,
		    verdict->value, result.code, result.word, result.text,
		    result.clause);
}

/* The same, and which clause said so. */
static inline void
check_clause(struct office *office, const struct verdict *verdict, int decide,
    enum clause clause)
{
	check(office, verdict, decide);
	if (office->result.clause != clause)
		fail_msg("%u %s %s=%s: clause %u", verdict->operation,
		    verdict->login, verdict->key, verdict->value,
		    office->result.clause);
}

static inline void
check_admit(struct office *office, const struct verdict *verdicts,
    size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		check(office, &verdicts[i], 0);
}

static inline void
check_decide(struct office *office, const struct verdict *verdicts,
    size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		check(office, &verdicts[i], 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, office_make, office_free)

#endif /* VERDICT_H */
