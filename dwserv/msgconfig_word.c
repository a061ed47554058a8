/*
 * The lists of the configuration in messages, one word in each, in the
 * manner of msgconfig.c.
 */

#include <errno.h>

#include "msgconfig.h"
#include "msgpart.h"
#include "xmalloc.h"

#define WORD(length, rule)						\
	{ TEXT(struct word, text, length, rule) }

static const struct part word_parts[LISTS][1] = {
	[LIST_SHELLS] = WORD(PATH_LENGTH_MAX, name_check_shell),
	[LIST_REBUILD] = WORD(PATH_LENGTH_MAX, config_check_text),
	[LIST_CERTIFICATES] = WORD(CERTIFICATE_LENGTH,
	    config_check_certificate),
	[LIST_NAMES] = WORD(PATTERN_LENGTH_MAX, config_check_name_pattern),
	[LIST_ALIASES] = WORD(PATTERN_LENGTH_MAX, config_check_alias_pattern),
	[LIST_DOMAINS] = WORD(PATTERN_LENGTH_MAX,
	    config_check_domain_pattern),
	[LIST_GROUPS] = WORD(NAME_LENGTH_MAX, name_check_group),
	[LIST_CLIENT_SHELLS] = WORD(PATH_LENGTH_MAX, name_check_shell)
};

/* How many words a list has at most; 0: any number. */
static const size_t most_words[LISTS] = {
	[LIST_REBUILD] = REBUILD_WORDS_MAX,
	[LIST_CERTIFICATES] = CLIENT_CERTIFICATES_MAX
};

static struct message
word_message(enum config_list list)
{
	struct message	message = MESSAGE(struct word, word_parts[list]);

	return (message);
}

/*
 * Where a list is: in the configuration, or in the client, if there is one.
 * Returns NULL if there is no such list.
 */
struct words *
config_list(struct config *config, struct client *client, uint32_t list)
{
	if (list == LIST_SHELLS)
		return (&config->accounts.shells);
	if (list == LIST_REBUILD)
		return (&config->rebuild);
	if (client == NULL)
		return (NULL);
	switch (list) {
	case LIST_CERTIFICATES:
		return (&client->certificates);
	case LIST_NAMES:
		return (&client->names);
	case LIST_ALIASES:
		return (&client->aliases);
	case LIST_DOMAINS:
		return (&client->domains);
	case LIST_GROUPS:
		return (&client->groups);
	case LIST_CLIENT_SHELLS:
		return (&client->shells);
	default:
		return (NULL);
	}
}

/* A word of that list. */
int
msg_put_word(struct ibuf *buf, enum config_list list, const struct word *word)
{
	struct message	message = word_message(list);

	return (message_put(buf, &message, word));
}

/*
 * Its counterpart, which adds it to the list.  The first of the words of
 * rebuild must be the path of a program; other lists are told to workers in
 * one text, which has room for so much.
 */
int
msg_get_word(struct ibuf *buf, enum config_list list, struct words *words)
{
	struct message	 message = word_message(list);
	struct word	*word;

	if (most_words[list] != 0 && words_count(words) >= most_words[list])
		return (ibuf_refuse(EBADMSG));
	word = xcalloc(1, sizeof(*word));
	TAILQ_INSERT_TAIL(words, word, entry);
	if (message_add(buf, &message, word) == -1)
		return (-1);
	if (list == LIST_REBUILD ?
	    name_check_shell(TAILQ_FIRST(words)->text) != NULL :
	    words_length(words) > LINE_LENGTH_MAX)
		return (ibuf_refuse(EBADMSG));
	return (0);
}
