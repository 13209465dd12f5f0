/* venues: the routes of the venue directory. */
#ifndef TG_VENUES_VENUES_H
#define TG_VENUES_VENUES_H

#include "common/ticketing/venue.h"
#include "common/api/module.h"

extern const struct module venues_module;

#endif
