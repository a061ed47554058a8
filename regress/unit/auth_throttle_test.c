/*
 * Tests of dwserv/auth_throttle.c and peer.c: what counts as one source, in
 * which order attempts are taken, how long they wait, what is forgiven, and
 * that the table has an end.
 *
 * Time is what the test says it is, and there is one timer of each source
 * and one of the turns, which the test has run out.
 */
/* links: dwserv/auth_throttle.c dwserv/peer.c */

#include <arpa/inet.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth.h"

#define TIMERS_MAX	16
#define FREE		10
#define SOURCES_MAX	65536U

static struct {
	uint64_t	 now;
	struct timer	*timers[TIMERS_MAX];
	size_t		 count;
	int		 right;		/* what is decided of attempts */
	char		 order[256];	/* of what was decided, by session */
	size_t		 decided;
	size_t		 refused;
} fake;

uint64_t
loop_now(void)
{
	return (fake.now);
}

void
timer_start(struct loop *loop, struct timer *timer, uint64_t delay,
    timer_callback callback, void *arg)
{
	size_t	i;

	(void)loop;
	timer->due = fake.now + delay;
	timer->callback = callback;
	timer->arg = arg;
	for (i = 0; i < fake.count; i++)
		if (fake.timers[i] == timer)
			return;
	assert_true(fake.count < TIMERS_MAX);
	fake.timers[fake.count++] = timer;
}

__attribute__((__noreturn__)) void
fatal(const char *format, ...)
{
	(void)format;
	abort();
}

int
login_decide(struct attempt *attempt)
{
	fake.order[fake.decided++] = (char)attempt->login.session;
	free(attempt);
	return (fake.right);
}

void
login_refuse(struct attempt *attempt, const char *why)
{
	assert_string_equal(why, "too-many-failures");
	fake.refused++;
	free(attempt);
}

void
login_forget(struct attempt *attempt)
{
	free(attempt);
}

/* Run the timers that are due by then, in their order. */
static void
run_until(uint64_t end)
{
	struct timer	*next;
	size_t		 i, at;

	for (;;) {
		next = NULL;
		at = 0;
		for (i = 0; i < fake.count; i++)
			if (next == NULL || fake.timers[i]->due < next->due) {
				next = fake.timers[i];
				at = i;
			}
		if (next == NULL || next->due > end)
			break;
		fake.timers[at] = fake.timers[--fake.count];
		if (next->due > fake.now)
			fake.now = next->due;
		next->callback(next->arg);
	}
	fake.now = end;
}

static struct auth		 auth;
static struct auth_worker	 worker;

static void
submit(const char *address, uint32_t uid, char name)
{
	struct attempt		*attempt = calloc(1, sizeof(*attempt));
	struct sockaddr_in	*in;
	struct sockaddr_in6	*in6;

	assert_non_null(attempt);
	attempt->worker = &worker;
	attempt->uid = uid;
	attempt->asked = fake.now;
	attempt->login.session = (uint32_t)name;
	attempt->login.local = address == NULL;
	in = (struct sockaddr_in *)&attempt->login.peer;
	in6 = (struct sockaddr_in6 *)&attempt->login.peer;
	if (address != NULL && strchr(address, ':') != NULL) {
		in6->sin6_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, address,
		    &in6->sin6_addr), 1);
	} else if (address != NULL) {
		in->sin_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, address, &in->sin_addr),
		    1);
	}
	throttle_submit(&auth, attempt);
}

static int
begin(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	memset(&auth, 0, sizeof(auth));
	memset(&worker, 0, sizeof(worker));
	worker.auth = &auth;
	fake.now = 1000000;
	throttle_init(&auth.throttle);
	return (0);
}

/* Let a source fail as often as that, one attempt after the other. */
static void
fail_often(const char *address, unsigned int count)
{
	while (count-- > 0) {
		submit(address, 0, 'x');
		run_until(fake.now);
	}
	fake.decided = 0;
}

/* Whether an attempt of the source is decided after so many milliseconds. */
static void
assert_waits(const char *address, uint64_t delay)
{
	size_t	before = fake.decided;

	submit(address, 0, 'x');
	if (delay > 0) {
		run_until(fake.now + delay - 1);
		assert_int_equal(fake.decided, before);
		run_until(fake.now + 1);
	} else
		run_until(fake.now);
	assert_int_equal(fake.decided, before + 1);
}

static void
test_right_ones_do_not_wait(void **state)
{
	int	i;

	(void)state;
	fake.right = 1;
	for (i = 0; i < 100; i++)
		submit("192.0.2.1", 0, 'x');
	run_until(fake.now);
	assert_int_equal(fake.decided, 100);
	assert_int_equal(auth.throttle.count, 0);
}

