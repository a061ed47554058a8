/*
 * Tests of dwserv/edit.c and index.c against a plain model: thousands of
 * random edits, marks, rollbacks and settles of a group file.  After each
 * settle and each rollback the file must be the model's, byte for byte;
 * in between, what is shown to the journal and what is found must be.
 */
/* links: dwserv/alias_line.c dwserv/alias_table.c dwserv/edit.c dwserv/file.c dwserv/index.c dwserv/log.c dwserv/slice.c dwserv/table.c dwserv/xmalloc.c */

#include "table_text.h"

#define STEPS		12000
#define LINES_MAX	160
#define TEXT_MAX	400
#define MARKS_MAX	8
#define PEOPLE		12

/* A line as it should be; NULL stands for none. */
struct model_line {
	char	text[TEXT_MAX];
	char	base[TEXT_MAX];		/* at the last settle */
	int	is_there;
	int	was_there;		/* at the last settle */
	int	is_entry;
};

struct model {
	struct model_line	lines[LINES_MAX];
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
};

static const char *const people[PEOPLE] = {
	"al", "alal", "bob", "carol", "dave", "eve", "frank", "grace", "a",
	"heidi", "ivan", "a-name-that-is-as-long-as-they-go"
};

static const char *
random_person(struct run *run)
{
	return (people[seed_next(&run->seed, PEOPLE)]);
}

/* A new line for a group with a name and gid that nobody had before. */
static void
random_group(struct run *run, char *text)
{
	uint32_t	members = seed_next(&run->seed, 4), i;
	unsigned int	number = ++run->serial;

	snprintf(text, TEXT_MAX, "g%u:x:%u:", number, number + 1000);
	for (i = 0; i < members; i++) {
		strlcat(text, i > 0 ? "," : "", TEXT_MAX);
		strlcat(text, random_person(run), TEXT_MAX);
	}
}

/* An entry of the model; NULL if there is none. */
static struct model_line *
random_entry(struct run *run)
{
	struct model_line	*line;
	int			 attempt;

	for (attempt = 0; attempt < 50 && run->model.count > 0; attempt++) {
		line = &run->model.lines[seed_next(&run->seed,
		    (uint32_t)run->model.count)];
		if (line->is_there && line->is_entry)
			return (line);
	}
	return (NULL);
}

static line_t
line_of(const struct run *run, const char *text)
{
	size_t	state = 0;

	return (table_find(run->table, text, strcspn(text, ":"), &state));
}

static void
step_add(struct run *run)
{
	struct model		*model = &run->model;
	struct model_line	*line;
	size_t			 at;

	if (model->count == LINES_MAX)
		return;
	for (at = 0; at < model->count; at++)
		if (model->lines[at].is_there && (model->lines[at].text[0] ==
		    '+' || model->lines[at].text[0] == '-'))
			break;
	line = &model->lines[at];
	memmove(line + 1, line, (model->count++ - at) * sizeof(*line));
	memset(line, 0, sizeof(*line));
	random_group(run, line->text);
	line->is_there = line->is_entry = 1;
	add_text(run->table, line->text);
}

static void
step_change(struct run *run)
{
	struct model_line	*line = random_entry(run);
	line_t			 old;

	if (line == NULL)
		return;
	old = line_of(run, line->text);
	/* At times to what it is, or was. */
	if (seed_next(&run->seed, 8) == 0 && line->was_there)
		strlcpy(line->text, line->base, TEXT_MAX);
	else if (seed_next(&run->seed, 8) != 0)
		random_group(run, line->text);
	table_change(run->table, old, line->text, strlen(line->text));
}

static void
step_remove(struct run *run)
{
	struct model_line	*line = random_entry(run);

	if (line == NULL)
		return;
	table_remove(run->table, line_of(run, line->text));
	line->is_there = 0;
}

static void
step_add_member(struct run *run)
{
	struct model_line	*line = random_entry(run);
	const char		*name = random_person(run);
	size_t			 length;

	if (line == NULL || (length = strlen(line->text)) > TEXT_MAX - 50)
		return;
	table_add_member(run->table, line_of(run, line->text), name);
	if (line->text[length - 1] != ':' && line->text[length - 1] != ',')
		strlcat(line->text, ",", TEXT_MAX);
	strlcat(line->text, name, TEXT_MAX);
}

