/*
 * Tests of dwserv/fields.c: a request has the parts of its operation and no
 * others.
 */
/* links: dwserv/fields.c dwserv/result.c dwserv/log.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "parent.h"

/* A request with no more than its operation needs to be complete. */
static void
begin(struct request *request, enum operation operation)
{
	memset(request, 0, sizeof(*request));
	request->operation = operation;
	request->has_gid = operation == OPERATION_GROUP_MODIFY;
}

/* All parts that are texts, in the order of the table below. */
static const size_t texts[] = {
	offsetof(struct request, login), offsetof(struct request, name),
	offsetof(struct request, group), offsetof(struct request, groups),
	offsetof(struct request, groups_add),
	offsetof(struct request, groups_remove),
	offsetof(struct request, gecos), offsetof(struct request, home),
	offsetof(struct request, shell), offsetof(struct request, hash),
	offsetof(struct request, alias), offsetof(struct request, targets)
};

/* Which of them an operation takes, then uid, gid and ages; its flags. */
static const struct taken {
	enum operation	 operation;
	const char	*parts;
	uint32_t	 flags;
	const char	*home_choices;
} taken[] = {
	{ OPERATION_ACCOUNT_CREATE, "x.xx..xxxx..x.x", REQUEST_IF_CREATED,
	    "xx.." },
	{ OPERATION_ACCOUNT_ENSURE, "x.xx..xxxx..x.x", REQUEST_IF_CREATED,
	    "xx.." },
	{ OPERATION_ACCOUNT_MODIFY, "x.xxxxxxx...x.x", REQUEST_MOVE_HOME,
	    "x..." },
	{ OPERATION_ACCOUNT_RENAME, "xx.............", REQUEST_MOVE_HOME |
	    REQUEST_RENAME_GROUP, "x..." },
	{ OPERATION_ACCOUNT_PASSWORD, "x........x.....",
	    REQUEST_IF_CREATED, "x..." },
	{ OPERATION_ACCOUNT_LOCK, "x..............", 0, "x..." },
	{ OPERATION_ACCOUNT_UNLOCK, "x..............", 0, "x..." },
	{ OPERATION_ACCOUNT_SUSPEND, "x..............", 0, "x..." },
	{ OPERATION_ACCOUNT_RESUME, "x..............", 0, "x..." },
	{ OPERATION_ACCOUNT_DELETE, "x..............",
	    REQUEST_REMOVE_ALIASES | REQUEST_IGNORE_PROCESSES, "x.xx" },
	{ OPERATION_GROUP_CREATE, "..x..........x.", 0, "x..." },
	{ OPERATION_GROUP_MODIFY, "..x..........x.", REQUEST_CHANGE_FILES,
	    "x..." },
	{ OPERATION_GROUP_RENAME, ".xx............", 0, "x..." },
	{ OPERATION_GROUP_DELETE, "..x............", 0, "x..." },
	{ OPERATION_GROUP_ADD, "x.x............", 0, "x..." },
	{ OPERATION_GROUP_REMOVE, "x.x............", 0, "x..." },
	{ OPERATION_ALIAS_SET, "..........xx...", 0, "x..." },
	{ OPERATION_ALIAS_ADD, "..........xx...", 0, "x..." },
	{ OPERATION_ALIAS_REMOVE, "..........xx...", 0, "x..." },
	{ OPERATION_ALIAS_DELETE, "..........x....", 0, "x..." }
};
#define TAKEN	(sizeof(taken) / sizeof(taken[0]))
#define TEXTS	(sizeof(texts) / sizeof(texts[0]))

static void
expect_verdict(const struct request *request, int is_taken)
{
	struct result	result;

	memset(&result, 0, sizeof(result));
	assert_int_equal(request_check_fields(request, &result),
	    is_taken ? 0 : -1);
	assert_int_equal(result.code, is_taken ? 0 : 501);
}

static void
test_parts(void **state)
{
	static const char	text[] = "x";
	struct request		request;
	size_t			i, part;

	(void)state;
	for (i = 0; i < TAKEN; i++)
		for (part = 0; part < TEXTS + 3; part++) {
			begin(&request, taken[i].operation);
			request.idem = "key";
			if (part < TEXTS)
				*(const char **)(void *)((char *)&request +
				    texts[part]) = text;
			else if (part == TEXTS)
				request.has_uid = 1;
			else if (part == TEXTS + 1)
				request.has_gid = 1;
			else
				request.ages[AGE_WARN].has = 1;
			expect_verdict(&request, taken[i].parts[part] == 'x');
		}
}

static void
test_flags(void **state)
{
	struct request	request;
	uint32_t	flag;
	size_t		i;

	(void)state;
	for (i = 0; i < TAKEN; i++) {
		begin(&request, taken[i].operation);
		for (flag = 1; flag <= REQUEST_FLAGS; flag <<= 1) {
			request.flags = flag;
			expect_verdict(&request, ((taken[i].flags |
			    REQUEST_PLAN) & flag) != 0);
		}
		request.flags = 0;
		for (request.home_choice = 0; request.home_choice <
		    HOME_CHOICES; request.home_choice++)
			expect_verdict(&request, taken[i].home_choices[
			    request.home_choice] == 'x');
	}
}

/* A number that is said not to be there is not there. */
static void
test_numbers(void **state)
{
	struct request	request;
	struct result	result;

	(void)state;
	begin(&request, OPERATION_ACCOUNT_CREATE);
	request.uid = 1;
	expect_verdict(&request, 0);
	request.has_uid = 1;
	expect_verdict(&request, 1);
	begin(&request, OPERATION_GROUP_CREATE);
	request.gid = 1;
	expect_verdict(&request, 0);
	request.has_gid = 1;
	expect_verdict(&request, 1);
	begin(&request, OPERATION_GROUP_MODIFY);
	request.has_gid = 0;
	memset(&result, 0, sizeof(result));
	assert_int_equal(request_check_fields(&request, &result), -1);
	assert_string_equal(result.word, "missing-argument");
}

static void
test_no_change(void **state)
{
	struct request	request;
	struct result	result;
	size_t		i;

	(void)state;
	for (i = 0; i < OPERATIONS; i++) {
		begin(&request, (enum operation)i);
		memset(&result, 0, sizeof(result));
		if (request_check_fields(&request, &result) == 0)
			continue;
		assert_int_equal(result.code, 550);
		assert_string_equal(result.word, "denied");
	}
	request.operation = OPERATIONS;
	assert_int_equal(request_check_fields(&request, &result), -1);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_no_change)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
