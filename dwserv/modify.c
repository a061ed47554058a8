/*
 * account modify and ensure, as usermod(8) and chage(1) do them.
 */

#include <stdio.h>

#include "account.h"
#include "xmalloc.h"

/* While the account is suspended, resume has the last word on these. */
static int
modify_check_suspended(struct work *work)
{
	const struct request	*request = &work->change->request;
	int			 has_hash = request->hash != NULL &&
				    (request->flags & REQUEST_IF_CREATED) == 0;

	if ((request->shell == NULL && !request->ages[AGE_EXPIRE].has &&
	    !has_hash) || !account_is_suspended(work))
		return (0);
	return (result_set(&work->change->result, 550, "suspended",
	    "account %s: resume it first", request->login));
}

/* usermod(8) refuses these under the feet of a logged-in user, too. */
static int
modify_check_busy(struct work *work)
{
	uint32_t	pid;

	if (busy_find_process(work->change->uid, &pid) == 0)
		return (0);
	return (result_set(&work->change->result, 550, "busy", "process %u "
	    "of account %s is running", pid, work->change->request.login));
}

/* Another uid: the change leaves the old one and has the new one. */
static int
modify_uid(struct work *work)
{
	struct change	*change = work->change;
	const char	*login = change->request.login;
	uint32_t	 uid = change->uid;
	int		 suspended = account_is_suspended(work);

	if (!change->request.has_uid || change->request.uid == uid)
		return (0);
	if (modify_check_busy(work) == -1 || account_take_uid(work) == -1)
		return (-1);
	change->left_uid = 1;
	change->old_uid = uid;
	suspend_follow(work, login, suspended ? login : NULL, change->uid);
	return (0);
}

static int
modify_gid(struct work *work)
{
	const char	*group = work->change->request.group;
	line_t		 line;

	if (group == NULL)
		return (0);
	if (account_find(work, TABLE_GROUP, group, "group", &line) == -1)
		return (-1);
	table_field_id(work->store->tables[TABLE_GROUP], line, GROUP_GID,
	    &work->change->gid);
	return (0);
}

/* What of a home is below the base, where alone it is ours to touch. */
static const char *
modify_home_below(const struct work *work, const char *home)
{
	return (name_check_home(home) != NULL ? NULL :
	    policy_home_below(work->config, home));
}

/* The home goes elsewhere: *to is where, or NULL if it stays. */
static int
modify_move_home(struct work *work, const char *home, const char **to)
{
	struct change		*change = work->change;
	const struct request	*request = &change->request;

	*to = NULL;
	if ((request->flags & REQUEST_MOVE_HOME) == 0 ||
	    request->home == NULL || strcmp(home, request->home) == 0)
		return (0);
	*to = modify_home_below(work, request->home);
	if (*to == NULL || modify_home_below(work, home) == NULL)
		return (result_set(&change->result, 550, "home-refused",
		    "%s is not below %s", *to == NULL ? request->home : home,
		    work->config->accounts.home));
	/* Another uid has seen to that already. */
	return (change->left_uid ? 0 : modify_check_busy(work));
}

/*
 * Move the home, give its files to other ids: those in the directory that
 * will be the home, whether it was before or not (usermod(8) does the same).
 */
static int
modify_order_home(struct work *work, const char *home, uint32_t uid,
    uint32_t gid)
{
	struct change	*change = work->change;
	const char	*below, *to;
	struct home_job	*job;

	if (modify_move_home(work, home, &to) == -1)
		return (-1);
	if (to == NULL && change->request.home != NULL)
		home = change->request.home;
	below = modify_home_below(work, home);
	if (below == NULL || (to == NULL && uid == change->uid &&
	    gid == change->gid))
		return (0);
	job = account_order_home(work, HOME_ACTION_TRY, HOME_ACTION_CHANGE,
	    below);
	job->order.old_uid = uid;
	job->order.old_gid = gid;
	job->order.to = to == NULL ? NULL : xstrdup(to);
	return (0);
}

