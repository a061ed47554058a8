/*
 * Tests of dwserv/table.c: which lines of an account file are entries, that
 * all others are kept as they are, and how entries are found.
 */
/* links: dwserv/alias_line.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/index.c dwserv/log.c dwserv/slice.c dwserv/table.c dwserv/xmalloc.c */

#include "table_text.h"

#define ALICE	"alice:x:10001:10001:Alice Liddell:/home/alice:/bin/sh\n"
#define BOB	"bob:x:10002:10001::/home/bob:/bin/sh\n"

struct verdict {
	enum table_kind	 kind;
	const char	*line;
	int		 is_entry;
};

static const struct verdict	verdicts[] = {
	{ TABLE_PASSWD, "a:x:1:1::/:/bin/sh", 1 },
	{ TABLE_PASSWD, "a::1:1:::", 1 },
	{ TABLE_PASSWD, "A b.c:x:1:1:g:/:/bin/sh\r", 1 },
	{ TABLE_PASSWD, "a:x:4294967295:4294967295:::", 1 },
	{ TABLE_PASSWD, "a:x:4294967296:1:::", 0 },
	{ TABLE_PASSWD, "a:x:1:1::/", 0 },
	{ TABLE_PASSWD, "a:x:1:1::/:/bin/sh:", 0 },
	{ TABLE_PASSWD, "a:x::1::/:/bin/sh", 0 },
	{ TABLE_PASSWD, "a:x:1:::/:/bin/sh", 0 },
	{ TABLE_PASSWD, "a:x:-1:1::/:/bin/sh", 0 },
	{ TABLE_PASSWD, "a:x:1x:1::/:/bin/sh", 0 },
	{ TABLE_PASSWD, "a:x: 1:1::/:/bin/sh", 0 },
	{ TABLE_PASSWD, "a:x:1:0x1::/:/bin/sh", 0 },
	{ TABLE_PASSWD, ":x:1:1::/:/bin/sh", 0 },
	{ TABLE_PASSWD, "", 0 },
	{ TABLE_PASSWD, " ", 0 },
	{ TABLE_PASSWD, "# comment", 0 },
	{ TABLE_PASSWD, "+", 0 },
	{ TABLE_PASSWD, "+::::::", 0 },
	{ TABLE_PASSWD, "+@net:x:1:1:::", 0 },
	{ TABLE_PASSWD, "-a:x:1:1::/:/bin/sh", 0 },
	{ TABLE_SHADOW, "a:!:1:2:3:4:5:6:7", 1 },
	{ TABLE_SHADOW, "a::::::::", 1 },
	{ TABLE_SHADOW, "a:*:1:2:3", 1 },		/* before 1988 */
	{ TABLE_SHADOW, "a:!:1:2:3:4:5:6", 1 },
	{ TABLE_SHADOW, "a:!:1:2:3:4:5:", 1 },
	{ TABLE_SHADOW, "a:!:1:2:3:4:5", 0 },
	{ TABLE_SHADOW, "a:*:1:2", 0 },
	{ TABLE_SHADOW, "a:*:1:2:3:4", 0 },
	{ TABLE_SHADOW, "a:!:1:2:3:4:5:6:7:8", 0 },
	{ TABLE_SHADOW, ":!:1:2:3:4:5:6:7", 0 },
	{ TABLE_SHADOW, "+:!:1:2:3:4:5:6:7", 0 },
	{ TABLE_GROUP, "g:x:5:a,b", 1 },
	{ TABLE_GROUP, "g:x:5:", 1 },
	{ TABLE_GROUP, "g:x:5", 1 },
	{ TABLE_GROUP, "g:x:", 0 },
	{ TABLE_GROUP, "g:x", 0 },
	{ TABLE_GROUP, "g:x::a", 0 },
	{ TABLE_GROUP, "g:x:5:a:b", 0 },
	{ TABLE_GROUP, "g:x:00005:", 1 },
	{ TABLE_GROUP, "+:::", 0 },
	{ TABLE_GSHADOW, "g:!::", 1 },
	{ TABLE_GSHADOW, "g:!:a:b,c", 1 },
	{ TABLE_GSHADOW, "g:!:", 0 },
	{ TABLE_GSHADOW, "g:!:::", 0 }
};

