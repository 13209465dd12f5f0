/* validate: syntax of amounts, URLs and slugs. */
#ifndef TG_TEXT_VALIDATE_H
#define TG_TEXT_VALIDATE_H

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Converts the text of a JSON number ("1500", "12.5", "1e3") to an integer of 10^-decimals,
 * exactly. False when it has more decimals or is out of range. */
bool validate_decimal(const char *s, int decimals, int64_t *out);
/* Length of "https://" or "http://" at the start of n bytes, in any case; 0: neither. */
size_t url_scheme_length(const char *s, size_t n);
/* An http or https URL with a host; `s` must be NUL-terminated. Whether webhooks may be sent there
 * is decided by common/net/url_guard.h. */
bool validate_url(const char *s, size_t n);
/* What is wrong with a URL that has characters beyond ASCII, in the arena: "must be
 * percent-encoded: …"; NULL when it has none. */
char *url_encoding_fault(struct arena *a, const char *s);
/* What is wrong with an email address of n bytes, in the arena: "must be an email", if possible
 * with the character that cannot be part of it; NULL when it is plausible: one @ with a local part
 * of at most 64 bytes and a domain with a dot, at most 254 bytes (RFC 5321 sections 4.1.2
 * and 4.5.3.1), no blank or invisible characters, no dots at an end or next to each other. Letters
 * of any script are accepted (RFC 6531). Whether the address exists only its mail server knows. */
char *email_fault(struct arena *a, const char *s, size_t n);
/* a-z, 0-9 and -, not only dashes, and not a UUID, which would be ambiguous in paths. */
bool validate_slug(const char *s, size_t n);

#endif
