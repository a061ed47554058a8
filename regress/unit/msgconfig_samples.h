/*
 * Samples of every message of dwserv/msgconfig.c, for msgconfig_test.c, in
 * the manner of msg_samples.h.
 */

#ifndef MSGCONFIG_SAMPLES_H
#define MSGCONFIG_SAMPLES_H

#include "msg_samples.h"
#include "msgconfig.h"

static char	 name_longest[NAME_LENGTH_MAX + 1];
static char	 path_longest[PATH_LENGTH_MAX + 1];
static char	 client_longest[CLIENT_LENGTH_MAX + 1];
static char	 hash_longest[HASH_LENGTH_MAX + 1];
static char	 socket_longest[SOCKET_PATH_MAX + 1];
static char	 value_longest[MACRO_VALUE_MAX + 1];
static char	 subject_longest[SUBJECT_LENGTH_MAX + 1];
static char	 pattern_longest[PATTERN_LENGTH_MAX + 1];

#define LINE_MAX_SENT	(SOURCE_SIZE_MAX + 1)
#define FINGERPRINT	"SHA256:0123456789abcdef0123456789abcdef" \
			"0123456789abcdef0123456789abcdef"

static inline char *
longest(char *text, size_t size, char first)
{
	memset(text, 'p', size - 1);
	text[0] = first;
	text[size - 1] = '\0';
	return (text);
}
#define LONGEST(array, first)	longest(array, sizeof(array), first)

static inline void
sample_origins(struct origins *origins, unsigned int sample)
{
	unsigned int	i;

	if (sample == 0)
		return;
	origins->file = sample == 1 ? "\xc3\xa9.conf" :
	    LONGEST(path_longest, '/');
	for (i = 0; i < CLAUSES; i++)
		origins->lines[i] = sample == 1 ? i : LINE_MAX_SENT;
}

static inline void
sample_tls(struct tls *tls, unsigned int sample)
{
	tls->certificate = sample == 1 ? "/c" : path_longest;
	tls->key = sample == 1 ? "/k" : path_longest;
	tls->client_ca = sample == 1 ? "/a" : path_longest;
	tls->file = sample == 1 ? "f" : path_longest;
	tls->line = sample == 1 ? 1 : LINE_MAX_SENT;
}

