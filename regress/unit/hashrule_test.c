/*
 * Tests of dwserv/hashrule.c, with settings and hashes that the installed
 * libcrypt makes.
 */
/* links: dwserv/hashrule.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <crypt.h>
#include <stdio.h>
#include <string.h>

#include "dwserv.h"

#define ALPHABET	"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"abcdefghijklmnopqrstuvwxyz"
#define TAIL_43		"0123456789012345678901234567890123456789012"
#define TAIL_53		TAIL_43 "0123456789"
#define TAIL_86		TAIL_43 TAIL_43

#define MALFORMED	"is malformed"
#define NOT_ACCEPTED	"is of a method that is not accepted"
#define TOO_COSTLY	"costs more than is accepted"
#define UNKNOWN		"is of no known method"

static const struct hash_rules	 everything = {
	.accept = { 11, 999999999, 31 }
};

/* Makes a setting, or a whole hash if that is asked for. */
static void
make_hash(char *hash, size_t size, const char *prefix, unsigned long cost,
    int whole)
{
	const char	 salt[] = "sixteen octets..";
	const char	*made;

	made = crypt_gensalt(prefix, cost, salt, 16);
	assert_non_null(made);
	snprintf(hash, size, "%s", made);
	if (!whole)
		return;
	assert_non_null(made = crypt("secret", hash));
	assert_int_not_equal(made[0], '*');
	snprintf(hash, size, "%s", made);
}

static void
assert_verdict(enum hash_method method, uint32_t cap, const char *hash,
    const char *expected)
{
	struct hash_rules	 rules = { 0 };
	const char		*verdict;

	rules.accept[method] = cap;
	verdict = hash_rules_check(&rules, hash);
	if (verdict != expected &&
	    (verdict == NULL || expected == NULL ||
	    strcmp(verdict, expected) != 0))
		fail_msg("%s with cap %u: %s instead of %s", hash, cap,
		    verdict == NULL ? "welcome" : verdict,
		    expected == NULL ? "welcome" : expected);
}

static void
test_yescrypt_costs(void **state)
{
	char		 hash[CRYPT_OUTPUT_SIZE];
	uint32_t	 cap, cost;

	(void)state;
	for (cost = 1; cost <= 11; cost++) {
		make_hash(hash, sizeof(hash), "$y$", cost, cost <= 7);
		if (cost > 7)
			strlcat(hash, "$" TAIL_43, sizeof(hash));
		for (cap = 1; cap <= 11; cap++)
			assert_verdict(HASH_YESCRYPT, cap, hash,
			    cost <= cap ? NULL : TOO_COSTLY);
		assert_verdict(HASH_YESCRYPT, 0, hash, NOT_ACCEPTED);
	}
}

/* What counts is r * N, however it is made up. */
static void
test_yescrypt_memory(void **state)
{
	(void)state;
	assert_verdict(HASH_YESCRYPT, 5, "$y$j9T$salt$" TAIL_43, NULL);
	assert_verdict(HASH_YESCRYPT, 5, "$y$jB5$salt$" TAIL_43, NULL);
	assert_verdict(HASH_YESCRYPT, 5, "$y$j9U$salt$" TAIL_43, TOO_COSTLY);
	assert_verdict(HASH_YESCRYPT, 5, "$y$jC5$salt$" TAIL_43, TOO_COSTLY);
	assert_verdict(HASH_YESCRYPT, 5, "$y$jj/$salt$" TAIL_43, TOO_COSTLY);
	assert_verdict(HASH_YESCRYPT, 11, "$y$jjj$salt$" TAIL_43, TOO_COSTLY);
	assert_verdict(HASH_YESCRYPT, 11, "$y$jK.$salt$" TAIL_43, NULL);
	assert_verdict(HASH_YESCRYPT, 11, "$y$jL.$salt$" TAIL_43, TOO_COSTLY);
	assert_verdict(HASH_YESCRYPT, UINT32_MAX, "$y$jFU$salt$" TAIL_43,
	    TOO_COSTLY);
	assert_verdict(HASH_YESCRYPT, UINT32_MAX, "$y$jFT$salt$" TAIL_43,
	    NULL);
}

/* Which parameters of three characters does libcrypt understand? */
static void
test_yescrypt_parameters(void **state)
{
	char		 hash[128], setting[32];
	const char	*made;
	uint64_t	 memory;
	size_t		 n, r;

	(void)state;
	for (n = 0; n < 64; n++) {
		for (r = 0; r < 64; r++) {
			snprintf(setting, sizeof(setting), "$y$j%c%c$abcd",
			    ALPHABET[n], ALPHABET[r]);
			snprintf(hash, sizeof(hash), "%s$" TAIL_43, setting);
			if (n > 5 && n <= 47 && r <= 47) {
				/* Too much to try; only the sum is checked. */
				memory = (uint64_t)(r + 1) << (n + 8);
				assert_verdict(HASH_YESCRYPT, 11, hash,
				    memory > 1 << 30 ? TOO_COSTLY : NULL);
				continue;
			}
			made = crypt("secret", setting);
			assert_verdict(HASH_YESCRYPT, 11, hash,
			    made == NULL || made[0] == '*' ? MALFORMED : NULL);
		}
	}
}

