/*
 * dwserv-auth: a map of the process that decides who a client is.  A
 * question of a worker becomes an attempt (auth_login.c), waits its turn
 * behind others of the same source (auth_throttle.c), is compared with what
 * clients are known by (auth_client.c, auth_secret.c), and is granted to the
 * parent or denied to the worker.
 */

#ifndef AUTH_H
#define AUTH_H

#include <sys/types.h>

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <crypt.h>
#include <openssl/types.h>

#include "dwserv.h"
#include "loop.h"
#include "msg.h"
#include "peer.h"

struct auth;
struct source;

/* However an attempt fails, it takes so long from its arrival. */
#define DENIAL_TIME		1000	/* milliseconds */

struct auth_client {
	TAILQ_ENTRY(auth_client)	 entry;
	struct credential		 credential;
};
TAILQ_HEAD(auth_clients, auth_client);

struct auth_worker {
	TAILQ_ENTRY(auth_worker)	 entry;
	struct auth			*auth;
	uint32_t			 number;
	struct channel			 channel;
	uint32_t			 attempts;	/* undecided, denied */
	int				 closed;
};

/* One question of a worker, until it is answered. */
struct attempt {
	TAILQ_ENTRY(attempt)		 entry;
	struct auth_worker		*worker;
	struct login			 login;
	uint32_t			 uid;		/* of a local peer */
	uint64_t			 asked;		/* loop_now() */
	struct timer			 timer;		/* of its denial */
};
TAILQ_HEAD(attempts, attempt);

enum source_state {
	SOURCE_IDLE,		/* no attempts */
	SOURCE_WAITING,		/* until the timer says so */
	SOURCE_READY		/* in the order of turns */
};

/* Where attempts come from; remembered as long as some had failed. */
struct source {
	RB_ENTRY(source)		 entry;
	TAILQ_ENTRY(source)		 age;
	TAILQ_ENTRY(source)		 turn;
	struct auth			*auth;
	struct peer_source		 key;
	enum source_state		 state;
	struct timer			 timer;
	struct attempts			 attempts;
	uint32_t			 attempt_count;
	uint32_t			 failures;
	uint64_t			 since;		/* loop_now() */
};
RB_HEAD(source_tree, source);
TAILQ_HEAD(sources, source);

struct throttle {
	struct source_tree		 tree;
	struct sources			 ages;		/* the oldest first */
	struct sources			 turns;
	uint32_t			 count;
	struct timer			 timer;		/* of the next turn */
};

struct auth {
	struct loop			 loop;
	struct channel			 parent;
	struct auth_clients		 clients;
	TAILQ_HEAD(, auth_worker)	 workers;
	uint32_t			 slots;		/* of secrets in use */
	uint64_t			 seed;
	struct throttle			 throttle;
	EVP_PKEY			*key;		/* of TLS */
	struct crypt_data		 crypt;
};

/* auth.c */
void	 worker_release(struct auth_worker *);

/* auth_client.c */
int	 client_add(struct auth *, struct imsg *);
void	 client_free_all(struct auth *);
const struct credential *client_find(const struct auth *, const char *);
int	 client_may_come(const struct credential *, const struct login *);
const struct credential *client_recognize(const struct auth *,
    const struct attempt *, enum login_way *);
int	 client_identify(const struct credential *, const struct attempt *,
    enum login_way *);

/* auth_secret.c */
int	 secret_verify(struct auth *, const struct credential *,
    const struct login *, enum login_way *);

/* auth_login.c */
int	 login_take(struct auth_worker *, struct imsg *);
int	 login_decide(struct attempt *);
void	 login_refuse(struct attempt *, const char *);
void	 login_forget(struct attempt *);

/* auth_throttle.c */
void	 throttle_init(struct throttle *);
void	 throttle_submit(struct auth *, struct attempt *);

#endif /* AUTH_H */
