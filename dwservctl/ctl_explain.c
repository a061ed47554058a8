/*
 * dwservctl explain: what the daemon would say of a client's request, and
 * why.  The request is understood as a worker would; a password stays here.
 */

#include "../dwserv/worker.h"
#include "ctl.h"

#define WORDS_MAX	32

/* A reply that a worker would give by itself. */
static enum ctl_exit
explain_refuse(struct answer *answer, const struct result *result)
{
	answer_add_record(answer, "decision");
	answer_add_text(answer, "verdict", "refused");
	answer_add_number(answer, "code", result->code);
	answer_add_text(answer, "word", result->word);
	answer_add_text(answer, "text", result->text);
	answer_add_record(answer, "clause");
	answer_add_text(answer, "file", "");
	answer_add_number(answer, "line", 0);
	answer_add_text(answer, "clause", "built in: the form of requests");
	answer_conclude(answer, 0, "refused");
	return (CTL_EXIT_FAILED);
}

/* The request on a line, whose words it keeps.  Returns -1 as a worker. */
static int
explain_parse(char *line, struct request *request, struct result *result)
{
	struct hash_rules	 any = { .accept = { UINT32_MAX, UINT32_MAX,
				    UINT32_MAX } };
	struct asker		 asker = { .private = 1, .may_hash = 1,
				    .hash = &any };
	struct query		 query;
	enum operation		 operation;
	char			*words[WORDS_MAX], *password = NULL;
	int			 count, plan, used;

	if ((count = token_split(line, words, WORDS_MAX)) == -1)
		return (result_set(result, 501, "syntax", "quotes out of "
		    "place, or too many words"));
	plan = count > 0 && strcasecmp(words[0], "plan") == 0;
	used = operation_find(words + plan, count - plan, &operation);
	if (used == 0)
		return (result_set(result, 500, "unknown-request", "this is "
		    "not a request about accounts, groups or aliases"));
	if (plan && operation_is_read(operation))
		return (result_set(result, 501, "invalid", "plan: is for "
		    "what changes something"));
	memset(&query, 0, sizeof(query));
	if (argument_parse(&asker, operation, words + plan + used, count -
	    plan - used, request, &query, &password, result) == -1)
		return (-1);
	if (plan)
		request->flags |= REQUEST_PLAN;
	if (password != NULL) {
		request->flags |= REQUEST_IF_CREATED;
		explicit_bzero(password, strlen(password));
	}
	return (0);
}

/*
 * Have the daemon explain: the arguments are the name of the client and the
 * request, behind the name of the command.  Returns CTL_EXIT_OK if it is
 * allowed, CTL_EXIT_FAILED if it is refused, and CTL_EXIT_USAGE if there is
 * no such client.
 */
enum ctl_exit
ctl_explain(const char *socket, int argc, char **argv, struct answer *answer)
{
	struct explain	explain;
	struct result	result;
	char		line[LINE_LENGTH_MAX + 1];
	enum ctl_exit	status;
	const char	*verdict;

	if (argc != 3) {
		fprintf(stderr, "usage: dwservctl explain client request\n");
		return (CTL_EXIT_USAGE);
	}
	if (name_check_client(argv[1]) != NULL ||
	    strlcpy(line, argv[2], sizeof(line)) >= sizeof(line) ||
	    !name_check_text(line, strlen(line))) {
		fprintf(stderr, "dwservctl: that is no client, or no line of "
		    "text\n");
		return (CTL_EXIT_USAGE);
	}
	memset(&explain, 0, sizeof(explain));
	explain.client = argv[1];
	if (explain_parse(line, &explain.request, &result) == -1)
		return (explain_refuse(answer, &result));
	status = ctl_ask_explain(socket, &explain, answer);
	explicit_bzero(line, sizeof(line));
	verdict = answer_find_text(answer, "decision", "verdict");
	if (verdict == NULL || strcmp(verdict, "none") != 0)
		return (status);
	fprintf(stderr, "dwservctl: there is no client %s\n", argv[1]);
	return (CTL_EXIT_USAGE);
}

static const struct answer_field *
field_find(const struct answer_record *record, const char *name)
{
	const struct answer_field	*field;

	TAILQ_FOREACH(field, &record->fields, entry)
		if (strcmp(field->field.name, name) == 0)
			return (field);
	return (NULL);
}

/* A field as people read it. */
static void
print_field(const struct answer_record *record, const char *before,
    const char *name)
{
	const struct answer_field	*field = field_find(record, name);

	if (field == NULL)
		return;
	fputs(before, stdout);
	if (field->field.is_number)
		printf("%ju", (uintmax_t)field->field.number);
	else
		print_plain(field->field.text, stdout);
}

/*
 * The decision, and the clauses as a compiler would name their places.
 * Returns -1 if there is none, for the outcome says why not.
 */
int
print_explanation(const struct answer *answer)
{
	const struct answer_record	*record;
	const struct answer_field	*line;

	if (TAILQ_EMPTY(&answer->records))
		return (-1);
	TAILQ_FOREACH(record, &answer->records, entry) {
		if (strcmp(record->kind, "decision") == 0) {
			print_field(record, "", "verdict");
			print_field(record, ": ", "code");
			print_field(record, " ", "word");
			print_field(record, " ", "text");
		} else {
			line = field_find(record, "line");
			if (line != NULL && line->field.number != 0) {
				print_field(record, "", "file");
				print_field(record, ":", "line");
				print_field(record, ": ", "clause");
			} else
				print_field(record, "", "clause");
		}
		fputc('\n', stdout);
	}
	return (0);
}
