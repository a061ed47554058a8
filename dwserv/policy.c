/*
 * Deciding: whether a client may have what it asks for, by what its target
 * is under the locks; what the request says by itself was admitted before
 * (admit.c).  Whatever the configuration says, system accounts and
 * privileged groups stay out of reach.
 */

#include <stdio.h>

#include "parent.h"

/* Membership of these is as good as root, or close to it. */
static const char *const privileged_groups[] = {
	"root", "wheel", "sudo", "adm", "admin", "shadow", "disk", "docker",
	"lxd", "lxc", "libvirt", "kvm", "kmem", "mem", "tty", "tape", "dip",
	"staff", "src", "backup", "operator", "systemd-journal", "netdev",
	"plugdev", "input", "sasl", "utmp", "sys", "daemon", "bin", "incus",
	"incus-admin", "podman", "messagebus", "crontab", "ssh", "_ssh",
	"ssl-cert", "sgx", "render", "video", "_dwserv", "_dwauth"
};

/* Names that other programs give a meaning of their own. */
static const char *const reserved_logins[] = {
	"root", "toor", "daemon", "bin", "sys", "sync", "games", "man", "lp",
	"mail", "news", "uucp", "proxy", "www-data", "backup", "list", "irc",
	"nobody", "nogroup", "sshd", "postfix", "messagebus", "operator",
	"_dwserv", "_dwauth"
};

static int
name_in(const char *name, const char *const *list, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return (1);
	return (0);
}

/* Whether membership of the group is as good as root. */
int
policy_group_is_privileged(const char *name)
{
	return (name_in(name, privileged_groups,
	    sizeof(privileged_groups) / sizeof(privileged_groups[0])));
}

/* Whether a name is the system's, for an account, a group or an alias. */
int
policy_name_is_reserved(const char *name)
{
	return (policy_group_is_privileged(name) || name_in(name,
	    reserved_logins,
	    sizeof(reserved_logins) / sizeof(reserved_logins[0])));
}

/* The uids that a client may get and touch. */
void
policy_range(const struct config *config, const struct client *client,
    uint32_t *min, uint32_t *max)
{
	*min = client->has_uid ? client->uid_min : config->accounts.uid_min;
	*max = client->has_uid ? client->uid_max : config->accounts.uid_max;
}

/*
 * What of a home directory's path is below the configured base; NULL if
 * it is not there.
 */
const char *
policy_home_below(const struct config *config, const char *home)
{
	const char	*base = config->accounts.home;
	size_t		 length = strlen(base);

	if (strncmp(home, base, length) == 0 && home[length] == '/' &&
	    home[length + 1] != '\0')
		return (home + length + 1);
	return (NULL);
}

/* Whether a group is within the client's range, and not the system's. */
static int
group_is_own(const struct config *config, const struct client *client,
    const char *name, uint32_t gid)
{
	uint32_t	min, max;

	policy_range(config, client, &min, &max);
	return (gid >= min && gid <= max && gid >= ID_FLOOR &&
	    !name_is_reserved_id(gid) && !policy_group_is_privileged(name));
}

/* Whether a group of this name and gid may be joined and left. */
static int
group_is_open(const struct config *config, const struct client *client,
    const char *name, uint32_t gid)
{
	if (words_contain(&client->groups, name) ||
	    group_is_own(config, client, name, gid))
		return (1);
	return (TAILQ_EMPTY(&client->groups) && gid >= ID_FLOOR &&
	    !name_is_reserved_id(gid) && !policy_group_is_privileged(name));
}

static int
decide_group(const struct config *config, const struct client *client,
    const struct store *store, const char *name, int own,
    struct result *result)
{
	line_t		line = table_find_name(store->tables[TABLE_GROUP],
			    name);
	uint32_t	gid = 0;

	if (line == LINE_NONE)
		return (result_set(result, 550, "not-found", "group %s",
		    name));
	table_field_id(store->tables[TABLE_GROUP], line, GROUP_GID, &gid);
	if (own ? group_is_own(config, client, name, gid) :
	    group_is_open(config, client, name, gid))
		return (0);
	return (result_set(result, 550, policy_group_is_privileged(name) ||
	    gid < ID_FLOOR ? "protected" : "denied", "group %s is not %s %s",
	    name, own ? "within the range of" : "named for", client->name));
}

/* Each group of a list, which may be NULL. */
static int
decide_list(const struct config *config, const struct client *client,
    const struct store *store, const char *groups, struct result *result)
{
	struct slice	list = { groups, groups == NULL ? 0 : strlen(groups) };
	struct slice	element;
	char		name[NAME_LENGTH_MAX + 1];

	while (slice_list_next(&list, &element))
		if (slice_copy(element, name, sizeof(name)) == -1 ||
		    decide_group(config, client, store, name, 0,
		    result) == -1)
			return (-1);
	return (0);
}

/* The groups that an account would leave because a new list lacks them. */
static int
decide_left(const struct config *config, const struct client *client,
    const struct store *store, const struct request *request,
    struct result *result)
{
	const struct table	*groups = store->tables[TABLE_GROUP];
	struct slice		 list = { request->groups, 0 };
	char			 name[1024];
	size_t			 state = 0;
	line_t			 line;

