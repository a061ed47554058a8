/*
 * Deciding about aliases: which names a client may change, and where their
 * mail may go.
 */

#include "policy.h"

/*
 * Whether a client may change an alias.  Mail for an account is the
 * account's: an alias of its name needs the same right as the account.
 */
int
policy_alias(const struct question *question, const char *name)
{
	const struct client	*client = question->client;
	char			 login[ALIAS_LENGTH_MAX + 1];
	size_t			 i;

	for (i = 0; i < ALIAS_LENGTH_MAX && name[i] != '\0'; i++)
		login[i] = alias_fold(name[i]);
	login[i] = '\0';
	if (policy_name_is_reserved(login))
		return (policy_refuse(question->result, CLAUSE_NONE,
		    "protected", "the name %s is the system's", login));
	policy_consult(question->result, CLAUSE_ALIASES);
	if (!TAILQ_EMPTY(&client->aliases) &&
	    !policy_words_match(&client->aliases, name, 1))
		return (policy_refuse(question->result, CLAUSE_ALIASES,
		    "denied", "alias %s is not one of those of %s", name,
		    client->name));
	if (table_find_name(question->store->tables[TABLE_PASSWD],
	    login) == LINE_NONE)
		return (0);
	return (policy_account(question, login));
}

/*
 * The aliases that would lose a login as a target, and that of its name,
 * are the client's to change.
 */
int
policy_aliases_of(const struct question *question, const char *login)
{
	const struct table	*table;
	char			 name[ALIAS_LENGTH_MAX + 1];
	size_t			 state = 0;
	line_t			 line;

	if ((table = question->store->tables[TABLE_ALIASES]) == NULL)
		return (0);
	while ((line = alias_next_with_target(table, login,
	    &state)) != LINE_NONE) {
		if (alias_name(table, line, name, sizeof(name)) == -1)
			return (policy_refuse(question->result, CLAUSE_NONE,
			    "denied", "an alias of %s has too long a name",
			    login));
		if (policy_alias(question, name) == -1) {
			strlcat(question->result->text, ": aliases=remove "
			    "would change it", sizeof(question->result->text));
			return (-1);
		}
	}
	state = 0;
	if (alias_find(table, login, &state) == LINE_NONE)
		return (0);
	return (policy_alias(question, login));
}

/* Targets other than names and addresses run or write something. */
static int
target_check_kind(const struct question *question,
    enum alias_target_kind kind)
{
	static const uint32_t	grants[] = {
		[ALIAS_COMMAND] = TARGET_COMMAND,
		[ALIAS_FILE] = TARGET_FILE,
		[ALIAS_INCLUDE] = TARGET_INCLUDE
	};

	policy_consult(question->result, CLAUSE_TARGETS);
	if ((question->client->targets & grants[kind]) != 0)
		return (0);
	return (policy_refuse(question->result, CLAUSE_TARGETS, "denied",
	    "%s may not have mail go to commands, files or lists of that "
	    "kind", question->client->name));
}

static int
target_check_domain(const struct question *question, const char *address)
{
	const struct client	*client = question->client;

	policy_consult(question->result, CLAUSE_DOMAINS);
	if (!client->has_domains || policy_words_match(&client->domains,
	    strrchr(address, '@') + 1, 1))
		return (0);
	return (policy_refuse(question->result, CLAUSE_DOMAINS, "denied",
	    "%s may not have mail go to %s", client->name, address));
}

/* What the request would have mail go to. */
int
policy_targets(const struct question *question)
{
	const char		*list = question->request->targets;
	char			 target[ALIAS_TARGET_MAX + 1];
	enum alias_target_kind	 kind;

	/* What is there already may always be taken away. */
	if (question->request->operation == OPERATION_ALIAS_REMOVE)
		return (0);
	while (alias_list_next(&list, target, sizeof(target)) == 1) {
		kind = alias_target_classify(target);
		if ((kind > ALIAS_ADDRESS && target_check_kind(question,
		    kind) == -1) || (kind == ALIAS_ADDRESS &&
		    target_check_domain(question, target) == -1))
			return (-1);
	}
	return (0);
}
