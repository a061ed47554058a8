/*
 * Explaining for dwservctl(8) what policy would say of a request, and where
 * in the configuration that stands.  Nothing is changed, and nothing counts
 * against the rate of the client.
 */

#include <stdio.h>

#include "policy.h"

static const char *const clause_names[CLAUSES] = {
	[CLAUSE_NONE] = "",
	[CLAUSE_CLIENT] = "client",
	[CLAUSE_ALLOW] = "allow",
	[CLAUSE_UID] = "uid",
	[CLAUSE_GID] = "gid",
	[CLAUSE_NAMES] = "names",
	[CLAUSE_GROUPS] = "groups",
	[CLAUSE_SHELLS] = "shells",
	[CLAUSE_HOME] = "home",
	[CLAUSE_HASH] = "hash",
	[CLAUSE_TARGETS] = "targets",
	[CLAUSE_DOMAINS] = "domains",
	[CLAUSE_ALIASES] = "aliases",
	[CLAUSE_RATE] = "rate",
	[CLAUSE_READ] = "read"
};

static void
explain_place(struct control *control, const char *file, uint32_t line,
    const char *of, const char *name)
{
	char	text[2 * RESULT_WORD_MAX];

	snprintf(text, sizeof(text), "%s%s", of, name);
	control_record(control, "clause");
	control_field(control, "file", file == NULL ? "" : file, 0);
	control_field(control, "line", NULL, line);
	control_field(control, "clause", text, 0);
}

/* Where a clause stands: at the client, at the accounts, or nowhere. */
static void
explain_clause(struct control *control, const struct question *question,
    enum clause clause)
{
	const struct client	*client = question->client;
	const struct origins	*accounts = &question->config->accounts.origins;
	const char		*name = clause_names[clause];
	uint32_t		 line = client->origins.lines[clause];

	if (clause == CLAUSE_ALLOW && question->request->operation <
	    OPERATIONS && client->allow_lines[question->request->operation])
		line = client->allow_lines[question->request->operation];
	/* Without a range of its own, gids are as uids. */
	if (clause == CLAUSE_GID && line == 0) {
		clause = CLAUSE_UID;
		name = "uid, for gids";
		line = client->origins.lines[clause];
	}
	if (line != 0)
		explain_place(control, client->origins.file, line, "", name);
	else if (accounts->lines[clause] != 0)
		explain_place(control, accounts->file,
		    accounts->lines[clause], "accounts ", name);
	else if (clause == CLAUSE_UID)
		explain_place(control, NULL, 0, "default of accounts uid, "
		    "login.defs", clause_names[CLAUSE_NONE]);
	else
		explain_place(control, NULL, 0, "default of ", name);
}

/* Whether what a read is about would be seen; as in the worker's sight.c. */
static int
explain_sight(const struct question *question, enum table_kind kind,
    const char *noun, const char *name, int is_named)
{
	const struct client	*client = question->client;
	struct result		*result = question->result;
	const struct table	*table = question->store->tables[kind];
	enum clause		 clause;
	uint32_t		 id, min, max;
	line_t			 line = LINE_NONE;

	if (table != NULL)
		line = table_find_name(table, name);
	if (line == LINE_NONE || table_field_id(table, line,
	    kind == TABLE_PASSWD ? (unsigned)PASSWD_UID : (unsigned)GROUP_GID,
	    &id) == -1)
		return (result_set(result, 550, "not-found", "%s %s", noun,
		    name));
	if (client->reads_all || is_named)
		return (0);
	clause = kind == TABLE_PASSWD ? CLAUSE_UID : CLAUSE_GID;
	if (kind == TABLE_PASSWD)
		policy_range(question->config, client, &min, &max);
	else
		policy_gid_range(question->config, client, &min, &max);
	policy_consult(result, clause);
	policy_consult(result, CLAUSE_NAMES);
	if (id >= min && id <= max)
		clause = CLAUSE_NAMES;
	if (clause == CLAUSE_NAMES && (TAILQ_EMPTY(&client->names) ||
	    policy_words_match(&client->names, name, 0)))
		return (0);
	return (policy_refuse(result, clause, "not-found", "%s %s", noun,
	    name));
}

static int
explain_alias(const struct question *question, const char *name)
{
	const struct client	*client = question->client;
	const struct table	*table = question->store->tables[TABLE_ALIASES];
	size_t			 state = 0;

	if (table == NULL || alias_find(table, name, &state) == LINE_NONE)
		return (result_set(question->result, 550, "not-found",
		    "alias %s", name));
	policy_consult(question->result, CLAUSE_ALIASES);
	if (client->reads_all || TAILQ_EMPTY(&client->aliases) ||
	    policy_words_match(&client->aliases, name, 1))
		return (0);
	return (policy_refuse(question->result, CLAUSE_ALIASES, "not-found",
	    "alias %s", name));
}

