/*
 * What there is to be asked: the session words that list the requests, and
 * what the client may do.
 */

#include <stdio.h>

#include "worker.h"

static void
capability(struct ibuf *to, uint32_t *count, const char *name,
    const char *value)
{
	text_print(to, "250-capability");
	token_add(to, "name", name);
	token_add(to, "value", value);
	text_print(to, "\r\n");
	(*count)++;
}

static void
capability_range(struct ibuf *to, uint32_t *count, const char *name,
    uint32_t min, uint32_t max)
{
	char	value[32];

	snprintf(value, sizeof(value), "%u-%u", min, max);
	capability(to, count, name, value);
}

static void
capability_list(struct ibuf *to, uint32_t *count, const char *name,
    const char *value)
{
	if (value != NULL)
		capability(to, count, name, value);
}

/* Within what the client's requests have to be. */
static void
capability_rights(struct ibuf *to, uint32_t *count,
    const struct grant *rights)
{
	char	value[32];

	capability_range(to, count, "uid", rights->uid_min, rights->uid_max);
	capability_range(to, count, "gid", rights->gid_min, rights->gid_max);
	capability_list(to, count, "names", rights->names);
	capability_list(to, count, "groups", rights->groups);
	capability_list(to, count, "shells", rights->shells);
	capability_list(to, count, "home", rights->home);
	capability_list(to, count, "aliases", rights->aliases);
	if (rights->has_domains)
		capability(to, count, "domains", rights->domains == NULL ? "" :
		    rights->domains);
	capability(to, count, "read", rights->reads_all ? "all" : "own");
	if (rights->rate == 0)
		return;
	snprintf(value, sizeof(value), "%u", rights->rate);
	capability(to, count, "rate", value);
	snprintf(value, sizeof(value), "%u", rights->burst);
	capability(to, count, "burst", value);
}

/* capa: what this session can do, for programs. */
void
help_capabilities(struct session *session)
{
	const struct hash_rules	*hash = &session->worker->settings.hash;
	struct ibuf		*text = text_new();
	const char		*word, *usage;
	char			 value[64];
	uint32_t		 lines = 0, i;

	reply_new(session, REPLY_READY)->text = text;
	snprintf(value, sizeof(value), "%d", LINE_LENGTH_MAX);
	capability(text, &lines, "line-length", value);
	for (i = 0; (word = command_word(i, &usage)) != NULL; i++)
		capability(text, &lines, "command", word);
	for (i = 0; i < OPERATIONS; i++) {
		if ((session->operations & OPERATION_BIT(i)) == 0)
			continue;
		operation_print((enum operation)i, value, sizeof(value));
		capability(text, &lines, "request", value);
	}
	for (i = 0; i < HASH_METHODS; i++)
		if (hash->accept[i] != 0 &&
		    (session->client == NULL || session->rights.may_hash))
			capability(text, &lines, "hash",
			    hash_method_name((enum hash_method)i));
	if (session->client != NULL)
		capability_rights(text, &lines, &session->rights);
	text_print(text, "250 listed count=%u\r\n", lines);
}

static void
help_line(struct ibuf *text, const char *name, const char *usage)
{
	text_print(text, "214-help %s%s%s\r\n", name,
	    *usage == '\0' ? "" : " ", usage);
}

/* help: all that there is, for people. */
void
help_all(struct session *session)
{
	struct ibuf	*text = text_new();
	const char	*word, *usage;
	char		 name[64];
	uint32_t	 i;

	reply_new(session, REPLY_READY)->text = text;
	for (i = 0; (word = command_word(i, &usage)) != NULL; i++)
		help_line(text, word, usage);
	for (i = 0; i < OPERATIONS; i++) {
		operation_print((enum operation)i, name, sizeof(name));
		help_line(text, name, operation_usage((enum operation)i));
	}
	text_print(text, "214 help dwserv-protocol(7) has it all\r\n");
}
