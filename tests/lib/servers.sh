#!/bin/bash
# Database servers of other Debian releases, for the suites "mariadb-11.8:…" and "mysql-9.7:…".
#
#   servers.sh list          prints the names of the servers
#   servers.sh get NAME      unpacks the server below var/servers/NAME when it is not there; prints
#                            the folder, whose programs/ has them. Exits 3 when the archive does
#                            not have this version any more, 1 when it cannot be reached
#
# debian.sh fetches and unpacks them.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)/var/servers
ME=servers.sh
# shellcheck source=tests/lib/debian.sh
. "$here/debian.sh"

# name, release of Debian, beginning of the version, programs, packages: first the server's
SERVERS="mariadb-11.8 trixie 11.8. mariadbd,my_print_defaults,resolveip mariadb-server-core \
mariadb-client-core
mysql-9.7 sid 9.7. mysqld mysql-server-core"

# Sets release, version, programs and packages.
look_up() { # NAME
	local line
	line=$(grep "^$1 " <<<"$SERVERS") || die "unknown server $1; there are: $(list)"
	read -r _ release version programs packages <<<"$line"
}

list() { cut -d' ' -f1 <<<"$SERVERS" | tr '\n' ' '; }

fetch_and_unpack() { # FOLDER
	fetch
	unpack "$1"
}

get() { # NAME
	look_up "$1"
	once "$root/$1" fetch_and_unpack
	echo "$root/$1"
}

case ${1:-} in
list) list ;;
get) get "${2:?}" ;;
*) usage ;;
esac
