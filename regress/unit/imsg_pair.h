/*
 * A pair of imsgbufs over a real socketpair, for imsg_test.c and
 * imsg_fd_test.c, with what both need to send, expect and count.
 *
 * sendmsg() is replaced by one that can be told to fail or to send little.
 */

#ifndef IMSG_PAIR_H
#define IMSG_PAIR_H

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define TYPE	7U

/* The two ends of a channel. */
struct pair {
	struct imsgbuf	 a;
	struct imsgbuf	 b;
	size_t		 open;	/* descriptors before the test */
};

/* What the replaced sendmsg() does. */
static struct {
	unsigned int	 calls;
	unsigned int	 failures;	/* that many calls fail */
	int		 error;		/* with this errno */
	size_t		 limit;		/* bytes that a call takes, 0: all */
} sending;

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct iovec	 iov;
	struct msghdr	 copy = *msg;

	sending.calls++;
	if (sending.failures > 0) {
		sending.failures--;
		errno = sending.error;
		return (-1);
	}
	if (sending.limit > 0) {
		iov = msg->msg_iov[0];
		if (iov.iov_len > sending.limit)
			iov.iov_len = sending.limit;
		copy.msg_iov = &iov;
		copy.msg_iovlen = 1;
	}
	return (syscall(SYS_sendmsg, fd, &copy, flags));
}

static inline size_t
count_descriptors(void)
{
	size_t	 count = 0;
	int	 fd;

	for (fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			count++;
	return (count);
}

static inline void
assert_closed(int fd)
{
	struct stat	 st;

	assert_int_equal(fstat(fd, &st), -1);
	assert_int_equal(errno, EBADF);
}

/* A descriptor of a new file, and the number of that file. */
static inline int
make_file(ino_t *inode)
{
	struct stat	 st;
	int		 fd;

	assert_return_code(fd = memfd_create("imsg", MFD_CLOEXEC), errno);
	assert_return_code(fstat(fd, &st), errno);
	*inode = st.st_ino;
	return (fd);
}

static inline void
assert_file(int fd, ino_t inode)
{
	struct stat	 st;

	assert_true(fd >= 0);
	assert_return_code(fstat(fd, &st), errno);
	assert_int_equal(st.st_ino, inode);
}

static inline int
setup(void **state)
{
	struct pair	*pair;
	int		 fds[2];

	memset(&sending, 0, sizeof(sending));
	if ((pair = calloc(1, sizeof(*pair))) == NULL)
		return (-1);
	pair->open = count_descriptors();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    fds) == -1)
		return (-1);
	imsgbuf_init(&pair->a, fds[0]);
	imsgbuf_init(&pair->b, fds[1]);
	imsgbuf_allow_fdpass(&pair->a);
	imsgbuf_allow_fdpass(&pair->b);
	*state = pair;
	return (0);
}

/* Each test must leave exactly the descriptors that it found. */
static inline int
teardown(void **state)
{
	struct pair	*pair = *state;
	size_t		 before = pair->open;

	imsgbuf_clear(&pair->a);
	imsgbuf_clear(&pair->a);
	imsgbuf_clear(&pair->b);
	if (pair->a.fd != -1)
		close(pair->a.fd);
	if (pair->b.fd != -1)
		close(pair->b.fd);
	free(pair);
	if (count_descriptors() != before) {
		print_error("%zu descriptors were open, now %zu\n", before,
		    count_descriptors());
		return (-1);
	}
	return (0);
}

static inline void
compose(struct imsgbuf *imsgbuf, uint32_t id, int fd, const char *text)
{
	assert_int_equal(imsg_compose(imsgbuf, TYPE, id, fd, text,
	    strlen(text)), 1);
}

static inline void
write_all(struct imsgbuf *imsgbuf)
{
	while (imsgbuf_queuelen(imsgbuf) > 0)
		assert_int_equal(imsgbuf_write(imsgbuf), 0);
}

/* The next message must be that one; returns its descriptor. */
static inline int
expect(struct imsgbuf *imsgbuf, uint32_t id, const char *text)
{
	struct imsg	 imsg;
	int		 fd;

	assert_int_equal(imsgbuf_get(imsgbuf, &imsg), 1);
	assert_int_equal(imsg_get_type(&imsg), TYPE);
	assert_int_equal(imsg_get_id(&imsg), id);
	assert_int_equal(imsg_get_len(&imsg), strlen(text));
	assert_memory_equal(ibuf_data(imsg_get_ibuf(&imsg)), text,
	    strlen(text));
	fd = imsg_get_fd(&imsg);
	assert_int_equal(imsg_get_fd(&imsg), -1);
	imsg_free(&imsg);
	imsg_free(&imsg);
	return (fd);
}

static inline void
expect_nothing(struct imsgbuf *imsgbuf)
{
	struct imsg	 imsg;

	assert_int_equal(imsgbuf_get(imsgbuf, &imsg), 0);
}

/* Sends bytes as no imsgbuf would, with count copies of a descriptor. */
static inline void
send_raw(int fd, const void *bytes, size_t size, int passed, size_t count)
{
	union {
		struct cmsghdr	 header;
		unsigned char	 bytes[CMSG_SPACE(sizeof(int) * 253)];
	}		 control;
	struct iovec	 iov = { (void *)(uintptr_t)bytes, size };
	struct msghdr	 msg;
	struct cmsghdr	*cmsg;
	size_t		 i;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (count > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * count);
		for (i = 0; i < count; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &passed,
			    sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &msg, 0), size);
}

static inline size_t
frame(unsigned char *bytes, uint32_t id, uint32_t length, uint32_t flags,
    const char *text)
{
	struct imsg_header	 header = { TYPE, id, length, flags };

	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), text, strlen(text));
	return (sizeof(header) + strlen(text));
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, setup, \
			    teardown)

#endif /* IMSG_PAIR_H */
