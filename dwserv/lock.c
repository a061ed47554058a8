/*
 * The locks of the account files, in the two ways that shadow-utils and
 * glibc know: a record lock on .pwd.lock (lckpwdf(3)), and a link named
 * passwd.lock and so on to a file that holds our process id.  Nothing here
 * waits; a stale lock is judged as shadow-utils judges it.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"

#define LOCK_TOKEN	".dwserv.lock"
#define LOCK_NAME_MAX	32

/* useradd's order, so that two who take them meet at the first. */
static const enum table_kind lock_order[ACCOUNT_TABLES] = {
	TABLE_PASSWD, TABLE_GROUP, TABLE_GSHADOW, TABLE_SHADOW
};

static void
lock_name(char *name, enum table_kind kind)
{
	snprintf(name, LOCK_NAME_MAX, "%s.lock", table_name(kind));
}

void
lock_init(struct lock *lock, int etc_fd)
{
	memset(lock, 0, sizeof(*lock));
	lock->etc_fd = etc_fd;
	lock->pwd_fd = lock->token_fd = -1;
}

static void
lock_forget_token(struct lock *lock)
{
	if (lock->token_fd != -1)
		close(lock->token_fd);
	lock->token_fd = -1;
}

/* The process id in a lock file; 0 if there is none in it, -1 with errno. */
static pid_t
lock_read_pid(int etc_fd, const char *name)
{
	char		 text[32] = "";
	struct slice	 digits = { text, 0 };
	uint32_t	 pid;
	int		 fd;

	fd = openat(etc_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	if (fd == -1)
		return (-1);
	if (read(fd, text, sizeof(text) - 1) > 0)
		digits.length = strcspn(text, "\n");
	close(fd);
	return (slice_number(digits, &pid) == -1 || pid > INT32_MAX ? 0 :
	    (pid_t)pid);
}

/*
 * Remove what a dwserv that is no more has left: its token, and the locks
 * that are links to it.  One that lives holds a lock on its token; the
 * process id in it says nothing after the machine was started anew.
 */
static int
lock_remove_old_token(struct lock *lock, struct result *result)
{
	char		name[LOCK_NAME_MAX];
	struct stat	token, st;
	enum table_kind	kind;
	int		fd;

	fd = openat(lock->etc_fd, LOCK_TOKEN, O_RDWR | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return (0);
	if (fstat(fd, &token) == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1) {
		close(fd);
		return (result_set(result, 450, "locked", "another dwserv "
		    "serves these files and holds /etc/%s", LOCK_TOKEN));
	}
	for (kind = 0; kind < ACCOUNT_TABLES; kind++) {
		lock_name(name, kind);
		if (fstatat(lock->etc_fd, name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == token.st_ino)
			unlinkat(lock->etc_fd, name, 0);
	}
	unlinkat(lock->etc_fd, LOCK_TOKEN, 0);
	close(fd);
	return (0);
}

/*
 * Make the file that locks are links to.  It is made durable once, so that
 * a power cut leaves no empty lock behind, which shadow-utils would respect
 * for ever; from then on a lock costs one link(2).
 */
static int
lock_make_token(struct lock *lock, struct result *result)
{
	char	text[32];
	int	length;

	if (lock_remove_old_token(lock, result) == -1)
		return (-1);
	lock->token_fd = openat(lock->etc_fd, LOCK_TOKEN, O_RDWR | O_CREAT |
	    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock->token_fd == -1)
		return (result_from_errno(result, errno, "cannot create",
		    LOCK_TOKEN));
	/* With its NUL, as shadow-utils writes it. */
	length = snprintf(text, sizeof(text), "%d", (int)getpid()) + 1;
	if (flock(lock->token_fd, LOCK_EX | LOCK_NB) == 0 &&
	    write(lock->token_fd, text, (size_t)length) == length &&
	    fsync(lock->token_fd) == 0)
		return (0);
	result_from_errno(result, errno, "cannot write", LOCK_TOKEN);
	unlinkat(lock->etc_fd, LOCK_TOKEN, 0);
	lock_forget_token(lock);
	return (-1);
}

/*
 * Make sure that there is something for locks to be links to, and that no
 * lock of a dwserv that is no more is left.  Returns 0, or -1 with the
 * result filled in.
 */
int
lock_prepare(struct lock *lock, struct result *result)
{
	return (lock->token_fd != -1 ? 0 : lock_make_token(lock, result));
}

/* The lock on .pwd.lock.  Returns -1 with the result; 450: it is held. */
static int
lock_record(struct lock *lock, struct result *result)
{
	struct flock	record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	lock->pwd_fd = openat(lock->etc_fd, ".pwd.lock", O_RDWR | O_CREAT |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock->pwd_fd == -1)
		return (result_from_errno(result, errno, "cannot open",
		    ".pwd.lock"));
	if (fcntl(lock->pwd_fd, F_OFD_SETLK, &record) == 0)
		return (0);
	if (errno != EAGAIN && errno != EACCES)
		return (result_from_errno(result, errno, "cannot lock",
		    ".pwd.lock"));
	if (fcntl(lock->pwd_fd, F_OFD_GETLK, &record) == 0 &&
	    record.l_type != F_UNLCK && record.l_pid > 0)
		return (result_set(result, 450, "locked", "/etc/.pwd.lock is "
		    "held by process %d", (int)record.l_pid));
	return (result_set(result, 450, "locked", "/etc/.pwd.lock is held by "
	    "another process"));
}

/* Whose a lock file is.  Returns 0 if nobody's: it has been removed. */
static int
lock_judge(struct lock *lock, const char *name, struct result *result)
{
	pid_t	pid = lock_read_pid(lock->etc_fd, name);

	if (pid == -1 && errno == ENOENT)
		return (0);
	if (pid <= 0)
		return (result_set(result, 450, "locked", "/etc/%s names no "
		    "process; remove it if nobody is editing accounts",
		    name));
	if (pid != getpid() && (kill(pid, 0) == 0 || errno != ESRCH))
		return (result_set(result, 450, "locked", "/etc/%s is held by "
		    "process %d", name, (int)pid));
	log_info("removing /etc/%s of process %d, which is no longer there",
	    name, (int)pid);
	unlinkat(lock->etc_fd, name, 0);
	return (0);
}

/* One of the links.  Returns -1 with the result; 450: it is held. */
static int
lock_link(struct lock *lock, enum table_kind kind, struct result *result)
{
	char	name[LOCK_NAME_MAX];
	int	attempt;

	lock_name(name, kind);
	for (attempt = 0; attempt < 2; attempt++) {
		if (linkat(lock->etc_fd, LOCK_TOKEN, lock->etc_fd, name,
		    0) == 0) {
			lock->held |= 1U << kind;
			return (0);
		}
		/* Somebody took our token away: it is made anew next time. */
		if (errno == ENOENT) {
			lock_forget_token(lock);
			return (result_set(result, 450, "locked", "/etc/%s "
			    "was removed", LOCK_TOKEN));
		}
		if (errno != EEXIST)
			return (result_from_errno(result, errno,
			    "cannot create", name));
		if (lock_judge(lock, name, result) == -1)
			return (-1);
	}
	return (result_set(result, 450, "locked", "/etc/%s is held", name));
}

/*
 * Try to take the locks of all account files that exist.  Returns 1 if
 * they are held, 0 if somebody else holds one (the result names whom) and
 * -1 on an error (the result names it); in both cases none is held then.
 */
int
lock_try(struct lock *lock, const struct store *store, struct result *result)
{
	struct stat	st;
	int		failed;
	size_t		i;

	failed = lock_prepare(lock, result) == -1 ||
	    lock_record(lock, result) == -1;
	for (i = 0; !failed && i < ACCOUNT_TABLES; i++)
		failed = fstatat(store->etc_fd, table_name(lock_order[i]),
		    &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    lock_link(lock, lock_order[i], result) == -1;
	if (!failed)
		return (1);
	lock_release(lock);
	return (result->code == 450 ? 0 : -1);
}

void
lock_release(struct lock *lock)
{
	char		name[LOCK_NAME_MAX];
	enum table_kind	kind;

	for (kind = 0; kind < ACCOUNT_TABLES; kind++) {
		if ((lock->held & (1U << kind)) == 0)
			continue;
		lock_name(name, kind);
		if (unlinkat(lock->etc_fd, name, 0) == -1)
			log_warn("cannot remove /etc/%s", name);
	}
	lock->held = 0;
	if (lock->pwd_fd != -1)
		close(lock->pwd_fd);
	lock->pwd_fd = -1;
}

/* Give up the locks and the file that they are links to. */
void
lock_close(struct lock *lock)
{
	lock_release(lock);
	if (lock->token_fd != -1)
		unlinkat(lock->etc_fd, LOCK_TOKEN, 0);
	lock_forget_token(lock);
}
