/*
 * Giving up root's rights one by one, capabilities(7).
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "sandbox.h"

#define CAPABILITIES_MAX	63

/*
 * Neither this process nor any that it starts will ever have more than these
 * capabilities, whatever program is run; and none is inherited by others than
 * root.  Takes CAP_SETPCAP.  Returns 0, or -1 with errno.
 */
int
capability_bound(uint64_t keep)
{
	int	number;

	for (number = 0; number <= CAPABILITIES_MAX; number++)
		if ((keep & CAPABILITY(number)) == 0 &&
		    prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == -1 &&
		    errno != EINVAL)
			return (-1);
	/* EINVAL: older than these, so that there is none to give up. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 &&
	    errno != EINVAL)
		return (-1);
	return (0);
}

/*
 * From now on this process has at most these of the capabilities that it
 * has, and of them uses those in effective; a program that root runs has all
 * that capability_bound() has left.  Returns 0, or -1 with errno.
 */
int
capability_keep(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct	header;
	struct __user_cap_data_struct	data[2];
	int				i;

	header.version = _LINUX_CAPABILITY_VERSION_3;
	header.pid = 0;
	if (syscall(SYS_capget, &header, data) == -1)
		return (-1);
	for (i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(permitted >> (32 * i));
		data[i].effective = data[i].permitted &
		    (uint32_t)(effective >> (32 * i));
		data[i].inheritable = 0;
	}
	return ((int)syscall(SYS_capset, &header, data));
}
