/*
 * Which ready password hashes are welcome: their syntax (crypt(5)), their
 * method and how much work it is to verify them.  libcrypt would verify a
 * hash of any cost, for minutes if somebody asked for it; so the cost is
 * read off the hash here, without calling libcrypt.
 */

#include <string.h>

#include "dwserv.h"

#define ALPHABET	"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"abcdefghijklmnopqrstuvwxyz"

#define MALFORMED	"is malformed"
#define NOT_ACCEPTED	"is of a method that is not accepted"
#define TOO_COSTLY	"costs more than is accepted"

static const struct {
	const char	*name;
	uint32_t	 cost;		/* default */
	uint32_t	 min;
	uint32_t	 max;
} hash_methods[HASH_METHODS] = {
	[HASH_YESCRYPT] = { "yescrypt", 5, 1, 11 },
	[HASH_SHA512] = { "sha512", 5000, 1000, 999999999 },
	[HASH_BCRYPT] = { "bcrypt", 10, 4, 31 }
};

static const char	*hash_check_yescrypt(const char *, uint32_t);
static const char	*hash_check_sha512(const char *, uint32_t);
static const char	*hash_check_bcrypt(const char *, uint32_t);
static int		 hash_parse_number(const char *, size_t, uint32_t *);
static int		 hash_is_tail(const char *, size_t, size_t, size_t);

/*
 * Checks a ready hash against the rules.  Returns NULL if it is welcome,
 * otherwise what is wrong with it.
 */
const char *
hash_rules_check(const struct hash_rules *rules, const char *hash)
{
	const uint32_t	*accept = rules->accept;

	if (strnlen(hash, HASH_LENGTH_MAX + 1) > HASH_LENGTH_MAX)
		return (MALFORMED);
	if (strncmp(hash, "$y$", 3) == 0)
		return (hash_check_yescrypt(hash + 3, accept[HASH_YESCRYPT]));
	if (strncmp(hash, "$6$", 3) == 0)
		return (hash_check_sha512(hash + 3, accept[HASH_SHA512]));
	if (strncmp(hash, "$2a$", 4) == 0 || strncmp(hash, "$2b$", 4) == 0 ||
	    strncmp(hash, "$2y$", 4) == 0)
		return (hash_check_bcrypt(hash + 4, accept[HASH_BCRYPT]));
	return ("is of no known method");
}

/* Finds the method of that name.  Returns 0, or -1 if there is none. */
int
hash_method_parse(const char *name, enum hash_method *method)
{
	int	 i;

	for (i = 0; i < HASH_METHODS; i++) {
		if (strcasecmp(name, hash_methods[i].name) == 0) {
			*method = (enum hash_method)i;
			return (0);
		}
	}
	return (-1);
}

/* Returns the name of a method, as in dwserv.conf(5). */
const char *
hash_method_name(enum hash_method method)
{
	return (method < HASH_METHODS ? hash_methods[method].name : "unknown");
}

/*
 * Returns the cost at which new hashes are made if nothing else is said, in
 * the method's own unit, or 0 if there is no such method.
 */
uint32_t
hash_method_cost(enum hash_method method)
{
	return (method < HASH_METHODS ? hash_methods[method].cost : 0);
}

/*
 * Returns 1 if crypt(5) knows that cost for the method, in the method's own
 * unit, otherwise 0.
 */
int
hash_cost_valid(enum hash_method method, uint32_t cost)
{
	return (method < HASH_METHODS && cost >= hash_methods[method].min &&
	    cost <= hash_methods[method].max);
}

/*
 * j, the two parameters N and r, $, salt, $, hash.  Time and memory are as
 * 128 * r * N bytes, which is 1 MiB for libcrypt's cost factor 1 and twice
 * as much for each one after it.  Numbers of one character end at index 47,
 * and N of 2 is too small for libcrypt.
 */
static const char *
hash_check_yescrypt(const char *hash, uint32_t cap)
{
	uint64_t	 memory;
	size_t		 n, r;

	if (cap == 0)
		return (NOT_ACCEPTED);
	if (strspn(hash, ALPHABET) != 3 || hash[0] != 'j' || hash[3] != '$')
		return (MALFORMED);
	n = (size_t)(strchr(ALPHABET, hash[1]) - ALPHABET);
	r = (size_t)(strchr(ALPHABET, hash[2]) - ALPHABET);
	if (n < 1 || n > 47 || r > 47 || !hash_is_tail(hash + 4, 1, 86, 43))
		return (MALFORMED);
	memory = (uint64_t)128 * (r + 1) << (n + 1);
	if (cap > hash_methods[HASH_YESCRYPT].max)
		cap = hash_methods[HASH_YESCRYPT].max;
	return (memory > (uint64_t)1 << (cap + 19) ? TOO_COSTLY : NULL);
}

/* Perhaps rounds=N$, salt, $, hash. */
static const char *
hash_check_sha512(const char *hash, uint32_t cap)
{
	uint32_t	 rounds = hash_methods[HASH_SHA512].cost;
	size_t		 digits;

	if (cap == 0)
		return (NOT_ACCEPTED);
	if (strncmp(hash, "rounds=", 7) == 0) {
		hash += 7;
		digits = strspn(hash, "0123456789");
		if (hash[0] == '0' || hash[digits] != '$' ||
		    hash_parse_number(hash, digits, &rounds) == -1 ||
		    !hash_cost_valid(HASH_SHA512, rounds))
			return (MALFORMED);
		hash += digits + 1;
	}
	if (!hash_is_tail(hash, 1, 16, 86))
		return (MALFORMED);
	return (rounds > cap ? TOO_COSTLY : NULL);
}

/* Two digits, $, salt and hash together. */
static const char *
hash_check_bcrypt(const char *hash, uint32_t cap)
{
	uint32_t	 exponent;

	if (cap == 0)
		return (NOT_ACCEPTED);
	if (strspn(hash, "0123456789") != 2 || hash[2] != '$' ||
	    hash_parse_number(hash, 2, &exponent) == -1 ||
	    !hash_cost_valid(HASH_BCRYPT, exponent))
		return (MALFORMED);
	hash += 3;
	if (strspn(hash, ALPHABET) != 53 || hash[53] != '\0')
		return (MALFORMED);
	return (exponent > cap ? TOO_COSTLY : NULL);
}

/* Reads that many digits, which must be 1 to 9 of them. */
static int
hash_parse_number(const char *text, size_t digits, uint32_t *number)
{
	size_t	 i;

	if (digits < 1 || digits > 9)
		return (-1);
	*number = 0;
	for (i = 0; i < digits; i++)
		*number = *number * 10 + (uint32_t)(text[i] - '0');
	return (0);
}

/* Is it a salt of min to max characters, $, and a hash of that length? */
static int
hash_is_tail(const char *text, size_t min, size_t max, size_t length)
{
	size_t	 salt = strspn(text, ALPHABET);

	if (salt < min || salt > max || text[salt] != '$')
		return (0);
	text += salt + 1;
	return (strspn(text, ALPHABET) == length && text[length] == '\0');
}
