/*
 * The requests by their names, with what they take.  No session is needed to
 * know them.
 */

#include <stdio.h>

#include "argument.h"

#define ACCOUNT_STATE	"[uid=N] [group=NAME] [groups=A,B] [gecos=TEXT] "
#define ACCOUNT_AGES	"[expire=DATE] [inactive=DAYS] [min=DAYS] "	\
			    "[max=DAYS] [warn=DAYS]"
#define ACCOUNT_NEW	"LOGIN " ACCOUNT_STATE "[home=PATH|no] "	\
			    "[shell=PATH] [password=TEXT|hash=TEXT] "	\
			    ACCOUNT_AGES
#define IDEM		" [idem=KEY]"

static const struct operation_command {
	const char	*noun;
	const char	*verb;		/* NULL: the noun is all */
	const char	*usage;
} operation_commands[OPERATIONS] = {
	[OPERATION_ACCOUNT_CREATE] = { "account", "create",
	    ACCOUNT_NEW IDEM },
	[OPERATION_ACCOUNT_ENSURE] = { "account", "ensure",
	    ACCOUNT_NEW IDEM },
	[OPERATION_ACCOUNT_MODIFY] = { "account", "modify", "LOGIN "
	    ACCOUNT_STATE "[groups+=A,B] [groups-=A,B] [home=PATH] "
	    "[move=yes|no] [shell=PATH] " ACCOUNT_AGES IDEM },
	[OPERATION_ACCOUNT_RENAME] = { "account", "rename", "LOGIN name=LOGIN "
	    "[home=keep|move] [group=keep|rename]" IDEM },
	[OPERATION_ACCOUNT_PASSWORD] = { "account", "password",
	    "LOGIN password=TEXT|hash=TEXT" IDEM },
	[OPERATION_ACCOUNT_LOCK] = { "account", "lock", "LOGIN" IDEM },
	[OPERATION_ACCOUNT_UNLOCK] = { "account", "unlock", "LOGIN" IDEM },
	[OPERATION_ACCOUNT_SUSPEND] = { "account", "suspend", "LOGIN" IDEM },
	[OPERATION_ACCOUNT_RESUME] = { "account", "resume", "LOGIN" IDEM },
	[OPERATION_ACCOUNT_DELETE] = { "account", "delete", "LOGIN "
	    "[home=keep|remove|archive] [aliases=keep|remove] "
	    "[processes=refuse|ignore]" IDEM },
	[OPERATION_ACCOUNT_SHOW] = { "account", "show", "LOGIN" },
	[OPERATION_ACCOUNT_LIST] = { "account", "list", "[prefix=TEXT] "
	    "[group=NAME] [uid=MIN-MAX] [state=WORD] [after=LOGIN] "
	    "[limit=N]" },
	[OPERATION_GROUP_CREATE] = { "group", "create", "NAME [gid=N]" IDEM },
	[OPERATION_GROUP_MODIFY] = { "group", "modify", "NAME gid=N "
	    "[files=keep|change]" IDEM },
	[OPERATION_GROUP_RENAME] = { "group", "rename",
	    "NAME name=NAME" IDEM },
	[OPERATION_GROUP_DELETE] = { "group", "delete", "NAME" IDEM },
	[OPERATION_GROUP_ADD] = { "group", "add", "NAME login=LOGIN" IDEM },
	[OPERATION_GROUP_REMOVE] = { "group", "remove",
	    "NAME login=LOGIN" IDEM },
	[OPERATION_GROUP_SHOW] = { "group", "show", "NAME" },
	[OPERATION_GROUP_LIST] = { "group", "list", "[prefix=TEXT] "
	    "[gid=MIN-MAX] [login=LOGIN] [after=NAME] [limit=N]" },
	[OPERATION_ALIAS_SET] = { "alias", "set", "NAME targets=A,B" IDEM },
	[OPERATION_ALIAS_ADD] = { "alias", "add", "NAME targets=A,B" IDEM },
	[OPERATION_ALIAS_REMOVE] = { "alias", "remove",
	    "NAME targets=A,B" IDEM },
	[OPERATION_ALIAS_DELETE] = { "alias", "delete", "NAME" IDEM },
	[OPERATION_ALIAS_SHOW] = { "alias", "show", "NAME" },
	[OPERATION_ALIAS_LIST] = { "alias", "list", "[prefix=TEXT] "
	    "[login=LOGIN] [after=NAME] [limit=N]" },
	[OPERATION_WATCH] = { "watch", NULL, "[since=N] [follow=yes|no]" }
};

/*
 * Find the operation that the first words mean.  Returns how many of them
 * do that, or 0 if there is no such operation.
 */
int
operation_find(char **words, int count, enum operation *operation)
{
	const struct operation_command	*command;
	int				 i;

	for (i = 0; i < OPERATIONS; i++) {
		command = &operation_commands[i];
		*operation = (enum operation)i;
		if (count < 1 || strcasecmp(words[0], command->noun) != 0)
			continue;
		if (command->verb == NULL)
			return (1);
		if (count > 1 && strcasecmp(words[1], command->verb) == 0)
			return (2);
	}
	return (0);
}

/* The name of a request, such as "account create". */
void
operation_print(enum operation operation, char *name, size_t size)
{
	const struct operation_command	*command;

	command = &operation_commands[operation];
	snprintf(name, size, "%s%s%s", command->noun,
	    command->verb == NULL ? "" : " ",
	    command->verb == NULL ? "" : command->verb);
}

/* What it takes. */
const char *
operation_usage(enum operation operation)
{
	return (operation_commands[operation].usage);
}
