/*
 * Tests of dwserv/idset.c: against a plain array of bits, at both ends of
 * the numbers, and as text there and back.
 */
/* links: dwserv/alias_line.c dwserv/alias_table.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/slice.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "scratch.h"

#include "parent.h"

#define BITS		4000
#define ROUNDS		40
#define STEPS		2000

static char *
set_text(struct idset *set)
{
	struct ibuf	*to = text_new();
	char		*text;

	idset_format(set, to);
	text = strndup(ibuf_data(to), ibuf_size(to));
	assert_non_null(text);
	ibuf_free(to);
	return (text);
}

static void
assert_set(struct idset *set, const char *expected)
{
	char	*text = set_text(set);

	assert_string_equal(text, expected);
	free(text);
}

static void
test_text(void **state)
{
	static const struct {
		const char	*text;
		const char	*expected;
	} cases[] = {
		{ "", "" }, { "0", "0" }, { "5", "5" }, { "5-5", "5" },
		{ "5,6", "5-6" }, { "6,5", "5-6" }, { "5,7", "5,7" },
		{ "5,7,6", "5-7" }, { "1-3,5-9,4", "1-9" },
		{ "1-3,2-9", "1-9" }, { "2-9,1-3", "1-9" },
		{ "1-9,3-4", "1-9" }, { "1,3,5,7,0-8", "0-8" },
		{ "1,3,5,7,9,2-6", "1-7,9" }, { ",1,,2,", "1-2" },
		{ "4294967295", "4294967295" },
		{ "4294967294,4294967295", "4294967294-4294967295" },
		{ "0-4294967295", "0-4294967295" },
		{ "0-4294967295,7", "0-4294967295" },
		{ "1-4294967295,0", "0-4294967295" }
	};
	struct idset	set = RB_INITIALIZER(&set);
	size_t		i;

	(void)state;
	for (i = 0; i < NUMBER_OF(cases); i++) {
		assert_int_equal(idset_parse(&set, cases[i].text), 0);
		assert_set(&set, cases[i].expected);
		idset_clear(&set);
		assert_set(&set, "");
	}
}

static void
test_bad_text(void **state)
{
	static const char *const bad[] = { "x", "1-", "-1", "1-x", "2-1",
	    "1--2", "1-2-3", "4294967296", "1 ", " 1", "1;2", "+1",
	    "1-4294967296" };
	struct idset	set = RB_INITIALIZER(&set);
	size_t		i;

	(void)state;
	for (i = 0; i < NUMBER_OF(bad); i++)
		if (idset_parse(&set, bad[i]) != -1)
			fail_msg("<%s> is a set of ids", bad[i]);
	assert_set(&set, "");
}

static void
test_remove(void **state)
{
	struct idset	set = RB_INITIALIZER(&set);

	(void)state;
	idset_add_range(&set, 10, 20);
	idset_remove(&set, 9);
	idset_remove(&set, 21);
	assert_set(&set, "10-20");
	idset_remove(&set, 10);
	idset_remove(&set, 20);
	idset_remove(&set, 15);
	assert_set(&set, "11-14,16-19");
	idset_remove(&set, 15);
	idset_add(&set, 15);
	assert_set(&set, "11-19");
	idset_clear(&set);
	idset_add_range(&set, 0, UINT32_MAX);
	idset_remove(&set, 0);
	idset_remove(&set, UINT32_MAX);
	assert_set(&set, "1-4294967294");
	idset_remove(&set, 1);
	assert_set(&set, "2-4294967294");
	idset_clear(&set);
	idset_add(&set, 7);
	idset_remove(&set, 7);
	assert_set(&set, "");
	assert_false(idset_has(&set, 7));
}

static void
assert_free(struct idset *set, uint32_t min, uint32_t max, int64_t expected)
{
	uint32_t	id = 4711;
	int		result = idset_first_free(set, min, max, &id);

	if (expected == -1) {
		assert_int_equal(result, -1);
		assert_int_equal(id, 4711);
		return;
	}
	assert_int_equal(result, 0);
	assert_true(id == expected);
}

static void
test_first_free(void **state)
{
	struct idset	set = RB_INITIALIZER(&set);

	(void)state;
	assert_free(&set, 1000, 1000, 1000);
	assert_free(&set, 1001, 1000, -1);
	idset_parse(&set, "1000-1002,1004,1005");
	assert_free(&set, 1000, 2000, 1003);
	assert_free(&set, 1001, 2000, 1003);
	assert_free(&set, 1004, 2000, 1006);
	assert_free(&set, 1004, 1005, -1);
	assert_free(&set, 999, 2000, 999);
	/* systemd's dynamic users; nobody; -1 and -2, 16 and 32 bits. */
	assert_free(&set, 61183, 70000, 61183);
	assert_free(&set, 61184, 70000, 65520);
	assert_free(&set, 61184, 65519, -1);
	assert_free(&set, 65534, 70000, 65536);
	assert_free(&set, 65533, 65535, 65533);
	idset_add(&set, 65533);
	assert_free(&set, 65533, 65535, -1);
	assert_free(&set, UINT32_MAX - 2, UINT32_MAX, UINT32_MAX - 2);
	assert_free(&set, UINT32_MAX - 1, UINT32_MAX, -1);
	idset_add_range(&set, 0, UINT32_MAX);
	assert_free(&set, 0, UINT32_MAX, -1);
	idset_clear(&set);
}

