/*
 * Tests of dwserv/rebuild.c: programs that succeed, fail, hang and cannot be
 * run, how often they are, and in what surroundings; and of
 * dwserv/rebuild_launcher.c, which runs them.
 */
/* links: dwserv/config.c dwserv/log.c dwserv/loop.c dwserv/rebuild.c dwserv/rebuild_launcher.c dwserv/symbol.c dwserv/xmalloc.c */

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>

#include "parent.h"
#include "place.h"

#define DEADLINE	20000		/* milliseconds */
#define LONG		500000
/* 32 and 33 are the C library's: its posix_spawn(3) leaves them ignored. */
#define RESERVED_SIGNALS	(3ULL << 31)

static struct parent	 parent;
static char		 script[PATH_MAX + 512];
static pid_t		 stranger;	/* the last that was not ours */
static int		 stranger_status;

/* What the launcher finds when it reads the configuration; see below. */
static const char	*configured;

struct config *
config_load(const char *path, const struct symbols *symbols, int print,
    config_complaint complain, void *arg)
{
	struct config	*config;

	(void)path;
	(void)symbols;
	(void)print;
	if (configured == NULL) {
		complain(arg, "it is damaged");
		return (NULL);
	}
	config = config_new();
	words_add(&config->rebuild, configured);
	return (config);
}

static void
end_launcher(void)
{
	launcher_close(&parent);
	if (parent.launcher.pid > 0)
		waitpid(parent.launcher.pid, NULL, 0);
	parent.launcher.pid = -1;
}

/* One that knows the configuration as it is now. */
static void
renew_launcher(void)
{
	end_launcher();
	assert_int_equal(launcher_open(&parent), 0);
}

/* A program, and two arguments that may be NULL, for the new runs. */
static void
configure(const char *program, const char *first, const char *second)
{
	words_free(&parent.config->rebuild);
	if (program != NULL)
		words_add(&parent.config->rebuild, program);
	if (first != NULL)
		words_add(&parent.config->rebuild, first);
	if (second != NULL)
		words_add(&parent.config->rebuild, second);
	renew_launcher();
}

/* The shell, in the directory of the test. */
static void
configure_script(struct files *place, const char *text)
{
	snprintf(script, sizeof(script), "cd %s && { %s; }", place->directory,
	    text);
	configure("/bin/sh", "-c", script);
}

static int
begin(void **state)
{
	memset(&parent, 0, sizeof(parent));
	loop_init(&parent.loop);
	parent.config = config_new();
	parent.config->accounts.root = strdup("/");
	parent.commit.store.root_fd = open("/", O_RDONLY | O_DIRECTORY);
	assert_int_not_equal(parent.commit.store.root_fd, -1);
	rebuild_init(&parent.rebuild);
	parent.rebuild.first_delay = LONG;
	stranger = 0;
	parent.launcher.fd = parent.launcher.pid = -1;
	configured = NULL;
	return (place_make(state));
}

static int
end(void **state)
{
	rebuild_close(&parent);
	end_launcher();
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	close(parent.commit.store.root_fd);
	config_free(parent.config);
	loop_free(&parent.loop);
	return (place_remove(state));
}

/* What the parent does at SIGCHLD, and a turn of its loop. */
static void
turn(void)
{
	pid_t	pid;
	int	status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!rebuild_reaped(&parent, pid, status)) {
			stranger = pid;
			stranger_status = status;
		}
	assert_int_not_equal(loop_once(&parent.loop, 5), -1);
}

/* As if the time had come for which the timer waits. */
static void
expire(void)
{
	struct timer	*timer = &parent.rebuild.timer;

	assert_non_null(timer->loop);
	timer_stop(timer);
	timer->callback(timer->arg);
}

static void
run_until(const char *state, uint64_t runs)
{
	uint64_t	end_time = loop_now() + DEADLINE;

	while (parent.rebuild.runs < runs ||
	    strcmp(rebuild_state(&parent), state) != 0) {
		if (loop_now() > end_time)
			fail_msg("%s after %u runs, not %s after %u",
			    rebuild_state(&parent),
			    (unsigned int)parent.rebuild.runs, state,
			    (unsigned int)runs);
		turn();
	}
	assert_int_equal(parent.rebuild.runs, runs);
}

