/*
 * A worker: a map of the process that talks to clients.  A line goes from
 * session.c to command.c, from there to the parent or, if it only reads, to
 * snapshot.c, and its reply comes back through session.c in the order of
 * the requests.
 */

#ifndef WORKER_H
#define WORKER_H

#include <sys/types.h>
#include <sys/socket.h>

#include <bsd/sys/queue.h>

#include "dwserv.h"
#include "loop.h"
#include "msg.h"
#include "peer.h"
#include "stream.h"
#include "table.h"

struct listing;
struct session;
struct signing;
struct tls_server;
struct worker;
struct transaction;

/* Requests of one session that may be unanswered at a time. */
#define SESSION_WINDOW	2048
/* Bytes that may wait for a slow reader before no more lines are read. */
#define SESSION_OUT_MAX	65536

/* A line in the order of the names. */
struct place {
	struct slice		 name;
	line_t			 line;
};

/* A public account file as of some commit; read when first needed. */
struct snapshot {
	unsigned int		 references;
	enum table_kind		 kind;
	int			 fd;
	struct table		*table;
	struct place		*order;		/* NULL: not sorted yet */
	uint32_t		 order_count;
	char			*names;		/* of aliases, in the order */
};

/* What an account is, as account show says it; the first that holds. */
enum account_state {
	STATE_ANY,		/* only in a query */
	STATE_SUSPENDED,
	STATE_EXPIRED,
	STATE_LOCKED,
	STATE_NO_PASSWORD,
	STATE_ACTIVE,
	STATES
};

/* What the parent tells of one account's entry in shadow. */
struct state_entry {
	enum account_state	 state;		/* STATE_ANY: it has none */
	int64_t			 expire;	/* day since 1970; -1: never */
	size_t			 length;
	char			 login[];
};

/* The states of all accounts, from a file that the parent appends to. */
struct states {
	int			 fd;
	uint64_t		 size;		/* that may be read */
	uint64_t		 done;		/* that was read */
	uint64_t		 seed;
	struct index		 by_login;
	struct state_entry	**entries;
	uint32_t		 count;
	uint32_t		 room;
};

/* What a read asks for; an empty string stands for all. */
struct query {
	enum operation		 operation;
	char			 name[ALIAS_LENGTH_MAX + 1];	/* show */
	char			 prefix[ALIAS_LENGTH_MAX + 1];
	char			 after[ALIAS_LENGTH_MAX + 1];
	char			 group[NAME_LENGTH_MAX + 1];
	char			 login[NAME_LENGTH_MAX + 1];
	uint32_t		 min;		/* uid, or gid of a group */
	uint32_t		 max;
	enum account_state	 state;
	uint64_t		 limit;		/* UINT64_MAX: none */
	uint64_t		 since;		/* UINT64_MAX: now */
	int			 follow;
};

enum reply_kind {
	REPLY_READY,		/* the text is there */
	REPLY_WAITING,		/* the parent has the request */
	REPLY_READ		/* to be read when all before it is answered */
};

struct reply {
	TAILQ_ENTRY(reply)	 entry;
	enum reply_kind		 kind;
	uint32_t		 number;	/* at the parent */
	struct ibuf		*text;
	struct query		*query;		/* of REPLY_READ */
	int			 closes;	/* the session after it */
};
TAILQ_HEAD(replies, reply);

/* What the lists of accounts, of groups and of aliases do differently. */
struct listing_kind {
	enum table_kind	 table;
	const char	*noun;
	int		(*sees)(const struct session *, const struct table *,
			    line_t);
	/* Finds out which lines may come, if the query does not say all. */
	void		(*choose)(struct listing *);
	int		(*matches)(struct session *, struct listing *,
			    line_t);
	void		(*show)(struct session *, struct listing *,
			    const char *, line_t, struct ibuf *);
};

/* A list that is on its way to the client, piece by piece. */
struct listing {
	const struct listing_kind *kind;
	struct snapshot		*snapshots[TABLES];
	struct query		 query;
	uint8_t			*chosen;	/* lines, if not all may come */
	uint32_t		 next;		/* in the snapshot's order */
	uint64_t		 count;
};

/* A part of the ledger; open while somebody reads it. */
struct segment {
	LIST_ENTRY(segment)	 entry;
	unsigned int		 references;
	uint32_t		 number;
	int			 asked;		/* the parent will answer */
	int			 fd;		/* -1: not there */
};

/* What a worker knows of the ledger. */
struct ledger_view {
	struct ledger_extent	 extent;
	LIST_HEAD(, segment)	 segments;
};

