/*
 * Tests of homes with mounts in, over and beside them.  In a private mount
 * namespace; where that cannot be had, they are skipped.
 */
/* links: dwserv/archive.c dwserv/change.c dwserv/file.c dwserv/log.c dwserv/loop.c dwserv/name.c dwserv/place.c dwserv/skel.c dwserv/trash.c dwserv/tree.c dwserv/xmalloc.c */

#include "home_base.h"

static const char *
base_path(const struct base *base, const char *name)
{
	static char	path[PATH_LENGTH_MAX];

	snprintf(path, sizeof(path), "%s/base/%s", base->scratch->path, name);
	return (path);
}

static void
mount_on(const struct base *base, const char *name, const char *from)
{
	char	source[PATH_LENGTH_MAX];

	strlcpy(source, from == NULL ? "none" : base_path(base, from),
	    sizeof(source));
	if (mount(source, base_path(base, name), from == NULL ? "tmpfs" :
	    NULL, from == NULL ? 0 : MS_BIND, NULL) == -1)
		fail_msg("mount %s: %s", name, strerror(errno));
}

static void
unmount(const struct base *base, const char *name)
{
	assert_int_equal(umount(base_path(base, name)), 0);
}

/* Another file system, the same again, and a single file. */
static void
test_inside(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	base_home(base, "bo");
	base_mkdir(base, "al/disk", 0755, 0, 0);
	base_mkdir(base, "al/same", 0755, 0, 0);
	base_file(base, "al/over", OTHER, OTHER);
	mount_on(base, "al/disk", NULL);
	base_file(base, "al/disk/file", OLD_UID, OLD_GID);
	mount_on(base, "al/same", "bo");
	mount_on(base, "al/over", "bo/file");
	assert_owner(base, "al/over", OLD_UID, OLD_GID);
	base_set(base, HOME_ACTION_CHANGE, "al", NULL);
	assert_order(base, 0);
	assert_int_equal(base_walk(base), 0);
	assert_owner(base, "al/disk/file", OLD_UID, OLD_GID);
	assert_owner(base, "bo", OLD_UID, OLD_GID);
	assert_owner(base, "bo/file", OLD_UID, OLD_GID);
	assert_owner(base, "al/file", NEW_UID, NEW_GID);
	assert_logged(base->scratch, "uid 20001 is passed over");
	unmount(base, "al/over");
	unmount(base, "al/same");
	unmount(base, "al/disk");
}

/* A home that is a mount can neither move nor be walked. */
static void
test_home(void **state)
{
	struct base	*base = *state;
	const char	*const to[] = { NULL, "bo" };
	size_t		 i;

	base_mkdir(base, "al", 0755, 0, 0);
	mount_on(base, "al", NULL);
	assert_int_equal(fchownat(base->home.base_fd, "al", OLD_UID, OLD_GID,
	    0), 0);
	for (i = 0; i < NUMBER_OF(to); i++) {
		base_set(base, HOME_ACTION_TRY, "al", to[i]);
		assert_order(base, EXDEV);
		base_set(base, HOME_ACTION_CHANGE, "al", to[i]);
		assert_order(base, EXDEV);
	}
	base_set(base, HOME_ACTION_ARCHIVE, "al", "2026-11-22/al-20001");
	base->order.uid = OLD_UID;
	assert_order(base, EXDEV);
	assert_owner(base, "al", OLD_UID, OLD_GID);
	unmount(base, "al");
}

static void
test_place(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	base_mkdir(base, "disk", 0755, 0, 0);
	mount_on(base, "disk", NULL);
	assert_int_equal(fchmodat(base->home.base_fd, "disk", 0755, 0), 0);
	base_set(base, HOME_ACTION_TRY, "al", "disk/al");
	assert_order(base, EXDEV);
	base_set(base, HOME_ACTION_CHANGE, "al", "disk/al");
	assert_order(base, EXDEV);
	assert_file(base->home.base_fd, "al/file", "al/file");
	unmount(base, "disk");
	base_set(base, HOME_ACTION_TRY, "al", "disk/al");
	assert_order(base, 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BASE_TEST(test_inside),
		BASE_TEST(test_home),
		BASE_TEST(test_place)
	};

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) {
		printf("1..0 # SKIP no mount namespace: %s\n",
		    strerror(errno));
		return (0);
	}
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
