/* orders: the route by which the box office creates orders. */
#ifndef TG_BOXOFFICE_ORDERS_H
#define TG_BOXOFFICE_ORDERS_H

#include "common/api/module.h"

extern const struct module box_office_orders_module;

#endif
