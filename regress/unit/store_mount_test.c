/*
 * Tests of dwserv/store.c and stage.c, with mounts of their own: account
 * files that are mounted over, read-only and full file systems.  In a
 * private mount namespace; where that cannot be had, they are skipped.
 */
/* links: dwserv/alias.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/defs.c dwserv/edit.c dwserv/external.c dwserv/file.c dwserv/hashrule.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/result.c dwserv/slice.c dwserv/stage.c dwserv/store.c dwserv/symbol.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include <sys/mount.h>

#include <sched.h>

#include "etc_place.h"

/* The path of something in etc. */
static const char *
etc_path(const struct etc_place *place, const char *name)
{
	static char	path[128];

	snprintf(path, sizeof(path), "%s/etc/%s", place->scratch->path, name);
	return (path);
}

static void
mount_must(const char *from, const char *to, const char *type,
    unsigned long flags, const char *options)
{
	if (mount(from, to, type, flags, options) == -1)
		fail_msg("mount %s: %s", to, strerror(errno));
}

static void
test_mounted_over(void **state)
{
	struct etc_place	*place = *state;
	char			 from[128];

	scratch_put_text(place->etc, "real", 0640, SHADOW);
	strlcpy(from, etc_path(place, "real"), sizeof(from));
	mount_must(from, etc_path(place, "shadow"), NULL, MS_BIND, NULL);
	assert_int_equal(store_refresh(&place->store, &place->result), -1);
	assert_result(place, 550, "bad-file", "/etc/shadow is a mount point");
	assert_int_equal(umount(etc_path(place, "shadow")), 0);
	etc_refresh(place);
}

/* It comes between reading and writing: nothing is written at all. */
static void
test_mounted_later(void **state)
{
	struct etc_place	*place = *state;
	char			 from[128];

	scratch_put_text(place->etc, "real", 0640, SHADOW);
	etc_refresh(place);
	etc_add_al(place);
	add_text(place->store.tables[TABLE_SHADOW], "al:!:1::::::");
	strlcpy(from, etc_path(place, "real"), sizeof(from));
	mount_must(from, etc_path(place, "shadow"), NULL, MS_BIND, NULL);
	assert_int_equal(store_stage(&place->store, &place->result), -1);
	assert_result(place, 550, "bad-file", "/etc/shadow is a mount point");
	store_rollback(&place->store);
	assert_int_equal(umount(etc_path(place, "shadow")), 0);
	assert_names(place, "group gshadow passwd real shadow ");
	assert_file(place->etc, "passwd", PASSWD);
}

/* Let the store and the test see what is mounted on etc by now. */
static void
etc_reopen(struct etc_place *place)
{
	close(place->etc);
	place->etc = openat(place->scratch->fd, "etc", O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(place->etc, -1);
	store_close(&place->store);
	etc_open(place);
}

static void
etc_unmount(struct etc_place *place)
{
	store_close(&place->store);
	close(place->etc);
	assert_int_equal(umount(etc_path(place, "")), 0);
	place->etc = openat(place->scratch->fd, "etc", O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC);
	etc_open(place);
}

static void
test_read_only(void **state)
{
	struct etc_place	*place = *state;

	mount_must(etc_path(place, ""), etc_path(place, ""), NULL, MS_BIND,
	    NULL);
	mount_must(NULL, etc_path(place, ""), NULL, MS_REMOUNT | MS_BIND |
	    MS_RDONLY, NULL);
	etc_reopen(place);
	etc_refresh(place);
	etc_add_al(place);
	assert_int_equal(store_stage(&place->store, &place->result), -1);
	assert_result(place, 550, "read-only", "passwd");
	store_rollback(&place->store);
	assert_names(place, "group gshadow passwd shadow ");
	etc_unmount(place);
}

/* Fill what is left of the file system. */
static void
fill_up(struct etc_place *place)
{
	char	block[4096];
	int	fd;

	memset(block, 'x', sizeof(block));
	fd = openat(place->etc, "filler", O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600);
	assert_int_not_equal(fd, -1);
	while (write(fd, block, sizeof(block)) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

static void
test_full(void **state)
{
	struct etc_place	*place = *state;

	mount_must("none", etc_path(place, ""), "tmpfs", 0, "size=256k");
	etc_reopen(place);
	etc_write_all(place);
	etc_refresh(place);
	add_text(place->store.tables[TABLE_GROUP], "al:x:10001:");
	etc_add_al(place);
	fill_up(place);
	assert_int_equal(store_stage(&place->store, &place->result), -1);
	assert_result(place, 452, "no-space", "passwd");
	store_rollback(&place->store);
	assert_names(place, "filler group gshadow passwd shadow ");
	assert_int_equal(unlinkat(place->etc, "filler", 0), 0);
	etc_add_al(place);
	assert_int_equal(store_stage(&place->store, &place->result), 0);
	assert_int_equal(store_publish(&place->store), 0);
	assert_file(place->etc, "passwd", PASSWD AL "\n");
	etc_unmount(place);
}

/* No room for another name: neither a file nor an inode is left. */
static void
test_no_inodes(void **state)
{
	struct etc_place	*place = *state;
	char			 name[32];
	int			 i;

	mount_must("none", etc_path(place, ""), "tmpfs", 0, "nr_inodes=16");
	etc_reopen(place);
	etc_write_all(place);
	etc_refresh(place);
	etc_add_al(place);
	for (i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "filler%d", i);
		close(openat(place->etc, name, O_WRONLY | O_CREAT |
		    O_CLOEXEC, 0600));
	}
	assert_int_equal(store_stage(&place->store, &place->result), -1);
	assert_result(place, 452, "no-space", "passwd");
	assert_no_file(place->etc, ".passwd.dwserv");
	assert_file(place->etc, "passwd", PASSWD);
	etc_unmount(place);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		ETC_TEST(test_mounted_over),
		ETC_TEST(test_mounted_later),
		ETC_TEST(test_read_only),
		ETC_TEST(test_full),
		ETC_TEST(test_no_inodes)
	};

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) {
		printf("1..0 # SKIP no mount namespace: %s\n",
		    strerror(errno));
		return (0);
	}
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
