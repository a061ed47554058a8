/*
 * The listening sockets.  The parent binds them and keeps them open across
 * reloads, so that no connection is refused meanwhile.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"

#define LISTEN_BACKLOG	1024

static struct listener *
listener_find(const struct config *config, const struct listener *wanted)
{
	struct listener	*listener;

	if (config == NULL)
		return (NULL);
	TAILQ_FOREACH(listener, &config->listeners, entry)
		if (listener->length == wanted->length &&
		    memcmp(&listener->address, &wanted->address,
		    wanted->length) == 0)
			return (listener);
	return (NULL);
}

/* Of a Unix socket. */
const char *
listener_path(const struct listener *listener)
{
	return (((const struct sockaddr_un *)&listener->address)->sun_path);
}

static int
listener_dress(const struct listener *listener)
{
	const char	*path = listener_path(listener);

	return (chown(path, 0, listener->gid) == -1 ||
	    chmod(path, listener->mode) == -1 ? -1 : 0);
}

static int
listener_bind(struct listener *listener)
{
	int	on = 1, family = listener->address.ss_family;

	listener->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (listener->fd == -1)
		return (-1);
	if (family == AF_UNIX)
		unlink(listener_path(listener));
	else
		setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on,
		    sizeof(on));
	if (family == AF_INET6)
		setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
		    sizeof(on));
	if (bind(listener->fd, (struct sockaddr *)&listener->address,
	    listener->length) == -1)
		return (-1);
	if (family == AF_UNIX && listener_dress(listener) == -1)
		return (-1);
	return (listen(listener->fd, LISTEN_BACKLOG));
}

/*
 * Have all sockets of a configuration listen; those that the old one (may
 * be NULL) has too are shared with it.  Returns 0, or -1 with the reason,
 * and none is open.
 */
int
listeners_bind(struct config *config, const struct config *old,
    char *reason, size_t size)
{
	struct listener	*listener, *same;
	char		 name[160];

	TAILQ_FOREACH(listener, &config->listeners, entry) {
		same = listener_find(old, listener);
		if (same != NULL && listener->address.ss_family == AF_UNIX &&
		    listener_dress(listener) == -1)
			same = NULL;
		if (same != NULL)
			listener->fd = fcntl(same->fd, F_DUPFD_CLOEXEC, 0);
		else if (listener_bind(listener) == -1) {
			snprintf(reason, size, "cannot listen on %s: %s",
			    listener_format(listener, name, sizeof(name)),
			    strerror(errno));
			listeners_close(config, old);
			return (-1);
		}
	}
	return (0);
}

/* Close a configuration's sockets; paths that the current one has stay. */
void
listeners_close(struct config *config, const struct config *current)
{
	struct listener	*listener;

	TAILQ_FOREACH(listener, &config->listeners, entry) {
		if (listener->fd == -1)
			continue;
		close(listener->fd);
		listener->fd = -1;
		if (listener->address.ss_family == AF_UNIX &&
		    listener_find(current, listener) == NULL)
			unlink(listener_path(listener));
	}
}
