/*
 * Tests of dwserv/name.c: tables of good and bad values, each octet at each
 * kind of place, and UTF-8 against a decoder that works another way.
 */
/* links: dwserv/name.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dwserv.h"

#define TEN	"aaaaaaaaaa"
#define LIST_END	NULL

typedef const char *(*check)(const char *);

static void
assert_good(check checker, const char *const *values)
{
	const char	*reason;

	for (; *values != LIST_END; values++)
		if ((reason = checker(*values)) != NULL)
			fail_msg("\"%s\" was refused: %s", *values, reason);
}

static void
assert_bad(check checker, const char *const *values)
{
	for (; *values != LIST_END; values++)
		if (checker(*values) == NULL)
			fail_msg("\"%s\" was accepted", *values);
}

/* Each octet but NUL must be accepted exactly if it is among allowed. */
static void
assert_octets(check checker, const char *before, const char *after,
    const char *allowed)
{
	char	 value[64];
	int	 octet, expected;

	for (octet = 1; octet < 256; octet++) {
		snprintf(value, sizeof(value), "%s%c%s", before, octet, after);
		expected = strchr(allowed, octet) != NULL;
		if ((checker(value) == NULL) != expected)
			fail_msg("octet 0x%02x after \"%s\": expected %s",
			    (unsigned int)octet, before,
			    expected ? "good" : "bad");
	}
}

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

static void
test_login(void **state)
{
	static const char *const	 good[] = {
		"alice", "_dwserv", "a", "_", "a-", "a1", "www-data", "a_b-c9",
		TEN TEN TEN "aa", LIST_END
	};
	static const char *const	 bad[] = {
		"", "Alice", "aLice", "1a", "0", "12345", "-a", "-", ".a",
		"a.b", "a b", " a", "a ", "a:b", "a\nb", "a\n", "a$", "a/b",
		"a,b", "a@b", "\xc3\xa9", "a\xc3\xa9", "a\x80", "..", ".",
		TEN TEN TEN "aaa", TEN TEN TEN TEN TEN TEN, LIST_END
	};

	(void)state;
	assert_good(name_check_login, good);
	assert_bad(name_check_login, bad);
	assert_good(name_check_group, good);
	assert_bad(name_check_group, bad);
	assert_octets(name_check_login, "", "", LOWER "_");
	assert_octets(name_check_login, "a", "", LOWER "_-" DIGITS);
	assert_octets(name_check_login, "a", "b", LOWER "_-" DIGITS);
}

static void
test_login_reasons(void **state)
{
	(void)state;
	assert_string_equal(name_check_login(""), "is empty");
	assert_string_equal(name_check_login(TEN TEN TEN "aaa"),
	    "is longer than 32 octets");
	assert_string_equal(name_check_login("9"),
	    "must begin with a lower-case letter or underscore");
	assert_string_equal(name_check_login("a b"),
	    "has a character that is not allowed");
}

static void
test_groups(void **state)
{
	static const char *const	 good[] = {
		"ftp", "ftp,mail", "a,aa,aaa", "b,a", LIST_END
	};
	static const char *const	 bad[] = {
		"", ",", "ftp,", ",ftp", "ftp,,mail", "ftp,ftp", "a,b,c,b",
		"ftp, mail", "ftp mail", "Ftp", "ftp,1", "ftp;mail",
		"a," TEN TEN TEN "aaa", LIST_END
	};

	(void)state;
	assert_good(name_check_groups, good);
	assert_bad(name_check_groups, bad);
	assert_string_equal(name_check_groups("a,b,a"),
	    "names a group twice");
}

static void
test_groups_count(void **state)
{
	char	 list[(GROUPS_MAX + 1) * (NAME_LENGTH_MAX + 1) + 1];
	size_t	 length = 0;
	int	 i;

	(void)state;
	for (i = 0; i <= GROUPS_MAX; i++) {
		length += (size_t)snprintf(list + length,
		    sizeof(list) - length, "%sg%031d", i == 0 ? "" : ",", i);
		if (i + 1 < GROUPS_MAX)
			continue;
		if (i + 1 == GROUPS_MAX)
			assert_null(name_check_groups(list));
		else
			assert_string_equal(name_check_groups(list),
			    "names more than 64 groups");
	}
}

