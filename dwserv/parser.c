/*
 * The statements of the configuration: one run of the parser, what most
 * statements have in common, and those outside of any block.
 */

#include "parser.h"

/*
 * Begin a run.  Returns -1, having complained, if the file cannot be used.
 * To be ended with parser_close either way.
 */
int
parser_open(struct parser *parser, const char *path,
    const struct symbols *symbols, config_opener open,
    config_complaint complain, void *arg)
{
	memset(parser, 0, sizeof(*parser));
	TAILQ_INIT(&parser->seen);
	TAILQ_INIT(&parser->client_seen);
	TAILQ_INIT(&parser->claims);
	parser->config = config_new();
	config_set_defaults(parser->config);
	if (symbols != NULL)
		symbols_copy(&parser->config->symbols, symbols);
	memcpy(parser->accept, parser->config->accounts.hash.accept,
	    sizeof(parser->accept));
	return (lex_open(&parser->lexer, path, &parser->config->symbols,
	    open, complain, arg));
}

/* End a run: what it has made, or NULL if there was any error. */
struct config *
parser_close(struct parser *parser)
{
	struct config	*config = parser->config;

	if (parser->lexer.errors > 0) {
		config_free(config);
		config = NULL;
	}
	parser_free_claims(parser);
	words_free(&parser->seen);
	words_free(&parser->client_seen);
	lex_close(&parser->lexer);
	return (config);
}

/* Note that this statement was made; -1 if it was made before. */
int
parser_once(struct parser *parser, struct words *seen, const char *what)
{
	if (words_contain(seen, what)) {
		lex_complain(&parser->lexer, "%s is given twice", what);
		return (-1);
	}
	words_add(seen, what);
	return (0);
}

/* Read a number within bounds, or leave it as it is and return -1. */
int
parser_number(struct parser *parser, const char *what, const char *text,
    uint32_t min, uint32_t max, uint32_t *number)
{
	const char	*error;
	uint32_t	 value;

	value = (uint32_t)strtonum(text, min, max, &error);
	if (error != NULL) {
		lex_complain(&parser->lexer,
		    "%s must be a number from %u to %u, not \"%s\"", what, min,
		    max, text);
		return (-1);
	}
	*number = value;
	return (0);
}

/* Read a range of ids that accounts and groups may have, or return -1. */
int
parser_range(struct parser *parser, const char *what, const char *min_text,
    const char *max_text, uint32_t *min, uint32_t *max)
{
	uint32_t	first, last;

	if (parser_number(parser, what, min_text, ID_FLOOR, ID_MAX,
	    &first) == -1 ||
	    parser_number(parser, what, max_text, ID_FLOOR, ID_MAX,
	    &last) == -1)
		return (-1);
	if (first > last) {
		lex_complain(&parser->lexer, "%s range %u to %u is the wrong "
		    "way round", what, first, last);
		return (-1);
	}
	*min = first;
	*max = last;
	return (0);
}

/* The permission bits that octal digits mean; 0 after a complaint. */
mode_t
parser_mode(struct parser *parser, const char *text)
{
	mode_t	mode = 0;
	size_t	i;

	for (i = 0; text[i] >= '0' && text[i] <= '7' && mode <= 0777; i++)
		mode = mode * 8 + (mode_t)(text[i] - '0');
	if (text[i] == '\0' && mode <= 0777)
		return (mode);
	lex_complain(&parser->lexer,
	    "mode must be an octal number up to 0777, not \"%s\"", text);
	return (0);
}

/* Check that a path is absolute and at most so many bytes long. */
int
parser_path(struct parser *parser, const char *what, const char *text,
    size_t max)
{
	const char	*reason = NULL;

	if (text[0] != '/')
		reason = "must begin with a slash";
	else if (strlen(text) > max)
		reason = "is too long";
	return (parser_refuse(parser, what, text, reason) ? -1 : 0);
}

/* Put a copy of the text in the place of what was there. */
void
parser_replace(char **place, const char *text)
{
	free(*place);
	if ((*place = strdup(text)) == NULL)
		fatal("configuration");
}

/* Complain of a text if there is a reason; non-zero if there is. */
int
parser_refuse(struct parser *parser, const char *what, const char *text,
    const char *reason)
{
	if (reason == NULL)
		return (0);
	lex_complain(&parser->lexer, "%s \"%s\" %s", what, text, reason);
	return (1);
}

/*
 * Add a text to a list unless there is a reason not to, or it is in it.  A
 * list is told to the workers in one text.
 */
void
parser_add_word(struct parser *parser, struct words *words,
    const char *what, const char *text, const char *reason)
{
	if (reason == NULL && words_contain(words, text))
		reason = "is given twice";
	if (reason == NULL &&
	    words_length(words) + strlen(text) + 1 > LINE_LENGTH_MAX)
		reason = "is one too many: the list is too long";
	if (!parser_refuse(parser, what, text, reason))
		words_add(words, text);
}

/* A statement with a number, from 1. */
void
parser_set_number(struct parser *parser, const char *what, const char *text,
    uint32_t max, uint32_t *number)
{
	if (parser_once(parser, &parser->seen, what) == 0)
		parser_number(parser, what, text, 1, max, number);
}

