/*
 * A session: one client's connection.  Bytes become lines, lines become
 * commands, replies become bytes, in order; nothing here waits, and no
 * client can make the worker hold more for it than a few buffers.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "worker.h"

#define LINES_PER_TURN	64
#define LINGER_TIME	2000	/* milliseconds */
/* A line with its ending, and one octet more to see that it is too long. */
#define IN_SIZE		(LINE_LENGTH_MAX + 3)

static void	session_ready(int, short, void *);
static void	session_timer(void *);
static void	session_read(struct session *);
static int	session_write(struct session *);
static void	session_linger(struct session *);

static int
peer_is_loopback(const struct sockaddr_storage *peer)
{
	const struct in6_addr	*six;

	if (peer->ss_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)peer)->
		    sin_addr.s_addr) >> 24 == 127);
	if (peer->ss_family != AF_INET6)
		return (0);
	six = &((const struct sockaddr_in6 *)peer)->sin6_addr;
	return (IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) &&
	    six->s6_addr[12] == 127));
}

/*
 * Whether there are too many sessions with this one, in its worker: of its
 * source, or of those that act for nobody.  Who was turned away already is
 * not counted among these.
 */
static int
session_is_one_too_many(const struct session *session)
{
	const struct worker_settings	*settings = &session->worker->settings;
	const struct session		*other;
	uint32_t			 of_source = 0, new = 0;
	uint32_t			 new_of_source = 0;
	int				 is_new, is_same;

	TAILQ_FOREACH(other, &session->worker->sessions, entry) {
		is_new = other->client == NULL && !other->closing;
		is_same = peer_source_compare(&other->source,
		    &session->source) == 0;
		of_source += is_same != 0;
		new += is_new != 0;
		new_of_source += is_new && is_same;
	}
	return (of_source > settings->source_sessions ||
	    new > settings->login_sessions ||
	    new_of_source > settings->source_login_sessions);
}

/* Begin a session on an accepted socket; kind: bits LISTENER_*. */
void
session_new(struct worker *worker, int fd,
    const struct sockaddr_storage *peer, uint32_t kind)
{
	struct session	*session;
	int		 tls = (kind & LISTENER_TLS) != 0, problem;

	if ((session = calloc(1, sizeof(*session))) == NULL)
		fatal("cannot begin a session");
	session->worker = worker;
	session->id = ++worker->next_session;
	session->fd = fd;
	session->peer = *peer;
	session->local = (kind & LISTENER_LOCAL) != 0;
	peer_source_of(peer, session->local, 0, &session->source);
	session->private = session->local || tls || peer_is_loopback(peer);
	problem = greeting_await(session, tls);
	session->active = loop_now();
	TAILQ_INIT(&session->replies);
	if (watch_start(&worker->loop, &session->watch, fd, POLLIN,
	    session_ready, session) == -1)
		fatal("cannot watch a session");
	timer_start(&worker->loop, &session->timer,
	    (uint64_t)worker->settings.login_timeout * 1000, session_timer,
	    session);
	TAILQ_INSERT_TAIL(&worker->sessions, session, entry);
	worker->session_count++;
	if (session_is_one_too_many(session))
		reply_add_closing(session, 421, "too-many-sessions",
		    "try again later");
	if (problem)
		session_drop(session);
	else if (!session->stream.opening)
		greeting_say(session);
}

struct session *
session_find(struct worker *worker, uint32_t id)
{
	struct session	*session;

	TAILQ_FOREACH(session, &worker->sessions, entry)
		if (session->id == id)
			return (session);
	return (NULL);
}

/* Give the session a turn when the loop comes round. */
void
session_wake(struct session *session)
{
	if (session->has_turn)
		return;
	session->has_turn = 1;
	TAILQ_INSERT_TAIL(&session->worker->turns, session, turn);
	session->worker->turn_count++;
}

