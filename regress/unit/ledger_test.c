/*
 * Tests of dwserv/ledger.c: what is appended, that it is chained, what is
 * learned from it at the next start, and what is done about damage.
 *
 * fsync() is replaced by one that can be told to fail.
 */
/* links: dwserv/file.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/ledger.c dwserv/log.c dwserv/name.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include <sys/syscall.h>

#include <sha2.h>

#include "scratch.h"

#include "parent.h"

#define FIRST		"ledger/00000001"
#define SECOND		"ledger/00000002"
#define NO_JOURNAL	UINT64_MAX
#define ZEROS		"00000000000000000000000000000000" \
			"00000000000000000000000000000000"
#define SEAL		(8 + SHA256_HEX_LENGTH)	/* " sha256=..." */

static int	sync_fails;

int
fsync(int fd)
{
	errno = EIO;
	return (sync_fails ? -1 : (int)syscall(SYS_fsync, fd));
}

static void
store_begin(struct store *store)
{
	memset(store, 0, sizeof(*store));
	RB_INIT(&store->uids);
	RB_INIT(&store->gids);
}

static void
store_end(struct store *store)
{
	idset_clear(&store->uids);
	idset_clear(&store->gids);
}

static void
assert_ids(struct idset *set, const char *expected)
{
	struct ibuf	*text = text_new();

	idset_format(set, text);
	assert_int_equal(ibuf_size(text), strlen(expected));
	assert_memory_equal(ibuf_data(text), expected, strlen(expected));
	ibuf_free(text);
}

/* Append records as one batch, NULL for a change that was refused. */
static int
append(struct ledger *ledger, struct store *store,
    const char *const *records, size_t count)
{
	struct changes	 batch = TAILQ_HEAD_INITIALIZER(batch);
	struct change	*changes = calloc(count, sizeof(*changes));
	size_t		 i;
	int		 result;

	assert_non_null(changes);
	for (i = 0; i < count; i++) {
		changes[i].record = records[i] == NULL ? NULL :
		    strdup(records[i]);
		TAILQ_INSERT_TAIL(&batch, &changes[i], entry);
	}
	result = ledger_append(ledger, &batch, store);
	for (i = 0; i < count; i++)
		free(changes[i].record);
	free(changes);
	return (result);
}

static void
append_one(struct ledger *ledger, struct store *store, const char *record)
{
	assert_int_equal(append(ledger, store, &record, 1), 0);
}

/* Four entries in two batches, the ids 10001 to 10003 among them. */
static void
make_sample(const struct scratch *scratch)
{
	static const char *const first[] = {
		"client=a change=account.create login=al uid=10001 gid=10001",
		NULL,
		"client=a change=account.create login=bob uid=10003 gid=10009"
	};
	static const char *const second[] = {
		"client=\"a b\" change=account.password login=al",
		"client=a change=account.delete login=bob uid=10003 gid=10009"
	};
	struct ledger		 ledger;
	struct store		 store;

	store_begin(&store);
	idset_add(&store.uids, 10001);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
	    NO_JOURNAL), 0);
	assert_int_equal(append(&ledger, &store, first, 3), 0);
	assert_int_equal(append(&ledger, &store, second, 2), 0);
	assert_int_equal(ledger.last, 4);
	ledger_close(&ledger);
	store_end(&store);
}

/* Open and close; what was learned is compared unless it is refused. */
static int
reopen(const struct scratch *scratch, uint64_t restorable, uint64_t last,
    const char *uids)
{
	struct ledger	ledger;
	struct store	store;
	int		result;

	store_begin(&store);
	result = ledger_open(&ledger, scratch->fd, &store, restorable);
	if (result == 0) {
		assert_int_equal(ledger.last, last);
		assert_ids(&store.uids, uids);
	}
	ledger_close(&ledger);
	store_end(&store);
	return (result);
}

/*
 * Compare a segment's lines with what they should say between time and
 * digest, and compute the digests anew: each is that of the one before it
 * and the line.
 */
