#!/bin/bash
# Rules a script can check. Prints "ok - …" and "not ok - …" lines; a rule per script, all of them
# below tests/lint/.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
export PYTHONDONTWRITEBYTECODE=1
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
run "C and Python are formatted" "$here/format.sh"
if [ -e "$here/prettier.sh" ]; then
	run "JavaScript and CSS are formatted" "$here/prettier.sh"
fi
run "PHP parses under each version; functions of at most 80 lines" "$here/php.sh"
run "lines of at most 100 columns" python3 "$here/width.py"
run "npm packages are installed once" python3 "$here/test_npm.py"
run "functions of at most 80 lines, files of at most 500" python3 "$here/sizes.py"
run "at most 5 parameters" python3 "$here/parameters.py"
run "at most one ?: in an expression" python3 "$here/ternary.py"
run "the rule on ?: finds what is planted" python3 "$here/test_ternary.py"
run "first comments; comments and assertions enough" python3 "$here/comments.py"
run "names that many files define" python3 "$here/names.py"
run "floors: folders include themselves and what lies below" python3 "$here/floors.py"
run "the rule on floors finds what is planted" python3 "$here/test_floors.py"
run "banned functions" python3 "$here/banned.py"
run "headers compile alone" "$here/headers.sh"
run "configuration keys are documented" python3 "$here/confkeys.py"
run "pages: text stays text, nothing inline, nothing from elsewhere" python3 "$here/pages.py"
run "the package's web server files are made of the templates" python3 "$here/web_conf.py"
run "webhook events: one list everywhere" python3 "$here/webhook_events.py"
run "what is kept how long: every table is named" python3 "$here/retention.py"
run "currencies: one list everywhere" python3 "$here/currencies.py"
run "messages: each is used, and scripts get theirs" python3 "$here/messages.py"
run "listed in Makefile.am" python3 "$here/listed.py"
run "no words of one machine or workplace" python3 "$here/words.py"
run "no secret in the arguments of a command" python3 "$here/arguments.py"
run "the rule on arguments finds what is planted" python3 "$here/test_arguments.py"
run "shellcheck" "$here/shell.sh"
run "python files compile" python3 "$here/pycompile.py"
exit $bad
