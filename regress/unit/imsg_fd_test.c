/*
 * Tests of the descriptors in dwserv/imsg.c and dwserv/imsgbuf.c: whose one
 * is when Linux returns it too early, and that none is lost, left open or
 * sent twice.
 */
/* links: dwserv/ibuf.c dwserv/imsg.c dwserv/imsgbuf.c dwserv/log.c dwserv/xmalloc.c */

#include <sys/types.h>
#include <sys/resource.h>

#include <poll.h>
#include <time.h>

#include "imsg_pair.h"

/* Does this kernel return earlier bytes and a later descriptor at once? */
static int
kernel_glues(void)
{
	char		 bytes[64];
	union {
		struct cmsghdr	 header;
		unsigned char	 bytes[CMSG_SPACE(sizeof(int))];
	}		 control;
	struct iovec	 iov = { bytes, sizeof(bytes) };
	struct msghdr	 msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control)
	};
	struct cmsghdr	*cmsg;
	ssize_t		 n;
	int		 fd, fds[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), errno);
	send_raw(fds[0], "one", 3, -1, 0);
	send_raw(fds[0], "two", 3, fds[0], 1);
	n = recvmsg(fds[1], &msg, 0);
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg != NULL) {
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
		close(fd);
	}
	close(fds[0]);
	close(fds[1]);
	return (n == 6 && cmsg != NULL);
}

/*
 * Three messages, the descriptor belongs to the second, and the kernel
 * returns it with the bytes of the first.
 */
static void
test_glued_descriptor(void **state)
{
	struct pair	*pair = *state;
	ino_t		 inode;
	int		 fd;

	if (!kernel_glues()) {
		print_message("skipped: this kernel returns no descriptor "
		    "with the bytes before it\n");
		skip();
	}
	compose(&pair->a, 1, -1, "first");
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	compose(&pair->a, 2, make_file(&inode), "second");
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	compose(&pair->a, 3, -1, "third");
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(expect(&pair->b, 1, "first"), -1);
	fd = expect(&pair->b, 2, "second");
	assert_file(fd, inode);
	close(fd);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(expect(&pair->b, 3, "third"), -1);
	expect_nothing(&pair->b);
	assert_int_equal(pair->b.fd_count, 0);
}

/*
 * The first read ends within the second message, with its descriptor; the
 * rest of it comes with a third that has one of its own.
 */
static void
test_descriptor_of_an_incomplete_message(void **state)
{
	struct pair	*pair = *state;
	unsigned char	 bytes[128];
	size_t		 one, two, three;
	ino_t		 inodes[2];
	int		 fd, files[2];

	files[0] = make_file(&inodes[0]);
	files[1] = make_file(&inodes[1]);
	one = frame(bytes, 1, 19, 0, "one");
	two = frame(bytes + one, 2, 19, IMSG_FLAG_DESCRIPTOR, "two");
	three = frame(bytes + one + two, 3, 21, IMSG_FLAG_DESCRIPTOR, "three");
	send_raw(pair->a.fd, bytes, one, -1, 0);
	send_raw(pair->a.fd, bytes + one, 3, files[0], 1);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(expect(&pair->b, 1, "one"), -1);
	expect_nothing(&pair->b);
	send_raw(pair->a.fd, bytes + one + 3, two - 3, -1, 0);
	send_raw(pair->a.fd, bytes + one + two, three, files[1], 1);
	close(files[0]);
	close(files[1]);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_file(fd = expect(&pair->b, 2, "two"), inodes[0]);
	close(fd);
	assert_file(fd = expect(&pair->b, 3, "three"), inodes[1]);
	close(fd);
}

