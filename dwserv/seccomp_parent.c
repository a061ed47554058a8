/*
 * Which system calls the parent makes, and what its children need until they
 * have given up more: programs are loaded, rights put away.  Any other fails
 * with EPERM; the calls that newer C libraries try first fail in the way
 * that makes them use the older one.  There is no row for ptrace(2) and its
 * like, for mounts and namespaces, for keys, clocks, modules, BPF, io_uring,
 * or a file that has no name and is a program.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#include "sandbox.h"

/* A new process is a plain one: in no namespace, watched by nobody. */
#define CLONE_NEW_ANY	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | \
			CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
			CLONE_NEWCGROUP | CLONE_PTRACE | CLONE_THREAD | \
			CLONE_PARENT)

#define TYPE_MASK	0xf	/* of a socket, without flags */
#define STREAM(family)							\
	{ SYS_socket, SECCOMP_RET_ALLOW, { { 0, EXACTLY, family },	\
	    { 1, TYPE_MASK, SOCK_STREAM } } }

#define PRCTL(option)	YES_IF(prctl, 0, EXACTLY, option)

/* Account files, state, and what tells of processes. */
static const struct seccomp_row	files[] = {
	YES(openat), YES(openat2), YES(newfstatat), YES(statx), YES(fstatfs),
	YES(getdents64), YES(readlinkat), YES(faccessat), YES(mkdirat),
	YES(linkat), YES(symlinkat), YES(unlinkat), YES(renameat),
	YES(renameat2), YES(fchmod), YES(fchmodat), YES(fchown),
	YES(fchownat), YES(utimensat), YES(ftruncate), YES(fallocate),
	YES(fsync), YES(fdatasync), YES(syncfs), YES(flock), YES(fcntl),
	YES(fgetxattr), YES(flistxattr), YES(fsetxattr), YES(pwrite64),
	YES(dup), YES(dup3), YES(chdir), YES(fchdir), YES(umask),
	YES(copy_file_range), YES(sendfile), YES(pipe2),
#ifdef SYS_open
	YES(open), YES(stat), YES(lstat), YES(access), YES(readlink),
	YES(mkdir), YES(unlink), YES(chmod), YES(chown), YES(dup2),
#endif
	{ SECCOMP_END, 0, { { 0 } } }
};

/* Listening, control, and the log; no datagrams but local ones. */
static const struct seccomp_row	sockets[] = {
	YES_IF(socket, 0, EXACTLY, AF_UNIX), STREAM(AF_INET),
	STREAM(AF_INET6), YES_IF(socketpair, 0, EXACTLY, AF_UNIX),
	YES(bind), YES(listen), YES(accept4), YES(connect), YES(shutdown),
	YES(setsockopt),
	YES_IF(ioctl, 1, EXACTLY, TCGETS), YES_IF(ioctl, 1, EXACTLY, FIONREAD),
	NO(ioctl, ENOTTY), NO(socket, EACCES),
	{ SECCOMP_END, 0, { { 0 } } }
};

static const struct seccomp_row	processes[] = {
	YES_IF(clone, 0, CLONE_NEW_ANY, 0), YES(execve), YES(wait4),
	YES(waitid), YES(kill), YES(signalfd4), YES(rt_sigaction),
	YES(prlimit64), YES(set_robust_list), YES(set_tid_address),
	YES(clock_nanosleep), YES(nanosleep), YES(setsid), YES(close_range),
	YES(tgkill), YES(madvise), YES(sigaltstack),
	NO(clone3, ENOSYS), NO(faccessat2, ENOSYS),
#ifdef SYS_rseq
	YES(rseq),
#endif
#ifdef SYS_arch_prctl
	YES(arch_prctl), YES(getrlimit),
#endif
#ifdef SYS_fork
	YES(fork), YES(vfork),
#endif
	{ SECCOMP_END, 0, { { 0 } } }
};

/*
 * How a child gives up what it has.  Code is only mapped from files, for
 * programs and libraries, and never can be written to.
 */
static const struct seccomp_row	surrender[] = {
	YES(chroot), YES(setgroups), YES(setresgid), YES(setresuid),
	YES(getresuid), YES(getresgid), YES(capget), YES(capset),
	YES(seccomp), YES(landlock_create_ruleset), YES(landlock_add_rule),
	YES(landlock_restrict_self), PRCTL(PR_SET_NO_NEW_PRIVS),
	PRCTL(PR_SET_DUMPABLE), PRCTL(PR_SET_PDEATHSIG),
	PRCTL(PR_CAPBSET_DROP), PRCTL(PR_CAP_AMBIENT), PRCTL(PR_SET_VMA),
	PRCTL(PR_SET_NAME), PRCTL(PR_SET_MDWE), NO(prctl, EINVAL),
	YES_IF(mmap, 2, PROT_EXEC, 0),
	YES_IF(mmap, 2, PROT_EXEC | PROT_WRITE, PROT_EXEC),
	{ SECCOMP_END, 0, { { 0 } } }
};

/* Files in memory, for what TLS needs, are no programs... */
static const struct seccomp_row	memory[] = {
	YES_IF(memfd_create, 1, MFD_NOEXEC_SEAL, MFD_NOEXEC_SEAL),
	{ SECCOMP_END, 0, { { 0 } } }
};

/* ...where the kernel knows such. */
static const struct seccomp_row	memory_older[] = {
	YES(memfd_create),
	{ SECCOMP_END, 0, { { 0 } } }
};

const struct seccomp_table	seccomp_parent = {
	SECCOMP_RET_ERRNO | EPERM,
	{ seccomp_basic, files, sockets, processes, surrender, memory,
	    seccomp_sanitizer }
};

/* For Linux before 6.3. */
const struct seccomp_table	seccomp_parent_older = {
	SECCOMP_RET_ERRNO | EPERM,
	{ seccomp_basic, files, sockets, processes, surrender, memory_older,
	    seccomp_sanitizer }
};
