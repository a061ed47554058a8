/*
 * The configuration in messages, from the process that parses it, which has
 * no rights, to the parent, which has all of them, and so checks every value
 * again.
 *
 * An encoder returns 0, or -1 with errno EINVAL or ERANGE if a value is one
 * that its decoder would refuse.  A decoder returns 0, or -1 with errno
 * EBADMSG; what it has read by then is in the configuration, and is freed
 * with it.
 */

#include <netinet/in.h>

#include <errno.h>

#include "msgconfig.h"
#include "msgpart.h"
#include "xmalloc.h"

#define SOURCE_LINE_MAX	(SOURCE_SIZE_MAX + 1)

static int	globals_fit(const void *);
static int	listener_move_place(struct ibuf *, enum way, void *);
static int	listener_fits(const void *);
static int	accounts_move_origins(struct ibuf *, enum way, void *);
static int	accounts_fit(const void *);
static int	client_move_prefixes(struct ibuf *, enum way, void *);
static int	client_move_origins(struct ibuf *, enum way, void *);
static int	client_fits(const void *);

static const struct part global_parts[] = {
	NUMBER(struct config, prefork, 1, PREFORK_MAX),
	OPTIONAL(struct config, user.name, NAME_LENGTH_MAX, name_check_login),
	NUMBER(struct config, user.uid, 0, ID_MAX),
	NUMBER(struct config, user.gid, 0, ID_MAX),
	OPTIONAL(struct config, auth_user.name, NAME_LENGTH_MAX,
	    name_check_login),
	NUMBER(struct config, auth_user.uid, 0, ID_MAX),
	NUMBER(struct config, auth_user.gid, 0, ID_MAX),
	TEXT(struct config, control, SOCKET_PATH_MAX, config_check_path),
	TEXT(struct config, state, PATH_LENGTH_MAX, config_check_path),
	TEXT(struct config, libexec, PATH_LENGTH_MAX, config_check_path),
	FLAG(struct config, daytime),
	NUMBER(struct config, limits.worker_sessions, 1, LIMIT_MAX),
	NUMBER(struct config, limits.source_sessions, 1, LIMIT_MAX),
	NUMBER(struct config, limits.auth_failures, 1, LIMIT_MAX),
	NUMBER(struct config, limits.login_timeout, 1, TIMEOUT_MAX),
	NUMBER(struct config, limits.idle_timeout, 1, TIMEOUT_MAX),
	NUMBER(struct config, limits.lock_timeout, 1, TIMEOUT_MAX),
	NUMBER(struct config, limits.child_timeout, 1, TIMEOUT_MAX),
	OPTIONAL(struct config, aliases, PATH_LENGTH_MAX, name_check_shell),
	NUMBER(struct config, limits.login_sessions, 1, LIMIT_MAX),
	NUMBER(struct config, limits.source_login_sessions, 1, LIMIT_MAX),
	FLAG(struct config, sandbox_best_effort),
	OPTIONAL(struct config, tls.certificate, PATH_LENGTH_MAX,
	    config_check_path),
	OPTIONAL(struct config, tls.key, PATH_LENGTH_MAX, config_check_path),
	OPTIONAL(struct config, tls.client_ca, PATH_LENGTH_MAX,
	    config_check_path),
	OPTIONAL(struct config, tls.file, PATH_LENGTH_MAX, config_check_text),
	NUMBER(struct config, tls.line, 0, SOURCE_LINE_MAX)
};
static const struct message global_message =
    MESSAGE_FITS(struct config, global_parts, globals_fit);

static const struct part path_parts[] = {
	ALONE(PART_OPTIONAL, char *, 0, SOCKET_PATH_MAX, config_check_path)
};
static const struct message path_message = MESSAGE(char *, path_parts);

static const struct part listener_parts[] = {
	NUMBER(struct listener, mode, 0, 0777),
	OPTIONAL(struct listener, group, NAME_LENGTH_MAX, name_check_group),
	ANY(struct listener, gid),
	OTHER(listener_move_place),
	FLAG(struct listener, tls)
};
static const struct message listener_message =
    MESSAGE_FITS(struct listener, listener_parts, listener_fits);

static const struct part file_parts[] = {
	OPTIONAL(struct origins, file, PATH_LENGTH_MAX, config_check_text)
};
static const struct message file_message =
    MESSAGE(struct origins, file_parts);

static const struct part line_parts[] = {
	ALONE(PART_NUMBER, uint32_t, 0, SOURCE_LINE_MAX, NULL)
};
static const struct message line_message = MESSAGE(uint32_t, line_parts);

