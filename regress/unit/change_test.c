/*
 * Tests of dwserv/change.c: homes that move and get other ids, by way of
 * orders.
 */
/* links: dwserv/archive.c dwserv/change.c dwserv/file.c dwserv/log.c dwserv/loop.c dwserv/name.c dwserv/place.c dwserv/skel.c dwserv/trash.c dwserv/tree.c dwserv/xmalloc.c */

#include "home_base.h"

static void
test_try(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	base_set(base, HOME_ACTION_TRY, "al", NULL);
	assert_order(base, 0);
	base_set(base, HOME_ACTION_TRY, "al", "bo");
	assert_order(base, 0);
	base_mkdir(base, "web", 0755, 0, 0);
	base_set(base, HOME_ACTION_TRY, "al", "web/bo");
	assert_order(base, 0);
	/* Nothing is changed by trying. */
	assert_no_file(base->home.base_fd, "bo");
	assert_owner(base, "al", OLD_UID, OLD_GID);
	assert_owner(base, "al/file", OLD_UID, OLD_GID);
	assert_int_equal(base->home.tree.depth, 0);
	assert_int_equal(base->home.placed, 0);
}

/* Without a move, what is not the account's need not be changed. */
static void
test_try_nothing(void **state)
{
	struct base	*base = *state;

	base_set(base, HOME_ACTION_TRY, "al", NULL);
	assert_order(base, 0);
	base_set(base, HOME_ACTION_TRY, "nowhere/al", NULL);
	assert_order(base, 0);
	base_mkdir(base, "al", 0700, OTHER, OLD_GID);
	base_set(base, HOME_ACTION_TRY, "al", NULL);
	assert_order(base, 0);
	base_set(base, HOME_ACTION_TRY, "link", NULL);
	assert_int_equal(symlinkat("al", base->home.base_fd, "link"), 0);
	assert_order(base, 0);
}

/* What cannot be moved from there. */
static void
test_try_from(void **state)
{
	struct base	*base = *state;

	base_set(base, HOME_ACTION_TRY, "al", "bo");
	assert_order(base, ENOENT);
	base_set(base, HOME_ACTION_TRY, "nowhere/al", "bo");
	assert_order(base, ENOENT);
	base_mkdir(base, "al", 0700, OTHER, OLD_GID);
	base_set(base, HOME_ACTION_TRY, "al", "bo");
	assert_order(base, EPERM);
	base_file(base, "file", OLD_UID, OLD_GID);
	base_set(base, HOME_ACTION_TRY, "file", "bo");
	assert_order(base, ENOTDIR);
	base_set(base, HOME_ACTION_TRY, "file", NULL);
	assert_order(base, ENOTDIR);
	base_link(base, "al", "link");
	base_set(base, HOME_ACTION_TRY, "link", "bo");
	assert_order(base, ENOTDIR);
	base_set(base, HOME_ACTION_TRY, "link", NULL);
	assert_order(base, ENOTDIR);
}

/* What cannot be moved there. */
static void
test_try_to(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	base_set(base, HOME_ACTION_TRY, "al", "al");
	assert_order(base, EEXIST);
	base_link(base, "nowhere", "link");
	base_set(base, HOME_ACTION_TRY, "al", "link");
	assert_order(base, EEXIST);
	base_set(base, HOME_ACTION_TRY, "al", "nowhere/al");
	assert_order(base, ENOENT);
	base_set(base, HOME_ACTION_TRY, "al", "al/bo");
	assert_order(base, EPERM);
	base_mkdir(base, "group", 0775, 0, 0);
	base_set(base, HOME_ACTION_TRY, "al", "group/bo");
	assert_order(base, EPERM);
	base_mkdir(base, "all", 01777, 0, 0);
	base_set(base, HOME_ACTION_TRY, "al", "all/bo");
	assert_order(base, EPERM);
}

