/*
 * Messages for people, to stderr, to syslog(3) or to a sink.  Nothing
 * secret may ever be given to these functions.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "log.h"

#define LOG_LINE_MAX	2048

static struct {
	const char	*process;
	int		 to_stderr;
	int		 verbose;
	log_sink	 sink;
	void		*sink_arg;
} log_state = { "dwserv", 1, 0, NULL, NULL };

static void	log_message(enum log_level, int, const char *, va_list)
		    __attribute__((__format__ (printf, 3, 0)));

/*
 * Say which process speaks, and whether it does so on stderr (non-zero) or
 * to syslog(3).  The name must outlive the process's use of the log.
 */
void
log_init(const char *process, int to_stderr)
{
	log_state.process = process;
	log_state.to_stderr = to_stderr;
	if (!to_stderr)
		openlog("dwserv", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	tzset();
}

/* Non-zero: debug messages are wanted. */
void
log_set_verbose(int verbose)
{
	log_state.verbose = verbose;
}

int
log_get_verbose(void)
{
	return (log_state.verbose);
}

/* From now on each line goes to this function and nowhere else. */
void
log_set_sink(log_sink sink, void *arg)
{
	log_state.sink = sink;
	log_state.sink_arg = arg;
}

static void
log_to_stderr(const char *process, const char *line)
{
	char		stamp[32];
	struct tm	tm;
	time_t		now = time(NULL);

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%F %T", &tm) == 0)
		stamp[0] = '\0';
	fprintf(stderr, "%s %s: %s\n", stamp, process, line);
}

/* Write a finished line in the name of a process, not through the sink. */
void
log_line(const char *process, enum log_level level, const char *line)
{
	static const int priorities[] = {
		[LOG_LEVEL_ERROR] = LOG_CRIT,
		[LOG_LEVEL_WARN] = LOG_WARNING,
		[LOG_LEVEL_INFO] = LOG_INFO,
		[LOG_LEVEL_DEBUG] = LOG_DEBUG
	};

	if (level == LOG_LEVEL_DEBUG && !log_state.verbose)
		return;
	if (log_state.to_stderr)
		log_to_stderr(process, line);
	else
		syslog(priorities[level], "%s: %s", process, line);
}

static void
log_message(enum log_level level, int error, const char *format, va_list ap)
{
	char	line[LOG_LINE_MAX];
	size_t	used;

	if (level == LOG_LEVEL_DEBUG && !log_state.verbose)
		return;
	vsnprintf(line, sizeof(line), format, ap);
	if (error != 0) {
		used = strlen(line);
		snprintf(line + used, sizeof(line) - used, ": %s",
		    strerror(error));
	}
	if (log_state.sink != NULL)
		log_state.sink(log_state.sink_arg, level, line);
	else
		log_line(log_state.process, level, line);
}

/* A problem that the process survives; appends the text of errno. */
void
log_warn(const char *format, ...)
{
	int	saved = errno;
	va_list	ap;

	va_start(ap, format);
	log_message(LOG_LEVEL_WARN, saved, format, ap);
	va_end(ap);
	errno = saved;
}

/* The same without errno. */
void
log_warnx(const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	log_message(LOG_LEVEL_WARN, 0, format, ap);
	va_end(ap);
}

/* What an administrator wants to see in normal operation. */
void
log_info(const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	log_message(LOG_LEVEL_INFO, 0, format, ap);
	va_end(ap);
}

/* What helps to find a fault; only when verbose. */
void
log_debug(const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	log_message(LOG_LEVEL_DEBUG, 0, format, ap);
	va_end(ap);
}

/* Log with the text of errno and exit with status 1. */
void
fatal(const char *format, ...)
{
	int	saved = errno;
	va_list	ap;

	va_start(ap, format);
	log_message(LOG_LEVEL_ERROR, saved, format, ap);
	va_end(ap);
	exit(1);
}

/* The same without errno. */
void
fatalx(const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	log_message(LOG_LEVEL_ERROR, 0, format, ap);
	va_end(ap);
	exit(1);
}
