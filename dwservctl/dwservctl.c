/*
 * dwservctl(8): understands a command, has the daemon or a function of
 * its own carry it out, and prints what came of it.  The exit status says
 * the same in a number.
 */

#include <err.h>
#include <signal.h>
#include <unistd.h>

#include "ctl.h"

struct ctl_options {
	const char	*socket;
	int		 json;
};

static enum ctl_exit
usage(void)
{
	fprintf(stderr,
	    "usage: dwservctl [-j] [-s socket] command [argument ...]\n");
	return (CTL_EXIT_USAGE);
}

/* The root that the daemon serves, "/" if it does not say. */
static char *
find_root(const char *socket)
{
	struct answer	 status;
	const char	*root = NULL;
	char		*copy;

	answer_init(&status);
	if (ctl_ask(socket, CTL_ACTION_STATUS, &status) == CTL_EXIT_OK)
		root = answer_find_text(&status, "accounts", "root");
	if ((copy = strdup(root == NULL ? "/" : root)) == NULL)
		err(CTL_EXIT_FAILED, NULL);
	answer_free(&status);
	return (copy);
}

static enum ctl_exit
run_check(const struct ctl_options *options, const char *given,
    struct answer *answer)
{
	enum ctl_exit	 status;
	char		*root;

	if (given != NULL)
		return (ctl_check(given, answer));
	root = find_root(options->socket);
	status = ctl_check(root, answer);
	free(root);
	return (status);
}

/* The daemon is asked first: what it knows of then must be there. */
static enum ctl_exit
run_ledger(const struct ctl_options *options,
    const struct ctl_command *command, struct answer *answer)
{
	struct answer	daemon;
	enum ctl_exit	status;

	answer_init(&daemon);
	ctl_ask(options->socket, CTL_ACTION_STATUS, &daemon);
	status = ctl_ledger(command->argc, command->argv, &daemon, answer);
	answer_free(&daemon);
	return (status);
}

/* Whether an action is one that finds faults in files. */
static int
action_finds(enum ctl_action action)
{
	return (action == CTL_ACTION_CHECK || action == CTL_ACTION_LEDGER);
}

/* The findings of check as a compiler would write them. */
static void
print_findings(const struct answer *answer)
{
	const struct answer_record	*record;
	const struct answer_field	*field;

	TAILQ_FOREACH(record, &answer->records, entry) {
		TAILQ_FOREACH(field, &record->fields, entry) {
			if (field->field.is_number)
				printf(":%ju",
				    (uintmax_t)field->field.number);
			else {
				if (strcmp(field->field.name, "text") == 0)
					fputs(": ", stdout);
				print_plain(field->field.text, stdout);
			}
		}
		fputc('\n', stdout);
	}
}

/* Where the words of the outcome belong when people read them. */
static void
print_outcome(enum ctl_action action, enum ctl_exit status,
    const struct answer *answer)
{
	FILE	*file = stdout;

	if (answer->text == NULL || *answer->text == '\0')
		return;
	if (action_finds(action) || (status != CTL_EXIT_OK &&
	    !(action == CTL_ACTION_STATUS && status == CTL_EXIT_ABSENT)))
		file = stderr;
	/* Those of check and reload begin with a file's name. */
	if (file == stderr && !action_finds(action) &&
	    action != CTL_ACTION_RELOAD)
		fputs("dwservctl: ", file);
	print_plain(answer->text, file);
	if (answer->text[strlen(answer->text) - 1] != '\n')
		fputc('\n', file);
}

static void
print_answer(const struct ctl_options *options, enum ctl_action action,
    enum ctl_exit status, const struct answer *answer)
{
	const char	*hash;

	if (options->json) {
		print_json(answer, stdout);
		return;
	}
	if (action == CTL_ACTION_EXPLAIN && print_explanation(answer) == 0)
		return;
	if (action == CTL_ACTION_CHECK || (action == CTL_ACTION_LEDGER &&
	    status != CTL_EXIT_OK))
		print_findings(answer);
	else if (action != CTL_ACTION_HASH)
		print_records(answer, stdout);
	else if ((hash = answer_find_text(answer, "hash", "hash")) != NULL)
		printf("%s\n", hash);
	print_outcome(action, status, answer);
}

static enum ctl_exit
run(const struct ctl_options *options, const struct ctl_command *command)
{
	struct answer	answer;
	enum ctl_exit	status;

	answer_init(&answer);
	if (command->action == CTL_ACTION_HASH)
		status = ctl_hash(command->argc, command->argv, &answer);
	else if (command->action == CTL_ACTION_CHECK)
		status = run_check(options, command->root, &answer);
	else if (command->action == CTL_ACTION_LEDGER)
		status = run_ledger(options, command, &answer);
	else if (command->action == CTL_ACTION_EXPLAIN)
		status = ctl_explain(options->socket, command->argc,
		    command->argv, &answer);
	else
		status = ctl_ask(options->socket, command->action, &answer);
	if (status == CTL_EXIT_USAGE)
		return (status);
	print_answer(options, command->action, status, &answer);
	answer_free(&answer);
	if (fflush(stdout) == EOF || ferror(stdout))
		err(CTL_EXIT_FAILED, "standard output");
	return (status);
}

int
main(int argc, char *argv[])
{
	struct ctl_options	options = { DWSERV_CONTROL, 0 };
	struct ctl_command	command;
	int			option;

	while ((option = getopt(argc, argv, "+js:")) != -1) {
		switch (option) {
		case 'j':
			options.json = 1;
			break;
		case 's':
			options.socket = optarg;
			break;
		default:
			return (usage());
		}
	}
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(CTL_EXIT_FAILED, "signal");
	if (optind == argc)
		usage();
	if (ctl_parse(&command, argc - optind, argv + optind) == -1)
		return (CTL_EXIT_USAGE);
	return (run(&options, &command));
}
