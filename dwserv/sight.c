/*
 * What a session may see: the accounts in its client's range, the groups
 * there and those that are named for it.  The parent has said which.
 */

#include "worker.h"

/* Whether an account with this uid is the client's. */
int
session_has_uid(const struct session *session, uint32_t uid)
{
	return (uid >= session->uid_min && uid <= session->uid_max);
}

/* Whether a group of this name is named for the client. */
int
session_has_group(const struct session *session, struct slice name)
{
	struct slice	list = { session->groups, 0 }, element;

	if (session->groups == NULL)
		return (0);
	list.length = strlen(session->groups);
	while (slice_list_next(&list, &element))
		if (element.length == name.length &&
		    memcmp(element.text, name.text, name.length) == 0)
			return (1);
	return (0);
}

/* Whether the session may see the account on a line of passwd. */
int
session_sees_account(const struct session *session,
    const struct table *passwd, line_t line)
{
	uint32_t	uid;

	return (passwd->lines[line].entry &&
	    table_field_id(passwd, line, PASSWD_UID, &uid) == 0 &&
	    session_has_uid(session, uid));
}

/* Whether the session may see the group on a line of group. */
int
session_sees_group(const struct session *session,
    const struct table *groups, line_t line)
{
	uint32_t	gid;

	return (groups->lines[line].entry &&
	    table_field_id(groups, line, GROUP_GID, &gid) == 0 &&
	    (session_has_uid(session, gid) ||
	    session_has_group(session, table_field(groups, line,
	    GROUP_NAME))));
}
