/* refunds: the route that refunds orders, in whole or in part. */
#ifndef TG_BOXOFFICE_REFUNDS_H
#define TG_BOXOFFICE_REFUNDS_H

#include "common/api/module.h"

extern const struct module refunds_module;

#endif
