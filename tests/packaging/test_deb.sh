#!/bin/bash
# The Debian package, built and used in roots of its own: TG_RELEASE=bookworm or trixie.
#
# Builds two versions with the release's own tools; then, without a network but 127.0.0.1: one
# apt-get install with Apache and MariaDB, a sale, an upgrade with a migration while requests run,
# removal, purge; the same with lighttpd, comparing the files before and after; an installation
# without its servers; autopkgtest; everything under systemd, where it starts in a container here.
# TG_SCENARIOS names some of them. Needs root.
set -u
SRC=${TG_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
SELF=$(realpath "$0")
SCENARIOS=${TG_SCENARIOS:-with_apache with_lighttpd servers_later autopkgtest_runs}
RELEASE=${TG_RELEASE:-bookworm}
DEBIAN=$SRC/var/debian
WORK=$DEBIAN/$RELEASE-work
ROOTS=$DEBIAN/$RELEASE-mnt
LOGS=$WORK/log LOG=$WORK/log/last
URL=http://127.0.0.1/ticketgate
export DEB_BUILD_OPTIONS=nocheck

# shellcheck source=tests/lib/check.sh
. "$SRC/tests/lib/check.sh"
# shellcheck source=tests/lib/debian_root.sh
. "$SRC/tests/lib/debian_root.sh"

# Runs a command with its output in $LOGS/NAME, which is shown when the check that follows fails.
logged() { # NAME COMMAND…
	local name=$1 rc=0
	shift
	"$@" >"$LOGS/$name" 2>&1 || rc=$?
	cp "$LOGS/$name" "$LOG"
	return $rc
}

apt() { # ROOT ARGUMENTS…
	local root=$1
	shift
	in_root "$root" apt-get -q -y -o Dpkg::Use-Pty=0 "$@"
}

# Copies a package of $WORK/NUMBER into the root; sets `deb` to its path there.
put_package() { # ROOT NUMBER
	local file
	for file in "$WORK/$2"/ticketgate_*.deb; do
		cp "$file" "$1/srv/" && deb=/srv/${file##*/}
	done
}

# ---- layers, with a network; each is made once ----

no_services() { # ROOT; nothing starts while a layer is made
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
}

build_tools() { # ROOT
	no_services "$1"
	mkdir -p "$1/build/debian"
	cp "$SRC/packaging/debian/control" "$1/build/debian/"
	apt "$1" update &&
		apt "$1" install --no-install-recommends dpkg-dev fakeroot lintian xz-utils &&
		apt "$1" build-dep --no-install-recommends /build
}

# All packages that are installed later, in apt's cache.
downloads() { # ROOT
	no_services "$1"
	rm -f "$1/etc/apt/apt.conf.d/docker-clean"
	echo 'Binary::apt-get::APT::Keep-Downloaded-Packages "true";' >"$1/etc/apt/apt.conf.d/99keep"
	put_package "$1" 1
	apt "$1" update || return 1
	apt "$1" install --download-only apache2 mariadb-server cron logrotate curl python3 \
		systemd-sysv dbus "$deb" || return 1
	apt "$1" install --download-only lighttpd lighttpd-mod-deflate || return 1
	apt "$1" install --download-only --no-install-recommends autopkgtest dpkg-dev || return 1
	rm -f "$1"/srv/*.deb "$1/usr/sbin/policy-rc.d"
}

if [ "${1:-}" = --layer ]; then # NAME BELOW FUNCTION: for layer()
	mount_root "$ROOTS/$2" "$3" "$2" && "$4" "$ROOTS/$2"
	exit
fi

# ---- building ----

# A second version of the sources, with a migration and another page.
second_version() { # FOLDER
	local next=0.9.1
	sed -i "s/^AC_INIT(\[ticketgate\], .*/AC_INIT([ticketgate], [$next])/" "$1/configure.ac"
	echo 'CREATE TABLE IF NOT EXISTS packaging_test (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB;' \
		>"$1/sql/999_packaging_test.sql"
	sed -i 's,^\tsql/grants.sql$,\tsql/999_packaging_test.sql \\\n&,' "$1/Makefile.am"
	sed -i 's,</title>, of the second version</title>,' "$1/htdocs/index.html"
	{
		printf 'ticketgate (%s-1) unstable; urgency=medium\n\n  * Second version.\n\n' $next
		printf ' -- A <a@example.com>  Mon, 01 Jan 2035 00:00:00 +0000\n\n'
		cat "$SRC/packaging/debian/changelog"
	} >"$1/debian/changelog"
}

build() { # NUMBER CHANGE; in the build root: $WORK/NUMBER gets the packages
	local root=$ROOTS/build tree=$ROOTS/build/build/$1/ticketgate
	mkdir -p "$tree" "$WORK/$1"
	tar -x -f "$WORK/release.tar.xz" -C "$tree" --strip-components=1
	cp -R "$tree/packaging/debian" "$tree/debian"
	[ -z "$2" ] || "$2" "$tree"
	in_root "$root" sh -c "cd /build/$1/ticketgate && dpkg-buildpackage -b -us -uc -j2" || return 1
	cp "$root/build/$1"/*.deb "$WORK/$1/"
}

builds() {
	mount_root "$ROOTS/build" "$RELEASE-tools:$RELEASE" "$RELEASE-build" || return 1
	logged build-1 build 1 ''
	check "the package is built with the tools of $RELEASE" test -s "$WORK"/1/ticketgate_*.deb
	in_root "$ROOTS/build" sh -c 'cd /build/1 && lintian --info --fail-on error,warning *.changes' \
		>"$LOGS/lintian" 2>&1
	check "lintian finds neither errors nor warnings" is $? 0
	! grep -E '^[EW]:' "$LOGS/lintian" || sed 's/^/# /' "$LOGS/lintian" | head -n 40
	logged build-2 build 2 second_version
	check "a second version is built" test -s "$WORK"/2/ticketgate_*.deb
}

# ---- checks in a root ----

# Whether every finding of the doctor is OK, but for those named.
doctor_all_ok() { # ROOT [CHECK]
	local out
	# what cron does within a minute
	in_root "$1" sh -c '[ -d /run/systemd/system ] || ! id ticketgate ||
		runuser -u ticketgate -- /usr/libexec/ticketgate/webhook-flush --once' \
		>/dev/null 2>&1 || true
	out=$(in_root "$1" ticketgate doctor --json) || true
	printf '%s' "$out" >"$LOGS/doctor"
	python3 - "${2:-}" "$LOGS/doctor" <<-'END'
		import json, sys
		text = open(sys.argv[2]).read()
		rows = json.loads(text or "[]")
		bad = [r for r in rows if r["state"] != "ok" and r["check"] != sys.argv[1]]
		print("# doctor: %d findings, not ok: %s" % (len(rows), bad))
		sys.exit(bool(bad) or len(rows) < 30)
	END
}

get() { curl -s --max-time 20 -o "$LOGS/body" -w '%{http_code}' "$@"; }

# The status and the type of responses that the routing decides about.
routes() {
	local name path status
	while read -r name path status; do
		check "$name" is "$(get "$URL$path")" "$status"
	done <<-'END'
		page / 200
		dashboard /dashboard/ 200
		documentation /docs/ 200
		script /event/page.js 200
		reference /open-api/v1/openapi.json 200
		health /-/health 200
		keys /open-api/v1/me 401
		events /open-api/v1/events 401
		tickets /open-api/v1/tickets/0 401
		tickets_of_event /open-api/v1/events/x/tickets 401
		orders /open-api/v1/orders 401
		orders_of_event /open-api/v1/events/x/orders 401
		venues /open-api/v1/venues 401
		webhooks /open-api/v1/webhooks 401
		box_office /box-office/v1/holds/x 401
		session /dashboard/v1/session 401
		dashboard_keys /dashboard/v1/keys 401
		public_api /public/v1/events/a/b 404
		public_page /e/a/b 404
		nothing /nothing 404
	END
	get "$URL/open-api/v1/me" >/dev/null
	check "errors of the API are its JSON" grep -q '"requestId"' "$LOGS/body"
	check "without the slash, the page redirects" is "$(get "${URL}")" 301
	check "the configuration is not served" is "$(get "$URL/ticketgate.conf")" 404
}

sale() { # ROOT
	cp "$SRC/packaging/debian/tests/sale" "$1/srv/sale"
	logged sale in_root "$1" /srv/sale
	check "a sale, its page and the counters" is "$? $(tail -n 1 "$LOGS/sale")" "0 sold"
}

count_orders() { # ROOT
	echo 'SELECT COUNT(*) FROM ticketgate.orders' | in_root "$1" mariadb -N
}

privacy() { # ROOT
	check "the configuration is private" is \
		"$(in_root "$1" stat -c '%a %U' /etc/ticketgate/ticketgate.conf)" "600 ticketgate"
	check "the key file is private" is \
		"$(in_root "$1" stat -c '%a %U' /etc/ticketgate/ticketgate.key)" "600 ticketgate"
	check "sockets are for the web server" is \
		"$(in_root "$1" stat -c '%a %G' /run/ticketgate/events.sock)" "660 www-data"
	check "nobody else can read the folder" in_root "$1" \
		runuser -u nobody -- sh -c '! ls /etc/ticketgate && ! ls /run/ticketgate' 2>/dev/null
	check "the programs are not root" is \
		"$(ps -o uid= -C events.fcgi | sort -u | tr -d ' ')" \
		"$(in_root "$1" id -u ticketgate)"
}

# Requests until the file exists; prints those that were not answered.
requests_until() { # FILE
	local status
	while [ ! -e "$1" ]; do
		status=$(get "$URL/-/health")
		[ "$status" = 200 ] || echo "$status"
		sleep 0.02
	done
}

upgrade() { # ROOT
	local before lost
	before=$(count_orders "$1")
	cp "$1/etc/ticketgate/ticketgate.conf" "$WORK/conf.before"
	rm -f "$WORK/upgraded"
	(LOGS=$WORK/poll && mkdir -p "$LOGS" && requests_until "$WORK/upgraded") >"$LOGS/lost" &
	put_package "$1" 2
	logged upgrade apt "$1" install "$deb"
	check "upgrade" is $? 0
	get "$URL/-/health" >/dev/null
	: >"$WORK/upgraded"
	wait $!
	lost=$(tr '\n' ' ' <"$LOGS/lost")
	check "no request is lost meanwhile" is "$lost" ""
	check "orders are kept" is "$(count_orders "$1")" "$before"
	check "configuration is kept" cmp -s "$1/etc/ticketgate/ticketgate.conf" "$WORK/conf.before"
	check "migrations are applied" is \
		"$(echo "SHOW TABLES IN ticketgate LIKE 'packaging_test'" | in_root "$1" mariadb -N)" \
		packaging_test
	get "$URL/" >/dev/null
	check "pages are the new ones" grep -q 'of the second version' "$LOGS/body"
	check "programs are the new ones" new_programs "$1"
	check "doctor after the upgrade" doctor_all_ok "$1"
}

# Whether a worker that has started since runs the installed file; polls, since old ones may finish
# requests first.
new_programs() { # ROOT
	local i pid old
	for ((i = 0; i < 300; i++)); do
		old=0
		for pid in $(pgrep -f 'ticketgate/[a-z]*\.fcgi'); do
			[[ $(readlink "/proc/$pid/exe") != *deleted* ]] || old=1
		done
		[ $old = 1 ] || return 0
		sleep 0.1
	done
	ps -o pid,ppid,lstart,args -C events.fcgi,keys.fcgi,public.fcgi | sed 's/^/# /'
	return 1
}

cron_is_no_op() { # ROOT; what cron would run, with and without systemd's folder
	local line
	line=$(sed -n 's/^\* \* \* \* \* ticketgate \(.*sweep.*\)/\1/p' "$1/etc/cron.d/ticketgate")
	mkdir -p "$1/run/systemd/system"
	check "cron's job does nothing under systemd" in_root "$1" \
		sh -c "ticketgate() { exit 3; }; $line"
	rmdir "$1/run/systemd/system"
	in_root "$1" sh -c "ticketgate() { exit 3; }; $line"
	check "and runs without" is $? 3
	in_root "$1" runuser -u ticketgate -- sh -c "$line"
	check "cron's job: exit status" is $? 0
}

rotation() { # ROOT
	local before
	before=$(in_root "$1" stat -c %i /var/log/ticketgate/ticketgate.log)
	logged rotate in_root "$1" logrotate --force /etc/logrotate.d/ticketgate
	check "logrotate" is "$? $(cat "$LOGS/rotate")" "0 "
	get "$URL/open-api/v1/me" >/dev/null
	check "the log that is rotated is another file" test "$before" != \
		"$(in_root "$1" stat -c %i /var/log/ticketgate/ticketgate.log)"
	check "and is written to" poll_until log_has_lines "$1"
}

log_has_lines() {
	get "$URL/open-api/v1/me" >/dev/null
	[ -s "$1/var/log/ticketgate/ticketgate.log" ]
}

poll_until() { # COMMAND…; true when it is, within a minute
	local i
	for ((i = 0; i < 600; i++)); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

page_is_there() { [ "$(get "$URL/")" = 200 ]; }

# Files of the root that a package manager does not rewrite by itself.
files() { # ROOT
	(cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./root \
		-o -path ./var/lib/dpkg -o -path ./var/lib/mysql -o -path ./var/cache \
		-o -path ./srv -o -path ./var/lib/apt \
		-o -path ./var/log/apt -o -path ./tmp -o -path ./var/lib/systemd \
		-o -path ./var/log/mysql -o -path ./var/log/lighttpd \) -prune -o -print | sort)
	(cd "$1" && find dev/shm run -name '*ticketgate*')
}

servers_stop() { # ROOT
	local name
	for name in apache2 lighttpd mariadb; do
		[ ! -x "$1/etc/init.d/$name" ] || in_root "$1" service $name stop >/dev/null 2>&1
	done
}

# ---- scenarios ----

with_apache() {
	local root=$ROOTS/apache
	mount_root "$root" "$RELEASE-downloads:$RELEASE" "$RELEASE-apache" || return 1
	put_package "$root" 1
	export TICKETGATE_PUBLIC_URL=http://localhost
	logged install-apache apt "$root" install apache2 mariadb-server cron logrotate curl python3 \
		"$deb"
	check "one apt-get install with Apache and MariaDB" is $? 0
	[ -x "$root/usr/bin/ticketgate" ] || return
	check "doctor: all ok" doctor_all_ok "$root"
	routes
	sale "$root"
	privacy "$root"
	cron_is_no_op "$root"
	rotation "$root"
	upgrade "$root"
	logged remove apt "$root" remove ticketgate
	check "remove" is $? 0
	check "removal keeps configuration and key" test -s "$root/etc/ticketgate/ticketgate.key"
	check "removal ends the programs" is "$(pgrep -c -f 'ticketgate/[a-z]*\.fcgi')" 0
	check "Apache still serves" is "$(get http://127.0.0.1/)" 200
	check "and nothing below the path" is "$(get "$URL/")" 404
	apt "$root" install "$deb" >"$LOGS/reinstall" 2>&1
	check "installed again, with the data of before" is "$? $(get "$URL/")" "0 200"
	check "doctor after that" doctor_all_ok "$root"
	export TICKETGATE_PURGE_DATABASE=1
	logged purge apt "$root" purge ticketgate
	check "purge, with the database" is $? 0
	check "no database is left" is \
		"$(echo "SHOW DATABASES LIKE 'ticketgate%'" | in_root "$root" mariadb -N)" ""
	check "and no account" is "$(echo "SELECT user FROM mysql.user WHERE user LIKE 'ticketgate%'" |
		in_root "$root" mariadb -N)" ""
	servers_stop "$root"
}

with_lighttpd() {
	local root=$ROOTS/lighttpd
	unset TICKETGATE_PURGE_DATABASE TICKETGATE_PUBLIC_URL
	mount_root "$root" "$RELEASE-downloads:$RELEASE" "$RELEASE-lighttpd" || return 1
	put_package "$root" 1
	apt "$root" install lighttpd mariadb-server curl python3 logrotate cron \
		>"$LOGS/prepare-lighttpd" 2>&1
	in_root "$root" apt-get -q -y satisfy \
		"$(dpkg-deb -f "$WORK"/1/ticketgate_*.deb Depends)" >>"$LOGS/prepare-lighttpd" 2>&1
	check "lighttpd, MariaDB and the libraries are there first" is $? 0
	files "$root" >"$WORK/files.before"
	apt "$root" install --no-install-recommends "$deb" \
		>"$LOGS/install-lighttpd" 2>&1
	check "apt-get install beside lighttpd" is $? 0
	[ -x "$root/usr/bin/ticketgate" ] || return
	check "doctor: all ok but the public_url that nobody has set" doctor_all_ok "$root" public_url
	routes
	sale "$root"
	logged purge-lighttpd apt "$root" purge ticketgate
	check "purge" is $? 0
	check "the database is kept, and how to delete it is said" grep -q 'DROP DATABASE' \
		"$LOGS/purge-lighttpd"
	check "it is there" test "$(count_orders "$root")" -gt 0
	check "lighttpd still serves" is "$(get http://127.0.0.1/nothing)" 404
	# lighttpd's own mod_fastcgi stays enabled: others may use it meanwhile
	files "$root" | grep -v '/conf-enabled/10-fastcgi.conf$' >"$WORK/files.after"
	check "files after the purge are those of before" diff "$WORK/files.before" "$WORK/files.after"
	check "the user is gone" is "$(grep -c ticketgate "$root/etc/passwd" "$root/etc/group" |
		cut -d: -f2 | tr '\n' ' ')" "0 0 "
	servers_stop "$root"
}

# The database server is installed after the package, by hand, and the web server, too.
servers_later() {
	local root=$ROOTS/later
	mount_root "$root" "$RELEASE-downloads:$RELEASE" "$RELEASE-later" || return 1
	put_package "$root" 1
	apt "$root" install --no-install-recommends "$deb" \
		>"$LOGS/install-alone" 2>&1
	check "installed without any server" is $? 0
	check "what to run is said" grep -q 'ticketgate grants --admin' "$LOGS/install-alone"
	logged servers-later apt "$root" install mariadb-server apache2 curl
	check "servers that come later are set up" is $? 0
	check "the page, once Apache has read its configuration again" poll_until page_is_there
	check "doctor: all ok but public_url" doctor_all_ok "$root" public_url
	servers_stop "$root"
}

systemd_root() { # for boot_systemd
	root=$ROOTS/systemd
	mount_root "$root" "$RELEASE-downloads:$RELEASE" "$RELEASE-systemd" || return 1
	rm -f "$root/usr/sbin/policy-rc.d"
}

# The root for systemd: Apache and MariaDB are installed, and not started yet.
prepare_systemd() {
	systemd_root
	no_services "$root"
	apt "$root" install systemd-sysv dbus apache2 mariadb-server curl python3 logrotate \
		>"$LOGS/prepare-systemd" 2>&1
}

# The package's own test, by autopkgtest in this root. It installs what the test depends on.
autopkgtest_runs() {
	local root=$ROOTS/autopkgtest
	mount_root "$root" "$RELEASE-downloads:$RELEASE" "$RELEASE-autopkgtest" || return 1
	put_package "$root" 1
	mkdir -p "$root/srv/source"
	cp -R "$SRC/packaging/debian" "$root/srv/source/debian"
	unset TICKETGATE_PUBLIC_URL TICKETGATE_PURGE_DATABASE
	logged autopkgtest-install apt "$root" install --no-install-recommends autopkgtest dpkg-dev
	# the root is the container that the test asks for
	logged autopkgtest in_root "$root" autopkgtest --ignore-restrictions=isolation-container \
		--no-built-binaries /srv/source "$deb" -- null
	check "autopkgtest: exit status" is $? 0
	check "its test was run" grep -qE '^sale +PASS$' "$LOGS/autopkgtest"
	servers_stop "$root"
}

UNITS='ticketgate.service ticketgate@events.service ticketgate@events.socket
	ticketgate-mail.service ticketgate-webhooks.service
	ticketgate-sweep.service ticketgate-sweep.timer
	ticketgate-verify.service ticketgate-verify.timer'
unit_is() { # STATE UNIT
	[ "$(in_root "$root" systemctl is-active "$2")" = "$1" ]
}

# In the namespaces of the systemd that runs; the root is seen from outside.
under_systemd() {
	local name
	root=$ROOTS/systemd
	export TICKETGATE_PUBLIC_URL=http://localhost
	put_package "$root" 1
	logged install-systemd apt "$root" install "$deb"
	check "systemd: apt-get install" is $? 0
	for name in "$root"/usr/libexec/ticketgate/*.fcgi; do
		name=$(basename "$name" .fcgi)
		check "systemd listens for $name" unit_is active "ticketgate@$name.socket"
	done
	check "a program is not started before it is asked" unit_is inactive ticketgate@public.service
	routes
	check "it is then" unit_is active ticketgate@public.service
	sale "$root"
	check "systemd, doctor: all ok" doctor_all_ok "$root"
	privacy "$root"
	for name in sweep verify; do
		check "the timer of $name" unit_is active "ticketgate-$name.timer"
		logged "$name" in_root "$root" systemctl start "ticketgate-$name.service"
		check "$name under its unit's restrictions" is $? 0
	done
	check "the webhook sender runs" unit_is active ticketgate-webhooks.service
	kill -9 "$(in_root "$root" systemctl show -P MainPID ticketgate@keys.service)"
	check "a killed program is started again" poll_until health_is_200
	# shellcheck disable=SC2086 # words
	logged analyze in_root "$root" systemd-analyze verify --man=no $UNITS
	check "systemd-analyze verify" is "$? $(grep -c ticketgate "$LOGS/analyze")" "0 0"
	rotation "$root"
	upgrade "$root"
	restart_loses_nothing
	check "no unit has failed" is \
		"$(in_root "$root" systemctl list-units --failed --plain --no-legend 'ticketgate*')" ""
	logged purge-systemd apt "$root" purge ticketgate
	check "systemd: purge" is $? 0
	check "no unit is left" is \
		"$(in_root "$root" systemctl list-units --all --plain --no-legend 'ticketgate*')" ""
	check "no program is left" is "$(pgrep -c -f libexec/ticketgate)" 0
	check "no link to a unit is left" is "$(find "$root/etc/systemd" -name '*ticketgate*')" ""
}

health_is_200() { [ "$(get "$URL/-/health")" = 200 ]; }

# Even a restart: systemd keeps the sockets.
restart_loses_nothing() {
	rm -f "$WORK/restarted"
	(LOGS=$WORK/poll && requests_until "$WORK/restarted") >"$LOGS/lost" &
	in_root "$root" systemctl restart 'ticketgate@*.service'
	check "systemd: restart of all programs" is $? 0
	get "$URL/-/health" >/dev/null
	: >"$WORK/restarted"
	wait $!
	check "no request is lost by it" is "$(cat "$LOGS/lost")" ""
}

systemd_scenario() {
	isolated "$SELF" --scenarios-in prepare_systemd
	if boot_systemd systemd_root; then
		nsenter -t "$booted" -m -n -p -i -u "$SELF" --scenarios-in under_systemd
	else
		echo "ok - systemd # SKIP it does not start in a container here"
	fi
	end_systemd
}

main() {
	if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
		echo "ok - the Debian package # SKIP needs root and debootstrap"
		return
	fi
	mkdir -p "$ROOTS" "$LOGS"
	rm -rf "$DEBIAN/$RELEASE"-{build,apache,lighttpd,later,autopkgtest,systemd}{,.work} "$WORK"/[12]
	logged base base_root "$RELEASE"
	check "a root of $RELEASE" is $? 0
	logged tools layer "$RELEASE-tools" "$RELEASE" build_tools
	check "its build tools" is $? 0
	logged release release
	check "a release tarball" test -s "$WORK/release.tar.xz"
	isolated "$SELF" --builds
	logged downloads layer "$RELEASE-downloads" "$RELEASE" downloads
	check "packages of its servers" is $? 0
	isolated "$SELF" --scenarios
	systemd_scenario
}

# The tarball of this tree, by the build that TG_BUILD names. One release of Debian at a time: the
# suites run side by side, and make collects the files in one folder of the build.
release() (
	flock 9
	rm -f "$TG_BUILD"/ticketgate-*.tar.xz
	make -s -C "$TG_BUILD" dist && cp "$TG_BUILD"/ticketgate-*.tar.xz "$WORK/release.tar.xz"
) 9>"$TG_BUILD/release.lock"

case ${1:-} in
--builds)
	builds
	;;
--scenarios)
	for scenario in $SCENARIOS; do "$scenario"; done
	;;
--scenarios-in)
	"$2"
	;;
--boot)
	become_systemd "$2"
	exit 1
	;;
--systemd)
	systemd_scenario
	;;
*)
	main
	;;
esac
exit $failed
