/*
 * The walls around the parent.  They go up when all that is named in the
 * configuration is open, and before a byte of the account files is read.
 * Whatever is started after that is behind them too, and can but give up
 * more.  It remains root where it writes: who takes it over can write any
 * account, and whatever else is in the directories of the account files.
 */

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <link.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"
#include "sandbox.h"

/* For the account files, Unix sockets, killing children, ports below 1024. */
#define PARENT_KEEPS	(CAPABILITY(CAP_CHOWN) | \
			CAPABILITY(CAP_DAC_OVERRIDE) | \
			CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_KILL) | \
			CAPABILITY(CAP_NET_BIND_SERVICE))
/*
 * What children begin with, to give it up: without new privileges they have
 * only what the parent could have, though it does not.
 */
#define CHILDREN_GET	(CAPABILITY(CAP_CHOWN) | \
			CAPABILITY(CAP_DAC_OVERRIDE) | \
			CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_SETGID) | \
			CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETPCAP) | \
			CAPABILITY(CAP_SYS_CHROOT))

#define ATTRIBUTES_MAX	65536

/* Remember a directory and what may be done below it, and allow that. */
static void
walls_allow(struct walls *walls, int ruleset, int fd, unsigned int rights)
{
	struct stat	st;
	struct opening	*opening;

	if (fd == -1)
		return;
	if (fstat(fd, &st) == -1 ||
	    (ruleset != -1 && landlock_allow(ruleset, fd, rights) == -1))
		fatal("cannot allow what dwserv needs");
	if ((opening = calloc(1, sizeof(*opening))) == NULL)
		fatal("cannot remember what dwserv may use");
	opening->device = st.st_dev;
	opening->inode = st.st_ino;
	opening->rights = rights;
	TAILQ_INSERT_TAIL(&walls->openings, opening, entry);
}

