/*
 * Tests of dwserv/alias_line.c and alias_edit.c against a plain model: a
 * file laid out at random, thousands of random edits, marks, rollbacks and
 * settles.  The model knows names and targets only; the file must always
 * say the same when it is read anew, keep its comments, and what is no
 * entry must stay where it is.
 */
/* links: dwserv/alias_edit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/slice.c dwserv/table.c dwserv/xmalloc.c */

#include "alias_text.h"

#define FILES		150
#define STEPS		120
#define ALIASES_MAX	24
#define TARGETS_IN	12
#define MARKS_MAX	6
#define FILE_MAX	16384

/* A target as the model has it, and two ways to write it. */
static const struct {
	const char	*target;
	const char	*list;		/* in a request */
	const char	*file[2];
} pool[] = {
	{ "al", "al", { "al", "\"al\"" } },
	{ "alal", "alal", { "alal", "\\alal" } },
	{ "bob@example.org", "bob@example.org",
	    { "bob@example.org", "\"bob\"@example.org" } },
	{ "|/bin/x a, b", "|/bin/x a\\, b",
	    { "\"|/bin/x a, b\"", "|\"/bin/x a, b\"" } },
	{ "|/bin/y c", "|/bin/y c", { "|/bin/y c", "\"|/bin/y c\"" } },
	{ "|z \"q\" \\", "|z \"q\" \\\\",
	    { "\"|z \\\"q\\\" \\\\\"", "|\"z \\\"q\\\" \\\\\"" } },
	{ "/var/x", "/var/x", { "/var/x", "\"/var/x\"" } },
	{ ":include:/l", ":include:/l", { ":include:/l", "\":include:/l\"" } },
	{ "comma,", "comma\\,", { "comma\\,", "\"comma,\"" } },
	{ "slash\\", "slash\\\\", { "sl\"ash\\\\\"", "\"slash\\\\\"" } }
};

struct model_alias {
	unsigned int	number;		/* its name is n<number> */
	int		is_there;
	size_t		count;
	unsigned int	targets[2 * TARGETS_IN];
};

struct model {
	struct model_alias	aliases[ALIASES_MAX];
	size_t			count;
};

struct run {
	struct seed	 seed;
	struct table	*table;
	struct model	 model;
	struct model	 saved[MARKS_MAX];
	size_t		 marks[MARKS_MAX];
	size_t		 mark_count;
	unsigned int	 serial;
	char		 file[FILE_MAX];
};

static unsigned int
roll(struct run *run, unsigned int limit)
{
	return (seed_next(&run->seed, limit));
}

static void
put(struct run *run, const char *text)
{
	assert_true(strlcat(run->file, text, sizeof(run->file)) <
	    sizeof(run->file));
}

/* What may stand between an entry's words. */
static void
put_space(struct run *run)
{
	static const char *const spaces[] = {
		"", "", " ", " ", "\t", "  ", "\n ", "\n\t", " \n  ",
		"\n# note\n ", "\n  # not, e\n\t", "\n\n ", "\n \t\n#\n "
	};

	put(run, spaces[roll(run, NUMBER_OF(spaces))]);
}

/* A separator, at times with a comma too many. */
static void
put_separator(struct run *run)
{
	put_space(run);
	put(run, roll(run, 12) == 0 ? ",," : ",");
	put_space(run);
}

static void
put_alias(struct run *run)
{
	struct model_alias	*alias = &run->model.aliases[
				    run->model.count++];
	char			 name[32];
	size_t			 i;

	memset(alias, 0, sizeof(*alias));
	alias->number = ++run->serial;
	alias->is_there = 1;
	snprintf(name, sizeof(name), roll(run, 4) == 0 ? "\"N%u\"%s:" :
	    "n%u%s:", alias->number, roll(run, 4) == 0 ? " " : "");
	put(run, name);
	alias->count = roll(run, TARGETS_IN);
	if (alias->count > 0)
		put_space(run);
	for (i = 0; i < alias->count; i++) {
		if (i > 0)
			put_separator(run);
		alias->targets[i] = roll(run, NUMBER_OF(pool));
		put(run, pool[alias->targets[i]].file[roll(run, 2)]);
	}
	put(run, roll(run, 8) == 0 ? "," : "");
	put(run, roll(run, 8) == 0 ? " \n" : "\n");
}