static void
test_client(void **state)
{
	static const char *const	 good[] = {
		"billing", "A", "9", "web.example-1_x", "a..b", "a-",
		TEN TEN TEN TEN TEN TEN "aaaa", LIST_END
	};
	static const char *const	 bad[] = {
		"", ".a", "-a", "_a", "a b", "a:b", "a/b", "a\n", "\xc3\xa9",
		TEN TEN TEN TEN TEN TEN "aaaaa", LIST_END
	};

	(void)state;
	assert_good(name_check_client, good);
	assert_bad(name_check_client, bad);
	assert_octets(name_check_client, "", "", LOWER UPPER DIGITS);
	assert_octets(name_check_client, "a", "", LOWER UPPER DIGITS "._-");
}

static void
test_gecos(void **state)
{
	static const char *const	 good[] = {
		"", "Alice Liddell", "Alice,Room 1,+49 30 1,", "O'Neil \"x\"",
		"\xc3\x84nne", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
		"\xf4\x8f\xbf\xbf", "\xc2\xa0", "a=b;c!*#$%&/()", LIST_END
	};
	static const char *const	 bad[] = {
		"a:b", ":", "a\nb", "a\rb", "a\tb", "\x1b[2J", "\x7f",
		"\xc2\x80", "\xc2\x85", "\xc2\x9b" "2J", "\xc2\x9f", "\x9b",
		"\xc3", "\xc3(", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xfe",
		"\xe2\x82", "\xf0\x9f\x98", "\xe2\x28\xa1", LIST_END
	};
	char				 text[GECOS_LENGTH_MAX + 2];
	int				 octet;

	(void)state;
	assert_good(name_check_gecos, good);
	assert_bad(name_check_gecos, bad);
	for (octet = 1; octet < 256; octet++) {
		text[0] = (char)octet;
		text[1] = '\0';
		assert_int_equal(name_check_gecos(text) == NULL,
		    octet >= 0x20 && octet < 0x7f && octet != ':');
	}
	memset(text, 'x', sizeof(text));
	text[GECOS_LENGTH_MAX] = '\0';
	assert_null(name_check_gecos(text));
	text[GECOS_LENGTH_MAX] = 'x';
	text[GECOS_LENGTH_MAX + 1] = '\0';
	assert_string_equal(name_check_gecos(text),
	    "is longer than 255 octets");
}

static void
test_home(void **state)
{
	static const char *const	 good[] = {
		"/home/alice", "/h", "/srv/www/a.b", "/home/A_b-c@d+e",
		"/home/a..b", "/home/a.", "/home/a-", LIST_END
	};
	static const char *const	 bad[] = {
		"", "/", "home", "home/alice", "./a", "//", "//home",
		"/home//a", "/home/a/", "/.", "/..", "/home/.", "/home/..",
		"/home/../etc", "/./home", "/home/.ssh", "/.a", "/home/-a",
		"/-a/b", "/home/a b", "/home/a:b", "/home/a\n", "/home/a*",
		"/home/~a", "/home/\xc3\xa9", "/home/a\\b", "/home/...",
		LIST_END
	};

	(void)state;
	assert_good(name_check_home, good);
	assert_bad(name_check_home, bad);
	assert_octets(name_check_home, "/", "", LOWER UPPER DIGITS "_@+");
	assert_octets(name_check_home, "/a", "b",
	    LOWER UPPER DIGITS "._@+/-");
}

static void
test_shell(void **state)
{
	static const char *const	 good[] = {
		"/bin/sh", "/usr/sbin/nologin", "/opt/.x/-sh", "/a...",
		"/...", LIST_END
	};
	static const char *const	 bad[] = {
		"", "/", "sh", "bin/sh", "/bin/../sh", "/./sh", "/bin/.",
		"/bin/..", "/bin/", "/bin//sh", "/bin/sh -c", "/bin/sh:",
		"/bin/sh\n", "/bin/$x", LIST_END
	};

	(void)state;
	assert_good(name_check_shell, good);
	assert_bad(name_check_shell, bad);
}

static void
test_path_length(void **state)
{
	char	 path[PATH_LENGTH_MAX + 2];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[PATH_LENGTH_MAX] = '\0';
	assert_null(name_check_home(path));
	assert_null(name_check_shell(path));
	path[PATH_LENGTH_MAX] = 'x';
	path[PATH_LENGTH_MAX + 1] = '\0';
	assert_non_null(name_check_home(path));
	assert_non_null(name_check_shell(path));
}

