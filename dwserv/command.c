/*
 * Commands: what a line asks for.  Session words are answered here; reads
 * wait for their turn in the session's queue of replies; changes go to the
 * parent as a request, or into the session's transaction.
 */

#include "worker.h"

#define WORDS_MAX	32

/* A session word; what it returns is as with command_execute(). */
struct word_command {
	const char	*word;
	int		(*handler)(struct session *, char **, int);
	int		 least;		/* words, itself included */
	int		 most;
	const char	*usage;
};

static int	command_abort(struct session *, char **, int);
static int	command_auth(struct session *, char **, int);
static int	command_begin(struct session *, char **, int);
static int	command_capa(struct session *, char **, int);
static int	command_commit(struct session *, char **, int);
static int	command_help(struct session *, char **, int);
static int	command_noop(struct session *, char **, int);
static int	command_plan(struct session *, char **, int);
static int	command_quit(struct session *, char **, int);
static int	command_whoami(struct session *, char **, int);

static const struct word_command word_commands[] = {
	{ "abort", command_abort, 1, 1, "" },
	{ "auth", command_auth, 2, 3, "CLIENT [SECRET]" },
	{ "begin", command_begin, 1, 1, "" },
	{ "capa", command_capa, 1, 1, "" },
	{ "commit", command_commit, 1, WORDS_MAX, "[idem=KEY]" },
	{ "help", command_help, 1, 1, "" },
	{ "noop", command_noop, 1, 1, "" },
	{ "plan", command_plan, 1, WORDS_MAX, "REQUEST|commit" },
	{ "quit", command_quit, 1, 1, "" },
	{ "whoami", command_whoami, 1, 1, "" }
};
#define WORD_COMMANDS	(sizeof(word_commands) / sizeof(word_commands[0]))

/*
 * The session words by their number, from 0 on; NULL behind the last.
 * *usage is what they take.
 */
const char *
command_word(size_t number, const char **usage)
{
	if (number >= WORD_COMMANDS)
		return (NULL);
	*usage = word_commands[number].usage;
	return (word_commands[number].word);
}

static void
command_in_transaction(struct session *session)
{
	reply_add(session, 503, "in-transaction", "commit or abort first");
}

static int
command_auth(struct session *session, char **words, int count)
{
	const char	*secret = count > 2 ? words[2] : NULL;

	if (session->transaction != NULL)
		command_in_transaction(session);
	else if (session->client != NULL)
		reply_add(session, 503, "already-authenticated", "client=%s",
		    session->client);
	else if (!session->private && secret != NULL)
		reply_add(session, 530, "tls-required", "secrets are not "
		    "taken over a connection that others can read");
	else if (name_check_client(words[1]) != NULL ||
	    (secret != NULL && name_check_password(secret) != NULL))
		/* Takes as long as any other failure. */
		login_ask(session, "-", secret == NULL ? NULL : "-");
	else
		login_ask(session, words[1], secret);
	return (0);
}

static int
command_capa(struct session *session, char **words, int count)
{
	(void)words;
	(void)count;
	help_capabilities(session);
	return (0);
}

