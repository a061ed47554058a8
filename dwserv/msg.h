/*
 * What the processes say to each other.  The enum is the table of contents:
 * each type is named for who sends it.  Every message has one encoder and
 * one decoder, side by side in msg.c; a decoder checks every length and
 * refuses trailing bytes, and whoever receives checks every value again.
 */

#ifndef MSG_H
#define MSG_H

#include <sys/types.h>
#include <sys/socket.h>

#include "dwserv.h"
#include "imsg.h"

enum imsg_type {
	IMSG_NONE,

	/* parent to every child, and back */
	IMSG_PARENT_PING,
	IMSG_PARENT_VERBOSE,		/* id: 0 brief, 1 verbose */
	IMSG_CHILD_PONG,		/* id: number of sessions */
	IMSG_CHILD_LOG,

	/* parent to worker */
	IMSG_PARENT_SETTINGS,		/* struct worker_settings */
	IMSG_PARENT_LISTENER,		/* bits LISTENER_*; descriptor */
	IMSG_PARENT_AUTH,		/* descriptor: channel to auth */
	IMSG_PARENT_FILE,		/* kind as id; descriptor, or gone */
	IMSG_PARENT_START,
	IMSG_PARENT_DRAIN,		/* id: 1 to end the sessions too */
	IMSG_PARENT_SESSION,		/* struct grant */
	IMSG_PARENT_LINE,		/* struct answer_line: more follow */
	IMSG_PARENT_RESULT,		/* struct result */
	IMSG_PARENT_STATES,		/* its size as id; or descriptor, too */
	IMSG_PARENT_SEGMENT,		/* of the ledger, by number as id */
	IMSG_PARENT_LEDGER,		/* struct ledger_extent */
	IMSG_PARENT_CERTIFICATE,	/* file, to worker and auth -t */
	IMSG_PARENT_CLIENT_CA,		/* the same */

	/* worker to parent */
	IMSG_WORKER_READY,
	IMSG_WORKER_REQUEST,		/* struct request */
	IMSG_WORKER_CLOSE,		/* session as id */
	IMSG_WORKER_SEGMENT,		/* of the ledger, please, as id */

	/* worker to auth, and back */
	IMSG_WORKER_LOGIN,		/* struct login; Unix peer */
	IMSG_AUTH_DENIED,		/* session as id */
	IMSG_WORKER_SIGN,		/* session as id; struct sign */
	IMSG_AUTH_SIGNED,		/* the same; struct signature */

	/* parent to auth, and back */
	IMSG_PARENT_CLIENT,		/* struct credential */
	IMSG_PARENT_WORKER,		/* worker's number as id, descriptor */
	IMSG_PARENT_KEY,		/* file: the private key of TLS */
	IMSG_AUTH_READY,
	IMSG_AUTH_GRANTED,		/* struct granted */

	/* auth -t, that looks at the files of TLS, to parent */
	IMSG_AUTH_COMPLAINT,		/* enum tls_file as id; a string */
	IMSG_AUTH_CHECKED,		/* id: 1 if well; struct tls_facts */

	/* parent to home, and back */
	IMSG_PARENT_BASE,		/* descriptor: where homes live */
	IMSG_PARENT_SKEL,		/* descriptor: what goes into them */
	IMSG_PARENT_HOME,		/* struct home_order */
	IMSG_PARENT_SYNC,		/* make it all durable; number as id */
	IMSG_PARENT_CLEAN,		/* remove what nobody needs */
	IMSG_HOME_READY,
	IMSG_HOME_DONE,			/* struct home_outcome */
	IMSG_HOME_SYNCED,		/* its number as id; errno, 0 if well */