/* Of reads, workers decide: who may ask, and what there is to be seen. */
static int
explain_read(const struct question *question)
{
	const struct request	*request = question->request;
	const struct client	*client = question->client;
	struct result		*result = question->result;

	policy_consult(result, CLAUSE_ALLOW);
	if ((client->operations & OPERATION_BIT(request->operation)) == 0)
		return (policy_refuse(result, CLAUSE_ALLOW, "denied",
		    "%s may not do that", client->name));
	policy_consult(result, CLAUSE_READ);
	if (request->login != NULL)
		return (explain_sight(question, TABLE_PASSWD, "account",
		    request->login, 0));
	if (request->group != NULL)
		return (explain_sight(question, TABLE_GROUP, "group",
		    request->group, words_contain(&client->groups,
		    request->group)));
	if (request->alias != NULL)
		return (explain_alias(question, request->alias));
	return (0);
}

static int
operation_reads(uint32_t operation)
{
	return ((OPERATION_BIT(operation) &
	    (OPERATION_BIT(OPERATION_ACCOUNT_SHOW) |
	    OPERATION_BIT(OPERATION_ACCOUNT_LIST) |
	    OPERATION_BIT(OPERATION_GROUP_SHOW) |
	    OPERATION_BIT(OPERATION_GROUP_LIST) |
	    OPERATION_BIT(OPERATION_ALIAS_SHOW) |
	    OPERATION_BIT(OPERATION_ALIAS_LIST) |
	    OPERATION_BIT(OPERATION_WATCH))) != 0);
}

/* Decide as for a worker's request, but that the rate is only mentioned. */
static int
explain_decide(const struct question *question)
{
	/* A hash that is in the request is never one that was made of it. */
	static const struct hash_rules	 none = { .cost = 0 };
	const struct request		*request = question->request;
	const struct hash_rules		*made = &none;

	if (operation_reads(request->operation))
		return (explain_read(question));
	if (question->client->rate != 0)
		policy_consult(question->result, CLAUSE_RATE);
	if ((request->flags & REQUEST_IF_CREATED) != 0 &&
	    request->hash == NULL)
		made = NULL;
	if (request_check_fields(request, question->result) == -1 ||
	    policy_admit(question->config, question->client, made, request,
	    question->result) == -1)
		return (-1);
	return (policy_decide(question->config, question->client,
	    question->store, request, question->result));
}

static void
explain_report(struct control *control, const struct question *question,
    int decided)
{
	const struct result	*result = question->result;
	char			 text[RESULT_WORD_MAX];
	enum clause		 clause;

	control_record(control, "decision");
	control_field(control, "verdict", decided == 0 ? "allowed" :
	    "refused", 0);
	if (decided == -1) {
		control_field(control, "code", NULL, result->code);
		control_field(control, "word", result->word, 0);
		control_field(control, "text", result->text, 0);
	}
	if (decided == -1 && result->clause == CLAUSE_NONE) {
		strlcpy(text, result->word, sizeof(text));
		explain_place(control, NULL, 0, "built in: ", text);
	} else if (decided == -1)
		explain_clause(control, question, result->clause);
	else
		for (clause = CLAUSE_NONE + 1; clause < CLAUSES; clause++)
			if ((result->clauses & 1U << clause) != 0)
				explain_clause(control, question, clause);
	control_outcome(control, decided == 0, decided == 0 ? "allowed" :
	    "refused");
}

/*
 * Answer dwservctl: what would come of a request of a client, by the files
 * as they are, or while a commit is under way, as they are about to be.
 * Returns -1 if the message makes no sense.
 */
int
explain_answer(struct control *control, struct parent *parent,
    struct imsg *imsg)
{
	struct commit	*commit = &parent->commit;
	struct explain	 explain;
	struct result	 result = { .code = 0 };
	struct question	 question = { parent->config, NULL, &commit->store,
			    &explain.request, &result };
	int		 decided;

	if (msg_get_explain(imsg_get_ibuf(imsg), &explain) == -1)
		return (-1);
	question.client = config_find_client(parent->config, explain.client);
	if (question.client == NULL) {
		control_record(control, "decision");
		control_field(control, "verdict", "none", 0);
		control_outcome(control, 0, "there is no such client");
	} else if (!commit->done_recovering)
		control_outcome(control, 0, "dwserv has not begun to serve");
	else {
		decided = commit->state > COMMIT_SCHEDULED ? 0 :
		    commit_refresh(commit, &result);
		if (decided == 0)
			decided = explain_decide(&question);
		explain_report(control, &question, decided);
	}
	explain_free(&explain);
	return (0);
}
