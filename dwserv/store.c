/*
 * The account files of one root, in memory and on disk: reading them again
 * when somebody else changed them, staging what changed, publishing it.
 * Whoever calls holds the locks (lock.c).
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"
#include "xmalloc.h"

/* So that readers never see an account whose group or secret is missing. */
static const enum table_kind publish_order[TABLES] = {
	TABLE_SUSPENDED, TABLE_GSHADOW, TABLE_GROUP, TABLE_SHADOW,
	TABLE_PASSWD, TABLE_ALIASES
};

static int	store_load(struct store *, enum table_kind,
		    const struct file_state *, struct result *);
static int	store_read_defs(struct store *, struct result *);

/*
 * Open a path below the root as a process whose root it is would see it;
 * no link leads out.  Returns a descriptor, or -1 with errno.
 */
int
store_open_below(const struct store *store, const char *path, int flags)
{
	struct open_how	how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
	};

	return ((int)syscall(SYS_openat2, store->root_fd, path, &how,
	    sizeof(how)));
}

/* What to put before the name of a file, for people. */
static const char *
store_directory(enum table_kind kind)
{
	return (kind < ACCOUNT_TABLES ? "/etc/" : "");
}

/* The directory that the aliases are in; without it there are none. */
static void
store_open_aliases(struct store *store, const char *path)
{
	struct place	*place = &store->places[TABLE_ALIASES];
	char		*slash, *directory;

	if (path == NULL || (slash = strrchr(path, '/')) == NULL)
		return;
	directory = xstrndup(path, (size_t)(slash - path) + 1);
	place->directory_fd = store_open_below(store, directory,
	    O_RDONLY | O_DIRECTORY);
	if (place->directory_fd == -1)
		log_warn("cannot open %s, for the aliases", directory);
	free(directory);
	store->aliases_name = xstrdup(slash + 1);
	place->name = store->aliases_name;
}