static void
test_sha512_costs(void **state)
{
	static const uint32_t	 costs[] = { 1000, 4999, 5000, 5001, 20000 };
	char			 hash[CRYPT_OUTPUT_SIZE];
	size_t			 i, j;

	(void)state;
	for (i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
		make_hash(hash, sizeof(hash), "$6$", costs[i], 1);
		for (j = 0; j < sizeof(costs) / sizeof(costs[0]); j++)
			assert_verdict(HASH_SHA512, costs[j], hash,
			    costs[i] <= costs[j] ? NULL : TOO_COSTLY);
		assert_verdict(HASH_SHA512, 0, hash, NOT_ACCEPTED);
	}
	assert_verdict(HASH_SHA512, 999999998,
	    "$6$rounds=999999999$salt$" TAIL_86, TOO_COSTLY);
	assert_verdict(HASH_SHA512, 999999999,
	    "$6$rounds=999999999$salt$" TAIL_86, NULL);
}

static void
test_bcrypt_costs(void **state)
{
	static const char *const	 prefixes[] = {
		"$2b$", "$2a$", "$2y$"
	};
	char				 hash[CRYPT_OUTPUT_SIZE];
	uint32_t			 cap, cost;
	size_t				 i;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (cost = 4; cost <= 8; cost++) {
			make_hash(hash, sizeof(hash), prefixes[i], cost, 1);
			for (cap = 4; cap <= 31; cap++)
				assert_verdict(HASH_BCRYPT, cap, hash,
				    cost <= cap ? NULL : TOO_COSTLY);
			assert_verdict(HASH_BCRYPT, 0, hash, NOT_ACCEPTED);
		}
	}
	assert_verdict(HASH_BCRYPT, 30, "$2b$31$" TAIL_53, TOO_COSTLY);
	assert_verdict(HASH_BCRYPT, 31, "$2b$31$" TAIL_53, NULL);
}

static void
test_malformed(void **state)
{
	static const char *const	 bad[] = {
		"$y$", "$y$j9T", "$y$j9T$", "$y$j9T$salt", "$y$j9T$salt$",
		"$y$j9T$$" TAIL_43, "$y$j9T$salt$" TAIL_43 "x",
		"$y$j9T$salt$" TAIL_43 "$", "$y$j9T$salt$x" TAIL_43,
		"$y$j9T$sa:lt$" TAIL_43, "$y$j9T$sa\nt$" TAIL_43,
		"$y$j9T$salt$" TAIL_43 "\n", "$y$j9T$" TAIL_86 "x$" TAIL_43,
		"$y$k9T$salt$" TAIL_43, "$y$.9T$salt$" TAIL_43,
		"$y$j9$salt$" TAIL_43, "$y$j9T.$salt$" TAIL_43,
		"$y$j9T$sa*t$" TAIL_43, "$y$$salt$" TAIL_43,
		"$6$", "$6$salt", "$6$salt$", "$6$$" TAIL_86,
		"$6$salt$" TAIL_86 "x", "$6$salt$x", "$6$sa:t$" TAIL_86,
		"$6$sa=t$" TAIL_86, "$6$12345678901234567$" TAIL_86,
		"$6$rounds=$salt$" TAIL_86, "$6$rounds=999$salt$" TAIL_86,
		"$6$rounds=0$salt$" TAIL_86, "$6$rounds=05000$salt$" TAIL_86,
		"$6$rounds=5000salt$" TAIL_86, "$6$rounds=5000$" TAIL_86,
		"$6$rounds=5000$$" TAIL_86, "$6$rounds=-5000$salt$" TAIL_86,
		"$6$rounds=+5000$salt$" TAIL_86,
		"$6$rounds= 5000$salt$" TAIL_86,
		"$6$rounds=1000000000$salt$" TAIL_86,
		"$6$rounds=4294968296$salt$" TAIL_86,
		"$6$rounds=18446744073709556616$salt$" TAIL_86,
		"$6$rounds=5000$rounds=5000$salt$" TAIL_86,
		"$2b$", "$2b$10", "$2b$10$", "$2b$10$short",
		"$2b$10$" TAIL_53 "x", "$2b$10$" TAIL_53 ":",
		"$2b$03$" TAIL_53, "$2b$00$" TAIL_53, "$2b$32$" TAIL_53,
		"$2b$99$" TAIL_53, "$2b$4$" TAIL_53, "$2b$010$" TAIL_53,
		"$2b$1x$" TAIL_53, "$2b$-4$" TAIL_53, "$2b$ 4$" TAIL_53, NULL
	};
	static const char *const	 unknown[] = {
		"", "x", "*", "!", "!!", "secret", "$", "$1$salt$hash",
		"$5$salt$hash", "$7$x", "$gy$j9T$salt$" TAIL_43,
		"$2x$10$" TAIL_53, "$2$10$" TAIL_53, "!$6$salt$" TAIL_86,
		" $6$salt$" TAIL_86, "$Y$j9T$salt$" TAIL_43, NULL
	};
	char				 hash[HASH_LENGTH_MAX + 2];
	const char *const		*p;

	(void)state;
	for (p = bad; *p != NULL; p++)
		if (hash_rules_check(&everything, *p) == NULL ||
		    strcmp(hash_rules_check(&everything, *p), MALFORMED) != 0)
			fail_msg("%s is not called malformed", *p);
	for (p = unknown; *p != NULL; p++)
		if (hash_rules_check(&everything, *p) == NULL ||
		    strcmp(hash_rules_check(&everything, *p), UNKNOWN) != 0)
			fail_msg("%s is not called unknown", *p);
	memset(hash, 'x', sizeof(hash));
	memcpy(hash, "$y$j9T$", 7);
	hash[HASH_LENGTH_MAX + 1] = '\0';
	assert_string_equal(hash_rules_check(&everything, hash), MALFORMED);
	memset(hash, 'x', 7);
	assert_string_equal(hash_rules_check(&everything, hash), MALFORMED);
}

