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

/* Close a descriptor.  Returns the result with which a function ends. */
int
close_keeping_errno(int fd, int result)
{
	int	saved = errno;

	close(fd);
	errno = saved;
	return (result);
}

/*
 * Open what a path leads to without leaving the directory or its mount,
 * and without following a link (openat2(2)); flags as for open(2).
 * Returns a descriptor, or -1 with errno: EXDEV for a mount point.
 */
int
place_open_below(int fd, const char *path, int flags)
{
	struct open_how	how = {
		.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV
	};

	return ((int)syscall(SYS_openat2, fd, path, &how, sizeof(how)));
}

/*
 * Open a directory that must be the user's own and have none of the
 * forbidden mode bits.  Returns a descriptor, or -1 with errno, EPERM if it
 * is otherwise.
 */
int
place_open_owned(int parent, const char *path, uid_t uid, mode_t forbidden)
{
	struct stat	st;
	int		fd;

	fd = place_open_below(parent, path, O_RDONLY | O_DIRECTORY);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == 0) {
		if (st.st_uid == uid && (st.st_mode & forbidden) == 0)
			return (fd);
		errno = EPERM;
	}
	return (close_keeping_errno(fd, -1));
}

/* Open the directory for hidden homes, making it first.  -1 with errno. */
int
place_open_hidden(struct home *home)
{
	int	fd;

	if (home->hidden_fd != -1)
		return (0);
	if (home->base_fd == -1) {
		errno = ENOENT;
		return (-1);
	}
	if (mkdirat(home->base_fd, HIDDEN_NAME, 0700) == -1 &&
	    errno != EEXIST)
		return (-1);
	if ((fd = place_open_owned(home->base_fd, HIDDEN_NAME, 0, 022)) == -1)
		return (-1);
	if (fchmod(fd, 0700) == -1)
		return (close_keeping_errno(fd, -1));
	home->hidden_fd = fd;
	return (0);
}

/*
 * Open the directory in which a home stands, or is to stand, and find its
 * last component.  Returns a descriptor, or -1 with errno: EPERM if others
 * than root may write there.
 */
int
place_open_parent(struct home *home, const char *path, const char **leaf)
{
	char		 directory[PATH_LENGTH_MAX + 3];
	const char	*slash = strrchr(path, '/');

	*leaf = slash == NULL ? path : slash + 1;
	snprintf(directory, sizeof(directory), "./%.*s", (int)(*leaf - path),
	    path);
	return (place_open_owned(home->base_fd, directory, 0, 022));
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
	if ((fd = place_open_below(home->hidden_fd, name, O_RDONLY |
	    O_DIRECTORY)) == -1)
		return (-1);
	failed = (home->skel_fd != -1 &&
	    skel_copy(home->skel_fd, fd, order, 0) == -1) ||
	    fchown(fd, order->uid, order->gid) == -1 ||
	    fchmod(fd, order->mode) == -1;
	return (close_keeping_errno(fd, failed ? -1 : 0));
}

