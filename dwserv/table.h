/*
 * An account file in memory: its lines as they are, byte for byte, and
 * indexes over those that can be understood.
 */

#ifndef TABLE_H
#define TABLE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "dwserv.h"

enum table_kind {
	TABLE_PASSWD,
	TABLE_SHADOW,
	TABLE_GROUP,
	TABLE_GSHADOW,
	TABLE_ALIASES,
	TABLE_SUSPENDED,	/* our own: what resume brings back */
	TABLES
};
#define ACCOUNT_TABLES	4	/* those of shadow-utils */

/* The fields of each file, in order: passwd(5), shadow(5), group(5)... */
enum passwd_field {
	PASSWD_NAME, PASSWD_PASSWORD, PASSWD_UID, PASSWD_GID, PASSWD_GECOS,
	PASSWD_HOME, PASSWD_SHELL, PASSWD_FIELDS
};
enum shadow_field {
	SHADOW_NAME, SHADOW_PASSWORD, SHADOW_CHANGED, SHADOW_MIN, SHADOW_MAX,
	SHADOW_WARN, SHADOW_INACTIVE, SHADOW_EXPIRE, SHADOW_FLAG,
	SHADOW_FIELDS
};
enum group_field {
	GROUP_NAME, GROUP_PASSWORD, GROUP_GID, GROUP_MEMBERS, GROUP_FIELDS
};
enum gshadow_field {
	GSHADOW_NAME, GSHADOW_PASSWORD, GSHADOW_ADMINS, GSHADOW_MEMBERS,
	GSHADOW_FIELDS
};
enum suspended_field {
	SUSPENDED_NAME, SUSPENDED_UID, SUSPENDED_EXPIRE, SUSPENDED_SHELL,
	SUSPENDED_FIELDS
};

/* A line is known by a number that it keeps while it lives. */
typedef uint32_t line_t;
#define LINE_NONE	UINT32_MAX

/* Bytes that belong to somebody else. */
struct slice {
	const char	*text;
	size_t		 length;
};

/*
 * A line.  The byte after its text is always a newline; a text from malloc
 * has room for the next power of two.
 */
struct table_line {
	char		*text;		/* NULL: the line was removed */
	uint32_t	 length;	/* without the newline */
	uint8_t		 owned;		/* text is from malloc, not the file */
	uint8_t		 entry;		/* understood, and in the indexes */
	uint8_t		 edited;	/* there are edits of this line */
};

struct index_slot {
	uint32_t	 hash;
	uint32_t	 line;
	uint32_t	 next;		/* of the same bucket, or vacant */
};
struct index_chain {
	uint32_t	 first;
	uint32_t	 last;
};

/* A hash table of lines; several lines may stand under one key. */
struct index {
	struct index_slot	*slots;
	struct index_chain	*chains;
	size_t			 size;		/* of both: a power of two */
	size_t			 used;		/* slots, vacant ones too */
	uint32_t		 vacant;	/* the first, if any is used */
};

/*
 * What was done to a line, so that it can be undone or written down: it got
 * another text, or a part of its text was exchanged in place.
 */
struct edit {
	line_t			 line;
	int			 spliced;	/* in place */
	struct table_line	 old;	/* no text: there was no such line */
	uint32_t		 at;	/* where it was spliced */
	uint32_t		 length;	/* of what is there now */
	uint32_t		 cut_length;	/* of what was there */
	char			*cut;
	uint32_t		 hash;	/* of the member that was cut out, */
	size_t			 times;	/* so many times */
};

struct table {
	enum table_kind		 kind;
	char			*file;		/* the bytes as read */
	size_t			 file_size;
	struct table_line	*lines;		/* the file's, then others */
	uint32_t		 line_count;
	uint32_t		 line_size;
	uint32_t		 file_lines;
	uint32_t		 nis;		/* the first, or UINT32_MAX */
	uint32_t		 removed;	/* lines without text */
	int			 repaired;	/* a newline was missing */
	uint64_t		 seed;
	struct index		 by_name;
	struct index		 by_id;		/* passwd: uid, group: gid */
	struct index		 by_member;	/* passwd: gid */
	struct edit		*edits;
	size_t			 edit_count;
	size_t			 edit_size;
};

/*
 * How the lines of a file are read: by fields, or as aliases(5) has it.
 * The functions take text that need not end in a NUL.
 */
struct table_reader {
	/* The first line of a text, without its newline. */
	size_t		(*line_length)(const char *, size_t);
	int		(*is_entry)(const struct table *, const char *,
			    size_t);
	/* Enter an entry, or a list of members, or take them out. */
	void		(*index_line)(struct table *, line_t, int);
	void		(*index_list)(struct table *, line_t, struct slice,
			    int);
	/* The hash of a name or member. */
	uint32_t	(*hash)(const struct table *, const char *, size_t);
	int		(*has_name)(const struct table *, line_t, const char *,
			    size_t);
	int		(*has_member)(const struct table *, line_t,
			    const char *);
	/* The name in a text; -1 if it does not fit. */
	int		(*text_name)(struct slice, char *, size_t);
	int		joins;	/* a backslash at the end joins two lines */
};

