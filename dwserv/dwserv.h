/*
 * What all processes of dwserv share: limits, the rules for names and
 * values, and the way into an unprivileged life.
 */

#ifndef DWSERV_H
#define DWSERV_H

#include <sys/types.h>

#include <bsd/string.h>
#include <bsd/stdlib.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"

#ifndef DWSERV_CONFIG
#define DWSERV_CONFIG		"/etc/dwserv.conf"
#endif
#ifndef DWSERV_LIBEXEC
#define DWSERV_LIBEXEC		"/usr/local/libexec/dwserv"
#endif
#define DWSERV_CONTROL		"/run/dwserv.sock"
#define DWSERV_STATE		"/var/lib/dwserv"
#define DWSERV_USER		"_dwserv"
#define DWSERV_AUTH_USER	"_dwauth"
#define DWSERV_PORT		5000
#define DWSERV_TLS_PORT		5001

/* The descriptor on which a child finds its channel to the parent. */
#define CHILD_CHANNEL		3

/* No account or group below this id is ever created, changed or removed. */
#define ID_FLOOR		1000

#define NAME_LENGTH_MAX		32	/* logins and groups, without NUL */
#define CLIENT_LENGTH_MAX	64
#define GECOS_LENGTH_MAX	255
#define PATH_LENGTH_MAX		255
#define HASH_LENGTH_MAX		255
#define PASSWORD_LENGTH_MAX	511	/* crypt(3): 512 with NUL */
#define GROUPS_MAX		64	/* supplementary groups in a request */
#define ALIAS_LENGTH_MAX	255	/* the name of an alias */
#define TARGETS_MAX		1000	/* of an alias in a request */
/*
 * A target of an alias in the file or in a request, and the name of one in
 * the file: sendmail's MAXLINE, Postfix's line_length_limit.
 */
#define ALIAS_TARGET_MAX	2048
#define IDEM_LENGTH_MAX		64	/* what tells a request again */
#define ANSWER_LENGTH_MAX	16384	/* a line of a longer answer */
#define LINE_LENGTH_MAX		8192	/* octets of a request, without CRLF */

/* Requests that one worker may have waiting at the parent. */
#define WORKER_WINDOW		4096
/* Octets of a transaction; sessions have half of it (transaction.c). */
#define WORKER_PARTS_SIZE	(32 * 1024 * 1024)
/* Messages that may wait for a worker that says more and does not listen. */
#define WORKER_QUEUE_MAX	200000
/* Descriptors that may wait for it. */
#define WORKER_FDS_MAX		64

enum hash_method {
	HASH_YESCRYPT,
	HASH_SHA512,
	HASH_BCRYPT,
	HASH_METHODS
};

/*
 * How passwords are hashed, and which ready hashes are welcome: method by
 * method the highest cost, 0 for a method that is not.  The unit is the
 * method's own: yescrypt's cost factor 1-11, sha512's rounds, bcrypt's
 * exponent (crypt(5)).
 */
struct hash_rules {
	enum hash_method	 method;
	uint32_t		 cost;
	uint32_t		 accept[HASH_METHODS];
};

/* name.c */
const char	*name_check_login(const char *);
const char	*name_check_group(const char *);
const char	*name_check_groups(const char *);
const char	*name_check_idem(const char *);
const char	*name_check_client(const char *);
const char	*name_check_gecos(const char *);
const char	*name_check_home(const char *);
const char	*name_check_shell(const char *);
const char	*name_check_password(const char *);
int		 name_check_text(const char *, size_t);
int		 name_is_reserved_id(uint32_t);

/* alias_name.c */
enum alias_target_kind {
	ALIAS_LOCAL,
	ALIAS_ADDRESS,
	ALIAS_COMMAND,
	ALIAS_FILE,
	ALIAS_INCLUDE
};
const char	*name_check_alias(const char *);
const char	*name_check_targets(const char *);
enum alias_target_kind alias_target_classify(const char *);
int		 alias_list_next(const char **, char *, size_t);
int		 alias_list_escape(const char *, char *, size_t);

/* hashrule.c */
const char	*hash_rules_check(const struct hash_rules *, const char *);
int		 hash_rules_made(const struct hash_rules *, const char *);
int		 hash_method_parse(const char *, enum hash_method *);
const char	*hash_method_name(enum hash_method);
uint32_t	 hash_method_cost(enum hash_method);
int		 hash_cost_valid(enum hash_method, uint32_t);

/* pattern.c */
int		 pattern_match(const char *, size_t, const char *, size_t,
		    int);
int		 pattern_list_match(const char *, const char *, size_t, int);

/* token.c */
int		 token_split(char *, char **, int);
char		*token_value(char *);

struct ibuf;
struct ibuf	*text_new(void);
void		 text_add(struct ibuf *, const char *, size_t);
void		 text_print(struct ibuf *, const char *, ...)
		    __attribute__((__format__ (printf, 2, 3)));
void		 token_add(struct ibuf *, const char *, const char *);
void		 token_add_bytes(struct ibuf *, const char *, const char *,
		    size_t);
void		 token_add_number(struct ibuf *, const char *, uint64_t);

/* file.c */
char		*file_read(int, size_t, size_t *);
int		 file_write(int, const void *, size_t);

#endif /* DWSERV_H */
