/*
 * Which system calls every process makes: to have memory, to talk over its
 * channels, and to read files that it has.
 */

#include <sys/mman.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "sandbox.h"

const struct seccomp_row	seccomp_basic[] = {
	YES(read), YES(write), YES(readv), YES(writev), YES(pread64),
	YES(recvfrom), YES(sendto), YES(recvmsg), YES(sendmsg), YES(ppoll),
	YES(close), YES(lseek), YES(fstat), YES(getsockopt),
	YES(getsockname), YES(getpeername),
#ifdef SYS_poll
	YES(poll),
#endif
	YES_IF(fcntl, 1, EXACTLY, F_GETFL), YES_IF(fcntl, 1, EXACTLY, F_SETFL),
	YES_IF(fcntl, 1, EXACTLY, F_GETFD), YES_IF(fcntl, 1, EXACTLY, F_SETFD),
	YES_IF(fcntl, 1, EXACTLY, F_DUPFD_CLOEXEC),
	YES_IF(newfstatat, 3, EXACTLY, AT_EMPTY_PATH),
	YES(brk), YES(munmap), YES(mremap),
	YES_IF(mmap, 2, PROT_EXEC, 0), YES_IF(mprotect, 2, PROT_EXEC, 0),
	YES_IF(madvise, 2, EXACTLY, MADV_DONTNEED),
	YES_IF(madvise, 2, EXACTLY, MADV_FREE),
	YES_IF(madvise, 2, EXACTLY, MADV_DONTDUMP),
	YES_IF(madvise, 2, EXACTLY, MADV_WIPEONFORK),
	YES_IF(madvise, 2, EXACTLY, MADV_HUGEPAGE),
	YES_IF(madvise, 2, EXACTLY, MADV_NOHUGEPAGE),
	YES(mlock), YES(munlock),
	YES(futex), YES(sched_yield), YES(getrandom), YES(getpid),
	YES(gettid), YES(getppid), YES(getuid), YES(geteuid), YES(getgid),
	YES(getegid), YES(uname), YES(sysinfo), YES(getrusage),
	YES(sched_getaffinity),
	YES(clock_gettime), YES(clock_getres), YES(gettimeofday),
	YES(rt_sigprocmask), YES(rt_sigreturn), YES(restart_syscall),
	YES(exit), YES(exit_group),
#ifdef SYS_time
	YES(time),
#endif
	{ SECCOMP_END, 0, { { 0 } } }
};

/*
 * What programs do in addition that were built with the compilers'
 * sanitizers; others have none of it.
 */
const struct seccomp_row	seccomp_sanitizer[] = {
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef SANITIZED
	YES(sigaltstack), YES(rt_sigaction), YES(madvise), YES(prlimit64),
	YES(tgkill),
#endif
	{ SECCOMP_END, 0, { { 0 } } }
};
