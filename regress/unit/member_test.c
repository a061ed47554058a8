/*
 * Tests of dwserv/member.c: who is in the lists of group and gshadow after
 * each kind of request, and that nothing else of a line changes.
 */
/* links: dwserv/account.c dwserv/admit.c dwserv/alias.c dwserv/alias_edit.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/busy.c dwserv/config.c dwserv/config_default.c dwserv/create.c dwserv/delete.c dwserv/edit.c dwserv/file.c dwserv/group.c dwserv/group_member.c dwserv/hashrule.c dwserv/homes.c dwserv/ibuf.c dwserv/idset.c dwserv/index.c dwserv/line.c dwserv/log.c dwserv/loop.c dwserv/member.c dwserv/modify.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/password.c dwserv/pattern.c dwserv/policy.c dwserv/policy_account.c dwserv/policy_alias.c dwserv/policy_group.c dwserv/policy_name.c dwserv/record.c dwserv/rename.c dwserv/result.c dwserv/shadow.c dwserv/slice.c dwserv/suspend.c dwserv/symbol.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "carry.h"

#define MODIFY	OPERATION_ACCOUNT_MODIFY
#define PASSWD	"al:x:10001:10001::/home/al:/bin/sh\n" \
		"bob:x:10002:10001::/home/bob:/bin/sh\n"
#define DONE	"250 changed login=al uid=10001 gid=10001 home=/home/al " \
		"shell=/bin/sh"

/* What groups=, groups+= and groups-= make of group and gshadow. */
static const struct sample {
	const char	*groups;
	const char	*add;
	const char	*remove;
	const char	*reply;
	const char	*group;
	const char	*gshadow;
} samples[] = {
	{ NULL, "ftp", NULL, DONE,
	    "al:x:10001:\nftp:p:10020:bob,al\nweb:x:10021:al\n"
	    "box:x:10022:bob,al,alb\n",
	    "al:!::\nftp:!:al:bob,al\nbox:!:bob:al\n" },
	{ NULL, "web", NULL, "250 unchanged login=al", NULL, NULL },
	{ NULL, NULL, "web", DONE,
	    "al:x:10001:\nftp:p:10020:bob\nweb:x:10021:\n"
	    "box:x:10022:bob,al,alb\n", NULL },
	/* An administrator is no member: that list is another. */
	{ NULL, NULL, "ftp", "250 unchanged login=al", NULL, NULL },
	{ NULL, "ftp", "web,box", DONE,
	    "al:x:10001:\nftp:p:10020:bob,al\nweb:x:10021:\n"
	    "box:x:10022:bob,alb\n",
	    "al:!::\nftp:!:al:bob,al\nbox:!:bob:\n" },
	{ "", NULL, NULL, DONE,
	    "al:x:10001:\nftp:p:10020:bob\nweb:x:10021:\n"
	    "box:x:10022:bob,alb\n", "al:!::\nftp:!:al:bob\nbox:!:bob:\n" },
	{ "box,ftp", NULL, NULL, DONE,
	    "al:x:10001:\nftp:p:10020:bob,al\nweb:x:10021:\n"
	    "box:x:10022:bob,al,alb\n",
	    "al:!::\nftp:!:al:bob,al\nbox:!:bob:al\n" },
	{ "web,box", NULL, NULL, "250 unchanged login=al", NULL, NULL },
	{ NULL, "ftp,none", NULL, "550 not-found group none", NULL, NULL },
	{ NULL, NULL, "web,none", "550 not-found group none", NULL, NULL }
};

/* For what a request does not change. */
static const char *const	before[TABLES] = {
	[TABLE_PASSWD] = PASSWD, [TABLE_SUSPENDED] = "",
	[TABLE_GROUP] = "al:x:10001:\nftp:p:10020:bob\nweb:x:10021:al\n"
	    "box:x:10022:bob,al,alb\n",
	[TABLE_GSHADOW] = "al:!::\nftp:!:al:bob\nbox:!:bob:al\n"
};

static void
test_lists(void **state)
{
	struct office	*office = *state;
	const char	*after[TABLES];
	char		 al[] = "al";
	size_t		 i;

	for (i = 0; i < NUMBER_OF(samples); i++) {
		struct request	request = { .operation = MODIFY,
		    .login = al,
		    .groups = (char *)(uintptr_t)samples[i].groups,
		    .groups_add = (char *)(uintptr_t)samples[i].add,
		    .groups_remove = (char *)(uintptr_t)samples[i].remove };

		office_fill(office, before);
		assert_string_equal(carry(office, &request),
		    samples[i].reply);
		memcpy(after, before, sizeof(after));
		if (samples[i].group != NULL)
			after[TABLE_GROUP] = samples[i].group;
		if (samples[i].gshadow != NULL)
			after[TABLE_GSHADOW] = samples[i].gshadow;
		assert_files(office, after);
	}
}

/* One of the files will do; a group that is there twice will not. */
static void
test_files(void **state)
{
	const char	*texts[TABLES];
	struct office	*office = *state;
	char		 al[] = "al", ftp[] = "ftp", none[] = "";
	struct request	 request = { .operation = OPERATION_GROUP_ADD,
			    .login = al, .group = ftp };

	memcpy(texts, before, sizeof(texts));
	texts[TABLE_GSHADOW] = NULL;
	office_fill(office, texts);
	assert_string_equal(carry(office, &request),
	    "250 added group=ftp login=al");
	assert_string_equal(carry(office, &request),
	    "250 unchanged group=ftp login=al");
	request.operation = OPERATION_GROUP_REMOVE;
	assert_string_equal(carry(office, &request),
	    "250 removed group=ftp login=al");
	assert_files(office, texts);
	texts[TABLE_GSHADOW] = "web:!::al\nweb:!::al\n";
	office_fill(office, texts);
	request = (struct request){ .operation = MODIFY, .login = al,
	    .groups = none };
	assert_string_equal(carry(office, &request), "550 duplicate "
	    "/etc/gshadow has the same name in lines 1 and 2");
	assert_files(office, texts);
}

/* Another name, in all lists, also of those who look after a group. */
static void
test_rename(void **state)
{
	const char	*after[TABLES];
	struct office	*office = *state;
	char		 al[] = "al", ann[] = "ann";
	struct request	 request = { .operation = OPERATION_ACCOUNT_RENAME,
			    .login = al, .name = ann };

	office_fill(office, before);
	assert_string_equal(carry(office, &request),
	    "250 renamed login=ann uid=10001 home=/home/al");
	memcpy(after, before, sizeof(after));
	/* usermod(8) has the new entry last, too. */
	after[TABLE_PASSWD] = "bob:x:10002:10001::/home/bob:/bin/sh\n"
	    "ann:x:10001:10001::/home/al:/bin/sh\n";
	after[TABLE_GROUP] = "al:x:10001:\nftp:p:10020:bob\n"
	    "web:x:10021:ann\nbox:x:10022:bob,alb,ann\n";
	after[TABLE_GSHADOW] = "al:!::\nftp:!:ann:bob\nbox:!:bob:ann\n";
	assert_files(office, after);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		OFFICE_TEST(test_lists),
		OFFICE_TEST(test_files),
		OFFICE_TEST(test_rename)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
