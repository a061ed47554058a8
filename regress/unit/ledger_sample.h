/*
 * A ledger of four entries, and what the tests of ledgers need to look at
 * it and to open it again.
 */

#ifndef LEDGER_SAMPLE_H
#define LEDGER_SAMPLE_H

#include <sha2.h>

#include "scratch.h"

#include "parent.h"

#define FIRST		"ledger/00000001"
#define SECOND		"ledger/00000002"
#define NO_JOURNAL	UINT64_MAX
#define ZEROS		"00000000000000000000000000000000" \
			"00000000000000000000000000000000"
#define SEAL		(8 + SHA256_HEX_LENGTH)	/* " sha256=..." */

static inline void
store_begin(struct store *store)
{
	memset(store, 0, sizeof(*store));
	RB_INIT(&store->uids);
	RB_INIT(&store->gids);
}

static inline void
store_end(struct store *store)
{
	idset_clear(&store->uids);
	idset_clear(&store->gids);
}

static inline void
assert_ids(struct idset *set, const char *expected)
{
	struct ibuf	*text = text_new();

	idset_format(set, text);
	assert_int_equal(ibuf_size(text), strlen(expected));
	assert_memory_equal(ibuf_data(text), expected, strlen(expected));
	ibuf_free(text);
}

/* Append records as one batch, NULL for a change that was refused. */
static inline int
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

static inline void
append_one(struct ledger *ledger, struct store *store, const char *record)
{
	assert_int_equal(append(ledger, store, &record, 1), 0);
}

/* Four entries in two batches, the ids 10001 to 10003 among them. */
static inline void
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
	struct recalls		 recalls;

	store_begin(&store);
	idset_add(&store.uids, 10001);
	recalls_init(&recalls);
	assert_int_equal(ledger_open(&ledger, scratch->fd, &store, &recalls,
	    NO_JOURNAL), 0);
	assert_int_equal(append(&ledger, &store, first, 3), 0);
	assert_int_equal(append(&ledger, &store, second, 2), 0);
	assert_int_equal(ledger.last, 4);
	ledger_close(&ledger);
	store_end(&store);
}

/* Open and close; what was learned is compared unless it is refused. */
static inline int
reopen(const struct scratch *scratch, uint64_t restorable, uint64_t last,
    const char *uids)
{
	struct ledger	ledger;
	struct store	store;
	struct recalls	recalls;
	int		result;

	store_begin(&store);
	recalls_init(&recalls);
	result = ledger_open(&ledger, scratch->fd, &store, &recalls,
	    restorable);
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
static inline void
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

static inline void
assert_bytes(const struct scratch *scratch, const char *text, size_t size)
{
	size_t	 now;
	char	*bytes = scratch_get(scratch->fd, FIRST, &now);

	assert_non_null(bytes);
	assert_int_equal(now, size);
	assert_memory_equal(bytes, text, size);
	free(bytes);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

#endif /* LEDGER_SAMPLE_H */
