/*
 * Filling a new home from skel(5): directories, files and symbolic links,
 * given to the account, with their modes and times.  Anything else in skel
 * is passed over.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "home.h"

#define SKEL_DEPTH_MAX	16
#define COPY_SIZE	65536

static int
copy_bytes(int from, int to)
{
	char	buffer[COPY_SIZE];
	ssize_t	got;

	while ((got = read(from, buffer, sizeof(buffer))) != 0) {
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1 || file_write(to, buffer, (size_t)got) == -1)
			return (-1);
	}
	return (0);
}

/* Owner, then mode, then times: each would undo the next. */
static int
copy_dress(int fd, const struct stat *st, const struct home_order *order)
{
	struct timespec	times[2] = { st->st_atim, st->st_mtim };

	return (fchown(fd, order->uid, order->gid) == -1 ||
	    fchmod(fd, st->st_mode & 0777) == -1 ||
	    futimens(fd, times) == -1 ? -1 : 0);
}

/* A file, or a directory with what is in it. */
static int
copy_node(int from_dir, int to_dir, const char *name,
    const struct home_order *order, int depth)
{
	struct stat	st;
	int		from, to = -1, failed, saved;

	from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	if (from == -1)
		return (-1);
	failed = fstat(from, &st) == -1;
	if (!failed && S_ISDIR(st.st_mode))
		failed = mkdirat(to_dir, name, 0700) == -1 ||
		    (to = openat(to_dir, name, O_RDONLY | O_DIRECTORY |
		    O_NOFOLLOW | O_CLOEXEC)) == -1 ||
		    skel_copy(from, to, order, depth + 1) == -1;
	else if (!failed)
		failed = (to = openat(to_dir, name, O_WRONLY | O_CREAT |
		    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) == -1 ||
		    copy_bytes(from, to) == -1;
	failed = failed || copy_dress(to, &st, order) == -1;
	saved = errno;
	if (to != -1)
		close(to);
	close(from);
	errno = saved;
	return (failed ? -1 : 0);
}

static int
copy_link(int from_dir, int to_dir, const char *name,
    const struct home_order *order)
{
	char	target[PATH_MAX];
	ssize_t	length;

	length = readlinkat(from_dir, name, target, sizeof(target) - 1);
	if (length == -1)
		return (-1);
	target[length] = '\0';
	return (symlinkat(target, to_dir, name) == -1 ||
	    fchownat(to_dir, name, order->uid, order->gid,
	    AT_SYMLINK_NOFOLLOW) == -1 ? -1 : 0);
}

static int
skel_copy_entry(int from, int to, const char *name,
    const struct home_order *order, int depth)
{
	struct stat	st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (-1);
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return (copy_node(from, to, name, order, depth));
	if (S_ISLNK(st.st_mode))
		return (copy_link(from, to, name, order));
	log_warnx("skel has %s, which is neither file, directory nor link; "
	    "passed over", name);
	return (0);
}

/*
 * Copy what is in one directory into another, for the account of the order;
 * depth is how far below skel it is.  Returns 0, or -1 with errno.
 */
int
skel_copy(int from, int to, const struct home_order *order, int depth)
{
	DIR		*directory;
	struct dirent	*entry;
	int		 failed = 0, saved;

	if (depth > SKEL_DEPTH_MAX) {
		errno = ELOOP;
		return (-1);
	}
	if ((directory = trash_open(from, ".")) == NULL)
		return (-1);
	while (!failed && (entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			failed = skel_copy_entry(from, to, entry->d_name,
			    order, depth) == -1;
	saved = errno;
	closedir(directory);
	errno = saved;
	return (failed ? -1 : 0);
}
