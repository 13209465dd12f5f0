#!/bin/bash
# Every shell script pleases shellcheck (warnings and worse).
command -v shellcheck >/dev/null || {
	echo "shellcheck is missing. On Debian: apt-get install shellcheck"
	exit 1
}
python3 "$(dirname "$0")/tree.py" | while read -r f; do
	case $f in
	*.sh) ;;
	*.*) continue ;;
	*) head -n 1 "$f" | grep -qE '^#!.*\b(ba|da)?sh\b' || continue ;;
	esac
	shellcheck -x -S warning -f gcc "$f"
done
