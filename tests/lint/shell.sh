#!/bin/bash
# Every shell script pleases shellcheck (warnings and worse).
if ! command -v shellcheck >/dev/null; then
	echo "shellcheck is missing. On Debian: apt-get install shellcheck"
	exit 1
fi
python3 "$(dirname "$0")/tree.py" --scripts shell | while read -r f; do
	shellcheck -x -S warning -f gcc "$f"
done