static void
wait_for_file(struct files *place, const char *name)
{
	uint64_t	end_time = loop_now() + DEADLINE;

	while (access(place_path(place, name), F_OK) == -1) {
		if (loop_now() > end_time)
			fail_msg("there is no file %s", name);
		turn();
	}
}

static void
assert_text(struct files *place, const char *name, const char *expected)
{
	char	*text;
	size_t	 size;

	assert_non_null(text = slurp(place_path(place, name), &size));
	assert_string_equal(text, expected);
	free(text);
}

static void
test_nothing_to_run(void **state)
{
	(void)state;
	rebuild_request(&parent);
	assert_string_equal(rebuild_state(&parent), "none");
	assert_int_equal(parent.rebuild.runs, 0);
	assert_null(parent.rebuild.timer.loop);
	assert_int_equal(rebuild_reaped(&parent, -1, 0), 0);
}

static void
test_success(void **state)
{
	(void)state;
	configure("/bin/true", NULL, NULL);
	assert_string_equal(rebuild_state(&parent), "idle");
	rebuild_request(&parent);
	assert_string_equal(rebuild_state(&parent), "running");
	assert_int_equal(rebuild_reaped(&parent, parent.rebuild.pid + 1, 0),
	    0);
	run_until("idle", 1);
	assert_int_equal(parent.rebuild.failures, 0);
	assert_string_equal(parent.rebuild.error, "");
	assert_null(parent.rebuild.timer.loop);
	rebuild_request(&parent);
	run_until("idle", 2);
}

/* The longer it fails, the longer it takes to the next time. */
static void
test_delays(void **state)
{
	static const uint64_t	 delays[] = { LONG, LONG * 2, LONG * 5 / 2,
				    LONG * 5 / 2 };
	struct timer		*timer = &parent.rebuild.timer;
	uint64_t		 i;

	(void)state;
	parent.rebuild.longest_delay = LONG * 5 / 2;
	configure("/bin/false", NULL, NULL);
	rebuild_request(&parent);
	for (i = 0; i < 4; i++) {
		run_until("failed", i + 1);
		assert_int_equal(parent.rebuild.failures, i + 1);
		assert_int_equal(parent.rebuild.delay, delays[i]);
		assert_true(timer->due > loop_now() + delays[i] - DEADLINE);
		assert_true(rebuild_wait(&parent) <= delays[i] / 1000);
		assert_string_equal(parent.rebuild.error,
		    "/bin/false exited with status 1");
		expire();
	}
}

static void
test_recovery(void **state)
{
	uint64_t	end_time = loop_now() + DEADLINE;

	parent.rebuild.first_delay = 20;
	configure_script(*state, "test -e well");
	rebuild_request(&parent);
	while (parent.rebuild.failures == 0) {
		assert_true(loop_now() <= end_time);
		turn();
	}
	place_write_text(*state, "well", 0600, "");
	while (strcmp(rebuild_state(&parent), "idle") != 0) {
		assert_true(loop_now() <= end_time);
		turn();
	}
	assert_int_equal(parent.rebuild.runs, parent.rebuild.failures + 1);
	assert_string_equal(parent.rebuild.error,
	    "/bin/sh exited with status 1");
	assert_int_equal(rebuild_wait(&parent), 0);
}

/* However many requests there are while it runs, one more run will do. */
static void
test_burst(void **state)
{
	int	i;

	configure_script(*state, "echo run >> log && "
	    "while ! test -e go; do sleep 0.02; done");
	rebuild_request(&parent);
	wait_for_file(*state, "log");
	for (i = 0; i < 10; i++)
		rebuild_request(&parent);
	assert_int_equal(parent.rebuild.runs, 1);
	place_write_text(*state, "go", 0600, "");
	run_until("idle", 2);
	assert_text(*state, "log", "run\nrun\n");
}

/* A request while it fails is no reason to wait for the next try. */
static void
test_burst_failing(void **state)
{
	configure_script(*state, "if test -e one; then touch two; else "
	    "touch one; while ! test -e go; do sleep 0.02; done; exit 3; fi");
	rebuild_request(&parent);
	wait_for_file(*state, "one");
	rebuild_request(&parent);
	place_write_text(*state, "go", 0600, "");
	run_until("idle", 2);
	wait_for_file(*state, "two");
	assert_int_equal(parent.rebuild.failures, 1);
}