static const struct part accounts_parts[] = {
	TEXT(struct accounts, root, PATH_LENGTH_MAX, config_check_path),
	TEXT(struct accounts, home, PATH_LENGTH_MAX, name_check_home),
	FLAG(struct accounts, has_home_mode),
	NUMBER(struct accounts, home_mode, 0, 0777),
	TEXT(struct accounts, skel, PATH_LENGTH_MAX, name_check_shell),
	FLAG(struct accounts, has_uid),
	NUMBER(struct accounts, uid_min, ID_FLOOR, ID_MAX),
	NUMBER(struct accounts, uid_max, ID_FLOOR, ID_MAX),
	FLAG(struct accounts, reuse),
	FLAG(struct accounts, hash_from_login_defs),
	NUMBER(struct accounts, hash.method, 0, HASH_METHODS - 1),
	ANY(struct accounts, hash.cost),
	ANY(struct accounts, hash.accept[HASH_YESCRYPT]),
	ANY(struct accounts, hash.accept[HASH_SHA512]),
	ANY(struct accounts, hash.accept[HASH_BCRYPT]),
	OTHER(accounts_move_origins)
};
static const struct message accounts_message =
    MESSAGE_FITS(struct accounts, accounts_parts, accounts_fit);

static const struct part client_parts[] = {
	NUMBER(struct client, operations, 1, OPERATION_BIT(OPERATIONS) - 1),
	NUMBER(struct client, targets, 0, TARGETS_ALL),
	FLAG(struct client, has_uid),
	NUMBER(struct client, uid_min, 0, ID_MAX),
	NUMBER(struct client, uid_max, 0, ID_MAX),
	TEXT(struct client, name, CLIENT_LENGTH_MAX, name_check_client),
	OPTIONAL(struct client, secrets[0], HASH_LENGTH_MAX, NULL),
	OPTIONAL(struct client, secrets[1], HASH_LENGTH_MAX, NULL),
	OPTIONAL(struct client, subject, SUBJECT_LENGTH_MAX,
	    config_check_subject),
	FLAG(struct client, has_local_user),
	OPTIONAL(struct client, local_user.name, NAME_LENGTH_MAX,
	    name_check_login),
	NUMBER(struct client, local_user.uid, 0, ID_MAX),
	NUMBER(struct client, local_user.gid, 0, ID_MAX),
	FLAG(struct client, has_gid),
	NUMBER(struct client, gid_min, 0, ID_MAX),
	NUMBER(struct client, gid_max, 0, ID_MAX),
	FLAG(struct client, has_domains),
	OPTIONAL(struct client, home, PATH_LENGTH_MAX, name_check_home),
	FLAG(struct client, no_hash),
	FLAG(struct client, reads_all),
	NUMBER(struct client, rate, 0, RATE_MAX),
	NUMBER(struct client, burst, 0, RATE_MAX),
	NUMBER(struct client, prefix_count, 0, CLIENT_PREFIXES_MAX),
	OTHER(client_move_prefixes),
	OTHER(client_move_origins)
};
static const struct message client_message =
    MESSAGE_FITS(struct client, client_parts, client_fits);

static const struct part define_parts[] = {
	TEXT(struct symbol, name, MACRO_NAME_MAX, NULL),
	TEXT(struct symbol, value, MACRO_VALUE_MAX, NULL)
};
static const struct message define_message =
    MESSAGE(struct symbol, define_parts);

static const struct part complaint_parts[] = {
	ALONE(PART_TEXT, char *, 0, COMPLAINT_MAX, NULL)
};
static const struct message complaint_message =
    MESSAGE(char *, complaint_parts);

/* A macro of the command line. */
int
msg_put_define(struct ibuf *buf, const struct symbol *symbol)
{
	return (message_put(buf, &define_message, symbol));
}

/* Its counterpart; fails without a trace. */
int
msg_get_define(struct ibuf *buf, struct symbols *symbols)
{
	struct symbol	symbol;

	if (message_get(buf, &define_message, &symbol) == -1)
		return (-1);
	symbol_set(symbols, symbol.name, symbol.value, 1);
	message_free(&define_message, &symbol);
	return (0);
}

/* What is wrong; what is beyond COMPLAINT_MAX octets is left out. */
int
msg_put_complaint(struct ibuf *buf, const char *text)
{
	char		 line[COMPLAINT_MAX + 1];
	const char	*sent = line;

	strlcpy(line, text, sizeof(line));
	return (message_put(buf, &complaint_message, &sent));
}

/*
 * Its counterpart; the text is newly allocated.  If it is none that may be
 * printed, what is not ASCII in it becomes question marks.
 */
int
msg_get_complaint(struct ibuf *buf, char **text)
{
	char	*byte;

	if (message_get(buf, &complaint_message, text) == -1)
		return (-1);
	if (!name_check_text(*text, strlen(*text)))
		for (byte = *text; *byte != '\0'; byte++)
			if (*byte < ' ' || *byte > '~')
				*byte = '?';
	return (0);
}

/* A certificate and its key, or neither. */
static int
globals_fit(const void *object)
{
	const struct tls	*tls = &((const struct config *)object)->tls;

	return (tls->certificate != NULL ? tls->key != NULL :
	    tls->key == NULL && tls->client_ca == NULL);
}

/* What is outside of all blocks, but for listeners and lists. */
int
msg_put_globals(struct ibuf *buf, const struct config *config)
{
	return (message_put(buf, &global_message, config));
}

