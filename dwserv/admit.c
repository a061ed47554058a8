/*
 * Admitting: whether a request, taken by itself, may be carried out for the
 * client.  Every field is checked again, as if the worker were hostile; what
 * the target is will be decided under the locks (policy.c).
 */

#include <stdio.h>

#include "parent.h"

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
			return (result_set(result, 501, "invalid", "%s: is "
			    "out of range", age_name((enum age_kind)i)));
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
	if (name == NULL || !policy_name_is_reserved(name))
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

