/*
 * What parent, workers and auth say to each other: one encoder and one
 * decoder per message, side by side.  A decoder checks all that the type of
 * a field promises, never what a value means: that is for whoever receives
 * it.  home and dwservctl are in msgcontrol.c.
 *
 * An encoder returns 0, or -1 with errno EINVAL or ERANGE if a value is one
 * that its decoder would refuse, or as ibuf_add() fails.  A decoder returns
 * 0, or -1 with errno EBADMSG or ENOMEM; what it was to fill in is then all
 * zero and holds no memory.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "msgpart.h"

#define GROUPS_LENGTH_MAX	(GROUPS_MAX * (NAME_LENGTH_MAX + 1))
#define PEER_LENGTH_MAX		127	/* of an address as text */
#define CODE_MIN		100	/* of a reply: three digits */
#define CODE_MAX		599

static int	msg_get_strings(struct ibuf *, struct request *);
static int	msg_put_prefix(struct ibuf *, const struct prefix *);
static int	msg_get_prefix(struct ibuf *, struct prefix *);
static int	msg_prefix_fits(const struct prefix *);

/* A line for the log; what is beyond LINE_LENGTH_MAX octets is left out. */
int
msg_put_log(struct ibuf *buf, enum log_level level, const char *text)
{
	char	 line[LINE_LENGTH_MAX + 1];

	strlcpy(line, text, sizeof(line));
	if (msgpart_put_choice(buf, level, LOG_LEVEL_DEBUG + 1) == -1)
		return (-1);
	return (msgpart_put_text(buf, line, LINE_LENGTH_MAX));
}

/* The text is newly allocated. */
int
msg_get_log(struct ibuf *buf, enum log_level *level, char **text)
{
	uint32_t	 value;

	*level = 0;
	*text = NULL;
	if (msgpart_get_choice(buf, &value, LOG_LEVEL_DEBUG + 1) == -1 ||
	    msgpart_get_text(buf, text, LINE_LENGTH_MAX) == -1 ||
	    msgpart_get_end(buf) == -1) {
		free(*text);
		*text = NULL;
		return (-1);
	}
	*level = (enum log_level)value;
	return (0);
}

/* What a worker needs to know of the configuration. */
int
msg_put_settings(struct ibuf *buf, const struct worker_settings *settings)
{
	const struct hash_rules	*hash = &settings->hash;
	int			 i;

	if (msgpart_put_flag8(buf, settings->daytime) == -1 ||
	    ibuf_add_n32(buf, settings->worker_sessions) == -1 ||
	    ibuf_add_n32(buf, settings->source_sessions) == -1 ||
	    ibuf_add_n32(buf, settings->auth_failures) == -1 ||
	    ibuf_add_n32(buf, settings->login_timeout) == -1 ||
	    ibuf_add_n32(buf, settings->idle_timeout) == -1 ||
	    msgpart_put_choice(buf, hash->method, HASH_METHODS) == -1 ||
	    ibuf_add_n32(buf, hash->cost) == -1)
		return (-1);
	for (i = 0; i < HASH_METHODS; i++)
		if (ibuf_add_n32(buf, hash->accept[i]) == -1)
			return (-1);
	return (0);
}

/* Its counterpart. */
int
msg_get_settings(struct ibuf *buf, struct worker_settings *settings)
{
	struct hash_rules	*hash = &settings->hash;
	uint32_t		 method;
	int			 i, bad = 0;

	memset(settings, 0, sizeof(*settings));
	if (msgpart_get_flag8(buf, &settings->daytime) == -1 ||
	    ibuf_get_n32(buf, &settings->worker_sessions) == -1 ||
	    ibuf_get_n32(buf, &settings->source_sessions) == -1 ||
	    ibuf_get_n32(buf, &settings->auth_failures) == -1 ||
	    ibuf_get_n32(buf, &settings->login_timeout) == -1 ||
	    ibuf_get_n32(buf, &settings->idle_timeout) == -1 ||
	    msgpart_get_choice(buf, &method, HASH_METHODS) == -1 ||
	    ibuf_get_n32(buf, &hash->cost) == -1)
		bad = 1;
	for (i = 0; i < HASH_METHODS && !bad; i++)
		bad = ibuf_get_n32(buf, &hash->accept[i]) == -1;
	if (bad || msgpart_get_end(buf) == -1) {
		memset(settings, 0, sizeof(*settings));
		return (-1);
	}
	hash->method = (enum hash_method)method;
	return (0);
}

