/*
 * Tests of dwserv/watching.c and dwserv/segment.c: where a watch begins in
 * a ledger of several segments, what it passes over, and when it goes on.
 */
/* links: dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/entry.c dwserv/ibuf.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/segment.c dwserv/show.c dwserv/sight.c dwserv/slice.c dwserv/table.c dwserv/token.c dwserv/watching.c dwserv/xmalloc.c dwserv/pattern.c dwserv/msg.c dwserv/msgpart.c */

#include <sys/mman.h>

#include "watch_session.h"

#define SEGMENTS	8

/* A ledger and what the worker has asked the parent for. */
struct ledger_fake {
	struct worker	 worker;
	struct session	 session;
	struct ibuf	*out;
	int		 fds[SEGMENTS];	/* by number; -1: there is none */
	uint32_t	 asked[64];
	size_t		 asked_count;
	unsigned int	 woken;
};

static struct ledger_fake	*fake;

int
channel_send(struct channel *channel, uint32_t type, uint32_t id, int fd,
    const void *data, size_t length)
{
	assert_ptr_equal(channel, &fake->worker.parent);
	assert_int_equal(type, IMSG_WORKER_SEGMENT);
	assert_int_equal(fd, -1);
	assert_null(data);
	assert_int_equal(length, 0);
	assert_true(fake->asked_count < NUMBER_OF(fake->asked));
	fake->asked[fake->asked_count++] = id;
	return (0);
}

void
session_wake(struct session *session)
{
	(void)session;
	fake->woken++;
}

static int
fake_make(void **state)
{
	size_t	i;

	(void)state;
	fake = calloc(1, sizeof(*fake));
	assert_non_null(fake);
	session_make(&fake->session, &fake->worker);
	fake->out = text_new();
	for (i = 0; i < SEGMENTS; i++)
		fake->fds[i] = -1;
	return (0);
}

static int
fake_remove(void **state)
{
	size_t	i;

	(void)state;
	watching_end(&fake->session);
	assert_true(LIST_EMPTY(&fake->worker.ledger.segments));
	for (i = 0; i < SEGMENTS; i++)
		if (fake->fds[i] != -1)
			close(fake->fds[i]);
	ibuf_free(fake->out);
	free(fake);
	return (0);
}

static void
fake_write(uint32_t segment, const char *text)
{
	struct stat	st;

	assert_int_equal(write(fake->fds[segment], text, strlen(text)),
	    (ssize_t)strlen(text));
	assert_int_equal(fstat(fake->fds[segment], &st), 0);
	if (segment >= fake->worker.ledger.extent.segment) {
		fake->worker.ledger.extent.segment = segment;
		fake->worker.ledger.extent.size = (uint64_t)st.st_size;
	}
}

/* Begin a segment whose first entry will have that number. */
static void
fake_segment(uint32_t segment, uint64_t next)
{
	char	head[128];

	fake->fds[segment] = memfd_create("segment", MFD_CLOEXEC);
	assert_int_not_equal(fake->fds[segment], -1);
	snprintf(head, sizeof(head), "0 T segment=%u next=%" PRIu64
	    " previous=00 uids= gids= sha256=00\n0 T keys=none sha256=00\n",
	    segment, next);
	fake_write(segment, head);
}

static void
fake_entry(uint32_t segment, uint64_t number, const char *fields)
{
	char	line[256];

	snprintf(line, sizeof(line), "%" PRIu64 " T client=c peer=p %s "
	    "sha256=00\n", number, fields);
	fake_write(segment, line);
	fake->worker.ledger.extent.last = number;
}

/* Entries 1 to 9, three to a segment, the second of each not for us. */
static void
fake_fill(void)
{
	uint64_t	number;
	uint32_t	segment;
	char		fields[64];

	for (number = 1; number <= 9; number++) {
		segment = (uint32_t)(number + 2) / 3;
		if (number % 3 == 1)
			fake_segment(segment, number);
		snprintf(fields, sizeof(fields), "change=account.lock uid=%u",
		    number % 3 == 2 ? 1 : 10000 + (unsigned)number);
		fake_entry(segment, number, fields);
	}
}

