/*
 * The users and groups that the configuration names, looked up in the
 * host's own files: getpwnam(3) would load strangers' modules into the root
 * process.
 */

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"

static struct table *
identity_load(enum table_kind kind, const char *path)
{
	char	*bytes;
	size_t	 size;
	int	 fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (NULL);
	bytes = file_read(fd, UINT32_MAX - 1, &size);
	close(fd);
	return (bytes == NULL ? NULL : table_parse(kind, bytes, size));
}

static int
identity_find(struct identity *identity, const struct table *passwd,
    char *reason, size_t size)
{
	line_t	line;

	if (identity->name != NULL) {
		line = passwd == NULL ? LINE_NONE : table_find_name(passwd,
		    identity->name);
		if (line == LINE_NONE || table_field_id(passwd, line,
		    PASSWD_UID, &identity->uid) == -1 || table_field_id(
		    passwd, line, PASSWD_GID, &identity->gid) == -1) {
			snprintf(reason, size, "user \"%s\" is not in "
			    "/etc/passwd", identity->name);
			return (-1);
		}
	}
	if (identity->uid == 0 || identity->gid == 0) {
		snprintf(reason, size, "a child must not run as root");
		return (-1);
	}
	return (0);
}

static int
identity_find_group(struct listener *listener, const struct table *groups,
    char *reason, size_t size)
{
	line_t	line;

	if (listener->group == NULL)
		return (0);
	line = groups == NULL ? LINE_NONE : table_find_name(groups,
	    listener->group);
	if (line != LINE_NONE && table_field_id(groups, line, GROUP_GID,
	    &listener->gid) == 0)
		return (0);
	snprintf(reason, size, "group \"%s\" is not in /etc/group",
	    listener->group);
	return (-1);
}

/* Whom a client is known as over a Unix socket. */
static int
identity_find_local(struct client *client, const struct table *passwd,
    char *reason, size_t size)
{
	struct identity	*user = &client->local_user;
	line_t		 line;

	if (user->name != NULL) {
		line = passwd == NULL ? LINE_NONE : table_find_name(passwd,
		    user->name);
		if (line == LINE_NONE || table_field_id(passwd, line,
		    PASSWD_UID, &user->uid) == -1 || table_field_id(passwd,
		    line, PASSWD_GID, &user->gid) == -1) {
			snprintf(reason, size, "client \"%s\": local user "
			    "\"%s\" is not in /etc/passwd", client->name,
			    user->name);
			return (-1);
		}
	}
	if (user->uid != 0)
		return (0);
	snprintf(reason, size, "client \"%s\": local user must not be root",
	    client->name);
	return (-1);
}

/*
 * A local user is one client and nobody else: not a second one, and not a
 * process of dwserv, which when taken over could connect to itself.
 */
static int
identity_check_local(const struct config *config, const struct client *client,
    char *reason, size_t size)
{
	const struct client	*other;
	uid_t			 uid = client->local_user.uid;

	if (uid == config->user.uid || uid == config->auth_user.uid) {
		snprintf(reason, size, "client \"%s\": local user must not "
		    "be one that dwserv runs as", client->name);
		return (-1);
	}
	TAILQ_FOREACH(other, &config->clients, entry) {
		if (other == client)
			break;
		if (!other->has_local_user || other->local_user.uid != uid)
			continue;
		snprintf(reason, size, "clients \"%s\" and \"%s\" have the "
		    "same local user, uid %u", other->name, client->name,
		    uid);
		return (-1);
	}
	return (0);
}

static int
identity_resolve_clients(struct config *config, const struct table *passwd,
    char *reason, size_t size)
{
	struct client	*client;

	TAILQ_FOREACH(client, &config->clients, entry)
		if (client->has_local_user &&
		    (identity_find_local(client, passwd, reason, size) == -1 ||
		    identity_check_local(config, client, reason, size) == -1))
			return (-1);
	return (0);
}

/*
 * Look up all identities of a configuration.  Returns 0, or -1 with the
 * reason.
 */
int
identity_resolve(struct config *config, char *reason, size_t size)
{
	struct table	*passwd, *groups;
	struct listener	*listener;
	int		 failed;

	passwd = identity_load(TABLE_PASSWD, "/etc/passwd");
	groups = identity_load(TABLE_GROUP, "/etc/group");
	failed = identity_find(&config->user, passwd, reason, size) == -1 ||
	    identity_find(&config->auth_user, passwd, reason, size) == -1;
	TAILQ_FOREACH(listener, &config->listeners, entry)
		failed = failed || identity_find_group(listener, groups,
		    reason, size) == -1;
	if (!failed && config->user.uid == config->auth_user.uid) {
		snprintf(reason, size, "user and auth user must differ");
		failed = 1;
	}
	failed = failed || identity_resolve_clients(config, passwd, reason,
	    size) == -1;
	table_free(passwd);
	table_free(groups);
	return (failed ? -1 : 0);
}