/* A session's place in the ledger. */
struct watching {
	struct segment		*segment;
	uint64_t		 offset;
	uint64_t		 since;
	uint64_t		 last;		/* entry that was passed over */
	uint64_t		 end;		/* entry to stop at */
	int			 follow;
	int			 found;		/* the place is known */
	int			 ready;		/* there may be more now */
};

/* The certificate that a client showed in the handshake of TLS. */
struct peer_certificate {
	int			 presented;
	int			 verified;
	char			 fingerprint[FINGERPRINT_LENGTH + 1];
	char			*subject;	/* RFC 2253 */
	const char		*problem;	/* why it did not verify */
};

enum session_state {
	SESSION_NEW,
	SESSION_AUTHENTICATING,
	SESSION_AUTHENTICATED
};

struct session {
	TAILQ_ENTRY(session)	 entry;
	TAILQ_ENTRY(session)	 turn;
	int			 has_turn;
	struct worker		*worker;
	uint32_t		 id;
	int			 fd;
	struct stream		 stream;
	struct signing		*signing;	/* that is awaited */
	struct watch		 watch;
	struct timer		 timer;
	uint64_t		 active;	/* loop_now() */
	struct sockaddr_storage	 peer;
	struct peer_source	 source;	/* counted with it */
	int			 local;		/* came over a Unix socket */
	int			 private;	/* nobody can listen in */
	struct peer_certificate	 certificate;
	int			 offered;	/* to auth, unasked */
	enum session_state	 state;
	char			*client;
	uint32_t		 operations;
	struct grant		 rights;
	uint32_t		 failures;
	struct transaction	*transaction;	/* NULL: outside of one */
	char			*in;		/* NULL: nothing is waiting */
	size_t			 in_length;
	int			 skipping;	/* the rest of a long line */
	struct ibuf		*out;		/* NULL: nothing is waiting */
	struct replies		 replies;
	uint32_t		 reply_count;
	struct listing		*listing;
	struct watching		*watching;
	int			 ended;		/* the client sends no more */
	int			 closing;	/* no more lines are taken */
	int			 lingering;	/* all is said */
};
TAILQ_HEAD(sessions, session);

struct listening {
	TAILQ_ENTRY(listening)	 entry;
	struct worker		*worker;
	struct watch		 watch;
	int			 fd;
	uint32_t		 kind;		/* bits LISTENER_* */
};

struct worker {
	struct loop		 loop;
	struct channel		 parent;
	struct channel		 auth;
	struct worker_settings	 settings;
	TAILQ_HEAD(, listening)	 listenings;
	struct timer		 accept_timer;
	int			 draining;
	struct sessions		 sessions;
	struct sessions		 turns;		/* those with work to do */
	uint32_t		 turn_count;
	uint32_t		 session_count;
	uint32_t		 next_session;
	uint32_t		 next_number;
	uint32_t		 waiting;	/* requests at the parent */
	struct snapshot		*snapshots[TABLES];
	struct states		*states;
	struct ledger_view	 ledger;
	struct tls_server	*tls;		/* NULL: there is none */
	char			 hostname[256];
};

/* listening.c */
void	 listening_add(struct worker *, int, uint32_t);
void	 listening_resume(struct worker *);
void	 listening_close(struct worker *);

/* session.c */
void	 session_new(struct worker *, int, const struct sockaddr_storage *,
	    uint32_t);
struct session *session_find(struct worker *, uint32_t);
void	 session_run(struct session *);
void	 session_wake(struct session *);
void	 session_end(struct session *, const char *);
void	 session_drop(struct session *);
void	 session_begin_time(struct session *);

/* greeting.c */
int	 greeting_await(struct session *, int);
void	 greeting_say(struct session *);
void	 session_greet(struct session *);

/* login.c */
void	 login_offer(struct session *);
void	 login_ask(struct session *, const char *, const char *);
void	 login_denied(struct session *);
void	 login_interrupted(struct session *);
void	 login_granted(struct session *, struct grant *);

/* tls_session.c */
int	 tls_set_certificate(struct worker *, int);
int	 tls_set_client_ca(struct worker *, int);
int	 tls_session_begin(struct session *);
void	 tls_session_continue(struct session *);
void	 tls_session_close(struct session *);

/* tls_sign.c */
int	 tls_signed(struct worker *, struct imsg *);
void	 tls_sign_fail(struct session *);
void	 tls_auth_lost(struct worker *);

/* tls_peer.c */
void	 tls_peer_learn(struct session *);

/* reply.c */
struct reply *reply_new(struct session *, enum reply_kind);
void	 reply_add(struct session *, uint16_t, const char *, const char *, ...)
	    __attribute__((__format__ (printf, 4, 5)));
