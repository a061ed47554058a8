/*
 * A plan: what a request, or a whole transaction, would change.  It is
 * carried out in memory when nothing else is, shown, and taken back.  No
 * lock is held for it, no id is used up, no home is looked at.
 */

#include <stdio.h>

#include "parent.h"

/* Of a line, so many octets are shown. */
#define PLAN_SHOWN_MAX	4000

struct plan {
	struct parent		*parent;
	const struct change	*change;	/* whose plan it is */
	uint32_t		 lines;
};

/* Whether what waits longest is a plan. */
int
plan_is_next(const struct commit *commit)
{
	const struct change	*change = TAILQ_FIRST(&commit->waiting);

	return (change != NULL && (change->request.flags & REQUEST_PLAN) != 0);
}

/* A secret is shown by its `!' and that it is there. */
static void
plan_add_secret(struct ibuf *to, struct slice secret)
{
	size_t	locks = 0;

	while (locks < secret.length && secret.text[locks] == '!')
		locks++;
	text_add(to, secret.text, locks);
	secret.text += locks;
	secret.length -= locks;
	if (secret.length == 0 || slice_is(secret, "x") ||
	    slice_is(secret, "*"))
		text_add(to, secret.text, secret.length);
	else
		text_print(to, "*hidden*");
}

/* What would upset a client, or its terminal, is not shown as it is. */
static void
plan_clean(struct ibuf *text)
{
	char	*at = ibuf_data(text);
	size_t	 i, length = ibuf_size(text);
	int	 fine = name_check_text(at, length);

	for (i = 0; !fine && i < length; i++)
		if (at[i] == '\n')
			at[i] = ' ';
		else if (at[i] < ' ' || at[i] > '~')
			at[i] = '?';
}

static void
plan_add_line(struct ibuf *to, const char *key, enum table_kind kind,
    struct slice line)
{
	struct ibuf	*text;

	if (line.text == NULL)
		return;
	text = text_new();
	if (kind < ACCOUNT_TABLES) {
		struct slice	name = slice_cut(&line, ':');

		text_add(text, name.text, name.length);
		text_add(text, ":", 1);
		plan_add_secret(text, slice_cut(&line, ':'));
		text_add(text, ":", 1);
	}
	text_add(text, line.text, line.length);
	plan_clean(text);
	token_add_bytes(to, key, ibuf_data(text), ibuf_size(text) <
	    PLAN_SHOWN_MAX ? ibuf_size(text) : PLAN_SHOWN_MAX);
	if (ibuf_size(text) > PLAN_SHOWN_MAX)
		text_print(to, " %s-cut=yes", key);
	ibuf_free(text);
}

static void
plan_send(struct plan *plan, struct ibuf *text)
{
	text_add(text, "", 1);
	worker_reply_line(plan->parent, plan->change, ibuf_data(text));
	ibuf_free(text);
	plan->lines++;
}

static int
plan_show_edit(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	struct ibuf	*text;

	/* What suspend keeps is nobody's file. */
	if (kind == TABLE_SUSPENDED)
		return (0);
	text = text_new();
	text_print(text, "line file=%s", table_name(kind));
	plan_add_line(text, "old", kind, old);
	plan_add_line(text, "new", kind, new);
	plan_send(arg, text);
	return (0);
}

static void
plan_show_home(struct plan *plan, const struct home_job *job)
{
	static const char *const	 words[HOME_ACTIONS] = {
		[HOME_ACTION_PLACE] = "make",
		[HOME_ACTION_REMOVE] = "remove",
		[HOME_ACTION_ARCHIVE] = "archive",
		[HOME_ACTION_CHANGE] = "change"
	};
	const char			*base;
	const char			*to = job->order.to;
	struct ibuf			*text = text_new();

	base = plan->parent->config->accounts.home;
	text_print(text, "home action=%s path=%s/%s", to != NULL &&
	    job->promised == HOME_ACTION_CHANGE ? "move" :
	    words[job->promised], base, job->order.path);
	if (to != NULL)
		text_print(text, " to=%s/%s%s", base, job->promised ==
		    HOME_ACTION_ARCHIVE ? ".archive/" : "", to);
	plan_send(plan, text);
}

/* Carry out all parts.  Returns NULL, or the one that failed. */
static struct change *
plan_carry_out(struct commit *commit, struct changes *parts)
{
	const struct config	*config = commit->parent->config;
	struct client		*client;
	struct change		*change;

	RB_INIT(&commit->claims);
	TAILQ_FOREACH(change, parts, entry) {
		client = config_find_client(config, change->client);
		if (client == NULL)
			result_set(&change->result, 530, "auth-required",
			    "%s is no longer a client", change->client);
		if (client == NULL || account_carry_out(&commit->store,
		    config, client, change) == -1)
			return (change);
		if (homes_claim(&commit->claims, change) != NULL) {
			batch_set_crowded(change);
			return (change);
		}
	}
	return (NULL);
}

static void
plan_show(struct commit *commit, struct changes *parts, struct change *last)
{
	struct plan		 plan = { commit->parent, last, 0 };
	struct change		*change;
	const struct home_job	*job;
	enum table_kind		 kind;

	for (kind = 0; kind < TABLES; kind++)
		table_visit_edits(commit->store.tables[kind], plan_show_edit,
		    &plan);
	TAILQ_FOREACH(change, parts, entry)
		TAILQ_FOREACH(job, &change->homes, entry)
			plan_show_home(&plan, job);
	result_set(&last->result, 250, "planned", "lines=%u", plan.lines);
}

/* Answer the plan that waits longest. */
void
plan_run(struct commit *commit)
{
	struct changes	 parts = TAILQ_HEAD_INITIALIZER(parts);
	struct change	*change, *last, *failed = NULL;

	last = batch_last(TAILQ_FIRST(&commit->waiting));
	do {
		change = TAILQ_FIRST(&commit->waiting);
		TAILQ_REMOVE(&commit->waiting, change, entry);
		TAILQ_INSERT_TAIL(&parts, change, entry);
		commit->waiting_count--;
	} while (change != last);
	change = TAILQ_FIRST(&parts);
	if (commit_refresh(commit, &change->result) == -1)
		failed = change;
	else
		failed = plan_carry_out(commit, &parts);
	if (failed == NULL)
		plan_show(commit, &parts, last);
	else if (change->request.part != 0)
		batch_fail(change, failed);
	store_rollback(&commit->store);
	while ((change = TAILQ_FIRST(&parts)) != NULL) {
		TAILQ_REMOVE(&parts, change, entry);
		change_forget(&commit->store, change);
		worker_reply(commit->parent, change);
		change_free(change);
	}
}
