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

static uint32_t		 hash_cost_yescrypt(const char *);
static uint32_t		 hash_cost_sha512(const char *);
static uint32_t		 hash_cost_bcrypt(const char *);
static const char	*hash_parse_cost(const char *, enum hash_method,
			    uint32_t *);
static int		 hash_is_tail(const char *, size_t, size_t, size_t);

/*
 * How a hash begins, and what finds the cost in the rest of it, in the
 * method's own unit, or 0 if it is malformed.
 */
static const struct {
	const char		*text;
	enum hash_method	 method;
	uint32_t		(*cost)(const char *);
} hash_prefixes[] = {
	{ "$y$", HASH_YESCRYPT, hash_cost_yescrypt },
	{ "$6$", HASH_SHA512, hash_cost_sha512 },
	{ "$2a$", HASH_BCRYPT, hash_cost_bcrypt },
	{ "$2b$", HASH_BCRYPT, hash_cost_bcrypt },
	{ "$2y$", HASH_BCRYPT, hash_cost_bcrypt }
};

/*
 * Checks a ready hash against the rules.  Returns NULL if it is welcome,
 * otherwise what is wrong with it.
 */
const char *
hash_rules_check(const struct hash_rules *rules, const char *hash)
{
	enum hash_method	 method;
	uint32_t		 cost;
	size_t			 i, length;

	if (strnlen(hash, HASH_LENGTH_MAX + 1) > HASH_LENGTH_MAX)
		return (MALFORMED);
	for (i = 0; i < sizeof(hash_prefixes) / sizeof(*hash_prefixes); i++) {
		length = strlen(hash_prefixes[i].text);
		if (strncmp(hash, hash_prefixes[i].text, length) != 0)
			continue;
		method = hash_prefixes[i].method;
		if (rules->accept[method] == 0)
			return (NOT_ACCEPTED);
		if ((cost = hash_prefixes[i].cost(hash + length)) == 0)
			return (MALFORMED);
		return (cost > rules->accept[method] ||
		    cost > hash_methods[method].max ? TOO_COSTLY : NULL);
	}
	return ("is of no known method");
}

/*
 * Returns 1 if a ready hash is as it would be made by the rules: by their
 * method, at their cost.  Otherwise 0.
 */
int
hash_rules_made(const struct hash_rules *rules, const char *hash)
{
	struct hash_rules	 exact = { rules->method, rules->cost, { 0 } };

	if (rules->method >= HASH_METHODS || rules->cost == 0)
		return (0);
	exact.accept[rules->method] = rules->cost;
	if (hash_rules_check(&exact, hash) != NULL)
		return (0);
	/* Not for less, either. */
	exact.accept[rules->method] = rules->cost - 1;
	return (hash_rules_check(&exact, hash) != NULL);
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
static uint32_t
hash_cost_yescrypt(const char *hash)
{
	uint64_t	 memory;
	uint32_t	 cost;
	size_t		 n, r;

	if (strspn(hash, ALPHABET) != 3 || hash[0] != 'j' || hash[3] != '$')
		return (0);
	n = (size_t)(strchr(ALPHABET, hash[1]) - ALPHABET);
	r = (size_t)(strchr(ALPHABET, hash[2]) - ALPHABET);
	if (n < 1 || n > 47 || r > 47 || !hash_is_tail(hash + 4, 1, 86, 43))
		return (0);
	memory = (uint64_t)128 * (r + 1) << (n + 1);
	for (cost = 1; memory > (uint64_t)1 << (cost + 19); cost++)
		continue;
	return (cost);
}

/* Perhaps rounds=N$ without a zero in front, salt, $, hash. */
static uint32_t
hash_cost_sha512(const char *hash)
{
	uint32_t	 rounds = hash_methods[HASH_SHA512].cost;

	if (strncmp(hash, "rounds=0", 8) == 0)
		return (0);
	if (strncmp(hash, "rounds=", 7) == 0)
		hash = hash_parse_cost(hash + 7, HASH_SHA512, &rounds);
	if (hash == NULL || !hash_is_tail(hash, 1, 16, 86))
		return (0);
	return (rounds);
}

/* Two digits, $, salt and hash together. */
static uint32_t
hash_cost_bcrypt(const char *hash)
{
	const char	*tail;
	uint32_t	 exponent;

	tail = hash_parse_cost(hash, HASH_BCRYPT, &exponent);
	if (tail != hash + 3 || strspn(tail, ALPHABET) != 53 ||
	    tail[53] != '\0')
		return (0);
	return (exponent);
}

/*
 * Reads a cost, of at most 9 digits, and the $ behind it.  Returns what
 * comes then, or NULL if it is no cost of this method.
 */
static const char *
hash_parse_cost(const char *text, enum hash_method method, uint32_t *cost)
{
	size_t	 digits = strspn(text, "0123456789");

	if (digits < 1 || digits > 9 || text[digits] != '$')
		return (NULL);
	*cost = (uint32_t)strtoul(text, NULL, 10);
	return (hash_cost_valid(method, *cost) ? text + digits + 1 : NULL);
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
