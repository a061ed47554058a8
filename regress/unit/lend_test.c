/*
 * The files that the parent opens for the parser of the configuration: which
 * it opens, which not, and with what words.  The complaints that come of it
 * are in parse_test.c.
 */
/* links: dwserv/lend.c */

#include <sys/sysmacros.h>

#include "place.h"

static void
assert_lent(const char *path, const char *expected)
{
	const char	*reason = NULL;
	char		 text[64] = "";
	int		 fd = lend_file(NULL, path, &reason);

	assert_int_not_equal(fd, -1);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_not_equal(read(fd, text, sizeof(text) - 1), -1);
	assert_string_equal(text, expected);
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
}

static void
assert_kept(const char *path, const char *expected)
{
	const char	*reason = NULL;

	assert_int_equal(lend_file(NULL, path, &reason), -1);
	assert_non_null(reason);
	assert_string_equal(reason, expected);
}

static void
test_files(void **state)
{
	struct files	*place = *state;

	place_write_text(place, "f", 0600, "prefork 1\n");
	assert_lent(place_path(place, "f"), "prefork 1\n");
	place_write_text(place, "empty", 0644, "");
	assert_lent(place_path(place, "empty"), "");
	assert_int_equal(symlink("f", place_path(place, "link")), 0);
	assert_lent(place_path(place, "link"), "prefork 1\n");
	place_write_text(place, "w", 0620, "prefork 1\n");
	assert_kept(place_path(place, "w"),
	    "writable by group or others; chmod 0600");
	assert_kept(place_path(place, "none"), "No such file or directory");
	assert_kept("", "No such file or directory");
	assert_kept(place->directory, "not a regular file");
	assert_int_equal(truncate(place_path(place, "f"), SOURCE_SIZE_MAX), 0);
	assert_lent(place_path(place, "f"), "prefork 1\n");
	assert_int_equal(truncate(place_path(place, "f"),
	    SOURCE_SIZE_MAX + 1), 0);
	assert_kept(place_path(place, "f"), "larger than 1 MB");
}

static void
test_owners(void **state)
{
	struct files	*place = *state;
	const char	*path;

	if (geteuid() != 0)
		skip();
	place_write_text(place, "f", 0600, "prefork 1\n");
	path = place_path(place, "f");
	assert_int_equal(chown(path, 65534, 0), 0);
	assert_kept(path, "owned by somebody else; chown root");
	assert_int_equal(seteuid(65534), 0);
	assert_kept(path, "Permission denied");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(place->directory, 0711), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_lent(path, "prefork 1\n");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_kept(path, "Permission denied");
	assert_int_equal(seteuid(0), 0);
}

static void
test_passwords(void **state)
{
	static const char *const names[] = { "shadow", "shadow-", "gshadow",
	    ".gshadow.dwserv", "shadow (deleted)" };
	static const char	 reason[] = "holds passwords, not a "
	    "configuration";
	struct files		*place = *state;
	const char		*link;
	size_t			 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		place_write_text(place, names[i], 0600, "prefork 1\n");
		assert_kept(place_path(place, names[i]), reason);
		link = place_path(place, "link");
		assert_int_equal(symlink(names[i], link), 0);
		assert_kept(link, reason);
		assert_int_equal(unlink(link), 0);
	}
	if (access("/etc/shadow", F_OK) == 0)
		assert_kept("/etc/shadow", reason);
}

/* What looks like a regular file, but is the kernel's. */
static void
test_kernel(void **state)
{
	static const char *const paths[] = { "/proc/self/mem",
	    "/proc/self/environ", "/proc/self/ns/mnt", "/proc/version",
	    "/proc/sys/kernel/ostype", "/sys/kernel/uevent_seqnum" };
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], F_OK) == 0)
			assert_kept(paths[i], "not a regular file");
	assert_int_equal(access("/proc/self/mem", F_OK), 0);
}

/*
 * Some devices do something when they are opened.  One that does not exist
 * would say so (ENXIO): it must not even be tried.
 */
static void
test_devices(void **state)
{
	struct files	*place = *state;
	const char	*path;

	assert_kept("/dev/null", "not a regular file");
	path = place_path(place, "fifo");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_kept(path, "not a regular file");
	path = place_path(place, "device");
	if (mknod(path, S_IFCHR | 0600, makedev(4095, 1)) == -1)
		skip();
	assert_kept(path, "not a regular file");
}

static void
test_descriptors(void **state)
{
	struct files	*place = *state;
	const char	*reason;
	int		 before, i;

	place_write_text(place, "w", 0666, "prefork 1\n");
	before = dup(STDIN_FILENO);
	close(before);
	for (i = 0; i < 10; i++) {
		lend_file(NULL, place_path(place, "w"), &reason);
		lend_file(NULL, "/dev/null", &reason);
		lend_file(NULL, "/proc/self/mem", &reason);
	}
	assert_int_equal(dup(STDIN_FILENO), before);
	close(before);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_files),
		TEST(test_owners),
		TEST(test_passwords),
		TEST(test_kernel),
		TEST(test_devices),
		TEST(test_descriptors)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
