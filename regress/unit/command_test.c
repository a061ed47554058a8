/*
 * Tests of dwserv/command.c, argument.c and argument_value.c: what a line
 * becomes for the parent, or for whoever answers reads.  What is wrong with
 * a line is in regress/server/arguments.t.
 */
/* links: dwserv/alias_name.c dwserv/argument.c dwserv/argument_value.c dwserv/channel.c dwserv/command.c dwserv/hashrule.c dwserv/help.c dwserv/ibuf.c dwserv/imsg.c dwserv/imsgbuf.c dwserv/log.c dwserv/loop.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/peer.c dwserv/reply.c dwserv/token.c dwserv/transaction.c dwserv/xmalloc.c dwserv/result.c dwserv/operations.c */

#include <unistd.h>

#include "asking.h"

#define HASH	"$6$rounds=5000$abcdefgh$" \
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* A line, and all that its request has which is not 0 or NULL. */
static const struct sample {
	const char	*line;
	enum operation	 operation;
	const char	*fields;
} changes[] = {
	{ "account create alice", OPERATION_ACCOUNT_CREATE, "login=alice" },
	{ "Account CREATE alice UID=0 group=ftp groups=a,b gecos=\"A B\" "
	    "home=/home/a shell=/bin/sh hash=" HASH " expire=1970-01-02 "
	    "inactive=1 min=2 max=999999 warn=4 idem=a:b",
	    OPERATION_ACCOUNT_CREATE, "uid=0 min=2 max=999999 warn=4 "
	    "inactive=1 expire=1 login=alice group=ftp groups=a,b gecos=A B "
	    "home=/home/a shell=/bin/sh hash=" HASH " idem=a:b" },
	{ "account create alice groups=\"\" home=no expire=never",
	    OPERATION_ACCOUNT_CREATE, "home_choice=1 expire=-1 login=alice" },
	{ "account create alice gecos=\"\" password=x",
	    OPERATION_ACCOUNT_CREATE,
	    "flags=64 login=alice gecos= hash=hash-of-x" },
	{ "account ensure alice password=x", OPERATION_ACCOUNT_ENSURE,
	    "flags=64 login=alice hash=hash-of-x" },
	{ "account ensure alice hash=" HASH, OPERATION_ACCOUNT_ENSURE,
	    "login=alice hash=" HASH },
	{ "account ensure alice groups=\"\" home=no uid=4294967295",
	    OPERATION_ACCOUNT_ENSURE,
	    "home_choice=1 uid=4294967295 login=alice groups=" },
	{ "account modify alice groups=\"\"", OPERATION_ACCOUNT_MODIFY,
	    "login=alice groups=" },
	{ "account modify alice groups-=a,b groups+=c",
	    OPERATION_ACCOUNT_MODIFY,
	    "login=alice groups_add=c groups_remove=a,b" },
	{ "account modify alice move=yes home=/home/b",
	    OPERATION_ACCOUNT_MODIFY, "flags=2 login=alice home=/home/b" },
	{ "account modify alice home=/home/b move=no",
	    OPERATION_ACCOUNT_MODIFY, "login=alice home=/home/b" },
	{ "account modify alice min=never max=never warn=never "
	    "inactive=never expire=2027-06-30", OPERATION_ACCOUNT_MODIFY,
	    "min=-1 max=-1 warn=-1 inactive=-1 expire=20999 login=alice" },
	{ "account rename alice name=bob", OPERATION_ACCOUNT_RENAME,
	    "login=alice name=bob" },
	{ "account rename alice group=rename name=bob home=move",
	    OPERATION_ACCOUNT_RENAME, "flags=6 login=alice name=bob" },
	{ "account rename alice group=keep name=bob home=keep",
	    OPERATION_ACCOUNT_RENAME, "login=alice name=bob" },
	{ "account password alice password=x", OPERATION_ACCOUNT_PASSWORD,
	    "flags=64 login=alice hash=hash-of-x" },
	{ "account password alice hash=" HASH, OPERATION_ACCOUNT_PASSWORD,
	    "login=alice hash=" HASH },
	{ "account lock alice idem=1", OPERATION_ACCOUNT_LOCK,
	    "login=alice idem=1" },
	{ "account unlock alice", OPERATION_ACCOUNT_UNLOCK, "login=alice" },
	{ "account suspend alice", OPERATION_ACCOUNT_SUSPEND,
	    "login=alice" },
	{ "account resume alice", OPERATION_ACCOUNT_RESUME, "login=alice" },
	{ "account delete alice", OPERATION_ACCOUNT_DELETE, "login=alice" },
	{ "account delete alice home=keep aliases=keep processes=refuse",
	    OPERATION_ACCOUNT_DELETE, "login=alice" },
	{ "account delete alice home=remove aliases=remove",
	    OPERATION_ACCOUNT_DELETE, "flags=16 home_choice=2 login=alice" },
	{ "account delete alice home=archive processes=ignore",
	    OPERATION_ACCOUNT_DELETE, "flags=32 home_choice=3 login=alice" },
	{ "group create ftp gid=0", OPERATION_GROUP_CREATE,
	    "gid=0 group=ftp" },
	{ "group create ftp", OPERATION_GROUP_CREATE, "group=ftp" },
	{ "group modify ftp gid=10006 files=change", OPERATION_GROUP_MODIFY,
	    "flags=8 gid=10006 group=ftp" },
	{ "group modify ftp gid=10006 files=keep", OPERATION_GROUP_MODIFY,
	    "gid=10006 group=ftp" },
	{ "group rename ftp name=web", OPERATION_GROUP_RENAME,
	    "name=web group=ftp" },
	{ "group delete ftp", OPERATION_GROUP_DELETE, "group=ftp" },
	{ "group add ftp login=alice", OPERATION_GROUP_ADD,
	    "login=alice group=ftp" },
	{ "group remove ftp login=alice", OPERATION_GROUP_REMOVE,
	    "login=alice group=ftp" },
	{ "alias set sales targets=alice,bob", OPERATION_ALIAS_SET,
	    "alias=sales targets=alice,bob" },
	{ "alias add sales targets=alice", OPERATION_ALIAS_ADD,
	    "alias=sales targets=alice" },
	{ "alias remove sales targets=alice", OPERATION_ALIAS_REMOVE,
	    "alias=sales targets=alice" },
	{ "alias delete sales", OPERATION_ALIAS_DELETE, "alias=sales" },
	{ "plan account delete alice home=remove", OPERATION_ACCOUNT_DELETE,
	    "flags=1 home_choice=2 login=alice" },
	{ "PLAN account modify alice home=/x move=yes",
	    OPERATION_ACCOUNT_MODIFY, "flags=3 login=alice home=/x" }
};

