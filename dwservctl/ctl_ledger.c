/*
 * The ledger, checked from its first line to its last: the chain of digests
 * within and across segments, the numbers of the entries, and the heads of
 * the segments.  Files are only read, so it does not matter whether the
 * daemon is running; a last line that it has not finished is no fault.
 */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <unistd.h>

#include "ctl.h"

#define SEGMENT_DIGITS	8

/* How far the check has come. */
struct ledger_check {
	char		*path;			/* of the directory */
	int		 fd;
	uint32_t	*segments;
	size_t		 count;
	uint32_t	 segment;		/* that is being read */
	uint64_t	 line;			/* there, counted from 1 */
	int		 is_known;		/* what came before it */
	uint64_t	 next;			/* number that is due */
	uint64_t	 last;			/* that must be there */
	uint64_t	 entries;
	char		 digest[SHA256_HEX_LENGTH + 1];
	struct answer	*answer;
};

/* The first fault; there is nothing to be said of what follows it. */
static int
ledger_fault(struct ledger_check *check, const char *format, ...)
    __attribute__((__format__ (printf, 2, 3)));
static int
ledger_fault(struct ledger_check *check, const char *format, ...)
{
	char	*text, *file;
	va_list	 ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) == -1 || asprintf(&file, "%s/%0*u",
	    check->path, SEGMENT_DIGITS, check->segment) == -1)
		err(CTL_EXIT_FAILED, NULL);
	va_end(ap);
	answer_add_record(check->answer, "problem");
	answer_add_text(check->answer, "file", file);
	if (check->line > 0)
		answer_add_number(check->answer, "line", check->line);
	answer_add_text(check->answer, "text", text);
	free(text);
	free(file);
	return (-1);
}

/* The number behind a key, which must be of digits only; -1 if it is not. */
static int
ledger_number(const char *text, uint64_t *number)
{
	size_t	digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 19 || (text[digits] != ' ' &&
	    text[digits] != '\0') || (*text == '0' && digits > 1))
		return (-1);
	*number = strtoull(text, NULL, 10);
	return (0);
}

static int
ledger_key(const char *line, const char *key, uint64_t *number)
{
	const char	*at = strstr(line, key);

	return (at == NULL ? -1 : ledger_number(at + strlen(key), number));
}

/* What the first line of a segment says of itself and of those before. */
static int
ledger_check_head(struct ledger_check *check, const char *line,
    const char *previous)
{
	uint64_t	segment, next;

	if (ledger_key(line, " segment=", &segment) == -1 ||
	    ledger_key(line, " next=", &next) == -1)
		return (ledger_fault(check, "this is not the head of a "
		    "segment"));
	if (segment != check->segment)
		return (ledger_fault(check, "this is the head of segment "
		    "%0*" PRIu64, SEGMENT_DIGITS, segment));
	if (check->is_known && next != check->next)
		return (ledger_fault(check, "the next entry has the number "
		    "%" PRIu64 " here, but must have %" PRIu64, next,
		    check->next));
	/* What came before the first one that is left is not known. */
	if ((check->is_known || segment == 1) &&
	    strncmp(strstr(line, " previous=") + 10, previous,
	    SHA256_HEX_LENGTH) != 0)
		return (ledger_fault(check, "it does not follow the last "
		    "line of the segment before it"));
	check->next = next;
	check->is_known = 1;
	return (0);
}

static int
ledger_check_number(struct ledger_check *check, const char *line, int carries)
{
	uint64_t	number;

	if (ledger_number(line, &number) == -1)
		return (ledger_fault(check, "it does not begin with a "
		    "number"));
	if (number == 0 && carries)
		return (0);
	if (number != check->next)
		return (ledger_fault(check, "the entry has the number %"
		    PRIu64 ", but must have %" PRIu64, number, check->next));
	check->next++;
	check->entries++;
	return (1);
}

static const char *
ledger_seal_fault(enum seal_verdict verdict)
{
	switch (verdict) {
	case SEAL_NO_LINE:
		return ("this is not a line of a ledger");
	case SEAL_NO_HEAD:
		return ("this is not the head of a segment");
	default:
		return ("the digest is wrong: this line was changed, or one "
		    "before it taken away, put in or moved");
	}
}

/*
 * Check a line, which is cut up.  *carries is whether lines may still be
 * those that a segment begins with.
 */
static int
ledger_check_line(struct ledger_check *check, char *line, size_t length,
    int *carries)
{
	char			previous[SHA256_HEX_LENGTH + 1];
	enum seal_verdict	verdict;
	int			is_entry;

	strlcpy(previous, check->digest, sizeof(previous));
	verdict = seal_verify(check->digest, line, length, check->line == 1);
	if (verdict != SEAL_GOOD)
		return (ledger_fault(check, "%s",
		    ledger_seal_fault(verdict)));
	if (check->line == 1 &&
	    ledger_check_head(check, line, previous) == -1)
		return (-1);
	is_entry = ledger_check_number(check, line, *carries);
	if (is_entry == 1)
		*carries = 0;
	return (is_entry == -1 ? -1 : 0);
}

static int
ledger_check_text(struct ledger_check *check, char *bytes, size_t size,
    int is_last)
{
	char	*newline, *line = bytes, *end = bytes + size;
	int	 carries = 1;

	check->line = 0;
	while (line < end) {
		check->line++;
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL && is_last && check->line > 1)
			return (0);
		if (newline == NULL)
			return (ledger_fault(check, "the line has no end"));
		*newline = '\0';
		if (ledger_check_line(check, line, (size_t)(newline - line),
		    &carries) == -1)
			return (-1);
		line = newline + 1;
	}
	return (check->line > 0 ? 0 : ledger_fault(check,
	    "the segment is empty"));
}

