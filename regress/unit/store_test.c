/*
 * Tests of dwserv/store.c and stage.c: account files read, read again when
 * they changed, and replaced with all that belongs to them.
 *
 * renameat() is replaced by one that takes notes and can be told to fail.
 */
/* links: dwserv/defs.c dwserv/edit.c dwserv/file.c dwserv/hashrule.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/result.c dwserv/stage.c dwserv/store.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include <sys/syscall.h>
#include <sys/xattr.h>

#include "etc_place.h"

static struct {
	char	names[512];	/* what was renamed to, in order */
	int	fail_at;	/* this one fails, counted from 1 */
	int	count;
} renaming;

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	if (++renaming.count == renaming.fail_at) {
		errno = EIO;
		return (-1);
	}
	strlcat(renaming.names, to, sizeof(renaming.names));
	strlcat(renaming.names, " ", sizeof(renaming.names));
	return ((int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0));
}

static void
renaming_begin(int fail_at)
{
	memset(&renaming, 0, sizeof(renaming));
	renaming.fail_at = fail_at;
}

/* Stage and publish, as a commit does. */
static void
commit(struct etc_place *place)
{
	assert_int_equal(store_stage(&place->store, &place->result), 0);
	assert_int_equal(store_publish(&place->store), 0);
	store_note(&place->store);
	store_settle(&place->store);
}

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
	commit(place);
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
	struct accounts		 accounts = { 0 };
	struct store		 store;
	char			 path[128];

	accounts.root = path;
	snprintf(path, sizeof(path), "%s/nowhere", place->scratch->path);
	assert_int_equal(store_open(&store, &accounts), -1);
	assert_logged(place->scratch, "cannot open the root");
	store_close(&store);
	snprintf(path, sizeof(path), "%s/etc", place->scratch->path);
	assert_int_equal(store_open(&store, &accounts), -1);
	assert_logged(place->scratch, "cannot open etc");
	store_close(&store);
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
test_publish(void **state)
{
	struct etc_place	*place = *state;
	ino_t			 passwd, group;
	uint64_t		 reloads;

	etc_refresh(place);
	passwd = etc_inode(place, "passwd");
	group = etc_inode(place, "group");
	etc_add_al(place);
	assert_true(store_is_changed(&place->store));
	assert_int_equal(store_stage(&place->store, &place->result), 0);
	assert_names(place, ".passwd.dwserv group gshadow passwd shadow ");
	assert_file(place->etc, "passwd", PASSWD);
	assert_file(place->etc, ".passwd.dwserv", PASSWD AL "\n");
	assert_int_equal(store_publish(&place->store), 0);
	assert_names(place, "group gshadow passwd passwd- shadow ");
	assert_file(place->etc, "passwd", PASSWD AL "\n");
	assert_file(place->etc, "passwd-", PASSWD);
	assert_int_equal(etc_inode(place, "passwd-"), passwd);
	assert_int_equal(etc_inode(place, "group"), group);
	store_note(&place->store);
	store_settle(&place->store);
	assert_false(store_is_changed(&place->store));
	reloads = place->store.reloads;
	etc_refresh(place);
	assert_int_equal(place->store.reloads, reloads);
	table_remove(place->store.tables[TABLE_PASSWD], table_find_name(
	    place->store.tables[TABLE_PASSWD], "al"));
	commit(place);
	assert_file(place->etc, "passwd", PASSWD);
	assert_file(place->etc, "passwd-", PASSWD AL "\n");
}

static void
edit_all(struct etc_place *place)
{
	struct table	**tables = place->store.tables;

	etc_add_al(place);
	add_text(tables[TABLE_SHADOW], "al:!:1::::::");
	add_text(tables[TABLE_GROUP], "al:x:10001:");
	add_text(tables[TABLE_GSHADOW], "al:!::");
}

