/*
 * The ledger: one line for each change, each with the digest of the line
 * before it, never rewritten.  It is kept in segments; the first line of
 * one carries on what a start needs to know of those before it: the digest,
 * the next number, and the ids that were ever in use.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "parent.h"

#define SEGMENT_SIZE_MAX	((uint64_t)16 << 20)
#define SEGMENT_NAME_MAX	16
#define RESERVE_AHEAD		((uint64_t)64 << 10)
/* Number, time, digest and what is between them. */
#define ENTRY_FRAME_MAX		160
/* What a carried key takes, about: segments are measured without them. */
#define HEAD_KEY_SIZE		300
/* An entry in its frame is at most so many times as long. */
#define EXTERNAL_GROWTH		5
#define SEGMENT_NEW		"new"
#define LEDGER_WORDS_MAX	64

static int	ledger_create_segment(struct ledger *, struct store *);
static int	ledger_read_segment(struct ledger *, struct store *, uint64_t);

static void
segment_name(char *name, uint32_t segment)
{
	snprintf(name, SEGMENT_NAME_MAX, "%08u", segment);
}

/* The number of the newest segment, 0 if there is none, -1 with errno. */
static int64_t
ledger_find_newest(const struct ledger *ledger)
{
	DIR		*directory;
	struct dirent	*entry;
	uint32_t	 number;
	int64_t		 newest = 0;
	int		 fd;

	fd = openat(ledger->directory_fd, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	if (fd == -1 || (directory = fdopendir(fd)) == NULL)
		return (-1);
	while ((entry = readdir(directory)) != NULL) {
		struct slice	name = { entry->d_name,
				    strlen(entry->d_name) };

		if (name.length == 8 && slice_number(name, &number) == 0 &&
		    number > newest)
			newest = number;
	}
	closedir(directory);
	return (newest);
}

/*
 * Open the ledger in the state directory and read its newest segment: the
 * ids in it are added to the store's, the keys to those that are remembered.
 * What follows the last entry before
 * number restorable, which the journal can give again, may be damaged or
 * missing; nothing else may.  UINT64_MAX: there is no journal.  Returns 0,
 * or -1 and has logged why.
 */
int
ledger_open(struct ledger *ledger, int state_fd, struct store *store,
    struct recalls *recalls, uint64_t restorable)
{
	int64_t	newest;

	memset(ledger, 0, sizeof(*ledger));
	ledger->recalls = recalls;
	ledger->fd = -1;
	memset(ledger->digest, '0', SHA256_HEX_LENGTH);
	if (mkdirat(state_fd, "ledger", 0700) == -1 && errno != EEXIST) {
		log_warn("cannot make the directory of the ledger");
		return (-1);
	}
	ledger->directory_fd = openat(state_fd, "ledger", O_RDONLY |
	    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (ledger->directory_fd == -1 ||
	    (newest = ledger_find_newest(ledger)) == -1 ||
	    fsync(state_fd) == -1) {
		log_warn("cannot open the directory of the ledger");
		return (-1);
	}
	ledger->segment = (uint32_t)newest;
	if (newest == 0) {
		store->is_first = 1;
		/* Moved away perhaps: the journal's numbers still hold. */
		ledger->last = restorable == UINT64_MAX ? 0 : restorable - 1;
		return (ledger_create_segment(ledger, store));
	}
	return (ledger_read_segment(ledger, store, restorable));
}

void
ledger_close(struct ledger *ledger)
{
	if (ledger->fd != -1)
		close(ledger->fd);
	if (ledger->directory_fd != -1)
		close(ledger->directory_fd);
	ledger->fd = ledger->directory_fd = -1;
}

/* Finish a line that began at an offset of the text: digest and newline. */
static void
ledger_seal(struct ibuf *to, size_t start, char *digest)
{
	char	next[SHA256_HEX_LENGTH + 1];

	seal_digest(digest, (char *)ibuf_data(to) + start,
	    ibuf_size(to) - start, next);
	memcpy(digest, next, SHA256_HEX_LENGTH + 1);
	text_print(to, SEAL_KEY "%s\n", digest);
}

/* A line's number and the time. */
static void
ledger_add_head(struct ibuf *to, uint64_t number)
{
	char		stamp[32];
	struct tm	tm;
	time_t		now = time(NULL);

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%FT%TZ", &tm);
	text_print(to, "%" PRIu64 " %s", number, stamp);
}

/*
 * The first lines of a segment: what a start would otherwise not know.  All
 * have the number 0; behind the first, each carries on a key.
 */
static struct ibuf *
ledger_build_head(struct ledger *ledger, struct store *store)
{
	struct ibuf		*to = text_new();
	const struct recall	*recall;
	size_t			 start;

	ledger_add_head(to, 0);
	token_add_number(to, "segment", ledger->segment);
	token_add_number(to, "next", ledger->last + 1);
	token_add(to, "previous", ledger->digest);
	text_add(to, " uids=", 6);
	idset_format(&store->uids, to);
	text_add(to, " gids=", 6);
	idset_format(&store->gids, to);
	ledger_seal(to, 0, ledger->digest);
	TAILQ_FOREACH(recall, &ledger->recalls->ages, age) {
		start = ibuf_size(to);
		ledger_add_head(to, 0);
		recall_describe(recall, to);
		ledger_seal(to, start, ledger->digest);
	}
	return (to);
}

/*
 * Begin a new segment; it gets its name only when its head is durable.
 * Returns 0, or -1 and has logged why; the old segment is still in use then.
 */
static int
ledger_create_segment(struct ledger *ledger, struct store *store)
{
	struct ledger	 next = *ledger;
	char		 name[SEGMENT_NAME_MAX];
	struct ibuf	*head;
	int		 failed;

	segment_name(name, ++next.segment);
	head = ledger_build_head(&next, store);
	next.size = next.reserved = next.head = ibuf_size(head);
	unlinkat(next.directory_fd, SEGMENT_NEW, 0);
	next.fd = openat(next.directory_fd, SEGMENT_NEW, O_RDWR | O_CREAT |
	    O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	failed = next.fd == -1 || file_write(next.fd, ibuf_data(head),
	    ibuf_size(head)) == -1 || fdatasync(next.fd) == -1 ||
	    renameat(next.directory_fd, SEGMENT_NEW, next.directory_fd,
	    name) == -1 || fsync(next.directory_fd) == -1;
	ibuf_free(head);
	if (failed) {
		log_warn("cannot begin segment %s of the ledger", name);
		/* The next start must not take it for the newest. */
		unlinkat(next.directory_fd, name, 0);
		if (next.fd != -1)
			close(next.fd);
		return (-1);
	}
	if (ledger->fd != -1)
		close(ledger->fd);
	*ledger = next;
	return (0);
}

/* The time of a line, in seconds since 1970; 0 if it is none. */
static uint64_t
ledger_time(const char *stamp)
{
	struct tm	tm;

	memset(&tm, 0, sizeof(tm));
	return (strptime(stamp, "%FT%TZ", &tm) == NULL ? 0 :
	    (uint64_t)timegm(&tm));
}

/* Take over what a line that has been verified says; cuts it up. */
static int
ledger_learn(struct ledger *ledger, struct store *store, char *line)
{
	char		*words[LEDGER_WORDS_MAX], *value;
	int		 count, i, failed = 0;
	uint64_t	 number;

	if ((count = token_split(line, words, LEDGER_WORDS_MAX)) < 2)
		return (-1);
	number = strtoull(words[0], NULL, 10);
	if (number != 0)
		ledger->last = number;
	recall_learn(ledger->recalls, ledger_time(words[1]), words + 2,
	    count - 2);
	for (i = 2; i < count; i++) {
		if ((value = token_value(words[i])) == NULL)
			continue;
		if (number == 0 && strcmp(words[i], "next") == 0)
			ledger->last = strtoull(value, NULL, 10) - 1;
		if (store->reuse)
			continue;
		if (strcmp(words[i], "uids") == 0 ||
		    strcmp(words[i], "uid") == 0)
			failed |= idset_parse(&store->uids, value) == -1;
		else if (strcmp(words[i], "gids") == 0 ||
		    strcmp(words[i], "gid") == 0)
			failed |= idset_parse(&store->gids, value) == -1;
	}
	return (failed ? -1 : 0);
}

/* Walk the lines of a segment; returns the offset of the first bad one. */
static size_t
ledger_walk(struct ledger *ledger, struct store *store, char *bytes,
    size_t size)
{
	size_t	 offset = 0;
	char	*newline;

	while (offset < size) {
		newline = memchr(bytes + offset, '\n', size - offset);
		if (newline == NULL)
			break;
		*newline = '\0';
		if (seal_verify(ledger->digest, bytes + offset,
		    (size_t)(newline - bytes) - offset, offset == 0) !=
		    SEAL_GOOD ||
		    ledger_learn(ledger, store, bytes + offset) == -1)
			break;
		offset = (size_t)(newline - bytes) + 1;
	}
	return (offset);
}

static int
ledger_read_segment(struct ledger *ledger, struct store *store,
    uint64_t restorable)
{
	char	 name[SEGMENT_NAME_MAX], *bytes = NULL;
	size_t	 size, good;

	segment_name(name, ledger->segment);
	ledger->fd = openat(ledger->directory_fd, name, O_RDWR | O_APPEND |
	    O_NOFOLLOW | O_CLOEXEC);
	if (ledger->fd == -1 ||
	    (bytes = file_read(ledger->fd, SIZE_MAX / 2, &size)) == NULL) {
		log_warn("cannot read segment %s of the ledger", name);
		return (-1);
	}
	good = ledger_walk(ledger, store, bytes, size);
	free(bytes);
	ledger->size = good;
	ledger->head = ledger->recalls->count * HEAD_KEY_SIZE;
	if (good == size && good > 0 && (restorable == UINT64_MAX ||
	    ledger->last + 1 >= restorable))
		return (0);
	if (good == 0 || ledger->last + 1 < restorable) {
		log_warnx("segment %s of the ledger is damaged behind entry "
		    "%" PRIu64 " (byte %zu): keep a copy of it for "
		    "examination and move it away to start without it", name,
		    ledger->last, good);
		return (-1);
	}
	log_info("segment %s of the ledger ends in an entry that a crash cut "
	    "short; the journal has it", name);
	if (ftruncate(ledger->fd, (off_t)good) == -1 ||
	    fsync(ledger->fd) == -1) {
		log_warn("cannot cut segment %s of the ledger", name);
		return (-1);
	}
	return (0);
}

/* Have so many octets more on the disk.  Returns 0, or -1 with errno. */
static int
ledger_extend(struct ledger *ledger, uint64_t size)
{
	uint64_t	needed = ledger->size + size;

	if (needed <= ledger->reserved)
		return (0);
	/* Ahead by some, if there is so much; not all file systems can. */
	if (fallocate(ledger->fd, FALLOC_FL_KEEP_SIZE, (off_t)ledger->size,
	    (off_t)(needed - ledger->size + RESERVE_AHEAD)) == 0)
		ledger->reserved = needed + RESERVE_AHEAD;
	else if (errno != EOPNOTSUPP && fallocate(ledger->fd,
	    FALLOC_FL_KEEP_SIZE, (off_t)ledger->size,
	    (off_t)(needed - ledger->size)) == -1)
		return (-1);
	return (0);
}

/*
 * Make sure that the disk has room for the entries of a batch, before they
 * are promised.  Returns 0, or -1 with errno.
 */
int
ledger_reserve(struct ledger *ledger, const struct changes *batch)
{
	const struct change	*change;
	uint64_t		 size = record_count(batch) * ENTRY_FRAME_MAX;

	TAILQ_FOREACH(change, batch, entry)
		if (change->record != NULL)
			size += strlen(change->record);
	return (ledger_extend(ledger, size));
}

/* Begin a new segment when this one, but for its head, is long enough. */
static void
ledger_check_size(struct ledger *ledger, struct store *store)
{
	if (ledger->size - ledger->head > SEGMENT_SIZE_MAX &&
	    ledger_create_segment(ledger, store) == -1)
		log_warnx("the ledger goes on in segment %08u",
		    ledger->segment);
}

static void
ledger_add_entry(struct ledger *ledger, struct ibuf *to, const char *record,
    size_t length)
{
	size_t	start = ibuf_size(to);

	ledger_add_head(to, ++ledger->last);
	text_add(to, " ", 1);
	text_add(to, record, length);
	ledger_seal(to, start, ledger->digest);
}

/* Write entries and make them durable; frees their text. */
static int
ledger_write(struct ledger *ledger, struct ibuf *text)
{
	int	failed;

	failed = file_write(ledger->fd, ibuf_data(text),
	    ibuf_size(text)) == -1 || fdatasync(ledger->fd) == -1;
	ledger->size += ibuf_size(text);
	ibuf_free(text);
	return (failed ? -1 : 0);
}

/*
 * Append the entries of a batch and make them durable; each change gets the
 * number of its first.  Returns 0, or -1
 * with errno: then it is not known what is on disk.
 */
int
ledger_append(struct ledger *ledger, const struct changes *batch,
    struct store *store)
{
	struct change		*change;
	const char		*rest;
	struct slice		 entry;
	struct ibuf		*to = text_new();

	ledger_check_size(ledger, store);
	TAILQ_FOREACH(change, batch, entry) {
		change->number = ledger->last + 1;
		for (rest = NULL; record_next(change, &rest, &entry); )
			ledger_add_entry(ledger, to, entry.text,
			    entry.length);
	}
	return (ledger_write(ledger, to));
}

/*
 * Append what other programs changed, as the store has it, and make that
 * durable.  Nobody was promised it: without room it is left out.  Returns
 * as ledger_append().
 */
int
ledger_append_external(struct ledger *ledger, struct store *store)
{
	struct slice	 rest = { ibuf_data(store->external),
			    ibuf_size(store->external) }, record;
	struct ibuf	*to;

	if (rest.length == 0)
		return (0);
	to = text_new();
	if (ledger_extend(ledger, rest.length * EXTERNAL_GROWTH) == -1) {
		log_warn("what other programs changed is not in the ledger");
		rest.length = 0;
	} else
		ledger_check_size(ledger, store);
	while (rest.length > 0) {
		record = slice_cut(&rest, '\n');
		ledger_add_entry(ledger, to, record.text, record.length);
	}
	ibuf_free(store->external);
	store->external = text_new();
	return (ledger_write(ledger, to));
}

/* How far the ledger is durable. */
void
ledger_get_extent(const struct ledger *ledger, struct ledger_extent *extent)
{
	extent->segment = ledger->segment;
	extent->size = ledger->size;
	extent->last = ledger->last;
}

/*
 * Open a segment for reading.  Returns a descriptor, or -1 if it is not
 * there (any more).
 */
int
ledger_open_segment(const struct ledger *ledger, uint32_t segment)
{
	char	name[SEGMENT_NAME_MAX];

	segment_name(name, segment);
	return (openat(ledger->directory_fd, name, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC));
}
