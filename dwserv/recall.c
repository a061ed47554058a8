/*
 * Requests that have a key (idem=KEY): the same one again gets the answer
 * that it had, and nothing is done.  The ledger has the keys; here are
 * those of the last day, or the last RECALL_MAX, in memory.
 */

#include <sha2.h>
#include <stdio.h>
#include <time.h>

#include "parent.h"
#include "xmalloc.h"

#define DIGEST_LENGTH	32	/* of the digest in hex; enough to tell apart */
#define RECALL_WORDS_MAX	64	/* of an entry of the ledger */

static int
recall_compare(const struct recall *a, const struct recall *b)
{
	int	order = strcmp(a->client, b->client);

	return (order != 0 ? order : strcmp(a->key, b->key));
}

RB_PROTOTYPE(recall_tree, recall, entry, recall_compare)
RB_GENERATE(recall_tree, recall, entry, recall_compare)

void
recalls_init(struct recalls *recalls)
{
	RB_INIT(&recalls->tree);
	TAILQ_INIT(&recalls->ages);
	recalls->count = 0;
}

static void
recall_free(struct recalls *recalls, struct recall *recall)
{
	RB_REMOVE(recall_tree, &recalls->tree, recall);
	if (recall->reply != NULL) {
		TAILQ_REMOVE(&recalls->ages, recall, age);
		recalls->count--;
	}
	free(recall->client);
	free(recall->key);
	free(recall->digest);
	free(recall->reply);
	free(recall);
}

void
recalls_clear(struct recalls *recalls)
{
	struct recall	*recall;

	while ((recall = RB_ROOT(&recalls->tree)) != NULL)
		recall_free(recalls, recall);
}

static struct recall *
recall_new(struct recalls *recalls, const char *client, const char *key,
    const char *digest)
{
	struct recall	*recall = xcalloc(1, sizeof(*recall)), *old;

	recall->client = xstrdup(client);
	recall->key = xstrdup(key);
	recall->digest = xstrdup(digest);
	if ((old = RB_INSERT(recall_tree, &recalls->tree, recall)) != NULL) {
		recall_free(recalls, old);
		RB_INSERT(recall_tree, &recalls->tree, recall);
	}
	return (recall);
}

/* It is answered: remember for how long that is good. */
static void
recall_finish(struct recalls *recalls, struct recall *recall,
    const char *reply, uint64_t now)
{
	recall->reply = xstrdup(reply);
	recall->time = now;
	TAILQ_INSERT_TAIL(&recalls->ages, recall, age);
	recalls->count++;
	while ((recall = TAILQ_FIRST(&recalls->ages)) != NULL &&
	    (recalls->count > RECALL_MAX ||
	    recall->time + RECALL_SECONDS < (uint64_t)time(NULL)))
		recall_free(recalls, recall);
}

/*
 * A digest of all that the request says, but for its secret: a hash is
 * another one each time, and the ledger has nothing of a password.
 */
static void
recall_digest(const struct request *request, char *digest)
{
	struct request	 copy = *request;
	struct ibuf	*text = text_new();
	char		 hex[SHA256_DIGEST_STRING_LENGTH];

	copy.session = copy.number = 0;
	copy.hash = request->hash == NULL ? NULL : (char *)"";
	if (msg_put_request(text, &copy) == -1)
		fatal("cannot tell a request from others");
	SHA256Data(ibuf_data(text), ibuf_size(text), hex);
	strlcpy(digest, hex, DIGEST_LENGTH + 1);
	ibuf_free(text);
}

/* Each part of a transaction has a key of its own. */
static void
recall_key(const struct request *request, char *key, size_t size)
{
	if (request->part == 0)
		strlcpy(key, request->idem, size);
	else
		snprintf(key, size, "%s/%u", request->idem, request->part);
}

static struct recall *
recall_find(struct recalls *recalls, const char *client, char *key)
{
	struct recall	wanted = { .client = (char *)client, .key = key };

	return (RB_FIND(recall_tree, &recalls->tree, &wanted));
}

/*
 * A transaction is another request than a single one, though the keys of
 * its parts look different: whether one has the key that is wanted for the
 * other, or NULL.
 */
static struct recall *
recall_find_other(struct recalls *recalls, const struct change *change)
{
	char	key[IDEM_LENGTH_MAX + 16];

	snprintf(key, sizeof(key), "%s%s", change->request.idem,
	    change->request.part == 0 ? "/1" : "");
	return (recall_find(recalls, change->client, key));
}

/* The answer again, cut up as it was. */
static enum recall_answer
recall_repeat(const struct recall *recall, struct result *result)
{
	const char	*word, *text;
	char		 name[RESULT_WORD_MAX];

	if ((word = strchr(recall->reply, ' ')) == NULL)
		fatalx("an answer in the ledger makes no sense");
	text = strchr(++word, ' ');
	strlcpy(name, word, sizeof(name));
	if (text != NULL && (size_t)(text - word) < sizeof(name))
		name[text - word] = '\0';
	result_set(result, (uint16_t)strtoul(recall->reply, NULL, 10), name,
	    "%s", text != NULL ? text + 1 : "");
	return (RECALL_KNOWN);
}