static int
ledger_check_segment(struct ledger_check *check, int is_last)
{
	char	 name[16], *bytes = NULL;
	size_t	 size;
	int	 fd, result = -1;

	snprintf(name, sizeof(name), "%0*u", SEGMENT_DIGITS, check->segment);
	check->line = 0;
	fd = openat(check->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 ||
	    (bytes = file_read(fd, SIZE_MAX / 2, &size)) == NULL)
		ledger_fault(check, "%s", strerror(errno));
	else
		result = ledger_check_text(check, bytes, size, is_last);
	free(bytes);
	if (fd != -1)
		close(fd);
	return (result);
}

static int
segment_compare(const void *one, const void *two)
{
	const uint32_t	*a = one, *b = two;

	return (*a < *b ? -1 : *a > *b);
}

/* Find the segments, the oldest first.  Returns 0, or -1 with errno. */
static int
ledger_list(struct ledger_check *check)
{
	struct dirent	*entry;
	DIR		*directory;
	int		 fd;

	fd = openat(check->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (directory = fdopendir(fd)) == NULL)
		return (-1);
	while ((entry = readdir(directory)) != NULL) {
		if (strlen(entry->d_name) != SEGMENT_DIGITS ||
		    strspn(entry->d_name, "0123456789") != SEGMENT_DIGITS)
			continue;
		check->segments = recallocarray(check->segments,
		    check->count, check->count + 1,
		    sizeof(*check->segments));
		if (check->segments == NULL)
			err(CTL_EXIT_FAILED, NULL);
		check->segments[check->count++] =
		    (uint32_t)strtoul(entry->d_name, NULL, 10);
	}
	closedir(directory);
	if (check->count > 0)
		qsort(check->segments, check->count,
		    sizeof(*check->segments), segment_compare);
	return (0);
}

static int
ledger_check_all(struct ledger_check *check)
{
	size_t	i;

	memset(check->digest, '0', SHA256_HEX_LENGTH);
	for (i = 0; i < check->count; i++) {
		check->line = 0;
		check->segment = check->segments[i];
		if (i > 0 && check->segment != check->segments[i - 1] + 1) {
			check->segment = check->segments[i - 1] + 1;
			return (ledger_fault(check, "the segment is "
			    "missing"));
		}
		if (ledger_check_segment(check, i + 1 == check->count) == -1)
			return (-1);
	}
	return (check->next > check->last ? 0 : ledger_fault(check,
	    "it ends with entry %" PRIu64 ", but the daemon has made %"
	    PRIu64, check->next - 1, check->last));
}

static int
ledger_open(struct ledger_check *check, const char *state)
{
	if (asprintf(&check->path, "%s/ledger", state) == -1)
		err(CTL_EXIT_FAILED, NULL);
	check->fd = open(check->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return (check->fd == -1 ? -1 : ledger_list(check));
}

static enum ctl_exit
ledger_run(const char *state, uint64_t last, struct answer *answer)
{
	struct ledger_check	 check;

	memset(&check, 0, sizeof(check));
	check.answer = answer;
	check.last = last;
	if (ledger_open(&check, state) == -1)
		answer_conclude(answer, 0, "%s: %s", check.path,
		    strerror(errno));
	else if (check.count == 0)
		answer_conclude(answer, 0, "%s: there is no ledger",
		    check.path);
	else if (ledger_check_all(&check) == -1)
		answer_conclude(answer, 0, "%s: the ledger is damaged",
		    check.path);
	else {
		answer_add_record(answer, "ledger");
		answer_add_text(answer, "directory", check.path);
		answer_add_number(answer, "segments", check.count);
		answer_add_number(answer, "entries", check.entries);
		answer_add_number(answer, "last", check.next - 1);
		answer_add_text(answer, "sha256", check.digest);
		answer_conclude(answer, 1, "%s: no problems", check.path);
	}
	if (check.fd != -1)
		close(check.fd);
	free(check.segments);
	free(check.path);
	return (answer->ok ? CTL_EXIT_OK : CTL_EXIT_FAILED);
}

static enum ctl_exit
ledger_usage(void)
{
	fprintf(stderr, "usage: dwservctl ledger verify [-d directory]\n");
	return (CTL_EXIT_USAGE);
}

/*
 * Check the ledger in a state directory: that of -d; or that of the daemon,
 * by the answer that it gave to status; or the usual one.  The arguments are
 * the option after the command's name; what is wrong with it is said here.
 * The answer has a record "problem" for the first line that is wrong, or a
 * record "ledger".
 */
enum ctl_exit
ctl_ledger(int argc, char **argv, const struct answer *daemon,
    struct answer *answer)
{
	const char	*state = answer_find_text(daemon, "daemon", "state");
	uint64_t	 last;
	int		 option;

	last = answer_find_number(daemon, "commits", "ledger");
	optind = 0;
	while ((option = getopt(argc, argv, "+d:")) != -1) {
		if (option != 'd')
			return (ledger_usage());
		state = optarg;
		last = 0;
	}
	if (optind != argc)
		return (ledger_usage());
	return (ledger_run(state == NULL ? DWSERV_STATE : state, last,
	    answer));
}
