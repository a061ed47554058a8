/*
 * Deciding: whether a client may have what it asks for, by what its target
 * is under the locks; what the request says by itself was admitted before
 * (admit.c).  Whatever the configuration says, system accounts and
 * privileged groups stay out of reach.
 */

#include <stdarg.h>
#include <stdio.h>

#include "policy.h"

/* Note that a clause has a say in this. */
void
policy_consult(struct result *result, enum clause clause)
{
	result->clauses |= 1U << clause;
}

/*
 * Refuse with 550, this word and this text, because of a clause; with
 * CLAUSE_NONE, because of what is built in.  Returns -1.
 */
int
policy_refuse(struct result *result, enum clause clause, const char *word,
    const char *format, ...)
{
	char	text[RESULT_TEXT_MAX];
	va_list	ap;

	policy_consult(result, clause);
	result->clause = clause;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return (result_set(result, 550, word, "%s", text));
}

static int
decide_new_account(const struct question *question)
{
	if (policy_new_login(question, question->request->login) == -1)
		return (-1);
	return (policy_groups(question));
}

static int
decide_account(const struct question *question)
{
	const struct request	*request = question->request;

	if (policy_account(question, request->login) == -1 ||
	    policy_home_present(question) == -1)
		return (-1);
	if (request->operation == OPERATION_ACCOUNT_RENAME &&
	    (policy_new_login(question, request->name) == -1 ||
	    policy_private_group(question) == -1))
		return (-1);
	if ((request->flags & REQUEST_REMOVE_ALIASES) != 0 &&
	    policy_aliases_of(question, request->login) == -1)
		return (-1);
	return (policy_groups(question));
}

/* The accounts whose primary group it is go with its number. */
static int
decide_group_modify(const struct question *question)
{
	const struct table	*groups, *passwd;
	char			 login[1024];
	uint32_t		 gid = 0;
	size_t			 state = 0;
	line_t			 line;

	groups = question->store->tables[TABLE_GROUP];
	passwd = question->store->tables[TABLE_PASSWD];
	table_field_id(groups, table_find_name(groups,
	    question->request->group), GROUP_GID, &gid);
	while ((line = table_next_primary(passwd, gid,
	    &state)) != LINE_NONE) {
		slice_copy(table_field(passwd, line, PASSWD_NAME), login,
		    sizeof(login));
		if (policy_account(question, login) == -1) {
			strlcat(question->result->text, ", and its primary "
			    "group is this one",
			    sizeof(question->result->text));
			return (-1);
		}
	}
	return (0);
}

static int
decide_group(const struct question *question)
{
	const struct request	*request = question->request;
	uint32_t		 operation = request->operation;

	if (operation == OPERATION_GROUP_CREATE)
		return (policy_new_name(question, request->group));
	if (policy_group(question, request->group, request->login == NULL ?
	    GROUP_OWN : GROUP_JOIN) == -1)
		return (-1);
	if (operation == OPERATION_GROUP_MODIFY)
		return (decide_group_modify(question));
	if (operation == OPERATION_GROUP_RENAME)
		return (policy_new_name(question, request->name));
	if (request->login == NULL)
		return (0);
	/* Who has no account any more may still be taken out. */
	if (operation == OPERATION_GROUP_REMOVE && table_find_name(
	    question->store->tables[TABLE_PASSWD],
	    request->login) == LINE_NONE)
		return (policy_name(question, request->login));
	return (policy_account(question, request->login));
}

/*
 * Whether an admitted request may be carried out on the files as they are
 * now.  Returns 0, or -1 with the result filled in.
 */
int
policy_decide(const struct config *config, const struct client *client,
    const struct store *store, const struct request *request,
    struct result *result)
{
	struct question	question = { config, client, store, request, result };

	if (request->alias != NULL)
		return (policy_alias(&question, request->alias));
	if (request->operation >= OPERATION_GROUP_CREATE)
		return (decide_group(&question));
	if (request->operation == OPERATION_ACCOUNT_CREATE ||
	    (request->operation == OPERATION_ACCOUNT_ENSURE &&
	    table_find_name(store->tables[TABLE_PASSWD],
	    request->login) == LINE_NONE))
		return (decide_new_account(&question));
	return (decide_account(&question));
}
