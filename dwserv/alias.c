/*
 * Requests about aliases(5), and what becomes of them when an account goes.
 */

#include "account.h"

/* The one entry of the request's name; LINE_NONE if there is none. */
static int
alias_find_only(struct work *work, line_t *line)
{
	const struct table	*table = work->store->tables[TABLE_ALIASES];
	struct result		*result = &work->change->result;
	const char		*name = work->change->request.alias;
	size_t			 state = 0;
	line_t			 second;

	if (table == NULL && work->store->aliases_problem.code != 0) {
		*result = work->store->aliases_problem;
		return (-1);
	}
	if (table == NULL)
		return (result_set(result, 550, "not-found", "aliases"));
	*line = alias_find(table, name, &state);
	if (*line == LINE_NONE ||
	    (second = alias_find(table, name, &state)) == LINE_NONE)
		return (0);
	return (result_set(result, 550, "duplicate", "alias %s is there "
	    "twice, in lines %u and %u", name, table_line_number(table,
	    *line), table_line_number(table, second)));
}

/* Append what an entry leads to, in the form that requests have. */
void
alias_add_targets(const struct table *table, line_t line, struct ibuf *to)
{
	struct alias_cursor	 cursor;
	char			 escaped[2 * ALIAS_TARGET_MAX + 1];
	struct ibuf		*list = text_new();
	int			 more;

	for (more = alias_first(table, line, &cursor); more;
	    more = alias_next(&cursor)) {
		if (alias_list_escape(cursor.text, escaped,
		    sizeof(escaped)) == -1)
			continue;
		if (ibuf_size(list) > 0)
			text_add(list, ",", 1);
		text_add(list, escaped, strlen(escaped));
	}
	token_add_bytes(to, "targets", ibuf_data(list), ibuf_size(list));
	ibuf_free(list);
}

/* An entry that is gone (LINE_NONE) leads nowhere. */
static int
alias_report(struct work *work, const char *what, const char *word,
    line_t line)
{
	const struct table	*table = work->store->tables[TABLE_ALIASES];
	struct change		*change = work->change;
	struct ibuf		*targets = text_new();
	struct ibuf		*to = record_begin(change, what);
	size_t			 length;

	if (line != LINE_NONE)
		alias_add_targets(table, line, targets);
	else if (change->request.operation != OPERATION_ALIAS_DELETE)
		token_add(targets, "targets", "");
	token_add(to, "alias", change->request.alias);
	text_add(to, ibuf_data(targets), ibuf_size(targets));
	record_end(change, to);
	/* A list that is too long for a line is left out. */
	length = ibuf_size(targets);
	if (length + ALIAS_LENGTH_MAX + 16 > RESULT_TEXT_MAX)
		length = 0;
	result_set(&change->result, 250, word, "name=%s%.*s",
	    change->request.alias, (int)length, (char *)ibuf_data(targets));
	ibuf_free(targets);
	return (0);
}

/* Whether an entry leads exactly to the targets of a list, in its order. */
static int
alias_is(const struct table *table, line_t line, const char *list)
{
	struct alias_cursor	 cursor;
	char			 target[ALIAS_TARGET_MAX + 1];
	int			 more = alias_first(table, line, &cursor);

	while (alias_list_next(&list, target, sizeof(target))) {
		if (!more || strcmp(cursor.text, target) != 0)
			return (0);
		more = alias_next(&cursor);
	}
	return (!more);
}

/* Put targets of a list into an entry, or take them out. */
static void
alias_edit(struct table *table, line_t line, const char *list, int add)
{
	char	target[ALIAS_TARGET_MAX + 1];

	while (alias_list_next(&list, target, sizeof(target)))
		if (add && !alias_has_target(table, line, target))
			alias_add_target(table, line, target);
		else if (!add && alias_has_target(table, line, target))
			alias_remove_target(table, line, target);
}

/*
 * Carry out any of the requests that change an alias.  Returns 0, or -1
 * with the result saying why not.
 */
int
alias_change(struct work *work)
{
	struct table		*table = work->store->tables[TABLE_ALIASES];
	const struct request	*request = &work->change->request;
	size_t			 mark = table_mark(table);
	line_t			 line = LINE_NONE;

	if (alias_find_only(work, &line) == -1)
		return (-1);
	switch (request->operation) {
	case OPERATION_ALIAS_SET:
		if (line == LINE_NONE || !alias_is(table, line,
		    request->targets))
			line = alias_set(table, line, request->alias,
			    request->targets);
		break;
	case OPERATION_ALIAS_ADD:
		if (line == LINE_NONE)
			line = alias_set(table, line, request->alias,
			    request->targets);
		else
			alias_edit(table, line, request->targets, 1);
		break;
	default:
		if (line == LINE_NONE)
			return (result_set(&work->change->result, 550,
			    "not-found", "alias %s", request->alias));
		if (request->operation == OPERATION_ALIAS_REMOVE)
			alias_edit(table, line, request->targets, 0);
		if (request->operation == OPERATION_ALIAS_DELETE ||
		    (table_mark(table) != mark &&
		    alias_count_targets(table, line) == 0)) {
			table_remove(table, line);
			line = LINE_NONE;
		}
	}
	if (table_mark(table) == mark)
		return (result_set(&work->change->result, 250, "unchanged",
		    "name=%s", request->alias));
	switch (request->operation) {
	case OPERATION_ALIAS_SET:
		return (alias_report(work, "alias.set", "set", line));
	case OPERATION_ALIAS_ADD:
		return (alias_report(work, "alias.add", "added", line));
	case OPERATION_ALIAS_REMOVE:
		return (alias_report(work, "alias.remove", "removed", line));
	default:
		return (alias_report(work, "alias.delete", "deleted", line));
	}
}

/* Take a target out of an entry, or say that the entry goes. */
static void
alias_record(struct work *work, const char *what, line_t line,
    const char *target)
{
	struct table	*table = work->store->tables[TABLE_ALIASES];
	struct ibuf	*to = record_begin(work->change, what);
	char		 name[ALIAS_LENGTH_MAX + 1] = "";

	if (alias_name(table, line, name, sizeof(name)) == 0)
		token_add(to, "alias", name);
	if (target != NULL) {
		alias_remove_target(table, line, target);
		alias_add_targets(table, line, to);
	}
	record_end(work->change, to);
}

/*
 * Take a login out of all aliases, and its own alias away; what leads
 * nowhere then goes, too.  Returns 0, or -1 with the result filled in.
 */
int
alias_forget(struct work *work, const char *login)
{
	struct table	*table = work->store->tables[TABLE_ALIASES];
	size_t		 state;
	line_t		 line;

	if (table == NULL && work->store->aliases_problem.code != 0) {
		work->change->result = work->store->aliases_problem;
		return (-1);
	}
	if (table == NULL)
		return (0);
	while (state = 0, (line = alias_next_with_target(table, login,
	    &state)) != LINE_NONE) {
		alias_record(work, "alias.remove", line, login);
		if (alias_count_targets(table, line) == 0)
			table_remove(table, line);
	}
	while (state = 0, (line = alias_find(table, login, &state)) !=
	    LINE_NONE) {
		alias_record(work, "alias.delete", line, NULL);
		table_remove(table, line);
	}
	return (0);
}
