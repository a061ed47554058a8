/*
 * Tests of dwserv/password.c and shadow.c: secrets and ages of accounts of
 * all kinds, wherever they are kept.  TODAY stands for the day.
 */
/* links: dwserv/account.c dwserv/admit.c dwserv/alias.c dwserv/alias_edit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/busy.c dwserv/config.c dwserv/config_default.c dwserv/create.c dwserv/delete.c dwserv/edit.c dwserv/file.c dwserv/group.c dwserv/group_member.c dwserv/hashrule.c dwserv/homes.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/line.c dwserv/log.c dwserv/loop.c dwserv/member.c dwserv/modify.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/password.c dwserv/pattern.c dwserv/policy.c dwserv/policy_account.c dwserv/policy_alias.c dwserv/policy_group.c dwserv/policy_name.c dwserv/record.c dwserv/rename.c dwserv/result.c dwserv/shadow.c dwserv/slice.c dwserv/suspend.c dwserv/symbol.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "carry.h"

#define LOCK		OPERATION_ACCOUNT_LOCK
#define UNLOCK		OPERATION_ACCOUNT_UNLOCK
#define PASSWORD	OPERATION_ACCOUNT_PASSWORD
#define MODIFY		OPERATION_ACCOUNT_MODIFY
#define HASH		"$6$new"
#define P(field)	"al:" field ":10001:10001::/home/al:/bin/sh"
#define OTHER		"bob:h:1::::::\n"

/* A request, and the entries before and behind it; NULL: no entry. */
static const struct sample {
	enum operation	 operation;
	const char	*passwd;
	const char	*shadow;
	const char	*reply;
	const char	*after_passwd;
	const char	*after_shadow;
} samples[] = {
	{ LOCK, P("x"), "al:h:1:0:9:7:::", "250 locked login=al",
	    P("x"), "al:!h:1:0:9:7:::" },
	{ LOCK, P("x"), "al::1::::::", "250 locked login=al",
	    P("x"), "al:!:1::::::" },
	{ LOCK, P("x"), "al:*:1::::::", "250 locked login=al",
	    P("x"), "al:!*:1::::::" },
	{ LOCK, P("x"), "al:!h:1::::::", "250 unchanged login=al",
	    P("x"), "al:!h:1::::::" },
	{ LOCK, P("h"), NULL, "250 locked login=al", P("!h"), NULL },
	{ LOCK, P("h"), "al:i:1::::::", "250 locked login=al",
	    P("!h"), "al:!i:1::::::" },
	{ LOCK, P("!h"), "al:i:1::::::", "250 locked login=al",
	    P("!h"), "al:!i:1::::::" },
	{ LOCK, P("x"), NULL, "250 unchanged login=al", P("x"), NULL },
	{ UNLOCK, P("x"), "al:!h:1::::5:6:end", "250 unlocked login=al",
	    P("x"), "al:h:1::::5:6:end" },
	{ UNLOCK, P("x"), "al:!!h:1::::::", "250 unlocked login=al",
	    P("x"), "al:!h:1::::::" },
	{ UNLOCK, P("x"), "al:!*:1::::::", "250 unlocked login=al",
	    P("x"), "al:*:1::::::" },
	{ UNLOCK, P("x"), "al:h:1::::::", "250 unchanged login=al",
	    P("x"), "al:h:1::::::" },
	{ UNLOCK, P("x"), "al::1::::::", "250 unchanged login=al",
	    P("x"), "al::1::::::" },
	{ UNLOCK, P("x"), "al:!:1::::::", "550 no-password account al has "
	    "no password to unlock: set one", P("x"), "al:!:1::::::" },
	{ UNLOCK, P("!"), NULL, "550 no-password account al has no password "
	    "to unlock: set one", P("!"), NULL },
	/* The first of the two is not unlocked either. */
	{ UNLOCK, P("!h"), "al:!:1::::::", "550 no-password account al has "
	    "no password to unlock: set one", P("!h"), "al:!:1::::::" },
	{ UNLOCK, P("!h"), "al:!i:1::::::", "250 unlocked login=al",
	    P("h"), "al:i:1::::::" },
	{ PASSWORD, P("x"), "al:!h:1:2:3:4:5:6:end", "250 changed login=al",
	    P("x"), "al:" HASH ":TODAY:2:3:4:5:6:end" },
	{ PASSWORD, P("x"), NULL, "250 changed login=al",
	    P("x"), "al:" HASH ":TODAY:1:90:7:::" },
	{ PASSWORD, P("h"), NULL, "250 changed login=al", P(HASH), NULL },
	{ PASSWORD, P("h"), "al:i:1::::::", "250 changed login=al",
	    P(HASH), "al:" HASH ":TODAY::::::" },
	{ PASSWORD, P(""), NULL, "250 changed login=al", P(HASH), NULL }
};
#define SAMPLES		NUMBER_OF(samples)

/* The text with today's number. */
static void
dated(char *to, size_t size, const char *text)
{
	const char	*mark = text == NULL ? NULL : strstr(text, "TODAY");

	if (mark == NULL)
		snprintf(to, size, "%s", text == NULL ? "" : text);
	else
		snprintf(to, size, "%.*s%s%s", (int)(mark - text), text,
		    today(), mark + 5);
}

