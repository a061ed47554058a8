/*
 * Tests of dwserv/alias_edit.c: every edit of an entry of aliases, compared
 * byte for byte, taken back, and shown to the journal.
 */
/* links: dwserv/alias_edit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/slice.c dwserv/table.c dwserv/xmalloc.c */

#include "alias_text.h"

/* What an entry named a becomes, between two others that stay. */
struct change {
	const char	*before;
	const char	*target;
	const char	*after;
};

static const struct change	removals[] = {
	{ "a: b, c, d", "b", "a: c, d" },
	{ "a: b, c, d", "c", "a: b, d" },
	{ "a: b, c, d", "d", "a: b, c" },
	{ "a: b, c", "b", "a: c" },
	{ "a: b, c", "c", "a: b" },
	{ "a:b,c,d", "b", "a:c,d" },
	{ "a:b,c,d", "c", "a:b,d" },
	{ "a:b,c,d", "d", "a:b,c" },
	{ "a: b", "b", "a:" },
	{ "a:b", "b", "a:" },
	{ "A : b , ", "b", "A :" },
	{ "a:\n\tb", "b", "a:" },
	{ "a:\n# x\n\tb", "b", "a:" },
	{ "a: b, c", "x", "a: b, c" },
	{ "a: bb, b, b.b, b@b, bbb", "b", "a: bb, b.b, b@b, bbb" },
	{ "a: b, c, B, d, b", "b", "a: c, d" },
	{ "a: b, b, b", "b", "a:" },
	{ "a: c, b, b, b", "b", "a: c" },
	{ "a: b, b, b, c", "b", "a: c" },
	{ "a  :\tb ,  c ,\td", "b", "a  :\tc ,\td" },
	{ "a  :\tb ,  c ,\td", "c", "a  :\tb ,  d" },
	{ "a  :\tb ,  c ,\td", "d", "a  :\tb ,  c" },
	{ "a: b,", "b", "a:" },
	{ "a: b, c,", "c", "a: b," },
	{ "a: b, c, ", "b", "a: c, " },
	{ "a: ,b,,c,", "b", "a: ,,c," },
	{ "a: ,b,,c,", "c", "a: ,b," },
	/* Quoted and escaped. */
	{ "a: \"b\", \\c, \"x, y\"", "b", "a: \\c, \"x, y\"" },
	{ "a: \"b\", \\c, \"x, y\"", "C", "a: \"b\", \"x, y\"" },
	{ "a: \"b\", \\c, \"x, y\"", "x, y", "a: \"b\", \\c" },
	{ "a: x, \"|/c d, e\", f", "|/c d, e", "a: x, f" },
	{ "a: |/c d, |\"/c d\", |/C d", "|/c d", "a: |/C d" },
	{ "a: b\\,, c", "c", "a: b\\," },
	{ "a: b\\,, c", "b,", "a: c" },
	{ "a: b\\ , c", "c", "a: b\\ " },
	{ "a: b\\ , c,\n d", "c", "a: b\\ ,\n d" },
	{ "a: b\\ \n , c\n , d", "b ", "a:\n c\n , d" },
	/* A line of its own. */
	{ "a: b,\n\tc,\n\td", "b", "a:\n\tc,\n\td" },
	{ "a: b,\n\tc,\n\td", "c", "a: b,\n\td" },
	{ "a: b,\n\tc,\n\td", "d", "a: b,\n\tc" },
	{ "a: b, \n\tc ,\t\n  d", "c", "a: b, \n  d" },
	{ "a: b, \n\tc ,\t\n  d", "b", "a:\n\tc ,\t\n  d" },
	{ "a:\n  b,\n  c", "b", "a:\n  c" },
	{ "a:\n  b,\n  c", "c", "a:\n  b" },
	{ "a:\n  b,\n  c,", "c", "a:\n  b," },
	/* A line with others. */
	{ "a: b, c,\n\td, e,\n\tf, g", "b", "a: c,\n\td, e,\n\tf, g" },
	{ "a: b, c,\n\td, e,\n\tf, g", "c", "a: b,\n\td, e,\n\tf, g" },
	{ "a: b, c,\n\td, e,\n\tf, g", "d", "a: b, c,\n\te,\n\tf, g" },
	{ "a: b, c,\n\td, e,\n\tf, g", "e", "a: b, c,\n\td,\n\tf, g" },
	{ "a: b, c,\n\td, e,\n\tf, g", "f", "a: b, c,\n\td, e,\n\tg" },
	{ "a: b, c,\n\td, e,\n\tf, g", "g", "a: b, c,\n\td, e,\n\tf" },
	/* The comma first. */
	{ "a: b\n , c\n , d", "b", "a:\n c\n , d" },
	{ "a: b\n , c\n , d", "c", "a: b\n , d" },
	{ "a: b\n , c\n , d", "d", "a: b\n , c" },
	{ "a:\n   b\n , c\n , d", "b", "a:\n c\n , d" },
	{ "a: b\n ,\n c\n ,\n d", "b", "a:\n c\n ,\n d" },
	{ "a: b\n ,\n c\n ,\n d", "c", "a: b\n ,\n d" },
	{ "a: b\n ,\n c\n ,\n d", "d", "a: b\n ,\n c" },
	{ "a: x, b\n# y,\n , c", "b", "a: x,\n# y,\n c" },
	/* Comments and empty lines between stay. */
	{ "a: b,\n# x,\n c,\n  # y\n d", "b", "a:\n# x,\n c,\n  # y\n d" },
	{ "a: b,\n# x,\n c,\n  # y\n d", "c", "a: b,\n# x,\n  # y\n d" },
	{ "a: b,\n# x,\n c,\n  # y\n d", "d", "a: b,\n# x,\n  # y\n c" },
	{ "a: b,\n# x\n c", "c", "a:\n# x\n b" },
	{ "a: \"bb,\",\n\n \n c", "c", "a:\n\n \n \"bb,\"" },
	{ "a: b, c, d,\n# x\n e", "e", "a: b, c,\n# x\n d" },
	{ "a: b\n# x\n , c", "c", "a:\n# x\n b" },
	{ "a: b, c\n# x\n ,", "c", "a: b\n# x\n ," },
	{ "a:\n# x\n b, c", "c", "a:\n# x\n b" },
	{ "a: b, c,\n# x\n c, c", "c", "a:\n# x\n b" }
};

