/*
 * The configuration in messages, from the process that parses it, which has
 * no rights, to the parent, which has all of them, and so checks every value
 * again.
 *
 * What a message is made of stands in a table that both directions share.
 * An encoder returns 0, or -1 with errno EINVAL or ERANGE if a value is one
 * that its decoder would refuse.  A decoder returns 0, or -1 with errno
 * EBADMSG or ENOMEM; what it has read by then is in the configuration, and
 * is freed with it.
 */

#include <netinet/in.h>

#include <errno.h>

#include "msgconfig.h"
#include "msgpart.h"

enum part_kind {
	PART_NUMBER,		/* of 32 bits, from min to max */
	PART_TEXT,		/* of at most max octets */
	PART_OPTIONAL		/* the same, or NULL */
};

struct part {
	enum part_kind	 kind;
	size_t		 offset;	/* in its struct */
	uint32_t	 min;
	uint32_t	 max;
	const char	*(*check)(const char *);	/* as in name.c */
};

#define COUNT(parts)	(sizeof(parts) / sizeof((parts)[0]))
#define NUMBER(type, member, low, high)					\
	{ PART_NUMBER, offsetof(type, member), low, high, NULL }
#define TEXT(type, member, length, rule)				\
	{ PART_TEXT, offsetof(type, member), 0, length, rule }
#define OPTIONAL(type, member, length, rule)				\
	{ PART_OPTIONAL, offsetof(type, member), 0, length, rule }

_Static_assert(sizeof(uid_t) == 4 && sizeof(gid_t) == 4 &&
    sizeof(mode_t) == 4 && sizeof(int) == 4 &&
    sizeof(enum hash_method) == 4, "what a table calls a number has 32 bits");

static const char	*path_check(const char *);

static const struct part global_parts[] = {
	NUMBER(struct config, prefork, 1, PREFORK_MAX),
	OPTIONAL(struct config, user.name, NAME_LENGTH_MAX, name_check_login),
	NUMBER(struct config, user.uid, 0, ID_MAX),
	NUMBER(struct config, user.gid, 0, ID_MAX),
	OPTIONAL(struct config, auth_user.name, NAME_LENGTH_MAX,
	    name_check_login),
	NUMBER(struct config, auth_user.uid, 0, ID_MAX),
	NUMBER(struct config, auth_user.gid, 0, ID_MAX),
	TEXT(struct config, control, SOCKET_PATH_MAX, path_check),
	TEXT(struct config, state, PATH_LENGTH_MAX, path_check),
	TEXT(struct config, libexec, PATH_LENGTH_MAX, path_check),
	NUMBER(struct config, daytime, 0, 1),
	NUMBER(struct config, limits.worker_sessions, 1, LIMIT_MAX),
	NUMBER(struct config, limits.source_sessions, 1, LIMIT_MAX),
	NUMBER(struct config, limits.auth_failures, 1, LIMIT_MAX),
	NUMBER(struct config, limits.login_timeout, 1, TIMEOUT_MAX),
	NUMBER(struct config, limits.idle_timeout, 1, TIMEOUT_MAX),
	NUMBER(struct config, limits.lock_timeout, 1, TIMEOUT_MAX),
	NUMBER(struct config, limits.child_timeout, 1, TIMEOUT_MAX)
};

static const struct part listener_parts[] = {
	NUMBER(struct listener, mode, 0, 0777),
	OPTIONAL(struct listener, group, NAME_LENGTH_MAX, name_check_group),
	NUMBER(struct listener, gid, 0, UINT32_MAX)
};

