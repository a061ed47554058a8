/*
 * What no child may say, one by one: each case is a step, after which the
 * process is to be dead.  Those that begin with "may" are odd but allowed.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../unit/msg_samples.h"

#include "hostile.h"

#define FDS_MAX		64

/* What each place may say, and the codec of what is in it. */
static const struct said {
	enum seat	 place;
	const char	*name;
	uint32_t	 type;
	int		 codec;		/* -1: nothing */
} said[] = {
	{ PLACE_WORKER, "request", IMSG_WORKER_REQUEST, REQUEST },
	{ PLACE_WORKER, "ready", IMSG_WORKER_READY, -1 },
	{ PLACE_WORKER, "close", IMSG_WORKER_CLOSE, -1 },
	{ PLACE_WORKER, "segment", IMSG_WORKER_SEGMENT, -1 },
	{ PLACE_AUTH, "granted", IMSG_AUTH_GRANTED, GRANTED },
	{ PLACE_AUTH, "ready", IMSG_AUTH_READY, -1 },
	{ PLACE_HOME, "done", IMSG_HOME_DONE, HOME_OUTCOME },
	{ PLACE_HOME, "synced", IMSG_HOME_SYNCED, NUMBER },
	{ PLACE_HOME, "ready", IMSG_HOME_READY, -1 },
	{ PLACE_WORKER, "log", IMSG_CHILD_LOG, LOG },
	{ PLACE_AUTH, "log", IMSG_CHILD_LOG, LOG },
	{ PLACE_HOME, "log", IMSG_CHILD_LOG, LOG },
	{ PLACE_WORKER, "pong", IMSG_CHILD_PONG, -1 },
	{ PLACE_AUTH, "pong", IMSG_CHILD_PONG, -1 },
	{ PLACE_HOME, "pong", IMSG_CHILD_PONG, -1 }
};
#define SAID	(sizeof(said) / sizeof(said[0]))

/* The parts of what is no transaction: part and parts, one after the other. */
static const struct sequence {
	const char	*name;
	uint32_t	 count;
	uint32_t	 parts[4][2];
	int		 differs;	/* the second in this */
} sequences[] = {
	{ "part without parts", 1, { { 1, 0 } }, 0 },
	{ "parts without part", 1, { { 0, 1 } }, 0 },
	{ "second part first", 1, { { 2, 3 } }, 0 },
	{ "part left out", 2, { { 1, 3 }, { 3, 3 } }, 0 },
	{ "part twice", 2, { { 1, 3 }, { 1, 3 } }, 0 },
	{ "single in between", 2, { { 1, 2 }, { 0, 0 } }, 0 },
	{ "other count", 2, { { 1, 2 }, { 2, 3 } }, 0 },
	{ "other session", 2, { { 1, 2 }, { 2, 2 } }, 1 },
	{ "other number", 2, { { 1, 2 }, { 2, 2 } }, 2 },
	{ "plan in between", 2, { { 1, 2 }, { 2, 2 } }, 3 },
	{ "beyond the end", 3, { { 1, 2 }, { 2, 2 }, { 3, 2 } }, 0 },
	{ "too many parts", 1, { { 1, TRANSACTION_MAX + 1 } }, 0 }
};
#define SEQUENCES	(sizeof(sequences) / sizeof(sequences[0]))

/* Headers, and descriptors, that are not right. */
static const struct frame {
	const char	*name;
	int32_t		 length;	/* said beyond what is there */
	uint32_t	 flags;
	size_t		 fds;
} frames[] = {
	{ "no length", -16, 0, 0 },
	{ "short length", -1, 0, 0 },
	{ "huge length", MAX_IMSGSIZE + 1, 0, 0 },
	{ "all the length", INT32_MAX, 0, 0 },
	{ "unknown flag", 0, 2, 0 },
	{ "all flags", 0, UINT32_MAX, 0 },
	{ "flag without descriptor", 0, IMSG_FLAG_DESCRIPTOR, 0 },
	{ "may lie and end", 40, 0, 0 },
	{ "may send 17 descriptors", 0, 0, 17 },
	{ "may send 64 descriptors", 0, IMSG_FLAG_DESCRIPTOR, FDS_MAX },
	{ "may pass a descriptor", 0, IMSG_FLAG_DESCRIPTOR, 1 },
	{ "may pass one without a flag", 0, 0, 1 }
};
/* New kernels do not let descriptors out, the message with them; then "may". */
#define FRAMES	(sizeof(frames) / sizeof(frames[0]))

__attribute__((__noreturn__, __format__ (printf, 2, 3))) static void
case_end(struct hostile *hostile, const char *format, ...)
{
	char	name[128];
	va_list	ap;

	va_start(ap, format);
	vsnprintf(name, sizeof(name), format, ap);
	va_end(ap);
	hostile_note(hostile, "%d %s\n", (int)getpid(), name);
	hostile_end_step(hostile);
}

/* Whether the number is of this group of cases; if not, it goes down. */
static int
case_is(uint64_t *number, uint64_t count)
{
	if (*number < count)
		return (1);
	*number -= count;
	return (0);
}