static inline void
sample_globals(struct config *config, unsigned int sample)
{
	memset(config, 0, sizeof(*config));
	config->prefork = sample == 0 ? 1 : PREFORK_MAX;
	config->control = sample < 2 ? "/c" : LONGEST(socket_longest, '/');
	config->state = sample < 2 ? "/" : LONGEST(path_longest, '/');
	config->libexec = sample < 2 ? "/l" : path_longest;
	config->daytime = sample == 1;
	config->limits = (struct limits){ 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	if (sample == 0) {
		config->user.name = "_dwserv";
		config->auth_user.name = LONGEST(name_longest, '_');
		return;
	}
	config->user.uid = config->user.gid = 61001;
	if (sample == 2)
		config->user.name = LONGEST(name_longest, '_');
	config->auth_user.uid = ID_MAX;
	config->auth_user.gid = 1;
	config->aliases = sample == 1 ? "/a" : path_longest;
	config->limits = (struct limits){ LIMIT_MAX, LIMIT_MAX, LIMIT_MAX,
	    LIMIT_MAX, LIMIT_MAX, TIMEOUT_MAX, TIMEOUT_MAX, TIMEOUT_MAX,
	    TIMEOUT_MAX };
	config->sandbox_best_effort = 1;
	sample_tls(&config->tls, sample);
}

static inline void
sample_listener(struct listener *listener, unsigned int sample)
{
	struct sockaddr_un	*un;

	memset(listener, 0, sizeof(*listener));
	listener->gid = (gid_t)-1;
	un = (struct sockaddr_un *)&listener->address;
	if (sample == 0)
		set_ipv4(&listener->address, "127.0.0.1", 5000);
	if (sample == 1)
		set_ipv6(&listener->address, "2001:db8::1", 65535, 0);
	listener->tls = sample == 1;
	if (sample == 2) {
		listener->mode = 0777;
		listener->group = LONGEST(name_longest, 'g');
		un->sun_family = AF_UNIX;
		strlcpy(un->sun_path, LONGEST(socket_longest, '/'),
		    sizeof(un->sun_path));
	}
}

static inline void
sample_accounts(struct accounts *accounts, unsigned int sample)
{
	memset(accounts, 0, sizeof(*accounts));
	accounts->root = sample < 2 ? "/" : LONGEST(path_longest, '/');
	accounts->home = sample < 2 ? "/home" : path_longest;
	accounts->skel = sample < 2 ? "/etc/.skel" : path_longest;
	accounts->uid_min = ID_FLOOR;
	accounts->uid_max = sample == 0 ? ID_FLOOR : ID_MAX;
	accounts->hash.method = sample;
	accounts->hash.cost = hash_method_cost(sample);
	sample_origins(&accounts->origins, sample);
	if (sample == 0)
		return;
	accounts->has_home_mode = accounts->has_uid = accounts->reuse = 1;
	accounts->hash_from_login_defs = 1;
	accounts->home_mode = 0777;
	accounts->hash.accept[HASH_YESCRYPT] = 11;
	accounts->hash.accept[HASH_SHA512] = 656000;
	accounts->hash.accept[HASH_BCRYPT] = 12;
}

/* The longest subject that there may be. */
static inline char *
subject_of_length(char *text, size_t length)
{
	memset(text, 'p', length);
	memcpy(text, "CN=", 3);
	text[length] = '\0';
	return (text);
}

/* What says who it is: of the first and the last only what must be. */
static inline void
sample_credentials(struct client *client, unsigned int sample)
{
	if (sample < 2)
		client->secrets[0] = "$y$j9T$salt$hash";
	if (sample > 0)
		client->has_local_user = 1;
	if (sample == 1) {
		client->secrets[1] = "$6$b";
		client->subject = "CN=a";
		client->local_user.uid = 33;
		client->local_user.gid = 34;
	} else if (sample == 2) {
		client->secrets[0] = LONGEST(hash_longest, '$');
		client->secrets[1] = hash_longest;
		client->subject = subject_of_length(subject_longest,
		    SUBJECT_LENGTH_MAX);
		client->local_user.name = LONGEST(name_longest, '_');
	}
}

static inline void
sample_client(struct client *client, unsigned int sample)
{
	struct credential	credential;
	unsigned int		i;

	memset(client, 0, sizeof(*client));
	sample_credential(&credential, sample);
	client->name = sample < 2 ? "billing" : LONGEST(client_longest, '0');
	client->prefix_count = credential.prefix_count;
	memcpy(client->prefixes, credential.prefixes,
	    sizeof(client->prefixes));
	sample_credentials(client, sample);
	sample_origins(&client->origins, sample);
	client->operations = sample == 0 ? 1 : OPERATION_BIT(OPERATIONS) - 1;
	if (sample == 0)
		return;
	client->targets = TARGETS_ALL;
	client->has_uid = client->has_gid = client->has_domains = 1;
	client->uid_min = client->gid_min = ID_FLOOR;
	client->uid_max = client->gid_max = ID_MAX;
	client->home = sample == 1 ? "/h" : LONGEST(path_longest, '/');
	client->no_hash = client->reads_all = 1;
	client->rate = sample == 1 ? 1 : RATE_MAX;
	client->burst = RATE_MAX;
	for (i = 0; i < OPERATIONS; i++)
		client->allow_lines[i] = sample == 1 ? i : LINE_MAX_SENT;
}

static inline void
sample_define(struct symbol *symbol, unsigned int sample)
{
	memset(symbol, 0, sizeof(*symbol));
	symbol->name = sample == 0 ? "n" : sample == 1 ? "A_9" :
	    LONGEST(path_longest, 'm') + PATH_LENGTH_MAX - MACRO_NAME_MAX;
	symbol->value = sample == 0 ? "" : sample == 1 ? "x = \"y\"" :
	    LONGEST(value_longest, ' ');
}

/*
 * The two functions of a codec that puts what it reads into a configuration,
 * whether it fails or not.
 */
#define CONFIG_CODEC(name, type, place, first)				\
static int								\
put_##name(struct ibuf *buf, unsigned int sample)			\
{									\
	static type	message;					\
									\
	sample_##name(&message, sample);				\
	return (msg_put_##name(buf, &message));				\
}									\
static int								\
get_##name(struct ibuf *buf, struct ibuf *again)			\
{									\
	struct config	*config = config_new();				\
	int		 result = msg_get_##name(buf, place);		\
									\
	if (result == 0)						\
		assert_int_equal(msg_put_##name(again, first), 0);	\
	config_free(config);						\
	return (result);						\
}

CONFIG_CODEC(globals, struct config, config, config)
CONFIG_CODEC(listener, struct listener, &config->listeners,
    TAILQ_FIRST(&config->listeners))
CONFIG_CODEC(accounts, struct accounts, &config->accounts, &config->accounts)
CONFIG_CODEC(client, struct client, &config->clients,
    TAILQ_FIRST(&config->clients))
CONFIG_CODEC(define, struct symbol, &config->symbols,
    TAILQ_FIRST(&config->symbols))
/* The same for a list: samples of its words, of which the last is longest. */
#define WORD_CODEC(name, list, usual, longest_one)			\
static int								\
put_##name(struct ibuf *buf, unsigned int sample)			\
{									\
	struct word	 word = { .text = sample < 2 ? usual :		\
	    longest_one };						\
									\
	return (msg_put_word(buf, list, &word));			\
}									\
static int								\
get_##name(struct ibuf *buf, struct ibuf *again)			\
{									\
	struct words	 words = TAILQ_HEAD_INITIALIZER(words);		\
	int		 result = msg_get_word(buf, list, &words);	\
									\
	if (result == 0)						\
		assert_int_equal(msg_put_word(again, list,		\
		    TAILQ_FIRST(&words)), 0);				\
	words_free(&words);						\
	return (result);						\
}

WORD_CODEC(shell, LIST_SHELLS, "/bin/sh", LONGEST(path_longest, '/'))
WORD_CODEC(group, LIST_GROUPS, "mail", LONGEST(name_longest, 'g'))
WORD_CODEC(rebuild, LIST_REBUILD, "/bin/mail", LONGEST(path_longest, '/'))
WORD_CODEC(certificate, LIST_CERTIFICATES, FINGERPRINT, FINGERPRINT)
WORD_CODEC(name, LIST_NAMES, "cust-*", LONGEST(pattern_longest, '?'))
WORD_CODEC(alias, LIST_ALIASES, "info.*", LONGEST(pattern_longest, '+'))
WORD_CODEC(domain, LIST_DOMAINS, "*.example.org",
    LONGEST(pattern_longest, 'a'))
WORD_CODEC(client_shell, LIST_CLIENT_SHELLS, "/bin/sh",
    LONGEST(path_longest, '/'))

static int
put_complaint(struct ibuf *buf, unsigned int sample)
{
	return (msg_put_complaint(buf, sample == 0 ? "" :
	    sample == 1 ? "/etc/dwserv.conf:3: syntax error at \"\xc3\xa9\"" :
	    text_of(LINE_LENGTH_MAX)));
}

/* Only what may be printed comes back as it was: see below for the rest. */
static int
get_complaint(struct ibuf *buf, struct ibuf *again)
{
	char		*text = long_text;
	uint16_t	 length;

	if (msg_get_complaint(buf, &text) == -1) {
		assert_null(text);
		return (-1);
	}
	assert_true(name_check_text(text, strlen(text)));
	buf->rpos = 0;
	assert_int_equal(ibuf_get_n16(buf, &length), 0);
	assert_int_equal(length, strlen(text));
	assert_int_equal(ibuf_add_n16(again, length), 0);
	assert_int_equal(ibuf_add(again, ibuf_data(buf), length), 0);
	free(text);
	return (0);
}

enum {
	GLOBALS, LISTENER, ACCOUNTS, CLIENT, DEFINE, SHELL, GROUP, REBUILD,
	CERTIFICATE, PATTERN, ALIAS, DOMAIN, CLIENT_SHELL, COMPLAINT
};
static const struct codec config_codecs[] = {
	{ "globals", put_globals, get_globals },
	{ "listener", put_listener, get_listener },
	{ "accounts", put_accounts, get_accounts },
	{ "client", put_client, get_client },
	{ "define", put_define, get_define },
	{ "shell", put_shell, get_shell },
	{ "group", put_group, get_group },
	{ "rebuild", put_rebuild, get_rebuild },
	{ "certificate", put_certificate, get_certificate },
	{ "name", put_name, get_name },
	{ "alias", put_alias, get_alias },
	{ "domain", put_domain, get_domain },
	{ "client shell", put_client_shell, get_client_shell },
	{ "complaint", put_complaint, get_complaint }
};
#define CONFIG_CODECS	(sizeof(config_codecs) / sizeof(config_codecs[0]))

#endif /* MSGCONFIG_SAMPLES_H */
