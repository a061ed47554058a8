/*
 * Orders, a line each: what the test has the program do.
 */

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

#define WAIT_SECONDS	30

static void	order_cases(struct hostile *, char *);
static void	order_granted(struct hostile *, char *);
static void	order_home(struct hostile *, char *);
static void	order_login(struct hostile *, char *);
static void	order_mutate(struct hostile *, char *);
static void	order_record(struct hostile *, char *);
static void	order_request(struct hostile *, char *);
static void	order_wait(struct hostile *, char *);

static const struct order {
	const char	*word;
	void		(*obey)(struct hostile *, char *);
} orders[] = {
	{ "cases", order_cases },
	{ "deaf", hostile_deaf },
	{ "flood", hostile_flood },
	{ "granted", order_granted },
	{ "home", order_home },
	{ "linger", hostile_linger },
	{ "login", order_login },
	{ "mutate", order_mutate },
	{ "parts", hostile_parts },
	{ "record", order_record },
	{ "request", order_request },
	{ "segments", hostile_segments },
	{ "stall", hostile_stall },
	{ "wait", order_wait }
};

/* Carry out one order. */
void
hostile_obey(struct hostile *hostile, char *line)
{
	const char	*word = strsep(&line, " ");
	size_t		 i;

	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(orders[i].word, word) == 0) {
			orders[i].obey(hostile, line);
			return;
		}
	hostile_note(hostile, "unknown order %s\n", word);
}

/* The next word, as a number; 0 if there is none. */
uint64_t
order_number(char **line)
{
	const char	*word = strsep(line, " ");

	return (word == NULL ? 0 : strtoull(word, NULL, 10));
}

static void
order_cases(struct hostile *hostile, char *line)
{
	(void)line;
	hostile_cases(hostile);
}

/* record: write down what comes back. */
static void
order_record(struct hostile *hostile, char *line)
{
	(void)line;
	hostile->record = 1;
}

/* home MODE: how orders for home directories are answered from now on. */
static void
order_home(struct hostile *hostile, char *line)
{
	strlcpy(hostile->home_mode, line, sizeof(hostile->home_mode));
}

/* wait ANSWERS SESSIONS: until there are so many. */
static void
order_wait(struct hostile *hostile, char *line)
{
	uint64_t	answers = order_number(&line);
	uint64_t	sessions = order_number(&line);

	if (hostile_wait(hostile, &hostile->state->answers, answers,
	    WAIT_SECONDS) == -1 || hostile_wait(hostile,
	    &hostile->state->sessions, sessions, WAIT_SECONDS) == -1)
		hostile_note(hostile, "waited in vain\n");
}

/* login SESSION CLIENT SECRET: to auth, from an address that is a lie. */
static void
order_login(struct hostile *hostile, char *line)
{
	struct login		 login;
	struct sockaddr_in	*peer = (struct sockaddr_in *)&login.peer;
	struct ibuf		*buf;

	while (!hostile->has_auth)
		hostile_listen(hostile, 100);
	memset(&login, 0, sizeof(login));
	login.session = (uint32_t)order_number(&line);
	login.client = strsep(&line, " ");
	login.secret = line;
	peer->sin_family = AF_INET;
	peer->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	buf = imsg_create(&hostile->auth, IMSG_WORKER_LOGIN, 0, 0);
	if (msg_put_login(buf, &login) == -1)
		hostile_quit("cannot encode a login");
	imsg_close(&hostile->auth, buf);
	imsgbuf_flush(&hostile->auth);
}

/*
 * mutate SEED COUNT SESSION [CLIENT SECRET]: of a session that auth grants
 * anew to each process, if there is a client.
 */
static void
order_mutate(struct hostile *hostile, char *line)
{
	uint64_t	seed = order_number(&line);
	uint64_t	count = order_number(&line);
	uint64_t	sessions = hostile->state->sessions + 1;
	char		login[256];

	if (line != NULL && strchr(line, ' ') != NULL) {
		strlcpy(login, line, sizeof(login));
		order_login(hostile, login);
		hostile_wait(hostile, &hostile->state->sessions, sessions,
		    WAIT_SECONDS);
	}
	hostile_mutate(hostile, seed, count, (uint32_t)order_number(&line));
}

