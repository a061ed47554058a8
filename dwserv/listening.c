/*
 * Accepting connections, from sockets that all workers share.  A worker
 * that is full leaves them to the others; if they wait in vain, it says so.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "worker.h"

#define ACCEPTS_PER_TURN	16
#define ACCEPT_PAUSE		500	/* milliseconds */

static void	listening_ready(int, short, void *);
static void	listening_pause_over(void *);

/* Take over a listening socket; it is used after listening_resume(). */
void
listening_add(struct worker *worker, int fd, uint32_t kind)
{
	struct listening	*listening;

	if ((listening = calloc(1, sizeof(*listening))) == NULL)
		fatal("cannot listen");
	listening->worker = worker;
	listening->fd = fd;
	listening->kind = kind;
	TAILQ_INSERT_TAIL(&worker->listenings, listening, entry);
	if (watch_start(&worker->loop, &listening->watch, fd, 0,
	    listening_ready, listening) == -1)
		fatal("cannot listen");
}

static void
listening_watch_all(struct worker *worker, short events)
{
	struct listening	*listening;

	TAILQ_FOREACH(listening, &worker->listenings, entry)
		watch_events(&listening->watch, events);
}

void
listening_resume(struct worker *worker)
{
	listening_watch_all(worker, POLLIN);
}

static void
listening_pause(struct worker *worker)
{
	listening_watch_all(worker, 0);
	if (worker->accept_timer.loop == NULL)
		timer_start(&worker->loop, &worker->accept_timer,
		    ACCEPT_PAUSE, listening_pause_over, worker);
}

void
listening_close(struct worker *worker)
{
	struct listening	*listening;

	timer_stop(&worker->accept_timer);
	while ((listening = TAILQ_FIRST(&worker->listenings)) != NULL) {
		TAILQ_REMOVE(&worker->listenings, listening, entry);
		watch_stop(&listening->watch);
		close(listening->fd);
		free(listening);
	}
}

/* Who waited through the pause found no other worker either. */
static void
listening_turn_away(struct listening *listening)
{
	static const char	sorry[] = "421 too-many-sessions try again "
				    "later\r\n";
	int			fd;

	while ((fd = accept4(listening->fd, NULL, NULL, SOCK_CLOEXEC |
	    SOCK_NONBLOCK)) != -1) {
		if ((listening->kind & LISTENER_TLS) == 0)
			send(fd, sorry, sizeof(sorry) - 1, MSG_NOSIGNAL);
		close(fd);
	}
}

static int
worker_is_full(const struct worker *worker)
{
	return (worker->session_count >= worker->settings.worker_sessions);
}

static void
listening_pause_over(void *arg)
{
	struct worker		*worker = arg;
	struct listening	*listening;

	if (!worker_is_full(worker)) {
		listening_resume(worker);
		return;
	}
	TAILQ_FOREACH(listening, &worker->listenings, entry)
		listening_turn_away(listening);
	listening_pause(worker);
}

static void
listening_ready(int fd, short happened, void *arg)
{
	struct listening	*listening = arg;
	struct worker		*worker = listening->worker;
	struct sockaddr_storage	 peer;
	socklen_t		 length;
	int			 client, i;

	(void)happened;
	for (i = 0; i < ACCEPTS_PER_TURN; i++) {
		if (worker_is_full(worker)) {
			listening_pause(worker);
			return;
		}
		memset(&peer, 0, sizeof(peer));
		length = sizeof(peer);
		client = accept4(fd, (struct sockaddr *)&peer, &length,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (client == -1) {
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOBUFS || errno == ENOMEM) {
				log_warn("cannot accept");
				listening_pause(worker);
			}
			return;
		}
		session_new(worker, client, &peer, listening->kind);
	}
}