static void
test_entries(void **state)
{
	const struct verdict	*verdict;
	struct table		*table;
	size_t			 i;
	int			 is_entry;

	(void)state;
	for (i = 0; i < NUMBER_OF(verdicts); i++) {
		verdict = &verdicts[i];
		table = table_of(verdict->kind, "");
		is_entry = table_line_is_entry(table, verdict->line,
		    strlen(verdict->line));
		if (is_entry != verdict->is_entry)
			fail_msg("%s: <%s> is%s an entry",
			    table_name(verdict->kind), verdict->line,
			    is_entry ? "" : " not");
		table_free(table);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(table_name(TABLE_PASSWD), "passwd");
	assert_string_equal(table_name(TABLE_SHADOW), "shadow");
	assert_string_equal(table_name(TABLE_GROUP), "group");
	assert_string_equal(table_name(TABLE_GSHADOW), "gshadow");
}

/* Every line is kept as it is, and where it is. */
static void
test_kept(void **state)
{
	static const char *const files[] = {
		"", "\n", "\n\n\n", ALICE, "# only a comment\n",
		ALICE "\n#\n" BOB "+\n",
		"\r\n:::::::\n" ALICE "a:b\n-x\n" BOB "+@n::::::\n" ALICE,
		"+::::::\n" ALICE "-bob\n"
	};
	struct table	*table;
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(files); i++) {
		table = table_of(TABLE_PASSWD, files[i]);
		assert_int_equal(table->repaired, 0);
		assert_int_equal(table_is_changed(table), 0);
		assert_table(table, files[i]);
		table_free(table);
	}
}

static void
test_no_final_newline(void **state)
{
	struct table	*table = table_of_bytes(TABLE_PASSWD, ALICE BOB,
			    strlen(ALICE BOB) - 1);

	(void)state;
	assert_int_equal(table->repaired, 1);
	assert_int_equal(table_is_changed(table), 0);
	assert_table(table, ALICE BOB);
	assert_field(table, table_find_name(table, "bob"), PASSWD_SHELL,
	    "/bin/sh");
	table_free(table);
	table = table_of_bytes(TABLE_PASSWD, "#", 1);
	assert_int_equal(table->repaired, 1);
	assert_table(table, "#\n");
	table_free(table);
}

/* A line with a NUL is not understood; the lines around it are. */
static void
test_nul(void **state)
{
	static const char	 bytes[] = ALICE
	    "car\0ol:x:10003:10003::/home/carol:/bin/sh\n"
	    "dave:x:10004:10004:\0:/home/dave:/bin/sh\n\0\n" BOB;
	struct table		*table = table_of_bytes(TABLE_PASSWD, bytes,
				    sizeof(bytes) - 1);
	size_t			 size, position = 0;
	char			*written = table_to_bytes(table, &size);

	(void)state;
	assert_int_equal(size, sizeof(bytes) - 1);
	assert_memory_equal(written, bytes, size);
	assert_int_equal(table_find_name(table, "car"), LINE_NONE);
	assert_int_equal(table_find(table, "car\0ol", 6, &position),
	    LINE_NONE);
	assert_int_equal(table_find_name(table, "dave"), LINE_NONE);
	assert_int_equal(table_find_id(table, 10004), LINE_NONE);
	assert_int_equal(table_line_number(table, table_find_name(table,
	    "bob")), 5);
	free(written);
	table_free(table);
}

static void
test_fields(void **state)
{
	struct table	*table = table_of(TABLE_PASSWD, ALICE BOB);
	line_t		 line = table_find_name(table, "alice");
	uint32_t	 id;

	(void)state;
	assert_field(table, line, PASSWD_NAME, "alice");
	assert_field(table, line, PASSWD_PASSWORD, "x");
	assert_field(table, line, PASSWD_UID, "10001");
	assert_field(table, line, PASSWD_GECOS, "Alice Liddell");
	assert_field(table, line, PASSWD_SHELL, "/bin/sh");
	assert_int_equal(table_field_id(table, line, PASSWD_UID, &id), 0);
	assert_int_equal(id, 10001);
	assert_int_equal(table_field_id(table, line, PASSWD_GECOS, &id), -1);
	line = table_find_name(table, "bob");
	assert_field(table, line, PASSWD_GECOS, "");
	table_free(table);
}

