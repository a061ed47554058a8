/*
 * Tests of dwserv/states.c: what the parent tells of the accounts, in a
 * file that grows, and what a state is made of.
 */
/* links: dwserv/alias_line.c dwserv/alias_table.c dwserv/index.c dwserv/log.c dwserv/slice.c dwserv/states.c dwserv/table.c dwserv/xmalloc.c */

#include "table_text.h"

#include "worker.h"

#define TODAY	20000

static struct table *
passwd_of(const char *password)
{
	char	text[256];

	snprintf(text, sizeof(text), "alice:%s:1000:1000::/:\n", password);
	return (table_of(TABLE_PASSWD, text));
}

/* The state of alice, by what was told and by passwd. */
static void
assert_state(const char *told, const char *password, const char *expected)
{
	struct table	*passwd = passwd_of(password);
	struct states	*states = states_new(-1);

	states_learn(states, told, strlen(told));
	assert_string_equal(state_name(states_tell(states, passwd, 0, TODAY)),
	    expected);
	states_free(states);
	table_free(passwd);
}

static void
test_told(void **state)
{
	(void)state;
	assert_state("alice:active:\n", "x", "active");
	assert_state("alice:locked:\n", "x", "locked");
	assert_state("alice:no-password:\n", "x", "no-password");
	assert_state("alice:suspended:1\n", "x", "suspended");
	assert_state("alice:suspended:\n", "x", "suspended");
	/* shadow is what counts, even if passwd has something else. */
	assert_state("alice:locked:\n", "$6$a$b", "locked");
	assert_state("alic:locked:\nalicex:suspended:\n:locked:\n", "x",
	    "no-password");
}

static void
test_expired(void **state)
{
	(void)state;
	assert_state("alice:active:20001\n", "x", "active");
	assert_state("alice:active:20000\n", "x", "expired");
	assert_state("alice:active:0\n", "x", "expired");
	assert_state("alice:locked:19999\n", "x", "expired");
	assert_state("alice:no-password:19999\n", "x", "expired");
	assert_state("alice:active:-1\n", "x", "active");
	assert_state("alice:active:x\n", "x", "active");
}

/* The last word counts. */
static void
test_override(void **state)
{
	(void)state;
	assert_state("alice:active:\nalice:locked:\n", "x", "locked");
	assert_state("alice:active:1\nbob:locked:\nalice:active:\n", "x",
	    "active");
	assert_state("alice:active:1\nalice:-:\n", "x", "no-password");
	assert_state("alice:locked:1\nalice:-:\n", "$6$a$b", "active");
	assert_state("alice:-:\nalice:locked:\n", "x", "locked");
}

/* Without an entry in shadow. */
static void
test_passwd(void **state)
{
	(void)state;
	assert_state("", "x", "no-password");
	assert_state("", "", "no-password");
	assert_state("", "*", "no-password");
	assert_state("", "!", "no-password");
	assert_state("", "!!", "no-password");
	assert_state("", "!*", "no-password");
	assert_state("", "$6$a$b", "active");
	assert_state("", "!$6$a$b", "locked");
	assert_state("", "!x", "locked");
	assert_state("", "*$6$a$b", "active");
}

static void
test_nothing_told(void **state)
{
	struct table	*passwd = passwd_of("$6$a$b");

	(void)state;
	assert_int_equal(states_tell(NULL, passwd, 0, TODAY), STATE_ACTIVE);
	table_free(passwd);
	states_free(NULL);
}

static void
file_append(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)),
	    (ssize_t)strlen(text));
}

/* Nothing is read beyond what was said to be there, nor twice. */
static void
test_growing_file(void **state)
{
	struct table	*passwd = passwd_of("x");
	struct states	*states;
	int		 fd = memfd_create("states", MFD_CLOEXEC);

	(void)state;
	assert_int_not_equal(fd, -1);
	file_append(fd, "bob:active:\nalice:active:\n");
	states = states_new(fd);
	assert_int_equal(states_tell(states, passwd, 0, TODAY),
	    STATE_NO_PASSWORD);
	assert_int_equal(states_extend(states, 12), 0);
	assert_int_equal(states_tell(states, passwd, 0, TODAY),
	    STATE_NO_PASSWORD);
	assert_int_equal(states->done, 12);
	assert_int_equal(states_extend(states, 26), 0);
	assert_int_equal(states_tell(states, passwd, 0, TODAY),
	    STATE_ACTIVE);
	assert_int_equal(states_extend(states, 25), -1);
	file_append(fd, "alice:locked:\n");
	assert_int_equal(states_tell(states, passwd, 0, TODAY),
	    STATE_ACTIVE);
	assert_int_equal(states_extend(states, 40), 0);
	assert_int_equal(states_tell(states, passwd, 0, TODAY),
	    STATE_LOCKED);
	assert_int_equal(states->count, 2);
	states_free(states);
	table_free(passwd);
}

/* Many accounts, in a file of many pieces; lines lie across their edges. */
static void
test_many(void **state)
{
	enum { MANY = 100000 };
	struct table	*passwd;
	struct states	*states;
	char		 line[64];
	FILE		*file = tmpfile();
	struct timespec	 began, ended;
	int		 i;

	(void)state;
	assert_non_null(file);
	for (i = 0; i < MANY; i++)
		fprintf(file, "user%d:%s:%s\n", i, i % 3 == 0 ? "locked" :
		    "active", i % 5 == 0 ? "19000" : "");
	fflush(file);
	states = states_new(dup(fileno(file)));
	assert_int_equal(states_extend(states, (uint64_t)ftello(file)), 0);
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (i = 0; i < MANY; i += 997) {
		snprintf(line, sizeof(line), "user%d:x:1:1::/:\n", i);
		passwd = table_of(TABLE_PASSWD, line);
		assert_int_equal(states_tell(states, passwd, 0, TODAY),
		    i % 5 == 0 ? STATE_EXPIRED : i % 3 == 0 ? STATE_LOCKED :
		    STATE_ACTIVE);
		table_free(passwd);
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	print_message("# %d states in %ld ms\n", MANY, (long)((ended.tv_sec -
	    began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) /
	    1000000));
	assert_int_equal(states->count, MANY);
	states_free(states);
	fclose(file);
}

static void
tell_from_cut_file(void *arg)
{
	struct table	*passwd = passwd_of("x");

	states_tell(arg, passwd, 0, TODAY);
}

/* A file that is not as it was said to be. */
static void
test_broken_file(void **state)
{
	struct states	*states;
	int		 fd = memfd_create("states", MFD_CLOEXEC);

	(void)state;
	assert_int_not_equal(fd, -1);
	file_append(fd, "alice:active:\nbob");
	states = states_new(fd);
	assert_int_equal(states_extend(states, 17), 0);
	assert_fatal(tell_from_cut_file, states, "cannot be read");
	states_free(states);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_passwd),
		cmocka_unit_test(test_nothing_told),
		cmocka_unit_test(test_growing_file),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_broken_file)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
