/*
 * Tests of dwserv/archive.c: homes that are put away, by way of orders.
 */
/* links: dwserv/archive.c dwserv/change.c dwserv/file.c dwserv/log.c dwserv/loop.c dwserv/name.c dwserv/place.c dwserv/skel.c dwserv/trash.c dwserv/tree.c dwserv/xmalloc.c */

#include "home_base.h"

#define TO	"2026-11-22/al-20001"

static void
archive_set(struct base *base, const char *path, const char *to)
{
	base_set(base, HOME_ACTION_ARCHIVE, path, to);
	base->order.uid = OLD_UID;
}

/* Both directories are root's alone, even in a base with a group. */
static void
test_archive(void **state)
{
	struct base	*base = *state;

	assert_int_equal(fchown(base->home.base_fd, 0, OTHER), 0);
	assert_int_equal(fchmod(base->home.base_fd, 02755), 0);
	base_home(base, "al");
	archive_set(base, "al", TO);
	assert_order(base, 0);
	assert_no_file(base->home.base_fd, "al");
	assert_file(base->home.base_fd, ".archive/" TO "/file", "al/file");
	assert_owner(base, ".archive/" TO, OLD_UID, OLD_GID);
	assert_owner(base, ".archive", 0, 0);
	assert_mode(base, ".archive", 0700);
	assert_owner(base, ".archive/2026-11-22", 0, 0);
	assert_mode(base, ".archive/2026-11-22", 0700);
}

/* Names are made durable by the next sync, which leaves nothing open. */
static void
test_durable(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	archive_set(base, "al", TO);
	assert_order(base, 0);
	assert_int_equal(base->home.placed, 1);
	assert_int_not_equal(base->home.archive_fd, -1);
	assert_int_not_equal(base->home.dated_fd, -1);
	assert_int_equal(archive_sync(&base->home), 0);
	assert_int_equal(base->home.archive_fd, -1);
	assert_int_equal(base->home.dated_fd, -1);
	assert_int_equal(archive_sync(&base->home), 0);
}

