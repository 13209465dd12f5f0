/* orders: what was bought. */
#ifndef TG_ORDERS_ORDERS_H
#define TG_ORDERS_ORDERS_H

#include "fcgi/orders/lists.h"
#include "common/api/server.h"

extern const struct resource order, order_item;
extern const struct field order_fields[], order_item_fields[];
extern const struct module orders_module;
extern const struct module order_lists_module; /* the statements of its lists */

#endif