static void
step_remove_member(struct run *run)
{
	struct model_line	*line = random_entry(run);
	const char		*name = random_person(run), *separator = "";
	char			 old[TEXT_MAX], *list = old, *member;

	if (line == NULL)
		return;
	table_remove_member(run->table, line_of(run, line->text), name);
	strlcpy(old, line->text, sizeof(old));
	list = strrchr(old, ':') + 1;
	line->text[list - old] = '\0';
	while ((member = strsep(&list, ",")) != NULL) {
		if (*member == '\0' || strcmp(member, name) == 0)
			continue;
		strlcat(line->text, separator, TEXT_MAX);
		strlcat(line->text, member, TEXT_MAX);
		separator = ",";
	}
}

static void
check_file(struct run *run)
{
	static char	 expected[LINES_MAX * TEXT_MAX];
	size_t		 i;

	expected[0] = '\0';
	for (i = 0; i < run->model.count; i++) {
		if (!run->model.lines[i].is_there)
			continue;
		strlcat(expected, run->model.lines[i].text,
		    sizeof(expected));
		strlcat(expected, "\n", sizeof(expected));
	}
	assert_table(run->table, expected);
}

/* The edits that were shown, to be sorted and compared. */
struct pairs {
	char	text[LINES_MAX][2 * TEXT_MAX];
	size_t	count;
};

static void
pair_add(struct pairs *pairs, const char *old, size_t old_length,
    const char *new, size_t new_length)
{
	assert_true(pairs->count < LINES_MAX);
	snprintf(pairs->text[pairs->count++], 2 * TEXT_MAX, "%.*s>%.*s",
	    (int)old_length, old, (int)new_length, new);
}

static int
pair_show(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	assert_int_equal(kind, TABLE_GROUP);
	assert_true(old.text != NULL || new.text != NULL);
	pair_add(arg, old.text != NULL ? old.text : "", old.length,
	    new.text != NULL ? new.text : "", new.length);
	return (0);
}

static int
pair_compare(const void *a, const void *b)
{
	return (strcmp(a, b));
}

static void
check_edits(struct run *run)
{
	static struct pairs		 shown, expected;
	const struct model_line		*line;
	size_t				 i;

	shown.count = expected.count = 0;
	table_visit_edits(run->table, pair_show, &shown);
	for (i = 0; i < run->model.count; i++) {
		line = &run->model.lines[i];
		if (line->is_there == line->was_there && (!line->is_there ||
		    strcmp(line->text, line->base) == 0))
			continue;
		pair_add(&expected, line->base, line->was_there ?
		    strlen(line->base) : 0, line->text, line->is_there ?
		    strlen(line->text) : 0);
	}
	assert_int_equal(shown.count, expected.count);
	qsort(shown.text, shown.count, sizeof(shown.text[0]), pair_compare);
	qsort(expected.text, expected.count, sizeof(expected.text[0]),
	    pair_compare);
	for (i = 0; i < shown.count; i++)
		assert_string_equal(shown.text[i], expected.text[i]);
	assert_int_equal(table_is_changed(run->table), shown.count > 0);
}

/* Whether the list at the end of a line has this member. */
static int
text_has_member(const char *text, const char *name)
{
	char	copy[TEXT_MAX], *list, *member;

	strlcpy(copy, text, sizeof(copy));
	list = strrchr(copy, ':') + 1;
	while ((member = strsep(&list, ",")) != NULL)
		if (strcmp(member, name) == 0)
			return (1);
	return (0);
}

static void
check_member(struct run *run, const char *name)
{
	static unsigned char	 seen[1 << 16];
	const struct model_line	*line;
	size_t			 state = 0, i;
	line_t			 found;

	memset(seen, 0, run->table->line_count);
	assert_true(run->table->line_count <= sizeof(seen));
	while ((found = table_next_member(run->table, name, &state)) !=
	    LINE_NONE)
		seen[found] = 1;
	for (i = 0; i < run->model.count; i++) {
		line = &run->model.lines[i];
		if (!line->is_there || !line->is_entry)
			continue;
		found = line_of(run, line->text);
		assert_int_equal(seen[found], text_has_member(line->text,
		    name));
		seen[found] = 0;
	}
	assert_null(memchr(seen, 1, run->table->line_count));
}

