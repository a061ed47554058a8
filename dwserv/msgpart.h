/*
 * What messages are made of.  A message is a table of the parts of its
 * struct, and both directions go through the same table: what one end may
 * send is what the other end takes.  Only msg.c, msgcontrol.c and
 * msgconfig.c use this.
 */

#ifndef MSGPART_H
#define MSGPART_H

#include <sys/types.h>
#include <sys/socket.h>

#include "msg.h"

/* Whoever sends only reads the struct; whoever receives fills it in. */
enum way {
	SEND,
	RECEIVE
};

enum part_kind {
	PART_NUMBER,		/* of 8, 16, 32 or 64 bits, from min to max */
	PART_OCTETS,		/* as they are */
	PART_TEXT,		/* a string of at most max octets */
	PART_OPTIONAL,		/* the same, or NULL */
	PART_ARRAY,		/* a string in an array of max + 1 octets */
	PART_OTHER		/* what a function of its own moves */
};

struct part {
	enum part_kind	 kind;
	size_t		 offset;	/* in its struct */
	size_t		 size;		/* there, in octets */
	int64_t		 min;
	int64_t		 max;
	const char	*(*check)(const char *);	/* as in name.c */
	int		(*move)(struct ibuf *, enum way, void *);
};

struct message {
	size_t			 size;	/* of its struct */
	size_t			 count;
	const struct part	*parts;
	int			(*fits)(const void *);	/* or NULL */
};

#define MESSAGE(type, parts)						\
	{ sizeof(type), sizeof(parts) / sizeof((parts)[0]), parts, NULL }
#define MESSAGE_FITS(type, parts, fits)					\
	{ sizeof(type), sizeof(parts) / sizeof((parts)[0]), parts, fits }

/* ALONE is a message of one part that is in no struct. */
#define SIZE(type, member)	sizeof(((type *)NULL)->member)
#define PART(kind, type, member, low, high, rule)			\
	{ kind, offsetof(type, member), SIZE(type, member), low, high,	\
	    rule, NULL }
#define NUMBER(type, member, low, high)					\
	PART(PART_NUMBER, type, member, low, high, NULL)
#define ANY(type, member)						\
	PART(PART_NUMBER, type, member, INT64_MIN, INT64_MAX, NULL)
#define FLAG(type, member)						\
	PART(PART_NUMBER, type, member, 0, 1, NULL)
#define OCTETS(type, member)						\
	PART(PART_OCTETS, type, member, 0, 0, NULL)
#define TEXT(type, member, length, rule)				\
	PART(PART_TEXT, type, member, 0, length, rule)
#define OPTIONAL(type, member, length, rule)				\
	PART(PART_OPTIONAL, type, member, 0, length, rule)
#define ARRAY(type, member)						\
	PART(PART_ARRAY, type, member, 0, SIZE(type, member) - 1, NULL)
#define ALONE(kind, type, low, high, rule)				\
	{ kind, 0, sizeof(type), low, high, rule, NULL }
#define OTHER(function)							\
	{ PART_OTHER, 0, 0, 0, 0, NULL, function }

int	 message_put(struct ibuf *, const struct message *, const void *);
int	 message_get(struct ibuf *, const struct message *, void *);
int	 message_add(struct ibuf *, const struct message *, void *);
void	 message_free(const struct message *, void *);
int	 parts_move(struct ibuf *, enum way, const struct message *, void *);
int	 address_move(struct ibuf *, enum way, struct sockaddr_storage *);
int	 prefixes_move(struct ibuf *, enum way, struct prefix *, uint32_t);

#endif /* MSGPART_H */