static const struct part account_parts[] = {
	TEXT(struct accounts, root, PATH_LENGTH_MAX, path_check),
	TEXT(struct accounts, home, PATH_LENGTH_MAX, name_check_home),
	NUMBER(struct accounts, has_home_mode, 0, 1),
	NUMBER(struct accounts, home_mode, 0, 0777),
	TEXT(struct accounts, skel, PATH_LENGTH_MAX, name_check_shell),
	NUMBER(struct accounts, has_uid, 0, 1),
	NUMBER(struct accounts, uid_min, ID_FLOOR, ID_MAX),
	NUMBER(struct accounts, uid_max, ID_FLOOR, ID_MAX),
	NUMBER(struct accounts, reuse, 0, 1),
	NUMBER(struct accounts, hash_from_login_defs, 0, 1),
	NUMBER(struct accounts, hash.method, 0, HASH_METHODS - 1),
	NUMBER(struct accounts, hash.cost, 1, UINT32_MAX),
	NUMBER(struct accounts, hash.accept[HASH_YESCRYPT], 0, UINT32_MAX),
	NUMBER(struct accounts, hash.accept[HASH_SHA512], 0, UINT32_MAX),
	NUMBER(struct accounts, hash.accept[HASH_BCRYPT], 0, UINT32_MAX)
};

/* Name, secret and prefixes follow, as auth gets them. */
static const struct part client_parts[] = {
	NUMBER(struct client, operations, 1, OPERATION_BIT(OPERATIONS) - 1),
	NUMBER(struct client, has_uid, 0, 1),
	NUMBER(struct client, uid_min, 0, ID_MAX),
	NUMBER(struct client, uid_max, 0, ID_MAX)
};

static const struct part define_parts[] = {
	TEXT(struct symbol, name, MACRO_NAME_MAX, NULL),
	TEXT(struct symbol, value, MACRO_VALUE_MAX, NULL)
};

static const struct part shell_parts[] = {
	TEXT(struct word, text, PATH_LENGTH_MAX, name_check_shell)
};

static const struct part group_parts[] = {
	TEXT(struct word, text, NAME_LENGTH_MAX, name_check_group)
};

static const char *
path_check(const char *path)
{
	return (path[0] == '/' ? NULL : "must begin with a slash");
}

static int
part_refuse(int error)
{
	errno = error;
	return (-1);
}

static int
part_text_fits(const struct part *part, const char *text)
{
	return (text == NULL || part->check == NULL ||
	    part->check(text) == NULL);
}

static int
part_put(struct ibuf *buf, const struct part *part, const char *place)
{
	uint32_t	 number;
	const char	*text;

	if (part->kind == PART_NUMBER) {
		memcpy(&number, place, sizeof(number));
		if (number < part->min || number > part->max)
			return (part_refuse(EINVAL));
		return (ibuf_add_n32(buf, number));
	}
	memcpy(&text, place, sizeof(text));
	if (!part_text_fits(part, text))
		return (part_refuse(EINVAL));
	if (part->kind == PART_OPTIONAL)
		return (msgpart_put_optional(buf, text, part->max));
	return (msgpart_put_text(buf, text, part->max));
}

/* A text that is there already comes from an earlier message: refused. */
static int
part_get(struct ibuf *buf, const struct part *part, char *place)
{
	uint32_t	 number;
	char		*text;
	int		 result;

	if (part->kind == PART_NUMBER) {
		if (ibuf_get_n32(buf, &number) == -1)
			return (-1);
		memcpy(place, &number, sizeof(number));
		if (number < part->min || number > part->max)
			return (part_refuse(EBADMSG));
		return (0);
	}
	memcpy(&text, place, sizeof(text));
	if (text != NULL)
		return (part_refuse(EBADMSG));
	result = part->kind == PART_OPTIONAL ?
	    msgpart_get_optional(buf, &text, part->max) :
	    msgpart_get_text(buf, &text, part->max);
	memcpy(place, &text, sizeof(text));
	if (result == 0 && !part_text_fits(part, text))
		return (part_refuse(EBADMSG));
	return (result);
}

static int
parts_put(struct ibuf *buf, const struct part *parts, size_t count,
    const void *object)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (part_put(buf, &parts[i], (const char *)object +
		    parts[i].offset) == -1)
			return (-1);
	return (0);
}

static int
parts_get(struct ibuf *buf, const struct part *parts, size_t count,
    void *object)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (part_get(buf, &parts[i], (char *)object +
		    parts[i].offset) == -1)
			return (-1);
	return (0);
}