/* Every entry is found by name and id, and no other is. */
static void
check_found(struct run *run)
{
	const struct model_line	*line;
	char			 name[16];
	uint32_t		 serial;
	size_t			 i;
	line_t			 found;

	for (i = 0; i < run->model.count; i++) {
		line = &run->model.lines[i];
		if (!line->is_there || !line->is_entry)
			continue;
		found = line_of(run, line->text);
		assert_int_not_equal(found, LINE_NONE);
		serial = (uint32_t)strtoul(line->text + 1, NULL, 10);
		assert_int_equal(table_find_id(run->table, serial + 1000),
		    found);
		snprintf(name, sizeof(name), "g%u", serial);
		assert_int_equal(count_name(run->table, name), 1);
	}
	serial = seed_next(&run->seed, run->serial + 1);
	snprintf(name, sizeof(name), "g%u:", serial);
	for (i = 0; i < run->model.count; i++)
		if (run->model.lines[i].is_there && strncmp(name,
		    run->model.lines[i].text, strlen(name)) == 0)
			return;
	assert_int_equal(line_of(run, name), LINE_NONE);
	assert_int_equal(table_find_id(run->table, serial + 1000),
	    LINE_NONE);
}

static void
step_mark(struct run *run)
{
	if (run->mark_count == MARKS_MAX)
		return;
	run->saved[run->mark_count] = run->model;
	run->marks[run->mark_count++] = table_mark(run->table);
}

/* Back to one of the marks; the first was set at the last settle. */
static void
step_rollback(struct run *run)
{
	run->mark_count = seed_next(&run->seed, (uint32_t)run->mark_count) +
	    1;
	table_rollback(run->table, run->marks[run->mark_count - 1]);
	run->model = run->saved[run->mark_count - 1];
	check_file(run);
}

static void
step_settle(struct run *run)
{
	struct model	*model = &run->model;
	size_t		 from, to = 0;

	table_settle(run->table);
	for (from = 0; from < model->count; from++) {
		if (!model->lines[from].is_there)
			continue;
		model->lines[to] = model->lines[from];
		strlcpy(model->lines[to].base, model->lines[to].text,
		    TEXT_MAX);
		model->lines[to++].was_there = 1;
	}
	model->count = to;
	run->mark_count = 0;
	step_mark(run);
	check_file(run);
}

static void
random_step(struct run *run)
{
	uint32_t	choice = seed_next(&run->seed, 100);

	if (choice < 28)
		step_add(run);
	else if (choice < 38)
		step_change(run);
	else if (choice < 55)
		step_remove(run);
	else if (choice < 75)
		step_add_member(run);
	else if (choice < 85)
		step_remove_member(run);
	else if (choice < 91)
		step_mark(run);
	else if (choice < 95)
		step_rollback(run);
	else
		step_settle(run);
}

/* The model's first lines, out of a text. */
static void
model_load(struct run *run, const char *text)
{
	struct model_line	*line;
	char			 copy[4096], *rest = copy, *next;

	strlcpy(copy, text, sizeof(copy));
	while ((next = strsep(&rest, "\n")) != NULL) {
		if (rest == NULL && *next == '\0')
			break;
		line = &run->model.lines[run->model.count++];
		strlcpy(line->text, next, TEXT_MAX);
		strlcpy(line->base, next, TEXT_MAX);
		line->is_there = line->was_there = 1;
		line->is_entry = *next == 'g';
	}
	run->table = table_of(TABLE_GROUP, text);
	step_mark(run);
}

static void
run_steps(const char *name, const char *text)
{
	struct run	*run = calloc(1, sizeof(*run));
	int		 step;

	assert_non_null(run);
	run->seed = seed_start(name);
	run->serial = 100;
	model_load(run, text);
	for (step = 0; step < STEPS; step++) {
		random_step(run);
		if (step % 10 == 0)
			check_edits(run);
		if (step % 20 == 0) {
			check_found(run);
			check_member(run, random_person(run));
		}
	}
	table_rollback(run->table, 0);
	run->model = run->saved[0];
	check_file(run);
	table_free(run->table);
	free(run);
}

static void
test_plain(void **state)
{
	(void)state;
	run_steps("plain", "g1:x:1001:\ng2:x:1002:al,bob\n");
}

static void
test_nis(void **state)
{
	(void)state;
	run_steps("nis", "# begin\ng1:x:1001:al\n\n+@net:::\ng2:x:1002:al,\n"
	    "broken:line\n-g3:::\n");
}

static void
test_no_newline(void **state)
{
	(void)state;
	run_steps("no newline", "g1:x:1001:\n# no newline behind this");
}

static void
test_empty(void **state)
{
	(void)state;
	run_steps("empty", "");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_nis),
		cmocka_unit_test(test_no_newline),
		cmocka_unit_test(test_empty)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
