/*
 * Tests of dwserv/ledger.c: a ledger that ends too early, was damaged, or
 * has gone; what the journal can give again, and what is not forgiven.
 */
/* links: dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/file.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/ledger.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/recall.c dwserv/record.c dwserv/result.c dwserv/seal.c dwserv/slice.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "ledger_sample.h"

/* Where each line of the sample begins; starts[5] is the end. */
static void
find_lines(const char *text, size_t size, size_t starts[6])
{
	size_t	i, count = 0;

	starts[count++] = 0;
	for (i = 0; i < size; i++)
		if (text[i] == '\n' && count < 6)
			starts[count++] = i + 1;
	assert_int_equal(count, 6);
	assert_int_equal(starts[5], size);
}

/* Cut at every byte of the last batch, entries 3 and 4. */
static void
test_torn(void **state)
{
	struct scratch	*scratch = *state;
	size_t		 size, starts[6], cut, whole;
	char		*text;

	make_sample(scratch);
	text = scratch_get(scratch->fd, FIRST, &size);
	assert_non_null(text);
	find_lines(text, size, starts);
	for (cut = starts[3] + 1; cut < size; cut++) {
		if (cut == starts[4])
			continue;
		scratch_put(scratch->fd, FIRST, 0600, text, cut);
		assert_int_equal(reopen(scratch, NO_JOURNAL, 0, ""), -1);
		assert_bytes(scratch, text, cut);
		assert_logged(scratch, "is damaged behind entry");
		whole = cut < starts[4] ? 3 : 4;
		assert_int_equal(reopen(scratch, 3, whole - 1,
		    "10001,10003"), 0);
		assert_bytes(scratch, text, starts[whole]);
		scratch->log[0] = '\0';
	}
	/* The journal has 4, but 3 is damaged. */
	scratch_put(scratch->fd, FIRST, 0600, text, starts[4] - 1);
	assert_int_equal(reopen(scratch, 4, 0, ""), -1);
	free(text);
}

/* What was cut off is appended again, and the chain is whole. */
static void
test_torn_append(void **state)
{
	static const char *const lines[] = {
		"0 segment=1 next=1 previous=" ZEROS " uids=10001 gids=",
		"1 client=a change=account.create login=al uid=10001 "
		    "gid=10001",
		"2 client=a change=account.create login=bob uid=10003 "
		    "gid=10009",
		"3 again", "4 too", NULL
	};
	struct scratch	*scratch = *state;
	struct ledger	 ledger;
	struct store	 store;
	struct recalls	 recalls;
	size_t		 size, starts[6];
	char		*text;

	make_sample(scratch);
	text = scratch_get(scratch->fd, FIRST, &size);
	assert_non_null(text);
	find_lines(text, size, starts);
	scratch_put(scratch->fd, FIRST, 0600, text, starts[3] + 20);
	store_begin(&store);
	recalls_init(&recalls);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    3), 0);
	assert_logged(scratch, "cut short");
	append_one(&ledger, &store, "again");
	append_one(&ledger, &store, "too");
	ledger_close(&ledger);
	store_end(&store);
	assert_segment(scratch, FIRST, ZEROS, lines);
	free(text);
}

/* Any byte of what no journal can give again. */
static void
test_damage(void **state)
{
	struct scratch	*scratch = *state;
	size_t		 size, starts[6], at;
	char		*text;

	make_sample(scratch);
	text = scratch_get(scratch->fd, FIRST, &size);
	assert_non_null(text);
	find_lines(text, size, starts);
	for (at = 0; at < size; at++) {
		text[at] ^= 1;
		scratch_put(scratch->fd, FIRST, 0600, text, size);
		if (reopen(scratch, NO_JOURNAL, 0, "") != -1)
			fail_msg("byte %zu of %zu is not missed", at, size);
		if (at < starts[3] && reopen(scratch, 3, 0, "") != -1)
			fail_msg("byte %zu of %zu was cut off", at, size);
		assert_bytes(scratch, text, size);
		text[at] ^= 1;
	}
	scratch_put(scratch->fd, FIRST, 0600, text, size);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 4, "10001,10003"), 0);
	free(text);
}

/* Lines taken out, exchanged, or put in. */
static void
test_forged(void **state)
{
	struct scratch	*scratch = *state;
	size_t		 size, starts[6], length;
	char		*text, *forged;

	make_sample(scratch);
	text = scratch_get(scratch->fd, FIRST, &size);
	forged = calloc(1, size * 2);
	assert_non_null(text);
	assert_non_null(forged);
	find_lines(text, size, starts);
	memcpy(forged, text, starts[2]);
	memcpy(forged + starts[2], text + starts[3], size - starts[3]);
	length = size - (starts[3] - starts[2]);
	scratch_put(scratch->fd, FIRST, 0600, forged, length);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 0, ""), -1);
	memcpy(forged, text, size);
	memcpy(forged + size, text + starts[4], size - starts[4]);
	length = size + (size - starts[4]);
	scratch_put(scratch->fd, FIRST, 0600, forged, length);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 0, ""), -1);
	scratch_put(scratch->fd, FIRST, 0600, text + starts[1],
	    size - starts[1]);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 0, ""), -1);
	free(text);
	free(forged);
}

/* Whole lines are missing at the end: only the journal can tell. */
static void
test_short(void **state)
{
	struct scratch	*scratch = *state;
	size_t		 size, starts[6], entries;
	char		*text;

	make_sample(scratch);
	text = scratch_get(scratch->fd, FIRST, &size);
	assert_non_null(text);
	find_lines(text, size, starts);
	for (entries = 2; entries <= 4; entries++) {
		scratch_put(scratch->fd, FIRST, 0600, text,
		    starts[entries + 1]);
		assert_int_equal(reopen(scratch, NO_JOURNAL, entries,
		    "10001,10003"), 0);
		assert_int_equal(reopen(scratch, entries + 1, entries,
		    "10001,10003"), 0);
		assert_int_equal(reopen(scratch, 1, entries, "10001,10003"),
		    0);
		assert_int_equal(reopen(scratch, entries + 2, 0, ""), -1);
	}
	/* A segment has a head from the moment that it has its name. */
	scratch_put(scratch->fd, FIRST, 0600, "", 0);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 0, ""), -1);
	assert_int_equal(reopen(scratch, 1, 0, ""), -1);
	free(text);
}

/* Without any segment the numbers go on where the journal's begin. */
static void
test_moved_away(void **state)
{
	static const char *const lines[] = {
		"0 segment=1 next=7 previous=" ZEROS " uids= gids=",
		"7 again", NULL
	};
	struct scratch	*scratch = *state;
	struct ledger	 ledger;
	struct store	 store;
	struct recalls	 recalls;

	store_begin(&store);
	recalls_init(&recalls);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    7), 0);
	assert_int_equal(ledger.last, 6);
	append_one(&ledger, &store, "again");
	ledger_close(&ledger);
	store_end(&store);
	assert_segment(scratch, FIRST, ZEROS, lines);
	assert_int_equal(reopen(scratch, 7, 7, ""), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_torn),
		TEST(test_torn_append),
		TEST(test_damage),
		TEST(test_forged),
		TEST(test_short),
		TEST(test_moved_away)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
