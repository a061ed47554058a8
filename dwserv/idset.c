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
	return (a->last < b->last ? -1 : a->last > b->last);
}

RB_PROTOTYPE(idset, id_interval, entry, interval_compare)
RB_GENERATE(idset, id_interval, entry, interval_compare)

/* The first interval that ends at the id or behind it, or NULL. */
static struct id_interval *
interval_from(struct idset *set, uint32_t id)
{
	struct id_interval	key = { .last = id };

	return (RB_NFIND(idset, set, &key));
}

int
idset_has(struct idset *set, uint32_t id)
{
	struct id_interval	*at = interval_from(set, id);

	return (at != NULL && at->first <= id);
}

static void
interval_remove(struct idset *set, struct id_interval *at)
{
	RB_REMOVE(idset, set, at);
	free(at);
}

/* Add all ids from first to last. */
void
idset_add_range(struct idset *set, uint32_t first, uint32_t last)
{
	struct id_interval	*at;

	/* One that overlaps it, or touches it, becomes part of it. */
	while ((at = interval_from(set, first - (first > 0))) != NULL &&
	    (at->first <= last || at->first - last == 1)) {
		if (at->first < first)
			first = at->first;
		if (at->last > last)
			last = at->last;
		interval_remove(set, at);
	}
	at = xcalloc(1, sizeof(*at));
	at->first = first;
	at->last = last;
	RB_INSERT(idset, set, at);
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
	struct id_interval	*at = interval_from(set, id);
	uint32_t		 first;

	if (at == NULL || at->first > id)
		return;
	first = at->first;
	at->first = id + 1;
	if (at->last == id)
		interval_remove(set, at);
	if (first < id)
		idset_add_range(set, first, id - 1);
}

/*
 * The lowest id between min and max that is not in the set and may be
 * given out.  Returns 0, or -1 if there is none.
 */
int
idset_first_free(struct idset *set, uint32_t min, uint32_t max, uint32_t *id)
{
	struct id_interval	*at;
	uint64_t		 candidate = min;

	while (candidate <= max) {
		at = interval_from(set, (uint32_t)candidate);
		if (at != NULL && at->first <= candidate)
			candidate = (uint64_t)at->last + 1;
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
	struct slice	list = { text, strlen(text) }, high, low;
	uint32_t	first, last;

	while (slice_list_next(&list, &high)) {
		low = slice_cut(&high, '-');
		/* Without a hyphen nothing was cut off behind the number. */
		if (high.text == low.text + low.length)
			high = low;
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

	while ((at = RB_ROOT(set)) != NULL)
		interval_remove(set, at);
}