/* The fields that an older form lacks are empty. */
static void
test_short_forms(void **state)
{
	struct table	*shadow = table_of(TABLE_SHADOW, "a:*:1:2:3\n");
	struct table	*group = table_of(TABLE_GROUP, "g:x:5\n");
	line_t		 line = table_find_name(shadow, "a");
	unsigned int	 field;

	(void)state;
	assert_field(shadow, line, SHADOW_MAX, "3");
	for (field = SHADOW_WARN; field < SHADOW_FIELDS; field++)
		assert_field(shadow, line, field, "");
	assert_table(shadow, "a:*:1:2:3\n");
	line = table_find_name(group, "g");
	assert_field(group, line, GROUP_GID, "5");
	assert_field(group, line, GROUP_MEMBERS, "");
	assert_int_equal(table_find_id(group, 5), line);
	assert_table(group, "g:x:5\n");
	table_free(shadow);
	table_free(group);
}

static void
test_duplicates(void **state)
{
	struct table	*table = table_of(TABLE_PASSWD, "#\n" ALICE BOB
			    "alice:x:10009:10001::/:/bin/sh\n");
	size_t		 position = 0;
	line_t		 first, second;

	(void)state;
	first = table_find(table, "alice", 5, &position);
	second = table_find(table, "alice", 5, &position);
	assert_int_not_equal(first, LINE_NONE);
	assert_int_not_equal(second, LINE_NONE);
	assert_int_equal(table_find(table, "alice", 5, &position), LINE_NONE);
	assert_int_equal(table_line_number(table, first) +
	    table_line_number(table, second), 2 + 4);
	assert_int_equal(count_name(table, "bob"), 1);
	assert_int_equal(count_name(table, "alic"), 0);
	assert_int_equal(count_name(table, "alice2"), 0);
	table_free(table);
}

static void
test_ids(void **state)
{
	struct table	*table = table_of(TABLE_PASSWD, ALICE BOB
			    "carol:x:007:10003::/:/bin/sh\n"
			    "#dave:x:10004:10004::/:/bin/sh\n");
	line_t		 line, other;

	(void)state;
	assert_int_equal(table_find_id(table, 10002),
	    table_find_name(table, "bob"));
	assert_int_equal(table_find_id(table, 7),
	    table_find_name(table, "carol"));
	assert_int_equal(table_find_id(table, 10004), LINE_NONE);
	assert_int_equal(table_find_id(table, 0), LINE_NONE);
	line = table_find_primary(table, 10001);
	assert_true(line == table_find_name(table, "alice") ||
	    line == table_find_name(table, "bob"));
	assert_int_equal(table_find_primary(table, 10003),
	    table_find_name(table, "carol"));
	assert_int_equal(table_find_primary(table, 10002), LINE_NONE);
	assert_int_equal(table_find_primary(table, 10004), LINE_NONE);
	/* The one that stays is still found when the other goes. */
	table_remove(table, line);
	other = table_find_primary(table, 10001);
	assert_int_not_equal(other, line);
	assert_int_not_equal(other, LINE_NONE);
	table_remove(table, other);
	assert_int_equal(table_find_primary(table, 10001), LINE_NONE);
	table_free(table);
}

/* How many lines list a member, each counted once. */
static unsigned int
count_member(const struct table *table, const char *name)
{
	unsigned char	seen[64] = { 0 };
	size_t		position = 0;
	unsigned int	count = 0;
	line_t		line;

	while ((line = table_next_member(table, name, &position)) !=
	    LINE_NONE) {
		assert_true(table_has_member(table, line, name));
		assert_true(line < sizeof(seen));
		count += !seen[line];
		seen[line] = 1;
	}
	return (count);
}

static void
test_members(void **state)
{
	struct table	*group = table_of(TABLE_GROUP, "a:x:1:al,bob\n"
			    "b:x:2:bob\nc:x:3:\nd:x:4:alal,al\n"
			    "#e:x:5:al\n+f:x:6:al\n");
	struct table	*gshadow = table_of(TABLE_GSHADOW, "a:!:al:bob\n"
			    "b:!:al:al\nc:!::,,al,\n");

	(void)state;
	assert_int_equal(count_member(group, "al"), 2);
	assert_int_equal(count_member(group, "bob"), 2);
	assert_int_equal(count_member(group, "alal"), 1);
	assert_int_equal(count_member(group, "a"), 0);
	assert_int_equal(count_member(group, ""), 0);
	assert_int_equal(count_member(gshadow, "al"), 3);
	assert_int_equal(count_member(gshadow, "bob"), 1);
	assert_false(table_has_member(group, table_find_name(group, "b"),
	    "al"));
	table_free(group);
	table_free(gshadow);
}

