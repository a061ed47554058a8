/*
 * The rules for names and targets of aliases that come from outside, and
 * the form in which a request lists targets: between commas, where \, and
 * \\ are a comma and a backslash of a target itself.  As in name.c, every
 * process has the same rules, so that the one that writes the file can
 * check again.
 */

#include "dwserv.h"

#define TEXT_OF(number)		#number
#define TEXT(number)		TEXT_OF(number)
#define INCLUDE			":include:"

/* RFC 5321 section 4.5.3.1: of a local part, a domain, an address. */
#define LOCAL_LENGTH_MAX	64
#define DOMAIN_LENGTH_MAX	255
#define ADDRESS_LENGTH_MAX	254
#define LABEL_LENGTH_MAX	63	/* RFC 1035 section 2.3.4 */

#define ALNUM	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const char *
word_check(const char *word, size_t longest, const char *too_long)
{
	if (*word == '\0')
		return ("is empty");
	if (strnlen(word, longest + 1) > longest)
		return (too_long);
	if (*word == '-')
		return ("begins with a hyphen");
	if (word[strspn(word, ALNUM "._+-")] != '\0')
		return ("has a character that is none of "
		    "A-Z a-z 0-9 . _ + -");
	return (NULL);
}

/*
 * Checks the name of an alias: 1 to ALIAS_LENGTH_MAX of [A-Za-z0-9._+-],
 * not beginning with a hyphen, nor + alone, which is NIS.  Returns NULL if
 * it is fine, otherwise what is wrong with it.
 */
const char *
name_check_alias(const char *name)
{
	if (strcmp(name, "+") == 0)
		return ("is a plus sign alone");
	return (word_check(name, ALIAS_LENGTH_MAX, "is longer than "
	    TEXT(ALIAS_LENGTH_MAX) " octets"));
}

/* A dot-string of RFC 5321, of atoms without what relays and shells read. */
static int
local_part_is_sane(const char *local, size_t length)
{
	size_t	i;

	if (length == 0 || length > LOCAL_LENGTH_MAX || local[0] == '.' ||
	    local[length - 1] == '.' ||
	    strspn(local, ALNUM "._+=-'") < length)
		return (0);
	for (i = 1; i < length; i++)
		if (local[i] == '.' && local[i - 1] == '.')
			return (0);
	return (1);
}

static int
domain_is_sane(const char *domain)
{
	size_t	length;

	if (strnlen(domain, DOMAIN_LENGTH_MAX + 1) > DOMAIN_LENGTH_MAX)
		return (0);
	for (;; domain += length + 1) {
		length = strspn(domain, ALNUM "-");
		if (length == 0 || length > LABEL_LENGTH_MAX ||
		    domain[0] == '-' || domain[length - 1] == '-')
			return (0);
		if (domain[length] != '.')
			return (domain[length] == '\0');
	}
}

static const char *
address_check(const char *address)
{
	const char	*at = strchr(address, '@');

	if (*address == '-')
		return ("has a target that begins with a hyphen");
	if (strnlen(address, ADDRESS_LENGTH_MAX + 1) > ADDRESS_LENGTH_MAX ||
	    !local_part_is_sane(address, (size_t)(at - address)) ||
	    !domain_is_sane(at + 1))
		return ("has an address that is not local-part@domain");
	return (NULL);
}

static const char *
local_check(const char *local)
{
	if (*local == '-')
		return ("has a target that begins with a hyphen");
	if (word_check(local, LOCAL_LENGTH_MAX, "is too long") != NULL)
		return ("has a local target that is not 1 to "
		    TEXT(LOCAL_LENGTH_MAX) " of A-Z a-z 0-9 . _ + -");
	return (NULL);
}

/*
 * One line of printable ASCII for a shell.  A hyphen first would be taken
 * for an option of it (CVE-2016-10033 was such a mistake).
 */
