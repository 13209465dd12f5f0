/* mail_address: addresses as they are compared, and the two settings of mail: who it is from and
 * where it is handed over. */
#ifndef TG_TEXT_MAIL_ADDRESS_H
#define TG_TEXT_MAIL_ADDRESS_H

#include "common/base/arena.h"
#include "common/base/span.h"

#include <stdbool.h>

/* An address as it is compared, in the arena: ASCII letters in lower case, as
 * orders.buyer_email_key and users.email have them. */
char *mail_address_key(struct arena *a, const char *s);
/* The same for the address of an account, which is ASCII; NULL: it is not. */
char *mail_address_of_account(struct arena *a, const char *s);

/* "tickets@example.org" or "Example Arena <tickets@example.org>"; the spans point into `s`. `name`
 * is empty when there is none; quotes around it are left out. False: neither form, or not a
 * plausible ASCII address. */
bool mail_from_parse(const char *s, struct span *name, struct span *address);

/* Where mail is handed over. */
enum mail_route { MAIL_OFF, MAIL_SMTP, MAIL_SMTPS, MAIL_SENDMAIL, MAIL_UNKNOWN };
/* smtp:// or smtps:// with user:password@ (percent-encoded; may be absent), a host and a port (may
 * be absent), or the absolute path of sendmail. MAIL_OFF: empty; MAIL_UNKNOWN: none of these.
 * `host` gets the host, brackets included. */
enum mail_route mail_url_parse(const char *s, struct span *host);
/* Whether a host of mail_url_parse() is this machine by its name or address. */
bool mail_host_is_loopback(struct span host);

#endif
