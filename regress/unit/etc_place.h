/*
 * A private root with account files in its etc, for the tests of what reads
 * and writes them.
 */

#ifndef ETC_PLACE_H
#define ETC_PLACE_H

#include <dirent.h>

#include "scratch.h"

#include "parent.h"
#include "table_text.h"

#define PASSWD	"# accounts\nbob:x:10002:10002::/home/bob:/bin/sh\n" \
		"eve:x:10005:10002::/home/eve:/bin/sh\n"
#define SHADOW	"bob:!:19000:0:99999:7:::\neve:!:19000:0:99999:7:::\n"
#define GROUP	"bob:x:10002:\nftp:x:10020:eve\n"
#define GSHADOW	"bob:!::\nftp:!::eve\n"

#define AL	"al:x:10001:10002::/home/al:/bin/sh"

struct etc_place {
	struct scratch	*scratch;
	int		 etc;
	int		 state;		/* the state directory */
	struct config	*config;
	struct store	 store;
	struct result	 result;
};

static inline void
etc_write_all(struct etc_place *place)
{
	scratch_put_text(place->etc, "passwd", 0644, PASSWD);
	scratch_put_text(place->etc, "shadow", 0640, SHADOW);
	scratch_put_text(place->etc, "group", 0644, GROUP);
	scratch_put_text(place->etc, "gshadow", 0640, GSHADOW);
}

static inline void
etc_open(struct etc_place *place)
{
	assert_int_equal(store_open(&place->store, place->config,
	    place->state), 0);
}

static inline int
etc_make(void **state)
{
	struct etc_place	*place = calloc(1, sizeof(*place));
	void			*scratch;

	assert_non_null(place);
	scratch_make(&scratch);
	place->scratch = scratch;
	assert_int_equal(mkdirat(place->scratch->fd, "etc", 0755), 0);
	place->etc = openat(place->scratch->fd, "etc", O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(place->etc, -1);
	etc_write_all(place);
	assert_int_equal(mkdirat(place->scratch->fd, "state", 0700), 0);
	place->state = openat(place->scratch->fd, "state", O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(place->state, -1);
	place->config = config_new();
	place->config->accounts.root = strdup(place->scratch->path);
	etc_open(place);
	*state = place;
	return (0);
}

static inline int
etc_remove(void **state)
{
	struct etc_place	*place = *state;
	void			*scratch = place->scratch;

	store_close(&place->store);
	close(place->etc);
	close(place->state);
	config_free(place->config);
	free(place);
	return (scratch_remove(&scratch));
}

static inline void
etc_refresh(struct etc_place *place)
{
	if (store_refresh(&place->store, &place->result) == -1)
		fail_msg("%u %s %s", place->result.code, place->result.word,
		    place->result.text);
}

/* What the last refusal said. */
static inline void
assert_result(const struct etc_place *place, unsigned int code,
    const char *word, const char *part)
{
	assert_int_equal(place->result.code, code);
	assert_string_equal(place->result.word, word);
	if (strstr(place->result.text, part) == NULL)
		fail_msg("<%s> does not say: %s", place->result.text, part);
}

static inline int
name_compare(const void *a, const void *b)
{
	return (strcmp(a, b));
}

/* The names in etc, in order, each with a space behind it. */
static inline void
assert_names(const struct etc_place *place, const char *expected)
{
	char		 names[32][64], all[2048] = "";
	DIR		*directory = fdopendir(openat(place->etc, ".",
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent	*entry;
	size_t		 count = 0, i;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0) {
			assert_true(count < 32);
			strlcpy(names[count++], entry->d_name, 64);
		}
	closedir(directory);
	qsort(names, count, sizeof(names[0]), name_compare);
	for (i = 0; i < count; i++) {
		strlcat(all, names[i], sizeof(all));
		strlcat(all, " ", sizeof(all));
	}
	assert_string_equal(all, expected);
}

static inline ino_t
etc_inode(const struct etc_place *place, const char *name)
{
	struct stat	st;

	assert_int_equal(fstatat(place->etc, name, &st,
	    AT_SYMLINK_NOFOLLOW), 0);
	return (st.st_ino);
}

/* An account more in memory, in passwd alone. */
static inline void
etc_add_al(struct etc_place *place)
{
	add_text(place->store.tables[TABLE_PASSWD], AL);
}

/* The same account in all four files. */
static inline void
etc_edit_all(struct etc_place *place)
{
	struct table	**tables = place->store.tables;

	etc_add_al(place);
	add_text(tables[TABLE_SHADOW], "al:!:1::::::");
	add_text(tables[TABLE_GROUP], "al:x:10001:");
	add_text(tables[TABLE_GSHADOW], "al:!::");
}

/* Stage and publish, as a commit does. */
static inline void
etc_commit(struct etc_place *place)
{
	assert_int_equal(store_stage(&place->store, &place->result), 0);
	assert_int_equal(store_publish(&place->store), 0);
	store_note(&place->store);
	store_settle(&place->store);
}

#define ETC_TEST(name) \
	cmocka_unit_test_setup_teardown(name, etc_make, etc_remove)

#endif /* ETC_PLACE_H */
