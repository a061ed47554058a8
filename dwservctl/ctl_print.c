/*
 * Answers on paper: lines for people, in columns, or one JSON object
 * (RFC 8259).  What is printed may have come from an account file that
 * anybody damaged; no control character of it reaches the terminal.
 */

#include <inttypes.h>

#include "ctl.h"

/* Length of the UTF-8 sequence at text, 0 if it is none (RFC 3629). */
static size_t
utf8_length(const char *text)
{
	const unsigned char	*byte = (const unsigned char *)text;
	size_t			 length, i;

	if (byte[0] < 0x80)
		return (1);
	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return (0);
	length = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < length; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return (0);
	/* Not overlong, no surrogate, not beyond U+10FFFF. */
	if ((byte[0] == 0xe0 && byte[1] < 0xa0) ||
	    (byte[0] == 0xed && byte[1] > 0x9f) ||
	    (byte[0] == 0xf0 && byte[1] < 0x90) ||
	    (byte[0] == 0xf4 && byte[1] > 0x8f))
		return (0);
	return (length);
}

/* Length of what may go to a terminal as it is, 0 if nothing may. */
static size_t
printable_length(const char *text)
{
	const unsigned char	*byte = (const unsigned char *)text;

	if (byte[0] < 0x20 || byte[0] == 0x7f)
		return (0);
	if (byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] <= 0x9f)
		return (0);
	return (utf8_length(text));
}

/*
 * Print a text as it is, lines and all, but other control characters and
 * what is not UTF-8 as octal numbers after a backslash.
 */
void
print_plain(const char *text, FILE *file)
{
	size_t	length;

	for (; *text != '\0'; text += length) {
		length = *text == '\n' ? 1 : printable_length(text);
		if (length > 0)
			fwrite(text, 1, length, file);
		else {
			fprintf(file, "\\%03o", (unsigned char)*text);
			length = 1;
		}
	}
}

/* A value as in the protocol: a bare word, or quoted where it must be. */
static void
print_value(const char *text, FILE *file)
{
	size_t	length;

	if (*text != '\0' && strpbrk(text, " \"\\\n") == NULL) {
		print_plain(text, file);
		return;
	}
	fputc('"', file);
	for (; *text != '\0'; text += length) {
		length = printable_length(text);
		if (length == 0) {
			fprintf(file, "\\%03o", (unsigned char)*text);
			length = 1;
			continue;
		}
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fwrite(text, 1, length, file);
	}
	fputc('"', file);
}

/* name=value as a string from malloc, NULL without memory. */
static char *
field_format(const struct field *field)
{
	char	*text = NULL;
	size_t	 size;
	FILE	*file;

	if ((file = open_memstream(&text, &size)) == NULL)
		return (NULL);
	fprintf(file, "%s=", field->name);
	if (field->is_number)
		fprintf(file, "%" PRIu64, field->number);
	else
		print_value(field->text == NULL ? "" : field->text, file);
	if (fclose(file) == EOF) {
		free(text);
		return (NULL);
	}
	return (text);
}

/* Characters that a text takes on the terminal, one for each sequence. */
static int
text_columns(const char *text)
{
	int	columns = 0;

	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			columns++;
	return (columns);
}

/* The widest that the nth field gets in the records of a kind. */
static int
column_width(const struct answer *answer, const char *kind, int nth)
{
	const struct answer_record	*record;
	const struct answer_field	*field;
	char				*text;
	int				 i, columns, width = 0;

	TAILQ_FOREACH(record, &answer->records, entry) {
		if (strcmp(record->kind, kind) != 0)
			continue;
		i = 0;
		TAILQ_FOREACH(field, &record->fields, entry)
			if (i++ == nth)
				break;
		if (field == NULL ||
		    (text = field_format(&field->field)) == NULL)
			continue;
		columns = text_columns(text);
		if (columns > width)
			width = columns;
		free(text);
	}
	return (width);
}

static void
print_record(const struct answer *answer, const struct answer_record *record,
    int kind_width, FILE *file)
{
	const struct answer_field	*field;
	char				*text;
	int				 nth = 0, width;

	print_plain(record->kind, file);
	fprintf(file, "%*s", kind_width - text_columns(record->kind), "");
	TAILQ_FOREACH(field, &record->fields, entry) {
		if ((text = field_format(&field->field)) == NULL)
			continue;
		fprintf(file, "  %s", text);
		if (TAILQ_NEXT(field, entry) != NULL) {
			width = column_width(answer, record->kind, nth++);
			fprintf(file, "%*s", width - text_columns(text), "");
		}
		free(text);
	}
	fputc('\n', file);
}

/* Print the records, one line each, the fields of a kind in columns. */
void
print_records(const struct answer *answer, FILE *file)
{
	const struct answer_record	*record;
	int				 columns, width = 0;

	TAILQ_FOREACH(record, &answer->records, entry) {
		columns = text_columns(record->kind);
		if (columns > width)
			width = columns;
	}
	TAILQ_FOREACH(record, &answer->records, entry)
		print_record(answer, record, width, file);
}

static void
json_string(const char *text, FILE *file)
{
	size_t	length;

	fputc('"', file);
	for (; *text != '\0'; text += length) {
		length = utf8_length(text);
		if (length == 0) {
			fputs("\\ufffd", file);
			length = 1;
		} else if (printable_length(text) == 0 && length == 1)
			fprintf(file, "\\u%04x", (unsigned char)*text);
		else {
			if (*text == '"' || *text == '\\')
				fputc('\\', file);
			fwrite(text, 1, length, file);
		}
	}
	fputc('"', file);
}

static void
json_record(const struct answer_record *record, FILE *file)
{
	const struct answer_field	*field;

	fputs("{\"record\":", file);
	json_string(record->kind, file);
	TAILQ_FOREACH(field, &record->fields, entry) {
		fputc(',', file);
		json_string(field->field.name, file);
		fputc(':', file);
		if (field->field.is_number)
			fprintf(file, "%" PRIu64, field->field.number);
		else
			json_string(field->field.text == NULL ? "" :
			    field->field.text, file);
	}
	fputc('}', file);
}

/* Print the whole answer as one JSON object on one line. */
void
print_json(const struct answer *answer, FILE *file)
{
	const struct answer_record	*record;

	fputs("{\"records\":[", file);
	TAILQ_FOREACH(record, &answer->records, entry) {
		if (record != TAILQ_FIRST(&answer->records))
			fputc(',', file);
		json_record(record, file);
	}
	fprintf(file, "],\"ok\":%s,\"text\":", answer->ok ? "true" : "false");
	json_string(answer->text == NULL ? "" : answer->text, file);
	fputs("}\n", file);
}
