/*
 * Tests of dwserv/alias_line.c: what is an entry of /etc/aliases and what
 * not, which lines belong together, how names and targets are read and
 * found.  All forms that the manuals of Postfix, sendmail and OpenSMTPD
 * show are here.
 */
/* links: dwserv/alias_line.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/index.c dwserv/log.c dwserv/slice.c dwserv/table.c dwserv/xmalloc.c */

#include "alias_text.h"

struct form {
	const char	*file;
	const char	*shown;		/* all entries, as alias_text.h does */
};

static const struct form	entries[] = {
	{ "a: b\n", "a[b]\n" },
	{ "a: b", "a[b]\n" },
	{ "a:b\n", "a[b]\n" },
	{ "a : b\n", "a[b]\n" },
	{ "a\t:\tb\t\n", "a[b]\n" },
	{ "Postmaster: Root\n", "postmaster[Root]\n" },
	{ "a: b, c,d ,e\n", "a[b][c][d][e]\n" },
	{ "a: b\n, c\n", "a[b]\n" },
	{ "a:\n", "a\n" },
	{ "a: \n", "a\n" },
	{ "a: ,\n", "a\n" },
	{ "a: b,\n", "a[b]\n" },
	{ "a: ,b,,c\n", "a[b][c]\n" },
	{ "a: b, b\n", "a[b][b]\n" },
	{ "root: alice@example.org, bob@[192.0.2.1]\n",
	    "root[alice@example.org][bob@[192.0.2.1]]\n" },
	{ "r: x@[IPv6:2001:db8::1]\n", "r[x@[IPv6:2001:db8::1]]\n" },
	{ "owner-list+x_y.z: a\n", "owner-list+x_y.z[a]\n" },
	{ "-a: b\n+c: d\n", "-a[b]\n+c[d]\n" },
	{ "joe@example.org: joe\n", "joe@example.org[joe]\n" },
	{ "a: \\b, \\c@d\n", "a[b][c@d]\n" },
	{ "a: b\\,c, d\n", "a[b,c][d]\n" },
	{ "a: b\\ c\n", "a[b c]\n" },
	{ "a: \xc3\xa4, \xff\n", "a[\xc3\xa4][\xff]\n" },
	/* Quotes. */
	{ "\"a\": b\n", "a[b]\n" },
	{ "\"A b: #@,c\" : d\n", "a b: #@,c[d]\n" },
	{ "\"a\\\"b\\\\c\\d\": e\n", "a\"b\\cd[e]\n" },
	{ "a\"b c\"d: e\n", "ab cd[e]\n" },
	{ "a\\:b: c\n", "a:b[c]\n" },
	{ "a: \"b, c\", d\n", "a[b, c][d]\n" },
	{ "a: \"b c\"@example.org\n", "a[b c@example.org]\n" },
	{ "a: \"(b)<c>;#\"\n", "a[(b)<c>;#]\n" },
	{ "a: \"x:y\"\n", "a[x:y]\n" },
	/* Commands, files, lists. */
	{ "a: |/bin/b\n", "a[|/bin/b]\n" },
	{ "a: |/bin/b c  d , e\n", "a[|/bin/b c  d][e]\n" },
	{ "a: | /bin/b\n", "a[| /bin/b]\n" },
	{ "a: |/bin/b x:y\n", "a[|/bin/b x:y]\n" },
	{ "a: \"|/bin/b c, d\"\n", "a[|/bin/b c, d]\n" },
	{ "a: |\"/bin/b c, d\", e\n", "a[|/bin/b c, d][e]\n" },
	{ "a: \"|/bin/b \\\"c\\\" \\\\d\"\n", "a[|/bin/b \"c\" \\d]\n" },
	{ "a: \"|exec /bin/b (c) <d >e; f # g\"\n",
	    "a[|exec /bin/b (c) <d >e; f # g]\n" },
	{ "a: /dev/null, \"/b c/d\"\n", "a[/dev/null][/b c/d]\n" },
	{ "a: /b:c/\n", "a[/b:c/]\n" },
	{ "a: :include:/b/c\n", "a[:include:/b/c]\n" },
	{ "a::include:/b/c\n", "a[:include:/b/c]\n" },
	{ "a: :include: /b/c, d\n", "a[:include:/b/c][d]\n" },
	{ "a: :Include:/b\n", "a[:Include:/b]\n" },
	{ "a: \":include:/b c\"\n", "a[:include:/b c]\n" },
	/* Lines that go on. */
	{ "a: b,\n\tc,\n  d\n", "a[b][c][d]\n" },
	{ "a:\n b\n", "a[b]\n" },
	{ "a: b\n , c\n", "a[b][c]\n" },
	{ "a: b\n\t,\n\tc\ne: f\n", "a[b][c]\ne[f]\n" },
	{ "a: b,\n# c,\n  d\n", "a[b][d]\n" },
	{ "a: b,\n  # c: d,\n  e\n", "a[b][e]\n" },
	{ "a: b,\n\n \t\n  c\n", "a[b][c]\n" },
	{ "a:\n#\n#x\n\n b\n# c\nd: e\n", "a[b]\nd[e]\n" },
	{ "a: b\n\n# c\nd: e\n", "a[b]\nd[e]\n" },
	{ "a: b\n   \n  # c\n", "a[b]\n" },
	{ "# a\na: b\n", "a[b]\n" },
	{ "#a: b\n  # c\n\n\na: d\n#", "a[d]\n" },
	{ "a: b\r\nc: d\n", "c[d]\n" },
	{ "", "" },
	{ "\n", "" }
};

