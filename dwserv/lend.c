/*
 * The files of the configuration, opened by the process that has the right
 * to, for the one that reads them, which has none.  Whoever asks may have
 * been taken over: only what can be a configuration is lent, for reading.
 * Not a byte of it is looked at here.
 */

#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <unistd.h>

#include "config.h"

/* Where the kernel shows things of its own as regular files. */
static const uint32_t kernel_systems[] = {
	ANON_INODE_FS_MAGIC, BPF_FS_MAGIC, CGROUP_SUPER_MAGIC,
	CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, EFIVARFS_MAGIC, NSFS_MAGIC,
	PROC_SUPER_MAGIC, PSTOREFS_MAGIC, SECURITYFS_MAGIC, SELINUX_MAGIC,
	SYSFS_MAGIC, TRACEFS_MAGIC
};

/* Why root should not do what this file says, or NULL. */
static const char *
lend_check(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return ("owned by somebody else; chown root");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return ("writable by group or others; chmod 0600");
	if (st->st_size > SOURCE_SIZE_MAX)
		return ("larger than 1 MB");
	return (NULL);
}

/*
 * With a device, opening alone may have effects; and to have /proc/self/mem
 * open is as good as being us.
 */
static const char *
lend_check_kind(int handle, const struct stat *st)
{
	struct statfs	 system;
	size_t		 i;

	if (!S_ISREG(st->st_mode))
		return ("not a regular file");
	if (fstatfs(handle, &system) == -1)
		return (strerror(errno));
	for (i = 0; i < sizeof(kernel_systems) / sizeof(kernel_systems[0]);
	    i++)
		if ((uint32_t)system.f_type == kernel_systems[i])
			return ("not a regular file");
	return (NULL);
}

/*
 * shadow(5), gshadow(5) and their copies, old ones and those that are being
 * made, belong to root just as a configuration does.  What counts is the
 * name after all symbolic links.
 */
static const char *
lend_check_name(const char *link)
{
	char		 path[PATH_MAX];
	const char	*slash;
	ssize_t		 length;

	length = readlink(link, path, sizeof(path) - 1);
	if (length == -1)
		return ("cannot be opened without /proc; mount it");
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (strstr(slash == NULL ? path : slash, "shadow") != NULL)
		return ("holds passwords, not a configuration");
	return (NULL);
}

static int
lend_handle(int handle, const char **reason)
{
	struct stat	st;
	char		link[64];
	int		fd;

	if (fstat(handle, &st) == -1) {
		*reason = strerror(errno);
		return (-1);
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", handle);
	if ((*reason = lend_check_kind(handle, &st)) != NULL ||
	    (*reason = lend_check_name(link)) != NULL)
		return (-1);
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		*reason = strerror(errno);
	else if ((*reason = lend_check(&st)) != NULL) {
		close(fd);
		fd = -1;
	}
	return (fd);
}

/*
 * Open a file of the configuration: a regular one of at most
 * SOURCE_SIZE_MAX bytes that belongs to root or to the effective user and
 * that nobody else can write to.  Returns a descriptor, or -1 and the reason.
 * The argument is not used.
 */
int
lend_file(void *arg, const char *path, const char **reason)
{
	int	fd, handle;

	(void)arg;
	handle = open(path, O_PATH | O_CLOEXEC);
	if (handle == -1) {
		*reason = strerror(errno);
		return (-1);
	}
	fd = lend_handle(handle, reason);
	close(handle);
	return (fd);
}
