/*
 * Tests of dwserv/channel.c: both ends of a channel in one loop, and a peer
 * that is gone, silent, or does not keep to the rules.
 */
/* links: dwserv/channel.c dwserv/ibuf.c dwserv/imsg.c dwserv/imsgbuf.c dwserv/log.c dwserv/loop.c dwserv/xmalloc.c */

#include <sys/socket.h>

#include "scratch.h"

#include "loop.h"
#include "msg.h"

#define MESSAGES	3000

/* One end, and what came out of it. */
struct end {
	struct channel	 channel;
	unsigned int	 count;
	uint32_t	 last_type;
	uint32_t	 last_id;
	size_t		 bytes;		/* in all */
	int		 fd;		/* of the last message, or -1 */
	uint32_t	 refuse;	/* a message with this id */
	uint32_t	 close_at;	/* another */
	unsigned int	 closed;
	char		 reason[64];
	int		 dispose;	/* free it when it is closed */
};

static unsigned int	disposed;

struct two {
	struct loop	 loop;
	struct end	*a;
	struct end	*b;
};

static int
end_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct end	*end = channel->arg;

	end->count++;
	end->last_type = imsg_get_type(imsg);
	end->last_id = imsg_get_id(imsg);
	end->bytes += imsg_get_len(imsg);
	end->fd = imsg_get_fd(imsg);
	if (end->last_id == end->close_at && end->close_at != 0)
		channel_close(channel);
	return (end->last_id == end->refuse && end->refuse != 0 ? -1 : 0);
}

static void
end_closed(struct channel *channel, const char *reason)
{
	struct end	*end = channel->arg;

	assert_int_equal(channel->open, 0);
	end->closed++;
	strlcpy(end->reason, reason, sizeof(end->reason));
	if (end->dispose) {
		free(end);
		disposed++;
	}
}

static int
two_make(void **state)
{
	struct two	*two = calloc(1, sizeof(*two));
	int		 fds[2];

	assert_non_null(two);
	loop_init(&two->loop);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	two->a = calloc(1, sizeof(*two->a));
	two->b = calloc(1, sizeof(*two->b));
	assert_non_null(two->a);
	assert_non_null(two->b);
	two->a->fd = two->b->fd = -1;
	assert_int_equal(channel_open(&two->loop, &two->a->channel, fds[0],
	    end_dispatch, end_closed, two->a), 0);
	assert_int_equal(channel_open(&two->loop, &two->b->channel, fds[1],
	    end_dispatch, end_closed, two->b), 0);
	*state = two;
	return (0);
}

static int
two_free(void **state)
{
	struct two	*two = *state;

	if (two->a != NULL)
		channel_close(&two->a->channel);
	if (two->b != NULL)
		channel_close(&two->b->channel);
	free(two->a);
	free(two->b);
	loop_free(&two->loop);
	free(two);
	return (0);
}

/* Turn the loop until nothing more happens. */
static void
turn(struct two *two)
{
	int	quiet = 0;
	size_t	before, after = 0;

	while (quiet < 3) {
		before = after;
		assert_int_equal(loop_once(&two->loop, 0), 0);
		after = (two->a == NULL ? 0 : two->a->count +
		    two->a->closed) + (two->b == NULL ? 0 : two->b->count +
		    two->b->closed);
		quiet = before == after ? quiet + 1 : 0;
	}
}

static void
send_id(struct end *end, uint32_t id)
{
	assert_int_equal(channel_send(&end->channel, IMSG_PARENT_PING, id,
	    -1, NULL, 0), 0);
}

