/*
 * The account files of one root, in memory and on disk: reading them again
 * when somebody else changed them, staging what changed, publishing it.
 * Whoever calls holds the locks (lock.c).
 */

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"

/* So that readers never see an account whose group or secret is missing. */
static const enum table_kind publish_order[TABLES] = {
	TABLE_GSHADOW, TABLE_GROUP, TABLE_SHADOW, TABLE_PASSWD
};

static int	store_load(struct store *, enum table_kind,
		    const struct file_state *, struct result *);
static void	store_seed_ids(struct store *, enum table_kind);
static int	store_read_defs(struct store *, struct result *);

/*
 * Open a path below the root as a process whose root it is would see it;
 * no link leads out.  Returns a descriptor, or -1 with errno.
 */
int
store_open_below(const struct store *store, const char *path, int flags)
{
	struct open_how	how;

	memset(&how, 0, sizeof(how));
	how.flags = (uint64_t)(flags | O_CLOEXEC);
	how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
	return ((int)syscall(SYS_openat2, store->root_fd, path, &how,
	    sizeof(how)));
}

/* Open the root of the accounts.  Returns 0, or -1 and has logged why. */
int
store_open(struct store *store, const struct accounts *accounts)
{
	memset(store, 0, sizeof(*store));
	RB_INIT(&store->uids);
	RB_INIT(&store->gids);
	store->reuse = accounts->reuse;
	store->etc_fd = -1;
	store->root = strdup(accounts->root);
	store->root_fd = open(accounts->root,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->root == NULL || store->root_fd == -1) {
		log_warn("cannot open the root of the accounts, %s",
		    accounts->root);
		return (-1);
	}
	store->etc_fd = store_open_below(store, "/etc",
	    O_RDONLY | O_DIRECTORY);
	if (store->etc_fd == -1) {
		log_warn("cannot open etc in %s", accounts->root);
		return (-1);
	}
	return (0);
}

void
store_close(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		table_free(store->tables[kind]);
	idset_clear(&store->uids);
	idset_clear(&store->gids);
	if (store->etc_fd != -1)
		close(store->etc_fd);
	if (store->root_fd != -1)
		close(store->root_fd);
	free(store->root);
	memset(store, 0, sizeof(*store));
	store->etc_fd = store->root_fd = -1;
}

static void
state_from_stat(struct file_state *state, const struct statx *stx)
{
	state->present = 1;
	state->device = makedev(stx->stx_dev_major, stx->stx_dev_minor);
	state->inode = stx->stx_ino;
	state->size = (off_t)stx->stx_size;
	state->mode = stx->stx_mode & 07777;
	state->uid = stx->stx_uid;
	state->gid = stx->stx_gid;
	state->modified.tv_sec = stx->stx_mtime.tv_sec;
	state->modified.tv_nsec = stx->stx_mtime.tv_nsec;
	state->changed.tv_sec = stx->stx_ctime.tv_sec;
	state->changed.tv_nsec = stx->stx_ctime.tv_nsec;
}

static int
store_is_link(const struct store *store, const char *name,
    const struct statx *stx)
{
	struct stat	st;

	return (fstatat(store->etc_fd, name, &st, AT_SYMLINK_NOFOLLOW) ==
	    0 && st.st_ino == stx->stx_ino);
}

/* The links of a crashed commit's backup are those that stage.c made. */
static int
store_link_is_backup(const struct store *store, const char *name,
    const struct statx *stx)
{
	char	backup[32], linked[32];

	snprintf(backup, sizeof(backup), "%s-", name);
	snprintf(linked, sizeof(linked), ".%s-.dwserv", name);
	return (stx->stx_nlink == 1U + (unsigned)store_is_link(store, backup,
	    stx) + (unsigned)store_is_link(store, linked, stx));
}

/*
 * Whether a file can be replaced by renaming: not a link, not linked from
 * elsewhere, not mounted over.  Returns NULL if so, else the reason.
 */
