/* order_reference: what people call an order: TN-7K3M9QXW. */
#ifndef TG_TICKETING_ORDER_REFERENCE_H
#define TG_TICKETING_ORDER_REFERENCE_H

#include "common/base/arena.h"

#define ORDER_REFERENCE_TEXT 11 /* characters, without the NUL */

/* Eight letters and digits drawn at random: 6.6e11 of them. The unique key tells when one is taken.
 */
void order_reference_make(char out[ORDER_REFERENCE_TEXT + 1]);
/* The reference that somebody meant who typed it: letters of either case, hyphens and blanks
   anywhere or nowhere, "TN" or not. There is nothing to guess at: of what looks alike (0 and O; 1,
   I and L) no reference has either. In the arena; NULL: it can be none. */
const char *order_reference_parse(struct arena *a, const char *s, size_t n);

#endif