static void
test_one_descriptor_per_write(void **state)
{
	static const size_t	 left[] = { 4, 2, 1, 0 };
	struct pair		*pair = *state;
	ino_t			 inodes[3];
	size_t			 i;
	int			 fd;

	compose(&pair->a, 0, -1, "a");
	compose(&pair->a, 1, -1, "b");
	compose(&pair->a, 2, make_file(&inodes[0]), "c");
	compose(&pair->a, 3, -1, "d");
	compose(&pair->a, 4, make_file(&inodes[1]), "e");
	compose(&pair->a, 5, make_file(&inodes[2]), "f");
	for (i = 0; i < 4; i++) {
		assert_int_equal(imsgbuf_write(&pair->a), 0);
		assert_int_equal(sending.calls, i + 1);
		assert_int_equal(imsgbuf_queuelen(&pair->a), left[i]);
	}
	for (i = 0; i < 4; i++)
		assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(expect(&pair->b, 0, "a"), -1);
	assert_int_equal(expect(&pair->b, 1, "b"), -1);
	assert_file(fd = expect(&pair->b, 2, "c"), inodes[0]);
	close(fd);
	assert_int_equal(expect(&pair->b, 3, "d"), -1);
	assert_file(fd = expect(&pair->b, 4, "e"), inodes[1]);
	close(fd);
	assert_file(fd = expect(&pair->b, 5, "f"), inodes[2]);
	close(fd);
}

/* Descriptors that no message wants are counted, and then closed. */
static void
test_excess_descriptors(void **state)
{
	struct pair	*pair = *state;
	unsigned char	 bytes[64];
	size_t		 size;
	int		 fds[IMSG_FDS_MAX], i;

	size = frame(bytes, 1, 17, 0, "x");
	for (i = 0; i < IMSG_FDS_MAX; i++) {
		send_raw(pair->a.fd, bytes, size, pair->a.fd, 1);
		assert_int_equal(imsgbuf_read(&pair->b), 1);
		assert_int_equal(expect(&pair->b, 1, "x"), -1);
	}
	assert_int_equal(pair->b.fd_count, IMSG_FDS_MAX);
	memcpy(fds, pair->b.fds, sizeof(fds));
	for (i = 0; i < IMSG_FDS_MAX; i++)
		assert_return_code(fcntl(fds[i], F_GETFD), errno);
	send_raw(pair->a.fd, bytes, size, pair->a.fd, 1);
	errno = 0;
	assert_int_equal(imsgbuf_read(&pair->b), -1);
	assert_int_equal(errno, EBADMSG);
	for (i = 0; i < IMSG_FDS_MAX; i++)
		assert_closed(fds[i]);
	assert_int_equal(count_descriptors(), pair->open + 2);
}

static void
test_many_descriptors_at_once(void **state)
{
	static const size_t	 counts[] = { 17, 18, 253 };
	struct pair		*pair = *state;
	unsigned char		 bytes[64];
	size_t			 i, size;

	size = frame(bytes, 1, 17, 0, "x");
	for (i = 0; i < 3; i++) {
		send_raw(pair->a.fd, bytes, size, pair->a.fd, counts[i]);
		errno = 0;
		assert_int_equal(imsgbuf_read(&pair->b), -1);
		assert_int_equal(errno, EBADMSG);
		assert_int_equal(count_descriptors(), pair->open + 2);
		expect_nothing(&pair->b);
		imsgbuf_init(&pair->b, pair->b.fd);
		imsgbuf_allow_fdpass(&pair->b);
	}
}

static void
test_unclaimed_descriptors_are_cleared(void **state)
{
	struct pair	*pair = *state;
	unsigned char	 bytes[64];
	size_t		 size;

	size = frame(bytes, 1, 17, 0, "x");
	send_raw(pair->a.fd, bytes, size, pair->a.fd, 5);
	size = frame(bytes, 2, 17, IMSG_FLAG_DESCRIPTOR, "y");
	send_raw(pair->a.fd, bytes, size, pair->a.fd, 1);
	size = frame(bytes, 3, 17, IMSG_FLAG_DESCRIPTOR, "z");
	send_raw(pair->a.fd, bytes, size - 1, pair->a.fd, 1);
	while (poll(&(struct pollfd){ pair->b.fd, POLLIN, 0 }, 1, 0) == 1)
		assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(pair->b.fd_count, 6);
	compose(&pair->b, 1, dup(pair->b.fd), "never sent");
	assert_int_equal(count_descriptors(), pair->open + 2 + 8);
	imsgbuf_clear(&pair->b);
	assert_int_equal(imsgbuf_queuelen(&pair->b), 0);
	assert_int_equal(count_descriptors(), pair->open + 2);
}

