/*
 * What auth has to do with TLS: it has the key, and signs for workers.
 */

#include <unistd.h>

#include "auth.h"
#include "auth_sign.h"
#include "tls.h"

/* That may wait for a worker, which reads them at once. */
#define SIGNATURES_MAX	16384

/*
 * The key.  It was looked at before: to be unable to use it ends the
 * process.  Returns 0, or -1 if there is none, or one already.
 */
int
auth_set_key(struct auth *auth, struct imsg *imsg)
{
	char	reason[TLS_REASON_MAX];
	int	fd = imsg_get_fd(imsg);

	if (fd == -1 || auth->key != NULL)
		return (-1);
	auth->key = auth_key_read(fd, reason, sizeof(reason));
	close(fd);
	if (auth->key == NULL)
		fatalx("the file of the key %s", reason);
	return (0);
}

/*
 * A signature for a handshake, or word that there will be none.  Returns 0,
 * or -1 if it was no question.
 */
int
auth_answer_sign(struct auth_worker *worker, struct imsg *imsg)
{
	struct sign		 sign;
	struct signature	 signature;
	struct ibuf		*message;

	if (worker->auth->key == NULL ||
	    imsgbuf_queuelen(&worker->channel.imsgbuf) > SIGNATURES_MAX ||
	    msg_get_sign(imsg_get_ibuf(imsg), &sign) == -1)
		return (-1);
	auth_sign(worker->auth->key, &sign, &signature);
	message = channel_create(&worker->channel, IMSG_AUTH_SIGNED,
	    imsg_get_id(imsg));
	channel_submit(&worker->channel, message,
	    msg_put_signature(message, &signature));
	return (0);
}
