/*
 * Removing homes that were renamed out of sight, a little at a time, so
 * that orders do not wait.  Subdirectories are renamed up instead of being
 * descended into: no depth is too deep, and no link is ever followed.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "home.h"

#define REMOVALS_PER_TURN	256

static void	trash_turn(void *);

/* The name of a home that is to be removed. */
void
trash_name(char *name, uint64_t serial)
{
	snprintf(name, HIDDEN_NAME_MAX, "old-%016" PRIx64, serial);
}

/* There is something to remove: begin when there is time. */
void
trash_start(struct home *home)
{
	if (home->trash_timer.loop == NULL)
		timer_start(&home->loop, &home->trash_timer, 0, trash_turn,
		    home);
}

/* Read a directory, not by way of a link.  NULL with errno if it fails. */
DIR *
trash_open(int fd, const char *name)
{
	DIR	*directory;
	int	 opened;

	opened = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (opened == -1)
		return (NULL);
	if ((directory = fdopendir(opened)) == NULL)
		close(opened);
	return (directory);
}

/* Rename into a new name of something that is to be removed. */
static int
trash_rename(struct home *home, int fd, const char *name)
{
	char	to[HIDDEN_NAME_MAX];

	trash_name(to, arc4random() | (uint64_t)arc4random() << 32);
	return (renameat2(fd, name, home->hidden_fd, to, RENAME_NOREPLACE));
}

/* One entry of a directory that goes; a subdirectory moves up. */
static int
trash_entry(struct home *home, int fd, const char *name)
{
	if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
		return (0);
	if (errno != EISDIR && errno != EPERM)
		return (-1);
	return (trash_rename(home, fd, name));
}

/*
 * Remove entries of one directory, at most *budget.  Returns 1 if it is
 * empty now, 0 if there is more, -1 with errno if something will not go.
 */
static int
trash_empty(struct home *home, DIR *directory, int *budget)
{
	struct dirent	*entry;

	rewinddir(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if ((*budget)-- <= 0)
			return (0);
		if (trash_entry(home, dirfd(directory), entry->d_name) == -1)
			return (-1);
	}
	return (1);
}

/*
 * Remove some of a directory.  What will not go is put aside until the next
 * start; -1 if not even that can be done.
 */
static int
trash_remove(struct home *home, const char *name, int *budget)
{
	DIR	*directory = trash_open(home->hidden_fd, name);
	char	 aside[HIDDEN_NAME_MAX];
	int	 done = -1;

	if (directory != NULL) {
		done = trash_empty(home, directory, budget);
		closedir(directory);
	} else if (unlinkat(home->hidden_fd, name, 0) == 0)
		return (0);
	if (done == 0 || (done == 1 && unlinkat(home->hidden_fd, name,
	    AT_REMOVEDIR) == 0))
		return (0);
	log_warn("cannot remove all of the old home directory %s/%s",
	    HIDDEN_NAME, name);
	snprintf(aside, sizeof(aside), "kept-%.20s", name);
	return (renameat(home->hidden_fd, name, home->hidden_fd, aside));
}

static void
trash_turn(void *arg)
{
	struct home	*home = arg;
	DIR		*hidden;
	struct dirent	*entry;
	int		 budget = REMOVALS_PER_TURN, more = 0;

	if (home->hidden_fd == -1 ||
	    (hidden = trash_open(home->hidden_fd, ".")) == NULL)
		return;
	while (budget > 0 && (entry = readdir(hidden)) != NULL) {
		if (strncmp(entry->d_name, "old-", 4) != 0)
			continue;
		budget--;
		if (trash_remove(home, entry->d_name, &budget) == 0)
			more = 1;
	}
	closedir(hidden);
	/* What moved up may not have been seen: look again. */
	if (more)
		trash_start(home);
}

/*
 * Nobody is building anything: whatever is hidden is left over, from a
 * crash or because it could not be removed before.
 */
void
trash_collect(struct home *home)
{
	DIR		*hidden;
	struct dirent	*entry;

	if (place_open_hidden(home) == -1 ||
	    (hidden = trash_open(home->hidden_fd, ".")) == NULL)
		return;
	while ((entry = readdir(hidden)) != NULL)
		if (strncmp(entry->d_name, "new-", 4) == 0 ||
		    strncmp(entry->d_name, "kept-", 5) == 0)
			trash_rename(home, home->hidden_fd, entry->d_name);
	closedir(hidden);
	trash_start(home);
}
