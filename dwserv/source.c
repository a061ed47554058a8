/*
 * The files that the configuration is read from.  Somebody else opens each
 * and judges whether it may be one; here it is read at once into memory,
 * and closed.
 */

#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "lex.h"

/* Fill the buffer, which has room for one byte more than the file has. */
static const char *
source_read(struct source *source, int fd, size_t size)
{
	ssize_t	n;

	while (source->length <= size) {
		n = read(fd, source->text + source->length,
		    size + 1 - source->length);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (strerror(errno));
		if (n == 0)
			break;
		source->length += (size_t)n;
	}
	if (source->length != size)
		return ("changed while it was read");
	if (memchr(source->text, '\0', size) != NULL)
		return ("contains a NUL byte; it should be plain text");
	source->text[size] = '\0';
	return (NULL);
}

static const char *
source_load(struct source *source, int fd)
{
	struct stat	 st;
	const char	*reason;
	size_t		 size;

	if (fstat(fd, &st) == -1)
		return (strerror(errno));
	size = (size_t)st.st_size;
	source->mode = st.st_mode;
	if ((source->text = calloc(1, size + 1)) == NULL)
		fatal("%s", source->path);
	if ((reason = source_read(source, fd, size)) != NULL) {
		freezero(source->text, size + 1);
		source->text = NULL;
		source->length = 0;
	}
	return (reason);
}

/*
 * Read a file that open(), called with the argument, opens for us.  Returns
 * NULL and the reason if it cannot be used.
 */
struct source *
source_open(const char *path, config_opener open, void *arg,
    const char **reason)
{
	struct source	*source;
	int		 fd;

	if ((fd = open(arg, path, reason)) == -1)
		return (NULL);
	if ((source = calloc(1, sizeof(*source))) == NULL ||
	    (source->path = strdup(path)) == NULL)
		fatal("%s", path);
	source->line = 1;
	source->depth = 1;
	*reason = source_load(source, fd);
	close(fd);
	if (*reason == NULL)
		return (source);
	source_free(source);
	return (NULL);
}

/*
 * The path of a file that another one includes: if it is not absolute, it
 * is meant from the directory of the file that names it, because a daemon
 * that reads its configuration again may be in another directory by then.
 * To be freed by the caller.
 */
char *
source_resolve(const struct source *source, const char *path)
{
	const char	*slash = strrchr(source->path, '/');
	char		*resolved;
	int		 length = 0;

	if (slash != NULL && path[0] != '/')
		length = (int)(slash + 1 - source->path);
	if (asprintf(&resolved, "%.*s%s", length, source->path, path) == -1)
		fatal("%s", path);
	return (resolved);
}

/* Wipe what was read, and free it. */
void
source_free(struct source *source)
{
	if (source->text != NULL)
		freezero(source->text, source->length + 1);
	free(source->path);
	free(source);
}
