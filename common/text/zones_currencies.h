/* zones_currencies: IANA time zones (tz database 2025b, links included) and ISO 4217 currencies,
 * each sorted by bytes. */
#ifndef TG_TEXT_ZONES_CURRENCIES_H
#define TG_TEXT_ZONES_CURRENCIES_H

#include <stddef.h>

/* For bsearch(3); validate_timezone() and validate_currency() use them. */
extern const char *const zone_names[];
extern const size_t zone_count;
extern const char *const currency_names[];
extern const size_t currency_count;

#endif
