/*
 * Tests of dwserv/edit.c, case by case: what each edit does to the file,
 * what taking it back does, and what is shown of it to the journal.
 *
 * write() is replaced by one that can be told to write little at a time.
 */
/* links: dwserv/alias_line.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/index.c dwserv/log.c dwserv/slice.c dwserv/table.c dwserv/xmalloc.c */

#include <sys/syscall.h>

#include "table_text.h"

#define A	"a:x:1:\n"
#define B	"b:x:2:al\n"
#define C	"c:x:3:al,bob\n"
#define NIS	"+:::\n"

static struct {
	size_t		limit;		/* bytes that a call takes, 0: all */
	unsigned int	calls;
} writing;

ssize_t
write(int fd, const void *bytes, size_t size)
{
	writing.calls++;
	if (writing.limit == 0)
		return (syscall(SYS_write, fd, bytes, size));
	if (writing.calls % 3 == 0) {
		errno = EINTR;
		return (-1);
	}
	return (syscall(SYS_write, fd, bytes, size < writing.limit ? size :
	    writing.limit));
}

static void
member_add(struct table *table, const char *group, const char *name)
{
	table_add_member(table, table_find_name(table, group), name);
}

static void
member_remove(struct table *table, const char *group, const char *name)
{
	table_remove_member(table, table_find_name(table, group), name);
}

static void
text_change(struct table *table, const char *name, const char *text)
{
	table_change(table, table_find_name(table, name), text,
	    strlen(text));
}

static void
test_add(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, "# x\n" A);
	line_t		 line;

	(void)state;
	line = add_text(table, "b:x:2:al");
	assert_int_equal(table_find_name(table, "b"), line);
	assert_int_equal(table_find_id(table, 2), line);
	assert_true(table_has_member(table, line, "al"));
	assert_table(table, "# x\n" A B);
	add_text(table, "c:x:3:al,bob");
	assert_table(table, "# x\n" A B C);
	table_rollback(table, 0);
	assert_table(table, "# x\n" A);
	assert_int_equal(table_find_name(table, "b"), LINE_NONE);
	assert_int_equal(table_find_id(table, 2), LINE_NONE);
	table_free(table);
}

static void
test_add_before_nis(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A NIS "# y\n"
			    "-d:::\n" C);

	(void)state;
	add_text(table, "b:x:2:al");
	assert_table(table, A B NIS "# y\n-d:::\n" C);
	table_settle(table);
	add_text(table, "e:x:5:");
	add_text(table, "f:x:6:");
	assert_table(table, A B "e:x:5:\nf:x:6:\n" NIS "# y\n-d:::\n" C);
	table_rollback(table, 1);
	assert_table(table, A B "e:x:5:\n" NIS "# y\n-d:::\n" C);
	table_rollback(table, 0);
	assert_table(table, A B NIS "# y\n-d:::\n" C);
	table_free(table);
	table = table_of(TABLE_GROUP, "-x:::\n");
	add_text(table, "a:x:1:");
	assert_table(table, A "-x:::\n");
	table_free(table);
}

static void
test_add_to_nothing(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, "");

	(void)state;
	add_text(table, "a:x:1:");
	assert_table(table, A);
	table_free(table);
	table = table_of(TABLE_GROUP, "a:x:1:");
	add_text(table, "b:x:2:al");
	assert_table(table, A B);
	table_free(table);
}

static void
test_change(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A B C);

	(void)state;
	text_change(table, "b", "bee:x:22:carol");
	assert_table(table, A "bee:x:22:carol\n" C);
	assert_int_equal(table_find_name(table, "b"), LINE_NONE);
	assert_int_equal(table_find_id(table, 2), LINE_NONE);
	assert_int_equal(table_find_id(table, 22), table_find_name(table,
	    "bee"));
	text_change(table, "bee", "b:x:2:");
	assert_table(table, A "b:x:2:\n" C);
	table_rollback(table, 1);
	assert_table(table, A "bee:x:22:carol\n" C);
	assert_int_not_equal(table_find_name(table, "bee"), LINE_NONE);
	table_rollback(table, 0);
	assert_table(table, A B C);
	assert_true(table_has_member(table, table_find_name(table, "b"),
	    "al"));
	table_free(table);
}

static void
test_remove(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A B "#\n" C);
	size_t		 position = 0;

	(void)state;
	table_remove(table, table_find_name(table, "b"));
	assert_table(table, A "#\n" C);
	assert_int_equal(table_find_name(table, "b"), LINE_NONE);
	assert_int_equal(table_line_number(table, table_find_name(table,
	    "c")), 3);
	assert_int_equal(table_next_member(table, "al", &position),
	    table_find_name(table, "c"));
	assert_int_equal(table_next_member(table, "al", &position),
	    LINE_NONE);
	table_rollback(table, 0);
	assert_table(table, A B "#\n" C);
	table_remove(table, table_find_name(table, "a"));
	table_remove(table, table_find_name(table, "c"));
	table_settle(table);
	table_rollback(table, 0);
	assert_table(table, B "#\n");
	table_free(table);
}

