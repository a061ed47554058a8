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
	table_free(passwd);
	table_free(groups);
	return (failed ? -1 : 0);
}
