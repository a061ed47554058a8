/*
 * Requests carried out on small tables that are made of text, for the tests
 * of what writes the lines of accounts and groups.
 */

#ifndef CARRY_H
#define CARRY_H

#include "parent.h"
#include "table_text.h"

struct office {
	struct config	*config;
	struct client	 client;
	struct store	 store;
	struct change	 change;	/* the last that was carried out */
	char		 reply[RESULT_TEXT_MAX + 64];
};

static inline int
office_make(void **state)
{
	struct office	*office = calloc(1, sizeof(*office));

	assert_non_null(office);
	office->config = config_new();
	config_set_defaults(office->config);
	client_init(&office->client);
	office->client.name = strdup("billing");
	office->client.operations = UINT32_MAX;
	RB_INIT(&office->store.uids);
	RB_INIT(&office->store.gids);
	change_init(&office->change);
	*state = office;
	return (0);
}

/* The files are these texts from now on; NULL: there is no such file. */
static inline void
office_fill(struct office *office, const char *const texts[TABLES])
{
	struct table	**tables = office->store.tables;
	enum table_kind	  kind;

	for (kind = 0; kind < TABLES; kind++) {
		table_free(tables[kind]);
		tables[kind] = texts[kind] == NULL ? NULL :
		    table_of(kind, texts[kind]);
	}
}

static inline int
office_free(void **state)
{
	static const char *const	 none[TABLES] = { NULL };
	struct office			*office = *state;

	office_fill(office, none);
	change_forget(&office->store, &office->change);
	idset_clear(&office->store.uids);
	idset_clear(&office->store.gids);
	config_free(office->config);
	words_free(&office->client.groups);
	free(office->client.name);
	free(office);
	return (0);
}

/* Carry it out; the reply is there until the next one. */
static inline const char *
carry(struct office *office, const struct request *request)
{
	struct change	*change = &office->change;
	int		 done;

	change_forget(&office->store, change);
	memset(&change->result, 0, sizeof(change->result));
	change->request = *request;
	change->client = office->client.name;
	change->peer = (char *)(uintptr_t)"local";
	done = account_carry_out(&office->store, office->config,
	    &office->client, change);
	assert_int_equal(done, change->result.code < 400 ? 0 : -1);
	snprintf(office->reply, sizeof(office->reply), "%u %s %s",
	    change->result.code, change->result.word, change->result.text);
	return (office->reply);
}

/* A request about an account that says nothing else. */
static inline const char *
carry_login(struct office *office, enum operation operation, char *login)
{
	struct request	request = { .operation = operation, .login = login };

	return (carry(office, &request));
}

/* The files are these texts, or are not there. */
static inline void
assert_files(const struct office *office, const char *const texts[TABLES])
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (texts[kind] == NULL)
			assert_null(office->store.tables[kind]);
		else
			assert_table(office->store.tables[kind], texts[kind]);
}

/* The number of today, as shadow has it. */
static inline const char *
today(void)
{
	static char	text[24];

	snprintf(text, sizeof(text), "%" PRId64, (int64_t)(time(NULL) /
	    86400));
	return (text);
}

#define OFFICE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, office_make, office_free)

#endif /* CARRY_H */
