/*
 * The ledger's segments, as a worker has them: read-only descriptors that
 * the parent passes when asked.  Those who watch share them.
 */

#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "worker.h"
#include "xmalloc.h"

#define PIECE_SIZE	((size_t)64 << 10)
/* A line that is longer than this is no entry. */
#define PIECE_SIZE_MAX	((size_t)64 << 20)

static struct segment *
segment_find(struct worker *worker, uint32_t number)
{
	struct segment	*segment;

	LIST_FOREACH(segment, &worker->ledger.segments, entry)
		if (segment->number == number)
			return (segment);
	return (NULL);
}

static void
segment_free(struct segment *segment)
{
	LIST_REMOVE(segment, entry);
	if (segment->fd != -1)
		close(segment->fd);
	free(segment);
}

/*
 * A segment, until it is released.  While it is asked for, the parent's
 * answer is on its way; after that its descriptor is -1 if there is no
 * such segment.
 */
struct segment *
segment_hold(struct worker *worker, uint32_t number)
{
	struct segment	*segment = segment_find(worker, number);

	if (segment == NULL) {
		segment = xcalloc(1, sizeof(*segment));
		segment->number = number;
		segment->asked = 1;
		segment->fd = -1;
		LIST_INSERT_HEAD(&worker->ledger.segments, segment, entry);
		channel_send(&worker->parent, IMSG_WORKER_SEGMENT, number, -1,
		    NULL, 0);
	}
	segment->references++;
	return (segment);
}

/* Done with a segment; NULL is allowed. */
void
segment_release(struct segment *segment)
{
	if (segment != NULL && --segment->references == 0 && !segment->asked)
		segment_free(segment);
}

/*
 * The parent's answer: a descriptor, which is taken over, or -1.  Returns
 * -1 if nobody has asked.
 */
int
segment_arrive(struct worker *worker, uint32_t number, int fd)
{
	struct segment	*segment = segment_find(worker, number);

	if (segment == NULL || !segment->asked) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	segment->asked = 0;
	segment->fd = fd;
	if (segment->references == 0)
		segment_free(segment);
	return (0);
}

/*
 * How much of a segment may be read: of the newest, what is durable; older
 * ones are complete.
 */
uint64_t
segment_size(const struct worker *worker, const struct segment *segment)
{
	const struct ledger_extent	*extent = &worker->ledger.extent;
	struct stat			 st;

	if (segment->number == extent->segment)
		return (extent->size);
	if (segment->number > extent->segment ||
	    fstat(segment->fd, &st) == -1)
		return (0);
	return ((uint64_t)st.st_size);
}

static ssize_t
read_at(int fd, char *to, size_t size, uint64_t offset)
{
	ssize_t	got;

	do
		got = pread(fd, to, size, (off_t)offset);
	while (got == -1 && errno == EINTR);
	return (got);
}

/*
 * Read some whole lines of a segment from an offset on, which must be
 * before end, where the last line ends.  Returns them, to be freed, and
 * their length; NULL if they cannot be read.
 */
char *
segment_read(const struct segment *segment, uint64_t offset, uint64_t end,
    size_t *length)
{
	char	*text = NULL, *newline;
	size_t	 size, want;
	ssize_t	 got;

	for (size = PIECE_SIZE; size <= PIECE_SIZE_MAX; size *= 2) {
		text = xreallocarray(text, size, 1);
		want = end - offset < size ? (size_t)(end - offset) : size;
		got = read_at(segment->fd, text, want, offset);
		if (got <= 0)
			break;
		newline = memrchr(text, '\n', (size_t)got);
		if (newline != NULL) {
			*length = (size_t)(newline - text) + 1;
			return (text);
		}
		if (want < size)
			break;
	}
	free(text);
	return (NULL);
}