	if (list.text == NULL)
		return (0);
	list.length = strlen(list.text);
	while ((line = table_next_member(groups, request->login,
	    &state)) != LINE_NONE) {
		slice_copy(table_field(groups, line, GROUP_NAME), name,
		    sizeof(name));
		if (!slice_list_has(list, name) && decide_group(config,
		    client, store, name, 0, result) == -1)
			return (-1);
	}
	return (0);
}

static int
decide_groups(const struct config *config, const struct client *client,
    const struct store *store, const struct request *request,
    struct result *result)
{
	if (request->group != NULL && decide_group(config, client, store,
	    request->group, 0, result) == -1)
		return (-1);
	if (decide_list(config, client, store, request->groups,
	    result) == -1 || decide_list(config, client, store,
	    request->groups_add, result) == -1 || decide_list(config, client,
	    store, request->groups_remove, result) == -1)
		return (-1);
	return (decide_left(config, client, store, request, result));
}

/* A privileged group that a line of group makes its members part of. */
static int
line_is_privileged(const struct client *client, const struct table *groups,
    line_t line, char *name, size_t size)
{
	return (slice_copy(table_field(groups, line, GROUP_NAME), name,
	    size) == 0 && policy_group_is_privileged(name) &&
	    !words_contain(&client->groups, name));
}

/* An administrator's own account is not a customer's, whatever its uid. */
static int
decide_membership(const struct client *client, const struct store *store,
    const char *login, uint32_t gid, struct result *result)
{
	const struct table	*groups = store->tables[TABLE_GROUP];
	char			 name[NAME_LENGTH_MAX + 1];
	size_t			 by_id = 0, by_member = 0;
	line_t			 line;

	do {
		line = table_next_id(groups, gid, &by_id);
		if (line == LINE_NONE)
			line = table_next_member(groups, login, &by_member);
		if (line == LINE_NONE)
			return (0);
	} while (!line_is_privileged(client, groups, line, name,
	    sizeof(name)));
	return (result_set(result, 550, "protected", "account %s is in group "
	    "%s", login, name));
}

static int
decide_target(const struct config *config, const struct client *client,
    const struct store *store, const char *login, struct result *result)
{
	const struct table	*passwd = store->tables[TABLE_PASSWD];
	uint32_t		 uid, gid, min, max;
	line_t			 line = table_find_name(passwd, login);

	if (line == LINE_NONE ||
	    table_field_id(passwd, line, PASSWD_UID, &uid) == -1 ||
	    table_field_id(passwd, line, PASSWD_GID, &gid) == -1)
		return (result_set(result, 550, "not-found", "account %s",
		    login));
	if (uid < ID_FLOOR || name_is_reserved_id(uid))
		return (result_set(result, 550, "protected", "account %s is "
		    "the system's", login));
	policy_range(config, client, &min, &max);
	if (uid < min || uid > max)
		return (result_set(result, 550, "denied", "account %s has uid "
		    "%u, outside %u to %u", login, uid, min, max));
	return (decide_membership(client, store, login, gid, result));
}

/*
 * Mail for an account is the account's: an alias of its name needs the same
 * right as the account itself.
 */
static int
decide_alias(const struct config *config, const struct client *client,
    const struct store *store, const char *name, struct result *result)
{
	char	login[ALIAS_LENGTH_MAX + 1];
	size_t	i;

	for (i = 0; i < ALIAS_LENGTH_MAX && name[i] != '\0'; i++)
		login[i] = name[i] >= 'A' && name[i] <= 'Z' ?
		    (char)(name[i] - 'A' + 'a') : name[i];
	login[i] = '\0';
	if (policy_name_is_reserved(login))
		return (result_set(result, 550, "protected", "the name %s is "
		    "the system's", login));
	if (table_find_name(store->tables[TABLE_PASSWD], login) == LINE_NONE)
		return (0);
	return (decide_target(config, client, store, login, result));
}

/*
 * Whether an admitted request may be carried out on the files as they are
 * now.  Returns 0, or -1 with the result filled in.
 */
int
policy_decide(const struct config *config, const struct client *client,
    const struct store *store, const struct request *request,
    struct result *result)
{
	uint32_t	operation = request->operation;

	if (request->alias != NULL)
		return (decide_alias(config, client, store, request->alias,
		    result));
	if (operation == OPERATION_GROUP_CREATE)
		return (0);
	if (operation >= OPERATION_GROUP_CREATE) {
		if (decide_group(config, client, store, request->group,
		    request->login == NULL, result) == -1)
			return (-1);
		/* Who has no account any more may still be taken out. */
		if (request->login == NULL ||
		    (operation == OPERATION_GROUP_REMOVE && table_find_name(
		    store->tables[TABLE_PASSWD], request->login) == LINE_NONE))
			return (0);
		return (decide_target(config, client, store, request->login,
		    result));
	}
	if (operation != OPERATION_ACCOUNT_CREATE &&
	    (operation != OPERATION_ACCOUNT_ENSURE || table_find_name(
	    store->tables[TABLE_PASSWD], request->login) != LINE_NONE) &&
	    decide_target(config, client, store, request->login,
	    result) == -1)
		return (-1);
	return (decide_groups(config, client, store, request, result));
}
