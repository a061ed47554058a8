/*
 * Tests of dwserv/defs.c: login.defs read as shadow-utils 4.13 reads it.
 */
/* links: dwserv/defs.c dwserv/file.c dwserv/hashrule.c dwserv/log.c dwserv/xmalloc.c */

#include "scratch.h"

#include "parent.h"

static void
parse(struct login_defs *defs, const char *text)
{
	char	*copy = strdup(text);

	assert_non_null(copy);
	memset(defs, 0xee, sizeof(*defs));
	login_defs_parse(defs, copy);
	free(copy);
}

static void
assert_nothing(const struct login_defs *defs)
{
	int	i;

	assert_int_equal(defs->pass_min_days, -1);
	assert_int_equal(defs->pass_max_days, -1);
	assert_int_equal(defs->pass_warn_age, -1);
	assert_int_equal(defs->umask, -1);
	assert_int_equal(defs->home_mode, -1);
	assert_int_equal(defs->uid_min, -1);
	assert_int_equal(defs->uid_max, -1);
	assert_int_equal(defs->has_hash, 0);
	for (i = 0; i < HASH_METHODS; i++)
		assert_int_equal(defs->hash_costs[i], -1);
}

static void
test_nothing(void **state)
{
	static const char *const texts[] = {
		"", "\n\n", "# PASS_MAX_DAYS 90\n", "  # PASS_MAX_DAYS 90\n",
		"PASS_MAX_DAYS\n", "PASS_MAX_DAYS \n", "PASS_MAX_DAYS=90\n",
		"pass_max_days 90\n", "XPASS_MAX_DAYS 90\n",
		"PASS_MAX_DAYSX 90\n", "FAIL_DELAY 3\nMAIL_DIR /var/mail\n",
		"PASS_MAX_DAYS -1\n"
	};
	struct login_defs	defs;
	size_t			i;

	(void)state;
	for (i = 0; i < NUMBER_OF(texts); i++) {
		parse(&defs, texts[i]);
		assert_nothing(&defs);
		assert_int_equal(defs.usergroups, 0);
	}
}

static void
test_all(void **state)
{
	struct login_defs	defs;

	(void)state;
	parse(&defs, "# all of them\nPASS_MAX_DAYS\t90\nPASS_MIN_DAYS 1\n"
	    "\tPASS_WARN_AGE   14\t \nUMASK\t\t027\nHOME_MODE 0750\n"
	    "UID_MIN 2000\nUID_MAX 0xea60\nUSERGROUPS_ENAB yes\n"
	    "ENCRYPT_METHOD YESCRYPT\nYESCRYPT_COST_FACTOR 6\n"
	    "SHA_CRYPT_MAX_ROUNDS 10000\nBCRYPT_MAX_ROUNDS 11");
	assert_int_equal(defs.pass_max_days, 90);
	assert_int_equal(defs.pass_min_days, 1);
	assert_int_equal(defs.pass_warn_age, 14);
	assert_int_equal(defs.umask, 027);
	assert_int_equal(defs.home_mode, 0750);
	assert_int_equal(defs.uid_min, 2000);
	assert_int_equal(defs.uid_max, 60000);
	assert_int_equal(defs.usergroups, 1);
	assert_int_equal(defs.has_hash, 1);
	assert_int_equal(defs.hash_method, HASH_YESCRYPT);
	assert_int_equal(defs.hash_costs[HASH_YESCRYPT], 6);
	assert_int_equal(defs.hash_costs[HASH_SHA512], 10000);
	assert_int_equal(defs.hash_costs[HASH_BCRYPT], 11);
}

static void
test_numbers(void **state)
{
	static const struct {
		const char	*value;
		int64_t		 number;
	} cases[] = {
		{ "90", 90 }, { "0", 0 }, { "+5", 5 }, { "010", 8 },
		{ "0x10", 16 }, { "\"90\"", 90 }, { "  90  ", 90 },
		{ "90\r", 90 }, { "-1", -1 }, { "90x", -1 }, { "x", -1 },
		{ "90 # comment", -1 }, { "9 0", -1 }, { "\"9 0\"", -1 },
		{ "\"\"", -1 }, { "08", -1 }, { "5000000000", -1 },
		{ "99999999999999999999", -1 }
	};
	struct login_defs	defs;
	char			text[64];
	size_t			i;

	(void)state;
	for (i = 0; i < NUMBER_OF(cases); i++) {
		snprintf(text, sizeof(text), "PASS_MIN_DAYS 3\n"
		    "PASS_MAX_DAYS %s\n", cases[i].value);
		parse(&defs, text);
		assert_int_equal(defs.pass_min_days, 3);
		if (defs.pass_max_days != cases[i].number)
			fail_msg("<%s> is %" PRId64, cases[i].value,
			    defs.pass_max_days);
	}
}

