#!/bin/sh
#
# Build what the tests of the walls between the processes need: the hostile
# program, and variants of the parent.  One, fast, starts children again at
# once, so that many can be killed in short time; others are that with a
# fault planted into them, which the tests have to find.
#
#	sh regress/privsep/build.sh OBJ
#
# CC, BUILD, and PARENT, the parent's sources, come from the Makefile.  Only
# what is older than its sources is built again.

set -eu

obj=$1
out=$obj/privsep
common="dwserv/fields.c dwserv/ibuf.c dwserv/imsg.c dwserv/imsgbuf.c dwserv/log.c
    dwserv/msg.c dwserv/msgcontrol.c dwserv/msgpart.c dwserv/msgtls.c
    dwserv/result.c dwserv/xmalloc.c"
mkdir -p "$out/objects"
# A parent looks for it beside itself.
cp "$obj/dwserv-config" "$out/dwserv-config"

# is_old PROGRAM SOURCE...
is_old()
{
	program=$1
	shift
	[ ! -x "$program" ] || [ -n "$(find "$@" dwserv/*.h \
	    -newer "$program" 2>/dev/null | head -n 1)" ]
}

# Copy a source with a change, which has to be one.
# change SOURCE SED-COMMAND
change()
{
	copy=$out/$variant-$(basename "$1")
	sed -e "$2" "$1" > "$copy"
	if cmp -s "$1" "$copy"; then
		echo "$variant: nothing to change in $1" >&2
		exit 1
	fi
	changed="$changed $copy"
}

# A parent with changed sources, whose other parts come from the library.
# variant NAME [SOURCE SED-COMMAND]
variant()
{
	variant=$1
	changed=
	change dwserv/child.c \
	    's/(uint64_t)100 <</(uint64_t)0 <</'
	if [ $# -gt 1 ]; then
		change "$2" "$3"
	fi
	# shellcheck disable=SC2086
	$CC $BUILD -o "$out/dwserv-$variant" $changed "$out/parent.a" \
	    -lbsd -lmd
}

# shellcheck disable=SC2086
if is_old "$out/hostile" regress/privsep/*.[ch] regress/unit/msg_samples.h \
    $common; then
	$CC $BUILD -o "$out/hostile" regress/privsep/hostile*.c $common \
	    -lcmocka -lbsd
fi

# shellcheck disable=SC2086
if is_old "$out/dwserv-fast" regress/privsep/build.sh $PARENT; then
	rm -f "$out/parent.a" "$out"/objects/*.o
	running=0
	for source in $PARENT; do
		$CC $BUILD -c -o "$out/objects/$(basename "$source" .c).o" \
		    "$source" &
		running=$((running + 1))
		if [ $running -ge "$(nproc)" ]; then
			wait
			running=0
		fi
	done
	wait
	ar rc "$out/parent.a" "$out"/objects/*.o
	variant no-grant dwserv/parent_worker.c \
	    's/client = grant == NULL ? NULL :/client = grant == NULL ?\
	    TAILQ_FIRST(\&parent->config->clients) :/
	    s/grant == NULL ? "-" : grant->client/"billing"/'
	variant no-length dwserv/msgpart.c \
	    's/return (ibuf_size(buf) == 0 ? 0 : .*/return (0);/'
	variant no-parts dwserv/parent_worker.c \
	    's/if (!worker_part_fits(child, &request)) {/if (0 \&\&\
	    !worker_part_fits(child, \&request)) {/'
	variant leak dwserv/publish.c \
	    's/^		close(fd);/		(void)fd;/'
	variant no-policy dwserv/admit.c \
	    's/id < ID_FLOOR ||/0 ||/;s/id < min ||/0 ||/;s/id > max)/0)/'
	variant fast
fi
