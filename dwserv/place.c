/*
 * Carrying out one order for a home directory.  A home is built in, and
 * removed from, a directory that only root can enter, and changes its name
 * in one step.  No link is followed, no mount is crossed, and nothing is
 * touched in a directory that others than root may write.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <unistd.h>

#include "home.h"

static void
new_name(char *name, uint64_t serial)
{
	snprintf(name, HIDDEN_NAME_MAX, "new-%016" PRIx64, serial);
}

static int
open_below(int fd, const char *path, int flags)
{
	struct open_how	how;

	memset(&how, 0, sizeof(how));
	how.flags = (uint64_t)(flags | O_CLOEXEC);
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
	    RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
	return ((int)syscall(SYS_openat2, fd, path, &how, sizeof(how)));
}

static int
directory_is_roots(int fd)
{
	struct stat	st;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (st.st_uid == 0 && (st.st_mode & 022) == 0)
		return (0);
	errno = EPERM;
	return (-1);
}

/* Open the directory for hidden homes, making it first.  -1 with errno. */
int
place_open_hidden(struct home *home)
{
	if (home->hidden_fd != -1)
		return (0);
	if (home->base_fd == -1) {
		errno = ENOENT;
		return (-1);
	}
	if (mkdirat(home->base_fd, HIDDEN_NAME, 0700) == -1 &&
	    errno != EEXIST)
		return (-1);
	home->hidden_fd = open_below(home->base_fd, HIDDEN_NAME,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (home->hidden_fd == -1)
		return (-1);
	if (directory_is_roots(home->hidden_fd) == -1 ||
	    fchmod(home->hidden_fd, 0700) == -1) {
		close(home->hidden_fd);
		home->hidden_fd = -1;
		return (-1);
	}
	return (0);
}

/*
 * Open the directory in which a home stands, or is to stand, and find its
 * last component.  Returns a descriptor, or -1 with errno: EPERM if others
 * than root may write there.
 */
static int
open_parent(struct home *home, const char *path, const char **leaf)
{
	char		 directory[PATH_LENGTH_MAX + 1];
	const char	*slash = strrchr(path, '/');
	int		 fd;

	*leaf = slash == NULL ? path : slash + 1;
	strlcpy(directory, ".", sizeof(directory));
	if (slash != NULL) {
		if ((size_t)(slash - path) >= sizeof(directory)) {
			errno = ENAMETOOLONG;
			return (-1);
		}
		memcpy(directory, path, (size_t)(slash - path));
		directory[slash - path] = '\0';
	}
	fd = open_below(home->base_fd, directory, O_RDONLY | O_DIRECTORY);
	if (fd != -1 && directory_is_roots(fd) == -1) {
		close(fd);
		fd = -1;
		errno = EPERM;
	}
	return (fd);
}

static int
close_keeping_errno(int fd, int result)
{
	int	saved = errno;

	close(fd);
	errno = saved;
	return (result);
}

/* Build the home out of sight.  What is half done is removed later. */
static int
order_build(struct home *home, const struct home_order *order)
{
	char	name[HIDDEN_NAME_MAX];
	int	fd, failed;

	new_name(name, order->serial);
	if (mkdirat(home->hidden_fd, name, 0700) == -1)
		return (-1);
	home->made = 1;
	fd = open_below(home->hidden_fd, name, O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW);
	if (fd == -1)
		return (-1);
	failed = (home->skel_fd != -1 &&
	    skel_copy(home->skel_fd, fd, order) == -1) ||
	    fchown(fd, order->uid, order->gid) == -1 ||
	    fchmod(fd, order->mode) == -1;
	return (close_keeping_errno(fd, failed ? -1 : 0));
}

static int
order_make(struct home *home, const struct home_order *order)
{
	const char	*leaf;
	struct stat	 st;
	int		 fd, taken;

	if ((fd = open_parent(home, order->path, &leaf)) == -1)
		return (-1);
	taken = fstatat(fd, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0;
	close(fd);
	if (taken) {
		errno = EEXIST;
		return (-1);
	}
	return (order_build(home, order));
}

static int
order_discard(struct home *home, const struct home_order *order)
{
	char	name[HIDDEN_NAME_MAX], trash[HIDDEN_NAME_MAX];

	new_name(name, order->serial);
	trash_name(trash, order->serial);
	if (renameat(home->hidden_fd, name, home->hidden_fd, trash) == -1 &&
	    errno != ENOENT)
		return (-1);
	trash_start(home);
	return (0);
}

/* Whether the home is there already, from before a crash. */
static int
home_is_placed(int parent, const char *leaf, uid_t uid)
{
	struct stat	st;

	return (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode) && st.st_uid == uid);
}

static int
order_place(struct home *home, const struct home_order *order)
{
	const char	*leaf;
	char		 name[HIDDEN_NAME_MAX];
	int		 fd, failed;

	new_name(name, order->serial);
	if ((fd = open_parent(home, order->path, &leaf)) == -1)
		return (-1);
	failed = renameat2(home->hidden_fd, name, fd, leaf,
	    RENAME_NOREPLACE) == -1;
	if (failed && errno == ENOENT &&
	    home_is_placed(fd, leaf, order->uid))
		failed = 0;
	if (!failed && leaf != order->path)
		failed = fsync(fd) == -1;
	home->placed = 1;
	return (close_keeping_errno(fd, failed ? -1 : 0));
}

/*
 * Whether a home may be removed: a directory, the account's own, not a
 * mount.  One that is not there needs no removing.
 */
static int
order_check(struct home *home, const struct home_order *order)
{
	const char	*leaf;
	struct stat	 st;
	int		 parent, fd, failed;

	if ((parent = open_parent(home, order->path, &leaf)) == -1)
		return (errno == ENOENT ? 0 : -1);
	fd = open_below(parent, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	close_keeping_errno(parent, 0);
	if (fd == -1)
		return (errno == ENOENT ? 0 : -1);
	failed = fstat(fd, &st) == -1;
	if (!failed && st.st_uid != order->uid) {
		failed = 1;
		errno = EPERM;
	}
	return (close_keeping_errno(fd, failed ? -1 : 0));
}

static int
order_remove(struct home *home, const struct home_order *order)
{
	const char	*leaf;
	char		 trash[HIDDEN_NAME_MAX];
	int		 parent, failed;

	if ((parent = open_parent(home, order->path, &leaf)) == -1)
		return (errno == ENOENT ? 0 : -1);
	/* It may have changed since it was checked. */
	if (order_check(home, order) == -1)
		return (close_keeping_errno(parent, -1));
	trash_name(trash, order->serial);
	failed = renameat(parent, leaf, home->hidden_fd, trash) == -1 &&
	    errno != ENOENT;
	if (!failed && leaf != order->path)
		failed = fsync(parent) == -1;
	home->placed = 1;
	trash_start(home);
	return (close_keeping_errno(parent, failed ? -1 : 0));
}

/* Carry out an order.  Returns 0, or -1 with errno. */
int
place_order(struct home *home, const struct home_order *order)
{
	char	path[PATH_LENGTH_MAX + 2];

	/* The rules for a path from `/' hold for one from the base. */
	snprintf(path, sizeof(path), "/%s", order->path);
	if (name_check_home(path) != NULL || order->uid < ID_FLOOR) {
		errno = EINVAL;
		return (-1);
	}
	if (place_open_hidden(home) == -1)
		return (-1);
	switch (order->action) {
	case HOME_ACTION_MAKE:
		return (order_make(home, order));
	case HOME_ACTION_DISCARD:
		return (order_discard(home, order));
	case HOME_ACTION_PLACE:
		return (order_place(home, order));
	case HOME_ACTION_CHECK:
		return (order_check(home, order));
	case HOME_ACTION_REMOVE:
		return (order_remove(home, order));
	default:
		errno = EINVAL;
		return (-1);
	}
}
