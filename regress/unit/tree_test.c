/*
 * Tests of dwserv/tree.c: whose files get other ids, traps on the way, and
 * trees that are too deep for paths and descriptors.
 */
/* links: dwserv/archive.c dwserv/change.c dwserv/file.c dwserv/log.c dwserv/loop.c dwserv/name.c dwserv/place.c dwserv/skel.c dwserv/trash.c dwserv/tree.c dwserv/xmalloc.c */

#include <sys/syscall.h>

#include "home_base.h"

/* fchownat() fails for this file. */
static ino_t	failing;

int
fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flags)
{
	struct stat	st;

	if (failing != 0 && fstat(fd, &st) == 0 && st.st_ino == failing) {
		errno = EIO;
		return (-1);
	}
	return ((int)syscall(SYS_fchownat, fd, path, uid, gid, flags));
}

/* Walk through "al", without an order. */
static void
tree_begin(struct base *base)
{
	int	fd = openat(base->home.base_fd, "al", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(tree_start(&base->home.tree, fd, &base->order), 0);
	close(fd);
}

static void
tree_all(struct base *base, int error)
{
	size_t	before = base_descriptors();

	tree_begin(base);
	assert_int_equal(base_walk(base), error);
	assert_int_equal(base_descriptors(), before);
}

/* Files of all combinations of old and other ids. */
static void
make_mixed(struct base *base)
{
	base_home(base, "al");
	base_file(base, "al/uid", OLD_UID, OTHER);
	base_file(base, "al/gid", OTHER, OLD_GID);
	base_file(base, "al/none", OTHER, OTHER);
	base_mkdir(base, "al/root", 0755, 0, 0);
	base_mkdir(base, "al/root/d", 0755, OTHER, OLD_GID);
	base_file(base, "al/root/d/file", OLD_UID, OLD_GID);
}

static void
test_both(void **state)
{
	struct base	*base = *state;

	make_mixed(base);
	tree_all(base, 0);
	assert_owner(base, "al", NEW_UID, NEW_GID);
	assert_owner(base, "al/file", NEW_UID, NEW_GID);
	assert_owner(base, "al/uid", NEW_UID, OTHER);
	assert_owner(base, "al/gid", OTHER, NEW_GID);
	assert_owner(base, "al/none", OTHER, OTHER);
	assert_owner(base, "al/root", 0, 0);
	assert_owner(base, "al/root/d", OTHER, NEW_GID);
	assert_owner(base, "al/root/d/file", NEW_UID, NEW_GID);
}

static void
test_uid_only(void **state)
{
	struct base	*base = *state;

	make_mixed(base);
	base->order.gid = OLD_GID;
	tree_all(base, 0);
	assert_owner(base, "al", NEW_UID, OLD_GID);
	assert_owner(base, "al/uid", NEW_UID, OTHER);
	assert_owner(base, "al/gid", OTHER, OLD_GID);
	assert_owner(base, "al/root/d/file", NEW_UID, OLD_GID);
}

static void
test_gid_only(void **state)
{
	struct base	*base = *state;

	make_mixed(base);
	/* A file that stays what it is keeps its set-id bits, too. */
	assert_int_equal(fchmodat(base->home.base_fd, "al/uid", 06755, 0), 0);
	base->order.uid = OLD_UID;
	tree_all(base, 0);
	assert_mode(base, "al/uid", 06755);
	assert_owner(base, "al", OLD_UID, NEW_GID);
	assert_owner(base, "al/uid", OLD_UID, OTHER);
	assert_owner(base, "al/gid", OTHER, NEW_GID);
	assert_owner(base, "al/root/d/file", OLD_UID, NEW_GID);
}

/* Links are given away; what they lead to is not. */
static void
test_symlinks(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	base_home(base, "bo");
	base_link(base, "../bo", "al/directory");
	base_link(base, "../bo/file", "al/link");
	base_link(base, "nowhere", "al/broken");
	tree_all(base, 0);
	assert_owner(base, "al/directory", NEW_UID, NEW_GID);
	assert_owner(base, "al/link", NEW_UID, NEW_GID);
	assert_owner(base, "al/broken", NEW_UID, NEW_GID);
	assert_owner(base, "bo", OLD_UID, OLD_GID);
	assert_owner(base, "bo/file", OLD_UID, OLD_GID);
}

/* Only the account's own files are changed where they have other names. */
static void
test_hard_links(void **state)
{
	struct base	*base = *state;
	int		 fd = base->home.base_fd;

	base_home(base, "al");
	base_file(base, "own", OLD_UID, OLD_GID);
	base_file(base, "roots", 0, OLD_GID);
	base_file(base, "others", OTHER, OTHER);
	assert_int_equal(linkat(fd, "own", fd, "al/own", 0), 0);
	assert_int_equal(linkat(fd, "roots", fd, "al/roots", 0), 0);
	assert_int_equal(linkat(fd, "others", fd, "al/others", 0), 0);
	base_file(base, "al/single", 0, OLD_GID);
	tree_all(base, 0);
	assert_owner(base, "own", NEW_UID, NEW_GID);
	assert_owner(base, "roots", 0, OLD_GID);
	assert_owner(base, "others", OTHER, OTHER);
	assert_owner(base, "al/single", 0, NEW_GID);
}

/* A fifo that nobody has open does not make the walk wait. */
static void
test_special(void **state)
{
	struct base	*base = *state;
	int		 fd = base->home.base_fd;

	base_home(base, "al");
	assert_int_equal(mkfifoat(fd, "al/fifo", 0600), 0);
	assert_int_equal(syscall(SYS_fchownat, fd, "al/fifo", OLD_UID,
	    OLD_GID, 0), 0);
	tree_all(base, 0);
	assert_owner(base, "al/fifo", NEW_UID, NEW_GID);
}

/* As chown(2) leaves them, and usermod(8) with it. */
static void
test_modes(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	base_file(base, "al/setuid", OLD_UID, OLD_GID);
	assert_int_equal(fchmodat(base->home.base_fd, "al/setuid", 06755, 0),
	    0);
	base_file(base, "al/secret", OLD_UID, OLD_GID);
	assert_int_equal(fchmodat(base->home.base_fd, "al/secret", 0, 0), 0);
	base_mkdir(base, "al/shared", 03770, OLD_UID, OLD_GID);
	base_mkdir(base, "al/closed", 0, OLD_UID, OLD_GID);
	tree_all(base, 0);
	assert_owner(base, "al/setuid", NEW_UID, NEW_GID);
	assert_mode(base, "al/setuid", 0755);
	assert_owner(base, "al/secret", NEW_UID, NEW_GID);
	assert_mode(base, "al/secret", 0);
	assert_owner(base, "al/shared", NEW_UID, NEW_GID);
	assert_mode(base, "al/shared", 03770);
	assert_owner(base, "al/closed", NEW_UID, NEW_GID);
	assert_mode(base, "al/closed", 0);
}

/* Each turn does little, so that there is time for other things. */
static void
test_turns(void **state)
{
	struct base	*base = *state;
	char		 name[32];
	int		 i, turns = 1;

	base_home(base, "al");
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "al/%d", i);
		base_file(base, name, OLD_UID, OLD_GID);
	}
	tree_begin(base);
	while (tree_walk(&base->home.tree, 0))
		turns++;
	assert_true(turns > 50);
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "al/%d", i);
		assert_owner(base, name, NEW_UID, NEW_GID);
	}
}

