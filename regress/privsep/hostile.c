/*
 * The hostile program as such: it begins as a real one does, but for walls
 * that would only be in its own way, answers pings, and carries out its
 * orders.  Without a file of orders it becomes the real program.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

#define ORDERS_MAX	(4 * 1024 * 1024)

static void	hostile_dispatch(struct hostile *, struct imsg *);

/* End, with a word for whoever looks for the reason. */
void
hostile_quit(const char *why)
{
	dprintf(STDERR_FILENO, "hostile: %s: %s\n", why, strerror(errno));
	_exit(1);
}

/* A line for the test. */
void
hostile_note(struct hostile *hostile, const char *format, ...)
{
	struct hostile_state	*state = hostile->state;
	size_t			 room = sizeof(state->text) -
				    (size_t)state->text_size;
	va_list			 ap;
	int			 length;

	va_start(ap, format);
	length = vsnprintf(state->text + state->text_size, room, format, ap);
	va_end(ap);
	if (length > 0 && (size_t)length < room)
		state->text_size += (uint64_t)length;
}

/* Queue a message; whatever is queued is sent when something is awaited. */
void
hostile_send(struct hostile *hostile, uint32_t type, uint32_t id, int fd,
    const void *data, size_t size)
{
	if (imsg_compose(&hostile->parent, type, id, fd, data, size) == -1)
		hostile_quit("cannot compose");
	hostile->state->sent++;
}

static void
hostile_take(struct hostile *hostile, struct imsgbuf *from)
{
	struct imsg	imsg;

	if (imsgbuf_read(from) != 1)
		_exit(0);
	while (imsgbuf_get(from, &imsg) == 1) {
		hostile_dispatch(hostile, &imsg);
		imsg_free(&imsg);
	}
}

/* Wait at most so many milliseconds for something, and take what comes. */
void
hostile_listen(struct hostile *hostile, int milliseconds)
{
	struct pollfd	 pfds[2] = {
		{ hostile->parent.fd, POLLIN, 0 }, { -1, POLLIN, 0 }
	};

	if (hostile->has_auth)
		pfds[1].fd = hostile->auth.fd;
	if (imsgbuf_queuelen(&hostile->parent) > 0)
		pfds[0].events |= POLLOUT;
	if (poll(pfds, 2, milliseconds) == -1)
		return;
	if ((pfds[0].revents & POLLOUT) &&
	    imsgbuf_write(&hostile->parent) == -1)
		pause();
	if (pfds[0].revents & (POLLIN | POLLHUP))
		hostile_take(hostile, &hostile->parent);
	if (pfds[1].revents & POLLIN)
		hostile_take(hostile, &hostile->auth);
	else if (pfds[1].revents != 0)
		hostile->has_auth = 0;
}

/* Send what is queued, and take what comes meanwhile. */
void
hostile_flush(struct hostile *hostile)
{
	while (imsgbuf_queuelen(&hostile->parent) > 0)
		hostile_listen(hostile, 1000);
}

/* Wait until a counter is that high.  Returns -1 if it does not get there. */
int
hostile_wait(struct hostile *hostile, const uint64_t *counter,
    uint64_t wanted, int seconds)
{
	int	left = seconds * 100;

	while (*counter < wanted && left-- > 0)
		hostile_listen(hostile, 10);
	return (*counter < wanted ? -1 : 0);
}

/* Octets as they are, behind what is queued, with descriptors. */
void
hostile_write(struct hostile *hostile, const void *bytes, size_t size,
    const int *fds, size_t fd_count)
{
	union {
		struct cmsghdr	header;
		unsigned char	bytes[CMSG_SPACE(sizeof(int) * 253)];
	}		 control;
	struct iovec	 iov = { (void *)(uintptr_t)bytes, size };
	struct msghdr	 msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct pollfd	 pfd = { hostile->parent.fd, POLLOUT, 0 };
	ssize_t		 n;

	hostile_flush(hostile);
	if (fd_count > 0) {
		memset(&control, 0, sizeof(control));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(&control.header), fds,
		    sizeof(int) * fd_count);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_LEN(sizeof(int) * fd_count);
	}
	while (iov.iov_len > 0) {
		n = sendmsg(hostile->parent.fd, &msg, MSG_NOSIGNAL);
		if (n == -1 && errno == EAGAIN)
			poll(&pfd, 1, 1000);
		else if (n == -1)
			return;
		else {
			iov.iov_base = (char *)iov.iov_base + n;
			iov.iov_len -= (size_t)n;
			msg.msg_control = NULL;
			msg.msg_controllen = 0;
		}
	}
	hostile->state->sent++;
}

/*
 * The step is over: say that nothing more will come, so that the parent
 * either has been offended or sees the end, and logs which of the two.
 */
void
hostile_end_step(struct hostile *hostile)
{
	hostile_flush(hostile);
	shutdown(hostile->parent.fd, SHUT_WR);
	for (;;)
		hostile_listen(hostile, 1000);
}

static void
hostile_result(struct hostile *hostile, struct imsg *imsg)
{
	struct result	result;

	if (msg_get_result(imsg_get_ibuf(imsg), &result) == -1)
		hostile_quit("the parent's result is malformed");
	hostile->state->answers++;
	if (result.code < HOSTILE_CODES)
		hostile->state->codes[result.code]++;
	if (hostile->record)
		hostile_note(hostile, "%u %u %s %s\n", result.number,
		    result.code, result.word, result.text);
}

