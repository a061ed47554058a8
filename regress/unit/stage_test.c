/*
 * Tests of dwserv/stage.c, and of publishing in store.c: account files
 * replaced with all that belongs to them, or not at all.
 *
 * renameat() is replaced by one that takes notes and can be told to fail,
 * and so can fchown(), fchmod() and fsync().
 */
/* links: dwserv/alias.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/defs.c dwserv/edit.c dwserv/external.c dwserv/file.c dwserv/hashrule.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/result.c dwserv/slice.c dwserv/stage.c dwserv/store.c dwserv/symbol.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

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

static const char	*failing;	/* the call that fails, or NULL */

static int
fails(const char *call)
{
	errno = EIO;
	return (failing != NULL && strcmp(failing, call) == 0);
}

int
fchown(int fd, uid_t uid, gid_t gid)
{
	return (fails("fchown") ? -1 : (int)syscall(SYS_fchown, fd, uid,
	    gid));
}

int
fchmod(int fd, mode_t mode)
{
	return (fails("fchmod") ? -1 : (int)syscall(SYS_fchmod, fd, mode));
}

int
fsync(int fd)
{
	return (fails("fsync") ? -1 : (int)syscall(SYS_fsync, fd));
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
	etc_commit(place);
	assert_file(place->etc, "passwd", PASSWD);
	assert_file(place->etc, "passwd-", PASSWD AL "\n");
}

/* No reader sees an account whose group or secret is missing. */
static void
test_order(void **state)
{
	struct etc_place	*place = *state;

	etc_refresh(place);
	etc_edit_all(place);
	renaming_begin(0);
	etc_commit(place);
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
	etc_edit_all(place);
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
	etc_open(place);
	etc_refresh(place);
	assert_int_equal(etc_inode(place, "group"), etc_inode(place,
	    "group-"));
	etc_add_al(place);
	add_text(place->store.tables[TABLE_SHADOW], "al:!:1::::::");
	add_text(place->store.tables[TABLE_GROUP], "al:x:10001:");
	etc_commit(place);
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
	etc_commit(place);
	assert_file(place->etc, "passwd", PASSWD AL "\n");
	assert_names(place, "group gshadow passwd passwd- shadow ");
	assert_logged(place->scratch, "cannot keep the old passwd as "
	    "passwd-");
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
		etc_commit(place);
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
	etc_commit(place);
	assert_file(place->etc, "shadow", SHADOW "al:!:1::::::\n");
	assert_xattr(place, "user.note", "hello");
	assert_xattr(place, "security.label",
	    "system_u:object_r:shadow_t:s0");
	assert_xattr(place, "trusted.empty", "");
	assert_int_equal(getxattr(path, "system.posix_acl_access", copy,
	    sizeof(copy)), sizeof(acl));
	assert_memory_equal(copy, acl, sizeof(acl));
}

/* Whatever fails, nothing is left of the attempt. */
static void
test_stage_fails(void **state)
{
	static const char *const calls[] = { "fchown", "fchmod", "fsync" };
	struct etc_place	*place = *state;
	size_t			 i;

	etc_refresh(place);
	etc_edit_all(place);
	for (i = 0; i < NUMBER_OF(calls); i++) {
		memset(&place->result, 0, sizeof(place->result));
		failing = calls[i];
		assert_int_equal(store_stage(&place->store, &place->result),
		    -1);
		failing = NULL;
		assert_result(place, 454, "io-error", "cannot write passwd");
		assert_names(place, "group gshadow passwd shadow ");
	}
	etc_commit(place);
	assert_file(place->etc, "passwd", PASSWD AL "\n");
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
	etc_commit(place);
	assert_names(place, "group gshadow passwd passwd- shadow ");
	assert_file(place->etc, "passwd", PASSWD AL "\n");
	assert_file(place->etc, "passwd-", PASSWD);
}

static void
test_unstage(void **state)
{
	struct etc_place	*place = *state;

	etc_refresh(place);
	etc_edit_all(place);
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
	etc_commit(place);
	assert_file(place->etc, "passwd", PASSWD AL "\n");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		ETC_TEST(test_publish),
		ETC_TEST(test_order),
		ETC_TEST(test_publish_fails),
		ETC_TEST(test_no_backup),
		ETC_TEST(test_owner_and_mode),
		ETC_TEST(test_xattrs),
		ETC_TEST(test_stage_fails),
		ETC_TEST(test_leftovers),
		ETC_TEST(test_unstage),
		ETC_TEST(test_final_newline)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