static int
command_help(struct session *session, char **words, int count)
{
	(void)words;
	(void)count;
	help_all(session);
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

/* Returns -1, and has replied, if the session acts for nobody. */
static int
command_need_client(struct session *session)
{
	if (session->client != NULL)
		return (0);
	reply_add(session, 530, "auth-required", "say auth first");
	return (-1);
}

static int
command_whoami(struct session *session, char **words, int count)
{
	(void)words;
	(void)count;
	if (command_need_client(session) == 0)
		reply_add(session, 250, "client", "name=%s",
		    session->client);
	return (0);
}

static int
command_need_transaction(struct session *session)
{
	if (command_need_client(session) == -1)
		return (-1);
	if (session->transaction != NULL)
		return (0);
	reply_add(session, 503, "no-transaction", "say begin first");
	return (-1);
}

static int
command_begin(struct session *session, char **words, int count)
{
	(void)words;
	(void)count;
	if (command_need_client(session) == -1)
		return (0);
	if (session->transaction != NULL)
		command_in_transaction(session);
	else
		transaction_begin(session);
	return (0);
}

static int
command_abort(struct session *session, char **words, int count)
{
	(void)words;
	(void)count;
	if (command_need_transaction(session) == 0)
		transaction_abort(session);
	return (0);
}

/* What arguments depend on. */
static struct asker
command_asker(const struct session *session)
{
	struct asker	asker = {
		.private = session->private,
		.may_hash = session->rights.may_hash,
		.in_transaction = session->transaction != NULL,
		.hash = &session->worker->settings.hash
	};

	return (asker);
}

static int
command_commit_as(struct session *session, uint32_t flags, char **words,
    int count)
{
	struct asker	asker = command_asker(session);
	struct request	request;
	struct result	result;

	if (command_need_transaction(session) == -1)
		return (0);
	memset(&request, 0, sizeof(request));
	request.flags = flags;
	if (argument_parse_commit(&asker, words + 1, count - 1, &request,
	    &result) == -1) {
		reply_add(session, result.code, result.word, "%s",
		    result.text);
		return (0);
	}
	transaction_commit(session, &request);
	return (1);
}

static int
command_commit(struct session *session, char **words, int count)
{
	return (command_commit_as(session, 0, words, count));
}

static int
command_session_word(struct session *session,
    const struct word_command *command, char **words, int count)
{
	if (count < command->least)
		reply_add(session, 501, "missing-argument", "%s takes %d",
		    command->word, command->least - 1);
	else if (count > command->most)
		reply_add(session, 501, "unknown-argument", "%s takes %d",
		    command->word, command->most - 1);
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

/*
 * A place in the queue of replies for what the parent will say; returns the
 * number of the request that asks for it.
 */
uint32_t
command_expect(struct session *session)
{
	struct reply	*reply = reply_new(session, REPLY_WAITING);

	reply->number = ++session->worker->next_number;
	session->worker->waiting++;
	return (reply->number);
}

/* Hand a request to the parent, with the number that it has. */
void
command_send(struct session *session, struct request *request)
{
	struct worker	*worker = session->worker;
	struct ibuf	*message;

	request->session = session->id;
	message = channel_create(&worker->parent, IMSG_WORKER_REQUEST, 0);
	channel_submit(&worker->parent, message,
	    msg_put_request(message, request));
}

/* Ask the parent, whose answer fills in the reply, or queue the request. */
static void
command_change(struct session *session, struct request *request)
{
	if (session->transaction != NULL) {
		transaction_queue(session, request);
		return;
	}
	request->number = command_expect(session);
	command_send(session, request);
}

/* Returns 1: to hash a password takes long, unless it would be for nothing. */
static int
command_change_password(struct session *session, struct request *request,
    const char *password)
{
	/* To ensure an account is not to change its password each time. */
	request->flags |= REQUEST_IF_CREATED;
	if (session->transaction != NULL && !transaction_has_room(session)) {
		command_change(session, request);
		return (0);
	}
	request->hash = hash_password(&session->worker->settings.hash,
	    password);
	if (request->hash == NULL) {
		reply_add(session, 451, "unavailable", "the password could "
		    "not be hashed");
		transaction_spoil(session);
		return (1);
	}
	command_change(session, request);
	freezero(request->hash, strlen(request->hash));
	return (1);
}

/* The parent never hears of what is refused here; its log does. */
static void
command_log_denial(const struct session *session, enum operation operation)
{
	char	peer[PEER_TEXT_SIZE], name[64];

	operation_print(operation, name, sizeof(name));
	log_info("refused client=%s peer=%s session=%u request=\"%s\" "
	    "code=550 word=denied", session->client,
	    peer_format(&session->peer, session->local, peer, sizeof(peer)),
	    session->id, name);
}

/* Returns -1, and has replied, if it is not the session's or not now. */
static int
command_admit(struct session *session, enum operation operation,
    uint32_t flags)
{
	if (command_need_client(session) == -1)
		return (-1);
	if (session->transaction != NULL &&
	    (operation_is_read(operation) || (flags & REQUEST_PLAN) != 0)) {
		command_in_transaction(session);
		return (-1);
	}
	if ((session->operations & OPERATION_BIT(operation)) == 0) {
		command_log_denial(session, operation);
		reply_add(session, 550, "denied", "%s may not do that",
		    session->client);
		transaction_spoil(session);
		return (-1);
	}
	if (operation_is_read(operation) && (flags & REQUEST_PLAN) != 0) {
		reply_add(session, 501, "invalid", "plan: is for what "
		    "changes something");
		return (-1);
	}
	return (0);
}

/* The words are those behind the verb. */
static int
command_operation(struct session *session, enum operation operation,
    uint32_t flags, char **words, int count)
{
	struct asker	 asker = command_asker(session);
	struct request	 request;
	struct query	 query;
	struct result	 result;
	char		*password = NULL;

	if (command_admit(session, operation, flags) == -1)
		return (0);
	memset(&request, 0, sizeof(request));
	memset(&query, 0, sizeof(query));
	request.flags = flags;
	if (argument_parse(&asker, operation, words, count, &request,
	    &query, &password, &result) == -1) {
		reply_add(session, result.code, result.word, "%s",
		    result.text);
		transaction_spoil(session);
		return (0);
	}
	if (password != NULL)
		return (command_change_password(session, &request, password));
	if (operation_is_read(operation))
		command_read(session, &query);
	else
		command_change(session, &request);
	return (0);
}

static void
command_unknown(struct session *session)
{
	reply_add(session, 500, "unknown-request", "help lists what there "
	    "is");
}

static int
command_plan(struct session *session, char **words, int count)
{
	enum operation	operation;
	int		used;

	if (count == 1)
		reply_add(session, 501, "missing-argument", "request");
	else if (strcasecmp(words[1], "commit") == 0)
		return (command_commit_as(session, REQUEST_PLAN, words + 1,
		    count - 1));
	else if ((used = operation_find(words + 1, count - 1,
	    &operation)) == 0)
		command_unknown(session);
	else
		return (command_operation(session, operation, REQUEST_PLAN,
		    words + 1 + used, count - 1 - used));
	return (0);
}

/*
 * Execute a line, which is cut up.  Returns 1 if that took long, else 0;
 * the reply is in the session's queue, or on its way.
 */
int
command_execute(struct session *session, char *line)
{
	char		*words[WORDS_MAX];
	enum operation	 operation;
	int		 count, used;
	size_t		 i;

	if ((count = token_split(line, words, WORDS_MAX)) == -1) {
		reply_add(session, 501, "syntax", "quotes out of place, or "
		    "too many words");
		transaction_spoil(session);
		return (0);
	}
	for (i = 0; count > 0 && i < WORD_COMMANDS; i++)
		if (strcasecmp(words[0], word_commands[i].word) == 0)
			return (command_session_word(session,
			    &word_commands[i], words, count));
	if ((used = operation_find(words, count, &operation)) > 0)
		return (command_operation(session, operation, 0,
		    words + used, count - used));
	command_unknown(session);
	transaction_spoil(session);
	return (0);
}
