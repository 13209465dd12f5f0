#!/bin/bash
# packaging/release in a copy of the tree with a history of its own: what it refuses, what --prepare
# writes, and a whole release with a throw-away key.
set -u
SRC=${TG_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
WORK=$SRC/var/debian/release
LOG=$WORK/log
TREE=$WORK/tree
BUILD=$WORK/build
export DEB_BUILD_OPTIONS=nocheck GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com

# shellcheck source=tests/lib/check.sh
. "$SRC/tests/lib/check.sh"

commit() { git -C "$TREE" add -A && git -C "$TREE" commit -q --allow-empty -m "$1"; }
release() { "$TREE/packaging/release" "$@" >"$LOG" 2>&1 </dev/null; }
refused() { # WORDS; the release is, with these words, and has built nothing
	! release "$BUILD" && grep -q "$1" "$LOG" && [ ! -e "$BUILD/release" ]
}

# CHANGELOG.md as it is after a release, whatever has been done since the last one.
empty_notes() {
	awk '/^## / { skip = 0 }
		!skip { print }
		/^## Unreleased$/ { print "\nNothing yet.\n"; skip = 1 }' "$SRC/CHANGELOG.md"
}

# The files of the tree, as they are now, in a repository of one commit.
copy() {
	rm -rf "$WORK"
	mkdir -p "$TREE" "$BUILD"
	git -C "$SRC" ls-files -z --cached --others --exclude-standard |
		(cd "$SRC" && xargs -0 ls -d 2>/dev/null) |
		tar -c -C "$SRC" --verbatim-files-from -T - | tar -x -C "$TREE" || return 1
	empty_notes >"$TREE/CHANGELOG.md"
	git -C "$TREE" init -q && commit first
	mkdir -p "$TREE/var" "$SRC/var/bundle" # what the bundle keeps
	ln -s "$SRC/var/bundle" "$TREE/var/bundle"
}

refusals() {
	echo more >"$TREE/left-over"
	check "a tree with changes is refused" refused 'not committed'
	rm "$TREE/left-over"
	sed -i '1s/(.*)/(9.9.9-1)/' "$TREE/packaging/debian/changelog"
	commit wrong
	check "another version in debian/changelog is refused" refused 'packaging/debian/changelog'
	git -C "$TREE" reset -q --hard HEAD^
	sed -i 's/^AC_INIT(\[ticketgate\], .*/AC_INIT([ticketgate], [9.9.8])/' "$TREE/configure.ac"
	commit wrong
	check "another version in configure.ac is refused" refused 'CHANGELOG.md'
	git -C "$TREE" reset -q --hard HEAD^
	sed -i 's/^Nothing yet\.$/* A change./' "$TREE/CHANGELOG.md"
	commit notes
	check "notes without a version are refused" refused 'unreleased'
	check "not a version" is "$(release --prepare 1.2 || echo refused)" refused
}

make_pages() {
	(cd "$TREE" && ./autogen.sh) || return 1
	(cd "$BUILD" && "$TREE/configure" -q && make -s -j2 && make -s man)
}

# Version 9.9.0 of the tree, with its pages.
prepared() {
	release --prepare 9.9.0
	check "--prepare" is $? 0
	check "the version is in configure.ac" grep -q '^AC_INIT(\[ticketgate\], \[9.9.0\])$' \
		"$TREE/configure.ac"
	check "CHANGELOG.md has a dated heading above the notes" is \
		"$(grep -A 2 '^## 9.9.0 (20..-..-..)$' "$TREE/CHANGELOG.md" | tail -n 1)" '* A change.'
	check "debian/changelog is well-formed" is \
		"$(dpkg-parsechangelog -l "$TREE/packaging/debian/changelog" -S Version 2>&1)" 9.9.0-1
	check "--prepare again has nothing to release" is \
		"$(release --prepare 9.9.1 || echo refused)" refused
	make_pages >"$LOG" 2>&1 </dev/null
	check "autogen, configure, make, make man" is $? 0
	commit prepared
}

whole() {
	local key=$WORK/key out=$BUILD/release
	minisign -G -W -s "$key.sec" -p "$key.pub" >"$LOG" 2>&1 </dev/null
	check "a throw-away key" test -s "$key.sec"
	MINISIGN_KEY=$key.sec make -s -C "$BUILD" release >"$LOG" 2>&1 </dev/null
	check "make release" is $? 0
	for f in ticketgate-9.9.0.tar.xz CHANGELOG.md SHA256SUMS SHA256SUMS.minisig; do
		check "it has $f" test -s "$out/$f"
	done
	check "it has the Debian package" is "$(dpkg-deb -f "$out"/ticketgate_9.9.0-1_*.deb Version)" \
		9.9.0-1
	[ ! -d "$TREE/packaging/bundle" ] ||
		check "it has the bundle" test -s "$(echo "$out"/ticketgate-9.9.0-linux-*.tar.gz)"
	check "all checksums are right" in_folder "$out" sha256sum --quiet -c SHA256SUMS
	check "and of all files" is "$(cut -c67- "$out/SHA256SUMS" | sort | tr '\n' ' ')" \
		"$(cd "$out" && printf '%s\n' * | grep -v SHA256 | sort | tr '\n' ' ')"
	check "the signature is the key's" minisign -V -q -p "$key.pub" -m "$out/SHA256SUMS"
	echo >>"$out/SHA256SUMS"
	check "a file that was changed has no valid signature" not minisign -V -q -p "$key.pub" \
		-m "$out/SHA256SUMS"
}

in_folder() { (cd "$1" && shift && "$@"); }
not() { ! "$@" 2>/dev/null; }

if ! git -C "$SRC" rev-parse --git-dir >/dev/null 2>&1; then
	echo "ok - release # SKIP this tree is no git tree"
	exit 0
fi
copy
check "a copy of the tree" test -s "$TREE/configure.ac"
refusals
prepared
whole
exit $failed
