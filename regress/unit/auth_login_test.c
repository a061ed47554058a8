/*
 * Tests of dwserv/auth_login.c: which descriptors a worker can pass as the
 * connection of a local user, and what becomes of an attempt.
 *
 * The rest of auth is replaced: attempts that are to be decided are decided
 * at once, by what the test wants.
 */
/* links: dwserv/auth_login.c dwserv/ibuf.c dwserv/imsg.c dwserv/log.c dwserv/msg.c dwserv/msgpart.c dwserv/name.c dwserv/peer.c dwserv/xmalloc.c */

#include <sys/socket.h>
#include <sys/un.h>

#include "scratch.h"
#include "auth.h"

#define SESSION	17

static struct {
	struct auth		 auth;
	struct auth_worker	 worker;
	struct credential	 client;
	enum login_way		 way;		/* LOGIN_WAYS: unknown */
	uint64_t		 now;
	uint64_t		 delay;		/* of the denial */
	timer_callback		 callback;
	void			*arg;
	int			 granted;
	int			 denied;
	uint32_t		 uid;		/* of the last attempt */
} fake;

uint64_t
loop_now(void)
{
	return (fake.now);
}

void
timer_start(struct loop *loop, struct timer *timer, uint64_t delay,
    timer_callback callback, void *arg)
{
	(void)loop;
	(void)timer;
	fake.delay = delay;
	fake.callback = callback;
	fake.arg = arg;
}

struct ibuf *
channel_create(struct channel *channel, uint32_t type, uint32_t id)
{
	(void)id;
	assert_ptr_equal(channel, &fake.auth.parent);
	assert_int_equal(type, IMSG_AUTH_GRANTED);
	return (ibuf_dynamic(0, MAX_IMSGSIZE));
}

int
channel_submit(struct channel *channel, struct ibuf *message, int encoded)
{
	struct granted	granted;

	(void)channel;
	assert_int_equal(encoded, 0);
	assert_int_equal(msg_get_granted(message, &granted), 0);
	assert_int_equal(granted.worker, 3);
	assert_int_equal(granted.session, SESSION);
	assert_int_equal(granted.way, fake.way);
	assert_string_equal(granted.client, "billing");
	granted_free(&granted);
	ibuf_free(message);
	fake.granted++;
	return (0);
}

int
channel_send(struct channel *channel, uint32_t type, uint32_t id, int fd,
    const void *data, size_t length)
{
	(void)data;
	assert_ptr_equal(channel, &fake.worker.channel);
	assert_int_equal(type, IMSG_AUTH_DENIED);
	assert_int_equal(id, SESSION);
	assert_int_equal(fd, -1);
	assert_int_equal(length, 0);
	fake.denied++;
	return (0);
}

void
worker_release(struct auth_worker *worker)
{
	assert_ptr_equal(worker, &fake.worker);
}

const struct credential *
client_find(const struct auth *auth, const char *name)
{
	(void)auth;
	return (strcmp(name, "billing") == 0 ? &fake.client : NULL);
}

int
client_may_come(const struct credential *client, const struct login *login)
{
	(void)client;
	(void)login;
	return (1);
}

int
client_identify(const struct credential *client,
    const struct attempt *attempt, enum login_way *way)
{
	(void)client;
	fake.uid = attempt->uid;
	*way = fake.way;
	return (fake.way != LOGIN_WAYS);
}

const struct credential *
client_recognize(const struct auth *auth, const struct attempt *attempt,
    enum login_way *way)
{
	(void)auth;
	return (client_identify(NULL, attempt, way) ? &fake.client : NULL);
}

int
secret_verify(struct auth *auth, const struct credential *client,
    const struct login *login, enum login_way *way)
{
	(void)auth;
	assert_non_null(login->secret);
	*way = fake.way;
	return (client != NULL && fake.way != LOGIN_WAYS);
}

void
throttle_submit(struct auth *auth, struct attempt *attempt)
{
	(void)auth;
	login_decide(attempt);
}

static int
begin(void **state)
{
	memset(&fake, 0, sizeof(fake));
	fake.worker.auth = &fake.auth;
	fake.worker.number = 3;
	fake.client.client = "billing";
	fake.way = LOGIN_WAYS;
	fake.now = 5000;
	return (scratch_make(state));
}

/* Take a question; what login_take() returns, and all is freed. */
static int
take(char *client, char *secret, int local, int fd)
{
	struct login	login;
	struct imsg	imsg;
	int		result;

	memset(&login, 0, sizeof(login));
	memset(&imsg, 0, sizeof(imsg));
	login.session = SESSION;
	login.client = client;
	login.secret = secret;
	login.local = local != 0;
	login.peer.ss_family = AF_INET;
	assert_non_null(imsg.data = ibuf_dynamic(0, MAX_IMSGSIZE));
	assert_int_equal(msg_put_login(imsg.data, &login), 0);
	ibuf_fd_set(imsg.data, fd);
	result = login_take(&fake.worker, &imsg);
	imsg_free(&imsg);
	return (result);
}

static int
listen_at(const struct scratch *scratch, const char *name)
{
	struct sockaddr_un	address = { .sun_family = AF_UNIX };
	socklen_t		length = sizeof(address);
	int			fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	if (name == NULL)
		length = sizeof(sa_family_t);	/* unix(7): some name */
	else
		snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
		    scratch->path, name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(fd, 1), 0);
	return (fd);
}

