/*
 * What a line of an account file must be by itself and among the lines of
 * its own file: the rules of passwd(5), shadow(5), group(5), gshadow(5).
 */

#include <err.h>

#include "ctl.h"

#define CLIP		256	/* octets of a name that are shown */

static const unsigned int field_counts[TABLES] = {
	PASSWD_FIELDS, SHADOW_FIELDS, GROUP_FIELDS, GSHADOW_FIELDS
};

static const char *const shadow_numbers[SHADOW_FIELDS] = {
	[SHADOW_CHANGED] = "the date of the last change",
	[SHADOW_MIN] = "the minimum age",
	[SHADOW_MAX] = "the maximum age",
	[SHADOW_WARN] = "the warning period",
	[SHADOW_INACTIVE] = "the inactivity period",
	[SHADOW_EXPIRE] = "the expiration date"
};

/* The length of a name for "%.*s". */
int
check_clip(struct slice slice)
{
	return (slice.length > CLIP ? CLIP : (int)slice.length);
}

/*
 * The number of a line, counted from 1: those of a table that was just
 * parsed are numbered as they stand.
 */
uint32_t
check_line_number(line_t line)
{
	return (line + 1);
}

/*
 * Whether a line is an entry of its file.  shadow-utils would take
 * "#name:..." for one, glibc does not.
 */
int
check_line_is_entry(const struct table *table, line_t line)
{
	return (table->lines[line].entry && *table->lines[line].text != '#');
}

/* Nothing that anybody could mean to be an entry. */
static int
line_is_decoration(const struct table *table, line_t line)
{
	const struct table_line	*entry = &table->lines[line];
	uint32_t		 i = 0;

	if (entry->length > 0 && memchr("#+-", *entry->text, 3) != NULL)
		return (1);
	while (i < entry->length &&
	    (entry->text[i] == ' ' || entry->text[i] == '\t'))
		i++;
	return (i == entry->length);
}

static unsigned int
line_count_fields(const struct table *table, line_t line)
{
	const struct table_line	*entry = &table->lines[line];
	unsigned int		 count = 1;
	uint32_t		 i;

	for (i = 0; i < entry->length; i++)
		count += entry->text[i] == ':';
	return (count);
}

static void
rule_malformed(struct check *check, enum table_kind kind, line_t line)
{
	const struct table	*table = check->files[kind].table;
	unsigned int		 count = line_count_fields(table, line);
	const struct table_line	*entry = &table->lines[line];
	const char		*problem = "the gid is not a number";
	uint32_t		 id;
	int			 has_nul;

	has_nul = memchr(entry->text, '\0', entry->length) != NULL;
	if (has_nul)
		check_report(check, kind, check_line_number(line),
		    "malformed: a NUL character");
	if (count != field_counts[kind] &&
	    table_field(table, line, 0).length > 0) {
		check_report(check, kind, check_line_number(line),
		    "malformed: %u field%s instead of %u", count,
		    count == 1 ? "" : "s", field_counts[kind]);
		return;
	}
	/* That is why, then. */
	if (has_nul)
		return;
	if (table_field(table, line, 0).length == 0)
		problem = "the name is empty";
	else if (kind == TABLE_PASSWD &&
	    table_field_id(table, line, PASSWD_UID, &id) == -1)
		problem = "the uid is not a number";
	check_report(check, kind, check_line_number(line), "malformed: %s",
	    problem);
}

/* Empty, or a whole number; shadow-utils takes -1 for none. */
static int
slice_is_days(struct slice slice)
{
	size_t	i;

	if (slice.length == 2 && memcmp(slice.text, "-1", 2) == 0)
		return (1);
	for (i = 0; i < slice.length; i++)
		if (slice.text[i] < '0' || slice.text[i] > '9')
			return (0);
	return (slice.length < 19);
}

static void
rule_shadow_numbers(struct check *check, line_t line)
{
	const struct table	*table = check->files[TABLE_SHADOW].table;
	unsigned int		 field;

	for (field = SHADOW_CHANGED; field <= SHADOW_EXPIRE; field++)
		if (!slice_is_days(table_field(table, line, field)))
			check_report(check, TABLE_SHADOW,
			    check_line_number(line),
			    "malformed: %s is not a number",
			    shadow_numbers[field]);
}

