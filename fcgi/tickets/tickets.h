/* tickets: ticket types, as organizers create and change them. */
#ifndef TG_TICKETS_TICKETS_H
#define TG_TICKETS_TICKETS_H

#include "common/api/module.h"

extern const struct module tickets_module;

#endif