/* Forget the session and all it holds. */
void
session_drop(struct session *session)
{
	struct worker	*worker = session->worker;
	struct reply	*reply;

	while ((reply = TAILQ_FIRST(&session->replies)) != NULL)
		reply_free(session, reply);
	listing_end(session);
	watching_end(session);
	transaction_free(session);
	if (session->client != NULL || session->state ==
	    SESSION_AUTHENTICATING)
		channel_send(&worker->parent, IMSG_WORKER_CLOSE, session->id,
		    -1, NULL, 0);
	if (session->has_turn) {
		TAILQ_REMOVE(&worker->turns, session, turn);
		worker->turn_count--;
	}
	watch_stop(&session->watch);
	timer_stop(&session->timer);
	tls_session_close(session);
	if (session->in != NULL)
		freezero(session->in, IN_SIZE);
	ibuf_free(session->out);
	free(session->client);
	grant_free(&session->rights);
	TAILQ_REMOVE(&worker->sessions, session, entry);
	worker->session_count--;
	free(session);
	worker_check_drained(worker);
}

/* Take no more lines; what was accepted is answered, then 421 WHY. */
void
session_end(struct session *session, const char *why)
{
	if (session->stream.opening) {
		/* There is no way to say it. */
		session_drop(session);
		return;
	}
	if (session->closing)
		return;
	reply_add_closing(session, 421, why, "closing the connection");
	session_wake(session);
}

/* How long the client may be silent, in milliseconds. */
static uint64_t
session_limit(const struct session *session)
{
	const struct worker_settings	*settings = &session->worker->settings;

	return ((uint64_t)(session->client == NULL ?
	    settings->login_timeout : settings->idle_timeout) * 1000);
}

/*
 * The session acts for somebody else than before, or for nobody: the time
 * that this allows begins now.
 */
void
session_begin_time(struct session *session)
{
	session->active = loop_now();
	if (!session->lingering)
		timer_start(&session->worker->loop, &session->timer,
		    session_limit(session), session_timer, session);
}

static void
session_timer(void *arg)
{
	struct session	*session = arg;
	struct worker	*worker = session->worker;
	uint64_t	 limit, since = loop_now() - session->active;

	if (session->lingering || session->stream.opening) {
		session_drop(session);
		return;
	}
	limit = session_limit(session);
	if (since >= limit && (session->closing || session->out != NULL)) {
		/* It does not read what it is told. */
		session_drop(session);
		return;
	}
	if (session->watching != NULL && session->out == NULL) {
		/* It reads, and there is nothing to tell. */
		session->active = loop_now();
		since = 0;
	}
	if (since >= limit && TAILQ_EMPTY(&session->replies)) {
		session_end(session, "timeout");
		session->active = loop_now();
		since = 0;
	}
	timer_start(&worker->loop, &session->timer, since >= limit ? 1000 :
	    limit - since, session_timer, session);
}

/* Whether there is room for more of what the client says. */
static int
session_listens(const struct session *session)
{
	return (!session->ended && session->in_length < IN_SIZE &&
	    !session->closing);
}

/* All is said, and what the client still sends does not matter. */
static void
session_overhear(struct session *session, short happened)
{
	char	ignored[1024];

	if ((happened & POLLOUT) != 0)
		session_linger(session);
	else if (recv(session->fd, ignored, sizeof(ignored), 0) <= 0)
		session_drop(session);
}

static void
session_ready(int fd, short happened, void *arg)
{
	struct session	*session = arg;

	(void)fd;
	if (session->lingering && session->out == NULL) {
		session_overhear(session, happened);
		return;
	}
	if ((happened & (POLLERR | POLLNVAL)) != 0 ||
	    (happened & (POLLHUP | POLLIN)) == POLLHUP) {
		session_drop(session);
		return;
	}
	if (session->stream.opening) {
		tls_session_continue(session);
		return;
	}
	if (session_listens(session) && ((happened & POLLIN) != 0 ||
	    session->stream.wants_write))
		session_read(session);
	session_wake(session);
}

