/*
 * dwserv-auth: decides who a client is.  A worker hands it a name and a
 * secret, or what it knows of its peer; if they are right and the address
 * is, it tells the parent, else the worker.  It holds the hashes of the
 * clients' secrets and the private key of TLS, and nothing else of the
 * machine.
 */

#include "auth.h"
#include "auth_sign.h"
#include "sandbox.h"
#include "tls.h"

/* A worker that is gone is forgotten with its last attempt. */
void
worker_release(struct auth_worker *worker)
{
	if (worker->closed && worker->attempts == 0)
		free(worker);
}

static int
auth_dispatch_worker(struct channel *channel, struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IMSG_WORKER_LOGIN:
		return (login_take(channel->arg, imsg));
	case IMSG_WORKER_SIGN:
		return (auth_answer_sign(channel->arg, imsg));
	default:
		return (-1);
	}
}

static void
auth_worker_closed(struct channel *channel, const char *reason)
{
	struct auth_worker	*worker = channel->arg;

	log_debug("worker %u: %s", worker->number, reason);
	TAILQ_REMOVE(&worker->auth->workers, worker, entry);
	worker->closed = 1;
	worker_release(worker);
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
auth_dispatch_parent(struct channel *channel, struct imsg *imsg)
{
	struct auth	*auth = channel->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_CLIENT:
		return (client_add(auth, imsg));
	case IMSG_PARENT_KEY:
		return (auth_set_key(auth, imsg));
	case IMSG_PARENT_WORKER:
		return (auth_add_worker(auth, imsg));
	case IMSG_PARENT_START:
		channel_send(channel, IMSG_AUTH_READY, 0, -1, NULL, 0);
		return (0);
	default:
		return (common_dispatch(channel, imsg, 0));
	}
}

int
main(int argc, char *argv[])
{
	static struct auth	auth;

	if (argc == 2 && strcmp(argv[1], "-t") == 0)
		return (auth_check());
	TAILQ_INIT(&auth.clients);
	TAILQ_INIT(&auth.workers);
	throttle_init(&auth.throttle);
	arc4random_buf(&auth.seed, sizeof(auth.seed));
	common_open(&auth.loop, &auth.parent, auth_dispatch_parent, &auth);
	tls_prepare();
	sandbox_enter(argc, argv, &seccomp_auth);
	common_run(&auth.loop);
	client_free_all(&auth);
	return (0);
}
