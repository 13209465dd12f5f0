/* validate: the spelling of money, URLs, slugs, zones and currencies. */
#ifndef TG_TEXT_VALIDATE_H
#define TG_TEXT_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal text of a JSON number ("1500", "12.5", "1e3") to minor units, exactly. False: more than
 * two decimals or out of int64 range. */
bool money_parse(const char *s, int64_t *minor);
bool zone_exists(const char *name); /* IANA, links included */
bool currency_exists(const char *code); /* ISO 4217 */
/* http or https with a host. `s` must be NUL-terminated. Where notifications may be sent to is
 * common/net/url_guard.h's business. */
bool url_plausible(const char *s, size_t n);
bool slug_plausible(const char *s, size_t n);

#endif