/* Each is followed by `good: yes' in the test, which must be found. */
static const char *const	nothings[] = {
	"a\n", "a b\n", "a b: c\n", ":\n", ": b\n", " a: b\n", "\ta: b\n",
	"  a\n  b: c\n", "\"\": a\n", "\"a: b\n", "\"a\"\n", "a: \"b\n",
	"a: \"b\\\"\n", "a: b\"\n", "a: \"\"\n", "a: b, \"\"\n",
	"+: a\n", "+ : +\n", "-:a\n", "+\n", "-\n", "\"+\": a\n",
	"+:*:\n", "+@net\n", "a,b: c\n", "(a): b\n", "a#b: c\n", "<a>: b\n",
	"a: b c\n", "a: b\n c\n", "a: b\n# c\n d\n", "a: \"b\" c\n",
	"a: b \"c\"\n", "a: b # c\n", "a: # b\n", "a: b#c\n", "a: #\n",
	"a: b, # c\n", "a: b,\n c # d\n",
	"a: B C <b@c>\n", "a: <b>\n", "a: b (c)\n", "a: b; c\n", "a: >b\n",
	"a: b: c\n", "a: b, c: d\n", "a: error:550 no\n", "a: b:c\n",
	"a: :\n", "a: ::\n", "a: :include:\n", "a: :include: \n",
	"a: :blackhole:\n", "a: :fail: no\n", "a: \":x\"\n",
	"a: |\n", "a: | \n", "a: \"|\"\n", "a: |b \"c\"\n", "a: |\"b\" c\n",
	"a: |b\tc\n", "a: \"|b\tc\"\n", "a: |b\n c\n", "a: \"b\n c\"\n",
	"a: b\x01, c\n", "a: \"b\x01\"\n", "a: b,\n# \x01\n c\n",
	"a: b\x7f\n", "a: b\x1b\n", "a: b\r\n", "a: b\v, c\n", "\x01x: b\n",
	"a: b\\\\, c\n", "a\\\\: b\n",
	"a\n : b\n", "\"a\n b\": c\n", "a: \\\tb\n",
	"a: b, \\\n c\n", "a: b\\\n c\n", "a: b,\n# c\\\n d\n",
	/* Joined by sendmail, not by others: neither of the two. */
	"a: b, \\\nc: d\n", "# a\\\nb: c\n", "#\\\n#\\\nb: c\n",
	"a: b\n\fc\n", "a: b\n\rc\n",
	"a: b,\n\r\n c\n"
};

