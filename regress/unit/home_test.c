/*
 * Tests of dwserv/home.c: the whole process, with no more of root's power
 * than it has in earnest, over a channel.
 */
/* links: dwserv/archive.c dwserv/change.c dwserv/channel.c dwserv/common.c dwserv/file.c dwserv/ibuf.c dwserv/imsg.c dwserv/imsgbuf.c dwserv/log.c dwserv/loop.c dwserv/msg.c dwserv/msgcontrol.c dwserv/msgpart.c dwserv/name.c dwserv/place.c dwserv/sandbox.c dwserv/capability.c dwserv/landlock.c dwserv/seccomp.c dwserv/seccomp_basic.c dwserv/seccomp_child.c dwserv/skel.c dwserv/trash.c dwserv/tree.c dwserv/xmalloc.c */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <poll.h>

#include "home_base.h"

/* The program is called as a function by the test's children. */
int	home_main(int, char **);
#define main	home_main
#include "../../dwserv/home.c"
#undef main

#define FILES		20000
#define BAD_MODE	0404	/* of a file that cannot be given away */
#define DEADLINE	60000	/* milliseconds */

int
fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flags)
{
	struct stat	st;

	if (*path == '\0' && fstat(fd, &st) == 0 &&
	    (st.st_mode & 07777) == BAD_MODE) {
		errno = EIO;
		return (-1);
	}
	return ((int)syscall(SYS_fchownat, fd, path, uid, gid, flags));
}

/* Directories of root's alone, as in the archive, cannot be made durable. */
int
fsync(int fd)
{
	struct stat	st;

	if (fstat(fd, &st) == 0 && st.st_mode == (S_IFDIR | 0700)) {
		errno = EIO;
		return (-1);
	}
	return ((int)syscall(SYS_fsync, fd));
}

struct process {
	struct base	*base;
	struct imsgbuf	 channel;
	pid_t		 pid;
	int		 pings;		/* for each pong there is another */
	int		 pongs;
};

static void
process_send(struct process *process, uint32_t type, uint32_t id, int fd)
{
	assert_int_equal(imsg_compose(&process->channel, type, id, fd, NULL,
	    0), 1);
}

static void
process_order(struct process *process, enum home_action action,
    const char *path, uint64_t serial)
{
	struct ibuf	*message;

	base_set(process->base, action, path, action == HOME_ACTION_ARCHIVE ?
	    "2026-11-22/al-20003" : NULL);
	process->base->order.serial = serial;
	message = imsg_create(&process->channel, IMSG_PARENT_HOME, 0, 0);
	assert_int_equal(msg_put_home_order(message, &process->base->order),
	    0);
	imsg_close(&process->channel, message);
}

static uint32_t
process_receive_any(struct process *process, struct imsg *imsg)
{
	struct pollfd	pfd = { process->channel.fd, POLLIN, 0 };

	while (imsgbuf_queuelen(&process->channel) > 0)
		assert_int_equal(imsgbuf_write(&process->channel), 0);
	while (imsgbuf_get(&process->channel, imsg) != 1) {
		assert_int_equal(poll(&pfd, 1, DEADLINE), 1);
		assert_int_equal(imsgbuf_read(&process->channel), 1);
	}
	return (imsg_get_type(imsg));
}

/* The next message but pongs; it is the caller's to free. */
static uint32_t
process_receive(struct process *process, struct imsg *imsg)
{
	while (process_receive_any(process, imsg) == IMSG_CHILD_PONG) {
		imsg_free(imsg);
		process->pongs++;
		if (process->pings)
			process_send(process, IMSG_PARENT_PING, 0, -1);
	}
	return (imsg_get_type(imsg));
}

static void
expect_simple(struct process *process, uint32_t type)
{
	struct imsg	imsg;

	assert_int_equal(process_receive(process, &imsg), type);
	imsg_free(&imsg);
}

static void
expect_done(struct process *process, enum home_action action,
    uint64_t serial, int error)
{
	struct home_outcome	outcome;
	struct imsg		imsg;

	assert_int_equal(process_receive(process, &imsg), IMSG_HOME_DONE);
	assert_int_equal(msg_get_home_outcome(imsg_get_ibuf(&imsg), &outcome),
	    0);
	assert_int_equal(outcome.action, action);
	assert_int_equal(outcome.serial, serial);
	assert_int_equal(outcome.error, error);
	imsg_free(&imsg);
}

static void
expect_synced(struct process *process, uint32_t number, int expected)
{
	struct imsg	imsg;
	uint32_t	error;

	assert_int_equal(process_receive(process, &imsg), IMSG_HOME_SYNCED);
	assert_int_equal(imsg_get_id(&imsg), number);
	assert_int_equal(msg_get_number(imsg_get_ibuf(&imsg), &error), 0);
	assert_int_equal(error, expected);
	imsg_free(&imsg);
}

static int
process_start(void **state)
{
	struct process	*process = calloc(1, sizeof(*process));
	void		*base;
	char		 program[] = "dwserv-home";
	char		*arguments[] = { program, NULL };
	int		 fds[2];

	assert_non_null(process);
	base_make(&base);
	process->base = base;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	fflush(NULL);
	if ((process->pid = fork()) == 0) {
		if (dup2(fds[1], CHILD_CHANNEL) == -1)
			_exit(1);
		closefrom(CHILD_CHANNEL + 1);
		_exit(home_main(1, arguments));
	}
	assert_int_not_equal(process->pid, -1);
	close(fds[1]);
	imsgbuf_init(&process->channel, fds[0]);
	imsgbuf_allow_fdpass(&process->channel);
	process_send(process, IMSG_PARENT_BASE, 0,
	    dup(process->base->home.base_fd));
	process_send(process, IMSG_PARENT_START, 0, -1);
	expect_simple(process, IMSG_HOME_READY);
	*state = process;
	return (0);
}

