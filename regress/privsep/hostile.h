/*
 * A program that takes the place of a worker, of auth or of home, and is
 * hostile to the parent of a running dwserv: a map.  What it is to do is
 * written in a file by a test, and what has happened goes into a file that
 * the test maps, too; both outlive the process, which the parent kills again
 * and again.
 */

#ifndef HOSTILE_H
#define HOSTILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "imsg.h"
#include "msg.h"

enum seat {
	PLACE_WORKER,
	PLACE_AUTH,
	PLACE_HOME
};

/* What the test reads: numbers of 64 bits, then text. */
#define HOSTILE_CODES		600
#define HOSTILE_TEXT		(1024 * 1024)
struct hostile_state {
	uint64_t	done;		/* all orders are carried out */
	uint64_t	line;		/* of the orders, the next */
	uint64_t	step;		/* of an order that has many */
	uint64_t	starts;		/* of such a program */
	uint64_t	sent;		/* messages */
	uint64_t	answers;	/* results that came back */
	uint64_t	lines;		/* of answers */
	uint64_t	sessions;	/* that were granted */
	uint64_t	denials;
	uint64_t	text_size;
	uint64_t	codes[HOSTILE_CODES];
	char		text[HOSTILE_TEXT];
};

#define HOSTILE_WORKERS	16
struct hostile {
	enum seat		 place;
	struct imsgbuf		 parent;
	struct imsgbuf		 auth;
	int			 has_auth;
	int			 started;	/* the parent said so */
	int			 deaf;		/* pings are not answered */
	int			 record;	/* results as text */
	int			 spare_fd;	/* one to pass on */
	uint64_t		 random;
	uint32_t		 workers[HOSTILE_WORKERS];
	size_t			 worker_count;
	char			 home_mode[16];
	struct hostile_state	*state;
};

/* hostile.c */
__attribute__((__noreturn__)) void hostile_quit(const char *);
void	 hostile_note(struct hostile *, const char *, ...)
	    __attribute__((__format__ (printf, 2, 3)));
void	 hostile_send(struct hostile *, uint32_t, uint32_t, int,
	    const void *, size_t);
void	 hostile_flush(struct hostile *);
void	 hostile_listen(struct hostile *, int);
int	 hostile_wait(struct hostile *, const uint64_t *, uint64_t, int);
void	 hostile_write(struct hostile *, const void *, size_t, const int *,
	    size_t);
__attribute__((__noreturn__)) void hostile_end_step(struct hostile *);

/* hostile_order.c */
void	 hostile_obey(struct hostile *, char *);
uint64_t order_number(char **);

/* hostile_attack.c */
void	 hostile_deaf(struct hostile *, char *);
void	 hostile_flood(struct hostile *, char *);
void	 hostile_linger(struct hostile *, char *);
void	 hostile_parts(struct hostile *, char *);
void	 hostile_segments(struct hostile *, char *);
void	 hostile_stall(struct hostile *, char *);

/* hostile_case.c */
void	 hostile_cases(struct hostile *);

/* hostile_random.c */
uint64_t hostile_random(struct hostile *);
void	 hostile_mutate(struct hostile *, uint64_t, uint64_t, uint32_t);

/* hostile_home.c */
int	 hostile_home_dispatch(struct hostile *, struct imsg *);

#endif /* HOSTILE_H */
