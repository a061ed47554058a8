/*
 * Tests of dwserv/token.c: lines cut into words, and words quoted so that
 * they come back as they were.
 */
/* links: dwserv/ibuf.c dwserv/log.c dwserv/token.c dwserv/xmalloc.c */

#include "scratch.h"

#include "imsg.h"

#define WORDS		8
#define ROUNDS		20000
#define VALUES_MAX	6
#define VALUE_MAX	40

/* Cut a copy of the line; the words are compared with those expected. */
static void
assert_words(const char *line, const char *const *expected)
{
	char	*copy = strdup(line), *words[WORDS];
	int	 count, i;

	assert_non_null(copy);
	count = token_split(copy, words, WORDS);
	for (i = 0; expected[i] != NULL; i++)
		;
	if (count != i)
		fail_msg("<%s>: %d words, not %d", line, count, i);
	for (i = 0; i < count; i++)
		assert_string_equal(words[i], expected[i]);
	free(copy);
}

static void
assert_refused(const char *line, int max)
{
	char	*copy = strdup(line), *words[WORDS];
	int	 count;

	assert_non_null(copy);
	count = token_split(copy, words, max);
	if (count != -1)
		fail_msg("<%s>: %d words", line, count);
	free(copy);
}

static void
test_words(void **state)
{
	(void)state;
	assert_words("", (const char *[]){ NULL });
	assert_words("   ", (const char *[]){ NULL });
	assert_words("one", (const char *[]){ "one", NULL });
	assert_words("  one   two ", (const char *[]){ "one", "two", NULL });
	assert_words("a\tb c=d", (const char *[]){ "a\tb", "c=d", NULL });
	assert_words("1 2 3 4 5 6 7 8", (const char *[]){ "1", "2", "3", "4",
	    "5", "6", "7", "8", NULL });
	assert_words("k=v=w =x", (const char *[]){ "k=v=w", "=x", NULL });
	assert_words("back\\slash", (const char *[]){ "back\\slash", NULL });
}

static void
test_quotes(void **state)
{
	(void)state;
	assert_words("\"\"", (const char *[]){ "", NULL });
	assert_words("a=\"\" b", (const char *[]){ "a=", "b", NULL });
	assert_words("\"a b\" c", (const char *[]){ "a b", "c", NULL });
	assert_words("gecos=\"Alice Liddell\"",
	    (const char *[]){ "gecos=Alice Liddell", NULL });
	assert_words("k=\"\\\"\\\\\" x",
	    (const char *[]){ "k=\"\\", "x", NULL });
	assert_words("k=\"  \" \" \"", (const char *[]){ "k=  ", " ", NULL });
	assert_words("k=\"a=\" l==\"b\"",
	    (const char *[]){ "k=a=", "l==b", NULL });
}

static void
test_refused(void **state)
{
	static const char *const lines[] = {
		"\"", "a=\"", "\"a", "a=\"b\\\"", "a=\"b\\", "a=\"\\n\"",
		"\"a\"b", "a=\"b\"c", "a\"b\"", "a=b\"c\"", "\"a\"\"b\"",
		"a=\"b\"=c", "\"\\a\"", "x \"y"
	};
	size_t	i;

	(void)state;
	for (i = 0; i < NUMBER_OF(lines); i++)
		assert_refused(lines[i], WORDS);
	assert_refused("1 2 3 4 5 6 7 8 9", WORDS);
	assert_refused("one", 0);
	assert_refused("one two", 1);
}

static void
test_value(void **state)
{
	char	both[] = "key=a=b", empty[] = "key=", none[] = "key";
	char	no_key[] = "=value";

	(void)state;
	assert_string_equal(token_value(both), "a=b");
	assert_string_equal(both, "key");
	assert_string_equal(token_value(empty), "");
	assert_string_equal(empty, "key");
	assert_null(token_value(none));
	assert_string_equal(none, "key");
	assert_null(token_value(no_key));
	assert_string_equal(no_key, "=value");
}

