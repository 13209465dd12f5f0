/* orders: a hold or a wish becomes an order. */
#ifndef TG_BOXOFFICE_ORDERS_H
#define TG_BOXOFFICE_ORDERS_H

#include "common/api/server.h"

/* the latter: what any sale asks of the database */
extern const struct module sales_module, sale_statements_module;
extern const struct field sale_buyer_fields[]; /* as a client sends them */

/* The hold of r->in becomes an order of its buyer when it costs nothing, else 409. The answer is
 * what the route's resource shows of an order, with what its `embed` adds. */
MUST enum err sale_free(struct req *r);

#endif
