/* modules: what orders.fcgi is made of. */
#ifndef TG_ORDERS_MODULES_H
#define TG_ORDERS_MODULES_H

#include "common/api/module.h"

/* Ends with NULL. The program for all resources (suite/main.c) has these modules, too. */
extern const struct module *const orders_modules[];

#endif