static void
test_password(void **state)
{
	static const char *const	 good[] = {
		"x", " ", "a:b", "p\xc3\xa4ss w\"\\rd", LIST_END
	};
	static const char *const	 bad[] = {
		"", "\t", "a\n", "\x7f", "\xff", "\xc2\x85", LIST_END
	};
	char				 text[PASSWORD_LENGTH_MAX + 2];

	(void)state;
	assert_good(name_check_password, good);
	assert_bad(name_check_password, bad);
	memset(text, 'x', sizeof(text));
	text[PASSWORD_LENGTH_MAX] = '\0';
	assert_null(name_check_password(text));
	text[PASSWORD_LENGTH_MAX] = 'x';
	text[PASSWORD_LENGTH_MAX + 1] = '\0';
	assert_string_equal(name_check_password(text),
	    "is longer than 511 octets");
}

/* Decodes by arithmetic instead of by table; -1 if it is not UTF-8. */
static long
reference_decode(const unsigned char *s, size_t left, size_t *used)
{
	static const long	 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	long			 point;
	size_t			 i, n;

	n = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 :
	    (s[0] & 0xf0) == 0xe0 ? 3 : (s[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (n == 0 || n > left)
		return (-1);
	point = n == 1 ? s[0] : s[0] & (0xff >> (n + 1));
	for (i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return (-1);
		point = point << 6 | (s[i] & 0x3f);
	}
	*used = n;
	if (point < least[n] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return (-1);
	return (point);
}

static int
reference_check(const unsigned char *s, size_t length)
{
	size_t	 used = 0;
	long	 point;

	for (; length > 0; s += used, length -= used) {
		point = reference_decode(s, length, &used);
		if (point < 0x20 || (point >= 0x7f && point <= 0x9f))
			return (0);
	}
	return (1);
}

static void
assert_text(const unsigned char *s, size_t length)
{
	if (name_check_text((const char *)s, length) !=
	    reference_check(s, length))
		fail_msg("%zu octets: %02x %02x %02x %02x", length, s[0],
		    s[1], s[2], s[3]);
}

static void
test_text_of_up_to_three_octets(void **state)
{
	unsigned char	 s[4] = { 0 };
	uint32_t	 i;

	(void)state;
	assert_int_equal(name_check_text("", 0), 1);
	for (i = 0; i < 0x1000000; i++) {
		s[0] = (unsigned char)(i >> 16);
		s[1] = (unsigned char)(i >> 8);
		s[2] = (unsigned char)i;
		if ((i & 0xffff) == 0)
			assert_text(s, 1);
		if ((i & 0xff) == 0)
			assert_text(s, 2);
		assert_text(s, 3);
	}
}

static void
test_text_of_four_octets(void **state)
{
	static const unsigned char	 edges[] = {
		0x00, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
		0xbf, 0xc0, 0xc2, 0xff
	};
	const size_t			 count = sizeof(edges);
	unsigned char			 s[4];
	size_t				 i;
	unsigned int			 j;

	(void)state;
	for (j = 0; j < 0x10000; j++) {
		s[0] = (unsigned char)(j >> 8);
		s[1] = (unsigned char)j;
		for (i = 0; i < count * count; i++) {
			s[2] = edges[i / count];
			s[3] = edges[i % count];
			assert_text(s, 4);
		}
	}
}

static void
test_text_ends_at_its_length(void **state)
{
	char	*text;

	(void)state;
	/* Exactly as big as it is, for the address sanitizer. */
	assert_non_null(text = malloc(3));
	memcpy(text, "ab\xf0", 3);
	assert_int_equal(name_check_text(text, 3), 0);
	assert_int_equal(name_check_text(text, 2), 1);
	memcpy(text, "a\0b", 3);
	assert_int_equal(name_check_text(text, 3), 0);
	free(text);
}

static void
test_reserved_ids(void **state)
{
	static const uint32_t	 reserved[] = {
		61184, 61185, 65000, 65519, 65534, 65535, 4294967294U,
		4294967295U
	};
	static const uint32_t	 others[] = {
		0, 1, 1000, 10000, 60000, 61183, 65520, 65533, 65536, 100000,
		4294967293U
	};
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		assert_int_equal(name_is_reserved_id(reserved[i]), 1);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(name_is_reserved_id(others[i]), 0);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_login_reasons),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_groups_count),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_gecos),
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_path_length),
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_text_of_up_to_three_octets),
		cmocka_unit_test(test_text_of_four_octets),
		cmocka_unit_test(test_text_ends_at_its_length),
		cmocka_unit_test(test_reserved_ids)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