/* A line, and all that its query has which is not as it is by default. */
static const struct sample reads[] = {
	{ "account show alice", OPERATION_ACCOUNT_SHOW, "name=alice" },
	{ "account list", OPERATION_ACCOUNT_LIST, "" },
	{ "account list prefix=al group=ftp uid=10-20 state=no-password "
	    "after=Bob limit=3", OPERATION_ACCOUNT_LIST, "prefix=al "
	    "after=Bob group=ftp min=10 max=20 state=4 limit=3" },
	{ "account list state=suspended uid=0-0", OPERATION_ACCOUNT_LIST,
	    "max=0 state=1" },
	{ "account list state=active prefix=\"\"", OPERATION_ACCOUNT_LIST,
	    "state=5" },
	{ "account list limit=9223372036854775807", OPERATION_ACCOUNT_LIST,
	    "limit=9223372036854775807" },
	{ "group show ftp", OPERATION_GROUP_SHOW, "name=ftp" },
	{ "group list", OPERATION_GROUP_LIST, "" },
	{ "group list login=alice gid=0-4294967295 prefix=a after=b limit=1",
	    OPERATION_GROUP_LIST, "prefix=a after=b login=alice limit=1" },
	{ "alias show Sales", OPERATION_ALIAS_SHOW, "name=Sales" },
	{ "alias list login=alice after=x", OPERATION_ALIAS_LIST,
	    "after=x login=alice" },
	{ "watch", OPERATION_WATCH, "" },
	{ "watch since=12 follow=no", OPERATION_WATCH, "since=12 follow=0" },
	{ "Watch follow=yes", OPERATION_WATCH, "" }
};

static void
add_text(struct asking *asking, const char *key, const char *text)
{
	size_t	used = strlen(asking->text);

	if (text != NULL)
		snprintf(asking->text + used, sizeof(asking->text) - used,
		    "%s%s=%s", used == 0 ? "" : " ", key, text);
}

static void
add_number(struct asking *asking, const char *key, int64_t number)
{
	char	text[32];

	snprintf(text, sizeof(text), "%" PRId64, number);
	add_text(asking, key, text);
}

static void
add_if(struct asking *asking, const char *key, int64_t number, int64_t not)
{
	if (number != not)
		add_number(asking, key, number);
}

