/*
 * Tests of dwserv/journal.c: records there and back; what is cut short,
 * damaged or half written over is no record.
 */
/* links: dwserv/alias_edit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/ibuf.c dwserv/index.c dwserv/journal.c dwserv/log.c dwserv/record.c dwserv/slice.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "scratch.h"

#include "parent.h"
#include "table_text.h"


struct edits {
	char	text[8192];
};

/* A store whose files are these texts, NULL for one that is not there. */
static void
store_fill(struct store *store, const char *const texts[TABLES])
{
	enum table_kind	kind;

	memset(store, 0, sizeof(*store));
	for (kind = 0; kind < TABLES; kind++)
		if (texts[kind] != NULL)
			store->tables[kind] = table_of(kind, texts[kind]);
}

static void
store_empty(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		table_free(store->tables[kind]);
}

/* A change with an entry for the ledger, NULL: it was refused. */
static struct change *
batch_add(struct changes *batch, const char *record)
{
	struct change	*change = calloc(1, sizeof(*change));

	assert_non_null(change);
	change_init(change);
	if (record != NULL)
		change->record = strdup(record);
	TAILQ_INSERT_TAIL(batch, change, entry);
	return (change);
}

/* A promise about a home; what was done first to keep it does not count. */
static void
change_add_home(struct change *change, enum home_action promised,
    const char *path, const char *to)
{
	struct home_job	*job = calloc(1, sizeof(*job));

	assert_non_null(job);
	job->order.action = HOME_ACTION_MAKE;
	job->promised = promised;
	job->order.serial = 0xfedcba9876543210ULL;
	job->order.uid = 10001;
	job->order.gid = 4294967290U;
	job->order.mode = 02750;
	job->order.old_uid = 4294967289U;
	job->order.old_gid = 10007;
	job->order.path = strdup(path);
	job->order.to = to == NULL ? NULL : strdup(to);
	TAILQ_INSERT_TAIL(&change->homes, job, entry);
}

static void
batch_free(struct changes *batch)
{
	struct change	*change;
	struct home_job	*job;

	while ((change = TAILQ_FIRST(batch)) != NULL) {
		TAILQ_REMOVE(batch, change, entry);
		while ((job = TAILQ_FIRST(&change->homes)) != NULL) {
			TAILQ_REMOVE(&change->homes, job, entry);
			free(job->order.path);
			free(job->order.to);
			free(job);
		}
		free(change->record);
		free(change);
	}
}

static int
edits_show(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	struct edits	*edits = arg;
	size_t		 used = strlen(edits->text);

	snprintf(edits->text + used, sizeof(edits->text) - used,
	    "%s [%.*s] [%.*s]\n", table_name(kind),
	    old.text != NULL ? (int)old.length : 4,
	    old.text != NULL ? old.text : "none",
	    new.text != NULL ? (int)new.length : 4,
	    new.text != NULL ? new.text : "none");
	return (0);
}

/* An entry of aliases that goes on in a second line and a third. */
#define LIST		"list: alice,\n\tbob,\n  carol"

/* What each of the changes in the sample promises. */
static void
build_homes(struct change *first, struct change *second, struct change *third)
{
	change_add_home(first, HOME_ACTION_PLACE, "al", NULL);
	change_add_home(second, HOME_ACTION_CHANGE, "bob", "sub/robert");
	change_add_home(second, HOME_ACTION_CHANGE, "eve", NULL);
	change_add_home(third, HOME_ACTION_REMOVE, "x/y", NULL);
	change_add_home(third, HOME_ACTION_ARCHIVE, "x/z",
	    ".archive/2026-11-22/z-10001");
}

/* Edits of each kind in all files, and a batch of four, one refused. */
static struct ibuf *
build_sample(struct store *store, struct changes *batch)
{
	static const char *const	 texts[TABLES] = {
		"bob:x:10002:10002::/home/bob:/bin/sh\n",
		"bob:!:19000:0:99999:7:::\neve:!:1:::::end :\n",
		"bob:x:10002:\nfile passwd:x:7:\n", "bob:!::\n",
		"root: al\n" LIST "\nops: |cmd\n -x\n",
		"eve:10005::/bin/sh\n"
	};
	struct table			**tables = store->tables;
	struct change			 *first, *second;

	store_fill(store, texts);
	TAILQ_INIT(batch);
	add_text(tables[TABLE_PASSWD],
	    "al:x:10001:10001:-+~> \xc3\xa9:/home/al:/bin/sh");
	table_change(tables[TABLE_SHADOW], table_find_name(
	    tables[TABLE_SHADOW], "bob"), "bob:$6$x:19001:0:99999:7:::", 27);
	table_remove(tables[TABLE_SHADOW], table_find_name(
	    tables[TABLE_SHADOW], "eve"));
	table_add_member(tables[TABLE_GROUP], table_find_name(
	    tables[TABLE_GROUP], "file passwd"), "al");
	add_text(tables[TABLE_GSHADOW], "al:!::");
	alias_add_target(tables[TABLE_ALIASES], table_line_at(
	    tables[TABLE_ALIASES], 1), "dave");
	table_remove(tables[TABLE_ALIASES], table_line_at(
	    tables[TABLE_ALIASES], 2));
	add_text(tables[TABLE_SUSPENDED], "al:10001:20000:/bin/ksh");
	first = batch_add(batch, "client=a change=1");
	change_add_home(batch_add(batch, NULL), HOME_ACTION_PLACE, "refused",
	    NULL);
	second = batch_add(batch, "client=\"a b\" change=2");
	build_homes(first, second, batch_add(batch, "client=c change=3"));
	return (journal_build(store, batch, 41));
}

