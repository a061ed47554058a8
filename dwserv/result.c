/*
 * What the parent answers: a code, a stable word, and text for people.
 * dwserv-protocol(7) lists the words.
 */

#include <errno.h>
#include <stdio.h>

#include "parent.h"

/* What a failed system call means for whoever asked; the last for the rest. */
static const struct {
	int		 error;
	uint16_t	 code;
	const char	*word;
} errors[] = {
	{ ENOSPC, 452, "no-space" },
	{ EDQUOT, 452, "no-space" },
	{ EFBIG, 452, "no-space" },
	{ EROFS, 550, "read-only" },
	{ EBUSY, 550, "bad-file" },
	{ EXDEV, 550, "bad-file" },
	{ ELOOP, 550, "bad-file" },
	{ ENOMEM, 451, "unavailable" },
	{ EMFILE, 451, "unavailable" },
	{ ENFILE, 451, "unavailable" },
	{ 0, 454, "io-error" }
};

/*
 * Fill in an answer; the text is cut if it is too long.  Returns 0 for one
 * that says yes and -1 for one that says no, as those who decide do.
 */
int
result_set(struct result *result, uint16_t code, const char *word,
    const char *format, ...)
{
	va_list	ap;

	result->code = code;
	strlcpy(result->word, word, sizeof(result->word));
	va_start(ap, format);
	vsnprintf(result->text, sizeof(result->text), format, ap);
	va_end(ap);
	return (code < 400 ? 0 : -1);
}

/*
 * The answer to a failed system call: what failed on which file.  A full
 * disk may be tried again, a read-only file system may not.  Returns -1.
 */
int
result_from_errno(struct result *result, int error, const char *what,
    const char *file)
{
	size_t	i = 0;

	while (errors[i].error != error && errors[i].error != 0)
		i++;
	return (result_set(result, errors[i].code, errors[i].word,
	    "%s %s: %s", what, file, strerror(error)));
}
