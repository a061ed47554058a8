#!/bin/sh
#
# Build the hostile program for the tests of what is between the processes.
# CC and BUILD come from the Makefile.
#
#	sh regress/privsep/build.sh OBJ
#
# Only what is older than its sources is built again.

set -eu

obj=$1
program=$obj/privsep/hostile
sources="regress/privsep/hostile.c regress/privsep/hostile_attack.c
    regress/privsep/hostile_case.c regress/privsep/hostile_home.c
    regress/privsep/hostile_order.c regress/privsep/hostile_random.c
    dwserv/ibuf.c dwserv/imsg.c dwserv/imsgbuf.c dwserv/log.c dwserv/msg.c
    dwserv/msgcontrol.c dwserv/msgpart.c dwserv/xmalloc.c"

mkdir -p "$obj/privsep"
# shellcheck disable=SC2086
newer=$(find $sources regress/privsep/*.h regress/unit/msg_samples.h \
    dwserv/*.h -newer "$program" 2>/dev/null | head -n 1)
if [ ! -x "$program" ] || [ -n "$newer" ]; then
	# shellcheck disable=SC2086
	$CC $BUILD -o "$program" $sources -lcmocka -lbsd
fi
