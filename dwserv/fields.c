/*
 * Which parts of a request belong to which operation.  What decides about a
 * request, and what carries it out, look at the parts that they know of: a
 * part that does not belong there could make them see two different
 * requests in one.
 */

#include "parent.h"

#define LOGIN		0x0001U
#define NAME		0x0002U
#define GROUP		0x0004U
#define GROUPS		0x0008U
#define GROUPS_BY	0x0010U		/* to be added or removed */
#define GECOS		0x0020U
#define HOME		0x0040U
#define SHELL		0x0080U
#define HASH		0x0100U
#define ALIAS		0x0200U
#define TARGETS		0x0400U
#define UID		0x0800U
#define GID		0x1000U
#define AGED		0x2000U		/* any of the ages */

#define STATE		(LOGIN | GROUP | GROUPS | GECOS | HOME | SHELL | \
			    UID | AGED)

static const struct request_field {
	unsigned int	 bit;
	size_t		 offset;
	const char	*key;
} fields[] = {
	{ LOGIN, offsetof(struct request, login), "login" },
	{ NAME, offsetof(struct request, name), "name" },
	{ GROUP, offsetof(struct request, group), "group" },
	{ GROUPS, offsetof(struct request, groups), "groups" },
	{ GROUPS_BY, offsetof(struct request, groups_add), "groups+" },
	{ GROUPS_BY, offsetof(struct request, groups_remove), "groups-" },
	{ GECOS, offsetof(struct request, gecos), "gecos" },
	{ HOME, offsetof(struct request, home), "home" },
	{ SHELL, offsetof(struct request, shell), "shell" },
	{ HASH, offsetof(struct request, hash), "hash" },
	{ ALIAS, offsetof(struct request, alias), "alias" },
	{ TARGETS, offsetof(struct request, targets), "targets" }
};

/* A plan may be made of all of them, and all may have a key. */
static const struct operation_fields {
	unsigned int	 fields;
	uint32_t	 flags;
	unsigned int	 home_choices;	/* besides the default, as bits */
} operations[OPERATIONS] = {
	[OPERATION_ACCOUNT_CREATE] = { STATE | HASH, REQUEST_IF_CREATED,
	    1U << HOME_CHOICE_NONE },
	[OPERATION_ACCOUNT_ENSURE] = { STATE | HASH, REQUEST_IF_CREATED,
	    1U << HOME_CHOICE_NONE },
	[OPERATION_ACCOUNT_MODIFY] = { STATE | GROUPS_BY, REQUEST_MOVE_HOME,
	    0 },
	[OPERATION_ACCOUNT_RENAME] = { LOGIN | NAME, REQUEST_MOVE_HOME |
	    REQUEST_RENAME_GROUP, 0 },
	[OPERATION_ACCOUNT_PASSWORD] = { LOGIN | HASH, REQUEST_IF_CREATED,
	    0 },
	[OPERATION_ACCOUNT_LOCK] = { LOGIN, 0, 0 },
	[OPERATION_ACCOUNT_UNLOCK] = { LOGIN, 0, 0 },
	[OPERATION_ACCOUNT_SUSPEND] = { LOGIN, 0, 0 },
	[OPERATION_ACCOUNT_RESUME] = { LOGIN, 0, 0 },
	[OPERATION_ACCOUNT_DELETE] = { LOGIN, REQUEST_REMOVE_ALIASES |
	    REQUEST_IGNORE_PROCESSES, 1U << HOME_CHOICE_REMOVE |
	    1U << HOME_CHOICE_ARCHIVE },
	[OPERATION_GROUP_CREATE] = { GROUP | GID, 0, 0 },
	[OPERATION_GROUP_MODIFY] = { GROUP | GID, REQUEST_CHANGE_FILES, 0 },
	[OPERATION_GROUP_RENAME] = { GROUP | NAME, 0, 0 },
	[OPERATION_GROUP_DELETE] = { GROUP, 0, 0 },
	[OPERATION_GROUP_ADD] = { GROUP | LOGIN, 0, 0 },
	[OPERATION_GROUP_REMOVE] = { GROUP | LOGIN, 0, 0 },
	[OPERATION_ALIAS_SET] = { ALIAS | TARGETS, 0, 0 },
	[OPERATION_ALIAS_ADD] = { ALIAS | TARGETS, 0, 0 },
	[OPERATION_ALIAS_REMOVE] = { ALIAS | TARGETS, 0, 0 },
	[OPERATION_ALIAS_DELETE] = { ALIAS, 0, 0 }
};

static int
has_age(const struct request *request)
{
	int	i;

	for (i = 0; i < AGES; i++)
		if (request->ages[i].has)
			return (1);
	return (0);
}

/* The key of a part that does not belong to the operation, or NULL. */
static const char *
foreign_field(const struct request *request,
    const struct operation_fields *allowed)
{
	size_t	i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if ((allowed->fields & fields[i].bit) == 0 &&
		    *(char *const *)((const char *)request +
		    fields[i].offset) != NULL)
			return (fields[i].key);
	/* What is not there is nothing that somebody could take for it. */
	if (((allowed->fields & UID) == 0 && request->has_uid) ||
	    (!request->has_uid && request->uid != 0))
		return ("uid");
	if (((allowed->fields & GID) == 0 && request->has_gid) ||
	    (!request->has_gid && request->gid != 0))
		return ("gid");
	if ((allowed->fields & AGED) == 0 && has_age(request))
		return ("ages");
	if ((request->flags & ~(allowed->flags | REQUEST_PLAN)) != 0)
		return ("flags");
	if (request->home_choice != HOME_CHOICE_DEFAULT &&
	    (allowed->home_choices & 1U << request->home_choice) == 0)
		return ("home");
	return (NULL);
}

/*
 * Whether a change, as a worker tells it, has no parts but its own.  Returns
 * 0, or -1 with the result filled in.
 */
int
request_check_fields(const struct request *request, struct result *result)
{
	const char	*key;

	if (request->operation >= OPERATIONS ||
	    operations[request->operation].fields == 0)
		return (result_set(result, 550, "denied", "not a change"));
	if (request->operation == OPERATION_GROUP_MODIFY && !request->has_gid)
		return (result_set(result, 501, "missing-argument", "gid"));
	key = foreign_field(request, &operations[request->operation]);
	return (key == NULL ? 0 : result_set(result, 501, "unknown-argument",
	    "%s", key));
}