/* A string, not NULL, of at most LINE_LENGTH_MAX octets. */
int
msg_put_string(struct ibuf *buf, const char *string)
{
	return (msgpart_put_text(buf, string, LINE_LENGTH_MAX));
}

/* The string is newly allocated. */
int
msg_get_string(struct ibuf *buf, char **string)
{
	if (msgpart_get_text(buf, string, LINE_LENGTH_MAX) == -1)
		return (-1);
	if (msgpart_get_end(buf) == -1) {
		free(*string);
		*string = NULL;
		return (-1);
	}
	return (0);
}

/* A number by itself. */
int
msg_put_number(struct ibuf *buf, uint32_t number)
{
	return (ibuf_add_n32(buf, number));
}

/* Its counterpart. */
int
msg_get_number(struct ibuf *buf, uint32_t *number)
{
	*number = 0;
	if (ibuf_get_n32(buf, number) == -1)
		return (-1);
	if (msgpart_get_end(buf) == -1) {
		*number = 0;
		return (-1);
	}
	return (0);
}

/* What a client wishes for; the strings may be NULL. */
int
msg_put_request(struct ibuf *buf, const struct request *request)
{
	if (request->expire < -1) {
		errno = EINVAL;
		return (-1);
	}
	if (ibuf_add_n32(buf, request->session) == -1 ||
	    ibuf_add_n32(buf, request->number) == -1 ||
	    msgpart_put_choice(buf, request->operation, OPERATIONS) == -1 ||
	    msgpart_put_choice(buf, request->home_choice,
	    HOME_CHOICES) == -1 ||
	    msgpart_put_flag(buf, request->has_uid) == -1 ||
	    ibuf_add_n32(buf, request->uid) == -1 ||
	    msgpart_put_flag(buf, request->has_expire) == -1 ||
	    ibuf_add_n64(buf, (uint64_t)request->expire) == -1 ||
	    msgpart_put_optional(buf, request->login, NAME_LENGTH_MAX) == -1 ||
	    msgpart_put_optional(buf, request->group, NAME_LENGTH_MAX) == -1 ||
	    msgpart_put_optional(buf, request->groups,
	    GROUPS_LENGTH_MAX) == -1 ||
	    msgpart_put_optional(buf, request->gecos,
	    GECOS_LENGTH_MAX) == -1 ||
	    msgpart_put_optional(buf, request->home, PATH_LENGTH_MAX) == -1 ||
	    msgpart_put_optional(buf, request->shell, PATH_LENGTH_MAX) == -1)
		return (-1);
	return (msgpart_put_optional(buf, request->hash, HASH_LENGTH_MAX));
}

/* Its counterpart; request_free() frees what it allocates. */
int
msg_get_request(struct ibuf *buf, struct request *request)
{
	uint64_t	 expire;

	memset(request, 0, sizeof(*request));
	if (ibuf_get_n32(buf, &request->session) == -1 ||
	    ibuf_get_n32(buf, &request->number) == -1 ||
	    msgpart_get_choice(buf, &request->operation, OPERATIONS) == -1 ||
	    msgpart_get_choice(buf, &request->home_choice,
	    HOME_CHOICES) == -1 ||
	    msgpart_get_flag(buf, &request->has_uid) == -1 ||
	    ibuf_get_n32(buf, &request->uid) == -1 ||
	    msgpart_get_flag(buf, &request->has_expire) == -1 ||
	    ibuf_get_n64(buf, &expire) == -1 ||
	    msg_get_strings(buf, request) == -1 ||
	    msgpart_get_end(buf) == -1) {
		request_free(request);
		return (-1);
	}
	request->expire = (int64_t)expire;
	if (request->expire < -1) {
		request_free(request);
		errno = EBADMSG;
		return (-1);
	}
	return (0);
}

/* A reply line but for its line ending. */
int
msg_put_result(struct ibuf *buf, const struct result *result)
{
	if (result->code < CODE_MIN || result->code > CODE_MAX) {
		errno = EINVAL;
		return (-1);
	}
	if (ibuf_add_n32(buf, result->session) == -1 ||
	    ibuf_add_n32(buf, result->number) == -1 ||
	    ibuf_add_n16(buf, result->code) == -1 ||
	    msgpart_put_array(buf, result->word, sizeof(result->word)) == -1)
		return (-1);
	return (msgpart_put_array(buf, result->text, sizeof(result->text)));
}

