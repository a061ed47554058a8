/*
 * What does not break the protocol by itself, but would take time, memory
 * or descriptors from the parent without end, if it let it.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

/* stall: say and hear nothing, and answer no ping. */
void
hostile_stall(struct hostile *hostile, char *line)
{
	(void)hostile;
	(void)line;
	for (;;)
		sleep(60);
}

static void
attack_request(struct hostile *hostile, const struct request *request)
{
	struct ibuf	*buf = imsg_create(&hostile->parent,
			    IMSG_WORKER_REQUEST, 0, 0);

	if (msg_put_request(buf, request) == -1)
		hostile_quit("cannot encode");
	imsg_close(&hostile->parent, buf);
	hostile->state->sent++;
}

/* flood COUNT: that many requests, whose answers nobody reads. */
void
hostile_flood(struct hostile *hostile, char *line)
{
	struct request	request;
	uint64_t	count = order_number(&line);

	memset(&request, 0, sizeof(request));
	request.session = (uint32_t)order_number(&line);
	request.operation = OPERATION_ACCOUNT_LOCK;
	request.login = "nobody-there";
	while (count-- > 0) {
		attack_request(hostile, &request);
		while (imsgbuf_queuelen(&hostile->parent) > 100)
			if (imsgbuf_flush(&hostile->parent) == -1)
				return;
	}
	imsgbuf_flush(&hostile->parent);
}

/* parts COUNT SESSION: of a transaction, large ones, without the last. */
void
hostile_parts(struct hostile *hostile, char *line)
{
	static char	targets[LINE_LENGTH_MAX + 1];
	struct request	request;
	uint64_t	count = order_number(&line);

	memset(&request, 0, sizeof(request));
	memset(targets, 'x', LINE_LENGTH_MAX);
	request.session = (uint32_t)order_number(&line);
	request.operation = OPERATION_ALIAS_SET;
	request.alias = "a";
	request.targets = targets;
	request.parts = TRANSACTION_MAX;
	while (count-- > 0) {
		request.part++;
		attack_request(hostile, &request);
		hostile_flush(hostile);
	}
}

/* segments COUNT: ask for the ledger so often, and read nothing. */
void
hostile_segments(struct hostile *hostile, char *line)
{
	uint64_t	count = order_number(&line);

	while (count-- > 0) {
		hostile_send(hostile, IMSG_WORKER_SEGMENT, 1, -1, NULL, 0);
		if (imsgbuf_queuelen(&hostile->parent) > 100)
			imsgbuf_flush(&hostile->parent);
	}
	imsgbuf_flush(&hostile->parent);
}

/* deaf SECONDS: read nothing, but answer pings that were not heard. */
void
hostile_deaf(struct hostile *hostile, char *line)
{
	uint64_t	turns = order_number(&line) * 10;

	while (turns-- > 0) {
		hostile_send(hostile, IMSG_CHILD_PONG, 0, -1, NULL, 0);
		imsgbuf_flush(&hostile->parent);
		usleep(100000);
	}
}

/* Both ends of a TCP connection of our own. */
static int
attack_connect(int ends[2])
{
	struct sockaddr_in	 here;
	socklen_t		 length = sizeof(here);
	int			 fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&here, 0, sizeof(here));
	here.sin_family = AF_INET;
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1 || ends[0] == -1 ||
	    bind(fd, (struct sockaddr *)&here, sizeof(here)) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&here, &length) == -1 ||
	    connect(ends[0], (struct sockaddr *)&here, length) == -1 ||
	    (ends[1] = accept(fd, NULL, NULL)) == -1)
		return (-1);
	close(fd);
	return (0);
}

/*
 * linger SECONDS: pass the parent a connection that takes that long to be
 * closed, because nobody reads what was written to it.
 */
void
hostile_linger(struct hostile *hostile, char *line)
{
	struct imsg_header	 header = { IMSG_WORKER_CLOSE, UINT32_MAX,
				    sizeof(header), IMSG_FLAG_DESCRIPTOR };
	struct linger		 linger = { 1, (int)order_number(&line) };
	char			 bytes[65536];
	int			 ends[2];

	if (attack_connect(ends) == -1 || setsockopt(ends[0], SOL_SOCKET,
	    SO_LINGER, &linger, sizeof(linger)) == -1 ||
	    fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1) {
		hostile_note(hostile, "no connection\n");
		return;
	}
	memset(bytes, 0, sizeof(bytes));
	while (write(ends[0], bytes, sizeof(bytes)) > 0)
		continue;
	/* Half of the message, so that ours is not the last to be closed. */
	hostile_write(hostile, &header, sizeof(header) / 2, &ends[0], 1);
	close(ends[0]);
	hostile_write(hostile, (char *)&header + sizeof(header) / 2,
	    sizeof(header) / 2, NULL, 0);
	hostile_note(hostile, "passed\n");
}
