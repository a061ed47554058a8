/*
 * The values of arguments: each function here takes one into a request or a
 * query, or says what is wrong with it.  A text stays where the line has it.
 */

#include <stdio.h>
#include <time.h>

#include "argument.h"

/* As good as for ever, and no sum of such overflows anywhere. */
#define DAYS_MAX	999999
#define SECONDS_PER_DAY	86400

/* Only digits: strtonum(3) takes a sign and leading blanks as well. */
static int
value_number(const char *value, long long min, long long max,
    uint64_t *number)
{
	const char	*problem;

	if (*value < '0' || *value > '9')
		return (-1);
	*number = (uint64_t)strtonum(value, min, max, &problem);
	return (problem == NULL ? 0 : -1);
}

static const char *
value_id(const char *value, uint8_t *has, uint32_t *id)
{
	uint64_t	 number;

	if (value_number(value, 0, UINT32_MAX, &number) == -1)
		return ("is not a number of 32 bits");
	*has = 1;
	*id = (uint32_t)number;
	return (NULL);
}

/* The uid that the account shall have. */
const char *
set_uid(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	return (value_id(value, &parse->request->has_uid,
	    &parse->request->uid));
}

/* The gid that the group shall have. */
const char *
set_gid(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	return (value_id(value, &parse->request->has_gid,
	    &parse->request->gid));
}

static char **
request_text(struct parse *parse, const struct argument *argument)
{
	return ((char **)(void *)((char *)parse->request +
	    argument->offset));
}

/* A text of the request, by the rule in the table. */
const char *
set_text(struct parse *parse, const struct argument *argument, char *value)
{
	*request_text(parse, argument) = value;
	return (argument->check(value));
}

/*
 * All supplementary groups, of which there may be none: for an account that
 * is to be made, that is what it has anyway.
 */
const char *
set_groups(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	if (parse->request->groups_add != NULL ||
	    parse->request->groups_remove != NULL)
		return ("cannot go with groups+ or groups-");
	if (*value == '\0' &&
	    parse->kind == OPERATION_BIT(OPERATION_ACCOUNT_CREATE))
		return (NULL);
	parse->request->groups = value;
	return (*value == '\0' ? NULL : name_check_groups(value));
}

static int
list_has(const char *list, const char *name, size_t length)
{
	size_t	 other;

	for (; *list != '\0'; list += other + (list[other] == ',')) {
		other = strcspn(list, ",");
		if (other == length && memcmp(list, name, length) == 0)
			return (1);
	}
	return (0);
}

static int
lists_meet(const char *a, const char *b)
{
	size_t	 length;

	for (; *a != '\0'; a += length + (a[length] == ',')) {
		length = strcspn(a, ",");
		if (list_has(b, a, length))
			return (1);
	}
	return (0);
}

/* Groups to be in, or not to be in, besides those that there are. */
const char *
set_groups_by(struct parse *parse, const struct argument *argument,
    char *value)
{
	struct request	*request = parse->request;
	const char	*reason;

	if (request->groups != NULL)
		return ("cannot go with groups");
	*request_text(parse, argument) = value;
	if ((reason = name_check_groups(value)) != NULL)
		return (reason);
	if (request->groups_add != NULL && request->groups_remove != NULL &&
	    lists_meet(request->groups_add, request->groups_remove))
		return ("names a group that is both in groups+ and groups-");
	return (NULL);
}

/* The path of a home directory; none, for an account that is to be made. */
const char *
set_home(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	if (strcmp(value, "no") == 0 &&
	    parse->kind != OPERATION_BIT(OPERATION_ACCOUNT_MODIFY)) {
		parse->request->home_choice = HOME_CHOICE_NONE;
		return (NULL);
	}
	parse->request->home = value;
	return (name_check_home(value));
}

/* What becomes of the home directory of an account that is deleted. */
const char *
set_home_choice(struct parse *parse, const struct argument *argument,
    char *value)
{
	(void)argument;
	if (strcmp(value, "remove") == 0)
		parse->request->home_choice = HOME_CHOICE_REMOVE;
	else if (strcmp(value, "archive") == 0)
		parse->request->home_choice = HOME_CHOICE_ARCHIVE;
	else if (strcmp(value, "keep") != 0)
		return ("must be keep, remove or archive");
	return (NULL);
}

/* A choice of two words, the second of which sets a flag of the request. */
const char *
set_flag(struct parse *parse, const struct argument *argument, char *value)
{
	if (strcmp(value, argument->yes) == 0)
		parse->request->flags |= argument->flag;
	else if (strcmp(value, argument->no) != 0)
		return (argument->reason);
	return (NULL);
}

