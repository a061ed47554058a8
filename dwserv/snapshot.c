/*
 * Showing and listing accounts, from the read-only descriptors of passwd
 * and group that the parent passes after each commit.  A file is read when
 * somebody asks, and once.
 */

#include <stdio.h>
#include <unistd.h>

#include "worker.h"

static struct table *
snapshot_table(struct snapshot *snapshot)
{
	char	*bytes;
	size_t	 size;

	if (snapshot->table != NULL)
		return (snapshot->table);
	bytes = file_read(snapshot->fd, UINT32_MAX - 1, &size);
	if (bytes == NULL)
		fatal("cannot read %s", table_name(snapshot->kind));
	snapshot->table = table_parse(snapshot->kind, bytes, size);
	return (snapshot->table);
}

void
snapshot_release(struct snapshot *snapshot)
{
	if (snapshot == NULL || --snapshot->references > 0)
		return;
	close(snapshot->fd);
	table_free(snapshot->table);
	free(snapshot);
}

/* Use a newer file from now on; lists that are under way keep the old. */
void
snapshot_replace(struct worker *worker, enum table_kind kind, int fd)
{
	struct snapshot	*snapshot;

	if ((snapshot = calloc(1, sizeof(*snapshot))) == NULL)
		fatal("cannot take over a file");
	snapshot->references = 1;
	snapshot->kind = kind;
	snapshot->fd = fd;
	snapshot_release(worker->snapshots[kind]);
	worker->snapshots[kind] = snapshot;
}

/* The newest file, until it is released; NULL if there is none. */
struct snapshot *
snapshot_hold(struct worker *worker, enum table_kind kind)
{
	if (worker->snapshots[kind] != NULL)
		worker->snapshots[kind]->references++;
	return (worker->snapshots[kind]);
}

/* A field as key=value; bytes that could upset a client become `?'. */
static void
show_field(struct ibuf *to, const char *key, struct slice value)
{
	char	clean[1024];
	size_t	i;

	if (value.length > sizeof(clean))
		value.length = sizeof(clean);
	memcpy(clean, value.text, value.length);
	if (!name_check_text(clean, value.length))
		for (i = 0; i < value.length; i++)
			if (clean[i] < ' ' || clean[i] > '~')
				clean[i] = '?';
	token_add_bytes(to, key, clean, value.length);
}

static void
show_groups(struct ibuf *to, const struct table *groups, struct slice login)
{
	char	name[NAME_LENGTH_MAX * 8], list[4096];
	size_t	state = 0, used = 0;
	line_t	line, last = LINE_NONE;

	if (login.length < sizeof(name)) {
		memcpy(name, login.text, login.length);
		name[login.length] = '\0';
		while ((line = table_next_member(groups, name, &state)) !=
		    LINE_NONE) {
			struct slice	group = table_field(groups, line,
					    GROUP_NAME);

			if (line == last || used + group.length + 1 >
			    sizeof(list))
				continue;
			if (used > 0)
				list[used++] = ',';
			memcpy(list + used, group.text, group.length);
			used += group.length;
			last = line;
		}
	}
	login.text = list;
	login.length = used;
	show_field(to, "groups", login);
}

static void
show_line(struct ibuf *to, const char *lead, const struct table *passwd,
    const struct table *groups, line_t line)
{
	struct slice	login = table_field(passwd, line, PASSWD_NAME);
	struct slice	group = { "", 0 };
	uint32_t	gid;
	line_t		found;

	if (table_field_id(passwd, line, PASSWD_GID, &gid) == 0 &&
	    (found = table_find_id(groups, gid)) != LINE_NONE)
		group = table_field(groups, found, GROUP_NAME);
	text_print(to, "%s", lead);
	show_field(to, "login", login);
	show_field(to, "uid", table_field(passwd, line, PASSWD_UID));
	show_field(to, "gid", table_field(passwd, line, PASSWD_GID));
	show_field(to, "group", group);
	show_groups(to, groups, login);
	show_field(to, "gecos", table_field(passwd, line, PASSWD_GECOS));
	show_field(to, "home", table_field(passwd, line, PASSWD_HOME));
	show_field(to, "shell", table_field(passwd, line, PASSWD_SHELL));
	text_print(to, "\r\n");
}

/* A client sees the accounts in its range, and no others. */
static int
session_may_see(const struct session *session, const struct table *passwd,
    line_t line)
{
	uint32_t	uid;

	return (passwd->lines[line].entry &&
	    table_field_id(passwd, line, PASSWD_UID, &uid) == 0 &&
	    uid >= session->uid_min && uid <= session->uid_max);
}

/*
 * Append the reply that shows an account.  Returns -1 if there is none that
 * the session may see.
 */
int
snapshot_show(struct session *session, const struct query *query,
    struct ibuf *to)
{
	struct snapshot	*passwd = session->worker->snapshots[TABLE_PASSWD];
	struct snapshot	*group = session->worker->snapshots[TABLE_GROUP];
	line_t		 line;

	if (passwd == NULL || group == NULL)
		return (-1);
	line = table_find_name(snapshot_table(passwd), query->name);
	if (line == LINE_NONE ||
	    !session_may_see(session, passwd->table, line))
		return (-1);
	show_line(to, "250 account", passwd->table, snapshot_table(group),
	    line);
	return (0);
}

/* Begin a list of all accounts that the session may see. */
struct listing *
listing_begin(struct session *session, const struct query *query)
{
	struct listing	*listing;

	if ((listing = calloc(1, sizeof(*listing))) == NULL)
		fatal("cannot list accounts");
	listing->query = *query;
	listing->passwd = snapshot_hold(session->worker, TABLE_PASSWD);
	listing->group = snapshot_hold(session->worker, TABLE_GROUP);
	return (listing);
}

/*
 * Append lines of the session's list until there is enough for now.
 * Returns 1 if it has come to its end, else 0.
 */
int
listing_continue(struct session *session, struct ibuf *to)
{
	struct listing		*listing = session->listing;
	const struct table	*passwd = NULL, *groups = NULL;
	line_t			 line;

	if (listing->passwd != NULL && listing->group != NULL) {
		passwd = snapshot_table(listing->passwd);
		groups = snapshot_table(listing->group);
	}
	while (passwd != NULL && listing->next < passwd->line_count) {
		if (ibuf_size(to) > SESSION_OUT_MAX)
			return (0);
		line = listing->next++;
		if (!session_may_see(session, passwd, line))
			continue;
		show_line(to, "250-account", passwd, groups, line);
		listing->count++;
	}
	text_print(to, "250 listed count=%llu\r\n",
	    (unsigned long long)listing->count);
	return (1);
}

void
listing_end(struct session *session)
{
	if (session->listing == NULL)
		return;
	snapshot_release(session->listing->passwd);
	snapshot_release(session->listing->group);
	free(session->listing);
	session->listing = NULL;
}
