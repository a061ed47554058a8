/*
 * Deciding: whether a client may have what it asks for.  First what the
 * request says (admit), as if the worker were hostile; then, under the
 * locks, what its target is (decide).  Whatever the configuration says,
 * system accounts and privileged groups stay out of reach.
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

static int
group_is_privileged(const char *name)
{
	return (name_in(name, privileged_groups,
	    sizeof(privileged_groups) / sizeof(privileged_groups[0])));
}

static int
login_is_reserved(const char *name)
{
	return (group_is_privileged(name) || name_in(name, reserved_logins,
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

/* Apply a check of name.c to an argument that may be missing. */
static int
admit_value(const char *key, const char *value,
    const char *(*check)(const char *), struct result *result)
{
	const char	*reason;

	if (value == NULL || (reason = check(value)) == NULL)
		return (0);
	result_set(result, 501, "invalid", "%s: %s", key, reason);
	return (-1);
}

static int
admit_values(const struct request *request, struct result *result)
{
	if (request->login == NULL) {
		result_set(result, 501, "missing-argument", "login");
		return (-1);
	}
	return (admit_value("login", request->login, name_check_login,
	    result) == -1 ||
	    admit_value("group", request->group, name_check_group,
	    result) == -1 ||
	    admit_value("groups", request->groups, name_check_groups,
	    result) == -1 ||
	    admit_value("gecos", request->gecos, name_check_gecos,
	    result) == -1 ||
	    admit_value("home", request->home, name_check_home,
	    result) == -1 ||
	    admit_value("shell", request->shell, name_check_shell,
	    result) == -1 ? -1 : 0);
}

static int
admit_uid(const struct config *config, const struct client *client,
    uint32_t uid, struct result *result)
{
	uint32_t	min, max;

	policy_range(config, client, &min, &max);
	if (uid >= ID_FLOOR && !name_is_reserved_id(uid) && uid >= min &&
	    uid <= max)
		return (0);
	result_set(result, 550, "denied", "uid %u is outside %u to %u", uid,
	    min, max);
	return (-1);
}

static int
admit_home(const struct config *config, const char *home,
    struct result *result)
{
	const char	*base = config->accounts.home;
	size_t		 length = strlen(base);

	if (strncmp(home, base, length) == 0 && home[length] == '/')
		return (0);
	result_set(result, 550, "denied", "home %s is not below %s", home,
	    base);
	return (-1);
}

static int
admit_create(const struct config *config, const struct client *client,
    const struct request *request, struct result *result)
{
	if (login_is_reserved(request->login)) {
		result_set(result, 550, "protected", "the name %s is the "
		    "system's", request->login);
		return (-1);
	}
	if (request->has_uid && admit_uid(config, client, request->uid,
	    result) == -1)
		return (-1);
	if (request->home != NULL && admit_home(config, request->home,
	    result) == -1)
		return (-1);
	if (request->shell != NULL &&
	    !words_contain(&config->accounts.shells, request->shell)) {
		result_set(result, 550, "denied", "shell %s is not listed in "
		    "the configuration", request->shell);
		return (-1);
	}
	if (request->has_expire && request->expire < -1) {
		result_set(result, 501, "invalid", "expire: is before 1970");
		return (-1);
	}
	return (0);
}

static int
admit_hash(const struct config *config, const struct request *request,
    struct result *result)
{
	const char	*reason;

	if (request->hash == NULL) {
		if (request->operation != OPERATION_ACCOUNT_PASSWORD)
			return (0);
		result_set(result, 501, "missing-argument",
		    "password or hash");
		return (-1);
	}
	reason = hash_rules_check(&config->accounts.hash, request->hash);
	if (reason == NULL)
		return (0);
	result_set(result, 501, "invalid", "hash: %s", reason);
	return (-1);
}

/*
 * Whether the request, taken by itself, may be carried out for the client;
 * every field is checked again, as nobody may have done so.  Returns 0, or
 * -1 with the result filled in.
 */
