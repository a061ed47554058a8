/*
 * What decides about a request: a map of policy*.c.  Whoever refuses goes
 * through policy_refuse(), so that it is known which clause of the
 * configuration did; without one, it is a rule that is built in.
 */

#ifndef POLICY_H
#define POLICY_H

#include "parent.h"

struct question {
	const struct config	*config;
	const struct client	*client;
	const struct store	*store;
	const struct request	*request;
	struct result		*result;
};

/* policy_name.c */
int		 policy_group_is_privileged(const char *);
int		 policy_name_is_reserved(const char *);
int		 policy_words_match(const struct words *, const char *, int);
int		 policy_name(const struct question *, const char *);
int		 policy_new_name(const struct question *, const char *);

/* policy_account.c */
int		 policy_account(const struct question *, const char *);
int		 policy_new_login(const struct question *, const char *);
int		 policy_home_present(const struct question *);

/* policy_group.c */
enum group_right {
	GROUP_JOIN,			/* and leave */
	GROUP_OWN			/* and so change as such */
};
int		 policy_gid_is_privileged(const struct question *, uint32_t,
		    char *, size_t);
int		 policy_line_is_privileged(const struct question *,
		    struct slice, char *, size_t);
int		 policy_group(const struct question *, const char *,
		    enum group_right);
int		 policy_groups(const struct question *);
int		 policy_group_members(const struct question *, const char *);
int		 policy_private_group(const struct question *);

/* policy_alias.c */
int		 policy_alias(const struct question *, const char *);
int		 policy_aliases_of(const struct question *, const char *);
int		 policy_targets(const struct question *);

#endif /* POLICY_H */
