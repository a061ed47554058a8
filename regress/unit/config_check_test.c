/*
 * Tests of dwserv/config_check.c: the rules for values that only the
 * configuration has.
 */
/* links: dwserv/config_check.c dwserv/name.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "config.h"

#define HEX32	"0123456789abcdef0123456789abcdef"

typedef const char	*(*rule)(const char *);

static void
assert_all(rule check, const char *const *texts, int good)
{
	const char	*reason;

	for (; *texts != NULL; texts++) {
		reason = check(*texts);
		if (good && reason != NULL)
			fail_msg("\"%s\" %s", *texts, reason);
		if (!good && reason == NULL)
			fail_msg("\"%s\" is taken", *texts);
	}
}

static void
test_certificate(void **state)
{
	static const char *const good[] = { "SHA256:" HEX32 HEX32, NULL };
	static const char *const bad[] = { "", "SHA256:", HEX32 HEX32,
	    "sha256:" HEX32 HEX32, "SHA256:" HEX32 HEX32 "0",
	    "SHA256:" HEX32 "0123456789abcdef0123456789abcde",
	    "SHA256:" HEX32 "0123456789abcdef0123456789abcdeF",
	    "SHA256:" HEX32 "0123456789abcdef0123456789abcdeg",
	    "SHA512:" HEX32 HEX32, "SHA256 " HEX32 HEX32, NULL };

	(void)state;
	assert_all(config_check_certificate, good, 1);
	assert_all(config_check_certificate, bad, 0);
}

static void
test_subject(void **state)
{
	static const char *const good[] = { "CN=billing,O=Example", "CN=a",
	    "CN=", "CN=a+OU=b", "2.5.4.5=x", "CN=a\\, b\\+c\\\\,O=d",
	    "CN=\\C3\\A9", "CN=\\ a\\ ", "CN=a=b", "CN=a b", "CN=\\#a",
	    "emailAddress=a@example.org,CN=/a", "CN=\\\\", NULL };
	static const char *const bad[] = { "", "a", "=a", "CN", "CN =a",
	    "CN=a, O=b", "CN=a,", "CN=a+", "CN=a,,O=b", "CN=a,O", "CN=a\\",
	    "/CN=a/O=b", "CN=\xc3\xa9", "CN=\\\xc3", "CN=a\n", "CN=a\\\n",
	    "CN=\x7f", "subject=CN=a", "CN=a\\\\,", NULL };
	char			 text[SUBJECT_LENGTH_MAX + 2];

	(void)state;
	assert_all(config_check_subject, good, 1);
	assert_all(config_check_subject, bad, 0);
	memset(text, 'a', sizeof(text));
	text[1] = '=';
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(config_check_subject(text), "is too long");
	text[sizeof(text) - 2] = '\0';
	assert_null(config_check_subject(text));
}

static void
test_patterns(void **state)
{
	static const char *const good[] = { "a", "*", "?", "c??", "cust-*",
	    "*-_9", "-", NULL };
	static const char *const bad[] = { "", "A", "a.b", "a+b", "a@b", "a b",
	    "a,b", "[a]", "\\*", "\xc3\xa9", "a\n", NULL };
	static const char *const aliases[] = { "info", "a.b+c_d-*", NULL };
	static const char *const no_aliases[] = { "", "Info", "a@b", "a/b",
	    "\"a\"", "|a", NULL };
	static const char *const domains[] = { "example.org", "*.example.org",
	    "mx?-1.example.org", NULL };
	static const char *const no_domains[] = { "", "Example.org", "a_b.org",
	    "@example.org", "a+b", NULL };

	(void)state;
	assert_all(config_check_name_pattern, good, 1);
	assert_all(config_check_name_pattern, bad, 0);
	assert_all(config_check_alias_pattern, good, 1);
	assert_all(config_check_alias_pattern, aliases, 1);
	assert_all(config_check_alias_pattern, no_aliases, 0);
	assert_all(config_check_domain_pattern, domains, 1);
	assert_all(config_check_domain_pattern, no_domains, 0);
}

static void
test_pattern_lengths(void **state)
{
	static const rule	 rules[] = { config_check_name_pattern,
	    config_check_alias_pattern, config_check_domain_pattern };
	char			 text[PATTERN_LENGTH_MAX + 2];
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		memset(text, '*', sizeof(text));
		text[PATTERN_LENGTH_MAX + 1] = '\0';
		assert_string_equal(rules[i](text), "is too long");
		text[PATTERN_LENGTH_MAX] = '\0';
		assert_null(rules[i](text));
	}
}

static void
test_home(void **state)
{
	(void)state;
	assert_true(config_home_is_within("/home", "/home"));
	assert_true(config_home_is_within("/home/a/b", "/home"));
	assert_true(config_home_is_within("/home/a", "/home/a"));
	assert_false(config_home_is_within("/homes", "/home"));
	assert_false(config_home_is_within("/hom", "/home"));
	assert_false(config_home_is_within("/home", "/home/a"));
	assert_false(config_home_is_within("/srv/home", "/home"));
}

static void
test_lower(void **state)
{
	char	text[] = "AZaz@[9\xc3\x89Q", none[] = "";

	(void)state;
	config_lower(text);
	assert_string_equal(text, "azaz@[9\xc3\x89q");
	config_lower(none);
	assert_string_equal(none, "");
}

static void
test_texts(void **state)
{
	(void)state;
	assert_null(config_check_path("/"));
	assert_non_null(config_check_path(""));
	assert_non_null(config_check_path("a/"));
	assert_null(config_check_text("\xc3\xa9"));
	assert_non_null(config_check_text("\xe9"));
	assert_non_null(config_check_text("a\nb"));
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_pattern_lengths),
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_lower),
		cmocka_unit_test(test_texts)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
