/*
 * What parent, workers and auth say to each other: one table, one encoder
 * and one decoder per message, side by side.  A decoder checks all that the
 * type of a field promises, never what a value means: that is for whoever
 * receives it.  home and dwservctl are in msgcontrol.c.
 *
 * An encoder returns 0, or -1 with errno EINVAL or ERANGE if a value is one
 * that its decoder would refuse, or as ibuf_add() fails.  A decoder returns
 * 0, or -1 with errno EBADMSG; what it was to fill in is then all zero and
 * holds no memory.
 */

#include "msgpart.h"

#define GROUPS_LENGTH_MAX	(GROUPS_MAX * (NAME_LENGTH_MAX + 1))
#define PEER_LENGTH_MAX		127	/* of an address as text */
#define CODE_MIN		100	/* of a reply: three digits */
#define CODE_MAX		599

/* A line for the log, as it travels. */
struct log_line {
	enum log_level	 level;
	char		*text;
};

static int	request_move_ages(struct ibuf *, enum way, void *);
static int	login_move_peer(struct ibuf *, enum way, void *);
static int	credential_move_certificates(struct ibuf *, enum way, void *);
static int	credential_move_prefixes(struct ibuf *, enum way, void *);

static const struct part log_parts[] = {
	NUMBER(struct log_line, level, 0, LOG_LEVEL_DEBUG),
	TEXT(struct log_line, text, LINE_LENGTH_MAX, NULL)
};
static const struct message log_message =
    MESSAGE(struct log_line, log_parts);

static const struct part settings_parts[] = {
	FLAG(struct worker_settings, daytime),
	ANY(struct worker_settings, worker_sessions),
	ANY(struct worker_settings, source_sessions),
	ANY(struct worker_settings, login_sessions),
	ANY(struct worker_settings, source_login_sessions),
	FLAG(struct worker_settings, local_users),
	ANY(struct worker_settings, auth_failures),
	ANY(struct worker_settings, login_timeout),
	ANY(struct worker_settings, idle_timeout),
	NUMBER(struct worker_settings, hash.method, 0, HASH_METHODS - 1),
	ANY(struct worker_settings, hash.cost),
	ANY(struct worker_settings, hash.accept[HASH_YESCRYPT]),
	ANY(struct worker_settings, hash.accept[HASH_SHA512]),
	ANY(struct worker_settings, hash.accept[HASH_BCRYPT])
};
static const struct message settings_message =
    MESSAGE(struct worker_settings, settings_parts);

static const struct part string_parts[] = {
	ALONE(PART_TEXT, char *, 0, LINE_LENGTH_MAX, NULL)
};
static const struct message string_message = MESSAGE(char *, string_parts);

static const struct part number_parts[] = {
	ALONE(PART_NUMBER, uint32_t, 0, UINT32_MAX, NULL)
};
static const struct message number_message = MESSAGE(uint32_t, number_parts);

static const struct part age_parts[] = {
	FLAG(struct age, has),
	NUMBER(struct age, days, -1, INT64_MAX)
};
static const struct message age_message = MESSAGE(struct age, age_parts);

static const struct part request_parts[] = {
	ANY(struct request, session),
	ANY(struct request, number),
	NUMBER(struct request, part, 0, TRANSACTION_MAX),
	NUMBER(struct request, parts, 0, TRANSACTION_MAX),
	NUMBER(struct request, operation, 0, OPERATIONS - 1),
	NUMBER(struct request, flags, 0, REQUEST_FLAGS),
	NUMBER(struct request, home_choice, 0, HOME_CHOICES - 1),
	FLAG(struct request, has_uid),
	ANY(struct request, uid),
	FLAG(struct request, has_gid),
	ANY(struct request, gid),
	OTHER(request_move_ages),
	OPTIONAL(struct request, login, NAME_LENGTH_MAX, NULL),
	OPTIONAL(struct request, name, ALIAS_LENGTH_MAX, NULL),
	OPTIONAL(struct request, group, NAME_LENGTH_MAX, NULL),
	OPTIONAL(struct request, groups, GROUPS_LENGTH_MAX, NULL),
	OPTIONAL(struct request, groups_add, GROUPS_LENGTH_MAX, NULL),
	OPTIONAL(struct request, groups_remove, GROUPS_LENGTH_MAX, NULL),
	OPTIONAL(struct request, gecos, GECOS_LENGTH_MAX, NULL),
	OPTIONAL(struct request, home, PATH_LENGTH_MAX, NULL),
	OPTIONAL(struct request, shell, PATH_LENGTH_MAX, NULL),
	OPTIONAL(struct request, hash, HASH_LENGTH_MAX, NULL),
	OPTIONAL(struct request, alias, ALIAS_LENGTH_MAX, NULL),
	OPTIONAL(struct request, targets, LINE_LENGTH_MAX, NULL),
	OPTIONAL(struct request, idem, IDEM_LENGTH_MAX, NULL)
};
static const struct message request_message =
    MESSAGE(struct request, request_parts);

