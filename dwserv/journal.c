/*
 * The journal: one record, of the commit under way.  Once it is durable the
 * commit will be finished, now or at the next start.  It is text: for each
 * edited line its old (-, ~) and new (+, >) form, for each change its entry
 * in the ledger and what its home needs, and a digest over all of it.  The
 * record of a finished commit is simply written over.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sha2.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"
#include "xmalloc.h"

#define JOURNAL_MAGIC	"dwserv journal 1\n"
#define JOURNAL_MAX	((size_t)1 << 31)

/*
 * Open or make the journal in the state directory.  Returns 0, or -1 and
 * has logged why.
 */
int
journal_open(struct journal *journal, int state_fd)
{
	journal->fd = openat(state_fd, "journal", O_RDWR | O_CREAT |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (journal->fd == -1 || fsync(state_fd) == -1) {
		log_warn("cannot open the journal");
		return (-1);
	}
	return (0);
}

void
journal_close(struct journal *journal)
{
	if (journal->fd != -1)
		close(journal->fd);
	journal->fd = -1;
}

/* How the newlines within an entry of aliases travel; it has no such byte. */
#define NEWLINE_INSIDE	'\001'

static void
exchange_bytes(enum table_kind kind, char *text, size_t length, char from,
    char to)
{
	size_t	i;

	for (i = 0; kind == TABLE_ALIASES && i < length; i++)
		if (text[i] == from)
			text[i] = to;
}

static void
build_line(struct ibuf *to, enum table_kind kind, const char *mark,
    struct slice text)
{
	text_add(to, mark, 1);
	text_add(to, text.text, text.length);
	exchange_bytes(kind, (char *)ibuf_data(to) + ibuf_size(to) -
	    text.length, text.length, '\n', NEWLINE_INSIDE);
	text_add(to, "\n", 1);
}

static int
build_edit(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	if (old.text != NULL)
		build_line(arg, kind, new.text == NULL ? "-" : "~", old);
	if (new.text != NULL)
		build_line(arg, kind, old.text == NULL ? "+" : ">", new);
	return (0);
}

/* The promises about homes, as the journal has them. */
static const struct {
	enum home_action	 action;
	const char		*word;
} home_words[] = {
	{ HOME_ACTION_PLACE, "place" },
	{ HOME_ACTION_REMOVE, "remove" },
	{ HOME_ACTION_ARCHIVE, "archive" },
	{ HOME_ACTION_CHANGE, "change" }
};
#define HOME_WORDS	(sizeof(home_words) / sizeof(home_words[0]))

static void
build_home(struct ibuf *to, const struct home_job *job)
{
	const struct home_order	*order = &job->order;
	size_t			 i = 0;

	while (i < HOME_WORDS - 1 && home_words[i].action != job->promised)
		i++;
	text_print(to, "home %s %016" PRIx64 " %u %u %o %u %u %s %s\n",
	    home_words[i].word, order->serial, order->uid, order->gid,
	    order->mode, order->old_uid, order->old_gid, order->path,
	    order->to != NULL ? order->to : "-");
}

static void
build_change(struct ibuf *to, const struct change *change)
{
	const struct home_job	*job;
	const char		*rest = NULL;
	struct slice		 entry;

	while (record_next(change, &rest, &entry)) {
		text_add(to, "entry ", 6);
		text_add(to, entry.text, entry.length);
		text_add(to, "\n", 1);
	}
	TAILQ_FOREACH(job, &change->homes, entry)
		build_home(to, job);
}

/*
 * The record of a commit: all edits since the last settle, and the changes
 * that are carried out (those with a ledger entry), numbered from first.
 */
struct ibuf *
journal_build(struct store *store, const struct changes *batch,
    uint64_t first)
{
	char		 digest[SHA256_DIGEST_STRING_LENGTH];
	struct ibuf	*to = text_new();
	struct change	*change;
	enum table_kind	 kind;

	text_print(to, JOURNAL_MAGIC "first %" PRIu64 "\nlast %" PRIu64 "\n",
	    first, first + record_count(batch) - 1);
	for (kind = 0; kind < TABLES; kind++)
		if (table_is_changed(store->tables[kind])) {
			text_print(to, "file %s\n", table_name(kind));
			table_visit_edits(store->tables[kind], build_edit,
			    to);
		}
	TAILQ_FOREACH(change, batch, entry)
		if (change->record != NULL)
			build_change(to, change);
	text_print(to, "end %s\n", SHA256Data(ibuf_data(to), ibuf_size(to),
	    digest));
	return (to);
}

/*
 * Make a record durable, in place of the finished one before it.  Returns
 * 0; -1 with errno if it could not be written: what there is of it has no
 * valid end, and nothing has been promised; -2 with errno if it cannot be
 * known whether it is on disk.
 */
int
journal_write(struct journal *journal, const struct ibuf *record)
{
	if (lseek(journal->fd, 0, SEEK_SET) == -1 || file_write(journal->fd,
	    ibuf_data(record), ibuf_size(record)) == -1)
		return (-1);
	return (fdatasync(journal->fd) == -1 ? -2 : 0);
}

static int
record_is_whole(struct journal_record *record)
{
	char	 digest[SHA256_DIGEST_STRING_LENGTH];
	char	*end = record->bytes, *limit = end + record->length;
	size_t	 magic = strlen(JOURNAL_MAGIC);

	if (record->length < magic ||
	    memcmp(record->bytes, JOURNAL_MAGIC, magic) != 0)
		return (0);
	/* Behind the end may stand what is left of a longer record. */
	end = memmem(record->bytes, record->length, "\nend ", 5);
	if (end == NULL || limit - ++end < 4 + SHA256_HEX_LENGTH + 1)
		return (0);
	record->length = (size_t)(end - record->bytes);
	SHA256Data((uint8_t *)record->bytes, record->length, digest);
	if (memcmp(end + 4, digest, SHA256_HEX_LENGTH) != 0 ||
	    end[4 + SHA256_HEX_LENGTH] != '\n')
		return (0);
	*end = '\0';
	return (1);
}

static int
record_numbers(struct journal_record *record)
{
	return (sscanf(record->bytes + strlen(JOURNAL_MAGIC),
	    "first %" SCNu64 "\nlast %" SCNu64 "\n", &record->first,
	    &record->last) == 2 && record->first <= record->last ? 0 : -1);
}

/*
 * Read the record that is there; bytes is NULL if there is none or it was
 * never completed.  Returns 0, or -1 with errno.
 */
int
journal_read(struct journal *journal, struct journal_record *record)
{
	memset(record, 0, sizeof(*record));
	record->bytes = file_read(journal->fd, JOURNAL_MAX, &record->length);
	if (record->bytes == NULL)
		return (-1);
	if (!record_is_whole(record) || record_numbers(record) == -1)
		journal_record_free(record);
	return (0);
}

static int
table_kind_parse(const char *name)
{
	int	kind;

	for (kind = 0; kind < TABLES; kind++)
		if (strcmp(name, table_name((enum table_kind)kind)) == 0)
			return (kind);
	return (-1);
}

/* What journal_visit() knows while it goes from line to line. */
struct visit {
	edit_visitor	 visitor;
	void		*arg;
	int		 kind;		/* of the file, -1: none so far */
	struct slice	 old;
};

/* Show an edit as it was before build_line() had it. */
static int
visit_show(struct visit *visit, struct slice old, struct slice new)
{
	enum table_kind	kind = (enum table_kind)visit->kind;
	int		result;

	exchange_bytes(kind, (char *)old.text, old.length, NEWLINE_INSIDE,
	    '\n');
	exchange_bytes(kind, (char *)new.text, new.length, NEWLINE_INSIDE,
	    '\n');
	result = visit->visitor(visit->arg, kind, old, new);
	exchange_bytes(kind, (char *)old.text, old.length, '\n',
	    NEWLINE_INSIDE);
	exchange_bytes(kind, (char *)new.text, new.length, '\n',
	    NEWLINE_INSIDE);
	return (result);
}

static int
visit_line(struct visit *visit, struct slice line)
{
	struct slice	none = { NULL, 0 }, old = visit->old;
	struct slice	text = { line.text + 1, line.length - 1 };
	char		name[16];

	/* sscanf(3) looks at all that follows: not for each line. */
	if (*line.text == 'f' && sscanf(line.text, "file %15[a-z]\n",
	    name) == 1)
		visit->kind = table_kind_parse(name);
	if (line.length == 0 || strchr("+-~>", *line.text) == NULL)
		return (0);
	if (visit->kind == -1) {
		errno = EINVAL;
		return (-1);
	}
	visit->old = *line.text == '~' ? text : none;
	if (*line.text == '~')
		return (0);
	return (*line.text == '-' ? visit_show(visit, text, none) :
	    visit_show(visit, old, text));
}

/*
 * Show each edit of a record in order, as table_visit_edits() did when it
 * was built.  Returns 0, the visitor's result if that is not 0, or -1 with
 * EINVAL for a line that makes no sense.
 */
int
journal_visit(struct journal_record *record, edit_visitor visitor, void *arg)
{
	struct slice	rest = { record->bytes, record->length };
	struct visit	visit = { visitor, arg, -1, { NULL, 0 } };
	int		result = 0;

	while (result == 0 && rest.length > 0)
		result = visit_line(&visit, slice_cut(&rest, '\n'));
	return (result);
}

static int
change_add_home(struct change *change, const char *line)
{
	struct home_job		*job = xcalloc(1, sizeof(*job));
	struct home_order	*order = &job->order;
	char			 word[8], path[PATH_LENGTH_MAX + 1];
	char			 to[PATH_LENGTH_MAX + 1];
	size_t			 i;

	TAILQ_INSERT_TAIL(&change->homes, job, entry);
	if (sscanf(line, "home %7s %16" SCNx64 " %u %u %o %u %u %255s %255s",
	    word, &order->serial, &order->uid, &order->gid, &order->mode,
	    &order->old_uid, &order->old_gid, path, to) != 9)
		return (-1);
	for (i = 0; i < HOME_WORDS; i++)
		if (strcmp(word, home_words[i].word) == 0)
			break;
	if (i == HOME_WORDS)
		return (-1);
	order->action = job->promised = home_words[i].action;
	order->path = xstrdup(path);
	order->to = strcmp(to, "-") == 0 ? NULL : xstrdup(to);
	return (0);
}

/*
 * The changes of a record whose numbers are above after, as they were when
 * it was built; consumes the record's bytes.  Returns 0, or -1.
 */
int
journal_changes(struct journal_record *record, uint64_t after,
    struct changes *changes)
{
	char		*at = record->bytes, *line;
	struct change	*change = NULL;
	uint64_t	 number = record->first;

	while ((line = strsep(&at, "\n")) != NULL) {
		if (strncmp(line, "entry ", 6) == 0) {
			change = NULL;
			if (number++ <= after)
				continue;
			change = xcalloc(1, sizeof(*change));
			change_init(change);
			change->record = xstrdup(line + 6);
			TAILQ_INSERT_TAIL(changes, change, entry);
		} else if (change != NULL && strncmp(line, "home ", 5) == 0 &&
		    change_add_home(change, line) == -1)
			return (-1);
	}
	return (number == record->last + 1 ? 0 : -1);
}

void
journal_record_free(struct journal_record *record)
{
	freezero(record->bytes, record->length);
	memset(record, 0, sizeof(*record));
}
