/*
 * The arguments of a request: a name, if it is about one, then key=value in
 * any order.  What is wrong with them is said here, with the name of the
 * key.
 */

#include <stdio.h>

#include "argument.h"

#define BIT(operation)	OPERATION_BIT(OPERATION_##operation)

#define CREATE		(BIT(ACCOUNT_CREATE) | BIT(ACCOUNT_ENSURE))
#define MODIFY		BIT(ACCOUNT_MODIFY)
#define STATE		(CREATE | MODIFY)
#define RENAME		BIT(ACCOUNT_RENAME)
#define SECRET		(CREATE | BIT(ACCOUNT_PASSWORD))
#define DELETE		BIT(ACCOUNT_DELETE)
#define LIST		BIT(ACCOUNT_LIST)
#define MEMBER		(BIT(GROUP_ADD) | BIT(GROUP_REMOVE))
#define TARGETS		(BIT(ALIAS_SET) | BIT(ALIAS_ADD) | BIT(ALIAS_REMOVE))
#define LISTS		(LIST | BIT(GROUP_LIST) | BIT(ALIAS_LIST))
#define READS		(LISTS | BIT(ACCOUNT_SHOW) | BIT(GROUP_SHOW) |	\
			    BIT(ALIAS_SHOW) | BIT(WATCH))
#define CHANGES		((COMMIT_BIT - 1) & ~READS)

#define OTHER(key, kinds, set)						\
	{ key, kinds, set, 0, 0, NULL, 0, 0, NULL, NULL, NULL }
#define TEXT(key, kinds, set, member, check)				\
	{ key, kinds, set, offsetof(struct request, member), 0, check,	\
	    0, 0, NULL, NULL, NULL }
#define SOUGHT(member, kinds, check)					\
	{ #member, kinds, set_sought, offsetof(struct query, member),	\
	    sizeof(((struct query *)NULL)->member), check, 0, 0, NULL,	\
	    NULL, NULL }
#define DAYS(key, kinds, age)						\
	{ key, kinds, set_days, 0, 0, NULL, age, 0, NULL, NULL, NULL }
#define CHOICE(key, kinds, flag, no, yes)				\
	{ key, kinds, set_flag, 0, 0, NULL, 0, flag, no, yes,		\
	    "must be " no " or " yes }

/* Each key, the requests that take it so, and what it does. */
static const struct argument arguments[] = {
	OTHER("uid", STATE, set_uid),
	TEXT("group", STATE, set_text, group, name_check_group),
	TEXT("groups", STATE, set_groups, groups, NULL),
	TEXT("groups+", MODIFY, set_groups_by, groups_add, NULL),
	TEXT("groups-", MODIFY, set_groups_by, groups_remove, NULL),
	TEXT("gecos", STATE, set_text, gecos, name_check_gecos),
	OTHER("home", STATE, set_home),
	CHOICE("move", MODIFY, REQUEST_MOVE_HOME, "no", "yes"),
	TEXT("shell", STATE, set_text, shell, name_check_shell),
	OTHER("password", SECRET, set_password),
	OTHER("hash", SECRET, set_hash),
	OTHER("expire", STATE, set_expire),
	DAYS("inactive", STATE, AGE_INACTIVE),
	DAYS("min", STATE, AGE_MIN),
	DAYS("max", STATE, AGE_MAX),
	DAYS("warn", STATE, AGE_WARN),
	TEXT("name", RENAME, set_text, name, name_check_login),
	CHOICE("home", RENAME, REQUEST_MOVE_HOME, "keep", "move"),
	CHOICE("group", RENAME, REQUEST_RENAME_GROUP, "keep", "rename"),
	OTHER("home", DELETE, set_home_choice),
	CHOICE("aliases", DELETE, REQUEST_REMOVE_ALIASES, "keep", "remove"),
	CHOICE("processes", DELETE, REQUEST_IGNORE_PROCESSES, "refuse",
	    "ignore"),
	OTHER("gid", BIT(GROUP_CREATE) | BIT(GROUP_MODIFY), set_gid),
	CHOICE("files", BIT(GROUP_MODIFY), REQUEST_CHANGE_FILES, "keep",
	    "change"),
	TEXT("name", BIT(GROUP_RENAME), set_text, name, name_check_group),
	TEXT("login", MEMBER, set_text, login, name_check_login),
	TEXT("targets", TARGETS, set_text, targets, name_check_targets),
	TEXT("idem", CHANGES | COMMIT_BIT, set_idem, idem, NULL),
	SOUGHT(prefix, LISTS, NULL),
	SOUGHT(after, LISTS, NULL),
	SOUGHT(group, LIST, name_check_group),
	SOUGHT(login, BIT(GROUP_LIST) | BIT(ALIAS_LIST), name_check_login),
	OTHER("uid", LIST, set_range),
	OTHER("gid", BIT(GROUP_LIST), set_range),
	OTHER("state", LIST, set_state),
	OTHER("limit", LISTS, set_limit),
	OTHER("since", BIT(WATCH), set_since),
	OTHER("follow", BIT(WATCH), set_follow)
};
#define ARGUMENTS	(sizeof(arguments) / sizeof(arguments[0]))
_Static_assert(ARGUMENTS <= 64, "struct parse has seen up to 64");

/* What the name behind the verb is, by the last operation of the noun. */
static const struct subject {
	enum operation	 last;
	const char	*key;
	size_t		 offset;	/* in the request */
	const char	*(*check)(const char *);
} subjects[] = {
	{ OPERATION_ACCOUNT_LIST, "login", offsetof(struct request, login),
	    name_check_login },
	{ OPERATION_GROUP_LIST, "group", offsetof(struct request, group),
	    name_check_group },
	{ OPERATION_ALIAS_LIST, "alias", offsetof(struct request, alias),
	    name_check_alias }
};

