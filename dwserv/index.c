/*
 * A hash table from keys to lines: open addressing, linear probing.  It
 * keeps the hash of a key, not the key; whoever looks up compares the line
 * itself.  Several lines may stand under one key.
 */

#include "dwserv.h"
#include "table.h"
#include "xmalloc.h"

#define SLOT_EMPTY	LINE_NONE
#define SLOT_DEAD	(LINE_NONE - 1)
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

static void
index_put(struct index *index, uint32_t hash, line_t line)
{
	size_t	at = hash & (index->size - 1);

	while (index->slots[at].line != SLOT_EMPTY)
		at = (at + 1) & (index->size - 1);
	index->slots[at].hash = hash;
	index->slots[at].line = line;
	index->used++;
}

static void
index_resize(struct index *index, size_t size)
{
	struct index	old = *index;
	size_t		i;

	index->slots = xreallocarray(NULL, size, sizeof(*index->slots));
	index->size = size;
	index->used = index->dead = 0;
	for (i = 0; i < size; i++)
		index->slots[i].line = SLOT_EMPTY;
	for (i = 0; i < old.size; i++)
		if (old.slots[i].line < SLOT_DEAD)
			index_put(index, old.slots[i].hash,
			    old.slots[i].line);
	free(old.slots);
}

/* Enter a line under a hash. */
void
index_insert(struct index *index, uint32_t hash, line_t line)
{
	size_t	size = index->size == 0 ? INDEX_MIN : index->size;

	if (index->used + 1 > index->size / 4 * 3) {
		/* Many dead slots: clear them out instead of growing. */
		if ((index->used - index->dead) * 2 >= size)
			size *= 2;
		index_resize(index, size);
	}
	index_put(index, hash, line);
}

/* Take one entry of this line under this hash out again. */
void
index_remove(struct index *index, uint32_t hash, line_t line)
{
	size_t	state = 0;
	line_t	found;

	do
		found = index_next(index, hash, &state);
	while (found != line && found != LINE_NONE);
	if (found == LINE_NONE)
		return;
	index->slots[(hash + state - 1) & (index->size - 1)].line = SLOT_DEAD;
	index->dead++;
}

/*
 * The lines under a hash, one after the other; *state is 0 at first.
 * Returns LINE_NONE after the last.  The caller compares the key.
 */
line_t
index_next(const struct index *index, uint32_t hash, size_t *state)
{
	const struct index_slot	*slot;

	while (*state < index->size) {
		slot = &index->slots[(hash + (*state)++) & (index->size - 1)];
		if (slot->line == SLOT_EMPTY)
			*state = index->size;
		else if (slot->hash == hash && slot->line != SLOT_DEAD)
			return (slot->line);
	}
	return (LINE_NONE);
}

void
index_free(struct index *index)
{
	free(index->slots);
	memset(index, 0, sizeof(*index));
}
