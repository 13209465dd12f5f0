/* orders: the routes by which organizers read orders. */
#ifndef TG_ORDERS_ORDERS_H
#define TG_ORDERS_ORDERS_H

#include "common/ticketing/order.h"

extern const struct resource order_csv; /* an order in the CSV export: with the name of its event */
extern const struct resource order_parent; /* of nested routes: found by its id or reference */
extern const struct module orders_module;
extern const struct module order_mail_module;
extern const struct module order_refunds_module;
extern const struct module issued_ticket_lists_module;
extern const struct module order_lists_module; /* the statements of order lists */

#endif
