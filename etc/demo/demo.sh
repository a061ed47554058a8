#!/bin/sh
#
# make demo: dwserv at work on a private root.  Makes one below $OBJ/demo,
# starts the daemon against it on 127.0.0.1, has a client provision the
# accounts of accounts.csv, shows what changed, and stops the daemon again.
#
#	OBJ		where the programs are that make built
#	KEEP		if not empty, the daemon stays up
#	DEMO_PORT	another port than 5000
#
# Nothing outside of $OBJ/demo is changed.

set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
obj=$(cd "${OBJ:?must name the directory of the programs}" && pwd)
port=${DEMO_PORT:-5000}
demo=$obj/demo
root=$demo/root
conf=$demo/dwserv.conf
control=$demo/dwserv.sock
started=

say()
{
	printf '\n== %s\n' "$*"
}

fail()
{
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

ctl()
{
	"$obj/dwservctl" -s "$control" "$@"
}

stop_if_started()
{
	status=$?
	trap - EXIT
	if [ -n "$started" ] && ctl status >/dev/null 2>&1; then
		ctl stop || status=1
	fi
	exit "$status"
}

check_place()
{
	[ "$(id -u)" -eq 0 ] ||
	    fail "must be run as root: dwserv gives files to their owners"
	for program in dwserv dwserv-worker dwserv-auth dwserv-home \
	    dwservctl; do
		[ -x "$obj/$program" ] || fail "$obj/$program is missing; make"
	done
	if [ -S "$control" ] && ctl status >/dev/null 2>&1; then
		fail "an earlier demo is still up; stop it first:
	$obj/dwservctl -s $control stop"
	fi
	perl -MIO::Socket::INET -e '
	    exit !IO::Socket::INET->new(LocalAddr => "127.0.0.1",
	    LocalPort => shift, Listen => 1, ReuseAddr => 1)' "$port" ||
	    fail "port $port of 127.0.0.1 is taken; give another:
	make demo DEMO_PORT=5001"
}

# The account files of a small host.
make_root()
{
	rm -rf "$demo"
	mkdir -p "$root/etc/skel/public_html" "$root/home"
	cat >"$root/etc/passwd" <<-END
	root:x:0:0:root:/root:/bin/sh
	daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
	nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	postmaster:x:1000:1000:Post Master:/home/postmaster:/bin/sh
	END
	cat >"$root/etc/shadow" <<-END
	root:*:19700:0:99999:7:::
	daemon:*:19700:0:99999:7:::
	nobody:*:19700:0:99999:7:::
	postmaster:!:19700:0:99999:7:::
	END
	cat >"$root/etc/group" <<-END
	root:x:0:
	daemon:x:1:
	mail:x:8:postmaster
	nogroup:x:65534:
	ftp:x:900:
	postmaster:x:1000:
	END
	cat >"$root/etc/gshadow" <<-END
	root:*::
	daemon:*::
	mail:*::postmaster
	nogroup:*::
	ftp:!::
	postmaster:!::
	END
	chmod 0640 "$root/etc/shadow" "$root/etc/gshadow"
	printf 'root:\tpostmaster\n' >"$root/etc/aliases"
	cat >"$root/etc/login.defs" <<-END
	UID_MIN 10000
	UID_MAX 59999
	PASS_MAX_DAYS 99999
	PASS_MIN_DAYS 0
	PASS_WARN_AGE 7
	UMASK 022
	HOME_MODE 0750
	USERGROUPS_ENAB yes
	ENCRYPT_METHOD YESCRYPT
	END
	printf 'umask 027\n' >"$root/etc/skel/.profile"
	printf 'set -o vi\n' >"$root/etc/skel/.shrc"
	printf '<h1>It works</h1>\n' >"$root/etc/skel/public_html/index.html"
	mkdir "$demo/before"
	cp -p "$root/etc/passwd" "$root/etc/shadow" "$root/etc/group" \
	    "$root/etc/gshadow" "$demo/before"
}

make_conf()
{
	secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	hash=$(printf '%s\n' "$secret" | "$obj/dwservctl" hash)
	(umask 077; cat >"$conf" <<-END)
	# The children run as ids that no account has.
	user 61234
	auth user 61235

	control "$control"
	state "$demo/state"
	libexec "$obj"
	listen on 127.0.0.1 port $port

	accounts {
	    root "$root"
	    uid 10000 to 19999
	    home "/home"
	    shells { "/bin/sh", "/usr/sbin/nologin" }
	}

	aliases "/etc/aliases"

	client "demo" {
	    secret "$hash"
	    from { 127.0.0.1 }
	    allow { account, group, alias, watch }
	    groups { "mail", "ftp" }
	}
	END
}

show_changes()
{
	for name in passwd group shadow gshadow; do
		say "etc/$name: new and changed lines"
		diff "$demo/before/$name" "$root/etc/$name" |
		    sed -n 's/^> //p'
	done
	say "the home directory of amara"
	ls -lAR "$root/home/amara"
	say "dwservctl status"
	ctl status
	say "dwservctl check: are the account files consistent?"
	ctl check 2>&1
}

explain()
{
	say "dwserv stays up.  Talk to it:"
	cat <<-END
	nc 127.0.0.1 $port
	auth demo $secret
	account show amara
	account create you gecos="You Yourself" password="..."
	quit

	Its account files are in $root/etc.  Look at it, and stop it:
	$obj/dwservctl -s $control status
	$obj/dwservctl -s $control stop
	END
}

check_place
make_root
make_conf

say "dwserv on 127.0.0.1 port $port, with the accounts of $root"
trap stop_if_started EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
started=yes
"$obj/dwserv" -f "$conf"

say "provision.pl: twenty accounts of accounts.csv"
DWSERV_SECRET=$secret perl "$here/provision.pl" "127.0.0.1:$port" demo \
    "$here/accounts.csv"
show_changes

if [ -n "${KEEP:-}" ]; then
	started=
	explain
else
	say "dwservctl stop"
fi
