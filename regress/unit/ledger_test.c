/*
 * Tests of dwserv/ledger.c: what is appended, that it is chained, what is
 * learned from it at the next start, and how segments follow each other.
 *
 * fsync() is replaced by one that can be told to fail.
 */
/* links: dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/file.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/ledger.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/recall.c dwserv/record.c dwserv/result.c dwserv/seal.c dwserv/slice.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include <sys/syscall.h>

#include "ledger_sample.h"

static int	sync_fails;

int
fsync(int fd)
{
	errno = EIO;
	return (sync_fails ? -1 : (int)syscall(SYS_fsync, fd));
}

static void
test_new(void **state)
{
	static const char *const lines[] = {
		"0 segment=1 next=1 previous=" ZEROS " uids=10001 gids=",
		"1 client=a change=account.create login=al uid=10001 "
		    "gid=10001",
		"2 client=a change=account.create login=bob uid=10003 "
		    "gid=10009",
		"3 client=\"a b\" change=account.password login=al",
		"4 client=a change=account.delete login=bob uid=10003 "
		    "gid=10009", NULL
	};
	struct scratch	*scratch = *state;
	struct stat	 st;

	make_sample(scratch);
	assert_segment(scratch, FIRST, ZEROS, lines);
	assert_int_equal(fstatat(scratch->fd, "ledger", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstatat(scratch->fd, FIRST, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
test_reopen(void **state)
{
	static const char *const lines[] = {
		"0 segment=1 next=1 previous=" ZEROS " uids=10001 gids=",
		"1 client=a change=account.create login=al uid=10001 "
		    "gid=10001",
		"2 client=a change=account.create login=bob uid=10003 "
		    "gid=10009",
		"3 client=\"a b\" change=account.password login=al",
		"4 client=a change=account.delete login=bob uid=10003 "
		    "gid=10009", "5 more", NULL
	};
	struct scratch	*scratch = *state;
	struct ledger	 ledger;
	struct store	 store;
	struct recalls	 recalls;

	make_sample(scratch);
	store_begin(&store);
	recalls_init(&recalls);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    NO_JOURNAL), 0);
	assert_int_equal(ledger.last, 4);
	assert_int_equal(ledger.segment, 1);
	assert_ids(&store.uids, "10001,10003");
	assert_ids(&store.gids, "10001,10009");
	append_one(&ledger, &store, "more");
	assert_int_equal(ledger.last, 5);
	ledger_close(&ledger);
	store_end(&store);
	assert_segment(scratch, FIRST, ZEROS, lines);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 5, "10001,10003"), 0);
}

/* Where ids may be used again, the ledger does not reserve them. */
static void
test_reuse(void **state)
{
	struct scratch	*scratch = *state;
	struct ledger	 ledger;
	struct store	 store;
	struct recalls	 recalls;

	make_sample(scratch);
	store_begin(&store);
	recalls_init(&recalls);
	store.reuse = 1;
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    NO_JOURNAL), 0);
	assert_int_equal(ledger.last, 4);
	assert_ids(&store.uids, "");
	assert_ids(&store.gids, "");
	ledger_close(&ledger);
	store_end(&store);
}

/* The digest at the end of a segment. */
static void
last_digest(const struct scratch *scratch, const char *name, char *digest)
{
	size_t	 size;
	char	*text = scratch_get(scratch->fd, name, &size);

	assert_non_null(text);
	assert_true(size > 65);
	memcpy(digest, text + size - 65, 64);
	digest[64] = '\0';
	free(text);
}

/* A segment that is large enough is followed by another one. */
static void
test_rotation(void **state)
{
	struct scratch	*scratch = *state;
	struct ledger	 ledger;
	struct store	 store;
	struct recalls	 recalls;
	size_t		 size, after;
	char		*before, digest[65], head[256];
	const char	*lines[] = { head, "5 more", "6 still more", NULL };

	make_sample(scratch);
	before = scratch_get(scratch->fd, FIRST, &size);
	scratch_put_text(scratch->fd, "ledger/new", 0600, "left over\n");
	store_begin(&store);
	recalls_init(&recalls);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    NO_JOURNAL), 0);
	last_digest(scratch, FIRST, digest);
	ledger.size = (uint64_t)64 << 20;
	append_one(&ledger, &store, "more");
	append_one(&ledger, &store, "still more");
	assert_int_equal(ledger.segment, 2);
	ledger_close(&ledger);
	store_end(&store);
	assert_no_file(scratch->fd, "ledger/new");
	assert_no_file(scratch->fd, "ledger/00000003");
	snprintf(head, sizeof(head), "0 segment=2 next=5 previous=%s "
	    "uids=10001,10003 gids=10001,10009", digest);
	assert_segment(scratch, SECOND, digest, lines);
	assert_bytes(scratch, before, size);
	/* The new one is enough to go on. */
	assert_int_equal(unlinkat(scratch->fd, FIRST, 0), 0);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 6, "10001,10003"), 0);
	before[0] ^= 1;
	scratch_put(scratch->fd, FIRST, 0600, before, size);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 6, "10001,10003"), 0);
	free(before);
	free(scratch_get(scratch->fd, SECOND, &after));
	assert_true(after < size);
}