/* A macro of the command line. */
int
msg_put_define(struct ibuf *buf, const struct symbol *symbol)
{
	return (parts_put(buf, define_parts, COUNT(define_parts), symbol));
}

/* Its counterpart; fails without a trace. */
int
msg_get_define(struct ibuf *buf, struct symbols *symbols)
{
	struct symbol	symbol;
	int		result;

	memset(&symbol, 0, sizeof(symbol));
	result = parts_get(buf, define_parts, COUNT(define_parts), &symbol);
	if (result == 0)
		result = msgpart_get_end(buf);
	if (result == 0)
		symbol_set(symbols, symbol.name, symbol.value, 1);
	free(symbol.name);
	msgpart_free_secret(symbol.value);
	return (result);
}

/* What is wrong; what is beyond COMPLAINT_MAX octets is left out. */
int
msg_put_complaint(struct ibuf *buf, const char *text)
{
	char	line[COMPLAINT_MAX + 1];

	strlcpy(line, text, sizeof(line));
	return (msgpart_put_text(buf, line, COMPLAINT_MAX));
}

/*
 * Its counterpart; the text is newly allocated.  If it is none that may be
 * printed, what is not ASCII in it becomes question marks.
 */
int
msg_get_complaint(struct ibuf *buf, char **text)
{
	char	*byte;

	if (msgpart_get_text(buf, text, COMPLAINT_MAX) == -1)
		return (-1);
	if (msgpart_get_end(buf) == -1) {
		free(*text);
		*text = NULL;
		return (-1);
	}
	if (!name_check_text(*text, strlen(*text)))
		for (byte = *text; *byte != '\0'; byte++)
			if (*byte < ' ' || *byte > '~')
				*byte = '?';
	return (0);
}

/* What is outside of all blocks, but for listeners. */
int
msg_put_globals(struct ibuf *buf, const struct config *config)
{
	return (parts_put(buf, global_parts, COUNT(global_parts), config));
}

/* Its counterpart; works once for a configuration. */
int
msg_get_globals(struct ibuf *buf, struct config *config)
{
	if (parts_get(buf, global_parts, COUNT(global_parts), config) == -1)
		return (-1);
	return (msgpart_get_end(buf));
}

/* Where to listen: a path, or an address and a port. */
int
msg_put_listener(struct ibuf *buf, const struct listener *listener)
{
	const struct sockaddr_un	*un;

	un = (const struct sockaddr_un *)&listener->address;
	if (parts_put(buf, listener_parts, COUNT(listener_parts),
	    listener) == -1)
		return (-1);
	if (un->sun_family == AF_UNIX)
		return (path_check(un->sun_path) != NULL ?
		    part_refuse(EINVAL) :
		    msgpart_put_text(buf, un->sun_path, SOCKET_PATH_MAX));
	if (msgpart_put_optional(buf, NULL, 0) == -1)
		return (-1);
	return (msgpart_put_address(buf, &listener->address));
}

static int
listener_get_path(struct ibuf *buf, struct listener *listener)
{
	struct sockaddr_un	*un;
	char			*path;

	if (msgpart_get_optional(buf, &path, SOCKET_PATH_MAX) == -1)
		return (-1);
	if (path == NULL)
		return (0);
	un = (struct sockaddr_un *)&listener->address;
	un->sun_family = AF_UNIX;
	strlcpy(un->sun_path, path, sizeof(un->sun_path));
	free(path);
	listener->length = sizeof(*un);
	return (path_check(un->sun_path) != NULL ? part_refuse(EBADMSG) : 0);
}

/* Its counterpart. */
int
msg_get_listener(struct ibuf *buf, struct listeners *listeners)
{
	struct listener	*listener;

	if ((listener = calloc(1, sizeof(*listener))) == NULL)
		return (-1);
	listener->fd = -1;
	TAILQ_INSERT_TAIL(listeners, listener, entry);
	if (parts_get(buf, listener_parts, COUNT(listener_parts),
	    listener) == -1 || listener_get_path(buf, listener) == -1)
		return (-1);
	if (listener->length == 0) {
		if (msgpart_get_address(buf, &listener->address) == -1)
			return (-1);
		listener->length = listener->address.ss_family == AF_INET ?
		    sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	}
	return (msgpart_get_end(buf));
}

