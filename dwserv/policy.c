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

/* The arguments of a request that are text, and who knows their rules. */
static const struct value_rule {
	const char	*key;
	size_t		 offset;
	const char	*(*check)(const char *);
} value_rules[] = {
	{ "login", offsetof(struct request, login), name_check_login },
	{ "group", offsetof(struct request, group), name_check_group },
	{ "groups", offsetof(struct request, groups), name_check_groups },
	{ "gecos", offsetof(struct request, gecos), name_check_gecos },
	{ "home", offsetof(struct request, home), name_check_home },
	{ "shell", offsetof(struct request, shell), name_check_shell }
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

/* The rules of name.c for those arguments that there are. */
static int
admit_values(const struct request *request, struct result *result)
{
	const struct value_rule	*rule;
	const char		*value, *reason;
	size_t			 i;

	if (request->login == NULL)
		return (result_set(result, 501, "missing-argument", "login"));
	for (i = 0; i < sizeof(value_rules) / sizeof(value_rules[0]); i++) {
		rule = &value_rules[i];
		value = *(char *const *)((const char *)request +
		    rule->offset);
		if (value != NULL && (reason = rule->check(value)) != NULL)
			return (result_set(result, 501, "invalid", "%s: %s",
			    rule->key, reason));
	}
	return (0);
}

static int
admit_create(const struct config *config, const struct client *client,
    const struct request *request, struct result *result)
{
	const char	*home = request->home, *shell = request->shell;
	uint32_t	 uid = request->uid, min, max;

	policy_range(config, client, &min, &max);
	if (login_is_reserved(request->login))
		return (result_set(result, 550, "protected", "the name %s is "
		    "the system's", request->login));
	if (request->has_uid && (uid < ID_FLOOR || name_is_reserved_id(uid) ||
	    uid < min || uid > max))
		return (result_set(result, 550, "denied", "uid %u is outside "
		    "%u to %u", uid, min, max));
	if (home != NULL && policy_home_below(config, home) == NULL)
		return (result_set(result, 550, "denied", "home %s is not "
		    "below %s", home, config->accounts.home));
	if (shell != NULL && !words_contain(&config->accounts.shells, shell))
		return (result_set(result, 550, "denied", "shell %s is not "
		    "listed in the configuration", shell));
	if (request->ages[AGE_EXPIRE].has && request->ages[AGE_EXPIRE].days < -1)
		return (result_set(result, 501, "invalid", "expire: is before "
		    "1970"));
	return (0);
}

static int
admit_hash(const struct config *config, const struct request *request,
    struct result *result)
{
	const char	*reason = NULL;

	if (request->hash != NULL)
		reason = hash_rules_check(&config->accounts.hash,
		    request->hash);
	else if (request->operation == OPERATION_ACCOUNT_PASSWORD)
		return (result_set(result, 501, "missing-argument",
		    "password or hash"));
	return (reason == NULL ? 0 : result_set(result, 501, "invalid",
	    "hash: %s", reason));
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
	    OPERATION_BIT(request->operation)) == 0)
		return (result_set(result, 550, "denied", "%s may not do "
		    "that", client->name));
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
		return (result_set(result, 550, "denied", "not a change"));
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

	if (line == LINE_NONE)
		return (result_set(result, 550, "not-found", "group %s",
		    name));
	table_field_id(store->tables[TABLE_GROUP], line, GROUP_GID, &gid);
	if (group_is_open(client, name, gid))
		return (0);
	return (result_set(result, 550, group_is_privileged(name) ||
	    gid < ID_FLOOR ? "protected" : "denied", "group %s is not named "
	    "for %s", name, client->name));
}

static int
decide_groups(const struct client *client, const struct store *store,
    const struct request *request, struct result *result)
{
	struct slice	list = { request->groups, 0 }, element;
	char		name[NAME_LENGTH_MAX + 1];

	if (request->group != NULL && decide_group(client, store,
	    request->group, result) == -1)
		return (-1);
	if (list.text != NULL)
		list.length = strlen(list.text);
	while (slice_list_next(&list, &element))
		if (slice_copy(element, name, sizeof(name)) == -1 ||
		    decide_group(client, store, name, result) == -1)
			return (-1);
	return (0);
}

/* A privileged group that a line of group makes its members part of. */
static int
line_is_privileged(const struct client *client, const struct table *groups,
    line_t line, char *name, size_t size)
{
	return (slice_copy(table_field(groups, line, GROUP_NAME), name,
	    size) == 0 && group_is_privileged(name) &&
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
