/*
 * Tests of dwserv/identity.c: who may be a local user, by the host's own
 * passwd file, which is only read.
 */
/* links: dwserv/identity.c dwserv/alias_line.c dwserv/alias_name.c dwserv/alias_table.c dwserv/config.c dwserv/file.c dwserv/index.c dwserv/log.c dwserv/name.c dwserv/slice.c dwserv/symbol.c dwserv/table.c dwserv/xmalloc.c */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <pwd.h>
#include <stdio.h>

#include <cmocka.h>

#include "parent.h"

#define NOT_THERE	"nobody-has-this"

struct hosts {
	char	root[64];
	char	other[64];	/* not root */
	uid_t	uid;		/* of that one */
};

static int
hosts_find(void **state)
{
	static struct hosts	 hosts;
	struct passwd		*entry;
	FILE			*file = fopen("/etc/passwd", "r");

	assert_non_null(file);
	while ((entry = fgetpwent(file)) != NULL)
		if (entry->pw_uid == 0 && hosts.root[0] == '\0')
			strlcpy(hosts.root, entry->pw_name,
			    sizeof(hosts.root));
		else if (entry->pw_uid != 0 && hosts.other[0] == '\0' &&
		    name_check_login(entry->pw_name) == NULL) {
			strlcpy(hosts.other, entry->pw_name,
			    sizeof(hosts.other));
			hosts.uid = entry->pw_uid;
		}
	fclose(file);
	*state = &hosts;
	return (0);
}

static struct client *
add_client(struct config *config, const char *name, const char *user,
    uid_t uid)
{
	struct client	*client = client_new();

	client->name = strdup(name);
	client->has_local_user = 1;
	client->local_user.uid = uid;
	if (user != NULL)
		client->local_user.name = strdup(user);
	TAILQ_INSERT_TAIL(&config->clients, client, entry);
	return (client);
}

static struct config *
make_config(void)
{
	struct config	*config = config_new();

	config->user.uid = config->user.gid = 61001;
	config->auth_user.uid = config->auth_user.gid = 61002;
	return (config);
}

static void
assert_reason(struct config *config, const char *expected)
{
	char	reason[256] = "";

	assert_int_equal(identity_resolve(config, reason, sizeof(reason)),
	    expected == NULL ? 0 : -1);
	assert_string_equal(reason, expected == NULL ? "" : expected);
	config_free(config);
}

static void
test_found(void **state)
{
	const struct hosts	*hosts = *state;
	struct config		*config = make_config();
	struct client		*a, *b;
	char			 reason[256];

	a = add_client(config, "a", hosts->other, 0);
	b = add_client(config, "b", NULL, 61003);
	assert_int_equal(identity_resolve(config, reason, sizeof(reason)), 0);
	assert_int_equal(a->local_user.uid, hosts->uid);
	assert_int_equal(b->local_user.uid, 61003);
	config_free(config);
}

static void
test_not_there(void **state)
{
	struct config	*config = make_config();

	(void)state;
	add_client(config, "a", NOT_THERE, 0);
	assert_reason(config, "client \"a\": local user \"" NOT_THERE "\" is "
	    "not in /etc/passwd");
}

static void
test_root(void **state)
{
	const struct hosts	*hosts = *state;
	struct config		*config = make_config();

	add_client(config, "a", hosts->root, 5);
	assert_reason(config, "client \"a\": local user must not be root");
	config = make_config();
	add_client(config, "b", NULL, 0);
	assert_reason(config, "client \"b\": local user must not be root");
}

/* By name or by number, it is the same user. */
static void
test_same(void **state)
{
	const struct hosts	*hosts = *state;
	struct config		*config = make_config();
	char			 expected[128];

	add_client(config, "a", NULL, hosts->uid);
	add_client(config, "c", NULL, 61003);
	add_client(config, "b", hosts->other, 0);
	snprintf(expected, sizeof(expected), "clients \"a\" and \"b\" have "
	    "the same local user, uid %u", hosts->uid);
	assert_reason(config, expected);
}

/* A client that is known otherwise has no uid at all. */
static void
test_others(void **state)
{
	struct config	*config = make_config();

	(void)state;
	add_client(config, "a", NULL, 61003);
	add_client(config, "b", NULL, 61003)->has_local_user = 0;
	add_client(config, "c", NULL, 0)->has_local_user = 0;
	assert_reason(config, NULL);
}

static void
test_own(void **state)
{
	uid_t		 uid;
	struct config	*config;

	(void)state;
	for (uid = 61001; uid <= 61002; uid++) {
		config = make_config();
		add_client(config, "a", NULL, uid);
		assert_reason(config, "client \"a\": local user must not be "
		    "one that dwserv runs as");
	}
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_own)
	};

	return (cmocka_run_group_tests(tests, hosts_find, NULL));
}