static const struct change	additions[] = {
	{ "a: b", "c", "a: b, c" },
	{ "a:b", "c", "a:b, c" },
	{ "a:", "c", "a: c" },
	{ "a: ", "c", "a: c " },
	{ "a: ,", "c", "a: c ," },
	{ "a : b ", "c", "a : b, c " },
	{ "a: b,", "c", "a: b, c," },
	{ "a: b , ,\t", "c", "a: b, c , ,\t" },
	{ "a: b,\n\tc", "d", "a: b,\n\tc, d" },
	{ "a:\n ,", "c", "a: c\n ," },
	{ "a: b\n ,", "c", "a: b, c\n ," },
	{ "a: b\n# x:y\n ,\n\n ,", "c", "a: b, c\n# x:y\n ,\n\n ," },
	{ "a:\n# x\n\tb", "c", "a:\n# x\n\tb, c" },
	{ "a: b\\,", "c", "a: b\\,, c" },
	{ "a: b\\ , ", "c", "a: b\\ , c, " },
	{ "a: b\\ \t", "c", "a: b\\ , c\t" },
	{ "a: \"b\\\\\",", "c", "a: \"b\\\\\", c," },
	{ "a: \"b, \"", "c", "a: \"b, \", c" },
	{ "a: /b:", "c", "a: /b:, c" },
	{ "\"a\":", "c", "\"a\": c" },
	/* Quoted if need be. */
	{ "a: b", "c+d_e.f@g-h.i", "a: b, c+d_e.f@g-h.i" },
	{ "a: b", "/var/x", "a: b, /var/x" },
	{ "a: b", "/var/x y", "a: b, \"/var/x y\"" },
	{ "a: b", ":include:/x", "a: b, :include:/x" },
	{ "a: b", ":include:/x y", "a: b, \":include:/x y\"" },
	{ "a: b", "|/bin/x", "a: b, |/bin/x" },
	{ "a: b", "|/bin/x y", "a: b, \"|/bin/x y\"" },
	{ "a: b", "|x \"y, \\z\"", "a: b, \"|x \\\"y, \\\\z\\\"\"" },
	{ "a: b", "|(x)<y>z;#:|", "a: b, \"|(x)<y>z;#:|\"" },
	{ "a: b", "#c", "a: b, \"#c\"" },
	{ "a: b", "c d", "a: b, \"c d\"" }
};

