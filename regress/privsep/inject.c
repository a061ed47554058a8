/*
 * Has a running process make system calls, as somebody would who has taken
 * it over, and tells what comes of them.
 *
 *	inject PID CALL [ARGUMENT ...] [, CALL [ARGUMENT ...]] ...
 *
 * The calls are made one after the other, up to the first that fails.
 * Arguments are numbers; s:TEXT, a string, x:HEX, bytes, and z:COUNT, zeros,
 * which are written below the process's stack; r:N, what call N (from 0)
 * returned; and @, an address on the stack.  Prints the name of the last call
 * that was made, and `ok' with its result, the name of the error, or the name
 * of the signal by which the process ended.  After that the process goes on
 * as if nothing had been, but for what the calls have done.
 *
 * For x86-64 only.
 */

#include <sys/ptrace.h>
#include <sys/reg.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA_MAX	4096
#define RESULTS_MAX	16
#define ARGUMENTS_MAX	6
#define BELOW_STACK	16384	/* beyond what the process may use there */

struct target {
	pid_t			 pid;
	int			 memory;
	struct user_regs_struct	 saved;
	uint64_t		 instruction;	/* syscall */
	uint64_t		 data;		/* where the next bytes go */
	long long		 results[RESULTS_MAX];
	int			 calls;
};

#define CALL(name)	{ #name, SYS_##name }
static const struct {
	const char	*name;
	long		 number;
} calls[] = {
	CALL(accept4), CALL(add_key), CALL(bind), CALL(bpf), CALL(chdir),
	CALL(chmod), CALL(chown), CALL(chroot), CALL(clone), CALL(clone3),
	CALL(close), CALL(connect), CALL(dup), CALL(execve), CALL(execveat),
	CALL(fanotify_init), CALL(fchdir), CALL(fork), CALL(getpid),
	CALL(io_uring_setup), CALL(ioctl), CALL(kill), CALL(link),
	CALL(memfd_create), CALL(mkdir), CALL(mknod), CALL(mmap), CALL(mount),
	CALL(mprotect), CALL(name_to_handle_at), CALL(newfstatat), CALL(open),
	CALL(openat), CALL(openat2), CALL(open_by_handle_at),
	CALL(perf_event_open), CALL(personality), CALL(pidfd_getfd),
	CALL(pidfd_open), CALL(prctl), CALL(process_vm_readv), CALL(ptrace),
	CALL(read), CALL(readlink), CALL(rename), CALL(sendto),
	CALL(setresgid), CALL(setresuid), CALL(sethostname), CALL(setsockopt),
	CALL(settimeofday), CALL(setuid), CALL(shmctl), CALL(shmget),
	CALL(socket),
	CALL(socketpair), CALL(symlink), CALL(tgkill), CALL(truncate),
	CALL(umount2), CALL(unlink), CALL(unshare), CALL(userfaultfd),
	CALL(vfork),
	/* The same as getpid(2) by the numbers of x32. */
	{ "x32", 0x40000000 + SYS_getpid }
};

static long
call_number(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return (calls[i].number);
	errx(2, "%s: no such call", name);
}

/* Wait until the process stops; if it has ended instead, say how. */
static void
target_wait(struct target *target, const char *call)
{
	int	status;

	if (waitpid(target->pid, &status, __WALL) != target->pid)
		err(2, "waitpid");
	if (WIFSTOPPED(status))
		return;
	if (WIFSIGNALED(status))
		printf("%s SIG%s\n", call, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%s exit %d\n", call, WEXITSTATUS(status));
	exit(0);
}

/*
 * Stop the process where it is within a system call: there is the one
 * instruction that is needed.
 */
static void
target_attach(struct target *target)
{
	char	 path[64];
	uint8_t	 bytes[2];

	if (ptrace(PTRACE_SEIZE, target->pid, 0, PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE) == -1)
		err(2, "cannot trace %d", (int)target->pid);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)target->pid);
	if ((target->memory = open(path, O_RDWR)) == -1)
		err(2, "%s", path);
	for (;;) {
		if (ptrace(PTRACE_INTERRUPT, target->pid, 0, 0) == -1)
			err(2, "cannot stop it");
		target_wait(target, "none");
		if (ptrace(PTRACE_GETREGS, target->pid, 0,
		    &target->saved) == -1)
			err(2, "cannot read its registers");
		target->instruction = target->saved.rip - 2;
		if (pread(target->memory, bytes, 2,
		    (off_t)target->instruction) == 2 &&
		    bytes[0] == 0x0f && bytes[1] == 0x05)
			break;
		if (ptrace(PTRACE_CONT, target->pid, 0, 0) == -1)
			err(2, "cannot let it go on");
		usleep(1000);
	}
	target->data = (target->saved.rsp - BELOW_STACK) & ~UINT64_C(4095);
}

static uint64_t
target_write(struct target *target, const void *bytes, size_t length)
{
	uint64_t	address = target->data;

	if (pwrite(target->memory, bytes, length, (off_t)address) !=
	    (ssize_t)length)
		err(2, "cannot write to its stack");
	target->data += (length + 15) & ~(size_t)15;
	return (address);
}

