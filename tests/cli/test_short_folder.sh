#!/bin/bash
# The folder of sockets of a database whose path is too long for them: links and folders that others
# put into /tmp are not used, and nothing that they point to is changed.
set -u
SRC=${TG_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
MARIADB=$SRC/tests/lib/mariadb.sh
work=$(mktemp -d /tmp/tg-short.XXXXXX)
long=$work/$(printf 'a%.0s' {1..100})
victim=$work/victim
planted=/tmp/ticketgate-$(id -u)-$(printf %s "$long" | cksum | cut -d' ' -f1)
LOG=$work/out
unset TG_DB_RUN

# shellcheck source=tests/lib/check.sh
. "$SRC/tests/lib/check.sh"
mode() { stat -c %a "$1"; }
in_victim() { echo "$(mode "$victim") $(stat -c %u "$victim") $(find "$victim" | wc -l)"; }
start() { "$MARIADB" start "$long" 2>>"$LOG"; }
folder() { cat "$long/run.path"; }

# shellcheck source=tests/lib/short_folder.sh
. "$SRC/tests/lib/short_folder.sh"

finish() {
	"$MARIADB" stop "$long" >/dev/null 2>&1
	remove_short_folder "$long/run.path"
	rm -rf "$work" "$planted"
}
trap finish EXIT

mkdir -m 755 "$long" "$victim"
# a folder that the server could write to, if it followed the link
[ "$(id -u)" != 0 ] || chown nobody "$victim"
chmod 755 "$work"
before=$(in_victim)
ln -s "$victim" "$planted"
socket=$(start)
check "a planted link with a name that can be guessed is not followed" is "$(in_victim)" "$before"
check "the socket is in a folder of its own" is "$socket" "$(folder)/run/db.sock"
check "the folder of sockets is private to the server" is "$(mode "$(folder)/run")" 700
check "the folder around it is the caller's" test -O "$(folder)"
check "the same folder is used again" is "$(start) $("$MARIADB" socket "$long")" "$socket $socket"
"$MARIADB" stop "$long"

first=$(folder)
rm -rf "$first"
socket=$(start)
check "what is remembered was deleted: another folder is made" \
	is "$socket $(test "$first" = "$(folder)"; echo $?)" "$(folder)/run/db.sock 1"
"$MARIADB" stop "$long"

# The folder was deleted, and another user put a link in its place.
rm -rf "$(folder)"
ln -s "$victim" "$(folder)"
first=$(folder)
socket=$(start)
check "a link in the place of the remembered folder is not followed" is "$(in_victim)" "$before"
check "another folder is made" is "$socket" "$(folder)/run/db.sock"
"$MARIADB" stop "$long"
rm -f "$first"

rm -rf "$(folder)/run"
ln -s "$victim" "$(folder)/run"
check "a link inside it is refused" is "$(start)" ""
check "and not followed" is "$(in_victim)" "$before"
rm -f "$(folder)/run"

if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1; then
	chown nobody "$(folder)"
	first=$(folder)
	socket=$(start)
	check "a folder of another user is not used" test "$(folder)" != "$first"
	rm -rf "$first"
fi
exit $failed