static int
order_make(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	struct stat	 st;

	if (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0) {
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

/*
 * A name has changed in the directory where the path's leaf stands, or has
 * not: make that durable.  Returns 0, or -1 with errno.
 */
int
place_renamed(struct home *home, const char *path, int parent,
    const char *leaf, int failed)
{
	home->placed = 1;
	/* The base itself is left to the end. */
	return (failed || (leaf != path && fsync(parent) == -1) ? -1 : 0);
}

static int
order_place(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	char		name[HIDDEN_NAME_MAX];
	struct stat	st;
	int		failed;

	new_name(name, order->serial);
	failed = renameat2(home->hidden_fd, name, parent, leaf,
	    RENAME_NOREPLACE) == -1;
	/* It may be there already, from before a crash. */
	if (failed && errno == ENOENT)
		failed = fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) ==
		    -1 || !S_ISDIR(st.st_mode) || st.st_uid != order->uid;
	return (place_renamed(home, order->path, parent, leaf, failed));
}

/*
 * Whether a home may be removed: a directory, the account's own, not a
 * mount.  One that is not there needs no removing.
 */
static int
order_check(const struct home_order *order, int parent, const char *leaf)
{
	int	fd = place_open_owned(parent, leaf, order->uid, 0);

	if (fd == -1)
		return (errno == ENOENT ? 0 : -1);
	close(fd);
	return (0);
}

static int
order_remove(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	char	trash[HIDDEN_NAME_MAX];
	int	failed;

	/* It may have changed since it was checked. */
	if (order_check(order, parent, leaf) == -1)
		return (-1);
	trash_name(trash, order->serial);
	failed = renameat(parent, leaf, home->hidden_fd, trash) == -1 &&
	    errno != ENOENT;
	trash_start(home);
	return (place_renamed(home, order->path, parent, leaf, failed));
}

/* Carry out an order in the directory where the home stands, or is to. */
static int
order_dispatch(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	switch (order->action) {
	case HOME_ACTION_MAKE:
		return (order_make(home, order, parent, leaf));
	case HOME_ACTION_PLACE:
		return (order_place(home, order, parent, leaf));
	case HOME_ACTION_CHECK:
		return (order_check(order, parent, leaf));
	case HOME_ACTION_REMOVE:
		return (order_remove(home, order, parent, leaf));
	case HOME_ACTION_ARCHIVE:
		return (archive_order(home, order, parent, leaf));
	case HOME_ACTION_TRY:
		return (change_try(home, order, parent, leaf));
	case HOME_ACTION_CHANGE:
		return (change_order(home, order, parent, leaf));
	default:
		errno = EINVAL;
		return (-1);
	}
}

/*
 * Carry out an order where not even the directory is there in which the
 * home would stand: nothing is left to remove.
 */
static int
order_missing(struct home *home, const struct home_order *order)
{
	switch (order->action) {
	case HOME_ACTION_CHECK:
	case HOME_ACTION_REMOVE:
	case HOME_ACTION_ARCHIVE:
		return (0);
	case HOME_ACTION_TRY:
		return (order->to == NULL ? 0 : -1);
	case HOME_ACTION_CHANGE:
		return (order->to == NULL ? 0 : change_moved(home, order));
	default:
		return (-1);
	}
}

/* The rules for a path from `/' hold for one from the base. */
static int
path_is_valid(const char *path)
{
	char	absolute[PATH_LENGTH_MAX + 2];

	if (path == NULL || strlen(path) >= PATH_LENGTH_MAX)
		return (0);
	snprintf(absolute, sizeof(absolute), "/%s", path);
	return (name_check_home(absolute) == NULL);
}

static int
order_is_valid(const struct home_order *order)
{
	const char	*slash;

	if (!path_is_valid(order->path) || order->uid < ID_FLOOR ||
	    (order->to != NULL && !path_is_valid(order->to)))
		return (0);
	switch (order->action) {
	case HOME_ACTION_ARCHIVE:
		slash = order->to == NULL ? NULL : strchr(order->to, '/');
		return (slash != NULL && strchr(slash + 1, '/') == NULL);
	case HOME_ACTION_TRY:
	case HOME_ACTION_CHANGE:
		return (order->old_uid >= ID_FLOOR);
	default:
		return (1);
	}
}

/*
 * Carry out an order.  Returns 0, or -1 with errno.  A change may have only
 * begun then: there is a walk, which the caller must finish before it
 * carries out another.
 */
int
place_order(struct home *home, const struct home_order *order)
{
	const char	*leaf;
	int		 parent;

	if (!order_is_valid(order)) {
		errno = EINVAL;
		return (-1);
	}
	if (place_open_hidden(home) == -1)
		return (-1);
	if (order->action == HOME_ACTION_DISCARD)
		return (order_discard(home, order));
	parent = place_open_parent(home, order->path, &leaf);
	if (parent != -1)
		return (close_keeping_errno(parent, order_dispatch(home,
		    order, parent, leaf)));
	return (errno == ENOENT ? order_missing(home, order) : -1);
}
