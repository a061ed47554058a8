/*
 * The lexer of the configuration: bytes to tokens, with macros expanded
 * and included files in their place; and the complaints of a run.  It
 * knows no keyword.
 *
 * A line ends at a newline that has no backslash before it, and so does a
 * comment.  The value of a macro is read again as if it stood in the file,
 * except that in it "$" and "=" are bytes of a word like any other: hashes
 * of crypt(5) are full of them.
 */

#include <stdarg.h>

#include "lex.h"

#define WORD_BYTES \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" \
	"-_./:@*+%"

static void	lex_complain_list(struct lexer *, const struct origin *,
		    const char *, va_list)
		    __attribute__((__format__ (printf, 3, 0)));

static void
lex_complain_list(struct lexer *lexer, const struct origin *origin,
    const char *format, va_list ap)
{
	char	*message, *line;

	lexer->errors++;
	if (vasprintf(&message, format, ap) == -1 ||
	    asprintf(&line, "%s:%u: %s", origin->path, origin->line,
	    message) == -1)
		fatal("configuration");
	lexer->complain(lexer->arg, line);
	free(message);
	free(line);
}

/* Report an error where the last token was; the run fails, but goes on. */
void
lex_complain(struct lexer *lexer, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	lex_complain_list(lexer, &lexer->origin, format, ap);
	va_end(ap);
}

/* Report an error that was made elsewhere. */
void
lex_complain_at(struct lexer *lexer, const struct origin *origin,
    const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	lex_complain_list(lexer, origin, format, ap);
	va_end(ap);
}

/* Report what is wrong with a file as a whole. */
void
lex_complain_of_file(struct lexer *lexer, const char *path,
    const char *reason)
{
	char	*line;

	lexer->errors++;
	if (asprintf(&line, "%s: %s", path, reason) == -1)
		fatal("configuration");
	lexer->complain(lexer->arg, line);
	free(line);
}

static char *
lex_keep(struct lexer *lexer, const char *text)
{
	struct kept	*kept;

	if ((kept = calloc(1, sizeof(*kept))) == NULL ||
	    (kept->text = strdup(text)) == NULL)
		fatal("configuration");
	kept->source = lexer->source;
	TAILQ_INSERT_TAIL(&lexer->kept, kept, entry);
	return (kept->text);
}

/*
 * Begin a run with its main file; the symbols are the macros known before
 * it, and will be those known after it.  Returns -1, having complained, if
 * the file cannot be used.  To be ended with lex_close either way.
 */
int
lex_open(struct lexer *lexer, const char *path, struct symbols *symbols,
    config_opener open, config_complaint complain, void *arg)
{
	const char	*reason;

	memset(lexer, 0, sizeof(*lexer));
	TAILQ_INIT(&lexer->sources);
	TAILQ_INIT(&lexer->kept);
	lexer->symbols = symbols;
	lexer->open = open;
	lexer->complain = complain;
	lexer->arg = arg;
	lexer->kind = LEX_NEWLINE;
	lexer->text = lexer->buffer;
	lexer->source = source_open(path, open, arg, &reason);
	if (lexer->source == NULL) {
		lex_complain_of_file(lexer, path, reason);
		return (-1);
	}
	TAILQ_INSERT_TAIL(&lexer->sources, lexer->source, entry);
	lexer->origin.path = lexer->source->path;
	return (0);
}

/* End a run: the texts and paths that it has given out are gone. */
void
lex_close(struct lexer *lexer)
{
	struct source	*source;
	struct kept	*kept;

	while ((kept = TAILQ_FIRST(&lexer->kept)) != NULL) {
		TAILQ_REMOVE(&lexer->kept, kept, entry);
		freezero(kept->text, strlen(kept->text));
		free(kept);
	}
	while ((source = TAILQ_FIRST(&lexer->sources)) != NULL) {
		TAILQ_REMOVE(&lexer->sources, source, entry);
		source_free(source);
	}
	explicit_bzero(lexer, sizeof(*lexer));
}

/* Go on with another file, and come back here after it. */
void
lex_include(struct lexer *lexer, const char *path)
{
	struct source	*source;
	const char	*reason;
	char		*resolved;

	if (lexer->source->depth == SOURCE_DEPTH_MAX) {
		lex_complain(lexer, "include \"%s\": more than %d files deep",
		    path, SOURCE_DEPTH_MAX);
		return;
	}
	resolved = source_resolve(lexer->source, path);
	source = source_open(resolved, lexer->open, lexer->arg, &reason);
	if (source == NULL)
		lex_complain(lexer, "include \"%s\": %s", path, reason);
	else {
		source->below = lexer->source;
		source->depth = lexer->source->depth + 1;
		TAILQ_INSERT_TAIL(&lexer->sources, source, entry);
		lexer->source = source;
	}
	free(resolved);
}

