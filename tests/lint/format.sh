#!/bin/bash
# All C as clang-format writes it by .clang-format, all Python as black does by pyproject.toml.
here=$(dirname "$0")
if [ ! -e .clang-format ]; then
	echo ".clang-format is missing: it says how C is formatted"
elif ! command -v clang-format >/dev/null; then
	echo "clang-format is missing. On Debian: apt-get install clang-format"
else
	python3 "$here/tree.py" .c .h | xargs clang-format --dry-run 2>&1 |
		sed -n 's/^\([^ :]*:[0-9]*\):.*-Wclang-format-violations.*/\1: run clang-format -i/p' |
		sort -u -t: -k1,1
fi
if ! command -v black >/dev/null; then
	echo "black is missing. On Debian: apt-get install black"
else
	python3 "$here/tree.py" --scripts python | xargs black --check 2>&1 |
		sed -n 's/^would reformat \(.*\)/\1: run black/p; /^error: /p'
fi
