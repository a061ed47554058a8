/*
 * The rules for values that only the configuration has.  The process that
 * parses it and the parent, which gets it from there, have the same ones.
 * As in name.c: no locale, no memory, no state.
 */

#include "config.h"

#define LOWER		"abcdefghijklmnopqrstuvwxyz"
#define UPPER		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS		"0123456789"
#define WILD		"*?"
#define FINGERPRINT	"SHA256:"

/* Make A-Z in a text a-z. */
void
config_lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text += 'a' - 'A';
}

/*
 * Checks that a path is absolute.  Returns NULL if it is, otherwise what is
 * wrong with it, as do all that follow.
 */
const char *
config_check_path(const char *path)
{
	return (path[0] == '/' ? NULL : "must begin with a slash");
}

/* Checks a text that may be shown to people: see name_check_text(). */
const char *
config_check_text(const char *text)
{
	return (name_check_text(text, strlen(text)) ? NULL :
	    "is not UTF-8 or has a control character");
}

/* Checks the SHA-256 of a certificate, in lower case. */
const char *
config_check_certificate(const char *text)
{
	size_t	prefix = sizeof(FINGERPRINT) - 1;

	if (strlen(text) != CERTIFICATE_LENGTH ||
	    strncmp(text, FINGERPRINT, prefix) != 0 ||
	    strspn(text + prefix, DIGITS "abcdef") < CERTIFICATE_LENGTH -
	    prefix)
		return ("must be \"" FINGERPRINT "\" and 64 hexadecimal "
		    "digits");
	return (NULL);
}

/*
 * The rest of a name after its next part, TYPE=VALUE, and the comma or plus
 * sign behind that; NULL if it has no such part (RFC 2253 section 2).
 */
static const char *
subject_skip_part(const char *text)
{
	size_t	length = strspn(text, LOWER UPPER DIGITS ".-");
	int	escaped;

	if (length == 0 || text[length] != '=')
		return (NULL);
	for (text += length + 1; *text != '\0'; text++) {
		escaped = *text == '\\';
		text += escaped;
		if (*text < ' ' || *text > '~')
			return (NULL);
		if (!escaped && (*text == ',' || *text == '+'))
			return (text[1] == '\0' ? NULL : text + 1);
	}
	return (text);
}

/*
 * Checks the subject of a certificate as openssl(1) prints it with
 * "-nameopt RFC2253": ASCII, and without the blanks or slashes of the other
 * forms, which would never be found equal.
 */
const char *
config_check_subject(const char *subject)
{
	if (strnlen(subject, SUBJECT_LENGTH_MAX + 1) > SUBJECT_LENGTH_MAX)
		return ("is too long");
	if (strncmp(subject, "subject=", strlen("subject=")) == 0)
		return ("must begin after the \"subject=\" that openssl "
		    "prints");
	do {
		subject = subject_skip_part(subject);
	} while (subject != NULL && *subject != '\0');
	return (subject != NULL ? NULL : "is not of the form that \"openssl "
	    "x509 -noout -subject -nameopt RFC2253\" prints");
}

static const char *
pattern_check(const char *pattern, const char *octets, const char *reason)
{
	size_t	length = strnlen(pattern, PATTERN_LENGTH_MAX + 1);

	if (length == 0)
		return ("is empty");
	if (length > PATTERN_LENGTH_MAX)
		return ("is too long");
	return (pattern[strspn(pattern, octets)] == '\0' ? NULL : reason);
}

/* Checks a pattern for names of accounts and groups. */
const char *
config_check_name_pattern(const char *pattern)
{
	return (pattern_check(pattern, LOWER DIGITS "_-" WILD, "has a "
	    "character that is none of a-z 0-9 _ - * ?"));
}

/* Checks a pattern for names of aliases, in lower case. */
const char *
config_check_alias_pattern(const char *pattern)
{
	return (pattern_check(pattern, LOWER DIGITS "._+-" WILD, "has a "
	    "character that is none of A-Z a-z 0-9 . _ + - * ?"));
}

/* Checks a pattern for domains of addresses, in lower case. */
const char *
config_check_domain_pattern(const char *pattern)
{
	return (pattern_check(pattern, LOWER DIGITS ".-" WILD, "has a "
	    "character that is none of A-Z a-z 0-9 . - * ?"));
}

/* Non-zero if a directory is the base or below it. */
int
config_home_is_within(const char *home, const char *base)
{
	size_t	length = strlen(base);

	return (strncmp(home, base, length) == 0 &&
	    (home[length] == '\0' || home[length] == '/'));
}