static void
test_no_room_for_a_descriptor(void **state)
{
	struct pair	*pair = *state;
	struct rlimit	 limit, small;
	int		 free_fd;

	compose(&pair->a, 1, dup(pair->a.fd), "x");
	write_all(&pair->a);
	assert_return_code(getrlimit(RLIMIT_NOFILE, &limit), errno);
	assert_return_code(free_fd = dup(pair->a.fd), errno);
	close(free_fd);
	small = limit;
	small.rlim_cur = (rlim_t)free_fd;
	assert_return_code(setrlimit(RLIMIT_NOFILE, &small), errno);
	errno = 0;
	assert_int_equal(imsgbuf_read(&pair->b), -1);
	assert_int_equal(errno, EMFILE);
	assert_return_code(setrlimit(RLIMIT_NOFILE, &limit), errno);
	assert_int_equal(imsgbuf_read(&pair->b), -1);
	assert_int_equal(errno, EMFILE);
	expect_nothing(&pair->b);
}

static void
test_unclaimed_descriptor_of_a_message(void **state)
{
	struct pair	*pair = *state;
	struct imsg	 imsg;

	compose(&pair->a, 1, dup(pair->a.fd), "x");
	write_all(&pair->a);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(imsgbuf_get(&pair->b, &imsg), 1);
	assert_int_equal(count_descriptors(), pair->open + 3);
	imsg_free(&imsg);
	assert_int_equal(count_descriptors(), pair->open + 2);
}

