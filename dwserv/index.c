/*
 * A hash table from keys to lines: a chain for each bucket, in the order in
 * which the entries came.  It keeps the hash of a key, not the key; whoever
 * looks up compares the line itself.  Many lines may stand under one key:
 * to add one costs the same however many there are.
 */

#include "dwserv.h"
#include "table.h"
#include "xmalloc.h"

#define SLOT_NONE	UINT32_MAX	/* no slot: the end of a chain */
#define INDEX_MIN	64

/*
 * The hash of a key under a table's secret seed, so that nobody can choose
 * names that collide: FNV-1a with a final mix.
 */
uint32_t
index_hash(uint64_t seed, const void *key, size_t length)
{
	const unsigned char	*byte = key;
	uint64_t		 hash = seed ^ 0xcbf29ce484222325ULL;

	while (length-- > 0) {
		hash ^= *byte++;
		hash *= 0x100000001b3ULL;
	}
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93ULL;
	hash ^= hash >> 32;
	return ((uint32_t)hash);
}

/* Put a slot at the end of the chain of its bucket. */
static void
index_link(struct index *index, uint32_t at)
{
	struct index_slot	*slot = &index->slots[at];
	struct index_chain	*chain;

	chain = &index->chains[slot->hash & (index->size - 1)];
	slot->next = SLOT_NONE;
	if (chain->first == SLOT_NONE)
		chain->first = at;
	else
		index->slots[chain->last].next = at;
	chain->last = at;
}

/* Twice the buckets and slots; entries of one key keep their order. */
static void
index_grow(struct index *index)
{
	struct index	old = *index;
	size_t		i;
	uint32_t	at, next;

	index->size = old.size == 0 ? INDEX_MIN : old.size * 2;
	index->slots = xrecallocarray(old.slots, old.size, index->size,
	    sizeof(*index->slots));
	index->chains = xreallocarray(NULL, index->size,
	    sizeof(*index->chains));
	for (i = 0; i < index->size; i++)
		index->chains[i].first = SLOT_NONE;
	for (i = 0; i < old.size; i++)
		for (at = old.chains[i].first; at != SLOT_NONE; at = next) {
			next = index->slots[at].next;
			index_link(index, at);
		}
	free(old.chains);
}

/* Enter a line under a hash, behind those that are there. */
void
index_insert(struct index *index, uint32_t hash, line_t line)
{
	uint32_t	at = index->vacant;

	if (index->used == 0)
		index->vacant = at = SLOT_NONE;
	if (at != SLOT_NONE)
		index->vacant = index->slots[at].next;
	else {
		if (index->used == index->size)
			index_grow(index);
		at = (uint32_t)index->used++;
	}
	index->slots[at].hash = hash;
	index->slots[at].line = line;
	index_link(index, at);
}

/* Take one entry of this line under this hash out again. */
void
index_remove(struct index *index, uint32_t hash, line_t line)
{
	struct index_chain	*chain;
	uint32_t		 at, before = SLOT_NONE;

	if (index->size == 0)
		return;
	chain = &index->chains[hash & (index->size - 1)];
	for (at = chain->first; at != SLOT_NONE; at = index->slots[at].next) {
		if (index->slots[at].hash == hash &&
		    index->slots[at].line == line)
			break;
		before = at;
	}
	if (at == SLOT_NONE)
		return;
	if (before == SLOT_NONE)
		chain->first = index->slots[at].next;
	else
		index->slots[before].next = index->slots[at].next;
	if (chain->last == at)
		chain->last = before;
	index->slots[at].next = index->vacant;
	index->vacant = at;
}

/*
 * The lines under a hash, one after the other, in the order in which they
 * came; *state is 0 at first.  Returns LINE_NONE after the last.  The caller
 * compares the key.
 */
line_t
index_next(const struct index *index, uint32_t hash, size_t *state)
{
	uint32_t	at;

	if (index->size == 0)
		return (LINE_NONE);
	/* One more than the slot that was shown last. */
	if (*state == 0)
		at = index->chains[hash & (index->size - 1)].first;
	else
		at = index->slots[*state - 1].next;
	while (at != SLOT_NONE && index->slots[at].hash != hash)
		at = index->slots[at].next;
	if (at == SLOT_NONE)
		return (LINE_NONE);
	*state = (size_t)at + 1;
	return (index->slots[at].line);
}

void
index_free(struct index *index)
{
	free(index->chains);
	free(index->slots);
	memset(index, 0, sizeof(*index));
}