static uint64_t
target_write_hex(struct target *target, const char *hex)
{
	uint8_t		bytes[DATA_MAX];
	size_t		length = 0;
	unsigned int	byte;

	while (length < sizeof(bytes) && isxdigit((unsigned char)*hex) &&
	    sscanf(hex, "%2x", &byte) == 1) {
		bytes[length++] = (uint8_t)byte;
		hex += 2;
	}
	return (target_write(target, bytes, length));
}

static uint64_t
argument_value(struct target *target, const char *text)
{
	static const uint8_t	zeros[DATA_MAX];
	unsigned long		count;

	if (strncmp(text, "s:", 2) == 0)
		return (target_write(target, text + 2, strlen(text + 2) + 1));
	if (strncmp(text, "x:", 2) == 0)
		return (target_write_hex(target, text + 2));
	if (strncmp(text, "z:", 2) == 0) {
		count = strtoul(text + 2, NULL, 0);
		return (target_write(target, zeros, count > DATA_MAX ?
		    DATA_MAX : count));
	}
	if (strncmp(text, "r:", 2) == 0) {
		count = strtoul(text + 2, NULL, 0);
		return (count >= RESULTS_MAX ? 0 :
		    (uint64_t)target->results[count]);
	}
	if (strcmp(text, "@") == 0)
		return (target->data & ~UINT64_C(4095));
	return (text[0] == '-' ? (uint64_t)strtoll(text, NULL, 0) :
	    strtoull(text, NULL, 0));
}

/* A process that a call has started is not let go on. */
static void
target_end_child(struct target *target)
{
	unsigned long	child;

	if (ptrace(PTRACE_GETEVENTMSG, target->pid, 0, &child) == -1 ||
	    kill((pid_t)child, SIGKILL) == -1)
		err(2, "cannot end what it has started");
	waitpid((pid_t)child, NULL, __WALL);
}

/* Make one call; what it returns is like a kernel's: errors are negative. */
static long long
target_call(struct target *target, const char *name,
    const uint64_t *arguments)
{
	struct user_regs_struct	regs = target->saved;
	siginfo_t		info;
	int			status;

	regs.rip = target->instruction;
	regs.rax = (unsigned long long)call_number(name);
	/* So that the kernel does not start an interrupted call again. */
	regs.orig_rax = (unsigned long long)-1;
	regs.rdi = arguments[0];
	regs.rsi = arguments[1];
	regs.rdx = arguments[2];
	regs.r10 = arguments[3];
	regs.r8 = arguments[4];
	regs.r9 = arguments[5];
	if (ptrace(PTRACE_SETREGS, target->pid, 0, &regs) == -1)
		err(2, "cannot set its registers");
	for (;;) {
		if (ptrace(PTRACE_SINGLESTEP, target->pid, 0, 0) == -1)
			err(2, "cannot step");
		target_wait(target, name);
		if (ptrace(PTRACE_GETSIGINFO, target->pid, 0, &info) == -1)
			err(2, "cannot tell why it stopped");
		status = info.si_code >> 8;
		if (status == PTRACE_EVENT_FORK ||
		    status == PTRACE_EVENT_VFORK ||
		    status == PTRACE_EVENT_CLONE)
			target_end_child(target);
		else if (info.si_signo == SIGTRAP)
			break;
	}
	if (ptrace(PTRACE_GETREGS, target->pid, 0, &regs) == -1)
		err(2, "cannot read its registers");
	return ((long long)regs.rax);
}

/* All arguments of one call; returns where the next begins. */
static char **
target_make(struct target *target, char **words)
{
	uint64_t	 arguments[ARGUMENTS_MAX] = { 0 };
	const char	*name = *words++;
	long long	 result;
	int		 count = 0;

	while (*words != NULL && strcmp(*words, ",") != 0) {
		if (count == ARGUMENTS_MAX)
			errx(2, "%s: too many arguments", name);
		arguments[count++] = argument_value(target, *words++);
	}
	result = target_call(target, name, arguments);
	if (target->calls < RESULTS_MAX)
		target->results[target->calls++] = result;
	if (result < 0 && result > -4096) {
		printf("%s %s\n", name, strerrorname_np((int)-result));
		return (NULL);
	}
	if (*words == NULL)
		printf("%s ok %lld\n", name, result);
	return (*words == NULL ? NULL : words + 1);
}

static void
target_release(struct target *target)
{
	if (ptrace(PTRACE_SETREGS, target->pid, 0, &target->saved) == -1 ||
	    ptrace(PTRACE_DETACH, target->pid, 0, 0) == -1)
		err(2, "cannot let it go");
}

int
main(int argc, char *argv[])
{
	struct target	 target;
	char		**words = argv + 2;

	if (argc < 3)
		errx(2, "usage: inject PID CALL [ARGUMENT ...] ...");
	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(&target, 0, sizeof(target));
	target.pid = (pid_t)strtol(argv[1], NULL, 10);
	alarm(20);
	target_attach(&target);
	while (words != NULL)
		words = target_make(&target, words);
	target_release(&target);
	return (0);
}
