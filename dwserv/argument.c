/*
 * The arguments of a request: a name, then key=value in any order.  What is
 * wrong with them is said here, with the name of the key.
 */

#include <stdio.h>
#include <time.h>

#include "worker.h"

struct parse {
	struct session	*session;
	enum operation	 operation;
	struct request	*request;
	char		*password;
};

static const char	*set_group(struct parse *, char *);
static const char	*set_groups(struct parse *, char *);
static const char	*set_expire(struct parse *, char *);
static const char	*set_gecos(struct parse *, char *);
static const char	*set_hash(struct parse *, char *);
static const char	*set_home(struct parse *, char *);
static const char	*set_password(struct parse *, char *);
static const char	*set_shell(struct parse *, char *);
static const char	*set_uid(struct parse *, char *);

#define CREATE		OPERATION_BIT(OPERATION_ACCOUNT_CREATE)
#define PASSWORD	OPERATION_BIT(OPERATION_ACCOUNT_PASSWORD)
#define DELETE		OPERATION_BIT(OPERATION_ACCOUNT_DELETE)

/* Each key, the requests that take it, and what it does. */
static const struct argument {
	const char	*key;
	uint32_t	 operations;
	const char	*(*set)(struct parse *, char *);
} arguments[] = {
	{ "uid", CREATE, set_uid },
	{ "group", CREATE, set_group },
	{ "groups", CREATE, set_groups },
	{ "gecos", CREATE, set_gecos },
	{ "home", CREATE | DELETE, set_home },
	{ "shell", CREATE, set_shell },
	{ "password", CREATE | PASSWORD, set_password },
	{ "hash", CREATE | PASSWORD, set_hash },
	{ "expire", CREATE, set_expire }
};
#define ARGUMENTS	(sizeof(arguments) / sizeof(arguments[0]))

static const char *
set_uid(struct parse *parse, char *value)
{
	const char	*problem;

	parse->request->uid = (uint32_t)strtonum(value, 0, UINT32_MAX,
	    &problem);
	parse->request->has_uid = 1;
	/* strtonum(3) takes a sign and leading blanks, a uid has none. */
	if (problem != NULL || *value < '0' || *value > '9')
		return ("is not a number of 32 bits");
	return (NULL);
}

static const char *
set_group(struct parse *parse, char *value)
{
	parse->request->group = value;
	return (name_check_group(value));
}

static const char *
set_groups(struct parse *parse, char *value)
{
	if (*value == '\0')
		return (NULL);
	parse->request->groups = value;
	return (name_check_groups(value));
}

static const char *
set_gecos(struct parse *parse, char *value)
{
	parse->request->gecos = value;
	return (name_check_gecos(value));
}

static const char *
set_home(struct parse *parse, char *value)
{
	if (parse->operation == OPERATION_ACCOUNT_DELETE) {
		if (strcmp(value, "remove") == 0)
			parse->request->home_choice = HOME_CHOICE_REMOVE;
		else if (strcmp(value, "keep") != 0)
			return ("must be keep or remove");
		return (NULL);
	}
	if (strcmp(value, "no") == 0) {
		parse->request->home_choice = HOME_CHOICE_NONE;
		return (NULL);
	}
	parse->request->home = value;
	return (name_check_home(value));
}

static const char *
set_shell(struct parse *parse, char *value)
{
	parse->request->shell = value;
	return (name_check_shell(value));
}

static const char *
set_password(struct parse *parse, char *value)
{
	if (!parse->session->private)
		return ("is not taken over a connection that others can "
		    "read");
	if (parse->request->hash != NULL)
		return ("cannot go with hash");
	parse->password = value;
	return (name_check_password(value));
}

static const char *
set_hash(struct parse *parse, char *value)
{
	if (!parse->session->private)
		return ("is not taken over a connection that others can "
		    "read");
	if (parse->password != NULL)
		return ("cannot go with password");
	parse->request->hash = value;
	return (hash_rules_check(&parse->session->worker->settings.hash,
	    value));
}

/* YYYY-MM-DD, in days since 1970, as shadow(5) has it. */
static const char *
set_expire(struct parse *parse, char *value)
{
	struct tm	 tm, check;
	char		*end;
	time_t		 when;

	parse->request->ages[AGE_EXPIRE].has = 1;
	if (strcmp(value, "never") == 0) {
		parse->request->ages[AGE_EXPIRE].days = -1;
		return (NULL);
	}
	memset(&tm, 0, sizeof(tm));
	end = strptime(value, "%Y-%m-%d", &tm);
	/* strptime(3) passes over blanks. */
	if (end == NULL || *end != '\0' || strlen(value) != 10 ||
	    strchr(value, ' ') != NULL)
		return ("must be YYYY-MM-DD or never");
	check = tm;
	when = timegm(&check);
	if (when < 0 || check.tm_mday != tm.tm_mday)
		return ("is not a day since 1970");
	parse->request->ages[AGE_EXPIRE].days = when / 86400;
	return (NULL);
}

static int
argument_set(struct parse *parse, char *word, uint32_t *seen)
{
	struct session	*session = parse->session;
	char		*value = token_value(word);
	const char	*reason;
	size_t		 i;

	if (value == NULL) {
		reply_add(session, 501, "syntax", "arguments are key=value");
		return (-1);
	}
	for (i = 0; i < ARGUMENTS; i++)
		if (strcasecmp(word, arguments[i].key) == 0 &&
		    (arguments[i].operations &
		    OPERATION_BIT(parse->operation)) != 0)
			break;
	if (i == ARGUMENTS) {
		reply_add(session, 501, "unknown-argument", "%.64s", word);
		return (-1);
	}
	if (*seen & (1U << i)) {
		reply_add(session, 501, "repeated-argument", "%s",
		    arguments[i].key);
		return (-1);
	}
	*seen |= 1U << i;
	if ((reason = arguments[i].set(parse, value)) == NULL)
		return (0);
	reply_add(session, 501, "invalid", "%s: %s", arguments[i].key,
	    reason);
	return (-1);
}

static int
argument_login(struct parse *parse, char **words, int count)
{
	const char	*reason;

	if (count == 0) {
		reply_add(parse->session, 501, "missing-argument", "login");
		return (-1);
	}
	parse->request->login = words[0];
	if ((reason = name_check_login(words[0])) == NULL)
		return (0);
	reply_add(parse->session, 501, "invalid", "login: %s", reason);
	return (-1);
}

/*
 * Fill in a request from the words behind its verb; its strings are those
 * words.  A clear password is left in *password.  Returns 0, or -1 and has
 * replied.
 */
int
argument_parse(struct session *session, enum operation operation,
    char **words, int count, struct request *request, struct query *query,
    char **password)
{
	struct parse	parse = { session, operation, request, NULL };
	uint32_t	seen = 0;
	int		i = 0;

	request->operation = operation;
	if (operation != OPERATION_ACCOUNT_LIST) {
		if (argument_login(&parse, words, count) == -1)
			return (-1);
		i = 1;
	}
	for (; i < count; i++)
		if (argument_set(&parse, words[i], &seen) == -1)
			return (-1);
	if (operation == OPERATION_ACCOUNT_PASSWORD &&
	    parse.password == NULL && request->hash == NULL) {
		reply_add(session, 501, "missing-argument",
		    "password or hash");
		return (-1);
	}
	*password = parse.password;
	query->operation = operation;
	query->limit = UINT64_MAX;
	if (request->login != NULL)
		strlcpy(query->name, request->login, sizeof(query->name));
	return (0);
}
