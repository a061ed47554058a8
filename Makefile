# dwserv: for GNU make and bmake alike.
#
#	make			build into obj/
#	make install		DESTDIR and PREFIX are honoured
#	make deps		install what building and testing needs (Debian)
#	make demo		provision twenty accounts in a private root
#	make regress		all tests
#	make lint		no warning from compilers, checkers and mandoc

PREFIX =	/usr/local
SYSCONFDIR =	/etc
SBINDIR =	${PREFIX}/sbin
LIBEXECDIR =	${PREFIX}/libexec/dwserv
MANDIR =	${PREFIX}/share/man
OBJ =		obj

CC =		cc
YACC =		byacc
PROVE =		prove

WARN =		-Wall -Wextra -Werror -Wshadow -Wpointer-arith \
		-Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
HARDEN =	-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE \
		-fstack-clash-protection -fcf-protection
LINKHARDEN =	-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack \
		-Wl,--gc-sections -Wl,--as-needed
OPT =		-O2 -g
CFLAGS =	${OPT}
CPPFLAGS =
LDFLAGS =
PATHS =		-DDWSERV_CONFIG='"${SYSCONFDIR}/dwserv.conf"' \
		-DDWSERV_LIBEXEC='"${LIBEXECDIR}"'
UNITBUILD =	-std=gnu11 -D_GNU_SOURCE -ffunction-sections -Idwserv \
		${WARN} ${HARDEN} ${CPPFLAGS} ${CFLAGS} ${LINKHARDEN} \
		${LDFLAGS}
BUILD =		${UNITBUILD} ${PATHS}

# What every process has.
SHARED =	dwserv/alias_name.c dwserv/channel.c dwserv/ibuf.c dwserv/imsg.c \
		dwserv/imsgbuf.c dwserv/log.c dwserv/loop.c dwserv/msg.c \
		dwserv/msgcontrol.c dwserv/msgpart.c dwserv/msgtls.c \
		dwserv/name.c dwserv/xmalloc.c dwserv/file.c

# The account files in memory.
TABLE =		dwserv/alias_line.c dwserv/alias_table.c dwserv/index.c \
		dwserv/slice.c dwserv/table.c

# The configuration, as the parent and its parser know it.
CONFIG =	dwserv/config.c dwserv/config_check.c dwserv/hashrule.c \
		dwserv/msgconfig.c dwserv/msgconfig_word.c dwserv/operation.c \
		dwserv/symbol.c

READER =	dwserv/reader.c dwserv/config_default.c \
		dwserv/config_print.c dwserv/lex.c \
		dwserv/parser.c dwserv/parser_accounts.c \
		dwserv/parser_claim.c dwserv/parser_client.c \
		dwserv/parser_listen.c \
		dwserv/parser_rights.c dwserv/parser_tls.c \
		dwserv/source.c ${SANDBOX}

# The walls around each process.
WALLS =		dwserv/capability.c dwserv/landlock.c dwserv/seccomp.c \
		dwserv/seccomp_basic.c
SANDBOX =	dwserv/sandbox.c dwserv/seccomp_child.c ${WALLS}

PARENT =	dwserv/dwserv.c dwserv/account.c dwserv/admit.c \
		dwserv/alias.c \
		dwserv/alias_edit.c dwserv/audit.c dwserv/batch.c dwserv/busy.c \
		dwserv/child.c \
		dwserv/commit.c dwserv/control.c dwserv/create.c \
		dwserv/defs.c dwserv/delete.c dwserv/edit.c \
		dwserv/explain.c dwserv/external.c dwserv/fields.c \
		dwserv/generation.c dwserv/group.c \
		dwserv/group_member.c dwserv/homes.c dwserv/identity.c \
		dwserv/idset.c dwserv/journal.c dwserv/known.c \
		dwserv/ledger.c dwserv/lend.c dwserv/line.c dwserv/listen.c \
		dwserv/lock.c dwserv/member.c dwserv/modify.c \
		dwserv/parent_auth.c dwserv/parent_config.c \
		dwserv/parent_home.c dwserv/parent_states.c \
		dwserv/parent_tls.c dwserv/parent_worker.c \
		dwserv/password.c dwserv/pattern.c dwserv/plan.c \
		dwserv/policy.c dwserv/policy_account.c dwserv/policy_alias.c \
		dwserv/policy_group.c dwserv/policy_name.c \
		dwserv/publish.c dwserv/rate.c \
		dwserv/rebuild.c dwserv/rebuild_launcher.c dwserv/recall.c \
		dwserv/record.c dwserv/recover.c dwserv/rename.c \
		dwserv/result.c dwserv/sandbox_parent.c dwserv/seal.c \
		dwserv/seccomp_parent.c dwserv/shadow.c \
		dwserv/stage.c dwserv/states.c dwserv/store.c \
		dwserv/suspend.c dwserv/token.c dwserv/uses.c ${WALLS}

