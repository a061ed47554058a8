/*
 * Tests of dwserv/lock.c against other processes that hold a lock in one of
 * the known ways: lckpwdf(3)'s record lock, the lock files of shadow-utils
 * with all kinds of process ids in them, and another dwserv.
 */
/* links: dwserv/alias.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/defs.c dwserv/edit.c dwserv/external.c dwserv/file.c dwserv/hashrule.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/lock.c dwserv/log.c dwserv/name.c dwserv/result.c dwserv/slice.c dwserv/stage.c dwserv/store.c dwserv/symbol.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include <sys/file.h>

#include "etc_place.h"

#define TOKEN	".dwserv.lock"
#define FREE	"group gshadow passwd shadow "

/* A process that holds something until its pipe is closed. */
struct holder {
	pid_t	pid;
	int	fd;
};

typedef void (*holder_take)(int);

static void
holder_start(struct holder *holder, const struct etc_place *place,
    holder_take take)
{
	int	ready[2], stop[2];
	char	byte = 0;

	fflush(NULL);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
	if ((holder->pid = fork()) == 0) {
		alarm(60);
		close(stop[1]);
		take(place->etc);
		if (write(ready[1], "r", 1) != 1 ||
		    read(stop[0], &byte, 1) == -1)
			_exit(1);
		_exit(0);
	}
	assert_int_not_equal(holder->pid, -1);
	close(ready[1]);
	close(stop[0]);
	holder->fd = stop[1];
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static void
holder_stop(struct holder *holder)
{
	int	status;

	close(holder->fd);
	assert_int_equal(waitpid(holder->pid, &status, 0), holder->pid);
	assert_int_equal(status, 0);
}

static void
take_nothing(int etc)
{
	(void)etc;
}

static int
record_lock(int etc, int command)
{
	struct flock	record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int		fd = openat(etc, ".pwd.lock", O_RDWR | O_CREAT, 0600);

	return (fd == -1 ? -1 : fcntl(fd, command, &record));
}

/* As lckpwdf(3) does. */
static void
take_record(int etc)
{
	if (record_lock(etc, F_SETLK) == -1)
		_exit(2);
}

/* As another dwserv does. */
static void
take_open_record(int etc)
{
	if (record_lock(etc, F_OFD_SETLK) == -1)
		_exit(2);
}

static void
take_token(int etc)
{
	int	fd = openat(etc, TOKEN, O_RDWR | O_CREAT, 0600);

	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1 ||
	    linkat(etc, TOKEN, etc, "passwd.lock", 0) == -1)
		_exit(2);
}

