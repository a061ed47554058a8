/*
 * Tests of dwserv/recall.c: requests that have a key, asked again, by
 * others, after a restart, after a day, and after a great many others.
 */
/* links: dwserv/alias_name.c dwserv/ibuf.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/recall.c dwserv/result.c dwserv/token.c dwserv/xmalloc.c */

#include "scratch.h"

#include "parent.h"

#define WORDS		16

static int
make(void **state)
{
	struct recalls	*recalls = calloc(1, sizeof(*recalls));

	assert_non_null(recalls);
	recalls_init(recalls);
	*state = recalls;
	return (0);
}

static int
clear(void **state)
{
	recalls_clear(*state);
	free(*state);
	return (0);
}

/* A request to create an account; nothing of it is allocated. */
static void
change_set(struct change *change, const char *client, const char *key,
    const char *login)
{
	memset(change, 0, sizeof(*change));
	change->client = (char *)(uintptr_t)client;
	change->request.operation = OPERATION_ACCOUNT_CREATE;
	change->request.idem = (char *)(uintptr_t)key;
	change->request.login = (char *)(uintptr_t)login;
}

/* It was carried out, and is in the ledger: returns what stands there. */
static char *
change_keep(struct recalls *recalls, struct change *change, const char *text)
{
	char	*record;

	result_set(&change->result, 250, "created", "%s", text);
	change->record = strdup("client=a change=x");
	recall_record(change);
	recall_keep(recalls, change);
	record = change->record;
	change->record = NULL;
	return (record);
}

/* The whole of it: the client asks, and the change is carried out. */
static char *
carry(struct recalls *recalls, const char *client, const char *key,
    const char *login)
{
	struct change	change;

	change_set(&change, client, key, login);
	assert_int_equal(recall_ask(recalls, &change), RECALL_NEW);
	return (change_keep(recalls, &change, login));
}

/* What becomes of this request now; a new one is forgotten. */
static enum recall_answer
ask(struct recalls *recalls, struct change *change, const char *client,
    const char *key, const char *login)
{
	enum recall_answer	answer;

	change_set(change, client, key, login);
	answer = recall_ask(recalls, change);
	assert_int_equal(change->recall != NULL, answer == RECALL_NEW &&
	    key != NULL);
	recall_forget(recalls, change);
	assert_null(change->recall);
	return (answer);
}

static void
test_again(void **state)
{
	struct recalls	*recalls = *state;
	struct change	 change;

	free(carry(recalls, "a", "k", "login=al uid=10001"));
	change_set(&change, "a", "k", "login=al uid=10001");
	assert_int_equal(recall_ask(recalls, &change), RECALL_KNOWN);
	assert_int_equal(change.result.code, 250);
	assert_string_equal(change.result.word, "created");
	assert_string_equal(change.result.text, "login=al uid=10001");
	assert_null(change.recall);
	/* It stays known, however often it is asked. */
	assert_int_equal(recall_ask(recalls, &change), RECALL_KNOWN);
	assert_int_equal(ask(recalls, &change, "b", "k",
	    "login=al uid=10001"), RECALL_NEW);
	assert_int_equal(ask(recalls, &change, "a", "l",
	    "login=al uid=10001"), RECALL_NEW);
	assert_int_equal(ask(recalls, &change, "a", NULL, "al"), RECALL_NEW);
	assert_int_equal(recalls->count, 1);
}

static void
test_conflict(void **state)
{
	struct recalls	*recalls = *state;
	struct change	 change;

	free(carry(recalls, "a", "k", "al"));
	assert_int_equal(ask(recalls, &change, "a", "k", "bob"),
	    RECALL_CONFLICT);
	assert_int_equal(change.result.code, 550);
	assert_string_equal(change.result.word, "idem-conflict");
	assert_int_equal(strncmp(change.result.text, "k ", 2), 0);
	change_set(&change, "a", "k", "al");
	change.request.operation = OPERATION_ACCOUNT_DELETE;
	assert_int_equal(recall_ask(recalls, &change), RECALL_CONFLICT);
	change_set(&change, "a", "k", "al");
	change.request.flags = REQUEST_MOVE_HOME;
	assert_int_equal(recall_ask(recalls, &change), RECALL_CONFLICT);
	assert_int_equal(ask(recalls, &change, "a", "k", "al"),
	    RECALL_KNOWN);
}

