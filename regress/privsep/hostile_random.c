/*
 * Random messages, and valid ones that are changed here and there.  What is
 * well-formed goes out as it comes; what is not is the last of its process,
 * since the parent ends that.
 */

#include <sys/param.h>

#include <string.h>

#include "../unit/msg_samples.h"

#include "hostile.h"

#include "parent.h"

#define BATCH		400	/* messages before one that is malformed */
#define AHEAD		1000	/* that may wait for their answers */

/* xorshift64*, Marsaglia and Vigna. */
uint64_t
hostile_random(struct hostile *hostile)
{
	uint64_t	x = hostile->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	hostile->random = x;
	return (x * 0x2545f4914f6cdd1dULL >> 11);
}

static uint32_t
random_below(struct hostile *hostile, uint32_t end)
{
	return ((uint32_t)(hostile_random(hostile) % end));
}

/* A text that somebody may have forgotten to look at; often none. */
static char *
random_text(struct hostile *hostile)
{
	static const char *const	 words[] = {
		"", "root", "boss", "veteran", "alice", "a", "..", "../..",
		"/", "/etc", "/etc/shadow", "/home/../etc/cron.d", "/home",
		"/home/", "/home/x/../../etc", "/home/alice", "a:b", "a\nb",
		"x::0:0::/:/bin/sh", "\n", ":", "+", "-", "+@all", "a,b",
		"sudo", "root,sudo", "docker", "wheel", "ftp", "0", "-1",
		"$6$x$y:0:", "!", "*", "\xff\xfe", "\xc3", "\x7f", "\x1b[2J",
		"|/bin/sh", "\"|/bin/sh\"", "/dev/null", ":include:/etc/x",
		"%s%n%n", "$(id)", "`id`", "/bin/sh", "/bin/bash", "a b",
		"abcdefghijklmnopqrstuvwxyzabcdefghi", "_dwserv", "nobody",
		"customer", "second", "shoppers", "customer", "new"
	};
	uint32_t			 i;

	i = random_below(hostile, sizeof(words) / sizeof(words[0]) * 2);
	return (i < sizeof(words) / sizeof(words[0]) ?
	    (char *)(uintptr_t)words[i] : NULL);
}

static uint32_t
random_id(struct hostile *hostile)
{
	static const uint32_t	ids[] = {
		0, 1, 999, 1000, 9999, 10000, 20000, 20005, 20010, 20011,
		60000, 61184, 65519, 65534, 65535, INT32_MAX, UINT32_MAX
	};
	uint32_t		i = random_below(hostile, 20);

	return (i < sizeof(ids) / sizeof(ids[0]) ? ids[i] :
	    (uint32_t)hostile_random(hostile));
}

static const size_t texts[] = {
	offsetof(struct request, login), offsetof(struct request, name),
	offsetof(struct request, group), offsetof(struct request, groups),
	offsetof(struct request, groups_add),
	offsetof(struct request, groups_remove),
	offsetof(struct request, gecos), offsetof(struct request, home),
	offsetof(struct request, shell), offsetof(struct request, hash),
	offsetof(struct request, alias), offsetof(struct request, targets),
	offsetof(struct request, idem)
};
#define TEXTS	(sizeof(texts) / sizeof(texts[0]))

static char **
random_place(struct request *request, size_t i)
{
	return ((char **)(void *)((char *)request + texts[i]));
}

/* Whether the parent takes a request with just this in it. */
static int
random_fits(struct request *alone)
{
	struct result	ignored;

	if (alone->operation == OPERATION_GROUP_MODIFY)
		alone->has_gid = 1;
	return (request_check_fields(alone, &ignored) == 0);
}

/* Leave out what does not belong to the operation. */
static void
random_trim(struct request *request)
{
	struct request	alone;
	size_t		i;

	for (i = 0; i < TEXTS; i++) {
		memset(&alone, 0, sizeof(alone));
		alone.operation = request->operation;
		*random_place(&alone, i) = *random_place(request, i);
		if (!random_fits(&alone))
			*random_place(request, i) = NULL;
	}
	memset(&alone, 0, sizeof(alone));
	alone.operation = request->operation;
	alone.flags = request->flags;
	if (!random_fits(&alone))
		request->flags = 0;
	alone.flags = 0;
	alone.home_choice = request->home_choice;
	if (!random_fits(&alone))
		request->home_choice = HOME_CHOICE_DEFAULT;
	alone.home_choice = 0;
	alone.has_gid = 1;
	request->has_gid = random_fits(&alone);
	alone.has_gid = 0;
	alone.has_uid = 1;
	if (!random_fits(&alone))
		request->has_uid = 0;
	alone.has_uid = 0;
	alone.ages[0].has = 1;
	if (!random_fits(&alone))
		memset(request->ages, 0, sizeof(request->ages));
	request->uid = request->has_uid ? request->uid : 0;
	request->gid = request->has_gid ? request->gid : 0;
}

