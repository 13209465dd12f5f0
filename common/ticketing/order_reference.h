/* order_reference: creates and parses order references such as TN-7K3M9QXW. */
#ifndef TG_TICKETING_ORDER_REFERENCE_H
#define TG_TICKETING_ORDER_REFERENCE_H

#include "common/base/arena.h"

#include <stdbool.h>

#define ORDER_REFERENCE_TEXT 11 /* characters, without the NUL */

/* Writes a random reference: one of 6.6e11. It may be taken: the unique key of the table
 * decides. */
void order_reference_make(char out[ORDER_REFERENCE_TEXT + 1]);
/* Whether s is a reference in the stored form. */
bool order_reference_is_valid(const char *s);
/* Normalizes a typed reference of n bytes to the stored form, in the arena: ignores case, hyphens
 * and spaces, and adds a missing "TN". NULL when it has not the form of a reference. Characters
 * that are easily confused (0 and O; 1, I and L) do not occur in references. */
const char *order_reference_parse(struct arena *a, const char *s, size_t n);

#endif
