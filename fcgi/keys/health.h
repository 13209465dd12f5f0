/* health: whether this node can serve requests, for load balancers. */
#ifndef TG_KEYS_HEALTH_H
#define TG_KEYS_HEALTH_H

#include "common/api/module.h"

extern const struct module health_module;

#endif