/* A request that can be encoded, with anything in it. */
static void
random_request(struct hostile *hostile, struct request *request)
{
	size_t		i;
	uint32_t	few = random_below(hostile, 4) + 1;

	request->operation = random_below(hostile, OPERATIONS);
	request->flags = random_below(hostile, 4) == 0 ?
	    random_below(hostile, REQUEST_FLAGS + 1) : 0;
	request->home_choice = random_below(hostile, HOME_CHOICES);
	request->has_uid = random_below(hostile, few) == 0;
	request->uid = random_id(hostile);
	request->has_gid = random_below(hostile, few + 1) == 0;
	request->gid = random_id(hostile);
	for (i = 0; i < AGES; i++) {
		request->ages[i].has = random_below(hostile, few * 4) == 0;
		request->ages[i].days = (int64_t)random_id(hostile) - 1;
	}
	request->login = random_text(hostile);
	for (i = 0; i < TEXTS; i++)
		if (random_below(hostile, few) == 0)
			*random_place(request, i) = random_text(hostile);
	if (request->group != NULL &&
	    strlen(request->group) > NAME_LENGTH_MAX)
		request->group = NULL;
	if (request->login != NULL &&
	    strlen(request->login) > NAME_LENGTH_MAX)
		request->login = "toolong";
	if (random_below(hostile, 4) != 0)
		random_trim(request);
}

/* Some octets otherwise; the first few, session and number, are kept. */
static void
random_change(struct hostile *hostile, unsigned char *bytes, size_t *size)
{
	uint32_t	i, changes = random_below(hostile, 4) + 1;
	size_t		at;

	for (i = 0; i < changes && *size > 12; i++) {
		at = 8 + random_below(hostile, (uint32_t)*size - 8);
		switch (random_below(hostile, 8)) {
		case 0:
			*size = at;
			break;
		case 1:
			memmove(bytes + at, bytes + at + 1, --*size - at);
			break;
		case 2:
			memmove(bytes + at + 1, bytes + at, *size - at);
			++*size;
			break;
		case 3:
			bytes[at] = 0;
			break;
		case 4:
			bytes[at] ^= (unsigned char)(1U <<
			    random_below(hostile, 8));
			break;
		default:
			bytes[at] = (unsigned char)hostile_random(hostile);
		}
	}
}

/* Whether the parent can decode it, and takes it by itself. */
static int
random_is_well(const unsigned char *bytes, size_t size)
{
	struct request	request;
	struct ibuf	view;
	int		well;

	ibuf_from_buffer(&view, (void *)(uintptr_t)bytes, size);
	if (msg_get_request(&view, &request) == -1)
		return (0);
	well = request.part == 0 && request.parts == 0;
	request_free(&request);
	return (well);
}

/* One request, random or a changed sample.  Returns whether it is well. */
static int
random_send(struct hostile *hostile, uint32_t session, int want_well)
{
	unsigned char	 bytes[16384];
	struct request	 request;
	struct ibuf	*buf = ibuf_dynamic(256, sizeof(bytes) - 8);
	size_t		 size;
	int		 well, changed = random_below(hostile, 3) == 0;

	memset(&request, 0, sizeof(request));
	if (changed)
		sample_request(&request, random_below(hostile, SAMPLES));
	if (!changed || random_below(hostile, 2) == 0)
		random_request(hostile, &request);
	request.session = session == 0 ? random_below(hostile, 8) : session;
	request.number = (uint32_t)hostile->state->sent;
	request.part = request.parts = 0;
	if (msg_put_request(buf, &request) == -1)
		hostile_quit("cannot encode a random request");
	size = ibuf_size(buf);
	memcpy(bytes, ibuf_data(buf), size);
	ibuf_free(buf);
	if (changed || !want_well)
		random_change(hostile, bytes, &size);
	well = random_is_well(bytes, size);
	if (well == want_well)
		hostile_send(hostile, IMSG_WORKER_REQUEST, 0, -1, bytes,
		    size);
	return (well);
}

/* Something else that is allowed, if it is a worker that says it. */
static void
random_say(struct hostile *hostile)
{
	static const char	text[] = "\0\0\0\2\0\5hello";
	uint32_t		id = (uint32_t)hostile_random(hostile);

	switch (random_below(hostile, 12)) {
	case 0:
		hostile_send(hostile, IMSG_WORKER_READY, id, -1, NULL, 0);
		break;
	case 1:
		hostile_send(hostile, IMSG_WORKER_CLOSE, id | 1U << 31, -1,
		    NULL, 0);
		break;
	case 2:
		hostile_send(hostile, IMSG_WORKER_SEGMENT, id % 4, -1, NULL,
		    0);
		break;
	case 3:
		hostile_send(hostile, IMSG_CHILD_LOG, id, -1, text,
		    sizeof(text) - 1);
		break;
	default:
		break;
	}
}

/*
 * So many messages beginning from a seed, for one session or, if that is
 * 0, for any.  Goes on where the process before ended; returns when all
 * are sent.
 */
void
hostile_mutate(struct hostile *hostile, uint64_t seed, uint64_t count,
    uint32_t session)
{
	struct hostile_state	*state = hostile->state;
	uint64_t		 before = state->answers, requests = 0;
	uint64_t		 i;

	hostile->random = (seed + 1) * 0x9e3779b97f4a7c15ULL +
	    state->starts * 0xbf58476d1ce4e5b9ULL;
	for (i = 0; i < BATCH && state->step < count; i++) {
		state->step++;
		random_say(hostile);
		while (!random_send(hostile, session, 1))
			continue;
		requests++;
		if (requests % 64 == 0)
			hostile_flush(hostile);
		if (requests > AHEAD)
			hostile_wait(hostile, &state->answers,
			    before + requests - AHEAD, 20);
	}
	if (hostile_wait(hostile, &state->answers, before + requests,
	    20) == -1)
		hostile_note(hostile, "answers are missing: %u of %u\n",
		    (unsigned int)(before + requests - state->answers),
		    (unsigned int)requests);
	if (state->step >= count)
		return;
	while (random_send(hostile, session, 0))
		continue;
	hostile_end_step(hostile);
}
