/*
 * The consistency of the account files: what the rules find, put in the
 * order of the files' lines and made into an answer.  Nothing is ever
 * changed.
 */

#include <err.h>
#include <stdarg.h>

#include "ctl.h"

/*
 * Note a finding about a line of a file, counted from 1, or about the file
 * itself (0).
 */
void
check_report(struct check *check, enum table_kind kind, uint32_t line,
    const char *format, ...)
{
	struct finding	*finding;
	size_t		 size;
	va_list		 ap;

	if (check->finding_count == check->finding_size) {
		size = check->finding_size == 0 ? 64 : check->finding_size * 2;
		check->findings = recallocarray(check->findings,
		    check->finding_size, size, sizeof(*check->findings));
		if (check->findings == NULL)
			err(CTL_EXIT_FAILED, NULL);
		check->finding_size = size;
	}
	finding = &check->findings[check->finding_count];
	finding->kind = kind;
	finding->line = line;
	finding->sequence = check->finding_count++;
	va_start(ap, format);
	if (vasprintf(&finding->text, format, ap) == -1)
		err(CTL_EXIT_FAILED, NULL);
	va_end(ap);
}

static void
check_files(struct check *check)
{
	int	kind;

	for (kind = 0; kind < ACCOUNT_TABLES; kind++)
		if (check->files[kind].table != NULL)
			check_lines(check, (enum table_kind)kind);
	for (kind = 0; kind < ACCOUNT_TABLES; kind++)
		if (check->files[kind].table != NULL)
			check_rules(check, (enum table_kind)kind);
}

static int
finding_compare(const void *one, const void *two)
{
	const struct finding	*a = one, *b = two;

	if (a->kind != b->kind)
		return (a->kind < b->kind ? -1 : 1);
	if (a->line != b->line)
		return (a->line < b->line ? -1 : 1);
	return (a->sequence < b->sequence ? -1 : a->sequence > b->sequence);
}

static void
check_answer(struct check *check, struct answer *answer)
{
	const struct finding	*finding;
	size_t			 i;

	if (check->finding_count > 0)
		qsort(check->findings, check->finding_count,
		    sizeof(*check->findings), finding_compare);
	for (i = 0; i < check->finding_count; i++) {
		finding = &check->findings[i];
		answer_add_record(answer, "problem");
		answer_add_text(answer, "file",
		    check->files[finding->kind].path);
		if (finding->line != 0)
			answer_add_number(answer, "line", finding->line);
		answer_add_text(answer, "text", finding->text);
	}
}

static void
check_free(struct check *check)
{
	size_t	i;

	for (i = 0; i < check->finding_count; i++)
		free(check->findings[i].text);
	free(check->findings);
	check_unload(check);
}

/*
 * Check the account files below a root.  The answer has a record "problem"
 * for each finding.  Returns CTL_EXIT_FAILED if there is any, or if a file
 * could not be read.
 */
enum ctl_exit
ctl_check(const char *root, struct answer *answer)
{
	struct check	check;

	memset(&check, 0, sizeof(check));
	if (check_load(&check, root, answer) == 0) {
		check_files(&check);
		check_answer(&check, answer);
		if (check.finding_count == 0)
			answer_conclude(answer, 1, "%s: no problems", root);
		else
			answer_conclude(answer, 0, "%s: %zu problem%s", root,
			    check.finding_count,
			    check.finding_count == 1 ? "" : "s");
	}
	check_free(&check);
	return (answer->ok ? CTL_EXIT_OK : CTL_EXIT_FAILED);
}
