/*
 * The functions of malloc(3) and libbsd, but for those who cannot go on
 * without: they end the process instead of returning NULL.
 */

#include "dwserv.h"
#include "xmalloc.h"

static void *
or_fatal(void *memory)
{
	if (memory == NULL)
		fatal("out of memory");
	return (memory);
}

void *
xcalloc(size_t count, size_t size)
{
	return (or_fatal(calloc(count, size)));
}

void *
xreallocarray(void *memory, size_t count, size_t size)
{
	return (or_fatal(reallocarray(memory, count, size)));
}

/* As recallocarray(3): what is added is zero, what is left is wiped. */
void *
xrecallocarray(void *memory, size_t old, size_t new, size_t size)
{
	return (or_fatal(recallocarray(memory, old, new, size)));
}

char *
xstrdup(const char *string)
{
	return (or_fatal(strdup(string)));
}

char *
xstrndup(const char *string, size_t length)
{
	return (or_fatal(strndup(string, length)));
}