static void
test_entries(void **state)
{
	struct table	*table;
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(entries); i++) {
		table = table_of(TABLE_ALIASES, entries[i].file);
		assert_aliases(table, entries[i].shown);
		table_free(table);
	}
}

static void
test_nothings(void **state)
{
	struct table	*table;
	char		 file[256];
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(nothings); i++) {
		snprintf(file, sizeof(file), "%sgood: yes\n", nothings[i]);
		table = table_of(TABLE_ALIASES, file);
		assert_aliases(table, "good[yes]\n");
		assert_int_equal(table->nis, UINT32_MAX);
		assert_table(table, file);
		table_free(table);
		table = table_of(TABLE_ALIASES, nothings[i]);
		assert_aliases(table, "");
		table_free(table);
	}
}

/* A NUL ends nothing, and makes no entry. */
static void
test_nul(void **state)
{
	static const char	 bytes[] = "a: b\0c\n\0\nd\0: e\nf: g\n\0";
	struct table		*table = table_of_bytes(TABLE_ALIASES, bytes,
				    sizeof(bytes) - 1);
	size_t			 size;
	char			*written;

	(void)state;
	assert_aliases(table, "f[g]\n");
	written = table_to_bytes(table, &size);
	/* The last line had no newline. */
	assert_int_equal(size, sizeof(bytes));
	assert_memory_equal(written, bytes, size - 1);
	assert_int_equal(table->repaired, 1);
	free(written);
	table_free(table);
}

/* Every file is written as it was read. */
static void
test_kept(void **state)
{
	struct table	*table;
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(entries); i++) {
		table = table_of(TABLE_ALIASES, entries[i].file);
		if (!table->repaired)
			assert_table(table, entries[i].file);
		assert_int_equal(table_is_changed(table), 0);
		table_free(table);
	}
}

/* The parts of a file, each a line of the table. */
static void
test_lines(void **state)
{
	static const char *const lines[] = {
		"  orphan", "# one", "  # two", "", " \t", "a: b,\n# c\n\n d",
		"\t", "# three", "e: f\n g\n\th", "i", "j: k\\\nl: m", "n:\n o"
	};
	struct table	*table;
	char		 file[256] = "";
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(lines); i++) {
		strlcat(file, lines[i], sizeof(file));
		strlcat(file, "\n", sizeof(file));
	}
	table = table_of(TABLE_ALIASES, file);
	assert_int_equal(table->line_count, NUMBER_OF(lines));
	for (i = 0; i < NUMBER_OF(lines); i++) {
		assert_int_equal(table->lines[i].length, strlen(lines[i]));
		assert_memory_equal(table->lines[i].text, lines[i],
		    strlen(lines[i]));
	}
	assert_int_equal(table_line_number(table, 5), 6);
	assert_int_equal(table_line_number(table, 6), 10);
	assert_int_equal(table_line_number(table, 11), 18);
	table_free(table);
}

static void
test_find(void **state)
{
	struct table	*table = table_of(TABLE_ALIASES,
			    "Root: x\n\"r oot\": y\nROOT: z\nr: w\n");
	size_t		 at = 0;
	char		 name[5];

	(void)state;
	assert_int_equal(alias_find(table, "rOOT", &at) + alias_find(table,
	    "root", &at), 0 + 2);
	assert_int_equal(alias_find(table, "root", &at), LINE_NONE);
	assert_int_equal(table_find_name(table, "R Oot"), 1);
	assert_int_equal(table_find_name(table, "roo"), LINE_NONE);
	assert_int_equal(table_find_name(table, "\"r oot\""), LINE_NONE);
	assert_int_equal(count_name(table, "root"), 2);
	assert_int_equal(alias_name(table, 0, name, sizeof(name)), 0);
	assert_string_equal(name, "root");
	assert_int_equal(alias_name(table, 1, name, sizeof(name)), -1);
	table_free(table);
}

