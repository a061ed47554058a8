/*
 * What the parent answers: a code, a stable word, and text for people.
 * dwserv-protocol(7) lists the words.
 */

#include <errno.h>
#include <stdio.h>

#include "parent.h"

/* Fill in an answer; the text is cut if it is too long. */
void
result_set(struct result *result, uint16_t code, const char *word,
    const char *format, ...)
{
	va_list	ap;

	result->code = code;
	strlcpy(result->word, word, sizeof(result->word));
	va_start(ap, format);
	vsnprintf(result->text, sizeof(result->text), format, ap);
	va_end(ap);
}

/*
 * The answer to a failed system call: what failed on which file.  A full
 * disk may be tried again, a read-only file system may not.
 */
void
result_from_errno(struct result *result, int error, const char *what,
    const char *file)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		result_set(result, 452, "no-space", "%s %s: %s", what, file,
		    strerror(error));
		break;
	case EROFS:
		result_set(result, 550, "read-only", "%s %s: %s", what, file,
		    strerror(error));
		break;
	case EBUSY:
	case EXDEV:
	case ELOOP:
		result_set(result, 550, "bad-file", "%s %s: %s", what, file,
		    strerror(error));
		break;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		result_set(result, 451, "unavailable", "%s %s: %s", what,
		    file, strerror(error));
		break;
	default:
		result_set(result, 454, "io-error", "%s %s: %s", what, file,
		    strerror(error));
		break;
	}
}