/* What fails is told at the end, when all else is done. */
static void
test_failure(void **state)
{
	struct base	*base = *state;

	make_mixed(base);
	failing = base_stat(base, "al/root/d").st_ino;
	tree_all(base, EIO);
	assert_owner(base, "al/root/d", OTHER, OLD_GID);
	assert_owner(base, "al/root/d/file", NEW_UID, NEW_GID);
	assert_owner(base, "al/uid", NEW_UID, OTHER);
	failing = 0;
	tree_all(base, 0);
	assert_owner(base, "al/root/d", OTHER, NEW_GID);
}

/*
 * Directories in each other, each with a file that the walk meets before
 * or behind the next directory.  Returns a descriptor of the last.
 */
static int
make_deep(struct base *base, int levels)
{
	int	fd, next, i;

	base_home(base, "al");
	fd = openat(base->home.base_fd, "al", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	for (i = 0; i < levels; i++) {
		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		assert_int_equal(syscall(SYS_fchownat, fd, "d", OLD_UID,
		    OLD_GID, 0), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_int_not_equal(next, -1);
		scratch_put_text(next, "a", 0600, "");
		scratch_put_text(next, "z", 0600, "");
		assert_int_equal(fchownat(next, "a", OLD_UID, OLD_GID, 0), 0);
		assert_int_equal(fchownat(next, "z", OLD_UID, OLD_GID, 0), 0);
		close(fd);
		fd = next;
	}
	return (fd);
}

static void
assert_new(int fd, const char *name)
{
	struct stat	st;

	assert_int_equal(fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_uid, NEW_UID);
	assert_int_equal(st.st_gid, NEW_GID);
}

/* Take the deep tree apart from below, looking at all that is in it. */
static void
remove_deep(int fd, int levels)
{
	int	above, i;

	for (i = 0; i < levels; i++) {
		assert_new(fd, ".");
		assert_new(fd, "a");
		assert_new(fd, "z");
		assert_int_equal(unlinkat(fd, "a", 0), 0);
		assert_int_equal(unlinkat(fd, "z", 0), 0);
		above = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_int_not_equal(above, -1);
		assert_int_equal(unlinkat(above, "d", AT_REMOVEDIR), 0);
		close(fd);
		fd = above;
	}
	close(fd);
}

#define DEEP	3000

static void
test_deep(void **state)
{
	struct base	*base = *state;
	int		 fd = make_deep(base, DEEP);
	size_t		 before = base_descriptors(), most = 0, now;

	tree_begin(base);
	while (tree_walk(&base->home.tree, 0))
		if ((now = base_descriptors()) > most)
			most = now;
	assert_int_equal(base->home.tree.error, 0);
	assert_true(most > before && most <= before + 64);
	assert_int_equal(base_descriptors(), before);
	remove_deep(fd, DEEP);
}

/*
 * A directory is moved while the walk is deep below: there is no way back
 * through it into what is not the account's home.
 */
static void
test_moved(void **state)
{
	struct base	*base = *state;
	int		 last = make_deep(base, 60), fd = base->home.base_fd;
	char		 path[PATH_LENGTH_MAX] = "al";
	int		 i;

	base_home(base, "bo");
	base_file(base, "al/last", OLD_UID, OLD_GID);
	for (i = 0; i < 50; i++)
		strlcat(path, "/d", sizeof(path));
	tree_begin(base);
	while (base->home.tree.depth < 61)
		assert_int_equal(tree_walk(&base->home.tree, 0), 1);
	assert_int_equal(renameat(fd, path, fd, "bo/d"), 0);
	assert_int_equal(base_walk(base), EBUSY);
	assert_owner(base, "bo", OLD_UID, OLD_GID);
	assert_owner(base, "bo/file", OLD_UID, OLD_GID);
	assert_owner(base, "al/file", NEW_UID, NEW_GID);
	assert_owner(base, "al/last", NEW_UID, NEW_GID);
	close(last);
}

/* What is gone by the time that it is looked at is no failure. */
static void
test_gone(void **state)
{
	struct base	*base = *state;
	int		 fd = base->home.base_fd;

	base_home(base, "al");
	base_file(base, "al/other", OLD_UID, OLD_GID);
	tree_begin(base);
	/* Both names have been read, and one of them at most looked at. */
	assert_int_equal(tree_walk(&base->home.tree, 0), 1);
	assert_int_equal(unlinkat(fd, "al/other", 0), 0);
	assert_int_equal(unlinkat(fd, "al/file", 0), 0);
	assert_int_equal(base_walk(base), 0);
	assert_owner(base, "al", NEW_UID, NEW_GID);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BASE_TEST(test_both),
		BASE_TEST(test_uid_only),
		BASE_TEST(test_gid_only),
		BASE_TEST(test_symlinks),
		BASE_TEST(test_hard_links),
		BASE_TEST(test_special),
		BASE_TEST(test_modes),
		BASE_TEST(test_turns),
		BASE_TEST(test_failure),
		BASE_TEST(test_deep),
		BASE_TEST(test_moved),
		BASE_TEST(test_gone)
	};

	if (base_needs_root())
		return (0);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
