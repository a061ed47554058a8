/*
 * Putting a home away where only root can look: .archive/DATE/NAME below
 * the base.  Nothing is ever overwritten there.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "home.h"

#define ARCHIVE_NAME		".archive"
#define ARCHIVED_NAME_MAX	(PATH_LENGTH_MAX + 18)

/*
 * Open a directory that is root's alone, making it first.  Returns a
 * descriptor, or -1 with errno: EPERM if it is open to others.
 */
static int
archive_open_private(int parent, const char *name)
{
	int	fd, made;

	made = mkdirat(parent, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return (-1);
	fd = place_open_owned(parent, name, 0, 077);
	/* The group may be that of the directory above: mkdir(2). */
	if (fd != -1 && made && (fchown(fd, 0, 0) == -1 ||
	    fchmod(fd, 0700) == -1))
		return (close_keeping_errno(fd, -1));
	return (fd);
}

/*
 * Make durable what was put away since the last time.  Returns 0, or -1
 * with errno.
 */
int
archive_sync(struct home *home)
{
	int	failed = 0;

	if (home->dated_fd != -1)
		failed = close_keeping_errno(home->dated_fd,
		    fsync(home->dated_fd));
	if (home->archive_fd != -1)
		failed = close_keeping_errno(home->archive_fd,
		    failed == -1 ? -1 : fsync(home->archive_fd));
	home->archive_fd = home->dated_fd = -1;
	return (failed);
}

/* Open the directory of a day, which is what `to' begins with. */
static int
archive_open(struct home *home, const char *to)
{
	char	dated[sizeof(home->dated)];

	strlcpy(dated, to, sizeof(dated));
	dated[strcspn(dated, "/")] = '\0';
	if (home->dated_fd != -1 && strcmp(dated, home->dated) == 0)
		return (0);
	if (archive_sync(home) == -1)
		return (-1);
	home->archive_fd = archive_open_private(home->base_fd, ARCHIVE_NAME);
	if (home->archive_fd == -1)
		return (-1);
	strlcpy(home->dated, dated, sizeof(home->dated));
	home->dated_fd = archive_open_private(home->archive_fd, dated);
	return (home->dated_fd == -1 ? -1 : 0);
}

/* Rename to the name that is wanted or, if it is taken, to one like it. */
static int
archive_rename(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	const char	*name = strchr(order->to, '/') + 1;
	char		 other[ARCHIVED_NAME_MAX];

	if (renameat2(parent, leaf, home->dated_fd, name,
	    RENAME_NOREPLACE) == 0)
		return (0);
	if (errno != EEXIST)
		return (-1);
	snprintf(other, sizeof(other), "%s-%" PRIx64, name, order->serial);
	return (renameat2(parent, leaf, home->dated_fd, other,
	    RENAME_NOREPLACE));
}

/*
 * Put the account's home away.  One that is not there has been put away
 * before a crash, or is no more.  Returns 0, or -1 with errno.
 */
int
archive_order(struct home *home, const struct home_order *order, int parent,
    const char *leaf)
{
	int	fd = place_open_owned(parent, leaf, order->uid, 0);

	if (fd == -1 && errno == ENOENT) {
		/* Perhaps the names of then are not durable yet. */
		home->made = 1;
		return (place_renamed(home, order->path, parent, leaf, 0));
	}
	if (fd == -1)
		return (-1);
	close(fd);
	if (archive_open(home, order->to) == -1)
		return (-1);
	return (place_renamed(home, order->path, parent, leaf,
	    archive_rename(home, order, parent, leaf) == -1));
}