/* The parent answers what it was asked for. */
static void
fake_answer(void)
{
	uint32_t	number;
	size_t		i;

	for (i = 0; i < fake->asked_count; i++) {
		number = fake->asked[i];
		assert_true(number > 0 && number < SEGMENTS);
		assert_int_equal(segment_arrive(&fake->worker, number,
		    fake->fds[number] == -1 ? -1 : dup(fake->fds[number])),
		    0);
	}
	fake->asked_count = 0;
}

/* Go on until there is no more for now; 1 if that is the end. */
static int
fake_go(void)
{
	int	turns = 0;

	do {
		fake_answer();
		if (watching_continue(&fake->session, fake->out))
			return (1);
		assert_true(++turns < 1000);
	} while (fake->session.watching->ready || fake->asked_count > 0);
	return (0);
}

static void
fake_begin(uint64_t since, int follow)
{
	struct query	query = { .operation = OPERATION_WATCH,
			    .since = since, .follow = follow };

	watching_begin(&fake->session, &query);
}

#define ENTRY(n)	"250-entry number=" #n " time=T client=c "	\
			    "change=account.lock uid=1000" #n "\r\n"

static void
assert_watch(uint64_t since, const char *expected)
{
	fake_begin(since, 0);
	assert_int_equal(fake_go(), 1);
	assert_null(fake->session.watching);
	assert_text(fake->out, expected);
	assert_true(LIST_EMPTY(&fake->worker.ledger.segments));
}

/* From everywhere to the present end. */
static void
test_since(void **state)
{
	(void)state;
	fake_fill();
	assert_watch(0, ENTRY(1) ENTRY(3) ENTRY(4) ENTRY(6) ENTRY(7) ENTRY(9)
	    "250 watched last=9\r\n");
	assert_watch(1, ENTRY(3) ENTRY(4) ENTRY(6) ENTRY(7) ENTRY(9)
	    "250 watched last=9\r\n");
	assert_watch(3, ENTRY(4) ENTRY(6) ENTRY(7) ENTRY(9)
	    "250 watched last=9\r\n");
	assert_watch(6, ENTRY(7) ENTRY(9) "250 watched last=9\r\n");
	assert_watch(8, ENTRY(9) "250 watched last=9\r\n");
	assert_watch(9, "250 watched last=9\r\n");
	assert_watch(UINT64_MAX, "250 watched last=9\r\n");
	/* Beyond the end nobody has been. */
	assert_watch(100, "250 watched last=9\r\n");
}

/* Only the segments that are needed are asked for. */
static void
test_asks(void **state)
{
	(void)state;
	fake_fill();
	fake_begin(7, 0);
	assert_int_equal(watching_continue(&fake->session, fake->out), 0);
	assert_int_equal(fake->session.watching->ready, 0);
	assert_int_equal(fake->asked_count, 1);
	assert_int_equal(fake->asked[0], 3);
	/* Once, however often it is woken meanwhile. */
	assert_int_equal(watching_continue(&fake->session, fake->out), 0);
	assert_int_equal(fake->asked_count, 1);
	fake_answer();
	assert_int_equal(watching_continue(&fake->session, fake->out), 0);
	assert_int_equal(fake->session.watching->ready, 1);
	assert_int_equal(watching_continue(&fake->session, fake->out), 1);
	assert_int_equal(fake->asked_count, 0);
	assert_text(fake->out, ENTRY(9) "250 watched last=9\r\n");
}

/* An answer that nobody asked for, and one that nobody waits for. */
static void
test_answers(void **state)
{
	(void)state;
	fake_fill();
	assert_int_equal(segment_arrive(&fake->worker, 2, -1), -1);
	assert_int_equal(segment_arrive(&fake->worker, 2,
	    dup(fake->fds[2])), -1);
	fake_begin(7, 1);
	assert_int_equal(watching_continue(&fake->session, fake->out), 0);
	watching_finish(&fake->session, fake->out);
	assert_text(fake->out, "250 watched last=7\r\n");
	assert_false(LIST_EMPTY(&fake->worker.ledger.segments));
	fake_answer();
	assert_true(LIST_EMPTY(&fake->worker.ledger.segments));
}

