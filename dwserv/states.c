/*
 * What the accounts' passwords and expiry dates make of them.  shadow never
 * leaves the parent; it tells of each account only this, in a file that it
 * appends to: LOGIN:STATE:EXPIRE, later lines for earlier ones.  What is
 * new in it is read when somebody asks.
 */

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "worker.h"
#include "xmalloc.h"

#define PIECE_SIZE	65536

static const char *const names[STATES] = {
	[STATE_SUSPENDED] = "suspended",
	[STATE_EXPIRED] = "expired",
	[STATE_LOCKED] = "locked",
	[STATE_NO_PASSWORD] = "no-password",
	[STATE_ACTIVE] = "active"
};

/* What a state is called in replies. */
const char *
state_name(enum account_state state)
{
	return (names[state]);
}

/* Days since 1970, as shadow(5) counts them. */
int64_t
state_today(void)
{
	return (time(NULL) / 86400);
}

/* Begin with a file of the parent's, of which nothing is read yet. */
struct states *
states_new(int fd)
{
	struct states	*states = xcalloc(1, sizeof(*states));

	states->fd = fd;
	arc4random_buf(&states->seed, sizeof(states->seed));
	return (states);
}

/* Forget it all; NULL is allowed. */
void
states_free(struct states *states)
{
	uint32_t	i;

	if (states == NULL)
		return;
	if (states->fd != -1)
		close(states->fd);
	for (i = 0; i < states->count; i++)
		free(states->entries[i]);
	free(states->entries);
	index_free(&states->by_login);
	free(states);
}

/*
 * The file has grown to so many octets.  Returns -1 if that is less than
 * it was.
 */
int
states_extend(struct states *states, uint64_t size)
{
	if (size < states->size)
		return (-1);
	states->size = size;
	return (0);
}

static struct state_entry *
states_find(const struct states *states, struct slice login)
{
	uint32_t		 hash, at;
	size_t			 position = 0;
	struct state_entry	*entry;

	hash = index_hash(states->seed, login.text, login.length);
	while ((at = index_next(&states->by_login, hash, &position)) !=
	    LINE_NONE) {
		entry = states->entries[at];
		if (entry->length == login.length &&
		    memcmp(entry->login, login.text, login.length) == 0)
			return (entry);
	}
	return (NULL);
}

static struct state_entry *
states_add(struct states *states, struct slice login)
{
	struct state_entry	*entry = xcalloc(1, sizeof(*entry) +
				    login.length);
	uint32_t		 old = states->room;

	if (states->count == old) {
		states->room += old / 2 + 64;
		states->entries = xrecallocarray(states->entries, old,
		    states->room, sizeof(struct state_entry *));
	}
	entry->length = login.length;
	memcpy(entry->login, login.text, login.length);
	index_insert(&states->by_login, index_hash(states->seed, login.text,
	    login.length), states->count);
	states->entries[states->count++] = entry;
	return (entry);
}

static enum account_state
state_parse(struct slice word)
{
	enum account_state	state;

	for (state = STATE_SUSPENDED; state < STATES; state++)
		if (slice_is(word, names[state]))
			return (state);
	return (STATE_ANY);
}

static void
states_learn_line(struct states *states, struct slice line)
{
	struct slice		 login = slice_cut(&line, ':');
	struct state_entry	*entry = states_find(states, login);
	uint32_t		 day;

	if (entry == NULL)
		entry = states_add(states, login);
	entry->state = state_parse(slice_cut(&line, ':'));
	entry->expire = slice_number(line, &day) == 0 ? (int64_t)day : -1;
}

/* Take over some whole lines. */
void
states_learn(struct states *states, const char *text, size_t length)
{
	struct slice	rest = { text, length };

	while (rest.length > 0)
		states_learn_line(states, slice_cut(&rest, '\n'));
}

/* Read what is new: a piece, less the line at its end that is cut off. */
static int
states_read_piece(struct states *states, char *piece)
{
	uint64_t	 left = states->size - states->done;
	size_t		 want = left < PIECE_SIZE ? (size_t)left : PIECE_SIZE;
	ssize_t		 got;
	char		*end;

	do
		got = pread(states->fd, piece, want, (off_t)states->done);
	while (got == -1 && errno == EINTR);
	if (got <= 0 || (end = memrchr(piece, '\n', (size_t)got)) == NULL)
		return (-1);
	states_learn(states, piece, (size_t)(end - piece) + 1);
	states->done += (uint64_t)(end - piece) + 1;
	return (0);
}

static void
states_read(struct states *states)
{
	char	*piece;

	if (states->done == states->size)
		return;
	piece = xreallocarray(NULL, PIECE_SIZE, 1);
	while (states->done < states->size)
		if (states_read_piece(states, piece) == -1)
			fatalx("the states of the accounts cannot be read");
	free(piece);
}

/*
 * What passwd(5) itself says of a password, if anything: x stands for one
 * in shadow, of which we would have been told.
 */
static enum account_state
state_of_password(struct slice password)
{
	size_t	i = 0;

	while (i < password.length && strchr("!*", password.text[i]) != NULL)
		i++;
	if (i == password.length || slice_is(password, "x"))
		return (STATE_NO_PASSWORD);
	return (password.text[0] == '!' ? STATE_LOCKED : STATE_ACTIVE);
}

/*
 * The state of the account on a line of passwd, on a day since 1970: the
 * first that holds.  states may be NULL.
 */
enum account_state
states_tell(struct states *states, const struct table *passwd, line_t line,
    int64_t today)
{
	const struct state_entry	*entry = NULL;

	if (states != NULL) {
		states_read(states);
		entry = states_find(states, table_field(passwd, line,
		    PASSWD_NAME));
	}
	if (entry == NULL || entry->state == STATE_ANY)
		return (state_of_password(table_field(passwd, line,
		    PASSWD_PASSWORD)));
	if (entry->state != STATE_SUSPENDED && entry->expire != -1 &&
	    today >= entry->expire)
		return (STATE_EXPIRED);
	return (entry->state);
}
