/*
 * Deciding about groups: those that are a client's own may be changed,
 * those that are open to it may be joined and left.  A group is privileged
 * by its name, and so is every other line with the same number.
 */

#include "policy.h"

/* The gids that a client may get and whose groups are its own. */
void
policy_gid_range(const struct config *config, const struct client *client,
    uint32_t *min, uint32_t *max)
{
	policy_range(config, client, min, max);
	if (!client->has_gid)
		return;
	*min = client->gid_min < ID_FLOOR ? ID_FLOOR : client->gid_min;
	*max = client->gid_max;
}

static int
name_is_privileged(const struct question *question, const char *name)
{
	return (policy_group_is_privileged(name) &&
	    !words_contain(&question->client->groups, name));
}

/*
 * Whether a gid is that of a privileged group that is not named for the
 * client; `name' is which one, then.
 */
int
policy_gid_is_privileged(const struct question *question, uint32_t gid,
    char *name, size_t size)
{
	const struct table	*groups;
	size_t			 state = 0;
	line_t			 line;

	groups = question->store->tables[TABLE_GROUP];
	while ((line = table_next_id(groups, gid, &state)) != LINE_NONE)
		if (slice_copy(table_field(groups, line, GROUP_NAME), name,
		    size) == 0 && name_is_privileged(question, name))
			return (1);
	strlcpy(name, "root", size);
	return (gid == 0 && name_is_privileged(question, name));
}

/* The same for a group by its name, in group or gshadow. */
int
policy_line_is_privileged(const struct question *question,
    struct slice group, char *name, size_t size)
{
	const struct table	*groups;
	size_t			 state = 0;
	uint32_t		 gid;
	line_t			 line;

	groups = question->store->tables[TABLE_GROUP];
	if (slice_copy(group, name, size) == 0 &&
	    name_is_privileged(question, name))
		return (1);
	while ((line = table_find(groups, group.text, group.length,
	    &state)) != LINE_NONE)
		if (table_field_id(groups, line, GROUP_GID, &gid) == 0 &&
		    policy_gid_is_privileged(question, gid, name, size))
			return (1);
	return (0);
}

/* Whether a group is the client's own; *clause is what says no. */
static int
group_is_own(const struct question *question, const char *name, uint32_t gid,
    enum clause *clause)
{
	const struct client	*client = question->client;
	uint32_t		 min, max;

	policy_gid_range(question->config, client, &min, &max);
	policy_consult(question->result, CLAUSE_GID);
	*clause = CLAUSE_GID;
	if (gid < min || gid > max)
		return (0);
	policy_consult(question->result, CLAUSE_NAMES);
	*clause = CLAUSE_NAMES;
	return (TAILQ_EMPTY(&client->names) ||
	    policy_words_match(&client->names, name, 0));
}

/* Whether it may be joined and left, though it is not named. */
static int
group_is_open(const struct question *question, const char *name,
    uint32_t gid, enum clause *clause)
{
	const struct client	*client = question->client;

	if (group_is_own(question, name, gid, clause))
		return (1);
	if (!TAILQ_EMPTY(&client->groups)) {
		*clause = CLAUSE_GROUPS;
		return (0);
	}
	return (TAILQ_EMPTY(&client->names) ||
	    policy_words_match(&client->names, name, 0));
}

/*
 * Whether a group may be joined and left, or is the client's own.  Returns
 * 0, or -1 with the result filled in.
 */
int
policy_group(const struct question *question, const char *name,
    enum group_right right)
{
	const struct client	*client = question->client;
	const struct table	*groups;
	struct slice		 slice = { name, strlen(name) };
	char			 privileged[NAME_LENGTH_MAX + 1];
	enum clause		 clause = CLAUSE_NONE;
	uint32_t		 gid = 0;
	line_t			 line;
	int			 is_protected;