/* No reader sees an account whose group or secret is missing. */
static void
test_order(void **state)
{
	struct etc_place	*place = *state;

	etc_refresh(place);
	edit_all(place);
	renaming_begin(0);
	commit(place);
	assert_string_equal(renaming.names, "gshadow- gshadow group- group "
	    "shadow- shadow passwd- passwd ");
	assert_names(place, "group group- gshadow gshadow- passwd passwd- "
	    "shadow shadow- ");
}

/* A publishing that failed half way is finished by doing all of it again. */
static void
test_publish_fails(void **state)
{
	struct etc_place	*place = *state;

	etc_refresh(place);
	edit_all(place);
	assert_int_equal(store_stage(&place->store, &place->result), 0);
	renaming_begin(4);
	assert_int_equal(store_publish(&place->store), -1);
	assert_int_equal(errno, EIO);
	renaming_begin(0);
	assert_file(place->etc, "gshadow", GSHADOW "al:!::\n");
	assert_file(place->etc, "group", GROUP);
	assert_file(place->etc, "passwd", PASSWD);
	/* The next start: passwd and passwd- may be one file. */
	store_close(&place->store);
	assert_int_equal(store_open(&place->store, &place->accounts), 0);
	etc_refresh(place);
	assert_int_equal(etc_inode(place, "group"), etc_inode(place,
	    "group-"));
	etc_add_al(place);
	add_text(place->store.tables[TABLE_SHADOW], "al:!:1::::::");
	add_text(place->store.tables[TABLE_GROUP], "al:x:10001:");
	commit(place);
	assert_names(place, "group group- gshadow gshadow- passwd passwd- "
	    "shadow shadow- ");
	assert_file(place->etc, "group", GROUP "al:x:10001:\n");
	assert_file(place->etc, "group-", GROUP);
}

/* A backup that cannot be made is no reason to fail. */
static void
test_no_backup(void **state)
{
	struct etc_place	*place = *state;

	assert_int_equal(mkdirat(place->etc, "passwd-", 0755), 0);
	etc_refresh(place);
	etc_add_al(place);
	commit(place);
	assert_file(place->etc, "passwd", PASSWD AL "\n");
	assert_names(place, "group gshadow passwd passwd- shadow ");
	assert_logged(place->scratch, "cannot keep the old /etc/passwd");
}

static void
test_owner_and_mode(void **state)
{
	static const mode_t	 modes[] = { 0644, 0600, 0664, 0444, 0,
				    02640, 04755 };
	struct etc_place	*place = *state;
	struct stat		 st;
	size_t			 i;

	if (geteuid() != 0)
		skip();
	for (i = 0; i < NUMBER_OF(modes); i++) {
		scratch_put_text(place->etc, "passwd", 0600, PASSWD);
		assert_int_equal(fchownat(place->etc, "passwd",
		    (uid_t)(12 + i), (gid_t)(34 + i), 0), 0);
		assert_int_equal(fchmodat(place->etc, "passwd", modes[i], 0),
		    0);
		etc_refresh(place);
		etc_add_al(place);
		commit(place);
		assert_int_equal(fstatat(place->etc, "passwd", &st, 0), 0);
		assert_int_equal(st.st_mode & 07777, modes[i]);
		assert_int_equal(st.st_uid, 12 + i);
		assert_int_equal(st.st_gid, 34 + i);
		assert_file(place->etc, "passwd", PASSWD AL "\n");
	}
}

