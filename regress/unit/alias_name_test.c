/*
 * Tests of dwserv/alias_name.c: which names and targets of aliases a
 * request may have, and the form of a list of targets.
 */
/* links: dwserv/alias_name.c dwserv/name.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "dwserv.h"

#define NUMBER_OF(array)	(sizeof(array) / sizeof((array)[0]))
#define TEN		"aaaaaaaaaa"
#define SIXTY		TEN TEN TEN TEN TEN TEN
#define DEEP		"/" SIXTY "/" SIXTY "/" SIXTY "/" SIXTY "/" TEN

/* Reason NULL: fine; otherwise a part of what is said. */
struct verdict {
	const char	*value;
	const char	*reason;
};

static const struct verdict	names[] = {
	{ "a", NULL }, { "postmaster", NULL }, { "Owner-List.x_y+z", NULL },
	{ "0", NULL }, { ".a", NULL }, { "+a", NULL },
	{ "", "empty" }, { "-a", "hyphen" }, { "-", "hyphen" },
	{ "+", "plus" }, { "a b", "character" }, { "a:b", "character" },
	{ "a@b", "character" }, { "a,b", "character" },
	{ "a\n", "character" }, { "\"a\"", "character" },
	{ "a\\", "character" }, { "#a", "character" },
	{ "\xc3\xa4", "character" }, { "a\x01", "character" }
};

static const struct verdict	lists[] = {
	{ "a", NULL }, { "a,b", NULL }, { "A.b_c+d-e,0", NULL },
	{ SIXTY "aaaa", NULL }, { SIXTY "aaaaa", "local" },
	{ "a@b", NULL }, { "A.b+c=d_e-f'g@ex-ample.ORG", NULL },
	{ SIXTY "aaaa@b.c", NULL }, { SIXTY "aaaaa@b.c", "address" },
	{ "a@" SIXTY "aaa.b", NULL }, { "a@" SIXTY "aaaa.b", "address" },
	{ "aaaa@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaa", NULL },
	{ "aaaa@" SIXTY "." SIXTY "." SIXTY "." SIXTY ".aaaaaa", "address" },
	{ "|/bin/a", NULL }, { "|/bin/a b", NULL }, { "|a\\,b", NULL },
	{ "|a\\\\b \"c\" 'd'", NULL }, { "| a", NULL }, { "|~", NULL },
	{ "/dev/null", NULL }, { "/var/mail/a.b_c@d+e-", NULL },
	{ "/home/a/Maildir/", NULL }, { DEEP, NULL },
	{ DEEP "/", "path" }, { DEEP "a", "path" },
	{ ":include:/etc/mail/list", NULL },
	{ "a,b@c,|d e,/f,:include:/g", NULL },
	{ "", "empty" }, { ",", "empty target" }, { "a,", "empty target" },
	{ ",a", "empty target" }, { "a,,b", "empty target" },
	{ "-a", "hyphen" }, { "a,-oQ/tmp", "hyphen" },
	{ "-a@b.c", "hyphen" }, { "|-a", "hyphen" }, { "|  -a", "hyphen" },
	{ "a b", "local" }, { "a:b", "local" }, { "a\nb", "local" },
	{ "a\r", "local" }, { "a\x01", "local" }, { "\\\\a", "local" },
	{ "\"a\"", "local" }, { "a#", "local" }, { "a;b", "local" },
	{ "<a>", "local" }, { "(a)", "local" }, { "a\\,b", "local" },
	{ "\xc3\xa4", "local" }, { "a\x7f", "local" }, { "a\t", "local" },
	{ ":", "local" }, { ":a", "local" }, { "::", "local" },
	{ ":include", "local" }, { ":fail:", "local" },
	{ "include:/a", "local" }, { "!a", "local" }, { "a!b", "local" },
	{ "a%b", "local" }, { "~a", "local" }, { "$a", "local" },
	{ "`a`", "local" }, { " |a", "local" }, { " a", "local" },
	{ "@", "address" }, { "@b", "address" }, { "a@", "address" },
	{ "a@b@c", "address" }, { "a..b@c", "address" },
	{ ".a@c", "address" }, { "a.@c", "address" }, { "a@.c", "address" },
	{ "a@c.", "address" }, { "a@b..c", "address" },
	{ "a@-b", "address" }, { "a@b-", "address" }, { "a@b_c", "address" },
	{ "a@[127.0.0.1]", "address" }, { "a b@c", "address" },
	{ "a@b c", "address" }, { "a@b\n", "address" },
	{ "\"a\"@b", "address" }, { "a%b@c", "address" },
	{ "a!b@c", "address" }, { "a@\xc3\xa4.org", "address" },
	{ "<a@b>", "address" }, { "a|b@c", "address" },
	{ "|", "empty command" }, { "|  ", "empty command" },
	{ "|a\nb", "printable" }, { "|a\tb", "printable" },
	{ "|a\x7f", "printable" }, { "|\xc3\xa4", "printable" },
	{ "|a\x01", "printable" }, { "/", "path" }, { "//a", "path" },
	{ "/a//", "path" }, { "/a/../b", "path" }, { "/a/.", "path" },
	{ "/a b", "path" }, { "/a\n", "path" }, { "/a\"", "path" },
	{ ":include:", "path" }, { ":include:a", "path" },
	{ ":include: /a", "path" }, { ":include:/a/", "path" },
	{ ":include:/a b", "path" }, { ":include:|a", "path" },
	{ "a\\", "backslash" }, { "a\\b", "backslash" },
	{ "\\", "backslash" }, { "a,\\\"b", "backslash" }
};

