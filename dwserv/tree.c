/*
 * A walk through the files of a home, which get other ids, a little at a
 * time, so that pings do not wait.  What is changed is always an open file
 * whose owner has been looked at, never a name: whoever renames meanwhile
 * can at most hide files of their own.  No link is followed, no mount is
 * crossed, and no tree takes more than a few descriptors.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "home.h"
#include "xmalloc.h"

/* Down to here directories stay open while those below are walked. */
#define TREE_OPEN_MAX	32
/* No directory is so deep, unless somebody moves them under our feet. */
#define TREE_DEPTH_MAX	65536

/* Something could not be changed: go on, but remember the first reason. */
static void
tree_failed(struct tree *tree, int error)
{
	if (tree->error == 0)
		tree->error = error;
}

/*
 * Give a file to the new ids, each if it has the old one, as usermod(8)
 * does.  The kernel takes the set-id bits away (chown(2)), which usermod
 * does not give back either.  A file that has other names too may have been
 * linked here for its group: only the account's own is changed.
 */
static int
tree_give(const struct tree *tree, int fd, const struct stat *st)
{
	const struct home_order	*order = &tree->order;
	uid_t			 uid = (uid_t)-1;
	gid_t			 gid = (gid_t)-1;

	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1 &&
	    st->st_uid != order->old_uid)
		return (0);
	if (st->st_uid == order->old_uid && order->uid != order->old_uid)
		uid = order->uid;
	if (st->st_gid == order->old_gid && order->gid != order->old_gid)
		gid = order->gid;
	if (uid == (uid_t)-1 && gid == (gid_t)-1)
		return (0);
	return (fchownat(fd, "", uid, gid, AT_EMPTY_PATH |
	    AT_SYMLINK_NOFOLLOW));
}

/* Below so many levels only the last directory stays open. */
static void
tree_close_last(struct tree *tree)
{
	struct tree_level	*last;

	if (tree->depth <= TREE_OPEN_MAX)
		return;
	last = &tree->levels[tree->depth - 1];
	closedir(last->directory);
	last->directory = NULL;
}

/* Go down into a directory.  Returns 0, or -1 with errno. */
static int
tree_descend(struct tree *tree, int fd, const struct stat *st)
{
	DIR	*directory;

	if (tree->depth == TREE_DEPTH_MAX) {
		errno = ELOOP;
		return (-1);
	}
	if ((directory = trash_open(fd, ".")) == NULL)
		return (-1);
	if (tree->depth == tree->size) {
		tree->levels = xrecallocarray(tree->levels, tree->size,
		    tree->size * 2 + 16, sizeof(*tree->levels));
		tree->size = tree->size * 2 + 16;
	}
	tree_close_last(tree);
	tree->levels[tree->depth++] = (struct tree_level){ directory, 0,
	    st->st_dev, st->st_ino };
	return (0);
}

/* Give the file behind a descriptor away, and go into a directory. */
static int
tree_take(struct tree *tree, int fd)
{
	struct stat	st;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (tree_give(tree, fd, &st) == -1)
		tree_failed(tree, errno);
	return (S_ISDIR(st.st_mode) ? tree_descend(tree, fd, &st) : 0);
}

/* One entry of a directory, which may be gone by now. */
static void
tree_visit(struct tree *tree, int parent, const char *name)
{
	int	fd = place_open_below(parent, name, O_PATH);

	if (fd == -1 && errno == EXDEV && !tree->mounts++)
		log_warnx("a mount in the home directory of uid %u is passed "
		    "over: give the files there away by hand",
		    tree->order.old_uid);
	if (fd == -1) {
		if (errno != EXDEV && errno != ENOENT)
			tree_failed(tree, errno);
		return;
	}
	if (tree_take(tree, fd) == -1)
		tree_failed(tree, errno);
	close(fd);
}

/*
 * Open a directory again where it was left, from one that was in it; it is
 * another's if the latter has been moved.
 */
static int
tree_reopen(struct tree_level *level, DIR *below)
{
	DIR		*directory = trash_open(dirfd(below), "..");
	struct stat	 st;

	if (directory == NULL)
		return (-1);
	if (fstat(dirfd(directory), &st) == 0 &&
	    st.st_dev == level->device && st.st_ino == level->inode &&
	    lseek(dirfd(directory), level->position, SEEK_SET) != -1) {
		level->directory = directory;
		return (0);
	}
	closedir(directory);
	errno = EBUSY;
	return (-1);
}

/* A directory is done: back to the one above that can be had. */
static void
tree_ascend(struct tree *tree)
{
	DIR	*done = tree->levels[--tree->depth].directory;

	while (tree->depth > 0 &&
	    tree->levels[tree->depth - 1].directory == NULL) {
		if (tree_reopen(&tree->levels[tree->depth - 1], done) == 0)
			break;
		tree_failed(tree, errno);
		tree->depth--;
	}
	closedir(done);
}

static void
tree_turn(struct tree *tree)
{
	struct tree_level	*level = &tree->levels[tree->depth - 1];
	struct dirent		*entry;

	errno = 0;
	if ((entry = readdir(level->directory)) == NULL) {
		if (errno != 0)
			tree_failed(tree, errno);
		tree_ascend(tree);
		return;
	}
	level->position = entry->d_off;
	if (strcmp(entry->d_name, ".") != 0 &&
	    strcmp(entry->d_name, "..") != 0)
		tree_visit(tree, dirfd(level->directory), entry->d_name);
}

/*
 * Begin to walk the tree below an open directory, for the ids of the order.
 * Returns 0, or -1 with errno.
 */
int
tree_start(struct tree *tree, int fd, const struct home_order *order)
{
	memset(tree, 0, sizeof(*tree));
	tree->order = *order;
	tree->order.path = tree->order.to = NULL;
	return (tree_take(tree, fd));
}

/*
 * Go on for so many milliseconds.  Returns 1 if there is more to do, or 0
 * at the end; then the tree's error says what went wrong, and is 0 if all
 * files have the new ids.
 */
int
tree_walk(struct tree *tree, uint64_t milliseconds)
{
	uint64_t	until = loop_now() + milliseconds;

	while (tree->depth > 0) {
		tree_turn(tree);
		if (loop_now() >= until)
			break;
	}
	if (tree->depth > 0)
		return (1);
	free(tree->levels);
	tree->levels = NULL;
	tree->size = 0;
	return (0);
}
