/*
 * What the tests of dwserv-home share: a base for homes in a scratch
 * directory, files of several owners, and orders.  They need root.
 */

#ifndef HOME_BASE_H
#define HOME_BASE_H

#include <sys/mount.h>

#include <sched.h>

#include "scratch.h"
#include "home.h"

#define OLD_UID		20001U
#define OLD_GID		20002U
#define NEW_UID		20003U
#define NEW_GID		20004U
#define OTHER		20005U

struct base {
	struct scratch		*scratch;
	struct home		 home;
	struct home_order	 order;
};

#define BASE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, base_make, base_remove)

static inline void
base_mkdir(struct base *base, const char *path, mode_t mode, uid_t uid,
    gid_t gid)
{
	assert_int_equal(mkdirat(base->home.base_fd, path, 0700), 0);
	assert_int_equal(fchownat(base->home.base_fd, path, uid, gid, 0), 0);
	assert_int_equal(fchmodat(base->home.base_fd, path, mode, 0), 0);
}

static inline void
base_file(struct base *base, const char *path, uid_t uid, gid_t gid)
{
	scratch_put_text(base->home.base_fd, path, 0600, path);
	assert_int_equal(fchownat(base->home.base_fd, path, uid, gid, 0), 0);
}

static inline void
base_link(struct base *base, const char *target, const char *path)
{
	assert_int_equal(symlinkat(target, base->home.base_fd, path), 0);
	assert_int_equal(fchownat(base->home.base_fd, path, OLD_UID, OLD_GID,
	    AT_SYMLINK_NOFOLLOW), 0);
}

/* An account's home with a file in it. */
static inline void
base_home(struct base *base, const char *path)
{
	char	file[PATH_LENGTH_MAX];

	base_mkdir(base, path, 0700, OLD_UID, OLD_GID);
	snprintf(file, sizeof(file), "%s/file", path);
	base_file(base, file, OLD_UID, OLD_GID);
}

static inline struct stat
base_stat(const struct base *base, const char *path)
{
	struct stat	st;

	if (fstatat(base->home.base_fd, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		fail_msg("%s: %s", path, strerror(errno));
	return (st);
}

static inline void
assert_owner(const struct base *base, const char *path, uid_t uid, gid_t gid)
{
	struct stat	st = base_stat(base, path);

	if (st.st_uid != uid || st.st_gid != gid)
		fail_msg("%s belongs to %u:%u, not to %u:%u", path, st.st_uid,
		    st.st_gid, uid, gid);
}

static inline void
assert_mode(const struct base *base, const char *path, mode_t mode)
{
	assert_int_equal(base_stat(base, path).st_mode & 07777, mode);
}

static inline size_t
base_descriptors(void)
{
	size_t	count = 0;
	int	fd;

	for (fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return (count);
}

/* The order must end with that errno, 0 for success. */
static inline void
assert_order(struct base *base, int expected)
{
	int	error;

	error = place_order(&base->home, &base->order) == -1 ? errno : 0;
	if (error != expected)
		fail_msg("order %u of %s: %s, not %s", base->order.action,
		    base->order.path, strerror(error), strerror(expected));
}

/* Walk to the end, and return what went wrong. */
static inline int
base_walk(struct base *base)
{
	while (tree_walk(&base->home.tree, 1000))
		;
	return (base->home.tree.error);
}

static inline int
base_make(void **state)
{
	struct base	*base = calloc(1, sizeof(*base));
	void		*scratch;

	assert_non_null(base);
	scratch_make(&scratch);
	base->scratch = scratch;
	base->home.skel_fd = base->home.hidden_fd = -1;
	base->home.archive_fd = base->home.dated_fd = -1;
	loop_init(&base->home.loop);
	assert_int_equal(mkdirat(base->scratch->fd, "base", 0755), 0);
	base->home.base_fd = openat(base->scratch->fd, "base", O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(base->home.base_fd, -1);
	base->order = (struct home_order){ .uid = NEW_UID, .gid = NEW_GID,
	    .old_uid = OLD_UID, .old_gid = OLD_GID, .serial = 0x2a };
	base->order.path = (char *)(uintptr_t)"al";
	*state = base;
	return (0);
}

static inline int
base_remove(void **state)
{
	struct base	*base = *state;
	void		*scratch = base->scratch;

	assert_int_equal(base->home.tree.depth, 0);
	archive_sync(&base->home);
	if (base->home.hidden_fd != -1)
		close(base->home.hidden_fd);
	close(base->home.base_fd);
	timer_stop(&base->home.trash_timer);
	loop_free(&base->home.loop);
	free(base);
	return (scratch_remove(&scratch));
}

static inline void
base_set(struct base *base, enum home_action action, const char *path,
    const char *to)
{
	base->order.action = action;
	base->order.path = (char *)(uintptr_t)path;
	base->order.to = (char *)(uintptr_t)to;
}

/* Nobody but root can give files away. */
static inline int
base_needs_root(void)
{
	if (geteuid() == 0)
		return (0);
	printf("1..0 # SKIP not root\n");
	return (1);
}

#endif /* HOME_BASE_H */