/* A directory of others is nothing to work in, whoever's the home is. */
static void
test_parent(void **state)
{
	struct base	*base = *state;

	base_mkdir(base, "others", 0755, OTHER, OTHER);
	base_home(base, "others/al");
	base_set(base, HOME_ACTION_TRY, "others/al", NULL);
	assert_order(base, EPERM);
	base_set(base, HOME_ACTION_CHANGE, "others/al", NULL);
	assert_order(base, EPERM);
	base_set(base, HOME_ACTION_CHANGE, "others/al", "bo");
	assert_order(base, EPERM);
	base_home(base, "al");
	base_set(base, HOME_ACTION_CHANGE, "al", "others/bo");
	assert_order(base, EPERM);
	assert_owner(base, "others/al/file", OLD_UID, OLD_GID);
	assert_file(base->home.base_fd, "al/file", "al/file");
}

static void
test_arguments(void **state)
{
	static const char *const	bad[] = { "", "/bo", "../bo", "a/../bo",
	    "./bo", ".bo", "bo/", "a//bo" };
	struct base			*base = *state;
	size_t				 i;

	base_home(base, "al");
	for (i = 0; i < NUMBER_OF(bad); i++) {
		base_set(base, HOME_ACTION_TRY, "al", bad[i]);
		assert_order(base, EINVAL);
		base_set(base, HOME_ACTION_CHANGE, "al", bad[i]);
		assert_order(base, EINVAL);
	}
	base_set(base, HOME_ACTION_CHANGE, "al", NULL);
	base->order.old_uid = ID_FLOOR - 1;
	assert_order(base, EINVAL);
	base->order.old_uid = OLD_UID;
	base->order.uid = 0;
	assert_order(base, EINVAL);
	assert_owner(base, "al/file", OLD_UID, OLD_GID);
}

/* The ids stay: there is nothing to walk for. */
static void
test_move(void **state)
{
	struct base	*base = *state;

	base->order.uid = OLD_UID;
	base->order.gid = OLD_GID;
	base_home(base, "al");
	base_mkdir(base, "web", 0755, 0, 0);
	base_set(base, HOME_ACTION_CHANGE, "al", "web/bo");
	assert_order(base, 0);
	assert_int_equal(base->home.tree.depth, 0);
	assert_int_equal(base->home.placed, 1);
	assert_no_file(base->home.base_fd, "al");
	assert_file(base->home.base_fd, "web/bo/file", "al/file");
	base->home.placed = 0;
	assert_order(base, 0);
	assert_int_equal(base->home.placed, 1);
	base_set(base, HOME_ACTION_CHANGE, "web/bo", "cy");
	assert_order(base, 0);
	assert_int_equal(unlinkat(base->home.base_fd, "web", AT_REMOVEDIR),
	    0);
	assert_order(base, 0);
	assert_file(base->home.base_fd, "cy/file", "al/file");
}

/* Nothing is overwritten, nothing of others moved, and a loss is told. */
static void
test_move_fails(void **state)
{
	struct base	*base = *state;

	base_set(base, HOME_ACTION_CHANGE, "al", "bo");
	assert_order(base, ENOENT);
	base_set(base, HOME_ACTION_CHANGE, "nowhere/al", "bo");
	assert_order(base, ENOENT);
	base_home(base, "al");
	base_mkdir(base, "bo", 0700, OLD_UID, OLD_GID);
	base_set(base, HOME_ACTION_CHANGE, "al", "bo");
	assert_order(base, EEXIST);
	assert_file(base->home.base_fd, "al/file", "al/file");
	assert_no_file(base->home.base_fd, "bo/file");
	base_mkdir(base, "cy", 0700, OTHER, OTHER);
	base_set(base, HOME_ACTION_CHANGE, "cy", "di");
	assert_order(base, EPERM);
	assert_no_file(base->home.base_fd, "di");
	assert_int_equal(base->home.tree.depth, 0);
}