static void
session_read(struct session *session)
{
	ssize_t	got;

	if (session->in == NULL && (session->in = malloc(IN_SIZE)) == NULL)
		fatal("cannot read");
	got = stream_read(&session->stream, session->in +
	    session->in_length, IN_SIZE - session->in_length);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		session->ended = 1;
		return;
	}
	session->in_length += (size_t)got;
	/* Before login nobody keeps a session open by chatting. */
	if (session->client != NULL)
		session->active = loop_now();
}

/* Take bytes off the input; what a line held may have been secret. */
static void
session_consume(struct session *session, size_t length)
{
	session->in_length -= length;
	if (session->in_length == 0) {
		freezero(session->in, IN_SIZE);
		session->in = NULL;
		return;
	}
	memmove(session->in, session->in + length, session->in_length);
	explicit_bzero(session->in + session->in_length, length);
}

static void
session_refuse_long(struct session *session)
{
	reply_add(session, 500, "line-too-long", "at most %d octets",
	    LINE_LENGTH_MAX);
	transaction_spoil(session);
}

/* A line that goes on and on: say so once, and skip it as it comes. */
static void
session_skip(struct session *session)
{
	if (session->in_length <= LINE_LENGTH_MAX + 1)
		return;
	if (!session->skipping)
		session_refuse_long(session);
	session->skipping = 1;
	session_consume(session, session->in_length);
}

static int
session_execute(struct session *session, char *line, size_t length)
{
	if (session->skipping) {
		session->skipping = 0;
		return (0);
	}
	if (length > 0 && line[length - 1] == '\r')
		length--;
	if (length > LINE_LENGTH_MAX) {
		session_refuse_long(session);
		return (0);
	}
	line[length] = '\0';
	if (memchr(line, '\0', length) != NULL ||
	    !name_check_text(line, length)) {
		reply_add(session, 500, "bad-character", "control characters "
		    "and what is not UTF-8 are not allowed");
		transaction_spoil(session);
		return (0);
	}
	return (command_execute(session, line));
}

/*
 * A read waits for what was asked before it, and what is asked after it
 * waits for the read: each request sees those before it and no others.
 */
static int
session_is_reading(const struct session *session)
{
	const struct reply	*last = TAILQ_LAST(&session->replies, replies);

	return (last != NULL && last->kind == REPLY_READ);
}

/* Where text for the client goes. */
static struct ibuf *
session_out(struct session *session)
{
	if (session->out == NULL)
		session->out = text_new();
	return (session->out);
}

/* Whether so much waits for the client that nothing else is done. */
static int
session_is_full(const struct session *session)
{
	return (session->out != NULL &&
	    ibuf_size(session->out) > SESSION_OUT_MAX);
}

/*
 * Execute one line, if there is one and the session may go on.  Returns 1
 * if it was cheap, 2 if it took long, 0 if there was none.
 */
static int
session_take_line(struct session *session)
{
	char	*newline;
	size_t	 length;
	int	 costly;

	if (session->closing || session->state == SESSION_AUTHENTICATING ||
	    session->in_length == 0 || session_is_reading(session) ||
	    session->reply_count >= SESSION_WINDOW ||
	    session->worker->waiting >= WORKER_WINDOW ||
	    session_is_full(session))
		return (0);
	newline = memchr(session->in, '\n', session->in_length);
	if (watching_is_live(session) && (newline != NULL ||
	    session->in_length > LINE_LENGTH_MAX + 1))
		watching_finish(session, session_out(session));
	if (newline == NULL) {
		session_skip(session);
		return (0);
	}
	length = (size_t)(newline - session->in);
	costly = session_execute(session, session->in, length);
	session_consume(session, length + 1);
	return (costly ? 2 : 1);
}

/* A read is answered when all before it is: it sees its own changes. */
static void
session_answer_read(struct session *session, struct reply *reply)
{
	read_answer(session, reply->query, session_out(session));
	reply_free(session, reply);
}

/*
 * Go on with the list or the watch that is under way.  Returns 1 if it has
 * come to its end.
 */
