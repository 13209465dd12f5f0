#!/bin/bash
# A private MariaDB (or MySQL) in a folder of its own, Unix socket only, for ./quickstart and the
# tests.
#
#   mariadb.sh start DIR     makes it when it is not there, waits until it answers, prints the
#                            socket's path
#   mariadb.sh stop DIR      clean shutdown, waits for the end; fine when it does not run
#   mariadb.sh kill DIR      SIGKILL, as in a crash
#   mariadb.sh status DIR    prints the pid, or exits 1
#   mariadb.sh socket DIR    prints the socket's path, running or not
#
# Connect as the operating system's user who called (root as "root"):
#   mariadb --no-defaults -S "$(mariadb.sh socket DIR)"
# DIR gets my.cnf, data/, log/ (db.err), tmp/ and run/.
#   TG_DB_USER   whom the server runs as when root calls; default: nobody when it can reach DIR,
#                else root
#   TG_DB_EXTRA  further lines for [mysqld], e.g. innodb-flush-log-at-trx-commit=2 (tests that lose
#                no data by it)
#   TG_DB_SERVER mariadb-11.8 or mysql-9.7: that server (servers.sh) in place of the installed
#                MariaDB
#   TG_DB_RUN    folder of socket and pid file; default DIR/run, or a private folder in /tmp, which
#                DIR/run.path remembers, when that is too long for a socket
set -eu
umask 077
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
template=$here/../../conf/my.cnf.in

die() { echo "mariadb.sh: $*" >&2; exit 1; }

