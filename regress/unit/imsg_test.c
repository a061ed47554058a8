/*
 * Tests of dwserv/imsg.c and dwserv/imsgbuf.c: that messages arrive whole
 * and in order, however they are cut, and what a peer must not send.  What
 * becomes of descriptors is in imsg_fd_test.c.
 */
/* links: dwserv/ibuf.c dwserv/imsg.c dwserv/imsgbuf.c dwserv/log.c dwserv/xmalloc.c */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "imsg_pair.h"

static void
test_round_trip(void **state)
{
	struct pair	*pair = *state;
	struct imsg	 imsg;
	char		 data[6];

	assert_int_equal(imsg_compose(&pair->a, 1, 2, -1, "hello", 6), 1);
	assert_int_equal(imsg_compose(&pair->a, UINT32_MAX, UINT32_MAX, -1,
	    NULL, 0), 1);
	assert_int_equal(imsgbuf_queuelen(&pair->a), 2);
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	assert_int_equal(imsgbuf_queuelen(&pair->a), 0);
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	expect_nothing(&pair->b);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(imsgbuf_get(&pair->b, &imsg), 1);
	assert_int_equal(imsg_get_type(&imsg), 1);
	assert_int_equal(imsg_get_id(&imsg), 2);
	assert_int_equal(imsg_get_len(&imsg), 6);
	assert_int_equal(imsg_get_fd(&imsg), -1);
	assert_int_equal(imsg_get_data(&imsg, data, 5), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(imsg_get_data(&imsg, data, 7), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(imsg_get_data(&imsg, data, 6), 0);
	assert_string_equal(data, "hello");
	assert_int_equal(imsg_get_len(&imsg), 0);
	imsg_free(&imsg);
	assert_int_equal(imsgbuf_get(&pair->b, &imsg), 1);
	assert_int_equal(imsg_get_type(&imsg), UINT32_MAX);
	assert_int_equal(imsg_get_id(&imsg), UINT32_MAX);
	assert_int_equal(imsg_get_len(&imsg), 0);
	assert_int_equal(imsg_get_data(&imsg, data, 0), 0);
	imsg_free(&imsg);
	expect_nothing(&pair->b);
}

static void
test_create_and_close(void **state)
{
	struct pair	*pair = *state;
	struct ibuf	*buf;
	ino_t		 inode;
	int		 fd;

	assert_non_null(buf = imsg_create(&pair->a, TYPE, 9, 0));
	assert_int_equal(ibuf_add(buf, "abc", 3), 0);
	assert_int_equal(ibuf_left(buf), MAX_IMSGSIZE - 3);
	ibuf_fd_set(buf, make_file(&inode));
	imsg_close(&pair->a, buf);
	assert_int_equal(imsgbuf_queuelen(&pair->a), 1);
	assert_non_null(buf = imsg_create(&pair->a, TYPE, 10, 5));
	ibuf_free(buf);
	write_all(&pair->a);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	fd = expect(&pair->b, 9, "abc");
	assert_file(fd, inode);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	expect_nothing(&pair->b);
}

static void
test_many_messages_at_once(void **state)
{
	struct pair	*pair = *state;
	char		 text[16];
	uint32_t	 i;

	for (i = 0; i < 250; i++) {
		snprintf(text, sizeof(text), "%u", i);
		compose(&pair->a, i, -1, text);
	}
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	assert_int_equal(imsgbuf_queuelen(&pair->a), 0);
	assert_int_equal(sending.calls, 1);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	for (i = 0; i < 250; i++) {
		snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(expect(&pair->b, i, text), -1);
	}
	expect_nothing(&pair->b);
}

static void
test_more_messages_than_vectors(void **state)
{
	struct pair	*pair = *state;
	uint32_t	 i;

	for (i = 0; i < 700; i++)
		compose(&pair->a, i, -1, "x");
	write_all(&pair->a);
	assert_int_equal(sending.calls, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(imsgbuf_read(&pair->b), 1);
	for (i = 0; i < 700; i++)
		assert_int_equal(expect(&pair->b, i, "x"), -1);
}

static void
test_byte_by_byte(void **state)
{
	struct pair	*pair = *state;
	unsigned char	 bytes[64];
	size_t		 i, size;
	ino_t		 inode;
	int		 fd;

	size = frame(bytes, 5, 21, IMSG_FLAG_DESCRIPTOR, "hello");
	fd = make_file(&inode);
	for (i = 0; i < size; i++) {
		expect_nothing(&pair->b);
		send_raw(pair->a.fd, bytes + i, 1, fd, i == 0);
		assert_int_equal(imsgbuf_read(&pair->b), 1);
	}
	close(fd);
	assert_file(fd = expect(&pair->b, 5, "hello"), inode);
	close(fd);
}

/* However little a sendmsg() takes, a descriptor goes once and in place. */
static void
test_short_writes(void **state)
{
	static const size_t	 limits[] = { 1, 15, 16, 17, 1000 };
	struct pair		*pair = *state;
	ino_t			 inodes[3];
	size_t			 i;
	int			 fd, files[3], j;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		sending.limit = limits[i];
		for (j = 0; j < 3; j++) {
			files[j] = make_file(&inodes[j]);
			compose(&pair->a, (uint32_t)j, files[j], "text");
		}
		assert_int_equal(imsgbuf_write(&pair->a), 0);
		assert_closed(files[0]);
		assert_return_code(fcntl(files[1], F_GETFD), errno);
		write_all(&pair->a);
		assert_closed(files[1]);
		assert_closed(files[2]);
		while (poll(&(struct pollfd){ pair->b.fd, POLLIN, 0 }, 1,
		    0) == 1)
			assert_int_equal(imsgbuf_read(&pair->b), 1);
		for (j = 0; j < 3; j++) {
			fd = expect(&pair->b, (uint32_t)j, "text");
			assert_file(fd, inodes[j]);
			close(fd);
		}
		assert_int_equal(pair->b.fd_count, 0);
	}
}

/* The socket is full: what is left waits, and nothing is lost. */
static void
test_full_socket(void **state)
{
	struct pair	*pair = *state;
	struct imsg	 imsg;
	char		*data;
	uint32_t	 got = 0, i;

	assert_non_null(data = malloc(MAX_IMSGSIZE));
	for (i = 0; i < 40; i++) {
		memset(data, (int)i, MAX_IMSGSIZE);
		assert_int_equal(imsg_compose(&pair->a, TYPE, i, -1, data,
		    MAX_IMSGSIZE), 1);
	}
	do {
		assert_int_equal(imsgbuf_write(&pair->a), 0);
	} while (poll(&(struct pollfd){ pair->a.fd, POLLOUT, 0 }, 1, 0) == 1);
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	assert_true(imsgbuf_queuelen(&pair->a) > 0);
	while (got < 40) {
		assert_int_equal(imsgbuf_write(&pair->a), 0);
		assert_int_equal(imsgbuf_read(&pair->b), 1);
		while (imsgbuf_get(&pair->b, &imsg) == 1) {
			memset(data, (int)got, MAX_IMSGSIZE);
			assert_int_equal(imsg_get_id(&imsg), got);
			assert_int_equal(imsg_get_len(&imsg), MAX_IMSGSIZE);
			assert_memory_equal(ibuf_data(imsg_get_ibuf(&imsg)),
			    data, MAX_IMSGSIZE);
			imsg_free(&imsg);
			got++;
		}
	}
	free(data);
}

static void
test_temporary_errors(void **state)
{
	struct pair	*pair = *state;
	ino_t		 inode;
	int		 fd;

	fd = make_file(&inode);
	compose(&pair->a, 1, fd, "x");
	sending.failures = 1;
	sending.error = ENOBUFS;
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	assert_int_equal(imsgbuf_queuelen(&pair->a), 1);
	assert_return_code(fcntl(fd, F_GETFD), errno);
	sending.failures = 1;
	sending.error = EAGAIN;
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	assert_int_equal(imsgbuf_queuelen(&pair->a), 1);
	sending.failures = 3;
	sending.error = EINTR;
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	assert_int_equal(imsgbuf_queuelen(&pair->a), 0);
	assert_closed(fd);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_file(fd = expect(&pair->b, 1, "x"), inode);
	close(fd);
}

static void
test_peer_gone(void **state)
{
	struct pair	*pair = *state;

	close(pair->b.fd);
	pair->b.fd = -1;
	compose(&pair->a, 1, -1, "x");
	assert_int_equal(imsgbuf_write(&pair->a), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(imsgbuf_flush(&pair->a), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(imsgbuf_read(&pair->a), 0);
}

static void
test_nothing_to_read(void **state)
{
	struct pair	*pair = *state;

	assert_int_equal(imsgbuf_read(&pair->b), 1);
	pair->b.fdpass = 0;
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	expect_nothing(&pair->b);
}

static void
test_end_of_file(void **state)
{
	struct pair	*pair = *state;
	unsigned char	 bytes[64];
	size_t		 size;
	ino_t		 inode;
	int		 fd;

	compose(&pair->a, 1, -1, "last");
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	size = frame(bytes, 2, 20, IMSG_FLAG_DESCRIPTOR, "half");
	fd = make_file(&inode);
	send_raw(pair->a.fd, bytes, size - 1, fd, 1);
	close(fd);
	close(pair->a.fd);
	pair->a.fd = -1;
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(imsgbuf_read(&pair->b), 0);
	assert_int_equal(imsgbuf_read(&pair->b), 0);
	assert_int_equal(expect(&pair->b, 1, "last"), -1);
	expect_nothing(&pair->b);
}

static void
test_bad_headers(void **state)
{
	static const struct {
		uint32_t	 length;
		uint32_t	 flags;
	} bad[] = {
		{ 0, 0 }, { 1, 0 }, { 15, 0 },
		{ MAX_IMSGSIZE + IMSG_HEADER_SIZE + 1, 0 },
		{ UINT32_MAX, 0 }, { 0x80000010, 0 },
		{ 20, 2 }, { 20, 3 }, { 20, 0x80000000 }, { 20, UINT32_MAX },
		{ 20, IMSG_FLAG_DESCRIPTOR }, { 16, IMSG_FLAG_DESCRIPTOR }
	};
	struct pair	*pair = *state;
	unsigned char	 bytes[64];
	size_t		 i, size;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size = frame(bytes, 1, 20, 0, "good");
		size += frame(bytes + size, 2, bad[i].length, bad[i].flags,
		    "data");
		send_raw(pair->a.fd, bytes, size, -1, 0);
		errno = 0;
		assert_int_equal(imsgbuf_read(&pair->b), -1);
		assert_int_equal(errno, EBADMSG);
		assert_int_equal(expect(&pair->b, 1, "good"), -1);
		expect_nothing(&pair->b);
		/* Nothing is read after that, however good. */
		size = frame(bytes, 3, 20, 0, "good");
		send_raw(pair->a.fd, bytes, size, -1, 0);
		errno = 0;
		assert_int_equal(imsgbuf_read(&pair->b), -1);
		assert_int_equal(errno, EBADMSG);
		expect_nothing(&pair->b);
		imsgbuf_clear(&pair->b);
		imsgbuf_init(&pair->b, pair->b.fd);
		imsgbuf_allow_fdpass(&pair->b);
		assert_int_equal(imsgbuf_read(&pair->b), 1);
		assert_int_equal(expect(&pair->b, 3, "good"), -1);
	}
}

/* A header is judged before the payload that it promises. */
static void
test_bad_header_alone(void **state)
{
	struct pair	*pair = *state;
	unsigned char	 bytes[64];

	frame(bytes, 1, MAX_IMSGSIZE + IMSG_HEADER_SIZE + 1, 0, "");
	send_raw(pair->a.fd, bytes, 15, -1, 0);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	send_raw(pair->a.fd, bytes + 15, 1, -1, 0);
	assert_int_equal(imsgbuf_read(&pair->b), -1);
	assert_int_equal(errno, EBADMSG);
}

static void
test_maximum_size(void **state)
{
	struct pair	*pair = *state;
	struct ibuf	*buf;
	char		 data[101] = { 0 };
	ino_t		 inode;
	int		 fd;

	pair->a.maxsize = 101;
	pair->b.maxsize = 100;
	fd = make_file(&inode);
	assert_int_equal(imsg_compose(&pair->b, TYPE, 1, fd, data, 101), -1);
	assert_int_equal(errno, ERANGE);
	assert_closed(fd);
	assert_null(imsg_create(&pair->b, TYPE, 1, 101));
	assert_int_equal(errno, ERANGE);
	assert_non_null(buf = imsg_create(&pair->b, TYPE, 1, 0));
	assert_int_equal(ibuf_add(buf, data, 101), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(ibuf_add(buf, data, 100), 0);
	ibuf_free(buf);
	assert_int_equal(imsg_compose(&pair->a, TYPE, 1, -1, data, 100), 1);
	write_all(&pair->a);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(imsg_compose(&pair->a, TYPE, 1, -1, data, 101), 1);
	write_all(&pair->a);
	assert_int_equal(imsgbuf_read(&pair->b), -1);
	assert_int_equal(errno, EBADMSG);
}

/* Takes that many messages; the process ends with 0 if all was in order. */
static void
reader(struct imsgbuf *imsgbuf, uint32_t count)
{
	struct imsg	 imsg;
	uint32_t	 got = 0;

	while (got < count) {
		poll(&(struct pollfd){ imsgbuf->fd, POLLIN, 0 }, 1, 10000);
		if (imsgbuf_read(imsgbuf) != 1)
			_exit(1);
		while (imsgbuf_get(imsgbuf, &imsg) == 1) {
			if (imsg_get_id(&imsg) != got++)
				_exit(2);
			imsg_free(&imsg);
		}
	}
	_exit(0);
}

/* Waiting for a full socket takes no more calls than there is to write. */
static void
test_flush_waits(void **state)
{
	struct pair	*pair = *state;
	char		*data;
	pid_t		 pid;
	uint32_t	 i;
	int		 status;

	assert_non_null(data = calloc(1, MAX_IMSGSIZE));
	for (i = 0; i < 100; i++)
		assert_int_equal(imsg_compose(&pair->a, TYPE, i, -1, data,
		    MAX_IMSGSIZE), 1);
	assert_return_code(pid = fork(), errno);
	if (pid == 0)
		reader(&pair->b, 100);
	close(pair->b.fd);
	pair->b.fd = -1;
	assert_int_equal(imsgbuf_flush(&pair->a), 0);
	assert_int_equal(imsgbuf_queuelen(&pair->a), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(sending.calls < 2000);
	free(data);
}

static void
test_flush_without_kernel_memory(void **state)
{
	struct pair	*pair = *state;
	struct timespec	 after, before;
	long		 passed;

	compose(&pair->a, 1, -1, "x");
	sending.failures = 3;
	sending.error = ENOBUFS;
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(imsgbuf_flush(&pair->a), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	passed = (after.tv_sec - before.tv_sec) * 1000 +
	    (after.tv_nsec - before.tv_nsec) / 1000000;
	assert_int_equal(sending.calls, 4);
	assert_true(passed >= 29);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(expect(&pair->b, 1, "x"), -1);
}

static void
test_payload_is_not_the_callers(void **state)
{
	struct pair	*pair = *state;
	struct rlimit	 no_core = { 0, 0 };
	struct imsg	 imsg;
	pid_t		 pid;
	int		 status;

	compose(&pair->a, 1, -1, "x");
	write_all(&pair->a);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(imsgbuf_get(&pair->b, &imsg), 1);
	assert_return_code(pid = fork(), errno);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		ibuf_free(imsg_get_ibuf(&imsg));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	imsg_free(&imsg);
}

/* Bytes without sense: refused or not, but never more than that. */
static void
test_random_bytes(void **state)
{
	struct pair		*pair = *state;
	struct imsg_header	 header;
	struct imsg		 imsg;
	unsigned char		 bytes[256];
	unsigned int		 refused = 0, seed = (unsigned int)time(NULL);
	size_t			 i;
	int			 round;

	print_message("seed %u\n", seed);
	srandom(seed);
	for (round = 0; round < 5000; round++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (unsigned char)random();
		memcpy(&header, bytes, sizeof(header));
		header.length %= 40;
		header.flags %= 3;
		memcpy(bytes, &header, sizeof(header));
		send_raw(pair->a.fd, bytes, 1 + (size_t)random() % 255,
		    pair->a.fd, (size_t)random() % 4);
		if (imsgbuf_read(&pair->b) == -1) {
			assert_int_equal(errno, EBADMSG);
			refused++;
			imsgbuf_clear(&pair->b);
			imsgbuf_init(&pair->b, pair->b.fd);
			imsgbuf_allow_fdpass(&pair->b);
		}
		while (imsgbuf_get(&pair->b, &imsg) == 1)
			imsg_free(&imsg);
	}
	assert_true(refused > 100);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		TEST(test_round_trip),
		TEST(test_create_and_close),
		TEST(test_many_messages_at_once),
		TEST(test_more_messages_than_vectors),
		TEST(test_byte_by_byte),
		TEST(test_short_writes),
		TEST(test_full_socket),
		TEST(test_temporary_errors),
		TEST(test_peer_gone),
		TEST(test_nothing_to_read),
		TEST(test_end_of_file),
		TEST(test_bad_headers),
		TEST(test_bad_header_alone),
		TEST(test_maximum_size),
		TEST(test_flush_waits),
		TEST(test_flush_without_kernel_memory),
		TEST(test_payload_is_not_the_callers),
		TEST(test_random_bytes)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