#define FIRST	"# first\nfirst: b, c\n\n"
#define LAST	"\n# last\nlast: c,\n\td\n"

typedef void (*edit_function)(struct table *, line_t, const char *);

static void
check_change(const struct change *change, edit_function edit)
{
	char		 before[512], after[512];
	struct table	*table;

	snprintf(before, sizeof(before), FIRST "%s\n" LAST, change->before);
	snprintf(after, sizeof(after), FIRST "%s\n" LAST, change->after);
	table = table_of(TABLE_ALIASES, before);
	edit(table, alias_line(table, "a"), change->target);
	assert_table(table, after);
	assert_int_equal(table_is_changed(table), strcmp(before, after) != 0);
	table_rollback(table, 0);
	assert_table(table, before);
	assert_int_equal(table_is_changed(table), 0);
	edit(table, alias_line(table, "a"), change->target);
	table_settle(table);
	assert_table(table, after);
	table_free(table);
}

static void
test_remove(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < NUMBER_OF(removals); i++)
		check_change(&removals[i], alias_remove_target);
}

static void
test_add(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < NUMBER_OF(additions); i++)
		check_change(&additions[i], alias_add_target);
}

/* How often the index has a target, found or not. */
static unsigned int
count_indexed(const struct table *table, const char *target)
{
	size_t		state = 0;
	unsigned int	count = 0;

	while (index_next(&table->by_member, table_member_hash(table,
	    target), &state) != LINE_NONE)
		count++;
	return (count);
}

/* Each occurrence is in the index once, after edits and without them. */
static void
test_index(void **state)
{
	struct table	*table = table_of(TABLE_ALIASES,
			    "a: b, B, c, \"b\"\nd: b\n");

	(void)state;
	assert_int_equal(count_indexed(table, "b"), 4);
	alias_add_target(table, 0, "b");
	assert_int_equal(count_indexed(table, "b"), 5);
	alias_remove_target(table, 0, "b");
	assert_int_equal(count_indexed(table, "b"), 1);
	assert_int_equal(count_indexed(table, "c"), 1);
	table_rollback(table, table_mark(table) - 1);
	assert_int_equal(count_indexed(table, "b"), 5);
	table_rollback(table, 0);
	assert_int_equal(count_indexed(table, "b"), 4);
	table_remove(table, 0);
	assert_int_equal(count_indexed(table, "b"), 1);
	assert_int_equal(count_indexed(table, "c"), 0);
	table_free(table);
}

/* What was added can be found, and taken out, and then is not found. */
static void
test_add_and_remove(void **state)
{
	struct table	*table;
	size_t		 i, at;
	line_t		 line;

	(void)state;
	for (i = 0; i < NUMBER_OF(additions); i++) {
		table = table_of(TABLE_ALIASES, "x: y\na: b\n");
		line = alias_line(table, "a");
		alias_add_target(table, line, additions[i].target);
		assert_true(alias_has_target(table, line,
		    additions[i].target));
		alias_remove_target(table, line, additions[i].target);
		assert_false(alias_has_target(table, line,
		    additions[i].target));
		assert_table(table, "x: y\na: b\n");
		table_rollback(table, table_mark(table) - 1);
		at = 0;
		assert_int_equal(alias_next_with_target(table,
		    additions[i].target, &at), line);
		table_rollback(table, 0);
		at = 0;
		assert_int_equal(alias_next_with_target(table,
		    additions[i].target, &at), LINE_NONE);
		table_free(table);
	}
}

