/*
 * What the account files were when dwserv stopped, kept in the state
 * directory until it starts again: what other programs change in between is
 * then told as what they change at other times.  After a crash there is
 * nothing of the kind, and nothing is told.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"

#define KNOWN_NAME	"known"		/* up to which entry of the ledger */
#define KNOWN_NAME_MAX	32
#define KNOWN_SIZE_MAX	(UINT32_MAX - 1)

/* Secrets are not told, and so need not be kept. */
static const enum table_kind known_kinds[] = {
	TABLE_PASSWD, TABLE_GROUP, TABLE_ALIASES
};
#define KNOWN_KINDS	(sizeof(known_kinds) / sizeof(known_kinds[0]))

static void
known_name(char *name, enum table_kind kind)
{
	snprintf(name, KNOWN_NAME_MAX, KNOWN_NAME "-%s", table_name(kind));
}

static int
known_create(int state_fd, const char *name)
{
	unlinkat(state_fd, name, 0);
	return (openat(state_fd, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC, 0600));
}

static int
known_write_table(int state_fd, const struct table *table)
{
	char	name[KNOWN_NAME_MAX];
	int	fd, failed;

	known_name(name, table->kind);
	if ((fd = known_create(state_fd, name)) == -1)
		return (-1);
	failed = table_write(table, fd) == -1 || fdatasync(fd) == -1;
	close(fd);
	return (failed ? -1 : 0);
}

/* What is kept is of no use any more. */
static void
known_remove(int state_fd)
{
	char	name[KNOWN_NAME_MAX];
	size_t	i;

	unlinkat(state_fd, KNOWN_NAME, 0);
	for (i = 0; i < KNOWN_KINDS; i++) {
		known_name(name, known_kinds[i]);
		unlinkat(state_fd, name, 0);
	}
}

/*
 * Keep the tables, which are as the ledger has them up to its last entry.
 * If that is not possible nothing is kept, and it is logged.
 */
void
known_write(struct store *store, int state_fd, uint64_t last)
{
	const struct table	*table;
	size_t			 i;
	int			 fd, failed = 0;

	if (store_is_changed(store))
		return;
	known_remove(state_fd);
	for (i = 0; i < KNOWN_KINDS; i++)
		if ((table = store->tables[known_kinds[i]]) != NULL)
			failed |= known_write_table(state_fd, table) == -1;
	/* Only with the number is it whole. */
	if (!failed && (fd = known_create(state_fd, KNOWN_NAME)) != -1) {
		failed = dprintf(fd, "%" PRIu64 "\n", last) < 0;
		close(fd);
	}
	if (failed) {
		log_warn("what others change until the next start will not "
		    "be told");
		known_remove(state_fd);
	}
}

static void
known_read_table(struct store *store, int state_fd, enum table_kind kind)
{
	char	 name[KNOWN_NAME_MAX], *bytes;
	size_t	 size;
	int	 fd;

	known_name(name, kind);
	fd = openat(state_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return;
	if ((bytes = file_read(fd, KNOWN_SIZE_MAX, &size)) != NULL)
		store->tables[kind] = table_parse(kind, bytes, size);
	close(fd);
}

/*
 * Take what was kept, if the ledger has not gone on since: it is compared
 * with the files when these are read for the first time.
 */
void
known_read(struct store *store, int state_fd, uint64_t last)
{
	char	text[32] = "";
	size_t	i;
	int	fd;

	fd = openat(state_fd, KNOWN_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1) {
		if (read(fd, text, sizeof(text) - 1) > 0 &&
		    strtoull(text, NULL, 10) == last)
			for (i = 0; i < KNOWN_KINDS; i++)
				known_read_table(store, state_fd,
				    known_kinds[i]);
		close(fd);
	}
	known_remove(state_fd);
}