static const char *
command_check(const char *command)
{
	const char	*p;

	if (command[strspn(command, " ")] == '\0')
		return ("has an empty command");
	if (command[strspn(command, " ")] == '-')
		return ("has a command that begins with a hyphen");
	for (p = command; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			return ("has a command with a character that is not "
			    "printable ASCII");
	return (NULL);
}

/* As the path of a shell; that of a maildir may end in a slash. */
static const char *
path_check(const char *path, int may_be_maildir)
{
	char	copy[PATH_LENGTH_MAX + 1];
	size_t	length = strlcpy(copy, path, sizeof(copy));

	if (may_be_maildir && length > 1 && length < sizeof(copy) &&
	    copy[length - 1] == '/')
		copy[length - 1] = '\0';
	if (length >= sizeof(copy) || name_check_shell(copy) != NULL)
		return ("has a path that is not absolute and of at most "
		    TEXT(PATH_LENGTH_MAX) " of A-Z a-z 0-9 . _ @ + / -");
	return (NULL);
}

static const char *
target_check(const char *target)
{
	if (*target == '\0')
		return ("has an empty target");
	switch (alias_target_classify(target)) {
	case ALIAS_COMMAND:
		return (command_check(target + 1));
	case ALIAS_FILE:
		return (path_check(target, 1));
	case ALIAS_INCLUDE:
		return (path_check(target + sizeof(INCLUDE) - 1, 0));
	case ALIAS_ADDRESS:
		return (address_check(target));
	case ALIAS_LOCAL:
		break;
	}
	return (local_check(target));
}

/*
 * Checks a list of 1 to TARGETS_MAX targets as a request has it: local
 * names of at most 64 octets, addresses (RFC 5321, without quotes, literals
 * and UTF-8), |command, /path and :include:/path.  Returns NULL if all are
 * fine, otherwise what is wrong.
 */
const char *
name_check_targets(const char *list)
{
	char		 target[ALIAS_TARGET_MAX + 1];
	const char	*reason;
	size_t		 count = 0;
	int		 more;

	if (*list == '\0')
		return ("is empty");
	while ((more = alias_list_next(&list, target, sizeof(target))) == 1) {
		if (++count > TARGETS_MAX)
			return ("has more than " TEXT(TARGETS_MAX)
			    " targets");
		if ((reason = target_check(target)) != NULL)
			return (reason);
	}
	return (more == 0 ? NULL : "has a target that is too long, or a "
	    "backslash before neither a comma nor a backslash");
}

/*
 * What kind of target this is, unquoted: whatever the bytes are, it is one
 * of them, as mailers tell them apart.
 */
enum alias_target_kind
alias_target_classify(const char *target)
{
	if (*target == '|')
		return (ALIAS_COMMAND);
	if (*target == '/')
		return (ALIAS_FILE);
	if (strncasecmp(target, INCLUDE, sizeof(INCLUDE) - 1) == 0)
		return (ALIAS_INCLUDE);
	return (strchr(target, '@') != NULL ? ALIAS_ADDRESS : ALIAS_LOCAL);
}

/*
 * Take the next target off a list of the protocol's form, unescaped, which
 * may be empty; *list is NULL after the last.  Returns 1, 0 if there was
 * none, or -1 if it does not fit or has a wrong escape.
 */
int
alias_list_next(const char **list, char *target, size_t size)
{
	const char	*p = *list;
	size_t		 length = 0;

	if (p == NULL)
		return (0);
	for (; *p != '\0' && *p != ','; p++) {
		if (*p == '\\' && *++p != ',' && *p != '\\')
			return (-1);
		if (length + 1 >= size)
			return (-1);
		target[length++] = *p;
	}
	target[length] = '\0';
	*list = *p == ',' ? p + 1 : NULL;
	return (1);
}

/*
 * A target as it stands in a list of the protocol's form.  Returns -1 if
 * it does not fit; 2 * ALIAS_TARGET_MAX + 1 bytes are enough for any.
 */
int
alias_list_escape(const char *target, char *to, size_t size)
{
	size_t	length = 0, escaped;

	for (; *target != '\0'; target++) {
		escaped = *target == ',' || *target == '\\';
		if (length + escaped + 1 >= size)
			return (-1);
		if (escaped)
			to[length++] = '\\';
		to[length++] = *target;
	}
	if (length >= size)
		return (-1);
	to[length] = '\0';
	return (0);
}