	/* parent to the parser of the configuration, and back */
	IMSG_PARENT_DEFINE,		/* struct symbol */
	IMSG_PARENT_READ,		/* main file; id: 1 to print it */
	IMSG_PARENT_SOURCE,		/* descriptor; or why not, a string */
	IMSG_CONFIG_OPEN,		/* path; its number as id, also back */
	IMSG_CONFIG_COMPLAINT,		/* a string */
	IMSG_CONFIG_GLOBALS,		/* struct config */
	IMSG_CONFIG_LISTENER,		/* struct listener */
	IMSG_CONFIG_ACCOUNTS,		/* struct accounts */
	IMSG_CONFIG_CLIENT,		/* struct client */
	IMSG_CONFIG_WORD,		/* struct word; its list as id */
	IMSG_CONFIG_END,		/* id: 1 if all is well */

	/* dwservctl to parent, and back */
	IMSG_CTL_STATUS,
	IMSG_CTL_RELOAD,
	IMSG_CTL_STOP,
	IMSG_CTL_VERBOSE,		/* id: 0 brief, 1 verbose */
	IMSG_CTL_CLIENTS,
	IMSG_CTL_EXPLAIN,		/* struct explain */
	IMSG_PARENT_RECORD,		/* a string: what the fields are of */
	IMSG_PARENT_FIELD,		/* struct field */
	IMSG_PARENT_OUTCOME		/* struct outcome: the end */
};

enum operation {
	OPERATION_ACCOUNT_CREATE,
	OPERATION_ACCOUNT_ENSURE,
	OPERATION_ACCOUNT_MODIFY,
	OPERATION_ACCOUNT_RENAME,
	OPERATION_ACCOUNT_PASSWORD,
	OPERATION_ACCOUNT_LOCK,
	OPERATION_ACCOUNT_UNLOCK,
	OPERATION_ACCOUNT_SUSPEND,
	OPERATION_ACCOUNT_RESUME,
	OPERATION_ACCOUNT_DELETE,
	OPERATION_ACCOUNT_SHOW,
	OPERATION_ACCOUNT_LIST,
	OPERATION_GROUP_CREATE,
	OPERATION_GROUP_MODIFY,
	OPERATION_GROUP_RENAME,
	OPERATION_GROUP_DELETE,
	OPERATION_GROUP_ADD,
	OPERATION_GROUP_REMOVE,
	OPERATION_GROUP_SHOW,
	OPERATION_GROUP_LIST,
	OPERATION_ALIAS_SET,
	OPERATION_ALIAS_ADD,
	OPERATION_ALIAS_REMOVE,
	OPERATION_ALIAS_DELETE,
	OPERATION_ALIAS_SHOW,
	OPERATION_ALIAS_LIST,
	OPERATION_WATCH,
	OPERATIONS
};
#define OPERATION_BIT(operation)	(1U << (operation))

/* What to do with the home directory. */
enum home_choice {
	HOME_CHOICE_DEFAULT,		/* create: make it; delete: keep it */
	HOME_CHOICE_NONE,		/* create: home=no */
	HOME_CHOICE_REMOVE,		/* delete: home=remove */
	HOME_CHOICE_ARCHIVE,		/* delete: home=archive */
	HOME_CHOICES
};

/* What else a request may ask for, as bits. */
#define REQUEST_PLAN			0x01U	/* only say what it would do */
#define REQUEST_MOVE_HOME		0x02U	/* to the new path or name */
#define REQUEST_RENAME_GROUP		0x04U	/* the private one, too */
#define REQUEST_CHANGE_FILES		0x08U	/* a group's, in the homes */
#define REQUEST_REMOVE_ALIASES		0x10U	/* that lead to the account */
#define REQUEST_IGNORE_PROCESSES	0x20U	/* of the account */
#define REQUEST_IF_CREATED		0x40U	/* the hash is for new ones */
#define REQUEST_FLAGS			0x7fU

/* The ages of shadow(5), in the order of its fields from SHADOW_MIN on. */
enum age_kind {
	AGE_MIN,
	AGE_MAX,
	AGE_WARN,
	AGE_INACTIVE,
	AGE_EXPIRE,			/* a day since 1970, others: days */
	AGES
};
struct age {
	uint8_t		 has;
	int64_t		 days;		/* -1: never */
};

