#!/bin/bash
# Each header of the product compiles alone, and twice.
libraries=(fcgi json-c libmariadb libcrypto libcurl libcares libqrencode libutf8proc zlib)
flags=$(pkg-config --cflags "${libraries[@]}" 2>/dev/null)
python3 "$(dirname "$0")/tree.py" .h | grep -v '^tests/' | while read -r h; do
	# shellcheck disable=SC2086 # words
	out=$(printf '#include "%s"\n#include "%s"\n' "$h" "$h" |
		cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -iquote . $flags -fsyntax-only -x c - \
			2>&1) ||
		echo "$h: does not compile alone: $(printf '%s' "$out" | grep -m1 error)"
done
