/*
 * Tests of dwserv/auth_secret.c and auth_client.c: what is computed for a
 * secret is the same whether or not there is such a client, and who is known
 * by what.
 *
 * crypt_rn() is replaced by one that keeps a list of what it was asked for:
 * the hash of a secret is the secret, with the setting's first two octets.
 */
/* links: dwserv/auth_client.c dwserv/auth_secret.c dwserv/ibuf.c dwserv/imsg.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/peer.c dwserv/xmalloc.c */

#include <arpa/inet.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth.h"

#define COMPUTED_MAX	8

static struct {
	const char	*settings[COMPUTED_MAX];
	int		 count;
	int		 wiped;
} computed;

char *
crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	struct crypt_data	*crypt = data;

	assert_int_equal(size, sizeof(*crypt));
	assert_true(computed.count < COMPUTED_MAX);
	computed.wiped = crypt->output[0] == '\0';
	computed.settings[computed.count++] = setting;
	snprintf(crypt->output, sizeof(crypt->output), "%.2s%s", setting,
	    phrase);
	return (crypt->output);
}

static struct auth	auth;

static void
add(struct auth_client *client, char *name, char *first, char *second)
{
	memset(client, 0, sizeof(*client));
	client->credential.client = name;
	client->credential.secrets[0] = first;
	client->credential.secrets[1] = second;
	TAILQ_INSERT_TAIL(&auth.clients, client, entry);
	if (second != NULL)
		auth.slots = 2;
	else if (first != NULL && auth.slots == 0)
		auth.slots = 1;
}

/* How a secret is found to be right, LOGIN_WAYS if it is not. */
static enum login_way
verify(const char *name, const char *secret)
{
	struct login	login;
	enum login_way	way = LOGIN_WAYS;
	int		right;

	memset(&login, 0, sizeof(login));
	memset(&computed, 0, sizeof(computed));
	login.client = (char *)(uintptr_t)name;
	login.secret = (char *)(uintptr_t)secret;
	right = secret_verify(&auth, client_find(&auth, name), &login, &way);
	assert_int_equal(right, way != LOGIN_WAYS);
	assert_true(computed.wiped);
	assert_int_equal(auth.crypt.output[0], '\0');
	return (way);
}

static int
begin(void **state)
{
	(void)state;
	memset(&auth, 0, sizeof(auth));
	TAILQ_INIT(&auth.clients);
	auth.seed = 4711;
	return (0);
}

static void
test_nobody_has_a_secret(void **state)
{
	(void)state;
	assert_int_equal(verify("a", "x"), LOGIN_WAYS);
	assert_int_equal(computed.count, 1);
	assert_memory_equal(computed.settings[0], "$y$", 3);
}

static void
test_one_secret_each(void **state)
{
	struct auth_client	a, b;

	(void)state;
	add(&a, "a", "1:one", NULL);
	add(&b, "b", NULL, NULL);
	assert_int_equal(verify("a", "one"), LOGIN_SECRET_1);
	assert_int_equal(computed.count, 1);
	assert_int_equal(verify("a", "two"), LOGIN_WAYS);
	assert_int_equal(computed.count, 1);
	assert_int_equal(verify("b", "one"), LOGIN_WAYS);
	assert_int_equal(computed.count, 1);
	assert_string_equal(computed.settings[0], "1:one");
	assert_int_equal(verify("c", "one"), LOGIN_WAYS);
	assert_int_equal(computed.count, 1);
	assert_string_equal(computed.settings[0], "1:one");
}

static void
test_two_secrets_of_one(void **state)
{
	struct auth_client	a, b;

	(void)state;
	add(&a, "a", "1:one", "2:two");
	add(&b, "b", "3:three", NULL);
	assert_int_equal(verify("a", "one"), LOGIN_SECRET_1);
	assert_int_equal(computed.count, 2);
	assert_int_equal(verify("a", "two"), LOGIN_SECRET_2);
	assert_int_equal(computed.count, 2);
	assert_int_equal(verify("a", "three"), LOGIN_WAYS);
	assert_int_equal(computed.count, 2);
	assert_int_equal(verify("b", "three"), LOGIN_SECRET_1);
	assert_int_equal(computed.count, 2);
	assert_string_equal(computed.settings[1], "3:three");
	assert_int_equal(verify("nobody", "one"), LOGIN_WAYS);
	assert_int_equal(computed.count, 2);
}

