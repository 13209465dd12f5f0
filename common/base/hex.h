/* hex: hexadecimal digits, lower case when written, either case when read (RFC 4648 section 8). */
#ifndef TG_BASE_HEX_H
#define TG_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* 0 to 15; -1: not a hexadecimal digit. */
int hex_digit(char c);
/* 2 * n digits and a NUL. */
void hex_print(const void *p, size_t n, char *out);
/* The n bytes that 2 * n digits at `s` stand for; false, and `out` undefined, at any other
 * character. Reads no further than the first of those. */
bool hex_parse(const char *s, size_t n, void *out);

#endif