/* Goes over the targets of an entry, which must stay as it is meanwhile. */
struct alias_cursor {
	const char	*at;		/* where it goes on */
	const char	*end;
	struct slice	 raw;		/* the target as it stands there */
	int		 needs_comma;	/* before the next target */
	int		 has_quotes;
	int		 has_blanks;
	size_t		 length;
	char		 text[ALIAS_TARGET_MAX + 1];	/* unquoted */
};

/* index.c */
void		 index_insert(struct index *, uint32_t, line_t);
void		 index_remove(struct index *, uint32_t, line_t);
line_t		 index_next(const struct index *, uint32_t, size_t *);
void		 index_free(struct index *);
uint32_t	 index_hash(uint64_t, const void *, size_t);

/* table.c */
struct table	*table_parse(enum table_kind, char *, size_t);
void		 table_free(struct table *);
const char	*table_name(enum table_kind);
line_t		 table_find(const struct table *, const char *, size_t,
		    size_t *);
line_t		 table_find_name(const struct table *, const char *);
line_t		 table_find_id(const struct table *, uint32_t);
line_t		 table_next_id(const struct table *, uint32_t, size_t *);
line_t		 table_find_primary(const struct table *, uint32_t);
line_t		 table_next_primary(const struct table *, uint32_t, size_t *);
line_t		 table_next_member(const struct table *, const char *,
		    size_t *);
int		 table_has_member(const struct table *, line_t, const char *);
struct slice	 table_field(const struct table *, line_t, unsigned int);
int		 table_field_id(const struct table *, line_t, unsigned int,
		    uint32_t *);
uint32_t	 table_member_hash(const struct table *, const char *);
uint32_t	 table_line_number(const struct table *, line_t);
line_t		 table_line_at(const struct table *, uint32_t);
line_t		 table_line_new(struct table *);
void		 table_forget_edits(struct table *);
void		 table_index_line(struct table *, line_t, int);
void		 table_index_list(struct table *, line_t, struct slice, int);
void		 table_index_name(struct table *, line_t, struct slice, int);
void		 table_index_member(struct table *, line_t, struct slice, int);
int		 table_line_is_entry(const struct table *, const char *,
		    size_t);
int		 table_text_name(const struct table *, struct slice, char *,
		    size_t);
int		 table_joins_lines(const struct table *);

/* slice.c */
struct slice	 slice_cut(struct slice *, char);
int		 slice_copy(struct slice, char *, size_t);
int		 slice_is(struct slice, const char *);
int		 slice_number(struct slice, uint32_t *);
int		 slice_list_next(struct slice *, struct slice *);
int		 slice_list_has(struct slice, const char *);

/* alias_line.c */
size_t		 alias_line_length(const char *, size_t);
char		 alias_fold(char);
int		 alias_text_is_entry(const char *, size_t);
int		 alias_open(struct alias_cursor *, const char *, size_t);
void		 alias_open_list(struct alias_cursor *, struct slice);
int		 alias_next(struct alias_cursor *);
int		 alias_cursor_is(const struct alias_cursor *, const char *);
int		 alias_cursor_is_folded(const struct alias_cursor *,
		    const char *, size_t);

/* alias_table.c */
extern const struct table_reader alias_reader;
int		 alias_first(const struct table *, line_t,
		    struct alias_cursor *);
int		 alias_name(const struct table *, line_t, char *, size_t);
line_t		 alias_find(const struct table *, const char *, size_t *);
line_t		 alias_next_with_target(const struct table *, const char *,
		    size_t *);
size_t		 alias_count_targets(const struct table *, line_t);
int		 alias_has_target(const struct table *, line_t, const char *);

/* alias_edit.c */
line_t		 alias_set(struct table *, line_t, const char *, const char *);
void		 alias_add_target(struct table *, line_t, const char *);
void		 alias_remove_target(struct table *, line_t, const char *);

/* edit.c */
line_t		 table_add(struct table *, const char *, size_t);
void		 table_change(struct table *, line_t, const char *, size_t);
void		 table_drop(struct table *, line_t, const char *, size_t,
		    const char *, size_t);
void		 table_remove(struct table *, line_t);
void		 table_grow(struct table *, line_t, size_t, const char *,
		    size_t);
void		 table_add_member(struct table *, line_t, const char *);
void		 table_remove_member(struct table *, line_t, const char *);
size_t		 table_mark(const struct table *);
void		 table_rollback(struct table *, size_t);
void		 table_settle(struct table *);
int		 table_is_changed(struct table *);
int		 table_write(const struct table *, int);
typedef int	(*edit_visitor)(void *, enum table_kind, struct slice,
		    struct slice);
int		 table_visit_edits(struct table *, edit_visitor, void *);

#endif /* TABLE_H */