static void
xattr_set(const struct etc_place *place, const char *name, const char *value)
{
	int	fd = openat(place->etc, "shadow", O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(fsetxattr(fd, name, value, strlen(value), 0), 0);
	close(fd);
}

static void
assert_xattr(const struct etc_place *place, const char *name,
    const char *expected)
{
	int	fd = openat(place->etc, "shadow", O_RDONLY | O_CLOEXEC);
	char	value[128];
	ssize_t	size;

	assert_int_not_equal(fd, -1);
	size = fgetxattr(fd, name, value, sizeof(value));
	close(fd);
	if (size == -1)
		fail_msg("%s: %s", name, strerror(errno));
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(value, expected, strlen(expected));
}

/* Version 2; owner rw, user 77 r, group r, mask r, others nothing. */
static const unsigned char	acl[] = {
	2, 0, 0, 0,
	1, 0, 6, 0, 255, 255, 255, 255,
	2, 0, 4, 0, 77, 0, 0, 0,
	4, 0, 4, 0, 255, 255, 255, 255,
	16, 0, 4, 0, 255, 255, 255, 255,
	32, 0, 0, 0, 255, 255, 255, 255
};

/* Extended attributes go along: labels and access lists are among them. */
static void
test_xattrs(void **state)
{
	struct etc_place	*place = *state;
	unsigned char		 copy[128];
	char			 path[128];

	if (geteuid() != 0)
		skip();
	xattr_set(place, "user.note", "hello");
	xattr_set(place, "security.label", "system_u:object_r:shadow_t:s0");
	xattr_set(place, "trusted.empty", "");
	snprintf(path, sizeof(path), "%s/etc/shadow", place->scratch->path);
	assert_int_equal(setxattr(path, "system.posix_acl_access", acl,
	    sizeof(acl), 0), 0);
	etc_refresh(place);
	add_text(place->store.tables[TABLE_SHADOW], "al:!:1::::::");
	commit(place);
	assert_file(place->etc, "shadow", SHADOW "al:!:1::::::\n");
	assert_xattr(place, "user.note", "hello");
	assert_xattr(place, "security.label",
	    "system_u:object_r:shadow_t:s0");
	assert_xattr(place, "trusted.empty", "");
	assert_int_equal(getxattr(path, "system.posix_acl_access", copy,
	    sizeof(copy)), sizeof(acl));
	assert_memory_equal(copy, acl, sizeof(acl));
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
	edit_all(place);
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
	edit_all(place);
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

/* What a crash left lying about is in nobody's way. */
static void
test_leftovers(void **state)
{
	struct etc_place	*place = *state;

	scratch_put_text(place->etc, ".passwd.dwserv", 0666, "x");
	scratch_put_text(place->etc, ".passwd-.dwserv", 0666, "x");
	etc_refresh(place);
	etc_add_al(place);
	commit(place);
	assert_names(place, "group gshadow passwd passwd- shadow ");
	assert_file(place->etc, "passwd", PASSWD AL "\n");
	assert_file(place->etc, "passwd-", PASSWD);
}

static void
test_unstage(void **state)
{
	struct etc_place	*place = *state;

	etc_refresh(place);
	edit_all(place);
	assert_int_equal(store_stage(&place->store, &place->result), 0);
	assert_names(place, ".group.dwserv .gshadow.dwserv .passwd.dwserv "
	    ".shadow.dwserv group gshadow passwd shadow ");
	store_unstage(&place->store);
	assert_names(place, "group gshadow passwd shadow ");
	store_rollback(&place->store);
	assert_table(place->store.tables[TABLE_SHADOW], SHADOW);
}

static void
test_final_newline(void **state)
{
	struct etc_place	*place = *state;

	scratch_put(place->etc, "passwd", 0644, PASSWD, strlen(PASSWD) - 1);
	etc_refresh(place);
	assert_logged(place->scratch, "/etc/passwd does not end in a newline");
	etc_add_al(place);
	commit(place);
	assert_file(place->etc, "passwd", PASSWD AL "\n");
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
		ETC_TEST(test_publish),
		ETC_TEST(test_order),
		ETC_TEST(test_publish_fails),
		ETC_TEST(test_no_backup),
		ETC_TEST(test_owner_and_mode),
		ETC_TEST(test_xattrs),
		ETC_TEST(test_obstacles),
		ETC_TEST(test_behind_our_back),
		ETC_TEST(test_leftovers),
		ETC_TEST(test_unstage),
		ETC_TEST(test_final_newline),
		ETC_TEST(test_open_file),
		ETC_TEST(test_open_below),
		ETC_TEST(test_login_defs)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
