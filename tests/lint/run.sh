#!/bin/bash
# Rules a script can check. Prints "ok - …" and "not ok - …" lines; a rule per script, all of them
# below tests/lint/.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
bad=0
run() { # RULE COMMAND…: the command prints what breaks the rule, a line each
	local rule=$1 found
	shift
	found=$("$@" 2>&1)
	if [ -z "$found" ]; then
		echo "ok - $rule"
		return
	fi
	bad=1
	printf '%s\n' "$found" | sed 's/^/not ok - /' | sed "s|\$| ($rule)|"
}
run "floors: common/ includes its own floor and lower ones" python3 "$here/floors.py"
run "banned functions" python3 "$here/banned.py"
run "functions of at most 80 lines, files of at most 500" python3 "$here/sizes.py"
run "headers compile alone" "$here/headers.sh"
run "configuration keys are documented" python3 "$here/confkeys.py"
run "pages: text stays text, nothing inline, nothing from elsewhere" python3 "$here/pages.py"
run "listed in Makefile.am" python3 "$here/listed.py"
run "no words of one machine or workplace" python3 "$here/words.py"
run "shellcheck" "$here/shell.sh"
run "python files compile" python3 "$here/pycompile.py"
exit $bad