/* Its counterpart; works once for a configuration. */
int
msg_get_globals(struct ibuf *buf, struct config *config)
{
	return (message_add(buf, &global_message, config));
}

/* A path, or no path, and then an address and a port. */
static int
listener_move_place(struct ibuf *buf, enum way way, void *object)
{
	struct listener		*listener = object;
	struct sockaddr_un	*un = (struct sockaddr_un *)&listener->address;
	char			*path;
	int			 result;

	path = un->sun_family == AF_UNIX ? un->sun_path : NULL;
	result = parts_move(buf, way, &path_message, &path);
	if (path == NULL)
		return (result == -1 ? -1 :
		    address_move(buf, way, &listener->address));
	if (way == RECEIVE) {
		un->sun_family = AF_UNIX;
		strlcpy(un->sun_path, path, sizeof(un->sun_path));
		free(path);
	}
	return (result);
}

static int
listener_fits(const void *object)
{
	const struct listener	*listener = object;

	return (!listener->tls || listener->address.ss_family != AF_UNIX);
}

/* Where to listen. */
int
msg_put_listener(struct ibuf *buf, const struct listener *listener)
{
	return (message_put(buf, &listener_message, listener));
}

/* Its counterpart. */
int
msg_get_listener(struct ibuf *buf, struct listeners *listeners)
{
	static const socklen_t	 lengths[] = {
		[AF_UNIX] = sizeof(struct sockaddr_un),
		[AF_INET] = sizeof(struct sockaddr_in),
		[AF_INET6] = sizeof(struct sockaddr_in6)
	};
	struct listener		*listener = xcalloc(1, sizeof(*listener));

	listener->fd = -1;
	TAILQ_INSERT_TAIL(listeners, listener, entry);
	if (message_add(buf, &listener_message, listener) == -1)
		return (-1);
	listener->length = lengths[listener->address.ss_family];
	return (0);
}

static int
lines_move(struct ibuf *buf, enum way way, uint32_t *lines, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (parts_move(buf, way, &line_message, &lines[i]) == -1)
			return (-1);
	return (0);
}

static int
origins_move(struct ibuf *buf, enum way way, struct origins *origins)
{
	if (parts_move(buf, way, &file_message, origins) == -1)
		return (-1);
	return (lines_move(buf, way, origins->lines, CLAUSES));
}

static int
accounts_move_origins(struct ibuf *buf, enum way way, void *object)
{
	struct accounts	*accounts = object;

	return (origins_move(buf, way, &accounts->origins));
}

static int
accounts_fit(const void *object)
{
	const struct accounts	*accounts = object;
	const uint32_t		*accept = accounts->hash.accept;
	unsigned int		 method;

	for (method = 0; method < HASH_METHODS; method++)
		if (accept[method] != 0 &&
		    !hash_cost_valid(method, accept[method]))
			return (0);
	return (hash_cost_valid(accounts->hash.method, accounts->hash.cost) &&
	    accounts->uid_min <= accounts->uid_max);
}

/* The block of that name, but for the shells. */
int
msg_put_accounts(struct ibuf *buf, const struct accounts *accounts)
{
	return (message_put(buf, &accounts_message, accounts));
}

/* Its counterpart; works once for a configuration. */
int
msg_get_accounts(struct ibuf *buf, struct accounts *accounts)
{
	return (message_add(buf, &accounts_message, accounts));
}

static int
client_move_prefixes(struct ibuf *buf, enum way way, void *object)
{
	struct client	*client = object;

	return (prefixes_move(buf, way, client->prefixes,
	    client->prefix_count));
}

static int
client_move_origins(struct ibuf *buf, enum way way, void *object)
{
	struct client	*client = object;

	if (origins_move(buf, way, &client->origins) == -1)
		return (-1);
	return (lines_move(buf, way, client->allow_lines, OPERATIONS));
}

static int
range_fits(int is_there, uint32_t min, uint32_t max)
{
	return (!is_there || (min >= ID_FLOOR && min <= max));
}

/* A local user is not root; one with a name will be looked up. */
static int
client_fits(const void *object)
{
	const struct client	*client = object;
	const struct identity	*user = &client->local_user;

	return (range_fits(client->has_uid, client->uid_min,
	    client->uid_max) &&
	    range_fits(client->has_gid, client->gid_min, client->gid_max) &&
	    (client->secrets[0] != NULL || client->secrets[1] == NULL) &&
	    (client->has_local_user ? user->name != NULL || user->uid != 0 :
	    user->name == NULL) &&
	    (client->rate == 0) == (client->burst == 0));
}

/* A client, but for its lists. */
int
msg_put_client(struct ibuf *buf, const struct client *client)
{
	return (message_put(buf, &client_message, client));
}

/* Its counterpart. */
int
msg_get_client(struct ibuf *buf, struct clients *clients)
{
	struct client	*client = client_new();

	TAILQ_INSERT_TAIL(clients, client, entry);
	return (message_add(buf, &client_message, client));
}