/* Its counterpart. */
int
msg_get_result(struct ibuf *buf, struct result *result)
{
	memset(result, 0, sizeof(*result));
	if (ibuf_get_n32(buf, &result->session) == -1 ||
	    ibuf_get_n32(buf, &result->number) == -1 ||
	    ibuf_get_n16(buf, &result->code) == -1 ||
	    msgpart_get_array(buf, result->word, sizeof(result->word)) == -1 ||
	    msgpart_get_array(buf, result->text, sizeof(result->text)) == -1 ||
	    msgpart_get_end(buf) == -1) {
		memset(result, 0, sizeof(*result));
		return (-1);
	}
	if (result->code < CODE_MIN || result->code > CODE_MAX) {
		memset(result, 0, sizeof(*result));
		errno = EBADMSG;
		return (-1);
	}
	return (0);
}

/* May this peer act for that client?  There is no address if it is local. */
int
msg_put_login(struct ibuf *buf, const struct login *login)
{
	if (ibuf_add_n32(buf, login->session) == -1 ||
	    msgpart_put_flag8(buf, login->local) == -1 ||
	    (!login->local &&
	    msgpart_put_address(buf, &login->peer) == -1) ||
	    msgpart_put_text(buf, login->client, CLIENT_LENGTH_MAX) == -1)
		return (-1);
	return (msgpart_put_text(buf, login->secret, PASSWORD_LENGTH_MAX));
}

/* Its counterpart; login_free() frees what it allocates. */
int
msg_get_login(struct ibuf *buf, struct login *login)
{
	memset(login, 0, sizeof(*login));
	if (ibuf_get_n32(buf, &login->session) == -1 ||
	    msgpart_get_flag8(buf, &login->local) == -1 ||
	    (!login->local &&
	    msgpart_get_address(buf, &login->peer) == -1) ||
	    msgpart_get_text(buf, &login->client, CLIENT_LENGTH_MAX) == -1 ||
	    msgpart_get_text(buf, &login->secret, PASSWORD_LENGTH_MAX) == -1 ||
	    msgpart_get_end(buf) == -1) {
		login_free(login);
		return (-1);
	}
	return (0);
}

/* That session of that worker acts for this client. */
int
msg_put_granted(struct ibuf *buf, const struct granted *granted)
{
	if (ibuf_add_n32(buf, granted->worker) == -1 ||
	    ibuf_add_n32(buf, granted->session) == -1 ||
	    msgpart_put_text(buf, granted->client, CLIENT_LENGTH_MAX) == -1)
		return (-1);
	return (msgpart_put_text(buf, granted->peer, PEER_LENGTH_MAX));
}

/* Its counterpart; granted_free() frees what it allocates. */
int
msg_get_granted(struct ibuf *buf, struct granted *granted)
{
	memset(granted, 0, sizeof(*granted));
	if (ibuf_get_n32(buf, &granted->worker) == -1 ||
	    ibuf_get_n32(buf, &granted->session) == -1 ||
	    msgpart_get_text(buf, &granted->client, CLIENT_LENGTH_MAX) == -1 ||
	    msgpart_get_text(buf, &granted->peer, PEER_LENGTH_MAX) == -1 ||
	    msgpart_get_end(buf) == -1) {
		granted_free(granted);
		return (-1);
	}
	return (0);
}

/* What a session may see and ask. */
int
msg_put_grant(struct ibuf *buf, const struct grant *grant)
{
	if (ibuf_add_n32(buf, grant->session) == -1 ||
	    msgpart_put_choice(buf, grant->operations,
	    OPERATION_BIT(OPERATIONS)) == -1 ||
	    ibuf_add_n32(buf, grant->uid_min) == -1 ||
	    ibuf_add_n32(buf, grant->uid_max) == -1)
		return (-1);
	return (msgpart_put_text(buf, grant->client, CLIENT_LENGTH_MAX));
}

/* Its counterpart; the client's name is newly allocated. */
int
msg_get_grant(struct ibuf *buf, struct grant *grant)
{
	memset(grant, 0, sizeof(*grant));
	if (ibuf_get_n32(buf, &grant->session) == -1 ||
	    msgpart_get_choice(buf, &grant->operations,
	    OPERATION_BIT(OPERATIONS)) == -1 ||
	    ibuf_get_n32(buf, &grant->uid_min) == -1 ||
	    ibuf_get_n32(buf, &grant->uid_max) == -1 ||
	    msgpart_get_text(buf, &grant->client, CLIENT_LENGTH_MAX) == -1 ||
	    msgpart_get_end(buf) == -1) {
		free(grant->client);
		memset(grant, 0, sizeof(*grant));
		return (-1);
	}
	return (0);
}

