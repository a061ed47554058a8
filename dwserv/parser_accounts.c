/*
 * The statements of the configuration that are inside accounts { }.
 */

#include "parser.h"

/* accounts { */
void
parser_begin_accounts(struct parser *parser)
{
	parser_once(parser, &parser->seen, "accounts");
	parser_set_file(parser, &parser->config->accounts.origins.file);
}

/* Note that this statement was made, and where; -1 if it was made before. */
static int
accounts_once(struct parser *parser, const char *what, enum clause clause)
{
	if (parser_once(parser, &parser->seen, what) == -1)
		return (-1);
	parser->config->accounts.origins.lines[clause] =
	    parser->statement.line;
	return (0);
}

/* home PATH [mode N]; the mode may be NULL. */
void
parser_set_home(struct parser *parser, const char *path, const char *mode)
{
	struct accounts	*accounts = &parser->config->accounts;

	if (accounts_once(parser, "home", CLAUSE_HOME) == -1)
		return;
	if (!parser_refuse(parser, "home", path, name_check_home(path)))
		parser_replace(&accounts->home, path);
	if (mode != NULL) {
		accounts->has_home_mode = 1;
		accounts->home_mode = parser_mode(parser, mode);
	}
}

/* skel PATH: a plain path, as it is looked up below another root. */
void
parser_set_skel(struct parser *parser, const char *path)
{
	if (parser_once(parser, &parser->seen, "skel") == 0 &&
	    !parser_refuse(parser, "skel", path, name_check_shell(path)))
		parser_replace(&parser->config->accounts.skel, path);
}

/* uid N to N [reuse] */
void
parser_set_uid(struct parser *parser, const char *min, const char *max,
    int reuse)
{
	struct accounts	*accounts = &parser->config->accounts;

	if (accounts_once(parser, "uid", CLAUSE_UID) == -1)
		return;
	accounts->has_uid = 1;
	accounts->reuse = reuse;
	if (parser_range(parser, "uid", min, max, &accounts->uid_min,
	    &accounts->uid_max) == 0)
		return;
	/* one complaint is enough: let every client's range be within it */
	accounts->uid_min = 0;
	accounts->uid_max = UINT32_MAX;
}

/* shells { PATH ... }: these, and none of the defaults. */
void
parser_begin_shells(struct parser *parser)
{
	if (accounts_once(parser, "shells", CLAUSE_SHELLS) == 0)
		words_free(&parser->config->accounts.shells);
}

/* One of shells { PATH ... } */
void
parser_add_shell(struct parser *parser, const char *path)
{
	parser_add_word(parser, &parser->config->accounts.shells, "shell",
	    path, name_check_shell(path));
}

/* Read a method and perhaps a cost, which otherwise is left as it is. */
static int
parser_method(struct parser *parser, const char *text, const char *cost_text,
    enum hash_method *method, uint32_t *cost)
{
	if (hash_method_parse(text, method) == -1) {
		lex_complain(&parser->lexer, "there is no hash method \"%s\"; "
		    "there are yescrypt, sha512 and bcrypt", text);
		return (-1);
	}
	if (cost_text == NULL)
		return (0);
	if (parser_number(parser, "cost", cost_text, 1, UINT32_MAX,
	    cost) == -1)
		return (-1);
	if (hash_cost_valid(*method, *cost))
		return (0);
	lex_complain(&parser->lexer, "%s knows no cost %u", text, *cost);
	return (-1);
}

/* hash METHOD [cost N]; the cost may be NULL. */
void
parser_set_hash(struct parser *parser, const char *text,
    const char *cost_text)
{
	struct hash_rules	*rules = &parser->config->accounts.hash;
	enum hash_method	 method;
	uint32_t		 cost = 0;

	if (parser_once(parser, &parser->seen, "hash") == -1 ||
	    parser_method(parser, text, cost_text, &method, &cost) == -1)
		return;
	rules->method = method;
	rules->cost = cost != 0 ? cost : hash_method_cost(method);
}

/* hash login.defs */
void
parser_set_hash_login_defs(struct parser *parser)
{
	if (parser_once(parser, &parser->seen, "hash") == 0)
		parser->config->accounts.hash_from_login_defs = 1;
}

/*
 * accept { METHOD [cost N] ... }: these, and none of the defaults.  It is
 * this, not hash, that refuses hashes.
 */
void
parser_begin_accept(struct parser *parser)
{
	struct hash_rules	*rules = &parser->config->accounts.hash;

	if (accounts_once(parser, "accept", CLAUSE_HASH) == 0)
		memset(rules->accept, 0, sizeof(rules->accept));
}

/* One of accept { METHOD [cost N] ... }; the cost may be NULL. */
void
parser_add_accept(struct parser *parser, const char *text,
    const char *cost_text)
{
	struct hash_rules	*rules = &parser->config->accounts.hash;
	enum hash_method	 method;
	uint32_t		 cost = 0;

	if (parser_method(parser, text, cost_text, &method, &cost) == -1)
		return;
	if (rules->accept[method] != 0)
		lex_complain(&parser->lexer, "%s is accepted twice", text);
	rules->accept[method] = cost != 0 ? cost : parser->accept[method];
}
