/*
 * What is in a list of accounts or of groups: who sees a line, which lines a
 * query asks for, and how they look.
 */

#include "worker.h"
#include "xmalloc.h"

static void	account_choose(struct listing *);
static int	account_matches(struct session *, struct listing *, line_t);
static void	account_show(struct session *, struct listing *,
		    const char *, line_t, struct ibuf *);
static void	group_choose(struct listing *);
static int	group_matches(struct session *, struct listing *, line_t);
static void	group_show(struct session *, struct listing *, const char *,
		    line_t, struct ibuf *);

static const struct listing_kind accounts = {
	TABLE_PASSWD, "account", session_sees_account, account_choose,
	account_matches, account_show
};
static const struct listing_kind groups = {
	TABLE_GROUP, "group", session_sees_group, group_choose,
	group_matches, group_show
};

/* How a read is answered. */
const struct listing_kind *
listing_kind(enum operation operation)
{
	switch (operation) {
	case OPERATION_GROUP_SHOW:
	case OPERATION_GROUP_LIST:
		return (&groups);
	case OPERATION_ALIAS_SHOW:
	case OPERATION_ALIAS_LIST:
		return (&listing_aliases);
	default:
		return (&accounts);
	}
}

/* A file as the list holds it; NULL if there is none. */
const struct table *
listing_table(struct listing *listing, enum table_kind kind)
{
	return (listing->snapshots[kind] == NULL ? NULL :
	    snapshot_table(listing->snapshots[kind]));
}

/* Only lines that are chosen from now on come. */
void
listing_choose_none(struct listing *listing)
{
	listing->chosen = xcalloc((size_t)listing_table(listing,
	    listing->kind->table)->line_count + 1, 1);
}

/* Whether a number is in the range that was asked for. */
static int
query_has_number(const struct query *query, uint32_t number)
{
	return (number >= query->min && number <= query->max);
}

/* The accounts that the lines of a group list. */
static void
account_choose(struct listing *listing)
{
	const struct table	*passwd, *group;
	const char		*name = listing->query.group;
	struct slice		 members, member;
	size_t			 of_group = 0, of_login;
	line_t			 line;

	if (*name == '\0')
		return;
	listing_choose_none(listing);
	passwd = listing_table(listing, TABLE_PASSWD);
	group = listing_table(listing, TABLE_GROUP);
	while ((line = table_find(group, name, strlen(name), &of_group)) !=
	    LINE_NONE) {
		members = table_field(group, line, GROUP_MEMBERS);
		while (slice_list_next(&members, &member)) {
			of_login = 0;
			while ((line = table_find(passwd, member.text,
			    member.length, &of_login)) != LINE_NONE)
				listing->chosen[line] = 1;
		}
	}
}

/* Whether the group that was asked for is the account's primary group. */
static int
account_is_primary(struct listing *listing, line_t line)
{
	const struct table	*group = listing_table(listing, TABLE_GROUP);
	uint32_t		 gid;
	line_t			 found;

	return (table_field_id(listing_table(listing, TABLE_PASSWD), line,
	    PASSWD_GID, &gid) == 0 &&
	    (found = table_find_id(group, gid)) != LINE_NONE &&
	    slice_is(table_field(group, found, GROUP_NAME),
	    listing->query.group));
}

static enum account_state
account_state(struct session *session, struct listing *listing, line_t line)
{
	return (states_tell(session->worker->states, listing_table(listing,
	    TABLE_PASSWD), line, state_today()));
}

static int
account_matches(struct session *session, struct listing *listing,
    line_t line)
{
	const struct query	*query = &listing->query;
	uint32_t		 uid = 0;

	table_field_id(listing_table(listing, TABLE_PASSWD), line, PASSWD_UID,
	    &uid);
	return (query_has_number(query, uid) &&
	    (listing->chosen == NULL || listing->chosen[line] ||
	    account_is_primary(listing, line)) &&
	    (query->state == STATE_ANY ||
	    query->state == account_state(session, listing, line)));
}

static void
account_show(struct session *session, struct listing *listing,
    const char *lead, line_t line, struct ibuf *to)
{
	show_account(to, lead, listing_table(listing, TABLE_PASSWD),
	    listing_table(listing, TABLE_GROUP), line,
	    account_state(session, listing, line));
}

/* The groups that a login is in, the primary one included. */
static void
group_choose(struct listing *listing)
{
	const struct table	*passwd, *group;
	const char		*login = listing->query.login;
	size_t			 state = 0;
	line_t			 line;
	uint32_t		 gid;

	if (*login == '\0')
		return;
	listing_choose_none(listing);
	passwd = listing_table(listing, TABLE_PASSWD);
	group = listing_table(listing, TABLE_GROUP);
	while ((line = table_next_member(group, login, &state)) != LINE_NONE)
		listing->chosen[line] = 1;
	line = table_find_name(passwd, login);
	if (line == LINE_NONE ||
	    table_field_id(passwd, line, PASSWD_GID, &gid) == -1)
		return;
	state = 0;
	while ((line = table_next_id(group, gid, &state)) != LINE_NONE)
		listing->chosen[line] = 1;
}

/* Whether the line before this one is of the same group: show_group(). */
static int
group_is_continued(struct listing *listing, line_t line)
{
	const struct table	*group = listing_table(listing, TABLE_GROUP);
	struct slice		 name = table_field(group, line, GROUP_NAME);
	uint32_t		 gid = 0, other = 1;
	size_t			 state = 0;
	line_t			 part;

	table_field_id(group, line, GROUP_GID, &gid);
	while ((part = table_find(group, name.text, name.length, &state)) !=
	    LINE_NONE)
		if (part < line && table_field_id(group, part, GROUP_GID,
		    &other) == 0 && other == gid &&
		    (listing->chosen == NULL || listing->chosen[part]))
			return (1);
	return (0);
}

static int
group_matches(struct session *session, struct listing *listing, line_t line)
{
	uint32_t	gid = 0;

	(void)session;
	table_field_id(listing_table(listing, TABLE_GROUP), line, GROUP_GID,
	    &gid);
	return (query_has_number(&listing->query, gid) &&
	    (listing->chosen == NULL || listing->chosen[line]) &&
	    !group_is_continued(listing, line));
}

static void
group_show(struct session *session, struct listing *listing,
    const char *lead, line_t line, struct ibuf *to)
{
	(void)session;
	show_group(to, lead, listing_table(listing, TABLE_GROUP), line);
}