/* Requests between begin and commit. */
#define TRANSACTION_MAX		10000

/* A client's wish, as the worker understood it.  Strings may be NULL. */
struct request {
	uint32_t	 session;
	uint32_t	 number;	/* the worker's; comes back */
	uint32_t	 part;		/* of a transaction, from 1 on; or 0 */
	uint32_t	 parts;		/* the transaction has; or 0 */
	uint32_t	 operation;
	uint32_t	 flags;
	uint32_t	 home_choice;
	uint8_t		 has_uid;
	uint32_t	 uid;
	uint8_t		 has_gid;
	uint32_t	 gid;
	struct age	 ages[AGES];
	char		*login;
	char		*name;		/* the new one */
	char		*group;		/* primary, or the one concerned */
	char		*groups;	/* supplementary, comma separated */
	char		*groups_add;	/* to these as well */
	char		*groups_remove;	/* to these not any more */
	char		*gecos;
	char		*home;
	char		*shell;
	char		*hash;
	char		*alias;
	char		*targets;	/* of the alias, comma separated */
	char		*idem;		/* says that it is the same request */
};

/* The parent's answer: a reply line but for its line ending. */
#define RESULT_WORD_MAX		32
#define RESULT_TEXT_MAX		1024
struct result {
	uint32_t	 session;
	uint32_t	 number;
	/* What of the configuration decided, and what had a say; not sent. */
	uint32_t	 clause;	/* enum clause; CLAUSE_NONE: built in */
	uint32_t	 clauses;	/* bits */
	uint16_t	 code;
	char		 word[RESULT_WORD_MAX];
	char		 text[RESULT_TEXT_MAX];
};

/* One of several lines of an answer, without its code. */
struct answer_line {
	uint32_t	 session;
	uint32_t	 number;
	char		*text;
};

/* How far the ledger is durable. */
struct ledger_extent {
	uint32_t	 segment;	/* the newest */
	uint64_t	 size;		/* of it, in octets */
	uint64_t	 last;		/* number of the last entry */
};

/* What a worker needs to know of the configuration. */
struct worker_settings {
	uint8_t			 daytime;
	uint32_t		 worker_sessions;
	uint32_t		 source_sessions;
	uint32_t		 login_sessions;	/* not authenticated */
	uint32_t		 source_login_sessions;
	uint8_t			 local_users;	/* some clients are */
	uint32_t		 auth_failures;
	uint32_t		 login_timeout;		/* seconds */
	uint32_t		 idle_timeout;		/* seconds */
	struct hash_rules	 hash;
};

/*
 * Worker's question to auth: may this peer act for that client?  If it is
 * local, a duplicate of its connection goes with the message.
 */
struct login {
	uint32_t		 session;
	uint8_t			 local;
	struct sockaddr_storage	 peer;	/* only if not local */
	char			*client;	/* NULL: whichever it is */
	char			*secret;	/* NULL: without one */
	char			*fingerprint;	/* of a certificate, or NULL */
	char			*subject;
};

/* How a client was known. */
enum login_way {
	LOGIN_SECRET_1,
	LOGIN_SECRET_2,
	LOGIN_CERTIFICATE,
	LOGIN_SUBJECT,
	LOGIN_LOCAL_USER,
	LOGIN_WAYS
};

/* Auth's word to the parent: that session of that worker is this client. */
struct granted {
	uint32_t	 worker;
	uint32_t	 session;
	uint32_t	 way;		/* enum login_way */
	char		*client;
	char		*peer;		/* an address, or "local" */
};

/* Parent's word to the worker: what the session may see and ask. */
struct grant {
	uint32_t	 session;
	uint32_t	 operations;	/* bits */
	uint32_t	 uid_min;
	uint32_t	 uid_max;
	uint32_t	 gid_min;
	uint32_t	 gid_max;
	uint32_t	 rate;		/* requests a second; 0: any */
	uint32_t	 burst;
	uint8_t		 reads_all;	/* and not only its own */
	uint8_t		 may_hash;
	uint8_t		 has_domains;
	char		*client;
	/* Lists are comma separated; NULL is an empty one. */
	char		*groups;	/* named for it */
	char		*names;		/* patterns; NULL: any will do */
	char		*aliases;	/* the same */
	char		*domains;	/* patterns */
	char		*shells;	/* the first is the default */
	char		*home;		/* where its homes are; or NULL */
};