static void
test_there_and_back(void **state)
{
	struct two	*two = *state;
	char		 data[5000] = "x";
	int		 fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(channel_send(&two->a->channel, IMSG_PARENT_FILE, 7,
	    fds[0], data, sizeof(data)), 0);
	turn(two);
	assert_int_equal(two->b->count, 1);
	assert_int_equal(two->b->last_type, IMSG_PARENT_FILE);
	assert_int_equal(two->b->last_id, 7);
	assert_int_equal(two->b->bytes, sizeof(data));
	assert_int_not_equal(two->b->fd, -1);
	assert_int_equal(write(fds[1], "y", 1), 1);
	assert_int_equal(read(two->b->fd, data, 1), 1);
	close(two->b->fd);
	close(fds[1]);
	send_id(two->b, 8);
	turn(two);
	assert_int_equal(two->a->last_id, 8);
	assert_int_equal(two->a->fd, -1);
	/* With nothing to write, nobody waits for room to write. */
	assert_int_equal(two->loop.fds[two->a->channel.watch.slot].events,
	    POLLIN);
	assert_int_equal(two->a->closed + two->b->closed, 0);
}

/* More than the socket takes at once, in both directions, in order. */
static void
test_many(void **state)
{
	struct two	*two = *state;
	char		 data[1000] = "";
	uint32_t	 i;

	for (i = 1; i <= MESSAGES; i++) {
		channel_send(&two->a->channel, IMSG_PARENT_PING, i, -1, data,
		    i % sizeof(data));
		send_id(two->b, i);
	}
	for (i = 0; i < 10000 && two->b->count < MESSAGES; i++)
		assert_int_equal(loop_once(&two->loop, 1000), 0);
	turn(two);
	assert_int_equal(two->b->count, MESSAGES);
	assert_int_equal(two->b->last_id, MESSAGES);
	assert_int_equal(two->b->bytes, 999 * 1000 / 2 * (MESSAGES / 1000));
	assert_int_equal(two->a->count, MESSAGES);
	assert_int_equal(two->a->last_id, MESSAGES);
}

/* What came before the end is not lost. */
static void
test_closed_peer(void **state)
{
	struct two	*two = *state;

	send_id(two->a, 1);
	send_id(two->a, 2);
	assert_int_equal(channel_flush(&two->a->channel, 1000), 0);
	channel_close(&two->a->channel);
	channel_close(&two->a->channel);
	turn(two);
	assert_int_equal(two->b->count, 2);
	assert_int_equal(two->b->closed, 1);
	assert_string_equal(two->b->reason, "closed by peer");
	assert_int_equal(two->a->closed, 0);
	turn(two);
	assert_int_equal(two->b->closed, 1);
}

/* The channel's memory may go with it: on a violation, on end of file. */
static void
test_disposed(void **state)
{
	struct two	*two = *state;

	two->b->refuse = 3;
	two->a->dispose = two->b->dispose = 1;
	send_id(two->a, 1);
	send_id(two->a, 3);
	send_id(two->a, 4);
	two->a = two->b = NULL;
	disposed = 0;
	turn(two);
	assert_int_equal(disposed, 2);
}

static void
test_violation(void **state)
{
	struct two	*two = *state;

	two->b->refuse = 2;
	send_id(two->a, 1);
	send_id(two->a, 2);
	send_id(two->a, 3);
	turn(two);
	assert_int_equal(two->b->count, 2);
	assert_int_equal(two->b->closed, 1);
	assert_string_equal(two->b->reason, "protocol violation");
	assert_int_equal(two->a->closed, 1);
}

/* Headers that cannot be: too short, too long, of unknown flags. */
static void
test_bad_header(void **state)
{
	static const struct imsg_header	headers[] = {
		{ 1, 1, 0, 0 }, { 1, 1, IMSG_HEADER_SIZE - 1, 0 },
		{ 1, 1, IMSG_HEADER_SIZE + MAX_IMSGSIZE + 1, 0 },
		{ 1, 1, UINT32_MAX, 0 }, { 1, 1, IMSG_HEADER_SIZE, 2 },
		{ 1, 1, IMSG_HEADER_SIZE, 1 }
	};
	struct two			*two;
	size_t				 i;

	two_free(state);
	for (i = 0; i < NUMBER_OF(headers); i++) {
		two_make(state);
		two = *state;
		assert_int_equal(write(two->a->channel.imsgbuf.fd,
		    &headers[i], sizeof(headers[i])), sizeof(headers[i]));
		turn(two);
		assert_int_equal(two->b->count, 0);
		assert_int_equal(two->b->closed, 1);
		assert_string_equal(two->b->reason, strerror(EBADMSG));
		assert_int_equal(two->a->closed, 1);
		two_free(state);
	}
	two_make(state);
}