/* What a change has to do for a home when it is carried on. */
struct promise {
	enum home_action	 action;
	const char		*path;
	const char		*to;
};

static void
assert_home(const struct home_job *job, const struct promise *promise)
{
	assert_non_null(job);
	assert_int_equal(job->promised, promise->action);
	assert_int_equal(job->order.action, promise->action);
	assert_true(job->order.serial == 0xfedcba9876543210ULL);
	assert_int_equal(job->order.uid, 10001);
	assert_true(job->order.gid == 4294967290U);
	assert_int_equal(job->order.mode, 02750);
	assert_true(job->order.old_uid == 4294967289U);
	assert_int_equal(job->order.old_gid, 10007);
	assert_string_equal(job->order.path, promise->path);
	if (promise->to == NULL)
		assert_null(job->order.to);
	else
		assert_string_equal(job->order.to, promise->to);
}

/* A change, and its promises up to the first without a path. */
static void
assert_change(const struct change *change, const char *record,
    const struct promise *promises)
{
	const struct home_job	*job;

	assert_non_null(change);
	assert_string_equal(change->record, record);
	assert_int_equal(change->result.code, 0);
	TAILQ_FOREACH(job, &change->homes, entry) {
		assert_non_null(promises->path);
		assert_home(job, promises++);
	}
	assert_null(promises->path);
}

/* The changes above a number are those of the sample from there on. */
static void
check_changes(struct journal *journal, uint64_t after)
{
	static const struct promise	first[] = {
		{ HOME_ACTION_PLACE, "al", NULL },
		{ 0, NULL, NULL }
	};
	static const struct promise	second[] = {
		{ HOME_ACTION_CHANGE, "bob", "sub/robert" },
		{ HOME_ACTION_CHANGE, "eve", NULL },
		{ 0, NULL, NULL }
	};
	static const struct promise	third[] = {
		{ HOME_ACTION_REMOVE, "x/y", NULL },
		{ HOME_ACTION_ARCHIVE, "x/z", ".archive/2026-11-22/z-10001" },
		{ 0, NULL, NULL }
	};
	struct journal_record	 record;
	struct changes		 changes = TAILQ_HEAD_INITIALIZER(changes);
	struct change		*change;

	assert_int_equal(journal_read(journal, &record), 0);
	assert_non_null(record.bytes);
	assert_int_equal(journal_changes(&record, after, &changes), 0);
	journal_record_free(&record);
	change = TAILQ_FIRST(&changes);
	if (after < 41) {
		assert_change(change, "client=a change=1", first);
		change = TAILQ_NEXT(change, entry);
	}
	if (after < 42) {
		assert_change(change, "client=\"a b\" change=2", second);
		change = TAILQ_NEXT(change, entry);
	}
	if (after < 43) {
		assert_change(change, "client=c change=3", third);
		change = TAILQ_NEXT(change, entry);
	}
	assert_null(change);
	batch_free(&changes);
}