/* Undo %41 and the like. */
static char *
order_decode(const char *text)
{
	char		*to = strdup(text), *start = to;
	unsigned int	 octet;

	for (; *text != '\0'; text++) {
		if (*text == '%' && sscanf(text + 1, "%2x", &octet) == 1) {
			*to++ = (char)octet;
			text += 2;
		} else
			*to++ = *text;
	}
	*to = '\0';
	return (start);
}

#define TEXT(name)	{ #name, offsetof(struct request, name), 0 }
#define NUMBER(name)	{ #name, offsetof(struct request, name), 4 }
#define OCTET(name)	{ #name, offsetof(struct request, name), 1 }
static const struct field_name {
	const char	*name;
	size_t		 offset;
	size_t		 size;		/* 0: a text */
} fields[] = {
	NUMBER(session), NUMBER(number), NUMBER(part), NUMBER(parts),
	NUMBER(operation), NUMBER(flags), NUMBER(home_choice),
	OCTET(has_uid), NUMBER(uid), OCTET(has_gid), NUMBER(gid),
	TEXT(login), TEXT(name), TEXT(group), TEXT(groups),
	TEXT(groups_add), TEXT(groups_remove), TEXT(gecos), TEXT(home),
	TEXT(shell), TEXT(hash), TEXT(alias), TEXT(targets), TEXT(idem),
	{ "expire", offsetof(struct request, ages[AGE_EXPIRE].days), 8 },
	{ "has_expire", offsetof(struct request, ages[AGE_EXPIRE].has), 1 }
};

static void
order_field(struct request *request, char *word)
{
	const struct field_name	*field;
	char			*value = strchr(word, '=');
	char			*text;
	uint64_t		 number;

	if (value == NULL)
		hostile_quit(word);
	*value++ = '\0';
	for (field = fields; field < fields + sizeof(fields) /
	    sizeof(fields[0]); field++) {
		if (strcmp(field->name, word) != 0)
			continue;
		text = order_decode(value);
		number = strtoull(value, NULL, 10);
		/* The numbers here are in the order of this machine. */
		if (field->size == 0)
			memcpy((char *)request + field->offset, &text,
			    sizeof(text));
		else
			memcpy((char *)request + field->offset, &number,
			    field->size);
		return;
	}
	hostile_quit(word);
}

/* request KEY=VALUE...: of the fields of struct request. */
static void
order_request(struct hostile *hostile, char *line)
{
	struct request	 request;
	struct ibuf	*buf = imsg_create(&hostile->parent,
			    IMSG_WORKER_REQUEST, 0, 0);
	char		*word;

	memset(&request, 0, sizeof(request));
	while ((word = strsep(&line, " ")) != NULL)
		if (*word != '\0')
			order_field(&request, word);
	if (msg_put_request(buf, &request) == -1) {
		hostile_note(hostile, "%u 0 unencodable\n", request.number);
		hostile->state->answers++;
		ibuf_free(buf);
		return;
	}
	imsg_close(&hostile->parent, buf);
	hostile->state->sent++;
	hostile_flush(hostile);
}

/*
 * granted WORKER SESSION CLIENT PEER: as auth.  The worker is a number, or
 * w0, w1 and so on for those that the parent has told of.
 */
static void
order_granted(struct hostile *hostile, char *line)
{
	struct granted	 granted;
	struct ibuf	*buf = imsg_create(&hostile->parent,
			    IMSG_AUTH_GRANTED, 0, 0);
	char		*worker = strsep(&line, " ");
	size_t		 i;

	if (*worker == 'w') {
		i = strtoul(worker + 1, NULL, 10);
		granted.worker = i < hostile->worker_count ?
		    hostile->workers[i] : 0;
	} else
		granted.worker = (uint32_t)strtoul(worker, NULL, 10);
	granted.session = (uint32_t)order_number(&line);
	granted.way = 0;
	granted.client = order_decode(strsep(&line, " "));
	granted.peer = order_decode(line);
	if (msg_put_granted(buf, &granted) == -1)
		hostile_quit("cannot encode a grant");
	imsg_close(&hostile->parent, buf);
	hostile->state->sent++;
	hostile_flush(hostile);
}
