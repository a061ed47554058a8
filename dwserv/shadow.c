/*
 * The entries of shadow: made, adopted from passwd, changed.  The account
 * of a request has its secret there, or in passwd if that does not refer to
 * shadow, or in both (usermod(8) keeps both in step, and so does this).
 */

#include <inttypes.h>
#include <stdio.h>

#include "account.h"
#include "xmalloc.h"

_Static_assert((int)PASSWD_PASSWORD == (int)SHADOW_PASSWORD,
    "the hash is in the same field of both files");
_Static_assert((int)SHADOW_MIN + (int)AGE_EXPIRE == (int)SHADOW_EXPIRE,
    "the ages are in the order of their fields");

/* As requests name them. */
const char *
age_name(enum age_kind kind)
{
	static const char *const	 names[AGES] = {
		[AGE_MIN] = "min",
		[AGE_MAX] = "max",
		[AGE_WARN] = "warn",
		[AGE_INACTIVE] = "inactive",
		[AGE_EXPIRE] = "expire"
	};

	return (names[kind]);
}

/* The days of an age that the request states, or what else holds. */
static int64_t
age_or(const struct request *request, enum age_kind kind, int64_t otherwise)
{
	return (request->ages[kind].has ? request->ages[kind].days :
	    otherwise);
}

/*
 * A whole entry of shadow for the account of the request, in the place of
 * an old one if there is.
 */
void
shadow_write(struct work *work, line_t old)
{
	const struct request	*request = &work->change->request;
	const struct login_defs	*defs = &work->store->defs;
	struct ibuf		*line = text_new();

	line_add_string(line, request->login);
	line_add_string(line, request->hash != NULL ? request->hash : "!");
	line_add_number(line, account_today());
	line_add_number(line, age_or(request, AGE_MIN, defs->pass_min_days));
	line_add_number(line, age_or(request, AGE_MAX, defs->pass_max_days));
	line_add_number(line, age_or(request, AGE_WARN,
	    defs->pass_warn_age));
	line_add_number(line, age_or(request, AGE_INACTIVE, -1));
	line_add_number(line, age_or(request, AGE_EXPIRE, -1));
	line_add_string(line, "");
	line_end(line, work->store->tables[TABLE_SHADOW], old);
}

/* Whether the entry of passwd says that the secret is in shadow. */
int
shadow_is_used(const struct work *work, line_t passwd)
{
	struct table	**tables = work->store->tables;

	return (tables[TABLE_SHADOW] != NULL && slice_is(table_field(
	    tables[TABLE_PASSWD], passwd, PASSWD_PASSWORD), "x"));
}

/* Put the hash into an entry of shadow, with the day, or of passwd. */
static void
password_put(struct work *work, enum table_kind kind, line_t line)
{
	const char	*values[SHADOW_FIELDS] = { NULL };
	char		 today[24];
	unsigned int	 count = PASSWD_FIELDS;

	values[PASSWD_PASSWORD] = work->change->request.hash;
	if (kind == TABLE_SHADOW) {
		snprintf(today, sizeof(today), "%" PRId64, account_today());
		values[SHADOW_CHANGED] = today;
		count = SHADOW_FIELDS;
	}
	line_set_fields(work->store->tables[kind], line, values, count);
}

/*
 * Put the hash where chpasswd(8) would: into shadow if there is an entry or
 * passwd refers to one (which is made then), into passwd if that does not
 * refer to shadow.
 */
void
shadow_set_password(struct work *work, line_t passwd, line_t shadow)
{
	int	used = shadow_is_used(work, passwd);

	if (shadow != LINE_NONE)
		password_put(work, TABLE_SHADOW, shadow);
	else if (used)
		shadow_write(work, LINE_NONE);
	if (!used)
		password_put(work, TABLE_PASSWD, passwd);
}

/*
 * Make an entry of the one in passwd, which refers to it from then on: with
 * today's date and the defaults as usermod(8) does, or with neither as
 * chage(1) does where it is the one that would be asked.
 */
static line_t
shadow_adopt(struct work *work, line_t passwd, int as_chage)
{
	struct table		**tables = work->store->tables;
	const struct login_defs	*defs = &work->store->defs;
	const char		*values[PASSWD_FIELDS] = { NULL };
	struct ibuf		*line = text_new();
	const char		*login = work->change->request.login;

	line_add_string(line, login);
	line_add(line, table_field(tables[TABLE_PASSWD], passwd,
	    PASSWD_PASSWORD));
	line_add_number(line, as_chage ? -1 : account_today());
	line_add_number(line, as_chage ? -1 : defs->pass_min_days);
	line_add_number(line, as_chage ? -1 : defs->pass_max_days);
	line_add_number(line, as_chage ? -1 : defs->pass_warn_age);
	line_add_string(line, "");
	line_add_string(line, "");
	line_add_string(line, "");
	line_end(line, tables[TABLE_SHADOW], LINE_NONE);
	values[PASSWD_PASSWORD] = "x";
	line_set_fields(tables[TABLE_PASSWD], passwd, values, PASSWD_FIELDS);
	return (table_find_name(tables[TABLE_SHADOW], login));
}

/* There is no file for the ages that the request states.  Returns -1. */
int
shadow_refuse_ages(struct work *work)
{
	int	i = 0;

	while (i < AGES - 1 && !work->change->request.ages[i].has)
		i++;
	return (result_set(&work->change->result, 501, "invalid", "%s: there "
	    "is no /etc/shadow to keep it in", age_name((enum age_kind)i)));
}

/*
 * Set the ages that the request states.  Returns 0, or -1 with the result
 * filled in if there is no file for them.
 */
int
shadow_set_ages(struct work *work, line_t passwd, line_t shadow)
{
	const struct request	*request = &work->change->request;
	struct table		*table = work->store->tables[TABLE_SHADOW];
	const char		*values[SHADOW_FIELDS] = { NULL };
	char			 days[AGES][24];
	int			 i, count = 0;

	for (i = 0; i < AGES; i++) {
		if (!request->ages[i].has)
			continue;
		if (table == NULL)
			return (shadow_refuse_ages(work));
		days[i][0] = '\0';
		if (request->ages[i].days != -1)
			snprintf(days[i], sizeof(days[i]), "%" PRId64,
			    request->ages[i].days);
		/* What is so already is no reason to touch the entry. */
		if (shadow != LINE_NONE && slice_is(table_field(table, shadow,
		    (unsigned)(SHADOW_MIN + i)), days[i]))
			continue;
		values[SHADOW_MIN + i] = days[i];
		count++;
	}
	if (count == 0)
		return (0);
	if (shadow == LINE_NONE)
		shadow = shadow_adopt(work, passwd,
		    request->ages[AGE_MIN].has || request->ages[AGE_MAX].has ||
		    request->ages[AGE_WARN].has);
	line_set_fields(table, shadow, values, SHADOW_FIELDS);
	return (0);
}
