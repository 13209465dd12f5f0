# shellcheck shell=bash disable=SC2154
# Sourced by servers.sh, php.sh and wordpress.sh: packages of a release of Debian, unpacked in a
# folder. They set ME (their name), release, version (how the version of the first package begins),
# packages and programs; once() sets apt, a folder for the lists and the cache.
#
# apt fetches the packages and all libraries they need, from the mirror that this machine uses, with
# lists and a cache of its own: neither the system's configuration nor its packages change. The
# programs run through the dynamic loader and the libraries beside them, so no chroot is needed.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() {
	echo "$ME: $*" >&2
	exit 1
}

# The first comment of the script.
usage() {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2
	exit 2
}

# Calls MAKE with the folder unless it has made it already, at this place: the clone may have been
# moved. One process at a time.
once() { # FOLDER MAKE
	mkdir -p "$(dirname "$1")"
	exec 7>"$1.lock"
	flock 7
	if [ "$(cat "$1/.complete" 2>/dev/null)" != "$1" ]; then
		apt=$1.apt
		"$2" "$1"
		echo "$1" >"$1/.complete"
		rm -rf "$apt"
	fi
}

# The repository that this machine's Debian comes from.
mirror() {
	apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		sed -n 's,^Debian/Debian ,,p' | head -n 1 | grep .
}

private_apt() { # COMMAND ARGUMENTS…
	"$1" -q -o Dir::State="$apt/state" -o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt/cache" -o Dir::Etc::sourcelist="$apt/sources.list" \
		-o Dir::Etc::sourceparts="$apt/none" -o Dir::Etc::preferences="$apt/none" \
		-o Dir::Etc::preferencesparts="$apt/none" -o APT::Sandbox::User="$(id -un)" \
		-o APT::Install-Recommends=false -o Acquire::Retries=2 "${@:2}"
}

# Fetches the lists of the release, and sees that the first package has the version.
fetch_lists() {
	local from found package=${packages%% *}
	command -v apt-get >/dev/null || die "this is not Debian: there is no apt-get"
	[ -s "$keyring" ] || die "missing: $keyring (package debian-archive-keyring)"
	from=$(mirror) || die "no Debian mirror in the sources of apt (run: apt-get update)"
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/none"
	: >"$apt/status"
	echo "deb [signed-by=$keyring] $from $release main" >"$apt/sources.list"
	private_apt apt-get -o APT::Update::Error-Mode=any update >&2 ||
		die "the package lists of $release cannot be fetched: is there a network?"
	found=$(private_apt apt-cache policy "$package" | sed -n 's/^ *Candidate: *\([0-9]*:\)\?//p')
	case $found in
	"$version"*) ;;
	*)
		echo "the archive has $package ${found:-in no version}, not ${version%.}, in $release"
		exit 3
		;;
	esac
}

# Downloads the packages and all that they need into $apt/cache/archives.
fetch() {
	fetch_lists
	# shellcheck disable=SC2086 # words
	private_apt apt-get -y --download-only install $packages >&2 ||
		die "the packages of $release cannot be fetched"
}

# The same without what they need.
fetch_alone() {
	fetch_lists
	# shellcheck disable=SC2086 # words
	(cd "$apt/cache/archives" && private_apt apt-get download $packages >&2) ||
		die "the packages of $release cannot be fetched"
}

# Puts a script in the place of a program: it runs the program with the loader and the libraries
# that were unpacked beside it.
wrap() { # FOLDER PROGRAM
	local program loader libraries
	program=$(find "$1/usr/sbin" "$1/usr/bin" -name "$2" -type f | head -n 1)
	# in usr/lib64 Debian 11 has a link with an absolute path
	loader=$(find "$1/usr/lib" "$1/usr/lib64" -maxdepth 2 -name 'ld-linux*.so.*' -xtype f |
		head -n 1)
	libraries=$(dirname "$(find "$1/usr/lib" -maxdepth 2 -name 'libc.so.6' | head -n 1)")
	[ -n "$program" ] && [ -n "$loader" ] || die "$2 is not in the packages of $release"
	mv "$program" "$program.real"
	cat >"$program" <<-END
		#!/bin/sh
		exec '$loader' --library-path '$libraries' '$program.real' "\$@"
	END
	chmod 755 "$program"
	mkdir -p "$1/programs"
	ln -s "$program" "$1/programs/"
}

unpack() { # FOLDER
	local f name
	rm -rf "$1" && mkdir -p "$1/usr"
	for f in bin sbin lib lib64; do # where older packages still put their files
		mkdir "$1/usr/$f" && ln -s "usr/$f" "$1/$f"
	done
	for f in "$apt"/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$f" | tar -x -C "$1" --no-same-owner --keep-directory-symlink \
			--exclude='./usr/share/doc' --exclude='./usr/share/man' || die "cannot unpack $f"
	done
	for name in ${programs//,/ }; do
		wrap "$1" "$name"
	done
}
