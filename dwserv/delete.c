/*
 * account delete, as userdel(8) does it: the account, its secret, its
 * memberships, and its private group if nobody else is left in that.
 */

#include <stdio.h>
#include <time.h>

#include "account.h"
#include "policy.h"
#include "xmalloc.h"

static int
delete_entry(struct work *work, enum table_kind kind, const char *name)
{
	line_t	line;

	if (account_find(work, kind, name, NULL, &line) == -1)
		return (-1);
	if (line != LINE_NONE)
		table_remove(work->store->tables[kind], line);
	return (0);
}

/* Take the login out of all lists of members and administrators. */
static int
delete_memberships(struct work *work, enum table_kind kind)
{
	struct table	*table = work->store->tables[kind];
	const char	*login = work->change->request.login;
	char		 name[256];
	line_t		 line, only;
	size_t		 state = 0;

	if (table == NULL)
		return (0);
	for (; (line = table_next_member(table, login, &state)) != LINE_NONE;
	    state = 0) {
		slice_copy(table_field(table, line, GROUP_NAME), name,
		    sizeof(name));
		if (account_find(work, kind, name, "group", &only) == -1)
			return (-1);
		table_remove_member(table, line, login);
	}
	return (0);
}

/*
 * The group of the account's name goes too if it is its primary group, has
 * no other member and is nobody else's primary group (userdel(8),
 * USERGROUPS_ENAB); and if it is the client's own, or it stays.  The account
 * itself is already out of the table.
 */
static int
delete_private_group(struct work *work)
{
	struct table	*groups = work->store->tables[TABLE_GROUP];
	struct change	*change = work->change;
	const char	*login = change->request.login;
	struct result	 unused = { .clauses = 0 };
	struct question	 question = { work->config, work->client,
			    work->store, &change->request, &unused };
	uint32_t	 gid;
	line_t		 line;

	if (!work->store->defs.usergroups)
		return (0);
	if (account_find(work, TABLE_GROUP, login, NULL, &line) == -1)
		return (-1);
	if (line == LINE_NONE ||
	    table_field_id(groups, line, GROUP_GID, &gid) == -1 ||
	    gid != change->gid ||
	    table_field(groups, line, GROUP_MEMBERS).length > 0 ||
	    table_find_primary(work->store->tables[TABLE_PASSWD],
	    gid) != LINE_NONE ||
	    policy_group(&question, login, GROUP_OWN) == -1)
		return (0);
	table_remove(groups, line);
	change->left_gid = 1;
	change->old_gid = gid;
	return (delete_entry(work, TABLE_GSHADOW, login));
}

/* userdel(8) refuses to remove who is logged in, too. */
static int
delete_check_busy(struct work *work)
{
	const struct request	*request = &work->change->request;
	uint32_t		 pid;

	if ((request->flags & REQUEST_IGNORE_PROCESSES) != 0 ||
	    busy_find_process(work->change->uid, &pid) == 0)
		return (0);
	return (result_set(&work->change->result, 550, "busy", "process %u "
	    "of account %s is running", pid, request->login));
}

/* In the archive of home directories: by the day, login and uid. */
static void
delete_archive_name(struct work *work, char *name, size_t size)
{
	struct tm	tm;
	time_t		now = time(NULL);
	size_t		used;

	gmtime_r(&now, &tm);
	used = strftime(name, size, "%F/", &tm);
	snprintf(name + used, size - used, "%s-%u",
	    work->change->request.login, work->change->uid);
}

static int
delete_order_home(struct work *work, struct slice home)
{
	struct change	*change = work->change;
	uint32_t	 choice = change->request.home_choice;
	char		 path[PATH_LENGTH_MAX + 1], to[PATH_LENGTH_MAX + 1];
	const char	*below;
	struct home_job	*job;

	if (choice != HOME_CHOICE_REMOVE && choice != HOME_CHOICE_ARCHIVE)
		return (0);
	if (slice_copy(home, path, sizeof(path)) == -1 ||
	    name_check_home(path) != NULL ||
	    (below = policy_home_below(work->config, path)) == NULL)
		return (result_set(&change->result, 550, "home-refused",
		    "the home directory is not below %s",
		    work->config->accounts.home));
	job = account_order_home(work, HOME_ACTION_CHECK, choice ==
	    HOME_CHOICE_REMOVE ? HOME_ACTION_REMOVE : HOME_ACTION_ARCHIVE,
	    below);
	if (choice == HOME_CHOICE_ARCHIVE) {
		delete_archive_name(work, to, sizeof(to));
		job->order.to = xstrdup(to);
	}
	return (0);
}

static int
delete_report(struct work *work)
{
	struct change	*change = work->change;
	const char	*login = change->request.login;
	struct ibuf	*to = record_begin(change, "account.delete");

	token_add(to, "login", login);
	token_add_number(to, "uid", change->uid);
	token_add_number(to, "gid", change->gid);
	token_add(to, "home", TAILQ_EMPTY(&change->homes) ? "kept" :
	    change->request.home_choice == HOME_CHOICE_REMOVE ? "removed" :
	    "archived");
	record_end(change, to);
	return (result_set(&change->result, 250, "deleted", "login=%s uid=%u",
	    login, change->uid));
}

/*
 * Remove an account.  Returns 0, or -1 with the result saying why not;
 * edits may have been made then, and are the caller's to take back.
 */
int
account_delete(struct work *work)
{
	struct table	*passwd = work->store->tables[TABLE_PASSWD];
	struct change	*change = work->change;
	const char	*login = change->request.login;
	line_t		 line, shadow;

	if (account_find_both(work, &line, &shadow) == -1 ||
	    delete_check_busy(work) == -1 || delete_order_home(work,
	    table_field(passwd, line, PASSWD_HOME)) == -1)
		return (-1);
	table_remove(passwd, line);
	if (delete_entry(work, TABLE_SHADOW, login) == -1 ||
	    delete_memberships(work, TABLE_GROUP) == -1 ||
	    delete_private_group(work) == -1 ||
	    delete_memberships(work, TABLE_GSHADOW) == -1 ||
	    ((change->request.flags & REQUEST_REMOVE_ALIASES) != 0 &&
	    alias_forget(work, login) == -1))
		return (-1);
	suspend_follow(work, login, NULL, 0);
	change->left_uid = 1;
	change->old_uid = change->uid;
	return (delete_report(work));
}