/* A client's name, the hash of its secret, and whence it may come. */
int
msg_put_client_secret(struct ibuf *buf, const struct client_secret *client)
{
	uint32_t	 i;

	if (msgpart_put_text(buf, client->client, CLIENT_LENGTH_MAX) == -1 ||
	    msgpart_put_text(buf, client->secret, HASH_LENGTH_MAX) == -1 ||
	    msgpart_put_choice(buf, client->prefix_count,
	    CLIENT_PREFIXES_MAX + 1) == -1)
		return (-1);
	for (i = 0; i < client->prefix_count; i++)
		if (msg_put_prefix(buf, &client->prefixes[i]) == -1)
			return (-1);
	return (0);
}

/* Its counterpart; client_secret_free() frees what it allocates. */
int
msg_get_client_secret(struct ibuf *buf, struct client_secret *client)
{
	uint32_t	 i;
	int		 bad = 0;

	memset(client, 0, sizeof(*client));
	if (msgpart_get_text(buf, &client->client, CLIENT_LENGTH_MAX) == -1 ||
	    msgpart_get_text(buf, &client->secret, HASH_LENGTH_MAX) == -1 ||
	    msgpart_get_choice(buf, &client->prefix_count,
	    CLIENT_PREFIXES_MAX + 1) == -1)
		bad = 1;
	for (i = 0; i < client->prefix_count && !bad; i++)
		bad = msg_get_prefix(buf, &client->prefixes[i]) == -1;
	if (bad || msgpart_get_end(buf) == -1) {
		client_secret_free(client);
		return (-1);
	}
	return (0);
}

/* Frees the strings, wipes the hash, and leaves all zero. */
void
request_free(struct request *request)
{
	free(request->login);
	free(request->group);
	free(request->groups);
	free(request->gecos);
	free(request->home);
	free(request->shell);
	msgpart_free_secret(request->hash);
	memset(request, 0, sizeof(*request));
}

/* Frees the strings, wipes the secret, and leaves all zero. */
void
login_free(struct login *login)
{
	free(login->client);
	msgpart_free_secret(login->secret);
	memset(login, 0, sizeof(*login));
}

/* Frees the strings and leaves all zero. */
void
granted_free(struct granted *granted)
{
	free(granted->client);
	free(granted->peer);
	memset(granted, 0, sizeof(*granted));
}

/* Frees the strings, wipes the secret's hash, and leaves all zero. */
void
client_secret_free(struct client_secret *client)
{
	free(client->client);
	msgpart_free_secret(client->secret);
	memset(client, 0, sizeof(*client));
}

static int
msg_get_strings(struct ibuf *buf, struct request *request)
{
	if (msgpart_get_optional(buf, &request->login,
	    NAME_LENGTH_MAX) == -1 ||
	    msgpart_get_optional(buf, &request->group,
	    NAME_LENGTH_MAX) == -1 ||
	    msgpart_get_optional(buf, &request->groups,
	    GROUPS_LENGTH_MAX) == -1 ||
	    msgpart_get_optional(buf, &request->gecos,
	    GECOS_LENGTH_MAX) == -1 ||
	    msgpart_get_optional(buf, &request->home,
	    PATH_LENGTH_MAX) == -1 ||
	    msgpart_get_optional(buf, &request->shell,
	    PATH_LENGTH_MAX) == -1)
		return (-1);
	return (msgpart_get_optional(buf, &request->hash, HASH_LENGTH_MAX));
}

static int
msg_put_prefix(struct ibuf *buf, const struct prefix *prefix)
{
	if (!prefix->local && !msg_prefix_fits(prefix)) {
		errno = EINVAL;
		return (-1);
	}
	if (msgpart_put_flag8(buf, prefix->local) == -1)
		return (-1);
	if (prefix->local)
		return (0);
	if (msgpart_put_address(buf, &prefix->address) == -1)
		return (-1);
	return (ibuf_add_n8(buf, prefix->length));
}

static int
msg_get_prefix(struct ibuf *buf, struct prefix *prefix)
{
	if (msgpart_get_flag8(buf, &prefix->local) == -1)
		return (-1);
	if (prefix->local)
		return (0);
	if (msgpart_get_address(buf, &prefix->address) == -1 ||
	    ibuf_get_n8(buf, &prefix->length) == -1)
		return (-1);
	if (!msg_prefix_fits(prefix)) {
		errno = EBADMSG;
		return (-1);
	}
	return (0);
}

/* Is the prefix no longer than the address?  Other families fail later. */
static int
msg_prefix_fits(const struct prefix *prefix)
{
	return (prefix->length <=
	    (prefix->address.ss_family == AF_INET ? 32 : 128));
}