static void
check(const struct verdict *verdict, const char *reason)
{
	if (verdict->reason == NULL ? reason != NULL : reason == NULL ||
	    strstr(reason, verdict->reason) == NULL)
		fail_msg("<%s>: %s, not %s", verdict->value,
		    reason == NULL ? "fine" : reason,
		    verdict->reason == NULL ? "fine" : verdict->reason);
}

static void
test_names(void **state)
{
	char	 name[ALIAS_LENGTH_MAX + 2];
	size_t	 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(names); i++)
		check(&names[i], name_check_alias(names[i].value));
	memset(name, 'a', sizeof(name));
	name[ALIAS_LENGTH_MAX + 1] = '\0';
	assert_string_equal(name_check_alias(name),
	    "is longer than 255 octets");
	name[ALIAS_LENGTH_MAX] = '\0';
	assert_null(name_check_alias(name));
}

static void
test_targets(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < NUMBER_OF(lists); i++)
		check(&lists[i], name_check_targets(lists[i].value));
}

/* Every octet in every place where it does no good. */
static void
test_octets(void **state)
{
	char		 text[32];
	unsigned int	 octet;

	(void)state;
	for (octet = 1; octet < 256; octet++) {
		snprintf(text, sizeof(text), "a%cb", octet);
		if (octet < 0x20 || octet > 0x7e) {
			assert_non_null(name_check_alias(text));
			assert_non_null(name_check_targets(text));
			snprintf(text, sizeof(text), "a@b%c", octet);
			assert_non_null(name_check_targets(text));
			snprintf(text, sizeof(text), "|b%c", octet);
			assert_non_null(name_check_targets(text));
			snprintf(text, sizeof(text), "/b%c", octet);
			assert_non_null(name_check_targets(text));
			snprintf(text, sizeof(text), ":include:/b%c", octet);
			assert_non_null(name_check_targets(text));
		} else if (octet != ',' && octet != '\\') {
			snprintf(text, sizeof(text), "|b%c", octet);
			assert_null(name_check_targets(text));
		}
	}
}

