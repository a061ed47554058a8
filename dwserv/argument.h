/*
 * How the arguments of a request become a struct request or a struct query:
 * a table in argument.c says which requests take which key and who sets it;
 * the setters are in argument_value.c.  Nobody else uses this.
 */

#ifndef ARGUMENT_H
#define ARGUMENT_H

#include "worker.h"

/* What commit takes is in the table, too, behind the operations. */
#define COMMIT_BIT	OPERATION_BIT(OPERATIONS)

struct parse {
	const struct asker *asker;
	struct result	*result;	/* of what is wrong */
	uint32_t	 kind;		/* OPERATION_BIT() or COMMIT_BIT */
	struct request	*request;
	struct query	*query;
	char		*password;
	uint64_t	 seen;		/* rows of the table, as bits */
	int		 stated;	/* how many say what shall be */
};

/* What a setter returns that has filled in the result itself. */
extern const char argument_answered[];

struct argument {
	const char	*key;
	uint32_t	 kinds;		/* those that take it */
	/* Returns NULL, or what is wrong with the value. */
	const char	*(*set)(struct parse *, const struct argument *,
			    char *);
	size_t		 offset;	/* of a text in its struct */
	size_t		 size;		/* of it, if it is an array */
	const char	*(*check)(const char *);	/* as in name.c */
	enum age_kind	 age;
	uint32_t	 flag;		/* REQUEST_*, or 0 */
	const char	*no;		/* the word that leaves it */
	const char	*yes;		/* the one that sets it */
	const char	*reason;	/* why any other is wrong */
};

const char	*set_days(struct parse *, const struct argument *, char *);
const char	*set_expire(struct parse *, const struct argument *, char *);
const char	*set_flag(struct parse *, const struct argument *, char *);
const char	*set_follow(struct parse *, const struct argument *, char *);
const char	*set_gid(struct parse *, const struct argument *, char *);
const char	*set_groups(struct parse *, const struct argument *, char *);
const char	*set_groups_by(struct parse *, const struct argument *,
		    char *);
const char	*set_hash(struct parse *, const struct argument *, char *);
const char	*set_home(struct parse *, const struct argument *, char *);
const char	*set_home_choice(struct parse *, const struct argument *,
		    char *);
const char	*set_idem(struct parse *, const struct argument *, char *);
const char	*set_limit(struct parse *, const struct argument *, char *);
const char	*set_password(struct parse *, const struct argument *,
		    char *);
const char	*set_range(struct parse *, const struct argument *, char *);
const char	*set_since(struct parse *, const struct argument *, char *);
const char	*set_sought(struct parse *, const struct argument *, char *);
const char	*set_state(struct parse *, const struct argument *, char *);
const char	*set_text(struct parse *, const struct argument *, char *);
const char	*set_uid(struct parse *, const struct argument *, char *);

#endif /* ARGUMENT_H */
