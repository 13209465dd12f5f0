# Scheduled jobs of ticketgate where systemd does not run; its timers do the same. They wait while
# the package is configured for the first time, until the database has its tables.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
* * * * * ticketgate [ -d /run/systemd/system ] || [ -e /run/ticketgate.setup ] || ! [ -x /usr/bin/ticketgate ] || ticketgate sweep >/dev/null
* * * * * ticketgate [ -d /run/systemd/system ] || [ -e /run/ticketgate.setup ] || ! [ -x /usr/libexec/ticketgate/webhook-flush ] || /usr/libexec/ticketgate/webhook-flush
* * * * * ticketgate [ -d /run/systemd/system ] || [ -e /run/ticketgate.setup ] || ! [ -x /usr/libexec/ticketgate/mail-send ] || /usr/libexec/ticketgate/mail-send
15 4 * * * ticketgate [ -d /run/systemd/system ] || [ -e /run/ticketgate.setup ] || ! [ -x /usr/bin/ticketgate ] || { out=$(ticketgate verify) || echo "$out"; }
