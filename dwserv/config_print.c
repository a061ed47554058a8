/*
 * The whole configuration as it was understood, secrets included, in a
 * form that parses again to the same.
 */

#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "config.h"

static void
print_quoted(FILE *file, const char *text)
{
	putc('"', file);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', file);
		putc(*text, file);
	}
	putc('"', file);
}

static void
print_text(FILE *file, const char *keyword, const char *text)
{
	fprintf(file, "%s ", keyword);
	print_quoted(file, text);
	putc('\n', file);
}

static void
print_words(FILE *file, const char *keyword, const struct words *words)
{
	const struct word	*word;

	if (TAILQ_EMPTY(words))
		return;
	fprintf(file, "%s {", keyword);
	TAILQ_FOREACH(word, words, entry) {
		fputs(word == TAILQ_FIRST(words) ? " " : ", ", file);
		print_quoted(file, word->text);
	}
	fputs(" }\n", file);
}

static void
print_identity(FILE *file, const char *keyword,
    const struct identity *identity)
{
	if (identity->name != NULL)
		print_text(file, keyword, identity->name);
	else
		fprintf(file, "%s %u:%u\n", keyword, identity->uid,
		    identity->gid);
}

static void
print_listener(FILE *file, const struct listener *listener)
{
	const struct sockaddr_un	*un;
	char				 text[128];

	if (listener->address.ss_family != AF_UNIX) {
		fprintf(file, "listen on %s%s\n",
		    listener_format(listener, text, sizeof(text)),
		    listener->tls ? " tls" : "");
		return;
	}
	un = (const struct sockaddr_un *)&listener->address;
	fputs("listen on socket ", file);
	print_quoted(file, un->sun_path);
	fprintf(file, " mode %04o", listener->mode);
	if (listener->group != NULL) {
		fputs(" group ", file);
		print_quoted(file, listener->group);
	} else if (listener->gid != (gid_t)-1)
		fprintf(file, " group %u", listener->gid);
	putc('\n', file);
}

static void
print_tls(FILE *file, const struct tls *tls)
{
	if (tls->certificate == NULL)
		return;
	fputs("tls certificate ", file);
	print_quoted(file, tls->certificate);
	fputs(" key ", file);
	print_quoted(file, tls->key);
	if (tls->client_ca != NULL) {
		fputs(" client ca ", file);
		print_quoted(file, tls->client_ca);
	}
	putc('\n', file);
}

static void
print_limits(FILE *file, const struct limits *limits)
{
	fprintf(file, "limit worker sessions %u\n", limits->worker_sessions);
	fprintf(file, "limit source sessions %u\n", limits->source_sessions);
	fprintf(file, "limit login sessions %u\n", limits->login_sessions);
	fprintf(file, "limit source login sessions %u\n",
	    limits->source_login_sessions);
	fprintf(file, "limit auth failures %u\n", limits->auth_failures);
	fprintf(file, "timeout login %u\n", limits->login_timeout);
	fprintf(file, "timeout idle %u\n", limits->idle_timeout);
	fprintf(file, "timeout lock %u\n", limits->lock_timeout);
	fprintf(file, "timeout child %u\n", limits->child_timeout);
}

static void
print_accept(FILE *file, const struct hash_rules *rules)
{
	const char	*separator = " ";
	unsigned int	 method;

	fputs("\taccept {", file);
	for (method = 0; method < HASH_METHODS; method++) {
		if (rules->accept[method] == 0)
			continue;
		fprintf(file, "%s%s cost %u", separator,
		    hash_method_name(method), rules->accept[method]);
		separator = ", ";
	}
	fputs(" }\n", file);
}

static void
print_accounts(FILE *file, const struct accounts *accounts)
{
	fputs("\naccounts {\n", file);
	print_text(file, "\troot", accounts->root);
	fputs("\thome ", file);
	print_quoted(file, accounts->home);
	if (accounts->has_home_mode)
		fprintf(file, " mode %04o", accounts->home_mode);
	putc('\n', file);
	print_text(file, "\tskel", accounts->skel);
	if (accounts->has_uid)
		fprintf(file, "\tuid %u to %u%s\n", accounts->uid_min,
		    accounts->uid_max, accounts->reuse ? " reuse" : "");
	print_words(file, "\tshells", &accounts->shells);
	if (accounts->hash_from_login_defs)
		fputs("\thash login.defs\n", file);
	else
		fprintf(file, "\thash %s cost %u\n",
		    hash_method_name(accounts->hash.method),
		    accounts->hash.cost);
	print_accept(file, &accounts->hash);
	fputs("}\n", file);
}

static void
print_aliases(FILE *file, const struct config *config)
{
	const struct word	*program = TAILQ_FIRST(&config->rebuild);

	if (config->aliases == NULL)
		return;
	fputs("\naliases ", file);
	print_quoted(file, config->aliases);
	if (program == NULL)
		putc('\n', file);
	else if (TAILQ_NEXT(program, entry) == NULL)
		print_text(file, " rebuild", program->text);
	else
		print_words(file, " rebuild", &config->rebuild);
}