/*
 * Whether a change was carried out before, by its key.  RECALL_NEW: no, or
 * it has no key; RECALL_WAIT: the same key is under way; RECALL_KNOWN: yes,
 * and the result is the one it had; RECALL_CONFLICT: another request had
 * the key, and the result says so.
 */
enum recall_answer
recall_ask(struct recalls *recalls, struct change *change)
{
	struct recall	*recall;
	char		 key[IDEM_LENGTH_MAX + 16], digest[DIGEST_LENGTH + 1];

	if (change->request.idem == NULL)
		return (RECALL_NEW);
	recall_key(&change->request, key, sizeof(key));
	recall_digest(&change->request, digest);
	if ((recall = recall_find(recalls, change->client, key)) == NULL)
		recall = recall_find_other(recalls, change);
	if (recall == NULL) {
		change->recall = recall_new(recalls, change->client, key,
		    digest);
		return (RECALL_NEW);
	}
	if (recall->reply == NULL)
		return (RECALL_WAIT);
	if (strcmp(recall->digest, digest) == 0)
		return (recall_repeat(recall, &change->result));
	result_set(&change->result, 550, "idem-conflict", "%s was the key of "
	    "another request", change->request.idem);
	return (RECALL_CONFLICT);
}

/* Nothing came of the change: so there is nothing to remember. */
void
recall_forget(struct recalls *recalls, struct change *change)
{
	if (change->recall != NULL)
		recall_free(recalls, change->recall);
	change->recall = NULL;
}

/* Have the ledger's entry of a change tell its key and its answer. */
void
recall_record(struct change *change)
{
	const struct recall	*recall = change->recall;
	struct ibuf		*to;
	char			 reply[RESULT_TEXT_MAX + 64];

	if (recall == NULL || change->record == NULL)
		return;
	to = text_new();
	snprintf(reply, sizeof(reply), "%u %s %s", change->result.code,
	    change->result.word, change->result.text);
	text_add(to, change->record, strlen(change->record));
	token_add(to, "idem", recall->key);
	token_add(to, "digest", recall->digest);
	token_add(to, "reply", reply);
	free(change->record);
	change->record = xstrndup(ibuf_data(to), ibuf_size(to));
	ibuf_free(to);
}

/* The change is in the ledger: it is known from now on. */
void
recall_keep(struct recalls *recalls, struct change *change)
{
	char	reply[RESULT_TEXT_MAX + 64];

	if (change->recall == NULL)
		return;
	snprintf(reply, sizeof(reply), "%u %s %s", change->result.code,
	    change->result.word, change->result.text);
	if (change->record == NULL)
		recall_forget(recalls, change);
	else
		recall_finish(recalls, change->recall, reply,
		    (uint64_t)time(NULL));
	change->recall = NULL;
}

/* The value of a word `key=value', or NULL if it is another one. */
static const char *
recall_value(const char *word, const char *key)
{
	size_t	length = strlen(key);

	return (strncmp(word, key, length) == 0 && word[length] == '=' ?
	    word + length + 1 : NULL);
}

/*
 * Learn from the words of a line of the ledger, which was written at a
 * time, in seconds since 1970, unless it says another.
 */
void
recall_learn(struct recalls *recalls, uint64_t when, char **words, int count)
{
	const char	*keys[] = { "client", "idem", "digest", "reply", "at" };
	const char	*values[5] = { NULL };
	int		 i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < 5; j++)
			if (values[j] == NULL)
				values[j] = recall_value(words[i], keys[j]);
	if (values[0] == NULL || values[1] == NULL || values[2] == NULL ||
	    values[3] == NULL || strchr(values[3], ' ') == NULL)
		return;
	if (values[4] != NULL)
		when = strtoull(values[4], NULL, 10);
	recall_finish(recalls, recall_new(recalls, values[0], values[1],
	    values[2]), values[3], when);
}

/*
 * A change that a crash interrupted has been finished: it is known like
 * those whose entries were read.
 */
void
recall_recover(struct recalls *recalls, const struct change *change)
{
	char	*copy = xstrdup(change->record), *words[RECALL_WORDS_MAX];
	int	 count = token_split(copy, words, RECALL_WORDS_MAX);

	if (count > 0)
		recall_learn(recalls, (uint64_t)time(NULL), words, count);
	free(copy);
}

/* The same as a text, for a new segment of the ledger. */
void
recall_describe(const struct recall *recall, struct ibuf *to)
{
	token_add(to, "client", recall->client);
	token_add(to, "idem", recall->key);
	token_add(to, "digest", recall->digest);
	token_add_number(to, "at", recall->time);
	token_add(to, "reply", recall->reply);
}