static void
test_waits_grow(void **state)
{
	static const uint64_t	 waits[] = { 1000, 2000, 4000, 8000, 16000,
				    30000, 30000, 30000 };
	size_t			 i;

	(void)state;
	for (i = 0; i < FREE; i++)
		assert_waits("192.0.2.1", 0);
	/* Before anything is forgiven, but for what is while they wait. */
	for (i = 0; i < 5; i++)
		assert_waits("192.0.2.1", waits[i]);
	assert_waits("192.0.2.2", 0);
}

static void
test_no_wait_is_longer(void **state)
{
	size_t	i;

	(void)state;
	fail_often("192.0.2.1", FREE);
	for (i = 0; i < 40; i++)
		submit("192.0.2.1", 0, 'x');
	assert_int_equal(fake.refused, 36);
	run_until(fake.now + 1000 + 2000 + 4000 + 8000);
	assert_int_equal(fake.decided, 4);
	for (i = 0; i < 40; i++)
		assert_waits("192.0.2.1", fake.now < 1045000 ? 16000 : 30000);
}

static void
test_forgiveness(void **state)
{
	(void)state;
	fail_often("192.0.2.1", FREE);
	assert_waits("192.0.2.1", 1000);
	assert_int_equal(auth.throttle.count, 1);
	/* Two have been forgiven by then, and one is added. */
	run_until(1000000 + 2 * 30000);
	fake.right = 1;
	assert_waits("192.0.2.1", 0);
	fake.right = 0;
	assert_waits("192.0.2.1", 0);
	assert_waits("192.0.2.1", 1000);
	/* And all, at last; then it is forgotten. */
	run_until(fake.now + 20 * 30000);
	fake.right = 1;
	assert_waits("192.0.2.1", 0);
	assert_int_equal(auth.throttle.count, 0);
}

static void
test_sources_take_turns(void **state)
{
	int	i;

	(void)state;
	fake.right = 1;
	for (i = 0; i < 3; i++)
		submit("192.0.2.1", 0, 'a');
	for (i = 0; i < 2; i++)
		submit("192.0.2.2", 0, 'b');
	submit("192.0.2.3", 0, 'c');
	run_until(fake.now);
	assert_string_equal(fake.order, "abcaba");
}

static void
test_what_is_one_source(void **state)
{
	(void)state;
	fail_often("2001:db8:1:2::1", FREE);
	assert_waits("2001:db8:1:2:ffff::2", 1000);
	assert_waits("2001:db8:1:3::1", 0);
	fail_often("192.0.2.1", FREE);
	assert_waits("::ffff:192.0.2.1", 1000);
	assert_waits("::ffff:192.0.2.2", 0);
	fail_often(NULL, FREE);
	assert_waits(NULL, 1000);
	submit(NULL, 1, 'x');
	run_until(fake.now);
	/* uid 0x0a000001 is not 10.0.0.1. */
	fail_often("1.0.0.10", FREE);
	fake.decided = 0;
	submit(NULL, 0x0a000001, 'x');
	run_until(fake.now);
	assert_int_equal(fake.decided, 1);
}

static void
test_the_table_has_an_end(void **state)
{
	char		 address[32];
	unsigned int	 i;

	(void)state;
	fail_often("192.0.2.1", FREE);
	for (i = 0; i < SOURCES_MAX - 1; i++) {
		snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16,
		    i >> 8 & 255, i & 255);
		fail_often(address, 1);
	}
	assert_int_equal(auth.throttle.count, SOURCES_MAX);
	/* It is used, and so the youngest. */
	assert_waits("192.0.2.1", 1000);
	for (i = 0; i < SOURCES_MAX - 1; i++) {
		snprintf(address, sizeof(address), "11.%u.%u.%u", i >> 16,
		    i >> 8 & 255, i & 255);
		fail_often(address, 1);
	}
	assert_int_equal(auth.throttle.count, SOURCES_MAX);
	assert_waits("192.0.2.1", 2000);
	for (i = 0; i < SOURCES_MAX; i++) {
		snprintf(address, sizeof(address), "12.%u.%u.%u", i >> 16,
		    i >> 8 & 255, i & 255);
		fail_often(address, 1);
	}
	assert_int_equal(auth.throttle.count, SOURCES_MAX);
	assert_waits("192.0.2.1", 0);
}

static void
test_workers_that_are_gone(void **state)
{
	(void)state;
	fail_often("192.0.2.1", FREE);
	submit("192.0.2.1", 0, 'x');
	worker.closed = 1;
	run_until(fake.now + 1000);
	assert_int_equal(fake.decided, 0);
	worker.closed = 0;
	assert_waits("192.0.2.1", 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_right_ones_do_not_wait, begin),
		cmocka_unit_test_setup(test_waits_grow, begin),
		cmocka_unit_test_setup(test_no_wait_is_longer, begin),
		cmocka_unit_test_setup(test_forgiveness, begin),
		cmocka_unit_test_setup(test_sources_take_turns, begin),
		cmocka_unit_test_setup(test_what_is_one_source, begin),
		cmocka_unit_test_setup(test_the_table_has_an_end, begin),
		cmocka_unit_test_setup(test_workers_that_are_gone, begin)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