/* The first part of a word: it has to stay UTF-8. */
static int
argument_refuse(struct parse *parse, const char *word)
{
	size_t	 length = strnlen(word, 64);

	while (!name_check_text(word, length))
		length--;
	result_set(parse->result, 501, "unknown-argument", "%.*s",
	    (int)length, word);
	return (-1);
}

/* Returns -1, and has answered, if others could hear what is a secret. */
static int
argument_check_privacy(struct parse *parse, const struct argument *argument)
{
	if (parse->asker->private || (argument->set != set_password &&
	    argument->set != set_hash))
		return (0);
	return (result_set(parse->result, 530, "tls-required", "%s is not "
	    "taken over a connection that others can read", argument->key));
}

static int
argument_set(struct parse *parse, char *word)
{
	const struct argument	*argument = arguments;
	char			*value = token_value(word);
	const char		*reason;
	uint64_t		 bit = 1;

	if (value == NULL) {
		result_set(parse->result, 501, "syntax", "arguments are "
		    "key=value");
		return (-1);
	}
	while (argument < arguments + ARGUMENTS &&
	    ((argument->kinds & parse->kind) == 0 ||
	    strcasecmp(word, argument->key) != 0))
		argument++;
	if (argument == arguments + ARGUMENTS)
		return (argument_refuse(parse, word));
	bit <<= argument - arguments;
	if (parse->seen & bit) {
		result_set(parse->result, 501, "repeated-argument", "%s",
		    argument->key);
		return (-1);
	}
	parse->seen |= bit;
	if (argument_check_privacy(parse, argument) == -1)
		return (-1);
	/* These two say how, not what. */
	if (argument->set != set_idem && argument->flag != REQUEST_MOVE_HOME)
		parse->stated++;
	if ((reason = argument->set(parse, argument, value)) == NULL)
		return (0);
	if (reason == argument_answered)
		return (-1);
	result_set(parse->result, 501, "invalid", "%s: %s", argument->key,
	    reason);
	return (-1);
}

static int
argument_set_all(struct parse *parse, char **words, int count)
{
	int	i;

	for (i = 0; i < count; i++)
		if (argument_set(parse, words[i]) == -1)
			return (-1);
	return (0);
}

/* The name behind the verb, which is also what is sought to be shown. */
static int
argument_name(struct parse *parse, enum operation operation, char **words,
    int count)
{
	const struct subject	*subject = subjects;
	const char		*reason;

	while (operation > subject->last)
		subject++;
	if (count == 0) {
		result_set(parse->result, 501, "missing-argument", "%s",
		    subject->key);
		return (-1);
	}
	if ((reason = subject->check(words[0])) != NULL) {
		result_set(parse->result, 501, "invalid", "%s: %s",
		    subject->key, reason);
		return (-1);
	}
	*(char **)(void *)((char *)parse->request + subject->offset) =
	    words[0];
	strlcpy(parse->query->name, words[0], sizeof(parse->query->name));
	return (0);
}

/* What the request cannot do without; NULL if it has that. */
static const char *
argument_missing(const struct parse *parse)
{
	const struct request	*request = parse->request;
	uint32_t		 kind = parse->kind;

	if ((kind & BIT(ACCOUNT_PASSWORD)) != 0 && parse->password == NULL &&
	    request->hash == NULL)
		return ("password or hash");
	if ((kind & (RENAME | BIT(GROUP_RENAME))) != 0 &&
	    request->name == NULL)
		return ("name");
	if ((kind & BIT(GROUP_MODIFY)) != 0 && !request->has_gid)
		return ("gid");
	if ((kind & MEMBER) != 0 && request->login == NULL)
		return ("login");
	if ((kind & TARGETS) != 0 && request->targets == NULL)
		return ("targets");
	if ((kind & MODIFY) != 0 && request->home == NULL &&
	    (request->flags & REQUEST_MOVE_HOME) != 0)
		return ("home");
	if ((kind & MODIFY) != 0 && parse->stated == 0)
		return ("what to modify");
	return (NULL);
}

/*
 * Fill in a request, or a query if it is a read, from the words behind its
 * verb; the request's strings are those words.  Its flag REQUEST_PLAN is to
 * be set before.  A clear password is left in *password.  Returns 0, or -1
 * with the result saying why not.
 */
int
argument_parse(const struct asker *asker, enum operation operation,
    char **words, int count, struct request *request, struct query *query,
    char **password, struct result *result)
{
	struct parse	 parse = { .asker = asker, .request = request,
			    .kind = OPERATION_BIT(operation), .query = query,
			    .result = result };
	const char	*missing;

	request->operation = query->operation = operation;
	query->max = UINT32_MAX;
	query->limit = query->since = UINT64_MAX;
	query->follow = 1;
	if ((parse.kind & (LISTS | BIT(WATCH))) == 0) {
		if (argument_name(&parse, operation, words, count) == -1)
			return (-1);
		words++;
		count--;
	}
	if (argument_set_all(&parse, words, count) == -1)
		return (-1);
	if ((missing = argument_missing(&parse)) != NULL) {
		result_set(result, 501, "missing-argument", "%s",
		    missing);
		return (-1);
	}
	*password = parse.password;
	return (0);
}

/* The same for the words behind commit, which may only say idem=. */
int
argument_parse_commit(const struct asker *asker, char **words, int count,
    struct request *request, struct result *result)
{
	struct parse	 parse = { .asker = asker, .request = request,
			    .kind = COMMIT_BIT, .result = result };

	return (argument_set_all(&parse, words, count));
}

/* Returns 1 if the operation only reads, otherwise 0. */
int
operation_is_read(enum operation operation)
{
	return ((OPERATION_BIT(operation) & READS) != 0);
}
