/*
 * Sources that failed.  The attempts of one source are taken one after the
 * other, and sources take turns, so that nobody waits for more than one hash
 * of a stranger's.  A source that failed too often waits longer and longer
 * before each attempt, be it right or wrong, and only few may wait.
 */

#include "auth.h"

/* So many failures of a source cost nothing but their denials. */
#define THROTTLE_FREE		10
/* From then on, the waits before the next attempts, in milliseconds. */
static const uint64_t		 waits[] = {
	1000, 2000, 4000, 8000, 16000, 30000
};
#define THROTTLE_WAITS		(sizeof(waits) / sizeof(waits[0]))
#define THROTTLE_FAILURES_MAX	(THROTTLE_FREE + THROTTLE_WAITS)
/* One failure is forgiven whenever so many milliseconds have passed. */
#define THROTTLE_FORGIVE	30000
/* So many attempts of a source that has to wait may do so at a time. */
#define THROTTLE_QUEUE		4
/* So many sources are remembered; the oldest are forgotten. */
#define THROTTLE_SOURCES	65536

static void	throttle_continue(struct source *);

static int
source_compare(const struct source *a, const struct source *b)
{
	return (peer_source_compare(&a->key, &b->key));
}

RB_PROTOTYPE(source_tree, source, entry, source_compare)
RB_GENERATE(source_tree, source, entry, source_compare)

void
throttle_init(struct throttle *throttle)
{
	RB_INIT(&throttle->tree);
	TAILQ_INIT(&throttle->ages);
	TAILQ_INIT(&throttle->turns);
}

static void
source_free(struct source *source)
{
	struct throttle	*throttle = &source->auth->throttle;

	RB_REMOVE(source_tree, &throttle->tree, source);
	TAILQ_REMOVE(&throttle->ages, source, age);
	throttle->count--;
	free(source);
}

/* Make room for one more.  Who has an attempt under way stays. */
static void
throttle_make_room(struct throttle *throttle)
{
	struct source	*source;

	if (throttle->count < THROTTLE_SOURCES)
		return;
	TAILQ_FOREACH(source, &throttle->ages, age)
		if (source->state == SOURCE_IDLE) {
			source_free(source);
			return;
		}
}

/* The source of an attempt, which becomes the youngest. */
static struct source *
source_find(struct auth *auth, const struct attempt *attempt)
{
	struct throttle	*throttle = &auth->throttle;
	struct source	 key, *source;

	memset(&key, 0, sizeof(key));
	peer_source_of(&attempt->login.peer, attempt->login.local,
	    attempt->uid, &key.key);
	source = RB_FIND(source_tree, &throttle->tree, &key);
	if (source != NULL) {
		TAILQ_REMOVE(&throttle->ages, source, age);
		TAILQ_INSERT_TAIL(&throttle->ages, source, age);
		return (source);
	}
	throttle_make_room(throttle);
	if ((source = calloc(1, sizeof(*source))) == NULL)
		fatal("cannot remember a source");
	source->auth = auth;
	source->key = key.key;
	TAILQ_INIT(&source->attempts);
	RB_INSERT(source_tree, &throttle->tree, source);
	TAILQ_INSERT_TAIL(&throttle->ages, source, age);
	throttle->count++;
	return (source);
}

static void
source_forgive(struct source *source, uint64_t now)
{
	while (source->failures > 0 &&
	    now - source->since >= THROTTLE_FORGIVE) {
		source->failures--;
		source->since += THROTTLE_FORGIVE;
	}
}

static void
source_blame(struct source *source, uint64_t now)
{
	if (source->failures == 0)
		source->since = now;
	if (source->failures < THROTTLE_FAILURES_MAX)
		source->failures++;
}

/* How long the next attempt of a source has to wait, in milliseconds. */
static uint64_t
source_delay(struct source *source)
{
	source_forgive(source, loop_now());
	return (source->failures < THROTTLE_FREE ? 0 :
	    waits[source->failures - THROTTLE_FREE < THROTTLE_WAITS ?
	    source->failures - THROTTLE_FREE : THROTTLE_WAITS - 1]);
}

static struct attempt *
source_take(struct source *source)
{
	struct attempt	*attempt = TAILQ_FIRST(&source->attempts);

	TAILQ_REMOVE(&source->attempts, attempt, entry);
	source->attempt_count--;
	return (attempt);
}

/* Deny those that came last and for which there is no place to wait. */
static void
source_trim(struct source *source)
{
	struct attempt	*attempt;

	while (source->attempt_count > THROTTLE_QUEUE) {
		attempt = TAILQ_LAST(&source->attempts, attempts);
		TAILQ_REMOVE(&source->attempts, attempt, entry);
		source->attempt_count--;
		login_refuse(attempt, "too-many-failures");
	}
}

/* Decide the first attempt of the source whose turn it is. */
static void
throttle_turn(void *arg)
{
	struct auth	*auth = arg;
	struct throttle	*throttle = &auth->throttle;
	struct source	*source = TAILQ_FIRST(&throttle->turns);
	struct attempt	*attempt = source_take(source);

	TAILQ_REMOVE(&throttle->turns, source, turn);
	if (attempt->worker->closed)
		login_forget(attempt);
	else if (!login_decide(attempt))
		source_blame(source, loop_now());
	throttle_continue(source);
	if (!TAILQ_EMPTY(&throttle->turns))
		timer_start(&auth->loop, &throttle->timer, 0, throttle_turn,
		    auth);
}

static void
source_make_ready(void *arg)
{
	struct source	*source = arg;
	struct auth	*auth = source->auth;

	source->state = SOURCE_READY;
	if (TAILQ_EMPTY(&auth->throttle.turns))
		timer_start(&auth->loop, &auth->throttle.timer, 0,
		    throttle_turn, auth);
	TAILQ_INSERT_TAIL(&auth->throttle.turns, source, turn);
}

/* On to the next attempt of a source, at once or when it has waited. */
static void
throttle_continue(struct source *source)
{
	struct attempt	*attempt = TAILQ_FIRST(&source->attempts);
	uint64_t	 delay = source_delay(source);

	source->state = SOURCE_IDLE;
	if (attempt == NULL) {
		if (source->failures == 0)
			source_free(source);
		return;
	}
	if (delay == 0) {
		source_make_ready(source);
		return;
	}
	source_trim(source);
	source->state = SOURCE_WAITING;
	/* Its denial takes as long as others, from then on. */
	attempt->asked = loop_now() + delay;
	timer_start(&source->auth->loop, &source->timer, delay,
	    source_make_ready, source);
}

/*
 * Have an attempt decided when its turn comes: login_decide() is called for
 * it then, or login_refuse() if too many of its source are waiting.
 */
void
throttle_submit(struct auth *auth, struct attempt *attempt)
{
	struct source	*source = source_find(auth, attempt);

	TAILQ_INSERT_TAIL(&source->attempts, attempt, entry);
	source->attempt_count++;
	if (source->state == SOURCE_IDLE)
		throttle_continue(source);
	else if (source->state == SOURCE_WAITING)
		source_trim(source);
}
