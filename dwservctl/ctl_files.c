/*
 * The account files of a root, read into tables for check.  A file that
 * dwserv would refuse to edit because of what it is - a link, a mount, a
 * device - is reported here.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <unistd.h>

#include "ctl.h"

#define LOCK_TRIES	150
#define LOCK_PAUSE	100		/* milliseconds */

/*
 * Hold off whoever wants to change the files, lckpwdf(3), so that they are
 * all of one moment.  Without a lock file nobody ever did.  Returns a
 * descriptor to close, or -1.
 */
static int
files_lock(int etc_fd, const char *root)
{
	struct flock	lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int		fd, tries;

	fd = openat(etc_fd, ".pwd.lock",
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	for (tries = 0; tries < LOCK_TRIES; tries++) {
		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return (fd);
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			break;
		poll(NULL, 0, LOCK_PAUSE);
	}
	warnx("%s: the account files are locked by another program; reading "
	    "them all the same", root);
	close(fd);
	return (-1);
}

/* A commit that was cut short leaves the file and its backup the same. */
static int
files_is_backup(enum table_kind kind, int etc_fd, const struct statx *stx)
{
	struct stat	st;
	char		backup[32];

	snprintf(backup, sizeof(backup), "%s-", table_name(kind));
	return (stx->stx_nlink == 2 &&
	    fstatat(etc_fd, backup, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == stx->stx_ino);
}

/* Report what keeps dwserv from editing the file; -1 if it is no file. */
static int
files_judge(struct check *check, enum table_kind kind, int etc_fd,
    const struct statx *stx)
{
	if (!S_ISREG(stx->stx_mode)) {
		check_report(check, kind, 0, "is not a regular file");
		return (-1);
	}
	if (stx->stx_nlink > 1 && !files_is_backup(kind, etc_fd, stx))
		check_report(check, kind, 0, "has %u hard links",
		    stx->stx_nlink);
	if (stx->stx_attributes & STATX_ATTR_MOUNT_ROOT)
		check_report(check, kind, 0, "is a mount point");
	return (0);
}

/* All bytes of a file; NULL with errno if it cannot be read. */
static char *
files_slurp(int fd, size_t size, size_t *length)
{
	char	*bytes;
	ssize_t	 got;

	*length = 0;
	if ((bytes = malloc(size + 1)) == NULL)
		return (NULL);
	while (*length < size) {
		got = read(fd, bytes + *length, size - *length);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1) {
			freezero(bytes, size + 1);
			return (NULL);
		}
		if (got == 0)
			break;
		*length += (size_t)got;
	}
	return (bytes);
}

static int
files_parse(struct check *check, enum table_kind kind, int etc_fd, int fd)
{
	struct statx	 stx;
	char		*bytes;
	size_t		 length;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) == -1)
		return (-1);
	if (files_judge(check, kind, etc_fd, &stx) == -1)
		return (0);
	if (stx.stx_size >= UINT32_MAX) {
		errno = EFBIG;
		return (-1);
	}
	if ((bytes = files_slurp(fd, stx.stx_size, &length)) == NULL)
		return (-1);
	check->files[kind].table = table_parse(kind, bytes, length);
	return (check->files[kind].table == NULL ? -1 : 0);
}

/* Read one file.  Returns -1 with errno if that is not possible. */
static int
files_read(struct check *check, enum table_kind kind, int etc_fd)
{
	int	fd, result, saved;

	fd = openat(etc_fd, table_name(kind),
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 && errno == ELOOP) {
		check_report(check, kind, 0, "is a symbolic link");
		return (0);
	}
	if (fd == -1 && errno == ENOENT) {
		if (kind == TABLE_PASSWD || kind == TABLE_GROUP)
			check_report(check, kind, 0, "does not exist");
		return (0);
	}
	if (fd == -1)
		return (-1);
	result = files_parse(check, kind, etc_fd, fd);
	saved = errno;
	close(fd);
	errno = saved;
	return (result);
}

static void
files_name(struct check *check, const char *root)
{
	size_t	length = strlen(root);
	int	kind;

	while (length > 0 && root[length - 1] == '/')
		length--;
	for (kind = 0; kind < ACCOUNT_TABLES; kind++)
		if (asprintf(&check->files[kind].path, "%.*s/etc/%s",
		    (int)length, root, table_name((enum table_kind)kind))
		    == -1)
			err(CTL_EXIT_FAILED, NULL);
}

/* etc as a process whose root this is would find it. */
static int
files_open_etc(const char *root, struct answer *answer)
{
	struct open_how	how;
	int		root_fd, etc_fd;

	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd == -1) {
		answer_conclude(answer, 0, "%s: %s", root, strerror(errno));
		return (-1);
	}
	memset(&how, 0, sizeof(how));
	how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
	etc_fd = (int)syscall(SYS_openat2, root_fd, "etc", &how, sizeof(how));
	if (etc_fd == -1)
		answer_conclude(answer, 0, "the etc directory of %s: %s",
		    root, strerror(errno));
	close(root_fd);
	return (etc_fd);
}

/*
 * Read the account files below root, under a lock.  Returns -1 if that is
 * not possible; the answer then says why.
 */
int
check_load(struct check *check, const char *root, struct answer *answer)
{
	int	etc_fd, kind, lock_fd, result = 0;

	if ((etc_fd = files_open_etc(root, answer)) == -1)
		return (-1);
	files_name(check, root);
	lock_fd = files_lock(etc_fd, root);
	for (kind = 0; result == 0 && kind < ACCOUNT_TABLES; kind++) {
		result = files_read(check, (enum table_kind)kind, etc_fd);
		if (result == -1)
			answer_conclude(answer, 0, "%s: %s",
			    check->files[kind].path, strerror(errno));
	}
	if (lock_fd != -1)
		close(lock_fd);
	close(etc_fd);
	return (result);
}

/* Give back what check_load and the rules took. */
void
check_unload(struct check *check)
{
	int	kind;

	for (kind = 0; kind < ACCOUNT_TABLES; kind++) {
		table_free(check->files[kind].table);
		free(check->files[kind].ids);
		free(check->files[kind].path);
	}
}
