/*
 * login.defs(5), as far as it concerns how accounts are made.  The parent
 * reads it from the root that it serves; unknown items are nobody's error.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "parent.h"

#define DEFS_SIZE_MAX	65536

static const struct defs_number {
	const char	*name;
	size_t		 offset;
} defs_numbers[] = {
	{ "PASS_MIN_DAYS", offsetof(struct login_defs, pass_min_days) },
	{ "PASS_MAX_DAYS", offsetof(struct login_defs, pass_max_days) },
	{ "PASS_WARN_AGE", offsetof(struct login_defs, pass_warn_age) },
	{ "UMASK", offsetof(struct login_defs, umask) },
	{ "HOME_MODE", offsetof(struct login_defs, home_mode) },
	{ "UID_MIN", offsetof(struct login_defs, uid_min) },
	{ "UID_MAX", offsetof(struct login_defs, uid_max) },
	{ "YESCRYPT_COST_FACTOR",
	    offsetof(struct login_defs, hash_costs[HASH_YESCRYPT]) },
	{ "SHA_CRYPT_MAX_ROUNDS",
	    offsetof(struct login_defs, hash_costs[HASH_SHA512]) },
	{ "BCRYPT_MAX_ROUNDS",
	    offsetof(struct login_defs, hash_costs[HASH_BCRYPT]) }
};

static void
defs_reset(struct login_defs *defs)
{
	size_t	i;

	memset(defs, 0, sizeof(*defs));
	for (i = 0; i < sizeof(defs_numbers) / sizeof(defs_numbers[0]); i++)
		*(int64_t *)((char *)defs + defs_numbers[i].offset) = -1;
}

/* As shadow-utils reads numbers: decimal, octal or hexadecimal; -1 if not. */
static int64_t
defs_number(const char *value)
{
	char		*end;
	intmax_t	 number;

	errno = 0;
	number = strtoimax(value, &end, 0);
	if (errno != 0 || end == value || *end != '\0' || number < -1 ||
	    number > UINT32_MAX)
		return (-1);
	return (number);
}

static void
defs_item(struct login_defs *defs, const char *name, const char *value)
{
	size_t	i;

	for (i = 0; i < sizeof(defs_numbers) / sizeof(defs_numbers[0]); i++)
		if (strcmp(name, defs_numbers[i].name) == 0)
			*(int64_t *)((char *)defs + defs_numbers[i].offset) =
			    defs_number(value);
	if (strcmp(name, "USERGROUPS_ENAB") == 0)
		defs->usergroups = strcasecmp(value, "yes") == 0;
	if (strcmp(name, "ENCRYPT_METHOD") == 0)
		defs->has_hash = hash_method_parse(value,
		    &defs->hash_method) == 0;
}

static void
defs_trim(char *line)
{
	size_t	length = strlen(line);

	while (length > 0 && strchr(" \t\r\f\v", line[length - 1]) != NULL)
		line[--length] = '\0';
}

/*
 * Read the items out of the text of a login.defs, which is cut up.  As in
 * shadow-utils, a value ends with its line or at a quote: what looks like a
 * comment behind it spoils it.
 */
void
login_defs_parse(struct login_defs *defs, char *text)
{
	char	*line, *name, *value;

	defs_reset(defs);
	while ((line = strsep(&text, "\n")) != NULL) {
		defs_trim(line);
		line += strspn(line, " \t");
		if (*line == '#' || *line == '\0')
			continue;
		name = strsep(&line, " \t");
		if (line == NULL)
			continue;
		value = line + strspn(line, " \"\t");
		value[strcspn(value, "\"")] = '\0';
		defs_item(defs, name, value);
	}
}

/*
 * Read login.defs from a descriptor; -1: there is none, then the defaults
 * of shadow-utils hold, but for private groups, which everybody expects.
 * Returns 0, or -1 with errno.
 */
int
login_defs_read(struct login_defs *defs, int fd)
{
	char	*text;
	size_t	 size;

	defs_reset(defs);
	if (fd == -1) {
		defs->usergroups = 1;
		return (0);
	}
	if ((text = file_read(fd, DEFS_SIZE_MAX, &size)) == NULL)
		return (-1);
	login_defs_parse(defs, text);
	free(text);
	return (0);
}