static void
put_other(struct run *run)
{
	static const char *const others[] = {
		"# note\n", "\n", "  \n", "broken\n", "a b: c\n", "+:\n",
		"open: \"x\n y\n", "  # note\n", "x: y # z\n"
	};

	put(run, others[roll(run, NUMBER_OF(others))]);
}

static void
make_file(struct run *run)
{
	unsigned int	i, parts = roll(run, 14);

	run->file[0] = '\0';
	run->model.count = 0;
	for (i = 0; i < parts; i++)
		if (roll(run, 3) == 0)
			put_other(run);
		else
			put_alias(run);
}

/* The model as alias_text.h shows a table. */
static void
model_show(const struct model *model, char *to, size_t size)
{
	const struct model_alias	*alias;
	char				 name[16];
	size_t				 i, k;

	to[0] = '\0';
	for (i = 0; i < model->count; i++) {
		alias = &model->aliases[i];
		if (!alias->is_there)
			continue;
		snprintf(name, sizeof(name), "n%u", alias->number);
		strlcat(to, name, size);
		for (k = 0; k < alias->count; k++) {
			strlcat(to, "[", size);
			strlcat(to, pool[alias->targets[k]].target, size);
			strlcat(to, "]", size);
		}
		strlcat(to, "\n", size);
	}
}

/* The entries in memory, and those of the bytes that would be written. */
static void
check_same(struct run *run)
{
	char		 expected[FILE_MAX], *bytes;
	struct table	*again;
	size_t		 size;

	model_show(&run->model, expected, sizeof(expected));
	assert_aliases(run->table, expected);
	bytes = table_to_bytes(run->table, &size);
	again = table_of_bytes(TABLE_ALIASES, bytes, size);
	assert_aliases(again, expected);
	assert_int_equal(again->line_count + run->table->removed,
	    run->table->line_count);
	table_free(again);
	free(bytes);
}

/* Each target is found in the lines that have it, and in no other. */
static void
check_found(struct run *run)
{
	const struct model_alias	*alias;
	unsigned char			 seen[1024] = { 0 };
	unsigned int			 target = roll(run, NUMBER_OF(pool));
	char				 name[16];
	size_t				 i, k, at = 0;
	line_t				 line;
	int				 has;

	assert_true(run->table->line_count < sizeof(seen));
	while ((line = alias_next_with_target(run->table,
	    pool[target].target, &at)) != LINE_NONE)
		seen[line] = 1;
	for (i = 0; i < run->model.count; i++) {
		alias = &run->model.aliases[i];
		snprintf(name, sizeof(name), "N%u", alias->number);
		assert_int_equal(count_name(run->table, name),
		    alias->is_there);
		if (!alias->is_there)
			continue;
		for (has = 0, k = 0; k < alias->count; k++)
			has |= alias->targets[k] == target;
		line = alias_line(run->table, name);
		assert_int_equal(seen[line], has);
		assert_int_equal(alias_has_target(run->table, line,
		    pool[target].target), has);
		seen[line] = 0;
	}
	assert_null(memchr(seen, 1, sizeof(seen)));
}

static size_t
count_notes(struct run *run)
{
	size_t	 size, count = 0;
	char	*bytes = table_to_bytes(run->table, &size), *at;

	for (at = bytes; (at = strchr(at, '#')) != NULL; at++)
		count++;
	free(bytes);
	return (count);
}

static struct model_alias *
random_alias(struct run *run, line_t *line)
{
	struct model_alias	*alias;
	char			 name[16];
	int			 attempt;

	for (attempt = 0; attempt < 20 && run->model.count > 0; attempt++) {
		alias = &run->model.aliases[roll(run,
		    (unsigned int)run->model.count)];
		if (!alias->is_there)
			continue;
		snprintf(name, sizeof(name), "n%u", alias->number);
		*line = alias_line(run->table, name);
		return (alias);
	}
	return (NULL);
}

