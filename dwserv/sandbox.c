/*
 * The way into an unprivileged life, for every child.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <unistd.h>

#include "dwserv.h"

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
}

/* Leave root for good.  Fails by ending the process. */
static void
sandbox_drop_root(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		fatal("cannot give up root");
	if (setresuid(0, 0, 0) != -1 || setresgid(0, 0, 0) != -1)
		fatalx("root could be had back");
}

/*
 * The first thing that a child without root does: go where its parent's
 * arguments say, -c into an empty directory, -u and -g to ids of its own.
 * From then on it has no files to write and no processes to start.
 */
void
sandbox_enter(int argc, char *argv[])
{
	const char	*directory = NULL, *problem;
	long long	 uid = 0, gid = 0;
	int		 ch;

	while ((ch = getopt(argc, argv, "c:g:u:")) != -1)
		if (ch == 'c')
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
}

/*
 * The same for a program that is run before there is a configuration: it
 * becomes nobody, unless it is not root's to begin with.  It has ten seconds
 * of processor time, and few descriptors.
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
}

/* No byte goes into a regular file. */
void
sandbox_write_nothing(void)
{
	sandbox_limit(RLIMIT_FSIZE, 0, "file sizes");
}

/*
 * Stay root, but with no more than what handling others' files takes:
 * CAP_CHOWN, CAP_DAC_OVERRIDE and CAP_FOWNER (capabilities(7)).
 */
void
sandbox_keep_file_capabilities(void)
{
	struct __user_cap_header_struct	header;
	struct __user_cap_data_struct	data[2];
	uint32_t			keep;
	int				capability;

	keep = 1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER;
	for (capability = 0; capability <= 63; capability++)
		if ((capability > 31 || (keep & (1U << capability)) == 0) &&
		    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == -1 &&
		    errno != EINVAL)
			fatal("cannot drop capability %d", capability);
	header.version = _LINUX_CAPABILITY_VERSION_3;
	header.pid = 0;
	data[0].effective = data[0].permitted = keep;
	data[0].inheritable = 0;
	data[1].effective = data[1].permitted = data[1].inheritable = 0;
	if (syscall(SYS_capset, &header, data) == -1)
		fatal("cannot give up capabilities");
}