/* The bits as text, in the shortest form. */
static void
bits_text(const unsigned char *bits, char *text, size_t size)
{
	uint32_t	first, last;
	size_t		used = 0;

	text[0] = '\0';
	for (first = 0; first < BITS; first = last + 1) {
		last = first;
		if (!bits[first])
			continue;
		while (last + 1 < BITS && bits[last + 1])
			last++;
		used += (size_t)snprintf(text + used, size - used,
		    first == last ? "%s%u" : "%s%u-%u", used > 0 ? "," : "",
		    first, last);
	}
}

static void
check_bits(struct seed *seed, struct idset *set, const unsigned char *bits)
{
	uint32_t	min = seed_next(seed, BITS), id = 0, due;
	uint32_t	max = min + seed_next(seed, BITS - min);

	assert_int_equal(idset_has(set, min), bits[min]);
	for (due = min; due <= max && bits[due]; due++)
		;
	assert_int_equal(idset_first_free(set, min, max, &id), due > max ?
	    -1 : 0);
	if (due <= max)
		assert_int_equal(id, due);
}

static void
random_change(struct seed *seed, struct idset *set, unsigned char *bits)
{
	uint32_t	first = seed_next(seed, BITS), last = first;

	if (seed_next(seed, 3) == 0) {
		idset_remove(set, first);
		bits[first] = 0;
		return;
	}
	if (seed_next(seed, 4) == 0)
		last += seed_next(seed, BITS - first) / 50;
	if (first == last)
		idset_add(set, first);
	else
		idset_add_range(set, first, last);
	memset(bits + first, 1, last - first + 1);
}

static void
random_round(struct seed *seed)
{
	static unsigned char	bits[BITS];
	static char		expected[BITS * 6];
	struct idset		set = RB_INITIALIZER(&set);
	struct idset		copy = RB_INITIALIZER(&copy);
	char			*text;
	int			 step;

	memset(bits, 0, sizeof(bits));
	for (step = 0; step < STEPS; step++) {
		random_change(seed, &set, bits);
		check_bits(seed, &set, bits);
	}
	bits_text(bits, expected, sizeof(expected));
	text = set_text(&set);
	assert_string_equal(text, expected);
	assert_int_equal(idset_parse(&copy, text), 0);
	assert_set(&copy, expected);
	free(text);
	idset_clear(&set);
	idset_clear(&copy);
}

static void
test_against_bits(void **state)
{
	struct seed	seed = seed_start("bits");
	int		round;

	(void)state;
	for (round = 0; round < ROUNDS; round++)
		random_round(&seed);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_bad_text),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_first_free),
		cmocka_unit_test(test_against_bits)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