/* Define a macro; those of the command line stay as they are. */
void
lex_define(struct lexer *lexer, const char *name, const char *value)
{
	if (!symbol_name_valid(name))
		lex_complain(lexer, "the name of a macro is at most %d "
		    "letters, digits and underscores", MACRO_NAME_MAX);
	else
		symbol_set(lexer->symbols, name, value, 0);
}

static int
lex_was_in(const struct lexer *lexer, const struct source *source,
    const char *text)
{
	const struct kept	*kept;

	TAILQ_FOREACH(kept, &lexer->kept, entry)
		if (kept->source == source &&
		    strstr(kept->text, text) != NULL)
			return (1);
	return (0);
}

/* Complain of each file that shows this secret to others than its owner. */
void
lex_guard_secret(struct lexer *lexer, const char *secret)
{
	struct source	*source;

	TAILQ_FOREACH(source, &lexer->sources, entry) {
		if ((source->mode & 077) == 0 || source->reproached ||
		    !lex_was_in(lexer, source, secret))
			continue;
		source->reproached = 1;
		lex_complain_of_file(lexer, source->path, "readable by "
		    "others while it holds secrets; chmod 0600");
	}
}

/* The next byte, or EOF at the end of this file. */
static int
lex_peek_byte(struct lexer *lexer)
{
	struct source	*source = lexer->source;

	if (lexer->macro != NULL && *lexer->macro == '\0')
		lexer->macro = NULL;
	if (lexer->macro != NULL)
		return ((unsigned char)*lexer->macro);
	if (source->offset == source->length)
		return (EOF);
	return ((unsigned char)source->text[source->offset]);
}

static int
lex_take(struct lexer *lexer)
{
	int	byte = lex_peek_byte(lexer);

	if (byte == EOF)
		return (EOF);
	if (lexer->macro != NULL) {
		lexer->macro++;
		return (byte);
	}
	lexer->source->offset++;
	if (byte == '\n')
		lexer->source->line++;
	return (byte);
}

/* The next byte after any backslash that continues the line. */
static int
lex_peek(struct lexer *lexer)
{
	struct source	*source = lexer->source;
	int		 byte;

	while ((byte = lex_peek_byte(lexer)) == '\\' && lexer->macro == NULL &&
	    source->text[source->offset + 1] == '\n') {
		lex_take(lexer);
		lex_take(lexer);
	}
	return (byte);
}

static int
lex_skip_blanks(struct lexer *lexer)
{
	int	byte;

	while ((byte = lex_peek(lexer)) == ' ' || byte == '\t')
		lex_take(lexer);
	if (byte == '#' && lexer->macro == NULL)
		while ((byte = lex_peek(lexer)) != '\n' && byte != EOF)
			lex_take(lexer);
	return (byte);
}

static int
lex_is_word(const struct lexer *lexer, int byte)
{
	if (byte <= 0)
		return (0);
	if (lexer->macro != NULL && (byte == '$' || byte == '='))
		return (1);
	return (strchr(WORD_BYTES, byte) != NULL);
}

static int
lex_append(struct lexer *lexer, int byte)
{
	if (lexer->used == TOKEN_LENGTH_MAX)
		return (-1);
	lexer->buffer[lexer->used++] = (char)byte;
	return (0);
}

static enum lex_kind
lex_finish(struct lexer *lexer, enum lex_kind kind)
{
	lexer->buffer[lexer->used] = '\0';
	if (kind == LEX_NEWLINE || kind == LEX_SIGN || kind == LEX_END)
		lexer->text = lexer->buffer;
	else
		lexer->text = lex_keep(lexer, lexer->buffer);
	return (kind);
}

/*
 * A macro that is not there is most likely a secret without quotes: pass
 * over what belongs to it, so that no piece of it is shown to anybody.
 */
static void
lex_complain_of_macro(struct lexer *lexer, const char *name)
{
	int	byte;

	if (name[0] == '\0')
		lex_complain(lexer, "\"$\" without the name of a macro; a "
		    "string with \"$\" in it needs quotes");
	else
		lex_complain(lexer, "macro \"%s\" is not defined; a string "
		    "with \"$\" in it needs quotes", name);
	while ((byte = lex_peek(lexer)) != EOF &&
	    strchr(" \t\n\"{}", byte) == NULL)
		lex_take(lexer);
}

