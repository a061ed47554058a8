/*
 * Messages for people.  The parent writes to stderr or to syslog(3); its
 * children, which have no /dev/log in their chroot, hand each line to the
 * parent through the function that they give to log_set_sink().
 */

#ifndef LOG_H
#define LOG_H

#include <stdarg.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

typedef void (*log_sink)(void *, enum log_level, const char *);

void	log_init(const char *, int);
void	log_set_verbose(int);
int	log_get_verbose(void);
void	log_set_sink(log_sink, void *);
void	log_line(const char *, enum log_level, const char *);
void	log_warn(const char *, ...) __attribute__((__format__ (printf, 1, 2)));
void	log_warnx(const char *, ...)
	    __attribute__((__format__ (printf, 1, 2)));
void	log_info(const char *, ...) __attribute__((__format__ (printf, 1, 2)));
void	log_debug(const char *, ...)
	    __attribute__((__format__ (printf, 1, 2)));
__attribute__((__noreturn__)) void fatal(const char *, ...)
	    __attribute__((__format__ (printf, 1, 2)));
__attribute__((__noreturn__)) void fatalx(const char *, ...)
	    __attribute__((__format__ (printf, 1, 2)));

#endif /* LOG_H */
