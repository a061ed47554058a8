/*
 * Tests of dwserv/parent_states.c: what workers are told of secrets, from
 * the tables, by edits, and anew when it has grown; and that it has no name.
 */
/* links: dwserv/alias_line.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/ibuf.c dwserv/index.c dwserv/log.c dwserv/parent_states.c dwserv/slice.c dwserv/suspend.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "parent.h"
#include "table_text.h"

#define PASSWD	"al:x:10001:1::/:\nbob:x:10002:1::/:\neve:x:10003:1::/:\n" \
		"dan:h:10004:1::/:\nfay:x:10005:1::/:\ngus:x:10006:1::/:\n"
#define SHADOW	"al:$6$a$b:1::::::\nbob:!$6$a$b:1:::::20000:\n" \
		"# x\neve:*:1::::::\nfay::1:2:3:4:5:6\ngus:!*h:1\n"
#define SHOWN	"al:active:\nbob:locked:20000\neve:no-password:\n" \
		"fay:no-password:6\n"

struct site {
	struct scratch	*scratch;
	struct store	 store;
	struct states	 states;
};

static void
site_fill(struct site *site, enum table_kind kind, const char *text)
{
	table_free(site->store.tables[kind]);
	site->store.tables[kind] = text == NULL ? NULL :
	    table_of(kind, text);
}

static int
site_make(void **state)
{
	struct site	*site = calloc(1, sizeof(*site));
	void		*scratch;

	assert_non_null(site);
	scratch_make(&scratch);
	site->scratch = scratch;
	site->states.fd = site->states.read_fd = -1;
	site_fill(site, TABLE_PASSWD, PASSWD);
	site_fill(site, TABLE_SHADOW, SHADOW);
	site_fill(site, TABLE_SUSPENDED, "");
	*state = site;
	return (0);
}

static int
site_remove(void **state)
{
	struct site	*site = *state;
	void		*scratch = site->scratch;
	enum table_kind	 kind;

	states_close(&site->states);
	states_close(&site->states);
	for (kind = 0; kind < TABLES; kind++)
		table_free(site->store.tables[kind]);
	free(site);
	return (scratch_remove(&scratch));
}

/* What workers read is this; nobody finds it in the directory. */
static void
assert_shown(const struct site *site, const char *expected)
{
	size_t	 size;
	char	*text = scratch_read(site->states.read_fd, &size);

	assert_string_equal(text, expected);
	assert_int_equal(site->states.size, size);
	free(text);
	assert_no_file(site->scratch->fd, "states");
}

static void
renew(struct site *site)
{
	assert_int_equal(states_renew(&site->states, &site->store,
	    site->scratch->fd), 0);
}

static void
note(struct site *site)
{
	enum table_kind	kind;

	assert_int_equal(states_note(&site->states, &site->store,
	    site->scratch->fd), 0);
	for (kind = 0; kind < TABLES; kind++)
		if (site->store.tables[kind] != NULL)
			table_settle(site->store.tables[kind]);
}

static void
change(struct site *site, enum table_kind kind, const char *name,
    const char *text)
{
	struct table	*table = site->store.tables[kind];

	table_change(table, table_find_name(table, name), text,
	    strlen(text));
}

static void
test_renew(void **state)
{
	struct site	*site = *state;

	renew(site);
	assert_shown(site, SHOWN);
	assert_int_equal(site->states.first_size, strlen(SHOWN));
	assert_true(site->states.is_new);
	/* Readers cannot write, and a second one is another file. */
	assert_int_equal(write(site->states.read_fd, "x", 1), -1);
	site->states.is_new = 0;
	site_fill(site, TABLE_SHADOW, "al:!:1::::::\n");
	renew(site);
	assert_shown(site, "al:no-password:\n");
	assert_true(site->states.is_new);
	site_fill(site, TABLE_SHADOW, NULL);
	renew(site);
	assert_shown(site, "");
}