static int
lex_expand(struct lexer *lexer)
{
	const struct symbol	*symbol;
	char			 name[MACRO_NAME_MAX + 2] = "";
	size_t			 used = 0;
	char			 letter[2] = "";

	lex_take(lexer);
	while (used <= MACRO_NAME_MAX) {
		letter[0] = (char)lex_peek(lexer);
		if (!symbol_name_valid(letter))
			break;
		name[used++] = (char)lex_take(lexer);
	}
	if ((symbol = symbol_find(lexer->symbols, name)) == NULL) {
		lex_complain_of_macro(lexer, name);
		return (-1);
	}
	/* a copy: the macro may change before its old value is all read */
	lexer->macro = lex_keep(lexer, symbol->value);
	return (0);
}

/* A word; nothing, if it was a macro whose value does not begin with one. */
static enum lex_kind
lex_word(struct lexer *lexer)
{
	int	byte, too_long = 0;

	for (;;) {
		byte = lex_peek(lexer);
		if (byte == '$' && lexer->macro == NULL) {
			if (lex_expand(lexer) == -1)
				return (LEX_BAD);
			continue;
		}
		if (!lex_is_word(lexer, byte))
			break;
		too_long |= lex_append(lexer, lex_take(lexer));
	}
	if (too_long) {
		lex_complain(lexer, "word of more than %d bytes",
		    TOKEN_LENGTH_MAX);
		return (LEX_BAD);
	}
	if (lexer->used == 0)
		return (LEX_NOTHING);
	lexer->buffer[lexer->used] = '\0';
	if (lexer->buffer[strspn(lexer->buffer, "0123456789")] == '\0')
		return (lex_finish(lexer, LEX_NUMBER));
	if (lex_skip_blanks(lexer) == '=')
		return (lex_finish(lexer, LEX_NAME));
	return (lex_finish(lexer, LEX_WORD));
}

/* What is wrong with the next byte of a string, or NULL; adds it. */
static const char *
lex_string_byte(struct lexer *lexer)
{
	int	byte = lex_take(lexer);

	if (byte == '\\') {
		byte = lex_peek_byte(lexer);
		if (byte == EOF)
			return (NULL);
		lex_take(lexer);
		if (byte == '\n')
			return (NULL);
		if (byte != '"' && byte != '\\')
			return ("only \\\" and \\\\ may follow a backslash "
			    "in a string");
	}
	return (lex_append(lexer, byte) == -1 ? "string too long" : NULL);
}

static enum lex_kind
lex_string(struct lexer *lexer)
{
	const char	*reason, *problem = NULL;
	int		 byte;

	lex_take(lexer);
	while ((byte = lex_peek_byte(lexer)) != '"') {
		if (byte == '\n' || byte == EOF) {
			lex_complain(lexer, "string without a closing quote");
			return (LEX_BAD);
		}
		if ((reason = lex_string_byte(lexer)) != NULL)
			problem = reason;
	}
	lex_take(lexer);
	if (problem == NULL && !name_check_text(lexer->buffer, lexer->used))
		problem = "string that is not UTF-8 or has a control character";
	if (problem == NULL)
		return (lex_finish(lexer, LEX_STRING));
	lex_complain(lexer, "%s", problem);
	return (LEX_BAD);
}

static enum lex_kind
lex_sign(struct lexer *lexer)
{
	int	byte = lex_take(lexer);

	if (byte > 0x20 && byte < 0x7f)
		lex_append(lexer, byte);
	else
		lexer->used = (size_t)snprintf(lexer->buffer,
		    sizeof(lexer->buffer), "\\x%02x", byte);
	return (lex_finish(lexer, LEX_SIGN));
}

static enum lex_kind
lex_any(struct lexer *lexer, int byte)
{
	if (byte == '\n') {
		lex_take(lexer);
		return (lex_finish(lexer, LEX_NEWLINE));
	}
	if (byte == '"')
		return (lex_string(lexer));
	if (lex_is_word(lexer, byte) || byte == '$')
		return (lex_word(lexer));
	return (lex_sign(lexer));
}

/*
 * Read the next token; its kind is returned, its text and origin are in
 * the lexer.  The last line of a file ends with the file.
 */
enum lex_kind
lex_token(struct lexer *lexer)
{
	enum lex_kind	kind = LEX_NOTHING;
	int		byte;

	while (kind == LEX_NOTHING) {
		byte = lex_skip_blanks(lexer);
		lexer->origin.path = lexer->source->path;
		lexer->origin.line = lexer->source->line;
		lexer->used = 0;
		if (byte != EOF)
			kind = lex_any(lexer, byte);
		else if (lexer->kind != LEX_NEWLINE)
			kind = lex_finish(lexer, LEX_NEWLINE);
		else if (lexer->source->below == NULL)
			kind = lex_finish(lexer, LEX_END);
		else
			lexer->source = lexer->source->below;
	}
	lexer->kind = kind;
	return (kind);
}
