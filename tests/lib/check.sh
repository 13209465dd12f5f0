# shellcheck shell=bash
# Sourced by tests that are shell scripts: results as TAP lines. The last lines of the file LOG are
# shown after a failure; the test ends with `exit $failed`.
# shellcheck disable=SC2034
failed=0

check() { # NAME CONDITION…
	local name=$1
	shift
	if "$@"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		tail -n 25 "$LOG" | sed 's/^/# /'
		failed=1
	fi
}

# is GOT WANTED: a condition for check.
is() { [ "$1" = "$2" ] || { echo "# $1, not $2"; return 1; }; }
