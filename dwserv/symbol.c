/*
 * The macros of the configuration, from the command line and from the
 * file.  A value may be a secret, so it is wiped when it goes.
 */

#include "config.h"

#define SYMBOL_NAME_BYTES \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* Non-zero if a macro may have this name: letters, digits, underscores. */
int
symbol_name_valid(const char *name)
{
	size_t	length = strspn(name, SYMBOL_NAME_BYTES);

	return (length > 0 && length <= MACRO_NAME_MAX &&
	    name[length] == '\0');
}

/* The macro of this name, or NULL. */
struct symbol *
symbol_find(const struct symbols *symbols, const char *name)
{
	struct symbol	*symbol;

	TAILQ_FOREACH(symbol, symbols, entry)
		if (strcmp(symbol->name, name) == 0)
			return (symbol);
	return (NULL);
}

/*
 * Give a macro a value, in place of the one it had.  A persistent macro
 * keeps its value unless the new one is persistent too.
 */
void
symbol_set(struct symbols *symbols, const char *name, const char *value,
    int persistent)
{
	struct symbol	*symbol;

	if ((symbol = symbol_find(symbols, name)) == NULL) {
		if ((symbol = calloc(1, sizeof(*symbol))) == NULL ||
		    (symbol->name = strdup(name)) == NULL)
			fatal("macro %s", name);
		TAILQ_INSERT_TAIL(symbols, symbol, entry);
	} else {
		if (symbol->persistent && !persistent)
			return;
		freezero(symbol->value, strlen(symbol->value));
	}
	if ((symbol->value = strdup(value)) == NULL)
		fatal("macro %s", name);
	symbol->persistent = persistent;
}

/*
 * Define a macro as the command line does: "macro=value".  Such a value
 * wins over that of the file.  Returns -1 if the text is not of this form,
 * has a control character in it, or is too long for a message.
 */
int
config_define(struct symbols *symbols, const char *text)
{
	const unsigned char	*byte;
	const char		*equals;
	char			*name;
	int			 result = -1;

	for (byte = (const unsigned char *)text; *byte != '\0'; byte++)
		if (*byte < 0x20 || *byte == 0x7f)
			return (-1);
	equals = strchr(text, '=');
	if (equals == NULL || strlen(equals + 1) > MACRO_VALUE_MAX)
		return (-1);
	if ((name = strndup(text, (size_t)(equals - text))) == NULL)
		fatal("macro");
	if (symbol_name_valid(name)) {
		symbol_set(symbols, name, equals + 1, 1);
		result = 0;
	}
	free(name);
	return (result);
}

/* Add a copy of each macro of one list to another. */
void
symbols_copy(struct symbols *to, const struct symbols *from)
{
	const struct symbol	*symbol;

	TAILQ_FOREACH(symbol, from, entry)
		symbol_set(to, symbol->name, symbol->value,
		    symbol->persistent);
}

/* Leaves an empty list. */
void
symbols_free(struct symbols *symbols)
{
	struct symbol	*symbol;

	while ((symbol = TAILQ_FIRST(symbols)) != NULL) {
		TAILQ_REMOVE(symbols, symbol, entry);
		freezero(symbol->value, strlen(symbol->value));
		free(symbol->name);
		free(symbol);
	}
}