static void
test_set(void **state)
{
	static const struct change	sets[] = {
		{ "a: b", "c", "a: c" },
		{ "\"A\" : b,\n# x\n c", "d,e", "a: d, e" },
		{ "a: b", "", "a:" },
		{ "a: b", "|x\\,y,|z\\\\,c@d,:include:/e,/f",
		    "a: \"|x,y\", \"|z\\\\\", c@d, :include:/e, /f" }
	};
	char		 before[256], after[256];
	struct table	*table;
	line_t		 line;
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(sets); i++) {
		snprintf(before, sizeof(before), FIRST "%s\n" LAST,
		    sets[i].before);
		snprintf(after, sizeof(after), FIRST "%s\n" LAST,
		    sets[i].after);
		table = table_of(TABLE_ALIASES, before);
		line = alias_line(table, "a");
		assert_int_equal(alias_set(table, line, "a", sets[i].target),
		    line);
		assert_table(table, after);
		table_rollback(table, 0);
		assert_table(table, before);
		assert_true(alias_has_target(table, line, "b"));
		table_free(table);
	}
}

/* New entries go to the end, whatever stands there. */
static void
test_set_new(void **state)
{
	static const char *const files[][2] = {
		{ "", "" }, { "a: b\n", "a: b\n" }, { "a: b", "a: b\n" },
		{ "# a", "# a\n" }, { "+: b\n", "+: b\n" },
		{ "a: b\n\n  \n", "a: b\n\n  \n" }, { " a\n", " a\n" },
		{ "a: b,\n", "a: b,\n" }, { "a: \"b\n", "a: \"b\n" },
		/* sendmail would join these. */
		{ "a: b\\\n", "a: b\\\n\n" }, { "a: b\\", "a: b\\\n\n" },
		{ "# a\\\n", "# a\\\n\n" }, { "a: b\\\n\n", "a: b\\\n\n" }
	};
	char		 after[256];
	struct table	*table, *again;
	line_t		 line;
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(files); i++) {
		table = table_of(TABLE_ALIASES, files[i][0]);
		line = alias_set(table, LINE_NONE, "new", "x,y z");
		assert_int_equal(line, alias_line(table, "NEW"));
		alias_set(table, LINE_NONE, "n w", "x");
		snprintf(after, sizeof(after), "%snew: x, \"y z\"\n"
		    "\"n w\": x\n", files[i][1]);
		assert_table(table, after);
		again = table_of(TABLE_ALIASES, after);
		assert_int_equal(alias_count_targets(again, alias_line(again,
		    "new")), 2);
		table_free(again);
		table_rollback(table, 1);
		assert_int_equal(count_name(table, "n w"), 0);
		table_rollback(table, 0);
		assert_int_equal(count_name(table, "new"), 0);
		if (!table->repaired)
			assert_table(table, files[i][0]);
		table_free(table);
	}
}

static int
show(void *arg, enum table_kind kind, struct slice old, struct slice new)
{
	char	*shown = arg;
	size_t	 used = strlen(shown);

	assert_int_equal(kind, TABLE_ALIASES);
	snprintf(shown + used, 512 - used, "<%.*s><%.*s>", (int)old.length,
	    old.text != NULL ? old.text : "", (int)new.length,
	    new.text != NULL ? new.text : "");
	return (0);
}

/* Several edits, marks between them, and what the journal sees. */
static void
test_visit(void **state)
{
	struct table	*table = table_of(TABLE_ALIASES, "a: b,\n# x\n c\n"
			    "d: e\nf: g\n");
	char		 shown[512] = "";
	size_t		 mark;

	(void)state;
	alias_add_target(table, 0, "h");
	alias_add_target(table, 0, "i");
	mark = table_mark(table);
	alias_remove_target(table, 0, "h");
	alias_add_target(table, 0, "j");
	table_remove(table, 1);
	alias_set(table, LINE_NONE, "k", "l");
	alias_add_target(table, 3, "m");
	alias_add_target(table, 2, "g2");
	alias_remove_target(table, 2, "g2");
	assert_table(table, "a: b,\n# x\n c, i, j\nf: g\nk: l, m\n");
	table_visit_edits(table, show, shown);
	assert_string_equal(shown, "<a: b,\n# x\n c><a: b,\n# x\n c, i, j>"
	    "<d: e><><><k: l, m>");
	table_rollback(table, mark);
	assert_table(table, "a: b,\n# x\n c, h, i\nd: e\nf: g\n");
	assert_true(alias_has_target(table, 0, "h"));
	assert_false(alias_has_target(table, 0, "j"));
	table_settle(table);
	shown[0] = '\0';
	table_visit_edits(table, show, shown);
	assert_string_equal(shown, "");
	table_free(table);
}

