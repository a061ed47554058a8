/*
 * What the parent says to home and to dwservctl, and what home answers: the
 * second half of msg.c, by the same rules.  Encoders return 0, or -1 with
 * errno EINVAL or ERANGE for a value that the decoder would refuse;
 * decoders return 0, or -1 with errno EBADMSG or ENOMEM and nothing but
 * zeroes.  The strings that they allocate are the caller's to free.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "msgpart.h"

#define MODES	010000		/* of a directory: less than that */

/* What home is to do; the path may be NULL where the action needs none. */
int
msg_put_home_order(struct ibuf *buf, const struct home_order *order)
{
	if (msgpart_put_choice(buf, order->action, HOME_ACTIONS) == -1 ||
	    ibuf_add_n64(buf, order->serial) == -1 ||
	    ibuf_add_n32(buf, order->uid) == -1 ||
	    ibuf_add_n32(buf, order->gid) == -1 ||
	    msgpart_put_choice(buf, order->mode, MODES) == -1)
		return (-1);
	return (msgpart_put_optional(buf, order->path, PATH_LENGTH_MAX));
}

/* Its counterpart. */
int
msg_get_home_order(struct ibuf *buf, struct home_order *order)
{
	memset(order, 0, sizeof(*order));
	if (msgpart_get_choice(buf, &order->action, HOME_ACTIONS) == -1 ||
	    ibuf_get_n64(buf, &order->serial) == -1 ||
	    ibuf_get_n32(buf, &order->uid) == -1 ||
	    ibuf_get_n32(buf, &order->gid) == -1 ||
	    msgpart_get_choice(buf, &order->mode, MODES) == -1 ||
	    msgpart_get_optional(buf, &order->path, PATH_LENGTH_MAX) == -1 ||
	    msgpart_get_end(buf) == -1) {
		free(order->path);
		memset(order, 0, sizeof(*order));
		return (-1);
	}
	return (0);
}

/* What became of an order. */
int
msg_put_home_outcome(struct ibuf *buf, const struct home_outcome *outcome)
{
	if (ibuf_add_n64(buf, outcome->serial) == -1 ||
	    msgpart_put_choice(buf, outcome->action, HOME_ACTIONS) == -1)
		return (-1);
	return (ibuf_add_n32(buf, outcome->error));
}

/* Its counterpart. */
int
msg_get_home_outcome(struct ibuf *buf, struct home_outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	if (ibuf_get_n64(buf, &outcome->serial) == -1 ||
	    msgpart_get_choice(buf, &outcome->action, HOME_ACTIONS) == -1 ||
	    ibuf_get_n32(buf, &outcome->error) == -1 ||
	    msgpart_get_end(buf) == -1) {
		memset(outcome, 0, sizeof(*outcome));
		return (-1);
	}
	return (0);
}

/* A line of dwservctl's answer: either a number or a text goes with it. */
int
msg_put_field(struct ibuf *buf, const struct field *field)
{
	if (msgpart_put_array(buf, field->name, sizeof(field->name)) == -1 ||
	    msgpart_put_flag(buf, field->is_number) == -1)
		return (-1);
	if (field->is_number)
		return (ibuf_add_n64(buf, field->number));
	return (msgpart_put_optional(buf, field->text, LINE_LENGTH_MAX));
}

/* Its counterpart. */
int
msg_get_field(struct ibuf *buf, struct field *field)
{
	int	 result;

	memset(field, 0, sizeof(*field));
	result = msgpart_get_array(buf, field->name, sizeof(field->name));
	if (result == 0)
		result = msgpart_get_flag(buf, &field->is_number);
	if (result == 0 && field->is_number)
		result = ibuf_get_n64(buf, &field->number);
	else if (result == 0)
		result = msgpart_get_optional(buf, &field->text,
		    LINE_LENGTH_MAX);
	if (result == -1 || msgpart_get_end(buf) == -1) {
		free(field->text);
		memset(field, 0, sizeof(*field));
		return (-1);
	}
	return (0);
}

/* The end of an answer to dwservctl; the text may be NULL. */
int
msg_put_outcome(struct ibuf *buf, const struct outcome *outcome)
{
	if (msgpart_put_flag8(buf, outcome->ok) == -1)
		return (-1);
	return (msgpart_put_optional(buf, outcome->text, LINE_LENGTH_MAX));
}

/* Its counterpart. */
int
msg_get_outcome(struct ibuf *buf, struct outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	if (msgpart_get_flag8(buf, &outcome->ok) == -1 ||
	    msgpart_get_optional(buf, &outcome->text, LINE_LENGTH_MAX) == -1 ||
	    msgpart_get_end(buf) == -1) {
		free(outcome->text);
		memset(outcome, 0, sizeof(*outcome));
		return (-1);
	}
	return (0);
}
