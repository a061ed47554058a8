/*
 * The statements of the configuration that are inside client "name" { }.
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
}

/* }: what every client must have. */
void
parser_end_client(struct parser *parser)
{
	if (!words_contain(&parser->client_seen, "secret"))
		lex_complain_at(&parser->lexer, &parser->client_origin,
		    "client \"%s\" has no secret", parser->client->name);
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

/* secret HASH; no message shows it. */
void
parser_set_secret(struct parser *parser, const char *secret)
{
	const char	*reason;

	if (parser_once(parser, &parser->client_seen, "secret") == -1)
		return;
	if ((reason = secret_check(secret)) != NULL) {
		lex_complain(&parser->lexer, "the secret of client \"%s\" %s",
		    parser->client->name, reason);
		return;
	}
	lex_guard_secret(&parser->lexer, secret);
	parser_replace(&parser->client->secrets[0], secret);
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

/* One of from { PREFIX ... } */
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

/* One of allow { NOUN [VERB], ... }; the verb may be NULL. */
void
parser_add_operation(struct parser *parser, const char *noun,
    const char *verb)
{
	uint32_t	bits;

	if (operation_parse(noun, verb, &bits) == -1)
		lex_complain(&parser->lexer, "there is no request \"%s%s%s\"",
		    noun, verb != NULL ? " " : "", verb != NULL ? verb : "");
	parser->client->operations |= bits;
}

/* uid N to N */
void
parser_set_client_uid(struct parser *parser, const char *min,
    const char *max)
{
	struct client	*client = parser->client;
	struct claim	*claim;

	if (parser_once(parser, &parser->client_seen, "uid") == -1 ||
	    parser_uid_range(parser, min, max, &client->uid_min,
	    &client->uid_max) == -1)
		return;
	client->has_uid = 1;
	if ((claim = calloc(1, sizeof(*claim))) == NULL)
		fatal("configuration");
	claim->client = client;
	claim->origin = parser->lexer.origin;
	TAILQ_INSERT_TAIL(&parser->claims, claim, entry);
}

/* One of groups { NAME ... } */
void
parser_add_group(struct parser *parser, const char *name)
{
	parser_add_word(parser, &parser->client->groups, "group", name,
	    name_check_group(name));
}

/* One of targets { KIND ... } */
void
parser_add_target(struct parser *parser, const char *name)
{
	uint32_t	 bit = target_parse(name);
	const char	*reason = NULL;

	if (bit == 0)
		reason = "is none of command, file and include";
	else if (parser->client->targets & bit)
		reason = "is given twice";
	if (!parser_refuse(parser, "target", name, reason))
		parser->client->targets |= bit;
}

/*
 * Check the uid ranges of the clients against that of all accounts, if that
 * is not left to login.defs.
 */
void
parser_check_claims(struct parser *parser)
{
	const struct accounts	*accounts = &parser->config->accounts;
	const struct claim	*claim;
	const struct client	*client;

	TAILQ_FOREACH(claim, &parser->claims, entry) {
		client = claim->client;
		if (!accounts->has_uid)
			break;
		if (client->uid_min < accounts->uid_min ||
		    client->uid_max > accounts->uid_max)
			lex_complain_at(&parser->lexer, &claim->origin,
			    "uid range %u to %u of client \"%s\" is not "
			    "within that of accounts, %u to %u",
			    client->uid_min, client->uid_max, client->name,
			    accounts->uid_min, accounts->uid_max);
	}
}