/* A segment that could not be begun is not there at the next start. */
static void
test_rotation_fails(void **state)
{
	struct scratch	*scratch = *state;
	struct ledger	 ledger;
	struct store	 store;
	struct recalls	 recalls;

	make_sample(scratch);
	store_begin(&store);
	recalls_init(&recalls);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    NO_JOURNAL), 0);
	ledger.size = (uint64_t)64 << 20;
	sync_fails = 1;
	append_one(&ledger, &store, "more");
	sync_fails = 0;
	assert_int_equal(ledger.segment, 1);
	assert_logged(scratch, "cannot begin segment 00000002");
	assert_no_file(scratch->fd, SECOND);
	ledger_close(&ledger);
	store_end(&store);
	assert_int_equal(reopen(scratch, NO_JOURNAL, 5, "10001,10003"), 0);
}

/* The size is counted: what is written, and what is read at a start. */
static void
test_volume(void **state)
{
	struct scratch	*scratch = *state;
	struct ledger	 ledger;
	struct store	 store;
	struct recalls	 recalls;
	const char	*records[100];
	char		*long_one = calloc(1, 60001);
	size_t		 i;

	assert_non_null(long_one);
	memset(long_one, 'l', 60000);
	for (i = 0; i < NUMBER_OF(records); i++)
		records[i] = long_one;
	store_begin(&store);
	recalls_init(&recalls);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    NO_JOURNAL), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(ledger.segment, 1);
		assert_int_equal(append(&ledger, &store, records, 100), 0);
		ledger_close(&ledger);
		assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
		    &recalls, NO_JOURNAL), 0);
		if (ledger.segment == 2)
			break;
	}
	assert_int_equal(ledger.segment, 2);
	assert_int_equal(ledger.last, 400);
	ledger_close(&ledger);
	store_end(&store);
	free(long_one);
}

/* Only what has eight digits is a segment, and the highest is the newest. */
static void
test_names(void **state)
{
	static const char *const others[] = { "ledger/00000009.old",
	    "ledger/0000000x", "ledger/9", "ledger/000000009", "ledger/new" };
	struct scratch	*scratch = *state;
	size_t		 i;

	make_sample(scratch);
	for (i = 0; i < NUMBER_OF(others); i++)
		scratch_put_text(scratch->fd, others[i], 0600, "x\n");
	assert_int_equal(reopen(scratch, NO_JOURNAL, 4, "10001,10003"), 0);
	scratch_put_text(scratch->fd, "ledger/00000010", 0600, "x\n");
	assert_int_equal(reopen(scratch, NO_JOURNAL, 0, ""), -1);
	assert_logged(scratch, "00000010");
}

static void
test_errors(void **state)
{
	struct scratch	*scratch = *state;
	struct ledger	 ledger;
	struct store	 store;
	struct recalls	 recalls;
	const char	*record = "x";

	store_begin(&store);
	recalls_init(&recalls);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    NO_JOURNAL), 0);
	close(ledger.fd);
	ledger.fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	assert_int_equal(append(&ledger, &store, &record, 1), -1);
	assert_int_equal(errno, ENOSPC);
	ledger_close(&ledger);
	assert_int_equal(unlinkat(scratch->fd, FIRST, 0), 0);
	assert_int_equal(unlinkat(scratch->fd, "ledger", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat(".", scratch->fd, "ledger"), 0);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    NO_JOURNAL), -1);
	assert_no_file(scratch->fd, "00000001");
	ledger_close(&ledger);
	store_end(&store);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_new),
		TEST(test_reopen),
		TEST(test_reuse),
		TEST(test_rotation),
		TEST(test_rotation_fails),
		TEST(test_volume),
		TEST(test_names),
		TEST(test_errors)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