/* The request is behind it. */
static const struct part explain_parts[] = {
	TEXT(struct explain, client, CLIENT_LENGTH_MAX, NULL)
};
static const struct message explain_message =
    MESSAGE(struct explain, explain_parts);

static const struct part result_parts[] = {
	ANY(struct result, session),
	ANY(struct result, number),
	NUMBER(struct result, code, CODE_MIN, CODE_MAX),
	ARRAY(struct result, word),
	ARRAY(struct result, text)
};
static const struct message result_message =
    MESSAGE(struct result, result_parts);

static const struct part answer_line_parts[] = {
	ANY(struct answer_line, session),
	ANY(struct answer_line, number),
	TEXT(struct answer_line, text, ANSWER_LENGTH_MAX, NULL)
};
static const struct message answer_line_message =
    MESSAGE(struct answer_line, answer_line_parts);

static const struct part ledger_extent_parts[] = {
	ANY(struct ledger_extent, segment),
	ANY(struct ledger_extent, size),
	ANY(struct ledger_extent, last)
};
static const struct message ledger_extent_message =
    MESSAGE(struct ledger_extent, ledger_extent_parts);

static const struct part login_parts[] = {
	ANY(struct login, session),
	FLAG(struct login, local),
	OTHER(login_move_peer),
	OPTIONAL(struct login, client, CLIENT_LENGTH_MAX, NULL),
	OPTIONAL(struct login, secret, PASSWORD_LENGTH_MAX, NULL),
	OPTIONAL(struct login, fingerprint, FINGERPRINT_LENGTH, NULL),
	OPTIONAL(struct login, subject, SUBJECT_LENGTH_MAX, NULL)
};
static const struct message login_message =
    MESSAGE(struct login, login_parts);

static const struct part granted_parts[] = {
	ANY(struct granted, worker),
	ANY(struct granted, session),
	NUMBER(struct granted, way, 0, LOGIN_WAYS - 1),
	TEXT(struct granted, client, CLIENT_LENGTH_MAX, NULL),
	TEXT(struct granted, peer, PEER_LENGTH_MAX, NULL)
};
static const struct message granted_message =
    MESSAGE(struct granted, granted_parts);

static const struct part grant_parts[] = {
	ANY(struct grant, session),
	NUMBER(struct grant, operations, 0, OPERATION_BIT(OPERATIONS) - 1),
	ANY(struct grant, uid_min),
	ANY(struct grant, uid_max),
	ANY(struct grant, gid_min),
	ANY(struct grant, gid_max),
	ANY(struct grant, rate),
	ANY(struct grant, burst),
	FLAG(struct grant, reads_all),
	FLAG(struct grant, may_hash),
	FLAG(struct grant, has_domains),
	TEXT(struct grant, client, CLIENT_LENGTH_MAX, NULL),
	OPTIONAL(struct grant, groups, LINE_LENGTH_MAX, NULL),
	OPTIONAL(struct grant, names, LINE_LENGTH_MAX, NULL),
	OPTIONAL(struct grant, aliases, LINE_LENGTH_MAX, NULL),
	OPTIONAL(struct grant, domains, LINE_LENGTH_MAX, NULL),
	OPTIONAL(struct grant, shells, LINE_LENGTH_MAX, NULL),
	OPTIONAL(struct grant, home, PATH_LENGTH_MAX, NULL)
};
static const struct message grant_message =
    MESSAGE(struct grant, grant_parts);

static const struct part fingerprint_parts[] = {
	ARRAY(struct fingerprint, text)
};
static const struct message fingerprint_message =
    MESSAGE(struct fingerprint, fingerprint_parts);

