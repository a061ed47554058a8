/*
 * Tests of dwserv/pattern.c: what patterns match, and that they do so in
 * time; against a matcher that is as simple as can be.
 */
/* links: dwserv/pattern.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "dwserv.h"

static int
match(const char *pattern, const char *text, int folds)
{
	return (pattern_match(pattern, strlen(pattern), text, strlen(text),
	    folds));
}

static void
test_samples(void **state)
{
	static const struct {
		const char	*pattern;
		const char	*text;
		int		 folds;
		int		 matches;
	} samples[] = {
		{ "", "", 0, 1 }, { "", "a", 0, 0 }, { "a", "", 0, 0 },
		{ "a", "a", 0, 1 }, { "a", "b", 0, 0 }, { "a", "A", 0, 0 },
		{ "a", "A", 1, 1 }, { "A", "a", 1, 1 }, { "@", "`", 1, 0 },
		{ "[", "{", 1, 0 }, { "*", "", 0, 1 }, { "*", "x", 0, 1 },
		{ "**", "", 0, 1 }, { "?", "", 0, 0 }, { "?", "x", 0, 1 },
		{ "?", "xy", 0, 0 }, { "?*", "", 0, 0 }, { "*?", "x", 0, 1 },
		{ "cust-*", "cust-", 0, 1 }, { "cust-*", "cust-1", 0, 1 },
		{ "cust-*", "cust", 0, 0 }, { "cust-*", "xcust-1", 0, 0 },
		{ "*.example.net", "mail.example.net", 0, 1 },
		{ "*.example.net", "example.net", 0, 0 },
		{ "*.example.net", "badexample.net", 0, 0 },
		{ "*.example.net", "a.example.net.evil", 0, 0 },
		{ "*.EXAMPLE.net", "a.b.example.NET", 1, 1 },
		{ "a*b*c", "aXbXc", 0, 1 }, { "a*b*c", "abc", 0, 1 },
		{ "a*b*c", "abcb", 0, 0 }, { "a*b*c", "abcbc", 0, 1 },
		{ "*ab", "aab", 0, 1 }, { "*ab", "aba", 0, 0 },
		{ "c??", "cab", 0, 1 }, { "c??", "ca", 0, 0 },
		{ "a\\*", "a*", 0, 0 }, { "a[bc]", "ab", 0, 0 }
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (match(samples[i].pattern, samples[i].text,
		    samples[i].folds) != samples[i].matches)
			fail_msg("%s %s", samples[i].pattern,
			    samples[i].text);
}

/* Only as much of either as is said is looked at. */
static void
test_lengths(void **state)
{
	(void)state;
	assert_true(pattern_match("ab", 1, "ac", 1, 0));
	assert_false(pattern_match("a*", 1, "ab", 2, 0));
	assert_true(pattern_match("a*", 2, "a", 1, 0));
	assert_true(pattern_match("x", 0, "y", 0, 0));
}

static int
match_simply(const char *pattern, const char *text)
{
	if (*pattern == '\0')
		return (*text == '\0');
	if (*pattern == '*')
		return (match_simply(pattern + 1, text) ||
		    (*text != '\0' && match_simply(pattern, text + 1)));
	return (*text != '\0' && (*pattern == '?' || *pattern == *text) &&
	    match_simply(pattern + 1, text + 1));
}

/* The text that a number means, in letters of an alphabet. */
static void
spell(unsigned int number, const char *alphabet, char *text)
{
	size_t	base = strlen(alphabet) + 1;

	for (; number % base != 0; number /= (unsigned)base)
		*text++ = alphabet[number % base - 1];
	*text = '\0';
}

/* All patterns of up to five characters on all texts of up to six. */
static void
test_all(void **state)
{
	char		pattern[16], text[16];
	unsigned int	i, j, matches = 0;

	(void)state;
	for (i = 0; i < 3125; i++)
		for (j = 0; j < 729; j++) {
			spell(i, "ab*?", pattern);
			spell(j, "ab", text);
			if (match(pattern, text, 0) !=
			    match_simply(pattern, text))
				fail_msg("%s %s", pattern, text);
			matches += (unsigned)match(pattern, text, 0);
		}
	assert_true(matches > 1000);
}

/* What takes others for ever takes no time. */
static void
test_time(void **state)
{
	char	pattern[512], text[4096];
	clock_t	began = clock();
	size_t	i;

	(void)state;
	for (i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[i] = 'b';
	memset(text, 'a', sizeof(text));
	assert_false(pattern_match(pattern, i + 1, text, sizeof(text), 0));
	assert_true(clock() - began < CLOCKS_PER_SEC);
}

static void
test_lists(void **state)
{
	(void)state;
	assert_false(pattern_list_match(NULL, "a", 1, 0));
	assert_false(pattern_list_match("", "", 0, 0));
	assert_true(pattern_list_match("a", "a", 1, 0));
	assert_true(pattern_list_match("b*,a", "a", 1, 0));
	assert_true(pattern_list_match("b*,a", "bcd", 3, 0));
	assert_false(pattern_list_match("b*,a", "ab", 2, 0));
	assert_false(pattern_list_match("B", "b", 1, 0));
	assert_true(pattern_list_match("x,B", "b", 1, 1));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_lists)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