/* Both ends of a connection to a listening socket. */
static void
connect_to(int listening, int *client, int *accepted)
{
	struct sockaddr_un	address;
	socklen_t		length = sizeof(address);

	assert_int_equal(getsockname(listening, (struct sockaddr *)&address,
	    &length), 0);
	*client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(*client, -1);
	assert_int_equal(connect(*client, (struct sockaddr *)&address,
	    length), 0);
	assert_int_not_equal(*accepted = accept4(listening, NULL, NULL,
	    SOCK_CLOEXEC), -1);
}

static void
test_a_local_user(void **state)
{
	int	listening = listen_at(*state, "socket"), client, accepted;

	connect_to(listening, &client, &accepted);
	fake.way = LOGIN_LOCAL_USER;
	fake.uid = 12345;
	assert_int_equal(take(NULL, NULL, 1, dup(accepted)), 0);
	assert_int_equal(fake.granted, 1);
	assert_int_equal(fake.uid, getuid());
	/* Also when the client has gone meanwhile. */
	close(client);
	assert_int_equal(take(NULL, NULL, 1, dup(accepted)), 0);
	assert_int_equal(fake.granted, 2);
	assert_int_equal(fake.worker.attempts, 0);
	close(accepted);
	close(listening);
}

/* Whatever else a worker has, or can make. */
static void
test_other_descriptors(void **state)
{
	struct scratch	*scratch = *state;
	int		 listening = listen_at(scratch, "socket");
	int		 abstract = listen_at(scratch, NULL);
	int		 pair[2], client, accepted, hidden_client, hidden;

	fake.way = LOGIN_LOCAL_USER;
	connect_to(listening, &client, &accepted);
	connect_to(abstract, &hidden_client, &hidden);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    pair), 0);
	assert_int_equal(take(NULL, NULL, 1, -1), -1);
	assert_int_equal(take(NULL, NULL, 1, dup(listening)), -1);
	assert_int_equal(take(NULL, NULL, 1, dup(client)), -1);
	assert_int_equal(take(NULL, NULL, 1, dup(pair[0])), -1);
	assert_int_equal(take(NULL, NULL, 1, dup(abstract)), -1);
	assert_int_equal(take(NULL, NULL, 1, dup(hidden)), -1);
	assert_int_equal(take(NULL, NULL, 1, dup(scratch->fd)), -1);
	assert_int_equal(take(NULL, NULL, 1, socket(AF_INET, SOCK_STREAM,
	    0)), -1);
	assert_int_equal(take("billing", "secret", 1, dup(pair[0])), -1);
	assert_int_equal(fake.granted + fake.denied, 0);
	assert_int_equal(fake.worker.attempts, 0);
	close(pair[0]);
	close(pair[1]);
	close(client);
	close(accepted);
	close(hidden_client);
	close(hidden);
	close(listening);
	close(abstract);
}

/* A denial comes a second after the attempt, whenever it was decided. */
static void
test_denials(void **state)
{
	struct scratch	*scratch = *state;

	assert_int_equal(take("billing", "wrong", 0, -1), 0);
	assert_int_equal(fake.delay, 1000);
	assert_int_equal(fake.denied, 0);
	assert_int_equal(fake.worker.attempts, 1);
	fake.callback(fake.arg);
	assert_int_equal(fake.denied, 1);
	assert_int_equal(fake.worker.attempts, 0);
	fake.delay = 0;
	assert_int_equal(take("s3cret", "wrong", 0, -1), 0);
	assert_int_equal(fake.delay, 1000);
	fake.callback(fake.arg);
	assert_int_equal(take("billing", NULL, 0, -1), 0);
	fake.callback(fake.arg);
	assert_string_equal(scratch->log,
	    "login denied client=billing peer=0.0.0.0 session=3.17 "
	    "why=secret\n"
	    "login denied client=- peer=0.0.0.0 session=3.17 "
	    "why=unknown-client\n"
	    "login denied client=billing peer=0.0.0.0 session=3.17 "
	    "why=peer\n");
}

static void
test_grants(void **state)
{
	struct scratch	*scratch = *state;

	fake.way = LOGIN_SECRET_2;
	assert_int_equal(take("billing", "right", 0, -1), 0);
	assert_int_equal(fake.granted, 1);
	fake.way = LOGIN_CERTIFICATE;
	assert_int_equal(take("billing", NULL, 0, -1), 0);
	assert_int_equal(fake.granted, 2);
	assert_int_equal(fake.denied, 0);
	assert_int_equal(fake.worker.attempts, 0);
	assert_string_equal(scratch->log,
	    "login granted client=billing peer=0.0.0.0 session=3.17 "
	    "by=secret-2\n"
	    "login granted client=billing peer=0.0.0.0 session=3.17 "
	    "by=certificate\n");
}

/* Nobody waits for the answer to an offer, and nobody is blamed. */
static void
test_offers(void **state)
{
	struct scratch	*scratch = *state;

	assert_int_equal(take(NULL, NULL, 0, -1), 0);
	assert_int_equal(fake.denied, 1);
	assert_null(fake.callback);
	assert_string_equal(scratch->log, "");
}

static void
test_too_many_attempts(void **state)
{
	(void)state;
	fake.worker.attempts = 100000;
	assert_int_equal(take("billing", "x", 0, -1), -1);
	assert_int_equal(fake.worker.attempts, 100000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_local_user, begin,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_other_descriptors, begin,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_denials, begin,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_grants, begin,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_offers, begin,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_too_many_attempts, begin,
		    scratch_remove)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
