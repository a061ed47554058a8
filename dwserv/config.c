/*
 * The configuration in memory: making an empty one, freeing it, looking
 * things up in it.  Nothing here reads a file or asks the system's
 * databases.
 */

#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "config.h"

/* The highest costs at which ready hashes are accepted, unless told. */
static const uint32_t accept_costs[HASH_METHODS] = {
	[HASH_YESCRYPT] = 7,
	[HASH_SHA512] = 656000,
	[HASH_BCRYPT] = 12
};

static const char *const operation_names[OPERATIONS] = {
	[OPERATION_ACCOUNT_CREATE] = "account create",
	[OPERATION_ACCOUNT_SHOW] = "account show",
	[OPERATION_ACCOUNT_LIST] = "account list",
	[OPERATION_ACCOUNT_PASSWORD] = "account password",
	[OPERATION_ACCOUNT_DELETE] = "account delete"
};

static char *
config_copy_string(const char *text)
{
	char	*copy;

	if ((copy = strdup(text)) == NULL)
		fatal("configuration");
	return (copy);
}

static void
limits_default(struct limits *limits)
{
	limits->worker_sessions = 1024;
	limits->source_sessions = 64;
	limits->auth_failures = 3;
	limits->login_timeout = 30;
	limits->idle_timeout = 600;
	limits->lock_timeout = 15;
	limits->child_timeout = 30;
}

static void
accounts_default(struct accounts *accounts)
{
	accounts->root = config_copy_string("/");
	accounts->home = config_copy_string("/home");
	accounts->skel = config_copy_string("/etc/skel");
	accounts->uid_min = 10000;
	accounts->uid_max = 59999;
	TAILQ_INIT(&accounts->shells);
	words_add(&accounts->shells, "/bin/sh");
	words_add(&accounts->shells, "/usr/sbin/nologin");
	accounts->hash.method = HASH_YESCRYPT;
	accounts->hash.cost = hash_method_cost(HASH_YESCRYPT);
	memcpy(accounts->hash.accept, accept_costs, sizeof(accept_costs));
}

/*
 * A configuration with every default but that of the listeners: those are
 * empty.  To be freed with config_free.
 */
struct config *
config_new(void)
{
	struct config	*config;

	if ((config = calloc(1, sizeof(*config))) == NULL)
		fatal("configuration");
	TAILQ_INIT(&config->symbols);
	TAILQ_INIT(&config->listeners);
	TAILQ_INIT(&config->clients);
	config->prefork = 4;
	config->user.name = config_copy_string(DWSERV_USER);
	config->auth_user.name = config_copy_string(DWSERV_AUTH_USER);
	config->control = config_copy_string(DWSERV_CONTROL);
	config->state = config_copy_string(DWSERV_STATE);
	config->libexec = config_copy_string(DWSERV_LIBEXEC);
	limits_default(&config->limits);
	accounts_default(&config->accounts);
	return (config);
}

static void
listeners_free(struct listeners *listeners)
{
	struct listener	*listener;

	while ((listener = TAILQ_FIRST(listeners)) != NULL) {
		TAILQ_REMOVE(listeners, listener, entry);
		free(listener->group);
		free(listener);
	}
}

static void
clients_free(struct clients *clients)
{
	struct client	*client;

	while ((client = TAILQ_FIRST(clients)) != NULL) {
		TAILQ_REMOVE(clients, client, entry);
		if (client->secret != NULL)
			freezero(client->secret, strlen(client->secret));
		words_free(&client->groups);
		free(client->name);
		free(client);
	}
}

/*
 * Free a configuration, NULL too, wiping its secrets.  The descriptors of
 * its listeners are not closed: they are the caller's.
 */
void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	symbols_free(&config->symbols);
	listeners_free(&config->listeners);
	clients_free(&config->clients);
	words_free(&config->accounts.shells);
	free(config->accounts.root);
	free(config->accounts.home);
	free(config->accounts.skel);
	free(config->user.name);
	free(config->auth_user.name);
	free(config->control);
	free(config->state);
	free(config->libexec);
	free(config);
}

/* The client of this name, or NULL. */
struct client *
config_find_client(const struct config *config, const char *name)
{
	struct client	*client;

	TAILQ_FOREACH(client, &config->clients, entry)
		if (strcmp(client->name, name) == 0)
			return (client);
	return (NULL);
}

/* Add a copy of the text to the end of the list. */
void
words_add(struct words *words, const char *text)
{
	struct word	*word;

	if ((word = calloc(1, sizeof(*word))) == NULL)
		fatal("configuration");
	word->text = config_copy_string(text);
	TAILQ_INSERT_TAIL(words, word, entry);
}

/* Non-zero if the text is in the list. */
int
words_contain(const struct words *words, const char *text)
{
	const struct word	*word;

	TAILQ_FOREACH(word, words, entry)
		if (strcmp(word->text, text) == 0)
			return (1);
	return (0);
}

/* Leaves an empty list. */
void
words_free(struct words *words)
{
	struct word	*word;

	while ((word = TAILQ_FIRST(words)) != NULL) {
		TAILQ_REMOVE(words, word, entry);
		free(word->text);
		free(word);
	}
}

/* As it is written in the configuration: noun and verb. */
const char *
operation_name(enum operation operation)
{
	return (operation_names[operation]);
}

/*
 * The operations that a noun and a verb mean, as bits; without a verb
 * (NULL), all those of the noun.  Returns -1 if there are none such.
 */
int
operation_parse(const char *noun, const char *verb, uint32_t *bits)
{
	const char	*name;
	size_t		 length = strlen(noun);
	unsigned int	 i;

	*bits = 0;
	for (i = 0; i < OPERATIONS; i++) {
		name = operation_names[i];
		if (strncmp(name, noun, length) != 0 || name[length] != ' ')
			continue;
		if (verb == NULL || strcmp(name + length + 1, verb) == 0)
			*bits |= OPERATION_BIT(i);
	}
	return (*bits == 0 ? -1 : 0);
}

/*
 * Write what a listener listens on into the buffer, which is returned:
 * "127.0.0.1 port 5000" or "socket "/path"".
 */
const char *
listener_format(const struct listener *listener, char *buffer, size_t size)
{
	const struct sockaddr_in	*in;
	const struct sockaddr_in6	*in6;
	const struct sockaddr_un	*un;
	char				 address[INET6_ADDRSTRLEN] = "?";
	in_port_t			 port;

	if (listener->address.ss_family == AF_UNIX) {
		un = (const struct sockaddr_un *)&listener->address;
		snprintf(buffer, size, "socket \"%s\"", un->sun_path);
		return (buffer);
	}
	if (listener->address.ss_family == AF_INET6) {
		in6 = (const struct sockaddr_in6 *)&listener->address;
		inet_ntop(AF_INET6, &in6->sin6_addr, address, sizeof(address));
		port = in6->sin6_port;
	} else {
		in = (const struct sockaddr_in *)&listener->address;
		inet_ntop(AF_INET, &in->sin_addr, address, sizeof(address));
		port = in->sin_port;
	}
	snprintf(buffer, size, "%s port %u", address, ntohs(port));
	return (buffer);
}