static void
test_round_trip(void **state)
{
	struct scratch		*scratch = *state;
	struct journal		 journal;
	struct journal_record	 record;
	struct store		 store;
	struct changes		 batch;
	struct ibuf		*bytes = build_sample(&store, &batch);
	struct edits		 shown = { "" }, expected = { "" };
	enum table_kind		 kind;

	assert_int_equal(journal_open(&journal, scratch->fd), 0);
	assert_int_equal(journal_write(&journal, bytes), 0);
	assert_int_equal(journal_read(&journal, &record), 0);
	assert_non_null(record.bytes);
	assert_int_equal(record.first, 41);
	assert_int_equal(record.last, 43);
	for (kind = 0; kind < TABLES; kind++)
		table_visit_edits(store.tables[kind], edits_show, &expected);
	assert_int_equal(journal_visit(&record, edits_show, &shown), 0);
	assert_string_equal(shown.text, expected.text);
	assert_non_null(strstr(shown.text, "group [file passwd:x:7:] "
	    "[file passwd:x:7:al]\ngshadow [none] [al:!::]\n"));
	/* What an entry has for newlines comes back as it was. */
	assert_non_null(strstr(shown.text, "aliases [" LIST "] [list: "));
	assert_non_null(strstr(shown.text, "dave]\n"));
	assert_non_null(strstr(shown.text, "aliases [ops: |cmd\n -x] "
	    "[none]\n"));
	assert_non_null(strstr(shown.text, "suspended [none] "
	    "[al:10001:20000:/bin/ksh]\n"));
	assert_null(strchr(shown.text, '\001'));
	journal_record_free(&record);
	check_changes(&journal, 0);
	check_changes(&journal, 41);
	check_changes(&journal, 42);
	check_changes(&journal, 43);
	journal_close(&journal);
	ibuf_free(bytes);
	batch_free(&batch);
	store_empty(&store);
}