static const char *
store_obstacle(const struct store *store, const char *name,
    const struct statx *stx)
{
	if (S_ISLNK(stx->stx_mode))
		return ("is a symbolic link");
	if (!S_ISREG(stx->stx_mode))
		return ("is not a regular file");
	if (stx->stx_nlink > 1 && !store_link_is_backup(store, name, stx))
		return ("has another hard link");
	if (stx->stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return ("is a mount point");
	return (NULL);
}

/*
 * Look at a file.  Returns 0 (state->present says whether it is there), or
 * -1 with the result filled in.
 */
static int
store_look(const struct store *store, enum table_kind kind,
    struct file_state *state, struct result *result)
{
	const char	*name = table_name(kind), *obstacle;
	struct statx	 stx;

	memset(state, 0, sizeof(*state));
	if (statx(store->etc_fd, name, AT_SYMLINK_NOFOLLOW |
	    AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &stx) == -1) {
		if (errno == ENOENT && kind != TABLE_PASSWD &&
		    kind != TABLE_GROUP)
			return (0);
		result_from_errno(result, errno, "cannot look at", name);
		return (-1);
	}
	obstacle = store_obstacle(store, name, &stx);
	if (obstacle != NULL) {
		result_set(result, 550, "bad-file", "/etc/%s %s", name,
		    obstacle);
		return (-1);
	}
	state_from_stat(state, &stx);
	return (0);
}

static int
state_is_same(const struct file_state *a, const struct file_state *b)
{
	if (!a->present || !b->present)
		return (a->present == b->present);
	return (a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && a->mode == b->mode && a->uid == b->uid &&
	    a->gid == b->gid &&
	    memcmp(&a->modified, &b->modified, sizeof(a->modified)) == 0 &&
	    memcmp(&a->changed, &b->changed, sizeof(a->changed)) == 0);
}

/*
 * Read again whatever differs from what is in memory, login.defs always.
 * Returns 0, or -1 with the result filled in; what could not be read is
 * tried again next time.
 */
int
store_refresh(struct store *store, struct result *result)
{
	struct file_state	state;
	enum table_kind		kind;

	if (store_read_defs(store, result) == -1)
		return (-1);
	for (kind = 0; kind < TABLES; kind++) {
		if (store_look(store, kind, &state, result) == -1)
			return (-1);
		if (state_is_same(&state, &store->states[kind]) &&
		    (!state.present || store->tables[kind] != NULL))
			continue;
		table_free(store->tables[kind]);
		store->tables[kind] = NULL;
		memset(&store->states[kind], 0, sizeof(store->states[kind]));
		if (state.present && store_load(store, kind, &state,
		    result) == -1)
			return (-1);
		store->reloads++;
	}
	return (0);
}

static int
store_read_defs(struct store *store, struct result *result)
{
	int	fd, failed;

	fd = store_open_below(store, "/etc/login.defs", O_RDONLY |
	    O_NONBLOCK);
	if (fd == -1 && errno != ENOENT) {
		result_from_errno(result, errno, "cannot open",
		    "/etc/login.defs");
		return (-1);
	}
	failed = login_defs_read(&store->defs, fd) == -1;
	if (failed)
		result_from_errno(result, errno, "cannot read",
		    "/etc/login.defs");
	if (fd != -1)
		close(fd);
	return (failed ? -1 : 0);
}

static int
store_load(struct store *store, enum table_kind kind,
    const struct file_state *state, struct result *result)
{
	const char	*name = table_name(kind);
	char		*bytes = NULL;
	size_t		 size;
	int		 fd;

	fd = openat(store->etc_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	if (fd == -1 ||
	    (bytes = file_read(fd, UINT32_MAX - 1, &size)) == NULL)
		result_from_errno(result, errno, "cannot read", name);
	if (fd != -1)
		close(fd);
	if (bytes == NULL)
		return (-1);
	store->tables[kind] = table_parse(kind, bytes, size);
	store->states[kind] = *state;
	if (store->tables[kind]->repaired)
		log_warnx("/etc/%s does not end in a newline; the next change "
		    "will repair that", name);
	store_seed_ids(store, kind);
	return (0);
}

/* Remember every id that is in use. */
static void
store_seed_ids(struct store *store, enum table_kind kind)
{
	const struct table	*table = store->tables[kind];
	struct idset		*set;
	unsigned int		 field;
	uint32_t		 line, id;

	if (kind != TABLE_PASSWD && kind != TABLE_GROUP)
		return;
	set = kind == TABLE_PASSWD ? &store->uids : &store->gids;
	field = kind == TABLE_PASSWD ? (unsigned)PASSWD_UID :
	    (unsigned)GROUP_GID;
	if (store->reuse)
		idset_clear(set);
	for (line = 0; line < table->line_count; line++)
		if (table->lines[line].entry &&
		    table_field_id(table, line, field, &id) == 0)
			idset_add(set, id);
}

/* Our own files are in place: remember what they look like. */
void
store_note(struct store *store)
{
	struct result	ignored;
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (store->tables[kind] != NULL &&
		    table_is_changed(store->tables[kind]) &&
		    store_look(store, kind, &store->states[kind],
		    &ignored) == -1)
			memset(&store->states[kind], 0,
			    sizeof(store->states[kind]));
}

/*
 * Write each changed file beside the one that it will replace and make it
 * durable.  Returns 0, or -1 with the result filled in and no trace left.
 */
int
store_stage(struct store *store, struct result *result)
{
	struct file_state	state;
	enum table_kind		kind;

	for (kind = 0; kind < TABLES; kind++) {
		if (store->tables[kind] == NULL ||
		    !table_is_changed(store->tables[kind]))
			continue;
		if (store_look(store, kind, &state, result) == -1)
			goto fail;
		if (!state_is_same(&state, &store->states[kind])) {
			result_set(result, 450, "locked", "/etc/%s was changed "
			    "by a program that ignores the locks",
			    table_name(kind));
			goto fail;
		}
		if (stage_write(store->etc_fd, store->tables[kind], &state,
		    result) == -1)
			goto fail;
	}
	return (0);
 fail:
	store_unstage(store);
	return (-1);
}

void
store_unstage(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (store->tables[kind] != NULL &&
		    table_is_changed(store->tables[kind]))
			stage_remove(store->etc_fd, kind);
}

/*
 * Rename the staged files over the old ones, which stay as passwd- and so
 * on, and make that durable.  Returns 0, or -1 with errno: then it is not
 * known which names have changed.
 */
int
store_publish(struct store *store)
{
	enum table_kind	kind;
	size_t		i;

	for (i = 0; i < TABLES; i++) {
		kind = publish_order[i];
		if (store->tables[kind] == NULL ||
		    !table_is_changed(store->tables[kind]))
			continue;
		if (stage_publish(store->etc_fd, kind) == -1)
			return (-1);
	}
	return (fsync(store->etc_fd));
}

void
store_rollback(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (store->tables[kind] != NULL)
			table_rollback(store->tables[kind], 0);
}

void
store_settle(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (store->tables[kind] != NULL)
			table_settle(store->tables[kind]);
}

int
store_is_changed(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (store->tables[kind] != NULL &&
		    table_is_changed(store->tables[kind]))
			return (1);
	return (0);
}

/*
 * A read-only descriptor of a public file for those who list accounts, if
 * it is not the one that *seen describes, which is brought up to date.
 * Returns -1 if there is nothing new or it cannot be had.
 */
int
store_open_file(const struct store *store, enum table_kind kind,
    struct file_state *seen)
{
	struct file_state	state;
	struct result		ignored;

	if (store_look(store, kind, &state, &ignored) == -1 ||
	    !state.present || state_is_same(&state, seen))
		return (-1);
	*seen = state;
	return (openat(store->etc_fd, table_name(kind), O_RDONLY |
	    O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
}
