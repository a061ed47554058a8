/*
 * A session that asks, for command_test.c and transaction_test.c: no client
 * and no parent, but both ends of the channel between worker and parent, so
 * that a test sees what a line becomes.
 */

#ifndef ASKING_H
#define ASKING_H

#include <sys/socket.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "worker.h"
#include "xmalloc.h"

struct asking {
	struct worker	 worker;
	struct session	 session;
	struct imsgbuf	 parent;
	unsigned int	 woken;
	unsigned int	 hashed;
	char		 text[16384];	/* of what was asked for last */
};

/* What else the worker consists of. */
void
session_wake(struct session *session)
{
	((struct asking *)(void *)session->worker)->woken++;
}

void
login_ask(struct session *session, const char *client, const char *secret)
{
	(void)session;
	fail_msg("auth %s %s", client, secret);
}

char *
hash_password(const struct hash_rules *rules, const char *password)
{
	struct asking	*asking;
	char		*hash;

	asking = (struct asking *)(void *)((char *)(uintptr_t)rules -
	    offsetof(struct worker, settings.hash));
	asking->hashed++;
	if (strcmp(password, "impossible") == 0)
		return (NULL);
	assert_true(asprintf(&hash, "hash-of-%s", password) > 0);
	return (hash);
}

static void
asking_closed(struct channel *channel, const char *reason)
{
	(void)channel;
	fail_msg("the channel was closed: %s", reason);
}

static inline int
setup(void **state)
{
	struct asking	*asking = xcalloc(1, sizeof(*asking));
	int		 fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    fds) == -1 || channel_open(&asking->worker.loop,
	    &asking->worker.parent, fds[0], NULL, asking_closed, NULL) == -1)
		return (-1);
	imsgbuf_init(&asking->parent, fds[1]);
	imsgbuf_allow_fdpass(&asking->parent);
	asking->worker.settings.hash.accept[HASH_SHA512] = 100000;
	asking->session.worker = &asking->worker;
	asking->session.id = 7;
	asking->session.private = 1;
	asking->session.rights.may_hash = 1;
	asking->session.client = xstrdup("billing");
	asking->session.state = SESSION_AUTHENTICATED;
	asking->session.operations = OPERATION_BIT(OPERATIONS) - 1;
	TAILQ_INIT(&asking->session.replies);
	*state = asking;
	return (0);
}

static inline int
teardown(void **state)
{
	struct asking	*asking = *state;
	struct reply	*reply;

	transaction_free(&asking->session);
	while ((reply = TAILQ_FIRST(&asking->session.replies)) != NULL)
		reply_free(&asking->session, reply);
	channel_close(&asking->worker.parent);
	close(asking->parent.fd);
	imsgbuf_clear(&asking->parent);
	free(asking->worker.loop.fds);
	free(asking->worker.loop.watches);
	free(asking->session.client);
	free(asking);
	return (0);
}

/* Returns what command_execute() says of the line. */
static inline int
say(struct asking *asking, const char *line)
{
	char	*copy = xstrdup(line);
	int	 costly = command_execute(&asking->session, copy);

	free(copy);
	return (costly);
}

static inline struct reply *
last_reply(struct asking *asking)
{
	struct reply	*reply = TAILQ_LAST(&asking->session.replies, replies);

	assert_non_null(reply);
	return (reply);
}

/* The last reply is ready, and is this. */
static inline void
assert_reply(struct asking *asking, const char *expected)
{
	struct reply	*reply = last_reply(asking);
	char		 text[4096];

	assert_int_equal(reply->kind, REPLY_READY);
	assert_true(ibuf_size(reply->text) < sizeof(text));
	memcpy(text, ibuf_data(reply->text), ibuf_size(reply->text));
	text[ibuf_size(reply->text)] = '\0';
	assert_string_equal(text, expected);
}

/* What the parent gets next; returns 0 if there is nothing. */
static inline int
receive(struct asking *asking, struct request *request)
{
	struct imsg	imsg;

	if (imsgbuf_queuelen(&asking->worker.parent.imsgbuf) > 0)
		assert_int_equal(imsgbuf_write(
		    &asking->worker.parent.imsgbuf), 0);
	imsgbuf_read(&asking->parent);
	if (imsgbuf_get(&asking->parent, &imsg) != 1)
		return (0);
	assert_int_equal(imsg_get_type(&imsg), IMSG_WORKER_REQUEST);
	assert_int_equal(msg_get_request(imsg_get_ibuf(&imsg), request), 0);
	imsg_free(&imsg);
	return (1);
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, setup, \
			    teardown)

#endif /* ASKING_H */