static void
test_request_after_failure(void **state)
{
	(void)state;
	configure("/bin/false", NULL, NULL);
	rebuild_request(&parent);
	run_until("failed", 1);
	assert_true(rebuild_wait(&parent) > (LONG - DEADLINE) / 1000);
	assert_true(rebuild_wait(&parent) <= LONG / 1000);
	rebuild_request(&parent);
	run_until("failed", 2);
	assert_int_equal(parent.rebuild.delay, LONG);
	configure("/bin/true", NULL, NULL);
	rebuild_request(&parent);
	run_until("idle", 3);
}

/* Another configuration is tried at once, but only after a failure. */
static void
test_renewal(void **state)
{
	(void)state;
	configure("/bin/false", NULL, NULL);
	rebuild_renew(&parent);
	assert_int_equal(parent.rebuild.runs, 0);
	rebuild_request(&parent);
	run_until("failed", 1);
	configure("/bin/true", NULL, NULL);
	rebuild_renew(&parent);
	run_until("idle", 2);
	configure("/bin/false", NULL, NULL);
	rebuild_request(&parent);
	run_until("failed", 3);
	configure(NULL, NULL, NULL);
	rebuild_renew(&parent);
	assert_string_equal(rebuild_state(&parent), "none");
	assert_int_equal(rebuild_wait(&parent), 0);
	assert_null(parent.rebuild.timer.loop);
	assert_int_equal(parent.rebuild.runs, 3);
}

/* Too long: the program goes, and those that it has started, too. */
static void
test_time_limit(void **state)
{
	uint64_t	end_time;

	configure_script(*state, "sleep 1000 & echo $! > pid; wait");
	rebuild_request(&parent);
	wait_for_file(*state, "pid");
	expire();
	run_until("failed", 1);
	assert_string_equal(parent.rebuild.error,
	    "/bin/sh did not finish in 60 seconds");
	end_time = loop_now() + DEADLINE;
	while (stranger == 0) {
		assert_true(loop_now() <= end_time);
		turn();
	}
	assert_true(WIFSIGNALED(stranger_status));
	assert_int_equal(WTERMSIG(stranger_status), SIGKILL);
}

static void
test_bad_ends(void **state)
{
	configure_script(*state, "kill -TERM $$");
	rebuild_request(&parent);
	run_until("failed", 1);
	assert_string_equal(parent.rebuild.error,
	    "/bin/sh was killed by signal 15");
	configure(place_path(*state, "none"), NULL, NULL);
	rebuild_request(&parent);
	run_until("failed", 2);
	assert_non_null(strstr(parent.rebuild.error,
	    "/none exited with status 127; is it there, and a program?"));
}

