/* lists: every way to list orders, each an index range of ids. */
#ifndef TG_ORDERS_LISTS_H
#define TG_ORDERS_LISTS_H

#include "common/api/crud.h"

/* eventId comes first: below an event the others are left */
extern const struct field order_filters[];
extern const struct list_spec order_list;

#endif
