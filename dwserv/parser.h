/*
 * What the statements of the configuration do: the grammar in parse.y
 * calls these functions with the texts of its tokens; they check them and
 * put them into the configuration.  Each complains by itself, and then
 * leaves something harmless behind, so that parsing can go on and find the
 * other errors too.
 */

#ifndef PARSER_H
#define PARSER_H

#include "config.h"
#include "lex.h"

/* A client whose uid range is to be checked once all is parsed. */
struct claim {
	TAILQ_ENTRY(claim)	 entry;
	const struct client	*client;
	struct origin		 origin;
};
TAILQ_HEAD(claims, claim);

struct parser {
	struct lexer		 lexer;
	struct config		*config;
	struct words		 seen;		/* statements, by name */
	struct words		 client_seen;	/* those of this client */
	struct client		*client;	/* that is being parsed */
	struct origin		 client_origin;
	struct claims		 claims;
	uint32_t		 accept[HASH_METHODS];	/* default costs */
	void			(*add)(struct parser *, const char *);
};

/* parser.c */
int		 parser_open(struct parser *, const char *,
		    const struct symbols *, config_opener, config_complaint,
		    void *);
struct config	*parser_close(struct parser *);
int		 parser_once(struct parser *, struct words *, const char *);
int		 parser_number(struct parser *, const char *, const char *,
		    uint32_t, uint32_t, uint32_t *);
int		 parser_uid_range(struct parser *, const char *, const char *,
		    uint32_t *, uint32_t *);
mode_t		 parser_mode(struct parser *, const char *);
int		 parser_path(struct parser *, const char *, const char *,
		    size_t);
void		 parser_replace(char **, const char *);
void		 parser_set_number(struct parser *, const char *,
		    const char *, uint32_t, uint32_t *);
void		 parser_set_path(struct parser *, const char *, const char *,
		    size_t, char **);
int		 parser_refuse(struct parser *, const char *, const char *,
		    const char *);
void		 parser_add_word(struct parser *, struct words *, const char *,
		    const char *, const char *);
void		 parser_set_identity(struct parser *, const char *,
		    const char *, struct identity *);
void		 parser_set_greeting(struct parser *, int);
void		 parser_set_aliases(struct parser *, const char *);
void		 parser_add_rebuild(struct parser *, const char *);
void		 parser_finish(struct parser *);

/* parser_listen.c */
const char	*address_parse(const char *, struct sockaddr_storage *,
		    socklen_t *);
void		 listener_add_default(struct config *);
void		 parser_listen(struct parser *, const char *, const char *);
void		 parser_listen_socket(struct parser *, const char *,
		    const char *, const char *);

/* parser_accounts.c */
void		 parser_set_home(struct parser *, const char *, const char *);
void		 parser_set_skel(struct parser *, const char *);
void		 parser_set_uid(struct parser *, const char *, const char *,
		    int);
void		 parser_begin_shells(struct parser *);
void		 parser_add_shell(struct parser *, const char *);
void		 parser_set_hash(struct parser *, const char *, const char *);
void		 parser_set_hash_login_defs(struct parser *);
void		 parser_begin_accept(struct parser *);
void		 parser_add_accept(struct parser *, const char *,
		    const char *);

/* parser_client.c */
void		 parser_begin_client(struct parser *, const char *);
void		 parser_end_client(struct parser *);
void		 parser_set_secret(struct parser *, const char *);
void		 parser_add_prefix(struct parser *, const char *);
void		 parser_add_operation(struct parser *, const char *,
		    const char *);
void		 parser_set_client_uid(struct parser *, const char *,
		    const char *);
void		 parser_add_group(struct parser *, const char *);
void		 parser_add_target(struct parser *, const char *);
void		 parser_check_claims(struct parser *);

#endif /* PARSER_H */
