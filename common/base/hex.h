/* hex: hexadecimal text (RFC 4648, section 8), written in lower case, read in either case. */
#ifndef TG_BASE_HEX_H
#define TG_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* The value of a digit, 0 to 15, or -1 when it is not hexadecimal. */
int hex_digit(char c);
/* Writes n bytes as 2 * n digits and a NUL. */
void hex_print(const void *p, size_t n, char *out);
/* Parses 2 * n digits to n bytes. Returns false at the first other character (a NUL included) and
 * reads no further; `out` is undefined then. */
bool hex_parse(const char *s, size_t n, void *out);

#endif
