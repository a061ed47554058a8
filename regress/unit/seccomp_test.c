/*
 * Tests of dwserv/seccomp.c: what the kernel makes of the filters that are
 * made of tables, small and large, with conditions and without.  Each case
 * is a process of its own.
 */
/* links: dwserv/seccomp.c dwserv/seccomp_basic.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <unistd.h>

#include "sandbox.h"

/*
 * From here to the numbers that all architectures have in common there are
 * only calls that the kernel itself puts into programs that are probed, which
 * no filter sees.
 */
#define ONLY_KERNEL	334
#define COMMON		424

#define END	{ SECCOMP_END, 0, { { 0 } } }

static const struct seccomp_row	ending[] = {
	YES(exit_group), YES(exit), END
};

static const struct seccomp_row	one_call[] = { YES(getpid), END };

/* The same call in two parts, the last resort before the conditions. */
static const struct seccomp_row	last_resort[] = { NO(socket, EXDEV), END };
static const struct seccomp_row	conditions[] = {
	YES_IF(socket, 0, EXACTLY, AF_UNIX),
	{ SYS_socket, SECCOMP_RET_ALLOW, { { 0, EXACTLY, AF_INET },
	    { 1, 0xf, SOCK_STREAM } } },
	YES_IF(mmap, 2, PROT_EXEC, 0),
	END
};

static const struct seccomp_table	least = {
	SECCOMP_RET_KILL_PROCESS, { ending, one_call }
};

static const struct seccomp_table	conditional = {
	SECCOMP_RET_KILL_PROCESS, { ending, last_resort, conditions }
};

static const struct seccomp_table	lenient = {
	SECCOMP_RET_ERRNO | EPERM, { seccomp_basic, last_resort }
};

/* What a system call returns in a process with a filter; -errno. */
static long
outcome(const struct seccomp_table *table, long call, long a, long b, long c,
    long d)
{
	long	*result;
	pid_t	 pid;
	int	 status;

	result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(result, MAP_FAILED);
	if ((pid = fork()) == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    seccomp_enforce(table) == -1)
			_exit(3);
		*result = syscall(call, a, b, c, d, -1L, 0L);
		if (*result == -1)
			*result = -errno;
		/* Before _exit(2) the sanitizers make calls of their own. */
		syscall(SYS_exit_group, 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		*result = -SIGSYS * 1000;
	} else
		assert_int_equal(WEXITSTATUS(status), 0);
	status = (int)*result;
	munmap(result, sizeof(*result));
	return (status);
}

#define KILLED	(-SIGSYS * 1000)

static void
test_least(void **state)
{
	(void)state;
	assert_true(outcome(&least, SYS_getpid, 0, 0, 0, 0) > 0);
	assert_int_equal(outcome(&least, SYS_getppid, 0, 0, 0, 0), KILLED);
	assert_int_equal(outcome(&least, SYS_read, 0, 0, 0, 0), KILLED);
	assert_int_equal(outcome(&least, 0x3fffffff, 0, 0, 0, 0), KILLED);
}

static void
test_conditions(void **state)
{
	(void)state;
	assert_true(outcome(&conditional, SYS_socket, AF_UNIX, SOCK_DGRAM, 0,
	    0) >= 0);
	assert_true(outcome(&conditional, SYS_socket, AF_INET, SOCK_STREAM |
	    SOCK_CLOEXEC, 0, 0) >= 0);
	assert_int_equal(outcome(&conditional, SYS_socket, AF_INET,
	    SOCK_DGRAM, 0, 0), -EXDEV);
	assert_int_equal(outcome(&conditional, SYS_socket, AF_INET6,
	    SOCK_STREAM, 0, 0), -EXDEV);
	assert_int_not_equal(outcome(&conditional, SYS_mmap, 0, 4096,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS), KILLED);
	assert_int_equal(outcome(&conditional, SYS_mmap, 0, 4096, PROT_READ |
	    PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS), KILLED);
}

static int
expected(const struct seccomp_table *table, long call)
{
	const struct seccomp_row	*row;
	size_t				 i;

	for (i = 0; table->parts[i] != NULL; i++)
		for (row = table->parts[i]; row->call != SECCOMP_END; row++)
			if (row->call == call)
				return (1);
	return (0);
}

/* Every number is found that is in the table, and no other is. */
static void
test_all_numbers(void **state)
{
	long	call;

	(void)state;
	for (call = 0; call < 470; call++)
		if ((call <= ONLY_KERNEL || call >= COMMON) &&
		    !expected(&lenient, call))
			assert_int_equal(outcome(&lenient, call, -1, -1, -1,
			    -1), -EPERM);
	assert_true(outcome(&lenient, SYS_getpid, 0, 0, 0, 0) > 0);
	assert_int_equal(outcome(&lenient, SYS_socket, 0, 0, 0, 0), -EXDEV);
	assert_int_equal(outcome(&lenient, SYS_close, -1, 0, 0, 0), -EBADF);
	assert_int_equal(outcome(&lenient, SYS_fcntl, -1, F_GETFD, 0, 0),
	    -EBADF);
	assert_int_equal(outcome(&lenient, SYS_fcntl, -1, F_SETLEASE, 0, 0),
	    -EPERM);
}

#ifdef __x86_64__
/* The second set of numbers is that of nobody. */
static void
test_other_numbers(void **state)
{
	(void)state;
	assert_int_equal(outcome(&lenient, 0x40000000 + SYS_getpid, 0, 0, 0,
	    0), KILLED);
}
#endif

static void
test_too_large(void **state)
{
	static struct seccomp_row	rows[SECCOMP_ROWS_MAX + 2];
	struct seccomp_table		table = { 0, { rows } };
	size_t				i;

	(void)state;
	for (i = 0; i <= SECCOMP_ROWS_MAX; i++)
		rows[i].call = (int)i;
	rows[i].call = SECCOMP_END;
	assert_int_equal(seccomp_enforce(&table), -1);
	assert_int_equal(errno, E2BIG);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_all_numbers),
#ifdef __x86_64__
		cmocka_unit_test(test_other_numbers),
#endif
		cmocka_unit_test(test_too_large)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
