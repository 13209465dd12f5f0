/* currency: which codes ISO 4217 lists as currencies that are in use. */
#ifndef TG_TEXT_CURRENCY_H
#define TG_TEXT_CURRENCY_H

#include <stdbool.h>

/* `code` is an upper-case code of three letters, such as PHP. */
bool currency_exists(const char *code);

#endif
