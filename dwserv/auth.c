/*
 * dwserv-auth: decides who a client is.  A worker hands it a name and a
 * secret; if they are right and the address is, it tells the parent, else
 * the worker.  It holds the hashes of the clients' secrets, and nothing
 * else of the machine.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <crypt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "dwserv.h"
#include "loop.h"
#include "msg.h"
#include "sandbox.h"

/* However a login fails, it takes this long (milliseconds). */
#define DENIAL_TIME	1000

/* What is hashed for a client that is not there: crypt(5), yescrypt. */
#define NOBODY_SETTING	"$y$j9T$F5Jx5fExrKuPp53xLKQ..1"

struct auth_client {
	TAILQ_ENTRY(auth_client)	 entry;
	struct client_secret		 secret;
};

struct auth_worker {
	TAILQ_ENTRY(auth_worker)	 entry;
	struct auth			*auth;
	uint32_t			 number;
	struct channel			 channel;
	uint32_t			 denials;
	int				 closed;
};

struct denial {
	struct timer			 timer;
	struct auth_worker		*worker;
	uint32_t			 session;
};

struct auth {
	struct loop			 loop;
	struct channel			 parent;
	TAILQ_HEAD(, auth_client)	 clients;
	TAILQ_HEAD(, auth_worker)	 workers;
	struct crypt_data		 crypt;
};

