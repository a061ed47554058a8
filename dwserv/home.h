/*
 * dwserv-home: home.c takes orders, place.c carries them out: skel.c fills
 * a new home, trash.c removes an old one, archive.c puts one away, change.c
 * moves one or gives it to other ids, tree.c walks through its files.
 */

#ifndef HOME_H
#define HOME_H

#include <dirent.h>

#include "dwserv.h"
#include "loop.h"
#include "msg.h"

/* Below the base: homes that are not there yet, or not any more. */
#define HIDDEN_NAME	".dwserv"
#define HIDDEN_NAME_MAX	32

/* A directory on the way from the top of a tree to where the walk is. */
struct tree_level {
	DIR			*directory;	/* NULL: found again by `..' */
	off_t			 position;	/* behind the last entry seen */
	dev_t			 device;
	ino_t			 inode;
};

/* A walk through the files of a home, which get other ids. */
struct tree {
	struct home_order	 order;		/* without its strings */
	struct tree_level	*levels;
	size_t			 depth;		/* 0: there is no walk */
	size_t			 size;
	int			 error;		/* errno: the first */
	int			 mounts;	/* were passed over */
};

/* A message that waits until the walk is finished. */
struct waiting {
	STAILQ_ENTRY(waiting)	 entry;
	struct imsg		 imsg;
};
STAILQ_HEAD(waiting_list, waiting);

struct home {
	struct loop		 loop;
	struct channel		 parent;
	int			 base_fd;
	int			 skel_fd;
	int			 hidden_fd;
	int			 archive_fd;	/* -1: nothing since the last */
	int			 dated_fd;	/* sync, as here */
	char			 dated[PATH_LENGTH_MAX + 1];
	int			 made;		/* files to make durable */
	int			 placed;	/* names to make durable */
	struct timer		 trash_timer;
	struct tree		 tree;
	struct timer		 tree_timer;
	struct home_outcome	 walking;	/* of the order it is for */
	struct waiting_list	 waiting;
	int			 best_effort;	/* of the walls */
};

/* place.c */
int	 place_open_hidden(struct home *);
int	 place_order(struct home *, const struct home_order *);
int	 place_open_below(int, const char *, int);
int	 place_open_owned(int, const char *, uid_t, mode_t);
int	 place_open_parent(struct home *, const char *, const char **);
int	 place_renamed(struct home *, const char *, int, const char *, int);
int	 close_keeping_errno(int, int);

/* archive.c */
int	 archive_order(struct home *, const struct home_order *, int,
	    const char *);
int	 archive_sync(struct home *);

/* change.c */
int	 change_try(struct home *, const struct home_order *, int,
	    const char *);
int	 change_order(struct home *, const struct home_order *, int,
	    const char *);
int	 change_moved(struct home *, const struct home_order *);

/* tree.c */
int	 tree_start(struct tree *, int, const struct home_order *);
int	 tree_walk(struct tree *, uint64_t);

/* skel.c */
int	 skel_copy(int, int, const struct home_order *, int);

/* trash.c */
void	 trash_name(char *, uint64_t);
void	 trash_start(struct home *);
void	 trash_collect(struct home *);
DIR	*trash_open(int, const char *);

#endif /* HOME_H */