/* It is opened anew with what was written; only root may read it. */
static void
test_open(void **state)
{
	struct scratch		*scratch = *state;
	struct journal		 journal;
	struct journal_record	 record;
	struct stat		 st;

	assert_int_equal(journal_open(&journal, scratch->fd), 0);
	assert_int_equal(fstatat(scratch->fd, "journal", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(journal_read(&journal, &record), 0);
	assert_null(record.bytes);
	journal_close(&journal);
	journal_close(&journal);
	assert_int_equal(unlinkat(scratch->fd, "journal", 0), 0);
	assert_int_equal(symlinkat("elsewhere", scratch->fd, "journal"), 0);
	assert_int_equal(journal_open(&journal, scratch->fd), -1);
	assert_logged(scratch, "cannot open the journal");
	assert_no_file(scratch->fd, "elsewhere");
}

static void
journal_fill(struct journal *journal, const void *bytes, size_t size)
{
	assert_int_equal(ftruncate(journal->fd, 0), 0);
	assert_int_equal(pwrite(journal->fd, bytes, size, 0), (ssize_t)size);
}

/* Whether what is in the journal is taken for a record. */
static int
has_record(struct journal *journal)
{
	struct journal_record	record;
	int			found;

	assert_int_equal(journal_read(journal, &record), 0);
	found = record.bytes != NULL;
	journal_record_free(&record);
	return (found);
}

static void
test_truncation(void **state)
{
	struct scratch	*scratch = *state;
	struct journal	 journal;
	struct store	 store;
	struct changes	 batch;
	struct ibuf	*bytes = build_sample(&store, &batch);
	size_t		 size;

	assert_int_equal(journal_open(&journal, scratch->fd), 0);
	for (size = 0; size < ibuf_size(bytes); size++) {
		journal_fill(&journal, ibuf_data(bytes), size);
		if (has_record(&journal))
			fail_msg("%zu of %zu bytes are a record", size,
			    ibuf_size(bytes));
	}
	journal_fill(&journal, ibuf_data(bytes), ibuf_size(bytes));
	assert_true(has_record(&journal));
	journal_close(&journal);
	ibuf_free(bytes);
	batch_free(&batch);
	store_empty(&store);
}

static void
test_corruption(void **state)
{
	static const unsigned char	 masks[] = { 0x01, 0x20, 0x80, 0xff };
	struct scratch			*scratch = *state;
	struct journal			 journal;
	struct store			 store;
	struct changes			 batch;
	struct ibuf			*bytes = build_sample(&store, &batch);
	unsigned char			*data = ibuf_data(bytes);
	size_t				 at, i;

	assert_int_equal(journal_open(&journal, scratch->fd), 0);
	for (at = 0; at < ibuf_size(bytes); at++) {
		for (i = 0; i < sizeof(masks); i++) {
			data[at] ^= masks[i];
			journal_fill(&journal, data, ibuf_size(bytes));
			data[at] ^= masks[i];
			if (has_record(&journal))
				fail_msg("byte %zu of %zu ^ 0x%x is not "
				    "missed", at, ibuf_size(bytes), masks[i]);
		}
	}
	journal_fill(&journal, data, ibuf_size(bytes));
	assert_true(has_record(&journal));
	journal_close(&journal);
	ibuf_free(bytes);
	batch_free(&batch);
	store_empty(&store);
}

/* A record of one change without edits. */
static struct ibuf *
build_small(uint64_t number)
{
	static const char *const	 none[TABLES] = { NULL };
	struct changes			 batch = TAILQ_HEAD_INITIALIZER(batch);
	struct store			 store;
	struct ibuf			*bytes;

	store_fill(&store, none);
	batch_add(&batch, "small");
	bytes = journal_build(&store, &batch, number);
	batch_free(&batch);
	return (bytes);
}

/* The numbers of the record, 0 if there is none. */
static uint64_t
record_first(struct journal *journal)
{
	struct journal_record	record;
	uint64_t		first;

	assert_int_equal(journal_read(journal, &record), 0);
	first = record.bytes != NULL ? record.first : 0;
	journal_record_free(&record);
	return (first);
}

static void
test_written_over(void **state)
{
	struct scratch	*scratch = *state;
	struct journal	 journal;
	struct store	 store;
	struct changes	 batch;
	struct ibuf	*large = build_sample(&store, &batch);
	struct ibuf	*small = build_small(44);
	struct stat	 st;

	assert_true(ibuf_size(small) < ibuf_size(large));
	assert_int_equal(journal_open(&journal, scratch->fd), 0);
	assert_int_equal(journal_write(&journal, large), 0);
	assert_int_equal(journal_write(&journal, small), 0);
	assert_int_equal(record_first(&journal), 44);
	assert_int_equal(fstat(journal.fd, &st), 0);
	assert_int_equal(st.st_size, ibuf_size(large));
	assert_int_equal(journal_write(&journal, large), 0);
	assert_int_equal(record_first(&journal), 41);
	check_changes(&journal, 0);
	journal_close(&journal);
	ibuf_free(large);
	ibuf_free(small);
	batch_free(&batch);
	store_empty(&store);
}

/* One record half over another: the old one, or none, or the new one. */
static void
check_torn(struct journal *journal, const struct ibuf *old,
    const struct ibuf *new, uint64_t old_first)
{
	const char	*old_bytes = ibuf_data(old);
	const char	*new_bytes = ibuf_data(new);
	size_t		 done, same = 0;
	uint64_t	 first;

	while (same < ibuf_size(old) && old_bytes[same] == new_bytes[same])
		same++;
	for (done = 0; done < ibuf_size(new); done++) {
		journal_fill(journal, old_bytes, ibuf_size(old));
		assert_int_equal(pwrite(journal->fd, new_bytes, done, 0),
		    (ssize_t)done);
		first = record_first(journal);
		if (first != (done <= same ? old_first : 0))
			fail_msg("%zu of %zu bytes over: record %" PRIu64,
			    done, ibuf_size(new), first);
	}
}

static void
test_torn(void **state)
{
	struct scratch	*scratch = *state;
	struct journal	 journal;
	struct store	 store;
	struct changes	 batch;
	struct ibuf	*large = build_sample(&store, &batch);
	struct ibuf	*small = build_small(44);

	assert_int_equal(journal_open(&journal, scratch->fd), 0);
	check_torn(&journal, large, small, 41);
	check_torn(&journal, small, large, 44);
	journal_close(&journal);
	ibuf_free(large);
	ibuf_free(small);
	batch_free(&batch);
	store_empty(&store);
}

static int
stop_at_second(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	int	*count = arg;

	(void)kind;
	(void)old;
	(void)new;
	return (++*count == 2 ? 7 : 0);
}

static void
test_visitor_stops(void **state)
{
	struct scratch		*scratch = *state;
	struct journal		 journal;
	struct journal_record	 record;
	struct store		 store;
	struct changes		 batch;
	struct ibuf		*bytes = build_sample(&store, &batch);
	int			 count = 0;

	assert_int_equal(journal_open(&journal, scratch->fd), 0);
	assert_int_equal(journal_write(&journal, bytes), 0);
	assert_int_equal(journal_read(&journal, &record), 0);
	assert_int_equal(journal_visit(&record, stop_at_second, &count), 7);
	assert_int_equal(count, 2);
	journal_record_free(&record);
	journal_close(&journal);
	ibuf_free(bytes);
	batch_free(&batch);
	store_empty(&store);
}

static void
test_write_error(void **state)
{
	struct journal	 journal = { open("/dev/full", O_RDWR | O_CLOEXEC) };
	struct ibuf	*bytes = build_small(1);

	(void)state;
	assert_int_not_equal(journal.fd, -1);
	assert_int_equal(journal_write(&journal, bytes), -1);
	assert_int_equal(errno, ENOSPC);
	journal_close(&journal);
	ibuf_free(bytes);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_round_trip),
		TEST(test_open),
		TEST(test_truncation),
		TEST(test_corruption),
		TEST(test_written_over),
		TEST(test_torn),
		TEST(test_visitor_stops),
		TEST(test_write_error)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
