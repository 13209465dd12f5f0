#!/bin/sh
# Makes ./configure from configure.ac (a clone has none; a release tarball does).
set -eu
cd "$(dirname "$0")"
for tool in autoreconf:autoconf automake:automake pkg-config:pkg-config; do
	command -v "${tool%%:*}" >/dev/null 2>&1 || {
		echo "autogen.sh: ${tool%%:*} is missing. On Debian: apt-get install ${tool##*:}" >&2
		exit 1
	}
done
exec autoreconf --install "$@"