/* What resume needs is kept in the state directory, from the beginning. */
static int
store_open_suspended(struct store *store, int state_fd)
{
	struct place	*place = &store->places[TABLE_SUSPENDED];
	int		 fd;

	place->directory_fd = dup(state_fd);
	fd = openat(state_fd, place->name, O_WRONLY | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (place->directory_fd == -1 || fd == -1 || fsync(state_fd) == -1) {
		log_warn("cannot make the file %s in the state directory",
		    place->name);
		return (-1);
	}
	close(fd);
	return (0);
}

/*
 * Open the root of the accounts; what suspend has to keep goes into the
 * state directory.  Returns 0, or -1 and has logged why.
 */
int
store_open(struct store *store, const struct config *config, int state_fd)
{
	const struct accounts	*accounts = &config->accounts;
	enum table_kind		 kind;

	memset(store, 0, sizeof(*store));
	RB_INIT(&store->uids);
	RB_INIT(&store->gids);
	for (kind = 0; kind < TABLES; kind++)
		store->places[kind] = (struct place){ -1, table_name(kind) };
	store->reuse = accounts->reuse;
	store->etc_fd = -1;
	store->root = xstrdup(accounts->root);
	store->external = text_new();
	store->root_fd = open(accounts->root,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->root_fd == -1) {
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
	for (kind = 0; kind < ACCOUNT_TABLES; kind++)
		store->places[kind].directory_fd = store->etc_fd;
	store_open_aliases(store, config->aliases);
	return (store_open_suspended(store, state_fd));
}

void
store_close(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++) {
		table_free(store->tables[kind]);
		if (kind >= ACCOUNT_TABLES && store->etc_fd != -1 &&
		    store->places[kind].directory_fd != -1)
			close(store->places[kind].directory_fd);
	}
	idset_clear(&store->uids);
	idset_clear(&store->gids);
	if (store->etc_fd != -1)
		close(store->etc_fd);
	if (store->root_fd != -1)
		close(store->root_fd);
	ibuf_free(store->external);
	free(store->aliases_name);
	free(store->root);
	memset(store, 0, sizeof(*store));
	store->etc_fd = store->root_fd = -1;
}

/* Whether a name, put together from three parts, is a link to the file. */
static int
store_is_link(const struct place *place, const char *before,
    const char *behind, const struct statx *stx)
{
	struct stat	st;
	char		link[NAME_MAX + 16];

	snprintf(link, sizeof(link), "%s%s%s", before, place->name, behind);
	return (fstatat(place->directory_fd, link, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == stx->stx_ino);
}

/*
 * Whether a file can be replaced by renaming: not a link, not linked from
 * elsewhere, not mounted over.  Returns NULL if so, else the reason.
 */
static const char *
store_obstacle(const struct place *place, const struct statx *stx)
{
	if (S_ISLNK(stx->stx_mode))
		return ("is a symbolic link");
	if (!S_ISREG(stx->stx_mode))
		return ("is not a regular file");
	/* A crash may have left those that stage.c makes for the backup. */
	if (stx->stx_nlink > 1 && stx->stx_nlink != 1U +
	    (unsigned)store_is_link(place, "", "-", stx) +
	    (unsigned)store_is_link(place, ".", "-.dwserv", stx))
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
	const struct place	*place = &store->places[kind];
	const char		*name = place->name, *obstacle;

	memset(state, 0, sizeof(*state));
	if (place->directory_fd == -1)
		return (0);
	if (statx(place->directory_fd, name, AT_SYMLINK_NOFOLLOW |
	    AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &state->stx) == -1) {
		if (errno == ENOENT && kind != TABLE_PASSWD &&
		    kind != TABLE_GROUP)
			return (0);
		return (result_from_errno(result, errno, "cannot look at",
		    name));
	}
	obstacle = store_obstacle(place, &state->stx);
	if (obstacle != NULL)
		return (result_set(result, 550, "bad-file", "%s%s %s",
		    store_directory(kind), name, obstacle));
	state->present = 1;
	return (0);
}

static int
time_is_same(const struct statx_timestamp *a,
    const struct statx_timestamp *b)
{
	return (a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec);
}

static int
state_is_same(const struct file_state *was, const struct file_state *is)
{
	const struct statx	*a = &was->stx, *b = &is->stx;

	return (was->present == is->present && a->stx_ino == b->stx_ino &&
	    a->stx_dev_major == b->stx_dev_major &&
	    a->stx_dev_minor == b->stx_dev_minor &&
	    a->stx_size == b->stx_size && a->stx_mode == b->stx_mode &&
	    a->stx_uid == b->stx_uid && a->stx_gid == b->stx_gid &&
	    time_is_same(&a->stx_mtime, &b->stx_mtime) &&
	    time_is_same(&a->stx_ctime, &b->stx_ctime));
}

/* Read one file again if it is not what is in memory. */
static int
store_refresh_file(struct store *store, enum table_kind kind,
    struct result *result)
{
	struct table		*old = store->tables[kind];
	struct file_state	 state;
	int			 failed;

	if (store_look(store, kind, &state, result) == -1)
		return (-1);
	if (state_is_same(&state, &store->states[kind]) &&
	    state.present == (old != NULL))
		return (0);
	store->tables[kind] = NULL;
	memset(&store->states[kind], 0, sizeof(store->states[kind]));
	failed = state.present ? store_load(store, kind, &state, result) : 0;
	if (failed == 0) {
		external_compare(store, kind, old);
		store->reloads++;
	}
	/* What others change while it cannot be read is not noticed. */
	table_free(old);
	return (failed);
}

/* What is in memory of a file is not what is there. */
static void
store_forget_file(struct store *store, enum table_kind kind)
{
	store->reloads += store->tables[kind] != NULL;
	table_free(store->tables[kind]);
	store->tables[kind] = NULL;
	memset(&store->states[kind], 0, sizeof(store->states[kind]));
}

/*
 * Read again whatever differs from what is in memory, login.defs always.
 * Returns 0, or -1 with the result filled in; what could not be read is
 * tried again next time.  Aliases that cannot be read are none, and those
 * who ask for them are told why.
 */
int
store_refresh(struct store *store, struct result *result)
{
	enum table_kind	kind;

	if (store_read_defs(store, result) == -1)
		return (-1);
	store->aliases_problem.code = 0;
	for (kind = 0; kind < TABLES; kind++) {
		if (store_refresh_file(store, kind, kind == TABLE_ALIASES ?
		    &store->aliases_problem : result) == 0)
			continue;
		if (kind != TABLE_ALIASES)
			return (-1);
		store_forget_file(store, kind);
	}
	store->is_first = 0;
	return (0);
}

static int
store_read_defs(struct store *store, struct result *result)
{
	int	fd, failed;

	fd = store_open_below(store, "/etc/login.defs", O_RDONLY |
	    O_NONBLOCK);
	if (fd == -1 && errno != ENOENT)
		return (result_from_errno(result, errno, "cannot open",
		    "/etc/login.defs"));
	if ((failed = login_defs_read(&store->defs, fd)) == -1)
		result_from_errno(result, errno, "cannot read",
		    "/etc/login.defs");
	if (fd != -1)
		close(fd);
	return (failed);
}

static int
store_load(struct store *store, enum table_kind kind,
    const struct file_state *state, struct result *result)
{
	const char	*name = store->places[kind].name;
	char		*bytes;
	size_t		 size;
	int		 fd;

	fd = openat(store->places[kind].directory_fd, name, O_RDONLY |
	    O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return (result_from_errno(result, errno, "cannot read",
		    name));
	if ((bytes = file_read(fd, UINT32_MAX - 1, &size)) == NULL)
		result_from_errno(result, errno, "cannot read", name);
	close(fd);
	if (bytes == NULL)
		return (-1);
	store->tables[kind] = table_parse(kind, bytes, size);
	store->states[kind] = *state;
	if (store->tables[kind]->repaired)
		log_warnx("%s%s does not end in a newline; the next change "
		    "will repair that", store_directory(kind), name);
	store_seed_ids(store, kind);
	return (0);
}

/* Remember every id that is in use in passwd or group. */
void
store_seed_ids(struct store *store, enum table_kind kind)
{
	const struct table	*table = store->tables[kind];
	struct idset		*set = &store->uids;
	unsigned int		 field = PASSWD_UID;
	uint32_t		 line, id;

	if (kind == TABLE_GROUP) {
		set = &store->gids;
		field = GROUP_GID;
	} else if (kind != TABLE_PASSWD)
		return;
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
		if (table_is_changed(store->tables[kind]) && store_look(store,
		    kind, &store->states[kind], &ignored) == -1)
			memset(&store->states[kind], 0,
			    sizeof(store->states[kind]));
}

static int
store_stage_file(const struct store *store, enum table_kind kind,
    struct result *result)
{
	struct file_state	state;

	if (store_look(store, kind, &state, result) == -1)
		return (-1);
	if (!state_is_same(&state, &store->states[kind]))
		return (result_set(result, 450, "locked", "%s%s was "
		    "changed by a program that ignores the locks",
		    store_directory(kind), store->places[kind].name));
	return (stage_write(&store->places[kind], store->tables[kind], &state,
	    result));
}

/*
 * Write each changed file beside the one that it will replace and make it
 * durable.  Returns 0, or -1 with the result filled in and no trace left.
 */
int
store_stage(struct store *store, struct result *result)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (table_is_changed(store->tables[kind]) &&
		    store_stage_file(store, kind, result) == -1) {
			store_unstage(store);
			return (-1);
		}
	return (0);
}

void
store_unstage(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (table_is_changed(store->tables[kind]))
			stage_remove(&store->places[kind]);
}

/* Make the new names durable, in each directory that has some. */
static int
store_sync(struct store *store)
{
	enum table_kind	kind;
	int		failed = fsync(store->etc_fd);

	for (kind = ACCOUNT_TABLES; kind < TABLES; kind++)
		if (table_is_changed(store->tables[kind]))
			failed |= fsync(store->places[kind].directory_fd);
	return (failed);
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
		if (table_is_changed(store->tables[kind]) &&
		    stage_publish(&store->places[kind]) == -1)
			return (-1);
	}
	return (store_sync(store));
}

void
store_rollback(struct store *store)
{
	enum table_kind	kind;

	for (kind = 0; kind < TABLES; kind++)
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
		if (table_is_changed(store->tables[kind]))
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
	return (openat(store->places[kind].directory_fd,
	    store->places[kind].name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK));
}