static void
test_text_name(void **state)
{
	struct table	*table = table_of(TABLE_ALIASES, "");
	char		 text[] = "\"A:\\b\" : c", name[16];
	struct slice	 slice = { text, sizeof(text) - 1 };

	(void)state;
	assert_int_equal(table_text_name(table, slice, name, sizeof(name)),
	    0);
	assert_string_equal(name, "a:b");
	assert_int_equal(table_text_name(table, slice, name, 3), -1);
	slice.length = 5;
	assert_int_equal(table_text_name(table, slice, name, sizeof(name)),
	    -1);
	table_free(table);
	table = table_of(TABLE_GROUP, "");
	slice = (struct slice){ "Ab:x:1:", 7 };
	assert_int_equal(table_text_name(table, slice, name, sizeof(name)),
	    0);
	assert_string_equal(name, "Ab");
	table_free(table);
}

/* How many lines the index gives for a target, each counted once. */
static unsigned int
count_target(const struct table *table, const char *target)
{
	size_t		state = 0;
	unsigned int	count = 0;
	line_t		line, last = LINE_NONE;

	while ((line = alias_next_with_target(table, target, &state)) !=
	    LINE_NONE) {
		count += line != last;
		assert_true(alias_has_target(table, line, target));
		last = line;
	}
	return (count);
}

static void
test_targets(void **state)
{
	struct table	*table = table_of(TABLE_ALIASES,
			    "a: Bob, bob@X.org, |/bin/B, /V, :include:/I\n"
			    "b: \\bOb,\n \"bob\"\nc: c\nd: bobby, \"bob \"\n"
			    "bob: \"|/bin/b\"\nbad: bob bob\n");

	(void)state;
	assert_int_equal(count_target(table, "bob"), 2);
	assert_int_equal(count_target(table, "BOB"), 2);
	assert_int_equal(count_target(table, "BOB@x.ORG"), 1);
	assert_int_equal(count_target(table, "bob@x.or"), 0);
	/* A path or a command is another one in another case. */
	assert_int_equal(count_target(table, "|/bin/b"), 1);
	assert_int_equal(count_target(table, "|/bin/B"), 1);
	assert_int_equal(count_target(table, "/v"), 0);
	assert_int_equal(count_target(table, "/V"), 1);
	assert_int_equal(count_target(table, ":include:/i"), 0);
	assert_int_equal(count_target(table, ":include:/I"), 1);
	assert_int_equal(count_target(table, ""), 0);
	assert_int_equal(alias_count_targets(table, 0), 5);
	assert_int_equal(alias_count_targets(table, 1), 2);
	assert_false(alias_has_target(table, 2, "bob"));
	assert_true(table_has_member(table, 3, "bob "));
	assert_false(alias_has_target(table, 3, "bob"));
	assert_false(alias_has_target(table, 5, "bob"));
	assert_int_equal(alias_count_targets(table, 5), 0);
	table_free(table);
}

/* Where the target stands, with its quotes, in the bytes of the file. */
static void
test_raw(void **state)
{
	static const char *const raws[] = {
		"\\b", "\"c, \\\"d\"", "e\"f g\"", "| h  i", ":include: /j"
	};
	struct table		*table = table_of(TABLE_ALIASES,
				    "a : \\b ,\"c, \\\"d\",\n# x\n e\"f g\""
				    " , | h  i ,:include: /j \n");
	struct alias_cursor	 cursor;
	size_t			 i = 0;
	int			 more;

	(void)state;
	for (more = alias_first(table, 0, &cursor); more;
	    more = alias_next(&cursor)) {
		assert_true(i < NUMBER_OF(raws));
		if (!slice_is(cursor.raw, raws[i++]))
			fail_msg("<%.*s>", (int)cursor.raw.length,
			    cursor.raw.text);
		assert_true(cursor.raw.text > table->lines[0].text &&
		    cursor.raw.text < table->lines[0].text +
		    table->lines[0].length);
	}
	assert_int_equal(i, NUMBER_OF(raws));
	assert_int_equal(alias_next(&cursor), 0);
	table_free(table);
}