/* Whether another process could take the record lock. */
static int
record_is_free(const struct etc_place *place)
{
	int	status;
	pid_t	pid;

	fflush(NULL);
	if ((pid = fork()) == 0)
		_exit(record_lock(place->etc, F_SETLK) == 0 ? 0 :
		    errno == EAGAIN || errno == EACCES ? 1 : 2);
	assert_int_not_equal(pid, -1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_in_range(WEXITSTATUS(status), 0, 1);
	return (WEXITSTATUS(status) == 0);
}

/* The names in etc, those of dwserv and .pwd.lock left out. */
static void
assert_locks(const struct etc_place *place, const char *expected)
{
	unlinkat(place->etc, ".pwd.lock", 0);
	assert_names(place, expected);
}

static int
try(struct etc_place *place, struct lock *lock)
{
	memset(&place->result, 0, sizeof(place->result));
	return (lock_try(lock, &place->store, &place->result));
}

static void
put_pid(const struct etc_place *place, const char *name, pid_t pid)
{
	char	text[32];
	int	length;

	length = snprintf(text, sizeof(text), "%d", (int)pid);
	scratch_put(place->etc, name, 0600, text, (size_t)length + 1);
}

static void
assert_held_by(const struct etc_place *place, const char *name, pid_t pid)
{
	char	text[128];

	snprintf(text, sizeof(text), "/etc/%s is held by process %d", name,
	    (int)pid);
	assert_result(place, 450, "locked", text);
}

static void
test_take(void **state)
{
	static const char *const names[] = { "passwd.lock", "shadow.lock",
	    "group.lock", "gshadow.lock" };
	struct etc_place	*place = *state;
	struct lock		 lock;
	char			 expected[32], *text;
	size_t			 i, size;

	lock_init(&lock, place->etc);
	assert_int_equal(try(place, &lock), 1);
	snprintf(expected, sizeof(expected), "%d", (int)getpid());
	for (i = 0; i < NUMBER_OF(names); i++) {
		text = scratch_get(place->etc, names[i], &size);
		assert_non_null(text);
		assert_int_equal(size, strlen(expected) + 1);
		assert_string_equal(text, expected);
		free(text);
	}
	assert_false(record_is_free(place));
	lock_release(&lock);
	assert_true(record_is_free(place));
	assert_locks(place, TOKEN " " FREE);
	/* And again, as often as one likes. */
	for (i = 0; i < 100; i++) {
		assert_int_equal(try(place, &lock), 1);
		lock_release(&lock);
		lock_release(&lock);
	}
	assert_int_equal(try(place, &lock), 1);
	lock_close(&lock);
	assert_true(record_is_free(place));
	assert_locks(place, FREE);
	lock_close(&lock);
}

/* Only what is there is locked: shadow-utils does so too. */
static void
test_missing_files(void **state)
{
	struct etc_place	*place = *state;
	struct lock		 lock;

	assert_int_equal(unlinkat(place->etc, "gshadow", 0), 0);
	lock_init(&lock, place->etc);
	assert_int_equal(try(place, &lock), 1);
	assert_no_file(place->etc, "gshadow.lock");
	lock_close(&lock);
	assert_locks(place, "group passwd shadow ");
}

static void
test_record_held(void **state)
{
	struct etc_place	*place = *state;
	struct holder		 holder;
	struct lock		 lock;

	lock_init(&lock, place->etc);
	holder_start(&holder, place, take_record);
	assert_int_equal(try(place, &lock), 0);
	assert_held_by(place, ".pwd.lock", holder.pid);
	assert_int_equal(lock.pwd_fd, -1);
	assert_names(place, TOKEN " .pwd.lock " FREE);
	assert_int_equal(try(place, &lock), 0);
	holder_stop(&holder);
	assert_int_equal(try(place, &lock), 1);
	lock_release(&lock);
	holder_start(&holder, place, take_open_record);
	assert_int_equal(try(place, &lock), 0);
	assert_result(place, 450, "locked", "held by another process");
	holder_stop(&holder);
	assert_int_equal(try(place, &lock), 1);
	lock_close(&lock);
}

/* A lock file of somebody who is there, in whatever place of the order. */
static void
test_live(void **state)
{
	static const char *const names[] = { "passwd.lock", "group.lock",
	    "gshadow.lock", "shadow.lock" };
	struct etc_place	*place = *state;
	struct holder		 holder;
	struct lock		 lock;
	char			 expected[128];
	size_t			 i;

	lock_init(&lock, place->etc);
	holder_start(&holder, place, take_nothing);
	for (i = 0; i < NUMBER_OF(names); i++) {
		put_pid(place, names[i], holder.pid);
		assert_int_equal(try(place, &lock), 0);
		assert_held_by(place, names[i], holder.pid);
		assert_true(record_is_free(place));
		snprintf(expected, sizeof(expected), "%d", (int)holder.pid);
		assert_int_equal(unlinkat(place->etc, names[i], 0), 0);
		assert_locks(place, TOKEN " " FREE);
	}
	/* Even process 1, and with a newline instead of a NUL. */
	scratch_put_text(place->etc, "group.lock", 0600, "1\n");
	assert_int_equal(try(place, &lock), 0);
	assert_held_by(place, "group.lock", 1);
	assert_file(place->etc, "group.lock", "1\n");
	holder_stop(&holder);
	lock_close(&lock);
}

static void
test_dead(void **state)
{
	struct etc_place	*place = *state;
	struct holder		 holder;
	struct lock		 lock;
	char			 expected[128];

	lock_init(&lock, place->etc);
	holder_start(&holder, place, take_nothing);
	put_pid(place, "passwd.lock", holder.pid);
	put_pid(place, "shadow.lock", holder.pid);
	holder_stop(&holder);
	assert_int_equal(try(place, &lock), 1);
	snprintf(expected, sizeof(expected), "removing /etc/shadow.lock of "
	    "process %d", (int)holder.pid);
	assert_logged(place->scratch, expected);
	lock_close(&lock);
	assert_locks(place, FREE);
}

/* Left by a process that had our number: before the last boot, say. */
static void
test_own_number(void **state)
{
	struct etc_place	*place = *state;
	struct lock		 lock;

	lock_init(&lock, place->etc);
	put_pid(place, "group.lock", getpid());
	assert_int_equal(try(place, &lock), 1);
	lock_close(&lock);
	assert_locks(place, FREE);
}

/* Nobody can tell whose it is: it is named, and left alone. */
static void
test_nobodys(void **state)
{
	static const char *const texts[] = { "", "x", "0", "-5", "12x", " 12",
	    "99999999999", "4294967295", "\n12" };
	struct etc_place	*place = *state;
	struct lock		 lock;
	size_t			 i;

	lock_init(&lock, place->etc);
	for (i = 0; i < NUMBER_OF(texts); i++) {
		scratch_put_text(place->etc, "passwd.lock", 0600, texts[i]);
		assert_int_equal(try(place, &lock), 0);
		assert_result(place, 450, "locked", "/etc/passwd.lock names "
		    "no process");
		assert_file(place->etc, "passwd.lock", texts[i]);
	}
	assert_int_equal(unlinkat(place->etc, "passwd.lock", 0), 0);
	assert_int_equal(symlinkat("nowhere", place->etc, "passwd.lock"), 0);
	assert_int_equal(try(place, &lock), 0);
	assert_result(place, 450, "locked", "/etc/passwd.lock");
	assert_no_file(place->etc, "nowhere");
	lock_close(&lock);
}

/* What a dwserv that was killed left behind. */
static void
test_old_token(void **state)
{
	struct etc_place	*place = *state;
	struct lock		 lock;
	int			 etc = place->etc;

	/* Its number may be somebody else's by now, even a live one's. */
	put_pid(place, TOKEN, getppid());
	assert_int_equal(linkat(etc, TOKEN, etc, "passwd.lock", 0), 0);
	assert_int_equal(linkat(etc, TOKEN, etc, "gshadow.lock", 0), 0);
	lock_init(&lock, etc);
	assert_int_equal(try(place, &lock), 1);
	lock_close(&lock);
	assert_locks(place, FREE);
	/* A lock that is not a link to it is somebody else's. */
	put_pid(place, TOKEN, getpid());
	put_pid(place, "shadow.lock", getppid());
	lock_init(&lock, etc);
	assert_int_equal(try(place, &lock), 0);
	assert_held_by(place, "shadow.lock", getppid());
	lock_close(&lock);
}

static void
test_other_dwserv(void **state)
{
	struct etc_place	*place = *state;
	struct holder		 holder;
	struct lock		 lock;

	lock_init(&lock, place->etc);
	holder_start(&holder, place, take_token);
	assert_int_equal(try(place, &lock), 0);
	assert_result(place, 450, "locked", "another dwserv");
	assert_names(place, TOKEN " group gshadow passwd passwd.lock "
	    "shadow ");
	lock_close(&lock);
	assert_names(place, TOKEN " group gshadow passwd passwd.lock "
	    "shadow ");
	holder_stop(&holder);
	assert_int_equal(try(place, &lock), 1);
	lock_close(&lock);
	assert_locks(place, FREE);
}

/* Somebody tidied up the file to which locks are links. */
static void
test_token_gone(void **state)
{
	struct etc_place	*place = *state;
	struct lock		 lock;

	lock_init(&lock, place->etc);
	assert_int_equal(try(place, &lock), 1);
	lock_release(&lock);
	assert_int_equal(unlinkat(place->etc, TOKEN, 0), 0);
	if (try(place, &lock) != 1) {
		assert_true(record_is_free(place));
		assert_int_equal(try(place, &lock), 1);
	}
	lock_close(&lock);
	assert_locks(place, FREE);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		ETC_TEST(test_take),
		ETC_TEST(test_missing_files),
		ETC_TEST(test_record_held),
		ETC_TEST(test_live),
		ETC_TEST(test_dead),
		ETC_TEST(test_own_number),
		ETC_TEST(test_nobodys),
		ETC_TEST(test_old_token),
		ETC_TEST(test_other_dwserv),
		ETC_TEST(test_token_gone)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
