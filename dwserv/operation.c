/*
 * The requests by the names that the configuration has for them.
 */

#include "config.h"

static const char *const operation_names[OPERATIONS] = {
	[OPERATION_ACCOUNT_CREATE] = "account create",
	[OPERATION_ACCOUNT_SHOW] = "account show",
	[OPERATION_ACCOUNT_LIST] = "account list",
	[OPERATION_ACCOUNT_PASSWORD] = "account password",
	[OPERATION_ACCOUNT_DELETE] = "account delete"
};

/* As it is written in the configuration: noun and verb. */
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
		if (strncmp(name, noun, length) != 0 || name[length] != ' ')
			continue;
		if (verb == NULL || strcmp(name + length + 1, verb) == 0)
			*bits |= OPERATION_BIT(i);
	}
	return (*bits == 0 ? -1 : 0);
}