static void
test_last_counts(void **state)
{
	struct login_defs	defs;

	(void)state;
	parse(&defs, "PASS_MAX_DAYS 1\nPASS_MAX_DAYS 2\n"
	    "PASS_MIN_DAYS 1\nPASS_MIN_DAYS x\n"
	    "USERGROUPS_ENAB yes\nUSERGROUPS_ENAB no\n"
	    "ENCRYPT_METHOD SHA512\nENCRYPT_METHOD DES\n");
	assert_int_equal(defs.pass_max_days, 2);
	assert_int_equal(defs.pass_min_days, -1);
	assert_int_equal(defs.usergroups, 0);
	assert_int_equal(defs.has_hash, 0);
}

static void
test_usergroups(void **state)
{
	static const struct {
		const char	*text;
		int		 expected;
	} cases[] = {
		{ "USERGROUPS_ENAB yes\n", 1 }, { "USERGROUPS_ENAB YES\n", 1 },
		{ "USERGROUPS_ENAB \"yes\"\n", 1 },
		{ "USERGROUPS_ENAB\tyes \n", 1 }, { "USERGROUPS_ENAB no\n", 0 },
		{ "USERGROUPS_ENAB 1\n", 0 }, { "USERGROUPS_ENAB yesno\n", 0 },
		{ "USERGROUPS_ENAB yes please\n", 0 }, { "UMASK 022\n", 0 }
	};
	struct login_defs	defs;
	size_t			i;

	(void)state;
	for (i = 0; i < NUMBER_OF(cases); i++) {
		parse(&defs, cases[i].text);
		if (defs.usergroups != cases[i].expected)
			fail_msg("%s: %d", cases[i].text, defs.usergroups);
	}
}

/* As login.defs(5) spells them; a method that dwserv lacks is none. */
static void
test_methods(void **state)
{
	static const struct {
		const char		*name;
		int			 known;
		enum hash_method	 method;
	} cases[] = {
		{ "YESCRYPT", 1, HASH_YESCRYPT }, { "SHA512", 1, HASH_SHA512 },
		{ "BCRYPT", 1, HASH_BCRYPT }, { "DES", 0, 0 }, { "MD5", 0, 0 },
		{ "SHA256", 0, 0 }
	};
	struct login_defs	defs;
	char			text[64];
	size_t			i;

	(void)state;
	for (i = 0; i < NUMBER_OF(cases); i++) {
		snprintf(text, sizeof(text), "ENCRYPT_METHOD %s\n",
		    cases[i].name);
		parse(&defs, text);
		assert_int_equal(defs.has_hash, cases[i].known);
		if (cases[i].known)
			assert_int_equal(defs.hash_method, cases[i].method);
	}
}

static void
test_read(void **state)
{
	struct scratch		*scratch = *state;
	struct login_defs	 defs;
	int			 fd;

	scratch_put_text(scratch->fd, "login.defs", 0644,
	    "PASS_MAX_DAYS 7");
	fd = openat(scratch->fd, "login.defs", O_RDONLY | O_CLOEXEC);
	assert_int_equal(login_defs_read(&defs, fd), 0);
	assert_int_equal(defs.pass_max_days, 7);
	assert_int_equal(defs.usergroups, 0);
	close(fd);
	assert_int_equal(login_defs_read(&defs, -1), 0);
	assert_nothing(&defs);
	assert_int_equal(defs.usergroups, 1);
	assert_int_equal(login_defs_read(&defs, scratch->fd), -1);
	assert_int_equal(errno, EISDIR);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_last_counts),
		cmocka_unit_test(test_usergroups),
		cmocka_unit_test(test_methods),
		cmocka_unit_test_setup_teardown(test_read, scratch_make,
		    scratch_remove)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