/* What a listening socket is, as bits. */
#define LISTENER_LOCAL	0x01U		/* a Unix socket */
#define LISTENER_TLS	0x02U

enum tls_file {
	TLS_CERTIFICATE,
	TLS_KEY,
	TLS_CLIENT_CA,
	TLS_FILES
};

enum sign_kind {
	SIGN_RSA_PKCS1,		/* a digest, to be padded */
	SIGN_RSA_PSS,		/* what EMSA-PSS made of one */
	SIGN_ECDSA,		/* a digest */
	SIGN_KINDS
};

enum sign_digest {
	SIGN_SHA256,
	SIGN_SHA384,
	SIGN_SHA512,
	SIGN_DIGESTS
};

/* Worker's question to auth: sign this in a handshake. */
#define SIGN_BYTES_MAX		2048	/* RSA with 16384 bits */
struct sign {
	uint8_t			 kind;
	uint8_t			 digest;	/* of SIGN_RSA_PKCS1 */
	uint32_t		 length;
	unsigned char		 bytes[SIGN_BYTES_MAX];
};

/* Auth's answer; its length is 0 if it did not sign. */
struct signature {
	uint32_t		 length;
	unsigned char		 bytes[SIGN_BYTES_MAX];
};

/* What there is to say of a certificate that is well. */
struct tls_facts {
	int64_t			 not_after;	/* seconds since 1970 */
};

struct prefix {
	uint8_t			 local;		/* any Unix socket */
	uint8_t			 length;	/* of the prefix, in bits */
	struct sockaddr_storage	 address;
};

/* SHA-256 of a certificate, in lower-case hexadecimal digits. */
#define FINGERPRINT_LENGTH	64
#define SUBJECT_LENGTH_MAX	1023
struct fingerprint {
	char		 text[FINGERPRINT_LENGTH + 1];
};

/* What a client is known by; any of it will do. */
#define CLIENT_PREFIXES_MAX	64
#define CLIENT_SECRETS_MAX	2	/* the old one and the new one */
#define CLIENT_CERTIFICATES_MAX	16
struct credential {
	char		*client;
	char		*secrets[CLIENT_SECRETS_MAX];	/* hashes, or NULL */
	char		*subject;		/* of a certificate, or NULL */
	uint8_t		 has_local_user;
	uint32_t	 uid;
	uint32_t	 certificate_count;
	struct fingerprint certificates[CLIENT_CERTIFICATES_MAX];
	uint32_t	 prefix_count;		/* 0: from anywhere */
	struct prefix	 prefixes[CLIENT_PREFIXES_MAX];
};

enum home_action {
	HOME_ACTION_MAKE,	/* build it where only root can look */
	HOME_ACTION_DISCARD,	/* never mind the one that was made */
	HOME_ACTION_PLACE,	/* rename it to where it belongs */
	HOME_ACTION_CHECK,	/* may it be removed? */
	HOME_ACTION_REMOVE,	/* rename it out of sight, then remove it */
	HOME_ACTION_ARCHIVE,	/* rename it to where only root can look */
	HOME_ACTION_TRY,	/* may it be changed? */
	HOME_ACTION_CHANGE,	/* move it, give its files to others */
	HOME_ACTIONS
};

struct home_order {
	uint32_t	 action;
	uint64_t	 serial;	/* its name while it is hidden */
	uint32_t	 uid;
	uint32_t	 gid;
	uint32_t	 mode;
	uint32_t	 old_uid;	/* change: whose files it is about */
	uint32_t	 old_gid;
	char		*path;		/* below the base, no leading slash */
	char		*to;		/* the new one, or in the archive */
};