static int
session_continue(struct session *session)
{
	/* The time that a watcher has to read begins with what is said. */
	if (session->watching != NULL && session->out == NULL)
		session->active = loop_now();
	if (session->watching != NULL)
		return (watching_continue(session, session_out(session)));
	if (!listing_continue(session, session_out(session)))
		return (0);
	listing_end(session);
	return (1);
}

/* Move what is ready from the queue of replies to the output. */
static void
session_collect(struct session *session)
{
	struct reply	*reply;

	for (;;) {
		if (session_is_full(session))
			return;
		if (session->listing != NULL || session->watching != NULL) {
			if (!session_continue(session))
				return;
			continue;
		}
		reply = TAILQ_FIRST(&session->replies);
		if (reply == NULL || reply->kind == REPLY_WAITING)
			return;
		if (reply->kind == REPLY_READ) {
			session_answer_read(session, reply);
			continue;
		}
		text_add(session_out(session), ibuf_data(reply->text),
		    ibuf_size(reply->text));
		session->lingering = reply->closes;
		reply_free(session, reply);
		if (session->lingering)
			return;
	}
}

/* Returns -1 if the client is gone, 1 if it does not read fast enough. */
static int
session_write(struct session *session)
{
	ssize_t	sent;

	while (session->out != NULL && ibuf_size(session->out) > 0) {
		sent = stream_write(&session->stream,
		    ibuf_data(session->out), ibuf_size(session->out));
		if (sent == -1 && errno == EINTR)
			continue;
		if (sent == -1)
			return (errno == EAGAIN || errno == ENOBUFS ? 1 : -1);
		ibuf_skip(session->out, (size_t)sent);
		session->active = session->client != NULL ? loop_now() :
		    session->active;
	}
	ibuf_free(session->out);
	session->out = NULL;
	return (0);
}

/*
 * All is said.  Closing at once could take our last words back, if the
 * client is still sending: wait for it to hear them.
 */
static void
session_linger(struct session *session)
{
	session->closing = 1;
	watch_events(&session->watch, stream_finish(&session->stream) ==
	    STREAM_BLOCKED ? POLLOUT : POLLIN);
	timer_start(&session->worker->loop, &session->timer, LINGER_TIME,
	    session_timer, session);
}

static void
session_watch(struct session *session, int blocked)
{
	short	events = 0;

	if (session_listens(session))
		events |= POLLIN | stream_events(&session->stream);
	if (blocked)
		events |= POLLOUT;
	watch_events(&session->watch, events);
}

/* Whether there is more to say as soon as the client has read. */
static int
session_has_more(const struct session *session)
{
	const struct reply	*first = TAILQ_FIRST(&session->replies);

	if (session->watching != NULL)
		return (session->watching->ready);
	return (session->listing != NULL ||
	    (first != NULL && first->kind != REPLY_WAITING));
}

/* Whether the client has ended and all is said. */
static int
session_is_done(const struct session *session)
{
	return (session->ended && TAILQ_EMPTY(&session->replies) &&
	    session->listing == NULL && session->watching == NULL &&
	    session->state != SESSION_AUTHENTICATING);
}

/* A turn: some lines, what replies are ready, and out with them. */
void
session_run(struct session *session)
{
	int	i, line = 0, blocked, full;

	if (session->stream.opening ||
	    (session->lingering && session->out == NULL))
		return;
	while (session_listens(session) &&
	    stream_has_pending(&session->stream))
		session_read(session);
	for (i = 0; i < LINES_PER_TURN; i++) {
		if (!session->lingering)
			session_collect(session);
		if ((line = session_take_line(session)) != 1)
			break;
	}
	full = session_is_full(session);
	if ((blocked = session_write(session)) == -1) {
		session_drop(session);
		return;
	}
	if (!blocked && session->lingering) {
		session_linger(session);
		return;
	}
	if (!blocked && line == 0 && !full && session_is_done(session)) {
		session_drop(session);
		return;
	}
	if (line != 0 || (!blocked && (full || session_has_more(session))) ||
	    (session_listens(session) &&
	    stream_has_pending(&session->stream)))
		session_wake(session);
	session_watch(session, blocked);
}