static void
assert_segment(const struct scratch *scratch, const char *name,
    const char *previous, const char *const *lines)
{
	size_t		 size, length, i;
	char		*text = scratch_get(scratch->fd, name, &size);
	char		*rest = text, *line, digest[65], *body;
	SHA2_CTX	 context;

	assert_non_null(text);
	assert_int_equal(text[size - 1], '\n');
	strlcpy(digest, previous, sizeof(digest));
	for (i = 0; lines[i] != NULL; i++) {
		line = strsep(&rest, "\n");
		assert_non_null(rest);
		length = strlen(line) - SEAL;
		SHA256Init(&context);
		SHA256Update(&context, (uint8_t *)digest, 64);
		SHA256Update(&context, (uint8_t *)line, length);
		SHA256End(&context, digest);
		assert_string_equal(line + length + 8, digest);
		memcpy(digest, line + length + 8, 64);
		line[length] = '\0';
		body = strchr(line, ' ');
		assert_non_null(body);
		/* 2026-11-22T17:52:00Z */
		assert_int_equal(body[1 + 19], 'Z');
		memmove(body, body + 1 + 20, strlen(body + 1 + 20) + 1);
		assert_string_equal(line, lines[i]);
	}
	assert_string_equal(rest, "");
	free(text);
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

	make_sample(scratch);
	store_begin(&store);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
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

	make_sample(scratch);
	store_begin(&store);
	store.reuse = 1;
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
	    NO_JOURNAL), 0);
	assert_int_equal(ledger.last, 4);
	assert_ids(&store.uids, "");
	assert_ids(&store.gids, "");
	ledger_close(&ledger);
	store_end(&store);
}

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

static void
assert_bytes(const struct scratch *scratch, const char *text, size_t size)
{
	size_t	 now;
	char	*bytes = scratch_get(scratch->fd, FIRST, &now);

	assert_non_null(bytes);
	assert_int_equal(now, size);
	assert_memory_equal(bytes, text, size);
	free(bytes);
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
	size_t		 size, starts[6];
	char		*text;

	make_sample(scratch);
	text = scratch_get(scratch->fd, FIRST, &size);
	assert_non_null(text);
	find_lines(text, size, starts);
	scratch_put(scratch->fd, FIRST, 0600, text, starts[3] + 20);
	store_begin(&store);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, 3), 0);
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

	store_begin(&store);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, 7), 0);
	assert_int_equal(ledger.last, 6);
	append_one(&ledger, &store, "again");
	ledger_close(&ledger);
	store_end(&store);
	assert_segment(scratch, FIRST, ZEROS, lines);
	assert_int_equal(reopen(scratch, 7, 7, ""), 0);
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
	size_t		 size, after;
	char		*before, digest[65], head[256];
	const char	*lines[] = { head, "5 more", "6 still more", NULL };

	make_sample(scratch);
	before = scratch_get(scratch->fd, FIRST, &size);
	scratch_put_text(scratch->fd, "ledger/new", 0600, "left over\n");
	store_begin(&store);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
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

	make_sample(scratch);
	store_begin(&store);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
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
	const char	*records[100];
	char		*long_one = calloc(1, 60001);
	size_t		 i;

	assert_non_null(long_one);
	memset(long_one, 'l', 60000);
	for (i = 0; i < NUMBER_OF(records); i++)
		records[i] = long_one;
	store_begin(&store);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
	    NO_JOURNAL), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(ledger.segment, 1);
		assert_int_equal(append(&ledger, &store, records, 100), 0);
		ledger_close(&ledger);
		assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
		    NO_JOURNAL), 0);
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
	const char	*record = "x";

	store_begin(&store);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
	    NO_JOURNAL), 0);
	close(ledger.fd);
	ledger.fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	assert_int_equal(append(&ledger, &store, &record, 1), -1);
	assert_int_equal(errno, ENOSPC);
	ledger_close(&ledger);
	assert_int_equal(unlinkat(scratch->fd, FIRST, 0), 0);
	assert_int_equal(unlinkat(scratch->fd, "ledger", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat(".", scratch->fd, "ledger"), 0);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store,
	    NO_JOURNAL), -1);
	assert_no_file(scratch->fd, "00000001");
	ledger_close(&ledger);
	store_end(&store);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_new),
		TEST(test_reopen),
		TEST(test_reuse),
		TEST(test_torn),
		TEST(test_torn_append),
		TEST(test_damage),
		TEST(test_forged),
		TEST(test_short),
		TEST(test_moved_away),
		TEST(test_rotation),
		TEST(test_rotation_fails),
		TEST(test_volume),
		TEST(test_names),
		TEST(test_errors)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
