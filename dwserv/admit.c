/*
 * Admitting: whether a request, taken by itself, may be carried out for the
 * client.  Every field is checked again, as if the worker were hostile; what
 * the target is will be decided under the locks (policy.c).
 */

#include "policy.h"

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
admit_id(const struct question *question, enum clause clause, uint32_t id)
{
	uint32_t	min, max;

	if (clause == CLAUSE_UID)
		policy_range(question->config, question->client, &min, &max);
	else
		policy_gid_range(question->config, question->client, &min,
		    &max);
	policy_consult(question->result, clause);
	if (id >= ID_FLOOR && !name_is_reserved_id(id) && id >= min &&
	    id <= max)
		return (0);
	return (policy_refuse(question->result, id < ID_FLOOR ||
	    name_is_reserved_id(id) ? CLAUSE_NONE : clause, "denied",
	    "%s %u is outside %u to %u", clause == CLAUSE_UID ? "uid" :
	    "gid", id, min, max));
}

static int
admit_ids(const struct question *question)
{
	const struct request	*request = question->request;

	if (request->has_uid &&
	    admit_id(question, CLAUSE_UID, request->uid) == -1)
		return (-1);
	if (request->has_gid &&
	    admit_id(question, CLAUSE_GID, request->gid) == -1)
		return (-1);
	return (0);
}

/* Names that come into use: those of the system do not. */
static int
admit_names(const struct question *question)
{
	const struct request	*request = question->request;
	const char		*name = request->name;

	if (request->operation == OPERATION_ACCOUNT_CREATE ||
	    request->operation == OPERATION_ACCOUNT_ENSURE)
		name = request->login;
	else if (request->operation == OPERATION_GROUP_CREATE)
		name = request->group;
	if (name != NULL)
		return (policy_new_name(question, name));
	if (request->alias == NULL || !policy_name_is_reserved(request->alias))
		return (0);
	return (policy_refuse(question->result, CLAUSE_NONE, "protected",
	    "the name %s is the system's", request->alias));
}

static int
admit_home(const struct question *question)
{
	const struct request	*request = question->request;

	if (request->home == NULL)
		return (0);
	policy_consult(question->result, CLAUSE_HOME);
	if (policy_home_below(question->config, request->home) != NULL &&
	    policy_home_is_inside(question->config, question->client,
	    request->home))
		return (0);
	return (policy_refuse(question->result, CLAUSE_HOME, "denied",
	    "home %s is not below %s", request->home,
	    policy_home_base(question->config, question->client)));
}

static int
admit_shell(const struct question *question)
{
	const struct client	*client = question->client;
	const char		*shell = question->request->shell;

	if (shell == NULL)
		return (0);
	policy_consult(question->result, CLAUSE_SHELLS);
	if (words_contain(&question->config->accounts.shells, shell) &&
	    (TAILQ_EMPTY(&client->shells) ||
	    words_contain(&client->shells, shell)))
		return (0);
	return (policy_refuse(question->result, CLAUSE_SHELLS, "denied",
	    "shell %s is not listed in the configuration", shell));
}

/*
 * A ready hash by the rules for those, and if the client is not to have
 * any, only one as the worker makes it of a password.
 */
static int
admit_hash(const struct question *question, const struct hash_rules *made)
{
	const struct request	*request = question->request;
	const char		*reason;

	if (request->hash == NULL)
		return (made == NULL || request->operation !=
		    OPERATION_ACCOUNT_PASSWORD ? 0 :
		    result_set(question->result, 501, "missing-argument",
		    "password or hash"));
	policy_consult(question->result, CLAUSE_HASH);
	if (question->client->no_hash)
		return (made != NULL && hash_rules_made(made,
		    request->hash) ? 0 :
		    policy_refuse(question->result, CLAUSE_HASH, "denied",
		    "%s may not set hashes, only passwords",
		    question->client->name));
	reason = hash_rules_check(&question->config->accounts.hash,
	    request->hash);
	if (reason == NULL)
		return (0);
	question->result->clause = CLAUSE_HASH;
	return (result_set(question->result, 501, "invalid", "hash: %s",
	    reason));
}

/*
 * Whether the request, taken by itself, may be carried out for the client;
 * every field is checked again, as nobody may have done so.  The rules are
 * those by which whoever sends it hashes passwords; without any, it has a
 * password that is not hashed yet.  Returns 0, or -1 with the result filled
 * in.
 */
int
policy_admit(const struct config *config, const struct client *client,
    const struct hash_rules *made, const struct request *request,
    struct result *result)
{
	struct question	question = { config, client, NULL, request, result };

	policy_consult(result, CLAUSE_ALLOW);
	if (request->operation >= OPERATIONS || (client->operations &
	    OPERATION_BIT(request->operation)) == 0)
		return (policy_refuse(result, CLAUSE_ALLOW, "denied",
		    "%s may not do that", client->name));
	/* Workers show and list by themselves. */
	if (needs[request->operation] == 0)
		return (policy_refuse(result, CLAUSE_NONE, "denied",
		    "not a change"));
	if (admit_values(request, result) == -1 ||
	    admit_names(&question) == -1 || admit_ids(&question) == -1 ||
	    admit_home(&question) == -1 || admit_shell(&question) == -1 ||
	    policy_targets(&question) == -1)
		return (-1);
	return (admit_hash(&question, made));
}
