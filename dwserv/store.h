/*
 * The account files of one root, on disk and in memory: a map of what reads,
 * locks, stages and publishes them, and of what they say about ids.
 */

#ifndef STORE_H
#define STORE_H

#include <sys/types.h>
#include <sys/stat.h>

#include <bsd/sys/tree.h>

#include "config.h"
#include "msg.h"
#include "table.h"

/*
 * Identities that were ever in use, as a set of intervals; nobody gets a
 * uid or gid out of it again.
 */
struct id_interval {
	RB_ENTRY(id_interval)	 entry;
	uint32_t		 first;
	uint32_t		 last;
};
RB_HEAD(idset, id_interval);

/* What login.defs(5) has to say; -1 where it says nothing. */
struct login_defs {
	int64_t			 pass_min_days;
	int64_t			 pass_max_days;
	int64_t			 pass_warn_age;
	int64_t			 umask;
	int64_t			 home_mode;
	int64_t			 uid_min;
	int64_t			 uid_max;
	int			 usergroups;
	int			 has_hash;
	enum hash_method	 hash_method;
	int64_t			 hash_costs[HASH_METHODS];
};

/* By what a file is recognised as the one that was read. */
struct file_state {
	int			 present;
	struct statx		 stx;
};

/* Where an account file is. */
struct place {
	int			 directory_fd;	/* -1: there is no such file */
	const char		*name;
};

/* The account files of one root: /etc/passwd and its siblings. */
struct store {
	char			*root;
	int			 root_fd;
	int			 etc_fd;
	char			*aliases_name;
	struct place		 places[TABLES];
	struct table		*tables[TABLES];	/* NULL: no such file */
	struct file_state	 states[TABLES];
	struct login_defs	 defs;
	struct idset		 uids;
	struct idset		 gids;
	int			 reuse;		/* of ids */
	uint64_t		 reloads;
	int			 is_first;	/* nothing was ever read */
	struct ibuf		*external;	/* what others changed */
	struct result		 aliases_problem; /* code 0: there is none */
};

/* The locks that shadow-utils and glibc know. */
struct lock {
	int			 etc_fd;
	int			 pwd_fd;	/* .pwd.lock while it is held */
	int			 token_fd;	/* of what locks are links to */
	unsigned int		 held;		/* bit per table kind */
};

/* idset.c */
void		 idset_add(struct idset *, uint32_t);
void		 idset_add_range(struct idset *, uint32_t, uint32_t);
void		 idset_remove(struct idset *, uint32_t);
int		 idset_has(struct idset *, uint32_t);
int		 idset_first_free(struct idset *, uint32_t, uint32_t,
		    uint32_t *);
void		 idset_format(struct idset *, struct ibuf *);
int		 idset_parse(struct idset *, const char *);
void		 idset_clear(struct idset *);

/* defs.c */
int		 login_defs_read(struct login_defs *, int);
void		 login_defs_parse(struct login_defs *, char *);

/* store.c */
int		 store_open(struct store *, const struct config *, int);
void		 store_close(struct store *);
int		 store_refresh(struct store *, struct result *);
void		 store_note(struct store *);
int		 store_stage(struct store *, struct result *);
void		 store_unstage(struct store *);
int		 store_publish(struct store *);
void		 store_rollback(struct store *);
void		 store_seed_ids(struct store *, enum table_kind);
void		 store_settle(struct store *);
int		 store_is_changed(struct store *);
int		 store_open_below(const struct store *, const char *, int);
int		 store_open_file(const struct store *, enum table_kind,
		    struct file_state *);

/* stage.c */
int		 stage_write(const struct place *, const struct table *,
		    const struct file_state *, struct result *);
void		 stage_remove(const struct place *);
int		 stage_publish(const struct place *);

/* external.c */
void		 external_compare(struct store *, enum table_kind,
		    const struct table *);

/* known.c */
void		 known_write(struct store *, int, uint64_t);
void		 known_read(struct store *, int, uint64_t);

/* lock.c */
void		 lock_init(struct lock *, int);
int		 lock_prepare(struct lock *, struct result *);
int		 lock_try(struct lock *, const struct store *,
		    struct result *);
void		 lock_release(struct lock *);
void		 lock_close(struct lock *);

#endif /* STORE_H */
