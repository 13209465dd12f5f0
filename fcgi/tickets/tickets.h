/* tickets: the routes by which organizers manage ticket types. */
#ifndef TG_TICKETS_TICKETS_H
#define TG_TICKETS_TICKETS_H

#include "common/api/module.h"

extern const struct module tickets_module;

#endif
