/*
 * Attempts to log in, from a worker's question to the answer.  Whatever is
 * wrong with one, its denial comes DENIAL_TIME after it did, or after it had
 * waited for earlier failures of its source; only the log tells the reason.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <stdio.h>
#include <unistd.h>

#include "auth.h"

/* One for each session that a worker can have, and more than enough. */
#define ATTEMPTS_MAX	100000

/* Forget an attempt without an answer. */
void
login_forget(struct attempt *attempt)
{
	struct auth_worker	*worker = attempt->worker;

	worker->attempts--;
	login_free(&attempt->login);
	free(attempt);
	worker_release(worker);
}

static void
login_log(const struct attempt *attempt, const char *client,
    const char *verdict, const char *key, const char *why)
{
	const struct login	*login = &attempt->login;
	char			 peer[PEER_TEXT_SIZE], uid[32] = "";

	peer_format(&login->peer, login->local, peer, sizeof(peer));
	if (login->local)
		snprintf(uid, sizeof(uid), " uid=%u", attempt->uid);
	log_info("login %s client=%s peer=%s%s session=%u.%u %s=%s", verdict,
	    client, peer, uid, attempt->worker->number, login->session, key,
	    why);
}

static void
login_deny(void *arg)
{
	struct attempt	*attempt = arg;

	channel_send(&attempt->worker->channel, IMSG_AUTH_DENIED,
	    attempt->login.session, -1, NULL, 0);
	login_forget(attempt);
}

/* Deny an attempt when it is time; why is for the log. */
void
login_refuse(struct attempt *attempt, const char *why)
{
	struct auth	*auth = attempt->worker->auth;
	const char	*name = attempt->login.client;
	uint64_t	 now = loop_now(), due;

	/* A name that nobody has might be a secret. */
	login_log(attempt, client_find(auth, name) == NULL ? "-" : name,
	    "denied", "why", why);
	due = attempt->asked + DENIAL_TIME;
	timer_start(&auth->loop, &attempt->timer, due > now ? due - now : 0,
	    login_deny, attempt);
}

static void
login_grant(struct attempt *attempt, const struct credential *client,
    enum login_way way)
{
	struct auth		*auth = attempt->worker->auth;
	struct granted		 granted;
	struct ibuf		*message;
	char			 peer[PEER_TEXT_SIZE];

	peer_format(&attempt->login.peer, attempt->login.local, peer,
	    sizeof(peer));
	granted.worker = attempt->worker->number;
	granted.session = attempt->login.session;
	granted.way = way;
	granted.client = client->client;
	granted.peer = peer;
	login_log(attempt, client->client, "granted", "by",
	    login_way_name(way));
	message = channel_create(&auth->parent, IMSG_AUTH_GRANTED, 0);
	channel_submit(&auth->parent, message,
	    msg_put_granted(message, &granted));
	login_forget(attempt);
}

/*
 * Grant or deny an attempt.  Returns 1 if it was granted.  Secrets are
 * hashed whether or not there is such a client.
 */
int
login_decide(struct attempt *attempt)
{
	struct auth			*auth = attempt->worker->auth;
	const struct login		*login = &attempt->login;
	const struct credential		*client;
	enum login_way			 way = LOGIN_WAYS;
	int				 known;

	client = client_find(auth, login->client);
	if (login->secret != NULL)
		known = secret_verify(auth, client, login, &way);
	else
		known = client != NULL && client_identify(client, attempt,
		    &way);
	if (known && client_may_come(client, login)) {
		login_grant(attempt, client, way);
		return (1);
	}
	login_refuse(attempt, client == NULL ? "unknown-client" :
	    way != LOGIN_WAYS ? "address" :
	    login->secret != NULL ? "secret" : "peer");
	return (0);
}

/* What a peer is known by without being asked; no failure, if by nothing. */
static void
login_decide_offer(struct attempt *attempt)
{
	const struct credential	*client;
	enum login_way		 way;

	client = client_recognize(attempt->worker->auth, attempt, &way);
	if (client != NULL) {
		login_grant(attempt, client, way);
		return;
	}
	/* Local users may be nobody; who shows a certificate means it. */
	if (attempt->login.fingerprint != NULL)
		login_log(attempt, "-", "denied", "why",
		    "unknown-certificate");
	login_deny(attempt);
}

/*
 * Ask the kernel who is at the other end of a Unix connection.  A worker has
 * other sockets of which unix(7) says that root is: its channels, and those
 * on which it listens.  So only a connection that was accepted from a socket
 * in the file system will do, for a worker can make none of these.  Returns
 * 0, or -1 if this is none.
 */
static int
login_find_user(int fd, uint32_t *uid)
{
	struct sockaddr_un	address;
	struct ucred		peer;
	socklen_t		length = sizeof(address);
	socklen_t		peer_length = sizeof(peer);
	socklen_t		int_length = sizeof(int);
	int			listens = 1, result = -1;

	if (fd == -1)
		return (-1);
	memset(&address, 0, sizeof(address));
	if (getsockname(fd, (struct sockaddr *)&address, &length) == 0 &&
	    address.sun_family == AF_UNIX && address.sun_path[0] == '/' &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens,
	    &int_length) == 0 && !listens &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer,
	    &peer_length) == 0) {
		*uid = peer.uid;
		result = 0;
	}
	close(fd);
	return (result);
}

/*
 * Take a worker's question, or its offer of what it knows of a peer.
 * Returns -1 if the worker has broken the protocol.
 */
int
login_take(struct auth_worker *worker, struct imsg *imsg)
{
	struct attempt	*attempt;

	if (worker->attempts >= ATTEMPTS_MAX)
		return (-1);
	if ((attempt = calloc(1, sizeof(*attempt))) == NULL)
		fatal("cannot take a login");
	attempt->worker = worker;
	attempt->asked = loop_now();
	worker->attempts++;
	if (msg_get_login(imsg_get_ibuf(imsg), &attempt->login) == -1 ||
	    (attempt->login.local &&
	    login_find_user(imsg_get_fd(imsg), &attempt->uid) == -1)) {
		login_forget(attempt);
		return (-1);
	}
	if (attempt->login.client == NULL)
		login_decide_offer(attempt);
	else
		throttle_submit(worker->auth, attempt);
	return (0);
}
