/* utf8: is this text, and how to show what is not. */
#ifndef TG_BASE_UTF8_H
#define TG_BASE_UTF8_H

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that starts at p (RFC 3629 section 4: no surrogates, no overlong forms),
 * or 0. */
size_t utf8_length(const unsigned char *p, size_t n);
/* Is all of it UTF-8? Also the number of characters (code points). */
bool utf8_valid(const char *p, size_t n, size_t *characters);
/* Any bytes as text that may be shown: what is no UTF-8, and control characters but tab and line
 * ends, becomes U+FFFD; a character that is cut off at the end is left out. */
char *utf8_clean(struct arena *a, const char *p, size_t n);

#endif
