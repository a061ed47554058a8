/*
 * The configuration in memory, for whoever has one: making an empty one,
 * freeing it, looking things up in it.  Nothing here reads a file or asks
 * the system's databases.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "config.h"

/*
 * A configuration in which nothing is set: all lists are empty.  To be freed
 * with config_free.
 */
struct config *
config_new(void)
{
	struct config	*config;
	int		 file;

	if ((config = calloc(1, sizeof(*config))) == NULL)
		fatal("configuration");
	for (file = 0; file < TLS_FILES; file++)
		config->tls.fds[file] = -1;
	TAILQ_INIT(&config->symbols);
	TAILQ_INIT(&config->listeners);
	TAILQ_INIT(&config->accounts.shells);
	TAILQ_INIT(&config->rebuild);
	TAILQ_INIT(&config->clients);
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

/* A client that may do nothing and is known by nothing. */
void
client_init(struct client *client)
{
	memset(client, 0, sizeof(*client));
	TAILQ_INIT(&client->certificates);
	TAILQ_INIT(&client->names);
	TAILQ_INIT(&client->aliases);
	TAILQ_INIT(&client->domains);
	TAILQ_INIT(&client->groups);
	TAILQ_INIT(&client->shells);
}

/* The same, newly allocated. */
struct client *
client_new(void)
{
	struct client	*client;

	if ((client = malloc(sizeof(*client))) == NULL)
		fatal("configuration");
	client_init(client);
	return (client);
}

static void
client_free(struct client *client)
{
	int	i;

	for (i = 0; i < CLIENT_SECRETS_MAX; i++)
		if (client->secrets[i] != NULL)
			freezero(client->secrets[i],
			    strlen(client->secrets[i]));
	words_free(&client->certificates);
	words_free(&client->names);
	words_free(&client->aliases);
	words_free(&client->domains);
	words_free(&client->groups);
	words_free(&client->shells);
	free(client->origins.file);
	free(client->subject);
	free(client->local_user.name);
	free(client->home);
	free(client->name);
	free(client);
}

static void
clients_free(struct clients *clients)
{
	struct client	*client;

	while ((client = TAILQ_FIRST(clients)) != NULL) {
		TAILQ_REMOVE(clients, client, entry);
		client_free(client);
	}
}

/*
 * Free a configuration, NULL too, wiping its secrets.  The descriptors of
 * its listeners are not closed: they are the caller's.
 */
void
config_free(struct config *config)
{
	int	file;

	if (config == NULL)
		return;
	for (file = 0; file < TLS_FILES; file++)
		if (config->tls.fds[file] != -1)
			close(config->tls.fds[file]);
	symbols_free(&config->symbols);
	listeners_free(&config->listeners);
	clients_free(&config->clients);
	words_free(&config->accounts.shells);
	words_free(&config->rebuild);
	free(config->aliases);
	free(config->tls.certificate);
	free(config->tls.key);
	free(config->tls.client_ca);
	free(config->tls.file);
	free(config->accounts.origins.file);
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

	if ((word = calloc(1, sizeof(*word))) == NULL ||
	    (word->text = strdup(text)) == NULL)
		fatal("configuration");
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

/* How many there are. */
size_t
words_count(const struct words *words)
{
	const struct word	*word;
	size_t			 count = 0;

	TAILQ_FOREACH(word, words, entry)
		count++;
	return (count);
}

/* How many octets they are, with a comma after each. */
size_t
words_length(const struct words *words)
{
	const struct word	*word;
	size_t			 length = 0;

	TAILQ_FOREACH(word, words, entry)
		length += strlen(word->text) + 1;
	return (length);
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
