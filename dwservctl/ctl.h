/*
 * What the parts of dwservctl(8) share: the answer that is printed in the
 * end, wherever it came from, and the exit status.
 */

#ifndef CTL_H
#define CTL_H

#include <sys/types.h>

#include <bsd/sys/queue.h>
#include <stdint.h>
#include <stdio.h>

#include "../dwserv/msg.h"
#include "../dwserv/seal.h"
#include "../dwserv/table.h"

enum ctl_exit {
	CTL_EXIT_OK,
	CTL_EXIT_FAILED,		/* refused, or problems were found */
	CTL_EXIT_USAGE,
	CTL_EXIT_ABSENT			/* no daemon at the control socket */
};

enum ctl_action {
	CTL_ACTION_NONE,
	CTL_ACTION_STATUS,
	CTL_ACTION_RELOAD,
	CTL_ACTION_STOP,
	CTL_ACTION_BRIEF,
	CTL_ACTION_VERBOSE,
	CTL_ACTION_HASH,
	CTL_ACTION_EXPLAIN,
	CTL_ACTION_CHECK,
	CTL_ACTION_CLIENTS,
	CTL_ACTION_LEDGER
};

/* A command line, understood. */
struct ctl_command {
	enum ctl_action	  action;
	const char	 *root;		/* of check, or NULL */
	int		  argc;		/* name and options of hash, ledger */
	char		**argv;
};

/* A record with its fields, in the order in which they came. */
struct answer_field {
	TAILQ_ENTRY(answer_field)	 entry;
	struct field			 field;
};
TAILQ_HEAD(answer_fields, answer_field);

struct answer_record {
	TAILQ_ENTRY(answer_record)	 entry;
	char				*kind;
	struct answer_fields		 fields;
};
TAILQ_HEAD(answer_records, answer_record);

struct answer {
	struct answer_records	 records;
	size_t			 messages;	/* that it was made of */
	int			 ok;
	char			*text;		/* NULL: there is none */
};

/* The account files of a root, as check found them. */
struct check_id {
	uint32_t	 id;
	line_t		 line;
};

struct check_file {
	char		*path;
	struct table	*table;		/* NULL: there is nothing to read */
	struct check_id	*ids;		/* passwd, group: sorted by id */
	size_t		 id_count;
};

struct finding {
	enum table_kind	 kind;
	uint32_t	 line;		/* 0: the file as such */
	size_t		 sequence;
	char		*text;
};

struct check {
	struct check_file	 files[TABLES];
	struct finding		*findings;
	size_t			 finding_count;
	size_t			 finding_size;
};

/* ctl_parse.c */
int		 ctl_parse(struct ctl_command *, int, char **);

/* ctl_answer.c */
void		 answer_init(struct answer *);
void		 answer_free(struct answer *);
void		 answer_conclude(struct answer *, int, const char *, ...)
		    __attribute__((__format__ (printf, 3, 4)));
void		 answer_add_record(struct answer *, const char *);
int		 answer_add_field(struct answer *, struct field *);
void		 answer_add_text(struct answer *, const char *, const char *);
void		 answer_add_number(struct answer *, const char *, uint64_t);
const char	*answer_find_text(const struct answer *, const char *,
		    const char *);
uint64_t	 answer_find_number(const struct answer *, const char *,
		    const char *);

/* ctl_print.c */
void		 print_records(const struct answer *, FILE *);
void		 print_json(const struct answer *, FILE *);
void		 print_plain(const char *, FILE *);

/* ctl_client.c */
enum ctl_exit	 ctl_ask(const char *, enum ctl_action, struct answer *);

enum ctl_exit	 ctl_ask_explain(const char *, const struct explain *,
		    struct answer *);

/* ctl_explain.c */
enum ctl_exit	 ctl_explain(const char *, int, char **, struct answer *);
int		 print_explanation(const struct answer *);

/* ctl_hash.c */
enum ctl_exit	 ctl_hash(int, char **, struct answer *);

/* ctl_ledger.c */
enum ctl_exit	 ctl_ledger(int, char **, const struct answer *,
		    struct answer *);

/* ctl_files.c */
int		 check_load(struct check *, const char *, struct answer *);
void		 check_unload(struct check *);

/* ctl_lines.c */
void		 check_lines(struct check *, enum table_kind);
int		 check_line_is_entry(const struct table *, line_t);
uint32_t	 check_line_number(line_t);
int		 check_file_has_id(const struct check_file *, uint32_t);
int		 check_clip(struct slice);

/* ctl_rules.c */
void		 check_rules(struct check *, enum table_kind);

/* ctl_check.c */
enum ctl_exit	 ctl_check(const char *, struct answer *);
void		 check_report(struct check *, enum table_kind, uint32_t,
		    const char *, ...)
		    __attribute__((__format__ (printf, 4, 5)));

#endif /* CTL_H */
