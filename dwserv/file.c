/*
 * Whole files: reading all of one, writing all of a buffer.
 */

#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "dwserv.h"
#include "xmalloc.h"

/*
 * Read a file from its beginning, at most limit bytes long.  Returns its
 * bytes, which the caller frees, with a NUL behind them that *size does not
 * count; or NULL with errno, EFBIG if it is too long.
 */
char *
file_read(int fd, size_t limit, size_t *size)
{
	struct stat	 st;
	char		*bytes;
	ssize_t		 got;

	*size = 0;
	if (fstat(fd, &st) == -1)
		return (NULL);
	if (st.st_size < 0 || (uint64_t)st.st_size > limit) {
		errno = EFBIG;
		return (NULL);
	}
	bytes = xcalloc(1, (size_t)st.st_size + 1);
	while (*size < (size_t)st.st_size) {
		got = pread(fd, bytes + *size, (size_t)st.st_size - *size,
		    (off_t)*size);
		if (got == 0)
			break;
		if (got > 0)
			*size += (size_t)got;
		else if (errno != EINTR) {
			freezero(bytes, *size);
			return (NULL);
		}
	}
	return (bytes);
}

/* Write all bytes where the descriptor stands.  0, or -1 with errno. */
int
file_write(int fd, const void *bytes, size_t size)
{
	const char	*at = bytes;
	ssize_t		 done;

	while (size > 0) {
		done = write(fd, at, size);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return (-1);
		at += done;
		size -= (size_t)done;
	}
	return (0);
}