/* An entry with a name and a target of these lengths, and another one. */
static struct table *
table_of_lengths(size_t name, size_t target)
{
	char		*file = malloc(name + target + 16);
	struct table	*table;

	assert_non_null(file);
	memset(file, 'a', name);
	memcpy(file + name, ": ", 2);
	memset(file + name + 2, 'b', target);
	memcpy(file + name + 2 + target, "\nc: d\n", 7);
	table = table_of(TABLE_ALIASES, file);
	free(file);
	return (table);
}

static void
test_limits(void **state)
{
	struct table	*table = table_of_lengths(ALIAS_TARGET_MAX,
			    ALIAS_TARGET_MAX);
	char		 name[ALIAS_TARGET_MAX + 2];

	(void)state;
	assert_int_equal(table->lines[0].entry, 1);
	assert_int_equal(alias_name(table, 0, name, ALIAS_TARGET_MAX), -1);
	assert_int_equal(alias_name(table, 0, name, ALIAS_TARGET_MAX + 1),
	    0);
	assert_int_equal(table_find_name(table, name), 0);
	strlcat(name, "a", sizeof(name));
	assert_int_equal(table_find_name(table, name), LINE_NONE);
	table_free(table);
	table = table_of_lengths(ALIAS_TARGET_MAX + 1, 1);
	assert_aliases(table, "c[d]\n");
	assert_int_equal(table_find_name(table, name), LINE_NONE);
	table_free(table);
	table = table_of_lengths(1, ALIAS_TARGET_MAX + 1);
	assert_aliases(table, "c[d]\n");
	table_free(table);
}

/* What a text must be to be taken for one line. */
static void
test_one_line(void **state)
{
	static const struct {
		const char	*text;
		int		 is_entry;
	} texts[] = {
		{ "a: b", 1 }, { "a: b\n c", 0 }, { "a: b,\n c", 1 },
		{ "a: b\n", 0 }, { "a: b\nc: d", 0 }, { "a: b\n# c", 0 },
		{ "a: b,\n# c\n d", 1 }, { "a: b\n ", 0 }, { "a: b\n ,", 1 },
		{ "a: b\n\n", 0 }, { "# a: b", 0 }, { " a: b", 0 },
		{ "", 0 }, { "a: b\\", 0 }, { "a: b,\n c\nd", 0 }
	};
	struct table	*table = table_of(TABLE_ALIASES, "");
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(texts); i++)
		if (table_line_is_entry(table, texts[i].text,
		    strlen(texts[i].text)) != texts[i].is_entry)
			fail_msg("<%s>", texts[i].text);
	table_free(table);
}

/*
 * Whatever the bytes are: each line of the table stands alone, is what it
 * was, and the file is written as it was read.  Memory that is read beyond
 * the end is found by the sanitizers.
 */
static void
test_random(void **state)
{
	static const char	 octets[] = "aA:,\"\\|#/ \t\n\n\r\x01(;+";
	struct seed		 seed = seed_start("bytes");
	struct table		*table, *again;
	char			 bytes[40];
	size_t			 size, i, written, entries_seen = 0;
	uint32_t		 line;
	char			*text;
	int			 round;

	(void)state;
	for (round = 0; round < 200000; round++) {
		size = seed_next(&seed, sizeof(bytes));
		for (i = 0; i < size; i++)
			bytes[i] = octets[seed_next(&seed, sizeof(octets))];
		table = table_of_bytes(TABLE_ALIASES, bytes, size);
		text = table_to_bytes(table, &written);
		assert_int_equal(written, size + (size_t)table->repaired);
		assert_memory_equal(text, bytes, size);
		free(text);
		for (line = 0; line < table->line_count; line++) {
			if (!table->lines[line].entry)
				continue;
			entries_seen++;
			again = table_of_bytes(TABLE_ALIASES,
			    table->lines[line].text,
			    table->lines[line].length);
			assert_int_equal(again->line_count, 1);
			assert_int_equal(again->lines[0].entry, 1);
			table_free(again);
		}
		table_free(table);
	}
	assert_in_range(entries_seen, 500, SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_nothings),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_text_name),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_random)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
