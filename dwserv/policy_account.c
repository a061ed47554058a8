/*
 * Deciding about accounts: a client's own are those with a uid in its range
 * and a name that matches its patterns, unless they are the system's or an
 * administrator's.
 */

#include "policy.h"

/* The uids that a client may get and touch. */
void
policy_range(const struct config *config, const struct client *client,
    uint32_t *min, uint32_t *max)
{
	*min = client->has_uid ? client->uid_min : config->accounts.uid_min;
	*max = client->has_uid ? client->uid_max : config->accounts.uid_max;
	if (*min < ID_FLOOR)
		*min = ID_FLOOR;
}

/* An administrator's own account is not a customer's, whatever its uid. */
static int
account_check_groups(const struct question *question, line_t account)
{
	const struct table	*passwd, *table;
	enum table_kind		 kind;
	char			 login[1024], name[NAME_LENGTH_MAX + 1];
	uint32_t		 gid = 0;
	size_t			 state;
	line_t			 line;
	int			 found;

	passwd = question->store->tables[TABLE_PASSWD];
	slice_copy(table_field(passwd, account, PASSWD_NAME), login,
	    sizeof(login));
	table_field_id(passwd, account, PASSWD_GID, &gid);
	found = policy_gid_is_privileged(question, gid, name, sizeof(name));
	for (kind = TABLE_GROUP; kind <= TABLE_GSHADOW && !found; kind++) {
		if ((table = question->store->tables[kind]) == NULL)
			continue;
		state = 0;
		while (!found && (line = table_next_member(table, login,
		    &state)) != LINE_NONE)
			found = policy_line_is_privileged(question,
			    table_field(table, line, GROUP_NAME), name,
			    sizeof(name));
	}
	return (!found ? 0 : policy_refuse(question->result, CLAUSE_NONE,
	    "protected", "account %s is in group %s", login, name));
}

/* Two logins with one uid are one account to the system. */
static int
account_check_shared(const struct question *question, uint32_t uid)
{
	const struct table	*passwd;
	char			 login[1024];
	size_t			 state = 0;
	line_t			 line;

	passwd = question->store->tables[TABLE_PASSWD];
	while ((line = table_next_id(passwd, uid, &state)) != LINE_NONE) {
		slice_copy(table_field(passwd, line, PASSWD_NAME), login,
		    sizeof(login));
		if (policy_name_is_reserved(login))
			return (policy_refuse(question->result, CLAUSE_NONE,
			    "protected", "account %s is the system's",
			    login));
		if (policy_name(question, login) == -1 ||
		    account_check_groups(question, line) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Whether an account is the client's to change.  Returns 0, or -1 with the
 * result filled in.
 */
int
policy_account(const struct question *question, const char *login)
{
	const struct table	*passwd;
	struct result		*result = question->result;
	uint32_t		 uid, gid, min, max;
	line_t			 line;

	passwd = question->store->tables[TABLE_PASSWD];
	line = table_find_name(passwd, login);
	if (line == LINE_NONE ||
	    table_field_id(passwd, line, PASSWD_UID, &uid) == -1 ||
	    table_field_id(passwd, line, PASSWD_GID, &gid) == -1)
		return (result_set(result, 550, "not-found", "account %s",
		    login));
	if (uid < ID_FLOOR || name_is_reserved_id(uid))
		return (policy_refuse(result, CLAUSE_NONE, "protected",
		    "account %s is the system's", login));
	policy_range(question->config, question->client, &min, &max);
	policy_consult(result, CLAUSE_UID);
	if (uid < min || uid > max)
		return (policy_refuse(result, CLAUSE_UID, "denied",
		    "account %s has uid %u, outside %u to %u", login, uid,
		    min, max));
	return (account_check_shared(question, uid));
}

/* A login that nobody has so far. */
int
policy_new_login(const struct question *question, const char *login)
{
	if (policy_new_name(question, login) == -1)
		return (-1);
	/* Of one that is there, the answer is that it exists. */
	if (table_find_name(question->store->tables[TABLE_PASSWD],
	    login) != LINE_NONE)
		return (0);
	return (policy_group_members(question, login));
}

/* Where the homes of a client's new accounts are. */
const char *
policy_home_base(const struct config *config, const struct client *client)
{
	return (client->home != NULL ? client->home : config->accounts.home);
}

/* What of a path is below a base; NULL if it is not there. */
static const char *
home_below(const char *base, const char *home)
{
	size_t	length = strlen(base);

	if (strncmp(home, base, length) == 0 && home[length] == '/' &&
	    home[length + 1] != '\0')
		return (home + length + 1);
	return (NULL);
}

/*
 * What of a home directory's path is below the configured base; NULL if
 * it is not there.
 */
const char *
policy_home_below(const struct config *config, const char *home)
{
	return (home_below(config->accounts.home, home));
}

/* Whether a home directory is where the client's may be. */
int
policy_home_is_inside(const struct config *config,
    const struct client *client, const char *home)
{
	return (home_below(policy_home_base(config, client), home) != NULL);
}

/* Whether the request moves or removes the directory of an account. */
static int
home_is_touched(const struct request *request)
{
	if (request->operation == OPERATION_ACCOUNT_DELETE)
		return (request->home_choice == HOME_CHOICE_REMOVE ||
		    request->home_choice == HOME_CHOICE_ARCHIVE);
	return ((request->operation == OPERATION_ACCOUNT_RENAME ||
	    request->operation == OPERATION_ACCOUNT_MODIFY) &&
	    (request->flags & REQUEST_MOVE_HOME) != 0);
}

/*
 * A directory that is not below the client's base is not its to move or
 * remove, though it is the home of an account of its own.
 */
int
policy_home_present(const struct question *question)
{
	const struct client	*client = question->client;
	const struct table	*passwd;
	char			 home[PATH_MAX];
	line_t			 line;

	if (client->home == NULL || !home_is_touched(question->request))
		return (0);
	policy_consult(question->result, CLAUSE_HOME);
	passwd = question->store->tables[TABLE_PASSWD];
	line = table_find_name(passwd, question->request->login);
	if (line != LINE_NONE && slice_copy(table_field(passwd, line,
	    PASSWD_HOME), home, sizeof(home)) == 0 &&
	    policy_home_is_inside(question->config, client, home))
		return (0);
	return (policy_refuse(question->result, CLAUSE_HOME, "denied",
	    "the home of account %s is not below %s",
	    question->request->login, client->home));
}
