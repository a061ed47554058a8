/*
 * dwserv-config: reads the configuration for the parent, which is root, and
 * so does it as nobody.  It opens no file: it names each to the parent, gets
 * a descriptor or the reason why not, and hands over what it has understood,
 * or what is wrong.  Then it ends.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "lex.h"
#include "msgconfig.h"
#include "sandbox.h"

struct reader {
	struct imsgbuf		 imsgbuf;
	struct symbols		 symbols;
	char			*path;		/* of the main file */
	int			 print;		/* rather than hand over */
	uint32_t		 opened;
	char			*reason;	/* why not, last time */
};

static void
reader_submit(struct reader *reader, struct ibuf *message, int encoded)
{
	if (encoded == -1)
		fatal("cannot encode a message");
	imsg_close(&reader->imsgbuf, message);
	if (imsgbuf_flush(&reader->imsgbuf) == -1)
		exit(1);
}

static struct ibuf *
reader_create(struct reader *reader, uint32_t type, uint32_t id)
{
	struct ibuf	*message;

	message = imsg_create(&reader->imsgbuf, type, id, 0);
	if (message == NULL)
		fatal("cannot compose a message");
	return (message);
}

static void
reader_complain(void *arg, const char *line)
{
	struct reader	*reader = arg;
	struct ibuf	*message;

	message = reader_create(reader, IMSG_CONFIG_COMPLAINT, 0);
	reader_submit(reader, message, msg_put_complaint(message, line));
}

/* The next message; the parent is there as long as we have a reason to be. */
static void
reader_receive(struct reader *reader, struct imsg *imsg)
{
	while (imsgbuf_get(&reader->imsgbuf, imsg) == 0)
		if (imsgbuf_read(&reader->imsgbuf) <= 0)
			exit(1);
}

/* Have the parent open a file; see config_opener. */
static int
reader_open(void *arg, const char *path, const char **reason)
{
	struct reader	*reader = arg;
	struct ibuf	*message;
	struct imsg	 imsg;
	int		 fd;

	if (strlen(path) >= PATH_MAX) {
		*reason = strerror(ENAMETOOLONG);
		return (-1);
	}
	message = reader_create(reader, IMSG_CONFIG_OPEN, ++reader->opened);
	reader_submit(reader, message, msg_put_string(message, path));
	reader_receive(reader, &imsg);
	free(reader->reason);
	if (imsg_get_type(&imsg) != IMSG_PARENT_SOURCE ||
	    imsg_get_id(&imsg) != reader->opened ||
	    msg_get_string(imsg_get_ibuf(&imsg), &reader->reason) == -1)
		fatalx("the parent does not answer as it should");
	fd = imsg_get_fd(&imsg);
	imsg_free(&imsg);
	*reason = reader->reason[0] == '\0' ? NULL : reader->reason;
	return (fd);
}

/* Macros of the command line, and then what to read. */
static void
reader_take_orders(struct reader *reader)
{
	struct imsg	 imsg;
	struct ibuf	*payload;
	int		 result;

	while (reader->path == NULL) {
		reader_receive(reader, &imsg);
		payload = imsg_get_ibuf(&imsg);
		result = -1;
		if (imsg_get_type(&imsg) == IMSG_PARENT_DEFINE)
			result = msg_get_define(payload, &reader->symbols);
		else if (imsg_get_type(&imsg) == IMSG_PARENT_READ)
			result = msg_get_string(payload, &reader->path);
		if (result == -1)
			fatalx("the parent gives no orders");
		reader->print = imsg_get_id(&imsg) == 1;
		imsg_free(&imsg);
	}
}

static void
reader_hand_over_words(struct reader *reader, const struct words *words,
    enum config_list list)
{
	const struct word	*word;
	struct ibuf		*message;

	TAILQ_FOREACH(word, words, entry) {
		message = reader_create(reader, IMSG_CONFIG_WORD, list);
		reader_submit(reader, message, msg_put_word(message, list,
		    word));
	}
}

static void
reader_hand_over_listener(struct reader *reader,
    const struct listener *listener)
{
	struct ibuf	*message;

	message = reader_create(reader, IMSG_CONFIG_LISTENER, 0);
	reader_submit(reader, message, msg_put_listener(message, listener));
}

static void
reader_hand_over_client(struct reader *reader, struct client *client)
{
	struct ibuf		*message;
	enum config_list	 list;

	message = reader_create(reader, IMSG_CONFIG_CLIENT, 0);
	reader_submit(reader, message, msg_put_client(message, client));
	for (list = LIST_CERTIFICATES; list < LISTS; list++)
		reader_hand_over_words(reader, config_list(NULL, client,
		    list), list);
}

static void
reader_hand_over(struct reader *reader, const struct config *config)
{
	const struct listener	*listener;
	struct client		*client;
	struct ibuf		*message;

	message = reader_create(reader, IMSG_CONFIG_GLOBALS, 0);
	reader_submit(reader, message, msg_put_globals(message, config));
	message = reader_create(reader, IMSG_CONFIG_ACCOUNTS, 0);
	reader_submit(reader, message, msg_put_accounts(message,
	    &config->accounts));
	reader_hand_over_words(reader, &config->accounts.shells,
	    LIST_SHELLS);
	reader_hand_over_words(reader, &config->rebuild, LIST_REBUILD);
	TAILQ_FOREACH(listener, &config->listeners, entry)
		reader_hand_over_listener(reader, listener);
	TAILQ_FOREACH(client, &config->clients, entry)
		reader_hand_over_client(reader, client);
}

/* The parent waits, but no longer for messages. */
static void
reader_print(const struct config *config)
{
	log_set_sink(NULL, NULL);
	config_print(config, stdout);
	if (fflush(stdout) == EOF || ferror(stdout))
		fatal("cannot print the configuration");
}

static void
reader_log(void *arg, enum log_level level, const char *line)
{
	(void)level;
	reader_complain(arg, line);
}

int
main(void)
{
	static struct reader	 reader;
	struct config		*config;

	log_init("config", 1);
	if (fcntl(CHILD_CHANNEL, F_GETFD) == -1)
		fatalx("this program is started by dwserv");
	TAILQ_INIT(&reader.symbols);
	imsgbuf_init(&reader.imsgbuf, CHILD_CHANNEL);
	imsgbuf_allow_fdpass(&reader.imsgbuf);
	log_set_sink(reader_log, &reader);
	sandbox_enter_nobody();
	reader_take_orders(&reader);
	if (!reader.print)
		sandbox_write_nothing();
	config = config_parse(reader.path, &reader.symbols, reader_open,
	    reader_complain, &reader);
	if (config != NULL && !reader.print)
		reader_hand_over(&reader, config);
	reader_submit(&reader, reader_create(&reader, IMSG_CONFIG_END,
	    config != NULL), 0);
	if (config != NULL && reader.print)
		reader_print(config);
	config_free(config);
	symbols_free(&reader.symbols);
	imsgbuf_clear(&reader.imsgbuf);
	free(reader.reason);
	free(reader.path);
	return (0);
}
