/*
 * Whether anybody runs: the processes of a uid, from proc(5).
 */

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "account.h"

/*
 * Whether a process has the uid, real, effective or saved.  One that has
 * changed it, and one that must not be looked into, belongs to root in
 * proc(5), and its status has to tell.
 */
static int
busy_has_uid(int proc_fd, const char *name, uint32_t uid)
{
	char		 path[32], text[2048], *line;
	struct stat	 st;
	uint32_t	 ids[3];
	ssize_t		 length;
	int		 fd;

	if (fstatat(proc_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (0);
	if (st.st_uid == uid || st.st_uid != 0)
		return (st.st_uid == uid);
	snprintf(path, sizeof(path), "%s/status", name);
	if ((fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC)) == -1)
		return (0);
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	return ((line = strstr(text, "\nUid:")) != NULL &&
	    sscanf(line, "\nUid: %u %u %u", &ids[0], &ids[1], &ids[2]) == 3 &&
	    (ids[0] == uid || ids[1] == uid || ids[2] == uid));
}

/*
 * Find a process of this uid.  Returns 1 and its number, or 0 if there is
 * none, or no /proc to tell.
 */
int
busy_find_process(uint32_t uid, uint32_t *pid)
{
	DIR		*proc;
	struct dirent	*entry;
	int		 found = 0;

	if ((proc = opendir("/proc")) == NULL) {
		log_warn("cannot tell whether processes run: /proc");
		return (0);
	}
	while (!found && (entry = readdir(proc)) != NULL) {
		struct slice	name = { entry->d_name,
				    strlen(entry->d_name) };

		found = name.length < 16 && slice_number(name, pid) == 0 &&
		    busy_has_uid(dirfd(proc), entry->d_name, uid);
	}
	closedir(proc);
	return (found);
}