static void
hostile_session(struct hostile *hostile, struct imsg *imsg)
{
	struct grant	grant;

	if (msg_get_grant(imsg_get_ibuf(imsg), &grant) == -1)
		hostile_quit("the parent's grant is malformed");
	hostile->state->sessions++;
	if (hostile->record)
		hostile_note(hostile, "session %u %s\n", grant.session,
		    grant.client);
}

/* As auth: a worker's number and the channel to it, which is kept open. */
static void
hostile_worker(struct hostile *hostile, struct imsg *imsg)
{
	imsg_get_fd(imsg);
	if (hostile->worker_count < HOSTILE_WORKERS)
		hostile->workers[hostile->worker_count++] =
		    imsg_get_id(imsg);
}

static void
hostile_dispatch(struct hostile *hostile, struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_PING:
		if (!hostile->deaf)
			hostile_send(hostile, IMSG_CHILD_PONG, 0, -1, NULL,
			    0);
		break;
	case IMSG_PARENT_AUTH:
		imsgbuf_init(&hostile->auth, imsg_get_fd(imsg));
		imsgbuf_allow_fdpass(&hostile->auth);
		hostile->has_auth = 1;
		break;
	case IMSG_PARENT_WORKER:
		hostile_worker(hostile, imsg);
		break;
	case IMSG_PARENT_START:
		hostile->started = 1;
		break;
	case IMSG_PARENT_SESSION:
		hostile_session(hostile, imsg);
		break;
	case IMSG_PARENT_RESULT:
		hostile_result(hostile, imsg);
		break;
	case IMSG_PARENT_LINE:
		hostile->state->lines++;
		break;
	case IMSG_AUTH_DENIED:
		hostile->state->denials++;
		break;
	default:
		hostile_home_dispatch(hostile, imsg);
	}
}

/* Where a worker and auth live, and as whom. */
static void
hostile_enter(int argc, char *argv[])
{
	const char	*directory = NULL;
	unsigned int	 uid = 0, gid = 0;
	int		 ch;

	while ((ch = getopt(argc, argv, "c:g:u:")) != -1)
		if (ch == 'c')
			directory = optarg;
		else if (ch == 'g')
			gid = (unsigned int)strtonum(optarg, 1, UINT_MAX,
			    NULL);
		else if (ch == 'u')
			uid = (unsigned int)strtonum(optarg, 1, UINT_MAX,
			    NULL);
	if (directory == NULL)
		return;
	if (chroot(directory) == -1 || chdir("/") == -1 ||
	    setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		hostile_quit("cannot become what it should be");
}

static struct hostile_state *
hostile_map(const char *path)
{
	int	 fd = open(path, O_RDWR | O_CLOEXEC);
	void	*state;

	if (fd == -1)
		hostile_quit(path);
	state = mmap(NULL, sizeof(struct hostile_state),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED)
		hostile_quit(path);
	close(fd);
	return (state);
}

/* The orders; if there are none, this is not the time to be hostile. */
static char *
hostile_orders(const char *path, char *argv[])
{
	char	 real[PATH_MAX], *orders = calloc(1, ORDERS_MAX);
	int	 fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t	 n;

	if (fd != -1 && orders != NULL &&
	    (n = read(fd, orders, ORDERS_MAX - 1)) > 0) {
		close(fd);
		return (orders);
	}
	snprintf(real, sizeof(real), "%s.real", argv[0]);
	argv[0] = real;
	execv(real, argv);
	hostile_quit(real);
}

static void
hostile_run(struct hostile *hostile, char *orders)
{
	static const uint32_t	 ready[] = {
		[PLACE_WORKER] = IMSG_WORKER_READY,
		[PLACE_AUTH] = IMSG_AUTH_READY,
		[PLACE_HOME] = IMSG_HOME_READY
	};
	uint64_t		 number = 0;
	char			*line;

	while (!hostile->started)
		hostile_listen(hostile, 1000);
	hostile_send(hostile, ready[hostile->place], 0, -1, NULL, 0);
	while ((line = strsep(&orders, "\n")) != NULL) {
		if (number++ < hostile->state->line)
			continue;
		/* What begins so is gone on with after each death. */
		if (*line != '*')
			hostile->state->line = number;
		if (*line != '\0')
			hostile_obey(hostile, line + (*line == '*'));
		hostile->state->line = number;
		hostile->state->step = 0;
	}
	hostile->state->done = 1;
	for (;;)
		hostile_listen(hostile, 1000);
}

int
main(int argc, char *argv[])
{
	static struct hostile	 hostile;
	char			 path[PATH_MAX], *orders;
	const char		*name;

	signal(SIGPIPE, SIG_IGN);
	name = strrchr(argv[0], '-') == NULL ? "" : strrchr(argv[0], '-') + 1;
	hostile.place = strcmp(name, "auth") == 0 ? PLACE_AUTH :
	    strcmp(name, "home") == 0 ? PLACE_HOME : PLACE_WORKER;
	snprintf(path, sizeof(path), "%s.orders", argv[0]);
	orders = hostile_orders(path, argv);
	/* The first line is where to write things down. */
	hostile.state = hostile_map(strsep(&orders, "\n"));
	hostile.state->starts++;
	hostile.spare_fd = open("/dev/null", O_RDONLY);
	if (fcntl(CHILD_CHANNEL, F_SETFL, O_NONBLOCK) == -1)
		hostile_quit("cannot use the channel");
	imsgbuf_init(&hostile.parent, CHILD_CHANNEL);
	imsgbuf_allow_fdpass(&hostile.parent);
	hostile_enter(argc, argv);
	hostile_run(&hostile, orders);
}
