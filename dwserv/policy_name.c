/*
 * Deciding about names: those of the system are nobody's, and others are a
 * client's if they match its patterns.
 */

#include "policy.h"

/* Membership of these is as good as root, or close to it. */
static const char *const privileged_groups[] = {
	"root", "wheel", "sudo", "adm", "admin", "shadow", "disk", "docker",
	"lxd", "lxc", "libvirt", "kvm", "kmem", "mem", "tty", "tape", "dip",
	"staff", "src", "backup", "operator", "systemd-journal", "netdev",
	"plugdev", "input", "sasl", "utmp", "sys", "daemon", "bin", "incus",
	"incus-admin", "podman", "messagebus", "crontab", "ssh", "_ssh",
	"ssl-cert", "sgx", "render", "video", "_dwserv", "_dwauth"
};

/* Names that other programs give a meaning of their own. */
static const char *const reserved_logins[] = {
	"root", "toor", "daemon", "bin", "sys", "sync", "games", "man", "lp",
	"mail", "news", "uucp", "proxy", "www-data", "backup", "list", "irc",
	"nobody", "nogroup", "sshd", "postfix", "messagebus", "operator",
	"_dwserv", "_dwauth"
};

static int
name_in(const char *name, const char *const *list, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return (1);
	return (0);
}

/* Whether membership of the group is as good as root. */
int
policy_group_is_privileged(const char *name)
{
	return (name_in(name, privileged_groups,
	    sizeof(privileged_groups) / sizeof(privileged_groups[0])));
}

/* Whether a name is the system's, for an account, a group or an alias. */
int
policy_name_is_reserved(const char *name)
{
	return (policy_group_is_privileged(name) || name_in(name,
	    reserved_logins,
	    sizeof(reserved_logins) / sizeof(reserved_logins[0])));
}

/* Whether a text is as one of these patterns says. */
int
policy_words_match(const struct words *patterns, const char *text, int folds)
{
	const struct word	*word;

	TAILQ_FOREACH(word, patterns, entry)
		if (pattern_match(word->text, strlen(word->text), text,
		    strlen(text), folds))
			return (1);
	return (0);
}

/* A login or group that is the client's by its name. */
int
policy_name(const struct question *question, const char *name)
{
	const struct client	*client = question->client;

	policy_consult(question->result, CLAUSE_NAMES);
	if (TAILQ_EMPTY(&client->names) ||
	    policy_words_match(&client->names, name, 0))
		return (0);
	return (policy_refuse(question->result, CLAUSE_NAMES, "denied",
	    "the name %s is not one of those of %s", name, client->name));
}

/* A login or group that comes into use. */
int
policy_new_name(const struct question *question, const char *name)
{
	if (policy_name_is_reserved(name))
		return (policy_refuse(question->result, CLAUSE_NONE,
		    "protected", "the name %s is the system's", name));
	return (policy_name(question, name));
}
