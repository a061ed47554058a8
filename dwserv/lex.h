/*
 * From the files of the configuration to tokens.  What the tokens mean is
 * the business of parse.y.
 */

#ifndef LEX_H
#define LEX_H

#include "config.h"

#define SOURCE_DEPTH_MAX	8	/* the main file included */
#define TOKEN_LENGTH_MAX	4095

/* A file of the configuration, kept until the run is over. */
struct source {
	TAILQ_ENTRY(source)	 entry;
	struct source		*below;		/* what includes this one */
	char			*path;
	char			*text;		/* with a NUL after it */
	size_t			 length;
	size_t			 offset;	/* of what is read next */
	unsigned int		 line;
	unsigned int		 depth;
	mode_t			 mode;
	int			 reproached;	/* for letting others read */
};
TAILQ_HEAD(sources, source);

/* A token's text, kept until the run is over, and the file it was in. */
struct kept {
	TAILQ_ENTRY(kept)	 entry;
	struct source		*source;
	char			*text;
};
TAILQ_HEAD(kept_texts, kept);

/* Where something was said. */
struct origin {
	const char		*path;
	unsigned int		 line;
};

enum lex_kind {
	LEX_NOTHING,
	LEX_END,
	LEX_NEWLINE,
	LEX_WORD,		/* without quotes */
	LEX_NAME,		/* a word with an equals sign after it */
	LEX_NUMBER,		/* a word of digits only */
	LEX_STRING,		/* with quotes */
	LEX_SIGN,		/* any other single byte */
	LEX_BAD			/* already complained of */
};

struct lexer {
	struct sources		 sources;
	struct source		*source;	/* that is being read */
	struct kept_texts	 kept;
	struct symbols		*symbols;
	config_opener		 open;
	config_complaint	 complain;
	void			*arg;		/* of both */
	unsigned int		 errors;
	const char		*macro;		/* rest of its value, or NULL */
	enum lex_kind		 kind;		/* of the last token */
	char			*text;		/* of it, "" if it has none */
	struct origin		 origin;	/* of it */
	size_t			 used;
	char			 buffer[TOKEN_LENGTH_MAX + 1];
};

/* source.c */
struct source	*source_open(const char *, config_opener, void *,
		    const char **);
char		*source_resolve(const struct source *, const char *);
void		 source_free(struct source *);

/* lex.c */
int		 lex_open(struct lexer *, const char *, struct symbols *,
		    config_opener, config_complaint, void *);
void		 lex_close(struct lexer *);
enum lex_kind	 lex_token(struct lexer *);
void		 lex_include(struct lexer *, const char *);
void		 lex_define(struct lexer *, const char *, const char *);
void		 lex_guard_secret(struct lexer *, const char *);
void		 lex_complain_of_file(struct lexer *, const char *,
		    const char *);
void		 lex_complain(struct lexer *, const char *, ...)
		    __attribute__((__format__ (printf, 2, 3)));
void		 lex_complain_at(struct lexer *, const struct origin *,
		    const char *, ...)
		    __attribute__((__format__ (printf, 3, 4)));

#endif /* LEX_H */
