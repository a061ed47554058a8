/*
 * Tests of dwserv/index.c: against a plain list of pairs, with so few
 * hashes that many lines stand under each.
 */
/* links: dwserv/index.c dwserv/log.c dwserv/xmalloc.c */

#include "scratch.h"

#include "table.h"

#define STEPS		30000
#define PAIRS_MAX	4000
#define HASHES		300
#define FULL_CHECK	2000	/* steps */

struct pair {
	uint32_t	hash;
	line_t		line;
};

struct model {
	struct pair	pairs[PAIRS_MAX];
	size_t		count;
};

/* Near each other, so that their slots run into one another. */
static uint32_t
random_hash(struct seed *seed)
{
	return (seed_next(seed, HASHES) | seed_next(seed, 4) << 29);
}

static int
line_compare(const void *a, const void *b)
{
	line_t	first = *(const line_t *)a, second = *(const line_t *)b;

	return (first < second ? -1 : first > second);
}

/* The lines under a hash are the model's, in whatever order. */
static void
check_hash(const struct index *index, const struct model *model,
    uint32_t hash)
{
	static line_t	found[PAIRS_MAX], expected[PAIRS_MAX];
	size_t		count = 0, due = 0, state = 0, i;
	line_t		line;

	while ((line = index_next(index, hash, &state)) != LINE_NONE) {
		assert_true(count < PAIRS_MAX);
		found[count++] = line;
	}
	assert_int_equal(index_next(index, hash, &state), LINE_NONE);
	for (i = 0; i < model->count; i++)
		if (model->pairs[i].hash == hash)
			expected[due++] = model->pairs[i].line;
	assert_int_equal(count, due);
	qsort(found, count, sizeof(found[0]), line_compare);
	qsort(expected, due, sizeof(expected[0]), line_compare);
	assert_memory_equal(found, expected, count * sizeof(found[0]));
}

static void
check_all(const struct index *index, const struct model *model)
{
	uint32_t	i, high;

	for (i = 0; i < HASHES; i++)
		for (high = 0; high < 4; high++)
			check_hash(index, model, i | high << 29);
}

/* Phases in which the index grows and shrinks take turns. */
static void
random_step(struct seed *seed, struct index *index, struct model *model,
    int step)
{
	int		 grows = step / 3000 % 2 == 0;
	struct pair	*pair;
	size_t		 at;

	if (model->count < PAIRS_MAX && (model->count == 0 ||
	    seed_next(seed, 10) < (grows ? 8 : 3))) {
		pair = &model->pairs[model->count++];
		pair->hash = random_hash(seed);
		pair->line = seed_next(seed, 1000000);
		index_insert(index, pair->hash, pair->line);
		return;
	}
	at = seed_next(seed, (uint32_t)model->count);
	index_remove(index, model->pairs[at].hash, model->pairs[at].line);
	model->pairs[at] = model->pairs[--model->count];
}

static void
test_against_model(void **state)
{
	struct seed		 seed = seed_start("index");
	struct index		 index = { 0 };
	struct model		*model = calloc(1, sizeof(*model));
	int			 step;

	(void)state;
	assert_non_null(model);
	for (step = 1; step <= STEPS; step++) {
		random_step(&seed, &index, model, step);
		check_hash(&index, model, random_hash(&seed));
		if (step % FULL_CHECK == 0)
			check_all(&index, model);
	}
	index_free(&index);
	free(model);
}

/* The same line twice under one hash: removed once, it is there once. */
static void
test_twice(void **state)
{
	struct index	index = { 0 };
	size_t		position = 0;

	(void)state;
	index_insert(&index, 5, 7);
	index_insert(&index, 5, 7);
	index_remove(&index, 5, 7);
	assert_int_equal(index_next(&index, 5, &position), 7);
	assert_int_equal(index_next(&index, 5, &position), LINE_NONE);
	index_free(&index);
}

static void
test_empty(void **state)
{
	struct index	index = { 0 };
	size_t		position = 0;

	(void)state;
	assert_int_equal(index_next(&index, 0, &position), LINE_NONE);
	index_remove(&index, 0, 1);
	position = 0;
	assert_int_equal(index_next(&index, 0, &position), LINE_NONE);
	index_remove(&index, 0, 1);
	index_free(&index);
	assert_null(index.slots);
}

/* What is never in it together does not make it grow. */
static void
test_dead_slots(void **state)
{
	struct index	index = { 0 };
	uint32_t	i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		index_insert(&index, i * 2654435761U, i);
		index_remove(&index, i * 2654435761U, i);
	}
	assert_in_range(index.size, 1, 128);
	index_free(&index);
}

/* Hashes do not depend on the key alone, and differ in every bit. */
static void
test_hash(void **state)
{
	uint32_t	ones = 0, zeros = 0, hash, i;
	char		key[16];

	(void)state;
	assert_true(index_hash(1, "alice", 5) == index_hash(1, "alice", 5));
	assert_true(index_hash(1, "alice", 5) != index_hash(2, "alice", 5));
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "user%u", i);
		hash = index_hash(42, key, strlen(key));
		ones |= hash;
		zeros |= ~hash;
	}
	assert_true(ones == UINT32_MAX && zeros == UINT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_against_model),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_dead_slots),
		cmocka_unit_test(test_hash)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
