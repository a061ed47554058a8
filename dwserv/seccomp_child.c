/*
 * Which system calls the children make, once they have found their place.
 * Any other ends the process; the few that libraries try by themselves, and
 * live without, fail.  No table has a call that starts a process or a
 * program, opens a socket, or loads code.
 */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>

#include "sandbox.h"

/* What libraries try: a zone file, a configuration, a terminal. */
static const struct seccomp_row	tried[] = {
	NO(openat, ENOENT), NO(newfstatat, ENOENT), NO(faccessat, ENOENT),
	NO(readlinkat, ENOENT), NO(ioctl, ENOTTY), NO(socket, EACCES),
	NO(madvise, EINVAL),
#ifdef SYS_open
	NO(open, ENOENT), NO(stat, ENOENT), NO(access, ENOENT),
	NO(readlink, ENOENT),
#endif
	{ SECCOMP_END, 0, { { 0 } } }
};

static const struct seccomp_row	connections[] = {
	YES(accept4), YES(shutdown),
	YES_IF(setsockopt, 1, EXACTLY, IPPROTO_TCP),
	{ SECCOMP_END, 0, { { 0 } } }
};

/* What it takes to make, change and remove trees of files. */
static const struct seccomp_row	trees[] = {
	YES(openat), YES(openat2), YES(newfstatat), YES(getdents64),
	YES(readlinkat), YES(mkdirat), YES(symlinkat), YES(linkat),
	YES(unlinkat), YES(renameat), YES(renameat2), YES(fchmod),
	YES(fchmodat), YES(fchown), YES(fchownat), YES(utimensat),
	YES(ftruncate), YES(fsync), YES(fdatasync), YES(syncfs),
	YES(copy_file_range), YES(fallocate),
	NO(ioctl, ENOTTY), NO(socket, EACCES), NO(madvise, EINVAL),
	{ SECCOMP_END, 0, { { 0 } } }
};

/* The landlock(7) of home comes when it has its directories. */
static const struct seccomp_row	landlock[] = {
	YES(landlock_create_ruleset), YES(landlock_add_rule),
	YES(landlock_restrict_self),
	{ SECCOMP_END, 0, { { 0 } } }
};

/* Whether it may print, the parser hears when it has given up the rest. */
static const struct seccomp_row	limits[] = {
	{ SYS_prlimit64, SECCOMP_RET_ALLOW, { { 0, EXACTLY, 0 },
	    { 1, EXACTLY, RLIMIT_FSIZE } } },
	{ SECCOMP_END, 0, { { 0 } } }
};

const struct seccomp_table	seccomp_worker = {
	SECCOMP_RET_KILL_PROCESS,
	{ seccomp_basic, tried, connections, seccomp_sanitizer }
};

const struct seccomp_table	seccomp_auth = {
	SECCOMP_RET_KILL_PROCESS, { seccomp_basic, tried, seccomp_sanitizer }
};

const struct seccomp_table	seccomp_home = {
	SECCOMP_RET_KILL_PROCESS,
	{ seccomp_basic, trees, landlock, seccomp_sanitizer }
};

const struct seccomp_table	seccomp_reader = {
	SECCOMP_RET_KILL_PROCESS,
	{ seccomp_basic, tried, limits, seccomp_sanitizer }
};
