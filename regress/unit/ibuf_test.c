/*
 * Tests of dwserv/ibuf.c: bounds in both directions, numbers, strings,
 * views and descriptors.
 */
/* links: dwserv/ibuf.c dwserv/log.c dwserv/xmalloc.c */

#include <sys/resource.h>
#include <sys/wait.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

static void
test_open_refuses_bad_sizes(void **state)
{
	struct ibuf	*buf;

	(void)state;
	assert_null(ibuf_open(0));
	assert_int_equal(errno, EINVAL);
	assert_null(ibuf_dynamic(0, 0));
	assert_int_equal(errno, EINVAL);
	assert_null(ibuf_dynamic(2, 1));
	assert_int_equal(errno, EINVAL);
	assert_non_null(buf = ibuf_dynamic(0, 1));
	ibuf_free(buf);
	ibuf_free(NULL);
}

static void
test_fixed_size_is_the_limit(void **state)
{
	const size_t	 huge = SIZE_MAX;
	struct ibuf	*buf;

	(void)state;
	assert_non_null(buf = ibuf_open(4));
	assert_int_equal(ibuf_left(buf), 4);
	assert_int_equal(ibuf_add(buf, "abc", 3), 0);
	assert_int_equal(ibuf_left(buf), 1);
	assert_int_equal(ibuf_add(buf, "de", 2), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(ibuf_size(buf), 3);
	assert_int_equal(ibuf_add(buf, "d", 1), 0);
	assert_int_equal(ibuf_add(buf, NULL, 0), 0);
	assert_int_equal(ibuf_add(buf, "e", 1), -1);
	errno = 0;
	assert_int_equal(ibuf_add(buf, "e", huge), -1);
	assert_int_equal(errno, ERANGE);
	assert_memory_equal(ibuf_data(buf), "abcd", 4);
	ibuf_free(buf);
}

static void
test_growth_keeps_bytes(void **state)
{
	struct ibuf	*buf;
	uint32_t	 value;
	uint32_t	 i;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(0, 4003));
	for (i = 0; i < 1000; i++)
		assert_int_equal(ibuf_add_n32(buf, i * 7919), 0);
	assert_int_equal(ibuf_left(buf), 3);
	assert_int_equal(ibuf_add_n32(buf, 1), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(ibuf_add(buf, "xyz", 3), 0);
	assert_int_equal(ibuf_left(buf), 0);
	assert_true(buf->size <= 4003);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(ibuf_get_n32(buf, &value), 0);
		assert_int_equal(value, i * 7919);
	}
	assert_int_equal(ibuf_size(buf), 3);
	ibuf_free(buf);
}

static void
test_numbers_in_network_order(void **state)
{
	static const unsigned char	 expected[] = {
		0xff, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef,
		0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08
	};
	struct ibuf			*buf;
	uint8_t				 n8;
	uint16_t			 n16;
	uint32_t			 n32;
	uint64_t			 n64;

	(void)state;
	assert_non_null(buf = ibuf_open(sizeof(expected)));
	assert_int_equal(ibuf_add_n8(buf, 0xff), 0);
	assert_int_equal(ibuf_add_n16(buf, 0x1234), 0);
	assert_int_equal(ibuf_add_n32(buf, 0xdeadbeef), 0);
	assert_int_equal(ibuf_add_n64(buf, 0x0102030405060708), 0);
	assert_int_equal(ibuf_size(buf), sizeof(expected));
	assert_memory_equal(ibuf_data(buf), expected, sizeof(expected));
	assert_int_equal(ibuf_get_n8(buf, &n8), 0);
	assert_int_equal(ibuf_get_n16(buf, &n16), 0);
	assert_int_equal(ibuf_get_n32(buf, &n32), 0);
	assert_int_equal(ibuf_get_n64(buf, &n64), 0);
	assert_int_equal(n8, 0xff);
	assert_int_equal(n16, 0x1234);
	assert_int_equal(n32, 0xdeadbeef);
	assert_true(n64 == 0x0102030405060708);
	ibuf_free(buf);
}