static void
step_add(struct run *run)
{
	line_t			 line;
	struct model_alias	*alias = random_alias(run, &line);
	unsigned int		 target = roll(run, NUMBER_OF(pool));
	size_t			 notes = count_notes(run);

	if (alias == NULL || alias->count == 2 * TARGETS_IN)
		return;
	alias_add_target(run->table, line, pool[target].target);
	alias->targets[alias->count++] = target;
	assert_int_equal(count_notes(run), notes);
}

static void
step_remove(struct run *run)
{
	line_t			 line;
	struct model_alias	*alias = random_alias(run, &line);
	unsigned int		 target = roll(run, NUMBER_OF(pool));
	size_t			 notes = count_notes(run), from, to = 0;

	if (alias == NULL)
		return;
	alias_remove_target(run->table, line, pool[target].target);
	for (from = 0; from < alias->count; from++)
		if (alias->targets[from] != target)
			alias->targets[to++] = alias->targets[from];
	alias->count = to;
	if (to > 0)
		assert_int_equal(count_notes(run), notes);
	else if (count_notes(run) > notes)
		fail();
}

static void
step_set(struct run *run)
{
	line_t			 line = LINE_NONE;
	struct model_alias	*alias = NULL;
	char			 name[16], list[1024] = "";
	size_t			 i;

	if (roll(run, 3) != 0)
		alias = random_alias(run, &line);
	if (alias == NULL) {
		if (run->model.count == ALIASES_MAX)
			return;
		alias = &run->model.aliases[run->model.count++];
		alias->number = ++run->serial;
		alias->is_there = 1;
		line = LINE_NONE;
	}
	alias->count = roll(run, TARGETS_IN);
	for (i = 0; i < alias->count; i++) {
		alias->targets[i] = roll(run, NUMBER_OF(pool));
		strlcat(list, i > 0 ? "," : "", sizeof(list));
		strlcat(list, pool[alias->targets[i]].list, sizeof(list));
	}
	snprintf(name, sizeof(name), "n%u", alias->number);
	alias_set(run->table, line, name, list);
}

static void
step_delete(struct run *run)
{
	line_t			 line;
	struct model_alias	*alias = random_alias(run, &line);

	if (alias == NULL)
		return;
	table_remove(run->table, line);
	alias->is_there = 0;
}

static void
step_mark(struct run *run)
{
	if (run->mark_count == MARKS_MAX)
		return;
	run->saved[run->mark_count] = run->model;
	run->marks[run->mark_count++] = table_mark(run->table);
}

static void
step_rollback(struct run *run)
{
	run->mark_count = roll(run, (unsigned int)run->mark_count) + 1;
	table_rollback(run->table, run->marks[run->mark_count - 1]);
	run->model = run->saved[run->mark_count - 1];
}

static void
random_step(struct run *run)
{
	unsigned int	choice = roll(run, 100);

	if (choice < 35)
		step_add(run);
	else if (choice < 65)
		step_remove(run);
	else if (choice < 75)
		step_set(run);
	else if (choice < 79)
		step_delete(run);
	else if (choice < 88)
		step_mark(run);
	else if (choice < 95)
		step_rollback(run);
	else {
		table_settle(run->table);
		run->mark_count = 0;
		step_mark(run);
	}
}

static void
run_file(struct run *run)
{
	int	step;

	make_file(run);
	run->mark_count = 0;
	run->table = table_of(TABLE_ALIASES, run->file);
	assert_table(run->table, run->file);
	step_mark(run);
	for (step = 0; step < STEPS; step++) {
		random_step(run);
		check_same(run);
		check_found(run);
	}
	table_free(run->table);
}

static void
test_model(void **state)
{
	struct run	*run = calloc(1, sizeof(*run));
	int		 i;

	(void)state;
	assert_non_null(run);
	run->seed = seed_start("aliases");
	for (i = 0; i < FILES; i++)
		run_file(run);
	free(run);
}

