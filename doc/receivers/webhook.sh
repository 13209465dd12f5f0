#!/bin/sh
# A receiver of ticketgate's webhooks, as a CGI program in shell: needs openssl, nothing else.
# WEBHOOK_SECRET stands in its environment (SetEnv in Apache).
# What to mind is in doc/webhooks.md.
set -eu
tolerance=300 # seconds that a delivery may be old

answer() { # STATUS TEXT
	printf 'Status: %s\r\nContent-Type: text/plain\r\n\r\n%s\n' "$1" "$2"
	exit 0
}

# hmac HEX-KEY: base64 of HMAC-SHA-256 of standard input
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary | openssl base64 -A; }

body=$(mktemp)
trap 'rm -f "$body"' EXIT
# a file: the body is signed byte by byte, and a shell variable would lose some
head -c "${CONTENT_LENGTH:-0}" >"$body"

case ${HTTP_WEBHOOK_TIMESTAMP:-x} in *[!0-9]* | ????????????????*) answer 401 "no timestamp" ;; esac
age=$(($(date +%s) - HTTP_WEBHOOK_TIMESTAMP))
if [ "$age" -gt $tolerance ] || [ "$age" -lt -$tolerance ]; then
	answer 401 "too old, or from the future"
fi

key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
signed="${HTTP_WEBHOOK_ID:-}.$HTTP_WEBHOOK_TIMESTAMP."
want="v1,$({ printf %s "$signed" && cat "$body"; } | hmac "$key")"
# compared as hashes under a key of the moment, so that the time it takes tells nothing
moment=$(openssl rand -hex 32)
fits=no
for got in ${HTTP_WEBHOOK_SIGNATURE:-}; do # while a secret is being rotated there are several
	if [ "$(printf %s "$got" | hmac "$moment")" = "$(printf %s "$want" | hmac "$moment")" ]; then
		fits=yes
	fi
done
[ $fits = yes ] || answer 401 "no signature fits"

# The same id may come again: a folder per id is made once only.
if [ -n "${WEBHOOK_INBOX:-}" ]; then
	if mkdir "$WEBHOOK_INBOX/$HTTP_WEBHOOK_ID" 2>/dev/null; then
		cp "$body" "$WEBHOOK_INBOX/$HTTP_WEBHOOK_ID/body.json"
	fi
fi
answer 200 "thank you"
