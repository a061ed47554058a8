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

static const char	*check_groups(const char *);

/* The arguments of a request that are text, and who knows their rules. */
static const struct value_rule {
	const char	*key;
	size_t		 offset;
	const char	*(*check)(const char *);
} value_rules[] = {
	{ "login", offsetof(struct request, login), name_check_login },
	{ "name", offsetof(struct request, name), name_check_login },
	{ "group", offsetof(struct request, group), name_check_group },
	{ "groups", offsetof(struct request, groups), check_groups },
	{ "groups+", offsetof(struct request, groups_add), check_groups },
	{ "groups-", offsetof(struct request, groups_remove), check_groups },
	{ "alias", offsetof(struct request, alias), name_check_alias },
	{ "targets", offsetof(struct request, targets), name_check_targets },
	{ "idem", offsetof(struct request, idem), name_check_idem },
	{ "gecos", offsetof(struct request, gecos), name_check_gecos },
	{ "home", offsetof(struct request, home), name_check_home },
	{ "shell", offsetof(struct request, shell), name_check_shell }
};

/* What a request is about, and what else it cannot do without. */
#define NEEDS(member)	(1U << (member))
enum need { NEED_LOGIN, NEED_NAME, NEED_GROUP, NEED_ALIAS, NEED_TARGETS };

static const struct need_rule {
	const char	*key;
	size_t		 offset;
} need_rules[] = {
	[NEED_LOGIN] = { "login", offsetof(struct request, login) },
	[NEED_NAME] = { "name", offsetof(struct request, name) },
	[NEED_GROUP] = { "group", offsetof(struct request, group) },
	[NEED_ALIAS] = { "alias", offsetof(struct request, alias) },
	[NEED_TARGETS] = { "targets", offsetof(struct request, targets) }
};

/* What is to be known of each kind of change; 0: it is none. */
static const unsigned int needs[OPERATIONS] = {
	[OPERATION_ACCOUNT_CREATE] = NEEDS(NEED_LOGIN),
	[OPERATION_ACCOUNT_ENSURE] = NEEDS(NEED_LOGIN),
	[OPERATION_ACCOUNT_MODIFY] = NEEDS(NEED_LOGIN),
	[OPERATION_ACCOUNT_RENAME] = NEEDS(NEED_LOGIN) | NEEDS(NEED_NAME),
	[OPERATION_ACCOUNT_PASSWORD] = NEEDS(NEED_LOGIN),
	[OPERATION_ACCOUNT_LOCK] = NEEDS(NEED_LOGIN),
	[OPERATION_ACCOUNT_UNLOCK] = NEEDS(NEED_LOGIN),
	[OPERATION_ACCOUNT_SUSPEND] = NEEDS(NEED_LOGIN),
	[OPERATION_ACCOUNT_RESUME] = NEEDS(NEED_LOGIN),
	[OPERATION_ACCOUNT_DELETE] = NEEDS(NEED_LOGIN),
	[OPERATION_GROUP_CREATE] = NEEDS(NEED_GROUP),
	[OPERATION_GROUP_MODIFY] = NEEDS(NEED_GROUP),
	[OPERATION_GROUP_RENAME] = NEEDS(NEED_GROUP) | NEEDS(NEED_NAME),
	[OPERATION_GROUP_DELETE] = NEEDS(NEED_GROUP),
	[OPERATION_GROUP_ADD] = NEEDS(NEED_GROUP) | NEEDS(NEED_LOGIN),
	[OPERATION_GROUP_REMOVE] = NEEDS(NEED_GROUP) | NEEDS(NEED_LOGIN),
	[OPERATION_ALIAS_SET] = NEEDS(NEED_ALIAS) | NEEDS(NEED_TARGETS),
	[OPERATION_ALIAS_ADD] = NEEDS(NEED_ALIAS) | NEEDS(NEED_TARGETS),
	[OPERATION_ALIAS_REMOVE] = NEEDS(NEED_ALIAS) | NEEDS(NEED_TARGETS),
	[OPERATION_ALIAS_DELETE] = NEEDS(NEED_ALIAS)
};

/* A list may be empty, where that means none. */
static const char *
check_groups(const char *list)
{
	return (*list == '\0' ? NULL : name_check_groups(list));
}

static const char *
request_text(const struct request *request, size_t offset)
{
	return (*(char *const *)((const char *)request + offset));
}

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

	for (i = 0; i < sizeof(need_rules) / sizeof(need_rules[0]); i++)
		if ((needs[request->operation] & NEEDS(i)) != 0 &&
		    request_text(request, need_rules[i].offset) == NULL)
			return (result_set(result, 501, "missing-argument",
			    "%s", need_rules[i].key));
	for (i = 0; i < sizeof(value_rules) / sizeof(value_rules[0]); i++) {
		rule = &value_rules[i];
		value = request_text(request, rule->offset);
		if (value != NULL && (reason = rule->check(value)) != NULL)
			return (result_set(result, 501, "invalid", "%s: %s",
			    rule->key, reason));
	}
	for (i = 0; i < AGES; i++)
		if (request->ages[i].has && (request->ages[i].days < -1 ||
		    request->ages[i].days > INT32_MAX))
			return (result_set(result, 501, "invalid",
			    "a number of days is out of range"));
	return (0);
}