/* A hash is another one each time; whether there is one makes a difference. */
static void
test_secret(void **state)
{
	struct recalls	*recalls = *state;
	struct change	 change;
	char		 one[] = "$6$a$b", other[] = "$6$c$d", *record;

	change_set(&change, "a", "k", "al");
	change.request.hash = one;
	change.request.session = 7;
	change.request.number = 8;
	assert_int_equal(recall_ask(recalls, &change), RECALL_NEW);
	record = change_keep(recalls, &change, "");
	assert_null(strstr(record, "$6$"));
	free(record);
	change_set(&change, "a", "k", "al");
	change.request.hash = other;
	assert_int_equal(recall_ask(recalls, &change), RECALL_KNOWN);
	change.request.hash = NULL;
	assert_int_equal(recall_ask(recalls, &change), RECALL_CONFLICT);
}

/* The first is under way; it may fail, and then it is as if it never was. */
static void
test_under_way(void **state)
{
	struct recalls	*recalls = *state;
	struct change	 first, second;

	change_set(&first, "a", "k", "al");
	assert_int_equal(recall_ask(recalls, &first), RECALL_NEW);
	assert_non_null(first.recall);
	assert_int_equal(ask(recalls, &second, "a", "k", "al"), RECALL_WAIT);
	assert_int_equal(ask(recalls, &second, "a", "k", "bob"),
	    RECALL_WAIT);
	recall_forget(recalls, &first);
	assert_null(first.recall);
	recall_forget(recalls, &first);
	assert_int_equal(ask(recalls, &second, "a", "k", "bob"), RECALL_NEW);
	/* Without an entry in the ledger there is nothing to remember. */
	change_set(&first, "a", "k", "al");
	assert_int_equal(recall_ask(recalls, &first), RECALL_NEW);
	recall_keep(recalls, &first);
	assert_null(first.recall);
	assert_int_equal(ask(recalls, &second, "a", "k", "bob"), RECALL_NEW);
	assert_int_equal(recalls->count, 0);
}

static void
part_set(struct change *change, uint32_t part, uint32_t parts,
    const char *login)
{
	change_set(change, "a", "k", login);
	change->request.part = part;
	change->request.parts = parts;
}

/* The parts of a transaction have one key; it is another than a single's. */
static void
test_parts(void **state)
{
	struct recalls	*recalls = *state;
	struct change	 change, one, two;

	part_set(&one, 1, 2, "al");
	part_set(&two, 2, 2, "bob");
	assert_int_equal(recall_ask(recalls, &one), RECALL_NEW);
	assert_int_equal(recall_ask(recalls, &two), RECALL_NEW);
	free(change_keep(recalls, &one, "first"));
	free(change_keep(recalls, &two, "second"));
	part_set(&two, 2, 2, "bob");
	assert_int_equal(recall_ask(recalls, &two), RECALL_KNOWN);
	assert_string_equal(two.result.text, "second");
	part_set(&one, 1, 2, "zoe");
	assert_int_equal(recall_ask(recalls, &one), RECALL_CONFLICT);
	part_set(&one, 1, 3, "al");
	assert_int_equal(recall_ask(recalls, &one), RECALL_CONFLICT);
	assert_int_equal(ask(recalls, &change, "a", "k", "al"),
	    RECALL_CONFLICT);
	free(carry(recalls, "a", "single", "al"));
	part_set(&one, 1, 1, "al");
	one.request.idem = (char *)(uintptr_t)"single";
	assert_int_equal(recall_ask(recalls, &one), RECALL_CONFLICT);
}

/* Learn from a line of the ledger. */
static void
learn(struct recalls *recalls, uint64_t when, const char *line)
{
	char	*copy = strdup(line), *words[WORDS];
	int	 count;

	assert_non_null(copy);
	count = token_split(copy, words, WORDS);
	assert_true(count > 0);
	recall_learn(recalls, when, words, count);
	free(copy);
}

static uint64_t
now(void)
{
	return ((uint64_t)time(NULL));
}

/* A start reads what was written, and answers the same. */
static void
test_restart(void **state)
{
	struct recalls		*recalls = *state, later;
	const struct recall	*recall;
	struct change		 change;
	struct ibuf		*line = text_new();
	char			*record;

	record = carry(recalls, "a", "k", "login=al gecos=\"A \\\" B\"");
	recalls_init(&later);
	learn(&later, now(), record);
	change_set(&change, "a", "k", "login=al gecos=\"A \\\" B\"");
	assert_int_equal(recall_ask(&later, &change), RECALL_KNOWN);
	assert_string_equal(change.result.text, change.request.login);
	assert_int_equal(ask(&later, &change, "a", "k", "bob"),
	    RECALL_CONFLICT);
	recall = TAILQ_FIRST(&later.ages);
	recall_describe(recall, line);
	text_add(line, "", 1);
	recalls_clear(&later);
	/* As a new segment carries it on; the line is older than the key. */
	recalls_init(&later);
	learn(&later, 1, (char *)ibuf_data(line) + 1);
	assert_int_equal(later.count, 1);
	assert_int_equal(ask(&later, &change, "a", "k",
	    "login=al gecos=\"A \\\" B\""), RECALL_KNOWN);
	recalls_clear(&later);
	change.record = record;
	recall_recover(&later, &change);
	assert_int_equal(ask(&later, &change, "a", "k", "bob"),
	    RECALL_CONFLICT);
	recalls_clear(&later);
	ibuf_free(line);
	free(record);
}