static void
modify_passwd(struct work *work, line_t line)
{
	const struct request	*request = &work->change->request;
	const char		*values[PASSWD_FIELDS] = { NULL };
	char			 uid[16], gid[16];

	snprintf(uid, sizeof(uid), "%u", work->change->uid);
	snprintf(gid, sizeof(gid), "%u", work->change->gid);
	if (request->has_uid)
		values[PASSWD_UID] = uid;
	if (request->group != NULL)
		values[PASSWD_GID] = gid;
	values[PASSWD_GECOS] = request->gecos;
	values[PASSWD_HOME] = request->home;
	values[PASSWD_SHELL] = request->shell;
	line_set_fields(work->store->tables[TABLE_PASSWD], line, values,
	    PASSWD_FIELDS);
}

static int
modify_groups(struct work *work)
{
	const struct request	*request = &work->change->request;

	if (request->groups != NULL)
		return (member_replace_all(work, request->groups));
	if (request->groups_add != NULL && member_join_all(work,
	    request->groups_add) == -1)
		return (-1);
	if (request->groups_remove != NULL)
		return (member_leave_all(work, request->groups_remove));
	return (0);
}

/* How many edits there are in all files together. */
static size_t
modify_mark(const struct work *work)
{
	enum table_kind	kind;
	size_t		count = 0;

	for (kind = 0; kind < TABLES; kind++)
		count += table_mark(work->store->tables[kind]);
	return (count);
}

/* The hash is for ensure, if the client has given one and not a password. */
static void
modify_password(struct work *work, line_t passwd, line_t shadow)
{
	const struct request	*request = &work->change->request;
	const struct table	*table;

	if (request->hash == NULL ||
	    (request->flags & REQUEST_IF_CREATED) != 0)
		return;
	table = work->store->tables[shadow_is_used(work, passwd) ?
	    TABLE_SHADOW : TABLE_PASSWD];
	if (shadow_is_used(work, passwd))
		passwd = shadow;
	if (passwd == LINE_NONE || !slice_is(table_field(table, passwd,
	    PASSWD_PASSWORD), request->hash))
		shadow_set_password(work, table_find_name(
		    work->store->tables[TABLE_PASSWD], request->login),
		    shadow);
}

/*
 * Change what the request states and is not so already.  Returns 0, or -1
 * with the result saying why not; edits may have been made then, and are
 * the caller's to take back, as with all that carry out.
 */
int
account_modify(struct work *work)
{
	struct change	*change = work->change;
	const char	*login = change->request.login;
	size_t		 mark = modify_mark(work);
	char		 home[PATH_MAX];
	uint32_t	 uid, gid;
	line_t		 passwd, shadow;

	if (account_find_both(work, &passwd, &shadow) == -1)
		return (-1);
	uid = change->uid;
	gid = change->gid;
	slice_copy(table_field(work->store->tables[TABLE_PASSWD], passwd,
	    PASSWD_HOME), home, sizeof(home));
	if (modify_check_suspended(work) == -1 || modify_uid(work) == -1 ||
	    modify_gid(work) == -1 ||
	    modify_order_home(work, home, uid, gid) == -1)
		return (-1);
	modify_passwd(work, passwd);
	modify_password(work, passwd, shadow);
	/* The hash may have made the entry that the ages go into. */
	if (account_find_both(work, &passwd, &shadow) == -1 ||
	    shadow_set_ages(work, passwd, shadow) == -1 ||
	    modify_groups(work) == -1)
		return (-1);
	if (modify_mark(work) == mark)
		return (result_set(&change->result, 250, "unchanged",
		    "login=%s", login));
	return (account_report(work, "account.modify", "changed", login,
	    NULL));
}

/* Make the account if there is none, else make it what the request says. */
int
account_ensure(struct work *work)
{
	if (table_find_name(work->store->tables[TABLE_PASSWD],
	    work->change->request.login) == LINE_NONE)
		return (account_create(work));
	return (account_modify(work));
}
