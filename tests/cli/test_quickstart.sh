#!/bin/bash
# ./quickstart in a copy of the tree: the first run, the second, killed servers, a taken port, stop
# and reset. As root: the copy belongs to nobody. Its path is too long for the path of a socket.
set -u
SRC=${TG_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
HOME_OF_IT=$(mktemp -d /tmp/tg-quickstart.XXXXXX)
chmod 755 "$HOME_OF_IT"
ROOT=$HOME_OF_IT/$(printf 'a%.0s' {1..60})/ticketgate
VICTIM=$HOME_OF_IT/victim
LOG=$HOME_OF_IT/log
taker='' receiver='' planted=()

# shellcheck source=tests/lib/check.sh
. "$SRC/tests/lib/check.sh"

finish() {
	[ -z "$taker" ] || kill "$taker" 2>/dev/null
	[ -z "$receiver" ] || kill "$receiver" 2>/dev/null
	[ ! -e "$ROOT/var" ] || "$ROOT/quickstart" stop >/dev/null 2>&1
	rm -rf "$HOME_OF_IT" "${planted[@]}"
}
trap finish EXIT

# -O0, because what is tested is the script; in the file, because it starts itself anew as the owner
# of the clone.
mkdir -p "$ROOT"
tar -C "$SRC" --exclude=./var --exclude=./.git -cf - . | tar -C "$ROOT" -xf -
sed -i 's|/configure" -q|/configure" CFLAGS=-O0 -q|' "$ROOT/quickstart"
owner=$(id -un)
[ "$owner" != root ] || { owner=nobody && chown -R nobody "$ROOT"; }

# Links in /tmp whose names can be guessed from the path of the clone.
mkdir -m 755 "$VICTIM"
chown "$owner" "$VICTIM"
for folder in "$ROOT" "$ROOT/var/db"; do
	planted+=("/tmp/ticketgate-$(id -u "$owner")-$(printf %s "$folder" | cksum | cut -d' ' -f1)")
done
for link in "${planted[@]}"; do ln -s "$VICTIM" "$link"; done

quickstart() {
	echo "--- quickstart $*" >>"$LOG"
	"$ROOT/quickstart" "$@" >"$HOME_OF_IT/out" 2>&1 </dev/null
	local rc=$?
	cat "$HOME_OF_IT/out" >>"$LOG"
	return $rc
}
values() { eval "$("$ROOT/quickstart" env)"; }
code() {
	curl -s -o /dev/null -m 20 -w '%{http_code}' -H "api-key: $TG_KEY" "$TG_URL/open-api/v1/$1"
}
scopes() {
	curl -s -m 20 -H "api-key: $TG_KEY" "$TG_URL/open-api/v1/me" | grep -o '"scopes":\[[^]]*' |
		grep -o '[a-z][a-z]*:[a-z]*'
}
programs() { pgrep -f "^$ROOT/var/build/(fcgi|cron)/|^[^ ]*bash $ROOT/quickstart chores" | wc -l; }
before() { [ "$SECONDS" -lt "$1" ]; }
post() {
	curl -s -m 20 -H "api-key: $TG_KEY" -H 'Content-Type: application/json' -d "$2" "$TG_URL/$1"
}
id_in() { grep -o '"id":"[^"]*' | head -n 1 | cut -d'"' -f4; }
sell() {
	local items="[{\"ticketId\":\"$ticket\",\"quantity\":1}]"
	local buyer='{"name":"Ana","email":"ana@example.com"}'
	post box-office/v1/orders "{\"eventId\":\"$event\",\"items\":$items,\"buyer\":$buyer}"
}
arrived() { # N: so many orders were told of, within half a minute
	local n=300
	until [ "$(grep -c 'order.completed real' "$HOME_OF_IT/received")" -ge "$1" ]; do
		n=$((n - 1))
		[ $n -gt 0 ] || { sed 's/^/# /' "$ROOT/var/log/chores.out"; return 1; }
		sleep 0.1
	done
}
loop() { cat "$ROOT/var/chores.pid"; }
sender() { pgrep -P "$(loop)" -f webhook-flush; }
no_sender() { # within ten seconds
	local n=200
	while pgrep -f "^$ROOT/var/build/cron/" >/dev/null && [ $n -gt 0 ]; do
		n=$((n - 1)) && sleep 0.05
	done
	[ $n -gt 0 ]
}

# Below the ports that the system gives to clients: the next one stays free.
exec 3< <(exec python3 -u -c 'import random, socket, time
while True:
    try:
        s = socket.create_server(("127.0.0.1", random.randrange(20000, 32000)))
        break
    except OSError:
        pass
print(s.getsockname()[1]); time.sleep(600)')
taker=$!
read -r port <&3
export TG_PORT=$port
check "status of nothing gives 3" is "$(quickstart status; echo $?)" 3
check "env of nothing fails" is "$(quickstart env; echo $?)" 1
check "the first run" quickstart
values
check "the port was taken: the next free one" test "${TG_URL##*:}" -gt "$port"
check "the key works" is "$(code me)" 200
check "with all scopes" is "$(scopes)" \
	"$(grep -o 'SCOPE_[A-Z_]*, "[^"]*' "$ROOT/common/schema/scope.c" | cut -d'"' -f2)"
check "nothing of it belongs to another user" \
	is "$(find "$ROOT/var" ! -user "$owner" | head -n 3)" ""
secrets=("$ROOT/var/quickstart.env" "$ROOT/var/ticketgate.conf" "$ROOT/var/ticketgate.key")
check "the key is for the owner's eyes" is "$(stat -c %a "${secrets[@]}" | sort -u)" 600
logs=$ROOT/var/log
open=$(find "$logs" -type f ! -perm 600 -exec stat -c '%a %n' {} +)
check "no other user can read the logs" is "$open$(stat -c %a "$logs" "$logs/web" | sort -u)" 700
check "links that others put into /tmp are not followed" \
	is "$(stat -c %a "$VICTIM") $(find "$VICTIM" | wc -l)" "755 1"
short=("$(cat "$ROOT/var/run.path")" "$(cat "$ROOT/var/db/run.path")")
check "the folders of sockets are the owner's" \
	is "$(stat -c '%a %U' "${short[@]}" "${short[@]/%//run}" | sort -u)" "700 $owner"
grep '^curl ' "$HOME_OF_IT/out" >"$HOME_OF_IT/lines"
check "three lines to paste" is "$(wc -l <"$HOME_OF_IT/lines")" 3
answers='"status":"PUBLISHED"\|"status":"DRAFT"\|"slug":"demo"'
check "which work" is \
	"$(bash "$HOME_OF_IT/lines" | grep -o "$answers" | head -n 9 | sort -u | wc -l)" 3
check "the event is there" is "$(code events/my-first-concert)" 200
pages=$(grep -o 'http://[^ ]*/e/demo/[^ ]*' "$HOME_OF_IT/out")
check "buyers find a free event and a paid one" \
	is "$(for page in $pages; do curl -s -m 20 -o /dev/null -w '%{http_code} ' "$page"; done)" \
	"200 200 "
check "the doctor reports no problems" \
	bash -c "TG_CONF='$TG_CONF' '$TG_BIN/ticketgate' doctor >>'$LOG'"

# A webhook for one of doc/receivers, on this machine; what is sold is told, whatever becomes of the
# sender.
hook=$(PYTHONPATH=$ROOT/tests/lib python3 -c 'import ports; print(ports.free_port())')
secret=$(post open-api/v1/webhooks \
	"{\"url\":\"http://127.0.0.1:$hook/\",\"events\":[\"order.completed\"]}" |
	grep -o 'whsec_[^"]*')
check "a webhook to this machine may be made" test -n "$secret"
WEBHOOK_SECRET=$secret python3 "$ROOT/doc/receivers/webhook.py" "$hook" >"$HOME_OF_IT/received" \
	2>>"$LOG" &
receiver=$!
event=$(curl -s -H "api-key: $TG_KEY" "$TG_URL/open-api/v1/events/my-first-concert" | id_in)
ticket=$(curl -s -H "api-key: $TG_KEY" "$TG_URL/open-api/v1/events/my-first-concert/tickets" |
	id_in)
while ! (exec 3<>"/dev/tcp/127.0.0.1/$hook") 2>/dev/null && kill -0 "$receiver"; do sleep 0.05; done
sell >>"$LOG"
check "a sale is told, and its signature fits" arrived 1
kill -9 "$(sender)"
sell >>"$LOG"
check "the sender was killed: another one tells of the next sale" arrived 2

key=$TG_KEY url=$TG_URL
SECONDS=0
check "again" quickstart
values
check "again: in seconds, with the same key and address, and the data" \
	is "$(before 30 && echo yes) $TG_KEY $TG_URL $(code events/my-first-concert)" \
	"yes $key $url 200"
check "again: and lines that still work" is "$(grep -c 'my-first-concert-2' "$HOME_OF_IT/out")" 2
check "status" quickstart status
kill -9 "$(loop)"
check "the loop was killed: its sender ends, too" no_sender
check "status reports that no sender is running" \
	is "$(quickstart status; echo $?) $(grep -c 'sender not running' "$HOME_OF_IT/out")" "3 1"
kill -9 "$(cat "$ROOT/var/web.pid")" "$(cat "${short[1]}/run/db.pid")"
check "status of killed servers gives 3" is "$(quickstart status; echo $?)" 3
check "killed servers: the next run starts them" quickstart
sell >>"$LOG"
check "and webhooks leave again" arrived 3
check "killed servers: and the data are there" is "$(code events/my-first-concert)" 200
kill -9 "$(cat "$ROOT/var/web.pid")"
check "stop ends what a killed web server left" quickstart stop
check "stop: no process is left" is "$(programs)" 0
check "stop twice" quickstart stop
rm -rf "${short[@]}"
before=("${short[@]}")
check "and up again, after something cleaned /tmp" quickstart
short=("$(cat "$ROOT/var/run.path")" "$(cat "$ROOT/var/db/run.path")")
check "with new folders of sockets, the owner's, too" \
	is "$(stat -c '%a %U' "${short[@]}" "${short[@]/%//run}" | sort -u)" "700 $owner"
check "not the old ones" is "$(ls -d "${before[@]}" 2>/dev/null)" ""
check "reset wants a yes" is "$(quickstart reset; echo $?) $(code me)" "1 200"
check "reset" quickstart reset --yes
left=$(cd "$ROOT/var" &&
	find . -maxdepth 1 -mindepth 1 ! -name build ! -name quickstart.lock | wc -l)
check "reset: nothing is left but the build" is "$left $(programs)" "0 0"
check "reset: nor folders of sockets" is "$(ls -d "${short[@]}" 2>/dev/null)" ""
check "an unknown command gives 2" is "$(quickstart dance; echo $?)" 2
exit $failed
