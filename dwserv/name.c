/*
 * The rules for names and values that come from outside, byte by byte from
 * static tables: no locale, no memory, no state.  The same rules hold in
 * every process, so that the one that writes the account files can check
 * again what another one has checked before it.
 */

#include <string.h>

#include "dwserv.h"

#define TEXT_OF(number)		#number
#define TEXT(number)		TEXT_OF(number)
#define LONGER_THAN(number)	"is longer than " TEXT(number) " octets"

/* What an octet may be. */
#define LOGIN_FIRST	0x01
#define LOGIN		0x02
#define CLIENT_FIRST	0x04
#define CLIENT		0x08
#define PATH		0x10

static const unsigned char octet_classes[256] = {
	['a' ... 'z'] = LOGIN_FIRST | LOGIN | CLIENT_FIRST | CLIENT | PATH,
	['A' ... 'Z'] = CLIENT_FIRST | CLIENT | PATH,
	['0' ... '9'] = LOGIN | CLIENT_FIRST | CLIENT | PATH,
	['_'] = LOGIN_FIRST | LOGIN | CLIENT | PATH,
	['-'] = LOGIN | CLIENT | PATH,
	['.'] = CLIENT | PATH,
	['@'] = PATH,
	['+'] = PATH,
	['/'] = PATH
};

/*
 * The first octet of a character, RFC 3629 section 4: how many octets there
 * are and between what values the second is; the others are 80-BF.  Nothing
 * begins with a C0 control or DEL, and the second octet after C2 leaves out
 * the C1 controls.
 */
static const struct {
	unsigned char	 length;	/* 0: nothing begins so */
	unsigned char	 low;
	unsigned char	 high;
} characters[256] = {
	[0x20 ... 0x7e] = { 1, 0, 0 },
	[0xc2] = { 2, 0xa0, 0xbf },
	[0xc3 ... 0xdf] = { 2, 0x80, 0xbf },
	[0xe0] = { 3, 0xa0, 0xbf },
	[0xe1 ... 0xec] = { 3, 0x80, 0xbf },
	[0xed] = { 3, 0x80, 0x9f },
	[0xee ... 0xef] = { 3, 0x80, 0xbf },
	[0xf0] = { 4, 0x90, 0xbf },
	[0xf1 ... 0xf3] = { 4, 0x80, 0xbf },
	[0xf4] = { 4, 0x80, 0x8f }
};

/* Names that are one word. */
struct word_rule {
	size_t		 longest;
	unsigned char	 first;
	unsigned char	 other;
	const char	*too_long;
	const char	*bad_first;
};

static const struct word_rule unix_rule = {
	NAME_LENGTH_MAX, LOGIN_FIRST, LOGIN, LONGER_THAN(NAME_LENGTH_MAX),
	"must begin with a lower-case letter or underscore"
};
static const struct word_rule client_rule = {
	CLIENT_LENGTH_MAX, CLIENT_FIRST, CLIENT,
	LONGER_THAN(CLIENT_LENGTH_MAX), "must begin with a letter or digit"
};

static const char	*name_check_word(const struct word_rule *,
			    const char *, size_t);
static int		 name_is_repeated(const char *, size_t, const char *);
static const char	*name_check_path(const char *, int);
static int		 name_has(unsigned char, unsigned char);

/*
 * Checks a login name: [a-z_][a-z0-9_-]{0,31}, which every shadow-utils
 * accepts and which cannot be taken for a number.  Returns NULL if it is
 * fine, otherwise what is wrong with it, as do all that follow.
 */
const char *
name_check_login(const char *name)
{
	return (name_check_word(&unix_rule, name, strlen(name)));
}

/* Checks the name of a group by the rule for logins. */
const char *
name_check_group(const char *name)
{
	return (name_check_login(name));
}

/*
 * Checks a list of 1 to GROUPS_MAX groups, separated by commas, none of
 * them empty or there twice.
 */
const char *
name_check_groups(const char *list)
{
	const char	*group = list, *reason;
	size_t		 count = 0, length;

	for (;;) {
		length = strcspn(group, ",");
		reason = name_check_word(&unix_rule, group, length);
		if (reason != NULL)
			return (reason);
		if (name_is_repeated(list, length, group))
			return ("names a group twice");
		if (++count > GROUPS_MAX)
			return ("names more than " TEXT(GROUPS_MAX) " groups");
		if (group[length] == '\0')
			return (NULL);
		group += length + 1;
	}
}

/* Checks the name of a client: [A-Za-z0-9][A-Za-z0-9._-]{0,63}. */
const char *
name_check_client(const char *name)
{
	return (name_check_word(&client_rule, name, strlen(name)));
}

/*
 * Checks a gecos field: at most GECOS_LENGTH_MAX octets of UTF-8 text
 * without a colon, or nothing.  C1 controls are as bad as C0: terminals
 * obey them (CVE-2023-29383 and its sequel).
 */
