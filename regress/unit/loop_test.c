/*
 * Tests of dwserv/loop.c: timers in their order, and watches that are
 * started and stopped while the loop calls them.
 */
/* links: dwserv/log.c dwserv/loop.c dwserv/xmalloc.c */

#include <sys/time.h>

#include <signal.h>

#include "scratch.h"

#include "loop.h"

#define PIPES	100
#define ROUNDS	1500

/* What happened, in order. */
static char	happened[256];

struct ticker {
	struct timer	 timer;
	struct loop	*loop;
	const char	*name;
	struct ticker	*other;
	unsigned int	 count;
};

static void
ticker_note(void *arg)
{
	struct ticker	*ticker = arg;

	assert_true(loop_now() >= ticker->timer.due);
	assert_null(ticker->timer.loop);
	strlcat(happened, ticker->name, sizeof(happened));
}

static void
run_until(struct loop *loop, const char *expected)
{
	uint64_t	deadline = loop_now() + 10000;

	while (strlen(happened) < strlen(expected) && loop_now() < deadline)
		assert_int_equal(loop_once(loop, 1000), 0);
	assert_string_equal(happened, expected);
}

static void
test_timer_order(void **state)
{
	struct loop	loop;
	struct ticker	tickers[5] = { { .name = "a" }, { .name = "b" },
	    { .name = "c" }, { .name = "d" }, { .name = "e" } };

	(void)state;
	happened[0] = '\0';
	loop_init(&loop);
	timer_start(&loop, &tickers[0].timer, 30, ticker_note, &tickers[0]);
	timer_start(&loop, &tickers[1].timer, 5, ticker_note, &tickers[1]);
	timer_start(&loop, &tickers[2].timer, 15, ticker_note, &tickers[2]);
	timer_start(&loop, &tickers[3].timer, 0, ticker_note, &tickers[3]);
	timer_start(&loop, &tickers[4].timer, 0, ticker_note, &tickers[4]);
	run_until(&loop, "debca");
	loop_free(&loop);
}

static void
test_timer_stop(void **state)
{
	struct loop	loop;
	struct ticker	tickers[3] = { { .name = "a" }, { .name = "b" },
	    { .name = "c" } };

	(void)state;
	happened[0] = '\0';
	loop_init(&loop);
	timer_stop(&tickers[0].timer);
	timer_start(&loop, &tickers[0].timer, 0, ticker_note, &tickers[0]);
	timer_start(&loop, &tickers[1].timer, 0, ticker_note, &tickers[1]);
	timer_start(&loop, &tickers[2].timer, 0, ticker_note, &tickers[2]);
	timer_stop(&tickers[1].timer);
	/* Started again, it is as if it had never run before. */
	timer_start(&loop, &tickers[0].timer, 5, ticker_note, &tickers[0]);
	run_until(&loop, "ca");
	assert_int_equal(loop_once(&loop, 0), 0);
	assert_string_equal(happened, "ca");
	loop_free(&loop);
}

static void
ticker_stop_other(void *arg)
{
	struct ticker	*ticker = arg;

	strlcat(happened, ticker->name, sizeof(happened));
	timer_stop(&ticker->other->timer);
	free(ticker->other);
	free(ticker);
}

/* A timer may end another one that is due, and both may be gone after. */
static void
test_timer_stops_other(void **state)
{
	struct loop	 loop;
	struct ticker	*first = calloc(1, sizeof(*first));
	struct ticker	*second = calloc(1, sizeof(*second));

	(void)state;
	assert_non_null(first);
	assert_non_null(second);
	happened[0] = '\0';
	loop_init(&loop);
	first->name = "1";
	first->other = second;
	timer_start(&loop, &first->timer, 0, ticker_stop_other, first);
	timer_start(&loop, &second->timer, 0, ticker_note, second);
	assert_int_equal(loop_once(&loop, 1000), 0);
	assert_string_equal(happened, "1");
	assert_int_equal(loop_once(&loop, 0), 0);
	assert_string_equal(happened, "1");
	loop_free(&loop);
}

static void
ticker_again(void *arg)
{
	struct ticker	*ticker = arg;

	ticker->count++;
	timer_start(ticker->loop, &ticker->timer, 0, ticker_again, ticker);
}