static int
constant_time_equal(const char *a, const char *b, size_t length)
{
	unsigned char	difference = 0;
	size_t		i;

	for (i = 0; i < length; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return (difference == 0);
}

static const void *
address_bytes(const struct sockaddr_storage *address, size_t *length)
{
	static const unsigned char	 mapped[12] = { 0, 0, 0, 0, 0, 0, 0,
					    0, 0, 0, 0xff, 0xff };
	const unsigned char		*six;

	if (address->ss_family == AF_INET) {
		*length = 4;
		return (&((const struct sockaddr_in *)address)->sin_addr);
	}
	six = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
	*length = 16;
	if (memcmp(six, mapped, sizeof(mapped)) != 0)
		return (six);
	*length = 4;
	return (six + sizeof(mapped));
}

static int
prefix_matches(const struct prefix *prefix, const struct login *login)
{
	const unsigned char	*a, *b;
	size_t			 a_length, b_length, whole;
	unsigned int		 rest;

	if (prefix->local || login->local)
		return (prefix->local && login->local);
	a = address_bytes(&prefix->address, &a_length);
	b = address_bytes(&login->peer, &b_length);
	if (a_length != b_length || prefix->length > a_length * 8)
		return (0);
	whole = prefix->length / 8;
	rest = prefix->length % 8;
	if (memcmp(a, b, whole) != 0)
		return (0);
	return (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static int
address_is_allowed(const struct client_secret *client,
    const struct login *login)
{
	uint32_t	i;

	if (client->prefix_count == 0)
		return (1);
	for (i = 0; i < client->prefix_count; i++)
		if (prefix_matches(&client->prefixes[i], login))
			return (1);
	return (0);
}

static const struct client_secret *
auth_find(struct auth *auth, const char *name)
{
	struct auth_client	*client;

	TAILQ_FOREACH(client, &auth->clients, entry)
		if (strcmp(client->secret.client, name) == 0)
			return (&client->secret);
	return (NULL);
}

/*
 * Whether name, secret and address are right.  The same work is done for a
 * client that does not exist (CVE-2018-15473).
 */
static int
auth_verify(struct auth *auth, const struct login *login)
{
	const struct client_secret	*client;
	const char			*stored, *computed;
	int				 right = 0;

	client = auth_find(auth, login->client);
	stored = client != NULL ? client->secret : NOBODY_SETTING;
	computed = crypt_rn(login->secret, stored, &auth->crypt,
	    sizeof(auth->crypt));
	if (computed != NULL && client != NULL &&
	    strlen(computed) == strlen(stored))
		right = constant_time_equal(computed, stored,
		    strlen(stored)) && address_is_allowed(client, login);
	explicit_bzero(&auth->crypt, sizeof(auth->crypt));
	return (right);
}

static void
worker_free(struct auth_worker *worker)
{
	if (worker->closed && worker->denials == 0)
		free(worker);
}

static void
auth_deny(void *arg)
{
	struct denial		*denial = arg;
	struct auth_worker	*worker = denial->worker;

	channel_send(&worker->channel, IMSG_AUTH_DENIED, denial->session, -1,
	    NULL, 0);
	worker->denials--;
	free(denial);
	worker_free(worker);
}

static void
auth_deny_later(struct auth_worker *worker, uint32_t session,
    uint64_t asked)
{
	struct denial	*denial;
	uint64_t	 spent = loop_now() - asked;

	if ((denial = calloc(1, sizeof(*denial))) == NULL)
		fatal("cannot deny");
	denial->worker = worker;
	denial->session = session;
	worker->denials++;
	timer_start(&worker->auth->loop, &denial->timer,
	    spent < DENIAL_TIME ? DENIAL_TIME - spent : 0, auth_deny,
	    denial);
}

static void
peer_format(const struct login *login, char *text, size_t size)
{
	const struct sockaddr_storage	*peer = &login->peer;
	const void			*bytes;
	size_t				 length;

	strlcpy(text, "local", size);
	if (login->local)
		return;
	bytes = address_bytes(peer, &length);
	inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, text,
	    (socklen_t)size);
}

static void
auth_grant(struct auth_worker *worker, const struct login *login,
    char *peer)
{
	struct auth	*auth = worker->auth;
	struct granted	 granted;
	struct ibuf	*message;

	granted.worker = worker->number;
	granted.session = login->session;
	granted.client = login->client;
	granted.peer = peer;
	message = channel_create(&auth->parent, IMSG_AUTH_GRANTED, 0);
	channel_submit(&auth->parent, message,
	    msg_put_granted(message, &granted));
}

static int
auth_login(struct auth_worker *worker, struct imsg *imsg)
{
	struct login	login;
	char		peer[INET6_ADDRSTRLEN];
	uint64_t	asked = loop_now();

	if (msg_get_login(imsg_get_ibuf(imsg), &login) == -1)
		return (-1);
	peer_format(&login, peer, sizeof(peer));
	if (auth_verify(worker->auth, &login)) {
		log_info("%s logged in from %s", login.client, peer);
		auth_grant(worker, &login, peer);
	} else {
		log_info("login as %s from %s failed",
		    auth_find(worker->auth, login.client) != NULL ?
		    login.client : "an unknown client", peer);
		auth_deny_later(worker, login.session, asked);
	}
	login_free(&login);
	return (0);
}

static int
auth_dispatch_worker(struct channel *channel, struct imsg *imsg)
{
	if (imsg_get_type(imsg) != IMSG_WORKER_LOGIN)
		return (-1);
	return (auth_login(channel->arg, imsg));
}

static void
auth_worker_closed(struct channel *channel, const char *reason)
{
	struct auth_worker	*worker = channel->arg;

	log_debug("worker %u: %s", worker->number, reason);
	TAILQ_REMOVE(&worker->auth->workers, worker, entry);
	worker->closed = 1;
	worker_free(worker);
}

static int
auth_add_worker(struct auth *auth, struct imsg *imsg)
{
	struct auth_worker	*worker;
	int			 fd = imsg_get_fd(imsg);

	if (fd == -1)
		return (-1);
	if ((worker = calloc(1, sizeof(*worker))) == NULL)
		fatal("cannot take on a worker");
	worker->auth = auth;
	worker->number = imsg_get_id(imsg);
	if (channel_open(&auth->loop, &worker->channel, fd,
	    auth_dispatch_worker, auth_worker_closed, worker) == -1)
		fatal("cannot open the channel to a worker");
	TAILQ_INSERT_TAIL(&auth->workers, worker, entry);
	return (0);
}

static int
auth_add_client(struct auth *auth, struct imsg *imsg)
{
	struct auth_client	*client;

	if ((client = calloc(1, sizeof(*client))) == NULL)
		fatal("cannot take on a client");
	if (msg_get_client_secret(imsg_get_ibuf(imsg), &client->secret) ==
	    -1) {
		free(client);
		return (-1);
	}
	TAILQ_INSERT_TAIL(&auth->clients, client, entry);
	return (0);
}

static int
auth_dispatch_parent(struct channel *channel, struct imsg *imsg)
{
	struct auth	*auth = channel->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_CLIENT:
		return (auth_add_client(auth, imsg));
	case IMSG_PARENT_WORKER:
		return (auth_add_worker(auth, imsg));
	case IMSG_PARENT_START:
		channel_send(channel, IMSG_AUTH_READY, 0, -1, NULL, 0);
		return (0);
	default:
		return (common_dispatch(channel, imsg, 0));
	}
}

static void
auth_forget(struct auth *auth)
{
	struct auth_client	*client;

	while ((client = TAILQ_FIRST(&auth->clients)) != NULL) {
		TAILQ_REMOVE(&auth->clients, client, entry);
		client_secret_free(&client->secret);
		free(client);
	}
}

int
main(int argc, char *argv[])
{
	static struct auth	auth;

	TAILQ_INIT(&auth.clients);
	TAILQ_INIT(&auth.workers);
	common_open(&auth.loop, &auth.parent, auth_dispatch_parent, &auth);
	sandbox_enter(argc, argv, &seccomp_auth);
	common_run(&auth.loop);
	auth_forget(&auth);
	return (0);
}