/* Names that nobody has cost what those of clients cost, some like each. */
static void
test_unknown_names(void **state)
{
	struct auth_client	a, b;
	const char		*first;
	char			 name[16];
	int			 i, like_a = 0;

	(void)state;
	add(&a, "a", "1:one", "2:two");
	add(&b, "b", "3:three", NULL);
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		assert_int_equal(verify(name, i % 2 ? "one" : "three"),
		    LOGIN_WAYS);
		first = computed.settings[0];
		like_a += first == a.credential.secrets[0];
		assert_true(first == a.credential.secrets[0] ?
		    computed.settings[1] == a.credential.secrets[1] :
		    computed.settings[1] == b.credential.secrets[0]);
		verify(name, "other");
		assert_ptr_equal(computed.settings[0], first);
	}
	assert_true(like_a > 400 && like_a < 600);
}

static void
test_another_start_is_another_mix(void **state)
{
	struct auth_client	 a, b;
	const char		*before[100];
	char			 name[16];
	int			 i, changed = 0;

	(void)state;
	add(&a, "a", "1:one", NULL);
	add(&b, "b", "3:three", NULL);
	for (i = 0; i < 200; i++) {
		auth.seed = i < 100 ? 1 : 2;
		snprintf(name, sizeof(name), "name%d", i % 100);
		verify(name, "x");
		if (i < 100)
			before[i] = computed.settings[0];
		else
			changed += before[i - 100] != computed.settings[0];
	}
	assert_true(changed > 20 && changed < 80);
}

static void
test_certificates_and_users(void **state)
{
	struct auth_client	 a, b;
	struct attempt		 attempt;
	enum login_way		 way;

	(void)state;
	add(&a, "a", NULL, NULL);
	add(&b, "b", NULL, NULL);
	strlcpy(a.credential.certificates[0].text, "aa",
	    sizeof(a.credential.certificates[0].text));
	strlcpy(a.credential.certificates[1].text, "ab",
	    sizeof(a.credential.certificates[1].text));
	a.credential.certificate_count = 2;
	b.credential.subject = "CN=b";
	b.credential.has_local_user = 1;
	memset(&attempt, 0, sizeof(attempt));
	assert_null(client_recognize(&auth, &attempt, &way));
	attempt.login.fingerprint = "ab";
	assert_ptr_equal(client_recognize(&auth, &attempt, &way),
	    &a.credential);
	assert_int_equal(way, LOGIN_CERTIFICATE);
	attempt.login.fingerprint = "a";
	assert_null(client_recognize(&auth, &attempt, &way));
	attempt.login.subject = "CN=b";
	assert_ptr_equal(client_recognize(&auth, &attempt, &way),
	    &b.credential);
	assert_int_equal(way, LOGIN_SUBJECT);
	attempt.login.subject = "CN=B";
	assert_null(client_recognize(&auth, &attempt, &way));
	/* A subject counts only with a certificate that has it. */
	attempt.login.fingerprint = NULL;
	attempt.login.subject = "CN=b";
	assert_null(client_recognize(&auth, &attempt, &way));
	attempt.login.local = 1;
	assert_ptr_equal(client_recognize(&auth, &attempt, &way),
	    &b.credential);
	assert_int_equal(way, LOGIN_LOCAL_USER);
	attempt.uid = 1;
	assert_null(client_recognize(&auth, &attempt, &way));
}

static void
test_addresses_count_for_all(void **state)
{
	struct auth_client	 a;
	struct attempt		 attempt;
	struct sockaddr_in	*in;
	enum login_way		 way;

	(void)state;
	add(&a, "a", NULL, NULL);
	a.credential.subject = "CN=a";
	a.credential.prefix_count = 1;
	in = (struct sockaddr_in *)&a.credential.prefixes[0].address;
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(0xc0000200);
	a.credential.prefixes[0].length = 25;
	memset(&attempt, 0, sizeof(attempt));
	attempt.login.fingerprint = "aa";
	attempt.login.subject = "CN=a";
	in = (struct sockaddr_in *)&attempt.login.peer;
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(0xc000027f);
	assert_non_null(client_recognize(&auth, &attempt, &way));
	in->sin_addr.s_addr = htonl(0xc0000280);
	assert_null(client_recognize(&auth, &attempt, &way));
	attempt.login.local = 1;
	assert_null(client_recognize(&auth, &attempt, &way));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nobody_has_a_secret, begin),
		cmocka_unit_test_setup(test_one_secret_each, begin),
		cmocka_unit_test_setup(test_two_secrets_of_one, begin),
		cmocka_unit_test_setup(test_unknown_names, begin),
		cmocka_unit_test_setup(test_another_start_is_another_mix,
		    begin),
		cmocka_unit_test_setup(test_certificates_and_users, begin),
		cmocka_unit_test_setup(test_addresses_count_for_all, begin)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