static void
test_many(void **state)
{
	char	*list = calloc(1, 2 * TARGETS_MAX + 4);
	char	 long_one[ALIAS_TARGET_MAX + 8];
	int	 i;

	(void)state;
	assert_non_null(list);
	for (i = 0; i < TARGETS_MAX; i++)
		memcpy(list + 2 * i, "a,", 2);
	list[2 * TARGETS_MAX - 1] = '\0';
	assert_null(name_check_targets(list));
	memcpy(list + 2 * TARGETS_MAX - 1, ",a", 3);
	assert_string_equal(name_check_targets(list),
	    "has more than 1000 targets");
	free(list);
	memset(long_one, 'a', sizeof(long_one));
	long_one[0] = '|';
	long_one[ALIAS_TARGET_MAX] = '\0';
	assert_null(name_check_targets(long_one));
	long_one[ALIAS_TARGET_MAX] = 'a';
	long_one[ALIAS_TARGET_MAX + 1] = '\0';
	assert_non_null(strstr(name_check_targets(long_one), "too long"));
}

static void
test_classify(void **state)
{
	static const struct {
		const char		*target;
		enum alias_target_kind	 kind;
	} kinds[] = {
		{ "a", ALIAS_LOCAL }, { "", ALIAS_LOCAL },
		{ ":", ALIAS_LOCAL }, { ":fail:", ALIAS_LOCAL },
		{ "a@b", ALIAS_ADDRESS }, { "@", ALIAS_ADDRESS },
		{ "|a@b", ALIAS_COMMAND }, { "|", ALIAS_COMMAND },
		{ "/a@b", ALIAS_FILE }, { "/", ALIAS_FILE },
		{ ":include:/a@b", ALIAS_INCLUDE },
		{ ":INCLUDE:/a", ALIAS_INCLUDE },
		{ ":include:", ALIAS_INCLUDE }, { ":include", ALIAS_LOCAL },
		{ ":included:/a", ALIAS_LOCAL }
	};
	size_t	i;

	(void)state;
	for (i = 0; i < NUMBER_OF(kinds); i++)
		if (alias_target_classify(kinds[i].target) != kinds[i].kind)
			fail_msg("<%s>", kinds[i].target);
}

static void
test_list_next(void **state)
{
	const char	*list = "a,|b\\,c\\\\,,d e";
	char		 target[8];

	(void)state;
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 1);
	assert_string_equal(target, "a");
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 1);
	assert_string_equal(target, "|b,c\\");
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 1);
	assert_string_equal(target, "");
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 1);
	assert_string_equal(target, "d e");
	assert_null(list);
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 0);
	list = "a,";
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 1);
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 1);
	assert_string_equal(target, "");
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 0);
	list = "1234567,";
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), 1);
	assert_string_equal(target, "1234567");
	list = "12345678";
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), -1);
	list = "a\\";
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), -1);
	list = "a\\n";
	assert_int_equal(alias_list_next(&list, target, sizeof(target)), -1);
}

static void
test_list_escape(void **state)
{
	static const char *const targets[] = {
		"a", "", ",", "\\", "|a, \"b\\c\", d", "\\,\\\\,,"
	};
	const char	*list;
	char		 escaped[64], target[64];
	size_t		 i;

	(void)state;
	for (i = 0; i < NUMBER_OF(targets); i++) {
		list = escaped;
		assert_int_equal(alias_list_escape(targets[i], escaped,
		    sizeof(escaped)), 0);
		assert_int_equal(alias_list_next(&list, target,
		    sizeof(target)), 1);
		assert_string_equal(target, targets[i]);
		assert_null(list);
	}
	assert_int_equal(alias_list_escape("a,b\\", escaped, 64), 0);
	assert_string_equal(escaped, "a\\,b\\\\");
	assert_int_equal(alias_list_escape(",,", escaped, 5), 0);
	assert_string_equal(escaped, "\\,\\,");
	assert_int_equal(alias_list_escape(",,", escaped, 4), -1);
	assert_int_equal(alias_list_escape("", escaped, 0), -1);
	assert_int_equal(alias_list_escape("", escaped, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_classify),
		cmocka_unit_test(test_list_next),
		cmocka_unit_test(test_list_escape)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
