/*
 * The statements of the configuration that are inside client "name" { } and
 * say what it may do.
 */

#include "parser.h"

/* A statement with a list; what adds each of its words. */
void
parser_begin_list(struct parser *parser, const char *what,
    enum clause clause, void (*add)(struct parser *, const char *))
{
	parser_client_once(parser, what, clause);
	parser->add = add;
}

/*
 * One of allow { NOUN [VERB], ... }, on word_line; the verb may be NULL.
 * What is allowed on two lines is so on the first.
 */
void
parser_add_operation(struct parser *parser, const char *noun,
    const char *verb)
{
	struct client	*client = parser->client;
	unsigned int	 i;
	uint32_t	 bits;

	if (operation_parse(noun, verb, &bits) == -1)
		lex_complain(&parser->lexer, "there is no request \"%s%s%s\"",
		    noun, verb != NULL ? " " : "", verb != NULL ? verb : "");
	client->operations |= bits;
	for (i = 0; i < OPERATIONS; i++)
		if ((bits & OPERATION_BIT(i)) && client->allow_lines[i] == 0)
			client->allow_lines[i] = parser->word_line;
}

/* uid N to N */
void
parser_set_client_uid(struct parser *parser, const char *min,
    const char *max)
{
	struct client	*client = parser->client;

	if (parser_client_once(parser, "uid", CLAUSE_UID) == -1 ||
	    parser_range(parser, "uid", min, max, &client->uid_min,
	    &client->uid_max) == -1)
		return;
	client->has_uid = 1;
	parser_claim(parser, CLAIM_UID, NULL);
}

/* gid N to N */
void
parser_set_client_gid(struct parser *parser, const char *min,
    const char *max)
{
	struct client	*client = parser->client;

	if (parser_client_once(parser, "gid", CLAUSE_GID) == -1 ||
	    parser_range(parser, "gid", min, max, &client->gid_min,
	    &client->gid_max) == -1)
		return;
	client->has_gid = 1;
	parser_claim(parser, CLAIM_GID, NULL);
}

/* One of names { PATTERN ... } */
void
parser_add_name(struct parser *parser, const char *pattern)
{
	parser_add_word(parser, &parser->client->names, "pattern", pattern,
	    config_check_name_pattern(pattern));
}

/* What is the same in upper and lower case is kept in lower case. */
static void
rights_add_lower(struct parser *parser, struct words *words,
    const char *pattern, const char *(*check)(const char *))
{
	char	lower[PATTERN_LENGTH_MAX + 2];

	strlcpy(lower, pattern, sizeof(lower));
	config_lower(lower);
	parser_add_word(parser, words, "pattern", lower, check(lower));
}

/* One of aliases { PATTERN ... } */
void
parser_add_alias(struct parser *parser, const char *pattern)
{
	rights_add_lower(parser, &parser->client->aliases, pattern,
	    config_check_alias_pattern);
}

/* domains { PATTERN ... }, of which there may be none. */
void
parser_begin_domains(struct parser *parser)
{
	parser_begin_list(parser, "domains", CLAUSE_DOMAINS,
	    parser_add_domain);
	parser->client->has_domains = 1;
}

/* One of domains { PATTERN ... } */
void
parser_add_domain(struct parser *parser, const char *pattern)
{
	rights_add_lower(parser, &parser->client->domains, pattern,
	    config_check_domain_pattern);
}

/* One of groups { NAME ... } */
void
parser_add_group(struct parser *parser, const char *name)
{
	parser_add_word(parser, &parser->client->groups, "group", name,
	    name_check_group(name));
}

/* One of shells { PATH ... } */
void
parser_add_client_shell(struct parser *parser, const char *path)
{
	const char	*reason = name_check_shell(path);

	parser_add_word(parser, &parser->client->shells, "shell", path,
	    reason);
	if (reason == NULL)
		parser_claim(parser, CLAIM_SHELL, path);
}

/* home PATH */
void
parser_set_client_home(struct parser *parser, const char *path)
{
	if (parser_client_once(parser, "home", CLAUSE_HOME) == -1 ||
	    parser_refuse(parser, "home", path, name_check_home(path)))
		return;
	parser_replace(&parser->client->home, path);
	parser_claim(parser, CLAIM_HOME, NULL);
}

/* hash no | yes */
void
parser_set_client_hash(struct parser *parser, int allowed)
{
	if (parser_client_once(parser, "hash", CLAUSE_HASH) == 0)
		parser->client->no_hash = !allowed;
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

/* rate N [burst N]; the burst, which may be NULL, is as much otherwise. */
void
parser_set_rate(struct parser *parser, const char *rate, const char *burst)
{
	struct client	*client = parser->client;

	if (parser_client_once(parser, "rate", CLAUSE_RATE) == -1 ||
	    parser_number(parser, "rate", rate, 1, RATE_MAX,
	    &client->rate) == -1)
		return;
	client->burst = client->rate;
	if (burst != NULL)
		parser_number(parser, "burst", burst, 1, RATE_MAX,
		    &client->burst);
}

/* read own | all */
void
parser_set_read(struct parser *parser, int all)
{
	if (parser_client_once(parser, "read", CLAUSE_READ) == 0)
		parser->client->reads_all = all;
}
