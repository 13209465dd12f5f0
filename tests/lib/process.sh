# shellcheck shell=bash
# Sourced by quickstart and mariadb.sh: processes that are not the caller's children.

# Whether a process has not ended: one that has may stay until its parent looks (proc(5): Z).
alive() { # PID
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	case ${stat##*) } in Z* | X*) return 1 ;; esac
}

gone() { # PID SECONDS: waits for its end
	local n=$(($2 * 20))
	while alive "$1"; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.05
	done
}