static const struct part credential_parts[] = {
	TEXT(struct credential, client, CLIENT_LENGTH_MAX, NULL),
	OPTIONAL(struct credential, secrets[0], HASH_LENGTH_MAX, NULL),
	OPTIONAL(struct credential, secrets[1], HASH_LENGTH_MAX, NULL),
	OPTIONAL(struct credential, subject, SUBJECT_LENGTH_MAX, NULL),
	FLAG(struct credential, has_local_user),
	ANY(struct credential, uid),
	NUMBER(struct credential, certificate_count, 0,
	    CLIENT_CERTIFICATES_MAX),
	OTHER(credential_move_certificates),
	NUMBER(struct credential, prefix_count, 0, CLIENT_PREFIXES_MAX),
	OTHER(credential_move_prefixes)
};
static const struct message credential_message =
    MESSAGE(struct credential, credential_parts);

/* A line for the log; what is beyond LINE_LENGTH_MAX octets is left out. */
int
msg_put_log(struct ibuf *buf, enum log_level level, const char *text)
{
	char		 cut[LINE_LENGTH_MAX + 1];
	struct log_line	 line = { level, cut };

	strlcpy(cut, text, sizeof(cut));
	return (message_put(buf, &log_message, &line));
}

/* The text is newly allocated. */
int
msg_get_log(struct ibuf *buf, enum log_level *level, char **text)
{
	struct log_line	 line;
	int		 result;

	result = message_get(buf, &log_message, &line);
	*level = line.level;
	*text = line.text;
	return (result);
}

/* What a worker needs to know of the configuration. */
int
msg_put_settings(struct ibuf *buf, const struct worker_settings *settings)
{
	return (message_put(buf, &settings_message, settings));
}

/* Its counterpart. */
int
msg_get_settings(struct ibuf *buf, struct worker_settings *settings)
{
	return (message_get(buf, &settings_message, settings));
}

/* A string, not NULL, of at most LINE_LENGTH_MAX octets. */
int
msg_put_string(struct ibuf *buf, const char *string)
{
	return (message_put(buf, &string_message, &string));
}

/* The string is newly allocated. */
int
msg_get_string(struct ibuf *buf, char **string)
{
	return (message_get(buf, &string_message, string));
}

/* A number by itself. */
int
msg_put_number(struct ibuf *buf, uint32_t number)
{
	return (message_put(buf, &number_message, &number));
}

/* Its counterpart. */
int
msg_get_number(struct ibuf *buf, uint32_t *number)
{
	return (message_get(buf, &number_message, number));
}

/* An age as requests name it. */
const char *
age_name(enum age_kind kind)
{
	static const char *const	 names[AGES] = {
		[AGE_MIN] = "min",
		[AGE_MAX] = "max",
		[AGE_WARN] = "warn",
		[AGE_INACTIVE] = "inactive",
		[AGE_EXPIRE] = "expire"
	};

	return (names[kind]);
}

/* How a client was known, as the log and dwservctl(8) name it. */
const char *
login_way_name(enum login_way way)
{
	static const char *const	 names[LOGIN_WAYS] = {
		[LOGIN_SECRET_1] = "secret-1",
		[LOGIN_SECRET_2] = "secret-2",
		[LOGIN_CERTIFICATE] = "certificate",
		[LOGIN_SUBJECT] = "subject",
		[LOGIN_LOCAL_USER] = "local-user"
	};

	return (names[way]);
}

static int
request_move_ages(struct ibuf *buf, enum way way, void *object)
{
	struct request	*request = object;
	int		 i;

	for (i = 0; i < AGES; i++)
		if (parts_move(buf, way, &age_message,
		    &request->ages[i]) == -1)
			return (-1);
	return (0);
}

/* What a client wishes for; the strings may be NULL. */
int
msg_put_request(struct ibuf *buf, const struct request *request)
{
	return (message_put(buf, &request_message, request));
}

/* Its counterpart; request_free() frees what it allocates. */
int
msg_get_request(struct ibuf *buf, struct request *request)
{
	return (message_get(buf, &request_message, request));
}

/* Might that client make this request? */
int
msg_put_explain(struct ibuf *buf, const struct explain *explain)
{
	if (message_put(buf, &explain_message, explain) == -1)
		return (-1);
	return (message_put(buf, &request_message, &explain->request));
}

