#!/bin/bash
# A folder with Debian 11, for the tests of the bundle: to run the portable program in (chroot), and
# to compile with its older headers of libcurl and json-c.
#
#   debian11.sh FOLDER     makes it unless it is there; needs root, for debootstrap
#
# From the mirror that this machine's Debian comes from.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8
to=$1
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() { echo "debian11.sh: $*" >&2; exit 1; }

[ ! -e "$to/.complete" ] || exit 0
[ "$(id -u)" = 0 ] || die "debootstrap needs root"
command -v debootstrap >/dev/null || die "missing: debootstrap"
# shellcheck disable=SC2016 # apt's own
mirror=$(apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
	sed -n 's,^Debian/Debian ,,p' | head -n 1)
[ -n "$mirror" ] || die "no Debian mirror in the sources of apt (run: apt-get update)"
rm -rf "$to"
mkdir -p "$to"
debootstrap --variant=minbase --keyring="$keyring" \
	--include=libcurl4-openssl-dev,libjson-c-dev bullseye "$to" "$mirror"
touch "$to/.complete"
