/*
 * Memory or the end: a process that has none left stops and says so.  The
 * parent may do that at any time: what it promised is in the journal.
 */

#ifndef XMALLOC_H
#define XMALLOC_H

#include <stddef.h>

void	*xcalloc(size_t, size_t);
void	*xreallocarray(void *, size_t, size_t);
void	*xrecallocarray(void *, size_t, size_t, size_t);
char	*xstrdup(const char *);
char	*xstrndup(const char *, size_t);

#endif /* XMALLOC_H */
