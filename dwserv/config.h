/*
 * The configuration, dwserv.conf(5).  In the process that parses it, parse.y
 * makes it and config_print.c prints it; the parent gets it in messages, by
 * config_load(), and nothing changes it after.
 */

#ifndef CONFIG_H
#define CONFIG_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <bsd/sys/queue.h>
#include <stdio.h>

#include "msg.h"

/* What the grammar takes, and what is taken from whoever parsed it. */
#define SOURCE_SIZE_MAX	(1024 * 1024)	/* of one file */
#define MACRO_NAME_MAX	63
#define MACRO_VALUE_MAX	32767		/* on the command line */
#define PREFORK_MAX	64
#define LIMIT_MAX	100000
#define TIMEOUT_MAX	86400
#define ID_MAX		4294967293U	/* the two above mean "none" */
#define RATE_MAX	1000000
#define CERTIFICATE_LENGTH (sizeof("SHA256:") - 1 + 64)
#define PATTERN_LENGTH_MAX 64
#define REBUILD_WORDS_MAX 32		/* the program included */
#define SOCKET_PATH_MAX	(sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

struct symbol {
	TAILQ_ENTRY(symbol)	 entry;
	char			*name;
	char			*value;
	int			 persistent;	/* from the command line */
};
TAILQ_HEAD(symbols, symbol);

/* A word out of a list in the configuration. */
struct word {
	TAILQ_ENTRY(word)	 entry;
	char			*text;
};
TAILQ_HEAD(words, word);

/* The identity of a child: a name of the host's passwd file, or numbers. */
struct identity {
	char			*name;		/* NULL if given as numbers */
	uid_t			 uid;
	gid_t			 gid;
};

struct listener {
	TAILQ_ENTRY(listener)	 entry;
	struct sockaddr_storage	 address;	/* AF_INET, AF_INET6, AF_UNIX */
	socklen_t		 length;
	mode_t			 mode;		/* of a Unix socket */
	char			*group;		/* of a Unix socket, or NULL */
	gid_t			 gid;		/* of group, or -1 */
	int			 tls;
	int			 fd;		/* -1: not bound yet */
};
TAILQ_HEAD(listeners, listener);

struct limits {
	uint32_t		 worker_sessions;
	uint32_t		 source_sessions;
	uint32_t		 login_sessions;	/* not authenticated */
	uint32_t		 source_login_sessions;
	uint32_t		 auth_failures;
	uint32_t		 login_timeout;		/* seconds, all four */
	uint32_t		 idle_timeout;
	uint32_t		 lock_timeout;
	uint32_t		 child_timeout;
};

/* The certificate for clients, its key, and who signed those of clients. */
struct tls {
	char			*certificate;	/* NULL: there is no TLS */
	char			*key;
	char			*client_ca;	/* or NULL */
	char			*file;		/* of the statement */
	uint32_t		 line;
	int			 fds[TLS_FILES];	/* -1: not opened */
	int64_t			 written[TLS_FILES];	/* nanoseconds */
	int64_t			 not_after;	/* seconds since 1970 */
};

/* What of the configuration may decide about a request. */
enum clause {
	CLAUSE_NONE,
	CLAUSE_CLIENT,		/* that there is one */
	CLAUSE_ALLOW,
	CLAUSE_UID,
	CLAUSE_GID,
	CLAUSE_NAMES,
	CLAUSE_GROUPS,
	CLAUSE_SHELLS,
	CLAUSE_HOME,
	CLAUSE_HASH,
	CLAUSE_TARGETS,
	CLAUSE_DOMAINS,
	CLAUSE_ALIASES,
	CLAUSE_RATE,
	CLAUSE_READ,
	CLAUSES
};

/* Where a block is, and which of its lines say what; 0: none does. */
struct origins {
	char			*file;		/* NULL: there is no block */
	uint32_t		 lines[CLAUSES];
};

struct accounts {
	struct origins		 origins;
	char			*root;
	char			*home;		/* where homes live, in root */
	int			 has_home_mode;
	mode_t			 home_mode;
	char			*skel;		/* in root */
	int			 has_uid;	/* else login.defs decides */
	uint32_t		 uid_min;
	uint32_t		 uid_max;
	int			 reuse;		/* of ids */
	struct words		 shells;	/* the first is the default */
	int			 hash_from_login_defs;
	struct hash_rules	 hash;
};