/* What became of an order; error is an errno, 0 if it was carried out. */
struct home_outcome {
	uint64_t	 serial;
	uint32_t	 action;
	uint32_t	 error;
};

/* A line of dwservctl's answer. */
#define FIELD_NAME_MAX		32
struct field {
	char		 name[FIELD_NAME_MAX];
	uint8_t		 is_number;
	uint64_t	 number;
	char		*text;
};

struct outcome {
	uint8_t		 ok;
	char		*text;
};

/* Might that client make this request?  A password is not in it. */
struct explain {
	char		*client;
	struct request	 request;
};

/* result.c */
int	 result_set(struct result *, uint16_t, const char *, const char *, ...)
	    __attribute__((__format__ (printf, 4, 5)));

/* msg.c */
int	 msg_put_log(struct ibuf *, enum log_level, const char *);
int	 msg_get_log(struct ibuf *, enum log_level *, char **);
int	 msg_put_settings(struct ibuf *, const struct worker_settings *);
int	 msg_get_settings(struct ibuf *, struct worker_settings *);
int	 msg_put_string(struct ibuf *, const char *);
int	 msg_get_string(struct ibuf *, char **);
int	 msg_put_number(struct ibuf *, uint32_t);
int	 msg_get_number(struct ibuf *, uint32_t *);
int	 msg_put_request(struct ibuf *, const struct request *);
int	 msg_get_request(struct ibuf *, struct request *);
int	 msg_put_result(struct ibuf *, const struct result *);
int	 msg_get_result(struct ibuf *, struct result *);
int	 msg_put_answer_line(struct ibuf *, const struct answer_line *);
int	 msg_get_answer_line(struct ibuf *, struct answer_line *);
int	 msg_put_ledger_extent(struct ibuf *, const struct ledger_extent *);
int	 msg_get_ledger_extent(struct ibuf *, struct ledger_extent *);
int	 msg_put_login(struct ibuf *, const struct login *);
int	 msg_get_login(struct ibuf *, struct login *);
int	 msg_put_granted(struct ibuf *, const struct granted *);
int	 msg_get_granted(struct ibuf *, struct granted *);
int	 msg_put_grant(struct ibuf *, const struct grant *);
int	 msg_get_grant(struct ibuf *, struct grant *);
int	 msg_put_credential(struct ibuf *, const struct credential *);
int	 msg_get_credential(struct ibuf *, struct credential *);
int	 msg_put_home_order(struct ibuf *, const struct home_order *);
int	 msg_get_home_order(struct ibuf *, struct home_order *);
int	 msg_put_home_outcome(struct ibuf *, const struct home_outcome *);
int	 msg_get_home_outcome(struct ibuf *, struct home_outcome *);
int	 msg_put_field(struct ibuf *, const struct field *);
int	 msg_get_field(struct ibuf *, struct field *);
int	 msg_put_outcome(struct ibuf *, const struct outcome *);
int	 msg_get_outcome(struct ibuf *, struct outcome *);
int	 msg_put_explain(struct ibuf *, const struct explain *);
int	 msg_get_explain(struct ibuf *, struct explain *);

/* msgtls.c */
int	 msg_put_sign(struct ibuf *, const struct sign *);
int	 msg_get_sign(struct ibuf *, struct sign *);
int	 msg_put_signature(struct ibuf *, const struct signature *);
int	 msg_get_signature(struct ibuf *, struct signature *);
int	 msg_put_tls_facts(struct ibuf *, const struct tls_facts *);
int	 msg_get_tls_facts(struct ibuf *, struct tls_facts *);

const char *age_name(enum age_kind);
const char *login_way_name(enum login_way);
void	 request_free(struct request *);
void	 login_free(struct login *);
void	 granted_free(struct granted *);
void	 grant_free(struct grant *);
void	 explain_free(struct explain *);
void	 credential_free(struct credential *);

#endif /* MSG_H */