[ $# = 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; } >&2
case $2 in
*[[:space:]\|\&\\\"\']*) die "the path \"$2\" has a space or quote in it: use another folder" ;;
esac
[ "$1" != start ] || mkdir -p "$2" || die "cannot make $2"
[ -d "$2" ] || { [ "$1" = stop ] && exit 0; die "no folder $2"; }
dir=$(cd "$2" && pwd)

# shellcheck source=tests/lib/short_folder.sh
. "$here/short_folder.sh"
# shellcheck source=tests/lib/process.sh
. "$here/process.sh"

# Sets run and socket. Only start, which has the lock, makes the short folder.
run_folder() { # COMMAND
	local short
	run=${TG_DB_RUN:-$dir/run}
	if [ ${#run} -gt 95 ]; then
		if [ "$1" = start ]; then
			short=$(make_short_folder "$dir/run.path") || die "cannot make a folder in /tmp"
		else
			short=$(short_folder "$dir/run.path") || short=$dir # not started yet
		fi
		run=$short/run
	fi
	[ ! -L "$run" ] || die "$run is a symbolic link; remove it"
	socket=$run/db.sock
}

# The pid of our own server, or nothing: the number in the file counts only while that process reads
# our my.cnf.
running() {
	local pid
	pid=$(cat "$run/db.pid" 2>/dev/null) || return 1
	[ -n "$pid" ] && { tr '\0' '\n' <"/proc/$pid/cmdline"; } 2>/dev/null |
		grep -qxF -- "--defaults-file=$dir/my.cnf" || return 1
	echo "$pid"
}

answers() { mariadb --no-defaults -S "$socket" -e 'select 1' >/dev/null 2>&1; }

# What differs between the servers. Sets mysqld, the program; base, its option or nothing; and
# make, which makes the data directory.
choose_server() {
	local folder
	mysqld=mariadbd base='' make=make_mariadb install=mariadb-install-db
	[ -n "${TG_DB_SERVER:-}" ] || return 0
	folder=$("$here/servers.sh" get "$TG_DB_SERVER" 2>"$dir/server.log") || {
		log_tail "$dir/server.log" >&2
		die "cannot get $TG_DB_SERVER${folder:+: $folder}"
	}
	base=--basedir=$folder/usr
	case $TG_DB_SERVER in
	mysql-*) mysqld=$folder/programs/mysqld make=make_mysql ;;
	*) mysqld=$folder/programs/mariadbd install=$folder/usr/bin/mariadb-install-db ;;
	esac
}

make_mariadb() {
	# shellcheck disable=SC2086 # $as and $base are empty or one word
	"$install" --defaults-file="$dir/my.cnf" $base $as \
		--auth-root-authentication-method=socket --auth-root-socket-user="$user" --skip-test-db
}

# As with MariaDB, root and $user log in through the socket, each as the system's user of that name.
make_mysql() {
	local who
	"$mysqld" --defaults-file="$dir/my.cnf" "$base" ${as:+"$as"} --initialize-insecure || return 1
	{
		[ "$user" = root ] || echo "CREATE USER '$user'@localhost;"
		for who in $(printf '%s\n' "$user" root | sort -u); do
			echo "GRANT ALL ON *.* TO '$who'@localhost WITH GRANT OPTION;"
			echo "ALTER USER '$who'@localhost IDENTIFIED WITH auth_socket;"
		done
	} >"$dir/accounts.sql"
	chmod 644 "$dir/accounts.sql"
	first=--init-file=$dir/accounts.sql
}

log_tail() { echo "--- $1"; tail -n 15 "$1" 2>/dev/null || true; }

choose_user() {
	user=$(id -un) as=
	[ "$(id -u)" = 0 ] || return 0
	user=${TG_DB_USER:-}
	if [ -z "$user" ]; then
		user=root
		if id nobody >/dev/null 2>&1 &&
			setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups \
				test -x "$(dirname "$dir")"; then
			user=nobody
		fi
	fi
	as=--user=$user
}

start() {
	local pid n first=''
	if pid=$(running) && answers; then echo "$socket"; return; fi
	choose_server
	command -v "$mysqld" >/dev/null && command -v "$install" >/dev/null &&
		command -v mariadb >/dev/null ||
		die "MariaDB is not installed. On Debian: apt-get install --no-install-recommends" \
			"mariadb-server-core mariadb-client-core"
	mkdir -p "$dir/log" "$dir/tmp" "$run" 2>/dev/null ||
		die "cannot make folders below $dir (whose is it?): ls -ld $dir"
	[ -O "$run" ] || [ "$(id -u)" = 0 ] ||
		die "$run belongs to somebody else: remove it, or set TG_DB_RUN to a folder of yours"
	choose_user
	{
		sed -e "s|@DATA@|$dir/data|; s|@RUN@|$run|; s|@LOG@|$dir/log|; s|@TMP@|$dir/tmp|" \
			"$template"
		[ "$make" != make_mysql ] || printf '%s\n' 'plugin-load-add = auth_socket.so' \
			'mysqlx = OFF' 'secure-file-priv = NULL'
		printf '%s\n' "${TG_DB_EXTRA:-}"
	} >"$dir/my.cnf"
	[ -e "$dir/made" ] || { rm -rf "$dir/data" && mkdir "$dir/data"; }
	if [ "$(id -u)" = 0 ]; then # the folder stays root's: what root writes, no server can redirect
		chmod 711 "$dir"
		chmod 644 "$dir/my.cnf"
		chown -hR "$user" "$dir/data" "$dir/log" "$dir/tmp" "$run"
	fi
	if [ ! -e "$dir/made" ]; then
		$make >"$dir/install.log" 2>&1 </dev/null || {
			log_tail "$dir/install.log" >&2
			log_tail "$dir/log/db.err" >&2
			die "the data directory cannot be made (disk full? df $dir)"
		}
		: >"$dir/made"
	fi
	# shellcheck disable=SC2086 # $base, $as and $first are empty or one word
	setsid "$mysqld" --defaults-file="$dir/my.cnf" $base $as $first \
		</dev/null >>"$dir/db.out" 2>&1 8>&- 9>&- &
	pid=$!
	n=1200
	until answers; do
		n=$((n - 1))
		if ! kill -0 $pid 2>/dev/null || [ $n = 0 ]; then
			log_tail "$dir/log/db.err" >&2
			die "the server did not start: see $dir/log/db.err"
		fi
		sleep 0.05
	done
	echo "$socket"
}

stop() { # SIGNAL
	local pid
	pid=$(running) || return 0
	kill "-$1" "$pid" 2>/dev/null || {
		running >/dev/null || return 0
		die "may not end process $pid: call as the user who started it"
	}
	gone "$pid" 60 || die "the server (pid $pid) does not end: see $dir/log/db.err"
}

if [ "$1" = start ] || [ "$1" = stop ]; then
	exec 8>"$dir/lock"
	flock -w 120 8 || die "another mariadb.sh is at work in $dir"
fi
run_folder "$1"
case $1 in
start) start ;;
stop) stop TERM ;;
kill) stop KILL ;;
status) running || exit 1 ;;
socket) echo "$socket" ;;
*) die "unknown command $1" ;;
esac