int
policy_admit(const struct config *config, const struct client *client,
    const struct request *request, struct result *result)
{
	if (request->operation >= OPERATIONS || (client->operations &
	    OPERATION_BIT(request->operation)) == 0) {
		result_set(result, 550, "denied", "%s may not do that",
		    client->name);
		return (-1);
	}
	if (admit_values(request, result) == -1 ||
	    admit_hash(config, request, result) == -1)
		return (-1);
	switch (request->operation) {
	case OPERATION_ACCOUNT_CREATE:
		return (admit_create(config, client, request, result));
	case OPERATION_ACCOUNT_PASSWORD:
	case OPERATION_ACCOUNT_DELETE:
		return (0);
	default:
		/* Workers show and list by themselves. */
		result_set(result, 550, "denied", "not a change");
		return (-1);
	}
}

/* Whether a group of this name and gid may be joined, or left alone. */
static int
group_is_open(const struct client *client, const char *name, uint32_t gid)
{
	if (words_contain(&client->groups, name))
		return (1);
	return (TAILQ_EMPTY(&client->groups) && gid >= ID_FLOOR &&
	    !name_is_reserved_id(gid) && !group_is_privileged(name));
}

static int
decide_group(const struct client *client, const struct store *store,
    const char *name, struct result *result)
{
	line_t		line = table_find_name(store->tables[TABLE_GROUP],
			    name);
	uint32_t	gid = 0;

	if (line == LINE_NONE) {
		result_set(result, 550, "not-found", "group %s", name);
		return (-1);
	}
	table_field_id(store->tables[TABLE_GROUP], line, GROUP_GID, &gid);
	if (group_is_open(client, name, gid))
		return (0);
	if (group_is_privileged(name) || gid < ID_FLOOR)
		result_set(result, 550, "protected", "group %s is not named "
		    "for %s", name, client->name);
	else
		result_set(result, 550, "denied", "group %s is not named for "
		    "%s", name, client->name);
	return (-1);
}

static int
decide_groups(const struct client *client, const struct store *store,
    const struct request *request, struct result *result)
{
	struct slice	list, element;
	char		name[NAME_LENGTH_MAX + 1];

	if (request->group != NULL && decide_group(client, store,
	    request->group, result) == -1)
		return (-1);
	if (request->groups == NULL)
		return (0);
	list.text = request->groups;
	list.length = strlen(request->groups);
	while (slice_list_next(&list, &element)) {
		if (element.length > NAME_LENGTH_MAX)
			return (-1);
		memcpy(name, element.text, element.length);
		name[element.length] = '\0';
		if (decide_group(client, store, name, result) == -1)
			return (-1);
	}
	return (0);
}

/* A privileged group that a line of group makes its members part of. */
static int
line_is_privileged(const struct client *client, const struct table *groups,
    line_t line, char *name, size_t size)
{
	struct slice	group = table_field(groups, line, GROUP_NAME);

	if (group.length >= size)
		return (0);
	memcpy(name, group.text, group.length);
	name[group.length] = '\0';
	return (group_is_privileged(name) &&
	    !words_contain(&client->groups, name));
}

/* An administrator's own account is not a customer's, whatever its uid. */
static int
decide_membership(const struct client *client, const struct store *store,
    const char *login, uint32_t gid, struct result *result)
{
	const struct table	*groups = store->tables[TABLE_GROUP];
	char			 name[NAME_LENGTH_MAX + 1];
	size_t			 state = 0;
	line_t			 line = table_find_id(groups, gid);

	while (line == LINE_NONE || !line_is_privileged(client, groups, line,
	    name, sizeof(name)))
		if ((line = table_next_member(groups, login, &state)) ==
		    LINE_NONE)
			return (0);
	result_set(result, 550, "protected", "account %s is in group %s",
	    login, name);
	return (-1);
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
	    table_field_id(passwd, line, PASSWD_GID, &gid) == -1) {
		result_set(result, 550, "not-found", "account %s", login);
		return (-1);
	}
	if (uid < ID_FLOOR || name_is_reserved_id(uid)) {
		result_set(result, 550, "protected", "account %s is the "
		    "system's", login);
		return (-1);
	}
	policy_range(config, client, &min, &max);
	if (uid < min || uid > max) {
		result_set(result, 550, "denied", "account %s has uid %u, "
		    "outside %u to %u", login, uid, min, max);
		return (-1);
	}
	return (decide_membership(client, store, login, gid, result));
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
	if (request->operation == OPERATION_ACCOUNT_CREATE)
		return (decide_groups(client, store, request, result));
	return (decide_target(config, client, store, request->login,
	    result));
}
