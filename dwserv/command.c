/*
 * Commands: what a line asks for.  Session words are answered here; reads
 * wait for their turn in the session's queue of replies; changes go to the
 * parent as a request.
 */

#include <stdio.h>

#include "worker.h"

#define WORDS_MAX	32

struct word_command {
	const char	*word;
	int		(*handler)(struct session *, char **, int);
	int		 words;		/* the command included */
};

static int	command_auth(struct session *, char **, int);
static int	command_capa(struct session *, char **, int);
static int	command_help(struct session *, char **, int);
static int	command_noop(struct session *, char **, int);
static int	command_quit(struct session *, char **, int);
static int	command_whoami(struct session *, char **, int);

static const struct word_command word_commands[] = {
	{ "auth", command_auth, 3 },
	{ "capa", command_capa, 1 },
	{ "help", command_help, 1 },
	{ "noop", command_noop, 1 },
	{ "quit", command_quit, 1 },
	{ "whoami", command_whoami, 1 }
};
#define WORD_COMMANDS	(sizeof(word_commands) / sizeof(word_commands[0]))

static const struct operation_command {
	const char	*noun;
	const char	*verb;
	const char	*usage;
} operation_commands[OPERATIONS] = {
	[OPERATION_ACCOUNT_CREATE] = { "account", "create", "LOGIN [uid=N] "
	    "[group=NAME] [groups=A,B] [gecos=TEXT] [home=PATH|no] "
	    "[shell=PATH] [password=TEXT|hash=TEXT] [expire=DATE|never]" },
	[OPERATION_ACCOUNT_SHOW] = { "account", "show", "LOGIN" },
	[OPERATION_ACCOUNT_LIST] = { "account", "list", "" },
	[OPERATION_ACCOUNT_PASSWORD] = { "account", "password",
	    "LOGIN password=TEXT|hash=TEXT" },
	[OPERATION_ACCOUNT_DELETE] = { "account", "delete",
	    "LOGIN [home=keep|remove]" }
};

static int
command_auth(struct session *session, char **words, int count)
{
	(void)count;
	if (session->client != NULL)
		reply_add(session, 503, "already-authenticated", "client=%s",
		    session->client);
	else if (!session->private)
		reply_add(session, 530, "tls-required", "secrets are not "
		    "taken over a connection that others can read");
	else if (name_check_client(words[1]) != NULL ||
	    name_check_password(words[2]) != NULL)
		/* Takes as long as any other failure. */
		login_ask(session, "-", "-");
	else
		login_ask(session, words[1], words[2]);
	return (0);
}

static void
capability(struct ibuf *to, uint32_t *count, const char *name,
    const char *value)
{
	text_print(to, "250-capability");
	token_add(to, "name", name);
	token_add(to, "value", value);
	text_print(to, "\r\n");
	(*count)++;
}

static int
command_capa(struct session *session, char **words, int count)
{
	const struct operation_command	*command;
	const struct hash_rules		*hash;
	struct reply			*reply;
	char				 value[64];
	uint32_t			 lines = 0, i;

	(void)words;
	(void)count;
	hash = &session->worker->settings.hash;
	reply = reply_new(session, REPLY_READY);
	reply->text = text_new();
	snprintf(value, sizeof(value), "%d", LINE_LENGTH_MAX);
	capability(reply->text, &lines, "line-length", value);
	for (i = 0; i < WORD_COMMANDS; i++)
		capability(reply->text, &lines, "command",
		    word_commands[i].word);
	for (i = 0; i < OPERATIONS; i++) {
		command = &operation_commands[i];
		if ((session->operations & OPERATION_BIT(i)) == 0 ||
		    command->noun == NULL)
			continue;
		snprintf(value, sizeof(value), "%s %s", command->noun,
		    command->verb);
		capability(reply->text, &lines, "request", value);
	}
	for (i = 0; i < HASH_METHODS; i++)
		if (hash->accept[i] != 0)
			capability(reply->text, &lines, "hash",
			    hash_method_name((enum hash_method)i));
	text_print(reply->text, "250 listed count=%u\r\n", lines);
	return (0);
}

static int
command_help(struct session *session, char **words, int count)
{
	const struct operation_command	*command;
	struct reply			*reply;
	size_t				 i;

	(void)words;
	(void)count;
	reply = reply_new(session, REPLY_READY);
	reply->text = text_new();
	for (i = 0; i < WORD_COMMANDS; i++)
		text_print(reply->text, "214-help %s%s\r\n",
		    word_commands[i].word, word_commands[i].words > 1 ?
		    " CLIENT SECRET" : "");
	for (i = 0; i < OPERATIONS; i++) {
		command = &operation_commands[i];
		if (command->noun == NULL)
			continue;
		text_print(reply->text, "214-help %s %s %s\r\n",
		    command->noun, command->verb, command->usage);
	}
	text_print(reply->text, "214 help dwserv-protocol(7) has it all\r\n");
	return (0);
}