const char argument_answered[] = "";

/* A password in clear, to be hashed before anybody else sees it. */
const char *
set_password(struct parse *parse, const struct argument *argument,
    char *value)
{
	(void)argument;
	if (parse->request->hash != NULL)
		return ("cannot go with hash");
	parse->password = value;
	return (name_check_password(value));
}

/* A password that is hashed already. */
const char *
set_hash(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	if (!parse->asker->may_hash) {
		result_set(parse->result, 550, "denied", "ready hashes are "
		    "not taken of this client, only passwords");
		return (argument_answered);
	}
	if (parse->password != NULL)
		return ("cannot go with password");
	parse->request->hash = value;
	return (hash_rules_check(parse->asker->hash, value));
}

/* Days, as shadow(5) counts them for its ages, or never. */
const char *
set_days(struct parse *parse, const struct argument *argument, char *value)
{
	struct age	*age = &parse->request->ages[argument->age];
	uint64_t	 days;

	age->has = 1;
	age->days = -1;
	if (strcmp(value, "never") == 0)
		return (NULL);
	if (value_number(value, 0, DAYS_MAX, &days) == -1)
		return ("must be never or a number of days");
	age->days = (int64_t)days;
	return (NULL);
}

/* YYYY-MM-DD, in days since 1970, as shadow(5) has it, or never. */
const char *
set_expire(struct parse *parse, const struct argument *argument, char *value)
{
	struct age	*age = &parse->request->ages[AGE_EXPIRE];
	struct tm	 tm, check;
	char		*end;
	time_t		 when;

	(void)argument;
	age->has = 1;
	age->days = -1;
	if (strcmp(value, "never") == 0)
		return (NULL);
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
	age->days = when / SECONDS_PER_DAY;
	return (NULL);
}

/* What tells a request again; several of a transaction have one together. */
const char *
set_idem(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	if (parse->request->flags & REQUEST_PLAN)
		return ("cannot go with plan");
	if (parse->asker->in_transaction && parse->kind != COMMIT_BIT)
		return ("goes with commit");
	parse->request->idem = value;
	return (name_check_idem(value));
}

/* A text of the query, which is copied. */
const char *
set_sought(struct parse *parse, const struct argument *argument, char *value)
{
	char		*to = (char *)parse->query + argument->offset;
	const char	*reason;

	if (argument->check != NULL &&
	    (reason = argument->check(value)) != NULL)
		return (reason);
	if (strlcpy(to, value, argument->size) >= argument->size)
		return ("is too long");
	return (NULL);
}

/* MIN-MAX, both included. */
const char *
set_range(struct parse *parse, const struct argument *argument, char *value)
{
	char		*hyphen = strchr(value, '-');
	uint64_t	 min, max;

	(void)argument;
	if (hyphen != NULL)
		*hyphen = '\0';
	if (hyphen == NULL ||
	    value_number(value, 0, UINT32_MAX, &min) == -1 ||
	    value_number(hyphen + 1, 0, UINT32_MAX, &max) == -1)
		return ("must be MIN-MAX, two numbers of 32 bits");
	if (min > max)
		return ("has a minimum that is above the maximum");
	parse->query->min = (uint32_t)min;
	parse->query->max = (uint32_t)max;
	return (NULL);
}

/* Accounts of one state, as account show says it. */
const char *
set_state(struct parse *parse, const struct argument *argument, char *value)
{
	static const char *const	states[] = {
		[STATE_SUSPENDED] = "suspended", [STATE_EXPIRED] = "expired",
		[STATE_LOCKED] = "locked", [STATE_NO_PASSWORD] = "no-password",
		[STATE_ACTIVE] = "active"
	};
	int				i;

	(void)argument;
	for (i = STATE_SUSPENDED; i <= STATE_ACTIVE; i++)
		if (strcmp(value, states[i]) == 0) {
			parse->query->state = (enum account_state)i;
			return (NULL);
		}
	return ("must be suspended, expired, locked, no-password or active");
}

/* At most so many lines. */
const char *
set_limit(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	return (value_number(value, 1, INT64_MAX, &parse->query->limit) == 0 ?
	    NULL : "is not a number above 0");
}

/* The number of the last entry of the ledger that the client has seen. */
const char *
set_since(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	return (value_number(value, 0, INT64_MAX, &parse->query->since) == 0 ?
	    NULL : "is not a number");
}

/* Whether to go on when there are no more entries for now. */
const char *
set_follow(struct parse *parse, const struct argument *argument, char *value)
{
	(void)argument;
	parse->query->follow = strcmp(value, "no") != 0;
	return (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0 ? NULL :
	    "must be yes or no");
}