static void
test_missing(void **state)
{
	(void)state;
	fake_fill();
	close(fake->fds[1]);
	fake->fds[1] = -1;
	assert_watch(0, "550 not-found entry 1\r\n");
	assert_watch(2, "550 not-found entry 3\r\n");
	assert_watch(3, ENTRY(4) ENTRY(6) ENTRY(7) ENTRY(9)
	    "250 watched last=9\r\n");
}

/* The first segment there is may not be the first there was. */
static void
test_missing_numbers(void **state)
{
	(void)state;
	fake_segment(1, 5);
	fake_entry(1, 5, "change=account.lock uid=10005");
	assert_watch(3, "550 not-found entry 4\r\n");
	assert_watch(4, ENTRY(5) "250 watched last=5\r\n");
	/* A part was lost, and the numbers went on. */
	fake_segment(2, 8);
	fake_entry(2, 8, "change=account.lock uid=10008");
	assert_watch(4, ENTRY(5) "550 not-found entry 6\r\n");
	assert_watch(7, ENTRY(8) "250 watched last=8\r\n");
}

static void
test_live(void **state)
{
	(void)state;
	fake_fill();
	fake_begin(8, 1);
	assert_int_equal(watching_is_live(&fake->session), 1);
	assert_int_equal(fake_go(), 0);
	assert_text(fake->out, ENTRY(9));
	assert_int_equal(fake_go(), 0);
	assert_text(fake->out, "");
	fake_entry(3, 10, "change=account.lock uid=9");
	fake_entry(3, 11, "change=account.lock uid=10011");
	watching_wake(&fake->worker);
	assert_int_equal(fake->woken, 1);
	assert_int_equal(fake_go(), 0);
	assert_text(fake->out, "250-entry number=11 time=T client=c "
	    "change=account.lock uid=10011\r\n");
	/* The ledger goes on in another segment. */
	fake_entry(3, 12, "change=account.lock uid=10012");
	fake_segment(4, 13);
	fake_entry(4, 13, "change=account.lock uid=10013");
	fake_entry(4, 14, "change=account.lock uid=14");
	assert_int_equal(fake_go(), 0);
	assert_text(fake->out, "250-entry number=12 time=T client=c "
	    "change=account.lock uid=10012\r\n250-entry number=13 time=T "
	    "client=c change=account.lock uid=10013\r\n");
	watching_finish(&fake->session, fake->out);
	assert_text(fake->out, "250 watched last=14\r\n");
}

/* What is not durable yet is not told. */
static void
test_extent(void **state)
{
	uint64_t	size;

	(void)state;
	fake_fill();
	size = fake->worker.ledger.extent.size;
	fake_begin(UINT64_MAX, 1);
	assert_int_equal(fake_go(), 0);
	fake_entry(3, 10, "change=account.lock uid=10000");
	fake->worker.ledger.extent.size = size;
	fake->worker.ledger.extent.last = 9;
	assert_int_equal(fake_go(), 0);
	assert_text(fake->out, "");
}

/* Without a client that could end it, it ends by itself. */
static void
test_ends(void **state)
{
	(void)state;
	fake_fill();
	fake_begin(8, 1);
	fake->session.ended = 1;
	assert_int_equal(fake_go(), 1);
	assert_text(fake->out, ENTRY(9) "250 watched last=9\r\n");
	fake->session.ended = 0;
	fake_begin(8, 1);
	fake->session.closing = 1;
	assert_int_equal(fake_go(), 1);
	assert_text(fake->out, "250 watched last=8\r\n");
	fake->session.closing = 0;
	fake_begin(0, 1);
	fake->session.operations = 0;
	assert_int_equal(fake_go(), 1);
	assert_text(fake->out, "250 watched last=0\r\n");
}

