/* venues: the directory of places, shared by all organizations. */
#ifndef TG_VENUES_H
#define TG_VENUES_H

#include "crud.h"

extern const struct field venue_fields[];
extern const struct statement venue_get; /* :id */
extern const struct resource venue;

#endif