/* Open the directory that a path ends in, or is.  Returns -1 with errno. */
static int
walls_open(const char *path, int parent)
{
	char	 directory[PATH_MAX], *slash;

	if (strlcpy(directory, path, sizeof(directory)) >= sizeof(directory))
		return (-1);
	if (parent && (slash = strrchr(directory, '/')) == NULL)
		strlcpy(directory, ".", sizeof(directory));
	else if (parent)
		slash[slash == directory] = '\0';
	return (open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static void
walls_allow_path(struct walls *walls, int ruleset, const char *path,
    int parent, unsigned int rights)
{
	int	fd = walls_open(path, parent);

	walls_allow(walls, ruleset, fd, rights);
	if (fd != -1)
		close(fd);
}

/* The dynamic linker, which runs before any program: NULL if there is none. */
static const char *
walls_find_linker(void)
{
	const ElfW(Phdr)	*header, *interpreter = NULL;
	unsigned long		 count = getauxval(AT_PHNUM), i;
	uintptr_t		 base = 0, headers = getauxval(AT_PHDR);

	header = (const ElfW(Phdr) *)headers;
	for (i = 0; i < count; i++)
		if (header[i].p_type == PT_PHDR)
			base = headers - header[i].p_vaddr;
		else if (header[i].p_type == PT_INTERP)
			interpreter = &header[i];
	return (interpreter == NULL ? NULL :
	    (const char *)(base + interpreter->p_vaddr));
}

/* A directory with programs of ours, and those where they really are. */
static void
walls_allow_directory(struct walls *walls, int ruleset,
    const char *directory)
{
	static const char	*names[] = { "dwserv-auth", "dwserv-config",
				    "dwserv-home", "dwserv-worker" };
	char			 path[PATH_MAX], actual[PATH_MAX];
	size_t			 i;

	walls_allow_path(walls, ruleset, directory, 0, LANDLOCK_EXECUTE);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (snprintf(path, sizeof(path), "%s/%s", directory,
		    names[i]) < (int)sizeof(path) &&
		    realpath(path, actual) != NULL)
			walls_allow_path(walls, ruleset, actual, 1,
			    LANDLOCK_EXECUTE);
}

/* The children's programs, and the dynamic linker with whatever is there. */
static void
walls_allow_programs(struct walls *walls, int ruleset,
    const struct config *config)
{
	const char	*linker = walls_find_linker();
	char		 own[PATH_MAX], *slash;
	ssize_t		 length;

	length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	own[length < 0 ? 0 : length] = '\0';
	if ((slash = strrchr(own, '/')) != NULL) {
		*slash = '\0';
		walls_allow_directory(walls, ruleset, own);
	}
	walls_allow_directory(walls, ruleset, DWSERV_LIBEXEC);
	walls_allow_directory(walls, ruleset, config->libexec);
	if (linker != NULL && realpath(linker, own) != NULL)
		walls_allow_path(walls, ruleset, own, 1, LANDLOCK_EXECUTE);
}

static void
walls_allow_sockets(struct walls *walls, int ruleset,
    const struct config *config)
{
	const struct listener	*listener;

	walls_allow_path(walls, ruleset, config->control, 1,
	    LANDLOCK_SOCKETS);
	TAILQ_FOREACH(listener, &config->listeners, entry)
		if (listener->address.ss_family == AF_UNIX)
			walls_allow_path(walls, ruleset, listener_path(
			    listener), 1, LANDLOCK_SOCKETS);
}

/* Where accounts, state and homes are. */
static void
walls_allow_accounts(struct walls *walls, int ruleset,
    const struct parent *parent)
{
	const struct store	*store = &parent->commit.store;
	int			 fd;

	walls_allow(walls, ruleset, store->etc_fd, LANDLOCK_FILES);
	walls_allow(walls, ruleset,
	    store->places[TABLE_ALIASES].directory_fd, LANDLOCK_FILES);
	walls_allow(walls, ruleset, parent->state_fd,
	    LANDLOCK_FILES | LANDLOCK_DIRECTORIES);
	fd = store_open_below(store, parent->config->accounts.home,
	    O_PATH | O_DIRECTORY);
	walls_allow(walls, ruleset, fd, LANDLOCK_TREES);
	if (fd != -1)
		close(fd);
}

/* Reading anywhere: the configuration and what it names may be. */
static void
walls_allow_all(struct walls *walls, int ruleset, const struct parent *parent)
{
	int	fd = open("/dev/null", O_PATH | O_CLOEXEC);

	walls_allow_path(walls, ruleset, "/", 0, LANDLOCK_READ);
	walls_allow(walls, ruleset, fd, LANDLOCK_WRITE_FILE);
	if (fd != -1)
		close(fd);
	walls_allow_programs(walls, ruleset, parent->config);
	walls_allow_sockets(walls, ruleset, parent->config);
	walls_allow_accounts(walls, ruleset, parent);
}

/*
 * Attributes that the kernel lets nobody copy without CAP_SYS_ADMIN.  SELinux
 * sees to its own when it is there.
 */
static int
walls_is_guarded(const char *name)
{
	if (strcmp(name, "security.selinux") == 0)
		return (access("/sys/fs/selinux/enforce", F_OK) == -1);
	return (strncmp(name, "trusted.", 8) == 0 ||
	    (strncmp(name, "security.", 9) == 0 &&
	    strcmp(name, "security.ima") != 0 &&
	    strcmp(name, "security.evm") != 0));
}

static int
walls_file_is_guarded(const struct place *place)
{
	char	 names[ATTRIBUTES_MAX], *name;
	ssize_t	 size = 0;
	int	 fd, guarded = 0;

	fd = openat(place->directory_fd, place->name, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return (0);
	size = flistxattr(fd, names, sizeof(names));
	for (name = names; !guarded && name < names + size;
	    name += strlen(name) + 1)
		guarded = walls_is_guarded(name);
	close(fd);
	return (guarded);
}

/* What the parent itself keeps, by what its files are like. */
static uint64_t
walls_capabilities(const struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (walls_file_is_guarded(&store->places[kind])) {
			log_info("CAP_SYS_ADMIN is kept: %s has attributes "
			    "that nobody else may copy",
			    store->places[kind].name);
			return (PARENT_KEEPS | CAPABILITY(CAP_SYS_ADMIN));
		}
	return (PARENT_KEEPS);
}

static const char *
walls_lacking(const struct walls *walls)
{
	if (walls->landlock < LANDLOCK_NEEDED)
		return (walls->seccomp ? "landlock" : "landlock and seccomp");
	return (walls->seccomp ? NULL : "seccomp");
}

/*
 * See what the kernel has.  Without that which is needed only a configuration
 * that asks for no more than the best effort goes.
 */
void
walls_survey(struct parent *parent)
{
	struct walls	*walls = &parent->walls;
	const char	*lacking, *more;

	TAILQ_INIT(&walls->openings);
	walls->landlock = landlock_get_level();
	walls->seccomp = seccomp_is_there();
	lacking = walls_lacking(walls);
	if (lacking != NULL && !parent->config->sandbox_best_effort)
		fatalx("this kernel has no %s, which dwserv(8) needs; use "
		    "Linux 6.1 or newer, or `sandbox best effort'", lacking);
	more = landlock_missing(walls->landlock);
	snprintf(walls->missing, sizeof(walls->missing), "%s%s%s",
	    walls->seccomp ? "" : "seccomp",
	    walls->seccomp || more == NULL ? "" : ", ",
	    more == NULL ? "" : more);
	if (lacking != NULL)
		log_warnx("sandbox best effort: this kernel has no %s",
		    lacking);
	else if (more != NULL)
		log_info("this kernel, with landlock %d, does not restrict "
		    "%s", walls->landlock, more);
}

static const struct seccomp_table *
walls_table(void)
{
	int	fd = memfd_create("none", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd == -1)
		return (&seccomp_parent_older);
	close(fd);
	return (&seccomp_parent);
}

/* Put the walls up.  Ends the process if that fails. */
void
walls_raise(struct parent *parent)
{
	struct walls	*walls = &parent->walls;
	uint64_t	 keep;
	int		 ruleset = -1;

	if (walls->landlock >= LANDLOCK_NEEDED &&
	    (ruleset = landlock_begin(1)) == -1)
		fatal("cannot restrict files");
	walls_allow_all(walls, ruleset, parent);
	keep = walls_capabilities(&parent->commit.store);
	if (capability_bound(CHILDREN_GET) == -1 ||
	    capability_keep(keep | CHILDREN_GET, keep) == -1)
		fatal("cannot give up capabilities");
	if (ruleset != -1 && landlock_enforce(ruleset) == -1)
		fatal("cannot restrict files");
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == -1 &&
	    errno != EINVAL)
		fatal("cannot forbid the making of code");
	if (walls->seccomp && seccomp_enforce(walls_table()) == -1)
		fatal("cannot restrict system calls");
	if (access("/proc/1/status", R_OK) == -1)
		log_warnx("the processes of accounts cannot be seen; mount "
		    "/proc without hidepid");
}

static int
walls_opened(const struct walls *walls, const struct stat *st,
    unsigned int rights)
{
	const struct opening	*opening;

	TAILQ_FOREACH(opening, &walls->openings, entry)
		if (opening->device == st->st_dev &&
		    opening->inode == st->st_ino &&
		    (opening->rights & rights) == rights)
			return (1);
	return (0);
}

/*
 * Whether a directory, which is closed here, or one that it is in has been
 * allowed; also if it is not there, which others will complain about.
 */
static int
walls_include(const struct walls *walls, int fd, unsigned int rights)
{
	struct stat	st, above = { .st_ino = 0 };
	int		found = fd == -1, next, ended = 0;

	while (!found && !ended && fstat(fd, &st) == 0) {
		found = walls_opened(walls, &st, rights);
		next = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		ended = next == -1 || (st.st_ino == above.st_ino &&
		    st.st_dev == above.st_dev);
		above = st;
		close(fd);
		fd = next;
	}
	if (fd != -1)
		close(fd);
	return (found);
}

static const char *
walls_exclude(const struct parent *parent, const struct config *config)
{
	const struct walls	*walls = &parent->walls;
	const struct listener	*listener;

	if (!walls_include(walls, store_open_below(&parent->commit.store,
	    config->accounts.home, O_PATH | O_DIRECTORY), LANDLOCK_TREES))
		return (config->accounts.home);
	if (!walls_include(walls, walls_open(config->libexec, 0),
	    LANDLOCK_EXECUTE))
		return (config->libexec);
	TAILQ_FOREACH(listener, &config->listeners, entry)
		if (listener->address.ss_family == AF_UNIX &&
		    !walls_include(walls, walls_open(listener_path(listener),
		    1), LANDLOCK_SOCKETS))
			return (listener_path(listener));
	return (NULL);
}

/*
 * Whether this dwserv can use another configuration behind the walls that it
 * has.  Returns 0, or -1 with the reason.
 */
int
walls_check(const struct parent *parent, const struct config *config,
    char *reason, size_t size)
{
	const char	*path, *lacking = walls_lacking(&parent->walls);

	if (lacking != NULL && !config->sandbox_best_effort) {
		snprintf(reason, size, "this kernel has no %s, which dwserv "
		    "needs unless there is `sandbox best effort'", lacking);
		return (-1);
	}
	if (parent->walls.landlock < LANDLOCK_NEEDED ||
	    (path = walls_exclude(parent, config)) == NULL)
		return (0);
	snprintf(reason, size, "%s is not below a directory that dwserv was "
	    "allowed to use when it was started; restart dwserv", path);
	return (-1);
}
