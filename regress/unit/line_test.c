/*
 * Tests of dwserv/line.c: lines put together field by field, and fields of
 * lines exchanged.
 */
/* links: dwserv/alias_line.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/ibuf.c dwserv/index.c dwserv/line.c dwserv/log.c dwserv/slice.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "scratch.h"

#include "parent.h"
#include "table_text.h"

static void
assert_line(struct ibuf *line, const char *expected)
{
	assert_int_equal(ibuf_size(line), strlen(expected));
	assert_memory_equal(ibuf_data(line), expected, strlen(expected));
	ibuf_free(line);
}

static void
test_fields(void **state)
{
	struct ibuf	*line = text_new();
	struct slice	 slice = { "slice and more", 5 };

	(void)state;
	line_add_string(line, "al");
	line_add_string(line, "");
	line_add(line, slice);
	line_add_string(line, "a,b c=\t\"\\\xc3\xa9");
	line_add_string(line, "");
	assert_line(line, "al::slice:a,b c=\t\"\\\xc3\xa9:");
}

static void
test_numbers(void **state)
{
	struct ibuf	*line = text_new();

	(void)state;
	line_add_string(line, "al");
	line_add_number(line, 0);
	line_add_number(line, -1);
	line_add_number(line, 4294967295LL);
	line_add_number(line, 99999);
	assert_line(line, "al:0::4294967295:99999");
}

static void
refused_string(void *arg)
{
	struct ibuf	*line = text_new();

	line_add_string(line, "al");
	line_add_string(line, arg);
}

static void
refused_nul(void *arg)
{
	struct slice	slice = { "a\0b", 3 };

	(void)arg;
	line_add(text_new(), slice);
}

static void
refused_first(void *arg)
{
	line_add_string(text_new(), arg);
}

/* Nothing that would be another field or line comes out of here. */
static void
test_refused(void **state)
{
	char	reason[] = "no account file can hold";

	(void)state;
	assert_fatal(refused_string, ":", reason);
	assert_fatal(refused_string, "a:b", reason);
	assert_fatal(refused_string, "\n", reason);
	assert_fatal(refused_string, "a\nroot::0:0:::", reason);
	assert_fatal(refused_nul, NULL, reason);
	assert_fatal(refused_first, "x:", reason);
}

static void
test_end(void **state)
{
	struct table	*table = table_of(TABLE_GROUP, "a:x:1:\nb:x:2:\n");
	struct ibuf	*line = text_new();

	(void)state;
	line_add_string(line, "c");
	line_add_string(line, "x");
	line_add_number(line, 3);
	line_add_string(line, "");
	line_end(line, table, LINE_NONE);
	assert_table(table, "a:x:1:\nb:x:2:\nc:x:3:\n");
	line = text_new();
	line_add_string(line, "a");
	line_add_string(line, "!");
	line_add_number(line, 1);
	line_add_string(line, "al");
	line_end(line, table, table_find_name(table, "a"));
	assert_table(table, "a:!:1:al\nb:x:2:\nc:x:3:\n");
	table_free(table);
}

static void
test_set_fields(void **state)
{
	struct table	*table = table_of(TABLE_SHADOW,
			    "al:!:19000:0:99999:7:30:20000:x\n"
			    "bob:*:1:2:3\n");
	const char	*values[SHADOW_FIELDS] = { NULL };

	(void)state;
	values[SHADOW_PASSWORD] = "$y$hash";
	values[SHADOW_INACTIVE] = "";
	line_set_fields(table, table_find_name(table, "al"), values,
	    SHADOW_FIELDS);
	assert_table(table, "al:$y$hash:19000:0:99999:7::20000:x\n"
	    "bob:*:1:2:3\n");
	line_set_fields(table, table_find_name(table, "bob"), values,
	    SHADOW_FIELDS);
	assert_table(table, "al:$y$hash:19000:0:99999:7::20000:x\n"
	    "bob:$y$hash:1:2:3::::\n");
	table_rollback(table, 1);
	assert_table(table, "al:$y$hash:19000:0:99999:7::20000:x\n"
	    "bob:*:1:2:3\n");
	table_free(table);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_set_fields)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