static void
print_prefix(FILE *file, const struct prefix *prefix)
{
	const struct sockaddr_in	*in;
	const struct sockaddr_in6	*in6;
	char				 address[INET6_ADDRSTRLEN] = "?";

	if (prefix->local) {
		fputs("local", file);
		return;
	}
	if (prefix->address.ss_family == AF_INET6) {
		in6 = (const struct sockaddr_in6 *)&prefix->address;
		inet_ntop(AF_INET6, &in6->sin6_addr, address, sizeof(address));
	} else {
		in = (const struct sockaddr_in *)&prefix->address;
		inet_ntop(AF_INET, &in->sin_addr, address, sizeof(address));
	}
	fprintf(file, "%s/%u", address, prefix->length);
}

static void
print_from(FILE *file, const struct client *client)
{
	uint32_t	i;

	fputs("\tfrom {", file);
	for (i = 0; i < client->prefix_count; i++) {
		fputs(i == 0 ? " " : ", ", file);
		print_prefix(file, &client->prefixes[i]);
	}
	fputs(" }\n", file);
}

/* A noun stands for all its requests, where all are allowed. */
static void
print_allow(FILE *file, const struct client *client)
{
	const char	*separator = " ", *name;
	unsigned int	 operation;
	uint32_t	 rest = client->operations, bits;
	char		 noun[32];

	fputs("\tallow {", file);
	for (operation = 0; operation < OPERATIONS; operation++) {
		if (!(rest & OPERATION_BIT(operation)))
			continue;
		name = operation_name(operation);
		snprintf(noun, sizeof(noun), "%.*s", (int)strcspn(name, " "),
		    name);
		if (operation_parse(noun, NULL, &bits) == 0 &&
		    (client->operations & bits) == bits) {
			name = noun;
			rest &= ~bits;
		}
		fprintf(file, "%s%s", separator, name);
		separator = ", ";
	}
	fputs(" }\n", file);
}

static void
print_targets(FILE *file, const struct client *client)
{
	const char	*separator = " ";
	uint32_t	 bit;

	fputs("\ttargets {", file);
	for (bit = 1; bit <= TARGETS_ALL; bit <<= 1) {
		if (!(client->targets & bit))
			continue;
		fprintf(file, "%s%s", separator, target_name(bit));
		separator = ", ";
	}
	fputs(" }\n", file);
}

/* How it is known. */
static void
print_credentials(FILE *file, const struct client *client)
{
	int	i;

	for (i = 0; i < CLIENT_SECRETS_MAX; i++)
		if (client->secrets[i] != NULL)
			print_text(file, "\tsecret", client->secrets[i]);
	print_words(file, "\tcertificate", &client->certificates);
	if (client->subject != NULL)
		print_text(file, "\tsubject", client->subject);
	if (client->has_local_user)
		print_identity(file, "\tlocal user", &client->local_user);
	if (client->prefix_count > 0)
		print_from(file, client);
}

/* What is true of names and values that it may use. */
static void
print_rights(FILE *file, const struct client *client)
{
	if (client->has_uid)
		fprintf(file, "\tuid %u to %u\n", client->uid_min,
		    client->uid_max);
	if (client->has_gid)
		fprintf(file, "\tgid %u to %u\n", client->gid_min,
		    client->gid_max);
	print_words(file, "\tnames", &client->names);
	print_words(file, "\taliases", &client->aliases);
	if (client->has_domains && TAILQ_EMPTY(&client->domains))
		fputs("\tdomains { }\n", file);
	print_words(file, "\tdomains", &client->domains);
	print_words(file, "\tgroups", &client->groups);
	print_words(file, "\tshells", &client->shells);
	if (client->home != NULL)
		print_text(file, "\thome", client->home);
	fprintf(file, "\thash %s\n", client->no_hash ? "no" : "yes");
	if (client->targets != 0)
		print_targets(file, client);
}

static void
print_client(FILE *file, const struct client *client)
{
	fputs("\nclient ", file);
	print_quoted(file, client->name);
	fputs(" {\n", file);
	print_credentials(file, client);
	print_allow(file, client);
	print_rights(file, client);
	if (client->rate != 0)
		fprintf(file, "\trate %u burst %u\n", client->rate,
		    client->burst);
	fprintf(file, "\tread %s\n", client->reads_all ? "all" : "own");
	fputs("}\n", file);
}

/*
 * Print a configuration, with every default written out and every macro
 * and include resolved.  Whether the writing went well, ferror(3) tells.
 */
void
config_print(const struct config *config, FILE *file)
{
	const struct listener	*listener;
	const struct client	*client;

	fprintf(file, "prefork %u\n", config->prefork);
	print_identity(file, "user", &config->user);
	print_identity(file, "auth user", &config->auth_user);
	print_text(file, "control", config->control);
	print_text(file, "state", config->state);
	print_text(file, "libexec", config->libexec);
	fprintf(file, "greeting %s\n", config->daytime ? "daytime" : "full");
	fprintf(file, "sandbox %s\n", config->sandbox_best_effort ?
	    "best effort" : "strict");
	print_tls(file, &config->tls);
	TAILQ_FOREACH(listener, &config->listeners, entry)
		print_listener(file, listener);
	print_limits(file, &config->limits);
	print_accounts(file, &config->accounts);
	print_aliases(file, config);
	TAILQ_FOREACH(client, &config->clients, entry)
		print_client(file, client);
}
