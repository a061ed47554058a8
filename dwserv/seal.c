/*
 * The chain of the ledger: each line ends in the SHA-256 digest of the
 * digest of the line before it and of its own text.
 */

#include <sys/types.h>

#include <sha2.h>
#include <string.h>

#include "seal.h"

/*
 * The digest of a line that follows one with the previous digest, as
 * SHA256_HEX_LENGTH hexadecimal digits and a NUL.
 */
void
seal_digest(const char *previous, const char *line, size_t length,
    char *digest)
{
	SHA2_CTX	context;

	SHA256Init(&context);
	SHA256Update(&context, (const uint8_t *)previous, SHA256_HEX_LENGTH);
	SHA256Update(&context, (const uint8_t *)line, length);
	SHA256End(&context, digest);
}

/*
 * Check one line, without its newline, against the digest so far, which
 * moves on if it is good; its own digest is cut off then.  The first line of
 * a segment brings its own beginning.
 */
enum seal_verdict
seal_verify(char *digest, char *line, size_t length, int first)
{
	char	*seal, *previous;
	char	 beginning[SHA256_HEX_LENGTH], next[SHA256_HEX_LENGTH + 1];
	size_t	 tail = strlen(SEAL_KEY) + SHA256_HEX_LENGTH;

	if (length <= tail || memchr(line, '\0', length) != NULL)
		return (SEAL_NO_LINE);
	seal = line + length - tail;
	if (memcmp(seal, SEAL_KEY, strlen(SEAL_KEY)) != 0)
		return (SEAL_NO_LINE);
	memcpy(beginning, digest, sizeof(beginning));
	if (first) {
		previous = memmem(line, length, " previous=", 10);
		if (previous == NULL || previous + 10 + SHA256_HEX_LENGTH >
		    seal)
			return (SEAL_NO_HEAD);
		memcpy(beginning, previous + 10, sizeof(beginning));
	}
	seal_digest(beginning, line, length - tail, next);
	if (memcmp(seal + strlen(SEAL_KEY), next, SHA256_HEX_LENGTH) != 0)
		return (SEAL_BROKEN);
	memcpy(digest, next, SHA256_HEX_LENGTH);
	*seal = '\0';
	return (SEAL_GOOD);
}