CHILD =		dwserv/common.c ${SANDBOX}

WORKER =	dwserv/worker.c dwserv/argument.c \
		dwserv/argument_value.c dwserv/command.c dwserv/hash.c \
		dwserv/hashrule.c dwserv/help.c dwserv/listening.c \
		dwserv/login.c dwserv/operations.c dwserv/pattern.c \
		dwserv/peer.c dwserv/reply.c dwserv/result.c \
		dwserv/session.c dwserv/token.c dwserv/transaction.c \
		${READS} ${STREAM}

# What the worker answers by itself.
READS =		dwserv/entry.c dwserv/listing.c dwserv/listing_alias.c \
		dwserv/listing_kind.c dwserv/segment.c dwserv/show.c dwserv/sight.c \
		dwserv/snapshot.c dwserv/states.c dwserv/watching.c

# How the worker's sessions begin, and TLS.
STREAM =	dwserv/greeting.c dwserv/stream.c dwserv/tls_context.c \
		dwserv/tls_key.c dwserv/tls_peer.c dwserv/tls_session.c \
		dwserv/tls_sign.c

AUTH =		dwserv/auth.c dwserv/auth_check.c dwserv/auth_client.c \
		dwserv/auth_key.c dwserv/auth_login.c dwserv/auth_pss.c \
		dwserv/auth_secret.c dwserv/auth_sign.c \
		dwserv/auth_throttle.c dwserv/auth_tls.c dwserv/peer.c \
		dwserv/tls_context.c

HOME_SRCS =	dwserv/home.c dwserv/archive.c dwserv/change.c dwserv/place.c \
		dwserv/skel.c dwserv/trash.c dwserv/tree.c

CTL =		dwservctl/dwservctl.c dwservctl/ctl_answer.c \
		dwservctl/ctl_check.c dwservctl/ctl_client.c \
		dwservctl/ctl_explain.c \
		dwservctl/ctl_files.c dwservctl/ctl_hash.c \
		dwservctl/ctl_ledger.c dwservctl/ctl_lines.c dwservctl/ctl_parse.c \
		dwservctl/ctl_print.c dwservctl/ctl_rules.c dwserv/seal.c

# How a worker understands requests.
CTLWORKER =	dwserv/argument.c dwserv/argument_value.c dwserv/hashrule.c \
		dwserv/operations.c dwserv/result.c dwserv/states.c \
		dwserv/token.c

HEADERS =	dwserv/account.h dwserv/argument.h dwserv/auth.h \
		dwserv/auth_sign.h dwserv/config.h dwserv/dwserv.h \
		dwserv/home.h dwserv/imsg.h dwserv/lex.h dwserv/log.h \
		dwserv/loop.h dwserv/msg.h dwserv/msgconfig.h \
		dwserv/msgpart.h dwserv/parent.h dwserv/parser.h \
		dwserv/peer.h dwserv/policy.h dwserv/sandbox.h dwserv/seal.h \
		dwserv/store.h dwserv/stream.h dwserv/table.h dwserv/tls.h \
		dwserv/worker.h dwserv/xmalloc.h dwservctl/ctl.h

HELPERS =	${OBJ}/dwserv-config ${OBJ}/dwserv-worker ${OBJ}/dwserv-auth \
		${OBJ}/dwserv-home