static void
test_add_member(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A B "s:x:9\n"
			    "t:x:10:al,\n");

	(void)state;
	member_add(table, "a", "carol");
	member_add(table, "b", "carol");
	member_add(table, "b", "dave");
	assert_table(table, "a:x:1:carol\nb:x:2:al,carol,dave\ns:x:9\n"
	    "t:x:10:al,\n");
	assert_true(table_has_member(table, table_find_name(table, "b"),
	    "dave"));
	table_rollback(table, table_mark(table) - 1);
	assert_false(table_has_member(table, table_find_name(table, "b"),
	    "dave"));
	/* As shadow-utils: the missing field is made, a last comma goes. */
	member_add(table, "s", "carol");
	member_add(table, "t", "carol");
	assert_table(table, "a:x:1:carol\nb:x:2:al,carol\ns:x:9:carol\n"
	    "t:x:10:al,carol\n");
	assert_field(table, table_find_name(table, "s"), GROUP_GID, "9");
	table_rollback(table, 0);
	assert_table(table, A B "s:x:9\nt:x:10:al,\n");
	table_free(table);
}

static void
test_remove_member(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, "a:x:1:al\n"
			    "b:x:2:al,bob\nc:x:3:bob,al\nd:x:4:bob,al,eve\n"
			    "e:x:5:al,bob,al\nf:x:6:alal,all,eal\n");

	(void)state;
	member_remove(table, "a", "al");
	member_remove(table, "b", "al");
	member_remove(table, "c", "al");
	member_remove(table, "d", "al");
	member_remove(table, "e", "al");
	member_remove(table, "f", "al");
	assert_table(table, "a:x:1:\nb:x:2:bob\nc:x:3:bob\nd:x:4:bob,eve\n"
	    "e:x:5:bob\nf:x:6:alal,all,eal\n");
	member_add(table, "e", "al");
	assert_field(table, table_find_name(table, "e"), GROUP_MEMBERS,
	    "bob,al");
	table_free(table);
}

static void
test_gshadow_members(void **state)
{
	struct table	*table = table_of(TABLE_GSHADOW, "a:!:al:al\n"
			    "b:!:bob,al:eve,al\nc:!:al:\n");

	(void)state;
	member_remove(table, "a", "al");
	member_remove(table, "b", "al");
	member_remove(table, "c", "al");
	assert_table(table, "a:!::\nb:!:bob:eve\nc:!::\n");
	member_add(table, "c", "al");
	assert_table(table, "a:!::\nb:!:bob:eve\nc:!::al\n");
	table_rollback(table, 0);
	assert_table(table, "a:!:al:al\nb:!:bob,al:eve,al\nc:!:al:\n");
	table_free(table);
}

/* A line that grows a thousand times, half of it taken back. */
static void
test_many_members(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A);
	char		 name[16], expected[8192] = "a:x:1:";
	size_t		 half = 0, position;
	int		 i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		if (i == 500)
			half = table_mark(table);
		snprintf(name, sizeof(name), "u%d", i);
		if (i < 500) {
			strlcat(expected, i > 0 ? "," : "", sizeof(expected));
			strlcat(expected, name, sizeof(expected));
		}
		member_add(table, "a", name);
	}
	strlcat(expected, "\n", sizeof(expected));
	table_rollback(table, half);
	assert_table(table, expected);
	position = 0;
	assert_int_equal(table_next_member(table, "u500", &position),
	    LINE_NONE);
	member_add(table, "a", "u500");
	expected[strlen(expected) - 1] = '\0';
	strlcat(expected, ",u500\n", sizeof(expected));
	table_settle(table);
	assert_table(table, expected);
	table_free(table);
}

/* What the visitor was shown, as text. */
struct shown {
	char	text[1024];
	int	stop;
};

static int
show(void *arg, enum table_kind kind, struct slice old, struct slice new)
{
	struct shown	*shown = arg;
	size_t		 used = strlen(shown->text);

	assert_int_equal(kind, TABLE_GROUP);
	snprintf(shown->text + used, sizeof(shown->text) - used,
	    "%.*s > %.*s\n", old.text != NULL ? (int)old.length : 1,
	    old.text != NULL ? old.text : "0", new.text != NULL ?
	    (int)new.length : 1, new.text != NULL ? new.text : "0");
	return (shown->stop);
}

static void
assert_shown(struct table *table, const char *expected)
{
	struct shown	shown = { "", 0 };

	assert_int_equal(table_visit_edits(table, show, &shown), 0);
	assert_string_equal(shown.text, expected);
	assert_int_equal(table_is_changed(table), *expected != '\0');
}