static int
process_end(void **state)
{
	struct process	*process = *state;
	void		*base = process->base;
	int		 status;

	imsgbuf_clear(&process->channel);
	close(process->channel.fd);
	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	assert_int_equal(status, 0);
	free(process);
	return (base_remove(&base));
}

#define PROCESS_TEST(test) \
	cmocka_unit_test_setup_teardown(test, process_start, process_end)

static void
make_big(struct base *base)
{
	char	name[32];
	int	fd, i;

	base_home(base, "al");
	fd = openat(base->home.base_fd, "al", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(mknodat(fd, name, S_IFREG | 0600, 0), 0);
		assert_int_equal(fchownat(fd, name, OLD_UID, OLD_GID, 0), 0);
	}
	close(fd);
}

/*
 * While a big home is walked, pings are answered; all else is answered in
 * the order in which it was asked for.
 */
static void
test_order(void **state)
{
	struct process	*process = *state;

	make_big(process->base);
	process_order(process, HOME_ACTION_CHANGE, "al", 1);
	process_order(process, HOME_ACTION_MAKE, "bo", 2);
	process_send(process, IMSG_PARENT_SYNC, 3, -1);
	process_order(process, HOME_ACTION_CHANGE, "al", 4);
	process_order(process, HOME_ACTION_PLACE, "bo", 2);
	process_send(process, IMSG_PARENT_SYNC, 5, -1);
	process_send(process, IMSG_PARENT_PING, 0, -1);
	process->pings = 1;
	expect_done(process, HOME_ACTION_CHANGE, 1, 0);
	process->pings = 0;
	assert_true(process->pongs > 1);
	assert_owner(process->base, "al/0", NEW_UID, NEW_GID);
	expect_done(process, HOME_ACTION_MAKE, 2, 0);
	expect_synced(process, 3, 0);
	expect_done(process, HOME_ACTION_CHANGE, 4, 0);
	expect_done(process, HOME_ACTION_PLACE, 2, 0);
	expect_synced(process, 5, 0);
	assert_owner(process->base, "bo", NEW_UID, NEW_GID);
}

/* With and without a walk, an order has one answer of its own. */
static void
test_answers(void **state)
{
	struct process	*process = *state;

	process_order(process, HOME_ACTION_TRY, "../al", 1);
	expect_done(process, HOME_ACTION_TRY, 1, EINVAL);
	process_order(process, HOME_ACTION_CHANGE, "al", 2);
	expect_done(process, HOME_ACTION_CHANGE, 2, 0);
	base_home(process->base, "al");
	base_file(process->base, "al/bad", OLD_UID, OLD_GID);
	assert_int_equal(fchmodat(process->base->home.base_fd, "al/bad",
	    BAD_MODE, 0), 0);
	process_order(process, HOME_ACTION_CHANGE, "al", 3);
	process_order(process, HOME_ACTION_CHECK, "al", 4);
	process_send(process, IMSG_PARENT_SYNC, 5, -1);
	expect_done(process, HOME_ACTION_CHANGE, 3, EIO);
	expect_done(process, HOME_ACTION_CHECK, 4, 0);
	expect_synced(process, 5, 0);
	assert_owner(process->base, "al/bad", OLD_UID, OLD_GID);
	assert_owner(process->base, "al/file", NEW_UID, NEW_GID);
}

/* The names of the archive are made durable with all others. */
static void
test_archive_sync(void **state)
{
	struct process	*process = *state;

	base_mkdir(process->base, "al", 0700, NEW_UID, NEW_GID);
	process_order(process, HOME_ACTION_ARCHIVE, "al", 1);
	process_send(process, IMSG_PARENT_SYNC, 2, -1);
	process_send(process, IMSG_PARENT_SYNC, 3, -1);
	expect_done(process, HOME_ACTION_ARCHIVE, 1, 0);
	expect_synced(process, 2, EIO);
	expect_synced(process, 3, 0);
	assert_owner(process->base, ".archive/2026-11-22/al-20003", NEW_UID,
	    NEW_GID);
}

/* A new base is for the orders behind it. */
static void
test_base(void **state)
{
	struct process	*process = *state;
	int		 fd = process->base->home.base_fd;

	base_home(process->base, "al");
	base_mkdir(process->base, "other", 0755, 0, 0);
	process_order(process, HOME_ACTION_CHANGE, "al", 1);
	process_order(process, HOME_ACTION_MAKE, "bo", 2);
	process_order(process, HOME_ACTION_PLACE, "bo", 2);
	process_send(process, IMSG_PARENT_BASE, 0, openat(fd, "other",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	process_order(process, HOME_ACTION_MAKE, "cy", 3);
	process_order(process, HOME_ACTION_PLACE, "cy", 3);
	expect_done(process, HOME_ACTION_CHANGE, 1, 0);
	expect_done(process, HOME_ACTION_MAKE, 2, 0);
	expect_done(process, HOME_ACTION_PLACE, 2, 0);
	expect_done(process, HOME_ACTION_MAKE, 3, 0);
	expect_done(process, HOME_ACTION_PLACE, 3, 0);
	assert_owner(process->base, "bo", NEW_UID, NEW_GID);
	assert_owner(process->base, "other/cy", NEW_UID, NEW_GID);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		PROCESS_TEST(test_order),
		PROCESS_TEST(test_answers),
		PROCESS_TEST(test_archive_sync),
		PROCESS_TEST(test_base)
	};

	if (base_needs_root())
		return (0);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
