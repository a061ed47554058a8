/*
 * Where the messages of a child go: over its channel to the parent.
 */

#include "dwserv.h"
#include "loop.h"
#include "msg.h"

/* A sink for log_set_sink(); its argument is the channel to the parent. */
void
log_to_parent(void *arg, enum log_level level, const char *line)
{
	struct channel	*channel = arg;
	struct ibuf	*message;

	message = channel_create(channel, IMSG_CHILD_LOG, 0);
	channel_submit(channel, message, msg_put_log(message, level, line));
	/* Last words: nobody will come back to send them. */
	if (level == LOG_LEVEL_ERROR)
		channel_flush(channel, 1000);
}
