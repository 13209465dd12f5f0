/* validate: the spelling of money, URLs, slugs, zones and currencies. */
#ifndef TG_TEXT_VALIDATE_H
#define TG_TEXT_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal text of a JSON number ("1500", "12.5", "1e3") to minor units, exactly. False: more than
 * two decimals or out of int64 range. */
bool validate_money(const char *s, int64_t *minor);
bool validate_timezone(const char *name); /* IANA, links included */
bool validate_currency(const char *code); /* ISO 4217 */
/* http or https with a host. `s` must be NUL-terminated. Where notifications may be sent to is
 * common/net/url_guard.h's business. */
bool validate_url(const char *s, size_t n);
bool validate_slug(const char *s, size_t n);

#endif
