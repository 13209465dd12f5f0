# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by quickstart and check: saying things, packages, the source tree. They set ME (their
# name), ROOT and PACKAGES.
MARIADB=$ROOT/tests/lib/mariadb.sh
SCOPES=events:read,events:write,tickets:read,tickets:write,orders:read,webhooks:manage
SCOPES=$SCOPES,boxoffice:sell,door:scan
child=''

die() {
	echo "$ME: $*" >&2
	exit 1
}

log_tail() { # FILE LINES
	[ -s "$1" ] || return 0
	echo "--- the end of $1:"
	tail -n "${2:-15}" "$1"
	echo "---"
} >&2

interrupted() {
	trap '' INT TERM
	# shellcheck disable=SC2086 # none, one or several
	[ -z "$child" ] || kill $child 2>/dev/null || true
	policy_end
	echo >&2
	die "interrupted; run ./$ME again to go on"
}
trap interrupted INT TERM

# step TITLE LOGFILE COMMAND…: runs it with its output in the log, showing that time passes; its
# status is the result.
step() {
	local title=$1 log=$2 from=$SECONDS ticks=0 rc=0
	shift 2
	printf '  %-34s ' "$title"
	"$@" >>"$log" 2>&1 </dev/null 9>&- &
	child=$!
	while kill -0 $child 2>/dev/null; do
		sleep 0.1
		ticks=$((ticks + 1))
		[ $((ticks % 10)) = 0 ] || continue
		if [ -t 1 ]; then
			printf '\r  %-34s %d s' "$title" $((SECONDS - from))
		elif [ $((ticks % 30)) = 0 ]; then
			printf .
		fi
	done
	wait $child || rc=$?
	child=''
	[ ! -t 1 ] || printf '\r  %-34s ' "$title"
	if [ $rc = 0 ]; then
		if [ $((SECONDS - from)) -gt 1 ]; then
			echo "done ($((SECONDS - from)) s)"
		else
			echo "done  "
		fi
	else
		echo "FAILED"
		log_tail "$log" >&2
	fi
	return $rc
}

# ---- where and as whom ----

plain_path() {
	case $ROOT in
	*[[:space:]\"\\\&\'\`\$\#\|\;\<\>\(\)\*\?]*)
		die "the folder \"$ROOT\" has a space or a shell character in its path," \
			"which autoconf cannot build in. Move the clone, e.g. to ~/ticketgate"
		;;
	esac
}

# When root calls in a clone that belongs to somebody else: that user's name.
other_owner() {
	local owner
	[ "$(id -u)" = 0 ] || return 0
	owner=$(stat -c %U "$ROOT")
	if [ "$owner" != root ] && [ "$owner" != UNKNOWN ] &&
		setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups test -x "$ROOT"; then
		echo "$owner"
	fi
}

# Goes on as the owner of the clone, so that nothing in it comes to belong to root.
as_owner() {
	local owner
	owner=$(other_owner)
	[ -z "$owner" ] || exec runuser -u "$owner" -- env TG_PORT="${TG_PORT:-}" "$ROOT/$ME" "$@"
}

# Whom the servers run as: the caller; for root nobody, where that can reach the clone.
servers_user() {
	RUNAS=$(id -un)
	if [ "$(id -u)" = 0 ]; then
		RUNAS=root
		if id nobody >/dev/null 2>&1 &&
			setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups \
				test -x "$ROOT" -a -r "$ROOT/conf"; then
			RUNAS=nobody
		fi
	fi
	export TG_DB_USER=$RUNAS
}

# as COMMAND…: as the user of the servers.
as() {
	if [ "$RUNAS" != "$(id -un)" ]; then
		set -- setpriv --reuid "$RUNAS" --regid "$(id -g "$RUNAS")" --clear-groups -- "$@"
	fi
	exec "$@"
}

own() { [ "$RUNAS" = "$(id -un)" ] || chown -h "$RUNAS" "$@"; }

# ---- packages ----

is_installed() { # PACKAGE of Debian
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_packages() {
	local p
	for p in "${PACKAGES[@]}"; do
		case $p in # programs from elsewhere will do
		gcc) command -v gcc >/dev/null && continue ;;
		make | curl | lighttpd | openssl | npm) command -v "$p" >/dev/null && continue ;;
		lighttpd-mod-deflate) # a lighttpd from elsewhere has the module
			if command -v lighttpd >/dev/null && ! is_installed lighttpd; then continue; fi
			;;
		pkg-config) command -v pkg-config >/dev/null && continue ;;
		nodejs) command -v node >/dev/null && continue ;;
		mariadb-server-core)
			command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null && continue
			;;
		mariadb-client-core) command -v mariadb >/dev/null && continue ;;
		esac
		is_installed "$p" || printf '%s ' "$p"
	done
}