	groups = question->store->tables[TABLE_GROUP];
	if ((line = table_find_name(groups, name)) == LINE_NONE)
		return (result_set(question->result, 550, "not-found",
		    "group %s", name));
	table_field_id(groups, line, GROUP_GID, &gid);
	is_protected = policy_line_is_privileged(question, slice, privileged,
	    sizeof(privileged));
	if (right == GROUP_JOIN) {
		policy_consult(question->result, CLAUSE_GROUPS);
		if (!is_protected && words_contain(&client->groups, name))
			return (0);
	}
	is_protected |= gid < ID_FLOOR || policy_name_is_reserved(name);
	if (!is_protected && !name_is_reserved_id(gid) &&
	    (right == GROUP_OWN ? group_is_own(question, name, gid, &clause) :
	    group_is_open(question, name, gid, &clause)))
		return (0);
	return (policy_refuse(question->result, clause, is_protected ?
	    "protected" : "denied", "group %s is not %s %s", name,
	    right == GROUP_JOIN ? "named for" : clause == CLAUSE_NAMES ?
	    "among the names of" : "within the range of", client->name));
}

/* Each group of a list, which may be NULL. */
static int
group_list(const struct question *question, const char *groups)
{
	struct slice	list = { groups, groups == NULL ? 0 : strlen(groups) };
	struct slice	element;
	char		name[NAME_LENGTH_MAX + 1];

	while (slice_list_next(&list, &element))
		if (slice_copy(element, name, sizeof(name)) == -1 ||
		    policy_group(question, name, GROUP_JOIN) == -1)
			return (-1);
	return (0);
}

/* A line of gshadow for which there is no group is nobody's. */
static int
group_with(const struct question *question, const char *name)
{
	const struct table	*groups;

	groups = question->store->tables[TABLE_GROUP];
	if (table_find_name(groups, name) == LINE_NONE &&
	    !name_is_privileged(question, name))
		return (0);
	return (policy_group(question, name, GROUP_JOIN));
}

_Static_assert((int)GROUP_MEMBERS == (int)GSHADOW_MEMBERS,
    "the members are in the same place");

/*
 * The groups that have a login in one of their lists are open to the
 * client; with a list of groups, those that are not in it and have the
 * login as a member.
 */
static int
groups_with(const struct question *question, const char *login,
    const struct slice *except)
{
	const struct table	*table;
	enum table_kind		 kind;
	char			 name[1024];
	size_t			 state;
	line_t			 line;

	for (kind = TABLE_GROUP; kind <= TABLE_GSHADOW; kind++) {
		if ((table = question->store->tables[kind]) == NULL)
			continue;
		state = 0;
		while ((line = table_next_member(table, login,
		    &state)) != LINE_NONE) {
			slice_copy(table_field(table, line, GROUP_NAME), name,
			    sizeof(name));
			if (except != NULL && (slice_list_has(*except,
			    name) || !slice_list_has(table_field(table, line,
			    GROUP_MEMBERS), login)))
				continue;
			if (group_with(question, name) == -1)
				return (-1);
		}
	}
	return (0);
}

/* All groups that an account would be in, or leave, by the request. */
int
policy_groups(const struct question *question)
{
	const struct request	*request = question->request;
	struct slice		 list = { request->groups, 0 };

	if (request->group != NULL && policy_group(question, request->group,
	    GROUP_JOIN) == -1)
		return (-1);
	if (group_list(question, request->groups) == -1 ||
	    group_list(question, request->groups_add) == -1 ||
	    group_list(question, request->groups_remove) == -1)
		return (-1);
	if (list.text == NULL)
		return (0);
	list.length = strlen(list.text);
	return (groups_with(question, request->login, &list));
}

/*
 * Who gets a login gets what group and gshadow still say of it: that must
 * be what the client could give.
 */
int
policy_group_members(const struct question *question, const char *login)
{
	struct result	*result = question->result;

	if (groups_with(question, login, NULL) == 0)
		return (0);
	strlcat(result->text, ", and lists that login", sizeof(result->text));
	return (-1);
}

/* An account's private group, which gets its new name, is the client's. */
int
policy_private_group(const struct question *question)
{
	const struct request	*request = question->request;

	if ((request->flags & REQUEST_RENAME_GROUP) == 0 || table_find_name(
	    question->store->tables[TABLE_GROUP],
	    request->login) == LINE_NONE)
		return (0);
	return (policy_group(question, request->login, GROUP_OWN));
}
