#!/bin/bash
# WordPress of Debian 12, for the test of examples/wordpress.
#
#   wordpress.sh get     unpacks it below var/wordpress when it is not there; prints its folder,
#                        whose configuration is tests/clients/wp-config.php. Exits 3 when the
#                        archive does not have this version any more, 1 when it cannot be reached
#
# debian.sh fetches and unpacks: WordPress, a theme, and the libraries that it links to.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)/var/wordpress
ME=wordpress.sh
# shellcheck source=tests/lib/debian.sh
. "$here/debian.sh"

release=bookworm version=6.1.
packages='wordpress wordpress-theme-twentytwentythree php-getid3 libjs-underscore libjs-cropper'
programs=

fetch_and_unpack() { # FOLDER
	local site=$1/usr/share/wordpress
	fetch_alone
	unpack "$1"
	rm -f "$site/.htaccess" # a link to the configuration of the system
	ln -sf "$here/../clients/wp-config.php" "$site/wp-config.php"
}

get() {
	once "$root" fetch_and_unpack
	echo "$root/usr/share/wordpress"
}

case ${1:-} in
get) get ;;
*) usage ;;
esac
