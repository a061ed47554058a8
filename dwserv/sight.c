/*
 * What a session may see: its client's own accounts, groups and aliases,
 * and the groups that are named for it; or all there are.  The parent has
 * said which, and decides about changes by itself.
 */

#include "worker.h"

/* The rights are the session's from now on, and the grant is empty. */
void
session_take_rights(struct session *session, struct grant *grant)
{
	grant_free(&session->rights);
	session->rights = *grant;
	memset(grant, 0, sizeof(*grant));
}

/* Whether a name is as the patterns for logins and groups say, if any do. */
static int
session_has_name(const struct session *session, struct slice name)
{
	return (session->rights.names == NULL || pattern_list_match(
	    session->rights.names, name.text, name.length, 0));
}

/* Whether an account of this uid and login is for the client to see. */
int
session_has_account(const struct session *session, uint32_t uid,
    struct slice login)
{
	const struct grant	*rights = &session->rights;

	return (rights->reads_all || (uid >= rights->uid_min &&
	    uid <= rights->uid_max && session_has_name(session, login)));
}

/* Whether a group of this name is named for the client. */
static int
session_has_named_group(const struct session *session, struct slice name)
{
	struct slice	list = { session->rights.groups, 0 }, element;

	if (list.text == NULL)
		return (0);
	list.length = strlen(list.text);
	while (slice_list_next(&list, &element))
		if (element.length == name.length &&
		    memcmp(element.text, name.text, name.length) == 0)
			return (1);
	return (0);
}

/* The same for a group of this gid and name. */
int
session_has_group(const struct session *session, uint32_t gid,
    struct slice name)
{
	const struct grant	*rights = &session->rights;

	return (rights->reads_all || session_has_named_group(session, name) ||
	    (gid >= rights->gid_min && gid <= rights->gid_max &&
	    session_has_name(session, name)));
}

/* The same for an alias. */
int
session_has_alias(const struct session *session, struct slice name)
{
	const struct grant	*rights = &session->rights;

	return (rights->reads_all || rights->aliases == NULL ||
	    pattern_list_match(rights->aliases, name.text, name.length, 1));
}

/* Whether the session may see the account on a line of passwd. */
int
session_sees_account(const struct session *session,
    const struct table *passwd, line_t line)
{
	uint32_t	uid;

	return (passwd->lines[line].entry &&
	    table_field_id(passwd, line, PASSWD_UID, &uid) == 0 &&
	    session_has_account(session, uid, table_field(passwd, line,
	    PASSWD_NAME)));
}

/* Whether the session may see the group on a line of group. */
int
session_sees_group(const struct session *session,
    const struct table *groups, line_t line)
{
	uint32_t	gid;

	return (groups->lines[line].entry &&
	    table_field_id(groups, line, GROUP_GID, &gid) == 0 &&
	    session_has_group(session, gid, table_field(groups, line,
	    GROUP_NAME)));
}

/* Whether the session may see the alias on a line. */
int
session_sees_alias(const struct session *session,
    const struct table *aliases, line_t line)
{
	char		name[ALIAS_TARGET_MAX + 1];
	struct slice	slice = { name, 0 };

	if (!aliases->lines[line].entry)
		return (0);
	if (session->rights.reads_all || session->rights.aliases == NULL)
		return (1);
	if (alias_name(aliases, line, name, sizeof(name)) == -1)
		return (0);
	slice.length = strlen(name);
	return (session_has_alias(session, slice));
}