/* A timer that starts itself anew does not keep the loop from going on. */
static void
test_timer_again(void **state)
{
	struct loop	loop;
	struct ticker	ticker = { .loop = &loop };
	unsigned int	turn;

	(void)state;
	loop_init(&loop);
	timer_start(&loop, &ticker.timer, 0, ticker_again, &ticker);
	for (turn = 1; turn <= 100; turn++) {
		assert_int_equal(loop_once(&loop, 1000), 0);
		assert_int_equal(ticker.count, turn);
	}
	timer_stop(&ticker.timer);
	loop_free(&loop);
}

/* One end of a pipe that is watched. */
struct tap {
	struct watch	 watch;
	struct loop	*loop;
	struct tap	*other;
	int		 fds[2];
	int		 active;
	int		 ready;		/* a byte is in it */
	unsigned int	 calls;
};

static void
tap_open(struct tap *tap, struct loop *loop)
{
	memset(tap, 0, sizeof(*tap));
	tap->loop = loop;
	assert_int_equal(pipe2(tap->fds, O_CLOEXEC | O_NONBLOCK), 0);
}

static void
tap_close(struct tap *tap)
{
	watch_stop(&tap->watch);
	close(tap->fds[0]);
	close(tap->fds[1]);
}

static void
tap_fill(struct tap *tap)
{
	assert_int_equal(write(tap->fds[1], "x", 1), 1);
	tap->ready = 1;
}

static void
tap_read(int fd, short events, void *arg)
{
	struct tap	*tap = arg;
	char		 byte;

	assert_int_equal(fd, tap->fds[0]);
	assert_true(events & POLLIN);
	tap->calls++;
	assert_int_equal(read(fd, &byte, 1), 1);
	tap->ready = 0;
}

static void
tap_start(struct tap *tap, watch_callback callback)
{
	assert_int_equal(watch_start(tap->loop, &tap->watch, tap->fds[0],
	    POLLIN, callback, tap), 0);
}

static void
test_watch(void **state)
{
	struct loop	loop;
	struct tap	tap;

	(void)state;
	loop_init(&loop);
	tap_open(&tap, &loop);
	tap_start(&tap, tap_read);
	assert_int_equal(loop_once(&loop, 0), 0);
	assert_int_equal(tap.calls, 0);
	tap_fill(&tap);
	assert_int_equal(loop_once(&loop, 1000), 0);
	assert_int_equal(tap.calls, 1);
	watch_events(&tap.watch, 0);
	tap_fill(&tap);
	assert_int_equal(loop_once(&loop, 0), 0);
	assert_int_equal(tap.calls, 1);
	watch_events(&tap.watch, POLLIN);
	assert_int_equal(loop_once(&loop, 1000), 0);
	assert_int_equal(tap.calls, 2);
	watch_stop(&tap.watch);
	watch_stop(&tap.watch);
	watch_events(&tap.watch, POLLIN);
	tap_fill(&tap);
	assert_int_equal(loop_once(&loop, 0), 0);
	assert_int_equal(tap.calls, 2);
	tap_close(&tap);
	loop_free(&loop);
}

static void
tap_hangup(int fd, short events, void *arg)
{
	struct tap	*tap = arg;

	(void)fd;
	assert_true(events & POLLHUP);
	tap->calls++;
	watch_stop(&tap->watch);
}

/* A hangup is told even to who waits for nothing. */
static void
test_hangup(void **state)
{
	struct loop	loop;
	struct tap	tap;

	(void)state;
	loop_init(&loop);
	tap_open(&tap, &loop);
	tap_start(&tap, tap_hangup);
	watch_events(&tap.watch, 0);
	close(tap.fds[1]);
	assert_int_equal(loop_once(&loop, 1000), 0);
	assert_int_equal(loop_once(&loop, 0), 0);
	assert_int_equal(tap.calls, 1);
	close(tap.fds[0]);
	loop_free(&loop);
}

static void
tap_stop_both(int fd, short events, void *arg)
{
	struct tap	*tap = arg;

	(void)fd;
	(void)events;
	tap->calls++;
	watch_stop(&tap->watch);
	tap_close(tap->other);
	free(tap->other);
	tap->other = NULL;
}

