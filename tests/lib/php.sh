#!/bin/bash
# PHP of other Debian releases, for the tests of clients/php and examples/.
#
#   php.sh list          prints the versions
#   php.sh get VERSION   unpacks it below var/php/VERSION when it is not there; prints the path of
#                        its php. Exits 3 when the archive does not have this version any more, 1
#                        when it cannot be reached
#
# debian.sh fetches and unpacks. No php.ini is read; the extensions of EXTENSIONS are loaded.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)/var/php
ME=php.sh
# shellcheck source=tests/lib/debian.sh
. "$here/debian.sh"

# version, release of Debian, packages: the first one's version is compared
VERSIONS="7.4 bullseye php7.4-cli php7.4-curl php7.4-json php7.4-sqlite3
8.4 trixie php8.4-cli php8.4-curl php8.4-sqlite3"
EXTENSIONS=(json curl pdo pdo_sqlite)

# Sets release, version, programs and packages.
look_up() { # VERSION
	local line
	line=$(grep "^$1 " <<<"$VERSIONS") || die "unknown version $1; there are: $(list)"
	read -r version release packages <<<"$line"
	programs=php$version
}

list() { cut -d' ' -f1 <<<"$VERSIONS" | tr '\n' ' '; }

# A script that runs the unpacked php with its extensions.
script() { # FOLDER
	local modules options='' extension
	modules=$(dirname "$(find "$1/usr/lib/php" -name curl.so)")
	for extension in "${EXTENSIONS[@]}"; do # json is built in from 8.0 on
		[ ! -e "$modules/$extension.so" ] || options="$options -d extension=$extension.so"
	done
	cat >"$1/php" <<-END
		#!/bin/sh
		exec '$1/programs/$programs' -n -d 'extension_dir=$modules'$options "\$@"
	END
	chmod 755 "$1/php"
}

fetch_and_unpack() { # FOLDER
	fetch
	unpack "$1"
	script "$1"
}

get() { # VERSION
	look_up "$1"
	once "$root/$1" fetch_and_unpack
	echo "$root/$1/php"
}

case ${1:-} in
list) list ;;
get) get "${2:?}" ;;
*) usage ;;
esac
