/*
 * seccomp(2): which system calls a process may make, for good.  A filter is
 * made of a table: a search by halves for the number of the call, and at its
 * end the rows of that call.  For calls without conditions the kernel finds
 * out once what the filter says, and never asks it again.
 */

#include <sys/syscall.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "sandbox.h"

#if defined(__x86_64__)
#define ARCHITECTURE	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE	AUDIT_ARCH_AARCH64
#else
#error "there are no tables of system calls for this architecture"
#endif

/* Numbers from here on are those of x32, a second set of the same calls. */
#define OTHER_NUMBERS	0x40000000

/* A row takes at most ten instructions, and a step of the search two. */
#define PROGRAM_MAX	(SECCOMP_ROWS_MAX * 10)

struct program {
	struct sock_filter		 code[PROGRAM_MAX];
	unsigned short			 length;
	const struct seccomp_row	*rows[SECCOMP_ROWS_MAX];
	size_t				 row_count;
	uint32_t			 otherwise;
};

static void
program_add(struct program *program, uint16_t code, uint8_t jt, uint8_t jf,
    uint32_t k)
{
	program->code[program->length++] =
	    (struct sock_filter){ code, jt, jf, k };
}

static void
program_load(struct program *program, size_t offset)
{
	program_add(program, BPF_LD | BPF_W | BPF_ABS, 0, 0,
	    (uint32_t)offset);
}

static void
program_return(struct program *program, uint32_t action)
{
	program_add(program, BPF_RET | BPF_K, 0, 0, action);
}

/* Rows of one call stand together, those without conditions at the end. */
static int
row_compare(const void *a, const void *b)
{
	const struct seccomp_row	*one, *other;

	one = *(const struct seccomp_row *const *)a;
	other = *(const struct seccomp_row *const *)b;
	if (one->call != other->call)
		return (one->call < other->call ? -1 : 1);
	return ((one->conditions[0].mask == 0) -
	    (other->conditions[0].mask == 0));
}

/* Returns 0, or -1 if the table has more rows than there is room for. */
static int
program_collect(struct program *program, const struct seccomp_table *table)
{
	const struct seccomp_row	*row;
	size_t				 i;

	for (i = 0; i < SECCOMP_PARTS_MAX && table->parts[i] != NULL; i++)
		for (row = table->parts[i]; row->call != SECCOMP_END; row++) {
			if (program->row_count == SECCOMP_ROWS_MAX)
				return (-1);
			program->rows[program->row_count++] = row;
		}
	qsort(program->rows, program->row_count, sizeof(program->rows[0]),
	    row_compare);
	return (0);
}

/* The lower half of an argument; none that is looked at uses the upper. */
static size_t
argument_offset(unsigned int argument)
{
	return (offsetof(struct seccomp_data, args) +
	    argument * sizeof(uint64_t));
}

/* If the condition does not hold, the program goes on so many further. */
static void
program_add_condition(struct program *program,
    const struct seccomp_condition *condition, uint8_t further)
{
	program_load(program, argument_offset(condition->argument));
	program_add(program, BPF_ALU | BPF_AND | BPF_K, 0, 0,
	    condition->mask);
	program_add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, further,
	    condition->value);
}

static void
program_add_row(struct program *program, const struct seccomp_row *row)
{
	int	second = row->conditions[1].mask != 0;

	if (row->conditions[0].mask != 0)
		program_add_condition(program, &row->conditions[0],
		    second ? 4 : 1);
	if (second)
		program_add_condition(program, &row->conditions[1], 1);
	program_return(program, row->action);
}

/* All that there is about one call: rows from first to before end. */
static void
program_add_call(struct program *program, size_t first, size_t end)
{
	size_t	i;

	program_add(program, BPF_JMP | BPF_JEQ | BPF_K, 1, 0,
	    (uint32_t)program->rows[first]->call);
	program_return(program, program->otherwise);
	for (i = first; i < end; i++)
		program_add_row(program, program->rows[i]);
	program_return(program, program->otherwise);
}

/* Where the rows of a call that is about in the middle begin, or the end. */
static size_t
program_divide(const struct program *program, size_t first, size_t end)
{
	size_t	middle = first + (end - first) / 2;

	if (end - first < 2)
		return (first);
	while (middle < end && program->rows[middle]->call ==
	    program->rows[middle - 1]->call)
		middle++;
	if (middle < end)
		return (middle);
	for (middle = end - 1; middle > first &&
	    program->rows[middle]->call == program->rows[middle - 1]->call;)
		middle--;
	return (middle);
}

/* A search among some rows; each of its ends returns. */
static void
program_add_search(struct program *program, size_t first, size_t end)
{
	size_t		middle = program_divide(program, first, end);
	unsigned short	jump;

	if (middle == first) {
		program_add_call(program, first, end);
		return;
	}
	program_add(program, BPF_JMP | BPF_JGE | BPF_K, 0, 1,
	    (uint32_t)program->rows[middle]->call);
	jump = program->length;
	program_add(program, BPF_JMP | BPF_JA, 0, 0, 0);
	program_add_search(program, first, middle);
	program->code[jump].k = (uint32_t)(program->length - jump - 1);
	program_add_search(program, middle, end);
}

static void
program_build(struct program *program)
{
	program_load(program, offsetof(struct seccomp_data, arch));
	program_add(program, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCHITECTURE);
	program_return(program, SECCOMP_RET_KILL_PROCESS);
	program_load(program, offsetof(struct seccomp_data, nr));
	program_add(program, BPF_JMP | BPF_JGE | BPF_K, 0, 1, OTHER_NUMBERS);
	program_return(program, SECCOMP_RET_KILL_PROCESS);
	program_add_search(program, 0, program->row_count);
}

/* Whether the kernel has what it takes. */
int
seccomp_is_there(void)
{
	uint32_t	action = SECCOMP_RET_KILL_PROCESS;

	return (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) ==
	    0);
}

/*
 * From now on this process, and all that it starts, can make those calls
 * that the table allows.  It must have given up new privileges.  Returns 0,
 * or -1 with errno.
 */
int
seccomp_enforce(const struct seccomp_table *table)
{
	struct program		*program;
	struct sock_fprog	 filter;
	int			 failed = -1;

	if ((program = calloc(1, sizeof(*program))) == NULL)
		return (-1);
	program->otherwise = table->otherwise;
	errno = E2BIG;
	if (program_collect(program, table) == 0) {
		program_build(program);
		filter.len = program->length;
		filter.filter = program->code;
		failed = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
		    &filter);
	}
	free(program);
	return (failed);
}