static void
test_line_numbers(void **state)
{
	struct table	*table = table_of(TABLE_PASSWD, "# 1\n" ALICE "\n" BOB
			    "+\n");

	(void)state;
	assert_int_equal(table_line_number(table, table_find_name(table,
	    "alice")), 2);
	assert_int_equal(table_line_number(table, table_find_name(table,
	    "bob")), 4);
	table_free(table);
}

static void
test_slice_number(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1",
	    "1a", "4294967296", "00000000001", "99999999999" };
	struct slice	slice;
	uint32_t	number = 7;
	size_t		i;

	(void)state;
	for (i = 0; i < NUMBER_OF(bad); i++) {
		slice.text = bad[i];
		slice.length = strlen(bad[i]);
		if (slice_number(slice, &number) != -1)
			fail_msg("<%s> is a number", bad[i]);
	}
	assert_int_equal(number, 7);
	slice.text = "42949672955";
	slice.length = 10;
	assert_int_equal(slice_number(slice, &number), 0);
	assert_true(number == UINT32_MAX);
	slice.text = "0000000012";
	assert_int_equal(slice_number(slice, &number), 0);
	assert_int_equal(number, 12);
}

static void
assert_list(const char *text, const char *const *expected)
{
	struct slice	list = { text, strlen(text) }, element;
	size_t		i;

	for (i = 0; expected[i] != NULL; i++) {
		assert_int_equal(slice_list_next(&list, &element), 1);
		assert_true(slice_is(element, expected[i]));
	}
	assert_int_equal(slice_list_next(&list, &element), 0);
	assert_int_equal(slice_list_next(&list, &element), 0);
}

static void
test_slices(void **state)
{
	struct slice	slice = { "alice", 5 };

	(void)state;
	assert_true(slice_is(slice, "alice"));
	assert_false(slice_is(slice, "alic"));
	assert_false(slice_is(slice, "alice2"));
	assert_false(slice_is(slice, "alicf"));
	slice.text = "a,al,,b";
	slice.length = 7;
	assert_true(slice_list_has(slice, "a"));
	assert_true(slice_list_has(slice, "b"));
	assert_false(slice_list_has(slice, ""));
	assert_false(slice_list_has(slice, "l"));
	assert_false(slice_list_has(slice, "a,al"));
	assert_list("", (const char *[]){ NULL });
	assert_list(",", (const char *[]){ NULL });
	assert_list("a", (const char *[]){ "a", NULL });
	assert_list("a,b c,d", (const char *[]){ "a", "b c", "d", NULL });
	assert_list(",,a,,b,", (const char *[]){ "a", "b", NULL });
}

static void
test_slice_copy(void **state)
{
	struct slice	slice = { "alice and more", 5 };
	char		room[8];

	(void)state;
	memset(room, 'x', sizeof(room));
	assert_int_equal(slice_copy(slice, room, sizeof(room)), 0);
	assert_string_equal(room, "alice");
	memset(room, 'x', sizeof(room));
	assert_int_equal(slice_copy(slice, room, 6), 0);
	assert_memory_equal(room, "alice\0xx", 8);
	memset(room, 'x', sizeof(room));
	assert_int_equal(slice_copy(slice, room, 5), -1);
	assert_memory_equal(room, "alic\0xxx", 8);
	slice.length = 0;
	assert_int_equal(slice_copy(slice, room, 1), 0);
	assert_memory_equal(room, "\0lic", 4);
}

/* Cut at each separator, an empty rest is an end. */
static void
test_slice_cut(void **state)
{
	struct slice	rest = { "a::bc:", 6 };

	(void)state;
	assert_true(slice_is(slice_cut(&rest, ':'), "a"));
	assert_true(slice_is(slice_cut(&rest, ':'), ""));
	assert_true(slice_is(slice_cut(&rest, '.'), "bc:"));
	assert_int_equal(rest.length, 0);
	assert_true(slice_is(slice_cut(&rest, ':'), ""));
	assert_int_equal(rest.length, 0);
}

static void
parse_too_large(void *arg)
{
	(void)arg;
	table_parse(TABLE_PASSWD, malloc(1), UINT32_MAX);
}

static void
test_too_large(void **state)
{
	char	reason[] = "/etc/passwd is too large";

	(void)state;
	assert_fatal(parse_too_large, NULL, reason);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_no_final_newline),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_short_forms),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_line_numbers),
		cmocka_unit_test(test_slice_number),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_slice_copy),
		cmocka_unit_test(test_slice_cut),
		cmocka_unit_test(test_too_large)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
