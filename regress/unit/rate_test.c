/*
 * Tests of dwserv/rate.c: how many requests a client gets, and when.
 */
/* links: dwserv/config.c dwserv/hashrule.c dwserv/ibuf.c dwserv/log.c dwserv/name.c dwserv/rate.c dwserv/symbol.c dwserv/xmalloc.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "parent.h"

struct buckets {
	struct rates	rates;
	struct client	client;
	struct client	other;
};

static int
buckets_make(void **state)
{
	struct buckets	*buckets = calloc(1, sizeof(*buckets));
	static char	 billing[] = "billing", web[] = "web";

	assert_non_null(buckets);
	rates_init(&buckets->rates);
	buckets->client.name = billing;
	buckets->other.name = web;
	buckets->client.rate = buckets->other.rate = 10;
	buckets->client.burst = buckets->other.burst = 20;
	*state = buckets;
	return (0);
}

static int
buckets_free(void **state)
{
	struct buckets	*buckets = *state;

	rates_clear(&buckets->rates);
	assert_true(TAILQ_EMPTY(&buckets->rates));
	free(buckets);
	return (0);
}

static uint32_t
take(struct buckets *buckets, uint32_t count, uint64_t now)
{
	return (rate_take(&buckets->rates, &buckets->client, count, now));
}

/* As many at once as the burst, then as many a second as the rate. */
static void
test_burst(void **state)
{
	struct buckets	*buckets = *state;
	int		 i;

	for (i = 0; i < 20; i++)
		assert_int_equal(take(buckets, 1, 1000), 0);
	assert_int_equal(take(buckets, 1, 1000), 1);
	assert_int_equal(take(buckets, 1, 1099), 1);
	assert_int_equal(take(buckets, 1, 1100), 0);
	assert_int_equal(take(buckets, 1, 1100), 1);
	assert_int_equal(take(buckets, 10, 2100), 0);
	assert_int_equal(take(buckets, 1, 2100), 1);
}

/* Over any time, no more than the burst and the rate together. */
static void
test_sum(void **state)
{
	struct buckets	*buckets = *state;
	uint64_t	 now;
	unsigned int	 given = 0;

	for (now = 5; now < 100005; now++)
		given += take(buckets, 1, now) == 0;
	assert_true(given <= 20 + 1000);
	assert_true(given >= 20 + 999);
}

/* No more is saved up than the burst, however long nobody asks. */
static void
test_saving(void **state)
{
	struct buckets	*buckets = *state;

	assert_int_equal(take(buckets, 20, 0), 0);
	assert_int_equal(take(buckets, 20, UINT64_MAX / 2), 0);
	assert_int_equal(take(buckets, 1, UINT64_MAX / 2), 1);
	assert_int_equal(take(buckets, 20, UINT64_MAX), 0);
	assert_int_equal(take(buckets, 1, UINT64_MAX), 1);
}

/* Several at once are given or not; what is not given is not taken. */
static void
test_several(void **state)
{
	struct buckets	*buckets = *state;

	assert_int_equal(take(buckets, 15, 0), 0);
	assert_int_equal(take(buckets, 15, 0), 1);
	assert_int_equal(take(buckets, 20, 0), 2);
	assert_int_equal(take(buckets, 5, 0), 0);
	assert_int_equal(take(buckets, 20, 1999), 1);
	assert_int_equal(take(buckets, 20, 2000), 0);
	assert_int_equal(take(buckets, 21, 100000), UINT32_MAX);
	assert_int_equal(take(buckets, 20, 100000), 0);
}

/* The seconds that are said are enough. */
static void
test_wait(void **state)
{
	struct buckets	*buckets = *state;
	uint32_t	 wait;

	buckets->client.rate = 1;
	buckets->client.burst = 90;
	assert_int_equal(take(buckets, 90, 0), 0);
	wait = take(buckets, 61, 400);
	assert_int_equal(wait, 61);
	assert_int_not_equal(take(buckets, 61, 400 + 1000 * (wait - 1)), 0);
	assert_int_equal(take(buckets, 61, 400 + 1000 * wait), 0);
}

/* Each has its own; none has any number; a burst of 0 is the rate. */
static void
test_clients(void **state)
{
	struct buckets	*buckets = *state;
	int		 i;

	assert_int_equal(take(buckets, 20, 0), 0);
	assert_int_equal(rate_take(&buckets->rates, &buckets->other, 20, 0), 0);
	assert_int_equal(rate_take(&buckets->rates, &buckets->other, 1, 0), 1);
	assert_int_equal(take(buckets, 1, 0), 1);
	buckets->client.rate = 0;
	for (i = 0; i < 1000; i++)
		assert_int_equal(take(buckets, 10000, 0), 0);
	buckets->client.rate = 3;
	buckets->client.burst = 0;
	assert_int_equal(take(buckets, 4, 1000000), UINT32_MAX);
	assert_int_equal(take(buckets, 3, 1000000), 0);
}

/* A reload may make it less or more, at once. */
static void
test_reload(void **state)
{
	struct buckets	*buckets = *state;

	assert_int_equal(take(buckets, 1, 0), 0);
	buckets->client.burst = 5;
	assert_int_equal(take(buckets, 6, 0), UINT32_MAX);
	assert_int_equal(take(buckets, 5, 0), 0);
	assert_int_equal(take(buckets, 1, 0), 1);
	buckets->client.rate = RATE_MAX;
	buckets->client.burst = RATE_MAX;
	assert_int_equal(take(buckets, 1000, 1), 0);
	assert_int_equal(take(buckets, 1, 1), 1);
	assert_int_equal(take(buckets, RATE_MAX, 1001), 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, buckets_make, buckets_free)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_burst),
		TEST(test_sum),
		TEST(test_saving),
		TEST(test_several),
		TEST(test_wait),
		TEST(test_clients),
		TEST(test_reload)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
