/* orders: orders, as the box office sells them. */
#ifndef TG_BOXOFFICE_ORDERS_H
#define TG_BOXOFFICE_ORDERS_H

#include "common/api/module.h"

extern const struct module box_office_orders_module;

#endif
