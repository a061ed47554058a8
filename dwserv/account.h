/*
 * Carrying out requests in the tables of the account files: a map of the
 * middle part of the parent.  Each function that takes a struct work makes
 * its edits and fills in the result, the ledger's entry and the orders for
 * homes of its change.  It returns 0, or -1 with the result saying why not;
 * edits may have been made then, and account_carry_out() takes them back.
 */

#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "parent.h"

/* account.c: what all requests share */
struct work {
	struct store		*store;
	const struct config	*config;
	const struct client	*client;
	struct change		*change;
};
int		 account_find(struct work *, enum table_kind, const char *,
		    const char *, line_t *);
int		 account_find_both(struct work *, line_t *, line_t *);
struct home_job	*account_order_home(struct work *, enum home_action,
		    enum home_action, const char *);
int		 account_report(struct work *, const char *, const char *,
		    const char *, const char *);
int		 account_short_report(struct work *, const char *,
		    const char *);
int		 account_is_suspended(struct work *);
int64_t		 account_today(void);

/* create.c, modify.c, rename.c, delete.c, password.c, suspend.c */
int		 account_create(struct work *);
int		 account_take_uid(struct work *);
int		 account_ensure(struct work *);
int		 account_modify(struct work *);
int		 account_rename(struct work *);
int		 account_delete(struct work *);
int		 account_password(struct work *);
int		 account_lock(struct work *);
int		 account_unlock(struct work *);
int		 account_suspend(struct work *);
int		 account_resume(struct work *);
void		 suspend_follow(struct work *, const char *, const char *,
		    uint32_t);

/* shadow.c */
void		 shadow_write(struct work *, line_t);
int		 shadow_set_ages(struct work *, line_t, line_t);
int		 shadow_refuse_ages(struct work *);
int		 shadow_is_used(const struct work *, line_t);
void		 shadow_set_password(struct work *, line_t, line_t);

/* member.c */
int		 member_join(struct work *, const char *, const char *);
int		 member_leave(struct work *, const char *, const char *);
int		 member_join_all(struct work *, const char *);
int		 member_leave_all(struct work *, const char *);
int		 member_replace_all(struct work *, const char *);
int		 member_rename_all(struct work *, const char *, const char *);
void		 member_list(const struct store *, const char *,
		    struct ibuf *);

/* group.c, group_change.c */
int		 group_create(struct work *);
int		 group_modify(struct work *);
int		 group_rename(struct work *);
int		 group_rename_entries(struct work *, const char *,
		    const char *);
int		 group_delete(struct work *);
int		 group_add(struct work *);
int		 group_remove(struct work *);
void		 group_write(struct table *, line_t,
		    const char *const [GROUP_FIELDS]);

/* alias.c */
int		 alias_change(struct work *);
int		 alias_forget(struct work *, const char *);

/* busy.c */
int		 busy_find_process(uint32_t, uint32_t *);

#endif /* ACCOUNT_H */