static void
test_visit(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A B C);
	struct shown	 shown = { "", 5 };

	(void)state;
	assert_shown(table, "");
	text_change(table, "b", "b:x:2:eve");
	member_add(table, "b", "zoe");
	table_remove(table, table_find_name(table, "a"));
	add_text(table, "d:x:4:");
	member_add(table, "d", "zoe");
	assert_shown(table, "b:x:2:al > b:x:2:eve,zoe\na:x:1: > 0\n"
	    "0 > d:x:4:zoe\n");
	assert_int_equal(table_visit_edits(table, show, &shown), 5);
	assert_string_equal(shown.text, "b:x:2:al > b:x:2:eve,zoe\n");
	table_settle(table);
	assert_shown(table, "");
	table_free(table);
}

/* What comes to nothing in the end is not shown. */
static void
test_visit_nothing(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A B C);

	(void)state;
	add_text(table, "d:x:4:");
	table_remove(table, table_find_name(table, "d"));
	assert_shown(table, "");
	member_add(table, "b", "bob");
	member_remove(table, "b", "bob");
	assert_shown(table, "");
	text_change(table, "c", "c:x:3:al,bob");
	assert_shown(table, "");
	table_remove(table, table_find_name(table, "a"));
	add_text(table, "a:x:1:");
	assert_shown(table, "a:x:1: > 0\n0 > a:x:1:\n");
	table_rollback(table, 0);
	assert_shown(table, "");
	assert_table(table, A B C);
	table_free(table);
}

/* Many pieces: every second line changed, and written a little at a time. */
static void
test_write(void **state)
{
	struct table	*table;
	char		*text = calloc(1, 65536), *expected = calloc(1, 65536);
	char		 line[64], name[16];
	int		 i;

	(void)state;
	assert_non_null(text);
	assert_non_null(expected);
	for (i = 0; i < 1500; i++) {
		snprintf(line, sizeof(line), "g%d:x:%d:\n", i, i);
		strlcat(text, line, 65536);
		snprintf(line, sizeof(line), "g%d:x:%d:%s\n", i, i,
		    i % 2 == 0 ? "al" : "");
		strlcat(expected, line, 65536);
	}
	table = table_of(TABLE_GROUP, text);
	for (i = 0; i < 1500; i += 2) {
		snprintf(name, sizeof(name), "g%d", i);
		member_add(table, name, "al");
	}
	assert_table(table, expected);
	writing.limit = 7;
	assert_table(table, expected);
	writing.limit = 0;
	table_free(table);
	free(text);
	free(expected);
}

static void
test_write_error(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A B C);
	int		 fd = open("/dev/full", O_WRONLY | O_CLOEXEC), i;
	char		 text[32];

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(table_write(table, fd), -1);
	assert_int_equal(errno, ENOSPC);
	/* So many pieces that they do not leave all at once. */
	for (i = 10; i < 1000; i++) {
		snprintf(text, sizeof(text), "g%d:x:%d:", i, i);
		add_text(table, text);
	}
	errno = 0;
	assert_int_equal(table_write(table, fd), -1);
	assert_int_equal(errno, ENOSPC);
	close(fd);
	table_free(table);
}

/* Removed lines do not stay for ever, and NIS lines keep their place. */
static void
test_compact(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, A NIS C);
	char		 text[32];
	int		 i, round;

	(void)state;
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 500; i++) {
			snprintf(text, sizeof(text), "g%d:x:%d:al", i, i);
			add_text(table, text);
		}
		table_settle(table);
		for (i = 0; i < 500; i++) {
			snprintf(text, sizeof(text), "g%d", i);
			table_remove(table, table_find_name(table, text));
		}
		table_settle(table);
		assert_table(table, A NIS C);
	}
	assert_in_range(table->line_count, 3, 3000);
	add_text(table, "b:x:2:al");
	assert_table(table, A B NIS C);
	table_free(table);
}

static struct table	*refusing;

static void
refused_add(void *text)
{
	add_text(refusing, text);
}

static void
refused_change(void *text)
{
	text_change(refusing, "b", text);
}

static void
refused_nul(void *arg)
{
	(void)arg;
	table_add(refusing, "d:x:4:a\0b", 9);
}

/* What is no line of such a file never gets into it. */
static void
test_refused(void **state)
{
	char	reason[] = "no entry of /etc/group";

	(void)state;
	refusing = table_of(TABLE_GROUP, A B C);
	assert_fatal(refused_add, "d:x:4:\nroot::0:", reason);
	assert_fatal(refused_add, "d:x:4:\n", reason);
	assert_fatal(refused_add, "d:x:four:", reason);
	assert_fatal(refused_add, "", reason);
	assert_fatal(refused_add, "+:::", reason);
	assert_fatal(refused_change, "b:x:2:al:bob", reason);
	assert_fatal(refused_change, "b:x:2:\nroot::0:", reason);
	assert_fatal(refused_nul, NULL, reason);
	table_free(refusing);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_before_nis),
		cmocka_unit_test(test_add_to_nothing),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_add_member),
		cmocka_unit_test(test_remove_member),
		cmocka_unit_test(test_gshadow_members),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_visit),
		cmocka_unit_test(test_visit_nothing),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_error),
		cmocka_unit_test(test_compact),
		cmocka_unit_test(test_refused)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