/* New ids are within what the client has, whatever is to have them. */
static int
admit_ids(const struct config *config, const struct client *client,
    const struct request *request, struct result *result)
{
	uint32_t	id, min, max;
	int		i;

	policy_range(config, client, &min, &max);
	for (i = 0; i < 2; i++) {
		if (i == 0 ? !request->has_uid : !request->has_gid)
			continue;
		id = i == 0 ? request->uid : request->gid;
		if (id < ID_FLOOR || name_is_reserved_id(id) || id < min ||
		    id > max)
			return (result_set(result, 550, "denied", "%s %u is "
			    "outside %u to %u", i == 0 ? "uid" : "gid", id,
			    min, max));
	}
	return (0);
}

/* Names that come into use: those of the system do not. */
static int
admit_names(const struct request *request, struct result *result)
{
	const char	*name = request->name;

	if (request->operation == OPERATION_ACCOUNT_CREATE ||
	    request->operation == OPERATION_ACCOUNT_ENSURE)
		name = request->login;
	else if (request->operation == OPERATION_GROUP_CREATE)
		name = request->group;
	else if (request->alias != NULL)
		name = request->alias;
	if (name == NULL || !login_is_reserved(name))
		return (0);
	return (result_set(result, 550, "protected", "the name %s is the "
	    "system's", name));
}

/* Targets other than names and addresses run or write something. */
static int
admit_targets(const struct client *client, const struct request *request,
    struct result *result)
{
	static const uint32_t	 grants[] = {
		[ALIAS_COMMAND] = TARGET_COMMAND,
		[ALIAS_FILE] = TARGET_FILE,
		[ALIAS_INCLUDE] = TARGET_INCLUDE
	};
	const char		*list = request->targets;
	char			 target[ALIAS_TARGET_MAX + 1];
	enum alias_target_kind	 kind;

	/* What is there already may always be taken away. */
	if (request->operation == OPERATION_ALIAS_REMOVE)
		return (0);
	while (list != NULL && alias_list_next(&list, target,
	    sizeof(target))) {
		kind = alias_target_classify(target);
		if (kind > ALIAS_ADDRESS &&
		    (client->targets & grants[kind]) == 0)
			return (result_set(result, 550, "denied", "%s may "
			    "not have mail go to commands, files or lists of "
			    "that kind", client->name));
	}
	return (0);
}

static int
admit_places(const struct config *config, const struct request *request,
    struct result *result)
{
	const char	*home = request->home, *shell = request->shell;

	if (home != NULL && policy_home_below(config, home) == NULL)
		return (result_set(result, 550, "denied", "home %s is not "
		    "below %s", home, config->accounts.home));
	if (shell != NULL && !words_contain(&config->accounts.shells, shell))
		return (result_set(result, 550, "denied", "shell %s is not "
		    "listed in the configuration", shell));
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
	/* Workers show and list by themselves. */
	if (needs[request->operation] == 0)
		return (result_set(result, 550, "denied", "not a change"));
	if (admit_values(request, result) == -1 ||
	    admit_names(request, result) == -1 ||
	    admit_ids(config, client, request, result) == -1 ||
	    admit_places(config, request, result) == -1 ||
	    admit_targets(client, request, result) == -1)
		return (-1);
	return (admit_hash(config, request, result));
}

/* Whether a group is within the client's range, and not the system's. */
static int
group_is_own(const struct config *config, const struct client *client,
    const char *name, uint32_t gid)
{
	uint32_t	min, max;

	policy_range(config, client, &min, &max);
	return (gid >= min && gid <= max && gid >= ID_FLOOR &&
	    !name_is_reserved_id(gid) && !group_is_privileged(name));
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
	    !name_is_reserved_id(gid) && !group_is_privileged(name));
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
	return (result_set(result, 550, group_is_privileged(name) ||
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
 * Mail for an account is the account's: an alias of its name needs the same
 * right as the account itself.
 */
static int
decide_alias(const struct config *config, const struct client *client,
    const struct store *store, const char *name, struct result *result)
{
	char	login[ALIAS_LENGTH_MAX + 1];
	size_t	i;

	for (i = 0; name[i] != '\0' && i < ALIAS_LENGTH_MAX; i++)
		login[i] = name[i] >= 'A' && name[i] <= 'Z' ?
		    (char)(name[i] - 'A' + 'a') : name[i];
	login[i] = '\0';
	if (login_is_reserved(login))
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
		return (request->login == NULL ? 0 : decide_target(config,
		    client, store, request->login, result));
	}
	if (operation != OPERATION_ACCOUNT_CREATE &&
	    (operation != OPERATION_ACCOUNT_ENSURE || table_find_name(
	    store->tables[TABLE_PASSWD], request->login) != LINE_NONE) &&
	    decide_target(config, client, store, request->login,
	    result) == -1)
		return (-1);
	return (decide_groups(config, client, store, request, result));
}