/* What mail may go to at a client's request, other than accounts. */
enum target_kind {
	TARGET_COMMAND = 0x01,
	TARGET_FILE = 0x02,
	TARGET_INCLUDE = 0x04		/* a list in a file */
};
#define TARGETS_ALL	(TARGET_COMMAND | TARGET_FILE | TARGET_INCLUDE)

struct client {
	TAILQ_ENTRY(client)	 entry;
	struct origins		 origins;
	uint32_t		 allow_lines[OPERATIONS];
	char			*name;
	/* How it is known: any one of these will do. */
	char			*secrets[CLIENT_SECRETS_MAX];	/* or NULL */
	struct words		 certificates;	/* "SHA256:" and 64 digits */
	char			*subject;	/* of a certificate, RFC 4514 */
	int			 has_local_user;
	struct identity		 local_user;	/* over a Unix socket */
	uint32_t		 prefix_count;
	struct prefix		 prefixes[CLIENT_PREFIXES_MAX];
	/* What it may do; empty lists and NULL restrict nothing. */
	uint32_t		 operations;	/* bits */
	uint32_t		 targets;	/* bits of enum target_kind */
	int			 has_uid;
	uint32_t		 uid_min;
	uint32_t		 uid_max;
	int			 has_gid;	/* else that of uid */
	uint32_t		 gid_min;
	uint32_t		 gid_max;
	struct words		 names;		/* patterns: logins, groups */
	struct words		 aliases;	/* patterns */
	int			 has_domains;	/* an empty list is one */
	struct words		 domains;	/* patterns */
	struct words		 groups;
	struct words		 shells;
	char			*home;		/* below that of accounts */
	int			 no_hash;	/* no ready-made ones */
	int			 reads_all;	/* and not only its own */
	uint32_t		 rate;		/* requests a second; 0: any */
	uint32_t		 burst;
};
TAILQ_HEAD(clients, client);

struct config {
	struct symbols		 symbols;
	uint32_t		 prefork;
	struct identity		 user;
	struct identity		 auth_user;
	char			*control;
	char			*state;
	char			*libexec;
	int			 daytime;
	int			 sandbox_best_effort;	/* else all or none */
	struct tls		 tls;
	struct limits		 limits;
	struct listeners	 listeners;
	struct accounts		 accounts;
	char			*aliases;	/* in its root, or NULL */
	struct words		 rebuild;	/* program, arguments */
	struct clients		 clients;
};

/* Called with each error in the configuration: "file:line: message". */
typedef void (*config_complaint)(void *, const char *);

/*
 * Called, with the same argument, to have a file opened for reading: returns
 * a descriptor, or -1 and the reason.
 */
typedef int (*config_opener)(void *, const char *, const char **);

/* parser.c */
struct config	*config_parse(const char *, const struct symbols *,
		    config_opener, config_complaint, void *);

/* parent_config.c */
struct config	*config_load(const char *, const struct symbols *, int,
		    config_complaint, void *);

/* lend.c */
int		 lend_file(void *, const char *, const char **);

/* symbol.c */
int		 config_define(struct symbols *, const char *);
int		 symbol_name_valid(const char *);
void		 symbol_set(struct symbols *, const char *, const char *, int);
struct symbol	*symbol_find(const struct symbols *, const char *);
void		 symbols_copy(struct symbols *, const struct symbols *);
void		 symbols_free(struct symbols *);

/* config.c */
struct config	*config_new(void);
void		 config_free(struct config *);
struct client	*client_new(void);
void		 client_init(struct client *);
struct client	*config_find_client(const struct config *, const char *);
void		 words_add(struct words *, const char *);
int		 words_contain(const struct words *, const char *);
size_t		 words_count(const struct words *);
size_t		 words_length(const struct words *);
void		 words_free(struct words *);
const char	*listener_format(const struct listener *, char *, size_t);

/* config_check.c */
void		 config_lower(char *);
const char	*config_check_path(const char *);
const char	*config_check_text(const char *);
const char	*config_check_certificate(const char *);
const char	*config_check_subject(const char *);
const char	*config_check_name_pattern(const char *);
const char	*config_check_alias_pattern(const char *);
const char	*config_check_domain_pattern(const char *);
int		 config_home_is_within(const char *, const char *);

/* config_default.c */
void		 config_set_defaults(struct config *);

/* operation.c */
const char	*operation_name(enum operation);
int		 operation_parse(const char *, const char *, uint32_t *);
const char	*target_name(enum target_kind);
uint32_t	 target_parse(const char *);

/* config_print.c */
void		 config_print(const struct config *, FILE *);

#endif /* CONFIG_H */
