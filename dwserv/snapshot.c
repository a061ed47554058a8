/*
 * The public account files as of some commit, from the read-only
 * descriptors that the parent passes after each.  A file is read when
 * somebody asks, and once; so is the order of its names.
 */

#include <unistd.h>

#include "worker.h"
#include "xmalloc.h"

/* The file's lines; reads it if nobody has yet. */
const struct table *
snapshot_table(struct snapshot *snapshot)
{
	char	*bytes;
	size_t	 size;

	if (snapshot->table != NULL)
		return (snapshot->table);
	bytes = file_read(snapshot->fd, UINT32_MAX - 1, &size);
	if (bytes == NULL)
		fatal("cannot read %s", table_name(snapshot->kind));
	snapshot->table = table_parse(snapshot->kind, bytes, size);
	return (snapshot->table);
}

void
snapshot_release(struct snapshot *snapshot)
{
	if (snapshot == NULL || --snapshot->references > 0)
		return;
	close(snapshot->fd);
	table_free(snapshot->table);
	free(snapshot->order);
	free(snapshot->names);
	free(snapshot);
}

/*
 * Use a newer file from now on, or without a descriptor, none; lists that are
 * under way keep the old.
 */
void
snapshot_replace(struct worker *worker, enum table_kind kind, int fd)
{
	struct snapshot	*snapshot;

	snapshot_release(worker->snapshots[kind]);
	worker->snapshots[kind] = NULL;
	if (fd == -1)
		return;
	snapshot = xcalloc(1, sizeof(*snapshot));
	snapshot->references = 1;
	snapshot->kind = kind;
	snapshot->fd = fd;
	worker->snapshots[kind] = snapshot;
}

/* The newest file, until it is released; NULL if there is none. */
struct snapshot *
snapshot_hold(struct worker *worker, enum table_kind kind)
{
	if (worker->snapshots[kind] != NULL)
		worker->snapshots[kind]->references++;
	return (worker->snapshots[kind]);
}

static int
bytes_compare(struct slice a, struct slice b)
{
	size_t	common = a.length < b.length ? a.length : b.length;
	int	order = memcmp(a.text, b.text, common);

	return (order != 0 ? order : (a.length > b.length) -
	    (a.length < b.length));
}

static int
place_compare(const void *a, const void *b)
{
	const struct place	*first = a, *second = b;
	int			 order = bytes_compare(first->name,
				    second->name);

	return (order != 0 ? order : (first->line > second->line) -
	    (first->line < second->line));
}

/*
 * The name on a line.  That of an alias does not stand in the file as it
 * compares: without case and quotes it has a place of its own at *spare.
 */
static struct slice
snapshot_name(const struct table *table, line_t line, char **spare)
{
	struct slice	name;

	if (table->kind != TABLE_ALIASES)
		return (table_field(table, line, 0));
	name.text = *spare;
	if (alias_name(table, line, *spare, table->lines[line].length +
	    1) == -1)
		**spare = '\0';
	name.length = strlen(*spare);
	*spare += name.length + 1;
	return (name);
}

/* Lines of one name keep the order of the file. */
static void
snapshot_sort(struct snapshot *snapshot)
{
	const struct table	*table = snapshot_table(snapshot);
	struct place		*place;
	uint32_t		 i;
	char			*spare = NULL;

	/* A name is never longer than its line. */
	if (table->kind == TABLE_ALIASES)
		snapshot->names = spare = xreallocarray(NULL,
		    table->file_size + table->line_count + 1, 1);
	snapshot->order = xreallocarray(NULL, (size_t)table->line_count + 1,
	    sizeof(*snapshot->order));
	for (i = 0; i < table->line_count; i++)
		if (table->lines[i].entry) {
			place = &snapshot->order[snapshot->order_count++];
			place->name = snapshot_name(table, i, &spare);
			place->line = i;
		}
	qsort(snapshot->order, snapshot->order_count, sizeof(*place),
	    place_compare);
}

/*
 * The line at a place in the order of the names, in which there are those
 * that are entries; LINE_NONE behind the last.
 */
line_t
snapshot_line(struct snapshot *snapshot, uint32_t place)
{
	if (snapshot->order == NULL)
		snapshot_sort(snapshot);
	return (place < snapshot->order_count ? snapshot->order[place].line :
	    LINE_NONE);
}

/*
 * The first place in the order whose name is not before this one; with
 * behind, whose name is after it.  There need not be such a name.
 */
uint32_t
snapshot_find(struct snapshot *snapshot, const char *name, int behind)
{
	struct slice	key = { name, strlen(name) };
	uint32_t	low = 0, high, middle;
	int		order;

	(void)snapshot_line(snapshot, 0);
	high = snapshot->order_count;
	while (low < high) {
		middle = low + (high - low) / 2;
		order = bytes_compare(snapshot->order[middle].name, key);
		if (order < 0 || (behind && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return (low);
}

/* Whether the name at a place in the order begins with these bytes. */
int
snapshot_has_prefix(struct snapshot *snapshot, uint32_t place,
    const char *prefix)
{
	struct slice	name;

	if (snapshot_line(snapshot, place) == LINE_NONE)
		return (0);
	name = snapshot->order[place].name;
	return (name.length >= strlen(prefix) &&
	    memcmp(name.text, prefix, strlen(prefix)) == 0);
}