/* In ten thousand targets: each added, half taken out, all taken back. */
static void
test_many(void **state)
{
	struct table	*table = table_of(TABLE_ALIASES, "a: b,\nc: d\n");
	char		 name[16];
	size_t		 mark = 0, i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		if (i == 5000)
			mark = table_mark(table);
		snprintf(name, sizeof(name), "u%zu", i);
		assert_false(alias_has_target(table, 0, name));
		alias_add_target(table, 0, name);
	}
	assert_int_equal(alias_count_targets(table, 0), 10001);
	assert_true(alias_has_target(table, 0, "u9999"));
	table_rollback(table, mark);
	assert_int_equal(alias_count_targets(table, 0), 5001);
	assert_false(alias_has_target(table, 0, "u5000"));
	assert_true(alias_has_target(table, 0, "u4999"));
	table_settle(table);
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "u%zu", i * 10);
		alias_remove_target(table, 0, name);
		assert_false(alias_has_target(table, 0, name));
	}
	assert_int_equal(alias_count_targets(table, 0), 4501);
	assert_true(alias_has_target(table, 0, "b"));
	table_rollback(table, 0);
	assert_int_equal(alias_count_targets(table, 0), 5001);
	assert_true(alias_has_target(table, 0, "u0"));
	table_free(table);
}

/* A line that gets much shorter, longer again, and what it was. */
static void
test_room(void **state)
{
	char		 file[4096] = "a: b, ", name[32], target[1501];
	struct table	*table;
	int		 i;

	(void)state;
	memset(target, 'x', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	strlcat(file, target, sizeof(file));
	strlcat(file, ", c\n", sizeof(file));
	table = table_of(TABLE_ALIASES, file);
	alias_add_target(table, 0, "d");
	alias_remove_target(table, 0, target);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		alias_add_target(table, 0, name);
	}
	alias_add_target(table, 0, target);
	alias_remove_target(table, 0, "b");
	table_rollback(table, table_mark(table) - 22);
	assert_table(table, "a: b, c, d\n");
	assert_false(alias_has_target(table, 0, target));
	table_rollback(table, 0);
	assert_table(table, file);
	assert_true(alias_has_target(table, 0, target));
	table_free(table);
}

static struct table	*refusing;

static void
refused_set(void *targets)
{
	alias_set(refusing, LINE_NONE, "x", targets);
}

static void
refused_name(void *name)
{
	alias_set(refusing, LINE_NONE, name, "y");
}

static void
refused_add(void *target)
{
	alias_add_target(refusing, 0, target);
}

static void
refused_line(void *text)
{
	add_text(refusing, text);
}

/* What would be more or less than an entry never gets into the file. */
static void
test_refused(void **state)
{
	char	entry[] = "no entry of /etc/aliases";
	char	list[] = "not checked", target[] = "cannot hold";

	(void)state;
	refusing = table_of(TABLE_ALIASES, "a: b\n");
	assert_fatal(refused_set, "c\nroot: d", entry);
	assert_fatal(refused_set, "c\x01", entry);
	assert_fatal(refused_set, "c\n d", entry);
	assert_fatal(refused_set, "|", entry);
	assert_fatal(refused_set, ":", entry);
	assert_fatal(refused_set, "c,,d", entry);
	assert_fatal(refused_set, "c,", entry);
	assert_fatal(refused_set, "c\\d", list);
	assert_fatal(refused_name, "", entry);
	assert_fatal(refused_name, "+", entry);
	assert_fatal(refused_name, "x\ny", entry);
	assert_fatal(refused_add, "c\nroot: d", target);
	assert_fatal(refused_add, "c\n d", target);
	assert_fatal(refused_add, "c\t", target);
	assert_fatal(refused_add, "c\x01", target);
	assert_fatal(refused_add, "", target);
	assert_fatal(refused_add, "|", target);
	assert_fatal(refused_line, "x: y\nz: w", entry);
	assert_fatal(refused_line, "x: y\n# z", entry);
	assert_fatal(refused_line, "x: y\n", entry);
	assert_fatal(refused_line, "# x", entry);
	assert_fatal(refused_line, " x: y", entry);
	assert_fatal(refused_line, "x: y\\", entry);
	table_free(refusing);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_add_and_remove),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_new),
		cmocka_unit_test(test_visit),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_refused)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
