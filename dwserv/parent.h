/*
 * The parent: a map of the one process that runs as root and touches the
 * account files.  It decides (policy.c), carries out (account.c over the
 * tables of store.c, by way of commit.c) and remembers (journal.c,
 * ledger.c); it never sees a byte of a client that a worker has not put
 * into a message, and believes no message.
 */

#ifndef PARENT_H
#define PARENT_H

#include <sys/types.h>
#include <sys/stat.h>

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <limits.h>

#include "config.h"
#include "loop.h"
#include "msg.h"
#include "seal.h"
#include "store.h"
#include "table.h"

struct parent;
struct commit;
struct control;

/* How often children are asked whether they are well (milliseconds). */
#define HEARTBEAT		1000

/* Append-only memory of what was done. */
struct ledger {
	int			 directory_fd;
	int			 fd;
	uint32_t		 segment;
	uint64_t		 size;
	uint64_t		 reserved;	/* on the disk for it */
	uint64_t		 last;		/* number of the last entry */
	char			 digest[SHA256_HEX_LENGTH + 1];
	uint64_t		 head;		/* size of what it carries on */
	struct recalls		*recalls;
};

/* What must be finished once it has begun. */
struct journal {
	int			 fd;
};

/* A commit as it was written to the journal. */
struct journal_record {
	char			*bytes;		/* NULL: there is none */
	size_t			 length;
	uint64_t		 first;		/* numbers of its entries */
	uint64_t		 last;
};

/* A path below the base that a change has for itself in its batch. */
struct claim {
	RB_ENTRY(claim)		 entry;
	const char		*path;		/* NULL: none */
	struct change		*change;
};
RB_HEAD(claims, claim);

/* What a change does to a home directory: first order, then promise. */
struct home_job {
	TAILQ_ENTRY(home_job)	 entry;
	struct claim		 claims[2];	/* where it is, where it goes */
	struct home_order	 order;
	enum home_action	 promised;	/* the action once committed */
	uint32_t		 error;		/* errno */
};
TAILQ_HEAD(home_jobs, home_job);

/*
 * A decided request on its way to the disk.  The client's session may be
 * gone when it arrives there.  The parts of a transaction follow each other
 * wherever changes wait.
 */
struct change {
	TAILQ_ENTRY(change)	 entry;
	uint32_t		 worker;	/* 0: nobody waits */
	struct request		 request;
	struct result		 result;	/* code 0: undecided so far */
	char			*client;
	char			*peer;
	uint32_t		 uid;
	uint32_t		 gid;
	int			 took_uid;	/* is in use from now on */
	int			 took_gid;
	int			 left_uid;	/* is not in use any more */
	int			 left_gid;
	uint32_t		 old_uid;	/* that was left */
	uint32_t		 old_gid;
	struct home_jobs	 homes;
	char			*record;	/* for the ledger, or NULL */
	uint64_t		 number;	/* of its first entry there */
	struct recall		*recall;	/* this one, or NULL */
};
TAILQ_HEAD(changes, change);

/* A request that had a key, and what came of it. */
struct recall {
	RB_ENTRY(recall)	 entry;
	TAILQ_ENTRY(recall)	 age;
	char			*client;
	char			*key;
	char			*digest;	/* of the request */
	char			*reply;		/* NULL: under way */
	uint64_t		 time;		/* seconds since 1970 */
};
RB_HEAD(recall_tree, recall);

/* What is remembered of them: a day, or the last so many. */
#define RECALL_SECONDS		86400
#define RECALL_MAX		100000
struct recalls {
	struct recall_tree	 tree;
	TAILQ_HEAD(, recall)	 ages;		/* the oldest first */
	uint32_t		 count;
};

/*
 * What workers may know of the shadow file: a text that only grows, until
 * it is begun anew (parent_states.c).
 */
struct states {
	int			 fd;
	int			 read_fd;	/* what workers get */
	uint64_t		 size;
	uint64_t		 first_size;	/* when it was new */
	int			 is_new;		/* to workers */
};

