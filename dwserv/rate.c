/*
 * How many requests a client makes in a second, over all its sessions: a
 * bucket for each client that has a rate, from which a request takes a
 * token, and into which come as many in a second as the rate is, up to its
 * burst.
 */

#include "parent.h"
#include "xmalloc.h"

#define TOKEN	1000U		/* a request; so much time is one token */

void
rates_init(struct rates *rates)
{
	TAILQ_INIT(rates);
}

void
rates_clear(struct rates *rates)
{
	struct rate	*rate;

	while ((rate = TAILQ_FIRST(rates)) != NULL) {
		TAILQ_REMOVE(rates, rate, entry);
		free(rate->client);
		free(rate);
	}
}

/* The bucket of a client, which is full at first. */
static struct rate *
rate_find(struct rates *rates, const char *client)
{
	struct rate	*rate;

	TAILQ_FOREACH(rate, rates, entry)
		if (strcmp(rate->client, client) == 0)
			return (rate);
	rate = xcalloc(1, sizeof(*rate));
	rate->client = xstrdup(client);
	rate->tokens = UINT64_MAX;
	TAILQ_INSERT_TAIL(rates, rate, entry);
	return (rate);
}

/*
 * Take so many tokens, all or none, at a time in milliseconds, which never
 * goes back.  Returns 0, the seconds after which there are enough of them,
 * or UINT32_MAX if there never will be.  What is not given is not taken:
 * who asks too often still gets as much as the rate says.
 */
uint32_t
rate_take(struct rates *rates, const struct client *client, uint32_t count,
    uint64_t now)
{
	uint64_t	 most, wanted = (uint64_t)count * TOKEN, wait;
	struct rate	*rate;

	if (client->rate == 0)
		return (0);
	most = (uint64_t)(client->burst > 0 ? client->burst : client->rate) *
	    TOKEN;
	if (wanted > most)
		return (UINT32_MAX);
	rate = rate_find(rates, client->name);
	/* A thousandth of a second brings a thousandth of the rate. */
	if (rate->tokens >= most ||
	    now - rate->time > (most - rate->tokens) / client->rate)
		rate->tokens = most;
	else
		rate->tokens += (now - rate->time) * client->rate;
	rate->time = now;
	if (rate->tokens >= wanted) {
		rate->tokens -= wanted;
		return (0);
	}
	wait = (wanted - rate->tokens + client->rate - 1) / client->rate;
	return ((uint32_t)((wait + 999) / 1000));
}