/* Lines without a key, and those that make no sense. */
static void
test_learn_nothing(void **state)
{
	static const char *const	 lines[] = {
		"client=a change=account.create login=al",
		"client=a idem=k digest=d", "client=a idem=k reply=\"250 x\"",
		"idem=k digest=d reply=\"250 x\"",
		"client=a digest=d reply=\"250 x\"",
		"client=a idem=k digest=d reply=250",
		"xclient=a idem=k digest=d reply=\"250 x\"",
		"client idem=k digest=d reply=\"250 x\""
	};
	struct recalls			*recalls = *state;
	struct change			 change;
	size_t				 i;

	for (i = 0; i < NUMBER_OF(lines); i++) {
		learn(recalls, now(), lines[i]);
		assert_int_equal(recalls->count, 0);
		assert_true(TAILQ_EMPTY(&recalls->ages));
	}
	learn(recalls, now(), "client=a idem=k digest=d reply=\"250 x\"");
	assert_int_equal(ask(recalls, &change, "a", "k", "al"),
	    RECALL_CONFLICT);
	/* The same key once more: the later one holds, and is one. */
	learn(recalls, now(), "client=a idem=k digest=e reply=\"250 y\"");
	assert_int_equal(recalls->count, 1);
	assert_string_equal(TAILQ_FIRST(&recalls->ages)->reply, "250 y");
}

static void
test_expiry(void **state)
{
	struct recalls	*recalls = *state;
	struct change	 change;
	char		 line[128];

	learn(recalls, now() - RECALL_SECONDS + 100,
	    "client=a idem=young digest=d reply=\"250 x\"");
	assert_int_equal(recalls->count, 1);
	learn(recalls, now() - RECALL_SECONDS - 100,
	    "client=a idem=old digest=d reply=\"250 x\"");
	/* The oldest comes first: it is only behind a younger one. */
	assert_int_equal(ask(recalls, &change, "a", "young", "al"),
	    RECALL_CONFLICT);
	recalls_clear(recalls);
	recalls_init(recalls);
	learn(recalls, now() - RECALL_SECONDS - 100,
	    "client=a idem=old digest=d reply=\"250 x\"");
	assert_int_equal(recalls->count, 0);
	assert_int_equal(ask(recalls, &change, "a", "old", "al"),
	    RECALL_NEW);
	/* What a head says of the time counts, not when it was written. */
	snprintf(line, sizeof(line), "client=a idem=k digest=d at=%" PRIu64
	    " reply=\"250 x\"", now() - RECALL_SECONDS - 100);
	learn(recalls, now(), line);
	assert_int_equal(recalls->count, 0);
	/* One that becomes too old while others come. */
	learn(recalls, now() - RECALL_SECONDS + 100,
	    "client=a idem=first digest=d reply=\"250 x\"");
	TAILQ_FIRST(&recalls->ages)->time -= 200;
	free(carry(recalls, "a", "second", "al"));
	assert_int_equal(recalls->count, 1);
	assert_int_equal(ask(recalls, &change, "a", "first", "al"),
	    RECALL_NEW);
	assert_int_equal(ask(recalls, &change, "a", "second", "al"),
	    RECALL_KNOWN);
}

/* The last so many are remembered, and the one before them is not. */
static void
test_limit(void **state)
{
	struct recalls	*recalls = *state;
	struct change	 change;
	char		 key[16];
	unsigned int	 i;

	for (i = 0; i < RECALL_MAX; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		free(carry(recalls, "a", key, "al"));
	}
	assert_int_equal(recalls->count, RECALL_MAX);
	assert_int_equal(ask(recalls, &change, "a", "k0", "al"),
	    RECALL_KNOWN);
	for (i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "l%u", i);
		free(carry(recalls, "a", key, "al"));
	}
	assert_int_equal(recalls->count, RECALL_MAX);
	assert_int_equal(ask(recalls, &change, "a", "k9", "al"), RECALL_NEW);
	assert_int_equal(ask(recalls, &change, "a", "k10", "al"),
	    RECALL_KNOWN);
	assert_int_equal(ask(recalls, &change, "a", "l9", "al"),
	    RECALL_KNOWN);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, make, clear)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_again),
		TEST(test_conflict),
		TEST(test_secret),
		TEST(test_under_way),
		TEST(test_parts),
		TEST(test_restart),
		TEST(test_learn_nothing),
		TEST(test_expiry),
		TEST(test_limit)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
