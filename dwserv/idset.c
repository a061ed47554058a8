/*
 * A set of user or group ids, kept as intervals: an id that was ever in
 * use stays in it, so that nobody inherits the files of somebody else.
 */

#include <errno.h>
#include <stdio.h>

#include "parent.h"
#include "xmalloc.h"

static int
interval_compare(const struct id_interval *a, const struct id_interval *b)
{
	return (a->first < b->first ? -1 : a->first > b->first);
}

RB_PROTOTYPE(idset, id_interval, entry, interval_compare)
RB_GENERATE(idset, id_interval, entry, interval_compare)

/* The last interval that begins at or below the id, or NULL. */
static struct id_interval *
interval_below(struct idset *set, uint32_t id)
{
	struct id_interval	*at = RB_ROOT(set), *below = NULL;

	while (at != NULL) {
		if (at->first <= id) {
			below = at;
			at = RB_RIGHT(at, entry);
		} else
			at = RB_LEFT(at, entry);
	}
	return (below);
}

int
idset_has(struct idset *set, uint32_t id)
{
	struct id_interval	*below = interval_below(set, id);

	return (below != NULL && below->last >= id);
}

/* Add all ids from first to last. */
void
idset_add_range(struct idset *set, uint32_t first, uint32_t last)
{
	struct id_interval	*at, *next;

	at = interval_below(set, first);
	if (at == NULL || (at->last < first && first - at->last > 1)) {
		at = xcalloc(1, sizeof(*at));
		at->first = first;
		at->last = last;
		RB_INSERT(idset, set, at);
	} else if (last > at->last)
		at->last = last;
	while ((next = RB_NEXT(idset, set, at)) != NULL &&
	    (next->first <= at->last || next->first - at->last == 1)) {
		if (next->last > at->last)
			at->last = next->last;
		RB_REMOVE(idset, set, next);
		free(next);
	}
}

void
idset_add(struct idset *set, uint32_t id)
{
	idset_add_range(set, id, id);
}

/* Take one id out. */
void
idset_remove(struct idset *set, uint32_t id)
{
	struct id_interval	*at = interval_below(set, id);
	uint32_t		 last;

	if (at == NULL || at->last < id)
		return;
	last = at->last;
	if (at->first == id) {
		RB_REMOVE(idset, set, at);
		free(at);
	} else
		at->last = id - 1;
	if (last != id)
		idset_add_range(set, id + 1, last);
}

/*
 * The lowest id between min and max that is not in the set and may be
 * given out.  Returns 0, or -1 if there is none.
 */
int
idset_first_free(struct idset *set, uint32_t min, uint32_t max, uint32_t *id)
{
	struct id_interval	*below;
	uint64_t		 candidate = min;

	while (candidate <= max) {
		below = interval_below(set, (uint32_t)candidate);
		if (below != NULL && below->last >= candidate)
			candidate = (uint64_t)below->last + 1;
		else if (name_is_reserved_id((uint32_t)candidate))
			candidate++;
		else {
			*id = (uint32_t)candidate;
			return (0);
		}
	}
	return (-1);
}

/* Append the set as text, "10000-10041,10050". */
void
idset_format(struct idset *set, struct ibuf *to)
{
	struct id_interval	*at;
	const char		*comma = "";

	RB_FOREACH(at, idset, set) {
		if (at->first == at->last)
			text_print(to, "%s%u", comma, at->first);
		else
			text_print(to, "%s%u-%u", comma, at->first, at->last);
		comma = ",";
	}
}

/* Add the ids of such a text.  Returns -1 if it is none. */
int
idset_parse(struct idset *set, const char *text)
{
	struct slice	list = { text, strlen(text) }, element, low, high;
	const char	*dash;
	uint32_t	first, last;

	while (slice_list_next(&list, &element)) {
		low = high = element;
		dash = memchr(element.text, '-', element.length);
		if (dash != NULL) {
			low.length = (size_t)(dash - element.text);
			high.text = dash + 1;
			high.length -= low.length + 1;
		}
		if (slice_number(low, &first) == -1 ||
		    slice_number(high, &last) == -1 || first > last) {
			errno = EINVAL;
			return (-1);
		}
		idset_add_range(set, first, last);
	}
	return (0);
}

void
idset_clear(struct idset *set)
{
	struct id_interval	*at;

	while ((at = RB_ROOT(set)) != NULL) {
		RB_REMOVE(idset, set, at);
		free(at);
	}
}