enum commit_state {
	COMMIT_IDLE,
	COMMIT_SCHEDULED,
	COMMIT_LOCKING,
	COMMIT_BUILDING,	/* homes are being made */
	COMMIT_PLACING		/* homes are being put in place */
};

struct commit_counts {
	uint64_t		 commits;
	uint64_t		 changes;
	uint64_t		 failures;
	uint32_t		 last_size;
	uint32_t		 largest;
	uint64_t		 last_time;	/* microseconds, all three */
	uint64_t		 longest_time;
	uint64_t		 total_time;
};

typedef void (*commit_recovered)(struct parent *);

struct commit {
	struct parent		*parent;
	enum commit_state	 state;
	int			 recovering;
	int			 done_recovering;
	struct changes		 waiting;
	uint32_t		 waiting_count;
	struct changes		 batch;
	struct claims		 claims;
	struct recalls		 recalls;
	struct states		 states;
	struct timer		 timer;
	uint64_t		 deadline;
	uint64_t		 busy_since;
	uint64_t		 began;		/* microseconds */
	uint32_t		 home_sync;	/* number of the latest */
	struct store		 store;
	struct lock		 lock;
	struct journal		 journal;
	struct journal_record	 interrupted;	/* by a crash */
	struct ledger		 ledger;
	struct commit_counts	 counts;
	char			 last_error[256];
	commit_recovered	 recovered;
};

/* A session that auth has granted to a client. */
struct session_grant {
	RB_ENTRY(session_grant)	 entry;
	uint32_t		 session;
	char			*client;
	char			*peer;
};
RB_HEAD(session_grants, session_grant);

enum role {
	ROLE_WORKER,
	ROLE_AUTH,
	ROLE_HOME
};

/*
 * A place for a child process, which is filled again when the process in
 * it dies; each process in it gets a number of its own.
 */
struct child {
	TAILQ_ENTRY(child)	 entry;
	struct parent		*parent;
	struct generation	*generation;
	enum role		 role;
	uint32_t		 number;
	pid_t			 pid;		/* -1: nobody is there */
	struct channel		 channel;
	struct timer		 respawn;
	uint64_t		 started;	/* loop_now() */
	uint64_t		 heard;		/* of the last pong */
	int			 asked;		/* for the next */
	uint32_t		 failures;	/* deaths in quick succession */
	int			 ready;
	int			 leaving;	/* is not to be filled again */
	uint32_t		 waiting;	/* a worker's requests */
	uint32_t		 sessions;
	uint32_t		 grant_count;
	struct session_grants	 grants;
	struct changes		 parts;		/* of a transaction */
	struct hash_rules	 hash;	/* by which a worker makes them */
	size_t			 parts_size;	/* octets they came in */
};
TAILQ_HEAD(children, child);

/* How many requests a client may make at once, from now on. */
struct rate {
	TAILQ_ENTRY(rate)	 entry;
	char			*client;
	uint64_t		 time;		/* milliseconds, loop_now() */
	uint64_t		 tokens;	/* thousandths of a request */
};
TAILQ_HEAD(rates, rate);

/* All children that were started with one configuration. */
struct generation {
	TAILQ_ENTRY(generation)	 entry;
	uint32_t		 number;
	int			 draining;
	struct config		*config;
	struct children		 children;
};
TAILQ_HEAD(generations, generation);

/* When a client was last known by something. */
struct use {
	TAILQ_ENTRY(use)	 entry;
	char			*client;
	char			*secret;	/* its hash, or NULL */
	enum login_way		 way;
	time_t			 time;
};
TAILQ_HEAD(uses, use);

/* The program that is run when the aliases have changed. */
struct rebuild {
	pid_t			 pid;		/* -1: it does not run */
	int			 wanted;	/* once more after this run */
	int			 expired;	/* ran too long, was killed */
	struct timer		 timer;		/* of the run, or to the next */
	uint64_t		 limit;		/* milliseconds, all four */
	uint64_t		 first_delay;	/* after a failure */
	uint64_t		 longest_delay;
	uint64_t		 delay;		/* 0: the last run went well */
	uint64_t		 runs;
	uint64_t		 failures;
	char			 error[384];	/* of the last that failed */
};

