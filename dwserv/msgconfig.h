/*
 * What the parent and the process that parses the configuration say to each
 * other.  Each message is a piece of struct config, and its decoder puts it
 * where it belongs.
 */

#ifndef MSGCONFIG_H
#define MSGCONFIG_H

#include "config.h"

/* A complaint: two tokens, two paths and what is wrong with them. */
#define COMPLAINT_MAX	20000

/* The lists; those from LIST_CERTIFICATES on are a client's. */
enum config_list {
	LIST_SHELLS,
	LIST_REBUILD,
	LIST_CERTIFICATES,
	LIST_NAMES,
	LIST_ALIASES,
	LIST_DOMAINS,
	LIST_GROUPS,
	LIST_CLIENT_SHELLS,
	LISTS
};

/* msgconfig.c */
int	 msg_put_define(struct ibuf *, const struct symbol *);
int	 msg_get_define(struct ibuf *, struct symbols *);
int	 msg_put_complaint(struct ibuf *, const char *);
int	 msg_get_complaint(struct ibuf *, char **);
int	 msg_put_globals(struct ibuf *, const struct config *);
int	 msg_get_globals(struct ibuf *, struct config *);
int	 msg_put_listener(struct ibuf *, const struct listener *);
int	 msg_get_listener(struct ibuf *, struct listeners *);
int	 msg_put_accounts(struct ibuf *, const struct accounts *);
int	 msg_get_accounts(struct ibuf *, struct accounts *);
int	 msg_put_client(struct ibuf *, const struct client *);
int	 msg_get_client(struct ibuf *, struct clients *);

/* msgconfig_word.c */
struct words *config_list(struct config *, struct client *, uint32_t);
int	 msg_put_word(struct ibuf *, enum config_list, const struct word *);
int	 msg_get_word(struct ibuf *, enum config_list, struct words *);

#endif /* MSGCONFIG_H */
