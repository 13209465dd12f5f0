/* lists: the filters and statements of order lists. */
#ifndef TG_ORDERS_LISTS_H
#define TG_ORDERS_LISTS_H

#include "common/api/crud.h"

/* eventId must be first: routes below an event skip it */
extern const struct field order_filters[];
extern const struct list_spec order_list;

#endif