/* What cannot be made durable is not said to be. */
static void
test_sync_fails(void **state)
{
	struct base	*base = *state;
	int		 fds[2];

	assert_int_equal(pipe(fds), 0);
	base->home.dated_fd = fds[0];
	base->home.archive_fd = fds[1];
	assert_int_equal(archive_sync(&base->home), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	assert_int_equal(fcntl(fds[1], F_GETFD), -1);
}

/* Asked again of a new process: it was done, perhaps not durably. */
static void
test_again(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	archive_set(base, "al", TO);
	assert_order(base, 0);
	archive_sync(&base->home);
	base->home.placed = 0;
	assert_order(base, 0);
	assert_int_equal(base->home.placed, 1);
	assert_int_equal(base->home.made, 1);
	assert_file(base->home.base_fd, ".archive/" TO "/file", "al/file");
}

/* There has never been one: nothing is made for it. */
static void
test_missing(void **state)
{
	struct base	*base = *state;

	archive_set(base, "al", TO);
	assert_order(base, 0);
	archive_set(base, "nowhere/al", TO);
	assert_order(base, 0);
	assert_no_file(base->home.base_fd, ".archive");
}

/* A name that is taken gets the serial; that taken too is a failure. */
static void
test_collision(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	archive_set(base, "al", TO);
	assert_order(base, 0);
	base_home(base, "bo");
	archive_set(base, "bo", TO);
	assert_order(base, 0);
	assert_no_file(base->home.base_fd, "bo");
	assert_file(base->home.base_fd, ".archive/" TO "/file", "al/file");
	assert_file(base->home.base_fd, ".archive/" TO "-2a/file",
	    "bo/file");
	base_home(base, "cy");
	archive_set(base, "cy", TO);
	assert_order(base, EEXIST);
	assert_file(base->home.base_fd, "cy/file", "cy/file");
	assert_file(base->home.base_fd, ".archive/" TO "-2a/file",
	    "bo/file");
}

/* One after midnight goes into another directory. */
static void
test_two_days(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	archive_set(base, "al", TO);
	assert_order(base, 0);
	base_home(base, "bo");
	archive_set(base, "bo", "2026-11-23/bo-20001");
	assert_order(base, 0);
	assert_file(base->home.base_fd, ".archive/" TO "/file", "al/file");
	assert_file(base->home.base_fd,
	    ".archive/2026-11-23/bo-20001/file", "bo/file");
}

static void
archive_must_refuse(struct base *base, int error)
{
	archive_set(base, "al", TO);
	assert_order(base, error);
	assert_file(base->home.base_fd, "al/file", "al/file");
}

/* An archive that is not root's alone is not to be trusted. */
static void
test_open_archive(void **state)
{
	struct base	*base = *state;
	int		 fd = base->home.base_fd;

	base_home(base, "al");
	base_mkdir(base, ".archive", 0750, 0, 0);
	archive_must_refuse(base, EPERM);
	assert_int_equal(fchmodat(fd, ".archive", 0701, 0), 0);
	archive_must_refuse(base, EPERM);
	assert_int_equal(fchmodat(fd, ".archive", 0700, 0), 0);
	assert_int_equal(fchownat(fd, ".archive", OTHER, 0, 0), 0);
	archive_must_refuse(base, EPERM);
	assert_int_equal(fchownat(fd, ".archive", 0, 0, 0), 0);
	base_mkdir(base, ".archive/2026-11-22", 0755, 0, 0);
	archive_must_refuse(base, EPERM);
	assert_int_equal(fchmodat(fd, ".archive/2026-11-22", 0700, 0), 0);
	assert_order(base, 0);
}

static void
test_archive_is_a_link(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	base_mkdir(base, "elsewhere", 0700, 0, 0);
	assert_int_equal(symlinkat("elsewhere", base->home.base_fd,
	    ".archive"), 0);
	archive_must_refuse(base, ENOTDIR);
}

/* Another's, a link, one among others' files. */
static void
test_not_a_home(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	archive_set(base, "al", TO);
	base->order.uid = OTHER;
	assert_order(base, EPERM);
	base_link(base, "al", "link");
	archive_set(base, "link", TO);
	assert_order(base, ENOTDIR);
	base_mkdir(base, "others", 0755, OTHER, OTHER);
	base_home(base, "others/al");
	archive_set(base, "others/al", TO);
	assert_order(base, EPERM);
	assert_file(base->home.base_fd, "al/file", "al/file");
	assert_file(base->home.base_fd, "others/al/file", "others/al/file");
	assert_no_file(base->home.base_fd, ".archive");
}

static void
test_names(void **state)
{
	static const char *const	bad[] = { NULL, "", "al", "a/b/c", "/b",
	    "a/", "a//b", "/a/b", "../b", "a/..", "./b", "a/.", ".a/b",
	    "a/.b", "a\nb/c" };
	struct base			*base = *state;
	size_t				 i;

	base_home(base, "al");
	for (i = 0; i < NUMBER_OF(bad); i++) {
		archive_set(base, "al", bad[i]);
		assert_order(base, EINVAL);
	}
	archive_set(base, NULL, TO);
	assert_int_equal(place_order(&base->home, &base->order), -1);
	assert_int_equal(errno, EINVAL);
	archive_set(base, "../al", TO);
	assert_order(base, EINVAL);
	assert_file(base->home.base_fd, "al/file", "al/file");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BASE_TEST(test_archive),
		BASE_TEST(test_durable),
		BASE_TEST(test_sync_fails),
		BASE_TEST(test_again),
		BASE_TEST(test_missing),
		BASE_TEST(test_collision),
		BASE_TEST(test_two_days),
		BASE_TEST(test_open_archive),
		BASE_TEST(test_archive_is_a_link),
		BASE_TEST(test_not_a_home),
		BASE_TEST(test_names)
	};

	if (base_needs_root())
		return (0);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