/* Closed in the middle of its own messages: no more of them come. */
static void
test_close_in_dispatch(void **state)
{
	struct two	*two = *state;

	two->b->close_at = 2;
	send_id(two->a, 1);
	send_id(two->a, 2);
	send_id(two->a, 3);
	turn(two);
	assert_int_equal(two->b->count, 2);
	assert_int_equal(two->b->closed, 0);
	assert_int_equal(two->a->closed, 1);
}

/* To a closed channel: dropped, and so is the descriptor. */
static void
test_send_to_closed(void **state)
{
	struct two	*two = *state;
	struct ibuf	*message;
	int		 fds[2];
	char		 byte;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	channel_close(&two->b->channel);
	assert_int_equal(channel_send(&two->b->channel, IMSG_PARENT_FILE, 1,
	    fds[1], "x", 1), -1);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	message = channel_create(&two->b->channel, IMSG_PARENT_PING, 1);
	assert_non_null(message);
	assert_int_equal(channel_submit(&two->b->channel, message,
	    ibuf_add(message, "x", 1)), -1);
	assert_int_equal(channel_flush(&two->b->channel, 0), 0);
	turn(two);
	assert_int_equal(two->a->count, 0);
}

static void
test_create(void **state)
{
	struct two	*two = *state;
	struct ibuf	*message;

	message = channel_create(&two->a->channel, IMSG_PARENT_START, 9);
	assert_int_equal(channel_submit(&two->a->channel, message,
	    ibuf_add(message, "hello", 5)), 0);
	turn(two);
	assert_int_equal(two->b->last_type, IMSG_PARENT_START);
	assert_int_equal(two->b->last_id, 9);
	assert_int_equal(two->b->bytes, 5);
}

static void
submit_failure(void *arg)
{
	struct channel	*channel = arg;

	channel_submit(channel, channel_create(channel, 1, 1), -1);
}

static void
test_encoder_fails(void **state)
{
	struct two	*two = *state;
	char		 reason[] = "cannot encode";

	assert_fatal(submit_failure, &two->a->channel, reason);
}

/* Last words: to one who does not listen, they take no longer than said. */
static void
test_flush(void **state)
{
	struct two	*two = *state;
	char		 data[60000] = "";
	uint64_t	 before;
	int		 i;

	send_id(two->a, 1);
	assert_int_equal(channel_flush(&two->a->channel, 0), 0);
	for (i = 0; i < 50; i++)
		channel_send(&two->a->channel, IMSG_PARENT_PING, 1, -1, data,
		    sizeof(data));
	before = loop_now();
	assert_int_equal(channel_flush(&two->a->channel, 30), -1);
	assert_in_range(loop_now() - before, 30, 10000);
	channel_close(&two->b->channel);
	before = loop_now();
	assert_int_equal(channel_flush(&two->a->channel, 60000), -1);
	assert_true(loop_now() - before < 30000);
}

static void
test_bad_descriptor(void **state)
{
	struct two	*two = *state;
	struct channel	 channel;

	assert_int_equal(channel_open(&two->loop, &channel, -1, end_dispatch,
	    end_closed, NULL), -1);
	assert_int_equal(errno, EBADF);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, two_make, two_free)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_there_and_back),
		TEST(test_many),
		TEST(test_closed_peer),
		TEST(test_disposed),
		TEST(test_violation),
		TEST(test_bad_header),
		TEST(test_close_in_dispatch),
		TEST(test_send_to_closed),
		TEST(test_create),
		TEST(test_encoder_fails),
		TEST(test_flush),
		TEST(test_bad_descriptor)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