/* The first line of this entry's name, which may be the entry itself. */
static line_t
line_find_first(const struct table *table, line_t line)
{
	struct slice	name = table_field(table, line, 0);
	size_t		state = 0;
	line_t		first = line, other;

	while ((other = table_find(table, name.text, name.length, &state)) !=
	    LINE_NONE)
		if (other < first)
			first = other;
	return (first);
}

static void
rule_duplicate_name(struct check *check, enum table_kind kind, line_t line)
{
	const struct table	*table = check->files[kind].table;
	struct slice		 name = table_field(table, line, 0);
	line_t			 first = line_find_first(table, line);

	if (first != line)
		check_report(check, kind, check_line_number(line),
		    "duplicate name %.*s, first in line %u", check_clip(name),
		    name.text, check_line_number(first));
}

static int
id_compare(const void *one, const void *two)
{
	const struct check_id	*a = one, *b = two;

	if (a->id != b->id)
		return (a->id < b->id ? -1 : 1);
	return (a->line < b->line ? -1 : a->line > b->line);
}

/* Sort the ids of passwd or group. */
static void
rules_collect_ids(struct check_file *file, unsigned int field)
{
	const struct table	*table = file->table;
	struct check_id		*id;
	line_t			 line;

	file->ids = calloc((size_t)table->line_count + 1, sizeof(*file->ids));
	if (file->ids == NULL)
		err(CTL_EXIT_FAILED, NULL);
	for (line = 0; line < table->line_count; line++) {
		id = &file->ids[file->id_count];
		if (!check_line_is_entry(table, line) ||
		    table_field_id(table, line, field, &id->id) == -1)
			continue;
		id->line = line;
		file->id_count++;
	}
	qsort(file->ids, file->id_count, sizeof(*file->ids), id_compare);
}

static void
rule_duplicate_ids(struct check *check, enum table_kind kind,
    const char *what)
{
	const struct check_file	*file = &check->files[kind];
	const struct check_id	*id, *first = file->ids;
	struct slice		 name;
	size_t			 i;

	for (i = 1; i < file->id_count; i++) {
		id = &file->ids[i];
		if (id->id != first->id) {
			first = id;
			continue;
		}
		name = table_field(file->table, first->line, 0);
		check_report(check, kind, check_line_number(id->line),
		    "duplicate %s %u, first in line %u (%.*s)", what, id->id,
		    check_line_number(first->line), check_clip(name),
		    name.text);
	}
}

/* Whether an entry of passwd has this uid, or one of group this gid. */
int
check_file_has_id(const struct check_file *file, uint32_t id)
{
	size_t	low = 0, high = file->id_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (file->ids[middle].id == id)
			return (1);
		if (file->ids[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return (0);
}

static void
rule_line(struct check *check, enum table_kind kind, line_t line)
{
	const struct table	*table = check->files[kind].table;

	if (check_line_is_entry(table, line)) {
		rule_duplicate_name(check, kind, line);
		if (kind == TABLE_SHADOW)
			rule_shadow_numbers(check, line);
	} else if (!line_is_decoration(table, line))
		rule_malformed(check, kind, line);
}

/* Report what is wrong in one file, which must be loaded. */
void
check_lines(struct check *check, enum table_kind kind)
{
	struct check_file	*file = &check->files[kind];
	line_t			 line;

	for (line = 0; line < file->table->line_count; line++)
		rule_line(check, kind, line);
	if (kind == TABLE_PASSWD || kind == TABLE_GROUP) {
		rules_collect_ids(file,
		    kind == TABLE_PASSWD ? PASSWD_UID : GROUP_GID);
		rule_duplicate_ids(check, kind,
		    kind == TABLE_PASSWD ? "uid" : "gid");
	}
	if (file->table->repaired)
		check_report(check, kind, file->table->line_count,
		    "the last line does not end in a newline");
}