/* What the program finds: nothing of ours. */
static void
test_surroundings(void **state)
{
	int		fd = dup(STDERR_FILENO);

	configure_script(*state, "test $OLDPWD = / && "
	    "tr '\\0' '\\n' < /proc/$$/environ > environ && "
	    "cd /proc/$$/fd && for fd in 3 4 5 6 7 8 9; do "
	    "if test -e $fd; then exit 3; fi; done && cd $OLDPWD && "
	    "(cd /proc/$$/fd && readlink 0 1 2 > $OLDPWD/files) && "
	    "umask > umask && "
	    "read a b c d e session f < /proc/$$/stat && "
	    "test $session = $$");
	rebuild_request(&parent);
	run_until("idle", 1);
	close(fd);
	assert_text(*state, "environ", "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
	assert_text(*state, "files", "/dev/null\n/dev/null\n/dev/null\n");
	assert_text(*state, "umask", "0022\n");
}

/* A set of signals in the text of /proc/PID/status: bit 0 is signal 1. */
static unsigned long long
status_signals(const char *text, const char *name)
{
	const char		*found;
	unsigned long long	 set;

	assert_non_null(found = strstr(text, name));
	assert_int_equal(sscanf(found + strlen(name), ":\t%llx", &set), 1);
	return (set);
}

/* A shell would set its own signals right. */
static void
test_signals(void **state)
{
	struct files	*place = *state;
	sigset_t	 blocked, old;
	char		*text;
	size_t		 size;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	configure("/bin/cp", "/proc/self/status", place->directory);
	rebuild_request(&parent);
	run_until("idle", 1);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	assert_non_null(text = slurp(place_path(place, "status"), &size));
	assert_int_equal(status_signals(text, "SigBlk"), 0);
	assert_int_equal(status_signals(text, "SigIgn") & ~RESERVED_SIGNALS,
	    0);
	free(text);
}

static void
test_arguments(void **state)
{
	configure_script(*state, "printf '<%s>' \"$@\" > arguments");
	words_add(&parent.config->rebuild, "zero");
	words_add(&parent.config->rebuild, "one two");
	words_add(&parent.config->rebuild, "");
	words_add(&parent.config->rebuild, "$(three)");
	renew_launcher();
	rebuild_request(&parent);
	run_until("idle", 1);
	assert_text(*state, "arguments", "<one two><><$(three)>");
}

/* The launcher takes nobody's word for what it is to run. */
static void
test_other_words(void **state)
{
	struct config	*other = config_new();

	(void)state;
	configured = "/bin/false";
	configure("/bin/true", NULL, NULL);
	words_add(&other->rebuild, "/bin/sh");
	assert_int_equal(launcher_renew(&parent.launcher, other), -1);
	assert_int_equal(errno, EAGAIN);
	rebuild_request(&parent);
	run_until("idle", 1);
	words_free(&other->rebuild);
	words_add(&other->rebuild, "/bin/false");
	assert_int_equal(launcher_renew(&parent.launcher, other), 0);
	rebuild_request(&parent);
	run_until("failed", 2);
	configured = NULL;
	renew_launcher();
	assert_int_equal(launcher_renew(&parent.launcher, other), -1);
	assert_int_equal(errno, EINVAL);
	config_free(other);
}

/* It is killed: that is noticed, and told. */
static void
test_no_launcher(void **state)
{
	uint64_t	end_time = loop_now() + DEADLINE;

	(void)state;
	configure("/bin/true", NULL, NULL);
	kill(parent.launcher.pid, SIGKILL);
	while (parent.launcher.fd != -1) {
		assert_true(loop_now() <= end_time);
		turn();
	}
	parent.launcher.pid = -1;
	rebuild_request(&parent);
	assert_string_equal(rebuild_state(&parent), "failed");
	assert_string_equal(parent.rebuild.error,
	    "cannot start a process: restart dwserv");
}

/* The program is looked for below another root, and there only. */
static void
test_other_root(void **state)
{
	struct files	*place = *state;

	if (geteuid() != 0)
		skip();
	configure("/bin/true", NULL, NULL);
	free(parent.config->accounts.root);
	parent.config->accounts.root = strdup(place->directory);
	rebuild_request(&parent);
	run_until("idle", 1);
	renew_launcher();
	rebuild_request(&parent);
	run_until("failed", 2);
	assert_non_null(strstr(parent.rebuild.error, "status 127"));
}

static void
test_close(void **state)
{
	pid_t	pid;
	int	status;

	(void)state;
	configure("/bin/sleep", "1000", NULL);
	rebuild_request(&parent);
	rebuild_request(&parent);
	pid = parent.rebuild.pid;
	rebuild_close(&parent);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(rebuild_reaped(&parent, pid, status), 0);
	assert_int_equal(parent.rebuild.runs, 1);
	assert_null(parent.rebuild.timer.loop);
}

#define CASE(test)	cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		CASE(test_nothing_to_run),
		CASE(test_success),
		CASE(test_delays),
		CASE(test_recovery),
		CASE(test_burst),
		CASE(test_burst_failing),
		CASE(test_request_after_failure),
		CASE(test_renewal),
		CASE(test_time_limit),
		CASE(test_bad_ends),
		CASE(test_surroundings),
		CASE(test_signals),
		CASE(test_arguments),
		CASE(test_other_words),
		CASE(test_no_launcher),
		CASE(test_other_root),
		CASE(test_close)
	};

	/* Whoever is left behind by a program is ours to wait for. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
