/*
 * For the tests of the configuration: a directory of its own for each of
 * them, files in it, and the complaints about these.
 */

#ifndef PLACE_H
#define PLACE_H

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"

/* The directory, and the path of a file in it. */
struct files {
	char	directory[64];
	char	path[PATH_MAX];
};

static inline int
place_make(void **state)
{
	struct files	*place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strlcpy(place->directory, "/tmp/config_test.XXXXXXXX",
	    sizeof(place->directory));
	assert_non_null(mkdtemp(place->directory));
	*state = place;
	return (0);
}

static inline void
place_empty(const struct files *place)
{
	struct dirent	*entry;
	char		 path[PATH_MAX];
	DIR		*directory = opendir(place->directory);

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", place->directory,
		    entry->d_name);
		assert_int_equal(remove(path), 0);
	}
	closedir(directory);
}

static inline int
place_remove(void **state)
{
	struct files	*place = *state;

	place_empty(place);
	assert_int_equal(rmdir(place->directory), 0);
	free(place);
	return (0);
}

static const char *
place_path(struct files *place, const char *name)
{
	snprintf(place->path, sizeof(place->path), "%s/%s",
	    place->directory, name);
	return (place->path);
}

static inline void
place_write(struct files *place, const char *name, mode_t mode,
    const void *data, size_t size)
{
	int	fd;

	fd = open(place_path(place, name), O_WRONLY | O_CREAT | O_TRUNC,
	    0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static inline void
place_write_text(struct files *place, const char *name, mode_t mode,
    const char *text)
{
	place_write(place, name, mode, text, strlen(text));
}

/* The whole of a file, or NULL if there is none. */
static inline char *
slurp(const char *path, size_t *size)
{
	struct stat	 st;
	char		*text;
	int		 fd = open(path, O_RDONLY);

	if (fd == -1)
		return (NULL);
	assert_int_equal(fstat(fd, &st), 0);
	*size = (size_t)st.st_size;
	text = calloc(1, *size + 1);
	assert_non_null(text);
	assert_int_equal(read(fd, text, *size), (ssize_t)*size);
	close(fd);
	return (text);
}

struct complaints {
	const struct files	*place;
	char			*text;
	size_t			 size;
	FILE			*stream;
};

/* Names of files without their directory, which is never the same. */
static inline void
complaint_note(void *arg, const char *line)
{
	struct complaints	*complaints = arg;
	const char		*found;
	size_t			 length;

	length = strlen(complaints->place->directory);
	while ((found = strstr(line, complaints->place->directory)) != NULL) {
		fprintf(complaints->stream, "%.*s", (int)(found - line), line);
		line = found + length + 1;
	}
	fprintf(complaints->stream, "%s\n", line);
}

/* Parse a file of the place; the complaints are to be freed. */
static inline struct config *
place_parse(struct files *place, const char *name,
    const struct symbols *symbols, char **complaints_text)
{
	struct complaints	 complaints = { place, NULL, 0, NULL };
	struct config		*config;

	complaints.stream = open_memstream(&complaints.text,
	    &complaints.size);
	assert_non_null(complaints.stream);
	config = config_parse(place_path(place, name), symbols, lend_file,
	    complaint_note, &complaints);
	assert_int_equal(fclose(complaints.stream), 0);
	*complaints_text = complaints.text;
	return (config);
}

/* Parse a text with which nothing may be wrong. */
static inline struct config *
parse_good(struct files *place, const char *text,
    const struct symbols *symbols)
{
	struct config	*config;
	char		*complaints;

	place_write_text(place, "good.conf", 0600, text);
	config = place_parse(place, "good.conf", symbols, &complaints);
	assert_string_equal(complaints, "");
	assert_non_null(config);
	free(complaints);
	return (config);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, place_make, place_remove)

#endif /* PLACE_H */
