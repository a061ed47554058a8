/*
 * One account file on its way to disk: written beside its target with the
 * same owner, mode and extended attributes, then renamed over it.
 */

#include <sys/stat.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"

#define STAGE_NAME_MAX	(NAME_MAX + 16)
#define XATTR_SIZE_MAX	65536

static void
stage_name(char *name, const struct place *place)
{
	snprintf(name, STAGE_NAME_MAX, ".%s.dwserv", place->name);
}

/* The old file, until it becomes the backup. */
static void
backup_name(char *name, const struct place *place)
{
	snprintf(name, STAGE_NAME_MAX, ".%s-.dwserv", place->name);
}

static int
stage_copy_xattr(int from, int to, const char *name, char *value)
{
	ssize_t	size;

	if ((size = fgetxattr(from, name, value, XATTR_SIZE_MAX)) == -1)
		return (errno == ENODATA ? 0 : -1);
	return (fsetxattr(to, name, value, (size_t)size, 0));
}

/*
 * Access lists and security labels live in extended attributes.  Those of
 * the kernel's integrity checks are of the old bytes, and stay behind.
 */
static int
stage_copy_xattrs(int from, int to)
{
	char	 names[XATTR_SIZE_MAX], value[XATTR_SIZE_MAX], *name;
	ssize_t	 size;

	if ((size = flistxattr(from, names, sizeof(names))) == -1)
		return (errno == ENOTSUP ? 0 : -1);
	for (name = names; name < names + size; name += strlen(name) + 1)
		if (strcmp(name, "security.ima") != 0 &&
		    strcmp(name, "security.evm") != 0 &&
		    stage_copy_xattr(from, to, name, value) == -1)
			return (-1);
	return (0);
}

static int
stage_dress(const struct place *place, int fd,
    const struct file_state *state)
{
	int	old, failed;

	/* The mode comes last: chown(2) takes special bits away. */
	if (fchown(fd, state->stx.stx_uid, state->stx.stx_gid) == -1 ||
	    fchmod(fd, state->stx.stx_mode & 07777) == -1)
		return (-1);
	old = openat(place->directory_fd, place->name, O_RDONLY |
	    O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (old == -1)
		return (-1);
	failed = stage_copy_xattrs(old, fd);
	close(old);
	return (failed);
}

/*
 * Write a table beside its file and make it durable.  Returns 0, or -1
 * with the result filled in and nothing left behind.
 */
int
stage_write(const struct place *place, const struct table *table,
    const struct file_state *state, struct result *result)
{
	char	name[STAGE_NAME_MAX];
	int	fd, failed;

	/* Left over from a crash: the locks say that it is nobody's. */
	stage_remove(place);
	stage_name(name, place);
	fd = openat(place->directory_fd, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return (result_from_errno(result, errno, "cannot create",
		    name));
	failed = table_write(table, fd) == -1 ||
	    stage_dress(place, fd, state) == -1 || fsync(fd) == -1;
	failed |= close(fd) == -1;
	if (!failed)
		return (0);
	result_from_errno(result, errno, "cannot write", place->name);
	unlinkat(place->directory_fd, name, 0);
	return (-1);
}

void
stage_remove(const struct place *place)
{
	char	name[STAGE_NAME_MAX];

	stage_name(name, place);
	unlinkat(place->directory_fd, name, 0);
	backup_name(name, place);
	unlinkat(place->directory_fd, name, 0);
}

/*
 * Keep the old file as its own backup, by a link, and rename the staged
 * one over it.  Returns 0, or -1 with errno.
 */
int
stage_publish(const struct place *place)
{
	char		 staged[STAGE_NAME_MAX], linked[STAGE_NAME_MAX];
	char		 backup[STAGE_NAME_MAX];
	const char	*name = place->name;
	int		 fd = place->directory_fd;

	stage_name(staged, place);
	backup_name(linked, place);
	snprintf(backup, sizeof(backup), "%s-", name);
	unlinkat(fd, linked, 0);
	/* A backup is a courtesy: without it the change still goes on. */
	if (linkat(fd, name, fd, linked, 0) == -1 ||
	    renameat(fd, linked, fd, backup) == -1)
		log_warn("cannot keep the old %s as %s", name, backup);
	/* rename(2) leaves it where the backup is a link to the same file. */
	unlinkat(fd, linked, 0);
	return (renameat(fd, staged, fd, name));
}
