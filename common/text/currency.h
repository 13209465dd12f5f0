/* currency: the list of active ISO 4217 currency codes. */
#ifndef TG_TEXT_CURRENCY_H
#define TG_TEXT_CURRENCY_H

#include <stdbool.h>

/* Whether it is an active currency's code of three letters in upper case, such as PHP. */
bool currency_exists(const char *code);

#endif
