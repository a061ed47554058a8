/*
 * Changing a home: it moves, or its files get other ids, or both.  What is
 * asked for again after a crash ends as if it had been done at once.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "home.h"

/* Whether the new place is free, in a directory of root's. */
static int
change_try_place(struct home *home, const char *to)
{
	struct stat	 st;
	const char	*leaf;
	int		 parent = place_open_parent(home, to, &leaf);

	if (parent == -1)
		return (-1);
	if (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	return (close_keeping_errno(parent, errno == ENOENT ? 0 : -1));
}

/*
 * Whether a home may be changed: a directory, the account's own, not a
 * mount.  If it need not move, one that is not there or is somebody else's
 * needs no changing.  Returns 0, or -1 with errno.
 */
int
change_try(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	struct stat	st;
	int		fd;

	if (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (errno == ENOENT && order->to == NULL ? 0 : -1);
	if (st.st_uid != order->old_uid && order->to == NULL)
		return (0);
	fd = place_open_owned(parent, leaf, order->old_uid, 0);
	if (fd == -1)
		return (-1);
	close(fd);
	return (order->to == NULL ? 0 : change_try_place(home, order->to));
}

/*
 * Begin to give the files to the new ids.  A directory that is neither the
 * account's nor was is somebody else's home, and is left alone.
 */
static int
change_owners(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	struct stat	st;
	int		fd;

	if (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (errno == ENOENT && order->to == NULL ? 0 : -1);
	if (order->old_uid == order->uid && order->old_gid == order->gid)
		return (0);
	if (st.st_uid != order->old_uid && st.st_uid != order->uid)
		return (0);
	fd = place_open_below(parent, leaf, O_RDONLY | O_DIRECTORY);
	if (fd == -1)
		return (-1);
	home->made = 1;
	return (close_keeping_errno(fd, tree_start(&home->tree, fd, order)));
}

/*
 * The home is at its new place, or should be: what is left to do there.
 * Returns 0, or -1 with errno, ENOENT if it is not.
 */
int
change_moved(struct home *home, const struct home_order *order)
{
	const char	*leaf;
	int		 parent = place_open_parent(home, order->to, &leaf);
	int		 failed;

	if (parent == -1)
		return (-1);
	failed = place_renamed(home, order->to, parent, leaf, 0) == -1 ||
	    change_owners(home, order, parent, leaf) == -1;
	return (close_keeping_errno(parent, failed ? -1 : 0));
}

/* Rename a home that is still at its old place. */
static int
change_move(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	const char	*to_leaf;
	int		 fd, to_parent, failed;

	/* It may have changed since it was tried. */
	fd = place_open_owned(parent, leaf, order->old_uid, 0);
	if (fd == -1)
		return (errno == ENOENT ? 0 : -1);
	close(fd);
	to_parent = place_open_parent(home, order->to, &to_leaf);
	if (to_parent == -1)
		return (-1);
	failed = renameat2(parent, leaf, to_parent, to_leaf,
	    RENAME_NOREPLACE) == -1;
	return (close_keeping_errno(to_parent, failed ? -1 : 0));
}

/*
 * Change a home.  Returns 0, perhaps with a walk begun, or -1 with errno.
 */
int
change_order(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	if (order->to == NULL)
		return (change_owners(home, order, parent, leaf));
	if (change_move(home, order, parent, leaf) == -1 ||
	    place_renamed(home, order->path, parent, leaf, 0) == -1)
		return (-1);
	return (change_moved(home, order));
}