/* With follow=no, what is behind it in the queue does not cut it short. */
static void
test_closing(void **state)
{
	(void)state;
	fake_fill();
	fake_begin(8, 0);
	assert_int_equal(watching_is_live(&fake->session), 0);
	fake->session.closing = 1;
	fake_entry(3, 10, "change=account.lock uid=10000");
	assert_int_equal(fake_go(), 1);
	assert_text(fake->out, ENTRY(9) "250 watched last=9\r\n");
}

/*
 * Go on to the end, with a client that reads whatever is too much; what is
 * left is in the output.  Returns how often it had to read.
 */
static size_t
fake_drain(void)
{
	size_t	size, turns = 0;

	for (;;) {
		fake_answer();
		if (watching_continue(&fake->session, fake->out))
			return (turns);
		size = ibuf_size(fake->out);
		if (size > SESSION_OUT_MAX) {
			ibuf_skip(fake->out, size);
			turns++;
		} else
			assert_true(fake->session.watching->ready ||
			    fake->asked_count > 0);
	}
}

/* So much that it does not fit into one piece, nor into the output. */
static void
test_many(void **state)
{
	enum { MANY = 5000 };
	uint64_t	number;

	(void)state;
	fake_segment(1, 1);
	for (number = 1; number <= MANY; number++)
		fake_entry(1, number, "change=account.lock uid=10000");
	fake_begin(0, 0);
	assert_in_range(fake_drain(), 4, 10);
	assert_memory_equal((char *)ibuf_data(fake->out) +
	    ibuf_size(fake->out) - 23, "250 watched last=5000\r\n", 23);
}

/* An entry that is longer than a piece. */
static void
test_long_entry(void **state)
{
	enum { LONG = 200000 };
	char	*line = malloc(LONG + 100);
	int	 length;

	(void)state;
	assert_non_null(line);
	fake_segment(1, 1);
	fake_entry(1, 1, "change=account.lock uid=10001");
	length = snprintf(line, 100, "2 T change=group.add gid=10001 x=");
	memset(line + length, 'x', LONG);
	strlcpy(line + length + LONG, "\n", 2);
	fake_write(1, line);
	free(line);
	fake_entry(1, 3, "change=account.lock uid=10003");
	fake_begin(1, 0);
	assert_int_equal(fake_drain(), 1);
	assert_text(fake->out, ENTRY(3) "250 watched last=3\r\n");
}

/* What cannot be read is said, and does not go round and round. */
static void
test_damaged(void **state)
{
	(void)state;
	fake_fill();
	fake_write(3, "damaged\n");
	fake_entry(3, 10, "change=account.lock uid=10000");
	assert_watch(8, ENTRY(9) "451 unavailable the ledger cannot be "
	    "read\r\n");
	assert_int_equal(ftruncate(fake->fds[3], 0), 0);
	assert_watch(8, "451 unavailable the ledger cannot be read\r\n");
	fake->worker.ledger.extent.segment = 0;
	assert_watch(8, "451 unavailable the ledger cannot be read\r\n");
}

/* Two that watch share what is open. */
static void
test_shared(void **state)
{
	struct session	*other = &fake->session, *first = calloc(1,
			    sizeof(*first));
	struct segment	*segment;

	(void)state;
	assert_non_null(first);
	fake_fill();
	fake_begin(UINT64_MAX, 1);
	assert_int_equal(fake_go(), 0);
	*first = *other;
	other->watching = NULL;
	fake_begin(8, 1);
	assert_int_equal(watching_continue(other, fake->out), 0);
	assert_int_equal(fake->asked_count, 0);
	segment = LIST_FIRST(&fake->worker.ledger.segments);
	assert_int_equal(segment->references, 2);
	watching_end(first);
	assert_int_equal(segment->references, 1);
	assert_int_equal(fake_go(), 0);
	assert_text(fake->out, ENTRY(9));
	free(first);
}

#define TEST(name)							\
	cmocka_unit_test_setup_teardown(name, fake_make, fake_remove)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_since), TEST(test_asks), TEST(test_answers),
		TEST(test_missing), TEST(test_missing_numbers),
		TEST(test_live), TEST(test_extent), TEST(test_ends),
		TEST(test_closing), TEST(test_many), TEST(test_long_entry),
		TEST(test_damaged), TEST(test_shared)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
