/* reference: what people call an order: TN-7K3M9QXW. */
#ifndef TG_REFERENCE_H
#define TG_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#define REFERENCE_TEXT 11 /* characters, without the NUL */

/* Eight letters and digits drawn at random: 6.6e11 of them. The unique key tells when one is taken. */
void reference_make(char out[REFERENCE_TEXT + 1]);
bool reference_plausible(const char *s, size_t n);

#endif
