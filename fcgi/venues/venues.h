/* venues: the directory of places, shared by all organizations. */
#ifndef TG_VENUES_VENUES_H
#define TG_VENUES_VENUES_H

#include "common/ticketing/venue.h"
#include "common/api/module.h"

extern const struct module venues_module;

#endif
