/*
 * The command line of dwservctl(8) as tables of words, one table for each
 * place in a command.  A word may be shortened as long as it stays clear
 * which one is meant.  This file does nothing but understand or complain.
 */

#include <err.h>

#include "ctl.h"

enum token_type {
	TOKEN_END,		/* of the table */
	TOKEN_NOTHING,		/* the command may end here */
	TOKEN_KEYWORD,
	TOKEN_ROOT,		/* a directory */
	TOKEN_OPTIONS		/* what follows is for getopt(3) */
};

struct token {
	enum token_type		 type;
	const char		*word;
	enum ctl_action		 action;
	const struct token	*next;
};

static const struct token tokens_log[] = {
	{ TOKEN_KEYWORD, "brief", CTL_ACTION_BRIEF, NULL },
	{ TOKEN_KEYWORD, "verbose", CTL_ACTION_VERBOSE, NULL },
	{ TOKEN_END, NULL, CTL_ACTION_NONE, NULL }
};

static const struct token tokens_hash[] = {
	{ TOKEN_OPTIONS, "[-m method] [-c cost]", CTL_ACTION_HASH, NULL },
	{ TOKEN_END, NULL, CTL_ACTION_NONE, NULL }
};

static const struct token tokens_explain[] = {
	{ TOKEN_OPTIONS, "client request", CTL_ACTION_EXPLAIN, NULL },
	{ TOKEN_END, NULL, CTL_ACTION_NONE, NULL }
};

static const struct token tokens_check[] = {
	{ TOKEN_NOTHING, NULL, CTL_ACTION_CHECK, NULL },
	{ TOKEN_ROOT, "root", CTL_ACTION_CHECK, NULL },
	{ TOKEN_END, NULL, CTL_ACTION_NONE, NULL }
};

static const struct token tokens_show[] = {
	{ TOKEN_KEYWORD, "clients", CTL_ACTION_CLIENTS, NULL },
	{ TOKEN_END, NULL, CTL_ACTION_NONE, NULL }
};

static const struct token tokens_ledger_verify[] = {
	{ TOKEN_OPTIONS, "[-d directory]", CTL_ACTION_LEDGER, NULL },
	{ TOKEN_END, NULL, CTL_ACTION_NONE, NULL }
};

static const struct token tokens_ledger[] = {
	{ TOKEN_KEYWORD, "verify", CTL_ACTION_LEDGER, tokens_ledger_verify },
	{ TOKEN_END, NULL, CTL_ACTION_NONE, NULL }
};

static const struct token tokens_main[] = {
	{ TOKEN_KEYWORD, "check", CTL_ACTION_CHECK, tokens_check },
	{ TOKEN_KEYWORD, "explain", CTL_ACTION_EXPLAIN, tokens_explain },
	{ TOKEN_KEYWORD, "hash", CTL_ACTION_HASH, tokens_hash },
	{ TOKEN_KEYWORD, "ledger", CTL_ACTION_NONE, tokens_ledger },
	{ TOKEN_KEYWORD, "log", CTL_ACTION_NONE, tokens_log },
	{ TOKEN_KEYWORD, "reload", CTL_ACTION_RELOAD, NULL },
	{ TOKEN_KEYWORD, "show", CTL_ACTION_NONE, tokens_show },
	{ TOKEN_KEYWORD, "status", CTL_ACTION_STATUS, NULL },
	{ TOKEN_KEYWORD, "stop", CTL_ACTION_STOP, NULL },
	{ TOKEN_END, NULL, CTL_ACTION_NONE, NULL }
};

/* What could be there; only what begins so, if there is a beginning. */
static void
token_list(const struct token *table, const char *begin)
{
	fprintf(stderr, "valid commands/args:\n");
	for (; table->type != TOKEN_END; table++) {
		if (begin != NULL && (table->type != TOKEN_KEYWORD ||
		    strncmp(table->word, begin, strlen(begin)) != 0))
			continue;
		switch (table->type) {
		case TOKEN_NOTHING:
			fprintf(stderr, "  <cr>\n");
			break;
		case TOKEN_ROOT:
			fprintf(stderr, "  <%s>\n", table->word);
			break;
		default:
			fprintf(stderr, "  %s\n", table->word);
			break;
		}
	}
}

/* The keyword that a word stands for; *count says how many it could be. */
static const struct token *
token_match_keyword(const struct token *table, const char *word, int *count)
{
	const struct token	*match = NULL;

	*count = 0;
	for (; table->type != TOKEN_END; table++) {
		if (table->type != TOKEN_KEYWORD || *word == '\0' ||
		    strncmp(word, table->word, strlen(word)) != 0)
			continue;
		match = table;
		if (strcmp(word, table->word) == 0) {
			*count = 1;
			break;
		}
		(*count)++;
	}
	return (match);
}

/* The token of a type that is no keyword, or NULL. */
static const struct token *
token_find_type(const struct token *table, enum token_type type)
{
	for (; table->type != TOKEN_END; table++)
		if (table->type == type)
			return (table);
	return (NULL);
}

/* What a word means at this place; NULL, and a complaint, if nothing. */
static const struct token *
token_match(const struct token *table, const char *word)
{
	const struct token	*match;
	int			 count;

	if (word == NULL) {
		match = token_find_type(table, TOKEN_NOTHING);
		if (match == NULL)
			match = token_find_type(table, TOKEN_OPTIONS);
		if (match == NULL) {
			warnx("missing argument");
			token_list(table, NULL);
		}
		return (match);
	}
	if ((match = token_find_type(table, TOKEN_OPTIONS)) != NULL)
		return (match);
	if (*word != '\0' &&
	    (match = token_find_type(table, TOKEN_ROOT)) != NULL)
		return (match);
	match = token_match_keyword(table, word, &count);
	if (count == 1)
		return (match);
	warnx("%s argument: %s", count == 0 ? "unknown" : "ambiguous", word);
	token_list(table, count == 0 ? NULL : word);
	return (NULL);
}

/*
 * Understand a command, the words after dwservctl's own options, up to a
 * NULL.  Returns -1 after it said what is wrong and what could be there.
 */
int
ctl_parse(struct ctl_command *command, int argc, char **argv)
{
	const struct token	*table = tokens_main, *match;

	memset(command, 0, sizeof(*command));
	while (table != NULL) {
		if ((match = token_match(table, *argv)) == NULL)
			return (-1);
		command->action = match->action;
		if (match->type == TOKEN_ROOT)
			command->root = *argv;
		if (match->type == TOKEN_OPTIONS) {
			/* getopt(3) wants the name before the options. */
			command->argc = argc + 1;
			command->argv = argv - 1;
			return (0);
		}
		if (*argv == NULL)
			return (0);
		table = match->next;
		argv++;
		argc--;
	}
	if (*argv != NULL) {
		warnx("superfluous argument: %s", *argv);
		return (-1);
	}
	return (0);
}