/* The process that starts that program (rebuild_launcher.c). */
struct launcher {
	int			 fd;		/* -1: there is none */
	pid_t			 pid;
};

/* A directory that the parent may still use, and how (landlock.c). */
struct opening {
	TAILQ_ENTRY(opening)	 entry;
	dev_t			 device;
	ino_t			 inode;
	unsigned int		 rights;
};

/* What keeps the parent in, and what the kernel has for that. */
struct walls {
	TAILQ_HEAD(, opening)	 openings;
	int			 landlock;	/* level, 0: none */
	int			 seccomp;
	char			 missing[128];	/* for people */
};

struct parent {
	struct loop		 loop;
	const char		*config_path;
	struct symbols		 symbols;	/* of the command line */
	struct config		*config;	/* the newest generation's */
	struct generations	 generations;
	struct child		 home;
	struct commit		 commit;
	struct rebuild		 rebuild;
	struct rates		 rates;
	struct launcher		 launcher;
	struct walls		 walls;
	struct watch		 signal_watch;
	int			 signal_fd;
	int			 state_fd;
	int			 lock_fd;
	int			 ready_fd;	/* tells whoever started us */
	int			 has_served;	/* once, or more */
	int			 foreground;
	int			 stopping;
	int			 home_is_stale;	/* has the old directories */
	struct timer		 heartbeat;
	struct timer		 stop_timer;
	uint32_t		 next_generation;
	uint32_t		 next_number;
	uint64_t		 requests;
	uint64_t		 grants;
	struct uses		 uses;
	time_t			 started;
	struct watch		 control_watch;
	int			 control_fd;
	TAILQ_HEAD(, control)	 controls;
	struct file_state	 published[TABLES];
	uint64_t		 published_last; /* of the ledger */
	uint64_t		 published_states; /* octets */
};

/* result.c */
int		 result_from_errno(struct result *, int, const char *,
		    const char *);

/* parent_states.c */
void		 states_close(struct states *);
int		 states_renew(struct states *, const struct store *, int);
int		 states_note(struct states *, const struct store *, int);

/* recall.c */
enum recall_answer {
	RECALL_NEW,
	RECALL_WAIT,
	RECALL_KNOWN,
	RECALL_CONFLICT
};
void		 recalls_init(struct recalls *);
void		 recalls_clear(struct recalls *);
enum recall_answer recall_ask(struct recalls *, struct change *);
void		 recall_forget(struct recalls *, struct change *);
void		 recall_record(struct change *);
void		 recall_keep(struct recalls *, struct change *);
void		 recall_learn(struct recalls *, uint64_t, char **, int);
void		 recall_recover(struct recalls *, const struct change *);
void		 recall_describe(const struct recall *, struct ibuf *);

/* journal.c */
int		 journal_open(struct journal *, int);
void		 journal_close(struct journal *);
struct ibuf	*journal_build(struct store *, const struct changes *,
		    uint64_t);
int		 journal_write(struct journal *, const struct ibuf *);
int		 journal_read(struct journal *, struct journal_record *);
int		 journal_visit(struct journal_record *, edit_visitor, void *);
int		 journal_changes(struct journal_record *, uint64_t,
		    struct changes *);
void		 journal_record_free(struct journal_record *);

/* recover.c */
void		 recover_begin(struct commit *, commit_recovered);
void		 recover_apply(struct commit *);

/* ledger.c */
int		 ledger_open(struct ledger *, int, struct store *,
		    struct recalls *, uint64_t);
void		 ledger_close(struct ledger *);
int		 ledger_reserve(struct ledger *, const struct changes *);
int		 ledger_append(struct ledger *, const struct changes *,
		    struct store *);
int		 ledger_append_external(struct ledger *, struct store *);
void		 ledger_get_extent(const struct ledger *,
		    struct ledger_extent *);
int		 ledger_open_segment(const struct ledger *, uint32_t);