/* Files with these entries, in a root that has a bob as well. */
static void
fill(const char *texts[TABLES], char passwd[128], char shadow[128],
    const char *in_passwd, const char *in_shadow)
{
	memset(texts, 0, sizeof(*texts) * TABLES);
	snprintf(passwd, 128, "%s\n", in_passwd);
	dated(shadow, 100, in_shadow);
	strlcat(shadow, in_shadow == NULL ? OTHER : "\n" OTHER, 128);
	texts[TABLE_PASSWD] = passwd;
	texts[TABLE_SHADOW] = shadow;
	texts[TABLE_GROUP] = "al:x:10001:\n";
	texts[TABLE_SUSPENDED] = "";
}

/* A new entry of shadow comes last, so the other way round. */
static void
fill_after(const char *texts[TABLES], char passwd[128], char shadow[128],
    const struct sample *sample)
{
	fill(texts, passwd, shadow, sample->after_passwd,
	    sample->after_shadow);
	if (sample->shadow != NULL || sample->after_shadow == NULL)
		return;
	strlcpy(shadow, OTHER, 128);
	dated(shadow + strlen(OTHER), 100, sample->after_shadow);
	strlcat(shadow, "\n", 128);
}

static void
test_secrets(void **state)
{
	struct office	*office = *state;
	char		 al[] = "al", hash[] = HASH, one[128], two[128];
	const char	*texts[TABLES];
	size_t		 i;

	for (i = 0; i < SAMPLES; i++) {
		struct request	request = { .operation =
				    samples[i].operation, .login = al };

		if (request.operation == PASSWORD)
			request.hash = hash;
		fill(texts, one, two, samples[i].passwd, samples[i].shadow);
		office_fill(office, texts);
		office->store.defs.pass_min_days = 1;
		office->store.defs.pass_max_days = 90;
		office->store.defs.pass_warn_age = 7;
		assert_string_equal(carry(office, &request),
		    samples[i].reply);
		fill_after(texts, one, two, &samples[i]);
		assert_files(office, texts);
		if (office->change.record != NULL) {
			assert_null(strstr(office->change.record, "h:"));
			assert_null(strstr(office->change.record, "$6$"));
		}
	}
}

/* Neither is there a shadow to lock, nor to keep ages in. */
static void
test_no_shadow(void **state)
{
	static const char *const	texts[TABLES] = {
		[TABLE_PASSWD] = P("h") "\n",
		[TABLE_GROUP] = "al:x:10001:\n", [TABLE_SUSPENDED] = ""
	};
	static const char *const	locked[TABLES] = {
		[TABLE_PASSWD] = P("!h") "\n",
		[TABLE_GROUP] = "al:x:10001:\n", [TABLE_SUSPENDED] = ""
	};
	struct office			*office = *state;
	struct request			 request = { .operation = MODIFY };
	char				 al[] = "al";

	office_fill(office, texts);
	assert_string_equal(carry_login(office, LOCK, al),
	    "250 locked login=al");
	assert_files(office, locked);
	assert_string_equal(carry_login(office, UNLOCK, al),
	    "250 unlocked login=al");
	assert_files(office, texts);
	request.login = al;
	request.ages[AGE_EXPIRE].has = 1;
	assert_int_equal(strncmp(carry(office, &request), "501 invalid ",
	    12), 0);
	assert_files(office, texts);
}

/* Each age goes into its field, -1 empties it, the rest stays. */
static void
test_ages(void **state)
{
	static const char *const	expected[AGES][2] = {
		[AGE_MIN] = { "al:h:1:77:3:4:5:6:end",
		    "al:h:1::3:4:5:6:end" },
		[AGE_MAX] = { "al:h:1:2:77:4:5:6:end",
		    "al:h:1:2::4:5:6:end" },
		[AGE_WARN] = { "al:h:1:2:3:77:5:6:end",
		    "al:h:1:2:3::5:6:end" },
		[AGE_INACTIVE] = { "al:h:1:2:3:4:77:6:end",
		    "al:h:1:2:3:4::6:end" },
		[AGE_EXPIRE] = { "al:h:1:2:3:4:5:77:end",
		    "al:h:1:2:3:4:5::end" }
	};
	struct office			*office = *state;
	char				 al[] = "al", one[128], two[128];
	const char			*texts[TABLES];
	int				 i, j;

	for (i = 0; i < AGES; i++)
		for (j = 0; j < 2; j++) {
			struct request	request = { .operation = MODIFY,
					    .login = al };

			request.ages[i].has = 1;
			request.ages[i].days = j == 0 ? 77 : -1;
			fill(texts, one, two, P("x"),
			    "al:h:1:2:3:4:5:6:end");
			office_fill(office, texts);
			assert_string_equal(carry(office, &request), "250 "
			    "changed login=al uid=10001 gid=10001 "
			    "home=/home/al shell=/bin/sh");
			fill(texts, one, two, P("x"), expected[i][j]);
			assert_files(office, texts);
			assert_string_equal(carry(office, &request),
			    "250 unchanged login=al");
			assert_files(office, texts);
		}
}

/* An account that is there twice is nobody's to change. */
static void
test_twice(void **state)
{
	const char	*texts[TABLES];
	struct office	*office = *state;
	char		 al[] = "al", one[128], two[128];

	fill(texts, one, two, P("x"), "al:h:1::::::\nal:i:1::::::");
	office_fill(office, texts);
	assert_string_equal(carry_login(office, LOCK, al), "550 duplicate "
	    "/etc/shadow has the same name in lines 1 and 2");
	assert_files(office, texts);
	assert_string_equal(carry_login(office, LOCK, (char[]){ "zoe" }),
	    "550 not-found account zoe");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		OFFICE_TEST(test_secrets),
		OFFICE_TEST(test_no_shadow),
		OFFICE_TEST(test_ages),
		OFFICE_TEST(test_twice)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