void	 reply_add_closing(struct session *, uint16_t, const char *,
	    const char *);
void	 reply_append(struct session *, const struct answer_line *);
void	 reply_result(struct session *, const struct result *);
void	 reply_free(struct session *, struct reply *);

/* command.c */
int	 command_execute(struct session *, char *);
const char *command_word(size_t, const char **);
uint32_t command_expect(struct session *);
void	 command_send(struct session *, struct request *);

/* help.c */
void	 help_capabilities(struct session *);
void	 help_all(struct session *);

/* transaction.c */
void	 transaction_begin(struct session *);
void	 transaction_abort(struct session *);
void	 transaction_commit(struct session *, struct request *);
void	 transaction_queue(struct session *, const struct request *);
int	 transaction_has_room(const struct session *);
void	 transaction_spoil(struct session *);
void	 transaction_free(struct session *);

/* operations.c */
int	 operation_find(char **, int, enum operation *);
void	 operation_print(enum operation, char *, size_t);
const char *operation_usage(enum operation);

/* argument.c, which knows no session */
struct asker {
	int			 private;	/* nobody can listen in */
	int			 may_hash;
	int			 in_transaction;
	const struct hash_rules	*hash;
};
int	 argument_parse(const struct asker *, enum operation, char **, int,
	    struct request *, struct query *, char **, struct result *);
int	 argument_parse_commit(const struct asker *, char **, int,
	    struct request *, struct result *);
int	 operation_is_read(enum operation);

/* hash.c */
char	*hash_password(const struct hash_rules *, const char *);

/* snapshot.c */
void	 snapshot_replace(struct worker *, enum table_kind, int);
struct snapshot *snapshot_hold(struct worker *, enum table_kind);
void	 snapshot_release(struct snapshot *);
const struct table *snapshot_table(struct snapshot *);
line_t	 snapshot_line(struct snapshot *, uint32_t);
uint32_t snapshot_find(struct snapshot *, const char *, int);
int	 snapshot_has_prefix(struct snapshot *, uint32_t, const char *);

/* states.c */
struct states *states_new(int);
void	 states_free(struct states *);
int	 states_extend(struct states *, uint64_t);
void	 states_learn(struct states *, const char *, size_t);
enum account_state states_tell(struct states *, const struct table *, line_t,
    int64_t);
const char *state_name(enum account_state);
int64_t	 state_today(void);

/* sight.c */
int	 session_sees_account(const struct session *, const struct table *,
    line_t);
int	 session_sees_group(const struct session *, const struct table *,
    line_t);
int	 session_sees_alias(const struct session *, const struct table *,
    line_t);
int	 session_has_account(const struct session *, uint32_t, struct slice);
int	 session_has_group(const struct session *, uint32_t, struct slice);
int	 session_has_alias(const struct session *, struct slice);
void	 session_take_rights(struct session *, struct grant *);

/* show.c */
void	 show_field(struct ibuf *, const char *, struct slice);
void	 show_account(struct ibuf *, const char *, const struct table *,
    const struct table *, line_t, enum account_state);
void	 show_group(struct ibuf *, const char *, const struct table *, line_t);
void	 show_alias(struct ibuf *, const char *, const struct table *, line_t);

/* listing.c */
void	 read_answer(struct session *, const struct query *, struct ibuf *);
struct listing *listing_begin(struct session *, const struct query *);
int	 listing_continue(struct session *, struct ibuf *);
void	 listing_end(struct session *);

/* listing_kind.c */
const struct listing_kind *listing_kind(enum operation);
const struct table *listing_table(struct listing *, enum table_kind);
void	 listing_choose_none(struct listing *);

/* listing_alias.c */
extern const struct listing_kind listing_aliases;

/* entry.c */
int	 entry_number(const char *, size_t, uint64_t *);
int	 entry_next(const char *, size_t, uint64_t *);
int	 entry_show(const struct session *, const char *, size_t,
    struct ibuf *);

/* segment.c */
int	 segment_arrive(struct worker *, uint32_t, int);
struct segment *segment_hold(struct worker *, uint32_t);
void	 segment_release(struct segment *);
uint64_t segment_size(const struct worker *, const struct segment *);
char	*segment_read(const struct segment *, uint64_t, uint64_t, size_t *);

/* watching.c */
void	 watching_wake(struct worker *);
void	 watching_begin(struct session *, const struct query *);
int	 watching_continue(struct session *, struct ibuf *);
void	 watching_finish(struct session *, struct ibuf *);
void	 watching_end(struct session *);
int	 watching_is_live(const struct session *);

/* worker.c */
void	 worker_check_drained(struct worker *);

#endif /* WORKER_H */
