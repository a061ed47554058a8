/*
 * What the parent says to home and to dwservctl, and what home answers: the
 * second half of msg.c, by the same rules.  Encoders return 0, or -1 with
 * errno EINVAL or ERANGE for a value that the decoder would refuse;
 * decoders return 0, or -1 with errno EBADMSG and nothing but zeroes.  The
 * strings that they allocate are the caller's to free.
 */

#include "msgpart.h"

#define MODE_MAX	07777		/* of a directory */

static int	field_move_value(struct ibuf *, enum way, void *);

static const struct part home_order_parts[] = {
	NUMBER(struct home_order, action, 0, HOME_ACTIONS - 1),
	ANY(struct home_order, serial),
	ANY(struct home_order, uid),
	ANY(struct home_order, gid),
	NUMBER(struct home_order, mode, 0, MODE_MAX),
	ANY(struct home_order, old_uid),
	ANY(struct home_order, old_gid),
	OPTIONAL(struct home_order, path, PATH_LENGTH_MAX, NULL),
	OPTIONAL(struct home_order, to, PATH_LENGTH_MAX, NULL)
};
static const struct message home_order_message =
    MESSAGE(struct home_order, home_order_parts);

static const struct part home_outcome_parts[] = {
	ANY(struct home_outcome, serial),
	NUMBER(struct home_outcome, action, 0, HOME_ACTIONS - 1),
	ANY(struct home_outcome, error)
};
static const struct message home_outcome_message =
    MESSAGE(struct home_outcome, home_outcome_parts);

static const struct part number_parts[] = { ANY(struct field, number) };
static const struct message number_message =
    MESSAGE(struct field, number_parts);

static const struct part text_parts[] = {
	OPTIONAL(struct field, text, LINE_LENGTH_MAX, NULL)
};
static const struct message text_message = MESSAGE(struct field, text_parts);

static const struct part field_parts[] = {
	ARRAY(struct field, name),
	FLAG(struct field, is_number),
	OTHER(field_move_value)
};
static const struct message field_message =
    MESSAGE(struct field, field_parts);

static const struct part outcome_parts[] = {
	FLAG(struct outcome, ok),
	OPTIONAL(struct outcome, text, LINE_LENGTH_MAX, NULL)
};
static const struct message outcome_message =
    MESSAGE(struct outcome, outcome_parts);

/* What home is to do; the path may be NULL where the action needs none. */
int
msg_put_home_order(struct ibuf *buf, const struct home_order *order)
{
	return (message_put(buf, &home_order_message, order));
}

/* Its counterpart. */
int
msg_get_home_order(struct ibuf *buf, struct home_order *order)
{
	return (message_get(buf, &home_order_message, order));
}

/* What became of an order. */
int
msg_put_home_outcome(struct ibuf *buf, const struct home_outcome *outcome)
{
	return (message_put(buf, &home_outcome_message, outcome));
}

/* Its counterpart. */
int
msg_get_home_outcome(struct ibuf *buf, struct home_outcome *outcome)
{
	return (message_get(buf, &home_outcome_message, outcome));
}

static int
field_move_value(struct ibuf *buf, enum way way, void *object)
{
	struct field	*field = object;

	return (parts_move(buf, way, field->is_number ? &number_message :
	    &text_message, field));
}

/* A line of dwservctl's answer: either a number or a text goes with it. */
int
msg_put_field(struct ibuf *buf, const struct field *field)
{
	return (message_put(buf, &field_message, field));
}

/* Its counterpart: the text is not in the table, and so freed here. */
int
msg_get_field(struct ibuf *buf, struct field *field)
{
	int	 result;

	memset(field, 0, sizeof(*field));
	result = message_add(buf, &field_message, field);
	if (result == -1)
		message_free(&text_message, field);
	return (result);
}

/* The end of an answer to dwservctl; the text may be NULL. */
int
msg_put_outcome(struct ibuf *buf, const struct outcome *outcome)
{
	return (message_put(buf, &outcome_message, outcome));
}

/* Its counterpart. */
int
msg_get_outcome(struct ibuf *buf, struct outcome *outcome)
{
	return (message_get(buf, &outcome_message, outcome));
}
