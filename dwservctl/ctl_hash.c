/*
 * The hash of a secret, for dwserv.conf(5).  The secret comes from the
 * terminal or from standard input, never from an argument that ps(1)
 * would show, and is wiped wherever it has been.
 */

#include <bsd/readpassphrase.h>
#include <crypt.h>
#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "ctl.h"

#define SECRET_SIZE	(PASSWORD_LENGTH_MAX + 2)	/* newline and NUL */
#define BCRYPT_MAX	72	/* crypt(5): it passes over the rest */

static const char *const hash_prefixes[HASH_METHODS] = {
	[HASH_YESCRYPT] = "$y$",
	[HASH_SHA512] = "$6$",
	[HASH_BCRYPT] = "$2b$"
};

/* One line of standard input, read no further than it fits and ends. */
static int
hash_read_line(char *secret, struct answer *answer)
{
	size_t	length = 0;
	ssize_t	got;

	while (length < SECRET_SIZE - 1) {
		got = read(STDIN_FILENO, secret + length, 1);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1) {
			answer_conclude(answer, 0, "standard input: %s",
			    strerror(errno));
			return (-1);
		}
		if (got == 0 || secret[length] == '\n')
			break;
		if (secret[length++] == '\0') {
			answer_conclude(answer, 0,
			    "the secret has a NUL character");
			return (-1);
		}
	}
	secret[length] = '\0';
	return (0);
}

/* Ask twice at the terminal. */
static int
hash_read_terminal(char *secret, struct answer *answer)
{
	char	again[SECRET_SIZE];
	int	result = -1;

	if (readpassphrase("Secret: ", secret, SECRET_SIZE,
	    RPP_REQUIRE_TTY) == NULL ||
	    readpassphrase("Secret (again): ", again, sizeof(again),
	    RPP_REQUIRE_TTY) == NULL)
		answer_conclude(answer, 0, "cannot read the secret: %s",
		    strerror(errno));
	else if (strcmp(secret, again) != 0)
		answer_conclude(answer, 0, "the two secrets differ");
	else
		result = 0;
	explicit_bzero(again, sizeof(again));
	return (result);
}

static int
hash_read_secret(char *secret, enum hash_method method,
    struct answer *answer)
{
	const char	*reason;

	if ((isatty(STDIN_FILENO) ? hash_read_terminal(secret, answer) :
	    hash_read_line(secret, answer)) == -1)
		return (-1);
	if ((reason = name_check_password(secret)) != NULL) {
		answer_conclude(answer, 0, "the secret %s", reason);
		return (-1);
	}
	if (method == HASH_BCRYPT && strlen(secret) > BCRYPT_MAX) {
		answer_conclude(answer, 0, "the secret is longer than the %d "
		    "octets that bcrypt uses", BCRYPT_MAX);
		return (-1);
	}
	return (0);
}

/* Returns the hash, which stands in data, or NULL. */
static const char *
hash_make(enum hash_method method, uint32_t cost, const char *secret,
    struct crypt_data *data)
{
	char		 setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char	*hash;

	if (crypt_gensalt_rn(hash_prefixes[method], cost, NULL, 0, setting,
	    sizeof(setting)) == NULL)
		return (NULL);
	hash = crypt_rn(secret, setting, data, sizeof(*data));
	explicit_bzero(setting, sizeof(setting));
	return (hash);
}

static enum ctl_exit
hash_run(enum hash_method method, uint32_t cost, struct answer *answer)
{
	struct crypt_data	*data;
	const char		*hash;
	char			 secret[SECRET_SIZE] = "";
	enum ctl_exit		 status = CTL_EXIT_FAILED;

	if ((data = calloc(1, sizeof(*data))) == NULL)
		err(CTL_EXIT_FAILED, NULL);
	if (hash_read_secret(secret, method, answer) == 0) {
		hash = hash_make(method, cost, secret, data);
		if (hash == NULL)
			answer_conclude(answer, 0, "cannot hash by %s, cost "
			    "%u: %s", hash_method_name(method), cost,
			    strerror(errno));
		else {
			answer_add_record(answer, "hash");
			answer_add_text(answer, "hash", hash);
			status = CTL_EXIT_OK;
		}
	}
	explicit_bzero(secret, sizeof(secret));
	freezero(data, sizeof(*data));
	return (status);
}

static enum ctl_exit
hash_usage(void)
{
	fprintf(stderr, "usage: dwservctl hash [-m method] [-c cost]\n");
	return (CTL_EXIT_USAGE);
}

/*
 * Read a secret and answer with its hash in crypt(5)'s form, as a record
 * "hash".  The arguments are the options -m and -c after the command's
 * name; what is wrong with them is said here.
 */
enum ctl_exit
ctl_hash(int argc, char **argv, struct answer *answer)
{
	enum hash_method	 method = HASH_YESCRYPT;
	const char		*problem = NULL, *cost_text = NULL;
	uint32_t		 cost;
	int			 option;

	optind = 0;
	while ((option = getopt(argc, argv, "+c:m:")) != -1) {
		if (option == 'c')
			cost_text = optarg;
		else if (option != 'm')
			return (hash_usage());
		else if (hash_method_parse(optarg, &method) == -1) {
			warnx("unknown method: %s (there are yescrypt, "
			    "sha512 and bcrypt)", optarg);
			return (CTL_EXIT_USAGE);
		}
	}
	if (optind != argc)
		return (hash_usage());
	cost = hash_method_cost(method);
	if (cost_text != NULL)
		cost = (uint32_t)strtonum(cost_text, 1, UINT32_MAX, &problem);
	if (problem == NULL && !hash_cost_valid(method, cost))
		problem = "not a cost of this method";
	if (problem != NULL) {
		warnx("cost %s: %s", cost_text, problem);
		return (CTL_EXIT_USAGE);
	}
	return (hash_run(method, cost, answer));
}
