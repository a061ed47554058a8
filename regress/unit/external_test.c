/*
 * Tests of dwserv/external.c: what the ledger is told of files that others
 * have changed, and of those that were there before it.
 */
/* links: dwserv/alias.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/external.c dwserv/ibuf.c dwserv/index.c dwserv/log.c dwserv/slice.c dwserv/table.c dwserv/token.c dwserv/xmalloc.c */

#include "parent.h"
#include "table_text.h"

#define SAID	"client=- peer=- change=external file="

/*
 * Compare a file as it was and as it is, NULL where it is not there.  The
 * other entries are those of a passwd that the store has.
 */
static void
assert_told(enum table_kind kind, int is_first, const char *old_text,
    const char *new_text, const char *expected)
{
	struct store	 store = { .is_first = is_first };
	struct table	*old;

	store.external = text_new();
	store.tables[TABLE_PASSWD] = table_of(TABLE_PASSWD,
	    "al:x:10001:10001::/home/al:/bin/sh\n");
	old = old_text == NULL ? NULL : table_of(kind, old_text);
	if (kind == TABLE_PASSWD) {
		table_free(store.tables[kind]);
		store.tables[kind] = NULL;
	}
	if (new_text != NULL)
		store.tables[kind] = table_of(kind, new_text);
	external_compare(&store, kind, old);
	text_add(store.external, "", 1);
	assert_string_equal((char *)ibuf_data(store.external), expected);
	ibuf_free(store.external);
	table_free(old);
	if (kind != TABLE_PASSWD)
		table_free(store.tables[kind]);
	table_free(store.tables[TABLE_PASSWD]);
}

#define AL	"al:x:10001:10001:Al Li:/home/al:/bin/sh\n"
#define BOB	"bob:x:10002:10002::/home/bob:/bin/sh\n"
#define OF_AL	"login=al uid=10001 gid=10001 gecos=\"Al Li\" " \
		"home=/home/al shell=/bin/sh\n"
#define OF_BOB	"login=bob uid=10002 gid=10002 gecos=\"\" home=/home/bob " \
		"shell=/bin/sh\n"

static void
test_passwd(void **state)
{
	(void)state;
	assert_told(TABLE_PASSWD, 0, AL BOB, AL BOB, "");
	/* Another order, comments and what is no entry are no change. */
	assert_told(TABLE_PASSWD, 0, "# x\n" AL BOB "bad\n", BOB "\n" AL, "");
	assert_told(TABLE_PASSWD, 0, AL, AL BOB,
	    SAID "passwd action=added " OF_BOB);
	assert_told(TABLE_PASSWD, 0, AL BOB, BOB,
	    SAID "passwd action=removed " OF_AL);
	assert_told(TABLE_PASSWD, 0, AL BOB, AL
	    "bob:x:10002:10002::/home/bob:/bin/ksh\n",
	    SAID "passwd action=changed login=bob uid=10002 gid=10002 "
	    "gecos=\"\" home=/home/bob shell=/bin/ksh\n");
	/* Nothing of a password is told, only that there is a change. */
	assert_told(TABLE_PASSWD, 0, AL,
	    "al:$6$secret:10001:10001:Al Li:/home/al:/bin/sh\n",
	    SAID "passwd action=changed " OF_AL);
	assert_told(TABLE_PASSWD, 0, AL, BOB,
	    SAID "passwd action=added " OF_BOB
	    SAID "passwd action=removed " OF_AL);
}

static void
test_groups(void **state)
{
	(void)state;
	assert_told(TABLE_GROUP, 0, "ftp:x:10020:al\n", "ftp:x:10020:al,bob\n"
	    "web:x:10021:\n",
	    SAID "group action=changed group=ftp gid=10020 members=al,bob\n"
	    SAID "group action=added group=web gid=10021 members=\"\"\n");
	assert_told(TABLE_GSHADOW, 0, "ftp:!::al\n", "ftp:secret:al:al\n",
	    SAID "gshadow action=changed group=ftp\n");
	assert_told(TABLE_GROUP, 0, "ftp:x:10020:al\n", NULL,
	    SAID "group action=removed group=ftp gid=10020 members=al\n");
}

