/*
 * What workers may know of shadow: whether an account can be logged in to,
 * and until when; never a secret.  It is a text of lines `login:state:day',
 * of which the last about a login holds.  It grows by what each commit
 * changes and is begun anew when it has become too long, or somebody else
 * changed shadow.  It has no name: workers get a descriptor to read it.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "parent.h"

#define STATES_NAME	"states"
/* Begun anew when it is this many times as long as it was. */
#define STATES_GROWTH	4
#define STATES_SLACK	((uint64_t)1 << 20)

void
states_close(struct states *states)
{
	if (states->fd != -1)
		close(states->fd);
	if (states->read_fd != -1)
		close(states->read_fd);
	states->fd = states->read_fd = -1;
}

/* An empty text, in place of the one before. */
static int
states_open(struct states *states, int state_fd)
{
	states_close(states);
	unlinkat(state_fd, STATES_NAME, 0);
	states->fd = openat(state_fd, STATES_NAME, O_WRONLY | O_CREAT |
	    O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (states->fd != -1)
		states->read_fd = openat(state_fd, STATES_NAME, O_RDONLY |
		    O_NOFOLLOW | O_CLOEXEC);
	unlinkat(state_fd, STATES_NAME, 0);
	states->size = 0;
	states->is_new = 1;
	return (states->read_fd == -1 ? -1 : 0);
}

/* Whether there is an entry of our own, of this account and no other. */
static int
states_is_suspended(const struct store *store, struct slice login)
{
	const struct table	*passwd = store->tables[TABLE_PASSWD];
	size_t			 state = 0;
	uint32_t		 uid;
	line_t			 line;

	line = table_find(passwd, login.text, login.length, &state);
	return (line != LINE_NONE && table_field_id(passwd, line, PASSWD_UID,
	    &uid) == 0 && suspend_find(store, login, uid) != LINE_NONE);
}

/* What a secret makes of an account. */
static const char *
states_word(struct slice secret)
{
	size_t	i = 0;

	while (i < secret.length && (secret.text[i] == '!' ||
	    secret.text[i] == '*'))
		i++;
	if (i == secret.length)
		return ("no-password");
	return (i > 0 ? "locked" : "active");
}

static void
states_add(const struct store *store, struct ibuf *to, struct slice login)
{
	const struct table	*shadow = store->tables[TABLE_SHADOW];
	struct slice		 secret = { "", 0 }, expire = { "", 0 };
	const char		*word = "-";
	size_t			 state = 0;
	line_t			 line;

	line = shadow == NULL ? LINE_NONE : table_find(shadow, login.text,
	    login.length, &state);
	if (line != LINE_NONE) {
		secret = table_field(shadow, line, SHADOW_PASSWORD);
		expire = table_field(shadow, line, SHADOW_EXPIRE);
	}
	if (states_is_suspended(store, login))
		word = "suspended";
	else if (line != LINE_NONE)
		word = states_word(secret);
	text_add(to, login.text, login.length);
	text_print(to, ":%s:", word);
	text_add(to, expire.text, expire.length);
	text_add(to, "\n", 1);
}

static int
states_write(struct states *states, struct ibuf *text)
{
	int	failed = file_write(states->fd, ibuf_data(text),
		    ibuf_size(text));

	states->size += ibuf_size(text);
	ibuf_free(text);
	return (failed);
}

/*
 * Begin anew, from the tables.  Returns 0, or -1 with errno: workers know
 * less then, and nothing else is wrong.
 */
int
states_renew(struct states *states, const struct store *store, int state_fd)
{
	const enum table_kind	 kinds[] = { TABLE_SHADOW, TABLE_SUSPENDED };
	const struct table	*table;
	struct ibuf		*text;
	uint32_t		 line;
	int			 i;

	if (states_open(states, state_fd) == -1)
		return (-1);
	text = text_new();
	for (i = 0; i < 2; i++) {
		table = store->tables[kinds[i]];
		for (line = 0; table != NULL && line < table->line_count;
		    line++)
			if (table->lines[line].entry)
				states_add(store, text,
				    table_field(table, line, 0));
	}
	states->first_size = ibuf_size(text);
	return (states_write(states, text));
}

struct states_visit {
	const struct store	*store;
	struct ibuf		*text;
};

static int
states_visit_edit(void *arg, enum table_kind kind, struct slice old,
    struct slice new)
{
	struct states_visit	*visit = arg;
	struct slice		 before = { NULL, 0 }, name;

	(void)kind;
	if (old.text != NULL) {
		before = slice_cut(&old, ':');
		states_add(visit->store, visit->text, before);
	}
	if (new.text == NULL)
		return (0);
	/* It may have another name now. */
	name = slice_cut(&new, ':');
	if (before.text == NULL || name.length != before.length ||
	    memcmp(name.text, before.text, name.length) != 0)
		states_add(visit->store, visit->text, name);
	return (0);
}

/*
 * Append what the edits since the last settle change.  Returns 0, or -1
 * with errno, as states_renew().
 */
int
states_note(struct states *states, const struct store *store, int state_fd)
{
	const enum table_kind	kinds[] = { TABLE_SHADOW, TABLE_SUSPENDED };
	struct states_visit	visit = { store, NULL };
	int			i;

	if (states->size > states->first_size * STATES_GROWTH + STATES_SLACK)
		return (states_renew(states, store, state_fd));
	visit.text = text_new();
	for (i = 0; i < 2; i++)
		table_visit_edits(store->tables[kinds[i]], states_visit_edit,
		    &visit);
	if (ibuf_size(visit.text) > 0)
		return (states_write(states, visit.text));
	ibuf_free(visit.text);
	return (0);
}
