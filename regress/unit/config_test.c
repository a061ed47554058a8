/*
 * The configuration: each NAME.in of a directory is parsed.  If there is a
 * NAME.ok, that is what it prints, and what it prints parses to the same;
 * if there is a NAME.err, those are the complaints.  NAME.define has the
 * macros of the command line.  In the end, all of them many times, to see
 * whether anything leaks.
 *
 * The directory is regress/config, or what CONFIG_CASES says.
 */
/* links: @OBJ@/parse.c dwserv/config.c dwserv/config_check.c dwserv/config_default.c dwserv/config_print.c dwserv/hashrule.c dwserv/lend.c dwserv/lex.c dwserv/log.c dwserv/name.c dwserv/operation.c dwserv/parser.c dwserv/parser_accounts.c dwserv/parser_claim.c dwserv/parser_client.c dwserv/parser_listen.c dwserv/parser_rights.c dwserv/parser_tls.c dwserv/source.c dwserv/symbol.c dwserv/xmalloc.c */

#include <malloc.h>

#include "place.h"

static char *
print_to_text(const struct config *config)
{
	char	*text = NULL;
	size_t	 size = 0;
	FILE	*stream = open_memstream(&text, &size);

	assert_non_null(stream);
	config_print(config, stream);
	assert_int_equal(fclose(stream), 0);
	return (text);
}

static int
has_suffix(const char *name, const char *suffix)
{
	size_t	length = strlen(name), suffix_length = strlen(suffix);

	return (length > suffix_length &&
	    strcmp(name + length - suffix_length, suffix) == 0);
}

static char *
case_file(const char *directory, const char *name, const char *suffix)
{
	char	path[PATH_MAX];
	size_t	size;

	snprintf(path, sizeof(path), "%s/%s%s", directory, name, suffix);
	return (slurp(path, &size));
}

static int
case_compare(const char *name, const char *what, const char *expected,
    const char *found)
{
	if (strcmp(expected, found) == 0)
		return (0);
	print_error("%s: %s: expected\n%s--- but found\n%s---\n", name, what,
	    expected, found);
	return (1);
}

static void
case_define(const char *directory, const char *name, struct symbols *symbols)
{
	char	*text = case_file(directory, name, ".define"), *line, *rest;

	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			assert_int_equal(config_define(symbols, line), 0);
	free(text);
}

/* What was printed must parse, and print the same again. */
static int
case_print(struct files *place, const char *name,
    const struct config *config, const char *expected)
{
	struct config	*again;
	char		*text = print_to_text(config), *second, *complaints;
	int		 failures;

	failures = case_compare(name, "printed", expected, text);
	place_write_text(place, "again", 0600, text);
	again = place_parse(place, "again", NULL, &complaints);
	failures += case_compare(name, "complaints of what was printed", "",
	    complaints);
	if (again != NULL) {
		second = print_to_text(again);
		failures += case_compare(name, "printed again", text, second);
		free(second);
	}
	config_free(again);
	free(complaints);
	free(text);
	return (failures);
}

static int
case_run(struct files *place, const char *directory, const char *name)
{
	struct symbols	 symbols = TAILQ_HEAD_INITIALIZER(symbols);
	struct config	*config;
	char		 file[NAME_MAX + 4], *ok, *err, *complaints;
	int		 failures = 0;

	ok = case_file(directory, name, ".ok");
	err = case_file(directory, name, ".err");
	case_define(directory, name, &symbols);
	snprintf(file, sizeof(file), "%s.in", name);
	config = place_parse(place, file, &symbols, &complaints);
	if ((ok == NULL) == (err == NULL)) {
		print_error("%s: there must be either a .ok or a .err\n",
		    name);
		failures = 1;
	} else if (ok != NULL) {
		failures = case_compare(name, "complaints", "", complaints);
		if (config != NULL)
			failures += case_print(place, name, config, ok);
	} else {
		failures = case_compare(name, "complaints", err, complaints);
		failures += config != NULL || err[0] == '\0';
	}
	config_free(config);
	symbols_free(&symbols);
	free(complaints);
	free(ok);
	free(err);
	return (failures);
}

/* Files of a configuration must be private; those in a repository are not. */
static void
cases_copy(struct files *place, const char *directory)
{
	struct dirent	**entries;
	char		  path[PATH_MAX], *text;
	size_t		  size;
	int		  i, count;

	count = scandir(directory, &entries, NULL, alphasort);
	assert_int_not_equal(count, -1);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory,
		    entries[i]->d_name);
		if ((has_suffix(path, ".in") || has_suffix(path, ".inc")) &&
		    (text = slurp(path, &size)) != NULL) {
			place_write(place, entries[i]->d_name, 0600, text,
			    size);
			free(text);
		}
		free(entries[i]);
	}
	free(entries);
}