/* record.c */
void		 change_init(struct change *);
struct ibuf	*record_begin(const struct change *, const char *);
void		 record_end(struct change *, struct ibuf *);
int		 record_next(const struct change *, const char **,
		    struct slice *);
uint64_t	 record_count(const struct changes *);

/* audit.c */
void		 audit_change(const struct change *, uint64_t);
void		 audit_refusal(const struct change *, const struct result *);

/* uses.c */
void		 use_note(struct uses *, const struct client *,
		    enum login_way, time_t);
time_t		 use_last(struct uses *, const struct client *,
		    enum login_way);
void		 uses_prune(struct uses *, const struct config *);

/* line.c */
void		 line_add(struct ibuf *, struct slice);
void		 line_add_string(struct ibuf *, const char *);
void		 line_add_number(struct ibuf *, int64_t);
void		 line_end(struct ibuf *, struct table *, line_t);
void		 line_set_fields(struct table *, line_t, const char *const *,
		    unsigned int);
unsigned int	 line_count_fields(const struct table *, line_t);

/* fields.c */
int		 request_check_fields(const struct request *,
		    struct result *);

/* admit.c */
int		 policy_admit(const struct config *, const struct client *,
		    const struct hash_rules *, const struct request *,
		    struct result *);

/* suspend.c, which has more in account.h */
line_t		 suspend_find(const struct store *, struct slice, uint32_t);

/* policy.c, which has more in policy.h */
int		 policy_decide(const struct config *, const struct client *,
		    const struct store *, const struct request *,
		    struct result *);
void		 policy_consult(struct result *, enum clause);
int		 policy_refuse(struct result *, enum clause, const char *,
		    const char *, ...)
		    __attribute__((__format__ (printf, 4, 5)));
void		 policy_range(const struct config *, const struct client *,
		    uint32_t *, uint32_t *);
void		 policy_gid_range(const struct config *,
		    const struct client *, uint32_t *, uint32_t *);
const char	*policy_home_below(const struct config *, const char *);
const char	*policy_home_base(const struct config *,
		    const struct client *);
int		 policy_home_is_inside(const struct config *,
		    const struct client *, const char *);

/* rate.c */
void		 rates_init(struct rates *);
void		 rates_clear(struct rates *);
uint32_t	 rate_take(struct rates *, const struct client *, uint32_t,
		    uint64_t);

/* account.c: carrying out, of which account.h is the map */
int		 account_carry_out(struct store *, const struct config *,
		    const struct client *, struct change *);
void		 change_forget(struct store *, struct change *);
void		 alias_add_targets(const struct table *, line_t,
		    struct ibuf *);

/* commit.c */
void		 commit_init(struct commit *, struct parent *);
int		 commit_open(struct commit *, const struct config *);
void		 commit_close(struct commit *);
void		 commit_submit(struct commit *, struct changes *);
int		 commit_refresh(struct commit *, struct result *);
void		 commit_notice(struct commit *);
int		 commit_is_idle(const struct commit *);
void		 commit_schedule(struct commit *, uint64_t);
void		 commit_write(struct commit *);
void		 commit_record(struct commit *);
void		 commit_settle(struct commit *);
void		 commit_finish(struct commit *);
__attribute__((__noreturn__)) void commit_unknown(struct commit *,
		    const char *);
void		 change_free(struct change *);

/* batch.c: what is carried out together */
void		 batch_take(struct commit *);
void		 batch_carry_out(struct commit *);
struct change	*batch_last(struct change *);
void		 batch_set_crowded(struct change *);
void		 batch_fail(struct change *, const struct change *);

/* plan.c */
int		 plan_is_next(const struct commit *);
void		 plan_run(struct commit *);

/* homes.c */
struct change	*homes_claim(struct claims *, struct change *);
void		 homes_unclaim(struct claims *, struct change *);
void		 homes_free(struct change *);
void		 homes_build(struct commit *);
void		 homes_discard(struct commit *);
void		 homes_place(struct commit *);
void		 homes_report(struct change *);
void		 homes_promise(struct commit *);
void		 homes_done(struct commit *, const struct home_outcome *);
void		 homes_synced(struct commit *, uint32_t, int);
void		 homes_lost(struct commit *);
void		 homes_ready(struct commit *);

