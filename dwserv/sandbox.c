/*
 * The way into an unprivileged life, for every child: what it may not do is
 * forbidden by the kernel, in more than one way.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <unistd.h>

#include "dwserv.h"
#include "sandbox.h"

/* Who is nobody on every machine, whatever its passwd file says. */
#define NOBODY		65534

static void
sandbox_limit(int resource, rlim_t most, const char *name)
{
	struct rlimit	limit;

	if (getrlimit(resource, &limit) == -1)
		fatal("cannot limit %s", name);
	if (limit.rlim_max > most)
		limit.rlim_max = most;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(resource, &limit) == -1)
		fatal("cannot limit %s", name);
}

/* What holds for every child: no core, no debugger, no setuid program. */
void
sandbox_common(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	umask(077);
	sandbox_limit(RLIMIT_CORE, 0, "core files");
	/* Nobody outlives the parent, whose sockets and files it may hold. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("cannot give up privileges");
	sandbox_refuse_code();
}

/* No memory that was written to is ever run, where the kernel sees to it. */
void
sandbox_refuse_code(void)
{
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == -1 &&
	    errno != EINVAL && errno != EPERM)
		fatal("cannot forbid the making of code");
}

/*
 * If a wall could not be put up (failed is -1, errno says why), the process
 * ends; but with best_effort it goes on if only the kernel lacks what it
 * takes.
 */
void
sandbox_demand(int failed, int best_effort, const char *wall)
{
	if (failed != -1)
		return;
	if (!best_effort || (errno != ENOSYS && errno != EOPNOTSUPP))
		fatal("cannot restrict %s", wall);
	log_debug("this kernel cannot restrict %s", wall);
}

/* No file, no connection: rules that allow nothing. */
static void
sandbox_allow_nothing(int best_effort)
{
	int	ruleset = landlock_begin(0);

	sandbox_demand(ruleset == -1 ? -1 : landlock_enforce(ruleset),
	    best_effort, "files");
}

/* Leave root for good.  Fails by ending the process. */
static void
sandbox_drop_root(uid_t uid, gid_t gid)
{
	if (capability_bound(0) == -1 || setgroups(0, NULL) == -1 ||
	    setresgid(gid, gid, gid) == -1 || setresuid(uid, uid, uid) == -1)
		fatal("cannot give up root");
	if (setresuid(0, 0, 0) != -1 || setresgid(0, 0, 0) != -1)
		fatalx("root could be had back");
}

/*
 * The first thing that a child without root does: go where its parent's
 * arguments say, -c into an empty directory, -u and -g to ids of its own; -b
 * says that a kernel without landlock(7) or seccomp(2) will do.  From then on
 * it has no files to open and no processes to start, and makes only the
 * system calls of the table.
 */
void
sandbox_enter(int argc, char *argv[], const struct seccomp_table *table)
{
	const char	*directory = NULL, *problem;
	long long	 uid = 0, gid = 0;
	int		 ch, best_effort = 0;

	while ((ch = getopt(argc, argv, "bc:g:u:")) != -1)
		if (ch == 'b')
			best_effort = 1;
		else if (ch == 'c')
			directory = optarg;
		else if (ch == 'g')
			gid = strtonum(optarg, 1, UINT32_MAX - 1, &problem);
		else if (ch == 'u')
			uid = strtonum(optarg, 1, UINT32_MAX - 1, &problem);
	if (directory == NULL || uid == 0 || gid == 0)
		fatalx("this program is started by dwserv");
	if (chroot(directory) == -1 || chdir("/") == -1)
		fatal("cannot change the root directory to %s", directory);
	sandbox_drop_root((uid_t)uid, (gid_t)gid);
	sandbox_limit(RLIMIT_NPROC, 0, "processes");
	sandbox_write_nothing();
	sandbox_common();
	sandbox_allow_nothing(best_effort);
	sandbox_demand(seccomp_enforce(table), best_effort, "system calls");
}

/*
 * The same for a program that is run before there is a configuration: it
 * becomes nobody, unless it is not root's to begin with.  It has ten seconds
 * of processor time, and few descriptors.  Whether the kernel has enough of
 * what it takes, the parent sees when it has the configuration.
 */
void
sandbox_enter_nobody(void)
{
	if (geteuid() == 0)
		sandbox_drop_root(NOBODY, NOBODY);
	sandbox_limit(RLIMIT_NPROC, 0, "processes");
	sandbox_limit(RLIMIT_NOFILE, 16, "descriptors");
	sandbox_limit(RLIMIT_CPU, 10, "processor time");
	sandbox_common();
	sandbox_allow_nothing(1);
	sandbox_demand(seccomp_enforce(&seccomp_reader), 1, "system calls");
}

/* No byte goes into a regular file. */
void
sandbox_write_nothing(void)
{
	sandbox_limit(RLIMIT_FSIZE, 0, "file sizes");
}

/*
 * Stay root, but with no more than what handling others' files takes, and
 * without the system calls for anything else.  Returns whether the arguments
 * have -b, see sandbox_enter().
 */
int
sandbox_enter_home(int argc, char *argv[])
{
	static const uint64_t	keep = CAPABILITY(CAP_CHOWN) |
				    CAPABILITY(CAP_DAC_OVERRIDE) |
				    CAPABILITY(CAP_FOWNER);
	int			best_effort = getopt(argc, argv, "b") == 'b';

	if (capability_bound(keep) == -1 || capability_keep(keep, keep) == -1)
		fatal("cannot give up capabilities");
	sandbox_common();
	sandbox_demand(seccomp_enforce(&seccomp_home), best_effort,
	    "system calls");
	return (best_effort);
}

/*
 * From now on there are no files but those below two directories: all of the
 * first is to be changed, the second to be read; -1 for one that is not
 * there.  best_effort is what sandbox_enter_home() has returned.
 */
void
sandbox_close_home(int base_fd, int skel_fd, int best_effort)
{
	int	ruleset = -1;

	errno = EOPNOTSUPP;
	if (landlock_get_level() >= LANDLOCK_NEEDED)
		ruleset = landlock_begin(0);
	if (ruleset != -1 && ((base_fd != -1 && landlock_allow(ruleset,
	    base_fd, LANDLOCK_TREES) == -1) || (skel_fd != -1 &&
	    landlock_allow(ruleset, skel_fd, LANDLOCK_READ) == -1)))
		fatal("cannot allow home directories");
	sandbox_demand(ruleset == -1 ? -1 : landlock_enforce(ruleset),
	    best_effort, "files");
}
