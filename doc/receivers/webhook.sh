#!/bin/sh
# A receiver of ticketgate's webhooks, as a CGI program in shell: needs openssl, nothing else.
# Set WEBHOOK_SECRET in its environment (SetEnv in Apache). See doc/webhooks.md.
set -eu
tolerance=300 # seconds

answer() { # STATUS TEXT
	printf 'Status: %s\r\nContent-Type: text/plain\r\n\r\n%s\n' "$1" "$2"
	exit 0
}

# hmac HEX-KEY: base64 of HMAC-SHA-256 of standard input
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary | openssl base64 -A; }

body=$(mktemp)
trap 'rm -f "$body"' EXIT
# in a file, because a shell variable would lose bytes that are signed
head -c "${CONTENT_LENGTH:-0}" >"$body"

case ${HTTP_WEBHOOK_TIMESTAMP:-x} in *[!0-9]* | ????????????????*) answer 401 "no timestamp" ;; esac
age=$(($(date +%s) - HTTP_WEBHOOK_TIMESTAMP))
if [ "$age" -gt $tolerance ] || [ "$age" -lt -$tolerance ]; then
	answer 401 "timestamp out of tolerance"
fi

key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
signed="${HTTP_WEBHOOK_ID:-}.$HTTP_WEBHOOK_TIMESTAMP."
want="v1,$({ printf %s "$signed" && cat "$body"; } | hmac "$key")"
# constant-time comparison: compare keyed hashes with a random key
moment=$(openssl rand -hex 32)
fits=no
for got in ${HTTP_WEBHOOK_SIGNATURE:-}; do # during a rotation there are several
	if [ "$(printf %s "$got" | hmac "$moment")" = "$(printf %s "$want" | hmac "$moment")" ]; then
		fits=yes
	fi
done
[ $fits = yes ] || answer 401 "no matching signature"

# The same id may come again: a folder per id is made once only.
if [ -n "${WEBHOOK_INBOX:-}" ]; then
	if mkdir "$WEBHOOK_INBOX/$HTTP_WEBHOOK_ID" 2>/dev/null; then
		cp "$body" "$WEBHOOK_INBOX/$HTTP_WEBHOOK_ID/body.json"
	fi
fi
answer 200 "thank you"
