/*
 * account create, as useradd(8) does it: the account, its secret, its
 * private group, and its place in other groups.
 */

#include <stdio.h>

#include "account.h"

static int
create_check_name(struct work *work, line_t *shadow)
{
	const struct request	*request = &work->change->request;
	struct result		*result = &work->change->result;
	struct table		**tables = work->store->tables;
	const char		*login = request->login;
	int			 i;

	if (table_find_name(tables[TABLE_PASSWD], login) != LINE_NONE)
		return (result_set(result, 550, "exists", "account %s",
		    login));
	if (request->group == NULL &&
	    table_find_name(tables[TABLE_GROUP], login) != LINE_NONE)
		return (result_set(result, 550, "exists", "group %s", login));
	for (i = 0; i < AGES; i++)
		if (request->ages[i].has && request->ages[i].days != -1 &&
		    tables[TABLE_SHADOW] == NULL)
			return (shadow_refuse_ages(work));
	return (account_find(work, TABLE_SHADOW, login, NULL, shadow));
}

/* The uid that was asked for, if nobody has it or ever had it, or another. */
int
account_take_uid(struct work *work)
{
	struct change	*change = work->change;
	struct result	*result = &change->result;
	struct idset	*uids = &work->store->uids;
	uint32_t	 min, max;

	policy_range(work->config, work->client, &min, &max);
	if (!change->request.has_uid) {
		if (idset_first_free(uids, min, max, &change->uid) == -1)
			return (result_set(result, 550, "exhausted", "no uid "
			    "is left from %u to %u", min, max));
	} else {
		change->uid = change->request.uid;
		if (table_find_id(work->store->tables[TABLE_PASSWD],
		    change->uid) != LINE_NONE)
			return (result_set(result, 550, "exists", "uid %u",
			    change->uid));
		if (idset_has(uids, change->uid))
			return (result_set(result, 550, "retired", "uid %u "
			    "was given out before", change->uid));
	}
	idset_add(uids, change->uid);
	change->took_uid = 1;
	return (0);
}

/* A private group has the number of its account, if that is free. */
static int
create_take_gid(struct work *work)
{
	struct change	*change = work->change;
	struct idset	*gids = &work->store->gids;
	uint32_t	 min, max;

	policy_gid_range(work->config, work->client, &min, &max);
	change->gid = change->uid;
	if ((idset_has(gids, change->gid) || change->gid < min ||
	    change->gid > max) &&
	    idset_first_free(gids, min, max, &change->gid) == -1)
		return (result_set(&change->result, 550, "exhausted",
		    "no gid is left from %u to %u", min, max));
	idset_add(gids, change->gid);
	change->took_gid = 1;
	return (0);
}

static int
create_private_group(struct work *work)
{
	struct store	*store = work->store;
	struct table	*gshadow = store->tables[TABLE_GSHADOW];
	const char	*login = work->change->request.login;
	char		 gid[16];
	const char	*group[] = { login, gshadow != NULL ? "x" : "!", gid,
			    "" };
	const char	*secret[] = { login, "!", "", "" };
	line_t		 old;

	if (!store->defs.usergroups)
		return (result_set(&work->change->result, 501,
		    "missing-argument", "group: login.defs says that there "
		    "are no private groups"));
	if (create_take_gid(work) == -1 || account_find(work, TABLE_GSHADOW,
	    login, NULL, &old) == -1)
		return (-1);
	snprintf(gid, sizeof(gid), "%u", work->change->gid);
	group_write(store->tables[TABLE_GROUP], LINE_NONE, group);
	if (gshadow != NULL)
		group_write(gshadow, old, secret);
	return (0);
}

static int
create_primary_group(struct work *work)
{
	const char	*group = work->change->request.group;
	line_t		 line;

	if (group == NULL)
		return (create_private_group(work));
	if (account_find(work, TABLE_GROUP, group, "group", &line) == -1)
		return (-1);
	table_field_id(work->store->tables[TABLE_GROUP], line, GROUP_GID,
	    &work->change->gid);
	return (0);
}

static void
create_passwd(struct work *work, const char *home, const char *shell)
{
	const struct request	*request = &work->change->request;
	const char		*secret = "x";
	struct ibuf		*line = text_new();

	if (work->store->tables[TABLE_SHADOW] == NULL)
		secret = request->hash != NULL ? request->hash : "!";
	line_add_string(line, request->login);
	line_add_string(line, secret);
	line_add_number(line, work->change->uid);
	line_add_number(line, work->change->gid);
	line_add_string(line, request->gecos != NULL ? request->gecos : "");
	line_add_string(line, home);
	line_add_string(line, shell);
	line_end(line, work->store->tables[TABLE_PASSWD], LINE_NONE);
}

/* 0777 less UMASK, unless HOME_MODE or the configuration is more precise. */
static uint32_t
create_home_mode(const struct work *work)
{
	const struct login_defs	*defs = &work->store->defs;

	if (work->config->accounts.has_home_mode)
		return (work->config->accounts.home_mode);
	if (defs->home_mode != -1)
		return ((uint32_t)defs->home_mode & 07777);
	return (0777U & ~(uint32_t)(defs->umask != -1 ? defs->umask : 022));
}

static int
create_order_home(struct work *work, const char *home)
{
	struct change	*change = work->change;
	const char	*below = policy_home_below(work->config, home);

	if (change->request.home_choice == HOME_CHOICE_NONE)
		return (0);
	if (below == NULL || name_check_home(home) != NULL)
		return (result_set(&change->result, 550, "home-refused",
		    "%s is not below %s, or too long", home,
		    work->config->accounts.home));
	account_order_home(work, HOME_ACTION_MAKE, HOME_ACTION_PLACE,
	    below)->order.mode = create_home_mode(work);
	return (0);
}

/*
 * Make an account.  Returns 0, or -1 with the result saying why not; edits
 * may have been made then, and are the caller's to take back.
 */
int
account_create(struct work *work)
{
	const struct request	*request = &work->change->request;
	const struct client	*client = work->client;
	char			 home[PATH_LENGTH_MAX * 2];
	const char		*shell = request->shell;
	line_t			 shadow;

	if (request->home != NULL)
		strlcpy(home, request->home, sizeof(home));
	else
		snprintf(home, sizeof(home), "%s/%s", policy_home_base(
		    work->config, client), request->login);
	if (shell == NULL)
		shell = TAILQ_FIRST(TAILQ_EMPTY(&client->shells) ?
		    &work->config->accounts.shells : &client->shells)->text;
	if (create_check_name(work, &shadow) == -1 ||
	    account_take_uid(work) == -1 ||
	    create_primary_group(work) == -1)
		return (-1);
	/* Somebody else may have removed one that was suspended. */
	suspend_follow(work, request->login, NULL, 0);
	create_passwd(work, home, shell);
	if (work->store->tables[TABLE_SHADOW] != NULL)
		shadow_write(work, shadow);
	if ((request->groups != NULL &&
	    member_join_all(work, request->groups) == -1) ||
	    create_order_home(work, home) == -1)
		return (-1);
	return (account_report(work, "account.create", "created",
	    request->login, NULL));
}
