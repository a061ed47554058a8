/*
 * The statements of the configuration that are inside client "name" { } and
 * say how the client is known.
 */

#include <netinet/in.h>

#include "parser.h"

/*
 * client NAME {: also a client that is wrong in itself goes into the
 * configuration, which is thrown away in the end, so that its statements
 * have somewhere to go.
 */
void
parser_begin_client(struct parser *parser, const char *name)
{
	struct client	*client;
	const char	*reason;

	reason = name_check_client(name);
	if (reason == NULL && config_find_client(parser->config, name) != NULL)
		reason = "is given twice";
	parser_refuse(parser, "client", name, reason);
	client = client_new();
	parser_replace(&client->name, name);
	TAILQ_INSERT_TAIL(&parser->config->clients, client, entry);
	words_free(&parser->client_seen);
	parser->client = client;
	parser->client_origin = parser->lexer.origin;
	parser_set_file(parser, &client->origins.file);
	client->origins.lines[CLAUSE_CLIENT] = parser->statement.line;
}

/* Note that this statement was made, and where; -1 if it was made before. */
int
parser_client_once(struct parser *parser, const char *what,
    enum clause clause)
{
	if (parser_once(parser, &parser->client_seen, what) == -1)
		return (-1);
	parser->client->origins.lines[clause] = parser->statement.line;
	return (0);
}

/* }: what every client must have. */
void
parser_end_client(struct parser *parser)
{
	const struct words	*seen = &parser->client_seen;

	if (!words_contain(seen, "secret") &&
	    !words_contain(seen, "certificate") &&
	    !words_contain(seen, "subject") &&
	    !words_contain(seen, "local user"))
		lex_complain_at(&parser->lexer, &parser->client_origin,
		    "client \"%s\" has no secret, certificate, subject or "
		    "local user", parser->client->name);
	if (!words_contain(&parser->client_seen, "allow"))
		lex_complain_at(&parser->lexer, &parser->client_origin,
		    "client \"%s\" is allowed nothing; say what with "
		    "allow { }", parser->client->name);
}

/* What is wrong with a hash of crypt(5), or NULL. */
static const char *
secret_check(const char *secret)
{
	const char	*byte;

	if (secret[0] != '$')
		return ("is not a hash of crypt(5); make one with "
		    "\"dwservctl hash\"");
	if (strlen(secret) > HASH_LENGTH_MAX)
		return ("is too long for a hash of crypt(5)");
	for (byte = secret; *byte != '\0'; byte++)
		if (*byte <= ' ' || *byte > '~' || *byte == ':')
			return ("has a character that no hash of crypt(5) "
			    "has");
	return (NULL);
}

/* secret HASH, the first or the second; no message shows it. */
void
parser_add_secret(struct parser *parser, const char *secret)
{
	struct client	*client = parser->client;
	const char	*reason = secret_check(secret);
	int		 i = 0;

	if (!words_contain(&parser->client_seen, "secret"))
		words_add(&parser->client_seen, "secret");
	if (reason != NULL) {
		lex_complain(&parser->lexer, "the secret of client \"%s\" %s",
		    client->name, reason);
		return;
	}
	lex_guard_secret(&parser->lexer, secret);
	while (i < CLIENT_SECRETS_MAX && client->secrets[i] != NULL)
		if (strcmp(client->secrets[i++], secret) == 0) {
			lex_complain(&parser->lexer, "secret is given twice");
			return;
		}
	if (i == CLIENT_SECRETS_MAX)
		lex_complain(&parser->lexer, "client \"%s\" has more than %d "
		    "secrets", client->name, CLIENT_SECRETS_MAX);
	else
		parser_replace(&client->secrets[i], secret);
}

/* Complain that another client has the same. */
static void
client_complain_same(struct parser *parser, const char *what,
    const char *text, const struct client *other)
{
	lex_complain(&parser->lexer, "%s \"%s\" is also that of client "
	    "\"%s\"", what, text, other->name);
}

/* certificate FINGERPRINT, or certificate { FINGERPRINT ... } */
void
parser_begin_certificates(struct parser *parser)
{
	parser_once(parser, &parser->client_seen, "certificate");
	parser_claim(parser, CLAIM_CLIENT_CA, NULL);
	parser->add = parser_add_certificate;
}