# Debian starts what it installs; a policy-rc.d that says no keeps it from that. One of the host's
# own is left alone.
POLICY=/usr/sbin/policy-rc.d
policy_made=''
policy_begin() {
	[ ! -e $POLICY ] || return 0
	printf '#!/bin/sh\n# made by ticketgate %s, for the time of one apt-get\nexit 101\n' "$ME" |
		$SUDO tee $POLICY >/dev/null
	policy_made=yes
	$SUDO chmod 755 $POLICY
}
policy_end() {
	[ -n "$policy_made" ] || return 0
	policy_made=''
	$SUDO rm -f $POLICY
}

apt() {
	$SUDO env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold "$@"
}

SUDO=''
packages() {
	local want log had_lighttpd=yes
	if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
		echo "  not Debian: expecting these to be installed: ${PACKAGES[*]}"
		return 0
	fi
	want=$(missing_packages)
	[ -n "$want" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die "these packages are missing: $want
and there is no sudo. As root: apt-get install --no-install-recommends $want"
		SUDO=sudo
		sudo -n true 2>/dev/null || {
			echo "  sudo is needed to install: $want"
			sudo -v || die "sudo refused; as root: apt-get install --no-install-recommends $want"
		}
	fi
	case $want in *lighttpd*) had_lighttpd='' ;; esac
	log=$(mktemp /tmp/ticketgate-apt.XXXXXX)
	policy_begin
	# shellcheck disable=SC2086 # words
	if ! apt-get install -s --no-install-recommends $want >/dev/null 2>&1; then
		step "Package lists" "$log" apt update || echo "  (going on with the old package lists)"
	fi
	# shellcheck disable=SC2086
	if ! step "Packages ($(echo $want | wc -w) missing)" "$log" apt install \
		--no-install-recommends $want; then
		echo "  once more, with fresh package lists"
		step "Package lists" "$log" apt update || true
		# shellcheck disable=SC2086
		if ! step "Packages" "$log" apt install --no-install-recommends $want; then
			policy_end
			die "apt-get could not install: $want
Its words are above and in $log. Is there a network? Try:" \
				"apt-get update && apt-get install --no-install-recommends $want"
		fi
	fi
	policy_end
	if [ -z "$had_lighttpd" ]; then
		# ours is private: Debian's own, on port 80, is not to come up at the next boot either
		if command -v systemctl >/dev/null; then
			$SUDO systemctl disable --now lighttpd.service >>"$log" 2>&1 || true
		elif [ -e /etc/init.d/lighttpd ]; then
			$SUDO /etc/init.d/lighttpd stop >>"$log" 2>&1 || true
			$SUDO update-rc.d lighttpd disable >>"$log" 2>&1 || true
		fi
	fi
	rm -f "$log"
}

# ---- the source tree ----

