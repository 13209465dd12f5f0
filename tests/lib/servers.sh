#!/bin/bash
# Database servers of other Debian releases, for the suites "mariadb-11.8:…" and "mysql-9.7:…".
#
#   servers.sh list          prints the names of the servers
#   servers.sh get NAME      unpacks the server below var/servers/NAME when it is not there; prints
#                            the folder, whose programs/ has them. Exits 3 when the archive does
#                            not have this version any more, 1 when it cannot be reached
#
# apt fetches the packages and all libraries they need, from the mirror that this machine uses, with
# lists and a cache below var/servers: neither the system's configuration nor its packages change.
# The programs run through the dynamic loader and the libraries beside them, so no chroot is needed.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)/var/servers
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# name, release of Debian, beginning of the version, programs, packages: first the server's
SERVERS="mariadb-11.8 trixie 11.8. mariadbd,my_print_defaults,resolveip mariadb-server-core \
mariadb-client-core
mysql-9.7 sid 9.7. mysqld mysql-server-core"

die() { echo "servers.sh: $*" >&2; exit 1; }

# Sets release, version, programs and packages.
look_up() { # NAME
	local line
	line=$(grep "^$1 " <<<"$SERVERS") || die "unknown server $1; there are: $(list)"
	read -r _ release version programs packages <<<"$line"
}

list() { cut -d' ' -f1 <<<"$SERVERS" | tr '\n' ' '; }

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

# Downloads the packages into $apt/cache/archives.
fetch() {
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
	# shellcheck disable=SC2086 # words
	private_apt apt-get -y --download-only install $packages >&2 ||
		die "the packages of $release cannot be fetched"
}

# Puts a script in the place of a program: it runs the program with the loader and the libraries
# that were unpacked beside it.
wrap() { # FOLDER PROGRAM
	local program loader libraries
	program=$(find "$1/usr/sbin" "$1/usr/bin" -name "$2" -type f | head -n 1)
	loader=$(find "$1/usr/lib64" "$1/usr/lib" -maxdepth 2 -name 'ld-linux*.so.*' | head -n 1)
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

get() { # NAME
	look_up "$1"
	mkdir -p "$root"
	exec 7>"$root/lock"
	flock 7
	if [ "$(cat "$root/$1/.complete" 2>/dev/null)" != "$root" ]; then # or the clone was moved
		apt=$root/$1.apt
		fetch
		unpack "$root/$1"
		echo "$root" >"$root/$1/.complete"
		rm -rf "$apt"
	fi
	echo "$root/$1"
}

case ${1:-} in
list) list ;;
get) get "${2:?}" ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2
	exit 2
	;;
esac