/* child.c */
void		 child_init(struct child *, struct parent *,
		    struct generation *, enum role);
void		 child_spawn(struct child *);
__attribute__((__noreturn__)) void child_become(int, const char *,
		    char *const[]);
void		 child_leave(struct child *);
void		 child_reap(struct parent *);
void		 child_heartbeat(struct parent *);
void		 child_flush_all(struct parent *, uint64_t);
int		 child_dispatch(struct child *, struct imsg *);
struct child	*child_find(struct parent *, uint32_t);
const char	*child_role_name(enum role);

/* generation.c */
void		 generation_start(struct parent *, struct config *);
void		 generation_drain(struct generation *, int);
void		 generation_check(struct parent *);
void		 generation_child_ready(struct child *);
int		 generation_is_ready(const struct generation *);
struct child	*generation_auth(struct generation *);

/* publish.c: what workers are given */
void		 worker_begin(struct child *);
void		 worker_publish(struct parent *);
void		 worker_send_segment(struct child *, uint32_t);

/* parent_worker.c, parent_auth.c, parent_home.c: the ends of channels */
int		 worker_dispatch(struct channel *, struct imsg *);
void		 worker_end(struct child *);
void		 worker_reply(struct parent *, const struct change *);
void		 worker_reply_line(struct parent *, const struct change *,
		    const char *);
void		 worker_grant(struct child *, const struct granted *);
void		 worker_renew_rights(struct parent *);
int		 auth_dispatch(struct channel *, struct imsg *);
void		 auth_begin(struct child *);
void		 auth_introduce(struct child *, struct child *);
int		 home_dispatch(struct channel *, struct imsg *);
void		 home_begin(struct child *);
int		 home_send(struct parent *, const struct home_order *);
int		 home_sync(struct parent *, uint32_t);
void		 home_clean(struct parent *);
void		 home_renew(struct parent *);

/* parent_tls.c */
int		 tls_load(struct config *, config_complaint, void *);
void		 tls_send(const struct tls *, struct channel *,
		    enum tls_file);

/* listen.c */
const char	*listener_path(const struct listener *);
int		 listeners_bind(struct config *, const struct config *,
		    char *, size_t);
void		 listeners_close(struct config *, const struct config *);

/* identity.c */
int		 identity_resolve(struct config *, char *, size_t);

/* explain.c */
int		 explain_answer(struct control *, struct parent *,
		    struct imsg *);

/* control.c */
void		 control_record(struct control *, const char *);
void		 control_field(struct control *, const char *, const char *,
		    uint64_t);
void		 control_outcome(struct control *, int, const char *);
int		 control_open(struct parent *);
void		 control_close(struct parent *);

/* rebuild.c */
void		 rebuild_init(struct rebuild *);
void		 rebuild_request(struct parent *);
void		 rebuild_renew(struct parent *);
int		 rebuild_reaped(struct parent *, pid_t, int);
const char	*rebuild_state(const struct parent *);
uint64_t	 rebuild_wait(const struct parent *);
void		 rebuild_close(struct parent *);

/* rebuild_launcher.c */
int		 launcher_open(struct parent *);
pid_t		 launcher_run(struct launcher *);
void		 launcher_kill(struct launcher *);
int		 launcher_renew(struct launcher *, const struct config *);
void		 launcher_close(struct parent *);

/* sandbox_parent.c */
void		 walls_survey(struct parent *);
void		 walls_raise(struct parent *);
int		 walls_check(const struct parent *, const struct config *,
		    char *, size_t);

/* dwserv.c */
int		 parent_reload(struct parent *, char **);
void		 parent_stop(struct parent *);
void		 parent_set_verbose(struct parent *, int);
void		 parent_check_stop(struct parent *);

#endif /* PARENT_H */
