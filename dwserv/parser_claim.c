/*
 * What statements of the configuration need of others, which may come later:
 * it is noted here, and checked when all is parsed.
 */

#include "parser.h"

/*
 * Note what the client that is being parsed needs, if there is one, and
 * where; the text must stay until the run is over.
 */
void
parser_claim(struct parser *parser, enum claim_kind kind, const char *text)
{
	struct claim	*claim;

	if ((claim = calloc(1, sizeof(*claim))) == NULL)
		fatal("configuration");
	claim->kind = kind;
	claim->client = parser->client;
	claim->text = text;
	claim->origin = parser->lexer.origin;
	TAILQ_INSERT_TAIL(&parser->claims, claim, entry);
}

/* Forget all that was noted. */
void
parser_free_claims(struct parser *parser)
{
	struct claim	*claim;

	while ((claim = TAILQ_FIRST(&parser->claims)) != NULL) {
		TAILQ_REMOVE(&parser->claims, claim, entry);
		free(claim);
	}
}

/* A range within that of accounts, unless login.defs is to say that. */
static void
claim_check_range(struct parser *parser, const struct claim *claim,
    const char *what, uint32_t min, uint32_t max)
{
	const struct accounts	*accounts = &parser->config->accounts;

	if (!accounts->has_uid ||
	    (min >= accounts->uid_min && max <= accounts->uid_max))
		return;
	lex_complain_at(&parser->lexer, &claim->origin, "%s range %u to %u "
	    "of client \"%s\" is not within that of accounts, %u to %u",
	    what, min, max, claim->client->name, accounts->uid_min,
	    accounts->uid_max);
}

static void
claim_check_shell(struct parser *parser, const struct claim *claim)
{
	if (!words_contain(&parser->config->accounts.shells, claim->text))
		lex_complain_at(&parser->lexer, &claim->origin, "shell \"%s\" "
		    "of client \"%s\" is none of those of accounts",
		    claim->text, claim->client->name);
}

static void
claim_check_home(struct parser *parser, const struct claim *claim)
{
	const char	*base = parser->config->accounts.home;

	if (!config_home_is_within(claim->client->home, base))
		lex_complain_at(&parser->lexer, &claim->origin, "home \"%s\" "
		    "of client \"%s\" is not within that of accounts, \"%s\"",
		    claim->client->home, claim->client->name, base);
}

static void
claim_check_tls(struct parser *parser, const struct claim *claim)
{
	const struct tls	*tls = &parser->config->tls;

	if (claim->kind == CLAIM_CLIENT_CA && tls->client_ca == NULL)
		lex_complain_at(&parser->lexer, &claim->origin, "to know "
		    "client \"%s\" by a certificate, a tls statement with "
		    "client ca is needed", claim->client->name);
	if (claim->kind == CLAIM_TLS && tls->certificate == NULL)
		lex_complain_at(&parser->lexer, &claim->origin, "to listen "
		    "with tls, a tls statement with certificate and key is "
		    "needed");
}

/* Complain of all that is not as it was needed. */
void
parser_check_claims(struct parser *parser)
{
	const struct claim	*claim;
	const struct client	*client;

	TAILQ_FOREACH(claim, &parser->claims, entry) {
		client = claim->client;
		switch (claim->kind) {
		case CLAIM_UID:
			claim_check_range(parser, claim, "uid",
			    client->uid_min, client->uid_max);
			break;
		case CLAIM_GID:
			claim_check_range(parser, claim, "gid",
			    client->gid_min, client->gid_max);
			break;
		case CLAIM_SHELL:
			claim_check_shell(parser, claim);
			break;
		case CLAIM_HOME:
			claim_check_home(parser, claim);
			break;
		default:
			claim_check_tls(parser, claim);
		}
	}
}