static void
test_descriptors_not_allowed(void **state)
{
	struct pair	*pair = *state;
	unsigned char	 bytes[64];
	struct ibuf	*buf;
	size_t		 size;
	int		 fd;

	pair->b.fdpass = 0;
	assert_return_code(fd = dup(pair->a.fd), errno);
	assert_int_equal(imsg_compose(&pair->b, TYPE, 1, fd, "x", 1), -1);
	assert_int_equal(errno, EINVAL);
	assert_closed(fd);
	/* One that comes unasked is no concern of the message. */
	size = frame(bytes, 1, 17, 0, "x");
	send_raw(pair->a.fd, bytes, size, pair->a.fd, 1);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(expect(&pair->b, 1, "x"), -1);
	assert_int_equal(count_descriptors(), pair->open + 2);
	compose(&pair->a, 1, dup(pair->a.fd), "x");
	write_all(&pair->a);
	assert_int_equal(imsgbuf_read(&pair->b), -1);
	assert_int_equal(errno, EBADMSG);
	/* A message that is lost makes itself heard. */
	assert_non_null(buf = imsg_create(&pair->b, TYPE, 2, 0));
	ibuf_fd_set(buf, dup(pair->a.fd));
	imsg_close(&pair->b, buf);
	assert_int_equal(imsgbuf_queuelen(&pair->b), 0);
	assert_int_equal(imsgbuf_write(&pair->b), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(imsgbuf_flush(&pair->b), -1);
	assert_int_equal(errno, EINVAL);
}

/* Messages of any size, with and without descriptors, cut anywhere. */
static void
test_random_traffic(void **state)
{
	struct pair	*pair = *state;
	struct imsg	 imsg;
	unsigned char	 data[600] = { 0 };
	unsigned int	 seed = (unsigned int)time(NULL);
	uint32_t	 got = 0, made = 0;
	ino_t		 inode;
	int		 fd, file;

	print_message("seed %u\n", seed);
	srandom(seed);
	file = make_file(&inode);
	while (got < 5000) {
		if (made < 5000 && random() % 3 != 0) {
			fd = made % 7 == 3 ? dup(file) : -1;
			assert_int_equal(imsg_compose(&pair->a, TYPE, made,
			    fd, data, (made * 31) % sizeof(data)), 1);
			made++;
		}
		sending.limit = (size_t)random() % 700;
		if (random() % 2 == 0)
			assert_int_equal(imsgbuf_write(&pair->a), 0);
		if (random() % 3 == 0)
			assert_int_equal(imsgbuf_read(&pair->b), 1);
		while (imsgbuf_get(&pair->b, &imsg) == 1) {
			assert_int_equal(imsg_get_id(&imsg), got);
			assert_int_equal(imsg_get_len(&imsg),
			    (got * 31) % sizeof(data));
			fd = imsg_get_fd(&imsg);
			if (got % 7 == 3) {
				assert_file(fd, inode);
				close(fd);
			} else
				assert_int_equal(fd, -1);
			imsg_free(&imsg);
			got++;
		}
	}
	assert_int_equal(pair->b.fd_count, 0);
	close(file);
}

/*
 * Who takes no descriptors: new kernels tell the sender, and with others
 * the stream is broken and nothing is left open.
 */
static void
test_refused_descriptor(void **state)
{
	struct pair	*pair = *state;
	ino_t		 inode;

	imsgbuf_refuse_fds(&pair->b);
	compose(&pair->a, 1, -1, "first");
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	assert_int_equal(expect(&pair->b, 1, "first"), -1);
	compose(&pair->a, 2, make_file(&inode), "second");
	if (imsgbuf_write(&pair->a) == -1) {
		assert_int_equal(errno, EPERM);
		return;
	}
	assert_int_equal(imsgbuf_read(&pair->b), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(pair->b.fd_count, 0);
	expect_nothing(&pair->b);
}

/* The last descriptor of a kind that waits gives way to a newer one. */
static void
test_superseded_descriptor(void **state)
{
	struct pair	*pair = *state;
	ino_t		 inodes[3];
	int		 fd;

	compose(&pair->a, 1, make_file(&inodes[0]), "old");
	compose(&pair->a, 2, make_file(&inodes[1]), "other");
	compose(&pair->a, 3, -1, "none");
	assert_int_equal(imsgbuf_queued_fds(&pair->a), 2);
	fd = make_file(&inodes[2]);
	assert_int_equal(imsgbuf_supersede(&pair->a, TYPE, 4, fd), 0);
	assert_int_equal(imsgbuf_supersede(&pair->a, TYPE + 1, 1, fd), 0);
	assert_int_equal(imsgbuf_supersede(&pair->a, TYPE, 3, fd), 0);
	assert_int_equal(imsgbuf_supersede(&pair->a, TYPE, 1, fd), 1);
	assert_int_equal(imsgbuf_queued_fds(&pair->a), 2);
	assert_int_equal(imsgbuf_flush(&pair->a), 0);
	assert_int_equal(imsgbuf_queued_fds(&pair->a), 0);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	fd = expect(&pair->b, 1, "old");
	assert_file(fd, inodes[2]);
	close(fd);
	assert_int_equal(imsgbuf_read(&pair->b), 1);
	fd = expect(&pair->b, 2, "other");
	assert_file(fd, inodes[1]);
	close(fd);
	assert_int_equal(expect(&pair->b, 3, "none"), -1);
}

/* As with a kernel that does not know how to refuse them. */
static void
test_refused_descriptor_that_came(void **state)
{
	struct pair	*pair = *state;
	ino_t		 inode;

	compose(&pair->a, 2, make_file(&inode), "second");
	assert_int_equal(imsgbuf_write(&pair->a), 0);
	imsgbuf_refuse_fds(&pair->b);
	assert_int_equal(imsgbuf_read(&pair->b), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(pair->b.fd_count, 0);
	expect_nothing(&pair->b);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		TEST(test_glued_descriptor),
		TEST(test_descriptor_of_an_incomplete_message),
		TEST(test_one_descriptor_per_write),
		TEST(test_excess_descriptors),
		TEST(test_many_descriptors_at_once),
		TEST(test_unclaimed_descriptors_are_cleared),
		TEST(test_no_room_for_a_descriptor),
		TEST(test_unclaimed_descriptor_of_a_message),
		TEST(test_descriptors_not_allowed),
		TEST(test_superseded_descriptor),
		TEST(test_refused_descriptor),
		TEST(test_refused_descriptor_that_came),
		TEST(test_random_traffic)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
