/*
 * What the tests of the parent's files share: a directory of their own,
 * files in it, tables made of text, messages that were logged, and random
 * numbers that can be had again.  A seed is printed; the variable
 * REGRESS_SEED sets it.
 */

#ifndef SCRATCH_H
#define SCRATCH_H

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "dwserv.h"

#define NUMBER_OF(array)	(sizeof(array) / sizeof((array)[0]))

struct scratch {
	char	path[64];
	int	fd;
	char	log[8192];	/* what was logged, line by line */
};

static inline void
scratch_log(void *arg, enum log_level level, const char *line)
{
	struct scratch	*scratch = arg;

	(void)level;
	strlcat(scratch->log, line, sizeof(scratch->log));
	strlcat(scratch->log, "\n", sizeof(scratch->log));
}

static inline int
scratch_make(void **state)
{
	struct scratch	*scratch = calloc(1, sizeof(*scratch));

	assert_non_null(scratch);
	strlcpy(scratch->path, "/tmp/dwserv_test.XXXXXXXX",
	    sizeof(scratch->path));
	assert_non_null(mkdtemp(scratch->path));
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(scratch->fd, -1);
	log_set_sink(scratch_log, scratch);
	*state = scratch;
	return (0);
}

static inline int
scratch_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return (remove(path));
}

static inline int
scratch_remove(void **state)
{
	struct scratch	*scratch = *state;

	log_set_sink(NULL, NULL);
	close(scratch->fd);
	assert_int_equal(nftw(scratch->path, scratch_remove_one, 16,
	    FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
	free(scratch);
	return (0);
}

static inline void
scratch_put(int dir, const char *name, mode_t mode, const void *data,
    size_t size)
{
	int	fd;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static inline void
scratch_put_text(int dir, const char *name, mode_t mode, const char *text)
{
	scratch_put(dir, name, mode, text, strlen(text));
}

/* All bytes from a descriptor's beginning, with a NUL behind them. */
static inline char *
scratch_read(int fd, size_t *size)
{
	struct stat	 st;
	char		*text;

	assert_int_equal(fstat(fd, &st), 0);
	*size = (size_t)st.st_size;
	text = calloc(1, *size + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, *size, 0), (ssize_t)*size);
	return (text);
}

/* The whole of a file, or NULL if there is none. */
static inline char *
scratch_get(int dir, const char *name, size_t *size)
{
	int	 fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char	*text;

	*size = 0;
	if (fd == -1)
		return (NULL);
	text = scratch_read(fd, size);
	close(fd);
	return (text);
}

static inline void
assert_file(int dir, const char *name, const char *expected)
{
	size_t	 size = 0;
	char	*text = scratch_get(dir, name, &size);

	if (text == NULL)
		fail_msg("there is no %s", name);
	assert_int_equal(size, strlen(expected));
	assert_string_equal(text, expected);
	free(text);
}

static inline void
assert_no_file(int dir, const char *name)
{
	struct stat	st;

	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(errno, ENOENT);
}

static inline void
assert_logged(const struct scratch *scratch, const char *part)
{
	if (strstr(scratch->log, part) == NULL)
		fail_msg("not logged: %s; but: %s", part, scratch->log);
}

/* In a child process: the message with which it must end. */
static inline void
fatal_expect(void *arg, enum log_level level, const char *line)
{
	if (level == LOG_LEVEL_ERROR)
		_exit(strstr(line, arg) != NULL ? 42 : 43);
}

/* The function must end its process with a message that has this part. */
static inline void
assert_fatal(void (*function)(void *), void *arg, char *part)
{
	int	status;
	pid_t	pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		log_set_sink(fatal_expect, part);
		function(arg);
		_exit(44);
	}
	assert_int_not_equal(pid, -1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 42)
		fail_msg("did not end with \"%s\", but with status 0x%x",
		    part, (unsigned)status);
}

/* Random numbers: xorshift64*, S. Vigna, arXiv:1402.6246. */
struct seed {
	uint64_t	state;
};

static inline struct seed
seed_start(const char *test)
{
	const char	*given = getenv("REGRESS_SEED");
	struct seed	 seed;

	if (given != NULL)
		seed.state = strtoull(given, NULL, 0);
	else
		arc4random_buf(&seed.state, sizeof(seed.state));
	seed.state |= 1;
	print_message("# %s: REGRESS_SEED=0x%016" PRIx64 "\n", test,
	    seed.state);
	return (seed);
}

/* A number below limit. */
static inline uint32_t
seed_next(struct seed *seed, uint32_t limit)
{
	seed->state ^= seed->state >> 12;
	seed->state ^= seed->state << 25;
	seed->state ^= seed->state >> 27;
	return ((uint32_t)(((seed->state * 0x2545f4914f6cdd1dULL) >> 32) %
	    limit));
}

#endif /* SCRATCH_H */
