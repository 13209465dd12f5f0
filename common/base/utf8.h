/* utf8: validates UTF-8 and makes arbitrary bytes printable. */
#ifndef TG_BASE_UTF8_H
#define TG_BASE_UTF8_H

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* Length of the character at p, or 0 when the n bytes (at least 1) do not start with a complete and
 * valid one (RFC 3629, section 4: no surrogates, no overlong forms). */
size_t utf8_length(const unsigned char *p, size_t n);
/* Whether all n bytes are UTF-8; *characters, unless NULL, gets the number of code points. */
bool utf8_valid(const char *p, size_t n, size_t *characters);
/* A printable copy in the arena, NUL-terminated: invalid bytes and control characters other than
 * tab, CR and LF become U+FFFD; an incomplete character at the end is dropped. */
char *utf8_clean(struct arena *a, const char *p, size_t n);

#endif
