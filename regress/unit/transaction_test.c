/*
 * Tests of dwserv/transaction.c and reply.c: what commit hands to the
 * parent, and how the parent's lines become a reply.  What a client sees of
 * transactions that come to nothing is in regress/server/arguments.t.
 */
/* links: dwserv/alias_name.c dwserv/argument.c dwserv/argument_value.c dwserv/channel.c dwserv/command.c dwserv/hashrule.c dwserv/help.c dwserv/ibuf.c dwserv/imsg.c dwserv/imsgbuf.c dwserv/log.c dwserv/loop.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/peer.c dwserv/reply.c dwserv/token.c dwserv/transaction.c dwserv/xmalloc.c dwserv/result.c dwserv/operations.c */

#include <unistd.h>

#include "asking.h"

/* The parent gets this as the next part of the last request. */
static void
assert_part(struct asking *asking, uint32_t part, uint32_t parts,
    uint32_t flags, const char *login, const char *hash, const char *idem)
{
	struct request	request;

	assert_true(receive(asking, &request));
	assert_int_equal(request.operation, OPERATION_ACCOUNT_CREATE);
	assert_int_equal(request.session, 7);
	assert_int_equal(request.number, last_reply(asking)->number);
	assert_int_equal(request.part, part);
	assert_int_equal(request.parts, parts);
	assert_int_equal(request.flags, flags);
	assert_string_equal(request.login, login);
	if (hash == NULL)
		assert_null(request.hash);
	else
		assert_string_equal(request.hash, hash);
	if (idem == NULL)
		assert_null(request.idem);
	else
		assert_string_equal(request.idem, idem);
	request_free(&request);
}

static void
assert_nothing_sent(struct asking *asking)
{
	struct request	request;

	assert_false(receive(asking, &request));
}

static void
test_commit(void **state)
{
	struct asking	*asking = *state;

	say(asking, "begin");
	assert_int_equal(say(asking, "account create a"), 0);
	assert_int_equal(say(asking, "account create b password=x"), 1);
	assert_int_equal(asking->hashed, 1);
	assert_int_equal(say(asking, "account create c"), 0);
	assert_nothing_sent(asking);
	assert_int_equal(say(asking, "plan commit"), 1);
	assert_int_equal(asking->worker.waiting, 1);
	assert_part(asking, 1, 3, REQUEST_PLAN, "a", NULL, NULL);
	assert_part(asking, 2, 3, REQUEST_PLAN | REQUEST_IF_CREATED, "b",
	    "hash-of-x", NULL);
	assert_part(asking, 3, 3, REQUEST_PLAN, "c", NULL, NULL);
	assert_nothing_sent(asking);
	say(asking, "account create d");
	assert_reply(asking, "250 queued request=4\r\n");
	say(asking, "commit idem=again");
	assert_int_equal(asking->worker.waiting, 2);
	assert_part(asking, 1, 4, 0, "a", NULL, "again");
	assert_part(asking, 2, 4, REQUEST_IF_CREATED, "b", "hash-of-x",
	    "again");
	assert_part(asking, 3, 4, 0, "c", NULL, "again");
	assert_part(asking, 4, 4, 0, "d", NULL, "again");
	assert_nothing_sent(asking);
	assert_null(asking->session.transaction);
	assert_int_equal(asking->hashed, 1);
}

static void
test_largest(void **state)
{
	struct asking	*asking = *state;
	char		 line[64], login[16];
	unsigned int	 i;

	say(asking, "begin");
	for (i = 1; i <= TRANSACTION_MAX; i++) {
		snprintf(line, sizeof(line), "account create u%u", i);
		say(asking, line);
	}
	assert_reply(asking, "250 queued request=10000\r\n");
	say(asking, "commit");
	assert_int_equal(asking->worker.waiting, 1);
	for (i = 1; i <= TRANSACTION_MAX; i++) {
		snprintf(login, sizeof(login), "u%u", i);
		assert_part(asking, i, TRANSACTION_MAX, 0, login, NULL, NULL);
	}
	assert_nothing_sent(asking);
}

/* Nobody hashes for what will never be sent. */
static void
test_spoiled_hashes_nothing(void **state)
{
	struct asking	*asking = *state;

	say(asking, "begin");
	say(asking, "account create Wrong");
	assert_int_equal(say(asking, "account create b password=x"), 0);
	assert_reply(asking, "250 queued request=2\r\n");
	assert_int_equal(asking->hashed, 0);
	say(asking, "commit");
	assert_reply(asking, "503 spoiled request=1\r\n");
	assert_nothing_sent(asking);
	assert_int_equal(asking->worker.waiting, 0);
}

static void
append(struct asking *asking, uint32_t number, const char *text)
{
	struct answer_line	line = { 7, number, xstrdup(text) };

	reply_append(&asking->session, &line);
	free(line.text);
}

static void
result(struct asking *asking, uint32_t number, uint16_t code,
    const char *word, const char *text)
{
	struct result	result = { .session = 7, .number = number,
			    .code = code };

	strlcpy(result.word, word, sizeof(result.word));
	strlcpy(result.text, text, sizeof(result.text));
	reply_result(&asking->session, &result);
}

static void
test_lines(void **state)
{
	struct asking	*asking = *state;

	say(asking, "plan account create alice");
	append(asking, 1, "line file=passwd new=x");
	append(asking, 2, "of another request");
	append(asking, 1, "home action=make");
	assert_int_equal(last_reply(asking)->kind, REPLY_WAITING);
	assert_int_equal(asking->woken, 0);
	result(asking, 2, 250, "of", "another request");
	assert_int_equal(last_reply(asking)->kind, REPLY_WAITING);
	result(asking, 1, 250, "planned", "lines=2");
	assert_reply(asking, "250-line file=passwd new=x\r\n"
	    "250-home action=make\r\n250 planned lines=2\r\n");
	assert_int_equal(asking->woken, 1);
	append(asking, 1, "too late");
	result(asking, 1, 250, "too", "late");
	assert_reply(asking, "250-line file=passwd new=x\r\n"
	    "250-home action=make\r\n250 planned lines=2\r\n");
}

static void
test_lines_for_nothing(void **state)
{
	struct asking	*asking = *state;

	say(asking, "account create alice");
	append(asking, 1, "created login=alice");
	result(asking, 1, 550, "aborted", "request=2");
	assert_reply(asking, "550 aborted request=2\r\n");
	say(asking, "account create alice");
	append(asking, 2, "created login=alice");
	result(asking, 2, 400, "later", "");
	assert_reply(asking, "400 later\r\n");
	say(asking, "account create alice");
	result(asking, 3, 250, "created", "");
	assert_reply(asking, "250 created\r\n");
}

static void
test_octets(void **state)
{
	struct asking	*asking = *state;

	say(asking, "plan account create alice");
	append(asking, 1, "M\xc3\xbcller");
	append(asking, 1, "M\xfcller \xc3\xbc\r\n250 x\x7f");
	append(asking, 1, "");
	result(asking, 1, 250, "planned", "lines=3");
	assert_reply(asking, "250-M\xc3\xbcller\r\n"
	    "250-M?ller ????250 x?\r\n250-\r\n250 planned lines=3\r\n");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_commit),
		TEST(test_largest),
		TEST(test_spoiled_hashes_nothing),
		TEST(test_lines),
		TEST(test_lines_for_nothing),
		TEST(test_octets)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
