/*
 * The answer to a command: records of named fields, and an outcome.  It
 * is put together here, by the daemon's messages or by dwservctl itself,
 * before anything is printed, so that what is printed is whole.
 */

#include <err.h>
#include <stdarg.h>

#include "ctl.h"

/* Begin an answer that is empty and good. */
void
answer_init(struct answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	TAILQ_INIT(&answer->records);
	answer->ok = 1;
}

void
answer_free(struct answer *answer)
{
	struct answer_record	*record;
	struct answer_field	*field;

	while ((record = TAILQ_FIRST(&answer->records)) != NULL) {
		TAILQ_REMOVE(&answer->records, record, entry);
		while ((field = TAILQ_FIRST(&record->fields)) != NULL) {
			TAILQ_REMOVE(&record->fields, field, entry);
			free(field->field.text);
			free(field);
		}
		free(record->kind);
		free(record);
	}
	free(answer->text);
	answer_init(answer);
}

/* Say how it ended, in words for people. */
void
answer_conclude(struct answer *answer, int ok, const char *format, ...)
{
	char	*text;
	va_list	 ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) == -1)
		err(CTL_EXIT_FAILED, NULL);
	va_end(ap);
	free(answer->text);
	answer->text = text;
	answer->ok = ok;
}

/* Begin a record; the fields that are added next are its fields. */
void
answer_add_record(struct answer *answer, const char *kind)
{
	struct answer_record	*record;

	if ((record = calloc(1, sizeof(*record))) == NULL ||
	    (record->kind = strdup(kind)) == NULL)
		err(CTL_EXIT_FAILED, NULL);
	TAILQ_INIT(&record->fields);
	TAILQ_INSERT_TAIL(&answer->records, record, entry);
}

/*
 * Add a field to the last record; its text belongs to the answer then.
 * Returns -1 if there is no record yet.
 */
int
answer_add_field(struct answer *answer, struct field *field)
{
	struct answer_record	*record;
	struct answer_field	*copy;

	record = TAILQ_LAST(&answer->records, answer_records);
	if (record == NULL)
		return (-1);
	if ((copy = calloc(1, sizeof(*copy))) == NULL)
		err(CTL_EXIT_FAILED, NULL);
	copy->field = *field;
	field->text = NULL;
	TAILQ_INSERT_TAIL(&record->fields, copy, entry);
	return (0);
}

/* Add a field with a text to the last record, which must exist. */
void
answer_add_text(struct answer *answer, const char *name, const char *text)
{
	struct field	field;

	memset(&field, 0, sizeof(field));
	strlcpy(field.name, name, sizeof(field.name));
	if ((field.text = strdup(text)) == NULL)
		err(CTL_EXIT_FAILED, NULL);
	answer_add_field(answer, &field);
}

/* Add a field with a number to the last record, which must exist. */
void
answer_add_number(struct answer *answer, const char *name, uint64_t number)
{
	struct field	field;

	memset(&field, 0, sizeof(field));
	strlcpy(field.name, name, sizeof(field.name));
	field.is_number = 1;
	field.number = number;
	answer_add_field(answer, &field);
}

/* A field of the first record of a kind, or NULL. */
static const struct field *
answer_find(const struct answer *answer, const char *kind, const char *name)
{
	const struct answer_record	*record;
	const struct answer_field	*field;

	TAILQ_FOREACH(record, &answer->records, entry) {
		if (strcmp(record->kind, kind) != 0)
			continue;
		TAILQ_FOREACH(field, &record->fields, entry)
			if (strcmp(field->field.name, name) == 0)
				return (&field->field);
	}
	return (NULL);
}

/* The text of a field of the first record of a kind, or NULL. */
const char *
answer_find_text(const struct answer *answer, const char *kind,
    const char *name)
{
	const struct field	*field = answer_find(answer, kind, name);

	return (field == NULL || field->is_number ? NULL : field->text);
}

/* The number of a field of the first record of a kind, or 0. */
uint64_t
answer_find_number(const struct answer *answer, const char *kind,
    const char *name)
{
	const struct field	*field = answer_find(answer, kind, name);

	return (field == NULL || !field->is_number ? 0 : field->number);
}
