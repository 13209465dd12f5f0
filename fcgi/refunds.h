/* refunds: an order is taken back, whole or in part. */
#ifndef TG_REFUNDS_H
#define TG_REFUNDS_H

#include "serve.h"

extern const struct module refunds_module;

#endif