/* Any octet changed to one outside the alphabet makes a hash malformed. */
static void
test_each_octet(void **state)
{
	static const char *const	 prefixes[] = { "$y$", "$6$", "$2b$" };
	char				 changed[CRYPT_OUTPUT_SIZE];
	char				 hash[CRYPT_OUTPUT_SIZE];
	size_t				 i, at;
	int				 octet;

	(void)state;
	for (i = 0; i < 3; i++) {
		make_hash(hash, sizeof(hash), prefixes[i], 0, 1);
		assert_null(hash_rules_check(&everything, hash));
		for (at = 0; hash[at] != '\0'; at++) {
			for (octet = 0; octet < 256; octet++) {
				if (octet == '$' || (octet != 0 &&
				    strchr(ALPHABET, octet) != NULL))
					continue;
				strlcpy(changed, hash, sizeof(changed));
				changed[at] = (char)octet;
				assert_non_null(hash_rules_check(&everything,
				    changed));
			}
		}
	}
}

static void
test_methods(void **state)
{
	static const char *const	 names[] = {
		"yescrypt", "sha512", "bcrypt"
	};
	enum hash_method		 method;
	int				 i;

	(void)state;
	for (i = 0; i < HASH_METHODS; i++) {
		assert_int_equal(hash_method_parse(names[i], &method), 0);
		assert_int_equal(method, i);
		assert_string_equal(hash_method_name(method), names[i]);
		assert_true(hash_cost_valid(method,
		    hash_method_cost(method)));
	}
	assert_int_equal(hash_method_parse("md5", &method), -1);
	assert_int_equal(hash_method_parse("", &method), -1);
	/* As login.defs(5) writes them. */
	assert_int_equal(hash_method_parse("SHA512", &method), 0);
	assert_int_equal(method, HASH_SHA512);
	assert_int_equal(hash_method_parse("SHA", &method), -1);
	assert_int_equal(hash_method_parse("SHA5120", &method), -1);
	assert_string_equal(hash_method_name(HASH_METHODS), "unknown");
	assert_int_equal(hash_method_cost(HASH_YESCRYPT), 5);
	assert_int_equal(hash_method_cost(HASH_SHA512), 5000);
	assert_int_equal(hash_method_cost(HASH_BCRYPT), 10);
	assert_int_equal(hash_method_cost(HASH_METHODS), 0);
}

static void
test_cost_ranges(void **state)
{
	static const struct {
		enum hash_method	 method;
		uint32_t		 cost;
		int			 valid;
	} cases[] = {
		{ HASH_YESCRYPT, 0, 0 }, { HASH_YESCRYPT, 1, 1 },
		{ HASH_YESCRYPT, 11, 1 }, { HASH_YESCRYPT, 12, 0 },
		{ HASH_SHA512, 999, 0 }, { HASH_SHA512, 1000, 1 },
		{ HASH_SHA512, 999999999, 1 }, { HASH_SHA512, 1000000000, 0 },
		{ HASH_BCRYPT, 3, 0 }, { HASH_BCRYPT, 4, 1 },
		{ HASH_BCRYPT, 31, 1 }, { HASH_BCRYPT, 32, 0 },
		{ HASH_METHODS, 5, 0 }
	};
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(hash_cost_valid(cases[i].method,
		    cases[i].cost), cases[i].valid);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_yescrypt_costs),
		cmocka_unit_test(test_yescrypt_memory),
		cmocka_unit_test(test_yescrypt_parameters),
		cmocka_unit_test(test_sha512_costs),
		cmocka_unit_test(test_bcrypt_costs),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_each_octet),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_cost_ranges)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