static int
accounts_fit(const struct accounts *accounts)
{
	const struct hash_rules	*hash = &accounts->hash;
	unsigned int		 method;

	for (method = 0; method < HASH_METHODS; method++)
		if (hash->accept[method] != 0 &&
		    !hash_cost_valid(method, hash->accept[method]))
			return (0);
	return (hash_cost_valid(hash->method, hash->cost) &&
	    accounts->uid_min <= accounts->uid_max);
}

/* The block of that name, but for the shells. */
int
msg_put_accounts(struct ibuf *buf, const struct accounts *accounts)
{
	if (!accounts_fit(accounts))
		return (part_refuse(EINVAL));
	return (parts_put(buf, account_parts, COUNT(account_parts), accounts));
}

/* Its counterpart; works once for a configuration. */
int
msg_get_accounts(struct ibuf *buf, struct accounts *accounts)
{
	if (parts_get(buf, account_parts, COUNT(account_parts),
	    accounts) == -1)
		return (-1);
	return (accounts_fit(accounts) ? msgpart_get_end(buf) :
	    part_refuse(EBADMSG));
}

static int
client_fits(const struct client *client)
{
	return (name_check_client(client->name) == NULL &&
	    (!client->has_uid || (client->uid_min >= ID_FLOOR &&
	    client->uid_min <= client->uid_max)));
}

/* A client, but for its groups. */
int
msg_put_client(struct ibuf *buf, const struct client *client)
{
	struct client_secret	secret;
	int			result;

	if (!client_fits(client))
		return (part_refuse(EINVAL));
	secret.client = client->name;
	secret.secret = client->secret;
	secret.prefix_count = client->prefix_count;
	memcpy(secret.prefixes, client->prefixes, sizeof(secret.prefixes));
	result = parts_put(buf, client_parts, COUNT(client_parts), client);
	if (result == 0)
		result = msg_put_client_secret(buf, &secret);
	return (result);
}

/* Its counterpart. */
int
msg_get_client(struct ibuf *buf, struct clients *clients)
{
	struct client_secret	 secret;
	struct client		*client;

	if ((client = calloc(1, sizeof(*client))) == NULL)
		return (-1);
	TAILQ_INIT(&client->groups);
	TAILQ_INSERT_TAIL(clients, client, entry);
	if (parts_get(buf, client_parts, COUNT(client_parts), client) == -1 ||
	    msg_get_client_secret(buf, &secret) == -1)
		return (-1);
	client->name = secret.client;
	client->secret = secret.secret;
	client->prefix_count = secret.prefix_count;
	memcpy(client->prefixes, secret.prefixes, sizeof(client->prefixes));
	return (client_fits(client) ? 0 : part_refuse(EBADMSG));
}

static int
word_get(struct ibuf *buf, const struct part *parts, struct words *words)
{
	struct word	*word;

	if ((word = calloc(1, sizeof(*word))) == NULL)
		return (-1);
	TAILQ_INSERT_TAIL(words, word, entry);
	if (parts_get(buf, parts, 1, word) == -1)
		return (-1);
	return (msgpart_get_end(buf));
}

/* One of the shells that accounts may have. */
int
msg_put_shell(struct ibuf *buf, const struct word *shell)
{
	return (parts_put(buf, shell_parts, 1, shell));
}

/* Its counterpart. */
int
msg_get_shell(struct ibuf *buf, struct words *shells)
{
	return (word_get(buf, shell_parts, shells));
}

/* One of the groups of the last client. */
int
msg_put_group(struct ibuf *buf, const struct word *group)
{
	return (parts_put(buf, group_parts, 1, group));
}

/* Its counterpart. */
int
msg_get_group(struct ibuf *buf, struct words *groups)
{
	return (word_get(buf, group_parts, groups));
}