/* Without a settle: the file is again what it was, byte for byte. */
static void
test_taken_back(void **state)
{
	struct run	*run = calloc(1, sizeof(*run));
	int		 i, step;

	(void)state;
	assert_non_null(run);
	run->seed = seed_start("taken back");
	for (i = 0; i < FILES; i++) {
		make_file(run);
		run->table = table_of(TABLE_ALIASES, run->file);
		run->saved[0] = run->model;
		for (step = 0; step < STEPS / 4; step++) {
			step_add(run);
			step_remove(run);
			if (roll(run, 4) == 0)
				step_set(run);
			if (roll(run, 8) == 0)
				step_delete(run);
		}
		check_same(run);
		table_rollback(run->table, 0);
		assert_table(run->table, run->file);
		run->model = run->saved[0];
		check_same(run);
		check_found(run);
		table_free(run->table);
	}
	free(run);
}

/* Random pieces: more of them make an entry than of random octets. */
static void
make_pieces(struct run *run)
{
	static const char *const pieces[] = {
		",", ",", ", ", " ,\n ", "\n\t,", "b", "b", "B", "c", "\"b\"",
		"\\b", "\\,", "\\ ", "\"\\\\\"", "\"b,c\"", "|b", "|b c",
		"|\"b c\"", ":include: /b", "/b:", "\n# b,\n ", "\n\n ",
		"\n \n\t", ",\n#\n ", " ", "\t", "\n ", "[b:c]", "\n", ":", "\\"
	};
	unsigned int	count = roll(run, 12);

	strlcpy(run->file, "a:", sizeof(run->file));
	while (count-- > 0)
		put(run, pieces[roll(run, NUMBER_OF(pieces))]);
	put(run, "\nz: b\n");
}

/* The targets of the first entry but those that are the one given. */
static void
show_without(const struct table *table, const char *target, char *to,
    size_t size)
{
	struct alias_cursor	cursor;
	int			more;

	to[0] = '\0';
	for (more = alias_first(table, 0, &cursor); more;
	    more = alias_next(&cursor)) {
		if (target != NULL && alias_cursor_is(&cursor, target))
			continue;
		strlcat(to, "[", size);
		strlcat(to, cursor.text, size);
		strlcat(to, "]", size);
	}
}

/* Read anew, the file says the same: as many lines, the same targets. */
static void
check_first(struct run *run, const char *expected)
{
	char		 shown[512], *bytes;
	struct table	*again;
	size_t		 size;

	show_without(run->table, NULL, shown, sizeof(shown));
	assert_string_equal(shown, expected);
	bytes = table_to_bytes(run->table, &size);
	again = table_of_bytes(TABLE_ALIASES, bytes, size);
	free(bytes);
	assert_int_equal(again->line_count, run->table->line_count);
	show_without(again, NULL, shown, sizeof(shown));
	assert_string_equal(shown, expected);
	table_free(again);
}

/* Take out each target of the entry; put one to the others. */
static void
edit_first(struct run *run)
{
	char			 expected[512];
	struct alias_cursor	 cursor;
	int			 more;

	for (more = alias_first(run->table, 0, &cursor); more;
	    more = alias_next(&cursor)) {
		show_without(run->table, cursor.text, expected,
		    sizeof(expected));
		alias_remove_target(run->table, 0, cursor.text);
		check_first(run, expected);
		assert_false(alias_has_target(run->table, 0, cursor.text));
		table_rollback(run->table, 0);
		assert_table(run->table, run->file);
		assert_true(alias_has_target(run->table, 0, cursor.text));
	}
	show_without(run->table, NULL, expected, sizeof(expected));
	strlcat(expected, "[new one]", sizeof(expected));
	alias_add_target(run->table, 0, "new one");
	check_first(run, expected);
	alias_remove_target(run->table, 0, "new one");
	expected[strlen(expected) - strlen("[new one]")] = '\0';
	check_first(run, expected);
	table_rollback(run->table, 0);
	assert_table(run->table, run->file);
}

static void
test_pieces(void **state)
{
	struct run	*run = calloc(1, sizeof(*run));
	int		 i, edited = 0;

	(void)state;
	assert_non_null(run);
	run->seed = seed_start("pieces");
	for (i = 0; i < 20000; i++) {
		make_pieces(run);
		run->table = table_of(TABLE_ALIASES, run->file);
		assert_table(run->table, run->file);
		if (run->table->lines[0].entry) {
			edit_first(run);
			edited++;
		}
		table_free(run->table);
	}
	assert_in_range(edited, 2000, 20000);
	free(run);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_taken_back)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