static void
print_request(struct asking *asking, const struct request *request)
{
	static const char *const	ages[AGES] = {
		[AGE_MIN] = "min", [AGE_MAX] = "max", [AGE_WARN] = "warn",
		[AGE_INACTIVE] = "inactive", [AGE_EXPIRE] = "expire"
	};
	int				i;

	asking->text[0] = '\0';
	add_if(asking, "part", request->part, 0);
	add_if(asking, "parts", request->parts, 0);
	add_if(asking, "flags", request->flags, 0);
	add_if(asking, "home_choice", request->home_choice, 0);
	if (request->has_uid)
		add_number(asking, "uid", request->uid);
	if (request->has_gid)
		add_number(asking, "gid", request->gid);
	for (i = 0; i < AGES; i++)
		if (request->ages[i].has)
			add_number(asking, ages[i], request->ages[i].days);
	add_text(asking, "login", request->login);
	add_text(asking, "name", request->name);
	add_text(asking, "group", request->group);
	add_text(asking, "groups", request->groups);
	add_text(asking, "groups_add", request->groups_add);
	add_text(asking, "groups_remove", request->groups_remove);
	add_text(asking, "gecos", request->gecos);
	add_text(asking, "home", request->home);
	add_text(asking, "shell", request->shell);
	add_text(asking, "hash", request->hash);
	add_text(asking, "alias", request->alias);
	add_text(asking, "targets", request->targets);
	add_text(asking, "idem", request->idem);
}

static void
add_sought(struct asking *asking, const char *key, const char *text)
{
	add_text(asking, key, *text == '\0' ? NULL : text);
}

static void
print_query(struct asking *asking, const struct query *query)
{
	asking->text[0] = '\0';
	add_sought(asking, "name", query->name);
	add_sought(asking, "prefix", query->prefix);
	add_sought(asking, "after", query->after);
	add_sought(asking, "group", query->group);
	add_sought(asking, "login", query->login);
	add_if(asking, "min", query->min, 0);
	add_if(asking, "max", query->max, UINT32_MAX);
	add_if(asking, "state", query->state, STATE_ANY);
	add_if(asking, "limit", (int64_t)query->limit, -1);
	add_if(asking, "since", (int64_t)query->since, -1);
	add_if(asking, "follow", query->follow, 1);
}

static void
assert_fields(const struct asking *asking, const struct sample *sample)
{
	if (strcmp(asking->text, sample->fields) != 0)
		fail_msg("%s: it has %s", sample->line, asking->text);
}

static void
test_changes(void **state)
{
	struct asking	*asking = *state;
	struct request	 request;
	size_t		 i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		assert_int_equal(say(asking, changes[i].line),
		    strstr(changes[i].line, "password=") != NULL);
		assert_int_equal(last_reply(asking)->kind, REPLY_WAITING);
		assert_true(receive(asking, &request));
		assert_int_equal(request.operation, changes[i].operation);
		assert_int_equal(request.session, 7);
		assert_int_equal(request.number,
		    last_reply(asking)->number);
		print_request(asking, &request);
		assert_fields(asking, &changes[i]);
		request_free(&request);
		assert_false(receive(asking, &request));
		assert_int_equal(asking->worker.waiting, i + 1);
	}
}

static void
test_reads(void **state)
{
	struct asking	*asking = *state;
	struct request	 request;
	struct reply	*reply;
	size_t		 i;

	for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		assert_int_equal(say(asking, reads[i].line), 0);
		reply = last_reply(asking);
		assert_int_equal(reply->kind, REPLY_READ);
		assert_int_equal(reply->query->operation,
		    reads[i].operation);
		print_query(asking, reply->query);
		assert_fields(asking, &reads[i]);
	}
	assert_false(receive(asking, &request));
	assert_int_equal(asking->worker.waiting, 0);
}

static void
test_hash_fails(void **state)
{
	struct asking	*asking = *state;
	struct request	 request;

	assert_int_equal(say(asking,
	    "account password alice password=impossible"), 1);
	assert_reply(asking, "451 unavailable the password could not be "
	    "hashed\r\n");
	assert_false(receive(asking, &request));
	say(asking, "begin");
	say(asking, "account create alice password=impossible");
	say(asking, "commit");
	assert_reply(asking, "503 spoiled request=1\r\n");
}

static void
test_secrets_in_the_open(void **state)
{
	struct asking	*asking = *state;

	asking->session.private = 0;
	say(asking, "account create alice password=x");
	assert_reply(asking, "530 tls-required password is not taken over a "
	    "connection that others can read\r\n");
	say(asking, "account ensure alice hash=" HASH);
	assert_reply(asking, "530 tls-required hash is not taken over a "
	    "connection that others can read\r\n");
	assert_int_equal(asking->hashed, 0);
}

static void
test_no_hashes(void **state)
{
	struct asking	*asking = *state;

	asking->session.rights.may_hash = 0;
	say(asking, "account create alice hash=" HASH);
	assert_reply(asking, "550 denied ready hashes are not taken of this "
	    "client, only passwords\r\n");
	say(asking, "account create alice password=x");
	assert_int_equal(asking->hashed, 1);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_changes),
		TEST(test_reads),
		TEST(test_hash_fails),
		TEST(test_no_hashes),
		TEST(test_secrets_in_the_open)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