/* Both are ready; the first stops both, and the second is gone for good. */
static void
test_stop_in_callback(void **state)
{
	struct loop	 loop;
	struct tap	 first, *second = calloc(1, sizeof(*second));

	(void)state;
	assert_non_null(second);
	loop_init(&loop);
	tap_open(&first, &loop);
	tap_open(second, &loop);
	first.other = second;
	tap_start(&first, tap_stop_both);
	tap_start(second, tap_stop_both);
	tap_fill(&first);
	tap_fill(second);
	assert_int_equal(loop_once(&loop, 1000), 0);
	assert_int_equal(first.calls, 1);
	assert_null(first.other);
	assert_int_equal(loop_once(&loop, 0), 0);
	assert_int_equal(first.calls, 1);
	assert_int_equal(loop.count, 0);
	tap_close(&first);
	loop_free(&loop);
}

static void
tap_start_other(int fd, short events, void *arg)
{
	struct tap	*tap = arg;

	tap_read(fd, events, arg);
	tap_start(tap->other, tap_read);
	watch_stop(&tap->watch);
	tap_start(tap, tap_read);
}

/* What is started in a callback is looked at from the next turn on. */
static void
test_start_in_callback(void **state)
{
	struct loop	loop;
	struct tap	first, second;

	(void)state;
	loop_init(&loop);
	tap_open(&first, &loop);
	tap_open(&second, &loop);
	first.other = &second;
	tap_start(&first, tap_start_other);
	tap_fill(&first);
	tap_fill(&second);
	assert_int_equal(loop_once(&loop, 1000), 0);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 0);
	tap_fill(&first);
	assert_int_equal(loop_once(&loop, 1000), 0);
	assert_int_equal(first.calls, 2);
	assert_int_equal(second.calls, 1);
	tap_close(&first);
	tap_close(&second);
	loop_free(&loop);
}

static void
random_turn(struct seed *seed, struct tap *taps)
{
	struct tap	*tap;
	unsigned int	 i, before[PIPES], due;

	for (i = 0; i < 10; i++) {
		tap = &taps[seed_next(seed, PIPES)];
		if (seed_next(seed, 2) == 0 && !tap->ready)
			tap_fill(tap);
		else if (tap->active)
			watch_stop(&tap->watch);
		else
			tap_start(tap, tap_read);
		tap->active = tap->watch.loop != NULL;
	}
	for (i = 0; i < PIPES; i++)
		before[i] = taps[i].calls + (taps[i].active && taps[i].ready);
	assert_int_equal(loop_once(taps[0].loop, 0), 0);
	for (i = 0, due = 0; i < PIPES; i++) {
		assert_int_equal(taps[i].calls, before[i]);
		due += taps[i].active != 0;
	}
	assert_int_equal(taps[0].loop->count, due);
}

/* Many of them, coming and going: each is called exactly when it must be. */
static void
test_many(void **state)
{
	struct seed	 seed = seed_start("watches");
	struct loop	 loop;
	struct tap	*taps = calloc(PIPES, sizeof(*taps));
	int		 i;

	(void)state;
	assert_non_null(taps);
	loop_init(&loop);
	for (i = 0; i < PIPES; i++)
		tap_open(&taps[i], &loop);
	for (i = 0; i < ROUNDS; i++)
		random_turn(&seed, taps);
	for (i = 0; i < PIPES; i++)
		tap_close(&taps[i]);
	loop_free(&loop);
	free(taps);
}

static void
signal_ignore(int number)
{
	(void)number;
}

/* A signal ends the waiting, and that is no error. */
static void
test_signal(void **state)
{
	struct sigaction	action = { .sa_handler = signal_ignore };
	struct itimerval	soon = { { 0, 5000 }, { 0, 5000 } };
	struct itimerval	never = { { 0, 0 }, { 0, 0 } };
	struct loop		loop;
	uint64_t		before = loop_now();

	(void)state;
	loop_init(&loop);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(loop_once(&loop, 60000), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(loop_now() - before < 30000);
	loop_free(&loop);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_timer_order),
		cmocka_unit_test(test_timer_stop),
		cmocka_unit_test(test_timer_stops_other),
		cmocka_unit_test(test_timer_again),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_hangup),
		cmocka_unit_test(test_stop_in_callback),
		cmocka_unit_test(test_start_in_callback),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_signal)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
