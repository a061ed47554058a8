/*
 * The walls around a process, and what they are made of: capabilities(7),
 * landlock(7) and seccomp(2).  No library is needed for any of them.
 */

#ifndef SANDBOX_H
#define SANDBOX_H

#include <sys/types.h>

#include <stdint.h>

/* Memory that could be written to is never code: Linux 6.3. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE		65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* A file in memory that is never a program: Linux 6.3, too. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL		0x0008U
#endif

/* Sets of capabilities. */
#define CAPABILITY(number)	(UINT64_C(1) << (number))

/* capability.c */
int		 capability_bound(uint64_t);
int		 capability_keep(uint64_t, uint64_t);

/*
 * What a process may do below a directory.  Rights that the running kernel
 * does not know are left out.
 */
enum landlock_right {
	LANDLOCK_READ = 0x01,
	LANDLOCK_EXECUTE = 0x02,
	LANDLOCK_WRITE_FILE = 0x04,	/* that is there */
	LANDLOCK_FILES = 0x08,		/* make, write and remove them */
	LANDLOCK_DIRECTORIES = 0x10,	/* make them */
	LANDLOCK_SOCKETS = 0x20,	/* make and remove them */
	LANDLOCK_TREES = 0x40		/* all, but devices and execution */
};

/* The first level with rename(2) between directories: Linux 5.19. */
#define LANDLOCK_NEEDED		2

/* landlock.c */
int		 landlock_get_level(void);
int		 landlock_begin(int);
int		 landlock_allow(int, int, unsigned int);
int		 landlock_enforce(int);
const char	*landlock_missing(int);

/*
 * A row of a table of system calls: the call with this number is answered
 * with the action if both arguments, as far as the mask covers them, have
 * the value; a mask of 0 means any argument.  A call may have several rows;
 * one without conditions comes into play when no other row does.  A call
 * for which there is no row that fits is answered as the table says.
 */
struct seccomp_condition {
	unsigned int		 argument;	/* 0 is the first */
	uint32_t		 mask;
	uint32_t		 value;
};

struct seccomp_row {
	int			 call;		/* SECCOMP_END: no more */
	uint32_t		 action;
	struct seccomp_condition conditions[2];
};

#define SECCOMP_END		(-1)
#define SECCOMP_PARTS_MAX	8
#define SECCOMP_ROWS_MAX	400

struct seccomp_table {
	uint32_t		 otherwise;
	const struct seccomp_row *parts[SECCOMP_PARTS_MAX];	/* or NULL */
};

/* How rows are written. */
#define DENY(error)	(SECCOMP_RET_ERRNO | (error))
#define YES(name)	{ SYS_##name, SECCOMP_RET_ALLOW, { { 0 } } }
#define NO(name, error)	{ SYS_##name, DENY(error), { { 0 } } }
#define YES_IF(name, argument, mask, value)				\
	{ SYS_##name, SECCOMP_RET_ALLOW, { { argument, mask, value } } }
#define EXACTLY		UINT32_MAX

/* seccomp.c */
int		 seccomp_is_there(void);
int		 seccomp_enforce(const struct seccomp_table *);

/* seccomp_child.c */
extern const struct seccomp_table	seccomp_worker;
extern const struct seccomp_table	seccomp_auth;
extern const struct seccomp_table	seccomp_home;
extern const struct seccomp_table	seccomp_reader;
extern const struct seccomp_row		seccomp_basic[];
extern const struct seccomp_row		seccomp_sanitizer[];

/* seccomp_parent.c */
extern const struct seccomp_table	seccomp_parent;
extern const struct seccomp_table	seccomp_parent_older;

/* sandbox.c */
void		 sandbox_common(void);
void		 sandbox_refuse_code(void);
void		 sandbox_demand(int, int, const char *);
void		 sandbox_enter(int, char **, const struct seccomp_table *);
void		 sandbox_enter_nobody(void);
int		 sandbox_enter_home(int, char **);
void		 sandbox_close_home(int, int, int);
void		 sandbox_write_nothing(void);

#endif /* SANDBOX_H */
