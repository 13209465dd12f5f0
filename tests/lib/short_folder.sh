# shellcheck shell=bash
# Sourced by quickstart and mariadb.sh: a folder for Unix sockets, whose paths have at most 107
# bytes (unix(7)), for a clone or a database whose own path is too long.
#
# The folder's name is random, and a file that only the caller can write remembers it: nobody can
# create the folder in advance, or put a symbolic link in its place. When root calls, the folder
# stays root's, and the servers get a folder inside it: a server cannot replace that one either.

# short_folder FILE: prints the folder that FILE remembers; fails unless it is a real folder of
# ours. One lstat decides, so that nothing can be exchanged between two checks.
short_folder() {
	local folder
	folder=$(cat "$1" 2>/dev/null) && [[ $folder =~ ^/tmp/ticketgate\.[0-9A-Za-z]+$ ]] &&
		find -P "$folder" -maxdepth 0 -type d -user "$(id -u)" 2>/dev/null | grep .
}

# make_short_folder FILE: the same; creates the folder when there is none.
make_short_folder() {
	local folder
	short_folder "$1" && return 0
	folder=$(mktemp -d /tmp/ticketgate.XXXXXXXXXX) && printf '%s\n' "$folder" >"$1.new" || return 1
	if [ "$(id -u)" = 0 ]; then # the servers, which may run as nobody, enter it
		chmod 711 "$folder"
	fi
	mv "$1.new" "$1" && echo "$folder"
}

# remove_short_folder FILE: removes the folder, when it is ours, and the file.
remove_short_folder() {
	local folder
	if folder=$(short_folder "$1"); then
		rm -rf "$folder"
	fi
	rm -f "$1"
}