/* Its counterpart; explain_free() frees what it allocates. */
int
msg_get_explain(struct ibuf *buf, struct explain *explain)
{
	memset(explain, 0, sizeof(*explain));
	if (parts_move(buf, RECEIVE, &explain_message, explain) == 0 &&
	    message_add(buf, &request_message, &explain->request) == 0)
		return (0);
	explain_free(explain);
	return (-1);
}

/* A reply line but for its line ending. */
int
msg_put_result(struct ibuf *buf, const struct result *result)
{
	return (message_put(buf, &result_message, result));
}

/* Its counterpart. */
int
msg_get_result(struct ibuf *buf, struct result *result)
{
	return (message_get(buf, &result_message, result));
}

/* One of several lines of an answer. */
int
msg_put_answer_line(struct ibuf *buf, const struct answer_line *line)
{
	return (message_put(buf, &answer_line_message, line));
}

/* Its counterpart; the text is newly allocated. */
int
msg_get_answer_line(struct ibuf *buf, struct answer_line *line)
{
	return (message_get(buf, &answer_line_message, line));
}

/* How far the ledger is durable. */
int
msg_put_ledger_extent(struct ibuf *buf, const struct ledger_extent *extent)
{
	return (message_put(buf, &ledger_extent_message, extent));
}

/* Its counterpart. */
int
msg_get_ledger_extent(struct ibuf *buf, struct ledger_extent *extent)
{
	return (message_get(buf, &ledger_extent_message, extent));
}

/* There is no address if it is local. */
static int
login_move_peer(struct ibuf *buf, enum way way, void *object)
{
	struct login	*login = object;

	return (login->local ? 0 : address_move(buf, way, &login->peer));
}

/* May this peer act for that client? */
int
msg_put_login(struct ibuf *buf, const struct login *login)
{
	return (message_put(buf, &login_message, login));
}

/* Its counterpart; login_free() frees what it allocates. */
int
msg_get_login(struct ibuf *buf, struct login *login)
{
	return (message_get(buf, &login_message, login));
}

/* That session of that worker acts for this client. */
int
msg_put_granted(struct ibuf *buf, const struct granted *granted)
{
	return (message_put(buf, &granted_message, granted));
}

/* Its counterpart; granted_free() frees what it allocates. */
int
msg_get_granted(struct ibuf *buf, struct granted *granted)
{
	return (message_get(buf, &granted_message, granted));
}

/* What a session may see and ask. */
int
msg_put_grant(struct ibuf *buf, const struct grant *grant)
{
	return (message_put(buf, &grant_message, grant));
}

/* Its counterpart; grant_free() frees what it allocates. */
int
msg_get_grant(struct ibuf *buf, struct grant *grant)
{
	return (message_get(buf, &grant_message, grant));
}

static int
credential_move_certificates(struct ibuf *buf, enum way way, void *object)
{
	struct credential	*credential = object;
	uint32_t		 i;

	for (i = 0; i < credential->certificate_count; i++)
		if (parts_move(buf, way, &fingerprint_message,
		    &credential->certificates[i]) == -1)
			return (-1);
	return (0);
}

static int
credential_move_prefixes(struct ibuf *buf, enum way way, void *object)
{
	struct credential	*credential = object;

	return (prefixes_move(buf, way, credential->prefixes,
	    credential->prefix_count));
}

/* A client's name, what it is known by, and whence it may come. */
int
msg_put_credential(struct ibuf *buf, const struct credential *credential)
{
	return (message_put(buf, &credential_message, credential));
}

/* Its counterpart; credential_free() frees what it allocates. */
int
msg_get_credential(struct ibuf *buf, struct credential *credential)
{
	return (message_get(buf, &credential_message, credential));
}

/* Wipes and frees the strings, as the five below, and leaves all zero. */
void
request_free(struct request *request)
{
	message_free(&request_message, request);
}

void
login_free(struct login *login)
{
	message_free(&login_message, login);
}

void
granted_free(struct granted *granted)
{
	message_free(&granted_message, granted);
}

void
grant_free(struct grant *grant)
{
	message_free(&grant_message, grant);
}

void
explain_free(struct explain *explain)
{
	request_free(&explain->request);
	message_free(&explain_message, explain);
}

void
credential_free(struct credential *credential)
{
	message_free(&credential_message, credential);
}
