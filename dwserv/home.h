/*
 * dwserv-home: home.c takes orders, place.c carries them out, skel.c fills
 * a new home, trash.c removes an old one.
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

struct home {
	struct loop		 loop;
	struct channel		 parent;
	int			 base_fd;
	int			 skel_fd;
	int			 hidden_fd;
	int			 made;		/* files to make durable */
	int			 placed;	/* names to make durable */
	struct timer		 trash_timer;
};

/* place.c */
int	 place_open_hidden(struct home *);
int	 place_order(struct home *, const struct home_order *);

/* skel.c */
int	 skel_copy(int, int, const struct home_order *, int);

/* trash.c */
void	 trash_name(char *, uint64_t);
void	 trash_start(struct home *);
void	 trash_collect(struct home *);
DIR	*trash_open(int, const char *);

#endif /* HOME_H */