PROGRAMS =	${OBJ}/dwserv ${HELPERS} ${OBJ}/dwservctl

# bmake would go into obj by itself.
.OBJDIR: ./

all: ${PROGRAMS}

${OBJ}/parse.c: dwserv/parse.y
	mkdir -p ${OBJ}
	${YACC} -o ${OBJ}/parse.c dwserv/parse.y

${OBJ}/dwserv: ${PARENT} ${CONFIG} ${SHARED} ${TABLE} ${HEADERS}
	mkdir -p ${OBJ}
	${CC} ${BUILD} -o $@ ${PARENT} ${CONFIG} ${SHARED} ${TABLE} \
	    -lbsd -lmd

${OBJ}/dwserv-config: ${READER} ${CONFIG} ${SHARED} ${HEADERS} \
    ${OBJ}/parse.c
	${CC} ${BUILD} -o $@ ${READER} ${CONFIG} ${SHARED} \
	    ${OBJ}/parse.c -lbsd

${OBJ}/dwserv-worker: ${WORKER} ${SHARED} ${CHILD} ${TABLE} ${HEADERS}
	mkdir -p ${OBJ}
	${CC} ${BUILD} -o $@ ${WORKER} ${SHARED} ${CHILD} ${TABLE} \
	    -lbsd -lcrypt -lssl -lcrypto

${OBJ}/dwserv-auth: ${AUTH} ${SHARED} ${CHILD} ${HEADERS}
	mkdir -p ${OBJ}
	${CC} ${BUILD} -o $@ ${AUTH} ${SHARED} ${CHILD} -lbsd -lcrypt \
	    -lssl -lcrypto

${OBJ}/dwserv-home: ${HOME_SRCS} ${SHARED} ${CHILD} ${HEADERS}
	mkdir -p ${OBJ}
	${CC} ${BUILD} -o $@ ${HOME_SRCS} ${SHARED} ${CHILD} -lbsd

${OBJ}/dwservctl: ${CTL} ${SHARED} ${TABLE} ${HEADERS} ${CTLWORKER}
	mkdir -p ${OBJ}
	${CC} ${BUILD} -o $@ ${CTL} ${SHARED} ${TABLE} ${CTLWORKER} \
	    -lbsd -lmd -lcrypt

install: all
	mkdir -p ${DESTDIR}${SBINDIR} ${DESTDIR}${LIBEXECDIR} \
	    ${DESTDIR}${MANDIR}/man5 ${DESTDIR}${MANDIR}/man7 \
	    ${DESTDIR}${MANDIR}/man8 ${DESTDIR}${SYSCONFDIR}/init.d
	install -m 755 ${OBJ}/dwserv ${OBJ}/dwservctl ${DESTDIR}${SBINDIR}
	install -m 755 ${HELPERS} ${DESTDIR}${LIBEXECDIR}
	install -m 644 man/dwserv.conf.5 ${DESTDIR}${MANDIR}/man5
	install -m 644 man/dwserv-protocol.7 ${DESTDIR}${MANDIR}/man7
	install -m 644 man/dwserv.8 man/dwservctl.8 ${DESTDIR}${MANDIR}/man8
	sed -e 's,@SBINDIR@,${SBINDIR},g' -e 's,@SYSCONFDIR@,${SYSCONFDIR},g' \
	    etc/rc.d/dwserv > ${OBJ}/rc.dwserv
	install -m 755 ${OBJ}/rc.dwserv ${DESTDIR}${SYSCONFDIR}/init.d/dwserv
	test -e ${DESTDIR}${SYSCONFDIR}/dwserv.conf || \
	    install -m 600 etc/dwserv.conf ${DESTDIR}${SYSCONFDIR}/dwserv.conf