static void
assert_added(const char *value, const char *expected)
{
	struct ibuf	*to = ibuf_dynamic(4, 1024);

	assert_non_null(to);
	token_add(to, "k", value);
	assert_int_equal(ibuf_size(to), strlen(expected));
	assert_memory_equal(ibuf_data(to), expected, strlen(expected));
	ibuf_free(to);
}

static void
test_add(void **state)
{
	struct ibuf	*to = ibuf_dynamic(4, 1024);

	(void)state;
	assert_added("bare", " k=bare");
	assert_added("a=b,c:d", " k=a=b,c:d");
	assert_added("", " k=\"\"");
	assert_added("two words", " k=\"two words\"");
	assert_added("\"", " k=\"\\\"\"");
	assert_added("\\", " k=\"\\\\\"");
	assert_non_null(to);
	token_add_bytes(to, "k", "cut here", 3);
	token_add_number(to, "n", UINT64_MAX);
	token_add_number(to, "n", 0);
	assert_int_equal(ibuf_size(to), strlen(" k=cut n=18446744073709551615"
	    " n=0"));
	assert_memory_equal(ibuf_data(to), " k=cut n=18446744073709551615"
	    " n=0", ibuf_size(to));
	ibuf_free(to);
}

static void
print_too_much(void *arg)
{
	(void)arg;
	text_print(text_new(), "%100000d", 1);
}

static void
test_text(void **state)
{
	struct ibuf	*to = text_new();
	char		 reason[] = "too long", wide[300];

	(void)state;
	memset(wide, 'w', sizeof(wide));
	text_add(to, "begin", 5);
	text_print(to, "[%d %s]", -7, "x");
	text_add(to, wide, sizeof(wide));
	assert_int_equal(ibuf_size(to), 5 + 6 + sizeof(wide));
	assert_memory_equal(ibuf_data(to), "begin[-7 x]www", 14);
	ibuf_free(to);
	assert_fatal(print_too_much, NULL, reason);
}

/* Anything but NUL, and what needs care more often than the rest. */
static void
random_value(struct seed *seed, char *value)
{
	static const char	care[] = " \"\\= \t,";
	uint32_t		length = seed_next(seed, VALUE_MAX), i;

	for (i = 0; i < length; i++)
		value[i] = seed_next(seed, 2) == 0 ?
		    care[seed_next(seed, sizeof(care) - 1)] :
		    (char)(1 + seed_next(seed, 255));
	value[length] = '\0';
}

static void
round_trip(struct seed *seed)
{
	char		 values[VALUES_MAX][VALUE_MAX], key[16], *words[WORDS];
	char		*value, *line;
	struct ibuf	*to = ibuf_dynamic(16, 65536);
	int		 count = (int)seed_next(seed, VALUES_MAX + 1), i;

	assert_non_null(to);
	for (i = 0; i < count; i++) {
		random_value(seed, values[i]);
		snprintf(key, sizeof(key), "key%d", i);
		token_add(to, key, values[i]);
	}
	line = strndup(ibuf_data(to), ibuf_size(to));
	assert_non_null(line);
	assert_int_equal(strlen(line), ibuf_size(to));
	assert_int_equal(token_split(line, words, WORDS), count);
	for (i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		value = token_value(words[i]);
		assert_non_null(value);
		assert_string_equal(words[i], key);
		assert_string_equal(value, values[i]);
	}
	free(line);
	ibuf_free(to);
}

static void
test_round_trips(void **state)
{
	struct seed	seed = seed_start("round trips");
	int		i;

	(void)state;
	for (i = 0; i < ROUNDS; i++)
		round_trip(&seed);
}

/* Whatever comes in, no word lies outside the line. */
static void
test_any_line(void **state)
{
	struct seed	 seed = seed_start("any line");
	char		 line[VALUE_MAX], *words[WORDS];
	int		 count, i, round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		random_value(&seed, line);
		count = token_split(line, words, WORDS);
		assert_in_range(count + 1, 0, WORDS + 1);
		for (i = 0; i < count; i++) {
			assert_true(words[i] >= line);
			assert_true(words[i] + strlen(words[i]) <
			    line + sizeof(line));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_any_line)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
