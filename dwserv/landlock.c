/*
 * landlock(7): which directories a process may use, for good.  The kernel's
 * headers may be older than the kernel, so that what they lack is given
 * here, as linux/landlock.h has it.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <unistd.h>

#include "sandbox.h"

#define ACCESS_FS_REFER		(UINT64_C(1) << 13)	/* level 2 */
#define ACCESS_FS_TRUNCATE	(UINT64_C(1) << 14)	/* level 3 */
#define ACCESS_FS_IOCTL_DEV	(UINT64_C(1) << 15)	/* level 5 */
#define ACCESS_NET_CONNECT_TCP	(UINT64_C(1) << 1)	/* level 4 */
#define ACCESS_NET_BIND_TCP	(UINT64_C(1) << 0)	/* level 4 */
#define SCOPE_ABSTRACT_UNIX	(UINT64_C(1) << 0)	/* level 6 */
#define SCOPE_SIGNAL		(UINT64_C(1) << 1)	/* level 6 */

#define ACCESS_LEVEL_1	((UINT64_C(1) << 13) - 1)
#define ACCESS_ANY_FILE	(LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_FS_TRUNCATE)
#define ACCESS_FILES	(ACCESS_ANY_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
			LANDLOCK_ACCESS_FS_READ_DIR | \
			LANDLOCK_ACCESS_FS_MAKE_REG | \
			LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define ACCESS_ON_FILE	(ACCESS_ANY_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
			LANDLOCK_ACCESS_FS_EXECUTE)

/* struct landlock_ruleset_attr of level 6; older ones are shorter. */
struct ruleset {
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scoped;
};

/* The level of what the kernel has, 0 if it has nothing of it. */
int
landlock_get_level(void)
{
	long	level;

	level = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	return (level < 0 ? 0 : (int)level);
}

static uint64_t
landlock_handled(int level)
{
	uint64_t	handled = ACCESS_LEVEL_1;

	if (level >= 2)
		handled |= ACCESS_FS_REFER;
	if (level >= 3)
		handled |= ACCESS_FS_TRUNCATE;
	if (level >= 5)
		handled |= ACCESS_FS_IOCTL_DEV;
	return (handled);
}

/*
 * Begin a set of rules that allows nothing: no file, no TCP connection, no
 * abstract Unix socket and no signal to a process without these rules.  Only
 * if bind is not 0 TCP ports may be had.  Returns a descriptor, or -1 with
 * errno; what the kernel does not know it does not forbid.
 */
int
landlock_begin(int bind)
{
	struct ruleset	ruleset = { 0, 0, 0 };
	int		level = landlock_get_level();

	ruleset.fs = landlock_handled(level);
	if (level >= 4)
		ruleset.net = ACCESS_NET_CONNECT_TCP |
		    (bind ? 0 : ACCESS_NET_BIND_TCP);
	if (level >= 6)
		ruleset.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	/* Zeros beyond what it knows do not bother the kernel. */
	return ((int)syscall(SYS_landlock_create_ruleset, &ruleset,
	    sizeof(ruleset), 0));
}

static uint64_t
landlock_access(unsigned int rights)
{
	uint64_t	access = 0;

	if (rights & LANDLOCK_READ)
		access |= LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_READ_DIR;
	if (rights & LANDLOCK_EXECUTE)
		access |= LANDLOCK_ACCESS_FS_EXECUTE;
	if (rights & LANDLOCK_WRITE_FILE)
		access |= ACCESS_ANY_FILE;
	if (rights & LANDLOCK_FILES)
		access |= ACCESS_FILES;
	if (rights & LANDLOCK_DIRECTORIES)
		access |= LANDLOCK_ACCESS_FS_MAKE_DIR;
	if (rights & LANDLOCK_SOCKETS)
		access |= LANDLOCK_ACCESS_FS_MAKE_SOCK |
		    LANDLOCK_ACCESS_FS_REMOVE_FILE;
	if (rights & LANDLOCK_TREES)
		access |= ACCESS_FILES | ACCESS_FS_REFER |
		    LANDLOCK_ACCESS_FS_MAKE_DIR |
		    LANDLOCK_ACCESS_FS_REMOVE_DIR |
		    LANDLOCK_ACCESS_FS_MAKE_SYM;
	return (access);
}

/*
 * Allow what the rights say (enum landlock_right) for an open file, or for a
 * directory and all below it.  Returns 0, or -1 with errno.
 */
int
landlock_allow(int ruleset, int fd, unsigned int rights)
{
	struct landlock_path_beneath_attr	rule;
	struct stat				st;

	if (fstat(fd, &st) == -1)
		return (-1);
	rule.parent_fd = fd;
	rule.allowed_access = landlock_access(rights) &
	    landlock_handled(landlock_get_level());
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= ACCESS_ON_FILE;
	return ((int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
}

/*
 * From now on these rules hold for this process and all that it starts.
 * Closes the descriptor.  Returns 0, or -1 with errno.
 */
int
landlock_enforce(int ruleset)
{
	int	failed, saved;

	failed = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	saved = errno;
	close(ruleset);
	errno = saved;
	return (failed);
}

/*
 * What a kernel of this level cannot forbid, for people; NULL if there is
 * nothing that is used here.
 */
const char *
landlock_missing(int level)
{
	static const char *const	missing[] = {
		"landlock", "landlock",
		"file truncation, TCP, device ioctl, scopes",
		"TCP, device ioctl, scopes",
		"device ioctl, scopes",
		"scopes"
	};

	if (level < 0 || (size_t)level >= sizeof(missing) / sizeof(missing[0]))
		return (NULL);
	return (missing[level]);
}
