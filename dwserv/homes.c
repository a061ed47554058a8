/*
 * The homes of a commit: orders to the home process, and what becomes of
 * the commit when they are carried out, refused or lost.
 */

#include <errno.h>
#include <stdio.h>

#include "parent.h"

static void	homes_refused(struct commit *);

static int
claim_compare(const struct change *a, const struct change *b)
{
	return (strcmp(a->home.path, b->home.path));
}

RB_PROTOTYPE(claims, change, claim, claim_compare)
RB_GENERATE(claims, change, claim, claim_compare)

/*
 * Claim the home directory of a change, if it concerns one, for this batch:
 * what comes and goes in one place does so in one commit after the other.
 * Returns 0, or -1 with the result undecided if it is claimed already.
 */
int
homes_claim(struct claims *claims, struct change *change)
{
	if (!change->has_home || RB_INSERT(claims, claims, change) == NULL)
		return (0);
	change->result.code = 0;
	return (-1);
}

/* Send the orders for the homes of a batch.  Returns how many. */
static uint32_t
homes_order(struct commit *commit)
{
	struct change	*change;
	uint32_t	 count = 0;

	TAILQ_FOREACH(change, &commit->batch, entry) {
		if (!change->has_home)
			continue;
		change->home_error = home_send(commit->parent,
		    &change->home) == -1 ? EAGAIN : 0;
		count += change->home_error == 0;
	}
	if (count > 0 && home_sync(commit->parent, ++commit->home_sync) == -1)
		count = 0;
	return (count);
}

/* Never mind the homes that have been made. */
void
homes_discard(struct commit *commit)
{
	struct change	*change;

	TAILQ_FOREACH(change, &commit->batch, entry) {
		if (change->has_home &&
		    change->home.action != HOME_ACTION_CHECK &&
		    change->home.action != HOME_ACTION_REMOVE) {
			change->home.action = HOME_ACTION_DISCARD;
			home_send(commit->parent, &change->home);
		}
	}
}

/* Have the homes of a batch made, or looked at before they are removed. */
void
homes_build(struct commit *commit)
{
	commit->state = COMMIT_BUILDING;
	if (homes_order(commit) == 0)
		homes_lost(commit);
}

/* What went wrong with a home, for the client. */
static int
homes_blame(struct change *change)
{
	struct result	*result = &change->result;
	const char	*path = change->home.path;
	int		 error = (int)change->home_error;

	switch (error) {
	case EEXIST:
		return (result_set(result, 550, "home-exists", "%s is already "
		    "there", path));
	case EAGAIN:
		return (result_set(result, 451, "unavailable", "the process "
		    "for home directories is restarting"));
	case EPERM:
	case ENOENT:
	case ENOTDIR:
	case EXDEV:
	case ELOOP:
	case EBUSY:
	case EACCES:
		return (result_set(result, 550, "home-refused", "%s: %s",
		    path, error == EPERM ? "not the account's, or not in a "
		    "directory of root" : strerror(error)));
	default:
		return (result_from_errno(result, error, "cannot make the "
		    "home", path));
	}
}

/*
 * Some homes could not be made: take everything back, blame those, and
 * begin again with the rest.
 */
static void
homes_refused(struct commit *commit)
{
	struct change	*change;

	store_rollback(&commit->store);
	homes_discard(commit);
	TAILQ_FOREACH(change, &commit->batch, entry) {
		if (change->home_error != 0)
			homes_blame(change);
		else if (change->result.code == 250)
			change->result.code = 0;
		change->home_error = 0;
		change_forget(&commit->store, change);
	}
	commit_carry_out_batch(commit);
}

/* The process for homes has carried out an order, or has not. */
void
homes_done(struct commit *commit, const struct home_outcome *outcome)
{
	struct change	*change;

	if (commit->state != COMMIT_BUILDING &&
	    commit->state != COMMIT_PLACING)
		return;
	TAILQ_FOREACH(change, &commit->batch, entry)
		if (change->has_home && change->home.serial ==
		    outcome->serial && change->home.action ==
		    outcome->action)
			change->home_error = outcome->error;
}

/* All orders are carried out and durable; error is an errno if they are not. */
void
homes_synced(struct commit *commit, uint32_t number, int error)
{
	struct change	*change;
	int		 failed = 0;

	/* The orders of a process that died may have been given again. */
	if (number != commit->home_sync)
		return;
	if (commit->state == COMMIT_PLACING) {
		timer_stop(&commit->timer);
		errno = error;
		if (error != 0)
			commit_unknown(commit, "home directories could not be "
			    "made durable");
		commit_record(commit);
		return;
	}
	if (commit->state != COMMIT_BUILDING)
		return;
	TAILQ_FOREACH(change, &commit->batch, entry) {
		if (change->has_home && error != 0)
			change->home_error = (uint32_t)error;
		failed |= change->home_error != 0;
	}
	if (failed) {
		homes_refused(commit);
		return;
	}
	commit_write(commit);
}

/* The process for homes is gone, and with it the orders it had. */
void
homes_lost(struct commit *commit)
{
	if (commit->state == COMMIT_BUILDING)
		homes_synced(commit, commit->home_sync, EAGAIN);
}

/* A new process for homes is there: what was promised is asked for again. */
void
homes_ready(struct commit *commit)
{
	if (commit->state == COMMIT_PLACING)
		homes_place(commit);
	else if (commit->state != COMMIT_BUILDING && commit->done_recovering)
		home_clean(commit->parent);
}

static void
homes_overdue(void *arg)
{
	errno = ETIMEDOUT;
	commit_unknown(arg, "home directories could not be put in place");
}

/* Homes into place; asked again of a new process if the old one dies. */
void
homes_place(struct commit *commit)
{
	struct change	*change;

	commit->state = COMMIT_PLACING;
	TAILQ_FOREACH(change, &commit->batch, entry)
		if (change->has_home)
			break;
	if (change == NULL)
		commit_record(commit);
	else {
		timer_start(&commit->parent->loop, &commit->timer,
		    (uint64_t)commit->parent->config->limits.child_timeout *
		    2000, homes_overdue, commit);
		homes_order(commit);
	}
}

/* A home that got lost between promise and place is the client's to know. */
void
homes_report(struct change *change)
{
	size_t	used = strlen(change->result.text);

	if (!change->has_home || change->home_error == 0)
		return;
	log_warnx("the home directory %s could not be put in place or "
	    "removed: %s", change->home.path,
	    strerror((int)change->home_error));
	snprintf(change->result.text + used,
	    sizeof(change->result.text) - used, " home-error=\"%s\"",
	    strerror((int)change->home_error));
}
