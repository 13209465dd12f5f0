#!/bin/bash
# PHP: every file parses under Debian's PHP and the versions of tests/lib/php.sh, and keeps the
# rules of php.php. Prints each violation on a line.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
command -v php >/dev/null || {
	echo "php is missing. On Debian: apt-get install php-cli"
	exit 1
}
mapfile -t files < <(python3 "$here/tree.py" .php)
commands=(php)
for version in $(tests/lib/php.sh list); do
	if php=$(tests/lib/php.sh get "$version" 2>/dev/null); then
		commands+=("$php")
	else
		echo "PHP $version cannot be fetched from Debian: run tests/lib/php.sh get $version"
	fi
done
for php in "${commands[@]}"; do
	for f in "${files[@]}"; do
		"$php" -d display_errors=0 -d log_errors=0 -l "$f" >/dev/null 2>&1 ||
			"$php" -d display_errors=1 -d log_errors=0 -l "$f" 2>&1 | grep -v '^$'
	done
done
php "$here/php.php" "${files[@]}"
