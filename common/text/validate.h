/* validate: the spelling of money, URLs and slugs. */
#ifndef TG_TEXT_VALIDATE_H
#define TG_TEXT_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal text of a JSON number ("1500", "12.5", "1e3") to minor units, exactly. False: more than
 * two decimals or out of int64 range. */
bool validate_money(const char *s, int64_t *minor);
/* Length of "https://" or "http://" at the start of n bytes, in any case; 0: neither. */
size_t url_scheme_length(const char *s, size_t n);
/* http or https with a host. `s` must be NUL-terminated. Where webhooks may be sent to is
 * common/net/url_guard.h's business. */
bool validate_url(const char *s, size_t n);
/* a-z, 0-9 and -, at least one of the former, and not the shape of a UUID. */
bool validate_slug(const char *s, size_t n);

#endif
