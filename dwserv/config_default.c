/*
 * What holds where the configuration says nothing.
 */

#include "config.h"
#include "xmalloc.h"

/* The highest costs at which ready hashes are accepted, unless told. */
static const uint32_t accept_costs[HASH_METHODS] = {
	[HASH_YESCRYPT] = 7,
	[HASH_SHA512] = 656000,
	[HASH_BCRYPT] = 12
};

static void
limits_default(struct limits *limits)
{
	limits->worker_sessions = 1024;
	limits->source_sessions = 64;
	limits->login_sessions = 256;
	limits->source_login_sessions = 16;
	limits->auth_failures = 3;
	limits->login_timeout = 30;
	limits->idle_timeout = 600;
	limits->lock_timeout = 15;
	limits->child_timeout = 30;
}

static void
accounts_default(struct accounts *accounts)
{
	accounts->root = xstrdup("/");
	accounts->home = xstrdup("/home");
	accounts->skel = xstrdup("/etc/skel");
	accounts->uid_min = 10000;
	accounts->uid_max = 59999;
	words_add(&accounts->shells, "/bin/sh");
	words_add(&accounts->shells, "/usr/sbin/nologin");
	accounts->hash.method = HASH_YESCRYPT;
	accounts->hash.cost = hash_method_cost(HASH_YESCRYPT);
	memcpy(accounts->hash.accept, accept_costs, sizeof(accept_costs));
}

/*
 * Fill a configuration of config_new with every default but that of the
 * listeners: those are empty.
 */
void
config_set_defaults(struct config *config)
{
	config->prefork = 4;
	config->user.name = xstrdup(DWSERV_USER);
	config->auth_user.name = xstrdup(DWSERV_AUTH_USER);
	config->control = xstrdup(DWSERV_CONTROL);
	config->state = xstrdup(DWSERV_STATE);
	config->libexec = xstrdup(DWSERV_LIBEXEC);
	limits_default(&config->limits);
	accounts_default(&config->accounts);
}