# The configuration and the state are the administrator's, and stay.
uninstall:
	rm -f ${DESTDIR}${SBINDIR}/dwserv ${DESTDIR}${SBINDIR}/dwservctl \
	    ${DESTDIR}${MANDIR}/man5/dwserv.conf.5 \
	    ${DESTDIR}${MANDIR}/man7/dwserv-protocol.7 \
	    ${DESTDIR}${MANDIR}/man8/dwserv.8 \
	    ${DESTDIR}${MANDIR}/man8/dwservctl.8 \
	    ${DESTDIR}${SYSCONFDIR}/init.d/dwserv
	rm -rf ${DESTDIR}${LIBEXECDIR}

# Asks the package manager only if something is missing.
PACKAGES =	build-essential byacc mandoc libbsd-dev libmd-dev \
		libcrypt-dev libssl-dev libcmocka-dev perl
TESTPACKAGES =	bmake clang cppcheck netcat-openbsd strace attr acl \
		iproute2 openssl procps util-linux passwd

deps:
	@missing=; for package in ${PACKAGES} ${TESTPACKAGES}; do \
	    dpkg-query -W -f '$${Status}' $$package 2>/dev/null | \
	    grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; test -z "$$missing" || { apt-get -q update && \
	    DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    --no-install-recommends install $$missing; }

# These two also work on a machine that has nothing yet.
demo: deps
	${MAKE} all
	OBJ="${OBJ}" KEEP="${KEEP}" sh etc/demo/demo.sh

unit: ${OBJ}/parse.c
	CC="${CC}" BUILD='${UNITBUILD}' sh regress/unit/build.sh ${OBJ}
	CC="${CC}" BUILD='${UNITBUILD}' \
	    PARENT="${PARENT} ${CONFIG} ${SHARED} ${TABLE}" sh regress/privsep/build.sh ${OBJ}

regress: deps
	${MAKE} all unit
	OBJ="${OBJ}" CMOCKA_MESSAGE_OUTPUT=TAP ${PROVE} --timer \
	    -Iregress/lib ${OBJ}/unit/*_test ${TESTS}

TESTS =		regress/*/*.t

# A build of its own under the sanitizers, and all tests with it.  Leaks
# cannot be looked for in processes that nobody may trace.
# What is freed is kept for a while, but not so much that a process seems to
# grow.
ASAN =		detect_leaks=0:use_sigaltstack=0:quarantine_size_mb=4
SANITIZE =	-fsanitize=address,undefined -fno-sanitize-recover=undefined
regress-sanitize: deps
	ASAN_OPTIONS=${ASAN} ${MAKE} regress OBJ=${OBJ}-sanitize \
	    TESTS="${TESTS}" OPT='-O1 -g ${SANITIZE}' HARDEN=-fPIE

lint: deps
	${MAKE} all OBJ=${OBJ}-gcc CC=gcc
	${MAKE} all OBJ=${OBJ}-clang CC=clang
	perl regress/lint/style.pl dwserv/*.[chy] dwservctl/*.[ch] \
	    regress/unit/*.[ch] regress/privsep/*.[ch] regress/server/*.c
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
	    --enable=warning,portability --suppress=missingIncludeSystem \
	    --include=/usr/include/bsd/sys/queue.h \
	    --include=/usr/include/bsd/sys/tree.h -Idwserv \
	    --suppressions-list=regress/lint/cppcheck dwserv dwservctl
	mandoc -Tlint -Wwarning man/*.[1-9]
	for script in etc/rc.d/dwserv etc/demo/demo.sh regress/unit/build.sh \
	    regress/privsep/build.sh .ci/run; do sh -n $$script || exit 1; done
	${MAKE} all OBJ=${OBJ}-lint OPT='-O0 -g' HARDEN=
	perl regress/lint/rootlines.pl 7700 dwserv,${OBJ}-lint \
	    ${OBJ}-lint/dwserv ${OBJ}-lint/dwserv-home \
	    ${OBJ}-lint/dwserv-worker:sandbox.c \
	    ${OBJ}-lint/dwserv-config:sandbox.c

clean:
	rm -rf ${OBJ} ${OBJ}-gcc ${OBJ}-clang ${OBJ}-lint ${OBJ}-sanitize

.PHONY: all install uninstall deps demo unit regress regress-sanitize lint \
    clean
