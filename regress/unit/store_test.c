/*
 * Tests of dwserv/store.c: account files read, read again when they
 * changed, and refused where they cannot be replaced.
 */
/* links: dwserv/alias.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/defs.c dwserv/edit.c dwserv/external.c dwserv/file.c dwserv/hashrule.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/result.c dwserv/slice.c dwserv/stage.c dwserv/store.c dwserv/symbol.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include <sys/syscall.h>

#include "etc_place.h"

static void
test_read(void **state)
{
	struct etc_place	*place = *state;
	struct store		*store = &place->store;

	etc_refresh(place);
	assert_table(store->tables[TABLE_PASSWD], PASSWD);
	assert_table(store->tables[TABLE_SHADOW], SHADOW);
	assert_table(store->tables[TABLE_GROUP], GROUP);
	assert_table(store->tables[TABLE_GSHADOW], GSHADOW);
	assert_true(idset_has(&store->uids, 10002));
	assert_true(idset_has(&store->uids, 10005));
	assert_false(idset_has(&store->uids, 10020));
	assert_true(idset_has(&store->gids, 10020));
	assert_false(idset_has(&store->gids, 10005));
	assert_false(store_is_changed(store));
}

static void
test_missing(void **state)
{
	struct etc_place	*place = *state;
	struct store		*store = &place->store;

	unlinkat(place->etc, "shadow", 0);
	unlinkat(place->etc, "gshadow", 0);
	etc_refresh(place);
	assert_null(store->tables[TABLE_SHADOW]);
	assert_null(store->tables[TABLE_GSHADOW]);
	etc_add_al(place);
	etc_commit(place);
	assert_names(place, "group passwd passwd- ");
	scratch_put_text(place->etc, "shadow", 0600, SHADOW);
	etc_refresh(place);
	assert_table(store->tables[TABLE_SHADOW], SHADOW);
	unlinkat(place->etc, "group", 0);
	assert_int_equal(store_refresh(store, &place->result), -1);
	assert_result(place, 454, "io-error", "group");
	scratch_put_text(place->etc, "group", 0644, GROUP);
	etc_refresh(place);
	unlinkat(place->etc, "passwd", 0);
	assert_int_equal(store_refresh(store, &place->result), -1);
	assert_result(place, 454, "io-error", "passwd");
}

static void
test_open(void **state)
{
	struct etc_place	*place = *state;
	struct config		*config = config_new();
	struct store		 store;
	char			 path[128];

	config->accounts.root = path;
	snprintf(path, sizeof(path), "%s/nowhere", place->scratch->path);
	assert_int_equal(store_open(&store, config, place->state), -1);
	assert_logged(place->scratch, "cannot open the root");
	store_close(&store);
	snprintf(path, sizeof(path), "%s/etc", place->scratch->path);
	assert_int_equal(store_open(&store, config, place->state), -1);
	assert_logged(place->scratch, "cannot open etc");
	store_close(&store);
	config->accounts.root = NULL;
	config_free(config);
}

/* Whoever changed a file however: it is read again, else it is not. */
static void
test_read_again(void **state)
{
	struct etc_place	*place = *state;
	struct store		*store = &place->store;
	struct timespec		 times[2] = { { 1, 1 }, { 1, 1 } };
	uint64_t		 reloads;

	etc_refresh(place);
	reloads = store->reloads;
	etc_refresh(place);
	assert_int_equal(store->reloads, reloads);
	scratch_put_text(place->etc, "passwd", 0644, PASSWD AL "\n");
	etc_refresh(place);
	assert_int_equal(store->reloads, reloads + 1);
	assert_table(store->tables[TABLE_PASSWD], PASSWD AL "\n");
	assert_true(idset_has(&store->uids, 10001));
	scratch_put_text(place->etc, "other", 0644, PASSWD AL "\n");
	assert_int_equal(syscall(SYS_renameat2, place->etc, "other",
	    place->etc, "passwd", 0), 0);
	etc_refresh(place);
	assert_int_equal(store->reloads, reloads + 2);
	assert_int_equal(utimensat(place->etc, "passwd", times, 0), 0);
	etc_refresh(place);
	assert_int_equal(store->reloads, reloads + 3);
	assert_int_equal(fchmodat(place->etc, "group", 0600, 0), 0);
	etc_refresh(place);
	assert_int_equal(store->reloads, reloads + 4);
	unlinkat(place->etc, "gshadow", 0);
	etc_refresh(place);
	assert_null(store->tables[TABLE_GSHADOW]);
	etc_refresh(place);
	assert_int_equal(store->reloads, reloads + 5);
}

/* Ids stay in the sets when their entries go, unless they may be reused. */
static void
test_ids(void **state)
{
	struct etc_place	*place = *state;
	struct store		*store = &place->store;

	etc_refresh(place);
	scratch_put_text(place->etc, "passwd", 0644, AL "\n");
	etc_refresh(place);
	assert_true(idset_has(&store->uids, 10001));
	assert_true(idset_has(&store->uids, 10005));
	store->reuse = 1;
	scratch_put_text(place->etc, "passwd", 0644, "#\n" AL "\n");
	etc_refresh(place);
	assert_true(idset_has(&store->uids, 10001));
	assert_false(idset_has(&store->uids, 10005));
}

static void
assert_obstacle(struct etc_place *place, const char *part)
{
	assert_int_equal(store_refresh(&place->store, &place->result), -1);
	assert_result(place, 550, "bad-file", part);
}

