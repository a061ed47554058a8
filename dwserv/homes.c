/*
 * The homes of a commit: orders to the home process, and what becomes of
 * the commit when they are carried out, refused or lost.
 */

#include <errno.h>
#include <stdio.h>

#include "parent.h"

static int
claim_compare(const struct claim *a, const struct claim *b)
{
	return (strcmp(a->path, b->path));
}

RB_PROTOTYPE(claims, claim, entry, claim_compare)
RB_GENERATE(claims, claim, entry, claim_compare)

static struct change *
claim_enter(struct claims *claims, struct claim *claim, const char *path,
    struct change *change)
{
	struct claim	*other;

	claim->path = path;
	claim->change = change;
	if (path == NULL || (other = RB_INSERT(claims, claims,
	    claim)) == NULL)
		return (NULL);
	claim->path = NULL;
	return (other->change);
}

/*
 * Claim the home directories that a change concerns for this batch: what
 * comes and goes in one place does so in one commit after the other.
 * Returns NULL, or the change that has one of them already.
 */
struct change *
homes_claim(struct claims *claims, struct change *change)
{
	struct home_job	*job;
	struct change	*other;

	TAILQ_FOREACH(job, &change->homes, entry) {
		other = claim_enter(claims, &job->claims[0],
		    job->order.path, change);
		/* An archived home goes where no other change looks. */
		if (other == NULL && job->promised != HOME_ACTION_ARCHIVE)
			other = claim_enter(claims, &job->claims[1],
			    job->order.to, change);
		if (other != NULL) {
			homes_unclaim(claims, change);
			return (other);
		}
	}
	return (NULL);
}

/* Give the claims of a change back. */
void
homes_unclaim(struct claims *claims, struct change *change)
{
	struct home_job	*job;
	int		 i;

	TAILQ_FOREACH(job, &change->homes, entry)
		for (i = 0; i < 2; i++) {
			if (job->claims[i].path != NULL)
				RB_REMOVE(claims, claims, &job->claims[i]);
			job->claims[i].path = NULL;
		}
}

void
homes_free(struct change *change)
{
	struct home_job	*job;

	while ((job = TAILQ_FIRST(&change->homes)) != NULL) {
		TAILQ_REMOVE(&change->homes, job, entry);
		free(job->order.path);
		free(job->order.to);
		free(job);
	}
}

/* Send the orders for the homes of a batch.  Returns how many. */
static uint32_t
homes_order(struct commit *commit)
{
	struct change	*change;
	struct home_job	*job;
	uint32_t	 count = 0;

	TAILQ_FOREACH(change, &commit->batch, entry)
		TAILQ_FOREACH(job, &change->homes, entry) {
			job->error = home_send(commit->parent,
			    &job->order) == -1 ? EAGAIN : 0;
			count += job->error == 0;
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
	struct home_job	*job;

	TAILQ_FOREACH(change, &commit->batch, entry)
		TAILQ_FOREACH(job, &change->homes, entry)
			if (job->promised == HOME_ACTION_PLACE) {
				job->order.action = HOME_ACTION_DISCARD;
				home_send(commit->parent, &job->order);
			}
}

/* From now on the homes are asked for what was promised. */
void
homes_promise(struct commit *commit)
{
	struct change	*change;
	struct home_job	*job;

	TAILQ_FOREACH(change, &commit->batch, entry)
		TAILQ_FOREACH(job, &change->homes, entry)
			job->order.action = job->promised;
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
homes_blame(const struct config *config, struct change *change,
    const struct home_job *job)
{
	struct result	*result = &change->result;
	int		 error = (int)job->error;
	char		 path[PATH_LENGTH_MAX * 2 + 2];

	snprintf(path, sizeof(path), "%s/%s", config->accounts.home,
	    error == EEXIST && job->order.to != NULL ? job->order.to :
	    job->order.path);

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

/* The first thing that went wrong with the homes of a change, or NULL. */
static struct home_job *
homes_failure(struct change *change)
{
	struct home_job	*job;

	TAILQ_FOREACH(job, &change->homes, entry)
		if (job->error != 0)
			break;
	return (job);
}

/*
 * Some homes could not be made: take everything back, blame those, and
 * begin again with the rest.
 */
static void
homes_refused(struct commit *commit)
{
	struct change		*change;
	const struct home_job	*job;

	store_rollback(&commit->store);
	homes_discard(commit);
	TAILQ_FOREACH(change, &commit->batch, entry) {
		if ((job = homes_failure(change)) != NULL)
			homes_blame(commit->parent->config, change, job);
		else if (change->result.code == 250)
			change->result.code = 0;
		recall_forget(&commit->recalls, change);
		change_forget(&commit->store, change);
	}
	batch_carry_out(commit);
}

/* The process for homes has carried out an order, or has not. */
void
homes_done(struct commit *commit, const struct home_outcome *outcome)
{
	struct change	*change;
	struct home_job	*job;

	if (commit->state != COMMIT_BUILDING &&
	    commit->state != COMMIT_PLACING)
		return;
	TAILQ_FOREACH(change, &commit->batch, entry)
		TAILQ_FOREACH(job, &change->homes, entry)
			if (job->order.serial == outcome->serial &&
			    job->order.action == outcome->action)
				job->error = outcome->error;
}

/* All orders are carried out and durable; error is an errno if they are not. */
void
homes_synced(struct commit *commit, uint32_t number, int error)
{
	struct change	*change;
	struct home_job	*job;
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
	TAILQ_FOREACH(change, &commit->batch, entry)
		TAILQ_FOREACH(job, &change->homes, entry) {
			if (error != 0)
				job->error = (uint32_t)error;
			failed |= job->error != 0;
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

static void	homes_overdue(void *);

static void
homes_start_timer(struct commit *commit)
{
	timer_start(&commit->parent->loop, &commit->timer,
	    (uint64_t)commit->parent->config->limits.child_timeout * 2000,
	    homes_overdue, commit);
}

/* As long as home answers it is at work: a large home takes its time. */
static void
homes_overdue(void *arg)
{
	struct commit	*commit = arg;

	if (commit->parent->home.ready) {
		log_warnx("home directories take long to change");
		homes_start_timer(commit);
		return;
	}
	errno = ETIMEDOUT;
	commit_unknown(commit, "home directories could not be put in place");
}

/* Homes into place; asked again of a new process if the old one dies. */
void
homes_place(struct commit *commit)
{
	struct change	*change;

	commit->state = COMMIT_PLACING;
	TAILQ_FOREACH(change, &commit->batch, entry)
		if (!TAILQ_EMPTY(&change->homes))
			break;
	if (change == NULL)
		commit_record(commit);
	else {
		homes_start_timer(commit);
		homes_order(commit);
	}
}

/* A home that got lost between promise and place is the client's to know. */
void
homes_report(struct change *change)
{
	const struct home_job	*job = homes_failure(change);
	size_t			 used = strlen(change->result.text);

	if (job == NULL)
		return;
	log_warnx("the home directory %s could not be put in place, changed "
	    "or removed: %s", job->order.path, strerror((int)job->error));
	snprintf(change->result.text + used,
	    sizeof(change->result.text) - used, " home-error=\"%s\"",
	    strerror((int)job->error));
}
