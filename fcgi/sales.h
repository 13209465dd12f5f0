/* sales: a hold or a wish becomes an order. */
#ifndef TG_SALES_H
#define TG_SALES_H

#include "serve.h"

extern const struct module sales_module;

#endif
