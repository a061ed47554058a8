/*
 * The parent's end of the channel to auth, which decides who a client is.
 * Auth and worker talk to each other directly; the parent makes them known
 * to each other and hears of every grant.
 */

#include <sys/socket.h>

#include <time.h>
#include <unistd.h>

#include "parent.h"

/* The fingerprints of a client's certificates, without "SHA256:". */
static void
auth_list_certificates(const struct client *client,
    struct credential *credential)
{
	const struct word	*word;
	const char		*digits;
	uint32_t		 count = 0;

	TAILQ_FOREACH(word, &client->certificates, entry) {
		if (count == CLIENT_CERTIFICATES_MAX ||
		    (digits = strchr(word->text, ':')) == NULL)
			break;
		strlcpy(credential->certificates[count++].text, digits + 1,
		    sizeof(credential->certificates[0].text));
	}
	credential->certificate_count = count;
}

static void
auth_send_client(struct child *child, const struct client *client)
{
	struct credential	 credential;
	struct ibuf		*message;

	memset(&credential, 0, sizeof(credential));
	credential.client = client->name;
	memcpy(credential.secrets, client->secrets,
	    sizeof(credential.secrets));
	credential.subject = client->subject;
	credential.has_local_user = client->has_local_user != 0;
	credential.uid = client->local_user.uid;
	auth_list_certificates(client, &credential);
	credential.prefix_count = client->prefix_count;
	memcpy(credential.prefixes, client->prefixes,
	    sizeof(credential.prefixes));
	message = channel_create(&child->channel, IMSG_PARENT_CLIENT, 0);
	channel_submit(&child->channel, message,
	    msg_put_credential(message, &credential));
}

/*
 * Connect a worker and auth by a channel of their own.  Auth knows by the
 * number which worker is at the other end, whatever that says.
 */
void
auth_introduce(struct child *auth, struct child *worker)
{
	int	pair[2];

	if (!auth->channel.open || !worker->channel.open)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		log_warn("cannot connect worker %u with auth",
		    worker->number);
		return;
	}
	channel_send(&auth->channel, IMSG_PARENT_WORKER, worker->number,
	    pair[0], NULL, 0);
	channel_send(&worker->channel, IMSG_PARENT_AUTH, 0, pair[1], NULL,
	    0);
}

/* Give a new auth process its clients, and the workers that are there. */
void
auth_begin(struct child *child)
{
	struct client	*client;
	struct child	*worker;

	uses_prune(&child->parent->uses, child->parent->config);
	TAILQ_FOREACH(client, &child->generation->config->clients, entry)
		auth_send_client(child, client);
	/* Workers ask for signatures as soon as they can. */
	tls_send(&child->generation->config->tls, &child->channel, TLS_KEY);
	TAILQ_FOREACH(worker, &child->generation->children, entry)
		if (worker->role == ROLE_WORKER)
			auth_introduce(child, worker);
	channel_send(&child->channel, IMSG_PARENT_START, 0, -1, NULL, 0);
}

/* Only workers of the same generation can have been meant. */
static int
auth_granted(struct child *child, struct imsg *imsg)
{
	const struct client	*client;
	struct granted		 granted;
	struct child		*worker;

	if (msg_get_granted(imsg_get_ibuf(imsg), &granted) == -1)
		return (-1);
	worker = child_find(child->parent, granted.worker);
	if (worker != NULL && worker->generation == child->generation &&
	    name_check_client(granted.client) == NULL &&
	    name_check_text(granted.peer, strlen(granted.peer))) {
		client = config_find_client(child->generation->config,
		    granted.client);
		if (client != NULL)
			use_note(&child->parent->uses, client, granted.way,
			    time(NULL));
		worker_grant(worker, &granted);
	}
	granted_free(&granted);
	return (0);
}

int
auth_dispatch(struct channel *channel, struct imsg *imsg)
{
	struct child	*child = channel->arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_AUTH_READY:
		if (imsg_get_len(imsg) != 0)
			return (-1);
		generation_child_ready(child);
		return (0);
	case IMSG_AUTH_GRANTED:
		return (auth_granted(child, imsg));
	default:
		return (child_dispatch(child, imsg));
	}
}