static void
test_owners(void **state)
{
	struct base	*base = *state;

	base_home(base, "al");
	base_set(base, HOME_ACTION_CHANGE, "al", NULL);
	assert_order(base, 0);
	assert_int_not_equal(base->home.tree.depth, 0);
	assert_int_equal(base->home.made, 1);
	assert_int_equal(base_walk(base), 0);
	assert_owner(base, "al", NEW_UID, NEW_GID);
	assert_owner(base, "al/file", NEW_UID, NEW_GID);
	/* And once more, which changes nothing. */
	assert_order(base, 0);
	assert_int_equal(base_walk(base), 0);
	assert_owner(base, "al/file", NEW_UID, NEW_GID);
}

static void
test_move_and_owners(void **state)
{
	struct base	*base = *state;
	int		 i;

	base_home(base, "al");
	base_set(base, HOME_ACTION_CHANGE, "al", "bo");
	for (i = 0; i < 2; i++) {
		assert_order(base, 0);
		assert_int_not_equal(base->home.tree.depth, 0);
		assert_int_equal(base_walk(base), 0);
		assert_no_file(base->home.base_fd, "al");
		assert_owner(base, "bo", NEW_UID, NEW_GID);
		assert_owner(base, "bo/file", NEW_UID, NEW_GID);
	}
}

/* Somebody else's directory is not walked, and none is none. */
static void
test_owners_nothing(void **state)
{
	struct base	*base = *state;

	base_set(base, HOME_ACTION_CHANGE, "al", NULL);
	assert_order(base, 0);
	base_set(base, HOME_ACTION_CHANGE, "nowhere/al", NULL);
	assert_order(base, 0);
	base_mkdir(base, "al", 0700, OTHER, OLD_GID);
	base_file(base, "al/file", OLD_UID, OLD_GID);
	base_set(base, HOME_ACTION_CHANGE, "al", NULL);
	assert_order(base, 0);
	assert_int_equal(base->home.tree.depth, 0);
	assert_owner(base, "al", OTHER, OLD_GID);
	assert_owner(base, "al/file", OLD_UID, OLD_GID);
	assert_int_equal(symlinkat("al", base->home.base_fd, "link"), 0);
	base_set(base, HOME_ACTION_CHANGE, "link", NULL);
	assert_order(base, 0);
	base_link(base, "al", "own");
	base_set(base, HOME_ACTION_CHANGE, "own", NULL);
	assert_order(base, ENOTDIR);
	assert_owner(base, "al/file", OLD_UID, OLD_GID);
}

/* A walk that was cut off at any entry is made good by the next. */
static void
test_crash(void **state)
{
	struct base	*base = *state;
	char		 name[32];
	int		 i;
	pid_t		 pid;

	base_home(base, "al");
	base_mkdir(base, "al/d", 0700, OLD_UID, OLD_GID);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "al/d/%d", i);
		base_file(base, name, OLD_UID, OLD_GID);
	}
	base_set(base, HOME_ACTION_CHANGE, "al", "bo");
	fflush(NULL);
	if ((pid = fork()) == 0) {
		assert_order(base, 0);
		for (i = 0; i < 12; i++)
			tree_walk(&base->home.tree, 0);
		_exit(base->home.tree.depth > 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &i, 0), pid);
	assert_int_equal(i, 0);
	assert_order(base, 0);
	assert_int_equal(base_walk(base), 0);
	assert_owner(base, "bo/d", NEW_UID, NEW_GID);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "bo/d/%d", i);
		assert_owner(base, name, NEW_UID, NEW_GID);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BASE_TEST(test_try),
		BASE_TEST(test_try_nothing),
		BASE_TEST(test_try_from),
		BASE_TEST(test_try_to),
		BASE_TEST(test_parent),
		BASE_TEST(test_arguments),
		BASE_TEST(test_move),
		BASE_TEST(test_move_fails),
		BASE_TEST(test_owners),
		BASE_TEST(test_move_and_owners),
		BASE_TEST(test_owners_nothing),
		BASE_TEST(test_crash)
	};

	if (base_needs_root())
		return (0);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