static void
test_numbers_that_do_not_fit(void **state)
{
	struct ibuf	*buf;

	(void)state;
	assert_non_null(buf = ibuf_open(64));
	assert_int_equal(ibuf_add_n8(buf, 0x100), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ibuf_add_n16(buf, 0x10000), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ibuf_add_n32(buf, 0x100000000), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ibuf_size(buf), 0);
	assert_int_equal(ibuf_add_n16(buf, 0xffff), 0);
	assert_int_equal(ibuf_add_n32(buf, 0xffffffff), 0);
	assert_int_equal(ibuf_add_n64(buf, UINT64_MAX), 0);
	assert_int_equal(ibuf_size(buf), 14);
	ibuf_free(buf);
}

static void
test_get_stops_at_the_end(void **state)
{
	unsigned char	 bytes[7] = { 1, 2, 3, 4, 5, 6, 7 };
	unsigned char	 copy[8];
	struct ibuf	 view;
	uint64_t	 n64;
	uint32_t	 n32;
	uint16_t	 n16;
	uint8_t		 n8;

	(void)state;
	ibuf_from_buffer(&view, bytes, sizeof(bytes));
	assert_int_equal(ibuf_get_n64(&view, &n64), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(ibuf_get(&view, copy, 8), -1);
	assert_int_equal(ibuf_size(&view), 7);
	assert_int_equal(ibuf_skip(&view, 8), -1);
	assert_int_equal(ibuf_skip(&view, SIZE_MAX), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(ibuf_skip(&view, 4), 0);
	assert_int_equal(ibuf_skip(&view, SIZE_MAX), -1);
	assert_int_equal(ibuf_get_n32(&view, &n32), -1);
	assert_int_equal(ibuf_get_n16(&view, &n16), 0);
	assert_int_equal(n16, 0x0506);
	assert_int_equal(ibuf_get_n16(&view, &n16), -1);
	assert_int_equal(ibuf_get_n8(&view, &n8), 0);
	assert_int_equal(n8, 7);
	errno = 0;
	assert_int_equal(ibuf_get_n8(&view, &n8), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(ibuf_get(&view, NULL, 0), 0);
}

static void
test_string_round_trip(void **state)
{
	struct ibuf	*buf;
	char		*string;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, 100));
	assert_int_equal(ibuf_add_string(buf, "alice"), 0);
	assert_int_equal(ibuf_add_string(buf, NULL), 0);
	assert_int_equal(ibuf_add_string(buf, ""), 0);
	assert_int_equal(ibuf_size(buf), 7 + 2 + 2);
	assert_memory_equal(ibuf_data(buf), "\0\5alice\xff\xff\0\0", 11);
	assert_int_equal(ibuf_get_string(buf, &string, 5), 0);
	assert_string_equal(string, "alice");
	free(string);
	assert_int_equal(ibuf_get_string(buf, &string, 5), 0);
	assert_null(string);
	assert_int_equal(ibuf_get_string(buf, &string, 0), 0);
	assert_string_equal(string, "");
	free(string);
	assert_int_equal(ibuf_size(buf), 0);
	assert_int_equal(ibuf_get_string(buf, &string, 5), -1);
	assert_int_equal(errno, EBADMSG);
	ibuf_free(buf);
}

static void
test_string_length_limits(void **state)
{
	struct ibuf	*buf;
	char		*long_string, *string;

	(void)state;
	assert_non_null(long_string = malloc(0x10000));
	memset(long_string, 'x', 0xffff);
	long_string[0xffff] = '\0';
	assert_non_null(buf = ibuf_dynamic(1, 0x20000));
	assert_int_equal(ibuf_add_string(buf, long_string), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(ibuf_size(buf), 0);
	long_string[0xfffe] = '\0';
	assert_int_equal(ibuf_add_string(buf, long_string), 0);
	assert_int_equal(ibuf_get_string(buf, &string, 0xfffd), -1);
	assert_int_equal(errno, EBADMSG);
	assert_null(string);
	assert_int_equal(ibuf_size(buf), 0xfffe + 2);
	assert_int_equal(ibuf_get_string(buf, &string, 0xfffe), 0);
	assert_string_equal(string, long_string);
	free(string);
	ibuf_free(buf);
	assert_non_null(buf = ibuf_open(6));
	assert_int_equal(ibuf_add_string(buf, "alice"), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(ibuf_size(buf), 0);
	ibuf_free(buf);
	free(long_string);
}

static void
test_string_refused(void **state)
{
	static const struct {
		const char	*bytes;
		size_t		 size;
	} bad[] = {
		{ "", 0 },
		{ "\0", 1 },
		{ "\0\1", 2 },
		{ "\0\3ab", 4 },
		{ "\0\3a\0b", 5 },
		{ "\0\1\0", 3 },
		{ "\0\3ab\0", 5 },
		{ "\0\4abcd", 6 },
		{ "\xff\xfe", 2 }
	};
	struct ibuf	 view;
	unsigned char	*bytes;
	char		*string;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* Exactly as big as it is, for the address sanitizer. */
		assert_non_null(bytes = malloc(bad[i].size + 1));
		memcpy(bytes + 1, bad[i].bytes, bad[i].size);
		ibuf_from_buffer(&view, bytes + 1, bad[i].size);
		string = (char *)bytes;
		errno = 0;
		assert_int_equal(ibuf_get_string(&view, &string, 3), -1);
		assert_int_equal(errno, EBADMSG);
		assert_null(string);
		assert_int_equal(ibuf_size(&view), bad[i].size);
		free(bytes);
	}
}

static void
test_view_cannot_grow(void **state)
{
	unsigned char	 bytes[2] = { 1, 2 };
	struct ibuf	 view;

	(void)state;
	ibuf_from_buffer(&view, bytes, sizeof(bytes));
	assert_int_equal(ibuf_left(&view), 0);
	assert_int_equal(ibuf_add_n8(&view, 1), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(bytes[1], 2);
	assert_false(ibuf_fd_avail(&view));
}

static void
test_freeing_a_view_aborts(void **state)
{
	struct rlimit	 no_core = { 0, 0 };
	unsigned char	 byte = 0;
	struct ibuf	 view;
	pid_t		 pid;
	int		 status;

	(void)state;
	assert_return_code(pid = fork(), errno);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		ibuf_from_buffer(&view, &byte, 1);
		ibuf_free(&view);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void
assert_closed(int fd)
{
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

static void
test_descriptor_ownership(void **state)
{
	struct ibuf	*buf;
	int		 fds[2], taken;

	(void)state;
	assert_return_code(pipe(fds), errno);
	assert_non_null(buf = ibuf_open(1));
	assert_false(ibuf_fd_avail(buf));
	assert_int_equal(ibuf_fd_get(buf), -1);
	ibuf_fd_set(buf, fds[0]);
	assert_true(ibuf_fd_avail(buf));
	ibuf_fd_set(buf, fds[1]);
	assert_closed(fds[0]);
	taken = ibuf_fd_get(buf);
	assert_int_equal(taken, fds[1]);
	assert_false(ibuf_fd_avail(buf));
	ibuf_fd_set(buf, -5);
	assert_false(ibuf_fd_avail(buf));
	assert_int_equal(ibuf_fd_get(buf), -1);
	ibuf_fd_set(buf, taken);
	ibuf_free(buf);
	assert_closed(fds[1]);
}

static void
test_free_keeps_errno(void **state)
{
	struct ibuf	*buf;

	(void)state;
	assert_non_null(buf = ibuf_open(1));
	/* Not open: to close it is an error. */
	ibuf_fd_set(buf, 1 << 20);
	errno = ENOTTY;
	ibuf_free(buf);
	assert_int_equal(errno, ENOTTY);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_open_refuses_bad_sizes),
		cmocka_unit_test(test_fixed_size_is_the_limit),
		cmocka_unit_test(test_growth_keeps_bytes),
		cmocka_unit_test(test_numbers_in_network_order),
		cmocka_unit_test(test_numbers_that_do_not_fit),
		cmocka_unit_test(test_get_stops_at_the_end),
		cmocka_unit_test(test_string_round_trip),
		cmocka_unit_test(test_string_length_limits),
		cmocka_unit_test(test_string_refused),
		cmocka_unit_test(test_view_cannot_grow),
		cmocka_unit_test(test_freeing_a_view_aborts),
		cmocka_unit_test(test_descriptor_ownership),
		cmocka_unit_test(test_free_keeps_errno)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