/* Each length that is too short, and some that are too long. */
static void
case_lengths(struct hostile *hostile, const struct said *what,
    uint64_t *number)
{
	unsigned char	 bytes[MAX_IMSGSIZE];
	struct ibuf	*sample = NULL;
	size_t		 size = 0;

	memset(bytes, 0, sizeof(bytes));
	if (what->codec != -1) {
		sample = encode(&codecs[what->codec], 1);
		size = ibuf_size(sample);
		memcpy(bytes, ibuf_data(sample), size);
		ibuf_free(sample);
	}
	if (case_is(number, size)) {
		hostile_send(hostile, what->type, 0, -1, bytes,
		    (size_t)*number);
		case_end(hostile, "%s of length %u", what->name,
		    (unsigned int)*number);
	}
	if (case_is(number, 3)) {
		hostile_send(hostile, what->type, 0, -1, bytes,
		    *number == 0 ? size + 1 : *number == 1 ? size + 255 :
		    sizeof(bytes));
		case_end(hostile, "%s too long, %u", what->name,
		    (unsigned int)*number);
	}
}

static int
case_may_say(const struct hostile *hostile, uint32_t type)
{
	size_t	i;

	for (i = 0; i < SAID; i++)
		if (said[i].place == hostile->place && said[i].type == type)
			return (1);
	return (0);
}

/* What is others' to say, empty or with a sample in it. */
static void
case_types(struct hostile *hostile, uint64_t *number)
{
	struct ibuf	*sample;
	uint32_t	 type;

	if (!case_is(number, (IMSG_PARENT_OUTCOME + 32) * 2))
		return;
	type = (uint32_t)*number / 2;
	if (type == IMSG_PARENT_OUTCOME + 31)
		type = UINT32_MAX;
	if (case_may_say(hostile, type))
		case_end(hostile, "may say type %u", type);
	sample = encode(&codecs[*number / 2 % CODECS], 1);
	hostile_send(hostile, type, 0, -1, ibuf_data(sample),
	    *number % 2 == 0 ? 0 : ibuf_size(sample));
	ibuf_free(sample);
	case_end(hostile, "type %u", type);
}

static void
case_frames(struct hostile *hostile, uint64_t *number)
{
	const struct frame	*frame;
	struct imsg_header	 header = { IMSG_CHILD_LOG, 0, 0, 0 };
	unsigned char		 bytes[sizeof(header) + 64];
	struct ibuf		*sample;
	size_t			 size, i;
	int			 fds[FDS_MAX];

	if (!case_is(number, FRAMES))
		return;
	frame = &frames[*number];
	sample = encode(&codecs[LOG], 1);
	size = sizeof(header) + ibuf_size(sample);
	header.length = (uint32_t)((int64_t)size + frame->length);
	if (frame->length == -16)
		header.length = 0;
	else if (frame->length == -1)
		header.length = IMSG_HEADER_SIZE - 1;
	header.flags = frame->flags;
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), ibuf_data(sample), ibuf_size(sample));
	ibuf_free(sample);
	for (i = 0; i < FDS_MAX; i++)
		fds[i] = hostile->spare_fd;
	hostile_write(hostile, bytes, size, fds, frame->fds);
	case_end(hostile, "%s", frame->name);
}

static void
case_sequences(struct hostile *hostile, uint64_t *number)
{
	const struct sequence	*sequence;
	struct request		 request;
	struct ibuf		*buf;
	uint32_t		 i;

	if (hostile->place != PLACE_WORKER || !case_is(number, SEQUENCES))
		return;
	sequence = &sequences[*number];
	for (i = 0; i < sequence->count; i++) {
		memset(&request, 0, sizeof(request));
		request.login = "mallory";
		if (sequence->parts[i][1] > TRANSACTION_MAX) {
			request.part = request.parts = 0;
		} else {
			request.part = sequence->parts[i][0];
			request.parts = sequence->parts[i][1];
		}
		request.session = i == 1 && sequence->differs == 1;
		request.number = i == 1 && sequence->differs == 2;
		request.flags = i == 1 && sequence->differs == 3 ?
		    REQUEST_PLAN : 0;
		buf = ibuf_dynamic(64, MAX_IMSGSIZE);
		msg_put_request(buf, &request);
		/* What the encoder would refuse to say. */
		if (sequence->parts[i][1] > TRANSACTION_MAX)
			((unsigned char *)ibuf_data(buf))[14] = 0xff;
		hostile_send(hostile, IMSG_WORKER_REQUEST, 0, -1,
		    ibuf_data(buf), ibuf_size(buf));
		ibuf_free(buf);
	}
	case_end(hostile, "%s", sequence->name);
}

/* Values that no decoder takes: each octet of a sample made 0xff. */
static void
case_octets(struct hostile *hostile, const struct said *what,
    uint64_t *number)
{
	struct ibuf	*sample;
	unsigned char	*bytes;

	if (what->codec == -1)
		return;
	sample = encode(&codecs[what->codec], 1);
	bytes = ibuf_data(sample);
	if (case_is(number, ibuf_size(sample))) {
		/* Part and parts: those of a request by itself. */
		if (what->codec == REQUEST)
			memset(bytes + 8, 0, 8);
		bytes[*number] ^= 0xff;
		hostile_send(hostile, what->type, 0, -1, bytes,
		    ibuf_size(sample));
		case_end(hostile, "may say %s with octet %u changed",
		    what->name, (unsigned int)*number);
	}
	ibuf_free(sample);
}

/* The next case; returns if there is none. */
void
hostile_cases(struct hostile *hostile)
{
	uint64_t	number = hostile->state->step++;
	size_t		i;

	for (i = 0; i < SAID; i++)
		if (said[i].place == hostile->place) {
			case_lengths(hostile, &said[i], &number);
			case_octets(hostile, &said[i], &number);
		}
	case_types(hostile, &number);
	case_frames(hostile, &number);
	case_sequences(hostile, &number);
}