/* Whose secret it is, and never the secret. */
static void
test_shadow(void **state)
{
	(void)state;
	assert_told(TABLE_SHADOW, 0, "al:$6$a$b:1::::::\n",
	    "al:$6$c$d:1::::::\nzoe:$6$e$f:1::::::\n",
	    SAID "shadow action=changed login=al uid=10001\n"
	    SAID "shadow action=added login=zoe\n");
	assert_told(TABLE_SHADOW, 0, "al:$6$a$b:1::::::\n", "",
	    SAID "shadow action=removed login=al uid=10001\n");
}

/* Names have no case there; a target may be anything. */
static void
test_aliases(void **state)
{
	(void)state;
	assert_told(TABLE_ALIASES, 0, "root: al\nPost: al,\n bob\n",
	    "root: al\nPost: al,\n bob\n", "");
	assert_told(TABLE_ALIASES, 0, "root: al\npost: al\n",
	    "Root: bob, \"|cmd x\"\n",
	    SAID "aliases action=changed alias=root "
	    "targets=\"bob,|cmd x\"\n"
	    SAID "aliases action=removed alias=post targets=al\n");
	assert_told(TABLE_ALIASES, 0, "", "post: al\n",
	    SAID "aliases action=added alias=post targets=al\n");
}

/* A name that is there twice is told of when one of the two changes. */
static void
test_twice(void **state)
{
	(void)state;
	assert_told(TABLE_PASSWD, 0, AL "al:x:5:5::/:\n" BOB,
	    AL "al:x:5:5::/:\n", SAID "passwd action=removed " OF_BOB);
	assert_told(TABLE_PASSWD, 0, AL "al:x:5:5::/:\n",
	    AL "al:x:6:5::/:\n", SAID "passwd action=changed login=al uid=6 "
	    "gid=5 gecos=\"\" home=/ shell=\"\"\n");
	assert_told(TABLE_ALIASES, 0, "a: x\nA: y\n", "a: x\nA: y\nb: z\n",
	    SAID "aliases action=added alias=b targets=z\n");
}

/* The longest names that a line of aliases may have, and longer ones. */
static void
test_long_names(void **state)
{
	char	name[600], text[1400];
	size_t	length;

	(void)state;
	for (length = ALIAS_LENGTH_MAX; length < sizeof(name); length++) {
		memset(name, 'n', length);
		name[length] = '\0';
		snprintf(text, sizeof(text), "a: b\nc: d\n%s: e\n", name);
		assert_told(TABLE_ALIASES, 0, text, text, "");
		if (length > ALIAS_LENGTH_MAX) {
			assert_told(TABLE_ALIASES, 0, "a: b\n", text,
			    SAID "aliases action=added alias=c targets=d\n");
			assert_told(TABLE_ALIASES, 0, text, "a: b\n",
			    SAID "aliases action=removed alias=c "
			    "targets=d\n");
		}
	}
}

/* What was there before the ledger; where that has begun, nothing is. */
static void
test_first(void **state)
{
	(void)state;
	assert_told(TABLE_PASSWD, 1, NULL, "# x\n" AL BOB "+nis:::::\n",
	    SAID "passwd action=added " OF_AL
	    SAID "passwd action=added " OF_BOB);
	assert_told(TABLE_GROUP, 1, NULL, "ftp:x:10020:al\n",
	    SAID "group action=added group=ftp gid=10020 members=al\n");
	assert_told(TABLE_ALIASES, 1, NULL, "a: b\n",
	    SAID "aliases action=added alias=a targets=b\n");
	assert_told(TABLE_SHADOW, 1, NULL, "al:$6$a$b:1::::::\n", "");
	assert_told(TABLE_GSHADOW, 1, NULL, "ftp:!::al\n", "");
	assert_told(TABLE_PASSWD, 0, NULL, AL, "");
	assert_told(TABLE_SHADOW, 0, NULL, "al:$6$a$b:1::::::\n", "");
}

/* Our own file is nobody else's to change, and no news. */
static void
test_suspended(void **state)
{
	(void)state;
	assert_told(TABLE_SUSPENDED, 0, "al:10001::/bin/sh\n", "", "");
	assert_told(TABLE_SUSPENDED, 1, NULL, "al:10001::/bin/sh\n", "");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_passwd),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_shadow),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_suspended)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