const char *
name_check_gecos(const char *gecos)
{
	size_t	 length = strnlen(gecos, GECOS_LENGTH_MAX + 1);

	if (length > GECOS_LENGTH_MAX)
		return (LONGER_THAN(GECOS_LENGTH_MAX));
	if (!name_check_text(gecos, length))
		return ("is not UTF-8 or has a control character");
	if (memchr(gecos, ':', length) != NULL)
		return ("has a colon");
	return (NULL);
}

/*
 * Checks the path of a home directory: absolute, at most PATH_LENGTH_MAX
 * octets, only [A-Za-z0-9._@+/-], not the root directory, no component
 * empty or beginning with a dot or hyphen, no slash at the end.
 */
const char *
name_check_home(const char *path)
{
	return (name_check_path(path, 1));
}

/*
 * Checks the path of a shell: as name_check_home(), but a component may
 * begin with a hyphen or dot, if only it is not "." or "..".
 */
const char *
name_check_shell(const char *path)
{
	return (name_check_path(path, 0));
}

/*
 * Checks a password in clear: 1 to PASSWORD_LENGTH_MAX octets of UTF-8
 * text.
 */
const char *
name_check_password(const char *password)
{
	size_t	 length = strnlen(password, PASSWORD_LENGTH_MAX + 1);

	if (length == 0)
		return ("is empty");
	if (length > PASSWORD_LENGTH_MAX)
		return (LONGER_THAN(PASSWORD_LENGTH_MAX));
	if (!name_check_text(password, length))
		return ("is not UTF-8 or has a control character");
	return (NULL);
}

/*
 * Returns 1 if length bytes are UTF-8 (RFC 3629: shortest form, no
 * surrogates, up to U+10FFFF) without C0, DEL and C1 controls, otherwise 0.
 */
int
name_check_text(const char *text, size_t length)
{
	const unsigned char	*s = (const unsigned char *)text;
	size_t			 i, n;

	while (length > 0) {
		n = characters[s[0]].length;
		if (n == 0 || n > length)
			return (0);
		if (n > 1 && (s[1] < characters[s[0]].low ||
		    s[1] > characters[s[0]].high))
			return (0);
		for (i = 2; i < n; i++)
			if ((s[i] & 0xc0) != 0x80)
				return (0);
		s += n;
		length -= n;
	}
	return (1);
}

/*
 * Returns 1 if an id must never be given to an account or group: -1 and -2
 * (nobody) in 16 and in 32 bits, and the range from which systemd takes ids
 * for dynamic users (systemd.io/UIDS-GIDS).  Otherwise 0.
 */
int
name_is_reserved_id(uint32_t id)
{
	return ((id >= 61184 && id <= 65519) || id == 65534 || id == 65535 ||
	    id == UINT32_MAX - 1 || id == UINT32_MAX);
}

static const char *
name_check_word(const struct word_rule *rule, const char *name,
    size_t length)
{
	size_t	 i;

	if (length == 0)
		return ("is empty");
	if (length > rule->longest)
		return (rule->too_long);
	if (!name_has(name[0], rule->first))
		return (rule->bad_first);
	for (i = 1; i < length; i++)
		if (!name_has(name[i], rule->other))
			return ("has a character that is not allowed");
	return (NULL);
}

/* Is the name of that length also in the part of the list before it? */
static int
name_is_repeated(const char *list, size_t length, const char *name)
{
	const char	*other;
	size_t		 n;

	for (other = list; other < name; other += n + 1) {
		n = strcspn(other, ",");
		if (n == length && memcmp(other, name, n) == 0)
			return (1);
	}
	return (0);
}

/* What a client calls a request, to be known again: idem=KEY. */
const char *
name_check_idem(const char *key)
{
	const char	*p;

	if (*key == '\0')
		return ("is empty");
	if (strnlen(key, IDEM_LENGTH_MAX + 1) > IDEM_LENGTH_MAX)
		return (LONGER_THAN(IDEM_LENGTH_MAX));
	for (p = key; *p != '\0'; p++)
		if (*p != ':' && !name_has((unsigned char)*p, CLIENT))
			return ("has a character that is none of A-Z a-z 0-9 "
			    ". _ - :");
	return (NULL);
}

static const char *
name_check_path(const char *path, int is_home)
{
	const char	*p;
	size_t		 n;

	if (strnlen(path, PATH_LENGTH_MAX + 1) > PATH_LENGTH_MAX)
		return (LONGER_THAN(PATH_LENGTH_MAX));
	if (path[0] != '/')
		return ("must begin with a slash");
	for (p = path; *p != '\0'; p++)
		if (!name_has(*p, PATH))
			return ("has a character that is not allowed");
	for (p = path; *p == '/'; p += n) {
		p++;
		n = strcspn(p, "/");
		if (n == 0)
			return ("has two slashes together or a slash at the "
			    "end");
		if ((n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return ("has a component \".\" or \"..\"");
		if (is_home && (p[0] == '.' || p[0] == '-'))
			return ("has a component that begins with a dot or "
			    "hyphen");
	}
	return (NULL);
}

static int
name_has(unsigned char octet, unsigned char class)
{
	return ((octet_classes[octet] & class) != 0);
}
