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

/* What can be checked only once all is parsed. */
enum claim_kind {
	CLAIM_UID,		/* to be within those of accounts */
	CLAIM_GID,
	CLAIM_SHELL,		/* to be one of those of accounts */
	CLAIM_HOME,		/* to be below that of accounts */
	CLAIM_CLIENT_CA,	/* that there is one */
	CLAIM_TLS		/* that there is that statement */
};
struct claim {
	TAILQ_ENTRY(claim)	 entry;
	enum claim_kind		 kind;
	const struct client	*client;	/* whose, or NULL */
	const char		*text;		/* of the shell */
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
	struct origin		 statement;	/* where the last began */
	uint32_t		 word_line;	/* of a list, where it is */
	uint32_t		 accept[HASH_METHODS];	/* default costs */
	void			(*add)(struct parser *, const char *);
};

/* parse.y */
int		 yyparse(struct parser *);

/* parser.c */
int		 parser_open(struct parser *, const char *,
		    const struct symbols *, config_opener, config_complaint,
		    void *);
struct config	*parser_close(struct parser *);
int		 parser_once(struct parser *, struct words *, const char *);
int		 parser_number(struct parser *, const char *, const char *,
		    uint32_t, uint32_t, uint32_t *);
int		 parser_range(struct parser *, const char *, const char *,
		    const char *, uint32_t *, uint32_t *);
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
int		 parser_identity(struct parser *, const char *, const char *,
		    struct identity *);
int		 identity_is_same(const struct identity *,
		    const struct identity *);
void		 parser_set_identity(struct parser *, const char *,
		    const char *, struct identity *);
void		 parser_set_flag(struct parser *, const char *, int, int *);
void		 parser_set_aliases(struct parser *, const char *);
void		 parser_add_rebuild(struct parser *, const char *);
void		 parser_set_file(struct parser *, char **);
void		 parser_finish(struct parser *);

/* parser_listen.c */
const char	*address_parse(const char *, struct sockaddr_storage *,
		    socklen_t *);
void		 listener_add_default(struct config *);
void		 parser_listen(struct parser *, const char *, const char *,
		    int);
void		 parser_listen_socket(struct parser *, const char *,
		    const char *, const char *);

/* parser_tls.c */
void		 parser_set_tls(struct parser *, const char *, const char *,
		    const char *);

/* parser_accounts.c */
void		 parser_begin_accounts(struct parser *);
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
int		 parser_client_once(struct parser *, const char *,
		    enum clause);
void		 parser_add_secret(struct parser *, const char *);
void		 parser_begin_certificates(struct parser *);
void		 parser_add_certificate(struct parser *, const char *);
void		 parser_set_subject(struct parser *, const char *);
void		 parser_set_local_user(struct parser *, const char *);
void		 parser_begin_prefixes(struct parser *);
void		 parser_add_prefix(struct parser *, const char *);

/* parser_rights.c */
void		 parser_begin_list(struct parser *, const char *, enum clause,
		    void (*)(struct parser *, const char *));
void		 parser_add_operation(struct parser *, const char *,
		    const char *);
void		 parser_set_client_uid(struct parser *, const char *,
		    const char *);
void		 parser_set_client_gid(struct parser *, const char *,
		    const char *);
void		 parser_add_name(struct parser *, const char *);
void		 parser_add_alias(struct parser *, const char *);
void		 parser_begin_domains(struct parser *);
void		 parser_add_domain(struct parser *, const char *);
void		 parser_add_group(struct parser *, const char *);
void		 parser_add_client_shell(struct parser *, const char *);
void		 parser_set_client_home(struct parser *, const char *);
void		 parser_set_client_hash(struct parser *, int);
void		 parser_add_target(struct parser *, const char *);
void		 parser_set_rate(struct parser *, const char *, const char *);
void		 parser_set_read(struct parser *, int);

/* parser_claim.c */
void		 parser_claim(struct parser *, enum claim_kind, const char *);
void		 parser_check_claims(struct parser *);
void		 parser_free_claims(struct parser *);

#endif /* PARSER_H */