/* One of these; its digits may be in either case. */
void
parser_add_certificate(struct parser *parser, const char *text)
{
	struct words		*words = &parser->client->certificates;
	const struct client	*client;
	char			 lower[CERTIFICATE_LENGTH + 2];

	strlcpy(lower, text, sizeof(lower));
	config_lower(lower + strcspn(lower, ":"));
	if (words_count(words) == CLIENT_CERTIFICATES_MAX)
		lex_complain(&parser->lexer, "client \"%s\" has more than %d "
		    "certificates", parser->client->name,
		    CLIENT_CERTIFICATES_MAX);
	TAILQ_FOREACH(client, &parser->config->clients, entry)
		if (client != parser->client &&
		    words_contain(&client->certificates, lower))
			client_complain_same(parser, "certificate", lower,
			    client);
	parser_add_word(parser, words, "certificate", lower,
	    config_check_certificate(lower));
}

/* subject NAME */
void
parser_set_subject(struct parser *parser, const char *subject)
{
	const struct client	*client;

	if (parser_once(parser, &parser->client_seen, "subject") == -1)
		return;
	parser_claim(parser, CLAIM_CLIENT_CA, NULL);
	if (parser_refuse(parser, "subject", subject,
	    config_check_subject(subject)))
		return;
	TAILQ_FOREACH(client, &parser->config->clients, entry)
		if (client->subject != NULL &&
		    strcmp(client->subject, subject) == 0)
			client_complain_same(parser, "subject", subject,
			    client);
	parser_replace(&parser->client->subject, subject);
}

/* local user NAME, or local user UID[:GID] */
void
parser_set_local_user(struct parser *parser, const char *text)
{
	struct identity		*user = &parser->client->local_user;
	const struct client	*client;

	if (parser_once(parser, &parser->client_seen, "local user") == -1 ||
	    parser_identity(parser, "local user", text, user) == -1)
		return;
	TAILQ_FOREACH(client, &parser->config->clients, entry)
		if (client->has_local_user &&
		    identity_is_same(&client->local_user, user))
			client_complain_same(parser, "local user", text,
			    client);
	parser->client->has_local_user = 1;
}

/* Non-zero if all bits of the address after so many are 0. */
static int
prefix_is_clean(const struct sockaddr_storage *address, unsigned int length)
{
	const unsigned char	*bytes;
	size_t			 i, size;

	if (address->ss_family == AF_INET6) {
		bytes = (const unsigned char *)
		    &((const struct sockaddr_in6 *)address)->sin6_addr;
		size = sizeof(struct in6_addr);
	} else {
		bytes = (const unsigned char *)
		    &((const struct sockaddr_in *)address)->sin_addr;
		size = sizeof(struct in_addr);
	}
	for (i = length; i < size * 8; i++)
		if (bytes[i / 8] & (0x80 >> (i % 8)))
			return (0);
	return (1);
}

/* Read ADDRESS[/LENGTH]; returns what is wrong with it, or NULL. */
static const char *
prefix_parse(const char *text, struct prefix *prefix)
{
	char		 address[INET6_ADDRSTRLEN + 1];
	const char	*slash = strchr(text, '/'), *error = NULL;
	size_t		 size = strcspn(text, "/");
	const char	*reason;
	socklen_t	 length;
	uint8_t		 bits;

	/* what does not fit is longer than any address even when cut off */
	snprintf(address, sizeof(address), "%.*s", (int)size, text);
	reason = address_parse(address, &prefix->address, &length);
	if (reason != NULL)
		return (reason);
	bits = prefix->address.ss_family == AF_INET6 ? 128 : 32;
	prefix->length = bits;
	if (slash != NULL && (slash[1] < '0' || slash[1] > '9'))
		return ("has no number after the slash");
	if (slash != NULL)
		prefix->length = (uint8_t)strtonum(slash + 1, 0, bits, &error);
	if (error != NULL)
		return ("has a prefix length that no address has");
	if (!prefix_is_clean(&prefix->address, prefix->length))
		return ("has bits set beyond the length of its prefix");
	return (NULL);
}

/* from { PREFIX ... } */
void
parser_begin_prefixes(struct parser *parser)
{
	parser_once(parser, &parser->client_seen, "from");
	parser->add = parser_add_prefix;
}

/* One of these. */
void
parser_add_prefix(struct parser *parser, const char *text)
{
	struct client	*client = parser->client;
	struct prefix	*prefix = &client->prefixes[client->prefix_count];

	if (client->prefix_count == CLIENT_PREFIXES_MAX) {
		lex_complain(&parser->lexer, "client \"%s\" has more than %d "
		    "prefixes", client->name, CLIENT_PREFIXES_MAX);
		return;
	}
	if (strcmp(text, "local") == 0)
		prefix->local = 1;
	else if (parser_refuse(parser, "prefix", text,
	    prefix_parse(text, prefix)))
		return;
	client->prefix_count++;
}
