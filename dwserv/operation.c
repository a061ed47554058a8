/*
 * The requests, and the kinds of targets of aliases, by the names that the
 * configuration has for them.
 */

#include "config.h"

static const char *const operation_names[OPERATIONS] = {
	[OPERATION_ACCOUNT_CREATE] = "account create",
	[OPERATION_ACCOUNT_ENSURE] = "account ensure",
	[OPERATION_ACCOUNT_MODIFY] = "account modify",
	[OPERATION_ACCOUNT_RENAME] = "account rename",
	[OPERATION_ACCOUNT_PASSWORD] = "account password",
	[OPERATION_ACCOUNT_LOCK] = "account lock",
	[OPERATION_ACCOUNT_UNLOCK] = "account unlock",
	[OPERATION_ACCOUNT_SUSPEND] = "account suspend",
	[OPERATION_ACCOUNT_RESUME] = "account resume",
	[OPERATION_ACCOUNT_DELETE] = "account delete",
	[OPERATION_ACCOUNT_SHOW] = "account show",
	[OPERATION_ACCOUNT_LIST] = "account list",
	[OPERATION_GROUP_CREATE] = "group create",
	[OPERATION_GROUP_MODIFY] = "group modify",
	[OPERATION_GROUP_RENAME] = "group rename",
	[OPERATION_GROUP_DELETE] = "group delete",
	[OPERATION_GROUP_ADD] = "group add",
	[OPERATION_GROUP_REMOVE] = "group remove",
	[OPERATION_GROUP_SHOW] = "group show",
	[OPERATION_GROUP_LIST] = "group list",
	[OPERATION_ALIAS_SET] = "alias set",
	[OPERATION_ALIAS_ADD] = "alias add",
	[OPERATION_ALIAS_REMOVE] = "alias remove",
	[OPERATION_ALIAS_DELETE] = "alias delete",
	[OPERATION_ALIAS_SHOW] = "alias show",
	[OPERATION_ALIAS_LIST] = "alias list",
	[OPERATION_WATCH] = "watch"
};

static const struct {
	enum target_kind	 kind;
	const char		*name;
} targets[] = {
	{ TARGET_COMMAND, "command" },
	{ TARGET_FILE, "file" },
	{ TARGET_INCLUDE, "include" }
};
#define TARGETS		(sizeof(targets) / sizeof(targets[0]))

/* As it is written in the configuration: noun and verb, or one word. */
const char *
operation_name(enum operation operation)
{
	return (operation_names[operation]);
}

/*
 * The operations that a noun and a verb mean, as bits; without a verb
 * (NULL), all those of the noun.  Returns -1 if there are none such.
 */
int
operation_parse(const char *noun, const char *verb, uint32_t *bits)
{
	const char	*name;
	size_t		 length = strlen(noun);
	unsigned int	 i;

	*bits = 0;
	for (i = 0; i < OPERATIONS; i++) {
		name = operation_names[i];
		if (strcspn(name, " ") != length ||
		    strncmp(name, noun, length) != 0)
			continue;
		if (verb == NULL || (name[length] == ' ' &&
		    strcmp(name + length + 1, verb) == 0))
			*bits |= OPERATION_BIT(i);
	}
	return (*bits == 0 ? -1 : 0);
}

/* As it is written in the configuration, or NULL if there is no such kind. */
const char *
target_name(enum target_kind kind)
{
	size_t	i;

	for (i = 0; i < TARGETS; i++)
		if (targets[i].kind == kind)
			return (targets[i].name);
	return (NULL);
}

/* The bit of this name, 0 if there is none. */
uint32_t
target_parse(const char *name)
{
	size_t	i;

	for (i = 0; i < TARGETS; i++)
		if (strcmp(targets[i].name, name) == 0)
			return (targets[i].kind);
	return (0);
}