static void
test_obstacles(void **state)
{
	struct etc_place	*place = *state;
	int			 etc = place->etc;

	assert_int_equal(linkat(etc, "shadow", etc, "elsewhere", 0), 0);
	assert_obstacle(place, "/etc/shadow has another hard link");
	assert_int_equal(linkat(etc, "shadow", etc, "shadow-", 0), 0);
	assert_obstacle(place, "/etc/shadow has another hard link");
	assert_int_equal(unlinkat(etc, "elsewhere", 0), 0);
	etc_refresh(place);
	assert_int_equal(unlinkat(etc, "shadow-", 0), 0);
	scratch_put_text(etc, "real", 0644, GROUP);
	assert_int_equal(unlinkat(etc, "group", 0), 0);
	assert_int_equal(symlinkat("real", etc, "group"), 0);
	assert_obstacle(place, "/etc/group is a symbolic link");
	assert_int_equal(unlinkat(etc, "group", 0), 0);
	assert_int_equal(mkfifoat(etc, "group", 0644), 0);
	assert_obstacle(place, "/etc/group is not a regular file");
	assert_int_equal(unlinkat(etc, "group", 0), 0);
	assert_int_equal(mkdirat(etc, "group", 0755), 0);
	assert_obstacle(place, "/etc/group is not a regular file");
	assert_int_equal(unlinkat(etc, "group", AT_REMOVEDIR), 0);
	scratch_put_text(etc, "group", 0644, GROUP);
	etc_refresh(place);
	/* What is wrong with one file only is found before any is staged. */
	assert_int_equal(linkat(etc, "passwd", etc, "elsewhere", 0), 0);
	etc_edit_all(place);
	assert_int_equal(store_stage(&place->store, &place->result), -1);
	assert_result(place, 550, "bad-file", "/etc/passwd");
	store_rollback(&place->store);
	assert_names(place, "elsewhere group gshadow passwd real shadow ");
}

/* Somebody who ignores the locks comes in between. */
static void
test_behind_our_back(void **state)
{
	struct etc_place	*place = *state;

	etc_refresh(place);
	etc_edit_all(place);
	scratch_put_text(place->etc, "gshadow", 0640, GSHADOW "x:!::\n");
	assert_int_equal(store_stage(&place->store, &place->result), -1);
	assert_result(place, 450, "locked", "/etc/gshadow was changed by a "
	    "program that ignores the locks");
	assert_names(place, "group gshadow passwd shadow ");
	store_rollback(&place->store);
	assert_false(store_is_changed(&place->store));
	etc_refresh(place);
	assert_table(place->store.tables[TABLE_GSHADOW], GSHADOW "x:!::\n");
	assert_table(place->store.tables[TABLE_PASSWD], PASSWD);
}

/* A descriptor for those who list accounts, only if there is news. */
static void
test_open_file(void **state)
{
	struct etc_place	*place = *state;
	struct file_state	 seen = { 0 };
	char			 byte;
	int			 fd;

	fd = store_open_file(&place->store, TABLE_PASSWD, &seen);
	assert_int_not_equal(fd, -1);
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(byte, '#');
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
	assert_int_equal(store_open_file(&place->store, TABLE_PASSWD, &seen),
	    -1);
	scratch_put_text(place->etc, "passwd", 0644, PASSWD AL "\n");
	fd = store_open_file(&place->store, TABLE_PASSWD, &seen);
	assert_int_not_equal(fd, -1);
	close(fd);
	memset(&seen, 0, sizeof(seen));
	unlinkat(place->etc, "gshadow", 0);
	assert_int_equal(store_open_file(&place->store, TABLE_GSHADOW, &seen),
	    -1);
}

/* No link leads out of the root. */
static void
test_open_below(void **state)
{
	struct etc_place	*place = *state;
	struct stat		 st;
	int			 fd;

	assert_int_equal(symlinkat("/etc", place->scratch->fd, "link"), 0);
	assert_int_equal(symlinkat("../../../etc", place->scratch->fd,
	    "up"), 0);
	fd = store_open_below(&place->store, "/link/passwd", O_RDONLY);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_ino, etc_inode(place, "passwd"));
	close(fd);
	fd = store_open_below(&place->store, "up/passwd", O_RDONLY);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_ino, etc_inode(place, "passwd"));
	close(fd);
	assert_int_equal(store_open_below(&place->store, "/nowhere",
	    O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
}

static void
test_login_defs(void **state)
{
	struct etc_place	*place = *state;

	etc_refresh(place);
	assert_int_equal(place->store.defs.pass_max_days, -1);
	assert_int_equal(place->store.defs.usergroups, 1);
	scratch_put_text(place->etc, "login.defs", 0644, "PASS_MAX_DAYS 7\n");
	etc_refresh(place);
	assert_int_equal(place->store.defs.pass_max_days, 7);
	assert_int_equal(place->store.defs.usergroups, 0);
	unlinkat(place->etc, "login.defs", 0);
	assert_int_equal(mkdirat(place->etc, "login.defs", 0755), 0);
	assert_int_equal(store_refresh(&place->store, &place->result), -1);
	assert_result(place, 454, "io-error", "login.defs");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		ETC_TEST(test_read),
		ETC_TEST(test_missing),
		ETC_TEST(test_open),
		ETC_TEST(test_read_again),
		ETC_TEST(test_ids),
		ETC_TEST(test_obstacles),
		ETC_TEST(test_behind_our_back),
		ETC_TEST(test_open_file),
		ETC_TEST(test_open_below),
		ETC_TEST(test_login_defs)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