/* Suspended is who has an entry of ours with the uid that he has. */
static void
test_suspended(void **state)
{
	struct site	*site = *state;

	site_fill(site, TABLE_SUSPENDED, "al:10001::/bin/sh\n"
	    "bob:10777::/bin/sh\ndan:10004::/bin/sh\nold:10008::/bin/sh\n");
	renew(site);
	assert_shown(site, "al:suspended:\nbob:locked:20000\n"
	    "eve:no-password:\nfay:no-password:6\n"
	    "al:suspended:\nbob:locked:20000\ndan:suspended:\nold:-:\n");
	site_fill(site, TABLE_SUSPENDED, NULL);
	renew(site);
	assert_shown(site, SHOWN);
}

/* Edits are appended: the last word about a login holds. */
static void
test_note(void **state)
{
	struct site	*site = *state;

	renew(site);
	site->states.is_new = 0;
	note(site);
	assert_shown(site, SHOWN);
	change(site, TABLE_SHADOW, "al", "al:!$6$a$b:1:::::5:");
	add_text(site->store.tables[TABLE_SHADOW], "gus:h:1::::::");
	note(site);
	assert_shown(site, SHOWN "al:locked:5\ngus:active:\n");
	note(site);
	assert_shown(site, SHOWN "al:locked:5\ngus:active:\n");
	/* Gone, and of another name from now on. */
	table_remove(site->store.tables[TABLE_SHADOW], table_find_name(
	    site->store.tables[TABLE_SHADOW], "gus"));
	change(site, TABLE_SHADOW, "al", "ann:h:1:::::7:");
	note(site);
	assert_shown(site, SHOWN "al:locked:5\ngus:active:\n"
	    "gus:-:\nal:-:\nann:active:7\n");
	assert_false(site->states.is_new);
}

static void
test_note_suspended(void **state)
{
	struct site	*site = *state;

	renew(site);
	add_text(site->store.tables[TABLE_SUSPENDED], "bob:10002::/bin/sh");
	note(site);
	assert_shown(site, SHOWN "bob:suspended:20000\n");
	table_remove(site->store.tables[TABLE_SUSPENDED], table_find_name(
	    site->store.tables[TABLE_SUSPENDED], "bob"));
	note(site);
	assert_shown(site, SHOWN "bob:suspended:20000\nbob:locked:20000\n");
}

/* It grows by edits, up to a point; then it is begun anew. */
static void
test_growth(void **state)
{
	struct site	*site = *state;
	uint64_t	 largest = 0;
	unsigned int	 i;

	renew(site);
	site->states.is_new = 0;
	for (i = 0; i < 1000000 && !site->states.is_new; i++) {
		if (site->states.size > largest)
			largest = site->states.size;
		change(site, TABLE_SHADOW, "bob", i % 2 ?
		    "bob:!$6$a$b:1:::::20000:" : "bob:h:1:::::20000:");
		note(site);
	}
	assert_true(site->states.is_new);
	assert_in_range(largest, 1 << 20, 2 << 20);
	assert_int_equal(site->states.size, site->states.first_size);
	assert_in_range(site->states.size, strlen(SHOWN), strlen(SHOWN));
}

/* No directory: nothing else is wrong, and it may be tried again. */
static void
test_fails(void **state)
{
	struct site	*site = *state;
	int		 none = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(none, -1);
	assert_int_equal(states_renew(&site->states, &site->store, none), -1);
	assert_int_equal(errno, ENOTDIR);
	close(none);
	/* Somebody's link is not followed. */
	assert_int_equal(symlinkat("elsewhere", site->scratch->fd, "states"),
	    0);
	renew(site);
	assert_shown(site, SHOWN);
	assert_no_file(site->scratch->fd, "elsewhere");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, site_make, site_remove)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_renew),
		TEST(test_suspended),
		TEST(test_note),
		TEST(test_note_suspended),
		TEST(test_growth),
		TEST(test_fails)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
