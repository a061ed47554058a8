/*
 * Runs a program as an older kernel would, as far as landlock(7) and
 * seccomp(2) go.
 *
 *	older LEVEL SECCOMP PROGRAM [ARGUMENT ...]
 *
 * LEVEL is that of Landlock, 0 for a kernel without it; SECCOMP is 0 for one
 * without seccomp(2), or 1.  A second process answers for the kernel and ends
 * with the last that has been started here.
 */

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION_FLAG	1	/* LANDLOCK_CREATE_RULESET_VERSION */

#define RETURN(value)	BPF_STMT(BPF_RET | BPF_K, value)
#define IF_NUMBER(number)						\
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1)

/* Returns the descriptor that tells of the calls to be answered. */
static int
install(int level, int has_seccomp)
{
	struct sock_filter	code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		IF_NUMBER(SYS_landlock_create_ruleset),
		RETURN(level == 0 ? SECCOMP_RET_ERRNO | ENOSYS :
		    SECCOMP_RET_USER_NOTIF),
		IF_NUMBER(SYS_seccomp),
		RETURN(has_seccomp ? SECCOMP_RET_ALLOW :
		    SECCOMP_RET_ERRNO | ENOSYS),
		RETURN(SECCOMP_RET_ALLOW)
	};
	struct sock_fprog	program = {
		sizeof(code) / sizeof(code[0]), code
	};

	return ((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

static void
answer(int fd, int level)
{
	struct seccomp_notif		call;
	struct seccomp_notif_resp	response;

	memset(&call, 0, sizeof(call));
	memset(&response, 0, sizeof(response));
	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) == -1)
		return;
	response.id = call.id;
	if (call.data.args[2] == VERSION_FLAG)
		response.val = level;
	else
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* The other process has the descriptor; take it from there. */
static int
take(pid_t pid, int number)
{
	int	pidfd, fd;

	if ((pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) == -1 ||
	    (fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0)) == -1)
		err(2, "cannot take the descriptor");
	close(pidfd);
	return (fd);
}

/* This process has no filter: it is forked before there is one. */
__attribute__((__noreturn__)) static void
serve(int channel, int level)
{
	struct pollfd	poller = { .events = POLLIN };
	int		number;

	if (read(channel, &number, sizeof(number)) != sizeof(number))
		exit(2);
	poller.fd = take(getppid(), number);
	if (write(channel, "", 1) != 1)
		exit(2);
	close(channel);
	setsid();
	while (poll(&poller, 1, -1) == 1 && (poller.revents & POLLIN))
		answer(poller.fd, level);
	exit(0);
}

int
main(int argc, char *argv[])
{
	int	pair[2], listener, level;
	char	done;

	if (argc < 4)
		errx(2, "usage: older LEVEL SECCOMP PROGRAM ...");
	level = (int)strtol(argv[1], NULL, 10);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(2, "socketpair");
	switch (fork()) {
	case -1:
		err(2, "fork");
	case 0:
		close(pair[0]);
		serve(pair[1], level);
	}
	close(pair[1]);
	if ((listener = install(level, argv[2][0] == '1')) == -1)
		err(2, "cannot install the filter");
	if (write(pair[0], &listener, sizeof(listener)) == -1 ||
	    read(pair[0], &done, 1) != 1)
		errx(2, "nobody answers");
	close(listener);
	execv(argv[3], argv + 3);
	err(2, "%s", argv[3]);
}