/* Run all cases of a directory; returns how many failures there were. */
static int
cases_run(struct files *place, const char *directory)
{
	struct dirent	**entries;
	char		  name[NAME_MAX + 1];
	int		  i, count, inputs = 0, answers = 0, failures = 0;

	cases_copy(place, directory);
	count = scandir(directory, &entries, NULL, alphasort);
	assert_int_not_equal(count, -1);
	for (i = 0; i < count; i++) {
		strlcpy(name, entries[i]->d_name, sizeof(name));
		answers += has_suffix(name, ".ok") || has_suffix(name, ".err");
		if (has_suffix(name, ".in")) {
			inputs++;
			name[strlen(name) - 3] = '\0';
			failures += case_run(place, directory, name);
		}
		free(entries[i]);
	}
	free(entries);
	if (inputs == 0 || inputs != answers) {
		print_error("%s: %d inputs, %d answers\n", directory, inputs,
		    answers);
		failures++;
	}
	return (failures);
}

static void
test_cases(void **state)
{
	const char	*directory = getenv("CONFIG_CASES");

	if (directory == NULL)
		directory = "regress/config";
	assert_int_equal(cases_run(*state, directory), 0);
}

/* Does the test of the cases notice what it should? */
static void
test_cases_can_fail(void **state)
{
	struct files	*place = *state, *cases;
	void		*cases_state;

	place_make(&cases_state);
	cases = cases_state;
	assert_int_equal(cases_run(place, cases->directory), 1);
	place_write_text(cases, "x.in", 0644, "prefork 0\n");
	assert_int_equal(cases_run(place, cases->directory), 2);
	place_write_text(cases, "x.err", 0644,
	    "x.in:1: prefork must be a number from 1 to 64, not \"0\"\n");
	assert_int_equal(cases_run(place, cases->directory), 0);
	place_write_text(cases, "x.err", 0644, "");
	assert_int_equal(cases_run(place, cases->directory), 2);
	place_write_text(cases, "x.ok", 0644, "");
	assert_true(cases_run(place, cases->directory) > 0);
	remove(place_path(cases, "x.err"));
	assert_true(cases_run(place, cases->directory) > 0);
	place_write_text(cases, "x.in", 0644, "");
	assert_int_equal(cases_run(place, cases->directory), 1);
	place_remove(&cases_state);
}

/* A process that reloads for years must not grow. */

#define ROUNDS	100

static int
count_descriptors(void)
{
	struct dirent	*entry;
	DIR		*directory = opendir("/proc/self/fd");
	int		 count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return (count);
}

static void
ignore_complaint(void *arg, const char *line)
{
	(void)line;
	++*(unsigned int *)arg;
}

static unsigned int
parse_each(const char *directory, const struct symbols *symbols)
{
	struct dirent	*entry;
	char		 path[PATH_MAX];
	unsigned int	 complaints = 0;
	DIR		*cases = opendir(directory);

	assert_non_null(cases);
	while ((entry = readdir(cases)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", directory,
		    entry->d_name);
		config_free(config_parse(path, symbols, lend_file,
		    ignore_complaint, &complaints));
	}
	closedir(cases);
	return (complaints);
}

static void
test_repeated(void **state)
{
	struct files	*place = *state;
	struct symbols	 symbols = TAILQ_HEAD_INITIALIZER(symbols);
	const char	*directory = getenv("CONFIG_CASES");
	unsigned int	 complaints;
	size_t		 memory = 0;
	int		 i, descriptors;

	cases_copy(place, directory != NULL ? directory : "regress/config");
	assert_int_equal(config_define(&symbols, "n=3"), 0);
	complaints = parse_each(place->directory, &symbols);
	assert_int_not_equal(complaints, 0);
	descriptors = count_descriptors();
	for (i = 0; i < ROUNDS * 2; i++) {
		if (i == ROUNDS)
			memory = mallinfo2().uordblks;
		assert_int_equal(parse_each(place->directory, &symbols),
		    complaints);
	}
	/* malloc counts what it keeps for itself as used: a few pages */
	assert_in_range(mallinfo2().uordblks, 0, memory + ROUNDS * 100);
	assert_int_equal(count_descriptors(), descriptors);
	symbols_free(&symbols);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_cases),
		TEST(test_cases_can_fail),
		TEST(test_repeated)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
