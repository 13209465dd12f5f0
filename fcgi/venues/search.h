/* search: GET /venues: which venues fit, in which order. */
#ifndef TG_VENUES_SEARCH_H
#define TG_VENUES_SEARCH_H

#include "fcgi/venues/venues.h"

extern const struct field venue_filters[];
extern const struct resource venue_match; /* a venue, and how far it is */
extern const struct statement *const venue_search_statements[];

NODISCARD enum err venue_search(struct req *r);

#endif