static int
command_noop(struct session *session, char **words, int count)
{
	(void)words;
	(void)count;
	reply_add(session, 250, "ok", "%s", "");
	return (0);
}

static int
command_quit(struct session *session, char **words, int count)
{
	(void)words;
	(void)count;
	reply_add_closing(session, 221, "bye", "");
	return (0);
}

static int
command_whoami(struct session *session, char **words, int count)
{
	(void)words;
	(void)count;
	if (session->client == NULL)
		reply_add(session, 530, "auth-required", "say auth first");
	else
		reply_add(session, 250, "client", "name=%s",
		    session->client);
	return (0);
}

static int
command_session_word(struct session *session,
    const struct word_command *command, char **words, int count)
{
	if (count < command->words)
		reply_add(session, 501, "missing-argument", "%s takes %d",
		    command->word, command->words - 1);
	else if (count > command->words)
		reply_add(session, 501, "unknown-argument", "%s takes %d",
		    command->word, command->words - 1);
	else
		return (command->handler(session, words, count));
	return (0);
}

static void
command_read(struct session *session, const struct query *query)
{
	struct reply	*reply = reply_new(session, REPLY_READ);

	if ((reply->query = malloc(sizeof(*reply->query))) == NULL)
		fatal("cannot read");
	*reply->query = *query;
}

/* Ask the parent; its answer fills in the reply. */
static void
command_change(struct session *session, struct request *request)
{
	struct worker	*worker = session->worker;
	struct reply	*reply = reply_new(session, REPLY_WAITING);
	struct ibuf	*message;

	reply->number = ++worker->next_number;
	request->session = session->id;
	request->number = reply->number;
	worker->waiting++;
	message = channel_create(&worker->parent, IMSG_WORKER_REQUEST, 0);
	channel_submit(&worker->parent, message,
	    msg_put_request(message, request));
}

static int
command_hash(struct session *session, struct request *request,
    const char *password)
{
	request->hash = hash_password(&session->worker->settings.hash,
	    password);
	if (request->hash != NULL)
		return (0);
	reply_add(session, 451, "unavailable", "the password could not be "
	    "hashed");
	return (-1);
}

/* Returns 1 if the request took long, as hashing a password does. */
static int
command_operation(struct session *session, enum operation operation,
    char **words, int count)
{
	struct request	 request;
	struct query	 query;
	char		*password = NULL;

	if (session->client == NULL) {
		reply_add(session, 530, "auth-required", "say auth first");
		return (0);
	}
	if ((session->operations & OPERATION_BIT(operation)) == 0) {
		reply_add(session, 550, "denied", "%s may not do that",
		    session->client);
		return (0);
	}
	memset(&request, 0, sizeof(request));
	memset(&query, 0, sizeof(query));
	if (argument_parse(session, operation, words, count, &request,
	    &query, &password) == -1)
		return (0);
	if (operation == OPERATION_ACCOUNT_SHOW ||
	    operation == OPERATION_ACCOUNT_LIST) {
		command_read(session, &query);
		return (0);
	}
	if (password == NULL) {
		command_change(session, &request);
		return (0);
	}
	if (command_hash(session, &request, password) == 0) {
		command_change(session, &request);
		freezero(request.hash, strlen(request.hash));
	}
	return (1);
}

/*
 * Execute a line, which is cut up.  Returns 1 if that took long, else 0;
 * the reply is in the session's queue, or on its way.
 */
int
command_execute(struct session *session, char *line)
{
	char	*words[WORDS_MAX];
	int	 count;
	size_t	 i;

	if ((count = token_split(line, words, WORDS_MAX)) == -1) {
		reply_add(session, 501, "syntax", "quotes out of place, or "
		    "too many words");
		return (0);
	}
	for (i = 0; count > 0 && i < WORD_COMMANDS; i++)
		if (strcasecmp(words[0], word_commands[i].word) == 0)
			return (command_session_word(session,
			    &word_commands[i], words, count));
	for (i = 0; count > 1 && i < OPERATIONS; i++)
		if (operation_commands[i].noun != NULL && strcasecmp(words[0], operation_commands[i].noun) == 0 &&
		    strcasecmp(words[1], operation_commands[i].verb) == 0)
			return (command_operation(session,
			    (enum operation)i, words + 2, count - 2));
	reply_add(session, 500, "unknown-request", "help lists what there "
	    "is");
	return (0);
}