/* A statement with a path. */
void
parser_set_path(struct parser *parser, const char *what, const char *text,
    size_t max, char **path)
{
	if (parser_once(parser, &parser->seen, what) == 0 &&
	    parser_path(parser, what, text, max) == 0)
		parser_replace(path, text);
}

/* "uid" or "uid:gid", neither of them 0. */
static int
parser_identity_numbers(struct parser *parser, const char *text,
    struct identity *identity)
{
	const char	*colon = strchr(text, ':');
	char		 uid_text[16];
	uint32_t	 uid, gid;

	snprintf(uid_text, sizeof(uid_text), "%.*s",
	    (int)strcspn(text, ":"), text);
	if (parser_number(parser, "uid", uid_text, 1, ID_MAX, &uid) == -1)
		return (-1);
	gid = uid;
	if (colon != NULL &&
	    parser_number(parser, "gid", colon + 1, 1, ID_MAX, &gid) == -1)
		return (-1);
	free(identity->name);
	identity->name = NULL;
	identity->uid = uid;
	identity->gid = gid;
	return (0);
}

/* Read a name, a uid, or a uid and a gid, or return -1. */
int
parser_identity(struct parser *parser, const char *what, const char *text,
    struct identity *identity)
{
	if (text[0] >= '0' && text[0] <= '9')
		return (parser_identity_numbers(parser, text, identity));
	if (parser_refuse(parser, what, text, name_check_login(text)))
		return (-1);
	parser_replace(&identity->name, text);
	return (0);
}

/* Non-zero if two identities are the same, as far as can be seen here. */
int
identity_is_same(const struct identity *a, const struct identity *b)
{
	if (a->name != NULL && b->name != NULL)
		return (strcmp(a->name, b->name) == 0);
	return (a->name == NULL && b->name == NULL && a->uid == b->uid);
}

/* Whom a child runs as: a name, a uid, or a uid and a gid. */
void
parser_set_identity(struct parser *parser, const char *what,
    const char *text, struct identity *identity)
{
	if (parser_once(parser, &parser->seen, what) == 0)
		parser_identity(parser, what, text, identity);
}

/* A statement that is one of two words. */
void
parser_set_flag(struct parser *parser, const char *what, int value,
    int *flag)
{
	if (parser_once(parser, &parser->seen, what) == 0)
		*flag = value;
}

/* aliases PATH: a plain path, as it is looked up below another root. */
void
parser_set_aliases(struct parser *parser, const char *path)
{
	parser_once(parser, &parser->seen, "aliases");
	words_free(&parser->config->rebuild);
	if (!parser_refuse(parser, "aliases", path, name_check_shell(path)))
		parser_replace(&parser->config->aliases, path);
}

/* rebuild PROGRAM, or one of rebuild { PROGRAM ARGUMENT ... } */
void
parser_add_rebuild(struct parser *parser, const char *text)
{
	struct config	*config = parser->config;
	const char	*reason = NULL;

	if (TAILQ_EMPTY(&config->rebuild))
		reason = name_check_shell(text);
	else if (strlen(text) > PATH_LENGTH_MAX)
		reason = "is too long";
	if (words_count(&config->rebuild) == REBUILD_WORDS_MAX)
		lex_complain(&parser->lexer, "rebuild has more than %d words",
		    REBUILD_WORDS_MAX);
	/* what is refused takes its place, too: the next is an argument */
	parser_refuse(parser, "rebuild", text, reason);
	words_add(&config->rebuild, text);
}

/*
 * The name of the file that is being read, for messages to people: at most
 * PATH_LENGTH_MAX octets of it, the last ones, and nothing that may not be
 * shown.
 */
void
parser_set_file(struct parser *parser, char **file)
{
	const char	*path = parser->lexer.origin.path;
	size_t		 length = strlen(path);
	char		*octet;

	if (length > PATH_LENGTH_MAX)
		path += length - PATH_LENGTH_MAX;
	parser_replace(file, path);
	if (config_check_text(*file) == NULL)
		return;
	for (octet = *file; *octet != '\0'; octet++)
		if (*octet < ' ' || *octet > '~')
			*octet = '?';
}

/* After the last statement: what only all of them together can tell. */
void
parser_finish(struct parser *parser)
{
	struct config	*config = parser->config;
	struct source	*source = TAILQ_FIRST(&parser->lexer.sources);

	if (identity_is_same(&config->user, &config->auth_user))
		lex_complain_of_file(&parser->lexer, source->path, "user and "
		    "auth user are the same; each needs an id of its own");
	if (TAILQ_EMPTY(&config->listeners))
		listener_add_default(config);
	parser_check_claims(parser);
}

/*
 * Read the configuration.  The symbols, which may be NULL, are the macros
 * of the command line; open opens each file; each error is given to complain
 * as "file:line: message" or "file: message".  Returns NULL if
 * there was any error, otherwise what is to be freed with config_free().
 * User and group names are not resolved, and no socket is opened.
 */
struct config *
config_parse(const char *path, const struct symbols *symbols,
    config_opener open, config_complaint complain, void *arg)
{
	struct parser	parser;

	if (parser_open(&parser, path, symbols, open, complain, arg) == 0 &&
	    yyparse(&parser) == 0)
		parser_finish(&parser);
	return (parser_close(&parser));
}
