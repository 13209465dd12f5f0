# shellcheck shell=bash
# Sourced by the tests of the Debian package: roots of Debian releases below $DEBIAN, as layers of
# an overlay, from the mirror that this machine's apt uses. Needs root, and Linux namespaces.
#
#   base_root RELEASE               $DEBIAN/RELEASE, by debootstrap, once
#   layer NAME BELOW COMMAND…       $DEBIAN/NAME, once: what COMMAND changes above the layers BELOW
#   mount_root FOLDER BELOW NEW     mounts the layers BELOW at FOLDER; changes go into NEW
#   isolated COMMAND…               runs it in namespaces of its own, with no network but 127.0.0.1;
#                                   everything that it has started ends with it
#   in_root FOLDER COMMAND…         chroot with a clean environment
#
# Layers are names below $DEBIAN, the upper first, joined with ":".

# The repository that this machine's Debian comes from.
debian_mirror() {
	apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		sed -n 's,^Debian/Debian ,,p' | head -n 1 | grep .
}

base_root() { # RELEASE
	local mirror
	[ ! -e "$DEBIAN/$1/.complete" ] || return 0
	mirror=$(debian_mirror) || { echo "no Debian mirror in the sources of apt" >&2; return 1; }
	rm -rf "${DEBIAN:?}/$1"
	mkdir -p "$DEBIAN"
	debootstrap --variant=minbase "$1" "$DEBIAN/$1" "$mirror" || return 1
	: >"$DEBIAN/$1/.complete"
}

in_root() { # FOLDER COMMAND…
	local root=$1
	shift
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive \
		${TICKETGATE_PUBLIC_URL:+TICKETGATE_PUBLIC_URL="$TICKETGATE_PUBLIC_URL"} \
		${TICKETGATE_PURGE_DATABASE:+TICKETGATE_PURGE_DATABASE="$TICKETGATE_PURGE_DATABASE"} \
		${DEB_BUILD_OPTIONS:+DEB_BUILD_OPTIONS="$DEB_BUILD_OPTIONS"} \
		chroot "$root" "$@"
}

mount_root() { # FOLDER BELOW NEW
	local below='' name
	for name in ${2//:/ }; do below=$below:$DEBIAN/$name; done
	mkdir -p "$1" "$DEBIAN/$3" "$DEBIAN/$3.work"
	mount -t overlay overlay -o "lowerdir=${below#:},upperdir=$DEBIAN/$3,workdir=$DEBIAN/$3.work" \
		"$1" || return 1
	mount -t proc proc "$1/proc"
	mount -t sysfs -o ro sysfs "$1/sys" 2>/dev/null || true
	mount -t tmpfs -o mode=755 tmpfs "$1/dev"
	for name in null zero full random urandom tty; do
		touch "$1/dev/$name"
		mount --bind "/dev/$name" "$1/dev/$name"
	done
	mkdir -p "$1/dev/pts" "$1/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
	ln -s pts/ptmx "$1/dev/ptmx"
	ln -s /proc/self/fd "$1/dev/fd"
	ln -s /proc/self/fd/0 "$1/dev/stdin"
	ln -s /proc/self/fd/1 "$1/dev/stdout"
	ln -s /proc/self/fd/2 "$1/dev/stderr"
	mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
	mount -t tmpfs -o mode=755 tmpfs "$1/run"
	mkdir -p "$1/run/lock"
	# There is no init system that invoke-rc.d could ask: services may be started.
	[ -e "$1/usr/sbin/policy-rc.d" ] || {
		printf '#!/bin/sh\nexit 0\n' >"$1/usr/sbin/policy-rc.d"
		chmod 755 "$1/usr/sbin/policy-rc.d"
	}
	[ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >"$1/etc/resolv.conf" 2>/dev/null || true
}

# In namespaces for processes and mounts, which end everything; the network is this machine's.
with_network() { # COMMAND…
	unshare --mount --pid --ipc --uts --fork --kill-child --propagation private \
		--mount-proc -- "$@"
}

isolated() { # COMMAND…
	# shellcheck disable=SC2016 # for the inner shell
	with_network unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

# Starts systemd as the first process of the namespaces, without a network; PREPARE mounts the root
# and leaves its path in `root`. Sets `booted` to its process id, or fails where it does not start.
boot_systemd() { # PREPARE
	local groups i
	groups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[ -n "$groups" ] && mkdir -p "$groups/ticketgate-test-$$" || return 1
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$groups/ticketgate-test-$$" \
		unshare --cgroup --net --mount --pid --ipc --uts --fork --kill-child \
		--propagation private --mount-proc -- "$SELF" --boot "$1" &
	starter=$!
	for ((i = 0; i < 600; i++)); do
		kill -0 $starter 2>/dev/null || return 1
		booted=$(pgrep -P $starter | head -n 1)
		if [ -n "$booted" ] && [ "$(cat "/proc/$booted/comm")" = systemd ]; then
			case $(in_booted systemctl is-system-running 2>/dev/null) in
			running | degraded) return 0 ;;
			esac
		fi
		sleep 0.1
	done
	return 1
}

in_booted() { # COMMAND…; inside the root of the systemd that boot_systemd started
	nsenter -t "$booted" -m -n -p -i -u -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

end_systemd() {
	[ -z "${booted:-}" ] || kill -9 "$booted" 2>/dev/null
	[ -z "${starter:-}" ] || { kill "$starter"; wait "$starter"; } 2>/dev/null
	rmdir "$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/ticketgate-test-$$" 2>/dev/null || true
}

# For --boot PREPARE of the calling script: becomes systemd.
become_systemd() { # PREPARE
	ip link set lo up
	"$1" || return 1
	umount "$root/sys"
	mount -t sysfs sysfs "$root/sys"
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup" || return 1
	: >"$root/etc/machine-id"
	exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" \
		/lib/systemd/systemd --log-target=null --show-status=no
}

# Runs a function of the calling script by starting the script, $SELF, again: FUNCTION ARGUMENTS…
layer() { # NAME BELOW FUNCTION ARGUMENTS…
	local name=$1 below=$2
	shift 2
	[ ! -e "$DEBIAN/$name.complete" ] || return 0
	rm -rf "${DEBIAN:?}/$name" "$DEBIAN/$name.work"
	with_network "$SELF" --layer "$name" "$below" "$@" || return 1
	: >"$DEBIAN/$name.complete"
}
