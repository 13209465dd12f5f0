#!/bin/bash
# JavaScript and CSS: formatted by prettier (.prettierrc.json), and the rules of javascript.mjs.
# Prints each violation on a line.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=$(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/lib python3 -c '
import npm
folder, why = npm.packages()
print(folder if folder else "error: prettier cannot be installed: " + why)')
case $found in
error:*)
	printf '%s\n' "$found"
	exit 1
	;;
esac
"$found/node_modules/.bin/prettier" --list-different . 2>&1 |
	sed 's/$/: not formatted, run prettier --write/'
python3 tests/lint/tree.py .js .mjs | xargs node tests/lint/javascript.mjs "$found/node_modules"
