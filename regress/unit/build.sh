#!/bin/sh
#
# Build the unit tests into a directory: each from its own file and the
# sources that its `links:' line names.  CC and BUILD come from the Makefile.
#
#	sh regress/unit/build.sh OBJ
#
# Only what is older than its sources is built again.

set -eu

obj=$1
mkdir -p "$obj/unit"

build_one()
{
	test=$1
	program=$obj/unit/$(basename "$test" .c)
	links=$(sed -n 's,^/\* links: \(.*\) \*/$,\1,p' "$test" |
	    sed "s,@OBJ@,$obj,g")
	if [ -z "$links" ]; then
		echo "$test: has no links: line" >&2
		return 1
	fi
	newer=$(find "$test" regress/unit/*.h dwserv/*.h $links \
	    -newer "$program" 2>/dev/null | head -n 1)
	if [ -x "$program" ] && [ -z "$newer" ]; then
		return 0
	fi
	# shellcheck disable=SC2086
	$CC $BUILD -o "$program" "$test" $links -lcmocka -lbsd -lmd -lcrypt -lcrypto
}

running=0
failed=0
for test in regress/unit/*_test.c; do
	build_one "$test" &
	running=$((running + 1))
	if [ $running -ge "$(nproc)" ]; then
		wait || failed=1
		running=0
	fi
done
wait || failed=1
for test in regress/unit/*_test.c; do
	program=$obj/unit/$(basename "$test" .c)
	if [ ! -x "$program" ] || [ "$test" -nt "$program" ]; then
		echo "$test: not built" >&2
		failed=1
	fi
done
exit $failed