# Makes ./configure when it is missing or old, and sets src: where to configure from. LOG
source_tree() {
	src=$ROOT
	if [ ! -x "$ROOT/configure" ] || [ "$ROOT/configure" -ot "$ROOT/configure.ac" ] ||
		[ ! -e "$ROOT/Makefile.in" ] || [ "$ROOT/Makefile.in" -ot "$ROOT/Makefile.am" ]; then
		step "Preparing the build (autoreconf)" "$1" "$ROOT/autogen.sh" ||
			die "autoreconf failed: see $1"
	fi
	if [ -e "$ROOT/config.status" ]; then
		# built in place by somebody: autoconf wants such sources left alone, so a copy serves
		src=$ROOT/var/src
		mkdir -p "$src"
		(
			cd "$ROOT" && find . -path ./var -prune -o -path ./.git -prune -o -type f \
				! -name '*.o' ! -name '*.a' ! -name '*.fcgi' ! -name '*.Po' \
				! -name config.status ! -name config.log ! -path ./Makefile ! -path ./ticketgate \
				-print0 | tar -c --null -T - -f -
		) | tar -x -C "$src" -f -
	fi
}

# ---- configuration and database ----

# VAR and CONF say where they are, BUILD the programs, socket and DB_NAME the database.

secret() { openssl rand -hex "$1"; }

# Whose passwords there are: @PASSWORD_EVENTS@ in sql/grants.sql is the one in [events]; the
# command's, @PASSWORD_ADMIN@, is in [ticketgate].
accounts() {
	grep -o '@PASSWORD_[A-Z]*@' "$ROOT/sql/grants.sql" | sort -u | sed 's/@PASSWORD_\(.*\)@/\1/' |
		tr A-Z a-z
}
section() { case $1 in admin) echo ticketgate ;; *) echo "$1" ;; esac; }
placeholder() { echo "@PASSWORD_$(echo "$1" | tr a-z A-Z)@"; }

configuration() {
	local account
	if [ ! -s "$VAR/ticketgate.key" ]; then
		(
			umask 077 && secret 32 >"$VAR/ticketgate.key.new" && own "$VAR/ticketgate.key.new" &&
				mv "$VAR/ticketgate.key.new" "$VAR/ticketgate.key"
		)
	fi
	if [ ! -s "$CONF" ]; then
		(
			umask 077 && sed -e "s|@DB_SOCKET@|$socket|; s|@DB_NAME@|$DB_NAME|" \
				-e "s|@KEY_FILE@|ticketgate.key|" "$ROOT/conf/ticketgate.conf.in" >"$CONF.new"
		)
		for account in $(accounts); do # not in an argument of sed, which ps(1) shows
			echo "s|$(placeholder "$account")|$(secret 16)|"
		done | sed -i -f - "$CONF.new"
		own "$CONF.new" && mv "$CONF.new" "$CONF"
	elif ! grep -qx "db_socket = $socket" "$CONF" &&
		grep -q "^db_socket = .*/db.sock$" "$CONF"; then # the clone was moved
		sed -i "s|^db_socket = .*|db_socket = $socket|" "$CONF"
		own "$CONF"
	fi
	for account in $(accounts); do # of a program that is newer than this configuration
		grep -qxF "[$(section "$account")]" "$CONF" ||
			printf '\n[%s]\ndb_user = ticketgate_%s\ndb_password = %s\n' "$(section "$account")" \
				"$account" "$(secret 16)" >>"$CONF"
	done
}

# The memory that the programs of a configuration share takes room until the machine starts again.
remove_shared_memory() { # CONF
	rm -f "/dev/shm/ticketgate-$(printf %s "$1" | sha256sum | cut -c1-12)"
}

# shellcheck disable=SC2120 # quickstart gives it some
client() { mariadb --no-defaults -S "$socket" --batch --skip-column-names "$@"; }

# The database, and one user per program with just its rights. These are on single tables, which the
# migrations make.
database() {
	tg grants --admin | client && tg migrate && tg grants | client
}

tg() { TG_CONF=$CONF TG_DATA=$ROOT "$BUILD/ticketgate" --conf "$CONF" "$@"; }

new_key() {
	tg key create --org demo --name Quickstart --scopes "$SCOPES" --tier unlimited --json \
		2>"$LOG/key.log" |
		grep -o 'tn_live_[0-9A-Za-z]\{38\}' | head -n 1
}
