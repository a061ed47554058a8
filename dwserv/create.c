/*
 * account create, as useradd(8) does it: the account, its secret, its
 * private group, and its place in other groups.
 */

#include <stdio.h>

#include "parent.h"

static int
create_check_name(struct work *work, line_t *shadow)
{
	const struct request	*request = &work->change->request;
	struct result		*result = &work->change->result;
	struct table		**tables = work->store->tables;
	const char		*login = request->login;

	if (table_find_name(tables[TABLE_PASSWD], login) != LINE_NONE)
		return (result_set(result, 550, "exists", "account %s",
		    login));
	if (request->group == NULL &&
	    table_find_name(tables[TABLE_GROUP], login) != LINE_NONE)
		return (result_set(result, 550, "exists", "group %s", login));
	if (request->ages[AGE_EXPIRE].has && request->ages[AGE_EXPIRE].days != -1 &&
	    tables[TABLE_SHADOW] == NULL)
		return (result_set(result, 501, "invalid", "expire: there is "
		    "no /etc/shadow to keep it in"));
	return (account_find(work, TABLE_SHADOW, login, NULL, shadow));
}

/* The uid that was asked for, if nobody has it or ever had it, or another. */
static int
create_take_uid(struct work *work)
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
	struct change		*change = work->change;
	struct idset		*gids = &work->store->gids;
	const struct accounts	*accounts = &work->config->accounts;

	change->gid = change->uid;
	if (idset_has(gids, change->gid) && idset_first_free(gids,
	    accounts->uid_min, accounts->uid_max, &change->gid) == -1)
		return (result_set(&change->result, 550, "exhausted",
		    "no gid is left from %u to %u", accounts->uid_min,
		    accounts->uid_max));
	idset_add(gids, change->gid);
	change->took_gid = 1;
	return (0);
}

/* Write an entry of four fields, in the place of an old one if there is. */
static void
create_group_entry(struct table *table, line_t old,
    const char *const fields[GROUP_FIELDS])
{
	struct ibuf	*line = text_new();
	int		 i;

	for (i = 0; i < GROUP_FIELDS; i++)
		line_add_string(line, fields[i]);
	line_end(line, table, old);
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
	create_group_entry(store->tables[TABLE_GROUP], LINE_NONE, group);
	if (gshadow != NULL)
		create_group_entry(gshadow, old, secret);
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

static int
create_join(struct work *work, const char *group)
{
	const char	*login = work->change->request.login;
	struct table	*table;
	enum table_kind	 kind;
	line_t		 line;

	for (kind = TABLE_GROUP; kind <= TABLE_GSHADOW; kind++) {
		table = work->store->tables[kind];
		if (account_find(work, kind, group, kind == TABLE_GROUP ?
		    "group" : NULL, &line) == -1)
			return (-1);
		/* An administrator of a group is not yet a member of it. */
		if (line != LINE_NONE && !slice_list_has(table_field(table,
		    line, GROUP_MEMBERS), login))
			table_add_member(table, line, login);
	}
	return (0);
}

static int
create_join_all(struct work *work)
{
	struct slice	list = { work->change->request.groups, 0 }, element;
	char		name[NAME_LENGTH_MAX + 1];

	if (list.text == NULL)
		return (0);
	list.length = strlen(list.text);
	while (slice_list_next(&list, &element)) {
		slice_copy(element, name, sizeof(name));
		if (create_join(work, name) == -1)
			return (-1);
	}
	return (0);
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
	if (below == NULL)
		return (result_set(&change->result, 550, "home-refused",
		    "%s is not below %s", home, work->config->accounts.home));
	account_order_home(work, HOME_ACTION_MAKE, below);
	change->home.mode = create_home_mode(work);
	return (0);
}

static int
create_report(struct work *work, const char *home, const char *shell)
{
	struct change		*change = work->change;
	const struct request	*request = &change->request;
	struct ibuf		*to = record_begin(change, "account.create");

	token_add(to, "login", request->login);
	token_add_number(to, "uid", change->uid);
	token_add_number(to, "gid", change->gid);
	token_add(to, "groups", request->groups != NULL ? request->groups :
	    "");
	token_add(to, "gecos", request->gecos != NULL ? request->gecos : "");
	token_add(to, "home", home);
	token_add(to, "shell", shell);
	record_end(change, to);
	return (result_set(&change->result, 250, "created", "login=%s uid=%u "
	    "gid=%u home=%s shell=%s", request->login, change->uid,
	    change->gid, home, shell));
}

/*
 * Make an account.  Returns 0, or -1 with the result saying why not; edits
 * may have been made then, and are the caller's to take back.
 */
int
account_create(struct work *work)
{
	const struct request	*request = &work->change->request;
	const struct accounts	*accounts = &work->config->accounts;
	char			 home[PATH_LENGTH_MAX * 2];
	const char		*shell = request->shell;
	line_t			 shadow;

	if (request->home != NULL)
		strlcpy(home, request->home, sizeof(home));
	else
		snprintf(home, sizeof(home), "%s/%s", accounts->home,
		    request->login);
	if (shell == NULL)
		shell = TAILQ_FIRST(&accounts->shells)->text;
	if (create_check_name(work, &shadow) == -1 ||
	    create_take_uid(work) == -1 ||
	    create_primary_group(work) == -1)
		return (-1);
	create_passwd(work, home, shell);
	if (work->store->tables[TABLE_SHADOW] != NULL)
		account_write_shadow(work, shadow, request->ages[AGE_EXPIRE].has ?
		    request->ages[AGE_EXPIRE].days : -1);
	if (create_join_all(work) == -1 ||
	    create_order_home(work, home) == -1)
		return (-1);
	return (create_report(work, home, shell));
}
